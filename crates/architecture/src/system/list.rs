//! The inventory of one organisation's estate: find and judge systems, with filters, sorting, columns, pages and downloads.
//!
//! Not here: changing systems, one by one (`edit`) or many at once (`bulk`); here stand only the boxes to tick.

pub mod columns;
pub mod filter;
pub mod line;
pub mod sort;

use std::collections::BTreeSet;

use accounts::{Deed, Organisation, may};
use axum::extract::{Path, State};
use ledger::visible;
use serde_json::json;
use store::{Transaction, Value};
use vocabulary::{Date, Reader};
use web::{Format, Outcome, Page, Parameters, Problem, Routes, Table, Visit, say};

use self::columns::{ALL, FIRST, PAGE, Shown, is_cost};
use self::filter::{Asked, Facet, IN_HOUSE, NOT_KNOWN, Names};
use self::line::Line;
use self::sort::Sort;
use crate::estate::{self, Sharing};
use crate::frame::{About, LGAM, store::LayerRow};
use crate::map::credited;
use crate::organisation::{self, councils_share, short_name, views};
use crate::system::past::{self, Past};
use crate::system::shared;
use crate::system::show::sight;
use crate::system::store::may_see_costs;
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/system/list.html";
pub(crate) const PARAMETERS: &[&str] =
    &["q", "owner", "status", "layer", "element", "supplier", "product", "sort", "column", "as_of", "after", "before"];
/// The value of `owner` for systems that the organisation uses and others own.
const OTHERS: &str = "others";
/// The most rows of a file.
const MOST_ROWS: usize = 100_000;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}/systems", "The systems of one organisation, filtered and sorted", list)
        .parameters(PARAMETERS)
}

/// What the page is made from.
pub(crate) struct Estate {
    pub organisation: Organisation,
    pub sharing: Sharing,
    pub lines: Vec<Line>,
    /// Systems that the organisation uses and others own.
    pub shared: Vec<Line>,
    pub layers: Vec<LayerRow>,
    /// What its elements are called comes from here.
    pub frame: Option<About>,
    pub names: Names,
    /// The day as of which the systems are shown; none for today.
    pub as_of: Option<Date>,
}

async fn list(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let asked = Asked::read(&parameters)?;
    let as_of = past::day(&parameters, "as_of", state.clock.today())?;
    if as_of.is_some() && of_others(&parameters)? {
        return Err(Problem::invalid(say!("What others own and share can be seen as it is today only."))
            .next(say!("Remove \"as_of\" or \"owner\" from the address.")));
    }
    let reader = visit.reader.clone();
    let wanted = asked.clone();
    let estate = state.store.read(move |tx| Estate::read_as_of(tx, &reader, &id, &wanted, as_of)).await?;
    Ok(estate.page(&visit, &parameters, &asked)?.into())
}

impl Estate {
    pub(crate) fn read(tx: &mut Transaction<'_>, reader: &Reader, id: &str, asked: &Asked) -> Result<Estate, Refused> {
        Estate::read_as_of(tx, reader, id, asked, None)
    }

    fn read_as_of(
        tx: &mut Transaction<'_>,
        reader: &Reader,
        id: &str,
        asked: &Asked,
        as_of: Option<Date>,
    ) -> Result<Estate, Refused> {
        let organisation = organisation::with_estate(tx, id)?;
        let sharing = estate::sharing(tx, &organisation.id)?;
        let (lines, shared) = match as_of {
            Some(day) => {
                let sight = sight(tx, reader, &organisation.id)?;
                (Past::read(tx, reader, &organisation, sight, day)?.lines, Vec::new())
            }
            None => {
                let lines = line::of_organisation(tx, reader, &organisation.id)?;
                (lines, shared::used_here(tx, reader, &organisation.id)?)
            }
        };
        let layers = crate::frame::store::layers(tx, LGAM)?;
        let frame = crate::frame::store::about(tx, LGAM)?;
        let mut names = Names::new();
        for facet in [Facet::Product, Facet::Supplier] {
            for value in asked.of(facet).iter().filter(|value| ![NOT_KNOWN, IN_HOUSE].contains(&value.as_str())) {
                let name = match facet {
                    Facet::Product => product_name(tx, reader, value)?,
                    _ => organisation::name_of(tx, value)?,
                };
                names.extend(name.map(|name| ((facet, value.clone()), name)));
            }
        }
        Ok(Estate { organisation, sharing, lines, shared, layers, frame, names, as_of })
    }

    /// The page with ticks made on this page and on others.
    pub(crate) fn ticked(
        self,
        visit: &Visit,
        parameters: &Parameters,
        ticked: &BTreeSet<String>,
    ) -> Result<Page, Problem> {
        self.with_ticks(visit, parameters, &Asked::read(parameters)?, ticked)
    }

    pub(crate) fn page(self, visit: &Visit, parameters: &Parameters, asked: &Asked) -> Result<Page, Problem> {
        self.with_ticks(visit, parameters, asked, &BTreeSet::new())
    }

