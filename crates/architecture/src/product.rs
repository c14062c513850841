//! A product: what is sold, by one supplier, and run by many organisations. Held once in a shared list; a name that the
//! list does not know becomes a candidate that only its organisation sees.
//!
//! Matching free text here is by exact name or alias after folding, and nothing cleverer: a wrong match is worse than a miss.

pub mod list;
pub mod merge;
pub mod show;
pub mod store;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use vocabulary::fold;

use crate::matching::{Known, KnownName, KnownSupplier, NameKind};

/// The list of products and suppliers that the program carries.
pub const PRODUCTS_FILE: &str = include_str!("../data/products.toml");

/// How ids of products begin that the keeper of the shared list published. No carried product's does, so that a later list
/// cannot mean another product by the same id.
pub const PUBLISHED: &str = "p-";

/// The shared list as its file tells it: see `data/README.md` for the shape.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Products {
    /// Who sells.
    #[serde(rename = "supplier")]
    pub suppliers: Vec<Supplier>,
    /// What is sold.
    #[serde(rename = "product")]
    pub products: Vec<Product>,
}

/// A supplier of the shared list; it becomes an organisation of that kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplier {
    /// Identifier, also the organisation's.
    pub id: String,
    /// Name.
    pub name: String,
    /// Companies House number, where a source gives it.
    pub company_number: Option<String>,
    /// Other names.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Names before a renaming or takeover.
    #[serde(default)]
    pub former_names: Vec<String>,
    /// Where it was read, or "general knowledge".
    pub source: String,
}

/// A product of the shared list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Identifier, part of its address.
    pub id: String,
    /// Name.
    pub name: String,
    /// Its supplier's id; none for open source without one.
    pub supplier: Option<String>,
    /// The LGAM elements that it usually serves, by id.
    #[serde(default)]
    pub elements: Vec<String>,
    /// Other names.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Names before a renaming or takeover.
    #[serde(default)]
    pub former_names: Vec<String>,
    /// Where it was read, or "general knowledge".
    pub source: String,
}

/// Why the list was refused.
#[derive(Debug, thiserror::Error)]
pub enum ProductsError {
    /// The text is not TOML of the right shape.
    #[error("the list of products cannot be read: {0}")]
    Shape(#[from] toml::de::Error),
    /// It contradicts itself.
    #[error("the list of products contradicts itself: {0}")]
    Contradiction(String),
}

impl Product {
    /// Every name by which free text may mean this product, with its kind: `name`, `alias` or `former`.
    pub fn names(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let former = self.former_names.iter().map(|name| (name.as_str(), "former"));
        let aliases = self.aliases.iter().map(|name| (name.as_str(), "alias"));
        std::iter::once((self.name.as_str(), "name")).chain(aliases).chain(former)
    }
}

impl Products {
    /// Reads the list and checks that ids are unique, references resolve and no folded name means two products.
    ///
    /// # Errors
    /// When the text has another shape, or contradicts itself; the message names the place.
    pub fn read(text: &str, elements: &BTreeSet<&str>) -> Result<Products, ProductsError> {
        let list: Products = toml::from_str(text)?;
        let mut suppliers = BTreeSet::new();
        for supplier in &list.suppliers {
            if !suppliers.insert(supplier.id.as_str()) {
                return Err(twice("supplier", &supplier.id));
            }
        }
        let mut ids = BTreeSet::new();
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        for product in &list.products {
            if !ids.insert(product.id.as_str()) {
                return Err(twice("product", &product.id));
            }
            if product.id.starts_with(PUBLISHED) {
                let message =
                    format!("the id \"{}\" begins as those of products do that are published here", product.id);
                return Err(ProductsError::Contradiction(message));
            }
            if let Some(supplier) = product.supplier.as_deref().filter(|id| !suppliers.contains(id)) {
                return Err(unknown(&product.id, "supplier", supplier));
            }
            if let Some(element) = product.elements.iter().find(|id| !elements.contains(id.as_str())) {
                return Err(unknown(&product.id, "element", element));
            }
            for (name, kind) in product.names() {
                if let Some(other) = names.insert(fold(name), &product.id).filter(|other| *other != product.id) {
                    let message = format!("the {kind} \"{name}\" belongs to both {other} and {}", product.id);
                    return Err(ProductsError::Contradiction(message));
                }
            }
        }
        Ok(list)
    }

