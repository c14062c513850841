//! Whether a text names a person, as against a role, a team or a shared mailbox.
//!
//! It errs towards the person: such values are then shown to the organisation only and can be erased, which costs little
//! where it was a team. Roles and teams are known by their words; what has none of these words and is written like a
//! name counts as one. No list of names decides alone.

mod words;

use words::{is_first_name, is_role_word, is_team_word};

/// Why a text looks as if it named a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// An e-mail address that is not known to be a team's.
    Email,
    /// A title such as "Mrs" or "Cllr" before a name.
    Title,
    /// Words written like a person's name.
    Name,
    /// A mobile telephone number.
    Mobile,
}

impl Why {
    /// What was noticed, as the rest of a sentence: `looks like a person's name`.
    pub fn words(self) -> String {
        match self {
            Why::Email => web::say!("looks like a person's e-mail address"),
            Why::Title | Why::Name => web::say!("looks like a person's name"),
            Why::Mobile => web::say!("holds a mobile telephone number"),
        }
    }
}

/// Whether a value of an owner column names a person rather than a role, a team or a shared mailbox.
pub fn looks_like_a_person(text: &str) -> Option<Why> {
    if let Some(why) = mentions_a_person(text) {
        return Some(why);
    }
    let without_addresses: Vec<&str> = text.split_whitespace().filter(|word| !word.contains('@')).collect();
    let plain = without_addresses.join(" ");
    if surname_first(&plain) {
        return Some(Why::Name);
    }
    let parts = plain.split(['(', ')', '[', ']', ',', ';', '/', ':', '|', '\n', '+', '&']);
    let named = parts.flat_map(|part| part.split(" - ")).flat_map(|part| part.split(" \u{2013} ")).any(is_name);
    named.then_some(Why::Name)
}

/// Whether a longer text mentions a person in a way that can be told: by address, by title, by mobile number.
pub fn mentions_a_person(text: &str) -> Option<Why> {
    if text.contains('@') && addresses(text).any(is_personal_address) {
        return Some(Why::Email);
    }
    if has_title(text) {
        return Some(Why::Title);
    }
    has_mobile(text).then_some(Why::Mobile)
}

/// Whether a text that is to be shown to others names somebody: as [`mentions_a_person`], or by a first name before another
/// name. Names of products are written like surnames, so that a capital letter alone says nothing here.
pub fn names_somebody(text: &str) -> Option<Why> {
    if let Some(why) = mentions_a_person(text) {
        return Some(why);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    let capital = |word: &str| word.trim_start_matches(|c: char| !c.is_alphabetic()).starts_with(char::is_uppercase);
    let pair = words.windows(2).any(|pair| {
        let [first, second] = pair else { return false };
        let (first_bare, second_bare) = (bare(first), bare(second));
        // "Ask Jane. Then call" are two sentences.
        let one_name = !first.ends_with(['.', ',', ';', ':']) || first_bare.chars().count() == 1;
        let letters = second_bare.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '\u{2019}' | '-'));
        one_name
            && capital(first)
            && capital(second)
            && is_first_name(&first_bare)
            && !is_role_word(&first_bare)
            && second_bare.chars().count() >= 2
            && letters
            && !is_role_word(&second_bare)
            && !is_team_word(&second_bare)
            && !is_acronym(second)
    });
    (pair || surname_first(text)).then_some(Why::Name)
}

fn addresses(text: &str) -> impl Iterator<Item = &str> {
    let outside = |character: char| {
        character.is_whitespace()
            || matches!(character, '<' | '>' | '(' | ')' | ',' | ';' | ':' | '"' | '[' | ']' | '/' | '|')
    };
    text.split(outside).filter_map(|word| {
        let (local, host) = word.split_once('@')?;
        (!local.is_empty() && !host.is_empty()).then_some(local)
    })
}

