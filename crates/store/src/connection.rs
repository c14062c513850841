//! What a thread of the store owns: one connection, and how a closure becomes a transaction on it.
//!
//! The closure runs within `catch_unwind`; whatever it does, the transaction is committed or rolled back, never left open.

use crate::migration::{apply, pending};
use crate::position::Position;
use crate::transaction::{Link, Transaction};
use crate::{Error, Migration, postgres, sqlite};
use postgres::Trouble;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// A connection of either engine.
pub(crate) enum Connection {
    Sqlite(Box<sqlite::Connection>),
    Postgres(Box<postgres::Connection>),
}

/// What a transaction is begun for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Write,
    /// As `Write`, for one program at a time. Tables may be rebuilt, so SQLite checks foreign keys at the end only.
    Migrate,
}

/// How often a transaction is tried when others come in between.
const ATTEMPTS: u32 = 12;

/// From this attempt on, all other writes wait for it.
const ALONE_FROM: u32 = 3;

/// How one attempt ended.
enum End<T, E> {
    /// Whether the commit is to be announced stands beside the outcome.
    Done(Result<T, E>, bool),
    Again(Trouble),
    Panicked,
}

/// How reading from a replica ended.
pub(crate) enum Near<T, E, W> {
    /// The outcome, and how far the replica had come at least when it began.
    Done(Result<T, E>, Position),
    /// It could not begin, or lacks something; the closure has not run.
    NotHere(W, Error),
    /// It broke off while the closure ran: why.
    Broken(String),
}

impl Connection {
    /// Runs a closure on a replica that has what is required.
    pub(crate) fn transact_nearby<T, E, W>(&mut self, required: Position, mut work: W) -> Near<T, E, W>
    where
        E: From<Error>,
        W: FnMut(&mut Transaction<'_>) -> Result<T, E>,
    {
        let Self::Postgres(connection) = self else {
            return Near::NotHere(work, Error::Busy);
        };
        let (open, position) = match connection.begin_nearby(required) {
            Ok(begun) => begun,
            Err(error) => return Near::NotHere(work, error),
        };
        let mut transaction = Transaction::new(Link::Postgres(open));
        let Ok(outcome) = catch_unwind(AssertUnwindSafe(|| work(&mut transaction))) else {
            drop(transaction);
            connection.discard();
            return Near::Done(Err(Error::Panicked.into()), position);
        };
        let (link, refused, _) = transaction.end();
        let lost = link.trouble() == Some(Trouble::Lost);
        // What a replica refuses a primary may do: a replica takes back what its own log no longer lets it show.
        if let Some(error) = refused {
            drop(link);
            if lost {
                connection.discard();
            }
            return Near::Broken(error.to_string());
        }
        match outcome {
            Ok(value) => Near::Done(link.commit().map(|()| value).map_err(|(error, _)| error.into()), position),
            Err(error) => Near::Done(Err(error), position),
        }
    }

    /// Runs a closure in a transaction: commits what is `Ok`, rolls back the rest. `Write` may run it several times.
    /// `announce` is called after a commit that the closure wanted announced.
    pub(crate) fn transact<T, E: From<Error>>(
        &mut self,
        mode: Mode,
        mut work: impl FnMut(&mut Transaction<'_>) -> Result<T, E>,
        announce: impl FnOnce(),
    ) -> Result<T, E> {
        let mut lost = false;
        for attempt in 0..ATTEMPTS {
            let link = self.begin(mode, attempt >= ALONE_FROM)?;
            match attempt_once(link, &mut work) {
                End::Done(outcome, announced) => {
                    if announced {
                        announce();
                    }
                    return outcome;
                }
                End::Panicked => {
                    self.discard();
                    return Err(Error::Panicked.into());
                }
                End::Again(Trouble::Lost) if mode == Mode::Read || lost => {
                    let message = "the connection to PostgreSQL was lost; nothing was written, try again".to_owned();
                    return Err(Error::Unavailable { message }.into());
                }
                End::Again(Trouble::Lost) => {
                    lost = true;
                    self.discard();
                }
                End::Again(Trouble::Contention) => {
                    tracing::debug!(attempt, "others came in between; trying again");
                    back_off(attempt);
                }
            }
        }
        Err(Error::SerialisationExhausted.into())
    }

    /// Brings the tables to the state that the program knows.
    pub(crate) fn migrate(&mut self, known: &[Migration]) -> Result<(), Error> {
        // Mostly there is nothing to do, and then nobody who is writing has to be waited for.
        let up_to_date = |transaction: &mut Transaction<'_>| Ok::<_, Error>(pending(transaction, known)?.is_empty());
        if self.transact(Mode::Read, up_to_date, || {})? {
            return Ok(());
        }
        let step = |transaction: &mut Transaction<'_>| {
            let new = pending(transaction, known)?;
            apply(transaction, &new)
        };
        self.transact(Mode::Migrate, step, || {})
    }

    /// Applies what is pending, and rolls it back.
    pub(crate) fn try_migrations(&mut self, known: &[Migration]) -> Result<(), Error> {
        /// How the transaction ends: it must not be committed.
        enum Tried {
            Well,
            Badly(Error),
        }
        impl From<Error> for Tried {
            fn from(error: Error) -> Self {
                Self::Badly(error)
            }
        }
        let attempt = |transaction: &mut Transaction<'_>| {
            let new = pending(transaction, known)?;
            apply(transaction, &new)?;
            Err(Tried::Well)
        };
        let tried: Result<(), Tried> = self.transact(Mode::Migrate, attempt, || {});
        match tried {
            Ok(()) | Err(Tried::Well) => Ok(()),
            Err(Tried::Badly(error)) => Err(error),
        }
    }

    /// To be called before the thread ends.
    pub(crate) fn tidy(&mut self) {
        match self {
            Self::Sqlite(connection) => connection.tidy(),
            Self::Postgres(connection) => connection.discard(),
        }
    }

    pub(crate) fn discard(&mut self) {
        match self {
            Self::Sqlite(connection) => connection.discard(),
            Self::Postgres(connection) => connection.discard(),
        }
    }

    fn begin(&mut self, mode: Mode, alone: bool) -> Result<Link<'_>, Error> {
        match self {
            Self::Sqlite(connection) => connection.begin(mode).map(Link::Sqlite),
            Self::Postgres(connection) => connection.begin(mode, alone).map(Link::Postgres),
        }
    }
}

fn attempt_once<T, E: From<Error>>(
    link: Link<'_>,
    work: &mut impl FnMut(&mut Transaction<'_>) -> Result<T, E>,
) -> End<T, E> {
    let mut transaction = Transaction::new(link);
    let Ok(outcome) = catch_unwind(AssertUnwindSafe(|| work(&mut transaction))) else {
        return End::Panicked;
    };
    let (link, refused, announced) = transaction.end();
    if let Some(trouble) = link.trouble() {
        return End::Again(trouble);
    }
    match (outcome, refused) {
        (Ok(_), Some(error)) => End::Done(Err(error.into()), false),
        (Err(error), _) => End::Done(Err(error), false),
        (Ok(value), None) => match link.commit() {
            Ok(()) => End::Done(Ok(value), announced),
            Err((_, Some(trouble))) => End::Again(trouble),
            Err((error, None)) => End::Done(Err(error.into()), false),
        },
    }
}

/// Waits a little, longer each time, and never as long as the neighbour.
fn back_off(attempt: u32) {
    let longest = 2_u64 << attempt;
    let chance = RandomState::new().hash_one(attempt);
    std::thread::sleep(Duration::from_millis(1 + chance % longest));
}
