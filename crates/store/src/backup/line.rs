//! One row as one line of JSON: an array with a value for each column, in the table's order.
//!
//! The same values give the same bytes on both engines, so the hash of a table's lines stands for its content. A whole
//! number is a number, a text a string, bytes are base64 in a string, and a real number is its shortest decimal form in a
//! string, which every reader turns back into the same bits.

use std::cmp::Ordering;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value as Json;

use crate::{ColumnKind, Error, Table, Value};

/// Writes the line of a row, its end included.
pub(super) fn write(
    values: impl Iterator<Item = Result<Value, Error>>,
    table: &Table,
    line: &mut Vec<u8>,
) -> Result<(), Error> {
    line.push(b'[');
    for (at, (column, value)) in table.columns.iter().zip(values).enumerate() {
        if at > 0 {
            line.push(b',');
        }
        let value = match (column.kind, value?) {
            (_, Value::Null) => {
                line.extend_from_slice(b"null");
                continue;
            }
            (ColumnKind::Integer, Value::Integer(number)) => {
                line.extend_from_slice(number.to_string().as_bytes());
                continue;
            }
            (ColumnKind::Text, Value::Text(text)) => text,
            (ColumnKind::Real, Value::Real(number)) => format!("{number:?}"),
            (ColumnKind::Bytes, Value::Bytes(bytes)) => BASE64_STANDARD.encode(bytes),
            (kind, _) => {
                return Err(Error::Type {
                    place: format!("column {} of {}", column.name, table.name),
                    message: format!("it is of the type {kind:?} and holds something else"),
                });
            }
        };
        serde_json::to_writer(&mut *line, &value).map_err(|error| Error::refused(error.to_string()))?;
    }
    line.extend_from_slice(b"]\n");
    Ok(())
}

/// The values of a line, or what is wrong with it.
pub(super) fn read(line: &[u8], table: &Table) -> Result<Vec<Value>, String> {
    let values: Vec<Json> = serde_json::from_slice(line).map_err(|_| "a row is no list of values".to_owned())?;
    if values.len() != table.columns.len() {
        return Err(format!("a row has {} values for {} columns", values.len(), table.columns.len()));
    }
    let read = values.into_iter().zip(&table.columns).map(|(value, column)| {
        value_of(value, column.kind).ok_or_else(|| format!("column {} holds what is not of its type", column.name))
    });
    read.collect()
}

fn value_of(value: Json, kind: ColumnKind) -> Option<Value> {
    Some(match (kind, value) {
        (_, Json::Null) => Value::Null,
        (ColumnKind::Text, Json::String(text)) => Value::Text(text),
        (ColumnKind::Integer, Json::Number(number)) => Value::Integer(number.as_i64()?),
        (ColumnKind::Real, Json::String(text)) => {
            Value::Real(text.parse::<f64>().ok().filter(|number| number.is_finite())?)
        }
        (ColumnKind::Bytes, Json::String(text)) => Value::Bytes(BASE64_STANDARD.decode(text).ok()?),
        _ => return None,
    })
}

/// The order of keys, which is that of both engines: texts and bytes by their bytes, numbers by their size.
pub(super) fn order(left: &[Value], right: &[Value]) -> Ordering {
    let each = left.iter().zip(right).map(|pair| match pair {
        (Value::Text(left), Value::Text(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
        (Value::Integer(left), Value::Integer(right)) => left.cmp(right),
        (Value::Real(left), Value::Real(right)) => left.total_cmp(right),
        _ => Ordering::Equal,
    });
    each.fold(Ordering::Equal, Ordering::then)
}

/// A value of a key as people read it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Text(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
