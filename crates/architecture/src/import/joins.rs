//! What lists of contracts amount to, whichever files came before them.
//!
//! Lists of contracts are kept as sent ([`super::kept`]). What they amount to is reckoned from the estate without them and
//! from the lists in the order of their names, and what differs from the estate as it stands is written as a change of its
//! own, after every file and every undoing of one. So it is the same in any order of files: a contract is recorded with
//! systems that come later, and no longer with a name that gets a namesake. Of two lists that claim a system the first in the
//! alphabet has it; a list of contracts knows better than a list of systems; what somebody said by hand after a list came
//! stays.

mod history;
mod look;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use store::{Error, Transaction, values};
use vocabulary::{Chance, OrganisationId, Timestamp, fold};

use super::apply::{Moment, Writing};
use super::kept::{self, CARRIED, KeptList};
use super::meaning::Places;
use super::plan::{Ground, Known, Plan, plan_on};
use super::store::ImportRow;
use crate::spreadsheet::{Field, Reading};
use crate::statement::store::{
    ChangeKind, NewChange, Present, Standing, Told, add_change, keep_private, of_change, private_texts,
};
use crate::statement::{Attribute, Stated, Statement, SubjectKind};
use crate::{Refused, projection};
pub(crate) use history::History;
use history::{is_recorded, put};
pub use look::Follow;
use look::Look;

/// What lists of contracts amount to.
#[derive(Default)]
pub(super) struct Joined {
    /// The estate with them.
    ground: Ground,
    /// Texts that are not kept yet.
    privates: BTreeMap<String, String>,
    /// The plan of each list.
    plans: BTreeMap<String, Plan>,
    /// The first list that speaks of each contract.
    list_of: BTreeMap<String, String>,
}

/// A file that is looked at: its list, what it says, and where.
type Sent<'a> = (&'a str, &'a Reading, &'a Places);

/// Reckons what a file would change, with what lists of contracts come to mean by it.
///
/// # Errors
/// When the engine fails.
pub(super) fn plan(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    mut known: Known,
    (source, reading, places): Sent<'_>,
) -> Result<Plan, Refused> {
    let mut history = History::read(tx, organisation, None, None)?;
    let mut texts = private_texts(tx, organisation)?;
    let mut lists = kept::lists(tx, organisation, &texts, None)?;
    let import = ImportRow { source: source.to_owned(), ..ImportRow::default() };
    let moment = foretold();
    let stands = join(tx, organisation, &known, (&history, &texts), (&lists, None), &moment)?;
    let now = history.now.clone();
    let (mut plan, then, systems) = match &reading.contracts {
        Some(contracts) => {
            let list = latest(KeptList::of(&import, contracts, history.latest), &lists, &stands);
            lists.insert(source.to_owned(), list);
            let own = Some((source, reading, places));
            let mut then = join(tx, organisation, &known, (&history, &texts), (&lists, own), &moment)?;
            let mut plan = then.plans.remove(source).unwrap_or_default();
            plan.rows.retain(|row| row.meaning.number < CARRIED);
            plan.problems.retain(|problem| problem.row.is_none_or(|row| row < CARRIED));
            plan.found.retain(|number, _| *number < CARRIED);
            if let Some(listed) = &mut plan.listed {
                (listed.contracts, listed.of_systems) = (contracts.len(), plan.found.len());
            }
            let systems = plan.rows.iter().filter_map(|row| row.system.clone()).collect();
            (plan, then, systems)
        }
        None => {
            let ours = reading.rows.iter().any(|row| row.values.contains_key(&Field::CommonholdId));
            let mut ground = ground(&history, &texts);
            ground.beside = Some(stands.ground.words.clone());
            if ours {
                // Such a file was made of what stands.
                ground.present = now.clone();
                ground.words = stands.ground.words.clone();
                ground.made.clear();
            }
            let plan = plan_on(tx, organisation, &known, (source, reading, places), ground)?;
            let mut writing = Writing::new(organisation, &import, &moment);
            writing.rows(&plan)?;
            hear(&mut history, ChangeKind::Import, None, source, (&writing.statements, &writing.words));
            texts.extend(writing.privates);
            let then = join(tx, organisation, &known, (&history, &texts), (&lists, None), &moment)?;
            (plan, then, writing.systems)
        }
    };
    known.labels.learn(&now);
    known.labels.learn(&then.ground.present);
    let look = Look::of(&now, &then, &stands, &known.labels);
    let mut seen = BTreeSet::new();
    let made = plan.made.clone();
    for (row, system) in plan.rows.iter_mut().zip(&systems) {
        look.row((row, system), &made, &mut seen);
    }
    plan.follows = look.follows(&seen);
    Ok(plan)
}

