//! What is remembered while somebody is away at a provider: for ten minutes, used once, and bound to their browser.
//!
//! What comes back is found by the hash of its state. Without the cookie of the browser that was sent away it is
//! worthless, so nobody can be signed in by a link that somebody else prepared (login CSRF).

use store::{Transaction, values};
use vocabulary::{Chance, PersonId, Timestamp};

use crate::{Error, error::damaged, next, token::Token};

const MICROSECONDS: i64 = 1_000_000;
/// How long somebody may be away.
pub(crate) const GOOD_FOR: i64 = 10 * 60 * MICROSECONDS;
/// Most people away at the same time: beyond that, those who left first have to begin again. It bounds the table.
const MOST: i64 = 20_000;

/// Somebody who is about to be sent away.
#[derive(Clone, Debug)]
pub(crate) struct Leaving {
    pub(crate) state: Token,
    pub(crate) nonce: Token,
    pub(crate) verifier: Token,
    pub(crate) browser: Token,
}

/// What was remembered of somebody who came back.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) nonce: String,
    pub(crate) verifier: String,
    pub(crate) next: String,
    /// Who adds the account to their own, if that is what they left for.
    pub(crate) person: Option<PersonId>,
    /// Whether the answer said who gave it.
    pub(crate) issuer_named: bool,
}

impl Leaving {
    /// Fresh secrets. A browser that is away already keeps its own, so that two of its tabs can both come back.
    pub(crate) fn new(browser: Option<Token>, chance: &Chance) -> Result<Leaving, Error> {
        Ok(Leaving {
            state: Token::new(chance)?,
            nonce: Token::new(chance)?,
            verifier: Token::new(chance)?,
            browser: browser.map_or_else(|| Token::new(chance), Ok)?,
        })
    }

    /// Remembers them.
    pub(crate) fn put(
        &self,
        tx: &mut Transaction<'_>,
        provider: &str,
        next: &str,
        person: Option<PersonId>,
        now: Timestamp,
    ) -> Result<(), store::Error> {
        let at = now.as_microsecond();
        forget_ended(tx, now)?;
        tx.execute(
            "DELETE FROM sign_in_attempt WHERE made_at <= \
             (SELECT made_at FROM sign_in_attempt ORDER BY made_at DESC, state LIMIT 1 OFFSET $1)",
            &values![MOST - 1],
        )?;
        tx.execute(
            "INSERT INTO sign_in_attempt (state, browser, provider, nonce, verifier, next, person, made_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &values![
                self.state.hash(),
                self.browser.hash(),
                provider,
                self.nonce.as_str(),
                self.verifier.as_str(),
                next,
                person.map(|person| person.to_string()),
                at,
                at + GOOD_FOR
            ],
        )?;
        Ok(())
    }
}

/// Removes those who took too long.
pub(crate) fn forget_ended(tx: &mut Transaction<'_>, now: Timestamp) -> Result<u64, store::Error> {
    tx.execute("DELETE FROM sign_in_attempt WHERE expires_at <= $1", &values![now.as_microsecond()])
}

/// Takes what was remembered: it is gone afterwards, whatever comes of it. None for another browser or provider, or too
/// late; then it stays, so that a stranger cannot use up somebody's attempt.
pub(crate) fn take(
    tx: &mut Transaction<'_>,
    state: &Token,
    browser: &Token,
    provider: &str,
    now: Timestamp,
) -> Result<Option<Attempt>, store::Error> {
    let found = tx.query_optional(
        "DELETE FROM sign_in_attempt WHERE state = $1 AND browser = $2 AND provider = $3 AND expires_at > $4 \
         RETURNING nonce, verifier, next, person",
        &values![state.hash(), browser.hash(), provider, now.as_microsecond()],
        |row| Ok((row.text(0)?, row.text(1)?, row.text(2)?, row.optional_text(3)?)),
    )?;
    let Some((nonce, verifier, next, person)) = found else { return Ok(None) };
    let person = person.map(|id| id.parse()).transpose().map_err(|_| damaged("a sign-in attempt"))?;
    Ok(Some(Attempt { nonce, verifier, next: next::safe(Some(&next)), person, issuer_named: false }))
}
