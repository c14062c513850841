//! Measures for whoever watches this copy, in the text format that Prometheus reads, on a port of their own: so a web server in
//! front cannot give them to everybody by mistake.
//!
//! `docs/operate/watching.md` names each measure. None holds an address, a name or a path as typed.

use std::{fmt, fs, sync::Arc, time::Duration};

use axum::{
    Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, text::encode},
    metrics::{counter::ConstCounter, gauge::ConstGauge, info::Info},
    registry::Registry,
};
use store::{Store, WorkOf};

use crate::Product;

mod stored;

use stored::Stored;

/// What the answer is: OpenMetrics, which Prometheus asks for.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything that is measured of one running copy. All names begin with `commonhold_`.
#[derive(Debug)]
pub struct Watching {
    registry: Registry,
    stored: Stored,
}

impl Watching {
    /// Of this copy.
    pub fn new(product: &Product) -> Watching {
        let (mut registry, stored) = (registry(product), Stored::new(product));
        registry.register_collector(Box::new(stored.clone()));
        Watching { registry, stored }
    }

    /// All of it as it is now, as text.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn told(&self) -> Result<String, fmt::Error> {
        self.stored.look().await;
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn registry(product: &Product) -> Registry {
    let mut registry = Registry::with_prefix("commonhold");
    let engine = match product.store.engine() {
        store::Engine::Sqlite => "sqlite",
        store::Engine::Postgres => "postgresql",
    };
    let build = Info::new([("version", env!("CARGO_PKG_VERSION")), ("engine", engine)]);
    registry.register("build", "Which program this is", build);
    product.measures.register(&mut registry);
    product.job_measures.register(&mut registry, &product.jobs());
    product.trace_measures.register(&mut registry);
    registry.register_collector(Box::new(StoreWork(product.store.clone())));
    registry.register_collector(Box::new(Process));
    registry
}

/// The address that Prometheus reads: `/metrics`.
pub(crate) fn routes(watching: Watching) -> Router {
    let watching = Arc::new(watching);
    Router::new().route("/metrics", get(move || async move { answer(&watching).await }))
}

async fn answer(watching: &Watching) -> Response {
    match watching.told().await {
        Ok(text) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "measures could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// What the database has to do.
struct StoreWork(Store);

impl fmt::Debug for StoreWork {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("StoreWork")
    }
}

/// One measure of the store: its name, what it is, and how it is read.
type Read<N> = (&'static str, &'static str, fn(WorkOf) -> N);

impl Collector for StoreWork {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let work = self.0.work();
        let kinds = [("read", work.reads), ("write", work.writes)];
        let waiting = ConstGauge::new(0_i64);
        let mut family = encoder.encode_descriptor(
            "store_waiting",
            "Transactions that wait for a thread",
            None,
            waiting.metric_type(),
        )?;
        for (kind, of) in kinds {
            let value = ConstGauge::new(i64::try_from(of.waiting).unwrap_or(i64::MAX));
            value.encode(family.encode_family(&[("kind", kind)])?)?;
        }
        let counts: [Read<u64>; 2] = [
            ("store_transactions", "Transactions that ended", |of| of.ended),
            ("store_turned_away", "Transactions refused, because too many waited", |of| of.turned_away),
        ];
        for (name, help, read) in counts {
            let kind = ConstCounter::new(0_u64).metric_type();
            let mut family = encoder.encode_descriptor(name, help, None, kind)?;
            for (kind, of) in kinds {
                ConstCounter::new(read(of)).encode(family.encode_family(&[("kind", kind)])?)?;
            }
        }
        let kind = ConstCounter::new(0_f64).metric_type();
        let help = "Time of all transactions together, waiting not counted";
        let mut family = encoder.encode_descriptor("store_seconds", help, None, kind)?;
        for (kind, of) in kinds {
            let seconds = Duration::from_micros(of.micros).as_secs_f64();
            ConstCounter::new(seconds).encode(family.encode_family(&[("kind", kind)])?)?;
        }
        Ok(())
    }
}

/// What the operating system says of this process. Where it says nothing (not Linux), there are no such measures.
#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut gauge = |name: &str, help: &str, value: Option<i64>| match value {
            None => Ok(()),
            Some(value) => {
                let value = ConstGauge::new(value);
                value.encode(encoder.encode_descriptor(name, help, None, value.metric_type())?)
            }
        };
        gauge("process_resident_bytes", "Memory that the process has", resident())?;
        gauge("process_open_files", "Files and connections that the process has open", open_files())?;
        gauge("process_threads", "Threads of the process", status("Threads:"))
    }
}

/// The number that stands behind `name` in `/proc/self/status`.
fn status(name: &str) -> Option<i64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn resident() -> Option<i64> {
    status("VmRSS:").and_then(|kilobytes| kilobytes.checked_mul(1024))
}

fn open_files() -> Option<i64> {
    i64::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).ok()
}
