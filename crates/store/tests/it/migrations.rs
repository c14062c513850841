//! Steps that are applied once, and databases that do not belong to the program.

use store::{Error, Location, Migration, Store, Value, values};
use testing::{TestDatabase, database};

const fn step(subject: &'static str, number: u32, name: &'static str, sql: &'static str) -> Migration {
    Migration { subject, number, name, sql }
}

const FIRST: Migration = step("a", 1, "first", "CREATE TABLE one (id TEXT PRIMARY KEY)");
const SECOND: Migration =
    step("a", 2, "second", "-- why; because\nALTER TABLE one ADD name TEXT; INSERT INTO one VALUES ('x;', 'y');");
const OTHER: Migration = step("b", 1, "other", "CREATE TABLE two (id TEXT PRIMARY KEY REFERENCES one (id))");

fn open(database: &TestDatabase, migrations: &[Migration]) -> Result<(), Error> {
    Store::open(database.location(), migrations).map(Store::close)
}

fn refusal(database: &TestDatabase, migrations: &[Migration]) -> String {
    let error = open(database, migrations).unwrap_err();
    assert!(matches!(error, Error::Migration { .. }), "{error:?}");
    error.to_string()
}

/// What the database holds of tables and steps.
fn state(database: &TestDatabase, migrations: &[Migration]) -> (Vec<String>, i64) {
    let store = Store::open(database.location(), migrations).unwrap();
    let sql = match database.location() {
        Location::Sqlite(_) => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        }
        Location::Postgres(_) => "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
    };
    let tables = store.read_blocking(move |transaction| transaction.query(sql, &[], |row| row.text(0)));
    let steps = store.read_blocking(|transaction| {
        transaction.query_one("SELECT COUNT(*) FROM store_migrations", &[], |row| row.integer(0))
    });
    store.close();
    (tables.unwrap(), steps.unwrap())
}

#[test]
fn each_step_is_applied_once_and_data_stays() {
    let database = database();
    open(&database, &[FIRST]).unwrap();
    open(&database, &[FIRST]).unwrap();
    let all = [FIRST, SECOND, OTHER];
    open(&database, &all).unwrap();
    let (tables, steps) = state(&database, &all);
    assert_eq!(tables, ["one", "store_migrations", "two"]);
    assert_eq!(steps, 3);
    let store = Store::open(database.location(), &all).unwrap();
    let rows = store.read_blocking(|transaction| {
        transaction.query("SELECT id, name FROM one", &[], |row| Ok((row.text(0)?, row.text(1)?)))
    });
    assert_eq!(rows, Ok(vec![("x;".to_owned(), "y".to_owned())]));
    store.close();
}

#[test]
fn line_ends_are_no_change() {
    let database = database();
    open(&database, &[step("a", 1, "first", "CREATE TABLE one (\n id TEXT PRIMARY KEY)")]).unwrap();
    open(&database, &[step("a", 1, "first", "CREATE TABLE one (\r\n id TEXT PRIMARY KEY)")]).unwrap();
}

#[test]
fn a_changed_step_is_refused() {
    let database = database();
    open(&database, &[FIRST]).unwrap();
    let changed = step("a", 1, "first", "CREATE TABLE one (id TEXT PRIMARY KEY, more TEXT)");
    assert!(refusal(&database, &[changed]).contains("never changed"));
    assert!(refusal(&database, &[step("a", 1, "renamed", FIRST.sql)]).contains("never changed"));
}

#[test]
fn data_of_a_newer_program_is_left_untouched() {
    let database = database();
    open(&database, &[FIRST, SECOND]).unwrap();
    let new = step("c", 1, "new", "CREATE TABLE three (id TEXT PRIMARY KEY)");
    let said = refusal(&database, &[FIRST, new]);
    assert!(said.contains("newer version") && said.contains("migration a 2 (second)"), "{said}");
    assert!(refusal(&database, &[]).contains("newer version"));
    let (tables, steps) = state(&database, &[FIRST, SECOND]);
    assert_eq!(tables, ["one", "store_migrations"]);
    assert_eq!(steps, 2);
}

