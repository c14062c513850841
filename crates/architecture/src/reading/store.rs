//! The SQL of what was read.

use std::collections::{BTreeMap, BTreeSet};

use ::store::{Error, Transaction, Value, values};
use vocabulary::{OrganisationId, Visibility};
use web::{Cursor, CursorValue, Direction};

use super::kept::{Counted, Key};
use super::{Covers, Line};
use crate::estate::{self, Sharing};

/// The sorting, for cursors: the newest day first, within it by person and page.
pub(super) const SORT: &str = "-day";
/// Rows on a page.
pub(super) const PAGE_SIZE: u32 = 100;
/// What identifies a line of one organisation's, in the order of sorting after the day.
const REST: [&str; 6] = ["r.person", "r.acting", "r.route", "r.subject", "r.format", "r.by_program"];

/// Adds what was counted. What showed nothing that is not everybody's is left out: that is known only here, where the estate's
/// sharing is.
pub(super) fn add(tx: &mut Transaction<'_>, lines: &BTreeMap<Key, Counted>) -> Result<(), Error> {
    let mut sharing: BTreeMap<OrganisationId, Sharing> = BTreeMap::new();
    let mut days = BTreeSet::new();
    for (key, counted) in lines {
        let (organisation, subject) = match whose(tx, key)? {
            Some(Whose::All) => {
                days.insert(key.day.as_str());
                (String::new(), "")
            }
            Some(Whose::One(organisation, subject)) => {
                let known = match sharing.get(&organisation) {
                    Some(known) => *known,
                    None => {
                        let found = estate::sharing(tx, &organisation)?;
                        sharing.insert(organisation.clone(), found);
                        found
                    }
                };
                if !kept(known, key, &organisation) {
                    continue;
                }
                (organisation.to_string(), subject)
            }
            None => continue,
        };
        tx.execute(
            "INSERT INTO reading (organisation, day, person, acting, route, subject, format, by_program, saw_all, times, last_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
             ON CONFLICT (organisation, day, person, acting, route, subject, format, by_program) DO UPDATE SET \
             times = reading.times + excluded.times, last_at = excluded.last_at, \
             saw_all = CASE WHEN reading.saw_all = 1 THEN 1 ELSE excluded.saw_all END",
            &values![
                organisation.as_str(),
                key.day.as_str(),
                key.person.as_str(),
                key.acting.as_str(),
                key.route.as_str(),
                subject,
                key.format,
                i64::from(key.by_token),
                i64::from(key.saw_all),
                counted.times,
                counted.last_at.as_str()
            ],
        )?;
    }
    for day in days {
        tx.execute(
            "INSERT INTO shared_on (organisation, day) SELECT organisation, $1 FROM estate WHERE visibility <> 'own' \
             ON CONFLICT (organisation, day) DO NOTHING",
            &values![day],
        )?;
    }
    Ok(())
}

/// Whose estate a line is about, and what of it.
enum Whose<'k> {
    All,
    One(OrganisationId, &'k str),
}

fn whose<'k>(tx: &mut Transaction<'_>, key: &'k Key) -> Result<Option<Whose<'k>>, Error> {
    let table = match Covers::of(&key.route) {
        Covers::All => return Ok(Some(Whose::All)),
        Covers::Nothing => return Ok(None),
        Covers::Organisation => return Ok(key.about.parse().ok().map(|id| Whose::One(id, ""))),
        Covers::System => "system",
        Covers::Contract => "contract",
    };
    let sql = format!("SELECT organisation FROM {table} WHERE id = $1");
    let found = tx.query_optional(&sql, &values![key.about.as_str()], |row| row.text(0))?;
    Ok(found.and_then(|organisation| organisation.parse().ok()).map(|id| Whose::One(id, key.about.as_str())))
}

/// Whether the reader was shown something that is not everybody's.
fn kept(sharing: Sharing, key: &Key, organisation: &OrganisationId) -> bool {
    let own = key.acting == organisation.as_str();
    own || key.saw_all
        || match sharing.estate {
            Visibility::Own => false,
            Visibility::Members => true,
            Visibility::Public => sharing.costs != Visibility::Own,
        }
}

/// Who asks for lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// Readers of this organisation only.
    pub acting: Option<String>,
    pub cursor: Option<Cursor>,
    /// All of them, for a file.
    pub whole: bool,
}

/// A page of lines: themselves, how many there are in all, the cursors before and after.
pub(super) struct Found {
    pub lines: Vec<Line>,
    pub total: u64,
    pub next: Option<Cursor>,
    pub previous: Option<Cursor>,
}

