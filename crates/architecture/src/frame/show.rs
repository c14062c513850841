//! One element: how one need is met, by which products, where.
//!
//! None recorded is said, and "gap" is not: a district may have no such duty.

use std::collections::{BTreeMap, BTreeSet};

use ::store::{Error, Transaction, Value, values};
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::json;
use vocabulary::{Reader, fold};
use web::{CursorValue, Outcome, Page, Parameters, Problem, Routes, SamplePage, Template, Visit, say, say_n};

use super::About;
use super::store::{ElementRow, about, element, other_names};
use crate::listing;
use crate::map::in_use::{Body, COUNTS, Glance, glances};
use crate::map::{how_many, n};
use crate::organisation::councils_share;
use crate::system::list::columns::{self, Shown};
use crate::system::list::line::{Line, of_rows};
use crate::system::list::{as_data, file};
use crate::system::store::{Seen, may_see_costs};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/element/show.html";
/// The template of this page.
pub(crate) const TEMPLATES: &[Template] =
    &[Template { name: TEMPLATE, source: include_str!("../../templates/element/show.html") }];
const PARAMETERS: &[&str] = &["after", "before"];
/// The columns of the table of systems.
const COLUMNS: [&str; 5] = ["organisation", "name", "product", "supplier", "status"];
/// The one sorting of that table.
const SORT: &str = "organisation";

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes.get("/elements/{id}", "One element of a reference model: how one need is met", show).parameters(PARAMETERS)
}

struct Read {
    about: About,
    layer: String,
    element: ElementRow,
    names: Vec<(String, String)>,
    lines: Vec<Line>,
    glances: Vec<Glance>,
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let reader = visit.reader.clone();
    let read = state.store.read(move |tx| read(tx, &reader, &id)).await?;
    Ok(page(&visit, &parameters, read)?.into())
}

fn read(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<Read, Refused> {
    let element = find(tx, id)?.ok_or(Refused::Missing)?;
    let about = about(tx, &element.frame)?.ok_or(Refused::Missing)?;
    let sql = "SELECT name FROM frame_layer WHERE frame = $1 AND id = $2";
    let layer = tx.query_optional(sql, &values![&element.frame, &element.layer], |row| row.text(0))?;
    let names = other_names(tx, &element.frame, &element.id)?;
    let seen = Seen::by(reader);
    let next = seen.next_parameter();
    let rest = format!(
        "{COUNTS} AND EXISTS (SELECT 1 FROM system_element AS x WHERE x.organisation = s.organisation AND x.system = s.id
             AND x.frame = ${next} AND x.element = ${})",
        next + 1
    );
    let rows = seen.rows(tx, &rest, vec![Value::from(&element.frame), Value::from(&element.id)])?;
    let lines = of_rows(tx, reader, rows)?;
    Ok(Read { about, layer: layer.unwrap_or_default(), names, lines, glances: glances(tx, reader)?, element })
}

