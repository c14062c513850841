//! Files as tables: records one after another, in bounded memory however large the file is.
//!
//! It knows no schema. What a cell means, `schema` says.

pub mod text;

use std::io;

/// Bytes of the longest record.
pub const LONGEST_RECORD: usize = 1 << 20;
/// Fields of the widest record.
pub const MOST_FIELDS: usize = 1_000;

/// Why a file cannot be read on. Nothing after it can be told apart, so nothing of the file is taken.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A record that does not end.
    #[error("the record that begins on line {line} is longer than 1 MB; often a quotation mark is not closed there")]
    RecordTooLong {
        /// Where it begins, from 1.
        line: u64,
    },
    /// More fields than any register has.
    #[error("the record on line {line} has more than {MOST_FIELDS} fields")]
    TooManyFields {
        /// Where it begins.
        line: u64,
    },
    /// A quotation mark that is never closed.
    #[error("a quotation mark in field {field} of the record that begins on line {line} is not closed")]
    Unclosed {
        /// Where the record begins.
        line: u64,
        /// Which field, from 1.
        field: usize,
    },
    /// Bytes that are no text.
    #[error("field {field} of the record on line {line} is not UTF-8; save the file as UTF-8")]
    NotUtf8 {
        /// Where the record begins.
        line: u64,
        /// Which field, from 1.
        field: usize,
    },
    /// A zero byte, which no text has.
    #[error("field {field} of the record on line {line} holds a zero byte; the file is damaged, or no text")]
    Nul {
        /// Where the record begins.
        line: u64,
        /// Which field, from 1.
        field: usize,
    },
    /// The file ends before its first record.
    #[error("the file is empty")]
    Empty,
    /// The operating system did not give it.
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// One record, until the next is read.
#[derive(Clone, Copy, Debug)]
pub struct Record<'r> {
    /// The line on which it begins, from 1.
    pub line: u64,
    text: &'r str,
    /// Where each field ends.
    ends: &'r [usize],
}

impl<'r> Record<'r> {
    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A field, from 0.
    pub fn field(&self, at: usize) -> Option<&'r str> {
        let start = if at == 0 { 0 } else { *self.ends.get(at - 1)? };
        self.text.get(start..*self.ends.get(at)?)
    }

    /// All fields.
    pub fn fields(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        let Record { text, ends, .. } = *self;
        let starts = std::iter::once(0).chain(ends.iter().copied());
        starts.zip(ends).map(move |(start, end)| text.get(start..*end).unwrap_or_default())
    }
}
