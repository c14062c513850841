//! `commonhold mail`: a test message, and in plain words what became of it.

use accounts::EmailAddress;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde_json::json;
use vocabulary::{Chance, Clock};

use super::mailing::Mailing;
use crate::console::Console;
use crate::stopped::Stopped;

const MAIL_EXAMPLES: &str = "\
Examples:
  commonhold mail --to me@ashmere.example --mail-server smtp://mail.example:587 \\
    --mail-from no-reply@commonhold.example
  COMMONHOLD_MAIL_USER=commonhold COMMONHOLD_MAIL_PASSWORD=… \\
    commonhold mail --to me@ashmere.example

Next: look whether it came, and whether it was taken for spam. Then give the
same settings to: commonhold serve";

/// Send a test message
///
/// Sends one message by the mail server of the settings, at once, and says what went wrong when it did not leave, with the
/// server's own words. No data is read or written.
#[derive(Debug, Args)]
#[command(after_help = MAIL_EXAMPLES)]
pub(super) struct Mail {
    /// Who gets it
    #[arg(long, value_name = "EMAIL")]
    to: String,
    /// Who runs this copy, for the sender's name where --mail-name does not say it
    #[arg(long, env = "COMMONHOLD_NAME", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    #[command(flatten)]
    mailing: Mailing,
}

impl Mail {
    pub(super) fn run(self, console: Console) -> Result<(), Stopped> {
        let to = EmailAddress::parse(&self.to).map_err(|error| Stopped::wrong_use(error.to_string()))?;
        let Some(smtp) = self.mailing.smtp(self.name.as_deref())? else {
            return Err(Stopped::wrong_use("No mail server was named, so there is nothing to test.")
                .next("Say it with --mail-server, such as --mail-server smtp://mail.example:587"));
        };
        let host = smtp.server.host.clone();
        smtp.test(&to, Clock::System.now(), &Chance::System).map_err(|trouble| {
            let next = match &trouble.said {
                Some(said) => format!("{} The server said: {said}", trouble.failure.next()),
                None => trouble.failure.next(),
            };
            Stopped::out_of_reach(trouble.why).next(next)
        })?;
        let text = format!("The mail server {host} took the message. See whether it arrives.");
        console.result(text, &json!({"server": host, "taken": true}));
        Ok(())
    }
}
