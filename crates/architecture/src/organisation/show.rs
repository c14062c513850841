//! One organisation: what it runs and how well we know it. A supplier's page is in `supplier`.
//!
//! Not here: a score. Completeness is shown by its parts.

use accounts::{Deed, Organisation, OrganisationKind, may};
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::json;
use store::Transaction;
use vocabulary::{Date, Reader};
use web::{Cell, Outcome, Page, Routes, Table, Visit, say};

use super::alike::{Alike, most_alike};
use super::{ask_to_join, councils_share, found, short_name, supplier, views};
use crate::compare::asked::Place;
use crate::comparison::{self, Saved};
use crate::estate::{self, Sharing};
use crate::system::list::columns::{self, COST, Shown};
use crate::system::list::line::{Line, of_organisation};
use crate::system::shared;
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/organisation/show.html";
/// The fields whose completeness is told.
const FIELDS: &[&str] = &[
    "product",
    "supplier",
    "elements",
    "status",
    "contract_end",
    "notice_months",
    "business_owner",
    "technical_owner",
    "users",
    COST,
    "description",
    "hosting",
];
const ENDING: usize = 5;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}", "One organisation: a council's estate in figures, or what a supplier sells", show)
        .parameters(supplier::PARAMETERS)
}

/// What a council's page is made from.
#[derive(Clone, Debug)]
pub(crate) struct Council {
    pub organisation: Organisation,
    pub sharing: Sharing,
    pub lines: Vec<Line>,
    /// How many systems it uses that others own.
    pub shared: usize,
    pub alike: Vec<Alike>,
    /// Its saved comparisons, for its staff.
    pub saved: Vec<Saved>,
}

enum Found {
    Council(Council),
    Supplier(supplier::Supplier),
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    // Which parameters there are depends on what the organisation is, so they are read with what is known of suppliers,
    // who have more; a council's page refuses them below.
    let parameters = visit.parameters(supplier::PARAMETERS)?;
    let cursor = parameters.cursor()?;
    let (reader, format) = (visit.reader.clone(), visit.format);
    let read = state.store.read(move |tx| {
        let organisation = found(tx, &id)?;
        match organisation.kind {
            OrganisationKind::Supplier => {
                supplier::Supplier::read(tx, &reader, organisation, cursor.as_ref(), format).map(Found::Supplier)
            }
            _ => Council::read(tx, &reader, organisation).map(Found::Council),
        }
    });
    match read.await? {
        Found::Supplier(supplier) => Ok(supplier.page(&visit.reader)?.into()),
        Found::Council(council) => {
            visit.parameters(&[])?;
            Ok(council.page(&visit.reader, state.clock.today()).into())
        }
    }
}

impl Council {
    fn read(tx: &mut Transaction<'_>, reader: &Reader, organisation: Organisation) -> Result<Council, Refused> {
        let sharing = estate::sharing(tx, &organisation.id)?;
        let lines = of_organisation(tx, reader, &organisation.id)?;
        let shared = shared::count_used_here(tx, reader, &organisation.id)?;
        let alike = if lines.is_empty() { Vec::new() } else { most_alike(tx, reader, organisation.id.as_str())? };
        let may_edit = may(reader, Deed::EditEstate, &organisation.id).is_ok();
        let saved = if may_edit { comparison::store::all(tx, reader, Some(&organisation.id))? } else { Vec::new() };
        Ok(Council { organisation, sharing, lines, shared, alike, saved })
    }

