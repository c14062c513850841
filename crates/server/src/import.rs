//! Files brought in from outside the browser: organisations, people, and an organisation's estate.
//!
//! Commands and the demonstration use these same functions, and these use the subjects' own: each is one transaction, and
//! a file with a problem that must be solved leaves nothing behind.

pub mod estate;

use accounts::{LineProblem, Organisation, organisation, person};
use architecture::frame::{Frame, LGAM};
use serde::Serialize;
use store::{Store, Transaction};
use vocabulary::{Chance, Clock};

use crate::stopped::{Place, Stopped};

/// What a list did to what was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Lines of the file.
    pub read: usize,
    /// Of them, those not known before.
    pub new: usize,
    /// Those known, with other values.
    pub changed: usize,
    /// Those known as the file says.
    pub unchanged: usize,
}

/// Brings the reference data that this program carries into the database, when another version is there. True if it did.
///
/// # Errors
/// When the database refuses.
pub fn reference(store: &Store, clock: &Clock) -> Result<bool, Stopped> {
    let now = clock.now();
    store.write_blocking(move |tx| architecture::reference::load(tx, now).map_err(Stopped::from))
}

/// Adds and updates organisations from a file, by identifier. Nobody is removed.
///
/// # Errors
/// Every problem of the file; or a code that belongs to another organisation. Nothing is then written.
pub fn organisations(store: &Store, file: &[u8], clock: &Clock) -> Result<Counts, Stopped> {
    let organisations = organisation::read_csv(file).map_err(|problems| unreadable(&problems))?;
    let now = clock.now();
    store.write_blocking(move |tx| {
        let mut counts = Counts { read: organisations.len(), ..Counts::default() };
        for organisation in &organisations {
            check_code(tx, organisation)?;
            match organisation::find(tx, &organisation.id)? {
                None => counts.new += 1,
                Some(known) if known == *organisation => counts.unchanged += 1,
                Some(_) => counts.changed += 1,
            }
        }
        organisation::put(tx, &organisations, now)?;
        if counts.changed > 0 {
            // Estates are found by the names of organisations.
            architecture::rebuild(tx, now)?;
        }
        Ok(counts)
    })
}

/// A code identifies one organisation. The database would refuse too, but not in words that help.
fn check_code(tx: &mut Transaction<'_>, organisation: &Organisation) -> Result<(), Stopped> {
    let Some(code) = &organisation.code else { return Ok(()) };
    match organisation::by_id_or_code(tx, code)? {
        Some(other) if other.id != organisation.id && other.code.as_ref() == Some(code) => {
            let message = format!("The code {code} of \"{}\" belongs to \"{}\" already.", organisation.id, other.id);
            Err(Stopped::refused(message).next("Correct the file. Identifiers never change, names may."))
        }
        _ => Ok(()),
    }
}

/// Loads a reference frame from a file beside the one that the program carries, or another version of one loaded before.
/// Returns its name and how many elements it has.
///
/// # Errors
/// When the file contradicts itself or is the carried frame; nothing is then written.
pub fn frame(store: &Store, text: &str, clock: &Clock) -> Result<(String, usize), Stopped> {
    let frame = Frame::read(text).map_err(|error| {
        Stopped::refused(format!("The frame was not loaded: {error}"))
            .next("Correct the file and run the command again.")
    })?;
    if frame.frame.id == LGAM {
        let message = "The Local Government Architecture Model is part of the program, so a file cannot replace it.";
        return Err(Stopped::refused(message).next("Give the frame an id of its own."));
    }
    let now = clock.now();
    let name = frame.frame.name.clone();
    let elements = frame.elements.len();
    store.write_blocking(move |tx| architecture::reference::load_frame(tx, &frame, now).map_err(Stopped::from))?;
    Ok((name, elements))
}

/// Adds people and what they do for whom, from a file. A known address keeps its person; a known membership gets the role
/// of the file. Nobody is removed.
///
/// # Errors
/// Every problem of the file; or an organisation that is not here. Nothing is then written.
pub fn people(store: &Store, file: &[u8], clock: &Clock, chance: &Chance) -> Result<Counts, Stopped> {
    let memberships = person::read_csv(file).map_err(|problems| unreadable(&problems))?;
    let (now, chance) = (clock.now(), chance.clone());
    store.write_blocking(move |tx| {
        let mut counts = Counts { read: memberships.len(), ..Counts::default() };
        for membership in &memberships {
            let known = match person::find_by_email(tx, &membership.email)? {
                None => None,
                Some(person) => {
                    let of_person = person::memberships(tx, person.id)?;
                    let here = of_person.into_iter().find(|known| known.organisation == membership.organisation);
                    here.map(|known| known.role == membership.role && person.name.as_ref() == Some(&membership.name))
                }
            };
            match known {
                None => counts.new += 1,
                Some(true) => counts.unchanged += 1,
                Some(false) => counts.changed += 1,
            }
        }
        person::put_memberships(tx, &memberships, now, &chance).map_err(|error| match error {
            accounts::Error::NoSuchOrganisation(id) => unknown_organisation(&id, "Use its identifier."),
            other => other.into(),
        })?;
        Ok(counts)
    })
}

fn unknown_organisation(text: &str, how: &str) -> Stopped {
    let shown: String = text.chars().take(80).collect();
    Stopped::refused(format!("There is no organisation \"{shown}\" here."))
        .next(format!("{how} Add organisations with: commonhold import organisations FILE.csv"))
}

fn unreadable(problems: &[LineProblem]) -> Stopped {
    let message = match problems.len() {
        1 => "The file has 1 problem, so nothing was written.".to_owned(),
        count => format!("The file has {count} problems, so nothing was written."),
    };
    let mut stopped = Stopped::refused(message).next("Correct the file and run the command again.");
    let places = problems.iter();
    stopped.problems = places
        .map(|problem| Place {
            file: None,
            line: problem.line,
            column: problem.column,
            message: problem.message.clone(),
        })
        .collect();
    stopped
}
