//! A list of objects as a sheet: each object is a row, each name a column. Objects within objects give columns of their own,
//! lists within them one cell with a line for each part.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::super::{Cell, CellKind, Limits, Sheet, SheetRow, Unreadable, letters, limits::Budget};

/// How deep objects within objects are looked into.
const DEPTH: usize = 4;
/// What a reference to another record is shown by, in the order of preference.
const NAMES: &[&str] = &["display_value", "displayName", "display_name", "name", "label", "title", "value"];

/// The cells of a row by the places of their columns.
type Cells = BTreeMap<usize, (String, CellKind)>;

/// The rows of a list. The headings are row 0, so that row 1 is the first record.
pub(super) fn sheet(name: &str, list: &[Value], limits: &Limits) -> Result<Sheet, Unreadable> {
    let mut columns: Vec<String> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut rows: Vec<(u32, Cells)> = Vec::new();
    let mut budget = Budget::new(limits);
    // A long name of an object stands before each name within it, so names are paid for as texts are.
    let mut allowance = usize::try_from(limits.expanded_bytes).unwrap_or(usize::MAX);
    for (number, record) in (1_u32..).zip(list) {
        let Value::Object(record) = record else { continue };
        let mut values = Vec::new();
        if flatten(record, "", DEPTH, &mut values, &mut allowance).is_none() {
            return Err(Unreadable::TooMuchText { limit: limits.expanded_bytes });
        }
        let mut cells = Cells::new();
        for (path, value) in values {
            let Some((text, kind)) = cell(value) else { continue };
            let place = match places.get(&path) {
                Some(place) => *place,
                None => {
                    if columns.len() >= usize::try_from(limits.columns).unwrap_or(usize::MAX) {
                        let column = letters(limits.columns);
                        let (sheet, limit) = (name.to_owned(), limits.columns);
                        return Err(Unreadable::TooManyColumns { sheet, row: number, column, limit });
                    }
                    places.insert(path.clone(), columns.len());
                    columns.push(path);
                    columns.len() - 1
                }
            };
            if text.len() > limits.cell_characters && text.chars().count() > limits.cell_characters {
                return Err(Unreadable::CellTooLong {
                    sheet: name.to_owned(),
                    row: number,
                    column: letters(u32::try_from(place).unwrap_or(u32::MAX)),
                    limit: limits.cell_characters,
                });
            }
            budget.take_cell(text.len()).map_err(|spent| Unreadable::from_spent(spent, limits))?;
            cells.insert(place, (text, kind));
        }
        if !cells.is_empty() {
            // The row of headings counts, as in every sheet.
            if rows.len() + 1 >= limits.rows {
                return Err(Unreadable::TooManyRows { sheet: name.to_owned(), limit: limits.rows });
            }
            rows.push((number, cells));
        }
    }
    let headings = headings(&columns);
    let cell = |place: usize, text: String, kind: CellKind| Cell {
        column: u32::try_from(place).unwrap_or(u32::MAX),
        text,
        kind,
        formula: false,
        repeated: false,
    };
    let first = headings.into_iter().enumerate().map(|(place, text)| cell(place, text, CellKind::Text)).collect();
    let mut found = vec![SheetRow { number: 0, cells: first }];
    found.extend(rows.into_iter().map(|(number, cells)| SheetRow {
        number,
        cells: cells.into_iter().map(|(place, (text, kind))| cell(place, text, kind)).collect(),
    }));
    if columns.is_empty() {
        found.clear();
    }
    Ok(Sheet { name: name.to_owned(), hidden: false, rows: found, merged: Vec::new(), fills: Vec::new() })
}

/// The values of a record with the names that lead to them, a mark between; none where the names are longer than allowed.
fn flatten<'a>(
    record: &'a Map<String, Value>,
    before: &str,
    depth: usize,
    into: &mut Vec<(String, &'a Value)>,
    allowance: &mut usize,
) -> Option<()> {
    for (key, value) in record {
        *allowance = allowance.checked_sub(before.len() + key.len() + 1)?;
        let path = if before.is_empty() { key.clone() } else { format!("{before}\u{1f}{key}") };
        match value {
            Value::Object(inner) if named(inner).is_none() && depth > 0 => {
                flatten(inner, &path, depth - 1, into, allowance)?;
            }
            value => into.push((path, value)),
        }
    }
    Some(())
}

/// What a reference to another record is shown by; none for an object that has facts of its own.
fn named(object: &Map<String, Value>) -> Option<&Value> {
    // A reference without the name of what it refers to: its number means nothing to people.
    if let (Some(Value::String(_)), Some(Value::String(id)), 2) =
        (object.get("link"), object.get("value"), object.len())
        && id.len() == 32
        && id.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return Some(&Value::Null);
    }
    let found = NAMES.iter().find_map(|name| object.get(*name)).filter(|value| !value.is_object());
    let small = object.len() <= 4 && object.values().all(|value| !value.is_object() && !value.is_array());
    found.filter(|_| small)
}

/// A value as a cell; none for what says nothing.
fn cell(value: &Value) -> Option<(String, CellKind)> {
    let found = match value {
        Value::Null => return None,
        Value::Bool(flag) => (if *flag { "TRUE" } else { "FALSE" }.to_owned(), CellKind::Bool(*flag)),
        Value::Number(number) => match number.as_f64() {
            Some(known) => (number.to_string(), CellKind::Number(known)),
            None => (number.to_string(), CellKind::Text),
        },
        Value::String(text) => (text.clone(), CellKind::Text),
        Value::Array(list) => {
            let parts = list.iter().filter_map(|part| match part {
                Value::Object(object) => named(object).and_then(cell),
                Value::Array(_) => None,
                part => cell(part),
            });
            let parts: Vec<String> = parts.map(|(text, _)| text.replace(['\n', '\r'], " ")).collect();
            (parts.join("\n"), CellKind::Text)
        }
        Value::Object(object) => return named(object).and_then(cell),
    };
    (!found.0.trim().is_empty()).then_some(found)
}

/// A heading for each path: its last name where no other path has the same, else all of its names.
fn headings(paths: &[String]) -> Vec<String> {
    let last = |path: &str| words(path.rsplit('\u{1f}').next().unwrap_or_default());
    let mut times: HashMap<String, usize> = HashMap::new();
    for path in paths {
        *times.entry(vocabulary::fold(&last(path))).or_default() += 1;
    }
    let heading = |path: &String| {
        let short = last(path);
        match times.get(&vocabulary::fold(&short)) {
            Some(1) => short,
            _ => path.split('\u{1f}').map(words).collect::<Vec<_>>().join(" "),
        }
    };
    paths.iter().map(heading).collect()
}

/// `contractEnd` as "contract end"; `contract_end`, which is a name of ours, stays.
fn words(key: &str) -> String {
    let mut words = String::with_capacity(key.len() + 4);
    let mut before_is_small = false;
    for character in key.chars() {
        if character.is_uppercase() && before_is_small {
            words.push(' ');
            words.extend(character.to_lowercase());
        } else {
            words.push(character);
        }
        before_is_small = character.is_lowercase() || character.is_ascii_digit();
    }
    words
}
