//! Organisations: the bodies that run systems, and with `?kind=supplier` those that sell products.
//!
//! Who exists is public; how many systems somebody runs is said as far as the reader may see them.

use std::collections::BTreeMap;

use accounts::{Organisation, OrganisationKind};
use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use store::{Error, Transaction};
use vocabulary::{Reader, fold};
use web::{
    Cell, Cursor, CursorValue, Direction, Outcome, Page, Paging, Parameters, Problem, Routes, Table, Visit, say,
};

use super::councils_share;
use crate::Architecture;
use crate::system::store::Seen;

const TEMPLATE: &str = "architecture/organisation/list.html";
const PARAMETERS: &[&str] = &["kind", "after", "before"];
const KINDS: [OrganisationKind; 4] =
    [OrganisationKind::Council, OrganisationKind::Supplier, OrganisationKind::Partner, OrganisationKind::Other];
const SORT: &str = "name";
const PAGE_SIZE: usize = 100;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes.get("/organisations", "Organisations: councils and other bodies, or suppliers", list).parameters(PARAMETERS)
}

/// One organisation with its counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    pub id: String,
    pub name: String,
    pub kind: &'static str,
    #[serde(skip)]
    pub kind_text: String,
    /// Systems that it runs or, for a supplier, that it supplies, of those that the reader may see.
    pub systems: i64,
    /// Different products among them; for a supplier, products in the shared list.
    pub products: i64,
    /// Systems whose contract end is known; for a supplier, organisations that run its products.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract_dates_known: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisations: Option<i64>,
}

async fn list(State(state): State<Architecture>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let kind = match parameters.one("kind") {
        None => None,
        Some(word) => match word.parse::<OrganisationKind>() {
            Ok(kind) => Some(kind),
            Err(_) => return Err(parameters.unknown_value("kind", word, &KINDS.map(OrganisationKind::word))),
        },
    };
    let reader = visit.reader.clone();
    let rows = state.store.read(move |tx| read(tx, &reader, kind)).await.map_err(crate::Refused::from)?;
    Ok(page(&visit, &parameters, kind, rows)?.into())
}

fn read(tx: &mut Transaction<'_>, reader: &Reader, kind: Option<OrganisationKind>) -> Result<Vec<Row>, Error> {
    let mut organisations = accounts::organisation::all(tx, kind)?;
    let left = accounts::leaving::all_left(tx)?;
    organisations.retain(|organisation| !left.contains(organisation.id.as_str()));
    let seen = Seen::by(reader);
    if kind == Some(OrganisationKind::Supplier) {
        let sql =
            "SELECT supplier, COUNT(*) FROM product WHERE organisation = '' AND supplier IS NOT NULL GROUP BY supplier";
        let products: BTreeMap<String, i64> =
            tx.query(sql, &[], |row| Ok((row.text(0)?, row.integer(1)?)))?.into_iter().collect();
        let sql = format!(
            "SELECT s.supplier, COUNT(*), COUNT(DISTINCT s.organisation) {} AND s.supplier IS NOT NULL GROUP BY s.supplier",
            seen.from
        );
        let systems = tx.query(&sql, &seen.parameters, |row| Ok((row.text(0)?, (row.integer(1)?, row.integer(2)?))))?;
        let systems: BTreeMap<String, (i64, i64)> = systems.into_iter().collect();
        let row = |organisation: Organisation| {
            let id = organisation.id.as_str();
            let (count, bodies) = systems.get(id).copied().unwrap_or_default();
            let products = products.get(id).copied().unwrap_or_default();
            Row { systems: count, products, organisations: Some(bodies), ..bare(&organisation) }
        };
        return Ok(organisations.into_iter().map(row).collect());
    }
    let sql = format!(
        "SELECT s.organisation, COUNT(*), COUNT(DISTINCT p.organisation || '/' || p.id), COUNT(c.end_day) {} GROUP BY s.organisation",
        seen.from
    );
    let counts = tx
        .query(&sql, &seen.parameters, |row| Ok((row.text(0)?, (row.integer(1)?, row.integer(2)?, row.integer(3)?))))?;
    let counts: BTreeMap<String, (i64, i64, i64)> = counts.into_iter().collect();
    let wanted = organisations
        .into_iter()
        .filter(|organisation| kind.is_some() || organisation.kind != OrganisationKind::Supplier);
    Ok(wanted
        .map(|organisation| {
            let (systems, products, known) = counts.get(organisation.id.as_str()).copied().unwrap_or_default();
            Row { systems, products, contract_dates_known: Some(known), ..bare(&organisation) }
        })
        .collect())
}

