//! The SQL of requests to join.

use serde_json::json;
use store::{Row, Transaction, values};
use vocabulary::{OrganisationId, PersonId, Role, Timestamp, new_id};

use super::{DAY, DECLINED_FOR_DAYS, JoinRequest, KEPT_AFTER, MOST_A_WEEK, MOST_OPEN, MOST_WAITING, State, tell};
use crate::{
    Error,
    error::damaged,
    membership::{By, note},
    person,
};

const COLUMNS: &str = "id, organisation, person, reason, made_at, outcome, ended_at, role, answer";

fn request(row: &Row<'_>) -> Result<JoinRequest, store::Error> {
    let refused = || damaged("a request to join");
    let moment = |value| Timestamp::from_microsecond(value).map_err(|_| refused());
    let state = match (row.optional_text(5)?.as_deref(), row.optional_integer(6)?) {
        (None, None) => State::Waiting,
        (Some("approved"), Some(at)) => {
            let role = row.optional_text(7)?.and_then(|role| role.parse().ok());
            State::Approved { role: role.ok_or_else(refused)?, at: moment(at)? }
        }
        (Some("declined"), Some(at)) => {
            State::Declined { answer: row.optional_text(8)?.unwrap_or_default(), at: moment(at)? }
        }
        (Some("withdrawn"), Some(at)) => State::Withdrawn { at: moment(at)? },
        _ => return Err(refused()),
    };
    Ok(JoinRequest {
        id: row.text(0)?,
        organisation: row.text(1)?.parse().map_err(|_| refused())?,
        person: row.text(2)?.parse().map_err(|_| refused())?,
        reason: row.text(3)?,
        made_at: moment(row.integer(4)?)?,
        state,
    })
}

/// Asks on a person's behalf, and gives the request's id: that of the one that waits already, if there is one.
pub(crate) fn ask(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    person: PersonId,
    reason: &str,
    by: &By,
) -> Result<String, Error> {
    let Some(asked) = crate::organisation::here(tx, organisation)? else { return Err(Error::Missing) };
    crate::organisation::refuse_closed(tx, organisation)?;
    person::name(tx, person)?.ok_or(Error::Missing)?;
    if person::holding(tx, person, organisation)?.is_some() {
        return Err(Error::Conflicting(web::say!(
            "You act for {organisation} already. Choose it under \"Account\".",
            organisation = asked.name
        )));
    }
    let here = values![organisation.as_str(), person.to_string()];
    let waits = tx.query_optional(
        "SELECT id FROM join_request WHERE organisation = $1 AND person = $2 AND waits = 1",
        &here,
        |row| row.text(0),
    )?;
    if let Some(id) = waits {
        return Ok(id);
    }
    within_limits(tx, organisation, person, by.now)?;
    let id = new_id(by.now, &by.chance)?.to_string();
    tx.execute(
        "INSERT INTO join_request (organisation, id, person, reason, made_at, waits) VALUES ($1, $2, $3, $4, $5, 1)",
        &values![organisation.as_str(), &id, person.to_string(), reason, by.now.as_microsecond()],
    )?;
    note(tx, organisation, "join-requested", json!({"request": id, "person": person}), by)?;
    tell::soon(tx, organisation, by)?;
    Ok(id)
}

fn within_limits(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    person: PersonId,
    now: Timestamp,
) -> Result<(), Error> {
    let (at, of) = (now.as_microsecond(), person.to_string());
    let conflicting = |message| Err(Error::Conflicting(message));
    let declined = tx.query_one(
        "SELECT MAX(ended_at) FROM join_request WHERE organisation = $1 AND person = $2 AND outcome = 'declined'",
        &values![organisation.as_str(), &of],
        |row| row.optional_integer(0),
    )?;
    let again = declined.map(|declined| declined + DECLINED_FOR_DAYS * DAY).filter(|again| *again > at);
    if let Some(again) = again.and_then(|again| Timestamp::from_microsecond(again).ok()) {
        let day = again.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %B %Y").to_string();
        return conflicting(web::say!("A request of yours was declined. You can ask again from {day}.", day = day));
    }
    let open = "SELECT COUNT(*) FROM join_request WHERE person = $1 AND waits = 1";
    if tx.query_one(open, &values![&of], |row| row.integer(0))? >= MOST_OPEN {
        return conflicting(web::say!(
            "{most} requests of yours wait already. Take one back, or wait for an answer.",
            most = MOST_OPEN
        ));
    }
    let week = "SELECT COUNT(*) FROM join_request WHERE person = $1 AND made_at > $2";
    if tx.query_one(week, &values![&of, at - 7 * DAY], |row| row.integer(0))? >= MOST_A_WEEK {
        return conflicting(web::say!(
            "You have asked {most} times this week. Ask again in a week.",
            most = MOST_A_WEEK
        ));
    }
    if count_waiting(tx, organisation)? >= MOST_WAITING {
        return conflicting(web::say!(
            "Too many requests to this organisation wait for an answer. Ask again in some days."
        ));
    }
    Ok(())
}

