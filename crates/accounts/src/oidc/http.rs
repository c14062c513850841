//! The way to a provider: HTTPS only, no redirects, answers of bounded size and time, and no address that the provider's own
//! documents do not name.
//!
//! What a provider names is still judged before it is asked: a document must not send this copy to a machine of its own
//! network (server-side request forgery). An endpoint has the issuer's host, or it is a name of the public kind, over HTTPS.

use std::time::Duration;

use axum::http::Uri;
use serde_json::Value;
use tracing::{Span, field::Empty};
use ureq::{
    Agent, Proxy,
    tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem},
};
use vocabulary::TRACES;

use super::{jose::tame, settings::ProviderSettings};

/// Largest answer, in bytes. Entra ID's keys are about 12 KB.
const LARGEST: u64 = 256 * 1024;

/// Why a provider could not be asked, or what was wrong with how it answered. For the log and for `sign-in check`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unanswered {
    #[error("its certificates cannot be used: {0}")]
    Certificates(String),
    #[error("{what} at {address} is not an address that may be asked: {why}")]
    Address { what: &'static str, address: String, why: &'static str },
    #[error("{what} could not be asked: {why}")]
    Reached { what: &'static str, why: String },
    #[error("{what} answered with a redirect, which is not followed")]
    Redirect { what: &'static str },
    #[error("{what} answered {status}{told}")]
    Status { what: &'static str, status: u16, told: String },
    #[error("{what} answered with something that is no JSON object")]
    NotJson { what: &'static str },
}

/// One provider's client.
#[derive(Debug)]
pub(crate) struct Http {
    agent: Agent,
    /// The issuer's host.
    host: String,
}

/// What a request carries besides its form.
pub(crate) enum Credential<'a> {
    None,
    Basic(String),
    Bearer(&'a str),
}

impl Http {
    pub(crate) fn of(settings: &ProviderSettings) -> Result<Http, Unanswered> {
        let host = host(&settings.issuer).unwrap_or_default();
        let own = vocabulary::is_this_machine(&host);
        let roots = match &settings.authorities {
            None => RootCerts::WebPki,
            Some(text) => RootCerts::new_with_certs(&certificates(text)?),
        };
        let tls = TlsConfig::builder().provider(TlsProvider::Rustls).root_certs(roots).build();
        let config = Agent::config_builder()
            .https_only(!own)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(settings.timeout))
            .timeout_connect(Some(settings.timeout.min(Duration::from_secs(5))))
            .max_idle_connections(0)
            .user_agent(concat!("commonhold/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            // A council's way out is often a proxy, named in the usual variables. This machine needs none.
            .proxy(if own { None } else { Proxy::try_from_env() });
        Ok(Http { agent: config.build().new_agent(), host })
    }

    /// Whether an address that the provider's documents name may be asked, or people be sent to it.
    pub(crate) fn permits(&self, what: &'static str, address: &str) -> Result<(), Unanswered> {
        let refused = |why| {
            let address = tame(address);
            Err(Unanswered::Address { what, address, why })
        };
        let Ok(uri) = address.parse::<Uri>() else { return refused("it is no address") };
        let Some(host) = uri.host() else { return refused("it names no host") };
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) || address.contains('#') {
            return refused("it has a user or a fragment in it");
        }
        let own = vocabulary::is_this_machine(&self.host);
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if own => {}
            _ => return refused("it is not https"),
        }
        if host.eq_ignore_ascii_case(&self.host) {
            return Ok(());
        }
        let numbers = |host: &str| {
            let last = host.rsplit('.').next().unwrap_or_default();
            host.starts_with('[')
                || last.is_empty()
                || last.bytes().all(|byte| byte.is_ascii_digit())
                || last.starts_with("0x")
        };
        if !host.contains('.') || numbers(host) || host.to_ascii_lowercase().ends_with(".localhost") {
            return refused("it is neither at the issuer's host nor a public name");
        }
        Ok(())
    }

    /// A JSON object at an address.
    pub(crate) fn get(
        &self,
        what: &'static str,
        address: &str,
        credential: &Credential<'_>,
    ) -> Result<Value, Unanswered> {
        self.permits(what, address)?;
        let asking = span("GET", what, address).entered();
        let mut request = self.agent.get(address).header("accept", "application/json");
        if let Some(value) = credential.header() {
            request = request.header("authorization", value);
        }
        noted(&asking, self.read(&asking, what, request.call()))
    }

    /// The JSON object that answers a form.
    pub(crate) fn post(
        &self,
        what: &'static str,
        address: &str,
        form: &[(&str, &str)],
        credential: &Credential<'_>,
    ) -> Result<Value, Unanswered> {
        self.permits(what, address)?;
        let asking = span("POST", what, address).entered();
        let mut request = self.agent.post(address).header("accept", "application/json");
        if let Some(value) = credential.header() {
            request = request.header("authorization", value);
        }
        noted(&asking, self.read(&asking, what, request.send_form(form.iter().copied())))
    }

    fn read(
        &self,
        asking: &Span,
        what: &'static str,
        answered: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Value, Unanswered> {
        let unreached = |error: ureq::Error| Unanswered::Reached { what, why: tame(&error.to_string()) };
        let mut response = answered.map_err(unreached)?;
        let status = response.status();
        asking.record("http.response.status_code", status.as_u16());
        if status.is_redirection() {
            return Err(Unanswered::Redirect { what });
        }
        let text = response.body_mut().with_config().limit(LARGEST).read_to_string().map_err(unreached)?;
        let value = serde_json::from_str::<Value>(&text);
        if !status.is_success() {
            // OAuth says why in two fields (RFC 6749, 5.2); both are for those who run this, not for people.
            let told = value.ok().and_then(|value| {
                let text = |name: &str| value[name].as_str().map(tame);
                Some(
                    [Some(text("error")?), text("error_description")]
                        .into_iter()
                        .flatten()
                        .collect::<Vec<_>>()
                        .join(", "),
                )
            });
            let told = told.map(|told| format!(" ({told})")).unwrap_or_default();
            return Err(Unanswered::Status { what, status: status.as_u16(), told });
        }
        value.ok().filter(Value::is_object).ok_or(Unanswered::NotJson { what })
    }
}

/// The span of one request to a provider, whose host is a setting. Neither path nor query is in it, and nothing is sent along
/// by which the provider could tell which requests belong together.
fn span(method: &'static str, what: &'static str, address: &str) -> Span {
    let span = tracing::info_span!(
        target: TRACES,
        "provider",
        otel.name = method,
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = method,
        http.response.status_code = Empty,
        server.address = Empty,
        server.port = Empty,
        "error.type" = Empty,
        commonhold.provider.asked = what,
    );
    if let Ok(uri) = address.parse::<Uri>()
        && !span.is_disabled()
    {
        span.record("server.address", uri.host());
        let usual = if uri.scheme_str() == Some("http") { 80 } else { 443 };
        span.record("server.port", uri.port_u16().unwrap_or(usual));
    }
    span
}

/// Writes into a span what went wrong, if anything did.
fn noted<T>(asking: &Span, answered: Result<T, Unanswered>) -> Result<T, Unanswered> {
    if let Err(unanswered) = &answered {
        asking.record("otel.status_code", "ERROR");
        asking.record("error.type", unanswered.word().as_str());
    }
    answered
}

impl Unanswered {
    /// The sort of failure: nothing that a provider said.
    fn word(&self) -> String {
        match self {
            Unanswered::Certificates(_) => "certificates".to_owned(),
            Unanswered::Address { .. } => "address".to_owned(),
            Unanswered::Reached { .. } => "unreachable".to_owned(),
            Unanswered::Redirect { .. } => "redirect".to_owned(),
            Unanswered::Status { status, .. } => status.to_string(),
            Unanswered::NotJson { .. } => "not_json".to_owned(),
        }
    }
}

impl Credential<'_> {
    fn header(&self) -> Option<String> {
        match self {
            Credential::None => None,
            Credential::Basic(packed) => Some(format!("Basic {packed}")),
            Credential::Bearer(token) => Some(format!("Bearer {token}")),
        }
    }
}

fn certificates(text: &[u8]) -> Result<Vec<Certificate<'static>>, Unanswered> {
    let mut found = Vec::new();
    for item in parse_pem(text) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(Unanswered::Certificates(error.to_string())),
        }
    }
    match found.is_empty() {
        true => Err(Unanswered::Certificates("there is none in \"ca_file\"".to_owned())),
        false => Ok(found),
    }
}

