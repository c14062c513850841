//! The API as its description says it is: the demonstration, the generated client, and Schemathesis with whatever the
//! description allows and forbids. What is asked is in `api/check.py`; this builds, installs and starts.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{cargo, root};

/// The demonstration that is asked, killed when this goes.
struct Demonstration(Child);

impl Drop for Demonstration {
    fn drop(&mut self) {
        // It is ours and nobody else's; when it has ended already there is nothing to do.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Asks a demonstration for at most about so many minutes.
pub fn run(minutes: u32) -> Result<()> {
    let python = tools()?;
    crate::run(cargo().args(["build", "--quiet", "--package", "server"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = std::env::temp_dir().join(format!("commonhold-api-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let started = Command::new(target.join("debug/commonhold"))
        .args(["demo", "--json", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.join("demo"))
        .stdout(Stdio::piped())
        .spawn()
        .context("the demonstration did not start")?;
    let mut demonstration = Demonstration(started);
    let address = address(&mut demonstration.0)?;
    let script = root().join("xtask/api/check.py");
    let asked = crate::run(Command::new(python).arg(script).arg(address).arg(&folder).arg(minutes.to_string()));
    drop(demonstration);
    std::fs::remove_dir_all(&folder).with_context(|| format!("{} could not be removed", folder.display()))?;
    asked
}

/// The Python of a virtual environment that has what `api/requirements.txt` names. Made once, beside the target folder.
fn tools() -> Result<PathBuf> {
    let wanted = root().join("xtask/api/requirements.txt");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let place = target.join("api-tools");
    let python = place.join("bin/python");
    let (listed, installed) = (std::fs::read(&wanted)?, std::fs::read(place.join("installed.txt")).unwrap_or_default());
    if listed == installed {
        return Ok(python);
    }
    crate::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place))
        .context("Python's venv is needed; on Debian: apt-get install python3-venv")?;
    crate::run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted))?;
    std::fs::write(place.join("installed.txt"), listed)?;
    Ok(python)
}

/// The address that the demonstration prints once it serves.
fn address(demonstration: &mut Child) -> Result<String> {
    let output = demonstration.stdout.take().context("the demonstration has no output")?;
    for line in BufReader::new(output).lines() {
        let line = line.context("the demonstration's output cannot be read")?;
        if let Some(start) = line.find("http://127.0.0.1:") {
            let address = line.get(start..).unwrap_or_default();
            return Ok(address.split(['"', ' ']).next().unwrap_or_default().trim_end_matches('/').to_owned());
        }
    }
    bail!("the demonstration ended before it served")
}
