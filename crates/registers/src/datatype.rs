//! What kind of value a column holds. A cell is read as one and becomes a text in the one form of that kind: the canonical form
//! of XML Schema 1.1 where it has one, so that the same value is the same bytes whatever file it came from.
//!
//! It knows neither columns nor files. What is empty, what stands for nothing and what divides lists is decided before.

pub mod date;
pub mod number;

use std::fmt;

use self::date::DateFormat;
use self::number::NumberFormat;

/// What kind of value, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datatype {
    /// Any text.
    Text,
    /// A whole number of any size.
    Integer(NumberFormat),
    /// A number with as many digits as it has.
    Decimal(NumberFormat),
    /// A number that is measured: the nearest double.
    Double(NumberFormat),
    /// True or false, and the two texts that say so, if they are others than `true`, `false`, `1` and `0`.
    Boolean(Option<[String; 2]>),
    /// A day.
    Date(Option<DateFormat>),
    /// A day, or a month or year alone.
    PartialDate,
    /// A time of day.
    Time(Option<DateFormat>),
    /// A day with a time.
    DateTime(Option<DateFormat>),
    /// A length of time: `P1Y2M`, `PT30M`.
    Duration,
    /// An address: `https://…`, `urn:…`.
    Uri,
    /// A short name of something in a register: `local-authority:BMH`.
    Curie,
    /// A postcode of the United Kingdom, its second half complete.
    Postcode,
    /// A Unique Property Reference Number: at most twelve digits.
    Uprn,
    /// A code of the Office for National Statistics for a place: `E06000001`.
    GssCode,
}

/// What a cell holds that is no value of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRead {
    /// No number as the column writes them.
    #[error("this is no number as the column writes them")]
    Number,
    /// A number with a fraction where whole ones belong.
    #[error("this is no whole number")]
    Fraction,
    /// A value that is too large to be kept.
    #[error("this is too large")]
    Range,
    /// No date as the column writes them.
    #[error("this is no date as the column writes them")]
    Date,
    /// A date that no calendar has.
    #[error("there is no such day")]
    NoSuchDay,
    /// A time that no clock shows.
    #[error("there is no such time of day")]
    NoSuchTime,
    /// Neither of the two.
    #[error("this is neither of the two words for yes and no")]
    Boolean,
    /// No length of time.
    #[error("this is no length of time; one is P1Y2M or PT30M")]
    Duration,
    /// No address.
    #[error("this is no address; one is https://example.gov.uk/a")]
    Uri,
    /// No short name.
    #[error("this is no short name; one is local-authority:BMH")]
    Curie,
    /// No postcode.
    #[error("this is no postcode; one is SW1A 2AA")]
    Postcode,
    /// No reference of a property.
    #[error("this is no UPRN: 1 to 12 digits")]
    Uprn,
    /// No code of a place.
    #[error("this is no GSS code: a letter and eight digits, such as E06000001")]
    GssCode,
}

impl NotRead {
    /// The stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            NotRead::Number => "number_not_read",
            NotRead::Fraction => "not_whole",
            NotRead::Range => "out_of_range",
            NotRead::Date => "date_not_read",
            NotRead::NoSuchDay => "no_such_day",
            NotRead::NoSuchTime => "no_such_time",
            NotRead::Boolean => "boolean_not_read",
            NotRead::Duration => "duration_not_read",
            NotRead::Uri => "uri_not_read",
            NotRead::Curie => "curie_not_read",
            NotRead::Postcode => "postcode_not_read",
            NotRead::Uprn => "uprn_not_read",
            NotRead::GssCode => "gss_code_not_read",
        }
    }
}

impl Datatype {
    /// Reads a cell, which is not empty and has no white space around it, and gives its one form.
    ///
    /// # Errors
    /// What the cell holds instead.
    pub fn read(&self, cell: &str) -> Result<String, NotRead> {
        match self {
            Datatype::Text => Ok(cell.to_owned()),
            Datatype::Integer(format) => format.read(cell, number::Kind::Integer),
            Datatype::Decimal(format) => format.read(cell, number::Kind::Decimal),
            Datatype::Double(format) => format.read(cell, number::Kind::Double),
            Datatype::Boolean(words) => read_boolean(cell, words.as_ref()).map(|truth| truth.to_string()),
            Datatype::Date(format) => read_date(cell, format.as_ref(), date::Kind::Date),
            Datatype::PartialDate => date::read_partial(cell),
            Datatype::Time(format) => read_date(cell, format.as_ref(), date::Kind::Time),
            Datatype::DateTime(format) => read_date(cell, format.as_ref(), date::Kind::DateTime),
            Datatype::Duration => shaped(cell, is_duration, NotRead::Duration),
            Datatype::Uri => shaped(cell, is_uri, NotRead::Uri),
            Datatype::Curie => shaped(cell, is_curie, NotRead::Curie),
            Datatype::Postcode => postcode(cell).ok_or(NotRead::Postcode),
            Datatype::Uprn => uprn(cell).ok_or(NotRead::Uprn),
            Datatype::GssCode => shaped(cell, is_gss_code, NotRead::GssCode),
        }
    }
}

