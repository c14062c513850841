//! Finds the sheet and the row of headings, under whatever titles and above whatever data.
//!
//! A row of headings is known by headings that we recognise and by its shape: several short, different texts and no
//! numbers or dates. What the headings mean is decided in `mapping`.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{
    Area, Beside, CellKind, Field, Holds, Sheet, SheetRow, Unreadable, Workbook, beside, fields::named, letters,
    presets::preset_of,
};

/// How many rows with content may stand above the headings.
const ROWS_LOOKED_AT: usize = 40;
/// Characters of a sample value.
const SAMPLE_CHARACTERS: usize = 80;

/// Where the list is: a sheet, its row of headings, its columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The sheet's name.
    pub sheet: String,
    /// The number of the row of headings, counted from 1.
    pub header_row: u32,
    /// The columns that have a heading or a value beneath it, from left to right.
    pub columns: Vec<Column>,
    /// Other sheets that look like lists too and are not read.
    pub other_sheets: Vec<String>,
    /// Other sheets whose contracts and suppliers are joined to the systems.
    #[serde(default)]
    pub beside: Vec<Beside>,
}

/// One column of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its place, counted from 0.
    pub index: u32,
    /// Its letters.
    pub letter: String,
    /// Its heading; empty where it has none.
    pub heading: String,
    /// Up to three different values from beneath, shortened.
    pub samples: Vec<String>,
    /// Whether what stands in it are ticks, at least one of them, but for a few cells.
    #[serde(default)]
    pub ticks: bool,
    /// How many cells of a column of ticks are neither ticks nor their lack.
    #[serde(default)]
    pub strays: usize,
    /// What stands above it and its neighbours, in the row over the headings.
    #[serde(default)]
    pub group: Option<String>,
}

/// Finds the list in a workbook.
///
/// # Errors
/// [`Unreadable::NoHeader`] when no row of any sheet looks like a row of headings.
pub fn find(workbook: &Workbook) -> Result<Layout, Unreadable> {
    let mut found: Vec<(i64, &Sheet, u32)> = workbook.sheets.iter().filter_map(best_row).collect();
    // The first sheet wins a tie: sorting is stable.
    found.sort_by_key(|(score, ..)| -score);
    // A sheet of contracts or suppliers is the list only where there is no other.
    let is_beside = |(score, sheet, row): &(i64, &Sheet, u32)| *score > 1 && beside::of(layout(sheet, *row)).is_some();
    // Of an export with a sheet for each kind of thing, that of the applications.
    let of_others = |(_, sheet, row): &(i64, &Sheet, u32)| {
        let columns = layout(sheet, *row).columns;
        preset_of(&columns).is_some_and(|preset| preset.lists_other_kinds(&columns))
    };
    let place = match found.as_slice() {
        [_] | [] => 0,
        several => {
            let lists = |one: &&(i64, &Sheet, u32)| one.0 >= 15 && !is_beside(one);
            let place = several.iter().position(|one| lists(&one) && !of_others(one));
            place.or_else(|| several.iter().position(|one| lists(&one))).unwrap_or(0)
        }
    };
    if found.is_empty() {
        return Err(Unreadable::NoHeader);
    }
    let best = found.remove(place);
    let mut layout = layout(best.1, best.2);
    layout.add_others(best.0, &found);
    Ok(layout)
}

/// The layout when a person says where the headings are; none where that row has no content.
pub fn layout_at(workbook: &Workbook, sheet: &str, header_row: u32) -> Option<Layout> {
    let sheet = workbook.sheet(sheet)?;
    sheet.row(header_row)?;
    let mut layout = layout(sheet, header_row);
    let others = workbook.sheets.iter().filter(|other| other.name != sheet.name);
    let mut found: Vec<_> = others.filter_map(best_row).collect();
    // As where nobody says so: of two sheets of contracts the same one is joined.
    found.sort_by_key(|(score, ..)| -score);
    layout.add_others(i64::MAX / 4, &found);
    Some(layout)
}

impl Layout {
    /// Notes the other sheets: those that are joined, and those that look as much like lists and are not read.
    fn add_others(&mut self, best: i64, others: &[(i64, &Sheet, u32)]) {
        let itself = beside::of(Layout { beside: Vec::new(), ..self.clone() }).is_some();
        for (score, sheet, row) in others.iter().filter(|(_, sheet, _)| !sheet.hidden) {
            let joined = beside::of(layout(sheet, *row))
                .filter(|beside| !itself && !self.beside.iter().any(|known| known.holds == beside.holds));
            match joined {
                Some(joined) => self.beside.push(joined),
                None if *score * 2 > best => self.other_sheets.push(sheet.name.clone()),
                None => {}
            }
        }
        // Suppliers last, since contracts name suppliers too.
        self.beside.sort_by_key(|beside| beside.holds == Holds::Suppliers);
    }
}

