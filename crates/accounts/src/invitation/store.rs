//! The SQL of invitations.

use serde_json::json;
use store::{Row, Transaction, values};
use vocabulary::{OrganisationId, PersonId, Role, Timestamp, new_id};

use super::{BETWEEN_LETTERS, GOOD_FOR, Invitation, KEPT_AFTER, MOST_WAITING, NewInvitation};
use crate::{
    EmailAddress, Error,
    error::damaged,
    membership::{Began, By, begin, note},
    token::Token,
};

const COLUMNS: &str = "id, organisation, email, name, role, invited_by, sent_at, expires_at";

fn invitation(row: &Row<'_>) -> Result<Invitation, store::Error> {
    let refused = || damaged("an invitation");
    let moment = |value| Timestamp::from_microsecond(value).map_err(|_| refused());
    let inviter = row.optional_text(5)?.map(|id| id.parse()).transpose();
    Ok(Invitation {
        id: row.text(0)?,
        organisation: row.text(1)?.parse().map_err(|_| refused())?,
        email: EmailAddress::parse(&row.text(2)?).map_err(|_| refused())?,
        name: row.text(3)?,
        role: row.text(4)?.parse().map_err(|_| refused())?,
        invited_by: inviter.map_err(|_| refused())?,
        sent_at: moment(row.integer(6)?)?,
        expires_at: moment(row.integer(7)?)?,
    })
}

/// Asks somebody who does not act for the organisation yet, and gives what goes into the letter.
pub(crate) fn invite(tx: &mut Transaction<'_>, new: &NewInvitation, by: &By) -> Result<Token, Error> {
    let organisation = new.organisation.as_str();
    let acts = tx.query_one(
        "SELECT COUNT(*) FROM membership m JOIN person p ON p.id = m.person WHERE m.organisation = $1 AND p.email = $2",
        &values![organisation, new.email.as_str()],
        |row| row.integer(0),
    )?;
    if acts > 0 {
        return Err(Error::Conflicting(web::say!(
            "{email} acts for this organisation already. Change the role instead.",
            email = new.email.as_str()
        )));
    }
    put(tx, new, by)
}

/// Makes an invitation. One of the same address to the same organisation keeps its place, gets the new name and role, and its
/// link before is good no longer.
pub(super) fn put(tx: &mut Transaction<'_>, new: &NewInvitation, by: &By) -> Result<Token, Error> {
    crate::organisation::refuse_closed(tx, &new.organisation)?;
    let at = by.now.as_microsecond();
    let organisation = new.organisation.as_str();
    let known = tx.query_optional(
        "SELECT id FROM invitation WHERE organisation = $1 AND email = $2",
        &values![organisation, new.email.as_str()],
        |row| row.text(0),
    )?;
    if known.is_none() && count(tx, &new.organisation)? >= MOST_WAITING {
        return Err(Error::Conflicting(web::say!(
            "{most} invitations of this organisation wait already. Withdraw some first.",
            most = MOST_WAITING
        )));
    }
    let verb = if known.is_some() { "invited-again" } else { "invited" };
    let id = match known {
        Some(id) => id,
        None => new_id(by.now, &by.chance)?.to_string(),
    };
    let token = Token::new(&by.chance)?;
    tx.execute(
        "INSERT INTO invitation (organisation, id, token, email, name, role, invited_by, made_at, sent_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9) ON CONFLICT (organisation, id) DO UPDATE SET \
         token = $3, name = $5, role = $6, invited_by = $7, sent_at = $8, expires_at = $9",
        &values![
            organisation,
            &id,
            token.hash(),
            new.email.as_str(),
            &new.name,
            new.role.word(),
            by.actor.map(|actor| actor.to_string()),
            at,
            at + GOOD_FOR
        ],
    )?;
    note(tx, &new.organisation, verb, json!({"invitation": id, "role": new.role}), by)?;
    Ok(token)
}

/// Gives an invitation a new link, good from now; the one before is good no longer.
pub(crate) fn renew(tx: &mut Transaction<'_>, invitation: &Invitation, by: &By) -> Result<Token, Error> {
    let at = by.now.as_microsecond();
    if at - invitation.sent_at.as_microsecond() < BETWEEN_LETTERS {
        return Err(Error::Conflicting(web::say!("A letter was sent less than 5 minutes ago. Wait a little.")));
    }
    let token = Token::new(&by.chance)?;
    tx.execute(
        "UPDATE invitation SET token = $3, sent_at = $4, expires_at = $5, invited_by = $6 \
         WHERE organisation = $1 AND id = $2",
        &values![
            invitation.organisation.as_str(),
            &invitation.id,
            token.hash(),
            at,
            at + GOOD_FOR,
            by.actor.map(|actor| actor.to_string())
        ],
    )?;
    let details = json!({"invitation": invitation.id, "role": invitation.role});
    note(tx, &invitation.organisation, "invited-again", details, by)?;
    Ok(token)
}

