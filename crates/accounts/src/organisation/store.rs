//! The SQL of organisations.

use std::collections::BTreeMap;

use ledger::Thing;
use store::{Error, Row, Transaction, values};
use vocabulary::{OrganisationId, Timestamp, fold};

use super::merge::{all_merged, lent_names};
use super::{Organisation, OrganisationKind};
use crate::error::damaged;
use crate::leaving;

const COLUMNS: &str = "o.id, o.name, o.kind, o.code, o.participating, o.about, o.keeps_shared_list";

fn organisation(row: &Row<'_>) -> Result<Organisation, Error> {
    let id = row.text(0)?;
    let refused = || damaged(format!("organisation {id}"));
    Ok(Organisation {
        name: row.text(1)?,
        kind: row.text(2)?.parse().map_err(|_| refused())?,
        code: row.optional_text(3)?,
        participating: row.flag(4)?,
        about: row.text(5)?,
        keeps_shared_list: row.optional_integer(6)? == Some(1),
        also_known: vec![],
        former_names: vec![],
        id: id.parse().map_err(|_| refused())?,
    })
}

/// The organisation with this identifier.
///
/// # Errors
/// Those of the database.
pub fn find(tx: &mut Transaction<'_>, id: &OrganisationId) -> Result<Option<Organisation>, Error> {
    one(tx, "o.id = $1", id.as_str())
}

/// The organisation with this identifier, unless it left: for whatever somebody can do for it.
///
/// # Errors
/// Those of the database.
pub fn here(tx: &mut Transaction<'_>, id: &OrganisationId) -> Result<Option<Organisation>, Error> {
    match leaving::tombstone(tx, id)? {
        Some(_) => Ok(None),
        None => find(tx, id),
    }
}

/// The organisation with this identifier or, where none has it, this code: what a person types on a command line.
///
/// # Errors
/// Those of the database.
pub fn by_id_or_code(tx: &mut Transaction<'_>, text: &str) -> Result<Option<Organisation>, Error> {
    let text = text.trim();
    match one(tx, "o.id = $1", text)? {
        Some(found) => Ok(Some(found)),
        None => one(tx, "o.code = $1", text),
    }
}

/// The organisation whose stewards keep the shared list; none where nobody was named.
///
/// # Errors
/// Those of the database.
pub fn keeper(tx: &mut Transaction<'_>) -> Result<Option<OrganisationId>, Error> {
    let sql = "SELECT id FROM organisation WHERE keeps_shared_list = 1";
    let Some(id) = tx.query_optional(sql, &[], |row| row.text(0))? else { return Ok(None) };
    id.parse().map(Some).map_err(|_| damaged(format!("organisation {id}")))
}

fn one(tx: &mut Transaction<'_>, condition: &str, value: &str) -> Result<Option<Organisation>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM organisation o WHERE {condition}");
    let Some(mut found) = tx.query_optional(&sql, &values![value], organisation)? else {
        return Ok(None);
    };
    let names = tx.query(
        "SELECT kind, name FROM organisation_name WHERE organisation = $1 ORDER BY kind, position",
        &values![found.id.as_str()],
        |row| Ok((row.text(0)?, row.text(1)?)),
    )?;
    for (kind, name) in names {
        add_name(&mut found, &kind, name);
    }
    Ok(Some(found))
}

/// Refuses where an organisation is closed: nobody begins to act for it.
pub(crate) fn refuse_closed(tx: &mut Transaction<'_>, id: &OrganisationId) -> Result<(), crate::Error> {
    let sql = "SELECT name FROM organisation WHERE id = $1 AND closed_at IS NOT NULL";
    match tx.query_optional(sql, &values![id.as_str()], |row| row.text(0))? {
        None => Ok(()),
        Some(name) => Err(crate::Error::Conflicting(web::say!(
            "{organisation} is closed here: nobody acts for it any more.",
            organisation = name
        ))),
    }
}

