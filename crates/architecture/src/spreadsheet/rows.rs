//! The rows of a list as values of fields, with every problem on the way.
//!
//! Nothing is dropped silently: what cannot be read is kept as text and said, a row that cannot be taken is named, a
//! column or sheet that is not read is named once. Nothing is compared with what is stored already; that is the
//! import's work.

mod cell;
mod joined;
mod left_out;
mod modules;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use vocabulary::{Date, Money};

use super::{
    CellKind, Column, DateOrMonth, Field, FieldKind, Layout, ListOf, Mapping, Nothing, Preset, Problem, Severity,
    Sheet, SheetRow, Status, Workbook, clean, preset_of,
    problems::{quoted, shorten},
};

/// The most problems that are listed; the rest is counted.
const MOST_PROBLEMS: usize = 10_000;
/// Characters of a cell's text that a problem repeats.
const TEXT_CHARACTERS: usize = 200;
/// Characters of a name.
const NAME_CHARACTERS: usize = 200;

/// What was read from a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The rows that name a system, in the order of the file.
    pub rows: Vec<Row>,
    /// The contracts, where the list is one of contracts; it then has no rows that are systems.
    pub contracts: Option<Vec<Contract>>,
    /// What is wrong, most serious first, then in the order of the file.
    pub problems: Vec<Problem>,
    /// How many further problems are not listed.
    pub problems_left_out: usize,
}

/// One system as one row says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The sheet's name.
    pub sheet: String,
    /// The row's number, counted from 1.
    pub number: u32,
    /// What the row says. A field whose cell is empty is absent; [`Field::Name`] is always there.
    pub values: BTreeMap<Field, FieldValue>,
    /// Sheet and row of the values that were joined from another sheet.
    #[serde(default)]
    pub from: BTreeMap<Field, (String, u32)>,
    /// Another name for what a field names: a supplier's full name from the sheet of suppliers.
    #[serde(default)]
    pub also: BTreeMap<Field, String>,
    /// The id of the contract that the row speaks of, where that is known and not to be found by its name.
    #[serde(default)]
    pub contract: Option<String>,
}

/// One contract as one row says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// The sheet's name.
    pub sheet: String,
    /// The row's number, counted from 1.
    pub number: u32,
    /// What the row says.
    pub values: BTreeMap<Field, FieldValue>,
    /// The systems that it names.
    pub systems: Vec<String>,
}

impl Contract {
    /// The text of a field that holds text.
    pub fn text(&self, field: Field) -> Option<&str> {
        match &self.values.get(&field)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// One value with what was really written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldValue {
    /// The value. When it was not understood, this is the text.
    pub value: Value,
    /// The text as sent; of several columns, joined by line breaks.
    pub original: String,
    /// Whether it looks as if it named a person, so that it is the organisation's own and erasable.
    pub personal: bool,
    /// Whether the text could be read as the field's kind of value. If not, show the text to the organisation only.
    pub understood: bool,
    /// Whether the text says that it is an estimate.
    pub estimated: bool,
}

/// A value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Value {
    /// Words.
    Text(String),
    /// Several short texts.
    List(Vec<String>),
    /// A day or a month.
    Date(DateOrMonth),
    /// An amount a year.
    Money(Money),
    /// A whole number.
    Number(u64),
    /// A number of months.
    Months(u16),
    /// A life stage.
    Status(Status),
    /// Made by the organisation itself; of the supplier only.
    InHouse,
    /// The cell says that there is no value.
    Nothing(Nothing),
}

impl Row {
    /// The system's name.
    pub fn name(&self) -> &str {
        self.text(Field::Name).unwrap_or_default()
    }

