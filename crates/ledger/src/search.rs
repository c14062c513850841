//! Search over all things: one box, every word must match, and nothing tells of what the reader may not see.
//!
//! A word of the query matches a whole word or the beginning of one. The rank of a thing is the sum, over the query's
//! words, of where its best match stands; an exact title comes first. Equal ranks are ordered by title. A word under which
//! the reader finds nothing is taken for the nearest one under which they find something (`near`).

pub(crate) mod near;
pub(crate) mod page;

use store::{Transaction, Value, values};
use vocabulary::{OrganisationId, Reader};
use web::{Cursor, CursorValue, Direction};

pub use self::near::Correction;
use crate::{
    Error,
    thing::{COLUMNS, Raw, Stored, folded},
    visible,
    words::{self, Reason},
};

/// Most different words of one query.
pub const MOST_QUERY_WORDS: usize = 10;
/// The name of the one order, as cursors carry it.
pub const SORT: &str = "rank";

/// What a search found, as far as the reader may see it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchResult {
    /// How many things match, of the wanted kind if one is wanted.
    pub total: u64,
    /// How many match of each kind, whichever is wanted; ordered by kind.
    pub by_kind: Vec<(String, u64)>,
    /// Words that were taken for others, because nothing was found under them.
    pub corrections: Vec<Correction>,
    /// One page of them, best first.
    pub hits: Vec<Hit>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
    /// Where the previous page ends, if there is one.
    pub previous: Option<Cursor>,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Where it is.
    pub address: String,
    /// What it is.
    pub kind: String,
    /// What it is called.
    pub title: String,
    /// One sentence about it, or nothing.
    pub summary: String,
    /// Whose it is; none for what all share.
    pub organisation: Option<OrganisationId>,
    /// That organisation's name, if it is registered.
    pub organisation_name: Option<String>,
    /// Why it was found, best reason first.
    pub reasons: Vec<Reason>,
}

impl Hit {
    /// Why it was found, in words: "Former name matches: RevsPro". Call it where the request's language is known, which
    /// is not inside a transaction.
    pub fn why(&self) -> String {
        let words: Vec<String> = self.reasons.iter().map(Reason::words).collect();
        words.join("; ")
    }
}

/// One row of the page with what orders it.
struct Found {
    stored: Stored,
    rank: i64,
    organisation_name: Option<String>,
}

/// Finds the things that match every word of `query`. A query without a letter or digit finds nothing.
///
/// # Errors
/// [`Error::TooManyWords`]; [`Error::ForeignCursor`] for a cursor of another list.
pub fn search(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    query: &str,
    kind: Option<&str>,
    cursor: Option<&Cursor>,
    limit: u32,
) -> Result<SearchResult, Error> {
    let mut query_words = words::search_words(query);
    if query_words.len() > MOST_QUERY_WORDS {
        return Err(Error::TooManyWords { limit: MOST_QUERY_WORDS });
    }
    if query_words.is_empty() {
        return Ok(SearchResult::default());
    }
    let mut matching = Matching::new(reader, query, &query_words);
    let mut by_kind = matching.by_kind(tx)?;
    let mut corrections = Vec::new();
    if by_kind.is_empty() {
        corrections = near::corrections(tx, reader, &query_words)?;
    }
    if !corrections.is_empty() {
        query_words = with(&query_words, &corrections);
        matching = Matching::new(reader, &query_words.join(" "), &query_words);
        by_kind = matching.by_kind(tx)?;
        // Several words may each find something and nothing together: then there is nothing to correct.
        if by_kind.is_empty() {
            corrections.clear();
        }
    }
    let total = match kind {
        Some(kind) => by_kind.iter().find(|(name, _)| name == kind).map_or(0, |(_, n)| *n),
        None => by_kind.iter().map(|(_, count)| count).sum(),
    };
    let backwards = matches!(cursor, Some(cursor) if cursor.direction == Direction::Before);
    let mut found = matching.page(tx, kind, cursor, limit)?;
    let more = found.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        found.pop();
    }
    if backwards {
        found.reverse();
    }
    let (more_after, more_before) = match (backwards, cursor.is_some()) {
        (true, _) => (true, more),
        (false, moved_on) => (more, moved_on),
    };
    let next = found.last().filter(|_| more_after);
    let previous = found.first().filter(|_| more_before);
    Ok(SearchResult {
        total,
        by_kind,
        next: next.map(|found| found.cursor(Direction::After)),
        previous: previous.map(|found| found.cursor(Direction::Before)),
        hits: found.iter().map(|found| found.hit(&query_words, &corrections)).collect(),
        corrections,
    })
}

/// The words with those that were corrected in the place of what was typed, each once.
fn with(query: &[String], corrections: &[Correction]) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in query {
        let corrected = corrections.iter().find(|correction| correction.typed == *word);
        let word = corrected.map_or(word, |correction| &correction.used);
        if !words.contains(word) {
            words.push(word.clone());
        }
    }
    words
}

/// The common part of every query of one search: which things match, and that the reader may see them.
struct Matching {
    /// `WITH …` ending in a table `matched (organisation, address, rank)` of visible things that are there.
    with: String,
    parameters: Vec<Value>,
}

