//! Where a system is in its life.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Read, read_nothing};

/// A stage of a system's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not yet in use.
    Planned,
    /// In use.
    Live,
    /// In use, and to be replaced or switched off.
    Retiring,
    /// No longer in use.
    Retired,
}

impl Status {
    /// The stable word: `planned`, `live`, `retiring`, `retired`.
    pub fn word(self) -> &'static str {
        match self {
            Status::Planned => "planned",
            Status::Live => "live",
            Status::Retiring => "retiring",
            Status::Retired => "retired",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names no status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", unknown_status(.0))]
pub struct UnknownStatus(String);

fn unknown_status(word: &str) -> String {
    web::say!("\"{word}\" is not one of planned, live, retiring, retired", word = word)
}

impl FromStr for Status {
    type Err = UnknownStatus;
    fn from_str(word: &str) -> Result<Self, UnknownStatus> {
        let all = [Status::Planned, Status::Live, Status::Retiring, Status::Retired];
        let found = all.into_iter().find(|status| status.word() == word);
        found.ok_or_else(|| UnknownStatus(word.chars().take(40).collect()))
    }
}

const PLANNED: &[&str] = &[
    "planned",
    "plan",
    "planning",
    "proposed",
    "future",
    "in development",
    "development",
    "under development",
    "in procurement",
    "procurement",
    "procuring",
    "being procured",
    "in implementation",
    "implementation",
    "implementing",
    "being implemented",
    "in project",
    "project",
    "in progress",
    "pre live",
    "prelive",
    "not yet live",
    "not live yet",
    "pipeline",
    "test",
    "in test",
    "testing",
    "uat",
    "in build",
    "build",
    "design",
    "new",
    "to be implemented",
    "approved",
    "on order",
    "conceptual",
    "emerging",
    "plan in",
    "coming soon",
    "onboarding",
    "mobilising",
    "awaiting go live",
    "not started",
    "ordered",
    "business case",
    "alpha",
    "discovery",
];
const LIVE: &[&str] = &[
    "live",
    "in use",
    "production",
    "in production",
    "active",
    "current",
    "operational",
    "in service",
    "in live",
    "live in use",
    "in live use",
    "live system",
    "yes",
    "y",
    "true",
    "1",
    "supported",
    "business as usual",
    "bau",
    "maintain",
    "maintained",
    "retain",
    "keep",
    "invest",
    "tolerate",
    "mainstream",
    "strategic",
    "core",
    "used",
    "in operation",
    "running",
    "deployed",
    "installed",
    "implemented",
    "pilot",
    "piloting",
    "in pilot",
    "live pilot",
    "beta",
    "public beta",
    "live limited",
    "live beta",
    "contained",
    "containment",
    "go live",
    "gone live",
    "complete",
    "established",
    "fully live",
    "live supported",
    "steady state",
    "sustain",
    "on",
];
const RETIRING: &[&str] = &[
    "retiring",
    "to be retired",
    "being retired",
    "being replaced",
    "to be replaced",
    "replacing",
    "legacy",
    "legacy being replaced",
    "phase out",
    "phasing out",
    "being phased out",
    "phased out soon",
    "sunset",
    "sunsetting",
    "to be decommissioned",
    "being decommissioned",
    "decommissioning",
    "decommission",
    "end of life",
    "eol",
    "migrating",
    "migrating away",
    "being migrated",
    "migrate",
    "replace",
    "retire",
    "eliminate",
    "due for replacement",
    "replacement planned",
    "replacement in progress",
    "replacement underway",
    "exit",
    "exiting",
    "ending",
    "run down",
    "winding down",
    "deprecated",
    "under notice",
    "notice given",
    "obsolete in use",
    "live to be replaced",
    "live being replaced",
    "legacy live",
    "live legacy",
    "out of support",
    "unsupported",
    "planned retirement",
    "to be switched off",
    "planned decommission",
    "scheduled for retirement",
    "scheduled for decommission",
    "read only",
    "archive only",
    "readonly",
    "historic read only",
];
const RETIRED: &[&str] = &[
    "retired",
    "decommissioned",
    "decomissioned",
    "de commissioned",
    "switched off",
    "closed",
    "ended",
    "ceased",
    "inactive",
    "not in use",
    "no longer in use",
    "no longer used",
    "obsolete",
    "removed",
    "dead",
    "archived",
    "turned off",
    "replaced",
    "superseded",
    "terminated",
    "cancelled",
    "withdrawn",
    "dormant",
    "off",
    "not used",
    "disposed",
    "historic",
    "historical",
    "past",
    "gone",
    "uninstalled",
    "expired",
    "unused",
];

/// Reads a stage in its many spellings: "In use", "Production", "Decommissioned", "Legacy - being replaced", "Pilot".
pub fn read_status(text: &str) -> Read<Status> {
    let how = || web::say!("Write planned, live, retiring or retired.");
    if super::is_long(text) && !text.trim().is_empty() {
        return Read::not(text, web::say!("is not a status we know"), how());
    }
    let folded = vocabulary::fold(text);
    if let Some(status) = exactly(&folded) {
        return Read::Ok(status);
    }
    if folded.is_empty() && text.trim().is_empty() {
        return Read::Empty;
    }
    if let Some(nothing) = read_nothing(text) {
        return Read::Nothing(nothing);
    }
    match by_words(&folded) {
        Some(status) => Read::Ok(status),
        None => Read::not(text, web::say!("is not a status we know"), how()),
    }
}

fn exactly(folded: &str) -> Option<Status> {
    let lists =
        [(PLANNED, Status::Planned), (LIVE, Status::Live), (RETIRING, Status::Retiring), (RETIRED, Status::Retired)];
    lists.into_iter().find(|(words, _)| words.contains(&folded)).map(|(_, status)| status)
}

/// Longer texts by their words: the end of a life outweighs its middle, what is to come outweighs what was.
fn by_words(folded: &str) -> Option<Status> {
    if folded.len() > 80 {
        return None;
    }
    let words: Vec<&str> = folded.split(' ').collect();
    let any = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let to_come = any(&["being", "be", "due", "planned", "scheduled", "soon", "will", "until", "pending", "awaiting"]);
    let gone = any(&[
        "decommissioned",
        "decomissioned",
        "retired",
        "archived",
        "ceased",
        "closed",
        "replaced",
        "superseded",
        "obsolete",
    ]);
    let going = any(&[
        "legacy",
        "retiring",
        "sunset",
        "replacement",
        "decommission",
        "decommissioning",
        "retirement",
        "migrating",
        "eol",
        "retire",
        "replacing",
        "replace",
        "phased",
        "deprecated",
    ]);
    let not = any(&["not", "no", "never", "isnt", "pre"]);
    let planned = any(&[
        "procurement",
        "implementation",
        "development",
        "proposed",
        "project",
        "implemented",
        "planned",
        "testing",
    ]);
    // The "live" of "go-live" is yet to come where something planned stands beside it.
    let live = any(&["live", "production", "active", "operational", "bau", "pilot", "beta", "use", "used"])
        && !(planned && folded.contains("go live"));
    match () {
        () if gone && !to_come && !not => Some(Status::Retired),
        () if (gone && to_come) || going => Some(Status::Retiring),
        () if planned && (!live || to_come) => Some(Status::Planned),
        () if live && not => None,
        () if live => Some(Status::Live),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Nothing;
    use super::*;

    #[test]
    fn stages_in_many_spellings() {
        for (written, expected) in [
            ("Planned", Status::Planned),
            ("In procurement", Status::Planned),
            ("Implementation (go-live May)", Status::Planned),
            ("Live", Status::Live),
            ("LIVE ", Status::Live),
            ("In use", Status::Live),
            ("Production", Status::Live),
            ("Pilot", Status::Live),
            ("Live - BAU", Status::Live),
            ("Active / supported", Status::Live),
            ("Legacy - being replaced", Status::Retiring),
            ("Legacy", Status::Retiring),
            ("End of life", Status::Retiring),
            ("Live, due to be replaced 2027", Status::Retiring),
            ("To be decommissioned", Status::Retiring),
            ("Migrating to Azure", Status::Retiring),
            ("Decommissioned", Status::Retired),
            ("Retired", Status::Retired),
            ("No longer in use", Status::Retired),
            ("Retired (archived 2024)", Status::Retired),
        ] {
            assert_eq!(read_status(written), Read::Ok(expected), "{written}");
            assert_eq!(expected.word().parse(), Ok(expected));
        }
        assert_eq!(read_status("TBC"), Read::Nothing(Nothing::NotKnown));
        assert_eq!(read_status(""), Read::Empty);
        for written in ["Amber", "Band 3", "not live", "\u{1f600}"] {
            assert!(matches!(read_status(written), Read::NotUnderstood(_)), "{written}");
        }
    }

    #[test]
    fn no_spelling_means_two_stages() {
        let all = [PLANNED, LIVE, RETIRING, RETIRED].concat();
        for (place, word) in all.iter().enumerate() {
            assert_eq!(vocabulary::fold(word), *word);
            assert!(!all[..place].contains(word), "{word}");
        }
    }
}
