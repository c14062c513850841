//! Housekeeping: what ended long ago is forgotten once a day.
//!
//! Running twice does no harm: the second time there is less to forget.

use std::sync::Arc;

use vocabulary::Retention;

use super::{JobKind, Schedule, forget_ended};

/// The job.
pub(crate) fn tidy(retention: Retention) -> JobKind {
    JobKind {
        name: "jobs-tidy",
        label: "Forget jobs that ended long ago",
        schedule: Some(Schedule::DailyAt { hour: 3, minute: 0 }),
        tries: 5,
        limit_minutes: 10,
        run: Arc::new(move |run| {
            let before = retention.jobs.before(run.clock.now());
            let forgotten = run.store.write_blocking::<_, store::Error, _>(move |tx| forget_ended(tx, before))?;
            Ok(format!("Forgot {forgotten} jobs."))
        }),
    }
}
