//! The rows of a list as values of fields, with every problem on the way.
//!
//! Nothing is dropped silently: what cannot be read is kept as text and said, a row that cannot be taken is named, a
//! column or sheet that is not read is named once. Nothing is compared with what is stored already; that is the
//! import's work.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use vocabulary::{Date, Money};

use super::{
    Cell, CellKind, Certainty, Column, DateOrMonth, Field, FieldKind, Layout, Mapping, Nothing, Problem, Severity,
    Sheet, SheetRow, Status, Workbook,
    cells::{self, CellReading},
    clean, letters,
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

/// Reads the rows beneath the headings. `today` is used to notice contracts that have ended, and for nothing else.
pub fn read_rows(workbook: &Workbook, layout: &Layout, mapping: &Mapping, today: Date) -> Reading {
    let fields = mapping.fields_of(&layout.columns);
    let mut reader = RowReader {
        layout,
        columns: layout.columns.iter().zip(fields.iter().copied()).collect(),
        folded_headings: layout.columns.iter().map(|column| vocabulary::fold(&column.heading)).collect(),
        from_1904: workbook.from_1904,
        today,
        reading: Reading::default(),
        names: HashMap::new(),
        ids: HashMap::new(),
        formulas: BTreeMap::new(),
    };
    match workbook.sheet(&layout.sheet) {
        Some(sheet) if fields.contains(&Some(Field::Name)) => reader.sheet(sheet),
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
    reading.problems.sort_by_key(|problem| (problem.severity, problem.row));
    reading
}

/// Where a problem is.
#[derive(Clone, Copy, Default)]
struct Spot<'a> {
    row: Option<u32>,
    column: Option<&'a Column>,
    text: Option<&'a str>,
}

struct RowReader<'a> {
    layout: &'a Layout,
    columns: Vec<(&'a Column, Option<Field>)>,
    folded_headings: Vec<String>,
    from_1904: bool,
    today: Date,
    reading: Reading,
    names: HashMap<(String, String), u32>,
    ids: HashMap<String, u32>,
    /// Column to the first row with a formula and how many there are.
    formulas: BTreeMap<u32, (u32, usize)>,
}

impl<'a> RowReader<'a> {
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
            sheet: self.layout.sheet.clone(),
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

    /// Rows that are part of the table and describe no system: titles between rows, sums, headings printed again.
    fn no_system(&mut self, sheet: &Sheet, row: &SheetRow) -> bool {
        // A row of a file of ours is a system, whatever it is called.
        let id = self.columns.iter().find(|(_, field)| *field == Some(Field::CommonholdId)).map(|(column, _)| column);
        if id.is_some_and(|id| row.cell(id.index).is_some_and(|cell| cell.kind != CellKind::Empty)) {
            return false;
        }
        let at = Spot { row: Some(row.number), ..Spot::default() };
        if let [only] = row.cells.as_slice()
            && let Ok(place) =
                sheet.merged.binary_search_by_key(&(row.number, only.column), |area| (area.top, area.left))
            && sheet.merged.get(place).is_some_and(|area| area.right - area.left >= 2)
        {
            let message = web::say!(
                "{text} is merged over the row, so we take it for a title between rows.",
                text = quoted(&only.text)
            );
            self.report(Severity::Information, "title_row", at, message, web::say!("Nothing, if it is no system."));
            return true;
        }
        let repeated = self.headings_repeated_in(row);
        if repeated >= 2 && repeated * 4 >= row.cells.len() * 3 {
            self.report(
                Severity::Information,
                "headings_repeated",
                at,
                web::say!("The row repeats the headings, so we leave it out."),
                web::say!("Nothing."),
            );
            return true;
        }
        const SUMS: &[&str] = &["total", "totals", "grand total", "subtotal", "sub total", "total cost", "sum"];
        let mut texts = row.cells.iter().filter(|cell| cell.kind == CellKind::Text);
        let labelled = match (texts.next(), texts.next()) {
            (Some(only), None) => SUMS.contains(&vocabulary::fold(&only.text).as_str()),
            _ => false,
        };
        let only_sums = row.cells.iter().all(|cell| cell.formula && matches!(cell.kind, CellKind::Number(_)));
        let numbers = row.cells.iter().any(|cell| matches!(cell.kind, CellKind::Number(_)));
        if (labelled && (numbers || row.cells.len() == 1)) || only_sums {
            self.report(
                Severity::Information,
                "total_row",
                at,
                web::say!("The row holds totals, so we leave it out."),
                web::say!("Nothing, if it is no system."),
            );
            return true;
        }
        false
    }

    /// How many cells of a row repeat the heading of their column; none unless the system's name does.
    fn headings_repeated_in(&self, row: &SheetRow) -> usize {
        let same = |place: usize| {
            let heading = self.folded_headings.get(place).filter(|heading| !heading.is_empty());
            let cell = self.columns.get(place).and_then(|(column, _)| row.cell(column.index));
            match (heading, cell) {
                (Some(heading), Some(cell)) => cell.text.len() <= 400 && vocabulary::fold(&cell.text) == *heading,
                _ => false,
            }
        };
        let name = self.columns.iter().position(|(_, field)| *field == Some(Field::Name));
        match name.is_some_and(same) {
            true => (0..self.columns.len()).filter(|place| same(*place)).count(),
            false => 0,
        }
    }

    fn row(&mut self, row: &SheetRow) {
        let number = row.number;
        let mut values: BTreeMap<Field, FieldValue> = BTreeMap::new();
        let mut content = false;
        let columns: Vec<(&'a Column, Field)> =
            self.columns.iter().filter_map(|(column, field)| Some((*column, (*field)?))).collect();
        for (column, field) in columns {
            let Some(cell) = row.cell(column.index) else { continue };
            self.formula(number, column, cell);
            if cell.kind == CellKind::Empty {
                continue;
            }
            content = true;
            if let Some(value) = self.cell(number, column, field, cell) {
                join(&mut values, field, value, &column.heading);
            }
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
        let row = Row { sheet: self.layout.sheet.clone(), number, values };
        if self.is_new(&row) {
            self.contract(&row);
            self.reading.rows.push(row);
        }
    }

    fn formula(&mut self, number: u32, column: &Column, cell: &Cell) {
        if !cell.formula {
            return;
        }
        let (_, count) = self.formulas.entry(column.index).or_insert((number, 0));
        *count += 1;
        let at = Spot { row: Some(number), column: Some(column), text: Some(&cell.text) };
        if cell.kind == CellKind::Empty {
            let message =
                web::say!("The cell holds a formula whose result was not saved with the file, so we read nothing.");
            let next = web::say!(
                "Open the file in a spreadsheet program, save it and upload it again, or write the value itself."
            );
            self.report(Severity::Check, "formula_without_result", at, message, next);
        } else if cell.kind == CellKind::Text && cell.text.starts_with(['=', '+', '-', '@']) {
            let message = web::say!(
                "{text} is the result of a formula and begins like one. We keep it as plain text.",
                text = quoted(&cell.text)
            );
            self.report(
                Severity::Information,
                "formula_like_text",
                at,
                message,
                web::say!("Nothing, if that is what it should say."),
            );
        }
    }

    /// The value of one cell, its problems reported.
    fn cell(&mut self, number: u32, column: &'a Column, field: Field, cell: &Cell) -> Option<FieldValue> {
        let at = Spot { row: Some(number), column: Some(column), text: Some(&cell.text) };
        if clean::deceives(&cell.text) {
            let message = web::say!(
                "{text} held hidden characters, which can make a text read otherwise than it is. We removed them.",
                text = quoted(&cell.text)
            );
            self.report(Severity::Check, "hidden_characters", at, message, web::say!("Check that the text is right."));
        }
        let CellReading { mut value, not_understood } = cells::read(field, cell, &column.heading, self.from_1904)?;
        if let Some(not) = not_understood {
            let text = quoted(&not.text);
            let (code, severity, message) = match field.kind() {
                FieldKind::Date => (
                    "date_not_understood",
                    Severity::MustFix,
                    web::say!("{text} {why}. We keep the text, and the date as not known.", text = text, why = not.why),
                ),
                FieldKind::Money => (
                    "amount_not_understood",
                    Severity::MustFix,
                    web::say!(
                        "{text} {why}. We keep the text, and the amount as not known.",
                        text = text,
                        why = not.why
                    ),
                ),
                FieldKind::Number => (
                    "number_not_understood",
                    Severity::Check,
                    web::say!(
                        "{text} {why}. We keep the text, and the number as not known.",
                        text = text,
                        why = not.why
                    ),
                ),
                FieldKind::Months => (
                    "months_not_understood",
                    Severity::Check,
                    web::say!(
                        "{text} {why}. We keep the text, and the number of months as not known.",
                        text = text,
                        why = not.why
                    ),
                ),
                _ => (
                    "status_not_understood",
                    Severity::Check,
                    web::say!(
                        "{text} {why}. We keep the text, and the status as not known.",
                        text = text,
                        why = not.why
                    ),
                ),
            };
            let next = web::say!("{how} Correct it in the file and upload it again.", how = not.next_step);
            self.report(severity, code, at, message, next);
        }
        if let Some(why) = cells::names_a_person(field, &value) {
            value.personal = true;
            let message = web::say!(
                "{text} {why}. Only your organisation sees it.",
                text = quoted(&cell.text),
                why = why.words()
            );
            let next = match field.kind() {
                FieldKind::Owner => web::say!("Write a role or a team mailbox instead."),
                _ => web::say!("Write a role or a team mailbox instead, or leave it out."),
            };
            self.report(Severity::Check, "names_a_person", at, message, next);
        }
        if cells::became_a_date(field, cell) {
            let message = web::say!(
                "{text} is stored as a date, and may have been something else, such as a version 3.1.",
                text = quoted(&cell.text)
            );
            self.report(
                Severity::Check,
                "became_a_date",
                at,
                message,
                web::say!("Format the cell as text, write it again and upload the file again."),
            );
        }
        if let (Field::Name, Value::Text(text)) = (field, &mut value.value)
            && text.chars().count() > NAME_CHARACTERS
        {
            *text = shorten(text, NAME_CHARACTERS);
            let message =
                web::say!("The name is longer than {most} characters. We keep its beginning.", most = NAME_CHARACTERS);
            self.report(
                Severity::Check,
                "name_too_long",
                at,
                message,
                web::say!("Move the description into a column of its own."),
            );
        }
        Some(value)
    }

    /// Whether a row may be taken: its own id must not have come before. A repeated name is said and taken.
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
        let product = row.text(Field::Product).map(vocabulary::fold).unwrap_or_default();
        let key = (vocabulary::fold(row.name()), product);
        match self.names.get(&key).copied() {
            Some(first) => {
                let message = web::say!(
                    "{name} stands in row {row} already.",
                    name = quoted(row.name()),
                    row = first.to_string()
                );
                let next = web::say!(
                    "Give each its own name if they are different systems, or put them into one row. A row that says just the same is taken once."
                );
                self.report(Severity::Check, "name_repeated", at, message, next);
            }
            None => {
                self.names.insert(key, row.number);
            }
        }
        true
    }

    /// What two values of a contract say together.
    fn contract(&mut self, row: &Row) {
        let date = |field: Field| match row.values.get(&field).map(|value| &value.value) {
            Some(Value::Date(date)) => Some(*date),
            _ => None,
        };
        let end_column =
            self.columns.iter().find(|(_, field)| *field == Some(Field::ContractEnd)).map(|(column, _)| *column);
        let at = Spot { row: Some(row.number), column: end_column, text: None };
        let Some(end) = date(Field::ContractEnd) else { return };
        if let Some(start) = date(Field::ContractStart)
            && end.last_day() < start.first_day()
        {
            let message = web::say!(
                "The contract ends ({end}) before it starts ({start}).",
                end = end.to_string(),
                start = start.to_string()
            );
            self.report(Severity::Check, "ends_before_start", at, message, web::say!("Correct one of the dates."));
        }
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

    /// Says once what of the file was not read, and where values come from formulas.
    fn what_was_not_read(&mut self, mapping: &Mapping) {
        for (index, (first, count)) in std::mem::take(&mut self.formulas) {
            let column = self.layout.columns.iter().find(|column| column.index == index);
            let at = Spot { row: Some(first), column, text: None };
            let message = web::say_n!(
                "1 cell of this column holds a formula. We used the results saved in the file and worked nothing out.",
                "{count} cells of this column hold formulas. We used the results saved in the file and worked nothing out.",
                u64::try_from(count).unwrap_or(u64::MAX)
            );
            self.report(
                Severity::Information,
                "formulas",
                at,
                message,
                web::say!("Nothing, if the file was saved after its last change."),
            );
        }
        let chosen: HashSet<&str> = mapping
            .columns
            .iter()
            .filter(|mapped| mapped.certainty != Certainty::Unrecognised)
            .map(|mapped| mapped.key.as_str())
            .collect();
        let keys = super::keys(&self.layout.columns);
        let unread: Vec<&'a Column> = self
            .columns
            .iter()
            .zip(&keys)
            .filter(|((_, field), key)| field.is_none() && !chosen.contains(key.as_str()))
            .map(|((column, _), _)| *column)
            .collect();
        for column in unread {
            let message = match column.heading.as_str() {
                "" => web::say!(
                    "Column {letters} was not read, because we do not know what it means.",
                    letters = letters(column.index)
                ),
                heading => web::say!(
                    "The column {heading} was not read, because we do not know what it means.",
                    heading = quoted(heading)
                ),
            };
            let at = Spot { row: None, column: Some(column), text: None };
            self.report(
                Severity::Information,
                "column_not_read",
                at,
                message,
                web::say!("Choose what it means, or \"Not needed\"."),
            );
        }
        for sheet in &self.layout.other_sheets {
            let message = web::say!("The sheet {sheet} looks like a list too and was not read.", sheet = quoted(sheet));
            self.report(
                Severity::Information,
                "sheet_not_read",
                Spot::default(),
                message,
                web::say!("If it lists systems, import it as well."),
            );
        }
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
