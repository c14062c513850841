//! The list of products that a reader may know of: the shared list, and their own organisation's candidates.
//!
//! It is read whole and filtered in plain code, so that every count beside a filter agrees with every other. No product is
//! ranked: the order is the alphabet's, or the number of organisations that run it when somebody asks for that.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::extract::State;
use ledger::visible;
use serde::Serialize;
use serde_json::json;
use store::{Error, Transaction, Value};
use vocabulary::{Reader, fold};
use web::{
    Cell, CursorValue, Format, Outcome, Page, Parameters, Problem, Routes, SamplePage, Table, Template, Visit, say,
};

use crate::frame::{LGAM, store::LayerRow, store::layers};
use crate::listing;
use crate::map::in_use::COUNTS;
use crate::organisation::{councils_share, short_name};
use crate::product::store::LISTED_OR_IN_USE;
use crate::system::list::filter::{Choice, Group};
use crate::system::store::Seen;
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/product/list.html";
/// The template of this page.
pub(crate) const TEMPLATES: &[Template] =
    &[Template { name: TEMPLATE, source: include_str!("../../templates/product/list.html") }];
/// Suppliers to choose from, those of the most products first.
const MOST_CHOICES: usize = 40;
const PARAMETERS: &[&str] = &["q", "supplier", "element", "sort", "after", "before"];
/// The value of a filter for products of which nobody told us.
const NOT_KNOWN: &str = "not-known";
/// The longest text to search for, in characters.
const LONGEST: usize = 200;
/// The most rows of a file.
const MOST_ROWS: usize = 100_000;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes.get("/products", "Products, filtered and sorted", list).parameters(PARAMETERS)
}

/// A product as the list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Listed {
    /// '' for the shared list, else whose candidate it is.
    #[serde(skip)]
    pub organisation: String,
    /// The name of the organisation whose candidate it is.
    pub candidate_of: Option<String>,
    pub id: String,
    pub name: String,
    pub supplier: Option<String>,
    pub supplier_name: Option<String>,
    /// Ids and names of the elements that it usually serves, in the frame's order.
    pub elements: Vec<(String, String)>,
    /// Other and former names.
    pub also_known_as: Vec<String>,
    /// How many organisations run it, as far as the reader sees.
    pub run_by: i64,
}

async fn list(State(state): State<Architecture>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let reader = visit.reader.clone();
    let (products, layers) =
        state.store.read(move |tx| Ok::<_, Refused>((read(tx, &reader)?, layers(tx, LGAM)?))).await?;
    Ok(page(&visit, &parameters, products, &layers)?.into())
}

/// Every product that `reader` may know of, by no order.
///
/// # Errors
/// When the engine fails.
fn read(tx: &mut Transaction<'_>, reader: &Reader) -> Result<Vec<Listed>, Error> {
    let seen = visible(reader, "p.visibility", "p.organisation", 1);
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    let sql = format!(
        "SELECT p.organisation, p.id, p.name, u.id, u.name, o.name FROM product AS p
         LEFT JOIN organisation AS u ON u.id = p.supplier LEFT JOIN organisation AS o ON o.id = p.organisation
         WHERE {} AND {LISTED_OR_IN_USE}",
        seen.sql
    );
    let mut products = tx.query(&sql, &seen.parameters, |row| {
        Ok(Listed {
            organisation: row.text(0)?,
            id: row.text(1)?,
            name: row.text(2)?,
            supplier: row.optional_text(3)?,
            supplier_name: row.optional_text(4)?,
            candidate_of: row.optional_text(5)?,
            elements: Vec::new(),
            also_known_as: Vec::new(),
            run_by: 0,
        })
    })?;
    for (place, product) in products.iter().enumerate() {
        places.insert((product.organisation.clone(), product.id.clone()), place);
    }
    let at = |organisation: String, id: String| places.get(&(organisation, id)).copied();
    // What follows is only of products already read: what the reader may not know of has no place.
    let sql = "SELECT x.organisation, x.product, f.id, f.name FROM product_element AS x
               JOIN frame_element AS f ON f.frame = x.frame AND f.id = x.element WHERE x.frame = $1 ORDER BY f.position";
    tx.each(sql, &[Value::from(LGAM)], |row| {
        let place = at(row.text(0)?, row.text(1)?);
        if let Some(product) = place.and_then(|place| products.get_mut(place)) {
            product.elements.push((row.text(2)?, row.text(3)?));
        }
        Ok(())
    })?;
    tx.each(
        "SELECT organisation, product, name FROM product_name WHERE kind <> 'name' ORDER BY kind, folded",
        &[],
        |row| {
            let place = at(row.text(0)?, row.text(1)?);
            if let Some(product) = place.and_then(|place| products.get_mut(place)) {
                product.also_known_as.push(row.text(2)?);
            }
            Ok(())
        },
    )?;
    let seen = Seen::by(reader);
    let sql = format!(
        "SELECT p.organisation, p.id, COUNT(DISTINCT s.organisation) {} {COUNTS} AND p.id IS NOT NULL GROUP BY p.organisation, p.id",
        seen.from
    );
    tx.each(&sql, &seen.parameters, |row| {
        let place = at(row.text(0)?, row.text(1)?);
        if let Some(product) = place.and_then(|place| products.get_mut(place)) {
            product.run_by = row.integer(2)?;
        }
        Ok(())
    })?;
    Ok(products)
}

