//! Counting systems and different products for each element, layer and organisation. Pure: rows in, numbers out.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::in_use::{Body, Counted, InUse};
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
        let place: HashMap<&str, usize> =
            counted.bodies.iter().enumerate().map(|(place, body)| (body.id.as_str(), place)).collect();
        let mut on: HashMap<&str, Vec<Standing<'_>>> = HashMap::new();
        // A system that several use stands here for its owner and for each of them.
        let owned = counted.systems.iter().map(|system| Standing { system, used: false });
        let used = counted.shared.iter().map(|system| Standing { system, used: true });
        for standing in owned.chain(used) {
            for element in &standing.system.elements {
                on.entry(element).or_default().push(standing);
            }
        }
        let tally = |systems: &[Standing<'_>]| {
            let mut each: Vec<Vec<Standing<'_>>> = vec![Vec::new(); place.len()];
            for standing in systems {
                let own = place.get(standing.system.organisation.as_str());
                if let Some(own) = own.and_then(|place| each.get_mut(*place)) {
                    own.push(*standing);
                }
            }
            let each = each.iter().map(|systems| count(systems)).collect::<Vec<Tally>>();
            (each, Tally { owned_by_others: 0, ..count(systems) })
        };
        let layers = layers.iter().map(|layer| {
            let mut within: Vec<Standing<'_>> = Vec::new();
            let elements = layer.elements.iter().map(|element| {
                let systems = on.get(element.id.as_str()).map_or(&[][..], Vec::as_slice);
                within.extend(systems);
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
            within.sort_unstable_by_key(|standing| standing.system.key());
            within.dedup_by_key(|standing| standing.system.key());
            let (each, all) = tally(&within);
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

/// A system under one organisation.
#[derive(Clone, Copy)]
struct Standing<'a> {
    system: &'a InUse,
    /// The organisation uses it, and another owns it.
    used: bool,
}

/// Different systems, and the different products among them. A system that several use counts once.
fn count(systems: &[Standing<'_>]) -> Tally {
    let products = systems.iter().filter_map(|standing| standing.system.product.as_ref());
    let used = || systems.iter().filter(|standing| standing.used).map(|standing| standing.system.id.as_str());
    // Only what is used may stand twice.
    let different = match used().next() {
        None => systems.len(),
        Some(_) => distinct(systems.iter().map(|standing| standing.system.id.as_str())),
    };
    Tally { systems: different, products: distinct(products), owned_by_others: distinct(used()) }
}

/// How many different ones.
fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> usize {
    let mut all: Vec<T> = all.collect();
    all.sort_unstable();
    all.dedup();
    all.len()
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
