//! Three to six organisations, an organisation a column: on each element what most of them share.

use serde::Serialize;
use serde_json::json;
use web::{Cell, Page, Table, say, say_n};

use super::asked::{Place, Read, Show, joined};
use super::cell::{Row, Side, Wanted, products, systems};
use super::shared::{Comparison, Element, Shared};
use super::sides::Alike;
use crate::map::in_use::Body;
use crate::map::{how_many, n};

pub(super) const TEMPLATE: &str = "architecture/compare/several.html";
/// How many names a cell has before "and 3 more".
const NAMES: usize = 2;

fn fits(show: Option<Show>, element: &Element<'_>) -> bool {
    show.is_none_or(|show| show.alike == element.shared.alike() && show.by.is_none_or(|by| by == element.shared.by()))
}

/// A verdict as filters and tags say it.
fn said(show: Show, compared: usize) -> String {
    match (show.alike, show.by) {
        (Alike::SameProduct, Some(by)) => say!("Same product in {by} of {all}", by = by, all = compared),
        (Alike::OneSideOnly, _) => say!("Only one of them"),
        (alike, _) => alike.said(),
    }
}

/// Elements that as many share alike.
#[derive(Debug, Serialize)]
struct Group<'a> {
    id: &'static str,
    by: usize,
    name: String,
    elements: Vec<Row<'a>>,
}

/// The page of these.
pub(super) fn page<'a>(read: &'a Read, bodies: &[Body], show: Option<Show>, place: &Place, wanted: Wanted) -> Page {
    let ids: Vec<&str> = bodies.iter().map(|body| body.id.as_str()).collect();
    let comparison = Comparison::reckon(&read.layers, &read.counted.of_each(), &ids);
    let compared = bodies.len();
    let bodies_said = how_many(&bodies.iter().collect::<Vec<_>>());
    let title = match comparison.nearest() {
        Some((element, product, by)) => say!(
            "{product} meets {need} in {by} of {all}",
            product = product.name,
            need = element.row.name,
            by = by,
            all = compared
        ),
        None => say!("No two of these {organisations} meet a need with the same product", organisations = bodies_said),
    };
    let number = |show: Show| comparison.elements.iter().filter(|element| fits(Some(show), element)).count();
    let shared = (2..=compared).rev().map(|by| Show { alike: Alike::SameProduct, by: Some(by) });
    let others = Alike::ALL.into_iter().filter(|alike| *alike != Alike::SameProduct);
    let kinds = shared.chain(others.map(|alike| Show { alike, by: None }));
    let counts: Vec<_> = kinds
        .map(|kind| {
            json!({
                "text": said(kind, compared),
                "count": number(kind),
                "href": place.link(Some(kind)),
                "current": show == Some(kind),
            })
        })
        .collect();
    let row = |element: &Element<'a>| {
        let (most, product) = match &element.shared {
            Shared::Product(product, _) => {
                (Some((product.name.clone(), format!("/products/{}", product.id))), Some(product))
            }
            Shared::Supplier(supplier, _) => {
                (Some((supplier.name.clone(), format!("/organisations/{}", supplier.id))), None)
            }
            Shared::System(name, id, _) => (Some((name.clone(), format!("/systems/{id}"))), None),
            Shared::Different | Shared::OneOnly | Shared::Nobody => (None, None),
        };
        let sides = bodies.iter().zip(&element.each);
        Row {
            name: &element.row.name,
            href: element.row.address(),
            sides: sides.map(|(body, meets)| Side::of(element.row, meets, body, NAMES, product)).collect(),
            alike: element.shared.alike().word(),
            note: Some(element.layer.name.clone()),
            most,
        }
    };
    let mut groups: Vec<Group<'a>> = Vec::new();
    for element in comparison.elements.iter().filter(|element| wanted.page && fits(show, element)) {
        let (alike, by) = (element.shared.alike(), element.shared.by());
        match groups.last_mut().filter(|group| (group.id, group.by) == (alike.word(), by)) {
            Some(group) => group.elements.push(row(element)),
            None => {
                let by_said = Some(by).filter(|by| *by > 0);
                let name = match (alike, by_said) {
                    (Alike::SameSupplier, Some(by)) => say!("Same supplier in {by} of {all}", by = by, all = compared),
                    _ => said(Show { alike, by: by_said }, compared),
                };
                groups.push(Group { id: alike.word(), by, name, elements: vec![row(element)] });
            }
        }
    }
    let all = comparison.elements.len();
    let something = comparison.elements.iter().filter(|element| element.shared != Shared::Nobody).count();
    Page::new(TEMPLATE, title.clone())
        .place(joined(bodies))
        .extra("counts", counts)
        .extra("groups", groups)
        .extra("show", show.map(|show| said(show, compared)))
        .extra("columns", compared + 2)
        .extra(
            "coverage",
            say!(
                "{something} of {all} elements have something in at least one of the {organisations}",
                something = something,
                all = all,
                organisations = bodies_said
            ),
        )
        .extra(
            "placed",
            say_n!(
                "Based on {placed} of 1 system placed on the LGAM",
                "Based on {placed} of {count} systems placed on the LGAM",
                n(read.counted.all().len()),
                placed = read.counted.placed()
            ),
        )
        .extra("shared", super::cell::shared(read))
        .table(table(&comparison, bodies, show, wanted))
        .data(json!({
            "finding": title,
            "organisations": bodies,
            "nothing_to_show": read.nothing,
            "elements": if wanted.data { elements(&comparison, bodies, show) } else { Vec::new() },
            "attribution": read.about.as_ref().map(|about| &about.attribution),
        }))
}

