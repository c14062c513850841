//! What a subject offers, as a plain value: the list that `server` puts the product together from.
//!
//! It is no plug-in framework: slices are named in the program and known when it is built.

use store::{Error, Migration, Transaction};

use crate::{AboutPeople, Thing, health::Health, job::JobKind};

/// Everything that one subject offers.
pub struct Slice {
    /// The subject's name, such as `architecture`.
    pub name: &'static str,
    /// Its addresses with what answers there.
    pub routes: web::Routes,
    /// Its templates.
    pub templates: Vec<web::Template>,
    /// Its tables.
    pub migrations: &'static [Migration],
    /// Its items of the service navigation.
    pub navigation: Vec<web::NavigationItem>,
    /// Its items of the service navigation for some people only.
    pub personal: Vec<web::PersonalItem>,
    /// Its pages for whoever runs the copy, which the operator's page leads to.
    pub operator: Vec<web::NavigationItem>,
    /// Every page of it with invented content, for the test that renders them all.
    pub samples: Vec<web::SamplePage>,
    /// The kinds of things that it registers.
    pub kinds: &'static [Kind],
    /// All things that it has now, as it would register them: what the ledger is compared with.
    pub things: fn(&mut Transaction<'_>) -> Result<Vec<Thing>, Error>,
    /// What of its own tables contradicts itself, in sentences; empty when all is well.
    pub check: fn(&mut Transaction<'_>) -> Result<Vec<String>, Error>,
    /// What it holds about people.
    pub people: AboutPeople,
    /// The kinds of jobs that it has.
    pub jobs: Vec<JobKind>,
    /// Its cards on the operator's page.
    pub health: Vec<Health>,
}

/// A kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// As things carry it: `system`.
    pub name: &'static str,
    /// As readers see it, for many: `Systems`.
    pub label: &'static str,
    /// As readers see it, for one: `System`.
    pub one: &'static str,
}
