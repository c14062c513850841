//! Who acts for an organisation, who is invited, and what happened to its people.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use serde_json::json;
use store::Transaction;
use vocabulary::{PersonId, Reader, Timestamp};
use web::{Cell, Outcome, Page, SuccessBanner, Table, Visit};

use super::{
    history::{self, Told},
    of_visit, undo,
};
use crate::{
    Accounts, Error, Organisation,
    invitation::{Invitation, pending},
    joining::{JoinRequest, store::waiting},
    membership::{Colleague, colleagues},
    permission::may_give,
    person,
    ports::View,
    role_words,
};

const TEMPLATE: &str = "accounts/people/list.html";
pub(crate) const PARAMETERS: &[&str] = &["done", "invited", "who"];

/// What the page is made from.
pub(super) struct People {
    pub(super) organisation: Organisation,
    pub(super) colleagues: Vec<Colleague>,
    pub(super) invitations: Vec<Invitation>,
    /// Requests to join that wait, with the name of who asks.
    pub(super) requests: Vec<(JoinRequest, String)>,
    /// Names of those who invited.
    pub(super) inviters: BTreeMap<PersonId, String>,
    pub(super) history: Vec<Told>,
}

/// The page.
pub(crate) async fn show(State(accounts): State<Accounts>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let organisation = of_visit(&accounts, &id, &visit.reader).await?;
    let invited = parameters.number("invited", 1..=1_000_u64)?;
    let done = parameters.one("done").map(str::to_owned);
    let who = parameters.one("who").and_then(|who| who.parse::<PersonId>().ok());
    let reader = visit.reader.clone();
    let read = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        let invitations = pending(tx, &organisation.id)?;
        let mut inviters = BTreeMap::new();
        for inviter in invitations.iter().filter_map(|invitation| invitation.invited_by) {
            if !inviters.contains_key(&inviter)
                && let Some(name) = person::name(tx, inviter)?
            {
                inviters.insert(inviter, name);
            }
        }
        let mut requests = Vec::new();
        for request in waiting(tx, &organisation.id)? {
            let name = person::name(tx, request.person)?.unwrap_or_default();
            requests.push((request, name));
        }
        // A name is told only of somebody about whom something happened here.
        let undo = match who {
            Some(who) => undo::latest(tx, &reader, &organisation, who)?,
            None => None,
        };
        let people = People {
            colleagues: colleagues(tx, &organisation.id)?,
            history: history::read(tx, &organisation.id)?,
            invitations,
            requests,
            inviters,
            organisation,
        };
        Ok((people, undo))
    };
    let (people, undo) = accounts.store.read(read).await?;
    let views = (accounts.views)(&people.organisation, &visit.reader);
    let mut page = page(&people, &visit.reader, views, accounts.clock.now());
    if let Some(count) = invited {
        let text = web::say_n!("1 invitation is on its way.", "{count} invitations are on their way.", count);
        page = page.banner(SuccessBanner { text, link: None });
    } else if let Some(banner) = done.and_then(|done| banner(&done, undo, &people.organisation)) {
        page = page.banner(banner);
    }
    Ok(page.into())
}

/// What was done, by the word in the address. A word that is none says nothing.
fn banner(done: &str, undo: Option<undo::Latest>, organisation: &Organisation) -> Option<SuccessBanner> {
    let plain = |text| Some(SuccessBanner { text, link: None });
    match (done, undo) {
        ("sent", _) => plain(web::say!("Another letter is on its way. The link of the one before works no longer.")),
        ("withdrawn", _) => plain(web::say!("The invitation is withdrawn. Its link works no longer.")),
        ("approved", _) => plain(web::say!("The request is approved, and a letter says so.")),
        ("declined", _) => plain(web::say!("The request is declined, and a letter says so.")),
        ("undone", _) => plain(web::say!("That is undone.")),
        ("changed", Some(latest)) => {
            let link = latest.link(organisation);
            Some(SuccessBanner { text: latest.said(organisation), link: Some((web::say!("Undo"), link)) })
        }
        _ => None,
    }
}

pub(super) fn page(people: &People, reader: &Reader, views: Vec<View>, now: Timestamp) -> Page {
    let People { organisation, colleagues, invitations, requests, inviters, history } = people;
    let id = &organisation.id;
    let theirs = |role| may_give(reader, role, id, organisation.participating).is_ok();
    let shown = |colleague: &Colleague| {
        let oneself = reader.person == Some(colleague.person);
        json!({
            "id": colleague.person,
            "name": colleague.name,
            "email": colleague.email,
            "role": colleague.role,
            "role_name": role_words::name(colleague.role),
            "since": colleague.since,
            "last_seen": colleague.seen_month,
            "yourself": oneself,
            "disabled": colleague.disabled,
            "can_be_changed": !oneself && theirs(colleague.role),
        })
    };
    let waits = |invitation: &Invitation| {
        json!({
            "id": invitation.id,
            "name": invitation.name,
            "email": invitation.email.as_str(),
            "role": invitation.role,
            "role_name": role_words::name(invitation.role),
            "invited_by": invitation.invited_by.and_then(|inviter| inviters.get(&inviter)),
            "sent_at": invitation.sent_at,
            "good_until": invitation.expires_at,
            "expired": invitation.expires_at <= now,
            "can_be_changed": theirs(invitation.role),
        })
    };
    let asks = |(request, name): &(JoinRequest, String)| {
        json!({
            "id": request.id,
            "name": name,
            "reason": request.reason,
            "asked_at": request.made_at,
            "yourself": reader.person == Some(request.person),
        })
    };
    let stewards = colleagues.iter().filter(|colleague| colleague.role == vocabulary::Role::Steward).count();
    let row = |colleague: &Colleague| {
        vec![
            Cell::from(colleague.name.as_str()),
            Cell::from(colleague.email.as_str()),
            Cell::from(colleague.role.word()),
            Cell::Date(colleague.since.strftime("%Y-%m-%d").to_string()),
            colleague.seen_month.clone().map_or(Cell::Empty, Cell::Date),
        ]
    };
    let table = Table {
        name: format!("{id}-people"),
        columns: vec!["name", "email", "role", "since", "last_seen"],
        rows: colleagues.iter().map(row).collect(),
    };
    Page::new(TEMPLATE, web::say!("People who act for {organisation}", organisation = organisation.name))
        .place(organisation.name.clone())
        .section("organisations")
        .crumb(web::say!("Home"), "/")
        .crumb(web::say!("Organisations"), "/organisations")
        .crumb(organisation.name.clone(), organisation.address())
        .wide()
        .private()
        .extra("organisation_name", &organisation.name)
        .extra("views", views)
        .extra("stewards", stewards)
        .table(table)
        .data(json!({
            "organisation": id,
            "people": colleagues.iter().map(shown).collect::<Vec<_>>(),
            "invitations": invitations.iter().map(waits).collect::<Vec<_>>(),
            "requests": requests.iter().map(asks).collect::<Vec<_>>(),
            "history": history,
        }))
}
