//! Sending by SMTP: one connection for each message, TLS unless somebody said otherwise, and what went wrong in one word.
//!
//! The conversation is led step by step, because what a refusal means depends on when it comes: a refused password or
//! sender is a mistake of settings, for which no message may be lost; a refused recipient is about one message. What the
//! server says may repeat an address, so it is told to whoever types a command, and never to log, table or page.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use vocabulary::{Chance, Timestamp, new_id};
use web::say;

use super::rfc5322::{Sender, address, written};
use super::{Failure, Waiting};
use crate::{Block, EmailAddress, Error as Refusal, Letter};

/// How long a server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How the way to the server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte on (`smtps://`).
    Tls,
    /// Plain until the server agreed to TLS, and no further without (`smtp://`).
    StartTls,
    /// Not at all (`smtp+plain://`).
    Plain,
}

/// Where the mail server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    /// Its name, which its certificate must have, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is kept secret.
    pub security: Security,
}

impl FromStr for MailServer {
    type Err = String;

    /// Reads `smtps://host:465`, `smtp://host:587` or `smtp+plain://host:25`; these are the ports where none is given.
    fn from_str(text: &str) -> Result<MailServer, String> {
        let wrong = || {
            "write smtps://host:465 (TLS from the start), smtp://host:587 (STARTTLS) or smtp+plain://host:25 (no TLS), \
             without a user or password"
                .to_owned()
        };
        let (scheme, rest) = text.trim().split_once("://").ok_or_else(wrong)?;
        let (security, usual) = match scheme {
            "smtps" => (Security::Tls, 465),
            "smtp" => (Security::StartTls, 587),
            "smtp+plain" => (Security::Plain, 25),
            _ => return Err(wrong()),
        };
        let rest = rest.trim_end_matches('/');
        // An address of IPv6 stands in brackets, since it holds colons itself.
        let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port))),
        };
        let good = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
        let port = port.map_or(Ok(usual), str::parse).map_err(|_| wrong())?;
        if host.is_empty() || !host.chars().all(good) || port == 0 {
            return Err(wrong());
        }
        Ok(MailServer { host: host.to_owned(), port, security })
    }
}

impl MailServer {
    /// Whether it is on this machine.
    pub fn is_here(&self) -> bool {
        vocabulary::is_this_machine(&self.host)
    }
}

/// Everything that sending needs.
#[derive(Clone)]
pub struct Smtp {
    /// The server.
    pub server: MailServer,
    /// Who sends.
    pub sender: Sender,
    /// User and password, if the server wants them.
    pub credentials: Option<(String, String)>,
    /// Certificates (PEM) of an authority that this machine does not know by itself.
    pub authority: Option<Vec<u8>>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("server", &self.server).field("sender", &self.sender).finish_non_exhaustive()
    }
}

impl PartialEq for Smtp {
    fn eq(&self, other: &Smtp) -> bool {
        (&self.server, &self.sender) == (&other.server, &other.sender)
    }
}

impl Eq for Smtp {}

/// Why a message did not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// In one word.
    pub failure: Failure,
    /// In a sentence, without anybody's address.
    pub why: String,
    /// What the server said, for whoever typed a command: it may repeat an address.
    pub said: Option<String>,
}

/// The steps of the conversation, as far as refusals differ by them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Greeting,
    SignIn,
    From,
    Recipient,
    Content,
}

impl Smtp {
    /// Refuses settings with which sending could not be safe, or cannot work.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do.
    pub fn check(&self) -> Result<(), String> {
        if self.server.security == Security::Plain && self.credentials.is_some() && !self.server.is_here() {
            return Err(
                "A password would travel to the mail server for everybody to read. Use smtps:// or smtp://, or \
                        leave user and password out."
                    .to_owned(),
            );
        }
        let unusable = "The file of certificates for the mail server cannot be used. It must hold certificates in PEM, which \
                        begin with -----BEGIN CERTIFICATE-----.";
        if self
            .authority
            .as_ref()
            .is_some_and(|pem| !String::from_utf8_lossy(pem).contains("-----BEGIN CERTIFICATE-----"))
        {
            return Err(unusable.to_owned());
        }
        self.tls().map(drop).map_err(|_| unusable.to_owned())
    }

    fn tls(&self) -> Result<TlsParameters, Error> {
        let mut tls = TlsParameters::builder(self.server.host.clone());
        if let Some(authority) = &self.authority {
            tls = tls.add_root_certificate(Certificate::from_pem(authority)?);
        }
        tls.build()
    }

