//! Pages about requests to join with invented content.

use vocabulary::{OrganisationId, PersonId, Role, Timestamp};
use web::{FieldError, Form, SamplePage};

use super::{
    JoinRequest, State,
    ask::{self, Asking},
    decide::{self, Case},
    find::{self, Found},
    own,
};
use crate::people::samples::{ashmere, steward};

/// A request of somebody invented.
pub(crate) fn request(organisation: &OrganisationId, number: u128, state: State) -> JoinRequest {
    JoinRequest {
        id: uuid::Uuid::from_u128(number).to_string(),
        organisation: organisation.clone(),
        person: PersonId(uuid::Uuid::from_u128(7)),
        reason: "I keep the list of systems of the revenues team and would like to bring it in.".to_owned(),
        made_at: Timestamp::UNIX_EPOCH,
        state,
    }
}

/// The pages in each of their states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let Some(organisation) = ashmere() else { return vec![] };
    let (reader, at) = (steward(&organisation), Timestamp::UNIX_EPOCH);
    let request = |number, state| request(&organisation.id, number, state);
    let declined = || State::Declined { answer: "We do not know you. Ask your manager to write to us.".to_owned(), at };
    let found = |searched: Option<&str>, organisations: Vec<_>, own: Vec<JoinRequest>| Found {
        searched: searched.map(str::to_owned),
        total: organisations.len(),
        organisations,
        own: own.into_iter().map(|request| (request, organisation.name.clone())).collect(),
    };
    let own_requests = vec![
        request(1, State::Waiting),
        request(2, declined()),
        request(3, State::Approved { role: Role::Editor, at }),
        request(4, State::Withdrawn { at }),
    ];
    let asking = Asking {
        organisation: organisation.clone(),
        name: "Priya Shah".to_owned(),
        email: "priya.shah@ashmere.example".to_owned(),
    };
    let without_address =
        Asking { email: String::new(), organisation: organisation.clone(), name: "Priya Shah".to_owned() };
    let case = |state| Case {
        organisation: organisation.clone(),
        request: request(1, state),
        name: "Priya Shah".to_owned(),
        email: "priya.shah@ashmere.example".to_owned(),
    };
    let no_reason = || vec![FieldError::new("answer", web::say!("Write why, for {name} to read", name = "Priya Shah"))];
    let typed = Form::of([("decision", "decline"), ("answer", "")]);
    let own_page = |state| own::page(&request(1, state), &organisation.name);
    let why = web::say!("Say in a sentence why you ask, so that somebody can decide");
    let mut own_case = case(State::Waiting);
    own_case.request.person = PersonId(uuid::Uuid::from_u128(1));
    let sample = |name, page| SamplePage { name, page };
    vec![
        sample("ask to join, nothing yet", find::page(&found(None, vec![], vec![]))),
        sample("ask to join, found", find::page(&found(Some("ashmere"), vec![organisation.clone()], own_requests))),
        sample("ask to join, none found", find::page(&found(Some("Ashmeer"), vec![], vec![]))),
        sample("ask to join one organisation", ask::page(&asking)),
        sample("ask to join, without an address", ask::page(&without_address)),
        sample("ask to join, refused", ask::page(&asking).errors(vec![FieldError::new("reason", why)])),
        sample("your request, waiting", own_page(State::Waiting)),
        sample("your request, approved", own_page(State::Approved { role: Role::Editor, at })),
        sample("your request, declined", own_page(declined())),
        sample("your request, taken back", own_page(State::Withdrawn { at })),
        sample("a request to join", decide::page(&case(State::Waiting), &reader)),
        sample(
            "a request to join, refused",
            decide::page(&case(State::Waiting), &reader).typed(&typed).errors(no_reason()),
        ),
        sample("a request to join, one's own", decide::page(&own_case, &reader)),
        sample("a request to join, decided", decide::page(&case(State::Withdrawn { at }), &reader)),
    ]
}
