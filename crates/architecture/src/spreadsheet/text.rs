//! Bytes to text. Encodings are told apart by byte order mark, by zero bytes and by whether UTF-8 fits; nothing is
//! replaced silently: what cannot be text is refused with its line.

use super::{Encoding, LooksLike, Unreadable};

/// Decodes a text file, without its byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, Encoding), Unreadable> {
    let (text, encoding) = if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        (utf8(rest, true)?, Encoding::Utf8)
    } else if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        (utf16(rest, u16::from_le_bytes)?, Encoding::Utf16Le)
    } else if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        (utf16(rest, u16::from_be_bytes)?, Encoding::Utf16Be)
    } else if let Some(encoding) = unmarked_utf16(bytes) {
        let pair = match encoding {
            Encoding::Utf16Be => u16::from_be_bytes,
            _ => u16::from_le_bytes,
        };
        (utf16(bytes, pair)?, encoding)
    } else if std::str::from_utf8(bytes).is_ok() || ends_inside_a_character(bytes) {
        (utf8(bytes, false)?, Encoding::Utf8)
    } else {
        // Windows-1252 gives a character to every byte, so it comes last.
        surrogate_in_utf8(bytes)?;
        let (text, _, _) = encoding_rs::WINDOWS_1252.decode(bytes);
        (text.into_owned(), Encoding::Windows1252)
    };
    refuse_what_is_not_text(&text)?;
    Ok((text, encoding))
}

/// Decodes a part of a workbook: UTF-8, or UTF-16 with its mark, which XML also allows.
pub(super) fn decode_xml(bytes: Vec<u8>, place: &str) -> Result<String, Unreadable> {
    let broken = || Unreadable::BrokenPart { part: place.to_owned() };
    let text = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).map_err(|_| broken())?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).map_err(|_| broken())?,
        _ => String::from_utf8(bytes).map_err(|error| match surrogate_in_utf8(error.as_bytes()) {
            Ok(()) => broken(),
            Err(_) => Unreadable::LoneSurrogate { place: place.to_owned() },
        })?,
    };
    match text.contains('\0') {
        true => Err(Unreadable::NulBytes { place: place.to_owned() }),
        false => Ok(text),
    }
}

fn utf8(bytes: &[u8], marked: bool) -> Result<String, Unreadable> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let line = line_of(bytes, error.valid_up_to());
            surrogate_in_utf8(bytes)?;
            match error.error_len() {
                None => Err(Unreadable::CutOff(format!("in the middle of a character in line {line}"))),
                Some(_) if marked => Err(Unreadable::WrongEncoding { line }),
                Some(_) => Err(Unreadable::NotASpreadsheet(LooksLike::Unknown)),
            }
        }
    }
}

/// The bytes are UTF-8 with some character beyond ASCII, but for a last character that is not complete.
fn ends_inside_a_character(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => false,
        Err(error) => {
            let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
            error.error_len().is_none() && !valid.is_ascii()
        }
    }
}