/// A list with what its version before leaves of itself.
fn latest(mut list: KeptList, lists: &BTreeMap<String, KeptList>, stands: &Joined) -> KeptList {
    let source = &list.import.source.clone();
    if let (Some(before), Some(plan)) = (lists.get(source), stands.plans.get(source)) {
        list.follow(before, &plan.found);
    }
    list
}

/// Keeps a list of contracts with its import.
///
/// # Errors
/// When the engine or the source of chance fails.
pub(super) fn keep(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &ImportRow,
    reading: &Reading,
    moment: &Moment,
) -> Result<(), Refused> {
    let known = Known::of(tx, organisation)?;
    let history = History::read(tx, organisation, None, None)?;
    let texts = private_texts(tx, organisation)?;
    let lists = kept::lists(tx, organisation, &texts, None)?;
    let stands = join(tx, organisation, &known, (&history, &texts), (&lists, None), &foretold())?;
    let contracts = reading.contracts.as_deref().unwrap_or_default();
    kept::keep(tx, organisation, &latest(KeptList::of(import, contracts, history.latest), &lists, &stands), moment)
}

/// Writes what lists of contracts amount to now, because of an import or its undoing, and returns the number of the change;
/// none where that stands already.
///
/// # Errors
/// When the engine or the source of chance fails.
pub(super) fn settle(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &str,
    kind: ChangeKind,
    undoes: Option<i64>,
    moment: &Moment,
) -> Result<Option<i64>, Refused> {
    // Where the last list was undone nothing is kept, and what it amounted to goes.
    let sql = "SELECT COUNT(*) FROM joined_change WHERE organisation = $1";
    let joined = tx.query_one(sql, &values![organisation.as_str()], |row| row.integer(0))?;
    if joined == 0 && !kept::any(tx, organisation)? {
        return Ok(None);
    }
    let known = Known::of(tx, organisation)?;
    let history = History::read(tx, organisation, None, None)?;
    let texts = private_texts(tx, organisation)?;
    let lists = kept::lists(tx, organisation, &texts, None)?;
    let then = join(tx, organisation, &known, (&history, &texts), (&lists, None), moment)?;
    let statements = differences(&history.now, &then.ground);
    if statements.is_empty() {
        return Ok(None);
    }
    let named = statements.iter().flat_map(|statement| {
        let private = match &statement.value {
            Some(Stated::Private(id)) => Some(id),
            _ => None,
        };
        private.into_iter().chain(&statement.original)
    });
    let privates: BTreeMap<&String, &String> = named.filter_map(|id| then.privates.get_key_value(id)).collect();
    let privates: Vec<(String, &str)> = privates.into_iter().map(|(id, text)| (id.clone(), text.as_str())).collect();
    keep_private(tx, organisation, &privates)?;
    let change = NewChange { kind, import: Some(import), undoes, actor: moment.actor };
    let number = add_change(tx, organisation, &change, &statements, moment.now)?;
    let sql = "INSERT INTO joined_change (organisation, change, import) VALUES ($1, $2, $3)";
    tx.execute(sql, &values![organisation.as_str(), number, import])?;
    let subjects = statements.into_iter().map(|statement| statement.subject).collect();
    projection::write(tx, organisation, &subjects, moment.now)?;
    Ok(Some(number))
}

/// The change that followed because of an import, if one did.
///
/// # Errors
/// When the engine fails.
pub(super) fn followed(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &str,
) -> Result<Option<i64>, Error> {
    let sql = "SELECT MIN(change) FROM joined_change WHERE organisation = $1 AND import = $2";
    tx.query_one(sql, &values![organisation.as_str(), import], |row| row.optional_integer(0))
}

