//! What a page needs beside its HTML: the style sheet, the script, the hash of the inline script, the licence.
//!
//! It serves nothing; an application gives these texts out under addresses of its own.

use crate::embedded::{CSS, JS};
use crate::environment::packaged;
use crate::segments::{Segment, segments};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The version of the npm package whose files are embedded, as its own `package.json` states it.
pub const VERSION: &str = crate::embedded::VERSION;

/// The style sheet of all components, set in Arial, without `@font-face`. Serve it as `text/css; charset=utf-8`.
///
/// The one address in it, `/assets/images/govuk-crest.svg`, belongs to the copyright link of the official footer and
/// is fetched only by pages that show that link.
pub fn stylesheet() -> &'static str {
    CSS
}

/// The script of all components, an ES module that exports `initAll`. Serve it as `text/javascript; charset=utf-8`.
///
/// Importing it does nothing; a page's own module script calls `initAll()`.
pub fn script() -> &'static str {
    JS
}

/// The licence of the embedded files (MIT), to be shown wherever the program that embeds them shows its notices.
///
/// The npm package names its licence but does not carry the text; this is the text in its source repository.
pub fn licence() -> &'static str {
    include_str!("../npm/LICENSE-govuk-frontend.txt")
}

/// Source expressions for the `script-src` of a content security policy, such as `'sha256-...'` with its quotes, that
/// allow exactly the inline scripts of `govuk/template.njk`.
///
/// Computed from the template's text. A page that gives the template a `cspNonce` does not need them.
pub fn inline_script_hashes() -> Vec<String> {
    inline_scripts(packaged("govuk/template.njk").unwrap_or_default())
        .iter()
        .map(|script| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes()))))
        .collect()
}

/// The contents of the script elements in a template's text. Their start tags may hold template tags, their contents
/// may not, since such a script has no hash until it is rendered.
fn inline_scripts(template: &str) -> Vec<String> {
    let html: String = segments(template)
        .unwrap_or_default()
        .iter()
        .map(|segment| match segment {
            Segment::Text(text) => text,
            Segment::Comment(_) | Segment::Output(_) | Segment::Tag(_) => "",
        })
        .collect();
    html.split("<script")
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .filter_map(|(_, rest)| rest.split_once("</script>"))
        .map(|(script, _)| script.to_owned())
        .filter(|script| !script.is_empty())
        .collect()
}
