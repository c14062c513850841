//! Values of statements in words, for previews and for what undoing would restore: products, suppliers and elements by name.
//!
//! For the organisation's own readers only: candidates and private texts are among them. Dates and states stay as stored;
//! pages have words for those.

use std::collections::BTreeMap;

use store::{Error, Transaction, values};
use vocabulary::{Money, OrganisationId};
use web::say;

use crate::statement::store::{Present, Standing};
use crate::statement::{Attribute, Stated};

/// The names of what statements point to.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    products: BTreeMap<(String, String), String>,
    organisations: BTreeMap<String, String>,
    elements: BTreeMap<(String, String), String>,
    contracts: BTreeMap<String, String>,
    systems: BTreeMap<String, String>,
}

impl Labels {
    /// Reads them: the shared list's, and the organisation's own.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Labels, Error> {
        let own = values![organisation.as_str()];
        let sql = "SELECT organisation, id, name FROM product WHERE organisation IN ('', $1)";
        let products = tx.query(sql, &own, |row| Ok(((row.text(0)?, row.text(1)?), row.text(2)?)))?;
        let mut products: BTreeMap<(String, String), String> = products.into_iter().collect();
        products.extend(crate::product::merge::Merges::read(tx)?.names());
        let elements = tx.query("SELECT frame, id, name FROM frame_element", &[], |row| {
            Ok(((row.text(0)?, row.text(1)?), row.text(2)?))
        })?;
        let sql = "SELECT id, COALESCE(reference, title) FROM contract WHERE organisation = $1 AND COALESCE(reference, title) IS NOT NULL";
        let contracts = tx.query(sql, &own, |row| Ok((row.text(0)?, row.text(1)?)))?;
        let sql = "SELECT id, name FROM system WHERE organisation = $1";
        let systems = tx.query(sql, &own, |row| Ok((row.text(0)?, row.text(1)?)))?;
        let organisations = accounts::organisation::all(tx, None)?;
        Ok(Labels {
            products,
            organisations: organisations
                .into_iter()
                .chain(accounts::organisation::all_merged(tx)?.into_iter().map(|merged| merged.was))
                .map(|one| (one.id.to_string(), one.name))
                .collect(),
            elements: elements.into_iter().collect(),
            contracts: contracts.into_iter().collect(),
            systems: systems.into_iter().collect(),
        })
    }

    /// Learns what the systems and contracts of an estate are called.
    pub(super) fn learn(&mut self, present: &Present) {
        for (id, attributes) in present {
            let text = |attribute: &Attribute| match &attributes.get(attribute)?.statement.value {
                Some(Stated::Text(text)) => Some(text.clone()),
                _ => None,
            };
            let contract = [Attribute::Reference, Attribute::ContractTitle].iter().find_map(text);
            self.contracts.extend(contract.map(|name| (id.clone(), name)));
            self.systems.extend(text(&Attribute::Name).map(|name| (id.clone(), name)));
        }
    }

    /// A value in words. What has no name is printed by its id.
    pub fn print(&self, attribute: Attribute, stated: &Stated) -> String {
        match stated {
            Stated::Flag(flag) => if *flag { "Yes" } else { "No" }.to_owned(),
            Stated::Text(text) | Stated::Private(text) => text.clone(),
            Stated::Number(pence) if matches!(attribute, Attribute::AnnualCost | Attribute::ContractCost) => {
                Money(*pence).to_string()
            }
            Stated::Number(1) if attribute == Attribute::NoticeMonths => "1 month".to_owned(),
            Stated::Number(months) if attribute == Attribute::NoticeMonths => format!("{months} months"),
            Stated::Number(number) => number.to_string(),
            Stated::Elements(elements) => {
                let names: Vec<&str> =
                    elements.iter().map(|key| self.elements.get(key).unwrap_or(&key.1).as_str()).collect();
                names.join("; ")
            }
            Stated::Product(owner, id) => {
                let name = self.products.get(&(owner.clone(), id.clone()));
                name.unwrap_or(id).clone()
            }
            Stated::Organisations(ids) => {
                let names: Vec<&str> = ids.iter().map(|id| self.organisations.get(id).unwrap_or(id).as_str()).collect();
                names.join("; ")
            }
            Stated::Systems(ids) => {
                let gone = say!("a system that was taken back");
                let names: Vec<&str> = ids.iter().map(|id| self.systems.get(id).unwrap_or(&gone).as_str()).collect();
                names.join("; ")
            }
            Stated::Supplier(id) => self.organisations.get(id).unwrap_or(id).clone(),
            Stated::Contract(id) => match self.contracts.get(id) {
                Some(reference) => reference.clone(),
                None => "a contract without a reference".to_owned(),
            },
            Stated::System(id) => self.systems.get(id).unwrap_or(id).clone(),
            Stated::InHouse => "In-house".to_owned(),
        }
    }

    /// What stands, in words; none when nothing does.
    pub fn standing(
        &self,
        attribute: Attribute,
        standing: &Standing,
        texts: &BTreeMap<String, String>,
    ) -> Option<String> {
        let private = |id: &String| texts.get(id).cloned().unwrap_or_else(|| "Erased".to_owned());
        match &standing.statement.value {
            Some(Stated::Private(id)) => Some(private(id)),
            Some(stated) => Some(self.print(attribute, stated)),
            None => standing.statement.original.as_ref().map(|id| format!("Not understood: \"{}\"", private(id))),
        }
    }
}