/// `jane.doe` is a person's, `it.support` and `revenues-team` are not. A single word that names no team may be a person's.
fn is_personal_address(local: &str) -> bool {
    let lower = local.to_lowercase();
    let mut parts = lower.split(|character: char| !character.is_alphabetic()).filter(|part| !part.is_empty());
    // A letter alone is an initial, whatever else "a" and "n" are.
    let team = |part: &str| {
        part.chars().nth(1).is_some()
            && (is_team_word(part)
                || is_role_word(part)
                || [
                    "team",
                    "desk",
                    "support",
                    "admin",
                    "services",
                    "service",
                    "systems",
                    "enquiries",
                    "helpdesk",
                    "inbox",
                    "office",
                ]
                .iter()
                .any(|end| part.len() > end.len() && part.ends_with(end)))
    };
    // `jane.housing` names a person all the same.
    let all: Vec<&str> = parts.by_ref().collect();
    let personal = all.iter().any(|part| is_first_name(part) && !is_role_word(part) && !is_team_word(part));
    all.is_empty() || personal || !all.iter().any(|part| team(part))
}

fn has_title(text: &str) -> bool {
    const TITLES: &[&str] =
        &["mr", "mrs", "ms", "miss", "mx", "dr", "cllr", "councillor", "prof", "professor", "sir", "dame", "rev"];
    let separates = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';' | ':' | '/');
    let mut words = text.split(separates).filter(|word| !word.is_empty()).peekable();
    while let Some(title) = words.next() {
        let bare = title.trim_end_matches('.');
        // "DR site", "MS Teams": capitals alone are an abbreviation.
        let written = bare.len() <= 10 && bare.starts_with(char::is_uppercase) && !bare.chars().all(char::is_uppercase);
        if !written || !TITLES.iter().any(|title| bare.eq_ignore_ascii_case(title)) {
            continue;
        }
        let named = words.peek().filter(|name| name.starts_with(char::is_uppercase));
        let role = |name: &str| is_role_word(name.to_lowercase().trim_matches(|c: char| !c.is_alphabetic()));
        if named.is_some_and(|name| !role(name)) {
            return true;
        }
    }
    false
}

/// Eleven figures that begin with 07, or +44 7 with ten: a British mobile number (Ofcom's numbering plan).
fn has_mobile(text: &str) -> bool {
    if text.bytes().filter(u8::is_ascii_digit).nth(10).is_none() {
        return false;
    }
    let mut figures = String::new();
    let mut found = false;
    let mut judge = |figures: &mut String| {
        let national = figures.strip_prefix("+44").map(|rest| rest.trim_start_matches('0'));
        found |= match national {
            Some(rest) => rest.len() == 10 && rest.starts_with('7'),
            None => figures.len() == 11 && figures.starts_with("07"),
        };
        figures.clear();
    };
    for character in text.chars() {
        match character {
            '0'..='9' | '+' => figures.push(character),
            ' ' | '-' | '(' | ')' | '\u{a0}' if !figures.is_empty() => {}
            _ => judge(&mut figures),
        }
    }
    judge(&mut figures);
    found
}

/// "Doe, Jane": two names around one comma.
fn surname_first(text: &str) -> bool {
    let Some((last, first)) = text.split_once(',') else { return false };
    let last_name = tokens(last);
    let first_name = tokens(first);
    let names =
        |words: &[String]| !words.is_empty() && words.len() <= 2 && words.iter().all(|word| !is_role_word(word));
    let capital = |text: &str| text.trim().starts_with(char::is_uppercase);
    names(&last_name)
        && names(&first_name)
        && capital(last)
        && capital(first)
        && first_name.iter().any(|word| word.chars().count() == 1 || is_first_name(word))
}

