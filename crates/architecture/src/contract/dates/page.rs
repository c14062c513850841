//! The pages of contract dates, of one organisation and across all, as page, data and table.

use accounts::{Deed, Organisation, may};
use axum::extract::{Path, State};
use serde_json::{Value as Json, json};
use store::Transaction;
use vocabulary::{Date, Reader};
use web::{
    Cell, CursorValue, Format, Outcome, Page, Paging, Parameters, Picture, Problem, Routes, Table, Visit, say, say_n,
};

use super::asked::{ACROSS, Asked, OF_ONE};
use super::drawing::Drawing;
use super::read::{Contracts, Dated, Row, rows};
use super::{Next, horizon};
use crate::contract::follow::with_query;
use crate::contract::show::named;
use crate::estate::{self, Sharing};
use crate::listing;
use crate::map::n;
use crate::organisation::{self, councils_share, short_name, views};
use crate::system::list::columns::Shown;
use crate::system::store::may_see_costs;
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/contract/dates.html";
/// The name of the one order, as cursors carry it.
const SORT: &str = "next";
/// The most rows of a file.
const MOST_ROWS: usize = 100_000;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/contracts", "When contracts end and notice is due, across organisations", across)
        .parameters(ACROSS)
        .get("/organisations/{id}/contracts", "When the contracts of one organisation end and notice is due", of_one)
        .parameters(OF_ONE)
}

async fn across(State(state): State<Architecture>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(ACROSS)?;
    let today = state.clock.today();
    let listed = Listed::ask(&state, &visit, &parameters, None).await?;
    Ok(listed.page(&visit, today).into())
}

async fn of_one(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(OF_ONE)?;
    let today = state.clock.today();
    let listed = Listed::ask(&state, &visit, &parameters, Some(id)).await?;
    Ok(listed.page(&visit, today).into())
}

/// One page of the list with all that its numbers are reckoned from.
pub(crate) struct Listed {
    /// Whose contracts they are; none across organisations.
    pub organisation: Option<(Organisation, Sharing)>,
    pub contracts: Contracts,
    pub asked: Asked,
    /// All that fit the filters, in their order.
    pub fitting: Vec<Dated>,
    /// Those of this page, or all for a file.
    pub rows: Vec<Row>,
    pub paging: Paging,
}

