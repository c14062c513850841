//! Where in a list a page begins: the key of its neighbour, wrapped so that nobody is tempted to build one.
//!
//! A cursor is not secret and grants nothing: its values were on the page it came from. The check at its end finds
//! damage and cursors of another list; rights are checked by whoever answers.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{Problem, say};

/// Beyond this a cursor was not made here.
const LONGEST: usize = 8 * 1024;
const CHECK: usize = 8;

/// Which way to go on from a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The rows that follow.
    After,
    /// The rows that come before.
    Before,
}

/// One column of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CursorValue {
    /// Nothing known; where it sorts is the list's own rule.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
}

/// A place in a sorted list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Which way to go on.
    pub direction: Direction,
    /// The sorting that the key belongs to.
    pub sort: String,
    /// The key's columns, in the order of sorting; the last identifies the row.
    pub key: Vec<CursorValue>,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// How many there are in all, exactly.
    pub total: u64,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
    /// Where the page before ends, if there is one.
    pub previous: Option<Cursor>,
    /// The most rows on a page.
    pub page_size: u32,
}

impl Cursor {
    /// The rows after this key.
    pub fn after(sort: impl Into<String>, key: Vec<CursorValue>) -> Cursor {
        Cursor { direction: Direction::After, sort: sort.into(), key }
    }

    /// The rows before this key.
    pub fn before(sort: impl Into<String>, key: Vec<CursorValue>) -> Cursor {
        Cursor { direction: Direction::Before, sort: sort.into(), key }
    }

    /// Refuses a cursor of another sorting.
    ///
    /// # Errors
    /// A problem that says to begin at the first page.
    pub fn expect_sort(&self, sort: &str) -> Result<(), Problem> {
        if self.sort == sort { Ok(()) } else { Err(foreign()) }
    }

    /// The parameter that carries this cursor: its name and its text, good for the list at `path` only.
    pub(crate) fn parameter(&self, path: &str) -> (&'static str, String) {
        let name = match self.direction {
            Direction::After => "after",
            Direction::Before => "before",
        };
        let mut values = vec![serde_json::Value::from(self.sort.as_str())];
        values.extend(self.key.iter().map(|value| match value {
            CursorValue::Null => serde_json::Value::Null,
            CursorValue::Text(text) => serde_json::Value::from(text.as_str()),
            CursorValue::Integer(number) => serde_json::Value::from(*number),
        }));
        let mut bytes = serde_json::Value::from(values).to_string().into_bytes();
        let check = check(path, &bytes);
        bytes.extend_from_slice(&check);
        (name, URL_SAFE_NO_PAD.encode(bytes))
    }

    pub(crate) fn decode(text: &str, direction: Direction, path: &str) -> Result<Cursor, Problem> {
        let read = || {
            let bytes = (text.len() <= LONGEST).then(|| URL_SAFE_NO_PAD.decode(text).ok())??;
            let (body, end) = bytes.split_at_checked(bytes.len().checked_sub(CHECK)?)?;
            if end != check(path, body) {
                return None;
            }
            let mut values = serde_json::from_slice::<Vec<serde_json::Value>>(body).ok()?.into_iter();
            let sort = values.next()?.as_str()?.to_owned();
            let key = values.map(|value| match value {
                serde_json::Value::Null => Some(CursorValue::Null),
                serde_json::Value::String(text) => Some(CursorValue::Text(text)),
                serde_json::Value::Number(number) => number.as_i64().map(CursorValue::Integer),
                _ => None,
            });
            Some(Cursor { direction, sort, key: key.collect::<Option<_>>()? })
        };
        read().ok_or_else(foreign)
    }
}

fn check(path: &str, body: &[u8]) -> [u8; CHECK] {
    let digest = Sha256::new()
        .chain_update(b"commonhold cursor 1\0")
        .chain_update(path)
        .chain_update([0])
        .chain_update(body)
        .finalize();
    let mut check = [0; CHECK];
    check.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
    check
}

fn foreign() -> Problem {
    Problem::invalid(say!(
        "The place in the list (\"after\" or \"before\") is damaged, or belongs to another list or sorting."
    ))
    .next(say!("Remove it from the address to begin at the first page."))
}
