//! Taking an import back: what would return, and what stands in the way.

use std::collections::BTreeMap;

use accounts::{Deed, Organisation};
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::json;
use vocabulary::{Kind, Reader};
use web::{Answer, FieldError, Outcome, Page, Routes, Visit, say};

use super::{found, moment, page, permitted};
use crate::import::store::ImportRow;
use crate::import::undo::{Return, Undoing, did_something, reckon, undo};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/import/undo.html";
/// Values and names of each sort on the page; JSON has all.
const MOST: usize = 200;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get(
            "/organisations/{id}/imports/{import}/undo",
            "What undoing an import would restore, and what stands in its way",
            show,
        )
        .by("editors and stewards of the organisation")
        .post("/organisations/{id}/imports/{import}/undo", "Undo an applied import", take_back)
        .by("editors and stewards of the organisation")
}

/// What the page is made from.
pub(crate) struct Undo {
    pub organisation: Organisation,
    pub import: ImportRow,
    pub removed: Vec<String>,
    pub returns: Vec<Return>,
    pub conflicts: Vec<Changed>,
}

/// A system or contract that was changed since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Changed {
    /// Its name, or the contract's reference.
    pub name: String,
    /// What was changed.
    pub fields: Vec<&'static str>,
    /// When it was changed last.
    pub at: String,
}

impl Undo {
    fn of(organisation: Organisation, import: ImportRow, undoing: Undoing) -> Undo {
        let mut conflicts: BTreeMap<(String, String), Changed> = BTreeMap::new();
        for conflict in undoing.conflicts {
            let key = (vocabulary::fold(&conflict.name), conflict.id);
            let changed = conflicts.entry(key).or_insert_with(|| Changed {
                name: conflict.name,
                fields: Vec::new(),
                at: conflict.at.clone(),
            });
            changed.fields.push(conflict.label);
            changed.at = conflict.at.max(std::mem::take(&mut changed.at));
        }
        Undo {
            organisation,
            import,
            removed: undoing.removed,
            returns: undoing.returns,
            conflicts: conflicts.into_values().collect(),
        }
    }

    pub(crate) fn page(&self, reader: &Reader) -> Page {
        let Undo { organisation, import, removed, returns, conflicts } = self;
        let applied_at = import.applied_at.clone().unwrap_or_default();
        page(TEMPLATE, say!("Undo the import of {date}", date = web::say_date(&applied_at)), organisation, reader)
            .back(say!("Back to the import"), crate::import::address(&import.organisation, &import.id))
            .data(json!({
                "import": import,
                "would_leave": removed,
                "would_return": returns,
                "changed_since": conflicts,
            }))
            .extra("most", MOST)
            .extra("action", format!("{}/undo", crate::import::address(&import.organisation, &import.id)))
    }
}

async fn show(State(state): State<Architecture>, Path((id, import)): Path<(String, String)>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::SeeOwn, &id)?;
    visit.parameters(&[])?;
    let reading = state.store.read(move |tx| {
        let (organisation, import) = found(tx, &of, &import)?;
        let undoing = did_something(tx, &of, &import)?.then(|| reckon(tx, &of, &import));
        Ok::<_, Refused>((organisation, import, undoing.transpose()))
    });
    let (organisation, import, undoing) = reading.await?;
    match undoing {
        Ok(Some(undoing)) => Ok(Undo::of(organisation, import, undoing).page(&visit.reader).into()),
        // Nothing to undo, or undone: its page says so.
        Ok(None) => Ok(Answer::Redirect(crate::import::address(&import.organisation, &import.id))),
        Err(refused) if refused.kind() == Kind::Conflicting => {
            Ok(Answer::Redirect(crate::import::address(&import.organisation, &import.id)))
        }
        Err(refused) => Err(refused.into()),
    }
}

async fn take_back(
    State(state): State<Architecture>,
    Path((id, import)): Path<(String, String)>,
    visit: Visit,
) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    visit.parameters(&[])?;
    let moment = moment(&state, &visit.reader);
    let (organisation, wanted) = (of.clone(), import.clone());
    let writing = state.store.write(move |tx| {
        let (_, import) = found(tx, &organisation, &wanted)?;
        undo(tx, &organisation, &import, &moment)
    });
    let refused = match writing.await {
        Ok(_) => return Ok(Answer::Redirect(format!("{}?undone=yes", crate::import::address(of.as_str(), &import)))),
        Err(refused) => refused,
    };
    if refused.kind() != Kind::Conflicting {
        return Err(refused.into());
    }
    let organisation = of.clone();
    let reading = state.store.read(move |tx| {
        let (organisation_found, import) = found(tx, &organisation, &import)?;
        let undoing = reckon(tx, &organisation, &import)?;
        Ok::<_, Refused>((organisation_found, import, undoing))
    });
    let (organisation, import, undoing) = reading.await?;
    let error = FieldError::new("changed-since", say!("Changes made since would be lost, so nothing was undone"));
    Ok(Undo::of(organisation, import, undoing).page(&visit.reader).errors(vec![error]).into())
}
