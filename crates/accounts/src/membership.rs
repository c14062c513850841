//! What somebody does for an organisation: begun, changed, ended. A membership begins by [`begin`] and by nothing else.
//!
//! The rules that no page may forget stand here: nobody changes their own role, an organisation with people keeps a
//! steward, this copy keeps an operator, and whoever acts still has the role with which they opened the page. Every act is
//! an event at the organisation's people: references, no names. Only of people who come from a file there is none.

use ledger::NewEvent;
use serde_json::{Value, json};
use store::{Transaction, values};
use vocabulary::{Acting, Chance, OrganisationId, PersonId, Reader, Role, Timestamp};

use crate::{Deed, Error, Organisation, error::damaged, joining, may, permission::may_give, person};

/// Who does it, when, and by which chance: what every act needs besides itself.
#[derive(Clone, Debug)]
pub(crate) struct By {
    /// The person who acts; none for the command line.
    pub(crate) actor: Option<PersonId>,
    pub(crate) now: Timestamp,
    pub(crate) chance: Chance,
}

/// The address under which events about an organisation's people stand.
pub(crate) fn thing(organisation: &OrganisationId) -> String {
    format!("/organisations/{organisation}/people")
}

/// Writes down what happened to an organisation's people.
pub(crate) fn note(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    verb: &'static str,
    details: Value,
    by: &By,
) -> Result<(), Error> {
    note_of(tx, organisation, thing(organisation), verb, details, by)
}

/// Writes down what happened to something of an organisation, under its address.
pub(crate) fn note_of(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    thing: String,
    verb: &'static str,
    details: Value,
    by: &By,
) -> Result<(), Error> {
    let event =
        NewEvent { organisation: Some(organisation.clone()), actor: by.actor, verb, thing, details, erasable: false };
    ledger::append(tx, &event, by.now, &by.chance)?;
    Ok(())
}

/// Refuses when the reader's own role is not any more what it was when their request began.
pub(crate) fn still(tx: &mut Transaction<'_>, reader: &Reader) -> Result<(), Error> {
    let (Some(person), Some(acting)) = (reader.person, reader.acting.as_ref()) else { return Err(Error::Missing) };
    match person::acting(tx, person, &acting.organisation)? {
        Some(now) if now == *acting => Ok(()),
        _ => Err(Error::Conflicting(web::say!("Your own role was changed meanwhile. Open the page again."))),
    }
}

/// The organisation whose people the reader manages, read within the transaction that goes on to change them.
pub(crate) fn managed(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &OrganisationId,
) -> Result<Organisation, Error> {
    may(reader, Deed::ManagePeople, organisation)?;
    still(tx, reader)?;
    crate::organisation::here(tx, organisation)?.ok_or(Error::Missing)
}

/// What a person does for an organisation, if the reader may change it: the role is theirs to take, and it is somebody else's.
pub(crate) fn changeable(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &Organisation,
    person: PersonId,
) -> Result<Acting, Error> {
    let acting = person::holding(tx, person, &organisation.id)?.ok_or(Error::Missing)?;
    if reader.person == Some(person) {
        let message = web::say!("Nobody changes their own role. Ask another steward, or whoever runs this service.");
        return Err(Error::Conflicting(message));
    }
    may_give(reader, acting.role, &organisation.id, organisation.participating)?;
    Ok(acting)
}

