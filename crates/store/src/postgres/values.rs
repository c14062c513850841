//! How values travel to and from PostgreSQL.
//!
//! The server infers the type of each parameter; a [`Value`] fits itself to it where nothing is lost, and otherwise the
//! error says which cast to write. `NUMERIC` is never read: it has no counterpart in SQLite.

use crate::row::{Cell, no_such_column, place};
use crate::{Error, Value};
use ::postgres::types::{IsNull, ToSql, Type};
use bytes::BytesMut;
use std::error::Error as StdError;

/// A value that does not fit the type that the server expects.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Mismatch(String);

impl ToSql for Value {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Text(text) if is_text(wanted) => return text.as_str().to_sql(wanted, out),
            Self::Bytes(bytes) if *wanted == Type::BYTEA => {
                return bytes.as_slice().to_sql(wanted, out);
            }
            Self::Real(number) if *wanted == Type::FLOAT8 => {
                return (number + 0.0).to_sql(wanted, out);
            }
            Self::Integer(number) => {
                if let Some(done) = integer(*number, wanted, out) {
                    return done;
                }
            }
            _ => {}
        }
        let given = match self {
            Self::Null => "nothing",
            Self::Text(_) => "a text",
            Self::Integer(_) => "a whole number",
            Self::Real(_) => "a real number",
            Self::Bytes(_) => "bytes",
        };
        Err(Box::new(Mismatch(format!(
            "the statement takes a value of type {wanted} here, and {given} was given that does not fit; \
             if the type was only guessed, write CAST($n AS …)"
        ))))
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.to_sql(wanted, out)
    }
}

fn is_text(wanted: &Type) -> bool {
    [Type::TEXT, Type::VARCHAR, Type::BPCHAR, Type::NAME, Type::UNKNOWN].contains(wanted)
}

/// A whole number as whatever kind of number is wanted, if it fits.
fn integer(number: i64, wanted: &Type, out: &mut BytesMut) -> Option<Result<IsNull, Box<dyn StdError + Sync + Send>>> {
    /// Up to here every whole number is exactly a real one.
    const EXACT: i64 = 1 << 53;
    Some(match *wanted {
        Type::INT8 => number.to_sql(wanted, out),
        Type::INT4 => i32::try_from(number).ok()?.to_sql(wanted, out),
        Type::INT2 => i16::try_from(number).ok()?.to_sql(wanted, out),
        Type::FLOAT8 if (-EXACT..=EXACT).contains(&number) => (number as f64).to_sql(wanted, out),
        Type::BOOL if number == 0 || number == 1 => (number == 1).to_sql(wanted, out),
        Type::NUMERIC => {
            numeric(number, out);
            Ok(IsNull::No)
        }
        _ => return None,
    })
}

/// PostgreSQL's own form: count of digits to base 10,000, weight of the first, sign, digits after the point, digits.
fn numeric(number: i64, out: &mut BytesMut) {
    let mut digits = Vec::new();
    let mut rest = number.unsigned_abs();
    while rest > 0 {
        // A remainder of 10,000 always fits.
        digits.push(u16::try_from(rest % 10_000).unwrap_or_default());
        rest /= 10_000;
    }
    let count = u16::try_from(digits.len()).unwrap_or_default();
    let sign = if number < 0 { 0x4000_u16 } else { 0 };
    for part in [count, count.saturating_sub(1), sign, 0] {
        out.extend_from_slice(&part.to_be_bytes());
    }
    for digit in digits.iter().rev() {
        out.extend_from_slice(&digit.to_be_bytes());
    }
}

/// The type error behind a failure to send parameters, if that is what it was.
pub(super) fn mismatch(error: &::postgres::Error) -> Option<Error> {
    let mismatch = error.source()?.downcast_ref::<Mismatch>()?;
    // The client says which parameter, counted from 0, in words only.
    let nth: Option<usize> = error.to_string().rsplit(' ').find_map(|word| word.trim_end_matches(':').parse().ok());
    Some(Error::Type {
        place: nth.map_or_else(|| "a parameter".to_owned(), |nth| format!("parameter ${}", nth + 1)),
        message: mismatch.to_string(),
    })
}

/// What stands in a column.
pub(crate) fn cell(row: &::postgres::Row, column: usize) -> Result<Cell<'_>, Error> {
    let found = row.columns().get(column).ok_or_else(|| no_such_column(column))?.type_();
    let read = match *found {
        Type::INT8 => row.try_get(column).map(|v: Option<i64>| v.map(Cell::Integer)),
        Type::INT4 => row.try_get(column).map(|v: Option<i32>| v.map(|v| Cell::Integer(v.into()))),
        Type::INT2 => row.try_get(column).map(|v: Option<i16>| v.map(|v| Cell::Integer(v.into()))),
        Type::BOOL => row.try_get(column).map(|v: Option<bool>| v.map(|v| Cell::Integer(v.into()))),
        Type::FLOAT8 => row.try_get(column).map(|v: Option<f64>| v.map(Cell::Real)),
        Type::FLOAT4 => row.try_get(column).map(|v: Option<f32>| v.map(|v| Cell::Real(v.into()))),
        Type::BYTEA => row.try_get(column).map(|v: Option<&[u8]>| v.map(Cell::Bytes)),
        ref text if is_text(text) => row.try_get(column).map(|v: Option<&str>| v.map(Cell::Text)),
        ref other => {
            return Err(Error::Type {
                place: place(column),
                message: format!(
                    "PostgreSQL answers with the type {other}; write CAST(… AS BIGINT), AS DOUBLE PRECISION or AS TEXT"
                ),
            });
        }
    };
    match read {
        Ok(value) => Ok(value.unwrap_or(Cell::Null)),
        Err(_) => {
            Err(Error::Type { place: place(column), message: format!("a value of type {found} could not be read") })
        }
    }
}
