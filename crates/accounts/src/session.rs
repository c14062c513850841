//! Sessions: who has signed in on which browser, and for whom they act.
//!
//! A session is found by the hash of a token that only the browser has. It ends after 12 hours without a request, after
//! 7 days in any case, and at sign-out; every sign-in makes a new one, so that a token planted beforehand is worthless.

use store::{Transaction, values};
use vocabulary::{Acting, Chance, OrganisationId, PersonId, Reader, Timestamp};

use crate::{
    Error, OperatorsNeed,
    error::damaged,
    permission::{Proof, holds},
    person,
    see_as::Other,
    token::Token,
};

const MICROSECONDS: i64 = 1_000_000;
/// Without a request.
pub(crate) const IDLE: i64 = 12 * 60 * 60 * MICROSECONDS;
/// In any case.
pub(crate) const LONGEST: i64 = 7 * 24 * 60 * 60 * MICROSECONDS;
/// How long a passkey that was used in a session proves who uses it.
pub(crate) const PROVED_FOR: i64 = 12 * 60 * 60 * MICROSECONDS;
/// How stale "last seen" may be: a request writes only when it is older.
pub(crate) const SEEN_STEP: i64 = 10 * 60 * MICROSECONDS;

/// A session that is good now.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The person's own rights, as far as they hold now.
    pub(crate) reader: Reader,
    /// Whether they operate this copy once they have shown by a passkey who they are.
    pub(crate) withheld: bool,
    /// As whom they asked to see.
    pub(crate) see_as: Option<Other>,
    /// Whether "last seen" is old enough to be written again.
    pub(crate) stale: bool,
    /// When it began.
    pub(crate) made_at: i64,
    /// When a passkey was last used in it.
    pub(crate) proved_at: Option<i64>,
}

/// Begins a session and gives its token. The one that the browser had before ends. Nobody begins one who is kept out: whoever
/// calls this has asked before, and answers as for somebody unknown.
pub(crate) fn start(
    tx: &mut Transaction<'_>,
    person: PersonId,
    organisation: Option<&OrganisationId>,
    before: Option<&Token>,
    now: Timestamp,
    chance: &Chance,
) -> Result<Token, Error> {
    if person::is_disabled(tx, person)? {
        return Err(Error::Missing);
    }
    if let Some(before) = before {
        end(tx, before)?;
    }
    let at = now.as_microsecond();
    forget_ended(tx, now)?;
    let token = Token::new(chance)?;
    tx.execute(
        "INSERT INTO session (token, person, organisation, made_at, seen_at) VALUES ($1, $2, $3, $4, $4)",
        &values![token.hash(), person.to_string(), organisation.map(OrganisationId::as_str), at],
    )?;
    person::seen(tx, &person.to_string(), now)?;
    Ok(token)
}

/// Notes how a session began, where that was not by a link in a message.
pub(crate) fn began_with(tx: &mut Transaction<'_>, token: &Token, what: &str) -> Result<(), store::Error> {
    tx.execute("UPDATE session SET began_with = $2 WHERE token = $1", &values![token.hash(), what])?;
    Ok(())
}

/// A passkey was used in a session: it goes on under a new token, which is given. Whoever knows the one before is left behind.
pub(crate) fn prove(
    tx: &mut Transaction<'_>,
    token: &Token,
    passkey: &str,
    now: Timestamp,
    chance: &Chance,
) -> Result<Token, Error> {
    let new = Token::new(chance)?;
    tx.execute(
        "UPDATE session SET token = $2, passkey = $3, proved_at = $4 WHERE token = $1",
        &values![token.hash(), new.hash(), passkey, now.as_microsecond()],
    )?;
    Ok(new)
}

/// The provider by which a session began, if it did: its id in the file.
pub(crate) fn provider(tx: &mut Transaction<'_>, token: &Token) -> Result<Option<String>, store::Error> {
    let sql = "SELECT began_with FROM session WHERE token = $1";
    let began = tx.query_optional(sql, &values![token.hash()], |row| row.optional_text(0))?.flatten();
    Ok(began.and_then(|began| began.strip_prefix("provider/").map(str::to_owned)))
}

