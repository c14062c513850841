//! Signing in with providers that really run: `oidc-provider` from npm, a certified implementation, in a real browser; and
//! with a passkey, by that browser's virtual authenticator. The whole way is `oidc/sign-in.mjs` and `oidc/passkeys.mjs`;
//! this builds the program and starts both.

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
    for script in ["xtask/oidc/sign-in.mjs", "xtask/oidc/passkeys.mjs"] {
        crate::run(Command::new("node").arg(root().join(script)).arg(&program).arg(chromium).arg(screenshots))?;
    }
    Ok(())
}
