//! The SQL of things and their words. Written in batches: an import registers hundreds at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use store::{Error, Row, Transaction, Value, values};
use vocabulary::{OrganisationId, Reader, Timestamp, fold};

use super::{AlsoKnown, Registered, Thing, Tombstone, shard, stamp, unshard, unstamp};
use crate::{error::damaged, search::near::is_kept, visible, words};

/// Addresses looked up by one statement.
const BATCH: usize = 250;
/// Characters of the folded title that order and cursors use.
const FOLDED: usize = 200;

/// The columns that [`read`] expects, of a table named `t`.
pub(crate) const COLUMNS: &str = "t.organisation, t.address, t.kind, t.title, t.summary, t.visibility, t.also, \
     t.withdrawn_at, t.withdrawn_why, t.folded";

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) registered: Registered,
    pub(crate) folded: String,
}

/// A row's columns as they come, made into a [`Stored`] outside the engine's closure, where our errors can be told.
pub(crate) struct Raw {
    texts: [String; 7],
    withdrawn: Option<(i64, String)>,
    folded: String,
}

impl Raw {
    pub(crate) fn of(row: &Row<'_>) -> Result<Raw, Error> {
        let mut texts: [String; 7] = Default::default();
        for (i, text) in texts.iter_mut().enumerate() {
            *text = row.text(i)?;
        }
        let withdrawn = row.optional_integer(7)?.zip(Some(row.optional_text(8)?.unwrap_or_default()));
        let folded = row.text(9)?;
        Ok(Raw { texts, withdrawn, folded })
    }

    pub(crate) fn stored(self) -> Result<Stored, Error> {
        let [organisation, address, kind, title, summary, visibility, also] = self.texts;
        let damaged = || damaged(format!("thing {address}"));
        let also: Vec<(String, String)> = serde_json::from_str(&also).map_err(|_| damaged())?;
        let withdrawn = match self.withdrawn {
            Some((at, why)) => Some(Tombstone { at: unstamp(at)?, why }),
            None => None,
        };
        let thing = Thing {
            organisation: unshard(&organisation)?,
            visibility: visibility.parse().map_err(|_| damaged())?,
            also: also.into_iter().map(|(why, text)| AlsoKnown { why, text }).collect(),
            address,
            kind,
            title,
            summary,
        };
        Ok(Stored { registered: Registered { thing, withdrawn }, folded: self.folded })
    }
}

/// Runs a query whose first columns are [`COLUMNS`].
pub(crate) fn read(tx: &mut Transaction<'_>, sql: &str, parameters: &[Value]) -> Result<Vec<Stored>, Error> {
    let rows = tx.query(sql, parameters, Raw::of)?;
    rows.into_iter().map(Raw::stored).collect()
}

/// Inserts things, or updates those whose address is known, with the words under which they are found.
///
/// What did not change is left as it is. A withdrawn thing is there again; one that has another organisation now is
/// moved, and its links with it. When an address comes twice, the later one counts.
///
/// # Errors
/// [`Error::Type`] when a thing has no title or kind, or an address that is no path; those of the database.
pub fn put_things(tx: &mut Transaction<'_>, things: &[Thing], now: Timestamp) -> Result<(), Error> {
    let mut latest: BTreeMap<&str, &Thing> = BTreeMap::new();
    for thing in things {
        thing.check()?;
        latest.insert(&thing.address, thing);
    }
    let things: Vec<&Thing> = latest.into_values().collect();
    for batch in things.chunks(BATCH) {
        let known = known(tx, batch)?;
        let unchanged = |thing: &Thing| {
            known.get(&thing.address).is_some_and(|known| {
                known.len() == 1 && known[0].registered.thing == *thing && known[0].registered.withdrawn.is_none()
            })
        };
        let changed: Vec<&Thing> = batch.iter().copied().filter(|t| !unchanged(t)).collect();
        write(tx, &changed, now)?;
    }
    Ok(())
}

/// The rows that hold these addresses now, whosever they are.
fn known(tx: &mut Transaction<'_>, batch: &[&Thing]) -> Result<HashMap<String, Vec<Stored>>, Error> {
    let marks = marks(batch.len());
    let sql = format!("SELECT {COLUMNS} FROM thing t WHERE t.address IN ({marks})");
    let addresses: Vec<Value> = batch.iter().map(|t| Value::from(&t.address)).collect();
    let mut known: HashMap<String, Vec<Stored>> = HashMap::new();
    for stored in read(tx, &sql, &addresses)? {
        let address = stored.registered.thing.address.clone();
        known.entry(address).or_default().push(stored);
    }
    Ok(known)
}

