//! One's own tokens: what there is, and taking one away.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use serde_json::json;
use store::Transaction;
use vocabulary::{PersonId, Scope};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, SuccessBanner, Visit};

use super::{
    ApiToken, LIFETIMES, MOST, made, scope_words,
    store::{self as tokens, Of},
};
use crate::{Accounts, Error, person, person::Membership, sign_in};

const TEMPLATE: &str = "accounts/tokens.html";
/// Where it stands.
pub(crate) const ADDRESS: &str = "/account/tokens";

/// What the page holds.
#[derive(Clone)]
pub(crate) struct Mine {
    pub(crate) tokens: Vec<ApiToken>,
    pub(crate) memberships: Vec<Membership>,
}

/// Shows them, and asks what a new one is for.
pub(crate) async fn show(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap) -> Outcome {
    let parameters = visit.parameters(&["gone"])?;
    let Some(person) = accounts.signed_in_person(&headers).await? else {
        return Err(sign_in::first(ADDRESS));
    };
    let page = page(&mine(&accounts, person).await?, visit.see_as.is_now());
    Ok(match parameters.one("gone") {
        Some(_) => page.banner(SuccessBanner {
            text: web::say!("The token is gone. Programs that use it are refused from now on."),
            link: None,
        }),
        None => page,
    }
    .into())
}

pub(crate) async fn mine(accounts: &Accounts, person: PersonId) -> Result<Mine, Problem> {
    let now = accounts.clock.now();
    let read = move |tx: &mut Transaction<'_>| -> Result<Mine, Error> {
        Ok(Mine { tokens: tokens::of_person(tx, person, now)?, memberships: person::memberships(tx, person)? })
    };
    Ok(accounts.store.read(read).await?)
}

/// Takes one of one's own away.
pub(crate) async fn revoke(
    State(accounts): State<Accounts>,
    Path(id): Path<String>,
    headers: HeaderMap,
    form: Form,
) -> Outcome {
    form.only(&[])?;
    let Some(person) = accounts.signed_in_person(&headers).await? else {
        return Err(sign_in::first(ADDRESS));
    };
    let (now, chance) = (accounts.clock.now(), accounts.chance.clone());
    let remove = move |tx: &mut Transaction<'_>| -> Result<bool, Error> {
        let Some((_, organisation)) = tokens::remove(tx, &id, &Of::Person(person))? else { return Ok(false) };
        made::record(tx, "token-revoked", person, organisation, json!({"token": id}), now, &chance)?;
        Ok(true)
    };
    match accounts.store.write(remove).await? {
        true => Ok(Answer::Redirect(format!("{ADDRESS}?gone=1"))),
        false => Err(Problem::missing()),
    }
}

/// The page, with the form as it begins.
pub(crate) fn page(mine: &Mine, seeing: bool) -> Page {
    let organisations: Vec<_> = mine
        .memberships
        .iter()
        .map(|membership| json!({"value": membership.organisation, "text": membership.organisation_name}))
        .collect();
    let scopes: Vec<_> = [Scope::Public, Scope::Read, Scope::Edit]
        .into_iter()
        .filter(|scope| *scope == Scope::Public || mine.memberships.iter().any(|one| useful_to(*scope, one)))
        .map(|scope| {
            let (text, hint) = scope_words(scope);
            json!({"value": scope, "text": text, "hint": hint})
        })
        .collect();
    Page::new(TEMPLATE, web::say!("Your API tokens"))
        .section("account")
        .crumb(web::say!("Your account"), "/account")
        .private()
        .extra("seeing", seeing)
        .extra("organisations", organisations)
        .extra("scopes", scopes)
        .extra("lifetimes", LIFETIMES)
        .extra("most", MOST)
        .extra("words", words(&mine.tokens))
        .data(json!({"tokens": mine.tokens}))
}

/// What each token's scope is called, in the order of the tokens.
pub(crate) fn words(tokens: &[ApiToken]) -> Vec<String> {
    tokens.iter().map(|token| scope_words(token.scope).0).collect()
}

pub(crate) fn useful_to(scope: Scope, membership: &Membership) -> bool {
    super::useful(scope, membership.role, membership.participating)
}

/// The page with what was wrong with what was typed.
pub(crate) fn refused(mine: &Mine, form: &Form, errors: Vec<FieldError>) -> Page {
    page(mine, false).typed(form).errors(errors)
}
