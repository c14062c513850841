//! An operator's own texts: files in Markdown, read and checked once, at start. A text that cannot be shown as it was meant
//! stops the start, with its place and what to do; nothing is left out silently.
//!
//! A file begins with the day on which it was last updated, then a heading if wanted, then the text:
//!
//! ```text
//! ---
//! updated: 2026-03-03
//! ---
//!
//! # Privacy notice of Ashmere Borough Council
//!
//! {name} runs this service. Write to {contact}.
//!
//! {kept}
//! ```
//!
//! The day stands in the file, since copying and packing files changes what a disk says of them.

mod address;
mod markdown;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use vocabulary::Date;

use crate::Policy;

/// Largest text, in bytes.
const LARGEST: u64 = 200 * 1024;

/// What a text may name by a word in braces.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// `{name}`: who runs this copy.
    pub name: Option<String>,
    /// `{contact}`: an e-mail address for help.
    pub contact: Option<String>,
    /// `{address}`: how people reach this copy.
    pub address: String,
}

/// The operator's own texts, as far as there are any. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct Texts(Arc<BTreeMap<Policy, OwnText>>);

/// One text, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnText {
    /// When it was last updated, as it says itself.
    pub updated: Date,
    /// Its own heading, if it has one.
    pub title: Option<String>,
    /// The text, heading included, as it was written.
    pub markdown: String,
    /// What is shown beneath the heading.
    pub(crate) parts: Vec<Part>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Part {
    /// HTML that was made here from Markdown.
    Html { html: String },
    /// `{cookies}`: the table of cookies.
    Cookies,
    /// `{kept}`: the table of what is kept.
    Kept,
}

/// Something in a text that cannot be shown, with what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextProblem {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong and what to do.
    pub message: String,
}

/// Why texts were not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTexts {
    /// The folder or a file of it.
    #[error("{path} cannot be read: {reason}", path = .path.display(), reason = .error.kind())]
    Unread {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Files that are no page's text, by name.
    #[error("{}", unknown(.0))]
    Unknown(Vec<String>),
    /// What is wrong within them.
    #[error("texts cannot be shown as they are")]
    Problems(Vec<TextProblem>),
}

fn unknown(names: &[String]) -> String {
    let known: Vec<String> = Policy::ALL.iter().map(|policy| file_name(*policy)).collect();
    let are = if names.len() == 1 { "is no page's text" } else { "are no pages' texts" };
    format!("{} {are}; those that are known: {}", names.join(", "), known.join(", "))
}

fn file_name(policy: Policy) -> String {
    format!("{}.md", policy.word())
}

impl Texts {
    /// Reads all texts of a folder. Names that begin with a dot are passed over.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, holds what is no page's text, or a text has problems: all are told at once.
    pub fn read(folder: &Path, words: &Words) -> Result<Texts, NotTexts> {
        let unread = |path: &Path, error| NotTexts::Unread { path: path.to_owned(), error };
        let mut unknown = Vec::new();
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).map_err(|error| unread(folder, error))? {
            let name = entry.map_err(|error| unread(folder, error))?.file_name().to_string_lossy().into_owned();
            match Policy::ALL.into_iter().find(|policy| file_name(*policy) == name) {
                Some(policy) => found.push((policy, name)),
                None if name.starts_with('.') => {}
                None => unknown.push(name),
            }
        }
        if !unknown.is_empty() {
            unknown.sort();
            return Err(NotTexts::Unknown(unknown));
        }
        found.sort();
        let mut texts = BTreeMap::new();
        let mut problems = Vec::new();
        for (policy, name) in found {
            let path = folder.join(&name);
            let size = fs::metadata(&path).map_err(|error| unread(&path, error))?.len();
            let read = match size {
                0..=LARGEST => OwnText::read(&fs::read(&path).map_err(|error| unread(&path, error))?, words),
                _ => Err(vec![(1, format!("the file is larger than {} KB; is it the right one?", LARGEST / 1024))]),
            };
            match read {
                Ok(text) => drop(texts.insert(policy, text)),
                Err(found) => problems.extend(found.into_iter().map(|(line, message)| TextProblem {
                    file: name.clone(),
                    line,
                    message,
                })),
            }
        }
        match problems.is_empty() {
            true => Ok(Texts(Arc::new(texts))),
            false => Err(NotTexts::Problems(problems)),
        }
    }

    /// The text of a page, if the operator wrote one.
    pub fn of(&self, policy: Policy) -> Option<&OwnText> {
        self.0.get(&policy)
    }

    /// Of which pages there are texts.
    pub fn pages(&self) -> Vec<Policy> {
        self.0.keys().copied().collect()
    }

    /// All pages with this text: for samples.
    pub(crate) fn all(text: &OwnText) -> Texts {
        Texts(Arc::new(Policy::ALL.into_iter().map(|policy| (policy, text.clone())).collect()))
    }
}

impl OwnText {
    /// Reads one text. Each problem with its line.
    pub(crate) fn read(bytes: &[u8], words: &Words) -> Result<OwnText, Vec<(u64, String)>> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = str::from_utf8(bytes).map_err(|error| {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            vec![(line as u64, "this is not UTF-8; save the file as UTF-8".to_owned())]
        })?;
        let (updated, before) = beginning(text).map_err(|problem| vec![problem])?;
        let lines_before = text[..before].matches('\n').count() as u64;
        let markdown = &text[before..];
        let written = markdown::written(markdown, words).map_err(|problems| -> Vec<(u64, String)> {
            problems.into_iter().map(|(line, message)| (line + lines_before, message)).collect()
        })?;
        if written.parts.is_empty() {
            return Err(vec![(lines_before + 1, "there is no text; write some, or take the file away".to_owned())]);
        }
        Ok(OwnText { updated, title: written.title, markdown: markdown.trim().to_owned(), parts: written.parts })
    }
}