/// How many contracts of lists of contracts an import of systems has brought to systems, when it was applied.
///
/// # Errors
/// When the engine fails.
pub(super) fn brought(tx: &mut Transaction<'_>, organisation: &OrganisationId, import: &str) -> Result<usize, Error> {
    if kept::is_kept(tx, organisation, import)? {
        return Ok(0);
    }
    let Some(change) = followed(tx, organisation, import)? else { return Ok(0) };
    let mut contracts = BTreeSet::new();
    for said in of_change(tx, organisation, change)? {
        let Statement { kind, subject, value, .. } = said.statement;
        match (kind, value) {
            (SubjectKind::System, Some(Stated::Contract(contract))) => drop(contracts.insert(contract)),
            (SubjectKind::Contract, Some(value)) if value != Stated::Flag(false) => drop(contracts.insert(subject)),
            _ => {}
        }
    }
    Ok(contracts.len())
}

/// How many contracts of an import wait for systems; none where it is not the latest version of a list of contracts.
///
/// # Errors
/// When the engine fails.
pub(super) fn waiting(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &ImportRow,
) -> Result<Option<usize>, Refused> {
    if !kept::is_kept(tx, organisation, &import.id)? {
        return Ok(None);
    }
    let known = Known::of(tx, organisation)?;
    let history = History::read(tx, organisation, None, None)?;
    let texts = private_texts(tx, organisation)?;
    let lists = kept::lists(tx, organisation, &texts, None)?;
    let Some(list) = lists.get(&import.source).filter(|list| list.import.id == import.id) else { return Ok(None) };
    let stands = join(tx, organisation, &known, (&history, &texts), (&lists, None), &foretold())?;
    let found = stands.plans.get(&import.source).map(|plan| plan.found.len()).unwrap_or_default();
    Ok(Some(list.contracts.len().saturating_sub(found)))
}

/// What undoing would make of an estate.
pub(super) struct Restored {
    /// The estate as it stands.
    pub(super) now: Present,
    /// The estate as it would be.
    pub(super) then: Present,
    /// Contracts that somebody has worked on and that would lose systems: what was said last.
    pub(super) worked_on: Vec<(String, Standing)>,
    /// All private texts.
    pub(super) texts: BTreeMap<String, String>,
}

/// Reckons what an estate would be without a list of contracts, or with `statements` that take the change `undoes` back.
///
/// # Errors
/// When the engine fails.
pub(super) fn restored(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    without: Option<&str>,
    (mut history, undoes, statements): (History, Option<i64>, &[Statement]),
) -> Result<Restored, Refused> {
    let known = Known::of(tx, organisation)?;
    let texts = private_texts(tx, organisation)?;
    let lists = kept::lists(tx, organisation, &texts, without)?;
    let now = history.now.clone();
    hear(&mut history, ChangeKind::Undo, undoes, "", (statements, &[]));
    let then = join(tx, organisation, &known, (&history, &texts), (&lists, None), &foretold())?;
    let covers = |present: &Present, contract: &str| {
        let of_it = |system: &&String| contract_of(present, system) == Some(contract);
        present.keys().filter(of_it).cloned().collect::<BTreeSet<String>>()
    };
    let loses = |contract: &String| !covers(&now, contract).is_subset(&covers(&then.ground.present, contract));
    let worked_on = history.adopted.iter().filter(|(contract, _)| loses(contract));
    let worked_on = worked_on.map(|(contract, said)| (contract.clone(), said.clone())).collect();
    let mut present = history.now;
    for statement in differences(&present, &then.ground) {
        put(&mut present, Standing { change: i64::MAX, at: String::new(), statement });
    }
    let texts = then.ground.texts;
    Ok(Restored { now, then: present, worked_on, texts })
}

/// The moment of what is only looked at: identifiers come after all others, and are the same each time.
fn foretold() -> Moment {
    let now = Timestamp::from_second(7_258_118_400).unwrap_or(Timestamp::MAX);
    Moment { now, today: Date::constant(2200, 1, 1), chance: Chance::counted(0), actor: None }
}

