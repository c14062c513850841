//! "Merge with another product" or supplier, for the keeper of the shared list: choose which, see both, say why; and what was
//! merged before, to be taken apart again.

use accounts::OrganisationKind;
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::json;
use store::{Error, Transaction, values};
use vocabulary::{OrganisationId, Reader, fold};
use web::{Answer, FieldError, Form, Outcome, Page, Routes, SamplePage, SuccessBanner, Visit, say, say_n};

use super::shared::{What, merge, separate};
use crate::import::apply::Moment;
use crate::shared_list::keeps;
use crate::system::store::Seen;
use crate::{Architecture, Refused, product};

const TEMPLATE: &str = "architecture/merging/shared.html";
const PARAMETERS: &[&str] = &["with", "done"];
/// The longest reason, in characters.
const LONGEST_WHY: usize = 300;

/// The addresses of this file.
pub(super) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get(
            "/products/{id}/merge",
            "What merging two products would do, for the keeper of the shared list",
            product_page,
        )
        .parameters(PARAMETERS)
        .in_browser_by("stewards of the keeper of the shared list")
        .post("/products/{id}/merge", "Merge another product into this one", merge_products)
        .fields(&["with", "why"])
        .in_browser_by("stewards of the keeper of the shared list")
        .post("/products/{id}/separate", "Take the merging of a product into this one back", separate_product)
        .fields(&["which"])
        .in_browser_by("stewards of the keeper of the shared list")
        .get(
            "/organisations/{id}/merge",
            "What merging two suppliers would do, for the keeper of the shared list",
            supplier_page,
        )
        .parameters(PARAMETERS)
        .in_browser_by("stewards of the keeper of the shared list")
        .post("/organisations/{id}/merge", "Merge another supplier into this one", merge_suppliers)
        .fields(&["with", "why"])
        .in_browser_by("stewards of the keeper of the shared list")
        .post("/organisations/{id}/separate", "Take the merging of a supplier into this one back", separate_supplier)
        .fields(&["which"])
        .in_browser_by("stewards of the keeper of the shared list")
}

/// A product or supplier as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Side {
    id: String,
    name: String,
    address: String,
    /// Labels and values.
    facts: Vec<(String, String)>,
}

/// What was merged into it before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Earlier {
    id: String,
    name: String,
    why: String,
    at: String,
}

/// What the page is made from.
struct Looked {
    what: What,
    stays: Side,
    goes: Option<Side>,
    /// Names of all that could be chosen.
    names: Vec<String>,
    earlier: Vec<Earlier>,
}

/// Every product or supplier that is not somebody's own: id and name.
fn all(tx: &mut Transaction<'_>, what: What) -> Result<Vec<(String, String)>, Error> {
    match what {
        What::Product => {
            let sql = "SELECT id, name FROM product WHERE organisation = '' ORDER BY name_folded, id";
            tx.query(sql, &[], |row| Ok((row.text(0)?, row.text(1)?)))
        }
        What::Supplier => {
            let all = accounts::organisation::all(tx, Some(OrganisationKind::Supplier))?;
            Ok(all.into_iter().map(|supplier| (supplier.id.to_string(), supplier.name)).collect())
        }
    }
}

/// The one that a text names: by identifier, else by name.
fn named<'a>(all: &'a [(String, String)], text: &str) -> Option<&'a (String, String)> {
    let folded = fold(text);
    all.iter().find(|(id, _)| id == text).or_else(|| all.iter().find(|(_, name)| fold(name) == folded))
}

impl Looked {
    fn read(
        tx: &mut Transaction<'_>,
        reader: &Reader,
        what: What,
        id: &str,
        with: Option<&str>,
    ) -> Result<Looked, Refused> {
        keeps(tx, reader)?;
        let all = all(tx, what)?;
        let stays = all.iter().find(|(known, _)| known == id).ok_or(Refused::Missing)?;
        let goes = with.and_then(|with| named(&all, with)).filter(|(other, _)| other != id);
        let side = |tx: &mut Transaction<'_>, (id, name): &(String, String)| -> Result<Side, Refused> {
            Ok(Side {
                id: id.clone(),
                name: name.clone(),
                address: what.address(id),
                facts: facts(tx, reader, what, id)?,
            })
        };
        let (stays, goes) = (side(tx, stays)?, goes.map(|goes| side(tx, goes)).transpose()?);
        let earlier = earlier(tx, what, id)?;
        let names = all.iter().filter(|(other, _)| other != id).map(|(_, name)| name.clone()).collect();
        Ok(Looked { what, stays, goes, names, earlier })
    }

    fn page(&self) -> Page {
        let Looked { what, stays, goes, names, earlier } = self;
        let title = match what {
            What::Product => say!("Merge {name} with another product", name = stays.name),
            What::Supplier => say!("Merge {name} with another supplier", name = stays.name),
        };
        Page::new(TEMPLATE, title)
            .section(if *what == What::Product { "products" } else { "organisations" })
            .back(say!("Back to {name}", name = stays.name), stays.address.clone())
            .private()
            .reading()
            .data(json!({"stays": stays, "goes": goes, "merged_before": earlier}))
            .extra("names", names)
            .extra("product", *what == What::Product)
            .extra("action", format!("{}/merge", stays.address))
            .extra("separate", format!("{}/separate", stays.address))
    }
}

