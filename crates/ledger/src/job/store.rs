//! The SQL of jobs: from enqueued to ended.
//!
//! Every move names the holder that it expects, so that a program that was away for longer than its lease changes
//! nothing of a job that another one has taken.

use jiff::SignedDuration;
use store::{Row, Transaction, Value, values};
use vocabulary::{Chance, OrganisationId, Timestamp, new_id};

use super::{Failed, Job, JobKind, LEASE_SECONDS, NewJob, State, schedule::wait_after};
use crate::{
    Error,
    error::damaged,
    thing::{shard, stamp, unshard, unstamp},
};

/// The longest text of an error or result that is kept.
const LONGEST_TEXT: usize = 1_000;

/// Enqueues a job within the transaction that writes what calls for it, and gives its id.
///
/// While such a job (by kind and key) waits, it is left as it is; while it runs, it is run once more afterwards, because it
/// may have read what was there before.
///
/// # Errors
/// Those of the database and of chance.
pub fn enqueue(tx: &mut Transaction<'_>, job: &NewJob<'_>, now: Timestamp, chance: &Chance) -> Result<String, Error> {
    let id = tx.query_one(
        "INSERT INTO job (organisation, id, kind, job_key, details, state, made_at, due_at, tries, asked_again) \
         VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7, 0, 0) \
         ON CONFLICT (organisation, kind, job_key) WHERE ended_at IS NULL DO UPDATE SET \
         asked_again = CASE WHEN job.state = 'running' THEN 1 ELSE job.asked_again END RETURNING id",
        &values![
            shard(job.organisation),
            new_id(now, chance)?.to_string(),
            job.kind,
            job.key,
            job.details.to_string(),
            stamp(now),
            stamp(job.due)
        ],
        |row| row.text(0),
    )?;
    tx.announce();
    Ok(id)
}

/// Takes a job back that was enqueued and has not begun: as if it had never been.
///
/// # Errors
/// Those of the database.
pub fn take_back(
    tx: &mut Transaction<'_>,
    organisation: Option<&OrganisationId>,
    kind: &str,
    key: &str,
) -> Result<(), store::Error> {
    tx.execute(
        "DELETE FROM job WHERE organisation = $1 AND kind = $2 AND job_key = $3 AND state = 'waiting'",
        &values![shard(organisation), kind, key],
    )?;
    Ok(())
}

/// Sees to it that every kind that recurs has its one job: when there is none yet, or when the schedule now comes sooner.
///
/// # Errors
/// Those of the database and of chance.
pub fn establish(tx: &mut Transaction<'_>, kinds: &[JobKind], now: Timestamp, chance: &Chance) -> Result<(), Error> {
    for kind in kinds {
        let Some(schedule) = kind.schedule else { continue };
        let due = schedule.next(now);
        let job = NewJob { organisation: None, kind: kind.name, key: "", details: serde_json::json!({}), due };
        let there = tx.query_optional(
            "SELECT 1 FROM job WHERE organisation = '' AND kind = $1 AND job_key = '' AND ended_at IS NULL",
            &values![kind.name],
            |row| row.integer(0),
        )?;
        match there {
            None => drop(enqueue(tx, &job, now, chance)?),
            Some(_) => drop(tx.execute(
                "UPDATE job SET due_at = $2 WHERE organisation = '' AND kind = $1 AND job_key = '' \
                 AND state = 'waiting' AND tries = 0 AND due_at > $2",
                &values![kind.name, stamp(due)],
            )?),
        }
    }
    Ok(())
}

/// `$n, $n+1, …` for the names of kinds, and the names.
fn named(kinds: &[JobKind], first: usize) -> (String, Vec<Value>) {
    let places: Vec<String> = (first..first + kinds.len()).map(|place| format!("${place}")).collect();
    (places.join(", "), kinds.iter().map(|kind| Value::from(kind.name)).collect())
}

