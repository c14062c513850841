//! What an operator without a browser does with people who are here: look, change a role, end what somebody does.
//!
//! The rules of pages hold, but that no reader is asked: an organisation with people keeps a steward, this copy keeps an
//! operator.

use serde::Serialize;
use store::{Transaction, values};
use vocabulary::{Chance, OrganisationId, PersonId, Role, Timestamp};

use crate::{
    EmailAddress, Error, Organisation,
    membership::{By, end, give},
    organisation::find,
    permission::gives_by_command,
    person::{self, memberships},
};

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acts {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// For whom.
    pub organisation: String,
    /// In which role.
    pub role: Role,
    /// The month in which they were last signed in.
    pub last_seen: Option<String>,
}

/// Everybody who acts for somebody, by organisation and address.
///
/// # Errors
/// Those of the database.
pub fn list(tx: &mut Transaction<'_>, organisation: Option<&OrganisationId>) -> Result<Vec<Acts>, store::Error> {
    let mut acts = tx.query(
        "SELECT p.email, p.name, m.organisation, m.role, p.seen_month FROM membership m JOIN person p ON p.id = m.person \
         ORDER BY m.organisation, p.email NULLS LAST",
        &[],
        |row| {
            Ok(Acts {
                email: row.optional_text(0)?.unwrap_or_default(),
                name: row.optional_text(1)?.unwrap_or_default(),
                organisation: row.text(2)?,
                role: row.text(3)?.parse().map_err(|_| crate::error::damaged("a membership"))?,
                last_seen: row.optional_text(4)?,
            })
        },
    )?;
    acts.retain(|acts| organisation.is_none_or(|organisation| organisation.as_str() == acts.organisation));
    Ok(acts)
}

/// Gives somebody who acts for an organisation another role there. False when they have it already.
///
/// # Errors
/// [`Error::Conflicting`] says why not.
pub fn change_role(
    tx: &mut Transaction<'_>,
    email: &EmailAddress,
    organisation: &OrganisationId,
    role: Role,
    now: Timestamp,
    chance: &Chance,
) -> Result<bool, Error> {
    let person = somebody(tx, email)?;
    let organisation = of(tx, organisation)?;
    if person::holding(tx, person, &organisation.id)?.is_none() {
        return Err(does_not_act(email, &organisation));
    }
    gives_by_command(role, organisation.participating)?;
    give(tx, &organisation, person, role, &By { actor: None, now, chance: chance.clone() })
}

/// Ends what somebody does for an organisation, or for all, and with the last of them their sessions. Gives how many ended.
///
/// # Errors
/// [`Error::Conflicting`] says why not.
pub fn remove(
    tx: &mut Transaction<'_>,
    email: &EmailAddress,
    organisation: Option<&OrganisationId>,
    now: Timestamp,
    chance: &Chance,
) -> Result<usize, Error> {
    let person = somebody(tx, email)?;
    let by = By { actor: None, now, chance: chance.clone() };
    let ending: Vec<Organisation> = match organisation {
        Some(id) => {
            let organisation = of(tx, id)?;
            if person::holding(tx, person, id)?.is_none() {
                return Err(does_not_act(email, &organisation));
            }
            vec![organisation]
        }
        None => {
            let ids = memberships(tx, person)?.into_iter().map(|membership| membership.organisation);
            ids.map(|id| of(tx, &id)).collect::<Result<_, _>>()?
        }
    };
    for organisation in &ending {
        end(tx, organisation, person, "removed", &by)?;
    }
    if memberships(tx, person)?.is_empty() {
        tx.execute("DELETE FROM session WHERE person = $1", &values![person.to_string()])?;
    }
    Ok(ending.len())
}

fn somebody(tx: &mut Transaction<'_>, email: &EmailAddress) -> Result<PersonId, Error> {
    let found = person::find_by_email(tx, email)?;
    let nobody = || Error::Conflicting(web::say!("Nobody here has the address {email}.", email = email.as_str()));
    Ok(found.ok_or_else(nobody)?.id)
}

fn of(tx: &mut Transaction<'_>, id: &OrganisationId) -> Result<Organisation, Error> {
    find(tx, id)?.ok_or_else(|| Error::NoSuchOrganisation(id.to_string()))
}

fn does_not_act(email: &EmailAddress, organisation: &Organisation) -> Error {
    Error::Conflicting(web::say!(
        "{email} does not act for {organisation}.",
        email = email.as_str(),
        organisation = organisation.name
    ))
}
