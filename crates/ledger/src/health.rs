//! What a slice says of itself to whoever runs the copy: one card each, and what needs a person.
//!
//! A card is read in one transaction and put into words afterwards, so that it is in the language of whoever reads it.
//! Nothing of estates and nobody's name is on it.

use std::sync::Arc;

use serde::Serialize;
use store::{Error, Transaction};
use vocabulary::Timestamp;

/// How a slice makes its card: read now, put into words later.
pub type Health = Arc<dyn Fn(&mut Transaction<'_>, Timestamp) -> Result<Words, Error> + Send + Sync>;

/// Puts what was read into words.
pub type Words = Box<dyn FnOnce() -> Card + Send>;

/// One card of the operator's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Card {
    /// Its id within the page and in data: `mail`.
    pub id: &'static str,
    /// What it is about: "Mail".
    pub title: String,
    /// What is known, line by line.
    pub lines: Vec<Line>,
    /// What needs somebody, the worst first. None: nothing does.
    pub concerns: Vec<Concern>,
    /// Words and path of a page with more.
    pub more: Option<(String, String)>,
}

/// One line of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What it is: "Last sent".
    pub label: String,
    /// What is known of it.
    #[serde(flatten)]
    pub value: Known,
}

/// A value of a card, as it is in data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Known {
    /// Words.
    Text(String),
    /// A count.
    Number(u64),
    /// A moment.
    Moment(Timestamp),
    /// So many bytes.
    Bytes(u64),
}

/// How much a concern matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Something people rely on does not work.
    Now,
    /// It will not for long.
    Soon,
}

/// Something that needs whoever runs the copy: one sentence that says what is so, and one that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Concern {
    /// How much it matters.
    pub grade: Grade,
    /// "3 messages have waited since 7:02am, because the mail server cannot be reached."
    pub what: String,
    /// "Look whether it is running, and whether its address is right."
    pub next: String,
}

impl Card {
    /// A card without lines yet.
    pub fn new(id: &'static str, title: impl Into<String>) -> Card {
        Card { id, title: title.into(), lines: vec![], concerns: vec![], more: None }
    }

    /// Adds what is known of something.
    #[must_use]
    pub fn line(mut self, label: impl Into<String>, value: Known) -> Card {
        self.lines.push(Line { label: label.into(), value });
        self
    }

    /// Adds something that needs somebody.
    #[must_use]
    pub fn concern(mut self, grade: Grade, what: impl Into<String>, next: impl Into<String>) -> Card {
        self.concerns.push(Concern { grade, what: what.into(), next: next.into() });
        self.concerns.sort_by_key(|concern| concern.grade);
        self
    }

    /// Says where there is more.
    #[must_use]
    pub fn more(mut self, text: impl Into<String>, href: impl Into<String>) -> Card {
        self.more = Some((text.into(), href.into()));
        self
    }
}

impl From<String> for Known {
    fn from(text: String) -> Known {
        Known::Text(text)
    }
}

impl From<u64> for Known {
    fn from(number: u64) -> Known {
        Known::Number(number)
    }
}

impl From<Timestamp> for Known {
    fn from(at: Timestamp) -> Known {
        Known::Moment(at)
    }
}
