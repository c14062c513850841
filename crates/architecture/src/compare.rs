//! Two organisations side by side, element by element: the same product, the same supplier, different, one side only,
//! nobody. Choose two, then see where it is worth talking.
//!
//! Comparing more than two, and saving a comparison, are not here.

pub mod samples;
pub mod sides;

use std::collections::BTreeMap;

use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use vocabulary::Reader;
use web::{
    Cell, FieldError, Outcome, Page, Parameters, Problem, Routes, SamplePage, Table, Template, Visit, say, say_n,
};

use self::sides::{Alike, Comparison, Element, Meets};
use crate::frame::{About, LGAM, store, store::LayerRow};
use crate::map::in_use::{Body, Counted};
use crate::map::{credited, n};
use crate::organisation::{View, councils_share};
use crate::{Architecture, Refused};

const CHOOSE: &str = "architecture/compare/choose.html";
const SHOW: &str = "architecture/compare/show.html";
/// The templates of this subject's comparison.
pub(crate) const TEMPLATES: &[Template] = &[
    Template { name: CHOOSE, source: include_str!("../templates/compare/choose.html") },
    Template { name: SHOW, source: include_str!("../templates/compare/show.html") },
];
const PARAMETERS: &[&str] = &["organisation", "show"];
/// The id of the first checkbox, to which the error summary leads.
const FIRST_CHOICE: &str = "organisation";
/// How many names a cell has before "and 2 more".
const NAMES: usize = 3;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes.get("/compare", "Two organisations side by side, element by element", compare).parameters(PARAMETERS)
}

/// The views across organisations.
pub(crate) fn views() -> Vec<View> {
    vec![
        View { text: say!("LGAM map"), href: "/map".to_owned() },
        View { text: say!("Side by side"), href: "/compare".to_owned() },
        View { text: say!("Overlaps"), href: "/overlaps".to_owned() },
    ]
}

/// What the page is made from.
struct Read {
    layers: Vec<LayerRow>,
    counted: Counted,
    about: Option<About>,
}

async fn compare(State(state): State<Architecture>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let reader = visit.reader.clone();
    let read = state.store.read(move |tx| read(tx, &reader)).await?;
    Ok(page(&visit, &parameters, read)?.into())
}

fn read(tx: &mut ::store::Transaction<'_>, reader: &Reader) -> Result<Read, Refused> {
    Ok(Read {
        layers: store::layers(tx, LGAM)?,
        counted: Counted::read(tx, reader, None)?,
        about: store::about(tx, LGAM)?,
    })
}

fn page(visit: &Visit, parameters: &Parameters, read: Read) -> Result<Page, Problem> {
    let known: Vec<&str> = read.counted.bodies.iter().map(|body| body.id.as_str()).collect();
    let mut chosen: Vec<&str> = Vec::new();
    for id in parameters.all("organisation") {
        if !known.contains(&id) {
            return Err(parameters.unknown_value("organisation", id, &known));
        }
        if !chosen.contains(&id) {
            chosen.push(id);
        }
    }
    let show = match parameters.one("show") {
        None => None,
        Some(word) => match Alike::from_word(word) {
            Some(alike) => Some(alike),
            None => return Err(parameters.unknown_value("show", word, &Alike::ALL.map(Alike::word))),
        },
    };
    let asked = !parameters.all("organisation").is_empty();
    match chosen.as_slice() {
        [first, second] => {
            let body = |id: &str| read.counted.bodies.iter().find(|body| body.id == id).cloned();
            let (Some(first), Some(second)) = (body(first), body(second)) else { return Err(Problem::missing()) };
            Ok(side_by_side(visit, read, [first, second], show))
        }
        _ => Ok(choose(visit, read, &chosen, asked)),
    }
}

