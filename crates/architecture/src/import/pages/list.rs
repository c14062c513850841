//! The imports of one organisation, latest first, and the form that takes a file.
//!
//! A file that cannot be read is not kept: the form says why, and what to do.

use std::collections::BTreeSet;

use accounts::{Deed, Organisation};
use axum::extract::{FromRequest, Path, Request, State};
use serde_json::json;
use vocabulary::{Kind, Reader};
use web::{
    Answer, Cell, Cursor, CursorValue, Direction, FieldError, Outcome, Page, Paging, Problem, Routes, SuccessBanner,
    Table, Upload, Visit, say,
};

use super::{found, list_address, moment, page, permitted};
use crate::import::State as ImportState;
use crate::import::apply::arrive;
use crate::import::store::{self, ImportRow};
use crate::import::{kept, waiting};
use crate::organisation::{short_name, views, with_estate};
use crate::spreadsheet::Limits;
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/import/list.html";
const PARAMETERS: &[&str] = &["cancelled", "after", "before"];
const PAGE_SIZE: u32 = 100;
/// The most rows of a file.
const MOST_ROWS: u32 = 100_000;
const SORT: &str = "latest";

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get(
            "/organisations/{id}/imports",
            "The files that an organisation has brought in, and the form for the next",
            list,
        )
        .parameters(PARAMETERS)
        .by("editors and stewards of the organisation")
        .post(
            "/organisations/{id}/imports",
            "Send a spreadsheet; nothing is changed until its preview is applied",
            upload,
        )
        .file(&["file"])
        .by("editors and stewards of the organisation")
}

/// What the page is made from.
pub(crate) struct Imports {
    pub organisation: Organisation,
    pub total: u64,
    pub imports: Vec<ImportRow>,
    /// Those that are kept as lists of contracts, so that they can be undone even where they changed nothing.
    pub kept: BTreeSet<String>,
    pub next: bool,
    pub previous: bool,
    /// The import that was cancelled just now.
    pub cancelled: Option<String>,
}

async fn list(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::SeeOwn, &id)?;
    let parameters = visit.parameters(PARAMETERS)?;
    let cursor = parameters.cursor()?;
    let key = cursor.as_ref().map(key).transpose()?;
    let limit = if visit.format.is_table() { MOST_ROWS } else { PAGE_SIZE };
    let cancelled = parameters.one("cancelled").map(str::to_owned);
    let reading = state.store.read(move |tx| {
        let organisation = with_estate(tx, of.as_str())?;
        let cancelled = match cancelled {
            Some(import) => {
                store::find(tx, &of, &import)?.filter(|import| import.state == ImportState::Cancelled.word())
            }
            None => None,
        };
        let from = key.as_ref().map(|(_, at, id)| (at.as_str(), id.as_str()));
        let newer = key.as_ref().is_some_and(|(direction, ..)| *direction == Direction::Before);
        let mut imports = store::some(tx, &of, from, newer, limit + 1)?;
        let more = imports.len() > limit as usize;
        if more && newer {
            imports.remove(0);
        }
        imports.truncate(limit as usize);
        Ok::<_, Refused>(Imports {
            organisation,
            total: store::count(tx, &of)?,
            imports,
            kept: kept::all(tx, &of)?,
            next: if newer { true } else { more },
            previous: if newer { more } else { from.is_some() },
            cancelled: cancelled.map(|import| import.file_name),
        })
    });
    Ok(reading.await?.page(&visit.reader).into())
}

/// The place in the list that a cursor names.
fn key(cursor: &Cursor) -> Result<(Direction, String, String), Problem> {
    cursor.expect_sort(SORT)?;
    match cursor.key.as_slice() {
        [CursorValue::Text(at), CursorValue::Text(id)] => Ok((cursor.direction, at.clone(), id.clone())),
        _ => Err(Problem::invalid(say!("The place in the list (\"after\" or \"before\") is of another list."))
            .next(say!("Remove it from the address to begin at the first page."))),
    }
}