    pub(crate) fn page(&self, reader: &Reader, today: Date) -> Page {
        let Council { organisation, sharing, lines, shared, alike, saved } = self;
        let costs = reader.sees(sharing.costs, &organisation.id);
        let products =
            lines.iter().filter_map(|line| line.row.product.as_ref()).collect::<std::collections::BTreeSet<_>>().len();
        let ends: Vec<&str> = lines.iter().filter_map(|line| line.row.contract_end_day.as_deref()).collect();
        let horizon = horizon(today);
        let before = ends.iter().filter(|end| **end < format!("{horizon}-01").as_str()).count();
        let changed = lines.iter().map(|line| line.row.changed_at.as_str()).max();
        let complete: Vec<Complete> = FIELDS
            .iter()
            .filter(|field| costs || **field != COST)
            .filter_map(|field| columns::find(field))
            .map(|column| Complete {
                field: column.field,
                label: if column.field == COST { say!("Cost a year") } else { say!(column.label) },
                known: lines.iter().filter(|line| !matches!(column.shown(line), Shown::Nothing { .. })).count(),
                of: lines.len(),
            })
            .collect();
        let ending = ending(lines, today);
        let may_edit = may(reader, Deed::EditEstate, &organisation.id).is_ok();
        let table = Table {
            name: format!("{}-how-complete", organisation.id),
            columns: vec!["field", "known", "of"],
            rows: complete.iter().map(|row| vec![Cell::from(row.field), count(row.known), count(row.of)]).collect(),
        };
        Page::new(TEMPLATE, organisation.name.clone())
            .section("organisations")
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .data(json!({
                "organisation": organisation,
                "systems": lines.len(),
                "systems_owned_by_others": shared,
                "products": products,
                "contract_dates_known": ends.len(),
                "contracts_ending_before": {"month": horizon, "systems": before},
                "changed_at": changed,
                "how_complete": complete,
                "ending_next": ending,
                "most_alike": alike,
            }))
            .extra("kind", organisation.kind.name())
            .extra("short_name", short_name(&organisation.name))
            .extra("views", views(organisation, reader))
            .extra("councils_share", councils_share(reader, Some(*sharing)))
            .extra("may_edit", may_edit)
            .extra("ask_to_join", ask_to_join(organisation, reader))
            .extra("compare_alike", compare_with(organisation, alike))
            .extra("saved", saved.iter().map(|saved| (&saved.name, saved.address())).collect::<Vec<_>>())
            .table(table)
    }
}

/// The comparison with those most alike; none where there are none.
fn compare_with(organisation: &Organisation, alike: &[Alike]) -> Option<String> {
    let others = alike.iter().map(|other| other.id.clone());
    let ids: Vec<String> = std::iter::once(organisation.id.to_string()).chain(others).collect();
    (ids.len() > 1).then(|| Place::of(&ids).link(None))
}

/// How many systems a field is known of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Complete {
    field: &'static str,
    label: String,
    known: usize,
    of: usize,
}

/// A contract that ends soon, with the system that it covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Ending {
    system: String,
    address: String,
    last_notice_date: Option<String>,
    notice_has_passed: bool,
    contract_end: Option<String>,
    days: i64,
}

fn count(number: usize) -> Cell {
    Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The month, a little over a year ahead, before which contracts count as ending soon: `2027-12` all through November 2026.
fn horizon(today: Date) -> String {
    let ahead = today.first_of_month().saturating_add(jiff::Span::new().months(13));
    format!("{:04}-{:02}", ahead.year(), ahead.month())
}

/// The systems in use whose contracts end next, soonest first. Contracts that have ended are not among them.
fn ending(lines: &[Line], today: Date) -> Vec<Ending> {
    let now = today.to_string();
    let mut ending: Vec<(&str, &Line)> = lines
        .iter()
        .filter(|line| line.row.status.as_deref() != Some("retired"))
        .filter_map(|line| Some((line.row.contract_end_day.as_deref()?, line)))
        .filter(|(end, _)| *end >= now.as_str())
        .collect();
    ending.sort_by_cached_key(|(end, line)| (end.to_owned(), vocabulary::fold(&line.row.name), line.row.id.as_str()));
    let row = |(end, line): &(&str, &Line)| Ending {
        system: line.row.name.clone(),
        address: line.row.address(),
        last_notice_date: line.row.last_notice_day.clone(),
        notice_has_passed: line.row.last_notice_day.as_deref().is_some_and(|day| day < now.as_str()),
        contract_end: line.row.contract_end.clone(),
        days: end
            .parse::<Date>()
            .ok()
            .and_then(|end| today.until(end).ok())
            .map_or(0, |span| i64::from(span.get_days())),
    };
    ending.iter().take(ENDING).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_horizon_is_the_first_of_a_month_more_than_a_year_ahead() {
        assert_eq!(horizon(Date::constant(2026, 11, 22)), "2027-12");
        assert_eq!(horizon(Date::constant(2026, 12, 31)), "2028-01");
        assert_eq!(horizon(Date::constant(2026, 1, 31)), "2027-02");
    }
}
