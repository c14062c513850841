//! The tokens that act for an organisation: its stewards see whose they are, and may take any away.

use axum::extract::{Path, State};
use serde_json::json;
use store::Transaction;
use vocabulary::OrganisationId;
use web::{Answer, Form, Outcome, Page, Problem, SuccessBanner, Visit};

use super::{
    ApiToken, made,
    mine::words,
    store::{self as tokens, Of},
};
use crate::{Accounts, Deed, Error, Organisation, may, organisation};

const TEMPLATE: &str = "accounts/organisation-tokens.html";

/// Shows them.
pub(crate) async fn show(State(accounts): State<Accounts>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(&["gone"])?;
    let id = permitted(&visit, &id)?;
    let now = accounts.clock.now();
    let read = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        let Some(organisation) = organisation::find(tx, &id)? else { return Ok(None) };
        Ok(Some((tokens::of_organisation(tx, &organisation.id, now)?, organisation)))
    };
    let (tokens, organisation) = accounts.store.read(read).await?.ok_or_else(Problem::missing)?;
    let page = page(&organisation, &tokens);
    Ok(match parameters.one("gone") {
        Some(_) => page.banner(SuccessBanner {
            text: web::say!("The token is gone. Programs that use it are refused from now on."),
            link: None,
        }),
        None => page,
    }
    .into())
}

/// Takes one away.
pub(crate) async fn revoke(
    State(accounts): State<Accounts>,
    Path((id, token)): Path<(String, String)>,
    visit: Visit,
    form: Form,
) -> Outcome {
    form.only(&[])?;
    let organisation = permitted(&visit, &id)?;
    let person = visit.reader.person.ok_or_else(Problem::missing)?;
    let (now, chance) = (accounts.clock.now(), accounts.chance.clone());
    let acting = organisation.clone();
    let remove = move |tx: &mut Transaction<'_>| -> Result<bool, Error> {
        let Some((_, of)) = tokens::remove(tx, &token, &Of::Organisation(&acting))? else { return Ok(false) };
        made::record(tx, "token-revoked", person, of, json!({"token": token}), now, &chance)?;
        Ok(true)
    };
    match accounts.store.write(remove).await? {
        true => Ok(Answer::Redirect(format!("/organisations/{organisation}/tokens?gone=1"))),
        false => Err(Problem::missing()),
    }
}

fn permitted(visit: &Visit, id: &str) -> Result<OrganisationId, Problem> {
    let id: OrganisationId = id.parse().map_err(|_| Problem::missing())?;
    may(&visit.reader, Deed::ManagePeople, &id)?;
    Ok(id)
}

/// The page.
pub(crate) fn page(organisation: &Organisation, tokens: &[ApiToken]) -> Page {
    let address = organisation.address();
    Page::new(TEMPLATE, web::say!("API tokens for {organisation}", organisation = organisation.name))
        .place(&organisation.name)
        .section("organisations")
        .crumb(web::say!("Home"), "/")
        .crumb(web::say!("Organisations"), "/organisations")
        .crumb(&organisation.name, &address)
        .private()
        .extra("address", address)
        .extra("words", words(tokens))
        .data(json!({"organisation": organisation.id, "tokens": tokens}))
}
