//! `commonhold passkeys`: for somebody who has lost the device that they sign in with.

use accounts::{EmailAddress, remove_passkeys};
use clap::{Args, Subcommand};
use serde_json::json;
use vocabulary::{Chance, Clock};

use super::invite::read_email;
use super::{Storage, counted};
use crate::console::Console;
use crate::erasures;
use crate::stopped::Stopped;

const EXAMPLE: &str = "\
Example:
  commonhold passkeys remove j.lee@ashmere.example

Next: they sign in another way, such as by a link, and add a new one under
Account, How you sign in.";

/// Remove the passkeys of somebody who has lost them
///
/// People remove their own in the browser, under Account, How you sign in. Whoever runs the copy needs a passkey for that;
/// this is the way for those who have lost theirs.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Passkeys {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Remove(Remove),
}

/// Remove every passkey of somebody, and sign them out everywhere
///
/// Be sure who asks: from then on their other ways in are enough. It works while `commonhold serve` runs on the same data,
/// and holds from the next request on. They are told by a letter.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
struct Remove {
    /// Whose
    #[arg(value_name = "EMAIL", value_parser = read_email)]
    email: EmailAddress,
    #[command(flatten)]
    storage: Storage,
}

impl Passkeys {
    pub(super) fn run(self, console: Console) -> Result<(), Stopped> {
        match self.what {
            What::Remove(remove) => remove.run(console),
        }
    }
}

impl Remove {
    fn run(self, console: Console) -> Result<(), Stopped> {
        let store = self.storage.open_existing()?;
        let (now, whom) = (Clock::System.now(), self.email.clone());
        let removed = store.write_blocking(move |tx| remove_passkeys(tx, &whom, now, &Chance::System))?;
        // So that no backup brings them back, whether or not the program serves now.
        if self.storage.data.exists() {
            erasures::write_down(&store, &self.storage.data)?;
        }
        store.close();
        let email = self.email;
        let text = match removed.as_slice() {
            [] => format!("{email} has no passkey, so nothing was removed."),
            names => format!(
                "{} of {email} removed: {}. They are signed out everywhere.",
                counted(names.len(), "passkey", "passkeys"),
                names.join(", ")
            ),
        };
        console.result(text, &json!({ "removed": removed }));
        Ok(())
    }
}
