//! Bringing a council's own spreadsheet in: upload, mapping, preview, apply, undo.
//!
//! Nothing is written to the estate before it has been shown; applying is one transaction and one change; undoing appends
//! what restores the state before. Two ways lead here, pages and the command line, through the same functions.
//!
//! Reading files is [`crate::spreadsheet`]'s; what a cell means for this organisation is [`meaning`]'s; what would change
//! is [`plan`]'s.

pub mod apply;
pub(crate) mod joins;
mod kept;
pub mod lists;
pub mod meaning;
pub(crate) mod pages;
pub mod plan;
pub mod print;
pub mod relies;
pub mod store;
pub mod summary;
pub mod undo;
pub mod waiting;

use ::store::Transaction;
use ledger::{NewEvent, Thing};
use vocabulary::{OrganisationId, Visibility};

use crate::Refused;
use crate::statement::words;
use apply::Moment;
use store::ImportRow;

words! {
    /// Where an import is in its life.
    State {
        /// The file is here; nothing has been written to the estate.
        Uploaded => "uploaded",
        /// Its change is part of the estate.
        Applied => "applied",
        /// Its change was taken back by a later one.
        Undone => "undone",
        /// It was put aside; the file is gone.
        Cancelled => "cancelled",
    }
}

/// An applied import as a thing: only the organisation sees it.
pub(crate) fn thing(import: &ImportRow) -> Thing {
    Thing {
        organisation: import.organisation.parse().ok(),
        address: address(&import.organisation, &import.id),
        kind: "import".into(),
        title: web::say!("Import of {file}", file = import.file_name),
        summary: web::say!("{added} systems added, {changed} changed", added = import.added, changed = import.changed),
        visibility: Visibility::Own,
        also: Vec::new(),
    }
}

/// Where an import's page is.
pub fn address(organisation: &str, id: &str) -> String {
    format!("/organisations/{organisation}/imports/{id}")
}

/// The imports that are things: those that were applied, undone or not.
///
/// # Errors
/// When the engine fails.
pub(crate) fn things(tx: &mut Transaction<'_>) -> Result<Vec<Thing>, ::store::Error> {
    let mut things = Vec::new();
    for organisation in crate::projection::organisations(tx)? {
        let imports = store::all(tx, &organisation)?;
        things.extend(imports.iter().filter(|import| import.applied_at.is_some()).map(thing));
    }
    Ok(things)
}

/// Appends what happened to an import to the ledger's events.
fn tell(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    verb: &'static str,
    import: &str,
    details: serde_json::Value,
    moment: &Moment,
) -> Result<(), Refused> {
    let event = NewEvent {
        organisation: Some(organisation.clone()),
        actor: moment.actor,
        verb,
        thing: address(organisation.as_str(), import),
        details,
        erasable: false,
    };
    ledger::append(tx, &event, moment.now, &moment.chance)?;
    Ok(())
}

/// Which of an organisation's lists a file is, guessed from its name: what is left when version marks, dates, "final",
/// "copy" and the like are taken away, so that `systems-final-v3.xlsx` and `Systems 2026-04 (2).xlsx` are the same list.
pub fn source_of(file_name: &str) -> String {
    let stem = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let folded = vocabulary::fold(stem);
    let passing =
        ["final", "copy", "of", "draft", "latest", "new", "old", "version", "ver", "rev", "export", "updated"];
    let is_mark = |word: &&str| {
        let number = word.trim_start_matches('v');
        !number.is_empty() && number.chars().all(|character| character.is_ascii_digit())
    };
    let lasts = |word: &&str| !word.is_empty() && !passing.contains(word) && !is_mark(word) && !is_month_name(word);
    let words: Vec<&str> = folded.split(' ').filter(lasts).collect();
    if words.is_empty() { "estate".to_owned() } else { words.join(" ").chars().take(LONGEST_LIST).collect() }
}

/// The name, without its ending, of the file that holds the whole estate of an organisation.
pub fn estate_file(organisation: &OrganisationId) -> String {
    format!("{organisation}-estate")
}

/// The list that the file of the whole estate is a version of.
pub fn whole_estate(organisation: &OrganisationId) -> String {
    source_of(&estate_file(organisation))
}

/// The longest name of a list, in characters.
pub const LONGEST_LIST: usize = 80;

/// The name of a list as people give it, in the form in which lists are told apart, so that pages and the command line mean
/// the same one. None where nothing is left of it, or more than [`LONGEST_LIST`] characters are.
pub fn list_named(text: &str) -> Option<String> {
    let name = vocabulary::fold(text);
    (1..=LONGEST_LIST).contains(&name.chars().count()).then_some(name)
}

fn is_month_name(word: &str) -> bool {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    NAMES.iter().any(|name| *name == word || name.get(..3) == Some(word) || (word == "sept" && *name == "september"))
}

#[cfg(test)]
mod tests {
    use super::source_of;

    #[test]
    fn versions_of_one_list_have_one_source() {
        for name in [
            "systems-final-v3.xlsx",
            "Systems 2026-04 (2).xlsx",
            "C:\\files\\Copy of systems.xlsx",
            "systems March 2026.csv",
        ] {
            assert_eq!(source_of(name), "systems", "{name}");
        }
        assert_eq!(source_of("Colne IT asset register.xlsx"), "colne it asset register");
        assert_ne!(source_of("contracts.csv"), source_of("systems.csv"));
        assert_eq!(source_of("v3 FINAL.csv"), "estate");
        assert_eq!(source_of(""), "estate");
    }
}