impl fmt::Display for Datatype {
    /// Its name for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Datatype::Text => "text",
            Datatype::Integer(_) => "whole number",
            Datatype::Decimal(_) => "number",
            Datatype::Double(_) => "measured number",
            Datatype::Boolean(_) => "yes or no",
            Datatype::Date(_) => "day",
            Datatype::PartialDate => "day, month or year",
            Datatype::Time(_) => "time of day",
            Datatype::DateTime(_) => "moment",
            Datatype::Duration => "length of time",
            Datatype::Uri => "address",
            Datatype::Curie => "short name",
            Datatype::Postcode => "postcode",
            Datatype::Uprn => "UPRN",
            Datatype::GssCode => "GSS code",
        })
    }
}

fn read_date(cell: &str, format: Option<&DateFormat>, kind: date::Kind) -> Result<String, NotRead> {
    format.map_or_else(|| date::read(cell, kind), |format| format.read_cell(cell, kind))
}

fn read_boolean(cell: &str, words: Option<&[String; 2]>) -> Result<bool, NotRead> {
    match (words, cell) {
        (Some([yes, _]), cell) if cell == yes => Ok(true),
        (Some([_, no]), cell) if cell == no => Ok(false),
        (None, "true" | "1") => Ok(true),
        (None, "false" | "0") => Ok(false),
        _ => Err(NotRead::Boolean),
    }
}

fn shaped(cell: &str, is: fn(&str) -> bool, otherwise: NotRead) -> Result<String, NotRead> {
    if is(cell) { Ok(cell.to_owned()) } else { Err(otherwise) }
}

/// XML Schema 1.1, part 2, section 3.3.6.
fn is_duration(cell: &str) -> bool {
    let Some(rest) = cell.strip_prefix('-').unwrap_or(cell).strip_prefix('P') else { return false };
    let (days, clock) = rest.split_once('T').map_or((rest, None), |(days, clock)| (days, Some(clock)));
    let in_order = |mut text: &str, units: &str| {
        let mut after = 0;
        while !text.is_empty() {
            let number = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
            let whole = text.len() > number.len();
            let (number, fraction) = match number.strip_prefix('.') {
                Some(rest) => {
                    let after = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
                    (after, rest.len() > after.len())
                }
                None => (number, false),
            };
            let Some(unit) = number.chars().next() else { return false };
            let Some(place) = units[after..].find(unit) else { return false };
            let point = text.len() - number.len() > 0 && text[..text.len() - number.len()].contains('.');
            if !whole || (point && (!fraction || unit != 'S')) {
                return false;
            }
            after += place + 1;
            text = &number[1..];
        }
        true
    };
    !rest.is_empty() && in_order(days, "YMD") && clock.is_none_or(|clock| !clock.is_empty() && in_order(clock, "HMS"))
}

/// RFC 3986, as far as it can be seen without resolving: a scheme, and nothing that has to be escaped.
fn is_uri(cell: &str) -> bool {
    let Some((scheme, rest)) = cell.split_once(':') else { return false };
    let mut letters = scheme.bytes();
    let sound = letters.next().is_some_and(|letter| letter.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || b"+-.".contains(&letter));
    let escaped = |letter: char| letter.is_whitespace() || letter.is_control() || "<>\"{}|\\^`".contains(letter);
    sound && !rest.trim_matches('/').is_empty() && !rest.contains(escaped)
}

/// As GOV.UK Registers had it: the name of a register, a colon and a key.
fn is_curie(cell: &str) -> bool {
    let Some((prefix, key)) = cell.split_once(':') else { return false };
    let mut letters = prefix.bytes();
    letters.next().is_some_and(|letter| letter.is_ascii_lowercase())
        && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-')
        && !key.is_empty()
        && key.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_./".contains(&letter))
}

fn is_gss_code(cell: &str) -> bool {
    let mut letters = cell.bytes();
    letters.next().is_some_and(|letter| letter.is_ascii_uppercase())
        && cell.len() == 9
        && letters.all(|letter| letter.is_ascii_digit())
}

