//! What overlaps, and by how much. Pure: systems in, overlaps out.
//!
//! * A **need** overlaps where systems in use meet one element of the reference model with two or more different products.
//! * A **product** overlaps where it is under two or more contracts of one organisation, or run by two or more organisations.
//!
//! Within one organisation a system that it uses and another owns meets its needs as its own ones do, and the owner's
//! contract is one of those that its product is under. What such a system costs is its owner's, so it is in no sum. Across
//! organisations a shared system is one system under one contract, of its owner; those that use it are told apart.
//!
//! Retired systems are not read at all; planned ones are counted apart. A system that meets several needs counts at each of
//! them, and its cost counts in equal parts, so that nothing is counted twice in any sum, and a product that legitimately
//! serves many needs does not make each of them look as dear as itself. Order is by cost only as far as the reader may see
//! costs: a [`Roll`] has no others.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use vocabulary::Date;

use crate::system::roll::{Entry, Place, Roll};

/// Ends that lie at most this many months apart are a chance to act together.
pub const MONTHS_TOGETHER: i64 = 6;

/// Within which bounds things overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Within one organisation.
    Within,
    /// Across all organisations that the reader sees.
    Across,
}

/// Systems and what is known of what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// How many systems.
    pub systems: usize,
    /// Of them, those whose cost is known to the reader.
    pub known: usize,
    /// Pence a year of those.
    pub pence: i64,
}

impl Cost {
    fn add(&mut self, pence: Option<i64>) {
        self.systems += 1;
        if let Some(pence) = pence {
            self.known += 1;
            self.pence = self.pence.saturating_add(pence);
        }
    }
}

/// The known ends of contracts that lie ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// The earliest of them.
    pub next: Option<Date>,
    /// Contracts whose end is known, past ones included.
    pub known: usize,
}

/// Several whose contracts end near each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Together {
    /// The first end.
    pub first: Date,
    /// The last end.
    pub last: Date,
    /// The organisations; within one organisation that one.
    pub organisations: Vec<Place>,
    /// How many organisations; within one organisation, how many contracts.
    pub count: usize,
}

/// An element that several products meet, or a product that several run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The element's or the product's place.
    pub what: Place,
    /// Systems in use.
    pub systems: usize,
    /// Of them, those of another organisation that shares them, within one organisation: places in [`Roll::shared`].
    pub shared: Vec<Place>,
    /// The others, and what is known of their cost. Of a need: the parts that fall to it.
    pub cost: Cost,
    /// Of the systems, those whose product is not known.
    pub without_product: usize,
    /// Systems that are planned.
    pub planned: usize,
    /// The organisations.
    pub organisations: Vec<Place>,
    /// Those that use a system of theirs: places in [`Roll::users`].
    pub used_by: Vec<Place>,
    /// The different products, dearest first, then most used. Of a product, itself.
    pub products: Vec<(Place, Cost)>,
    /// Suppliers of the systems.
    pub suppliers: Vec<Place>,
    /// The different contracts, as far as they are recorded.
    pub contracts: usize,
    /// When they end.
    pub ends: Ends,
    /// Of a product: the largest group whose contracts end near each other.
    pub together: Option<Together>,
    /// The elements of its systems; of a need, itself.
    pub elements: Vec<Place>,
}

/// Everything that overlaps, what could be gained most by first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlaps {
    /// Needs met several times.
    pub needs: Vec<Overlap>,
    /// Products under several contracts.
    pub products: Vec<Overlap>,
    /// Each system in an overlapping need, once; of its cost the parts that fall to overlapping needs.
    pub in_needs: Sum,
    /// Each system of an overlapping product, once.
    pub in_products: Sum,
}

/// Systems of several overlaps, each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many systems.
    pub systems: usize,
    /// Those of them that nobody else owns, and what is known of their cost.
    pub cost: Cost,
}

/// The equal part of a cost that falls to the need at this place of `parts`. Odd pence go to the first ones, so that the
/// parts are the whole.
fn part(pence: i64, parts: usize, at: usize) -> i64 {
    let parts = i64::try_from(parts.max(1)).unwrap_or(i64::MAX);
    let odd = pence.rem_euclid(parts) > i64::try_from(at).unwrap_or(i64::MAX);
    pence.div_euclid(parts) + i64::from(odd)
}

/// A system with what it brings to a need or product: its cost, or the part of it.
type Brings<'a> = (&'a Entry, Option<i64>);

