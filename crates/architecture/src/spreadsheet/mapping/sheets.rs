//! What the columns of the sheets beside the systems mean, recognised or as people chose; whether such a sheet is joined at all;
//! and whether the list itself is one of contracts.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use vocabulary::fold;
use web::say;

use super::{Certainty, Mapped, Mapping, keys, recognise_with};
use crate::spreadsheet::{Beside, Column, Field, Holds, Layout, beside};

/// What each row of the list is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListOf {
    /// A system.
    #[default]
    Systems,
    /// A contract of systems that are known from another list.
    Contracts,
}

/// What the columns of one sheet beside the systems mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedSheet {
    /// The sheet's name, folded; empty for the list itself where that is one of contracts.
    pub key: String,
    /// What it holds.
    pub holds: Holds,
    /// Whether it is joined to the systems; people may leave it out.
    pub joined: bool,
    /// Its columns.
    pub columns: Vec<Mapped>,
}

/// How many sheets are remembered for one organisation.
const MOST_SHEETS: usize = 20;
/// How many columns are remembered for one organisation.
const MOST_COLUMNS: usize = 2_000;

/// Says what each column of a file may mean, those of its other sheets included, and what its rows are. `bodies` are names of
/// organisations, folded.
pub fn recognise_file(layout: &Layout, remembered: Option<&Mapping>, bodies: &BTreeSet<String>) -> Mapping {
    let systems = recognise_as(layout, remembered, bodies, ListOf::Systems);
    let mut columns = layout.columns.iter().zip(&systems.columns);
    let name = columns.find(|(_, mapped)| mapped.field == Some(Field::Name));
    let chosen = name.is_some_and(|(_, mapped)| mapped.certainty == Certainty::Chosen);
    match !chosen && beside::is_contracts(layout, name.map(|(column, _)| column)) {
        true => recognise_as(layout, remembered, bodies, ListOf::Contracts),
        false => systems,
    }
}

/// As [`recognise_file`], where somebody said what the rows are.
pub fn recognise_as(
    layout: &Layout,
    remembered: Option<&Mapping>,
    bodies: &BTreeSet<String>,
    list_of: ListOf,
) -> Mapping {
    match list_of {
        ListOf::Systems => Mapping {
            sheets: layout.beside.iter().map(|beside| MappedSheet::of(beside, remembered)).collect(),
            ..recognise_with(&layout.columns, remembered, bodies)
        },
        ListOf::Contracts => {
            let before = before(remembered, Holds::Contracts, "");
            let fields = Holds::Contracts.meanings(&layout.columns);
            let columns = recognise_columns(Holds::Contracts, &layout.columns, &fields, before);
            Mapping { columns, list_of, sheets: Vec::new() }
        }
    }
}

/// What is remembered of a sheet: of the one with its name, else of another that holds the same.
fn before<'a>(remembered: Option<&'a Mapping>, holds: Holds, key: &str) -> Option<&'a MappedSheet> {
    let mut known = remembered.iter().flat_map(|mapping| &mapping.sheets).filter(|sheet| sheet.holds == holds);
    let first = known.clone().next();
    known.find(|sheet| sheet.key == key).or(first)
}

impl MappedSheet {
    fn of(beside: &Beside, remembered: Option<&Mapping>) -> MappedSheet {
        let key = fold(&beside.layout.sheet);
        let before = before(remembered, beside.holds, &key);
        MappedSheet {
            columns: recognise_columns(beside.holds, &beside.layout.columns, &beside.fields, before),
            holds: beside.holds,
            joined: before.is_none_or(|before| before.joined || before.key != key),
            key,
        }
    }

    /// Whether it is about this sheet.
    pub fn is_of(&self, beside: &Beside) -> bool {
        (self.holds, self.key.as_str()) == (beside.holds, fold(&beside.layout.sheet).as_str())
    }

    /// Whether some column holds this field.
    pub fn has(&self, field: Field) -> bool {
        self.columns.iter().any(|column| column.field == Some(field))
    }

