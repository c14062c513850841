//! What applying a file would change: new, changed field by field, unchanged, missing, problems. Nothing here writes.

mod contracts;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{Error, Transaction};
use vocabulary::{OrganisationId, fold};
use web::say;

use super::lists::{Words, rank, rank_of};
use super::meaning::{Meant, Names, Needed, Places, RowMeaning, Said};
use super::print::Labels;
use super::relies::Elsewhere;
use super::store::RowKey;
use crate::estate::written::{self, Written};
use crate::product::merge::Merges;
use crate::spreadsheet::{Field, Problem, Reading, Row, Severity, quoted};
use crate::statement::store::{Present, Standing, present, private_texts};
use crate::statement::{Attribute, Stated, Statement, SubjectKind};
pub use contracts::Listed;

/// What applying would do.
#[derive(Debug)]
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
    /// Systems of other lists that named a system before this file brought it.
    pub elsewhere: Vec<Elsewhere>,
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
    /// Differences, one for each attribute.
    pub changes: Vec<Change>,
    /// What is to be written of its contract.
    pub words: BTreeMap<Attribute, Word>,
    /// Whether the row carries an ID of ours, so that what it says is said of what stands and is no list's word.
    pub is_ours: bool,
}

/// What is to be written of one attribute of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Whether what the row says is stated.
    pub says: bool,
    /// The word of another list that goes on to hold, and whose it is.
    pub holds: Option<(String, Statement)>,
}

/// One attribute that would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
        match (self.recorded, self.changes.is_empty()) {
            (false, _) => Outcome::New,
            (true, false) => Outcome::Changed,
            (true, true) => Outcome::Unchanged,
        }
    }
}

impl Plan {
    /// How many rows come out so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.rows.iter().filter(|row| row.outcome() == outcome).count()
    }

    /// A short text that differs whenever what would be written differs: what people saw is what they apply.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for row in &self.rows {
            hash.update(format!("{:?}|{}|{:?}|{:?}\n", row.system, row.meaning.name, row.changes, row.words.keys()));
        }
        for other in &self.elsewhere {
            hash.update(format!("{}|{:?}\n", other.system, other.change));
        }
        hash.update(format!("{:?}", self.missing));
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether applying would write nothing.
    pub fn is_empty(&self) -> bool {
        self.elsewhere.is_empty()
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
) -> Result<Plan, Error> {
    let names = Names::of(tx, organisation)?;
    let merges = Merges::read(tx)?;
    let mut present = present(tx, organisation, None)?;
    merges.resolve(organisation, &mut present);
    let spread = reading.contracts.as_ref().map(|listed| contracts::spread(reading, listed, &present));
    let (reading, listed) = match &spread {
        Some((reading, listed)) => (reading, Some(*listed)),
        None => (reading, None),
    };
    let texts = private_texts(tx, organisation)?;
    let ours = reading.rows.iter().any(|row| row.values.contains_key(&Field::CommonholdId));
    let written = match ours {
        true => Written::from(&present, &texts, &written::Names::of(tx, organisation)?),
        false => Written::default(),
    };
    let trimmed: Vec<_> = reading.rows.iter().map(|row| written.trimmed(row)).collect();
    let estate = Estate {
        present,
        private_texts: texts,
        labels: Labels::of(tx, organisation)?,
        keys: keys_now(super::store::row_keys(tx, organisation, source)?, &merges),
        words: Words::of(tx, organisation)?,
        list: source.to_owned(),
        of_contracts: listed.is_some(),
    };
    let mut problems = reading.problems.clone();
    let mut rows: Vec<Planned> = Vec::with_capacity(reading.rows.len());
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut occurrences: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut contracts = estate.contracts();
    let mut described = Described::default();
    let mut meanings: Vec<(RowMeaning, &Row, BTreeSet<Field>)> = Vec::with_capacity(reading.rows.len());
    let mut said: BTreeSet<String> = BTreeSet::new();
    for (row, trimmed) in reading.rows.iter().zip(&trimmed) {
        let nothing = BTreeSet::new();
        let (row, same) = trimmed.as_ref().map_or((row, &nothing), |(row, same)| (row, same));
        let (mut meaning, found) = match listed {
            Some(_) => names.read_contract(row, places),
            None => names.read(row, places),
        };
        if same.contains(&Field::Name) {
            meaning.system.remove(&Attribute::Name);
        }
        // A row that says the same as an earlier one is that system again; the reader has said so already.
        if said.insert(meaning.what_it_says()) {
            problems.extend(found);
            meanings.push((meaning, row, same.clone()));
        }
    }
    let mut names_in_file: BTreeMap<String, usize> = BTreeMap::new();
    let mut keys_in_file: BTreeSet<RowKey> = BTreeSet::new();
    // Systems that a row names by our id are no other row's, wherever in the file that row stands.
    let mut named: BTreeSet<String> = BTreeSet::new();
    for (meaning, ..) in &meanings {
        *names_in_file.entry(fold(&meaning.name)).or_default() += 1;
        let of_name = occurrences.entry((fold(&meaning.name), meaning.product_key.clone())).or_default();
        let (name, product) = (fold(&meaning.name), meaning.product_key.clone());
        keys_in_file.insert(RowKey { name, product, occurrence: *of_name });
        *of_name += 1;
        named.extend(meaning.our_id.clone().filter(|id| estate.is_system(id)));
    }
    occurrences.clear();
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
            told.extend(estate.follows(id, &meaning, &names));
        }
        let planned = estate.compare(meaning, system, occurrence, &mut contracts, kept, &told);
        problems.extend(estate.disagreements(&planned, &told, row, places));
        rows.push(planned);
        sent.push(row);
    }
    estate.relate(&mut rows, &sent, places, &mut problems);
    let elsewhere = estate.relate_elsewhere(tx, organisation, &rows)?;
    // The whole estate, sent back: what it lacks is missing, whichever list it came from.
    let whole = !named.is_empty() && source == super::whole_estate(organisation);
    let missing = if listed.is_some() { Vec::new() } else { estate.missing(&taken, whole) };
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
    Ok(Plan { rows, missing, problems, problems_left_out: reading.problems_left_out, contracts, listed, elsewhere })
}

