//! The elements of the Local Government Architecture Model, with what the reader sees on each.

use axum::extract::State;
use serde_json::json;
use web::{Cell, Outcome, Page, Routes, SamplePage, Table, Template, Visit, say};

use super::{About, LGAM, store::LayerRow};
use crate::map::in_use::Counted;
use crate::map::tally::Map;
use crate::map::{coverage, credited};
use crate::organisation::councils_share;
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/element/list.html";
/// The template of this page.
pub(crate) const TEMPLATES: &[Template] =
    &[Template { name: TEMPLATE, source: include_str!("../../templates/element/list.html") }];

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes.get("/elements", "The elements of the reference model, and how often each is met", list)
}

async fn list(State(state): State<Architecture>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let reader = visit.reader.clone();
    let (layers, about, counted) = state
        .store
        .read(move |tx| {
            let layers = super::store::layers(tx, LGAM)?;
            Ok::<_, Refused>((layers, super::store::about(tx, LGAM)?, Counted::read(tx, &reader, None)?))
        })
        .await?;
    Ok(page(&visit, &layers, about.as_ref(), &counted).into())
}

fn page(visit: &Visit, layers: &[LayerRow], about: Option<&About>, counted: &Counted) -> Page {
    let map = Map::reckon(layers, counted);
    let shown = layers.iter().zip(&map.layers).map(|(layer, tallies)| {
        let elements = layer.elements.iter().zip(&tallies.elements).map(|(element, tally)| {
            json!({
                "id": element.id,
                "name": element.name,
                "address": element.address(),
                "sub_domain": element.sub_domain,
                "meaning": element.meaning,
                "systems": tally.all.systems,
                "products": tally.all.products,
                "organisations": tally.organisations,
            })
        });
        json!({"id": layer.id, "name": layer.name, "meaning": layer.meaning, "elements": elements.collect::<Vec<_>>()})
    });
    let (all, met) = map.met();
    let page = Page::new(TEMPLATE, say!("LGAM elements"))
        .about(say!("Covers"), coverage(&map))
        .crumb(say!("Home"), "/")
        .extra("coverage", coverage(&map))
        .extra("systems", map.systems)
        .extra("councils_share", councils_share(&visit.reader, None))
        .table_for(visit.format, || table(layers, &map))
        .data(json!({
            "frame": about,
            "attribution": about.map(|about| &about.attribution),
            "elements": all,
            "met": met,
            "layers": shown.collect::<Vec<_>>(),
        }));
    credited(page, about)
}

fn table(layers: &[LayerRow], map: &Map) -> Table {
    let integer = |number: usize| Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let rows = layers.iter().zip(&map.layers).flat_map(|(layer, tallies)| {
        layer.elements.iter().zip(&tallies.elements).map(move |(element, tally)| {
            vec![
                Cell::from(element.frame.as_str()),
                Cell::from(layer.name.as_str()),
                Cell::from(element.sub_domain.clone()),
                Cell::from(element.id.as_str()),
                Cell::from(element.name.as_str()),
                Cell::from(element.meaning.as_str()),
                integer(tally.all.systems),
                integer(tally.all.products),
                integer(tally.organisations),
            ]
        })
    });
    Table {
        name: "lgam-elements".to_owned(),
        columns: vec![
            "frame",
            "layer",
            "sub_domain",
            "element_id",
            "element",
            "meaning",
            "systems",
            "products",
            "organisations",
        ],
        rows: rows.collect(),
    }
}

/// This file's pages with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let (layers, counted) = crate::map::samples::county();
    let about = crate::map::samples::about();
    let sample = |name, counted: &Counted| SamplePage {
        name,
        page: page(&Visit::of("/elements"), &layers, Some(&about), counted),
    };
    vec![sample("elements", &counted), sample("elements, nothing placed", &Counted::default())]
}
