//! A supplier's page: what it sells and who relies on it, as far as the reader may see. A supplier's own staff see what any
//! visitor sees.

use std::collections::BTreeMap;

use accounts::Organisation;
use serde::Serialize;
use serde_json::json;
use store::{Error, Transaction, Value, values};
use vocabulary::{Reader, fold};
use web::{Cursor, CursorValue, Direction, Format, Page, Paging, Problem, say};

use super::{ask_to_join, councils_share};
use crate::Refused;
use crate::system::list::columns::{self, Shown};
use crate::system::list::line::{Line, of_rows};
use crate::system::list::{as_data, file};
use crate::system::store::{Seen, may_see_costs};

/// The parameters of a supplier's page.
pub(crate) const PARAMETERS: &[&str] = &["after", "before"];
const TEMPLATE: &str = "architecture/organisation/supplier.html";
const SORT: &str = "organisation";
const PAGE_SIZE: usize = 100;
const MOST_ROWS: usize = 100_000;
const COLUMNS: &[&str] = &["organisation", "name", "product", "status", "last_notice_date", "contract_end"];

/// What the page is made from.
#[derive(Clone, Debug)]
pub(crate) struct Supplier {
    pub organisation: Organisation,
    pub products: Vec<Sold>,
    pub councils: i64,
    pub paging: Paging,
    pub lines: Vec<Line>,
    /// Whether the reader keeps the shared list.
    pub merges: bool,
}

/// A product with what the reader may see of its use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Sold {
    pub id: String,
    pub name: String,
    pub systems: i64,
    pub organisations: i64,
}

impl Supplier {
    pub(super) fn read(
        tx: &mut Transaction<'_>,
        reader: &Reader,
        organisation: Organisation,
        cursor: Option<&Cursor>,
        format: Format,
    ) -> Result<Supplier, Refused> {
        let seen = Seen::by(reader);
        let id = organisation.id.as_str();
        let products = products(tx, &seen, id)?;
        let n = seen.next_parameter();
        let sql = format!("SELECT COUNT(*), COUNT(DISTINCT s.organisation) {} AND s.supplier = ${n}", seen.from);
        let (total, councils) =
            tx.query_one(&sql, &seen.with(vec![Value::from(id)]), |row| Ok((row.integer(0)?, row.integer(1)?)))?;
        let whole = format.is_table();
        let (rows, next, previous) =
            systems(tx, &seen, id, cursor.filter(|_| !whole), if whole { MOST_ROWS } else { PAGE_SIZE })?;
        let lines = of_rows(tx, reader, rows)?;
        let paging = Paging { total: u64::try_from(total).unwrap_or(0), next, previous, page_size: 100 };
        let merges = crate::merging::may_merge_shared(tx, reader)?;
        Ok(Supplier { organisation, products, councils, paging, lines, merges })
    }

    pub(crate) fn page(&self, reader: &Reader) -> Result<Page, Problem> {
        let Supplier { organisation, products, councils, paging, lines, merges } = self;
        let heads: Vec<_> = COLUMNS
            .iter()
            .filter_map(|field| columns::find(field))
            .map(|column| json!({"field": column.field, "label": say!(column.label), "numeric": column.numeric, "sorts": false}))
            .collect();
        let row = |line: &Line| -> Vec<Shown> {
            COLUMNS.iter().filter_map(|field| columns::find(field)).map(|column| column.shown(line)).collect()
        };
        Ok(Page::new(TEMPLATE, organisation.name.clone())
            .section("organisations")
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(say!("Suppliers"), "/organisations?kind=supplier")
            .data(json!({
                "organisation": organisation,
                "products": products,
                "organisations": councils,
                "systems": lines.iter().map(as_data).collect::<Vec<_>>(),
            }))
            .extra("merges", merges)
            .extra("heads", heads)
            .extra("rows", lines.iter().map(row).collect::<Vec<_>>())
            .extra("councils_share", councils_share(reader, None))
            .extra("ask_to_join", ask_to_join(organisation, reader))
            .table(file(&format!("{}-systems", organisation.id), lines, may_see_costs(reader)))
            .list(paging.clone()))
    }
}

fn products(tx: &mut Transaction<'_>, seen: &Seen, supplier: &str) -> Result<Vec<Sold>, Error> {
    let sql = format!(
        "SELECT p.id, COUNT(*), COUNT(DISTINCT s.organisation) {} AND p.organisation = '' AND p.supplier = ${} GROUP BY p.id",
        seen.from,
        seen.next_parameter()
    );
    let used = tx.query(&sql, &seen.with(vec![Value::from(supplier)]), |row| {
        Ok((row.text(0)?, (row.integer(1)?, row.integer(2)?)))
    })?;
    let used: BTreeMap<String, (i64, i64)> = used.into_iter().collect();
    let sql = "SELECT id, name FROM product WHERE organisation = '' AND supplier = $1 ORDER BY name_folded, id";
    tx.query(sql, &values![supplier], |row| {
        let id = row.text(0)?;
        let (systems, organisations) = used.get(&id).copied().unwrap_or_default();
        Ok(Sold { id, name: row.text(1)?, systems, organisations })
    })
}

type Cut = (Vec<crate::system::store::SystemRow>, Option<Cursor>, Option<Cursor>);

/// The systems that a supplier supplies, by organisation and name, at the cursor.
fn systems(
    tx: &mut Transaction<'_>,
    seen: &Seen,
    supplier: &str,
    cursor: Option<&Cursor>,
    most: usize,
) -> Result<Cut, Refused> {
    let n = seen.next_parameter();
    let mut more = vec![Value::from(supplier)];
    let mut rest = format!("AND s.supplier = ${n}");
    let backwards = cursor.is_some_and(|cursor| cursor.direction == Direction::Before);
    if let Some(cursor) = cursor {
        let (CursorValue::Text(organisation), CursorValue::Text(name), CursorValue::Text(id)) = key(cursor)? else {
            return Err(foreign());
        };
        let sign = if backwards { "<" } else { ">" };
        rest.push_str(&format!(
            " AND (s.organisation, s.name_folded, s.id) {sign} (${}, ${}, ${})",
            n + 1,
            n + 2,
            n + 3
        ));
        more.extend([organisation, name, id].map(|text| Value::from(text.as_str())));
    }
    let way = if backwards { "DESC" } else { "ASC" };
    rest.push_str(&format!(" ORDER BY s.organisation {way}, s.name_folded {way}, s.id {way} LIMIT {}", most + 1));
    let mut rows = seen.rows(tx, &rest, more)?;
    let further = rows.len() > most;
    rows.truncate(most);
    if backwards {
        rows.reverse();
    }
    let values = |row: &crate::system::store::SystemRow| {
        vec![
            CursorValue::Text(row.organisation.clone()),
            CursorValue::Text(fold(&row.name)),
            CursorValue::Text(row.id.clone()),
        ]
    };
    let next = rows.last().filter(|_| further || backwards).map(|row| Cursor::after(SORT, values(row)));
    let before = rows.first().filter(|_| if backwards { further } else { cursor.is_some() });
    let previous = before.map(|row| Cursor::before(SORT, values(row)));
    Ok((rows, next, previous))
}

fn key(cursor: &Cursor) -> Result<(&CursorValue, &CursorValue, &CursorValue), Refused> {
    match cursor.key.as_slice() {
        [one, two, three] if cursor.sort == SORT => Ok((one, two, three)),
        _ => Err(foreign()),
    }
}

fn foreign() -> Refused {
    Refused::Invalid(say!(
        "The place in the list is of another list. Remove it from the address to begin at the first page."
    ))
}
