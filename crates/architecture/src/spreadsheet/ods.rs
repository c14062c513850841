//! OpenDocument spreadsheets (ISO/IEC 26300): the one part that holds tables, read once and under a budget.
//!
//! A hostile file is small and says that a cell or a row is repeated a million times: what is empty is passed over at once,
//! what has content is paid for each time and stops at the limits. Deliberately without formulas (the saved result is used),
//! comments, tracked changes, drawings, and tables within cells.

mod styles;

use quick_xml::events::{BytesStart, Event};

use self::styles::Styles;
use super::{
    Area, CellKind, Format, Limits, LooksLike, Sheet, Unreadable, Workbook, grid,
    grid::Grid,
    limits::Budget,
    number_formats::Shown,
    package::{Package, Part},
    xml::Xml,
};

/// Spaces that one mark may stand for.
const MOST_SPACES: usize = 100;

/// Reads a spreadsheet.
pub(super) fn read(name: &str, mut package: Package<'_>, limits: &Limits) -> Result<Workbook, Unreadable> {
    if let Some(manifest) = package.read("META-INF/manifest.xml", "the list of parts")?
        && manifest.text.contains("encryption-data")
    {
        return Err(Unreadable::Password);
    }
    let kind = package.read("mimetype", "the list of parts")?.map(|part| part.text).unwrap_or_default();
    if !kind.contains("spreadsheet") {
        return Err(Unreadable::NotASpreadsheet(LooksLike::OpenDocument));
    }
    let mut styles = Styles::default();
    if let Some(part) = package.read("styles.xml", "the list of styles")? {
        styles.read(&part)?;
    }
    let Some(content) = package.read("content.xml", "the tables")? else {
        return Err(match package.has("encrypted-package") {
            true => Unreadable::Password,
            false => Unreadable::BrokenZip(Some("the tables".into())),
        });
    };
    styles.read(&content)?;
    let mut budget = Budget::new(limits);
    let sheets = tables(&content, &styles, &mut budget)?;
    if sheets.iter().all(|sheet| sheet.rows.is_empty()) {
        return Err(Unreadable::Empty);
    }
    Ok(Workbook { name: name.to_owned(), format: Format::Ods, from_1904: false, sheets, absent: Vec::new() })
}

fn tables(part: &Part, styles: &Styles, budget: &mut Budget<'_>) -> Result<Vec<Sheet>, Unreadable> {
    let mut xml = Xml::new(part);
    let mut sheets = Vec::new();
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "table" => {
                    if sheets.len() >= budget.limits.sheets {
                        let (sheets, limit) = (sheets.len() + 1, budget.limits.sheets);
                        return Err(Unreadable::TooManySheets { sheets, limit });
                    }
                    let [name, style] = xml.attributes(&element, ["name", "style-name"])?;
                    let name = name.unwrap_or_default().into_owned();
                    let hidden = style.is_some_and(|style| styles.hides(&style));
                    let grid = Grid::new(&name, hidden);
                    let mut table = Table { xml: &mut xml, styles, budget, grid, row: 0 };
                    table.all()?;
                    let Table { grid, budget, .. } = table;
                    sheets.push(grid.finish(budget)?);
                }
                // These hold tables and cells that are not the file's own.
                "tracked-changes" | "dde-links" | "scripts" | "font-face-decls" => xml.skip()?,
                _ => {}
            },
            Event::Eof => return Ok(sheets),
            _ => {}
        }
    }
}

struct Table<'x, 'a, 'b, 'n> {
    xml: &'x mut Xml<'a>,
    styles: &'x Styles,
    budget: &'x mut Budget<'b>,
    grid: Grid<'n>,
    /// How many rows have passed.
    row: u32,
}

/// A cell with content, before it is put into its rows.
struct Found {
    column: u32,
    times: u32,
    text: String,
    kind: CellKind,
    formula: bool,
    /// Rows and columns that it spans.
    spans: (u32, u32),
    colour: Option<u32>,
}