/// Takes statements into account as if they had been written.
fn hear(
    history: &mut History,
    kind: ChangeKind,
    undoes: Option<i64>,
    source: &str,
    (statements, words): (&[Statement], &[(usize, String)]),
) {
    let change = history.latest.saturating_add(1);
    let words: BTreeMap<usize, &String> = words.iter().map(|(place, list)| (*place, list)).collect();
    for (place, statement) in statements.iter().enumerate() {
        history.hear(&Told {
            standing: Standing { change, at: String::new(), statement: statement.clone() },
            kind,
            undoes,
            list: words.get(&place).map(|list| (*list).clone()),
            import_list: Some(source.to_owned()),
            joined: false,
        });
    }
}

/// The estate without lists of contracts.
fn ground(history: &History, texts: &BTreeMap<String, String>) -> Ground {
    Ground {
        present: history.base.clone(),
        texts: texts.clone(),
        words: history.words.clone(),
        made: history.made_by_lists(),
        ..Ground::default()
    }
}

/// Reckons what lists of contracts amount to, one after the other by name. `own` is the list that people look at.
fn join(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    known: &Known,
    (history, texts): (&History, &BTreeMap<String, String>),
    (lists, own): (&BTreeMap<String, KeptList>, Option<Sent<'_>>),
    moment: &Moment,
) -> Result<Joined, Refused> {
    let mut joined = Joined { ground: ground(history, texts), ..Joined::default() };
    joined.ground.renamed_systems = history.renamed_systems();
    joined.ground.renamed_contracts = history.renamed_contracts();
    let mut claimed: BTreeSet<String> = BTreeSet::new();
    for (source, list) in lists {
        let (mut reading, mut places) = (list.reading(), &Places::default());
        if let Some((_, sent, at)) = own.filter(|(own, ..)| own == source) {
            reading.problems.clone_from(&sent.problems);
            (reading.problems_left_out, places) = (sent.problems_left_out, at);
        }
        let later = |of: &(String, Attribute)| history.by_hand.get(of).is_some_and(|change| *change > list.after);
        let by_hand = history.by_hand.keys().filter(|of| of.1 == Attribute::Contract && later(of));
        let settled = claimed.iter().cloned().chain(by_hand.map(|of| of.0.clone())).collect();
        let ground = Ground { settled, ..joined.ground.clone() };
        let mut plan = plan_on(tx, organisation, known, (source.as_str(), &reading, places), ground)?;
        let numbered = list.numbered();
        for row in &mut plan.rows {
            if let Some(kept) = numbered.get(&row.meaning.number) {
                row.meaning.sources = kept.places(&row.meaning.name);
            }
        }
        let mut writing = Writing::new(organisation, &list.import, moment);
        writing.rows(&plan)?;
        let words: BTreeSet<usize> =
            writing.words.iter().filter(|(_, of)| of == source).map(|(place, _)| *place).collect();
        for (place, statement) in writing.statements.into_iter().enumerate() {
            // What somebody said by hand since goes before.
            if later(&(statement.subject.clone(), statement.attribute)) {
                continue;
            }
            let standing = Standing { change: i64::MAX, at: String::new(), statement };
            if words.contains(&place) {
                joined.ground.words.put(source, standing.clone());
            }
            put(&mut joined.ground.present, standing);
        }
        joined.ground.texts.extend(writing.privates.iter().cloned());
        joined.privates.extend(writing.privates);
        for system in plan.rows.iter().filter_map(|row| row.system.clone()) {
            if let Some(contract) = contract_of(&joined.ground.present, &system) {
                joined.list_of.entry(contract.to_owned()).or_insert_with(|| source.clone());
            }
            claimed.insert(system);
        }
        joined.plans.insert(source.clone(), plan);
    }
    joined.recognise(&history.now);
    Ok(joined)
}

impl Joined {
    /// A contract that is made anew and called like one that would go is that one: it keeps its address.
    fn recognise(&mut self, now: &Present) {
        let present = &self.ground.present;
        let called = |of: &Present, id: &String| {
            let text = |attribute: Attribute| match &of.get(id)?.get(&attribute)?.statement.value {
                Some(Stated::Text(text)) => Some(fold(text)),
                _ => None,
            };
            let called = (text(Attribute::Reference), text(Attribute::ContractTitle));
            (called != (None, None)).then_some(called)
        };
        let only_in = |of: &Present, other: &Present| -> Vec<String> {
            of.keys().filter(|id| is_recorded(of, id) && !is_recorded(other, id)).cloned().collect()
        };
        let mut gone: BTreeMap<(Option<String>, Option<String>), Vec<String>> = BTreeMap::new();
        for id in only_in(now, present) {
            if let Some(called) = called(now, &id) {
                gone.entry(called).or_default().push(id);
            }
        }
        let made = only_in(present, now);
        let again = made.into_iter().filter_map(|id| {
            let was = gone.get_mut(&called(present, &id)?)?.pop()?;
            Some((id, was))
        });
        let again: BTreeMap<String, String> = again.collect();
        for (id, was) in &again {
            let mut attributes = self.ground.present.remove(id).unwrap_or_default();
            for standing in attributes.values_mut() {
                standing.statement.subject.clone_from(was);
            }
            self.ground.present.entry(was.clone()).or_default().extend(attributes);
            self.ground.words.rename(id, was);
            if let Some(list) = self.list_of.remove(id) {
                self.list_of.insert(was.clone(), list);
            }
        }
        for attributes in self.ground.present.values_mut() {
            if let Some(standing) = attributes.get_mut(&Attribute::Contract)
                && let Some(Stated::Contract(contract)) = &mut standing.statement.value
                && let Some(was) = again.get(contract)
            {
                contract.clone_from(was);
            }
        }
    }
}

/// The contract that covers a system of an estate.
fn contract_of<'a>(present: &'a Present, system: &str) -> Option<&'a str> {
    match &present.get(system)?.get(&Attribute::Contract)?.statement.value {
        Some(Stated::Contract(contract)) if is_recorded(present, contract) && is_recorded(present, system) => {
            Some(contract)
        }
        _ => None,
    }
}

