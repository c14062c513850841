//! Whether everything stored agrees with itself: each subject's own check, and the ledger against all subjects.
//!
//! Statements and events are the truth. What is made from them (the tables that pages read, the ledger's things) can be
//! made again; statements and events that are not as they were written cannot, and only a backup helps. While statements
//! are damaged nothing is made from them: that would take away what pages still show.

use architecture::statement::damage;
use ledger::Slice;
use serde::Serialize;
use store::{Error, Store, Transaction};
use vocabulary::{Clock, Timestamp};

use crate::stopped::Stopped;
use crate::{Product, slices};

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The part of the program that noticed: a subject, or `things` for the ledger against the subjects.
    pub part: &'static str,
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do about it.
    pub next: &'static str,
}

/// What was looked at, so that "nothing found" says what it covers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Examination {
    /// The subjects whose own checks were run.
    pub parts: Vec<&'static str>,
    /// Things that were compared with the ledger.
    pub things: usize,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// What making everything again did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// Whether anything was made again; not while what it is made from is damaged.
    pub made: bool,
    /// What was wrong and is right now.
    pub repaired: Vec<Finding>,
    /// How things are now.
    pub now: Examination,
}

/// The subject whose tables are made from statements.
const ARCHITECTURE: &str = "architecture";
const REBUILD: &str = "Run: commonhold doctor --rebuild";
const RESTORE: &str = "Rebuilding cannot repair this. Restore a backup, and keep a copy of the damaged files.";

/// The functions of a subject that need nothing but a transaction.
pub(crate) struct Part {
    name: &'static str,
    things: fn(&mut Transaction<'_>) -> Result<Vec<ledger::Thing>, Error>,
    check: fn(&mut Transaction<'_>) -> Result<Vec<String>, Error>,
}

pub(crate) fn parts(store: &Store) -> Vec<Part> {
    let slices: Vec<Slice> = slices(&Product::new(store.clone(), ""));
    slices.into_iter().map(|slice| Part { name: slice.name, things: slice.things, check: slice.check }).collect()
}

/// Checks everything on one snapshot. Writes nothing.
///
/// # Errors
/// Those of the database.
pub fn examine(store: &Store) -> Result<Examination, Stopped> {
    let parts = parts(store);
    Ok(store.read_blocking(move |tx| examined(tx, &parts))?)
}

/// Makes the tables that pages read and the ledger's things again, in one transaction, and says what that changed.
///
/// # Errors
/// Those of the database; then nothing was changed.
pub fn rebuild(store: &Store, clock: &Clock) -> Result<Rebuilt, Stopped> {
    let (parts, now) = (parts(store), clock.now());
    Ok(store.write_blocking(move |tx| rebuilt(tx, &parts, now))?)
}

fn rebuilt(tx: &mut Transaction<'_>, parts: &[Part], now: Timestamp) -> Result<Rebuilt, Error> {
    let before = examined(tx, parts)?;
    if !damage::faults(tx)?.is_empty() {
        return Ok(Rebuilt { made: false, repaired: Vec::new(), now: before });
    }
    architecture::rebuild(tx, now)?;
    let things = things(tx, parts)?;
    ledger::rebuild(tx, things.into_iter(), now)?;
    let after = examined(tx, parts)?;
    let mut repaired = before.findings;
    repaired.retain(|finding| !after.findings.contains(finding));
    Ok(Rebuilt { made: true, repaired, now: after })
}

pub(crate) fn things(tx: &mut Transaction<'_>, parts: &[Part]) -> Result<Vec<ledger::Thing>, Error> {
    let mut all = Vec::new();
    for part in parts {
        all.extend((part.things)(tx)?);
    }
    Ok(all)
}

pub(crate) fn examined(tx: &mut Transaction<'_>, parts: &[Part]) -> Result<Examination, Error> {
    let mut examination = Examination::default();
    let lost = damage::faults(tx)?;
    for part in parts {
        examination.parts.push(part.name);
        let (faults, next) = match (part.name == ARCHITECTURE, lost.is_empty()) {
            (true, true) => ((part.check)(tx)?, REBUILD),
            (true, false) => (lost.clone(), RESTORE),
            (false, _) => ((part.check)(tx)?, RESTORE),
        };
        examination.findings.extend(faults.into_iter().map(|message| Finding { part: part.name, message, next }));
    }
    if !lost.is_empty() {
        // What should be made from them cannot be told.
        return Ok(examination);
    }
    let things = things(tx, parts)?;
    examination.things = things.len();
    let differences = ledger::compare(tx, things.into_iter())?;
    let found =
        differences.iter().map(|difference| Finding { part: "things", message: difference.to_string(), next: REBUILD });
    examination.findings.extend(found);
    Ok(examination)
}