/// What overlaps among the systems of `roll`, as of `today`.
pub fn reckon(roll: &Roll, scope: Scope, today: Date) -> Overlaps {
    let mut at_need: Vec<Vec<Brings<'_>>> = vec![Vec::new(); roll.elements.len()];
    let mut of_product: Vec<Vec<Brings<'_>>> = vec![Vec::new(); roll.products.len()];
    for system in &roll.systems {
        for (at, element) in system.elements.iter().enumerate() {
            if let Some(systems) = at_need.get_mut(*element as usize) {
                systems.push((system, system.cost.map(|pence| part(pence, system.elements.len(), at))));
            }
        }
        if let Some(systems) = system.product.and_then(|product| of_product.get_mut(product as usize)) {
            systems.push((system, system.cost));
        }
    }
    let mut overlaps = Overlaps::default();
    let mut gathering = Gathering::of(roll, today);
    for (element, systems) in (0..).zip(&at_need) {
        let overlap = gathering.gathered(element, systems);
        if overlap.products.len() >= 2 {
            overlaps.needs.push(Overlap { elements: vec![element], ..overlap });
        }
    }
    for (product, systems) in (0..).zip(&of_product) {
        let overlap = gathering.gathered(product, systems);
        let several = if scope == Scope::Within { overlap.contracts } else { overlap.organisations.len() };
        if several >= 2 {
            let party = |system: &Entry, contract| if scope == Scope::Within { contract } else { system.organisation };
            let together = together(systems, &roll.contracts, today, party);
            let elements = gathering.elements.each(in_use(systems).flat_map(|system| system.elements.iter().copied()));
            overlaps.products.push(Overlap { together, elements, ..overlap });
        }
    }
    overlaps.needs.sort_by_cached_key(|need| {
        (Reverse(need.cost.pence), Reverse(need.systems), Reverse(need.products.len()), need.what)
    });
    overlaps.products.sort_by_cached_key(|product| {
        let several = if scope == Scope::Within { product.contracts } else { product.organisations.len() };
        (Reverse(product.cost.pence), Reverse(several), Reverse(product.systems), product.what)
    });
    overlaps.in_needs = sum(roll, &overlaps.needs, roll.elements.len(), |system| &system.elements);
    overlaps.in_products = sum(roll, &overlaps.products, roll.products.len(), |system| system.product.as_slice());
    overlaps
}

/// Each system in use that is in one of `overlaps`, once, with the sum of what they say it costs.
fn sum(roll: &Roll, overlaps: &[Overlap], all: usize, places: impl Fn(&Entry) -> &[Place]) -> Sum {
    let mut within = vec![false; all];
    for overlap in overlaps {
        if let Some(here) = within.get_mut(overlap.what as usize) {
            *here = true;
        }
    }
    let counted = |system: &&Entry| {
        !system.planned && places(system).iter().any(|place| within.get(*place as usize) == Some(&true))
    };
    let systems = || roll.systems.iter().filter(counted);
    let own = || systems().filter(|system| system.shared.is_none());
    Sum {
        systems: systems().count(),
        cost: Cost {
            systems: own().count(),
            known: own().filter(|system| system.cost.is_some()).count(),
            pence: overlaps.iter().fold(0, |sum, overlap| sum.saturating_add(overlap.cost.pence)),
        },
    }
}

/// Those that are in use, of some systems.
fn in_use<'a>(systems: &[Brings<'a>]) -> impl Iterator<Item = &'a Entry> {
    systems.iter().map(|(system, _)| *system).filter(|system| !system.planned)
}

/// Tells places of one list apart, for one group of systems after another: which group had a place last stands beside it, so
/// that tens of thousands of places need no sorting.
struct Distinct {
    had_by: Vec<u32>,
    group: u32,
}

impl Distinct {
    /// For a list of so many.
    fn of(places: usize) -> Distinct {
        Distinct { had_by: vec![0; places], group: 0 }
    }

    /// The places of the next group, each once, in order.
    fn each(&mut self, places: impl Iterator<Item = Place>) -> Vec<Place> {
        self.group += 1;
        let mut once = Vec::new();
        for place in places {
            let Some(had_by) = self.had_by.get_mut(place as usize) else { continue };
            if std::mem::replace(had_by, self.group) != self.group {
                once.push(place);
            }
        }
        once.sort_unstable();
        once
    }
}

