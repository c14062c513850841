//! What a page says, as plain values: the same for people, who get it through a template, and for programs.

use serde::Serialize;
use web::say;

use crate::Policies;

/// A headed part of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Section {
    pub(crate) heading: String,
    /// 2 for a part of the page, 3 for a part of that.
    pub(crate) level: u8,
    pub(crate) blocks: Vec<Block>,
}

/// Something that stands beneath a heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Block {
    /// Sentences.
    Text { text: String },
    /// Several things, each said in a sentence or less.
    Points { points: Vec<String> },
    /// Ways to go, each with what is there.
    Links { links: Vec<Link> },
    /// A text that is quoted as it is, paragraph by paragraph.
    Quoted { paragraphs: Vec<String> },
    /// The table of what is kept.
    Kept,
    /// The table of cookies.
    Cookies,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) href: String,
}

pub(crate) fn section(heading: impl Into<String>, blocks: Vec<Block>) -> Section {
    Section { heading: heading.into(), level: 2, blocks }
}

pub(crate) fn subsection(heading: impl Into<String>, blocks: Vec<Block>) -> Section {
    Section { level: 3, ..section(heading, blocks) }
}

pub(crate) fn text(text: impl Into<String>) -> Block {
    Block::Text { text: text.into() }
}

pub(crate) fn points(points: impl IntoIterator<Item = String>) -> Block {
    Block::Points { points: points.into_iter().collect() }
}

pub(crate) fn links<const N: usize>(links: [(String, &str); N]) -> Block {
    Block::Links { links: links.into_iter().map(|(text, href)| Link { text, href: href.to_owned() }).collect() }
}

/// A link that writes to whoever runs the copy.
pub(crate) fn write_to(contact: &str) -> Block {
    Block::Links {
        links: vec![Link { text: say!("Write to {contact}", contact = contact), href: format!("mailto:{contact}") }],
    }
}

impl Policies {
    /// Who runs this copy, or that nobody said so.
    pub(crate) fn who(&self) -> Block {
        text(match (&self.name, self.demonstration) {
            (_, true) => say!(
                "This is a demonstration: everything in it is invented, and it is reached from this computer only."
            ),
            (Some(name), false) => say!("{name} runs this copy of Commonhold.", name = name),
            (None, false) => say!("Whoever runs this copy of Commonhold has not said here who they are."),
        })
    }

    /// How they are reached about `what`, or that nobody said so.
    pub(crate) fn contact(&self) -> Block {
        match (&self.contact, self.demonstration) {
            (Some(contact), _) => write_to(contact),
            (None, true) => text(say!("Whoever started it on this computer runs it.")),
            (None, false) => text(say!(
                "How to reach whoever runs this copy is not said here. Ask whoever invited you, if somebody did."
            )),
        }
    }
}
