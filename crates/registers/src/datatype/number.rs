//! Numbers as files write them, by CSVW's patterns (Unicode TR35, part 3) or without one, and in their one form.
//!
//! A number stays decimal digits from the cell to the register: nothing is rounded.

use super::NotRead;

/// How the numbers of a column are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberFormat {
    decimal: char,
    group: Option<char>,
    pattern: Option<(String, Pattern)>,
}

/// A pattern such as `#,##0.00`, which is strict: a number that would not be written so is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    sign: bool,
    part: Option<Part>,
    part_first: bool,
    least_whole: usize,
    /// Digits of the group next to the decimal character, and of those before it.
    groups: Option<(usize, usize)>,
    least_fraction: usize,
    most_fraction: usize,
    fraction_group: Option<usize>,
    exponent: Option<Exponent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Exponent {
    least: usize,
    plus: bool,
}

/// A number of hundredths or thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Hundredth,
    Thousandth,
}

/// A pattern that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no pattern for numbers; one is #,##0.00")]
pub struct NotAPattern(String);

/// Which numbers a type has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Without a fraction.
    Integer,
    /// Decimal digits.
    Decimal,
    /// Any, with an exponent or one of `INF`, `-INF` and `NaN`.
    Double,
}

/// A number as it was written: its sign, and its digits with the power of ten of the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Written {
    negative: bool,
    digits: String,
    scale: i32,
}

impl Default for NumberFormat {
    /// A point before the fraction, no groups, no pattern.
    fn default() -> NumberFormat {
        NumberFormat { decimal: '.', group: None, pattern: None }
    }
}

impl NumberFormat {
    /// As CSVW's `format` of a number says it. Without a pattern any number is read that has these characters.
    ///
    /// # Errors
    /// When the pattern is none.
    pub fn new(pattern: Option<&str>, decimal: Option<char>, group: Option<char>) -> Result<NumberFormat, NotAPattern> {
        let refused = || NotAPattern(pattern.unwrap_or_default().to_owned());
        let decimal = decimal.unwrap_or('.');
        let read = match pattern {
            Some(text) => Some((text.to_owned(), Pattern::read(text).ok_or_else(refused)?)),
            None => None,
        };
        let group = group.or(read.as_ref().and_then(|(_, pattern)| pattern.is_grouped().then_some(',')));
        if group == Some(decimal) || decimal.is_ascii_digit() || group.is_some_and(|group| group.is_ascii_digit()) {
            return Err(refused());
        }
        Ok(NumberFormat { decimal, group, pattern: read })
    }

    /// The pattern, as it was given.
    pub fn pattern(&self) -> Option<&str> {
        self.pattern.as_ref().map(|(text, _)| text.as_str())
    }

    /// What comes before a fraction.
    pub fn decimal(&self) -> char {
        self.decimal
    }

    /// What divides groups of digits.
    pub fn group(&self) -> Option<char> {
        self.group
    }

    /// Reads a cell and gives the number in its one form (XML Schema 1.1, part 2): `-12.5`, `0`, `1.5E3`, `INF`.
    ///
    /// # Errors
    /// What the cell holds instead.
    pub fn read(&self, cell: &str, kind: Kind) -> Result<String, NotRead> {
        if kind == Kind::Double && self.pattern.is_none() && matches!(cell, "INF" | "-INF" | "NaN") {
            return Ok(cell.to_owned());
        }
        let written = match &self.pattern {
            Some((_, pattern)) => self.by_pattern(cell, pattern),
            None => self.freely(cell, kind),
        };
        let written = written.ok_or(NotRead::Number)?;
        match kind {
            Kind::Integer if !written.is_whole() => Err(NotRead::Fraction),
            Kind::Integer | Kind::Decimal => written.decimal().ok_or(NotRead::Range),
            Kind::Double => written.double().ok_or(NotRead::Range),
        }
    }

