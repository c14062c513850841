//! The tables of imports: the file while it waits, its problems, the remembered mapping, and which row became which system.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use store::{Error, Row, Transaction, Value, values};
use vocabulary::{OrganisationId, PersonId, Timestamp};

use super::State;
use crate::spreadsheet::{Mapping, Problem, quoted};
use crate::statement::store::keep_private;

/// What identifies a row of a source that carries no id of ours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// The system's folded name.
    pub name: String,
    /// The product's id, or an unknown product's folded name, or ''.
    pub product: String,
    /// How often the same name and product stood above it in the file.
    pub occurrence: i64,
}

/// Which system each row of a source became.
///
/// # Errors
/// When the engine fails.
pub fn row_keys(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    source: &str,
) -> Result<BTreeMap<RowKey, String>, Error> {
    let sql = "SELECT name_folded, product, occurrence, system FROM import_row WHERE organisation = $1 AND source = $2";
    let rows = tx.query(sql, &values![organisation.as_str(), source], |row| {
        Ok((RowKey { name: row.text(0)?, product: row.text(1)?, occurrence: row.integer(2)? }, row.text(3)?))
    })?;
    Ok(rows.into_iter().collect())
}

/// Remembers which system each row of an import's source became, in place of what was remembered of those systems; what was
/// is kept with the import.
///
/// # Errors
/// When the engine fails.
pub fn remember_rows(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &ImportRow,
    rows: &BTreeMap<RowKey, String>,
) -> Result<(), Error> {
    let before = row_keys(tx, organisation, &import.source)?;
    let mut all = before.clone();
    let now_known: BTreeSet<&String> = rows.values().collect();
    all.retain(|_, system| !now_known.contains(system));
    all.extend(rows.clone());
    let forgotten = before.into_iter().filter(|(key, system)| all.get(key) != Some(system));
    let columns = ["organisation", "import", "name_folded", "product", "occurrence", "system"];
    let forgotten: Vec<_> = forgotten.map(|(key, system)| row_key(organisation, &import.id, key, system)).collect();
    tx.insert_many("import_row_before", &columns, forgotten.into_iter())?;
    write_rows(tx, organisation, &import.source, all)
}

fn row_key(organisation: &OrganisationId, of: &str, key: RowKey, system: String) -> Vec<Value> {
    values![organisation.as_str(), of, key.name, key.product, key.occurrence, system].to_vec()
}

fn write_rows(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    source: &str,
    rows: BTreeMap<RowKey, String>,
) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM import_row WHERE organisation = $1 AND source = $2",
        &values![organisation.as_str(), source],
    )?;
    let columns = ["organisation", "source", "name_folded", "product", "occurrence", "system"];
    let rows = rows.into_iter().map(|(key, system)| row_key(organisation, source, key, system));
    tx.insert_many("import_row", &columns, rows)?;
    Ok(())
}

/// Brings back what an import made its source forget, when it is undone. What the import's own rows became is forgotten
/// only where it had been something before: a system that leaves the estate comes back with the next such file.
///
/// # Errors
/// When the engine fails.
pub fn recall_rows(tx: &mut Transaction<'_>, organisation: &OrganisationId, import: &ImportRow) -> Result<(), Error> {
    let later = "SELECT COUNT(*) FROM import WHERE organisation = $1 AND source = $2 AND state = 'applied' AND id <> $3
         AND (applied_at > $4 OR applied_change > $5)";
    let (at, change) = (import.applied_at.as_deref(), import.applied_change);
    let of = values![organisation.as_str(), &import.source, &import.id, at, change];
    if tx.query_one(later, &of, |row| row.integer(0))? > 0 {
        return Ok(());
    }
    let sql = "SELECT name_folded, product, occurrence, system FROM import_row_before WHERE organisation = $1 AND import = $2";
    let forgotten = tx.query(sql, &values![organisation.as_str(), &import.id], |row| {
        Ok((RowKey { name: row.text(0)?, product: row.text(1)?, occurrence: row.integer(2)? }, row.text(3)?))
    })?;
    let systems: BTreeSet<&String> = forgotten.iter().map(|(_, system)| system).collect();
    let mut rows = row_keys(tx, organisation, &import.source)?;
    rows.retain(|_, system| !systems.contains(system));
    rows.extend(forgotten.iter().cloned());
    write_rows(tx, organisation, &import.source, rows)
}