fn choose(visit: &Visit, read: Read, chosen: &[&str], asked: bool) -> Page {
    let own = visit.reader.acting.as_ref().map(|acting| acting.organisation.as_str());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for system in &read.counted.systems {
        *counts.entry(&system.organisation).or_default() += 1;
    }
    let items: Vec<_> = read
        .counted
        .bodies
        .iter()
        .map(|body| {
            let systems = counts.get(body.id.as_str()).copied().unwrap_or_default();
            json!({
                "value": body.id,
                "text": body.name,
                "hint": {"text": say_n!("1 system", "{count} systems", n(systems))},
                "checked": chosen.contains(&body.id.as_str()) || (!asked && own == Some(body.id.as_str())),
            })
        })
        .collect();
    let errors = if asked { vec![FieldError::new(FIRST_CHOICE, say!("Choose 2 organisations"))] } else { Vec::new() };
    framed(Page::new(CHOOSE, say!("Compare 2 organisations")).crumb(say!("Home"), "/"))
        .data(json!({"organisations": read.counted.bodies}))
        .extra("items", items)
        .extra("councils_share", councils_share(&visit.reader, None))
        .errors(errors)
}

fn framed(page: Page) -> Page {
    page.section("compare").extra("views", views())
}

/// One name in a cell.
#[derive(Clone, Debug, Serialize)]
struct Name {
    text: String,
    href: String,
    version: Option<String>,
}

/// One side of an element.
#[derive(Clone, Debug, Default, Serialize)]
struct Side {
    names: Vec<Name>,
    more: usize,
    href: String,
    words: String,
}

fn side(element: &Element<'_>, meets: &[Meets], body: &Body) -> Side {
    let name = |meets: &Meets| match &meets.product {
        Some(product) => Name {
            text: product.name.clone(),
            href: format!("/products/{}", product.id),
            version: meets.versions_said(),
        },
        None => Name {
            text: say!("{system} (product not known)", system = meets.name),
            href: format!("/systems/{}", meets.system),
            version: None,
        },
    };
    let more = meets.len().saturating_sub(NAMES);
    Side {
        names: meets.iter().take(if more == 1 { NAMES + 1 } else { NAMES }).map(name).collect(),
        more: if more == 1 { 0 } else { more },
        href: body.inventory(&format!("element={}", element.row.id)),
        words: say!("of {element} at {body}", element = element.row.name, body = body.short),
    }
}

