//! One overlap with its names, as rows of pages and files show it.

use std::collections::BTreeMap;

use serde::Serialize;
use vocabulary::{Date, fold};
use web::{Cell, CursorValue, Table, say};

use super::Read;
use super::rule::{Cost, Overlap, Overlaps, Scope};
use crate::frame::store::ElementRow;
use crate::map::in_use::Body;
use crate::system::roll::{self, Place, ProductKey};

/// How many names stand below a number before "and 3 more".
const NAMES: usize = 4;
/// The most rows of a file.
const MOST_ROWS: usize = 100_000;

/// What overlaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A need met by several products.
    Need,
    /// A product under several contracts, or run by several organisations.
    Product,
}

impl Kind {
    /// Both.
    pub(super) const ALL: [Kind; 2] = [Kind::Need, Kind::Product];

    /// The word in addresses and files.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Need => "need",
            Kind::Product => "product",
        }
    }

    /// The one that a word names.
    pub(super) fn from_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// In words for people.
    pub(super) fn said(self) -> String {
        match self {
            Kind::Need => say!("Needs met by several products"),
            Kind::Product => say!("Products under several contracts"),
        }
    }
}

/// A name.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Named<'a> {
    pub id: &'a str,
    pub name: &'a str,
    /// How many systems.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub systems: Option<usize>,
    /// What of the cost falls to it; absent for those who see none.
    #[serde(skip)]
    pub cost: Option<Cost>,
}

/// What is known of a cost: absent for those who may not see it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Known {
    /// Pence a year; null when none is known.
    pub annual_cost: Option<i64>,
    /// Systems whose cost is known, of how many.
    pub cost_known: usize,
}

impl Known {
    pub(super) fn of(cost: Cost) -> Known {
        Known { annual_cost: (cost.known > 0).then_some(cost.pence), cost_known: cost.known }
    }
}

/// A system that another organisation owns and shares.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Shared<'a> {
    pub id: &'a str,
    pub name: &'a str,
    /// Its owner's name.
    pub owner: &'a str,
}

/// Several whose contracts end near each other.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Together<'a> {
    /// Organisations; within one organisation, contracts.
    pub count: usize,
    pub first_end: Date,
    pub last_end: Date,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub organisations: Vec<Named<'a>>,
}

/// One overlap.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line<'a> {
    pub kind: Kind,
    pub id: &'a str,
    pub name: &'a str,
    pub address: String,
    pub systems: usize,
    /// Within one organisation: those of them that it uses and others own. Their costs are in no sum.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<Shared<'a>>,
    /// Of the systems, those whose product is not known.
    pub without_product: usize,
    pub planned: usize,
    /// Across organisations: who.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub organisations: Vec<Named<'a>>,
    /// Across organisations: who uses a system of theirs, and has none of its own here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<Named<'a>>,
    /// Of a need: the products.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Named<'a>>,
    pub contracts: usize,
    #[serde(flatten)]
    pub cost: Option<Known>,
    pub next_contract_end: Option<Date>,
    pub contract_ends_known: usize,
    pub together: Option<Together<'a>>,
    /// Layers of its elements.
    pub layers: Vec<&'a str>,
    /// Suppliers of its systems.
    pub suppliers: Vec<&'a str>,
    #[serde(skip)]
    rank: [i64; 3],
}

