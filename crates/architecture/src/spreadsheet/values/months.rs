//! Periods of notice, in whole months. A period that is no whole number of months is rounded up and marked as an
//! estimate, because notice given too early does no harm.

use super::{Nothing, Read, read_nothing, without_estimate};

fn how() -> String {
    web::say!("Write a number of months, like 3.")
}

/// The unit of a bare number in a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// Days.
    Days,
    /// Weeks.
    Weeks,
    /// Months.
    #[default]
    Months,
    /// Years.
    Years,
}

/// The unit that a heading names, or months.
pub fn heading_unit(heading: &str) -> Unit {
    let folded = vocabulary::fold(heading);
    let found = folded.split(' ').find_map(unit_named);
    found.unwrap_or_default()
}

fn unit_named(word: &str) -> Option<Unit> {
    match word {
        "day" | "days" | "d" => Some(Unit::Days),
        "week" | "weeks" | "wk" | "wks" | "w" => Some(Unit::Weeks),
        "month" | "months" | "mth" | "mths" | "mnth" | "mnths" | "mon" | "mo" | "m" => Some(Unit::Months),
        "year" | "years" | "yr" | "yrs" | "y" => Some(Unit::Years),
        _ => None,
    }
}

fn number_named(word: &str) -> Option<f64> {
    const WORDS: [&str; 13] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    let place = WORDS.iter().position(|name| *name == word);
    match (place, word) {
        (Some(place), _) => u8::try_from(place).ok().map(f64::from),
        (None, "a" | "an") => Some(1.0),
        _ => None,
    }
}

/// Reads a period: "3", "3 months", "90 days", "12 weeks", "1 year", "six months' notice". `unit` is that of a bare
/// number.
pub fn read_months(text: &str, unit: Unit) -> Read<u16> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Read::Empty;
    }
    let not = || Read::not(text, web::say!("is not a number of months"), how());
    if super::is_long(trimmed) {
        return not();
    }
    match read_nothing(trimmed) {
        Some(Nothing::None) => return Read::Ok(0),
        Some(nothing) => return Read::Nothing(nothing),
        None => {}
    }
    let (rest, estimated) = without_estimate(trimmed);
    let Some((number, named)) = pieces(rest) else { return not() };
    let (months, exact) = match named.unwrap_or(unit) {
        Unit::Months => (number.ceil(), number.fract() == 0.0),
        Unit::Years => ((number * 12.0).ceil(), (number * 12.0).fract() == 0.0),
        Unit::Weeks => in_months(number * 7.0),
        Unit::Days => in_months(number),
    };
    if !(0.0..=240.0).contains(&months) {
        return Read::not(text, web::say!("is longer than we can believe"), how());
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and within the range just tested"
    )]
    let months = months as u16;
    if exact && !estimated { Read::Ok(months) } else { Read::Estimated(months) }
}

/// Days as months. What people mean by a month or a year in days is exact: 28 to 31, 90 to 92, 180 to 184, 365 or 366.
fn in_months(days: f64) -> (f64, bool) {
    for months in 1..=60_u8 {
        let months = f64::from(months);
        let (least, most) = (months * 30.0, (months * 30.5).ceil() + 0.5);
        if (least..=most).contains(&days) {
            return (months, true);
        }
    }
    match days {
        0.0 => (0.0, true),
        28.0..30.0 => (1.0, true),
        _ => ((days / 30.5).ceil(), false),
    }
}

/// One number and at most one unit, among words that add nothing.
fn pieces(text: &str) -> Option<(f64, Option<Unit>)> {
    const FILLERS: &[&str] = &[
        "notice", "calendar", "written", "period", "of", "s", "prior", "in", "advance", "minimum", "clear", "working",
        "required", "to", "end", "before",
    ];
    if text.starts_with(['-', '\u{2212}']) {
        return None;
    }
    let (mut number, mut unit) = (None, None);
    let lower = text.to_lowercase().replace('\u{2019}', "'").replace("'s", "").replace("s'", "s");
    let separators = |character: char| character.is_whitespace() || matches!(character, '(' | ')' | '-' | ',');
    for raw in lower.split(separators).filter(|part| !part.is_empty()) {
        let raw = raw.trim_end_matches('.');
        let digits = raw.len() - raw.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (figures, word) = raw.split_at(digits);
        if !figures.is_empty() {
            let value: f64 = figures.parse().ok()?;
            // "three (3) months" says the same number twice.
            if number.is_some_and(|known: f64| known != value) {
                return None;
            }
            number = Some(value);
        }
        if word.is_empty() || FILLERS.contains(&word) {
            continue;
        }
        if let Some(named) = unit_named(word) {
            if unit.is_some_and(|known| known != named) {
                return None;
            }
            unit = Some(named);
        } else {
            let value = number_named(word)?;
            if number.is_some_and(|known| known != value) {
                return None;
            }
            number = Some(value);
        }
    }
    Some((number?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_as_people_write_them() {
        for (written, expected) in [
            ("3", Read::Ok(3)),
            ("3 months", Read::Ok(3)),
            ("3m", Read::Ok(3)),
            ("3 Months' notice", Read::Ok(3)),
            ("90 days", Read::Ok(3)),
            ("30 days", Read::Ok(1)),
            ("28 days", Read::Ok(1)),
            ("180 days", Read::Ok(6)),
            ("365 days", Read::Ok(12)),
            ("1 year", Read::Ok(12)),
            ("six months", Read::Ok(6)),
            ("One month", Read::Ok(1)),
            ("three (3) months", Read::Ok(3)),
            ("1 month's notice", Read::Ok(1)),
            ("4 weeks", Read::Ok(1)),
            ("12 weeks", Read::Estimated(3)),
            ("45 days", Read::Estimated(2)),
            ("1.5 years", Read::Ok(18)),
            ("approx 3 months", Read::Estimated(3)),
            ("none", Read::Ok(0)),
            ("0", Read::Ok(0)),
            ("3-month", Read::Ok(3)),
            ("3 calendar months", Read::Ok(3)),
            ("tbc", Read::Nothing(Nothing::NotKnown)),
            ("", Read::Empty),
            ("3.0", Read::Ok(3)),
        ] {
            assert_eq!(read_months(written, Unit::Months), expected, "{written}");
        }
        assert_eq!(read_months("90", Unit::Days), Read::Ok(3));
        assert_eq!(heading_unit("Notice period (days)"), Unit::Days);
        assert_eq!(heading_unit("Notice"), Unit::Months);
    }

    #[test]
    fn other_texts_are_not_understood() {
        for written in [
            "3-6 months",
            "see contract",
            "3 months or 90 days",
            "months",
            "1000 years",
            "-3",
            "1 year 6 months",
            "NaN",
            "1e5",
        ] {
            assert!(matches!(read_months(written, Unit::Months), Read::NotUnderstood(_)), "{written}");
        }
    }
}
