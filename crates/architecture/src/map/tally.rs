//! Counting systems and different products for each element, layer and organisation. Pure: rows in, numbers out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::in_use::{Body, Counted, InUse, ProductName};
use crate::frame::store::LayerRow;

/// How many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Systems.
    pub systems: usize,
    /// Different products among those whose product is known.
    pub products: usize,
    /// Of the systems, those that another organisation owns and shares. Altogether there are none: each has its owner.
    pub owned_by_others: usize,
}

/// What a map counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// Systems.
    #[default]
    Systems,
    /// Different products.
    Products,
}

impl Show {
    /// Both words of `show=`.
    pub const WORDS: [&str; 2] = ["systems", "products"];

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Show::Systems => "systems",
            Show::Products => "products",
        }
    }
}

impl Tally {
    /// The number that is shown.
    pub fn of(self, show: Show) -> usize {
        match show {
            Show::Systems => self.systems,
            Show::Products => self.products,
        }
    }
}

/// One element.
#[derive(Clone, Debug, Serialize)]
pub struct ElementTally {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where its page is.
    pub address: String,
    /// For each organisation, in the order of the map's.
    pub each: Vec<Tally>,
    /// Altogether. Products that several run count once.
    pub all: Tally,
    /// How many organisations have at least one system for it.
    pub organisations: usize,
}

/// One layer. A system on several of its elements counts once.
#[derive(Clone, Debug, Serialize)]
pub struct LayerTally {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What belongs here.
    pub meaning: String,
    /// For each organisation.
    pub each: Vec<Tally>,
    /// Altogether.
    pub all: Tally,
    /// Its elements, in order.
    pub elements: Vec<ElementTally>,
}

/// A map: layers and elements by organisation.
#[derive(Clone, Debug, Serialize)]
pub struct Map {
    /// The organisations: its columns.
    pub organisations: Vec<Body>,
    /// The systems that count.
    pub systems: usize,
    /// Those of them that are placed on at least one element.
    pub placed: usize,
    /// Those of them that an organisation of the map uses and another owns.
    pub shared: usize,
    /// The layers, in order.
    pub layers: Vec<LayerTally>,
}

impl Map {
    /// Counts.
    pub fn reckon(layers: &[LayerRow], counted: &Counted) -> Map {
        let place: BTreeMap<&str, usize> =
            counted.bodies.iter().enumerate().map(|(place, body)| (body.id.as_str(), place)).collect();
        let mut on: BTreeMap<&str, Vec<&InUse>> = BTreeMap::new();
        // A system that several use stands here for its owner and for each of them.
        for system in counted.systems.iter().chain(&counted.shared) {
            for element in &system.elements {
                on.entry(element).or_default().push(system);
            }
        }
        let owned: BTreeSet<(&str, &str)> = counted.systems.iter().map(InUse::key).collect();
        let tally = |systems: &[&InUse]| {
            let mut each: Vec<Vec<&InUse>> = vec![Vec::new(); place.len()];
            for system in systems {
                if let Some(own) = place.get(system.organisation.as_str()).and_then(|place| each.get_mut(*place)) {
                    own.push(system);
                }
            }
            let each = each.iter().map(|systems| count(systems, &owned)).collect::<Vec<Tally>>();
            (each, Tally { owned_by_others: 0, ..count(systems, &owned) })
        };
        let layers = layers.iter().map(|layer| {
            let mut within: BTreeMap<(&str, &str), &InUse> = BTreeMap::new();
            let elements = layer.elements.iter().map(|element| {
                let systems = on.get(element.id.as_str()).map_or(&[][..], Vec::as_slice);
                within.extend(systems.iter().map(|system| (system.key(), *system)));
                let (each, all) = tally(systems);
                let organisations = each.iter().filter(|tally| tally.systems > 0).count();
                ElementTally {
                    id: element.id.clone(),
                    name: element.name.clone(),
                    address: element.address(),
                    each,
                    all,
                    organisations,
                }
            });
            let elements = elements.collect();
            let (each, all) = tally(&within.into_values().collect::<Vec<_>>());
            LayerTally {
                id: layer.id.clone(),
                name: layer.name.clone(),
                meaning: layer.meaning.clone(),
                each,
                all,
                elements,
            }
        });
        Map {
            layers: layers.collect(),
            organisations: counted.bodies.clone(),
            systems: counted.all().len(),
            placed: counted.placed(),
            shared: counted.shared.iter().map(|system| system.id.as_str()).collect::<BTreeSet<_>>().len(),
        }
    }

