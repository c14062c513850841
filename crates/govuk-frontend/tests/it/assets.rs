//! The embedded files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::Path;

#[test]
fn the_style_sheet_is_complete_and_set_in_arial() {
    let css = govuk_frontend::stylesheet();
    assert!(css.contains("font-family:arial,sans-serif"), "no Arial");
    for class in [".govuk-button", ".govuk-service-navigation", ".govuk-generic-header", ".govuk-\\!-margin-bottom-9"] {
        assert!(css.contains(class), "{class} is missing");
    }
}

#[test]
fn the_style_sheet_has_no_font_and_no_picture_but_that_of_the_copyright_link() {
    let css = govuk_frontend::stylesheet();
    assert!(!css.contains("@font-face"));
    assert!(!css.contains("GDS Transport"));
    assert!(!css.starts_with('\u{feff}'));
    for rule in css.split('}').filter(|rule| rule.contains("url(")) {
        assert!(rule.contains(".govuk-footer__copyright-logo::before{"), "a picture is asked for by {rule}");
    }
}

#[test]
fn the_script_is_an_unmodified_module_that_exports_init_all() {
    let script = govuk_frontend::script();
    let package = Path::new(env!("GOVUK_FRONTEND_PACKAGE"));
    assert_eq!(script, fs::read_to_string(package.join("dist/govuk/govuk-frontend.min.js")).unwrap());
    let exports = script.rsplit_once("export{").unwrap().1;
    assert!(exports.contains("initAll"));
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(govuk_frontend::VERSION, "6.6.0");
    assert!(govuk_frontend::stylesheet().contains("--govuk-frontend-version: \"6.6.0\""));
    let lock = include_str!("../../npm/package-lock.json");
    let lock: serde_json::Value = serde_json::from_str(lock).unwrap();
    assert_eq!(lock["packages"]["node_modules/govuk-frontend"]["version"], govuk_frontend::VERSION);
}

#[test]
fn the_lock_file_names_no_registry() {
    let lock = include_str!("../../npm/package-lock.json");
    assert!(!lock.contains("\"resolved\""), "remove the `resolved` lines; README.md says how");
}

#[test]
fn the_licence_is_the_mit_licence_with_its_owner() {
    let licence = govuk_frontend::licence();
    assert!(licence.starts_with("The MIT License (MIT)"));
    assert!(licence.contains("Crown Copyright (Government Digital Service)"));
}

/// Computed with `openssl dgst -sha256 -binary | base64`, and the one that the documentation of the package prints.
const PUBLISHED_HASH: &str = "'sha256-GUQ5ad8JK5KmEWmROf3LZd9ge94daqNvd8xy9YS1iDw='";

#[test]
fn the_inline_script_has_the_hash_that_others_compute() {
    assert_eq!(govuk_frontend::inline_script_hashes(), [PUBLISHED_HASH]);
}

#[test]
fn the_hashes_are_those_of_the_scripts_of_a_rendered_page() {
    let environment = govuk_frontend::environment();
    let html = environment.get_template("govuk/template.njk").unwrap().render(()).unwrap();
    let scripts = inline_scripts(&html);
    let hashes: Vec<String> =
        scripts.iter().map(|script| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))).collect();
    assert_eq!(govuk_frontend::inline_script_hashes(), hashes);
}

/// The contents of the `<script>` elements without attributes.
fn inline_scripts(html: &str) -> Vec<&str> {
    html.split("<script>").skip(1).map(|rest| rest.split("</script>").next().unwrap()).collect()
}
