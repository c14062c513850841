//! Suppliers that were recorded twice. The one that goes is kept aside whole, its names find the one that stays, and it
//! comes back as it was. What others say of it (products, systems) is theirs to follow.

use std::collections::BTreeMap;

use store::{Error as StoreError, Row, Transaction, values};
use vocabulary::{Kind, OrganisationId, PersonId, Timestamp, fold};

use super::{Organisation, OrganisationKind, find, put};
use crate::error::damaged;

/// Why suppliers were not merged or separated.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// One of them is no supplier here.
    #[error("this does not exist, or it is not shared with you")]
    Missing,
    /// Both are the same.
    #[error("Choose another supplier: this is the same one.")]
    Same,
    /// People act for the one that would go.
    #[error("People act for {0}, so it has to stay. Merge the other one into it instead.")]
    HasPeople(String),
    /// The one that it was merged into was itself merged since.
    #[error("{0} was merged since. Separate that first.")]
    Away(String),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MergeError {
    /// Which kind of refusal this is.
    pub fn kind(&self) -> Kind {
        match self {
            MergeError::Missing => Kind::Missing,
            MergeError::Same => Kind::Invalid,
            MergeError::HasPeople(_) | MergeError::Away(_) => Kind::Conflicting,
            MergeError::Store(error) => ledger::store_kind(error),
        }
    }
}

/// A supplier that was merged into another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// As it was.
    pub was: Organisation,
    /// What it was merged into.
    pub into: String,
    /// Why.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

/// Merges the supplier `goes` into `stays`.
///
/// # Errors
/// [`MergeError`] says why not.
pub fn merge(
    tx: &mut Transaction<'_>,
    goes: &OrganisationId,
    stays: &OrganisationId,
    (why, actor): (&str, Option<PersonId>),
    now: Timestamp,
) -> Result<(), MergeError> {
    if goes == stays {
        return Err(MergeError::Same);
    }
    let supplier = |found: Option<Organisation>| {
        found.filter(|found| found.kind == OrganisationKind::Supplier).ok_or(MergeError::Missing)
    };
    let (was, into) = (supplier(find(tx, goes)?)?, supplier(find(tx, stays)?)?);
    let sql = "SELECT COUNT(*) FROM membership WHERE organisation = $1";
    if tx.query_one(sql, &values![goes.as_str()], |row| row.integer(0))? > 0 {
        return Err(MergeError::HasPeople(was.name));
    }
    let kept = serde_json::to_string(&was).map_err(|_| damaged(format!("organisation {goes}")))?;
    tx.execute(
        "INSERT INTO organisation_merge (organisation, into_organisation, was, why, actor, made_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        &values![goes.as_str(), stays.as_str(), kept, why, actor.map(|actor| actor.to_string()), now.as_microsecond()],
    )?;
    tx.execute("DELETE FROM organisation_name WHERE organisation = $1", &values![goes.as_str()])?;
    tx.execute("DELETE FROM organisation WHERE id = $1", &values![goes.as_str()])?;
    let address = was.address();
    ledger::withdraw_thing(tx, goes, &address, "merged into another supplier", now)?;
    moved(ledger::move_thing(tx, &address, &into.address(), now))?;
    // Its own names again, and those of what was merged into it.
    let stays = own(tx, into)?;
    put(tx, &[stays], now)?;
    Ok(())
}

/// Takes a merging back: the supplier is there again as it was.
///
/// # Errors
/// [`MergeError::Missing`] when it was not merged, [`MergeError::Away`] when what it was merged into is not there.
pub fn separate(tx: &mut Transaction<'_>, gone: &OrganisationId, now: Timestamp) -> Result<Merged, MergeError> {
    let merged = all_merged(tx)?.into_iter().find(|merged| merged.was.id == *gone).ok_or(MergeError::Missing)?;
    let into: OrganisationId = merged.into.parse().map_err(|_| damaged("a merging"))?;
    let Some(stays) = find(tx, &into)? else { return Err(MergeError::Away(merged.into)) };
    let stays = own(tx, stays)?;
    tx.execute("DELETE FROM organisation_merge WHERE organisation = $1", &values![gone.as_str()])?;
    ledger::move_back(tx, &merged.was.address())?;
    put(tx, &[stays, merged.was.clone()], now)?;
    Ok(merged)
}

fn moved(result: Result<(), ledger::Error>) -> Result<(), MergeError> {
    match result {
        Ok(()) => Ok(()),
        Err(ledger::Error::Store(error)) => Err(error.into()),
        Err(_) => Err(MergeError::Same),
    }
}

/// An organisation with its own names only.
fn own(tx: &mut Transaction<'_>, mut organisation: Organisation) -> Result<Organisation, StoreError> {
    let sql = "SELECT name FROM organisation_name WHERE organisation = $1 AND kind = 'also' ORDER BY position";
    organisation.also_known = tx.query(sql, &values![organisation.id.as_str()], |row| row.text(0))?;
    Ok(organisation)
}

/// The names under which what was merged into an organisation was known.
pub(super) fn lent_names(merged: &[Merged], organisation: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for merged in merged.iter().filter(|merged| merged.into == organisation) {
        let was = &merged.was;
        names.extend([&was.name].into_iter().chain(&was.also_known).chain(&was.former_names).cloned());
    }
    names.sort_by_cached_key(|name| fold(name));
    names.dedup();
    names
}

/// Every merging, by the identifier of what went.
///
/// # Errors
/// Those of the database.
pub fn all_merged(tx: &mut Transaction<'_>) -> Result<Vec<Merged>, StoreError> {
    let sql = "SELECT was, into_organisation, why, made_at FROM organisation_merge ORDER BY organisation";
    let read = |row: &Row<'_>| Ok((row.text(0)?, row.text(1)?, row.text(2)?, row.integer(3)?));
    let rows = tx.query(sql, &[], read)?;
    rows.into_iter()
        .map(|(was, into, why, at)| {
            let was = serde_json::from_str(&was).map_err(|_| damaged(format!("a merging into {into}")))?;
            let at = Timestamp::from_microsecond(at).map_err(|_| damaged(format!("a merging into {into}")))?;
            Ok(Merged { was, into, why, at })
        })
        .collect()
}

/// What each organisation that was merged is now, through as many mergings as there were.
///
/// # Errors
/// Those of the database.
pub fn merges(tx: &mut Transaction<'_>) -> Result<BTreeMap<String, String>, StoreError> {
    let sql = "SELECT organisation, into_organisation FROM organisation_merge";
    let direct: BTreeMap<String, String> =
        tx.query(sql, &[], |row| Ok((row.text(0)?, row.text(1)?)))?.into_iter().collect();
    let last = |id: &String| {
        let mut at = id;
        // As many steps as there are mergings: a circle, which merging refuses, would end here too.
        for _ in 0..direct.len() {
            match direct.get(at) {
                Some(next) => at = next,
                None => break,
            }
        }
        at.clone()
    };
    Ok(direct.keys().map(|id| (id.clone(), last(id))).collect())
}
