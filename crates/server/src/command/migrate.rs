//! `commonhold migrate`: tables of an older version brought up to this one, or tried.

use clap::Args;
use serde_json::json;
use store::{Level, try_migrations};
use vocabulary::Clock;

use super::{Storage, counted};
use crate::backups::{Wanted, open_up_to_date};
use crate::console::Console;
use crate::migrations;
use crate::stopped::Stopped;

const MIGRATE_EXAMPLES: &str = "\
Examples:
  commonhold migrate --dry-run   say what would be done, after trying it
  commonhold migrate

Next: start `commonhold serve` of this version.";

/// Bring the tables of an older version up to this one
///
/// Every command does this by itself when it has to; here it can be done, or tried, apart from everything else. A backup is
/// taken before, into the folder's `backups`: there is no other way back to the older version.
#[derive(Debug, Args)]
#[command(after_help = MIGRATE_EXAMPLES)]
pub(super) struct Migrate {
    /// Do it all and take it back: says what would be done and whether it works. Others who write wait meanwhile
    #[arg(long)]
    dry_run: bool,
    /// Do not take a backup before
    #[arg(long)]
    no_backup: bool,
    #[command(flatten)]
    storage: Storage,
}

impl Migrate {
    pub(super) fn run(self, console: Console) -> Result<(), Stopped> {
        let location = self.storage.existing()?;
        let known = migrations();
        let Level { applied, pending } = Level::of(&location, &known)?;
        let mut text = match pending.len() {
            0 => format!("The tables are those of this version: {} applied.", counted(applied, "step", "steps")),
            count => format!("{} to {}:", counted(count, "step", "steps"), if self.dry_run { "try" } else { "apply" }),
        };
        pending.iter().for_each(|step| text.push_str(&format!("\n  {step}")));
        let mut backup = None;
        if !pending.is_empty() {
            if self.dry_run {
                try_migrations(&location, &known)?;
                text.push_str("\nAll of it works, and was taken back. To do it: commonhold migrate");
            } else {
                let wanted = if self.no_backup { Wanted::No } else { Wanted::Yes };
                let (store, taken) = open_up_to_date(&location, &self.storage.data, &Clock::System, wanted)?;
                store.close();
                if let Some(taken) = &taken {
                    text.push_str(&format!("\nBacked up before into {}.", taken.file.display()));
                }
                text.push_str("\nDone.");
                backup = taken;
            }
        }
        let value = json!({
            "applied_before": applied,
            "steps": pending,
            "dry_run": self.dry_run,
            "backup": backup.map(|taken| taken.file),
        });
        console.result(text, &value);
        Ok(())
    }
}