/// An import as its pages show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportRow {
    /// Whose estate.
    pub organisation: String,
    /// Its id.
    pub id: String,
    /// The file's name as sent.
    pub file_name: String,
    /// SHA-256 of the file, hexadecimal.
    pub file_hash: String,
    /// Which of the organisation's lists it is.
    pub source: String,
    /// uploaded, applied, undone or cancelled.
    pub state: String,
    /// The sheet that people chose, where it is not the one that was found.
    #[serde(skip)]
    pub sheet: Option<String>,
    /// The row of headings that people chose, with the sheet.
    #[serde(skip)]
    pub header_row: Option<i64>,
    /// The mapping chosen, as JSON.
    #[serde(skip)]
    pub mapping: Option<String>,
    /// When it was uploaded.
    pub created_at: String,
    /// By whom.
    #[serde(skip)]
    pub created_by: Option<String>,
    /// When it was applied.
    pub applied_at: Option<String>,
    /// The number of the change that applied it.
    pub applied_change: Option<i64>,
    /// The number of the change that took it back.
    pub undone_change: Option<i64>,
    /// Systems added.
    pub added: i64,
    /// Systems changed.
    pub changed: i64,
    /// Systems that were as the file says.
    pub unchanged: i64,
    /// Systems retired because they were ticked.
    pub retired: i64,
}

const COLUMNS: &str = "organisation, id, file_name, file_hash, source, state, mapping, created_at, created_by, applied_at, applied_change, undone_change, added, changed, unchanged, retired, sheet, header_row";

fn import_row(row: &Row<'_>) -> Result<ImportRow, Error> {
    Ok(ImportRow {
        organisation: row.text(0)?,
        id: row.text(1)?,
        file_name: row.text(2)?,
        file_hash: row.text(3)?,
        source: row.text(4)?,
        state: row.text(5)?,
        mapping: row.optional_text(6)?,
        created_at: row.text(7)?,
        created_by: row.optional_text(8)?,
        applied_at: row.optional_text(9)?,
        applied_change: row.optional_integer(10)?,
        undone_change: row.optional_integer(11)?,
        added: row.integer(12)?,
        changed: row.integer(13)?,
        unchanged: row.integer(14)?,
        retired: row.integer(15)?,
        sheet: row.optional_text(16)?,
        header_row: row.optional_integer(17)?,
    })
}

/// One import of an organisation.
///
/// # Errors
/// When the engine fails.
pub fn find(tx: &mut Transaction<'_>, organisation: &OrganisationId, id: &str) -> Result<Option<ImportRow>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM import WHERE organisation = $1 AND id = $2");
    tx.query_optional(&sql, &values![organisation.as_str(), id], import_row)
}

/// An organisation's imports, latest first.
///
/// # Errors
/// When the engine fails.
pub fn all(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<ImportRow>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM import WHERE organisation = $1 ORDER BY created_at DESC, id DESC");
    tx.query(&sql, &values![organisation.as_str()], import_row)
}

