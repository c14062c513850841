//! Requests, through the real front door: whatever is sent, the answer is one that the door knows how to give.

use std::sync::OnceLock;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::BodyExt;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use web::{Cursor, CursorValue, Form, Outcome, Page, Paging, Routes, Site, Template, Upload, Visit};

const PAGE: &str = r#"{% extends "web/page.html" %}
{% import "web/macros.html" as ch %}
{% block main %}<h1>{{ title }}</h1><div>{{ data | tojson }}</div>{{ ch.pagination() }}{{ ch.downloads() }}{% endblock %}"#;

/// A list that takes every sort of parameter, and answers with what it read.
async fn list(visit: Visit) -> Outcome {
    let parameters = visit.parameters(&["q", "sort", "status", "limit", "after", "before"])?;
    let size = parameters.number::<u32>("limit", 1..=100)?.unwrap_or(20);
    let cursor = parameters.cursor()?;
    let sort = parameters.one("sort").unwrap_or("name");
    let key = match &cursor {
        Some(cursor) => cursor.key.clone(),
        None => vec![CursorValue::Null],
    };
    let said = json!({
        "q": parameters.one("q"), "status": parameters.all("status"),
        "without": parameters.query_without(&["q"]), "with": parameters.query_with("sort", "name"),
    });
    let paging = Paging { total: 3, next: Some(Cursor::after(sort, key)), previous: None, page_size: size };
    Ok(Page::new("fuzz.html", "Things").data(said).list(paging).into())
}

async fn typed(form: Form) -> Outcome {
    let refused = form.only(&["name", "layer"]).err().is_some();
    Ok(Page::new("fuzz.html", "Typed").typed(&form).data(json!({"unknown": refused, "name": form.one("name")})).into())
}

async fn sent(upload: Upload) -> Outcome {
    let file = upload.file.as_ref().map(|file| json!([file.field, file.name, file.content_type, file.bytes.len()]));
    Ok(Page::new("fuzz.html", "Sent").typed(&upload.form).data(file).into())
}

fn world() -> &'static (Router, Runtime) {
    static WORLD: OnceLock<(Router, Runtime)> = OnceLock::new();
    WORLD.get_or_init(|| {
        // Whatever is sent is let in, so that what reads it is tried and not only the declaration.
        let routes = Routes::new()
            .get("/things", "The things", list)
            .any_parameters()
            .post("/typed", "Takes a form", typed)
            .fields(&["*"])
            .done_with(&[200])
            .post("/sent", "Takes a file", sent)
            .file(&["*"])
            .done_with(&[200]);
        let template = Template { name: "fuzz.html", source: PAGE };
        let app = web::app(Site::default(), vec![template], routes.into_router()).expect("a site");
        (app, Builder::new_current_thread().enable_all().build().expect("a runtime"))
    })
}

fn ask(request: Request<Body>) -> StatusCode {
    let (app, runtime) = world();
    let asked = format!("{} {}", request.method(), request.uri());
    runtime.block_on(async {
        let answer = app.clone().oneshot(request).await.expect("an answer");
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("a whole answer").to_bytes();
        assert!(!status.is_server_error(), "{asked}: {status}: {}", String::from_utf8_lossy(&body));
        status
    })
}

fn post(path: &str, content_type: &str, body: &[u8]) {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, content_type)
        .body(Body::from(body.to_vec()));
    ask(request.expect("a request"));
}

/// What parts are marked off with.
pub(crate) const BOUNDARY: &str = "B";

/// The body of an upload.
pub(crate) fn multipart(input: &[u8]) {
    post("/sent", &format!("multipart/form-data; boundary={BOUNDARY}"), input);
}

/// The body of a form: after a `j` as JSON, else as browsers send it.
pub(crate) fn form(input: &[u8]) {
    match input.split_first() {
        Some((b'j', rest)) => post("/typed.json", "application/json", rest),
        _ => post("/typed", "application/x-www-form-urlencoded", input),
    }
}

/// Whatever may follow the host in an address.
pub(crate) fn query(input: &[u8]) {
    let mut address = b"/things".to_vec();
    address.extend_from_slice(input);
    // What is no address at all never comes as far as our code.
    let Ok(request) = Request::builder().uri(address.as_slice()).body(Body::empty()) else { return };
    ask(request);
}

/// A cursor: after a `c` with a right check at its end, so that what it carries is read; else as it is. How it was answered
/// as data and as a page.
pub(crate) fn cursor(input: &[u8]) -> Vec<StatusCode> {
    let text = match input.split_first() {
        Some((b'c', body)) => {
            let digest = Sha256::new().chain_update(b"commonhold cursor 1\0/things\0").chain_update(body).finalize();
            URL_SAFE_NO_PAD.encode([body, &digest[..8]].concat())
        }
        _ => String::from_utf8_lossy(input).into_owned(),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=');
    let text: String = text
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let addresses = [(".json", "after"), ("", "before")].map(|(suffix, name)| format!("/things{suffix}?{name}={text}"));
    let requests = addresses.iter().filter_map(|address| Request::builder().uri(address).body(Body::empty()).ok());
    requests.map(ask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_checked_here_is_checked_as_the_program_does() {
        let taken = cursor(b"c[\"name\",\"Bins\",7,null]");
        assert_eq!(taken, [StatusCode::OK; 2], "a sound cursor is refused, so the target tries nothing but its check");
        assert_eq!(cursor(b"WyJuYW1lIl0"), [StatusCode::BAD_REQUEST; 2]);
    }
}
