//! What of a list is no system or is not read, each said once: titles, sums, rows of other kinds, columns, sheets, colours.

use std::collections::{HashMap, HashSet};

use super::{RowReader, Spot};
use crate::spreadsheet::{
    CellKind, Certainty, Column, Field, Mapping, Severity, Sheet, SheetRow, Workbook, letters, problems::quoted,
};

impl<'a> RowReader<'a> {
    /// Rows that are part of the table and describe no system: titles between rows, sums, headings printed again.
    pub(super) fn no_system(&mut self, sheet: &Sheet, row: &SheetRow) -> bool {
        // A row of a file of ours is a system, whatever it is called.
        let id = self.columns.iter().find(|(_, field)| *field == Some(Field::CommonholdId)).map(|(column, _)| column);
        let carried = id.and_then(|id| Some((id, row.cell(id.index).filter(|cell| cell.kind != CellKind::Empty)?)));
        if carried.is_some_and(|(id, cell)| vocabulary::fold(&cell.text) != vocabulary::fold(&id.heading)) {
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

    /// Says once what of the file was not read, and where values come from formulas.
    pub(super) fn what_was_not_read(&mut self, mapping: &Mapping) {
        for (index, (first, count)) in std::mem::take(&mut self.formulas) {
            let column = self.layout.columns.iter().find(|column| column.index == index);
            let at = Spot { row: Some(first), column, ..Spot::default() };
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
        for (kind, (count, first)) in std::mem::take(&mut self.other_kinds) {
            let program = self.preset.map(|preset| preset.name).unwrap_or_default();
            let message = web::say_n!(
                "1 row is no application but {kind}, in this export from {program}, so we leave it out.",
                "{count} rows are no applications but {kind}, in this export from {program}, so we leave them out.",
                u64::try_from(count).unwrap_or(u64::MAX),
                kind = quoted(&kind),
                program = program
            );
            let at = Spot { row: Some(first), ..Spot::default() };
            self.report(Severity::Information, "other_kind", at, message, web::say!("Nothing, if that is right."));
        }
        let chosen: HashSet<&str> = mapping
            .columns
            .iter()
            .filter(|mapped| mapped.certainty != Certainty::Unrecognised)
            .map(|mapped| mapped.key.as_str())
            .collect();
        let keys = crate::spreadsheet::keys(&self.layout.columns);
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
            let at = Spot { column: Some(column), ..Spot::default() };
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

    /// Says which systems are named as relying on others and are not in the file.
    pub(super) fn absent(&mut self, workbook: &Workbook) {
        for absent in workbook.absent.iter().filter(|absent| absent.sheet == self.layout.sheet) {
            let named_by = self.reading.rows.iter().find(|row| row.number == absent.row);
            let Some(system) = named_by.map(|row| quoted(row.name())) else { continue };
            let at = Spot { row: Some(absent.row), text: Some(&absent.text), ..Spot::default() };
            let message = web::say!(
                "{text} is named as relying on {system}, and is no system of this file.",
                text = quoted(&absent.text),
                system = system
            );
            let next = web::say!(
                "We keep the name in this list only. Add the system to the file or correct its id, and upload it again."
            );
            self.report(Severity::Check, "system_unknown", at, message, next);
        }
    }

    /// Says once that colours are not read, where they could mean something: where rows of systems differ in them, and not as
    /// a table that is striped for the eye does.
    pub(super) fn colours(&mut self, sheet: &Sheet) {
        const NO_SYSTEMS: [&str; 4] = ["total_row", "title_row", "headings_repeated", "remark_row"];
        let no_systems: HashSet<u32> = self
            .reading
            .problems
            .iter()
            .filter(|problem| NO_SYSTEMS.contains(&problem.code) && problem.sheet == sheet.name)
            .filter_map(|problem| problem.row)
            .collect();
        let colours: HashMap<u32, u32> = sheet.fills.iter().copied().collect();
        let rows: Vec<(u32, Option<u32>)> = sheet
            .rows
            .iter()
            .map(|row| row.number)
            .filter(|number| *number > self.layout.header_row && !no_systems.contains(number))
            .map(|number| (number, colours.get(&number).copied()))
            .collect();
        let coloured: Vec<u32> =
            rows.iter().filter(|(_, colour)| colour.is_some()).map(|(number, _)| *number).collect();
        let different: HashSet<Option<u32>> = rows.iter().map(|(_, colour)| *colour).collect();
        let Some(first) = coloured.first() else { return };
        if different.len() > 1 && !is_striped(&rows, different.len()) {
            let message = web::say_n!(
                "1 row has a fill colour. We do not read colours.",
                "{count} rows have a fill colour. We do not read colours.",
                u64::try_from(coloured.len()).unwrap_or(u64::MAX)
            );
            let next =
                web::say!("If a colour means something, such as red for retired, write it into a column of its own.");
            let at = Spot { row: Some(*first), ..Spot::default() };
            self.report(Severity::Information, "colours_not_read", at, message, next);
        }
    }
}

/// Whether every second row has another colour, or nearly: rows that were taken out or added disturb the stripes.
fn is_striped(rows: &[(u32, Option<u32>)], colours: usize) -> bool {
    let pairs = rows.len().saturating_sub(1);
    let changes = rows.windows(2).filter(|pair| matches!(pair, [(_, one), (_, other)] if one != other)).count();
    colours == 2 && rows.len() >= 4 && changes * 10 >= pairs * 9
}
