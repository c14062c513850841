//! Order, case, NUL, length, emptiness and Unicode of texts.

use crate::{ask, count, name_them, things, write};
use store::{Error, Value, values};

#[test]
fn texts_are_ordered_by_their_bytes_not_by_a_language() {
    let store = things();
    name_them(&store, &["b", "a", "Z", "é", "e", "a b", "ab", "a-b", "10", "9", "", "ß", "ss", "😀", "Ａ", "_"]);
    let expected = ["", "10", "9", "Z", "_", "a", "a b", "a-b", "ab", "b", "e", "ss", "ß", "é", "Ａ", "😀"];
    let up = ask(&store, "SELECT name FROM thing ORDER BY name", &[], |row| row.text(0)).unwrap();
    assert_eq!(up, expected);
    // Comparison, MIN and MAX, an index and a derived column follow the same order.
    let after =
        ask(&store, "SELECT name FROM thing WHERE name > $1 ORDER BY name LIMIT 3", &values!["a"], |row| row.text(0));
    assert_eq!(after.unwrap(), ["a b", "a-b", "ab"]);
    let ends = ask(&store, "SELECT MIN(name), MAX(name) FROM thing WHERE name <> ''", &[], |row| {
        Ok((row.text(0)?, row.text(1)?))
    });
    assert_eq!(ends.unwrap(), [("10".to_owned(), "😀".to_owned())]);
    let derived = ask(
        &store,
        "WITH longer AS (SELECT name || $1 AS name FROM thing WHERE name IN ('b', 'Z', 'é'))
         SELECT name FROM longer ORDER BY name",
        &values!["!"],
        |row| row.text(0),
    );
    assert_eq!(derived.unwrap(), ["Z!", "b!", "é!"]);
}

#[test]
fn a_column_that_was_added_later_is_ordered_by_bytes_too() {
    let later = store::Migration {
        subject: "things",
        number: 2,
        name: "later",
        sql: "ALTER TABLE thing ADD COLUMN later TEXT; UPDATE thing SET later = name",
    };
    let store = testing::store(&[crate::THINGS, later]);
    for (id, name) in [("1", "b"), ("2", "B"), ("3", "a"), ("4", "C")] {
        write(&store, "INSERT INTO thing (id, later) VALUES ($1, $2)", &values![id, name]).unwrap();
    }
    let order = ask(&store, "SELECT later FROM thing ORDER BY later", &[], |row| row.text(0));
    assert_eq!(order.unwrap(), ["B", "C", "a", "b"]);
}

#[test]
fn equal_means_the_same_bytes() {
    let store = things();
    // "é" composed and decomposed, cases, spaces at the end: all different, so all are admitted.
    name_them(&store, &["\u{e9}", "e\u{301}", "E", "e", "e ", "\u{fb01}", "fi"]);
    let same = ask(&store, "SELECT id FROM thing WHERE name = $1", &values!["e"], |row| row.text(0));
    assert_eq!(same.unwrap(), ["003"]);
}

#[test]
fn like_minds_the_case_and_lower_folds_only_english_letters() {
    let store = things();
    name_them(&store, &["Éa", "éa", "EA", "Ea", "50%", "500"]);
    let like = ask(&store, "SELECT name FROM thing WHERE name LIKE 'E%' ORDER BY name", &[], |row| row.text(0));
    assert_eq!(like.unwrap(), ["EA", "Ea"]);
    let escaped =
        ask(&store, r"SELECT name FROM thing WHERE name LIKE $1 ESCAPE '\'", &values![r"50\%"], |row| row.text(0));
    assert_eq!(escaped.unwrap(), ["50%"]);
    let folded = ask(&store, "SELECT LOWER(name) FROM thing WHERE id <= '002' ORDER BY id", &[], |row| row.text(0));
    assert_eq!(folded.unwrap(), ["Éa", "éa", "ea"], "so the program folds, and stores what it folded");
}

