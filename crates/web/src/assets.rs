//! Style sheets and scripts, embedded and served under addresses that change with their content, so that browsers keep
//! them for ever. The only image is the icon
//! of the browser's tab; there are no fonts.

use std::collections::BTreeMap;

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::Response,
};
use sha2::{Digest, Sha256};

use crate::Script;

const STYLE: &str = include_str!("../assets/commonhold.css");

/// What is served under `/assets/`.
#[derive(Debug)]
pub(crate) struct Assets {
    files: BTreeMap<String, (&'static str, Bytes)>,
    /// Addresses that the page shell mentions.
    pub styles: Vec<String>,
    pub start: String,
    pub icon: String,
    /// Addresses of the scripts of subjects, by name.
    pub scripts: BTreeMap<&'static str, String>,
}

impl Assets {
    pub(crate) fn new(scripts: &[Script]) -> Assets {
        let mut assets = Assets {
            files: BTreeMap::new(),
            styles: Vec::new(),
            start: String::new(),
            icon: String::new(),
            scripts: BTreeMap::new(),
        };
        let css = "text/css; charset=utf-8";
        let package =
            assets.add("govuk-frontend", "css", css, Bytes::from_static(govuk_frontend::stylesheet().as_bytes()));
        let own = assets.add("commonhold", "css", css, Bytes::from_static(STYLE.as_bytes()));
        assets.styles = vec![package, own];
        let js = "text/javascript; charset=utf-8";
        let script = assets.add("govuk-frontend", "js", js, Bytes::from_static(govuk_frontend::script().as_bytes()));
        let start = format!("import {{ initAll }} from \"{script}\";\ninitAll();\n");
        assets.start = assets.add("start", "js", js, Bytes::from(start));
        for script in scripts {
            let address = assets.add(script.name, "js", js, Bytes::from_static(script.source.as_bytes()));
            assets.scripts.insert(script.name, address);
        }
        let icon = Bytes::from_static(include_bytes!("../assets/icon.svg"));
        assets.icon = assets.add("icon", "svg", "image/svg+xml", icon);
        assets
    }

    fn add(&mut self, stem: &str, ending: &str, content_type: &'static str, bytes: Bytes) -> String {
        let hash: String = Sha256::digest(&bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let path = format!("/assets/{stem}-{hash}.{ending}");
        self.files.insert(path.clone(), (content_type, bytes));
        path
    }

    pub(crate) fn answer(&self, path: &str) -> Option<Response> {
        let (content_type, bytes) = self.files.get(path)?;
        let mut response = Response::new(Body::from(bytes.clone()));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Some(response)
    }
}
