//! Which supplier a text means. Company suffixes do not count; anything more than that is suggested and not made.

use std::collections::{BTreeMap, HashMap};

use vocabulary::fold;

use super::words::{is_of_company, is_trade};
use super::{KnownName, MOST_SUGGESTIONS, NameKind, Reason};

/// A supplier with all of its names.
#[derive(Clone, Debug)]
pub struct KnownSupplier {
    /// The organisation's id.
    pub id: String,
    /// All of its names.
    pub names: Vec<KnownName>,
}

/// What a supplier's name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SupplierVerdict {
    /// This one.
    Certain(String),
    /// Perhaps one of these, with the reasons, the likeliest first.
    Likely(Vec<(String, Vec<Reason>)>),
    /// Nobody that is known.
    Nothing,
}

/// Suppliers by every name that they have or had.
#[derive(Clone, Debug, Default)]
pub struct Suppliers {
    ids: Vec<String>,
    /// Folded names.
    whole: HashMap<String, usize>,
    /// Folded names without company suffixes; none where two suppliers share one.
    bare: HashMap<String, Option<usize>>,
    /// Words of bare names, for suggestions.
    words: BTreeMap<String, Vec<usize>>,
    /// Bare names of each, longest first: how it is recognised within a longer text.
    phrases: Vec<Vec<Vec<String>>>,
}

/// The words of a company's name that tell it from others.
fn bare(folded: &str) -> Vec<&str> {
    let words: Vec<&str> = folded.split(' ').filter(|word| !is_of_company(word)).collect();
    if words.is_empty() { folded.split(' ').collect() } else { words }
}

impl Suppliers {
    /// Makes them ready for questions.
    pub fn new(known: impl IntoIterator<Item = KnownSupplier>) -> Suppliers {
        let mut suppliers = Suppliers::default();
        let known: Vec<KnownSupplier> = known.into_iter().collect();
        // Names that suppliers have now win over other names, and those over names that they had.
        for kind in [NameKind::Name, NameKind::Alias, NameKind::Former] {
            for (place, supplier) in known.iter().enumerate() {
                for name in supplier.names.iter().filter(|name| name.kind == kind) {
                    suppliers.whole.entry(fold(&name.text)).or_insert(place);
                }
            }
        }
        for supplier in known {
            let place = suppliers.ids.len();
            let mut phrases: Vec<Vec<String>> = Vec::new();
            for KnownName { text, .. } in &supplier.names {
                let folded = fold(text);
                if folded.is_empty() {
                    continue;
                }
                let words: Vec<String> = bare(&folded).into_iter().map(str::to_owned).collect();
                let joined = words.join(" ");
                let shared = suppliers.bare.get(&joined).is_some_and(|other| *other != Some(place));
                suppliers.bare.insert(joined, (!shared).then_some(place));
                if !phrases.contains(&words) {
                    for word in &words {
                        let of = suppliers.words.entry(word.clone()).or_default();
                        if of.last() != Some(&place) {
                            of.push(place);
                        }
                    }
                    phrases.push(words);
                }
            }
            phrases.sort_by_key(|words| std::cmp::Reverse(words.len()));
            suppliers.phrases.push(phrases);
            suppliers.ids.push(supplier.id);
        }
        suppliers
    }

    /// The supplier that a text means beyond doubt: by one of its names, with or without "Ltd", "(UK)" and the like. A name
    /// that is only part of a known one ("Access" of "The Access Group") does not count.
    pub fn certain(&self, text: &str) -> Option<&str> {
        self.place(&fold(text)).and_then(|place| self.ids.get(place)).map(String::as_str)
    }

    pub(super) fn place(&self, folded: &str) -> Option<usize> {
        if let Some(place) = self.whole.get(folded) {
            return Some(*place);
        }
        let words = bare(folded);
        let joined = words.join(" ");
        let has_suffix = joined.len() < folded.len();
        let place = (*self.bare.get(&joined)?)?;
        (has_suffix || self.whole.contains_key(&joined)).then_some(place)
    }

    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.ids.iter().position(|other| other == id)
    }

    /// Names by which a supplier is recognised within a longer text, the longest first.
    pub(super) fn phrases(&self, place: usize) -> &[Vec<String>] {
        self.phrases.get(place).map_or(&[], Vec::as_slice)
    }

    /// All suppliers that have a name with this word.
    pub(super) fn with_word(&self, word: &str) -> &[usize] {
        self.words.get(word).map_or(&[], Vec::as_slice)
    }

    /// What a supplier's name means.
    pub fn find(&self, text: &str) -> SupplierVerdict {
        if let Some(id) = self.certain(text) {
            return SupplierVerdict::Certain(id.to_owned());
        }
        let folded = fold(text);
        let words = bare(&folded);
        // Written together, and without what firms call themselves besides: "Oak Ware Services" is Oakware's spelling.
        let written = |words: &[&str]| -> String { words.iter().copied().filter(|word| !is_trade(word)).collect() };
        let sent_written = written(&words);
        let mut found: BTreeMap<usize, (usize, Reason)> = BTreeMap::new();
        let mut note = |place: usize, score: usize, reason: Reason| {
            let best = found.entry(place).or_insert_with(|| (score, reason.clone()));
            if best.0 < score {
                *best = (score, reason);
            }
        };
        for (place, phrases) in self.phrases.iter().enumerate() {
            for phrase in phrases {
                let known = phrase.join(" ");
                let sent = words.join(" ");
                if sent.len() >= 5 && known.len() >= 5 && known.len().abs_diff(sent.len()) <= 2 {
                    match strsim::osa_distance(&known, &sent) {
                        0 => note(place, 95, Reason::Spaces),
                        1 => note(place, 90, Reason::OneLetter),
                        2 if known.len() >= 9 => note(place, 75, Reason::TwoLetters),
                        _ => {}
                    }
                }
                let known_written = written(&phrase.iter().map(String::as_str).collect::<Vec<_>>());
                if sent_written.len() >= 5 && known_written == sent_written {
                    note(place, 80, Reason::Spaces);
                }
                let has = |all: &[String], part: &[&str]| all.windows(part.len()).any(|run| run == part);
                let as_text: Vec<&str> = phrase.iter().map(String::as_str).collect();
                let sent_words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
                let long_enough = |part: &[&str]| part.iter().map(|word| word.len()).sum::<usize>() >= 4;
                if as_text.len() < words.len() && long_enough(&as_text) && has(&sent_words, &as_text) {
                    let rest: Vec<&str> = words.iter().copied().filter(|word| !as_text.contains(word)).collect();
                    note(place, 60 + known.len().min(15), Reason::AlsoSays(rest.join(" ")));
                }
                if words.len() < as_text.len() && long_enough(&words) && has(phrase, &words) {
                    note(place, 55, Reason::PartOfName);
                }
                if words == as_text {
                    note(place, 85, Reason::PartOfName);
                }
            }
        }
        let mut found: Vec<_> = found.into_iter().collect();
        found.sort_by_key(|(place, (score, _))| (std::cmp::Reverse(*score), *place));
        found.truncate(MOST_SUGGESTIONS);
        let likely: Vec<_> = found
            .into_iter()
            .filter_map(|(place, (_, reason))| Some((self.ids.get(place)?.clone(), vec![reason])))
            .collect();
        if likely.is_empty() { SupplierVerdict::Nothing } else { SupplierVerdict::Likely(likely) }
    }
}
