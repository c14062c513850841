//! Tables as Excel workbooks: numbers, days and amounts as what they are, headings that stay in sight, and a second sheet
//! that says what the file is, where it came from and what it covers.
//!
//! No text becomes a formula or a link: texts are written as texts, and what would turn into a formula when somebody
//! edits the cell carries Excel's own mark of a text. There are no macros, colours with meaning, or protected cells.

use jiff::civil;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::{Cell, Page, Table, Visit, safe_csv_cell, say, table::pounds};

/// The most characters that a cell can hold.
pub const LONGEST_TEXT: usize = 32_767;
/// The largest whole number that a cell, which is a floating point number, holds exactly.
const LARGEST_NUMBER: u64 = 1 << 53;
/// How many rows are looked at to find how wide a column should be.
const LOOKED_AT: usize = 1_000;
const NARROWEST: usize = 8;
const WIDEST: usize = 60;

/// How cells are written. One for each workbook.
#[derive(Debug)]
pub struct Styles {
    /// Bold, for headings.
    pub heading: rust_xlsxwriter::Format,
    /// Texts that run over several lines.
    pub wrapped: rust_xlsxwriter::Format,
    literal: rust_xlsxwriter::Format,
    day: rust_xlsxwriter::Format,
    moment: rust_xlsxwriter::Format,
    whole: rust_xlsxwriter::Format,
    pounds: rust_xlsxwriter::Format,
}

impl Default for Styles {
    fn default() -> Styles {
        let plain = rust_xlsxwriter::Format::new;
        Styles {
            heading: plain().set_bold().set_text_wrap().set_align(FormatAlign::Top),
            wrapped: plain().set_text_wrap().set_align(FormatAlign::Top),
            literal: plain().set_quote_prefix(),
            day: plain().set_num_format("d mmm yyyy"),
            moment: plain().set_num_format("d mmm yyyy hh:mm"),
            whole: plain().set_num_format("0"),
            pounds: plain().set_num_format("#,##0.00"),
        }
    }
}

impl Styles {
    /// Writes one cell: a day as a day, pence as pounds; a month without a day, and what no cell holds exactly, as text.
    ///
    /// # Errors
    /// When the place lies outside of a sheet.
    pub fn write(&self, sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell) -> Result<(), XlsxError> {
        match cell {
            Cell::Empty => {}
            Cell::Text(text) => self.text(sheet, row, column, text)?,
            Cell::Integer(number) if number.unsigned_abs() <= LARGEST_NUMBER => {
                sheet.write_number_with_format(row, column, *number as f64, &self.whole)?;
            }
            Cell::Integer(number) => self.text(sheet, row, column, &number.to_string())?,
            Cell::Pence(pence) if pence.unsigned_abs() <= LARGEST_NUMBER => {
                sheet.write_number_with_format(row, column, *pence as f64 / 100.0, &self.pounds)?;
            }
            Cell::Pence(pence) => self.text(sheet, row, column, &pounds(*pence))?,
            Cell::Date(text) => match (day(text), moment(text)) {
                (Some(day), _) => _ = sheet.write_datetime_with_format(row, column, day, &self.day)?,
                (None, Some(moment)) => _ = sheet.write_datetime_with_format(row, column, moment, &self.moment)?,
                (None, None) => self.text(sheet, row, column, text)?,
            },
        }
        Ok(())
    }

    fn text(&self, sheet: &mut Worksheet, row: u32, column: u16, text: &str) -> Result<(), XlsxError> {
        if text.is_empty() {
            return Ok(());
        }
        let text = shortened(text);
        match safe_csv_cell(&text) == text {
            true => sheet.write_string(row, column, text)?,
            false => sheet.write_string_with_format(row, column, text, &self.literal)?,
        };
        Ok(())
    }
}

/// Text that fits into a cell; longer text ends with "…".
fn shortened(text: &str) -> String {
    let length = |text: &str| text.encode_utf16().count();
    if text.len() <= LONGEST_TEXT || length(text) <= LONGEST_TEXT {
        return text.to_owned();
    }
    let mut left = LONGEST_TEXT - 1;
    let kept = text.chars().take_while(|letter| match left.checked_sub(letter.len_utf16()) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    });
    kept.chain(['…']).collect()
}

/// Excel knows days from 1900 on, and takes 1900 for a leap year: earlier days and those of its wrong months stay text.
fn excel_day(date: civil::Date) -> Option<ExcelDateTime> {
    let year = u16::try_from(date.year()).ok().filter(|year| *year > 1900)?;
    ExcelDateTime::from_ymd(year, u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?).ok()
}

fn day(text: &str) -> Option<ExcelDateTime> {
    // A moment parses as a date, too.
    (text.len() == 10).then(|| text.parse().ok()).flatten().and_then(excel_day)
}

fn moment(text: &str) -> Option<ExcelDateTime> {
    let time = text.parse::<jiff::Timestamp>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let (hour, minute) = (u16::try_from(time.hour()).ok()?, u8::try_from(time.minute()).ok()?);
    excel_day(time.date())?.and_hms(hour, minute, f64::from(time.second())).ok()
}

