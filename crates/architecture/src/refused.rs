//! What this subject refuses, in its own words. `web` turns the kinds into statuses and pages, commands into exit codes.

use accounts::leaving::Tombstone;
use vocabulary::{Kind, NoChance};

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It does not exist, or it is not shared with this reader: the two are never told apart.
    #[error("this does not exist, or it is not shared with you")]
    Missing,
    /// An organisation that left: all that is here of it.
    #[error("{} left with everything that was its own", .0.name)]
    Left(Box<Tombstone>),
    /// The reader may see it but may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// It clashes with what is there now; the text says with what, and what to do.
    #[error("{0}")]
    Conflicting(String),
    /// What was sent breaks a rule; the text says which, and what to do.
    #[error("{0}")]
    Invalid(String),
    /// The ledger, which keeps things and events, refused.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// There is no randomness to make identifiers from.
    #[error(transparent)]
    NoChance(#[from] NoChance),
}

impl Refused {
    /// Which kind of refusal this is.
    pub fn kind(&self) -> Kind {
        match self {
            Refused::Missing | Refused::Left(_) => Kind::Missing,
            Refused::Forbidden(_) => Kind::Forbidden,
            Refused::Conflicting(_) => Kind::Conflicting,
            Refused::Invalid(_) => Kind::Invalid,
            Refused::Ledger(error) => error.kind(),
            Refused::Store(error) => ledger::store_kind(error),
            Refused::NoChance(_) => Kind::Unexpected,
        }
    }
}

impl From<Refused> for web::Problem {
    fn from(refused: Refused) -> web::Problem {
        match refused {
            Refused::Missing => web::Problem::missing(),
            Refused::Left(tombstone) => left(&tombstone),
            Refused::Ledger(error) => error.into(),
            Refused::Store(error) => ledger::store_problem(&error),
            Refused::NoChance(error) => web::Problem::internal(&error),
            Refused::Forbidden(_) | Refused::Conflicting(_) | Refused::Invalid(_) => {
                web::Problem::of_kind(refused.kind(), refused.to_string())
            }
        }
    }
}

/// What the address of an organisation that left says.
fn left(tombstone: &Tombstone) -> web::Problem {
    let Tombstone { name, left_at, events, last_hash } = tombstone;
    let title = web::say!("{organisation} has left", organisation = name);
    let when = web::say_date(&left_at.to_string());
    let mut detail = web::say!(
        "{organisation} left on {date}, with everything that was its own. {events} events were on record.",
        organisation = name,
        date = when,
        events = events
    );
    if let Some(hash) = last_hash {
        detail.push(' ');
        detail.push_str(&web::say!("The SHA-256 of the last of them: {hash}.", hash = hash));
    }
    web::Problem::gone(title, detail).next(web::say!("What others say of it stays with them."))
}
