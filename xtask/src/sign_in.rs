//! Signing in with providers that really run: `oidc-provider` from npm, a certified implementation, in a real browser.
//! The whole way is `oidc/sign-in.mjs`; this builds the program and starts that.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::browser::{chromium, install};
use crate::{cargo, root};

/// Builds the program, then signs people in.
pub fn run(screenshots: &Path) -> Result<()> {
    let chromium = chromium()?;
    install("xtask/oidc")?;
    crate::run(cargo().args(["build", "--quiet", "--package", "server"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let program = target.join("debug/commonhold");
    let script = root().join("xtask/oidc/sign-in.mjs");
    crate::run(Command::new("node").arg(script).arg(program).arg(chromium).arg(screenshots))
}