/// How many mergings are followed from one system.
const MOST_MERGINGS: usize = 20;

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

/// What is in the estate now, as the plan needs it.
pub(super) struct Estate {
    pub(super) present: Present,
    pub(super) private_texts: BTreeMap<String, String>,
    labels: Labels,
    /// The rows of the file's own list.
    pub(super) keys: BTreeMap<RowKey, String>,
    /// What lists say of contracts and of the systems that others rely on.
    pub(super) words: Words,
    /// The list that the file is a version of.
    pub(super) list: String,
    /// Whether that is a list of contracts: its rows have ids of ours that the program gave them, and are the list's word.
    of_contracts: bool,
}

impl Estate {
    pub(super) fn standing(&self, subject: &str, attribute: Attribute) -> Option<&Standing> {
        self.present.get(subject)?.get(&attribute)
    }

    fn value(&self, subject: &str, attribute: Attribute) -> Option<&Stated> {
        self.standing(subject, attribute)?.statement.value.as_ref()
    }

    pub(super) fn is_recorded(&self, subject: &str) -> bool {
        self.value(subject, Attribute::Recorded) == Some(&Stated::Flag(true))
    }

    pub(super) fn is_system(&self, subject: &str) -> bool {
        self.standing(subject, Attribute::Recorded)
            .is_some_and(|standing| standing.statement.kind == SubjectKind::System)
    }

    /// The system that a row of this source was before: by name and product, as they are told now or as an earlier program
    /// told them, else by the name alone where that is
    /// unmistakable on both sides.
    fn find(&self, key: &RowKey, was: Option<&RowKey>, unique_in_file: bool) -> Option<String> {
        if let Some(id) = self.keys.get(key).or_else(|| self.keys.get(was?)) {
            return Some(id.clone());
        }
        let first = RowKey { name: key.name.clone(), product: String::new(), occurrence: i64::MIN };
        let namesakes = self.keys.range(first..).take_while(|(other, _)| other.name == key.name);
        let mut of_name = namesakes.filter(|(_, id)| self.is_recorded(id));
        match (unique_in_file, of_name.next(), of_name.next()) {
            (true, Some((_, id)), None) => Some(id.clone()),
            _ => None,
        }
    }