/// What is to be said so that an estate becomes another one.
fn differences(now: &Present, then: &Ground) -> Vec<Statement> {
    let text = |id: &String| then.texts.get(id);
    let said = |standing: Option<&Standing>| {
        let statement = &standing?.statement;
        let (value, private) = match &statement.value {
            Some(Stated::Private(id)) => (None, Some(text(id).cloned())),
            value => (value.clone(), None),
        };
        let original = statement.original.as_ref().map(|id| text(id).cloned());
        let is_said = statement.value.is_some() || original.is_some();
        is_said.then(|| (value, private, original, statement.confidence, statement.source.clone()))
    };
    // What was erased is said no more by what is kept, and stays said in the history.
    let erased = |standing: Option<&Standing>| {
        let statement = standing.map(|standing| &standing.statement);
        let private = statement.and_then(|statement| match &statement.value {
            Some(Stated::Private(id)) => Some(id),
            _ => statement.original.as_ref(),
        });
        private.is_some_and(|id| text(id).is_none())
    };
    let subjects: BTreeSet<&String> = now.keys().chain(then.present.keys()).collect();
    let mut statements = Vec::new();
    for subject in subjects {
        let (stands, becomes) = (now.get(subject), then.present.get(subject));
        match (is_recorded(now, subject), is_recorded(&then.present, subject)) {
            (false, false) => continue,
            (true, false) => {
                let recorded = stands.and_then(|stands| stands.get(&Attribute::Recorded));
                statements.extend(
                    recorded
                        .map(|recorded| Statement { value: Some(Stated::Flag(false)), ..recorded.statement.clone() }),
                );
                continue;
            }
            (_, true) => {}
        }
        let attributes = stands.into_iter().chain(becomes).flat_map(BTreeMap::keys).collect::<BTreeSet<_>>();
        for attribute in attributes {
            let (stands, becomes) = (stands.and_then(|of| of.get(attribute)), becomes.and_then(|of| of.get(attribute)));
            let (was, is) = (said(stands), said(becomes));
            if was == is || (is.is_none() && erased(stands)) {
                continue;
            }
            let nothing = || {
                let statement = stands.map(|standing| standing.statement.clone())?;
                Some(Statement { value: None, original: None, ..statement })
            };
            statements.extend(becomes.map(|standing| standing.statement.clone()).or_else(nothing));
        }
    }
    statements
}