    /// The element that has most, with its layer; the first of several. None when nothing is placed.
    pub fn most(&self, show: Show) -> Option<(&LayerTally, &ElementTally)> {
        let mut most: Option<(&LayerTally, &ElementTally)> = None;
        for layer in &self.layers {
            for element in &layer.elements {
                let highest = most.map_or(0, |(_, most)| most.all.of(show));
                if element.all.of(show) > highest {
                    most = Some((layer, element));
                }
            }
        }
        most
    }

    /// How many elements there are, and how many of them have at least one system.
    pub fn met(&self) -> (usize, usize) {
        let elements = || self.layers.iter().flat_map(|layer| &layer.elements);
        (elements().count(), elements().filter(|element| element.all.systems > 0).count())
    }
}

/// Different systems, and the different products among them. A system that several use counts once; `owned` says which
/// systems stand for their owners.
fn count(systems: &[&InUse], owned: &BTreeSet<(&str, &str)>) -> Tally {
    let products: BTreeSet<&ProductName> = systems.iter().filter_map(|system| system.product.as_ref()).collect();
    let different: BTreeSet<&str> = systems.iter().map(|system| system.id.as_str()).collect();
    let others: BTreeSet<&str> =
        systems.iter().filter(|system| !owned.contains(&system.key())).map(|system| system.id.as_str()).collect();
    Tally { systems: different.len(), products: products.len(), owned_by_others: others.len() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may stop")]

    use super::*;
    use crate::map::samples;

    #[test]
    fn a_layer_counts_a_system_on_two_of_its_elements_once() {
        let (layers, counted) = samples::county();
        let map = Map::reckon(&layers, &counted);
        let layer = map.layers.iter().find(|layer| layer.id == "capabilities").expect("it is there");
        let sum: usize = layer.elements.iter().map(|element| element.all.systems).sum();
        assert_eq!((sum, layer.all.systems), (5, 4), "one system does both forms and booking");
    }

    #[test]
    fn products_that_several_run_count_once_altogether() {
        let (layers, counted) = samples::county();
        let map = Map::reckon(&layers, &counted);
        let (layer, most) = map.most(Show::Systems).expect("something is placed");
        assert_eq!((layer.id.as_str(), most.id.as_str()), ("capabilities", "forms"));
        let tally = |systems, products| Tally { systems, products, owned_by_others: 0 };
        assert_eq!(most.each, [tally(2, 2), tally(1, 1), Tally::default()]);
        assert_eq!((most.all, most.organisations), (tally(3, 2), 2));
        assert_eq!((map.systems, map.placed), (6, 5));
    }

    #[test]
    fn a_shared_system_counts_for_owner_and_users_and_once_altogether() {
        let (layers, mut counted) = samples::county();
        let tills = counted.systems.iter().find(|system| system.name == "Tills").expect("it is there").clone();
        for user in ["ashmere", "brackford"] {
            counted.shared.push(InUse { organisation: user.to_owned(), ..tills.clone() });
        }
        let map = Map::reckon(&layers, &counted);
        let layer = map.layers.iter().find(|layer| layer.id == "capabilities").expect("it is there");
        let payments = layer.elements.iter().find(|element| element.id == "payments").expect("it is there");
        let each: Vec<_> = payments.each.iter().map(|tally| (tally.systems, tally.owned_by_others)).collect();
        assert_eq!(each, [(1, 1), (1, 1), (1, 0)]);
        assert_eq!((payments.all.systems, payments.all.products, payments.organisations), (1, 1, 3));
        assert_eq!((layer.all.systems, layer.each[0].systems), (4, 3), "once for the layer too");
        assert_eq!((map.systems, map.placed, map.shared), (6, 5, 1));
        // The map of one that only uses it: the owner is not there.
        counted.systems.clear();
        counted.shared.truncate(1);
        let map = Map::reckon(&layers, &counted);
        assert_eq!((map.systems, map.placed, map.shared), (1, 1, 1));
    }

    #[test]
    fn nothing_placed_has_no_most() {
        let (layers, _) = samples::county();
        let map = Map::reckon(&layers, &Counted::default());
        assert!(map.most(Show::Systems).is_none());
        assert_eq!(map.met().1, 0);
    }
}
