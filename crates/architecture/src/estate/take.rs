//! Taking an estate out to edit it elsewhere and bring it back: a spreadsheet, CSV or JSON with all that the organisation
//! sees of it, and a blank spreadsheet to begin with.
//!
//! For the organisation's own people only. Everybody else has the inventory's downloads, which hold what they may see.

use accounts::{Deed, Organisation};
use axum::extract::{Path, State};
use serde_json::{Map, Value, json};
use web::{File, Format, Outcome, Page, Problem, Routes, SamplePage, Template, Visit, say};

use super::workbook::{self, Choices};
use super::written::{Fields, Written};
use super::{Sharing, sharing};
use crate::change::permitted;
use crate::import::estate_file;
use crate::organisation::{short_name, views, with_estate};
use crate::spreadsheet::Field;
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/estate/take.html";
/// The templates of this file.
pub(crate) const TEMPLATES: &[Template] =
    &[Template { name: TEMPLATE, source: include_str!("../../templates/estate/take.html") }];
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}/estate", "The whole estate, to edit elsewhere and bring back", take)
        .by("editors and stewards of the organisation")
        .get("/organisations/{id}/estate/blank", "A blank spreadsheet of systems (XLSX)", blank)
        .by("editors and stewards of the organisation")
}

async fn take(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::SeeOwn, &id)?;
    visit.parameters(&[])?;
    let today = state.clock.today();
    let book = visit.format == Format::Xlsx;
    let (organisation, sharing, written, choices) = state
        .store
        .read(move |tx| {
            let organisation = with_estate(tx, of.as_str())?;
            let choices = if book { Choices::of(tx, &organisation)? } else { Choices::default() };
            let (sharing, written) = (sharing(tx, &of)?, Written::of(tx, &of)?);
            Ok::<_, Refused>((organisation, sharing, written, choices))
        })
        .await?;
    if !book {
        return Ok(page(&visit, &organisation, &written).into());
    }
    let name = format!("{}.xlsx", estate_file(&organisation.id));
    file(name, move || workbook::of(&organisation, sharing, Some(&written), &choices, today)).await
}

async fn blank(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::SeeOwn, &id)?;
    visit.parameters(&[])?;
    let today = state.clock.today();
    let (organisation, sharing, choices): (Organisation, Sharing, Choices) = state
        .store
        .read(move |tx| {
            let organisation = with_estate(tx, of.as_str())?;
            let choices = Choices::of(tx, &organisation)?;
            Ok::<_, Refused>((organisation, sharing(tx, &of)?, choices))
        })
        .await?;
    let name = say!("{organisation} systems", organisation = short_name(&organisation.name));
    file(format!("{name}.xlsx"), move || workbook::of(&organisation, sharing, None, &choices, today)).await
}

/// A workbook as a file, made where it keeps nobody waiting.
async fn file<E: std::error::Error + Send + 'static>(
    name: String,
    make: impl FnOnce() -> Result<Vec<u8>, E> + Send + 'static,
) -> Outcome {
    let made = tokio::task::spawn_blocking(make).await.map_err(|error| Problem::internal(&error))?;
    Ok(File::new(name, XLSX, made.map_err(|error| Problem::internal(&error))?).private().into())
}

fn page(visit: &Visit, organisation: &Organisation, written: &Written) -> Page {
    let short = short_name(&organisation.name);
    let systems = written.in_order();
    let name = estate_file(&organisation.id);
    Page::new(TEMPLATE, say!("Take {organisation}'s systems out, and bring them back", organisation = short))
        .place(organisation.name.clone())
        .section("organisations")
        .crumb(say!("Home"), "/")
        .crumb(say!("Organisations"), "/organisations")
        .crumb(organisation.name.clone(), organisation.address())
        .private()
        .extra("views", views(organisation, &visit.reader))
        .extra("organisation", organisation)
        .extra("short_name", short)
        .extra("systems", systems.len())
        .extra("may_import", accounts::may(&visit.reader, Deed::EditEstate, &organisation.id).is_ok())
        .table(workbook::table(&name, &systems, Field::id, false))
        .data(data(organisation, written, &systems))
}

/// The estate as JSON, in the shape that `spreadsheet::json` reads.
fn data(organisation: &Organisation, written: &Written, systems: &[&Fields]) -> Value {
    let object = |fields: &Fields| {
        let values = fields.iter().map(|(field, wrote)| (field.id().to_owned(), wrote.json()));
        Value::Object(values.collect::<Map<_, _>>())
    };
    json!({
        "format": "commonhold-estate",
        "organisation": {"id": organisation.id, "name": organisation.name},
        "systems": systems.iter().map(|fields| object(fields)).collect::<Vec<_>>(),
        "contracts": written.uncovering.iter().map(object).collect::<Vec<_>>(),
    })
}

/// This file's pages with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let Some(organisation) = crate::map::samples::organisation("ashmere") else { return Vec::new() };
    let visit = Visit::of("/organisations/ashmere/estate");
    let mut written = Written::default();
    let empty = page(&visit, &organisation, &written);
    let name = super::written::Wrote::Text("Bin rounds".to_owned());
    written.systems.insert("018f0000-0000-7000-8000-000000000101".to_owned(), Fields::from([(Field::Name, name)]));
    vec![
        SamplePage { name: "estate to take out", page: page(&visit, &organisation, &written) },
        SamplePage { name: "estate to take out, empty", page: empty },
    ]
}
