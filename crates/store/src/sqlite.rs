//! SQLite: how a connection is opened, and what a statement does on it.
//!
//! The settings and their reasons are in README.md. A connection belongs to one thread; nothing here starts one.

use crate::connection::Mode;
use crate::row::{Row, Source};
use crate::transaction::{MOST_STATEMENTS, Numbering};
use crate::{Error, Value};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, ffi};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a statement waits for another process that is writing.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a connection looks after the figures by which SQLite plans: how many rows a table has, how alike they are.
/// SQLite neither gathers them by itself nor notices that another connection did, and plans badly on figures of an empty table.
const FIGURES: Duration = Duration::from_secs(60);

/// A connection that is opened when first needed, and again after a panic.
pub(crate) struct Connection {
    path: PathBuf,
    writes: bool,
    database: Option<rusqlite::Connection>,
    numbering: Numbering,
    /// When it last looked after the figures, and what a reader then found.
    figures: Option<(Instant, String)>,
}

impl Connection {
    pub(crate) fn new(path: &Path, writes: bool) -> Self {
        Self { path: path.to_owned(), writes, database: None, numbering: Numbering::default(), figures: None }
    }

    /// Forgets the connection; the next transaction opens another.
    pub(crate) fn discard(&mut self) {
        self.database = None;
    }

    pub(crate) fn begin(&mut self, mode: Mode) -> Result<Open<'_>, Error> {
        self.look_after_figures(mode);
        if self.database.is_none() {
            let database = open(&self.path, self.writes).map_err(|error| self.unusable(error))?;
            if !self.writes {
                self.figures = Some((Instant::now(), figures(&database)));
            }
            self.database = Some(database);
        }
        let Some(database) = &self.database else {
            return Err(Error::Busy);
        };
        if mode == Mode::Migrate {
            database.execute_batch("PRAGMA foreign_keys = OFF").map_err(translate)?;
        }
        // A write takes its lock at once: a read that becomes a write could find its snapshot outdated.
        database.execute_batch(if mode == Mode::Read { "BEGIN" } else { "BEGIN IMMEDIATE" }).map_err(translate)?;
        Ok(Open { database, numbering: &mut self.numbering, mode })
    }

    /// Gathers the planner's figures anew before a write where tables have grown, and forgets a reader's connection that
    /// plans on old ones. A failure is left to the transaction, which meets it too.
    fn look_after_figures(&mut self, mode: Mode) {
        let Some(database) = self.database.as_ref().filter(|_| mode != Mode::Migrate) else { return };
        let known = self.figures.as_ref();
        if known.is_some_and(|(at, _)| at.elapsed() < FIGURES) {
            return;
        }
        if !self.writes {
            let found = figures(database);
            if known.is_some_and(|(_, known)| *known != found) {
                self.database = None;
            }
            self.figures = Some((Instant::now(), found));
        } else if mode == Mode::Write {
            // At first every table is looked at, later those that this connection has used; of a large one a sample.
            let sql = if known.is_none() { "PRAGMA optimize = 0x10012" } else { "PRAGMA optimize" };
            // It waits for nobody: where another program writes, it is done a minute later.
            let gathered = database.busy_timeout(Duration::ZERO).and_then(|()| database.execute_batch(sql));
            if let Err(error) = database.busy_timeout(PATIENCE).and(gathered) {
                tracing::debug!(%error, "the planner's figures are as old as before");
            }
            self.figures = Some((Instant::now(), String::new()));
        }
    }

    /// Brings the write-ahead log into the database file and refreshes the planner's figures.
    pub(crate) fn tidy(&mut self) {
        if let Some(database) = self.database.take().filter(|_| self.writes) {
            // Both are optional: the log is read again at the next start, and old figures are still figures.
            for sql in ["PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"] {
                if let Err(error) = database.execute_batch(sql) {
                    tracing::debug!(%error, sql, "not done while closing");
                }
            }
        }
    }

    fn unusable(&self, error: rusqlite::Error) -> Error {
        match translate(error) {
            Error::Engine { message, .. } | Error::Unavailable { message } => Error::Unavailable {
                message: format!(
                    "{} could not be opened ({message}); check that it is Commonhold's database and that this user may write to its folder",
                    self.path.display()
                ),
            },
            other => other,
        }
    }
}

/// The planner's figures as they are in the file; nothing where there are none yet.
fn figures(database: &rusqlite::Connection) -> String {
    let all =
        "SELECT COALESCE(group_concat(tbl || ' ' || COALESCE(idx, '') || ' ' || stat, ';'), '') FROM sqlite_stat1";
    database.query_one(all, [], |row| row.get(0)).unwrap_or_default()
}

fn open(path: &Path, writes: bool) -> Result<rusqlite::Connection, rusqlite::Error> {
    keep_private(path);
    let database = rusqlite::Connection::open(path)?;
    database.busy_timeout(PATIENCE)?;
    // A misspelt column in double quotes is an error, as on PostgreSQL, and not a text.
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    database.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    if writes {
        refuse_foreign(&database)?;
        database.execute_batch("PRAGMA page_size = 8192")?;
        use_write_ahead_log(&database)?;
    }
    database.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA case_sensitive_like = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -8192;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA trusted_schema = OFF;",
    )?;
    if !writes {
        database.execute_batch("PRAGMA query_only = ON")?;
    }
    database.set_prepared_statement_cache_capacity(MOST_STATEMENTS);
    Ok(database)
}