/// What was read of one organisation's estate. Lines over all estates concern it if the estate was shared that day, if its own
/// people read, or an auditor did.
pub(super) fn read(tx: &mut Transaction<'_>, organisation: &OrganisationId, asked: &Asked) -> Result<Found, Error> {
    let mut parameters = vec![Value::from(organisation.as_str())];
    let mut wanted = "(r.organisation = $1 OR (r.organisation = '' AND (r.acting = $1 OR r.saw_all = 1 OR EXISTS \
         (SELECT 1 FROM shared_on AS d WHERE d.organisation = $1 AND d.day = r.day))))"
        .to_owned();
    if let Some(acting) = &asked.acting {
        parameters.push(Value::from(acting.as_str()));
        wanted.push_str(" AND r.acting = $2");
    }
    let sql = format!("SELECT COUNT(*) FROM reading AS r WHERE {wanted}");
    let total = tx.query_one(&sql, &parameters, |row| row.integer(0))?;
    let total = u64::try_from(total).unwrap_or(0);

    let backwards = asked.cursor.as_ref().is_some_and(|cursor| cursor.direction == Direction::Before);
    if let Some((day, rest)) = asked.cursor.as_ref().and_then(|cursor| cursor.key.split_first()) {
        let first = parameters.len() + 1;
        let compared = if backwards { "<" } else { ">" };
        let day_compared = if backwards { ">" } else { "<" };
        let numbers: Vec<String> = (first + 1..first + 1 + REST.len()).map(|at| format!("${at}")).collect();
        wanted.push_str(&format!(
            " AND (r.day {day_compared} ${first} OR (r.day = ${first} AND ({}) {compared} ({})))",
            REST.join(", "),
            numbers.join(", ")
        ));
        parameters.push(text(day));
        for at in 0..REST.len() {
            parameters.push(match (rest.get(at), at) {
                (Some(CursorValue::Integer(number)), 5) => Value::from(*number),
                (_, 5) => Value::from(0_i64),
                (value, _) => value.map_or_else(|| Value::from(""), text),
            });
        }
    }
    let (day, rest) = if backwards { ("ASC", "DESC") } else { ("DESC", "ASC") };
    let order: Vec<String> = REST.iter().map(|column| format!("{column} {rest}")).collect();
    let limit = if asked.whole { String::new() } else { format!(" LIMIT {}", PAGE_SIZE + 1) };
    let sql = format!(
        "SELECT r.organisation, r.day, r.person, r.acting, COALESCE(a.name, r.acting), r.route, r.subject, r.format, \
         r.by_program, r.times, r.last_at, COALESCE(s.name, c.reference, c.title), p.name \
         FROM reading AS r LEFT JOIN organisation AS a ON a.id = r.acting LEFT JOIN person AS p ON p.id = r.person \
         LEFT JOIN system AS s ON s.id = r.subject LEFT JOIN contract AS c ON c.id = r.subject \
         WHERE {wanted} ORDER BY r.day {day}, {}{limit}",
        order.join(", ")
    );
    let mut rows = tx.query(&sql, &parameters, |row| {
        let person = row.text(2)?;
        let by_token = row.integer(8)?;
        let route = row.text(5)?;
        let subject = Some(row.text(6)?).filter(|subject| !subject.is_empty());
        let subject_name = row.optional_text(11)?;
        let of = match Covers::of(&route) {
            Covers::Contract => "contracts",
            _ => "systems",
        };
        let address = subject.as_ref().zip(subject_name.as_ref()).map(|(id, _)| format!("/{of}/{id}"));
        let line = Line {
            day: row.text(1)?,
            person: row.optional_text(12)?.unwrap_or_else(|| web::say!("Somebody whose name was erased")),
            acting: row.text(3)?,
            acting_name: row.text(4)?,
            page: String::new(),
            route,
            subject: subject.clone(),
            subject_name,
            address,
            over_all: row.text(0)?.is_empty(),
            format: row.text(7)?,
            by_token: by_token == 1,
            times: row.integer(9)?,
            last_at: row.text(10)?,
        };
        let key = vec![
            CursorValue::Text(line.day.clone()),
            CursorValue::Text(person),
            CursorValue::Text(line.acting.clone()),
            CursorValue::Text(line.route.clone()),
            CursorValue::Text(subject.unwrap_or_default()),
            CursorValue::Text(line.format.clone()),
            CursorValue::Integer(by_token),
        ];
        Ok((key, line))
    })?;
    let most = if asked.whole { usize::MAX } else { PAGE_SIZE as usize };
    let more = rows.len() > most;
    rows.truncate(most);
    if backwards {
        rows.reverse();
    }
    let (before, after) = match (&asked.cursor, backwards) {
        (None, _) => (false, more),
        (Some(_), false) => (true, more),
        (Some(_), true) => (more, true),
    };
    let next = rows.last().filter(|_| after).map(|(key, _)| Cursor::after(SORT, key.clone()));
    let previous = rows.first().filter(|_| before).map(|(key, _)| Cursor::before(SORT, key.clone()));
    Ok(Found { lines: rows.into_iter().map(|(_, line)| line).collect(), total, next, previous })
}

fn text(value: &CursorValue) -> Value {
    match value {
        CursorValue::Text(text) => Value::from(text.as_str()),
        CursorValue::Integer(number) => Value::from(number.to_string()),
        CursorValue::Null => Value::from(""),
    }
}

/// Forgets what was read before a day. Says how many lines went.
pub(super) fn forget(tx: &mut Transaction<'_>, before: &str) -> Result<u64, Error> {
    tx.execute("DELETE FROM shared_on WHERE day < $1", &values![before])?;
    tx.execute("DELETE FROM reading WHERE day < $1", &values![before])
}