    fn freely(&self, cell: &str, kind: Kind) -> Option<Written> {
        let (negative, rest) = sign(cell);
        let (rest, part) = match rest.strip_suffix('%') {
            Some(rest) => (rest, Some(Part::Hundredth)),
            None => match rest.strip_suffix('\u{2030}') {
                Some(rest) => (rest, Some(Part::Thousandth)),
                None => (rest, None),
            },
        };
        let (rest, exponent) = match rest.split_once(['e', 'E']) {
            Some((rest, exponent)) if kind == Kind::Double => (rest, Some(exponent)),
            Some(_) => return None,
            None => (rest, None),
        };
        let (whole, fraction) = match rest.split_once(self.decimal) {
            Some(_) if kind == Kind::Integer => return None,
            Some((whole, fraction)) => (whole, fraction),
            None => (rest, ""),
        };
        let whole = match self.group {
            Some(group) => {
                let groups: Vec<&str> = whole.split(group).collect();
                let sound = groups.len() == 1 || groups.iter().all(|group| !group.is_empty());
                sound.then(|| groups.concat())?
            }
            None => whole.to_owned(),
        };
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let some = !whole.is_empty() || !fraction.is_empty();
        if !some || !digits(&whole) || !digits(fraction) {
            return None;
        }
        let exponent = match exponent {
            Some(exponent) => {
                let (negative, exponent) = sign(exponent);
                power(negative, exponent)?
            }
            None => 0,
        };
        Written::of(negative, &whole, fraction, exponent, part)
    }

    fn by_pattern(&self, cell: &str, pattern: &Pattern) -> Option<Written> {
        let (negative, mut rest) = sign(cell);
        if pattern.sign && rest.len() == cell.len() {
            return None;
        }
        if let Some(part) = pattern.part {
            rest = if pattern.part_first { rest.strip_prefix(part.sign())? } else { rest.strip_suffix(part.sign())? };
        }
        let exponent = match pattern.exponent {
            Some(wanted) => {
                let (number, exponent) = rest.split_once('E')?;
                rest = number;
                let (negative, digits) = sign(exponent);
                let signed = digits.len() < exponent.len();
                if digits.len() < wanted.least || (wanted.plus && !signed) || (!wanted.plus && signed && !negative) {
                    return None;
                }
                power(negative, digits)?
            }
            None => 0,
        };
        let (whole, fraction) = match rest.split_once(self.decimal) {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (whole, fraction),
            None => (rest, ""),
        };
        let whole = ungrouped(whole, self.group, pattern.groups, End::Right)?;
        let sizes = pattern.fraction_group.map(|size| (size, size));
        let fraction = ungrouped(fraction, self.group, sizes, End::Left)?;
        let sound = whole.len() >= pattern.least_whole
            && (pattern.least_fraction..=pattern.most_fraction).contains(&fraction.len())
            && (!whole.is_empty() || !fraction.is_empty());
        if sound { Written::of(negative, &whole, &fraction, exponent, pattern.part) } else { None }
    }
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn power(negative: bool, digits: &str) -> Option<i32> {
    let sound = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let power: i32 = sound.then(|| digits.parse().ok())??;
    Some(if negative { -power } else { power })
}

/// Where groups are counted from.
#[derive(Clone, Copy)]
enum End {
    Left,
    Right,
}

/// The digits without what divides their groups, which have to be of these sizes.
fn ungrouped(text: &str, group: Option<char>, sizes: Option<(usize, usize)>, from: End) -> Option<String> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (Some(group), Some((first, others))) = (group, sizes) else {
        return digits(text).then(|| text.to_owned());
    };
    let mut parts: Vec<&str> = text.split(group).collect();
    if let End::Right = from {
        parts.reverse();
    }
    let last = parts.len() - 1;
    for (at, part) in parts.iter().enumerate() {
        let size = if at == 0 { first } else { others };
        // The outermost group may be shorter, but is there.
        let sound = if at == last { part.len() <= size && (!part.is_empty() || last == 0) } else { part.len() == size };
        if !sound || !digits(part) {
            return None;
        }
    }
    if let End::Right = from {
        parts.reverse();
    }
    Some(parts.concat())
}

