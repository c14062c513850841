//! Amounts of money a year, in pounds.

use vocabulary::Money;

use super::{Nothing, Read, read_nothing, strip_suffix_ignoring_case, without_estimate};

fn how() -> String {
    web::say!("Write it like 12,500 or 12.5k.")
}

/// A hundred thousand million pounds, in pence: above it something was misread.
const MOST_PENCE: f64 = 1e13;

/// Whether a heading says that its amounts are thousands of pounds: "£k", "£000".
pub fn heading_says_thousands(heading: &str) -> bool {
    let lower = heading.to_lowercase();
    let written: String = lower.chars().filter(|character| !character.is_whitespace()).collect();
    let signs =
        ["\u{a3}k", "k\u{a3}", "(k)", "[k]", "\u{a3}000", "\u{a3}'000", "\u{a3}\u{2019}000", "(000", "\u{a3}thousand"];
    let words = vocabulary::fold(heading);
    signs.iter().any(|sign| written.contains(sign))
        || words.split(' ').any(|word| matches!(word, "thousands" | "000s" | "gbpk" | "kgbp"))
        || words.ends_with(" k")
}

/// How many times a year a heading's amounts are paid: 12 for "per month", 4 for "per quarter", else 1.
pub fn heading_times_a_year(heading: &str) -> i64 {
    let folded = vocabulary::fold(heading);
    let says = |words: &[&str]| folded.split(' ').any(|word| words.contains(&word));
    match () {
        () if says(&["annual", "annually", "year", "yearly", "annum", "pa"]) => 1,
        () if says(&["month", "monthly", "pcm"]) => 12,
        () if says(&["quarter", "quarterly"]) => 4,
        () => 1,
    }
}

/// Whether a heading says that its amounts are millions of pounds: "£m".
pub fn heading_says_millions(heading: &str) -> bool {
    let written: String = heading.to_lowercase().chars().filter(|character| !character.is_whitespace()).collect();
    written.contains("\u{a3}m") && !written.contains("\u{a3}mo") || written.contains("million")
}

/// Reads an amount under a heading, which may say that it is in thousands or millions, or for a month.
pub fn read_money_under(heading: &str, text: &str) -> Read<Money> {
    let millions = heading_says_millions(heading);
    let bare =
        text.trim().trim_start_matches('\u{a3}').chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' '));
    let read = read_money(text, heading_says_thousands(heading) && !millions);
    let scale = heading_times_a_year(heading) * if millions && bare { 1_000_000 } else { 1 };
    let scaled = |money: Money| money.0.checked_mul(scale).map(Money);
    match read {
        Read::Ok(money) => scaled(money).map_or(Read::not(text, web::say!("is not an amount"), how()), Read::Ok),
        Read::Estimated(money) => {
            scaled(money).map_or(Read::not(text, web::say!("is not an amount"), how()), Read::Estimated)
        }
        other => other,
    }
}

/// Reads an amount. With `thousands` a bare number counts thousands of pounds; one with its own "k" or "m" does not. A
/// thousand or more with its own "£" is likelier pounds there, but nobody can tell, so it is not understood.
///
/// Never negative. Ranges, limits ("under 5k"), other currencies and amounts a month are not understood. "Free" is zero.
pub fn read_money(text: &str, thousands: bool) -> Read<Money> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Read::Empty;
    }
    if super::is_long(trimmed) {
        return Read::not(text, web::say!("is not an amount"), how());
    }
    match read_nothing(trimmed) {
        // "Nil" and "none" in a column of costs are the amount zero.
        Some(Nothing::None) => return Read::Ok(Money(0)),
        Some(nothing) => return Read::Nothing(nothing),
        None => {}
    }
    if matches!(
        vocabulary::fold(trimmed).as_str(),
        "free" | "no cost" | "free of charge" | "foc" | "zero cost" | "no charge" | "open source" | "free open source"
    ) {
        return Read::Ok(Money(0));
    }
    let (rest, estimated) = without_estimate(trimmed);
    let lower = rest.to_lowercase();
    if lower.contains(['$', '\u{20ac}', '\u{a5}']) || lower.contains("usd") || lower.contains("eur") {
        return Read::not(text, web::say!("is not in pounds"), web::say!("Write the amount in pounds, like 12,500."));
    }
    if ["month", "pcm", "p/m", "p.m", "per day", "daily", "week", "quarter"].iter().any(|word| lower.contains(word)) {
        return Read::not(
            text,
            web::say!("is not an amount for a year"),
            web::say!("Write the amount for a whole year, like 12,500."),
        );
    }
    let amount = without_words(rest);
    let (amount, again) = without_estimate(amount);
    if amount.starts_with(['<', '>', '\u{2264}', '\u{2265}'])
        || ["under", "over", "up to", "less", "more", "max", "min"].iter().any(|word| lower.starts_with(word))
    {
        return Read::not(text, web::say!("is a limit and not an amount"), how());
    }
    match parse(amount, thousands) {
        Parsed::Pence(pence)
            if pence >= 100_000_000 && parse(amount, false).is(pence / 1_000) && rest.contains('\u{a3}') =>
        {
            let how = web::say!("Write it in thousands as the heading says, like 1.85, or with its own k.");
            Read::not(text, web::say!("may be pounds or thousands of pounds"), how)
        }
        Parsed::Pence(pence) if estimated || again => Read::Estimated(Money(pence)),
        Parsed::Pence(pence) => Read::Ok(Money(pence)),
        Parsed::Negative => Read::not(text, web::say!("is less than nothing"), how()),
        Parsed::Range => Read::not(text, web::say!("is a range and not one amount"), how()),
        Parsed::TooLarge => Read::not(text, web::say!("is more than we can believe"), how()),
        Parsed::Not => Read::not(text, web::say!("is not an amount"), how()),
    }
}

