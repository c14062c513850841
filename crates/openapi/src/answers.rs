//! Shapes and examples of answers, as a file holds them that a test compares with what is answered.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The answers of every address, by method and path: `GET /organisations/{id}`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Answers(BTreeMap<String, Answered>);

/// What an address answers when all is well.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    /// The suffixes of the formats that it has; none for a file of its own kind.
    #[serde(default)]
    pub formats: Vec<String>,
    /// The content type of a file of its own kind.
    pub file: Option<String>,
    /// The statuses of a read when all is well; 200 unless said.
    #[serde(default)]
    pub statuses: Vec<u16>,
    /// The shape of the JSON, as JSON Schema.
    pub schema: Option<Value>,
    /// One answer, shortened.
    pub example: Option<Value>,
}

impl Answers {
    /// Reads the file. One that cannot be read is as good as none; a test reads it too.
    pub(crate) fn read(text: &str) -> Answers {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// What is known of an address.
    pub(crate) fn of(&self, method: &str, path: &str) -> Answered {
        self.0.get(&format!("{method} {path}")).cloned().unwrap_or_default()
    }
}
