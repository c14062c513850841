//! `commonhold doctor`: whether the data agrees with itself.

use clap::Args;
use serde_json::json;
use store::backup::{self, Difference, Side};
use store::{Location, Store};
use vocabulary::Clock;

use super::{Outcome, PlaceNamed, Storage, counted, read_place, thousands};
use crate::console::Console;
use crate::doctor::{self, Examination, Finding};
use crate::folder;
use crate::slices::secrets;
use crate::stopped::Stopped;

const DOCTOR_EXAMPLES: &str = "\
Examples:
  commonhold doctor
  commonhold doctor --rebuild   make again what is made from statements
  commonhold doctor --against monday.backup.gz

Next: each finding says what to do.";

/// Check that the data agrees with itself
///
/// Checks that what pages read is what was stated, that every thing is found under its present name, and that the record of
/// what happened is as it was written. Ends with 1 when something is wrong. It can run while `commonhold serve` does.
#[derive(Debug, Args)]
#[command(after_help = DOCTOR_EXAMPLES)]
pub(super) struct Doctor {
    /// Make the tables that pages read, and what search finds, again from the statements
    #[arg(long)]
    rebuild: bool,
    /// Compare with another copy instead: a backup, a folder of data, or a PostgreSQL database. Says whether the two are
    /// identical, and else the first keys of the rows that differ, never what is in them
    #[arg(long, value_name = "FILE|DIR|URL", value_parser = read_place, conflicts_with = "rebuild")]
    against: Option<PlaceNamed>,
    #[command(flatten)]
    storage: Storage,
}

impl Doctor {
    pub(super) fn run(self, console: Console) -> Result<Outcome, Stopped> {
        if let Some(other) = &self.against {
            return self.compare(other, console);
        }
        let store = self.storage.open_existing()?;
        let (text, value, findings) = if self.rebuild {
            let rebuilt = doctor::rebuild(&store, &Clock::System)?;
            let value = serde_json::to_value(&rebuilt).map_err(Stopped::unexpected)?;
            let mut text = match rebuilt.repaired.len() {
                _ if !rebuilt.made => "Made nothing again: what it is made from is damaged.".to_owned(),
                0 => "Made everything again; nothing was different.".to_owned(),
                count => format!("Made everything again, which repaired {}:", counted(count, "thing", "things")),
            };
            rebuilt
                .repaired
                .iter()
                .for_each(|finding| text.push_str(&format!("\n  {}: {}", finding.part, finding.message)));
            text.push('\n');
            text.push_str(&told(&rebuilt.now));
            (text, value, rebuilt.now.findings.len())
        } else {
            let examination = doctor::examine(&store)?;
            let value = serde_json::to_value(&examination).map_err(Stopped::unexpected)?;
            (told(&examination), value, examination.findings.len())
        };
        store.close();
        console.result(text, &value);
        Ok(if findings == 0 { Outcome::Done } else { Outcome::ProblemsFound })
    }
}

impl Doctor {
    /// Compares with another copy. What a restore takes back does not count as a difference, and is told apart.
    fn compare(&self, other: &PlaceNamed, console: Console) -> Result<Outcome, Stopped> {
        let here = Side::Store(Store::open_as_it_is(&self.storage.existing()?)?);
        let (tables, differences) = backup::compare(here, side(other)?)?;
        let (taken_back, differences): (Vec<_>, Vec<_>) = differences.into_iter().partition(is_taken_back);
        let value = json!({
            "tables": tables,
            "identical": differences.is_empty() && taken_back.is_empty(),
            "differences": &differences,
            "taken_back": &taken_back,
        });
        let mut text = match (differences.len(), taken_back.len()) {
            (0, 0) => format!("Identical: all {tables} tables hold the same here and in {other}."),
            (0, some) => format!(
                "{} hold the same here and in {other}. The others hold what a restore takes back:",
                counted(tables - some, "table", "tables")
            ),
            (some, _) => format!("{} of {tables} differ between here and {other}:", counted(some, "table", "tables")),
        };
        differences.iter().for_each(|difference| text.push_str(&differing(difference)));
        if differences.iter().any(|difference| difference.table == JOBS) {
            text.push_str("\n  A program that is running works its jobs off meanwhile: stop it to compare them.");
        }
        if !differences.is_empty() && !taken_back.is_empty() {
            text.push_str("\nWhat a restore takes back differs too, as it should:");
        }
        taken_back.iter().for_each(|difference| text.push_str(&differing(difference)));
        console.result(text, &value);
        Ok(if differences.is_empty() { Outcome::Done } else { Outcome::ProblemsFound })
    }
}

/// The table of what is done in the background.
const JOBS: &str = "job";

/// What only a copy that was restored lacks: everybody signs in again there.
fn is_taken_back(difference: &Difference) -> bool {
    secrets().iter().any(|secret| secret.table == difference.table)
}

fn side(place: &PlaceNamed) -> Result<Side, Stopped> {
    let location = match place {
        PlaceNamed::Path(path) if path.is_file() => return Ok(Side::File(path.clone())),
        PlaceNamed::Path(path) if !path.exists() => {
            let message = format!("There is no backup and no folder {}.", path.display());
            return Err(
                Stopped::out_of_reach(message).next("Name a backup, a folder of data or a PostgreSQL database.")
            );
        }
        PlaceNamed::Path(path) => folder::with_database(path)?,
        PlaceNamed::Database(url) => Location::Postgres(url.clone()),
    };
    Ok(Side::Store(Store::open_as_it_is(&location)?))
}

fn differing(difference: &Difference) -> String {
    let Difference { table, shape, only_first, only_second, changed, keys } = difference;
    if *shape {
        return format!("\n  {table}: only one of the two has it, or has it with these columns");
    }
    let mut counts = Vec::new();
    for (count, what) in [(only_first, "only here"), (only_second, "only there"), (changed, "different")] {
        if *count > 0 {
            counts.push(format!("{} {what}", thousands(*count)));
        }
    }
    let keys: Vec<String> = keys.iter().take(SHOWN).map(|key| key.join(" ")).collect();
    let more = if only_first + only_second + changed > SHOWN as u64 { ", …" } else { "" };
    format!("\n  {table}: {}; keys: {}{more}", counts.join(", "), keys.join(", "))
}

/// How many keys of a table people are shown; programs get ten.
const SHOWN: usize = 5;

pub(super) fn told(examination: &Examination) -> String {
    let looked = format!(
        "Checked {} and {} against what search finds",
        examination.parts.join(", "),
        counted(examination.things, "thing", "things")
    );
    if examination.findings.is_empty() {
        return format!("{looked}: all well.");
    }
    let mut text = format!("{looked}: {} found.", counted(examination.findings.len(), "problem", "problems"));
    for finding in &examination.findings {
        text.push_str(&format!("\n  {}: {}", finding.part, finding.message));
    }
    let mut steps: Vec<&str> = examination.findings.iter().map(|Finding { next, .. }| *next).collect();
    steps.sort_unstable();
    steps.dedup();
    steps.iter().for_each(|step| text.push_str(&format!("\n{step}")));
    text
}
