//! Who read what of an estate that is not everybody's, and when: kept for a stated time, shown to that organisation.
//!
//! The front door tells of every page that was answered to somebody who has signed in. [`Covers`] says whose estate a page
//! shows; [`Readings`] counts in memory and writes once a second, so that reading stays quick. What a visitor sees is
//! everybody's, so no visitor is written down, no search word and no address as typed either.
//!
//! Not here: who changed what. Changes are events, and stand in the estate's history.

mod kept;
mod page;
mod store;
mod tidy;

pub use kept::Readings;
pub(crate) use page::{TEMPLATES, routes, samples};
pub(crate) use tidy::job;

use serde::Serialize;

/// Whose estate a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers {
    /// That of the organisation in its address.
    Organisation,
    /// That of the system in its address.
    System,
    /// That of the contract in its address.
    Contract,
    /// All that the reader may see.
    All,
    /// Nobody's.
    Nothing,
}

/// Pages over all estates. Those of products and elements say who runs what.
const ALL: &[&str] = &[
    "/",
    "/search",
    "/organisations",
    "/contracts",
    "/contracts.ics",
    "/contracts.atom",
    "/overlaps",
    "/map",
    "/compare",
    "/comparisons/{id}",
    "/elements/{id}",
    "/products",
    "/products/{id}",
    "/worklist",
];

/// Pages beneath an organisation's or a system's address that show nothing of an estate, or to its own people only what they
/// are about to write.
const NOTHING: &[&str] = &["/organisations/{id}/readers", "/organisations/{id}/estate/blank"];

/// Pages of other subjects that stand beneath an organisation's address, by what follows it.
const ELSEWHERE: &[&str] = &["people", "invitations", "requests", "domains", "tokens", "sign-in", "leave"];

impl Covers {
    /// Of the page with this pattern of addresses.
    pub fn of(route: &str) -> Covers {
        if ALL.contains(&route) {
            return Covers::All;
        }
        if NOTHING.contains(&route) {
            return Covers::Nothing;
        }
        if route == "/organisations/{id}/leave/file" {
            return Covers::Organisation;
        }
        let beneath = |noun: &str| {
            let rest = route.strip_prefix(noun)?.strip_prefix("/{id}")?;
            (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/'))
        };
        match (beneath("/organisations"), beneath("/systems"), beneath("/contracts")) {
            (Some(rest), _, _) if ELSEWHERE.contains(&rest.split('/').next().unwrap_or_default()) => Covers::Nothing,
            (Some(_), _, _) => Covers::Organisation,
            (_, Some(_), _) => Covers::System,
            (_, _, Some(_)) => Covers::Contract,
            _ => Covers::Nothing,
        }
    }
}

/// One line of what is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    /// The day in UTC.
    pub day: String,
    /// The person's name, or that it was erased.
    pub person: String,
    /// The organisation that they acted for, by id and name.
    pub acting: String,
    pub acting_name: String,
    /// The page in words.
    pub page: String,
    /// Its pattern.
    pub route: String,
    /// What it was about: a system's or contract's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Its name as it is now, and its address; without, where it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whether the page covered all estates.
    pub over_all: bool,
    pub format: String,
    /// Whether a program asked, with a token of the person's.
    pub by_token: bool,
    /// How often that day.
    pub times: i64,
    /// The last time.
    pub last_at: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_that_shows_an_estate_says_whose() {
        for (route, covers) in [
            ("/organisations/{id}", Covers::Organisation),
            ("/organisations/{id}/systems", Covers::Organisation),
            ("/organisations/{id}/imports/{import}/preview", Covers::Organisation),
            ("/organisations/{id}/estate", Covers::Organisation),
            ("/organisations/{id}/estate/blank", Covers::Nothing),
            ("/organisations/{id}/people", Covers::Nothing),
            ("/organisations/{id}/readers", Covers::Nothing),
            ("/organisations/{id}/leave", Covers::Nothing),
            ("/organisations/{id}/leave/file", Covers::Organisation),
            ("/organisations", Covers::All),
            ("/systems/{id}", Covers::System),
            ("/contracts/{id}/edit", Covers::Contract),
            ("/contracts", Covers::All),
            ("/sign-in", Covers::Nothing),
            ("/systemsx", Covers::Nothing),
        ] {
            assert_eq!(Covers::of(route), covers, "{route}");
        }
    }
}
