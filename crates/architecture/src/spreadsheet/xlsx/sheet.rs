//! One sheet: its cells by place, its merged areas, its formulas noted and never evaluated.

use std::collections::BTreeMap;

use quick_xml::events::{BytesStart, Event};

use super::{
    super::{Area, Cell, CellKind, Sheet, SheetRow, Unreadable, letters, limits::Budget},
    package::Part,
    strings::{Shared, Texts, rich_text},
    styles::{Shown, Styles, day_of_serial},
    xml::{Xml, unescape_excel},
};

/// Rows and columns that a worksheet can have.
const MOST_ROWS: u32 = 1_048_576;
const MOST_COLUMNS: u32 = 16_384;

/// What a sheet is read with.
pub(super) struct Context<'a> {
    pub name: &'a str,
    pub hidden: bool,
    pub from_1904: bool,
    pub texts: &'a Texts,
    pub styles: &'a Styles,
}

pub(super) fn read(part: &Part, context: &Context<'_>, budget: &mut Budget<'_>) -> Result<Sheet, Unreadable> {
    let mut reading = Reading {
        xml: Xml::new(part),
        context,
        budget,
        rows: BTreeMap::new(),
        areas: Vec::new(),
        row: 0,
        column: 0,
        text: String::new(),
    };
    reading.all()?;
    reading.spread()?;
    let Reading { rows, areas, .. } = reading;
    let has = |area: &Area| rows.get(&area.top).is_some_and(|row| row.contains_key(&area.left));
    let mut merged: Vec<Area> = areas.into_iter().filter(has).collect();
    merged.sort_by_key(|area| (area.top, area.left));
    merged.dedup_by_key(|area| (area.top, area.left));
    let rows =
        rows.into_iter().map(|(number, cells)| SheetRow { number, cells: cells.into_values().collect() }).collect();
    Ok(Sheet { name: context.name.to_owned(), hidden: context.hidden, rows, merged })
}

struct Reading<'a, 'b> {
    xml: Xml<'a>,
    context: &'a Context<'a>,
    budget: &'a mut Budget<'b>,
    rows: BTreeMap<u32, BTreeMap<u32, Cell>>,
    areas: Vec<Area>,
    /// The row being read, counted from 1, and the column that comes next, counted from 0.
    row: u32,
    column: u32,
    text: String,
}

impl Reading<'_, '_> {
    fn all(&mut self) -> Result<(), Unreadable> {
        let mut in_data = false;
        loop {
            match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "sheetData" => in_data = true,
                    "row" if in_data => {
                        let [number] = self.xml.attributes(&element, ["r"])?;
                        self.row = match number {
                            Some(number) => number.trim().parse().map_err(|_| self.xml.broken())?,
                            None => self.row.saturating_add(1),
                        };
                        self.column = 0;
                        if self.row == 0 || self.row > MOST_ROWS {
                            return Err(self.xml.broken());
                        }
                    }
                    "c" if in_data => self.cell(&element)?,
                    "mergeCell" => {
                        let [area] = self.xml.attributes(&element, ["ref"])?;
                        let area = area.and_then(|area| parse_area(&area));
                        if let Some(area) = area.filter(|area| area.top < area.bottom || area.left < area.right) {
                            self.take(0)?;
                            self.areas.push(area);
                        }
                    }
                    _ => {}
                },
                Event::End(element) if element.local_name().as_ref() == "sheetData" => in_data = false,
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn cell(&mut self, element: &BytesStart<'_>) -> Result<(), Unreadable> {
        let [place, style, kind] = self.xml.attributes(element, ["r", "s", "t"])?;
        if let Some(place) = place {
            (self.row, self.column) = parse_place(&place).ok_or_else(|| self.xml.broken())?;
        }
        let style = style.and_then(|style| style.parse().ok());
        self.text.clear();
        let mut formula = false;
        loop {
            match self.xml.next()? {
                Event::Start(inner) => match inner.local_name().as_ref() {
                    "v" => self.xml.text_into(&mut self.text)?,
                    "is" => rich_text(&mut self.xml, &mut self.text)?,
                    "f" => {
                        formula = true;
                        self.xml.skip()?;
                    }
                    _ => self.xml.skip()?,
                },
                Event::End(_) => break,
                _ => {}
            }
        }
        let raw = std::mem::take(&mut self.text);
        self.keep(&raw, style, kind.as_deref(), formula)?;
        self.text = raw;
        self.column = self.column.saturating_add(1);
        Ok(())
    }

    fn keep(&mut self, raw: &str, style: Option<usize>, kind: Option<&str>, formula: bool) -> Result<(), Unreadable> {
        if raw.is_empty() && !formula {
            return Ok(());
        }
        let (text, kind) = match kind {
            Some("s") => match raw.trim().parse().ok().and_then(|index| self.context.texts.get(index)) {
                Some(Shared::Text(text)) => (text.to_owned(), CellKind::Text),
                Some(Shared::TooLong) => return Err(self.too_long()),
                None => return Err(self.xml.broken()),
            },
            Some("b") => match raw.trim() {
                "1" | "true" => ("TRUE".to_owned(), CellKind::Bool(true)),
                _ => ("FALSE".to_owned(), CellKind::Bool(false)),
            },
            Some("d") => match raw.get(..10).and_then(|day| day.parse().ok()) {
                Some(day) => (raw.get(..10).unwrap_or_default().to_owned(), CellKind::Date(day)),
                None => (raw.to_owned(), CellKind::Text),
            },
            Some("str" | "inlineStr") => (unescape_excel(raw).into_owned(), CellKind::Text),
            Some("e") => (raw.to_owned(), CellKind::Text),
            _ => match raw.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => self.number(number, style),
                _ => (raw.to_owned(), CellKind::Text),
            },
        };
        let empty = text.chars().all(char::is_whitespace);
        if empty && !formula {
            return Ok(());
        }
        let limits = self.budget.limits;
        if text.len() > limits.cell_characters && text.chars().count() > limits.cell_characters {
            return Err(self.too_long());
        }
        if self.column >= limits.columns {
            return Err(Unreadable::TooManyColumns {
                sheet: self.context.name.to_owned(),
                row: self.row,
                column: letters(self.column),
                limit: limits.columns,
            });
        }
        self.take(text.len())?;
        if self.rows.len() >= limits.rows && !self.rows.contains_key(&self.row) {
            let sheet = self.context.name.to_owned();
            return Err(Unreadable::TooManyRows { sheet, limit: limits.rows });
        }
        let kind = if empty { CellKind::Empty } else { kind };
        let cell = Cell { column: self.column, text, kind, formula, repeated: false };
        self.rows.entry(self.row).or_default().insert(self.column, cell);
        Ok(())
    }

