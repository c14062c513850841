//! What a passkey is to sign: 32 random bytes, kept as a hash, for five minutes, used once, and bound to a browser, a
//! purpose and, but for signing in, a person.

use sha2::{Digest, Sha256};
use store::{Transaction, values};
use vocabulary::{Chance, PersonId, Timestamp};

use crate::{Error, error::damaged, next, token::Token};

const MICROSECONDS: i64 = 1_000_000;
/// How long somebody may take. Browsers are told the same.
pub(crate) const GOOD_FOR: i64 = 5 * 60 * MICROSECONDS;
/// Most that wait at the same time: beyond that, those who began first have to begin again. It bounds the table.
const MOST: i64 = 20_000;

/// For what somebody is to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Add,
    SignIn,
    Confirm,
}

impl Purpose {
    fn word(self) -> &'static str {
        match self {
            Purpose::Add => "add",
            Purpose::SignIn => "sign-in",
            Purpose::Confirm => "confirm",
        }
    }
}

/// To whom a challenge is given.
#[derive(Clone, Debug)]
pub(crate) struct To {
    pub(crate) purpose: Purpose,
    /// What only the browser has: the token of its session, or of its cookie for signing in.
    pub(crate) browser: Token,
    pub(crate) person: Option<PersonId>,
}

/// Gives a new challenge.
pub(crate) fn give(
    tx: &mut Transaction<'_>,
    to: &To,
    next: &str,
    now: Timestamp,
    chance: &Chance,
) -> Result<[u8; 32], Error> {
    let at = now.as_microsecond();
    forget_ended(tx, now)?;
    tx.execute(
        "DELETE FROM passkey_challenge WHERE made_at <= \
         (SELECT made_at FROM passkey_challenge ORDER BY made_at DESC, challenge LIMIT 1 OFFSET $1)",
        &values![MOST - 1],
    )?;
    let challenge = chance.bytes::<32>()?;
    tx.execute(
        "INSERT INTO passkey_challenge (challenge, browser, purpose, person, next, made_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &values![
            hash(&challenge),
            to.browser.hash(),
            to.purpose.word(),
            to.person.map(|person| person.to_string()),
            next,
            at,
            at + GOOD_FOR
        ],
    )?;
    Ok(challenge)
}

/// Uses a challenge up, whatever comes of it, and says where to go afterwards. None for one that was not given so, or is
/// over; one that belongs to another browser stays, so that a stranger cannot use it up.
pub(crate) fn take(
    tx: &mut Transaction<'_>,
    challenge: &[u8; 32],
    to: &To,
    now: Timestamp,
) -> Result<Option<String>, store::Error> {
    let found = tx.query_optional(
        "DELETE FROM passkey_challenge WHERE challenge = $1 AND browser = $2 AND purpose = $3 AND expires_at > $4 \
         RETURNING person, next",
        &values![hash(challenge), to.browser.hash(), to.purpose.word(), now.as_microsecond()],
        |row| Ok((row.optional_text(0)?, row.text(1)?)),
    )?;
    let Some((person, next)) = found else { return Ok(None) };
    let person: Option<PersonId> =
        person.map(|id| id.parse()).transpose().map_err(|_| damaged("a challenge of a passkey"))?;
    Ok((person == to.person).then(|| next::safe(Some(&next))))
}

/// Removes those that are over.
pub(crate) fn forget_ended(tx: &mut Transaction<'_>, now: Timestamp) -> Result<u64, store::Error> {
    tx.execute("DELETE FROM passkey_challenge WHERE expires_at <= $1", &values![now.as_microsecond()])
}

fn hash(challenge: &[u8; 32]) -> Vec<u8> {
    Sha256::digest(challenge).to_vec()
}
