//! What the columns of a file mean: as we recognised them, for people to confirm and correct; what its rows are; and which of
//! the organisation's lists the file is.

pub(crate) mod sheets;

use std::collections::BTreeMap;

use accounts::Deed;
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::json;
use vocabulary::Reader;
use web::{Answer, FieldError, Form, Outcome, Page, Parameters, Problem, Routes, Visit, say};

use super::{Waiting, found, list_address, page, permitted, stage};
use crate::import::{LONGEST_LIST, State as ImportState, list_named, store};
use crate::spreadsheet::{
    self, Certainty, Field, Holds, Layout, ListOf, Mapped, Mapping, layout_at, preset_of, says_its_heading, unit_note,
};
use crate::{Architecture, Refused};
use sheets::Joined;

const TEMPLATE: &str = "architecture/import/mapping.html";
const PARAMETERS: &[&str] = &["sheet", "row", "rows"];
/// The value that says that the file is a list which was never brought in before. No list has such a name.
const ANOTHER: &str = "*";

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}/imports/{import}/mapping", "What each column of a waiting file means", show)
        .parameters(PARAMETERS)
        .by("editors and stewards of the organisation")
        .post(
            "/organisations/{id}/imports/{import}/mapping",
            "Say what each column means, and go on to the preview",
            choose,
        )
        .fields(&["sheet", "row", "rows", "list", "new_list", "column-*", "sheet-*"])
        .by("editors and stewards of the organisation")
}

async fn show(State(state): State<Architecture>, Path((id, import)): Path<(String, String)>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::SeeOwn, &id)?;
    let parameters = visit.parameters(PARAMETERS)?;
    let known = |word| list_of(word).ok_or_else(|| parameters.unknown_value("rows", word, &ROWS));
    let rows = parameters.one("rows").map(known).transpose()?;
    let waiting = match stage(&state, &of, import).await?.or_its_page() {
        Ok(waiting) => waiting,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (layout, errors) = match layout_asked(&waiting, &parameters) {
        Ok(layout) => (layout, Vec::new()),
        Err(error) => (waiting.file.layout.clone(), vec![error]),
    };
    let mapping = match rows {
        None => waiting.mapping(&layout),
        Some(list_of) => waiting.mapping_as(&layout, list_of),
    };
    Ok(Columns::of(&waiting, &layout, &mapping).page(&visit.reader).errors(errors).into())
}

/// What rows can be, as addresses and forms say it.
const ROWS: [&str; 2] = ["systems", "contracts"];

fn list_of(word: &str) -> Option<ListOf> {
    match word {
        "systems" => Some(ListOf::Systems),
        "contracts" => Some(ListOf::Contracts),
        _ => None,
    }
}

/// The sheet and row of headings that the address names; else those of the import.
fn layout_asked(waiting: &Waiting, parameters: &Parameters) -> Result<Layout, FieldError> {
    let sheet = parameters.one("sheet").unwrap_or(&waiting.file.layout.sheet);
    let Some(row) = parameters.one("row") else {
        let elsewhere = sheet != waiting.file.layout.sheet;
        let first = waiting.file.workbook.sheet(sheet).and_then(|sheet| sheet.rows.first()).map(|row| row.number);
        return match first.filter(|_| elsewhere) {
            Some(first) => layout_here(waiting, sheet, first),
            None => Ok(waiting.file.layout.clone()),
        };
    };
    match row.parse::<u32>() {
        Ok(row) => layout_here(waiting, sheet, row),
        Err(_) => Err(FieldError::new("row", say!("Write the row of the headings as a number, such as 3"))),
    }
}

fn layout_here(waiting: &Waiting, sheet: &str, row: u32) -> Result<Layout, FieldError> {
    layout_at(&waiting.file.workbook, sheet, row).ok_or_else(|| {
        let row = row.to_string();
        FieldError::new(
            "row",
            say!("Row {row} of '{sheet}' is empty. Choose the row that holds the headings", row = row, sheet = sheet),
        )
    })
}

