//! libFuzzer against every parser of input from outside. The engine is built with the installed compiler: LLVM's coverage
//! pass is switched on by flags that the stable one takes, for our code and every Rust crate beneath it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;
use fuzz::Target;

use crate::{cargo, root};

/// Options of the chore.
#[derive(Args)]
pub struct Fuzz {
    /// Minutes for each target.
    #[arg(long, default_value_t = 10)]
    minutes: u32,
    /// How many targets are tried at a time.
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// The targets; all of them if none is named.
    targets: Vec<String>,
}

/// The coverage that libFuzzer reads, and the pass that puts it in.
const COVERAGE: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

/// Runs every target, and says for each how much was tried; fails when one stopped.
pub fn run(options: &Fuzz) -> Result<()> {
    let targets = match options.targets.as_slice() {
        [] => Target::ALL.to_vec(),
        named => named.iter().map(|name| known(name)).collect::<Result<Vec<_>>>()?,
    };
    let engine = build()?;
    let mut stopped = Vec::new();
    for together in targets.chunks(options.jobs.max(1)) {
        let running: Vec<_> =
            together.iter().map(|target| Running::start(&engine, *target, options.minutes)).collect::<Result<_>>()?;
        for running in running {
            let target = running.target;
            if !running.end(&engine)? {
                stopped.push(target.name());
            }
        }
    }
    if !stopped.is_empty() {
        bail!("stopped by an input: {}; each is in fuzz/found, and the log says where", stopped.join(", "));
    }
    Ok(())
}

fn known(name: &str) -> Result<Target> {
    let all: Vec<_> = Target::ALL.iter().map(|target| target.name()).collect();
    Target::named(name).with_context(|| format!("there is no target \"{name}\"; there are {}", all.join(", ")))
}

/// Builds the engine; the target is named so that the flags are not used for build scripts too.
fn build() -> Result<PathBuf> {
    let host = Command::new("rustc").args(["-vV"]).output().context("rustc")?;
    let host = String::from_utf8(host.stdout)?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?.to_owned();
    let folder = target_folder().join("fuzz");
    let status = cargo()
        .args(["build", "--quiet", "--package", "fuzz", "--features", "libfuzzer", "--bin", "engine"])
        .args(["--profile", "fuzz", "--target", &host])
        .env("CARGO_TARGET_DIR", &folder)
        .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\x1f"))
        .status()?;
    if !status.success() {
        bail!("the engine could not be built; it needs a C++ compiler (Debian's package g++)");
    }
    Ok(folder.join(host).join("fuzz/engine"))
}

fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// One target that is being tried.
struct Running {
    target: Target,
    folder: PathBuf,
    log: PathBuf,
    process: std::process::Child,
}

impl Running {
    fn start(engine: &Path, target: Target, minutes: u32) -> Result<Running> {
        let folder = target_folder().join("fuzz/inputs").join(target.name());
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        fs::create_dir_all(root().join("fuzz/found"))?;
        for (name, input) in fuzz::kept(target)? {
            fs::write(folder.join(name), input)?;
        }
        for (number, input) in fuzz::seeds(target)?.into_iter().enumerate() {
            fs::write(folder.join(format!("seed-{number}")), input)?;
        }
        let log = target_folder().join("fuzz").join(format!("{}.log", target.name()));
        let found = root().join("fuzz/found").join(format!("{}-", target.name()));
        let process = Command::new(engine)
            .env("FUZZ_TARGET", target.name())
            .arg(&folder)
            .arg(format!("-max_total_time={}", u64::from(minutes) * 60))
            .arg(format!("-max_len={}", target.longest()))
            .arg(format!("-artifact_prefix={}", found.display()))
            .args(["-timeout=20", "-rss_limit_mb=3072", "-malloc_limit_mb=1024", "-print_final_stats=1"])
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?)
            .spawn()
            .context("the engine")?;
        Ok(Running { target, folder, log, process })
    }

    /// Waits, keeps what was learned, says how much was tried. False when an input stopped the parser.
    fn end(mut self, engine: &Path) -> Result<bool> {
        let passed = self.process.wait()?.success();
        let log = String::from_utf8_lossy(&fs::read(&self.log)?).into_owned();
        let stat = |name: &str| {
            let line = log.lines().rev().find_map(|line| line.strip_prefix(&format!("stat::{name}:")));
            line.map_or_else(|| "?".to_owned(), |value| value.trim().to_owned())
        };
        let least = self.folder.with_extension("least");
        if least.exists() {
            fs::remove_dir_all(&least)?;
        }
        fs::create_dir_all(&least)?;
        let merged = Command::new(engine)
            .env("FUZZ_TARGET", self.target.name())
            .args(["-merge=1", "-timeout=20", "-rss_limit_mb=3072"])
            .arg(format!("-max_len={}", self.target.longest()))
            .args([&least, &self.folder])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        let kept = if merged.success() { fuzz::pack(self.target, &least)? } else { 0 };
        println!(
            "{:12} {:>10} inputs tried, {:>5} a second, {:>5} kept, {:>5} MB at most{}",
            self.target.name(),
            stat("number_of_executed_units"),
            stat("average_exec_per_sec"),
            kept,
            stat("peak_rss_mb"),
            if passed { String::new() } else { format!(": STOPPED, see {}", self.log.display()) },
        );
        Ok(passed)
    }
}
