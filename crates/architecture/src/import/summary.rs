//! What came of a file, as a colleague would say it who had read it: what was understood, what was not and why, what was
//! left aside, and the three steps that are worth most. Pages and the command line say the same words.
//!
//! Nothing of it is stored: counts of the import are those of the day it was applied, what is known of its list is as it
//! stands today, and the sentences are made when somebody reads them.

use std::collections::BTreeMap;

use serde::Serialize;
use store::{Error, Transaction, values};
use vocabulary::OrganisationId;
use web::{say, say_n};

use super::pages::problems::Trouble;
use super::store::{self as imports, ImportRow};
use crate::Refused;
use crate::organisation::{short_name, with_estate};
use crate::spreadsheet::ListOf;

/// Causes that are told, the most frequent first; the rest is counted.
const MOST_CAUSES: usize = 5;
/// Names that are told of what is new.
const NAMES: usize = 3;

/// What is known of the systems of a list, as it stands today.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Known {
    /// Systems of the list that are in the estate.
    pub systems: i64,
    /// Those whose product is in the shared list.
    pub listed: i64,
    /// Those whose product only this organisation has named.
    pub own_products: i64,
    /// Those that are placed on the reference model.
    pub placed: i64,
    /// Those whose contract end is known.
    pub contract_ends: i64,
    /// Those whose cost is known, their own or their contract's.
    pub costs: i64,
    /// The products that only this organisation has named.
    pub own_names: Vec<String>,
}

/// Problems that have one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Its stable word.
    pub code: String,
    /// How many.
    pub count: usize,
    /// "12 dates".
    pub text: String,
    /// One of them, with its place.
    pub example: Option<String>,
}

/// A link with what it is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What to do.
    pub text: String,
    /// Where.
    pub href: String,
    /// What it is good for.
    pub why: String,
}

/// What came of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Sentences; the first says it all in numbers.
    pub understood: Vec<String>,
    /// What could not be read or was not known, by cause, the most frequent first.
    pub not_understood: Vec<Cause>,
    /// Rows, columns and sheets that were left aside, by cause.
    pub left_aside: Vec<Cause>,
    /// The three steps that are worth most, best first.
    pub next_steps: Vec<Step>,
}

/// What came of an import that was applied, read from what is stored.
///
/// # Errors
/// [`Refused::Missing`] when there is no such import; otherwise when the engine fails.
pub fn of_import(tx: &mut Transaction<'_>, organisation: &OrganisationId, import: &str) -> Result<Summary, Refused> {
    let body = with_estate(tx, organisation.as_str())?;
    let import = imports::find(tx, organisation, import)?.ok_or(Refused::Missing)?;
    let known = Known::of(tx, organisation, &import.source)?;
    let problems: Vec<Trouble> =
        imports::problems(tx, organisation, &import.id)?.into_iter().map(Trouble::from).collect();
    Ok(Summary::of(&body.name, &import, &known, &problems))
}

impl Known {
    /// Counts it.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId, source: &str) -> Result<Known, Error> {
        let counted =
            |condition: &str| format!("CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)");
        let of_list = "s.organisation = $1
             AND s.id IN (SELECT r.system FROM import_row AS r WHERE r.organisation = $1 AND r.source = $2)";
        let sql = format!(
            "SELECT COUNT(*), {}, {}, {}, {}, {} FROM system AS s
             LEFT JOIN contract AS c ON c.organisation = s.organisation AND c.id = s.contract
             WHERE {of_list}",
            counted("s.product IS NOT NULL AND s.product_organisation = ''"),
            counted("s.product IS NOT NULL AND s.product_organisation <> ''"),
            counted(
                "EXISTS (SELECT 1 FROM system_element AS e WHERE e.organisation = s.organisation AND e.system = s.id)"
            ),
            counted("c.end_day IS NOT NULL"),
            counted("s.annual_cost IS NOT NULL OR c.annual_cost IS NOT NULL"),
        );
        let list = values![organisation.as_str(), source];
        let known = tx.query_one(&sql, &list, |row| {
            Ok(Known {
                systems: row.integer(0)?,
                listed: row.integer(1)?,
                own_products: row.integer(2)?,
                placed: row.integer(3)?,
                contract_ends: row.integer(4)?,
                costs: row.integer(5)?,
                own_names: Vec::new(),
            })
        })?;
        let sql = format!(
            "SELECT DISTINCT p.name, p.id FROM product AS p
             JOIN system AS s ON s.product_organisation = p.organisation AND s.product = p.id
             WHERE {of_list} AND p.organisation = $1 ORDER BY p.name, p.id"
        );
        Ok(Known { own_names: tx.query(&sql, &list, |row| row.text(0))?, ..known })
    }
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

