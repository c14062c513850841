//! Leaving: one of an organisation's stewards, or whoever runs the copy, asks; somebody else confirms; after some days
//! everything that is the organisation's is erased, unless it is taken back until then. A tombstone stays.
//!
//! What there is to erase in every subject is `server`'s to know: it hands two functions in ([`LeavingPorts`]). The file that
//! an organisation takes along is made when it is asked for and kept nowhere.

mod page;
pub(crate) mod tell;

use std::sync::Arc;

use ledger::job::{self, Failed, JobKind, NewJob, Run};
use serde::Serialize;
use serde_json::{Value, json};
use store::{Store, Transaction, values};
use vocabulary::{Days, OrganisationId, PersonId, Timestamp};

pub(crate) use self::page::{ask, confirm, file, samples, show, take_back};
use crate::error::damaged;
use crate::membership::{self, By};
use crate::organisation::{self, Organisation};
use crate::{Error, person};

/// The file of an organisation; none where it is larger than asked for, or why it could not be made.
pub type Taken = Result<Option<Vec<u8>>, String>;

/// What leaving needs of the rest of the program.
#[derive(Clone, Copy)]
pub struct LeavingPorts {
    /// Everything that is an organisation's own, as a file of at most so many bytes.
    pub take: fn(&Store, &OrganisationId, u64, Timestamp) -> Taken,
    /// Erases everything that is an organisation's own, of every subject, and leaves its tombstone.
    pub erase: fn(&mut Transaction<'_>, &OrganisationId, Timestamp) -> Result<Tombstone, store::Error>,
}

/// An organisation that is about to leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leaving {
    /// Who asked; none for the command line.
    pub asked_by: Option<PersonId>,
    /// When.
    pub asked_at: Timestamp,
    /// When it is erased; none until somebody else has confirmed.
    pub due_at: Option<Timestamp>,
}

/// What stays of an organisation that left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tombstone {
    /// Its name.
    pub name: String,
    /// When it left.
    pub left_at: Timestamp,
    /// How many events were on record.
    pub events: u64,
    /// SHA-256 of the last of them, hexadecimal.
    pub last_hash: Option<String>,
}

/// The address under which events about leaving stand: no page shows them to others.
fn thing(organisation: &OrganisationId) -> String {
    format!("/organisations/{organisation}/leave")
}

fn note(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    verb: &'static str,
    details: Value,
    by: &By,
) -> Result<(), Error> {
    membership::note_of(tx, organisation, thing(organisation), verb, details, by)
}

fn moment(at: i64) -> Result<Timestamp, store::Error> {
    Timestamp::from_microsecond(at).map_err(|_| damaged("a moment of leaving"))
}

