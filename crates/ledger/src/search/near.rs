//! Words that were mistyped: the nearest word under which the reader can find something.
//!
//! A word of the query is corrected only when nothing that the reader may see is found under it, and only into a word of
//! something that they may see: what is offered, and that something is offered, tells nothing of the rest. Words with digits
//! are references and versions, of which the next one is another thing; they are never corrected.

use std::collections::{BTreeMap, BTreeSet};

use store::{Transaction, Value, values};
use vocabulary::Reader;

use crate::{Error, thing::marks_from, visible};

/// Shorter words have too many neighbours.
const SHORTEST: usize = 4;
/// From this length on a word may be two mistakes away.
const TWO_MISTAKES: usize = 8;
/// Words looked up by one statement.
const BATCH: usize = 200;
/// Other words that are offered beside the one that is taken.
const MOST_OTHERS: usize = 3;

/// A word that was taken for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// As it was typed, folded.
    pub typed: String,
    /// The word that was searched for instead.
    pub used: String,
    /// Further words as near, which find something too.
    pub others: Vec<String>,
}

/// Whether a word is kept, so that near spellings of it are found.
pub(crate) fn is_kept(word: &str) -> bool {
    word.chars().count() >= SHORTEST
}

fn is_name(word: &str) -> bool {
    is_kept(word) && !word.chars().any(char::is_numeric)
}

/// How many mistakes away another word may be.
fn allowance(letters: usize) -> usize {
    match letters {
        TWO_MISTAKES.. => 2,
        SHORTEST.. => 1,
        _ => 0,
    }
}

/// The words of a query that find nothing for this reader, with what they probably mean. Empty when none could be helped.
///
/// # Errors
/// Those of the database.
pub(crate) fn corrections(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    query: &[String],
) -> Result<Vec<Correction>, Error> {
    let mut corrections = Vec::new();
    for word in query.iter().filter(|word| is_name(word)) {
        if !begins_something(tx, reader, word)? {
            corrections.extend(nearest(tx, reader, word)?);
        }
    }
    Ok(corrections)
}

/// Whether something that the reader may see has a word that begins so.
fn begins_something(tx: &mut Transaction<'_>, reader: &Reader, word: &str) -> Result<bool, Error> {
    let seen = visible(reader, "t.visibility", "t.organisation", 3);
    let sql = format!(
        "SELECT 1 FROM search_word AS w JOIN thing AS t ON t.organisation = w.organisation AND t.address = w.address \
         WHERE w.word >= $1 AND w.word < $2 AND t.withdrawn_at IS NULL AND {} LIMIT 1",
        seen.sql
    );
    let mut parameters = values![word, format!("{word}\u{10ffff}")].to_vec();
    parameters.extend(seen.parameters);
    Ok(tx.query_optional(&sql, &parameters, |row| row.integer(0))?.is_some())
}

fn nearest(tx: &mut Transaction<'_>, reader: &Reader, word: &str) -> Result<Option<Correction>, Error> {
    let typed: Vec<char> = word.chars().collect();
    let most = allowance(typed.len());
    let number = |letters: usize| i64::try_from(letters).unwrap_or(i64::MAX);
    let mut near: Vec<BTreeSet<String>> = vec![BTreeSet::new(); most + 1];
    tx.each(
        "SELECT word FROM search_vocabulary WHERE letters >= $1 AND letters <= $2",
        &values![number(typed.len().saturating_sub(most)), number(typed.len() + most)],
        |row| {
            let other = row.text(0)?;
            if is_name(&other)
                && let Some(distance) = mistakes(&typed, &other.chars().collect::<Vec<_>>(), most)
                && let Some(near) = near.get_mut(distance)
            {
                near.insert(other);
            }
            Ok(())
        },
    )?;
    // All words of one distance before any of the next: which words there are besides, seen or not, changes nothing.
    for words in near {
        let mut found: BTreeMap<String, i64> = BTreeMap::new();
        for batch in words.into_iter().collect::<Vec<_>>().chunks(BATCH) {
            found.extend(uses(tx, reader, batch)?);
        }
        let mut found: Vec<(String, i64)> = found.into_iter().collect();
        // The word under which most is found; equal ones in the order of the alphabet.
        found.sort_by(|(one, uses), (other, more)| more.cmp(uses).then_with(|| one.cmp(other)));
        let mut words = found.into_iter().map(|(word, _)| word);
        if let Some(used) = words.next() {
            return Ok(Some(Correction { typed: word.to_owned(), used, others: words.take(MOST_OTHERS).collect() }));
        }
    }
    Ok(None)
}

/// How many things that the reader may see are found under each of these words; words without any are left out.
fn uses(tx: &mut Transaction<'_>, reader: &Reader, words: &[String]) -> Result<Vec<(String, i64)>, Error> {
    let seen = visible(reader, "t.visibility", "t.organisation", 1);
    let marks = marks_from(seen.parameters.len() + 1, words.len());
    let sql = format!(
        "SELECT w.word, COUNT(*) FROM search_word AS w \
         JOIN thing AS t ON t.organisation = w.organisation AND t.address = w.address \
         WHERE {} AND t.withdrawn_at IS NULL AND w.word IN ({marks}) GROUP BY w.word",
        seen.sql
    );
    let mut parameters = seen.parameters;
    parameters.extend(words.iter().map(Value::from));
    Ok(tx.query(&sql, &parameters, |row| Ok((row.text(0)?, row.integer(1)?)))?)
}

/// How many mistakes of typing lie between two words, if at most `most`: a letter missing, too many, wrong, or two
/// neighbours exchanged (the "optimal string alignment" distance).
fn mistakes(one: &[char], other: &[char], most: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let width = other.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1; width];
        for (j, b) in other.iter().enumerate() {
            let mut least = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            row[j + 1] = least;
        }
        if row.iter().all(|distance| *distance > most) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(one: &str, other: &str) -> Option<usize> {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        mistakes(&letters(one), &letters(other), 2)
    }

    #[test]
    fn mistakes_are_counted_as_people_make_them() {
        assert_eq!(between("revenues", "revenues"), Some(0));
        assert_eq!(between("revenus", "revenues"), Some(1), "a letter is missing");
        assert_eq!(between("uniforrm", "uniform"), Some(1), "one too many");
        assert_eq!(between("uniforn", "uniform"), Some(1), "a wrong one");
        assert_eq!(between("unifrom", "uniform"), Some(1), "two exchanged");
        assert_eq!(between("unifrmo", "uniform"), Some(2));
        assert_eq!(between("brakfrod", "brackford"), Some(2));
        assert_eq!(between("planning", "parking"), None);
        assert_eq!(between("caffé", "cafe"), Some(2));
        assert_eq!(between("", "ab"), Some(2));
        assert_eq!(between("", "abc"), None);
    }

    #[test]
    fn short_words_and_numbers_are_left_alone() {
        assert!(!is_name("tax") && !is_name("c114") && !is_name("2027"));
        assert!(is_name("revs") && is_name("ŵyau"));
        assert_eq!([3, 4, 7, 8].map(allowance), [0, 1, 1, 2]);
    }
}
