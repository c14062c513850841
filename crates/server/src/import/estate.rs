//! An organisation's own spreadsheet, from a file to its estate: what would change, and then the change.

use std::collections::BTreeSet;

use accounts::Organisation;
use architecture::Refused;
use architecture::import::apply::{Moment, ReadFile, apply, arrive, read_file};
use architecture::import::plan::{Change, Follow, Missing, Outcome, Plan, plan};
use architecture::import::summary::{self, Summary};
use architecture::import::{self as imports, meaning::Places};
use architecture::spreadsheet::{Field, ListOf, Mapping, Problem, Reading, Unreadable, recognise_file};
use serde::Serialize;
use store::{Store, Transaction};
use vocabulary::{Chance, Clock, OrganisationId};

use super::unknown_organisation;
use crate::stopped::Stopped;

/// A file that is to be brought in.
#[derive(Clone, Debug)]
pub struct EstateFile {
    /// Its name, which problems and sources repeat.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Which of the organisation's lists it is, when its name does not tell.
    pub source: Option<String>,
}

/// What bringing a file in did, or would do.
#[derive(Clone, Debug, Serialize)]
pub struct Imported {
    /// Whose estate.
    pub organisation: Whose,
    /// The file's name.
    pub file: String,
    /// Which of the organisation's lists it is: only within one list can a system be missing.
    pub source: String,
    /// Whether nothing was written because only a look was wanted.
    pub dry_run: bool,
    /// Where the import's page is; none after a look.
    pub import: Option<String>,
    /// The sheet that was read.
    pub sheet: String,
    /// The row of headings, counted from 1.
    pub header_row: u32,
    /// What each column was taken for.
    pub columns: Vec<Column>,
    /// How the rows came out.
    pub systems: Systems,
    /// Each row that adds or changes a system.
    pub changes: Vec<RowChange>,
    /// Contracts of lists of contracts that come to mean something else by the file.
    pub contracts_follow: Vec<Follow>,
    /// Systems of this list that the file no longer has. They stay as they are.
    pub missing: Vec<Missing>,
    /// What people should look at, the worst first.
    pub problems: Vec<Problem>,
    /// How many further problems are not listed.
    pub problems_left_out: usize,
    /// What came of it, in words; none after a look.
    pub summary: Option<Summary>,
}

/// An organisation by identifier and name.
#[derive(Clone, Debug, Serialize)]
pub struct Whose {
    /// Its identifier.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
}

/// A column and the field that it was taken for.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// Its letters.
    pub column: String,
    /// Its heading as written.
    pub heading: String,
    /// The field's stable name; none when it was not recognised.
    pub field: Option<&'static str>,
}

/// How many rows came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Systems {
    /// Rows that are a system.
    pub read: usize,
    /// Of them, those that add one.
    pub new: usize,
    /// Those that change one.
    pub changed: usize,
    /// Those that say what is known.
    pub unchanged: usize,
    /// Systems of the same list that no row names.
    pub missing: usize,
}

/// A row that adds or changes a system.
#[derive(Clone, Debug, Serialize)]
pub struct RowChange {
    /// The system's name.
    pub system: String,
    /// `new` or `changed`.
    pub outcome: &'static str,
    /// The row in the sheet, counted from 1; none for a system that is not in the file.
    pub row: Option<u32>,
    /// What changes, one for each attribute.
    pub attributes: Vec<Change>,
}

/// Shows what a file would change in the estate of `organisation`, an identifier or a code. Nothing is written.
///
/// # Errors
/// When there is no such organisation, the file cannot be read, or it holds no systems.
pub fn look(store: &Store, organisation: &str, file: EstateFile, clock: &Clock) -> Result<Imported, Stopped> {
    let read = Read::of(file)?;
    let today = clock.today();
    let asked = organisation.to_owned();
    store.read_blocking(move |tx| {
        let organisation = find(tx, &asked)?;
        let prepared = read.prepare(tx, &organisation.id, today)?;
        let plan = prepared.plan(tx, &organisation.id, &read.source)?;
        Ok(read.told(&organisation, &prepared, plan, None))
    })
}

/// Brings a file into the estate of `organisation`, an identifier or a code: one transaction, one change.
///
/// # Errors
/// As [`look`]; then nothing is written.
pub fn bring_in(
    store: &Store,
    organisation: &str,
    file: EstateFile,
    clock: &Clock,
    chance: &Chance,
) -> Result<Imported, Stopped> {
    let read = Read::of(file)?;
    let moment = Moment { now: clock.now(), today: clock.today(), chance: chance.clone(), actor: None };
    let asked = organisation.to_owned();
    store.write_blocking(move |tx| {
        let organisation = find(tx, &asked)?;
        let id = &organisation.id;
        let prepared = read.prepare(tx, id, moment.today)?;
        let plan = prepared.plan(tx, id, &read.source)?;
        let import = arrive(tx, id, &read.file, &read.source, &moment)?;
        imports::store::choose(tx, id, &import, &read.source, &prepared.mapping)?;
        let arrived = imports::store::find(tx, id, &import)?.ok_or(Refused::Missing)?;
        apply(tx, id, &arrived, &prepared.rows, &BTreeSet::new(), Some(&plan.digest()), &moment)?;
        let mut told = read.told(&organisation, &prepared, plan, Some(imports::address(id.as_str(), &import)));
        told.summary = Some(summary::of_import(tx, id, &import)?);
        Ok(told)
    })
}

