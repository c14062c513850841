//! Two organisations side by side: on each element a verdict.

use serde_json::json;
use web::{Cell, Page, Table, say, say_n};

use super::asked::{Place, Read, Show};
use super::cell::{Group, Row, Side, Wanted, products, shared, systems};
use super::sides::{Alike, Comparison, Element, Layer};
use crate::map::in_use::Body;
use crate::map::n;

pub(super) const TEMPLATE: &str = "architecture/compare/two.html";
/// How many names a cell has before "and 2 more".
const NAMES: usize = 3;

/// What is added to the verdict, in words.
fn note(element: &Element<'_>) -> Option<String> {
    match (element.one_system, element.versions_differ) {
        (true, _) => Some(say!("one system, shared")),
        (false, true) => Some(say!("versions differ")),
        (false, false) => None,
    }
}

fn heading(comparison: &Comparison<'_>, bodies: &[Body; 2]) -> String {
    let [first, second] = bodies;
    let (same, alike) = (comparison.count(Alike::SameProduct), comparison.count(Alike::SameSupplier));
    if same > 0 {
        return say_n!(
            "{first} and {second} meet 1 need with the same product",
            "{first} and {second} meet {count} needs with the same product",
            n(same),
            first = first.short,
            second = second.short
        );
    }
    if alike > 0 {
        return say_n!(
            "{first} and {second} meet 1 need with products of the same supplier",
            "{first} and {second} meet {count} needs with products of the same supplier",
            n(alike),
            first = first.short,
            second = second.short
        );
    }
    say!("{first} and {second} meet no need with the same product", first = first.short, second = second.short)
}

fn fits(show: Option<Show>, element: &Element<'_>) -> bool {
    show.is_none_or(|show| show.alike == element.alike)
}

/// The page of these two.
pub(super) fn page<'a>(read: &'a Read, bodies: &[Body; 2], show: Option<Show>, place: &Place, wanted: Wanted) -> Page {
    let [first, second] = bodies;
    let comparison = Comparison::reckon(&read.layers, &read.counted.of_each(), [&first.id, &second.id]);
    let title = heading(&comparison, bodies);
    let counts: Vec<_> = Alike::ALL
        .into_iter()
        .map(|alike| {
            json!({
                "text": alike.said(),
                "count": comparison.count(alike),
                "href": place.link(Some(Show { alike, by: None })),
                "current": show.is_some_and(|show| show.alike == alike),
            })
        })
        .collect();
    let group = |layer: &Layer<'a>| {
        let empty = show.is_none() && layer.elements.iter().all(|element| element.alike == Alike::Nobody);
        let rows = layer.elements.iter().filter(|element| !empty && fits(show, element)).map(|element| {
            let side = |at: usize| Side::of(element.row, &element.sides[at], &bodies[at], NAMES, None);
            Row {
                name: &element.row.name,
                href: element.row.address(),
                sides: vec![side(0), side(1)],
                alike: element.alike.word(),
                note: note(element),
                most: None,
            }
        });
        let elements: Vec<Row<'a>> = rows.collect();
        (empty || !elements.is_empty()).then_some(Group { id: layer.id, name: layer.name, empty, elements })
    };
    let layers: Vec<Group<'a>> = comparison.layers.iter().filter(|_| wanted.page).filter_map(group).collect();
    let placed = bodies.each_ref().map(|body| {
        let of = || read.counted.systems.iter().filter(|system| system.organisation == body.id);
        (of().filter(|system| !system.elements.is_empty()).count(), of().count())
    });
    let (all, something) = comparison.covered();
    Page::new(TEMPLATE, title.clone())
        .place(say!("{first} and {second}", first = first.short, second = second.short))
        .extra("counts", counts)
        .extra("layers", layers)
        .extra("show", show.map(|show| show.alike.said()))
        .extra("coverage", say!(
            "{something} of {all} elements have something on at least one side",
            something = something,
            all = all
        ))
        .extra("placed", say!(
            "Based on {placed_first} of {of_first} systems placed on the LGAM at {first}, and {placed_second} of {of_second} at {second}",
            placed_first = placed[0].0,
            of_first = placed[0].1,
            first = first.short,
            placed_second = placed[1].0,
            of_second = placed[1].1,
            second = second.short
        ))
        .extra("shared", shared(read))
        .table(table(&comparison, bodies, show, wanted))
        .data(data(&comparison, bodies, &title, show, read, wanted))
}

fn data(
    comparison: &Comparison<'_>,
    bodies: &[Body; 2],
    finding: &str,
    show: Option<Show>,
    read: &Read,
    wanted: Wanted,
) -> serde_json::Value {
    let counts: serde_json::Map<String, serde_json::Value> =
        Alike::ALL.iter().map(|alike| (alike.word().to_owned(), comparison.count(*alike).into())).collect();
    let elements =
        comparison.layers.iter().flat_map(|layer| layer.elements.iter().map(move |element| (layer, element)));
    let elements = elements.filter(|(_, element)| wanted.data && fits(show, element)).map(|(layer, element)| {
        json!({
            "layer": layer.id,
            "element": element.row.id,
            "name": element.row.name,
            "comparison": element.alike.word(),
            "versions_differ": element.versions_differ,
            "first": element.sides[0],
            "second": element.sides[1],
        })
    });
    json!({
        "finding": finding,
        "organisations": bodies,
        "nothing_to_show": read.nothing,
        "counts": counts,
        "elements": elements.collect::<Vec<_>>(),
        "attribution": read.about.as_ref().map(|about| &about.attribution),
    })
}

fn table(comparison: &Comparison<'_>, bodies: &[Body; 2], show: Option<Show>, wanted: Wanted) -> Table {
    let elements =
        comparison.layers.iter().flat_map(|layer| layer.elements.iter().map(move |element| (layer, element)));
    let rows = elements.filter(|(_, element)| wanted.file && fits(show, element)).map(|(layer, element)| {
        let [first, second] = &element.sides;
        vec![
            Cell::from(layer.name),
            Cell::from(element.row.id.as_str()),
            Cell::from(element.row.name.as_str()),
            Cell::from(bodies[0].name.as_str()),
            products(first),
            systems(first),
            Cell::from(bodies[1].name.as_str()),
            products(second),
            systems(second),
            Cell::from(element.alike.word()),
            Cell::from(if element.versions_differ { "yes" } else { "no" }),
        ]
    });
    Table {
        name: format!("{}-and-{}", bodies[0].id, bodies[1].id),
        columns: vec![
            "layer",
            "element_id",
            "element",
            "first_organisation",
            "first_products",
            "first_systems",
            "second_organisation",
            "second_products",
            "second_systems",
            "comparison",
            "versions_differ",
        ],
        rows: rows.collect(),
    }
}