fn counted(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

impl Summary {
    /// What came of an import of the organisation of this name.
    pub fn of(organisation: &str, import: &ImportRow, known: &Known, problems: &[Trouble]) -> Summary {
        let (mut not_understood, mut left_aside, mut look) = (Vec::new(), Vec::new(), Vec::new());
        for cause in causes(problems) {
            match sort(&cause.code) {
                Some(Sort::NotUnderstood) => not_understood.push(cause),
                Some(Sort::LeftAside) => left_aside.push(cause),
                Some(Sort::Look) => look.push(cause),
                None => {}
            }
        }
        let mut understood = read(import);
        understood.extend(modules(problems));
        understood.extend(list_today(known, import));
        if not_understood.is_empty() && problems.iter().all(|problem| problem.severity != "must_fix") {
            understood.push(say!("We could read every value."));
        }
        understood.extend(told(&not_understood, |causes| say!("We did not understand {causes}.", causes = causes)));
        understood.extend(told(&look, |causes| say!("Somebody should look at {causes}.", causes = causes)));
        understood.extend(told(&left_aside, |causes| say!("We left aside {causes}.", causes = causes)));
        let next_steps = steps(organisation, import, known, problems);
        Summary { understood, not_understood, left_aside, next_steps }
    }
}

/// What the file is, and what it did.
fn read(import: &ImportRow) -> Vec<String> {
    if imports::chosen(import).is_some_and(|mapping| mapping.list_of == ListOf::Contracts) {
        return vec![say_n!(
            "{file} is a list of contracts. It tells of 1 system's contract: {changed} changed, {unchanged} as we had it.",
            "{file} is a list of contracts. It tells of the contracts of {count} systems: {changed} changed, {unchanged} as we had them.",
            number(import.changed + import.unchanged),
            file = import.file_name,
            changed = import.changed,
            unchanged = import.unchanged,
        )];
    }
    let (file, all) = (import.file_name.as_str(), number(import.added + import.changed + import.unchanged));
    let counts = [import.added, import.changed, import.unchanged].map(number);
    let mut said = vec![match counts {
        [_, 0, 0] => {
            say_n!(
                "{file} describes 1 system, a new one.",
                "{file} describes {count} systems, all of them new.",
                all,
                file = file
            )
        }
        [0, 0, _] => say_n!(
            "{file} describes 1 system, just as we had it.",
            "{file} describes {count} systems, all just as we had them.",
            all,
            file = file
        ),
        [added, changed, unchanged] => {
            let parts = [
                (added, say!("{count} new", count = added)),
                (changed, say!("{count} changed", count = changed)),
                (unchanged, say!("{count} as before", count = unchanged)),
            ];
            let parts = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, part)| part).collect();
            let parts = listed(parts).unwrap_or_default();
            say_n!(
                "{file} describes 1 system: {parts}.",
                "{file} describes {count} systems: {parts}.",
                all,
                file = file,
                parts = parts
            )
        }
    }];
    if import.retired > 0 {
        said.push(say_n!(
            "You retired 1 system that it no longer has.",
            "You retired {count} systems that it no longer has.",
            number(import.retired)
        ));
    }
    said
}

