//! Products and suppliers of the shared list that were recorded twice: the change, and everything that follows it. Only the
//! keeper of the shared list merges them; what estates state stays theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use accounts::organisation::MergeError;
use ledger::NewEvent;
use serde_json::json;
use store::{Error, Transaction, values};
use vocabulary::{Kind, OrganisationId};

use crate::import::apply::Moment;
use crate::{Refused, product, projection};

/// What of the shared list is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// What is sold.
    Product,
    /// Who sells it.
    Supplier,
}

impl What {
    /// Where the page of one is.
    pub fn address(self, id: &str) -> String {
        match self {
            What::Product => format!("/products/{id}"),
            What::Supplier => format!("/organisations/{id}"),
        }
    }
}

/// Merges `goes` into `stays`; `why` is a sentence for whoever asks later.
///
/// # Errors
/// When one of them is not there, both are the same, or people act for the supplier that would go.
pub fn merge(
    tx: &mut Transaction<'_>,
    what: What,
    (stays, goes): (&str, &str),
    why: &str,
    moment: &Moment,
) -> Result<(), Refused> {
    let mut used = used(tx, what, goes)?;
    // What already was a use of the one that stays is found by the other's names too from now on.
    for (organisation, subjects) in self::used(tx, what, stays)? {
        used.entry(organisation).or_default().extend(subjects);
    }
    match what {
        What::Product => {
            product::merge::merge(tx, goes, stays, (why, moment.actor), moment.now)?;
            ledger::withdraw_thing(tx, None, &what.address(goes), "merged into another product", moment.now)?;
            ledger::move_thing(tx, &what.address(goes), &what.address(stays), moment.now)?;
        }
        What::Supplier => {
            let (goes, stays) = (organisation(goes)?, organisation(stays)?);
            accounts::organisation::merge(tx, &goes, &stays, (why, moment.actor), moment.now).map_err(refused)?;
            product::store::name_suppliers(tx)?;
        }
    }
    follow(tx, &used, moment)?;
    tell(tx, "merged", what, (stays, goes), moment)
}

/// Takes a merging back: both are there again as they were.
///
/// # Errors
/// When it was not merged, or what it became was merged since.
pub fn separate(tx: &mut Transaction<'_>, what: What, gone: &str, moment: &Moment) -> Result<(), Refused> {
    let stays = match what {
        What::Product => {
            let merged = product::merge::separate(tx, gone)?;
            ledger::move_back(tx, &what.address(gone))?;
            merged.into
        }
        What::Supplier => {
            let merged = accounts::organisation::separate(tx, &organisation(gone)?, moment.now).map_err(refused)?;
            product::store::name_suppliers(tx)?;
            merged.into
        }
    };
    let used = used(tx, what, &stays)?;
    follow(tx, &used, moment)?;
    tell(tx, "separated", what, (&stays, gone), moment)
}

fn organisation(id: &str) -> Result<OrganisationId, Refused> {
    OrganisationId::from_str(id).map_err(|_| Refused::Missing)
}

fn refused(error: MergeError) -> Refused {
    match error {
        MergeError::Store(error) => error.into(),
        other => match other.kind() {
            Kind::Missing => Refused::Missing,
            Kind::Conflicting => Refused::Conflicting(other.to_string()),
            _ => Refused::Invalid(other.to_string()),
        },
    }
}

/// The systems and contracts whose projections name it, by organisation.
///
/// # Errors
/// When the engine fails.
pub(crate) fn used(
    tx: &mut Transaction<'_>,
    what: What,
    id: &str,
) -> Result<BTreeMap<String, BTreeSet<String>>, Error> {
    let queries: &[&str] = match what {
        What::Product => &["SELECT organisation, id FROM system WHERE product = $1 AND product_organisation = ''"],
        What::Supplier => &[
            "SELECT organisation, id FROM system WHERE supplier = $1",
            "SELECT organisation, id FROM contract WHERE supplier = $1",
        ],
    };
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for sql in queries {
        tx.each(sql, &values![id], |row| {
            used.entry(row.text(0)?).or_default().insert(row.text(1)?);
            Ok(())
        })?;
    }
    Ok(used)
}

/// Lets estates and the ledger follow.
///
/// # Errors
/// When the engine fails.
pub(crate) fn follow(
    tx: &mut Transaction<'_>,
    used: &BTreeMap<String, BTreeSet<String>>,
    moment: &Moment,
) -> Result<(), Error> {
    for (of, subjects) in used {
        if let Ok(of) = OrganisationId::from_str(of) {
            projection::write(tx, &of, subjects, moment.now)?;
        }
    }
    let listed: Vec<ledger::Thing> =
        product::store::things(tx)?.into_iter().filter(|thing| thing.organisation.is_none()).collect();
    ledger::put_things(tx, &listed, moment.now)
}

fn tell(
    tx: &mut Transaction<'_>,
    verb: &'static str,
    what: What,
    (stays, other): (&str, &str),
    moment: &Moment,
) -> Result<(), Refused> {
    let event = NewEvent {
        organisation: None,
        actor: moment.actor,
        verb,
        thing: what.address(stays),
        details: json!({ "other": what.address(other) }),
        erasable: false,
    };
    ledger::append(tx, &event, moment.now, &moment.chance)?;
    Ok(())
}