/// All organisations, of one kind if one is wanted, by name.
///
/// # Errors
/// Those of the database.
pub fn all(tx: &mut Transaction<'_>, kind: Option<OrganisationKind>) -> Result<Vec<Organisation>, Error> {
    let (condition, parameters) = match kind {
        Some(kind) => ("WHERE o.kind = $1", values![kind.word()].to_vec()),
        None => ("", vec![]),
    };
    let sql = format!("SELECT {COLUMNS} FROM organisation o {condition} ORDER BY o.folded, o.id");
    let mut found = tx.query(&sql, &parameters, organisation)?;
    let mut names: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    tx.each(
        "SELECT organisation, kind, name FROM organisation_name ORDER BY organisation, kind, position",
        &[],
        |row| {
            let of = names.entry(row.text(0)?).or_default();
            of.push((row.text(1)?, row.text(2)?));
            Ok(())
        },
    )?;
    for organisation in &mut found {
        for (kind, name) in names.remove(organisation.id.as_str()).unwrap_or_default() {
            add_name(organisation, &kind, name);
        }
    }
    Ok(found)
}

fn add_name(organisation: &mut Organisation, kind: &str, name: String) {
    match kind {
        "former" => organisation.former_names.push(name),
        _ => organisation.also_known.push(name),
    }
}

/// Adds organisations, or updates those whose identifier is known, and registers them in the ledger as public things.
/// One that keeps the shared list takes that over from whichever kept it.
/// One that was merged into another stays away, and its names stay with the other. One that left stays away too.
///
/// # Errors
/// [`Error::Conflict`] when a code is another organisation's or two would keep the shared list, [`Error::Type`] for a
/// supplier that would participate or keep the list.
pub fn put(tx: &mut Transaction<'_>, organisations: &[Organisation], now: Timestamp) -> Result<(), Error> {
    if organisations.iter().any(|organisation| organisation.keeps_shared_list) {
        tx.execute("UPDATE organisation SET keeps_shared_list = NULL WHERE keeps_shared_list = 1", &[])?;
    }
    let (merged, left) = (all_merged(tx)?, leaving::all_left(tx)?);
    let mut things: Vec<Thing> = Vec::with_capacity(organisations.len());
    for organisation in organisations {
        if left.contains(organisation.id.as_str()) || merged.iter().any(|merged| merged.was.id == organisation.id) {
            continue;
        }
        let lent = lent_names(&merged, organisation.id.as_str());
        let shares = organisation.participating || organisation.keeps_shared_list;
        if shares && organisation.kind == OrganisationKind::Supplier {
            return Err(Error::Type {
                place: format!("organisation {}", organisation.id),
                message: "a supplier is never a participating body and never keeps the shared list".to_owned(),
            });
        }
        let id = organisation.id.as_str();
        tx.execute(
            "INSERT INTO organisation (id, name, folded, kind, code, participating, about, \
             keeps_shared_list) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET name = $2, folded = $3, kind = $4, \
             code = $5, participating = $6, about = $7, keeps_shared_list = $8",
            &values![
                id,
                &organisation.name,
                fold(&organisation.name),
                organisation.kind.word(),
                organisation.code.as_ref(),
                organisation.participating,
                &organisation.about,
                organisation.keeps_shared_list.then_some(1)
            ],
        )?;
        tx.execute("DELETE FROM organisation_name WHERE organisation = $1", &values![id])?;
        let named = |kind: &'static str, names: &[String]| {
            let rows = names.iter().enumerate();
            let rows = rows.map(|(position, name)| values![id, kind, position, name].to_vec());
            rows.collect::<Vec<_>>()
        };
        let mut rows = named("also", &organisation.also_known);
        rows.extend(named("former", &organisation.former_names));
        rows.extend(named("merged", &lent));
        tx.insert_many("organisation_name", &["organisation", "kind", "position", "name"], rows.into_iter())?;
        let mut stored = organisation.clone();
        stored.also_known.extend(lent);
        things.push(stored.thing());
    }
    ledger::put_things(tx, &things, now)
}

/// All organisations as things, but those that left: what the ledger must hold of them.
///
/// # Errors
/// Those of the database.
pub fn things(tx: &mut Transaction<'_>) -> Result<Vec<Thing>, Error> {
    let left = leaving::all_left(tx)?;
    let here = all(tx, None)?.into_iter().filter(|organisation| !left.contains(organisation.id.as_str()));
    Ok(here.map(|organisation| organisation.thing()).collect())
}