pub(crate) fn host(address: &str) -> Option<String> {
    address.parse::<Uri>().ok()?.host().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn permits(issuer_host: &str, address: &str) -> bool {
        let http = Http { agent: Agent::new_with_defaults(), host: issuer_host.to_owned() };
        http.permits("the keys", address).is_ok()
    }

    #[test]
    fn a_document_cannot_send_us_into_our_own_network() {
        for good in ["https://id.example/keys", "https://ID.example:8443/keys", "https://keys.other.example/jwks?v=2"] {
            assert!(permits("id.example", good), "{good}");
        }
        for bad in [
            "http://id.example/keys",
            "file:///etc/passwd",
            "https://127.0.0.1/keys",
            "https://10.0.0.1/keys",
            "https://2130706433/keys",
            "https://0x7f.1/keys",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/keys",
            "https://localhost/keys",
            "https://a.localhost/keys",
            "https://intranet/keys",
            "https://user@id.example/keys",
            "https://id.example/keys#x",
            "//id.example/keys",
            "keys",
            "",
        ] {
            assert!(!permits("id.example", bad), "{bad}");
        }
        assert!(permits("127.0.0.1", "http://127.0.0.1:9/keys"));
        assert!(
            permits("10.1.2.3", "https://10.1.2.3/keys"),
            "an issuer may be known by number, when its operator says so"
        );
        assert!(!permits("127.0.0.1", "http://127.0.0.2:9/keys"));
    }
}
