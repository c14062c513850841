//! What came of an import: what we understood, said as a colleague would, what is wrong with the file, and what to do next.
//!
//! The counts of the import are those of the day it was applied; what is known of its list is as it stands today.

use ::store::{Error, Transaction, values};
use accounts::{Deed, Organisation};
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::json;
use vocabulary::{OrganisationId, Reader};
use web::{Answer, Outcome, Page, Routes, SuccessBanner, Visit, say, say_n};

use super::problems::{Severities, Trouble};
use super::{found, list_address, page, permitted, problems};
use crate::import::State as ImportState;
use crate::import::store::{self, ImportRow};
use crate::organisation::short_name;
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
}

/// What is known of the systems of a list, as it stands today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Known {
    /// Systems of the list that are in the estate.
    pub systems: i64,
    /// Those whose product is in the shared list.
    pub listed: i64,
    /// Those whose product only this organisation has named.
    pub own_products: i64,
    /// Those that are placed on the reference model.
    pub placed: i64,
    /// Those whose contract end is known.
    pub contract_ends: i64,
}

/// What the page is made from.
pub(crate) struct Applied {
    pub organisation: Organisation,
    pub import: ImportRow,
    pub known: Known,
    pub problems: Vec<Trouble>,
}

/// A link with what it is good for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Step {
    text: String,
    href: String,
    why: String,
}

async fn show(State(state): State<Architecture>, Path((id, import)): Path<(String, String)>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::SeeOwn, &id)?;
    let parameters = visit.parameters(PARAMETERS)?;
    let reading = state.store.read(move |tx| {
        let (organisation, import) = found(tx, &of, &import)?;
        let known = Known::of(tx, &of, &import.source)?;
        Ok::<_, Refused>((organisation, known, store::problems(tx, &of, &import.id)?, import))
    });
    let (organisation, known, problems, import) = reading.await?;
    if import.state == ImportState::Uploaded.word() {
        let next = if import.mapping.is_some() { "preview" } else { "mapping" };
        return Ok(Answer::Redirect(format!("{}/{next}", crate::import::address(&import.organisation, &import.id))));
    }
    let problems = problems.into_iter().map(Trouble::from).collect();
    let applied = Applied { organisation, import, known, problems };
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

impl Known {
    fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId, source: &str) -> Result<Known, Error> {
        let counted =
            |condition: &str| format!("CAST(COALESCE(SUM(CASE WHEN {condition} THEN 1 ELSE 0 END), 0) AS BIGINT)");
        let sql = format!(
            "SELECT COUNT(*), {}, {}, {}, {} FROM system AS s
             LEFT JOIN contract AS c ON c.organisation = s.organisation AND c.id = s.contract
             WHERE s.organisation = $1
               AND s.id IN (SELECT r.system FROM import_row AS r WHERE r.organisation = $1 AND r.source = $2)",
            counted("s.product IS NOT NULL AND s.product_organisation = ''"),
            counted("s.product IS NOT NULL AND s.product_organisation <> ''"),
            counted(
                "EXISTS (SELECT 1 FROM system_element AS e WHERE e.organisation = s.organisation AND e.system = s.id)"
            ),
            counted("c.end_day IS NOT NULL"),
        );
        tx.query_one(&sql, &values![organisation.as_str(), source], |row| {
            Ok(Known {
                systems: row.integer(0)?,
                listed: row.integer(1)?,
                own_products: row.integer(2)?,
                placed: row.integer(3)?,
                contract_ends: row.integer(4)?,
            })
        })
    }
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

impl Applied {
    /// "118 systems added, 9 changed."
    pub(crate) fn banner(&self) -> SuccessBanner {
        let ImportRow { added, changed, retired, .. } = &self.import;
        let mut text = say_n!(
            "1 system added, {changed} changed.",
            "{count} systems added, {changed} changed.",
            number(*added),
            changed = *changed
        );
        if *retired > 0 {
            text.push(' ');
            text.push_str(&say_n!("1 retired.", "{count} retired.", number(*retired)));
        }
        let undo = format!("{}/undo", crate::import::address(&self.import.organisation, &self.import.id));
        SuccessBanner { text, link: self.import.applied_change.map(|_| (say!("Undo this import"), undo)) }
    }

