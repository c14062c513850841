//! Which column means which field: recognised from headings, or remembered from what people chose before.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{Column, Field, fields::named};

/// What the columns of a file mean. Remembered for an organisation as JSON and applied to its next file by heading, so
/// that columns may move.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The columns in the order of the file.
    pub columns: Vec<Mapped>,
}

/// What one column means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapped {
    /// What identifies the column from file to file: its folded heading, numbered when it repeats.
    pub key: String,
    /// Its heading as written.
    #[serde(default)]
    pub heading: String,
    /// Its field; none for a column that is not needed or not recognised.
    pub field: Option<Field>,
    /// How sure that is.
    #[serde(default)]
    pub certainty: Certainty,
    /// Why, in words.
    #[serde(default)]
    pub why: String,
}

/// How sure it is what a column means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// A person chose it, now or for an earlier file. This includes the choice "not needed".
    #[default]
    Chosen,
    /// The heading is a usual name of the field.
    Sure,
    /// The heading suggests the field and may mean another.
    Likely,
    /// Nothing is known about it.
    Unrecognised,
}

impl Mapping {
    /// How many columns have a field.
    pub fn recognised(&self) -> usize {
        self.columns.iter().filter(|column| column.field.is_some()).count()
    }

    /// Whether some column holds this field.
    pub fn has(&self, field: Field) -> bool {
        self.columns.iter().any(|column| column.field == Some(field))
    }

    /// Records a person's choice for the column with this key. Another column that held the same field gives it up,
    /// unless several may hold it. Says whether there is such a column.
    pub fn choose(&mut self, key: &str, field: Option<Field>) -> bool {
        if !self.columns.iter().any(|column| column.key == key) {
            return false;
        }
        let single = field.filter(|field| !field.takes_several_columns());
        for column in &mut self.columns {
            if column.key == key {
                column.field = field;
                column.certainty = Certainty::Chosen;
                column.why = web::say!("You chose this.");
            } else if single.is_some() && column.field == single {
                column.field = None;
                column.certainty = Certainty::Chosen;
                column.why = web::say!("Another column was chosen for this.");
            }
        }
        true
    }

    /// The field of each of these columns, in their order. Of two columns with the same single field the first has it.
    pub(super) fn fields_of(&self, columns: &[Column]) -> Vec<Option<Field>> {
        let by_key: HashMap<&str, Option<Field>> =
            self.columns.iter().map(|mapped| (mapped.key.as_str(), mapped.field)).collect();
        let mut taken = HashSet::new();
        let keys = keys(columns);
        keys.iter()
            .map(|key| {
                let field = by_key.get(key.as_str()).copied().flatten()?;
                (field.takes_several_columns() || taken.insert(field)).then_some(field)
            })
            .collect()
    }
}

/// The keys by which columns are found again in the next file.
pub fn keys(columns: &[Column]) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let key = |column: &Column| {
        let folded = match vocabulary::fold(&column.heading) {
            empty if empty.is_empty() => format!("column {}", column.letter.to_lowercase()),
            folded => folded,
        };
        let times = seen.entry(folded.clone()).or_default();
        *times += 1;
        match *times {
            1 => folded,
            times => format!("{folded} #{times}"),
        }
    };
    columns.iter().map(key).collect()
}

/// Says what each column may mean. What was chosen before wins; no two columns get the same field unless several may
/// hold it; what is not recognised stays without a field.
pub fn recognise(columns: &[Column], remembered: Option<&Mapping>) -> Mapping {
    let chosen: HashMap<&str, &Mapped> =
        remembered.iter().flat_map(|mapping| &mapping.columns).map(|mapped| (mapped.key.as_str(), mapped)).collect();
    let mut result: Vec<Mapped> = Vec::with_capacity(columns.len());
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut taken: HashSet<Field> = HashSet::new();
    for (place, (column, key)) in columns.iter().zip(keys(columns)).enumerate() {
        let mut mapped = Mapped {
            heading: column.heading.clone(),
            field: None,
            certainty: Certainty::Unrecognised,
            why: web::say!("We do not know this heading."),
            key,
        };
        // What was never recognised may be by now; every other remembered answer stands.
        let before = chosen.get(mapped.key.as_str()).filter(|before| before.certainty != Certainty::Unrecognised);
        if let Some(before) = before {
            let free = before.field.is_none_or(|field| field.takes_several_columns() || taken.insert(field));
            mapped.field = before.field.filter(|_| free);
            mapped.certainty = Certainty::Chosen;
            mapped.why = web::say!("As in your last file.");
        } else {
            candidates.extend(meanings(&column.heading).into_iter().map(|(field, score)| Candidate {
                place,
                field,
                score,
            }));
        }
        result.push(mapped);
    }
    candidates.sort_by_key(|candidate| (std::cmp::Reverse(candidate.score), candidate.place, candidate.field));
    for candidate in &candidates {
        let Some(mapped) = result.get_mut(candidate.place).filter(|mapped| mapped.field.is_none()) else { continue };
        let several = candidate.field.takes_several_columns() && candidate.score >= Score::OwnTrimmed;
        if taken.insert(candidate.field) || several {
            candidate.give(mapped);
        }
    }
    name_at_least(&mut result, &candidates, &taken);
    Mapping { columns: result }
}