    /// Products and suppliers with all of their names, for matching.
    pub fn known(&self) -> (Vec<Known>, Vec<KnownSupplier>) {
        let products = self.products.iter().map(|product| Known {
            organisation: String::new(),
            id: product.id.clone(),
            supplier: product.supplier.clone(),
            names: product
                .names()
                .map(|(text, kind)| KnownName { text: text.to_owned(), kind: NameKind::from_word(kind) })
                .collect(),
        });
        let suppliers = self.suppliers.iter().map(|supplier| KnownSupplier {
            id: supplier.id.clone(),
            names: [
                (std::slice::from_ref(&supplier.name), NameKind::Name),
                (supplier.aliases.as_slice(), NameKind::Alias),
                (supplier.former_names.as_slice(), NameKind::Former),
            ]
            .into_iter()
            .flat_map(|(names, kind)| names.iter().map(move |text| KnownName { text: text.clone(), kind }))
            .collect(),
        });
        (products.collect(), suppliers.collect())
    }
}

fn twice(noun: &str, id: &str) -> ProductsError {
    ProductsError::Contradiction(format!("the {noun} \"{id}\" is there twice"))
}

fn unknown(product: &str, noun: &str, id: &str) -> ProductsError {
    ProductsError::Contradiction(format!("the product \"{product}\" names the {noun} \"{id}\", which is not there"))
}

/// A name with a version at its end taken apart: `("Idox Uniform", "10.6")` from "Idox Uniform v10.6".
///
/// Only what is plainly a version counts: digits with an optional "v", "version" or "release" before them, preceded by a
/// space. "Office 365" must be tried whole first, since the number is part of its name.
pub fn split_version(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let (name, last) = text.rsplit_once(char::is_whitespace)?;
    let number = last.trim_start_matches(['v', 'V']).trim_matches(['(', ')']);
    let is_number = number.starts_with(|first: char| first.is_ascii_digit())
        && number.chars().all(|character| character.is_ascii_alphanumeric() || character == '.')
        && number.chars().filter(char::is_ascii_alphabetic).count() <= 1;
    if !is_number {
        return None;
    }
    let name = name.trim_end();
    let worded = ["version", "release", "ver", "v"].iter().find_map(|word| {
        let start = name.len().checked_sub(word.len())?;
        let (head, tail) = (name.get(..start)?, name.get(start..)?);
        (tail.eq_ignore_ascii_case(word) && head.ends_with(char::is_whitespace)).then_some(head.trim_end())
    });
    let name = worded.unwrap_or(name).trim_end_matches([',', '-', ' ']);
    (!name.is_empty()).then_some((name, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Frame, LGAM_FILE};

    #[test]
    fn the_list_that_we_carry_is_sound_and_long_enough() {
        let lgam = Frame::read(LGAM_FILE).unwrap_or_else(|error| unreachable!("{error}"));
        let elements = lgam.elements.iter().map(|element| element.id.as_str()).collect();
        let list = Products::read(PRODUCTS_FILE, &elements).unwrap_or_else(|error| unreachable!("{error}"));
        assert!(list.products.len() >= 150, "{} products", list.products.len());
        assert!(list.products.iter().all(|product| !product.source.is_empty() && !product.elements.is_empty()));
    }

    #[test]
    fn versions_come_off_only_where_they_are_plain() {
        assert_eq!(split_version("Idox Uniform 10.6"), Some(("Idox Uniform", "10.6")));
        assert_eq!(split_version("Idox Uniform v10.6.1"), Some(("Idox Uniform", "10.6.1")));
        assert_eq!(split_version("iTrent Version 10"), Some(("iTrent", "10")));
        assert_eq!(split_version("SQL Server 2016"), Some(("SQL Server", "2016")));
        assert_eq!(split_version("Modern.gov"), None);
        assert_eq!(split_version("Lagan CRM"), None);
        assert_eq!(split_version("8x8"), None);
        assert_eq!(split_version("v2"), None);
        assert_eq!(split_version("Pay 360pro"), None);
    }
}