/// Refuses a surrogate written in UTF-8 (`ED A0..BF`), which no encoder may produce (RFC 3629, section 3).
fn surrogate_in_utf8(bytes: &[u8]) -> Result<(), Unreadable> {
    let Err(error) = std::str::from_utf8(bytes) else { return Ok(()) };
    let rest = bytes.get(error.valid_up_to()..).unwrap_or_default();
    match rest {
        [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => {
            let line = line_of(bytes, error.valid_up_to());
            Err(Unreadable::LoneSurrogate { place: format!("line {line}") })
        }
        _ => Ok(()),
    }
}

fn line_of(bytes: &[u8], place: usize) -> u32 {
    let before = bytes.get(..place).unwrap_or_default();
    let breaks = before.iter().filter(|byte| **byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

fn utf16(bytes: &[u8], pair: fn([u8; 2]) -> u16) -> Result<String, Unreadable> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut line = 1_u32;
    for unit in char::decode_utf16(pairs.iter().map(|bytes| pair(*bytes))) {
        let Ok(character) = unit else {
            return Err(Unreadable::LoneSurrogate { place: format!("line {line}") });
        };
        if character == '\n' {
            line = line.saturating_add(1);
        }
        text.push(character);
    }
    match rest {
        [] => Ok(text),
        _ => Err(Unreadable::CutOff(format!("in the middle of a character in line {line}"))),
    }
}

/// UTF-16 without a mark: Latin text has a zero in nearly every second byte, always the same one.
fn unmarked_utf16(bytes: &[u8]) -> Option<Encoding> {
    let (pairs, _) = bytes.get(..bytes.len().min(1000))?.as_chunks::<2>();
    if pairs.len() < 4 {
        return None;
    }
    let low = pairs.iter().filter(|pair| pair[0] != 0 && pair[1] == 0).count();
    let high = pairs.iter().filter(|pair| pair[0] == 0 && pair[1] != 0).count();
    let most = pairs.len() * 7 / 10;
    match (low > most, high > most) {
        (true, _) => Some(Encoding::Utf16Le),
        (_, true) => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// Refuses NUL characters by their line, and anything else with many control characters as no text at all.
fn refuse_what_is_not_text(text: &str) -> Result<(), Unreadable> {
    let strange = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    let first = text.chars().take(4096);
    let (strange_ones, all) = first.fold((0_usize, 0_usize), |(strange_ones, all), character| {
        (strange_ones + usize::from(strange(character)), all + 1)
    });
    let nul = text.find('\0');
    // A stray NUL is a damaged text; many different control characters are no text.
    let other_controls = text.chars().take(4096).filter(|c| strange(*c) && *c != '\0').count();
    if other_controls > 3 && strange_ones * 20 > all {
        return Err(Unreadable::NotASpreadsheet(LooksLike::Unknown));
    }
    match nul {
        Some(place) => Err(Unreadable::NulBytes { place: format!("line {}", line_of(text.as_bytes(), place)) }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]
    use super::*;

    fn wide(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "System,Cost\r\nCaf\u{e9},\u{a3}12\r\n";
        let cases = [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), Encoding::Utf8),
            ([b"\xff\xfe".to_vec(), wide(text, u16::to_le_bytes)].concat(), Encoding::Utf16Le),
            ([b"\xfe\xff".to_vec(), wide(text, u16::to_be_bytes)].concat(), Encoding::Utf16Be),
            (wide(text, u16::to_le_bytes), Encoding::Utf16Le),
            (wide(text, u16::to_be_bytes), Encoding::Utf16Be),
            (b"System,Cost\r\nCaf\xe9,\xa312\r\n".to_vec(), Encoding::Windows1252),
        ];
        for (bytes, encoding) in cases {
            assert_eq!(decode(&bytes).unwrap(), (text.to_owned(), encoding));
        }
    }

    #[test]
    fn what_is_not_text_is_refused_with_its_line() {
        let nul = Unreadable::NulBytes { place: "line 2".into() };
        assert_eq!(decode(b"System,Cost\nA\0B,1\n").unwrap_err(), nul);
        let lone = [b"\xff\xfe".to_vec(), wide("a\nb", u16::to_le_bytes), vec![0x00, 0xd8, 0x41, 0x00]].concat();
        assert_eq!(decode(&lone).unwrap_err(), Unreadable::LoneSurrogate { place: "line 2".into() });
        assert_eq!(decode(b"a\nb\nc\xed\xa0\x80d").unwrap_err().code(), "lone_surrogate");
        assert_eq!(decode(b"\xef\xbb\xbfa\n\xa3").unwrap_err(), Unreadable::WrongEncoding { line: 2 });
        assert_eq!(decode("Caf\u{e9} \u{a3}".as_bytes().split_last().unwrap().1).unwrap_err().code(), "cut_off");
        let odd = [b"\xff\xfe".to_vec(), wide("ab", u16::to_le_bytes), vec![0x41]].concat();
        assert_eq!(decode(&odd).unwrap_err().code(), "cut_off");
        let noise: Vec<u8> = (0..2000_u32).map(|n| (n * 7919 % 251 + 1) as u8).collect();
        assert_eq!(decode(&noise).unwrap_err().code(), "not_a_spreadsheet");
    }
}