/// A list of products without a column of system names: the products' names are the systems'.
fn name_at_least(result: &mut [Mapped], candidates: &[Candidate], taken: &HashSet<Field>) {
    if taken.contains(&Field::Name) {
        return;
    }
    let candidate = candidates.iter().find(|candidate| {
        let column = result.get(candidate.place);
        candidate.field == Field::Name && column.is_some_and(|column| column.certainty != Certainty::Chosen)
    });
    if let Some((candidate, mapped)) = candidate.and_then(|found| Some((found, result.get_mut(found.place)?))) {
        candidate.give(mapped);
        mapped.certainty = Certainty::Likely;
        mapped.why = web::say!("No other column names the systems.");
    }
}

struct Candidate {
    place: usize,
    field: Field,
    score: Score,
}

impl Candidate {
    fn give(&self, mapped: &mut Mapped) {
        mapped.field = Some(self.field);
        let field = web::say!(self.field.label());
        (mapped.certainty, mapped.why) = match self.score {
            Score::Own | Score::OwnTrimmed => {
                (Certainty::Sure, web::say!("A usual heading for \"{field}\".", field = field))
            }
            Score::Weaker | Score::WeakerTrimmed => {
                (Certainty::Likely, web::say!("Sometimes a heading for \"{field}\".", field = field))
            }
            Score::Words => (Certainty::Likely, web::say!("Words in it suggest \"{field}\".", field = field)),
        };
    }
}

/// How well a heading fits a field, best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Score {
    Words,
    WeakerTrimmed,
    Weaker,
    OwnTrimmed,
    Own,
}

/// The best field of a heading by name alone: strength 3 for its own name, less for weaker ones.
pub(super) fn best_name(heading: &str) -> Option<(Field, u8)> {
    let best = meanings(heading).into_iter().max_by_key(|(_, score)| *score)?;
    let strength = match best.1 {
        Score::Own | Score::OwnTrimmed => 3,
        Score::Weaker | Score::WeakerTrimmed => 2,
        Score::Words => 1,
    };
    Some((best.0, strength))
}

