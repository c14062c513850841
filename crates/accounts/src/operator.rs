//! The people and organisations of this copy, for whoever runs it. To everybody else these pages do not exist.
//!
//! | File | What one does there |
//! |---|---|
//! | `people` | find somebody among all who have an account |
//! | `person` | see what one belongs to and where they are signed in |
//! | `disable` | keep somebody out at once, and let them in again |
//! | `invite` | send somebody a new letter with a link |
//! | `organisations` | see all organisations with their stewards and what waits |
//! | `organisation` | give one another name, close it, open it again |
//! | `add` | add one |
//!
//! Operators learn by this who is here and nothing of any estate. Each act is an event of the copy's own sequence, and one at
//! the people of each organisation that the person acts for.

pub(crate) mod add;
mod bodies;
mod by_name;
pub(crate) mod disable;
pub(crate) mod invite;
pub(crate) mod organisation;
pub(crate) mod organisations;
pub(crate) mod people;
pub(crate) mod person;
pub(crate) mod samples;
pub(crate) mod store;

use ::store::Transaction;
use ledger::NewEvent;
use serde_json::json;
use vocabulary::{OrganisationId, PersonId, Reader, Timestamp};
use web::{Page, Problem};

use crate::{
    Deed, Error, may,
    membership::{self, By},
    person::Membership,
};

/// Somebody, as operators see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: PersonId,
    pub(crate) name: String,
    /// None of somebody who only ever came with an account elsewhere.
    pub(crate) email: Option<String>,
    pub(crate) made_at: Timestamp,
    /// The month in which they were last signed in, such as `2026-03`.
    pub(crate) seen_month: Option<String>,
    /// Since when they are kept out.
    pub(crate) disabled_at: Option<Timestamp>,
    /// For whom they act, by name.
    pub(crate) memberships: Vec<Membership>,
}

/// Only operators come here; to everybody else these pages do not exist.
pub(crate) fn permitted(reader: &Reader) -> Result<(), Problem> {
    let acting = reader.acting.as_ref().ok_or_else(Problem::missing)?;
    Ok(may(reader, Deed::ManageAccounts, &acting.organisation)?)
}

/// The same within the transaction that goes on to change something: the reader's role is still what it was.
fn still_permitted(tx: &mut Transaction<'_>, reader: &Reader) -> Result<(), Error> {
    let acting = reader.acting.as_ref().ok_or(Error::Missing)?;
    may(reader, Deed::ManageAccounts, &acting.organisation)?;
    membership::still(tx, reader)
}

/// The same two for organisations, which are a deed of their own.
pub(crate) fn permitted_for_organisations(reader: &Reader) -> Result<(), Problem> {
    let acting = reader.acting.as_ref().ok_or_else(Problem::missing)?;
    Ok(may(reader, Deed::ManageOrganisations, &acting.organisation)?)
}

fn still_permitted_for_organisations(tx: &mut Transaction<'_>, reader: &Reader) -> Result<(), Error> {
    let acting = reader.acting.as_ref().ok_or(Error::Missing)?;
    may(reader, Deed::ManageOrganisations, &acting.organisation)?;
    membership::still(tx, reader)
}

/// Writes down what an operator did to an organisation: once for the copy, and once among what happened to its people.
fn note_organisation(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    verb: &'static str,
    mut details: serde_json::Value,
    by: &By,
) -> Result<(), Error> {
    membership::note(tx, organisation, verb, details.clone(), by)?;
    details["organisation"] = json!(organisation);
    let thing = format!("/operator/organisations/{organisation}");
    let event = NewEvent { organisation: None, actor: by.actor, verb, thing, details, erasable: false };
    ledger::append(tx, &event, by.now, &by.chance)?;
    Ok(())
}

fn person_of(text: &str) -> Result<PersonId, Problem> {
    text.parse().map_err(|_| Problem::missing())
}

/// A page about one person leads back to all of them.
fn about_one(page: Page) -> Page {
    page.section("operator").back(web::say!("People"), "/operator/people").reading().private()
}

/// Writes down what an operator did to somebody's account: once for the copy, and once at each organisation.
fn note(
    tx: &mut Transaction<'_>,
    person: PersonId,
    verb: &'static str,
    organisations: &[OrganisationId],
    by: &By,
) -> Result<(), Error> {
    let details = json!({"person": person});
    for organisation in organisations {
        membership::note(tx, organisation, verb, details.clone(), by)?;
    }
    let event = NewEvent {
        organisation: None,
        actor: by.actor,
        verb,
        thing: format!("/operator/people/{person}"),
        details,
        erasable: false,
    };
    ledger::append(tx, &event, by.now, &by.chance)?;
    Ok(())
}
