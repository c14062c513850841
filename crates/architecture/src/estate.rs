//! An estate: all systems of one organisation, and how widely the organisation shares them.
//!
//! The defaults are those of the permission matrix: participating bodies see the estate, only the organisation sees costs.

pub mod legend;
pub mod take;
pub mod workbook;
pub mod written;

use std::str::FromStr;

use ::store::{Error, Transaction, values};
use vocabulary::{OrganisationId, Visibility};

/// How an organisation shares its estate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// Who sees its systems and contracts.
    pub estate: Visibility,
    /// Who sees what they cost: the organisation itself or participating bodies, never everyone.
    pub costs: Visibility,
}

impl Default for Sharing {
    fn default() -> Sharing {
        Sharing { estate: Visibility::Members, costs: Visibility::Own }
    }
}

/// How `organisation` shares its estate; the defaults when nobody has decided.
///
/// # Errors
/// When the engine fails.
pub fn sharing(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Sharing, Error> {
    let sql = "SELECT visibility, cost_visibility FROM estate WHERE organisation = $1";
    let stored = tx.query_optional(sql, &values![organisation.as_str()], |row| Ok((row.text(0)?, row.text(1)?)))?;
    let narrowest = |word: &str| Visibility::from_str(word).unwrap_or(Visibility::Own);
    Ok(stored.map_or_else(Sharing::default, |(estate, costs)| Sharing {
        estate: narrowest(&estate),
        costs: narrowest(&costs).min(Visibility::Members),
    }))
}

/// Makes sure that the organisation has an estate, shared as the defaults say if it is new.
///
/// # Errors
/// When the engine fails.
pub fn open(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Sharing, Error> {
    let Sharing { estate, costs } = Sharing::default();
    tx.execute(
        "INSERT INTO estate (organisation, visibility, cost_visibility) VALUES ($1, $2, $3) ON CONFLICT (organisation) DO NOTHING",
        &values![organisation.as_str(), estate.word(), costs.word()],
    )?;
    sharing(tx, organisation)
}

/// Writes how the organisation shares its estate and lets every projection and thing follow.
///
/// # Errors
/// When the engine fails.
pub fn share(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    sharing: Sharing,
    now: vocabulary::Timestamp,
) -> Result<(), Error> {
    open(tx, organisation)?;
    let costs = sharing.costs.min(Visibility::Members).min(sharing.estate);
    tx.execute(
        "UPDATE estate SET visibility = $2, cost_visibility = $3 WHERE organisation = $1",
        &values![organisation.as_str(), sharing.estate.word(), costs.word()],
    )?;
    crate::projection::write_all(tx, organisation, now)
}
