//! The SQL of API tokens.

use store::{Row, Transaction, values};
use vocabulary::{Acting, Chance, OrganisationId, PersonId, Reader, Scope, Timestamp, new_id};

use super::{ApiToken, NewToken, Secret};
use crate::{Error, error::damaged, session::SEEN_STEP};

/// A token that is good now, with the reader whose rights it has.
#[derive(Clone, Debug)]
pub(crate) struct Good {
    pub(crate) id: u128,
    pub(crate) reader: Reader,
    /// Whether "last used" is old enough to be written again.
    pub(crate) stale: bool,
}

/// Keeps a new token and gives its id.
pub(crate) fn put(
    tx: &mut Transaction<'_>,
    person: PersonId,
    new: &NewToken,
    secret: &Secret,
    now: Timestamp,
    chance: &Chance,
) -> Result<String, Error> {
    let id = new_id(now, chance)?.to_string();
    tx.execute(
        "INSERT INTO api_token (token, id, person, organisation, name, scope, made_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &values![
            secret.hash(),
            &id,
            person.to_string(),
            new.organisation.as_ref().map(OrganisationId::as_str),
            &new.name,
            new.scope.word(),
            now.as_microsecond(),
            new.expires_at(now).as_microsecond()
        ],
    )?;
    Ok(id)
}

/// Whose rights a token has, if it is good: not ended, its person still here, and still acting for its organisation.
pub(crate) fn find(tx: &mut Transaction<'_>, secret: &Secret, now: Timestamp) -> Result<Option<Good>, store::Error> {
    let at = now.as_microsecond();
    let found = tx.query_optional(
        "SELECT t.id, t.person, t.scope, t.used_at, t.organisation, o.participating, m.role FROM api_token t \
         JOIN person p ON p.id = t.person LEFT JOIN organisation o ON o.id = t.organisation \
         LEFT JOIN membership m ON m.organisation = t.organisation AND m.person = t.person \
         WHERE t.token = $1 AND t.expires_at > $2 AND p.erased_at IS NULL AND p.disabled_at IS NULL",
        &values![secret.hash(), at],
        |row| {
            let acting = match (row.optional_text(4)?, row.optional_integer(5)?, row.optional_text(6)?) {
                (Some(organisation), Some(participating), Some(role)) => Some(Acting {
                    organisation: organisation.parse().map_err(|_| broken())?,
                    participating: participating == 1,
                    role: role.parse().map_err(|_| broken())?,
                }),
                _ => None,
            };
            let id = row.text(0)?.parse::<uuid::Uuid>().map_err(|_| broken())?;
            let person: PersonId = row.text(1)?.parse().map_err(|_| broken())?;
            let scope: Scope = row.text(2)?.parse().map_err(|_| broken())?;
            let stale = row.optional_integer(3)?.is_none_or(|used| at - used > SEEN_STEP);
            Ok((id.as_u128(), person, scope, acting, stale))
        },
    )?;
    Ok(found.and_then(|(id, person, scope, acting, stale)| {
        let reader = match (scope, acting) {
            (Scope::Public, _) => Reader { scope: Some(scope), ..Reader::visitor() },
            (_, Some(acting)) => Reader { person: Some(person), acting: Some(acting), scope: Some(scope) },
            (_, None) => return None,
        };
        Some(Good { id, reader, stale })
    }))
}

/// A token is in use.
pub(crate) fn touch(tx: &mut Transaction<'_>, id: u128, now: Timestamp) -> Result<(), store::Error> {
    tx.execute(
        "UPDATE api_token SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $2)",
        &values![uuid::Uuid::from_u128(id).to_string(), now.as_microsecond()],
    )?;
    Ok(())
}

const COLUMNS: &str = "SELECT t.id, t.name, t.organisation, o.name, t.scope, t.made_at, t.expires_at, t.used_at, p.name \
    FROM api_token t JOIN person p ON p.id = t.person LEFT JOIN organisation o ON o.id = t.organisation";

/// A person's tokens that have not ended, newest first.
pub(crate) fn of_person(
    tx: &mut Transaction<'_>,
    person: PersonId,
    now: Timestamp,
) -> Result<Vec<ApiToken>, store::Error> {
    let sql = format!("{COLUMNS} WHERE t.person = $1 AND t.expires_at > $2 ORDER BY t.made_at DESC, t.id DESC");
    tx.query(&sql, &values![person.to_string(), now.as_microsecond()], |row| read(row, false))
}

/// The tokens that act for an organisation and have not ended, newest first.
pub(crate) fn of_organisation(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    now: Timestamp,
) -> Result<Vec<ApiToken>, store::Error> {
    let sql = format!("{COLUMNS} WHERE t.organisation = $1 AND t.expires_at > $2 ORDER BY t.made_at DESC, t.id DESC");
    tx.query(&sql, &values![organisation.as_str(), now.as_microsecond()], |row| read(row, true))
}

/// Whose a token may be that is taken away.
pub(crate) enum Of<'a> {
    /// A person's own.
    Person(PersonId),
    /// Anybody's that acts for this organisation.
    Organisation(&'a OrganisationId),
}

/// Takes a token away, and gives its name and the organisation that it acted for. None when there is no such token of theirs.
pub(crate) fn remove(
    tx: &mut Transaction<'_>,
    id: &str,
    of: &Of<'_>,
) -> Result<Option<(String, Option<OrganisationId>)>, store::Error> {
    let (column, whose) = match of {
        Of::Person(person) => ("person", person.to_string()),
        Of::Organisation(organisation) => ("organisation", organisation.to_string()),
    };
    let sql = format!("DELETE FROM api_token WHERE id = $1 AND {column} = $2 RETURNING name, organisation");
    tx.query_optional(&sql, &values![id, whose], |row| {
        let organisation = row.optional_text(1)?;
        Ok((row.text(0)?, organisation.map(|id| id.parse().map_err(|_| broken())).transpose()?))
    })
}

/// Removes tokens that have ended.
pub(crate) fn forget_ended(tx: &mut Transaction<'_>, now: Timestamp) -> Result<u64, store::Error> {
    tx.execute("DELETE FROM api_token WHERE expires_at <= $1", &values![now.as_microsecond()])
}

fn read(row: &Row<'_>, with_person: bool) -> Result<ApiToken, store::Error> {
    let moment = |at: i64| Timestamp::from_microsecond(at).map_err(|_| broken());
    let organisation = row.optional_text(2)?;
    Ok(ApiToken {
        id: row.text(0)?,
        name: row.text(1)?,
        organisation: organisation.map(|id| id.parse().map_err(|_| broken())).transpose()?,
        organisation_name: row.optional_text(3)?,
        scope: row.text(4)?.parse().map_err(|_| broken())?,
        made_at: moment(row.integer(5)?)?,
        expires_at: moment(row.integer(6)?)?,
        last_used_at: row.optional_integer(7)?.map(moment).transpose()?,
        person_name: if with_person { row.optional_text(8)? } else { None },
    })
}

fn broken() -> store::Error {
    damaged("an API token")
}
