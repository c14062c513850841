//! The page of overlaps, within one organisation or across: what was found, the two tables, how it was reckoned.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;
use vocabulary::{Date, Money};
use web::{Format, Page, Parameters, Problem, Visit, say, say_n};

use super::Read;
use super::asked::Asked;
use super::line::{Kind, Known, Line, Named, lines, table};
use super::rule::{Cost, Scope, reckon};
use crate::listing;
use crate::map::in_use::Body;
use crate::map::{credited, how_many, n};
use crate::organisation::{councils_share, short_name, views};
use crate::system::shared::and;

pub(super) const TEMPLATE: &str = "architecture/overlap/list.html";
/// How many products stand below the needs before a link to all of them.
const FEW: usize = 10;
/// How many parts of the first sum are worked out.
const PARTS: usize = 5;

/// A row as the template shows it.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    line: &'a Shown<'a>,
    /// Name, address and number of systems of what stands below the row's own name.
    named: Vec<(&'a str, String, Option<usize>)>,
    more: usize,
    /// The systems counted, listed; only within one organisation, whose inventory has them. Beneath its own it says how many
    /// of other owners fit too; where it has none of its own, it lists those.
    systems_href: Option<String>,
    /// Those that others own and share: name, address and owner.
    shared: Vec<(&'a str, String, &'a str)>,
    /// Across organisations: who uses a system of these, as a sentence.
    used_by: Option<String>,
}

/// The parts of a line that a row shows.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    address: &'a str,
    systems: usize,
    without_product: usize,
    planned: usize,
    organisations: usize,
    products: usize,
    contracts: usize,
    #[serde(flatten)]
    cost: Option<Known>,
    /// The systems whose cost is counted if it is known.
    cost_of: usize,
    next_contract_end: Option<Date>,
    contract_ends_known: usize,
    together: Option<(usize, Date, Date)>,
}

fn row(line: &Line<'_>, own: Option<&Body>) -> serde_json::Result<serde_json::Value> {
    let (names, more) = line.shortened();
    let address = |named: &Named<'_>| match (line.kind, own) {
        (Kind::Need, Some(body)) => body.in_use(&format!("product={}", named.id)),
        (Kind::Need, None) => format!("/products/{}", named.id),
        (Kind::Product, _) => format!("/organisations/{}", named.id),
    };
    let parameter = if line.kind == Kind::Need { "element" } else { "product" };
    let filter = match line.systems == line.shared.len() {
        true => format!("owner=others&{parameter}={}", line.id),
        false => format!("{parameter}={}", line.id),
    };
    serde_json::to_value(Row {
        line: &Shown {
            name: line.name,
            address: &line.address,
            systems: line.systems,
            without_product: line.without_product,
            planned: line.planned,
            organisations: line.organisations.len(),
            products: line.products.len(),
            contracts: line.contracts,
            cost: line.cost.map(|known| Known { annual_cost: known.annual_cost.map(whole_pounds), ..known }),
            cost_of: line.systems - line.shared.len(),
            next_contract_end: line.next_contract_end,
            contract_ends_known: line.contract_ends_known,
            together: line.together.as_ref().map(|together| (together.count, together.first_end, together.last_end)),
        },
        named: names.iter().map(|named| (named.name, address(named), named.systems)).collect(),
        more,
        systems_href: own.map(|body| body.in_use(&filter)),
        shared: line
            .shared
            .iter()
            .map(|shared| (shared.name, format!("/systems/{}", shared.id), shared.owner))
            .collect(),
        used_by: used_by(line),
    })
}

/// Who else uses a system that is counted under its owner.
fn used_by(line: &Line<'_>) -> Option<String> {
    let names: Vec<String> = line.used_by.iter().map(|named| named.name.to_owned()).collect();
    (!names.is_empty()).then(|| say!("Also used by {names}, in a system that another owns.", names = and(&names)))
}

/// Pence as whole pounds: equal parts of a cost have odd pence, which tell nobody anything. Files and data have them.
fn whole_pounds(pence: i64) -> i64 {
    pence.saturating_add(50).div_euclid(100).saturating_mul(100)
}

