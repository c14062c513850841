//! What goes into a statement: five kinds of value, the same on both engines.
//!
//! There is no boolean (it is `BIGINT` 0 or 1), no time (ISO text or a count) and no decimal (a count of pence).

use crate::Error;

/// The value of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// `TEXT`; may not hold NUL.
    Text(String),
    /// `BIGINT`.
    Integer(i64),
    /// `DOUBLE PRECISION`; must be finite. Minus nought is stored as nought.
    Real(f64),
    /// `BLOB` (`BYTEA` on PostgreSQL).
    Bytes(Vec<u8>),
}

impl Value {
    /// The door: what one engine would store and the other not, or store differently, is refused here.
    ///
    /// SQLite cuts a text at NUL in some functions and PostgreSQL refuses it; SQLite stores NaN as NULL.
    pub(crate) fn admit(&self, place: impl Fn() -> String) -> Result<(), Error> {
        match self {
            Self::Text(text) if text.contains('\0') => Err(Error::NulByte { place: place() }),
            Self::Real(number) if !number.is_finite() => {
                Err(Error::Type { place: place(), message: "only finite numbers can be stored".to_owned() })
            }
            _ => Ok(()),
        }
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<usize> for Value {
    /// A length. Nothing in memory is longer than `i64::MAX`, so the limit is never met.
    fn from(value: usize) -> Self {
        Self::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// An array of [`Value`]s from anything that can become one: `&store::values![id, name, 3]`.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$($crate::Value::from($value)),*] };
}
