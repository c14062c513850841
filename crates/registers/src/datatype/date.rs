//! Days, times and moments as files write them, by CSVW's formats or as XML Schema does, and in their one form.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::NotRead;

/// Which of them a column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `2026-03-31`.
    Date,
    /// `10:14:00`.
    Time,
    /// `2026-03-31T10:14:00`.
    DateTime,
}

/// How the dates of a column are written: one of CSVW's formats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFormat {
    text: String,
    pieces: Vec<Piece>,
    zone: Option<Zone>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Year,
    /// Of two digits, or of one where one is enough.
    Month(Width),
    Day(Width),
    Hour,
    Minute,
    Second,
    /// At most so many digits of a second, after a point; none of them has to be there.
    Fraction(usize),
    Literal(char),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    OneOrTwo,
    Two,
}

/// How the distance from UTC is written: `X`, `XX` or `XXX`, in small letters without `Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Zone {
    width: usize,
    z: bool,
    space: bool,
}

/// A format that CSVW does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no format for dates that CSVW has; one is dd/MM/yyyy")]
pub struct NotAFormat(String);

const DATES: [&str; 14] = [
    "yyyy-MM-dd",
    "yyyyMMdd",
    "dd-MM-yyyy",
    "d-M-yyyy",
    "MM-dd-yyyy",
    "M-d-yyyy",
    "dd/MM/yyyy",
    "d/M/yyyy",
    "MM/dd/yyyy",
    "M/d/yyyy",
    "dd.MM.yyyy",
    "d.M.yyyy",
    "MM.dd.yyyy",
    "M.d.yyyy",
];
const TIMES: [&str; 4] = ["HH:mm:ss", "HHmmss", "HH:mm", "HHmm"];

impl DateFormat {
    /// Reads a format: `dd/MM/yyyy`, `HH:mm`, `yyyy-MM-ddTHH:mm:ss.SSS XXX`.
    ///
    /// # Errors
    /// When CSVW does not have it, or it is for something else.
    pub fn new(format: &str, kind: Kind) -> Result<DateFormat, NotAFormat> {
        DateFormat::read(format, kind).ok_or_else(|| NotAFormat(format.to_owned()))
    }

    /// The format, as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn read(format: &str, kind: Kind) -> Option<DateFormat> {
        let (rest, zone) = Zone::cut(format)?;
        let (rest, fraction) = match rest.split_once('.') {
            // A date may have points of its own, which no S follows.
            Some(_) if rest.ends_with('S') => {
                let bare = rest.trim_end_matches('S');
                (bare.strip_suffix('.')?, rest.len() - bare.len())
            }
            _ => (rest, 0),
        };
        let (date, time) = match kind {
            Kind::Date => (Some(rest), None),
            Kind::Time => (None, Some((rest, None))),
            Kind::DateTime => {
                let (date, time) = rest.split_once('T').map(|(date, time)| (date, (time, 'T'))).or_else(|| {
                    let (date, time) = rest.split_once(' ')?;
                    Some((date, (time, ' ')))
                })?;
                (Some(date), Some((time.0, Some(time.1))))
            }
        };
        let mut pieces = Vec::new();
        if let Some(date) = date {
            DATES.contains(&date).then(|| pieces.extend(of_date(date)))?;
        }
        if let Some((time, between)) = time {
            pieces.extend(between.map(Piece::Literal));
            TIMES.contains(&time).then(|| pieces.extend(of_time(time)))?;
        }
        if fraction > 0 {
            // Only whole seconds have fractions.
            matches!(pieces.last(), Some(Piece::Second)).then(|| pieces.push(Piece::Fraction(fraction)))?;
        }
        Some(DateFormat { text: format.to_owned(), pieces, zone })
    }

    /// Reads a cell.
    ///
    /// # Errors
    /// What it holds instead.
    pub fn read_cell(&self, cell: &str, kind: Kind) -> Result<String, NotRead> {
        let mut found = Found::default();
        let mut rest = cell;
        for piece in &self.pieces {
            rest = found.take(*piece, rest).ok_or(NotRead::Date)?;
        }
        let offset = match (self.zone, rest) {
            (None, "") => None,
            (Some(zone), rest) => Some(zone.read(rest).ok_or(NotRead::Date)?),
            _ => return Err(NotRead::Date),
        };
        found.form(kind, offset)
    }
}