impl Part {
    fn sign(self) -> char {
        match self {
            Part::Hundredth => '%',
            Part::Thousandth => '\u{2030}',
        }
    }

    fn of(sign: char) -> Option<Part> {
        [Part::Hundredth, Part::Thousandth].into_iter().find(|part| part.sign() == sign)
    }

    fn power(self) -> i32 {
        match self {
            Part::Hundredth => -2,
            Part::Thousandth => -3,
        }
    }
}

impl Pattern {
    fn read(text: &str) -> Option<Pattern> {
        let mut rest = text;
        let (mut signed, mut part, mut part_first) = (false, None, false);
        while let Some(first) = rest.chars().next() {
            match first {
                '+' | '-' if !signed => signed = true,
                first => match Part::of(first) {
                    Some(found) if part.is_none() => (part, part_first) = (Some(found), true),
                    _ => break,
                },
            }
            rest = &rest[first.len_utf8()..];
        }
        if let Some(found) = rest.chars().last().and_then(Part::of) {
            if part.is_some() {
                return None;
            }
            part = Some(found);
            rest = &rest[..rest.len() - found.sign().len_utf8()];
        }
        let (rest, exponent) = match rest.split_once('E') {
            Some((rest, exponent)) => {
                let (plus, zeros) = match exponent.strip_prefix('+') {
                    Some(zeros) => (true, zeros),
                    None => (false, exponent),
                };
                let sound = !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0');
                sound.then_some((rest, Some(Exponent { least: zeros.len(), plus })))?
            }
            None => (rest, None),
        };
        let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
        let groups: Vec<&str> = whole.split(',').collect();
        let digits = groups.concat();
        // Optional digits come before those that have to be there; in a fraction it is the other way round.
        let optional = digits.bytes().take_while(|byte| *byte == b'#').count();
        let sound = !groups[0].is_empty() && digits.bytes().skip(optional).all(|byte| byte == b'0');
        let sizes: Vec<usize> = groups.iter().rev().map(|group| group.len()).collect();
        let groups = match sizes.as_slice() {
            [_] => None,
            [first, _] => Some((*first, *first)),
            [first, second, ..] => Some((*first, *second)),
            [] => return None,
        };
        if !sound || groups.is_some_and(|(first, others)| first == 0 || others == 0) {
            return None;
        }
        let parts: Vec<&str> = fraction.unwrap_or_default().split(',').collect();
        let fraction_digits = parts.concat();
        let needed = fraction_digits.bytes().take_while(|byte| *byte == b'0').count();
        let sound = fraction_digits.bytes().skip(needed).all(|byte| byte == b'#')
            && fraction.is_none_or(|fraction| !fraction.is_empty());
        let fraction_group = (parts.len() > 1).then(|| parts[0].len());
        if !sound || fraction_group == Some(0) {
            return None;
        }
        Some(Pattern {
            sign: signed,
            part,
            part_first,
            least_whole: digits.len() - optional,
            groups,
            least_fraction: needed,
            most_fraction: fraction_digits.len(),
            fraction_group,
            exponent,
        })
    }

    fn is_grouped(&self) -> bool {
        self.groups.is_some() || self.fraction_group.is_some()
    }
}

/// Digits of the longest number, so that a power of ten writes no megabytes.
const LONGEST: usize = 1_000;

impl Written {
    fn of(negative: bool, whole: &str, fraction: &str, exponent: i32, part: Option<Part>) -> Option<Written> {
        let scale =
            exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?.checked_add(part.map_or(0, Part::power))?;
        Some(Written { negative, digits: format!("{whole}{fraction}"), scale })
    }

    /// Its digits without zeros around them, and the power of ten of the last of them; none for zero.
    fn bare(&self) -> Option<(&str, i32)> {
        let digits = self.digits.trim_start_matches('0');
        let bare = digits.trim_end_matches('0');
        let zeros = i32::try_from(digits.len() - bare.len()).ok()?;
        (!bare.is_empty()).then(|| (bare, self.scale.saturating_add(zeros)))
    }

