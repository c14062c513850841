//! What texts mean to one organisation: what it has decided itself, then the shared list, then its own products.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use accounts::OrganisationKind;
use sha2::{Digest, Sha256};
use store::{Error, Transaction, values};
use vocabulary::{OrganisationId, fold};

use super::store::{Decided, State, What, decided};
use super::{Index, Known, KnownName, KnownSupplier, NameKind, Reason, Suggestion, Verdict};
use crate::frame::LGAM;
use crate::product::split_version;

/// A product found for a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// '' for the shared list, else the organisation whose own product it is.
    pub organisation: String,
    /// Its id.
    pub product: String,
    /// A version that stood in the text.
    pub version: Option<String>,
    /// How it was found, where the text is not simply its name.
    pub how: Option<String>,
    /// Whether it was concluded from a name that differs by more than a version, and nobody was asked.
    pub concluded: bool,
    /// The organisation's own product that stands for this very text, where there is one: it names a row of a file whatever
    /// the text is found to mean.
    pub own: Option<String>,
}

/// Every name that one organisation may mean.
#[derive(Default)]
pub struct ProductNames {
    index: Arc<Index>,
    /// The organisation's own products by folded name, with the organisation.
    own: BTreeMap<String, (String, String)>,
    /// Those of them that systems use.
    in_use: BTreeSet<String>,
    decided: BTreeMap<String, Decided>,
    elements: BTreeMap<(String, String), Vec<String>>,
    suppliers: BTreeMap<(String, String), String>,
    /// Listed products by id, with their names.
    listed: BTreeMap<String, String>,
    /// Files repeat themselves.
    asked: RefCell<HashMap<(String, Option<String>), Verdict>>,
}

