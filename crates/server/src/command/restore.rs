//! `commonhold restore`: a backup back into a folder or database.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use vocabulary::Clock;

use super::doctor::told as examined;
use super::{Outcome, Storage, counted, thousands};
use crate::console::Console;
use crate::erasures::{self, JOURNAL};
use crate::folder;
use crate::restoring::{Forget, Restored, restore};
use crate::stopped::Stopped;

const RESTORE_EXAMPLES: &str = "\
Examples:
  commonhold restore monday.backup.gz
  commonhold restore monday.backup.gz --data /var/lib/commonhold --replace
  COMMONHOLD_DATABASE=postgres://commonhold@db/empty \\
    commonhold restore monday.backup.gz

Next: start `commonhold serve`. Everybody signs in again.";

/// Restore a backup into an empty folder or database
///
/// Reads the whole file first and refuses it when a single byte is not as it was written. Then makes the tables as the
/// backup had them, writes the rows, reads them back and compares them with the backup, brings the tables up to this
/// version, and checks the result as `commonhold doctor` does. When anything fails, the folder or
/// database is as it was.
///
/// What must not come back does not: every session, sign-in link, waiting message and secret address is taken back, and
/// personal data that was erased since the backup is erased again, as the journal of erasures says.
#[derive(Debug, Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(super) struct Restore {
    /// The backup
    file: PathBuf,
    /// Put the folder's present database aside, under a name with the time, and restore in its place
    #[arg(long)]
    replace: bool,
    /// The journal of erasures [default: `erasures.jsonl` in the folder of data and beside the backup]
    #[arg(long, value_name = "FILE")]
    erasures: Option<PathBuf>,
    #[command(flatten)]
    storage: Storage,
}

impl Restore {
    pub(super) fn run(self, console: Console) -> Result<Outcome, Stopped> {
        if self.replace && self.storage.database.is_some() {
            let message = "--replace puts a file aside, and a PostgreSQL database is no file.";
            return Err(Stopped::wrong_use(message).next(
                "Make an empty database (createdb --encoding=UTF8 --template=template0) and name that one, or rename the present one and make a new one of its name.",
            ));
        }
        let journals = match &self.erasures {
            Some(file) if !file.exists() => {
                return Err(Stopped::out_of_reach(format!("There is no journal of erasures {}.", file.display())));
            }
            Some(file) => vec![file.clone()],
            None => {
                let beside = self.file.parent().unwrap_or(Path::new("")).join(JOURNAL);
                vec![self.storage.data.join(JOURNAL), beside]
            }
        };
        let known = journals.iter().any(|journal| journal.exists());
        let forget = Forget::SinceThen(erasures::read(&journals)?);
        let folder = folder::for_serving(&self.storage.data)?;
        let database = self.storage.database.as_deref();
        let restored = restore(&self.file, &folder, database, self.replace, &forget, &Clock::System)?;
        let value = serde_json::to_value(&restored).map_err(Stopped::unexpected)?;
        let place =
            if database.is_some() { "the PostgreSQL database".to_owned() } else { folder.path.display().to_string() };
        console.result(told(&restored, &self.file, &place, known), &mark(value, known));
        Ok(if restored.examination.findings.is_empty() { Outcome::Done } else { Outcome::ProblemsFound })
    }
}

fn mark(mut value: Value, journal: bool) -> Value {
    value["journal_of_erasures"] = journal.into();
    value
}

fn told(restored: &Restored, file: &Path, place: &str, journal: bool) -> String {
    let manifest = &restored.manifest;
    let mut text = format!(
        "Restored {} into {place}.\n{} with {} rows were read back and are those of the backup, taken at {} by version {}.",
        file.display(),
        counted(manifest.tables.len(), "table", "tables"),
        thousands(manifest.rows()),
        manifest.made_at,
        manifest.program
    );
    if let Some(aside) = &restored.put_aside {
        text.push_str(&format!("\nThe database that was there is now {}.", aside.display()));
    }
    let revoked: Vec<String> = restored
        .revoked
        .iter()
        .map(|revoked| counted(usize::try_from(revoked.count).unwrap_or(usize::MAX), revoked.words.0, revoked.words.1))
        .collect();
    text.push_str(&format!("\nTaken back: {}.", revoked.join(", ")));
    text.push_str(&match (journal, restored.erasures) {
        (false, _) => format!(
            "\nNo journal of erasures ({JOURNAL}) was found. If personal data was erased after this backup, it is back: restore again with --erasures."
        ),
        (true, 0) => "\nNothing was erased since this backup, as the journal of erasures says.".to_owned(),
        (true, count) => format!(
            "\nErased again: {} since this backup, of which {} still in it.",
            counted(count, "erasure", "erasures"),
            if restored.erased_again == 1 { "1 was".to_owned() } else { format!("{} were", restored.erased_again) }
        ),
    });
    text.push('\n');
    text.push_str(&examined(&restored.examination));
    text
}
