//! Each way to fail, for people and for programs.

use axum::http::{Method, StatusCode};
use serde_json::Value;

use crate::world::{get, get_with, send, world};

const WAYS: [(&str, u16, &str, &str); 18] = [
    ("missing", 404, "missing", "Page not found"),
    ("anything-else", 404, "missing", "Page not found"),
    ("forbidden", 403, "forbidden", "You cannot do this"),
    ("conflicting", 409, "conflicting", "This clashes with what is here now"),
    ("invalid", 400, "invalid", "There is a problem with this request"),
    ("fields", 422, "invalid", "There is a problem with this request"),
    ("too-large", 413, "too-large", "This is too large"),
    ("busy", 503, "busy", "This service is busy"),
    ("away", 503, "busy", "This service is not available at the moment"),
    ("unexpected", 500, "unexpected", "Something went wrong on our side"),
    ("internal", 500, "unexpected", "Something went wrong on our side"),
    ("data", 500, "unexpected", "Something went wrong on our side"),
    ("template", 500, "unexpected", "Something went wrong on our side"),
    ("unknown-template", 500, "unexpected", "Something went wrong on our side"),
    ("columns", 500, "unexpected", "Something went wrong on our side"),
    ("redirect", 500, "unexpected", "Something went wrong on our side"),
    ("body", 500, "unexpected", "Something went wrong on our side"),
    ("panic", 500, "unexpected", "Something went wrong on our side"),
];

#[tokio::test]
async fn every_way_to_fail_is_a_page_that_says_what_to_do() {
    for (way, status, _, title) in WAYS {
        if way == "columns" {
            continue;
        }
        let read = get(&format!("/fail/{way}")).await;
        assert_eq!(read.status.as_u16(), status, "{way}");
        assert_eq!(read.says("h1"), title, "{way}");
        assert!(read.says("title").ends_with(&format!("{title} – Commonhold")), "{way}");
        assert!(!read.text().contains("Jane Doe") && !read.text().contains("panicked"), "{way} shows its cause");
        if status == 500 {
            let reference = read.header("x-request-id").to_owned();
            assert!(read.says("main").contains(&format!("send us reference {reference}.")), "{way}");
        }
    }
}

#[tokio::test]
async fn every_way_to_fail_is_problem_json_for_programs() {
    for (way, status, kind, title) in WAYS {
        if way == "template" || way == "unknown-template" {
            continue;
        }
        let ending = if way == "columns" { ".csv" } else { ".json" };
        let read = get(&format!("/fail/{way}{ending}")).await;
        assert_eq!(read.header("content-type"), "application/problem+json", "{way}");
        let problem = read.json();
        assert_eq!(read.status.as_u16(), status, "{way}");
        assert_eq!(problem["status"], status, "{way}");
        assert_eq!(problem["title"], title, "{way}");
        assert_eq!(problem["type"], format!("urn:commonhold:problem:{kind}"), "{way}");
        assert_eq!(problem["instance"], format!("/fail/{way}{ending}"), "{way}");
        assert!(problem["detail"].is_string() && problem["errors"].is_array(), "{way}");
        assert_eq!(problem["reference"].is_string(), status == 500, "{way}");
        assert!(!read.text().contains("Jane Doe"), "{way} shows its cause");
    }
    assert_eq!(
        get("/fail/fields.json").await.json()["errors"][1],
        serde_json::json!({"field": "b", "message": "Enter b"})
    );
    for way in ["busy", "away"] {
        assert_eq!(get(&format!("/fail/{way}")).await.header("retry-after"), "30", "{way}");
    }
}

#[tokio::test]
async fn what_the_router_refuses_has_the_same_shape() {
    let read = get("/no/such/page").await;
    assert_eq!((read.status, read.says("h1")), (StatusCode::NOT_FOUND, "Page not found".to_owned()));
    assert!(read.says("main").contains("It does not exist, or it is not shared with you."));

    let headers = [("sec-fetch-site", "same-origin"), ("accept", "application/json")];
    let read = send(&world(), Method::DELETE, "/rename", &headers, "").await;
    assert_eq!(read.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(read.header("allow"), "GET,HEAD,POST");
    assert_eq!(read.json()["next"], "It takes: GET, HEAD, POST.");
    assert_eq!(read.json()["type"], "urn:commonhold:problem:method");
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let read = get("/never.json").await;
    assert_eq!(
        (read.status, read.json()["title"].clone()),
        (StatusCode::SERVICE_UNAVAILABLE, Value::from("This service is busy"))
    );
}

#[tokio::test]
async fn a_write_that_is_given_up_may_have_been_done() {
    let headers = [("sec-fetch-site", "same-origin")];
    let read = send(&world(), Method::POST, "/never.json", &headers, "").await;
    assert_eq!(read.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(read.json()["type"], "urn:commonhold:problem:slow");
    assert_eq!(read.json()["next"], "Look whether it was done before you send it again.");
    assert_eq!(read.header("retry-after"), "");
}

#[tokio::test]
async fn not_knowing_who_asks_is_a_problem_too() {
    assert_eq!(get_with("/me", &[("x-who", "panic")]).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(get_with("/me", &[("x-who", "busy")]).await.status, StatusCode::SERVICE_UNAVAILABLE);
}
