//! The query of an address. An unknown name is an error, never ignored: a filter that silently does nothing lies.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use form_urlencoded::{Serializer, parse};
use vocabulary::Kind;

use crate::{Cursor, Direction, Problem, say};

/// More than any page needs; beyond it somebody is trying something.
const MOST: usize = 200;

/// The query parameters of a request, all of known names.
#[derive(Clone, Debug)]
pub struct Parameters {
    path: String,
    pairs: Vec<(String, String)>,
}

impl Parameters {
    pub(crate) fn read(path: &str, query: &str, known: &[&str]) -> Result<Parameters, Problem> {
        let pairs: Vec<(String, String)> = parse(query.as_bytes()).into_owned().take(MOST + 1).collect();
        if pairs.len() > MOST {
            return Err(Problem::too_large(say!("The address has more than {most} parameters.", most = MOST)));
        }
        if let Some((name, _)) = pairs.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
            let detail = say!("This address has no parameter \"{name}\".", name = name);
            let next = match known {
                [] => say!("It takes none: remove everything after the question mark."),
                _ => say!("It knows: {names}.", names = known.join(", ")),
            };
            return Err(Problem::invalid(detail).next(next));
        }
        if pairs.iter().any(|(_, value)| value.contains('\0')) {
            return Err(Problem::invalid(say!("A parameter contains a character that is no text (NUL).")));
        }
        Ok(Parameters { path: path.to_owned(), pairs })
    }

    /// The first value of this name that is not empty, as it was sent: white space makes it another value.
    pub fn one(&self, name: &str) -> Option<&str> {
        self.all(name).into_iter().next()
    }

    /// What somebody typed, without white space around it; none if nothing is left.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.all(name).into_iter().map(str::trim).find(|value| !value.is_empty())
    }

    /// All values of this name that are not empty, in order, as they were sent.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let named = self.pairs.iter().filter(|(known, _)| known == name);
        named.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty()).collect()
    }

    /// A whole number within `range`, if the parameter is there.
    ///
    /// # Errors
    /// A problem that says what it should be.
    pub fn number<N>(&self, name: &str, range: RangeInclusive<N>) -> Result<Option<N>, Problem>
    where
        N: FromStr + PartialOrd + Display,
    {
        let Some(text) = self.one(name) else {
            return Ok(None);
        };
        match text.parse::<N>() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => {
                let (low, high) = (range.start().to_string(), range.end().to_string());
                let detail = say!(
                    "\"{name}\" must be a whole number from {low} to {high}.",
                    name = name,
                    low = low,
                    high = high
                );
                Err(Problem::invalid(detail))
            }
        }
    }

    /// Where in a list to go on, from `after` or `before`. If the address also says `sort`, the cursor must be of that
    /// sorting; where a list sorts by default, check with [`Cursor::expect_sort`].
    ///
    /// # Errors
    /// A problem when the cursor is damaged, belongs to another list or another sorting, or there are two.
    pub fn cursor(&self) -> Result<Option<Cursor>, Problem> {
        let cursor = match (self.one("after"), self.one("before")) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                return Err(Problem::invalid(say!("Give \"after\" or \"before\", not both.")));
            }
            (Some(text), None) => Cursor::decode(text, Direction::After, &self.path)?,
            (None, Some(text)) => Cursor::decode(text, Direction::Before, &self.path)?,
        };
        if let Some(sort) = self.one("sort") {
            cursor.expect_sort(sort)?;
        }
        Ok(Some(cursor))
    }

    /// The query without these names, encoded, for links: `status=live&q=bins`, empty if nothing is left.
    pub fn query_without(&self, names: &[&str]) -> String {
        let kept = self.pairs.iter().filter(|(name, value)| !names.contains(&name.as_str()) && !value.is_empty());
        Serializer::new(String::new()).extend_pairs(kept).finish()
    }

    /// The query with one name set to one value, for links that sort or switch. Cursors go.
    pub fn query_with(&self, name: &str, value: &str) -> String {
        let kept = self
            .pairs
            .iter()
            .filter(|(known, has)| known != name && known != "after" && known != "before" && !has.is_empty());
        Serializer::new(String::new()).extend_pairs(kept).append_pair(name, value).finish()
    }

    /// A problem about one parameter's value, that names what it may be.
    pub fn unknown_value(&self, name: &str, value: &str, known: &[&str]) -> Problem {
        let value: String = value.chars().filter(|c| !c.is_control()).take(60).collect();
        let detail = say!("\"{name}\" cannot be \"{value}\".", name = name, value = value);
        Problem::of_kind(Kind::Invalid, detail).next(say!("It can be: {names}.", names = known.join(", ")))
    }
}
