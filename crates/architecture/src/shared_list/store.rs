//! The tables of offers and of what was published.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};
use store::{Error, Row, Transaction, Value, values};
use vocabulary::OrganisationId;

use crate::frame::LGAM;
use crate::import::apply::Moment;
use crate::statement::words;

words! {
    /// What is offered and published.
    Kind {
        /// A product that the list does not have.
        Product => "product",
        /// Another name of a product that it has.
        Name => "name",
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

words! {
    /// How an offer stands.
    State {
        /// Nobody has decided yet.
        Waiting => "waiting",
        /// The organisation took it back.
        Withdrawn => "withdrawn",
        /// The keeper did not publish it.
        Declined => "declined",
        /// It is in the list, or was.
        Published => "published",
    }
}

/// What an organisation offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Whose it is.
    pub organisation: String,
    /// Its id.
    pub id: String,
    /// What is offered.
    pub kind: Kind,
    /// The organisation's own product that stands for the name.
    pub stands: String,
    /// The name.
    pub name: String,
    /// The name as it is compared.
    pub folded: String,
    /// Of a name: the listed product that it means.
    pub target: Option<String>,
    /// The supplier, as the organisation says it.
    pub supplier: Option<String>,
    /// The product's website.
    pub website: Option<String>,
    /// The LGAM elements that it usually serves, by id.
    pub elements: Vec<String>,
    /// Why the list should have it.
    pub reason: String,
    /// When it was offered, as an RFC 3339 time.
    pub offered_at: String,
    /// How it stands.
    pub state: State,
    /// When that was decided.
    pub decided_at: Option<String>,
    /// Why: what the organisation reads.
    pub why: Option<String>,
    /// The listed product that it became, or of which it became a name.
    pub product: Option<String>,
    /// What was published; none where the list had the name already.
    pub publication: Option<String>,
    /// The organisation's change in which its systems followed.
    pub change: Option<i64>,
}

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Its id.
    pub id: String,
    /// A product, or another name of one.
    pub kind: Kind,
    /// The listed product that it is, or whose name it is.
    pub product: String,
    /// The name.
    pub name: String,
    /// The name as it is compared.
    pub folded: String,
    /// The supplying organisation.
    pub supplier: Option<String>,
    /// The LGAM elements that it usually serves, by id.
    pub elements: Vec<String>,
    /// Why it was published.
    pub why: String,
    /// When, as an RFC 3339 time.
    pub published_at: String,
    /// When and why it was withdrawn.
    pub withdrawn: Option<(String, String)>,
}

const OFFER: &str = "organisation, id, kind, stands, name, folded, target, supplier, website, elements, reason, offered_at, \
     state, decided_at, why, product, publication, change";
const PUBLICATION: &str =
    "id, kind, product, name, folded, supplier, elements, why, published_at, withdrawn_at, withdrawn_why";

