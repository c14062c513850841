//! The program and its database in a temporary folder: started, killed without warning, started again, examined.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use testing::postgres::Server;

use super::Engine;
use super::visitor::{Answer, Visitor};
use crate::{cargo, root};

/// How long the program may take to be up, or well, again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that is killed.
pub struct Place {
    program: PathBuf,
    folder: tempfile::TempDir,
    server: Option<Server>,
    serving: Option<Serving>,
}

/// The program while it serves. It is killed when this is dropped.
struct Serving {
    child: Child,
    address: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may be dead already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A backup that is being taken.
pub struct Backup {
    child: Child,
    file: PathBuf,
}

impl Place {
    /// Builds the program, starts the database, and brings organisations and people in.
    pub fn new(engine: Engine) -> Result<Place> {
        crate::run(cargo().args(["build", "--quiet", "--package", "server"]))?;
        Place::with(built("commonhold")?, engine)
    }

    /// The same with the program as it is released.
    pub fn released(engine: Engine) -> Result<Place> {
        crate::run(cargo().args(["build", "--quiet", "--release", "--package", "server"]))?;
        Place::with(built("../release/commonhold")?, engine)
    }

    fn with(program: PathBuf, engine: Engine) -> Result<Place> {
        let folder = tempfile::Builder::new().prefix("commonhold-trial-").tempdir()?;
        let server = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Server::start_lasting()?),
        };
        let place = Place { program, folder, server, serving: None };
        let demo = root().join("demo");
        for (what, file) in [("organisations", "organisations.csv"), ("people", "people.csv")] {
            let file = demo.join(file).display().to_string();
            place.succeeds(&["import", what, &file])?;
        }
        Ok(place)
    }

    /// Where the program is reached.
    pub fn address(&self) -> &str {
        self.serving.as_ref().map_or("", |serving| &serving.address)
    }

    /// Where messages are written.
    pub fn outbox(&self) -> PathBuf {
        self.data().join("outbox")
    }

    /// Whether there is a database server to kill.
    pub fn has_server(&self) -> bool {
        self.server.is_some()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Keeps the folder, so that it can be looked at.
    pub fn keep(&mut self) -> PathBuf {
        self.folder.disable_cleanup(true);
        self.folder.path().to_owned()
    }

    /// The program with the options that lead it here.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COMMONHOLD_")) {
            command.env_remove(name);
        }
        command.current_dir(self.folder.path()).args(arguments).arg("--data").arg(self.data()).stdin(Stdio::null());
        if let Some(server) = &self.server {
            command.args(["--database", server.url()]);
        }
        command
    }

    /// Runs a command of the program that must succeed, and gives what it printed.
    pub fn succeeds(&self, arguments: &[&str]) -> Result<String> {
        finished(self.command(arguments))
    }

    /// Starts the program and waits until it serves.
    pub fn start(&mut self) -> Result<()> {
        self.start_with(&[])
    }

    /// The process that serves.
    pub fn process(&self) -> u32 {
        self.serving.as_ref().map_or(0, |serving| serving.child.id())
    }

    /// The same with further options of `serve`.
    pub fn start_with(&mut self, options: &[&str]) -> Result<()> {
        let log = self.folder.path().join("log");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&log)?;
        // All of the load comes from one address, faster than people are.
        let unlimited = ["--requests-a-minute", "0"];
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0", "--json", "--log", "warn"]);
        command.args(unlimited).args(options);
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn()?;
        let output = child.stdout.take().context("it has no output")?;
        let mut serving = Serving { child, address: String::new() };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line).with_context(|| format!("it did not start: {line:?}"))?;
        serving.address = said["address"].as_str().context("it has no address")?.to_owned();
        self.serving = Some(serving);
        Ok(())
    }

    /// Kills the program as `kill -9` does.
    pub fn kill(&mut self) -> Result<()> {
        let mut serving = self.serving.take().context("it does not run")?;
        if let Some(status) = serving.child.try_wait()? {
            bail!("it had ended by itself, with {status}");
        }
        serving.child.kill()?;
        serving.child.wait()?;
        Ok(())
    }

    /// Kills the database server as `kill -9` does.
    pub fn kill_server(&mut self) -> Result<()> {
        self.server.as_mut().context("there is none")?.crash().map_err(Into::into)
    }

    /// Starts it again on the same data.
    pub fn start_server(&mut self) -> Result<()> {
        self.server.as_mut().context("there is none")?.restart().map_err(Into::into)
    }

    /// Waits until the program, which was never stopped, has found its database again.
    pub fn wait_until_well(&self) -> Result<()> {
        let begun = Instant::now();
        let visitor = Visitor::new(self.address(), None);
        loop {
            if matches!(visitor.get("/healthz"), Answer::Whole(seen) if seen.status == 200) {
                return Ok(());
            }
            ensure!(begun.elapsed() < PATIENCE, "it did not find its database again");
            sleep(Duration::from_millis(50));
        }
    }

    /// Everything agrees with everything else.
    pub fn doctor(&self) -> Result<()> {
        self.succeeds(&["doctor", "--json"]).map(drop).context("doctor")
    }

    /// Begins a backup while others write.
    pub fn backup_in_background(&self, round: u32) -> Result<Backup> {
        let file = self.folder.path().join(format!("round-{round}.backup.gz"));
        let mut command = self.command(&["backup"]);
        let child = command.arg(&file).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        Ok(Backup { child, file })
    }

    /// Restores it elsewhere, and compares that copy with the backup. Where the database server was killed while it was
    /// taken there may be none, which gives false; half of one there may never be.
    pub fn compare_backup(&self, backup: Backup, may_fail: bool) -> Result<bool> {
        let Backup { child, file } = backup;
        let ended = child.wait_with_output()?;
        if !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            ensure!(may_fail && !file.exists(), "the backup failed: {said}");
            return Ok(false);
        }
        let elsewhere = tempfile::tempdir()?;
        let copy = elsewhere.path().join("copy");
        let on_copy = |arguments: &[&str]| {
            let mut command = Command::new(&self.program);
            command.current_dir(elsewhere.path()).args(arguments).arg("--data").arg(&copy).arg("--json");
            finished(command)
        };
        let name = file.display().to_string();
        on_copy(&["restore", &name])?;
        let compared: Value = serde_json::from_str(&on_copy(&["doctor", "--against", &name])?)?;
        ensure!(compared["differences"] == serde_json::json!([]), "the copy differs: {compared}");
        std::fs::remove_file(&file)?;
        Ok(true)
    }
}

/// Runs a command that must succeed, and gives what it printed.
fn finished(mut command: Command) -> Result<String> {
    let ended = command.output()?;
    if !ended.status.success() {
        bail!(
            "{command:?} ended with {}:\n{}{}",
            ended.status,
            String::from_utf8_lossy(&ended.stdout),
            String::from_utf8_lossy(&ended.stderr)
        );
    }
    Ok(String::from_utf8(ended.stdout)?)
}

/// The program beside the one that runs this chore.
fn built(beside: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let program = own.parent().unwrap_or(Path::new("")).join(beside);
    ensure!(program.is_file(), "there is no {}", program.display());
    Ok(program)
}
