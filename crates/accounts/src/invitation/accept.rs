//! Accepting an invitation: the page that its link opens, and its one button.
//!
//! Opening changes nothing, since programs look through mail. The button makes whoever presses it the person of the address
//! that the letter went to, whoever was signed in on that browser before.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::json;
use store::Transaction;
use vocabulary::Role;
use web::{Answer, Form, Outcome, Page, Problem, Visit};

use super::{Invitation, of_link, take};
use crate::{Accounts, Error, Organisation, person, role_words, session, token::Token};

const TEMPLATE: &str = "accounts/invitation/accept.html";

/// What the page of a good link says.
pub(super) struct Offer {
    pub(super) organisation: Organisation,
    pub(super) role: Role,
    pub(super) email: String,
    pub(super) inviter: Option<String>,
    pub(super) until: jiff::Timestamp,
    /// Whether somebody with another address is signed in on this browser.
    pub(super) somebody_else: bool,
}

/// A link was opened. Only looks.
pub(crate) async fn open(State(accounts): State<Accounts>, Path(token): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let Some(token) = Token::read(&token) else { return Ok(over().into()) };
    let (now, asks) = (accounts.clock.now(), visit.reader.person);
    let look = move |tx: &mut Transaction<'_>| -> Result<Option<Offer>, Error> {
        let Some(found) = of_link(tx, &token, now)? else { return Ok(None) };
        let Invitation { organisation, email, role, invited_by, expires_at, .. } = found;
        let Some(organisation) = crate::organisation::find(tx, &organisation)? else { return Ok(None) };
        let inviter = match invited_by {
            Some(inviter) => person::name(tx, inviter)?,
            None => None,
        };
        let somebody_else = match asks {
            Some(asks) => person::email(tx, asks)?.as_ref() != Some(&email),
            None => false,
        };
        let email = email.to_string();
        Ok(Some(Offer { organisation, role, email, inviter, until: expires_at, somebody_else }))
    };
    let offer = accounts.store.read(look).await?;
    Ok(offer.map_or_else(over, |offer| page(&offer)).into())
}

/// The button was pressed: the link is used up, the person acts for the organisation, and a session begins.
pub(crate) async fn accept(
    State(accounts): State<Accounts>,
    Path(token): Path<String>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    visit.parameters(&[])?;
    form.only(&[])?;
    let Some(link) = Token::read(&token) else { return Ok(Answer::from(over()).into_response()) };
    let before = accounts.cookie().read(&headers);
    let by = accounts.by(None);
    let write = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        let Some(answered) = take(tx, &link, &by)? else { return Ok(None) };
        let acts_for = Some(&answered.organisation);
        let token = session::start(tx, answered.person, acts_for, before.as_ref(), by.now, &by.chance)?;
        Ok(Some(token))
    };
    match accounts.store.write(write).await? {
        None => Ok(Answer::from(over()).into_response()),
        Some(token) => accounts.signed_in(&token, "/account?joined=yes".to_owned()).await,
    }
}

pub(super) fn page(offer: &Offer) -> Page {
    let name = &offer.organisation.name;
    Page::new(TEMPLATE, web::say!("Act for {organisation}", organisation = name))
        .section("account")
        .reading()
        .private()
        .extra("good", true)
        .data(json!({
            "organisation": offer.organisation.id,
            "organisation_name": name,
            "role": offer.role,
            "role_name": role_words::name(offer.role),
            "can": role_words::can(offer.role, offer.organisation.participating, name),
            "invited_by": offer.inviter,
            "email": offer.email,
            "good_until": offer.until,
            "somebody_else_is_signed_in": offer.somebody_else,
        }))
}

/// What every link shows that is not good: used, withdrawn, replaced, too old, or never made.
pub(super) fn over() -> Page {
    Page::new(TEMPLATE, web::say!("This invitation is not good any more"))
        .section("account")
        .reading()
        .private()
        .gone()
        .extra("good", false)
        .data(json!({"good": false}))
}
