//! People, and for whom they act in which role.
//!
//! A person's e-mail address and name are in this subject's `person` table and nowhere else but in messages that wait to
//! be sent. Everything else refers to the id, which says nothing about anybody once the row is erased.

mod file;
mod name;
mod store;

use serde::Serialize;
use vocabulary::{OrganisationId, PersonId, Role};

pub(crate) use self::store::{email, holding, is_disabled, known_or_new, membership, seen};
pub use self::{
    file::read_csv,
    name::{LONGEST_NAME, NoName, read_name},
    store::{acting, erase, find_by_email, from_elsewhere, memberships, name, put_memberships, reapply},
};
use crate::EmailAddress;

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The reference to them.
    pub id: PersonId,
    /// Their name, unless erased.
    pub name: Option<String>,
}

/// Somebody who is to act for an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMembership {
    /// Who, by address: somebody new, or the person who has it.
    pub email: EmailAddress,
    /// Their name.
    pub name: String,
    /// For whom.
    pub organisation: OrganisationId,
    /// In which role.
    pub role: Role,
}

/// An organisation that a person acts for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Membership {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Its name.
    pub organisation_name: String,
    /// Whether it is a participating body.
    pub participating: bool,
    /// The role there.
    pub role: Role,
}
