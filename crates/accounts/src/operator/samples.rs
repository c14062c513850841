//! The pages of people for operators with invented content.

use vocabulary::{PersonId, Reader, Role, Timestamp};
use web::{FieldError, SamplePage};

use super::{
    Account, add,
    bodies::Body,
    disable, organisation,
    organisations::{self, Bodies},
    people::{Filter, People},
    person,
    store::WaysIn,
};
use crate::{
    OrganisationKind,
    people::samples::{ashmere, steward},
    person::Membership,
};

/// Somebody invented.
pub(super) fn account(number: u128, name: &str, disabled_at: Option<Timestamp>) -> Account {
    Account {
        id: PersonId(uuid::Uuid::from_u128(number)),
        name: name.to_owned(),
        email: Some(format!("{}@ashmere.example", name.to_lowercase().replace(' ', "."))),
        made_at: Timestamp::UNIX_EPOCH,
        seen_month: (number != 3).then(|| "2026-03".to_owned()),
        disabled_at,
        memberships: vec![],
    }
}

/// The pages in each of their states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let Some(organisation) = ashmere() else { return vec![] };
    let (reader, at): (Reader, Timestamp) = (steward(&organisation), Timestamp::UNIX_EPOCH);
    let acts = |account: Account, role| Account {
        memberships: vec![Membership {
            organisation: organisation.id.clone(),
            organisation_name: organisation.name.clone(),
            participating: true,
            role,
        }],
        ..account
    };
    let priya = || acts(account(2, "Priya Shah", None), Role::Editor);
    let disabled = || acts(account(4, "Robin Ellery", Some(at)), Role::Steward);
    let nobody = || Account { email: None, ..account(3, "Wren Oakley", None) };
    let all = vec![priya(), disabled(), nobody()];
    let filter = Filter { text: Some("x".to_owned()), states: vec!["disabled"], roles: vec![] };
    let ways_in =
        WaysIn { sessions: vec![(at, at)], tokens: 2, issuers: vec!["https://id.ashmere.example".to_owned()] };
    let refusal = web::say!("Nobody disables their own account. Ask another operator.");
    let own = Account { id: PersonId(uuid::Uuid::from_u128(1)), ..priya() };
    let body = |id: &str, name: &str, closed_at| {
        Some(Body {
            id: id.parse().ok()?,
            name: name.to_owned(),
            kind: OrganisationKind::Council,
            code: None,
            participating: true,
            closed_at,
            people: 3,
            stewards: u64::from(closed_at.is_none()),
            requests: 2,
            domains: 1,
        })
    };
    let bodies: Vec<Body> =
        [body("ashmere", "Ashmere Borough Council", None), body("brackford", "Brackford District Council", Some(at))]
            .into_iter()
            .flatten()
            .collect();
    let (Some(open), Some(closed)) = (bodies.first().cloned(), bodies.last().cloned()) else { return vec![] };
    let nobody_acts = Body { people: 0, stewards: 0, requests: 0, domains: 0, ..open.clone() };
    let no_bodies = organisations::Filter { text: Some("x".to_owned()), ..organisations::Filter::default() };
    let names = ["Sam Cole".to_owned()];
    let wrong = vec![
        FieldError::new("name", web::say!("Enter the name of the organisation")),
        FieldError::new("kind", web::say!("Choose what it is")),
        FieldError::new("participating", web::say!("Choose whether it takes part")),
    ];
    let keeper = web::say!("You act for this organisation now. Another operator can close it.");
    let sample = |name, page| SamplePage { name, page };
    vec![
        sample(
            "organisations of the copy",
            Bodies::of(bodies.clone(), organisations::Filter::default(), None, false).page(),
        ),
        sample("organisations of the copy, none fits", Bodies::of(bodies, no_bodies, None, false).page()),
        sample("an organisation, for operators", organisation::page(&open, &names)),
        sample("an organisation without people, for operators", organisation::page(&nobody_acts, &[])),
        sample("an organisation, closed", organisation::page(&closed, &[])),
        sample("close an organisation", organisation::close_page(&open, None)),
        sample("close an organisation, refused", organisation::close_page(&open, Some(keeper))),
        sample("add an organisation", add::page()),
        sample("add an organisation, refused", add::page().errors(wrong)),
        sample("people of the copy", People::of(all.clone(), Filter::default(), None, false).page()),
        sample("people of the copy, none fits", People::of(all, filter, None, false).page()),
        sample("a person", person::page(&priya(), &ways_in, &reader)),
        sample("a person, disabled", person::page(&disabled(), &WaysIn::default(), &reader)),
        sample("a person who acts for nobody", person::page(&nobody(), &WaysIn::default(), &reader)),
        sample("a person, oneself", person::page(&own, &ways_in, &reader)),
        sample("disable an account", disable::page(&priya(), None)),
        sample("disable an account, refused", disable::page(&own, Some(refusal))),
    ]
}
