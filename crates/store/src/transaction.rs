//! One transaction as its closure sees it: statements in, rows out, the same on both engines.
//!
//! It cannot commit or roll back: that follows from what the closure returns. After the engine has refused a statement,
//! PostgreSQL answers nothing more within the transaction and SQLite would go on; here both stop.

use crate::position::Position;
use crate::postgres::Trouble;
use crate::row::Row;
use crate::sql::{MOST_PARAMETERS, Numbered, number};
use crate::{Engine, Error, Value, postgres, sqlite};
use std::collections::HashMap;
use std::ops::ControlFlow;

/// A transaction that is open now. Given to the closures of [`Store::read`](crate::Store::read) and
/// [`Store::write`](crate::Store::write).
pub struct Transaction<'a> {
    link: Link<'a>,
    refused: Option<Error>,
    announced: bool,
}

/// The open transaction of one engine. Dropped without [`Link::commit`], it is rolled back.
pub(crate) enum Link<'a> {
    Sqlite(sqlite::Open<'a>),
    Postgres(postgres::Open<'a>),
}

impl Link<'_> {
    pub(crate) fn commit(self) -> Result<(), (Error, Option<Trouble>)> {
        match self {
            Self::Sqlite(open) => open.commit().map_err(|error| (error, None)),
            Self::Postgres(open) => open.commit(),
        }
    }

    /// Whether a statement has met trouble that running everything again may cure. SQLite has none: it has one writer.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(open) => open.trouble(),
        }
    }

    fn run(
        &mut self,
        sql: &str,
        parameters: &[Value],
        row: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>,
    ) -> Result<u64, Error> {
        match self {
            Self::Sqlite(open) => open.run(sql, parameters, row),
            Self::Postgres(open) => open.run(sql, parameters, row),
        }
    }
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(link: Link<'a>) -> Self {
        Self { link, refused: None, announced: false }
    }

    /// The transaction of the engine, the error that spoiled it, if one did, and whether its commit is to be announced.
    pub(crate) fn end(self) -> (Link<'a>, Option<Error>, bool) {
        (self.link, self.refused, self.announced)
    }

    /// Wakes whoever waits at [`Store::announcements`](crate::Store::announcements) once this transaction is committed,
    /// and not at all when it is rolled back.
    pub fn announce(&mut self) {
        self.announced = true;
    }

    /// Which engine runs this transaction. For what truly differs; no subject asks.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self.link {
            Link::Sqlite(_) => Engine::Sqlite,
            Link::Postgres(_) => Engine::Postgres,
        }
    }

    /// How many bytes the database takes, as its engine says.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub fn database_bytes(&mut self) -> Result<u64, Error> {
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            Engine::Postgres => "SELECT pg_database_size(current_database())",
        };
        let bytes = self.query_one(sql, &[], |row| row.integer(0))?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }

    /// How far the server has come, on PostgreSQL: everything that this transaction shows was committed before.
    pub(crate) fn position(&mut self) -> Result<Position, Error> {
        let columns =
            self.query_one(postgres::POSITION, &[], |row| Ok((row.optional_text(0)?, row.optional_text(1)?)))?;
        postgres::position(columns.0, columns.1)
    }

    /// Runs a statement and says how many rows it inserted, changed, deleted or returned.
    ///
    /// # Errors
    /// [`Error::Conflict`] when a unique key would be given twice, [`Error::NulByte`] and [`Error::Type`] for parameters
    /// that cannot be stored, [`Error::Engine`] for anything else. After an error of the engine nothing more can be done
    /// in this transaction, and it is rolled back even if the closure returns `Ok`.
    pub fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64, Error> {
        self.run(sql, parameters, &mut |_| ControlFlow::Continue(()))
    }

    /// All rows that a statement returns, each through `row`.
    ///
    /// # Errors
    /// As [`execute`](Self::execute), and whatever `row` returns.
    pub fn query<T>(
        &mut self,
        sql: &str,
        parameters: &[Value],
        mut row: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        self.each(sql, parameters, |found| {
            rows.push(row(found)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The one row that a statement returns, or `None`.
    ///
    /// # Errors
    /// As [`query`](Self::query), and [`Error::TooMany`] when there is a second row.
    pub fn query_optional<T>(
        &mut self,
        sql: &str,
        parameters: &[Value],
        mut row: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let mut only = None;
        self.each(sql, parameters, |found| {
            if only.is_some() {
                return Err(Error::TooMany);
            }
            only = Some(row(found)?);
            Ok(())
        })?;
        Ok(only)
    }

    /// The one row that a statement returns.
    ///
    /// # Errors
    /// As [`query_optional`](Self::query_optional), and [`Error::Missing`] when there is none.
    pub fn query_one<T>(
        &mut self,
        sql: &str,
        parameters: &[Value],
        row: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.query_optional(sql, parameters, row)?.ok_or(Error::Missing)
    }

    /// Gives each row to `row` as it comes, so that memory stays small however many there are. The first error ends it.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub fn each(
        &mut self,
        sql: &str,
        parameters: &[Value],
        mut row: impl FnMut(&Row<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut stopped = Ok(());
        self.run(sql, parameters, &mut |found| match row(found) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                stopped = Err(error);
                ControlFlow::Break(())
            }
        })?;
        stopped
    }

    /// Inserts rows, each with a value for every column, and says how many. Names come from the program, never from input.
    ///
    /// PostgreSQL gets many rows in a statement, below the limit on parameters; SQLite gets one prepared statement again
    /// and again, which is as fast there. Rows are taken from the iterator as they are needed.
    ///
    /// # Errors
    /// As [`execute`](Self::execute); nothing of the transaction remains then.
    pub fn insert_many(
        &mut self,
        table: &'static str,
        columns: &[&'static str],
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> Result<u64, Error> {
        self.insert_rows(table, columns, rows)
    }

    /// As [`insert_many`](Self::insert_many), for names that the engine itself has told.
    pub(crate) fn insert_rows(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: impl Iterator<Item = Vec<Value>>,
    ) -> Result<u64, Error> {
        let most = match self.engine() {
            Engine::Sqlite => 1,
            Engine::Postgres => (MOST_PARAMETERS / columns.len().max(1)).clamp(1, ROWS_AT_ONCE),
        };
        let mut inserted = 0;
        let mut waiting: Vec<Value> = Vec::new();
        let mut full = None;
        for row in rows {
            if row.len() != columns.len() {
                return Err(Error::Type {
                    place: format!("table {table}"),
                    message: format!("a row of {} values for {} columns", row.len(), columns.len()),
                });
            }
            for (value, column) in row.iter().zip(columns) {
                value.admit(|| format!("column {column} of {table}"))?;
            }
            waiting.extend(row);
            if waiting.len() == most * columns.len() {
                let sql = full.get_or_insert_with(|| insertion(table, columns, most));
                inserted += self.execute(sql, &waiting)?;
                waiting.clear();
            }
        }
        if !waiting.is_empty() {
            let sql = insertion(table, columns, waiting.len() / columns.len());
            inserted += self.execute(&sql, &waiting)?;
        }
        Ok(inserted)
    }

    /// Runs a statement of a migration, which has no parameters and is not kept ready.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), Error> {
        let done = match &mut self.link {
            Link::Sqlite(open) => open.batch(sql),
            Link::Postgres(open) => open.batch(sql),
        };
        if let Err(error) = &done {
            self.refused = Some(error.clone());
        }
        done
    }

    fn run(
        &mut self,
        sql: &str,
        parameters: &[Value],
        row: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>,
    ) -> Result<u64, Error> {
        if self.refused.is_some() {
            return Err(Error::refused(
                "an earlier statement of this transaction failed, so nothing more can be done in it",
            ));
        }
        for (at, value) in parameters.iter().enumerate() {
            value.admit(|| format!("parameter ${}", at + 1))?;
        }
        let done = self.link.run(sql, parameters, row);
        if let Err(error) = &done {
            self.refused = Some(error.clone());
        }
        done
    }
}

/// More rows in one statement gain nothing that can be measured.
const ROWS_AT_ONCE: usize = 500;

fn insertion(table: &str, columns: &[&str], rows: usize) -> String {
    let mut sql = format!("INSERT INTO {table} ({}) VALUES ", columns.join(", "));
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns.len() {
            if column > 0 {
                sql.push_str(", ");
            }
            sql.push('$');
            sql.push_str(&(row * columns.len() + column + 1).to_string());
        }
        sql.push(')');
    }
    sql
}

/// The numbered form of the statements that a connection has met. Bounded, because filters make many statements.
#[derive(Default)]
pub(crate) struct Numbering {
    known: HashMap<String, Numbered>,
}

impl Numbering {
    /// The numbered form, after a check that as many parameters were given as the statement takes.
    pub(crate) fn of(&mut self, sql: &str, given: usize) -> Result<&Numbered, Error> {
        if !self.known.contains_key(sql) {
            if self.known.len() >= MOST_STATEMENTS {
                self.known.clear();
            }
            self.known.insert(sql.to_owned(), number(sql)?);
        }
        let numbered = &self.known[sql];
        if numbered.count != given {
            return Err(Error::refused(format!(
                "the statement takes {} parameters, and {given} were given",
                numbered.count
            )));
        }
        Ok(numbered)
    }
}

/// How many statements one connection keeps ready.
pub(crate) const MOST_STATEMENTS: usize = 256;