/// Writes a table onto a sheet: bold headings that stay in sight and can be filtered, columns as wide as they need.
///
/// # Errors
/// When a row has another number of cells than there are columns, or the table is larger than a sheet.
pub fn fill(sheet: &mut Worksheet, styles: &Styles, table: &Table) -> Result<(), XlsxError> {
    let mut widths: Vec<usize> = table.columns.iter().map(|heading| heading.chars().count() + 4).collect();
    for (heading, place) in table.columns.iter().zip(0_u16..) {
        sheet.write_string_with_format(0, place, *heading, &styles.heading)?;
    }
    for (number, (row, cells)) in (1_u32..).zip(&table.rows).enumerate() {
        if cells.len() != table.columns.len() {
            let problem = format!("row {row} has {} cells and not {}", cells.len(), table.columns.len());
            return Err(XlsxError::ParameterError(problem));
        }
        for ((cell, place), width) in cells.iter().zip(0_u16..).zip(&mut widths) {
            styles.write(sheet, row, place, cell)?;
            if number < LOOKED_AT {
                *width = (*width).max(letters(cell) + 2);
            }
        }
    }
    for (width, place) in widths.into_iter().zip(0_u16..) {
        let width = u16::try_from(width.clamp(NARROWEST, WIDEST)).unwrap_or(u16::MAX);
        sheet.set_column_width(place, f64::from(width))?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_landscape().set_print_fit_to_pages(1, 0);
    let last = u16::try_from(table.columns.len()).unwrap_or(u16::MAX).checked_sub(1);
    if let Some(last) = last {
        sheet.autofilter(0, 0, u32::try_from(table.rows.len()).unwrap_or(u32::MAX), last)?;
    }
    Ok(())
}

/// About how many letters a cell shows.
fn letters(cell: &Cell) -> usize {
    match cell {
        Cell::Empty => 0,
        Cell::Text(text) => text.chars().take(WIDEST).count(),
        Cell::Integer(_) | Cell::Pence(_) => 12,
        Cell::Date(text) => text.len().min(17),
    }
}

/// What the sheet "About" says.
#[derive(Clone, Debug)]
pub struct About {
    /// The sheet's name.
    pub sheet: String,
    /// What the file shows.
    pub title: String,
    /// Headings and texts, one a line.
    pub lines: Vec<(String, String)>,
    /// The day on which the file was made; nothing finer, so that the same content is the same file.
    pub on: civil::Date,
}

impl About {
    /// About the file of a page.
    pub fn of(page: &Page, visit: &Visit, owner: Option<&str>, on: civil::Date) -> About {
        let title = [Some(page.title.clone()), page.place.clone()];
        let query = if visit.query.is_empty() { String::new() } else { format!("?{}", visit.query) };
        let address = format!("{}{}{query}", visit.host.as_deref().unwrap_or_default(), visit.path);
        let rows = page.table.as_ref().map_or(0, |table| table.rows.len());
        let mut lines = vec![
            (say!("From"), owner.unwrap_or("Commonhold").to_owned()),
            (say!("Address"), address),
            (say!("Made on"), on.strftime("%-d %B %Y").to_string()),
            (say!("Rows"), say!("{count}", count = rows)),
        ];
        lines.extend(page.about.iter().cloned());
        lines.push((say!("Empty cells"), say!("Not known, or not shared with whoever made this file.")));
        About { sheet: say!("About"), title: title.into_iter().flatten().collect::<Vec<_>>().join(" – "), lines, on }
    }

    /// Adds the sheet and the file's own properties to a workbook.
    ///
    /// # Errors
    /// When the sheet's name cannot be one.
    pub fn add(&self, workbook: &mut Workbook, styles: &Styles) -> Result<(), XlsxError> {
        let made = excel_day(self.on).ok_or_else(|| XlsxError::DateTimeRangeError(self.on.to_string()))?;
        let mut properties = DocProperties::new().set_title(shortened(&self.title));
        properties = properties.set_creation_datetime(&made);
        workbook.set_properties(&properties);
        let sheet = workbook.add_worksheet();
        sheet.set_name(&self.sheet)?;
        sheet.set_column_width(0, 24)?;
        sheet.set_column_width(1, 90)?;
        sheet.write_string_with_format(0, 0, shortened(&self.title), &rust_xlsxwriter::Format::new().set_bold())?;
        for (row, (heading, text)) in (2_u32..).zip(&self.lines) {
            sheet.write_string_with_format(row, 0, heading, &styles.heading)?;
            sheet.write_string_with_format(row, 1, shortened(text), &styles.wrapped)?;
        }
        Ok(())
    }
}

/// A workbook of one table, and about it.
///
/// # Errors
/// As [`fill`].
pub(crate) fn of_table(table: &Table, about: &About) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let styles = Styles::default();
    let sheet = workbook.add_worksheet();
    sheet.set_name(sheet_name(&table.name))?;
    fill(sheet, &styles, table)?;
    about.add(&mut workbook, &styles)?;
    workbook.save_to_buffer()
}

/// A file's name as a sheet's: at most 31 letters, without what Excel forbids.
fn sheet_name(name: &str) -> String {
    let plain = |letter: &char| !letter.is_control() && !['[', ']', ':', '*', '?', '/', '\\', '\''].contains(letter);
    let name: String = name.chars().filter(plain).take(31).collect();
    // "History" is reserved, and "About" is the other sheet.
    let taken = ["", "history", "about"].contains(&name.to_lowercase().as_str());
    if taken { "Table".to_owned() } else { name }
}
