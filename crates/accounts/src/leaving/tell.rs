//! The letter to an organisation's stewards, once its leaving is confirmed: whoever of them did not know can take it back.
//!
//! It is written in the transaction that holds the job. Should the program die before the job's end is on record, a second
//! letter says the same.

use std::sync::Arc;

use jiff::SignedDuration;
use ledger::job::{Failed, JobKind, Run};
use store::{Transaction, values};
use vocabulary::{OrganisationId, PersonId, Timestamp};

use super::leaving;
use crate::{Block, Error, Letter, Organisation, organisation, outbox};

/// The kind of the job.
pub(super) const JOB: &str = "organisation-leave-told";

/// The job.
pub(crate) fn job(public_address: String) -> JobKind {
    JobKind {
        name: JOB,
        label: "Tell stewards that their organisation leaves",
        schedule: None,
        tries: 10,
        limit_minutes: 5,
        run: Arc::new(move |run| tell(run, &public_address)),
    }
}

fn tell(run: &Run, public_address: &str) -> Result<String, Failed> {
    let Some(id) = run.job.organisation.clone() else {
        return Err(Failed::ForGood("The job names no organisation.".to_owned()));
    };
    let (now, this, address) = (run.clock.now(), run.clone(), public_address.to_owned());
    run.store.write_blocking(move |tx| {
        this.hold(tx)?;
        let due = leaving(tx, &id)?.and_then(|leaving| leaving.due_at);
        let (Some(due), Some(organisation)) = (due, organisation::here(tx, &id)?) else {
            return Ok("It was taken back, so nobody was told.".to_owned());
        };
        let letter = letter(&organisation, due, &address, now);
        let mut written = 0;
        for steward in stewards(tx, &id)? {
            let sent = outbox::send(tx, steward, &letter, now, &this.chance);
            written += usize::from(sent.map_err(|error| Failed::ForNow(error.to_string()))?);
        }
        Ok(format!("Wrote {written} letters."))
    })
}

fn stewards(tx: &mut Transaction<'_>, id: &OrganisationId) -> Result<Vec<PersonId>, Failed> {
    let sql = "SELECT person FROM membership WHERE organisation = $1 AND role = 'steward' ORDER BY person";
    let ids = tx.query(sql, &values![id.as_str()], |row| row.text(0))?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

fn letter(organisation: &Organisation, due: Timestamp, public_address: &str, now: Timestamp) -> Letter {
    let name = &organisation.name;
    Letter {
        subject: web::say!("Everything of {organisation} will be erased", organisation = name),
        blocks: vec![
            Block::paragraph(web::say!(
                "It was confirmed that {organisation} leaves. Everything of it is erased on {date}.",
                organisation = name,
                date = super::page::day(due)
            )),
            Block::paragraph(web::say!("Until then you can take it back, or take its file along.")),
            Block::button(web::say!("Look at it"), format!("{public_address}/organisations/{}/leave", organisation.id)),
        ],
        useful_for: SignedDuration::from_secs((due.as_second() - now.as_second()).max(0)),
        unsubscribe: None,
    }
}

/// That a letter cannot be written is no reason not to confirm: it is a job of its own.
pub(super) fn soon(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    key: &str,
    by: &super::By,
) -> Result<(), Error> {
    let details = serde_json::json!({});
    let new = ledger::job::NewJob { organisation: Some(organisation), kind: JOB, key, details, due: by.now };
    ledger::job::enqueue(tx, &new, by.now, &by.chance)?;
    Ok(())
}
