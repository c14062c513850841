//! Files that attack: bombs, entities, paths, macros, false names, sizes and slow senders. Each is refused in words or read as
//! the list that it is; nothing is half kept, nothing is given back as it came, and the next good file is taken.

use std::{
    io::{Cursor, Read, Write},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use zip::{ZipWriter, write::SimpleFileOptions};

use super::{Answer, Demonstration, Somebody, injection};

const RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Systems" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const WORKBOOK_RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
/// The longest that any file may take to be refused, on a busy machine in a debug build.
const LONGEST: Duration = Duration::from_secs(60);

/// A workbook with this sheet, and with other parts beside it.
pub fn workbook(sheet: &str, more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let parts = [
        ("_rels/.rels", RELATIONS.as_bytes()),
        ("xl/workbook.xml", WORKBOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ];
    for (name, content) in parts.iter().chain(more) {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A sheet whose cells are these texts, one a row.
pub fn sheet(document_type: &str, cells: &[&str]) -> String {
    let row = |(at, text): (usize, &&str)| {
        format!("<row r=\"{0}\"><c r=\"A{0}\" t=\"inlineStr\"><is><t>{text}</t></is></c></row>", at + 1)
    };
    let rows: String = cells.iter().enumerate().map(row).collect();
    format!(
        "<?xml version=\"1.0\"?>{document_type}<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
    )
}

/// Whether an upload was refused in words: on its page, or before anything was read.
fn refused(seen: &Answer) -> bool {
    match seen.status {
        422 => seen.text().contains("govuk-error-summary"),
        400 | 413 | 415 => seen.text().contains("<h1"),
        _ => false,
    }
}

/// Files that are to be refused.
fn hostile() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let laughs = r#"<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>"#;
    let outside = r#"<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>"#;
    vec![
        ("a zip bomb", "a.xlsx", workbook(&sheet("", &[&" ".repeat(210 * 1024 * 1024)]), &[])),
        ("a million laughs", "a.xlsx", workbook(&sheet(laughs, &["System", "&d;"]), &[])),
        ("an external entity", "a.xlsx", workbook(&sheet(outside, &["System", "&a;"]), &[])),
        ("a page by another name", "a.xlsx", b"<!doctype html><script>alert(1)</script>".to_vec()),
        ("a program by another name", "a.xlsx", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec()),
        ("a picture that is a page", "a.csv", b"GIF89a/*<svg onload=alert(1)>*/".to_vec()),
        ("an archive of something else", "a.ods", {
            let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
            zip.start_file("../../../../etc/cron.d/zq", SimpleFileOptions::default()).unwrap();
            zip.write_all(b"* * * * * root true").unwrap();
            zip.finish().unwrap().into_inner()
        }),
        ("a deep document", "a.json", [vec![b'['; 200_000], vec![b']'; 200_000]].concat()),
        ("an old workbook that is none", "a.xls", [&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], &[0xff; 4096]].concat()),
        ("one byte too many", "a.csv", vec![b'x'; 20 * 1024 * 1024 + 1]),
        ("nothing", "a.csv", Vec::new()),
    ]
}

#[test]
fn hostile_files_leave_nothing_and_nothing_comes_back_as_it_was() {
    let mut demonstration = Demonstration::start();
    let mut editor = demonstration.somebody("Editor at Ashmere");
    let before = demonstration.contents(&mut [&mut editor]);
    let slow = slow(&demonstration, &editor);
    let mut faults = Vec::new();
    for (what, name, bytes) in hostile() {
        let begun = Instant::now();
        let seen = editor.upload("ashmere", name, &bytes);
        if !refused(&seen) || begun.elapsed() > LONGEST {
            faults.push(format!("{what}: {} after {:?}", seen.status, begun.elapsed()));
        }
        for secret in ["root:", "lollol", "<script>alert", "onload=alert"] {
            if seen.text().contains(secret) {
                faults.push(format!("{what}: the answer holds {secret}"));
            }
        }
    }
    odd_forms(&editor, &mut faults);
    let told = slow.join().unwrap();
    if !told.starts_with("HTTP/1.1 408") {
        faults.push(format!("a slow sender: {}", told.chars().take(80).collect::<String>()));
    }
    let after = demonstration.contents(&mut [&mut editor]);
    let changed: Vec<_> = before.iter().filter(|(table, rows)| after[*table] != **rows).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(changed.is_empty(), "something was written: {changed:#?}");
    read_as_lists(&editor);
    demonstration.stop();
}

/// Uploads that are not as their form would send them.
fn odd_forms(editor: &Somebody, faults: &mut Vec<String>) {
    let origin = format!("http://{}", editor.host());
    let part = |head: &str| format!("--b\r\n{head}\r\n\r\nSystem\nBin rounds\r\n");
    let file = "Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"";
    for (what, kind, body) in [
        ("no boundary", "multipart/form-data", part(file) + "--b--\r\n"),
        ("another boundary", "multipart/form-data; boundary=c", part(file) + "--b--\r\n"),
        ("no end", "multipart/form-data; boundary=b", part(file)),
        ("two files", "multipart/form-data; boundary=b", part(file) + &part(file) + "--b--\r\n"),
        ("no name", "multipart/form-data; boundary=b", part("Content-Disposition: form-data") + "--b--\r\n"),
        (
            "no file but a text",
            "multipart/form-data; boundary=b",
            part("Content-Disposition: form-data; name=\"file\"") + "--b--\r\n",
        ),
        ("a form", "application/x-www-form-urlencoded", "file=a".to_owned()),
        ("a text", "text/plain", part(file) + "--b--\r\n"),
        ("JSON", "application/json", "{\"file\":\"a\"}".to_owned()),
        ("a workbook by itself", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK".to_owned()),
    ] {
        let headers = [("Origin", origin.as_str()), ("Content-Type", kind)];
        let seen = editor.send("/organisations/ashmere/imports", &headers, body.as_bytes());
        if !refused(&seen) {
            faults.push(format!("{what}: {} {}", seen.status, seen.header("location")));
        }
    }
}

/// Somebody who begins an upload and sends no more, and what they are told.
fn slow(demonstration: &Demonstration, editor: &Somebody) -> thread::JoinHandle<String> {
    let host = demonstration.wire.host.clone();
    let cookie = editor.browser.cookie().unwrap().to_owned();
    thread::spawn(move || {
        let mut stream = TcpStream::connect(&host).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        let head = format!(
            "POST /organisations/ashmere/imports HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n\
             Connection: close\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n--b\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut told = Vec::new();
        drop(stream.read_to_end(&mut told));
        String::from_utf8_lossy(&told).into_owned()
    })
}

/// Files with more in them than a list: what is no list is left out, and comes back from nowhere.
fn read_as_lists(editor: &Somebody) {
    let list = sheet("", &["System", "Zyxomma rounds"]);
    let outside = std::env::temp_dir().join(format!("zq-traversal-{}", std::process::id()));
    let path = format!("../../../../../../../../..{}", outside.display());
    let files = [
        ("a macro", "macro.xlsm", workbook(&list, &[("xl/vbaProject.bin", b"zq-macro Auto_Open Shell")])),
        (
            "a path out of the folder",
            "../../../etc/passwd.xlsx",
            workbook(&list, &[(&path, b"zq-traversal"), ("/etc/zq", b"zq")]),
        ),
        ("a page after the list", "list.csv", b"System,Supplier\nZyxomma rounds,<script>zq()</script>\n".to_vec()),
        ("a name that is a page", "<img src=x onerror=zq()>.csv", b"System\nZyxomma rounds\n".to_vec()),
    ];
    for (what, name, bytes) in files {
        let seen = editor.upload("ashmere", name, &bytes);
        assert!(seen.status < 500, "{what}: {}", seen.status);
        if seen.status != 303 {
            assert!(refused(&seen), "{what}: {}", seen.status);
            continue;
        }
        let at = seen.header("location").trim_end_matches("/mapping").to_owned();
        for below in ["", "/mapping", "/preview", "/file", "/original", "/download", ".json", ".csv", ".xlsx", ".xlsm"]
        {
            let seen = editor.get(&format!("{at}{below}"));
            assert!(seen.status < 500, "{what}: {at}{below}");
            assert_eq!(seen.header("x-content-type-options"), "nosniff");
            assert!(
                !seen.body.windows(8).any(|bytes| bytes == b"zq-macro"),
                "{what}: {at}{below} gives the macro back"
            );
            assert_ne!(seen.body, bytes, "{what}: {at}{below} gives the file back");
            if seen.is_page() {
                assert!(
                    !seen.text().contains("<script>zq") && !seen.text().contains("<img src=x"),
                    "{what}: {at}{below}"
                );
                assert!(!seen.text().contains("../etc/passwd"), "{what}: {at}{below}");
            }
            if seen.header("content-type").contains("spreadsheetml") {
                assert!(seen.header("content-disposition").starts_with("attachment"), "{what}: {at}{below}");
                assert!(injection::parts(&seen.body).iter().all(|(name, _)| !name.contains("vba")), "{what}");
            }
        }
    }
    assert!(!outside.exists(), "an archive wrote to {}", outside.display());
}
