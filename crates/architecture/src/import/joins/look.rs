//! What people are shown of what lists of contracts come to mean by a file.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::history::is_recorded;
use super::{Joined, contract_of};
use crate::change::undo::Titles;
use crate::import::plan::{Change, Planned, reference};
use crate::import::print::Labels;
use crate::statement::store::Present;
use crate::statement::{Attribute, SubjectKind};

/// A contract of a list of contracts that comes to mean something else by a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Follow {
    /// The list.
    pub list: Option<String>,
    /// What the contract is called.
    pub contract: String,
    /// Systems that it would be recorded with.
    pub systems: Vec<String>,
    /// Systems that it would no longer be recorded with.
    pub no_longer: Vec<String>,
    /// What else would change of it.
    pub changes: Vec<Change>,
}

/// What people see of what comes of a file.
pub(super) struct Look<'a> {
    /// The estate as it stands.
    now: &'a Present,
    /// What becomes of it.
    then: &'a Joined,
    /// What lists of contracts amount to now.
    stands: &'a Joined,
    labels: &'a Labels,
    /// What systems and contracts are called now.
    titles_now: Titles<'a>,
    /// What they come to be called.
    titles_then: Titles<'a>,
}

impl<'a> Look<'a> {
    pub(super) fn of(now: &'a Present, then: &'a Joined, stands: &'a Joined, labels: &'a Labels) -> Look<'a> {
        let (titles_now, titles_then) = (Titles::of(now), Titles::of(&then.ground.present));
        Look { now, then, stands, labels, titles_now, titles_then }
    }

    /// What stands now of a system or contract, in words, and what comes to stand.
    fn both(&self, subject: &str, attribute: Attribute) -> (Option<String>, Option<String>) {
        let print = |present, titles| self.print((present, titles), subject, attribute);
        (print(self.now, &self.titles_now), print(&self.then.ground.present, &self.titles_then))
    }

    fn print(&self, (present, titles): (&Present, &Titles<'_>), subject: &str, attribute: Attribute) -> Option<String> {
        if attribute == Attribute::Contract {
            return contract_of(present, subject).map(|contract| titles.title(contract));
        }
        let standing = present.get(subject).filter(|_| is_recorded(present, subject))?.get(&attribute)?;
        self.labels.standing(attribute, standing, &self.then.ground.texts)
    }

    /// Shows what becomes of a row's system and contract by all that the file brings. `seen` gathers what is shown so.
    pub(super) fn row(
        &self,
        (row, system): (&mut Planned, &String),
        made: &BTreeMap<String, String>,
        seen: &mut BTreeSet<(String, Attribute)>,
    ) {
        let then = &self.then.ground.present;
        if !row.recorded {
            // Of a new system all is shown that comes to stand, whichever list says it.
            let Some(contract) = contract_of(then, system).filter(|id| self.then.list_of.contains_key(*id)) else {
                return;
            };
            row.shown.retain(|change| {
                Attribute::from_word(change.attribute).is_none_or(|attribute| attribute.of() == SubjectKind::System)
            });
            for change in self.changes(contract) {
                seen.extend(Attribute::from_word(change.attribute).map(|attribute| (contract.to_owned(), attribute)));
                row.shown.push(change);
            }
            return;
        }
        let by_name = || made.get(&vocabulary::fold(reference(&row.meaning.contract)?)).cloned();
        let covering = || contract_of(then, system).map(str::to_owned);
        let contract = row.contract.clone().or_else(by_name).or_else(covering);
        row.shown.retain_mut(|change| {
            let Some(attribute) = Attribute::from_word(change.attribute) else { return true };
            let subject = match attribute.of() {
                SubjectKind::System => Some(system),
                SubjectKind::Contract => contract.as_ref(),
            };
            let Some(subject) =
                subject.filter(|_| attribute.of() == SubjectKind::Contract || attribute == Attribute::Contract)
            else {
                return true;
            };
            seen.insert((subject.clone(), attribute));
            (change.now, change.then) = self.both(subject, attribute);
            change.now != change.then
        });
    }

    /// What changes of a contract.
    fn changes(&self, contract: &str) -> Vec<Change> {
        let then = &self.then.ground.present;
        let attributes = [then.get(contract), self.now.get(contract)].into_iter().flatten().flat_map(BTreeMap::keys);
        let attributes: BTreeSet<&Attribute> = attributes.filter(|one| **one != Attribute::Recorded).collect();
        let changes = attributes.into_iter().map(|attribute| {
            let (now, then) = self.both(contract, *attribute);
            Change { attribute: attribute.word(), label: attribute.label(), now, then }
        });
        changes.filter(|change| change.now != change.then).collect()
    }

    /// What lists of contracts come to mean besides.
    pub(super) fn follows(&self, seen: &BTreeSet<(String, Attribute)>) -> Vec<Follow> {
        let mut follows: BTreeMap<String, Follow> = BTreeMap::new();
        let then = &self.then.ground.present;
        let name = |system: &String| self.titles_then.title(system);
        for system in then.keys().filter(|id| is_system(then, id)) {
            let (was, is) = (contract_of(self.now, system), contract_of(then, system));
            if was == is || seen.contains(&(system.clone(), Attribute::Contract)) {
                continue;
            }
            if let Some(is) = is.filter(|is| was.is_some() || self.then.list_of.contains_key(*is)) {
                follows.entry(is.to_owned()).or_default().systems.push(name(system));
            }
            if let Some(was) = was {
                follows.entry(was.to_owned()).or_default().no_longer.push(name(system));
            }
        }
        for contract in
            then.keys().filter(|id| is_recorded(then, id) && is_recorded(self.now, id) && !is_system(then, id))
        {
            let mut changes = self.changes(contract);
            changes.retain(|change| {
                let attribute = Attribute::from_word(change.attribute);
                attribute.is_none_or(|attribute| !seen.contains(&(contract.clone(), attribute)))
            });
            if !changes.is_empty() {
                follows.entry(contract.clone()).or_default().changes = changes;
            }
        }
        let finished = follows.into_iter().map(|(id, mut follow)| {
            let list = self.then.list_of.get(&id).or_else(|| self.stands.list_of.get(&id));
            follow.list = list.cloned();
            let titles = if is_recorded(then, &id) { &self.titles_then } else { &self.titles_now };
            follow.contract = titles.title(&id);
            follow.systems.sort();
            follow.no_longer.sort();
            follow
        });
        let mut follows: Vec<Follow> = finished.collect();
        follows.sort();
        follows
    }
}

fn is_system(present: &Present, subject: &str) -> bool {
    let recorded = present.get(subject).and_then(|attributes| attributes.get(&Attribute::Recorded));
    recorded.is_some_and(|standing| standing.statement.kind == SubjectKind::System) && is_recorded(present, subject)
}