/// What its list amounts to now.
fn list_today(known: &Known, import: &ImportRow) -> Vec<String> {
    if known.systems == 0 {
        return Vec::new();
    }
    let mut said = Vec::new();
    // A list that holds what the file does is not counted twice.
    if known.systems != import.added + import.changed + import.unchanged {
        said.push(say_n!(
            "Your list now holds 1 system.",
            "Your list now holds {count} systems.",
            number(known.systems)
        ));
    }
    said.push(match (known.systems, known.listed) {
        (1, 1) => say!("We know its product."),
        (1, _) => say!("Its product is not one that we know."),
        (all, listed) if all == listed => say!("We know the product of each."),
        (_, 0) => say!("We know the product of none."),
        (_, listed) => say!("We know the product of {listed}.", listed = listed),
    });
    if let Some((names, rest)) = some(&known.own_names) {
        said.push(match rest {
            0 => say!("New to us: {names}.", names = names),
            rest => say!("New to us: {names} and {rest} more.", names = names, rest = rest),
        });
    }
    let unnamed = number(known.systems - known.listed - known.own_products);
    if unnamed > 0 {
        said.push(say_n!("For 1 system no product is named.", "For {count} systems no product is named.", unnamed));
    }
    let place = say!("a place on the Local Government Architecture Model (LGAM)");
    let facts = [(place, known.placed), (say!("a contract end"), known.contract_ends), (say!("a cost"), known.costs)];
    let of = |wanted: fn(i64, i64) -> bool| {
        let facts = facts.iter().filter(|(_, count)| wanted(*count, known.systems));
        facts.map(|(what, count)| (what.clone(), *count)).collect::<Vec<_>>()
    };
    let names = |facts: Vec<(String, i64)>| listed(facts.into_iter().map(|(what, _)| what).collect());
    if let Some(facts) = names(of(|count, all| count == all)) {
        said.push(match known.systems {
            1 => say!("It has {facts}.", facts = facts),
            _ => say!("Each has {facts}.", facts = facts),
        });
    }
    let partly = of(|count, all| 0 < count && count < all);
    let partly =
        partly.into_iter().map(|(what, count)| say!("{what} for {count}", what = what, count = count)).collect();
    if let Some(facts) = listed(partly) {
        said.push(say!("We know {facts}.", facts = facts));
    }
    let none = of(|count, _| count == 0).into_iter().map(|(what, _)| what).collect::<Vec<_>>();
    if let Some(facts) = either(none) {
        said.push(match known.systems {
            1 => say!("It does not have {facts} that we know.", facts = facts),
            _ => say!("None has {facts} that we know.", facts = facts),
        });
    }
    said
}

/// Systems that were put together from rows of their modules.
fn modules(problems: &[Trouble]) -> Option<String> {
    let put_together = problems.iter().filter(|problem| problem.code == "module_rows").count();
    (put_together > 0).then(|| {
        say_n!(
            "The rows of 1 system are its modules, so we read them as one.",
            "The rows of {count} systems are their modules, so we read those of each as one.",
            counted(put_together)
        )
    })
}

/// "One, two and three".
fn listed(mut parts: Vec<String>) -> Option<String> {
    let last = parts.pop()?;
    Some(match parts.is_empty() {
        true => last,
        false => say!("{some} and {last}", some = parts.join(", "), last = last),
    })
}

/// "One, two or three".
fn either(mut parts: Vec<String>) -> Option<String> {
    let last = parts.pop()?;
    Some(match parts.is_empty() {
        true => last,
        false => say!("{some} or {last}", some = parts.join(", "), last = last),
    })
}

/// The first names, and how many follow.
fn some(names: &[String]) -> Option<(String, usize)> {
    let first: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
    (!first.is_empty()).then(|| (first.join(", "), names.len() - first.len()))
}

/// Causes in one sentence, each with its example.
fn told(causes: &[Cause], sentence: impl FnOnce(String) -> String) -> Option<String> {
    let (first, rest) = causes.split_at(causes.len().min(MOST_CAUSES));
    let one = |cause: &Cause| match (&cause.example, cause.count) {
        (Some(example), 1) => say!("{what} ({example})", what = cause.text, example = example),
        (Some(example), _) => say!("{what} (such as {example})", what = cause.text, example = example),
        (None, _) => cause.text.clone(),
    };
    let mut parts: Vec<String> = first.iter().map(one).collect();
    let more: usize = rest.iter().map(|cause| cause.count).sum();
    if more > 0 {
        parts.push(say_n!("1 more thing", "{count} more things", counted(more)));
    }
    listed(parts).map(sentence)
}

/// What a problem says about the file.
enum Sort {
    /// Something was meant that we could not read or do not know.
    NotUnderstood,
    /// It was not taken, and need not be.
    LeftAside,
    /// It was taken, and somebody should look.
    Look,
}

/// None for what is not told here.
fn sort(code: &str) -> Option<Sort> {
    what(code, 1)?;
    Some(match code {
        "column_not_read" | "sheet_not_read" | "total_row" | "title_row" | "headings_repeated" | "remark_row"
        | "no_name" | "id_repeated" | "merged_row" | "colours_not_read" | "other_kind" | "contract_of_no_system" => Sort::LeftAside,
        "names_a_person"
        | "name_repeated"
        | "contract_told_twice"
        | "contract_ended"
        | "ends_before_start"
        | "joins_nothing"
        | "contract_not_listed"
        | "became_a_date"
        | "hidden_characters" => Sort::Look,
        _ => Sort::NotUnderstood,
    })
}