/// What tells two of them apart, as far as the reader may see it.
fn facts(tx: &mut Transaction<'_>, reader: &Reader, what: What, id: &str) -> Result<Vec<(String, String)>, Error> {
    let listed = |names: Vec<String>| if names.is_empty() { say!("None recorded") } else { names.join(", ") };
    let mut facts = Vec::new();
    let condition = match what {
        What::Product => {
            let sql = "SELECT u.name FROM product AS p LEFT JOIN organisation AS u ON u.id = p.supplier
                       WHERE p.organisation = '' AND p.id = $1";
            let supplier = tx.query_optional(sql, &values![id], |row| row.optional_text(0))?.flatten();
            facts.push((say!("Supplier"), supplier.unwrap_or_else(|| say!("Not known"))));
            let sql = "SELECT name FROM product_name WHERE organisation = '' AND product = $1 AND kind <> 'name' ORDER BY folded";
            facts.push((say!("Other names"), listed(tx.query(sql, &values![id], |row| row.text(0))?)));
            let sql = "SELECT f.name FROM product_element AS x JOIN frame_element AS f ON f.frame = x.frame AND f.id = x.element
                       WHERE x.organisation = '' AND x.product = $1 ORDER BY f.frame, f.position";
            facts.push((say!("Usual LGAM elements"), listed(tx.query(sql, &values![id], |row| row.text(0))?)));
            "p.organisation = '' AND p.id"
        }
        What::Supplier => {
            let found = id.parse::<OrganisationId>().ok();
            let found = found.map(|id| accounts::organisation::find(tx, &id)).transpose()?.flatten();
            let code = found.as_ref().and_then(|supplier| supplier.code.clone());
            facts.push((say!("Company number"), code.unwrap_or_else(|| say!("Not known"))));
            let names = found.map(|supplier| [supplier.also_known, supplier.former_names].concat());
            facts.push((say!("Other names"), listed(names.unwrap_or_default())));
            let sql = "SELECT name FROM product WHERE organisation = '' AND supplier = $1 ORDER BY name_folded, id";
            facts.push((say!("Products"), listed(tx.query(sql, &values![id], |row| row.text(0))?)));
            "s.supplier"
        }
    };
    let seen = Seen::by(reader);
    let sql = format!(
        "SELECT COUNT(*), COUNT(DISTINCT s.organisation) {} AND {condition} = ${}",
        seen.from,
        seen.next_parameter()
    );
    let (systems, bodies) =
        tx.query_one(&sql, &seen.with(vec![id.into()]), |row| Ok((row.integer(0)?, row.integer(1)?)))?;
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    let bodies = say_n!("1 organisation", "{count} organisations", count(bodies));
    let used = say_n!("1 system, in {bodies}", "{count} systems, in {bodies}", count(systems), bodies = bodies);
    facts.push((say!("Used by, of what you can see"), used));
    Ok(facts)
}

fn earlier(tx: &mut Transaction<'_>, what: What, id: &str) -> Result<Vec<Earlier>, Error> {
    Ok(match what {
        What::Product => product::merge::all_merged(tx)?
            .into_iter()
            .filter(|merged| merged.into == id)
            .map(|merged| Earlier { id: merged.was.id, name: merged.was.name, why: merged.why, at: merged.at })
            .collect(),
        What::Supplier => accounts::organisation::all_merged(tx)?
            .into_iter()
            .filter(|merged| merged.into == id)
            .map(|merged| Earlier {
                id: merged.was.id.to_string(),
                name: merged.was.name,
                why: merged.why,
                at: merged.at.to_string(),
            })
            .collect(),
    })
}

async fn product_page(state: State<Architecture>, id: Path<String>, visit: Visit) -> Outcome {
    show(state, What::Product, id, visit).await
}

async fn supplier_page(state: State<Architecture>, id: Path<String>, visit: Visit) -> Outcome {
    show(state, What::Supplier, id, visit).await
}