    /// The system that another was merged into, through as many mergings as there were; none for one that was not merged.
    fn became(&self, system: &str) -> Option<String> {
        let mut became: Option<String> = None;
        for _ in 0..MOST_MERGINGS {
            let at = became.as_deref().unwrap_or(system);
            match self.value(at, Attribute::MergedInto) {
                Some(Stated::System(into)) if !self.is_recorded(at) => became = Some(into.clone()),
                _ => break,
            }
        }
        became.filter(|into| self.is_recorded(into))
    }

    /// Whether the file has a row under a name that this source knows the system by.
    fn has_row(&self, system: &str, names_in_file: &BTreeMap<String, usize>) -> bool {
        self.keys.iter().any(|(key, id)| id == system && names_in_file.contains_key(&key.name))
    }

    pub(super) fn name<'a>(&'a self, system: &'a str) -> &'a str {
        match self.value(system, Attribute::Name) {
            Some(Stated::Text(name)) => name,
            _ => system,
        }
    }

    /// Known contracts by folded reference; those without one by their title.
    fn contracts(&self) -> BTreeMap<String, Option<String>> {
        let recorded: Vec<&String> = self.present.keys().filter(|id| self.is_recorded(id)).collect();
        let mut contracts = BTreeMap::new();
        for attribute in [Attribute::ContractTitle, Attribute::Reference] {
            for id in &recorded {
                let titled = attribute == Attribute::ContractTitle && self.value(id, Attribute::Reference).is_some();
                if let Some(Stated::Text(name)) = self.value(id, attribute).filter(|_| !titled) {
                    contracts.insert(fold(name), Some((*id).clone()));
                }
            }
        }
        contracts
    }

    fn compare(
        &self,
        meaning: RowMeaning,
        system: Option<String>,
        occurrence: i64,
        contracts: &mut BTreeMap<String, Option<String>>,
        kept: Option<String>,
        told: &BTreeSet<Attribute>,
    ) -> Planned {
        let recorded = system.as_deref().is_some_and(|id| self.is_recorded(id));
        let is_ours = !self.of_contracts && meaning.our_id.as_deref().is_some_and(|id| self.is_system(id));
        let own = system.as_deref().and_then(|id| self.contract_of(id)).cloned();
        let contract = match (reference(&meaning.contract), kept) {
            (Some(reference), Some(kept)) => {
                contracts.insert(fold(reference), Some(kept.clone()));
                Some(kept)
            }
            (Some(reference), None) => contracts.entry(fold(reference)).or_default().clone(),
            (None, _) => own.clone(),
        };
        let (mut changes, mut words) = (Vec::new(), BTreeMap::new());
        let subject = if recorded { system.as_deref() } else { None };
        self.differences(&meaning.system, subject, told, &mut changes);
        if !meaning.contract.is_empty() {
            for (attribute, said) in meaning.contract.iter().filter(|(attribute, _)| !told.contains(attribute)) {
                let (word, change) = match contract.as_deref().filter(|_| !is_ours) {
                    Some(contract) => self.word(contract, *attribute, said, recorded),
                    None => {
                        let change = self.difference(contract.as_deref(), *attribute, said);
                        (Word { says: change.is_some(), holds: None }, change)
                    }
                };
                changes.extend(change);
                if word != Word::default() {
                    words.insert(*attribute, word);
                }
            }
            // A contract that an earlier row of the file makes has no id yet.
            let made_above = contract.is_none()
                && (told.contains(&Attribute::Reference) || told.contains(&Attribute::ContractTitle));
            if recorded && (made_above || contract.is_some()) && contract != own {
                let print = |id: &Option<String>| id.as_deref().map(|id| self.contract_name(id));
                changes.push(Change {
                    attribute: Attribute::Contract.word(),
                    label: Attribute::Contract.label(),
                    now: print(&own),
                    then: print(&contract).or_else(|| reference(&meaning.contract).map(str::to_owned)),
                });
            }
        }
        Planned { meaning, system, recorded, contract, occurrence, changes, words, is_ours }
    }

