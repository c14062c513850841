//! Asking to act for an organisation.

use axum::{extract::State, http::HeaderMap};
use serde_json::json;
use vocabulary::{OrganisationId, PersonId};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, Visit};

use super::{LONGEST_TEXT, read_text, store};
use crate::{Accounts, Error, Organisation, organisation, person, sign_in};

const TEMPLATE: &str = "accounts/joining/ask.html";

/// What the form says of who asks.
pub(super) struct Asking {
    pub(super) organisation: Organisation,
    pub(super) name: String,
    pub(super) email: String,
}

/// The form; whose request waits already is led to it, and who acts for the organisation to their account.
pub(super) async fn form(accounts: &Accounts, id: &str, person: PersonId) -> Outcome {
    let id: OrganisationId = id.parse().map_err(|_| Problem::missing())?;
    let read = move |tx: &mut ::store::Transaction<'_>| -> Result<_, Error> {
        let waits = store::of_person(tx, person)?;
        let waits =
            waits.into_iter().find(|request| request.organisation == id && request.state == super::State::Waiting);
        let acts = person::holding(tx, person, &id)?.is_some();
        Ok((asking(tx, &id, person)?, acts, waits.map(|request| request.id)))
    };
    match accounts.store.read(read).await? {
        (_, true, _) => Ok(Answer::Redirect("/account".to_owned())),
        (_, _, Some(request)) => Ok(Answer::Redirect(format!("/join/{request}"))),
        (asking, ..) => Ok(page(&asking).into()),
    }
}

fn asking(tx: &mut ::store::Transaction<'_>, id: &OrganisationId, person: PersonId) -> Result<Asking, Error> {
    Ok(Asking {
        organisation: organisation::here(tx, id)?.ok_or(Error::Missing)?,
        name: person::name(tx, person)?.unwrap_or_default(),
        email: person::email(tx, person)?.map(|email| email.to_string()).unwrap_or_default(),
    })
}

pub(super) fn page(asking: &Asking) -> Page {
    let Asking { organisation, name, email } = asking;
    Page::new(TEMPLATE, web::say!("Ask to act for {organisation}", organisation = organisation.name))
        .section("account")
        .back(web::say!("Find an organisation"), "/join")
        .reading()
        .private()
        .data(json!({
            "organisation": organisation.id,
            "organisation_name": organisation.name,
            "name": name,
            "email": email,
            "longest": LONGEST_TEXT,
        }))
}

/// The request waits for whoever decides.
pub(crate) async fn ask(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["organisation", "reason"])?;
    let Some(own) = accounts.own(&headers).await? else {
        return Err(sign_in::first("/join"));
    };
    let Some(id) = form.one("organisation").and_then(|id| id.parse::<OrganisationId>().ok()) else {
        return Err(Problem::missing());
    };
    let (person, of) = (own.person, id.clone());
    let asking = accounts.store.read(move |tx| asking(tx, &of, person)).await?;
    let refused = |message| Ok(page(&asking).typed(&form).errors(vec![FieldError::new("reason", message)]).into());
    let reason = match read_text(form.one("reason").unwrap_or_default()) {
        Ok(Some(reason)) => reason,
        Ok(None) => return refused(web::say!("Say in a sentence why you ask, so that somebody can decide")),
        Err(long) => return refused(long.sentence()),
    };
    let by = accounts.by(Some(person));
    match accounts.store.write(move |tx| store::ask(tx, &id, person, &reason, &by)).await {
        Ok(request) => Ok(Answer::Redirect(format!("/join/{request}"))),
        Err(Error::Conflicting(message)) => refused(message),
        Err(error) => Err(error.into()),
    }
}
