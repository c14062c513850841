//! The spreadsheet of an estate that is edited and sent back, and the same without rows for whoever begins with nothing:
//! one row a system, drop-downs where we know what may stand there, and a legend.
//!
//! Headings are the names of our fields, so the way back needs no mapping by hand. Drop-downs suggest and never refuse: a
//! council's own word is worth more than an empty cell.

use accounts::Organisation;
use jiff::civil::Date;
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, Format, FormatAlign, Formula, Workbook, Worksheet, XlsxError,
};
use store::{Error, Transaction};
use web::workbook::{About, Styles, fill};
use web::{Cell, Table, say};

use super::written::{Fields, Written, Wrote};
use super::{Sharing, legend};
use crate::frame::{self, LGAM};
use crate::organisation::short_name;
use crate::spreadsheet::Field;

/// The rows that have drop-downs: a council with more systems has them in its first ones.
const ROWS_WITH_CHOICES: u32 = 2_000;

/// The names that drop-downs offer.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Products of the shared list.
    pub products: Vec<String>,
    /// Suppliers.
    pub suppliers: Vec<String>,
    /// Elements of the LGAM.
    pub elements: Vec<String>,
    /// Other organisations that may use a system.
    pub organisations: Vec<String>,
    /// The words that LGAM's licence asks every copy to carry.
    pub attribution: Option<String>,
}

impl Choices {
    /// Reads them for one organisation.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn of(tx: &mut Transaction<'_>, organisation: &Organisation) -> Result<Choices, Error> {
        let sql = "SELECT name FROM product WHERE organisation = '' ORDER BY name_folded, id";
        let bodies = accounts::organisation::all(tx, None)?;
        let supplies = |one: &&Organisation| one.kind == accounts::OrganisationKind::Supplier;
        let mut suppliers: Vec<String> = bodies.iter().filter(supplies).map(|one| one.name.clone()).collect();
        let others = bodies.iter().filter(|one| !supplies(one) && one.participating && one.id != organisation.id);
        let mut organisations: Vec<String> = others.map(|one| one.name.clone()).collect();
        suppliers.sort_by_cached_key(|name| vocabulary::fold(name));
        organisations.sort_by_cached_key(|name| vocabulary::fold(name));
        suppliers.insert(0, IN_HOUSE.to_owned());
        let layers = frame::store::layers(tx, LGAM)?;
        Ok(Choices {
            products: tx.query(sql, &[], |row| row.text(0))?,
            suppliers,
            elements: layers.into_iter().flat_map(|layer| layer.elements).map(|element| element.name).collect(),
            organisations,
            attribution: frame::store::about(tx, LGAM)?.map(|about| about.attribution),
        })
    }
}

/// As files say it; never translated, since it is read back.
const IN_HOUSE: &str = "In-house";
const STATUSES: [&str; 4] = ["Planned", "Live", "Retiring", "Retired"];
/// The sheet with the names of drop-downs. Its headings are none that a column of systems has.
const CHOICES: &str = "Choices";

/// The fields of systems as a table under `headings`. States begin with a capital, as drop-downs have them.
pub fn table(name: &str, systems: &[&Fields], heading: fn(Field) -> &'static str, capitals: bool) -> Table {
    let cell = |field: Field, wrote: Option<&Wrote>| match wrote {
        Some(Wrote::Text(word)) if capitals && field == Field::Status => {
            let known = STATUSES.iter().find(|status| status.to_lowercase() == *word);
            Cell::Text(known.map_or_else(|| word.clone(), |status| (*status).to_owned()))
        }
        wrote => wrote.map_or(Cell::Empty, Wrote::cell),
    };
    Table {
        name: name.to_owned(),
        columns: Field::all().map(heading).collect(),
        rows: systems
            .iter()
            .map(|fields| Field::all().map(|field| cell(field, fields.get(&field))).collect())
            .collect(),
    }
}

/// The workbook of an estate; of none, the blank one.
///
/// # Errors
/// When a sheet would be larger than a sheet can be.
pub fn of(
    organisation: &Organisation,
    sharing: Sharing,
    written: Option<&Written>,
    choices: &Choices,
    today: Date,
) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let styles = Styles::default();
    let systems = written.map(Written::in_order).unwrap_or_default();
    let short = short_name(&organisation.name);

    let sheet = book.add_worksheet();
    sheet.set_name("Systems")?;
    fill(sheet, &styles, &table("systems", &systems, Field::label, true))?;
    sheet.set_freeze_panes(1, 2)?;
    id_column(sheet)?;
    choose(sheet, choices)?;

    let uncovering: Vec<&Fields> = written.iter().flat_map(|written| &written.uncovering).collect();
    if !uncovering.is_empty() {
        let sheet = book.add_worksheet();
        sheet.set_name("Contracts")?;
        fill(sheet, &styles, &contracts(&uncovering))?;
    }
    add_legend(&mut book, &styles, short, sharing)?;
    add_choices(&mut book, &styles, choices)?;
    about(organisation, short, systems.len(), written.is_some(), choices, today).add(&mut book, &styles)?;
    book.save_to_buffer()
}

/// Contracts that cover no system.
fn contracts(contracts: &[&Fields]) -> Table {
    let fields: Vec<Field> = Field::all().filter(|field| is_of_contract(*field)).collect();
    let row =
        |contract: &&Fields| fields.iter().map(|field| contract.get(field).map_or(Cell::Empty, Wrote::cell)).collect();
    Table {
        name: "contracts".to_owned(),
        columns: fields.iter().map(|field| field.label()).collect(),
        rows: contracts.iter().map(row).collect(),
    }
}