    /// What comes of what a row says of a contract that the estate has: it holds, or is kept beside the word of another list
    /// that goes on to hold. And what changes by that.
    fn word(&self, contract: &str, attribute: Attribute, said: &Said, recorded: bool) -> (Word, Option<Change>) {
        let other = self.words.best_of_others(contract, attribute, &self.list);
        let mine = self.words.word(contract, attribute, &self.list);
        let told = mine.is_some_and(|mine| {
            said.stands(Some(mine), &self.private_texts) && said.confidence == mine.statement.confidence
        });
        let yields = other.filter(|(list, other)| rank_of(&other.statement, list) < rank(said, &self.list));
        let Some((list, other)) = yields else {
            let change = self.difference(Some(contract), attribute, said);
            // Where others have a word too, or a new row gives its own, the list's word is needed to know which holds.
            let says = change.is_some() || (!told && (other.is_some() || !recorded));
            return (Word { says, holds: None }, change);
        };
        let standing = self.standing(contract, attribute);
        let print = |standing: &Standing| self.print_standing(attribute, standing);
        let stated = |standing: &Standing| (standing.statement.value.clone(), standing.statement.original.clone());
        let same = standing.map(stated) == Some(stated(other));
        let change = (!same).then(|| Change {
            attribute: attribute.word(),
            label: attribute.label(),
            now: standing.and_then(print),
            then: print(other),
        });
        let holds = (!told || !same).then(|| (list.clone(), other.statement.clone()));
        (Word { says: !told, holds }, change)
    }

    /// What people should look at where other lists say otherwise of a row's contract.
    fn disagreements(&self, planned: &Planned, told: &BTreeSet<Attribute>, row: &Row, places: &Places) -> Vec<Problem> {
        let Some(contract) = planned.contract.as_deref().filter(|_| !planned.is_ours) else { return Vec::new() };
        let mut problems = Vec::new();
        for (attribute, said) in planned.meaning.contract.iter().filter(|(attribute, _)| !told.contains(attribute)) {
            let best = self.words.best_of_others(contract, *attribute, &self.list);
            let Some((list, other)) = best.filter(|_| *attribute != Attribute::Reference) else { continue };
            let Ok(field) = attribute.word().parse::<Field>() else { continue };
            if said.stands(Some(other), &self.private_texts) {
                continue;
            }
            let (name, list_name) = (quoted(&self.contract_name(contract)), quoted(list));
            let holds = rank_of(&other.statement, list) < rank(said, &self.list);
            let message = match holds {
                true => say!(
                    "Your list {list} says otherwise of contract {name}. We keep what that list says.",
                    list = list_name,
                    name = name
                ),
                false => say!(
                    "Your list {list} says otherwise of contract {name}. We keep what this file says.",
                    list = list_name,
                    name = name
                ),
            };
            let next = &say!("Find out which is right, and correct the other list. Or change the contract by hand.");
            let text = row.values.get(&field).map(|value| value.original.as_str()).unwrap_or_default();
            let words = (message, next.as_str());
            problems.push(places.problem(row, field, "contract_told_by_lists", Severity::Check, text, words));
        }
        problems
    }

    /// The contract of the estate that a row speaks of: the one that it names, else that of its system. Rows that name it and
    /// rows that do not speak of the same one.
    fn spoken_of(
        &self,
        system: Option<&str>,
        meaning: &RowMeaning,
        contracts: &BTreeMap<String, Option<String>>,
    ) -> Option<String> {
        match reference(&meaning.contract) {
            Some(name) => contracts.get(&fold(name)).cloned().flatten(),
            None => self.contract_of(system?).cloned(),
        }
    }

    /// The contract that covers a system.
    fn contract_of(&self, system: &str) -> Option<&String> {
        match self.value(system, Attribute::Contract) {
            Some(Stated::Contract(contract)) if self.is_recorded(contract) => Some(contract),
            _ => None,
        }
    }

