//! Cutting a list into pages by keys: a page goes on where the last one ended, even when rows have come or gone since.

use std::cmp::Ordering;

use web::{Cursor, CursorValue, Direction, Paging, Problem};

/// How many rows a page shows.
pub(crate) const PAGE_SIZE: usize = 100;

/// Sorts `items` by their keys, which rise and are all different, and returns the page at `cursor` with what leads on
/// from it. To sort downwards by a number, its negative is the key.
///
/// # Errors
/// A problem when the cursor is of another sorting or has another shape.
pub(crate) fn page<T>(
    items: Vec<T>,
    sort: &str,
    key: impl Fn(&T) -> Vec<CursorValue>,
    cursor: Option<&Cursor>,
) -> Result<(Vec<T>, Paging), Problem> {
    let mut keyed: Vec<(Vec<CursorValue>, T)> = items.into_iter().map(|item| (key(&item), item)).collect();
    keyed.sort_by(|(one, _), (other, _)| compare(one, other));
    let ((from, to), paging) = bounds(&keyed, sort, |(key, _)| key.clone(), cursor)?;
    Ok((keyed.drain(from..to).map(|(_, item)| item).collect(), paging))
}

/// The page at `cursor` of `items` whose order is all that they have for a key: what comes or goes meanwhile moves the rest.
///
/// # Errors
/// As [`page`].
pub(crate) fn by_place<T>(items: Vec<T>, sort: &str, cursor: Option<&Cursor>) -> Result<(Vec<T>, Paging), Problem> {
    let key = |(place, _): &(usize, T)| vec![CursorValue::Integer(i64::try_from(*place).unwrap_or(i64::MAX))];
    let (shown, paging) = page(items.into_iter().enumerate().collect(), sort, key, cursor)?;
    Ok((shown.into_iter().map(|(_, item)| item).collect(), paging))
}

/// The page at `cursor` of `items` that are in the order of their keys already: of many, few keys need to be made.
///
/// # Errors
/// As [`page`].
pub(crate) fn cut<'a, T>(
    items: &'a [T],
    sort: &str,
    key: impl Fn(&T) -> Vec<CursorValue>,
    cursor: Option<&Cursor>,
) -> Result<(&'a [T], Paging), Problem> {
    let ((from, to), paging) = bounds(items, sort, key, cursor)?;
    Ok((items.get(from..to).unwrap_or_default(), paging))
}

/// Where the page at `cursor` begins and ends among sorted `items`, and what leads on from it.
fn bounds<T>(
    items: &[T],
    sort: &str,
    key: impl Fn(&T) -> Vec<CursorValue>,
    cursor: Option<&Cursor>,
) -> Result<((usize, usize), Paging), Problem> {
    let total = items.len();
    let (from, to) = match cursor {
        None => (0, total.min(PAGE_SIZE)),
        Some(cursor) => {
            cursor.expect_sort(sort)?;
            match cursor.direction {
                Direction::After => {
                    let from = items.partition_point(|item| compare(&key(item), &cursor.key) != Ordering::Greater);
                    (from, total.min(from + PAGE_SIZE))
                }
                Direction::Before => {
                    let to = items.partition_point(|item| compare(&key(item), &cursor.key) == Ordering::Less);
                    (to.saturating_sub(PAGE_SIZE), to)
                }
            }
        }
    };
    let page = items.get(from..to).unwrap_or_default();
    let next = page.last().filter(|_| to < total).map(|item| Cursor::after(sort, key(item)));
    let previous = page.first().filter(|_| from > 0).map(|item| Cursor::before(sort, key(item)));
    let page_size = u32::try_from(PAGE_SIZE).unwrap_or(u32::MAX);
    Ok(((from, to), Paging { total: u64::try_from(total).unwrap_or(u64::MAX), next, previous, page_size }))
}

/// All `items` in the order of their keys.
pub(crate) fn sorted<T>(items: Vec<T>, key: impl Fn(&T) -> Vec<CursorValue>) -> Vec<T> {
    let mut keyed: Vec<(Vec<CursorValue>, T)> = items.into_iter().map(|item| (key(&item), item)).collect();
    keyed.sort_by(|(one, _), (other, _)| compare(one, other));
    keyed.into_iter().map(|(_, item)| item).collect()
}

/// Column by column; a forged key of another shape sorts somewhere and shows nothing that it should not.
fn compare(one: &[CursorValue], other: &[CursorValue]) -> Ordering {
    let rank = |value: &CursorValue| match value {
        CursorValue::Integer(_) => 0,
        CursorValue::Text(_) => 1,
        CursorValue::Null => 2,
    };
    let values = one.iter().zip(other).map(|(one, other)| match (one, other) {
        (CursorValue::Text(one), CursorValue::Text(other)) => one.cmp(other),
        (CursorValue::Integer(one), CursorValue::Integer(other)) => one.cmp(other),
        (one, other) => rank(one).cmp(&rank(other)),
    });
    values.fold(Ordering::Equal, Ordering::then).then(one.len().cmp(&other.len()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test may stop")]

    use super::*;

    fn key(number: &i64) -> Vec<CursorValue> {
        vec![CursorValue::Integer(-*number), CursorValue::Text(number.to_string())]
    }

    #[test]
    fn pages_meet_without_overlap_and_lead_back() {
        let numbers: Vec<i64> = (0..250).collect();
        let (first, paging) = page(numbers.clone(), "-n", key, None).expect("a page");
        assert_eq!((first.len(), first[0], paging.total), (100, 249, 250));
        let (second, middle) = page(numbers.clone(), "-n", key, paging.next.as_ref()).expect("a page");
        assert_eq!((second[0], second[99]), (149, 50));
        let (third, last) = page(numbers.clone(), "-n", key, middle.next.as_ref()).expect("a page");
        assert_eq!((third.len(), last.next), (50, None));
        let (back, _) = page(numbers, "-n", key, middle.previous.as_ref()).expect("a page");
        assert_eq!(back, first);
    }

    #[test]
    fn a_page_goes_on_at_its_place_when_rows_have_gone() {
        let (_, paging) = page((0..250).collect(), "-n", key, None).expect("a page");
        let fewer: Vec<i64> = (0..250).filter(|number| *number != 150).collect();
        let (second, _) = page(fewer, "-n", key, paging.next.as_ref()).expect("a page");
        assert_eq!(second[0], 149);
    }

    #[test]
    fn a_cursor_of_another_sorting_is_refused() {
        let cursor = Cursor::after("name", vec![CursorValue::Null]);
        assert!(page(vec![1], "-n", key, Some(&cursor)).is_err());
    }
}
