//! Organisations: public bodies that people act for, and suppliers, which are organisations of that kind.
//!
//! They are public. What a body runs belongs to `architecture`; who acts for it to `person`.

mod file;
mod merge;
mod store;

pub(crate) use self::store::refuse_closed;

use std::{fmt, str::FromStr};

use ledger::{AlsoKnown, Thing};
use serde::{Deserialize, Serialize};
use vocabulary::{OrganisationId, Visibility};

pub use self::{
    file::read_csv,
    merge::{MergeError, Merged, all_merged, merge, merges, separate},
    store::{all, by_id_or_code, find, here, keeper, put, things},
};

/// The kind under which organisations stand in the ledger.
pub const KIND: ledger::Kind = ledger::Kind { name: "organisation", label: "Organisations", one: "Organisation" };

/// A body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its short name here, which never changes.
    pub id: OrganisationId,
    /// Its name now.
    pub name: String,
    /// What sort of body it is.
    pub kind: OrganisationKind,
    /// GSS code, company number, or a key minted where there is none. Unique.
    pub code: Option<String>,
    /// Whether its staff see what participating bodies share with each other. Never true of a supplier.
    pub participating: bool,
    /// Whether its stewards keep the list of products that all share. True of at most one, and never of a supplier.
    pub keeps_shared_list: bool,
    /// One or two sentences.
    pub about: String,
    /// Other names in use.
    pub also_known: Vec<String>,
    /// Names it had.
    pub former_names: Vec<String>,
}

/// What sort of body an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrganisationKind {
    /// A council.
    Council,
    /// Sells products.
    Supplier,
    /// Works with councils: a shared service, another public body.
    Partner,
    /// Anything else.
    Other,
}

impl OrganisationKind {
    const WORDS: [(OrganisationKind, &str); 4] = [
        (OrganisationKind::Council, "council"),
        (OrganisationKind::Supplier, "supplier"),
        (OrganisationKind::Partner, "partner"),
        (OrganisationKind::Other, "other"),
    ];

    /// The word as stored and as written in addresses and files.
    pub fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(kind, _)| *kind == self);
        found.map_or("other", |(_, word)| word)
    }

    /// What pages call it.
    pub fn name(self) -> String {
        match self {
            OrganisationKind::Council => web::say!("Council"),
            OrganisationKind::Supplier => web::say!("Supplier"),
            OrganisationKind::Partner => web::say!("Partner"),
            OrganisationKind::Other => web::say!("Other body"),
        }
    }
}

impl fmt::Display for OrganisationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names no kind of organisation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not one of council, supplier, partner, other")]
pub struct UnknownKind(String);

impl FromStr for OrganisationKind {
    type Err = UnknownKind;
    fn from_str(word: &str) -> Result<OrganisationKind, UnknownKind> {
        let found = Self::WORDS.iter().find(|(_, known)| *known == word);
        let unknown = || UnknownKind(word.chars().take(40).collect());
        found.map(|(kind, _)| *kind).ok_or_else(unknown)
    }
}

impl Organisation {
    /// Where its page is.
    pub fn address(&self) -> String {
        format!("/organisations/{}", self.id)
    }

    /// What the ledger knows of it.
    pub fn thing(&self) -> Thing {
        let names = [("Also known as", &self.also_known), ("Former name", &self.former_names)];
        let mut also: Vec<AlsoKnown> = names
            .into_iter()
            .flat_map(|(why, names)| names.iter().map(move |name| AlsoKnown::new(why, name)))
            .collect();
        also.extend(self.code.iter().map(|code| AlsoKnown::new("Code", code)));
        Thing {
            organisation: Some(self.id.clone()),
            address: self.address(),
            kind: KIND.name.to_owned(),
            title: self.name.clone(),
            summary: self.about.clone(),
            visibility: Visibility::Public,
            also,
        }
    }
}
