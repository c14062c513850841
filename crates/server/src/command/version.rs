//! `commonhold version`.

use clap::Args;
use serde_json::json;

use crate::console::Console;

/// Say which version this is
///
/// Example:
///   commonhold version
///   commonhold version --json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Version {}

pub(super) fn run(console: Console) {
    let version = env!("CARGO_PKG_VERSION");
    console.result(format_args!("commonhold {version}"), &json!({ "name": "commonhold", "version": version }));
}
