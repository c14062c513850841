//! Page, JSON, CSV and workbook from one handler.

use std::io::Cursor;

use axum::http::{Method, StatusCode};
use calamine::{Data, Reader, Xlsx};

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
    assert_eq!(
        table.text(),
        "name,note,cost,count,since,until\r\nAnt,,-1234.50,7,2027-03,2027-03-31\r\nBee,,-1234.50,7,2027-03,2027-03-31\r\n"
    );
}

#[tokio::test]
async fn accept_chooses_where_no_suffix_does() {
    let cases = [
        ("application/json", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("image/png", "image/png"),
        ("image/svg+xml;q=0.5, image/webp", "image/svg+xml"),
        (
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/png,image/svg+xml,*/*;q=0.8",
            "text/html; charset=utf-8",
        ),
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

/// The workbook that an address answers, read by somebody else's reader.
async fn workbook(target: &str) -> Xlsx<Cursor<Vec<u8>>> {
    let read = get(target).await;
    assert_eq!(read.status, StatusCode::OK, "{target}");
    Xlsx::new(Cursor::new(read.bytes.to_vec())).unwrap()
}

#[tokio::test]
async fn a_workbook_holds_numbers_amounts_and_texts_as_what_they_are() {
    let read = get("/things.xlsx").await;
    let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!(read.header("content-type"), xlsx);
    assert_eq!(read.header("content-disposition"), "attachment; filename=\"things.xlsx\"");
    assert_eq!(read.header("cache-control"), get("/things.csv").await.header("cache-control"));
    assert_eq!(read.header("etag"), get("/things.xlsx").await.header("etag"), "the same content is the same file");
    assert_eq!(get_with("/things", &[("accept", xlsx)]).await.header("content-type"), xlsx);

    let mut book = workbook("/things.xlsx?limit=3").await;
    assert_eq!(book.sheet_names(), ["things", "About"]);
    let things = book.worksheet_range("things").unwrap();
    let row = |number: u32| -> Vec<Data> {
        (0..6).filter_map(|column| things.get_value((number, column))).cloned().collect()
    };
    let text = |text: &str| Data::String(text.to_owned());
    let headings = ["name", "note", "cost", "count", "since", "until"].map(text);
    assert_eq!(row(0), headings);
    let ant = row(1);
    assert_eq!(ant[..4], [text("Ant"), Data::Empty, Data::Float(-1234.5), Data::Float(7.0)]);
    assert_eq!(ant[4], text("2027-03"), "a month without a day is no day");
    let Data::DateTime(until) = ant[5] else { panic!("{:?} is no day", ant[5]) };
    assert_eq!(until.as_f64(), 46_477.0, "days since 1900, as 31 March 2027 is counted");
    assert_eq!(row(3)[0], text("=cmd|' /C calc'!A0"), "as it is, and no formula");
    assert!(book.worksheet_formula("things").unwrap().is_empty());
}

#[tokio::test]
async fn a_workbook_says_what_it_is() {
    let mut book = workbook("/things.xlsx?status=live").await;
    let about = book.worksheet_range("About").unwrap();
    let said: Vec<String> =
        about.rows().map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")).collect();
    assert_eq!(
        said,
        [
            "Things – Ashmere | ",
            " | ",
            "From | Ashmere & Brackford councils",
            "Address | commonhold.example/things?status=live",
            "Made on | 31 March 2027",
            "Rows | 2",
            "Covers | =2 of 5 things",
            "Empty cells | Not known, or not shared with whoever made this file.",
        ]
    );
}

#[tokio::test]
async fn a_picture_is_shown_in_place_as_what_it_is() {
    let svg = get("/things.svg").await;
    assert_eq!((svg.status, svg.header("content-type")), (StatusCode::OK, "image/svg+xml"));
    assert!(svg.text().starts_with("<svg"));
    let png = get("/things.png?status=live").await;
    assert_eq!((png.status, png.header("content-type")), (StatusCode::OK, "image/png"));
    assert_eq!(png.header("content-disposition"), "inline; filename=\"things.png\"");
    assert!(png.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(&png.bytes[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(png.bytes[16..24], [0, 0, 0, 40, 0, 0, 0, 20], "twice as wide and high");
    let none = get("/me.png").await;
    assert_eq!(none.status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(none.json()["next"], "It can be had as HTML, JSON.");
}
