//! The page that shows an organisation who read its estate: stewards of its own, and auditors.

use accounts::{Deed, Organisation};
use axum::extract::{Path, State};
use serde_json::json;
use vocabulary::{Retention, Role};
use web::{Cell, Outcome, Page, Paging, Problem, Routes, SamplePage, Table, Template, Visit, say};

use super::Line;
use super::store::{self, Asked, Found, PAGE_SIZE, SORT};
use crate::Architecture;
use crate::Refused;
use crate::change::permitted;
use crate::organisation::{short_name, views, with_estate};

const TEMPLATE: &str = "architecture/reading/list.html";
const PARAMETERS: &[&str] = &["by", "after", "before"];

pub(crate) const TEMPLATES: &[Template] =
    &[Template { name: TEMPLATE, source: include_str!("../../templates/reading/list.html") }];

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}/readers", "Who read what of an organisation's estate, the newest day first", show)
        .parameters(PARAMETERS)
}

/// What a page is called, by its pattern: what it shows, not how it is reached.
fn page_name(route: &str) -> String {
    match route {
        "/" => say!("Home"),
        "/search" => say!("Search"),
        "/organisations" => say!("Organisations"),
        "/organisations/{id}" => say!("Summary"),
        "/organisations/{id}/systems" => say!("Systems"),
        "/organisations/{id}/contracts" => say!("Contracts"),
        "/organisations/{id}/overlaps" | "/overlaps" => say!("Overlaps"),
        "/organisations/{id}/map" | "/map" => say!("LGAM map"),
        "/organisations/{id}/history" => say!("History"),
        "/organisations/{id}/differences" => say!("What differs between two days"),
        "/organisations/{id}/estate" => say!("The whole estate as a file"),
        "/organisations/{id}/leave/file" => say!("Everything of the organisation as a file"),
        "/organisations/{id}/settings" => say!("Settings"),
        "/contracts" | "/contracts.ics" | "/contracts.atom" => say!("Contract dates"),
        "/compare" | "/comparisons/{id}" => say!("Comparison"),
        "/elements/{id}" => say!("An element of the reference model"),
        "/products" => say!("Products"),
        "/products/{id}" => say!("A product"),
        "/systems/{id}" => say!("A system"),
        "/contracts/{id}" => say!("A contract"),
        other if other.starts_with("/organisations/{id}/imports") => say!("Imports"),
        "/worklist" => say!("Worklist"),
        other if other.starts_with("/organisations/{id}/worklist") => say!("Worklist"),
        other if other.starts_with("/organisations/{id}/matches") => say!("Matches"),
        other if other.starts_with("/organisations/{id}/offers") => say!("Offers to the shared list"),
        other if other.starts_with("/organisations/{id}/changes") => say!("A change"),
        other if other.starts_with("/organisations/{id}/systems") => say!("Changing systems"),
        other if other.starts_with("/systems/{id}") => say!("Changing a system"),
        other if other.starts_with("/contracts/{id}") => say!("Changing a contract"),
        other => other.to_owned(),
    }
}

struct Readers {
    organisation: Organisation,
    found: Found,
    /// How long lines are kept.
    kept_days: u16,
}

impl Readers {
    fn page(self, visit: &Visit) -> Result<Page, Problem> {
        let parameters = visit.parameters(PARAMETERS)?;
        let Readers { organisation, found, kept_days } = self;
        let short = short_name(&organisation.name).to_owned();
        let lines: Vec<Line> =
            found.lines.into_iter().map(|line| Line { page: page_name(&line.route), ..line }).collect();
        let file = table(&organisation, &lines);
        let by = parameters.one("by").map(str::to_owned);
        let by_name = by.as_ref().map(|by| lines.first().map_or_else(|| by.clone(), |line| line.acting_name.clone()));
        Ok(Page::new(TEMPLATE, say!("Who has read {organisation}'s systems", organisation = short))
            .place(organisation.name.clone())
            .section("organisations")
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(organisation.name.clone(), organisation.address())
            .data(json!({
                "organisation": {"id": organisation.id, "name": organisation.name},
                "kept_days": kept_days,
                "readings": lines,
            }))
            .extra("short_name", &short)
            .extra("by", by)
            .extra("by_name", by_name)
            .extra("views", views(&organisation, &visit.reader))
            .table(file)
            .private()
            .list(Paging { total: found.total, next: found.next, previous: found.previous, page_size: PAGE_SIZE }))
    }
}

