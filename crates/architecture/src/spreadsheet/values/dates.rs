//! Dates as councils write them: day first, always. A month without a day stays a month; nothing is guessed.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Read, nothing::Nothing, read_nothing};
use crate::spreadsheet::{CellKind, number_formats::day_of_serial};

/// A day, or a whole month where no day is known. As text `2027-03-31` or `2027-03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DateOrMonth {
    /// A day.
    Date(Date),
    /// Some day of a month.
    Month {
        /// The year.
        year: i16,
        /// The month, 1 to 12.
        month: i8,
    },
}

impl DateOrMonth {
    /// The day, or the first of the month.
    pub fn first_day(self) -> Date {
        match self {
            DateOrMonth::Date(day) => day,
            DateOrMonth::Month { year, month } => Date::new(year, month, 1).unwrap_or(Date::MAX),
        }
    }

    /// The day, or the last of the month.
    pub fn last_day(self) -> Date {
        match self {
            DateOrMonth::Date(day) => day,
            DateOrMonth::Month { .. } => self.first_day().last_of_month(),
        }
    }
}

impl fmt::Display for DateOrMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DateOrMonth::Date(day) => day.fmt(f),
            DateOrMonth::Month { year, month } => write!(f, "{year:04}-{month:02}"),
        }
    }
}

/// A text that is not in the form `2027-03-31` or `2027-03`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", invalid_date(.0))]
pub struct InvalidDate(String);

fn invalid_date(text: &str) -> String {
    web::say!("\"{text}\" is neither a date like 2027-03-31 nor a month like 2027-03", text = text)
}

impl FromStr for DateOrMonth {
    type Err = InvalidDate;
    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let invalid = || InvalidDate(text.chars().take(40).collect());
        let digits = |part: &str, length: usize| {
            let good = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
            if good { part.parse::<i16>().ok() } else { None }
        };
        let mut parts = text.split('-');
        let year = parts.next().and_then(|part| digits(part, 4)).ok_or_else(invalid)?;
        let month = parts.next().and_then(|part| digits(part, 2)).ok_or_else(invalid)?;
        let month = i8::try_from(month).map_err(|_| invalid())?;
        let day = match parts.next() {
            None => {
                Date::new(year, month, 1).map_err(|_| invalid())?;
                return Ok(DateOrMonth::Month { year, month });
            }
            Some(part) => digits(part, 2).and_then(|day| i8::try_from(day).ok()).ok_or_else(invalid)?,
        };
        match parts.next() {
            Some(_) => Err(invalid()),
            None => Date::new(year, month, day).map(DateOrMonth::Date).map_err(|_| invalid()),
        }
    }
}

impl TryFrom<String> for DateOrMonth {
    type Error = InvalidDate;
    fn try_from(text: String) -> Result<Self, InvalidDate> {
        text.parse()
    }
}

impl From<DateOrMonth> for String {
    fn from(date: DateOrMonth) -> String {
        date.to_string()
    }
}

fn how() -> String {
    web::say!("Write it like 31/03/2027, or 03/2027 where only the month is known.")
}

/// Reads a date. `from_1904` says from which day the workbook counts, for numbers that are not shown as dates.
///
/// Two figures of a year mean 2000 to 2079, or 1980 to 1999. Years before 1950 and after 2150 are refused.
pub fn read_date(text: &str, kind: CellKind, from_1904: bool) -> Read<DateOrMonth> {
    match kind {
        CellKind::Date(day) => return checked(text, Ok(DateOrMonth::Date(day))),
        CellKind::Month { year, month } => return checked(text, Ok(DateOrMonth::Month { year, month })),
        CellKind::Number(number) => return from_number(text, number, from_1904),
        CellKind::Bool(_) => return Read::not(text, web::say!("is not a date"), how()),
        CellKind::Text | CellKind::Empty => {}
    }
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Read::Empty;
    }
    if super::is_long(trimmed) {
        return Read::not(text, web::say!("is not a date"), how());
    }
    if let Some(nothing) = read_nothing(trimmed) {
        return Read::Nothing(nothing);
    }
    if has_no_end(trimmed) {
        return Read::Nothing(Nothing::None);
    }
    // A serial number that became text on its way. Years alone (2027) and compact dates are something else.
    if trimmed.len() == 5
        && let Ok(number) = trimmed.parse::<u32>()
    {
        return from_number(text, f64::from(number), from_1904);
    }
    checked(text, words(trimmed))
}

