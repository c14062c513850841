//! Pages of an organisation's people with invented content.

use std::collections::BTreeMap;

use vocabulary::{Acting, PersonId, Reader, Role, Timestamp};
use web::{FieldError, SamplePage};

use super::{
    history::Told,
    list::{self, People},
    remove,
    role::{self, Whom},
    undo::{self, Latest},
};
use crate::{
    EmailAddress, Organisation, OrganisationKind,
    invitation::Invitation,
    joining::{self, samples::request},
    membership::Colleague,
};

/// A council.
pub(crate) fn ashmere() -> Option<Organisation> {
    Some(Organisation {
        id: "ashmere".parse().ok()?,
        name: "Ashmere Borough Council".to_owned(),
        kind: OrganisationKind::Council,
        code: Some("X06000001".to_owned()),
        participating: true,
        keeps_shared_list: false,
        about: String::new(),
        also_known: vec![],
        former_names: vec![],
    })
}

/// A reader who manages its people.
pub(crate) fn steward(organisation: &Organisation) -> Reader {
    let acting = Acting { organisation: organisation.id.clone(), participating: true, role: Role::Steward };
    Reader { person: Some(PersonId(uuid::Uuid::from_u128(1))), acting: Some(acting), scope: None }
}

/// Somebody invented.
pub(crate) fn colleague(number: u128, name: &str, role: Role) -> Colleague {
    let address = name.to_lowercase().replace(' ', ".");
    Colleague {
        person: PersonId(uuid::Uuid::from_u128(number)),
        name: name.to_owned(),
        email: format!("{address}@ashmere.example"),
        role,
        since: Timestamp::UNIX_EPOCH,
        seen_month: (number != 3).then(|| "2026-03".to_owned()),
        disabled: number == 3,
    }
}

/// The pages in each of their states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let (Some(organisation), Ok(email)) = (ashmere(), EmailAddress::parse("alex.brook@ashmere.example")) else {
        return vec![];
    };
    let reader = steward(&organisation);
    let now = Timestamp::UNIX_EPOCH;
    let invitation = |id: &str, role, days: i64| Invitation {
        id: id.to_owned(),
        organisation: organisation.id.clone(),
        email: email.clone(),
        name: "Alex Brook".to_owned(),
        role,
        invited_by: (days > 0).then_some(PersonId(uuid::Uuid::from_u128(1))),
        sent_at: now,
        expires_at: now + jiff::SignedDuration::from_hours(24 * days),
    };
    let told = |text: &str, by: Option<&str>| Told {
        at: now,
        verb: "joined".to_owned(),
        text: text.to_owned(),
        by: by.map(str::to_owned),
    };
    let people = People {
        colleagues: vec![
            colleague(2, "Priya Shah", Role::Editor),
            colleague(1, "Sam Cole", Role::Steward),
            colleague(3, "Wren Oakley", Role::Auditor),
        ],
        invitations: vec![invitation("1", Role::Member, 7), invitation("2", Role::Auditor, 0)],
        requests: vec![(request(&organisation.id, 1, joining::State::Waiting), "Robin Ellery".to_owned())],
        inviters: BTreeMap::from([(PersonId(uuid::Uuid::from_u128(1)), "Sam Cole".to_owned())]),
        history: vec![
            told("Priya Shah accepted an invitation, as: Editor", Some("Priya Shah")),
            told("Priya Shah was invited, as: Editor", None),
        ],
        organisation: organisation.clone(),
    };
    let only = |colleagues| People {
        colleagues,
        invitations: vec![],
        requests: vec![],
        inviters: BTreeMap::new(),
        history: vec![],
        organisation: organisation.clone(),
    };
    let (nobody, no_steward) = (only(vec![]), only(vec![colleague(2, "Priya Shah", Role::Editor)]));
    let whom = |role| Whom {
        organisation: organisation.clone(),
        person: PersonId(uuid::Uuid::from_u128(2)),
        name: "Priya Shah".to_owned(),
        role,
    };
    let latest = |is| Latest {
        person: PersonId(uuid::Uuid::from_u128(2)),
        name: "Priya Shah".to_owned(),
        was: Role::Editor,
        is,
        sequence: 7,
    };
    let last = web::say!(
        "{organisation} would be left without a steward. Make somebody else a steward first.",
        organisation = organisation.name
    );
    let refused = vec![FieldError::new("role", last.clone())];
    let sample = |name, page| SamplePage { name, page };
    vec![
        sample("people", list::page(&people, &reader, vec![], now)),
        sample("people, nobody", list::page(&nobody, &reader, vec![], now)),
        sample("people, no steward", list::page(&no_steward, &reader, vec![], now)),
        sample("change a role", role::page(&whom(Role::Editor), &reader)),
        sample("change a role, refused", role::page(&whom(Role::Steward), &reader).errors(refused)),
        sample("remove somebody", remove::page(&whom(Role::Editor), None)),
        sample("remove somebody, refused", remove::page(&whom(Role::Steward), Some(last))),
        sample("undo a removal", undo::page(&organisation, &latest(None))),
        sample("undo a change of role", undo::page(&organisation, &latest(Some(Role::Member)))),
    ]
}