    /// The text of a field that holds text.
    pub fn text(&self, field: Field) -> Option<&str> {
        match &self.values.get(&field)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads the rows beneath the headings, and the sheets that belong to them. `today` is used to notice contracts that have
/// ended, for lives that are given as dates, and for nothing else.
pub fn read_rows(workbook: &Workbook, layout: &Layout, mapping: &Mapping, today: Date) -> Reading {
    let fields = mapping.fields_of(&layout.columns);
    let layout = &Layout { beside: mapping.beside(layout), ..layout.clone() };
    let mut reader = RowReader::new(workbook, layout, &fields, today);
    match workbook.sheet(&layout.sheet) {
        Some(sheet) if mapping.list_of == ListOf::Contracts => {
            reader.preset = None;
            reader.alone(workbook, &fields);
            reader.colours(sheet);
        }
        Some(sheet) if fields.contains(&Some(Field::Name)) => {
            reader.sheet(sheet);
            reader.one_for_each_system();
            reader.join(workbook);
            reader.contracts();
            reader.absent(workbook);
            reader.colours(sheet);
        }
        _ => reader.report(
            Severity::MustFix,
            "no_name_column",
            Spot::default(),
            web::say!("No column holds the system name, so no row can be read."),
            web::say!("Choose which column holds the system name."),
        ),
    }
    reader.what_was_not_read(mapping);
    let mut reading = reader.reading;
    let main = |problem: &Problem| problem.sheet != layout.sheet;
    reading.problems.sort_by_key(|problem| (problem.severity, main(problem), problem.row));
    reading
}

/// Where a problem is.
#[derive(Clone, Copy, Default)]
struct Spot<'a> {
    row: Option<u32>,
    column: Option<&'a Column>,
    text: Option<&'a str>,
    /// Another sheet than that of the systems.
    sheet: Option<&'a str>,
}

struct RowReader<'a> {
    layout: &'a Layout,
    columns: Vec<(&'a Column, Option<Field>)>,
    folded_headings: Vec<String>,
    from_1904: bool,
    today: Date,
    reading: Reading,
    /// The program whose export this is, if it is one we know.
    preset: Option<&'static Preset>,
    /// Kinds of rows that are no systems: how many of each, and the first.
    other_kinds: BTreeMap<String, (usize, u32)>,
    ids: HashMap<String, u32>,
    /// Column to the first row with a formula and how many there are.
    formulas: BTreeMap<u32, (u32, usize)>,
}

impl<'a> RowReader<'a> {
    fn new(workbook: &Workbook, layout: &'a Layout, fields: &[Option<Field>], today: Date) -> RowReader<'a> {
        RowReader {
            layout,
            columns: layout.columns.iter().zip(fields.iter().copied()).collect(),
            folded_headings: layout.columns.iter().map(|column| vocabulary::fold(&column.heading)).collect(),
            from_1904: workbook.from_1904,
            today,
            reading: Reading::default(),
            preset: preset_of(&layout.columns),
            other_kinds: BTreeMap::new(),
            ids: HashMap::new(),
            formulas: BTreeMap::new(),
        }
    }

    fn report(
        &mut self,
        severity: Severity,
        code: &'static str,
        spot: Spot<'_>,
        message: impl Into<String>,
        next: impl Into<String>,
    ) {
        if self.reading.problems.len() >= MOST_PROBLEMS {
            self.reading.problems_left_out += 1;
            return;
        }
        self.reading.problems.push(Problem {
            code,
            severity,
            sheet: spot.sheet.unwrap_or(&self.layout.sheet).to_owned(),
            row: spot.row,
            column: spot.column.map(|column| column.letter.clone()),
            heading: spot.column.map(|column| column.heading.clone()),
            text: spot.text.map(|text| shorten(text, TEXT_CHARACTERS)),
            message: message.into(),
            next_step: next.into(),
        });
    }

    fn sheet(&mut self, sheet: &Sheet) {
        for row in sheet.rows.iter().filter(|row| row.number > self.layout.header_row) {
            if !self.no_system(sheet, row) {
                self.row(row);
            }
        }
    }

    /// What the cells of a row say, and whether any had content.
    fn values(&mut self, row: &SheetRow) -> (BTreeMap<Field, FieldValue>, bool) {
        let mut values: BTreeMap<Field, FieldValue> = BTreeMap::new();
        let mut content = false;
        let columns: Vec<(&'a Column, Field)> =
            self.columns.iter().filter_map(|(column, field)| Some((*column, (*field)?))).collect();
        for (column, field) in columns {
            let Some(cell) = row.cell(column.index) else { continue };
            self.formula(row.number, column, cell);
            if cell.kind == CellKind::Empty {
                continue;
            }
            content = true;
            if let Some(value) = self.cell(row.number, column, field, cell) {
                join(&mut values, field, value, &column.heading);
            }
        }
        (values, content)
    }

    fn row(&mut self, row: &SheetRow) {
        let number = row.number;
        if self.preset.is_some_and(|preset| preset.repeats_headings(&self.layout.columns, row)) {
            let at = Spot { row: Some(number), ..Spot::default() };
            let message = web::say!("The row repeats the headings, so we leave it out.");
            self.report(Severity::Information, "headings_repeated", at, message, web::say!("Nothing."));
            return;
        }
        if let Some(kind) = self.preset.and_then(|preset| preset.other_kind(&self.layout.columns, row)) {
            self.other_kinds.entry(kind).or_insert((0, number)).0 += 1;
            return;
        }
        let (mut values, content) = self.values(row);
        let chosen = self.columns.iter().find(|(_, field)| *field == Some(Field::Status)).map(|(column, _)| *column);
        let told = self.preset.and_then(|preset| preset.status(&self.layout.columns, row, self.today, chosen));
        if let Some((status, original)) = told {
            // A code is no word that could be misread, so it takes the place of what was not understood.
            self.reading
                .problems
                .retain(|problem| (problem.row, problem.code) != (Some(number), "status_not_understood"));
            let value = Value::Status(status);
            let read = FieldValue { value, original, personal: false, understood: true, estimated: false };
            values.insert(Field::Status, read);
        }
        if !values.contains_key(&Field::Name) {
            let remark = values.keys().all(|field| field.kind() == FieldKind::LongText) && row.cells.len() == 1;
            if content && remark && !values.is_empty() {
                let at = Spot { row: Some(number), ..Spot::default() };
                let message = web::say!("The row holds a remark and no system, so we leave it out.");
                let next = web::say!("Nothing, if it is about the whole list. Otherwise give the row a system name.");
                self.report(Severity::Information, "remark_row", at, message, next);
            } else if content {
                let at = Spot { row: Some(number), ..Spot::default() };
                let message = web::say!("The row has no system name, so we leave it out.");
                self.report(
                    Severity::MustFix,
                    "no_name",
                    at,
                    message,
                    web::say!("Give the system a name in the file and upload it again."),
                );
            }
            return;
        }
        let row = Row {
            sheet: self.layout.sheet.clone(),
            number,
            values,
            from: BTreeMap::new(),
            also: BTreeMap::new(),
            contract: None,
        };
        if self.is_new(&row) {
            self.reading.rows.push(row);
        }
    }

    /// Whether a row may be taken: its own id must not have come before.
    fn is_new(&mut self, row: &Row) -> bool {
        let at = Spot { row: Some(row.number), ..Spot::default() };
        if let Some(id) = row.text(Field::CommonholdId) {
            if let Some(first) = self.ids.get(id).copied() {
                let message = web::say!(
                    "Row {row} has the same Commonhold ID, so we leave this row out.",
                    row = first.to_string()
                );
                self.report(
                    Severity::MustFix,
                    "id_repeated",
                    at,
                    message,
                    web::say!("Clear the ID of the row that describes another system."),
                );
                return false;
            }
            self.ids.insert(id.to_owned(), row.number);
        }
        true
    }

    /// What the values of each row's contract say together.
    fn contracts(&mut self) {
        let rows = std::mem::take(&mut self.reading.rows);
        let mut told = HashSet::new();
        for row in &rows {
            // A contract of another sheet is told of once.
            if row.from.get(&Field::ContractEnd).is_none_or(|place| told.insert(place.clone())) {
                self.contract(row);
            }
        }
        self.reading.rows = rows;
    }

    /// Says where a contract ends before it starts.
    fn ends_before_start(&mut self, values: &BTreeMap<Field, FieldValue>, at: Spot<'_>) {
        if let (Some(start), Some(end)) = (date(values, Field::ContractStart), date(values, Field::ContractEnd))
            && end.last_day() < start.first_day()
        {
            let message = web::say!(
                "The contract ends ({end}) before it starts ({start}).",
                end = end.to_string(),
                start = start.to_string()
            );
            self.report(Severity::Check, "ends_before_start", at, message, web::say!("Correct one of the dates."));
        }
    }

    /// What two values of a contract say together.
    fn contract(&mut self, row: &Row) {
        let layout = self.layout;
        let elsewhere = row.from.get(&Field::ContractEnd);
        let end_column = match elsewhere {
            Some((sheet, _)) => layout.beside.iter().find(|beside| beside.layout.sheet == *sheet).and_then(|beside| {
                let mut columns = beside.layout.columns.iter().zip(&beside.fields);
                columns.find(|(_, field)| **field == Some(Field::ContractEnd)).map(|(column, _)| column)
            }),
            None => {
                self.columns.iter().find(|(_, field)| *field == Some(Field::ContractEnd)).map(|(column, _)| *column)
            }
        };
        let sheet = elsewhere.map(|(sheet, _)| sheet.as_str());
        let row_number = elsewhere.map_or(row.number, |(_, number)| *number);
        let at = Spot { row: Some(row_number), column: end_column, sheet, ..Spot::default() };
        let Some(end) = date(&row.values, Field::ContractEnd) else { return };
        self.ends_before_start(&row.values, at);
        let status = row.values.get(&Field::Status).map(|value| &value.value);
        let gone = matches!(status, Some(Value::Status(Status::Retired)));
        if end.last_day() < self.today && !gone {
            let message =
                web::say!("The contract ended ({end}), and the system is not retired.", end = end.to_string());
            self.report(
                Severity::Information,
                "contract_ended",
                at,
                message,
                web::say!("Check whether it was renewed."),
            );
        }
    }
}

fn date(values: &BTreeMap<Field, FieldValue>, field: Field) -> Option<DateOrMonth> {
    match values.get(&field).map(|value| &value.value) {
        Some(Value::Date(date)) => Some(*date),
        _ => None,
    }
}

/// Adds a value to a row; further columns of a list or of notes add to what is there.
fn join(values: &mut BTreeMap<Field, FieldValue>, field: Field, more: FieldValue, heading: &str) {
    let Some(known) = values.get_mut(&field) else {
        values.insert(field, more);
        return;
    };
    known.original.push('\n');
    known.original.push_str(&more.original);
    known.personal |= more.personal;
    known.estimated |= more.estimated;
    known.understood &= more.understood;
    match (&mut known.value, more.value) {
        (Value::List(list), Value::List(other)) => {
            let known: HashSet<&String> = list.iter().collect();
            let new: Vec<String> = other.into_iter().filter(|text| !known.contains(text)).collect();
            list.extend(new);
        }
        (Value::Text(text), Value::Text(other)) => {
            text.push('\n');
            if !heading.is_empty() {
                text.push_str(&clean::line(heading));
                text.push_str(": ");
            }
            text.push_str(&other);
        }
        (known @ Value::Nothing(_), other) => *known = other,
        _ => {}
    }
}
