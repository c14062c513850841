//! The way to the database, SQLite or PostgreSQL: transactions, migrations, and one SQL for both. Knows no table.
//!
//! A subject writes its SQL once, in the subset that README.md describes, and runs it in closures:
//!
//! ```no_run
//! # use std::path::PathBuf;
//! # fn main() -> Result<(), store::Error> {
//! use store::{Location, Migration, Store, values};
//!
//! const NOTES: Migration = Migration {
//!     subject: "notes",
//!     number: 1,
//!     name: "notes",
//!     sql: "CREATE TABLE note (id TEXT PRIMARY KEY, body TEXT NOT NULL)",
//! };
//! let store = Store::open(&Location::Sqlite(PathBuf::from("data/notes.sqlite")), &[NOTES])?;
//! store.write_blocking(|transaction| {
//!     transaction.execute("INSERT INTO note (id, body) VALUES ($1, $2)", &values!["a", "Hello"])
//! })?;
//! # Ok(())
//! # }
//! ```
//!
//! | Module | What it does |
//! |---|---|
//! | `store` | queues and threads |
//! | `connection` | closure to transaction: retry, panic, commit |
//! | `transaction`, `row`, `value` | what closures use |
//! | `sqlite`, `postgres` | the two engines |
//! | `replicas`, `position` | streaming replicas of PostgreSQL: who may read from which |
//! | `migration`, `schema`, `sql` | steps, types of each engine, tokens |
//! | `traces` | the span of a transaction, for whoever follows what a request did |
//! | `catalogue` | which tables there are, as the engine says |
//! | [`backup`] | all of them in one file, and back |
//!
//! There is no query builder, no repository, no object mapping and no asynchronous driver.

pub mod backup;
mod catalogue;
mod connection;
mod error;
mod migration;
mod position;
mod postgres;
mod replicas;
mod row;
mod schema;
mod sql;
mod sqlite;
mod store;
mod traces;
mod transaction;
mod value;

pub use catalogue::{Column, ColumnKind, Table, tables};
pub use error::{Error, Kind};
pub use migration::Migration;
pub use replicas::{ReadScope, ReplicaHealth, ReplicaState};
pub use row::Row;
pub use store::{Level, Store, Work, WorkOf, try_migrations};
pub use transaction::Transaction;
pub use value::Value;

use std::fmt;
use std::path::PathBuf;

/// Where a database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A file, made when it is not there; its folder must exist.
    Sqlite(PathBuf),
    /// `postgres://user:password@host:5432/database`; the database must exist, in UTF-8. A server on another machine has to
    /// prove its name unless the address has another `sslmode`.
    Postgres(String),
}

impl fmt::Debug for Location {
    /// Without the address of PostgreSQL, which holds a password.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => out.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => out.write_str("Postgres(…)"),
        }
    }
}

/// Which engine a store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded; the default.
    Sqlite,
    /// A server.
    Postgres,
}