/// How many requests to an organisation wait.
pub(crate) fn count_waiting(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<i64, store::Error> {
    let sql = "SELECT COUNT(*) FROM join_request WHERE organisation = $1 AND waits = 1";
    tx.query_one(sql, &values![organisation.as_str()], |row| row.integer(0))
}

/// One request to an organisation.
pub(crate) fn find(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    id: &str,
) -> Result<Option<JoinRequest>, store::Error> {
    let sql = format!("SELECT {COLUMNS} FROM join_request WHERE organisation = $1 AND id = $2");
    tx.query_optional(&sql, &values![organisation.as_str(), id], request)
}

/// One request of a person.
pub(crate) fn find_own(
    tx: &mut Transaction<'_>,
    person: PersonId,
    id: &str,
) -> Result<Option<JoinRequest>, store::Error> {
    let sql = format!("SELECT {COLUMNS} FROM join_request WHERE person = $1 AND id = $2");
    tx.query_optional(&sql, &values![person.to_string(), id], request)
}

/// A person's requests, newest first.
pub(crate) fn of_person(tx: &mut Transaction<'_>, person: PersonId) -> Result<Vec<JoinRequest>, store::Error> {
    let sql = format!("SELECT {COLUMNS} FROM join_request WHERE person = $1 ORDER BY made_at DESC, id DESC");
    tx.query(&sql, &values![person.to_string()], request)
}

/// The requests to an organisation that wait, oldest first.
pub(crate) fn waiting(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
) -> Result<Vec<JoinRequest>, store::Error> {
    let sql = format!("SELECT {COLUMNS} FROM join_request WHERE organisation = $1 AND waits = 1 ORDER BY made_at, id");
    tx.query(&sql, &values![organisation.as_str()], request)
}

/// Ends a request that waits. False when it does not any more: of two who decide at the same time one does.
pub(super) fn end(
    tx: &mut Transaction<'_>,
    request: &JoinRequest,
    outcome: &State,
    by: &By,
) -> Result<bool, store::Error> {
    let (role, answer) = match outcome {
        State::Approved { role, .. } => (Some(role.word()), None),
        State::Declined { answer, .. } => (None, Some(answer.as_str())),
        State::Waiting | State::Withdrawn { .. } => (None, None),
    };
    let ended = tx.execute(
        "UPDATE join_request SET waits = NULL, outcome = $3, ended_at = $4, ended_by = $5, role = $6, answer = $7 \
         WHERE organisation = $1 AND id = $2 AND waits = 1",
        &values![
            request.organisation.as_str(),
            &request.id,
            outcome.word(),
            by.now.as_microsecond(),
            by.actor.map(|actor| actor.to_string()),
            role,
            answer
        ],
    )?;
    Ok(ended > 0)
}

/// A person acts for an organisation now, in whichever way it came: what they asked for is approved.
pub(crate) fn answered(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    person: PersonId,
    role: Role,
    by: &By,
) -> Result<(), store::Error> {
    tx.execute(
        "UPDATE join_request SET waits = NULL, outcome = 'approved', ended_at = $3, ended_by = $4, role = $5 \
         WHERE organisation = $1 AND person = $2 AND waits = 1",
        &values![
            organisation.as_str(),
            person.to_string(),
            by.now.as_microsecond(),
            by.actor.map(|actor| actor.to_string()),
            role.word()
        ],
    )?;
    Ok(())
}

/// Removes requests that ended long ago.
pub(crate) fn forget_ended(tx: &mut Transaction<'_>, now: Timestamp) -> Result<u64, store::Error> {
    tx.execute("DELETE FROM join_request WHERE ended_at <= $1", &values![now.as_microsecond() - KEPT_AFTER])
}

/// When those who decide for an organisation were last told, if ever.
pub(super) fn last_told(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
) -> Result<Option<Timestamp>, store::Error> {
    let sql = "SELECT MAX(told_at) FROM join_request WHERE organisation = $1";
    let told = tx.query_one(sql, &values![organisation.as_str()], |row| row.optional_integer(0))?;
    told.map(|at| Timestamp::from_microsecond(at).map_err(|_| damaged("a request to join"))).transpose()
}

/// Marks what waits as told. False when nothing is new among it.
pub(super) fn mark_told(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    now: Timestamp,
) -> Result<bool, store::Error> {
    let told = tx.execute(
        "UPDATE join_request SET told_at = $2 WHERE organisation = $1 AND waits = 1 AND told_at IS NULL",
        &values![organisation.as_str(), now.as_microsecond()],
    )?;
    Ok(told > 0)
}

/// Those who decide for an organisation: its stewards where it participates and has some, else operators.
pub(super) fn deciders(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<PersonId>, store::Error> {
    let read = |row: &Row<'_>| row.text(0)?.parse().map_err(|_| damaged("a membership"));
    let stewards: Vec<PersonId> = tx.query(
        "SELECT m.person FROM membership m JOIN organisation o ON o.id = m.organisation JOIN person p ON p.id = m.person \
         WHERE m.organisation = $1 AND m.role = 'steward' AND o.participating = 1 AND p.disabled_at IS NULL \
         ORDER BY m.person",
        &values![organisation.as_str()],
        read,
    )?;
    if !stewards.is_empty() {
        return Ok(stewards);
    }
    tx.query(
        "SELECT DISTINCT m.person FROM membership m JOIN organisation o ON o.id = m.organisation JOIN person p ON p.id = m.person \
         WHERE m.role = 'operator' AND o.participating = 1 AND p.disabled_at IS NULL ORDER BY m.person",
        &[],
        read,
    )
}
