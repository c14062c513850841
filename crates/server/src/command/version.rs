//! `commonhold version`.

use clap::Args;
use serde_json::json;

use crate::console::Console;

const VERSION_EXAMPLES: &str = "\
Example:
  commonhold version
  commonhold version --json";

/// Say which version this is
#[derive(Debug, Args)]
#[command(after_help = VERSION_EXAMPLES)]
pub(super) struct Version {}

pub(super) fn run(console: Console) {
    let version = env!("CARGO_PKG_VERSION");
    console.result(format_args!("commonhold {version}"), &json!({ "name": "commonhold", "version": version }));
}
