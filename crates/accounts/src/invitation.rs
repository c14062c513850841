//! Invitations: somebody is asked to act for an organisation, by a link that works once, for seven days, and makes them the
//! person of the address that it was sent to.
//!
//! A second invitation of the same address replaces the first. Nobody who invites learns whether an address has an account:
//! nothing that they see, and nothing that is written, depends on it. An answer deletes the row.

pub(crate) mod accept;
mod command;
mod lines;
pub(crate) mod pending;
mod read;
pub(crate) mod samples;
pub(crate) mod send;
mod store;

use jiff::SignedDuration;
use vocabulary::{OrganisationId, PersonId, Role, Timestamp};

pub(crate) use self::command::identifier;
pub(crate) use self::store::{find, find_for, forget_unanswered, invite, of_link, pending, renew, take, withdraw};
pub use self::{
    command::{Invited, invite_by_command, organisation_of_first},
    read::NewInvitation,
};
use crate::{Accounts, Block, EmailAddress, Letter, token::Token};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;
/// How long a link is good, in days.
pub const GOOD_FOR_DAYS: i64 = 7;
const GOOD_FOR: i64 = GOOD_FOR_DAYS * DAY;
/// How long an invitation that nobody answered is shown after its link is good no longer.
pub(crate) const KEPT_AFTER: i64 = 30 * DAY;
/// Most invitations of one organisation that wait at a time.
pub(crate) const MOST_WAITING: i64 = 500;
/// Least time between two letters of one invitation.
const BETWEEN_LETTERS: i64 = 5 * 60 * 1_000_000;

/// An invitation that nobody has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invitation {
    pub(crate) id: String,
    pub(crate) organisation: OrganisationId,
    pub(crate) email: EmailAddress,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) invited_by: Option<PersonId>,
    pub(crate) sent_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// What a letter says besides its link.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    /// Who invites.
    pub(crate) inviter: Option<String>,
    /// For whom.
    pub(crate) organisation: String,
    pub(crate) role: Role,
    pub(crate) until: Timestamp,
}

impl Accounts {
    /// Where an invitation is accepted.
    pub(crate) fn invitation_address(&self, token: &Token) -> String {
        format!("{}/invitations/{}", self.public_address, token.as_str())
    }
}

/// The letter. It is of use as long as its link is good.
pub(crate) fn letter(words: &Words, link: &str, useful_for: SignedDuration) -> Letter {
    let Words { inviter, organisation, role, until } = words;
    let role = crate::role_words::name(*role);
    let until = until.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %B %Y").to_string();
    let first = match inviter {
        Some(inviter) => web::say!(
            "{inviter} invites you to use Commonhold for {organisation}, as: {role}.",
            inviter = inviter,
            organisation = organisation,
            role = role
        ),
        None => web::say!(
            "You are invited to use Commonhold for {organisation}, as: {role}.",
            organisation = organisation,
            role = role
        ),
    };
    let open = web::say!(
        "Open this link and press \"Accept and sign in\". It works once, until {until}, and signs you in.",
        until = until
    );
    let unexpected = web::say!("If you did not expect this, do nothing: without this link nobody acts in your name.");
    Letter {
        subject: web::say!("Invitation to Commonhold"),
        blocks: vec![
            Block::paragraph(first),
            Block::paragraph(open),
            Block::button(web::say!("Look at the invitation"), link),
            Block::paragraph(unexpected),
        ],
        useful_for,
        unsubscribe: None,
    }
}
