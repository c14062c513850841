//! Files that are broken, lie or attack, through the upload form: each is refused in words, and nothing is written.

use std::io::{Cursor, Write};

use axum::http::StatusCode;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::EDITOR;
use crate::world::World;

const RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Systems" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const WORKBOOK_RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

/// A workbook with one sheet, given as XML.
fn workbook(sheet: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let parts = [
        ("_rels/.rels", RELATIONS),
        ("xl/workbook.xml", WORKBOOK),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    for (name, content) in parts {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn sheet(data: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{data}</sheetData></worksheet>"
    )
}

fn text(place: &str, text: &str) -> String {
    let row = place.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    format!("<row r=\"{row}\"><c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c></row>")
}

#[test]
fn hostile_files_are_refused_in_words_and_leave_nothing() {
    let good = workbook(&sheet(&format!("{}{}", text("A1", "System"), text("A2", "Bin rounds"))));
    let mut broken = good.clone();
    let directory = broken.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    broken[directory..directory + 4].fill(0);
    let laughs = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><worksheet><sheetData><row><c t="inlineStr"><is><t>&c;</t></is></c></row></sheetData></worksheet>"#;
    let mut surrogate = vec![0xff, 0xfe];
    surrogate.extend("System\n".encode_utf16().flat_map(u16::to_le_bytes));
    surrogate.extend([0x00, 0xdc, 0x41, 0x00]);
    let files: Vec<(&str, &str, Vec<u8>, &str)> = vec![
        ("broken zip", "a.xlsx", broken, "The file is damaged"),
        (
            "zip bomb",
            "a.xlsx",
            workbook(&sheet(&" ".repeat(220 * 1024 * 1024))),
            "Unpacked, the file is far larger than it looks",
        ),
        ("billion laughs", "a.xlsx", workbook(laughs), "declares a document type or entities in sheet 1"),
        (
            "100,000 columns in a workbook",
            "a.xlsx",
            workbook(&sheet(&format!("<row>{}</row>", "<c><v>1</v></c>".repeat(100_000)))),
            "there is a value as far right as column",
        ),
        ("100,000 columns in a table", "a.csv", "x,".repeat(100_000).into_bytes(), "We read up to 500 columns"),
        ("NUL bytes", "a.csv", b"System,Supplier\nBin\0rounds,x\n".to_vec(), "In line 2 there is a NUL character"),
        ("NUL bytes only", "a.csv", vec![0; 4096], "NUL character"),
        ("a NUL in a workbook", "a.xlsx", workbook(&sheet(&text("A1", "Sys&#0;tem"))), "NUL character"),
        ("lone surrogate in a table", "a.csv", surrogate, "In line 2 there is half of a character"),
        (
            "lone surrogate in a workbook",
            "a.xlsx",
            workbook(&sheet(&text("A1", "Sys&#xD800;tem"))),
            "half of a character",
        ),
        (
            "10 MB in one cell",
            "a.csv",
            format!("System,Supplier\n{},c\n", "x".repeat(10 * 1024 * 1024)).into_bytes(),
            "the text is longer than 32,767 characters",
        ),
        (
            "cut off in the middle",
            "a.xlsx",
            good[..good.len() / 2].to_vec(),
            "so it may be a part copy. Save it again and upload that.",
        ),
        ("a table cut off", "a.csv", b"System,Supplier,Status\nBin rounds,x,\"li".to_vec(), "so it may be a part copy"),
        ("a picture by another name", "a.xlsx", b"\x89PNG\r\n\x1a\n0000000000".to_vec(), "The file is a picture"),
        ("a PDF", "a.csv", b"%PDF-1.7\n".to_vec(), "The file is a PDF"),
        ("nothing", "a.csv", Vec::new(), "The file is empty"),
        ("no headings", "a.csv", b"1,2,3\n4,5,6\n".to_vec(), "We found no row of headings"),
    ];
    let world = World::new();
    let before = world.row_counts();
    for (what, name, bytes, expected) in files {
        for content_type in ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/html"] {
            let answer = world.upload_as(EDITOR, "ashmere", name, content_type, &bytes);
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}: {}", answer.words());
            let summary = answer.all(".govuk-error-summary__list a[href='#file']");
            assert_eq!(summary.len(), 1, "{what}");
            assert!(summary[0].contains(expected), "{what}: {summary:?}");
            assert_eq!(answer.all("#file-error"), [format!("Error: {}", summary[0])], "{what}");
            assert_eq!(answer.all("h1"), ["Import Ashmere's systems"], "{what}");
            assert_eq!(world.row_counts(), before, "{what}");
            // Large ones once.
            if bytes.len() > 1_000_000 || what == "zip bomb" {
                break;
            }
        }
    }
}

