//! What the keeper's stewards do with an offer: publish it as a product, publish it as another name of a product, or decline
//! it. The offering organisation's systems follow in one change of its own, which it can undo; nobody else's are touched.

use ledger::NewEvent;
use serde_json::json;
use store::{Error, Transaction};
use vocabulary::{OrganisationId, fold};
use web::say;

use super::offer::{listed, tell};
use super::store::{self as table, Kind, Offer, Publication, State, find_any, is_taken, listed_as, settle};
use crate::Refused;
use crate::import::apply::Moment;
use crate::matching::decide::{Published, follow_publication};
use crate::merging::shared::{What, follow, used};
use crate::product::PUBLISHED;

/// What an offer becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Becomes {
    /// A product that the list did not have.
    Product {
        /// Its name in the list.
        name: String,
        /// The supplying organisation.
        supplier: Option<String>,
        /// The LGAM elements that it usually serves, by id.
        elements: Vec<String>,
    },
    /// Another name of a listed product.
    NameOf(String),
}

/// An offer that waits: for those who keep the list.
fn waiting(tx: &mut Transaction<'_>, id: &str) -> Result<(Offer, OrganisationId), Refused> {
    let offer = find_any(tx, id)?.ok_or(Refused::Missing)?;
    if offer.state != State::Waiting {
        return Err(Refused::Conflicting(say!("This offer does not wait any more: it was decided, or taken back.")));
    }
    let organisation = offer.organisation.parse().map_err(|_| Refused::Missing)?;
    Ok((offer, organisation))
}

/// Declines an offer, saying why.
///
/// # Errors
/// [`Refused::Missing`] when there is none, [`Refused::Conflicting`] when it does not wait.
pub fn decline(tx: &mut Transaction<'_>, id: &str, why: &str, moment: &Moment) -> Result<(), Refused> {
    let (offer, _) = waiting(tx, id)?;
    let at = moment.now.to_string();
    let offer = Offer { state: State::Declined, decided_at: Some(at), why: Some(why.to_owned()), ..offer };
    settle(tx, &offer, moment)?;
    tell(tx, &offer, "declined", moment)
}

/// Publishes an offer, saying why. Returns the id of the listed product.
///
/// # Errors
/// As [`decline`]; [`Refused::Conflicting`] also when the list has the name for another product, or the product is gone.
pub fn publish(
    tx: &mut Transaction<'_>,
    id: &str,
    becomes: &Becomes,
    why: &str,
    moment: &Moment,
) -> Result<String, Refused> {
    let (offer, organisation) = waiting(tx, id)?;
    let has = |name: &str| {
        say!("The list has this name already, for {product}. Publish it as another name of that.", product = name)
    };
    let (product, publication) = match becomes {
        Becomes::Product { name, supplier, elements } if offer.kind == Kind::Product => {
            if let Some((_, product)) = listed_as(tx, &fold(name))? {
                return Err(Refused::Conflicting(has(&product)));
            }
            let product = fresh_product(tx, name)?;
            let details = (name.as_str(), supplier.clone(), elements.clone());
            let publication = made(Kind::Product, &product, details, why, moment)?;
            (product, Some(publication))
        }
        Becomes::Product { .. } => return Err(Refused::Missing),
        Becomes::NameOf(target) => {
            let gone =
                || Refused::Conflicting(say!("That product is not in the list any more. Look at the offer again."));
            let (product, _) = listed(tx, target)?.ok_or_else(gone)?;
            match listed_as(tx, &offer.folded)? {
                Some((other, name)) if other != product => return Err(Refused::Conflicting(has(&name))),
                // Somebody else's offer was published before: the list needs it once.
                Some(_) => (product, None),
                None => {
                    let publication = made(Kind::Name, &product, (&offer.name, None, Vec::new()), why, moment)?;
                    (product, Some(publication))
                }
            }
        }
    };
    if let Some(publication) = &publication {
        // Whoever uses the product is found by the new name too.
        let users = used(tx, What::Product, &product)?;
        table::publish(tx, publication, moment)?;
        crate::product::store::name_suppliers(tx)?;
        follow(tx, &users, moment)?;
        tell_all(tx, publication, "published", moment)?;
    }
    let published = Published { own: &offer.stands, name: &offer.name, target: &product };
    let change = match offer.kind {
        Kind::Product => follow_publication(tx, &organisation, &published, moment)?,
        Kind::Name => None,
    };
    let offer = Offer {
        state: State::Published,
        decided_at: Some(moment.now.to_string()),
        why: Some(why.to_owned()),
        product: Some(product.clone()),
        publication: publication.map(|publication| publication.id),
        change,
        ..offer
    };
    settle(tx, &offer, moment)?;
    tell(tx, &offer, "published", moment)?;
    Ok(product)
}

fn made(
    kind: Kind,
    product: &str,
    (name, supplier, elements): (&str, Option<String>, Vec<String>),
    why: &str,
    moment: &Moment,
) -> Result<Publication, Refused> {
    Ok(Publication {
        id: moment.id()?,
        kind,
        product: product.to_owned(),
        name: name.to_owned(),
        folded: fold(name),
        supplier,
        elements,
        why: why.to_owned(),
        published_at: moment.now.to_string(),
        withdrawn: None,
    })
}

/// An id for a product of this name that no other one has or had. It is made of the name and of what is listed alone: whether
/// anybody has an own product of that name cannot be told from it.
fn fresh_product(tx: &mut Transaction<'_>, name: &str) -> Result<String, Error> {
    let letters = fold(name).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect::<String>();
    let words: Vec<&str> = letters.split_whitespace().collect();
    let slug: String = words.join("-").chars().take(60).collect();
    let slug = slug.trim_end_matches('-');
    let first = format!("{PUBLISHED}{}", if slug.is_empty() { "product" } else { slug });
    let mut id = first.clone();
    let mut number = 1_u32;
    while is_taken(tx, &id)? {
        number = number.saturating_add(1);
        id = format!("{first}-{number}");
    }
    Ok(id)
}

/// Tells everybody what was published or withdrawn: it is nobody's own.
///
/// # Errors
/// When the engine fails, or there is no randomness.
pub(super) fn tell_all(
    tx: &mut Transaction<'_>,
    publication: &Publication,
    verb: &'static str,
    moment: &Moment,
) -> Result<(), Refused> {
    let event = NewEvent {
        organisation: None,
        actor: moment.actor,
        verb,
        thing: What::Product.address(&publication.product),
        details: json!({ "kind": publication.kind.word(), "publication": publication.id }),
        erasable: false,
    };
    ledger::append(tx, &event, moment.now, &moment.chance)?;
    Ok(())
}
