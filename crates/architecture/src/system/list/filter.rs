//! Filters of a list of systems, with the counts beside them.
//!
//! Within one filter any ticked value fits; all filters must fit. The counts of a filter are reckoned with the other
//! filters applied, so that each says what ticking it would bring.

use std::collections::BTreeMap;

use serde::Serialize;
use vocabulary::fold;
use web::{Parameters, Problem, say};

use super::line::Line;
use super::sort::place_in_life;
use crate::frame::store::LayerRow;
use crate::system::Status;

/// The value of every filter for systems of which nobody told us.
pub const NOT_KNOWN: &str = "not-known";
/// The value of the supplier filter for systems that the organisation makes and runs itself.
pub const IN_HOUSE: &str = "in-house";
/// The longest text to search for, in characters.
const LONGEST: usize = 200;

/// What a list can be filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Facet {
    /// Where it is in its life.
    Status,
    /// Layer of the reference model.
    Layer,
    /// Element of the reference model.
    Element,
    /// Who supplies it.
    Supplier,
    /// The product in use.
    Product,
}

impl Facet {
    /// All of them, in the order of pages.
    pub const ALL: [Facet; 5] = [Facet::Status, Facet::Layer, Facet::Element, Facet::Supplier, Facet::Product];

    /// The parameter.
    pub fn name(self) -> &'static str {
        match self {
            Facet::Status => "status",
            Facet::Layer => "layer",
            Facet::Element => "element",
            Facet::Supplier => "supplier",
            Facet::Product => "product",
        }
    }

    fn legend(self) -> String {
        match self {
            Facet::Status => say!("Status"),
            Facet::Layer => say!("LGAM layer"),
            Facet::Element => say!("LGAM element"),
            Facet::Supplier => say!("Supplier"),
            Facet::Product => say!("Product"),
        }
    }

    /// The values of a line; never none, so that everything can be found by some value.
    fn values(self, line: &Line) -> Vec<String> {
        let row = &line.row;
        let mut values: Vec<String> = match self {
            Facet::Status => row.status.iter().cloned().collect(),
            Facet::Layer => line.on_lgam().map(|placed| placed.layer.clone()).collect(),
            Facet::Element => line.on_lgam().map(|placed| placed.id.clone()).collect(),
            Facet::Supplier if row.in_house => vec![IN_HOUSE.to_owned()],
            Facet::Supplier => row.supplier.iter().filter(|_| row.supplier_name.is_some()).cloned().collect(),
            Facet::Product => row.product.iter().cloned().collect(),
        };
        if values.is_empty() {
            values.push(NOT_KNOWN.to_owned());
        }
        values.sort();
        values.dedup();
        values
    }

    fn nothing(self) -> String {
        match self {
            Facet::Layer | Facet::Element => say!("None recorded"),
            Facet::Status | Facet::Supplier | Facet::Product => say!("Not known"),
        }
    }
}

/// One value of a filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// As the address says it.
    pub value: String,
    /// In words.
    pub text: String,
    /// How many systems have it, of those that fit the other filters.
    pub count: usize,
    /// Whether it is applied.
    pub checked: bool,
}

/// One filter with its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The parameter.
    pub name: &'static str,
    /// In words.
    pub legend: String,
    /// Its values.
    pub items: Vec<Choice>,
}

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    words: Vec<String>,
    /// The text as typed.
    pub text: Option<String>,
    values: BTreeMap<Facet, Vec<String>>,
}

/// The words of values that are not among the lines: names of products and suppliers that the reader may know.
pub type Names = BTreeMap<(Facet, String), String>;

