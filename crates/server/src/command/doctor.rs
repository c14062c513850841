//! `commonhold doctor`: whether the data agrees with itself.

use clap::Args;
use vocabulary::Clock;

use super::{Outcome, Storage, counted, open};
use crate::console::Console;
use crate::doctor::{self, Examination, Finding};
use crate::stopped::Stopped;

const DOCTOR_EXAMPLES: &str = "\
Examples:
  commonhold doctor
  commonhold doctor --rebuild   make again what is made from statements

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
    #[command(flatten)]
    storage: Storage,
}

impl Doctor {
    pub(super) fn run(self, console: Console) -> Result<Outcome, Stopped> {
        let store = open(&self.storage.existing()?)?;
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

fn told(examination: &Examination) -> String {
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