/// The fields that a heading may mean, each with its best score.
fn meanings(heading: &str) -> Vec<(Field, Score)> {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]
    use super::*;

    fn columns(headings: &[&str]) -> Vec<Column> {
        let column = |(index, heading): (usize, &&str)| Column {
            index: u32::try_from(index).unwrap(),
            letter: super::super::letters(u32::try_from(index).unwrap()),
            heading: (*heading).to_owned(),
            samples: Vec::new(),
        };
        headings.iter().enumerate().map(column).collect()
    }

    fn fields(headings: &[&str]) -> Vec<Option<&'static str>> {
        let mapping = recognise(&columns(headings), None);
        mapping.columns.iter().map(|column| column.field.map(Field::id)).collect()
    }

    #[test]
    fn usual_headings() {
        for (heading, expected) in [
            ("System", "name"),
            ("System Name", "name"),
            ("Application", "name"),
            ("App name", "name"),
            ("IT System", "name"),
            ("Software", "name"),
            ("SYSTEM / APPLICATION", "name"),
            ("Vendor", "supplier"),
            ("Supplier / Vendor", "supplier"),
            ("Supplier (or in-house)", "supplier"),
            ("Renewal date", "contract_end"),
            ("Contract expiry", "contract_end"),
            ("End date", "contract_end"),
            ("Expires", "contract_end"),
            ("Contract End Date (dd/mm/yyyy)", "contract_end"),
            ("When does the contract end?", "contract_end"),
            ("Annual cost (\u{a3})", "annual_cost"),
            ("Cost p.a.", "annual_cost"),
            ("Yearly spend \u{a3}k", "annual_cost"),
            ("Annual Cost 2025/26 (ex VAT)", "annual_cost"),
            ("\u{a3} per annum cost", "annual_cost"),
            ("\u{a3} per year", "annual_cost"),
            ("Runs on", "hosting"),
            ("Service area", "elements"),
            ("Business area", "elements"),
            ("Category", "elements"),
            ("LGAM element", "elements"),
            ("LGAM Element(s)", "elements"),
            ("Function", "elements"),
            ("No. of users", "users"),
            ("# Users", "users"),
            ("Number of users (approx.)", "users"),
            ("Business Owner (role)", "business_owner"),
            ("System owner", "business_owner"),
            ("IT contact", "technical_owner"),
            ("Lifecycle status", "status"),
            ("Live?", "status"),
            ("Notice period (days)", "notice_months"),
            ("Cloud / on-prem", "hosting"),
            ("Shared with (other councils)", "shared_with"),
            ("Comments", "notes"),
            ("Commonhold ID", "commonhold_id"),
            ("commonhold_id", "commonhold_id"),
            ("notice_months", "notice_months"),
            ("Options to extend", "extension_options"),
            ("Contract ref.", "contract_reference"),
            ("Tier", "criticality"),
            ("What it does", "description"),
            ("Product", "name"),
        ] {
            assert_eq!(fields(&[heading]), [Some(expected)], "{heading}");
        }
    }

    #[test]
    fn what_is_something_else_stays_without_a_field() {
        for heading in [
            "Directorate",
            "Department",
            "Supplier contact",
            "Supplier e-mail",
            "Monthly cost",
            "Server OS version",
            "DPIA done?",
            "Ref",
            "",
            "Capital cost this year?",
            "Vendor risk",
        ] {
            let found = fields(&[heading]);
            assert!(found == [None] || heading.starts_with("Capital"), "{heading}: {found:?}");
        }
        assert_eq!(fields(&["Capital cost this year?"]), [None]);
    }

    #[test]
    fn no_field_twice_unless_several_may() {
        assert_eq!(fields(&["System", "Application"]), [Some("name"), Some("product")]);
        assert_eq!(fields(&["Supplier", "Vendor"]), [Some("supplier"), None]);
        assert_eq!(fields(&["Software", "System name"]), [Some("product"), Some("name")]);
        assert_eq!(fields(&["Notes", "Comments", "Notes"]), [Some("notes"); 3]);
        assert_eq!(fields(&["Service area", "Type", "Function"]), [Some("elements"), None, Some("elements")]);
        assert_eq!(
            fields(&["Contract start", "Contract end", "Contract"]),
            [Some("contract_start"), Some("contract_end"), Some("contract_reference")]
        );
    }

    #[test]
    fn choices_are_remembered_by_heading_and_survive_moves() {
        let first = columns(&["Ref", "What we call it", "Supplier", "Notes"]);
        let mut mapping = recognise(&first, None);
        assert!(mapping.choose("what we call it", Some(Field::Name)));
        assert!(mapping.choose("notes", None));
        assert!(!mapping.choose("no such heading", None));
        let stored = serde_json::to_string(&mapping).unwrap();
        let remembered: Mapping = serde_json::from_str(&stored).unwrap();

        let next = columns(&["Supplier", "Notes", "System", "What We Call It "]);
        let mapping = recognise(&next, Some(&remembered));
        let found: Vec<_> = mapping.columns.iter().map(|column| column.field.map(Field::id)).collect();
        assert_eq!(found, [Some("supplier"), None, None, Some("name")], "\"System\" may not take the name away");
        let reordered = columns(&["What we call it", "Ref"]);
        assert_eq!(mapping.fields_of(&reordered), [Some(Field::Name), None]);
    }

    #[test]
    fn choosing_takes_a_single_field_from_another_column() {
        let mut mapping = recognise(&columns(&["System", "Known as"]), None);
        assert!(mapping.choose("known as", Some(Field::Name)));
        let found: Vec<_> = mapping.columns.iter().map(|column| column.field).collect();
        assert_eq!(found, [None, Some(Field::Name)]);
    }

    #[test]
    fn repeated_and_missing_headings_have_keys() {
        assert_eq!(keys(&columns(&["Notes", "", "NOTES"])), ["notes", "column b", "notes #2"]);
    }
}
