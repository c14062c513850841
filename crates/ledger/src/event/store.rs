//! The SQL of events.

use serde_json::Value as Json;
use store::{Transaction, Value, values};
use vocabulary::{Chance, OrganisationId, PersonId, Reader, Timestamp, Visibility};

use super::{Event, NewEvent, hex, seal};
use crate::{
    Erasure, Error,
    erasure::record_erasure,
    error::damaged,
    thing::{shard, stamp, unshard, unstamp},
    visible,
};

/// Appends an event and gives its sequence. The sequence is given inside the transaction: rolled back, it is free again,
/// and two writers for one organisation wait for each other, so that there are no gaps.
///
/// # Errors
/// [`Error::UnsuitableDetails`], [`Error::Chance`], and those of the database.
pub fn append(tx: &mut Transaction<'_>, event: &NewEvent, now: Timestamp, chance: &Chance) -> Result<u64, Error> {
    let organisation = shard(event.organisation.as_ref());
    let sequence = tx.query_one(
        "INSERT INTO event_head (organisation, sequence) VALUES ($1, 1) \
         ON CONFLICT (organisation) DO UPDATE SET sequence = event_head.sequence + 1 RETURNING sequence",
        &values![organisation],
        |row| row.integer(0),
    )?;
    let place = u64::try_from(sequence).map_err(|_| damaged("event_head"))?;
    let salt = match event.erasable {
        true => Some(chance.bytes::<32>()?),
        false => None,
    };
    let sealed = seal(event, place, now, salt)?;
    let (details, salt) = match sealed.erasable {
        Some((details, salt)) => (Some(details), Some(salt.to_vec())),
        None => (None, None),
    };
    tx.execute(
        "INSERT INTO event (organisation, sequence, at, thing, bytes, hash, salt, details) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &values![organisation, sequence, stamp(now), &event.thing, sealed.bytes, sealed.hash.to_vec(), salt, details],
    )?;
    Ok(place)
}

/// The kind of erasure that this is. Its id is the sequence and the hash, so that after a restore no other event that has
/// come to have the same sequence is taken for it.
pub(crate) const ERASURE: &str = "event-details";

/// Erases the details of an event and their salt, and writes the erasure down. Bytes and hash stay: that it happened
/// remains provable.
///
/// # Errors
/// [`Error::NoSuchEvent`]; [`Error::NotErasable`] when it was not appended as erasable.
pub fn erase_details(
    tx: &mut Transaction<'_>,
    organisation: Option<&OrganisationId>,
    sequence: u64,
    now: Timestamp,
) -> Result<(), Error> {
    let place = i64::try_from(sequence).map_err(|_| Error::NoSuchEvent)?;
    let found = tx.query_optional(
        "SELECT salt, erased_at, hash FROM event WHERE organisation = $1 AND sequence = $2",
        &values![shard(organisation), place],
        |row| Ok((row.optional_bytes(0)?, row.optional_integer(1)?, row.bytes(2)?)),
    )?;
    match found {
        None => Err(Error::NoSuchEvent),
        Some((_, Some(_), _)) => Ok(()),
        Some((None, None, _)) => Err(Error::NotErasable),
        Some((Some(_), None, hash)) => {
            tx.execute(
                "UPDATE event SET salt = NULL, details = NULL, erased_at = $3 \
                 WHERE organisation = $1 AND sequence = $2",
                &values![shard(organisation), place, stamp(now)],
            )?;
            let id = format!("{sequence}-{}", hex(&hash));
            let erasure = Erasure { organisation: organisation.cloned(), kind: ERASURE.to_owned(), id, at: now };
            record_erasure(tx, &erasure)?;
            Ok(())
        }
    }
}

/// Erases what was erased before, if this very event is here and still has its details. True if it had.
pub(crate) fn erase_again(tx: &mut Transaction<'_>, erasure: &Erasure) -> Result<bool, store::Error> {
    let Some((sequence, hash)) = erasure.id.split_once('-') else { return Ok(false) };
    let Ok(sequence) = sequence.parse::<i64>() else { return Ok(false) };
    let organisation = shard(erasure.organisation.as_ref());
    let here = tx.query_optional(
        "SELECT hash FROM event WHERE organisation = $1 AND sequence = $2",
        &values![organisation, sequence],
        |row| row.bytes(0),
    )?;
    if here.is_none_or(|here| hex(&here) != hash) {
        return Ok(false);
    }
    let erased = tx.execute(
        "UPDATE event SET salt = NULL, details = NULL, erased_at = $3 \
         WHERE organisation = $1 AND sequence = $2 AND salt IS NOT NULL",
        &values![organisation, sequence, stamp(erasure.at)],
    )?;
    Ok(erased > 0)
}