impl Imports {
    pub(crate) fn page(&self, reader: &Reader) -> Page {
        let organisation = &self.organisation;
        let short = short_name(&organisation.name);
        let key = |import: &ImportRow| {
            vec![CursorValue::Text(import.created_at.clone()), CursorValue::Text(import.id.clone())]
        };
        let paging = Paging {
            total: self.total,
            next: self.imports.last().filter(|_| self.next).map(|import| Cursor::after(SORT, key(import))),
            previous: self.imports.first().filter(|_| self.previous).map(|import| Cursor::before(SORT, key(import))),
            page_size: PAGE_SIZE,
        };
        let may_edit = accounts::may(reader, Deed::EditEstate, &organisation.id).is_ok();
        let title = if may_edit {
            say!("Import {organisation}'s systems", organisation = short)
        } else {
            say!("{organisation}'s imports", organisation = short)
        };
        let limits = Limits::default();
        let mut page = page(TEMPLATE, title, organisation, reader)
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(organisation.name.clone(), organisation.address())
            .data(json!({
                "organisation": {"id": organisation.id, "name": organisation.name},
                "imports": self.imports,
            }))
            .extra("views", views(organisation, reader))
            .extra("kept", &self.kept)
            .extra("limits", json!({"megabytes": limits.bytes / (1024 * 1024), "rows": limits.rows}))
            .table(self.table())
            .list(paging);
        if let Some(file) = &self.cancelled {
            page = page.banner(SuccessBanner {
                text: say!("The import of {file} was cancelled. Nothing was saved, and the file is gone.", file = file),
                link: None,
            });
        }
        page
    }

    fn table(&self) -> Table {
        let row = |import: &ImportRow| {
            vec![
                Cell::from(import.id.as_str()),
                Cell::from(import.file_name.as_str()),
                Cell::from(import.source.as_str()),
                Cell::from(import.state.as_str()),
                Cell::Date(import.created_at.clone()),
                import.applied_at.clone().map_or(Cell::Empty, Cell::Date),
                Cell::Integer(import.added),
                Cell::Integer(import.changed),
                Cell::Integer(import.unchanged),
                Cell::Integer(import.retired),
            ]
        };
        Table {
            name: format!("{}-imports", self.organisation.id),
            columns: vec![
                "import",
                "file",
                "list",
                "state",
                "uploaded_at",
                "applied_at",
                "added",
                "changed",
                "unchanged",
                "retired",
            ],
            rows: self.imports.iter().map(row).collect(),
        }
    }
}

async fn upload(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, request: Request) -> Outcome {
    // Before the body: strangers cannot make us hold 20 MB.
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    visit.parameters(&[])?;
    let sent = match Upload::from_request(request, &()).await {
        Ok(upload) => upload.file.ok_or_else(|| say!("Choose a spreadsheet to upload")),
        Err(problem) if problem.kind == Kind::TooLarge => Err(match &problem.next {
            Some(next) => format!("{} {next}", problem.detail),
            None => problem.detail,
        }),
        Err(problem) => return Err(problem),
    };
    let refused = match sent {
        Err(message) => message,
        Ok(sent) => {
            let name = if sent.name.is_empty() { "file".to_owned() } else { sent.name };
            let bytes = sent.bytes.to_vec();
            match super::read(name, bytes.clone()).await? {
                Err(unreadable) => unreadable.to_string(),
                Ok(file) => {
                    let moment = moment(&state, &visit.reader);
                    let organisation = of.clone();
                    let writing = state.store.write(move |tx| {
                        with_estate(tx, organisation.as_str())?;
                        let import = arrive(tx, &organisation, &file, &file.source(), &moment)?;
                        store::keep_file(tx, &organisation, &import, &bytes)?;
                        Ok::<_, Refused>(import)
                    });
                    let import = writing.await?;
                    return Ok(Answer::Redirect(format!("{}/mapping", crate::import::address(of.as_str(), &import))));
                }
            }
        }
    };
    let reading = state.store.read(move |tx| {
        let organisation = with_estate(tx, of.as_str())?;
        let mut imports = store::some(tx, &of, None, false, PAGE_SIZE + 1)?;
        let next = imports.len() > PAGE_SIZE as usize;
        imports.truncate(PAGE_SIZE as usize);
        let total = store::count(tx, &of)?;
        let kept = kept::all(tx, &of)?;
        Ok::<_, Refused>(Imports { organisation, total, imports, kept, next, previous: false, cancelled: None })
    });
    Ok(reading.await?.page(&visit.reader).errors(vec![FieldError::new("file", refused)]).into())
}

/// Puts a waiting import aside: the file goes, what happened stays.
pub(super) async fn cancel(state: &Architecture, visit: &Visit, id: &str, import: String) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, id)?;
    let back = list_address(&of);
    let writing = state.store.write(move |tx| {
        let (_, import) = found(tx, &of, &import)?;
        waiting::cancel(tx, &import)?;
        Ok::<_, Refused>(import.id)
    });
    let import = writing.await?;
    Ok(Answer::Redirect(format!("{back}?cancelled={import}")))
}
