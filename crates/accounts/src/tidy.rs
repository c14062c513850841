//! Housekeeping: what is over is removed once a day. Sessions, tokens, links and sign-in attempts that have ended, challenges of
//! passkeys, invitations that nobody answered, requests to join that were decided long ago, and notes of messages.
//!
//! Running twice does no harm: the second time there is less to remove.

use std::sync::Arc;

use ledger::job::{Failed, JobKind, Run, Schedule};
use store::{Transaction, values};
use vocabulary::{Retention, Timestamp};

use crate::{api_token, invitation, joining, oidc, outbox, passkey, session};

/// The job.
pub(crate) fn job(retention: Retention) -> JobKind {
    JobKind {
        name: "accounts-tidy",
        label: "Remove sessions, tokens and links that are over",
        schedule: Some(Schedule::DailyAt { hour: 3, minute: 10 }),
        tries: 5,
        limit_minutes: 10,
        run: Arc::new(move |run| tidy(run, retention)),
    }
}

fn tidy(run: &Run, retention: Retention) -> Result<String, Failed> {
    let now = run.clock.now();
    let (sessions, tokens, links, invitations, notes) = run.store.write_blocking::<_, store::Error, _>(move |tx| {
        let notes = outbox::forget_ended(tx, retention.jobs.before(now))?;
        let invitations = invitation::forget_unanswered(tx, now)?;
        let tokens = api_token::store::forget_ended(tx, now)?;
        oidc::forget_ended(tx, now)?;
        joining::store::forget_ended(tx, now)?;
        passkey::forget_ended(tx, now)?;
        Ok((session::forget_ended(tx, now)?, tokens, forget_links(tx, now)?, invitations, notes))
    })?;
    Ok(format!(
        "Removed {sessions} sessions, {tokens} tokens, {links} links, {invitations} invitations and {notes} notes of messages."
    ))
}

fn forget_links(tx: &mut Transaction<'_>, now: Timestamp) -> Result<u64, store::Error> {
    let at = values![now.as_microsecond()];
    let addresses = tx.execute("DELETE FROM email_change WHERE expires_at <= $1", &at)?;
    Ok(addresses + tx.execute("DELETE FROM sign_in_link WHERE expires_at <= $1", &at)?)
}
