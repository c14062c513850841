//! One contract: its dates and terms with their sources, and the systems that it covers.
//!
//! Not here: changing it (`edit`, `covers`), and what must be decided when across contracts.

use axum::extract::{Path, State};
use ledger::visible;
use serde::Serialize;
use serde_json::json;
use store::{Error, Transaction, Value};
use vocabulary::Reader;
use web::{Cell, Outcome, Page, Routes, SamplePage, SuccessBanner, Table, Visit, say};

use crate::organisation::short_name;
use crate::statement::{self, Attribute};
use crate::system::facts::{Entry, Fact, Known, Sight, history, label};
use crate::system::list::columns::Shown;
use crate::system::show::{organisation_of, seen_by, sight};
use crate::system::store::{Seen, SystemRow};
use crate::{Architecture, Refused, change};

const PARAMETERS: &[&str] = &["change", "unchanged"];
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
    pub title: Option<String>,
    pub supplier: Option<String>,
    pub supplier_name: Option<String>,
    /// Id of the private text that stands for a supplier who is not known here; for the organisation's own readers only.
    #[serde(skip)]
    pub supplier_private: Option<String>,
    /// Pence a year; absent for those who may not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annual_cost: Option<i64>,
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
    /// Whether the reader sees what the organisation's contracts cost.
    pub costs: bool,
    /// The name of a supplier who is not known here, for the organisation's own readers.
    pub supplier_text: Option<String>,
    pub facts: Vec<Fact>,
    pub systems: Vec<SystemRow>,
    pub history: Vec<Entry>,
    /// Whether this reader may change it.
    pub edits: bool,
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
    let mut page = everything.page();
    if parameters.one("unchanged").is_some() && everything.edits {
        let text = say!("That is what stood here already. Nothing was changed.");
        page = page.banner(SuccessBanner { text, link: None });
    }
    Ok(match banner {
        Some(banner) => page.banner(banner).into(),
        None => page.into(),
    })
}

pub(crate) fn find(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<Option<ContractRow>, Error> {
    let seen = visible(reader, "c.visibility", "c.organisation", 1);
    // The same parameters serve every predicate of one reader, so they are given once.
    let cost = visible(reader, "e.cost_visibility", "c.organisation", 1);
    let own = visible(reader, "'own'", "c.organisation", 1);
    let mut values = seen.parameters;
    values.push(Value::from(id));
    let sql = format!(
        "SELECT c.organisation, o.name, c.id, c.visibility, c.reference, c.start_date, c.end_date, c.notice_months,
                c.last_notice_day, c.extension, CASE WHEN {} THEN c.changed_at ELSE c.plain_changed_at END, c.title, c.supplier, u.name,
                CASE WHEN {} THEN c.annual_cost END, CASE WHEN {} THEN c.supplier_private END
         FROM contract AS c JOIN organisation AS o ON o.id = c.organisation
         JOIN estate AS e ON e.organisation = c.organisation
         LEFT JOIN organisation AS u ON u.id = c.supplier WHERE {} AND c.id = ${}",
        own.sql,
        cost.sql,
        own.sql,
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
            title: row.optional_text(11)?,
            supplier: row.optional_text(12)?,
            supplier_name: row.optional_text(13)?,
            annual_cost: row.optional_integer(14)?,
            supplier_private: row.optional_text(15)?,
        })
    })
}

