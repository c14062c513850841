//! An estate twice: as it stands, and as it would without any list of contracts. Only the second decides what lists of
//! contracts amount to, so that it does not matter which of them came before which other file.

use std::collections::{BTreeMap, BTreeSet};

use store::{Error, Transaction};
use vocabulary::{OrganisationId, fold};

use crate::import::lists::Words;
use crate::statement::store::{ChangeKind, Present, Standing, Told, all_told};
use crate::statement::{Attribute, Stated, Statement, SubjectKind};

/// What an estate went through, and what came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// As it stands.
    pub(super) now: Present,
    /// Without what lists of contracts amount to.
    pub(super) base: Present,
    /// The base just before a change, and just after it.
    around: Option<(i64, Option<Present>, Option<Present>)>,
    /// The words of lists that are no lists of contracts.
    pub(super) words: Words,
    /// The change that said something by hand last, where it holds.
    pub(super) by_hand: BTreeMap<(String, Attribute), i64>,
    /// Contracts that only lists of contracts made, and of which somebody said something by hand, with what was said: they
    /// stay.
    pub(super) adopted: BTreeMap<String, Standing>,
    /// The values in the base by change, for undoing.
    earlier: BTreeMap<(String, Attribute), Vec<(i64, Standing)>>,
    /// What files called systems and contracts.
    called: BTreeMap<(String, Attribute), BTreeSet<String>>,
    /// Changes that were taken back.
    undone: BTreeSet<i64>,
    /// The number of the latest change.
    pub(super) latest: i64,
}

impl History {
    /// Reads it. `around` is a change before and after which the base is wanted; `undone` one that counts as taken back.
    pub(crate) fn read(
        tx: &mut Transaction<'_>,
        organisation: &OrganisationId,
        around: Option<i64>,
        undone: Option<i64>,
    ) -> Result<History, Error> {
        let undone = crate::change::store::undone(tx, organisation)?.into_keys().chain(undone).collect();
        let around = around.map(|change| (change, None, None));
        let mut history = History { around, undone, ..History::default() };
        for told in all_told(tx, organisation)? {
            history.hear(&told);
        }
        history.latest = history.latest.max(crate::change::store::latest(tx, organisation)?);
        Ok(history)
    }

    /// The base just before the change that was asked for, and just after it.
    pub(crate) fn around(&self) -> (Present, Present) {
        match &self.around {
            Some((_, before, after)) => (
                before.clone().unwrap_or_else(|| self.base.clone()),
                after.clone().unwrap_or_else(|| self.base.clone()),
            ),
            None => (self.base.clone(), self.base.clone()),
        }
    }

    /// The estate without what lists of contracts amount to.
    pub(crate) fn base(&self) -> &Present {
        &self.base
    }

    /// Takes a statement into account that was made after all others.
    pub(super) fn hear(&mut self, told: &Told) {
        let (statement, change) = (&told.standing.statement, told.standing.change);
        let of = (statement.subject.clone(), statement.attribute);
        self.latest = self.latest.max(change);
        if let Some((around, before, after)) = &mut self.around {
            if change >= *around && before.is_none() {
                *before = Some(self.base.clone());
            }
            if change > *around && after.is_none() {
                *after = Some(self.base.clone());
            }
        }
        if told.kind == ChangeKind::Import
            && let Some(Stated::Text(text)) = &statement.value
        {
            self.called.entry(of.clone()).or_default().insert(fold(text));
        }
        let by_hand = by_hand(told) && !self.undone.contains(&change);
        if by_hand {
            self.by_hand.insert(of.clone(), change);
            self.adopt(&told.standing);
        }
        put(&mut self.now, told.standing.clone());
        if told.joined {
            return;
        }
        let standing = match told.undoes.filter(|_| told.kind == ChangeKind::Undo) {
            Some(undoes) => Standing { statement: self.before(undoes, statement), ..told.standing.clone() },
            None => told.standing.clone(),
        };
        self.earlier.entry(of).or_default().push((change, standing.clone()));
        put(&mut self.base, standing);
        let is_word = statement.kind == SubjectKind::Contract || statement.attribute == Attribute::DependsOn;
        if is_word && told.kind != ChangeKind::Undo && !self.undone.contains(&change) {
            self.words.hear(told);
        }
    }

