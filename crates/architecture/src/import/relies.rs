//! Which systems a row relies on: by name, among those of its own file, then of its own list, then of the whole estate. Where
//! several have the name, none is meant: a wrong one is worse than none.
//!
//! A file may name a system that only a later file brings, or that another list has too. So a file that brings systems also
//! says what rows that are not in it, or that leave the cell empty there, mean by their names from now on.

use std::collections::{BTreeMap, BTreeSet};

use store::{Error, Transaction};
use vocabulary::{OrganisationId, fold};
use web::say;

use super::meaning::{Meant, Needed, Places, Said};
use super::plan::{Change, Estate, Planned};
use crate::spreadsheet::{Field, Problem, Row, Severity, quoted};
use crate::statement::{Attribute, Confidence, Stated};

/// A system of which the file does not say what it relies on, and whose names mean something else now.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// Its id.
    pub system: String,
    /// Its name.
    pub name: String,
    /// The list whose word it is.
    pub list: String,
    /// Where that list said it.
    pub source: String,
    /// What its row means from now on.
    pub said: Said,
    /// What that changes.
    pub change: Change,
}

/// What parts names that were not found, in the text that keeps them.
const BETWEEN: &str = "; ";

impl Estate {
    /// The systems of the estate by folded name.
    fn systems_by_name(&self) -> BTreeMap<String, Vec<Needed>> {
        let mut named: BTreeMap<String, Vec<Needed>> = BTreeMap::new();
        for (id, statements) in &self.present {
            let name = statements.get(&Attribute::Name).and_then(|standing| standing.statement.value.as_ref());
            if let Some(Stated::Text(name)) = name.filter(|_| self.is_recorded(id)) {
                named.entry(fold(name)).or_default().push(Needed::Known(id.clone(), name.clone()));
            }
        }
        named
    }

    /// Says of each row which systems it relies on.
    pub(super) fn relate(&self, rows: &mut [Planned], sent: &[&Row], places: &Places, problems: &mut Vec<Problem>) {
        if rows.iter().all(|row| row.meaning.relies_on.is_empty()) {
            return;
        }
        let mut named = self.systems_by_name();
        let of_list: BTreeSet<&String> = self.keys.values().collect();
        for found in named.values_mut() {
            let is_own = |needed: &Needed| matches!(needed, Needed::Known(id, _) if of_list.contains(id));
            if found.iter().any(is_own) {
                found.retain(is_own);
            }
        }
        let mut in_file: BTreeMap<String, Vec<Needed>> = BTreeMap::new();
        for (place, row) in rows.iter().enumerate() {
            in_file.entry(fold(&row.meaning.name)).or_default().push(itself(place, row));
        }
        named.extend(in_file);
        for (place, (row, sent)) in rows.iter_mut().zip(sent).enumerate() {
            let own = itself(place, row);
            let (mut needed, mut unread) = (Vec::new(), Vec::new());
            for text in &row.meaning.relies_on {
                // Our own files name a system by its id where others have its name.
                let by_id = self.is_recorded(text) && self.is_system(text);
                let by_id = by_id.then(|| [Needed::Known(text.clone(), self.name(text).to_owned())]);
                let found = by_id.as_ref().map(<[_; 1]>::as_slice);
                match found.or_else(|| named.get(&fold(text)).map(Vec::as_slice)) {
                    Some([one]) if *one == own => {}
                    Some([one]) => needed.push(one.clone()),
                    found => {
                        let message = match found {
                            Some(_) => say!("{text} is the name of several of your systems.", text = quoted(text)),
                            None => say!("{text} is no system of this file or of your estate.", text = quoted(text)),
                        };
                        let next = &say!(
                            "We keep the text, which only you see. Write the name of the system as it stands here, or bring in the list that has it."
                        );
                        let words = (message, next.as_str());
                        let (field, check) = (Field::DependsOn, Severity::Check);
                        problems.push(places.problem(sent, field, "system_unknown", check, text, words));
                        unread.push(found.map_or_else(|| text.clone(), called));
                    }
                }
            }
            let Some(said) = said(needed, unread) else { continue };
            // A file that we exported leaves out what we did not understand.
            let exported = row.meaning.our_id.is_some() && said.original.is_none();
            let standing = row.system.as_deref().and_then(|id| self.standing(id, Attribute::DependsOn));
            let original = match standing.and_then(|standing| standing.statement.original.as_ref()) {
                Some(id) if exported => self.private_texts.get(id).cloned(),
                _ => said.original,
            };
            let says = BTreeMap::from([(Attribute::DependsOn, Said { original, ..said })]);
            let subject = row.system.clone().filter(|_| row.recorded);
            self.differences(&says, subject.as_deref(), &BTreeSet::new(), &mut row.changes);
            row.shown.clone_from(&row.changes);
            row.meaning.system.extend(says);
        }
    }

