//! One's own request: what became of it, and taking it back.

use ::store::Transaction;
use axum::{
    extract::{Path, State as Slot},
    http::HeaderMap,
};
use web::{Answer, Form, Outcome, Page, Visit};

use super::{
    JoinRequest, State,
    find::{name_of, shown},
    store::{end, find_own},
};
use crate::{Accounts, Error, membership::note, role_words, sign_in};

const TEMPLATE: &str = "accounts/joining/own.html";

/// The request.
pub(crate) async fn show(
    Slot(accounts): Slot<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    headers: HeaderMap,
) -> Outcome {
    visit.parameters(&[])?;
    let Some(own) = accounts.own(&headers).await? else {
        return Err(sign_in::first(&visit.path));
    };
    let read = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        let request = find_own(tx, own.person, &id)?.ok_or(Error::Missing)?;
        Ok((name_of(tx, &request)?, request))
    };
    let (name, request) = accounts.store.read(read).await?;
    Ok(page(&request, &name).into())
}

pub(super) fn page(request: &JoinRequest, organisation: &str) -> Page {
    let role_name = match &request.state {
        State::Approved { role, .. } => Some(role_words::name(*role)),
        _ => None,
    };
    Page::new(TEMPLATE, web::say!("Your request to act for {organisation}", organisation = organisation))
        .section("account")
        .back(web::say!("Your requests"), "/join")
        .reading()
        .private()
        .extra("role_name", role_name)
        .data(shown(request, organisation))
}

/// The request waits no longer.
pub(crate) async fn take_back(
    Slot(accounts): Slot<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&[])?;
    let Some(own) = accounts.own(&headers).await? else {
        return Err(sign_in::first("/join"));
    };
    let by = accounts.by(Some(own.person));
    let write = move |tx: &mut Transaction<'_>| -> Result<(), Error> {
        let request = find_own(tx, own.person, &id)?.ok_or(Error::Missing)?;
        if !end(tx, &request, &State::Withdrawn { at: by.now }, &by)? {
            return Err(already());
        }
        let details = serde_json::json!({"request": request.id, "person": request.person});
        note(tx, &request.organisation, "join-withdrawn", details, &by)
    };
    accounts.store.write(write).await?;
    Ok(Answer::Redirect("/join?done=withdrawn".to_owned()))
}

/// What somebody is told who comes late.
pub(super) fn already() -> Error {
    Error::Conflicting(web::say!("This request does not wait any more: it was decided or taken back. Open it again."))
}
