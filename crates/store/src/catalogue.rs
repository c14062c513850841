//! Which tables there are, as the engine itself says: their columns, types and primary keys.
//!
//! `store` knows no table, so whatever treats all tables alike (backups, comparisons) asks here. Both engines answer in the
//! same words and the same order.

use crate::{Engine, Error, Transaction, values};

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in the order in which they were made.
    pub columns: Vec<Column>,
    /// Which columns are its primary key, in the key's order, counted from 0.
    pub key: Vec<usize>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds. There are no other types: see README.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnKind {
    /// `TEXT`.
    Text,
    /// `BIGINT`.
    Integer,
    /// `DOUBLE PRECISION`.
    Real,
    /// `BLOB`.
    Bytes,
}

/// The table in which applied migrations are recorded: `store`'s own, which no subject knows.
pub(crate) const OWN: &str = "store_migrations";

const SQLITE: &str = "SELECT t.name, c.name, c.type, c.pk \
    FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c \
    WHERE t.type = 'table' AND SUBSTR(t.name, 1, 7) <> 'sqlite_' ORDER BY t.name, c.cid";

const POSTGRES: &str = "SELECT CAST(t.relname AS TEXT), CAST(a.attname AS TEXT), format_type(a.atttypid, NULL), \
        COALESCE((SELECT k.place FROM pg_catalog.pg_index AS i, \
            unnest(CAST(i.indkey AS INT2[])) WITH ORDINALITY AS k (attribute, place) \
            WHERE i.indrelid = t.oid AND i.indisprimary AND k.attribute = a.attnum), 0) \
    FROM pg_catalog.pg_class AS t \
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace \
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid \
    WHERE n.nspname = current_schema() AND t.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped \
    ORDER BY t.relname, a.attnum";

/// Every table but `store`'s own, by name.
///
/// # Errors
/// Those of the database; [`Error::Type`] for a column of a type that no migration makes.
pub fn tables(transaction: &mut Transaction<'_>) -> Result<Vec<Table>, Error> {
    let mut all = everything(transaction)?;
    all.retain(|table| table.name != OWN);
    Ok(all)
}

/// Whether there is no table at all, of ours or of another program.
pub(crate) fn is_empty(transaction: &mut Transaction<'_>) -> Result<bool, Error> {
    let sql = match transaction.engine() {
        Engine::Sqlite => "SELECT 1 FROM sqlite_schema LIMIT 1",
        Engine::Postgres => {
            "SELECT 1 FROM pg_catalog.pg_class AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace \
             WHERE n.nspname = current_schema() AND t.relkind IN ('r', 'p', 'v', 'm', 'f') LIMIT 1"
        }
    };
    Ok(transaction.query_optional(sql, &[], |_| Ok(()))?.is_none())
}

fn everything(transaction: &mut Transaction<'_>) -> Result<Vec<Table>, Error> {
    let sql = match transaction.engine() {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    };
    let rows = transaction.query(sql, &values![], |row| {
        let kind = kind(row.str(2)?).ok_or_else(|| Error::Type {
            place: format!("column {} of {}", row.str(1).unwrap_or_default(), row.str(0).unwrap_or_default()),
            message: format!("it is of the type {}, which no migration makes", row.str(2).unwrap_or_default()),
        })?;
        Ok((row.text(0)?, Column { name: row.text(1)?, kind }, row.integer(3)?))
    })?;
    let mut tables: Vec<Table> = Vec::new();
    let mut places: Vec<(i64, usize)> = Vec::new();
    for (name, column, place) in rows {
        if tables.last().is_none_or(|table| table.name != name) {
            tables.push(Table { name, columns: Vec::new(), key: Vec::new() });
            places.clear();
        }
        let Some(table) = tables.last_mut() else { continue };
        if place > 0 {
            places.push((place, table.columns.len()));
            places.sort_unstable();
            table.key = places.iter().map(|(_, column)| *column).collect();
        }
        table.columns.push(column);
    }
    // The engines may order names differently.
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tables)
}

fn kind(engines_word: &str) -> Option<ColumnKind> {
    Some(match engines_word {
        "TEXT" | "text" => ColumnKind::Text,
        "INT" | "bigint" => ColumnKind::Integer,
        "REAL" | "double precision" => ColumnKind::Real,
        "BLOB" | "bytea" => ColumnKind::Bytes,
        _ => return None,
    })
}

impl Table {
    /// The statement that reads all rows in the order of the key: the same order on both engines.
    pub(crate) fn select(&self) -> String {
        self.select_where("1 = 1")
    }

    /// As [`Table::select`], for the rows that meet a condition.
    pub(crate) fn select_where(&self, condition: &str) -> String {
        let quoted = |at: &usize| format!("\"{}\"", self.columns[*at].name);
        let columns: Vec<String> = (0..self.columns.len()).map(|at| quoted(&at)).collect();
        let key: Vec<String> = self.key.iter().map(quoted).collect();
        let columns = columns.join(", ");
        format!("SELECT {columns} FROM \"{}\" WHERE {condition} ORDER BY {}", self.name, key.join(", "))
    }
}
