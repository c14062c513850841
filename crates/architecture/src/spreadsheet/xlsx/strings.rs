//! The list of texts that cells share: each is stored once in the file, and once here.

use quick_xml::events::Event;

use super::super::{
    Limits, Unreadable,
    package::Part,
    xml::{Xml, unescape_excel},
};

#[derive(Debug, Default)]
pub(super) struct Texts {
    all: String,
    /// Where each text ends; none for one that is longer than a cell may be.
    ends: Vec<(usize, bool)>,
}

/// A shared text, or word that it is longer than any cell may be.
pub(super) enum Shared<'a> {
    Text(&'a str),
    TooLong,
}

impl Texts {
    pub(super) fn read(part: &Part, limits: &Limits) -> Result<Texts, Unreadable> {
        let mut xml = Xml::new(part);
        let mut texts = Texts::default();
        let mut text = String::new();
        loop {
            match xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "si" => {
                    text.clear();
                    rich_text(&mut xml, &mut text)?;
                    let fits = text.chars().count() <= limits.cell_characters;
                    if fits {
                        texts.all.push_str(&unescape_excel(&text));
                    }
                    texts.ends.push((texts.all.len(), fits));
                }
                Event::Eof => return Ok(texts),
                _ => {}
            }
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Shared<'_>> {
        let (end, fits) = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => self.ends.get(before)?.0,
            None => 0,
        };
        match fits {
            true => self.all.get(start..end).map(Shared::Text),
            false => Some(Shared::TooLong),
        }
    }
}

/// Adds the text of an element that holds runs of text (`si`, `is`), without phonetic hints, up to its end.
pub(super) fn rich_text(xml: &mut Xml<'_>, text: &mut String) -> Result<(), Unreadable> {
    let mut inner = 0_usize;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" => xml.text_into(text)?,
                "rPh" => xml.skip()?,
                _ => inner += 1,
            },
            Event::End(_) if inner == 0 => return Ok(()),
            Event::End(_) => inner -= 1,
            _ => {}
        }
    }
}