    fn number(&self, number: f64, style: Option<usize>) -> (String, CellKind) {
        let shown = self.context.styles.shown(style);
        let day = || day_of_serial(number, self.context.from_1904);
        match shown {
            Shown::Date | Shown::Month => match day() {
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
            Shown::Time | Shown::Number => (number_text(number), CellKind::Number(number)),
        }
    }

    /// Repeats a value down the rows that its merged area covers, where these have other content: a supplier merged
    /// over three systems is the supplier of each. Nothing is repeated to the right: a title stays one title.
    fn spread(&mut self) -> Result<(), Unreadable> {
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
                let limits = self.budget.limits;
                self.budget.take_cell(copy.text.len()).map_err(|spent| Unreadable::from_spent(spent, limits))?;
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

    fn take(&mut self, bytes: usize) -> Result<(), Unreadable> {
        let limits = self.budget.limits;
        self.budget.take_cell(bytes).map_err(|spent| Unreadable::from_spent(spent, limits))
    }

    fn too_long(&self) -> Unreadable {
        Unreadable::CellTooLong {
            sheet: self.context.name.to_owned(),
            row: self.row,
            column: letters(self.column),
            limit: self.budget.limits.cell_characters,
        }
    }
}

/// A number as Excel shows it in a plain cell: 15 significant digits, no exponent for what people count.
fn number_text(number: f64) -> String {
    if number == number.trunc() && number.abs() < 1e15 {
        return format!("{number:.0}");
    }
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    match rounded.abs() {
        1e-5..1e21 => format!("{rounded}"),
        _ => format!("{rounded:e}"),
    }
}

/// `B7` as row 7 and column 1.
fn parse_place(place: &str) -> Option<(u32, u32)> {
    let digits = place.find(|character: char| character.is_ascii_digit())?;
    let (name, number) = place.split_at(digits);
    let mut column = 0_u32;
    for byte in name.bytes() {
        if !byte.is_ascii_alphabetic() || column > MOST_COLUMNS {
            return None;
        }
        column = column * 26 + u32::from(byte.to_ascii_uppercase() - b'A') + 1;
    }
    let row: u32 = number.parse().ok()?;
    let fits = (1..=MOST_ROWS).contains(&row) && (1..=MOST_COLUMNS).contains(&column);
    fits.then(|| (row, column - 1))
}

fn parse_area(area: &str) -> Option<Area> {
    let (from, to) = area.split_once(':')?;
    let ((top, left), (bottom, right)) = (parse_place(from)?, parse_place(to)?);
    (top <= bottom && left <= right).then_some(Area { top, bottom, left, right })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_areas() {
        assert_eq!(parse_place("B7"), Some((7, 1)));
        assert_eq!(parse_place("XFD1048576"), Some((1_048_576, 16_383)));
        for bad in ["XFE1", "A1048577", "A0", "7", "A", "", "ZZZZZZZZZZZZ1", "A99999999999999", "\u{e9}1"] {
            assert_eq!(parse_place(bad), None, "{bad}");
        }
        assert_eq!(parse_area("B2:A1"), None, "inverted");
        assert_eq!(parse_area("A3:A5"), Some(Area { top: 3, bottom: 5, left: 0, right: 0 }));
    }

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
    }
}
