//! A sheet while it is read, whatever the format: cells by place under the limits, merged areas, colours of rows.

use std::collections::BTreeMap;

use super::{
    Area, Cell, CellKind, Sheet, SheetRow, Unreadable, letters,
    limits::Budget,
    number_formats::{Shown, day_of_serial},
};

/// A sheet in the making.
pub(super) struct Grid<'a> {
    pub name: &'a str,
    pub hidden: bool,
    rows: BTreeMap<u32, BTreeMap<u32, Cell>>,
    areas: Vec<Area>,
    fills: BTreeMap<u32, u32>,
}

impl<'a> Grid<'a> {
    pub(super) fn new(name: &'a str, hidden: bool) -> Self {
        Grid { name, hidden, rows: BTreeMap::new(), areas: Vec::new(), fills: BTreeMap::new() }
    }

    /// Keeps a cell: row counted from 1, column from 0. What is empty and no formula is passed over.
    pub(super) fn put(
        &mut self,
        (row, column): (u32, u32),
        text: String,
        kind: CellKind,
        formula: bool,
        budget: &mut Budget<'_>,
    ) -> Result<(), Unreadable> {
        let empty = text.chars().all(char::is_whitespace);
        if empty && !formula {
            return Ok(());
        }
        let limits = budget.limits;
        if text.len() > limits.cell_characters && text.chars().count() > limits.cell_characters {
            return Err(self.too_long((row, column), budget));
        }
        if column >= limits.columns {
            return Err(Unreadable::TooManyColumns {
                sheet: self.name.to_owned(),
                row,
                column: letters(column),
                limit: limits.columns,
            });
        }
        take(budget, text.len())?;
        if self.rows.len() >= limits.rows && !self.rows.contains_key(&row) {
            return Err(Unreadable::TooManyRows { sheet: self.name.to_owned(), limit: limits.rows });
        }
        let kind = if empty { CellKind::Empty } else { kind };
        let cell = Cell { column, text, kind, formula, repeated: false };
        self.rows.entry(row).or_default().insert(column, cell);
        Ok(())
    }

    /// Notes a merged area of more than one cell.
    pub(super) fn merge(&mut self, area: Area, budget: &mut Budget<'_>) -> Result<(), Unreadable> {
        if area.top < area.bottom || area.left < area.right {
            take(budget, 0)?;
            self.areas.push(area);
        }
        Ok(())
    }

    /// Notes that a cell with content is coloured. The first colour of a row counts.
    pub(super) fn fill(&mut self, row: u32, colour: u32) {
        if self.rows.contains_key(&row) {
            self.fills.entry(row).or_insert(colour);
        }
    }

    pub(super) fn too_long(&self, (row, column): (u32, u32), budget: &Budget<'_>) -> Unreadable {
        let (sheet, limit) = (self.name.to_owned(), budget.limits.cell_characters);
        Unreadable::CellTooLong { sheet, row, column: letters(column), limit }
    }

    /// The sheet, its merged values repeated downwards.
    pub(super) fn finish(mut self, budget: &mut Budget<'_>) -> Result<Sheet, Unreadable> {
        self.spread(budget)?;
        let Grid { name, hidden, rows, areas, fills } = self;
        let has = |area: &Area| rows.get(&area.top).is_some_and(|row| row.contains_key(&area.left));
        let mut merged: Vec<Area> = areas.into_iter().filter(has).collect();
        merged.sort_by_key(|area| (area.top, area.left));
        merged.dedup_by_key(|area| (area.top, area.left));
        let row =
            |(number, cells): (u32, BTreeMap<u32, Cell>)| SheetRow { number, cells: cells.into_values().collect() };
        let rows = rows.into_iter().map(row).collect();
        Ok(Sheet { name: name.to_owned(), hidden, rows, merged, fills: fills.into_iter().collect() })
    }