/// How many imports an organisation has.
///
/// # Errors
/// When the engine fails.
pub fn count(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<u64, Error> {
    let sql = "SELECT COUNT(*) FROM import WHERE organisation = $1";
    let count = tx.query_one(sql, &values![organisation.as_str()], |row| row.integer(0))?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// At most `limit` of an organisation's imports, latest first: those that are older than `key` or, for `newer`, those that
/// are newer. A key is the moment of the upload, as stored, and the id.
///
/// # Errors
/// When the engine fails.
pub fn some(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    key: Option<(&str, &str)>,
    newer: bool,
    limit: u32,
) -> Result<Vec<ImportRow>, Error> {
    let (compared, order) = if newer { (">", "ASC") } else { ("<", "DESC") };
    let mut parameters = values![organisation.as_str(), limit].to_vec();
    let mut beyond = String::new();
    if let Some((at, id)) = key {
        parameters.extend(values![at, id]);
        beyond = format!("AND (created_at {compared} $3 OR (created_at = $3 AND id {compared} $4))");
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM import WHERE organisation = $1 {beyond} ORDER BY created_at {order}, id {order} LIMIT $2"
    );
    let mut rows = tx.query(&sql, &parameters, import_row)?;
    if newer {
        rows.reverse();
    }
    Ok(rows)
}

/// The sources that an organisation has applied files of, the latest first.
///
/// # Errors
/// When the engine fails.
pub fn sources(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<String>, Error> {
    tx.query(
        "SELECT source FROM import WHERE organisation = $1 AND state = 'applied' GROUP BY source ORDER BY MAX(applied_at) DESC, source",
        &values![organisation.as_str()],
        |row| row.text(0),
    )
}

/// What is known of a file when it arrives.
#[derive(Clone, Debug)]
pub struct NewImport<'a> {
    /// Its id here.
    pub id: &'a str,
    /// Its name as sent.
    pub file_name: &'a str,
    /// SHA-256 of its bytes, hexadecimal.
    pub file_hash: &'a str,
    /// Which of the organisation's lists it is.
    pub source: &'a str,
    /// Who sent it; none for the command line.
    pub by: Option<PersonId>,
}

/// Records that a file arrived.
///
/// # Errors
/// When the engine fails.
pub fn add(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &NewImport<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO import (organisation, id, file_name, file_hash, source, state, created_at, created_by, added, changed, unchanged, retired)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0)",
        &values![
            organisation.as_str(),
            import.id,
            import.file_name,
            import.file_hash,
            import.source,
            State::Uploaded.word(),
            now.to_string(),
            import.by.map(|person| person.to_string())
        ],
    )?;
    Ok(())
}

/// Keeps the file until it is applied or cancelled.
///
/// # Errors
/// When the engine fails.
pub fn keep_file(tx: &mut Transaction<'_>, organisation: &OrganisationId, id: &str, bytes: &[u8]) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO import_file (organisation, import, bytes) VALUES ($1, $2, $3)",
        &values![organisation.as_str(), id, bytes],
    )?;
    Ok(())
}

/// The file, while it is kept.
///
/// # Errors
/// When the engine fails.
pub fn file(tx: &mut Transaction<'_>, organisation: &OrganisationId, id: &str) -> Result<Option<Vec<u8>>, Error> {
    let sql = "SELECT bytes FROM import_file WHERE organisation = $1 AND import = $2";
    tx.query_optional(sql, &values![organisation.as_str(), id], |row| row.bytes(0))
}

/// Lets the file go.
///
/// # Errors
/// When the engine fails.
pub fn drop_file(tx: &mut Transaction<'_>, organisation: &OrganisationId, id: &str) -> Result<(), Error> {
    tx.execute("DELETE FROM import_file WHERE organisation = $1 AND import = $2", &values![organisation.as_str(), id])?;
    Ok(())
}

/// Writes which list an import is and how its columns were mapped.
///
/// # Errors
/// When the engine fails.
pub fn choose(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    id: &str,
    source: &str,
    mapping: &Mapping,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE import SET source = $3, mapping = $4 WHERE organisation = $1 AND id = $2",
        &values![organisation.as_str(), id, source, mapping_json(mapping)],
    )?;
    Ok(())
}

