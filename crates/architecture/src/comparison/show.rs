//! A saved comparison, opened: today's answer to the question that was kept, for this reader.

use accounts::{Deed, may};
use axum::extract::{Path, State};
use serde_json::json;
use vocabulary::Reader;
use web::{Outcome, Page, Parameters, Problem, Routes, SuccessBanner, Visit, say};

use super::{Saved, found, store};
use crate::compare::asked::{self, Place, Read, Show, joined};
use crate::compare::{framed, shown};
use crate::organisation::councils_share;
use crate::{Architecture, Refused};

pub(super) const TEMPLATE: &str = "architecture/comparison/show.html";
pub(super) const PARAMETERS: &[&str] = &["show", "saved"];

/// The addresses of this file.
pub(super) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes.get("/comparisons/{id}", "A saved comparison", show).parameters(PARAMETERS)
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let reader = visit.reader.clone();
    let read = state.store.read(move |tx| {
        Ok::<_, Refused>(match found(tx, &reader, &id)? {
            Ok(saved) => {
                let ids: Vec<String> = saved.compared.iter().map(|body| body.id.clone()).collect();
                let read = asked::read(tx, &reader, &ids)?;
                Ok((saved, read))
            }
            Err(problem) => Err(problem),
        })
    });
    let (saved, read) = read.await??;
    Ok(page(&visit, &parameters, &saved, &read)?.into())
}

/// Whether the reader may rename or delete it.
pub(super) fn may_change(reader: &Reader, saved: &Saved) -> bool {
    store::organisation(saved).is_ok_and(|organisation| may(reader, Deed::EditEstate, &organisation).is_ok())
}

pub(super) fn page(visit: &Visit, parameters: &Parameters, saved: &Saved, read: &Read) -> Result<Page, Problem> {
    let show = Show::read(parameters, read.compared.len(), saved.show.as_deref())?;
    let links = if may_change(&visit.reader, saved) {
        vec![
            json!({"text": say!("Rename or share it"), "href": format!("{}/edit", saved.address())}),
            json!({"text": say!("Delete it"), "href": format!("{}/delete", saved.address())}),
        ]
    } else {
        Vec::new()
    };
    let said = say!(
        "Saved by {organisation} on {date}. Seen by {whom}; each reader sees only what they may see of these organisations.",
        organisation = saved.made_by,
        date = web::say_date(&saved.made_at),
        whom = saved.seen_by()
    );
    let kept = json!({"name": saved.name, "said": said, "links": links});
    let page = if read.compared.len() < 2 {
        let nothing = if read.nothing.is_empty() { &saved.compared } else { &read.nothing };
        framed(Page::new(TEMPLATE, saved.name.clone()))
            .crumb(say!("Home"), "/")
            .extra("organisations", joined(&saved.compared))
            .extra(
                "nothing",
                say!(
                    "No systems to show for {organisations}, so there is nothing to compare.",
                    organisations = joined(nothing)
                ),
            )
            .extra("councils_share", councils_share(&visit.reader, None))
            .data(json!({"comparison": saved, "organisations": [], "nothing_to_show": read.nothing}))
    } else {
        let place = Place { path: saved.address(), query: String::new(), saved_show: saved.show.is_some() };
        shown(visit, read, show, &place).extra("save", None::<String>)
    };
    let page = page.place(saved.name.clone()).crumb(say!("Compare"), "/compare").extra("saved", kept);
    Ok(match parameters.one("saved") {
        Some("new") => page.banner(SuccessBanner {
            text: say!("\"{name}\" is saved. Send this page's address to those who should open it.", name = saved.name),
            link: None,
        }),
        Some(_) => page.banner(SuccessBanner { text: say!("\"{name}\" is saved.", name = saved.name), link: None }),
        None => page,
    })
}
