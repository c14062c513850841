//! The tables of saved comparisons.

use std::collections::BTreeMap;
use std::str::FromStr;

use accounts::OrganisationKind;
use ledger::{Thing, visible};
use store::{Error, Row, Transaction, Value, values};
use vocabulary::{OrganisationId, Reader, Timestamp, Visibility};

use super::{Saved, address};
use crate::compare::asked::joined;
use crate::map::in_use::Body;
use crate::organisation::short_name;

const COLUMNS: &str = "c.organisation, c.id, c.name, c.show, c.visibility, c.made_at, o.name";

fn row(row: &Row<'_>) -> Result<Saved, Error> {
    let word = row.text(4)?;
    Ok(Saved {
        organisation: row.text(0)?,
        id: row.text(1)?,
        name: row.text(2)?,
        show: row.optional_text(3)?,
        visibility: Visibility::from_str(&word).unwrap_or(Visibility::Own),
        made_at: row.text(5)?,
        made_by: short_name(&row.text(6)?).to_owned(),
        compared: Vec::new(),
    })
}

/// Comparisons that fit a condition, with the organisations that each compares, by name.
fn read(tx: &mut Transaction<'_>, condition: &str, parameters: &[Value]) -> Result<Vec<Saved>, Error> {
    let from = "FROM comparison AS c JOIN organisation AS o ON o.id = c.organisation";
    let sql = format!("SELECT {COLUMNS} {from} WHERE {condition} ORDER BY c.name, c.organisation, c.id");
    let mut saved = tx.query(&sql, parameters, row)?;
    let mut compared: BTreeMap<String, Vec<Body>> = BTreeMap::new();
    let sql = format!(
        "SELECT x.comparison, b.id, b.name, b.kind {from}
         JOIN comparison_organisation AS x ON x.organisation = c.organisation AND x.comparison = c.id
         JOIN organisation AS b ON b.id = x.compared
         WHERE {condition} ORDER BY x.organisation, x.comparison, x.position"
    );
    tx.each(&sql, parameters, |row| {
        let council = row.text(3)? == OrganisationKind::Council.word();
        compared.entry(row.text(0)?).or_default().push(Body::new(&row.text(1)?, &row.text(2)?, council));
        Ok(())
    })?;
    for saved in &mut saved {
        saved.compared = compared.remove(&saved.id).unwrap_or_default();
    }
    Ok(saved)
}

/// Every comparison that `reader` sees, of one organisation or of all.
///
/// # Errors
/// When the engine fails.
pub fn all(tx: &mut Transaction<'_>, reader: &Reader, of: Option<&OrganisationId>) -> Result<Vec<Saved>, Error> {
    let seen = visible(reader, "c.visibility", "c.organisation", 1);
    let (mut condition, mut parameters) = (seen.sql, seen.parameters);
    if let Some(of) = of {
        parameters.push(Value::from(of.as_str()));
        condition = format!("{condition} AND c.organisation = ${}", parameters.len());
    }
    read(tx, &condition, &parameters)
}

/// One comparison, if `reader` sees it.
///
/// # Errors
/// When the engine fails.
pub fn find(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<Option<Saved>, Error> {
    let seen = visible(reader, "c.visibility", "c.organisation", 2);
    let mut parameters = vec![Value::from(id)];
    parameters.extend(seen.parameters);
    Ok(read(tx, &format!("c.id = $1 AND {}", seen.sql), &parameters)?.pop())
}

/// Every comparison of everybody: for the ledger and the doctor, never for a page.
///
/// # Errors
/// When the engine fails.
pub(super) fn every(tx: &mut Transaction<'_>) -> Result<Vec<Saved>, Error> {
    read(tx, "1 = 1", &[])
}

/// How many an organisation keeps.
///
/// # Errors
/// When the engine fails.
pub(super) fn count(tx: &mut Transaction<'_>, of: &OrganisationId) -> Result<usize, Error> {
    let sql = "SELECT COUNT(*) FROM comparison WHERE organisation = $1";
    let count = tx.query_one(sql, &values![of.as_str()], |row| row.integer(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Writes a comparison anew, or with another name, visibility or rows, and the thing that it is.
///
/// # Errors
/// When the engine fails.
pub(super) fn put(tx: &mut Transaction<'_>, saved: &Saved, now: Timestamp) -> Result<(), Error> {
    let of = saved.organisation.as_str();
    tx.execute(
        "INSERT INTO comparison (organisation, id, name, show, visibility, made_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (organisation, id) DO UPDATE SET name = excluded.name, show = excluded.show,
             visibility = excluded.visibility",
        &values![of, &saved.id, &saved.name, saved.show.as_deref(), saved.visibility.word(), &saved.made_at],
    )?;
    forget_compared(tx, saved)?;
    let columns = ["organisation", "comparison", "position", "compared"];
    let rows = saved.compared.iter().enumerate().map(|(at, body)| values![of, &saved.id, at, &body.id].to_vec());
    tx.insert_many("comparison_organisation", &columns, rows)?;
    ledger::put_things(tx, &[thing(saved)?], now)
}

/// Deletes a comparison; its thing leaves a tombstone.
///
/// # Errors
/// When the engine fails.
pub(super) fn delete(tx: &mut Transaction<'_>, saved: &Saved, now: Timestamp) -> Result<(), Error> {
    forget_compared(tx, saved)?;
    tx.execute(
        "DELETE FROM comparison WHERE organisation = $1 AND id = $2",
        &values![saved.organisation.as_str(), &saved.id],
    )?;
    let organisation = organisation(saved)?;
    ledger::withdraw_thing(tx, Some(&organisation), &saved.address(), "deleted by its organisation", now)?;
    Ok(())
}

fn forget_compared(tx: &mut Transaction<'_>, saved: &Saved) -> Result<(), Error> {
    let sql = "DELETE FROM comparison_organisation WHERE organisation = $1 AND comparison = $2";
    tx.execute(sql, &values![saved.organisation.as_str(), &saved.id])?;
    Ok(())
}

/// The organisation that made it.
///
/// # Errors
/// When the table holds something else.
pub(super) fn organisation(saved: &Saved) -> Result<OrganisationId, Error> {
    let refused = |_| Error::Type {
        place: saved.address(),
        message: "the organisation of this comparison is no identifier".to_owned(),
    };
    OrganisationId::from_str(&saved.organisation).map_err(refused)
}

/// What the ledger knows of it.
///
/// # Errors
/// When the table holds something else.
pub(super) fn thing(saved: &Saved) -> Result<Thing, Error> {
    Ok(Thing {
        organisation: Some(organisation(saved)?),
        address: address(&saved.id),
        kind: "comparison".to_owned(),
        title: saved.name.clone(),
        summary: web::say!("A comparison of {organisations}", organisations = joined(&saved.compared)),
        visibility: saved.visibility,
        also: Vec::new(),
    })
}
