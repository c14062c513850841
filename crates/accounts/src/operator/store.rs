//! The SQL of people as operators see them.

use std::collections::BTreeMap;

use store::{Row, Transaction, values};
use vocabulary::{PersonId, Timestamp};

use super::Account;
use crate::{
    error::damaged,
    person::{Membership, membership},
    session,
};

const COLUMNS: &str = "id, name, email, made_at, seen_month, disabled_at";

fn account(row: &Row<'_>) -> Result<Account, store::Error> {
    let moment = |at| Timestamp::from_microsecond(at).map_err(|_| damaged("a person"));
    Ok(Account {
        id: row.text(0)?.parse().map_err(|_| damaged("a person"))?,
        name: row.optional_text(1)?.unwrap_or_default(),
        email: row.optional_text(2)?,
        made_at: moment(row.integer(3)?)?,
        seen_month: row.optional_text(4)?,
        disabled_at: row.optional_integer(5)?.map(moment).transpose()?,
        memberships: vec![],
    })
}

/// Everybody who has an account, in no order that matters. A copy has some thousands of people, so they are searched and put in
/// order by the program, which folds letters the same way on both engines.
pub(super) fn all(tx: &mut Transaction<'_>) -> Result<Vec<Account>, store::Error> {
    let sql = format!("SELECT {COLUMNS} FROM person WHERE erased_at IS NULL ORDER BY id");
    let mut accounts = tx.query(&sql, &[], account)?;
    let mut memberships: BTreeMap<String, Vec<Membership>> = BTreeMap::new();
    tx.each(
        "SELECT o.id, o.name, o.participating, m.role, m.person FROM membership m JOIN organisation o \
         ON o.id = m.organisation ORDER BY o.folded, o.id",
        &[],
        |row| {
            memberships.entry(row.text(4)?).or_default().push(membership(row)?);
            Ok(())
        },
    )?;
    for account in &mut accounts {
        account.memberships = memberships.remove(&account.id.to_string()).unwrap_or_default();
    }
    Ok(accounts)
}

/// One of them.
pub(super) fn one(tx: &mut Transaction<'_>, id: PersonId) -> Result<Option<Account>, store::Error> {
    let sql = format!("SELECT {COLUMNS} FROM person WHERE id = $1 AND erased_at IS NULL");
    let found = tx.query_optional(&sql, &values![id.to_string()], account)?;
    let Some(found) = found else { return Ok(None) };
    Ok(Some(Account { memberships: crate::person::memberships(tx, id)?, ..found }))
}

/// By what somebody can come in now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WaysIn {
    /// When each of their sessions began and was last used, newest first.
    pub(crate) sessions: Vec<(Timestamp, Timestamp)>,
    /// API tokens that have not ended.
    pub(crate) tokens: u64,
    /// Issuers of accounts elsewhere.
    pub(crate) issuers: Vec<String>,
}

/// By what somebody can come in at this moment.
pub(super) fn ways_in(tx: &mut Transaction<'_>, id: PersonId, now: Timestamp) -> Result<WaysIn, store::Error> {
    let (used, begun) = session::good_since(now);
    let moment = |at| Timestamp::from_microsecond(at).map_err(|_| damaged("a session"));
    let sessions = tx.query(
        "SELECT made_at, seen_at FROM session WHERE person = $1 AND seen_at >= $2 AND made_at >= $3 \
         ORDER BY made_at DESC",
        &values![id.to_string(), used, begun],
        |row| Ok((moment(row.integer(0)?)?, moment(row.integer(1)?)?)),
    )?;
    let tokens = tx.query_one(
        "SELECT COUNT(*) FROM api_token WHERE person = $1 AND expires_at > $2",
        &values![id.to_string(), now.as_microsecond()],
        |row| row.integer(0),
    )?;
    let issuers = tx.query(
        "SELECT DISTINCT issuer FROM identity WHERE person = $1 ORDER BY issuer",
        &values![id.to_string()],
        |row| row.text(0),
    )?;
    Ok(WaysIn { sessions, tokens: u64::try_from(tokens).unwrap_or(0), issuers })
}

/// Keeps somebody out: sessions end, links and letters with links go, invitations that they sent are withdrawn. API tokens stay
/// and are good for nothing. False when they are kept out already.
pub(super) fn disable(tx: &mut Transaction<'_>, id: PersonId, now: Timestamp) -> Result<bool, store::Error> {
    let changed = tx.execute(
        "UPDATE person SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL AND erased_at IS NULL",
        &values![id.to_string(), now.as_microsecond()],
    )?;
    for table in ["session", "sign_in_link", "sign_in_attempt", "email_change", "outbox"] {
        tx.execute(&format!("DELETE FROM {table} WHERE person = $1"), &values![id.to_string()])?;
    }
    tx.execute("DELETE FROM invitation WHERE invited_by = $1", &values![id.to_string()])?;
    Ok(changed > 0)
}

/// Lets somebody in again. False when they are not kept out.
pub(super) fn enable(tx: &mut Transaction<'_>, id: PersonId) -> Result<bool, store::Error> {
    let changed = tx.execute(
        "UPDATE person SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL",
        &values![id.to_string()],
    )?;
    Ok(changed > 0)
}
