//! Taking back the latest change of what somebody does for an organisation: the role that they had before, again.
//!
//! Undoing is a change like any other: it asks for the same rights, keeps a steward, and is an event of its own. Somebody
//! who was erased since cannot come back.

use axum::extract::{Path, State};
use serde_json::json;
use store::Transaction;
use vocabulary::{PersonId, Reader, Role};
use web::{Answer, Form, Outcome, Page, Problem, Visit};

use super::{of_visit, person_of, task};
use crate::{
    Accounts, Error, Organisation,
    membership::{self, By, changeable, give, managed},
    permission::may_give,
    person, role_words,
};

const TEMPLATE: &str = "accounts/people/undo.html";

/// The latest that happened to somebody here, if it can be taken back by the reader.
#[derive(Clone, Debug)]
pub(super) struct Latest {
    pub(super) person: PersonId,
    pub(super) name: String,
    /// The role that they get again.
    pub(super) was: Role,
    /// The role that they have now; none when they were removed.
    pub(super) is: Option<Role>,
    /// The event that is taken back, so that no other is by mistake.
    pub(super) sequence: u64,
}

impl Latest {
    /// What happened, as a banner says it.
    pub(super) fn said(&self, organisation: &Organisation) -> String {
        match self.is {
            None => web::say!(
                "{name} does not act for {organisation} any more.",
                name = self.name,
                organisation = organisation.name
            ),
            Some(role) => web::say!("{name} is now: {role}.", name = self.name, role = role_words::name(role)),
        }
    }

    /// Where it is taken back.
    pub(super) fn link(&self, organisation: &Organisation) -> String {
        format!("/organisations/{}/people/{}/undo", organisation.id, self.person)
    }
}

/// Reads it from the events of the organisation's people.
pub(super) fn latest(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &Organisation,
    person: PersonId,
) -> Result<Option<Latest>, store::Error> {
    let events = ledger::events_of(tx, &organisation.id, &membership::thing(&organisation.id), 1_000)?;
    let about = person.to_string();
    let detail = |event: &ledger::Event, name: &str| -> Option<String> {
        Some(event.details.as_ref()?.get(name)?.as_str()?.to_owned())
    };
    let Some(event) = events.iter().find(|event| detail(event, "person").as_ref() == Some(&about)) else {
        return Ok(None);
    };
    let was = detail(event, "was").and_then(|word| word.parse::<Role>().ok());
    let (Some(was), "removed" | "role-changed") = (was, event.verb.as_str()) else { return Ok(None) };
    let is = person::holding(tx, person, &organisation.id)?.map(|acting| acting.role);
    let theirs = |role| may_give(reader, role, &organisation.id, organisation.participating).is_ok();
    let oneself = reader.person == Some(person);
    let name = person::name(tx, person)?;
    let stands = match event.verb.as_str() {
        "removed" => is.is_none(),
        _ => is.is_some_and(|is| is != was && theirs(is)),
    };
    Ok(name.filter(|_| stands && theirs(was) && !oneself).map(|name| Latest {
        person,
        name,
        was,
        is,
        sequence: event.sequence,
    }))
}

/// What would be again, and one button.
pub(crate) async fn show(
    State(accounts): State<Accounts>,
    Path((id, person)): Path<(String, String)>,
    visit: Visit,
) -> Outcome {
    visit.parameters(&[])?;
    let organisation = of_visit(&accounts, &id, &visit.reader).await?;
    let (person, reader) = (person_of(&person)?, visit.reader.clone());
    let read = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        Ok((latest(tx, &reader, &organisation, person)?, organisation))
    };
    let (latest, organisation) = accounts.store.read(read).await?;
    Ok(page(&organisation, &latest.ok_or_else(Problem::missing)?).into())
}

pub(super) fn page(organisation: &Organisation, latest: &Latest) -> Page {
    let Latest { person, name, was, is, sequence } = latest;
    let title = match is {
        None => web::say!("Let {name} act for {organisation} again", name = name, organisation = organisation.name),
        Some(_) => web::say!("Give {name} the former role again", name = name),
    };
    task(Page::new(TEMPLATE, title), organisation).data(json!({
        "person": person,
        "name": name,
        "role_now": is,
        "role_now_name": is.map(role_words::name),
        "role_again": was,
        "role_again_name": role_words::name(*was),
        "can": role_words::can(*was, organisation.participating, &organisation.name),
        "event": sequence.to_string(),
    }))
}

/// The former role holds again.
pub(crate) async fn undo(
    State(accounts): State<Accounts>,
    Path((id, person)): Path<(String, String)>,
    visit: Visit,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["event"])?;
    let organisation = of_visit(&accounts, &id, &visit.reader).await?.id;
    let (person, reader) = (person_of(&person)?, visit.reader.clone());
    let by: By = accounts.by(visit.reader.person);
    let meant = form.one("event").map(str::to_owned);
    let write = move |tx: &mut Transaction<'_>| -> Result<(), Error> {
        let organisation = managed(tx, &reader, &organisation)?;
        let latest = latest(tx, &reader, &organisation, person)?
            .filter(|latest| meant.as_deref().is_none_or(|meant| meant == latest.sequence.to_string()));
        let Some(latest) = latest else {
            let message = web::say!("Something else happened since, so there is nothing to undo. Look at the history.");
            return Err(Error::Conflicting(message));
        };
        if latest.is.is_some() {
            changeable(tx, &reader, &organisation, person)?;
        }
        give(tx, &organisation, person, latest.was, &by)?;
        Ok(())
    };
    accounts.store.write(write).await?;
    Ok(Answer::Redirect(format!("/organisations/{id}/people?done=undone")))
}
