//! A message in the form in which mail systems pass it on: headers, then the text and the HTML as alternatives.
//!
//! `lettre` writes headers and encodes bodies; an address cannot end a header, because an [`EmailAddress`] cannot hold what
//! would, and everything else is encoded. The Message-ID is the same at every try, so that a repeated delivery is
//! recognised.

use std::time::SystemTime;

use lettre::message::header::{ContentTransferEncoding, HeaderName, HeaderValue, MessageId};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::Waiting;
use crate::EmailAddress;

/// Longer lines are not passed on by every server (RFC 5322, 2.1.1).
const LONGEST_LINE: usize = 900;

/// Who sends messages: the name and address that people see, and to which undeliverable ones come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Such as "Ashmere and Brackford councils".
    pub name: String,
    /// A mailbox of a domain that the mail server may send for.
    pub address: EmailAddress,
}

impl Sender {
    /// What comes after the `@`.
    pub(crate) fn domain(&self) -> &str {
        self.address.as_str().rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// An address as `lettre` has it.
pub(super) fn address(email: &EmailAddress) -> Result<Address, String> {
    email.as_str().parse().map_err(|error| format!("a mail system would not take the address: {error}"))
}

/// The message.
pub(super) fn written(message: &Waiting, sender: &Sender) -> Result<Message, String> {
    let from = Mailbox::new(Some(sender.name.clone()), address(&sender.address)?);
    let to = Mailbox::new(None, address(&message.recipient)?);
    let mut builder = Message::builder()
        .from(from)
        .to(to)
        .subject(one_line(&message.subject))
        .date(SystemTime::from(message.made_at))
        .header(MessageId::from(format!("<{}@{}>", message.id, sender.domain())))
        .raw_header(raw("Auto-Submitted", "auto-generated"));
    if let Some(address) = &message.unsubscribe {
        builder = builder.raw_header(raw("List-Unsubscribe", &format!("<{}>", one_line(address))));
    }
    let text = plain(&message.body);
    let written = match &message.html {
        None => builder.singlepart(text),
        Some(html) => builder.multipart(
            MultiPart::alternative()
                // Not by chance, so that the same message is the same bytes.
                .boundary(format!("part-{}", message.id))
                .singlepart(text)
                .singlepart(SinglePart::html(html.clone())),
        ),
    };
    written.map_err(|error| format!("the message could not be written: {error}"))
}

/// The text as it stands where any server can pass it on so, which keeps addresses whole; else encoded.
fn plain(text: &str) -> SinglePart {
    // A line end that is none (a carriage return alone) could be taken for one by another server.
    let clean = |line: &str| line.chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }).collect();
    let lines: Vec<String> = text.lines().map(clean).collect();
    if !text.is_ascii() || lines.iter().any(|line| line.len() > LONGEST_LINE) {
        return SinglePart::plain(text.to_owned());
    }
    let bytes = lines.join("\r\n").into_bytes();
    SinglePart::plain(Body::dangerous_pre_encoded(bytes, ContentTransferEncoding::SevenBit))
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// Without line ends and other control characters.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn waiting(subject: &str, body: &str, html: Option<&str>) -> Waiting {
        Waiting {
            id: "019cb2f0-0000-7000-8000-000000000001".to_owned(),
            made_at: "2026-03-03T10:14:00Z".parse().unwrap(),
            recipient: EmailAddress::parse("a@b.example").unwrap(),
            subject: subject.to_owned(),
            body: body.to_owned(),
            html: html.map(str::to_owned),
            useful_until: "2026-03-03T10:29:00Z".parse().unwrap(),
            unsubscribe: None,
        }
    }

    fn text(message: &Waiting) -> String {
        let sender = Sender {
            name: "Ashmere, Brackford \"and\" others".to_owned(),
            address: EmailAddress::parse("no-reply@commonhold.example").unwrap(),
        };
        String::from_utf8(written(message, &sender).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_message_is_headers_and_two_forms_of_the_same() {
        let message = waiting("Sign in to Commonhold", "One\nTwo\n", Some("<p>One</p>"));
        let written = text(&message);
        let (head, body) = written.split_once("\r\n\r\n").unwrap();
        for line in [
            "To: a@b.example",
            "Subject: Sign in to Commonhold",
            "Date: Tue, 03 Mar 2026 10:14:00 +0000",
            "Message-ID: <019cb2f0-0000-7000-8000-000000000001@commonhold.example>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert!(head.lines().any(|found| found == line), "{line}: {head}");
        }
        assert!(head.contains("multipart/alternative"), "{head}");
        let (plain, html) = (body.find("One\r\nTwo").unwrap(), body.find("<p>One</p>").unwrap());
        assert!(plain < html, "the richer form comes last");
        assert_eq!(written, text(&message), "the same at every try");
        assert!(!head.contains("List-Unsubscribe"));
        let stoppable = Waiting { unsubscribe: Some("https://commonhold.example/stop".to_owned()), ..message };
        assert!(text(&stoppable).contains("\r\nList-Unsubscribe: <https://commonhold.example/stop>\r\n"));
    }

    #[test]
    fn only_true_line_ends_are_line_ends() {
        let written = text(&waiting("x", "one\r.\rtwo\nthree\u{b}\0four\n", None));
        let (_, body) = written.split_once("\r\n\r\n").unwrap();
        assert_eq!(body.trim_end(), "one . two\r\nthree  four");
    }

    #[test]
    fn nothing_can_add_a_header() {
        for subject in ["Hello\r\nBcc: all@example.org", "Hello\nBcc: x@y.example", "Hello\rBcc: x@y.example"] {
            let mut message = waiting(subject, "x", None);
            message.unsubscribe = Some(subject.to_owned());
            let written = text(&message);
            let (head, _) = written.split_once("\r\n\r\n").unwrap();
            assert!(head.split(['\r', '\n']).all(|line| !line.starts_with("Bcc")), "{head}");
        }
        let welsh = text(&waiting("Mewngofnodi i Ŵyl", "Ŵyl – bore da", None));
        assert!(welsh.contains("Subject: =?utf-8?") || welsh.contains("Subject: Mewngofnodi i =?utf-8?"), "{welsh}");
        assert!(welsh.is_ascii(), "whatever server there is can pass it on: {welsh}");
    }
}