impl Listed {
    /// Reads what this visit asks for.
    ///
    /// # Errors
    /// A problem about the organisation or a parameter.
    pub async fn ask(
        state: &Architecture,
        visit: &Visit,
        parameters: &Parameters,
        organisation: Option<String>,
    ) -> Result<Listed, Problem> {
        let asked = Asked::read(parameters)?;
        let (reader, today) = (visit.reader.clone(), state.clock.today());
        let read = move |tx: &mut Transaction<'_>| {
            let organisation = match organisation {
                Some(id) => {
                    let organisation = organisation::with_estate(tx, &id)?;
                    let sharing = estate::sharing(tx, &organisation.id)?;
                    Some((organisation, sharing))
                }
                None => None,
            };
            let of = organisation.as_ref().map(|(organisation, _)| organisation.id.as_str());
            let contracts = match of {
                Some(of) => Contracts::with_shared(tx, &reader, of, today)?,
                None => Contracts::read(tx, &reader, None, today)?,
            };
            Ok::<_, Refused>((organisation, contracts))
        };
        let (organisation, contracts) = state.store.read(read).await?;
        asked.check(parameters, &contracts)?;
        let mut fitting = asked.filtered(&contracts);
        fitting.sort_by(|one, other| order(one).cmp(&order(other)));
        let (shown, paging) = listing::cut(&fitting, SORT, key, parameters.cursor()?.as_ref())?;
        let shown = match visit.format.is_table() {
            true => fitting.iter().take(MOST_ROWS).cloned().collect(),
            false => shown.to_vec(),
        };
        let (reader, names) = (visit.reader.clone(), contracts.names.clone());
        let mut rows = state.store.read(move |tx| rows(tx, &reader, &shown, &names).map_err(Refused::from)).await?;
        for row in rows.iter_mut().filter(|row| row.dated.shared) {
            // What else the owner has under it, and what it pays, is told on the owner's page.
            row.systems.retain(|system| contracts.used.contains(&system.id));
            row.annual_cost = None;
        }
        Ok(Listed { organisation, contracts, asked, fitting, rows, paging })
    }

    /// What must be decided when, as a sentence without a full stop.
    pub fn finding(&self, today: Date) -> String {
        let short = self.organisation.as_ref().map(|(organisation, _)| short_name(&organisation.name));
        if self.contracts.dated.is_empty() {
            return match short {
                Some(place) => say!("No contract dates to show for {place}", place = place),
                None => say!("No contract dates to show"),
            };
        }
        if let Some(years) = self.asked.years() {
            let due = self.own().filter(|dated| matches!(dated.next, Next::Notice(_) | Next::End(_))).count();
            return match due {
                0 => say!("No contract to act on in {years}", years = years),
                due => {
                    say_n!("Act on 1 contract in {years}", "Act on {count} contracts in {years}", n(due), years = years)
                }
            };
        }
        let until = horizon(today);
        let day = web::say_date(&until.to_string());
        match self.own().filter(|dated| dated.next.is_due(until)).count() {
            0 => say!("No contract to act on by {day}", day = day),
            due => say_n!("Act on 1 contract by {day}", "Act on {count} contracts by {day}", n(due), day = day),
        }
    }

    /// Those that are for the organisation itself to act on: not those of systems that others own and share.
    fn own(&self) -> impl Iterator<Item = &Dated> {
        self.fitting.iter().filter(|dated| !dated.shared)
    }

    /// What the finding covers.
    pub fn coverage(&self) -> String {
        let own = self.own().count();
        let ends = self.own().filter(|dated| dated.next != Next::Unknown).count();
        let notices = self.own().filter(|dated| dated.notice_known).count();
        let mut said = vec![say_n!(
            "When it ends is known of {ends} of 1 contract, the last notice date of {notices}.",
            "When they end is known of {ends} of {count} contracts, the last notice date of {notices}.",
            n(own),
            ends = ends,
            notices = notices
        )];
        if !self.asked.narrows() {
            said.push(say!(
                "{covered} of {systems} systems have a contract recorded.",
                covered = self.contracts.covered,
                systems = self.contracts.systems
            ));
        }
        let shared = self.fitting.len() - own;
        if shared > 0 {
            said.push(say_n!(
                "1 more is of a shared system, for its owner to act on.",
                "{count} more are of shared systems, for their owners to act on.",
                n(shared)
            ));
        }
        said.join(" ")
    }

    /// The picture of the same rows.
    pub fn drawing(&self, today: Date) -> Drawing<'_> {
        Drawing { rows: &self.rows, today, across: self.organisation.is_none() }
    }

    /// The page in every format.
    pub fn page(&self, visit: &Visit, today: Date) -> Page {
        let reader = &visit.reader;
        let (finding, coverage) = (self.finding(today), self.coverage());
        let groups = self.asked.groups(&self.contracts, self.organisation.is_none());
        let mut page = Page::new(TEMPLATE, finding.clone()).crumb(say!("Home"), "/").wide();
        page = match &self.organisation {
            Some((organisation, sharing)) => page
                .place(organisation.name.clone())
                .section("organisations")
                .crumb(say!("Organisations"), "/organisations")
                .crumb(organisation.name.clone(), organisation.address())
                .extra("views", views(organisation, reader))
                .extra("short_name", short_name(&organisation.name))
                .extra("may_import", may(reader, Deed::EditEstate, &organisation.id).is_ok())
                .extra("overlaps", format!("{}/overlaps", organisation.address()))
                .extra("imports", format!("{}/imports", organisation.address()))
                .extra("councils_share", councils_share(reader, Some(*sharing))),
            None => page
                .place(say!("Contract dates"))
                .section("compare")
                .crumb(say!("Compare"), "/compare")
                .extra("views", crate::compare::views())
                .extra("overlaps", "/overlaps")
                .extra("councils_share", councils_share(reader, None)),
        };
        let following = match &self.organisation {
            Some((organisation, _)) => self.asked.clone().of_organisation(organisation.id.as_str()),
            None => self.asked.clone(),
        };
        let until = horizon(today);
        let svg = if visit.format.is_picture() { self.drawing(today).svg(true) } else { String::new() };
        let picture = Picture { name: self.file_name(), svg };
        let html = visit.format == Format::Html;
        let drawn = (html && !self.rows.is_empty()).then(|| self.drawing(today));
        let quarters = if html { quarters(&self.rows, today) } else { Vec::new() };
        let data = || {
            json!({
                "organisation": self.organisation.as_ref().map(|(organisation, _)| json!({"id": organisation.id, "name": organisation.name})),
                "finding": &finding,
                "act_by": until.to_string(),
                "to_act_on": self.own().filter(|dated| dated.next.is_due(until)).count(),
                "coverage": {
                    "contracts": self.own().count(),
                    "owned_by_others": self.fitting.len() - self.own().count(),
                    "ends_known": self.own().filter(|dated| dated.next != Next::Unknown).count(),
                    "last_notice_dates_known": self.own().filter(|dated| dated.notice_known).count(),
                    "systems": self.contracts.systems,
                    "systems_with_a_contract": self.contracts.covered,
                },
                "filters": &groups,
                "contracts": self.rows.iter().map(|row| data(row, reader)).collect::<Vec<_>>(),
            })
        };
        page.data_for(visit.format, data)
            .extra("follow", with_query("/contracts/follow", &following.query()))
            .extra("across", self.organisation.is_none())
            .extra("all", self.contracts.dated.len())
            .extra("shared", self.fitting.iter().any(|dated| dated.shared))
            .extra("coverage", &coverage)
            .extra("sorted", say!("Sorted by the date that falls next, soonest first"))
            .extra("groups", &groups)
            .extra("applied", self.asked.narrows() || self.asked.past)
            .extra("quarters", quarters)
            .extra("drawing", drawn.as_ref().map(|drawing| drawing.svg(false)))
            .extra("drawing_title", drawn.as_ref().map(Drawing::title))
            .about(say!("Covers"), coverage.clone())
            .picture(picture)
            .table_for(visit.format, || self.table(reader))
            .list(self.paging.clone())
    }

    fn file_name(&self) -> String {
        match &self.organisation {
            Some((organisation, _)) => format!("{}-contract-dates", organisation.id),
            None => "contract-dates".to_owned(),
        }
    }

    fn table(&self, reader: &Reader) -> Table {
        let costs = match &self.organisation {
            Some((organisation, sharing)) => reader.sees(sharing.costs, &organisation.id),
            None => may_see_costs(reader),
        };
        let mut columns = vec![
            "commonhold_id",
            "next_date",
            "last_notice_date",
            "contract_end",
            "contract_end_day",
            "contract_start",
            "notice_months",
            "extension_options",
            "systems",
            "organisation",
            "supplier",
            "contract_reference",
            "contract_title",
        ];
        if costs {
            columns.push("contract_cost");
        }
        if self.organisation.is_some() {
            columns.push("owned_by_others");
        }
        let date = |day: Option<&str>| day.map_or(Cell::Empty, |day| Cell::Date(day.to_owned()));
        let joined = |names: Vec<&str>| if names.is_empty() { Cell::Empty } else { Cell::Text(names.join("; ")) };
        let cells = |row: &Row| {
            let mut cells = vec![
                Cell::from(row.dated.id.as_str()),
                date(row.dated.next.day()),
                date(row.last_notice_day.as_deref()),
                row.end.as_deref().or(row.end_text.as_deref()).map_or(Cell::Empty, |text| match row.end {
                    Some(_) => Cell::Date(text.to_owned()),
                    None => Cell::from(text),
                }),
                date(row.end_day.as_deref()),
                date(row.start.as_deref()),
                Cell::from(row.notice_months),
                Cell::from(row.extension.clone()),
                joined(row.systems.iter().map(|system| system.name.as_str()).collect()),
                Cell::from(row.organisation_name.as_str()),
                match &row.supplier_text {
                    Some(text) => Cell::from(text.as_str()),
                    None => joined(row.suppliers.iter().map(|(_, name)| name.as_str()).collect()),
                },
                Cell::from(row.reference.clone()),
                Cell::from(row.title.clone()),
            ];
            if costs {
                cells.push(row.annual_cost.map_or(Cell::Empty, Cell::Pence));
            }
            if self.organisation.is_some() {
                cells.push(if row.dated.shared { Cell::from("yes") } else { Cell::Empty });
            }
            cells
        };
        Table { name: self.file_name(), columns, rows: self.rows.iter().map(cells).collect() }
    }
}

