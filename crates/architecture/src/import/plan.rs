//! What applying a file would change: new, changed field by field, unchanged, missing, problems. Nothing here writes.

mod contracts;
mod estate;
mod ground;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{Error, Transaction};
use vocabulary::{OrganisationId, fold};
use web::say;

pub use super::joins::Follow;
use super::meaning::{Names, Places, RowMeaning};
use super::relies::Elsewhere;
use super::store::RowKey;
use crate::Refused;
use crate::estate::written::{self, Written};
use crate::product::merge::Merges;
use crate::spreadsheet::{Field, Problem, Reading, Row, Severity, quoted};
use crate::statement::Attribute;
pub use contracts::Listed;
pub(super) use estate::Estate;
pub(super) use ground::{Ground, Known};
use told::Described;
pub use told::{Word, reference};

/// What applying would do.
#[derive(Debug, Default)]
pub struct Plan {
    /// One for each row that is a system, in the file's order.
    pub rows: Vec<Planned>,
    /// Systems that this source held before and this file does not.
    pub missing: Vec<Missing>,
    /// Everything that people should look at, the worst first.
    pub problems: Vec<Problem>,
    /// How many further problems are not listed.
    pub problems_left_out: usize,
    /// The contracts that rows name, by folded reference: known ones with their id.
    pub contracts: BTreeMap<String, Option<String>>,
    /// How many contracts the file lists, where it is a list of contracts and not of systems.
    pub listed: Option<Listed>,
    /// Systems of other lists, or of earlier versions of this one, that named a system before this file brought it.
    pub elsewhere: Vec<Elsewhere>,
    /// What lists of contracts come to mean by this file.
    pub follows: Vec<Follow>,
    /// The contracts of a list of contracts that have systems, by their row's number, with the names that found one.
    pub(super) found: BTreeMap<u32, BTreeSet<String>>,
    /// Contracts that lists of contracts made and that the file names, by folded reference or title.
    pub(super) made: BTreeMap<String, String>,
}

/// One row and what it would do.
#[derive(Debug)]
pub struct Planned {
    /// What the row says.
    pub meaning: RowMeaning,
    /// The system it is, if there is one already; also where an undone one comes back.
    pub system: Option<String>,
    /// Whether that system is in the estate now.
    pub recorded: bool,
    /// The system's contract, if it has one and the row names no other.
    pub contract: Option<String>,
    /// How often the same name and product stood above it in the file.
    pub occurrence: i64,
    /// Differences that are to be written, one for each attribute.
    pub changes: Vec<Change>,
    /// Differences as people see them: beside what lists of contracts say.
    pub shown: Vec<Change>,
    /// What is to be written of its contract.
    pub words: BTreeMap<Attribute, Word>,
    /// Whether the row carries an ID of ours, so that what it says is said of what stands and is no list's word.
    pub is_ours: bool,
}

/// One attribute that would change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// Its stable name.
    pub attribute: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What stands now, for people; none when nothing does.
    pub now: Option<String>,
    /// What would stand.
    pub then: Option<String>,
}

/// A system that the file does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// How a row comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It becomes a system.
    New,
    /// Its system changes.
    Changed,
    /// Its system is as it says.
    Unchanged,
}

impl Planned {
    /// How it comes out.
    pub fn outcome(&self) -> Outcome {
        match (self.recorded, self.shown.is_empty()) {
            (false, _) => Outcome::New,
            (true, false) => Outcome::Changed,
            (true, true) => Outcome::Unchanged,
        }
    }

    /// Whether something is to be written of it.
    pub fn writes(&self) -> bool {
        !self.recorded || !self.changes.is_empty() || !self.words.is_empty()
    }
}

impl Plan {
    /// How many rows come out so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.rows.iter().filter(|row| row.outcome() == outcome).count()
    }

    /// Those that named a system before this file brought it and are no rows of the file.
    pub fn elsewhere_only(&self) -> impl Iterator<Item = &Elsewhere> {
        let is_row = |system: &String| self.rows.iter().any(|row| row.system.as_ref() == Some(system));
        self.elsewhere.iter().filter(move |other| !is_row(&other.system))
    }

    /// A short text that differs whenever what would be written differs: what people saw is what they apply.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for row in &self.rows {
            let written = (&row.changes, &row.shown, row.words.keys());
            hash.update(format!("{:?}|{}|{written:?}\n", row.system, row.meaning.name));
        }
        for other in &self.elsewhere {
            hash.update(format!("{}|{:?}\n", other.system, other.change));
        }
        for follow in &self.follows {
            hash.update(format!("{follow:?}\n"));
        }
        hash.update(format!("{:?}", self.missing));
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether applying would write nothing.
    pub fn is_empty(&self) -> bool {
        self.elsewhere.is_empty()
            && self.follows.is_empty()
            && self.listed.is_none()
            && !self.keeps_words()
            && self.rows.iter().all(|row| row.outcome() == Outcome::Unchanged)
    }

    /// Whether rows that change nothing say something of a contract that is kept beside the word of another list.
    pub fn keeps_words(&self) -> bool {
        self.rows.iter().any(|row| row.outcome() == Outcome::Unchanged && !row.words.is_empty())
    }
}