/// Reads a cell as XML Schema writes it.
///
/// # Errors
/// What it holds instead.
pub fn read(cell: &str, kind: Kind) -> Result<String, NotRead> {
    let at = match kind {
        Kind::Date => Some(10),
        Kind::Time | Kind::DateTime => cell.rfind(['Z', '+', '-']).filter(|at| kind == Kind::Time || *at > 10),
    };
    let (bare, zone) = match at {
        Some(at) => (cell.get(..at).ok_or(NotRead::Date)?, cell.get(at..).ok_or(NotRead::Date)?),
        None => (cell, ""),
    };
    let format: &[Piece] = match kind {
        Kind::Date => &ISO_DATE,
        Kind::Time => &ISO_TIME,
        Kind::DateTime => &ISO_DATE_TIME,
    };
    let mut found = Found::default();
    let mut rest = bare;
    for piece in format {
        rest = found.take(*piece, rest).ok_or(NotRead::Date)?;
    }
    let offset = match zone {
        "" => None,
        zone => Some(Zone { width: 3, z: true, space: false }.read(zone).ok_or(NotRead::Date)?),
    };
    if rest.is_empty() { found.form(kind, offset) } else { Err(NotRead::Date) }
}

/// A day that may lack its day or its month: `2026`, `2026-03` or `2026-03-31`.
///
/// # Errors
/// What the cell holds instead.
pub fn read_partial(cell: &str) -> Result<String, NotRead> {
    let mut found = Found { month: 1, day: 1, ..Found::default() };
    let pieces = match cell.len() {
        4 => &ISO_DATE[..1],
        7 => &ISO_DATE[..3],
        10 => &ISO_DATE[..],
        _ => return Err(NotRead::Date),
    };
    let mut rest = cell;
    for piece in pieces {
        rest = found.take(*piece, rest).ok_or(NotRead::Date)?;
    }
    found.form(Kind::Date, None).map(|_| cell.to_owned())
}

const ISO_DATE: [Piece; 5] =
    [Piece::Year, Piece::Literal('-'), Piece::Month(Width::Two), Piece::Literal('-'), Piece::Day(Width::Two)];
const ISO_TIME: [Piece; 6] = [
    Piece::Hour,
    Piece::Literal(':'),
    Piece::Minute,
    Piece::Literal(':'),
    Piece::Second,
    Piece::Fraction(MOST_FRACTION),
];
const ISO_DATE_TIME: [Piece; 12] = [
    ISO_DATE[0],
    ISO_DATE[1],
    ISO_DATE[2],
    ISO_DATE[3],
    ISO_DATE[4],
    Piece::Literal('T'),
    ISO_TIME[0],
    ISO_TIME[1],
    ISO_TIME[2],
    ISO_TIME[3],
    ISO_TIME[4],
    ISO_TIME[5],
];
/// Digits of a second that are kept: nanoseconds.
const MOST_FRACTION: usize = 9;

fn of_date(format: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        let mut count = 1;
        while letter.is_ascii_alphabetic() && letters.next_if_eq(&letter).is_some() {
            count += 1;
        }
        let width = if count == 1 { Width::OneOrTwo } else { Width::Two };
        pieces.push(match letter {
            'y' => Piece::Year,
            'M' => Piece::Month(width),
            'd' => Piece::Day(width),
            other => Piece::Literal(other),
        });
    }
    pieces
}

