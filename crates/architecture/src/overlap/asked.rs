//! Filters of overlaps: which are shown. They never change a number of those that are.

use std::collections::{BTreeMap, BTreeSet};

use vocabulary::fold;
use web::{Parameters, Problem, say};

use super::line::{Kind, Line};
use crate::frame::store::LayerRow;
use crate::system::list::filter::{Choice, Group};

/// The most boxes of one filter.
const MOST_CHOICES: usize = 40;

/// What overlaps can be filtered by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Facet {
    Kind,
    Layer,
    Supplier,
}

impl Facet {
    const ALL: [Facet; 3] = [Facet::Kind, Facet::Layer, Facet::Supplier];

    fn name(self) -> &'static str {
        match self {
            Facet::Kind => "kind",
            Facet::Layer => "layer",
            Facet::Supplier => "supplier",
        }
    }

    fn legend(self) -> String {
        match self {
            Facet::Kind => say!("What overlaps"),
            Facet::Layer => say!("LGAM layer"),
            Facet::Supplier => say!("Supplier"),
        }
    }

    fn each<'a>(self, line: &Line<'a>, mut value: impl FnMut(&'a str)) {
        match self {
            Facet::Kind => value(line.kind.word()),
            Facet::Layer => line.layers.iter().for_each(|layer| value(layer)),
            Facet::Supplier => line.suppliers.iter().for_each(|supplier| value(supplier)),
        }
    }
}

/// What was asked for.
pub(super) struct Asked {
    values: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Asked {
    /// Reads `kind`, `layer` and `supplier`; each value must be one that this reader's overlaps could have.
    pub(super) fn read(
        parameters: &Parameters,
        layers: &[LayerRow],
        suppliers: &BTreeMap<String, String>,
    ) -> Result<Asked, Problem> {
        let mut values = BTreeMap::new();
        for facet in Facet::ALL {
            let known: Vec<&str> = match facet {
                Facet::Kind => Kind::ALL.map(Kind::word).to_vec(),
                Facet::Layer => layers.iter().map(|layer| layer.id.as_str()).collect(),
                Facet::Supplier => suppliers.keys().map(String::as_str).collect(),
            };
            let asked = parameters.all(facet.name());
            if let Some(unknown) = asked.iter().find(|value| !known.contains(value)) {
                return Err(parameters.unknown_value(facet.name(), unknown, &known));
            }
            values.insert(facet.name(), asked.into_iter().map(str::to_owned).collect());
        }
        Ok(Asked { values })
    }

    fn of(&self, facet: Facet) -> Option<&BTreeSet<String>> {
        self.values.get(facet.name()).filter(|values| !values.is_empty())
    }

    /// The one kind that is asked for, if it is one.
    pub(super) fn kind(&self) -> Option<Kind> {
        let asked = self.of(Facet::Kind)?;
        let mut kinds = Kind::ALL.into_iter().filter(|kind| asked.contains(kind.word()));
        kinds.next().filter(|_| kinds.next().is_none())
    }

    /// How many values are applied.
    pub(super) fn applied(&self) -> usize {
        self.values.values().map(BTreeSet::len).sum()
    }

    fn fits(&self, line: &Line<'_>, except: Option<Facet>) -> bool {
        Facet::ALL.into_iter().filter(|facet| Some(*facet) != except).all(|facet| {
            self.of(facet).is_none_or(|asked| {
                let mut fits = false;
                facet.each(line, |value| fits |= asked.contains(value));
                fits
            })
        })
    }

    /// Whether an overlap is shown.
    pub(super) fn shows(&self, line: &Line<'_>) -> bool {
        self.fits(line, None)
    }

    /// Every filter with its values and how many overlaps each would show.
    pub(super) fn groups(
        &self,
        lines: &[Line<'_>],
        layers: &[LayerRow],
        suppliers: &BTreeMap<String, String>,
    ) -> Vec<Group> {
        let group = |facet: Facet| {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for line in lines.iter().filter(|line| self.fits(line, Some(facet))) {
                facet.each(line, |value| *counts.entry(value).or_default() += 1);
            }
            let asked = self.of(facet);
            asked.into_iter().flatten().for_each(|value| {
                counts.entry(value).or_default();
            });
            let text = |value: &str| match facet {
                Facet::Kind => Kind::from_word(value).map(Kind::said),
                Facet::Layer => layers.iter().find(|layer| layer.id == value).map(|layer| layer.name.clone()),
                Facet::Supplier => suppliers.get(value).cloned(),
            };
            let choice = |(value, count): (&str, usize)| Choice {
                value: value.to_owned(),
                text: text(value).unwrap_or_else(|| value.to_owned()),
                count,
                checked: asked.is_some_and(|asked| asked.contains(value)),
            };
            let mut items: Vec<Choice> = counts.into_iter().map(choice).collect();
            items.sort_by_cached_key(|choice| {
                let place = match facet {
                    Facet::Kind => Kind::ALL.iter().position(|kind| kind.word() == choice.value),
                    Facet::Layer => layers.iter().position(|layer| layer.id == choice.value),
                    Facet::Supplier => Some(usize::MAX - choice.count),
                };
                (place, fold(&choice.text), choice.value.clone())
            });
            let mut place = 0;
            items.retain(|choice| {
                place += 1;
                place <= MOST_CHOICES || choice.checked
            });
            Group { name: facet.name(), legend: facet.legend(), items }
        };
        Facet::ALL.into_iter().map(group).collect()
    }
}