/// Takes an invitation back. Its link is good no longer.
pub(crate) fn withdraw(tx: &mut Transaction<'_>, invitation: &Invitation, by: &By) -> Result<(), Error> {
    let named = values![invitation.organisation.as_str(), &invitation.id];
    tx.execute("DELETE FROM invitation WHERE organisation = $1 AND id = $2", &named)?;
    let details = json!({"invitation": invitation.id, "role": invitation.role});
    note(tx, &invitation.organisation, "invitation-withdrawn", details, by)
}

/// One invitation of an organisation.
pub(crate) fn find(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    id: &str,
) -> Result<Option<Invitation>, store::Error> {
    let sql = format!("SELECT {COLUMNS} FROM invitation WHERE organisation = $1 AND id = $2");
    tx.query_optional(&sql, &values![organisation.as_str(), id], invitation)
}

/// The role in which an address is invited to an organisation already.
pub(crate) fn find_for(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    email: &EmailAddress,
) -> Result<Option<Role>, store::Error> {
    let sql = "SELECT role FROM invitation WHERE organisation = $1 AND email = $2";
    let role = tx.query_optional(sql, &values![organisation.as_str(), email.as_str()], |row| row.text(0))?;
    role.map(|role| role.parse().map_err(|_| damaged("an invitation"))).transpose()
}

/// Removes invitations that nobody answered in the time that they are shown.
pub(crate) fn forget_unanswered(tx: &mut Transaction<'_>, now: Timestamp) -> Result<u64, store::Error> {
    tx.execute("DELETE FROM invitation WHERE expires_at <= $1", &values![now.as_microsecond() - KEPT_AFTER])
}

/// How many invitations of an organisation wait.
fn count(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<i64, store::Error> {
    let sql = "SELECT COUNT(*) FROM invitation WHERE organisation = $1";
    tx.query_one(sql, &values![organisation.as_str()], |row| row.integer(0))
}

/// The invitations of an organisation that nobody answered, the latest first.
pub(crate) fn pending(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
) -> Result<Vec<Invitation>, store::Error> {
    let sql = format!("SELECT {COLUMNS} FROM invitation WHERE organisation = $1 ORDER BY sent_at DESC, id DESC");
    tx.query(&sql, &values![organisation.as_str()], invitation)
}

/// No link is good for whoever is kept out.
const LET_IN: &str =
    "NOT EXISTS (SELECT 1 FROM person p WHERE p.email = invitation.email AND p.disabled_at IS NOT NULL)";

/// The invitation of a link that is good now.
pub(crate) fn of_link(
    tx: &mut Transaction<'_>,
    token: &Token,
    now: Timestamp,
) -> Result<Option<Invitation>, store::Error> {
    let sql = format!("SELECT {COLUMNS} FROM invitation WHERE token = $1 AND expires_at > $2 AND {LET_IN}");
    tx.query_optional(&sql, &values![token.hash(), now.as_microsecond()], invitation)
}

/// What came of accepting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) person: PersonId,
    pub(crate) organisation: OrganisationId,
}

/// Uses a link up: whoever has the invited address acts for the organisation. Nothing when the link is not good. Of two at the
/// same time one finds the invitation.
pub(crate) fn take(tx: &mut Transaction<'_>, token: &Token, by: &By) -> Result<Option<Answered>, Error> {
    let at = by.now.as_microsecond();
    let sql = format!("DELETE FROM invitation WHERE token = $1 AND expires_at > $2 AND {LET_IN} RETURNING {COLUMNS}");
    let Some(invitation) = tx.query_optional(&sql, &values![token.hash(), at], invitation)? else { return Ok(None) };
    let organisation = invitation.organisation;
    if crate::organisation::find(tx, &organisation)?.is_none() {
        return Ok(None);
    }
    let person = crate::person::known_or_new(tx, &invitation.email, &invitation.name, by)?;
    // Somebody who was added meanwhile keeps the role that they were given then.
    let by = By { actor: Some(person), ..by.clone() };
    begin(tx, &organisation, person, invitation.role, Began::Invitation(&invitation.id), &by)?;
    Ok(Some(Answered { person, organisation }))
}