impl ProductNames {
    /// Reads them.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<ProductNames, Error> {
        let mut found = ProductNames { index: index(tx)?, ..ProductNames::default() };
        let own = values![organisation.as_str()];
        let sql = "SELECT folded, organisation, product FROM product_name WHERE organisation = $1";
        tx.each(sql, &own, |row| {
            found.own.insert(row.text(0)?, (row.text(1)?, row.text(2)?));
            Ok(())
        })?;
        let sql = "SELECT DISTINCT product FROM system WHERE organisation = $1 AND product_organisation = $1";
        tx.each(sql, &own, |row| {
            found.in_use.insert(row.text(0)?);
            Ok(())
        })?;
        let sql = "SELECT organisation, product, element FROM product_element WHERE organisation IN ('', $1) AND frame = $2 ORDER BY element";
        tx.each(sql, &values![organisation.as_str(), LGAM], |row| {
            found.elements.entry((row.text(0)?, row.text(1)?)).or_default().push(row.text(2)?);
            Ok(())
        })?;
        tx.each("SELECT organisation, id, supplier, name FROM product WHERE organisation IN ('', $1)", &own, |row| {
            let (of, id) = (row.text(0)?, row.text(1)?);
            if of.is_empty() {
                found.listed.insert(id.clone(), row.text(3)?);
            }
            if let Some(supplier) = row.optional_text(2)? {
                found.suppliers.insert((of, id), supplier);
            }
            Ok(())
        })?;
        let decided = decided(tx, organisation)?.into_iter().filter(|decided| decided.what == What::Product);
        found.decided = decided.map(|decided| (decided.folded.clone(), decided)).collect();
        Ok(found)
    }

    /// The product that a text means: what the organisation has said that it means; else a listed product beyond doubt; else
    /// its own product of that name.
    pub fn find(&self, text: &str, supplier: Option<&str>) -> Option<Found> {
        let folded = fold(text);
        let own = self.own.get(&folded);
        let own_id = own.map(|(_, id)| id.clone());
        let decided = self.decided.get(&folded);
        let target = decided.and_then(|decided| decided.target.as_ref()).filter(|id| self.listed.contains_key(*id));
        let verdict = self.ask(text, supplier);
        let made = match &verdict {
            Verdict::Certain(made) => Some(made),
            _ => None,
        };
        match (decided, target) {
            (Some(decided), Some(target)) if decided.state == State::Confirmed => {
                return Some(Found {
                    organisation: String::new(),
                    product: target.clone(),
                    version: decided.version.clone(),
                    how: Some(decided.how.clone()),
                    concluded: false,
                    own: own_id,
                });
            }
            _ => {}
        }
        // Nothing counts here but the words, the list, and what people have decided: whether another row or file brought the
        // name before must not matter. So what is certain is made, unless somebody said that it is none of the list.
        let none = decided.is_some_and(|decided| decided.state == State::Nothing);
        if let Some(made) = made.filter(|_| !none) {
            let concluded = !made.is_exact() && !is_plain(made);
            return Some(Found {
                organisation: made.organisation.clone(),
                product: made.product.clone(),
                version: made.version.clone(),
                how: (!made.is_exact() || made.reasons.contains(&Reason::SupplierDiffers)).then(|| made.reasons_text()),
                concluded,
                // A row that names the product by its name is told by that, whoever else brought the name.
                own: own_id.filter(|_| concluded),
            });
        }
        let as_own = |(organisation, product): &(String, String), version: Option<String>| Found {
            organisation: organisation.clone(),
            product: product.clone(),
            version,
            how: None,
            concluded: false,
            own: None,
        };
        let base = self.without_version(text);
        // What only stands for a name that was concluded elsewhere is no product by itself.
        if let Some(own) = own.filter(|(_, id)| base.is_none() || self.in_use.contains(id)) {
            return Some(as_own(own, None));
        }
        let (name, version) = base?;
        let (folded, version) = (fold(name), Some(version.to_owned()));
        let confirmed = self.decided.get(&folded).filter(|decided| decided.state == State::Confirmed);
        let matched = confirmed.and_then(|decided| decided.target.clone());
        match matched.filter(|target| self.listed.contains_key(target)) {
            Some(target) => Some(as_own(&(String::new(), target), version)),
            None => Some(as_own(self.own.get(&folded)?, version)),
        }
    }

    /// A text that the list does not know, taken apart into a name and a version, where the name by itself is no listed
    /// product's either, whoever is named as the supplier.
    pub fn without_version<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let parts = split_version(text).filter(|(name, _)| !fold(name).is_empty())?;
        (!matches!(self.ask(parts.0, None), Verdict::Certain(_))).then_some(parts)
    }

    /// The listed product that a system's name is: only by its name, with or without a version. Other systems are called after
    /// what they do, and the organisation's own products are known only once some row has named them.
    pub fn find_as_name(&self, name: &str, supplier: Option<&str>) -> Option<Found> {
        self.find(name, supplier).filter(|found| !found.concluded && found.organisation.is_empty())
    }

    /// The listed products that a text may mean, the likeliest first: also where the organisation keeps it as its own.
    pub fn suggestions(&self, text: &str, supplier: Option<&str>) -> Vec<Suggestion> {
        match self.ask(text, supplier) {
            Verdict::Certain(made) => vec![made],
            Verdict::Likely(likely) => likely,
            Verdict::Nothing => Vec::new(),
        }
    }

    fn ask(&self, text: &str, supplier: Option<&str>) -> Verdict {
        let key = (text.to_owned(), supplier.map(str::to_owned));
        if let Some(verdict) = self.asked.borrow().get(&key) {
            return verdict.clone();
        }
        let verdict = self.index.find(text, supplier);
        self.asked.borrow_mut().insert(key, verdict.clone());
        verdict
    }

    /// The names and suppliers of the shared list.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// A listed product's name.
    pub fn name(&self, product: &str) -> String {
        self.listed.get(product).cloned().unwrap_or_else(|| product.to_owned())
    }

    /// Whether a product is in the shared list.
    pub fn is_listed(&self, product: &str) -> bool {
        self.listed.contains_key(product)
    }

    /// The elements that a product usually serves.
    pub fn usual_elements(&self, organisation: &str, product: &str) -> &[String] {
        self.elements.get(&(organisation.to_owned(), product.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The supplier of a product.
    pub fn supplier(&self, organisation: &str, product: &str) -> Option<&str> {
        self.suppliers.get(&(organisation.to_owned(), product.to_owned())).map(String::as_str)
    }
}

/// Whether nothing but a version differs from a name of the product.
fn is_plain(suggestion: &Suggestion) -> bool {
    let plain = |reason: &Reason| matches!(reason, Reason::Name(_) | Reason::SameSupplier | Reason::Version);
    suggestion.reasons.iter().all(plain)
}

/// The names of the shared list, with those that its keeper published. Made anew only when they differ from those of the
/// last time: arranging them takes longer than reading them.
///
/// # Errors
/// When the engine fails.
pub fn index(tx: &mut Transaction<'_>) -> Result<Arc<Index>, Error> {
    /// What was arranged last, with the hash of what it was made from.
    static LAST: Mutex<Option<([u8; 32], Arc<Index>)>> = Mutex::new(None);
    let mut hash = Sha256::new();
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    tx.each("SELECT id, supplier FROM product WHERE organisation = '' ORDER BY id", &[], |row| {
        let (id, supplier) = (row.text(0)?, row.optional_text(1)?);
        hash.update(format!("{id}|{supplier:?}\n"));
        known.insert(id.clone(), Known { organisation: String::new(), id, supplier, names: Vec::new() });
        Ok(())
    })?;
    let sql = "SELECT product, name, kind FROM product_name WHERE organisation = '' ORDER BY folded";
    tx.each(sql, &[], |row| {
        let (product, text, kind) = (row.text(0)?, row.text(1)?, row.text(2)?);
        hash.update(format!("{product}|{text:?}|{kind}\n"));
        if let Some(product) = known.get_mut(&product) {
            product.names.push(KnownName { text, kind: NameKind::from_word(&kind) });
        }
        Ok(())
    })?;
    let suppliers: Vec<KnownSupplier> = accounts::organisation::all(tx, Some(OrganisationKind::Supplier))?
        .into_iter()
        .map(|supplier| KnownSupplier {
            id: supplier.id.to_string(),
            names: [
                (vec![supplier.name], NameKind::Name),
                (supplier.also_known, NameKind::Alias),
                (supplier.former_names, NameKind::Former),
            ]
            .into_iter()
            .flat_map(|(names, kind)| names.into_iter().map(move |text| KnownName { text, kind }))
            .collect(),
        })
        .collect();
    for supplier in &suppliers {
        hash.update(format!("{}|{:?}\n", supplier.id, supplier.names));
    }
    let hash: [u8; 32] = hash.finalize().into();
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, index)) = last.as_ref()
        && *of == hash
    {
        return Ok(Arc::clone(index));
    }
    // Names before aliases, aliases before former names, so that reasons name the best.
    for product in known.values_mut() {
        product.names.sort_by_key(|name| name.kind);
    }
    let index = Arc::new(Index::new(known.into_values(), suppliers));
    *last = Some((hash, Arc::clone(&index)));
    Ok(index)
}
