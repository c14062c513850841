//! XML as workbooks use it: elements, attributes, text. A document type or an entity of its own is refused, which
//! ends every entity trick (billion laughs, external entities) before it begins.

use std::borrow::Cow;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};

use super::{Unreadable, package::Part};

/// How deep elements may stand within elements. No program writes a fifth of it, and each open element is remembered.
const DEEPEST: usize = 250;

pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    place: &'a str,
    depth: usize,
}

impl<'a> Xml<'a> {
    pub(super) fn new(part: &'a Part) -> Self {
        let text = part.text.strip_prefix('\u{feff}').unwrap_or(&part.text);
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Xml { reader, place: &part.place, depth: 0 }
    }

    /// The next event. The end of the text inside an element is a file that was cut off.
    pub(super) fn next(&mut self) -> Result<Event<'a>, Unreadable> {
        match self.reader.read_event() {
            Ok(Event::DocType(_)) => Err(Unreadable::DocumentType { part: self.place.to_owned() }),
            Ok(Event::Eof) if self.depth > 0 => Err(self.cut_off()),
            Ok(event) => {
                match &event {
                    Event::Start(_) if self.depth >= DEEPEST => return Err(self.broken()),
                    Event::Start(_) => self.depth += 1,
                    Event::End(_) => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
                Ok(event)
            }
            // The reader reports an unfinished tag as bad syntax.
            Err(quick_xml::Error::Syntax(_)) if self.depth > 0 => Err(self.cut_off()),
            Err(_) => Err(self.broken()),
        }
    }

    /// Adds the text of the current element, whose start was just read, to `text`, up to its end.
    pub(super) fn text_into(&mut self, text: &mut String) -> Result<(), Unreadable> {
        let mut inner = 0_usize;
        loop {
            match self.next()? {
                Event::Start(_) => inner += 1,
                Event::End(_) if inner == 0 => return Ok(()),
                Event::End(_) => inner -= 1,
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) => text.push(self.character(&reference)?),
                _ => {}
            }
        }
    }

    /// Passes over the current element, whose start was just read.
    pub(super) fn skip(&mut self) -> Result<(), Unreadable> {
        let mut inner = 0_usize;
        loop {
            match self.next()? {
                Event::Start(_) => inner += 1,
                Event::End(_) if inner == 0 => return Ok(()),
                Event::End(_) => inner -= 1,
                _ => {}
            }
        }
    }

    /// The values of some attributes by local name; the first of each name counts.
    pub(super) fn attributes<'e, const N: usize>(
        &self,
        element: &'e BytesStart<'_>,
        names: [&str; N],
    ) -> Result<[Option<Cow<'e, str>>; N], Unreadable> {
        let mut values = [const { None }; N];
        // Without the check for duplicates, which is quadratic.
        for attribute in element.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| self.broken())?;
            let key = attribute.key.local_name();
            let Some(place) = names.iter().position(|name| *name == key.as_ref()) else { continue };
            let Some(value) = values.get_mut(place).filter(|value| value.is_none()) else { continue };
            *value = Some(self.unescape(attribute.value)?);
        }
        Ok(values)
    }

    fn unescape<'e>(&self, raw: Cow<'e, str>) -> Result<Cow<'e, str>, Unreadable> {
        if !raw.contains('&') {
            return Ok(raw);
        }
        match quick_xml::escape::unescape(&raw) {
            Ok(value) => Ok(Cow::Owned(value.into_owned())),
            Err(_) => Err(self.broken()),
        }
    }

    pub(super) fn character(&self, reference: &str) -> Result<char, Unreadable> {
        let number = match reference.strip_prefix('#') {
            Some(digits) => match digits.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            },
            None => {
                return match reference {
                    "amp" => Ok('&'),
                    "lt" => Ok('<'),
                    "gt" => Ok('>'),
                    "quot" => Ok('"'),
                    "apos" => Ok('\''),
                    _ => Err(Unreadable::DocumentType { part: self.place.to_owned() }),
                };
            }
        };
        let place = || self.place.to_owned();
        match number {
            Ok(0) => Err(Unreadable::NulBytes { place: place() }),
            Ok(0xd800..=0xdfff) => Err(Unreadable::LoneSurrogate { place: place() }),
            Ok(number) => char::from_u32(number).ok_or_else(|| self.broken()),
            Err(_) => Err(self.broken()),
        }
    }

    pub(super) fn broken(&self) -> Unreadable {
        Unreadable::BrokenPart { part: self.place.to_owned() }
    }

    fn cut_off(&self) -> Unreadable {
        Unreadable::CutOff(format!("in the middle of {}", self.place))
    }
}

/// Undoes Excel's way of writing characters that XML cannot hold: `_x000D_` is a carriage return, `_x005F_` a line
/// beneath (ECMA-376 part 1, 22.9.2.19). Half a surrogate pair stays as written.
pub(super) fn unescape_excel(text: &str) -> Cow<'_, str> {
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("_x") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let escaped = from.get(2..6).filter(|_| from.get(6..7) == Some("_"));
        let character = escaped
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        let taken = match character {
            Some(character) => {
                out.push(character);
                7
            }
            None => {
                out.push_str("_x");
                2
            }
        };
        rest = from.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::unescape_excel;

    #[test]
    fn excels_own_escapes() {
        assert_eq!(unescape_excel("a_x000D_b"), "a\rb");
        assert_eq!(unescape_excel("_x005F_x000D_"), "_x000D_");
        assert_eq!(unescape_excel("_xD800_ _x12_ _x\u{e9}\u{e9}_"), "_xD800_ _x12_ _x\u{e9}\u{e9}_");
    }
}