/// Leaves another program's file as it is: it has tables, and not the one in which every migration is recorded.
fn refuse_foreign(database: &rusqlite::Connection) -> Result<(), rusqlite::Error> {
    let foreign = "SELECT COUNT(*) > 0 AND TOTAL(name = 'store_migrations') = 0 FROM sqlite_schema";
    match database.query_one(foreign, [], |row| row.get(0))? {
        true => Err(rusqlite::Error::SqliteFailure(
            ffi::Error::new(ffi::SQLITE_NOTADB),
            Some("it holds the tables of another program".to_owned()),
        )),
        false => Ok(()),
    }
}

/// Of two programs that open a new file at once, SQLite refuses one here without the patience it has elsewhere.
fn use_write_ahead_log(database: &rusqlite::Connection) -> Result<(), rusqlite::Error> {
    let until = Instant::now() + PATIENCE;
    loop {
        let done = database.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()));
        match done {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

/// Makes a new file readable by its owner only: it will hold addresses and sessions.
fn keep_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // When this fails, opening fails next and says why.
        drop(std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path));
    }
    #[cfg(not(unix))]
    let _ = path;
}

/// An open transaction. Dropped without a commit, it is rolled back.
pub(crate) struct Open<'a> {
    database: &'a rusqlite::Connection,
    numbering: &'a mut Numbering,
    mode: Mode,
}

impl Open<'_> {
    pub(crate) fn commit(self) -> Result<(), Error> {
        if self.mode == Mode::Migrate {
            let dangling = self
                .database
                .prepare("PRAGMA foreign_key_check")
                .and_then(|mut check| check.exists([]))
                .map_err(translate)?;
            if dangling {
                return Err(Error::refused("a foreign key would point to nothing"));
            }
        }
        self.database.execute_batch("COMMIT").map_err(translate)
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.database.execute_batch(sql).map_err(translate)
    }

    pub(crate) fn run(
        &mut self,
        sql: &str,
        parameters: &[Value],
        row: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>,
    ) -> Result<u64, Error> {
        let numbered = self.numbering.of(sql, parameters.len())?;
        let mut statement = self.database.prepare_cached(&numbered.question_marks).map_err(translate)?;
        for (at, value) in parameters.iter().enumerate() {
            statement.raw_bind_parameter(at + 1, Bound(value)).map_err(translate)?;
        }
        if statement.column_count() == 0 {
            let changed = statement.raw_execute().map_err(translate)?;
            return Ok(u64::try_from(changed).unwrap_or(u64::MAX));
        }
        let mut rows = statement.raw_query();
        let mut count = 0;
        while let Some(found) = rows.next().map_err(translate)? {
            count += 1;
            let source = Source::Sqlite(found);
            if row(&Row { source }).is_break() {
                break;
            }
        }
        Ok(count)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        // After a full disk SQLite has rolled back by itself, and after a commit there is nothing to roll back.
        if !self.database.is_autocommit()
            && let Err(error) = self.database.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
        if self.mode == Mode::Migrate
            && let Err(error) = self.database.execute_batch("PRAGMA foreign_keys = ON")
        {
            tracing::error!(%error, "foreign keys could not be switched on again");
        }
    }
}

struct Bound<'a>(&'a Value);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Integer(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(number + 0.0),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn translate(error: rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(failure, message) = &error else {
        let message = match error {
            // This one would repeat the whole statement.
            rusqlite::Error::SqlInputError { msg, .. } => msg,
            other => other.to_string(),
        };
        return Error::refused(message);
    };
    let message = message.clone().unwrap_or_else(|| failure.to_string());
    match (failure.code, failure.extended_code) {
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Error::Busy,
        (_, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => {
            let columns = message.rsplit("failed: ").next().unwrap_or(&message);
            Error::Conflict {
                table: columns.split('.').next().unwrap_or(columns).to_owned(),
                constraint: columns.to_owned(),
            }
        }
        (
            ErrorCode::CannotOpen
            | ErrorCode::NotADatabase
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::PermissionDenied,
            _,
        ) => Error::Unavailable { message },
        (_, code) => Error::Engine { message, code: code.to_string() },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn run(connection: &mut Connection, mode: Mode, sql: &str) {
        let mut open = connection.begin(mode).unwrap();
        open.run(sql, &[], &mut |_| ControlFlow::Continue(())).unwrap();
        open.commit().unwrap();
    }

    #[test]
    fn figures_are_gathered_before_a_write_and_readers_plan_by_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (mut writer, mut reader) = (Connection::new(&path, true), Connection::new(&path, false));
        run(
            &mut writer,
            Mode::Write,
            "CREATE TABLE change (organisation TEXT, number INT, PRIMARY KEY (organisation, number)) STRICT",
        );
        run(&mut reader, Mode::Read, "SELECT COUNT(*) FROM change");
        let many = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5000)
            INSERT INTO change SELECT 'a', n FROM n";
        run(&mut writer, Mode::Write, many);
        let later = |connection: &mut Connection| {
            let known = connection.figures.take().map(|(_, known)| known).unwrap_or_default();
            connection.figures = Instant::now().checked_sub(FIGURES).map(|then| (then, known));
        };
        // Nothing is new yet: the connection is kept.
        run(&mut reader, Mode::Read, "SELECT COUNT(*) FROM change");
        later(&mut reader);
        reader.look_after_figures(Mode::Read);
        assert!(reader.database.is_some());

        writer.figures = None;
        run(&mut writer, Mode::Write, "INSERT INTO change VALUES ('b', 1)");
        let gathered = figures(writer.database.as_ref().unwrap());
        assert!(gathered.contains("change sqlite_autoindex_change_1 "), "{gathered}");
        reader.look_after_figures(Mode::Read);
        assert!(reader.database.is_some(), "not at every transaction");
        later(&mut reader);
        reader.look_after_figures(Mode::Read);
        assert!(reader.database.is_none(), "the next transaction opens another, which reads them");
        run(&mut reader, Mode::Read, "SELECT COUNT(*) FROM change");
    }
}
