//! Stating values by hand: one change of one estate, with its projections, things and event, in the caller's transaction.
//!
//! Every action that a person takes on a system or contract ends here: editing, retiring, confirming, matching, merging.
//! What the values are, and whether the person may state them, is decided by the action. Files have `import`.

use std::collections::BTreeSet;

use ::store::Transaction;
use ledger::NewEvent;
use vocabulary::OrganisationId;

use crate::import::apply::Moment;
use crate::statement::Statement;
use crate::statement::store::{ChangeKind, NewChange, add_change, keep_private};
use crate::{Refused, estate, projection};

/// What somebody states at once.
#[derive(Clone, Debug)]
pub struct Stating {
    /// Why.
    pub kind: ChangeKind,
    /// The number of the change that it takes back, where it does.
    pub undoes: Option<i64>,
    /// What is said.
    pub statements: Vec<Statement>,
    /// Private texts that the statements point to: `(id, text)`.
    pub privates: Vec<(String, String)>,
    /// What was done, in the past tense, for the event: `changed`, `retired`.
    pub verb: &'static str,
    /// The address of what it was done to: one system or contract, or the organisation when there are several.
    pub thing: String,
    /// Counts and attributes for the event: no values, since they may be private.
    pub details: serde_json::Value,
}

/// Writes a change and returns its number; none where there is nothing to say.
///
/// # Errors
/// When the engine fails, or there is no randomness.
pub fn make(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    stating: &Stating,
    moment: &Moment,
) -> Result<Option<i64>, Refused> {
    if stating.statements.is_empty() {
        return Ok(None);
    }
    estate::open(tx, organisation)?;
    let privates: Vec<_> = stating.privates.iter().map(|(id, text)| (id.clone(), text.as_str())).collect();
    keep_private(tx, organisation, &privates)?;
    let change = NewChange { kind: stating.kind, import: None, undoes: stating.undoes, actor: moment.actor };
    let number = add_change(tx, organisation, &change, &stating.statements, moment.now)?;
    let subjects: BTreeSet<String> = stating.statements.iter().map(|statement| statement.subject.clone()).collect();
    projection::write(tx, organisation, &subjects, moment.now)?;
    let event = NewEvent {
        organisation: Some(organisation.clone()),
        actor: moment.actor,
        verb: stating.verb,
        thing: stating.thing.clone(),
        details: stating.details.clone(),
        erasable: false,
    };
    ledger::append(tx, &event, moment.now, &moment.chance)?;
    Ok(Some(number))
}