/// Writes things and their words afresh, whatever was there.
pub(crate) fn write(tx: &mut Transaction<'_>, things: &[&Thing], now: Timestamp) -> Result<(), Error> {
    for batch in things.chunks(BATCH) {
        let marks = marks(batch.len());
        let addresses: Vec<Value> = batch.iter().map(|t| Value::from(&t.address)).collect();
        let mut before: BTreeMap<String, Vec<String>> = BTreeMap::new();
        tx.each(&format!("SELECT organisation, address FROM thing WHERE address IN ({marks})"), &addresses, |row| {
            let here = before.entry(row.text(0)?).or_default();
            here.push(row.text(1)?);
            Ok(())
        })?;
        // By organisation as well, so that on a sharded server each statement goes to one shard.
        for (shard, here) in &before {
            let mut parameters = vec![Value::from(shard)];
            parameters.extend(here.iter().map(Value::from));
            let marks = marks_from(2, here.len());
            for table in ["search_word", "thing"] {
                let sql = format!("DELETE FROM {table} WHERE organisation = $1 AND address IN ({marks})");
                tx.execute(&sql, &parameters)?;
            }
            for thing in batch {
                if thing.shard() != shard && here.contains(&thing.address) {
                    crate::link::move_end(tx, &thing.address, shard, thing.shard())?;
                }
            }
        }
        insert(tx, batch, now)?;
    }
    Ok(())
}

fn insert(tx: &mut Transaction<'_>, batch: &[&Thing], now: Timestamp) -> Result<(), Error> {
    let columns = ["organisation", "address", "kind", "title", "folded", "summary", "visibility", "also", "put_at"];
    let rows = batch.iter().map(|thing| {
        let pairs: Vec<_> = thing.also.iter().map(|a| (&a.why, &a.text)).collect();
        let also = serde_json::json!(pairs).to_string();
        let folded = folded(&thing.title);
        values![
            thing.shard(),
            &thing.address,
            &thing.kind,
            &thing.title,
            folded,
            &thing.summary,
            thing.visibility.word(),
            also,
            stamp(now)
        ]
        .to_vec()
    });
    tx.insert_many("thing", &columns, rows)?;
    let mut vocabulary = BTreeSet::new();
    let mut words = Vec::new();
    for thing in batch {
        for (word, weight) in words::of_thing(thing) {
            words.push(values![thing.shard(), &thing.address, &word, weight].to_vec());
            vocabulary.insert(word);
        }
    }
    tx.insert_many("search_word", &["organisation", "address", "word", "weight"], words.into_iter())?;
    learn(tx, vocabulary)
}

/// Lets near spellings of these words be found.
pub(crate) fn learn(tx: &mut Transaction<'_>, words: BTreeSet<String>) -> Result<(), Error> {
    let words: Vec<String> = words.into_iter().filter(|word| is_kept(word)).collect();
    for batch in words.chunks(BATCH) {
        let parameters: Vec<Value> = batch.iter().map(Value::from).collect();
        let sql = format!("SELECT word FROM search_vocabulary WHERE word IN ({})", marks(batch.len()));
        let known: BTreeSet<String> = tx.query(&sql, &parameters, |row| row.text(0))?.into_iter().collect();
        for word in batch.iter().filter(|word| !known.contains(*word)) {
            let letters = i64::try_from(word.chars().count()).unwrap_or(i64::MAX);
            // Somebody else may have learnt it at the same time.
            let sql = "INSERT INTO search_vocabulary (word, letters) VALUES ($1, $2) ON CONFLICT (word) DO NOTHING";
            tx.execute(sql, &values![word, letters])?;
        }
    }
    Ok(())
}

/// A title as order and cursors use it.
pub(crate) fn folded(title: &str) -> String {
    fold(title).chars().take(FOLDED).collect()
}

/// Takes a thing out of lists and search and leaves its tombstone. False when there is none to withdraw.
///
/// # Errors
/// Those of the database.
pub fn withdraw_thing<'o>(
    tx: &mut Transaction<'_>,
    organisation: impl Into<Option<&'o OrganisationId>>,
    address: &str,
    why: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let shard = shard(organisation.into());
    let changed = tx.execute(
        "UPDATE thing SET withdrawn_at = $3, withdrawn_why = $4 \
         WHERE organisation = $1 AND address = $2 AND withdrawn_at IS NULL",
        &values![shard, address, stamp(now), why],
    )?;
    tx.execute("DELETE FROM search_word WHERE organisation = $1 AND address = $2", &values![shard, address])?;
    Ok(changed > 0)
}

/// The thing at an address, as far as the reader may see it; tombstones too.
///
/// # Errors
/// Those of the database.
pub fn find(tx: &mut Transaction<'_>, reader: &Reader, address: &str) -> Result<Option<Registered>, Error> {
    let seen = visible(reader, "t.visibility", "t.organisation", 2);
    let sql = format!("SELECT {COLUMNS} FROM thing t WHERE t.address = $1 AND {}", seen.sql);
    let mut parameters = values![address].to_vec();
    parameters.extend(seen.parameters);
    let found = read(tx, &sql, &parameters)?.pop();
    Ok(found.map(|stored| stored.registered))
}

fn marks(count: usize) -> String {
    marks_from(1, count)
}

/// `$first, …` for `count` parameters.
pub(crate) fn marks_from(first: usize, count: usize) -> String {
    let marks: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    marks.join(", ")
}
