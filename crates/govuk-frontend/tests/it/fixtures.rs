//! The package's fixtures: for each component, options and the HTML that Nunjucks makes of them.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// How many fixtures version 6.6.0 has. An upgrade changes it; a lost file must not.
const COUNT: usize = 725;

#[test]
fn every_fixture_of_the_package_renders_as_with_nunjucks() {
    let environment = govuk_frontend::environment();
    let mut failures = Vec::new();
    let (mut count, mut exact) = (0, 0);
    for file in fixture_files() {
        let file: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let component = file["component"].as_str().unwrap();
        for fixture in file["fixtures"].as_array().unwrap() {
            count += 1;
            let expected = fixture["html"].as_str().unwrap();
            match govuk_frontend::render(&environment, component, &fixture["options"]) {
                Ok(html) if collapsed(&html) == collapsed(expected) => {
                    exact += usize::from(html.trim() == expected.trim());
                }
                Ok(html) => failures.push(format!(
                    "{component}, {}:\n{}\ninstead of\n{}\n",
                    fixture["name"],
                    collapsed(&html),
                    collapsed(expected)
                )),
                Err(error) => failures.push(format!("{component}, {}: {error:?}\n", fixture["name"])),
            }
        }
    }
    println!("{} of {count} fixtures are equal, {exact} of them to the byte", count - failures.len());
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(count, COUNT);
}

fn fixture_files() -> Vec<PathBuf> {
    let components = Path::new(env!("GOVUK_FRONTEND_PACKAGE")).join("dist/govuk/components");
    let mut files: Vec<PathBuf> = fs::read_dir(components)
        .unwrap()
        .map(|entry| entry.unwrap().path().join("fixtures.json"))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files
}

fn collapsed(html: &str) -> String {
    html.split_whitespace().collect::<Vec<_>>().join(" ")
}
