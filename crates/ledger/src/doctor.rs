//! Proof that the ledger and the subjects agree, and that events are as they were written.
//!
//! The subjects' own tables are the truth for things and the ledger follows them; for events the ledger is the truth.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use sha2::{Digest, Sha256};
use store::{Error, Transaction, values};
use vocabulary::Timestamp;

use crate::{
    Thing, canonical,
    event::{commitment, hex},
    thing::{COLUMNS, Stored, learn, read, write},
    withdraw_thing, words,
};

/// One thing about which the ledger and its subject differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The thing's address.
    pub address: String,
    /// What differs.
    pub what: What,
}

/// How the ledger and a subject can differ about a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The subject has it, the ledger does not.
    Missing,
    /// The ledger has it, the subject does not.
    Unexpected,
    /// Both have it, with another value in this column.
    Column(&'static str),
    /// The words under which it is found are not those of its names and summary.
    Words,
    /// More than one organisation holds the address.
    Twice,
    /// Near spellings of some words are not found.
    Vocabulary,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = &self.address;
        match self.what {
            What::Missing => write!(f, "{address} is not in the ledger"),
            What::Unexpected => write!(f, "{address} is in the ledger and in no subject"),
            What::Column(column) => write!(f, "{address} differs from its subject in its {column}"),
            What::Words => write!(f, "{address} is found under the wrong words"),
            What::Vocabulary => f.write_str("near spellings of some words are not found"),
            What::Twice => write!(f, "{address} is in the ledger more than once"),
        }
    }
}

/// Compares the things that the subjects have with those of the ledger. Tombstones count as not there.
///
/// # Errors
/// Those of the database.
pub fn compare(tx: &mut Transaction<'_>, expected: impl Iterator<Item = Thing>) -> Result<Vec<Difference>, Error> {
    let expected = by_address(expected);
    differences(tx, &expected)
}

/// Makes the ledger agree with the subjects, and says what did not: missing and differing things are written afresh with
/// their words, unexpected ones are withdrawn.
///
/// # Errors
/// As [`compare`] and [`crate::put_things`].
pub fn rebuild(
    tx: &mut Transaction<'_>,
    expected: impl Iterator<Item = Thing>,
    now: Timestamp,
) -> Result<Vec<Difference>, Error> {
    let expected = by_address(expected);
    let found = differences(tx, &expected)?;
    let mut stale: Vec<&Thing> = Vec::new();
    for difference in found.iter().filter(|difference| difference.what != What::Vocabulary) {
        match expected.get(&difference.address) {
            Some(thing) => stale.push(thing),
            None => {
                let holders = tx.query(
                    "SELECT organisation FROM thing WHERE address = $1 AND withdrawn_at IS NULL",
                    &values![&difference.address],
                    |row| row.text(0),
                )?;
                for holder in holders {
                    let holder = crate::thing::unshard(&holder)?;
                    let why = "It is no longer in the subject that it belonged to.";
                    withdraw_thing(tx, holder.as_ref(), &difference.address, why, now)?;
                }
            }
        }
    }
    stale.dedup_by(|a, b| a.address == b.address);
    tx.execute(
        "DELETE FROM search_word WHERE NOT EXISTS (SELECT 1 FROM thing t WHERE t.organisation = search_word.organisation \
         AND t.address = search_word.address AND t.withdrawn_at IS NULL)",
        &[],
    )?;
    write(tx, &stale, now)?;
    // Words that nothing has any more go.
    tx.execute("DELETE FROM search_vocabulary", &[])?;
    let words = tx.query("SELECT DISTINCT word FROM search_word", &[], |row| row.text(0))?;
    learn(tx, words.into_iter().collect())?;
    Ok(found)
}

fn by_address(expected: impl Iterator<Item = Thing>) -> BTreeMap<String, Thing> {
    expected.map(|thing| (thing.address.clone(), thing)).collect()
}

