//! The tables of changes, statements and private texts.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Erasure, record_erasure};
use store::{Error, Row, Transaction, Value, values};
use vocabulary::{Chance, NoChance, OrganisationId, PersonId, Timestamp, fold, new_id};

use super::{Attribute, Confidence, Stated, Statement, SubjectKind, words};

words! {
    /// Why statements were made together.
    ChangeKind {
        /// A file was applied.
        Import => "import",
        /// An earlier change was taken back.
        Undo => "undo",
        /// Somebody changed it by hand.
        Edit => "edit",
        /// Somebody said that values are still right.
        Confirm => "confirm",
        /// A name was matched to a product, or a match was taken back.
        Match => "match",
        /// Two became one, or one became two again.
        Merge => "merge",
    }
}

/// What a change records beside its statements.
#[derive(Clone, Debug)]
pub struct NewChange<'a> {
    /// Why.
    pub kind: ChangeKind,
    /// The import that it applies or undoes.
    pub import: Option<&'a str>,
    /// The number of the change that it takes back.
    pub undoes: Option<i64>,
    /// Who; none for the command line.
    pub actor: Option<PersonId>,
}

/// Adds a change with its statements and returns its number. The numbers of an organisation's changes are dense.
///
/// # Errors
/// When the engine fails.
pub fn add_change(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    change: &NewChange<'_>,
    statements: &[Statement],
    now: Timestamp,
) -> Result<i64, Error> {
    let of = organisation.as_str();
    let number =
        tx.query_one("SELECT COALESCE(MAX(number), 0) + 1 FROM change WHERE organisation = $1", &values![of], |row| {
            row.integer(0)
        })?;
    tx.execute(
        "INSERT INTO change (organisation, number, kind, import, undoes, actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &values![
            of,
            number,
            change.kind.word(),
            change.import,
            change.undoes,
            change.actor.map(|actor| actor.to_string()),
            now.to_string()
        ],
    )?;
    let columns = [
        "organisation",
        "change",
        "position",
        "subject_kind",
        "subject",
        "attribute",
        "value",
        "original",
        "source",
        "confidence",
        "as_of",
    ];
    let rows = statements.iter().enumerate().map(|(position, statement)| {
        values![
            of,
            number,
            position,
            statement.kind.word(),
            &statement.subject,
            statement.attribute.word(),
            statement.value.as_ref().map(Stated::to_json),
            statement.original.as_deref(),
            &statement.source,
            statement.confidence.word(),
            statement.as_of.to_string()
        ]
        .to_vec()
    });
    tx.insert_many("statement", &columns, rows)?;
    Ok(number)
}

/// A statement as it stands in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The number of its change.
    pub change: i64,
    /// When it was made, as stored: an RFC 3339 time.
    pub at: String,
    /// What was said.
    pub statement: Statement,
}

/// Present statements by subject and attribute.
pub type Present = BTreeMap<String, BTreeMap<Attribute, Standing>>;

/// What [`standing`] reads of a statement `s` and its change `h`.
const STATED: &str =
    "s.change, h.at, s.subject_kind, s.subject, s.attribute, s.value, s.original, s.source, s.confidence, s.as_of";
/// Every statement has its change. The outer join says in which order to look: without figures SQLite would go through all
/// statements for each change.
const OF_CHANGE: &str = "LEFT JOIN change AS h ON h.organisation = $1 AND h.number = s.change";

/// The latest statement of each attribute of each subject, of those statements of organisation `$1` that `which` leaves.
fn latest(which: &str) -> String {
    format!(
        "SELECT {STATED}
         FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY subject, attribute ORDER BY change DESC, position DESC) AS place
               FROM statement WHERE organisation = $1 AND {which}) AS s {OF_CHANGE} WHERE s.place = 1"
    )
}

/// The statements of organisation `$1`; `rest` says which, and in what order.
fn stated(rest: &str) -> String {
    format!("SELECT {STATED} FROM statement AS s {OF_CHANGE} WHERE s.organisation = $1 {rest}")
}

/// The latest statement of every attribute of every subject of an organisation, as things stood after change `until`
/// (none: now).
///
/// # Errors
/// When the engine fails, or the history holds a word that this program does not know.
pub fn present(tx: &mut Transaction<'_>, organisation: &OrganisationId, until: Option<i64>) -> Result<Present, Error> {
    gather(tx, &latest("change <= $2"), &values![organisation.as_str(), until.unwrap_or(i64::MAX)])
}

/// As [`present`], now, of some subjects only: at least one.
///
/// # Errors
/// As [`present`].
pub fn present_of_some(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    subjects: &BTreeSet<String>,
) -> Result<Present, Error> {
    let places: Vec<String> = (2..subjects.len() + 2).map(|place| format!("${place}")).collect();
    let sql = latest(&format!("subject IN ({})", places.join(", ")));
    let mut parameters = values![organisation.as_str()].to_vec();
    parameters.extend(subjects.iter().map(|subject| Value::from(subject.as_str())));
    gather(tx, &sql, &parameters)
}