#[test]
fn uploads_that_are_no_upload_are_refused() {
    let world = World::new();
    let before = world.row_counts();
    // Not the kind of form that carries files.
    let answer = world.post(EDITOR, "/organisations/ashmere/imports", "file=x");
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    // Larger than any file that is taken.
    let large = world.upload(EDITOR, "ashmere", "a.csv", &vec![b'x'; 20 * 1024 * 1024 + 1]);
    assert_eq!(large.status, StatusCode::UNPROCESSABLE_ENTITY);
    let errors = large.all(".govuk-error-summary__list a[href='#file']");
    assert!(errors[0].contains("larger than 20 MB"), "{errors:?}");
    // A body that stops in the middle of the form.
    let request = |body: &'static str, kind: &str| {
        axum::http::Request::post("/organisations/ashmere/imports")
            .header("x-reader", EDITOR)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", kind)
            .body(axum::body::Body::from(body))
            .unwrap()
    };
    let part = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nSystem,Supp";
    assert_eq!(world.send(request(part, "multipart/form-data; boundary=edge")).status, StatusCode::BAD_REQUEST);
    assert_eq!(world.send(request(part, "multipart/form-data")).status, StatusCode::BAD_REQUEST);
    assert_eq!(world.row_counts(), before);
}

#[test]
fn what_looks_dangerous_stays_text() {
    let world = World::new();
    let file = "\
System,Supplier,Notes,Users
\u{202e}llorya\u{202c}P,\"=HYPERLINK(\"\"http://x\"\")\",../../etc/passwd,3
../../etc/shadow,@SUM(A1),-2+3,=1+1
<script>alert(1)</script>,\"' OR 1=1; --\",{{ 7*7 }},4
";
    let address = world.bring("ashmere", "../../..\\\u{202e}evil<b>.csv", file.as_bytes());
    let shown = world.get(EDITOR, &format!("{address}/preview"));
    assert_eq!(shown.status, StatusCode::OK);
    assert_eq!(shown.all("h1"), ["Check what would change: evil<b>.csv"]);
    assert!(!shown.body.contains("<script>alert") && !shown.body.contains('\u{202e}') && !shown.body.contains("<b>"));
    let codes: Vec<String> = world.preview(&address)["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["code"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        codes.contains(&"hidden_characters".to_owned()) && codes.contains(&"number_not_understood".to_owned()),
        "{codes:?}"
    );
    world.apply(&address, &[]).redirect();
    let export = world.get(EDITOR, "/organisations/ashmere/systems.csv");
    assert!(
        export
            .body
            .lines()
            .all(|line| !line.split(',').any(|cell| cell.trim_matches('"').starts_with(['=', '@', '+']))),
        "{}",
        export.body
    );
    let names: Vec<String> = export.csv().iter().map(|row| row["name"].clone()).collect();
    assert!(names.contains(&"../../etc/shadow".to_owned()) && names.contains(&"lloryaP".to_owned()), "{names:?}");
    // Our guard against formulas goes out and comes back without leaving a trace.
    let back = world.preview(&world.bring("ashmere", "export.csv", export.body.as_bytes()));
    assert_eq!((&back["counts"]["new"], &back["counts"]["changed"]), (&0.into(), &0.into()), "{:#}", back["changed"]);
    for path in ["", "/undo", ".csv", ".json"] {
        let page = world.get(EDITOR, &format!("{address}{path}"));
        assert!(!page.body.contains("<script>alert") || path == ".csv" || path == ".json", "{path}");
    }
    let problems = world.get(EDITOR, &format!("{address}.csv"));
    assert!(!problems.body.contains(",=1+1"), "{}", problems.body);
}

#[test]
fn what_looks_like_a_person_is_seen_by_the_organisation_only() {
    let world = World::new();
    let file = "System,Owner,Supplier\nBin rounds,Priya Placeholder,Oakware\nCouncil tax,waste.team@ashmere.example,Unheard Of Ltd\n";
    let address = world.import("ashmere", "systems.csv", file.as_bytes());
    assert!(world.get(EDITOR, &address).words().contains("Priya Placeholder"));
    for who in ["member@ashmere", "editor@brackford", "visitor", "supplier@oakware"] {
        for path in [
            "/organisations/ashmere/systems",
            "/organisations/ashmere/systems.csv",
            "/organisations/ashmere/systems.json",
        ] {
            let seen = world.get(who, path).body;
            assert!(!seen.contains("Placeholder") && !seen.contains("Unheard"), "{who} at {path}");
        }
    }
}
