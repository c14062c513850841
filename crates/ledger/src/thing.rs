//! Things: anything with an address that people talk about, whichever subject owns it.
//!
//! The ledger knows of a thing what a result in a list shows, and nothing of what the subject knows. Everything in a
//! [`Thing`] is seen by whoever may see the thing, so no value that is shared less widely may stand in it.

mod store;

use ::store::Error;
use serde::{Deserialize, Serialize};
use vocabulary::{OrganisationId, Timestamp, Visibility};

pub(crate) use self::store::{COLUMNS, Raw, Stored, folded, learn, marks_from, read, write};
pub use self::store::{find, put_things, withdraw_thing};
use crate::error::damaged;

/// What the ledger knows of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// Whose it is; none for what all share, such as reference elements and listed products.
    pub organisation: Option<OrganisationId>,
    /// Where it is: a path such as `/systems/0190…`. One address names one thing.
    pub address: String,
    /// What it is, such as `system`: one of some slice's kinds.
    pub kind: String,
    /// What people call it.
    pub title: String,
    /// One sentence, or nothing.
    pub summary: String,
    /// How widely it is shared.
    pub visibility: Visibility,
    /// Other names under which it is found.
    pub also: Vec<AlsoKnown>,
}

/// Another name under which a thing is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlsoKnown {
    /// What this name is: "Former name", "Also known as". "Supplier", "Organisation", "Product", "Element" and
    /// "Used by" name another thing and weigh less, as does what ends with "of the product" or "of the supplier".
    pub why: String,
    /// The name.
    pub text: String,
}

impl AlsoKnown {
    /// A name and what it is.
    pub fn new(why: impl Into<String>, text: impl Into<String>) -> AlsoKnown {
        AlsoKnown { why: why.into(), text: text.into() }
    }
}

/// A thing as a reader finds it by its address; withdrawn ones too, since nothing is deleted silently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The thing.
    pub thing: Thing,
    /// When and why it was withdrawn, if it was.
    pub withdrawn: Option<Tombstone>,
}

/// What is left of a thing that was withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// When.
    pub at: Timestamp,
    /// Why, as a sentence for its readers.
    pub why: String,
}

impl Thing {
    /// The organisation as the tables hold it: '' for what all share.
    pub(crate) fn shard(&self) -> &str {
        shard(self.organisation.as_ref())
    }

    /// What no subject may send: it would break an index, a link or a page.
    fn check(&self) -> Result<(), Error> {
        let bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\');
        let why = if !self.address.starts_with('/') || self.address.starts_with("//") {
            "its address is not a path"
        } else if self.address.len() > 300 || self.address.contains(bad) {
            "its address is too long or has spaces or marks that no path has"
        } else if self.title.trim().is_empty() {
            "it has no title"
        } else if self.kind.is_empty() {
            "it has no kind"
        } else {
            return Ok(());
        };
        Err(Error::Type {
            place: self.address.chars().take(80).collect(),
            message: format!("this cannot be registered: {why}"),
        })
    }
}

/// The organisation as the tables hold it.
pub(crate) fn shard(organisation: Option<&OrganisationId>) -> &str {
    organisation.map_or("", OrganisationId::as_str)
}

/// The organisation as the program holds it.
pub(crate) fn unshard(shard: &str) -> Result<Option<OrganisationId>, Error> {
    if shard.is_empty() {
        return Ok(None);
    }
    let refused = |_| damaged(format!("organisation {shard:?}"));
    shard.parse().map(Some).map_err(refused)
}

/// A moment as the tables hold it: microseconds since 1970.
pub(crate) fn stamp(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A moment as the program holds it.
pub(crate) fn unstamp(at: i64) -> Result<Timestamp, Error> {
    Timestamp::from_microsecond(at).map_err(|_| damaged(format!("moment {at}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_path_is_refused() {
        let thing = |address: &str, title: &str| Thing {
            organisation: None,
            address: address.to_owned(),
            kind: "product".to_owned(),
            title: title.to_owned(),
            summary: String::new(),
            visibility: Visibility::Public,
            also: vec![],
        };
        assert!(thing("/products/taxbase", "TaxBase").check().is_ok());
        let long = format!("/{}", "x".repeat(300));
        for bad in ["products/x", "//elsewhere", "/a b", "/a\n", "/a?b", "", &long] {
            assert!(thing(bad, "T").check().is_err(), "{bad}");
        }
        assert!(thing("/a", " ").check().is_err());
    }
}