impl<'a> Line<'a> {
    /// The first of its names, and how many more there are: of a need its products, of a product its organisations.
    pub(super) fn shortened(&self) -> (&[Named<'a>], usize) {
        let names = if self.kind == Kind::Need { &self.products } else { &self.organisations };
        let more = names.len().saturating_sub(NAMES);
        if more <= 1 { (names, 0) } else { (&names[..NAMES], more) }
    }

    /// Where it stands in the order, for cursors: what could be gained most by first.
    pub(super) fn key(&self) -> Vec<CursorValue> {
        let numbers = self.rank.iter().map(|number| CursorValue::Integer(-number));
        numbers.chain([fold(self.name), self.id.to_owned()].map(CursorValue::Text)).collect()
    }
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The names of everything in a roll, by place. What has no name any more (an element that left the model) has none.
struct Naming<'a> {
    /// Layer's id, then the element.
    elements: Vec<Option<(&'a str, &'a ElementRow)>>,
    products: Vec<Option<(&'a str, &'a str)>>,
    /// With the place in the order of names.
    organisations: Vec<Option<(usize, &'a Body)>>,
    /// Those that use systems of others, in the same way.
    users: Vec<Option<(usize, &'a Body)>>,
    costs: bool,
    across: bool,
    suppliers: &'a [String],
    shared: &'a [roll::Shared],
}

impl<'a> Naming<'a> {
    fn of(read: &'a Read, scope: Scope) -> Naming<'a> {
        let mut by_id: BTreeMap<&str, (&str, &ElementRow)> = BTreeMap::new();
        for layer in &read.layers {
            by_id.extend(layer.elements.iter().map(|element| (element.id.as_str(), (layer.id.as_str(), element))));
        }
        let mut bodies: Vec<&Body> = read.bodies();
        bodies.extend(read.users());
        bodies.sort_by_cached_key(|body| (fold(&body.name), body.id.clone()));
        bodies.dedup();
        let ranks: BTreeMap<&str, (usize, &Body)> =
            bodies.into_iter().enumerate().map(|(rank, body)| (body.id.as_str(), (rank, body))).collect();
        let product = |key: &'a ProductKey| Some((key.1.as_str(), read.names.products.get(key)?.as_str()));
        Naming {
            elements: read.roll.elements.iter().map(|id| by_id.get(id.as_str()).copied()).collect(),
            products: read.roll.products.iter().map(product).collect(),
            organisations: read.roll.organisations.iter().map(|id| ranks.get(id.as_str()).copied()).collect(),
            users: read.roll.users.iter().map(|id| ranks.get(id.as_str()).copied()).collect(),
            shared: &read.roll.shared,
            costs: read.costs,
            across: scope == Scope::Across,
            suppliers: &read.roll.suppliers,
        }
    }

    fn element(&self, place: Place) -> Option<(&'a str, &'a ElementRow)> {
        self.elements.get(place as usize).copied().flatten()
    }

    fn product(&self, place: Place, cost: Cost) -> Option<Named<'a>> {
        let (id, name) = self.products.get(place as usize).copied().flatten()?;
        Some(Named { id, name, systems: Some(cost.systems), cost: self.costs.then_some(cost) })
    }

    /// Organisations by name; none within one organisation.
    fn bodies(&self, places: &[Place]) -> Vec<Named<'a>> {
        if !self.across {
            return Vec::new();
        }
        let body = |place: &Place| self.organisations.get(*place as usize).copied().flatten();
        named(places.iter().filter_map(body).collect())
    }

    /// Those that use a system of an overlap and own none, by name; none within one organisation.
    fn users(&self, overlap: &Overlap) -> Vec<Named<'a>> {
        if !self.across || overlap.used_by.is_empty() {
            return Vec::new();
        }
        let body = |bodies: &[Option<(usize, &'a Body)>], place: &Place| bodies.get(*place as usize).copied().flatten();
        let owns = |rank: usize| {
            overlap
                .organisations
                .iter()
                .any(|place| body(&self.organisations, place).is_some_and(|(own, _)| own == rank))
        };
        let users = overlap.used_by.iter().filter_map(|place| body(&self.users, place));
        named(users.filter(|(rank, _)| !owns(*rank)).collect())
    }

    /// What needs and products have alike.
    fn line(&self, kind: Kind, overlap: &Overlap) -> Line<'a> {
        let supplier = |place: &Place| self.suppliers.get(*place as usize).map(String::as_str);
        let shared = |place: &Place| {
            let roll::Shared { id, name, owner } = self.shared.get(*place as usize)?;
            Some(Shared { id, name, owner })
        };
        Line {
            kind,
            id: "",
            name: "",
            address: String::new(),
            systems: overlap.systems,
            shared: overlap.shared.iter().filter_map(shared).collect(),
            without_product: overlap.without_product,
            planned: overlap.planned,
            organisations: self.bodies(&overlap.organisations),
            used_by: self.users(overlap),
            products: Vec::new(),
            contracts: overlap.contracts,
            cost: self.costs.then(|| Known::of(overlap.cost)),
            next_contract_end: overlap.ends.next,
            contract_ends_known: overlap.ends.known,
            together: overlap.together.as_ref().map(|together| Together {
                count: together.count,
                first_end: together.first,
                last_end: together.last,
                organisations: self.bodies(&together.organisations),
            }),
            layers: Vec::new(),
            suppliers: overlap.suppliers.iter().filter_map(supplier).collect(),
            rank: [0; 3],
        }
    }
}

/// Names in the order of their ranks.
fn named<'a>(mut bodies: Vec<(usize, &'a Body)>) -> Vec<Named<'a>> {
    bodies.sort_by_key(|(rank, _)| *rank);
    let named = |(_, body): (usize, &'a Body)| Named { id: &body.id, name: &body.short, systems: None, cost: None };
    bodies.into_iter().map(named).collect()
}

