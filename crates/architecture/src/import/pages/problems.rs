//! Problems of a file as pages and downloads show them, before and after it was applied.

use serde::Serialize;
use web::{Cell, Table, say};

use crate::import::store::ProblemRow;
use crate::spreadsheet::{Problem, Severity};

/// One problem at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// must_fix, check or information.
    pub severity: String,
    /// Stable word for the sort of problem.
    pub code: String,
    /// The sheet's name.
    pub sheet: String,
    /// The row, from 1; none where the whole column or sheet is meant.
    pub row: Option<i64>,
    /// The column's letters; none where the whole row or sheet is meant.
    pub column: Option<String>,
    /// The column's heading.
    pub heading: Option<String>,
    /// The text as sent.
    pub text: Option<String>,
    /// What is the matter, and what we do with it.
    pub message: String,
    /// What to do.
    pub next_step: String,
    /// Where it is, in words: `Systems, row 41, column F "Contract end"`.
    pub place: String,
}

impl From<&Problem> for Trouble {
    fn from(problem: &Problem) -> Trouble {
        Trouble {
            severity: problem.severity.word().to_owned(),
            code: problem.code.to_owned(),
            sheet: problem.sheet.clone(),
            row: problem.row.map(i64::from),
            column: problem.column.clone(),
            heading: problem.heading.clone(),
            text: problem.text.clone(),
            message: problem.message.clone(),
            next_step: problem.next_step.clone(),
            place: String::new(),
        }
        .placed()
    }
}

impl From<ProblemRow> for Trouble {
    fn from(row: ProblemRow) -> Trouble {
        Trouble {
            severity: row.severity,
            code: row.code,
            sheet: row.sheet,
            row: row.row,
            column: row.column,
            heading: row.heading,
            text: row.text,
            message: row.message,
            next_step: row.next_step,
            place: String::new(),
        }
        .placed()
    }
}

impl Trouble {
    fn placed(mut self) -> Trouble {
        let sheet = self.sheet.as_str();
        self.place = match (self.row.map(|row| row.to_string()), self.column.as_deref(), self.heading.as_deref()) {
            (Some(row), Some(column), Some(heading)) if !heading.is_empty() => {
                say!(
                    "{sheet}, row {row}, column {column} \"{heading}\"",
                    sheet = sheet,
                    row = row,
                    column = column,
                    heading = heading
                )
            }
            (Some(row), Some(column), _) => {
                say!("{sheet}, row {row}, column {column}", sheet = sheet, row = row, column = column)
            }
            (Some(row), None, _) => say!("{sheet}, row {row}", sheet = sheet, row = row),
            (None, Some(column), Some(heading)) if !heading.is_empty() => {
                say!("{sheet}, column {column} \"{heading}\"", sheet = sheet, column = column, heading = heading)
            }
            (None, Some(column), _) => say!("{sheet}, column {column}", sheet = sheet, column = column),
            (None, None, _) => sheet.to_owned(),
        };
        self
    }
}

/// How many problems there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Severities {
    /// Something is left out until it is corrected.
    pub must_fix: usize,
    /// Read, and perhaps not what was meant.
    pub check: usize,
    /// Good to know.
    pub information: usize,
}

impl Severities {
    /// Counts them.
    pub fn of(problems: &[Trouble]) -> Severities {
        let count = |severity: Severity| problems.iter().filter(|problem| problem.severity == severity.word()).count();
        Severities {
            must_fix: count(Severity::MustFix),
            check: count(Severity::Check),
            information: count(Severity::Information),
        }
    }
}

/// Problems as a file.
pub fn table(name: String, problems: &[Trouble]) -> Table {
    let row = |problem: &Trouble| {
        vec![
            Cell::from(problem.severity.as_str()),
            Cell::from(problem.sheet.as_str()),
            problem.row.map_or(Cell::Empty, Cell::Integer),
            Cell::from(problem.column.clone()),
            Cell::from(problem.heading.clone()),
            Cell::from(problem.text.clone()),
            Cell::from(problem.message.as_str()),
            Cell::from(problem.next_step.as_str()),
            Cell::from(problem.code.as_str()),
        ]
    };
    Table {
        name,
        columns: vec!["severity", "sheet", "row", "column", "heading", "text", "message", "next_step", "code"],
        rows: problems.iter().map(row).collect(),
    }
}