/// What was asked of the list.
struct Asked {
    text: Option<String>,
    words: Vec<String>,
    suppliers: Vec<String>,
    elements: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Facet {
    Supplier,
    Element,
}

impl Facet {
    fn name(self) -> &'static str {
        match self {
            Facet::Supplier => "supplier",
            Facet::Element => "element",
        }
    }

    /// The values of a product with their words.
    fn values(self, product: &Listed) -> Vec<(String, String)> {
        let values: Vec<(String, String)> = match self {
            Facet::Supplier => product.supplier.clone().zip(product.supplier_name.clone()).into_iter().collect(),
            Facet::Element => product.elements.clone(),
        };
        if values.is_empty() { vec![(NOT_KNOWN.to_owned(), self.nothing())] } else { values }
    }

    fn nothing(self) -> String {
        match self {
            Facet::Supplier => say!("Not known"),
            Facet::Element => say!("None recorded"),
        }
    }
}

impl Asked {
    fn read(parameters: &Parameters, products: &[Listed], layers: &[LayerRow]) -> Result<Asked, Problem> {
        let text = parameters.text("q").map(str::to_owned);
        if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST) {
            return Err(Problem::invalid(say!("Search for at most {most} characters.", most = LONGEST)));
        }
        let folded = text.as_deref().map(fold).unwrap_or_default();
        let suppliers = products.iter().filter_map(|product| product.supplier.as_deref());
        let elements = layers.iter().flat_map(|layer| &layer.elements).map(|element| element.id.as_str());
        Ok(Asked {
            words: folded.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
            text,
            suppliers: values(parameters, "supplier", suppliers.collect())?,
            elements: values(parameters, "element", elements.collect())?,
        })
    }

    fn of(&self, facet: Facet) -> &[String] {
        match facet {
            Facet::Supplier => &self.suppliers,
            Facet::Element => &self.elements,
        }
    }

    fn fits(&self, product: &Listed, except: Option<Facet>) -> bool {
        let fits = |facet: Facet| {
            let asked = self.of(facet);
            Some(facet) == except
                || asked.is_empty()
                || facet.values(product).iter().any(|(value, _)| asked.contains(value))
        };
        fits(Facet::Supplier) && fits(Facet::Element) && self.found(product)
    }

    fn found(&self, product: &Listed) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let names = product.also_known_as.iter().chain(&product.supplier_name).map(String::as_str);
        let elements = product.elements.iter().map(|(_, name)| name.as_str());
        let all: Vec<&str> = std::iter::once(product.name.as_str()).chain(names).chain(elements).collect();
        let all = fold(&all.join(" / "));
        self.words.iter().all(|word| all.contains(word.as_str()))
    }

    fn group(&self, facet: Facet, legend: String, products: &[Listed], words: &BTreeMap<String, String>) -> Group {
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for product in products.iter().filter(|product| self.fits(product, Some(facet))) {
            for value in facet.values(product) {
                *counts.entry(value).or_default() += 1;
            }
        }
        let there: BTreeSet<&String> = counts.keys().map(|(value, _)| value).collect();
        let absent: Vec<String> = self.of(facet).iter().filter(|value| !there.contains(value)).cloned().collect();
        for value in absent {
            let text = words.get(&value).cloned().unwrap_or_else(|| facet.nothing());
            counts.insert((value, text), 0);
        }
        let mut items: Vec<Choice> = counts
            .into_iter()
            .map(|((value, text), count)| Choice { checked: self.of(facet).contains(&value), value, text, count })
            .collect();
        items.sort_by_cached_key(|choice| {
            (choice.value == NOT_KNOWN, std::cmp::Reverse(choice.count), fold(&choice.text))
        });
        // Hundreds of boxes help nobody: the rest is found by searching for its name.
        let mut place = 0;
        items.retain(|choice| {
            place += 1;
            facet != Facet::Supplier || place <= MOST_CHOICES || choice.checked
        });
        Group { name: facet.name(), legend, items }
    }
}