impl Asked {
    /// Reads the parameters. Values are looked at by [`Asked::check`].
    ///
    /// # Errors
    /// A problem when the text is too long.
    pub fn read(parameters: &Parameters) -> Result<Asked, Problem> {
        let text = parameters.text("q").map(str::to_owned);
        if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST) {
            return Err(Problem::invalid(say!("Search for at most {most} characters.", most = LONGEST)));
        }
        let words = text.iter().flat_map(|text| fold(text).split(' ').map(str::to_owned).collect::<Vec<_>>());
        let words = words.filter(|word| !word.is_empty()).collect();
        let mut values = BTreeMap::new();
        for facet in Facet::ALL {
            let mut of: Vec<String> = parameters.all(facet.name()).into_iter().map(str::to_owned).collect();
            of.sort();
            of.dedup();
            values.insert(facet, of);
        }
        Ok(Asked { words, text, values })
    }

    /// The values asked for of one filter.
    pub fn of(&self, facet: Facet) -> &[String] {
        self.values.get(&facet).map_or(&[], Vec::as_slice)
    }

    /// How many values are applied.
    pub fn applied(&self) -> usize {
        self.values.values().map(Vec::len).sum()
    }

    /// Refuses a value that means nothing to this reader, naming what it can be.
    ///
    /// # Errors
    /// The same problem for what does not exist and for what the reader may not know.
    pub fn check(
        &self,
        parameters: &Parameters,
        lines: &[Line],
        layers: &[LayerRow],
        names: &Names,
    ) -> Result<(), Problem> {
        for facet in Facet::ALL {
            let known = texts(facet, lines, layers, names);
            for value in self.of(facet) {
                if !known.contains_key(value) {
                    let known: Vec<&str> = known.keys().map(String::as_str).collect();
                    return Err(parameters.unknown_value(facet.name(), value, &known));
                }
            }
        }
        Ok(())
    }

    /// Whether a line fits every filter but one.
    pub fn fits(&self, line: &Line, except: Option<Facet>) -> bool {
        let fits = |facet: Facet| {
            let asked = self.of(facet);
            Some(facet) == except || asked.is_empty() || facet.values(line).iter().any(|value| asked.contains(value))
        };
        Facet::ALL.into_iter().all(fits) && self.found(line)
    }

    /// Whether every word searched for is somewhere in what the reader sees of a line.
    fn found(&self, line: &Line) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let row = &line.row;
        let texts = [
            &row.product_name,
            &row.supplier_name,
            &row.description,
            &row.contract_reference,
            &row.business_owner,
            &row.technical_owner,
        ];
        let texts = texts.into_iter().flatten().map(String::as_str);
        let elements = line.elements.iter().map(|placed| placed.name.as_str());
        let own = line.own.texts.values().flatten().map(String::as_str);
        let all: Vec<&str> = std::iter::once(row.name.as_str()).chain(texts).chain(elements).chain(own).collect();
        let all = fold(&all.join(" / "));
        self.words.iter().all(|word| all.contains(word.as_str()))
    }

    /// The lines that fit.
    pub fn filtered(&self, lines: &[Line]) -> Vec<Line> {
        lines.iter().filter(|line| self.fits(line, None)).cloned().collect()
    }

    /// Every filter with its values and counts. Values that nothing has are left out, unless they are applied.
    pub fn groups(&self, lines: &[Line], layers: &[LayerRow], names: &Names) -> Vec<Group> {
        Facet::ALL.into_iter().map(|facet| self.group(facet, lines, layers, names)).collect()
    }

    fn group(&self, facet: Facet, lines: &[Line], layers: &[LayerRow], names: &Names) -> Group {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for line in lines.iter().filter(|line| self.fits(line, Some(facet))) {
            for value in facet.values(line) {
                *counts.entry(value).or_default() += 1;
            }
        }
        for value in self.of(facet) {
            counts.entry(value.clone()).or_default();
        }
        let texts = texts(facet, lines, layers, names);
        let mut items: Vec<Choice> = counts
            .into_iter()
            .map(|(value, count)| {
                let text = texts.get(&value).map_or_else(|| value.clone(), |(_, text)| text.clone());
                Choice { checked: self.of(facet).contains(&value), value, text, count }
            })
            .collect();
        let order = |choice: &Choice| {
            let place = texts.get(&choice.value).map_or(i64::MAX, |(place, _)| *place);
            let frequent = if matches!(facet, Facet::Supplier | Facet::Product) { choice.count } else { 0 };
            (choice.value == NOT_KNOWN, std::cmp::Reverse(frequent), place, fold(&choice.text), choice.value.clone())
        };
        items.sort_by_cached_key(order);
        Group { name: facet.name(), legend: facet.legend(), items }
    }
}

/// The values that a filter knows, with their place and words.
fn texts(facet: Facet, lines: &[Line], layers: &[LayerRow], names: &Names) -> BTreeMap<String, (i64, String)> {
    let mut texts: BTreeMap<String, (i64, String)> = BTreeMap::new();
    let mut add = |value: &str, place: usize, text: String| {
        texts.entry(value.to_owned()).or_insert((i64::try_from(place).unwrap_or(i64::MAX), text));
    };
    match facet {
        Facet::Status => Status::ALL.iter().for_each(|status| {
            let place = place_in_life(status.word()).and_then(|place| usize::try_from(place).ok());
            add(status.word(), place.unwrap_or_default(), status_text(*status));
        }),
        Facet::Layer => layers.iter().enumerate().for_each(|(place, layer)| add(&layer.id, place, layer.name.clone())),
        Facet::Element => {
            let elements = layers.iter().flat_map(|layer| &layer.elements);
            elements.enumerate().for_each(|(place, element)| add(&element.id, place, element.name.clone()));
        }
        Facet::Supplier => {
            add(IN_HOUSE, 0, say!("In-house"));
            lines.iter().for_each(|line| {
                if let (Some(id), Some(name)) = (&line.row.supplier, &line.row.supplier_name) {
                    add(id, 0, name.clone());
                }
            });
        }
        Facet::Product => lines.iter().for_each(|line| {
            if let (Some(id), Some(name)) = (&line.row.product, &line.row.product_name) {
                add(id, 0, name.clone());
            }
        }),
    }
    names.iter().filter(|((of, _), _)| *of == facet).for_each(|((_, value), text)| add(value, 0, text.clone()));
    add(NOT_KNOWN, usize::MAX, facet.nothing());
    texts
}

/// A status in words.
pub fn status_text(status: Status) -> String {
    match status {
        Status::Planned => say!("Planned"),
        Status::Live => say!("Live"),
        Status::Retiring => say!("Retiring"),
        Status::Retired => say!("Retired"),
    }
}
