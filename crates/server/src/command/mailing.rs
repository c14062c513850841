//! Options that say how messages leave: by which mail server, from whom, with which password. One set for every command
//! that sends.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accounts::{Delivery, EmailAddress, MailServer, Sender, Smtp};
use clap::{Args, builder::NonEmptyStringValueParser};

use crate::folder;
use crate::stopped::Stopped;

/// Settings that only the environment has, so that no list of processes shows them.
pub const SECRETS: [&str; 2] = ["COMMONHOLD_MAIL_USER", "COMMONHOLD_MAIL_PASSWORD"];

/// Who sends where nobody said: no domain has this ending, so that no answer goes astray.
const NOBODY: &str = "no-reply@commonhold.invalid";

/// How messages leave.
#[derive(Debug, Args)]
#[command(next_help_heading = "Mail")]
pub(super) struct Mailing {
    /// The mail server: smtps://HOST:465 (TLS from the start), smtp://HOST:587 (STARTTLS) or smtp+plain://HOST:25 (no TLS)
    /// [default: none, messages are written as files]
    #[arg(long, env = "COMMONHOLD_MAIL_SERVER", value_name = "URL")]
    mail_server: Option<MailServer>,
    /// The address that messages come from, and to which undeliverable ones go back
    #[arg(long, env = "COMMONHOLD_MAIL_FROM", value_name = "EMAIL", value_parser = read_email)]
    mail_from: Option<EmailAddress>,
    /// The name beside that address [default: what --name says, else Commonhold]
    #[arg(long, env = "COMMONHOLD_MAIL_NAME", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    mail_name: Option<String>,
    /// A file with the user on its first line and the password on its second; or set COMMONHOLD_MAIL_USER and
    /// COMMONHOLD_MAIL_PASSWORD
    #[arg(long, env = "COMMONHOLD_MAIL_CREDENTIALS", value_name = "FILE")]
    mail_credentials: Option<PathBuf>,
    /// Certificates (PEM) of the authority that signed the mail server's, where this machine does not know it
    #[arg(long, env = "COMMONHOLD_MAIL_CA", value_name = "FILE")]
    mail_ca: Option<PathBuf>,
}

fn read_email(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(text).map_err(|error| error.to_string())
}

impl Mailing {
    /// Where messages go; as files into the folder of data where there is no mail server.
    pub(super) fn delivery(&self, name: Option<&str>, data: &Path) -> Result<Delivery, Stopped> {
        match self.smtp(name)? {
            Some(smtp) => Ok(Delivery::Smtp(Arc::new(smtp))),
            None => Ok(Delivery::Folder(data.join(folder::OUTBOX), self.sender(name)?)),
        }
    }

    /// The mail server with all that it needs; none where none was named.
    pub(super) fn smtp(&self, name: Option<&str>) -> Result<Option<Smtp>, Stopped> {
        let Some(server) = self.mail_server.clone() else { return Ok(None) };
        if self.mail_from.is_none() {
            return Err(Stopped::wrong_use("A mail server was named, but not which address messages come from.")
                .next("Say it with --mail-from, such as --mail-from no-reply@commonhold.example"));
        }
        let read = |path: &PathBuf| fs::read(path).map_err(|error| folder::cannot("read", path, &error));
        let authority = self.mail_ca.as_ref().map(read).transpose()?;
        let smtp = Smtp { server, sender: self.sender(name)?, credentials: self.credentials()?, authority };
        smtp.check().map_err(Stopped::wrong_use)?;
        Ok(Some(smtp))
    }

    fn sender(&self, name: Option<&str>) -> Result<Sender, Stopped> {
        let address = match &self.mail_from {
            Some(address) => address.clone(),
            None => EmailAddress::parse(NOBODY).map_err(Stopped::unexpected)?,
        };
        let name = self.mail_name.as_deref().or(name).unwrap_or("Commonhold");
        Ok(Sender { name: name.to_owned(), address })
    }

    fn credentials(&self) -> Result<Option<(String, String)>, Stopped> {
        let pair = |user: Option<String>, password: Option<String>| match (user, password) {
            (Some(user), Some(password)) => Ok(Some((user, password))),
            (None, None) => Ok(None),
            _ => Err(Stopped::wrong_use("Of the mail server's user and password only one is there.")
                .next("Set both COMMONHOLD_MAIL_USER and COMMONHOLD_MAIL_PASSWORD, or neither.")),
        };
        let Some(file) = &self.mail_credentials else {
            let [user, password] = SECRETS.map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
            return pair(user, password);
        };
        let text = fs::read_to_string(file).map_err(|error| folder::cannot("read", file, &error))?;
        let mut lines = text.lines().map(str::to_owned).filter(|line| !line.is_empty());
        match (lines.next(), lines.next()) {
            (Some(user), Some(password)) => Ok(Some((user, password))),
            _ => Err(Stopped::wrong_use(format!("{} does not hold a user and a password.", file.display()))
                .next("Write the user on the first line and the password on the second.")),
        }
    }
}
