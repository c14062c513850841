//! Renaming a saved comparison, sharing it otherwise, deleting it: by those who keep the estate of the organisation that made
//! it. To everybody else who sees it these pages do not exist.

use accounts::{Deed, may};
use axum::extract::{Path, State};
use serde_json::json;
use vocabulary::Reader;
use web::{Answer, FieldError, Form, Outcome, Page, Problem, Routes, Visit, say};

use super::{Saved, Typed, found, new::tell, store};
use crate::compare::asked::joined;
use crate::import::apply::Moment;
use crate::{Architecture, Refused};

pub(super) const EDIT: &str = "architecture/comparison/edit.html";
pub(super) const DELETE: &str = "architecture/comparison/delete.html";

/// The addresses of this file.
pub(super) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/comparisons/{id}/edit", "The name of a saved comparison and who sees it", edit_form)
        .by("editors and stewards of the organisation")
        .post("/comparisons/{id}/edit", "Rename a saved comparison or share it otherwise", edit)
        .fields(&["name", "visibility"])
        .by("editors and stewards of the organisation")
        .get("/comparisons/{id}/delete", "What deleting a saved comparison means", delete_form)
        .by("editors and stewards of the organisation")
        .post("/comparisons/{id}/delete", "Delete a saved comparison", delete)
        .by("editors and stewards of the organisation")
}

/// The comparison, if this reader may change it.
async fn changeable(state: &Architecture, reader: &Reader, id: String) -> Result<Saved, Problem> {
    let asking = reader.clone();
    let saved = state.store.read(move |tx| found(tx, &asking, &id)).await??;
    may(reader, Deed::EditEstate, &store::organisation(&saved).map_err(Refused::from)?)?;
    Ok(saved)
}

fn moment(state: &Architecture, reader: &Reader) -> Moment {
    Moment { now: state.clock.now(), today: state.clock.today(), chance: state.chance.clone(), actor: reader.person }
}

async fn edit_form(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let saved = changeable(&state, &visit.reader, id).await?;
    Ok(edit_page(&saved, &Form::default(), Vec::new()).into())
}

pub(super) fn edit_page(saved: &Saved, form: &Form, errors: Vec<FieldError>) -> Page {
    framed(EDIT, say!("Rename or share \"{name}\"", name = saved.name), saved).typed(form).errors(errors)
}

fn framed(template: &'static str, title: String, saved: &Saved) -> Page {
    Page::new(template, title)
        .section("compare")
        .back(say!("Back to the comparison"), saved.address())
        .reading()
        .extra("organisations", joined(&saved.compared))
        .extra("address", saved.address())
        .data(json!({"comparison": saved}))
        .private()
}

async fn edit(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["name", "visibility"])?;
    let saved = changeable(&state, &visit.reader, id).await?;
    let Typed { name, visibility } = match Typed::read(&form) {
        Ok(typed) => typed,
        Err(errors) => return Ok(edit_page(&saved, &form, errors).into()),
    };
    let (changed, moment) = (Saved { name, visibility, ..saved }, moment(&state, &visit.reader));
    let address = changed.address();
    let write = state.store.write(move |tx| {
        store::put(tx, &changed, moment.now)?;
        tell(tx, &changed, "changed", &moment)
    });
    write.await?;
    Ok(Answer::Redirect(format!("{address}?saved=again")))
}

async fn delete_form(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let saved = changeable(&state, &visit.reader, id).await?;
    Ok(delete_page(&saved).into())
}

pub(super) fn delete_page(saved: &Saved) -> Page {
    framed(DELETE, say!("Delete \"{name}\"", name = saved.name), saved)
}

async fn delete(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let saved = changeable(&state, &visit.reader, id).await?;
    let moment = moment(&state, &visit.reader);
    let write = state.store.write(move |tx| {
        store::delete(tx, &saved, moment.now)?;
        tell(tx, &saved, "deleted", &moment)
    });
    write.await?;
    Ok(Answer::Redirect("/compare".to_owned()))
}
