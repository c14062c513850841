//! What the operator's page says of mail: how many wait, since when, what was sent and what was given up. Never to whom.

use std::sync::Arc;

use jiff::SignedDuration;
use ledger::{Card, Grade, Health, Known};
use store::{Transaction, values};
use vocabulary::Timestamp;
use web::{say, say_n};

use super::Failure;
use crate::{Delivery, error::damaged};

/// A message that waits longer than this after a failure needs somebody.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// How messages stand, without anybody in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailStanding {
    /// Waiting to be sent.
    pub waiting: u64,
    /// Of those, after a try that failed.
    pub failing: u64,
    /// Since when the oldest waits.
    pub oldest: Option<Timestamp>,
    /// Sent in the last 24 hours.
    pub sent: u64,
    /// Given up in the last 24 hours.
    pub given_up: u64,
}

/// How messages stand now.
///
/// # Errors
/// Those of the database.
pub fn mail_standing(tx: &mut Transaction<'_>, now: Timestamp) -> Result<MailStanding, store::Error> {
    let Mail { waiting, failing, oldest, sent, given_up, .. } = read(tx, now)?;
    Ok(MailStanding { waiting, failing, oldest, sent, given_up })
}

/// What is known of mail.
struct Mail {
    waiting: u64,
    failing: u64,
    oldest: Option<Timestamp>,
    /// The latest failure among those that wait.
    failure: Option<Failure>,
    last_sent: Option<Timestamp>,
    sent: u64,
    given_up: u64,
}

/// The card.
pub(crate) fn health(delivery: Delivery) -> Health {
    Arc::new(move |tx, now| {
        let mail = read(tx, now)?;
        let delivery = delivery.clone();
        Ok(Box::new(move || mail.card(&delivery, now)))
    })
}

fn read(tx: &mut Transaction<'_>, now: Timestamp) -> Result<Mail, store::Error> {
    let moment = |at: Option<i64>| at.map(Timestamp::from_microsecond).transpose().map_err(|_| damaged("outbox"));
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let sql = "SELECT COUNT(*), MIN(made_at), COUNT(failure) FROM outbox";
    let (waiting, oldest, failing) = tx.query_one(sql, &[], |row| {
        Ok((count(row.integer(0)?), moment(row.optional_integer(1)?)?, count(row.integer(2)?)))
    })?;
    let failure = tx.query_optional(
        "SELECT failure FROM outbox WHERE failure IS NOT NULL ORDER BY failed_at DESC NULLS LAST, id DESC LIMIT 1",
        &[],
        |row| row.optional_text(0),
    )?;
    let day_ago = now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
    let ended = |outcome: &'static str| values![outcome, day_ago.as_microsecond()];
    let since = "SELECT COUNT(*) FROM outbox_end WHERE outcome = $1 AND ended_at > $2";
    let sent = tx.query_one(since, &ended("sent"), |row| row.integer(0))?;
    let given_up = tx.query_one(since, &ended("given_up"), |row| row.integer(0))?;
    let last_sent = tx.query_one("SELECT MAX(ended_at) FROM outbox_end WHERE outcome = 'sent'", &[], |row| {
        moment(row.optional_integer(0)?)
    })?;
    let failure = failure.flatten().and_then(|word| Failure::from_word(&word));
    Ok(Mail { waiting, failing, oldest, failure, last_sent, sent: count(sent), given_up: count(given_up) })
}

impl Failure {
    /// What to do about it.
    pub fn next(self) -> String {
        self.words().1
    }

    /// Why, as part of a sentence; and what to do.
    fn words(self) -> (String, String) {
        match self {
            Failure::Folder => (
                say!("the folder for messages cannot be written to"),
                say!("See that the disk is not full and that the program's account may write there."),
            ),
            Failure::Unreachable => (
                say!("the mail server cannot be reached"),
                say!("See that it is running and that its address is right."),
            ),
            Failure::Insecure => (
                say!("the way to the mail server cannot be made secret"),
                say!("See whether it offers TLS, and whether its certificate has run out or is of your own authority."),
            ),
            Failure::SignIn => (
                say!("the mail server refused user and password"),
                say!("Put the right ones into the settings and start the program again."),
            ),
            Failure::Sender => (
                say!("the mail server does not let this program send"),
                say!("See that the sender's address is one that it may send for."),
            ),
            Failure::Postponed => (
                say!("the mail server puts messages off"),
                say!("Usually this passes. If it does not, ask whoever runs the mail server."),
            ),
            Failure::Refused => (say!("the mail server refused them"), say!("Ask whoever runs the mail server.")),
            Failure::TooLate => (
                say!("they could not be sent while they were of use"),
                say!("Look what kept earlier messages from being sent."),
            ),
        }
    }
}

impl Mail {
    fn card(self, delivery: &Delivery, now: Timestamp) -> Card {
        let goes = match delivery {
            Delivery::Page => say!("Nowhere: this is a demonstration, and a page shows messages"),
            Delivery::Folder(..) => say!("As files, for your mail system to send"),
            Delivery::Smtp(smtp) => say!("To the mail server {host}", host = smtp.server.host),
        };
        let mut card = Card::new("mail", say!("Mail")).line(say!("Messages go"), goes.into());
        if *delivery == Delivery::Page {
            return card.more(say!("Look at the messages"), "/outbox");
        }
        card = card.line(say!("Waiting"), self.waiting.into());
        if let Some(oldest) = self.oldest {
            card = card.line(say!("The oldest waits since"), oldest.into());
        }
        let last = self.last_sent.map_or_else(|| Known::Text(say!("Never, as far as is kept")), Known::Moment);
        card = card
            .line(say!("Last sent"), last)
            .line(say!("Sent in the last 24 hours"), self.sent.into())
            .line(say!("Given up in the last 24 hours"), self.given_up.into());
        match (self.oldest, self.failure) {
            (Some(oldest), Some(failure)) if now.duration_since(oldest) > PATIENCE => {
                let (why, next) = failure.words();
                let what = say_n!(
                    "1 message waits, because {why}.",
                    "{count} messages wait, because {why}.",
                    self.waiting,
                    why = why
                );
                let next = say!("{next} The command \"commonhold mail\" tries it and says more.", next = next);
                card.concern(Grade::Now, what, next)
            }
            _ => card,
        }
    }
}