/// Whether a job of these kinds can be taken now. Only reads, so that looking costs nobody a turn at writing.
///
/// # Errors
/// Those of the database.
pub fn due(tx: &mut Transaction<'_>, kinds: &[JobKind], now: Timestamp) -> Result<bool, store::Error> {
    Ok(!candidates(tx, kinds, 1, now)?.is_empty())
}

/// When the next job of these kinds can be taken, as things stand: when it is due, or when its lease ends.
///
/// # Errors
/// Those of the database.
pub fn next_due(tx: &mut Transaction<'_>, kinds: &[JobKind]) -> Result<Option<Timestamp>, store::Error> {
    if kinds.is_empty() {
        return Ok(None);
    }
    let (places, parameters) = named(kinds, 1);
    let sql =
        format!("SELECT MIN(COALESCE(lease_until, due_at)) FROM job WHERE ended_at IS NULL AND kind IN ({places})");
    let at = tx.query_one(&sql, &parameters, |row| row.optional_integer(0))?;
    at.map(unstamp).transpose()
}

/// What can be taken, the longest due first: organisation and id.
fn candidates(
    tx: &mut Transaction<'_>,
    kinds: &[JobKind],
    most: usize,
    now: Timestamp,
) -> Result<Vec<(String, String)>, store::Error> {
    if kinds.is_empty() || most == 0 {
        return Ok(vec![]);
    }
    let (places, names) = named(kinds, 3);
    let sql = format!(
        "SELECT organisation, id FROM job WHERE ended_at IS NULL AND due_at <= $1 \
         AND (lease_until IS NULL OR lease_until <= $1) AND kind IN ({places}) ORDER BY due_at, id LIMIT $2"
    );
    let mut parameters = values![stamp(now), i64::try_from(most).unwrap_or(i64::MAX)].to_vec();
    parameters.extend(names);
    tx.query(&sql, &parameters, |row| Ok((row.text(0)?, row.text(1)?)))
}

/// Takes up to `most` jobs of these kinds that are due, for `holder`. A job whose program died at its last try is given up
/// instead of taken, so that one that kills programs does not kill all of them for ever.
///
/// # Errors
/// Those of the database and of chance.
pub fn claim(
    tx: &mut Transaction<'_>,
    kinds: &[JobKind],
    most: usize,
    holder: &str,
    now: Timestamp,
    chance: &Chance,
) -> Result<Vec<Job>, Error> {
    let mut taken = Vec::new();
    for (organisation, id) in candidates(tx, kinds, most, now)? {
        let job = tx.query_one(
            "UPDATE job SET state = 'running', holder = $3, began_at = $4, lease_until = $5, tries = tries + 1 \
             WHERE organisation = $1 AND id = $2 \
             RETURNING organisation, id, kind, job_key, details, tries, due_at, began_at",
            &values![&organisation, &id, holder, stamp(now), stamp(lease_from(now))],
            read,
        )?;
        let Some(kind) = kinds.iter().find(|kind| kind.name == job.kind) else { continue };
        if job.tries > kind.tries {
            let died = Failed::ForGood("The program ended while this ran, at each of its tries.".to_owned());
            failed(tx, kind, &job, holder, &died, now, chance)?;
            continue;
        }
        taken.push(job);
    }
    Ok(taken)
}

fn lease_from(now: Timestamp) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(LEASE_SECONDS)).unwrap_or(Timestamp::MAX)
}

fn read(row: &Row<'_>) -> Result<Job, store::Error> {
    let (id, details) = (row.text(1)?, row.text(4)?);
    Ok(Job {
        organisation: unshard(&row.text(0)?)?,
        kind: row.text(2)?,
        key: row.text(3)?,
        details: serde_json::from_str(&details).map_err(|_| damaged(format!("job {id}")))?,
        tries: u32::try_from(row.integer(5)?).map_err(|_| damaged(format!("job {id}")))?,
        due: unstamp(row.integer(6)?)?,
        began: unstamp(row.integer(7)?)?,
        id,
    })
}