/// So many of what a problem of this sort is about; none for sorts that are not told here.
fn what(code: &str, count: u64) -> Option<String> {
    Some(match code {
        "date_not_understood" => say_n!("1 date", "{count} dates", count),
        "amount_not_understood" => say_n!("1 amount", "{count} amounts", count),
        "number_not_understood" => say_n!("1 number", "{count} numbers", count),
        "months_not_understood" => say_n!("1 notice period", "{count} notice periods", count),
        "status_not_understood" => say_n!("1 status", "{count} statuses", count),
        "tick_not_understood" => say_n!("1 tick", "{count} ticks", count),
        "element_unknown" => say_n!("1 need that is not on the LGAM", "{count} needs that are not on the LGAM", count),
        "element_ambiguous" => {
            say_n!("1 need that may be several elements", "{count} needs that may be several elements", count)
        }
        "organisation_unknown" => say_n!("1 organisation", "{count} organisations", count),
        "system_unknown" => {
            say_n!("1 name of another system", "{count} names of other systems", count)
        }
        "id_unknown" => say_n!("1 id", "{count} ids", count),
        "contract_told_twice" => say_n!(
            "1 place where rows differ about one contract",
            "{count} places where rows differ about one contract",
            count
        ),
        "contract_ended" => say_n!(
            "1 contract that has ended while its system goes on",
            "{count} contracts that have ended while their systems go on",
            count
        ),
        "ends_before_start" => {
            say_n!("1 contract that ends before it starts", "{count} contracts that end before they start", count)
        }
        "joins_nothing" => say_n!(
            "1 contract or supplier that belongs to no system",
            "{count} contracts and suppliers that belong to no system",
            count
        ),
        "contract_not_listed" => say_n!(
            "1 contract that its own sheet does not have",
            "{count} contracts that their own sheet does not have",
            count
        ),
        "names_a_person" => {
            say_n!("1 text that may name a person", "{count} texts that may name a person", count)
        }
        "name_repeated" => say_n!("1 name that stands twice", "{count} names that stand twice", count),
        "became_a_date" => {
            say_n!("1 name or version that became a date", "{count} names or versions that became dates", count)
        }
        "hidden_characters" => {
            say_n!("1 text with hidden characters", "{count} texts with hidden characters", count)
        }
        "formula_without_result" => say_n!("1 formula without a result", "{count} formulas without results", count),
        "column_not_read" => say_n!("1 column", "{count} columns", count),
        "sheet_not_read" => say_n!("1 sheet", "{count} sheets", count),
        "total_row" => say_n!("1 row of totals", "{count} rows of totals", count),
        "title_row" => say_n!("1 title between rows", "{count} titles between rows", count),
        "headings_repeated" => say_n!("1 row of headings", "{count} rows of headings", count),
        "remark_row" => say_n!("1 remark", "{count} remarks", count),
        "no_name" => say_n!("1 row without a system name", "{count} rows without a system name", count),
        "id_repeated" => say_n!("1 row with the id of another", "{count} rows with the id of another", count),
        "merged_row" => say_n!("1 row about a merged system", "{count} rows about merged systems", count),
        "contract_of_no_system" => {
            say_n!("1 contract that no system of yours has", "{count} contracts that no system of yours has", count)
        }
        "colours_not_read" => say!("fill colours (they may mean something)"),
        "other_kind" => {
            say_n!("1 kind of row that is no application", "{count} kinds of rows that are no applications", count)
        }
        _ => return None,
    })
}

/// The causes of problems, the most frequent first.
fn causes(problems: &[Trouble]) -> Vec<Cause> {
    let mut found: BTreeMap<&str, Vec<&Trouble>> = BTreeMap::new();
    for problem in problems {
        found.entry(&problem.code).or_default().push(problem);
    }
    let cause = |(code, problems): (&str, Vec<&Trouble>)| {
        let count = problems.len();
        let example = problems.first().filter(|_| code != "colours_not_read").and_then(|problem| example(problem));
        Some(Cause { code: code.to_owned(), count, text: what(code, counted(count))?, example })
    };
    let mut causes: Vec<Cause> = found.into_iter().filter_map(cause).collect();
    causes.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.code.cmp(&other.code)));
    causes
}

/// "circa 2027" in row 4; a column by its heading.
fn example(problem: &Trouble) -> Option<String> {
    // A person is not named once more.
    let text = problem.text.as_deref().filter(|_| problem.code != "names_a_person");
    let quoted = text.map(crate::spreadsheet::quoted);
    let row = problem.row.map(|row| row.to_string());
    Some(match (quoted, row, &problem.heading) {
        (Some(text), Some(row), _) => say!("{text} in row {row}", text = text, row = row),
        (None, Some(row), _) => say!("row {row}", row = row),
        (_, None, Some(heading)) if !heading.is_empty() => crate::spreadsheet::quoted(heading),
        (Some(text), None, _) => text,
        _ => return None,
    })
}

