//! Erasures: which personal data was erased, by a reference and without any of it.
//!
//! A backup from before an erasure still holds what was erased. So each erasure is written down in the transaction that
//! erases, carried outside the database by whoever runs it, and done again after a restore: each subject that erases has a
//! function `reapply` for its own kinds, and `server` calls them all.

use store::{Transaction, values};
use vocabulary::{OrganisationId, Timestamp};

use crate::thing::{shard, stamp, unshard, unstamp};

/// One erasure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Erasure {
    /// Whose data it was; none for what is no organisation's.
    pub organisation: Option<OrganisationId>,
    /// What was erased, which says who knows how to do it again: `person`, `private-text`.
    pub kind: String,
    /// Which: an identifier that says nothing about anybody. The same id never means something else later.
    pub id: String,
    /// When it was erased for the first time.
    pub at: Timestamp,
}

/// Writes down that something was erased. Call it in the transaction that erases. What was written down before stays.
///
/// # Errors
/// Those of the database.
pub fn record_erasure(tx: &mut Transaction<'_>, erasure: &Erasure) -> Result<(), store::Error> {
    tx.execute(
        "INSERT INTO erasure (organisation, kind, id, at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (organisation, kind, id) DO NOTHING",
        &values![shard(erasure.organisation.as_ref()), &erasure.kind, &erasure.id, stamp(erasure.at)],
    )?;
    Ok(())
}

/// Every erasure that this database knows of, oldest first.
///
/// # Errors
/// Those of the database.
pub fn erasures(tx: &mut Transaction<'_>) -> Result<Vec<Erasure>, store::Error> {
    let sql = "SELECT organisation, kind, id, at FROM erasure ORDER BY at, organisation, kind, id";
    let rows = tx.query(sql, &[], |row| Ok((row.text(0)?, row.text(1)?, row.text(2)?, row.integer(3)?)))?;
    let read = |(organisation, kind, id, at): (String, String, String, i64)| {
        Ok(Erasure { organisation: unshard(&organisation)?, kind, id, at: unstamp(at)? })
    };
    rows.into_iter().map(read).collect()
}

/// Something that lets whoever holds it in: sessions, links, tokens. A restored backup holds those that were taken back
/// since, so a restore takes all of them back.
#[derive(Clone, Copy)]
pub struct Secrets {
    /// The table that they are in.
    pub table: &'static str,
    /// What they are, for one and for many: `("session", "sessions")`.
    pub words: (&'static str, &'static str),
    /// Takes all back and says how many there were.
    pub revoke: fn(&mut Transaction<'_>, Timestamp) -> Result<u64, store::Error>,
}

/// Does again what the ledger itself erases: the details of an event. True if there was something left to erase; false for
/// what is gone already, what is not here, and kinds that others know.
///
/// # Errors
/// Those of the database.
pub fn reapply(tx: &mut Transaction<'_>, erasure: &Erasure) -> Result<bool, store::Error> {
    match erasure.kind.as_str() {
        crate::event::store::ERASURE => crate::event::store::erase_again(tx, erasure),
        _ => Ok(false),
    }
}
