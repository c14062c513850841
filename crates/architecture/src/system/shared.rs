//! Shared systems: one system with one owner, in whose estate it is, and several organisations that use it.
//!
//! Who sees a shared system is the owner's decision alone: it is read through [`Seen`] like every other. An owner that
//! keeps its estate to itself shows it to nobody, its users included, and no number tells of it.

use store::{Error, Transaction, Value};
use vocabulary::{OrganisationId, Reader};
use web::say;

use super::list::line::{Line, User, of_rows};
use super::store::Seen;

/// The systems that an organisation uses and others own, as a condition for queries that use [`Seen`]; `parameter` is the
/// number of the one that names the organisation.
pub fn used_by(parameter: usize) -> String {
    format!(
        "AND (s.organisation, s.id) IN (SELECT w.organisation, w.system FROM system_user AS w WHERE w.used_by = ${parameter})"
    )
}

/// The systems that `organisation` uses and others own, as `reader` may see them, in no order.
///
/// # Errors
/// When the engine fails.
pub fn used_here(tx: &mut Transaction<'_>, reader: &Reader, organisation: &OrganisationId) -> Result<Vec<Line>, Error> {
    let seen = Seen::by(reader);
    let rows = seen.rows(tx, &used_by(seen.next_parameter()), vec![Value::from(organisation.as_str())])?;
    of_rows(tx, reader, rows)
}

/// How many systems `organisation` uses and others own, of those that `reader` may see.
///
/// # Errors
/// When the engine fails.
pub fn count_used_here(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &OrganisationId,
) -> Result<usize, Error> {
    let seen = Seen::by(reader);
    let sql = format!("SELECT COUNT(*) {} {}", seen.from, used_by(seen.next_parameter()));
    let count = tx.query_one(&sql, &seen.with(vec![Value::from(organisation.as_str())]), |row| row.integer(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Names as a sentence has them: "Brackford, Colne and Dunmoor".
pub fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => say!("{names} and {last}", names = first.join(", "), last = last),
    }
}

/// The names of users, for a sentence.
pub fn names(users: &[User]) -> String {
    and(&users.iter().map(|user| user.name.clone()).collect::<Vec<_>>())
}
