//! What a record says, as bytes that are the same whoever writes them: JSON by RFC 8785, of which only objects, lists and
//! texts occur. Numbers and dates are texts in their canonical form, so that none is rounded on its way.
//!
//! A value that may have to be erased one day is not in it. Its place is taken by a commitment: the hash of the value with 16
//! bytes of chance, so that nobody finds out the value by trying. Whoever has the [`Opening`] can prove what it was; when all
//! openings are gone the content, its hash and every root above it stay as they are.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::Hash;

/// Bytes of chance in a commitment.
pub const SALT: usize = 16;
/// The member by which a committed value is known.
const COMMITTED: &str = "committed";

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One text, which is not empty.
    Text(String),
    /// Several, in their order; at least one.
    List(Vec<String>),
    /// A value that can be erased: the commitment to it.
    Committed(Hash),
}

/// What a record says, by the names of fields. A field without a value is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content(BTreeMap<String, Value>);

/// Bytes that are not content in its one form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the content of a record in its one form: an object of texts and lists, sorted, without spaces")]
pub struct NotContent;

impl Content {
    /// Without a value.
    pub fn new() -> Content {
        Content::default()
    }

    /// Gives a field its value. An empty text or list is as if it had none.
    ///
    /// # Errors
    /// When no field can have this name.
    pub fn set(&mut self, field: &str, value: Value) -> Result<(), NotContent> {
        is_name(field).then(|| self.put(field, value)).ok_or(NotContent)
    }

    pub(crate) fn put(&mut self, field: &str, value: Value) {
        let nothing = match &value {
            Value::Text(text) => text.is_empty(),
            Value::List(texts) => texts.is_empty(),
            Value::Committed(_) => false,
        };
        if nothing {
            self.0.remove(field);
        } else {
            self.0.insert(field.to_owned(), value);
        }
    }

    /// What a field holds.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field)
    }

    /// Every field that has a value, by name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        write_members(&mut bytes, self.fields());
        bytes
    }

    /// What it is known by: the hash of its bytes.
    pub fn hash(&self) -> Hash {
        Hash::of(self.bytes())
    }

    /// Reads it back.
    ///
    /// # Errors
    /// When these are not the bytes that [`Content::bytes`] would write.
    pub fn read(bytes: &[u8]) -> Result<Content, NotContent> {
        let Ok(Json::Object(members)) = serde_json::from_slice(bytes) else { return Err(NotContent) };
        let mut content = Content::new();
        for (name, value) in members {
            content.set(&name, read_value(value).ok_or(NotContent)?)?;
        }
        if content.bytes() == bytes { Ok(content) } else { Err(NotContent) }
    }
}

/// Whether a field can have this name: ASCII letters, digits, `-`, `_` and `.`, so that bytes and RFC 8785 sort alike.
pub fn is_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !name.is_empty() && name.bytes().all(known)
}

fn read_value(value: Json) -> Option<Value> {
    let text = |value: Json| match value {
        Json::String(text) => Some(text),
        _ => None,
    };
    match value {
        Json::String(text) => Some(Value::Text(text)),
        Json::Array(texts) => texts.into_iter().map(text).collect::<Option<_>>().map(Value::List),
        Json::Object(members) => {
            let hash = members.get(COMMITTED)?.as_str()?.parse().ok()?;
            (members.len() == 1).then_some(Value::Committed(hash))
        }
        _ => None,
    }
}

/// Writes fields, which come sorted by name, as the bytes of content. For who has many and no need to gather them first.
pub fn write_members<'v>(bytes: &mut Vec<u8>, fields: impl Iterator<Item = (&'v str, &'v Value)>) {
    bytes.push(b'{');
    for (at, (name, value)) in fields.enumerate() {
        if at > 0 {
            bytes.push(b',');
        }
        write_text(bytes, name);
        bytes.push(b':');
        match value {
            Value::Text(text) => write_text(bytes, text),
            Value::List(texts) => write_texts(bytes, texts),
            Value::Committed(hash) => bytes.extend_from_slice(format!("{{\"{COMMITTED}\":\"{hash}\"}}").as_bytes()),
        }
    }
    bytes.push(b'}');
}

/// Writes a list of texts.
pub(crate) fn write_texts(bytes: &mut Vec<u8>, texts: &[String]) {
    bytes.push(b'[');
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            bytes.push(b',');
        }
        write_text(bytes, text);
    }
    bytes.push(b']');
}

