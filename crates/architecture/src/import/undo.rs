//! Undoing an import: what [`crate::change::undo`] does for every change, and settling the import.

use serde_json::json;
use store::Transaction;
use vocabulary::OrganisationId;

use super::State;
use super::apply::Moment;
use super::lists::Words;
use super::store::{ImportRow, recall_rows, settle};
use crate::change::undo as change;
pub use crate::change::undo::{Conflict, Return, Undoing};
use crate::product::store::respell;
use crate::statement::store::{ChangeKind, NewChange, add_change};
use crate::{Refused, projection};

/// Reckons what undoing an applied import would write, and what stands in its way.
///
/// # Errors
/// When the import is not applied or changed nothing, or the engine fails.
pub fn reckon(tx: &mut Transaction<'_>, organisation: &OrganisationId, import: &ImportRow) -> Result<Undoing, Refused> {
    match import.applied_change {
        Some(number) if import.state == State::Applied.word() => {
            let mut undoing = change::reckon(tx, organisation, number)?;
            let words = Words::of(tx, organisation)?;
            undoing.keep_later(|statement| {
                let mut others = words.about(&statement.subject, statement.attribute);
                others.find_map(|(list, word)| (*list != import.source && word.change > number).then_some(word))
            });
            Ok(undoing)
        }
        Some(_) => Err(Refused::Conflicting(web::say!("This import has been undone already."))),
        None => Err(Refused::Conflicting(web::say!("This import changed nothing, so there is nothing to undo."))),
    }
}

/// Takes an applied import back, as one transaction and one change. Returns the change's number.
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
    let new = NewChange {
        kind: ChangeKind::Undo,
        import: Some(&import.id),
        undoes: import.applied_change,
        actor: moment.actor,
    };
    let number = add_change(tx, organisation, &new, &undoing.statements, moment.now)?;
    let subjects = undoing.statements.iter().map(|statement| statement.subject.clone()).collect();
    projection::write(tx, organisation, &subjects, moment.now)?;
    let settled = ImportRow { state: State::Undone.word().to_owned(), undone_change: Some(number), ..import.clone() };
    settle(tx, &settled)?;
    recall_rows(tx, organisation, import)?;
    respell(tx, organisation, &import.id, moment.now)?;
    ledger::put_things(tx, &[super::thing(&settled)], moment.now)?;
    let details = json!({ "removed": undoing.removed.len(), "restored": undoing.restored.len() });
    super::tell(tx, organisation, "undone", &import.id, details, moment)?;
    Ok(number)
}
