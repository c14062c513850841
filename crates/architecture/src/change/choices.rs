//! What forms offer: products and suppliers to choose from by name, elements and organisations to tick.

use std::collections::BTreeSet;

use accounts::OrganisationKind;
use serde::Serialize;
use store::{Error, Transaction, values};
use vocabulary::{OrganisationId, fold};

use crate::frame::LGAM;
use crate::frame::store::{ElementNames, LayerRow, Means, layers};

/// The most names that a field suggests.
const MOST_NAMES: i64 = 2_000;

/// What forms of one organisation offer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Choices {
    /// Names of listed products and the organisation's own.
    pub products: Vec<String>,
    /// Names of suppliers.
    pub suppliers: Vec<String>,
    /// The elements of the LGAM by layer.
    pub layers: Vec<LayerRow>,
    /// Other organisations than this one and than suppliers.
    pub organisations: Vec<Choice>,
    /// Identifiers of elements by folded name, where a name means only one.
    elements: ElementNames,
}

/// One of several to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Choice {
    pub value: String,
    pub text: String,
}

impl Choices {
    /// Reads them. For the organisation's own editors: its candidates are among the products.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Choices, Error> {
        let sql =
            "SELECT name FROM product WHERE organisation IN ('', $1) ORDER BY name_folded, organisation, id LIMIT $2";
        let products: Vec<String> = tx.query(sql, &values![organisation.as_str(), MOST_NAMES], |row| row.text(0))?;
        let mut seen = BTreeSet::new();
        let products = products.into_iter().filter(|name| seen.insert(fold(name))).collect();
        let (mut suppliers, mut organisations) = (Vec::new(), Vec::new());
        for body in accounts::organisation::all(tx, None)? {
            match body.kind {
                OrganisationKind::Supplier => suppliers.push(body.name),
                _ if body.id == *organisation => {}
                _ => organisations.push(Choice { value: body.id.to_string(), text: body.name }),
            }
        }
        Ok(Choices {
            products,
            suppliers,
            layers: layers(tx, LGAM)?,
            organisations,
            elements: ElementNames::of(tx, LGAM)?,
        })
    }

    /// The identifier of the element that a text means: its identifier, its address or a name that is its alone.
    pub(crate) fn element(&self, text: &str) -> Option<String> {
        let id = text.strip_prefix("lgam-").unwrap_or(text);
        let by_id = self.layers.iter().flat_map(|layer| &layer.elements).find(|element| element.id == id);
        by_id.map(|element| element.id.clone()).or_else(|| match self.elements.find(text) {
            Means::One(id) => Some(id),
            _ => None,
        })
    }

    /// With other elements: for samples.
    pub(crate) fn sample(layers: Vec<LayerRow>) -> Choices {
        let choice = |value: &str, text: &str| Choice { value: value.to_owned(), text: text.to_owned() };
        Choices {
            products: vec!["RoundMaster".to_owned(), "TaxBase".to_owned()],
            suppliers: vec!["Fennel".to_owned(), "Oakware".to_owned()],
            layers,
            organisations: vec![choice("brackford", "Brackford District Council")],
            elements: ElementNames::default(),
        }
    }
}