fn elements(comparison: &Comparison<'_>, bodies: &[Body], show: Option<Show>) -> Vec<serde_json::Value> {
    let elements = comparison.elements.iter().filter(|element| fits(show, element)).map(|element| {
        let each: serde_json::Map<String, serde_json::Value> =
            bodies.iter().zip(&element.each).map(|(body, meets)| (body.id.clone(), json!(meets))).collect();
        let (product, supplier) = match &element.shared {
            Shared::Product(product, _) => (Some(product), None),
            Shared::Supplier(supplier, _) => (None, Some(supplier)),
            _ => (None, None),
        };
        json!({
            "layer": element.layer.id,
            "element": element.row.id,
            "name": element.row.name,
            "comparison": element.shared.alike().word(),
            "shared_by": element.shared.by(),
            "shared_product": product,
            "shared_supplier": supplier,
            "each": each,
        })
    });
    elements.collect()
}

/// One row for each element and organisation.
fn table(comparison: &Comparison<'_>, bodies: &[Body], show: Option<Show>, wanted: Wanted) -> Table {
    let elements = comparison.elements.iter().filter(|element| wanted.file && fits(show, element));
    let rows = elements.flat_map(|element| {
        let shared = match &element.shared {
            Shared::Product(product, _) => Cell::from(product.name.as_str()),
            Shared::Supplier(supplier, _) => Cell::from(supplier.name.as_str()),
            Shared::System(name, ..) => Cell::from(name.as_str()),
            _ => Cell::Empty,
        };
        bodies.iter().zip(&element.each).map(move |(body, meets)| {
            vec![
                Cell::from(element.layer.name.as_str()),
                Cell::from(element.row.id.as_str()),
                Cell::from(element.row.name.as_str()),
                Cell::from(element.shared.alike().word()),
                shared.clone(),
                Cell::from(i64::try_from(element.shared.by()).unwrap_or(i64::MAX)),
                Cell::from(body.id.as_str()),
                Cell::from(body.name.as_str()),
                products(meets),
                systems(meets),
            ]
        })
    });
    Table {
        name: "comparison".to_owned(),
        columns: vec![
            "layer",
            "element_id",
            "element",
            "comparison",
            "shared",
            "shared_by",
            "organisation_id",
            "organisation",
            "products",
            "systems",
        ],
        rows: rows.collect(),
    }
}
