//! A file as sheets, rows and cells, whatever format it came in, and the door through which every file enters.
//!
//! Cells are kept sparsely and only where there is content, so that one far-away cell costs one cell. Nothing is
//! interpreted here beyond what the file itself says: a date is a date only when the workbook says so.

use jiff::civil::Date;

use super::{Limits, LooksLike, Unreadable, csv, json, ods, package::Package, xls, xlsx};

/// Everything that was read from one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Workbook {
    /// The file's name as sent; only ever shown, never opened.
    pub name: String,
    /// What the file turned out to be.
    pub format: Format,
    /// Whether day 0 of number dates is 1 January 1904, as in workbooks from old Macintosh programs.
    pub from_1904: bool,
    /// The sheets in the order of the file. A CSV file has one, named after the file.
    pub sheets: Vec<Sheet>,
    /// Records that JSON names and does not have, where no cell could carry the name.
    pub absent: Vec<Absent>,
}

/// A record of a file in JSON that another names as one that relies on it, and that the file does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// The list.
    pub sheet: String,
    /// The number of the record that names it.
    pub row: u32,
    /// What it is called.
    pub text: String,
}

/// What a file turned out to be, from its content alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An Excel workbook (ECMA-376).
    Xlsx,
    /// An Excel workbook as programs wrote them from 1997 to 2003 (MS-XLS, BIFF8).
    Xls,
    /// An OpenDocument spreadsheet.
    Ods,
    /// JSON: records as rows, counted from 1; the headings are row 0.
    Json,
    /// Separated values.
    Csv {
        /// The character encoding.
        encoding: Encoding,
        /// What stands between values: `,`, `;`, a tab or `|`.
        separator: char,
    },
}

/// A character encoding of text files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows-1252: assumed when nothing else fits.
    Windows1252,
}

/// One sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// The name on its tab.
    pub name: String,
    /// Whether the author hid it; such sheets mostly hold lists for choosing.
    pub hidden: bool,
    /// Rows with content, in order. Empty and merely styled rows are absent.
    pub rows: Vec<SheetRow>,
    /// Merged areas that have content, by first row and column; one for each first cell.
    pub merged: Vec<Area>,
    /// Rows in which a cell with content has a fill colour, each with a number that stands for its first colour.
    pub fills: Vec<(u32, u32)>,
}

/// One row with content.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetRow {
    /// Its number as the spreadsheet program shows it, counted from 1; of JSON the number of the record.
    pub number: u32,
    /// Its cells with content, by column.
    pub cells: Vec<Cell>,
}

/// One cell with content.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Its column, counted from 0.
    pub column: u32,
    /// Its content as text: numbers as `12500.5`, dates as `2027-03-31`, months as `2027-03`.
    pub text: String,
    /// What the file says it is.
    pub kind: CellKind,
    /// Whether it holds a formula; the text is then the result that was saved with the file, and may be empty.
    pub formula: bool,
    /// Whether this is a copy of the cell above, with which it is merged.
    pub repeated: bool,
}

/// What a file says a cell is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CellKind {
    /// Text, and every value of a CSV file.
    Text,
    /// A number.
    Number(f64),
    /// A day.
    Date(Date),
    /// A day shown as month and year only, so that only these are meant.
    Month {
        /// The year.
        year: i16,
        /// The month, 1 to 12.
        month: i8,
    },
    /// Yes or no.
    Bool(bool),
    /// A formula without a saved result.
    Empty,
}

/// A rectangle of cells, both ends included: rows counted from 1, columns from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// First row.
    pub top: u32,
    /// Last row.
    pub bottom: u32,
    /// First column.
    pub left: u32,
    /// Last column.
    pub right: u32,
}

impl Sheet {
    /// The row with this number, if it has content.
    pub fn row(&self, number: u32) -> Option<&SheetRow> {
        let place = self.rows.binary_search_by_key(&number, |row| row.number);
        place.ok().and_then(|place| self.rows.get(place))
    }
}

impl SheetRow {
    /// The cell in this column, counted from 0, if it has content.
    pub fn cell(&self, column: u32) -> Option<&Cell> {
        let place = self.cells.binary_search_by_key(&column, |cell| cell.column);
        place.ok().and_then(|place| self.cells.get(place))
    }
}

impl Workbook {
    /// The sheet with this name.
    pub fn sheet(&self, name: &str) -> Option<&Sheet> {
        self.sheets.iter().find(|sheet| sheet.name == name)
    }
}

/// The letters of a column counted from 0: `A`, `Z`, `AA`, `XFD`.
pub fn letters(column: u32) -> String {
    let mut reversed = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        reversed.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    reversed.iter().rev().collect()
}

