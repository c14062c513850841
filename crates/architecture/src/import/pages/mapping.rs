//! What the columns of a file mean: as we recognised them, for people to confirm and correct; and which of the
//! organisation's lists the file is.

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
    Beside, Certainty, Field, FieldKind, Holds, Layout, Mapping, layout_at, preset_of, unit_note,
};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/import/mapping.html";
const PARAMETERS: &[&str] = &["sheet", "row"];
/// The value that says that the file is a list which was never brought in before. No list has such a name.
const ANOTHER: &str = "*";

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}/imports/{import}/mapping", "What each column of a waiting file means", show)
        .parameters(PARAMETERS)
        .post(
            "/organisations/{id}/imports/{import}/mapping",
            "Say what each column means, and go on to the preview",
            choose,
        )
}

async fn show(State(state): State<Architecture>, Path((id, import)): Path<(String, String)>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::SeeOwn, &id)?;
    let parameters = visit.parameters(PARAMETERS)?;
    let waiting = match stage(&state, &of, import).await?.or_its_page() {
        Ok(waiting) => waiting,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (layout, errors) = match layout_asked(&waiting, &parameters) {
        Ok(layout) => (layout, Vec::new()),
        Err(error) => (waiting.file.layout.clone(), vec![error]),
    };
    let mapping = waiting.mapping(&layout);
    Ok(Columns::of(&waiting, &layout, &mapping).page(&visit.reader).errors(errors).into())
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

async fn choose(
    State(state): State<Architecture>,
    Path((id, import)): Path<(String, String)>,
    visit: Visit,
    form: Form,
) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    visit.parameters(&[])?;
    let waiting = stage(&state, &of, import).await?.or_refuse()?;
    let layout = match (form.one("sheet"), form.one("row").and_then(|row| row.parse::<u32>().ok())) {
        (Some(sheet), Some(row)) => layout_at(&waiting.file.workbook, sheet, row)
            .ok_or_else(|| Problem::invalid(say!("The file has no row of headings there.")))?,
        _ => waiting.file.layout.clone(),
    };
    let (mapping, mut errors) = read_columns(&waiting.mapping(&layout), &layout, &form)?;
    let source = read_list(&waiting, &form).map_err(|error| errors.push(error)).ok();
    let Some(source) = source.filter(|_| errors.is_empty()) else {
        return Ok(Columns::of(&waiting, &layout, &mapping).page(&visit.reader).typed(&form).errors(errors).into());
    };
    let (now, address, import) = (state.clock.now(), waiting.address(), waiting.import.id.clone());
    let writing = state.store.write(move |tx| {
        let (_, import) = found(tx, &of, &import)?;
        if import.state != ImportState::Uploaded.word() {
            return Err(Refused::Conflicting("This import was applied or cancelled meanwhile.".to_owned()));
        }
        store::choose_layout(tx, &of, &import.id, &layout.sheet, layout.header_row)?;
        store::choose(tx, &of, &import.id, &source, &mapping)?;
        store::remember(tx, &of, &mapping, now)?;
        Ok(())
    });
    writing.await?;
    Ok(Answer::Redirect(format!("{address}/preview")))
}

/// What was chosen for each column, with what is wrong about it. A column of which the form says nothing stays as it was.
fn read_columns(before: &Mapping, layout: &Layout, form: &Form) -> Result<(Mapping, Vec<FieldError>), Problem> {
    let mut mapping = before.clone();
    let mut errors = Vec::new();
    let mut holders: BTreeMap<Field, &str> = BTreeMap::new();
    for (column, mapped) in layout.columns.iter().zip(&mut mapping.columns) {
        let id = control(&column.letter);
        if let Some(word) = form.all(&id).first() {
            mapped.field = match *word {
                "" => None,
                word => Some(word.parse::<Field>().map_err(|error| Problem::invalid(error.to_string()))?),
            };
        }
        mapped.certainty = Certainty::Chosen;
        let Some(field) = mapped.field.filter(|field| !field.takes_several_columns()) else { continue };
        if let Some(first) = holders.insert(field, &column.letter) {
            let field = say!(field.label());
            errors.push(FieldError::new(
                id,
                say!(
                    "\"{field}\" is chosen for columns {first} and {second}. Keep one of them",
                    field = field,
                    first = first,
                    second = column.letter
                ),
            ));
        }
    }
    if !mapping.has(Field::Name) {
        let first = layout.columns.first().map(|column| control(&column.letter)).unwrap_or_default();
        errors.insert(0, FieldError::new(first, say!("Choose which column holds the system name")));
    }
    Ok((mapping, errors))
}

