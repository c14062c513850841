//! Whole numbers of people, and yes or no.

use super::{Nothing, Read, read_nothing, strip_suffix_ignoring_case, without_estimate};

fn how() -> String {
    web::say!("Write a whole number, like 200.")
}

/// Reads a whole number that is not negative. "c. 200", "~200" and "200+" are estimates; "200 users" is 200.
pub fn read_number(text: &str) -> Read<u64> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Read::Empty;
    }
    if super::is_long(trimmed) {
        return Read::not(text, web::say!("is not a number"), how());
    }
    match read_nothing(trimmed) {
        Some(Nothing::None) => return Read::Ok(0),
        Some(nothing) => return Read::Nothing(nothing),
        None => {}
    }
    let (rest, estimated) = without_estimate(without_noun(trimmed));
    let (rest, again) = without_estimate(without_noun(rest));
    let whole = match rest.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => whole,
        Some((_, digits)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            return Read::not(text, web::say!("is not a whole number"), how());
        }
        _ => rest,
    };
    let groups: Vec<&str> = whole.split([',', ' ', '\u{a0}']).collect();
    let digits = |group: &&str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    let grouped = groups.iter().all(digits)
        && (groups.len() == 1
            || (groups.first().is_some_and(|first| first.len() <= 3)
                && groups.iter().skip(1).all(|group| group.len() == 3)));
    if !grouped {
        let numbers = whole.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).count();
        let why = match numbers {
            2.. => web::say!("is not one number"),
            _ => web::say!("is not a number"),
        };
        return Read::not(text, why, how());
    }
    match groups.concat().parse::<u64>() {
        Ok(number) if number > 1_000_000_000 => Read::not(text, web::say!("is more than we can believe"), how()),
        Ok(number) if estimated || again => Read::Estimated(number),
        Ok(number) => Read::Ok(number),
        Err(_) => Read::not(text, web::say!("is more than we can believe"), how()),
    }
}

fn without_noun(text: &str) -> &str {
    const NOUNS: &[&str] = &[
        "concurrent users",
        "named users",
        "active users",
        "users",
        "user",
        "staff",
        "people",
        "officers",
        "employees",
        "licences",
        "licence",
        "licenses",
        "seats",
        "accounts",
        "concurrent",
    ];
    let found = NOUNS.iter().find_map(|noun| strip_suffix_ignoring_case(text, noun));
    found.map_or(text, str::trim_end)
}

/// Reads yes or no in its spellings.
pub fn read_yes_no(text: &str) -> Read<bool> {
    if text.trim().is_empty() {
        return Read::Empty;
    }
    if super::is_long(text) {
        return Read::not(text, web::say!("is neither yes nor no"), web::say!("Write yes or no."));
    }
    match vocabulary::fold(text).as_str() {
        "y" | "yes" | "true" | "t" | "1" | "x" | "yep" | "yes partly" | "on" | "ydw" | "ie" => Read::Ok(true),
        "n" | "no" | "false" | "f" | "0" | "none" | "nope" | "off" | "na oes" => Read::Ok(false),
        _ if matches!(text.trim(), "\u{2713}" | "\u{2714}" | "\u{2611}" | "\u{2705}") => Read::Ok(true),
        _ if matches!(text.trim(), "\u{2717}" | "\u{2718}" | "\u{274c}" | "\u{2610}") => Read::Ok(false),
        _ => match read_nothing(text) {
            Some(nothing) => Read::Nothing(nothing),
            None => Read::not(text, web::say!("is neither yes nor no"), web::say!("Write yes or no.")),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test may stop")]
    use super::*;

    #[test]
    fn whole_numbers() {
        for (written, expected) in [
            ("200", Read::Ok(200)),
            ("1,200", Read::Ok(1200)),
            ("200.0", Read::Ok(200)),
            ("200 users", Read::Ok(200)),
            ("0", Read::Ok(0)),
            ("c. 200", Read::Estimated(200)),
            ("~200", Read::Estimated(200)),
            ("200+", Read::Estimated(200)),
            ("approx 1,500 staff", Read::Estimated(1500)),
            ("200+ users", Read::Estimated(200)),
            ("None", Read::Ok(0)),
            ("TBC", Read::Nothing(Nothing::NotKnown)),
            ("n/a", Read::Nothing(Nothing::DoesNotApply)),
            ("", Read::Empty),
        ] {
            assert_eq!(read_number(written), expected, "{written}");
        }
        for (written, why) in [
            ("100-200", "is not one number"),
            ("All staff", "is not a number"),
            ("12.5", "is not a whole number"),
            ("-5", "is not a number"),
            ("1,2", "is not one number"),
            ("99999999999999999999999", "is more than we can believe"),
            ("200 and 30", "is not one number"),
        ] {
            match read_number(written) {
                Read::NotUnderstood(not) => assert_eq!(not.why, why, "{written}"),
                other => panic!("{written}: {other:?}"),
            }
        }
    }

    #[test]
    fn yes_and_no() {
        for yes in ["Y", "yes", "TRUE", "1", "x", "\u{2713}"] {
            assert_eq!(read_yes_no(yes), Read::Ok(true), "{yes}");
        }
        for no in ["N", "No", "false", "0"] {
            assert_eq!(read_yes_no(no), Read::Ok(false), "{no}");
        }
        assert_eq!(read_yes_no("?"), Read::Nothing(Nothing::NotKnown));
        assert!(matches!(read_yes_no("partly"), Read::NotUnderstood(_)));
    }
}