/// Takes away "£", "per annum", "ex VAT" and the like around an amount.
fn without_words(text: &str) -> &str {
    const AFTER: &[&str] = &[
        "per annum",
        "per year",
        "a year",
        "per yr",
        "p.a.",
        "p.a",
        "pa",
        "p/a",
        "/year",
        "/yr",
        "/ year",
        "annually",
        "yearly",
        "annual",
        "each year",
        "ex vat",
        "ex. vat",
        "exc vat",
        "exc. vat",
        "excl vat",
        "excl. vat",
        "excluding vat",
        "inc vat",
        "inc. vat",
        "incl vat",
        "incl. vat",
        "including vat",
        "plus vat",
        "+ vat",
        "+vat",
        "+ vat.",
        "(ex vat)",
        "(exc vat)",
        "(exc. vat)",
        "(excl vat)",
        "(excl. vat)",
        "(inc vat)",
        "(inc. vat)",
        "(incl vat)",
        "(p.a.)",
        "(pa)",
        "(per annum)",
        "(annual)",
        "net",
        "gbp",
        "pounds",
        "\u{a3}",
        "total",
        ".",
        ",",
    ];
    const BEFORE: &[&str] = &["\u{a3}", "gbp", "total", "annual", ":"];
    let mut rest = text.trim();
    loop {
        let after = AFTER.iter().find_map(|words| strip_suffix_ignoring_case(rest, words));
        let before = || BEFORE.iter().find_map(|words| super::strip_prefix_ignoring_case(rest, words));
        match after.or_else(before) {
            Some(less) if !less.trim().is_empty() => rest = less.trim(),
            _ => return rest,
        }
    }
}

enum Parsed {
    Pence(i64),
    Negative,
    Range,
    TooLarge,
    Not,
}

impl Parsed {
    fn is(&self, pence: i64) -> bool {
        matches!(self, Parsed::Pence(parsed) if *parsed == pence)
    }
}

/// `12,500`, `12500.5`, `12.5k`, `1.2m`.
fn parse(amount: &str, thousands: bool) -> Parsed {
    const MINUS: [char; 3] = ['-', '\u{2013}', '\u{2212}'];
    let bracketed = amount.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
    if let Some(inner) = amount.strip_prefix(MINUS).or(bracketed) {
        let inner = inner.trim_start_matches(['\u{a3}', ' ']);
        if !inner.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
            return Parsed::Not;
        }
        return match parse(inner, thousands) {
            Parsed::Pence(_) => Parsed::Negative,
            _ => Parsed::Not,
        };
    }
    if amount.contains(MINUS) || amount.to_lowercase().contains(" to ") || amount.contains('/') {
        let parts: Vec<&str> = amount.split(|c: char| MINUS.contains(&c) || c == '/' || c.is_whitespace()).collect();
        let numbers = parts.iter().filter(|part| part.contains(|c: char| c.is_ascii_digit())).count();
        return if numbers > 1 { Parsed::Range } else { Parsed::Not };
    }
    let digits_end = amount.rfind(|character: char| character.is_ascii_digit()).map_or(0, |place| place + 1);
    let (number, unit) = amount.split_at(digits_end);
    let factor = match unit.trim().to_lowercase().as_str() {
        "" if thousands => 1_000.0,
        "" => 1.0,
        "k" | "thousand" => 1_000.0,
        "m" | "mn" | "mil" | "mill" | "million" => 1_000_000.0,
        "bn" | "billion" => 1_000_000_000.0,
        _ => return Parsed::Not,
    };
    let Some(plain) = without_grouping(number) else { return Parsed::Not };
    let Ok(value) = plain.parse::<f64>() else { return Parsed::Not };
    let pence = (value * factor * 100.0).round();
    if !(0.0..=MOST_PENCE).contains(&pence) {
        return Parsed::TooLarge;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the range just tested")]
    Parsed::Pence(pence as i64)
}

