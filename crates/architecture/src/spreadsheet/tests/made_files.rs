//! Workbooks made part by part, so that each can be broken in one way.

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

pub const RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
pub const WORKBOOK: &str = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Systems" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
pub const WORKBOOK_RELATIONS: &str = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;

/// The parts of a workbook with one sheet, whose `sheetData` and what follows are given.
pub fn parts(sheet: &str) -> Vec<(&'static str, String)> {
    let sheet = format!(
        "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">{sheet}</worksheet>"
    );
    vec![
        ("_rels/.rels", RELATIONS.to_owned()),
        ("xl/workbook.xml", WORKBOOK.to_owned()),
        ("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS.to_owned()),
        ("xl/worksheets/sheet1.xml", sheet),
    ]
}

pub fn zipped(parts: &[(&str, String)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A workbook whose one sheet holds these cells as texts in place, such as `("A1", "System")`.
pub fn with_cells(cells: &[(&str, &str)]) -> Vec<u8> {
    let cell = |(place, text): &(&str, &str)| {
        let row = place.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        format!("<row r=\"{row}\"><c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c></row>")
    };
    let cells: String = cells.iter().map(cell).collect();
    zipped(&parts(&format!("<sheetData>{cells}</sheetData>")))
}
