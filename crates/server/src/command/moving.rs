//! `commonhold move`: from SQLite to PostgreSQL, back, or to another folder.

use std::path::Path;

use clap::Args;
use serde_json::json;
use store::backup::{self, Side};
use store::{Level, Location, Store};
use vocabulary::Clock;

use super::doctor::told as examined;
use super::{Outcome, PlaceNamed, Storage, counted, read_place, thousands};
use crate::console::Console;
use crate::erasures;
use crate::folder::{self, Served};
use crate::migrations;
use crate::restoring::{Forget, restore};
use crate::stopped::Stopped;

const MOVE_EXAMPLES: &str = "\
Examples:
  commonhold move --to postgres://commonhold@db/commonhold
  COMMONHOLD_DATABASE=postgres://commonhold@db/commonhold \\
    commonhold move --to ./commonhold-on-sqlite

Next: start `commonhold serve` with --database or --data for the new place.
Delete the old one when you are sure.";

/// Move everything to another engine or folder
///
/// Copies all tables from SQLite to PostgreSQL or back, into an empty place, and compares the two row by row. What is there
/// already stays as it is. Sessions and links stay good. Stop `commonhold serve` first: what it wrote afterwards would not
/// be in the copy.
#[derive(Debug, Args)]
#[command(after_help = MOVE_EXAMPLES)]
pub(super) struct Move {
    /// Where to: a folder without data, or an empty PostgreSQL database
    #[arg(long, value_name = "URL|DIR", value_parser = read_place)]
    to: PlaceNamed,
    #[command(flatten)]
    storage: Storage,
}

impl Move {
    pub(super) fn run(self, console: Console) -> Result<Outcome, Stopped> {
        let clock = Clock::System;
        let from = self.storage.existing()?;
        let source_folder = self.source_folder()?;
        if !Level::of(&from, &migrations())?.pending.is_empty() {
            let message = "The tables are those of an older version, so a copy could not be compared with them.";
            return Err(Stopped::refused(message).next("Bring them up to date first, with: commonhold migrate"));
        }
        let source = Store::open_as_it_is(&from)?;
        if source.others()? > 0 {
            let message = "Another program of Commonhold is connected to the PostgreSQL database that is to be moved.";
            return Err(Stopped::refused(message).next("Stop it first: what it writes now would not be in the copy."));
        }
        let other_folder = match &self.to {
            PlaceNamed::Path(path) => Some(folder::for_serving(path)?),
            PlaceNamed::Database(_) => None,
        };
        // Without a folder of its own, the old one stays in use, for the lock, the outbox and the journal.
        let Some(folder) = other_folder.as_ref().or(source_folder.as_ref()) else {
            return Err(Stopped::unexpected("no folder to move with"));
        };
        let file = folder.path.join("moving.backup.gz");
        let moved = self.copied(&source, &file, folder, &clock);
        // It was only on its way; what came of moving is what to tell.
        drop(std::fs::remove_file(&file));
        let (restored, tables) = moved.inspect_err(|_| folder.nothing_restored())?;
        erasures::write_down(&source, &folder.path)?;
        source.close();
        let value = json!({
            "to": self.to.to_string(),
            "tables": tables,
            "rows": restored.manifest.rows(),
            "identical": true,
            "examination": restored.examination,
        });
        let text = format!(
            "Moved {} with {} rows to {}. The two were compared row by row and are identical; the old one is as it was.\n{}",
            counted(tables, "table", "tables"),
            thousands(restored.manifest.rows()),
            self.to,
            examined(&restored.examination)
        );
        console.result(text, &value);
        Ok(if restored.examination.findings.is_empty() { Outcome::Done } else { Outcome::ProblemsFound })
    }

    /// The folder that a program that serves would hold.
    fn source_folder(&self) -> Result<Option<Served>, Stopped> {
        let data = &self.storage.data;
        match (&self.storage.database, &self.to) {
            // To another folder, where this one need not be; or back into it, where it is held once.
            (Some(_), PlaceNamed::Path(to)) if !data.exists() || same(to, data) => Ok(None),
            _ => Ok(Some(folder::for_serving(data)?)),
        }
    }

    fn copied(
        &self,
        source: &Store,
        file: &Path,
        folder: &Served,
        clock: &Clock,
    ) -> Result<(crate::restoring::Restored, usize), Stopped> {
        backup::write(source, file, env!("CARGO_PKG_VERSION"), &clock.now().to_string())?;
        let (database, location) = match &self.to {
            PlaceNamed::Database(url) => (Some(url.as_str()), Location::Postgres(url.clone())),
            PlaceNamed::Path(path) => (None, folder::location(path)),
        };
        let restored = restore(file, folder, database, false, &Forget::Nothing, clock)?;
        let target = Store::open_as_it_is(&location)?;
        let compared = backup::compare(Side::Store(source.clone()), Side::Store(target.clone()));
        target.close();
        match compared? {
            (tables, differences) if differences.is_empty() => Ok((restored, tables)),
            (_, differences) => Err(Stopped::unexpected(format_args!(
                "the copy differs from the original in {}; use the original",
                counted(differences.len(), "table", "tables")
            ))),
        }
    }
}

/// Whether two paths lead to one folder.
fn same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| path.canonicalize().ok();
    whole(one).is_some_and(|one| Some(one) == whole(other))
}