/// Figures without their commas or spaces, which must group by three: `1,25` is none of ours.
fn without_grouping(number: &str) -> Option<String> {
    let (whole, part) = match number.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (number, None),
    };
    let groups: Vec<&str> = whole.split([',', ' ', '\u{a0}', '\u{202f}', '\u{2009}']).collect();
    let digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (first, rest) = groups.split_first()?;
    let grouped = rest.iter().all(|group| group.len() == 3 && digits(group));
    let headed = digits(first) && (rest.is_empty() || (1..=3).contains(&first.len()));
    let fraction = part.is_none_or(|part| !part.is_empty() && digits(&part));
    let any = !first.is_empty() || part.is_some();
    (grouped && headed && fraction && any).then(|| match part {
        Some(part) => format!("{}.{part}", groups.concat()),
        None => groups.concat(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test may stop")]
    use super::*;

    #[test]
    fn amounts_as_people_write_them() {
        for (written, pence) in [
            ("\u{a3}12,500", 1_250_000),
            ("12.5k", 1_250_000),
            ("\u{a3}12.5K", 1_250_000),
            ("\u{a3}1.2m", 120_000_000),
            ("1.2 million", 120_000_000),
            ("12500.00", 1_250_000),
            ("12,500 per annum", 1_250_000),
            ("12,500 p.a.", 1_250_000),
            ("\u{a3}12,500.50", 1_250_050),
            ("\u{a3} 12 500", 1_250_000),
            ("GBP 12,500", 1_250_000),
            ("0", 0),
            ("\u{a3}0.00", 0),
            ("free", 0),
            ("nil", 0),
            ("\u{a3}12,500 + VAT", 1_250_000),
            ("\u{a3}12,500 (exc VAT)", 1_250_000),
            ("12500/year", 1_250_000),
            (".50", 50),
            ("19.99", 1_999),
            ("1,234,567", 123_456_700),
            ("12500", 1_250_000),
            ("\u{a3}950", 95_000),
        ] {
            match read_money(written, false) {
                Read::Ok(Money(found)) => assert_eq!(found, pence, "{written}"),
                other => panic!("{written}: {other:?}"),
            }
        }
    }

    #[test]
    fn estimates_and_thousands() {
        assert_eq!(read_money("c. \u{a3}12k", false), Read::Estimated(Money(1_200_000)));
        assert_eq!(read_money("\u{a3}12k approx", false), Read::Estimated(Money(1_200_000)));
        assert_eq!(read_money("12.5", true), Read::Ok(Money(1_250_000)));
        assert_eq!(read_money("\u{a3}12.5k", true), Read::Ok(Money(1_250_000)), "its own k counts once");
        assert_eq!(read_money("\u{a3}12.50", true), Read::Ok(Money(1_250_000)), "a currency cell saved as text");
        assert!(matches!(read_money("\u{a3}1,850", true), Read::NotUnderstood(_)), "hardly 1.85 million pounds");
        assert_eq!(read_money("1,850", true), Read::Ok(Money(185_000_000)));
        assert_eq!(read_money("\u{a3}1.85m", true), Read::Ok(Money(185_000_000)));
        for heading in [
            "Yearly spend \u{a3}k",
            "Cost (\u{a3}000s)",
            "Cost p.a. (\u{a3}'000)",
            "Annual cost k",
            "Cost in thousands",
        ] {
            assert!(heading_says_thousands(heading), "{heading}");
        }
        for heading in ["Annual cost (\u{a3})", "Cost", "Contract ref", "Risk"] {
            assert!(!heading_says_thousands(heading), "{heading}");
        }
    }

    #[test]
    fn what_is_no_amount_says_why() {
        for (written, why) in [
            ("12k5", "is not an amount"),
            ("\u{a3}10k-\u{a3}20k", "is a range and not one amount"),
            ("10,000 to 20,000", "is a range and not one amount"),
            ("-500", "is less than nothing"),
            ("(500)", "is less than nothing"),
            ("-\u{a3}500", "is less than nothing"),
            ("1,25", "is not an amount"),
            ("$500", "is not in pounds"),
            ("\u{a3}500 per month", "is not an amount for a year"),
            ("<\u{a3}5k", "is a limit and not an amount"),
            ("under 5k", "is a limit and not an amount"),
            ("Included in M365", "is not an amount"),
            ("12.5.3", "is not an amount"),
            ("1e9", "is not an amount"),
            ("999999999999999", "is more than we can believe"),
            ("\u{a3}", "is not an amount"),
            ("see contract", "is not an amount"),
            ("NaN", "is not an amount"),
            ("inf", "is not an amount"),
        ] {
            match read_money(written, false) {
                Read::NotUnderstood(not) => assert_eq!(not.why, why, "{written}"),
                other => panic!("{written}: {other:?}"),
            }
        }
        assert_eq!(read_money("TBC", false), Read::Nothing(Nothing::NotKnown));
        assert_eq!(read_money(" ", false), Read::Empty);
    }
}