/// Reads a file. Its content decides what it is, not its name and not a content type.
///
/// # Errors
/// [`Unreadable`] says what the file is instead, or where it is damaged, or which limit it exceeds.
pub fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Workbook, Unreadable> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > limits.bytes {
        return Err(Unreadable::TooLarge { bytes: size, limit: limits.bytes });
    }
    if bytes.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return match bytes.contains(&0) {
            true => Err(Unreadable::NulBytes { place: "line 1".into() }),
            false => Err(Unreadable::Empty),
        };
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        let package = Package::open(bytes, limits)?;
        return match package.is_open_document() {
            true => ods::read(name, package, limits),
            false => xlsx::read(name, package, limits),
        };
    }
    if bytes.starts_with(xls::SIGN) {
        return xls::read(name, bytes, limits);
    }
    if let Some(refusal) = something_else(bytes) {
        return Err(refusal);
    }
    if json::begins_like_json(&beginning(bytes)) {
        return json::read(name, bytes, limits);
    }
    csv::read(name, bytes, limits)
}

/// The first characters of a text file, as far as they are ASCII, without its byte order mark. In UTF-16 every second byte of
/// such characters is zero.
fn beginning(bytes: &[u8]) -> Vec<u8> {
    let text = [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"].iter().find_map(|mark| bytes.strip_prefix(*mark));
    text.unwrap_or(bytes).iter().copied().filter(|byte| *byte != 0).take(4096).collect()
}

/// Recognises by their first bytes the files that people upload by mistake.
fn something_else(bytes: &[u8]) -> Option<Unreadable> {
    const SIGNS: &[(&[u8], LooksLike)] = &[
        (b"%PDF", LooksLike::Pdf),
        (b"\x89PNG", LooksLike::Picture),
        (b"\xff\xd8\xff", LooksLike::Picture),
        (b"GIF8", LooksLike::Picture),
        (b"II*\0", LooksLike::Picture),
        (b"MM\0*", LooksLike::Picture),
        (b"{\\rtf", LooksLike::RichText),
        (b"\x1f\x8b", LooksLike::Archive),
        (b"7z\xbc\xaf\x27\x1c", LooksLike::Archive),
        (b"Rar!", LooksLike::Archive),
        (b"BZh", LooksLike::Archive),
        (b"\xfd7zXZ", LooksLike::Archive),
    ];
    if let Some((_, looks)) = SIGNS.iter().find(|(sign, _)| bytes.starts_with(sign)) {
        return Some(Unreadable::NotASpreadsheet(*looks));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let start = text.get(..text.len().min(512)).unwrap_or_default().to_ascii_lowercase();
    let web = [&b"<!doctype html"[..], b"<html", b"<table", b"<head", b"<meta"];
    if web.iter().any(|tag| start.starts_with(tag)) {
        return Some(Unreadable::NotASpreadsheet(LooksLike::WebPage));
    }
    if start.starts_with(b"<?xml") {
        let looks = match contains(&start, b"<html") {
            true => LooksLike::WebPage,
            false => LooksLike::Xml,
        };
        return Some(Unreadable::NotASpreadsheet(looks));
    }
    None
}

/// Whether `needle` occurs in `bytes`.
pub(super) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    find_last(bytes, needle).is_some()
}

/// Where `needle` occurs last in `bytes`.
pub(super) fn find_last(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let (first, rest) = needle.split_first()?;
    let starts = bytes.len().checked_sub(rest.len())?;
    let candidates = bytes.get(..starts)?;
    candidates
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, byte)| *byte == first)
        .map(|(place, _)| place)
        .find(|place| bytes.get(place + 1..).is_some_and(|after| after.starts_with(rest)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]
    use super::*;

    #[test]
    fn columns_have_letters() {
        for (column, expected) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")] {
            assert_eq!(letters(column), expected);
        }
        assert!(!letters(u32::MAX).is_empty());
    }

    #[test]
    fn the_last_place_is_found() {
        assert_eq!(find_last(b"abcabc", b"bc"), Some(4));
        assert_eq!(find_last(b"abc", b"abcd"), None);
        assert_eq!(find_last(b"", b"a"), None);
    }

    #[test]
    fn other_files_are_named_for_what_they_are() {
        let cases: Vec<(Vec<u8>, Unreadable)> = vec![
            (b"%PDF-1.7 ...".to_vec(), Unreadable::NotASpreadsheet(LooksLike::Pdf)),
            (b"\x89PNG\r\n\x1a\n".to_vec(), Unreadable::NotASpreadsheet(LooksLike::Picture)),
            (b"\r\n <HTML><table>".to_vec(), Unreadable::NotASpreadsheet(LooksLike::WebPage)),
            (b"<?xml version='1.0'?><Workbook/>".to_vec(), Unreadable::NotASpreadsheet(LooksLike::Xml)),
            (b"{\"name\": \"a\"}".to_vec(), Unreadable::NoList),
            (b" \n\n".to_vec(), Unreadable::Empty),
            (Vec::new(), Unreadable::Empty),
        ];
        for (bytes, expected) in cases {
            assert_eq!(read("x.xlsx", &bytes, &Limits::default()).unwrap_err(), expected);
        }
    }
}
