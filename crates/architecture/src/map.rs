//! The heat map: where systems crowd on the reference model, and where none are recorded. A table, of which the drawing
//! repeats the rows; for one organisation ([`one`]) and across all that the reader may see ([`all`]).
//!
//! Dark means more, never worse: nothing here judges.

pub mod all;
pub mod drawing;
pub mod in_use;
pub mod one;
pub mod samples;
pub mod tally;

use std::collections::BTreeSet;

use serde::Serialize;
use web::{Cell, Format, Page, Parameters, Problem, Routes, Table, Template, say, say_n};

use self::in_use::{Body, Counted};
use self::tally::{LayerTally, Map, Show, Tally};
use crate::Architecture;
use crate::frame::{About, store::LayerRow};

/// The addresses of all maps.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    one::routes(all::routes(routes))
}

/// The templates of all maps.
pub(crate) const TEMPLATES: &[Template] = &[
    Template { name: "architecture/map/table.html", source: include_str!("../templates/map/table.html") },
    Template { name: "architecture/map/all.html", source: include_str!("../templates/map/all.html") },
    Template { name: "architecture/map/one.html", source: include_str!("../templates/map/one.html") },
];

/// The word of `open=` that opens every layer, of `layer=` for every layer, and of `organisations=` for every column.
const ALL: &str = "all";
/// The word of `open=` that opens none.
const NONE: &str = "none";

/// A count as translations take it.
pub(crate) fn n(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// "5 councils", or "5 organisations" where some are none.
pub(crate) fn how_many(bodies: &[&Body]) -> String {
    if bodies.iter().all(|body| body.council) {
        say_n!("1 council", "{count} councils", n(bodies.len()))
    } else {
        say_n!("1 organisation", "{count} organisations", n(bodies.len()))
    }
}

/// What was asked of a map.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub show: Show,
    /// Only this layer.
    pub layer: Option<String>,
    /// The layers that stand open. None: the one that holds the finding.
    pub open: Option<BTreeSet<String>>,
    /// Every organisation's column on narrow screens too.
    pub every_column: bool,
}

impl Asked {
    /// Reads `show`, `layer`, `open` and `organisations`.
    pub fn read(parameters: &Parameters, layers: &[LayerRow]) -> Result<Asked, Problem> {
        let mut asked = Asked::default();
        match parameters.one("show") {
            None | Some("systems") => {}
            Some("products") => asked.show = Show::Products,
            Some(word) => return Err(parameters.unknown_value("show", word, &Show::WORDS)),
        }
        match parameters.one("organisations") {
            None => {}
            Some(ALL) => asked.every_column = true,
            Some(word) => return Err(parameters.unknown_value("organisations", word, &[ALL])),
        }
        let ids: Vec<&str> = layers.iter().map(|layer| layer.id.as_str()).collect();
        if let Some(layer) = parameters.one("layer").filter(|layer| *layer != ALL) {
            if !ids.contains(&layer) {
                return Err(parameters.unknown_value("layer", layer, &[&[ALL], ids.as_slice()].concat()));
            }
            asked.layer = Some(layer.to_owned());
        }
        let open = parameters.all("open");
        if let Some(unknown) = open.iter().find(|word| ![ALL, NONE].contains(*word) && !ids.contains(*word)) {
            return Err(parameters.unknown_value("open", unknown, &[&[ALL, NONE], ids.as_slice()].concat()));
        }
        if open.contains(&ALL) {
            asked.open = Some(ids.iter().map(|&id| id.to_owned()).collect());
        } else if !open.is_empty() {
            asked.open = Some(open.iter().filter(|word| **word != NONE).map(|&word| word.to_owned()).collect());
        }
        Ok(asked)
    }

    /// The layers that were asked for.
    pub fn layers(&self, layers: Vec<LayerRow>) -> Vec<LayerRow> {
        layers.into_iter().filter(|layer| self.layer.as_ref().is_none_or(|id| *id == layer.id)).collect()
    }

    /// The layers that stand open.
    pub fn opened(&self, map: &Map) -> BTreeSet<String> {
        match (&self.open, &self.layer) {
            (Some(open), _) => open.clone(),
            (None, Some(layer)) => BTreeSet::from([layer.clone()]),
            (None, None) => map.most(self.show).map(|(layer, _)| layer.id.clone()).into_iter().collect(),
        }
    }
}

/// One number of the table: how dark it is, where it leads, and the words that go with it for those who do not see columns.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Heat {
    pub number: usize,
    pub step: usize,
    pub href: Option<String>,
    pub words: String,
    /// Of the number, those that another organisation owns and shares, in words; none where there are none.
    pub shared: Option<String>,
}

impl Heat {
    fn new(number: usize, href: impl FnOnce() -> String, words: String) -> Heat {
        Heat { number, step: number.min(5), href: (number > 0).then(href), words, shared: None }
    }

    /// The same, saying how many of the systems another organisation owns.
    fn sharing(mut self, owned_by_others: usize) -> Heat {
        self.shared = (owned_by_others > 0).then(|| say!("{count} shared", count = owned_by_others));
        self
    }
}

/// A row of the table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Line {
    pub name: String,
    pub href: String,
    pub heat: Vec<Heat>,
    /// The last column: the other of systems and products, altogether.
    pub last: usize,
}

/// A group of rows of the table.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Group {
    pub id: String,
    #[serde(flatten)]
    pub line: Line,
    pub open: bool,
    pub elements: Vec<Line>,
}

