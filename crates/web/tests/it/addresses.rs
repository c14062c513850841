//! Odd spellings of an address find nothing, and nothing leaves this site.

use axum::http::StatusCode;

use crate::world::{get, get_with, post};

#[tokio::test]
async fn an_odd_path_is_not_found_in_the_readers_language() {
    for target in ["/zz/a//b", "/zz/%00", "/zz/a/.json?"] {
        let read = get_with(target, &[("accept", "application/json")]).await;
        assert_eq!(read.json()["title"], "⟦Page not found⟧", "{target}");
    }
}

#[tokio::test]
async fn odd_paths_are_not_found() {
    for target in [
        "//",
        "///things",
        "//things",
        "/things//",
        "/a//b",
        "/./things",
        "/things/..",
        "/../things",
        "/a/../things",
        "/%2e%2e/things",
        "/things%00",
        "/things%2Fx",
        "/things%5Cx",
        "/things%2Ejson",
        "/%ff",
        "/%c3%28",
        "/%",
        "/%4",
        "/%zz",
        "/things%0d%0aX:%20y",
        "/a/.json",
        "/things.json.json",
        "/things.xml",
        "/Things",
        "/things%20",
        "//evil.example/",
        "/a/./b.csv",
        "/%7f",
    ] {
        let read = get(target).await;
        assert_eq!(read.status, StatusCode::NOT_FOUND, "{target}");
        assert!(read.text().contains("Page not found"), "{target}");
        assert_eq!(read.header("location"), "", "{target}");
    }
}

#[tokio::test]
async fn a_last_slash_is_taken_off_and_the_query_kept() {
    for (target, to) in [
        ("/things/", "/things"),
        ("/things/?q=x%2F", "/things?q=x%2F"),
        ("/things.json/", "/things.json"),
        ("/a/b/", "/a/b"),
    ] {
        let read = get(target).await;
        assert_eq!((read.status, read.header("location")), (StatusCode::PERMANENT_REDIRECT, to), "{target}");
    }
}

#[tokio::test]
async fn whoever_asks_finds_the_same_words_for_not_found_and_not_yours() {
    let none = get("/fail/anything.json").await.json();
    let not_yours = get("/fail/missing.json").await.json();
    let of =
        |problem: &serde_json::Value| ["type", "title", "status", "detail", "next"].map(|name| problem[name].clone());
    assert_eq!(of(&none), of(&not_yours));
}

#[tokio::test]
async fn the_path_in_a_problem_is_text() {
    let read = get_with("/%3Cscript%3Ealert(1)%3C/script%3E", &[]).await;
    assert_eq!(read.status, StatusCode::NOT_FOUND);
    assert!(!read.text().contains("<script>alert"));
}

#[tokio::test]
async fn what_was_merged_leads_on_with_its_language_format_and_query() {
    let signed_in = [("x-who", "editor")];
    for (target, to) in [
        ("/old", "/things"),
        ("/old.csv?after=x&q=a%20b", "/things.csv?after=x&q=a%20b"),
        ("/zz/old/3.json", "/zz/things/3.json"),
    ] {
        let read = get_with(target, &signed_in).await;
        assert_eq!((read.status, read.header("location")), (StatusCode::TEMPORARY_REDIRECT, to), "{target}");
        assert_eq!(get(target).await.status, StatusCode::NOT_FOUND, "only for those who may see it: {target}");
    }
    let write = post("/old", "application/x-www-form-urlencoded", "").await;
    assert_eq!(write.status, StatusCode::NOT_FOUND, "a write is not sent on");
}