/// Soonest first; what is not known last.
pub(crate) fn key(dated: &Dated) -> Vec<CursorValue> {
    let (unknown, day, organisation, id) = order(dated);
    let texts = [day, organisation, id].map(|text| CursorValue::Text(text.to_owned()));
    std::iter::once(CursorValue::Integer(i64::from(unknown))).chain(texts).collect()
}

/// The same order, without a copy of anything.
fn order(dated: &Dated) -> (bool, &str, &str, &str) {
    (dated.next == Next::Unknown, dated.next.day().unwrap_or_default(), &dated.organisation, &dated.id)
}

/// A contract as JSON.
fn data(row: &Row, reader: &Reader) -> Json {
    let mut data = json!({
        "id": row.dated.id,
        "address": format!("/contracts/{}", row.dated.id),
        "organisation": row.dated.organisation,
        "organisation_name": row.organisation_name,
        "owned_by_others": row.dated.shared,
        "reference": row.reference,
        "title": row.title,
        "next": match row.dated.next {
            Next::Ended(_) => "ended",
            Next::Notice(_) => "last-notice-date",
            Next::End(_) => "contract-end",
            Next::Unknown => "not-known",
        },
        "next_date": row.dated.next.day(),
        "start": row.start,
        "end": row.end,
        "end_day": row.end_day,
        "notice_months": row.notice_months,
        "last_notice_day": row.last_notice_day,
        "extension_options": row.extension,
        "suppliers": row.suppliers.iter().map(|(id, name)| json!({"id": id, "name": name})).collect::<Vec<_>>(),
        "systems": row.systems.iter().map(|system| json!({"id": system.id, "name": system.name, "product": system.product, "address": format!("/systems/{}", system.id)})).collect::<Vec<_>>(),
        "changed_at": row.changed_at,
    });
    if let (Some(pence), true) = (row.annual_cost, may_see_costs(reader)) {
        data["annual_cost"] = pence.into();
    }
    for (name, text) in [("supplier_text", &row.supplier_text), ("end_not_understood", &row.end_text)] {
        if let Some(text) = text {
            data[name] = text.as_str().into();
        }
    }
    data
}