/// The link that opens or closes one layer, everything else staying as it is.
fn toggle(path: &str, parameters: &Parameters, opened: &BTreeSet<String>, layer: &str) -> String {
    let mut open = opened.clone();
    if !open.remove(layer) {
        open.insert(layer.to_owned());
    }
    let words = if open.is_empty() { vec![NONE] } else { open.iter().map(String::as_str).collect() };
    let mut query = parameters.query_without(&["open"]);
    for word in words {
        query.push_str(if query.is_empty() { "open=" } else { "&open=" });
        query.push_str(word);
    }
    format!("{path}?{query}#layer-{layer}")
}

/// How a system or product is named in the words of a cell.
fn cell_words(show: Show, number: usize, place: &str, body: &Body) -> String {
    match show {
        Show::Systems => say_n!(
            "system for {place} at {body}",
            "systems for {place} at {body}",
            n(number),
            place = place,
            body = body.short
        ),
        Show::Products => {
            say_n!(
                "product for {place} at {body}",
                "different products for {place} at {body}",
                n(number),
                place = place,
                body = body.short
            )
        }
    }
}

/// The table across organisations.
pub(crate) fn groups(
    map: &Map,
    show: Show,
    path: &str,
    parameters: &Parameters,
    opened: &BTreeSet<String>,
) -> Vec<Group> {
    let other = |tally: Tally| tally.of(if show == Show::Systems { Show::Products } else { Show::Systems });
    let heat = |each: &[Tally], filter: &str, place: &str| {
        let bodies = map.organisations.iter().zip(each);
        let cells = bodies.map(|(body, tally)| {
            let number = tally.of(show);
            let shared = if show == Show::Systems { tally.owned_by_others } else { 0 };
            Heat::new(number, || body.inventory(filter), cell_words(show, number, place, body)).sharing(shared)
        });
        cells.collect::<Vec<Heat>>()
    };
    let group = |layer: &LayerTally| {
        let elements = layer.elements.iter().map(|element| Line {
            name: element.name.clone(),
            href: element.address.clone(),
            heat: heat(&element.each, &format!("element={}", element.id), &element.name),
            last: other(element.all),
        });
        Group {
            id: layer.id.clone(),
            open: opened.contains(&layer.id),
            line: Line {
                name: layer.name.clone(),
                href: toggle(path, parameters, opened, &layer.id),
                heat: heat(&layer.each, &format!("layer={}", layer.id), &layer.name),
                last: other(layer.all),
            },
            elements: elements.collect(),
        }
    };
    map.layers.iter().map(group).collect()
}

/// What covers all numbers of a map: "Based on 486 of 521 systems placed on the LGAM".
pub(crate) fn coverage(map: &Map) -> String {
    let based =
        say!("Based on {placed} of {systems} systems placed on the LGAM", placed = map.placed, systems = map.systems);
    match map.shared {
        0 => based,
        shared => say_n!(
            "{based}; 1 of them is shared, and counts for its owner and each user",
            "{based}; {count} of them are shared, and count for their owners and each user",
            n(shared),
            based = based
        ),
    }
}

/// A map as data, with the words that the model's licence asks every copy to carry. A page needs no more of it than what
/// the map is of: its cells are made apart.
fn data(map: &Map, finding: &str, show: Option<Show>, about: Option<&About>, format: Format) -> serde_json::Value {
    let map = match format {
        Format::Json => serde_json::json!(map),
        _ => serde_json::json!({
            "organisations": map.organisations,
            "systems": map.systems,
            "placed": map.placed,
        }),
    };
    serde_json::json!({
        "finding": finding,
        "show": show.map(Show::word),
        "frame": about.map(|about| serde_json::json!({"id": about.id, "version": about.version, "name": about.name})),
        "attribution": about.map(|about| &about.attribution),
        "map": map,
    })
}

/// A map as a file: one row for each element and organisation.
fn table(name: &str, map: &Map) -> Table {
    let integer = |number: usize| Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let rows = map
        .layers
        .iter()
        .flat_map(|layer| &layer.elements)
        .zip(map.layers.iter().flat_map(|layer| std::iter::repeat_n(layer, layer.elements.len())));
    let rows = rows.flat_map(|(element, layer)| {
        map.organisations.iter().zip(&element.each).map(move |(body, tally)| {
            vec![
                Cell::from(layer.name.as_str()),
                Cell::from(element.id.as_str()),
                Cell::from(element.name.as_str()),
                Cell::from(body.id.as_str()),
                Cell::from(body.name.as_str()),
                integer(tally.systems),
                integer(tally.products),
                integer(tally.owned_by_others),
            ]
        })
    });
    Table {
        name: name.to_owned(),
        columns: vec![
            "layer",
            "element_id",
            "element",
            "organisation_id",
            "organisation",
            "systems",
            "products",
            "owned_by_others",
        ],
        rows: rows.collect(),
    }
}

/// Adds to a page's workbook the words that the model's licence asks every copy to carry.
pub(crate) fn credited(page: Page, about: Option<&About>) -> Page {
    match about {
        Some(about) => page.about(say!("Attribution"), about.attribution.clone()),
        None => page,
    }
}

/// What the pages of maps are made from.
pub(crate) struct Read {
    pub layers: Vec<LayerRow>,
    pub counted: Counted,
    pub about: Option<About>,
}
