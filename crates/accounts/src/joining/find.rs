//! Looking for the organisation that one wants to act for, beside one's own requests.

use ::store::Transaction;
use axum::{extract::State as Slot, http::HeaderMap};
use serde_json::{Value, json};
use vocabulary::fold;
use web::{Outcome, Page, SuccessBanner, Visit};

use super::{JoinRequest, State, ask, store};
use crate::{Accounts, Error, Organisation, OrganisationKind, organisation, sign_in};

const TEMPLATE: &str = "accounts/joining/find.html";
pub(crate) const PARAMETERS: &[&str] = &["q", "organisation", "done"];
/// Most organisations that are listed.
const SHOWN: usize = 50;
/// Longest text that is looked for.
const LONGEST_SEARCH: usize = 200;

/// What the page is made from.
pub(super) struct Found {
    /// What was looked for; none: nothing yet.
    pub(super) searched: Option<String>,
    pub(super) organisations: Vec<Organisation>,
    pub(super) total: usize,
    /// One's own requests, with the name of what each is to.
    pub(super) own: Vec<(JoinRequest, String)>,
}

/// The page; with `organisation` the form that asks to join it.
pub(crate) async fn show(Slot(accounts): Slot<Accounts>, visit: Visit, headers: HeaderMap) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let Some(own) = accounts.own(&headers).await? else {
        let query = parameters.query_without(&["done"]);
        let here = if query.is_empty() { "/join".to_owned() } else { format!("/join?{query}") };
        return Err(sign_in::first(&here));
    };
    if let Some(id) = parameters.one("organisation") {
        return ask::form(&accounts, id, own.person).await;
    }
    let searched = parameters.text("q").map(|q| q.chars().take(LONGEST_SEARCH).collect::<String>());
    let read = move |tx: &mut Transaction<'_>| -> Result<Found, Error> {
        let own = store::of_person(tx, own.person)?;
        let own = own.into_iter().map(|request| Ok((name_of(tx, &request)?, request)));
        let own = own.collect::<Result<Vec<_>, Error>>()?.into_iter().map(|(name, request)| (request, name)).collect();
        let mut organisations = match &searched {
            Some(text) => {
                let left = crate::leaving::all_left(tx)?;
                let mut here = organisation::all(tx, None)?;
                here.retain(|organisation| !left.contains(organisation.id.as_str()));
                named_like(here, text)
            }
            None => vec![],
        };
        let total = organisations.len();
        organisations.truncate(SHOWN);
        Ok(Found { searched: searched.clone(), organisations, total, own })
    };
    let page = page(&accounts.store.read(read).await?);
    Ok(match parameters.one("done") {
        Some("withdrawn") => {
            page.banner(SuccessBanner { text: web::say!("Your request is taken back."), link: None }).into()
        }
        _ => page.into(),
    })
}

/// The name of the organisation that a request is to, as it is now.
pub(crate) fn name_of(tx: &mut Transaction<'_>, request: &JoinRequest) -> Result<String, Error> {
    let found = organisation::find(tx, &request.organisation)?;
    Ok(found.map_or_else(|| request.organisation.to_string(), |found| found.name))
}

/// Those with the text in one of their names, or as their code: public bodies first, then suppliers.
fn named_like(organisations: Vec<Organisation>, text: &str) -> Vec<Organisation> {
    let wanted = fold(text);
    let fits = |organisation: &Organisation| {
        let names = [&organisation.name].into_iter().chain(&organisation.also_known).chain(&organisation.former_names);
        let code = organisation.code.as_ref().is_some_and(|code| fold(code) == wanted);
        code || names.into_iter().any(|name| fold(name).contains(&wanted))
    };
    let mut found: Vec<Organisation> = organisations.into_iter().filter(fits).collect();
    found.sort_by_key(|organisation| organisation.kind == OrganisationKind::Supplier);
    found
}

/// A request as pages and data have it.
pub(super) fn shown(request: &JoinRequest, organisation: &str) -> Value {
    let (state_name, colour) = request.state.said();
    let (role, answer) = match &request.state {
        State::Approved { role, .. } => (Some(role), None),
        State::Declined { answer, .. } => (None, Some(answer)),
        State::Waiting | State::Withdrawn { .. } => (None, None),
    };
    json!({
        "id": request.id,
        "organisation": request.organisation,
        "organisation_name": organisation,
        "reason": request.reason,
        "asked_at": request.made_at,
        "state": request.state.word(),
        "state_name": state_name,
        "colour": colour,
        "ended_at": request.state.ended_at(),
        "role": role,
        "answer": answer,
    })
}

pub(super) fn page(found: &Found) -> Page {
    let organisation = |organisation: &Organisation| {
        json!({
            "id": organisation.id,
            "name": organisation.name,
            "kind": organisation.kind,
            "kind_name": organisation.kind.name(),
        })
    };
    Page::new(TEMPLATE, web::say!("Ask to act for an organisation"))
        .section("account")
        .back(web::say!("Account"), "/account")
        .reading()
        .private()
        .data(json!({
            "searched": found.searched,
            "organisations": found.organisations.iter().map(organisation).collect::<Vec<_>>(),
            "total": found.total,
            "requests": found.own.iter().map(|(request, name)| shown(request, name)).collect::<Vec<_>>(),
        }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;
    use crate::people::samples::ashmere;

    #[test]
    fn organisations_are_found_by_any_of_their_names_public_bodies_first() {
        let council = Organisation { former_names: vec!["Ashmere Urban District".to_owned()], ..ashmere().unwrap() };
        let supplier = Organisation {
            id: "a-fennel".parse().unwrap(),
            name: "Ashmere Software Ltd".to_owned(),
            kind: OrganisationKind::Supplier,
            code: None,
            participating: false,
            ..council.clone()
        };
        let supplier = Organisation { former_names: vec![], ..supplier };
        let found = |text: &str| {
            let found = named_like(vec![supplier.clone(), council.clone()], text);
            found.into_iter().map(|found| found.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found("ASHMERE"), ["ashmere", "a-fennel"]);
        assert_eq!(found("urban"), ["ashmere"]);
        assert_eq!(found("x06000001"), ["ashmere"]);
        assert_eq!(found("X0600000"), Vec::<String>::new(), "a part of a code is no name");
    }
}