fn of_time(format: &str) -> Vec<Piece> {
    let colon = format.contains(':');
    let parts = [Piece::Hour, Piece::Minute, Piece::Second];
    let count = format.bytes().filter(u8::is_ascii_alphabetic).count() / 2;
    let mut pieces = Vec::new();
    for (at, part) in parts.into_iter().take(count).enumerate() {
        if at > 0 && colon {
            pieces.push(Piece::Literal(':'));
        }
        pieces.push(part);
    }
    pieces
}

/// What was found in a cell so far.
#[derive(Default)]
struct Found {
    year: i16,
    month: i8,
    day: i8,
    hour: i8,
    minute: i8,
    second: i8,
    nanos: i32,
}

impl Found {
    /// Takes one piece off the cell.
    fn take<'c>(&mut self, piece: Piece, cell: &'c str) -> Option<&'c str> {
        let two = |cell: &'c str| digits(cell, 2);
        let one_or_two = |cell: &'c str| {
            let count = cell.bytes().take(2).take_while(u8::is_ascii_digit).count();
            digits(cell, count.max(1))
        };
        let of = |width, cell| if width == Width::Two { two(cell) } else { one_or_two(cell) };
        let small = |(number, rest): (i32, &'c str)| Some((i8::try_from(number).ok()?, rest));
        let rest;
        match piece {
            Piece::Year => {
                let (year, after) = digits(cell, 4)?;
                (self.year, rest) = (i16::try_from(year).ok()?, after);
            }
            Piece::Month(width) => (self.month, rest) = small(of(width, cell)?)?,
            Piece::Day(width) => (self.day, rest) = small(of(width, cell)?)?,
            Piece::Hour => (self.hour, rest) = small(two(cell)?)?,
            Piece::Minute => (self.minute, rest) = small(two(cell)?)?,
            Piece::Second => (self.second, rest) = small(two(cell)?)?,
            Piece::Fraction(most) => {
                let Some(after) = cell.strip_prefix('.') else { return Some(cell) };
                let count = after.bytes().take_while(u8::is_ascii_digit).count();
                if count == 0 || count > most || count > MOST_FRACTION {
                    return None;
                }
                let (fraction, after) = after.split_at(count);
                self.nanos = format!("{fraction:0<9}").parse().ok()?;
                rest = after;
            }
            Piece::Literal(letter) => rest = cell.strip_prefix(letter)?,
        }
        Some(rest)
    }

    /// The one form: XML Schema's. A moment of which it is known how far it is from UTC is told in UTC.
    fn form(&self, kind: Kind, offset: Option<Offset>) -> Result<String, NotRead> {
        let zone = |text: String| match offset {
            Some(offset) if offset == Offset::UTC => format!("{text}Z"),
            Some(offset) => {
                let minutes = offset.seconds() / 60;
                let sign = if minutes < 0 { '-' } else { '+' };
                format!("{text}{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
            None => text,
        };
        let date = || Date::new(self.year, self.month, self.day).map_err(|_| NotRead::NoSuchDay);
        let time = || Time::new(self.hour, self.minute, self.second, self.nanos).map_err(|_| NotRead::NoSuchTime);
        match kind {
            Kind::Date => Ok(zone(date()?.to_string())),
            Kind::Time => Ok(zone(time()?.to_string())),
            Kind::DateTime => {
                let here = DateTime::from_parts(date()?, time()?);
                match offset {
                    None => Ok(here.to_string()),
                    Some(offset) => {
                        offset.to_timestamp(here).map(|moment| moment.to_string()).map_err(|_| NotRead::Range)
                    }
                }
            }
        }
    }
}

/// A number of exactly so many digits.
fn digits(cell: &str, count: usize) -> Option<(i32, &str)> {
    let (number, rest) = cell.split_at_checked(count)?;
    number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())?.map(|number| (number, rest))
}

