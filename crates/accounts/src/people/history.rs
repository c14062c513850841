//! What happened to an organisation's people, told from the events of the ledger.
//!
//! Events hold references only. Names are put to them when the page is made, so that somebody who was erased is "somebody
//! who was erased" in the history too.

use std::collections::BTreeMap;

use ledger::Event;
use serde::Serialize;
use store::Transaction;
use vocabulary::{OrganisationId, PersonId, Role, Timestamp};

use crate::{membership, person, role_words};

/// The newest events that the page shows.
const SHOWN: u32 = 100;

/// One event in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Told {
    pub(super) at: Timestamp,
    /// What happened, as the ledger says it.
    pub(super) verb: String,
    /// The same as a sentence.
    pub(super) text: String,
    /// Who did it; none for the command line.
    pub(super) by: Option<String>,
}

/// The newest events about an organisation's people.
pub(super) fn read(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<Told>, store::Error> {
    let events = ledger::events_of(tx, organisation, &membership::thing(organisation), SHOWN)?;
    // Whoever accepted an invitation is whom it was about when it was made.
    let accepted: BTreeMap<&str, PersonId> = events
        .iter()
        .filter(|event| event.verb == "joined")
        .filter_map(|event| Some((detail(event, "invitation")?, detail(event, "person")?.parse().ok()?)))
        .collect();
    let whom = |event: &Event| match detail(event, "person") {
        Some(person) => person.parse().ok(),
        None => accepted.get(detail(event, "invitation")?).copied(),
    };
    let mut names = BTreeMap::new();
    for person in events.iter().flat_map(|event| [whom(event), event.actor]).flatten() {
        if let std::collections::btree_map::Entry::Vacant(vacant) = names.entry(person) {
            let name = person::name(tx, person)?;
            vacant.insert(name.unwrap_or_else(|| web::say!("somebody who was erased")));
        }
    }
    let name = |person: PersonId| names.get(&person).cloned();
    let told = |event: &Event| Told {
        at: event.at,
        verb: event.verb.clone(),
        text: sentence(event, whom(event).and_then(name)),
        by: event.actor.and_then(name),
    };
    Ok(events.iter().map(told).collect())
}

fn detail<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    event.details.as_ref()?.get(name)?.as_str()
}

fn sentence(event: &Event, name: Option<String>) -> String {
    let role = |which| {
        let role = detail(event, which).and_then(|word| word.parse::<Role>().ok());
        role.map(role_words::name).unwrap_or_default()
    };
    let name = name.unwrap_or_else(|| web::say!("Somebody"));
    let domain = detail(event, "domain").unwrap_or_default();
    match event.verb.as_str() {
        "invited" => web::say!("{name} was invited, as: {role}", name = name, role = role("role")),
        "invited-again" => {
            web::say!("{name} was sent another invitation, as: {role}", name = name, role = role("role"))
        }
        "invitation-withdrawn" => web::say!("An invitation was withdrawn, as: {role}", role = role("role")),
        "joined" => web::say!("{name} accepted an invitation, as: {role}", name = name, role = role("role")),
        "role-changed" => {
            web::say!("{name} was: {was}, and became: {role}", name = name, was = role("was"), role = role("role"))
        }
        "removed" => web::say!("{name} acts for it no longer; was: {was}", name = name, was = role("was")),
        "restored" => web::say!("{name} acts for it again, as: {role}", name = name, role = role("role")),
        "join-requested" => web::say!("{name} asked to act for it", name = name),
        "join-withdrawn" => web::say!("{name} took the request to act for it back", name = name),
        "join-approved" => web::say!("{name} acts for it on request, as: {role}", name = name, role = role("role")),
        "join-declined" => web::say!("The request of {name} to act for it was declined", name = name),
        "role-given" => {
            web::say!("{name} acts for it by an account elsewhere, as: {role}", name = name, role = role("role"))
        }
        "role-taken" => web::say!(
            "{name} acts for it no longer, since an account elsewhere does not say so any more; was: {was}",
            name = name,
            was = role("was")
        ),
        "domain-proposed" => web::say!("The domain {domain} was proposed", domain = domain),
        "domain-confirmed" => web::say!("The domain {domain} was confirmed", domain = domain),
        "domain-removed" => web::say!("The domain {domain} was removed", domain = domain),
        "disabled" => web::say!("The account of {name} was disabled", name = name),
        "enabled" => web::say!("The account of {name} was enabled again", name = name),
        "organisation-added" => web::say!("The organisation was added"),
        "organisation-renamed" => web::say!(
            "The organisation was called {was}, and is called {name} since",
            was = detail(event, "was").unwrap_or_default(),
            name = detail(event, "name").unwrap_or_default()
        ),
        "organisation-closed" => web::say!("The organisation was closed"),
        "organisation-opened" => web::say!("The organisation was opened again"),
        "left" => web::say!("{name} left; was: {was}", name = name, was = role("was")),
        other => other.to_owned(),
    }
}
