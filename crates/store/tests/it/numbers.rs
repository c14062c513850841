//! Whole and real numbers, sums, division, comparison with text, and nothing.

use crate::{ask, things, write};
use store::{Engine, Error, Value, values};

fn sized(sizes: &'static [Option<i64>]) -> testing::TestStore {
    let store = things();
    store
        .write_blocking(move |transaction| {
            let rows = sizes.iter().enumerate().map(|(at, size)| vec![Value::from(at.to_string()), Value::from(*size)]);
            transaction.insert_many("thing", &["id", "size"], rows)
        })
        .unwrap();
    store
}

#[test]
fn nothing_comes_where_the_statement_says() {
    let store = sized(&[Some(2), None, Some(1), None]);
    let order = |sql| ask(&store, sql, &[], |row| row.text(0)).unwrap().concat();
    assert_eq!(order("SELECT id FROM thing ORDER BY size NULLS LAST, id"), "2013");
    assert_eq!(order("SELECT id FROM thing ORDER BY size DESC NULLS LAST, id"), "0213");
    assert_eq!(order("SELECT id FROM thing ORDER BY size NULLS FIRST, id"), "1320");
    assert_eq!(order("SELECT id FROM thing ORDER BY size DESC NULLS FIRST, id"), "1302");
}

#[test]
fn a_sum_is_cast_and_stays_exact() {
    let store = sized(&[Some(i64::MAX - 3), Some(1), Some(2), None]);
    let sum = ask(&store, "SELECT CAST(SUM(size) AS BIGINT), COUNT(size) FROM thing", &[], |row| {
        Ok((row.integer(0)?, row.integer(1)?))
    });
    assert_eq!(sum.unwrap(), [(i64::MAX, 3)]);
    // Of nothing, a sum is nothing.
    let none =
        ask(&store, "SELECT CAST(SUM(size) AS BIGINT) FROM thing WHERE id = 'x'", &[], |row| row.optional_integer(0));
    assert_eq!(none.unwrap(), [None]);
    // Too large is an error on both, not a rounded number.
    write(&store, "INSERT INTO thing (id, size) VALUES ('more', 1)", &[]).unwrap();
    let over = ask(&store, "SELECT CAST(SUM(size) AS BIGINT) FROM thing", &[], |row| row.integer(0));
    assert!(matches!(over, Err(Error::Engine { .. })), "{over:?}");
}

#[test]
fn a_sum_without_its_cast_is_refused_where_it_would_differ() {
    let store = sized(&[Some(1), Some(2)]);
    let sum = ask(&store, "SELECT SUM(size) FROM thing", &[], |row| row.integer(0));
    match store.engine() {
        Engine::Sqlite => assert_eq!(sum.unwrap(), [3]),
        Engine::Postgres => {
            let said = sum.unwrap_err().to_string();
            assert!(said.contains("numeric") && said.contains("CAST"), "{said}");
        }
    }
    // As parameters, whole numbers fit whatever kind of number the server infers.
    for (size, found) in [(3, 1), (4, 0), (-30_000, 0), (i64::MIN, 0), (0, 0)] {
        let sql = "SELECT COUNT(*) FROM thing HAVING SUM(size) = $1";
        let rows = ask(&store, sql, &values![size], |row| row.integer(0));
        assert_eq!(rows.unwrap().len(), found, "{size}");
    }
    let large = ask(
        &store,
        "SELECT COUNT(*) FROM thing HAVING SUM(size) + 1234567890123456 = $1",
        &values![1_234_567_890_123_459_i64],
        |row| row.integer(0),
    );
    assert_eq!(large.unwrap().len(), 1);
}

