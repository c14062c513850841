//! Products of the shared list that were recorded twice. The one that goes is kept aside whole, with its names and elements;
//! its names find the one that stays, and it comes back as it was. Systems keep what was said of them: what a statement names
//! is read as what it became.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use store::{Error, Row, Transaction, values};
use vocabulary::{OrganisationId, PersonId, Timestamp};
use web::say;

use crate::Refused;
use crate::statement::Stated;
use crate::statement::store::Present;

/// A product with all that is its own, as it was before it was merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    name_folded: String,
    /// Its supplier's identifier.
    pub supplier: Option<String>,
    stated_supplier: Option<String>,
    source: String,
    visibility: String,
    /// `(folded, name, kind)`
    names: Vec<(String, String, String)>,
    /// `(frame, element)`
    elements: Vec<(String, String)>,
}

/// A product that was merged into another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// As it was.
    pub was: Kept,
    /// What it was merged into.
    pub into: String,
    /// Why.
    pub why: String,
    /// When, as an RFC 3339 time.
    pub at: String,
}

/// Merges the listed product `goes` into `stays`. The estates that use it, and the ledger, are the caller's to follow.
///
/// # Errors
/// [`Refused::Missing`] when one of them is not in the shared list, [`Refused::Invalid`] when they are the same.
pub fn merge(
    tx: &mut Transaction<'_>,
    goes: &str,
    stays: &str,
    (why, actor): (&str, Option<PersonId>),
    now: Timestamp,
) -> Result<(), Refused> {
    if goes == stays {
        return Err(Refused::Invalid(say!("Choose another product: this is the same one.")));
    }
    let was = kept(tx, goes)?.ok_or(Refused::Missing)?;
    kept(tx, stays)?.ok_or(Refused::Missing)?;
    let json = serde_json::to_string(&was).map_err(|_| damaged(goes))?;
    let actor = actor.map(|actor| actor.to_string());
    tx.execute(
        "INSERT INTO product_merge (product, into_product, was, why, actor, at) VALUES ($1, $2, $3, $4, $5, $6)",
        &values![goes, stays, json, why, actor, now.to_string()],
    )?;
    tx.execute("DELETE FROM product_element WHERE organisation = '' AND product = $1", &values![goes])?;
    tx.execute("DELETE FROM product WHERE organisation = '' AND id = $1", &values![goes])?;
    tx.execute(
        "UPDATE product_name SET product = $2, kind = CASE WHEN kind = 'name' THEN 'alias' ELSE kind END
         WHERE organisation = '' AND product = $1",
        &values![goes, stays],
    )?;
    Ok(())
}

/// Takes a merging back: the product is in the shared list again as it was.
///
/// # Errors
/// [`Refused::Missing`] when it was not merged, [`Refused::Conflicting`] when what it was merged into was merged since.
pub fn separate(tx: &mut Transaction<'_>, product: &str) -> Result<Merged, Refused> {
    let merged = all_merged(tx)?.into_iter().find(|merged| merged.was.id == product).ok_or(Refused::Missing)?;
    if kept(tx, &merged.into)?.is_none() {
        return Err(Refused::Conflicting(say!("The product that it became was merged since. Separate that first.")));
    }
    tx.execute("DELETE FROM product_merge WHERE product = $1", &values![product])?;
    let was = &merged.was;
    tx.execute(
        "INSERT INTO product (organisation, id, name, name_folded, supplier, stated_supplier, source, visibility)
         VALUES ('', $1, $2, $3, $4, $4, $5, $6)",
        &values![&was.id, &was.name, &was.name_folded, was.stated_supplier.as_deref(), &was.source, &was.visibility],
    )?;
    super::store::name_suppliers(tx)?;
    for (folded, name, kind) in &was.names {
        tx.execute(
            "INSERT INTO product_name (organisation, folded, product, name, kind) VALUES ('', $1, $2, $3, $4)
             ON CONFLICT (organisation, folded) DO UPDATE SET product = excluded.product, kind = excluded.kind",
            &values![folded, &was.id, name, kind],
        )?;
    }
    let elements = was.elements.iter().map(|(frame, element)| values!["", &was.id, frame, element].to_vec());
    tx.insert_many("product_element", &["organisation", "product", "frame", "element"], elements)?;
    Ok(merged)
}