fn listed(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn offer(row: &Row<'_>) -> Result<Option<Offer>, Error> {
    // A word of a later version of the program is nothing that this one could decide about.
    let (Some(kind), Some(state)) = (Kind::from_word(&row.text(2)?), State::from_word(&row.text(12)?)) else {
        return Ok(None);
    };
    Ok(Some(Offer {
        organisation: row.text(0)?,
        id: row.text(1)?,
        kind,
        stands: row.text(3)?,
        name: row.text(4)?,
        folded: row.text(5)?,
        target: row.optional_text(6)?,
        supplier: row.optional_text(7)?,
        website: row.optional_text(8)?,
        elements: listed(&row.text(9)?),
        reason: row.text(10)?,
        offered_at: row.text(11)?,
        state,
        decided_at: row.optional_text(13)?,
        why: row.optional_text(14)?,
        product: row.optional_text(15)?,
        publication: row.optional_text(16)?,
        change: row.optional_integer(17)?,
    }))
}

fn publication(row: &Row<'_>) -> Result<Option<Publication>, Error> {
    let Some(kind) = Kind::from_word(&row.text(1)?) else { return Ok(None) };
    Ok(Some(Publication {
        id: row.text(0)?,
        kind,
        product: row.text(2)?,
        name: row.text(3)?,
        folded: row.text(4)?,
        supplier: row.optional_text(5)?,
        elements: listed(&row.text(6)?),
        why: row.text(7)?,
        published_at: row.text(8)?,
        withdrawn: row.optional_text(9)?.zip(Some(row.optional_text(10)?.unwrap_or_default())),
    }))
}

fn offers(tx: &mut Transaction<'_>, rest: &str, parameters: &[Value]) -> Result<Vec<Offer>, Error> {
    let rows = tx.query(&format!("SELECT {OFFER} FROM shared_offer WHERE {rest}"), parameters, offer)?;
    Ok(rows.into_iter().flatten().collect())
}

fn publications(tx: &mut Transaction<'_>, rest: &str, parameters: &[Value]) -> Result<Vec<Publication>, Error> {
    let rows = tx.query(&format!("SELECT {PUBLICATION} FROM shared_publication {rest}"), parameters, publication)?;
    Ok(rows.into_iter().flatten().collect())
}

/// All offers of an organisation, the latest first.
///
/// # Errors
/// When the engine fails.
pub fn of_organisation(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<Offer>, Error> {
    offers(tx, "organisation = $1 ORDER BY offered_at DESC, id DESC", &values![organisation.as_str()])
}

/// One offer of an organisation.
///
/// # Errors
/// When the engine fails.
pub fn find(tx: &mut Transaction<'_>, organisation: &OrganisationId, id: &str) -> Result<Option<Offer>, Error> {
    let found = offers(tx, "organisation = $1 AND id = $2", &values![organisation.as_str(), id])?;
    Ok(found.into_iter().next())
}

/// An offer whosever it is: for the keeper's stewards only.
///
/// # Errors
/// When the engine fails.
pub fn find_any(tx: &mut Transaction<'_>, id: &str) -> Result<Option<Offer>, Error> {
    Ok(offers(tx, "id = $1 ORDER BY organisation", &values![id])?.into_iter().next())
}

/// The offers that wait, the oldest first: for the keeper's stewards only.
///
/// # Errors
/// When the engine fails.
pub fn all_waiting(tx: &mut Transaction<'_>) -> Result<Vec<Offer>, Error> {
    offers(tx, "state = 'waiting' ORDER BY offered_at, id", &[])
}

/// How many offers wait.
///
/// # Errors
/// When the engine fails.
pub fn count_waiting(tx: &mut Transaction<'_>) -> Result<u64, Error> {
    let count = tx.query_one("SELECT COUNT(*) FROM shared_offer WHERE state = 'waiting'", &[], |row| row.integer(0))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// The offer of which a publication came.
///
/// # Errors
/// When the engine fails.
pub fn offer_of(tx: &mut Transaction<'_>, publication: &str) -> Result<Option<Offer>, Error> {
    Ok(offers(tx, "publication = $1 ORDER BY organisation, id", &values![publication])?.into_iter().next())
}

/// Keeps a new offer.
///
/// # Errors
/// When the engine fails.
pub fn add(tx: &mut Transaction<'_>, offer: &Offer, moment: &Moment) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO shared_offer (organisation, id, kind, stands, name, folded, target, supplier, website, elements, reason,
             offered_at, offered_by, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        &values![
            &offer.organisation,
            &offer.id,
            offer.kind.word(),
            &offer.stands,
            &offer.name,
            &offer.folded,
            offer.target.as_deref(),
            offer.supplier.as_deref(),
            offer.website.as_deref(),
            offer.elements.join(" "),
            &offer.reason,
            &offer.offered_at,
            moment.actor.map(|actor| actor.to_string()),
            offer.state.word()
        ],
    )?;
    Ok(())
}

/// Keeps how an offer stands now.
///
/// # Errors
/// When the engine fails.
pub fn settle(tx: &mut Transaction<'_>, offer: &Offer, moment: &Moment) -> Result<(), Error> {
    tx.execute(
        "UPDATE shared_offer SET state = $3, decided_at = $4, decided_by = $5, why = $6, product = $7, publication = $8, change = $9
         WHERE organisation = $1 AND id = $2",
        &values![
            &offer.organisation,
            &offer.id,
            offer.state.word(),
            offer.decided_at.as_deref(),
            moment.actor.map(|actor| actor.to_string()),
            offer.why.as_deref(),
            offer.product.as_deref(),
            offer.publication.as_deref(),
            offer.change
        ],
    )?;
    Ok(())
}

/// Everything that was ever published, the latest first.
///
/// # Errors
/// When the engine fails.
pub fn log(tx: &mut Transaction<'_>) -> Result<Vec<Publication>, Error> {
    publications(tx, "ORDER BY published_at DESC, id DESC", &[])
}

/// What was published and stands, in the order in which it was.
///
/// # Errors
/// When the engine fails.
pub fn standing(tx: &mut Transaction<'_>) -> Result<Vec<Publication>, Error> {
    publications(tx, "WHERE withdrawn_at IS NULL ORDER BY published_at, id", &[])
}

/// One publication.
///
/// # Errors
/// When the engine fails.
pub fn published(tx: &mut Transaction<'_>, id: &str) -> Result<Option<Publication>, Error> {
    Ok(publications(tx, "WHERE id = $1", &values![id])?.into_iter().next())
}

/// Whether an id was ever that of a listed product: then it means that one for good.
///
/// # Errors
/// When the engine fails.
pub fn is_taken(tx: &mut Transaction<'_>, product: &str) -> Result<bool, Error> {
    let sql = "SELECT id FROM product WHERE organisation = '' AND id = $1
         UNION ALL SELECT product FROM product_merge WHERE product = $1
         UNION ALL SELECT product FROM shared_publication WHERE product = $1";
    Ok(!tx.query(sql, &values![product], |row| row.text(0))?.is_empty())
}

/// The listed product that has a name, folded.
///
/// # Errors
/// When the engine fails.
pub fn listed_as(tx: &mut Transaction<'_>, folded: &str) -> Result<Option<(String, String)>, Error> {
    let sql = "SELECT p.id, p.name FROM product_name AS n JOIN product AS p ON p.organisation = '' AND p.id = n.product
         WHERE n.organisation = '' AND n.folded = $1";
    tx.query_optional(sql, &values![folded], |row| Ok((row.text(0)?, row.text(1)?)))
}

/// Keeps what is published, and puts it into the tables that all pages and matching read.
///
/// # Errors
/// When the engine fails, or the list has the name already.
pub fn publish(tx: &mut Transaction<'_>, publication: &Publication, moment: &Moment) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO shared_publication (id, kind, product, name, folded, supplier, elements, why, published_at, published_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &values![
            &publication.id,
            publication.kind.word(),
            &publication.product,
            &publication.name,
            &publication.folded,
            publication.supplier.as_deref(),
            publication.elements.join(" "),
            &publication.why,
            &publication.published_at,
            moment.actor.map(|actor| actor.to_string())
        ],
    )?;
    if publication.kind == Kind::Product {
        crate::product::store::list(tx, publication)?;
        let unique: BTreeSet<&String> = publication.elements.iter().collect();
        let elements = unique.into_iter().map(|element| values!["", &publication.product, LGAM, element].to_vec());
        tx.insert_many("product_element", &["organisation", "product", "frame", "element"], elements)?;
    }
    let kind = if publication.kind == Kind::Product { "name" } else { "alias" };
    tx.execute(
        "INSERT INTO product_name (organisation, folded, product, name, kind) VALUES ('', $1, $2, $3, $4)",
        &values![&publication.folded, &publication.product, &publication.name, kind],
    )?;
    Ok(())
}

