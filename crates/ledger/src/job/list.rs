//! Jobs as operators look at them: how things stand, what recurs, and the list with its filters.

use store::{Row, Transaction, Value, values};
use vocabulary::{OrganisationId, Timestamp};

use super::State;
use crate::{
    error::damaged,
    thing::{stamp, unshard, unstamp},
};

/// One job in a list. Its details are not among it: operators need none of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Whose work it is; none for the copy's own.
    pub organisation: Option<OrganisationId>,
    /// Its id, by which lists go: newest first.
    pub id: String,
    /// Its kind's name.
    pub kind: String,
    /// Where it is in its life.
    pub state: State,
    /// When it was made.
    pub made: Timestamp,
    /// When it is tried next, while it waits.
    pub due: Option<Timestamp>,
    /// Since when it runs, while it does.
    pub began: Option<Timestamp>,
    /// Tries so far.
    pub tries: u32,
    /// The latest failure since it last ended well: when, and why.
    pub failure: Option<(Timestamp, String)>,
    /// When it last ended well, and what came of it.
    pub success: Option<(Timestamp, String)>,
    /// When it ended for good.
    pub ended: Option<Timestamp>,
}

const COLUMNS: &str = "organisation, id, kind, state, made_at, due_at, began_at, tries, failed_at, last_error, done_at, \
                       said, ended_at";

fn listed(row: &Row<'_>) -> Result<Listed, store::Error> {
    let id = row.text(1)?;
    let wrong = || damaged(format!("job {id}"));
    let state = State::from_word(&row.text(3)?).ok_or_else(wrong)?;
    let at = |place| row.optional_integer(place).and_then(|at| at.map(unstamp).transpose());
    let said = |at: Option<Timestamp>, text: Option<String>| at.map(|at| (at, text.unwrap_or_default()));
    Ok(Listed {
        organisation: unshard(&row.text(0)?)?,
        kind: row.text(2)?,
        state,
        made: unstamp(row.integer(4)?)?,
        due: at(5)?.filter(|_| state == State::Waiting),
        began: at(6)?,
        tries: u32::try_from(row.integer(7)?).map_err(|_| wrong())?,
        failure: said(at(8)?, row.optional_text(9)?),
        success: said(at(10)?, row.optional_text(11)?),
        ended: at(12)?,
        id,
    })
}

/// Which jobs are wanted; empty lists leave nothing out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// In one of these states.
    pub states: Vec<State>,
    /// Of one of these kinds, by name.
    pub kinds: Vec<String>,
}

impl Filter {
    /// As a condition, its parameters numbered from `first`.
    fn sql(&self, first: usize) -> (String, Vec<Value>) {
        let (mut sql, mut parameters) = (String::from("1 = 1"), Vec::new());
        let words = |states: &[State]| states.iter().map(|state| Value::from(state.word())).collect();
        let lists: [(&str, Vec<Value>); 2] = [
            ("state", words(&self.states)),
            ("kind", self.kinds.iter().map(|kind| Value::from(kind.as_str())).collect()),
        ];
        for (column, wanted) in lists {
            if !wanted.is_empty() {
                let from = first + parameters.len();
                let places: Vec<String> = (from..from + wanted.len()).map(|place| format!("${place}")).collect();
                sql.push_str(&format!(" AND {column} IN ({})", places.join(", ")));
                parameters.extend(wanted);
            }
        }
        (sql, parameters)
    }
}

