//! Sorting a list of systems and cutting it into pages by keys.
//!
//! What is not known comes last in both directions; equal values are in the order of names, then ids. A key holds all of
//! that, so a page goes on where the last one ended even when systems have come or gone in between.

use std::cmp::Ordering;
use std::str::FromStr;

use vocabulary::fold;
use web::{Cursor, CursorValue, Direction, Paging, say};

use super::line::Line;
use crate::system::Status;

/// How many systems a page shows.
pub const PAGE_SIZE: usize = 100;

/// How a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    by: &'static By,
    /// From the last value to the first.
    pub descending: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct By {
    field: &'static str,
    rising: &'static str,
    falling: &'static str,
}

const BY: &[By] = &[
    By { field: "name", rising: "Sorted by name, A to Z", falling: "Sorted by name, Z to A" },
    By { field: "product", rising: "Sorted by product, A to Z", falling: "Sorted by product, Z to A" },
    By { field: "supplier", rising: "Sorted by supplier, A to Z", falling: "Sorted by supplier, Z to A" },
    By { field: "status", rising: "Sorted by status, planned first", falling: "Sorted by status, retired first" },
    By {
        field: "contract_end",
        rising: "Sorted by contract end, soonest first",
        falling: "Sorted by contract end, latest first",
    },
    By {
        field: "last_notice_date",
        rising: "Sorted by last notice date, soonest first",
        falling: "Sorted by last notice date, latest first",
    },
    By { field: "users", rising: "Sorted by users, fewest first", falling: "Sorted by users, most first" },
    By {
        field: super::columns::COST,
        rising: "Sorted by cost a year, lowest first",
        falling: "Sorted by cost a year, highest first",
    },
];

/// The words of `sort=` that a reader may use: every field, and with `-` before it from the last value to the first.
pub fn known(costs: bool) -> Vec<String> {
    let fields = BY.iter().map(|by| by.field).filter(|field| costs || *field != super::columns::COST);
    fields.flat_map(|field| [field.to_owned(), format!("-{field}")]).collect()
}

/// Whether a list can be sorted by this field.
pub fn can(field: &str) -> bool {
    BY.iter().any(|by| by.field == field)
}

/// A word that `sort=` does not know.
#[derive(Debug)]
pub struct UnknownSort;

impl FromStr for Sort {
    type Err = UnknownSort;
    fn from_str(word: &str) -> Result<Sort, UnknownSort> {
        let (field, descending) = word.strip_prefix('-').map_or((word, false), |field| (field, true));
        BY.iter().find(|by| by.field == field).map(|by| Sort { by, descending }).ok_or(UnknownSort)
    }
}

impl Default for Sort {
    /// By name.
    fn default() -> Sort {
        const NAME: &By = &BY[0];
        Sort { by: NAME, descending: false }
    }
}