/// Words of letters, in lower case. Words with figures or signs in them are no names and stay out.
fn tokens(text: &str) -> Vec<String> {
    let letters = |c: char| c.is_alphabetic() || matches!(c, '\'' | '\u{2019}' | '-' | '.');
    text.split_whitespace()
        .filter(|word| word.chars().all(letters))
        .map(|word| word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// Whether one part of a text is written like a person's name.
fn is_name(part: &str) -> bool {
    const PARTICLES: &[&str] = &[
        "van", "von", "de", "der", "den", "la", "le", "al", "el", "bin", "di", "da", "dos", "du", "st", "o", "mc",
        "mac",
    ];
    let part = part.trim();
    let words: Vec<&str> = part.split_whitespace().collect();
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    let role = |word: &str| is_role_word(&bare(word)) || bare(word).split('-').any(is_role_word);
    let capital = |word: &str| word.trim_start_matches(|c: char| !c.is_alphabetic()).starts_with(char::is_uppercase);
    let like_a_name = |word: &str| {
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        let only = word.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '\u{2019}' | '-' | '.'));
        letters >= 2 && only && !role(word)
    };
    let initial = |word: &str| {
        let letters: String = word.chars().filter(|c| c.is_alphabetic()).collect();
        let dotted = word.contains('.') || letters.chars().count() == 1;
        dotted && (1..=3).contains(&letters.chars().count()) && letters.chars().all(char::is_uppercase)
    };
    // A part that begins with a first name: "Dave in Revenues". Some first names are also words or places.
    const ALSO_WORDS: &[&str] = &[
        "albert", "amber", "chelsea", "dawn", "devon", "eve", "florence", "frank", "georgia", "glen", "grant", "hazel",
        "heather", "holly", "iris", "ivy", "jade", "jordan", "lloyd", "mark", "max", "miles", "olive", "pearl",
        "penny", "poppy", "ray", "robin", "rod", "rose", "rowan", "ruby", "victoria", "violet", "virginia", "wendy",
        "willow",
    ];
    if let [first, rest @ ..] = words.as_slice() {
        let first = bare(first);
        let word_after_all = ALSO_WORDS.contains(&first.as_str()) && rest.first().is_some_and(|next| role(next));
        if is_first_name(&first) && !word_after_all {
            return true;
        }
    }
    // A known first name, or an initial, directly before another name, wherever it stands: "Director Jane Doe".
    let pair = words.windows(2).any(|pair| {
        let [first, second] = pair else { return false };
        let opens = (is_first_name(&bare(first)) && !role(first)) || (initial(first) && first.chars().count() <= 2);
        let alike = capital(second) || !capital(first);
        opens
            && alike
            && (like_a_name(second) || (initial(second) && is_first_name(&bare(first))))
            && !is_acronym(second)
    });
    if pair {
        return true;
    }
    let names: Vec<&&str> = words.iter().filter(|word| !PARTICLES.contains(&bare(word).as_str())).collect();
    if words.iter().any(|word| role(word)) || words.iter().any(|word| word.contains(|c: char| c.is_ascii_digit())) {
        return false;
    }
    match names.as_slice() {
        // One word: a first name, or a word that is written like a surname and is no word that we know.
        [one] => {
            is_first_name(&bare(one))
                || (like_a_name(one)
                    && capital(one)
                    && !is_acronym(one)
                    && one.chars().count() >= 3
                    && !one.chars().skip(1).any(char::is_uppercase))
        }
        [first, .., last] if names.len() <= 4 => {
            let inner = names.iter().all(|word| like_a_name(word) || initial(word));
            let cased = names.iter().all(|word| capital(word)) || names.iter().all(|word| !capital(word));
            inner
                && cased
                && (like_a_name(last) || like_a_name(first))
                && !names.iter().all(|word| is_acronym(word) && word.chars().count() <= 4)
        }
        _ => false,
    }
}

