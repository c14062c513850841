//! Messages to people: they wait in a table until something sends them.
//!
//! In the demonstration nothing does, and a page shows them. Otherwise [`deliver_outbox`] writes each as a file that mail
//! programs read; sending by SMTP is not here yet. A message that was delivered is deleted, since it names somebody and
//! carries a secret.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use store::{Store, Transaction, values};
use vocabulary::{Chance, PersonId, Timestamp, new_id};

use crate::{EmailAddress, Error, error::damaged};

/// A message about to wait.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) person: PersonId,
    pub(crate) recipient: EmailAddress,
    pub(crate) subject: String,
    pub(crate) body: String,
}

/// A message that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) id: String,
    pub(crate) made_at: Timestamp,
    pub(crate) recipient: EmailAddress,
    pub(crate) subject: String,
    pub(crate) body: String,
}

/// Puts a message into the outbox and gives its id.
pub(crate) fn put(
    tx: &mut Transaction<'_>,
    message: &Message,
    now: Timestamp,
    chance: &Chance,
) -> Result<String, Error> {
    let id = new_id(now, chance)?.to_string();
    tx.execute(
        "INSERT INTO outbox (id, made_at, person, recipient, subject, body) VALUES ($1, $2, $3, $4, $5, $6)",
        &values![
            &id,
            now.as_microsecond(),
            message.person.to_string(),
            message.recipient.as_str(),
            &message.subject,
            &message.body
        ],
    )?;
    Ok(id)
}

/// Puts a message to somebody into the outbox. False when there is nobody to write to: the person was erased.
///
/// # Errors
/// Those of the database and of chance.
pub fn send(
    tx: &mut Transaction<'_>,
    person: PersonId,
    subject: &str,
    body: &str,
    now: Timestamp,
    chance: &Chance,
) -> Result<bool, Error> {
    let Some(recipient) = crate::person::email(tx, person)? else { return Ok(false) };
    let message = Message { person, recipient, subject: subject.to_owned(), body: body.to_owned() };
    put(tx, &message, now, chance)?;
    Ok(true)
}

pub(crate) fn remove(tx: &mut Transaction<'_>, id: &str) -> Result<(), store::Error> {
    tx.execute("DELETE FROM outbox WHERE id = $1", &values![id])?;
    Ok(())
}

/// The newest messages, newest first, and how many there are.
pub(crate) fn newest(tx: &mut Transaction<'_>, limit: u32) -> Result<(Vec<Waiting>, u64), store::Error> {
    let total = tx.query_one("SELECT COUNT(*) FROM outbox", &[], |row| row.integer(0))?;
    let messages = tx.query(
        "SELECT id, made_at, recipient, subject, body FROM outbox ORDER BY made_at DESC, id DESC LIMIT $1",
        &values![limit],
        |row| {
            let id = row.text(0)?;
            let refused = || damaged("outbox");
            Ok(Waiting {
                made_at: Timestamp::from_microsecond(row.integer(1)?).map_err(|_| refused())?,
                recipient: EmailAddress::parse(&row.text(2)?).map_err(|_| refused())?,
                subject: row.text(3)?,
                body: row.text(4)?,
                id,
            })
        },
    )?;
    Ok((messages, u64::try_from(total).unwrap_or(0)))
}

/// Writes each waiting message as an `.eml` file into `folder`, readable by the owner only, then deletes it here. Gives
/// how many it wrote. Interrupted in between, the next call writes the same files again.
///
/// # Errors
/// [`Error::Delivery`] when the folder cannot be written to; nothing is lost then.
pub async fn deliver_outbox(store: &Store, folder: &Path) -> Result<usize, Error> {
    let folder: PathBuf = folder.to_owned();
    let delivered = store.read(move |tx| -> Result<Vec<String>, Error> {
        let (messages, _) = newest(tx, 1_000)?;
        if !messages.is_empty() {
            let failed =
                |error: io::Error| Error::Delivery { folder: folder.display().to_string(), reason: error.kind() };
            fs::create_dir_all(&folder).map_err(failed)?;
            for message in &messages {
                write(&folder, message).map_err(failed)?;
            }
        }
        Ok(messages.into_iter().map(|message| message.id).collect())
    });
    let ids = delivered.await?;
    let count = ids.len();
    if count > 0 {
        let delete = move |tx: &mut Transaction<'_>| ids.iter().try_for_each(|id| remove(tx, id));
        store.write::<_, store::Error, _>(delete).await?;
    }
    Ok(count)
}

