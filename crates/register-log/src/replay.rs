//! A log read from its beginning: whether its entries make a valid log, and which map comes of them.
//!
//! An answer shows that it fits what a custodian signed; only whoever has all entries sees that what was signed comes of them.
//! So mirrors replay, and whoever publishes does before signing. Contents are not looked at: they are elsewhere, and may be gone.

use std::collections::BTreeMap;

use crate::entry::{Entry, Key, Operation, Publication, Time};
use crate::map::Place;
use crate::{Hash, tree};

/// What came of the entries so far.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    size: u64,
    schema: Option<Hash>,
    time: Option<Time>,
    /// Of each key that has a record: its latest entry, and the hash of what it says.
    latest: BTreeMap<Key, (u64, Hash)>,
    /// Values in each key.
    parts: Option<usize>,
    puts: Puts,
}

/// Which entries are puts, a bit each.
#[derive(Clone, Debug, Default)]
struct Puts(Vec<u64>);

/// Why a log is not valid: the first rule that an entry breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Nothing says what holds.
    #[error("the first entry is no schema")]
    NoSchema,
    /// Another schema than the one that holds.
    #[error("it names another schema than the one that holds")]
    Schema,
    /// Earlier than what came before.
    #[error("it is dated before the entry before it")]
    Time,
    /// A key of another number of values.
    #[error("its key has {found} values, where others have {wanted}")]
    Parts {
        /// How many it has.
        found: usize,
        /// How many others have.
        wanted: usize,
    },
    /// A record that is not there is removed.
    #[error("it removes a record that is not there")]
    NothingToRemove,
    /// What is to be erased is no put.
    #[error("it erases values of entry {0}, which put no record")]
    NothingToErase(u64),
    /// Another number of records.
    #[error("it says that there are {said} records, and there are {there}")]
    Records {
        /// What it says.
        said: u64,
        /// How many there are.
        there: u64,
    },
    /// Another map.
    #[error("its map is not the one that comes of the entries before it")]
    Map,
}

impl Puts {
    fn add(&mut self, entry: u64) -> Option<()> {
        let (word, bit) = Puts::place(entry)?;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        *self.0.get_mut(word)? |= bit;
        Some(())
    }

    fn has(&self, entry: u64) -> bool {
        Puts::place(entry).is_some_and(|(word, bit)| self.0.get(word).is_some_and(|bits| bits & bit != 0))
    }

    fn place(entry: u64) -> Option<(usize, u64)> {
        Some((usize::try_from(entry / 64).ok()?, 1 << (entry % 64)))
    }
}

impl Replay {
    /// Nothing yet.
    pub fn new() -> Replay {
        Replay::default()
    }

