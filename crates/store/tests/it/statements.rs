//! Parameters, RETURNING, ON CONFLICT, many rows, and errors of statements.

use crate::{ask, count, name_them, things, write};
use store::{Error, Kind, Value, values};

#[test]
fn a_parameter_may_be_used_twice_and_in_any_order() {
    let store = things();
    write(
        &store,
        "INSERT INTO thing (name, id, size) VALUES ($2, $1, $3), ($2 || '$1', $1 || '''$2', $3)",
        &values!["id", "name", 5],
    )
    .unwrap();
    let rows = ask(&store, "SELECT id, name FROM thing WHERE size = $1 ORDER BY id", &values![5], |row| {
        Ok((row.text(0)?, row.text(1)?))
    });
    let expected = [("id", "name"), ("id'$2", "name$1")];
    assert_eq!(rows.unwrap(), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[test]
fn the_number_of_parameters_must_fit() {
    let store = things();
    for (sql, given, word) in [
        ("SELECT id FROM thing WHERE id = $1", 0, "takes 1"),
        ("SELECT id FROM thing WHERE id = $1", 2, "2 were given"),
        ("SELECT id FROM thing WHERE id = $2", 2, "never $1"),
    ] {
        let error = ask(&store, sql, &vec![Value::from("a"); given], |row| row.text(0)).unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn a_parameter_of_unknown_type_is_cast() {
    let store = things();
    name_them(&store, &["a", "b"]);
    // The usual filter that may be absent. Without the cast PostgreSQL cannot tell the type.
    let sql = "SELECT name FROM thing WHERE (CAST($1 AS TEXT) IS NULL OR name = $1) ORDER BY name";
    assert_eq!(ask(&store, sql, &[Value::Null], |row| row.text(0)).unwrap(), ["a", "b"]);
    assert_eq!(ask(&store, sql, &values!["b"], |row| row.text(0)).unwrap(), ["b"]);
}

#[test]
fn returning_gives_back_what_was_written() {
    let store = things();
    name_them(&store, &["a", "b", "c"]);
    let changed = store.write_blocking(|transaction| {
        transaction.query("UPDATE thing SET size = 7 WHERE name <> $1 RETURNING name, size", &values!["b"], |row| {
            Ok((row.text(0)?, row.integer(1)?))
        })
    });
    let mut changed = changed.unwrap();
    changed.sort();
    assert_eq!(changed, [("a".to_owned(), 7), ("c".to_owned(), 7)]);
    // As a statement, it counts.
    assert_eq!(write(&store, "DELETE FROM thing WHERE size = 7 RETURNING id", &[]), Ok(2));
    assert_eq!(write(&store, "UPDATE thing SET size = 1", &[]), Ok(1));
    assert_eq!(write(&store, "DELETE FROM thing WHERE id = 'none'", &[]), Ok(0));
}

#[test]
fn on_conflict_updates_with_what_was_offered() {
    let store = things();
    let sql = "INSERT INTO thing (id, size) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET size = thing.size + excluded.size RETURNING size";
    let mut sizes = Vec::new();
    for _ in 0..3 {
        sizes.push(
            store
                .write_blocking(move |transaction| transaction.query_one(sql, &values!["a", 5], |row| row.integer(0)))
                .unwrap(),
        );
    }
    assert_eq!(sizes, [5, 10, 15]);
    let nothing = "INSERT INTO thing (id, size) VALUES ('a', 1) ON CONFLICT DO NOTHING";
    assert_eq!(write(&store, nothing, &[]), Ok(0));
}

#[test]
fn a_key_given_twice_is_a_conflict_that_names_the_table() {
    let store = things();
    name_them(&store, &["a"]);
    for (sql, postgres, sqlite) in [
        ("INSERT INTO thing (id) VALUES ('000')", "thing_pkey", "thing.id"),
        ("INSERT INTO thing (id, name) VALUES ('x', 'a')", "thing_name", "thing.name"),
    ] {
        let error = write(&store, sql, &[]).unwrap_err();
        let Error::Conflict { table, constraint } = &error else {
            panic!("{error:?}");
        };
        assert_eq!(table, "thing");
        assert!([postgres, sqlite].contains(&constraint.as_str()), "{constraint}");
        assert_eq!(error.kind(), Kind::Conflict);
    }
}

#[test]
fn a_primary_key_is_never_null_and_never_made_by_the_engine() {
    let numbered = store::Migration {
        subject: "numbered",
        number: 1,
        name: "numbered",
        sql: "CREATE TABLE numbered (number BIGINT PRIMARY KEY, name TEXT)",
    };
    let store = testing::store(&[crate::THINGS, numbered]);
    for sql in [
        "INSERT INTO thing (name) VALUES ('a')",
        "INSERT INTO thing (id) VALUES (NULL)",
        "INSERT INTO numbered (name) VALUES ('a')",
        "INSERT INTO numbered (number) VALUES (NULL)",
    ] {
        let refused = write(&store, sql, &[]);
        assert!(matches!(refused, Err(Error::Engine { .. })), "{sql}: {refused:?}");
    }
}

#[test]
fn a_foreign_key_is_held() {
    let parts = store::Migration {
        subject: "things",
        number: 2,
        name: "part",
        sql: "CREATE TABLE part (id TEXT PRIMARY KEY, thing TEXT NOT NULL REFERENCES thing (id) ON DELETE CASCADE)",
    };
    let store = testing::store(&[crate::THINGS, parts]);
    let refused = write(&store, "INSERT INTO part (id, thing) VALUES ('p', 'nothing')", &[]);
    assert!(matches!(refused, Err(Error::Engine { .. })), "{refused:?}");
    name_them(&store, &["a"]);
    write(&store, "INSERT INTO part (id, thing) VALUES ('p', '000')", &[]).unwrap();
    write(&store, "DELETE FROM thing", &[]).unwrap();
    let left = ask(&store, "SELECT COUNT(*) FROM part", &[], |row| row.integer(0));
    assert_eq!(left.unwrap(), [0]);
}

#[test]
fn a_hundred_thousand_rows_pass_the_limit_on_parameters() {
    let store = things();
    let inserted = store.write_blocking(|transaction| {
        let rows = (0..100_000_i64)
            .map(|at| vec![Value::from(format!("{at:06}")), Value::from(at), Value::from(0.5), Value::Null]);
        transaction.insert_many("thing", &["id", "size", "weight", "body"], rows)
    });
    assert_eq!(inserted, Ok(100_000));
    let sums = ask(&store, "SELECT COUNT(*), CAST(SUM(size) AS BIGINT), MAX(id) FROM thing", &[], |row| {
        Ok((row.integer(0)?, row.integer(1)?, row.text(2)?))
    });
    assert_eq!(sums.unwrap(), [(100_000, 4_999_950_000, "099999".to_owned())]);
    // They stream: what is not wanted is not read.
    let mut seen = 0;
    let stopped = store.read_blocking(move |transaction| {
        transaction.each("SELECT size FROM thing ORDER BY id", &[], |row| {
            seen = row.integer(0)?;
            if seen == 50_000 { Err(Error::TooMany) } else { Ok(()) }
        })?;
        Ok(seen)
    });
    assert_eq!(stopped, Err(Error::TooMany));
}

#[test]
fn rows_of_the_wrong_width_and_no_rows_at_all() {
    let store = things();
    let none = store.write_blocking(|transaction| transaction.insert_many("thing", &["id"], std::iter::empty()));
    assert_eq!(none, Ok(0));
    let wrong = store.write_blocking(|transaction| {
        let rows = [vec![Value::from("a")], vec![Value::from("b"), Value::Null]];
        transaction.insert_many("thing", &["id"], rows.into_iter())
    });
    assert!(matches!(wrong, Err(Error::Type { .. })), "{wrong:?}");
    assert_eq!(count(&store), 0);
}

#[test]
fn one_row_none_or_too_many() {
    let store = things();
    name_them(&store, &["a", "b"]);
    let one =
        |sql: &'static str| store.read_blocking(move |transaction| transaction.query_one(sql, &[], |row| row.text(0)));
    assert_eq!(one("SELECT name FROM thing WHERE id = '000'"), Ok("a".to_owned()));
    assert_eq!(one("SELECT name FROM thing WHERE id = 'x'"), Err(Error::Missing));
    assert_eq!(one("SELECT name FROM thing"), Err(Error::TooMany));
    let optional = store.read_blocking(|transaction| {
        transaction.query_optional("SELECT name FROM thing WHERE id = 'x'", &[], |row| row.text(0))
    });
    assert_eq!(optional, Ok(None));
}

#[test]
fn a_misspelt_column_is_an_error_even_in_double_quotes() {
    let store = things();
    for sql in [r#"SELECT "nmae" FROM thing"#, "SELECT nmae FROM thing", "SELEC 1"] {
        let error = ask(&store, sql, &[], |row| row.text(0)).unwrap_err();
        assert!(matches!(error, Error::Engine { .. }), "{sql}: {error:?}");
        assert_eq!(error.kind(), Kind::Internal);
    }
}

#[test]
fn windows_and_recursion_work() {
    let store = things();
    name_them(&store, &["a", "b", "c"]);
    let ranked =
        ask(&store, "SELECT name, ROW_NUMBER() OVER (ORDER BY name DESC) FROM thing ORDER BY name", &[], |row| {
            Ok((row.text(0)?, row.integer(1)?))
        });
    let expected = [("a", 3), ("b", 2), ("c", 1)];
    assert_eq!(ranked.unwrap(), expected.map(|(name, rank)| (name.to_owned(), rank)));
    let counted = ask(
        &store,
        "WITH RECURSIVE up (n) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT n + 1 FROM up WHERE n < 5)
         SELECT n FROM up ORDER BY n",
        &values![3],
        |row| row.integer(0),
    );
    assert_eq!(counted.unwrap(), [3, 4, 5]);
}
