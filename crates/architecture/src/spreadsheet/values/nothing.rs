//! Texts that say there is no value, and which kind of nothing they mean.

use serde::{Deserialize, Serialize};

/// Why there is no value, as far as the text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nothing {
    /// Nobody knows, or not yet: "TBC", "unknown", "?".
    NotKnown,
    /// The question does not arise: "n/a".
    DoesNotApply,
    /// It was looked into, and there is none: "none", "nil".
    None,
}

/// The kind of nothing that a text says, if it says nothing else.
pub fn read_nothing(text: &str) -> Option<Nothing> {
    const NOT_KNOWN: &[&str] = &[
        "tbc",
        "tba",
        "tbd",
        "tbc tbc",
        "unknown",
        "not known",
        "unkown",
        "unknow",
        "dont know",
        "do not know",
        "dk",
        "to be confirmed",
        "to be advised",
        "to be determined",
        "to be decided",
        "to be agreed",
        "awaiting",
        "awaiting confirmation",
        "awaiting info",
        "awaiting information",
        "not sure",
        "unsure",
        "unclear",
        "pending",
        "to check",
        "check",
        "to follow",
        "not recorded",
        "not available",
        "no data",
        "no information",
        "no info",
        "missing",
        "blank",
        "xx",
        "xxx",
        "xxxx",
        "update",
        "ask",
        "information not held",
        "not held",
        "to be completed",
        "needs checking",
        "not provided",
        "not given",
        "not stated",
        "tbc date",
        "date tbc",
        "date unknown",
        "cost unknown",
        "unspecified",
        "undefined",
        "null",
        "nk",
        "query",
        "not confirmed",
    ];
    const DOES_NOT_APPLY: &[&str] = &[
        "n a",
        "na",
        "not applicable",
        "not app",
        "does not apply",
        "doesnt apply",
        "not relevant",
        "not required",
        "n app",
    ];
    const NONE: &[&str] = &["none", "nil", "no", "nothing", "none known", "there is none", "zero"];
    const ERRORS: &[&str] = &["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#GETTING_DATA"];

    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if text.len() > 100 {
        return None;
    }
    // LibreOffice shows some errors by their numbers.
    let numbered = text.strip_prefix("Err:").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    if ERRORS.contains(&text) || numbered {
        return Some(Nothing::NotKnown);
    }
    let folded = vocabulary::fold(text);
    if folded.is_empty() {
        // Nothing but signs: a dash, a question mark, dots.
        let signs = text.chars().all(|sign| {
            matches!(
                sign,
                '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '?' | '.' | '\u{2026}' | '_' | '*' | '/' | ' ' | '~'
            )
        });
        return signs.then_some(Nothing::NotKnown);
    }
    if folded.len() > 30 {
        return None;
    }
    let word = folded.as_str();
    if DOES_NOT_APPLY.contains(&word) {
        Some(Nothing::DoesNotApply)
    } else if NOT_KNOWN.contains(&word) {
        Some(Nothing::NotKnown)
    } else if NONE.contains(&word) {
        Some(Nothing::None)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_nothing() {
        for (text, expected) in [
            ("n/a", Some(Nothing::DoesNotApply)),
            ("N/A", Some(Nothing::DoesNotApply)),
            ("Not applicable.", Some(Nothing::DoesNotApply)),
            ("TBC", Some(Nothing::NotKnown)),
            ("?", Some(Nothing::NotKnown)),
            ("-", Some(Nothing::NotKnown)),
            ("\u{2013}", Some(Nothing::NotKnown)),
            ("unknown", Some(Nothing::NotKnown)),
            ("#N/A", Some(Nothing::NotKnown)),
            ("Err:502", Some(Nothing::NotKnown)),
            ("Err:or", None),
            ("???", Some(Nothing::NotKnown)),
            ("None", Some(Nothing::None)),
            ("nil", Some(Nothing::None)),
            ("Northgate", None),
            ("", None),
            ("0", None),
            ("\u{a3}", None),
            ("Nota", None),
        ] {
            assert_eq!(read_nothing(text), expected, "{text}");
        }
    }
}
