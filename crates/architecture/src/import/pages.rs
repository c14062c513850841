//! The pages of bringing a file in: upload, columns, preview, what came of it, undo.
//!
//! Here stand what they share: who may, finding an import, reading the file that waits. Files are read away from the
//! threads that answer requests, since a large workbook takes a second.

pub mod applied;
pub mod list;
pub mod mapping;
pub mod preview;
pub mod problems;
pub(crate) mod samples;
pub mod undo;

use std::collections::BTreeSet;
use std::sync::Arc;

use ::store::Transaction;
use accounts::{Deed, Organisation, may};
use vocabulary::{OrganisationId, Reader};
use web::{Answer, Page, Problem, Routes, Template, say};

use super::State as ImportState;
use super::apply::{ReadFile, read_file};
use super::store::{self, ImportRow};
use crate::change::{moment, permitted};
use crate::organisation::{short_name, with_estate};
use crate::spreadsheet::{Layout, ListOf, Mapping, Unreadable, layout_at, recognise_as, recognise_file};
use crate::{Architecture, Refused};

/// The addresses of imports.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    undo::routes(preview::routes(mapping::routes(applied::routes(list::routes(routes)))))
}

/// The templates of imports.
pub(crate) const TEMPLATES: &[Template] = &[
    Template { name: "architecture/import/macros.html", source: include_str!("../../templates/import/macros.html") },
    Template { name: "architecture/import/list.html", source: include_str!("../../templates/import/list.html") },
    Template { name: "architecture/import/mapping.html", source: include_str!("../../templates/import/mapping.html") },
    Template { name: "architecture/import/preview.html", source: include_str!("../../templates/import/preview.html") },
    Template { name: "architecture/import/applied.html", source: include_str!("../../templates/import/applied.html") },
    Template { name: "architecture/import/undo.html", source: include_str!("../../templates/import/undo.html") },
];

/// Where an organisation's imports are listed.
fn list_address(organisation: &OrganisationId) -> String {
    format!("/organisations/{organisation}/imports")
}

/// A page about one organisation's imports, before what is particular to it. Never kept by a cache: there are texts on it
/// that only the organisation sees.
fn page(template: &'static str, title: String, organisation: &Organisation, reader: &Reader) -> Page {
    Page::new(template, title)
        .place(organisation.name.clone())
        .section("organisations")
        .private()
        .extra("organisation", organisation)
        .extra("short_name", short_name(&organisation.name))
        .extra("may_edit", may(reader, Deed::EditEstate, &organisation.id).is_ok())
}

/// An import with its organisation.
fn found(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &str,
) -> Result<(Organisation, ImportRow), Refused> {
    let of = with_estate(tx, organisation.as_str())?;
    let import = store::find(tx, organisation, import)?.ok_or(Refused::Missing)?;
    Ok((of, import))
}

/// Reads a file as far as its headings, on a thread where that harms nobody.
async fn read(name: String, bytes: Vec<u8>) -> Result<Result<ReadFile, Unreadable>, Problem> {
    let reading = tokio::task::spawn_blocking(move || read_file(&name, &bytes));
    reading.await.map_err(|error| Problem::internal(&error))
}

/// An import whose file waits to be applied.
struct Waiting {
    organisation: Organisation,
    import: ImportRow,
    file: Arc<ReadFile>,
    /// What columns meant in the organisation's earlier files.
    remembered: Option<Mapping>,
    /// The lists that the organisation has brought in before.
    sources: Vec<String>,
    /// Names of organisations, by which columns of ticks may be headed.
    bodies: BTreeSet<String>,
}

/// What stands at an import's address.
enum Stage {
    Waiting(Box<Waiting>),
    /// It was applied, undone or cancelled; the file is gone.
    Settled(Box<ImportRow>),
}

/// Finds an import and reads its file, if it still waits.
async fn stage(state: &Architecture, organisation: &OrganisationId, import: String) -> Result<Stage, Problem> {
    let of = organisation.clone();
    let reading = state.store.read(move |tx| {
        let (organisation, import) = found(tx, &of, &import)?;
        let bytes = if import.state == ImportState::Uploaded.word() { store::file(tx, &of, &import.id)? } else { None };
        let bodies = super::meaning::bodies(tx, &of)?;
        let (remembered, sources) = (store::remembered(tx, &of)?, store::sources(tx, &of)?);
        Ok::<_, Refused>((organisation, import, bytes, remembered, sources, bodies))
    });
    let (organisation, import, bytes, remembered, sources, bodies) = reading.await?;
    let Some(bytes) = bytes else { return Ok(Stage::Settled(Box::new(import))) };
    // It could be read when it came, so only a change of limits leads here.
    let mut file =
        read(import.file_name.clone(), bytes).await?.map_err(|error| Problem::conflicting(error.to_string()))?;
    if let (Some(sheet), Some(row)) = (&import.sheet, import.header_row.and_then(|row| u32::try_from(row).ok())) {
        file.layout = layout_at(&file.workbook, sheet, row).unwrap_or(file.layout);
    }
    Ok(Stage::Waiting(Box::new(Waiting { organisation, import, file: Arc::new(file), remembered, sources, bodies })))
}

impl Stage {
    /// What waits; for a settled import the way to its page.
    fn or_its_page(self) -> Result<Waiting, Answer> {
        match self {
            Stage::Waiting(waiting) => Ok(*waiting),
            Stage::Settled(import) => Err(Answer::Redirect(super::address(&import.organisation, &import.id))),
        }
    }

    /// What waits; for a settled import a refusal.
    fn or_refuse(self) -> Result<Waiting, Problem> {
        match self {
            Stage::Waiting(waiting) => Ok(*waiting),
            Stage::Settled(import) => Err(Problem::conflicting(match import.state.as_str() {
                "cancelled" => say!("This import was cancelled. Upload the file again."),
                _ => {
                    say!("This import was applied already. Upload the file again if it should be brought in once more.")
                }
            })),
        }
    }
}

impl Waiting {
    fn address(&self) -> String {
        super::address(&self.import.organisation, &self.import.id)
    }

    /// What the columns of a layout mean: as chosen for this import, else as remembered and recognised.
    fn mapping(&self, layout: &Layout) -> Mapping {
        let chosen = store::chosen(&self.import).filter(|_| *layout == self.file.layout);
        chosen.unwrap_or_else(|| recognise_file(layout, self.remembered.as_ref(), &self.bodies))
    }

    /// As [`Waiting::mapping`], where somebody said what the rows are.
    fn mapping_as(&self, layout: &Layout, list_of: ListOf) -> Mapping {
        let mapping = self.mapping(layout);
        match mapping.list_of == list_of {
            true => mapping,
            false => recognise_as(layout, self.remembered.as_ref(), &self.bodies, list_of),
        }
    }
}
