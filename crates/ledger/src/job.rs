//! Jobs: work that is done apart from the request that caused it, at least once, whatever becomes of the program.
//!
//! A subject calls [`enqueue`] within the transaction in which it writes its facts, and hands the kinds of its jobs to
//! `server` as plain values. A job is run under a lease that is renewed while its program lives. When the program dies,
//! the lease ends and the job runs again: so every kind says in its documentation why running twice does no harm.
//! What fails is tried again, later each time, and given up after a stated number of tries; then the operator sees it.
//!
//! It holds references only: no personal data, no secrets. How many run at a time, and waiting, are `server`'s.

mod list;
mod run;
mod schedule;
mod store;
mod tidy;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use ::store::{Store, Transaction};
use serde_json::Value;
use vocabulary::{Chance, Clock, OrganisationId, Timestamp};

pub use list::{Filter, Listed, Place, Standing, find, recurring, some, standing, standing_by_kind, total};
pub use run::{End, attempt, work_off};
pub use schedule::Schedule;
pub use store::{Moved, again, cancel, claim, due, enqueue, establish, forget_ended, next_due, renew, take_back};
pub(crate) use tidy::tidy;

/// How long a lease holds without being renewed, in seconds: after that others take the job for abandoned.
pub const LEASE_SECONDS: i64 = 60;

/// What a job does: it gives in plain words what came of it.
pub type Work = Arc<dyn Fn(&Run) -> Result<String, Failed> + Send + Sync>;

/// A kind of job, as a subject offers it.
#[derive(Clone)]
pub struct JobKind {
    /// As jobs carry it: `message`. Never changes.
    pub name: &'static str,
    /// As operators see it: `Send a message`. English; translated when shown.
    pub label: &'static str,
    /// When it runs by itself. None: only when somebody calls for it.
    pub schedule: Option<Schedule>,
    /// How often one is tried before it is given up. What recurs is tried as often each time it is due.
    pub tries: u32,
    /// Minutes after which a run is asked to stop and shown as too long.
    pub limit_minutes: u32,
    /// What is done, on a thread of its own. It gives in plain words what came of it, without personal data.
    pub run: Work,
}

impl fmt::Debug for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobKind").field("name", &self.name).field("schedule", &self.schedule).finish_non_exhaustive()
    }
}

/// A job about to be enqueued.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob<'a> {
    /// Whose work it is; none for the copy's own.
    pub organisation: Option<&'a OrganisationId>,
    /// The [`JobKind::name`].
    pub kind: &'static str,
    /// What tells it from others of its kind: usually the id of what it is about. While a job of this kind and key has not
    /// ended there is no second one.
    pub key: &'a str,
    /// References to what it needs, as an object. No personal data and no secrets: operators see jobs, and backups keep
    /// them.
    pub details: Value,
    /// From when on it may run.
    pub due: Timestamp,
}

/// A job that was taken to be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Whose work it is; none for the copy's own.
    pub organisation: Option<OrganisationId>,
    /// Its id.
    pub id: String,
    /// The [`JobKind::name`].
    pub kind: String,
    /// What tells it from others of its kind.
    pub key: String,
    /// What was given with it.
    pub details: Value,
    /// Which try this is, from 1.
    pub tries: u32,
    /// Since when it may run: for what recurs, the moment that its schedule says.
    pub due: Timestamp,
    /// When this try began.
    pub began: Timestamp,
}

/// Where a job is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Not yet, or not yet again.
    Waiting,
    /// Somebody runs it now, or died while doing so a moment ago.
    Running,
    /// It ended well.
    Done,
    /// It failed for good, or too often.
    GivenUp,
    /// An operator did not want it any more.
    Cancelled,
}

impl State {
    /// Every state, in the order in which operators look at them.
    pub const ALL: [State; 5] = [State::GivenUp, State::Running, State::Waiting, State::Done, State::Cancelled];

    /// The word as stored and as written in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Running => "running",
            State::Done => "done",
            State::GivenUp => "given_up",
            State::Cancelled => "cancelled",
        }
    }

    /// The reverse of [`State::word`].
    pub fn from_word(word: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// One run of a job, as what is done sees it.
#[derive(Clone)]
pub struct Run {
    /// The database.
    pub store: Store,
    /// The present moment.
    pub clock: Clock,
    /// Where identifiers come from.
    pub chance: Chance,
    /// The job.
    pub job: Job,
    holder: String,
    stop: Stop,
}

impl Run {
    /// Whether it should end soon: the program is ending, or the run is over its limit of time. Long work asks between its
    /// steps and answers [`Failed::Interrupted`].
    pub fn should_stop(&self) -> bool {
        self.stop.0.load(Ordering::Relaxed)
    }

    /// Refuses when another program has taken the job meanwhile, because this one was away for longer than a lease. Within
    /// the transaction that writes what came of the job, it keeps a late run from writing.
    ///
    /// # Errors
    /// [`Failed::Interrupted`], and those of the database.
    pub fn hold(&self, tx: &mut Transaction<'_>) -> Result<(), Failed> {
        match store::held(tx, &self.job, &self.holder)? {
            true => Ok(()),
            false => Err(Failed::Interrupted),
        }
    }
}

/// Why a job did not end well. Texts are plain words for an operator, without personal data and without secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// Another try may come to more.
    #[error("{0}")]
    ForNow(String),
    /// Another try would come to the same.
    #[error("{0}")]
    ForGood(String),
    /// It was asked to stop. It is no failure, and runs again when it can.
    #[error("it was interrupted")]
    Interrupted,
}

impl From<::store::Error> for Failed {
    /// Messages of the database never repeat values.
    fn from(error: ::store::Error) -> Failed {
        Failed::ForNow(error.to_string())
    }
}

impl From<vocabulary::NoChance> for Failed {
    fn from(error: vocabulary::NoChance) -> Failed {
        Failed::ForNow(error.to_string())
    }
}

impl From<crate::Error> for Failed {
    fn from(error: crate::Error) -> Failed {
        Failed::ForNow(error.to_string())
    }
}

/// How a run is told to end. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks the run to end.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
