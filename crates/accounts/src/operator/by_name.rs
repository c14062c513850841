//! Lists by name, cut into pages: a page goes on after a name, even when whoever had it has gone since.

use web::{Cursor, CursorValue, Direction, Paging, Problem};

const PAGE_SIZE: usize = 100;
const SORT: &str = "name";

/// Where somebody stands in a list: the folded name, then the id.
pub(super) type Key = (String, String);

/// From where on, and which way.
pub(super) type Place = (Direction, Key);

/// The rows from a place on, of those that are in the order of their keys, and what leads on from them. `whole`: all of them,
/// for a file.
pub(super) fn cut<T: Clone>(keyed: &[(Key, T)], place: Option<&Place>, whole: bool) -> (Vec<T>, Paging) {
    let total = keyed.len();
    let size = if whole { total } else { PAGE_SIZE };
    let (first, last) = match place.filter(|_| !whole) {
        None => (0, size.min(total)),
        Some((Direction::After, key)) => {
            let first = keyed.partition_point(|(known, _)| known <= key);
            (first, (first + size).min(total))
        }
        Some((Direction::Before, key)) => {
            let last = keyed.partition_point(|(known, _)| known < key);
            (last.saturating_sub(size), last)
        }
    };
    let page = keyed.get(first..last).unwrap_or_default();
    let key = |((name, id), _): &(Key, T)| vec![CursorValue::Text(name.clone()), CursorValue::Text(id.clone())];
    let paging = Paging {
        total: u64::try_from(total).unwrap_or(u64::MAX),
        next: page.last().filter(|_| last < total).map(|row| Cursor::after(SORT, key(row))),
        previous: page.first().filter(|_| first > 0).map(|row| Cursor::before(SORT, key(row))),
        page_size: u32::try_from(PAGE_SIZE).unwrap_or(u32::MAX),
    };
    (page.iter().map(|(_, row)| row.clone()).collect(), paging)
}

/// The place that a cursor names.
///
/// # Errors
/// A problem when it is a cursor of another list.
pub(super) fn place(cursor: &Cursor) -> Result<Place, Problem> {
    cursor.expect_sort(SORT)?;
    match cursor.key.as_slice() {
        [CursorValue::Text(name), CursorValue::Text(id)] => Ok((cursor.direction, (name.clone(), id.clone()))),
        _ => Err(ledger::Error::ForeignCursor.into()),
    }
}