impl Zone {
    /// Cuts the zone off a format's end.
    fn cut(format: &str) -> Option<(&str, Option<Zone>)> {
        let letter = match format.chars().last()? {
            letter @ ('X' | 'x') => letter,
            _ => return Some((format, None)),
        };
        let bare = format.trim_end_matches(letter);
        let width = format.len() - bare.len();
        let (rest, space) = match bare.strip_suffix(' ') {
            Some(rest) => (rest, true),
            None => (bare, false),
        };
        (width <= 3).then_some((rest, Some(Zone { width, z: letter == 'X', space })))
    }

    fn read(self, text: &str) -> Option<Offset> {
        let text = if self.space { text.strip_prefix(' ')? } else { text };
        if text == "Z" {
            return self.z.then_some(Offset::UTC);
        }
        let (west, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+')?),
        };
        let (hours, rest) = digits(rest, 2)?;
        let minutes = match (self.width, rest) {
            (1, "") => 0,
            (1 | 2, rest) => digits(rest, 2).filter(|(_, rest)| rest.is_empty())?.0,
            (_, rest) => digits(rest.strip_prefix(':')?, 2).filter(|(_, rest)| rest.is_empty())?.0,
        };
        let seconds = (hours * 60 + minutes) * 60;
        let sound = minutes < 60 && seconds <= 14 * 3600;
        Offset::from_seconds(if west { -seconds } else { seconds }).ok().filter(|_| sound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(format: &str, kind: Kind, cell: &str) -> Result<String, NotRead> {
        DateFormat::new(format, kind).unwrap().read_cell(cell, kind)
    }

    #[test]
    fn days_as_files_write_them() {
        for (format, cell, form) in [
            ("yyyy-MM-dd", "2015-03-22", "2015-03-22"),
            ("yyyyMMdd", "20150322", "2015-03-22"),
            ("dd-MM-yyyy", "22-03-2015", "2015-03-22"),
            ("d-M-yyyy", "1-3-2015", "2015-03-01"),
            ("d-M-yyyy", "22-12-2015", "2015-12-22"),
            ("MM-dd-yyyy", "03-22-2015", "2015-03-22"),
            ("dd/MM/yyyy", "22/03/2015", "2015-03-22"),
            ("M/d/yyyy", "3/22/2015", "2015-03-22"),
            ("dd.MM.yyyy", "22.03.2015", "2015-03-22"),
            ("d.M.yyyy XXX", "1.3.2015 +01:00", "2015-03-01+01:00"),
            ("yyyy-MM-ddX", "2015-03-22Z", "2015-03-22Z"),
        ] {
            assert_eq!(by(format, Kind::Date, cell).as_deref(), Ok(form), "{format} {cell}");
        }
        assert_eq!(by("dd/MM/yyyy", Kind::Date, "31/02/2015"), Err(NotRead::NoSuchDay));
        for (format, cell) in [
            ("dd/MM/yyyy", "1/3/2015"),
            ("dd/MM/yyyy", "22-03-2015"),
            ("dd/MM/yyyy", "22/03/15"),
            ("dd/MM/yyyy", "22/03/2015 "),
            ("d/M/yyyy", "221/3/2015"),
            ("yyyyMMdd", "2015032"),
            ("yyyy-MM-dd", "2015-03-22Z"),
            ("yyyy-MM-ddX", "2015-03-22"),
            ("yyyy-MM-ddx", "2015-03-22Z"),
            ("yyyy-MM-dd", "２015-03-22"),
        ] {
            assert_eq!(by(format, Kind::Date, cell), Err(NotRead::Date), "{format} {cell}");
        }
    }

    #[test]
    fn moments_as_files_write_them() {
        for (format, cell, form) in [
            ("yyyy-MM-ddTHH:mm", "2015-03-22T10:14", "2015-03-22T10:14:00"),
            ("dd/MM/yyyy HH:mm:ss", "22/03/2015 10:14:05", "2015-03-22T10:14:05"),
            ("yyyy-MM-ddTHH:mm:ss.SSS", "2015-03-22T10:14:05.25", "2015-03-22T10:14:05.25"),
            ("yyyy-MM-ddTHH:mm:ss.SSS", "2015-03-22T10:14:05", "2015-03-22T10:14:05"),
            ("yyyy-MM-ddTHH:mm:ssXXX", "2015-03-22T00:30:00+01:00", "2015-03-21T23:30:00Z"),
            ("yyyy-MM-ddTHH:mm:ss X", "2015-03-22T10:14:05 -08", "2015-03-22T18:14:05Z"),
            ("yyyy-MM-ddTHH:mm:ssXX", "2015-03-22T10:14:05+0530", "2015-03-22T04:44:05Z"),
        ] {
            assert_eq!(by(format, Kind::DateTime, cell).as_deref(), Ok(form), "{format} {cell}");
        }
        assert_eq!(by("yyyy-MM-ddTHH:mm:ss.SS", Kind::DateTime, "2015-03-22T10:14:05.123"), Err(NotRead::Date));
        assert_eq!(by("yyyy-MM-ddTHH:mm", Kind::DateTime, "2015-03-22T24:00"), Err(NotRead::NoSuchTime));
        assert_eq!(by("HHmm", Kind::Time, "0905").as_deref(), Ok("09:05:00"));
        assert_eq!(by("HH:mm:ss", Kind::Time, "9:05:00"), Err(NotRead::Date));
    }

    #[test]
    fn without_a_format_it_is_as_xml_schema_has_it() {
        for (kind, cell, form) in [
            (Kind::Date, "2015-03-22", "2015-03-22"),
            (Kind::Date, "2015-03-22-05:00", "2015-03-22-05:00"),
            (Kind::Time, "10:14:05.500", "10:14:05.5"),
            (Kind::Time, "10:14:05Z", "10:14:05Z"),
            (Kind::DateTime, "2015-03-22T10:14:05", "2015-03-22T10:14:05"),
            (Kind::DateTime, "2015-03-22T10:14:05.000Z", "2015-03-22T10:14:05Z"),
            (Kind::DateTime, "2015-03-22T10:14:05-08:00", "2015-03-22T18:14:05Z"),
        ] {
            assert_eq!(read(cell, kind).as_deref(), Ok(form), "{cell}");
        }
        for (kind, cell) in [
            (Kind::Date, "22/03/2015"),
            (Kind::Date, "2015-3-22"),
            (Kind::Date, ""),
            (Kind::Date, "2015-03-2é"),
            (Kind::DateTime, "2015-03-22"),
            (Kind::DateTime, "2015-03-22 10:14:05"),
            (Kind::DateTime, "2015-03-22T10:14:05+99:00"),
            (Kind::DateTime, "2015-03-22T10:14:05."),
            (Kind::Time, "10:14"),
        ] {
            assert!(read(cell, kind).is_err(), "{cell}");
        }
        assert_eq!(read_partial("2015").as_deref(), Ok("2015"));
        assert_eq!(read_partial("2015-03").as_deref(), Ok("2015-03"));
        assert_eq!(read_partial("2015-02-29"), Err(NotRead::NoSuchDay));
        assert!(read_partial("2015-13").is_err() && read_partial("15").is_err() && read_partial("201é").is_err());
    }

    #[test]
    fn formats_that_csvw_does_not_have_are_refused() {
        for (format, kind) in [
            ("yyyy-MM-dd", Kind::DateTime),
            ("HH:mm", Kind::Date),
            ("yy-MM-dd", Kind::Date),
            ("dd MMM yyyy", Kind::Date),
            ("yyyy-MM-ddTHH", Kind::DateTime),
            ("HH:mm.SSS", Kind::Time),
            ("yyyy-MM-ddXXXX", Kind::Date),
            ("", Kind::Date),
            ("X", Kind::Date),
            ("dd.MM.yyyy.S", Kind::Date),
        ] {
            assert!(DateFormat::new(format, kind).is_err(), "{format}");
        }
    }
}
