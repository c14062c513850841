//! The map of all organisations that the reader may see: layers as groups of rows, an organisation a column.

use axum::extract::State;
use vocabulary::Reader;
use web::{Outcome, Page, Parameters, Problem, Routes, SamplePage, Visit, say, say_n};

use super::tally::{Map, Show};
use super::{Asked, Read, coverage, credited, data, drawing, groups, how_many, n, table};
use crate::frame::{LGAM, store};
use crate::map::in_use::Counted;
use crate::organisation::councils_share;
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/map/all.html";
pub(crate) const PARAMETERS: &[&str] = &["show", "layer", "open", "organisations"];

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes.get("/map", "Systems of all organisations on the reference model", show).parameters(PARAMETERS)
}

async fn show(State(state): State<Architecture>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let reader = visit.reader.clone();
    let read = state.store.read(move |tx| read(tx, &reader)).await?;
    Ok(page(&visit, &parameters, read)?.into())
}

/// Everything that the page and the drawing need.
///
/// # Errors
/// When the engine fails.
pub(crate) fn read(tx: &mut ::store::Transaction<'_>, reader: &Reader) -> Result<Read, Refused> {
    Ok(Read {
        layers: store::layers(tx, LGAM)?,
        counted: Counted::read(tx, reader, None)?,
        about: store::about(tx, LGAM)?,
    })
}

/// What the map found, as a sentence without a full stop.
pub(crate) fn finding(map: &Map, show: Show) -> String {
    let Some((_, most)) = map.most(show) else {
        return match map.systems {
            0 => say!("No systems to show on the LGAM"),
            systems => say_n!(
                "None of 1 system is placed on the LGAM",
                "None of {count} systems is placed on the LGAM",
                n(systems)
            ),
        };
    };
    let within: Vec<_> =
        map.organisations.iter().zip(&most.each).filter(|(_, tally)| tally.systems > 0).map(|(body, _)| body).collect();
    let (places, products) = (how_many(&within), say_n!("1 product", "{count} products", n(most.all.products)));
    let times = say_n!("once", "{count} times", n(most.all.systems));
    match show {
        Show::Products => {
            say!(
                "{element} has most products: {products}, in {places}",
                element = most.name,
                products = most.all.products,
                places = places
            )
        }
        Show::Systems if most.all.products == 0 => {
            say!("{element} is met {times}, in {places}", element = most.name, times = times, places = places)
        }
        Show::Systems => {
            say!(
                "{element} is met {times}, by {products}, in {places}",
                element = most.name,
                times = times,
                products = products,
                places = places
            )
        }
    }
}

fn page(visit: &Visit, parameters: &Parameters, read: Read) -> Result<Page, Problem> {
    let Read { layers, counted, about } = read;
    let asked = Asked::read(parameters, &layers)?;
    let choices: Vec<_> = layers.iter().map(|layer| serde_json::json!({"id": layer.id, "name": layer.name})).collect();
    let map = Map::reckon(&asked.layers(layers), &counted);
    let opened = asked.opened(&map);
    let finding = finding(&map, asked.show);
    let page = Page::new(TEMPLATE, finding.clone())
        .place(say!("LGAM map"))
        .section("compare")
        .crumb(say!("Home"), "/")
        .crumb(say!("Compare"), "/compare")
        .wide()
        .extra("views", crate::compare::views())
        .extra("groups", groups(&map, asked.show, &visit.path, parameters, &opened))
        .extra("choices", choices)
        .extra("show", asked.show.word())
        .extra("layer", &asked.layer)
        .extra("every_open", opened.len() >= map.layers.len())
        .extra("every_column", asked.every_column)
        .extra("coverage", coverage(&map))
        .extra("met", map.met())
        .about(say!("Covers"), coverage(&map))
        .extra("councils_share", councils_share(&visit.reader, None))
        .table_for(visit.format, || table("lgam-map", &map))
        .picture(drawing::of_all(visit, &map, &asked, about.as_ref()))
        .data(data(&map, &finding, Some(asked.show), about.as_ref(), visit.format));
    Ok(credited(page, about.as_ref()))
}

/// This file's pages with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let about = Some(super::samples::about());
    let sample = |name, counted: Counted| {
        let visit = Visit::of("/map");
        let read = Read { layers: super::samples::layers(), counted, about: about.clone() };
        let page = visit.parameters(PARAMETERS).and_then(|parameters| page(&visit, &parameters, read));
        page.ok().map(|page| SamplePage { name, page })
    };
    [
        sample("map of all organisations", super::samples::county().1),
        sample("map of all organisations, empty", Counted::default()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