/// The sheet and row of headings that the form speaks of; else those of the import.
fn layout_sent(waiting: &Waiting, form: &Form) -> Result<Layout, Problem> {
    let current = &waiting.file.layout;
    let row = match form.one("row") {
        None => current.header_row,
        Some(row) => row.parse().map_err(|_| Problem::invalid(say!("The row of the headings is not a number.")))?,
    };
    let sheet = form.one("sheet").unwrap_or(&current.sheet);
    if sheet == current.sheet && row == current.header_row {
        return Ok(current.clone());
    }
    layout_at(&waiting.file.workbook, sheet, row)
        .ok_or_else(|| Problem::invalid(say!("The file has no row of headings there.")))
}

/// What the form may say besides the columns' meanings.
const FIELDS: [&str; 5] = ["sheet", "row", "rows", "list", "new_list"];

/// The names of the controls of columns and of sheets that are joined.
fn controls(mapping: &Mapping, layout: &Layout) -> Vec<String> {
    let of = Of::list(mapping.list_of);
    let own = layout.columns.iter().map(|column| of.control(&column.letter));
    own.chain(sheets::controls(layout, mapping.list_of)).collect()
}

async fn choose(
    State(state): State<Architecture>,
    Path((id, import)): Path<(String, String)>,
    visit: Visit,
    form: Form,
) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    visit.parameters(&[])?;
    let waiting = stage(&state, &of, import).await?.or_refuse()?;
    let layout = layout_sent(&waiting, &form)?;
    let before = match form.one("rows") {
        None => waiting.mapping(&layout),
        Some(word) => {
            let list_of =
                list_of(word).ok_or_else(|| Problem::invalid(say!("Rows are \"systems\" or \"contracts\".")))?;
            waiting.mapping_as(&layout, list_of)
        }
    };
    let controls = controls(&before, &layout);
    form.only(&FIELDS.into_iter().chain(controls.iter().map(String::as_str)).collect::<Vec<_>>())?;
    let (mut mapping, mut errors) = read_columns(&before, &layout, &form)?;
    sheets::read(&mut mapping, &layout, &form, &mut errors)?;
    let source = read_list(&waiting, &form).map_err(|error| errors.push(error)).ok();
    let Some(source) = source.filter(|_| errors.is_empty()) else {
        return Ok(Columns::of(&waiting, &layout, &mapping).page(&visit.reader).typed(&form).errors(errors).into());
    };
    let (now, address, import) = (state.clock.now(), waiting.address(), waiting.import.id.clone());
    let writing = state.store.write(move |tx| {
        let (_, import) = found(tx, &of, &import)?;
        if import.state != ImportState::Uploaded.word() {
            return Err(Refused::Conflicting(say!(
                "This import was applied or cancelled meanwhile. Upload the file again."
            )));
        }
        store::choose_layout(tx, &of, &import.id, &layout.sheet, layout.header_row)?;
        store::choose(tx, &of, &import.id, &source, &mapping)?;
        store::remember(tx, &of, &mapping, now)?;
        Ok(())
    });
    writing.await?;
    Ok(Answer::Redirect(format!("{address}/preview")))
}

/// What was chosen for each column, with what is wrong about it.
fn read_columns(before: &Mapping, layout: &Layout, form: &Form) -> Result<(Mapping, Vec<FieldError>), Problem> {
    let mut mapping = before.clone();
    let mut errors = Vec::new();
    let of = Of::list(mapping.list_of);
    read_selects(&mut mapping.columns, &layout.columns, of, form, &mut errors)?;
    let first = layout.columns.first().map(|column| of.control(&column.letter)).unwrap_or_default();
    match mapping.list_of {
        ListOf::Systems if !mapping.has(Field::Name) => {
            let message = match mapping.has(Field::ContractReference) || mapping.has(Field::ContractTitle) {
                true => say!(
                    "Choose which column holds the system name. If each row is a contract, say so under \"The headings are somewhere else, or rows are something else\""
                ),
                false => say!("Choose which column holds the system name"),
            };
            errors.insert(0, FieldError::new(first, message));
        }
        ListOf::Contracts
            if ![Field::ContractReference, Field::ContractTitle, Field::Name]
                .iter()
                .any(|field| mapping.has(*field)) =>
        {
            let message =
                say!("Choose which column holds the contract reference, its title or the systems that it covers");
            errors.insert(0, FieldError::new(first, message));
        }
        _ => {}
    }
    Ok((mapping, errors))
}