fn bare(organisation: &Organisation) -> Row {
    Row {
        id: organisation.id.to_string(),
        name: organisation.name.clone(),
        kind: organisation.kind.word(),
        kind_text: organisation.kind.name(),
        systems: 0,
        products: 0,
        contract_dates_known: None,
        organisations: None,
    }
}

/// The rows at the cursor, of all rows in the order of names.
fn cut(mut rows: Vec<Row>, cursor: Option<&Cursor>) -> Result<(Vec<Row>, Paging), Problem> {
    let key = |row: &Row| (fold(&row.name), row.id.clone());
    rows.sort_by_cached_key(key);
    let total = rows.len();
    let (from, to) = match cursor {
        None => (0, total.min(PAGE_SIZE)),
        Some(cursor) => {
            cursor.expect_sort(SORT)?;
            let at = match cursor.key.as_slice() {
                [CursorValue::Text(name), CursorValue::Text(id)] => (name.clone(), id.clone()),
                _ => return Err(Problem::invalid(say!("The place in the list is of another list."))),
            };
            match cursor.direction {
                Direction::After => {
                    let from = rows.partition_point(|row| key(row) <= at);
                    (from, total.min(from + PAGE_SIZE))
                }
                Direction::Before => {
                    let to = rows.partition_point(|row| key(row) < at);
                    (to.saturating_sub(PAGE_SIZE), to)
                }
            }
        }
    };
    let values = |row: &Row| vec![CursorValue::Text(fold(&row.name)), CursorValue::Text(row.id.clone())];
    let page: Vec<Row> = rows.drain(from..to).collect();
    let paging = Paging {
        total: u64::try_from(total).unwrap_or(u64::MAX),
        next: page.last().filter(|_| to < total).map(|row| Cursor::after(SORT, values(row))),
        previous: page.first().filter(|_| from > 0).map(|row| Cursor::before(SORT, values(row))),
        page_size: 100,
    };
    Ok((page, paging))
}

pub(super) fn page(
    visit: &Visit,
    parameters: &Parameters,
    kind: Option<OrganisationKind>,
    rows: Vec<Row>,
) -> Result<Page, Problem> {
    let suppliers = kind == Some(OrganisationKind::Supplier);
    let cursor = parameters.cursor()?;
    let systems: i64 = rows.iter().map(|row| row.systems).sum();
    let with = rows.iter().filter(|row| row.systems > 0).count();
    let whole = (visit.format.is_table()).then(|| rows.clone());
    let (page, paging) = cut(rows, cursor.as_ref())?;
    let title = match kind {
        None => say!("Organisations"),
        Some(OrganisationKind::Council) => say!("Councils"),
        Some(OrganisationKind::Supplier) => say!("Suppliers"),
        Some(OrganisationKind::Partner) => say!("Partners"),
        Some(OrganisationKind::Other) => say!("Other bodies"),
    };
    let view = |text: String, href: &str, current: bool| json!({"text": text, "href": href, "current": current});
    let views = [
        view(say!("Councils and other bodies"), "/organisations", !suppliers),
        view(say!("Suppliers"), "/organisations?kind=supplier", suppliers),
    ];
    Ok(Page::new(TEMPLATE, title)
        .section("organisations")
        .crumb(say!("Home"), "/")
        .data(json!({"kind": kind.map(OrganisationKind::word), "organisations": page, "systems": systems}))
        .extra(
            "rows",
            page.iter()
                .map(|row| json!({"row": row, "kind": row.kind_text, "href": format!("/organisations/{}", row.id)}))
                .collect::<Vec<_>>(),
        )
        .extra("suppliers", suppliers)
        .extra("systems", systems)
        .extra("with_systems", with)
        .extra("views", views)
        .extra("councils_share", councils_share(&visit.reader, None))
        .table(table(&whole.unwrap_or_default(), suppliers))
        .list(paging))
}

fn table(rows: &[Row], suppliers: bool) -> Table {
    let last = if suppliers { "organisations" } else { "contract_dates_known" };
    let cells = |row: &Row| {
        vec![
            Cell::from(row.id.as_str()),
            Cell::from(row.name.as_str()),
            Cell::from(row.kind),
            Cell::from(row.systems),
            Cell::from(row.products),
            Cell::from(if suppliers { row.organisations } else { row.contract_dates_known }),
        ]
    };
    Table {
        name: if suppliers { "suppliers" } else { "organisations" }.to_owned(),
        columns: vec!["id", "name", "kind", "systems", "products", last],
        rows: rows.iter().map(cells).collect(),
    }
}
