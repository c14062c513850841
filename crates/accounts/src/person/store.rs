//! The SQL of people and memberships.

use ledger::{AboutPeople, Erasure, record_erasure};
use store::{Row, Transaction, values};
use vocabulary::{Acting, Chance, OrganisationId, PersonId, Timestamp, new_id};

use super::{Membership, NewMembership, Person};
use crate::{
    EmailAddress, Error,
    error::damaged,
    membership::{Began, By, begin},
};

/// Whether an organisation is here and did not leave.
const HERE: &str =
    "SELECT id FROM organisation WHERE id = $1 AND id NOT IN (SELECT organisation FROM organisation_left)";

fn person(row: &Row<'_>) -> Result<Person, store::Error> {
    let id = row.text(0)?;
    Ok(Person { id: id.parse().map_err(|_| damaged("a person"))?, name: row.optional_text(1)? })
}

/// The person with this address.
///
/// # Errors
/// Those of the database.
pub fn find_by_email(tx: &mut Transaction<'_>, email: &EmailAddress) -> Result<Option<Person>, store::Error> {
    tx.query_optional("SELECT id, name FROM person WHERE email = $1", &values![email.as_str()], person)
}

/// A person's name; none when erased or unknown.
///
/// # Errors
/// Those of the database.
pub fn name(tx: &mut Transaction<'_>, id: PersonId) -> Result<Option<String>, store::Error> {
    let found = tx.query_optional("SELECT id, name FROM person WHERE id = $1", &values![id.to_string()], person)?;
    Ok(found.and_then(|person| person.name))
}

/// The organisations that a person acts for, by name.
///
/// # Errors
/// Those of the database.
pub fn memberships(tx: &mut Transaction<'_>, id: PersonId) -> Result<Vec<Membership>, store::Error> {
    tx.query(
        "SELECT o.id, o.name, o.participating, m.role FROM membership m JOIN organisation o ON o.id = m.organisation \
         WHERE m.person = $1 ORDER BY o.folded, o.id",
        &values![id.to_string()],
        membership,
    )
}

/// What a person does for an organisation now; none when they do not act for it, and while they are kept out.
///
/// # Errors
/// Those of the database.
pub fn acting(
    tx: &mut Transaction<'_>,
    id: PersonId,
    organisation: &OrganisationId,
) -> Result<Option<Acting>, store::Error> {
    match is_disabled(tx, id)? {
        true => Ok(None),
        false => holding(tx, id, organisation),
    }
}

/// Whether an operator keeps a person out.
pub(crate) fn is_disabled(tx: &mut Transaction<'_>, id: PersonId) -> Result<bool, store::Error> {
    let sql = "SELECT 1 FROM person WHERE id = $1 AND disabled_at IS NOT NULL";
    Ok(tx.query_optional(sql, &values![id.to_string()], |row| row.integer(0))?.is_some())
}

/// The role that a person has at an organisation, whether or not they are kept out.
pub(crate) fn holding(
    tx: &mut Transaction<'_>,
    id: PersonId,
    organisation: &OrganisationId,
) -> Result<Option<Acting>, store::Error> {
    let found = tx.query_optional(
        "SELECT o.id, o.name, o.participating, m.role FROM membership m JOIN organisation o ON o.id = m.organisation \
         WHERE m.person = $1 AND m.organisation = $2",
        &values![id.to_string(), organisation.as_str()],
        membership,
    )?;
    Ok(found.map(|found| Acting {
        organisation: found.organisation,
        participating: found.participating,
        role: found.role,
    }))
}

/// A person's address; none when erased or unknown.
pub(crate) fn email(tx: &mut Transaction<'_>, id: PersonId) -> Result<Option<EmailAddress>, store::Error> {
    let found = tx.query_optional("SELECT email FROM person WHERE id = $1", &values![id.to_string()], |row| {
        row.optional_text(0)
    })?;
    let parsed = found.flatten().map(|text| EmailAddress::parse(&text).map_err(|_| damaged("a person")));
    parsed.transpose()
}

/// A row of organisation, its name, whether it participates, and role.
pub(crate) fn membership(row: &Row<'_>) -> Result<Membership, store::Error> {
    let organisation = row.text(0)?;
    let refused = || damaged(format!("a membership of {organisation}"));
    Ok(Membership {
        organisation_name: row.text(1)?,
        participating: row.flag(2)?,
        role: row.text(3)?.parse().map_err(|_| refused())?,
        organisation: organisation.parse().map_err(|_| refused())?,
    })
}

