//! Undoing an import: what [`crate::change::undo`] does for every change, and settling the import. What lists of contracts
//! amounted to by it is taken back with it ([`super::joins`]).

use std::collections::BTreeSet;

use serde_json::json;
use store::Transaction;
use vocabulary::OrganisationId;

use super::State;
use super::apply::Moment;
use super::joins::{self, History, Restored};
use super::kept;
use super::lists::Words;
use super::print::Labels;
use super::store::{ImportRow, recall_rows, settle};
use crate::change::undo::{self as change, Titles};
pub use crate::change::undo::{Conflict, Return, Undoing};
use crate::product::store::respell;
use crate::statement::store::{ChangeKind, NewChange, add_change};
use crate::statement::{Attribute, SubjectKind};
use crate::{Refused, projection};

/// Whether an applied import has done anything that undoing would take back.
///
/// # Errors
/// When the engine fails.
pub fn did_something(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &ImportRow,
) -> Result<bool, store::Error> {
    Ok(import.applied_change.is_some() || kept::is_kept(tx, organisation, &import.id)?)
}

/// Reckons what undoing an applied import would write, and what stands in its way.
///
/// # Errors
/// When the import is not applied or changed nothing, or the engine fails.
pub fn reckon(tx: &mut Transaction<'_>, organisation: &OrganisationId, import: &ImportRow) -> Result<Undoing, Refused> {
    if import.state != State::Applied.word() {
        return Err(Refused::Conflicting(web::say!("This import has been undone already.")));
    }
    let of_contracts = kept::is_kept(tx, organisation, &import.id)?;
    match import.applied_change {
        _ if of_contracts => of_list(tx, organisation, import),
        Some(number) if kept::any(tx, organisation)? => beside_lists(tx, organisation, import, number),
        Some(number) => {
            let mut undoing = change::reckon(tx, organisation, number)?;
            keep_words(tx, organisation, (import, number), &mut undoing)?;
            Ok(undoing)
        }
        None => Err(Refused::Conflicting(web::say!("This import changed nothing, so there is nothing to undo."))),
    }
}

fn keep_words(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    (import, number): (&ImportRow, i64),
    undoing: &mut Undoing,
) -> Result<(), Refused> {
    let words = Words::of(tx, organisation)?;
    undoing.keep_later(|statement| {
        let mut others = words.about(&statement.subject, statement.attribute);
        others.find_map(|(list, word)| (*list != import.source && word.change > number).then_some(word))
    });
    Ok(())
}

/// A list of contracts: what it amounts to goes, and what its version before amounted to comes back.
fn of_list(tx: &mut Transaction<'_>, organisation: &OrganisationId, import: &ImportRow) -> Result<Undoing, Refused> {
    if let Some(later) = kept::later(tx, organisation, import)? {
        return Err(Refused::Conflicting(web::say!(
            "A later version of this list counts now: {file}. Undo that import first.",
            file = later.file_name
        )));
    }
    let history = History::read(tx, organisation, None, None)?;
    let restored = joins::restored(tx, organisation, Some(&import.id), (history, None, &[]))?;
    let mut undoing = Undoing::default();
    show(tx, organisation, &restored, &mut undoing)?;
    Ok(undoing)
}

/// Another file, where lists of contracts may amount to something else without it.
fn beside_lists(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &ImportRow,
    number: i64,
) -> Result<Undoing, Refused> {
    let history = History::read(tx, organisation, Some(number), Some(number))?;
    let mut undoing = match joins::followed(tx, organisation, &import.id)? == Some(number) {
        true => Undoing::default(),
        false => {
            let (before, after) = history.around();
            change::reckon_between(tx, organisation, number, (before, after, history.base().clone()))?
        }
    };
    keep_words(tx, organisation, (import, number), &mut undoing)?;
    let restored = joins::restored(tx, organisation, None, (history, Some(number), &undoing.statements))?;
    show(tx, organisation, &restored, &mut undoing)?;
    Ok(undoing)
}

/// Says what would return by all that undoing takes back.
fn show(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    restored: &Restored,
    undoing: &mut Undoing,
) -> Result<(), Refused> {
    let Restored { now, then, worked_on, texts } = restored;
    let mut labels = Labels::of(tx, organisation)?;
    labels.learn(then);
    labels.learn(now);
    let titles = Titles::of(now);
    let is_recorded = change::recorded;
    let (mut removed, mut kept) = (BTreeSet::new(), BTreeSet::new());
    undoing.returns.clear();
    for (subject, attributes) in now.iter().filter(|(subject, _)| is_recorded(now, subject)) {
        let kind = attributes.get(&Attribute::Recorded).map(|standing| standing.statement.kind);
        if !is_recorded(then, subject) {
            removed.extend((kind == Some(SubjectKind::System)).then(|| titles.title(subject)));
            continue;
        }
        let becomes = then.get(subject);
        let all: BTreeSet<&Attribute> = attributes.keys().chain(becomes.into_iter().flat_map(|of| of.keys())).collect();
        for attribute in all {
            let print = |present: &crate::statement::store::Present| {
                labels.standing(*attribute, present.get(subject)?.get(attribute)?, texts)
            };
            let (now, then) = (print(now), print(then));
            if now != then {
                kept.extend((kind == Some(SubjectKind::System)).then(|| titles.title(subject)));
                let (name, label) = (titles.title(subject), attribute.label());
                undoing.returns.push(Return { name, attribute: attribute.word(), label, now, then });
            }
        }
    }
    undoing.removed = removed.into_iter().collect();
    undoing.restored = kept.into_iter().collect();
    undoing.conflicts.extend(worked_on.iter().map(|(contract, said)| Conflict {
        name: titles.title(contract),
        id: contract.clone(),
        label: said.statement.attribute.label(),
        at: said.at.clone(),
    }));
    Ok(())
}

/// Takes an applied import back, as one transaction. Returns the number of the change that did, or of the one that was taken
/// back where nothing had to be said.
///
/// # Errors
/// When later changes would be lost, naming them; otherwise as [`reckon`].
pub fn undo(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &ImportRow,
    moment: &Moment,
) -> Result<i64, Refused> {
    let undoing = reckon(tx, organisation, import)?;
    undoing.refuse_losses(&web::say!("Undo those first, or keep the import."))?;
    let followed = joins::followed(tx, organisation, &import.id)?;
    let mut number = None;
    if !undoing.statements.is_empty() {
        let new = NewChange {
            kind: ChangeKind::Undo,
            import: Some(&import.id),
            undoes: import.applied_change,
            actor: moment.actor,
        };
        number = Some(add_change(tx, organisation, &new, &undoing.statements, moment.now)?);
        let subjects = undoing.statements.iter().map(|statement| statement.subject.clone()).collect();
        projection::write(tx, organisation, &subjects, moment.now)?;
    }
    kept::forget(tx, organisation, &import.id)?;
    let follow = joins::settle(tx, organisation, &import.id, ChangeKind::Undo, followed, moment)?;
    let number = number.or(follow);
    let settled = ImportRow { state: State::Undone.word().to_owned(), undone_change: number, ..import.clone() };
    settle(tx, &settled)?;
    recall_rows(tx, organisation, import)?;
    respell(tx, organisation, &import.id, moment.now)?;
    ledger::put_things(tx, &[super::thing(&settled)], moment.now)?;
    let details = json!({ "removed": undoing.removed.len(), "restored": undoing.restored.len() });
    super::tell(tx, organisation, "undone", &import.id, details, moment)?;
    Ok(number.or(import.applied_change).unwrap_or_default())
}
