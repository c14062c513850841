//! One contract: its dates and terms with their sources, and the systems that it covers.
//!
//! Not here: changing it, and what must be decided when across contracts.

use axum::extract::{Path, State};
use ledger::visible;
use serde::Serialize;
use serde_json::json;
use store::{Error, Transaction, Value};
use vocabulary::Reader;
use web::{Cell, Outcome, Page, Routes, SamplePage, Table, Visit, say};

use crate::organisation::short_name;
use crate::statement::{self, Attribute};
use crate::system::facts::{Entry, Fact, Known, Sight, history, label};
use crate::system::list::columns::Shown;
use crate::system::show::{organisation_of, seen_by, sight};
use crate::system::store::{Seen, SystemRow};
use crate::{Architecture, Refused, change};

const PARAMETERS: &[&str] = &["change"];
const TEMPLATE: &str = "architecture/contract/show.html";

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes.get("/contracts/{id}", "One contract: its dates and the systems that it covers", show).parameters(PARAMETERS)
}

/// A contract as one reader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ContractRow {
    pub organisation: String,
    pub organisation_name: String,
    pub id: String,
    pub visibility: String,
    pub reference: Option<String>,
    pub start: Option<String>,
    pub end: Option<String>,
    pub notice_months: Option<i64>,
    pub last_notice_day: Option<String>,
    pub extension: Option<String>,
    pub changed_at: String,
}

/// What the page is made from.
#[derive(Clone, Debug)]
pub(crate) struct Everything {
    pub row: ContractRow,
    pub facts: Vec<Fact>,
    pub systems: Vec<SystemRow>,
    pub history: Vec<Entry>,
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let reader = visit.reader.clone();
    let change = parameters.number("change", 1..=i64::MAX)?;
    let reading = state.store.read(move |tx| {
        let everything = Everything::read(tx, &reader, &id)?;
        let organisation = organisation_of(tx, &everything.row.organisation)?.id;
        let banner = change::show::banner(tx, &reader, &organisation, change)?;
        Ok::<_, Refused>((everything, banner))
    });
    let (everything, banner) = reading.await?;
    let page = everything.page();
    Ok(match banner {
        Some(banner) => page.banner(banner).into(),
        None => page.into(),
    })
}

