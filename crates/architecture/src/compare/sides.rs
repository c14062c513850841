//! How two organisations' systems compare on each element. Pure: rows in, verdicts out.
//!
//! Products are the same when they are one entry of the list that both share; a candidate is its organisation's alone, so
//! it never matches. Suppliers are the same when they are one organisation; two councils that each build something
//! themselves do not share a supplier. A shared system stands on every side that owns or uses it: then both run the same,
//! whether or not its product is known.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use web::say;

use crate::frame::store::{ElementRow, LayerRow};
use crate::map::in_use::{InUse, ProductName, SupplierName};

/// How two sides of one element compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alike {
    /// At least one product is run by both.
    SameProduct,
    /// No product is, but at least one supplier supplies both.
    SameSupplier,
    /// Both have something, and nothing of it is known to be shared.
    Different,
    /// One has something.
    OneSideOnly,
    /// Neither has.
    Nobody,
}

impl Alike {
    /// All of them, nearest first.
    pub const ALL: [Alike; 5] =
        [Alike::SameProduct, Alike::SameSupplier, Alike::Different, Alike::OneSideOnly, Alike::Nobody];

    /// The word in addresses and files.
    pub fn word(self) -> &'static str {
        match self {
            Alike::SameProduct => "same-product",
            Alike::SameSupplier => "same-supplier",
            Alike::Different => "different",
            Alike::OneSideOnly => "one-side-only",
            Alike::Nobody => "nobody",
        }
    }

    /// The one that a word names.
    pub fn from_word(word: &str) -> Option<Alike> {
        Alike::ALL.into_iter().find(|alike| alike.word() == word)
    }

    /// In words for people.
    pub fn said(self) -> String {
        match self {
            Alike::SameProduct => say!("Same product"),
            Alike::SameSupplier => say!("Same supplier"),
            Alike::Different => say!("Different"),
            Alike::OneSideOnly => say!("One side only"),
            Alike::Nobody => say!("Nobody"),
        }
    }
}

/// A product with which one side meets a need; or, where the product is not known, one system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Meets {
    /// The product, where it is known.
    pub product: Option<ProductName>,
    /// Its versions in use, as far as known.
    pub versions: BTreeSet<String>,
    /// Who supplies it, where that is known.
    pub suppliers: BTreeSet<SupplierName>,
    /// The first system's id.
    pub system: String,
    /// The first system's name.
    pub name: String,
    /// The names of all systems.
    pub systems: Vec<String>,
    /// Whether another organisation owns at least one of them.
    pub owned_by_others: bool,
    /// The ids of all systems.
    #[serde(skip)]
    pub ids: BTreeSet<String>,
}

impl Meets {
    /// "12", "11 and 12"; none when no version is known.
    pub fn versions_said(&self) -> Option<String> {
        let versions: Vec<&str> = self.versions.iter().map(String::as_str).collect();
        match versions.as_slice() {
            [] => None,
            [only] => Some((*only).to_owned()),
            [rest @ .., last] => Some(say!("{versions} and {last}", versions = rest.join(", "), last = *last)),
        }
    }
}

/// One element with both sides.
#[derive(Clone, Debug)]
pub struct Element<'a> {
    /// The element.
    pub row: &'a ElementRow,
    /// What each side has.
    pub sides: [Vec<Meets>; 2],
    /// The verdict.
    pub alike: Alike,
    /// A product of both is known to be run in versions that are not the same.
    pub versions_differ: bool,
    /// At least one system stands on both sides: it is shared.
    pub one_system: bool,
}

/// One layer.
#[derive(Clone, Debug)]
pub struct Layer<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its elements, in order.
    pub elements: Vec<Element<'a>>,
}

/// Two organisations, compared.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// All layers, in order.
    pub layers: Vec<Layer<'a>>,
}