/// How a file begins: the day, and how many bytes that takes.
fn beginning(text: &str) -> Result<(Date, usize), (u64, String)> {
    const SO: &str = "begin the file with three lines: ---, updated: 2026-03-03 (the day it was last updated), ---";
    let mut read = 0;
    let mut day = None;
    for (place, line) in text.split_inclusive('\n').enumerate() {
        read += line.len();
        let (line, number) = (line.trim_end(), place as u64 + 1);
        match (place, line) {
            (0, "---") => {}
            (0, _) => return Err((1, format!("it does not say when it was last updated; {SO}"))),
            (_, "---") => {
                return day.map(|day| (day, read)).ok_or((number, format!("no day stands above; {SO}")));
            }
            (_, "") => {}
            _ => match line.split_once(':') {
                Some(("updated", said)) if day.is_none() => {
                    let said = said.trim();
                    let read: Result<Date, _> = said.parse();
                    let wrong = || (number, format!("\"{said}\" is no day; write it like 2026-03-03"));
                    day = Some(read.map_err(|_| wrong())?);
                }
                _ => return Err((number, format!("\"{line}\" is not known here; only updated is, once"))),
            },
        }
    }
    Err((1, format!("the lines at the beginning do not end with ---; {SO}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

    use super::*;

    fn words() -> Words {
        Words { name: Some("Ashmere".to_owned()), contact: Some("help@ashmere.example".to_owned()), ..Words::default() }
    }

    fn problem(text: &str) -> (u64, String) {
        let problems = OwnText::read(text.as_bytes(), &words()).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems.into_iter().next().unwrap()
    }

    #[test]
    fn a_text_begins_with_its_day() {
        let text =
            OwnText::read(b"\xef\xbb\xbf---\r\nupdated: 2026-03-03\r\n---\r\n\r\n# Ours\r\n\r\nText.\r\n", &words());
        let text = text.unwrap();
        assert_eq!((text.updated.to_string().as_str(), text.title.as_deref()), ("2026-03-03", Some("Ours")));
        assert_eq!(text.markdown, "# Ours\r\n\r\nText.");
        for (bad, line, said) in [
            ("# Ours\n\nText.\n", 1, "does not say when"),
            ("---\n---\n\nText.\n", 2, "no day stands above"),
            ("---\nupdated: 3 March\n---\n\nText.\n", 2, "\"3 March\" is no day"),
            ("---\ntitle: Ours\nupdated: 2026-03-03\n---\n\nText.\n", 2, "\"title: Ours\" is not known"),
            ("---\nupdated: 2026-03-03\nupdated: 2026-03-04\n---\n\nText.\n", 3, "once"),
            ("---\nupdated: 2026-03-03\n\nText:\n", 4, "\"Text:\" is not known"),
            ("---\nupdated: 2026-03-03\n", 1, "do not end"),
            ("---\nupdated: 2026-03-03\n---\n\n\n", 4, "there is no text"),
        ] {
            let found = problem(bad);
            assert!(found.0 == line && found.1.contains(said), "{bad:?}: {found:?}");
        }
        let latin = OwnText::read(b"---\nupdated: 2026-03-03\n---\n\nCaf\xe9\n", &words()).unwrap_err();
        assert_eq!(latin, [(5, "this is not UTF-8; save the file as UTF-8".to_owned())]);
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let found = problem("---\nupdated: 2026-03-03\n---\n\nFine.\n\n<script>alert(1)</script>\n");
        assert_eq!(found.0, 7, "{found:?}");
    }

    #[test]
    fn a_folder_holds_texts_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        assert!(Texts::read(folder.path(), &words()).unwrap().pages().is_empty());
        write("terms.md", "---\nupdated: 2026-03-03\n---\n\nBe kind.\n");
        write(".notes", "mine");
        let texts = Texts::read(folder.path(), &words()).unwrap();
        assert_eq!(texts.pages(), [Policy::Terms]);
        assert!(texts.of(Policy::Privacy).is_none());

        write("privacy.md", "<b>\n");
        write("cookies.md", "---\nupdated: 2026-03-03\n---\n\n<b>x</b> ![a](b)\n");
        let Err(NotTexts::Problems(problems)) = Texts::read(folder.path(), &words()) else { panic!("taken") };
        let places: Vec<_> = problems.iter().map(|problem| (problem.file.as_str(), problem.line)).collect();
        assert_eq!(
            places,
            [("privacy.md", 1), ("cookies.md", 5), ("cookies.md", 5), ("cookies.md", 5)],
            "{problems:?}"
        );

        write("privacy.MD", "x");
        write("help.md", "x");
        let refused = Texts::read(folder.path(), &words()).unwrap_err().to_string();
        assert!(refused.starts_with("help.md, privacy.MD are no pages' texts"), "{refused}");
        assert!(refused.contains("privacy.md, cookies.md, accessibility.md, terms.md"), "{refused}");

        fs::remove_file(folder.path().join("privacy.MD")).unwrap();
        fs::remove_file(folder.path().join("help.md")).unwrap();
        write("privacy.md", &"x".repeat(300_000));
        let refused = Texts::read(folder.path(), &words()).unwrap_err();
        assert!(format!("{refused:?}").contains("larger than 200 KB"), "{refused:?}");
        let none = Texts::read(&folder.path().join("none"), &words()).unwrap_err();
        assert!(matches!(none, NotTexts::Unread { .. }), "{none}");
    }
}
