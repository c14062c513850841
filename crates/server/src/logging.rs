//! The log, on the standard error output: a line for each event, as text for people or JSON for programs.

use std::{
    fmt,
    io::{self, IsTerminal},
};

use clap::ValueEnum;
use tracing::{Event, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, filter_fn},
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{JsonFields, Writer},
    },
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};
use vocabulary::TRACES;

use crate::stopped::Stopped;
use crate::traces::{self, Traces};

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Starts the log. `filter` is a level (`warn`) or levels by part (`info,store=debug`). Spans are for traces: the log shows
/// none, and names the trace that a line belongs to.
pub(crate) fn start(filter: &str, format: Option<LogFormat>, traces: &Traces) -> Result<(), Stopped> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        Stopped::wrong_use(format!("\"{filter}\" is not a filter for the log: {error}."))
            .next("Write error, warn, info, debug or trace, or levels by part such as info,store=debug.")
    })?;
    let text = io::stderr().is_terminal();
    let format = format.unwrap_or(if text { LogFormat::Text } else { LogFormat::Json });
    let log = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(text);
    let plain = tracing_subscriber::fmt::format().with_ansi(text);
    let log = match format {
        LogFormat::Text => log.event_format(Named { inner: plain, format }).boxed(),
        LogFormat::Json => {
            let inner = plain.json().flatten_event(true);
            log.fmt_fields(JsonFields::new()).event_format(Named { inner, format }).boxed()
        }
    };
    let lines = filter.and(filter_fn(|metadata| metadata.target() != TRACES));
    let mut parts = vec![log.with_filter(lines).boxed()];
    parts.extend(traces.part());
    // It fails only when another log has been started in this process, which is then as good.
    drop(tracing_subscriber::registry().with(parts).try_init());
    Ok(())
}

/// Adds to each line the trace that it belongs to, if there is one.
struct Named<F> {
    inner: F,
    format: LogFormat,
}

impl<S, N, F> FormatEvent<S, N> for Named<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let Some(trace) = traces::current() else {
            return self.inner.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.inner.format_event(context, Writer::new(&mut line), event)?;
        let line = line.trim_end();
        match (self.format, line.strip_suffix('}')) {
            (LogFormat::Json, Some(open)) => writeln!(writer, "{open},\"trace\":\"{trace}\"}}"),
            _ => writeln!(writer, "{line} trace={trace}"),
        }
    }
}
