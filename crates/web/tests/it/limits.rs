//! Too much: too many requests, too many at once, too many connections, and those that take their time.

use std::{
    io::{Read as _, Write},
    net::{SocketAddr, TcpStream},
    num::NonZeroU32,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Method, StatusCode},
    routing::get,
};
use jiff::SignedDuration;
use prometheus_client::{encoding::text::encode, registry::Registry};
use web::{Capacity, Connections, Limits, Pace, Site, TrustedProxies, app};

use crate::{
    serving::{asked, started, started_with},
    world::{Read, routes, send, site, templates, world},
};

fn within(limits: Limits) -> Router {
    app(Site { limits, ..site() }, templates(), routes().into_router()).unwrap()
}

fn quota(a_minute: u32) -> Limits {
    Limits { requests_a_minute: NonZeroU32::new(a_minute), ..site().limits }
}

async fn as_whom(app: &Router, who: &str, path: &str) -> Read {
    send(app, Method::GET, path, &[("x-who", who)], Body::empty()).await
}

/// A request from a browser or program behind the proxy on this machine.
fn from(client: &str, line: &str) -> String {
    format!(
        "{line} HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nX-Forwarded-For: 9.9.9.9, {client}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

#[tokio::test]
async fn everybody_has_a_quota_and_is_told_what_is_left() {
    let site = Site { limits: quota(4), ..site() };
    let clock = site.clock.clone();
    let app = app(site, templates(), routes().into_router()).unwrap();
    let first = as_whom(&app, "editor", "/me.json").await;
    assert_eq!(
        (first.header("ratelimit-policy"), first.header("ratelimit")),
        ("\"requests\";q=4;w=60", "\"requests\";r=1;t=15")
    );
    assert_eq!(as_whom(&app, "editor", "/me.json").await.status, StatusCode::OK);
    let refused = as_whom(&app, "editor", "/me.json").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.json()["type"], "urn:commonhold:problem:too-many");
    assert_eq!(refused.json()["next"], "Wait 15 seconds, then go on more slowly.");
    assert_eq!((refused.header("retry-after"), refused.header("ratelimit")), ("15", "\"requests\";r=0;t=15"));
    assert_eq!(refused.header("cache-control"), "private, no-store");
    assert_eq!(as_whom(&app, "token that reads", "/me.json").await.status, StatusCode::OK, "a token has its own");
    clock.advance(SignedDuration::from_secs(15));
    assert_eq!(as_whom(&app, "editor", "/me.json").await.status, StatusCode::OK);
    assert_eq!(as_whom(&app, "editor", "/me.json").await.status, StatusCode::TOO_MANY_REQUESTS);
    for free in ["/healthz", "/readyz"] {
        assert_eq!(as_whom(&app, "editor", free).await.header("ratelimit"), "", "{free} is asked all the time");
    }
}

#[tokio::test]
async fn visitors_are_told_apart_by_address_as_far_as_the_proxy_is_trusted() {
    let proxies = TrustedProxies::read("127.0.0.1").unwrap();
    let behind = app(Site { limits: quota(40), proxies, ..site() }, templates(), routes().into_router()).unwrap();
    let (address, stop, serving) = started(behind).await;
    let mut refused = 0;
    for _ in 0..21 {
        let answer = asked(address, from("192.0.2.1", "GET /me.json")).await.unwrap();
        refused += usize::from(answer.starts_with("HTTP/1.1 429 "));
    }
    assert_eq!(refused, 1, "half of forty at once, and whatever stood before the proxy's word counts for nothing");
    let other = asked(address, from("192.0.2.2", "GET /me.json")).await.unwrap();
    assert!(other.starts_with("HTTP/1.1 200 "), "{other}");
    // Writes by visitors, such as asking for a link to sign in, are fewer by far: one at once here.
    let first = asked(address, from("192.0.2.3", "POST /rename.json")).await.unwrap();
    assert!(first.starts_with("HTTP/1.1 415 "), "{first}");
    let second = asked(address, from("192.0.2.3", "POST /rename.json")).await.unwrap();
    assert!(second.starts_with("HTTP/1.1 429 ") && second.contains("without signing in"), "{second}");
    drop(stop);
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn whoever_tries_out_tokens_has_a_visitors_quota() {
    let (address, stop, serving) = started(within(quota(4))).await;
    let attempt = "GET /me.json HTTP/1.1\r\nHost: x\r\nX-Who: no token\r\nConnection: close\r\n\r\n";
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(asked(address, attempt.to_owned()).await.unwrap());
    }
    assert!(answers[1].starts_with("HTTP/1.1 401 "), "{}", answers[1]);
    assert!(answers[1].contains("www-authenticate: Bearer realm=\"commonhold\", error=\"invalid_token\""));
    assert!(answers[2].starts_with("HTTP/1.1 429 "), "{}", answers[2]);
    drop(stop);
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_token_needs_no_origin_and_writes_only_if_it_may() {
    let app = world();
    let send = async |who: &str| {
        let headers = [("x-who", who), ("content-type", "application/json")];
        send(&app, Method::POST, "/rename.json", &headers, r#"{"name":"Fly"}"#).await
    };
    assert_eq!(send("editor").await.status, StatusCode::FORBIDDEN, "a session must say where it comes from");
    assert_eq!(send("token that edits").await.status, StatusCode::SEE_OTHER);
    let refused = send("token that reads").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.json()["detail"], "This token only reads, so nothing was changed.");
}

#[tokio::test]
async fn a_body_that_trickles_is_given_up_long_before_the_time_that_a_large_one_has() {
    let pace = Pace { grace: Duration::from_millis(50), least: 1_000_000 };
    let limits = Limits { pace, read: Duration::from_secs(3600), answer: Duration::from_secs(3600), ..site().limits };
    let (address, stop, serving) = started(within(limits)).await;
    for (path, content_type, begin) in [
        ("/rename.json", "application/x-www-form-urlencoded", "name"),
        ("/upload.json", "multipart/form-data; boundary=XX", "--XX\r\n"),
    ] {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Type: {content_type}\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{begin}"
        );
        let answer = asked(address, request).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
    }
    drop(stop);
    serving.await.unwrap().unwrap();
}

/// Begins a write whose body does not come.
fn begun(address: SocketAddr, client: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /rename.json HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nX-Forwarded-For: {client}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

#[tokio::test]
async fn writes_that_do_not_arrive_keep_nobody_else_from_reading_or_writing() {
    let capacity = Capacity { writes: 3, writes_of_one: 2, ..Capacity::default() };
    let hour = Duration::from_secs(3600);
    let pace = Pace { grace: hour, least: 1 };
    let limits = Limits { capacity, pace, read: hour, answer: hour, ..site().limits };
    let proxies = TrustedProxies::read("127.0.0.1").unwrap();
    let site = Site { limits, proxies, ..site() };
    let (address, stop, serving) = started(app(site, templates(), routes().into_router()).unwrap()).await;
    let _held = [begun(address, "192.0.2.1"), begun(address, "192.0.2.1")];
    // Connections are taken in their order, but worked on side by side: so it is asked until both have their place.
    loop {
        let third = asked(address, from("192.0.2.1", "POST /rename.json")).await.unwrap();
        if third.starts_with("HTTP/1.1 429 ") {
            assert!(third.contains("Too many at once"), "{third}");
            break;
        }
    }
    let read = asked(address, from("192.0.2.1", "GET /me.json")).await.unwrap();
    assert!(read.starts_with("HTTP/1.1 200 "), "{read}");
    let other = asked(address, from("192.0.2.2", "POST /rename.json")).await.unwrap();
    assert!(other.starts_with("HTTP/1.1 415 "), "{other}");
    drop(stop);
    serving.abort();
}

#[tokio::test]
async fn what_cannot_be_worked_on_is_turned_away_at_once() {
    let capacity = Capacity { reads: 0, waiting: 0, ..Capacity::default() };
    let app = within(Limits { capacity, ..site().limits });
    let refused = as_whom(&app, "editor", "/me.json").await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers.get_all("retry-after").iter().collect::<Vec<_>>(), ["30"], "said once");
    assert_eq!(as_whom(&app, "editor", "/healthz").await.status, StatusCode::OK, "watching goes on");
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_no_more() {
    let connections = Connections { of_one: 2, ..Connections::default() };
    let (address, stop, serving) = started_with(world(), connections).await;
    let _first = TcpStream::connect(address).unwrap();
    let second = TcpStream::connect(address).unwrap();
    let said = asked(address, String::new()).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 503 ") && said.contains("Retry-After: 30\r\n"), "{said}");
    assert!(said.ends_with("Too many connections are open. Try again in 30 seconds"), "{said}");
    drop(second);
    // Its place is free as soon as the server has seen that it is gone.
    while !asked(address, from("x", "GET /me.json")).await.unwrap().starts_with("HTTP/1.1 200 ") {}
    drop(stop);
    serving.abort();
}

#[tokio::test]
async fn a_connection_that_says_nothing_and_a_head_that_does_not_end_are_closed() {
    let connections = Connections { head: Duration::from_millis(50), ..Connections::default() };
    let (address, stop, serving) = started_with(world(), connections).await;
    for begin in ["", "GET /me.json HTTP/1.1\r\nHost: x\r\nX-Long: "] {
        assert_eq!(asked(address, begin.to_owned()).await.unwrap(), "", "after {begin:?}");
    }
    drop(stop);
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let large = || async { vec![b'x'; 64 * 1024 * 1024] };
    let router = routes().into_router().route("/large", get(large));
    let connections = Connections { of_one: 1, stall: Duration::from_millis(50), ..Connections::default() };
    let (address, stop, serving) = started_with(app(site(), templates(), router).unwrap(), connections).await;
    let mut idle = TcpStream::connect(address).unwrap();
    idle.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    while !asked(address, from("x", "GET /me.json")).await.unwrap().starts_with("HTTP/1.1 200 ") {}
    // What was on its way still comes; then the connection is closed, or reset.
    let taken = tokio::task::spawn_blocking(move || {
        let mut taken = Vec::new();
        let _ = idle.read_to_end(&mut taken);
        taken
    });
    let taken = taken.await.unwrap();
    assert!(taken.starts_with(b"HTTP/1.1 200 ") && taken.len() < 64 * 1024 * 1024, "{}", taken.len());
    drop(stop);
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_measured_names_routes_and_nobody() {
    let site = Site { limits: quota(2), ..site() };
    let mut registry = Registry::with_prefix("commonhold");
    site.measures.register(&mut registry);
    let app = app(site, templates(), routes().into_router()).unwrap();
    as_whom(&app, "editor", "/file/jane?doe=1").await;
    as_whom(&app, "editor", "/file/jane").await;
    send(&app, Method::from_bytes(b"JANE").unwrap(), "/nobody/doe", &[], Body::empty()).await;
    let mut text = String::new();
    encode(&mut text, &registry).unwrap();
    let counted = |line: &str| text.lines().any(|there| there == line);
    assert!(counted("commonhold_requests_total{method=\"GET\",route=\"/file/{name}\",status=\"200\"} 1"), "{text}");
    assert!(counted("commonhold_requests_turned_away_total{reason=\"quota\"} 1"), "{text}");
    assert!(counted("commonhold_requests_under_way 0"), "{text}");
    assert!(text.contains("commonhold_request_seconds_bucket{le=\"0.002\",method=\"GET\",route=\"/file/{name}\"}"));
    assert!(text.contains("method=\"other\",route=\"none\""), "{text}");
    assert!(!text.contains("jane") && !text.contains("doe"), "{text}");
}
