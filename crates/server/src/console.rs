//! What a command prints: results on the standard output, as text or JSON, and progress on the other one.
//!
//! A progress bar is drawn only for people: when both outputs are a terminal and no JSON is wanted. Colours are not used.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use crate::stopped::Stopped;

/// Where and how a command prints.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    json: bool,
}

impl Console {
    pub(crate) fn new(json: bool) -> Console {
        Console { json }
    }

    /// A line for people; nothing where JSON is wanted.
    pub(crate) fn say(self, line: impl Display) {
        if !self.json {
            print(&line);
        }
    }

    /// The result: `text` for people, `value` for programs on one line.
    pub(crate) fn result(self, text: impl Display, value: &Value) {
        if self.json { print(value) } else { print(&text) }
    }

    /// What stopped the command, on the standard error output.
    pub(crate) fn stopped(self, stopped: &Stopped) {
        let mut out = io::stderr().lock();
        // Nobody is left to be told when this fails.
        drop(match self.json {
            true => writeln!(out, "{}", stopped.to_json()),
            false => writeln!(out, "{stopped}"),
        });
    }

    /// A bar of `steps` steps. Hidden unless somebody looks.
    pub(crate) fn bar(self, steps: u64) -> ProgressBar {
        let seen = !self.json && io::stdout().is_terminal() && io::stderr().is_terminal();
        let target = if seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(steps), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
            bar.set_style(style);
        }
        bar
    }
}

/// A closed pipe (`commonhold demo | head`) is not worth stopping for.
fn print(line: &impl Display) {
    let mut out = io::stdout().lock();
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}
