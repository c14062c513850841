//! Traces, as a collector gets them: what is in them, whose trace they go on with, and that nobody waits for the collector.
//!
//! The collector is an HTTP server on this machine that reads what is posted to it.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use prost::Message;
use testing::provider::{Fault, Provider};
use vocabulary::Clock;

use crate::browser::Browser;
use crate::place::Place;
use crate::program::Serving;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// One thing that was posted.
#[derive(Clone)]
struct Posted {
    head: String,
    body: Vec<u8>,
}

/// What a collector does with what it is sent.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Takes,
    /// Reads, and never answers.
    Silent,
    Refuses,
}

struct Collector {
    address: String,
    posted: Arc<Mutex<Vec<Posted>>>,
}

impl Collector {
    fn start(manner: Manner) -> Collector {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let posted: Arc<Mutex<Vec<Posted>>> = Arc::default();
        let all = Arc::clone(&posted);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let all = Arc::clone(&all);
                thread::spawn(move || answer(&stream, manner, &all));
            }
        });
        Collector { address, posted }
    }

    fn settings<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let mut settings = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", self.address.as_str())];
        settings.extend_from_slice(more);
        settings
    }

    fn posted(&self) -> Vec<Posted> {
        self.posted.lock().unwrap().clone()
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let decoded = |posted: &Posted| ExportTraceServiceRequest::decode(posted.body.as_slice()).unwrap();
        self.posted().iter().map(decoded).collect()
    }

    fn spans(&self) -> Vec<Span> {
        let resources = self.requests().into_iter().flat_map(|request| request.resource_spans);
        resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }

    /// The only span with this name.
    #[track_caller]
    fn span(&self, name: &str) -> Span {
        let mut all = self.spans();
        let names: Vec<_> = all.iter().map(|span| span.name.clone()).collect();
        all.retain(|span| span.name == name);
        assert_eq!(all.len(), 1, "one {name} in {names:?}");
        all.remove(0)
    }

    /// Everything that was ever sent, as one row of bytes.
    fn bytes(&self) -> Vec<u8> {
        self.posted().into_iter().flat_map(|posted| posted.body).collect()
    }
}

fn answer(stream: &TcpStream, manner: Manner, all: &Mutex<Vec<Posted>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line == "\r\n" {
                break;
            }
            if let Some(given) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = given.trim().parse().unwrap();
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        all.lock().unwrap().push(Posted { head, body });
        let written = match manner {
            Manner::Takes => (&*stream)
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n"),
            Manner::Refuses => (&*stream).write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"),
            Manner::Silent => continue,
        };
        if written.is_err() {
            return;
        }
    }
}

