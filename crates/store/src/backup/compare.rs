//! Whether two databases, or a database and a backup, hold the same; and if not, where they differ first.
//!
//! Both are read at once, in the order of their keys, so memory stays small whatever they hold. Only keys are told, never
//! what the rows hold.

use std::cmp::Ordering;
use std::path::PathBuf;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::read::{Found, visit};
use super::write::counted;
use super::{BACKUP, Refused, line};
use crate::{Error, Store, Table, Value, catalogue};

/// One of the two that are compared.
pub enum Side {
    /// A database.
    Store(Store),
    /// A backup.
    File(PathBuf),
}

/// A table in which they differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// Whether its columns differ, or only one side has it. Its rows are not compared then.
    pub shape: bool,
    /// Rows that only the first side has.
    pub only_first: u64,
    /// Rows that only the second side has.
    pub only_second: u64,
    /// Rows that both have, with other values.
    pub changed: u64,
    /// The keys of the first such rows.
    pub keys: Vec<Vec<String>>,
}

/// How many keys of a table are told.
const KEYS: usize = 10;

/// What a side tells, in the order of tables and keys.
enum Told {
    Table(Table),
    Row(Keyed),
    End,
    Failed(Refused),
}

/// A row by its key, with what stands for all of it.
struct Keyed {
    key: Vec<Value>,
    hash: [u8; 32],
}

/// Compares two sides. Empty when they hold the same.
///
/// # Errors
/// Those of reading either side.
pub fn compare(first: Side, second: Side) -> Result<(usize, Vec<Difference>), Refused> {
    let mut sides = [tell(first), tell(second)];
    let [one, two] = &mut sides;
    let mut differences = Vec::new();
    let mut compared = 0;
    let (mut left, mut right) = (one.table()?, two.table()?);
    loop {
        let order = match (&left, &right) {
            (None, None) => return Ok((compared, differences)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => left.name.cmp(&right.name),
        };
        compared += 1;
        match (order, &left, &right) {
            (Ordering::Less, Some(table), _) | (Ordering::Greater, _, Some(table)) => {
                differences.push(Difference { table: table.name.clone(), shape: true, ..Difference::default() });
            }
            (Ordering::Equal, Some(here), Some(there)) if here != there => {
                differences.push(Difference { table: here.name.clone(), shape: true, ..Difference::default() });
            }
            (_, Some(table), _) => differences.extend(rows(table, one, two)?),
            _ => {}
        }
        if order != Ordering::Greater {
            left = one.table()?;
        }
        if order != Ordering::Less {
            right = two.table()?;
        }
    }
}

fn rows(table: &Table, one: &mut Teller, two: &mut Teller) -> Result<Option<Difference>, Refused> {
    let mut difference = Difference { table: table.name.clone(), ..Difference::default() };
    let (mut left, mut right) = (one.row()?, two.row()?);
    loop {
        let order = match (&left, &right) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => line::order(&left.key, &right.key),
        };
        let differs = match order {
            Ordering::Less => &mut difference.only_first,
            Ordering::Greater => &mut difference.only_second,
            Ordering::Equal => &mut difference.changed,
        };
        let key = match (&left, &right) {
            (Some(left), Some(right)) if order == Ordering::Equal && left.hash == right.hash => None,
            (Some(left), _) if order != Ordering::Greater => Some(&left.key),
            (_, Some(right)) => Some(&right.key),
            _ => None,
        };
        if let Some(key) = key {
            *differs += 1;
            if difference.keys.len() < KEYS {
                difference.keys.push(key.iter().map(line::shown).collect());
            }
        }
        if order != Ordering::Greater {
            left = one.row()?;
        }
        if order != Ordering::Less {
            right = two.row()?;
        }
    }
    Ok((!difference.keys.is_empty()).then_some(difference))
}

/// One side, with what it told and nobody took yet.
struct Teller {
    told: Receiver<Told>,
    next: Option<Told>,
}

impl Teller {
    fn look(&mut self) -> Result<&Told, Refused> {
        if self.next.is_none() {
            // A side that ended without a word has panicked.
            self.next = Some(self.told.recv().unwrap_or(Told::Failed(Error::Panicked.into())));
        }
        if let Some(Told::Failed(_)) = self.next
            && let Some(Told::Failed(refused)) = self.next.take()
        {
            return Err(refused);
        }
        Ok(self.next.as_ref().unwrap_or(&Told::End))
    }

    /// The next table; what is left of the one before is passed over.
    fn table(&mut self) -> Result<Option<Table>, Refused> {
        loop {
            match self.look()? {
                Told::End => return Ok(None),
                Told::Table(table) => {
                    let table = table.clone();
                    self.next = None;
                    return Ok(Some(table));
                }
                _ => self.next = None,
            }
        }
    }

    /// The next row of this table.
    fn row(&mut self) -> Result<Option<Keyed>, Refused> {
        match self.look()? {
            Told::Row(_) => Ok(match self.next.take() {
                Some(Told::Row(keyed)) => Some(keyed),
                _ => None,
            }),
            _ => Ok(None),
        }
    }
}

/// Has a side read on a thread of its own, a little ahead of what is taken.
fn tell(side: Side) -> Teller {
    let (send, told) = bounded(1024);
    thread::spawn(move || {
        let last = match read(side, &send) {
            Ok(()) => Told::End,
            Err(refused) => Told::Failed(refused),
        };
        // Nobody waits any more when the other side has failed.
        drop(send.send(last));
    });
    Teller { told, next: None }
}

fn read(side: Side, send: &Sender<Told>) -> Result<(), Refused> {
    match side {
        Side::File(path) => {
            let give = |found: Found<'_>| {
                given(
                    send,
                    match found {
                        Found::Table(table) => Told::Table(table.clone()),
                        Found::Row { table, values, line } => row(table, &values, line),
                    },
                )
            };
            visit(&path, BACKUP, |found| give(found).map_err(Refused::from)).map(|_| ())
        }
        Side::Store(store) => {
            let send = send.clone();
            store.read_blocking(move |tx| {
                for table in catalogue::tables(tx)? {
                    given(&send, Told::Table(table.clone()))?;
                    counted(tx, &table, (&table.select(), &[]), |text| {
                        let values = line::read(text, &table).map_err(Error::refused)?;
                        given(&send, row(&table, &values, text))
                    })?;
                }
                Ok(())
            })
        }
    }
}

fn row(table: &Table, values: &[Value], line: &[u8]) -> Told {
    let key = table.key.iter().map(|at| values[*at].clone()).collect();
    Told::Row(Keyed { key, hash: Sha256::digest(line).into() })
}

fn given(send: &Sender<Told>, told: Told) -> Result<(), Error> {
    send.send(told).map_err(|_| Error::refused("the other side could not be read"))
}