fn kept(tx: &mut Transaction<'_>, id: &str) -> Result<Option<Kept>, Error> {
    let sql = "SELECT name, name_folded, supplier, stated_supplier, source, visibility FROM product WHERE organisation = '' AND id = $1";
    let found = tx.query_optional(sql, &values![id], |row| {
        Ok(Kept {
            id: id.to_owned(),
            name: row.text(0)?,
            name_folded: row.text(1)?,
            supplier: row.optional_text(2)?,
            stated_supplier: row.optional_text(3)?,
            source: row.text(4)?,
            visibility: row.text(5)?,
            names: Vec::new(),
            elements: Vec::new(),
        })
    })?;
    let Some(mut kept) = found else { return Ok(None) };
    let sql = "SELECT folded, name, kind FROM product_name WHERE organisation = '' AND product = $1 ORDER BY folded";
    kept.names = tx.query(sql, &values![id], |row| Ok((row.text(0)?, row.text(1)?, row.text(2)?)))?;
    let sql =
        "SELECT frame, element FROM product_element WHERE organisation = '' AND product = $1 ORDER BY frame, element";
    kept.elements = tx.query(sql, &values![id], |row| Ok((row.text(0)?, row.text(1)?)))?;
    Ok(Some(kept))
}

/// Every merging, by the identifier of what went.
///
/// # Errors
/// Those of the database.
pub fn all_merged(tx: &mut Transaction<'_>) -> Result<Vec<Merged>, Error> {
    let read = |row: &Row<'_>| Ok((row.text(0)?, row.text(1)?, row.text(2)?, row.text(3)?));
    let rows = tx.query("SELECT was, into_product, why, at FROM product_merge ORDER BY product", &[], read)?;
    rows.into_iter()
        .map(|(was, into, why, at)| {
            let was = serde_json::from_str(&was).map_err(|_| damaged(&into))?;
            Ok(Merged { was, into, why, at })
        })
        .collect()
}

fn damaged(product: &str) -> Error {
    Error::Type { place: format!("a merging with the product {product}"), message: "it cannot be read".to_owned() }
}

/// What listed products that were merged or withdrawn are now, and what they were called.
#[derive(Clone, Debug, Default)]
pub struct Merges {
    became: BTreeMap<String, String>,
    /// Of what was published and withdrawn again: the organisation that had offered it, and its own product.
    withdrawn: BTreeMap<String, (String, String)>,
    names: BTreeMap<String, String>,
}

impl Merges {
    /// Reads them.
    ///
    /// # Errors
    /// Those of the database.
    pub fn read(tx: &mut Transaction<'_>) -> Result<Merges, Error> {
        let merged = all_merged(tx)?;
        let direct: BTreeMap<&str, &str> =
            merged.iter().map(|merged| (merged.was.id.as_str(), merged.into.as_str())).collect();
        let last = |id: &str| {
            let mut at = id;
            // As many steps as there are mergings: a circle, which merging refuses, would end here too.
            for _ in 0..direct.len() {
                match direct.get(at) {
                    Some(next) => at = next,
                    None => break,
                }
            }
            at.to_owned()
        };
        let became = direct.keys().map(|id| ((*id).to_owned(), last(id))).collect();
        let mut names: BTreeMap<String, String> =
            merged.iter().map(|merged| (merged.was.id.clone(), merged.was.name.clone())).collect();
        let mut withdrawn = BTreeMap::new();
        let sql = "SELECT p.product, p.name, o.organisation, o.stands FROM shared_publication AS p
             JOIN shared_offer AS o ON o.publication = p.id WHERE p.kind = 'product' AND p.withdrawn_at IS NOT NULL";
        tx.each(sql, &[], |row| {
            let product = row.text(0)?;
            names.insert(product.clone(), row.text(1)?);
            withdrawn.insert(product, (row.text(2)?, row.text(3)?));
            Ok(())
        })?;
        Ok(Merges { became, withdrawn, names })
    }

    /// What a product is now, where it was merged.
    pub fn became(&self, organisation: &str, product: &str) -> Option<&str> {
        self.became.get(product).filter(|_| organisation.is_empty()).map(String::as_str)
    }

    /// The names of what was merged or withdrawn, by key, for the words of a history.
    pub fn names(&self) -> impl Iterator<Item = ((String, String), String)> + '_ {
        self.names.iter().map(|(id, name)| ((String::new(), id.clone()), name.clone()))
    }

    /// Reads an organisation's statements as of what their products are now. What was withdrawn is its own product again for
    /// the organisation that had offered it, and nothing that is known for any other.
    pub fn resolve(&self, whose: &OrganisationId, present: &mut Present) {
        if self.became.is_empty() && self.withdrawn.is_empty() {
            return;
        }
        for standing in present.values_mut().flat_map(|attributes| attributes.values_mut()) {
            let Some(Stated::Product(organisation, product)) = &mut standing.statement.value else { continue };
            if let Some(now) = self.became(organisation, product) {
                *product = now.to_owned();
            }
            if let Some((of, own)) = self.withdrawn.get(product.as_str()).filter(|_| organisation.is_empty()) {
                let own = (of == whose.as_str()).then(|| Stated::Product(of.clone(), own.clone()));
                standing.statement.value = own;
            }
        }
    }
}