    fn with_ticks(
        self,
        visit: &Visit,
        parameters: &Parameters,
        asked: &Asked,
        ticked: &BTreeSet<String>,
    ) -> Result<Page, Problem> {
        let Estate { organisation, sharing, lines, shared, layers, frame, names, as_of } = self;
        let others = of_others(parameters)?;
        let own = visit.reader.sees(sharing.costs, &organisation.id);
        // Each owner decides who sees what its systems cost: where the reader may not see a cost, there is none.
        let costs = if others { may_see_costs(&visit.reader) } else { own };
        let (lines, elsewhere) = if others { (shared, lines) } else { (lines, shared) };
        asked.check(parameters, &lines, &layers, &names)?;
        let sort = read_sort(parameters, costs)?;
        let mut columns = read_columns(parameters, costs)?;
        if others {
            columns.insert(1, "organisation");
        }
        let cursor = parameters.cursor()?;
        let groups = asked.groups(&lines, &layers, &names);
        let known = lines.iter().filter(|line| line.row.contract_end_day.is_some()).count();
        let changed = lines.iter().map(|line| line.row.changed_at.as_str()).max().map(str::to_owned);
        let (all, short) = (lines.len(), short_name(&organisation.name).to_owned());
        let filtered = asked.filtered(&lines);
        let fitting = elsewhere.iter().filter(|line| asked.fits(line, None)).count();
        let table = (visit.format.is_table()).then(|| sort.all(filtered.clone()));
        let (page, paging) = sort.page(filtered, cursor.as_ref())?;
        let heads: Vec<_> = columns
            .iter()
            .filter_map(|field| columns::find(field))
            .map(|column| {
                let label = if column.field == "organisation" { say!("Owner") } else { say!(column.label) };
                json!({"field": column.field, "label": label, "numeric": column.numeric, "sorts": sort::can(column.field)})
            })
            .collect();
        let rows: Vec<Vec<Shown>> = page
            .iter()
            .map(|line| {
                let cells = columns.iter().filter_map(|field| columns::find(field)).map(|column| column.shown(line));
                cells.map(|cell| on_the_day(cell, &line.row.address(), as_of)).collect()
            })
            .collect();
        let ids: Vec<&str> = page.iter().map(|line| line.row.id.as_str()).collect();
        let elsewhere_ticked: Vec<&String> = ticked.iter().filter(|id| !ids.contains(&id.as_str())).collect();
        // Only editors tick, and only what is their own organisation's.
        let ticks = (!others && as_of.is_none() && may(&visit.reader, Deed::EditEstate, &organisation.id).is_ok())
            .then(|| {
                json!({
                    "ids": ids,
                    "ticked": ids.iter().filter(|id| ticked.contains(**id)).collect::<Vec<_>>(),
                    "elsewhere": elsewhere_ticked,
                    "all": parameters.query_without(&["owner", "sort", "column", "after", "before"]),
                })
            });
        let choices: Vec<_> = choosable(costs)
            .filter_map(columns::find)
            .map(|column| json!({"value": column.field, "text": say!(column.label), "checked": columns.contains(&column.field)}))
            .collect();
        let mut data = json!({
            "organisation": {"id": organisation.id, "name": organisation.name},
            "systems_in_all": all,
            "contract_dates_known": known,
            "changed_at": changed,
            "as_of": as_of.map(|day| day.to_string()),
            "owner": if others { OTHERS } else { organisation.id.as_str() },
            "elsewhere": {"systems": elsewhere.len(), "fitting": fitting},
            "sort": sort.word(),
            "filters": groups,
        });
        // A page shows cells instead, so it is spared the making of these.
        if visit.format == Format::Json {
            data["systems"] = page.iter().map(as_data).collect();
        }
        let place = organisation.name.clone();
        let title = match others {
            true => say!("Systems used at {organisation}, owned by others", organisation = short),
            false => say!("Systems at {organisation}", organisation = short),
        };
        let name = match (others, as_of) {
            (true, _) => "used-and-owned-by-others".to_owned(),
            (false, Some(day)) => format!("systems-as-of-{day}"),
            (false, None) => "systems".to_owned(),
        };
        let mut shown = Page::new(TEMPLATE, title)
            .place(place.clone())
            .section("organisations")
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(place, format!("/organisations/{}", organisation.id))
            .wide()
            .data(data)
            .extra("heads", heads)
            .extra("rows", rows)
            .extra("choices", choices)
            .extra("ticks", ticks)
            .extra("groups", groups)
            .extra("q", &asked.text)
            .about(say!("Covers"), say!("{known} of {all} contract dates known", known = known, all = all))
            .extra("others", others)
            .extra("applied", asked.applied())
            .extra("searched", asked.text.is_some())
            .extra("sort", sort.word())
            .extra("sorted", sort.sentence())
            .extra("columns_chosen", parameters.all("column"))
            .extra("views", views(&organisation, &visit.reader))
            .extra("councils_share", councils_share(&visit.reader, Some(sharing)))
            .extra("short_name", &short)
            .extra("sees_own", may(&visit.reader, Deed::SeeOwn, &organisation.id).is_ok())
            .extra("may_import", may(&visit.reader, Deed::EditEstate, &organisation.id).is_ok())
            .table(file(&format!("{}-{name}", organisation.id), &table.unwrap_or_default(), costs));
        if costs && !others {
            let sum = lines.iter().filter_map(|line| line.row.annual_cost);
            shown = shown
                .extra("cost", json!({"pence": sum.clone().fold(0_i64, i64::saturating_add), "known": sum.count()}));
        }
        Ok(credited(shown, frame.as_ref()).list(paging))
    }
}