#[test]
fn nul_is_refused_at_the_door_and_names_its_place() {
    let store = things();
    let parameter = write(&store, "INSERT INTO thing (id, name) VALUES ($1, $2)", &values!["a", "x\0y"]);
    assert_eq!(parameter.unwrap_err(), Error::NulByte { place: "parameter $2".to_owned() });
    let many = store.write_blocking(|transaction| {
        let rows = [vec![Value::from("a"), Value::from("fine")], vec![Value::from("b\0"), Value::Null]];
        transaction.insert_many("thing", &["id", "name"], rows.into_iter())
    });
    let error = many.unwrap_err();
    assert_eq!(error, Error::NulByte { place: "column id of thing".to_owned() });
    assert!(error.to_string().contains("NUL"), "{error}");
    assert_eq!(count(&store), 0);
    // A refusal at the door is no error of the engine: the transaction can go on.
    let went_on = store.write_blocking(|transaction| {
        assert!(transaction.execute("DELETE FROM thing WHERE id = $1", &values!["\0"]).is_err());
        transaction.execute("INSERT INTO thing (id) VALUES ('a')", &[])
    });
    assert_eq!(went_on, Ok(1));
}

#[test]
fn an_empty_text_is_not_null() {
    let store = things();
    write(&store, "INSERT INTO thing (id, name) VALUES ('a', $1)", &values![""]).unwrap();
    write(&store, "INSERT INTO thing (id, name) VALUES ('b', $1)", &[Value::Null]).unwrap();
    write(&store, "INSERT INTO thing (id, name) VALUES ('c', $1)", &values![None::<&str>]).unwrap();
    let found = ask(&store, "SELECT name, name IS NULL, name = '' FROM thing ORDER BY id", &[], |row| {
        Ok((row.optional_text(0)?, row.flag(1)?, row.optional_integer(2)?))
    });
    let nothing = (None, true, None);
    assert_eq!(found.unwrap(), [(Some(String::new()), false, Some(1)), nothing.clone(), nothing]);
    // NULL and a text make NULL; and NULLs do not collide in a unique index (b and c above).
    let joined = ask(&store, "SELECT name || 'x' FROM thing WHERE id = 'b'", &[], |row| row.optional_text(0));
    assert_eq!(joined.unwrap(), [None]);
}

#[test]
fn long_texts_and_all_of_unicode_come_back_as_they_went() {
    let store = things();
    // Not within the unique index on name: PostgreSQL indexes at most 2,704 bytes.
    let everything: String = ('\u{1}'..=char::MAX).collect();
    let long = "Ünïcödé ".repeat(1_000_000);
    for (id, text) in [("all", everything), ("long", long)] {
        let bytes = text.clone().into_bytes();
        write(&store, "INSERT INTO thing (id, body) VALUES ($1, $2)", &values![id, bytes]).unwrap();
        let parameters = values![id, text.clone()];
        let back = ask(
            &store,
            "SELECT CAST($2 AS TEXT), LENGTH(CAST($2 AS TEXT)) FROM thing WHERE id = $1",
            &parameters,
            |row| Ok((row.text(0)?, row.integer(1)?)),
        );
        let (back, length) = back.unwrap().remove(0);
        assert!(back == text, "{id} changed");
        assert_eq!(usize::try_from(length).unwrap(), text.chars().count(), "LENGTH counts characters");
        let body = ask(&store, "SELECT body FROM thing WHERE id = $1", &values![id], |row| row.bytes(0));
        assert!(body.unwrap()[0] == text.as_bytes(), "{id} changed as bytes");
    }
}

#[test]
fn a_text_of_two_thousand_bytes_can_be_indexed() {
    let store = things();
    // Text that does not compress: PostgreSQL's limit of 2,704 bytes counts what is left after compression.
    let mut seed = 1_u64;
    let name: String = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'!' + u8::try_from((seed >> 33) % 90).unwrap())
    })
    .take(2_000)
    .collect();
    write(&store, "INSERT INTO thing (id, name) VALUES ('a', $1)", &values![&name]).unwrap();
    let found = ask(&store, "SELECT id FROM thing WHERE name = $1", &values![&name], |row| row.text(0));
    assert_eq!(found.unwrap(), ["a"]);
}
