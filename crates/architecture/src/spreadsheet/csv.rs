//! Separated values as councils export them: any of four encodings, any of four separators, quoted line breaks.
//!
//! The reader is our own and not the `csv` crate, for three things that the crate does not tell: row numbers as a
//! spreadsheet program shows them (blank lines count), a quotation mark that is never closed, and limits that hold
//! while a row is read and not after it. There is no escape but the doubled quotation mark.

use super::{Cell, CellKind, Format, Limits, Sheet, SheetRow, Unreadable, Workbook, letters, limits::Budget, text};

const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];
/// How much of the text is looked at to find the separator.
const SNIFFED_CHARACTERS: usize = 64 * 1024;

/// Reads text as one sheet named after the file.
pub(super) fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Workbook, Unreadable> {
    let (decoded, encoding) = text::decode(bytes)?;
    let mut content = decoded.as_str();
    let mut first_row = 1;
    // Excel's own hint, a first line "sep=;", is no row of the table but counts as a line.
    let mut separator = None;
    if let Some(rest) = content.strip_prefix("sep=") {
        let mut characters = rest.chars();
        separator = characters.next().filter(|hint| SEPARATORS.contains(hint));
        if separator.is_some() {
            let line = characters.as_str();
            content = line.strip_prefix("\r\n").or_else(|| line.strip_prefix('\n')).unwrap_or(line);
            first_row = 2;
        }
    }
    let separator = separator.unwrap_or_else(|| sniff(content));
    let title = sheet_name(name);
    let mut reading = Reading {
        sheet: &title,
        budget: Budget::new(limits),
        rows: Vec::new(),
        cells: Vec::new(),
        row: first_row,
        column: 0,
        widths: Widths::default(),
    };
    reading.all(content, separator)?;
    let rows = reading.rows;
    if rows.is_empty() {
        return Err(Unreadable::Empty);
    }
    let sheet = Sheet { name: title, hidden: false, rows, merged: Vec::new(), fills: Vec::new() };
    Ok(Workbook {
        name: name.to_owned(),
        format: Format::Csv { encoding, separator },
        from_1904: false,
        sheets: vec![sheet],
        absent: Vec::new(),
    })
}

/// `estate.csv` gives `estate`; a name with folders in it gives its last part.
fn sheet_name(file: &str) -> String {
    let last = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let stem: String = stem.chars().filter(|c| !c.is_control()).take(80).collect();
    match stem.trim() {
        "" => "Sheet".to_owned(),
        stem => stem.to_owned(),
    }
}

/// The separator that splits the most lines of the beginning into the same number of values, at least two.
fn sniff(content: &str) -> char {
    let start: String = content.chars().take(SNIFFED_CHARACTERS).collect();
    let score = |separator: char| {
        let mut counts: Vec<usize> = Vec::new();
        let (mut count, mut quoted) = (0, false);
        for character in start.chars() {
            match character {
                '"' => quoted = !quoted,
                '\n' if !quoted => counts.push(std::mem::take(&mut count)),
                other if other == separator && !quoted => count += 1,
                _ => {}
            }
        }
        counts.push(count);
        counts.retain(|count| *count > 0);
        counts.sort_unstable();
        let most = counts.chunk_by(|a, b| a == b).max_by_key(|same| (same.len(), same.first().copied()));
        most.map_or((0, 0), |same| (same.len(), same.first().copied().unwrap_or(0)))
    };
    // A tie goes to the first of the list, the comma.
    let best = SEPARATORS.into_iter().rev().max_by_key(|separator| score(*separator));
    best.unwrap_or(',')
}

/// How many values the rows have, to notice a last row that was cut off.
#[derive(Default)]
struct Widths {
    rows: usize,
    common: u32,
    all_alike: bool,
    last: u32,
}

impl Widths {
    fn row(&mut self, width: u32) {
        if self.rows > 0 {
            if self.rows == 1 {
                (self.common, self.all_alike) = (self.last, true);
            } else {
                self.all_alike &= self.common == self.last;
            }
        }
        self.last = width;
        self.rows += 1;
    }

    /// The last row is shorter than all others, which are alike. Callers know that no line break follows it.
    fn last_is_short(&self) -> bool {
        self.rows >= 3 && self.all_alike && self.last < self.common
    }
}

struct Reading<'a> {
    sheet: &'a str,
    budget: Budget<'a>,
    rows: Vec<SheetRow>,
    cells: Vec<Cell>,
    row: u32,
    column: u32,
    widths: Widths,
}

