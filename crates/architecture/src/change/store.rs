//! The table of changes: what was done to an estate, when, by whom, and whether it was taken back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use store::{Error, Row, Transaction, Value, values};
use vocabulary::{Date, OrganisationId, PersonId, Timestamp};

use crate::Refused;
use crate::statement::store::ChangeKind;

/// How many changes are asked for at once.
const MANY: usize = 50;

/// A change as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    /// Its number in the organisation, from 1 without gaps. Only for readers of the organisation's own parts: a gap would
    /// tell others that there is something which they do not see.
    pub number: i64,
    /// Why.
    pub kind: ChangeKind,
    /// The import that it applied or undid.
    pub import: Option<String>,
    /// The change that it took back.
    pub undoes: Option<i64>,
    /// The change that took it back, unless that one was taken back too.
    pub undone_by: Option<i64>,
    /// Who; none for the command line.
    pub actor: Option<PersonId>,
    /// When, as stored: an RFC 3339 time.
    pub at: String,
}

impl ChangeRow {
    /// Whether undoing it makes sense at all; later work may still stand in the way.
    ///
    /// # Errors
    /// [`Refused::Conflicting`] when it is undone already, or took an import back.
    pub fn may_be_undone(&self) -> Result<(), Refused> {
        if self.undone_by.is_some() {
            return Err(Refused::Conflicting(web::say!("This change has been undone already.")));
        }
        if self.kind == ChangeKind::Undo && self.import.is_some() {
            return Err(Refused::Conflicting(web::say!(
                "This change undid an import. Upload the file again to bring it back."
            )));
        }
        Ok(())
    }
}

/// One change of an organisation.
///
/// # Errors
/// When the engine fails.
pub fn find(tx: &mut Transaction<'_>, organisation: &OrganisationId, number: i64) -> Result<Option<ChangeRow>, Error> {
    let undone = undone(tx, organisation)?;
    let sql = format!("SELECT {COLUMNS} FROM change WHERE organisation = $1 AND number = $2");
    tx.query_optional(&sql, &values![organisation.as_str(), number], |row| read(row, &undone))
}

/// All changes of an organisation, latest first.
///
/// # Errors
/// When the engine fails.
pub fn all(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<ChangeRow>, Error> {
    let undone = undone(tx, organisation)?;
    let sql = format!("SELECT {COLUMNS} FROM change WHERE organisation = $1 ORDER BY number DESC");
    tx.query(&sql, &values![organisation.as_str()], |row| read(row, &undone))
}

/// Who made these changes of an organisation, by their numbers; none for the command line.
///
/// # Errors
/// When the engine fails.
pub fn made_by(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    numbers: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, Option<PersonId>>, Error> {
    let mut made = BTreeMap::new();
    let numbers: Vec<i64> = numbers.iter().copied().collect();
    let places: Vec<String> = (2..MANY + 2).map(|place| format!("${place}")).collect();
    let sql = format!("SELECT number, actor FROM change WHERE organisation = $1 AND number IN ({})", places.join(", "));
    for some in numbers.chunks(MANY) {
        // One statement for any number of them: where fewer are left the last one is asked for again.
        let last = some.last().copied();
        let mut parameters = values![organisation.as_str()].to_vec();
        parameters.extend(some.iter().copied().chain(last.into_iter().cycle()).take(MANY).map(Value::from));
        made.extend(tx.query(&sql, &parameters, |row| {
            let actor = row.optional_text(1)?;
            Ok((row.integer(0)?, actor.and_then(|id| id.parse().ok())))
        })?);
    }
    Ok(made)
}

/// The number of an organisation's latest change; 0 where there is none.
///
/// # Errors
/// When the engine fails.
pub fn latest(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<i64, Error> {
    let sql = "SELECT COALESCE(MAX(number), 0) FROM change WHERE organisation = $1";
    tx.query_one(sql, &values![organisation.as_str()], |row| row.integer(0))
}

/// The number of the last change that was made by the end of a day in the United Kingdom; 0 where there was none yet.
///
/// # Errors
/// When the engine fails.
pub fn until(tx: &mut Transaction<'_>, organisation: &OrganisationId, day: Date) -> Result<i64, Error> {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let sql = "SELECT number, at FROM change WHERE organisation = $1 ORDER BY number";
    let mut until = 0;
    tx.each(sql, &values![organisation.as_str()], |row| {
        let made = row.text(1)?.parse::<Timestamp>().map(|at| at.to_zoned(zone.clone()).date());
        // One whose moment cannot be read belongs to the past: it is there.
        if made.is_ok_and(|made| made > day) {
            return Ok(());
        }
        until = row.integer(0)?;
        Ok(())
    })?;
    Ok(until)
}

const COLUMNS: &str = "number, kind, import, undoes, actor, at";

fn read(row: &Row<'_>, undone: &BTreeMap<i64, i64>) -> Result<ChangeRow, Error> {
    let (number, word) = (row.integer(0)?, row.text(1)?);
    let kind = ChangeKind::from_word(&word).ok_or_else(|| Error::Type {
        place: format!("change {number}"),
        message: format!("its kind is {word:?}, which this program does not know"),
    })?;
    let actor = row.optional_text(4)?;
    Ok(ChangeRow {
        number,
        kind,
        import: row.optional_text(2)?,
        undoes: row.optional_integer(3)?,
        undone_by: undone.get(&number).copied(),
        actor: actor.and_then(|id| id.parse().ok()),
        at: row.text(5)?,
    })
}

/// Which changes are taken back, and by which: an undo that was itself undone counts no longer.
pub(crate) fn undone(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<BTreeMap<i64, i64>, Error> {
    let sql = "SELECT number, undoes FROM change WHERE organisation = $1 AND undoes IS NOT NULL ORDER BY number DESC";
    let mut undone = BTreeMap::new();
    for (number, undoes) in
        tx.query(sql, &values![organisation.as_str()], |row| Ok((row.integer(0)?, row.integer(1)?)))?
    {
        // Whatever undid this one is later, so it was looked at already.
        if !undone.contains_key(&number) {
            undone.entry(undoes).or_insert(number);
        }
    }
    Ok(undone)
}
