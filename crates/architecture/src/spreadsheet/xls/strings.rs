//! Texts as old workbooks hold them: a length, a byte that says whether characters have one byte or two, the characters, and
//! between them marks of fonts and of phonetic hints. A text may be continued in the next record, with a new such byte.

use super::super::{Limits, Unreadable};

/// The list of texts that cells share.
#[derive(Default)]
pub(super) struct Texts {
    all: String,
    ends: Vec<usize>,
}

fn broken() -> Unreadable {
    Unreadable::BrokenPart { part: "the list of texts".to_owned() }
}

impl Texts {
    /// Reads the record of texts and those that continue it. The number of texts that it states is not looked at.
    pub(super) fn read(pieces: &[&[u8]], limits: &Limits) -> Result<Texts, Unreadable> {
        let mut reader = Pieces { pieces, piece: 0, at: 8 };
        let mut texts = Texts::default();
        while !reader.is_at_end() {
            let text = reader.text(true).ok_or_else(broken)?;
            let most = limits.expanded_bytes;
            texts.all.push_str(&text);
            if u64::try_from(texts.all.len()).unwrap_or(u64::MAX) > most {
                return Err(Unreadable::TooMuchText { limit: most });
            }
            texts.ends.push(texts.all.len());
        }
        Ok(texts)
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.all.get(start..end)
    }
}

/// One text with a length of two bytes.
pub(super) fn one(data: &[u8]) -> Option<String> {
    continued(&[data])
}

/// One text with a length of two bytes, perhaps continued.
pub(super) fn continued(pieces: &[&[u8]]) -> Option<String> {
    Pieces { pieces, piece: 0, at: 0 }.text(false)
}

/// One text with a length of one byte.
pub(super) fn short(data: &[u8]) -> Option<String> {
    let (length, rest) = data.split_first()?;
    let (flags, rest) = rest.split_first()?;
    Some(characters(rest, usize::from(*length), flags & 1 != 0)?.0)
}

/// That many characters, and how many bytes they took; fewer where the bytes end.
fn characters(bytes: &[u8], count: usize, wide: bool) -> Option<(String, usize)> {
    if !wide {
        let bytes = bytes.get(..count.min(bytes.len()))?;
        return Some((bytes.iter().map(|byte| char::from(*byte)).collect(), bytes.len()));
    }
    let bytes = bytes.get(..count.saturating_mul(2).min(bytes.len() / 2 * 2))?;
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair));
    let text = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Some((text, bytes.len()))
}

struct Pieces<'a> {
    pieces: &'a [&'a [u8]],
    piece: usize,
    at: usize,
}

impl Pieces<'_> {
    fn rest(&self) -> &[u8] {
        self.pieces.get(self.piece).and_then(|piece| piece.get(self.at..)).unwrap_or_default()
    }

    /// Goes on in the next piece where this one has ended.
    fn turn(&mut self) {
        while self.rest().is_empty() && self.piece + 1 < self.pieces.len() {
            (self.piece, self.at) = (self.piece + 1, 0);
        }
    }

    fn is_at_end(&mut self) -> bool {
        self.turn();
        self.rest().is_empty()
    }

    fn byte(&mut self) -> Option<u8> {
        self.turn();
        let byte = *self.rest().first()?;
        self.at += 1;
        Some(byte)
    }

    fn word(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > 0 {
            self.turn();
            let step = count.min(self.rest().len());
            if step == 0 {
                return None;
            }
            self.at += step;
            count -= step;
        }
        Some(())
    }

    fn text(&mut self, rich: bool) -> Option<String> {
        let length = usize::from(self.word()?);
        let flags = self.byte()?;
        let runs = if rich && flags & 8 != 0 { usize::from(self.word()?) } else { 0 };
        let hints = match rich && flags & 4 != 0 {
            true => usize::try_from(u32::from(self.word()?) | (u32::from(self.word()?) << 16)).ok()?,
            false => 0,
        };
        let mut text = String::new();
        let (mut left, mut wide) = (length, flags & 1 != 0);
        while left > 0 {
            if self.rest().is_empty() {
                // Characters that go on in the next record begin there with a byte that says how wide they are.
                if self.piece + 1 >= self.pieces.len() {
                    return None;
                }
                (self.piece, self.at) = (self.piece + 1, 0);
                let flags = *self.rest().first()?;
                self.at = 1;
                wide = flags & 1 != 0;
            }
            let (more, bytes) = characters(self.rest(), left, wide)?;
            let taken = if wide { bytes / 2 } else { bytes };
            if taken == 0 {
                return None;
            }
            text.push_str(&more);
            self.at += bytes;
            left -= taken;
        }
        self.skip(runs.saturating_mul(4))?;
        self.skip(hints)?;
        Some(text)
    }
}