/// The exact number of such jobs.
///
/// # Errors
/// Those of the database.
pub fn total(tx: &mut Transaction<'_>, filter: &Filter) -> Result<u64, store::Error> {
    let (condition, parameters) = filter.sql(1);
    let sql = format!("SELECT COUNT(*) FROM job WHERE {condition}");
    let count = tx.query_one(&sql, &parameters, |row| row.integer(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Such jobs, newest first: `older` than an id, or none for the first; or, with `newer`, those just before an id in that
/// order, still newest first.
///
/// # Errors
/// Those of the database.
pub fn some(
    tx: &mut Transaction<'_>,
    filter: &Filter,
    place: Place<'_>,
    limit: u32,
) -> Result<Vec<Listed>, store::Error> {
    let (condition, filtered) = filter.sql(2);
    let mut parameters = values![limit].to_vec();
    parameters.extend(filtered);
    let (beyond, order) = match place {
        Place::First => (String::new(), "DESC"),
        Place::After(id) => {
            parameters.push(Value::from(id));
            (format!(" AND id < ${}", parameters.len()), "DESC")
        }
        Place::Before(id) => {
            parameters.push(Value::from(id));
            (format!(" AND id > ${}", parameters.len()), "ASC")
        }
    };
    let sql = format!("SELECT {COLUMNS} FROM job WHERE {condition}{beyond} ORDER BY id {order} LIMIT $1");
    let mut rows = tx.query(&sql, &parameters, listed)?;
    if order == "ASC" {
        rows.reverse();
    }
    Ok(rows)
}

/// Where a page of the list begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// At the newest.
    First,
    /// With what follows this id.
    After(&'a str),
    /// With what comes before this id.
    Before(&'a str),
}

/// One job.
///
/// # Errors
/// Those of the database.
pub fn find(tx: &mut Transaction<'_>, id: &str) -> Result<Option<Listed>, store::Error> {
    tx.query_optional(&format!("SELECT {COLUMNS} FROM job WHERE id = $1"), &values![id], listed)
}

/// The job of each kind that recurs.
///
/// # Errors
/// Those of the database.
pub fn recurring(tx: &mut Transaction<'_>, kinds: &[&str]) -> Result<Vec<Listed>, store::Error> {
    let mut found = Vec::new();
    for kind in kinds {
        let sql = format!(
            "SELECT {COLUMNS} FROM job WHERE organisation = '' AND kind = $1 AND job_key = '' AND ended_at IS NULL"
        );
        found.extend(tx.query_optional(&sql, &values![*kind], listed)?);
    }
    Ok(found)
}

/// How things stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Due and not yet begun.
    pub due: u64,
    /// Waiting for a later moment, what recurs included.
    pub later: u64,
    /// Running now.
    pub running: u64,
    /// Given up, and still kept.
    pub given_up: u64,
    /// Waiting after a failed try.
    pub failing: u64,
    /// Since when the longest due one has been due.
    pub oldest_due: Option<Timestamp>,
}

/// How the jobs of each kind stand now, by the name of the kind. Kinds of which nothing waits, runs or was given up are not
/// among them.
///
/// # Errors
/// Those of the database.
pub fn standing_by_kind(tx: &mut Transaction<'_>, now: Timestamp) -> Result<Vec<(String, Standing)>, store::Error> {
    let sql = format!("SELECT {STANDING}, kind FROM job WHERE {STANDS} GROUP BY kind ORDER BY kind");
    tx.query(&sql, &values![stamp(now)], |row| Ok((row.text(6)?, stands(row)?)))
}

/// How things stand now.
///
/// # Errors
/// Those of the database.
pub fn standing(tx: &mut Transaction<'_>, now: Timestamp) -> Result<Standing, store::Error> {
    let sql = format!("SELECT {STANDING} FROM job WHERE {STANDS}");
    tx.query_one(&sql, &values![stamp(now)], stands)
}

const STANDS: &str = "state IN ('waiting', 'running', 'given_up')";

const STANDING: &str = "\
    CAST(COALESCE(SUM(CASE WHEN state = 'waiting' AND due_at <= $1 THEN 1 ELSE 0 END), 0) AS BIGINT), \
    CAST(COALESCE(SUM(CASE WHEN state = 'waiting' AND due_at > $1 THEN 1 ELSE 0 END), 0) AS BIGINT), \
    CAST(COALESCE(SUM(CASE WHEN state = 'running' THEN 1 ELSE 0 END), 0) AS BIGINT), \
    CAST(COALESCE(SUM(CASE WHEN state = 'given_up' THEN 1 ELSE 0 END), 0) AS BIGINT), \
    CAST(COALESCE(SUM(CASE WHEN state = 'waiting' AND failed_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT), \
    MIN(CASE WHEN state = 'waiting' AND due_at <= $1 THEN due_at END)";

fn stands(row: &Row<'_>) -> Result<Standing, store::Error> {
    let count = |place| row.integer(place).map(|number| u64::try_from(number).unwrap_or(0));
    Ok(Standing {
        due: count(0)?,
        later: count(1)?,
        running: count(2)?,
        given_up: count(3)?,
        failing: count(4)?,
        oldest_due: row.optional_integer(5)?.map(unstamp).transpose()?,
    })
}