    /// What rows of other lists, and of earlier versions of this one, mean by the names of systems that this file brings. It
    /// is shown with the row of the file that is such a system, where there is one.
    pub(super) fn relate_elsewhere(
        &self,
        tx: &mut Transaction<'_>,
        organisation: &OrganisationId,
        rows: &mut [Planned],
    ) -> Result<Vec<Elsewhere>, Error> {
        let mut brought: BTreeMap<String, Vec<Needed>> = BTreeMap::new();
        for (place, row) in rows.iter().enumerate().filter(|(_, row)| !row.recorded) {
            brought.entry(fold(&row.meaning.name)).or_default().push(itself(place, row));
        }
        // A row of the file that leaves the cell empty says nothing new: what its list said of it before still holds.
        let says = |row: &&Planned| row.meaning.system.contains_key(&Attribute::DependsOn);
        let here: BTreeSet<String> = rows.iter().filter(says).filter_map(|row| row.system.clone()).collect();
        let named = self.systems_by_name();
        let mut of_lists: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut elsewhere = Vec::new();
        for system in self.present.keys().filter(|id| !here.contains(*id) && self.is_recorded(id)) {
            let word = self.words.about(system, Attribute::DependsOn).next();
            let (Some((list, word)), Some(standing)) = (word, self.standing(system, Attribute::DependsOn)) else {
                continue;
            };
            let mut known: Vec<Needed> = match &standing.statement.value {
                Some(Stated::Systems(ids)) => {
                    ids.iter().map(|id| Needed::Known(id.clone(), self.name(id).to_owned())).collect()
                }
                _ => Vec::new(),
            };
            let original = standing.statement.original.as_ref().and_then(|id| self.private_texts.get(id));
            let texts: Vec<&str> = original.into_iter().flat_map(|text| text.split(BETWEEN)).collect();
            let is_brought = |name: &str| brought.contains_key(&fold(name));
            if !texts.iter().copied().chain(known.iter().map(Needed::name)).any(is_brought) {
                continue;
            }
            if !of_lists.contains_key(list) {
                let keys = super::store::row_keys(tx, organisation, list)?;
                of_lists.insert(list.clone(), keys.into_values().collect());
            }
            let is_own = |needed: &Needed| match needed {
                Needed::Known(id, _) => of_lists.get(list).is_some_and(|own| own.contains(id)),
                Needed::New(..) => false,
            };
            // What a name means now: a system of its own list, else one of the estate.
            let means = |name: &str| {
                let there = named.get(&fold(name)).map(Vec::as_slice).unwrap_or_default();
                let new = brought.get(&fold(name)).map(Vec::as_slice).unwrap_or_default();
                let mut own: Vec<Needed> = there.iter().filter(|needed| is_own(needed)).cloned().collect();
                if *list == self.list {
                    own.extend(new.iter().cloned());
                }
                if own.is_empty() { [there, new].concat() } else { own }
            };
            let (stays, open): (Vec<Needed>, Vec<Needed>) =
                known.into_iter().partition(|needed| is_own(needed) || !is_brought(needed.name()));
            known = stays;
            let mut unread = Vec::new();
            for name in open.iter().map(Needed::name).chain(texts) {
                match means(name).as_slice() {
                    _ if !is_brought(name) => unread.push(name.to_owned()),
                    [one] => known.push(one.clone()),
                    several => unread.push(called(several)),
                }
            }
            let said = said(known, unread).unwrap_or(Said {
                meant: None,
                original: None,
                confidence: standing.statement.confidence,
            });
            let Some(change) = self.difference(Some(system), Attribute::DependsOn, &said) else { continue };
            if let Some(row) = rows.iter_mut().find(|row| row.system.as_ref() == Some(system)) {
                row.shown.push(change.clone());
            }
            elsewhere.push(Elsewhere {
                system: system.clone(),
                name: self.name(system).to_owned(),
                list: list.clone(),
                source: word.statement.source.clone(),
                said,
                change,
            });
        }
        Ok(elsewhere)
    }
}

/// The system that a row is or becomes.
fn itself(place: usize, row: &Planned) -> Needed {
    let name = row.meaning.name.clone();
    match &row.system {
        Some(id) => Needed::Known(id.clone(), name),
        None => Needed::New(place, name),
    }
}

/// What systems of one name are called: the same whichever of them came first, and however each of them writes it.
fn called(namesakes: &[Needed]) -> String {
    let folded = namesakes.first().map(|one| fold(one.name())).unwrap_or_default();
    let mut letters = folded.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What a row says by the systems that it names and the names that mean none; nothing where it names none.
fn said(mut needed: Vec<Needed>, mut unread: Vec<String>) -> Option<Said> {
    needed.sort();
    needed.dedup();
    unread.sort();
    unread.dedup();
    if needed.is_empty() && unread.is_empty() {
        return None;
    }
    let original = (!unread.is_empty()).then(|| unread.join(BETWEEN));
    let meant = (!needed.is_empty()).then_some(Meant::Systems(needed));
    Some(Said { meant, original, confidence: Confidence::Reported })
}