/// The values of one parameter, each of which must be known.
fn values(parameters: &Parameters, name: &str, known: Vec<&str>) -> Result<Vec<String>, Problem> {
    let mut known: BTreeSet<&str> = known.into_iter().collect();
    known.insert(NOT_KNOWN);
    let asked: BTreeSet<&str> = parameters.all(name).into_iter().collect();
    match asked.iter().find(|value| !known.contains(*value)) {
        Some(unknown) => Err(parameters.unknown_value(name, unknown, &known.into_iter().collect::<Vec<_>>())),
        None => Ok(asked.into_iter().map(str::to_owned).collect()),
    }
}

#[derive(Clone, Copy)]
struct Sort {
    by_use: bool,
    descending: bool,
}

impl Sort {
    const WORDS: [&str; 3] = ["name", "run_by", "-run_by"];

    fn read(parameters: &Parameters) -> Result<Sort, Problem> {
        match parameters.one("sort") {
            None | Some("name") => Ok(Sort { by_use: false, descending: false }),
            Some("run_by") => Ok(Sort { by_use: true, descending: false }),
            Some("-run_by") => Ok(Sort { by_use: true, descending: true }),
            Some(word) => Err(parameters.unknown_value("sort", word, &Sort::WORDS)),
        }
    }

    fn word(self) -> &'static str {
        match (self.by_use, self.descending) {
            (false, _) => "name",
            (true, false) => "run_by",
            (true, true) => "-run_by",
        }
    }

    fn said(self) -> String {
        match (self.by_use, self.descending) {
            (false, _) => say!("Sorted by name, A to Z"),
            (true, false) => say!("Sorted by organisations that run it, fewest first"),
            (true, true) => say!("Sorted by organisations that run it, most first"),
        }
    }

    fn key(self, product: &Listed) -> Vec<CursorValue> {
        let count = if self.descending { -product.run_by } else { product.run_by };
        let mut key = if self.by_use { vec![CursorValue::Integer(count)] } else { Vec::new() };
        key.extend([fold(&product.name), product.organisation.clone(), product.id.clone()].map(CursorValue::Text));
        key
    }
}

