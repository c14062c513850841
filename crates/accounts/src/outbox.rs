//! Messages to people: they wait in a table until a job has sent them.
//!
//! A message and its job are written in one transaction with what calls for it. It is deleted once it was sent, since it
//! names somebody and carries a secret; what stays is a note that there was one, without anybody in it.

pub(crate) mod deliver;
mod file;
pub(crate) mod health;
pub(crate) mod rfc5322;
pub(crate) mod smtp;

use jiff::SignedDuration;
use ledger::job::{self, NewJob};
use serde_json::json;
use store::{Row, Transaction, values};
use vocabulary::{Chance, PersonId, Timestamp, new_id};

use crate::{EmailAddress, Error, Letter, error::damaged, membership::By};

pub(crate) use health::health;

/// The kind of the jobs that send messages; the key is the message's id.
pub(crate) const JOB: &str = "message";
/// How long messages of an earlier version are tried, which did not say.
const USEFUL_FOR: SignedDuration = SignedDuration::from_hours(72);

/// A message about to wait.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) person: PersonId,
    pub(crate) recipient: EmailAddress,
    pub(crate) letter: Letter,
}

/// A message that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) id: String,
    pub(crate) made_at: Timestamp,
    pub(crate) recipient: EmailAddress,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) html: Option<String>,
    pub(crate) useful_until: Timestamp,
    pub(crate) unsubscribe: Option<String>,
}

/// Puts a message into the outbox with its job, and gives its id.
pub(crate) fn put(
    tx: &mut Transaction<'_>,
    message: &Message,
    now: Timestamp,
    chance: &Chance,
) -> Result<String, Error> {
    let id = new_id(now, chance)?.to_string();
    let letter = &message.letter;
    let useful_until = now.saturating_add(letter.useful_for).unwrap_or(Timestamp::MAX);
    tx.execute(
        "INSERT INTO outbox (id, made_at, person, recipient, subject, body, html, useful_until, unsubscribe) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &values![
            &id,
            now.as_microsecond(),
            message.person.to_string(),
            message.recipient.as_str(),
            &letter.subject,
            letter.text()?,
            letter.html()?,
            useful_until.as_microsecond(),
            letter.unsubscribe.as_deref()
        ],
    )?;
    let job = NewJob { organisation: None, kind: JOB, key: &id, details: json!({}), due: now };
    job::enqueue(tx, &job, now, chance)?;
    Ok(id)
}

/// Puts a letter to somebody into the outbox, within the transaction of what calls for it. False when there is nobody to
/// write to: the person was erased, or is kept out.
///
/// # Errors
/// Those of the database and of chance.
pub fn send(
    tx: &mut Transaction<'_>,
    person: PersonId,
    letter: &Letter,
    now: Timestamp,
    chance: &Chance,
) -> Result<bool, Error> {
    if crate::person::is_disabled(tx, person)? {
        return Ok(false);
    }
    let Some(recipient) = crate::person::email(tx, person)? else { return Ok(false) };
    let message = Message { person, recipient, letter: letter.clone() };
    put(tx, &message, now, chance)?;
    Ok(true)
}

/// Puts a message to an address into the outbox that may be nobody's here, and gives its id. Where it is about
/// somebody, it goes when they are erased.
pub(crate) fn put_for_address(
    tx: &mut Transaction<'_>,
    (recipient, person): (&EmailAddress, Option<PersonId>),
    letter: Letter,
    by: &By,
) -> Result<String, Error> {
    let person = person.unwrap_or(PersonId(uuid::Uuid::nil()));
    let message = Message { person, recipient: recipient.clone(), letter };
    put(tx, &message, by.now, &by.chance)
}

/// Takes a message that was put just now back, with its job: as much work as putting it.
pub(crate) fn take_back(tx: &mut Transaction<'_>, id: &str) -> Result<(), store::Error> {
    tx.execute("DELETE FROM outbox WHERE id = $1", &values![id])?;
    job::take_back(tx, None, JOB, id)
}

const COLUMNS: &str = "id, made_at, recipient, subject, body, useful_until, html, unsubscribe";