fn find(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<Option<ContractRow>, Error> {
    let seen = visible(reader, "c.visibility", "c.organisation", 1);
    let mut values = seen.parameters;
    values.push(Value::from(id));
    let sql = format!(
        "SELECT c.organisation, o.name, c.id, c.visibility, c.reference, c.start_date, c.end_date, c.notice_months,
                c.last_notice_day, c.extension, c.changed_at
         FROM contract AS c JOIN organisation AS o ON o.id = c.organisation WHERE {} AND c.id = ${}",
        seen.sql,
        values.len()
    );
    tx.query_optional(&sql, &values, |row| {
        Ok(ContractRow {
            organisation: row.text(0)?,
            organisation_name: row.text(1)?,
            id: row.text(2)?,
            visibility: row.text(3)?,
            reference: row.optional_text(4)?,
            start: row.optional_text(5)?,
            end: row.optional_text(6)?,
            notice_months: row.optional_integer(7)?,
            last_notice_day: row.optional_text(8)?,
            extension: row.optional_text(9)?,
            changed_at: row.text(10)?,
        })
    })
}

impl Everything {
    fn read(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<Everything, Refused> {
        let row = find(tx, reader, id)?.ok_or(Refused::Missing)?;
        let organisation = organisation_of(tx, &row.organisation)?;
        // Private texts are erased on the page of a system.
        let sight = Sight { erases: false, ..sight(tx, reader, &organisation.id)? };
        let present = statement::store::present_of(tx, &organisation.id, id)?;
        let statements = statement::store::history(tx, &organisation.id, id)?;
        let known = Known::read(tx, &organisation.id, sight, &statements)?;
        let fact = |attribute: Attribute, value: Shown| {
            Fact::of(label(attribute), attribute, value, present.get(&attribute), &known, sight)
        };
        let facts = vec![
            fact(Attribute::Reference, Shown::text(row.reference.as_deref())),
            fact(Attribute::Start, Shown::date(row.start.as_deref())),
            Fact::reckoned(
                "last_notice_date",
                say!("Last notice date"),
                Shown::date(row.last_notice_day.as_deref()),
                say!("Reckoned from contract end and notice period"),
            ),
            fact(Attribute::End, Shown::date(row.end.as_deref())),
            fact(Attribute::NoticeMonths, Shown::number(row.notice_months)),
            fact(Attribute::Extension, Shown::text(row.extension.as_deref())),
        ];
        let history = history(&statements, &known, sight);
        let seen = Seen::by(reader);
        let first = seen.next_parameter();
        let rest =
            format!("AND s.organisation = ${first} AND s.contract = ${} ORDER BY s.name_folded, s.id", first + 1);
        let systems = seen.rows(tx, &rest, vec![Value::from(row.organisation.as_str()), Value::from(id)])?;
        Ok(Everything { row, facts, systems, history })
    }

    pub(crate) fn page(&self) -> Page {
        let Everything { row, facts, systems, history } = self;
        let short = short_name(&row.organisation_name);
        let title = match &row.reference {
            Some(reference) => say!("Contract {reference}", reference = reference),
            None => say!("Contract without a reference"),
        };
        let organisation = format!("/organisations/{}", row.organisation);
        Page::new(TEMPLATE, title)
            .place(row.organisation_name.clone())
            .section("organisations")
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(row.organisation_name.clone(), organisation.clone())
            .crumb(say!("Systems"), format!("{organisation}/systems"))
            .data(json!({"contract": row, "facts": facts, "systems": systems, "history": history}))
            .extra("contract", row)
            .extra("facts", facts)
            .extra("systems", systems.iter().map(|system| json!({
                "name": system.name, "href": system.address(), "product": system.product_name, "product_href": system.product_address(),
                "supplier": system.supplier_name, "supplier_href": system.supplier_address(), "in_house": system.in_house, "status": system.status,
            })).collect::<Vec<_>>())
            .extra("history", history.iter().map(|entry| json!({"entry": entry})).collect::<Vec<_>>())
            .extra("history_total", history.len())
            .extra("short_name", short)
            .extra("seen_by", seen_by(&row.visibility, short))
            .table(Table {
                name: format!("contract-{}", row.id),
                columns: vec![
                    "commonhold_id", "organisation", "contract_reference", "contract_start", "contract_end", "notice_months",
                    "last_notice_date", "extension_options", "systems",
                ],
                rows: vec![vec![
                    Cell::from(row.id.as_str()),
                    Cell::from(row.organisation_name.as_str()),
                    Cell::from(row.reference.clone()),
                    row.start.clone().map_or(Cell::Empty, Cell::Date),
                    row.end.clone().map_or(Cell::Empty, Cell::Date),
                    Cell::from(row.notice_months),
                    row.last_notice_day.clone().map_or(Cell::Empty, Cell::Date),
                    Cell::from(row.extension.clone()),
                    Cell::from(systems.iter().map(|system| system.name.as_str()).collect::<Vec<_>>().join("; ")),
                ]],
            })
    }
}

/// The page with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let text = |text: &str| Some(text.to_owned());
    let row = ContractRow {
        organisation: "ashmere".to_owned(),
        organisation_name: "Ashmere Borough Council".to_owned(),
        id: "018f0000-0000-7000-8000-0000000000c1".to_owned(),
        visibility: "members".to_owned(),
        reference: text("C-114"),
        start: text("2024-04"),
        end: text("2027-03-31"),
        notice_months: Some(6),
        last_notice_day: text("2026-09-30"),
        extension: None,
        changed_at: "2026-03-03T10:14:00Z".to_owned(),
    };
    let fact = |field: &'static str, label: String, value: Shown| {
        Fact::reckoned(field, label, value, say!("Reckoned from contract end and notice period"))
    };
    let facts = vec![
        fact("last_notice_date", say!("Last notice date"), Shown::date(row.last_notice_day.as_deref())),
        fact("contract_end", say!("Contract end"), Shown::date(row.end.as_deref())),
        fact("extension_options", say!("Extension options"), Shown::not_known()),
    ];
    let systems = vec![crate::system::samples::known().row];
    let page = Everything { row: row.clone(), facts: facts.clone(), systems, history: Vec::new() }.page();
    let bare =
        Everything { row: ContractRow { reference: None, ..row }, facts, systems: Vec::new(), history: Vec::new() }
            .page();
    vec![SamplePage { name: "contract", page }, SamplePage { name: "contract without systems", page: bare }]
}
