//! Migrations: numbered steps of each subject, applied once, in one transaction per start, never changed afterwards.
//!
//! There is no way down: a step back is another step forward. A database that holds steps unknown to the program is
//! left untouched, because an older program would misread it.

use crate::schema::translate;
use crate::sql::split;
use crate::transaction::Transaction;
use crate::{Engine, Error, values};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// One step of one subject.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Whose tables: `ledger`, `accounts`, `architecture`.
    pub subject: &'static str,
    /// 1, 2, 3 within the subject, without gaps.
    pub number: u32,
    /// What it does, as in the name of its file.
    pub name: &'static str,
    /// Statements with `;` between them, in the SQL of both engines; see README.md.
    pub sql: &'static str,
}

const TABLE: &str = "CREATE TABLE store_migrations (
    subject TEXT NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (subject, number)
)";

impl fmt::Display for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.subject, self.number, self.name)
    }
}

/// A step that was applied to a database.
pub(crate) struct Applied {
    pub(crate) subject: String,
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) hash: String,
}

/// The migrations that the database does not have yet, or why the two do not belong together. Changes nothing.
pub(crate) fn pending<'m>(
    transaction: &mut Transaction<'_>,
    known: &'m [Migration],
) -> Result<Vec<&'m Migration>, Error> {
    let applied = applied(transaction)?;
    compare(known, &applied).map_err(|message| Error::Migration { message })
}

/// The migrations that the database has, by subject and number.
pub(crate) fn applied(transaction: &mut Transaction<'_>) -> Result<Vec<Applied>, Error> {
    if !has_own_table(transaction)? {
        return Ok(Vec::new());
    }
    let sql = "SELECT subject, number, name, hash FROM store_migrations ORDER BY subject, number";
    transaction.query(sql, &[], |row| {
        Ok(Applied { subject: row.text(0)?, number: row.integer(1)?, name: row.text(2)?, hash: row.text(3)? })
    })
}

/// Applies what is pending. The caller commits.
pub(crate) fn apply(transaction: &mut Transaction<'_>, new: &[&Migration]) -> Result<(), Error> {
    let engine = transaction.engine();
    if !has_own_table(transaction)? {
        statement(transaction, TABLE, engine)?;
    }
    for migration in new {
        let step = describe(migration.subject, migration.number.into(), migration.name);
        for (at, sql) in split(migration.sql).iter().enumerate() {
            statement(transaction, sql, engine)
                .map_err(|error| Error::Migration { message: format!("{step}, statement {}: {error}", at + 1) })?;
        }
        transaction.execute(
            "INSERT INTO store_migrations (subject, number, name, hash) VALUES ($1, $2, $3, $4)",
            &values![migration.subject, migration.number, migration.name, hash(migration.sql)],
        )?;
        tracing::info!(step, "migrated");
    }
    Ok(())
}

fn statement(transaction: &mut Transaction<'_>, sql: &str, engine: Engine) -> Result<(), Error> {
    let sql = translate(sql, engine).map_err(Error::refused)?;
    transaction.batch(&sql)
}

fn has_own_table(transaction: &mut Transaction<'_>) -> Result<bool, Error> {
    let sql = match transaction.engine() {
        Engine::Sqlite => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'store_migrations'",
        Engine::Postgres => {
            "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = 'store_migrations'"
        }
    };
    Ok(transaction.query_optional(sql, &[], |_| Ok(()))?.is_some())
}

/// Those of `known` that are not in `applied`, or why the two do not belong together.
pub(crate) fn compare<'m>(known: &'m [Migration], applied: &[Applied]) -> Result<Vec<&'m Migration>, String> {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    for migration in known {
        let last = numbers.entry(migration.subject).or_insert(0);
        if migration.number != *last + 1 {
            return Err(format!(
                "the program's migrations of {} go from {last} to {}; number them 1, 2, 3 and list them in that order",
                migration.subject, migration.number
            ));
        }
        *last = migration.number;
    }
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for done in applied {
        let step = describe(&done.subject, done.number, &done.name);
        let count = counts.entry(&done.subject).or_insert(0);
        if done.number != *count + 1 {
            return Err(format!("its record of migrations has a gap before {step}; restore a backup"));
        }
        *count = done.number;
        let Some(migration) = known
            .iter()
            .find(|migration| migration.subject == done.subject && i64::from(migration.number) == done.number)
        else {
            return Err(format!(
                "it was written by a newer version of the program ({step} is unknown here); use that version, or restore a backup from before"
            ));
        };
        if migration.name != done.name || hash(migration.sql) != done.hash {
            return Err(format!(
                "{step} was applied in another form than this program has; migrations are never changed, so use the version that wrote this database"
            ));
        }
    }
    Ok(known
        .iter()
        .filter(|migration| i64::from(migration.number) > counts.get(migration.subject).copied().unwrap_or(0))
        .collect())
}

fn describe(subject: &str, number: i64, name: &str) -> String {
    format!("migration {subject} {number} ({name})")
}

/// SHA-256 of the text in lower-case hexadecimal. Line ends are made equal first: a checkout may change them.
fn hash(sql: &str) -> String {
    let digest = Sha256::digest(sql.replace("\r\n", "\n"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
