//! A place for data that is gone when the test ends: a folder, and on it or beside it the database, on the engine that the
//! tests run on.

use std::{collections::BTreeMap, fs, path::Path};

use store::{Location, Store};
use tempfile::TempDir;
use testing::TestDatabase;

use crate::program::{Ended, Serving, command, commonhold};

/// Every table that an import of any kind writes to.
const TABLES: [&str; 19] = [
    "change",
    "column_mapping",
    "contract",
    "estate",
    "event",
    "import",
    "import_file",
    "import_problem",
    "import_row",
    "membership",
    "organisation",
    "person",
    "private_text",
    "product",
    "search_word",
    "statement",
    "system",
    "system_element",
    "thing",
];

/// A folder and a database of its own.
pub struct Place {
    database: TestDatabase,
    folder: TempDir,
}

impl Place {
    pub fn new() -> Place {
        Place { database: testing::database(), folder: TempDir::with_prefix("commonhold-place-").unwrap() }
    }

    /// With the organisations and people of the demonstration, by the commands that an operator would type.
    pub fn with_people() -> Place {
        let place = Place::new();
        place.run(&["import", "organisations", &demo("organisations.csv")]).with(0);
        place.run(&["import", "people", &demo("people.csv")]).with(0);
        place
    }

    /// With nothing but what the program carries.
    pub fn with_reference() -> Place {
        let place = Place::new();
        let nobody = place.file("nobody.csv", "id,code,name,kind,participating,about\n");
        place.run(&["import", "organisations", &nobody]).with(0);
        place
    }

    /// Where commands are run.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file to bring in and gives its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.folder().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// The options that lead a command here.
    fn options(&self) -> Vec<String> {
        match self.database.location() {
            Location::Sqlite(path) => vec!["--data".to_owned(), path.parent().unwrap().display().to_string()],
            Location::Postgres(url) => {
                let data = self.folder().join("data").display().to_string();
                vec!["--data".to_owned(), data, "--database".to_owned(), url.clone()]
            }
        }
    }

    /// The folder that `--data` names.
    pub fn data(&self) -> String {
        self.options()[1].clone()
    }

    /// Where the database is.
    pub fn location(&self) -> Location {
        self.database.location().clone()
    }

    /// How a command line names this place for `--to` and `--against`.
    pub fn named(&self) -> String {
        self.options().pop().unwrap()
    }

    fn with_options<'a>(arguments: &[&'a str], options: &'a [String]) -> Vec<&'a str> {
        arguments.iter().copied().chain(options.iter().map(String::as_str)).collect()
    }

    /// Runs a command on this place to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        commonhold(self.folder(), &Place::with_options(arguments, &self.options()))
    }

    /// Starts a command that serves this place.
    pub fn serve(&self, arguments: &[&str]) -> Serving {
        Serving::start(self.folder(), &Place::with_options(arguments, &self.options()))
    }

    /// The same with settings in the environment.
    pub fn serve_with(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Serving {
        let mut command = command(self.folder(), &Place::with_options(arguments, &self.options()));
        command.envs(settings.iter().copied());
        Serving::of(command)
    }

    /// Opens the database in this process, for as long as the closure runs.
    pub fn open<T>(&self, look: impl FnOnce(&Store) -> T) -> T {
        let store = Store::open(self.database.location(), &server::migrations()).unwrap();
        let seen = look(&store);
        store.close();
        seen
    }

    /// How many rows each table has.
    pub fn rows(&self) -> BTreeMap<&'static str, i64> {
        self.open(|store| {
            let count = |tx: &mut store::Transaction<'_>| {
                let count = |table: &&'static str| {
                    let sql = format!("SELECT COUNT(*) FROM {table}");
                    Ok((*table, tx.query_one(&sql, &[], |row| row.integer(0))?))
                };
                TABLES.iter().map(count).collect::<Result<BTreeMap<_, _>, store::Error>>()
            };
            store.read_blocking(count).unwrap()
        })
    }
}

/// The path of a file of the demonstration.
pub fn demo(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo").join(name).display().to_string()
}
