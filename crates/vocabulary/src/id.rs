//! Identifiers made by the program, never by an engine.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Chance, NoChance};

/// A new identifier that sorts by time of making: a UUID version 7 (RFC 9562, section 5.7).
///
/// # Errors
/// When the source of chance fails.
pub fn new_id(now: Timestamp, chance: &Chance) -> Result<Uuid, NoChance> {
    let random = chance.bytes::<10>()?;
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    Ok(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

/// A text that is no identifier of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not {wanted}")]
pub struct InvalidId {
    text: String,
    wanted: &'static str,
}

/// The short name that identifies an organisation here, such as `ashmere`: 1 to 64 lower-case letters, digits and
/// inner hyphens. It stands in addresses, so it has no dots, and it does not change when the organisation's name does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganisationId(String);

impl OrganisationId {
    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The identifier of no organisation at all: nothing that is read or typed has it, so nothing belongs to it.
    pub(crate) fn of_none() -> OrganisationId {
        OrganisationId("?".to_owned())
    }
}

impl FromStr for OrganisationId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let inner = !text.starts_with('-') && !text.ends_with('-');
        if (1..=64).contains(&text.len()) && inner && text.bytes().all(good) {
            Ok(OrganisationId(text.to_owned()))
        } else {
            let wanted = "an organisation's identifier: lower-case letters, digits and hyphens, such as \"ashmere\"";
            Err(InvalidId { text: text.chars().take(80).collect(), wanted })
        }
    }
}

impl TryFrom<String> for OrganisationId {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<OrganisationId> for String {
    fn from(id: OrganisationId) -> String {
        id.0
    }
}

impl fmt::Display for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person, as a reference that says nothing about them and can outlive the erasure of their details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub Uuid);

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PersonId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = |_| InvalidId { text: text.chars().take(80).collect(), wanted: "a person's identifier" };
        text.parse().map(PersonId).map_err(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organisation_ids_are_slugs() {
        for good in ["ashmere", "a", "x7-borough"] {
            assert!(good.parse::<OrganisationId>().is_ok(), "{good}");
        }
        for bad in ["", "Ashmere", "a.b", "-a", "a-", "a b", "../a", "é", &"a".repeat(65)] {
            assert!(bad.parse::<OrganisationId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn ids_sort_by_time() -> Result<(), NoChance> {
        let chance = Chance::counted(1);
        let early = new_id(Timestamp::UNIX_EPOCH, &chance)?;
        let late = new_id(Timestamp::from_millisecond(1).unwrap_or_default(), &chance)?;
        assert!(early < late);
        assert_eq!(early.get_version_num(), 7);
        Ok(())
    }
}
