//! Traces: what each request, job and message did and how long it took, sent to a collector as OpenTelemetry has it.
//!
//! Spans are made where the work is, by `tracing`, in every build. Here they are sent, in a build with the feature `otel` and
//! where the environment names a collector; any other build says that it cannot. `docs/operate/traces.md` lists the spans
//! and all that they carry.

#[cfg(feature = "otel")]
mod exporter;
#[cfg(feature = "otel")]
mod sending;
#[cfg(feature = "otel")]
mod settings;

use std::env;

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};
use tracing_subscriber::{Layer, Registry as Spans};

use crate::stopped::Stopped;

/// What is counted of spans in this process. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct TraceMeasures {
    spans: Family<Came, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Came {
    state: &'static str,
}

impl TraceMeasures {
    /// Puts them into a registry, under the prefix that it has. They are counted from nought on.
    pub(crate) fn register(&self, registry: &mut Registry) {
        for state in ["made", "sent", "failed"] {
            drop(self.spans.get_or_create(&Came { state }));
        }
        registry.register("trace_spans", "Spans made for the collector, and what came of them", self.spans.clone());
    }

    #[cfg(feature = "otel")]
    fn count(&self, state: &'static str, spans: usize) {
        self.spans.get_or_create(&Came { state }).inc_by(u64::try_from(spans).unwrap_or(u64::MAX));
    }
}

/// The traces of this run of the program.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    pub(crate) measures: TraceMeasures,
    #[cfg(feature = "otel")]
    sending: Option<sending::Sending>,
    /// The setting that asks for what this build cannot do.
    #[cfg(not(feature = "otel"))]
    asked_by: Option<&'static str>,
}

/// A part of the log's subscriber.
pub(crate) type Part = Box<dyn Layer<Spans> + Send + Sync>;

#[cfg(feature = "otel")]
impl Traces {
    /// Begins to send traces where the environment names a collector.
    ///
    /// # Errors
    /// When a setting is not understood.
    pub(crate) fn from_environment() -> Result<Traces, Stopped> {
        let measures = TraceMeasures::default();
        let settings = settings::Settings::read(|name| env::var(name).ok())?;
        let sending = settings.map(|settings| sending::Sending::start(settings, &measures)).transpose()?;
        Ok(Traces { measures, sending })
    }

    /// What makes traces of spans.
    pub(crate) fn part(&self) -> Option<Part> {
        self.sending.as_ref().map(sending::Sending::part)
    }

    /// How a request's span goes on with somebody's trace.
    pub(crate) fn follow(&self) -> Option<web::Follow> {
        self.sending.as_ref().map(|_| sending::follow())
    }

    /// Where they are sent.
    pub(crate) fn place(&self) -> Option<&str> {
        self.sending.as_ref().map(sending::Sending::place)
    }

    /// Tells the log what it has to know. To be called once there is a log.
    pub(crate) fn tell(&self) {
        if let Some(sending) = &self.sending {
            tracing::info!(to = sending.place(), sampler = sending.sampler(), "traces are sent");
        }
    }

    /// Sends what waits, for five seconds at most.
    pub(crate) fn end(self) {
        if let Some(sending) = self.sending {
            sending.end();
        }
    }
}

#[cfg(not(feature = "otel"))]
impl Traces {
    /// Looks whether the environment names a collector.
    ///
    /// # Errors
    /// None.
    pub(crate) fn from_environment() -> Result<Traces, Stopped> {
        let set = |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let asked_by = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"].into_iter().find(set);
        Ok(Traces { asked_by, ..Traces::default() })
    }

    /// Nothing makes traces.
    pub(crate) fn part(&self) -> Option<Part> {
        None
    }

    /// No trace is gone on with.
    pub(crate) fn follow(&self) -> Option<web::Follow> {
        None
    }

    /// They are sent nowhere.
    pub(crate) fn place(&self) -> Option<&str> {
        None
    }

    /// Tells the log that a setting asks for what this build cannot do.
    pub(crate) fn tell(&self) {
        if let Some(setting) = self.asked_by {
            tracing::warn!(setting, "no traces are sent: this build is without them (feature otel)");
        }
    }

    /// There is nothing to end.
    pub(crate) fn end(self) {}
}

/// The id of the trace that what runs on this thread belongs to, if it is sent.
#[cfg(feature = "otel")]
pub(crate) fn current() -> Option<String> {
    sending::current()
}

/// There is none in this build.
#[cfg(not(feature = "otel"))]
pub(crate) fn current() -> Option<String> {
    None
}
