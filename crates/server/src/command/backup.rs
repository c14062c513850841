//! `commonhold backup`: everything in one file, and whether such a file is whole.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use store::Store;
use store::backup::{Manifest, verify};
use vocabulary::Clock;

use super::{Storage, counted, size, thousands};
use crate::backups::{self, FOLDER, Taken};
use crate::console::Console;
use crate::stopped::Stopped;

const BACKUP_EXAMPLES: &str = "\
Examples:
  commonhold backup
  commonhold backup /mnt/elsewhere/monday.backup.gz
  commonhold backup --verify /mnt/elsewhere/monday.backup.gz

Next: copy the file to another machine. `commonhold restore FILE` brings it
back, and is worth trying before it is needed.";

/// Back everything up into one file
///
/// Takes what is there at one moment, of SQLite or PostgreSQL alike, while `commonhold serve` and others go on writing. The
/// file can be restored into either. Beside it lies `erasures.jsonl`, which says what was erased and has to be kept with the
/// backups: a restore erases it again.
#[derive(Debug, Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(super) struct Backup {
    /// The file to write, or to look at with --verify [default: a new one in the folder's `backups`]
    #[arg(required_if_eq("verify", "true"))]
    file: Option<PathBuf>,
    /// Read a backup to its end and say whether every byte is as it was written; nothing is restored
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    storage: Storage,
}

impl Backup {
    pub(super) fn run(self, console: Console) -> Result<(), Stopped> {
        if let (true, Some(file)) = (self.verify, &self.file) {
            let manifest = verify(file)?;
            let value = json!({ "file": file, "manifest": manifest });
            let text = format!("{} is whole.\n{}", file.display(), told(&manifest));
            console.result(text, &value);
            return Ok(());
        }
        let location = self.storage.existing()?;
        let clock = Clock::System;
        let file = match self.file {
            Some(file) if file.exists() => {
                let message =
                    format!("There is a file {} already, and a backup is never written over.", file.display());
                return Err(Stopped::refused(message).next("Give another name."));
            }
            Some(file) => file,
            None => self.storage.data.join(FOLDER).join(backups::name("commonhold", clock.now())),
        };
        let store = Store::open_as_it_is(&location)?;
        let taken = backups::take(&store, &file, &clock)?;
        store.close();
        let value = serde_json::to_value(&taken).map_err(Stopped::unexpected)?;
        let Taken { file, bytes, manifest } = taken;
        let text = format!("Backed up into {} ({}).\n{}", file.display(), size(bytes), told(&manifest));
        console.result(text, &value);
        Ok(())
    }
}

/// What a backup holds, in two lines.
pub(super) fn told(manifest: &Manifest) -> String {
    let engine = if manifest.engine == "sqlite" { "SQLite" } else { "PostgreSQL" };
    format!(
        "It holds {} with {} rows, read from {engine} at {} by version {}.",
        counted(manifest.tables.len(), "table", "tables"),
        thousands(manifest.rows()),
        manifest.made_at,
        manifest.program
    )
}
