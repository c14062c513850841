//! What came of an import: what we understood, said as a colleague would, what is wrong with the file, and what to do next.
//!
//! The counts of the import are those of the day it was applied; what is known of its list is as it stands today.

use accounts::{Deed, Organisation};
use axum::extract::{Path, State};
use serde_json::json;
use vocabulary::Reader;
use web::{Answer, Outcome, Page, Routes, SuccessBanner, Visit, say, say_n};

use super::problems::{Severities, Trouble};
use super::{found, list_address, page, permitted, problems};
use crate::import::State as ImportState;
use crate::import::store::{self, ImportRow};
use crate::import::summary::{Known, Summary};
use crate::import::undo::did_something;
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/import/applied.html";
const PARAMETERS: &[&str] = &["applied", "undone"];
/// Problems of one severity on the page; a file has all.
const MOST: usize = 100;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}/imports/{import}", "What came of an import, with its problems", show)
        .parameters(PARAMETERS)
        .by("editors and stewards of the organisation")
}

/// What the page is made from.
pub(crate) struct Applied {
    pub organisation: Organisation,
    pub import: ImportRow,
    pub known: Known,
    pub problems: Vec<Trouble>,
    /// Whether undoing it would take something back.
    pub did_something: bool,
}

async fn show(State(state): State<Architecture>, Path((id, import)): Path<(String, String)>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::SeeOwn, &id)?;
    let parameters = visit.parameters(PARAMETERS)?;
    let reading = state.store.read(move |tx| {
        let (organisation, import) = found(tx, &of, &import)?;
        let known = Known::of(tx, &of, &import)?;
        let did_something = did_something(tx, &of, &import)?;
        Ok::<_, Refused>((organisation, known, store::problems(tx, &of, &import.id)?, import, did_something))
    });
    let (organisation, known, problems, import, did_something) = reading.await?;
    if import.state == ImportState::Uploaded.word() {
        let next = if import.mapping.is_some() { "preview" } else { "mapping" };
        return Ok(Answer::Redirect(format!("{}/{next}", crate::import::address(&import.organisation, &import.id))));
    }
    let problems = problems.into_iter().map(Trouble::from).collect();
    let applied = Applied { organisation, import, known, problems, did_something };
    let mut page = applied.page(&visit.reader);
    if parameters.one("applied").is_some() && applied.import.state == ImportState::Applied.word() {
        page = page.banner(applied.banner());
    }
    if parameters.one("undone").is_some() && applied.import.state == ImportState::Undone.word() {
        page = page.banner(SuccessBanner {
            text: say!("The import of {file} was undone.", file = applied.import.file_name),
            link: Some((
                say!("See the systems as they are now"),
                format!("/organisations/{}/systems", applied.organisation.id),
            )),
        });
    }
    Ok(page.into())
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

impl Applied {
    /// "118 systems added, 9 changed."
    pub(crate) fn banner(&self) -> SuccessBanner {
        let ImportRow { added, changed, retired, .. } = &self.import;
        let waiting = self.known.contracts_waiting.filter(|waiting| *waiting > 0 && *added + *changed == 0);
        let mut text = match waiting {
            Some(waiting) => say_n!(
                "1 contract is kept until its system comes.",
                "{count} contracts are kept until their systems come.",
                u64::try_from(waiting).unwrap_or(u64::MAX)
            ),
            None => say_n!(
                "1 system added, {changed} changed.",
                "{count} systems added, {changed} changed.",
                number(*added),
                changed = *changed
            ),
        };
        if *retired > 0 {
            text.push(' ');
            text.push_str(&say_n!("1 retired.", "{count} retired.", number(*retired)));
        }
        let undo = format!("{}/undo", crate::import::address(&self.import.organisation, &self.import.id));
        SuccessBanner { text, link: self.did_something.then(|| (say!("Undo this import"), undo)) }
    }

    pub(crate) fn page(&self, reader: &Reader) -> Page {
        let Applied { organisation, import, known, problems, did_something } = self;
        let severities = Severities::of(problems);
        let applied = import.state == ImportState::Applied.word();
        let title = match import.state.as_str() {
            "undone" => say!("This import was undone"),
            "cancelled" => say!("This import was cancelled"),
            _ => say!("What we understood"),
        };
        let some = |severity: &str| {
            problems.iter().filter(|problem| problem.severity == severity).take(MOST).collect::<Vec<_>>()
        };
        let shown = json!({"must_fix": some("must_fix"), "check": some("check"), "information": some("information")});
        let summary =
            if applied { Summary::of(&organisation.name, import, known, problems) } else { Summary::default() };
        page(TEMPLATE, title, organisation, reader)
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(organisation.name.clone(), organisation.address())
            .crumb(say!("Imports"), list_address(&organisation.id))
            .data(json!({
                "organisation": {"id": organisation.id, "name": organisation.name},
                "import": import,
                "list_today": known,
                "understood": summary.understood,
                "not_understood": summary.not_understood,
                "left_aside": summary.left_aside,
                "next_steps": summary.next_steps,
                "problems": problems,
            }))
            .extra("did_something", did_something)
            .extra("severities", severities)
            .extra("shown", shown)
            .extra("undo_address", format!("{}/undo", crate::import::address(&import.organisation, &import.id)))
            .extra("imports_address", list_address(&organisation.id))
            .table(problems::table(format!("{}-import-problems", organisation.id), problems))
    }
}
