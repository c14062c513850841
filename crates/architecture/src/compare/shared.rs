//! How three to six organisations' systems compare on each element: what most of them share. Pure: rows in, verdicts out.
//!
//! Products and suppliers are the same as [`super::sides`] says: entries of the shared list, and organisations.

use std::collections::{BTreeMap, BTreeSet};

use super::sides::{Alike, Meets, gathered};
use crate::frame::store::{ElementRow, LayerRow};
use crate::map::in_use::{InUse, ProductName, SupplierName};

/// What most of the organisations that have something for an element share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shared {
    /// A product of the shared list, run by at least two.
    Product(ProductName, usize),
    /// No product is known to be shared, but a system is: its name, its id, and how many own or use it.
    System(String, String, usize),
    /// No product is shared; this supplier supplies at least two.
    Supplier(SupplierName, usize),
    /// At least two have something, and nothing of it is known to be shared.
    Different,
    /// One has something.
    OneOnly,
    /// None has.
    Nobody,
}

impl Shared {
    /// How it compares, in the words that two organisations have.
    pub fn alike(&self) -> Alike {
        match self {
            Shared::Product(..) | Shared::System(..) => Alike::SameProduct,
            Shared::Supplier(..) => Alike::SameSupplier,
            Shared::Different => Alike::Different,
            Shared::OneOnly => Alike::OneSideOnly,
            Shared::Nobody => Alike::Nobody,
        }
    }

    /// How many share it: none where nothing is shared.
    pub fn by(&self) -> usize {
        match self {
            Shared::Product(_, by) | Shared::Supplier(_, by) | Shared::System(_, _, by) => *by,
            Shared::Different | Shared::OneOnly | Shared::Nobody => 0,
        }
    }
}

/// One element with what each organisation has.
#[derive(Clone, Debug)]
pub struct Element<'a> {
    /// The layer that it is part of.
    pub layer: &'a LayerRow,
    /// The element.
    pub row: &'a ElementRow,
    /// What each organisation has, in the order asked for.
    pub each: Vec<Vec<Meets>>,
    /// The verdict.
    pub shared: Shared,
}

/// Several organisations, compared.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// All elements: what most share comes first, then the model's order.
    pub elements: Vec<Element<'a>>,
}

