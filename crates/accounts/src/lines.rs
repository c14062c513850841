//! Reading a CSV file whose columns are known by name: a value, or the list of its problems, each with its line.
//!
//! UTF-8 with or without a byte order mark, comma, RFC 4180. For the two small files that set a copy up; estates, which
//! come as people keep them, have their own reader.

use std::{collections::BTreeMap, fmt};

/// Largest file, in bytes.
const LARGEST: usize = 5_000_000;
/// Longest value, in characters.
const LONGEST: usize = 2_000;
/// How a workbook begins (.xlsx, .ods). An older one (.xls) holds zero bytes.
const ZIP: &[u8] = b"PK\x03\x04";

/// What is wrong in a line of a file, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineProblem {
    /// The line in the file, from 1.
    pub line: u64,
    /// The column, when it is about one.
    pub column: Option<&'static str>,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for LineProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "Line {}, column \"{column}\": {}", self.line, self.message),
            None => write!(f, "Line {}: {}", self.line, self.message),
        }
    }
}

/// One line with its values by column.
pub(crate) struct Line {
    pub(crate) number: u64,
    values: BTreeMap<&'static str, String>,
}

impl Line {
    /// The value of a column, without white space around it; empty when the file has no such column.
    pub(crate) fn value(&self, column: &'static str) -> &str {
        self.values.get(column).map_or("", String::as_str)
    }

    pub(crate) fn problem(&self, column: &'static str, message: impl Into<String>) -> LineProblem {
        LineProblem { line: self.number, column: Some(column), message: message.into() }
    }
}

/// All lines, and what cannot be read of them. `needed` columns must be there, `optional` ones may.
pub(crate) fn read(bytes: &[u8], needed: &[&'static str], optional: &[&'static str]) -> (Vec<Line>, Vec<LineProblem>) {
    let first = |message: String| {
        let problem = LineProblem { line: 1, column: None, message };
        (vec![], vec![problem])
    };
    if bytes.len() > LARGEST {
        return first(web::say!("The file is larger than 5 MB. Split it."));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return first(web::say!("This file is in UTF-16. Save it as CSV in UTF-8."));
    }
    if bytes.starts_with(ZIP) || bytes.contains(&0) {
        return first(web::say!("This is no CSV file. In a spreadsheet program, save it as CSV in UTF-8."));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // With CRLF the reader counts a line's end as part of the next line, and its numbers would be one too low.
    let bytes = unix_lines(bytes);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(bytes.as_slice());
    let mut records = reader.byte_records();
    let headings = match records.next() {
        Some(Ok(record)) => record,
        _ => return first(web::say!("The file is empty. Its first line names the columns.")),
    };
    let known: Vec<&'static str> = needed.iter().chain(optional).copied().collect();
    let mut problems = Vec::new();
    let mut columns: Vec<Option<&'static str>> = Vec::new();
    for heading in &headings {
        let heading = String::from_utf8_lossy(heading);
        let column = known.iter().copied().find(|name| *name == heading);
        let mut refuse = |message| {
            problems.push(LineProblem { line: 1, column: None, message });
        };
        match column {
            None => {
                let heading: String = heading.chars().take(40).collect();
                refuse(web::say!(
                    "There is no column \"{heading}\". The columns are: {known}.",
                    heading = heading,
                    known = known.join(", ")
                ));
            }
            Some(name) if columns.contains(&Some(name)) => {
                refuse(web::say!("Column \"{name}\" is there twice. Keep one.", name = name));
            }
            Some(_) => {}
        }
        columns.push(column);
    }
    for name in needed {
        if !columns.contains(&Some(name)) {
            let message = web::say!("Column \"{name}\" is missing. Add it.", name = name);
            problems.push(LineProblem { line: 1, column: None, message });
        }
    }
    if !problems.is_empty() {
        return (vec![], problems);
    }
    let mut lines = Vec::new();
    for record in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                let message = web::say!("This line cannot be read as CSV. Check its quotation marks.");
                problems.push(LineProblem { line, column: None, message });
                break;
            }
        };
        let number = record.position().map_or(1, csv::Position::line);
        match line(&record, number, &columns) {
            Ok(line) => lines.push(line),
            Err(problem) => problems.push(problem),
        }
    }
    (lines, problems)
}

fn line(record: &csv::ByteRecord, number: u64, columns: &[Option<&'static str>]) -> Result<Line, LineProblem> {
    let problem = |column, message| LineProblem { line: number, column, message };
    if record.len() != columns.len() {
        let message = web::say!(
            "There are {found} values and {wanted} columns. Check commas and quotation marks.",
            found = record.len(),
            wanted = columns.len()
        );
        return Err(problem(None, message));
    }
    let mut values = BTreeMap::new();
    for (column, value) in columns.iter().zip(record) {
        let Some(column) = *column else { continue };
        let refuse = |message| Err(problem(Some(column), message));
        let Ok(value) = std::str::from_utf8(value) else {
            return refuse(web::say!("This is not UTF-8. Save the file as UTF-8."));
        };
        if value.chars().count() > LONGEST {
            return refuse(web::say!("This is longer than {limit} characters.", limit = LONGEST));
        }
        if value.chars().any(char::is_control) {
            return refuse(web::say!("There is a line break or another control character in this. Remove it."));
        }
        values.insert(column, value.to_owned());
    }
    Ok(Line { number, values })
}

fn unix_lines(bytes: &[u8]) -> Vec<u8> {
    let mut unix = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => {}
            b'\r' => unix.push(b'\n'),
            byte => unix.push(*byte),
        }
    }
    unix
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &[u8]) -> Vec<String> {
        let (_, problems) = read(bytes, &["id", "name"], &["note"]);
        problems.iter().map(LineProblem::to_string).collect()
    }

    #[test]
    fn values_come_by_column_whatever_their_order() {
        let (lines, problems) = read("\u{feff}name,id\r\n\" A, b \",1\r\n".as_bytes(), &["id", "name"], &[]);
        assert_eq!(problems, []);
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].value("name"), lines[0].value("id"), lines[0].number), ("A, b", "1", 2));
        assert_eq!(lines[0].value("note"), "");
    }

    #[test]
    fn every_problem_has_its_line() {
        assert_eq!(
            told(b"id,colour,id\n")[0],
            "Line 1: There is no column \"colour\". The columns are: id, name, note."
        );
        assert!(told(b"id,colour,id\n")[1].contains("twice"));
        assert!(told(b"id,colour,id\n")[2].contains("\"name\" is missing"));
        assert!(told(b"")[0].contains("empty"));
        for other in [&b"PK\x03\x04id,name\n"[..], b"i\0d\0,\0n\0", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0,\n"] {
            let told = told(other);
            assert!(told.len() == 1 && told[0].contains("no CSV file"), "{told:?}");
        }
        assert!(told(b"id,name\n1,a\n2\n")[0].starts_with("Line 3: There are 1 values"));
        assert!(told(b"id,name\n1,\xff\n")[0].starts_with("Line 2, column \"name\": This is not UTF-8"));
        assert!(told(b"id,name\n1,\"a\nb\"\n")[0].contains("control character"));
        assert!(told(&vec![b'x'; LARGEST + 1])[0].contains("5 MB"));
        assert!(told(b"\xff\xfei\0d\0")[0].contains("UTF-16"));
        let long = format!("id,name\n1,{}\n", "x".repeat(LONGEST + 1));
        assert!(told(long.as_bytes())[0].contains("2,000"));
    }
}
