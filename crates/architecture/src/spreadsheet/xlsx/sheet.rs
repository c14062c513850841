//! One sheet: its cells by place, its merged areas, its formulas noted and never evaluated.

use quick_xml::events::{BytesStart, Event};

use super::{
    super::{
        Area, CellKind, Sheet, Unreadable, grid,
        grid::Grid,
        limits::Budget,
        package::Part,
        xml::{Xml, unescape_excel},
    },
    strings::{Shared, Texts, rich_text},
    styles::Styles,
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
    let grid = Grid::new(context.name, context.hidden);
    let mut reading = Reading { xml: Xml::new(part), context, budget, grid, row: 0, column: 0, text: String::new() };
    reading.all()?;
    let Reading { grid, budget, .. } = reading;
    grid.finish(budget)
}

struct Reading<'a, 'b> {
    xml: Xml<'a>,
    context: &'a Context<'a>,
    budget: &'a mut Budget<'b>,
    grid: Grid<'a>,
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
                        if let Some(area) = area.and_then(|area| parse_area(&area)) {
                            self.grid.merge(area, self.budget)?;
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
                Some(Shared::TooLong) => return Err(self.grid.too_long((self.row, self.column), self.budget)),
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
                Ok(number) if number.is_finite() => {
                    grid::number(number, self.context.styles.shown(style), self.context.from_1904)
                }
                _ => (raw.to_owned(), CellKind::Text),
            },
        };
        self.grid.put((self.row, self.column), text, kind, formula, self.budget)?;
        if let Some(fill) = self.context.styles.fill(style) {
            self.grid.fill(self.row, fill);
        }
        Ok(())
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
}