    /// What stood in the base before a change: undoing that change brings it back.
    fn before(&self, change: i64, statement: &Statement) -> Statement {
        let earlier = self.earlier.get(&(statement.subject.clone(), statement.attribute)).into_iter().flatten();
        match earlier.rev().find(|(at, _)| *at < change) {
            Some((_, standing)) => standing.statement.clone(),
            None if statement.attribute == Attribute::Recorded => statement.clone(),
            None => Statement { value: None, original: None, ..statement.clone() },
        }
    }

    /// A contract of which somebody says something by hand is no longer only what lists of contracts say.
    fn adopt(&mut self, said: &Standing) {
        let statement = &said.statement;
        let contract = match (&statement.value, statement.kind) {
            (Some(Stated::Contract(contract)), _) => contract,
            (_, SubjectKind::Contract) => &statement.subject,
            _ => return,
        };
        if is_recorded(&self.base, contract) || !is_recorded(&self.now, contract) {
            return;
        }
        let stands = self.now.get(contract).cloned().unwrap_or_default();
        for attribute in [Attribute::Recorded, Attribute::Reference, Attribute::ContractTitle] {
            if let Some(standing) = stands.get(&attribute) {
                if attribute == Attribute::Recorded {
                    self.adopted.insert(contract.clone(), said.clone());
                }
                self.base.entry(contract.clone()).or_default().insert(attribute, standing.clone());
            }
        }
    }

    /// Systems that somebody has renamed, by what files call them.
    pub(super) fn renamed_systems(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.renamed(&[Attribute::Name])
    }

    /// Contracts whose reference or title somebody has changed, by what files call them.
    pub(super) fn renamed_contracts(&self) -> BTreeMap<String, BTreeSet<String>> {
        self.renamed(&[Attribute::Reference, Attribute::ContractTitle])
    }

    fn renamed(&self, attributes: &[Attribute]) -> BTreeMap<String, BTreeSet<String>> {
        let mut renamed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (of, names) in
            self.called.iter().filter(|(of, _)| attributes.contains(&of.1) && self.by_hand.contains_key(of))
        {
            for name in names {
                renamed.entry(name.clone()).or_default().insert(of.0.clone());
            }
        }
        renamed
    }

    /// The contracts that only lists of contracts made, by folded reference or title: whoever names them again means them.
    pub(super) fn made_by_lists(&self) -> BTreeMap<String, String> {
        let mut named = Vec::new();
        for (id, attributes) in &self.now {
            let of_contract = attributes.values().next().is_some_and(|one| one.statement.kind == SubjectKind::Contract);
            if of_contract && is_recorded(&self.now, id) && !is_recorded(&self.base, id) {
                let text = |attribute: &Attribute| match &attributes.get(attribute)?.statement.value {
                    Some(Stated::Text(text)) => Some(fold(text)),
                    _ => None,
                };
                named.push((text(&Attribute::Reference), text(&Attribute::ContractTitle), id));
            }
        }
        // A row without a reference goes by the title, whatever reference another list has added since; before that it is
        // the contract that has none.
        let titled = |referenced: bool| {
            let those = named.iter().filter(move |(reference, ..)| reference.is_some() == referenced);
            those.filter_map(|(_, title, id)| Some((title.clone()?, (*id).clone())))
        };
        let mut made: BTreeMap<String, String> = titled(true).collect();
        made.extend(titled(false));
        made.extend(named.iter().filter_map(|(reference, _, id)| Some((reference.clone()?, (*id).clone()))));
        made
    }
}

/// Whether a statement is somebody's own: said in a form, or in a row with an ID of ours.
fn by_hand(told: &Told) -> bool {
    let statement = &told.standing.statement;
    match told.kind {
        ChangeKind::Edit | ChangeKind::Confirm | ChangeKind::Match | ChangeKind::Merge => true,
        ChangeKind::Undo => false,
        ChangeKind::Import => {
            let of_contract = statement.kind == SubjectKind::Contract && statement.attribute != Attribute::Recorded;
            !told.joined && told.list.is_none() && (of_contract || statement.attribute == Attribute::Contract)
        }
    }
}

/// Puts a statement in the place of what stood.
pub(super) fn put(present: &mut Present, standing: Standing) {
    let subject = present.entry(standing.statement.subject.clone()).or_default();
    subject.insert(standing.statement.attribute, standing);
}

/// Whether a system or contract is in an estate.
pub(super) fn is_recorded(present: &Present, subject: &str) -> bool {
    let recorded = present.get(subject).and_then(|attributes| attributes.get(&Attribute::Recorded));
    recorded.is_some_and(|standing| standing.statement.value == Some(Stated::Flag(true)))
}
