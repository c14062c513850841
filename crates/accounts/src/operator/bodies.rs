//! The SQL of organisations as operators see them: their stewards, how many act for them, what waits.

use ::store::{Row, Transaction, values};
use vocabulary::{OrganisationId, Timestamp, fold};

use crate::{
    Error, OrganisationKind,
    error::damaged,
    membership::{self, By},
    organisation,
};

/// An organisation with what its people are like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) id: OrganisationId,
    pub(crate) name: String,
    pub(crate) kind: OrganisationKind,
    pub(crate) code: Option<String>,
    pub(crate) participating: bool,
    pub(crate) closed_at: Option<Timestamp>,
    /// How many act for it.
    pub(crate) people: u64,
    /// How many of them are stewards.
    pub(crate) stewards: u64,
    /// Requests to join that wait.
    pub(crate) requests: u64,
    /// E-mail domains that wait for an operator.
    pub(crate) domains: u64,
}

const COLUMNS: &str = "o.id, o.name, o.kind, o.code, o.participating, o.closed_at, \
    (SELECT COUNT(*) FROM membership m WHERE m.organisation = o.id), \
    (SELECT COUNT(*) FROM membership m WHERE m.organisation = o.id AND m.role = 'steward'), \
    (SELECT COUNT(*) FROM join_request r WHERE r.organisation = o.id AND r.waits = 1), \
    (SELECT COUNT(*) FROM organisation_domain d WHERE d.organisation = o.id AND d.confirmed IS NULL)";

fn body(row: &Row<'_>) -> Result<Body, ::store::Error> {
    let id = row.text(0)?;
    let refused = || damaged(format!("organisation {id}"));
    let closed = row.optional_integer(5)?.map(Timestamp::from_microsecond).transpose();
    let count = |at| row.integer(at).map(|count| u64::try_from(count).unwrap_or(0));
    Ok(Body {
        name: row.text(1)?,
        kind: row.text(2)?.parse().map_err(|_| refused())?,
        code: row.optional_text(3)?,
        participating: row.flag(4)?,
        closed_at: closed.map_err(|_| refused())?,
        people: count(6)?,
        stewards: count(7)?,
        requests: count(8)?,
        domains: count(9)?,
        id: id.parse().map_err(|_| refused())?,
    })
}

/// Those that left are not among them: of these only a tombstone is here.
const HERE: &str = "o.id NOT IN (SELECT organisation FROM organisation_left)";

/// All of them, by name: reference data, so it is small.
pub(super) fn all(tx: &mut Transaction<'_>) -> Result<Vec<Body>, ::store::Error> {
    tx.query(&format!("SELECT {COLUMNS} FROM organisation o WHERE {HERE} ORDER BY o.folded, o.id"), &[], body)
}

/// One of them.
pub(super) fn one(tx: &mut Transaction<'_>, id: &OrganisationId) -> Result<Option<Body>, ::store::Error> {
    tx.query_optional(
        &format!("SELECT {COLUMNS} FROM organisation o WHERE o.id = $1 AND {HERE}"),
        &values![id.as_str()],
        body,
    )
}

/// The names of its stewards, in order.
pub(super) fn stewards(tx: &mut Transaction<'_>, id: &OrganisationId) -> Result<Vec<String>, ::store::Error> {
    let colleagues = membership::colleagues(tx, id)?.into_iter();
    let stewards = colleagues.filter(|colleague| colleague.role == vocabulary::Role::Steward);
    Ok(stewards.map(|colleague| colleague.name).collect())
}

/// Why an organisation cannot be closed by somebody who acts for `acting` now.
pub(super) fn closable(tx: &mut Transaction<'_>, id: &OrganisationId, acting: &OrganisationId) -> Result<(), Error> {
    if id == acting {
        return Err(Error::Conflicting(web::say!("You act for this organisation now. Another operator can close it.")));
    }
    if organisation::keeper(tx)?.as_ref() == Some(id) {
        return Err(Error::Conflicting(web::say!(
            "This organisation keeps the list of products that all share. Have another one keep it first."
        )));
    }
    match membership::operators_elsewhere(tx, id)? {
        0 => {
            Err(Error::Conflicting(web::say!("All operators act for this organisation. Make somebody else one first.")))
        }
        _ => Ok(()),
    }
}

/// Closes an organisation: everybody's role there ends, and with it what they offered; requests are declined with `answer`,
/// invitations and domains go. False when it is closed already.
pub(super) fn close(tx: &mut Transaction<'_>, id: &OrganisationId, answer: &str, by: &By) -> Result<bool, Error> {
    let closed = tx.execute(
        "UPDATE organisation SET closed_at = $2 WHERE id = $1 AND closed_at IS NULL",
        &values![id.as_str(), by.now.as_microsecond()],
    )?;
    if closed == 0 {
        return Ok(false);
    }
    for colleague in membership::colleagues(tx, id)? {
        membership::end_whatever(tx, id, colleague.person, colleague.role, "removed", by)?;
    }
    tx.execute(
        "UPDATE join_request SET waits = NULL, outcome = 'declined', ended_at = $2, ended_by = $3, answer = $4 \
         WHERE organisation = $1 AND waits = 1",
        &values![id.as_str(), by.now.as_microsecond(), by.actor.map(|actor| actor.to_string()), answer],
    )?;
    for table in ["invitation", "organisation_domain", "membership_grant", "sign_in_link"] {
        tx.execute(&format!("DELETE FROM {table} WHERE organisation = $1"), &values![id.as_str()])?;
    }
    Ok(true)
}

/// People can act for an organisation again. False when it was not closed.
pub(super) fn open(tx: &mut Transaction<'_>, id: &OrganisationId) -> Result<bool, ::store::Error> {
    let sql = "UPDATE organisation SET closed_at = NULL WHERE id = $1 AND closed_at IS NOT NULL";
    Ok(tx.execute(sql, &values![id.as_str()])? > 0)
}

/// Whether a text is in the name or is the code of a body.
pub(super) fn called(body: &Body, text: &str) -> bool {
    let wanted = fold(text);
    fold(&body.name).contains(&wanted) || body.code.as_ref().is_some_and(|code| fold(code) == wanted)
}
