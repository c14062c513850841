//! What README.md says of settings is what connections have.

use crate::things;
use store::{Engine, Error, Location, Transaction};

fn texts(transaction: &mut Transaction<'_>, asked: &[&str]) -> Result<Vec<String>, Error> {
    asked
        .iter()
        .map(|sql| transaction.query_one(sql, &[], |row| row.text(0).or_else(|_| Ok(row.integer(0)?.to_string()))))
        .collect()
}

#[test]
fn connections_have_the_settings_that_the_readme_names() {
    let store = things();
    match store.engine() {
        Engine::Sqlite => {
            const ASKED: [&str; 6] = [
                "PRAGMA journal_mode",
                "PRAGMA synchronous",
                "PRAGMA foreign_keys",
                "PRAGMA page_size",
                "PRAGMA busy_timeout",
                "PRAGMA query_only",
            ];
            let writer = store.write_blocking(|transaction| texts(transaction, &ASKED));
            assert_eq!(writer.unwrap(), ["wal", "2", "1", "8192", "10000", "0"]);
            let reader = store.read_blocking(|transaction| texts(transaction, &ASKED));
            assert_eq!(reader.unwrap(), ["wal", "2", "1", "8192", "10000", "1"]);
        }
        Engine::Postgres => {
            const ASKED: [&str; 4] =
                ["SHOW transaction_isolation", "SHOW transaction_read_only", "SHOW jit", "SHOW timezone"];
            let writer = store.write_blocking(|transaction| texts(transaction, &ASKED));
            assert_eq!(writer.unwrap(), ["serializable", "off", "off", "UTC"]);
            let reader = store.read_blocking(|transaction| texts(transaction, &ASKED));
            assert_eq!(reader.unwrap(), ["repeatable read", "on", "off", "UTC"]);
        }
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("commonhold.sqlite");
    let store = store::Store::open(&Location::Sqlite(file.clone()), &[crate::THINGS]).unwrap();
    for name in ["commonhold.sqlite", "commonhold.sqlite-wal"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    store.close();
    // Closing brings the log into the file and leaves nothing beside it.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