/// "Rolling" and its like: there is no end date.
fn has_no_end(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "rolling",
        "rolling contract",
        "rolling annual",
        "annual rolling",
        "perpetual",
        "in perpetuity",
        "perpetual licence",
        "ongoing",
        "on going",
        "open ended",
        "no end date",
        "no expiry",
        "no end",
        "evergreen",
        "indefinite",
        "continuous",
        "none rolling",
        "no contract",
        "no fixed end",
        "does not expire",
        "never",
    ];
    WORDS.contains(&vocabulary::fold(text).as_str())
}

fn from_number(text: &str, number: f64, from_1904: bool) -> Read<DateOrMonth> {
    if (1900.0..2200.0).contains(&number) {
        return Read::not(text, web::say!("is a year without a month"), how());
    }
    match day_of_serial(number, from_1904) {
        Some(day) if number >= 10_000.0 => checked(text, Ok(DateOrMonth::Date(day))),
        _ => Read::not(text, web::say!("is a number and not a date"), how()),
    }
}

fn checked(text: &str, found: Result<DateOrMonth, String>) -> Read<DateOrMonth> {
    match found {
        Ok(date) if (1950..=2150).contains(&date.first_day().year()) => Read::Ok(date),
        Ok(date) => {
            let year = date.first_day().year().to_string();
            Read::not(text, web::say!("lies in the year {year}, which is not likely", year = year), how())
        }
        Err(why) => Read::not(text, why, how()),
    }
}

/// A piece of a written date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// A number, and with how many figures it is written.
    Number(u32, usize),
    /// A month by name, 1 to 12.
    Month(i8),
}

/// Splits into numbers and names of months, passing over weekdays, "of", "end of" and a time of day at the end.
fn words(text: &str) -> Result<DateOrMonth, String> {
    let not_a_date = || web::say!("is not a date");
    let lower = text.to_lowercase();
    let mut rest = lower.as_str();
    // "2027-03-31T00:00:00" and "31/03/2027 00:00": the time of day says nothing here.
    if let Some(colon) = rest.find(':') {
        let before = rest.get(..colon).unwrap_or_default();
        let cut = before.rfind([' ', 't']).ok_or_else(not_a_date)?;
        rest = before.get(..cut).unwrap_or_default();
    }
    let mut pieces: Vec<Piece> = Vec::new();
    let splits = |character: char| {
        character.is_whitespace()
            || matches!(
                character,
                '/' | '-' | '.' | ',' | '\u{2013}' | '\u{2010}' | '\u{2011}' | '\'' | '\u{2019}' | '(' | ')'
            )
    };
    for raw in rest.split(splits).filter(|part| !part.is_empty()) {
        let digits = raw.len() - raw.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, name) = raw.split_at(digits);
        if digits > 0 {
            let value = number.parse().map_err(|_| not_a_date())?;
            pieces.push(Piece::Number(value, digits));
        }
        match name {
            "" => {}
            "st" | "nd" | "rd" | "th" if digits > 0 => {}
            "of" | "the" | "month" if digits == 0 => {}
            // "End of March 2027" is some day of March as far as we know.
            "end" if digits == 0 && pieces.is_empty() => {}
            weekday if digits == 0 && is_weekday(weekday) => {}
            other => pieces.push(Piece::Month(month_named(other).ok_or_else(not_a_date)?)),
        }
        if pieces.len() > 3 {
            return Err(not_a_date());
        }
    }
    assemble(&pieces, not_a_date)
}

