//! Withdrawing what was published: while no other organisation relies on it. The organisation that had offered it has its own
//! product again, and the ledger keeps a tombstone.

use std::str::FromStr;

use store::{Error, Transaction, values};
use vocabulary::{OrganisationId, Reader};
use web::{say, say_n};

use super::publish::tell_all;
use super::store::{self as table, Kind, Publication, offer_of, standing};
use crate::Refused;
use crate::import::apply::Moment;
use crate::matching::decide::{Published, Unpublished, leave_publication};
use crate::matching::store::{What as Named, decided};
use crate::merging::shared::{What, follow, used};
use crate::product::merge::all_merged;
use crate::system::store::Seen;

/// What stands against withdrawing it, as far as the reader may know it; nothing when it can be withdrawn.
///
/// # Errors
/// When the engine fails.
pub fn obstacle(tx: &mut Transaction<'_>, reader: &Reader, publication: &Publication) -> Result<Option<String>, Error> {
    let merged = all_merged(tx)?;
    if merged.iter().any(|merged| merged.was.id == publication.product) {
        return Ok(Some(say!("The product was merged into another one since. Separate that first.")));
    }
    if publication.kind == Kind::Name {
        return Ok(None);
    }
    if let Some(other) = merged.iter().find(|merged| merged.into == publication.product) {
        return Ok(Some(say!("{name} was merged into it since. Separate that first.", name = other.was.name)));
    }
    let names = standing(tx)?.into_iter().filter(|one| one.kind == Kind::Name && one.product == publication.product);
    let names: Vec<String> = names.map(|one| format!("\"{}\"", one.name)).collect();
    if !names.is_empty() {
        return Ok(Some(say!(
            "Other names of it were published since: {names}. Withdraw those first.",
            names = names.join(", ")
        )));
    }
    in_use(tx, reader, publication)
}

/// Whether others than the organisation that had offered it rely on it, as a sentence.
fn in_use(tx: &mut Transaction<'_>, reader: &Reader, publication: &Publication) -> Result<Option<String>, Error> {
    let offered_by = offer_of(tx, &publication.id)?.map(|offer| offer.organisation).unwrap_or_default();
    let sql = "SELECT COUNT(*) FROM system WHERE product_organisation = '' AND product = $1 AND organisation <> $2";
    let key = values![&publication.product, &offered_by];
    let systems = tx.query_one(sql, &key, |row| row.integer(0))?;
    // A name that somebody matched to it, or that an import concluded to mean it, is use too, though no system should have
    // the name now.
    let sql = "SELECT organisation FROM name_match WHERE target = $1 AND organisation <> $2
         UNION SELECT organisation FROM name_conclusion WHERE target = $1 AND organisation <> $2 ORDER BY organisation";
    let mut matched = false;
    for other in tx.query(sql, &key, |row| row.text(0))? {
        let Ok(other) = OrganisationId::from_str(&other) else { continue };
        let means_it = |one: &crate::matching::store::Decided| {
            one.what == Named::Product && one.target.as_deref() == Some(publication.product.as_str())
        };
        matched = matched || decided(tx, &other)?.iter().any(means_it);
    }
    if systems == 0 && !matched {
        return Ok(None);
    }
    let seen = Seen::by(reader);
    let next = seen.next_parameter();
    let sql = format!(
        "SELECT COUNT(*), COUNT(DISTINCT s.organisation) {}
         AND s.product_organisation = '' AND s.product = ${next} AND s.organisation <> ${}",
        seen.from,
        next + 1
    );
    let (systems, bodies) =
        tx.query_one(&sql, &seen.with(key.to_vec()), |row| Ok((row.integer(0)?, row.integer(1)?)))?;
    if systems == 0 {
        return Ok(Some(say!(
            "Other organisations rely on it, in no system that you can see. Merge it with another product instead."
        )));
    }
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    let bodies = say_n!("1 organisation", "{count} organisations", count(bodies));
    let systems = say_n!("1 system of {bodies}", "{count} systems of {bodies}", count(systems), bodies = bodies);
    Ok(Some(say!(
        "Other organisations rely on it: {systems}, of what you can see. Merge it with another product instead.",
        systems = systems
    )))
}

/// Withdraws it, saying why.
///
/// # Errors
/// [`Refused::Missing`] when there is no such publication or it is withdrawn already, [`Refused::Conflicting`] while others
/// rely on it.
pub fn withdraw(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    id: &str,
    why: &str,
    moment: &Moment,
) -> Result<(), Refused> {
    let publication = table::published(tx, id)?.filter(|one| one.withdrawn.is_none()).ok_or(Refused::Missing)?;
    if let Some(obstacle) = obstacle(tx, reader, &publication)? {
        return Err(Refused::Conflicting(obstacle));
    }
    let offer = offer_of(tx, id)?.ok_or(Refused::Missing)?;
    let organisation: OrganisationId = offer.organisation.parse().map_err(|_| Refused::Missing)?;
    let users = used(tx, What::Product, &publication.product)?;
    table::withdraw(tx, &publication, why, moment)?;
    if publication.kind == Kind::Product {
        ledger::withdraw_thing(tx, None, &What::Product.address(&publication.product), why, moment.now)?;
    }
    let published = Published { own: &offer.stands, name: &offer.name, target: &publication.product };
    let what = match (publication.kind, offer.kind) {
        // Nothing in the list has that id any longer.
        (Kind::Product, _) => Some(Unpublished::Product),
        // Its systems followed when the name was published.
        (Kind::Name, Kind::Product) => Some(Unpublished::Name),
        // It had matched the name itself before.
        (Kind::Name, Kind::Name) => None,
    };
    if let Some(what) = what {
        leave_publication(tx, &organisation, &published, what, moment)?;
    }
    follow(tx, &users, moment)?;
    tell_all(tx, &publication, "withdrawn", moment)
}