/// Takes what was published out of those tables again, and keeps why.
///
/// # Errors
/// When the engine fails.
pub fn withdraw(tx: &mut Transaction<'_>, publication: &Publication, why: &str, moment: &Moment) -> Result<(), Error> {
    let actor = moment.actor.map(|actor| actor.to_string());
    tx.execute(
        "UPDATE shared_publication SET withdrawn_at = $2, withdrawn_by = $3, withdrawn_why = $4 WHERE id = $1",
        &values![&publication.id, moment.now.to_string(), actor, why],
    )?;
    let product = &publication.product;
    match publication.kind {
        Kind::Name => {
            let sql = "DELETE FROM product_name WHERE organisation = '' AND folded = $1 AND product = $2";
            tx.execute(sql, &values![&publication.folded, product])?;
        }
        Kind::Product => {
            for table in ["product_name", "product_element"] {
                let sql = format!("DELETE FROM {table} WHERE organisation = '' AND product = $1");
                tx.execute(&sql, &values![product])?;
            }
            tx.execute("DELETE FROM product WHERE organisation = '' AND id = $1", &values![product])?;
        }
    }
    Ok(())
}

/// What was published and is not in the list as it should be: for `commonhold doctor`.
///
/// # Errors
/// When the engine fails.
pub fn check(tx: &mut Transaction<'_>) -> Result<Vec<String>, Error> {
    let merges = crate::product::merge::Merges::read(tx)?;
    let mut faults = Vec::new();
    for publication in log(tx)? {
        let id = merges.became("", &publication.product).unwrap_or(&publication.product);
        let has_name = listed_as(tx, &publication.folded)?.is_some_and(|(product, _)| product == id);
        let sql = "SELECT 1 FROM product WHERE organisation = '' AND id = $1";
        let has_product = tx.query_optional(sql, &values![id], |row| row.integer(0))?.is_some();
        let fault = match (&publication.withdrawn, publication.kind) {
            (None, _) if !has_name || !has_product => "is published and not in the list",
            (Some(_), Kind::Product) if has_product && id == publication.product => "is withdrawn and in the list",
            _ => continue,
        };
        faults.push(format!("shared list: the {} {} {fault}", publication.kind.word(), publication.id));
    }
    Ok(faults)
}