impl Sort {
    /// The field.
    pub fn field(&self) -> &'static str {
        self.by.field
    }

    /// The word of `sort=`.
    pub fn word(&self) -> String {
        if self.descending { format!("-{}", self.by.field) } else { self.by.field.to_owned() }
    }

    /// "Sorted by last notice date, soonest first".
    pub fn sentence(&self) -> String {
        if self.descending { say!(self.by.falling) } else { say!(self.by.rising) }
    }

    fn key(&self, line: &Line) -> Key {
        let text = |text: Option<&str>| text.map_or(CursorValue::Null, |text| CursorValue::Text(fold(text)));
        let day = |day: &Option<String>| day.clone().map_or(CursorValue::Null, CursorValue::Text);
        let number = |number: Option<i64>| number.map_or(CursorValue::Null, CursorValue::Integer);
        let row = &line.row;
        let first = match self.by.field {
            "product" => text(row.product_name.as_deref()),
            "supplier" => text(row.supplier_name.as_deref()),
            "status" => number(row.status.as_deref().and_then(place_in_life)),
            "contract_end" => day(&row.contract_end_day),
            "last_notice_date" => day(&row.last_notice_day),
            "users" => number(row.users),
            super::columns::COST => number(row.annual_cost),
            _ => CursorValue::Text(fold(&row.name)),
        };
        Key { first, name: fold(&row.name), id: row.id.clone() }
    }

    fn compare(&self, one: &Key, other: &Key) -> Ordering {
        let first = match (&one.first, &other.first) {
            (CursorValue::Null, CursorValue::Null) => Ordering::Equal,
            (CursorValue::Null, _) => Ordering::Greater,
            (_, CursorValue::Null) => Ordering::Less,
            (one, other) if self.descending => values(one, other).reverse(),
            (one, other) => values(one, other),
        };
        first.then_with(|| one.name.cmp(&other.name)).then_with(|| one.id.cmp(&other.id))
    }

    /// Sorts `lines` and returns the page at `cursor` with what leads on from it.
    ///
    /// # Errors
    /// A problem when the cursor is of another sorting or shape.
    pub fn page(&self, lines: Vec<Line>, cursor: Option<&Cursor>) -> Result<(Vec<Line>, Paging), web::Problem> {
        let total = lines.len();
        let mut keyed: Vec<(Key, Line)> = lines.into_iter().map(|line| (self.key(&line), line)).collect();
        keyed.sort_by(|(one, _), (other, _)| self.compare(one, other));
        let (from, to) = match cursor {
            None => (0, total.min(PAGE_SIZE)),
            Some(cursor) => {
                cursor.expect_sort(&self.word())?;
                let at = Key::of(cursor)?;
                match cursor.direction {
                    Direction::After => {
                        let from = keyed.partition_point(|(key, _)| self.compare(key, &at) != Ordering::Greater);
                        (from, total.min(from + PAGE_SIZE))
                    }
                    Direction::Before => {
                        let to = keyed.partition_point(|(key, _)| self.compare(key, &at) == Ordering::Less);
                        (to.saturating_sub(PAGE_SIZE), to)
                    }
                }
            }
        };
        let page: Vec<(Key, Line)> = keyed.drain(from..to).collect();
        let next = page.last().filter(|_| to < total).map(|(key, _)| Cursor::after(self.word(), key.values()));
        let previous = page.first().filter(|_| from > 0).map(|(key, _)| Cursor::before(self.word(), key.values()));
        let paging = Paging { total: u64::try_from(total).unwrap_or(u64::MAX), next, previous, page_size: 100 };
        Ok((page.into_iter().map(|(_, line)| line).collect(), paging))
    }

    /// Sorts `lines`.
    pub fn all(&self, lines: Vec<Line>) -> Vec<Line> {
        let mut keyed: Vec<(Key, Line)> = lines.into_iter().map(|line| (self.key(&line), line)).collect();
        keyed.sort_by(|(one, _), (other, _)| self.compare(one, other));
        keyed.into_iter().map(|(_, line)| line).collect()
    }
}

/// Where a status stands in a system's life.
pub fn place_in_life(status: &str) -> Option<i64> {
    Status::ALL.iter().position(|known| known.word() == status).and_then(|place| i64::try_from(place).ok())
}

struct Key {
    first: CursorValue,
    name: String,
    id: String,
}

impl Key {
    fn values(&self) -> Vec<CursorValue> {
        vec![self.first.clone(), CursorValue::Text(self.name.clone()), CursorValue::Text(self.id.clone())]
    }

    fn of(cursor: &Cursor) -> Result<Key, web::Problem> {
        match cursor.key.as_slice() {
            [first, CursorValue::Text(name), CursorValue::Text(id)] => {
                Ok(Key { first: first.clone(), name: name.clone(), id: id.clone() })
            }
            _ => {
                Err(web::Problem::invalid(say!("The place in the list (\"after\" or \"before\") is of another list."))
                    .next(say!("Remove it from the address to begin at the first page.")))
            }
        }
    }
}

fn values(one: &CursorValue, other: &CursorValue) -> Ordering {
    match (one, other) {
        (CursorValue::Text(one), CursorValue::Text(other)) => one.cmp(other),
        (CursorValue::Integer(one), CursorValue::Integer(other)) => one.cmp(other),
        // One sorting has values of one kind; a forged key sorts somewhere and shows nothing that it should not.
        (CursorValue::Text(_), _) => Ordering::Greater,
        (_, CursorValue::Text(_)) => Ordering::Less,
        _ => Ordering::Equal,
    }
}
