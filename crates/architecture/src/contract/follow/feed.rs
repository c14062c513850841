//! Addresses with a secret, by which contract dates are followed that not everybody may see.
//!
//! The token in the address is shown once and stored as its SHA-256. Each answer is made with the rights that its maker
//! has at that moment, and never with more than was chosen when it was made: a role that is narrowed narrows it, a
//! membership that ends ends it. A stopped address, one of somebody who no longer acts there, and one that never was are
//! the same page that is not found.

use std::time::Duration;

use accounts::{Token, person};
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::{Error, Row, Transaction, values};
use vocabulary::{Acting, Date, OrganisationId, PersonId, Reader, Role, Timestamp};
use web::{Answer, File, Problem, Routes, Visit, say};

use super::{Followed, calendar, event, filters, news, with_query};
use crate::statement::store::fresh_id;
use crate::{Architecture, Refused};

/// How long a reading waits until its use is noted.
const PATIENCE: Duration = Duration::from_secs(2);
/// How old the note of the last use may be, in microseconds: an hour.
const NOTED: i64 = 60 * 60 * 1_000_000;
/// The most addresses in use of one person for one organisation.
const MOST: i64 = 20;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/feeds/{token}/dates.ics", "Contract dates as a calendar, for whoever knows the address", as_calendar)
        .get("/feeds/{token}/dates.atom", "Contract dates as a feed, for whoever knows the address", as_news)
}

/// The most that an address ever shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sees {
    /// What participating bodies share with each other.
    Members,
    /// That, and all of its maker's organisation.
    Own,
}

impl Sees {
    /// The word as stored and sent.
    pub const fn word(self) -> &'static str {
        match self {
            Sees::Members => "members",
            Sees::Own => "own",
        }
    }

    /// The reverse of [`Sees::word`].
    pub fn from_word(word: &str) -> Option<Sees> {
        [Sees::Members, Sees::Own].into_iter().find(|sees| sees.word() == word)
    }

    /// As whom an address reads whose maker acts as `acting` now; none when it shows nothing any longer.
    pub fn reader(self, maker: PersonId, acting: Acting) -> Option<Reader> {
        if !acting.participating {
            return None;
        }
        let as_role =
            |role| Reader { person: Some(maker), acting: Some(Acting { role, ..acting.clone() }), scope: None };
        let (maker, most) = (
            as_role(acting.role),
            as_role(match self {
                Sees::Members => Role::Member,
                Sees::Own => Role::Editor,
            }),
        );
        Some(if maker.standing().covers(&most.standing()) { most } else { as_role(Role::Member) })
    }
}

/// An address in use, without its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Feed {
    /// For whom its maker acted.
    pub organisation: String,
    /// Its name.
    #[serde(skip)]
    pub organisation_name: String,
    /// What identifies it.
    pub id: String,
    /// Its maker.
    #[serde(skip)]
    pub person: String,
    /// The maker's name; none once erased.
    #[serde(skip)]
    pub name: Option<String>,
    /// The most that it ever shows.
    pub sees: Sees,
    /// Its filters, as in an address.
    pub filters: String,
    /// When it was made, in microseconds.
    #[serde(skip)]
    pub made_at: i64,
    /// When it was last used, to the hour.
    #[serde(skip)]
    pub last_used_at: Option<i64>,
}

const COLUMNS: &str = "f.organisation, f.id, f.person, p.name, f.sees, f.filters, f.made_at, f.last_used_at, o.name
     FROM feed AS f JOIN organisation AS o ON o.id = f.organisation LEFT JOIN person AS p ON p.id = f.person WHERE f.stopped_at IS NULL";

fn row(row: &Row<'_>) -> Result<Feed, Error> {
    Ok(Feed {
        organisation: row.text(0)?,
        id: row.text(1)?,
        person: row.text(2)?,
        name: row.optional_text(3)?,
        sees: Sees::from_word(&row.text(4)?).unwrap_or(Sees::Members),
        filters: row.text(5)?,
        made_at: row.integer(6)?,
        last_used_at: row.optional_integer(7)?,
        organisation_name: row.text(8)?,
    })
}

