//! The map of one organisation: nine headed lists, then the table.

use accounts::{Deed, Organisation, may};
use axum::extract::{Path, State};
use serde_json::json;
use vocabulary::Reader;
use web::{Outcome, Page, Parameters, Problem, Routes, SamplePage, Visit, say, say_n};

use super::in_use::{Body, Counted};
use super::tally::{Map, Show};
use super::{Asked, Heat, Read, coverage, credited, data, drawing, n, table, toggle};
use crate::estate::{self, Sharing};
use crate::frame::{LGAM, store};
use crate::organisation::{self, councils_share, short_name, views};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/map/one.html";
pub(crate) const PARAMETERS: &[&str] = &["open"];

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}/map", "The systems of one organisation on the reference model", show)
        .parameters(PARAMETERS)
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let reader = visit.reader.clone();
    let (organisation, sharing, read) = state.store.read(move |tx| read(tx, &reader, &id)).await?;
    Ok(page(&visit, &parameters, &organisation, sharing, read)?.into())
}

/// Everything that the page and the drawing need.
///
/// # Errors
/// [`Refused::Missing`] when there is no such organisation.
pub(crate) fn read(
    tx: &mut ::store::Transaction<'_>,
    reader: &Reader,
    id: &str,
) -> Result<(Organisation, Sharing, Read), Refused> {
    let organisation = organisation::with_estate(tx, id)?;
    let sharing = estate::sharing(tx, &organisation.id)?;
    let layers = store::layers(tx, LGAM)?;
    let counted = Counted::read(tx, reader, Some(organisation.id.as_str()))?;
    let about = store::about(tx, LGAM)?;
    Ok((organisation, sharing, Read { layers, counted, about }))
}

/// What the map found, as a sentence without a full stop.
pub(crate) fn finding(map: &Map, place: &str) -> String {
    let Some((_, most)) = map.most(Show::Systems) else {
        return match map.systems {
            0 => say!("No systems to show for {place}", place = place),
            systems => say_n!(
                "None of 1 system is placed on the LGAM",
                "None of {count} systems is placed on the LGAM",
                n(systems)
            ),
        };
    };
    let times = say_n!("once", "{count} times", n(most.all.systems));
    let products = say_n!("1 product", "{count} products", n(most.all.products));
    if most.all.products == 0 {
        return say!("{element} is met {times} at {place}", element = most.name, times = times, place = place);
    }
    say!(
        "{element} is met {times} at {place}, by {products}",
        element = most.name,
        times = times,
        place = place,
        products = products
    )
}

fn page(
    visit: &Visit,
    parameters: &Parameters,
    organisation: &Organisation,
    sharing: Sharing,
    read: Read,
) -> Result<Page, Problem> {
    let Read { layers, counted, about } = read;
    let asked = Asked::read(parameters, &layers)?;
    let map = Map::reckon(&layers, &counted);
    let opened = asked.opened(&map);
    let short = short_name(&organisation.name);
    let finding = finding(&map, short);
    let body = Body::new(organisation.id.as_str(), &organisation.name, true);
    let line = |filter: &str, tally: super::Tally, owned_by_others: usize, place: &str| {
        let systems = say_n!("system for {place}", "systems for {place}", n(tally.systems), place = place);
        let products =
            say_n!("product for {place}", "different products for {place}", n(tally.products), place = place);
        let to = || body.inventory(filter);
        [Heat::new(tally.systems, to, systems).sharing(owned_by_others), Heat::new(tally.products, to, products)]
    };
    let here = |each: &[super::Tally]| each.first().map_or(0, |tally| tally.owned_by_others);
    let groups: Vec<_> = map
        .layers
        .iter()
        .map(|layer| {
            let elements = layer.elements.iter().map(|element| {
                json!({"name": element.name, "href": element.address, "heat": line(&format!("element={}", element.id), element.all, here(&element.each), &element.name)})
            });
            json!({
                "id": layer.id,
                "name": layer.name,
                "meaning": layer.meaning,
                "met": layer.elements.iter().filter(|element| element.all.systems > 0).count(),
                "open": opened.contains(&layer.id),
                "href": toggle(&visit.path, parameters, &opened, &layer.id),
                "heat": line(&format!("layer={}", layer.id), layer.all, here(&layer.each), &layer.name),
                "elements": elements.collect::<Vec<_>>(),
            })
        })
        .collect();
    let page = Page::new(TEMPLATE, finding.clone())
        .place(organisation.name.clone())
        .section("organisations")
        .crumb(say!("Home"), "/")
        .crumb(say!("Organisations"), "/organisations")
        .crumb(organisation.name.clone(), organisation.address())
        .wide()
        .extra("views", views(organisation, &visit.reader))
        .extra("groups", groups)
        .extra("short_name", short)
        .extra("address", organisation.address())
        .extra("every_open", opened.len() >= map.layers.len())
        .extra("coverage", coverage(&map))
        .extra("met", map.met())
        .about(say!("Covers"), coverage(&map))
        .extra("unplaced", body.inventory("element=not-known"))
        .extra("may_import", may(&visit.reader, Deed::EditEstate, &organisation.id).is_ok())
        .extra("councils_share", councils_share(&visit.reader, Some(sharing)))
        .table_for(visit.format, || table(&format!("{}-lgam-map", organisation.id), &map))
        .picture(drawing::of_one(visit, &map, &asked, organisation, about.as_ref()))
        .data(data(&map, &finding, None, about.as_ref(), visit.format));
    Ok(credited(page, about.as_ref()))
}

/// This file's pages with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let Some(organisation) = super::samples::organisation("ashmere") else { return Vec::new() };
    let (layers, mut counted) = super::samples::county();
    counted.systems.retain(|system| system.organisation == "ashmere");
    counted.bodies.retain(|body| body.id == "ashmere");
    let sample = |name, counted: Counted| {
        let visit = Visit::of("/organisations/ashmere/map");
        let read = Read { layers: layers.clone(), counted, about: Some(super::samples::about()) };
        let parameters = visit.parameters(PARAMETERS);
        let page = parameters.and_then(|parameters| page(&visit, &parameters, &organisation, Sharing::default(), read));
        page.ok().map(|page| SamplePage { name, page })
    };
    [sample("map of one organisation", counted), sample("map of one organisation, empty", Counted::default())]
        .into_iter()
        .flatten()
        .collect()
}