/// An organisation's events, newest first, as far as the reader may see the things that they happened to. An event whose
/// thing is not registered is the organisation's own. Sequences have gaps for a reader who may not see all: pages show
/// no sequence to them.
///
/// # Errors
/// Those of the database.
pub fn events(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: Option<&OrganisationId>,
    before: Option<u64>,
    limit: u32,
) -> Result<Vec<Event>, store::Error> {
    let before = before.and_then(|before| i64::try_from(before).ok());
    let seen = visible(reader, "COALESCE(t.visibility, 'own')", "COALESCE(t.organisation, e.organisation)", 4);
    let sql = format!(
        "SELECT e.organisation, e.sequence, e.at, e.bytes, e.details \
         FROM event e LEFT JOIN thing t ON t.address = e.thing \
         WHERE e.organisation = $1 AND e.sequence < $2 AND {} ORDER BY e.sequence DESC LIMIT $3",
        seen.sql
    );
    let mut parameters: Vec<Value> =
        values![shard(organisation), before.unwrap_or(i64::MAX), i64::from(limit)].to_vec();
    parameters.extend(seen.parameters);
    let rows = tx.query(&sql, &parameters, |row| {
        Ok((row.text(0)?, row.integer(1)?, row.integer(2)?, row.bytes(3)?, row.optional_bytes(4)?))
    })?;
    let whole = match organisation {
        Some(organisation) => reader.sees(Visibility::Own, organisation),
        None => reader.standing() == vocabulary::Standing::Everything,
    };
    let mut events = Vec::with_capacity(rows.len());
    for (organisation, sequence, at, bytes, details) in rows {
        events.push(read(organisation, sequence, at, &bytes, details, whole)?);
    }
    Ok(events)
}

/// What happened to one thing, newest first, whole: for what is no thing that readers find, such as who acts for an
/// organisation. Whoever calls has decided that its reader may know.
///
/// # Errors
/// Those of the database.
pub fn events_of(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    thing: &str,
    limit: u32,
) -> Result<Vec<Event>, store::Error> {
    let rows = tx.query(
        "SELECT organisation, sequence, at, bytes, details FROM event WHERE organisation = $1 AND thing = $2 \
         ORDER BY sequence DESC LIMIT $3",
        &values![organisation.as_str(), thing, i64::from(limit)],
        |row| Ok((row.text(0)?, row.integer(1)?, row.integer(2)?, row.bytes(3)?, row.optional_bytes(4)?)),
    )?;
    let read = |(organisation, sequence, at, bytes, details): (_, _, _, Vec<u8>, _)| {
        read(organisation, sequence, at, &bytes, details, true)
    };
    rows.into_iter().map(read).collect()
}

fn read(
    organisation: String,
    sequence: i64,
    at: i64,
    bytes: &[u8],
    details: Option<Vec<u8>>,
    whole: bool,
) -> Result<Event, store::Error> {
    let place = format!("event {organisation} {sequence}");
    let damaged = || damaged(place.clone());
    let object: Json = serde_json::from_slice(bytes).map_err(|_| damaged())?;
    let text = |name: &str| object[name].as_str().map(str::to_owned);
    let actor: Option<PersonId> = match text("actor") {
        Some(id) => Some(id.parse().map_err(|_| damaged())?),
        None => None,
    };
    let details = match details {
        Some(details) => Some(serde_json::from_slice(&details).map_err(|_| damaged())?),
        None => object.get("details").cloned(),
    };
    Ok(Event {
        organisation: unshard(&organisation)?,
        sequence: u64::try_from(sequence).map_err(|_| damaged())?,
        at: unstamp(at)?,
        verb: text("verb").ok_or_else(damaged)?,
        thing: text("thing").ok_or_else(damaged)?,
        actor: actor.filter(|_| whole),
        details: details.filter(|_| whole),
    })
}