/// Which of the organisation's lists the file is.
fn read_list(waiting: &Waiting, form: &Form) -> Result<String, FieldError> {
    match form.one("list") {
        None => Ok(waiting.import.source.clone()),
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
        Some(_) if form.one("new_list").is_some_and(|typed| !typed.is_empty()) => {
            Err(FieldError::new("list", say!("Choose \"Another list\" to use the name you typed, or clear the name")))
        }
        Some(list) if list == waiting.import.source || waiting.sources.iter().any(|known| known == list) => {
            Ok(list.to_owned())
        }
        Some(_) => Err(FieldError::new("list", say!("Choose which of your lists this file is"))),
    }
}

/// The `id` of a column's control.
fn control(letter: &str) -> String {
    format!("column-{}", letter.to_lowercase())
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
    pub columns: Vec<Column>,
    pub source: String,
    pub sources: Vec<String>,
}

/// Another sheet that is read with the systems.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Joined {
    pub sheet: String,
    pub holds: Holds,
    /// Headings and what they mean.
    pub columns: Vec<(String, String)>,
    /// Headings that are not read.
    pub not_read: Vec<String>,
}

impl Joined {
    fn of(beside: &Beside) -> Joined {
        let (mut columns, mut not_read) = (Vec::new(), Vec::new());
        for (column, field) in beside.layout.columns.iter().zip(&beside.fields) {
            let heading = if column.heading.is_empty() { column.letter.clone() } else { column.heading.clone() };
            match (field, beside.holds) {
                (Some(Field::Name), Holds::Contracts) => columns.push((heading, say!("Systems that it covers"))),
                (Some(Field::Name), Holds::Suppliers) => columns.push((heading, say!("Name in the list"))),
                (Some(Field::Supplier), Holds::Suppliers) => columns.push((heading, say!("Full name"))),
                (Some(field), _) => columns.push((heading, say!(field.label()))),
                (None, _) => not_read.push(heading),
            }
        }
        Joined { sheet: beside.layout.sheet.clone(), holds: beside.holds, columns, not_read }
    }
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

impl Columns {
    fn of(waiting: &Waiting, layout: &Layout, mapping: &Mapping) -> Columns {
        let column = |(column, mapped): (&crate::spreadsheet::Column, &crate::spreadsheet::Mapped)| Column {
            control: control(&column.letter),
            column: column.letter.clone(),
            heading: column.heading.clone(),
            samples: column.samples.clone(),
            field: mapped.field,
            certainty: mapped.certainty,
            why: mapped.why.clone(),
            note: match mapped.field {
                Some(field) if column.ticks && field.kind() == FieldKind::List => {
                    Some(say!("A column of ticks: what is ticked is the heading."))
                }
                Some(field) => unit_note(field, &column.heading),
                None => None,
            },
        };
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
            joined: layout.beside.iter().map(Joined::of).collect(),
            columns: layout.columns.iter().zip(&mapping.columns).map(column).collect(),
            source: waiting.import.source.clone(),
            sources,
        }
    }

    pub(crate) fn page(&self, reader: &Reader) -> Page {
        // What nobody recognised needs people; it comes first.
        let (unknown, known): (Vec<&Column>, Vec<&Column>) =
            self.columns.iter().partition(|column| column.certainty == Certainty::Unrecognised);
        let recognised = known.iter().filter(|column| column.field.is_some()).count();
        let fields: Vec<_> = Field::all().map(|field| json!({"value": field, "text": say!(field.label())})).collect();
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
                "columns": unknown.into_iter().chain(known).collect::<Vec<_>>(),
                "fields": fields,
                "list": self.source,
                "lists": self.sources,
            }))
            .extra("action", format!("{}/mapping", self.address))
            .extra("preview_address", format!("{}/preview", self.address))
            .extra("another", ANOTHER)
    }
}