/// The addresses in use of an organisation's people, newest first.
///
/// # Errors
/// When the engine fails.
pub fn of_organisation(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<Feed>, Error> {
    let sql = format!("SELECT {COLUMNS} AND f.organisation = $1 ORDER BY f.made_at DESC, f.id");
    tx.query(&sql, &values![organisation.as_str()], row)
}

/// The addresses in use of one person, whomever they acted for, newest first.
///
/// # Errors
/// When the engine fails.
pub fn of_person(tx: &mut Transaction<'_>, person: PersonId) -> Result<Vec<Feed>, Error> {
    let sql = format!("SELECT {COLUMNS} AND f.person = $1 ORDER BY f.made_at DESC, f.id");
    tx.query(&sql, &values![person.to_string()], row)
}

/// Makes an address and gives its id. Only `token` knows the address afterwards.
///
/// # Errors
/// [`Refused::Conflicting`] when the person has as many as anybody may have.
pub fn make(
    tx: &mut Transaction<'_>,
    state: &Architecture,
    (person, organisation): (PersonId, &OrganisationId),
    sees: Sees,
    filters: &str,
    token: &Token,
) -> Result<String, Refused> {
    let in_use = tx.query_one(
        "SELECT COUNT(*) FROM feed WHERE person = $1 AND organisation = $2 AND stopped_at IS NULL",
        &values![person.to_string(), organisation.as_str()],
        |row| row.integer(0),
    )?;
    if in_use >= MOST {
        return Err(Refused::Conflicting(say!(
            "You share dates by {most} addresses already. Stop one that is not used any more.",
            most = MOST
        )));
    }
    let now = state.clock.now();
    let id = fresh_id(now, &state.chance)?;
    tx.execute(
        "INSERT INTO feed (organisation, id, token, person, sees, filters, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &values![organisation.as_str(), &id, token.hash(), person.to_string(), sees.word(), filters, now.as_microsecond()],
    )?;
    Ok(id)
}

/// One address in use, by its id.
///
/// # Errors
/// When the engine fails.
pub fn find(tx: &mut Transaction<'_>, id: &str) -> Result<Option<Feed>, Error> {
    tx.query_optional(&format!("SELECT {COLUMNS} AND f.id = $1"), &values![id], row)
}

/// Stops an address for good.
///
/// # Errors
/// When the engine fails.
pub fn stop(tx: &mut Transaction<'_>, feed: &Feed, by: PersonId, now: Timestamp) -> Result<(), Error> {
    tx.execute(
        "UPDATE feed SET stopped_at = $3, stopped_by = $4 WHERE organisation = $1 AND id = $2 AND stopped_at IS NULL",
        &values![&feed.organisation, &feed.id, now.as_microsecond(), by.to_string()],
    )?;
    Ok(())
}

/// Stops every address for good, by nobody in particular. Says how many.
pub(super) fn stop_all(tx: &mut Transaction<'_>, now: Timestamp) -> Result<u64, Error> {
    tx.execute("UPDATE feed SET stopped_at = $1 WHERE stopped_at IS NULL", &values![now.as_microsecond()])
}

/// What an address shows now; [`Refused::Missing`] when it shows nothing.
fn read(tx: &mut Transaction<'_>, token: &Token, today: Date) -> Result<(Feed, Followed), Refused> {
    let sql = format!("SELECT {COLUMNS} AND f.token = $1");
    let feed = tx.query_optional(&sql, &values![token.hash()], row)?.ok_or(Refused::Missing)?;
    let (maker, organisation) = (feed.person.parse::<PersonId>(), feed.organisation.parse::<OrganisationId>());
    let (Ok(maker), Ok(organisation)) = (maker, organisation) else { return Err(Refused::Missing) };
    let acting = person::acting(tx, maker, &organisation)?.ok_or(Refused::Missing)?;
    let reader = feed.sees.reader(maker, acting).ok_or(Refused::Missing)?;
    let asked = filters(&feed.filters).map_err(|_| Refused::Missing)?;
    let followed = Followed::read(tx, &reader, &asked, today)?;
    Ok((feed, followed))
}

async fn asked(state: &Architecture, visit: &Visit, token: &str) -> Result<(Feed, Followed), Problem> {
    visit.parameters(&[])?;
    let token = Token::read(token).ok_or_else(Problem::missing)?;
    let (now, today) = (state.clock.now().as_microsecond(), state.clock.today());
    // Whoever was removed or stopped the address is not served by a replica that has yet to hear of it.
    let (feed, followed) = state.store.primary().read(move |tx| read(tx, &token, today)).await?;
    if feed.last_used_at.is_none_or(|at| now - at > NOTED) {
        let of = (feed.organisation.clone(), feed.id.clone());
        let note = state.store.write(move |tx| {
            let sql = "UPDATE feed SET last_used_at = $3 WHERE organisation = $1 AND id = $2
                 AND (last_used_at IS NULL OR last_used_at < $3)";
            tx.execute(sql, &values![&of.0, &of.1, now]).map(|_| ())
        });
        match tokio::time::timeout(PATIENCE, note).await {
            Ok(Ok(())) => {}
            Ok(Err::<_, Error>(cause)) => tracing::warn!(%cause, "an address's last use could not be noted"),
            Err(_) => tracing::debug!("an address's last use was not noted: others are writing"),
        }
    }
    Ok((feed, followed))
}

async fn as_calendar(State(state): State<Architecture>, Path(token): Path<String>, visit: Visit) -> Response {
    let made = asked(&state, &visit, &token).await.map(|(_, followed)| {
        let text = calendar::written(&followed.title, &event::of(&followed.rows), &state.public_address);
        File::new("contract-dates.ics", calendar::TYPE, text)
    });
    secret(made)
}

async fn as_news(State(state): State<Architecture>, Path(token): Path<String>, visit: Visit) -> Response {
    let made = asked(&state, &visit, &token).await.map(|(feed, followed)| {
        let about = news::About {
            id: format!("urn:uuid:{}", feed.id),
            title: followed.title,
            // Whoever passes the feed's content on does not pass its address on.
            own: None,
            page: with_query(&format!("{}/contracts", state.public_address), &feed.filters),
            address: state.public_address.clone(),
        };
        let text = news::written(&about, &event::of(&followed.rows), state.clock.today());
        File::new("contract-dates.atom", news::TYPE, text)
    });
    secret(made)
}

/// No shared cache keeps the answer, no search engine lists it, and a page opened from it does not learn the address.
fn secret(made: Result<File, Problem>) -> Response {
    let mut response = match made {
        Ok(file) => Answer::from(file.inline()).into_response(),
        Err(problem) => problem.into_response(),
    };
    for (name, value) in [
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may stop")]

    use vocabulary::Standing;

    use super::*;

    #[test]
    fn an_address_sees_the_narrower_of_what_was_chosen_and_what_its_maker_may_see() {
        let ashmere: OrganisationId = "ashmere".parse().expect("an id");
        let maker = PersonId(uuid::Uuid::nil());
        let standing = |sees: Sees, role, participating| {
            let acting = Acting { organisation: ashmere.clone(), participating, role };
            sees.reader(maker, acting).map(|reader| reader.standing())
        };
        let own = Some(Standing::Own(ashmere.clone()));
        for (role, most) in [
            (Role::Steward, &own),
            (Role::Editor, &own),
            (Role::Auditor, &own),
            (Role::Member, &Some(Standing::Members)),
            (Role::Operator, &Some(Standing::Members)),
        ] {
            assert_eq!(standing(Sees::Own, role, true), *most, "{role}");
            assert_eq!(standing(Sees::Members, role, true), Some(Standing::Members), "{role}");
            assert_eq!(standing(Sees::Own, role, false), None, "{role}");
        }
    }
}
