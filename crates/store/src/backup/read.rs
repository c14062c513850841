//! From a file, line by line. Everything is checked: the seal over all bytes first, then what the lines say.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::write::hex;
use super::{BACKUP, Counted, Header, LastLine, Manifest, Refused, Sort, TableLine, frame, line};
use crate::{Table, Value};

/// The longest line that is read, in bytes: a row holds a file of 20 MB at the most.
const LONGEST: u64 = 256 << 20;

/// What is found in a file, in its order.
pub enum Found<'a> {
    /// Rows of this table follow.
    Table(&'a Table),
    /// One of them.
    Row {
        /// The table.
        table: &'a Table,
        /// The values of the row, one for each column.
        values: Vec<Value>,
        /// The line that holds them.
        line: &'a [u8],
    },
}

/// Reads a whole backup without keeping it, and says what is in it.
///
/// # Errors
/// [`Refused::Damaged`] when any byte is not as it was written; [`Refused::NotABackup`], [`Refused::Newer`],
/// [`Refused::File`].
pub fn verify(path: &Path) -> Result<Manifest, Refused> {
    visit(path, BACKUP, |_| Ok(()))
}

/// Reads a file of this sort and gives what is found to `found`. The rows given are trustworthy only when this returns `Ok`.
pub(super) fn visit(
    path: &Path,
    sort: Sort,
    found: impl FnMut(Found<'_>) -> Result<(), Refused>,
) -> Result<Manifest, Refused> {
    let cannot = |error| Refused::file("read", path, error);
    let mut file = File::open(path).map_err(cannot)?;
    if !frame::begins(&mut file).map_err(cannot)? {
        return Err(Refused::NotABackup { path: path.to_owned(), called: sort.called });
    }
    let Some(content) = frame::open(file).map_err(cannot)? else {
        return Err(Refused::damaged(path, which_part(path, sort)));
    };
    content_of(content, path, sort, found)
}

/// What of a file is not as it was written, when its seal says that something is not.
fn which_part(path: &Path, sort: Sort) -> String {
    let what = "its bytes are not those that were written (a part is missing, or something was changed)";
    let mut part = None;
    let read = File::open(path).map_err(|error| Refused::file("read", path, error)).and_then(|file| {
        content_of(GzDecoder::new(BufReader::new(file)), path, sort, |found| {
            if let Found::Table(table) = found {
                part = Some(table.name.clone());
            }
            Ok(())
        })
    });
    match (read, part) {
        // The lines can tell which of them changed.
        (Err(Refused::Damaged { what: at, .. }), _) if at.contains("table ") => format!("{what}; {at}"),
        (Err(_), Some(part)) => format!("{what}; the first fault is in table {part} or just after it"),
        _ => what.to_owned(),
    }
}

fn content_of(
    content: impl Read,
    path: &Path,
    sort: Sort,
    mut found: impl FnMut(Found<'_>) -> Result<(), Refused>,
) -> Result<Manifest, Refused> {
    let mut lines = Lines { path, reader: BufReader::with_capacity(1 << 18, content), line: Vec::new() };
    let header = header(&mut lines, path, sort)?;
    let mut counted: Vec<Counted> = Vec::new();
    let mut current: Option<Reading> = None;
    let last: LastLine = loop {
        if !lines.next()? {
            return Err(lines.damaged("its last line is missing"));
        }
        match (lines.line.first(), &mut current) {
            (Some(b'['), Some(reading)) => {
                let values = reading.row(&lines.line).map_err(|what| lines.damaged(what))?;
                found(Found::Row { table: &reading.table, values, line: &lines.line })?;
            }
            (Some(b'['), None) => return Err(lines.damaged("a row stands before its table")),
            _ => {
                counted.extend(current.take().map(Reading::end));
                if let Some(last) = parsed(&lines.line) {
                    break last;
                }
                let table = parsed::<TableLine>(&lines.line).and_then(TableLine::table);
                let table = table.ok_or_else(|| lines.damaged("a line is neither a row nor a table"))?;
                if counted.last().is_some_and(|before| before.table >= table.name) {
                    return Err(lines.damaged("its tables are not in order"));
                }
                found(Found::Table(&table))?;
                current = Some(Reading { table, rows: 0, hash: Sha256::new(), last_key: Vec::new() });
            }
        }
    };
    if last.tables != counted {
        let differs = counted.iter().find(|table| !last.tables.contains(table));
        return Err(lines.damaged(match differs {
            Some(Counted { table, .. }) => format!("its manifest does not fit its table {table}"),
            None => "its manifest does not fit its tables".to_owned(),
        }));
    }
    if lines.next()? {
        return Err(lines.damaged("something follows its last line"));
    }
    let Header { of, program, engine, made_at, migrations, .. } = header;
    Ok(Manifest { of, program, engine, made_at, migrations, tables: counted })
}

/// The first line. A later format may have another one, as long as it says which it is.
fn header<R: Read>(lines: &mut Lines<'_, R>, path: &Path, sort: Sort) -> Result<Header, Refused> {
    #[derive(serde::Deserialize)]
    struct Format {
        commonhold: String,
        format: u32,
    }
    let not = || Refused::NotABackup { path: path.to_owned(), called: sort.called };
    if !lines.next()? {
        return Err(not());
    }
    let Format { commonhold, format } = parsed(&lines.line).ok_or_else(not)?;
    if commonhold != sort.word {
        return Err(not());
    }
    if format > sort.format {
        return Err(Refused::Newer { path: path.to_owned(), format, reads: sort.format });
    }
    parsed(&lines.line).ok_or_else(|| lines.damaged("its first line does not fit its format"))
}

/// A table whose rows are being read.
struct Reading {
    table: Table,
    rows: u64,
    hash: Sha256,
    last_key: Vec<Value>,
}

impl Reading {
    fn row(&mut self, text: &[u8]) -> Result<Vec<Value>, String> {
        let values = line::read(text, &self.table).map_err(|what| format!("in table {}, {what}", self.table.name))?;
        let key: Vec<Value> = self.table.key.iter().map(|at| values[*at].clone()).collect();
        if self.rows > 0 && line::order(&self.last_key, &key) != Ordering::Less {
            return Err(format!("the rows of table {} are not in order", self.table.name));
        }
        self.rows += 1;
        self.hash.update(text);
        self.last_key = key;
        Ok(values)
    }

    fn end(self) -> Counted {
        Counted { table: self.table.name, rows: self.rows, sha256: hex(&self.hash.finalize()) }
    }
}

struct Lines<'p, R> {
    path: &'p Path,
    reader: BufReader<R>,
    line: Vec<u8>,
}

impl<R: Read> Lines<'_, R> {
    /// Reads the next line with its end. False at the end of the file.
    fn next(&mut self) -> Result<bool, Refused> {
        self.line.clear();
        let read = (&mut self.reader).take(LONGEST).read_until(b'\n', &mut self.line);
        read.map_err(|error| self.damaged(format!("it cannot be decompressed ({error})")))?;
        match self.line.last() {
            None => Ok(false),
            Some(b'\n') => Ok(true),
            Some(_) => Err(self.damaged("a line does not end")),
        }
    }

    fn damaged(&self, what: impl Into<String>) -> Refused {
        Refused::damaged(self.path, what)
    }
}

fn parsed<T: DeserializeOwned>(line: &[u8]) -> Option<T> {
    serde_json::from_slice(line).ok()
}
