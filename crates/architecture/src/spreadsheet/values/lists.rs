//! Several values in one cell. Separators that people use on purpose (line break, semicolon, bar) always split; commas
//! and slashes stand inside names too, so they split only where the parts look like names of their own.

use std::collections::HashSet;

use super::read_nothing;

/// The parts of a text, without bullets, numbering, placeholders and repetitions. `&` never splits.
pub fn read_list(text: &str) -> Vec<String> {
    let strong = |character: char| matches!(character, '\n' | '\r' | ';' | '|' | '\u{2022}' | '\u{b7}');
    let mut found: Vec<String> = Vec::new();
    let mut known: HashSet<String> = HashSet::new();
    let several = text.trim_matches(|c: char| strong(c) || c.is_whitespace()).contains(strong);
    for part in text.split(strong) {
        let part = super::super::clean::line(part);
        let part = without_bullet(&part);
        let parts: Vec<&str> = match several {
            true => vec![part],
            false => weakly(part),
        };
        for part in parts.into_iter().map(str::trim) {
            if !part.is_empty() && read_nothing(part).is_none() && known.insert(part.to_lowercase()) {
                found.push(part.to_owned());
            }
        }
    }
    found
}

fn weakly(text: &str) -> Vec<&str> {
    let commas: Vec<&str> = text.split(',').map(str::trim).collect();
    if commas.len() > 1 && commas_separate(&commas) {
        return commas;
    }
    let spaced: Vec<&str> = text.split(" / ").map(str::trim).collect();
    if spaced.len() > 1 && !text.contains("://") {
        return spaced;
    }
    let slashed: Vec<&str> = text.split('/').map(str::trim).collect();
    let names =
        |part: &&str| part.chars().filter(|c| c.is_alphabetic()).count() >= 4 && part.starts_with(char::is_uppercase);
    if slashed.len() > 1 && slashed.iter().all(names) {
        return slashed;
    }
    vec![text]
}

/// Parts between commas are names of their own when they begin alike and none continues the one before, as in
/// "Compute, storage and network services" or "Smith, Jones & Co, Ltd".
fn commas_separate(parts: &[&str]) -> bool {
    const CONTINUES: &[&str] = &[
        "ltd", "ltd.", "limited", "inc", "inc.", "llp", "plc", "llc", "and", "or", "&", "etc", "etc.", "co", "co.",
        "uk",
    ];
    let upper = |part: &str| part.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit());
    let alike = parts.first().is_some_and(|first| parts.iter().all(|part| upper(part) == upper(first)));
    let continued = parts.iter().skip(1).any(|part| {
        let first = part.split(' ').next().unwrap_or_default().to_lowercase();
        CONTINUES.contains(&first.as_str())
    });
    let short = parts.iter().all(|part| !part.is_empty() && part.split(' ').count() <= 6);
    alike && !continued && short
}

fn without_bullet(part: &str) -> &str {
    let rest = part.trim_start_matches(['-', '*', '\u{2013}', '\u{25cf}', '\u{25e6}', '\u{25aa}', ' ']);
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let after = rest.get(digits..).unwrap_or_default();
    match after.strip_prefix(['.', ')']) {
        Some(text) if (1..=2).contains(&digits) && text.starts_with(' ') => text.trim_start(),
        _ => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_in_a_cell() {
        for (written, expected) in [
            ("Housing; Planning", vec!["Housing", "Planning"]),
            ("Housing\nPlanning\r\nHousing", vec!["Housing", "Planning"]),
            ("Housing | Planning", vec!["Housing", "Planning"]),
            ("Housing, Planning, Revenues and benefits", vec!["Housing", "Planning", "Revenues and benefits"]),
            ("forms, payments", vec!["forms", "payments"]),
            ("Compute, storage and network services", vec!["Compute, storage and network services"]),
            ("Housing; Highways, parking and transport", vec!["Housing", "Highways, parking and transport"]),
            ("Smith & Sons", vec!["Smith & Sons"]),
            ("Smith, Jones & Co, Ltd", vec!["Smith, Jones & Co, Ltd"]),
            ("Revenues / Benefits", vec!["Revenues", "Benefits"]),
            ("Housing/Planning", vec!["Housing", "Planning"]),
            ("CRM/ERP", vec!["CRM/ERP"]),
            ("24/7 and/or", vec!["24/7 and/or"]),
            ("- Housing\n- Planning", vec!["Housing", "Planning"]),
            ("1. Housing\n2. Planning", vec!["Housing", "Planning"]),
            ("\u{2022} Housing \u{2022} Planning", vec!["Housing", "Planning"]),
            ("TBC", vec![]),
            ("Housing; n/a", vec!["Housing"]),
            (" ;; ", vec![]),
        ] {
            assert_eq!(read_list(written), expected, "{written}");
        }
    }
}
