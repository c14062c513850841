//! Keeping somebody out at once, and letting them in again.
//!
//! Whoever is kept out has no session and no token that works, and asking for a sign-in link answers them as it answers an
//! address that nobody has. They stay in their roles, so that letting them in again restores all of it.

use ::store::Transaction;
use axum::extract::{Path, State as Slot};
use serde_json::json;
use vocabulary::{OrganisationId, Role};
use web::{Answer, Form, Outcome, Page, Visit};

use super::{Account, about_one, note, permitted, person_of, still_permitted, store};
use crate::{Accounts, Error, membership::keeps_an_operator};

const TEMPLATE: &str = "accounts/operator/disable.html";

/// What it does, or why it cannot be done.
pub(crate) async fn show(Slot(accounts): Slot<Accounts>, Path(id): Path<String>, visit: Visit) -> Outcome {
    permitted(&visit.reader)?;
    visit.parameters(&[])?;
    let (id, reader) = (person_of(&id)?, visit.reader.clone());
    let read = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        let account = store::one(tx, id)?.ok_or(Error::Missing)?;
        let refusal = match possible(tx, &account, reader.person == Some(id)) {
            Ok(()) => None,
            Err(Error::Conflicting(refusal)) => Some(refusal),
            Err(error) => return Err(error),
        };
        Ok((account, refusal))
    };
    let (account, refusal) = accounts.store.read(read).await?;
    Ok(page(&account, refusal).into())
}

fn possible(tx: &mut Transaction<'_>, account: &Account, oneself: bool) -> Result<(), Error> {
    if oneself {
        return Err(Error::Conflicting(web::say!("Nobody disables their own account. Ask another operator.")));
    }
    for membership in account.memberships.iter().filter(|membership| membership.role == Role::Operator) {
        keeps_an_operator(tx, &membership.organisation, account.id)?;
    }
    Ok(())
}

pub(super) fn page(account: &Account, refusal: Option<String>) -> Page {
    let title = web::say!("Disable the account of {name}", name = account.name);
    about_one(Page::new(TEMPLATE, title)).data(json!({"id": account.id, "name": account.name, "cannot": refusal}))
}

/// From now on they are kept out.
pub(crate) async fn disable(
    Slot(accounts): Slot<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    permitted(&visit.reader)?;
    visit.parameters(&[])?;
    form.only(&[])?;
    let (person, reader, by) = (person_of(&id)?, visit.reader.clone(), accounts.by(visit.reader.person));
    let write = move |tx: &mut Transaction<'_>| -> Result<(), Error> {
        still_permitted(tx, &reader)?;
        let account = store::one(tx, person)?.ok_or(Error::Missing)?;
        possible(tx, &account, reader.person == Some(person))?;
        match store::disable(tx, person, by.now)? {
            true => note(tx, person, "disabled", &organisations(&account), &by),
            false => Ok(()),
        }
    };
    accounts.store.write(write).await?;
    Ok(Answer::Redirect(format!("/operator/people/{person}?done=disabled")))
}

/// From now on they can sign in again.
pub(crate) async fn enable(
    Slot(accounts): Slot<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    permitted(&visit.reader)?;
    visit.parameters(&[])?;
    form.only(&[])?;
    let (person, reader, by) = (person_of(&id)?, visit.reader.clone(), accounts.by(visit.reader.person));
    let write = move |tx: &mut Transaction<'_>| -> Result<(), Error> {
        still_permitted(tx, &reader)?;
        let account = store::one(tx, person)?.ok_or(Error::Missing)?;
        match store::enable(tx, person)? {
            true => note(tx, person, "enabled", &organisations(&account), &by),
            false => Ok(()),
        }
    };
    accounts.store.write(write).await?;
    Ok(Answer::Redirect(format!("/operator/people/{person}?done=enabled")))
}

fn organisations(account: &Account) -> Vec<OrganisationId> {
    account.memberships.iter().map(|membership| membership.organisation.clone()).collect()
}
