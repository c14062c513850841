//! Stating values by hand: one change of one estate, with its projections, things and event, in the caller's transaction.
//!
//! Every action that a person takes on a system or contract ends here: editing, retiring, confirming, matching, merging.
//! What the values are, and whether the person may state them, is decided by the action. Files have `import`.
//!
//! [`store`] has the table of changes; [`undo`] takes any change back; [`show`] is the page of one,
//! `list` the history of an estate, `differences` what differs between two days. Forms about systems and
//! contracts are made of `input` (their fields), `choices` (what fields offer), `typed` (what was typed), `clash` (two people
//! at once), `draft` (these together) and `writer` (what comes of it).

pub(crate) mod choices;
pub(crate) mod clash;
pub(crate) mod differences;
pub(crate) mod draft;
pub(crate) mod input;
pub(crate) mod list;
pub(crate) mod samples;
pub mod show;
pub mod store;
pub(crate) mod typed;
pub mod undo;
pub(crate) mod writer;

use std::collections::BTreeSet;
use std::str::FromStr;

use ::store::{Error, Transaction};
use accounts::{Deed, may};
use ledger::NewEvent;
use vocabulary::{OrganisationId, PersonId, Reader};
use web::{Problem, Routes, Template};

use crate::import::apply::Moment;
use crate::statement::store::{ChangeKind, NewChange, add_change, keep_private};
use crate::statement::{Statement, SubjectKind};
use crate::system::facts::is_plain;
use crate::{Architecture, Refused, estate, projection};

/// The addresses of changes.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    differences::routes(list::routes(show::routes(routes)))
}

/// The templates of changes.
pub(crate) const TEMPLATES: &[Template] = &[
    Template { name: "architecture/change/fields.html", source: include_str!("../templates/change/fields.html") },
    Template {
        name: "architecture/change/differences.html",
        source: include_str!("../templates/change/differences.html"),
    },
    Template { name: "architecture/change/list.html", source: include_str!("../templates/change/list.html") },
    Template { name: "architecture/change/show.html", source: include_str!("../templates/change/show.html") },
];

/// Where a change's page is.
pub fn address(organisation: &str, number: i64) -> String {
    format!("/organisations/{organisation}/changes/{number}")
}

/// Where the page of a system or contract is.
pub fn address_of(kind: SubjectKind, subject: &str) -> String {
    match kind {
        SubjectKind::System => format!("/systems/{subject}"),
        SubjectKind::Contract => format!("/contracts/{subject}"),
    }
}

/// The organisation that an address names, if the reader may do this to its estate. Asked before anything is read, so that
/// nobody learns what there is.
pub(crate) fn permitted(reader: &Reader, deed: Deed, organisation: &str) -> Result<OrganisationId, Problem> {
    let organisation = OrganisationId::from_str(organisation).map_err(|_| Problem::missing())?;
    may(reader, deed, &organisation)?;
    Ok(organisation)
}

/// The present moment, for what `reader` does.
pub(crate) fn moment(state: &Architecture, reader: &Reader) -> Moment {
    Moment { now: state.clock.now(), today: state.clock.today(), chance: state.chance.clone(), actor: reader.person }
}

/// Who made a change, by name: for readers of the organisation's own parts only. Others are told the organisation.
///
/// # Errors
/// When the engine fails.
pub(crate) fn who(tx: &mut Transaction<'_>, actor: Option<PersonId>) -> Result<String, Error> {
    Ok(match actor {
        None => web::say!("Whoever runs this copy, by a command"),
        Some(person) => {
            accounts::person::name(tx, person)?.unwrap_or_else(|| web::say!("Somebody whose name was erased"))
        }
    })
}

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
    // Whoever sees a thing sees that something happened to it; of what only the organisation sees, it alone hears.
    let thing = match stating.statements.iter().any(|statement| is_plain(statement, true)) {
        true => stating.thing.clone(),
        false => address(organisation.as_str(), number),
    };
    let event = NewEvent {
        organisation: Some(organisation.clone()),
        actor: moment.actor,
        verb: stating.verb,
        thing,
        details: stating.details.clone(),
        erasable: false,
    };
    ledger::append(tx, &event, moment.now, &moment.chance)?;
    Ok(Some(number))
}
