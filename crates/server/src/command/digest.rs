//! `commonhold digest`: the e-mails about last notice dates that are due.

use accounts::Delivery;
use architecture::contract::follow::digest;
use clap::Args;
use ledger::job::{self, End};
use vocabulary::{Chance, Clock};

use super::mailing::Mailing;
use super::serve::read_public_address;
use super::{Storage, counted};
use crate::console::Console;
use crate::folder;
use crate::stopped::Stopped;

const DIGEST_EXAMPLES: &str = "\
Examples:
  commonhold digest --address https://commonhold.example

As a line of a crontab, every morning at ten past seven:
  10 7 * * *  commonhold digest --data /var/lib/commonhold \\
                --address https://commonhold.example

Next: without a mail server in the settings, send the messages of the folder's
outbox with your mail system.";

/// Make the e-mails about last notice dates that are due
///
/// `commonhold serve` does this by itself, every morning. This command is for copies that are not served all the time, and
/// for those who keep such work in one place; both together send nothing twice. A message is due on Mondays, or on the
/// first of a month, at seven in the morning; what was missed is sent once. Messages leave by the mail server of the
/// settings, else as .eml files in the folder's `outbox`.
#[derive(Debug, Args)]
#[command(after_help = DIGEST_EXAMPLES)]
pub(super) struct Digest {
    /// How people reach this copy, such as https://commonhold.example; links in the messages begin with it
    #[arg(long, env = "COMMONHOLD_ADDRESS", value_name = "URL", value_parser = read_public_address)]
    address: String,
    #[command(flatten)]
    storage: Storage,
    #[command(flatten)]
    mailing: Mailing,
}

impl Digest {
    pub(super) fn run(self, console: Console) -> Result<(), Stopped> {
        let store = self.storage.open_existing()?;
        let sent = digest::send_due(&store, &Clock::System, &Chance::System, &self.address)?;
        // In a demonstration no mail leaves the computer: a page shows the messages.
        let mut text = counted(sent.messages, "message", "messages");
        if folder::is_demonstration(&self.storage.data) {
            text.push_str(" made, to be read at /outbox.");
        } else {
            folder::make(&self.storage.data)?;
            let delivery = self.mailing.delivery(None, &self.storage.data)?;
            let kinds = [accounts::message_job(delivery.clone())];
            let ends = job::work_off(&store, &Clock::System, &Chance::System, &kinds, "commonhold digest")?;
            let waiting = ends.iter().filter(|(_, end)| matches!(end, End::Again(..))).count();
            text.push_str(&match (delivery, waiting) {
                (Delivery::Folder(outbox, _), _) => format!(" made, as files in {}.", outbox.display()),
                (_, 0) => " made and sent.".to_owned(),
                (_, waiting) => {
                    format!(" made; {} for a later try.", counted(waiting, "message waits", "messages wait"))
                }
            });
        }
        if sent.nothing_ahead > 0 {
            let people = counted(sent.nothing_ahead, "person", "people");
            text.push_str(&format!("\nNo last notice date lies ahead for {people}, so they were sent nothing."));
        }
        store.close();
        console.result(text, &serde_json::to_value(sent).map_err(Stopped::unexpected)?);
        Ok(())
    }
}