    /// Sends a test message at once, past the outbox: for a command.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn test(&self, to: &EmailAddress, now: Timestamp, chance: &Chance) -> Result<(), Trouble> {
        let broken = |error: Refusal| Trouble { failure: Failure::Refused, why: error.to_string(), said: None };
        let letter = Letter {
            subject: say!("Test message from Commonhold"),
            blocks: vec![Block::paragraph(say!(
                "Commonhold can send messages. Nobody has to do anything about this one: it is a test."
            ))],
            useful_for: SignedDuration::from_hours(1),
            unsubscribe: None,
        };
        let message = Waiting {
            id: new_id(now, chance).map_err(|error| broken(error.into()))?.to_string(),
            made_at: now,
            recipient: to.clone(),
            body: letter.text().map_err(|error| broken(error.into()))?,
            html: Some(letter.html().map_err(|error| broken(error.into()))?),
            subject: letter.subject,
            useful_until: now,
            unsubscribe: None,
        };
        self.send(&message)
    }

    /// Sends one message. It is the server's once this gives `Ok`.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) fn send(&self, message: &Waiting) -> Result<(), Trouble> {
        let broken = |why: String| Trouble { failure: Failure::Refused, why, said: None };
        let bytes = written(message, &self.sender).map_err(broken)?.formatted();
        let (from, to) = (address(&self.sender.address).map_err(broken)?, address(&message.recipient).map_err(broken)?);
        let mut connection = self.connect()?;
        let step = |step: Step| move |error: Error| self.trouble(step, &error);
        connection.command(Mail::new(Some(from), vec![])).map_err(step(Step::From))?;
        connection.command(Rcpt::new(to, vec![])).map_err(step(Step::Recipient))?;
        connection.command(Data).map_err(step(Step::Content))?;
        connection.message(&bytes).map_err(step(Step::Content))?;
        // The message is the server's; whether it also heard the farewell does not matter.
        drop(connection.quit());
        Ok(())
    }

    /// Greets the server, makes the way secret and signs in.
    fn connect(&self) -> Result<SmtpConnection, Trouble> {
        let MailServer { host, port, security } = &self.server;
        let hello = ClientId::Domain(self.sender.domain().to_owned());
        let failed = |step: Step| move |error: Error| self.trouble(step, &error);
        let tls = self.tls().map_err(failed(Step::Greeting))?;
        let at_once = (*security == Security::Tls).then_some(&tls);
        let connected = SmtpConnection::connect((host.as_str(), *port), Some(PATIENCE), &hello, at_once, None);
        let mut connection = connected.map_err(failed(Step::Greeting))?;
        if *security == Security::StartTls {
            if !connection.can_starttls() {
                connection.abort();
                return Err(Trouble {
                    failure: Failure::Insecure,
                    why: format!(
                        "The mail server {host} does not offer STARTTLS, so nothing was sent. \
                         One that is meant to do without TLS is written smtp+plain://{host}:{port}."
                    ),
                    said: None,
                });
            }
            connection.starttls(&tls, &hello).map_err(failed(Step::Greeting))?;
        }
        if let Some((user, password)) = &self.credentials {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection.auth(DEFAULT_MECHANISMS, &credentials).map_err(failed(Step::SignIn))?;
        }
        Ok(connection)
    }

    fn trouble(&self, step: Step, error: &Error) -> Trouble {
        let MailServer { host, port, .. } = &self.server;
        let code = error.status().map(|code| code.to_string()).unwrap_or_default();
        let said = error.status().and_then(|_| error.source()).map(|said| format!("{code} {said}"));
        let permanent = error.is_permanent();
        // 530 and 5.7.x: not this message, but what this program may send at all.
        let forbidden = permanent
            && (code == "530" || error.source().is_some_and(|said| said.to_string().trim_start().starts_with("5.7.")));
        let (failure, why) = match step {
            _ if error.is_tls() || tls_beneath(error) => (
                Failure::Insecure,
                format!("The certificate of the mail server {host} cannot be trusted, or TLS failed."),
            ),
            _ if error.status().is_none() && step != Step::SignIn => {
                let reason = reason(error);
                (Failure::Unreachable, format!("The mail server {host}, port {port}, cannot be reached: {reason}."))
            }
            Step::Greeting => (Failure::Unreachable, format!("The mail server {host} takes no messages now ({code}).")),
            Step::SignIn if error.status().is_none() && !error.is_client() => {
                (Failure::Unreachable, format!("The mail server {host} broke off while signing in: {}.", reason(error)))
            }
            Step::SignIn if error.is_client() => {
                (Failure::SignIn, format!("The mail server {host} offers no way of signing in that is known here."))
            }
            Step::SignIn => (Failure::SignIn, format!("The mail server {host} refused user and password ({code}).")),
            Step::From if permanent => {
                (Failure::Sender, format!("The mail server {host} refused the sender's address ({code})."))
            }
            _ if forbidden => {
                (Failure::Sender, format!("The mail server {host} does not let this program send this ({code})."))
            }
            Step::Recipient | Step::Content if permanent => {
                (Failure::Refused, format!("The mail server {host} refused the message for good ({code})."))
            }
            _ => (Failure::Postponed, format!("The mail server {host} put the message off ({code}).")),
        };
        Trouble { failure, why, said }
    }
}

/// Whether TLS is what failed, however deep.
fn tls_beneath(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(deeper) = source {
        let within = deeper.downcast_ref::<io::Error>();
        if within.is_some_and(|error| error.kind() == io::ErrorKind::InvalidData) {
            return true;
        }
        source = deeper.source();
    }
    false
}

/// Why a connection failed, without anything that the other side said.
fn reason(error: &Error) -> String {
    let mut source = error.source();
    while let Some(deeper) = source {
        if let Some(error) = deeper.downcast_ref::<io::Error>() {
            return match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "it did not answer in time".to_owned(),
                io::ErrorKind::ConnectionRefused => "nothing listens there".to_owned(),
                // The machine's own words for a name that it cannot look up have no kind.
                kind if error.raw_os_error().is_none() && kind.to_string().starts_with("uncategorized") => {
                    "its name is not known here".to_owned()
                }
                kind => kind.to_string(),
            };
        }
        source = deeper.source();
    }
    "it broke off".to_owned()
}
