//! The span of one request, for whoever follows what a request did: `docs/operate/traces.md` names it and what it carries.
//!
//! It holds the pattern of the route and never the path as typed, a query, a header or a name. Whose trace it goes on with
//! is read here; what a trace is sent with is not known here.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode},
};
use tracing::{
    Span,
    field::{self, Empty},
};
use vocabulary::TRACES;

use crate::{Site, Visit, client::Peer};

/// The place in a trace at which a request begins (W3C Trace Context, `traceparent`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace. Never nought.
    pub trace: u128,
    /// The span of whoever asks. Never nought.
    pub span: u64,
    /// Whether whoever asks keeps the trace.
    pub sampled: bool,
}

/// Makes a span, which has not begun, go on with somebody's trace.
pub type Follow = Arc<dyn Fn(&Span, TraceParent) + Send + Sync>;

impl TraceParent {
    /// Reads the one header, if it is there once and is well formed. `tracestate` is not read: it may hold anything.
    pub(crate) fn of(headers: &HeaderMap) -> Option<TraceParent> {
        let mut all = headers.get_all("traceparent").iter();
        let (Some(only), None) = (all.next(), all.next()) else { return None };
        TraceParent::read(only.to_str().ok()?)
    }

    /// Reads `00-{32 digits}-{16 digits}-{2 digits}`, all in lower case. Later versions may go on after another `-`.
    fn read(text: &str) -> Option<TraceParent> {
        let digits = |text: &str, many: usize| {
            let good = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            (text.len() == many && text.bytes().all(good)).then(|| u128::from_str_radix(text, 16).ok()).flatten()
        };
        let mut parts = text.split('-');
        let version = digits(parts.next()?, 2)?;
        let trace = digits(parts.next()?, 32)?;
        let span = u64::try_from(digits(parts.next()?, 16)?).ok()?;
        let flags = digits(parts.next()?, 2)?;
        let ends = parts.next().is_none();
        let known = version == 0 && ends || (1..=0xfe).contains(&version);
        (known && trace != 0 && span != 0).then_some(TraceParent { trace, span, sampled: flags & 1 == 1 })
    }
}

/// The span of a request that has arrived; none for whoever only asks whether the program is well.
///
/// A trace is gone on with where the other end of the connection is a proxy that the operator named. Anybody else could
/// have requests kept that would not be, and put them into traces of others.
pub(crate) fn begun(site: &Site, request: &Request) -> Span {
    if matches!(request.uri().path(), "/healthz" | "/readyz") {
        return Span::none();
    }
    let method = method(request.method());
    let span = tracing::info_span!(
        target: TRACES,
        "request",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
        url.scheme = site.scheme,
        "error.type" = Empty,
        commonhold.request = Empty,
        commonhold.format = Empty,
        commonhold.signed_in = Empty,
    );
    if let Some(follow) = &site.follow
        && !span.is_disabled()
        && let Some(Peer(peer)) = request.extensions().get::<Peer>()
        && site.proxies.trusts(peer.ip())
        && let Some(parent) = TraceParent::of(request.headers())
    {
        follow(&span, parent);
    }
    span
}

/// Writes into the span in which this is called how the request was answered.
pub(crate) fn answered(route: Option<&str>, status: StatusCode, visit: &Visit) {
    let span = Span::current();
    if span.is_disabled() {
        return;
    }
    if let Some(route) = route {
        span.record("http.route", route);
    }
    span.record("http.response.status_code", status.as_u16());
    span.record("commonhold.request", visit.request_id.as_str());
    span.record("commonhold.format", field::debug(visit.format));
    span.record("commonhold.signed_in", visit.reader.person.is_some());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", status.as_str());
    }
}

/// A method as the conventions have it: those that anybody may invent are one.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "TRACE" => "TRACE",
        "CONNECT" => "CONNECT",
        _ => "_OTHER",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn a_parent_is_read_as_the_standard_has_it() {
        let parent = TraceParent {
            trace: 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736,
            span: 0x00f0_67aa_0ba9_02b7,
            sampled: true,
        };
        assert_eq!(TraceParent::read(&format!("00-{TRACE}-00f067aa0ba902b7-01")), Some(parent));
        let unsampled = Some(TraceParent { sampled: false, ..parent });
        assert_eq!(TraceParent::read(&format!("00-{TRACE}-00f067aa0ba902b7-00")), unsampled);
        assert_eq!(TraceParent::read(&format!("00-{TRACE}-00f067aa0ba902b7-02")), unsampled, "another flag");
        assert_eq!(TraceParent::read(&format!("cc-{TRACE}-00f067aa0ba902b7-01-later")), Some(parent));
    }

    #[test]
    fn what_is_not_well_formed_is_no_parent() {
        let upper = TRACE.to_uppercase();
        let nought = "0".repeat(32);
        for bad in [
            "".to_owned(),
            TRACE.to_owned(),
            format!("00-{TRACE}-00f067aa0ba902b7"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-later"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-"),
            format!("00-{TRACE}-00f067aa0ba902b7-1"),
            format!("00-{TRACE}-00f067aa0ba902b7-+1"),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{upper}-00f067aa0ba902b7-01"),
            format!("00-{nought}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{TRACE}0-00f067aa0ba902b7-01"),
            format!(" 00-{TRACE}-00f067aa0ba902b7-01"),
        ] {
            assert_eq!(TraceParent::read(&bad), None, "{bad}");
        }
        let mut headers = HeaderMap::new();
        headers.append("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01").parse().unwrap());
        assert!(TraceParent::of(&headers).is_some());
        headers.append("traceparent", format!("00-{TRACE}-00f067aa0ba902b8-01").parse().unwrap());
        assert_eq!(TraceParent::of(&headers), None, "two are none");
    }
}
