//! From the raw target of a request to path, format and language. Odd spellings of a path are not found, never tidied:
//! one thing has one address.

use axum::http::Uri;

use crate::{Format, Language};

/// The formats that a suffix can ask for.
const FORMATS: [Format; 5] = [Format::Json, Format::Csv, Format::Xlsx, Format::Svg, Format::Png];

/// A path worth routing.
#[derive(Debug)]
pub(crate) struct Address {
    pub path: String,
    /// The format that the suffix asks for, if there was one.
    pub format: Option<Format>,
    pub language: Language,
}

/// What to do with a target.
#[derive(Debug)]
pub(crate) enum Target {
    Good(Address),
    /// The same address without its last slash.
    Moved(String),
    /// No address, with the language and the format of whoever asks.
    Odd(Language, Option<Format>),
}

impl Target {
    pub(crate) fn read(uri: &Uri, languages: &[Language]) -> Target {
        let path = uri.path();
        let (stem, format) = FORMATS
            .into_iter()
            .filter_map(|format| Some((path.strip_suffix(format.suffix())?, Some(format))))
            .next()
            .unwrap_or((path, None));
        if !sound(path) {
            return Target::Odd(in_language(path, languages).0, format);
        }
        if let Some(shorter) = path.strip_suffix('/').filter(|shorter| !shorter.is_empty()) {
            let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            return Target::Moved(format!("{shorter}{query}"));
        }
        let (language, path) = in_language(stem, languages);
        if format.is_some() && stem.ends_with('/') && stem != "/" {
            return Target::Odd(language, format);
        }
        Target::Good(Address { path, format, language })
    }
}

fn in_language(path: &str, languages: &[Language]) -> (Language, String) {
    for language in languages {
        let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(language.code()));
        match rest {
            Some("") => return (language.clone(), "/".to_owned()),
            Some(rest) if rest.starts_with('/') => return (language.clone(), rest.to_owned()),
            _ => {}
        }
    }
    (Language::default(), path.to_owned())
}

/// No empty, `.` or `..` segment, no backslash; and, percent-encoded, no slash, dot, backslash or control character, and
/// nothing that is not UTF-8.
fn sound(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if !rest.is_empty() && rest.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return false;
    }
    if path.starts_with("//") {
        return false;
    }
    let mut bytes = path.bytes();
    let mut decoded = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (high, low) = (bytes.next().and_then(hex), bytes.next().and_then(hex));
        let Some(byte) = high.zip(low).map(|(high, low)| high * 16 + low) else {
            return false;
        };
        if matches!(byte, b'/' | b'\\' | b'.') {
            return false;
        }
        decoded.push(byte);
    }
    let text = std::str::from_utf8(&decoded);
    text.is_ok_and(|text| !text.chars().any(|c| c.is_control() || c == '\\'))
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