/// The row of a sheet that looks most like headings, with how much it does.
fn best_row(sheet: &Sheet) -> Option<(i64, &Sheet, u32)> {
    let mut best: Option<(i64, u32)> = None;
    for (place, row) in sheet.rows.iter().enumerate().take(ROWS_LOOKED_AT) {
        let beneath = sheet.rows.get(place + 1..).unwrap_or_default();
        let score = score(sheet, row, beneath);
        if score > 0 && best.is_none_or(|(most, _)| score > most) {
            best = Some((score, row.number));
        }
    }
    let (score, number) = best?;
    let beneath = sheet.rows.iter().filter(|row| row.number > number).count();
    let rows = i64::try_from(beneath.min(100)).unwrap_or(0);
    let hidden = if sheet.hidden { 1000 } else { 0 };
    Some((score + rows / 5 - hidden, sheet, number))
}

/// How much a row looks like headings; nothing or less when it does not.
fn score(sheet: &Sheet, row: &SheetRow, beneath: &[SheetRow]) -> i64 {
    let (mut texts, mut numbers, mut long) = (0_i64, 0_i64, 0_i64);
    let mut different = HashSet::new();
    let mut recognised: BTreeMap<Field, u8> = BTreeMap::new();
    let above = groups_above(sheet, row);
    for cell in &row.cells {
        if !matches!(cell.kind, CellKind::Text) || cell.text.trim().parse::<f64>().is_ok() {
            numbers += 1;
            continue;
        }
        let characters = cell.text.chars().count();
        if characters > 60 {
            long += 1;
        }
        if characters > 120 {
            continue;
        }
        texts += 1;
        let heading = heading_of(row, &above, cell.column);
        let folded = vocabulary::fold(&heading);
        if let Some((field, strength)) = super::mapping::best_name(&heading) {
            let kept = recognised.entry(field).or_default();
            *kept = strength.max(*kept);
        }
        different.insert(folded);
    }
    let repeated = texts - i64::try_from(different.len()).unwrap_or(0);
    let known: i64 = recognised.values().map(|strength| if *strength >= 3 { 10 } else { 4 }).sum();
    let named = if recognised.get(&Field::Name).is_some_and(|strength| *strength >= 3) { 15 } else { 0 };
    let only_a_name_list = texts == 1 && named > 0 && !beneath.is_empty();
    if texts < 2 && !only_a_name_list {
        return 0;
    }
    if known == 0 {
        // By shape alone: different short texts only, above a row that is filled about as much.
        let filled = i64::try_from(beneath.first().map_or(0, |row| row.cells.len())).unwrap_or(0);
        let headings = numbers == 0 && repeated == 0 && long == 0 && filled * 2 >= texts;
        return if headings { 1 } else { 0 };
    }
    known + named + texts.min(20) - 4 * numbers - 3 * long - 2 * repeated
}

fn layout(sheet: &Sheet, header_row: u32) -> Layout {
    let mut samples: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    if let Some(row) = sheet.row(header_row) {
        for cell in row.cells.iter().filter(|cell| cell.kind != CellKind::Empty) {
            samples.entry(cell.column).or_default();
        }
    }
    // Many columns repeat a few values: the last one seen is compared before anything is made of it.
    let mut last: HashMap<u32, &str> = HashMap::new();
    let mut ticked: HashMap<u32, Ticked> = HashMap::new();
    for row in sheet.rows.iter().filter(|row| row.number > header_row) {
        for cell in row.cells.iter().filter(|cell| cell.kind != CellKind::Empty) {
            let counts = ticked.entry(cell.column).or_default();
            match super::ticks::tick(&cell.text) {
                Some(true) => counts.ticks += 1,
                Some(false) => counts.lacks += 1,
                None => counts.strays += 1,
            }
            let kept = samples.entry(cell.column).or_default();
            if kept.len() < 3 && last.insert(cell.column, &cell.text) != Some(&cell.text) {
                let sample = one_line(&cell.text);
                if !kept.contains(&sample) {
                    kept.push(sample);
                }
            }
        }
    }
    let header = sheet.row(header_row);
    let above = header.map(|row| groups_above(sheet, row)).unwrap_or_default();
    let columns = samples.into_iter().map(|(index, samples)| {
        let heading = header.map(|row| heading_of(row, &above, index)).unwrap_or_default();
        let group = above.iter().find(|(left, right, _)| (left..=right).contains(&&index));
        let ticked = ticked.get(&index).filter(|ticked| ticked.are_ticks());
        let (ticks, strays) = (ticked.is_some(), ticked.map_or(0, |ticked| ticked.strays));
        let (letter, group) = (letters(index), group.map(|(_, _, text)| text.clone()));
        Column { index, letter, heading, samples, ticks, strays, group }
    });
    Layout {
        sheet: sheet.name.clone(),
        header_row,
        columns: columns.collect(),
        other_sheets: Vec::new(),
        beside: Vec::new(),
    }
}

