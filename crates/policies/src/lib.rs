//! Privacy notice, cookies, accessibility statement and terms, linked from every page's footer.
//!
//! | Module | What it is for |
//! |---|---|
//! | `policy` | the four pages: their addresses and titles, and showing one |
//! | `section` | what a page says, as plain values, for people and programs alike |
//! | `privacy`, `cookies`, `accessibility`, `terms` | what each says where the operator has no text of their own |
//! | `own` | an operator's own texts: read from a folder, checked at start |
//! | `card` | what the operator's page says of these pages |
//!
//! It knows no subject: what is kept and which cookies are set come in as [`Policies::kept`] and [`Policies::cookies`], made
//! where the rules are. What the program cannot know (the lawful basis, who hosts the machine) a page says it does not know.
#![doc = include_str!("../README.md")]

mod accessibility;
mod card;
mod cookies;
mod own;
mod policy;
mod privacy;
mod samples;
mod section;
mod terms;

use std::num::NonZeroU32;
use std::sync::Arc;

use ledger::{AboutPeople, SayKept, Slice};
use vocabulary::Date;
use web::{DeclaredCookie, NavigationItem, Routes, Template};

pub use own::{NotTexts, OwnText, TextProblem, Texts, Words};
pub use policy::Policy;

/// Says which cookies this copy may set, in the language of the request being answered.
pub type SayCookies = Arc<dyn Fn() -> Vec<DeclaredCookie> + Send + Sync>;

/// What these pages are made from.
#[derive(Clone)]
pub struct Policies {
    /// Who runs this copy.
    pub name: Option<String>,
    /// An e-mail address for help.
    pub contact: Option<String>,
    /// How people reach this copy, without a slash at the end.
    pub address: String,
    /// Whether everything in it is invented.
    pub demonstration: bool,
    /// The program's version.
    pub version: String,
    /// How many requests a minute may be sent.
    pub requests_a_minute: Option<NonZeroU32>,
    /// With whose accounts people may sign in, besides links.
    pub providers: Vec<String>,
    /// What is kept about people.
    pub kept: SayKept,
    /// Which cookies may be set.
    pub cookies: SayCookies,
    /// The operator's own texts.
    pub texts: Texts,
}

/// The links of the footer, in their order.
pub const FOOTER: [NavigationItem; 4] =
    [Policy::Accessibility.item(), Policy::Privacy.item(), Policy::Cookies.item(), Policy::Terms.item()];

/// What this crate offers.
pub fn slice(policies: Policies) -> Slice {
    // In a demonstration there is nobody who could write texts.
    let health = (!policies.demonstration).then(|| card::health(policies.clone()));
    Slice {
        name: "policies",
        routes: routes(policies),
        templates: vec![Template { name: "policies/policy.html", source: include_str!("../templates/policy.html") }],
        migrations: &[],
        navigation: vec![],
        personal: vec![],
        operator: vec![],
        samples: samples::samples(),
        kinds: &[],
        things: |_| Ok(vec![]),
        check: |_| Ok(vec![]),
        people: AboutPeople::nothing("policies"),
        jobs: vec![],
        health: health.into_iter().collect(),
    }
}

fn routes(policies: Policies) -> Routes {
    Routes::new()
        .get("/privacy", "What is kept about people, what for and for how long", policy::privacy)
        .get("/cookies", "Which cookies are set, when and for how long", policy::cookies)
        .get("/accessibility", "The accessibility statement", policy::accessibility)
        .get("/terms", "The terms of use", policy::terms)
        .with_state(policies)
}

/// When a text was last updated, if the operator wrote it.
pub(crate) fn updated(policies: &Policies, policy: Policy) -> Option<Date> {
    policies.texts.of(policy).map(|text| text.updated)
}