/// Writes which sheet and row of headings people chose.
///
/// # Errors
/// When the engine fails.
pub fn choose_layout(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    id: &str,
    sheet: &str,
    header_row: u32,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE import SET sheet = $3, header_row = $4 WHERE organisation = $1 AND id = $2",
        &values![organisation.as_str(), id, sheet, header_row],
    )?;
    Ok(())
}

fn mapping_json(mapping: &Mapping) -> String {
    // A mapping has string keys only, so this cannot fail.
    serde_json::to_string(mapping).unwrap_or_default()
}

/// The mapping chosen for an import.
pub fn chosen(import: &ImportRow) -> Option<Mapping> {
    serde_json::from_str(import.mapping.as_deref()?).ok()
}

/// What each column meant last time, for an organisation.
///
/// # Errors
/// When the engine fails.
pub fn remembered(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Option<Mapping>, Error> {
    let sql = "SELECT mapping FROM column_mapping WHERE organisation = $1";
    let text = tx.query_optional(sql, &values![organisation.as_str()], |row| row.text(0))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Remembers what each column means, for the organisation's next file. Columns of its other lists stay remembered.
///
/// # Errors
/// When the engine fails.
pub fn remember(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    mapping: &Mapping,
    now: Timestamp,
) -> Result<(), Error> {
    let before = remembered(tx, organisation)?.unwrap_or_default();
    let all = mapping.clone().remembered_with(before);
    tx.execute(
        "INSERT INTO column_mapping (organisation, mapping, changed_at) VALUES ($1, $2, $3)
         ON CONFLICT (organisation) DO UPDATE SET mapping = excluded.mapping, changed_at = excluded.changed_at",
        &values![organisation.as_str(), mapping_json(&all), now.to_string()],
    )?;
    Ok(())
}

/// Moves an import on and writes what came of it.
///
/// # Errors
/// When the engine fails.
pub fn settle(tx: &mut Transaction<'_>, import: &ImportRow) -> Result<(), Error> {
    tx.execute(
        "UPDATE import SET state = $3, applied_at = $4, applied_change = $5, undone_change = $6, added = $7, changed = $8,
                unchanged = $9, retired = $10 WHERE organisation = $1 AND id = $2",
        &values![
            &import.organisation,
            &import.id,
            &import.state,
            import.applied_at.as_deref(),
            import.applied_change,
            import.undone_change,
            import.added,
            import.changed,
            import.unchanged,
            import.retired
        ],
    )?;
    Ok(())
}

/// A problem as it was when the import was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProblemRow {
    /// Stable word for the sort of problem.
    pub code: String,
    /// must_fix, check or information.
    pub severity: String,
    /// The sheet's name.
    pub sheet: String,
    /// The row, from 1; none where the whole column or sheet is meant.
    pub row: Option<i64>,
    /// The column's letters; none where the whole row or sheet is meant.
    pub column: Option<String>,
    /// The column's heading.
    pub heading: Option<String>,
    /// The text as sent; none once erased.
    pub text: Option<String>,
    /// What is the matter.
    pub message: String,
    /// What to do.
    pub next_step: String,
}

/// Stands in a kept message for the text as sent, which may have to be erased.
const TEXT: &str = "{text}";

/// A message without the text as sent. Quoted it may be cut short; elsewhere it stands as it is, and is looked for only
/// where it is long enough not to be a part of our own words.
fn without_text(message: &str, text: Option<&str>) -> String {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return message.to_owned() };
    let is_long = text.chars().count() > 3;
    let plain = |part: &str| if is_long { part.replace(text, TEXT) } else { part.to_owned() };
    let parts: Vec<String> = message.split(&quoted(text)).map(plain).collect();
    parts.join(&format!("\"{TEXT}\""))
}

