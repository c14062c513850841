//! Everything that was an organisation's own is erased, of every subject, and a tombstone stays.
//!
//! It is written into the journal of erasures, so that a restored backup does not bring it back: [`erase_again`] does it once
//! more there.

use std::path::PathBuf;
use std::sync::{Mutex, TryLockError};

use accounts::leaving::{Taken, Tombstone, put_tombstone, tombstone};
use accounts::{organisation, person};
use ledger::{Erasure, NewEvent, record_erasure};
use serde_json::json;
use store::{Error, Store, Transaction, values};
use vocabulary::{Chance, OrganisationId, PersonId, Timestamp, new_id};

use crate::slices::{about_people, belongings};

/// The kind of erasure that this is. Its id is the moment, so that an organisation that came back can leave again.
const ERASURE: &str = "organisation";

/// Erases everything of an organisation. It must be here and not have left.
///
/// # Errors
/// Those of the database.
pub fn erase(tx: &mut Transaction<'_>, of: &OrganisationId, now: Timestamp) -> Result<Tombstone, Error> {
    let id = of.as_str();
    let Some(found) = organisation::find(tx, of)? else { return Err(Error::Missing) };
    let address = found.address();
    let events =
        tx.query_one("SELECT COUNT(*) FROM event WHERE organisation = $1", &values![id], |row| row.integer(0))?;
    let last = "SELECT hash FROM event WHERE organisation = $1 ORDER BY sequence DESC LIMIT 1";
    let last = tx.query_optional(last, &values![id], |row| row.bytes(0))?;
    let tombstone = Tombstone {
        name: found.name,
        left_at: now,
        events: u64::try_from(events).unwrap_or(0),
        last_hash: last.map(|hash| hash.iter().map(|byte| format!("{byte:02x}")).collect()),
    };
    let people = "SELECT person FROM membership WHERE organisation = $1 ORDER BY person";
    let people = tx.query(people, &values![id], |row| row.text(0))?;
    // Letters that ask people to act for it are of no use any more. Whoever others may have written to as well keeps theirs:
    // the link of that letter leads nowhere.
    tx.execute(
        "DELETE FROM outbox WHERE recipient IN (SELECT email FROM invitation WHERE organisation = $1) \
         AND NOT EXISTS (SELECT 1 FROM invitation AS i WHERE i.email = outbox.recipient AND i.organisation <> $1) \
         AND NOT EXISTS (SELECT 1 FROM person AS p WHERE p.email = outbox.recipient)",
        &values![id],
    )?;
    tx.execute("DELETE FROM sign_in_link WHERE organisation = $1", &values![id])?;
    // What others hold of where it was.
    tx.execute("DELETE FROM link WHERE there_organisation = $1", &values![id])?;
    tx.execute("DELETE FROM moved WHERE to_organisation = $1", &values![id])?;
    for belonging in belongings() {
        let (table, Some(column)) = (belonging.table, belonging.column()) else { continue };
        match table {
            // The tombstone is made of it.
            "organisation" => {}
            "thing" => {
                let sql = "DELETE FROM thing WHERE organisation = $1 AND address <> $2";
                tx.execute(sql, &values![id, &address])?;
            }
            _ => drop(tx.execute(&format!("DELETE FROM {table} WHERE {column} = $1"), &values![id])?),
        }
    }
    tx.execute("UPDATE session SET organisation = NULL WHERE organisation = $1", &values![id])?;
    // Words that only it had.
    tx.execute(
        "DELETE FROM search_vocabulary WHERE NOT EXISTS \
         (SELECT 1 FROM search_word AS w WHERE w.word = search_vocabulary.word)",
        &[],
    )?;
    put_tombstone(tx, of, &tombstone)?;
    ledger::withdraw_thing(tx, of, &address, "It left with everything that was its own.", now)?;
    // Whoever acted for nobody else has no use of an account here.
    for text in people {
        let Ok(whom) = text.parse::<PersonId>() else { continue };
        if person::memberships(tx, whom)?.is_empty() {
            person::erase(tx, &about_people(), whom, now)?;
        }
    }
    architecture::leaving::follow_name(tx, of, now)?;
    let event = NewEvent {
        organisation: None,
        actor: None,
        verb: "left",
        thing: address,
        details: json!({"events": tombstone.events, "last_hash": tombstone.last_hash}),
        erasable: false,
    };
    ledger::append(tx, &event, now, &Chance::System).map_err(|error| match error {
        ledger::Error::Store(error) => error,
        other => Error::Type { place: format!("the event that {of} left"), message: other.to_string() },
    })?;
    let erasure = Erasure {
        organisation: Some(of.clone()),
        kind: ERASURE.to_owned(),
        id: now.as_microsecond().to_string(),
        at: now,
    };
    record_erasure(tx, &erasure)?;
    Ok(tombstone)
}

/// Erases an organisation again whom a restored backup brought back. True if there was something left to erase.
///
/// # Errors
/// Those of the database.
pub(crate) fn erase_again(tx: &mut Transaction<'_>, erasure: &Erasure) -> Result<bool, Error> {
    let (ERASURE, Some(of)) = (erasure.kind.as_str(), &erasure.organisation) else { return Ok(false) };
    if organisation::find(tx, of)?.is_none() || tombstone(tx, of)?.is_some() {
        return Ok(false);
    }
    erase(tx, of, erasure.at)?;
    Ok(true)
}

/// One is made at a time: each holds a reader of the database for as long as it takes, and then memory.
static MAKING: Mutex<()> = Mutex::new(());

/// The file of an organisation in memory, for the page: made beside other files that are on their way, and removed at once.
/// None where it has more than `most` bytes.
///
/// # Errors
/// A sentence that names no path.
pub(crate) fn in_memory(store: &Store, of: &OrganisationId, most: u64, now: Timestamp) -> Taken {
    let _making = match MAKING.try_lock() {
        Ok(making) => making,
        Err(TryLockError::Poisoned(left)) => left.into_inner(),
        Err(TryLockError::WouldBlock) => return Err("another one is being made".to_owned()),
    };
    let name = new_id(now, &Chance::System).map_err(|error| error.to_string())?;
    let path: PathBuf = std::env::temp_dir().join(format!("commonhold-{name}.organisation.gz"));
    let read = super::take(store, of, &path, now)
        .map_err(|stopped| {
            tracing::error!(%stopped, "the file of an organisation could not be made");
            "it could not be written".to_owned()
        })
        .and_then(|(_, bytes)| match bytes > most {
            true => Ok(None),
            false => std::fs::read(&path).map(Some).map_err(|_| "it could not be read".to_owned()),
        });
    // It was only on its way.
    drop(std::fs::remove_file(&path));
    read
}
