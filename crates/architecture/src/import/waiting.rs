//! Uploads that wait to be applied: put aside by a person, or by the program when nobody has looked at them for long.
//!
//! The file goes, what happened stays: an uploaded file may hold personal data, and nothing else of it is anywhere yet.

use std::sync::Arc;

use ::store::{Error, Transaction, values};
use ledger::job::{Failed, JobKind, Run, Schedule};
use vocabulary::{OrganisationId, Retention, Timestamp};

use super::State;
use super::store::{self, ImportRow};
use crate::Refused;

/// Puts a waiting import aside. One that was put aside already stays so.
///
/// # Errors
/// [`Refused::Conflicting`] when it was applied; those of the database.
pub fn cancel(tx: &mut Transaction<'_>, import: &ImportRow) -> Result<(), Refused> {
    if import.state == State::Cancelled.word() {
        return Ok(());
    }
    if import.state != State::Uploaded.word() {
        return Err(Refused::Conflicting("This import was applied already. Undo it instead.".to_owned()));
    }
    let organisation: OrganisationId = import.organisation.parse().map_err(|_| Refused::Missing)?;
    store::drop_file(tx, &organisation, &import.id)?;
    store::settle(tx, &ImportRow { state: State::Cancelled.word().to_owned(), ..import.clone() })?;
    Ok(())
}

/// The job that puts aside what has waited too long, one import a transaction. Running twice does no harm: what was put
/// aside waits no more.
pub(crate) fn job(retention: Retention) -> JobKind {
    JobKind {
        name: "uploads-tidy",
        label: "Put uploads aside that nobody applied",
        schedule: Some(Schedule::DailyAt { hour: 3, minute: 20 }),
        tries: 5,
        limit_minutes: 10,
        run: Arc::new(move |run| tidy(run, retention)),
    }
}

fn tidy(run: &Run, retention: Retention) -> Result<String, Failed> {
    let before = retention.uploads.before(run.clock.now());
    let waiting = run.store.read_blocking(move |tx| older(tx, before))?;
    let mut aside = 0;
    for (organisation, id) in waiting {
        if run.should_stop() {
            return Err(Failed::Interrupted);
        }
        let done = run.store.write_blocking(move |tx| -> Result<bool, Refused> {
            // Somebody may have applied it meanwhile.
            match store::find(tx, &organisation, &id)?.filter(|import| import.state == State::Uploaded.word()) {
                Some(import) => cancel(tx, &import).map(|()| true),
                None => Ok(false),
            }
        });
        aside += u32::from(done.map_err(|error| Failed::ForNow(error.to_string()))?);
    }
    Ok(format!("Put {aside} uploads aside."))
}

/// What was uploaded before a moment and waits still.
fn older(tx: &mut Transaction<'_>, before: Timestamp) -> Result<Vec<(OrganisationId, String)>, Error> {
    // Moments are texts here, which sort by time to the second.
    let rows = tx.query(
        "SELECT organisation, id FROM import WHERE state = $1 AND created_at < $2 ORDER BY organisation, id",
        &values![State::Uploaded.word(), before.to_string()],
        |row| Ok((row.text(0)?, row.text(1)?)),
    )?;
    Ok(rows.into_iter().filter_map(|(organisation, id)| Some((organisation.parse().ok()?, id))).collect())
}