impl<'a> Comparison<'a> {
    /// Compares what the two organisations have among `systems`.
    pub fn reckon(layers: &'a [LayerRow], systems: &[InUse], organisations: [&str; 2]) -> Comparison<'a> {
        let on = organisations.map(|organisation| {
            let mut on: BTreeMap<&str, Vec<&InUse>> = BTreeMap::new();
            for system in systems.iter().filter(|system| system.organisation == organisation) {
                for element in &system.elements {
                    on.entry(element).or_default().push(system);
                }
            }
            on
        });
        let layers = layers.iter().map(|layer| {
            let elements = layer.elements.iter().map(|row| {
                let side =
                    |on: &BTreeMap<&str, Vec<&InUse>>| gathered(on.get(row.id.as_str()).map_or(&[][..], Vec::as_slice));
                Element::new(row, [side(&on[0]), side(&on[1])])
            });
            Layer { id: &layer.id, name: &layer.name, elements: elements.collect() }
        });
        Comparison { layers: layers.collect() }
    }

    /// How many elements compare so.
    pub fn count(&self, alike: Alike) -> usize {
        self.layers.iter().flat_map(|layer| &layer.elements).filter(|element| element.alike == alike).count()
    }

    /// How many elements there are, and on how many at least one side has something.
    pub fn covered(&self) -> (usize, usize) {
        let all = self.layers.iter().map(|layer| layer.elements.len()).sum::<usize>();
        (all, all - self.count(Alike::Nobody))
    }
}

impl<'a> Element<'a> {
    fn new(row: &'a ElementRow, sides: [Vec<Meets>; 2]) -> Element<'a> {
        let [first, second] = &sides;
        let shared: Vec<(&Meets, &Meets)> = first
            .iter()
            .filter_map(|one| {
                Some((one, second.iter().find(|other| one.product.is_some() && other.product == one.product)?))
            })
            .collect();
        let suppliers = |side: &[Meets]| {
            side.iter().flat_map(|meets| meets.suppliers.iter().map(|supplier| supplier.id.clone())).collect()
        };
        let (ones, others): (BTreeSet<String>, BTreeSet<String>) = (suppliers(first), suppliers(second));
        let one_system = first.iter().any(|one| second.iter().any(|other| !one.ids.is_disjoint(&other.ids)));
        let alike = match (first.is_empty(), second.is_empty()) {
            (true, true) => Alike::Nobody,
            (true, false) | (false, true) => Alike::OneSideOnly,
            (false, false) if one_system || !shared.is_empty() => Alike::SameProduct,
            (false, false) if !ones.is_disjoint(&others) => Alike::SameSupplier,
            (false, false) => Alike::Different,
        };
        let versions_differ = shared.iter().any(|(one, other)| {
            !one.versions.is_empty() && !other.versions.is_empty() && one.versions != other.versions
        });
        Element { row, sides, alike, versions_differ, one_system }
    }
}

/// What one row of a side is found and ordered by: whether the product is unknown, its name, and else the system.
type Place<'a> = (bool, Option<(&'a str, &'a ProductName)>, &'a str);

/// Systems of one side by product, in the order of names; systems whose product is not known one by one, last.
pub(super) fn gathered(systems: &[&InUse]) -> Vec<Meets> {
    let mut by: BTreeMap<Place<'_>, Meets> = BTreeMap::new();
    for system in systems {
        let product = system.product.as_ref().map(|product| (product.name.as_str(), product));
        let key = (product.is_none(), product, if product.is_none() { system.id.as_str() } else { "" });
        let meets = by.entry(key).or_insert_with(|| Meets {
            product: system.product.clone(),
            versions: BTreeSet::new(),
            suppliers: BTreeSet::new(),
            system: system.id.clone(),
            name: system.name.clone(),
            systems: Vec::new(),
            owned_by_others: false,
            ids: BTreeSet::new(),
        });
        meets.versions.extend(system.version.clone());
        meets.suppliers.extend(system.supplier.clone());
        meets.systems.push(system.name.clone());
        meets.owned_by_others |= system.owner.is_some();
        meets.ids.insert(system.id.clone());
    }
    by.into_values().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may stop")]

    use super::*;
    use crate::map::samples::{in_use, layers};

    fn verdict(systems: &[InUse], element: &str) -> (Alike, bool) {
        let layers = layers();
        let comparison = Comparison::reckon(&layers, systems, ["ashmere", "brackford"]);
        let mut elements = comparison.layers.iter().flat_map(|layer| &layer.elements);
        elements
            .find(|compared| compared.row.id == element)
            .map(|found| (found.alike, found.versions_differ))
            .expect("an element")
    }

    #[test]
    fn each_verdict_has_its_case() {
        let systems = [
            in_use("ashmere", "A", "FormMill", "3", "Oakware", &["forms"]),
            in_use("brackford", "B", "FormMill", "4", "Oakware", &["forms"]),
            in_use("ashmere", "C", "TaxBase", "", "Oakware", &["revenues"]),
            in_use("brackford", "D", "RateBook", "", "Oakware", &["revenues"]),
            in_use("ashmere", "E", "BinRound", "", "Oakware", &["waste"]),
            in_use("brackford", "F", "WasteDesk", "", "Fennel", &["waste"]),
            in_use("brackford", "G", "PayDesk", "", "", &["payments"]),
            in_use("colne", "H", "Booker", "", "", &["booking"]),
        ];
        assert_eq!(verdict(&systems, "forms"), (Alike::SameProduct, true));
        assert_eq!(verdict(&systems, "revenues"), (Alike::SameSupplier, false));
        assert_eq!(verdict(&systems, "waste"), (Alike::Different, false));
        assert_eq!(verdict(&systems, "payments"), (Alike::OneSideOnly, false));
        assert_eq!(verdict(&systems, "booking"), (Alike::Nobody, false), "a third council is not compared");
    }

    #[test]
    fn products_and_suppliers_that_are_not_known_are_not_the_same() {
        let systems =
            [in_use("ashmere", "A", "", "", "", &["forms"]), in_use("brackford", "A", "", "", "", &["forms"])];
        assert_eq!(verdict(&systems, "forms"), (Alike::Different, false));
    }

    #[test]
    fn a_shared_system_is_the_same_on_both_sides_whatever_its_product() {
        let own = in_use("ashmere", "Pay", "", "", "", &["payments"]);
        let mut used = in_use("ashmere", "Pay", "", "", "", &["payments"]);
        used.organisation = "brackford".to_owned();
        used.owner = Some("ashmere".to_owned());
        let (layers, systems) = (layers(), [own, used]);
        let comparison = Comparison::reckon(&layers, &systems, ["ashmere", "brackford"]);
        let payments =
            comparison.layers.iter().flat_map(|layer| &layer.elements).find(|element| element.row.id == "payments");
        let payments = payments.expect("it is there");
        assert!(payments.one_system && payments.alike == Alike::SameProduct);
        assert_eq!(payments.sides.each_ref().map(|side| side.iter().any(|meets| meets.owned_by_others)), [false, true]);
    }

    #[test]
    fn candidates_of_two_organisations_never_match() {
        let mut systems = [
            in_use("ashmere", "A", "HomeGrown", "1", "", &["forms"]),
            in_use("brackford", "B", "HomeGrown", "2", "", &["forms"]),
        ];
        for system in &mut systems {
            if let Some(product) = &mut system.product {
                product.organisation.clone_from(&system.organisation);
            }
        }
        assert_eq!(verdict(&systems, "forms"), (Alike::Different, false));
    }

    #[test]
    fn a_version_that_is_not_known_does_not_differ() {
        let systems = [
            in_use("ashmere", "A", "FormMill", "3", "", &["forms"]),
            in_use("brackford", "B", "FormMill", "", "", &["forms"]),
        ];
        assert_eq!(verdict(&systems, "forms"), (Alike::SameProduct, false));
    }
}