fn differences(tx: &mut Transaction<'_>, expected: &BTreeMap<String, Thing>) -> Result<Vec<Difference>, Error> {
    let mut stored_words: HashMap<(String, String), BTreeMap<String, i64>> = HashMap::new();
    tx.each("SELECT organisation, address, word, weight FROM search_word", &[], |row| {
        let key = (row.text(0)?, row.text(1)?);
        let words = stored_words.entry(key).or_default();
        words.insert(row.text(2)?, row.integer(3)?);
        Ok(())
    })?;
    let sql = format!("SELECT {COLUMNS} FROM thing t WHERE t.withdrawn_at IS NULL ORDER BY t.address, t.organisation");
    let mut found = Vec::new();
    let mut seen: BTreeMap<String, ()> = BTreeMap::new();
    for stored in read(tx, &sql, &[])? {
        let thing = &stored.registered.thing;
        let key = (thing.shard().to_owned(), thing.address.clone());
        let words = stored_words.remove(&key).unwrap_or_default();
        let mut tell = |what| {
            found.push(Difference { address: thing.address.clone(), what });
        };
        if seen.insert(thing.address.clone(), ()).is_some() {
            tell(What::Twice);
            continue;
        }
        match expected.get(&thing.address) {
            None => tell(What::Unexpected),
            Some(wanted) => {
                if let Some(column) = column_that_differs(&stored, wanted) {
                    tell(What::Column(column));
                } else if words != words::of_thing(thing) {
                    tell(What::Words);
                }
            }
        }
    }
    let missing = expected.keys().filter(|address| !seen.contains_key(*address));
    found.extend(missing.map(|address| Difference { address: address.clone(), what: What::Missing }));
    // Words of what is not there would be found by nobody, but they would stay for good.
    let mut orphans: Vec<String> = stored_words.into_keys().map(|(_, address)| address).collect();
    orphans.retain(|address| !found.iter().any(|difference| difference.address == *address));
    orphans.sort();
    orphans.dedup();
    found.extend(orphans.into_iter().map(|address| Difference { address, what: What::Words }));
    if found.is_empty() && !knows_every_word(tx)? {
        found.push(Difference { address: "/search".to_owned(), what: What::Vocabulary });
    }
    found.sort_by(|a, b| a.address.cmp(&b.address));
    Ok(found)
}

fn knows_every_word(tx: &mut Transaction<'_>) -> Result<bool, Error> {
    let unknown = tx.query_one(
        "SELECT COUNT(*) FROM search_word AS w LEFT JOIN search_vocabulary AS v ON v.word = w.word \
         WHERE v.word IS NULL AND LENGTH(w.word) >= 4",
        &[],
        |row| row.integer(0),
    )?;
    Ok(unknown == 0)
}

fn column_that_differs(stored: &Stored, wanted: &Thing) -> Option<&'static str> {
    let thing = &stored.registered.thing;
    let columns = [
        ("organisation", thing.organisation != wanted.organisation),
        ("kind", thing.kind != wanted.kind),
        ("title", thing.title != wanted.title),
        ("summary", thing.summary != wanted.summary),
        ("visibility", thing.visibility != wanted.visibility),
        ("other names", thing.also != wanted.also),
        ("place in lists", stored.folded != crate::thing::folded(&wanted.title)),
    ];
    let differing = columns.into_iter().find(|(_, differs)| *differs);
    differing.map(|(column, _)| column)
}

