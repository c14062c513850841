//! The job that sends a message: one job for each, tried until it was sent or is no longer of use.
//!
//! Running twice does no harm: a message that was sent is gone, and one that was sent in the moment before the program
//! died is sent again under the same Message-ID, by which mail programs recognise it.

use std::{path::PathBuf, sync::Arc};

use ledger::job::{Failed, JobKind, Run};
use tracing::{Span, field::Empty};
use vocabulary::TRACES;

use super::rfc5322::Sender;
use super::smtp::Smtp;
use super::{Failure, JOB, Outcome, Waiting, end, failed, file, find};

/// Where messages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Nowhere: in the demonstration a page shows them.
    Page,
    /// Into this folder, as files for whichever mail system is there.
    Folder(PathBuf, Sender),
    /// To a mail server.
    Smtp(Arc<Smtp>),
}

/// How often a message is tried. Enough for three days of waiting, so that what it is good for ends first.
const TRIES: u32 = 100;

/// The kind of job that sends messages there.
pub fn message_job(delivery: Delivery) -> JobKind {
    JobKind {
        name: JOB,
        label: "Send a message",
        schedule: None,
        tries: TRIES,
        limit_minutes: 5,
        run: Arc::new(move |run| deliver(run, &delivery)),
    }
}

fn deliver(run: &Run, delivery: &Delivery) -> Result<String, Failed> {
    if *delivery == Delivery::Page {
        return Ok("Kept for the outbox page.".to_owned());
    }
    let id = run.job.key.clone();
    let Some(message) = run.store.read_blocking::<_, store::Error, _>(move |tx| find(tx, &id))? else {
        return Ok("The message is not there any more, so nothing was sent.".to_owned());
    };
    let span = span(delivery);
    let sent = span.in_scope(|| match delivery {
        Delivery::Folder(folder, sender) => file::write(folder, &message, sender).map_err(|error| {
            let (folder, reason) = (folder.display(), error.kind());
            (Failure::Folder, format!("A message could not be written to {folder}: {reason}."))
        }),
        Delivery::Smtp(smtp) => smtp.send(&message).map_err(|trouble| (trouble.failure, trouble.why)),
        Delivery::Page => Ok(()),
    });
    if let Err((failure, _)) = &sent {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", failure.word());
    }
    drop(span);
    match sent {
        Ok(()) => {
            settle(run, message, Outcome::Sent)?;
            Ok(match delivery {
                Delivery::Smtp(_) => "Sent.",
                Delivery::Folder(..) => "Written as a file: there is no mail server.",
                Delivery::Page => "Shown on the page of the outbox.",
            }
            .to_owned())
        }
        Err((Failure::Refused, why)) => {
            settle(run, message, Outcome::GivenUp(Failure::Refused))?;
            Ok(format!("Given up. {why}"))
        }
        Err((failure, why)) if message.useful_until > run.clock.now() => {
            let now = run.clock.now();
            run.store.write_blocking::<_, store::Error, _>(move |tx| failed(tx, &message, failure, now))?;
            Err(Failed::ForNow(why))
        }
        Err((_, why)) => {
            settle(run, message, Outcome::GivenUp(Failure::TooLate))?;
            Ok(format!("Not sent while it was of use, so it was given up. {why}"))
        }
    }
}

/// The span of sending one message: by what way, never to whom or what it says.
fn span(delivery: &Delivery) -> Span {
    let (way, server) = match delivery {
        Delivery::Page => ("page", None),
        Delivery::Folder(..) => ("folder", None),
        Delivery::Smtp(smtp) => ("smtp", Some(&smtp.server)),
    };
    tracing::info_span!(
        target: TRACES,
        "mail",
        otel.name = "send a message",
        otel.kind = "client",
        otel.status_code = Empty,
        "error.type" = Empty,
        server.address = server.map(|server| server.host.as_str()),
        server.port = server.map(|server| server.port),
        commonhold.mail.way = way,
    )
}

fn settle(run: &Run, message: Waiting, outcome: Outcome) -> Result<(), Failed> {
    let now = run.clock.now();
    Ok(run.store.write_blocking::<_, store::Error, _>(move |tx| end(tx, &message, outcome, now))?)
}