/// How many cells of a column are ticks, their lack, and neither.
#[derive(Clone, Copy, Default)]
struct Ticked {
    ticks: usize,
    lacks: usize,
    strays: usize,
}

impl Ticked {
    /// Whether the column is one of ticks: every cell is one or its lack, or nearly every one, as "from 2027" among ten ticks.
    fn are_ticks(&self) -> bool {
        let nearly = self.ticks >= 2 && self.ticks + self.lacks >= 3 * self.strays;
        self.ticks >= 1 && (self.strays == 0 || nearly)
    }
}

/// What stands above several columns, just over a row: its first and last column and its text. Merged areas, or texts in the
/// row above, of which each counts up to the next.
fn groups_above(sheet: &Sheet, row: &SheetRow) -> Vec<(u32, u32, String)> {
    let over = row.number.checked_sub(1);
    let group = |area: &&Area| over == Some(area.bottom) && area.left < area.right && area.bottom - area.top < 3;
    let text = |area: &Area| sheet.row(area.top).and_then(|row| row.cell(area.left)).map(|cell| one_line(&cell.text));
    let merged: Vec<_> =
        sheet.merged.iter().filter(group).filter_map(|area| Some((area.left, area.right, text(area)?))).collect();
    if !merged.is_empty() {
        return merged;
    }
    let Some(above) = over.and_then(|number| sheet.row(number)) else { return Vec::new() };
    let short = |cell: &&super::Cell| matches!(cell.kind, CellKind::Text) && cell.text.chars().count() <= 40;
    let texts: Vec<_> = above.cells.iter().filter(short).collect();
    // One text alone is a title; a row as full as the headings is a row of its own.
    if texts.len() < 2 || texts.len() != above.cells.len() || texts.len() * 2 > row.cells.len() + 1 {
        return Vec::new();
    }
    let ends = texts.iter().skip(1).map(|next| next.column - 1).chain([u32::MAX]);
    texts.iter().zip(ends).map(|(cell, end)| (cell.column, end, one_line(&cell.text))).collect()
}

/// Headings that say little without what stands above them.
const GENERAL: &[&str] = &[
    "name",
    "title",
    "reference",
    "ref",
    "number",
    "no",
    "id",
    "start",
    "start date",
    "end",
    "end date",
    "date",
    "from",
    "to",
    "value",
    "cost",
    "status",
    "type",
    "owner",
    "contact",
    "description",
    "notes",
    "supplier",
    "version",
    "expiry",
    "term",
];

/// A cell's text as a heading. Beneath a heading over several columns ("Contract" over "Reference" and "Value"), a heading
/// that says little alone takes the upper one along.
fn heading_of(row: &SheetRow, above: &[(u32, u32, String)], column: u32) -> String {
    let Some(cell) = row.cell(column) else { return String::new() };
    let own = one_line(&cell.text);
    let Some((_, _, upper)) = above.iter().find(|(left, right, _)| (left..=right).contains(&&column)) else {
        return own;
    };
    let joined = format!("{upper} {own}");
    let strength = |heading: &str| named(&vocabulary::fold(heading)).map(|(_, strength)| strength).max();
    let general = GENERAL.contains(&vocabulary::fold(&own).as_str());
    // "Contract" over "Status" is no status of the system, whether or not we know what it is.
    let of_something_else = ["contract", "agreement", "supplier", "vendor", "licence", "procurement"]
        .contains(&vocabulary::fold(upper).as_str());
    let best = |heading: &str| super::mapping::best_name(heading).map(|(field, _)| field);
    match (strength(&joined), strength(&own)) {
        (Some(joint), alone) if general && joint >= 2 && (alone.is_none() || best(&joined) != best(&own)) => joined,
        (joint, alone) if joint > alone => joined,
        (None, _) if general && of_something_else => joined,
        _ => own,
    }
}

/// One line without doubled spaces, shortened.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    let visible = super::clean::visible(text);
    for word in visible.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    super::problems::shorten(&line, SAMPLE_CHARACTERS)
}