fn find(tx: &mut Transaction<'_>, asked: &str) -> Result<Organisation, Stopped> {
    accounts::organisation::by_id_or_code(tx, asked)?
        .ok_or_else(|| unknown_organisation(asked, "Use its identifier or its code."))
}

/// A file whose sheet and headings have been found.
struct Read {
    file: ReadFile,
    source: String,
}

/// Its rows, as this organisation's columns are understood.
struct Prepared {
    mapping: Mapping,
    rows: (Reading, Places),
}

impl Read {
    fn of(file: EstateFile) -> Result<Read, Stopped> {
        let read = read_file(&file.name, &file.bytes).map_err(|error| unreadable(&file.name, &error))?;
        let source = file.source.unwrap_or_else(|| read.source());
        Ok(Read { file: read, source })
    }

    fn prepare(
        &self,
        tx: &mut Transaction<'_>,
        organisation: &OrganisationId,
        today: vocabulary::Date,
    ) -> Result<Prepared, Stopped> {
        let remembered = imports::store::remembered(tx, organisation)?;
        let bodies = imports::meaning::bodies(tx, organisation)?;
        let mapping = recognise_file(&self.file.layout, remembered.as_ref(), &bodies);
        let name = &self.file.name;
        let of_systems = mapping.list_of == ListOf::Systems;
        if of_systems && !mapping.has(Field::Name) {
            let message =
                format!("No column of {name} was recognised as the name of the system, so nothing was written.");
            return Err(Stopped::refused(message).next(
                "Head that column \"System\" and run the command again, or bring the file in with the browser, where each \
                 column can be chosen.",
            ));
        }
        let rows = self.file.rows(&mapping, today);
        let listed = rows.0.contracts.as_ref().is_some_and(|contracts| !contracts.is_empty());
        if rows.0.rows.is_empty() && !listed {
            let message = format!("No row of {name} names a system, so nothing was written.");
            return Err(
                Stopped::refused(message).next("Check that you chose the right file and the right sheet comes first.")
            );
        }
        Ok(Prepared { mapping, rows })
    }

    fn told(&self, organisation: &Organisation, prepared: &Prepared, plan: Plan, import: Option<String>) -> Imported {
        let layout = &self.file.layout;
        let columns = layout.columns.iter().zip(&prepared.mapping.columns);
        let changes = plan.rows.iter().filter(|row| row.outcome() != Outcome::Unchanged);
        Imported {
            organisation: Whose { id: organisation.id.clone(), name: organisation.name.clone() },
            file: self.file.name.clone(),
            source: self.source.clone(),
            dry_run: import.is_none(),
            import,
            sheet: layout.sheet.clone(),
            header_row: layout.header_row,
            columns: columns
                .map(|(column, mapped)| Column {
                    column: column.letter.clone(),
                    heading: column.heading.clone(),
                    field: mapped.field.map(Field::id),
                })
                .collect(),
            systems: Systems {
                read: plan.rows.len(),
                new: plan.count(Outcome::New),
                changed: plan.count(Outcome::Changed) + plan.elsewhere.len(),
                unchanged: plan.count(Outcome::Unchanged),
                missing: plan.missing.len(),
            },
            changes: changes
                .map(|row| RowChange {
                    system: row.meaning.name.clone(),
                    outcome: if row.outcome() == Outcome::New { "new" } else { "changed" },
                    row: Some(row.meaning.number),
                    attributes: row.shown.clone(),
                })
                .chain(plan.elsewhere.iter().map(|other| RowChange {
                    system: other.name.clone(),
                    outcome: "changed",
                    row: None,
                    attributes: vec![other.change.clone()],
                }))
                .collect(),
            contracts_follow: plan.follows,
            missing: plan.missing,
            problems: plan.problems,
            problems_left_out: plan.problems_left_out,
            summary: None,
        }
    }
}

impl Prepared {
    fn plan(&self, tx: &mut Transaction<'_>, organisation: &OrganisationId, source: &str) -> Result<Plan, Stopped> {
        Ok(plan(tx, organisation, source, &self.rows.0, &self.rows.1)?)
    }
}

fn unreadable(name: &str, error: &Unreadable) -> Stopped {
    Stopped::refused(format!("{name}: {} Nothing was written.", error.message())).next(error.next_step())
}
