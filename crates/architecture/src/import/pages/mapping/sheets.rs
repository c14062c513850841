//! The sheets beside the systems on the page of columns: what their columns mean, and whether they are read at all.

use serde::Serialize;
use web::{FieldError, Form, Problem, say};

use super::{Column, Of, options, read_selects};
use crate::spreadsheet::{Beside, Field, Holds, Layout, ListOf, MappedSheet, Mapping};

/// What a form says of a sheet that is joined.
const READ: &str = "read";
/// What it says of one that is left out.
const LEAVE: &str = "leave";

/// Another sheet that can be read with the systems.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Joined {
    /// The name of the control that says whether it is read.
    pub control: String,
    pub sheet: String,
    pub holds: Holds,
    pub header_row: u32,
    /// "read" or "leave".
    pub reading: &'static str,
    pub columns: Vec<Column>,
    /// The fields that its columns can hold.
    pub fields: Vec<serde_json::Value>,
}

fn control(place: usize) -> String {
    format!("sheet-{place}")
}

/// The sheets beside a list with their places from 1; none beside a list of contracts.
fn all(layout: &Layout, list_of: ListOf) -> impl Iterator<Item = (usize, &Beside)> {
    (1..).zip(&layout.beside).filter(move |_| list_of == ListOf::Systems)
}

/// The names of the controls of those sheets and their columns.
pub(super) fn controls(layout: &Layout, list_of: ListOf) -> impl Iterator<Item = String> {
    all(layout, list_of).flat_map(|(place, beside)| {
        let of = Of { sheet: place, holds: Some(beside.holds) };
        let columns = beside.layout.columns.iter().map(move |column| of.control(&column.letter));
        std::iter::once(control(place)).chain(columns)
    })
}

impl Joined {
    pub(super) fn all(layout: &Layout, mapping: &Mapping) -> Vec<Joined> {
        let joined = |(place, beside): (usize, &Beside)| {
            let sheet = mapping.sheets.iter().find(|sheet| sheet.is_of(beside))?;
            let of = Of { sheet: place, holds: Some(beside.holds) };
            Some(Joined {
                control: control(place),
                sheet: beside.layout.sheet.clone(),
                holds: beside.holds,
                header_row: beside.layout.header_row,
                reading: if sheet.joined { READ } else { LEAVE },
                columns: Column::all(of, &beside.layout.columns, &sheet.columns),
                fields: options(of),
            })
        };
        all(layout, mapping.list_of).filter_map(joined).collect()
    }
}

/// What was chosen for the other sheets, with what is wrong about it. What the form does not speak of stays as it was.
pub(super) fn read(
    mapping: &mut Mapping,
    layout: &Layout,
    form: &Form,
    errors: &mut Vec<FieldError>,
) -> Result<(), Problem> {
    for (place, beside) in all(layout, mapping.list_of) {
        let Some(sheet) = mapping.sheets.iter_mut().find(|sheet| sheet.is_of(beside)) else { continue };
        match form.one(&control(place)) {
            None => {}
            Some(READ) => sheet.joined = true,
            Some(LEAVE) => sheet.joined = false,
            Some(_) => return Err(Problem::invalid(say!("A sheet is read (\"read\") or left out (\"leave\")."))),
        }
        let of = Of { sheet: place, holds: Some(beside.holds) };
        let mut found = Vec::new();
        read_selects(&mut sheet.columns, &beside.layout.columns, of, form, &mut found)?;
        if sheet.joined {
            if let Some(message) = what_it_lacks(sheet, &beside.layout.sheet) {
                let first = beside.layout.columns.first().map(|column| of.control(&column.letter)).unwrap_or_default();
                found.insert(0, FieldError::new(first, message));
            }
            errors.append(&mut found);
        }
    }
    Ok(())
}

/// Without what it cannot be joined.
fn what_it_lacks(sheet: &MappedSheet, name: &str) -> Option<String> {
    let has = |field: Field| sheet.has(field);
    match sheet.holds {
        Holds::Contracts if !has(Field::ContractReference) && !has(Field::ContractTitle) && !has(Field::Name) => {
            Some(say!(
                "Choose which column of '{sheet}' holds the contract reference, its title or the systems that it covers, or do not read that sheet",
                sheet = name
            ))
        }
        Holds::Suppliers if !has(Field::Supplier) => Some(say!(
            "Choose which column of '{sheet}' holds the full name of the supplier, or do not read that sheet",
            sheet = name
        )),
        Holds::Suppliers if !has(Field::Name) => Some(say!(
            "Choose which column of '{sheet}' holds the name that your list of systems uses, or do not read that sheet",
            sheet = name
        )),
        _ => None,
    }
}