/// The session of a token, if it is good. Who acts for whom is read afresh, so that a role that was taken away is gone
/// with the next request, and so is an operator's while they have not shown what `operators_need`.
pub(crate) fn find(
    tx: &mut Transaction<'_>,
    token: &Token,
    operators_need: OperatorsNeed,
    now: Timestamp,
) -> Result<Option<Session>, store::Error> {
    let at = now.as_microsecond();
    let rows = tx.query(
        "SELECT s.person, s.seen_at, s.organisation, o.id, o.participating, m.role, s.see_as, s.made_at, \
         s.proved_at, (SELECT COUNT(*) FROM passkey k WHERE k.person = s.person) \
         FROM session s JOIN person p ON p.id = s.person AND p.disabled_at IS NULL \
         LEFT JOIN membership m ON m.person = s.person LEFT JOIN organisation o ON o.id = m.organisation \
         WHERE s.token = $1 AND s.seen_at >= $2 AND s.made_at >= $3 \
         ORDER BY o.participating DESC NULLS LAST, o.folded NULLS LAST, o.id NULLS LAST",
        &values![token.hash(), at - IDLE, at - LONGEST],
        |row| {
            let acting = match (row.optional_text(3)?, row.optional_integer(4)?, row.optional_text(5)?) {
                (Some(organisation), Some(participating), Some(role)) => Some(Acting {
                    organisation: organisation.parse().map_err(|_| damaged("a membership"))?,
                    participating: participating == 1,
                    role: role.parse().map_err(|_| damaged("a membership"))?,
                }),
                _ => None,
            };
            let began = (row.integer(7)?, row.optional_integer(8)?, row.integer(9)?);
            Ok((row.text(0)?, row.integer(1)?, row.optional_text(2)?, row.optional_text(6)?, began, acting))
        },
    )?;
    let Some((person, seen_at, chosen, see_as, (made_at, proved_at, passkeys), _)) = rows.first() else {
        return Ok(None);
    };
    let (made_at, proved_at) = (*made_at, *proved_at);
    let proof = match *passkeys > 0 || operators_need == OperatorsNeed::Passkey {
        false => Proof::NotNeeded,
        true if proved_at.is_some_and(|proved| proved >= at - PROVED_FOR) => Proof::Given,
        true => Proof::Missing,
    };
    let (stale, chosen) = (at - seen_at > SEEN_STEP, chosen.clone());
    let see_as = see_as.as_deref().map(str::parse).transpose().map_err(|_| damaged("a session"))?;
    let person: PersonId = person.parse().map_err(|_| damaged("a session"))?;
    let mut memberships: Vec<Acting> = rows.into_iter().filter_map(|(.., acting)| acting).collect();
    let chosen = memberships.iter().position(|acting| Some(acting.organisation.as_str()) == chosen.as_deref());
    let acting = match (chosen, memberships.is_empty()) {
        (_, true) => None,
        (Some(chosen), _) => Some(memberships.swap_remove(chosen)),
        (None, false) => Some(memberships.swap_remove(0)),
    };
    let held = acting.as_ref().map(|acting| acting.role);
    let acting = acting.map(|acting| Acting { role: holds(acting.role, proof), ..acting });
    let withheld = held != acting.as_ref().map(|acting| acting.role);
    let reader = Reader { person: Some(person), acting, scope: None };
    Ok(Some(Session { reader, withheld, see_as, stale, made_at, proved_at }))
}

/// The session is in use. A note that comes late does not undo a later one.
pub(crate) fn touch(tx: &mut Transaction<'_>, token: &Token, now: Timestamp) -> Result<(), store::Error> {
    let person = tx.query_optional(
        "UPDATE session SET seen_at = $2 WHERE token = $1 AND seen_at < $2 RETURNING person",
        &values![token.hash(), now.as_microsecond()],
        |row| row.text(0),
    )?;
    person.map_or(Ok(()), |person| person::seen(tx, &person, now))
}

/// From now on the person acts for this organisation, if it is one of theirs. False when it is not.
pub(crate) fn act_for(
    tx: &mut Transaction<'_>,
    token: &Token,
    organisation: &OrganisationId,
) -> Result<bool, store::Error> {
    let changed = tx.execute(
        "UPDATE session SET organisation = $2 WHERE token = $1 \
         AND EXISTS (SELECT 1 FROM membership m WHERE m.organisation = $2 AND m.person = session.person)",
        &values![token.hash(), organisation.as_str()],
    )?;
    Ok(changed > 0)
}

/// From now on the person sees as somebody else, or as themselves.
pub(crate) fn see_as(tx: &mut Transaction<'_>, token: &Token, other: Option<Other>) -> Result<(), store::Error> {
    tx.execute("UPDATE session SET see_as = $2 WHERE token = $1", &values![token.hash(), other.map(Other::word)])?;
    Ok(())
}

/// Since when a session that is good now was last used, and since when it began, at the earliest.
pub(crate) fn good_since(now: Timestamp) -> (i64, i64) {
    let at = now.as_microsecond();
    (at - IDLE, at - LONGEST)
}

/// Deletes the sessions that are over, and says how many.
pub(crate) fn forget_ended(tx: &mut Transaction<'_>, now: Timestamp) -> Result<u64, store::Error> {
    let at = now.as_microsecond();
    tx.execute("DELETE FROM session WHERE seen_at < $1 OR made_at < $2", &values![at - IDLE, at - LONGEST])
}

/// Ends a session.
pub(crate) fn end(tx: &mut Transaction<'_>, token: &Token) -> Result<(), store::Error> {
    tx.execute("DELETE FROM session WHERE token = $1", &values![token.hash()])?;
    Ok(())
}