fn is_of_contract(field: Field) -> bool {
    let attribute = crate::statement::Attribute::from_word(field.id());
    attribute.is_some_and(|attribute| attribute.of() == crate::statement::SubjectKind::Contract)
}

fn column(field: Field) -> u16 {
    Field::all().zip(0_u16..).find(|(one, _)| *one == field).map_or(0, |(_, place)| place)
}

/// The column of ids is grey, and says why when somebody stands in it.
fn id_column(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    let grey = Format::new().set_font_color(Color::RGB(0x0050_5A5F)).set_background_color(Color::RGB(0x00F3_F2F1));
    let id = column(Field::CommonholdId);
    sheet.set_column_format(id, &grey)?;
    sheet.set_column_width(id, 16)?;
    let leave = DataValidation::new()
        .set_input_title(say!("Leave this as it is"))?
        .set_input_message(say!("It tells us which system the row is. Leave it empty for a system that you add."))?;
    sheet.add_data_validation(1, id, ROWS_WITH_CHOICES, id, &leave)?;
    Ok(())
}

/// Drop-downs. Another word is taken after a hint.
fn choose(sheet: &mut Worksheet, choices: &Choices) -> Result<(), XlsxError> {
    let lists = [
        (Field::Product, "A", choices.products.len()),
        (Field::Supplier, "B", choices.suppliers.len()),
        (Field::ContractSupplier, "B", choices.suppliers.len()),
        (Field::Elements, "C", choices.elements.len()),
        (Field::UsedBy, "D", choices.organisations.len()),
    ];
    let other = |list: DataValidation| {
        let list = list.set_error_style(DataValidationErrorStyle::Information);
        list.set_error_title(say!("Not in the list"))?.set_error_message(say!("You can keep it all the same."))
    };
    let status = other(DataValidation::new().allow_list_strings(&STATUSES)?)?;
    sheet.add_data_validation(1, column(Field::Status), ROWS_WITH_CHOICES, column(Field::Status), &status)?;
    for (field, letter, count) in lists.into_iter().filter(|(_, _, count)| *count > 0) {
        let range = format!("={CHOICES}!${letter}$2:${letter}${}", count + 1);
        let mut list = other(DataValidation::new().allow_list_formula(Formula::new(range)))?;
        if matches!(field, Field::Elements | Field::UsedBy) {
            // Several may stand in one cell, which no list can allow.
            list = list.show_error_message(false);
        }
        sheet.add_data_validation(1, column(field), ROWS_WITH_CHOICES, column(field), &list)?;
    }
    Ok(())
}

fn add_legend(book: &mut Workbook, styles: &Styles, short: &str, sharing: Sharing) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name("Legend")?;
    let intro = say!(
        "An empty cell changes nothing. A row that you delete retires nothing until you say so. A row without an id is a new system."
    );
    sheet.write_string_with_format(0, 0, intro, &Format::new().set_bold())?;
    let headings = [
        say!("Column of Systems"),
        say!("What it means"),
        say!("What may stand there"),
        say!("Where it comes from"),
        say!("Seen by"),
    ];
    for ((heading, place), width) in headings.iter().zip(0_u16..).zip([24, 60, 45, 30, 35]) {
        sheet.write_string_with_format(2, place, heading, &styles.heading)?;
        sheet.set_column_width(place, width)?;
    }
    let top = Format::new().set_align(FormatAlign::Top);
    for (entry, row) in legend::entries(short, sharing).into_iter().zip(3_u32..) {
        sheet.write_string_with_format(row, 0, entry.field.label(), &top)?;
        for (text, place) in [entry.meaning, entry.values, entry.source, entry.seen_by].iter().zip(1_u16..) {
            sheet.write_string_with_format(row, place, text, &styles.wrapped)?;
        }
    }
    sheet.set_freeze_panes(3, 0)?;
    Ok(())
}

fn add_choices(book: &mut Workbook, styles: &Styles, choices: &Choices) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name(CHOICES)?;
    let lists = [
        (say!("Products to choose"), &choices.products),
        (say!("Suppliers to choose"), &choices.suppliers),
        (say!("Elements to choose"), &choices.elements),
        (say!("Organisations to choose"), &choices.organisations),
    ];
    for ((heading, names), place) in lists.iter().zip(0_u16..) {
        sheet.write_string_with_format(0, place, heading, &styles.heading)?;
        sheet.set_column_width(place, 40)?;
        for (name, row) in names.iter().zip(1_u32..) {
            styles.write(sheet, row, place, &Cell::from(name.as_str()))?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    // Seen, but out of the way, and no list of systems for whoever reads the file.
    sheet.set_hidden(true);
    Ok(())
}

fn about(
    organisation: &Organisation,
    short: &str,
    systems: usize,
    whole: bool,
    choices: &Choices,
    today: Date,
) -> About {
    let title = match whole {
        true => say!("Systems of {organisation}, to edit and send back", organisation = organisation.name),
        false => say!("A blank list of systems for {organisation}", organisation = organisation.name),
    };
    let imports = format!("/organisations/{}/imports", organisation.id);
    let mut lines = vec![
        (say!("Made on"), today.strftime("%-d %B %Y").to_string()),
        (say!("Systems"), say!("{count}", count = systems)),
        (
            say!("Send it back"),
            say!("Upload it at {address}. Nothing is saved until you have seen what would change.", address = imports),
        ),
        (
            say!("Keep to yourself"),
            say!("It holds what only {organisation} sees, such as notes and costs.", organisation = short),
        ),
    ];
    lines.extend(choices.attribution.clone().map(|words| (say!("Attribution"), words)));
    About { sheet: say!("About"), title, lines, on: today }
}