/// Whether `holder` still has this try of the job.
///
/// # Errors
/// Those of the database.
pub fn held(tx: &mut Transaction<'_>, job: &Job, holder: &str) -> Result<bool, store::Error> {
    let found = tx.query_optional(
        "SELECT 1 FROM job WHERE organisation = $1 AND id = $2 AND holder = $3 AND tries = $4",
        &values![shard(job.organisation.as_ref()), &job.id, holder, job.tries],
        |row| row.integer(0),
    )?;
    Ok(found.is_some())
}

/// Renews the leases of what `holder` is running now; a job that another program has taken meanwhile stays its.
///
/// # Errors
/// Those of the database.
pub fn renew(tx: &mut Transaction<'_>, jobs: &[Job], holder: &str, now: Timestamp) -> Result<(), store::Error> {
    for job in jobs {
        tx.execute(
            "UPDATE job SET lease_until = $5 WHERE organisation = $1 AND id = $2 AND holder = $3 AND tries = $4",
            &values![shard(job.organisation.as_ref()), &job.id, holder, job.tries, stamp(lease_from(now))],
        )?;
    }
    Ok(())
}

/// The job ended well. False when another program has it by now.
pub(super) fn done(
    tx: &mut Transaction<'_>,
    kind: &JobKind,
    job: &Job,
    holder: &str,
    said: &str,
    now: Timestamp,
) -> Result<bool, store::Error> {
    let next = kind.schedule.map(|schedule| stamp(schedule.next(now)));
    let changed = tx.execute(
        "UPDATE job SET holder = NULL, began_at = NULL, lease_until = NULL, failed_at = NULL, last_error = NULL, \
         done_at = $5, said = $6, asked_again = 0, \
         tries = CASE WHEN asked_again = 1 OR CAST($7 AS BIGINT) IS NOT NULL THEN 0 ELSE tries END, \
         state = CASE WHEN asked_again = 1 OR CAST($7 AS BIGINT) IS NOT NULL THEN 'waiting' ELSE 'done' END, \
         due_at = CASE WHEN asked_again = 1 THEN $5 ELSE COALESCE(CAST($7 AS BIGINT), due_at) END, \
         ended_at = CASE WHEN asked_again = 1 OR CAST($7 AS BIGINT) IS NOT NULL THEN NULL ELSE CAST($5 AS BIGINT) END \
         WHERE organisation = $1 AND id = $2 AND holder = $3 AND tries = $4",
        &values![shard(job.organisation.as_ref()), &job.id, holder, job.tries, stamp(now), short(said), next],
    )?;
    Ok(changed > 0)
}

/// The job failed: it waits for its next try, or is given up. What recurs is never given up, but waits for its next time
/// with its tries anew; so does what was asked for again meanwhile. Gives when it is tried next, and false when another
/// program has it by now.
pub(super) fn failed(
    tx: &mut Transaction<'_>,
    kind: &JobKind,
    job: &Job,
    holder: &str,
    why: &Failed,
    now: Timestamp,
    chance: &Chance,
) -> Result<(Option<Timestamp>, bool), Error> {
    let organisation = shard(job.organisation.as_ref());
    let asked_again = tx.query_optional(
        "SELECT asked_again FROM job WHERE organisation = $1 AND id = $2",
        &values![organisation, &job.id],
        |row| row.flag(0),
    )?;
    let spent = matches!(why, Failed::ForGood(_)) || job.tries >= kind.tries;
    let later = now.saturating_add(wait_after(job.tries, chance)?).unwrap_or(Timestamp::MAX);
    let next = match (spent, kind.schedule) {
        (false, _) => Some(later),
        (true, Some(schedule)) => Some(schedule.next(now)),
        (true, None) => asked_again.unwrap_or(false).then_some(later),
    };
    let state = if next.is_some() { State::Waiting } else { State::GivenUp };
    let changed = tx.execute(
        "UPDATE job SET holder = NULL, began_at = NULL, lease_until = NULL, failed_at = $5, last_error = $6, \
         asked_again = 0, state = $7, due_at = COALESCE(CAST($8 AS BIGINT), due_at), tries = $9, \
         ended_at = CAST($10 AS BIGINT) \
         WHERE organisation = $1 AND id = $2 AND holder = $3 AND tries = $4",
        &values![
            organisation,
            &job.id,
            holder,
            job.tries,
            stamp(now),
            short(&why.to_string()),
            state.word(),
            next.map(stamp),
            if spent && next.is_some() { 0 } else { job.tries.min(kind.tries) },
            next.is_none().then_some(stamp(now))
        ],
    )?;
    Ok((next, changed > 0))
}

