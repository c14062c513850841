//! A table as CSV that a spreadsheet cannot be tricked into running.
//!
//! RFC 4180 with CRLF, UTF-8 without a byte order mark (a mark would become part of the first column's name for most
//! programs), one heading row of field names that are never translated.

use std::borrow::Cow;

/// What `.csv` and `.xlsx` answer.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The file's name without its ending.
    pub name: String,
    /// Stable field names, never translated.
    pub columns: Vec<&'static str>,
    /// As many cells in each row as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// One value of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing known.
    Empty,
    /// Any text, made safe when written.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// An amount in pence, written in pounds with two places: `1234.50`.
    Pence(i64),
    /// A day, month or moment as ISO 8601 writes it: `2027-03-31`, `2027-03`.
    Date(String),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Cell {
        Cell::Integer(number)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Empty, Into::into)
    }
}

impl Table {
    /// The whole table as CSV.
    ///
    /// # Errors
    /// When a row has another number of cells than there are columns.
    pub(crate) fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        writer.write_record(&self.columns)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(|cell| cell.written().into_owned()))?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }
}

impl Cell {
    fn written(&self) -> Cow<'_, str> {
        match self {
            Cell::Empty => Cow::Borrowed(""),
            Cell::Text(text) | Cell::Date(text) => safe_csv_cell(text),
            Cell::Integer(number) => Cow::Owned(number.to_string()),
            Cell::Pence(pence) => Cow::Owned(pounds(*pence)),
        }
    }
}

/// Pence in pounds with two places: `-1234.50`.
pub(crate) fn pounds(pence: i64) -> String {
    let sign = if pence < 0 { "-" } else { "" };
    let pence = pence.unsigned_abs();
    format!("{sign}{}.{:02}", pence / 100, pence % 100)
}

/// Text that no spreadsheet takes for a formula: a `'` goes before text whose first visible character is `=`, `+`, `-`
/// or `@` (full-width forms included), or that starts with a tab or line break.
///
/// After OWASP, "CSV Injection". NUL and other invisible control characters before the sign do not hide it.
pub fn safe_csv_cell(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
    };
    let sign = text.trim_start_matches(hidden).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\u{2212}']);
    if sign || text.starts_with(['\t', '\r', '\n']) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}
