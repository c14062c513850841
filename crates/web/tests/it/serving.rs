//! Over a real connection: slow senders, health, the log, and stopping.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{Arc, Mutex},
};

use axum::Router;
use tokio::{
    net::TcpListener,
    sync::{Notify, oneshot},
    task::JoinHandle,
};
use tracing_subscriber::fmt::MakeWriter;
use web::{Connections, Site, app, serve};

use crate::world::{get, get_with, post, read, routes, site, templates, world};

/// Serves `app` until told to stop.
pub async fn started(app: Router) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<io::Result<()>>) {
    started_with(app, Connections::default()).await
}

/// The same with limits of its own for connections.
pub async fn started_with(
    app: Router,
    connections: Connections,
) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn(serve(listener, app, connections, async {
        let _ = stopped.await;
    }));
    (address, stop, serving)
}

/// Sends these bytes over a connection and reads what comes back until it is closed.
pub fn asked(address: SocketAddr, request: String) -> JoinHandle<String> {
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        // The server closes after answering; where it had not read everything, that may be a reset.
        let _ = stream.read_to_string(&mut answer);
        answer
    })
}

#[tokio::test]
async fn what_takes_too_long_to_arrive_is_given_up() {
    for (path, content_type, begin) in [
        ("/rename.json", "application/x-www-form-urlencoded", "name"),
        ("/upload.json", "multipart/form-data; boundary=XX", "--XX\r\n"),
    ] {
        let (address, stop, serving) = started(world()).await;
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Type: {content_type}\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{begin}"
        );
        let answer = asked(address, request).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
        assert!(answer.contains("urn:commonhold:problem:slow"), "{answer}");
        drop(stop);
        serving.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn stopping_lets_what_was_begun_end() {
    let begun = Arc::new(Notify::new());
    let may_end = Arc::new(Notify::new());
    let (tell, wait) = (Arc::clone(&begun), Arc::clone(&may_end));
    let slow = move || async move {
        tell.notify_one();
        wait.notified().await;
        "ended well"
    };
    let app = app(site(), templates(), Router::new().route("/slow", axum::routing::get(slow))).unwrap();
    let (address, stop, serving) = started(app).await;
    let answer = asked(address, "GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned());
    begun.notified().await;
    stop.send(()).unwrap();
    may_end.notify_one();
    assert!(answer.await.unwrap().ends_with("ended well"));
    serving.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).is_err(), "nothing new is taken");
}

#[tokio::test]
async fn readiness_is_told_without_its_cause() {
    let well = get("/readyz").await;
    assert_eq!(well.json(), serde_json::json!({"status": "ready", "version": "1.2.3"}));
    assert_eq!(well.header("cache-control"), "private, no-store");
    let more: web::Health = Arc::new(|| {
        let told = serde_json::json!({"replicas": []}).as_object().cloned().unwrap();
        Box::pin(async { Ok(told) })
    });
    let more = app(Site { health: Some(more), ..site() }, templates(), routes().into_router()).unwrap();
    let request = axum::http::Request::builder().uri("/readyz").body(axum::body::Body::empty()).unwrap();
    let told = read(tower::ServiceExt::oneshot(more, request).await.unwrap()).await.json();
    assert_eq!(told, serde_json::json!({"status": "ready", "version": "1.2.3", "replicas": []}));
    let health: web::Health = Arc::new(|| Box::pin(async { Err("the disk of /secret is full".to_owned()) }));
    let ill = app(Site { health: Some(health), ..site() }, templates(), routes().into_router()).unwrap();
    let ask = async |path: &str| {
        let request = axum::http::Request::builder().uri(path).body(axum::body::Body::empty()).unwrap();
        read(tower::ServiceExt::oneshot(ill.clone(), request).await.unwrap()).await
    };
    let alive = ask("/healthz").await;
    assert_eq!(alive.json()["status"], "ok", "the program lives, whatever it waits for");
    let answer = ask("/readyz").await;
    assert_eq!(answer.status, axum::http::StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.json()["status"], "not ready");
    assert!(!answer.text().contains("secret"));
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);
impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
impl<'a> MakeWriter<'a> for Kept {
    type Writer = Kept;
    fn make_writer(&'a self) -> Kept {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_has_one_line_for_each_request_and_nobody_in_it() {
    let kept = Kept::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(kept.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    // While there is only one subscriber, a place that logs first on another test's thread is taken for silent for good.
    let _second = tracing::Dispatch::new(tracing_subscriber::fmt().with_writer(io::sink).finish());
    get("/file/plain?jane=doe").await;
    get_with("/private.json?x=doe", &[("x-who", "editor"), ("x-request-id", "proxy-4711")]).await;
    get("/nobody/knows/jane-doe").await;
    post("/rename", "application/x-www-form-urlencoded", "name=Jane+Doe").await;
    get("/fail/internal").await;
    get("/fail/template").await;
    let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered: Vec<_> =
        lines.iter().filter(|line| line["fields"]["message"] == "answered").map(|line| &line["fields"]).collect();
    assert_eq!(answered.len(), 6);
    let of = |at: usize, name: &str| answered[at][name].to_string();
    assert_eq!(
        (of(0, "route"), of(0, "status"), of(0, "method")),
        ("\"/file/{name}\"".into(), "200".into(), "\"GET\"".into())
    );
    assert_eq!(
        (of(1, "request"), of(1, "signed_in"), of(1, "format")),
        ("\"proxy-4711\"".into(), "true".into(), "\"Json\"".into())
    );
    assert_eq!((of(2, "route"), of(2, "status")), ("\"none\"".into(), "404".into()));
    let causes: Vec<_> = lines.iter().filter(|line| line["level"] == "ERROR").collect();
    assert_eq!(causes.len(), 2, "each cause is logged once: {text}");
    assert_eq!(causes[0]["fields"]["request"], answered[4]["request"]);
    let broken = causes[1]["fields"]["cause"].as_str().unwrap();
    assert!(broken.contains("sample/broken.html:1") && !broken.contains('\n'), "{broken}");
    let quiet = text.replace("the disk is full of Jane Doe", "");
    assert!(!quiet.to_lowercase().contains("doe"), "what a page would have shown included: {quiet}");
}
