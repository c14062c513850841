//! A comparison that is kept under a name: which organisations, which rows, made by one organisation.
//!
//! It keeps the question and never the answer: each reader who opens it sees what they may see of those organisations today.
//! It is shared with participating bodies or stays with the organisation that made it, and it is a thing in the ledger, so
//! that it is found, and leaves a tombstone when it is deleted.

mod change;
pub(crate) mod new;
pub(crate) mod samples;
pub mod show;
pub mod store;

use serde::Serialize;
use vocabulary::Visibility;
use web::{FieldError, Form, Problem, Routes, Template, say};

use crate::compare::asked::Show;
use crate::map::in_use::Body;
use crate::{Architecture, Refused};

/// The longest name, in characters.
const LONGEST: usize = 100;
/// The most that one organisation keeps.
pub(crate) const MOST: usize = 200;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    change::routes(show::routes(new::routes(routes)))
}

/// The templates of saved comparisons.
pub(crate) const TEMPLATES: &[Template] = &[
    Template { name: show::TEMPLATE, source: include_str!("../templates/comparison/show.html") },
    Template { name: new::TEMPLATE, source: include_str!("../templates/comparison/new.html") },
    Template { name: change::EDIT, source: include_str!("../templates/comparison/edit.html") },
    Template { name: change::DELETE, source: include_str!("../templates/comparison/delete.html") },
    Template {
        name: "architecture/comparison/macros.html",
        source: include_str!("../templates/comparison/macros.html"),
    },
];

/// A saved comparison, as those see it who see it at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The organisation that made it: its id.
    pub organisation: String,
    /// The short name of the organisation that made it.
    pub made_by: String,
    /// The organisations compared, in order. Which there are is public; what they run is not here.
    pub compared: Vec<Body>,
    /// Which rows are shown, if not all: a word of `show=`.
    pub show: Option<String>,
    /// own or members.
    pub visibility: Visibility,
    /// When it was made.
    pub made_at: String,
}

impl Saved {
    /// Where its page is.
    pub fn address(&self) -> String {
        address(&self.id)
    }

    /// Who sees it, in words.
    pub fn seen_by(&self) -> String {
        match self.visibility {
            Visibility::Own => say!("only {organisation}", organisation = self.made_by),
            Visibility::Members | Visibility::Public => say!("participating bodies"),
        }
    }
}

/// Where the page of a comparison is.
pub(crate) fn address(id: &str) -> String {
    format!("/comparisons/{id}")
}

/// What a form says of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Typed {
    name: String,
    visibility: Visibility,
}

impl Typed {
    fn read(form: &Form) -> Result<Typed, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name =
            form.one("name").map(|name| name.split_whitespace().collect::<Vec<_>>().join(" ")).unwrap_or_default();
        if name.is_empty() {
            errors.push(FieldError::new("name", say!("Enter a name for the comparison")));
        } else if name.chars().count() > LONGEST || name.chars().any(char::is_control) {
            errors.push(FieldError::new("name", say!("Name must be {most} characters or fewer", most = LONGEST)));
        }
        let visibility = form.one("visibility").and_then(|word| word.parse().ok());
        let visibility = visibility.filter(|visibility| *visibility != Visibility::Public);
        match (visibility, errors.is_empty()) {
            (Some(visibility), true) => Ok(Typed { name, visibility }),
            (None, _) => {
                errors.push(FieldError::new("visibility", say!("Choose who can open the comparison")));
                Err(errors)
            }
            (Some(_), false) => Err(errors),
        }
    }
}

/// A word of `show=` that these many organisations can have.
fn known_show(word: Option<&str>, compared: usize) -> Result<Option<String>, Problem> {
    match word {
        None => Ok(None),
        Some(word) => Show::from_word(word, compared)
            .map(|show| Some(show.word()))
            .ok_or_else(|| Problem::invalid(say!("The rows to show are not known. Choose them again."))),
    }
}

/// All saved comparisons as the ledger should hold them.
///
/// # Errors
/// When the engine fails.
pub(crate) fn things(tx: &mut ::store::Transaction<'_>) -> Result<Vec<ledger::Thing>, ::store::Error> {
    store::every(tx)?.iter().map(store::thing).collect()
}

/// The comparison at this address, if the reader sees it; told apart from one that was deleted, for those who saw that.
fn found(
    tx: &mut ::store::Transaction<'_>,
    reader: &vocabulary::Reader,
    id: &str,
) -> Result<Result<Saved, Problem>, Refused> {
    if let Some(saved) = store::find(tx, reader, id)? {
        return Ok(Ok(saved));
    }
    let deleted = ledger::find(tx, reader, &address(id))?.and_then(|registered| registered.withdrawn);
    Ok(Err(match deleted {
        None => Problem::missing(),
        Some(tombstone) => Problem::of_kind(
            vocabulary::Kind::Missing,
            say!("It was {why} on {date}.", why = tombstone.why, date = web::say_date(&tombstone.at.to_string())),
        )
        .title(say!("This comparison was deleted"))
        .next(say!("Compare the organisations again, and save that.")),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(name: &str, visibility: &str) -> Result<Typed, Vec<String>> {
        let read = Typed::read(&Form::of([("name", name), ("visibility", visibility)]));
        read.map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    #[test]
    fn a_name_and_who_sees_it_are_needed_and_nobody_outside_sees_it() {
        assert_eq!(
            typed("  The   new unitary ", "members"),
            Ok(Typed { name: "The new unitary".to_owned(), visibility: Visibility::Members })
        );
        assert_eq!(typed(" ", "own"), Err(vec!["name".to_owned()]));
        assert_eq!(typed(&"x".repeat(101), "own"), Err(vec!["name".to_owned()]));
        assert_eq!(typed("x", "public"), Err(vec!["visibility".to_owned()]));
        assert_eq!(typed("", ""), Err(vec!["name".to_owned(), "visibility".to_owned()]));
    }
}
