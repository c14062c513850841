//! Says one `CREATE TABLE` in the words of each engine.
//!
//! Migrations are written with four types (`TEXT`, `BIGINT`, `DOUBLE PRECISION`, `BLOB`). PostgreSQL gets `BYTEA` and
//! `COLLATE "C"`; SQLite gets a `STRICT` table, so that a text in a column of numbers is refused there as well, and
//! `INT` (never `INTEGER`, which as a primary key would hand out numbers by itself). Other statements pass unchanged.

use crate::Engine;
use crate::sql::{Kind, Token, tokens};

/// The statement for the engine, or what is wrong with it.
pub(crate) fn translate(statement: &str, engine: Engine) -> Result<String, String> {
    let all: Vec<Token<'_>> = tokens(statement).collect();
    let words: Vec<usize> = (0..all.len()).filter(|&at| all[at].kind != Kind::Blank).collect();
    let word = |nth: usize| words.get(nth).map(|&at| all[at]);
    let is = |nth: usize, text: &str| word(nth).is_some_and(|token| token.is(text));

    let (columns, ending) = if is(0, "CREATE") && is(1, "TABLE") {
        let columns = columns_of_create(&all, &words)?;
        (columns, if engine == Engine::Sqlite { " STRICT" } else { "" })
    } else if is(0, "ALTER") && is(1, "TABLE") && is(3, "ADD") {
        (vec![if is(4, "COLUMN") { 6 } else { 5 }], "")
    } else {
        return Ok(statement.to_owned());
    };

    let mut texts: Vec<&str> = all.iter().map(|token| token.text).collect();
    for column in columns {
        let Some(&at) = words.get(column) else {
            return Err("a column has no type".to_owned());
        };
        let postgres = engine == Engine::Postgres;
        texts[at] = if all[at].is("TEXT") {
            if postgres { "TEXT COLLATE \"C\"" } else { "TEXT" }
        } else if all[at].is("BIGINT") {
            if postgres { "BIGINT" } else { "INT" }
        } else if all[at].is("BLOB") {
            if postgres { "BYTEA" } else { "BLOB" }
        } else if all[at].is("DOUBLE") && is(column + 1, "PRECISION") {
            if !postgres {
                texts[words[column + 1]] = "";
            }
            if postgres { "DOUBLE" } else { "REAL" }
        } else {
            return Err(format!("the type {} is not one of TEXT, BIGINT, DOUBLE PRECISION and BLOB", all[at].text));
        };
    }
    Ok(texts.concat() + ending)
}

/// Where in `words` the type of each column stands.
fn columns_of_create(all: &[Token<'_>], words: &[usize]) -> Result<Vec<usize>, String> {
    const CONSTRAINTS: [&str; 5] = ["PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "CONSTRAINT"];
    let mut columns = Vec::new();
    let mut depth = 0_usize;
    let mut starts = false;
    let mut closed = false;
    let mut keyed = false;
    for (nth, &at) in words.iter().enumerate() {
        let token = all[at];
        if closed {
            return Err(format!("\"{}\" after a table's last bracket", token.text));
        }
        if starts && !CONSTRAINTS.iter().any(|word| token.is(word)) {
            columns.push(nth + 1);
        }
        starts = false;
        keyed |= depth == 1 && token.is("PRIMARY");
        if token.is_symbol("(") {
            depth += 1;
            starts = depth == 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
            closed = depth == 0;
        } else if token.is_symbol(",") {
            starts = depth == 1;
        }
    }
    if !closed {
        return Err("a table needs its columns in brackets".to_owned());
    }
    if !keyed {
        return Err("every table needs a PRIMARY KEY".to_owned());
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    const TABLE: &str = "-- why\nCREATE TABLE IF NOT EXISTS \"note\" (\n  text TEXT NOT NULL, -- its TEXT\n  size BIGINT DEFAULT 0 CHECK (size > CAST('1' AS TEXT)),
  weight double precision,\n  body BLOB,\n  PRIMARY KEY (text, size), CHECK (length(text) < 9)\n)";

    #[test]
    fn postgres_gets_a_collation_and_bytea() {
        assert_eq!(
            translate(TABLE, Engine::Postgres).unwrap(),
            "-- why\nCREATE TABLE IF NOT EXISTS \"note\" (\n  text TEXT COLLATE \"C\" NOT NULL, -- its TEXT\n  size BIGINT DEFAULT 0 CHECK (size > CAST('1' AS TEXT)),
  weight DOUBLE precision,\n  body BYTEA,\n  PRIMARY KEY (text, size), CHECK (length(text) < 9)\n)"
        );
    }

    #[test]
    fn sqlite_gets_a_strict_table() {
        assert_eq!(
            translate(TABLE, Engine::Sqlite).unwrap(),
            "-- why\nCREATE TABLE IF NOT EXISTS \"note\" (\n  text TEXT NOT NULL, -- its TEXT\n  size INT DEFAULT 0 CHECK (size > CAST('1' AS TEXT)),
  weight REAL ,\n  body BLOB,\n  PRIMARY KEY (text, size), CHECK (length(text) < 9)\n) STRICT"
        );
    }

    #[test]
    fn an_added_column_is_translated_too() {
        let added = "ALTER TABLE note ADD COLUMN text TEXT NOT NULL DEFAULT ''";
        assert_eq!(
            translate(added, Engine::Postgres).unwrap(),
            "ALTER TABLE note ADD COLUMN text TEXT COLLATE \"C\" NOT NULL DEFAULT ''"
        );
        assert_eq!(
            translate("alter table note add body blob", Engine::Postgres).unwrap(),
            "alter table note add body BYTEA"
        );
        assert_eq!(
            translate("ALTER TABLE note ADD size BIGINT", Engine::Sqlite).unwrap(),
            "ALTER TABLE note ADD size INT"
        );
    }

    #[test]
    fn what_the_engines_would_understand_differently_is_refused() {
        for (statement, word) in [
            ("CREATE TABLE a (x VARCHAR(9) PRIMARY KEY)", "VARCHAR"),
            ("CREATE TABLE a (x INTEGER PRIMARY KEY)", "INTEGER"),
            ("CREATE TABLE a (x BOOLEAN, PRIMARY KEY (x))", "BOOLEAN"),
            ("CREATE TABLE a (x TEXT)", "PRIMARY KEY"),
            ("CREATE TABLE a AS SELECT 1", "brackets"),
            ("CREATE TABLE a (x TEXT PRIMARY KEY) WITHOUT ROWID", "WITHOUT"),
            ("CREATE TABLE a (x PRIMARY KEY)", "PRIMARY"),
            ("ALTER TABLE a ADD x", "no type"),
        ] {
            for engine in [Engine::Sqlite, Engine::Postgres] {
                let error = translate(statement, engine).unwrap_err();
                assert!(error.contains(word), "{statement}: {error}");
            }
        }
    }

    #[test]
    fn other_statements_pass_unchanged() {
        for statement in [
            "CREATE INDEX note_size ON note (size)",
            "UPDATE note SET text = 'BLOB'",
            "ALTER TABLE note DROP COLUMN size",
        ] {
            assert_eq!(translate(statement, Engine::Postgres).unwrap(), statement);
        }
    }
}
