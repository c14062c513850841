//! What differs in an estate between two days: systems added, changed field by field, retired, and taken out.
//!
//! Both sides are read as [`crate::system::past`] reads them, so nothing is compared that the reader does not see of both.

use std::collections::{BTreeMap, BTreeSet};

use accounts::Organisation;
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::json;
use store::Transaction;
use vocabulary::{Date, Reader, fold};
use web::{Cell, Outcome, Page, Routes, SamplePage, Table, Visit, say};

use super::list::seen_today;
use crate::estate::{self, Sharing};
use crate::organisation::{councils_share, short_name, views, with_estate};
use crate::system::Status;
use crate::system::list::columns::{PAGE, Shown, find, is_cost};
use crate::system::list::line::Line;
use crate::system::past::{Past, day};
use crate::system::show::sight;
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/change/differences.html";
const PARAMETERS: &[&str] = &["from", "to"];
/// Systems on the page; JSON and CSV have all.
const MOST: usize = 100;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}/differences", "What differs in an organisation's estate between two days", show)
        .parameters(PARAMETERS)
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FieldChange {
    pub field: &'static str,
    pub label: String,
    pub before: Shown,
    pub after: Shown,
    #[serde(skip)]
    cells: (Cell, Cell),
}

/// One system that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    pub id: String,
    pub name: String,
    /// Its page today; none where it is not in the estate any more.
    pub address: Option<String>,
    /// added, changed, retired or removed.
    pub verdict: &'static str,
    pub fields: Vec<FieldChange>,
}

/// What the page is made from.
#[derive(Clone, Debug)]
pub(crate) struct Differences {
    pub organisation: Organisation,
    pub sharing: Sharing,
    /// The days; none until they were asked for.
    pub days: Option<(Date, Date)>,
    pub today: Date,
    /// How many systems there were on each.
    pub counts: (usize, usize),
    pub found: Vec<Difference>,
}

/// What differs between two states of an estate, added ones first, then by name. Fields are those that lists show; costs only
/// for those who see them, since lines hold none for others.
fn compare(before: &[Line], after: &[Line], costs: bool, in_estate: impl Fn(&str) -> bool) -> Vec<Difference> {
    let by_id =
        |lines: &'_ [Line]| lines.iter().map(|line| (line.row.id.clone(), line.clone())).collect::<BTreeMap<_, _>>();
    let (before, after) = (by_id(before), by_id(after));
    let mut found: Vec<Difference> = Vec::new();
    let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for id in ids {
        let (was, is) = (before.get(id), after.get(id));
        let Some(named) = is.or(was) else { continue };
        let fields = match (was, is) {
            (Some(was), Some(is)) => differing(was, is, costs),
            _ => Vec::new(),
        };
        let retired = |line: &Line| line.row.status.as_deref() == Some(Status::Retired.word());
        let verdict = match (was, is) {
            (None, _) => "added",
            (_, None) => "removed",
            (Some(was), Some(is)) if retired(is) && !retired(was) => "retired",
            _ if fields.is_empty() => continue,
            _ => "changed",
        };
        let address = in_estate(id).then(|| named.row.address());
        found.push(Difference { id: id.clone(), name: named.row.name.clone(), address, verdict, fields });
    }
    let place = |verdict: &str| ["added", "retired", "removed", "changed"].iter().position(|known| *known == verdict);
    found.sort_by_cached_key(|one| (place(one.verdict), fold(&one.name), one.id.clone()));
    found
}

fn differing(was: &Line, is: &Line, costs: bool) -> Vec<FieldChange> {
    let columns = PAGE.iter().filter(|field| **field != "organisation" && (costs || !is_cost(field)));
    columns
        .filter_map(|field| find(field))
        .filter_map(|column| {
            let (before, after) = (column.shown(was), column.shown(is));
            // A name links to its system, and the words are what counts.
            (before != after).then(|| FieldChange {
                field: column.field,
                label: say!(column.label),
                before,
                after,
                cells: (column.cell(was), column.cell(is)),
            })
        })
        .collect()
}

impl Differences {
    fn read(
        tx: &mut Transaction<'_>,
        reader: &Reader,
        id: &str,
        days: Option<(Date, Date)>,
        today: Date,
    ) -> Result<Differences, Refused> {
        let organisation = with_estate(tx, id)?;
        let sharing = estate::sharing(tx, &organisation.id)?;
        let sight = sight(tx, reader, &organisation.id)?;
        let mut read = Differences { organisation, sharing, days, today, counts: (0, 0), found: Vec::new() };
        let Some((from, to)) = days else { return Ok(read) };
        let before = Past::read(tx, reader, &read.organisation, sight, from)?;
        let after = Past::read(tx, reader, &read.organisation, sight, to)?;
        let there = seen_today(tx, reader, &read.organisation.id)?;
        read.counts = (before.lines.len(), after.lines.len());
        read.found = compare(&before.lines, &after.lines, sight.costs, |id| there.contains_key(id));
        Ok(read)
    }

