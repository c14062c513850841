//! Files of the same make as a backup, with chosen rows only: what one of many who share a database takes along.
//!
//! Whoever calls says which rows, and whose they are. The file is read and verified as a backup is, line by line.

use std::path::Path;

use super::read::{Found, visit};
use super::write::written;
use super::{Manifest, Refused, Sort, Step};
use crate::migration;
use crate::{Error, Store, Table, Transaction, Value};

/// Rows that go into a file, under the name and with the columns of a table.
#[derive(Clone, Debug)]
pub struct Part {
    pub(super) table: Table,
    pub(super) rows: Rows,
}

/// Where the rows of a part are.
#[derive(Clone, Debug)]
pub(super) enum Rows {
    /// Read by a statement with its parameters.
    Read(String, Vec<Value>),
    /// At hand.
    Given(Vec<Vec<Value>>),
}

impl Part {
    /// The rows of a table that meet a condition with these parameters, in the order of its key.
    #[must_use]
    pub fn of(table: Table, condition: &str, parameters: Vec<Value>) -> Part {
        Part { rows: Rows::Read(table.select_where(condition), parameters), table }
    }

    /// Rows that a statement reads, which gives them in the columns and the order of `table`.
    #[must_use]
    pub fn read_by(table: Table, sql: String, parameters: Vec<Value>) -> Part {
        Part { table, rows: Rows::Read(sql, parameters) }
    }

    /// Rows that are at hand, in the order of the key.
    #[must_use]
    pub fn given(table: Table, rows: Vec<Vec<Value>>) -> Part {
        Part { table, rows: Rows::Given(rows) }
    }
}

/// What a file says of itself before its parts.
#[derive(Clone, Debug)]
pub struct Title {
    /// What sort of file it is.
    pub sort: Sort,
    /// Whose the parts are, for what is not all there is.
    pub of: Option<String>,
    /// Which program writes it.
    pub program: String,
    /// The moment, as that program says.
    pub made_at: String,
}

/// Writes the parts that `choose` chooses, all of one moment, into a file. The parts are put in the order of their names.
/// As with [`write`](super::write), the file appears when it is whole, and only its owner may read it.
///
/// # Errors
/// Those of `choose`, [`Refused::File`] and those of the database.
pub fn write_parts<E>(
    store: &Store,
    path: &Path,
    title: Title,
    mut choose: impl FnMut(&mut Transaction<'_>) -> Result<Vec<Part>, E> + Send + 'static,
) -> Result<(Manifest, u64), E>
where
    E: From<Refused> + From<Error> + Send + 'static,
{
    written(store, path, title, move |tx| {
        let mut parts = choose(tx)?;
        parts.sort_by(|a, b| a.table.name.cmp(&b.table.name));
        Ok(parts)
    })
}

/// Reads such a file and gives what is found to `found`. What was given is trustworthy only when this returns `Ok`.
///
/// # Errors
/// As [`verify`](super::verify); those of `found`.
pub fn read_parts(
    path: &Path,
    sort: Sort,
    found: impl FnMut(Found<'_>) -> Result<(), Refused>,
) -> Result<Manifest, Refused> {
    visit(path, sort, found)
}

/// The migrations that have been applied to a database, as a file tells them.
///
/// # Errors
/// Those of the database.
pub fn steps(tx: &mut Transaction<'_>) -> Result<Vec<Step>, Error> {
    Ok(migration::applied(tx)?.iter().map(super::write::step).collect())
}

/// Puts rows that were read from a file into the table of the same name and columns.
///
/// # Errors
/// Those of the database.
pub fn insert_rows(tx: &mut Transaction<'_>, table: &Table, rows: Vec<Vec<Value>>) -> Result<(), Error> {
    let quoted = |name: &str| format!("\"{name}\"");
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    tx.insert_rows(&quoted(&table.name), &columns, rows.into_iter())?;
    Ok(())
}