async fn show(State(state): State<Architecture>, what: What, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let with = parameters.text("with").map(str::to_owned);
    let (reader, asked) = (visit.reader.clone(), with.clone());
    let looked = state.store.read(move |tx| Looked::read(tx, &reader, what, &id, asked.as_deref())).await?;
    let mut page = looked.page();
    if with.is_some() && looked.goes.is_none() {
        page = page.typed(&Form::of(with.map(|with| ("with", with)))).errors(vec![not_found(what)]);
    }
    match parameters.one("done") {
        Some("merged") => {
            let text = say!("Merged into {name}. It can be separated again below.", name = looked.stays.name);
            page = page.banner(SuccessBanner { text, link: None });
        }
        Some("separated") => {
            let text = say!("Separated. Both are in the shared list as they were.");
            page = page.banner(SuccessBanner { text, link: None });
        }
        _ => {}
    }
    Ok(page.into())
}

fn not_found(what: What) -> FieldError {
    let text = match what {
        What::Product => say!("Choose another product of the shared list, by its name as the list has it"),
        What::Supplier => say!("Choose another supplier of the shared list, by its name as the list has it"),
    };
    FieldError::new("with", text)
}

async fn merge_products(state: State<Architecture>, id: Path<String>, visit: Visit, form: Form) -> Outcome {
    make_one(state, What::Product, id, visit, form).await
}

async fn merge_suppliers(state: State<Architecture>, id: Path<String>, visit: Visit, form: Form) -> Outcome {
    make_one(state, What::Supplier, id, visit, form).await
}

fn moment(state: &Architecture, visit: &Visit) -> Moment {
    let actor = visit.reader.person;
    Moment { now: state.clock.now(), today: state.clock.today(), chance: state.chance.clone(), actor }
}

async fn make_one(
    State(state): State<Architecture>,
    what: What,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["with", "why"])?;
    let (with, why) = (form.one("with").map(str::to_owned), form.one("why").unwrap_or_default().to_owned());
    let (reader, stays) = (visit.reader.clone(), id.clone());
    let looked = state.store.read(move |tx| Looked::read(tx, &reader, what, &stays, with.as_deref())).await?;
    let Some(goes) = looked.goes.as_ref().map(|goes| goes.id.clone()) else {
        return Ok(looked.page().typed(&form).errors(vec![not_found(what)]).into());
    };
    if why.is_empty() || why.chars().count() > LONGEST_WHY {
        let text = say!("Say in 1 to {most} characters how you know that they are the same", most = LONGEST_WHY);
        return Ok(looked.page().typed(&form).errors(vec![FieldError::new("why", text)]).into());
    }
    let (moment, reader, stays) = (moment(&state, &visit), visit.reader.clone(), id.clone());
    let write = state.store.write(move |tx| {
        keeps(tx, &reader)?;
        merge(tx, what, (&stays, &goes), &why, &moment)
    });
    write.await?;
    Ok(Answer::Redirect(format!("{}/merge?done=merged", what.address(&id))))
}

async fn separate_product(state: State<Architecture>, id: Path<String>, visit: Visit, form: Form) -> Outcome {
    make_two(state, What::Product, id, visit, form).await
}

async fn separate_supplier(state: State<Architecture>, id: Path<String>, visit: Visit, form: Form) -> Outcome {
    make_two(state, What::Supplier, id, visit, form).await
}

async fn make_two(
    State(state): State<Architecture>,
    what: What,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["which"])?;
    let gone = form.one("which").unwrap_or_default().to_owned();
    let (moment, reader, stays) = (moment(&state, &visit), visit.reader.clone(), id.clone());
    let write = state.store.write(move |tx| {
        keeps(tx, &reader)?;
        if earlier(tx, what, &stays)?.iter().all(|earlier| earlier.id != gone) {
            return Err(Refused::Missing);
        }
        separate(tx, what, &gone, &moment)
    });
    write.await?;
    Ok(Answer::Redirect(format!("{}/merge?done=separated", what.address(&id))))
}

/// The page with invented content.
pub(super) fn samples() -> Vec<SamplePage> {
    let side = |id: &str, name: &str| Side {
        id: id.to_owned(),
        name: name.to_owned(),
        address: format!("/products/{id}"),
        facts: vec![(say!("Supplier"), "Oakware".to_owned()), (say!("Other names"), say!("None recorded"))],
    };
    let looked = |goes: Option<Side>, earlier: Vec<Earlier>| Looked {
        what: What::Product,
        stays: side("roundmaster", "RoundMaster"),
        goes,
        names: vec!["Round Master 2".to_owned()],
        earlier,
    };
    let before = Earlier {
        id: "bintrack".to_owned(),
        name: "BinTrack".to_owned(),
        why: "Renamed by its supplier in 2024".to_owned(),
        at: "2026-03-03T09:14:00Z".to_owned(),
    };
    vec![
        SamplePage { name: "merge a product: choose", page: looked(None, vec![before]).page() },
        SamplePage {
            name: "merge a product: both",
            page: looked(Some(side("round-master-2", "Round Master 2")), Vec::new()).page(),
        },
    ]
}