impl Everything {
    pub(crate) fn read(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<Everything, Refused> {
        let row = find(tx, reader, id)?.ok_or(Refused::Missing)?;
        let organisation = organisation_of(tx, &row.organisation)?;
        let sight = sight(tx, reader, &organisation.id)?;
        // Private texts are erased on the page of a system.
        let (edits, sight) = (sight.erases, Sight { erases: false, ..sight });
        let present = statement::store::present_of(tx, &organisation.id, id)?;
        let statements = statement::store::history(tx, &organisation.id, id)?;
        let known = Known::read(tx, &organisation.id, sight, &statements)?;
        let fact = |attribute: Attribute, value: Shown| {
            Fact::of(label(attribute), attribute, value, present.get(&attribute), &known, sight)
        };
        let supplier_text = row.supplier_private.as_ref().and_then(|id| known.texts.get(id)).cloned();
        let supplier = match (&row.supplier, &row.supplier_name, &row.supplier_private) {
            (Some(id), Some(name), _) => Shown::Link { text: name.clone(), href: format!("/organisations/{id}") },
            (_, _, Some(_)) => Shown::own(supplier_text.as_deref()),
            _ => Shown::not_known(),
        };
        let mut facts = vec![
            fact(Attribute::Reference, Shown::text(row.reference.as_deref())),
            fact(Attribute::ContractTitle, Shown::text(row.title.as_deref())),
            fact(Attribute::ContractSupplier, supplier),
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
        if sight.costs {
            let cost = row.annual_cost.map_or_else(Shown::not_known, |pence| Shown::Pounds { pence });
            facts.push(fact(Attribute::ContractCost, cost));
        }
        let history = history(&statements, &known, sight);
        let seen = Seen::by(reader);
        let first = seen.next_parameter();
        let rest =
            format!("AND s.organisation = ${first} AND s.contract = ${} ORDER BY s.name_folded, s.id", first + 1);
        let systems = seen.rows(tx, &rest, vec![Value::from(row.organisation.as_str()), Value::from(id)])?;
        Ok(Everything { row, costs: sight.costs, supplier_text, facts, systems, history, edits })
    }

    pub(crate) fn page(&self) -> Page {
        let Everything { row, costs, supplier_text, facts, systems, history, edits } = self;
        let short = short_name(&row.organisation_name);
        let title = named(row.reference.as_deref(), row.title.as_deref());
        let organisation = format!("/organisations/{}", row.organisation);
        Page::new(TEMPLATE, title)
            .place(row.organisation_name.clone())
            .section("organisations")
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(row.organisation_name.clone(), organisation.clone())
            .crumb(say!("Contracts"), format!("{organisation}/contracts"))
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
            .extra("edit", edits.then(|| format!("/contracts/{}/edit", row.id)))
            .extra("seen_by", seen_by(&row.visibility, short))
            .table(self.table(*costs, supplier_text.as_deref()))
    }

    fn table(&self, costs: bool, supplier_text: Option<&str>) -> Table {
        let Everything { row, systems, .. } = self;
        let mut columns = vec![
            "commonhold_id",
            "organisation",
            "contract_reference",
            "contract_title",
            "contract_supplier",
            "contract_start",
            "contract_end",
            "notice_months",
            "last_notice_date",
            "extension_options",
            "systems",
        ];
        let mut cells = vec![
            Cell::from(row.id.as_str()),
            Cell::from(row.organisation_name.as_str()),
            Cell::from(row.reference.clone()),
            Cell::from(row.title.clone()),
            Cell::from(row.supplier_name.as_deref().or(supplier_text)),
            row.start.clone().map_or(Cell::Empty, Cell::Date),
            row.end.clone().map_or(Cell::Empty, Cell::Date),
            Cell::from(row.notice_months),
            row.last_notice_day.clone().map_or(Cell::Empty, Cell::Date),
            Cell::from(row.extension.clone()),
            Cell::from(systems.iter().map(|system| system.name.as_str()).collect::<Vec<_>>().join("; ")),
        ];
        if costs {
            columns.push("contract_cost");
            cells.push(row.annual_cost.map_or(Cell::Empty, Cell::Pence));
        }
        Table { name: format!("contract-{}", row.id), columns, rows: vec![cells] }
    }
}

/// What a contract is called on pages: by its reference, else by its title.
pub(crate) fn named(reference: Option<&str>, title: Option<&str>) -> String {
    match (reference, title) {
        (Some(reference), _) => say!("Contract {reference}", reference = reference),
        (None, Some(title)) => say!("Contract: {title}", title = title),
        (None, None) => say!("Contract without a reference"),
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
        title: text("Waste systems"),
        supplier: text("fennel"),
        supplier_name: text("Fennel"),
        supplier_private: None,
        annual_cost: Some(2_000_000),
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
    let full = Everything { row, costs: true, supplier_text: None, facts, systems, history: Vec::new(), edits: true };
    let row = ContractRow { reference: None, title: None, annual_cost: None, ..full.row.clone() };
    let bare = Everything { row, costs: false, systems: Vec::new(), edits: false, ..full.clone() }.page();
    let page = full.page();
    vec![SamplePage { name: "contract", page }, SamplePage { name: "contract without systems", page: bare }]
}