/// The element of an address, `lgam-forms`. Both of its parts may hold hyphens, so every place to divide them is tried.
fn find(tx: &mut Transaction<'_>, address: &str) -> Result<Option<ElementRow>, Error> {
    for (place, _) in address.match_indices('-').take(20) {
        let (frame, id) = (address.get(..place).unwrap_or_default(), address.get(place + 1..).unwrap_or_default());
        if let Some(found) = element(tx, frame, id)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// A product, or what is not known of it, with the number of systems for each organisation.
#[derive(Clone, Debug, Serialize)]
struct Row {
    product: Option<String>,
    name: String,
    systems: Vec<usize>,
}

/// The owner of a system and those that use it.
fn runs_it(line: &Line) -> impl Iterator<Item = &str> {
    std::iter::once(line.row.organisation.as_str()).chain(line.used_by.iter().map(|user| user.id.as_str()))
}

/// Products by organisation, in the order of names; what is not known last.
fn cross(lines: &[Line], bodies: &[&Body]) -> Vec<Row> {
    let mut rows: BTreeMap<(bool, String, String, Option<String>), Row> = BTreeMap::new();
    for line in lines {
        let (id, name) = (line.row.product.clone(), line.row.product_name.clone());
        // A candidate is its organisation's own, even where two have one name.
        let owner = if line.row.candidate { line.row.organisation.clone() } else { String::new() };
        let key = (id.is_none(), fold(name.as_deref().unwrap_or_default()), owner, id.clone());
        let row = rows.entry(key).or_insert_with(|| Row {
            product: id,
            name: name.unwrap_or_else(|| say!("Product not known")),
            systems: vec![0; bodies.len()],
        });
        // A shared system counts for its owner and for each that uses it.
        for id in runs_it(line) {
            if let Some(count) =
                bodies.iter().position(|body| body.id == id).and_then(|place| row.systems.get_mut(place))
            {
                *count += 1;
            }
        }
    }
    rows.into_values().collect()
}

/// "5 councils meet this with 3 products".
fn finding(bodies: &[&Body], products: usize) -> String {
    let with = say_n!("1 product", "{count} products", n(products));
    match (bodies.len(), products) {
        (0, _) => say!("None recorded."),
        (1, 0) => say!("{places} meets this.", places = how_many(bodies)),
        (_, 0) => say!("{places} meet this.", places = how_many(bodies)),
        (1, _) => say!("{places} meets this with {products}.", places = how_many(bodies), products = with),
        _ => say!("{places} meet this with {products}.", places = how_many(bodies), products = with),
    }
}

fn key(line: &Line) -> Vec<CursorValue> {
    [fold(&line.row.organisation_name), fold(&line.row.name), line.row.id.clone()].map(CursorValue::Text).to_vec()
}

fn page(visit: &Visit, parameters: &Parameters, read: Read) -> Result<Page, Problem> {
    let Read { about, layer, element, names, lines, glances } = read;
    let cursor = parameters.cursor()?;
    let there: BTreeSet<&str> = lines.iter().flat_map(runs_it).collect();
    let shared = lines.iter().filter(|line| !line.used_by.is_empty()).count();
    let fields: Vec<&str> = COLUMNS.into_iter().chain((shared > 0).then_some("used_by")).collect();
    let bodies: Vec<&Body> =
        glances.iter().map(|glance| &glance.body).filter(|body| there.contains(body.id.as_str())).collect();
    let cross = cross(&lines, &bodies);
    let products = cross.iter().filter(|row| row.product.is_some()).count();
    let finding = finding(&bodies, products);
    let crossed: Vec<_> = cross
        .iter()
        .map(|row| {
            let cells = bodies.iter().zip(&row.systems).map(|(body, count)| {
                let product = row.product.as_deref().unwrap_or("not-known");
                json!({"count": count, "href": body.inventory(&format!("element={}&product={product}", element.id)), "body": body.short})
            });
            json!({"product": row.product, "name": row.name, "cells": cells.collect::<Vec<_>>()})
        })
        .collect();
    let (placed, systems) =
        glances.iter().fold((0, 0), |(placed, all), glance| (placed + glance.placed, all + glance.systems));
    let of_kind =
        |kind: &str| names.iter().filter(|(_, of)| of == kind).map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let all = if visit.format.is_table() { listing::sorted(lines.clone(), key) } else { Vec::new() };
    let (shown, paging) = listing::page(lines.clone(), SORT, key, cursor.as_ref())?;
    let heads = fields.iter().filter_map(|field| columns::find(field));
    let heads: Vec<_> = heads
        .map(|column| json!({"field": column.field, "label": say!(column.label), "numeric": column.numeric}))
        .collect();
    let rows: Vec<Vec<Shown>> = shown
        .iter()
        .map(|line| fields.iter().filter_map(|field| columns::find(field)).map(|column| column.shown(line)).collect())
        .collect();
    let data = json!({
        "frame": {"id": about.id, "version": about.version, "name": about.name},
        "attribution": about.attribution,
        "element": element,
        "layer": layer,
        "former_names": of_kind("former"),
        "also_known_as": of_kind("alias"),
        "finding": finding,
        "organisations": bodies,
        "organisations_in_all": glances.len(),
        "products": cross,
        "coverage": {"placed": placed, "systems": systems},
        "systems": shown.iter().map(as_data).collect::<Vec<_>>(),
    });
    let page = Page::new(TEMPLATE, element.name.clone())
        .place(about.abbreviation.clone())
        .crumb(say!("Home"), "/")
        .crumb(say!("LGAM elements"), "/elements")
        .extra("crossed", crossed)
        .extra("shared", shared)
        .extra("heads", heads)
        .extra("rows", rows)
        .extra("councils_share", councils_share(&visit.reader, None))
        .table(file(&format!("{}-{}", about.id, element.id), &all, may_see_costs(&visit.reader)))
        .data(data)
        .list(paging);
    Ok(crate::map::credited(page, Some(&about)))
}

/// This file's pages with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let Some(row) =
        crate::map::samples::layers().into_iter().flat_map(|layer| layer.elements).find(|row| row.id == "waste")
    else {
        return Vec::new();
    };
    let glance = Glance {
        body: Body::new("ashmere", "Ashmere Borough Council", true),
        systems: 2,
        placed: 1,
        dated: 1,
        changed_at: "2026-03-03T09:14:00Z".to_owned(),
    };
    let sample = |name, lines: Vec<Line>, glances: Vec<Glance>| {
        let visit = Visit::of("/elements/lgam-waste");
        let names = vec![("Refuse".to_owned(), "former".to_owned()), ("bins".to_owned(), "alias".to_owned())];
        let read = Read {
            about: crate::map::samples::about(),
            layer: "Business Areas".to_owned(),
            element: row.clone(),
            names,
            lines,
            glances,
        };
        let page = visit.parameters(PARAMETERS).and_then(|parameters| page(&visit, &parameters, read));
        page.ok().map(|page| SamplePage { name, page })
    };
    let lines = vec![
        crate::system::samples::known(),
        crate::system::samples::unknown("018f0000-0000-7000-8000-000000000103", "Bulky waste"),
    ];
    [sample("element", lines, vec![glance]), sample("element, none recorded", Vec::new(), Vec::new())]
        .into_iter()
        .flatten()
        .collect()
}