    /// How many entries there were.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The current map: each place, in the order of the keys.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        self.latest.iter().map(|(key, (entry, content))| Place { key: key.clone(), entry: *entry, content: *content })
    }

    /// What a publication has to say now.
    pub fn publication(&self) -> Publication {
        let mut tree = tree::Frontier::new();
        self.places().for_each(|place| tree.push(place.leaf(), |_, _, _| ()));
        Publication { records: tree.size(), map: tree.root(), quality: None, source: None }
    }

    /// Takes the next entry. After one that is not valid there is nothing to go on with.
    ///
    /// # Errors
    /// Which rule it breaks.
    pub fn take(&mut self, entry: &Entry) -> Result<(), Invalid> {
        if let Operation::Schema = entry.operation {
            self.schema = Some(entry.schema);
        }
        match self.schema {
            None => return Err(Invalid::NoSchema),
            Some(schema) if schema != entry.schema => return Err(Invalid::Schema),
            Some(_) => {}
        }
        if self.time.is_some_and(|before| entry.time < before) {
            return Err(Invalid::Time);
        }
        self.time = Some(entry.time);
        match &entry.operation {
            Operation::Put { key, content } => {
                let (found, wanted) = (key.parts().len(), *self.parts.get_or_insert(key.parts().len()));
                if found != wanted {
                    return Err(Invalid::Parts { found, wanted });
                }
                self.latest.insert(key.clone(), (self.size, *content));
                self.puts.add(self.size);
            }
            Operation::Remove { key, .. } => {
                self.latest.remove(key).ok_or(Invalid::NothingToRemove)?;
            }
            Operation::Erase { entry, .. } if !self.puts.has(*entry) => return Err(Invalid::NothingToErase(*entry)),
            Operation::Erase { .. } | Operation::Schema => {}
            Operation::Publication(said) => {
                let there = self.publication();
                if said.records != there.records {
                    return Err(Invalid::Records { said: said.records, there: there.records });
                }
                if said.map != there.map {
                    return Err(Invalid::Map);
                }
            }
        }
        self.size += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i8, schema: &str, operation: Operation) -> Entry {
        let time = format!("2026-03-03T10:14:{second:02}Z").parse().unwrap();
        Entry { time, schema: Hash::of(schema), operation }
    }

    fn entry(operation: Operation) -> Entry {
        at(0, "schema", operation)
    }

    fn key(parts: &[&str]) -> Key {
        Key::new(parts.iter().map(|part| (*part).to_owned()).collect()).unwrap()
    }

    fn put(code: &str, says: &str) -> Operation {
        Operation::Put { key: key(&[code]), content: Hash::of(says) }
    }

    fn remove(code: &str) -> Operation {
        Operation::Remove { key: key(&[code]), reason: "It was never there".to_owned() }
    }

    fn erase(entry: u64) -> Operation {
        Operation::Erase { entry, fields: vec!["name".to_owned()], reason: "Asked for".to_owned() }
    }

    /// A log with these entries, each of which is valid.
    fn replay(operations: impl IntoIterator<Item = Operation>) -> Replay {
        let mut replay = Replay::new();
        for operation in operations {
            replay.take(&entry(operation)).unwrap();
        }
        replay
    }

    #[test]
    fn the_map_is_what_comes_of_the_entries() {
        let operations = [Operation::Schema, put("b", "1"), put("a", "2"), put("b", "3"), remove("a"), put("c", "4")];
        let mut log = replay(operations);
        let places: Vec<(Vec<String>, u64)> =
            log.places().map(|place| (place.key.parts().to_vec(), place.entry)).collect();
        assert_eq!(places, [(vec!["b".to_owned()], 3), (vec!["c".to_owned()], 5)]);
        let publication = log.publication();
        assert_eq!(publication.records, 2);
        log.take(&entry(Operation::Publication(publication.clone()))).unwrap();
        log.take(&entry(erase(1))).unwrap();
        log.take(&entry(Operation::Publication(publication))).unwrap();
        assert_eq!(log.size(), 9);
    }

    #[test]
    fn each_rule_is_held_to() {
        let log = || replay([Operation::Schema, put("a", "1"), put("b", "2")]);
        let said = log().publication();
        let other = Publication { map: tree::empty(), ..said.clone() };
        let fewer = Publication { records: 1, ..said };
        let wide = Operation::Put { key: key(&["a", "b"]), content: Hash::of("x") };
        for (wrong, told) in [
            (at(0, "other", put("c", "3")), Invalid::Schema),
            (entry(wide), Invalid::Parts { found: 2, wanted: 1 }),
            (entry(remove("c")), Invalid::NothingToRemove),
            (entry(erase(0)), Invalid::NothingToErase(0)),
            (entry(erase(3)), Invalid::NothingToErase(3)),
            (entry(erase(u64::MAX)), Invalid::NothingToErase(u64::MAX)),
            (entry(Operation::Publication(other)), Invalid::Map),
            (entry(Operation::Publication(fewer)), Invalid::Records { said: 1, there: 2 }),
        ] {
            assert_eq!(log().take(&wrong), Err(told), "{wrong:?}");
        }
        assert_eq!(Replay::new().take(&entry(put("a", "1"))), Err(Invalid::NoSchema));
        let mut later = log();
        later.take(&at(9, "schema", put("c", "3"))).unwrap();
        assert_eq!(later.take(&at(8, "schema", put("d", "4"))), Err(Invalid::Time));
        let mut changed = log();
        changed.take(&at(1, "other", Operation::Schema)).unwrap();
        assert_eq!(changed.take(&at(1, "schema", put("c", "3"))), Err(Invalid::Schema));
        changed.take(&at(1, "other", put("c", "3"))).unwrap();
    }
}