/// Reckons what a reading would change in the estate of `organisation`, as the next version of its list `source`.
///
/// # Errors
/// When the engine fails.
pub fn plan(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    source: &str,
    reading: &Reading,
    places: &Places,
) -> Result<Plan, Refused> {
    let known = Known::of(tx, organisation)?;
    if reading.contracts.is_none() && !super::kept::any(tx, organisation)? {
        let ground = Ground::of(tx, organisation)?;
        return Ok(plan_on(tx, organisation, &known, (source, reading, places), ground)?);
    }
    super::joins::plan(tx, organisation, known, (source, reading, places))
}

/// Reckons what a reading would change in an estate.
pub(super) fn plan_on(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    known: &Known,
    (source, reading, places): (&str, &Reading, &Places),
    mut ground: Ground,
) -> Result<Plan, Error> {
    let Known { names, merges, labels } = known;
    merges.resolve(organisation, &mut ground.present);
    let spread = reading.contracts.as_ref().map(|listed| contracts::spread(reading, listed, &ground));
    let (reading, listed, found) = match spread.as_ref() {
        Some(contracts::Spread { reading, listed, found }) => (reading, Some(*listed), found.clone()),
        None => (reading, None, BTreeMap::new()),
    };
    let Ground { present, texts, words, beside, mut made, .. } = ground;
    let ours = reading.rows.iter().any(|row| row.values.contains_key(&Field::CommonholdId));
    let written = match ours {
        true => Written::from(&present, &texts, &written::Names::of(tx, organisation)?),
        false => Written::default(),
    };
    let trimmed: Vec<_> = reading.rows.iter().map(|row| written.trimmed(row)).collect();
    let estate = Estate {
        present,
        private_texts: texts,
        labels: labels.clone(),
        keys: keys_now(super::store::row_keys(tx, organisation, source)?, merges),
        beside: beside.unwrap_or_else(|| words.clone()),
        words,
        list: source.to_owned(),
        of_contracts: listed.is_some(),
    };
    made.retain(|_, id| !estate.is_recorded(id));
    let mut problems = reading.problems.clone();
    let mut rows: Vec<Planned> = Vec::with_capacity(reading.rows.len());
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut contracts = estate.contracts();
    let mut described = Described::default();
    let meanings = read_rows(names, reading, &trimmed, (listed.is_some(), places), &mut problems);
    let InFile { names: names_in_file, keys: keys_in_file, named } = InFile::of(&meanings, &estate);
    let mut occurrences: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut sent: Vec<&Row> = Vec::with_capacity(meanings.len());
    for (meaning, row, same) in meanings {
        let name = fold(&meaning.name);
        let occurrence = occurrences.entry((name.clone(), meaning.product_key.clone())).or_default();
        let key = RowKey { name: name.clone(), product: meaning.product_key.clone(), occurrence: *occurrence };
        *occurrence += 1;
        let occurrence = key.occurrence;
        let system = match &meaning.our_id {
            // The reader has left out rows that repeat an id.
            Some(id) if named.contains(id) => Some(id.clone()),
            Some(id) => {
                let message = say!("{id} is not a system of this organisation.", id = quoted(id));
                let next = &say!("We go by the system's name instead. Leave this column as we exported it.");
                let words = (message, next.as_str());
                problems.push(places.problem(row, Field::CommonholdId, "id_unknown", Severity::Check, id, words));
                None
            }
            None => None,
        };
        let unique = names_in_file.get(&name) == Some(&1);
        let was = meaning.product_was.clone().map(|product| RowKey { product, ..key.clone() });
        let free = |id: &String| !taken.contains(id) && !named.contains(id);
        let by_name = || estate.find(&key, was.as_ref().filter(|was| !keys_in_file.contains(was)), unique).filter(free);
        let system = system.or_else(by_name);
        if let Some(merged) = &system
            && let Some(into) = estate.became(merged)
        {
            // Its own row speaks for the system that it became, if the file has one; else this row does.
            if taken.contains(&into) || named.contains(&into) || estate.has_row(&into, &names_in_file) {
                problems.push(merged_row(row, &meaning.name, estate.name(&into)));
                taken.insert(merged.clone());
                continue;
            }
            taken.insert(into.clone());
            let one = estate.spoken_of(Some(&into), &meaning, &contracts);
            let (told, found) = described.hear(&meaning, row, places, one.as_deref());
            problems.extend(found);
            let planned = estate.compare(meaning, Some(into), occurrence, &mut contracts, None, &told);
            problems.extend(estate.disagreements(&planned, &told, row, places));
            rows.push(planned);
            sent.push(row);
            continue;
        }
        taken.extend(system.clone());
        let kept = system.as_deref().and_then(|id| estate.keeps_contract(id, &meaning, &same, &contracts));
        let kept = row.contract.clone().or(kept);
        let one = kept.clone().or_else(|| estate.spoken_of(system.as_deref(), &meaning, &contracts));
        let (mut told, found) = described.hear(&meaning, row, places, one.as_deref());
        problems.extend(found);
        if let Some(id) = system.as_deref().filter(|id| estate.is_recorded(id)) {
            told.extend(estate.follows(id, &meaning, names));
        }
        let planned = estate.compare(meaning, system, occurrence, &mut contracts, kept, &told);
        problems.extend(estate.disagreements(&planned, &told, row, places));
        rows.push(planned);
        sent.push(row);
    }
    estate.relate(&mut rows, &sent, places, &mut problems);
    let elsewhere = estate.relate_elsewhere(tx, organisation, &mut rows)?;
    // The whole estate, sent back: what it lacks is missing, whichever list it came from.
    let whole = !named.is_empty() && source == super::whole_estate(organisation);
    let missing = if listed.is_some() { Vec::new() } else { estate.missing(&taken, whole) };
    let problems = in_order(problems);
    let problems_left_out = reading.problems_left_out;
    let follows = Vec::new();
    Ok(Plan { rows, missing, problems, problems_left_out, contracts, listed, elsewhere, follows, found, made })
}

