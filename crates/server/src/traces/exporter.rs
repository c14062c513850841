//! The way to a collector: OTLP over HTTP as protobuf, from a thread of its own, within a time. A collector that is away is
//! told of once, and what could not be sent is lost: no request waits for it.

use std::{
    future::{Future, ready},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter as Exporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};
use ureq::{
    Agent, Proxy,
    tls::{PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem},
};

use super::{TraceMeasures, settings::Settings};
use crate::stopped::Stopped;

/// Largest answer of a collector that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

/// Sends spans, counts them, and tells the log when that begins to fail and when it works again.
#[derive(Debug)]
pub(super) struct Telling {
    inner: Exporter,
    measures: TraceMeasures,
    failing: AtomicBool,
    /// Why the latest attempt failed.
    why: Arc<Mutex<Option<String>>>,
}

impl Telling {
    pub(super) fn new(settings: &Settings, measures: &TraceMeasures) -> Result<Telling, Stopped> {
        let why = Arc::default();
        let client = Client { agent: agent(settings)?, why: Arc::clone(&why) };
        let inner = Exporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(settings.endpoint.clone())
            .with_timeout(settings.timeout)
            .with_protocol(Protocol::HttpBinary)
            .build()
            .map_err(Stopped::unexpected)?;
        Ok(Telling { inner, measures: measures.clone(), failing: AtomicBool::new(false), why })
    }

    fn tell(&self, outcome: &OTelSdkResult, spans: usize) {
        match outcome {
            Ok(()) => {
                self.measures.count("sent", spans);
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("the collector of traces takes them again");
                }
            }
            Err(error) => {
                self.measures.count("failed", spans);
                if !self.failing.swap(true, Ordering::Relaxed) {
                    let why = self.why.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    let why = why.unwrap_or_else(|| error.to_string());
                    tracing::warn!(why, "traces are lost: the collector does not take them");
                }
            }
        }
    }
}

impl SpanExporter for Telling {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let outcome = self.inner.export(batch).await;
        self.tell(&outcome, spans);
        outcome
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> Result<(), OTelSdkError> {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

fn agent(settings: &Settings) -> Result<Agent, Stopped> {
    let roots = match &settings.authority {
        None => RootCerts::WebPki,
        Some(text) => {
            let found = parse_pem(text).filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
                Ok(_) => None,
                Err(error) => Some(Err(error)),
            });
            let found: Result<Vec<_>, _> = found.collect();
            RootCerts::new_with_certs(&found.map_err(|error| {
                Stopped::wrong_use(format!("The certificates for the collector of traces cannot be used: {error}."))
                    .next("OTEL_EXPORTER_OTLP_CERTIFICATE names a file of certificates in PEM.")
            })?)
        }
    };
    let uri = settings.endpoint.parse::<axum::http::Uri>().ok();
    let here = uri.as_ref().and_then(|uri| uri.host()).is_some_and(vocabulary::is_this_machine);
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(settings.timeout))
        .user_agent(concat!("commonhold/", env!("CARGO_PKG_VERSION")))
        .tls_config(TlsConfig::builder().provider(TlsProvider::Rustls).root_certs(roots).build())
        // A way out is often a proxy, named in the usual variables. This machine needs none.
        .proxy(if here { None } else { Proxy::try_from_env() });
    Ok(config.build().new_agent())
}

/// What the exporter sends with. It waits for answers, which the exporter's thread may.
#[derive(Debug)]
struct Client {
    agent: Agent,
    why: Arc<Mutex<Option<String>>>,
}

impl Client {
    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let mut answer = self.agent.run(Request::from_parts(parts, body.as_ref()))?;
        let bytes = answer.body_mut().with_config().limit(LARGEST).read_to_vec()?;
        let (parts, _) = answer.into_parts();
        Ok(Response::from_parts(parts, bytes.into()))
    }
}

impl HttpClient for Client {
    fn send_bytes<'client, 'sending>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sending>>
    where
        'client: 'sending,
        Self: 'sending,
    {
        let answered = self.send(request);
        *self.why.lock().unwrap_or_else(PoisonError::into_inner) = match &answered {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("it answers {}", answer.status().as_u16())),
            Err(error) => Some(error.to_string()),
        };
        Box::pin(ready(answered))
    }
}