/// In capitals, with one space before the last three characters. Which areas there are is not looked at: they change.
fn postcode(cell: &str) -> Option<String> {
    let letters: Vec<u8> =
        cell.bytes().filter(|letter| *letter != b' ').map(|letter| letter.to_ascii_uppercase()).collect();
    if !(5..=7).contains(&letters.len()) || !letters.is_ascii() {
        return None;
    }
    let (outward, inward) = letters.split_at(letters.len() - 3);
    let letter = u8::is_ascii_uppercase;
    let inward_sound = inward[0].is_ascii_digit() && inward[1..].iter().all(letter);
    let area = outward.iter().take_while(|byte| letter(byte)).count();
    let district = &outward[area..];
    let outward_sound = (1..=2).contains(&area)
        && match district {
            [first] => first.is_ascii_digit(),
            [first, second] => first.is_ascii_digit() && second.is_ascii_alphanumeric(),
            _ => false,
        };
    let special = outward == b"GIR" && inward == b"0AA";
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (inward_sound && (outward_sound || special)).then(|| format!("{} {}", text(outward), text(inward)))
}

/// Without zeros in front, which some systems fill it up with.
fn uprn(cell: &str) -> Option<String> {
    let digits = cell.trim_start_matches('0');
    let sound = (1..=12).contains(&digits.len()) && cell.len() <= 12;
    (sound && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(datatype: &Datatype, good: &[(&str, &str)], bad: &[&str]) {
        for (cell, form) in good {
            assert_eq!(datatype.read(cell).as_deref(), Ok(*form), "{datatype} {cell:?}");
            assert_eq!(datatype.read(form).as_deref(), Ok(*form), "{datatype} {form:?} is its own form");
        }
        for cell in bad {
            assert!(datatype.read(cell).is_err(), "{datatype} {cell:?}");
        }
    }

    #[test]
    fn shapes_of_the_united_kingdom_are_recognised() {
        hold(
            &Datatype::Postcode,
            &[
                ("sw1a2aa", "SW1A 2AA"),
                ("M1 1AE", "M1 1AE"),
                ("B33  8TH", "B33 8TH"),
                ("CR2 6XH", "CR2 6XH"),
                ("EC1A1BB", "EC1A 1BB"),
                ("GIR 0AA", "GIR 0AA"),
            ],
            &["SW1A", "SW1A 2A", "1AA 2AA", "SW1AA 2AA", "S\u{e9}1 1AA", "SW1A 22A", "", "A 1AA", "M1 AAA"],
        );
        hold(
            &Datatype::Uprn,
            &[("100023336956", "100023336956"), ("000010023336", "10023336"), ("1", "1")],
            &["0", "1000233369561", "10002333695a", "", "-1", "1.0E11"],
        );
        hold(
            &Datatype::GssCode,
            &[("E06000001", "E06000001")],
            &["e06000001", "E0600001", "E0600000a", "606000001", "é0600001"],
        );
    }

    #[test]
    fn yes_and_no_are_what_the_column_says() {
        hold(&Datatype::Boolean(None), &[("1", "true"), ("false", "false")], &["yes", "TRUE", "", "2"]);
        let words = Datatype::Boolean(Some(["Y".to_owned(), "N".to_owned()]));
        assert_eq!((words.read("Y").as_deref(), words.read("N").as_deref()), (Ok("true"), Ok("false")));
        assert_eq!(words.read("true"), Err(NotRead::Boolean));
    }

    #[test]
    fn addresses_short_names_and_lengths_of_time() {
        hold(
            &Datatype::Uri,
            &[
                ("https://a.example/b?c=d#e", "https://a.example/b?c=d#e"),
                ("urn:a:b", "urn:a:b"),
                ("mailto:a@b.example", "mailto:a@b.example"),
            ],
            &["a.example", "https:", "https://", "1a:b", ":b", "https://a b", "https://a\u{0}", "https://a<b>", ""],
        );
        hold(
            &Datatype::Curie,
            &[("local-authority:BMH", "local-authority:BMH")],
            &["BMH", ":BMH", "a:", "A:b", "a:b c", "a:é"],
        );
        hold(
            &Datatype::Duration,
            &[("P1Y2M", "P1Y2M"), ("PT30M", "PT30M"), ("-P3DT4H5M6.75S", "-P3DT4H5M6.75S"), ("P0D", "P0D")],
            &["P", "PT", "P1", "1Y", "P1M1Y", "P1.5Y", "PT1.S", "PT.5S", "P1YT", "P1S", "PY", "P-1Y", "P1é"],
        );
    }
}
