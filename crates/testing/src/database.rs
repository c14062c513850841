//! One database per test, gone when the test ends.

use crate::POSTGRES;
use ::postgres::config::Host;
use ::postgres::{Config, NoTls};
use std::hash::{BuildHasher, RandomState};
use std::ops::Deref;
use std::str::FromStr;
use store::{Location, Migration, Store};
use tempfile::TempDir;

/// An empty database that is removed when this is dropped. For tests that open it themselves or let a command do it.
pub struct TestDatabase {
    location: Location,
    home: Home,
}

/// Where the database lives, and how it is removed.
enum Home {
    /// Removes itself.
    Folder { _folder: TempDir },
    /// The address of the server, and the database's name.
    Server { url: String, name: String },
}

/// An open store on a database of its own. Everything is removed when this is dropped.
pub struct TestStore {
    store: Store,
    database: TestDatabase,
}

/// A new empty database.
///
/// # Panics
/// When there is no temporary folder, or the server does not let us make a database.
#[must_use]
pub fn database() -> TestDatabase {
    match std::env::var(POSTGRES) {
        Ok(url) => {
            let name = format!("commonhold_test_{:016x}", RandomState::new().hash_one(0));
            // Copying files is twice as fast as logging the copy, and nothing here need survive a crash.
            let create = format!("CREATE DATABASE {name} STRATEGY FILE_COPY");
            administer(&url, &create).expect("a database for the test");
            TestDatabase { location: Location::Postgres(address(&url, &name)), home: Home::Server { url, name } }
        }
        Err(_) => {
            let folder = TempDir::with_prefix("commonhold-test-").expect("a temporary folder");
            TestDatabase {
                location: Location::Sqlite(folder.path().join("commonhold.sqlite")),
                home: Home::Folder { _folder: folder },
            }
        }
    }
}

/// An open store on a new database with the given migrations.
///
/// # Panics
/// When the database cannot be made, or a migration fails.
#[must_use]
pub fn store(migrations: &[Migration]) -> TestStore {
    let database = database();
    let store = Store::open(database.location(), migrations).expect("the store opens");
    TestStore { store, database }
}

impl TestDatabase {
    /// Where it is.
    #[must_use]
    pub fn location(&self) -> &Location {
        &self.location
    }
}

impl TestStore {
    /// Where it is: for tests that open it a second time.
    #[must_use]
    pub fn location(&self) -> &Location {
        self.database.location()
    }

    /// Closes the store, which waits for all that is under way, and opens it again on the same database.
    ///
    /// # Panics
    /// When it does not open.
    #[must_use]
    pub fn reopen(mut self, migrations: &[Migration]) -> Self {
        self.store.clone().close();
        self.store = Store::open(self.database.location(), migrations).expect("the store opens");
        self
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        self.store.clone().close();
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Home::Server { url, name } = &self.home {
            // A test may be failing already, and a second panic would hide why.
            let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            if let Err(error) = administer(url, &sql) {
                eprintln!("a test left its database behind: {error}");
            }
        }
    }
}

/// Runs a statement on the server, on a thread of its own: the client may not be used where asynchronous code runs.
fn administer(url: &str, sql: &str) -> Result<(), String> {
    let run = || {
        let mut client = Config::from_str(url)?.connect(NoTls)?;
        client.batch_execute(sql)
    };
    let done = std::thread::scope(|scope| scope.spawn(run).join());
    match done {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            Err(format!("{sql}: {error} {}", cause.unwrap_or_default()))
        }
        Err(_) => Err(format!("{sql}: the client panicked")),
    }
}

/// The address of another database on the same server.
fn address(url: &str, name: &str) -> String {
    let config = Config::from_str(url).expect("an address of PostgreSQL");
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        #[cfg(unix)]
        Some(Host::Unix(folder)) => folder.display().to_string(),
        None => "localhost".to_owned(),
    };
    let mut address = format!("host='{host}' dbname='{name}'");
    if let Some(port) = config.get_ports().first() {
        address += &format!(" port={port}");
    }
    if let Some(user) = config.get_user() {
        address += &format!(" user='{user}'");
    }
    if let Some(password) = config.get_password() {
        let password = String::from_utf8_lossy(password).replace('\'', "\\'");
        address += &format!(" password='{password}'");
    }
    address
}