/// Whose columns are chosen: the list's own, or those of another sheet.
#[derive(Clone, Copy)]
struct Of {
    /// The place of the other sheet, from 1; 0 for the list.
    sheet: usize,
    /// What it holds, where that is not systems.
    holds: Option<Holds>,
}

impl Of {
    fn list(list_of: ListOf) -> Of {
        Of { sheet: 0, holds: (list_of == ListOf::Contracts).then_some(Holds::Contracts) }
    }

    /// The `id` of a column's control.
    fn control(self, letter: &str) -> String {
        match self.sheet {
            0 => format!("column-{}", letter.to_lowercase()),
            sheet => format!("sheet-{sheet}-column-{}", letter.to_lowercase()),
        }
    }

    fn fields(self) -> Vec<Field> {
        self.holds.map_or_else(|| Field::all().collect(), |holds| holds.fields().to_vec())
    }

    fn label(self, field: Field) -> String {
        self.holds.map_or_else(|| say!(field.label()), |holds| holds.label(field))
    }

    fn takes_several_columns(self, field: Field) -> bool {
        self.holds.map_or_else(|| field.takes_several_columns(), |holds| holds.takes_several_columns(field))
    }
}

/// Reads what was chosen for columns. One of which the form says nothing stays as it was.
fn read_selects(
    mapped: &mut [Mapped],
    columns: &[spreadsheet::Column],
    of: Of,
    form: &Form,
    errors: &mut Vec<FieldError>,
) -> Result<(), Problem> {
    let fields = of.fields();
    let mut holders: BTreeMap<Field, &str> = BTreeMap::new();
    for (column, mapped) in columns.iter().zip(mapped) {
        let id = of.control(&column.letter);
        if let Some(word) = form.all(&id).first() {
            let chosen = match *word {
                "" => None,
                word => {
                    let field = word.parse::<Field>().map_err(|error| Problem::invalid(error.to_string()))?;
                    if !fields.contains(&field) {
                        return Err(Problem::invalid(say!("\"{field}\" is not a field of that sheet.", field = word)));
                    }
                    Some(field)
                }
            };
            // What was recognised and left so is recognised again; only choices are remembered, for they hold for the
            // organisation's other lists too.
            if chosen != mapped.field {
                mapped.certainty = Certainty::Chosen;
            }
            mapped.field = chosen;
        }
        if mapped.certainty == Certainty::Unrecognised {
            mapped.certainty = Certainty::Chosen;
        }
        let Some(field) = mapped.field.filter(|field| !of.takes_several_columns(*field)) else { continue };
        if let Some(first) = holders.insert(field, &column.letter) {
            errors.push(FieldError::new(
                id,
                say!(
                    "\"{field}\" is chosen for columns {first} and {second}. Keep one of them",
                    field = of.label(field),
                    first = first,
                    second = column.letter
                ),
            ));
        }
    }
    Ok(())
}

/// Which of the organisation's lists the file is.
fn read_list(waiting: &Waiting, form: &Form) -> Result<String, FieldError> {
    match form.one("list") {
        None if form.one("new_list").is_none() => Ok(waiting.import.source.clone()),
        Some(ANOTHER) => {
            let typed = form.one("new_list").unwrap_or_default();
            list_named(typed).ok_or_else(|| {
                let message = match vocabulary::fold(typed).is_empty() {
                    true => say!("Give the list a name, such as \"systems\""),
                    false => say!("The list's name must have {most} characters or fewer", most = LONGEST_LIST),
                };
                FieldError::new("new_list", message)
            })
        }
        // Typed, and another one chosen: which is meant must be asked, not guessed.
        None | Some(_) if form.one("new_list").is_some() => {
            Err(FieldError::new("list", say!("Choose \"Another list\" to use the name you typed, or clear the name")))
        }
        Some(list) if list == waiting.import.source || waiting.sources.iter().any(|known| known == list) => {
            Ok(list.to_owned())
        }
        None | Some(_) => Err(FieldError::new("list", say!("Choose which of your lists this file is"))),
    }
}

