//! The pages of whoever runs the copy: whether anything needs them, and the jobs.
//!
//! | Module | What it is for |
//! |---|---|
//! | `overview` | `/operator`: the worst thing first, then a card for each part |
//! | `cards` | the cards of storage, jobs and the program itself |
//! | `jobs` | `/operator/jobs`: every job, with filters |
//! | `jobs::act` | running a job again, and putting one aside |
//!
//! It knows no subject: cards, pages and kinds of jobs come in with the slices.

mod cards;
mod jobs;
mod overview;
mod samples;

use std::path::PathBuf;

use accounts::{Deed, may};
use ledger::{AboutPeople, Health, Slice, job::JobKind};
use store::Store;
use vocabulary::{Clock, Reader, Timestamp};
use web::{NavigationItem, PersonalItem, Problem, Routes, Template, Word, word};

/// What these pages need.
#[derive(Clone)]
pub struct Operations {
    /// The database.
    pub store: Store,
    /// The present moment.
    pub clock: Clock,
    /// The cards of every slice.
    pub health: Vec<Health>,
    /// The pages of other slices for operators.
    pub pages: Vec<NavigationItem>,
    /// The kinds of jobs of every slice.
    pub kinds: Vec<JobKind>,
    /// The folder of data, whose disk may fill up. None: there is none to look at.
    pub folder: Option<PathBuf>,
    /// Since when the program runs.
    pub started: Timestamp,
    /// The program's version.
    pub version: String,
}

/// What kinds of jobs are called, and which recur.
#[derive(Clone)]
pub(crate) struct Labels {
    pub(crate) kinds: Vec<JobKind>,
}

impl Labels {
    /// What a kind of job is called; its name where this program has no such kind.
    pub(crate) fn label(&self, kind: &str) -> String {
        let known = self.kinds.iter().find(|known| known.name == kind);
        known.map_or_else(|| kind.to_owned(), |known| web::say!(known.label))
    }

    pub(crate) fn recurs(&self, kind: &str) -> bool {
        self.kinds.iter().any(|known| known.name == kind && known.schedule.is_some())
    }
}

impl Operations {
    fn labels(&self) -> Labels {
        Labels { kinds: self.kinds.clone() }
    }
}

/// What this crate offers.
pub fn slice(operations: Operations) -> Slice {
    Slice {
        name: "operations",
        routes: routes(operations),
        templates: vec![
            Template { name: "operations/overview.html", source: include_str!("../templates/overview.html") },
            Template { name: "operations/jobs.html", source: include_str!("../templates/jobs.html") },
        ],
        migrations: &[],
        navigation: vec![],
        personal: vec![PersonalItem {
            item: NavigationItem { id: "operator", text: "Operator", href: "/operator" },
            shown: |reader| permitted(reader).is_ok(),
        }],
        operator: vec![],
        samples: samples::samples(),
        kinds: &[],
        things: |_| Ok(vec![]),
        check: |_| Ok(vec![]),
        people: AboutPeople::nothing("operations"),
        jobs: vec![],
        health: vec![],
    }
}

/// What the names in these addresses and forms mean, the most particular first.
const WORDS: &[Word] = &[
    word("id", "The job"),
    word("changed", "The job that has just been changed, to say so on the page"),
    word("state", "Only jobs in this state").one_of(&["given_up", "running", "waiting", "done", "cancelled"]).several(),
    word("kind", "Only jobs of this kind").several(),
    word("back", "The page to go back to").one_of(&["overview"]),
];

fn routes(operations: Operations) -> Routes {
    Routes::new()
        .get("/operator", "Whether anything needs whoever runs this copy", overview::show)
        .parameters(&["changed"])
        .in_browser_by("operators")
        .get("/operator/jobs", "Jobs: what waits, runs, was done or given up", jobs::list)
        .parameters(jobs::PARAMETERS)
        .in_browser_by("operators")
        .post("/operator/jobs/{id}/again", "Run a job again, or one that waits at once", jobs::act::again)
        .fields(&["back"])
        .in_browser_by("operators")
        .post("/operator/jobs/{id}/cancel", "Put a job aside that waits", jobs::act::cancel)
        .fields(&["back"])
        .in_browser_by("operators")
        .words(WORDS)
        .with_state(operations)
}

/// Only operators come here; to everybody else these pages do not exist.
fn permitted(reader: &Reader) -> Result<(), Problem> {
    let acting = reader.acting.as_ref().ok_or_else(Problem::missing)?;
    Ok(may(reader, Deed::Operate, &acting.organisation)?)
}