/// What is added to the verdict, in words.
fn note(element: &Element<'_>) -> Option<String> {
    element.versions_differ.then(|| say!("versions differ"))
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

fn side_by_side(visit: &Visit, read: Read, bodies: [Body; 2], show: Option<Alike>) -> Page {
    let [first, second] = &bodies;
    let comparison = Comparison::reckon(&read.layers, &read.counted.systems, [&first.id, &second.id]);
    let title = heading(&comparison, &bodies);
    let chosen = format!("organisation={}&organisation={}", first.id, second.id);
    let counts: Vec<_> = Alike::ALL
        .into_iter()
        .map(|alike| {
            json!({
                "word": alike.word(),
                "text": alike.said(),
                "count": comparison.count(alike),
                "href": format!("/compare?{chosen}&show={}", alike.word()),
                "current": show == Some(alike),
            })
        })
        .collect();
    let layers: Vec<_> = comparison
        .layers
        .iter()
        .filter_map(|layer| {
            let shown: Vec<_> =
                layer.elements.iter().filter(|element| show.is_none_or(|show| show == element.alike)).collect();
            let empty = show.is_none() && layer.elements.iter().all(|element| element.alike == Alike::Nobody);
            let lines = shown.iter().filter(|_| !empty).map(|element| {
                json!({
                    "name": element.row.name,
                    "href": element.row.address(),
                    "sides": [side(element, &element.sides[0], first), side(element, &element.sides[1], second)],
                    "alike": element.alike.word(),
                    "note": note(element),
                })
            });
            let lines: Vec<_> = lines.collect();
            (empty || !lines.is_empty())
                .then(|| json!({"id": layer.id, "name": layer.name, "empty": empty, "elements": lines}))
        })
        .collect();
    let placed = bodies.each_ref().map(|body| {
        let of = || read.counted.systems.iter().filter(|system| system.organisation == body.id);
        (of().filter(|system| !system.elements.is_empty()).count(), of().count())
    });
    let (all, something) = comparison.covered();
    let page = framed(Page::new(SHOW, title.clone()).crumb(say!("Home"), "/").crumb(say!("Compare"), "/compare"))
        .place(say!("{first} and {second}", first = first.short, second = second.short))
        .wide()
        .extra("bodies", &bodies)
        .extra("counts", counts)
        .extra("layers", layers)
        .extra("show", show.map(|show| json!({"word": show.word(), "text": show.said()})))
        .extra("all_href", format!("/compare?{chosen}"))
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
        .extra("councils", bodies.iter().all(|body| body.council))
        .extra("councils_share", councils_share(&visit.reader, None))
        .extra("attribution", read.about.as_ref().map(|about| &about.attribution))
        .table(table(&comparison, &bodies, show))
        .data(data(&comparison, &bodies, &title, show, read.about.as_ref()));
    credited(page, read.about.as_ref())
}

fn data(
    comparison: &Comparison<'_>,
    bodies: &[Body; 2],
    finding: &str,
    show: Option<Alike>,
    about: Option<&About>,
) -> serde_json::Value {
    let counts: serde_json::Map<String, serde_json::Value> =
        Alike::ALL.iter().map(|alike| (alike.word().to_owned(), comparison.count(*alike).into())).collect();
    let elements =
        comparison.layers.iter().flat_map(|layer| layer.elements.iter().map(move |element| (layer, element)));
    let elements =
        elements.filter(|(_, element)| show.is_none_or(|show| show == element.alike)).map(|(layer, element)| {
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
        "counts": counts,
        "elements": elements.collect::<Vec<_>>(),
        "attribution": about.map(|about| &about.attribution),
    })
}

fn table(comparison: &Comparison<'_>, bodies: &[Body; 2], show: Option<Alike>) -> Table {
    let names = |meets: &[Meets], name: fn(&Meets) -> Option<String>| {
        let names: Vec<String> = meets.iter().filter_map(name).collect();
        if names.is_empty() { Cell::Empty } else { Cell::Text(names.join("; ")) }
    };
    let product = |meets: &Meets| {
        let product = meets.product.as_ref()?;
        Some(
            meets.versions_said().map_or_else(|| product.name.clone(), |version| format!("{} {version}", product.name)),
        )
    };
    let systems = |meets: &Meets| Some(meets.systems.join("; "));
    let elements =
        comparison.layers.iter().flat_map(|layer| layer.elements.iter().map(move |element| (layer, element)));
    let rows = elements.filter(|(_, element)| show.is_none_or(|show| show == element.alike)).map(|(layer, element)| {
        let [first, second] = &element.sides;
        vec![
            Cell::from(layer.name),
            Cell::from(element.row.id.as_str()),
            Cell::from(element.row.name.as_str()),
            Cell::from(bodies[0].name.as_str()),
            names(first, product),
            names(first, systems),
            Cell::from(bodies[1].name.as_str()),
            names(second, product),
            names(second, systems),
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

/// This file's pages with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let sample = |name, query: &str, counted: Counted| {
        let visit = Visit { query: query.to_owned(), ..Visit::of("/compare") };
        let read = Read { layers: crate::map::samples::layers(), counted, about: Some(crate::map::samples::about()) };
        let page = visit.parameters(PARAMETERS).and_then(|parameters| page(&visit, &parameters, read));
        page.ok().map(|page| SamplePage { name, page })
    };
    let two = "organisation=ashmere&organisation=brackford";
    [
        sample("comparison, to choose", "", samples::county()),
        sample("comparison, with one chosen", "organisation=ashmere", samples::county()),
        sample("comparison, nobody to compare", "", Counted::default()),
        sample("comparison of two", two, samples::county()),
        sample(
            "comparison of two, the different ones",
            "organisation=ashmere&organisation=brackford&show=different",
            samples::county(),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
