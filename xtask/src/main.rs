//! Chores, in Rust: what the test command does not do itself. `cargo xtask --help` lists them.
//!
//! Each chore says in its exit code whether all was well; `.ci/run` runs them all.

mod api;
mod browser;
mod check;
mod crash;
mod fuzz;
mod real_files;
mod sbom;
mod sign_in;
mod soak;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Commonhold's chores", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Run every test; with --postgres against a PostgreSQL that is started for it and stopped after.
    Test {
        /// Use a throw-away PostgreSQL (Debian's package `postgresql`) in place of SQLite.
        #[arg(long)]
        postgres: bool,
        /// Given to `cargo test`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Check the house rules that a machine can check.
    Check,
    /// Read the real files of a folder with our own readers: each is read or refused clearly.
    RealFiles {
        /// The folder, as its README describes it.
        folder: PathBuf,
        /// Read each file so many times more with random damage, and stop where that panics or takes long.
        #[arg(long, default_value_t = 0)]
        damaged: u32,
    },
    /// Visit every page of the demonstration in a real browser: accessibility, width, links, screenshots.
    Browser {
        /// Where the screenshots go.
        #[arg(long, default_value = "target/screenshots")]
        screenshots: PathBuf,
    },
    /// Hold the demonstration to its own description of the API: a generated client, and Schemathesis.
    Api {
        /// About how long Schemathesis may ask.
        #[arg(long, default_value_t = 5)]
        minutes: u32,
    },
    /// Kill the program at random moments under load, start it again, and look whether anything is lost or half done.
    Crash(crash::Crash),
    /// Let libFuzzer look for input that stops a parser, and keep what it learned in fuzz/corpus.
    Fuzz(fuzz::Fuzz),
    /// Serve half of the measured peak for half an hour, then twice the peak: flat memory, no error, shedding, recovery.
    Soak(soak::Soak),
    /// List every part of the program (CycloneDX 1.5), with what npm and C sources bring; needs cargo-cyclonedx.
    Sbom {
        /// Where the list goes.
        #[arg(default_value = "target/commonhold.cdx.json")]
        file: PathBuf,
    },
    /// Sign people in with providers that really run, in a real browser.
    SignIn {
        /// Where the screenshots go.
        #[arg(long, default_value = "target/screenshots/sign-in")]
        screenshots: PathBuf,
    },
    /// Measure what the design promises, in a release build.
    Bench,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Test { postgres, rest } => test(postgres, &rest),
        Chore::Check => check::run(),
        Chore::RealFiles { folder, damaged } => real_files::run(&folder, damaged),
        Chore::Browser { screenshots } => browser::run(&screenshots),
        Chore::Api { minutes } => api::run(minutes),
        Chore::Crash(crash) => crash::run(&crash),
        Chore::Fuzz(fuzz) => fuzz::run(&fuzz),
        Chore::Soak(soak) => soak::run(&soak),
        Chore::Sbom { file } => sbom::run(&file),
        Chore::SignIn { screenshots } => sign_in::run(&screenshots),
        Chore::Bench => run(cargo().args(["bench", "--quiet", "--package", "server"])),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The cargo that runs us.
fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The root of the project.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.current_dir(root()).status().with_context(|| format!("{command:?} did not start"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

fn test(postgres: bool, rest: &[String]) -> Result<()> {
    let mut command = cargo();
    command.args(["test", "--workspace"]).args(rest);
    if !postgres {
        return run(&mut command);
    }
    let server = testing::postgres::Server::start().context("PostgreSQL did not start")?;
    println!("Every test on PostgreSQL, {}", server.url());
    run(command.env(testing::POSTGRES, server.url()))
}