/// A link to a system as it was on the day that the list shows.
fn on_the_day(cell: Shown, system: &str, as_of: Option<Date>) -> Shown {
    match (cell, as_of) {
        (Shown::Link { text, href }, Some(day)) if href == system => {
            Shown::Link { text, href: format!("{href}?as_of={day}") }
        }
        (cell, _) => cell,
    }
}

/// The product's name, if the reader may know of it.
fn product_name(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<Option<String>, store::Error> {
    let seen = visible(reader, "p.visibility", "p.organisation", 1);
    let mut values = seen.parameters;
    values.push(Value::from(id));
    let sql = format!(
        "SELECT p.name FROM product AS p WHERE {} AND p.id = ${} ORDER BY p.organisation",
        seen.sql,
        values.len()
    );
    Ok(tx.query(&sql, &values, |row| row.text(0))?.into_iter().next())
}

/// Whether systems of other owners are asked for.
fn of_others(parameters: &Parameters) -> Result<bool, Problem> {
    match parameters.one("owner") {
        None => Ok(false),
        Some(OTHERS) => Ok(true),
        Some(word) => Err(parameters.unknown_value("owner", word, &[OTHERS])),
    }
}

fn read_sort(parameters: &Parameters, costs: bool) -> Result<Sort, Problem> {
    let Some(word) = parameters.one("sort") else { return Ok(Sort::default()) };
    let known = sort::known(costs);
    match word.parse::<Sort>() {
        Ok(sort) if known.iter().any(|known| known == word) => Ok(sort),
        _ => Err(parameters.unknown_value("sort", word, &known.iter().map(String::as_str).collect::<Vec<_>>())),
    }
}

/// The columns that can be chosen; the name always stays, and the organisation is the page's own.
fn choosable(costs: bool) -> impl Iterator<Item = &'static str> {
    PAGE.iter().copied().filter(move |field| !["name", "organisation"].contains(field) && (costs || !is_cost(field)))
}

fn read_columns(parameters: &Parameters, costs: bool) -> Result<Vec<&'static str>, Problem> {
    let asked = parameters.all("column");
    if asked.is_empty() {
        return Ok(FIRST.to_vec());
    }
    let known: Vec<&'static str> = choosable(costs).collect();
    if let Some(unknown) = asked.iter().find(|field| !known.contains(*field)) {
        return Err(parameters.unknown_value("column", unknown, &known));
    }
    let chosen = known.into_iter().filter(|field| asked.contains(field));
    Ok(std::iter::once("name").chain(chosen).collect())
}

/// A system as JSON: what the reader sees of it, with its elements and address.
pub(crate) fn as_data(line: &Line) -> serde_json::Value {
    let mut data = serde_json::to_value(&line.row).unwrap_or_default();
    if let Some(object) = data.as_object_mut() {
        object.insert("address".to_owned(), line.row.address().into());
        object.insert("elements".to_owned(), json!(line.elements));
        object.insert("used_by".to_owned(), json!(line.used_by));
        object.insert("depends_on".to_owned(), json!(line.relies_on));
        let words = |(attribute, text): (&crate::statement::Attribute, &Option<String>)| {
            (attribute.word().to_owned(), text.clone().into())
        };
        let texts: serde_json::Map<String, serde_json::Value> = line.own.texts.iter().map(words).collect();
        if !texts.is_empty() {
            object.insert("own_texts".to_owned(), texts.into());
        }
        let words = |(attribute, text): (&crate::statement::Attribute, &String)| {
            (attribute.word().to_owned(), text.clone().into())
        };
        let texts: serde_json::Map<String, serde_json::Value> = line.own.not_understood.iter().map(words).collect();
        if !texts.is_empty() {
            object.insert("not_understood".to_owned(), texts.into());
        }
    }
    data
}

/// Systems as a file, with every column that the reader may have.
pub(crate) fn file(name: &str, lines: &[Line], costs: bool) -> Table {
    let columns: Vec<_> = ALL.iter().filter(|column| costs || !is_cost(column.field)).collect();
    Table {
        name: name.to_owned(),
        columns: columns.iter().map(|column| column.field).collect(),
        rows: lines
            .iter()
            .take(MOST_ROWS)
            .map(|line| columns.iter().map(|column| column.cell(line)).collect())
            .collect(),
    }
}