/// What the page is made from.
pub(crate) struct Columns {
    pub organisation: accounts::Organisation,
    pub address: String,
    pub file: String,
    pub sheet: String,
    pub header_row: u32,
    pub sheets: Vec<String>,
    pub other_sheets: Vec<String>,
    /// The program whose export the file looks like.
    pub program: Option<&'static str>,
    /// Sheets that are joined to the systems.
    pub joined: Vec<Joined>,
    /// What each row is.
    pub list_of: ListOf,
    pub columns: Vec<Column>,
    pub source: String,
    pub sources: Vec<String>,
}

/// One column of the file.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Column {
    pub control: String,
    pub column: String,
    pub heading: String,
    pub samples: Vec<String>,
    pub field: Option<Field>,
    pub certainty: Certainty,
    pub why: String,
    /// What the heading makes of the values.
    pub note: Option<String>,
}

impl Column {
    fn of(of: Of, column: &spreadsheet::Column, mapped: &Mapped) -> Column {
        Column {
            control: of.control(&column.letter),
            column: column.letter.clone(),
            heading: column.heading.clone(),
            samples: column.samples.clone(),
            field: mapped.field,
            certainty: mapped.certainty,
            why: mapped.why.clone(),
            note: match mapped.field {
                Some(field) if of.holds.is_none() && says_its_heading(column, field) => {
                    Some(say!("A column of ticks: what is ticked is the heading."))
                }
                Some(field) => unit_note(field, &column.heading),
                None => None,
            },
        }
    }

    /// Columns with what they mean; what nobody recognised needs people and comes first.
    fn all(of: Of, columns: &[spreadsheet::Column], mapped: &[Mapped]) -> Vec<Column> {
        let columns = columns.iter().zip(mapped).map(|(column, mapped)| Column::of(of, column, mapped));
        let (mut unknown, known): (Vec<Column>, Vec<Column>) =
            columns.partition(|column| column.certainty == Certainty::Unrecognised);
        unknown.extend(known);
        unknown
    }
}

/// The fields that selects offer.
fn options(of: Of) -> Vec<serde_json::Value> {
    of.fields().into_iter().map(|field| json!({"value": field, "text": of.label(field)})).collect()
}

impl Columns {
    fn of(waiting: &Waiting, layout: &Layout, mapping: &Mapping) -> Columns {
        let mut sources = waiting.sources.clone();
        if !sources.contains(&waiting.import.source) {
            sources.insert(0, waiting.import.source.clone());
        }
        Columns {
            organisation: waiting.organisation.clone(),
            address: waiting.address(),
            file: waiting.import.file_name.clone(),
            sheet: layout.sheet.clone(),
            header_row: layout.header_row,
            sheets: waiting.file.workbook.sheets.iter().map(|sheet| sheet.name.clone()).collect(),
            other_sheets: layout.other_sheets.clone(),
            program: preset_of(&layout.columns).map(|preset| preset.name),
            joined: Joined::all(layout, mapping),
            list_of: mapping.list_of,
            columns: Column::all(Of::list(mapping.list_of), &layout.columns, &mapping.columns),
            source: waiting.import.source.clone(),
            sources,
        }
    }

    pub(crate) fn page(&self, reader: &Reader) -> Page {
        let recognised = self.columns.iter().filter(|column| column.field.is_some()).count();
        page(TEMPLATE, say!("Say what the columns of {file} mean", file = self.file), &self.organisation, reader)
            .back(say!("Back to imports"), list_address(&self.organisation.id))
            .data(json!({
                "file": self.file,
                "sheet": self.sheet,
                "header_row": self.header_row,
                "sheets": self.sheets,
                "other_sheets_that_look_like_lists": self.other_sheets,
                "looks_like_an_export_from": self.program,
                "joined_sheets": self.joined,
                "recognised": recognised,
                "rows_are": self.list_of,
                "columns": self.columns,
                "fields": options(Of::list(self.list_of)),
                "list": self.source,
                "lists": self.sources,
            }))
            .extra("action", format!("{}/mapping", self.address))
            .extra("preview_address", format!("{}/preview", self.address))
            .extra("another", ANOTHER)
    }
}