fn assemble(pieces: &[Piece], not_a_date: impl Fn() -> String) -> Result<DateOrMonth, String> {
    use Piece::{Month, Number};
    match *pieces {
        // 2027-03-31
        [Number(year, 4), Number(month, 1..=2), Number(day, 1..=2)] => day_of(year, month, day),
        // 31/03/2027, 31-3-27
        [Number(day, 1..=2), Number(month, 1..=2), Number(year, figures @ (2 | 4))] => {
            if month > 12 && day <= 12 {
                return Err(web::say!("has no month {month}: days come first", month = month.to_string()));
            }
            day_of(year_of(year, figures), month, day)
        }
        // 31 March 2027, 31-Mar-27
        [Number(day, 1..=2), Month(month), Number(year, figures @ (2 | 4))] => {
            day_of(year_of(year, figures), u32::from(month.unsigned_abs()), day)
        }
        // March 31, 2027; the month has a name, so there is no doubt
        [Month(month), Number(day, 1..=2), Number(year, 4)] => day_of(year, u32::from(month.unsigned_abs()), day),
        // 2027 March 31
        [Number(year, 4), Month(month), Number(day, 1..=2)] => day_of(year, u32::from(month.unsigned_abs()), day),
        // 03/2027
        [Number(month, 1..=2), Number(year, 4)] => month_of(year, month),
        // 2027-03
        [Number(year, 4), Number(month, 1..=2)] => month_of(year, month),
        // 03/27, which can be no day and month
        [Number(month @ 1..=12, 1..=2), Number(year @ 13..=79, 2)] => month_of(year_of(year, 2), month),
        // March 2027, Mar-27
        [Month(month), Number(year, figures @ (2 | 4))] => {
            month_of(year_of(year, figures), u32::from(month.unsigned_abs()))
        }
        [Number(year, 4), Month(month)] => month_of(year, u32::from(month.unsigned_abs())),
        // 31 March
        [Number(_, 1..=2), Month(_)] | [Month(_), Number(_, 1)] => Err(web::say!("has no year")),
        [Number(_, 4)] => Err(web::say!("is a year without a month")),
        // 20270331
        [Number(compact, 8)] => day_of(compact / 10_000, compact / 100 % 100, compact % 100),
        _ => Err(not_a_date()),
    }
}

fn year_of(year: u32, figures: usize) -> u32 {
    match (figures, year) {
        (2, 0..=79) => 2000 + year,
        (2, _) => 1900 + year,
        _ => year,
    }
}

fn day_of(year: u32, month: u32, day: u32) -> Result<DateOrMonth, String> {
    let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    let (Ok(year), Ok(month), Ok(day)) = parts else { return Err(web::say!("is not a date")) };
    match Date::new(year, month, day) {
        Ok(date) => Ok(DateOrMonth::Date(date)),
        Err(_) if !(1..=12).contains(&month) => {
            Err(web::say!("is not a date: there is no month {month}", month = month))
        }
        Err(_) => Err(web::say!("is not a date: that month has no such day")),
    }
}

fn month_of(year: u32, month: u32) -> Result<DateOrMonth, String> {
    match day_of(year, month, 1)? {
        DateOrMonth::Date(first) => Ok(DateOrMonth::Month { year: first.year(), month: first.month() }),
        month => Ok(month),
    }
}

fn month_named(name: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let short = name == "sept" || name.len() >= 3;
    let place = MONTHS
        .iter()
        .position(|month| short && (month.starts_with(name) || (name == "sept" && *month == "september")))?;
    i8::try_from(place + 1).ok()
}

