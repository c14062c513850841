//! One try of a job: run what its kind does, whatever that does, and write down how it ended.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use store::Store;
use vocabulary::{Chance, Clock, Timestamp};

use super::{Failed, Job, JobKind, Run, Stop, store as table};
use crate::Error;

/// How one try ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Well; with what came of it.
    Done(String),
    /// It failed and is tried again at this moment.
    Again(Timestamp, String),
    /// It failed and is not tried again by itself.
    GivenUp(String),
    /// It was asked to stop, and waits.
    Interrupted,
    /// Another program has the job by now, so how this try ended does not count.
    TakenOver,
}

/// Runs a job that was claimed for `holder` and writes how it ended. A panic is a failed try like any other. Blocks.
///
/// # Errors
/// When how it ended could not be written. The job is then run again once its lease is over.
pub fn attempt(
    kind: &JobKind,
    job: &Job,
    holder: &str,
    store: &Store,
    clock: &Clock,
    chance: &Chance,
    stop: &Stop,
) -> Result<End, Error> {
    let run = Run {
        store: store.clone(),
        clock: clock.clone(),
        chance: chance.clone(),
        job: job.clone(),
        holder: holder.to_owned(),
        stop: stop.clone(),
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| (kind.run)(&run))).unwrap_or_else(|panic| {
        // The message may hold anything, so it goes to the log of whoever debugs and not into the table.
        tracing::error!(job = kind.name, message = message(panic.as_ref()), "a job stopped unexpectedly");
        Err(Failed::ForNow("It stopped unexpectedly: a fault of the program. The log has the cause.".to_owned()))
    });
    let (kind, job, holder, chance) = (kind.clone(), job.clone(), holder.to_owned(), chance.clone());
    let now = clock.now();
    store.write_blocking(move |tx| match &outcome {
        Ok(said) => match table::done(tx, &kind, &job, &holder, said, now)? {
            true => Ok(End::Done(said.clone())),
            false => Ok(End::TakenOver),
        },
        Err(Failed::Interrupted) => {
            table::interrupted(tx, &job, &holder)?;
            Ok(End::Interrupted)
        }
        Err(why) => Ok(match table::failed(tx, &kind, &job, &holder, why, now, &chance)? {
            (_, false) => End::TakenOver,
            (Some(at), true) => End::Again(at, why.to_string()),
            (None, true) => End::GivenUp(why.to_string()),
        }),
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

/// Runs what is due now, one after the other on this thread, until nothing is: for commands and tests. Gives the kind of
/// each with its end.
///
/// # Errors
/// Those of the database.
pub fn work_off(
    store: &Store,
    clock: &Clock,
    chance: &Chance,
    kinds: &[JobKind],
    holder: &str,
) -> Result<Vec<(String, End)>, Error> {
    let mut ends = Vec::new();
    loop {
        let (claiming, by, random, now) = (kinds.to_vec(), holder.to_owned(), chance.clone(), clock.now());
        let claimed = store.write_blocking(move |tx| match table::due(tx, &claiming, now)? {
            true => Ok::<_, Error>(Some(table::claim(tx, &claiming, 1, &by, now, &random)?)),
            false => Ok(None),
        })?;
        let Some(claimed) = claimed else { return Ok(ends) };
        for job in claimed {
            let Some(kind) = kinds.iter().find(|kind| kind.name == job.kind) else { continue };
            let end = attempt(kind, &job, holder, store, clock, chance, &Stop::default())?;
            ends.push((job.kind, end));
        }
    }
}