/// A row with what it means and the fields of which it says what stands.
type Sent<'a> = (RowMeaning, &'a Row, BTreeSet<Field>);

/// What the rows of a file mean, each once; what people should look at goes to `problems`.
fn read_rows<'a>(
    names: &Names,
    reading: &'a Reading,
    trimmed: &'a [Option<(Row, BTreeSet<Field>)>],
    (of_contracts, places): (bool, &Places),
    problems: &mut Vec<Problem>,
) -> Vec<Sent<'a>> {
    let mut meanings = Vec::with_capacity(reading.rows.len());
    let mut said: BTreeSet<String> = BTreeSet::new();
    for (row, trimmed) in reading.rows.iter().zip(trimmed) {
        let (row, same) = match trimmed {
            Some((row, same)) => (row, same.clone()),
            None => (row, BTreeSet::new()),
        };
        let (mut meaning, found) = match of_contracts {
            true => names.read_contract(row, places),
            false => names.read(row, places),
        };
        if same.contains(&Field::Name) {
            meaning.system.remove(&Attribute::Name);
        }
        // A row that says the same as an earlier one is that system again; the reader has said so already.
        if said.insert(meaning.what_it_says()) {
            problems.extend(found);
            meanings.push((meaning, row, same));
        }
    }
    meanings
}

/// What tells the rows of a file apart, wherever in it they stand.
#[derive(Default)]
struct InFile {
    /// How many rows have each name.
    names: BTreeMap<String, usize>,
    keys: BTreeSet<RowKey>,
    /// Systems that a row names by our id: they are no other row's.
    named: BTreeSet<String>,
}

impl InFile {
    fn of(meanings: &[Sent<'_>], estate: &Estate) -> InFile {
        let mut file = InFile::default();
        let mut occurrences: BTreeMap<(String, String), i64> = BTreeMap::new();
        for (meaning, ..) in meanings {
            let (name, product) = (fold(&meaning.name), meaning.product_key.clone());
            *file.names.entry(name.clone()).or_default() += 1;
            let occurrence = occurrences.entry((name.clone(), product.clone())).or_default();
            file.keys.insert(RowKey { name, product, occurrence: *occurrence });
            *occurrence += 1;
            file.named.extend(meaning.our_id.clone().filter(|id| estate.is_system(id)));
        }
        file
    }
}

/// Problems as they are listed: the worst first, then by place.
fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    // A contract of another sheet covers several systems and is told of once.
    let mut told = BTreeSet::new();
    problems.retain(|problem| {
        let place = (problem.code, problem.sheet.clone(), problem.row, problem.column.clone(), problem.text.clone());
        told.insert((place, problem.message.clone()))
    });
    problems.sort_by_key(|problem| {
        let column = problem.column.clone().unwrap_or_default();
        (problem.severity, problem.row, column.len(), column)
    });
    problems
}

/// A row about a system that was merged into one that has a row of its own.
fn merged_row(row: &Row, name: &str, into: &str) -> Problem {
    Problem {
        code: "merged_row",
        severity: Severity::Information,
        sheet: row.sheet.clone(),
        row: Some(row.number),
        column: None,
        heading: None,
        text: Some(name.to_owned()),
        message: say!(
            "{name} was merged into {into}, which has a row of its own.",
            name = quoted(name),
            into = quoted(into)
        ),
        next_step: say!("We left this row out. Nothing needs doing; take the row out of your file when you can."),
    }
}

/// The rows of a source by what their products are now. Where that gives two rows one key, the one that had it keeps it.
fn keys_now(keys: BTreeMap<RowKey, String>, merges: &Merges) -> BTreeMap<RowKey, String> {
    let mut now = BTreeMap::new();
    let mut moved = Vec::new();
    for (key, system) in keys {
        match merges.became("", &key.product) {
            Some(product) => moved.push((RowKey { product: product.to_owned(), ..key }, system)),
            None => drop(now.insert(key, system)),
        }
    }
    for (key, system) in moved {
        now.entry(key).or_insert(system);
    }
    now
}
