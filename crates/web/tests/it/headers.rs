//! Headers: caches, validators, compression, policy, ids, names of files.

use axum::http::{Method, StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use scraper::{Html, Selector};
use sha2::{Digest, Sha256};

use crate::world::{get, get_with, post, send, world};

#[tokio::test]
async fn what_a_reader_has_already_is_not_sent_again() {
    for target in ["/things", "/things.json", "/things.csv", "/file/plain"] {
        let first = get(target).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\"") && tag.len() > 20, "{target} {tag}");
        let strong = tag.trim_start_matches("W/").to_owned();
        for tags in [tag.as_str(), strong.as_str(), "*", &format!("\"other\", {tag}")] {
            let again = get_with(target, &[("if-none-match", tags)]).await;
            assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0), "{target} {tags}");
            assert_eq!((again.header("etag"), again.header("cache-control")), (tag.as_str(), "public, no-cache"));
        }
        assert_eq!(get_with(target, &[("if-none-match", "\"other\"")]).await.status, StatusCode::OK);
    }
    assert_ne!(get("/things").await.header("etag"), get("/things.json").await.header("etag"));
    assert_ne!(get("/things").await.header("etag"), get_with("/things", &[("x-who", "editor")]).await.header("etag"));
}

#[tokio::test]
async fn caches_keep_nothing_that_is_not_for_everyone() {
    for (target, who, keeping) in [
        ("/things", None, "public, no-cache"),
        ("/things", Some("editor"), "private, no-cache"),
        ("/nothing", Some("editor"), "private, no-cache"),
        ("/private", None, "private, no-store"),
        ("/private", Some("editor"), "private, no-store"),
        ("/cookie", None, "private, no-store"),
        ("/fail/internal", None, "private, no-store"),
    ] {
        let headers: Vec<_> = who.map(|who| ("x-who", who)).into_iter().collect();
        let read = get_with(target, &headers).await;
        assert_eq!(read.header("cache-control"), keeping, "{target} {who:?}");
        let vary: Vec<_> =
            read.headers.get_all("vary").iter().map(|value| value.to_str().unwrap().to_lowercase()).collect();
        assert!(vary.join(", ").contains("accept, authorization, cookie"), "{target}: {vary:?}");
    }
    assert_eq!(get("/private").await.header("etag"), "");
    assert_eq!(get("/cookie").await.header("set-cookie"), "session=1; HttpOnly", "headers beside an answer are kept");
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_can() {
    let plain = get("/things").await;
    for (encoding, limit) in [("br", 3), ("gzip", 3)] {
        let read = get_with("/things", &[("accept-encoding", encoding)]).await;
        assert_eq!(read.header("content-encoding"), encoding);
        assert!(
            read.bytes.len() * limit < plain.bytes.len(),
            "{encoding}: {} of {}",
            read.bytes.len(),
            plain.bytes.len()
        );
        assert_eq!(read.header("etag"), plain.header("etag"));
        assert!(read.headers.get_all("vary").iter().any(|value| value == "accept-encoding"));
    }
    assert_eq!(plain.header("content-encoding"), "");
}

#[tokio::test]
async fn the_policy_allows_the_pages_own_script_and_no_other() {
    for target in ["/things?status=live", "/rename", "/banner", "/nothing"] {
        let read = get(target).await;
        let policy = read.header("content-security-policy").to_owned();
        assert!(
            !policy.contains("unsafe")
                && policy.contains("default-src 'none'")
                && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        let html = Html::parse_document(&read.text());
        for script in html.select(&Selector::parse("script").unwrap()) {
            if let Some(address) = script.value().attr("src") {
                assert_eq!(get(address).await.header("content-type"), "text/javascript; charset=utf-8");
                continue;
            }
            let hash = STANDARD.encode(Sha256::digest(script.text().collect::<String>()));
            assert!(policy.contains(&format!("'sha256-{hash}'")), "{target}: an inline script is not allowed");
        }
        for element in html.select(&Selector::parse("*").unwrap()) {
            for (name, value) in element.value().attrs() {
                assert!(
                    name != "style" && !name.starts_with("on") && !value.starts_with("javascript:"),
                    "{target}: {name}={value}"
                );
            }
        }
        assert_eq!(html.select(&Selector::parse("style").unwrap()).count(), 0);
    }
}

#[tokio::test]
async fn every_answer_is_dressed() {
    let answers = [
        get("/things").await,
        get("/things.json").await,
        get("/nothing").await,
        get("/fail/panic").await,
        get("/file/plain").await,
        get("/healthz").await,
        get("//").await,
        post("/rename", "application/x-www-form-urlencoded", "name=x").await,
    ];
    for read in answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(read.header(name), value);
        }
        assert!(read.header("content-security-policy").contains("form-action 'self'"));
        assert_eq!(read.header("x-request-id").len(), 8);
        assert_ne!(read.header("cache-control"), "");
    }
}

#[tokio::test]
async fn a_request_id_is_taken_over_only_if_it_is_one() {
    let given = get_with("/fail/internal", &[("x-request-id", "proxy_4711-a")]).await;
    assert_eq!(given.header("x-request-id"), "proxy_4711-a");
    assert!(given.says("main").contains("proxy_4711-a"));
    for odd in ["short", "has space in it", "<script>alert(1)</script>", &"x".repeat(65)] {
        assert_ne!(get_with("/me", &[("x-request-id", odd)]).await.header("x-request-id"), odd);
    }
    let app = world();
    let (one, two) = (send(&app, Method::GET, "/me", &[], "").await, send(&app, Method::GET, "/me", &[], "").await);
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
}

#[tokio::test]
async fn styles_and_scripts_are_kept_for_ever_at_addresses_of_their_content() {
    let page = get("/things").await;
    let html = page.html();
    let mut seen = 0;
    for element in html.select(&Selector::parse("link[href], script[src]").unwrap()) {
        let address = element.value().attr("href").or(element.value().attr("src")).unwrap();
        let asset = get(address).await;
        assert_eq!(asset.status, StatusCode::OK, "{address}");
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
        assert!(!asset.header("vary").contains("Cookie"));
        let sent = send(&world(), Method::DELETE, address, &[("sec-fetch-site", "same-origin")], "").await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND, "{address} is for reading");
        assert_eq!(sent.header("cache-control"), "private, no-store");
        seen += 1;
    }
    assert_eq!(seen, 4, "two style sheets, the icon and the script");
    let start = get(&page.attribute("script[src]", "src")).await.text();
    let package = start.split('"').nth(1).unwrap();
    assert!(get(package).await.text().contains("initAll"), "{start}");
    assert_eq!(get("/assets/commonhold-0000000000000000.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_files_name_cannot_become_a_header() {
    let plain = get("/file/plain").await;
    assert_eq!(plain.header("content-disposition"), "attachment; filename=\"report 2027.csv\"");
    let hostile = get("/file/hostile").await;
    assert_eq!(hostile.header("set-cookie"), "");
    assert_eq!(hostile.header("content-disposition"), "attachment; filename=\"evil.exe\"");
    assert_eq!(get("/file/dots").await.header("content-disposition"), "attachment; filename=\"file\"");
    let foreign = get("/file/welsh").await;
    assert_eq!(
        foreign.header("content-disposition"),
        "attachment; filename=\"na_ve _ plan.xlsx\"; filename*=UTF-8''na%C3%AFve%20%E2%80%93%20plan.xlsx"
    );
}
