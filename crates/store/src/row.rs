//! One row of an answer, read by position. What is read as a whole number must be one: nothing is converted silently.

use crate::{Error, Value, postgres};
use rusqlite::types::ValueRef;

/// A row, valid while its callback runs. Columns count from 0.
pub struct Row<'a> {
    pub(crate) source: Source<'a>,
}

pub(crate) enum Source<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a ::postgres::Row),
}

/// What either engine hands over.
pub(crate) enum Cell<'a> {
    Null,
    Text(&'a str),
    Integer(i64),
    Real(f64),
    Bytes(&'a [u8]),
}

impl Cell<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Null => "nothing (NULL)",
            Self::Text(_) => "a text",
            Self::Integer(_) => "a whole number",
            Self::Real(_) => "a real number",
            Self::Bytes(_) => "bytes",
        }
    }
}

impl Row<'_> {
    /// A text.
    ///
    /// # Errors
    /// [`Error::Type`] when the column holds something else, or nothing.
    pub fn text(&self, column: usize) -> Result<String, Error> {
        self.present(column, self.optional_text(column)?, "a text")
    }

    /// A text, or nothing.
    ///
    /// # Errors
    /// [`Error::Type`] when the column holds something else.
    pub fn optional_text(&self, column: usize) -> Result<Option<String>, Error> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text.to_owned())),
            other => Err(unexpected(column, "a text", &other)),
        }
    }

    /// A text, or nothing, without a copy of it: for answers of tens of thousands of rows.
    ///
    /// # Errors
    /// [`Error::Type`] when the column holds something else.
    pub fn optional_str(&self, column: usize) -> Result<Option<&str>, Error> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            other => Err(unexpected(column, "a text", &other)),
        }
    }

    /// A text without a copy of it.
    ///
    /// # Errors
    /// [`Error::Type`] when the column holds something else, or nothing.
    pub fn str(&self, column: usize) -> Result<&str, Error> {
        self.present(column, self.optional_str(column)?, "a text")
    }

    /// A whole number. The answer of a comparison is 0 or 1.
    ///
    /// # Errors
    /// [`Error::Type`] when the column holds something else, or nothing.
    pub fn integer(&self, column: usize) -> Result<i64, Error> {
        self.present(column, self.optional_integer(column)?, "a whole number")
    }

    /// A whole number, or nothing.
    ///
    /// # Errors
    /// [`Error::Type`] when the column holds something else.
    pub fn optional_integer(&self, column: usize) -> Result<Option<i64>, Error> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Integer(number) => Ok(Some(number)),
            other => Err(unexpected(column, "a whole number", &other)),
        }
    }

    /// A real number. A whole number is one too.
    ///
    /// # Errors
    /// [`Error::Type`] when the column holds something else, or nothing.
    pub fn real(&self, column: usize) -> Result<f64, Error> {
        self.present(column, self.optional_real(column)?, "a number")
    }

    /// A real number, or nothing.
    ///
    /// # Errors
    /// [`Error::Type`] when the column holds something else.
    pub fn optional_real(&self, column: usize) -> Result<Option<f64>, Error> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Real(number) => Ok(Some(number)),
            Cell::Integer(number) => Ok(Some(number as f64)),
            other => Err(unexpected(column, "a number", &other)),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// [`Error::Type`] when the column holds something else, or nothing.
    pub fn bytes(&self, column: usize) -> Result<Vec<u8>, Error> {
        self.present(column, self.optional_bytes(column)?, "bytes")
    }

    /// Bytes, or nothing.
    ///
    /// # Errors
    /// [`Error::Type`] when the column holds something else.
    pub fn optional_bytes(&self, column: usize) -> Result<Option<Vec<u8>>, Error> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Bytes(bytes) => Ok(Some(bytes.to_vec())),
            other => Err(unexpected(column, "bytes", &other)),
        }
    }

    /// A `BIGINT` of 0 or 1, or the answer of a comparison.
    ///
    /// # Errors
    /// [`Error::Type`] when the column holds something else, or nothing.
    pub fn flag(&self, column: usize) -> Result<bool, Error> {
        match self.integer(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Error::Type {
                place: place(column),
                message: "0 or 1 was expected, and another number was found".to_owned(),
            }),
        }
    }

    /// Whatever it holds.
    ///
    /// # Errors
    /// [`Error::Type`] when the engine answers with a type that no migration makes.
    pub(crate) fn value(&self, column: usize) -> Result<Value, Error> {
        Ok(match self.cell(column)? {
            Cell::Null => Value::Null,
            Cell::Text(text) => Value::Text(text.to_owned()),
            Cell::Integer(number) => Value::Integer(number),
            Cell::Real(number) => Value::Real(number),
            Cell::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
        })
    }

    fn present<T>(&self, column: usize, value: Option<T>, wanted: &str) -> Result<T, Error> {
        value.ok_or_else(|| unexpected(column, wanted, &Cell::Null))
    }

    fn cell(&self, column: usize) -> Result<Cell<'_>, Error> {
        match self.source {
            Source::Postgres(row) => postgres::cell(row, column),
            Source::Sqlite(row) => match row.get_ref(column) {
                Ok(ValueRef::Null) => Ok(Cell::Null),
                Ok(ValueRef::Integer(number)) => Ok(Cell::Integer(number)),
                Ok(ValueRef::Real(number)) => Ok(Cell::Real(number)),
                Ok(ValueRef::Blob(bytes)) => Ok(Cell::Bytes(bytes)),
                Ok(ValueRef::Text(text)) => match std::str::from_utf8(text) {
                    Ok(text) => Ok(Cell::Text(text)),
                    Err(_) => Err(Error::Type { place: place(column), message: "the text is not UTF-8".to_owned() }),
                },
                Err(_) => Err(no_such_column(column)),
            },
        }
    }
}

pub(crate) fn place(column: usize) -> String {
    format!("column {column} of the answer")
}

pub(crate) fn no_such_column(column: usize) -> Error {
    Error::Type { place: place(column), message: "the answer has fewer columns; they count from 0".to_owned() }
}

fn unexpected(column: usize, wanted: &str, found: &Cell<'_>) -> Error {
    Error::Type { place: place(column), message: format!("{wanted} was expected, and {} was found", found.name()) }
}
