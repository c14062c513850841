//! The cards that are made here: storage, jobs, and the program itself.

use std::path::Path;

use ledger::job::{self, JobKind, Listed, Standing, State};
use ledger::{Card, Grade, Known, Words};
use store::{Engine, Error, Transaction};
use vocabulary::Timestamp;
use web::{say, say_n};

/// A disk with less than this, in bytes, needs somebody at once.
const TIGHT: u64 = 200 * 1024 * 1024;
/// With less than this, or less than twice what is stored, soon: a backup and an upgrade need room.
const LOW: u64 = 1024 * 1024 * 1024;
/// Seconds for which a job may be due before somebody should know that nobody runs it.
const OVERDUE: i64 = 10 * 60;

/// How many bytes are free where the data is; none when the machine does not say.
pub(crate) fn free_bytes(folder: &Path) -> Option<u64> {
    let known = rustix::fs::statvfs(folder).ok()?;
    // What this account may use, not what is kept back for the machine's own.
    known.f_bavail.checked_mul(known.f_frsize)
}

/// Engine, size and what is free.
pub(crate) fn storage(tx: &mut Transaction<'_>, free: Option<u64>) -> Result<Words, Error> {
    let (engine, size) = (tx.engine(), tx.database_bytes()?);
    Ok(Box::new(move || storage_card(engine, size, free)))
}

pub(crate) fn storage_card(engine: Engine, size: u64, free: Option<u64>) -> Card {
    let engine = match engine {
        Engine::Sqlite => say!("Embedded database (SQLite)"),
        Engine::Postgres => say!("PostgreSQL"),
    };
    let card = Card::new("storage", say!("Storage"))
        .line(say!("Database"), engine.into())
        .line(say!("Size of the data"), Known::Bytes(size));
    let Some(free) = free else {
        return card.line(say!("Free on the disk of the data folder"), say!("Not known").into());
    };
    let card = card.line(say!("Free on the disk of the data folder"), Known::Bytes(free));
    let what = say!("The disk of the data folder has little room left.");
    let next = say!("Make room, or move the folder to a larger disk: a full disk stops every change.");
    match free {
        _ if free < TIGHT => card.concern(Grade::Now, what, next),
        _ if free < LOW || free < size.saturating_mul(2) => card.concern(Grade::Soon, what, next),
        _ => card,
    }
}

/// How the jobs stand.
pub(crate) fn jobs(tx: &mut Transaction<'_>, kinds: &[JobKind], now: Timestamp) -> Result<Words, Error> {
    let standing = job::standing(tx, now)?;
    let running = job::Filter { states: vec![State::Running], kinds: vec![] };
    let running = job::some(tx, &running, job::Place::First, 100)?;
    let late = running.iter().filter(|job| is_late(job, kinds, now)).count();
    let late = u64::try_from(late).unwrap_or(0);
    Ok(Box::new(move || jobs_card(standing, late, now)))
}

fn is_late(job: &Listed, kinds: &[JobKind], now: Timestamp) -> bool {
    let limit = kinds.iter().find(|kind| kind.name == job.kind).map(|kind| i64::from(kind.limit_minutes) * 60);
    matches!((job.began, limit), (Some(began), Some(limit)) if now.duration_since(began).as_secs() > limit)
}

pub(crate) fn jobs_card(standing: Standing, late: u64, now: Timestamp) -> Card {
    let Standing { due, later, running, given_up, failing, oldest_due } = standing;
    let mut card = Card::new("jobs", say!("Jobs"))
        .line(say!("Running"), running.into())
        .line(say!("Due and not begun"), due.into())
        .line(say!("Waiting for a later moment"), later.into())
        .line(say!("Of all that wait, after a failure"), failing.into())
        .line(say!("Given up"), given_up.into())
        .more(say!("Look at all jobs"), "/operator/jobs");
    if oldest_due.is_some_and(|oldest| now.duration_since(oldest).as_secs() > OVERDUE) {
        let what = say_n!("1 job is due and nobody runs it.", "{count} jobs are due and nobody runs them.", due);
        card = card.concern(Grade::Now, what, say!("Look into the log of the program, and start it again."));
    }
    if late > 0 {
        let what = say_n!("1 job takes longer than it should.", "{count} jobs take longer than they should.", late);
        card =
            card.concern(Grade::Soon, what, say!("If it does not end, start the program again: the job runs again."));
    }
    if given_up > 0 {
        let what = say_n!("1 job was given up.", "{count} jobs were given up.", given_up);
        let next = say!("See why among the jobs, mend it, and run it again or wait until it is forgotten.");
        card = card.concern(Grade::Soon, what, next);
    }
    if failing > 0 {
        let what = say_n!("The latest try of 1 job failed.", "The latest tries of {count} jobs failed.", failing);
        card = card.concern(Grade::Soon, what, say!("They are tried again by themselves. See why among the jobs."));
    }
    card
}

/// Version, and since when it runs.
pub(crate) fn program(version: &str, started: Timestamp, now: Timestamp) -> Card {
    let hours = u64::try_from(now.duration_since(started).as_hours()).unwrap_or(0);
    let up = match hours {
        0 => say!("Less than an hour"),
        1..=47 => say_n!("1 hour", "{count} hours", hours),
        _ => say_n!("1 day", "{count} days", hours / 24),
    };
    Card::new("program", say!("Program"))
        .line(say!("Version"), version.to_owned().into())
        .line(say!("Running since"), started.into())
        .line(say!("For"), up.into())
}
