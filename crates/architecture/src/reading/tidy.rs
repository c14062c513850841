//! Forgetting what was read long ago.

use std::sync::Arc;

use ::store::Error;
use ledger::job::{Failed, JobKind, Run, Schedule};
use vocabulary::Retention;

use super::store;

/// The job that forgets it. Running twice does no harm: what went is gone.
pub(crate) fn job(retention: Retention) -> JobKind {
    JobKind {
        name: "readings-tidy",
        label: "Forget who read what long ago",
        schedule: Some(Schedule::DailyAt { hour: 3, minute: 40 }),
        tries: 5,
        limit_minutes: 10,
        run: Arc::new(move |run| tidy(run, retention)),
    }
}

fn tidy(run: &Run, retention: Retention) -> Result<String, Failed> {
    let before = retention.readings.before(run.clock.now()).to_string();
    let day = before.get(..10).unwrap_or_default().to_owned();
    let gone = run.store.write_blocking(move |tx| store::forget(tx, &day));
    let gone = gone.map_err(|error: Error| Failed::ForNow(error.to_string()))?;
    Ok(format!("Forgot {gone} lines."))
}
