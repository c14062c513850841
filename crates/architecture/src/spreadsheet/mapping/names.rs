//! What a heading may mean by its words: a field's own names, names that several fields share, and the words of longer ones.

use super::super::{Field, fields::named};
use super::Score;

/// The best field of a heading by name alone: strength 3 for its own name, less for weaker ones.
pub(in super::super) fn best_name(heading: &str) -> Option<(Field, u8)> {
    let best = meanings(heading).into_iter().max_by_key(|(_, score)| *score)?;
    let strength = match best.1 {
        Score::Own | Score::OwnTrimmed => 3,
        Score::Weaker | Score::WeakerTrimmed => 2,
        Score::Words => 1,
    };
    Some((best.0, strength))
}

/// The fields that a heading may mean, the best first, and whether it is an own name of theirs.
pub(in super::super) fn names_of(heading: &str) -> impl Iterator<Item = (Field, bool)> {
    let mut found = meanings(heading);
    found.sort_by_key(|(field, score)| (std::cmp::Reverse(*score), *field));
    found.into_iter().map(|(field, score)| (field, score >= Score::OwnTrimmed))
}

/// The fields that a heading may mean, each with its best score.
pub(super) fn meanings(heading: &str) -> Vec<(Field, Score)> {
    let folded = vocabulary::fold(heading);
    let mut found: Vec<(Field, Score)> = Vec::new();
    let mut add = |field: Field, score: Score| match found.iter_mut().find(|(known, _)| *known == field) {
        Some((_, best)) => *best = score.max(*best),
        None => found.push((field, score)),
    };
    for (field, strength) in named(&folded) {
        add(field, if strength >= 3 { Score::Own } else { Score::Weaker });
    }
    let trimmed = [trim_words(&folded), trim_words(&vocabulary::fold(&without_brackets(heading)))];
    for form in trimmed.iter().filter(|form| **form != folded && !form.is_empty()) {
        for (field, strength) in named(form) {
            add(field, if strength >= 3 { Score::OwnTrimmed } else { Score::WeakerTrimmed });
        }
    }
    if found.is_empty() {
        found.extend(by_words(&folded).map(|field| (field, Score::Words)));
    }
    found
}

fn without_brackets(heading: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::with_capacity(heading.len());
    for character in heading.chars() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            other if depth == 0 => kept.push(other),
            _ => {}
        }
    }
    kept
}

/// Removes units, formats and fillers around a folded heading: "annual cost k ex vat" gives "annual cost".
fn trim_words(folded: &str) -> String {
    const AFTER: &[&str] = &[
        "k",
        "000",
        "000s",
        "gbp",
        "pounds",
        "ex vat",
        "exc vat",
        "excl vat",
        "excluding vat",
        "inc vat",
        "incl vat",
        "net",
        "dd mm yyyy",
        "dd mm yy",
        "yyyy mm dd",
        "mm yyyy",
        "mm yy",
        "y n",
        "yes no",
        "if known",
        "if applicable",
        "if any",
        "optional",
        "required",
        "mandatory",
        "please select",
        "drop down",
        "dropdown",
        "approx",
        "approximate",
        "estimated",
        "est",
        "m",
        "millions",
        "per month",
        "a month",
        "monthly",
        "pcm",
        "per quarter",
        "a quarter",
        "quarterly",
        "days",
        "weeks",
        "months",
        "details",
        "detail",
        "2024",
        "2025",
        "2026",
        "2027",
        "24 25",
        "25 26",
        "26 27",
        "2024 25",
        "2025 26",
        "2026 27",
        "role",
        "job title",
        "post title",
        "or in house",
        "role not name",
        "lgam",
    ];
    const BEFORE: &[&str] = &[
        "the",
        "our",
        "current",
        "main",
        "primary",
        "lead",
        "monthly",
        "quarterly",
        "council",
        "approx",
        "estimated",
        "system",
        "application",
    ];
    let mut rest = folded;
    loop {
        let ending = AFTER.iter().find_map(|words| rest.strip_suffix(words)?.strip_suffix(' '));
        match ending.filter(|before| !before.is_empty()) {
            Some(before) => rest = before,
            None => break,
        }
    }
    let start = BEFORE.iter().find_map(|word| rest.strip_prefix(word)?.strip_prefix(' '));
    match start {
        // "System owner" and its like are names of their own.
        Some(after) if named(rest).next().is_none() && named(after).next().is_some() => after.to_owned(),
        _ => rest.to_owned(),
    }
}

/// Whether a word of a folded heading is one of these.
fn has(words: &[&str], any: &[&str]) -> bool {
    words.iter().any(|word| any.contains(word))
}

/// A field suggested by the words of a longer heading, such as "When does the contract end?".
fn by_words(folded: &str) -> Option<Field> {
    let words: Vec<&str> = folded.split(' ').collect();
    let word = |any: &[&str]| has(&words, any);
    let money = word(&["cost", "costs", "spend", "charge", "fee", "price", "value"]);
    let yearly = word(&["annual", "annually", "yearly", "year", "annum", "pa", "yr"]) || folded.contains("p a");
    let about_people =
        word(&["contact", "email", "e", "phone", "telephone", "tel", "address", "manager", "code", "website", "url"]);
    let found = match () {
        () if word(&["lgam"]) => Field::Elements,
        () if word(&["commonhold"]) => Field::CommonholdId,
        () if word(&["notice"]) && !word(&["date"]) => Field::NoticeMonths,
        () if word(&["extension", "extensions", "extend", "extended"]) && !word(&["date", "end"]) => {
            Field::ExtensionOptions
        }
        () if word(&["contract", "agreement", "licence", "term"])
            && word(&["end", "ends", "expiry", "expires", "expire", "renewal", "expiration", "finish"]) =>
        {
            Field::ContractEnd
        }
        () if word(&["contract", "agreement", "licence", "term"])
            && word(&["start", "starts", "commencement", "commences", "began", "begins"]) =>
        {
            Field::ContractStart
        }
        () if word(&["contract", "agreement"]) && word(&["reference", "ref", "number", "no", "id"]) => {
            Field::ContractReference
        }
        () if money && yearly && !word(&["month", "monthly", "capital"]) => Field::AnnualCost,
        () if word(&["users", "licences", "licenses"]) && word(&["number", "no", "many", "count", "total"]) => {
            Field::Users
        }
        () if word(&["technical", "it", "ict", "support"]) && word(&["owner", "lead", "contact", "manager"]) => {
            Field::TechnicalOwner
        }
        () if word(&["owner", "sro", "iao"]) => Field::BusinessOwner,
        () if word(&["supplier", "vendor"]) && !about_people && !word(&["number", "no", "id", "type", "risk"]) => {
            Field::Supplier
        }
        () if word(&["hosted", "hosting"]) => Field::Hosting,
        () if word(&["shared"]) => Field::SharedWith,
        () if word(&["criticality", "critical"]) => Field::Criticality,
        () if word(&["lifecycle"]) => Field::Status,
        () if word(&["status"]) && word(&["system", "application", "app"]) => Field::Status,
        () if word(&["description", "purpose"]) && !word(&["contract"]) => Field::Description,
        () if word(&["version"]) && !word(&["os", "server", "database", "sql", "latest"]) => Field::Version,
        () if word(&["system", "application", "app", "software"]) && word(&["name", "called"]) => Field::Name,
        () if word(&["comments", "notes"]) => Field::Notes,
        () => return None,
    };
    Some(found)
}
