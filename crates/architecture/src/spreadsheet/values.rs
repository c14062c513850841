//! Texts of cells as values: dates, money, numbers, months, stages, lists. Each reader answers with a [`Read`], which
//! keeps apart what was understood, what says that there is nothing, and what was not understood and why.

mod dates;
mod lists;
mod money;
mod months;
mod nothing;
mod numbers;
mod status;

pub use dates::{DateOrMonth, InvalidDate, read_date};
pub use lists::read_list;
pub use money::{heading_says_millions, heading_says_thousands, heading_times_a_year, read_money, read_money_under};
pub use months::{Unit, heading_unit, read_months};
pub use nothing::{Nothing, read_nothing};
pub use numbers::{read_number, read_yes_no};
pub use status::{Status, UnknownStatus, read_status};

/// What reading a text gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read<T> {
    /// Understood.
    Ok(T),
    /// Understood, and the text says or implies that it is an estimate: "c. 200".
    Estimated(T),
    /// The text says that there is no value: "n/a", "TBC", "none".
    Nothing(Nothing),
    /// There is a text, and it cannot be read as this kind of value.
    NotUnderstood(NotUnderstood),
    /// There is no text.
    Empty,
}

/// Why a text was not understood, and what would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUnderstood {
    /// The text as sent.
    pub text: String,
    /// What is wrong, as the rest of a sentence that begins with the text: `is not a date`.
    pub why: String,
    /// How to write it.
    pub next_step: String,
}

impl<T> Read<T> {
    /// The value, estimated or not.
    pub fn value(self) -> Option<T> {
        match self {
            Read::Ok(value) | Read::Estimated(value) => Some(value),
            Read::Nothing(_) | Read::NotUnderstood(_) | Read::Empty => None,
        }
    }

    fn not(text: &str, why: String, next_step: String) -> Read<T> {
        Read::NotUnderstood(NotUnderstood { text: text.to_owned(), why, next_step })
    }
}

/// Whether a text is longer than any date, amount, number, period or status that people write. What follows may then
/// look at it several times.
fn is_long(text: &str) -> bool {
    text.len() > 300
}

/// Whether a supplier's name says that the organisation made the system itself: "In-house", "internal", "bespoke".
pub fn is_in_house(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "in house",
        "inhouse",
        "internal",
        "internally",
        "in house development",
        "in house developed",
        "in house build",
        "in house system",
        "developed in house",
        "built in house",
        "internal development",
        "internally developed",
        "internal system",
        "bespoke in house",
        "in house bespoke",
        "self developed",
        "self built",
        "own development",
        "council",
        "the council",
        "ict in house",
        "it in house",
        "internal it",
        "internal ict",
        "in house ict",
        "in house it",
        "home grown",
        "homegrown",
        "in house team",
        "none in house",
        "n a in house",
        "in house internal",
        "internal in house",
        "ourselves",
    ];
    WORDS.contains(&vocabulary::fold(text).as_str())
}

/// The text without words that mark an estimate around it, and whether there were any: "c. 200", "~200", "200 approx".
fn without_estimate(text: &str) -> (&str, bool) {
    const BEFORE: &[&str] = &[
        "approximately",
        "approx.",
        "approx",
        "circa",
        "about",
        "around",
        "roughly",
        "estimated",
        "estimate",
        "est.",
        "est",
        "ca.",
        "c.",
        "c",
        "~",
        "\u{2248}",
    ];
    const AFTER: &[&str] = &[
        "approximately",
        "approx.",
        "approx",
        "(approx)",
        "(approx.)",
        "(est)",
        "(est.)",
        "(estimated)",
        "(estimate)",
        "estimated",
        "est.",
        "est",
        "ish",
        "+",
    ];
    let text = text.trim();
    for word in BEFORE {
        let Some(rest) = strip_prefix_ignoring_case(text, word) else { continue };
        let symbol = !word.ends_with(char::is_alphabetic);
        let next = rest.chars().next();
        if symbol
            || next.is_some_and(|next| next.is_whitespace() || next == '\u{a3}' || next.is_ascii_digit() || next == ':')
        {
            return (rest.trim_start_matches([':', ' ', '\u{a0}']).trim(), true);
        }
    }
    for word in AFTER {
        let Some(rest) = strip_suffix_ignoring_case(text, word) else { continue };
        if rest.ends_with(|last: char| last.is_whitespace() || last.is_ascii_digit()) {
            return (rest.trim(), true);
        }
    }
    (text, false)
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| text.get(prefix.len()..).unwrap_or_default())
}

fn strip_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let place = text.len().checked_sub(suffix.len())?;
    let end = text.get(place..)?;
    end.eq_ignore_ascii_case(suffix).then(|| text.get(..place).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_told() {
        for (text, expected) in [
            ("c. 200", ("200", true)),
            ("c200", ("200", true)),
            ("Circa \u{a3}5k", ("\u{a3}5k", true)),
            ("~40", ("40", true)),
            ("200+", ("200", true)),
            ("200 approx.", ("200", true)),
            ("cost", ("cost", false)),
            ("200", ("200", false)),
            ("approx: 12", ("12", true)),
            ("est", ("est", false)),
            ("honest", ("honest", false)),
        ] {
            assert_eq!(without_estimate(text), expected, "{text}");
        }
    }

    #[test]
    fn in_house_spellings() {
        for text in ["In-house", "IN HOUSE", "internal", "Inhouse ", "Developed in-house", "In-house (ICT)"] {
            assert!(is_in_house(text), "{text}");
        }
        for text in ["Internal Audit Software Ltd", "House on the Hill", "Civica", ""] {
            assert!(!is_in_house(text), "{text}");
        }
    }
}