/// The three steps that are worth most, best first.
fn steps(organisation: &str, import: &ImportRow, known: &Known, problems: &[Trouble]) -> Vec<Step> {
    let estate = format!("/organisations/{}", import.organisation);
    let short = short_name(organisation);
    let must_fix = problems.iter().filter(|problem| problem.severity == "must_fix").count();
    let mut steps = Vec::new();
    let mut step = |text: String, href: String, why: String| steps.push(Step { text, href, why });
    if must_fix > 0 {
        step(
            say_n!(
                "Correct 1 thing that we could not read",
                "Correct {count} things that we could not read",
                counted(must_fix)
            ),
            format!("{}#problems", super::address(&import.organisation, &import.id)),
            say!("Change them in your file and upload it again: only what differs will change."),
        );
    }
    let unlisted = counted(known.own_names.len());
    if unlisted > 0 {
        step(
            say_n!("Say what 1 new product name means", "Say what {count} new product names mean", unlisted),
            format!("{estate}/matches"),
            say!("A product that the shared list has under another name then counts in comparisons."),
        );
    }
    let homeless = number(known.systems - known.placed);
    if homeless > 0 {
        step(
            say_n!(
                "Look at 1 system without a place on the LGAM",
                "Look at {count} systems without a place on the LGAM",
                homeless
            ),
            format!("{estate}/systems?element=not-known"),
            say!("Until they have one, they are in no map and no comparison."),
        );
    }
    let undated = number(known.systems - known.contract_ends);
    if undated > 0 {
        step(
            say_n!("Add 1 contract end that is not known", "Add {count} contract ends that are not known", undated),
            format!("{estate}/systems?sort=contract_end"),
            say!("They decide when notice must be given."),
        );
    }
    if known.placed > 0 {
        step(
            say!("See {organisation} on the LGAM map", organisation = short),
            format!("{estate}/map"),
            say!("It shows where systems crowd, and where none are recorded."),
        );
    }
    if known.listed > 0 {
        step(
            say!("Compare {organisation} with other councils", organisation = short),
            "/compare".to_owned(),
            say!("It shows who runs the same products."),
        );
    }
    step(
        say!("See {organisation}'s systems", organisation = short),
        format!("{estate}/systems"),
        say!("Search, filter and download them."),
    );
    steps.truncate(3);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(code: &str, severity: &str, row: Option<i64>, text: Option<&str>) -> Trouble {
        Trouble {
            severity: severity.to_owned(),
            code: code.to_owned(),
            sheet: "Systems".to_owned(),
            row,
            column: None,
            heading: Some("Colour".to_owned()),
            text: text.map(str::to_owned),
            message: String::new(),
            next_step: String::new(),
            place: String::new(),
        }
    }

    #[test]
    fn causes_are_told_by_frequency_with_an_example() {
        let problems = [
            trouble("amount_not_understood", "must_fix", Some(9), Some("12k5")),
            trouble("date_not_understood", "must_fix", Some(4), Some("circa 2027")),
            trouble("date_not_understood", "must_fix", Some(6), Some("soon")),
            trouble("column_not_read", "information", None, None),
            trouble("total_row", "information", Some(90), None),
            trouble("names_a_person", "check", Some(5), Some("Jo")),
        ];
        let found = causes(&problems);
        let sentence = |sort_of: fn(&Sort) -> bool, begin: &'static str| {
            let sorted = |cause: &&Cause| sort(&cause.code).is_some_and(|sort| sort_of(&sort));
            let of: Vec<Cause> = found.iter().filter(sorted).cloned().collect();
            told(&of, |causes| format!("{begin} {causes}."))
        };
        assert_eq!(
            sentence(|sort| matches!(sort, Sort::NotUnderstood), "We did not understand").as_deref(),
            Some("We did not understand 2 dates (such as \"circa 2027\" in row 4) and 1 amount (\"12k5\" in row 9).")
        );
        assert_eq!(
            sentence(|sort| matches!(sort, Sort::LeftAside), "We left aside").as_deref(),
            Some("We left aside 1 column (\"Colour\") and 1 row of totals (row 90).")
        );
        assert_eq!(
            sentence(|sort| matches!(sort, Sort::Look), "Somebody should look at").as_deref(),
            Some("Somebody should look at 1 text that may name a person (row 5).")
        );
        assert_eq!(told(&[], |causes| causes), None);
    }
}
