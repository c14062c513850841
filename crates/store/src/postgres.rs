//! PostgreSQL: how a connection is made, and what a statement does on it.
//!
//! The synchronous client of the crate `postgres`, owned by one thread. A pooler in transaction mode (pgbouncer) would lose
//! the prepared statements.

mod address;
mod nearby;
mod tls;
mod values;

use crate::connection::Mode;
use crate::position::Position;
use crate::row::{Row, Source};
use crate::transaction::{MOST_STATEMENTS, Numbering};
use crate::{Error, Value};
use ::postgres::error::SqlState;
use ::postgres::fallible_iterator::FallibleIterator;
use ::postgres::{Client, Statement};
use address::Address;
pub(crate) use nearby::{POSITION, position, whereabouts};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::time::Duration;
pub(crate) use values::cell;

/// A connection that is made when first needed, and again when it was lost.
pub(crate) struct Connection {
    address: Address,
    client: Option<Client>,
    ready: Ready,
    /// How far the replica at the other end was, when this connection asked last.
    replayed: Position,
}

/// What one connection has prepared.
#[derive(Default)]
struct Ready {
    numbering: Numbering,
    statements: HashMap<String, Statement>,
}

/// Why the closure must be run once more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Another transaction came in between (40001, 40P01).
    Contention,
    /// The connection is gone, and with it all that was not committed.
    Lost,
}

/// "Common" as a number: the lock that a program holds while it migrates.
const MIGRATING: i64 = 0x436f_6d6d_6f6e;

/// The lock that all writes share, so that one which has lost too often can have it alone.
const WRITING: i64 = MIGRATING + 1;

/// What our connections are called on the server: all of this process alike, and not as those of another. The number of
/// a process is not enough: in containers it is often 1.
pub(crate) fn application() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| format!("commonhold {:016x}", RandomState::new().hash_one(std::process::id())))
}

impl Connection {
    pub(crate) fn new(url: &str) -> Result<Self, Error> {
        let mut address = Address::read(url)?;
        address.config.application_name(application());
        if address.config.get_connect_timeout().is_none() {
            address.config.connect_timeout(Duration::from_secs(10));
        }
        Ok(Self { address, client: None, ready: Ready::default(), replayed: Position::default() })
    }

    /// Forgets the connection; the next transaction makes another.
    pub(crate) fn discard(&mut self) {
        self.client = None;
        self.ready = Ready::default();
        self.replayed = Position::default();
    }

    /// Reads get `REPEATABLE READ, READ ONLY`: one snapshot, and it can never fail to serialise. Migrations get
    /// `READ COMMITTED` behind a lock: the second of two programs then sees what the first has done. A write that is
    /// `alone` waits until the others have ended and keeps new ones out: a long one would otherwise lose to short ones
    /// for ever.
    pub(crate) fn begin(&mut self, mode: Mode, alone: bool) -> Result<Open<'_>, Error> {
        let sql = match mode {
            Mode::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned(),
            Mode::Write => {
                format!("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT pg_advisory_xact_lock_shared({WRITING})")
            }
            Mode::Migrate => format!("BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({MIGRATING})"),
        };
        // A connection can be dead without our knowing: then beginning fails, and a new one is tried, once.
        if let Some(client) = &mut self.client
            && let Err(error) = client.batch_execute(&sql)
        {
            self.discard();
            if let (error, None) = translate(&error) {
                return Err(error);
            }
        }
        if self.client.is_none() {
            let mut client = connect(&self.address)?;
            client.batch_execute(&sql).map_err(|error| translate(&error).0)?;
            self.client = Some(client);
        }
        let Some(client) = &mut self.client else {
            return Err(Error::Busy);
        };
        if alone {
            // Before the transaction's first look at the data, so not within it.
            let wait = format!("ROLLBACK; SELECT pg_advisory_lock({WRITING})");
            for sql in [wait, sql] {
                client.batch_execute(&sql).map_err(|error| translate(&error).0)?;
            }
        }
        Ok(Open { client, ready: &mut self.ready, trouble: None, ended: false, alone, reads: mode == Mode::Read })
    }
}

fn connect(address: &Address) -> Result<Client, Error> {
    let mut client = tls::connect(address)?;
    // Statements are short and many: compiling them to machine code costs more than it saves.
    let encoding = client
        .batch_execute("SET jit = off; SET timezone = 'UTC'")
        .and_then(|()| client.query_one("SHOW server_encoding", &[]))
        .and_then(|row| row.try_get::<_, String>(0))
        .map_err(|error| translate(&error).0)?;
    if encoding != "UTF8" {
        return Err(Error::Unavailable {
            message: format!(
                "PostgreSQL keeps this database in {encoding}; make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
            ),
        });
    }
    Ok(client)
}