/// Writes a text as RFC 8785 has it: only quotes, backslashes and control characters are escaped, in the shortest form.
pub fn write_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.push(b'"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        bytes.extend_from_slice(&text.as_bytes()[plain..at]);
        plain = at + 1;
        match byte {
            b'"' => bytes.extend_from_slice(b"\\\""),
            b'\\' => bytes.extend_from_slice(b"\\\\"),
            0x08 => bytes.extend_from_slice(b"\\b"),
            b'\t' => bytes.extend_from_slice(b"\\t"),
            b'\n' => bytes.extend_from_slice(b"\\n"),
            0x0c => bytes.extend_from_slice(b"\\f"),
            b'\r' => bytes.extend_from_slice(b"\\r"),
            control => bytes.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
        }
    }
    bytes.extend_from_slice(&text.as_bytes()[plain..]);
    bytes.push(b'"');
}

/// What opens a commitment: without it nobody can say what the value was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Chance.
    pub salt: [u8; SALT],
    /// The value: one text, or several.
    pub value: Value,
}

impl Opening {
    /// The commitment to a field's value: the hash of the salt, then of field and value as the bytes of content.
    pub fn commitment(&self, field: &str) -> Hash {
        let mut bytes = self.salt.to_vec();
        write_members(&mut bytes, std::iter::once((field, &self.value)));
        Hash::of(bytes)
    }

    /// Whether it is what a field of this content was committed to.
    pub fn opens(&self, content: &Content, field: &str) -> bool {
        content.get(field) == Some(&Value::Committed(self.commitment(field)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn content_has_one_form() {
        let mut content = Content::new();
        content.put("name", text("Caffè \"Nero\"\n\u{1}\u{7f}/"));
        content.put("groups", Value::List(vec!["b".to_owned(), "a".to_owned(), String::new()]));
        content.put("empty", text(""));
        content.put("none", Value::List(Vec::new()));
        let bytes = content.bytes();
        assert_eq!(
            String::from_utf8_lossy(&bytes),
            "{\"groups\":[\"b\",\"a\",\"\"],\"name\":\"Caffè \\\"Nero\\\"\\n\\u0001\u{7f}/\"}"
        );
        assert_eq!(Content::read(&bytes), Ok(content));
        for other in [
            r#"{"b":"1","a":"2"}"#,
            r#"{"a": "1"}"#,
            r#"{"a":1}"#,
            r#"{"a":null}"#,
            r#"{"a":""}"#,
            r#"{"a":[]}"#,
            r#"{"a":[["1"]]}"#,
            r#"{"a":"1","a":"1"}"#,
            r#"{"a":"\u0041"}"#,
            r#"{"a":"\/"}"#,
            r#"{"a":{"committed":"00"}}"#,
            r#"{"a":{}}"#,
            r#"{"":"1"}"#,
            r#"{"é":"1"}"#,
            r#"{"a b":"1"}"#,
            r#"["a"]"#,
            "",
        ] {
            assert_eq!(Content::read(other.as_bytes()), Err(NotContent), "{other}");
        }
        assert_eq!(Content::read(b"{}"), Ok(Content::new()));
    }

    #[test]
    fn an_item_of_a_register_is_content() {
        let mut content = Content::new();
        content.put("foo", text("abc"));
        content.put("bar", text("xyz"));
        let known = "5dd4fe3b0de91882dae86b223ca531b5c8f2335d9ee3fd0ab18dfdc2871d0c61";
        assert_eq!(content.hash().to_string(), known);
    }

    #[test]
    fn a_committed_value_can_go_and_the_hash_stays() {
        let opening = Opening { salt: [7; SALT], value: text("07700 900123") };
        let mut content = Content::new();
        content.put("name", text("Harbour office"));
        content.put("telephone", Value::Committed(opening.commitment("telephone")));
        let read = Content::read(&content.bytes()).unwrap();
        assert_eq!(read, content);
        assert!(opening.opens(&read, "telephone"));
        assert!(!opening.opens(&read, "name"), "it is of one field only");
        let other = Opening { value: text("07700 900124"), ..opening.clone() };
        assert!(!other.opens(&read, "telephone"));
        let unsalted = Opening { salt: [0; SALT], ..opening };
        assert!(!unsalted.opens(&read, "telephone"), "the value alone does not open it");
    }
}
