//! One product: who runs it and for what, and what else meets the same need.
//!
//! Nothing is ranked or praised. A candidate is shown to the organisation that named it and to nobody else.

use std::collections::{BTreeMap, BTreeSet};

use ::store::{Error, Transaction, Value, values};
use axum::extract::{Path, State};
use ledger::visible;
use serde::Serialize;
use serde_json::json;
use vocabulary::{OrganisationId, Reader, fold};
use web::{Answer, CursorValue, Outcome, Page, Parameters, Problem, Routes, SamplePage, Template, Visit, say};

use crate::frame::LGAM;
use crate::listing;
use crate::map::in_use::{Body, COUNTS, Glance, glances};
use crate::organisation::{councils_share, short_name};
use crate::system::list::columns::{self, Shown};
use crate::system::list::line::{Line, User, of_rows};
use crate::system::list::{as_data, file};
use crate::system::shared::and;
use crate::system::store::{Seen, may_see_costs};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/product/show.html";
/// The template of this page.
pub(crate) const TEMPLATES: &[Template] =
    &[Template { name: TEMPLATE, source: include_str!("../../templates/product/show.html") }];
const PARAMETERS: &[&str] = &["after", "before"];
/// The columns of the table.
const COLUMNS: [&str; 5] = ["organisation", "name", "version", "status", "contract_end"];
/// The one sorting of the table.
const SORT: &str = "organisation";

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes.get("/products/{id}", "One product: who runs it and for what", show).parameters(PARAMETERS)
}

/// A product as its page shows it.
#[derive(Clone, Debug, Serialize)]
struct Product {
    #[serde(skip)]
    organisation: String,
    id: String,
    name: String,
    supplier: Option<String>,
    supplier_name: Option<String>,
    source: String,
    /// The name of the organisation whose candidate it is.
    candidate_of: Option<String>,
    also_known_as: Vec<String>,
    former_names: Vec<String>,
    /// Ids and names.
    elements: Vec<(String, String)>,
}

/// Another product in use for the same element.
#[derive(Clone, Debug, Serialize)]
struct Other {
    element: String,
    element_name: String,
    id: String,
    name: String,
    run_by: i64,
}

struct Read {
    product: Product,
    lines: Vec<Line>,
    glances: Vec<Glance>,
    others: Vec<Other>,
    /// Whether the reader keeps the shared list, which this product is in.
    merges: bool,
    /// For those who may offer it to the shared list: where, or what became of an offer.
    offer: Option<crate::shared_list::Link>,
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let reader = visit.reader.clone();
    let read = state.store.read(move |tx| {
        let product = product(tx, &reader, &id)?.ok_or(Refused::Missing)?;
        match matched(tx, &product)? {
            Some(listed) => Ok::<_, Refused>(Err(listed)),
            None => read(tx, &reader, product).map(Ok),
        }
    });
    match read.await? {
        Ok(read) => Ok(page(&visit, &parameters, read)?.into()),
        Err(listed) => Ok(Answer::Redirect(format!("/products/{listed}"))),
    }
}

/// The listed product that an organisation's own one was matched to.
fn matched(tx: &mut Transaction<'_>, product: &Product) -> Result<Option<String>, Error> {
    let Ok(organisation) = product.organisation.parse::<OrganisationId>() else { return Ok(None) };
    let decided = crate::matching::store::decided(tx, &organisation)?;
    Ok(decided.into_iter().find(|one| one.own() == Some(product.id.as_str())).and_then(|one| one.target))
}

fn read(tx: &mut Transaction<'_>, reader: &Reader, product: Product) -> Result<Read, Refused> {
    let seen = Seen::by(reader);
    let next = seen.next_parameter();
    let rest = format!("{COUNTS} AND p.organisation = ${next} AND p.id = ${}", next + 1);
    let key = vec![Value::from(product.organisation.as_str()), Value::from(product.id.as_str())];
    let rows = seen.rows(tx, &rest, key)?;
    let lines = of_rows(tx, reader, rows)?;
    let others = others(tx, &seen, &product, &lines)?;
    let merges = product.organisation.is_empty() && crate::merging::may_merge_shared(tx, reader)?;
    let offer = match product.organisation.parse::<OrganisationId>() {
        Ok(own) => crate::shared_list::link_for(tx, reader, &own, &product.id)?,
        Err(_) => None,
    };
    Ok(Read { lines, others, glances: glances(tx, reader)?, product, merges, offer })
}

