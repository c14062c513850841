//! The traps of the two engines, each settled once. README.md lists them; here each is sprung on whichever engine the
//! tests run on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod backups;
mod migrations;
mod numbers;
mod processes;
mod replicas;
mod settings;
mod statements;
mod text;
mod threads;
mod tls;
mod transactions;

use store::{Error, Migration, Row, Store, Transaction, Value};
use testing::TestStore;

/// A table with a column of each type.
const THINGS: Migration = Migration {
    subject: "things",
    number: 1,
    name: "thing",
    sql: "CREATE TABLE thing (
        id TEXT PRIMARY KEY,
        name TEXT,
        size BIGINT,
        weight DOUBLE PRECISION,
        body BLOB
    );
    CREATE UNIQUE INDEX thing_name ON thing (name)",
};

fn things() -> TestStore {
    testing::store(&[THINGS])
}

/// Inserts things with an id and a name each.
fn name_them(store: &TestStore, names: &'static [&'static str]) {
    store
        .write_blocking(move |transaction| {
            let rows =
                names.iter().enumerate().map(|(at, name)| vec![Value::from(format!("{at:03}")), Value::from(*name)]);
            transaction.insert_many("thing", &["id", "name"], rows)
        })
        .unwrap();
}

fn ask<T: Send + 'static>(
    store: &Store,
    sql: &'static str,
    parameters: &[Value],
    row: fn(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let parameters = parameters.to_vec();
    store.read_blocking(move |transaction| transaction.query(sql, &parameters, row))
}

fn write(store: &TestStore, sql: &'static str, parameters: &[Value]) -> Result<u64, Error> {
    let parameters = parameters.to_vec();
    store.write_blocking(move |transaction: &mut Transaction<'_>| transaction.execute(sql, &parameters))
}

fn count(store: &Store) -> i64 {
    ask(store, "SELECT COUNT(*) FROM thing", &[], |row| row.integer(0)).unwrap()[0]
}