    fn is_whole(&self) -> bool {
        self.bare().is_none_or(|(_, scale)| scale >= 0)
    }

    fn decimal(&self) -> Option<String> {
        let Some((digits, scale)) = self.bare() else { return Some("0".to_owned()) };
        let minus = if self.negative { "-" } else { "" };
        let zeros = usize::try_from(scale.unsigned_abs()).ok()?;
        if digits.len() > LONGEST || zeros > LONGEST {
            return None;
        }
        Some(match scale {
            0.. => format!("{minus}{digits}{}", "0".repeat(zeros)),
            _ if zeros < digits.len() => {
                let (whole, fraction) = digits.split_at(digits.len() - zeros);
                format!("{minus}{whole}.{fraction}")
            }
            _ => format!("{minus}0.{}{digits}", "0".repeat(zeros - digits.len())),
        })
    }

    /// As the nearest double, by XML Schema: one digit before the point, at least one behind it, and the exponent.
    fn double(&self) -> Option<String> {
        if self.digits.len() > LONGEST {
            return None;
        }
        let minus = if self.negative { "-" } else { "" };
        let value: f64 = format!("{minus}{}e{}", self.digits, self.scale).parse().ok()?;
        if value.is_infinite() {
            return None;
        }
        let text = format!("{value:E}");
        let (number, exponent) = text.split_once('E')?;
        let point = if number.contains('.') { "" } else { ".0" };
        Some(format!("{number}{point}E{exponent}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, cell: &str) -> Option<String> {
        NumberFormat::new(Some(pattern), None, None).unwrap().read(cell, Kind::Decimal).ok()
    }

    /// What CSVW's own tests 282 to 304 ask for, and a few more of the same.
    #[test]
    fn a_pattern_reads_what_it_would_write_and_nothing_else() {
        for (pattern, good, bad) in [
            ("##0", &["1", "12", "1234", "-5", "+5"][..], &["1,234", "123.4", "", "-", "1e3"][..]),
            ("#,#00", &["12", "123", "1,234", "12,345"], &["1", "1234", "12,34", "12,34,567", ",123"]),
            ("#,##0", &["1", "1,234", "1,234,567"], &["1234", "1,23", "12,34,567", "1,,234", "1,234,"]),
            ("#,##,#00", &["12", "1,234", "12,34,567"], &["1", "1,234,567", "12,34567"]),
            ("#0.#", &["1", "1.2", "1234.5"], &["12.34", "1.", ".5", "1,234.5"]),
            ("#0.0#", &["1.2", "1.23"], &["1", "1.234"]),
            ("#0.0#,#", &["1.0", "12.34", "12.34,5"], &["1", "12.345", "12.34,56", "12.34,"]),
            ("0.000,###", &["1.199", "1.199,9", "1.199,999"], &["1.19", "1.1999", "1.199,9999", "1.199,"]),
            ("000%", &["025%", "100%"], &["25%", "025", "%025"]),
            ("%000", &["%025"], &["025%", "025"]),
            ("+0", &["+1", "-1"], &["1"]),
            ("0.0E0", &["1.5E3", "1.5E-3"], &["1.5", "1.5E+3", "1.5e3", "1.5E"]),
            ("0.0E+00", &["1.5E+03", "1.5E-03"], &["1.5E03", "1.5E+3"]),
        ] {
            for cell in good {
                assert!(read(pattern, cell).is_some(), "{pattern} does not read {cell}");
            }
            for cell in bad {
                assert!(read(pattern, cell).is_none(), "{pattern} reads {cell}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in ["", "0#", "0.#0", "#,", ",#0", "0.", "0E", "0E#", "%0%", "a0", "0.0.0", "++0", "#,,0", "0.,0"] {
            assert!(NumberFormat::new(Some(pattern), None, None).is_err(), "{pattern:?}");
        }
        assert!(NumberFormat::new(None, Some(','), Some(',')).is_err());
        assert!(NumberFormat::new(None, Some('1'), None).is_err());
    }

    #[test]
    fn a_number_has_one_form() {
        let decimal = |cell: &str| NumberFormat::default().read(cell, Kind::Decimal);
        for (cell, form) in [
            ("0", "0"),
            ("-0.00", "0"),
            ("+007", "7"),
            ("1.50", "1.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-0.0050", "-0.005"),
            ("120", "120"),
            ("25%", "0.25"),
            ("3\u{2030}", "0.003"),
            ("12345678901234567890.123456789", "12345678901234567890.123456789"),
        ] {
            assert_eq!(decimal(cell).as_deref(), Ok(form), "{cell}");
        }
        for cell in ["", "-", ".", "1e3", "INF", "NaN", "1,5", "1 5", "0x1", "١", "--1", "1-", "%"] {
            assert!(decimal(cell).is_err(), "{cell}");
        }
        assert_eq!(decimal(&"9".repeat(LONGEST + 1)), Err(NotRead::Range));

        let integer = |cell: &str| NumberFormat::default().read(cell, Kind::Integer);
        assert_eq!(integer("0042").as_deref(), Ok("42"));
        assert_eq!(integer("4.0"), Err(NotRead::Number));
        assert_eq!(integer("50%"), Err(NotRead::Fraction));
        assert_eq!(integer("100%").as_deref(), Ok("1"));

        let double = |cell: &str| NumberFormat::default().read(cell, Kind::Double);
        for (cell, form) in [
            ("1500", "1.5E3"),
            ("1", "1.0E0"),
            ("-0.00012e-3", "-1.2E-7"),
            ("0", "0.0E0"),
            ("-0", "-0.0E0"),
            ("1E400", ""),
            ("INF", "INF"),
            ("NaN", "NaN"),
        ] {
            assert_eq!(double(cell).as_deref().unwrap_or_default(), form, "{cell}");
        }
        assert_eq!(double("1e99999999999"), Err(NotRead::Number));
        assert_eq!(double("1e2147483647"), Err(NotRead::Range));
    }

    #[test]
    fn other_characters_divide_and_group() {
        let german = NumberFormat::new(Some("#.##0,00"), Some(','), Some('.'));
        assert!(german.is_err(), "patterns are always written with a point and commas");
        let german = NumberFormat::new(Some("#,##0.00"), Some(','), Some('.')).unwrap();
        assert_eq!(german.read("1.234,50", Kind::Decimal).as_deref(), Ok("1234.5"));
        assert!(german.read("1,234.50", Kind::Decimal).is_err());
        let spaced = NumberFormat::new(None, None, Some(' ')).unwrap();
        assert_eq!(spaced.read("1 234 567.5", Kind::Decimal).as_deref(), Ok("1234567.5"));
        assert!(spaced.read("1  234", Kind::Decimal).is_err() && spaced.read(" 234", Kind::Decimal).is_err());
    }

    #[test]
    fn no_cell_stops_the_program() {
        let pieces = ["", "-", "+", "0", "9", ".", ",", "E", "e", "%", "\u{2030}", "é", "999999999999"];
        let formats: Vec<NumberFormat> = ["#,##0.0#", "0.000,#E0", "%0", "+#0"]
            .iter()
            .map(|pattern| NumberFormat::new(Some(pattern), None, None).unwrap())
            .chain([NumberFormat::default(), NumberFormat::new(None, Some(','), Some('é')).unwrap()])
            .collect();
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    let cell = format!("{first}{second}{third}{first}");
                    for format in &formats {
                        for kind in [Kind::Integer, Kind::Decimal, Kind::Double] {
                            if let Ok(form) = format.read(&cell, kind) {
                                let again = NumberFormat::default().read(&form, kind);
                                assert_eq!(again.as_ref(), Ok(&form), "{cell} is {form}, which is not its own form");
                            }
                        }
                    }
                }
            }
        }
    }
}
