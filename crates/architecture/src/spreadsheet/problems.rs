//! What is wrong with single cells and rows of a readable file: each with its place, its words and a next step.

use std::{fmt, str::FromStr};

use serde::Serialize;
use web::say;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something is left out until it is corrected.
    MustFix,
    /// It is read, and may not be what was meant.
    Check,
    /// Good to know.
    Information,
}

impl Severity {
    /// The stable word: `must_fix`, `check`, `information`.
    pub fn word(self) -> &'static str {
        match self {
            Severity::MustFix => "must_fix",
            Severity::Check => "check",
            Severity::Information => "information",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverity;
    fn from_str(word: &str) -> Result<Self, UnknownSeverity> {
        let all = [Severity::MustFix, Severity::Check, Severity::Information];
        let found = all.into_iter().find(|severity| severity.word() == word);
        found.ok_or_else(|| UnknownSeverity(word.chars().take(40).collect()))
    }
}

/// A word that names no severity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not one of must_fix, check, information")]
pub struct UnknownSeverity(String);

/// One problem at one place. Its words may repeat what a cell says, a person's name included: for the organisation only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of problem, as a stable word: `date_not_understood`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The sheet's name.
    pub sheet: String,
    /// The row, counted from 1; none where the whole column or sheet is meant.
    pub row: Option<u32>,
    /// The column's letters; none where the whole row or sheet is meant.
    pub column: Option<String>,
    /// The column's heading.
    pub heading: Option<String>,
    /// The text as sent, shortened; none where no text is meant.
    pub text: Option<String>,
    /// What is wrong and what we do with it.
    pub message: String,
    /// What to do.
    pub next_step: String,
}

impl Problem {
    /// The place in words: `Systems, row 41, column F "Contract end"`.
    pub fn place(&self) -> String {
        let sheet = self.sheet.as_str();
        let row = self.row.map(|row| row.to_string());
        let heading = self.heading.as_deref().filter(|heading| !heading.is_empty());
        match (row, self.column.as_deref(), heading) {
            (None, None, _) => sheet.to_owned(),
            (Some(row), None, _) => say!("{sheet}, row {row}", sheet = sheet, row = row),
            (None, Some(column), None) => say!("{sheet}, column {column}", sheet = sheet, column = column),
            (None, Some(column), Some(heading)) => {
                say!("{sheet}, column {column} \"{heading}\"", sheet = sheet, column = column, heading = heading)
            }
            (Some(row), Some(column), None) => {
                say!("{sheet}, row {row}, column {column}", sheet = sheet, row = row, column = column)
            }
            (Some(row), Some(column), Some(heading)) => say!(
                "{sheet}, row {row}, column {column} \"{heading}\"",
                sheet = sheet,
                row = row,
                column = column,
                heading = heading
            ),
        }
    }
}

impl fmt::Display for Problem {
    /// Place, message and next step in one paragraph.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.place(), self.message, self.next_step)
    }
}

/// At most `most` characters, the last of them "…" when something was left out.
pub(super) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
            short.push('\u{2026}');
            short
        }
    }
}

/// A text in quotation marks, made visible and shortened for a message.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", shorten(&super::clean::line(&super::clean::visible(text)), 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_people_need_it() {
        let problem = Problem {
            code: "date_not_understood",
            severity: Severity::MustFix,
            sheet: "Systems".into(),
            row: Some(41),
            column: Some("F".into()),
            heading: Some("Contract end".into()),
            text: Some("31/02/2027".into()),
            message: "\"31/02/2027\" is not a date.".into(),
            next_step: "Correct it in the file.".into(),
        };
        assert_eq!(
            problem.to_string(),
            "Systems, row 41, column F \"Contract end\": \"31/02/2027\" is not a date. Correct it in the file."
        );
        assert_eq!(shorten("abcdef", 4), "abc\u{2026}");
        assert_eq!(shorten("abcd", 4), "abcd");
    }
}
