//! What came of a file, as a colleague would say it who had read it: what was understood, what was not and why, what was
//! left aside, and the three steps that are worth most. Pages and the command line say the same words.
//!
//! Nothing of it is stored: counts of the import are those of the day it was applied, what is known of its list is as it
//! stands today, and the sentences are made when somebody reads them.

mod causes;

use serde::Serialize;
use store::{Transaction, values};
use vocabulary::OrganisationId;
use web::{say, say_n};

use self::causes::{Sort, causes, sort, told};
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
    /// Contracts of lists of contracts that were recorded with systems because of this import.
    pub contracts_recorded: usize,
    /// Contracts of this list that wait for systems; none where it is no list of contracts or a later version counts.
    pub contracts_waiting: Option<usize>,
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
    let known = Known::of(tx, organisation, &import)?;
    let problems: Vec<Trouble> =
        imports::problems(tx, organisation, &import.id)?.into_iter().map(Trouble::from).collect();
    Ok(Summary::of(&body.name, &import, &known, &problems))
}

impl Known {
    /// Counts it.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId, import: &ImportRow) -> Result<Known, Refused> {
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
        let list = values![organisation.as_str(), &import.source];
        let known = tx.query_one(&sql, &list, |row| {
            Ok(Known {
                systems: row.integer(0)?,
                listed: row.integer(1)?,
                own_products: row.integer(2)?,
                placed: row.integer(3)?,
                contract_ends: row.integer(4)?,
                costs: row.integer(5)?,
                ..Known::default()
            })
        })?;
        let sql = format!(
            "SELECT DISTINCT p.name, p.id FROM product AS p
             JOIN system AS s ON s.product_organisation = p.organisation AND s.product = p.id
             WHERE {of_list} AND p.organisation = $1 ORDER BY p.name, p.id"
        );
        Ok(Known {
            own_names: tx.query(&sql, &list, |row| row.text(0))?,
            contracts_recorded: super::joins::brought(tx, organisation, &import.id)?,
            contracts_waiting: super::joins::waiting(tx, organisation, import)?,
            ..known
        })
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
        understood.extend(of_contracts(known));
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

/// Whether it is a list of contracts that told nothing of any system, and some of whose contracts wait for theirs.
fn only_waits(import: &ImportRow, known: &Known) -> bool {
    import.changed + import.unchanged == 0 && known.contracts_waiting.is_some_and(|waiting| waiting > 0)
}

/// What the file is, and what it did.
fn read(import: &ImportRow) -> Vec<String> {
    if imports::chosen(import).is_some_and(|mapping| mapping.list_of == ListOf::Contracts) {
        if import.changed + import.unchanged == 0 {
            return vec![say!(
                "{file} is a list of contracts. When it came, none of them was of a system in your estate.",
                file = import.file_name
            )];
        }
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

/// What became of the contracts of lists of contracts.
fn of_contracts(known: &Known) -> Vec<String> {
    let recorded = (known.contracts_recorded > 0).then(|| {
        say_n!(
            "1 contract of your lists of contracts was recorded with its systems.",
            "{count} contracts of your lists of contracts were recorded with their systems.",
            counted(known.contracts_recorded)
        )
    });
    let waiting = known.contracts_waiting.filter(|waiting| *waiting > 0).map(|waiting| {
        say_n!(
            "1 contract is recorded with no system yet.",
            "{count} contracts are recorded with no system yet.",
            counted(waiting)
        )
    });
    recorded.into_iter().chain(waiting).collect()
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
            0 => say!("Not on the shared list: {names}.", names = names),
            rest => say!("Not on the shared list: {names} and {rest} more.", names = names, rest = rest),
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
    if only_waits(import, known) {
        step(
            say!("Bring in the list of systems"),
            format!("{estate}/imports"),
            say!("A contract is recorded with each system that it names, once that is here."),
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