/// The systems that were ever merged into another.
///
/// # Errors
/// When the engine fails.
pub fn ever_merged(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<BTreeSet<String>, Error> {
    let sql = "SELECT DISTINCT subject FROM statement WHERE organisation = $1 AND attribute = 'merged_into'";
    Ok(tx.query(sql, &values![organisation.as_str()], |row| row.text(0))?.into_iter().collect())
}

/// How things stood just before a change, just after it, and now, in one pass over the history.
///
/// # Errors
/// As [`present`].
pub fn around(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    change: i64,
) -> Result<(Present, Present, Present), Error> {
    let (mut before, mut after) = (None, None);
    let mut now = Present::new();
    tx.each(&stated("ORDER BY s.change, s.position"), &values![organisation.as_str()], |row| {
        let standing = standing(row)?;
        if standing.change >= change && before.is_none() {
            before = Some(now.clone());
        }
        if standing.change > change && after.is_none() {
            after = Some(now.clone());
        }
        let subject = now.entry(standing.statement.subject.clone()).or_default();
        subject.insert(standing.statement.attribute, standing);
        Ok(())
    })?;
    let after = after.unwrap_or_else(|| now.clone());
    Ok((before.unwrap_or_else(|| after.clone()), after, now))
}

/// The latest statements of one subject.
///
/// # Errors
/// As [`present`].
pub fn present_of(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    subject: &str,
) -> Result<BTreeMap<Attribute, Standing>, Error> {
    let one = BTreeSet::from([subject.to_owned()]);
    Ok(present_of_some(tx, organisation, &one)?.remove(subject).unwrap_or_default())
}

/// The latest statements of one subject as things stood after change `until`.
///
/// # Errors
/// As [`present`].
pub fn present_of_until(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    subject: &str,
    until: i64,
) -> Result<BTreeMap<Attribute, Standing>, Error> {
    let sql = latest("subject = $2 AND change <= $3");
    let present = gather(tx, &sql, &values![organisation.as_str(), subject, until])?;
    Ok(present.into_values().next().unwrap_or_default())
}

/// All statements of one change, in their order.
///
/// # Errors
/// As [`present`].
pub fn of_change(tx: &mut Transaction<'_>, organisation: &OrganisationId, change: i64) -> Result<Vec<Standing>, Error> {
    tx.query(&stated("AND s.change = $2 ORDER BY s.position"), &values![organisation.as_str(), change], standing)
}

/// All statements of an organisation, oldest first.
///
/// # Errors
/// As [`present`].
pub fn all(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<Standing>, Error> {
    tx.query(&stated("ORDER BY s.change, s.position"), &values![organisation.as_str()], standing)
}

/// A statement with what its change was.
#[derive(Clone, Debug)]
pub struct Told {
    /// The statement.
    pub standing: Standing,
    /// Why it was made.
    pub kind: ChangeKind,
    /// The change that its change takes back.
    pub undoes: Option<i64>,
    /// The list whose word it is; none for what was said by hand.
    pub list: Option<String>,
    /// The list of the import that made it.
    pub import_list: Option<String>,
    /// Whether it says what lists of contracts amount to.
    pub joined: bool,
}

/// The statements of organisation `$1` as [`told`] reads them; `rest` says which.
fn telling(rest: &str) -> String {
    format!(
        "SELECT {STATED}, h.kind, h.undoes, l.list, i.source, j.import
         FROM statement AS s {OF_CHANGE}
         LEFT JOIN list_statement AS l ON l.organisation = s.organisation AND l.change = s.change AND l.position = s.position
         LEFT JOIN import AS i ON i.organisation = h.organisation AND i.id = h.import
         LEFT JOIN joined_change AS j ON j.organisation = s.organisation AND j.change = s.change
         WHERE s.organisation = $1 {rest} ORDER BY s.change, s.position"
    )
}

/// All statements of contracts, and of what systems rely on, oldest first. Not those that lists of contracts amount to.
///
/// # Errors
/// As [`present`].
pub fn told_by_lists(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<Told>, Error> {
    let which = "AND (s.subject_kind = 'contract' OR s.attribute = 'depends_on') AND j.change IS NULL";
    tx.query(&telling(which), &values![organisation.as_str()], told)
}

/// All statements, oldest first, with what their changes were.
///
/// # Errors
/// As [`present`].
pub fn all_told(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<Told>, Error> {
    tx.query(&telling(""), &values![organisation.as_str()], told)
}

fn told(row: &Row<'_>) -> Result<Told, Error> {
    Ok(Told {
        standing: standing(row)?,
        kind: known(row, 10, ChangeKind::from_word)?,
        undoes: row.optional_integer(11)?,
        list: row.optional_text(12)?,
        import_list: row.optional_text(13)?,
        joined: row.optional_text(14)?.is_some(),
    })
}

/// All statements about one subject, latest first.
///
/// # Errors
/// As [`present`].
pub fn history(tx: &mut Transaction<'_>, organisation: &OrganisationId, subject: &str) -> Result<Vec<Standing>, Error> {
    tx.query(
        &stated("AND s.subject = $2 ORDER BY s.change DESC, s.position"),
        &values![organisation.as_str(), subject],
        standing,
    )
}

fn gather(tx: &mut Transaction<'_>, sql: &str, parameters: &[Value]) -> Result<Present, Error> {
    let mut present = Present::new();
    tx.each(sql, parameters, |row| {
        let standing = standing(row)?;
        let subject = standing.statement.subject.clone();
        present.entry(subject).or_default().insert(standing.statement.attribute, standing);
        Ok(())
    })?;
    Ok(present)
}

fn standing(row: &Row<'_>) -> Result<Standing, Error> {
    let value = row.optional_text(5)?;
    let statement = Statement {
        kind: known(row, 2, SubjectKind::from_word)?,
        subject: row.text(3)?,
        attribute: known(row, 4, Attribute::from_word)?,
        value: value.as_deref().map(|text| Stated::from_json(text).ok_or_else(|| strange(5, text))).transpose()?,
        original: row.optional_text(6)?,
        source: row.text(7)?,
        confidence: known(row, 8, Confidence::from_word)?,
        as_of: row.text(9)?.parse().map_err(|_| strange(9, "a date"))?,
    };
    Ok(Standing { change: row.integer(0)?, at: row.text(1)?, statement })
}

fn known<T>(row: &Row<'_>, column: usize, read: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
    let word = row.text(column)?;
    read(&word).ok_or_else(|| strange(column, &word))
}

fn strange(column: usize, found: &str) -> Error {
    let message = format!("a statement holds {found:?}, which this program does not know");
    Error::Type { place: format!("column {column} of the statements"), message }
}

/// Keeps a text for the organisation's own eyes and returns its id.
///
/// # Errors
/// When the engine or the source of chance fails.
pub fn keep_private(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    texts: &[(String, &str)],
) -> Result<(), Error> {
    let rows = texts.iter().map(|(id, text)| values![organisation.as_str(), id, *text].to_vec());
    tx.insert_many("private_text", &["organisation", "id", "text"], rows)?;
    Ok(())
}

/// A new id for a private text, a subject, an import.
///
/// # Errors
/// When the source of chance fails.
pub fn fresh_id(now: Timestamp, chance: &Chance) -> Result<String, NoChance> {
    Ok(new_id(now, chance)?.to_string())
}

/// All private texts of an organisation that are still there, by id. For readers of the organisation's own parts only.
///
/// # Errors
/// When the engine fails.
pub fn private_texts(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
) -> Result<BTreeMap<String, String>, Error> {
    let sql = "SELECT id, text FROM private_text WHERE organisation = $1 AND text IS NOT NULL";
    let texts = tx.query(sql, &values![organisation.as_str()], |row| Ok((row.text(0)?, row.text(1)?)))?;
    Ok(texts.into_iter().collect())
}

/// The kind of erasure that this is; its id is the text's.
const ERASURE: &str = "private-text";

/// Erases one private text for good, wherever the organisation holds the same words, however spaced or cut short, and
/// writes the erasure of each down: the history keeps that something was said, not what. True if it was there.
///
/// # Errors
/// When the engine fails.
pub fn erase_private(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    id: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let texts = private_texts(tx, organisation)?;
    let Some(erased) = texts.get(id).map(|text| fold(text)) else { return Ok(false) };
    for (other, text) in &texts {
        let folded = fold(text);
        // Texts of problems are cut at a length and then end so.
        let cut_short = text.ends_with('…') && erased.starts_with(&folded);
        if other == id || folded == erased || cut_short {
            let sql = "UPDATE private_text SET text = NULL, erased_at = $3 WHERE organisation = $1 AND id = $2";
            tx.execute(sql, &values![organisation.as_str(), other, now.to_string()])?;
            let organisation = Some(organisation.clone());
            record_erasure(tx, &Erasure { organisation, kind: ERASURE.to_owned(), id: other.clone(), at: now })?;
        }
    }
    Ok(true)
}

/// Erases a text again that a restored backup brought back. True if there was something left to erase.
///
/// # Errors
/// When the engine fails.
pub fn reapply(tx: &mut Transaction<'_>, erasure: &Erasure) -> Result<bool, Error> {
    match &erasure.organisation {
        Some(organisation) if erasure.kind == ERASURE => erase_private(tx, organisation, &erasure.id, erasure.at),
        _ => Ok(false),
    }
}
