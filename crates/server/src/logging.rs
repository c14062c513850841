//! The log, on the standard error output: a line for each event, as text for people or JSON for programs.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use crate::stopped::Stopped;

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Starts the log. `filter` is a level (`warn`) or levels by part (`info,store=debug`).
pub(crate) fn start(filter: &str, format: Option<LogFormat>) -> Result<(), Stopped> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Stopped::wrong_use(format!("\"{filter}\" is not a filter for the log: {error}."))
            .next("Write error, warn, info, debug or trace, or levels by part such as info,store=debug.")
    })?;
    let text = io::stderr().is_terminal();
    let format = format.unwrap_or(if text { LogFormat::Text } else { LogFormat::Json });
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(text);
    // It fails only when another log has been started in this process, which is then as good.
    drop(match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    });
    Ok(())
}