impl Reading<'_> {
    fn all(&mut self, content: &str, separator: char) -> Result<(), Unreadable> {
        let mut value = String::new();
        // In quotes; just after a closing quotation mark; at the start of a value.
        let (mut quoted, mut closed, mut fresh) = (false, false, true);
        let mut characters = content.chars().peekable();
        let mut length = 0;
        while let Some(character) = characters.next() {
            if quoted {
                match character {
                    '"' if characters.peek() == Some(&'"') => {
                        characters.next();
                    }
                    '"' => {
                        (quoted, closed) = (false, true);
                        continue;
                    }
                    '\r' if characters.peek() == Some(&'\n') => continue,
                    _ => {}
                }
            } else {
                match character {
                    '"' if fresh && !closed => {
                        (quoted, fresh) = (true, false);
                        continue;
                    }
                    '\r' if characters.peek() == Some(&'\n') => continue,
                    '\n' | '\r' => {
                        self.value(&mut value)?;
                        self.end_row()?;
                        (closed, fresh, length) = (false, true, 0);
                        continue;
                    }
                    other if other == separator => {
                        self.value(&mut value)?;
                        self.column += 1;
                        (closed, fresh, length) = (false, true, 0);
                        continue;
                    }
                    _ => fresh = false,
                }
            }
            length += 1;
            if length > self.budget.limits.cell_characters {
                return Err(Unreadable::CellTooLong {
                    sheet: self.sheet.to_owned(),
                    row: self.row,
                    column: letters(self.column),
                    limit: self.budget.limits.cell_characters,
                });
            }
            value.push(character);
        }
        if quoted {
            let place = format!("inside a quoted value in row {}", self.row);
            return Err(Unreadable::CutOff(place));
        }
        let unfinished = self.column > 0 || !value.is_empty();
        if unfinished {
            let row = self.row;
            self.value(&mut value)?;
            self.end_row()?;
            if self.widths.last_is_short() {
                return Err(Unreadable::CutOff(format!("in the middle of row {row}")));
            }
        }
        Ok(())
    }

    fn value(&mut self, value: &mut String) -> Result<(), Unreadable> {
        if value.chars().all(char::is_whitespace) {
            value.clear();
            return Ok(());
        }
        let limits = self.budget.limits;
        if self.column >= limits.columns {
            return Err(Unreadable::TooManyColumns {
                sheet: self.sheet.to_owned(),
                row: self.row,
                column: letters(self.column),
                limit: limits.columns,
            });
        }
        self.budget.take_cell(value.len()).map_err(|spent| Unreadable::from_spent(spent, limits))?;
        self.cells.push(Cell {
            column: self.column,
            text: std::mem::take(value),
            kind: CellKind::Text,
            formula: false,
            repeated: false,
        });
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Unreadable> {
        let width = self.column + 1;
        let blank = width == 1 && self.cells.is_empty();
        if !blank {
            self.widths.row(width);
        }
        if !self.cells.is_empty() {
            if self.rows.len() >= self.budget.limits.rows {
                return Err(Unreadable::TooManyRows { sheet: self.sheet.to_owned(), limit: self.budget.limits.rows });
            }
            self.rows.push(SheetRow { number: self.row, cells: std::mem::take(&mut self.cells) });
        }
        self.row = self.row.saturating_add(1);
        self.column = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]
    use super::*;

    fn table(content: &str) -> Vec<(u32, Vec<String>)> {
        let book = read("a.csv", content.as_bytes(), &Limits::default()).unwrap();
        let texts = |row: &SheetRow| row.cells.iter().map(|cell| cell.text.clone()).collect();
        book.sheets[0].rows.iter().map(|row| (row.number, texts(row))).collect()
    }

    fn separator(content: &str) -> char {
        match read("a.csv", content.as_bytes(), &Limits::default()).unwrap().format {
            Format::Csv { separator, .. } => separator,
            other => panic!("not text: {other:?}"),
        }
    }

    fn refusal(content: &str) -> Unreadable {
        read("a.csv", content.as_bytes(), &Limits::default()).unwrap_err()
    }

    #[test]
    fn quotes_blank_lines_and_line_breaks() {
        let content = "System,Notes\r\n\r\n\"Bin, rounds\",\"line 1\r\nline \"\"2\"\"\"\r\n5\" disk,b\n";
        let expected = vec![
            (1, vec!["System".to_owned(), "Notes".to_owned()]),
            (3, vec!["Bin, rounds".to_owned(), "line 1\nline \"2\"".to_owned()]),
            (4, vec!["5\" disk".to_owned(), "b".to_owned()]),
        ];
        assert_eq!(table(content), expected);
    }

    #[test]
    fn separators_are_found() {
        assert_eq!(separator("a;b;c\n1,5;2,5;3\n"), ';');
        assert_eq!(separator("a\tb\n1, 2, 3\tx\n"), '\t');
        assert_eq!(separator("System,Notes\nA,one; two; three\nB,four; five\nC,six\n"), ',');
        assert_eq!(separator("Our systems\nSystem;Notes\nA;one, two\nB;three, four\n"), ';');
        assert_eq!(separator("a|b\n1|2\n"), '|');
        assert_eq!(separator("sep=;\na;b\n"), ';');
        assert_eq!(separator("System\nA\nB\n"), ',');
    }

    #[test]
    fn the_separator_hint_counts_as_a_line() {
        assert_eq!(table("sep=;\nSystem;Supplier\n")[0].0, 2);
    }

    #[test]
    fn a_cut_off_file_is_noticed() {
        assert_eq!(refusal("a,b\n1,2\n3,\"stops he").code(), "cut_off");
        assert_eq!(refusal("a,b,c\n1,2,3\n4,5"), Unreadable::CutOff("in the middle of row 3".into()));
        assert_eq!(table("a,b,c\n1,2,3\n4,5,6").len(), 3);
        assert_eq!(table("a,b,c\n1,2\n4,5").len(), 3, "ragged files are as they are");
    }

    #[test]
    fn limits_hold_while_reading() {
        assert_eq!(refusal(&"x,".repeat(100_000)).code(), "too_many_columns");
        assert_eq!(refusal(&format!("a,b\n{},c\n", "x".repeat(10 * 1024 * 1024))).code(), "cell_too_long");
        assert_eq!(refusal(&"a\n".repeat(50_001)).code(), "too_many_rows");
        let empty_columns = format!("a,b{}\n1,2\n", ",".repeat(100_000));
        assert_eq!(table(&empty_columns).len(), 2, "empty columns hold nothing and cost nothing");
    }

    #[test]
    fn the_sheet_is_named_after_the_file() {
        assert_eq!(sheet_name("C:\\files\\estate 2026.v2.csv"), "estate 2026.v2");
        assert_eq!(sheet_name("../../etc/passwd"), "passwd");
        assert_eq!(sheet_name(".csv"), "Sheet");
    }
}