/// Keeps an applied import's problems; the texts as sent go where they can be erased.
///
/// # Errors
/// When the engine fails. `ids` gives each problem's private text an id.
pub fn keep_problems(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &str,
    problems: &[(String, &Problem)],
) -> Result<(), Error> {
    let texts = problems.iter().filter_map(|(id, problem)| Some((id.clone(), problem.text.as_deref()?)));
    let texts: Vec<(String, &str)> = texts.collect();
    keep_private(tx, organisation, &texts)?;
    let columns = [
        "organisation",
        "import",
        "position",
        "code",
        "severity",
        "sheet",
        "row_number",
        "column_letter",
        "heading",
        "original",
        "message",
        "next_step",
    ];
    let rows = problems.iter().enumerate().map(|(position, (id, problem))| {
        values![
            organisation.as_str(),
            import,
            position,
            problem.code,
            problem.severity.word(),
            &problem.sheet,
            problem.row,
            problem.column.as_deref(),
            problem.heading.as_deref(),
            problem.text.as_ref().map(|_| id.as_str()),
            without_text(&problem.message, problem.text.as_deref()),
            without_text(&problem.next_step, problem.text.as_deref())
        ]
        .to_vec()
    });
    tx.insert_many("import_problem", &columns, rows)?;
    Ok(())
}

/// The problems of an applied import, the worst first.
///
/// # Errors
/// When the engine fails.
pub fn problems(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    import: &str,
) -> Result<Vec<ProblemRow>, Error> {
    tx.query(
        "SELECT p.code, p.severity, p.sheet, p.row_number, p.column_letter, p.heading, t.text, p.message, p.next_step
         FROM import_problem AS p LEFT JOIN private_text AS t ON t.organisation = p.organisation AND t.id = p.original
         WHERE p.organisation = $1 AND p.import = $2 ORDER BY p.position",
        &values![organisation.as_str(), import],
        |row| {
            let text = row.optional_text(6)?;
            let with_text = |message: String| message.replace(TEXT, text.as_deref().unwrap_or("erased"));
            Ok(ProblemRow {
                code: row.text(0)?,
                severity: row.text(1)?,
                sheet: row.text(2)?,
                row: row.optional_integer(3)?,
                column: row.optional_text(4)?,
                heading: row.optional_text(5)?,
                message: with_text(row.text(7)?),
                next_step: with_text(row.text(8)?),
                text,
            })
        },
    )
}

/// A row that an applied import left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The import.
    pub import: String,
    /// The problem's place among those of the import.
    pub position: i64,
    /// The file's name.
    pub file: String,
    /// The sheet's name.
    pub sheet: String,
    /// The row, from 1.
    pub row: Option<i64>,
    /// What is the matter.
    pub message: String,
}

/// The rows that became nothing in the latest applied file of each list: those without a name, or with another row's id.
///
/// # Errors
/// When the engine fails.
pub fn left_out(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Vec<LeftOut>, Error> {
    tx.query(
        "SELECT p.import, p.position, i.file_name, p.sheet, p.row_number, t.text, p.message
         FROM import AS i JOIN import_problem AS p ON p.organisation = i.organisation AND p.import = i.id
         LEFT JOIN private_text AS t ON t.organisation = p.organisation AND t.id = p.original
         WHERE i.organisation = $1 AND i.state = 'applied' AND p.severity = 'must_fix' AND p.code IN ('no_name', 'id_repeated')
           AND NOT EXISTS (SELECT 1 FROM import AS later WHERE later.organisation = i.organisation AND later.source = i.source
                           AND later.state = 'applied' AND later.applied_change > i.applied_change)
         ORDER BY i.applied_change, p.import, p.position",
        &values![organisation.as_str()],
        |row| {
            let text = row.optional_text(5)?;
            Ok(LeftOut {
                import: row.text(0)?,
                position: row.integer(1)?,
                file: row.text(2)?,
                sheet: row.text(3)?,
                row: row.optional_integer(4)?,
                message: row.text(6)?.replace(TEXT, text.as_deref().unwrap_or("erased")),
            })
        },
    )
}