#[test]
fn gaps_doubles_and_disorder_are_refused() {
    let database = database();
    for steps in [vec![FIRST, step("a", 3, "third", "SELECT 1")], vec![SECOND], vec![FIRST, FIRST], vec![SECOND, FIRST]]
    {
        assert!(refusal(&database, &steps).contains("1, 2, 3"));
    }
    open(&database, &[FIRST, SECOND]).unwrap();
    let store = Store::open(database.location(), &[FIRST, SECOND]).unwrap();
    store
        .write_blocking(|transaction| transaction.execute("DELETE FROM store_migrations WHERE number = 1", &[]))
        .unwrap();
    store.close();
    assert!(refusal(&database, &[FIRST, SECOND]).contains("gap"));
}

#[test]
fn a_step_that_fails_takes_all_new_steps_back() {
    let database = database();
    open(&database, &[FIRST]).unwrap();
    let bad = step("b", 1, "bad", "CREATE TABLE two (id TEXT PRIMARY KEY); INSERT INTO nowhere VALUES (1)");
    let said = refusal(&database, &[FIRST, SECOND, bad]);
    assert!(said.contains("migration b 1 (bad), statement 2"), "{said}");
    let (tables, steps) = state(&database, &[FIRST]);
    assert_eq!(tables, ["one", "store_migrations"]);
    assert_eq!(steps, 1);
}

#[test]
fn types_that_only_one_engine_has_are_refused() {
    let database = database();
    let said = refusal(&database, &[step("a", 1, "bad", "CREATE TABLE one (id TEXT PRIMARY KEY, at TIMESTAMP)")]);
    assert!(said.contains("TIMESTAMP"), "{said}");
}

#[test]
fn a_table_can_be_rebuilt_while_others_point_to_it() {
    let database = database();
    let all = [FIRST, OTHER];
    let store = Store::open(database.location(), &all).unwrap();
    store
        .write_blocking(|transaction| {
            let row = |id: &str| vec![Value::from(id)];
            transaction.insert_many("one", &["id"], [row("x")].into_iter())?;
            transaction.execute("INSERT INTO two (id) VALUES ($1)", &values!["x"])
        })
        .unwrap();
    store.close();
    let rebuilt = step(
        "a",
        2,
        "rebuilt",
        "ALTER TABLE one RENAME COLUMN id TO key; ALTER TABLE one ADD COLUMN size BIGINT NOT NULL DEFAULT 0",
    );
    open(&database, &[FIRST, rebuilt, OTHER]).unwrap();
    let dangling = step("b", 2, "dangling", "DELETE FROM one");
    let error = open(&database, &[FIRST, rebuilt, OTHER, dangling]).unwrap_err();
    assert!(error.to_string().contains("foreign key"), "{error}");
    assert_eq!(state(&database, &[FIRST, rebuilt, OTHER]).1, 3);
}

#[test]
fn several_programs_may_start_at_once() {
    let database = database();
    let all = [FIRST, SECOND, OTHER];
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..6).map(|_| scope.spawn(|| open(&database, &all))).collect();
        for start in starts {
            assert_eq!(start.join().unwrap(), Ok(()));
        }
    });
    assert_eq!(state(&database, &all).1, 3);
}

#[test]
fn a_place_that_cannot_be_opened_is_named_and_no_password_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let no_folder = Location::Sqlite(folder.path().join("none/here.sqlite"));
    let error = Store::open(&no_folder, &[]).map(Store::close).unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert!(error.to_string().contains("here.sqlite"), "{error}");

    let text = folder.path().join("text.sqlite");
    std::fs::write(&text, "This is a letter and no database. ".repeat(50)).unwrap();
    let error = Store::open(&Location::Sqlite(text.clone()), &[FIRST]).map(Store::close).unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert!(std::fs::read_to_string(&text).unwrap().starts_with("This is a letter"));

    let foreign = folder.path().join("foreign.sqlite");
    std::fs::write(&foreign, include_bytes!("another-program.sqlite")).unwrap();
    let error = Store::open(&Location::Sqlite(foreign.clone()), &[FIRST]).map(Store::close).unwrap_err();
    assert!(error.to_string().contains("tables of another program"), "{error}");
    assert_eq!(std::fs::read(&foreign).unwrap(), include_bytes!("another-program.sqlite"), "it is left as it was");

    for url in ["postgres://someone:secret@127.0.0.1:1/nowhere", "postgres://x:secret@[", "nonsense"] {
        let location = Location::Postgres(url.to_owned());
        assert!(!format!("{location:?}").contains("secret"));
        let error = Store::open(&location, &[]).map(Store::close).unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