fn is_weekday(name: &str) -> bool {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    name.len() >= 3 && DAYS.iter().any(|day| day.starts_with(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]
    use jiff::civil::date;

    use super::*;

    fn text(text: &str) -> Read<DateOrMonth> {
        read_date(text, CellKind::Text, false)
    }

    #[test]
    fn dates_as_people_write_them() {
        for (written, expected) in [
            ("2027-03-31", "2027-03-31"),
            ("31/03/2027", "2027-03-31"),
            ("31-3-27", "2027-03-31"),
            ("31.03.2027", "2027-03-31"),
            ("31 03 2027", "2027-03-31"),
            ("1/4/2027", "2027-04-01"),
            ("31 March 2027", "2027-03-31"),
            ("31st March 2027", "2027-03-31"),
            ("31st of March, 2027", "2027-03-31"),
            ("31-Mar-27", "2027-03-31"),
            ("Wed 31 Mar 2027", "2027-03-31"),
            ("March 31, 2027", "2027-03-31"),
            ("2027/03/31", "2027-03-31"),
            ("2027-03-31T00:00:00", "2027-03-31"),
            ("31/03/2027 00:00", "2027-03-31"),
            ("31/03/2027 09:30:00", "2027-03-31"),
            ("20270331", "2027-03-31"),
            ("46477", "2027-03-31"),
            (" 31/03/2027 ", "2027-03-31"),
            ("31/12/99", "1999-12-31"),
            ("29/02/2028", "2028-02-29"),
            ("03/2027", "2027-03"),
            ("3/2027", "2027-03"),
            ("2027-03", "2027-03"),
            ("March 2027", "2027-03"),
            ("Mar-27", "2027-03"),
            ("Mar '27", "2027-03"),
            ("MARCH 2027", "2027-03"),
            ("End of March 2027", "2027-03"),
            ("Sept 2027", "2027-09"),
            ("03/27", "2027-03"),
            ("2027 March", "2027-03"),
            ("May 2027", "2027-05"),
        ] {
            match text(written) {
                Read::Ok(found) => {
                    assert_eq!(found.to_string(), expected, "{written}");
                    assert_eq!(expected.parse::<DateOrMonth>().unwrap(), found);
                }
                other => panic!("{written}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_no_date_says_why() {
        for (written, why) in [
            ("31/02/2027", "is not a date: that month has no such day"),
            ("03/31/2027", "has no month 31: days come first"),
            ("29/02/2027", "is not a date: that month has no such day"),
            ("31/13/2027", "is not a date: there is no month 13"),
            ("2027", "is a year without a month"),
            ("31 March", "has no year"),
            ("Q4 2027", "is not a date"),
            ("circa 2027", "is not a date"),
            ("FY26/27", "is not a date"),
            ("2026/27", "is not a date: there is no month 27"),
            ("31/03/0027", "lies in the year 27, which is not likely"),
            ("31/03/2207", "lies in the year 2207, which is not likely"),
            ("1/2/3/4", "is not a date"),
            ("12/11", "is not a date"),
            ("31/03/2027 to 31/03/2029", "is not a date"),
            ("99999999999999999999", "is not a date"),
        ] {
            match text(written) {
                Read::NotUnderstood(not) => assert_eq!((not.why.as_str(), not.text.as_str()), (why, written)),
                other => panic!("{written}: {other:?}"),
            }
        }
    }

    #[test]
    fn cells_that_know_their_kind() {
        let day = Read::Ok(DateOrMonth::Date(date(2027, 3, 31)));
        assert_eq!(read_date("2027-03-31", CellKind::Date(date(2027, 3, 31)), false), day);
        assert_eq!(read_date("46477", CellKind::Number(46_477.0), false), day);
        assert_eq!(read_date("45015", CellKind::Number(45_015.0), true), day);
        assert!(matches!(read_date("2027", CellKind::Number(2027.0), false), Read::NotUnderstood(_)));
        assert!(matches!(read_date("12", CellKind::Number(12.0), false), Read::NotUnderstood(_)));
        assert_eq!(text("rolling"), Read::Nothing(Nothing::None));
        assert_eq!(text("n/a"), Read::Nothing(Nothing::DoesNotApply));
        assert_eq!(text("TBC"), Read::Nothing(Nothing::NotKnown));
        assert_eq!(text("  "), Read::Empty);
    }

    #[test]
    fn months_have_ends() {
        let month: DateOrMonth = "2028-02".parse().unwrap();
        assert_eq!((month.first_day(), month.last_day()), (date(2028, 2, 1), date(2028, 2, 29)));
        for bad in ["2028-2", "2028-13", "2028", "28-02-01", "2028-02-30", "2028-02-01-01", "+028-02", ""] {
            assert!(bad.parse::<DateOrMonth>().is_err(), "{bad}");
        }
    }
}