/// An open transaction. Dropped without a commit, it is rolled back.
pub(crate) struct Open<'a> {
    client: &'a mut Client,
    ready: &'a mut Ready,
    trouble: Option<Trouble>,
    ended: bool,
    alone: bool,
    /// Whether it only reads.
    reads: bool,
}

impl Open<'_> {
    /// Whether a statement has met trouble that running everything again may cure.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// Commits, or says whether another attempt is worth it. After a lost connection it is not: nobody knows whether
    /// the server had committed, and the work could be done twice. What was only read is good in any case.
    pub(crate) fn commit(mut self) -> Result<(), (Error, Option<Trouble>)> {
        self.ended = true;
        let committed = self.client.batch_execute("COMMIT");
        if self.reads {
            return Ok(());
        }
        committed.map_err(|error| match translate(&error) {
            (_, Some(Trouble::Lost)) => {
                let message =
                    "the connection was lost while committing; look whether the change is there before trying again"
                        .to_owned();
                (Error::Unavailable { message }, None)
            }
            other => other,
        })
    }

    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), Error> {
        let done = self.client.batch_execute(sql);
        done.map_err(|error| self.note(&error))
    }

    pub(crate) fn run(
        &mut self,
        sql: &str,
        parameters: &[Value],
        row: &mut dyn FnMut(&Row<'_>) -> ControlFlow<()>,
    ) -> Result<u64, Error> {
        self.ready.numbering.of(sql, parameters.len())?;
        let statement = match self.ready.statements.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let prepared = self.client.prepare(sql);
                let statement = prepared.map_err(|error| self.note(&error))?;
                if self.ready.statements.len() >= MOST_STATEMENTS {
                    self.ready.statements.clear();
                }
                self.ready.statements.insert(sql.to_owned(), statement.clone());
                statement
            }
        };
        let given: Vec<&(dyn ::postgres::types::ToSql + Sync)> =
            parameters.iter().map(|value| value as &(dyn ::postgres::types::ToSql + Sync)).collect();
        if statement.columns().is_empty() {
            let done = self.client.execute(&statement, &given);
            return done.map_err(|error| self.note(&error));
        }
        let answered = self.client.query_raw(&statement, given);
        let outcome = answered.and_then(|mut rows| {
            let mut count = 0;
            while let Some(found) = rows.next()? {
                count += 1;
                let source = Source::Postgres(&found);
                if row(&Row { source }).is_break() {
                    break;
                }
            }
            Ok(count)
        });
        outcome.map_err(|error| self.note(&error))
    }

    fn note(&mut self, error: &::postgres::Error) -> Error {
        if error.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) {
            // "cached plan must not change result type": another program has migrated. Prepare afresh next time.
            self.ready.statements.clear();
        }
        let (error, trouble) = translate(error);
        self.trouble = trouble;
        error
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let roll_back = (!self.ended).then_some("ROLLBACK");
        let let_others_in = self.alone.then_some("SELECT pg_advisory_unlock_all()");
        for sql in roll_back.into_iter().chain(let_others_in) {
            if let Err(error) = self.client.batch_execute(sql) {
                // The connection is gone, and then the server does both by itself.
                tracing::debug!(%error, sql, "not done by us");
            }
        }
    }
}

fn translate(error: &::postgres::Error) -> (Error, Option<Trouble>) {
    let Some(refusal) = error.as_db_error() else {
        if let Some(mismatch) = values::mismatch(error) {
            return (mismatch, None);
        }
        return (
            Error::Unavailable { message: format!("the connection to PostgreSQL was lost ({})", said(error)) },
            Some(Trouble::Lost),
        );
    };
    let code = refusal.code();
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        return (Error::SerialisationExhausted, Some(Trouble::Contention));
    }
    if *code == SqlState::UNIQUE_VIOLATION {
        return (
            Error::Conflict {
                table: refusal.table().unwrap_or_default().to_owned(),
                constraint: refusal.constraint().unwrap_or_default().to_owned(),
            },
            None,
        );
    }
    // Class 57P: the server is going down or has ended this connection.
    if code.code().starts_with("57P") {
        return (Error::Unavailable { message: said(error) }, Some(Trouble::Lost));
    }
    (Error::Engine { message: said(error), code: code.code().to_owned() }, None)
}

/// What went wrong, without values: class 22 repeats them after a colon and a quotation mark.
fn said(error: &::postgres::Error) -> String {
    let Some(refusal) = error.as_db_error() else {
        let source = std::error::Error::source(error);
        return source.map_or_else(|| error.to_string(), ToString::to_string);
    };
    let message = refusal.message();
    if refusal.code().code().starts_with("22") {
        message.split(": \"").next().unwrap_or(message).to_owned()
    } else {
        message.to_owned()
    }
}
