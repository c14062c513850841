//! API tokens: by which a program asks on a person's behalf, for one organisation, as far as a scope goes.
//!
//! A token is shown once and kept as its hash. It ends by itself after a time that its person chose, and with its person's
//! membership: whoever may not do something any more has no token that may. Roles are read afresh with every request.

pub(crate) mod made;
pub(crate) mod mine;
pub(crate) mod of_organisation;
pub(crate) mod samples;
pub(crate) mod store;

use jiff::SignedDuration;
use serde::Serialize;
use vocabulary::{Chance, NoChance, OrganisationId, Role, Scope, Timestamp};

use crate::token::Token;

/// What every token begins with, so that scanners of published code find it.
const PREFIX: &str = "commonhold_";
/// Most tokens that one person may have at a time.
pub(crate) const MOST: usize = 20;
/// Most characters of a token's name.
pub(crate) const MOST_NAME: usize = 60;

/// How many days a token may be good for.
pub(crate) const LIFETIMES: [u16; 4] = [7, 30, 90, 365];

/// A token as a program sends it: `commonhold_`, 64 hexadecimal digits of chance, and eight of their CRC-32, by which a
/// scanner tells a token from what only looks like one.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(Token);

impl Secret {
    /// A new one.
    pub(crate) fn new(chance: &Chance) -> Result<Secret, NoChance> {
        Token::new(chance).map(Secret)
    }

    /// What somebody sent, if it can be a token.
    pub(crate) fn read(text: &str) -> Option<Secret> {
        let (digits, sum) = text.strip_prefix(PREFIX)?.split_at_checked(64)?;
        let token = Token::read(digits)?;
        (checksum(digits) == sum).then_some(Secret(token))
    }

    /// What is given to its person, once.
    pub(crate) fn written(&self) -> String {
        let digits = self.0.as_str();
        format!("{PREFIX}{digits}{}", checksum(digits))
    }

    /// What is stored.
    pub(crate) fn hash(&self) -> Vec<u8> {
        self.0.hash()
    }
}

fn checksum(digits: &str) -> String {
    format!("{:08x}", crc32fast::hash(digits.as_bytes()))
}

/// A token as its person sees it afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ApiToken {
    /// By which it is named in addresses.
    pub(crate) id: String,
    /// What its person calls it.
    pub(crate) name: String,
    /// For whom it acts; none for one that only reads what anyone may read.
    pub(crate) organisation: Option<OrganisationId>,
    /// That organisation's name.
    pub(crate) organisation_name: Option<String>,
    /// How far it goes.
    pub(crate) scope: Scope,
    /// When it was made.
    pub(crate) made_at: Timestamp,
    /// When it ends by itself.
    pub(crate) expires_at: Timestamp,
    /// When it was used last, to ten minutes.
    pub(crate) last_used_at: Option<Timestamp>,
    /// Whose it is, where stewards see those of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) person_name: Option<String>,
}

/// A token about to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewToken {
    pub(crate) name: String,
    pub(crate) organisation: Option<OrganisationId>,
    pub(crate) scope: Scope,
    pub(crate) days: u16,
}

impl NewToken {
    /// When it ends by itself.
    pub(crate) fn expires_at(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(SignedDuration::from_hours(24 * i64::from(self.days))).unwrap_or(Timestamp::MAX)
    }
}

/// Whether somebody in this role has any use for a token of this scope.
pub(crate) fn useful(scope: Scope, role: Role, participating: bool) -> bool {
    match scope {
        Scope::Public | Scope::Read => true,
        Scope::Edit => participating && matches!(role, Role::Editor | Role::Steward),
    }
}

/// What a scope is called, and what it allows.
pub(crate) fn scope_words(scope: Scope) -> (String, String) {
    match scope {
        Scope::Public => (
            web::say!("Read what anyone may read"),
            web::say!("For programs that use open data. It has a quota of its own."),
        ),
        Scope::Read => (
            web::say!("Read what you may read"),
            web::say!("Everything that you see while you act for the organisation. It changes nothing."),
        ),
        Scope::Edit => (
            web::say!("Read, and change the estate"),
            web::say!("Imports and changes to systems and contracts. No people, settings, decisions or publication."),
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    #[test]
    fn a_token_is_known_by_its_beginning_and_its_end() {
        let secret = Secret::new(&Chance::counted(3)).unwrap();
        let written = secret.written();
        assert_eq!(written.len(), 11 + 64 + 8);
        assert!(written.starts_with("commonhold_") && written[11..].bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert!(Secret::read(&written) == Some(secret));
        // One digit that was changed, in any place, is no token.
        for at in 11..written.len() {
            let other = if written.as_bytes()[at] == b'0' { "1" } else { "0" };
            let mut changed = written.clone();
            changed.replace_range(at..=at, other);
            assert!(Secret::read(&changed).is_none(), "{at}");
        }
        for bad in ["", "commonhold_", &written[..82], &format!("{written}0"), &written.to_uppercase(), "commonhold_é"]
        {
            assert!(Secret::read(bad).is_none(), "{bad}");
        }
    }
}