    /// The contract that a row of our own file goes on speaking of, whatever it calls it now: the one that covers the
    /// system, unless the row names another. `same` are the fields of which the row says what stands.
    fn keeps_contract(
        &self,
        system: &str,
        meaning: &RowMeaning,
        same: &BTreeSet<Field>,
        contracts: &BTreeMap<String, Option<String>>,
    ) -> Option<String> {
        let own = self.contract_of(system).filter(|_| meaning.our_id.as_deref() == Some(system))?;
        let named = |attribute: Attribute| self.value(own, attribute).is_some();
        let keeps = match reference(&meaning.contract) {
            None => true,
            Some(_) if meaning.contract.contains_key(&Attribute::Reference) => {
                !named(Attribute::Reference) && !named(Attribute::ContractTitle)
            }
            Some(_) => same.contains(&Field::ContractReference) || !named(Attribute::ContractTitle),
        };
        let other = |name: &str| {
            let known = contracts.get(&fold(name)).and_then(Option::as_ref);
            known.is_some_and(|known| known != own) && !same.contains(&Field::ContractReference)
        };
        (keeps && !reference(&meaning.contract).is_some_and(other)).then(|| own.clone())
    }

    /// The attributes of which a row says no more than what stands: the supplier that everybody sees because the product
    /// is theirs, and in a file that we exported, which leaves out what we did not understand, the part that we did.
    fn follows(&self, system: &str, meaning: &RowMeaning, names: &Names) -> BTreeSet<Attribute> {
        let mut follows = BTreeSet::new();
        for (attribute, said) in &meaning.system {
            let (Some(Meant::Stated(meant)), None) = (&said.meant, &said.original) else { continue };
            let standing = self.standing(system, *attribute).map(|standing| &standing.statement);
            let (value, original) =
                standing.map_or((None, None), |statement| (statement.value.as_ref(), statement.original.as_ref()));
            let product = match meaning.system.get(&Attribute::Product).map(|said| &said.meant) {
                Some(Some(Meant::Stated(product))) => Some(product),
                _ => self.value(system, Attribute::Product),
            };
            let inferred = *attribute == Attribute::Supplier
                && (value, original) == (None, None)
                && product
                    .and_then(|product| names.supplier(product))
                    .is_some_and(|id| *meant == Stated::Supplier(id.to_owned()));
            let exported = meaning.our_id.is_some() && original.is_some() && value == Some(meant);
            // The name of the organisation's own product may be a listed one's too: what we exported means what stands.
            let same_name = |stated: &Stated| {
                fold(&self.labels.print(*attribute, stated)) == fold(&self.labels.print(*attribute, meant))
            };
            let exported = exported
                || (meaning.our_id.is_some() && *attribute == Attribute::Product && value.is_some_and(same_name));
            if inferred || exported {
                follows.insert(*attribute);
            }
        }
        follows
    }

    fn contract_name(&self, id: &str) -> String {
        match self.value(id, Attribute::Reference).or_else(|| self.value(id, Attribute::ContractTitle)) {
            Some(Stated::Text(name)) => name.clone(),
            _ => say!("a contract without a reference"),
        }
    }

    pub(super) fn differences(
        &self,
        says: &BTreeMap<Attribute, Said>,
        subject: Option<&str>,
        told: &BTreeSet<Attribute>,
        changes: &mut Vec<Change>,
    ) {
        let says = says.iter().filter(|(attribute, _)| !told.contains(attribute));
        changes.extend(says.filter_map(|(attribute, said)| self.difference(subject, *attribute, said)));
    }

    /// What would change by what is said of one attribute; none where that stands already.
    pub(super) fn difference(&self, subject: Option<&str>, attribute: Attribute, said: &Said) -> Option<Change> {
        let standing = subject.and_then(|subject| self.standing(subject, attribute));
        (!said.stands(standing, &self.private_texts)).then(|| Change {
            attribute: attribute.word(),
            label: attribute.label(),
            now: standing.and_then(|standing| self.print_standing(attribute, standing)),
            then: self.print_said(attribute, said),
        })
    }

