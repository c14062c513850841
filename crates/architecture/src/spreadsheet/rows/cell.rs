//! The value of one cell, and what is wrong with it.

use super::{NAME_CHARACTERS, RowReader, Spot, Value};
use crate::spreadsheet::{
    Cell, CellKind, Column, Field, FieldKind, FieldValue, Severity,
    cells::{self, CellReading},
    clean,
    problems::{quoted, shorten},
    ticks,
};

impl<'a> RowReader<'a> {
    pub(super) fn formula(&mut self, number: u32, column: &Column, cell: &Cell) {
        let at = Spot { row: Some(number), column: Some(column), text: Some(&cell.text), ..Spot::default() };
        if !cell.formula {
            // Typed into a spreadsheet it would be one. Texts begin with the other signs every day, so those are not told of.
            if cell.kind == CellKind::Text && cell.text.starts_with('=') {
                self.formula_like(
                    at,
                    web::say!("{text} begins like a formula. We keep it as plain text.", text = quoted(&cell.text)),
                );
            }
            return;
        }
        let (_, count) = self.formulas.entry(column.index).or_insert((number, 0));
        *count += 1;
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
            self.formula_like(at, message);
        }
    }

    fn formula_like(&mut self, at: Spot<'_>, message: String) {
        let next = web::say!("Nothing, if that is what it should say.");
        self.report(Severity::Information, "formula_like_text", at, message, next);
    }

    /// The value of one cell, its problems reported.
    pub(super) fn cell(&mut self, number: u32, column: &'a Column, field: Field, cell: &Cell) -> Option<FieldValue> {
        let at = Spot { row: Some(number), column: Some(column), text: Some(&cell.text), ..Spot::default() };
        if clean::deceives(&cell.text) {
            let message = web::say!(
                "{text} held hidden characters, which can make a text read otherwise than it is. We removed them.",
                text = quoted(&cell.text)
            );
            self.report(Severity::Check, "hidden_characters", at, message, web::say!("Check that the text is right."));
        }
        if ticks::says_its_heading(column, field) {
            // What is ticked is the heading.
            let heading = clean::line(&clean::visible(&column.heading));
            let tick = ticks::tick(&cell.text);
            if tick.is_none() {
                let message = web::say!(
                    "{text} is neither a tick nor the lack of one. We take it for no tick.",
                    text = quoted(&cell.text)
                );
                let next =
                    web::say!("Write x where it is meant, leave the cell empty where not, and upload the file again.");
                self.report(Severity::Check, "tick_not_understood", at, message, next);
            }
            let ticked = tick == Some(true) && !heading.is_empty();
            let (value, original) = (Value::List(vec![heading.clone()]), heading);
            let read = FieldValue { value, original, personal: false, understood: true, estimated: false };
            return ticked.then_some(read);
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
}
