//! What stands in one cell of a comparison: how one organisation meets one element.

use std::collections::BTreeSet;

use serde::Serialize;
use web::{Cell, Format, say, say_n};

use super::asked::Read;
use super::sides::Meets;
use crate::frame::store::ElementRow;
use crate::map::in_use::{Body, ProductName};
use crate::map::n;

/// A row of the page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row<'a> {
    pub name: &'a str,
    pub href: String,
    pub sides: Vec<Side>,
    /// The verdict, as a word.
    pub alike: &'static str,
    /// What is added: of two, how they differ; of several, the layer.
    pub note: Option<String>,
    /// Of several: what most share, and its address.
    pub most: Option<(String, String)>,
}

/// A group of rows of the page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Group<'a> {
    pub id: &'a str,
    pub name: &'a str,
    /// Nobody has anything here.
    pub empty: bool,
    pub elements: Vec<Row<'a>>,
}

/// Which of the page, its data and its file are asked for: the whole of each is made only for whoever wants it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    pub page: bool,
    pub data: bool,
    pub file: bool,
}

impl Wanted {
    /// What a format wants.
    pub(super) fn of(format: Format) -> Wanted {
        let (page, data) = (format == Format::Html, format == Format::Json);
        Wanted { page, data, file: !page && !data }
    }
}

/// One name in a cell.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Name {
    pub text: String,
    pub href: String,
    pub version: Option<String>,
    /// Whether it is the product that most share.
    pub shared: bool,
    /// Whether another organisation owns at least one of the systems, and shares it.
    pub owned_by_others: bool,
}

/// One organisation's part of a row.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Side {
    pub names: Vec<Name>,
    pub more: usize,
    pub href: String,
    pub words: String,
}

impl Side {
    /// The first `most` names and how many more; the shared one before all others.
    pub(super) fn of(
        element: &ElementRow,
        meets: &[Meets],
        body: &Body,
        most: usize,
        shared: Option<&ProductName>,
    ) -> Side {
        let is_shared = |meets: &Meets| shared.is_some() && meets.product.as_ref() == shared;
        let name = |meets: &Meets| match &meets.product {
            Some(product) => Name {
                text: product.name.clone(),
                href: format!("/products/{}", product.id),
                version: meets.versions_said(),
                shared: is_shared(meets),
                owned_by_others: meets.owned_by_others,
            },
            None => Name {
                text: say!("{system} (product not known)", system = meets.name),
                href: format!("/systems/{}", meets.system),
                version: None,
                shared: false,
                owned_by_others: meets.owned_by_others,
            },
        };
        let mut ordered: Vec<&Meets> = meets.iter().collect();
        ordered.sort_by_key(|meets| !is_shared(meets));
        let more = meets.len().saturating_sub(most);
        Side {
            names: ordered.into_iter().take(if more == 1 { most + 1 } else { most }).map(name).collect(),
            more: if more == 1 { 0 } else { more },
            href: body.inventory(&format!("element={}", element.id)),
            words: say!("of {element} at {body}", element = element.name, body = body.short),
        }
    }
}

/// Products with their versions, in one cell of a file.
pub(super) fn products(meets: &[Meets]) -> Cell {
    let name = |meets: &Meets| {
        let product = meets.product.as_ref()?;
        Some(
            meets.versions_said().map_or_else(|| product.name.clone(), |version| format!("{} {version}", product.name)),
        )
    };
    joined(meets.iter().filter_map(name).collect())
}

/// The names of the systems, in one cell of a file.
pub(super) fn systems(meets: &[Meets]) -> Cell {
    joined(meets.iter().map(|meets| meets.systems.join("; ")).collect())
}

/// What the counts beneath a comparison do not say: how many systems are shared.
pub(super) fn shared(read: &Read) -> Option<String> {
    let ids: BTreeSet<&str> = read.counted.shared.iter().map(|system| system.id.as_str()).collect();
    (!ids.is_empty()).then(|| {
        say_n!(
            "1 shared system also counts for those that use it.",
            "{count} shared systems also count for those that use them.",
            n(ids.len())
        )
    })
}

fn joined(names: Vec<String>) -> Cell {
    if names.is_empty() { Cell::Empty } else { Cell::Text(names.join("; ")) }
}