/// Overlaps with their names, needs first.
pub(super) fn lines<'a>(overlaps: &Overlaps, scope: Scope, read: &'a Read) -> Vec<Line<'a>> {
    let naming = Naming::of(read, scope);
    let needs = overlaps.needs.iter().filter_map(|need| {
        let (layer, element) = naming.element(need.what)?;
        Some(Line {
            id: &element.id,
            name: &element.name,
            address: element.address(),
            products: need.products.iter().filter_map(|(product, cost)| naming.product(*product, *cost)).collect(),
            layers: vec![layer],
            rank: [need.cost.pence, whole(need.systems), whole(need.products.len())],
            ..naming.line(Kind::Need, need)
        })
    });
    let products = overlaps.products.iter().filter_map(|product| {
        let named = naming.product(product.what, product.cost)?;
        let mut layers: Vec<&str> =
            product.elements.iter().filter_map(|place| Some(naming.element(*place)?.0)).collect();
        layers.sort_unstable();
        layers.dedup();
        let several = if scope == Scope::Within { product.contracts } else { product.organisations.len() };
        Some(Line {
            address: format!("/products/{}", named.id),
            id: named.id,
            name: named.name,
            layers,
            rank: [product.cost.pence, whole(several), whole(product.systems)],
            ..naming.line(Kind::Product, product)
        })
    });
    needs.chain(products).collect()
}

/// Overlaps as a file.
pub(super) fn table(name: String, lines: &[&Line<'_>], scope: Scope, costs: bool) -> Table {
    let across = scope == Scope::Across;
    let joined = |names: &[Named<'_>]| match names {
        [] => Cell::Empty,
        names => Cell::Text(names.iter().map(|named| named.name).collect::<Vec<_>>().join("; ")),
    };
    let date = |day: Option<Date>| day.map_or(Cell::Empty, |day| Cell::Date(day.to_string()));
    let mut columns = vec!["kind", "id", "name"];
    if across {
        columns.extend(["organisations", "organisation_names", "used_by_names"]);
    }
    columns.push("systems");
    if !across {
        columns.extend(["owned_by_others", "owned_by_others_names"]);
    }
    columns.extend(["planned", "products", "product_names", "contracts"]);
    if costs {
        columns.extend(["annual_cost", "cost_known"]);
    }
    columns.extend(["next_contract_end", "contract_ends_known", "together", "together_first_end", "together_last_end"]);
    if across {
        columns.push("together_names");
    }
    let rows = lines.iter().take(MOST_ROWS).map(|line| {
        let mut row = vec![Cell::from(line.kind.word()), Cell::from(line.id), Cell::from(line.name)];
        if across {
            row.extend([
                Cell::from(whole(line.organisations.len())),
                joined(&line.organisations),
                joined(&line.used_by),
            ]);
        }
        row.push(Cell::from(whole(line.systems)));
        if !across {
            row.push(Cell::from(whole(line.shared.len())));
            let names: Vec<String> =
                line.shared.iter().map(|shared| format!("{} ({})", shared.name, shared.owner)).collect();
            row.push(if names.is_empty() { Cell::Empty } else { Cell::Text(names.join("; ")) });
        }
        let products = if line.kind == Kind::Need { line.products.len() } else { 1 };
        row.extend([line.planned, products].map(|number| Cell::from(whole(number))));
        row.push(if line.kind == Kind::Need { joined(&line.products) } else { Cell::from(line.name) });
        row.push(Cell::from(whole(line.contracts)));
        if costs {
            let known = line.cost.unwrap_or(Known { annual_cost: None, cost_known: 0 });
            row.extend([known.annual_cost.map_or(Cell::Empty, Cell::Pence), Cell::from(whole(known.cost_known))]);
        }
        row.extend([date(line.next_contract_end), Cell::from(whole(line.contract_ends_known))]);
        let together = line.together.as_ref();
        row.push(together.map_or(Cell::Empty, |together| Cell::from(whole(together.count))));
        row.push(date(together.map(|together| together.first_end)));
        row.push(date(together.map(|together| together.last_end)));
        if across {
            row.push(together.map_or(Cell::Empty, |together| joined(&together.organisations)));
        }
        row
    });
    Table { name, columns, rows: rows.collect() }
}