/// What is needed to gather what is true of some systems together.
struct Gathering<'a> {
    ends: &'a [Option<Date>],
    today: Date,
    shared: Distinct,
    users: Distinct,
    organisations: Distinct,
    products: Distinct,
    suppliers: Distinct,
    contracts: Distinct,
    elements: Distinct,
    /// What the systems of each product cost, while one group is gathered.
    costs: Vec<Cost>,
}

impl<'a> Gathering<'a> {
    fn of(roll: &'a Roll, today: Date) -> Gathering<'a> {
        Gathering {
            ends: &roll.contracts,
            today,
            shared: Distinct::of(roll.shared.len()),
            users: Distinct::of(roll.users.len()),
            organisations: Distinct::of(roll.organisations.len()),
            products: Distinct::of(roll.products.len()),
            suppliers: Distinct::of(roll.suppliers.len()),
            contracts: Distinct::of(roll.contracts.len()),
            elements: Distinct::of(roll.elements.len()),
            costs: vec![Cost::default(); roll.products.len()],
        }
    }

    /// What is true of some systems together, but for their elements.
    fn gathered(&mut self, what: Place, systems: &[Brings<'_>]) -> Overlap {
        let each = || in_use(systems);
        let count = each().count();
        let known = self.products.each(each().filter_map(|system| system.product));
        for product in &known {
            self.costs[*product as usize] = Cost::default();
        }
        let (mut cost, mut without_product) = (Cost::default(), 0);
        for (system, pence) in systems.iter().filter(|(system, _)| !system.planned) {
            // What another pays is nobody's cost here.
            let pence = pence.filter(|_| system.shared.is_none());
            if system.shared.is_none() {
                cost.add(pence);
            }
            match system.product.and_then(|product| self.costs.get_mut(product as usize)) {
                Some(cost) => cost.add(pence),
                None => without_product += 1,
            }
        }
        let mut products: Vec<(Place, Cost)> =
            known.into_iter().map(|product| (product, self.costs[product as usize])).collect();
        products.sort_by_key(|(product, cost)| (Reverse(cost.pence), Reverse(cost.systems), *product));
        let contracts = self.contracts.each(each().filter_map(|system| system.contract));
        let ends = contracts.iter().filter_map(|contract| self.ends.get(*contract as usize).copied().flatten());
        let ends: Vec<Date> = ends.collect();
        Overlap {
            what,
            systems: count,
            shared: self.shared.each(each().filter_map(|system| system.shared)),
            used_by: self.users.each(each().flat_map(|system| system.used_by.iter().copied())),
            without_product,
            planned: systems.len() - count,
            cost,
            organisations: self.organisations.each(each().map(|system| system.organisation)),
            products,
            suppliers: self.suppliers.each(each().filter_map(|system| system.supplier)),
            contracts: contracts.len(),
            ends: Ends { next: ends.iter().copied().filter(|end| *end >= self.today).min(), known: ends.len() },
            together: None,
            elements: Vec::new(),
        }
    }
}

/// The largest group of parties of which each has a contract that ends ahead, all within [`MONTHS_TOGETHER`]; the earliest
/// of several. `party` tells whom a contract of a system binds.
fn together(
    systems: &[Brings<'_>],
    ends: &[Option<Date>],
    today: Date,
    party: impl Fn(&Entry, Place) -> Place,
) -> Option<Together> {
    let ahead = in_use(systems).filter_map(|system| {
        let contract = system.contract?;
        let end = ends.get(contract as usize).copied().flatten().filter(|end| *end >= today)?;
        Some((end, party(system, contract), system.organisation))
    });
    let mut ahead: Vec<(Date, Place, Place)> = ahead.collect();
    ahead.sort_unstable();
    ahead.dedup();
    let span = jiff::Span::new().try_months(MONTHS_TOGETHER).ok()?;
    let mut best: Option<(usize, usize, usize)> = None;
    // Both ends of the window move on only, and each party within it is counted by how often it stands there.
    let (mut to, mut within) = (0, BTreeMap::<Place, usize>::new());
    for from in 0..ahead.len() {
        let limit = ahead[from].0.saturating_add(span);
        while to < ahead.len() && ahead[to].0 <= limit {
            *within.entry(ahead[to].1).or_default() += 1;
            to += 1;
        }
        if within.len() >= 2 && best.is_none_or(|(most, _, _)| within.len() > most) {
            best = Some((within.len(), from, to));
        }
        if let Some(times) = within.get_mut(&ahead[from].1) {
            *times -= 1;
            if *times == 0 {
                within.remove(&ahead[from].1);
            }
        }
    }
    let (count, from, to) = best?;
    let group = &ahead[from..to];
    let mut organisations: Vec<Place> = group.iter().map(|(_, _, organisation)| *organisation).collect();
    organisations.sort_unstable();
    organisations.dedup();
    Some(Together { first: group.first()?.0, last: group.last()?.0, organisations, count })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    const TODAY: Date = Date::constant(2026, 11, 22);

    /// A system by numbers: organisation, product, cost in pence, contract, elements.
    fn system(
        organisation: Place,
        product: Option<Place>,
        cost: Option<i64>,
        contract: Option<Place>,
        elements: &[Place],
    ) -> Entry {
        Entry { organisation, product, cost, contract, elements: elements.to_vec(), ..Entry::default() }
    }

    fn reckoned(systems: Vec<Entry>, ends: &[Option<Date>], scope: Scope) -> Overlaps {
        let ids = || vec![String::new(); 40];
        let roll = Roll {
            organisations: ids(),
            products: vec![<_>::default(); 40],
            suppliers: ids(),
            elements: ids(),
            contracts: ends.to_vec(),
            users: ids(),
            shared: vec![<_>::default(); 40],
            systems,
        };
        reckon(&roll, scope, TODAY)
    }

    fn needs(systems: Vec<Entry>) -> Vec<Overlap> {
        reckoned(systems, &[], Scope::Within).needs
    }

    #[test]
    fn a_need_overlaps_where_two_different_products_meet_it() {
        assert!(needs(vec![system(0, Some(1), None, None, &[5]), system(0, Some(1), None, None, &[5])]).is_empty());
        assert!(needs(vec![system(0, Some(1), None, None, &[5]), system(0, None, None, None, &[5])]).is_empty());
        let two = needs(vec![
            system(0, Some(1), None, None, &[5]),
            system(0, Some(2), None, None, &[5]),
            system(0, None, None, None, &[5]),
        ]);
        assert_eq!((two.len(), two[0].cost.systems, two[0].products.len(), two[0].without_product), (1, 3, 2, 1));
    }

    #[test]
    fn planned_systems_are_said_apart_and_make_no_overlap() {
        let planned = |product| Entry { planned: true, ..system(0, Some(product), Some(100), None, &[5]) };
        assert!(needs(vec![system(0, Some(1), None, None, &[5]), planned(2)]).is_empty());
        let two =
            needs(vec![system(0, Some(1), Some(7), None, &[5]), system(0, Some(2), None, None, &[5]), planned(3)]);
        assert_eq!((two[0].planned, two[0].cost), (1, Cost { systems: 2, known: 1, pence: 7 }));
    }

    #[test]
    fn one_product_for_many_needs_is_counted_at_each_and_once_in_all() {
        // One large product serves three needs, each of which a small one serves too.
        let large = system(0, Some(1), Some(1_000), None, &[1, 2, 3]);
        let small = |element| system(0, Some(10 + element), Some(10), None, &[element]);
        let overlaps = reckoned(vec![large, small(1), small(2), small(3)], &[], Scope::Within);
        let pence: Vec<i64> = overlaps.needs.iter().map(|need| need.cost.pence).collect();
        assert_eq!(pence, [344, 343, 343], "a third of the large one each, not all of it three times");
        assert_eq!(overlaps.in_needs.cost, Cost { systems: 4, known: 4, pence: 1_030 }, "the sum is what they cost");
    }

    #[test]
    fn of_a_cost_only_the_part_of_overlapping_needs_is_summed() {
        let overlaps = reckoned(
            vec![system(0, Some(1), Some(1_000), None, &[1, 2]), system(0, Some(2), Some(10), None, &[1])],
            &[],
            Scope::Within,
        );
        assert_eq!(overlaps.in_needs.cost, Cost { systems: 2, known: 2, pence: 510 });
    }

    #[test]
    fn parts_are_the_whole() {
        for pence in [0, 1, 7, 100, 1_001, -5, i64::MAX] {
            for parts in 1..=6 {
                let sum: i128 = (0..parts).map(|at| i128::from(part(pence, parts, at))).sum();
                assert_eq!(sum, i128::from(pence), "{pence} in {parts}");
            }
        }
    }

    #[test]
    fn what_costs_most_comes_first_then_what_is_met_most_often() {
        let at = |element, systems: usize, cost| {
            (0..systems).map(move |number| {
                let product = Some(element * 10 + Place::try_from(number).unwrap_or_default());
                system(0, product, cost, None, &[element])
            })
        };
        let systems = at(1, 2, None).chain(at(2, 3, None)).chain(at(3, 2, Some(5))).collect();
        let order: Vec<Place> = needs(systems).iter().map(|need| need.what).collect();
        assert_eq!(order, [3, 2, 1]);
    }

    #[test]
    fn within_one_organisation_a_product_overlaps_under_two_contracts() {
        let products = |systems| reckoned(systems, &[None, None], Scope::Within).products;
        let one = |contract| system(0, Some(1), Some(5), contract, &[]);
        assert!(products(vec![one(Some(0)), one(Some(0)), one(None)]).is_empty());
        let two = products(vec![one(Some(0)), one(Some(1)), one(None)]);
        assert_eq!((two[0].contracts, two[0].cost.systems, two[0].cost.pence), (2, 3, 15));
    }

    #[test]
    fn across_organisations_a_product_overlaps_where_two_run_it() {
        let products = |systems| reckoned(systems, &[], Scope::Across).products;
        assert!(products(vec![system(0, Some(1), None, None, &[]), system(0, Some(1), None, None, &[])]).is_empty());
        let two = products(vec![system(0, Some(1), None, None, &[]), system(1, Some(1), None, None, &[])]);
        assert_eq!(two[0].organisations, [0, 1]);
    }

    #[test]
    fn a_system_of_another_owner_meets_the_need_and_costs_nothing_here() {
        let shared = |product, contract| Entry { shared: Some(0), ..system(9, product, Some(700), contract, &[5]) };
        let need = needs(vec![system(0, Some(1), Some(30), None, &[5]), shared(Some(2), None)]).remove(0);
        assert_eq!((need.systems, need.products.len(), need.shared), (2, 2, vec![0]));
        assert_eq!(need.cost, Cost { systems: 1, known: 1, pence: 30 }, "what it costs is its owner's");
        let overlaps = reckoned(
            vec![system(0, Some(1), Some(30), Some(0), &[]), shared(Some(1), Some(1))],
            &[None, None],
            Scope::Within,
        );
        assert_eq!(
            (overlaps.products[0].contracts, overlaps.products[0].systems),
            (2, 2),
            "the owner's is one of them"
        );
        assert_eq!(overlaps.in_products, Sum { systems: 2, cost: Cost { systems: 1, known: 1, pence: 30 } });
    }

    #[test]
    fn across_organisations_sharing_is_no_overlap() {
        let shared = Entry { used_by: vec![3, 1], ..system(0, Some(1), None, None, &[5]) };
        assert!(reckoned(vec![shared.clone()], &[], Scope::Across).products.is_empty());
        let two = reckoned(vec![shared, system(1, Some(1), None, None, &[])], &[], Scope::Across).products.remove(0);
        assert_eq!((two.organisations, two.used_by, two.systems), (vec![0, 1], vec![1, 3], 2));
    }

    #[test]
    fn ends_within_six_months_are_a_chance_to_act_together() {
        let day = |year, month, day| Some(Date::constant(year, month, day));
        let ends = [
            day(2026, 10, 1), // has passed
            day(2027, 1, 31),
            day(2027, 3, 31),
            day(2027, 9, 30), // six months after the one before, eight after the first
            day(2029, 3, 31),
            None,
        ];
        let systems = (0..6).map(|place| system(place, Some(1), None, Some(place), &[])).collect();
        let product = reckoned(systems, &ends, Scope::Across).products.remove(0);
        let together = product.together.expect("a group");
        assert_eq!((together.first, together.last), (ends[1].unwrap(), ends[2].unwrap()), "the earliest of two groups");
        assert_eq!((together.count, together.organisations), (2, vec![1, 2]));
        assert_eq!((product.ends.next, product.ends.known), (ends[1], 5));
    }

    #[test]
    fn two_contracts_of_one_council_are_no_two_councils() {
        let ends = [Some(Date::constant(2027, 1, 31)), Some(Date::constant(2027, 2, 28)), None];
        let systems = vec![
            system(0, Some(1), None, Some(0), &[]),
            system(0, Some(1), None, Some(1), &[]),
            system(1, Some(1), None, Some(2), &[]),
        ];
        assert_eq!(reckoned(systems.clone(), &ends, Scope::Across).products[0].together, None);
        let within = reckoned(systems[..2].to_vec(), &ends, Scope::Within).products.remove(0);
        assert_eq!(within.together.expect("two contracts").count, 2);
    }
}