    fn print_standing(&self, attribute: Attribute, standing: &Standing) -> Option<String> {
        self.labels.standing(attribute, standing, &self.private_texts)
    }

    fn print_said(&self, attribute: Attribute, said: &Said) -> Option<String> {
        match &said.meant {
            Some(Meant::Stated(stated)) => Some(self.labels.print(attribute, stated)),
            Some(Meant::Candidate(text) | Meant::Private(text)) => Some(text.clone()),
            Some(Meant::Systems(needed)) => Some(needed.iter().map(Needed::name).collect::<Vec<_>>().join("; ")),
            None => said.original.as_ref().map(|text| say!("Not understood: \"{text}\"", text = text)),
        }
    }

    /// Systems of this source, or of any, that are in the estate, not retired, and not among `taken`.
    fn missing(&self, taken: &BTreeSet<String>, of_any: bool) -> Vec<Missing> {
        let any = self.present.keys().filter(|id| of_any && self.is_system(id));
        let ids: BTreeSet<&String> =
            self.keys.values().chain(any).filter(|id| !taken.contains(*id) && self.is_recorded(id)).collect();
        let retired = Stated::Text("retired".to_owned());
        let mut missing: Vec<Missing> = ids
            .into_iter()
            .filter(|id| self.value(id, Attribute::Status) != Some(&retired))
            .map(|id| Missing {
                id: id.clone(),
                name: match self.value(id, Attribute::Name) {
                    Some(Stated::Text(name)) => name.clone(),
                    _ => String::new(),
                },
            })
            .collect();
        missing.sort_by(|one, other| (fold(&one.name), &one.id).cmp(&(fold(&other.name), &other.id)));
        missing
    }
}

/// What the rows of a file have said of the contracts that they name, by folded reference and attribute, and in which row.
/// The first row that says something of a contract is the one that counts, whether the contract is known already or not:
/// otherwise rows that contradict each other would change it to and fro with every import of the same file.
#[derive(Default)]
struct Described(BTreeMap<(String, Attribute), (u32, Said)>);

impl Described {
    /// The attributes that earlier rows have told of the same contract, and a problem for each told otherwise.
    ///
    /// `kept` is the id of the contract, where the row is about one that needs no name.
    fn hear(
        &mut self,
        meaning: &RowMeaning,
        row: &Row,
        places: &Places,
        kept: Option<&str>,
    ) -> (BTreeSet<Attribute>, Vec<Problem>) {
        let (mut told, mut problems) = (BTreeSet::new(), Vec::new());
        let Some(name) = reference(&meaning.contract).or(kept) else { return (told, problems) };
        let one = kept.map_or_else(|| fold(name), str::to_owned);
        let name = reference(&meaning.contract).map(str::to_owned).unwrap_or_else(|| say!("of this system"));
        for (attribute, said) in &meaning.contract {
            let key = (one.clone(), *attribute);
            let Some((first, before)) = self.0.get(&key) else {
                self.0.insert(key, (meaning.number, said.clone()));
                continue;
            };
            told.insert(*attribute);
            let same = (&before.meant, &before.original) == (&said.meant, &said.original);
            if let (false, Ok(field)) = (same || *attribute == Attribute::Reference, attribute.word().parse::<Field>())
            {
                let text = row.values.get(&field).map(|value| value.original.as_str()).unwrap_or_default();
                let message = say!(
                    "Row {row} says otherwise of contract {name}. We keep what that row says.",
                    row = first.to_string(),
                    name = quoted(&name)
                );
                let next = &say!(
                    "Correct one of the rows, or give the two contracts different references, and upload the file again."
                );
                problems.push(places.problem(
                    row,
                    field,
                    "contract_told_twice",
                    Severity::Check,
                    text,
                    (message, next),
                ));
            }
        }
        (told, problems)
    }
}

/// What a row names its contract by: its reference, else its title.
pub fn reference(contract: &BTreeMap<Attribute, Said>) -> Option<&str> {
    let text = |attribute: Attribute| match contract.get(&attribute)?.meant.as_ref()? {
        Meant::Stated(Stated::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    text(Attribute::Reference).or_else(|| text(Attribute::ContractTitle))
}