/// The rows under the heading of their quarter.
fn quarters(rows: &[Row], today: Date) -> Vec<Json> {
    let mut quarters: Vec<(String, Vec<Json>)> = Vec::new();
    for row in rows {
        let heading = row.dated.next.quarter();
        match quarters.last_mut() {
            Some((last, rows)) if *last == heading => rows.push(shown(row, today)),
            _ => quarters.push((heading, vec![shown(row, today)])),
        }
    }
    quarters.into_iter().map(|(heading, rows)| json!({"heading": heading, "rows": rows})).collect()
}

/// A row as the table shows it.
fn shown(row: &Row, today: Date) -> Json {
    let passed = row.last_notice_day.as_deref().is_some_and(|day| day < today.to_string().as_str());
    let end = match (&row.end, &row.end_text) {
        (None, Some(text)) => Shown::not_understood(text),
        (end, _) => Shown::date(end.as_deref()),
    };
    let suppliers = match &row.supplier_text {
        Some(text) => Shown::own(Some(text)),
        None if row.suppliers.is_empty() => Shown::not_known(),
        None => Shown::Links {
            links: row.suppliers.iter().map(|(id, name)| (name.clone(), format!("/organisations/{id}"))).collect(),
        },
    };
    json!({
        "notice": Shown::date(row.last_notice_day.as_deref()),
        "notice_note": if passed { Some(say!("passed")) } else { ahead(&row.dated.next, today, |next| matches!(next, Next::Notice(_))) },
        "end": end,
        "end_note": if row.dated.next.is_past() { Some(say!("ended")) } else { ahead(&row.dated.next, today, |next| matches!(next, Next::End(_))) },
        "extension": Shown::text(row.extension.as_deref()),
        "systems": match row.systems.is_empty() {
            true => Shown::Nothing { text: say!("None recorded") },
            false => Shown::Links { links: row.systems.iter().map(|system| (system.name.clone(), format!("/systems/{}", system.id))).collect() },
        },
        "contract": named(row.reference.as_deref(), row.title.as_deref()),
        "href": format!("/contracts/{}", row.dated.id),
        "organisation": Shown::Link { text: short_name(&row.organisation_name).to_owned(), href: format!("/organisations/{}/contracts", row.dated.organisation) },
        "suppliers": suppliers,
        "shared": row.dated.shared.then(|| say!("Shared, owned by {owner}", owner = row.organisation_name)),
        "covers": row.systems.iter().map(|system| system.name.as_str()).collect::<Vec<_>>().join(", "),
    })
}

/// How far away the next date is, where it is near and of this kind.
fn ahead(next: &Next, today: Date, of: impl Fn(&Next) -> bool) -> Option<String> {
    let day: Date = next.day().filter(|_| of(next))?.parse().ok()?;
    let days = u64::try_from(today.until(day).ok()?.get_days()).ok()?;
    match days {
        0 => Some(say!("today")),
        1..=14 => Some(say_n!("in 1 day", "in {count} days", days)),
        15..=91 => Some(say_n!("in 1 week", "in {count} weeks", days / 7)),
        _ => None,
    }
}