    pub(crate) fn page(&self, visit: &Visit) -> Page {
        let Differences { organisation, sharing, days, today, counts, found } = self;
        let short = short_name(&organisation.name).to_owned();
        let title = match days {
            Some((from, to)) => say!(
                "What changed at {organisation} from {from} to {to}",
                organisation = short,
                from = web::say_date(&from.to_string()),
                to = web::say_date(&to.to_string())
            ),
            None => say!("Compare two days at {organisation}", organisation = short),
        };
        let count = |verdict: &str| found.iter().filter(|one| one.verdict == verdict).count();
        let words = |day: Option<&Date>| day.map(|day| web::say_date(&day.to_string()));
        let page = Page::new(TEMPLATE, title)
            .place(organisation.name.clone())
            .section("organisations")
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(organisation.name.clone(), organisation.address())
            .crumb(say!("History"), format!("{}/history", organisation.address()))
            .data(json!({
                "organisation": {"id": organisation.id, "name": organisation.name},
                "from": days.map(|(from, _)| from.to_string()),
                "to": days.map(|(_, to)| to.to_string()),
                "systems": {"before": counts.0, "after": counts.1},
                "counts": {"added": count("added"), "changed": count("changed"), "retired": count("retired"), "removed": count("removed")},
                "differences": found,
            }))
            .extra("shown", found.iter().take(MOST).collect::<Vec<_>>())
            .extra("from", words(days.as_ref().map(|(from, _)| from)))
            .extra("to", words(days.as_ref().map_or(Some(today), |(_, to)| Some(to))))
            .extra("short_name", &short)
            .extra("views", views(organisation, &visit.reader))
            .extra("councils_share", councils_share(&visit.reader, Some(*sharing)));
        match days {
            Some(_) => page.table(self.table()),
            None => page,
        }
    }

    fn table(&self) -> Table {
        let cells = |one: &Difference, field: Option<&FieldChange>| {
            vec![
                Cell::from(one.id.as_str()),
                Cell::from(one.name.as_str()),
                Cell::from(one.verdict),
                field.map_or(Cell::Empty, |field| Cell::from(field.field)),
                field.map_or(Cell::Empty, |field| field.cells.0.clone()),
                field.map_or(Cell::Empty, |field| field.cells.1.clone()),
            ]
        };
        let rows = self.found.iter().flat_map(|one| match one.fields.is_empty() {
            true => vec![cells(one, None)],
            false => one.fields.iter().map(|field| cells(one, Some(field))).collect(),
        });
        Table {
            name: format!("{}-differences", self.organisation.id),
            columns: vec!["commonhold_id", "name", "change", "field", "before", "after"],
            rows: rows.collect(),
        }
    }
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let today = state.clock.today();
    let (from, to) = (day(&parameters, "from", today)?, day(&parameters, "to", today)?);
    let days = match (from, to) {
        (None, None) => None,
        (None, Some(_)) => {
            return Err(
                web::Problem::invalid(say!("\"from\" is missing.")).next(say!("Say from which day to compare."))
            );
        }
        (Some(from), to) if to.unwrap_or(today) < from => {
            return Err(web::Problem::invalid(say!("\"to\" must not be before \"from\".")));
        }
        (Some(from), to) => Some((from, to.unwrap_or(today))),
    };
    let reader = visit.reader.clone();
    let read = state.store.read(move |tx| Differences::read(tx, &reader, &id, days, today)).await?;
    Ok(read.page(&visit).into())
}

/// The page with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let Some(organisation) = crate::system::samples::council() else { return Vec::new() };
    let date = |text: &str| Shown::Date { date: text.to_owned() };
    let field = |field: &'static str, label: &str, before: Shown, after: Shown| FieldChange {
        field,
        label: label.to_owned(),
        before,
        after,
        cells: (Cell::Empty, Cell::Empty),
    };
    let one = |last: &str, name: &str, verdict: &'static str, fields: Vec<FieldChange>| Difference {
        id: format!("018f0000-0000-7000-8000-0000000000{last}"),
        name: name.to_owned(),
        address: (verdict != "removed").then(|| format!("/systems/018f0000-0000-7000-8000-0000000000{last}")),
        verdict,
        fields,
    };
    let status = |status: &str| Shown::Status { status: status.to_owned() };
    let found = vec![
        one("01", "Bookings", "added", Vec::new()),
        one("02", "Old parking", "retired", vec![field("status", "Status", status("live"), status("retired"))]),
        one("03", "Fax gateway", "removed", Vec::new()),
        one(
            "04",
            "Bin rounds",
            "changed",
            vec![
                field("contract_end", "Contract end", date("2027-03-31"), date("2028-03")),
                field("users", "Users", Shown::not_known(), Shown::number(Some(1_240))),
            ],
        ),
    ];
    let full = Differences {
        organisation,
        sharing: Sharing::default(),
        days: Some((Date::constant(2026, 1, 1), Date::constant(2026, 3, 1))),
        today: Date::constant(2026, 3, 3),
        counts: (131, 131),
        found,
    };
    let page = |name: &'static str, read: &Differences| SamplePage {
        name,
        page: read.page(&Visit::of("/organisations/ashmere/differences")),
    };
    vec![
        page("differences", &full),
        page("differences: none", &Differences { found: Vec::new(), ..full.clone() }),
        page("differences: which days", &Differences { days: None, found: Vec::new(), ..full }),
    ]
}
