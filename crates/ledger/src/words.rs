//! The words under which a thing is found, how much each weighs, and why a thing was found.
//!
//! Reckoned here and not by an engine's full-text search, so that both engines find the same in the same order.
//! No stemming and no stop words: councils' names for things are too short to lose any.

use std::collections::BTreeMap;

use vocabulary::fold;

use crate::{AlsoKnown, Thing};

/// Longest word kept, in characters; a longer one is cut, when stored and when looked up alike.
const LONGEST_WORD: usize = 40;
/// Most words kept for one thing, the weightiest first.
const MOST_WORDS: usize = 300;

/// Where a word stands in a thing, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    Title,
    AlsoKnown,
    Body,
    Summary,
}

impl Weight {
    pub(crate) fn number(self) -> i64 {
        match self {
            Weight::Title => 0,
            Weight::AlsoKnown => 1,
            Weight::Body => 2,
            Weight::Summary => 3,
        }
    }

    /// Another name of the thing itself weighs more than the name of a body that it has to do with.
    fn of_also_known(why: &str) -> Weight {
        match why {
            "Supplier" | "Organisation" | "Product" | "Element" | "Used by" => Weight::Body,
            why if why.ends_with(" of the product") || why.ends_with(" of the supplier") => Weight::Body,
            _ => Weight::AlsoKnown,
        }
    }
}

/// The different words of a text, folded by [`vocabulary::fold`], in their order.
pub fn search_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in fold(text).split(' ').filter(|word| !word.is_empty()) {
        let word: String = word.chars().take(LONGEST_WORD).collect();
        if !words.contains(&word) {
            words.push(word);
        }
        if words.len() == MOST_WORDS {
            break;
        }
    }
    words
}

/// What is stored for a thing: every word once with its best weight.
pub(crate) fn of_thing(thing: &Thing) -> BTreeMap<String, i64> {
    let mut found = BTreeMap::new();
    let also = thing.also.iter();
    let mut texts: Vec<(Weight, &str)> = vec![(Weight::Title, &thing.title)];
    texts.extend(also.map(|also| (Weight::of_also_known(&also.why), also.text.as_str())));
    texts.push((Weight::Summary, &thing.summary));
    texts.sort_by_key(|(weight, _)| *weight);
    for (weight, text) in texts {
        for word in search_words(text) {
            if found.len() < MOST_WORDS {
                found.entry(word).or_insert(weight.number());
            }
        }
    }
    found
}

/// Why a thing was found: one place where a word of the query stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// In what it is called.
    Name,
    /// In another name.
    AlsoKnown(AlsoKnown),
    /// In its summary: this word.
    Summary(String),
    /// Not under what was typed, but under this word, which is spelt nearly so.
    Similar(String),
}

impl Reason {
    /// In words, in the language of the request: "Former name matches: RevsPro".
    pub fn words(&self) -> String {
        match self {
            Reason::Name => web::say!("Name matches"),
            Reason::AlsoKnown(also) if also.why == "Also known as" => {
                web::say!("Other name matches: {text}", text = also.text)
            }
            Reason::AlsoKnown(also) => {
                let why = web::say!(&also.why);
                web::say!("{why} matches: {text}", why = why, text = also.text)
            }
            Reason::Summary(word) => web::say!("Description matches: {word}", word = word),
            Reason::Similar(word) => web::say!("Similar word: {word}", word = word),
        }
    }

    fn weight(&self) -> Weight {
        match self {
            Reason::Name => Weight::Title,
            Reason::AlsoKnown(also) => Weight::of_also_known(&also.why),
            Reason::Summary(_) | Reason::Similar(_) => Weight::Summary,
        }
    }
}

/// Why a thing matches: for each word of the query its best place, each place once, best first.
pub(crate) fn reasons(thing: &Thing, query: &[String]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = Vec::new();
    for word in query {
        let matched = |text: &str| {
            let words = search_words(text);
            words.into_iter().any(|found| found.starts_with(word))
        };
        let known = thing.also.iter().filter(|also| matched(&also.text));
        let also = known.min_by_key(|also| Weight::of_also_known(&also.why));
        let reason = match also {
            _ if matched(&thing.title) => Reason::Name,
            Some(also) => Reason::AlsoKnown(also.clone()),
            None => Reason::Summary(word.clone()),
        };
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons.sort_by_key(Reason::weight);
    reasons
}

#[cfg(test)]
mod tests {
    use vocabulary::Visibility;

    use super::*;

    fn thing() -> Thing {
        let also = [("Supplier", "Oakware Ltd"), ("Former name", "RevsPro")];
        Thing {
            organisation: None,
            address: "/products/taxbase".to_owned(),
            kind: "product".to_owned(),
            title: "TaxBase".to_owned(),
            summary: "Collects business rates; taxbase for councils".to_owned(),
            visibility: Visibility::Public,
            also: also.map(|(why, text)| AlsoKnown::new(why, text)).to_vec(),
        }
    }

    #[test]
    fn words_are_folded_and_different() {
        assert_eq!(search_words("Revs & Bens, the REVS"), ["revs", "and", "bens", "the"]);
        assert_eq!(search_words(&"x".repeat(99)), ["x".repeat(40)]);
        assert!(search_words(" -- ").is_empty());
    }

    #[test]
    fn a_word_is_stored_once_with_its_best_weight() {
        let words = of_thing(&thing());
        assert_eq!(words.get("taxbase"), Some(&0), "title, though also in the summary");
        assert_eq!(words.get("revspro"), Some(&1));
        assert_eq!(words.get("oakware"), Some(&2));
        assert_eq!(words.get("rates"), Some(&3));
        assert_eq!(words.get("ltd"), Some(&2));
    }

    #[test]
    fn the_reason_names_what_matched() {
        let why = |query: &str| {
            let reasons = reasons(&thing(), &search_words(query));
            let words: Vec<String> = reasons.iter().map(Reason::words).collect();
            words.join("; ")
        };
        assert_eq!(why("tax"), "Name matches");
        assert_eq!(why("revs"), "Former name matches: RevsPro");
        let other = Reason::AlsoKnown(AlsoKnown::new("Also known as", "Council Tax Pro"));
        assert_eq!(other.words(), "Other name matches: Council Tax Pro");
        assert_eq!(why("rates oak"), "Supplier matches: Oakware Ltd; Description matches: rates");
    }
}
