//! What several lists of one organisation say of one thing, and whose word holds, so that files may come in any order.
//!
//! A contract that two lists name is one contract. Neither list can know better, so which of them came first decides
//! nothing: what could be read goes before what could not, a value that is sure before an estimate, and otherwise the list
//! whose name comes first in the alphabet. The later version of a list replaces what its earlier one said. What somebody
//! has said by hand holds until a file that comes after it says otherwise.
//!
//! The words of lists are statements like all others; a table beside them says which they are. A word that does not hold
//! is stated too, with the one that holds repeated after it: the history shows both.

use std::collections::BTreeMap;

use store::{Error, Transaction, values};
use vocabulary::OrganisationId;

use super::meaning::{Meant, Said};
use crate::statement::store::{ChangeKind, Standing, Told};
use crate::statement::{Attribute, Confidence, Stated, Statement};

/// The words of lists that count now: of each subject and attribute the latest of each list.
#[derive(Clone, Debug, Default)]
pub struct Words(BTreeMap<(String, Attribute), BTreeMap<String, Standing>>);

/// How well a word holds beside others, the best first: whether it was read, how surely, and whose it is.
type Rank<'a> = (u8, Confidence, &'a str);

impl Words {
    /// Reads them.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Words, Error> {
        let mut words = Words::default();
        let undone = crate::change::store::undone(tx, organisation)?;
        for told in crate::statement::store::told_by_lists(tx, organisation)? {
            // What was undone counts no more, and undoing says nothing of its own.
            if told.kind != ChangeKind::Undo && !undone.contains_key(&told.standing.change) {
                words.hear(&told);
            }
        }
        Ok(words)
    }

    /// Takes a statement into account that was made after all others.
    pub(super) fn hear(&mut self, told: &Told) {
        let statement = &told.standing.statement;
        match &told.list {
            Some(list) if told.import_list.as_ref() == Some(list) => self.put(list, told.standing.clone()),
            Some(_) => {}
            None => drop(self.0.remove(&(statement.subject.clone(), statement.attribute))),
        }
    }

    /// What a list says from now on.
    pub(super) fn put(&mut self, list: &str, standing: Standing) {
        let of = (standing.statement.subject.clone(), standing.statement.attribute);
        self.0.entry(of).or_default().insert(list.to_owned(), standing);
    }

    /// Says of one contract what was said of another, which it is.
    pub(super) fn rename(&mut self, was: &str, is: &str) {
        let renamed = std::mem::take(&mut self.0).into_iter().map(|((subject, attribute), mut said)| {
            if subject != was {
                return ((subject, attribute), said);
            }
            for standing in said.values_mut() {
                is.clone_into(&mut standing.statement.subject);
            }
            ((is.to_owned(), attribute), said)
        });
        self.0 = renamed.collect();
    }

    /// What lists say of an attribute, by list.
    pub fn about(&self, subject: &str, attribute: Attribute) -> impl Iterator<Item = (&String, &Standing)> {
        self.0.get(&(subject.to_owned(), attribute)).into_iter().flatten()
    }

    /// What one list says of it.
    pub fn word(&self, subject: &str, attribute: Attribute, list: &str) -> Option<&Standing> {
        self.about(subject, attribute).find_map(|(of, standing)| (of == list).then_some(standing))
    }

    /// The word that holds among those of other lists than `list`.
    pub fn best_of_others(&self, subject: &str, attribute: Attribute, list: &str) -> Option<(&String, &Standing)> {
        let others = self.about(subject, attribute).filter(|(of, _)| *of != list);
        others.min_by_key(|(of, standing)| rank_of(&standing.statement, of))
    }
}

/// How well a statement holds as the word of a list.
pub fn rank_of<'a>(statement: &Statement, list: &'a str) -> Rank<'a> {
    let read = match &statement.value {
        // A name that nobody knows says less than one that is known.
        Some(Stated::Private(_)) => 1,
        Some(_) => 0,
        None => 2,
    };
    (read, statement.confidence, list)
}

/// How well what a row says holds as the word of its list.
pub fn rank<'a>(said: &Said, list: &'a str) -> Rank<'a> {
    let read = match &said.meant {
        Some(Meant::Private(_)) => 1,
        Some(_) => 0,
        None => 2,
    };
    (read, said.confidence, list)
}

/// Writes that statements of a change are words of lists: by their place in the change.
///
/// # Errors
/// When the engine fails.
pub fn mark(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    change: i64,
    words: &[(usize, String)],
) -> Result<(), Error> {
    let rows = words.iter().map(|(position, list)| values![organisation.as_str(), change, *position, list].to_vec());
    tx.insert_many("list_statement", &["organisation", "change", "position", "list"], rows)?;
    Ok(())
}
