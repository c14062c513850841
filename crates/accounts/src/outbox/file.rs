//! A message as a file that mail programs read, for copies without a mail server.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use super::Waiting;

/// Writes the message as an `.eml` file into `folder`, readable by the owner only. Whole or not at all under its name:
/// whoever watches the folder never reads half a message. Written twice it is the same file.
pub(super) fn write(folder: &Path, message: &Waiting) -> io::Result<()> {
    fs::create_dir_all(folder)?;
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
    use crate::EmailAddress;

    fn waiting(subject: &str, body: &str) -> Waiting {
        Waiting {
            id: "1".to_owned(),
            made_at: "2026-03-03T10:14:00Z".parse().unwrap(),
            recipient: EmailAddress::parse("a@b.example").unwrap(),
            subject: subject.to_owned(),
            body: body.to_owned(),
            useful_until: "2026-03-03T10:29:00Z".parse().unwrap(),
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