/// The attributes of a span, as text.
fn attributes(of: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |pair: &KeyValue| match pair.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BoolValue(yes)) => yes.to_string(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        other => panic!("{other:?}"),
    };
    of.iter().map(|pair| (pair.key.clone(), text(pair))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

/// Opens a page as somebody who traces, too.
fn get_within(serving: &Serving, path: &str, parent: &str) {
    let answer = ureq::get(format!("{}{path}", serving.address)).header("traceparent", parent).call().unwrap();
    assert_eq!(answer.status(), 200);
}

#[test]
fn a_request_its_transactions_and_jobs_are_spans_without_what_the_request_carried() {
    let place = Place::with_people();
    let collector = Collector::start(Manner::Takes);
    let more = [
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20collectors-own"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
    ];
    let serving = place.serve_with(&["serve", "--json"], &collector.settings(&more));
    assert!(serving.said.contains(&format!("\"traces\":\"{}/v1/traces\"", collector.address)), "{}", serving.said);
    let mut browser = Browser::new(&serving.address);
    assert_eq!(browser.get("/search?q=Hush-hush").status, 200);
    assert_eq!(browser.get("/no-such-place-of-hush").status, 404);
    assert_eq!(browser.get("/healthz").status, 200);
    assert_eq!(browser.get("/readyz").status, 200);
    assert_eq!(browser.post("/sign-in", &[("email", "estate.editor@ashmere.example")]).status, 303);
    let first = serving.stop().with(0);

    let outbox = Path::new(&place.data()).join("outbox");
    let message = fs::read_dir(outbox).unwrap().next().unwrap().unwrap().path();
    let message = fs::read_to_string(message).unwrap();
    let token = message.lines().find_map(|line| Some(line.split_once("/sign-in/")?.1.trim().to_owned())).unwrap();
    assert!(token.len() > 20, "{message}");

    // What was sent until here: one request with its transactions, a job, and its message.
    let request = collector.span("GET /search");
    assert_eq!(request.kind(), SpanKind::Server);
    assert!(request.parent_span_id.is_empty());
    let told = attributes(&request.attributes);
    for (name, value) in [
        ("http.request.method", "GET"),
        ("http.route", "/search"),
        ("http.response.status_code", "200"),
        ("url.scheme", "http"),
        ("commonhold.format", "Html"),
        ("commonhold.signed_in", "false"),
    ] {
        assert_eq!(told.get(name).map(String::as_str), Some(value), "{name} in {told:?}");
    }
    assert!(!told.contains_key("error.type"));
    let transactions: Vec<_> =
        collector.spans().into_iter().filter(|span| span.parent_span_id == request.span_id).collect();
    assert!(!transactions.is_empty());
    for transaction in transactions {
        assert_eq!(transaction.trace_id, request.trace_id);
        let told = attributes(&transaction.attributes);
        assert!(transaction.name == format!("{} read", told["db.system.name"]), "{}", transaction.name);
        assert_eq!((told["db.operation.name"].as_str(), told["commonhold.store.replica"].as_str()), ("read", "false"));
        assert!(told["commonhold.store.waited_seconds"].parse::<f64>().unwrap() >= 0.0);
    }
    let missing = collector.span("GET");
    let told = attributes(&missing.attributes);
    assert_eq!(told["http.response.status_code"], "404");
    assert!(!told.contains_key("http.route"), "it has none: {told:?}");

    let job = collector.span("job message");
    let told = attributes(&job.attributes);
    assert_eq!((told["commonhold.job.kind"].as_str(), told["commonhold.job.end"].as_str()), ("message", "done"));
    assert_eq!(told["commonhold.job.tries"], "1");
    let mail = collector.span("send a message");
    assert_eq!((&mail.trace_id, &mail.parent_span_id), (&job.trace_id, &job.span_id));
    assert_eq!(attributes(&mail.attributes)["commonhold.mail.way"], "folder");

    // Each line of the log about them names the trace.
    let line = |message: &str, more: &str| {
        let line = first.stderr.lines().find(|line| line.contains(message) && line.contains(more));
        let line = line.unwrap_or_else(|| panic!("{message} {more}: {}", first.stderr));
        serde_json::from_str::<serde_json::Value>(line).unwrap()
    };
    let answered = line("\"answered\"", "\"route\":\"/search\"");
    assert_eq!(answered["trace"], hex(&request.trace_id));
    assert_eq!(answered["request"], attributes(&request.attributes)["commonhold.request"]);
    assert_eq!(line("\"job done\"", "\"job\":\"message\"")["trace"], hex(&job.trace_id));
    let untraced = |line: &&str| line.contains("\"answered\"") && !line.contains("\"trace\"");
    assert_eq!(first.stderr.lines().filter(untraced).count(), 2, "whether the program is well: {}", first.stderr);

    // The link signs in, and what shows who came is in no trace.
    let serving = place.serve_with(&["serve", "--json"], &collector.settings(&more));
    let mut browser = Browser::new(&serving.address);
    let link = format!("/sign-in/{token}");
    assert_eq!(browser.get(&link).status, 200);
    assert_eq!(browser.post(&link, &[]).status, 303);
    assert!(browser.get("/account").body.contains("Ashmere"));
    assert_eq!(browser.get("/organisations/ashmere/systems?q=Hush-hush").status, 200);
    serving.stop().with(0);
    let told = attributes(&collector.span("GET /account").attributes);
    assert_eq!(told["commonhold.signed_in"], "true");
    assert_eq!(attributes(&collector.span("POST /sign-in/{token}").attributes)["http.response.status_code"], "303");
    let sent = collector.bytes();
    assert!(contains(&sent, "/organisations/{id}/systems"), "the pattern is sent");
    for secret in [
        token.as_str(),
        "estate.editor",
        "example",
        "ush-hush",
        "ashmere",
        "Ashmere",
        "SELECT",
        "127.0.0.1",
        "collectors-own",
    ] {
        assert!(!contains(&sent, secret), "{secret} was sent");
    }

    // Who sends is said, and that they may.
    for posted in collector.posted() {
        assert!(posted.head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{}", posted.head);
        let head = posted.head.to_ascii_lowercase();
        assert!(head.contains("content-type: application/x-protobuf\r\n"), "{head}");
        assert!(head.contains("authorization: bearer collectors-own\r\n"), "{head}");
    }
    let resource = collector.requests().remove(0).resource_spans.remove(0).resource.unwrap();
    let told = attributes(&resource.attributes);
    assert_eq!((told["service.name"].as_str(), told["deployment.environment.name"].as_str()), ("commonhold", "test"));
    assert_eq!(told["service.version"], env!("CARGO_PKG_VERSION"));

    // And nothing is sent that the guide does not name.
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operate/traces.md");
    let guide = fs::read_to_string(guide).unwrap();
    for span in collector.spans() {
        assert!(span.events.is_empty() && span.trace_state.is_empty(), "{span:?}");
        for name in attributes(&span.attributes).into_keys() {
            assert!(guide.contains(&format!("`{name}`")), "{name} of {} is in no guide", span.name);
        }
    }
}

#[test]
fn a_trace_is_gone_on_with_only_where_a_trusted_proxy_says_so() {
    let place = Place::new();
    let collector = Collector::start(Manner::Takes);
    let kept = format!("00-{TRACE}-{CALLER}-01");
    let serving = place.serve_with(&["serve", "--json"], &collector.settings(&[]));
    get_within(&serving, "/organisations", &kept);
    serving.stop().with(0);
    let stranger = collector.span("GET /organisations");
    assert_ne!(hex(&stranger.trace_id), TRACE, "anybody can write such a header");
    assert!(stranger.parent_span_id.is_empty());

    let collector = Collector::start(Manner::Takes);
    let arguments = ["serve", "--json", "--trusted-proxies", "127.0.0.1"];
    let serving = place.serve_with(&arguments, &collector.settings(&[]));
    get_within(&serving, "/organisations", &kept);
    get_within(&serving, "/search", &format!("00-{TRACE}-{CALLER}-00"));
    get_within(&serving, "/contracts", &format!("00-{}-{CALLER}-01", TRACE.to_uppercase()));
    serving.stop().with(0);
    let followed = collector.span("GET /organisations");
    assert_eq!((hex(&followed.trace_id), hex(&followed.parent_span_id)), (TRACE.to_owned(), CALLER.to_owned()));
    assert!(collector.spans().iter().all(|span| span.name != "GET /search"), "whoever asks does not keep that trace");
    let odd = collector.span("GET /contracts");
    assert_ne!(hex(&odd.trace_id), TRACE, "not well formed");
}

#[test]
fn nothing_is_sent_where_no_trace_is_kept() {
    let place = Place::new();
    let collector = Collector::start(Manner::Takes);
    let none = [("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0")];
    let arguments = ["serve", "--json", "--trusted-proxies", "127.0.0.1"];
    let serving = place.serve_with(&arguments, &collector.settings(&none));
    let visitor = Browser::new(&serving.address);
    assert_eq!(visitor.get("/organisations").status, 200);
    get_within(&serving, "/search", &format!("00-{TRACE}-{CALLER}-01"));
    let ended = serving.stop().with(0);
    let names: Vec<_> = collector.spans().into_iter().filter(|span| hex(&span.trace_id) != TRACE).collect();
    assert!(names.is_empty(), "{names:?}");
    assert_eq!(collector.span("GET /search").kind(), SpanKind::Server, "kept by whoever asks");
    let line = ended.stderr.lines().find(|line| line.contains("\"route\":\"/organisations\"")).unwrap();
    assert!(!line.contains("\"trace\""), "the log names traces that are sent: {line}");

    let collector = Collector::start(Manner::Takes);
    let serving = place.serve_with(&arguments, &collector.settings(&[("OTEL_TRACES_SAMPLER", "always_off")]));
    get_within(&serving, "/search", &format!("00-{TRACE}-{CALLER}-01"));
    serving.stop().with(0);
    assert!(collector.posted().is_empty());
}

#[test]
fn nobody_waits_for_a_collector_that_does_not_answer() {
    let place = Place::new();
    let collector = Collector::start(Manner::Silent);
    let small = [
        ("OTEL_BSP_SCHEDULE_DELAY", "1"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "4"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "60000"),
    ];
    let arguments = ["serve", "--json", "--metrics", "127.0.0.1:0"];
    let serving = place.serve_with(&arguments, &collector.settings(&small));
    let told: serde_json::Value = serde_json::from_str(&serving.said).unwrap();
    let metrics = Browser::new(told["metrics"].as_str().unwrap().strip_suffix("/metrics").unwrap());
    let visitor = Browser::new(&serving.address);
    for _ in 0..40 {
        assert_eq!(visitor.get("/organisations").status, 200);
    }
    // All were answered while the collector still held the first that it was sent.
    assert_eq!(collector.posted().len(), 1);
    let body = metrics.get("/metrics").body;
    let count = |state: &str| {
        let line = format!("commonhold_trace_spans_total{{state=\"{state}\"}} ");
        body.lines().find_map(|told| told.strip_prefix(&line)?.parse::<u64>().ok()).unwrap_or_else(|| panic!("{body}"))
    };
    assert!(count("made") >= 40, "{body}");
    assert_eq!((count("sent"), count("failed")), (0, 0), "{body}");
    let began = Instant::now();
    let ended = serving.stop().with(0);
    assert!(began.elapsed() < Duration::from_secs(30), "the collector has 60 seconds, the end of the program has not");
    assert!(ended.stderr.contains("the last traces may not have been sent"), "{}", ended.stderr);
}

#[test]
fn a_collector_that_is_away_or_refuses_is_told_of_once() {
    let place = Place::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refusing = Collector::start(Manner::Refuses);
    for (endpoint, why) in [(format!("http://{free}"), "refused"), (refusing.address.clone(), "it answers 400")] {
        let settings = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            ("OTEL_BSP_SCHEDULE_DELAY", "1"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "50"),
        ];
        let arguments = ["serve", "--json", "--metrics", "127.0.0.1:0"];
        let serving = place.serve_with(&arguments, &settings);
        let told: serde_json::Value = serde_json::from_str(&serving.said).unwrap();
        let metrics = Browser::new(told["metrics"].as_str().unwrap().strip_suffix("/metrics").unwrap());
        let visitor = Browser::new(&serving.address);
        let failed = || {
            let body = metrics.get("/metrics").body;
            let line =
                body.lines().find_map(|line| line.strip_prefix("commonhold_trace_spans_total{state=\"failed\"} "));
            line.and_then(|count| count.parse::<u64>().ok()).unwrap_or_else(|| panic!("{body}"))
        };
        // Twice, so that it would be told twice.
        for _ in 0..2 {
            let (before, began) = (failed(), Instant::now());
            while failed() == before {
                assert_eq!(visitor.get("/organisations").status, 200);
                assert!(began.elapsed() < Duration::from_secs(60), "nothing was tried");
            }
        }
        let ended = serving.stop().with(0);
        let lines: Vec<_> = ended.stderr.lines().filter(|line| line.contains("traces are lost")).collect();
        assert!(matches!(lines[..], [line] if line.contains(why)), "{why}: {lines:?}");
    }
}

#[test]
fn what_a_provider_was_asked_is_a_span_within_the_request() {
    let place = Place::new();
    let provider = Provider::start(&Clock::System);
    let collector = Collector::start(Manner::Takes);
    let text = format!(
        "[[provider]]\nid = \"ashmere\"\nlabel = \"Ashmere\"\nissuer = \"{}\"\nclient_id = \"hush-hush\"\n\
         authentication = \"client_secret_post\"\nsecret_file = \"secret\"\n",
        provider.issuer()
    );
    place.file("secret", "s3cret-hush\n");
    let path = place.file("sign-in.toml", text);
    let serving = place.serve_with(&["serve", "--json", "--sign-in", &path], &collector.settings(&[]));
    assert_eq!(Browser::new(&serving.address).get("/sign-in/with/ashmere").status, 303);
    serving.stop().with(0);
    let request = collector.span("GET /sign-in/with/{provider}");
    let asked: Vec<_> =
        collector.spans().into_iter().filter(|span| span.kind() == SpanKind::Client && span.name == "GET").collect();
    assert!(!asked.is_empty());
    for asked in asked {
        assert_eq!((&asked.trace_id, &asked.parent_span_id), (&request.trace_id, &request.span_id));
        let told = attributes(&asked.attributes);
        assert_eq!((told["server.address"].as_str(), told["http.response.status_code"].as_str()), ("127.0.0.1", "200"));
        assert!(told["commonhold.provider.asked"].starts_with("the "), "{told:?}");
        assert!(provider.issuer().ends_with(&told["server.port"]), "{told:?}");
    }
    assert!(!contains(&collector.bytes(), "hush"));

    // One that refuses is an error of both.
    provider.misbehave(Fault::NoKeys);
    let collector = Collector::start(Manner::Takes);
    let serving = place.serve_with(&["serve", "--json", "--sign-in", &path], &collector.settings(&[]));
    let status = Browser::new(&serving.address).get("/sign-in/with/ashmere").status;
    assert_eq!(status, 503);
    serving.stop().with(0);
    let failed: Vec<_> = collector.spans().into_iter().filter(is_error).collect();
    let told: Vec<_> =
        failed.iter().map(|span| (span.name.as_str(), attributes(&span.attributes)["error.type"].clone())).collect();
    assert_eq!(told, [("GET", "503".to_owned()), ("GET /sign-in/with/{provider}", "503".to_owned())]);
}

fn is_error(span: &Span) -> bool {
    span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error)
}

#[test]
fn a_setting_that_is_not_understood_stops_the_program() {
    let place = Place::new();
    let mut command = crate::program::command(place.folder(), &["serve", "--json", "--listen", "127.0.0.1:0"]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318").env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let error = crate::program::finished(command).with(2).error();
    assert_eq!(error["message"], "The setting OTEL_EXPORTER_OTLP_PROTOCOL is not http/protobuf.");
    // Other commands send nothing, and do not look.
    let mut command = crate::program::command(place.folder(), &["version"]);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense");
    crate::program::finished(command).with(0);
}
