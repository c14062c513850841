//! Running the built command: to its end, or until it serves. Nothing that is started here outlives its test.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long anything may take before a test gives up. Debug builds on a busy machine are slow.
const DEADLINE: Duration = Duration::from_secs(120);

/// A command that ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// The one line of JSON on the standard output.
    pub fn json(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "one line: {self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// What stopped it, from the one line of JSON on the standard error output.
    pub fn error(&self) -> Value {
        assert_eq!(self.stdout, "", "nothing but the error");
        let value: Value = serde_json::from_str(&self.stderr).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        value["error"].clone()
    }

    /// Checks the exit code and passes itself on.
    #[track_caller]
    pub fn with(self, code: i32) -> Ended {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
}

/// The command, in `folder`, without settings from the environment of whoever runs the tests.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_commonhold"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("COMMONHOLD_") || name.starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command
}

/// Runs the command to its end.
pub fn commonhold(folder: &Path, arguments: &[&str]) -> Ended {
    finished(command(folder, arguments))
}

/// Runs a command to its end.
pub fn finished(mut command: Command) -> Ended {
    let output = command.output().expect("the command starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A command that serves. It is killed when this is dropped.
pub struct Serving {
    child: Child,
    lines: Receiver<String>,
    stderr: Option<JoinHandle<String>>,
    /// What it printed until it served.
    pub said: String,
    /// Where it is reached: `http://127.0.0.1:12345`.
    pub address: String,
}

impl Serving {
    /// Starts the command and waits for the line that says where it is. `--listen` is added.
    pub fn start(folder: &Path, arguments: &[&str]) -> Serving {
        Serving::of(command(folder, arguments))
    }

    /// The same for a command with settings in its environment.
    pub fn of(mut command: Command) -> Serving {
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let (stdout, stderr) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let (send, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            BufReader::new(stderr).read_to_string(&mut text).map(|_| text).unwrap_or_default()
        });
        let mut serving = Serving { child, lines, stderr: Some(stderr), said: String::new(), address: String::new() };
        let begun = Instant::now();
        while serving.address.is_empty() {
            match serving.lines.recv_timeout(DEADLINE.saturating_sub(begun.elapsed())) {
                Ok(line) => {
                    serving.address = address(&line).unwrap_or_default();
                    serving.said.push_str(&line);
                    serving.said.push('\n');
                }
                Err(_) => {
                    drop(serving.child.kill());
                    let stderr = serving.stderr.take().map(|thread| thread.join());
                    panic!("it does not serve: {}\n{stderr:?}", serving.said);
                }
            }
        }
        serving
    }

    /// Sends SIGTERM, as whatever supervises programs does, and waits for the end.
    pub fn stop(mut self) -> Ended {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().expect("kill is there");
        assert!(sent.success());
        let status = self.wait();
        let stdout = self.lines.iter().fold(std::mem::take(&mut self.said), |text, line| text + &line + "\n");
        let stderr = self.stderr.take().map(|thread| thread.join().expect("no panic")).unwrap_or_default();
        Ended { code: status.code(), stdout, stderr }
    }

    fn wait(&mut self) -> ExitStatus {
        // The output closes when the process ends, so this waits without asking again and again.
        let begun = Instant::now();
        while let Ok(line) = self.lines.recv_timeout(DEADLINE.saturating_sub(begun.elapsed())) {
            self.said.push_str(&line);
            self.said.push('\n');
        }
        if begun.elapsed() >= DEADLINE {
            drop(self.child.kill());
            panic!("it does not stop");
        }
        self.child.wait().expect("it ended")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The address in a line: "Open http://…", or the JSON of the result.
fn address(line: &str) -> Option<String> {
    if let Some(address) = line.strip_prefix("Open ") {
        return Some(address.to_owned());
    }
    let value: Value = serde_json::from_str(line).ok()?;
    value["address"].as_str().map(str::to_owned)
}