impl Table<'_, '_, '_, '_> {
    /// Reads up to the table's end.
    fn all(&mut self) -> Result<(), Unreadable> {
        let mut inner = 0_usize;
        loop {
            match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "table-row" => {
                        let [times] = self.xml.attributes(&element, ["number-rows-repeated"])?;
                        let times = self.count(times.as_deref())?;
                        self.one_row(times)?;
                    }
                    "shapes" | "forms" | "table" => self.xml.skip()?,
                    _ => inner += 1,
                },
                Event::End(_) if inner == 0 => return Ok(()),
                Event::End(_) => inner -= 1,
                _ => {}
            }
        }
    }

    fn count(&self, times: Option<&str>) -> Result<u32, Unreadable> {
        match times {
            None => Ok(1),
            Some(times) => times.trim().parse::<u32>().map_err(|_| self.xml.broken()).map(|times| times.max(1)),
        }
    }

    fn one_row(&mut self, times: u32) -> Result<(), Unreadable> {
        let mut found: Vec<Found> = Vec::new();
        let mut column = 0_u32;
        loop {
            match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "table-cell" => {
                        let [repeated] = self.xml.attributes(&element, ["number-columns-repeated"])?;
                        let repeated = self.count(repeated.as_deref())?;
                        if let Some(cell) = self.cell(&element, column, repeated)? {
                            // Paid for before it is kept, so that a row cannot grow beyond the limits.
                            if found.len() > self.budget.limits.columns as usize {
                                return Err(self.xml.broken());
                            }
                            found.push(cell);
                        }
                        column = column.saturating_add(repeated);
                    }
                    "covered-table-cell" => {
                        let [repeated] = self.xml.attributes(&element, ["number-columns-repeated"])?;
                        column = column.saturating_add(self.count(repeated.as_deref())?);
                        self.xml.skip()?;
                    }
                    _ => self.xml.skip()?,
                },
                Event::End(_) => break,
                _ => {}
            }
        }
        if !found.is_empty() {
            for number in 1..=times {
                self.put(self.row.saturating_add(number), &found)?;
            }
        }
        self.row = self.row.saturating_add(times);
        Ok(())
    }

    fn put(&mut self, row: u32, found: &[Found]) -> Result<(), Unreadable> {
        for cell in found {
            for place in 0..cell.times {
                let column = cell.column.saturating_add(place);
                self.grid.put((row, column), cell.text.clone(), cell.kind, cell.formula, self.budget)?;
            }
            if let Some(colour) = cell.colour {
                self.grid.fill(row, colour);
            }
            let (rows, columns) = cell.spans;
            let area = Area {
                top: row,
                bottom: row.saturating_add(rows - 1),
                left: cell.column,
                right: cell.column.saturating_add(columns - 1),
            };
            self.grid.merge(area, self.budget)?;
        }
        Ok(())
    }

    /// A cell up to its end; none where it is empty.
    fn cell(&mut self, element: &BytesStart<'_>, column: u32, times: u32) -> Result<Option<Found>, Unreadable> {
        let [kind, value, currency, date, time, flag, string, formula, style, rows, columns] = self.xml.attributes(
            element,
            [
                "value-type",
                "value",
                "currency",
                "date-value",
                "time-value",
                "boolean-value",
                "string-value",
                "formula",
                "style-name",
                "number-rows-spanned",
                "number-columns-spanned",
            ],
        )?;
        let spans = (self.count(rows.as_deref())?, self.count(columns.as_deref())?);
        let shown = self.paragraphs()?;
        let look = style.as_deref().and_then(|style| self.styles.cell(style));
        // A formula that went wrong has an empty value beside what the cell shows, such as "#N/A".
        let string = string.filter(|text| !text.is_empty());
        let text = (string.map(|text| text.into_owned()).unwrap_or_else(|| shown.clone()), CellKind::Text);
        let (text, kind) = match kind.as_deref() {
            Some(of @ ("float" | "currency" | "percentage")) => {
                let as_shown = match (of, currency.as_deref()) {
                    ("percentage", _) => Shown::Percentage,
                    ("currency", Some(code)) => Shown::of_currency(code),
                    _ => Shown::Number,
                };
                // What the cell shows is what was written, where it shows the sign.
                let signed = shown.contains(|sign: char| !sign.is_ascii_digit() && !" .,-".contains(sign));
                match value.and_then(|value| value.trim().parse::<f64>().ok()) {
                    Some(_) if signed && matches!(as_shown, Shown::Percentage | Shown::Currency(_)) => text,
                    Some(number) if number.is_finite() => grid::number(number, as_shown, false),
                    _ => text,
                }
            }
            Some("date") => {
                let day = date
                    .as_deref()
                    .and_then(|date| date.get(..10))
                    .and_then(|day| day.parse::<jiff::civil::Date>().ok());
                match (day, look.map(|look| look.shown)) {
                    (Some(day), Some(Shown::Month)) if day.day() == 1 => {
                        let (year, month) = (day.year(), day.month());
                        (format!("{year:04}-{month:02}"), CellKind::Month { year, month })
                    }
                    (Some(day), _) => (day.to_string(), CellKind::Date(day)),
                    (None, _) => text,
                }
            }
            Some("time") => match time {
                Some(time) if shown.is_empty() => (time.into_owned(), CellKind::Text),
                _ => text,
            },
            Some("boolean") => match flag.as_deref() {
                Some("true") => ("TRUE".to_owned(), CellKind::Bool(true)),
                _ => ("FALSE".to_owned(), CellKind::Bool(false)),
            },
            _ => text,
        };
        let formula = formula.is_some();
        if text.trim().is_empty() && !formula {
            return Ok(None);
        }
        let colour = look.and_then(|look| look.colour);
        Ok(Some(Found { column, times, text, kind, formula, spans, colour }))
    }

    /// The paragraphs of a cell, whose start was just read, up to its end, without comments and drawings.
    fn paragraphs(&mut self) -> Result<String, Unreadable> {
        // No more than what makes the cell too long is kept.
        let most = self.budget.limits.cell_characters.saturating_mul(4).saturating_add(4);
        let mut text = String::new();
        let (mut inner, mut paragraphs) = (0_usize, 0_usize);
        loop {
            let event = self.xml.next()?;
            let room = text.len() < most;
            match event {
                Event::Start(element) => {
                    match element.local_name().as_ref() {
                        "p" => {
                            if paragraphs > 0 && room {
                                text.push('\n');
                            }
                            paragraphs += 1;
                        }
                        "s" if room => {
                            let [count] = self.xml.attributes(&element, ["c"])?;
                            let count = count.and_then(|count| count.trim().parse().ok()).unwrap_or(1);
                            text.extend(std::iter::repeat_n(' ', usize::min(count, MOST_SPACES)));
                        }
                        "tab" if room => text.push('\t'),
                        "line-break" if room => text.push('\n'),
                        "annotation" | "frame" | "custom-shape" | "table" | "g" | "line" | "rect" => {
                            self.xml.skip()?;
                            continue;
                        }
                        _ => {}
                    }
                    inner += 1;
                }
                Event::End(_) if inner == 0 => return Ok(text),
                Event::End(_) => inner -= 1,
                Event::Text(part) if inner > 0 && room => text.push_str(&part.xml10_content()),
                Event::CData(part) if inner > 0 && room => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) => {
                    let character = self.xml.character(&reference)?;
                    if inner > 0 && room {
                        text.push(character);
                    }
                }
                _ => {}
            }
        }
    }
}