/// Whole or not at all under its name: whoever watches the folder never reads half a message.
fn write(folder: &Path, message: &Waiting) -> io::Result<()> {
    let unfinished = folder.join(format!("{}.part", message.id));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&unfinished)?;
    file.write_all(written(message).as_bytes())?;
    file.sync_all()?;
    fs::rename(unfinished, folder.join(format!("{}.eml", message.id)))
}

/// The message as RFC 5322 has it. An [`EmailAddress`] cannot end a header; a subject is encoded when it could.
fn written(message: &Waiting) -> String {
    let date = jiff::fmt::rfc2822::to_string(&message.made_at.to_zoned(jiff::tz::TimeZone::UTC));
    let mut text = String::new();
    for (name, value) in [
        ("From", "Commonhold <no-reply@commonhold.invalid>"),
        ("To", message.recipient.as_str()),
        ("Subject", &header_text(&message.subject)),
        ("Date", &date.unwrap_or_default()),
        ("Message-ID", &format!("<{}@commonhold.invalid>", message.id)),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "8bit"),
        ("Auto-Submitted", "auto-generated"),
    ] {
        text.push_str(name);
        text.push_str(": ");
        text.push_str(value);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    for line in message.body.lines() {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text
}

/// Text for a header: as it is when it is plain, else in encoded words (RFC 2047, "Q"), which hold no line break.
fn header_text(text: &str) -> String {
    let plain = |c: char| c == ' ' || c.is_ascii_graphic();
    if text.chars().all(plain) && !text.contains("=?") && text.len() <= 200 {
        return text.to_owned();
    }
    let mut words: Vec<String> = vec![];
    let mut word = String::new();
    for c in text.chars() {
        let mut encoded = String::new();
        match c {
            c if c.is_ascii_alphanumeric() => encoded.push(c),
            c => {
                let mut buffer = [0; 4];
                let bytes = c.encode_utf8(&mut buffer).bytes();
                encoded.extend(bytes.map(|byte| format!("={byte:02X}")));
            }
        }
        if word.len() + encoded.len() > 60 {
            words.push(std::mem::take(&mut word));
        }
        word.push_str(&encoded);
    }
    words.push(word);
    let words: Vec<String> = words.iter().map(|word| format!("=?utf-8?Q?{word}?=")).collect();
    words.join("\r\n ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn waiting(subject: &str, body: &str) -> Waiting {
        Waiting {
            id: "1".to_owned(),
            made_at: "2026-03-03T10:14:00Z".parse().unwrap(),
            recipient: EmailAddress::parse("a@b.example").unwrap(),
            subject: subject.to_owned(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_message_is_headers_an_empty_line_and_text() {
        let text = written(&waiting("Sign in to Commonhold", "One\nTwo – three\n"));
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(
                "\r\nTo: a@b.example\r\nSubject: Sign in to Commonhold\r\nDate: Tue, 3 Mar 2026 10:14:00 +0000"
            ),
            "{head}"
        );
        assert_eq!(body, "One\r\nTwo – three\r\n");
    }

    #[test]
    fn a_subject_cannot_add_a_header() {
        let text = written(&waiting("Hello\r\nBcc: all@example.org", "x"));
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.split("\r\n").all(|line| !line.starts_with("Bcc")), "{head}");
        assert_eq!(header_text("Mewngofnodi i Ŵyl"), "=?utf-8?Q?Mewngofnodi=20i=20=C5=B4yl?=");
    }
}