/// Whether an organisation is about to leave.
///
/// # Errors
/// Those of the database.
pub fn leaving(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Option<Leaving>, store::Error> {
    let sql = "SELECT asked_by, asked_at, due_at FROM organisation_leaving WHERE organisation = $1";
    let found = tx.query_optional(sql, &values![organisation.as_str()], |row| {
        Ok((row.optional_text(0)?, row.integer(1)?, row.optional_integer(2)?))
    })?;
    let Some((asked_by, asked_at, due_at)) = found else { return Ok(None) };
    let asked_by = asked_by.map(|id| id.parse().map_err(|_| damaged("a person who asked to leave"))).transpose()?;
    Ok(Some(Leaving { asked_by, asked_at: moment(asked_at)?, due_at: due_at.map(moment).transpose()? }))
}

/// The tombstone of an organisation that left.
///
/// # Errors
/// Those of the database.
pub fn tombstone(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Option<Tombstone>, store::Error> {
    let sql = "SELECT name, left_at, events, last_hash FROM organisation_left WHERE organisation = $1";
    let found = tx.query_optional(sql, &values![organisation.as_str()], |row| {
        Ok((row.text(0)?, row.integer(1)?, row.integer(2)?, row.optional_text(3)?))
    })?;
    let Some((name, left_at, events, last_hash)) = found else { return Ok(None) };
    let events = u64::try_from(events).map_err(|_| damaged("a tombstone"))?;
    Ok(Some(Tombstone { name, left_at: moment(left_at)?, events, last_hash }))
}

/// The identifiers of all organisations that left.
///
/// # Errors
/// Those of the database.
pub fn all_left(tx: &mut Transaction<'_>) -> Result<std::collections::BTreeSet<String>, store::Error> {
    let ids = tx.query("SELECT organisation FROM organisation_left ORDER BY organisation", &[], |row| row.text(0))?;
    Ok(ids.into_iter().collect())
}

/// Leaves the tombstone, and of the organisation's own row what others need to name it.
///
/// # Errors
/// Those of the database.
pub fn put_tombstone(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    tombstone: &Tombstone,
) -> Result<(), store::Error> {
    let of = organisation.as_str();
    let events = i64::try_from(tombstone.events).unwrap_or(i64::MAX);
    tx.execute(
        "INSERT INTO organisation_left (organisation, name, left_at, events, last_hash) VALUES ($1, $2, $3, $4, $5)",
        &values![of, &tombstone.name, tombstone.left_at.as_microsecond(), events, tombstone.last_hash.as_ref()],
    )?;
    let day = tombstone.left_at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %B %Y").to_string();
    let name = web::say!("{organisation} (left on {date})", organisation = tombstone.name, date = day);
    tx.execute(
        "UPDATE organisation SET name = $2, folded = $3, code = NULL, participating = 0, about = '', \
         keeps_shared_list = NULL WHERE id = $1",
        &values![of, &name, vocabulary::fold(&name)],
    )?;
    Ok(())
}

/// Takes the tombstone away, for an organisation that comes back.
///
/// # Errors
/// Those of the database.
pub fn remove_tombstone(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<(), store::Error> {
    tx.execute("DELETE FROM organisation_left WHERE organisation = $1", &values![organisation.as_str()])?;
    Ok(())
}

/// Why an organisation cannot leave as things are.
fn may_leave(tx: &mut Transaction<'_>, organisation: &Organisation) -> Result<(), Error> {
    if organisation.keeps_shared_list {
        return Err(Error::Conflicting(web::say!(
            "{organisation} keeps the list of products that all share. Name another organisation for that first.",
            organisation = organisation.name
        )));
    }
    let own = "SELECT COUNT(*) FROM membership WHERE role = 'operator' AND organisation = $1";
    let own = tx.query_one(own, &values![organisation.id.as_str()], |row| row.integer(0))?;
    if own > 0 && membership::operators_elsewhere(tx, &organisation.id)? == 0 {
        return Err(Error::Conflicting(web::say!(
            "The operators of this copy act for {organisation}. Make somebody of another organisation an operator first.",
            organisation = organisation.name
        )));
    }
    Ok(())
}

fn present(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Organisation, Error> {
    organisation::here(tx, organisation)?.ok_or(Error::Missing)
}

/// Asks that everything of an organisation be erased. Nothing happens until somebody else confirms.
///
/// # Errors
/// [`Error::Conflicting`] when it was asked already, or the copy would be left without an operator or a keeper of its list.
pub(crate) fn ask_to_leave(tx: &mut Transaction<'_>, id: &OrganisationId, by: &By) -> Result<(), Error> {
    let organisation = present(tx, id)?;
    may_leave(tx, &organisation)?;
    if leaving(tx, id)?.is_some() {
        return Err(Error::Conflicting(web::say!("It was asked already. Open the page again.")));
    }
    tx.execute(
        "INSERT INTO organisation_leaving (organisation, asked_by, asked_at) VALUES ($1, $2, $3)",
        &values![id.as_str(), by.actor.map(|actor| actor.to_string()), by.now.as_microsecond()],
    )?;
    note(tx, id, "leaving-asked", json!({}), by)
}

/// Confirms what somebody else asked: from now on it is a matter of days. Gives the moment.
///
/// # Errors
/// [`Error::Conflicting`] when nobody asked, it is confirmed already, or the same person asked.
pub(crate) fn confirm_to_leave(
    tx: &mut Transaction<'_>,
    id: &OrganisationId,
    wait: Days,
    by: &By,
) -> Result<Timestamp, Error> {
    let organisation = present(tx, id)?;
    may_leave(tx, &organisation)?;
    let Some(asked) = leaving(tx, id)? else {
        return Err(Error::Conflicting(web::say!("Nobody asks for this any more. Open the page again.")));
    };
    if asked.due_at.is_some() {
        return Err(Error::Conflicting(web::say!("It is confirmed already.")));
    }
    if by.actor.is_some() && asked.asked_by == by.actor {
        return Err(Error::Conflicting(web::say!(
            "Somebody else has to confirm what you asked for: another steward, or whoever runs this service."
        )));
    }
    let due = wait.after(by.now);
    tx.execute(
        "UPDATE organisation_leaving SET confirmed_by = $2, confirmed_at = $3, due_at = $4 WHERE organisation = $1",
        &values![id.as_str(), by.actor.map(|actor| actor.to_string()), by.now.as_microsecond(), due.as_microsecond()],
    )?;
    let key = format!("{id} {}", due.as_microsecond());
    let job = NewJob { organisation: None, kind: JOB, key: &key, details: json!({"organisation": id}), due };
    job::enqueue(tx, &job, by.now, &by.chance)?;
    tell::soon(tx, id, &key, by)?;
    note(tx, id, "leaving-confirmed", json!({"due_at": due}), by)?;
    Ok(due)
}

/// Takes it back, whoever asked: everything stays. False when there was nothing to take back.
///
/// # Errors
/// Those of the database.
pub(crate) fn stay(tx: &mut Transaction<'_>, id: &OrganisationId, by: &By) -> Result<bool, Error> {
    let taken_back = tx.execute("DELETE FROM organisation_leaving WHERE organisation = $1", &values![id.as_str()])? > 0;
    if taken_back {
        note(tx, id, "leaving-taken-back", json!({}), by)?;
    }
    Ok(taken_back)
}

/// What a command asks: whoever can write to the database may do all of it.
pub mod command {
    use vocabulary::Chance;

    use super::{By, Days, Error, OrganisationId, Timestamp, Transaction, ask_to_leave, confirm_to_leave, leaving};

    /// Asks and confirms at once, or confirms what somebody asked. Gives when it is due.
    ///
    /// # Errors
    /// As by the page.
    pub fn delete(
        tx: &mut Transaction<'_>,
        id: &OrganisationId,
        wait: Days,
        now: Timestamp,
        chance: &Chance,
    ) -> Result<Timestamp, Error> {
        let by = By { actor: None, now, chance: chance.clone() };
        if leaving(tx, id)?.is_none() {
            ask_to_leave(tx, id, &by)?;
        }
        confirm_to_leave(tx, id, wait, &by)
    }

    /// Whether the organisation may leave as things are, for erasing it at once.
    ///
    /// # Errors
    /// [`Error::Conflicting`] when it may not.
    pub fn may_leave(tx: &mut Transaction<'_>, id: &OrganisationId) -> Result<(), Error> {
        let organisation = super::present(tx, id)?;
        super::may_leave(tx, &organisation)
    }

    /// Takes it back. False when there was nothing to take back.
    ///
    /// # Errors
    /// Those of the database.
    pub fn undo(tx: &mut Transaction<'_>, id: &OrganisationId, now: Timestamp, chance: &Chance) -> Result<bool, Error> {
        super::stay(tx, id, &By { actor: None, now, chance: chance.clone() })
    }
}

/// The kind of the job that erases.
const JOB: &str = "organisation-leave";

/// The job that erases an organisation when it is due. Running twice does no harm: what was erased or taken back is no longer
/// about to leave.
pub(crate) fn job(ports: LeavingPorts) -> JobKind {
    JobKind {
        name: JOB,
        label: "Erase an organisation that leaves",
        schedule: None,
        tries: 10,
        limit_minutes: 60,
        run: Arc::new(move |run| leave(run, ports)),
    }
}

fn leave(run: &Run, ports: LeavingPorts) -> Result<String, Failed> {
    let id = run.job.details["organisation"].as_str().and_then(|id| id.parse::<OrganisationId>().ok());
    let Some(id) = id else { return Err(Failed::ForGood("The job names no organisation.".to_owned())) };
    let (now, this) = (run.clock.now(), run.clone());
    run.store.write_blocking(move |tx| {
        this.hold(tx)?;
        let due = leaving(tx, &id)?.and_then(|leaving| leaving.due_at).is_some_and(|due| due <= now);
        if !due {
            return Ok("It was taken back, so nothing was erased.".to_owned());
        }
        let organisation = match present(tx, &id) {
            Ok(organisation) => organisation,
            Err(Error::Store(error)) => return Err(error.into()),
            Err(_) => return Ok("It has left already.".to_owned()),
        };
        // What stood in the way when it was confirmed may do so again.
        if let Err(Error::Conflicting(why)) = may_leave(tx, &organisation) {
            return Err(Failed::ForNow(why));
        }
        let tombstone = (ports.erase)(tx, &id, now)?;
        Ok(format!("{id} left; {} events were on record.", tombstone.events))
    })
}

/// The name of whoever asked, for the page.
fn who(tx: &mut Transaction<'_>, asked_by: Option<PersonId>) -> Result<String, store::Error> {
    Ok(match asked_by {
        None => web::say!("Whoever runs this service"),
        Some(id) => person::name(tx, id)?.unwrap_or_else(|| web::say!("Somebody whose name was erased")),
    })
}