fn page(visit: &Visit, parameters: &Parameters, products: Vec<Listed>, layers: &[LayerRow]) -> Result<Page, Problem> {
    let asked = Asked::read(parameters, &products, layers)?;
    let sort = Sort::read(parameters)?;
    let cursor = parameters.cursor()?;
    let suppliers =
        products.iter().filter_map(|product| product.supplier.clone().zip(product.supplier_name.clone())).collect();
    let elements = layers
        .iter()
        .flat_map(|layer| &layer.elements)
        .map(|element| (element.id.clone(), element.name.clone()))
        .collect();
    let groups = [
        asked.group(Facet::Element, say!("Usual LGAM element"), &products, &elements),
        asked.group(Facet::Supplier, say!("Supplier"), &products, &suppliers),
    ];
    let listed = products.iter().filter(|product| product.organisation.is_empty()).count();
    let candidates = products.len() - listed;
    let run = products.iter().filter(|product| product.organisation.is_empty() && product.run_by > 0).count();
    let fitting: Vec<Listed> = products.into_iter().filter(|product| asked.fits(product, None)).collect();
    let rows = if visit.format.is_table() {
        listing::sorted(fitting.clone(), |product| sort.key(product))
    } else {
        Vec::new()
    };
    let (shown, paging) = listing::page(fitting, sort.word(), |product| sort.key(product), cursor.as_ref())?;
    let lines: Vec<_> = shown
        .iter()
        .map(|product| json!({"product": product, "candidate_of": product.candidate_of.as_deref().map(short_name)}))
        .collect();
    let mut data = json!({"listed": listed, "candidates": candidates, "run": run});
    // A page has its filters and rows apart, so it is spared the making of these.
    if visit.format == Format::Json {
        data["filters"] = json!(groups);
        data["products"] = json!(shown);
    }
    Ok(Page::new(TEMPLATE, say!("Products"))
        .section("products")
        .crumb(say!("Home"), "/")
        .wide()
        .extra("groups", &groups)
        .extra("lines", lines)
        .extra("q", &asked.text)
        .extra("applied", asked.suppliers.len() + asked.elements.len())
        .extra("sort", sort.word())
        .extra("sorted", sort.said())
        .extra("councils_share", councils_share(&visit.reader, None))
        .table_for(visit.format, || table(&rows))
        .data(data)
        .list(paging))
}

fn table(products: &[Listed]) -> Table {
    let joined = |names: Vec<&str>| if names.is_empty() { Cell::Empty } else { Cell::Text(names.join("; ")) };
    let rows = products.iter().take(MOST_ROWS).map(|product| {
        vec![
            Cell::from(product.id.as_str()),
            Cell::from(product.name.as_str()),
            Cell::from(product.supplier.clone()),
            Cell::from(product.supplier_name.clone()),
            joined(product.also_known_as.iter().map(String::as_str).collect()),
            joined(product.elements.iter().map(|(_, name)| name.as_str()).collect()),
            Cell::from(product.run_by),
            Cell::from(product.candidate_of.clone()),
        ]
    });
    Table {
        name: "products".to_owned(),
        columns: vec![
            "product_id",
            "product",
            "supplier_id",
            "supplier",
            "also_known_as",
            "elements",
            "run_by",
            "candidate_of",
        ],
        rows: rows.collect(),
    }
}

/// This file's pages with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let listed = |id: &str, name: &str, supplier: Option<(&str, &str)>, run_by| Listed {
        organisation: String::new(),
        candidate_of: None,
        id: id.to_owned(),
        name: name.to_owned(),
        supplier: supplier.map(|(id, _)| id.to_owned()),
        supplier_name: supplier.map(|(_, name)| name.to_owned()),
        elements: vec![("forms".to_owned(), "Forms".to_owned())],
        also_known_as: vec!["Mill".to_owned()],
        run_by,
    };
    let mut candidate = listed("018f0000-0000-7000-8000-0000000000a1", "Bin rounds database", None, 1);
    candidate.organisation = "ashmere".to_owned();
    candidate.candidate_of = Some("Ashmere Borough Council".to_owned());
    candidate.elements.clear();
    let products = vec![
        listed("formmill", "FormMill", Some(("oakware", "Oakware")), 4),
        listed("paperless", "PaperLess", None, 0),
        candidate,
    ];
    let sample = |name, query: &str| {
        let visit = Visit { query: query.to_owned(), ..Visit::of("/products") };
        let page = visit.parameters(PARAMETERS);
        let page = page.and_then(|parameters| page_of(&visit, &parameters, products.clone()));
        page.ok().map(|page| SamplePage { name, page })
    };
    [
        sample("products", ""),
        sample("products, filtered", "supplier=oakware&sort=-run_by"),
        sample("products, nothing found", "q=fax"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn page_of(visit: &Visit, parameters: &Parameters, products: Vec<Listed>) -> Result<Page, Problem> {
    page(visit, parameters, products, &crate::map::samples::layers())
}
