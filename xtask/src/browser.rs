//! Every page of the demonstration in a real browser. The visiting itself is `browser/visit.mjs`, driven by
//! playwright-core and axe-core from npm with Debian's Chromium.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{cargo, root};

/// A started demonstration that ends with this value.
struct Demonstration(Child);

impl Drop for Demonstration {
    fn drop(&mut self) {
        // It is ours and nobody else's; when it has ended already there is nothing to do.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts the demonstration, visits every page, ends it.
pub fn run(screenshots: &Path) -> Result<()> {
    let chromium = chromium()?;
    let visits = root().join("xtask/browser");
    install("xtask/browser")?;
    crate::run(cargo().args(["build", "--quiet", "--package", "server"]))?;
    let data = std::env::temp_dir().join(format!("commonhold-browser-{}", std::process::id()));
    let started = cargo()
        .args(["run", "--quiet", "--package", "server", "--", "demo", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .current_dir(root())
        .stdout(Stdio::piped())
        .spawn()
        .context("the demonstration did not start")?;
    let mut demonstration = Demonstration(started);
    let address = address(&mut demonstration.0)?;
    let visited =
        crate::run(Command::new("node").arg(visits.join("visit.mjs")).arg(&address).arg(chromium).arg(screenshots));
    drop(demonstration);
    std::fs::remove_dir_all(&data).with_context(|| format!("{} could not be removed", data.display()))?;
    visited
}

/// Where Chromium is.
pub fn chromium() -> Result<&'static str> {
    let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].into_iter().find(|path| Path::new(path).exists());
    chromium.context("Chromium is not installed; on Debian: apt-get install chromium")
}

/// Installs what a folder's lock file names, from npm.
pub fn install(folder: &str) -> Result<()> {
    crate::run(Command::new("npm").args(["ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"]))
}

/// The address that the demonstration prints once it serves.
fn address(demonstration: &mut Child) -> Result<String> {
    let output = demonstration.stdout.take().context("the demonstration has no output")?;
    for line in BufReader::new(output).lines() {
        let line = line.context("the demonstration's output cannot be read")?;
        if let Some(start) = line.find("http://127.0.0.1:") {
            let address = line.get(start..).unwrap_or_default();
            return Ok(address.split_whitespace().next().unwrap_or_default().trim_end_matches('/').to_owned());
        }
    }
    bail!("the demonstration ended before it served")
}
