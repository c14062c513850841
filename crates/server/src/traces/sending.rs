//! From the spans of `tracing` to a collector: which become traces, and the thread that sends them.

use std::{sync::Arc, time::Duration};

use opentelemetry::{
    Context, KeyValue, TraceFlags,
    trace::{SpanContext, SpanKind, TraceContextExt, TraceState, TracerProvider},
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchSpanProcessor, SdkTracerProvider, Span, SpanData, SpanProcessor},
};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{Layer, filter::filter_fn};
use vocabulary::TRACES;
use web::{Follow, TraceParent};

use super::{Part, TraceMeasures, exporter::Telling, settings::Settings};
use crate::stopped::Stopped;

/// How long sending may take once the program was told to stop.
const LAST: Duration = Duration::from_secs(5);

/// A collector that is sent to.
#[derive(Debug)]
pub(super) struct Sending {
    provider: SdkTracerProvider,
    place: String,
    sampler: String,
}

impl Sending {
    /// Starts the thread that sends.
    pub(super) fn start(settings: Settings, measures: &TraceMeasures) -> Result<Sending, Stopped> {
        let exporter = Telling::new(&settings, measures)?;
        let mut resource =
            Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        if !settings.named {
            resource = resource.with_service_name("commonhold");
        }
        let handing = Handing { inner: BatchSpanProcessor::builder(exporter).build(), measures: measures.clone() };
        let provider = SdkTracerProvider::builder()
            .with_sampler(settings.sampler)
            .with_resource(resource.build())
            .with_span_processor(handing)
            .build();
        Ok(Sending { provider, place: settings.endpoint, sampler: settings.sampler_name })
    }

    /// What makes traces of spans, and of nothing else: lines of the log stay in the log.
    pub(super) fn part(&self) -> Part {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("commonhold"))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == TRACES))
            .boxed()
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) fn sampler(&self) -> &str {
        &self.sampler
    }

    /// Sends what waits.
    pub(super) fn end(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(LAST) {
            tracing::warn!(%error, "the last traces may not have been sent");
        }
    }
}

/// How a request's span goes on with somebody's trace.
pub(super) fn follow() -> Follow {
    Arc::new(|span: &tracing::Span, parent: TraceParent| {
        let flags = if parent.sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
        let parent = SpanContext::new(parent.trace.into(), parent.span.into(), flags, true, TraceState::NONE);
        if let Err(error) = span.set_parent(Context::new().with_remote_span_context(parent)) {
            tracing::debug!(%error, "a trace could not be gone on with");
        }
    })
}

/// The id of the trace that what runs on this thread belongs to, if it is sent.
pub(super) fn current() -> Option<String> {
    Context::map_current(|context| {
        let span = context.span();
        let at = span.span_context();
        (at.is_valid() && at.is_sampled()).then(|| at.trace_id().to_string())
    })
}

/// Names what is handed over to be sent, and counts it: what is neither sent nor failed waits, or was dropped because too much waited.
#[derive(Debug)]
struct Handing {
    inner: BatchSpanProcessor,
    measures: TraceMeasures,
}

impl SpanProcessor for Handing {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.inner.on_start(span, context);
    }

    fn on_end(&self, mut span: SpanData) {
        // Where a request leads is known only once it is under way, and then a span of `tracing` keeps its name.
        if span.span_kind == SpanKind::Server
            && let Some(route) = span.attributes.iter().find(|pair| pair.key.as_str() == "http.route")
        {
            span.name = format!("{} {}", span.name, route.value).into();
        }
        self.measures.count("made", 1);
        self.inner.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