impl<'a> Comparison<'a> {
    /// Compares what these organisations have among `systems`.
    pub fn reckon(layers: &'a [LayerRow], systems: &[InUse], organisations: &[&str]) -> Comparison<'a> {
        let mut on: BTreeMap<(&str, &str), Vec<&InUse>> = BTreeMap::new();
        for system in systems {
            for element in &system.elements {
                on.entry((element, &system.organisation)).or_default().push(system);
            }
        }
        let rows = layers.iter().flat_map(|layer| layer.elements.iter().map(move |row| (layer, row)));
        let elements = rows.map(|(layer, row)| {
            let of = |organisation: &&str| {
                gathered(on.get(&(row.id.as_str(), *organisation)).map_or(&[][..], Vec::as_slice))
            };
            let each: Vec<Vec<Meets>> = organisations.iter().map(of).collect();
            Element { layer, row, shared: shared(&each), each }
        });
        let mut elements: Vec<Element<'a>> = elements.collect();
        elements.sort_by_key(|element| (element.shared.alike(), std::cmp::Reverse(element.shared.by())));
        Comparison { elements }
    }

    /// The element that most share a product for; the first of several.
    pub fn nearest(&self) -> Option<(&Element<'a>, &ProductName, usize)> {
        self.elements.iter().find_map(|element| match &element.shared {
            Shared::Product(product, by) => Some((element, product, *by)),
            _ => None,
        })
    }
}

/// What most share: the first by name of those that equally many do.
fn shared(each: &[Vec<Meets>]) -> Shared {
    let mut products: BTreeMap<(&str, &ProductName), usize> = BTreeMap::new();
    let mut suppliers: BTreeMap<(&str, &SupplierName), usize> = BTreeMap::new();
    let mut systems: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for meets in each {
        // Without a product each stands for one system.
        for meets in meets.iter().filter(|meets| meets.product.is_none()) {
            *systems.entry((&meets.name, &meets.system)).or_default() += 1;
        }
        for product in meets.iter().filter_map(|meets| meets.product.as_ref()) {
            *products.entry((&product.name, product)).or_default() += 1;
        }
        let own: BTreeSet<&SupplierName> = meets.iter().flat_map(|meets| &meets.suppliers).collect();
        for supplier in own {
            *suppliers.entry((&supplier.name, supplier)).or_default() += 1;
        }
    }
    if let Some(((_, product), by)) = most(&products) {
        return Shared::Product(product.clone(), by);
    }
    if let Some(((name, id), by)) = most(&systems) {
        return Shared::System(name.to_owned(), id.to_owned(), by);
    }
    if let Some(((_, supplier), by)) = most(&suppliers) {
        return Shared::Supplier(supplier.clone(), by);
    }
    match each.iter().filter(|meets| !meets.is_empty()).count() {
        0 => Shared::Nobody,
        1 => Shared::OneOnly,
        _ => Shared::Different,
    }
}

/// The first of those that most have, if at least two have it.
fn most<K: Copy + Ord>(counted: &BTreeMap<K, usize>) -> Option<(K, usize)> {
    let mut most: Option<(K, usize)> = None;
    for (key, count) in counted {
        if *count >= 2 && most.is_none_or(|(_, highest)| *count > highest) {
            most = Some((*key, *count));
        }
    }
    most
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may stop")]

    use super::*;
    use crate::map::samples::{in_use, layers};

    fn verdict(systems: &[InUse], element: &str) -> (Alike, usize) {
        let layers = layers();
        let comparison = Comparison::reckon(&layers, systems, &["ashmere", "brackford", "colne"]);
        let shared =
            comparison.elements.iter().find(|compared| compared.row.id == element).map(|found| found.shared.clone());
        let shared = shared.expect("an element");
        (shared.alike(), shared.by())
    }

    #[test]
    fn each_verdict_has_its_case() {
        let systems = [
            in_use("ashmere", "A", "FormMill", "3", "Oakware", &["forms"]),
            in_use("ashmere", "A2", "PaperLess", "", "Fennel", &["forms"]),
            in_use("brackford", "B", "FormMill", "4", "Oakware", &["forms"]),
            in_use("colne", "C", "PaperLess", "4", "Fennel", &["forms"]),
            in_use("colne", "C2", "FormMill", "4", "Oakware", &["forms"]),
            in_use("ashmere", "D", "TaxBase", "", "Oakware", &["revenues"]),
            in_use("ashmere", "D2", "RateBook", "", "Oakware", &["revenues"]),
            in_use("colne", "E", "CountHouse", "", "Oakware", &["revenues"]),
            in_use("ashmere", "F", "", "", "", &["waste"]),
            in_use("brackford", "G", "", "", "", &["waste"]),
            in_use("colne", "H", "Booker", "", "", &["booking"]),
            in_use("dunmoor", "I", "PayDesk", "", "", &["payments"]),
        ];
        assert_eq!(verdict(&systems, "forms"), (Alike::SameProduct, 3), "what most share, not the first that two do");
        assert_eq!(verdict(&systems, "revenues"), (Alike::SameSupplier, 2), "a council counts once");
        assert_eq!(verdict(&systems, "waste"), (Alike::Different, 0), "what is not known is not the same");
        assert_eq!(verdict(&systems, "booking"), (Alike::OneSideOnly, 0));
        assert_eq!(verdict(&systems, "payments"), (Alike::Nobody, 0), "a council that was not asked for");
    }

    #[test]
    fn a_shared_system_is_the_same_for_all_that_own_or_use_it() {
        let owned = in_use("ashmere", "Regional gateway", "", "", "", &["payments"]);
        let used = InUse { organisation: "colne".to_owned(), ..owned.clone() };
        assert_eq!(verdict(&[owned, used], "payments"), (Alike::SameProduct, 2));
    }

    #[test]
    fn two_systems_of_one_council_share_nothing() {
        let systems = [
            in_use("ashmere", "A", "FormMill", "3", "", &["forms"]),
            in_use("ashmere", "B", "FormMill", "4", "", &["forms"]),
        ];
        assert_eq!(verdict(&systems, "forms"), (Alike::OneSideOnly, 0));
    }

    #[test]
    fn what_most_share_comes_first() {
        let systems = [
            in_use("ashmere", "A", "PayDesk", "", "", &["payments"]),
            in_use("brackford", "B", "PayDesk", "", "", &["payments"]),
            in_use("colne", "C", "Booker", "", "", &["booking"]),
            in_use("ashmere", "D", "TaxBase", "", "", &["revenues"]),
            in_use("brackford", "E", "TaxBase", "", "", &["revenues"]),
            in_use("colne", "F", "TaxBase", "", "", &["revenues"]),
        ];
        let layers = layers();
        let comparison = Comparison::reckon(&layers, &systems, &["ashmere", "brackford", "colne"]);
        let order: Vec<&str> = comparison.elements.iter().map(|element| element.row.id.as_str()).take(3).collect();
        assert_eq!(order, ["revenues", "payments", "booking"], "across layers; then as the model has them");
        let (element, product, by) = comparison.nearest().expect("one is shared");
        assert_eq!((element.row.id.as_str(), product.name.as_str(), by), ("revenues", "TaxBase", 3));
    }
}
