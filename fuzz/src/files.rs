//! Files that councils send: from bytes to rows and problems, the way that an import goes before its preview.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};

use architecture::import::apply::read_file;
use architecture::spreadsheet;
use vocabulary::Date;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A whole file.
pub(crate) fn read(name: &str, input: &[u8]) {
    let file = match read_file(name, input) {
        Ok(file) => file,
        Err(refused) => {
            assert!(!refused.to_string().trim().is_empty(), "refused without a word");
            return;
        }
    };
    let mapping = spreadsheet::recognise_file(&file.layout, None, &BTreeSet::new());
    let today: Date = "2027-03-31".parse().expect("a date");
    let (reading, _) = file.rows(&mapping, today);
    for problem in &reading.problems {
        assert!(!problem.message.trim().is_empty(), "a problem without a word");
    }
}

/// A text that is not taken for JSON, whatever it begins with.
pub(crate) fn csv(input: &[u8]) {
    let mark = [&b"\xff\xfe"[..], b"\xfe\xff", b"\xef\xbb\xbf"].into_iter().find(|mark| input.starts_with(mark));
    // A byte order mark has to stay in front; anything else is put behind a heading, so that it is a list.
    match mark {
        Some(_) => read("list.csv", input),
        None => read("list.csv", &[b"System,Supplier,", input].concat()),
    }
}

/// A text that is taken for JSON.
pub(crate) fn json(input: &[u8]) {
    match input.trim_ascii_start().first() {
        Some(b'[' | b'{') => read("list.json", input),
        _ => read("list.json", &[b"[", input].concat()),
    }
}

/// What stands between two parts of a package in the input.
pub(crate) const PART: &[u8] = b"\n=-=\n";

/// The parts that an input may give, in its order, and what stands in for those that it does not.
const XLSX: [(&str, &str); 4] = [
    ("xl/worksheets/sheet1.xml", "<worksheet><sheetData/></worksheet>"),
    ("xl/sharedStrings.xml", "<sst><si><t>System</t></si><si><t>Bins</t></si></sst>"),
    ("xl/styles.xml", "<styleSheet/>"),
    (
        "xl/workbook.xml",
        "<workbook xmlns:r=\"r\"><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
    ),
];
const XLSX_AROUND: [(&str, &str); 2] = [
    (
        "[Content_Types].xml",
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>",
    ),
    (
        "xl/_rels/workbook.xml.rels",
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings\" Target=\"sharedStrings.xml\"/><Relationship Id=\"rId3\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/></Relationships>",
    ),
];
const RELATIONS: (&str, &str) = (
    "_rels/.rels",
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
);
const ODS: [(&str, &str); 2] =
    [("content.xml", "<office:document-content/>"), ("styles.xml", "<office:document-styles/>")];

/// Parts of a package: the first byte says of which format.
pub(crate) fn workbook(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let mut given = split(rest).into_iter();
    let mut package = Packing::new();
    if *first == b'o' {
        package.part("mimetype", b"application/vnd.oasis.opendocument.spreadsheet");
        ODS.iter().for_each(|(name, usual)| package.part(name, given.next().unwrap_or(usual.as_bytes())));
        read("list.ods", &package.end());
    } else {
        XLSX_AROUND.iter().chain([&RELATIONS]).for_each(|(name, text)| package.part(name, text.as_bytes()));
        XLSX.iter().for_each(|(name, usual)| package.part(name, given.next().unwrap_or(usual.as_bytes())));
        read("list.xlsx", &package.end());
    }
}

/// The names of the parts that an input of this format gives.
pub(crate) fn parts(open_document: bool) -> Vec<&'static str> {
    let list: &[(&'static str, &str)] = if open_document { &ODS } else { &XLSX };
    list.iter().map(|(name, _)| *name).collect()
}

fn split(mut input: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    while let Some(at) = input.windows(PART.len()).position(|window| window == PART) {
        parts.push(&input[..at]);
        input = &input[at + PART.len()..];
    }
    parts.push(input);
    parts
}

struct Packing(ZipWriter<Cursor<Vec<u8>>>);

impl Packing {
    fn new() -> Packing {
        Packing(ZipWriter::new(Cursor::new(Vec::new())))
    }

    fn part(&mut self, name: &str, bytes: &[u8]) {
        let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        self.0.start_file(name, stored).and_then(|()| Ok(self.0.write_all(bytes)?)).expect("a part in memory");
    }

    fn end(self) -> Vec<u8> {
        self.0.finish().expect("a package in memory").into_inner()
    }
}
