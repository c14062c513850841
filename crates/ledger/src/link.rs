//! Links: two things of different subjects joined by a named relation, with who said so and when.
//!
//! A link is shown to those who may see both of its ends, and to nobody else: not even that it is there. Relations
//! inside one subject stand in that subject's own tables.

use std::collections::BTreeSet;

use store::{Transaction, values};
use vocabulary::{PersonId, Reader, Standing, Timestamp};

use crate::{
    Error,
    error::damaged,
    moved,
    thing::{stamp, unstamp},
};

/// A link between two things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The address that the relation comes from.
    pub from: String,
    /// The relation, read from `from` to `to`: `about`, `needs`, `replaces`.
    pub relation: String,
    /// The address that it leads to.
    pub to: String,
    /// Who said so; none for the program itself, and for readers who are neither of an end's organisation nor auditors.
    pub said_by: Option<PersonId>,
    /// When.
    pub said_at: Timestamp,
}

/// Joins two registered things. Saying the same again changes nothing: the first to say it stays named.
///
/// # Errors
/// [`Error::SelfLink`], and [`Error::NoSuchEnd`] when one end is not registered or was withdrawn.
pub fn link(tx: &mut Transaction<'_>, link: &Link) -> Result<(), Error> {
    if link.from == link.to {
        return Err(Error::SelfLink);
    }
    let from = shard_of(tx, &link.from)?;
    let to = shard_of(tx, &link.to)?;
    let rows = [(&from, &link.from, &link.to, 1, &to), (&to, &link.to, &link.from, 0, &from)];
    for (organisation, here, there, outward, there_organisation) in rows {
        tx.execute(
            "INSERT INTO link (organisation, here, relation, there, outward, there_organisation, said_by, said_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (organisation, here, relation, there, outward) DO NOTHING",
            &values![
                organisation,
                here,
                &link.relation,
                there,
                outward,
                there_organisation,
                link.said_by.map(|person| person.to_string()),
                stamp(link.said_at)
            ],
        )?;
    }
    Ok(())
}

/// Takes a link away at both ends, also where it was made at an address that leads to one of them. False when there was none.
///
/// # Errors
/// Those of the database.
pub fn unlink(tx: &mut Transaction<'_>, from: &str, relation: &str, to: &str) -> Result<bool, store::Error> {
    let (froms, tos) = (moved::sources(tx, from)?, moved::sources(tx, to)?);
    let mut gone = 0;
    for (from, to) in froms.iter().flat_map(|from| tos.iter().map(move |to| (from, to))) {
        for (here, there, outward) in [(from, to, 1), (to, from, 0)] {
            gone += tx.execute(
                "DELETE FROM link WHERE here = $1 AND relation = $2 AND there = $3 AND outward = $4 \
                 AND organisation IN (SELECT organisation FROM thing WHERE address = $1)",
                &values![here, relation, there, outward],
            )?;
        }
    }
    Ok(gone > 0)
}

/// The links of the thing at an address, both ways, oldest first, as far as the reader may see both ends. Those of what was
/// merged into it are among them, and an end that was merged is named by what it became.
///
/// # Errors
/// Those of the database.
pub fn links(tx: &mut Transaction<'_>, reader: &Reader, address: &str) -> Result<Vec<Link>, store::Error> {
    let mut rows = Vec::new();
    for source in moved::sources(tx, address)? {
        rows.extend(tx.query(
            "SELECT relation, there, outward, said_by, said_at FROM link WHERE here = $1 \
             AND organisation IN (SELECT organisation FROM thing WHERE address = $1) \
             ORDER BY said_at, relation, there, outward",
            &values![source],
            |row| Ok((row.integer(4)?, row.text(0)?, row.text(1)?, row.flag(2)?, row.optional_text(3)?)),
        )?);
    }
    let theres: BTreeSet<String> = rows.iter().map(|(_, _, there, ..)| there.clone()).collect();
    let became = moved::ends(tx, &theres)?;
    let mut ends: BTreeSet<String> = theres.iter().map(|there| became.get(there).unwrap_or(there).clone()).collect();
    ends.insert(address.to_owned());
    let seen = moved::seen(tx, reader, &ends)?;
    let Some(here_organisation) = seen.get(address) else { return Ok(Vec::new()) };
    rows.sort();
    let (mut links, mut known) = (Vec::with_capacity(rows.len()), BTreeSet::new());
    for (said_at, relation, there, outward, said_by) in rows {
        let there = became.get(&there).cloned().unwrap_or(there);
        let Some(there_organisation) = seen.get(&there) else { continue };
        if there == address || !known.insert((relation.clone(), there.clone(), outward)) {
            continue;
        }
        let here = address.to_owned();
        let whole = whole(reader, &[here_organisation, there_organisation]);
        let (from, to) = if outward { (here, there) } else { (there, here) };
        let damaged = |_| damaged(format!("link {from} {relation} {to}"));
        let said_by: Option<PersonId> = said_by.map(|id| id.parse()).transpose().map_err(damaged)?;
        let said_by = said_by.filter(|_| whole);
        links.push(Link { said_at: unstamp(said_at)?, from, relation, to, said_by });
    }
    Ok(links)
}

/// Whether the reader sees what is an end's own, as with the actor of an event.
fn whole(reader: &Reader, ends: &[&String]) -> bool {
    match reader.standing() {
        Standing::Everything => true,
        Standing::Own(own) => ends.iter().any(|end| end.as_str() == own.as_str()),
        Standing::Members | Standing::Public => false,
    }
}

/// A thing has another organisation now: its rows move to that shard, and the far ends' rows point there.
pub(crate) fn move_end(tx: &mut Transaction<'_>, address: &str, before: &str, after: &str) -> Result<(), store::Error> {
    tx.execute(
        "UPDATE link SET organisation = $3 WHERE organisation = $1 AND here = $2",
        &values![before, address, after],
    )?;
    tx.execute(
        "UPDATE link SET there_organisation = $3 WHERE there_organisation = $1 AND there = $2",
        &values![before, address, after],
    )?;
    Ok(())
}

fn shard_of(tx: &mut Transaction<'_>, address: &str) -> Result<String, Error> {
    let found = tx.query_optional(
        "SELECT organisation FROM thing WHERE address = $1 AND withdrawn_at IS NULL",
        &values![address],
        |row| row.text(0),
    )?;
    found.ok_or_else(|| Error::NoSuchEnd { address: address.to_owned() })
}