#[test]
fn a_mean_is_made_of_a_cast_sum_and_a_count() {
    let store = sized(&[Some(1), Some(2), None]);
    let mean =
        ask(&store, "SELECT CAST(SUM(size) AS DOUBLE PRECISION) / NULLIF(COUNT(size), 0) FROM thing", &[], |row| {
            row.real(0)
        });
    assert_eq!(mean.unwrap(), [1.5]);
    let none = ask(
        &store,
        "SELECT CAST(SUM(size) AS DOUBLE PRECISION) / NULLIF(COUNT(size), 0) FROM thing WHERE id = 'x'",
        &[],
        |row| row.optional_real(0),
    );
    assert_eq!(none.unwrap(), [None]);
}

#[test]
fn whole_numbers_divide_to_whole_numbers_towards_nought() {
    let store = things();
    let divided = ask(&store, "SELECT 7 / 2, -7 / 2, -7 % 2, CAST($1 AS BIGINT) / 2", &values![9], |row| {
        Ok([row.integer(0)?, row.integer(1)?, row.integer(2)?, row.integer(3)?])
    });
    assert_eq!(divided.unwrap(), [[3, -3, -1, 4]]);
    // By nought: NULL on SQLite, an error on PostgreSQL; NULLIF makes it NULL on both.
    let nought = ask(&store, "SELECT 7 / NULLIF(CAST($1 AS BIGINT), 0)", &values![0], |row| row.optional_integer(0));
    assert_eq!(nought.unwrap(), [None]);
}

#[test]
fn the_whole_range_of_whole_numbers_comes_back() {
    let store = sized(&[Some(i64::MIN), Some(i64::MAX), Some(0), Some(-1)]);
    let back = ask(&store, "SELECT size FROM thing ORDER BY size", &[], |row| row.integer(0));
    assert_eq!(back.unwrap(), [i64::MIN, -1, 0, i64::MAX]);
}

#[test]
fn real_numbers_come_back_to_the_last_bit() {
    let store = things();
    let numbers = [
        0.1,
        1.0 / 3.0,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        123_456_789.123_456_79,
        9_007_199_254_740_993.0,
        1e15,
        -2.5,
        3.0,
    ];
    for (at, number) in numbers.iter().enumerate() {
        let sql = "INSERT INTO thing (id, weight) VALUES ($1, $2)";
        write(&store, sql, &values![format!("{at:02}"), *number]).unwrap();
    }
    let back = ask(&store, "SELECT weight FROM thing ORDER BY id", &[], |row| row.real(0)).unwrap();
    let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&back), bits(&numbers));
}

#[test]
fn minus_nought_becomes_nought_and_what_is_not_finite_is_refused() {
    let store = things();
    write(&store, "INSERT INTO thing (id, weight) VALUES ('a', $1)", &values![-0.0]).unwrap();
    let back = ask(&store, "SELECT weight FROM thing", &[], |row| row.real(0)).unwrap();
    assert_eq!(back[0].to_bits(), 0.0_f64.to_bits());
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let refused = write(&store, "UPDATE thing SET weight = $1", &values![number]);
        assert!(matches!(refused, Err(Error::Type { .. })), "{refused:?}");
    }
}

#[test]
fn a_whole_number_fits_a_real_column_and_not_the_other_way_round() {
    let store = things();
    write(&store, "INSERT INTO thing (id, weight) VALUES ('a', $1)", &values![3]).unwrap();
    let back = ask(&store, "SELECT weight FROM thing", &[], |row| row.real(0));
    assert_eq!(back.unwrap(), [3.0]);
    let as_whole = ask(&store, "SELECT weight FROM thing", &[], |row| row.integer(0));
    assert!(matches!(as_whole, Err(Error::Type { .. })), "{as_whole:?}");
    let lossy = write(&store, "UPDATE thing SET size = $1", &values![2.5]);
    assert!(lossy.is_err(), "{lossy:?}");
}

