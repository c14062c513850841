//! An entry: one thing that happened to a register, as bytes that are the same whoever writes them.
//!
//! It is written as content is (see `content`): JSON with sorted members, all texts. What a record said is not in it but its
//! hash, so that entries stay small and what they point to can be kept, moved or dropped apart.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::Hash;
use crate::content::{Content, Value, is_name};
use crate::tile::{LONGEST_ENTRY, TooLong};

/// The key of a record: the values of the columns that identify it, each as text. Keys are in the order of their first
/// parts' bytes, then of the second ones', and so on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Vec<String>);

impl Key {
    /// Of these values; none where there is no value or one is empty.
    pub fn new(parts: Vec<String>) -> Option<Key> {
        (!parts.is_empty() && parts.iter().all(|part| !part.is_empty())).then_some(Key(parts))
    }

    /// Its values.
    pub fn parts(&self) -> &[String] {
        &self.0
    }
}

/// When something happened, in whole seconds of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(Timestamp);

/// The first second that is written with a year of four digits.
const FIRST: Time = Time(Timestamp::constant(-62_167_219_200, 0));

impl Time {
    /// The second that a moment is in.
    pub fn of(moment: Timestamp) -> Time {
        Time(Timestamp::from_second(moment.as_second()).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    /// The moment.
    pub fn moment(self) -> Timestamp {
        self.0
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.strftime("%Y-%m-%dT%H:%M:%SZ").fmt(f)
    }
}

impl FromStr for Time {
    type Err = NotAnEntry;

    fn from_str(text: &str) -> Result<Time, NotAnEntry> {
        let time = text.parse().map(Time::of).map_err(|_| NotAnEntry)?;
        if time.to_string() == text { Ok(time) } else { Err(NotAnEntry) }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub time: Time,
    /// The hash of the schema that holds from here on, or held.
    pub schema: Hash,
    /// What.
    pub operation: Operation,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A record says this from now on, whether or not there was one of that key.
    Put {
        /// Which record.
        key: Key,
        /// The hash of what it says.
        content: Hash,
    },
    /// There is no such record any more.
    Remove {
        /// Which.
        key: Key,
        /// Why.
        reason: String,
    },
    /// Values that an earlier entry committed to were erased.
    Erase {
        /// The number of that entry, from 0.
        entry: u64,
        /// Which fields.
        fields: Vec<String>,
        /// Why.
        reason: String,
    },
    /// Another schema holds: the one whose hash the entry has.
    Schema,
    /// Everything before it was published together.
    Publication(Publication),
}

/// What a publication commits to: it is the last of the entries that were published together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// How many records there are.
    pub records: u64,
    /// The root of the map from each key to its latest entry (see `map`).
    pub map: Hash,
    /// The hash of the report on the quality of the data.
    pub quality: Option<Hash>,
    /// The hash of the file that they came from.
    pub source: Option<Hash>,
}

/// Bytes that are not an entry in its one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an entry of a register in its one form")]
pub struct NotAnEntry;

/// An entry that cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// Its bytes are more than a log takes: key, reason or names of fields are too long.
    #[error("{0}")]
    TooLong(#[from] TooLong),
    /// Nobody could read it: a reason or field is missing, fields are not sorted, or its year is not of four digits.
    #[error("an entry needs a reason, fields in their order, and a year from 0 to 9999")]
    Unsound,
}

impl Entry {
    /// Its bytes.
    ///
    /// # Errors
    /// When nobody could read them.
    pub fn bytes(&self) -> Result<Vec<u8>, Unwritable> {
        if !self.is_sound() {
            return Err(Unwritable::Unsound);
        }
        let bytes = self.content().bytes();
        if bytes.len() > LONGEST_ENTRY { Err(TooLong { bytes: bytes.len() }.into()) } else { Ok(bytes) }
    }

    /// Whether everything is there that an entry of its kind has.
    fn is_sound(&self) -> bool {
        let sound = match &self.operation {
            Operation::Put { .. } | Operation::Schema | Operation::Publication(_) => true,
            Operation::Remove { reason, .. } => !reason.is_empty(),
            Operation::Erase { fields, reason, .. } => {
                let named = !fields.is_empty() && fields.iter().all(|field| is_name(field));
                !reason.is_empty() && named && fields.is_sorted_by(|one, next| one < next)
            }
        };
        sound && self.time >= FIRST
    }

    fn content(&self) -> Content {
        let mut content = Content::new();
        let mut say = |name: &str, text: String| content.put(name, Value::Text(text));
        say("time", self.time.to_string());
        say("schema", self.schema.to_string());
        say("operation", self.operation.word().to_owned());
        match &self.operation {
            Operation::Put { key, content: hash } => {
                say("content", hash.to_string());
                content.put("key", Value::List(key.0.clone()));
            }
            Operation::Remove { key, reason } => {
                say("reason", reason.clone());
                content.put("key", Value::List(key.0.clone()));
            }
            Operation::Erase { entry, fields, reason } => {
                say("entry", entry.to_string());
                say("reason", reason.clone());
                content.put("fields", Value::List(fields.clone()));
            }
            Operation::Schema => {}
            Operation::Publication(publication) => {
                say("records", publication.records.to_string());
                say("map", publication.map.to_string());
                publication.quality.iter().for_each(|hash| say("quality", hash.to_string()));
                publication.source.iter().for_each(|hash| say("source", hash.to_string()));
            }
        }
        content
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// When these are not the bytes that [`Entry::bytes`] would write.
    pub fn read(bytes: &[u8]) -> Result<Entry, NotAnEntry> {
        if bytes.len() > LONGEST_ENTRY {
            return Err(NotAnEntry);
        }
        let content = Content::read(bytes).map_err(|_| NotAnEntry)?;
        let entry = read(&content).ok_or(NotAnEntry)?;
        // Whatever else it says would be left out of what is written.
        if entry.is_sound() && entry.content() == content { Ok(entry) } else { Err(NotAnEntry) }
    }
}

impl Operation {
    fn word(&self) -> &'static str {
        match self {
            Operation::Put { .. } => "put",
            Operation::Remove { .. } => "remove",
            Operation::Erase { .. } => "erase",
            Operation::Schema => "schema",
            Operation::Publication(_) => "publication",
        }
    }
}

fn read(content: &Content) -> Option<Entry> {
    let text = |name: &str| match content.get(name) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let list = |name: &str| match content.get(name) {
        Some(Value::List(texts)) => Some(texts.clone()),
        _ => None,
    };
    let hash = |name: &str| text(name)?.parse::<Hash>().ok();
    let operation = match text("operation")? {
        "put" => Operation::Put { key: Key::new(list("key")?)?, content: hash("content")? },
        "remove" => Operation::Remove { key: Key::new(list("key")?)?, reason: text("reason")?.to_owned() },
        "erase" => Operation::Erase {
            entry: text("entry")?.parse().ok()?,
            fields: list("fields")?,
            reason: text("reason")?.to_owned(),
        },
        "schema" => Operation::Schema,
        "publication" => Operation::Publication(Publication {
            records: text("records")?.parse().ok()?,
            map: hash("map")?,
            quality: hash("quality"),
            source: hash("source"),
        }),
        _ => return None,
    };
    Some(Entry { time: text("time")?.parse().ok()?, schema: hash("schema")?, operation })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(operation: Operation) -> Entry {
        Entry { time: "2026-03-03T10:14:00Z".parse().unwrap(), schema: Hash::of("schema"), operation }
    }

    fn key(parts: &[&str]) -> Key {
        Key::new(parts.iter().map(|part| (*part).to_owned()).collect()).unwrap()
    }

    #[test]
    fn each_kind_of_entry_is_read_as_it_is_written() {
        let hash = Hash::of("x");
        let publication = Publication { records: 12, map: hash, quality: Some(hash), source: None };
        for operation in [
            Operation::Put { key: key(&["E06000001"]), content: hash },
            Operation::Put { key: key(&["a", "b\0c"]), content: hash },
            Operation::Remove { key: key(&["E06000001"]), reason: "It was never there".to_owned() },
            Operation::Erase { entry: 17, fields: vec!["telephone".to_owned()], reason: "Asked for".to_owned() },
            Operation::Schema,
            Operation::Publication(publication),
        ] {
            let entry = entry(operation);
            let bytes = entry.bytes().unwrap();
            assert_eq!(Entry::read(&bytes), Ok(entry), "{}", String::from_utf8_lossy(&bytes));
        }
        let schema = String::from_utf8(entry(Operation::Schema).bytes().unwrap()).unwrap();
        assert_eq!(
            schema,
            r#"{"operation":"schema","schema":"44560384acdca189db77fa36b9b2ce1b51fde38ad42f7db1f8e9ce3b4a89b74b","time":"2026-03-03T10:14:00Z"}"#
                .replace("44560384acdca189db77fa36b9b2ce1b51fde38ad42f7db1f8e9ce3b4a89b74b", &Hash::of("schema").to_string())
        );
    }

    #[test]
    fn an_entry_has_one_form() {
        let put = Operation::Put { key: key(&["a"]), content: Hash::of("x") };
        let whole = String::from_utf8(entry(put).bytes().unwrap()).unwrap();
        for (from, to) in [
            ("\"time\"", "\"when\""),
            ("00Z\"", "00.0Z\""),
            ("00Z\"", "00+00:00\""),
            ("\"put\"", "\"remove\""),
            ("\"put\"", "\"other\""),
            ("[\"a\"]", "\"a\""),
            ("[\"a\"]", "[]"),
            ("[\"a\"]", "[\"\"]"),
            (",\"operation\"", ",\"more\":\"x\",\"operation\""),
            ("{", "{ "),
        ] {
            let other = whole.replacen(from, to, 1);
            assert_ne!(other, whole);
            assert_eq!(Entry::read(other.as_bytes()), Err(NotAnEntry), "{other}");
        }
    }

    #[test]
    fn what_nobody_could_read_is_not_written() {
        let long = entry(Operation::Remove { key: key(&["a"]), reason: "x".repeat(65_535) });
        assert!(matches!(long.bytes(), Err(Unwritable::TooLong(_))));
        let erase = |fields: &[&str], reason: &str| Operation::Erase {
            entry: 1,
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            reason: reason.to_owned(),
        };
        for operation in [
            Operation::Remove { key: key(&["a"]), reason: String::new() },
            erase(&["a"], ""),
            erase(&[], "Asked for"),
            erase(&["b", "a"], "Asked for"),
            erase(&["a", "a"], "Asked for"),
            erase(&["a b"], "Asked for"),
        ] {
            let entry = entry(operation);
            assert_eq!(entry.bytes(), Err(Unwritable::Unsound), "{entry:?}");
            assert_eq!(Entry::read(&entry.content().bytes()), Err(NotAnEntry), "{entry:?}");
        }
        let early = Entry { time: Time::of("-000001-12-31T23:59:59Z".parse().unwrap()), ..entry(Operation::Schema) };
        assert_eq!(early.bytes(), Err(Unwritable::Unsound));
        let first = Entry { time: "0000-01-01T00:00:00Z".parse().unwrap(), ..early };
        assert_eq!(Entry::read(&first.bytes().unwrap()), Ok(first));
        let wide = Operation::Put { key: key(&[&"x".repeat(70_000)]), content: Hash::of("x") };
        assert_eq!(Entry::read(&entry(wide).content().bytes()), Err(NotAnEntry));
    }

    #[test]
    fn keys_are_in_the_order_of_their_parts() {
        assert!(key(&["a"]) < key(&["a", "a"]));
        assert!(key(&["a", "z"]) < key(&["ab"]));
        assert!(key(&["Z"]) < key(&["a"]));
        assert_eq!(Key::new(vec![String::new()]), None);
    }
}
