//! Letters about requests to join: to those who decide that there are some, and to who asked what was decided.
//!
//! Those who decide get one letter for all that came within ten minutes, and at most one a day for an organisation. It
//! names nobody: who asks stands on the page, for those who may open it then. The job marks what it told in the
//! transaction that writes the letters, so running it twice writes none twice.

use std::sync::Arc;

use ::store::Transaction;
use jiff::SignedDuration;
use ledger::job::{self, Failed, JobKind, NewJob, Run};
use serde_json::json;
use vocabulary::{OrganisationId, Role, Timestamp};

use super::{JoinRequest, store};
use crate::{Block, Error, Letter, Organisation, membership::By, organisation, outbox, role_words};

const JOB: &str = "join-requests";
/// How long a letter waits for more requests.
const GATHERS: SignedDuration = SignedDuration::from_mins(10);
/// Least time between two letters about one organisation.
const BETWEEN: SignedDuration = SignedDuration::from_hours(24);
/// How long sending makes sense.
const USEFUL_FOR: SignedDuration = SignedDuration::from_hours(72);

/// The job.
pub(crate) fn job(public_address: String) -> JobKind {
    JobKind {
        name: JOB,
        label: "Tell stewards of requests to join",
        schedule: None,
        tries: 10,
        limit_minutes: 5,
        run: Arc::new(move |run| tell(run, &public_address)),
    }
}

/// Those who decide for an organisation are told soon, unless that is under way.
pub(super) fn soon(tx: &mut Transaction<'_>, organisation: &OrganisationId, by: &By) -> Result<(), Error> {
    let next = store::last_told(tx, organisation)?.map_or(Timestamp::MIN, |told| told + BETWEEN);
    let due = next.max(by.now + GATHERS);
    let new = NewJob { organisation: Some(organisation), kind: JOB, key: "", details: json!({}), due };
    job::enqueue(tx, &new, by.now, &by.chance)?;
    Ok(())
}

fn tell(run: &Run, public_address: &str) -> Result<String, Failed> {
    let Some(id) = run.job.organisation.clone() else {
        return Err(Failed::ForGood("The job names no organisation.".to_owned()));
    };
    let (now, chance, address) = (run.clock.now(), run.chance.clone(), public_address.to_owned());
    let written = run.store.write_blocking(move |tx| -> Result<usize, Error> {
        let Some(organisation) = organisation::find(tx, &id)? else { return Ok(0) };
        if !store::mark_told(tx, &id, now)? {
            return Ok(0);
        }
        let count = store::count_waiting(tx, &id)?;
        let letter = some_wait(&organisation, u64::try_from(count).unwrap_or(0), &address);
        let mut written = 0;
        for person in store::deciders(tx, &id)? {
            written += usize::from(outbox::send(tx, person, &letter, now, &chance)?);
        }
        Ok(written)
    });
    let written = written.map_err(|error| Failed::ForNow(error.to_string()))?;
    Ok(format!("Wrote {written} letters."))
}

/// The letter to those who decide.
fn some_wait(organisation: &Organisation, count: u64, public_address: &str) -> Letter {
    let first = web::say_n!(
        "1 person asks to act for {organisation} and waits for an answer.",
        "{count} people ask to act for {organisation} and wait for an answer.",
        count,
        organisation = organisation.name
    );
    let link = format!("{public_address}/organisations/{}/people", organisation.id);
    Letter {
        subject: web::say!("Requests to join"),
        blocks: vec![
            Block::paragraph(first),
            Block::button(web::say!("Look at the requests"), link),
            Block::paragraph(web::say!(
                "If more people ask, you get one letter about all of them, tomorrow at the earliest."
            )),
        ],
        useful_for: USEFUL_FOR,
        unsubscribe: None,
    }
}

/// What a letter to who asked says of the decision.
pub(super) enum Decision<'a> {
    Approved(Role),
    Declined(&'a str),
}

/// Tells who asked. False when they have no address here: then the page of their request says it.
pub(super) fn decided(
    tx: &mut Transaction<'_>,
    organisation: &Organisation,
    request: &JoinRequest,
    decision: &Decision<'_>,
    public_address: &str,
    by: &By,
) -> Result<bool, Error> {
    let name = &organisation.name;
    let (first, then, link) = match decision {
        Decision::Approved(role) => (
            web::say!(
                "You can now act for {organisation}, as: {role}.",
                organisation = name,
                role = role_words::name(*role)
            ),
            role_words::can(*role, organisation.participating, name),
            Block::button(web::say!("Open your account"), format!("{public_address}/account")),
        ),
        Decision::Declined(answer) => (
            web::say!("Your request to act for {organisation} was declined.", organisation = name),
            web::say!("The reason given: {answer}", answer = answer),
            Block::button(web::say!("See your request"), format!("{public_address}/join/{}", request.id)),
        ),
    };
    let letter = Letter {
        subject: web::say!("Your request to join"),
        blocks: vec![Block::paragraph(first), Block::paragraph(then), link],
        useful_for: USEFUL_FOR,
        unsubscribe: None,
    };
    outbox::send(tx, request.person, &letter, by.now, &by.chance)
}
