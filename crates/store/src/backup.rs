//! Backups: all tables of one snapshot in one file, the same for both engines. `docs/specs/backup.md` describes the file.
//!
//! | Module | What it does |
//! |---|---|
//! | `line` | one row as one line of JSON, and back |
//! | `frame` | the file around the lines: compression, and the seal over every byte |
//! | `write` | from a store into a file |
//! | `read` | from a file, line by line, refusing whatever is damaged |
//! | `restore` | from a file into an empty database, in one transaction |
//! | `compare` | whether two databases or files hold the same, and the first keys that differ |
//! | `parts` | files of the same make with chosen rows only, such as one organisation's |
//!
//! Memory is bounded by the longest row. Nothing here knows a table, decides what a restored copy must forget, or keeps
//! old files: that is for whoever calls.

mod compare;
mod frame;
mod line;
mod parts;
mod read;
mod restore;
mod write;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Column, Engine, Error, Table};

pub use compare::{Difference, Side, compare};
pub use parts::{Part, Title, insert_rows, read_parts, steps, write_parts};
pub use read::{Found, verify};
pub use restore::restore;
pub use write::{digests, write};

/// The version of the format that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// A sort of file that is made and sealed in this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The word that the file begins with.
    pub word: &'static str,
    /// What people call such a file: `backup`.
    pub called: &'static str,
    /// The version of its format that this program writes, and the newest that it reads.
    pub format: u32,
}

const BACKUP: Sort = Sort { word: "backup", called: "backup", format: FORMAT };

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// Of a file with parts: whose they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Which program wrote it, such as `0.1.0`.
    pub program: String,
    /// The engine that it was read from: `sqlite` or `postgresql`.
    pub engine: String,
    /// The moment of the snapshot, as the program that wrote it says.
    pub made_at: String,
    /// The migrations that had been applied.
    pub migrations: Vec<Step>,
    /// The tables, by name.
    pub tables: Vec<Counted>,
}

/// A migration that had been applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Whose tables.
    pub subject: String,
    /// Its number within the subject.
    pub number: u32,
    /// What it does.
    pub name: String,
    /// SHA-256 of its text.
    pub sha256: String,
}

/// A table of a backup or database, with what stands for all of its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// The table's name.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// SHA-256 of the lines of its rows.
    pub sha256: String,
}

impl Manifest {
    /// Rows of all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

/// The first line of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    commonhold: String,
    format: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    program: String,
    engine: String,
    made_at: String,
    migrations: Vec<Step>,
}

/// The line before a table's rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TableLine {
    table: String,
    columns: Vec<(String, crate::ColumnKind)>,
    key: Vec<String>,
}

/// The last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastLine {
    tables: Vec<Counted>,
}

impl TableLine {
    fn of(table: &Table) -> Self {
        Self {
            table: table.name.clone(),
            columns: table.columns.iter().map(|column| (column.name.clone(), column.kind)).collect(),
            key: table.key.iter().map(|at| table.columns[*at].name.clone()).collect(),
        }
    }

    /// The table that it describes; none when its key names no column of it.
    fn table(self) -> Option<Table> {
        let key = self.key.iter().map(|name| self.columns.iter().position(|(column, _)| column == name));
        let key: Option<Vec<usize>> = key.collect();
        let columns = self.columns.into_iter().map(|(name, kind)| Column { name, kind }).collect();
        Some(Table { name: self.table, columns, key: key.filter(|key| !key.is_empty())? })
    }
}

/// Why a backup was not written, read or restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The operating system did not give the file.
    #[error("cannot {verb} {}: {error}", path.display())]
    File {
        /// What was being done.
        verb: &'static str,
        /// Which file.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// Another file altogether.
    #[error("{} is no {called} of Commonhold", path.display())]
    NotABackup {
        /// Which file.
        path: PathBuf,
        /// What it should have been.
        called: &'static str,
    },
    /// A file of a later format.
    #[error("{} is written in format {format}, and this program reads formats up to {reads}", path.display())]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        format: u32,
        /// The newest that this program reads.
        reads: u32,
    },
    /// Not every byte is as it was written.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// The database that was to be filled holds something.
    #[error("the database is not empty")]
    NotEmpty,
    /// What was read back is not what the backup holds.
    #[error("what was read back from table {table} is not what the backup holds")]
    Differs {
        /// The first such table.
        table: String,
    },
    /// The database refused.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Refused {
    fn file(verb: &'static str, path: &Path, error: io::Error) -> Self {
        Self::File { verb, path: path.to_owned(), error }
    }

    fn damaged(path: &Path, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), what: what.into() }
    }
}

fn word(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgresql",
    }
}