    /// Repeats a value down the rows that its merged area covers, where these have other content: a supplier merged
    /// over three systems is the supplier of each. Nothing is repeated to the right: a title stays one title.
    fn spread(&mut self, budget: &mut Budget<'_>) -> Result<(), Unreadable> {
        let areas = std::mem::take(&mut self.areas);
        for area in areas.iter().filter(|area| area.top < area.bottom) {
            let Some(source) = self.rows.get(&area.top).and_then(|row| row.get(&area.left)) else { continue };
            let mut copy = source.clone();
            copy.repeated = true;
            // Each row that an area covers is paid for, so that areas over areas stay cheap.
            let mut copies = Vec::new();
            for (number, row) in self.rows.range(area.top + 1..=area.bottom) {
                let beyond = |end: Option<(&u32, &Cell)>| {
                    end.is_some_and(|(column, _)| !(area.left..=area.right).contains(column))
                };
                let other = beyond(row.first_key_value()) || beyond(row.last_key_value());
                if other && !row.contains_key(&area.left) {
                    copies.push(*number);
                }
                take(budget, copy.text.len())?;
            }
            for number in copies {
                if let Some(row) = self.rows.get_mut(&number) {
                    row.insert(area.left, copy.clone());
                }
            }
        }
        self.areas = areas;
        Ok(())
    }
}

fn take(budget: &mut Budget<'_>, bytes: usize) -> Result<(), Unreadable> {
    let limits = budget.limits;
    budget.take_cell(bytes).map_err(|spent| Unreadable::from_spent(spent, limits))
}

/// A number as its format shows it: a day, a month, a time, a part of a hundred, an amount in another currency, or a plain
/// number. What is neither a plain number nor a day is text, so that nobody takes it for pounds or people.
pub(super) fn number(number: f64, shown: Shown, from_1904: bool) -> (String, CellKind) {
    match shown {
        Shown::Date | Shown::Month => match day_of_serial(number, from_1904) {
            Some(day) if shown == Shown::Month && day.day() == 1 => {
                let (year, month) = (day.year(), day.month());
                (format!("{year:04}-{month:02}"), CellKind::Month { year, month })
            }
            Some(day) => (day.to_string(), CellKind::Date(day)),
            None => (number_text(number), CellKind::Number(number)),
        },
        Shown::Time if (0.0..1.0).contains(&number) => {
            #[expect(clippy::cast_possible_truncation, reason = "at most the minutes of a day")]
            let minutes = (number * 24.0 * 60.0).round() as i64 % (24 * 60);
            (format!("{:02}:{:02}", minutes / 60, minutes % 60), CellKind::Text)
        }
        Shown::Percentage => (format!("{}%", number_text(number * 100.0)), CellKind::Text),
        Shown::Currency(code) => (format!("{} {code}", number_text(number)), CellKind::Text),
        Shown::Time | Shown::Number => (number_text(number), CellKind::Number(number)),
    }
}

/// A number as Excel shows it in a plain cell: 15 significant digits, no exponent for what people count.
pub(super) fn number_text(number: f64) -> String {
    if number == number.trunc() && number.abs() < 1e15 {
        return format!("{number:.0}");
    }
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    match rounded.abs() {
        1e-5..1e21 => format!("{rounded}"),
        _ => format!("{rounded:e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_shown() {
        for (number, expected) in [
            (12_500.0, "12500"),
            (0.1 + 0.2, "0.3"),
            (12.5, "12.5"),
            (-3.0, "-3"),
            (1e300, "1e300"),
            (1.5e-9, "1.5e-9"),
        ] {
            assert_eq!(number_text(number), expected);
        }
        let shown = |number: f64, shown: Shown| super::number(number, shown, false);
        assert_eq!(shown(0.025, Shown::Percentage), ("2.5%".to_owned(), CellKind::Text));
        assert_eq!(shown(1140.0, Shown::Currency("EUR")), ("1140 EUR".to_owned(), CellKind::Text));
    }
}