/// Up to five capitals and nothing else: "ICT", "HRD".
fn is_acronym(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    (2..=5).contains(&letters) && word.chars().all(|c| c.is_uppercase() || !c.is_alphabetic()) && !word.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEOPLE: &[&str] = &[
        "Jane Doe",
        "jane doe",
        "JANE DOE",
        "J. Smith",
        "J Smith",
        "A. B. Carter",
        "Mr A Khan",
        "Mrs Patel",
        "Ms O'Neill",
        "Dr Sarah Whitcombe",
        "Cllr Jones",
        "Doe, Jane",
        "Smith, J",
        "O'Connor, Siobh\u{e1}n",
        "Jane van der Berg",
        "Jean-Luc Martin",
        "Mohammed Hussain",
        "Priya Raman",
        "Oluwaseun Adeyemi",
        "Wojciech Kowalski",
        "Si\u{f4}n Ap Rhys",
        "Jane Doe (Head of Revenues)",
        "Head of Revenues - Jane Doe",
        "Jane Doe, ICT Manager",
        "ICT Manager: Jane Doe",
        "Jane Doe / John Roe",
        "Revenues Manager Jane Doe",
        "Director A Khan",
        "Jane",
        "Khan",
        "Whitcombe",
        "jane.doe@ashmere.gov.uk",
        "j.doe@ashmere.gov.uk",
        "jdoe@ashmere.gov.uk",
        "Jane Doe <jane.doe@ashmere.gov.uk>",
        "doe-jane@ashmere.gov.uk",
        "IT Support; Jane Doe",
        "Digital Team (contact Jane Doe)",
        "Service Desk 07700 900123",
        "Dave in Revenues",
        "Kerry Housego",
        "T. O\u{2019}Brien",
        "Helen & Priya",
        "jane.housing@ashmere.gov.uk",
        "a.khan@ashmere.gov.uk",
        "n.patel@ashmere.gov.uk",
    ];
    const NOT_PEOPLE: &[&str] = &[
        "Head of Revenues",
        "ICT Service Desk",
        "Revenues Manager",
        "Digital Team",
        "ict@ashmere.gov.uk",
        "it.support@ashmere.gov.uk",
        "planning@ashmere.gov.uk",
        "revenues-team@ashmere.gov.uk",
        "servicedesk@ashmere.gov.uk",
        "Head of Planning and Building Control",
        "Assistant Director, Housing",
        "Director of Finance (S151 Officer)",
        "Business Systems Team",
        "Applications Support",
        "Housing Options",
        "Council Tax",
        "Waste and Recycling",
        "Democratic Services Manager",
        "GIS Officer",
        "Corporate ICT",
        "ICT",
        "HR",
        "Customer Services",
        "Monitoring Officer",
        "Legal",
        "Revenues & Benefits",
        "Children's Services",
        "Adult Social Care",
        "Senior Information Risk Owner",
        "Systems Administrator",
        "Web Team",
        "Facilities",
        "Licensing Team Leader",
        "Various",
        "All services",
        "Supplier",
        "Third party",
        "Environmental Health",
        "Parks and Open Spaces",
        "Chief Executive",
        "Payroll Manager",
        "n/a",
        "TBC",
        "",
        "Information Governance",
        "Project Management Office",
        "Leisure trust",
        "Head of Service - Council Tax",
        "MS Teams admin",
        "Electoral Services Manager",
        "Head of ICT & Digital",
        "Strategic Procurement Lead",
        "Development Management",
        "Contact centre",
        "housing.systems@ashmere.gov.uk",
        "no-reply@ashmere.gov.uk",
        "Service Desk 01234 567890",
        "HR / Payroll",
        "Team 3",
        "Shared service",
    ];

    #[test]
    fn people_and_roles_are_told_apart() {
        let missed: Vec<_> = PEOPLE.iter().filter(|text| looks_like_a_person(text).is_none()).collect();
        let wrong: Vec<_> = NOT_PEOPLE.iter().filter(|text| looks_like_a_person(text).is_some()).collect();
        assert!(missed.is_empty() && wrong.is_empty(), "missed {missed:?}, wrongly taken for people {wrong:?}");
    }

    #[test]
    fn longer_texts_are_searched_for_what_can_be_told() {
        for (text, expected) in [
            ("Ask Mr Khan before changing it", Some(Why::Title)),
            ("Contact jane.doe@example.org for access", Some(Why::Email)),
            ("Call +44 7700 900123", Some(Why::Mobile)),
            ("Call 07700 900 123.", Some(Why::Mobile)),
            ("Raise a ticket with servicedesk@example.org or 01234 567890", None),
            ("Runs at the DR Site; uses MS Teams", None),
            ("Upgraded 2024 0770 times", None),
        ] {
            assert_eq!(mentions_a_person(text), expected, "{text}");
        }
    }
}