/// The person who has an address: known, or made now with this name.
pub(crate) fn known_or_new(
    tx: &mut Transaction<'_>,
    email: &EmailAddress,
    name: &str,
    by: &By,
) -> Result<PersonId, Error> {
    if let Some(person) = find_by_email(tx, email)? {
        return Ok(person.id);
    }
    let id = PersonId(new_id(by.now, &by.chance)?);
    tx.execute(
        "INSERT INTO person (id, email, name, made_at) VALUES ($1, $2, $3, $4)",
        &values![id.to_string(), email.as_str(), name, by.now.as_microsecond()],
    )?;
    Ok(id)
}

/// Who somebody of another copy is here: whoever has their address, else whoever has their id, else they are made now, acting
/// for nobody.
///
/// # Errors
/// Those of the database.
pub fn from_elsewhere(
    tx: &mut Transaction<'_>,
    id: PersonId,
    email: Option<&EmailAddress>,
    name: &str,
    now: Timestamp,
) -> Result<PersonId, store::Error> {
    if let Some(email) = email
        && let Some(known) = find_by_email(tx, email)?
    {
        return Ok(known.id);
    }
    // One who was erased here stays so: their id says nothing about anybody.
    tx.execute(
        "INSERT INTO person (id, email, name, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
        &values![id.to_string(), email.map(EmailAddress::as_str), name, now.as_microsecond()],
    )?;
    Ok(id)
}

/// Notes in which month a person was signed in.
pub(crate) fn seen(tx: &mut Transaction<'_>, person: &str, now: Timestamp) -> Result<(), store::Error> {
    let month = now.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m").to_string();
    tx.execute(
        "UPDATE person SET seen_month = $2 WHERE id = $1 AND erased_at IS NULL AND (seen_month IS NULL OR seen_month < $2)",
        &values![person, month],
    )?;
    Ok(())
}

/// Adds people and what they do for whom. A known address keeps its person; a known membership gets the new role.
///
/// # Errors
/// [`Error::NoSuchOrganisation`], and those of the database and of chance. Nothing may then be committed.
pub fn put_memberships(
    tx: &mut Transaction<'_>,
    memberships: &[NewMembership],
    now: Timestamp,
    chance: &Chance,
) -> Result<(), Error> {
    let by = By { actor: None, now, chance: chance.clone() };
    for membership in memberships {
        let organisation = membership.organisation.as_str();
        let known = tx.query_optional(HERE, &values![organisation], |row| row.text(0))?;
        if known.is_none() {
            return Err(Error::NoSuchOrganisation(organisation.to_owned()));
        }
        let id = match find_by_email(tx, &membership.email)? {
            Some(person) => {
                tx.execute(
                    "UPDATE person SET name = $2 WHERE id = $1",
                    &values![person.id.to_string(), &membership.name],
                )?;
                person.id
            }
            None => known_or_new(tx, &membership.email, &membership.name, &by)?,
        };
        if !begin(tx, &membership.organisation, id, membership.role, Began::File, &by)? {
            tx.execute(
                "UPDATE membership SET role = $3 WHERE organisation = $1 AND person = $2",
                &values![organisation, id.to_string(), membership.role.word()],
            )?;
        }
    }
    Ok(())
}

/// The kind of erasure that this is; its id is the person's.
const ERASURE: &str = "person";

/// Erases what `subjects` hold about a person: address, name, memberships, sessions, links, invitations, waiting messages and
/// whatever else they declare, and writes the erasure down. The id stays, without any of it. False when there is nobody to
/// erase.
///
/// # Errors
/// Those of the database.
pub fn erase(
    tx: &mut Transaction<'_>,
    subjects: &[AboutPeople],
    id: PersonId,
    now: Timestamp,
) -> Result<bool, store::Error> {
    let erased = crate::about_people::erase(tx, subjects, id, now)?;
    if erased {
        record_erasure(tx, &Erasure { organisation: None, kind: ERASURE.to_owned(), id: id.to_string(), at: now })?;
    }
    Ok(erased)
}

/// Erases a person again whom a restored backup brought back. True if there was something left to erase.
///
/// # Errors
/// Those of the database.
pub fn reapply(tx: &mut Transaction<'_>, subjects: &[AboutPeople], erasure: &Erasure) -> Result<bool, store::Error> {
    match (erasure.kind.as_str(), erasure.id.parse()) {
        (ERASURE, Ok(id)) => erase(tx, subjects, id, erasure.at),
        _ => Ok(false),
    }
}