/// What was found, as a sentence without a full stop.
fn finding(lines: &[&Line<'_>], read: &Read, scope: Scope, applied: usize) -> String {
    let systems = read.roll.systems.len();
    let Some(first) = lines.first() else {
        return match (applied, systems) {
            (0, 0) => say!("No systems to show"),
            (0, _) => say_n!("No overlaps in 1 system", "No overlaps among {count} systems", n(systems)),
            _ => say!("No overlaps match the filters"),
        };
    };
    let dear = first
        .cost
        .and_then(|known| known.annual_cost)
        .filter(|pence| *pence > 0)
        .map(|pence| Money(whole_pounds(pence)));
    let several = match (first.kind, scope) {
        (Kind::Need, _) => say_n!("1 product", "{count} products", n(first.products.len())),
        (Kind::Product, Scope::Within) => say_n!("1 contract", "{count} contracts", n(first.contracts)),
        (Kind::Product, Scope::Across) => {
            let body = |named: &Named<'_>| read.names.organisations.get(named.id);
            how_many(&first.organisations.iter().filter_map(body).collect::<Vec<_>>())
        }
    };
    let name = first.name;
    match (dear, first.kind, scope) {
        (Some(cost), _, _) => {
            say!("{name} costs most: {several}, {cost} a year where known", name = name, several = several, cost = cost)
        }
        (None, Kind::Need, _) => {
            let times = say_n!("once", "{count} times", n(first.systems));
            say!("{name} is met {times}, by {several}", name = name, times = times, several = several)
        }
        (None, Kind::Product, Scope::Within) => say!("{name} is under {several}", name = name, several = several),
        (None, Kind::Product, Scope::Across) => say!("{name} is run by {several}", name = name, several = several),
    }
}

/// What some overlaps cost together, with what that covers. Nothing for those who see no costs.
fn cost_said(cost: Cost, read: &Read) -> Option<String> {
    let said = match cost {
        _ if !read.costs || cost.systems == 0 => return None,
        Cost { known: 0, systems, .. } => {
            say_n!(
                "The cost of the 1 system is not known.",
                "The cost of none of the {count} systems is known.",
                n(systems)
            )
        }
        Cost { known, systems, pence } => say!(
            "What overlaps costs {amount} a year, from the {known} of {systems} systems whose cost is known.",
            amount = Money(whole_pounds(pence)),
            known = known,
            systems = systems
        ),
    };
    Some(said)
}

/// The first need's cost, part by part: "FormMill £20,000 + PaperLess £5,000 = £25,000".
fn worked_out(lines: &[&Line<'_>]) -> Option<String> {
    let need = lines.iter().find(|line| line.kind == Kind::Need)?;
    let sum = need.cost?.annual_cost?;
    let known: Vec<(&str, i64)> = need
        .products
        .iter()
        .filter_map(|product| Some((product.name, product.cost.filter(|cost| cost.known > 0)?.pence)))
        .collect();
    let mut parts: Vec<String> =
        known.iter().take(PARTS).map(|(name, pence)| format!("{name} {}", Money(*pence))).collect();
    let shown: i64 = known.iter().take(PARTS).map(|(_, pence)| *pence).sum();
    if sum != shown {
        parts.push(say!("all others {amount}", amount = Money(sum - shown)));
    }
    Some(say!("{need}: {parts} = {sum} a year.", need = need.name, parts = parts.join(" + "), sum = Money(sum)))
}

/// How much of what is recorded the numbers rest on.
fn coverage(read: &Read, scope: Scope) -> String {
    let systems = read.roll.systems.len();
    let known = read.roll.systems.iter().filter(|system| system.product.is_some()).count();
    let mut said = say_n!(
        "{placed} of 1 system is placed on the LGAM; the product of {known} is known",
        "{placed} of {count} systems are placed on the LGAM; the product of {known} is known",
        n(systems),
        placed = read.roll.placed(),
        known = known
    );
    if scope == Scope::Within {
        if !read.roll.shared.is_empty() {
            let shared = say_n!(
                "1 of them is shared, and owned by another organisation",
                "{count} of them are shared, and owned by other organisations",
                n(read.roll.shared.len())
            );
            said = format!("{said}; {shared}");
        }
        return said;
    }
    let bodies: Vec<&Body> = read.roll.organisations.iter().filter_map(|id| read.names.organisations.get(id)).collect();
    say!("Based on {councils}: {said}", councils = how_many(&bodies), said = said)
}

/// The page.
///
/// # Errors
/// A problem when a parameter has an unknown value or the cursor is damaged.
pub(super) fn page(visit: &Visit, parameters: &Parameters, read: &Read, today: Date) -> Result<Page, Problem> {
    let scope = if read.of.is_some() { Scope::Within } else { Scope::Across };
    let overlaps = reckon(&read.roll, scope, today);
    let all = lines(&overlaps, scope, read);
    let suppliers: BTreeMap<String, String> = read
        .roll
        .suppliers
        .iter()
        .filter_map(|id| Some((id.clone(), read.names.organisations.get(id)?.name.clone())))
        .collect();
    let asked = Asked::read(parameters, &read.layers, &suppliers)?;
    let cursor = parameters.cursor()?;
    if cursor.is_some() && asked.kind() != Some(Kind::Product) {
        return Err(Problem::invalid(say!("Only the list of products goes over several pages."))
            .next(say!("Add kind=product to the address.")));
    }
    let groups = asked.groups(&all, &read.layers, &suppliers);
    let shown: Vec<&Line<'_>> = all.iter().filter(|line| asked.shows(line)).collect();
    let finding = finding(&shown, read, scope, asked.applied());
    let (needs, products): (Vec<&Line<'_>>, Vec<&Line<'_>>) =
        shown.iter().copied().partition(|line| line.kind == Kind::Need);
    let number = products.len();
    let rest = asked.kind().is_none() && number > FEW;
    let own = read.of.as_ref().map(|(organisation, _)| Body::new(organisation.id.as_str(), &organisation.name, true));
    let (paged, paging) = match asked.kind() {
        Some(Kind::Product) => {
            let (paged, paging) = listing::page(products, "gain", |line| line.key(), cursor.as_ref())?;
            (paged, Some(paging))
        }
        _ => (listing::sorted(products, |line| line.key()), None),
    };
    let few = paged.iter().copied().take(if rest { FEW } else { usize::MAX });
    let rows = |lines: &mut dyn Iterator<Item = &Line<'_>>| {
        let rows: serde_json::Result<Vec<_>> = lines.map(|line| row(line, own.as_ref())).collect();
        rows.map_err(|error| Problem::internal(&error))
    };
    let (need_rows, product_rows) = match visit.format {
        Format::Html => (rows(&mut needs.iter().copied())?, rows(&mut few.into_iter())?),
        _ => (Vec::new(), Vec::new()),
    };
    // A page shows a few names of each row; the whole of it is for programs.
    let whole = visit.format == Format::Json;
    let list = |lines: &[&Line<'_>]| if whole { json!(lines) } else { json!([]) };
    let data = json!({
        "finding": finding,
        "organisations": read.bodies(),
        "systems": read.roll.systems.len(),
        "placed": read.roll.placed(),
        "owned_by_others": read.roll.shared.len(),
        "filters": groups,
        "needs": {
            "overlaps": list(&needs),
            "systems": overlaps.in_needs.systems,
            "cost": known(read, overlaps.in_needs.cost),
        },
        "products": {
            "overlaps": list(&paged),
            "all": number,
            "systems": overlaps.in_products.systems,
            "cost": known(read, overlaps.in_products.cost),
        },
        "attribution": read.about.as_ref().map(|about| &about.attribution),
    });
    let page = Page::new(TEMPLATE, finding)
        .wide()
        .extra("across", scope == Scope::Across)
        .extra("costs", read.costs)
        .extra("coverage", coverage(read, scope))
        .extra("groups", &groups)
        .extra("applied", asked.applied())
        .extra("kind", asked.kind().map(Kind::word))
        .extra("needs", need_rows)
        .extra("products", product_rows)
        .extra("products_in_all", number)
        .extra("rest", rest.then(|| parameters.query_with("kind", Kind::Product.word())))
        .extra("needs_cost", cost_said(overlaps.in_needs.cost, read))
        .extra("products_cost", cost_said(overlaps.in_products.cost, read))
        .extra("worked_out", worked_out(&shown))
        .extra("shared", !read.roll.shared.is_empty())
        .extra("unplaced", read.roll.systems.len() - read.roll.placed())
        .extra("councils_share", councils_share(&visit.reader, read.of.as_ref().map(|(_, sharing)| *sharing)))
        .data(data);
    let name = match &read.of {
        Some((organisation, _)) => format!("{}-overlaps", organisation.id),
        None => "overlaps".to_owned(),
    };
    // Only who asks for a file has all rows written; that there is one is known without them.
    let file: &[&Line<'_>] = if matches!(visit.format, Format::Html | Format::Json) { &[] } else { &shown };
    let page = page.table(table(name, file, scope, read.costs));
    let page = match &read.of {
        Some((organisation, _)) => page
            .place(organisation.name.clone())
            .section("organisations")
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(organisation.name.clone(), organisation.address())
            .extra("views", views(organisation, &visit.reader))
            .extra("views_of", say!("Views of {organisation}", organisation = short_name(&organisation.name))),
        None => page
            .place(say!("Overlaps"))
            .section("compare")
            .crumb(say!("Home"), "/")
            .crumb(say!("Compare"), "/compare")
            .extra("views", crate::compare::views())
            .extra("views_of", say!("Views across councils")),
    };
    let page = credited(page, read.about.as_ref());
    Ok(match paging {
        Some(paging) => page.list(paging),
        None => page,
    })
}

fn known(read: &Read, cost: Cost) -> Option<Known> {
    read.costs.then(|| Known::of(cost))
}