fn product(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<Option<Product>, Error> {
    let seen = visible(reader, "p.visibility", "p.organisation", 1);
    let sql = format!(
        "SELECT p.organisation, p.id, p.name, u.id, u.name, p.source, o.name FROM product AS p
         LEFT JOIN organisation AS u ON u.id = p.supplier LEFT JOIN organisation AS o ON o.id = p.organisation
         WHERE {} AND p.id = ${} ORDER BY p.organisation",
        seen.sql,
        seen.parameters.len() + 1
    );
    let mut parameters = seen.parameters;
    parameters.push(Value::from(id));
    let found = tx.query(&sql, &parameters, |row| {
        Ok(Product {
            organisation: row.text(0)?,
            id: row.text(1)?,
            name: row.text(2)?,
            supplier: row.optional_text(3)?,
            supplier_name: row.optional_text(4)?,
            source: row.text(5)?,
            candidate_of: row.optional_text(6)?,
            also_known_as: Vec::new(),
            former_names: Vec::new(),
            elements: Vec::new(),
        })
    })?;
    let Some(mut product) = found.into_iter().next() else { return Ok(None) };
    let key = values![&product.organisation, &product.id];
    let sql = "SELECT kind, name FROM product_name WHERE organisation = $1 AND product = $2 AND kind <> 'name' ORDER BY folded";
    for (kind, name) in tx.query(sql, &key, |row| Ok((row.text(0)?, row.text(1)?)))? {
        if kind == "former" { product.former_names.push(name) } else { product.also_known_as.push(name) }
    }
    let sql = "SELECT f.id, f.name FROM product_element AS x JOIN frame_element AS f ON f.frame = x.frame AND f.id = x.element
               WHERE x.organisation = $1 AND x.product = $2 AND x.frame = $3 ORDER BY f.position";
    let key = values![&product.organisation, &product.id, LGAM];
    product.elements = tx.query(sql, &key, |row| Ok((row.text(0)?, row.text(1)?)))?;
    Ok(Some(product))
}

/// Products that the reader sees in use on the elements that this one usually serves or is used for.
fn others(tx: &mut Transaction<'_>, seen: &Seen, product: &Product, lines: &[Line]) -> Result<Vec<Other>, Error> {
    let mut elements: BTreeSet<&str> = product.elements.iter().map(|(id, _)| id.as_str()).collect();
    elements.extend(lines.iter().flat_map(|line| line.on_lgam().map(|placed| placed.id.as_str())));
    if elements.is_empty() {
        return Ok(Vec::new());
    }
    let next = seen.next_parameter();
    let places: Vec<String> = (0..elements.len()).map(|place| format!("${}", next + 3 + place)).collect();
    let sql = format!(
        "SELECT f.id, f.name, t.product, t.name, COUNT(DISTINCT t.organisation)
         FROM (SELECT s.organisation AS organisation, s.id AS id, p.organisation AS product_of, p.id AS product, p.name AS name
               {} {COUNTS} AND p.id IS NOT NULL) AS t
         JOIN system_element AS x ON x.organisation = t.organisation AND x.system = t.id
         JOIN frame_element AS f ON f.frame = x.frame AND f.id = x.element
         WHERE x.frame = ${next} AND NOT (t.product_of = ${} AND t.product = ${}) AND x.element IN ({})
         GROUP BY f.id, f.name, f.position, t.product_of, t.product, t.name ORDER BY f.position, t.product_of, t.product",
        seen.from,
        next + 1,
        next + 2,
        places.join(", ")
    );
    let mut more = values![LGAM, &product.organisation, &product.id].to_vec();
    more.extend(elements.into_iter().map(Value::from));
    let mut others = tx.query(&sql, &seen.with(more), |row| {
        let (element, element_name) = (row.text(0)?, row.text(1)?);
        Ok(Other { element, element_name, id: row.text(2)?, name: row.text(3)?, run_by: row.integer(4)? })
    })?;
    // The statement has put elements in the frame's order; within each, products go by name.
    others
        .chunk_by_mut(|one, other| one.element == other.element)
        .for_each(|of| of.sort_by_cached_key(|other| fold(&other.name)));
    Ok(others)
}

/// "Run by 4 of the 5 councils you can see".
fn run_by(lines: &[Line], glances: &[Glance]) -> String {
    let bodies: Vec<&Body> = glances.iter().map(|glance| &glance.body).collect();
    let run: BTreeSet<&str> = lines.iter().map(|line| line.row.organisation.as_str()).collect();
    let councils = bodies.iter().all(|body| body.council);
    match (run.len(), bodies.len(), councils) {
        (0, _, true) => say!("No council you can see runs this."),
        (0, _, false) => say!("No organisation you can see runs this."),
        (1, 1, true) => say!("Run by the 1 council you can see."),
        (1, 1, false) => say!("Run by the 1 organisation you can see."),
        (run, all, true) => say!("Run by {run} of the {all} councils you can see.", run = run, all = all),
        (run, all, false) => say!("Run by {run} of the {all} organisations you can see.", run = run, all = all),
    }
}

/// The organisations that use a system of these and own none of them, by name.
fn users(lines: &[Line]) -> Vec<User> {
    let owners: BTreeSet<&str> = lines.iter().map(|line| line.row.organisation.as_str()).collect();
    let users = lines.iter().flat_map(|line| &line.used_by).filter(|user| !owners.contains(user.id.as_str()));
    let users: BTreeMap<(String, &str), &User> =
        users.map(|user| ((fold(&user.name), user.id.as_str()), user)).collect();
    users.into_values().cloned().collect()
}

/// Who uses a system that one of the others shares, as a sentence.
fn shared(users: &[User]) -> Option<String> {
    let names: Vec<String> = users.iter().map(|user| short_name(&user.name).to_owned()).collect();
    match users.len() {
        0 => None,
        1 => Some(say!("{names} uses it in a system that another owns.", names = and(&names))),
        _ => Some(say!("{names} use it in systems that others own.", names = and(&names))),
    }
}

fn key(line: &Line) -> Vec<CursorValue> {
    [fold(&line.row.organisation_name), fold(&line.row.name), line.row.id.clone()].map(CursorValue::Text).to_vec()
}

fn page(visit: &Visit, parameters: &Parameters, read: Read) -> Result<Page, Problem> {
    let Read { product, lines, glances, others, merges, offer } = read;
    let cursor = parameters.cursor()?;
    let run_by = run_by(&lines, &glances);
    let costs = may_see_costs(&visit.reader);
    let all = if visit.format.is_table() { listing::sorted(lines.clone(), key) } else { Vec::new() };
    let organisations: BTreeSet<&str> = lines.iter().map(|line| line.row.organisation.as_str()).collect();
    let organisations = organisations.len();
    let users = users(&lines);
    let used_by = lines.iter().any(|line| !line.used_by.is_empty()).then_some("used_by");
    let fields: Vec<&str> = COLUMNS.into_iter().chain(used_by).collect();
    let (shown, paging) = listing::page(lines, SORT, key, cursor.as_ref())?;
    let heads = fields.iter().filter_map(|field| columns::find(field));
    let heads: Vec<_> = heads
        .map(|column| json!({"field": column.field, "label": say!(column.label), "numeric": column.numeric}))
        .collect();
    let rows: Vec<Vec<Shown>> = shown
        .iter()
        .map(|line| fields.iter().filter_map(|field| columns::find(field)).map(|column| column.shown(line)).collect())
        .collect();
    let data = json!({
        "product": product,
        "organisations": organisations,
        "organisations_in_all": glances.len(),
        "used_by": users,
        "systems": shown.iter().map(as_data).collect::<Vec<_>>(),
        "others": others,
    });
    Ok(Page::new(TEMPLATE, product.name.clone())
        .section("products")
        .crumb(say!("Home"), "/")
        .crumb(say!("Products"), "/products")
        .extra("run_by", run_by)
        .extra("merges", merges)
        .extra("offer", offer)
        .extra("shared", shared(&users))
        .extra("candidate_of", product.candidate_of.as_deref().map(short_name))
        .extra("heads", heads)
        .extra("rows", rows)
        .extra("councils_share", councils_share(&visit.reader, None))
        .table(file(&format!("product-{}", product.id), &all, costs))
        .data(data)
        .list(paging))
}

/// This file's pages with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let product = |candidate: bool| Product {
        organisation: String::new(),
        id: "roundmaster".to_owned(),
        name: "RoundMaster".to_owned(),
        supplier: (!candidate).then(|| "oakware".to_owned()),
        supplier_name: (!candidate).then(|| "Oakware".to_owned()),
        source: "general knowledge".to_owned(),
        candidate_of: candidate.then(|| "Ashmere Borough Council".to_owned()),
        also_known_as: vec!["Round Master".to_owned()],
        former_names: vec!["BinTrack".to_owned()],
        elements: if candidate { Vec::new() } else { vec![("waste".to_owned(), "Waste management".to_owned())] },
    };
    let glance = |name: &str| Glance {
        body: Body::new(&name.to_lowercase(), &format!("{name} Borough Council"), true),
        systems: 2,
        placed: 1,
        dated: 1,
        changed_at: "2026-03-03T09:14:00Z".to_owned(),
    };
    let other = Other {
        element: "waste".to_owned(),
        element_name: "Waste management".to_owned(),
        id: "wastedesk".to_owned(),
        name: "WasteDesk".to_owned(),
        run_by: 2,
    };
    let sample = |name, read: Read| {
        let visit = Visit::of("/products/roundmaster");
        let page = visit.parameters(PARAMETERS).and_then(|parameters| page(&visit, &parameters, read));
        page.ok().map(|page| SamplePage { name, page })
    };
    let lines = vec![crate::system::samples::known()];
    [
        sample(
            "product",
            Read {
                product: product(false),
                lines,
                glances: ["Ashmere", "Colne"].map(glance).to_vec(),
                others: vec![other],
                merges: true,
                offer: None,
            },
        ),
        sample(
            "product, a candidate that nobody runs",
            Read {
                product: product(true),
                lines: Vec::new(),
                glances: Vec::new(),
                others: Vec::new(),
                merges: false,
                offer: Some(crate::shared_list::Link {
                    text: say!("Offer \"{name}\" to the shared list", name = "RoundMaster"),
                    href: "/organisations/ashmere/offers/new?of=roundmaster".to_owned(),
                }),
            },
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
