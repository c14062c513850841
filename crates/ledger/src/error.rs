//! What the ledger refuses, in its own words, and what sort of refusal each is.

use vocabulary::{Kind, NoChance};

/// Why the ledger did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database refused.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// No random bytes for a salt.
    #[error(transparent)]
    Chance(#[from] NoChance),
    /// A link needs a thing at both ends.
    #[error("nothing is registered at {address}, so nothing can be linked to it")]
    NoSuchEnd {
        /// The end that is not there.
        address: String,
    },
    /// A thing is not linked to itself.
    #[error("a thing is not linked to itself; choose another one")]
    SelfLink,
    /// Details of an event that have no canonical form. A mistake in the subject that sent it.
    #[error("an event's details cannot hold {0}")]
    UnsuitableDetails(&'static str),
    /// An event that is not there.
    #[error("there is no such event")]
    NoSuchEvent,
    /// An event whose details were not appended as erasable: they are part of what was sealed.
    #[error("this event was recorded as one whose details are kept for good")]
    NotErasable,
    /// A search for more words than are looked up at once.
    #[error("search for at most {limit} words; leave some out")]
    TooManyWords {
        /// How many are.
        limit: usize,
    },
    /// A cursor that is not one of this list's.
    #[error("this link into the list does not belong to this list; begin at its first page")]
    ForeignCursor,
}

impl Error {
    /// The sort of refusal.
    pub fn kind(&self) -> Kind {
        match self {
            Error::Store(error) => store_kind(error),
            Error::NoSuchEnd { .. } | Error::NoSuchEvent => Kind::Missing,
            Error::SelfLink | Error::TooManyWords { .. } | Error::ForeignCursor => Kind::Invalid,
            Error::NotErasable => Kind::Conflicting,
            Error::Chance(_) | Error::UnsuitableDetails(_) => Kind::Unexpected,
        }
    }
}

/// A row that does not read back as what was written.
pub(crate) fn damaged(place: impl Into<String>) -> store::Error {
    store::Error::Type {
        place: place.into(),
        message: "this is not what the ledger writes; run `commonhold doctor`".to_owned(),
    }
}

/// What a failure of the database is to whoever asked. `store` knows none of our words, and `web` does not know `store`,
/// so the sentence stands here, once, for every subject.
pub fn store_kind(error: &store::Error) -> Kind {
    match error.kind() {
        store::Kind::Missing => Kind::Missing,
        store::Kind::Conflict => Kind::Conflicting,
        store::Kind::Invalid => Kind::Invalid,
        store::Kind::Busy => Kind::Busy,
        store::Kind::Unavailable | store::Kind::Internal => Kind::Unexpected,
    }
}

/// The problem that answers a failure of the database: the cause of what is unexpected goes to the log, not to the reader. A
/// database that is away will be back, so that is no fault of the program: 503, and when to come again.
pub fn store_problem(error: &store::Error) -> web::Problem {
    if error.kind() == store::Kind::Unavailable {
        return web::Problem::away(error);
    }
    match store_kind(error) {
        Kind::Unexpected => web::Problem::internal(error),
        Kind::Missing => web::Problem::missing(),
        kind => web::Problem::of_kind(kind, error.to_string()),
    }
}

impl From<Error> for web::Problem {
    fn from(error: Error) -> web::Problem {
        match (&error, error.kind()) {
            (Error::Store(cause), _) => store_problem(cause),
            (_, Kind::Unexpected) => web::Problem::internal(&error),
            (_, kind) => web::Problem::of_kind(kind, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_no_fault_of_ours() {
        let away = store::Error::Unavailable { message: "no such host".to_owned() };
        assert_eq!(store_problem(&away).kind, Kind::Busy);
        assert_eq!(store_problem(&store::Error::Panicked).kind, Kind::Unexpected);
        assert_eq!(store_problem(&store::Error::Missing).kind, Kind::Missing);
    }
}
