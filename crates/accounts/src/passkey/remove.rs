//! Removing one of one's own passkeys: a page that says what it does, then at once.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use store::Transaction;
use web::{Answer, Form, Outcome, Page, Problem, Visit};

use super::{
    Passkey,
    confirm::{Standing, to_confirm},
    store as passkeys, tell,
};
use crate::{Accounts, Error, person, sign_in, ways_in};

const TEMPLATE: &str = "accounts/passkey/remove.html";

/// What it does.
pub(crate) async fn show(
    State(accounts): State<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    headers: HeaderMap,
) -> Outcome {
    visit.parameters(&[])?;
    let Some(own) = accounts.own(&headers).await? else { return Err(to_sign_in()) };
    let now = accounts.clock.now();
    let read = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        let passkeys = passkeys::of(tx, own.person)?;
        Ok((Standing::read(tx, &own.token, own.person, now)?, passkeys))
    };
    let (standing, passkeys) = accounts.store.read(read).await?;
    let passkey = passkeys.into_iter().find(|passkey| passkey.id == id).ok_or_else(Problem::missing)?;
    match standing.may_change() {
        true => Ok(page(&passkey, standing.operates && standing.passkeys == 1).into()),
        false => Ok(to_confirm(&format!("/account/sign-in/passkeys/{}/remove", passkey.id))),
    }
}

/// Removes it.
pub(crate) async fn remove(
    State(accounts): State<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&[])?;
    let Some(own) = accounts.own(&headers).await? else { return Err(to_sign_in()) };
    let by = accounts.by(Some(own.person));
    let (address, ways) = (accounts.public_address.clone(), accounts.clone());
    let write = move |tx: &mut Transaction<'_>| -> Result<bool, Error> {
        if !Standing::read(tx, &own.token, own.person, by.now)?.may_change() {
            return Ok(false);
        }
        ways_in::spares_passkey(tx, &ways, own.person)?;
        let name = passkeys::remove(tx, own.person, &id, Some(&own.token), &by)?.ok_or(Error::Missing)?;
        let what = web::say!(
            "The passkey \"{name}\" was removed from your account in Commonhold. It does not sign in as you any more.",
            name = name
        );
        let email = person::email(tx, own.person)?;
        let subject = web::say!("A passkey was removed from your account");
        tell(tx, own.person, email, (subject, what), Some(&address), &by)?;
        Ok(true)
    };
    match accounts.store.write(write).await? {
        true => Ok(Answer::Redirect("/account/sign-in?done=passkey-removed".to_owned())),
        false => Ok(to_confirm("/account/sign-in")),
    }
}

fn to_sign_in() -> Problem {
    sign_in::first("/account/sign-in")
}

pub(super) fn page(passkey: &Passkey, last_of_operator: bool) -> Page {
    Page::new(TEMPLATE, web::say!("Remove the passkey \"{name}\"", name = passkey.name))
        .section("account")
        .back(web::say!("How you sign in"), "/account/sign-in")
        .reading()
        .private()
        .extra("last_of_operator", last_of_operator)
        .data(passkey.shown())
}
