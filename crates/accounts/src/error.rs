//! What this subject refuses, in its own words.

use vocabulary::{Kind, NoChance};

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database refused.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// No random bytes for a token.
    #[error(transparent)]
    Chance(#[from] NoChance),
    /// An event or a job could not be written.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The reader may not do this.
    #[error(transparent)]
    Refused(#[from] crate::Refused),
    /// What is asked for does not exist, or is not the reader's to know of.
    #[error("it does not exist, or it is not shared with you")]
    Missing,
    /// It cannot be done as things are: a sentence that says why and what to do.
    #[error("{0}")]
    Conflicting(String),
    /// It was not sent as it has to be: a sentence that says why and what to do.
    #[error("{0}")]
    Invalid(String),
    /// A letter could not be put into words: a mistake in the program.
    #[error("a letter could not be written: {0}")]
    Letter(#[from] minijinja::Error),
    /// Memberships of organisations that are not here.
    #[error("there is no organisation \"{0}\"; add it first")]
    NoSuchOrganisation(String),
}

impl Error {
    /// The sort of refusal.
    pub fn kind(&self) -> Kind {
        match self {
            Error::Store(error) => ledger::store_kind(error),
            Error::Ledger(error) => error.kind(),
            Error::Refused(refused) => refused.kind,
            Error::Missing => Kind::Missing,
            Error::Conflicting(_) => Kind::Conflicting,
            Error::NoSuchOrganisation(_) | Error::Invalid(_) => Kind::Invalid,
            Error::Chance(_) | Error::Letter(_) => Kind::Unexpected,
        }
    }
}

impl From<Error> for web::Problem {
    fn from(error: Error) -> web::Problem {
        match (&error, error.kind()) {
            (Error::Store(cause) | Error::Ledger(ledger::Error::Store(cause)), _) => ledger::store_problem(cause),
            (_, Kind::Missing) => web::Problem::missing(),
            (_, Kind::Unexpected) => web::Problem::internal(&error),
            (_, kind) => web::Problem::of_kind(kind, error.to_string()),
        }
    }
}

/// A row that does not read back as what was written.
pub(crate) fn damaged(place: impl Into<String>) -> store::Error {
    store::Error::Type {
        place: place.into(),
        message: "this is not what accounts writes; run `commonhold doctor`".to_owned(),
    }
}
