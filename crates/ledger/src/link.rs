//! Links: two things of different subjects joined by a named relation, with who said so and when.
//!
//! A link is shown to those who may see both of its ends, and to nobody else: not even that it is there. Relations
//! inside one subject stand in that subject's own tables.

use store::{Transaction, values};
use vocabulary::{PersonId, Reader, Standing, Timestamp};

use crate::{
    Error,
    error::damaged,
    thing::{stamp, unstamp},
    visible,
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

/// Takes a link away at both ends. False when there was none.
///
/// # Errors
/// Those of the database.
pub fn unlink(tx: &mut Transaction<'_>, from: &str, relation: &str, to: &str) -> Result<bool, store::Error> {
    let mut gone = 0;
    for (here, there, outward) in [(from, to, 1), (to, from, 0)] {
        gone += tx.execute(
            "DELETE FROM link WHERE here = $1 AND relation = $2 AND there = $3 AND outward = $4 \
             AND organisation IN (SELECT organisation FROM thing WHERE address = $1)",
            &values![here, relation, there, outward],
        )?;
    }
    Ok(gone > 0)
}

/// The links of the thing at an address, both ways, oldest first, as far as the reader may see both ends.
///
/// # Errors
/// Those of the database.
pub fn links(tx: &mut Transaction<'_>, reader: &Reader, address: &str) -> Result<Vec<Link>, store::Error> {
    let here = visible(reader, "h.visibility", "h.organisation", 2);
    let there = visible(reader, "t.visibility", "t.organisation", 2 + here.parameters.len());
    let sql = format!(
        "SELECT l.relation, l.there, l.outward, l.said_by, l.said_at, h.organisation, t.organisation \
         FROM thing h \
         JOIN link l ON l.organisation = h.organisation AND l.here = h.address \
         JOIN thing t ON t.organisation = l.there_organisation AND t.address = l.there \
         WHERE h.address = $1 AND h.withdrawn_at IS NULL AND t.withdrawn_at IS NULL AND {} AND {} \
         ORDER BY l.said_at, l.relation, l.there, l.outward",
        here.sql, there.sql
    );
    let mut parameters = values![address].to_vec();
    parameters.extend(here.parameters);
    parameters.extend(there.parameters);
    let rows = tx.query(&sql, &parameters, |row| {
        let ends = [row.text(5)?, row.text(6)?];
        Ok((row.text(0)?, row.text(1)?, row.flag(2)?, row.optional_text(3)?, row.integer(4)?, ends))
    })?;
    let mut links = Vec::with_capacity(rows.len());
    for (relation, there, outward, said_by, said_at, ends) in rows {
        let here = address.to_owned();
        let (from, to) = if outward { (here, there) } else { (there, here) };
        let damaged = |_| damaged(format!("link {from} {relation} {to}"));
        let said_by: Option<PersonId> = said_by.map(|id| id.parse()).transpose().map_err(damaged)?;
        let said_by = said_by.filter(|_| whole(reader, &ends));
        links.push(Link { said_at: unstamp(said_at)?, from, relation, to, said_by });
    }
    Ok(links)
}

/// Whether the reader sees what is an end's own, as with the actor of an event.
fn whole(reader: &Reader, ends: &[String]) -> bool {
    match reader.standing() {
        Standing::Everything => true,
        Standing::Own(own) => ends.iter().any(|end| end == own.as_str()),
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
