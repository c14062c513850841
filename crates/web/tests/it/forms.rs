//! Forms, files and where writes may come from.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};

use web::{Site, app};

use crate::world::{Read, get, post, routes, send, site, templates, world};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_form_redirects_after_success() {
    let read = post("/rename", FORM, "name=+Bin+rounds+").await;
    assert_eq!(read.status, StatusCode::SEE_OTHER);
    assert_eq!(read.header("location"), "/things?sort=name");
    assert_eq!(read.header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn after_a_mistake_the_same_page_says_what_and_keeps_what_was_typed() {
    let read = post("/rename", FORM, "name=+&layer=a&layer=c").await;
    assert_eq!(read.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(read.says("title"), "Error: Rename – Commonhold");
    assert_eq!(read.says("main .govuk-error-summary"), "There is a problem Enter a name");
    assert_eq!(read.attribute(".govuk-error-summary a", "href"), "#name");
    assert_eq!(read.says("#name-error"), "Error: Enter a name");
    let ticked: Vec<usize> = ["a", "b", "c"].map(|value| read.count(&format!("[value={value}][checked]"))).to_vec();
    assert_eq!(ticked, [1, 0, 1]);
    assert_eq!(read.says(".govuk-back-link"), "Back");

    let read = post("/rename.json", FORM, "name=").await;
    assert_eq!(read.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(read.header("content-type"), "application/problem+json");
    assert_eq!(read.json()["errors"][0]["field"], "name");
}

#[tokio::test]
async fn a_form_is_refused_when_it_is_no_form() {
    let many = serde_json::json!({ "a": vec![1; 20_001] }).to_string();
    let cases: [(&str, Vec<u8>, StatusCode); 12] = [
        ("text/json", b"{}".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("application/json", b"[]".to_vec(), StatusCode::BAD_REQUEST),
        ("application/json", b"{\"name\": {\"first\": 1}}".to_vec(), StatusCode::BAD_REQUEST),
        ("application/json", b"{\"name\": [[1]]}".to_vec(), StatusCode::BAD_REQUEST),
        ("application/json", b"{\"name\": \"x\"".to_vec(), StatusCode::BAD_REQUEST),
        ("application/json", b"{\"name\": \"\\u0000\"}".to_vec(), StatusCode::BAD_REQUEST),
        ("application/json", many.into_bytes(), StatusCode::PAYLOAD_TOO_LARGE),
        ("", b"name=x".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (FORM, b"name=%00".to_vec(), StatusCode::BAD_REQUEST),
        (FORM, vec![b'n', 0xff, 0xfe], StatusCode::BAD_REQUEST),
        (FORM, "a=1&".repeat(20_001).into_bytes(), StatusCode::PAYLOAD_TOO_LARGE),
        (FORM, vec![b'x'; web::FORM_LIMIT + 1], StatusCode::PAYLOAD_TOO_LARGE),
    ];
    for (content_type, body, status) in cases {
        let read = post("/rename", content_type, body).await;
        assert_eq!(read.status, status, "{content_type}: {}", read.says("main"));
    }
}

#[tokio::test]
async fn a_program_sends_the_same_fields_as_json() {
    for body in ["{\"name\": \" Bin rounds \"}", "{\"name\": 12.5}", "{\"name\": [\"one\", true], \"layer\": []}"] {
        let read = post("/rename.json", "application/json; charset=utf-8", body).await;
        assert_eq!(read.status, StatusCode::SEE_OTHER, "{body}");
    }
    for body in ["{}", "{\"name\": null}", "{\"name\": false}", "{\"name\": []}"] {
        let read = post("/rename.json", "application/json", body).await;
        assert_eq!(read.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(read.json()["errors"][0]["field"], "name");
    }
    let broken = post("/rename.json", "application/json", "{\n\"name\": oops}").await;
    assert_eq!(broken.json()["detail"], "The JSON breaks off at line 2, column 9.");
}

#[tokio::test]
async fn a_body_declared_too_large_is_refused_before_it_is_read() {
    let headers = [("content-type", FORM), ("sec-fetch-site", "same-origin"), ("content-length", "99999999999")];
    let read = send(&world(), Method::POST, "/rename.json", &headers, "x").await;
    assert_eq!(read.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(read.json()["detail"].as_str().unwrap().contains("larger than 22 MB"));
}

async fn upload(body: impl Into<Body>) -> Read {
    post("/upload.json", "multipart/form-data; boundary=XX", body).await
}

fn part(name: &str, file_name: Option<&str>, content: &str) -> String {
    let file = file_name.map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
    format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n")
}

#[tokio::test]
async fn a_file_arrives_with_its_fields() {
    let read = upload(format!(
        "{}{}--XX--\r\n",
        part("note", None, " second try "),
        part("estate", Some("systems.xlsx"), "abc")
    ))
    .await;
    assert_eq!(read.status, StatusCode::OK);
    assert_eq!(
        read.json(),
        serde_json::json!({"file": {"name": "systems.xlsx", "size": 3, "field": "estate"}, "note": "second try"})
    );
    let empty = upload(format!("{}--XX--\r\n", part("estate", Some(""), ""))).await;
    assert_eq!(empty.json()["file"], serde_json::Value::Null);
}

#[tokio::test]
async fn names_of_files_lose_folders_and_tricks() {
    for (sent, kept) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\jo\\estate.csv", "estate.csv"),
        ("a\u{202e}xslx.exe", "axslx.exe"),
        ("tab\there.csv", "tabhere.csv"),
        ("Gwasanaethau – 2027.csv", "Gwasanaethau – 2027.csv"),
    ] {
        let read = upload(format!("{}--XX--\r\n", part("estate", Some(sent), "x"))).await;
        assert_eq!(read.json()["file"]["name"], kept);
    }
}

#[tokio::test]
async fn a_bad_upload_is_a_clear_problem() {
    let whole = format!("{}--XX--\r\n", part("estate", Some("a.csv"), "abc"));
    let cut = upload(whole[..whole.len() - 12].to_owned()).await;
    assert_eq!(
        (cut.status, cut.json()["detail"].clone()),
        (
            StatusCode::BAD_REQUEST,
            "The upload stops in the middle, or its parts are not marked off as its boundary says.".into()
        )
    );
    for odd in [part("list", None, "systems"), part("other", Some("b.csv"), "abc")] {
        let refused = upload(format!("{odd}--XX--\r\n")).await;
        let detail = refused.json()["detail"].to_string();
        assert!(refused.status == StatusCode::BAD_REQUEST && detail.contains("takes no field"), "{odd}: {detail}");
    }
    let foreign = upload(whole.replace("XX", "YY")).await;
    assert_eq!((foreign.status, foreign.json()["detail"].clone()), (cut.status, cut.json()["detail"].clone()));
    let two = upload(format!("{}{}--XX--\r\n", part("a", Some("a.csv"), "1"), part("b", Some("b.csv"), "2"))).await;
    assert_eq!(two.json()["detail"], "More than one file was sent.");
    let large = upload(format!("{}--XX--\r\n", part("a", Some("a.csv"), &"x".repeat(web::UPLOAD_LIMIT + 1)))).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(large.json()["detail"].as_str().unwrap().contains("larger than 20 MB"));
    let text = upload(format!("{}--XX--\r\n", part("a", None, &"x".repeat(web::FORM_LIMIT + 1)))).await;
    assert_eq!(text.status, StatusCode::PAYLOAD_TOO_LARGE);
    let nul = upload(format!("{}--XX--\r\n", part("a", None, "\0"))).await;
    assert_eq!(nul.status, StatusCode::BAD_REQUEST);
    assert_eq!(post("/upload.json", "multipart/form-data", "x").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(post("/upload.json", "text/csv", "x").await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let more = upload("x".repeat(23 * 1024 * 1024)).await;
    assert_eq!(more.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn writes_come_from_this_site_only() {
    let cases: [(&[(&str, &str)], bool); 11] = [
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("origin", "https://commonhold.example")], true),
        (&[("origin", "http://commonhold.example")], true),
        (&[("sec-fetch-site", "same-origin"), ("origin", "https://proxy.example")], true),
        (&[], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "none")], false),
        (&[("origin", "https://commonhold.example.evil.example")], false),
        (&[("origin", "null")], false),
        (&[("sec-fetch-site", "cross-site"), ("origin", "https://commonhold.example")], false),
    ];
    for (headers, allowed) in cases {
        let mut all = vec![("content-type", FORM)];
        all.extend_from_slice(headers);
        let read = send(&world(), Method::POST, "/rename", &all, "name=x").await;
        let wanted = if allowed { StatusCode::SEE_OTHER } else { StatusCode::FORBIDDEN };
        assert_eq!(read.status, wanted, "{headers:?}");
        let deleted = send(&world(), Method::DELETE, "/rename", &all, "").await;
        assert_eq!(deleted.status == StatusCode::FORBIDDEN, !allowed, "{headers:?}");
    }
    assert_eq!(get("/rename").await.status, StatusCode::OK, "reading needs no origin");
}

#[tokio::test]
async fn a_demonstration_is_open_by_its_own_computers_names_only() {
    let demonstration = app(Site { demonstration: true, ..site() }, templates(), routes().into_router()).unwrap();
    let cases = [
        ("127.0.0.1:8080", true),
        ("127.3.2.1", true),
        ("localhost:8080", true),
        ("LOCALHOST", true),
        ("trial.localhost", true),
        ("[::1]:8080", true),
        ("rebound.example:8080", false),
        ("127.0.0.1.rebound.example", false),
        ("localhost.rebound.example", false),
        ("192.168.1.9:8080", false),
        ("[::2]", false),
        ("127.0.0.1@rebound.example", false),
        ("a b", false),
        ("", false),
    ];
    for (host, open) in cases {
        let origin = format!("http://{host}");
        let own: [&[(&str, &str)]; 2] = [&[("origin", &origin)], &[("sec-fetch-site", "same-origin")]];
        for own in own {
            let headers = [&[("host", host), ("content-type", FORM)], own].concat();
            let written = send(&demonstration, Method::POST, "/rename", &headers, "name=x").await;
            let wanted = if open { StatusCode::SEE_OTHER } else { StatusCode::FORBIDDEN };
            assert_eq!(written.status, wanted, "{headers:?}");
        }
        let read = send(&demonstration, Method::GET, "/things.json", &[("host", host)], "").await;
        let wanted = if open { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(read.status, wanted, "{host}");
        if !open {
            let next = "On that computer, use 127.0.0.1 or localhost in the address.";
            assert_eq!(read.json()["next"], next, "{host}");
        }
    }
    let served = send(&world(), Method::GET, "/things.json", &[("host", "council.example")], "").await;
    assert_eq!(served.status, StatusCode::OK, "a copy that serves is asked by whatever name leads to it");
}
