//! Withdrawing what was published, for the stewards of the list's keeper: what it means, what stands against it, and why.

use axum::extract::{Path, State as Shared};
use serde_json::json;
use store::Transaction;
use vocabulary::Reader;
use web::{Answer, FieldError, Form, Outcome, Page, Routes, Visit, say};

use super::keeps;
use super::list_page::Line;
use super::offer::{LONGEST_WHY, Listed, unfit};
use super::store::{Kind, published};
use super::withdraw::{obstacle, withdraw};
use crate::change::moment;
use crate::{Architecture, Refused};

pub(super) const TEMPLATE: &str = "architecture/shared_list/withdraw.html";

/// The addresses of this file.
pub(super) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get(
            "/shared-list/published/{id}/withdraw",
            "What withdrawing a publication would do, for the list's keeper",
            show,
        )
        .in_browser_by("stewards of the keeper of the shared list")
        .post("/shared-list/published/{id}/withdraw", "Withdraw a publication", act)
        .fields(&["why"])
        .in_browser_by("stewards of the keeper of the shared list")
}

/// What the page is made from.
pub(super) struct Looked {
    pub line: Line,
    pub obstacle: Option<String>,
}

impl Looked {
    fn read(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<Looked, Refused> {
        keeps(tx, reader)?;
        let publication = published(tx, id)?.filter(|one| one.withdrawn.is_none()).ok_or(Refused::Missing)?;
        let obstacle = obstacle(tx, reader, &publication)?;
        Ok(Looked { line: Line::of(publication, &Listed::read(tx)?), obstacle })
    }

    pub(super) fn page(&self, form: &Form) -> Page {
        let line = &self.line;
        let title = match line.what {
            Kind::Product => say!("Withdraw {name} from the shared list", name = line.name),
            Kind::Name => say!("Withdraw the name \"{name}\" from the shared list", name = line.name),
        };
        Page::new(TEMPLATE, title)
            .section("products")
            .back(say!("Back to the shared list"), "/shared-list")
            .reading()
            .private()
            .typed(form)
            .data(json!({"published": line, "obstacle": self.obstacle}))
            .extra("action", format!("/shared-list/published/{}/withdraw", line.id))
            .extra("most", LONGEST_WHY)
    }
}

async fn show(Shared(state): Shared<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let reader = visit.reader.clone();
    let looked = state.store.read(move |tx| Looked::read(tx, &reader, &id)).await?;
    Ok(looked.page(&Form::default()).into())
}

async fn act(Shared(state): Shared<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    let (reader, at) = (visit.reader.clone(), id.clone());
    let looked = state.store.read(move |tx| Looked::read(tx, &reader, &at)).await?;
    form.only(&["why"])?;
    let why = form.one("why").unwrap_or_default().to_owned();
    let mistake = match why.is_empty() {
        true => Some(say!("Say why it is withdrawn")),
        false => unfit(&say!("The reason"), &why, LONGEST_WHY),
    };
    if let Some(text) = mistake {
        return Ok(looked.page(&form).errors(vec![FieldError::new("why", text)]).into());
    }
    let (reader, moment) = (visit.reader.clone(), moment(&state, &visit.reader));
    let write = state.store.write(move |tx| {
        keeps(tx, &reader)?;
        withdraw(tx, &reader, &id, &why, &moment)
    });
    write.await?;
    Ok(Answer::Redirect("/shared-list?done=withdrawn".to_owned()))
}