    /// The field of each of these columns, in their order. Of two columns with the same single field the first has it.
    fn fields_of(&self, columns: &[Column]) -> Vec<Option<Field>> {
        let by_key: HashMap<&str, Option<Field>> =
            self.columns.iter().map(|mapped| (mapped.key.as_str(), mapped.field)).collect();
        let mut taken = HashSet::new();
        let field = |key: &String| {
            let field = by_key.get(key.as_str()).copied().flatten()?;
            let possible = self.holds.fields().contains(&field);
            let free = self.holds.takes_several_columns(field) || taken.insert(field);
            (possible && free).then_some(field)
        };
        keys(columns).iter().map(field).collect()
    }
}

/// What was chosen before wins; what is recognised by its heading comes after, where no other column has it.
fn recognise_columns(
    holds: Holds,
    columns: &[Column],
    fields: &[Option<Field>],
    before: Option<&MappedSheet>,
) -> Vec<Mapped> {
    let chosen = |key: &str| {
        let columns = before.iter().flat_map(|before| &before.columns);
        columns.into_iter().find(|mapped| mapped.key == key && mapped.certainty == Certainty::Chosen)
    };
    let keys = keys(columns);
    let mut taken: HashSet<Field> = HashSet::new();
    let mut free = |field: Field| holds.takes_several_columns(field) || taken.insert(field);
    let remembered: Vec<Option<Option<Field>>> = keys
        .iter()
        .map(|key| {
            chosen(key).map(|before| before.field.filter(|field| holds.fields().contains(field) && free(*field)))
        })
        .collect();
    let columns = columns.iter().zip(keys).zip(fields).zip(remembered);
    columns
        .map(|(((column, key), field), remembered)| {
            let (field, certainty, why) = match (remembered, *field) {
                (Some(field), _) => (field, Certainty::Chosen, say!("As in your last file.")),
                (None, Some(field)) if free(field) => {
                    let label = holds.label(field);
                    (Some(field), Certainty::Sure, say!("A usual heading for \"{field}\".", field = label))
                }
                (None, _) => (None, Certainty::Unrecognised, say!("We do not know this heading.")),
            };
            Mapped { key, heading: column.heading.clone(), field, certainty, why }
        })
        .collect()
}

impl Mapping {
    /// The other sheets that are joined, with what their columns mean.
    pub fn beside(&self, layout: &Layout) -> Vec<Beside> {
        if self.list_of == ListOf::Contracts {
            return Vec::new();
        }
        let chosen = |beside: &Beside| match self.sheets.iter().find(|sheet| sheet.is_of(beside)) {
            None => Some(beside.clone()),
            Some(sheet) if !sheet.joined => None,
            Some(sheet) => Some(Beside { fields: sheet.fields_of(&beside.layout.columns), ..beside.clone() }),
        };
        layout.beside.iter().filter_map(chosen).collect()
    }

    /// What is to be remembered for an organisation's next file: this, and what was known of other columns and sheets before.
    pub fn remembered_with(self, before: Mapping) -> Mapping {
        let Mapping { columns, list_of, sheets } = self;
        let (mut columns, mut sheets) = match list_of {
            ListOf::Systems => (columns, sheets),
            // Headings mean other things among contracts.
            ListOf::Contracts => {
                let itself = MappedSheet { key: String::new(), holds: Holds::Contracts, joined: true, columns };
                (Vec::new(), vec![itself])
            }
        };
        let here: HashSet<String> = columns.iter().map(|column| column.key.clone()).collect();
        columns.extend(before.columns.into_iter().filter(|column| !here.contains(&column.key)));
        columns.truncate(MOST_COLUMNS);
        let here: HashSet<(Holds, String)> = sheets.iter().map(|sheet| (sheet.holds, sheet.key.clone())).collect();
        sheets.extend(before.sheets.into_iter().filter(|sheet| !here.contains(&(sheet.holds, sheet.key.clone()))));
        sheets.truncate(MOST_SHEETS);
        Mapping { columns, list_of: ListOf::Systems, sheets }
    }
}
