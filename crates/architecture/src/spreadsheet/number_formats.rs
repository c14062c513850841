//! Which number formats show a number as something that it is not by itself: a date, a part of a hundred, an amount that is
//! not in pounds. For workbooks old and new.

use jiff::{
    Span,
    civil::{Date, date},
};

/// How a style shows a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Number,
    Date,
    /// Month and year only.
    Month,
    Time,
    /// Hundredths, with the sign: 0.025 is 2.5%.
    Percentage,
    /// An amount in another currency than pounds, by its code.
    Currency(&'static str),
}

/// Currencies that a council's list may hold, and how they are written. Others are not told from plain numbers.
const CURRENCIES: &[(&str, char)] = &[("EUR", '\u{20ac}'), ("USD", '$')];

impl Shown {
    /// How an amount in the currency of this code is shown.
    pub(super) fn of_currency(code: &str) -> Shown {
        let other = CURRENCIES.iter().find(|(known, _)| known.eq_ignore_ascii_case(code.trim()));
        other.map_or(Shown::Number, |(code, _)| Shown::Currency(code))
    }

    /// How the sign of a currency in a format shows an amount: `\u{20ac}`, or what stands in `[$\u{20ac}-407]` and `[$USD]`.
    fn of_sign(sign: &str) -> Option<Shown> {
        let named = |(code, written): &&(&str, char)| sign.contains(*written) || sign.eq_ignore_ascii_case(code);
        CURRENCIES.iter().find(named).map(|(code, _)| Shown::Currency(code))
    }
}

/// The formats that need no entry in the file (ECMA-376 part 1, 18.8.30).
pub(super) fn of_builtin(id: u32) -> Shown {
    match id {
        9 | 10 => Shown::Percentage,
        14..=16 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58 => Shown::Date,
        17 => Shown::Month,
        18..=21 | 32..=35 | 45..=47 | 55 | 56 => Shown::Time,
        _ => Shown::Number,
    }
}

/// Reads a format code such as `dd/mm/yyyy;@` by the letters outside quotes, escapes and brackets.
pub(super) fn of_code(code: &str) -> Shown {
    if code.eq_ignore_ascii_case("general") {
        return Shown::Number;
    }
    let (mut year, mut month, mut day, mut time) = (false, false, false, false);
    let mut other = None;
    let mut characters = code.chars();
    while let Some(character) = characters.next() {
        match character.to_ascii_lowercase() {
            '\\' => other = characters.next().and_then(|sign| Shown::of_sign(sign.encode_utf8(&mut [0; 4]))).or(other),
            '_' | '*' => {
                characters.next();
            }
            '"' => {
                let quoted: String = characters.by_ref().take_while(|character| *character != '"').collect();
                other = Shown::of_sign(quoted.trim()).or(other);
            }
            '[' => {
                let inside: String = characters.by_ref().take_while(|character| *character != ']').collect();
                let letters = inside.to_ascii_lowercase();
                time |= !letters.is_empty() && letters.chars().all(|letter| matches!(letter, 'h' | 'm' | 's'));
                // "[$-809]" names a language, "[$\u{20ac}-407]" a sign and a language.
                let sign = inside.strip_prefix('$').and_then(|rest| rest.split('-').next());
                other = sign.and_then(Shown::of_sign).or(other);
            }
            '%' => other = Some(Shown::Percentage),
            '\u{20ac}' => other = Some(Shown::Currency("EUR")),
            ';' => break,
            'y' => year = true,
            'm' => month = true,
            'd' => day = true,
            'h' | 's' => time = true,
            _ => {}
        }
    }
    match (year, month, day, time) {
        (true, true, false, false) => Shown::Month,
        (true, ..) | (_, _, true, _) => Shown::Date,
        (_, true, _, false) => Shown::Date,
        (_, _, _, true) => Shown::Time,
        _ => other.unwrap_or(Shown::Number),
    }
}

/// The day with this serial number. Excel counts from 1 January 1900 and believes that 29 February 1900 existed.
pub(super) fn day_of_serial(serial: f64, from_1904: bool) -> Option<Date> {
    if !(1.0..2_958_466.0).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "within the range just tested")]
    let days = serial.floor() as i64;
    let base = match (from_1904, days) {
        (true, _) => date(1904, 1, 1),
        (false, 60..) => date(1899, 12, 30),
        (false, _) => date(1899, 12, 31),
    };
    base.checked_add(Span::new().try_days(days).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_codes() {
        for (code, expected) in [
            ("dd/mm/yyyy;@", Shown::Date),
            ("[$-809]d mmmm yyyy", Shown::Date),
            ("mmm\\-yy", Shown::Month),
            ("mm/yyyy", Shown::Month),
            ("h:mm AM/PM", Shown::Time),
            ("[h]:mm:ss", Shown::Time),
            ("dd/mm/yyyy hh:mm", Shown::Date),
            ("General", Shown::Number),
            ("\u{a3}#,##0.00", Shown::Number),
            ("\"days\" 0", Shown::Number),
            ("0.00E+00", Shown::Number),
            ("[Red]#,##0;[Blue]-#,##0", Shown::Number),
            ("#,##0_);(#,##0)", Shown::Number),
            ("\"unfinished", Shown::Number),
            ("0.00%", Shown::Percentage),
            ("0\\ %", Shown::Percentage),
            ("\u{20ac}#,##0", Shown::Currency("EUR")),
            ("[$\u{20ac}-407] #,##0.00", Shown::Currency("EUR")),
            ("#,##0.00\\ \"\u{20ac}\"", Shown::Currency("EUR")),
            ("[$$-409]#,##0.00", Shown::Currency("USD")),
            ("[$USD] #,##0", Shown::Currency("USD")),
            ("[$\u{a3}-809]#,##0.00", Shown::Number),
            ("\"$\"#,##0", Shown::Currency("USD")),
        ] {
            assert_eq!(of_code(code), expected, "{code}");
        }
        assert_eq!(of_code(&"[".repeat(1000)), Shown::Number);
        assert_eq!((of_builtin(10), of_builtin(7)), (Shown::Percentage, Shown::Number));
        assert_eq!((Shown::of_currency("eur"), Shown::of_currency("GBP")), (Shown::Currency("EUR"), Shown::Number));
    }

    #[test]
    fn serial_numbers_are_days() {
        for (serial, from_1904, expected) in [
            (46_477.0, false, Some(date(2027, 3, 31))),
            (46_477.75, false, Some(date(2027, 3, 31))),
            (45_015.0, true, Some(date(2027, 3, 31))),
            (1.0, false, Some(date(1900, 1, 1))),
            (61.0, false, Some(date(1900, 3, 1))),
            (2_958_465.0, false, Some(date(9999, 12, 31))),
            (2_958_466.0, false, None),
            (2_958_465.0, true, None),
            (-1.0, false, None),
            (f64::NAN, false, None),
        ] {
            assert_eq!(day_of_serial(serial, from_1904), expected, "{serial}");
        }
    }
}
