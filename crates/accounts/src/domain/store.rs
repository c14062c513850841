//! The SQL of domains.

use serde_json::json;
use store::{Row, Transaction, values};
use vocabulary::{OrganisationId, Timestamp};

use super::{Domain, MOST, OfOrganisation};
use crate::{
    EmailAddress, Error,
    error::damaged,
    membership::{By, note},
};

fn of_organisation(row: &Row<'_>) -> Result<OfOrganisation, store::Error> {
    let moment = |value| Timestamp::from_microsecond(value).map_err(|_| damaged("a domain"));
    Ok(OfOrganisation {
        domain: Domain(row.text(0)?),
        proposed_at: moment(row.integer(1)?)?,
        confirmed_at: row.optional_integer(2)?.map(moment).transpose()?,
    })
}

/// The domains of an organisation, by name.
pub(crate) fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<OfOrganisation>, store::Error> {
    tx.query(
        "SELECT domain, proposed_at, confirmed_at FROM organisation_domain WHERE organisation = $1 ORDER BY domain",
        &values![organisation.as_str()],
        of_organisation,
    )
}

/// The organisation for which the domain of an address is confirmed.
pub(crate) fn confirmed_for(
    tx: &mut Transaction<'_>,
    address: &EmailAddress,
) -> Result<Option<OrganisationId>, store::Error> {
    let sql = "SELECT organisation FROM organisation_domain WHERE domain = $1 AND confirmed = 1";
    let found = tx.query_optional(sql, &values![Domain::of(address).as_str()], |row| row.text(0))?;
    found.map(|id| id.parse().map_err(|_| damaged("a domain"))).transpose()
}

/// Whether a domain is confirmed for another organisation.
fn taken(tx: &mut Transaction<'_>, organisation: &OrganisationId, domain: &Domain) -> Result<bool, store::Error> {
    let sql = "SELECT 1 FROM organisation_domain WHERE domain = $2 AND confirmed = 1 AND organisation <> $1";
    let found = tx.query_optional(sql, &values![organisation.as_str(), domain.as_str()], |row| row.integer(0))?;
    Ok(found.is_some())
}

fn is_anothers(domain: &Domain) -> Error {
    Error::Conflicting(web::say!(
        "{domain} is confirmed for another organisation. If that is wrong, tell whoever runs this service",
        domain = domain.as_str()
    ))
}

/// A domain waits for an operator from now on. False when it is there already.
pub(super) fn propose(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    domain: &Domain,
    by: &By,
) -> Result<bool, Error> {
    crate::organisation::refuse_closed(tx, organisation)?;
    if taken(tx, organisation, domain)? {
        return Err(is_anothers(domain));
    }
    let count = "SELECT COUNT(*) FROM organisation_domain WHERE organisation = $1";
    if tx.query_one(count, &values![organisation.as_str()], |row| row.integer(0))? >= MOST {
        return Err(Error::Conflicting(web::say!(
            "An organisation has at most {most} domains here. Remove one first",
            most = MOST
        )));
    }
    let new = tx.execute(
        "INSERT INTO organisation_domain (organisation, domain, proposed_by, proposed_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (organisation, domain) DO NOTHING",
        &values![
            organisation.as_str(),
            domain.as_str(),
            by.actor.map(|actor| actor.to_string()),
            by.now.as_microsecond()
        ],
    )?;
    if new > 0 {
        note(tx, organisation, "domain-proposed", json!({"domain": domain.as_str()}), by)?;
    }
    Ok(new > 0)
}

/// From now on people are recognised by a domain that was proposed. False when it was so already.
pub(super) fn confirm(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    domain: &Domain,
    by: &By,
) -> Result<bool, Error> {
    let known = "SELECT confirmed FROM organisation_domain WHERE organisation = $1 AND domain = $2";
    let named = values![organisation.as_str(), domain.as_str()];
    match tx.query_optional(known, &named, |row| row.optional_integer(0))? {
        None => return Err(Error::Missing),
        Some(Some(_)) => return Ok(false),
        Some(None) => {}
    }
    if taken(tx, organisation, domain)? {
        return Err(is_anothers(domain));
    }
    tx.execute(
        "UPDATE organisation_domain SET confirmed = 1, confirmed_by = $3, confirmed_at = $4 \
         WHERE organisation = $1 AND domain = $2",
        &values![
            organisation.as_str(),
            domain.as_str(),
            by.actor.map(|actor| actor.to_string()),
            by.now.as_microsecond()
        ],
    )?;
    note(tx, organisation, "domain-confirmed", json!({"domain": domain.as_str()}), by)?;
    Ok(true)
}

/// Nobody new is recognised by a domain any more, and links that were sent for it are good no longer. Who came by it before
/// stays. False when it was not there.
pub(super) fn remove(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    domain: &Domain,
    by: &By,
) -> Result<bool, Error> {
    let named = values![organisation.as_str(), domain.as_str()];
    let removed = tx.execute("DELETE FROM organisation_domain WHERE organisation = $1 AND domain = $2", &named)?;
    if removed > 0 {
        note(tx, organisation, "domain-removed", json!({"domain": domain.as_str()}), by)?;
    }
    Ok(removed > 0)
}
