//! Page, JSON and CSV from one handler.

use axum::http::{Method, StatusCode};

use crate::world::{get, get_with, send, world};

#[tokio::test]
async fn one_address_answers_as_page_data_and_table() {
    let page = get("/things").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.says("h1"), "Things");

    let data = get("/things.json").await;
    assert_eq!(data.header("content-type"), "application/json");
    assert_eq!(data.json()["things"][0]["name"], "Ant");

    let table = get("/things.csv").await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(table.header("content-disposition"), "attachment; filename=\"things.csv\"");
    assert_eq!(table.text(), "name,note,cost,count,since\r\nAnt,,-1234.50,7,2027-03\r\nBee,,-1234.50,7,2027-03\r\n");
}

#[tokio::test]
async fn accept_chooses_where_no_suffix_does() {
    let cases = [
        ("application/json", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("image/png", "text/html; charset=utf-8"),
        ("text/html;q=0.2, application/json;q=0.9", "application/json"),
        ("application/json;q=0.1, text/html", "text/html; charset=utf-8"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/json;q=0", "text/html; charset=utf-8"),
    ];
    for (accept, answered) in cases {
        assert_eq!(get_with("/things", &[("accept", accept)]).await.header("content-type"), answered, "{accept}");
    }
}

#[tokio::test]
async fn the_suffix_wins_over_accept() {
    let read = get_with("/things.csv", &[("accept", "application/json")]).await;
    assert_eq!(read.header("content-type"), "text/csv; charset=utf-8");
    let read = get_with("/me.json", &[("accept", "text/html")]).await;
    assert_eq!(read.json()["path"], "/me");
    assert_eq!(read.json()["format"], ".json");
}

#[tokio::test]
async fn a_format_that_a_page_does_not_have_is_refused_by_name() {
    let read = get("/me.csv").await;
    assert_eq!(read.status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(read.json()["next"], "It can be had as HTML, JSON.");
    let read = get("/rename.json").await;
    assert_eq!(read.status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(read.json()["type"], "urn:commonhold:problem:format");
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    for target in ["/things", "/things.json", "/file/plain", "/nothing", "/healthz"] {
        let get = get(target).await;
        let head = send(&world(), Method::HEAD, target, &[], "").await;
        assert!(head.bytes.is_empty(), "{target}");
        assert_eq!(head.header("content-length"), get.bytes.len().to_string(), "{target}");
        assert_eq!(
            (head.status, head.header("etag"), head.header("content-type")),
            (get.status, get.header("etag"), get.header("content-type")),
            "{target}"
        );
    }
}

#[tokio::test]
async fn cells_that_a_spreadsheet_would_run_are_made_safe() {
    for text in [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\u{feff}=1",
        "\u{202e}=1",
        "\0=1",
        "＝1",
        "＋1",
        "－1",
        "＠a",
        "\tplain",
    ] {
        let safe = web::safe_csv_cell(text);
        assert_eq!(safe, format!("'{text}"), "{text:?}");
    }
    for text in ["", "a=b", "1-2", "12,500", "it's", "\"quoted\"", "e@mail", "'=1"] {
        assert_eq!(web::safe_csv_cell(text), text);
    }
    let table = get("/things.csv?limit=3").await.text();
    assert!(table.contains("\r\n'=cmd|' /C calc'!A0,"), "{table}");
}