/// How somebody comes to act for an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Began<'a> {
    /// They accepted an invitation: its id.
    Invitation(&'a str),
    /// A rule about accounts elsewhere gave it.
    Rule,
    /// They asked, and it was approved: the request's id.
    Request(&'a str),
    /// They were removed, and that was undone.
    Undone,
    /// A file says so. Files are no events.
    File,
}

/// Begins what a person does for an organisation. Whoever acts for it already keeps the role that they have: then false.
/// An invitation of theirs, and a request to join, have no more to wait for. Refused where the organisation is closed.
pub(crate) fn begin(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    person: PersonId,
    role: Role,
    how: Began<'_>,
    by: &By,
) -> Result<bool, Error> {
    crate::organisation::refuse_closed(tx, organisation)?;
    let new = tx.execute(
        "INSERT INTO membership (organisation, person, role, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        &values![organisation.as_str(), person.to_string(), role.word(), by.now.as_microsecond()],
    )?;
    withdraw_invitations_to(tx, organisation, person)?;
    joining::store::answered(tx, organisation, person, role, by)?;
    let (verb, details) = match how {
        Began::Invitation(id) => ("joined", json!({"invitation": id, "person": person, "role": role})),
        Began::Request(id) => ("join-approved", json!({"request": id, "person": person, "role": role})),
        Began::Rule => ("role-given", json!({"person": person, "role": role})),
        Began::Undone => ("restored", json!({"person": person, "role": role})),
        Began::File => return Ok(new > 0),
    };
    note(tx, organisation, verb, details, by)?;
    Ok(new > 0)
}

/// Gives a person who acts for an organisation another role there; to somebody who was removed, the one before. False when
/// it was so already.
pub(crate) fn give(
    tx: &mut Transaction<'_>,
    organisation: &Organisation,
    person: PersonId,
    role: Role,
    by: &By,
) -> Result<bool, Error> {
    let id = &organisation.id;
    let was = person::holding(tx, person, id)?.map(|acting| acting.role);
    match was {
        Some(was) if was == role => return Ok(false),
        Some(Role::Steward) => keeps_a_steward(tx, organisation, person, true)?,
        Some(Role::Operator) => keeps_an_operator(tx, id, person)?,
        _ => {}
    }
    let Some(was) = was else { return begin(tx, id, person, role, Began::Undone, by) };
    let named = values![id.as_str(), person.to_string(), role.word()];
    tx.execute("UPDATE membership SET role = $3 WHERE organisation = $1 AND person = $2", &named)?;
    withdraw_invitations_to(tx, id, person)?;
    if !invites(was, role) {
        withdraw_invitations_of(tx, id, person, was)?;
    }
    note(tx, id, "role-changed", json!({"person": person, "role": role, "was": was}), by)?;
    Ok(true)
}

/// Ends what a person does for an organisation, and takes back what they invited others to. Their sessions go on, without
/// this right: roles are read afresh with every request. Gives the role that they had.
pub(crate) fn end(
    tx: &mut Transaction<'_>,
    organisation: &Organisation,
    person: PersonId,
    verb: &'static str,
    by: &By,
) -> Result<Role, Error> {
    let id = &organisation.id;
    let was = person::holding(tx, person, id)?.ok_or(Error::Missing)?.role;
    match was {
        Role::Steward => keeps_a_steward(tx, organisation, person, false)?,
        Role::Operator => keeps_an_operator(tx, id, person)?,
        _ => {}
    }
    end_whatever(tx, id, person, was, verb, by)?;
    Ok(was)
}

/// The same without asking who is left: for the operator who shuts somebody out at once.
pub(crate) fn end_whatever(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    person: PersonId,
    was: Role,
    verb: &'static str,
    by: &By,
) -> Result<(), Error> {
    let named = values![organisation.as_str(), person.to_string()];
    tx.execute("DELETE FROM membership WHERE organisation = $1 AND person = $2", &named)?;
    withdraw_invitations_to(tx, organisation, person)?;
    withdraw_invitations_of(tx, organisation, person, was)?;
    note(tx, organisation, verb, json!({"person": person, "was": was}), by)
}

/// Whether somebody whose role changed from `was` to `role` may invite as before.
fn invites(was: Role, role: Role) -> bool {
    let manages = |role| matches!(role, Role::Steward | Role::Operator);
    !manages(was) || manages(role)
}

/// A letter that offers somebody the role of another day has no more to offer: it would undo what was decided since.
fn withdraw_invitations_to(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    person: PersonId,
) -> Result<(), store::Error> {
    tx.execute(
        "DELETE FROM invitation WHERE organisation = $1 AND email = (SELECT email FROM person WHERE id = $2)",
        &values![organisation.as_str(), person.to_string()],
    )?;
    Ok(())
}

/// What somebody offered in a role that they have no longer is not accepted after them. An operator offers everywhere.
fn withdraw_invitations_of(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    person: PersonId,
    was: Role,
) -> Result<(), store::Error> {
    let everywhere = i64::from(was == Role::Operator);
    tx.execute(
        "DELETE FROM invitation WHERE invited_by = $2 AND (organisation = $1 OR $3 = 1)",
        &values![organisation.as_str(), person.to_string(), everywhere],
    )?;
    Ok(())
}

/// Refuses to leave people of an organisation without a steward. `stays`: the person goes on in another role.
pub(crate) fn keeps_a_steward(
    tx: &mut Transaction<'_>,
    organisation: &Organisation,
    person: PersonId,
    stays: bool,
) -> Result<(), Error> {
    let others = tx.query(
        "SELECT role FROM membership WHERE organisation = $1 AND person <> $2",
        &values![organisation.id.as_str(), person.to_string()],
        |row| row.text(0),
    )?;
    let left = stays || !others.is_empty();
    match left && !others.iter().any(|role| role == Role::Steward.word()) {
        false => Ok(()),
        true => Err(Error::Conflicting(web::say!(
            "{organisation} would be left without a steward. Make somebody else a steward first.",
            organisation = organisation.name
        ))),
    }
}

/// Refuses to leave this copy without anybody who runs it.
pub(crate) fn keeps_an_operator(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    person: PersonId,
) -> Result<(), Error> {
    let others = tx.query_one(
        "SELECT COUNT(*) FROM membership m JOIN person p ON p.id = m.person WHERE m.role = 'operator' \
         AND (m.organisation <> $1 OR m.person <> $2) AND p.disabled_at IS NULL",
        &values![organisation.as_str(), person.to_string()],
        |row| row.integer(0),
    )?;
    match others {
        0 => Err(Error::Conflicting(web::say!(
            "This is the last operator, and somebody has to run this service. Make somebody else an operator first."
        ))),
        _ => Ok(()),
    }
}

/// How many who are let in operate this copy for another organisation than this one.
pub(crate) fn operators_elsewhere(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
) -> Result<i64, store::Error> {
    tx.query_one(
        "SELECT COUNT(*) FROM membership m JOIN person p ON p.id = m.person \
         WHERE m.role = 'operator' AND m.organisation <> $1 AND p.disabled_at IS NULL",
        &values![organisation.as_str()],
        |row| row.integer(0),
    )
}

/// Somebody who acts for an organisation, as the page of its people shows them.
#[derive(Clone, Debug)]
pub(crate) struct Colleague {
    pub(crate) person: PersonId,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) role: Role,
    pub(crate) since: Timestamp,
    /// The month in which they were last signed in, such as `2026-03`.
    pub(crate) seen_month: Option<String>,
    /// Whether an operator keeps them out.
    pub(crate) disabled: bool,
}

/// Everybody who acts for an organisation, by name.
pub(crate) fn colleagues(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
) -> Result<Vec<Colleague>, store::Error> {
    let mut colleagues = tx.query(
        "SELECT p.id, p.name, p.email, m.role, m.made_at, p.seen_month, p.disabled_at FROM membership m JOIN person p ON p.id = m.person \
         WHERE m.organisation = $1 ORDER BY p.id",
        &values![organisation.as_str()],
        |row| {
            let refused = || damaged(format!("a membership of {organisation}"));
            Ok(Colleague {
                person: row.text(0)?.parse().map_err(|_| refused())?,
                name: row.optional_text(1)?.unwrap_or_default(),
                email: row.optional_text(2)?.unwrap_or_default(),
                role: row.text(3)?.parse().map_err(|_| refused())?,
                since: Timestamp::from_microsecond(row.integer(4)?).map_err(|_| refused())?,
                seen_month: row.optional_text(5)?,
                disabled: row.optional_integer(6)?.is_some(),
            })
        },
    )?;
    colleagues.sort_by_cached_key(|colleague| vocabulary::fold(&colleague.name));
    Ok(colleagues)
}