impl Matching {
    fn new(reader: &Reader, query: &str, words: &[String]) -> Matching {
        let mut parameters = Vec::new();
        let mut tables = Vec::new();
        for (i, word) in words.iter().enumerate() {
            let (from, to) = (parameters.len() + 1, parameters.len() + 2);
            // Beyond every word that begins with this one: no letter or digit is above U+10FFFF.
            parameters.extend(values![word, format!("{word}\u{10ffff}")]);
            tables.push(format!(
                "word{i} AS (SELECT organisation, address, \
                 MIN(weight * 2 + CASE WHEN word = ${from} THEN 0 ELSE 1 END) AS rank FROM search_word \
                 WHERE word >= ${from} AND word < ${to} GROUP BY organisation, address)"
            ));
        }
        let ranks: Vec<String> = (0..words.len()).map(|i| format!("word{i}.rank")).collect();
        let joins: Vec<String> = (1..words.len())
            .map(|i| {
                format!(
                    " JOIN word{i} ON word{i}.organisation = word0.organisation AND word{i}.address = word0.address"
                )
            })
            .collect();
        let exact = parameters.len() + 1;
        // Not the words put together: a title may say one twice.
        parameters.push(Value::from(folded(query)));
        let seen = visible(reader, "t.visibility", "t.organisation", exact + 1);
        parameters.extend(seen.parameters);
        tables.push(format!(
            "matched AS (SELECT t.organisation, t.address, t.kind, t.folded, \
             CASE WHEN t.folded = ${exact} THEN 0 ELSE 1 + {} END AS rank FROM word0{} \
             JOIN thing t ON t.organisation = word0.organisation AND t.address = word0.address \
             WHERE t.withdrawn_at IS NULL AND {})",
            ranks.join(" + "),
            joins.concat(),
            seen.sql
        ));
        Matching { with: format!("WITH {}", tables.join(", ")), parameters }
    }

    fn by_kind(&self, tx: &mut Transaction<'_>) -> Result<Vec<(String, u64)>, Error> {
        // The exact title only orders, but each statement must use each of its parameters.
        let sql = format!("{} SELECT kind, COUNT(rank) FROM matched GROUP BY kind ORDER BY kind", self.with);
        let counts = tx.query(&sql, &self.parameters, |row| Ok((row.text(0)?, row.integer(1)?)))?;
        let count = |count: i64| u64::try_from(count).unwrap_or(0);
        Ok(counts.into_iter().map(|(kind, n)| (kind, count(n))).collect())
    }

    /// One more than `limit`, in the direction of the cursor.
    fn page(
        &self,
        tx: &mut Transaction<'_>,
        kind: Option<&str>,
        cursor: Option<&Cursor>,
        limit: u32,
    ) -> Result<Vec<Found>, Error> {
        let mut parameters = self.parameters.clone();
        let mut conditions = Vec::new();
        if let Some(kind) = kind {
            parameters.push(Value::from(kind));
            conditions.push(format!("m.kind = ${}", parameters.len()));
        }
        let mut order = "ASC";
        if let Some(cursor) = cursor {
            let first = parameters.len() + 1;
            parameters.extend(position(cursor)?);
            let than = match cursor.direction {
                Direction::After => ">",
                Direction::Before => "<",
            };
            if cursor.direction == Direction::Before {
                order = "DESC";
            }
            conditions.push(format!(
                "(m.rank, m.folded, m.organisation, m.address) {than} (${first}, ${}, ${}, ${})",
                first + 1,
                first + 2,
                first + 3
            ));
        }
        let filter = match conditions.is_empty() {
            true => String::new(),
            false => format!("WHERE {} ", conditions.join(" AND ")),
        };
        parameters.push(Value::from(i64::from(limit) + 1));
        let sql = format!(
            "{} SELECT {COLUMNS}, m.rank, o.title FROM matched m \
             JOIN thing t ON t.organisation = m.organisation AND t.address = m.address \
             LEFT JOIN thing o ON o.address = '/organisations/' || m.organisation AND o.organisation = m.organisation \
             AND o.visibility = 'public' AND o.withdrawn_at IS NULL \
             {filter}ORDER BY m.rank {order}, m.folded {order}, m.organisation {order}, m.address {order} LIMIT ${}",
            self.with,
            parameters.len()
        );
        let rows = tx.query(&sql, &parameters, |row| Ok((Raw::of(row)?, row.integer(10)?, row.optional_text(11)?)))?;
        let found = rows
            .into_iter()
            .map(|(raw, rank, organisation_name)| Ok(Found { stored: raw.stored()?, rank, organisation_name }));
        found.collect()
    }
}

/// What a cursor of this list holds: rank, folded title, organisation and address of the row that it stands at.
fn position(cursor: &Cursor) -> Result<[Value; 4], Error> {
    use CursorValue::{Integer, Text};
    match cursor.key.as_slice() {
        [Integer(rank), Text(folded), Text(organisation), Text(address)] if cursor.sort == SORT => {
            Ok(values![*rank, folded, organisation, address])
        }
        _ => Err(Error::ForeignCursor),
    }
}

impl Found {
    fn cursor(&self, direction: Direction) -> Cursor {
        let thing = &self.stored.registered.thing;
        Cursor {
            direction,
            sort: SORT.to_owned(),
            key: vec![
                CursorValue::Integer(self.rank),
                CursorValue::Text(self.stored.folded.clone()),
                CursorValue::Text(thing.shard().to_owned()),
                CursorValue::Text(thing.address.clone()),
            ],
        }
    }

    fn hit(&self, query: &[String], corrections: &[Correction]) -> Hit {
        let thing = self.stored.registered.thing.clone();
        let mut reasons = words::reasons(&thing, query);
        reasons.extend(corrections.iter().map(|correction| Reason::Similar(correction.used.clone())));
        Hit {
            reasons,
            address: thing.address,
            kind: thing.kind,
            title: thing.title,
            summary: thing.summary,
            organisation: thing.organisation,
            organisation_name: self.organisation_name.clone(),
        }
    }
}