#[test]
fn a_text_is_not_stored_in_a_column_of_numbers() {
    let store = things();
    for sql in [
        "INSERT INTO thing (id, size) VALUES ('a', $1)",
        "INSERT INTO thing (id, weight) VALUES ('a', $1)",
        "INSERT INTO thing (id, body) VALUES ('a', $1)",
    ] {
        let refused = write(&store, sql, &values!["twelve"]);
        assert!(matches!(refused, Err(Error::Engine { .. } | Error::Type { .. })), "{sql}: {refused:?}");
        assert!(!refused.unwrap_err().to_string().contains("twelve"), "a message repeats a value");
    }
    assert_eq!(crate::count(&store), 0);
}

#[test]
fn a_number_and_a_text_that_looks_like_it_are_different() {
    let store = things();
    write(&store, "INSERT INTO thing (id, name, size) VALUES ('a', '012', 12)", &[]).unwrap();
    let found = |sql, parameters: &[Value]| ask(&store, sql, parameters, |row| row.text(0)).unwrap();
    assert!(found("SELECT id FROM thing WHERE name = $1", &values!["12"]).is_empty());
    assert_eq!(found("SELECT id FROM thing WHERE size = $1", &values![12]), ["a"]);
    // Comparing across types needs a cast on PostgreSQL, and with the cast both mean the same.
    assert_eq!(found("SELECT id FROM thing WHERE CAST(size AS TEXT) = $1", &values!["12"]), ["a"]);
    assert_eq!(found("SELECT id FROM thing WHERE CAST(name AS BIGINT) = $1", &values![12]), ["a"]);
}

#[test]
fn a_flag_is_nought_or_one() {
    let store = things();
    for (id, flag) in [("no", false), ("yes", true)] {
        write(&store, "INSERT INTO thing (id, size) VALUES ($1, $2)", &values![id, flag]).unwrap();
    }
    let flags = ask(&store, "SELECT size, size = 1, size FROM thing ORDER BY id", &[], |row| {
        Ok((row.flag(0)?, row.flag(1)?, row.integer(2)?))
    });
    assert_eq!(flags.unwrap(), [(false, false, 0), (true, true, 1)]);
    let exists = ask(&store, "SELECT EXISTS (SELECT 1 FROM thing WHERE size = $1)", &values![true], |row| row.flag(0));
    assert_eq!(exists.unwrap(), [true]);
    write(&store, "UPDATE thing SET size = 2", &[]).unwrap();
    let neither = ask(&store, "SELECT size FROM thing", &[], |row| row.flag(0));
    assert!(matches!(neither, Err(Error::Type { .. })), "{neither:?}");
}

#[test]
fn bytes_come_back_and_are_ordered_by_their_value() {
    let store = things();
    let all: Vec<u8> = (0..=255).collect();
    for (id, bytes) in [("a", all.clone()), ("b", vec![]), ("c", vec![255, 0]), ("d", vec![0])] {
        write(&store, "INSERT INTO thing (id, body) VALUES ($1, $2)", &values![id, bytes]).unwrap();
    }
    let back = ask(&store, "SELECT id, body FROM thing ORDER BY body", &[], |row| Ok((row.text(0)?, row.bytes(1)?)));
    let expected = [("b", vec![]), ("d", vec![0]), ("a", all), ("c", vec![255, 0])];
    assert_eq!(back.unwrap(), expected.map(|(id, bytes)| (id.to_owned(), bytes)));
}

#[test]
fn reading_the_wrong_type_says_which_column_and_what_was_found() {
    let store = things();
    write(&store, "INSERT INTO thing (id, size) VALUES ('a', 1)", &[]).unwrap();
    let error = ask(&store, "SELECT id, size FROM thing", &[], |row| row.integer(0)).unwrap_err();
    assert!(error.to_string().contains("column 0") && error.to_string().contains("a text"), "{error}");
    let error = ask(&store, "SELECT id, name FROM thing", &[], |row| row.text(1)).unwrap_err();
    assert!(error.to_string().contains("NULL"), "{error}");
    let error = ask(&store, "SELECT id FROM thing", &[], |row| row.text(7)).unwrap_err();
    assert!(error.to_string().contains("column 7"), "{error}");
}