    pub(crate) fn page(&self, reader: &Reader) -> Page {
        let Applied { organisation, import, known, problems } = self;
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
        let understood = if applied { self.understood(severities) } else { Vec::new() };
        let steps = if applied { self.steps(severities) } else { Vec::new() };
        page(TEMPLATE, title, organisation, reader)
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(organisation.name.clone(), organisation.address())
            .crumb(say!("Imports"), list_address(&organisation.id))
            .data(json!({
                "organisation": {"id": organisation.id, "name": organisation.name},
                "import": import,
                "list_today": known,
                "understood": understood,
                "next_steps": steps,
                "problems": problems,
            }))
            .extra("severities", severities)
            .extra("shown", shown)
            .extra("undo_address", format!("{}/undo", crate::import::address(&import.organisation, &import.id)))
            .extra("imports_address", list_address(&organisation.id))
            .table(problems::table(format!("{}-import-problems", organisation.id), problems))
    }

    /// What a colleague would say who had read the file.
    fn understood(&self, severities: Severities) -> Vec<String> {
        let Applied { import, known, .. } = self;
        let read = number(import.added + import.changed + import.unchanged);
        let mut said = vec![say_n!(
            "{file} describes 1 system: {added} new, {changed} changed, {unchanged} as we had it.",
            "{file} describes {count} systems: {added} new, {changed} changed, {unchanged} as we had them.",
            read,
            file = import.file_name,
            added = import.added,
            changed = import.changed,
            unchanged = import.unchanged,
        )];
        if import.retired > 0 {
            said.push(say_n!(
                "You retired 1 system that it no longer has.",
                "You retired {count} systems that it no longer has.",
                number(import.retired)
            ));
        }
        if known.systems > 0 {
            let unnamed = known.systems - known.listed - known.own_products;
            said.push(say_n!(
                "The list now holds 1 system: {listed} with a product that we know, {own} with one that only you have named, {unnamed} without.",
                "The list now holds {count} systems: {listed} with a product that we know, {own} with one that only you have named, {unnamed} without.",
                number(known.systems),
                listed = known.listed,
                own = known.own_products,
                unnamed = unnamed,
            ));
            said.push(say!(
                "Of these, {placed} have a place on the Local Government Architecture Model (LGAM), and {ends} a contract end that we could read.",
                placed = known.placed,
                ends = known.contract_ends,
            ));
        }
        said.push(match (severities.must_fix, severities.check) {
            (0, 0) => say!("Nothing in the file puzzled us."),
            (0, check) => say_n!(
                "1 thing is worth a look.",
                "{count} things are worth a look.",
                u64::try_from(check).unwrap_or(u64::MAX)
            ),
            (fix, check) => say_n!(
                "1 thing we could not read; {check} more are worth a look.",
                "{count} things we could not read; {check} more are worth a look.",
                u64::try_from(fix).unwrap_or(u64::MAX),
                check = check,
            ),
        });
        said
    }

    /// The three steps that are worth most, best first.
    fn steps(&self, severities: Severities) -> Vec<Step> {
        let Applied { organisation, known, .. } = self;
        let estate = format!("/organisations/{}", organisation.id);
        let short = short_name(&organisation.name);
        let mut steps = Vec::new();
        if severities.must_fix > 0 {
            let count = u64::try_from(severities.must_fix).unwrap_or(u64::MAX);
            steps.push(Step {
                text: say_n!(
                    "Correct 1 thing that we could not read",
                    "Correct {count} things that we could not read",
                    count
                ),
                href: "#problems".to_owned(),
                why: say!("Change them in your file and upload it again: only what differs will change."),
            });
        }
        let homeless = number(known.systems - known.placed);
        if homeless > 0 {
            steps.push(Step {
                text: say_n!(
                    "Look at 1 system without a place on the LGAM",
                    "Look at {count} systems without a place on the LGAM",
                    homeless
                ),
                href: format!("{estate}/systems?element=not-known"),
                why: say!("Until they have one, they are in no map and no comparison."),
            });
        }
        if known.placed > 0 {
            steps.push(Step {
                text: say!("See {organisation} on the LGAM map", organisation = short),
                href: format!("{estate}/map"),
                why: say!("It shows where systems crowd, and where none are recorded."),
            });
        }
        if known.listed > 0 {
            steps.push(Step {
                text: say!("Compare {organisation} with another council", organisation = short),
                href: "/compare".to_owned(),
                why: say!("It shows who runs the same products."),
            });
        }
        let undated = number(known.systems - known.contract_ends);
        if undated > 0 {
            steps.push(Step {
                text: say_n!(
                    "Add 1 contract end that is not known",
                    "Add {count} contract ends that are not known",
                    undated
                ),
                href: format!("{estate}/systems?sort=contract_end"),
                why: say!("They decide when notice must be given."),
            });
        }
        steps.push(Step {
            text: say!("See {organisation}'s systems", organisation = short),
            href: format!("{estate}/systems"),
            why: say!("Search, filter and download them."),
        });
        steps.truncate(3);
        steps
    }
}
