//! What was merged: an address that leads on to another. Nothing is rewritten, so taking a merging back is taking one row
//! away: links stay where they were made and are read as links of what their end became.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use store::{Error as StoreError, Store, Transaction, Value, values};
use vocabulary::{OrganisationId, Reader, Timestamp};

use crate::{
    Error,
    error::store_problem,
    thing::{marks_from, stamp},
    visible,
};

/// How many mergings one address can lead through.
const LONGEST_WAY: usize = 20;

/// From now on the address `from` leads to `to`. Withdrawing the thing at `from` is its subject's.
///
/// # Errors
/// [`Error::SelfLink`] when `to` leads back to `from`; [`Error::NoSuchEnd`] when there never was a thing at one of them.
pub fn move_thing(tx: &mut Transaction<'_>, from: &str, to: &str, now: Timestamp) -> Result<(), Error> {
    if from == to || way(tx, to)?.iter().any(|step| step == from) {
        return Err(Error::SelfLink);
    }
    let (here, there) = (shard_of(tx, from)?, shard_of(tx, to)?);
    tx.execute(
        "INSERT INTO moved (organisation, address, to_organisation, to_address, at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (organisation, address) DO UPDATE SET to_organisation = excluded.to_organisation, \
         to_address = excluded.to_address, at = excluded.at",
        &values![here, from, there, to, stamp(now)],
    )?;
    Ok(())
}

/// Lets the addresses of one organisation follow what its subject says of them, all at once: those `standing` lead nowhere
/// else, those `merged` lead to the second of the pair, in the same organisation.
///
/// # Errors
/// Those of the database.
pub fn lead_on(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    standing: &[String],
    merged: &[(String, String)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let of = organisation.as_str();
    let sql = "SELECT address, to_address FROM moved WHERE organisation = $1";
    let known: BTreeMap<String, String> =
        tx.query(sql, &values![of], |row| Ok((row.text(0)?, row.text(1)?)))?.into_iter().collect();
    let stale = standing.iter().filter(|address| known.contains_key(*address));
    let changed = merged.iter().filter(|(from, to)| known.get(from) != Some(to));
    let away = stale.chain(changed.clone().map(|(from, _)| from));
    for address in away {
        tx.execute("DELETE FROM moved WHERE organisation = $1 AND address = $2", &values![of, address])?;
    }
    let rows = changed.map(|(from, to)| values![of, from, of, to, stamp(now)].to_vec());
    tx.insert_many("moved", &["organisation", "address", "to_organisation", "to_address", "at"], rows)?;
    Ok(())
}

/// The address stands for itself again. False when it did not lead anywhere.
///
/// # Errors
/// Those of the database.
pub fn move_back(tx: &mut Transaction<'_>, from: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM moved WHERE address = $1", &values![from])? > 0)
}

/// Where an address leads that was merged, if the reader may see what is there. None for an address that leads nowhere
/// else, whether or not there is anything.
///
/// # Errors
/// Those of the database.
pub fn destination(tx: &mut Transaction<'_>, reader: &Reader, address: &str) -> Result<Option<String>, StoreError> {
    let Some(last) = way(tx, address)?.pop() else { return Ok(None) };
    let there = BTreeSet::from([last.clone()]);
    Ok(seen(tx, reader, &there)?.contains_key(&last).then_some(last))
}

/// For [`web::Site::moved`]: where the path of something that was merged leads, or a path beneath it.
pub fn moved(store: &Store) -> web::Moved {
    let store = store.clone();
    Arc::new(move |reader, path| {
        let store = store.clone();
        Box::pin(async move {
            let Some((thing, beneath)) = thing_of(&path) else { return Ok(None) };
            let (asked, beneath) = (thing.to_owned(), beneath.to_owned());
            let found = store.read(move |tx| destination(tx, &reader, &asked)).await;
            Ok(found.map_err(|error| store_problem(&error))?.map(|to| to + &beneath))
        })
    })
}

/// A path cut into that of a thing, such as `/systems/bin-rounds`, and what follows.
fn thing_of(path: &str) -> Option<(&str, &str)> {
    let plural = path.get(1..)?.find('/')? + 1;
    let end = path.get(plural + 1..)?.find('/').map_or(path.len(), |at| at + plural + 1);
    path.split_at_checked(end)
}

/// The addresses through which one leads, itself left out.
fn way(tx: &mut Transaction<'_>, address: &str) -> Result<Vec<String>, StoreError> {
    let mut way: Vec<String> = Vec::new();
    while way.len() < LONGEST_WAY {
        let at = way.last().map_or(address, String::as_str);
        let sql = "SELECT to_address FROM moved WHERE address = $1 ORDER BY organisation";
        match tx.query(sql, &values![at], |row| row.text(0))?.pop() {
            Some(next) if next != address && !way.contains(&next) => way.push(next),
            _ => break,
        }
    }
    Ok(way)
}

/// Where each of these addresses leads, for those that lead on.
pub(crate) fn ends(
    tx: &mut Transaction<'_>,
    addresses: &BTreeSet<String>,
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut ends = BTreeMap::new();
    for address in addresses {
        if let Some(last) = way(tx, address)?.pop() {
            ends.insert(address.clone(), last);
        }
    }
    Ok(ends)
}

/// An address with all that lead to it.
pub(crate) fn sources(tx: &mut Transaction<'_>, address: &str) -> Result<Vec<String>, StoreError> {
    let mut sources = vec![address.to_owned()];
    let mut at = 0;
    while let Some(to) = sources.get(at).cloned() {
        let sql = "SELECT address FROM moved WHERE to_address = $1 ORDER BY address";
        for from in tx.query(sql, &values![to], |row| row.text(0))? {
            if !sources.contains(&from) {
                sources.push(from);
            }
        }
        at += 1;
    }
    Ok(sources)
}

/// Which of these things are there and may be seen by the reader, with whose they are.
pub(crate) fn seen(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    addresses: &BTreeSet<String>,
) -> Result<BTreeMap<String, String>, StoreError> {
    let addresses: Vec<&String> = addresses.iter().collect();
    let mut seen = BTreeMap::new();
    for batch in addresses.chunks(200) {
        let rule = visible(reader, "t.visibility", "t.organisation", 1);
        let marks = marks_from(rule.parameters.len() + 1, batch.len());
        let sql = format!(
            "SELECT t.address, t.organisation FROM thing t \
             WHERE {} AND t.withdrawn_at IS NULL AND t.address IN ({marks})",
            rule.sql
        );
        let mut parameters = rule.parameters;
        parameters.extend(batch.iter().map(|address| Value::from(address.as_str())));
        tx.each(&sql, &parameters, |row| {
            seen.insert(row.text(0)?, row.text(1)?);
            Ok(())
        })?;
    }
    Ok(seen)
}

fn shard_of(tx: &mut Transaction<'_>, address: &str) -> Result<String, Error> {
    let sql = "SELECT organisation FROM thing WHERE address = $1 ORDER BY put_at DESC, organisation";
    let found = tx.query(sql, &values![address], |row| row.text(0))?.into_iter().next();
    found.ok_or_else(|| Error::NoSuchEnd { address: address.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::thing_of;

    #[test]
    fn a_path_is_a_thing_and_what_is_beneath_it() {
        assert_eq!(thing_of("/systems/one"), Some(("/systems/one", "")));
        assert_eq!(thing_of("/organisations/a/systems/x"), Some(("/organisations/a", "/systems/x")));
        assert_eq!(thing_of("/systems"), None);
        assert_eq!(thing_of("/"), None);
        assert_eq!(thing_of(""), None);
    }
}