/// Checks what only the ledger knows: that events are without gaps, their bytes canonical and their hashes right, and
/// that every link is held alike at both ends. Gives one sentence for each fault; an untouched ledger gives none.
///
/// # Errors
/// Those of the database.
pub fn verify(tx: &mut Transaction<'_>) -> Result<Vec<String>, Error> {
    let mut faults = Vec::new();
    let mut last: HashMap<String, i64> = HashMap::new();
    tx.each(
        "SELECT organisation, sequence, at, thing, bytes, hash, salt, details, erased_at FROM event \
         ORDER BY organisation, sequence",
        &[],
        |row| {
            let (organisation, sequence) = (row.text(0)?, row.integer(1)?);
            let before = last.insert(organisation.clone(), sequence).unwrap_or(0);
            let place = format!("event {sequence} of {}", whose(&organisation));
            if sequence != before + 1 {
                faults.push(format!("{place} follows event {before}"));
            }
            let event = EventRow {
                organisation,
                sequence,
                at: row.integer(2)?,
                thing: row.text(3)?,
                bytes: row.bytes(4)?,
                hash: row.bytes(5)?,
                salt: row.optional_bytes(6)?,
                details: row.optional_bytes(7)?,
                erased: row.optional_integer(8)?.is_some(),
            };
            faults.extend(event.fault().map(|fault| format!("{place} {fault}")));
            Ok(())
        },
    )?;
    tx.each("SELECT organisation, sequence FROM event_head ORDER BY organisation", &[], |row| {
        let (organisation, head) = (row.text(0)?, row.integer(1)?);
        let last = last.remove(&organisation).unwrap_or(0);
        if head != last {
            let whose = whose(&organisation);
            faults.push(format!("{whose} should have {head} events and has {last}"));
        }
        Ok(())
    })?;
    let mut headless: Vec<String> = last.into_keys().collect();
    headless.sort();
    faults
        .extend(headless.iter().map(|organisation| format!("{} has events and no count of them", whose(organisation))));
    tx.each(
        "SELECT a.here, a.relation, a.there FROM link a LEFT JOIN link b ON b.organisation = a.there_organisation \
         AND b.here = a.there AND b.relation = a.relation AND b.there = a.here AND b.outward = 1 - a.outward \
         AND b.there_organisation = a.organisation AND b.said_at = a.said_at \
         WHERE b.here IS NULL ORDER BY a.here, a.relation, a.there",
        &[],
        |row| {
            let (here, relation, there) = (row.text(0)?, row.text(1)?, row.text(2)?);
            faults.push(format!("link {here} {relation} {there} is not the same at both ends"));
            Ok(())
        },
    )?;
    Ok(faults)
}

fn whose(organisation: &str) -> &str {
    match organisation {
        "" => "nobody",
        name => name,
    }
}

struct EventRow {
    organisation: String,
    sequence: i64,
    at: i64,
    thing: String,
    bytes: Vec<u8>,
    hash: Vec<u8>,
    salt: Option<Vec<u8>>,
    details: Option<Vec<u8>>,
    erased: bool,
}

impl EventRow {
    /// The first thing wrong with it.
    fn fault(&self) -> Option<&'static str> {
        if Sha256::digest(&self.bytes).as_slice() != self.hash {
            return Some("has bytes that do not fit its hash");
        }
        let Ok(object) = serde_json::from_slice::<serde_json::Value>(&self.bytes) else {
            return Some("has bytes that are no JSON");
        };
        if canonical::bytes(&object).ok().as_deref() != Some(self.bytes.as_slice()) {
            return Some("has bytes that are not canonical");
        }
        let at: Option<Timestamp> = object["at"].as_str().and_then(|at| at.parse().ok());
        let same = object["organisation"] == self.organisation.as_str()
            && object["sequence"] == self.sequence
            && object["thing"] == self.thing.as_str()
            && at.map(Timestamp::as_microsecond) == Some(self.at);
        if !same {
            return Some("has columns that differ from its bytes");
        }
        match (object["commitment"].as_str(), &self.salt, &self.details) {
            (None, None, None) if !self.erased => None,
            (Some(_), None, None) if self.erased => None,
            (Some(committed), Some(salt), Some(details)) if !self.erased => {
                let fits = hex(&commitment(salt, details)) == committed;
                (!fits).then_some("has details that do not fit their commitment")
            }
            _ => Some("lacks details that were not erased, or has ones that were"),
        }
    }
}