fn table(organisation: &Organisation, lines: &[Line]) -> Table {
    let flag = |set: bool| Cell::from(if set { "yes" } else { "no" });
    Table {
        name: format!("{}-readers", organisation.id),
        columns: vec![
            "day",
            "person",
            "acting_for",
            "page",
            "subject",
            "subject_name",
            "over_all_estates",
            "format",
            "by_token",
            "times",
            "last_at",
        ],
        rows: lines
            .iter()
            .map(|line| {
                vec![
                    Cell::Date(line.day.clone()),
                    Cell::from(line.person.as_str()),
                    Cell::from(line.acting_name.as_str()),
                    Cell::from(line.page.as_str()),
                    line.subject.as_deref().map_or(Cell::Empty, Cell::from),
                    line.subject_name.as_deref().map_or(Cell::Empty, Cell::from),
                    flag(line.over_all),
                    Cell::from(line.format.as_str()),
                    flag(line.by_token),
                    Cell::Integer(line.times),
                    Cell::from(line.last_at.as_str()),
                ]
            })
            .collect(),
    }
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let cursor = parameters.cursor()?;
    if let Some(cursor) = &cursor {
        cursor.expect_sort(SORT)?;
    }
    let whole = visit.format.is_table();
    let asked = Asked { acting: parameters.one("by").map(str::to_owned), cursor: cursor.filter(|_| !whole), whole };
    permitted(&visit.reader, Deed::SeeReaders, &id)?;
    let Retention { readings, .. } = state.retention;
    let read = move |tx: &mut ::store::Transaction<'_>| {
        let organisation = with_estate(tx, &id)?;
        let found = store::read(tx, &organisation.id, &asked)?;
        Ok::<_, Refused>(Readers { organisation, found, kept_days: readings.count() })
    };
    Ok(state.store.read(read).await?.page(&visit)?.into())
}

/// The page with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let (Some(organisation), Some(steward)) =
        (crate::system::samples::council(), crate::system::samples::reader(Role::Steward))
    else {
        return Vec::new();
    };
    let line = |person: &str, acting: (&str, &str), route: &str, times: i64| Line {
        day: "2026-03-03".to_owned(),
        person: person.to_owned(),
        acting: acting.0.to_owned(),
        acting_name: acting.1.to_owned(),
        page: String::new(),
        route: route.to_owned(),
        subject: route.starts_with("/systems").then(|| "018f0000-0000-7000-8000-000000000001".to_owned()),
        subject_name: route.starts_with("/systems").then(|| "Bin rounds".to_owned()),
        address: route.starts_with("/systems").then(|| "/systems/018f0000-0000-7000-8000-000000000001".to_owned()),
        over_all: route == "/map",
        format: if times > 5 { "csv".to_owned() } else { "page".to_owned() },
        by_token: times > 5,
        times,
        last_at: "2026-03-03T10:14:00Z".to_owned(),
    };
    let brackford = ("brackford", "Brackford District Council");
    let lines = vec![
        line("Brackford estate editor", brackford, "/organisations/{id}/systems", 2),
        line("Brackford estate editor", brackford, "/systems/{id}", 1),
        line("Ashmere estate steward", ("ashmere", "Ashmere Borough Council"), "/map", 1),
        line("Somebody whose name was erased", brackford, "/organisations/{id}/systems", 12),
    ];
    let page = |name: &'static str, lines: Vec<Line>| {
        let mut visit = Visit::of("/organisations/ashmere/readers");
        visit.reader = steward.clone();
        let total = u64::try_from(lines.len()).unwrap_or_default();
        let found = Found { lines, total, next: None, previous: None };
        let readers = Readers { organisation: organisation.clone(), found, kept_days: 365 };
        readers.page(&visit).ok().map(|page| SamplePage { name, page })
    };
    [page("readers", lines), page("readers, none", Vec::new())].into_iter().flatten().collect()
}