/// The run was asked to stop and did: the job waits, due as it was, and the try does not count.
///
/// # Errors
/// Those of the database.
pub fn interrupted(tx: &mut Transaction<'_>, job: &Job, holder: &str) -> Result<(), store::Error> {
    tx.execute(
        "UPDATE job SET state = 'waiting', holder = NULL, began_at = NULL, lease_until = NULL, tries = tries - 1 \
         WHERE organisation = $1 AND id = $2 AND holder = $3 AND tries = $4",
        &values![shard(job.organisation.as_ref()), &job.id, holder, job.tries],
    )?;
    Ok(())
}

/// Whether there was such a job to do something with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It is done.
    Done,
    /// It is not in a state in which that makes sense, or another such job waits already.
    NotNow,
    /// There is no such job.
    Missing,
}

/// Runs a job again that was given up or cancelled, or one that waits now instead of later, with all its tries. Not while
/// another one of its kind and key has not ended.
///
/// # Errors
/// Those of the database.
pub fn again(tx: &mut Transaction<'_>, id: &str, now: Timestamp) -> Result<Moved, store::Error> {
    let changed = tx.execute(
        "UPDATE job SET state = 'waiting', due_at = $2, tries = 0, ended_at = NULL \
         WHERE id = $1 AND state IN ('waiting', 'given_up', 'cancelled') AND (ended_at IS NULL OR NOT EXISTS \
         (SELECT 1 FROM job o WHERE o.organisation = job.organisation AND o.kind = job.kind \
         AND o.job_key = job.job_key AND o.ended_at IS NULL))",
        &values![id, stamp(now)],
    )?;
    tx.announce();
    moved(tx, changed, id)
}

/// Puts a job aside that waits, unless it recurs: that would only come back at the next start.
///
/// # Errors
/// Those of the database.
pub fn cancel(tx: &mut Transaction<'_>, kinds: &[JobKind], id: &str, now: Timestamp) -> Result<Moved, store::Error> {
    let recurring: Vec<JobKind> = kinds.iter().filter(|kind| kind.schedule.is_some()).cloned().collect();
    let (places, names) = named(&recurring, 3);
    let unless = if recurring.is_empty() { String::new() } else { format!(" AND kind NOT IN ({places})") };
    let sql = format!("UPDATE job SET state = 'cancelled', ended_at = $2 WHERE id = $1 AND state = 'waiting'{unless}");
    let mut parameters = values![id, stamp(now)].to_vec();
    parameters.extend(names);
    let changed = tx.execute(&sql, &parameters)?;
    moved(tx, changed, id)
}

fn moved(tx: &mut Transaction<'_>, changed: u64, id: &str) -> Result<Moved, store::Error> {
    if changed > 0 {
        return Ok(Moved::Done);
    }
    let there = tx.query_optional("SELECT 1 FROM job WHERE id = $1", &values![id], |row| row.integer(0))?;
    Ok(if there.is_some() { Moved::NotNow } else { Moved::Missing })
}

/// Deletes what ended before `before`, and says how many.
///
/// # Errors
/// Those of the database.
pub fn forget_ended(tx: &mut Transaction<'_>, before: Timestamp) -> Result<u64, store::Error> {
    tx.execute("DELETE FROM job WHERE ended_at IS NOT NULL AND ended_at < $1", &values![stamp(before)])
}

/// A text that is not too long to be kept, cut at a letter, without NUL.
fn short(text: &str) -> String {
    text.chars().filter(|c| *c != '\0').take(LONGEST_TEXT).collect()
}
