//! Proving in a session that one is there: with a passkey, or by signing in again.
//!
//! Whoever operates the copy and has a passkey, or has to have one, operates only in a session in which it was used within
//! twelve hours; `permission::holds` decides it, and this is the page that asks.
//!
//! Passkeys are added and removed only by somebody who has just done so. Whoever runs the copy and has a passkey must use it:
//! else whoever reads their mail could replace it.

use axum::{extract::State, http::HeaderMap, response::Response};
use serde_json::{Value, json};
use store::Transaction;
use vocabulary::{PersonId, Role, Timestamp};
use web::{Answer, Form, Outcome, Page, Problem, Visit};

use super::{
    FRESH, Unproved,
    challenge::{self, Purpose, To},
    enter::{options, refused},
    store::{self as passkeys, FIELDS, Sent, prove},
    with_challenge,
};
use crate::{
    Accounts, Error, OperatorsNeed, next, person, session,
    sign_in::{self, with_cookie},
    token::Token,
};

const TEMPLATE: &str = "accounts/passkey/confirm.html";
const USE: &str = "accounts/passkey/enter.html";

/// How sure it is that whoever uses a session is its person, and how sure it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// How many passkeys they have.
    pub(crate) passkeys: usize,
    /// Whether they run this copy.
    pub(crate) operates: bool,
    /// Whether they signed in just now.
    pub(crate) signed_in_now: bool,
    /// Whether they used a passkey just now.
    pub(crate) proved_now: bool,
}

impl Standing {
    pub(crate) fn read(
        tx: &mut Transaction<'_>,
        session: &Token,
        person: PersonId,
        now: Timestamp,
    ) -> Result<Standing, store::Error> {
        let since = now.as_microsecond() - FRESH;
        // Only how the session began is asked for, not as whom it reads.
        let session = session::find(tx, session, OperatorsNeed::Nothing, now)?;
        let roles = person::memberships(tx, person)?;
        Ok(Standing {
            passkeys: passkeys::of(tx, person)?.len(),
            operates: roles.iter().any(|membership| membership.role == Role::Operator),
            signed_in_now: session.as_ref().is_some_and(|session| session.made_at >= since),
            proved_now: session.as_ref().is_some_and(|session| session.proved_at.is_some_and(|at| at >= since)),
        })
    }

    /// Whether a sign-in in any other way is not enough.
    fn needs_passkey(self) -> bool {
        self.operates && self.passkeys > 0
    }

    /// Whether they may change their passkeys now.
    pub(crate) fn may_change(self) -> bool {
        self.proved_now || (self.signed_in_now && !self.needs_passkey())
    }
}

/// Where one proves it and goes to `next` afterwards.
pub(crate) fn to_confirm(next: &str) -> Answer {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    Answer::Redirect(format!("/account/confirm?{query}"))
}

/// The page that says how.
pub(crate) async fn show(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap) -> Outcome {
    let parameters = visit.parameters(&["next"])?;
    let next = next::safe(parameters.one("next"));
    let Some(own) = accounts.own(&headers).await? else { return Err(to_sign_in()) };
    let now = accounts.clock.now();
    let read = move |tx: &mut Transaction<'_>| Standing::read(tx, &own.token, own.person, now);
    let standing = accounts.store.read(read).await.map_err(Error::from)?;
    let asks = Asks { operators_need: accounts.operators_need, works_here: accounts.place().is_some() };
    Ok(page(standing, asks, &next).into())
}

/// Somebody wants to prove it with a passkey: a page with a challenge.
pub(crate) async fn begin(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["next"])?;
    let next = next::safe(form.one("next"));
    let place = accounts.passkeys_work()?;
    let Some(own) = accounts.own(&headers).await? else { return Err(to_sign_in()) };
    let (now, chance, after) = (accounts.clock.now(), accounts.chance.clone(), next.clone());
    let give = move |tx: &mut Transaction<'_>| -> Result<([u8; 32], Vec<Vec<u8>>), Error> {
        let known = passkeys::credentials(tx, own.person)?;
        if known.is_empty() {
            return Err(Error::Missing);
        }
        let to = To { purpose: Purpose::Confirm, browser: own.token.clone(), person: Some(own.person) };
        Ok((challenge::give(tx, &to, &after, now, &chance)?, known))
    };
    let (challenge, known) = accounts.store.write(give).await?;
    Ok(use_page(&options(challenge, &place, &known), &next).into())
}

/// What the authenticator signed. The session goes on under a new token: whoever knows the one before is left behind.
pub(crate) async fn confirm(
    State(accounts): State<Accounts>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    visit.parameters(&[])?;
    form.only(&FIELDS)?;
    let place = accounts.passkeys_work()?;
    let Some(own) = accounts.own(&headers).await? else { return Err(to_sign_in()) };
    let sent = Sent::read(&form, &place).map_err(|unproved| refused(unproved, &visit.request_id))?;
    let by = accounts.by(Some(own.person));
    let proved = move |tx: &mut Transaction<'_>| -> Result<Result<(Token, String), Unproved>, Error> {
        let to = To { purpose: Purpose::Confirm, browser: own.token.clone(), person: Some(own.person) };
        Ok(match prove(tx, &sent, &to, &place, &by)? {
            Err(unproved) => Err(unproved),
            Ok(proved) => Ok((session::prove(tx, &own.token, &proved.passkey, by.now, &by.chance)?, proved.next)),
        })
    };
    match accounts.store.write(proved).await? {
        Ok((token, next)) => Ok(with_cookie(Answer::Redirect(next), accounts.cookie().set(&token))),
        Err(unproved) => Err(refused(unproved, &visit.request_id)),
    }
}

fn to_sign_in() -> Problem {
    sign_in::first("/account/confirm")
}

/// What the page depends on besides the person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asks {
    pub(super) operators_need: OperatorsNeed,
    /// Whether browsers have passkeys at this address.
    pub(super) works_here: bool,
}

pub(super) fn page(standing: Standing, asks: Asks, next: &str) -> Page {
    let lacks_one = standing.operates && asks.operators_need == OperatorsNeed::Passkey && standing.passkeys == 0;
    let may_add = lacks_one && standing.may_change();
    // An operator's own pages are not there without it.
    let without = if next.starts_with("/operator") { "/" } else { next };
    Page::new(TEMPLATE, web::say!("Confirm that it is you"))
        .section("account")
        .crumb(web::say!("Your account"), "/account")
        .reading()
        .private()
        .extra("next", next)
        .extra("without", without)
        .data(json!({
            "passkeys": standing.passkeys,
            "operates": standing.operates && (lacks_one || standing.passkeys > 0),
            "with_passkey": asks.works_here && standing.passkeys > 0,
            "add_passkey": asks.works_here && may_add,
            "by_signing_in": !standing.needs_passkey() && !may_add,
        }))
}

pub(super) fn use_page(options: &Value, next: &str) -> Page {
    let back = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    let page = Page::new(USE, web::say!("Confirm with a passkey"))
        .back(web::say!("Confirm that it is you"), format!("/account/confirm?{back}"))
        .extra("action", "/account/confirm/passkey");
    with_challenge(page, options).data(json!({"options": options}))
}