fn waiting(row: &Row<'_>) -> Result<Waiting, store::Error> {
    let refused = || damaged("outbox");
    let moment = |at: i64| Timestamp::from_microsecond(at).map_err(|_| refused());
    let made_at = moment(row.integer(1)?)?;
    Ok(Waiting {
        id: row.text(0)?,
        made_at,
        recipient: EmailAddress::parse(&row.text(2)?).map_err(|_| refused())?,
        subject: row.text(3)?,
        body: row.text(4)?,
        useful_until: match row.optional_integer(5)? {
            Some(at) => moment(at)?,
            None => made_at.saturating_add(USEFUL_FOR).unwrap_or(Timestamp::MAX),
        },
        html: row.optional_text(6)?,
        unsubscribe: row.optional_text(7)?,
    })
}

/// The newest messages, newest first, and how many there are.
pub(crate) fn newest(tx: &mut Transaction<'_>, limit: u32) -> Result<(Vec<Waiting>, u64), store::Error> {
    let total = tx.query_one("SELECT COUNT(*) FROM outbox", &[], |row| row.integer(0))?;
    let sql = format!("SELECT {COLUMNS} FROM outbox ORDER BY made_at DESC, id DESC LIMIT $1");
    let messages = tx.query(&sql, &values![limit], waiting)?;
    Ok((messages, u64::try_from(total).unwrap_or(0)))
}

/// A message, while it waits.
pub(crate) fn find(tx: &mut Transaction<'_>, id: &str) -> Result<Option<Waiting>, store::Error> {
    tx.query_optional(&format!("SELECT {COLUMNS} FROM outbox WHERE id = $1"), &values![id], waiting)
}

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The mail server, or the folder, has it.
    Sent,
    /// It will not be sent, for this reason.
    GivenUp(Failure),
}

/// Why a message did not leave, in one word: never what the server said, which may repeat an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The folder for messages cannot be written to.
    Folder,
    /// The mail server cannot be reached, or broke off.
    Unreachable,
    /// TLS could not be had, or the server's certificate not be trusted.
    Insecure,
    /// The mail server refused user and password.
    SignIn,
    /// The mail server does not let this program send, or not under its sender's address.
    Sender,
    /// The mail server put the message off.
    Postponed,
    /// The mail server refused the message for good: usually nobody has the address.
    Refused,
    /// It could not be sent while it was of use.
    TooLate,
}

impl Failure {
    pub(crate) const ALL: [Failure; 8] = [
        Failure::Folder,
        Failure::Unreachable,
        Failure::Insecure,
        Failure::SignIn,
        Failure::Sender,
        Failure::Postponed,
        Failure::Refused,
        Failure::TooLate,
    ];

    /// The word as stored.
    pub const fn word(self) -> &'static str {
        match self {
            Failure::Folder => "folder",
            Failure::Unreachable => "unreachable",
            Failure::Insecure => "insecure",
            Failure::SignIn => "sign_in",
            Failure::Sender => "sender",
            Failure::Postponed => "postponed",
            Failure::Refused => "refused",
            Failure::TooLate => "too_late",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Failure> {
        Failure::ALL.into_iter().find(|failure| failure.word() == word)
    }
}

/// The message has ended: it goes, with whom it named, and a note stays.
pub(crate) fn end(
    tx: &mut Transaction<'_>,
    message: &Waiting,
    outcome: Outcome,
    now: Timestamp,
) -> Result<(), store::Error> {
    let (word, failure) = match outcome {
        Outcome::Sent => ("sent", None),
        Outcome::GivenUp(failure) => ("given_up", Some(failure.word())),
    };
    tx.execute("DELETE FROM outbox WHERE id = $1", &values![&message.id])?;
    tx.execute(
        "INSERT INTO outbox_end (id, made_at, ended_at, outcome, failure) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (id) DO NOTHING",
        &values![&message.id, message.made_at.as_microsecond(), now.as_microsecond(), word, failure],
    )?;
    Ok(())
}

/// A try failed, and the message waits on.
pub(crate) fn failed(
    tx: &mut Transaction<'_>,
    message: &Waiting,
    failure: Failure,
    now: Timestamp,
) -> Result<(), store::Error> {
    tx.execute(
        "UPDATE outbox SET failure = $2, failed_at = $3 WHERE id = $1",
        &values![&message.id, failure.word(), now.as_microsecond()],
    )?;
    Ok(())
}

/// Forgets notes of messages that ended before this moment.
pub(crate) fn forget_ended(tx: &mut Transaction<'_>, before: Timestamp) -> Result<u64, store::Error> {
    tx.execute("DELETE FROM outbox_end WHERE ended_at < $1", &values![before.as_microsecond()])
}
