//! Every name of every listed product, arranged so that the few that a text may mean are found without comparing all.
//!
//! Made once for many questions: a list of 600 products with 2,500 names takes some milliseconds, a question microseconds.
//! Names are found by the whole text, by runs of its words written together, by words that are not common, and by words
//! from which one letter was taken away, so that a wrong letter leads there too. What is found is [`judge`](super::judge)d.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use vocabulary::fold;

use super::judge::{self, Judged};
use super::suppliers::{KnownSupplier, Suppliers};
use super::words::{compared, is_generic, is_joining, is_version};
use super::{LONGEST_TEXT, MOST_SUGGESTIONS, Reason, Suggestion, Verdict};

/// What sort of name it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// The present name.
    Name,
    /// Another name in use.
    Alias,
    /// A name that it had.
    Former,
}

impl NameKind {
    /// The one that a word of the tables names.
    pub fn from_word(word: &str) -> NameKind {
        match word {
            "name" => NameKind::Name,
            "former" => NameKind::Former,
            _ => NameKind::Alias,
        }
    }
}

/// One name of a product.
#[derive(Clone, Debug)]
pub struct KnownName {
    /// As written.
    pub text: String,
    /// Of which sort.
    pub kind: NameKind,
}

/// A product that a text may mean.
#[derive(Clone, Debug)]
pub struct Known {
    /// '' for the shared list.
    pub organisation: String,
    /// Its id.
    pub id: String,
    /// Its supplier's id.
    pub supplier: Option<String>,
    /// All of its names.
    pub names: Vec<KnownName>,
}

pub(super) struct Product {
    pub(super) organisation: String,
    pub(super) id: String,
    pub(super) supplier: Option<usize>,
    /// Other suppliers that its names speak of, such as the one before a takeover.
    pub(super) spoken_of: HashSet<usize>,
    /// Every word of its names and of its supplier's.
    pub(super) words: HashSet<String>,
}

pub(super) struct Name {
    pub(super) product: usize,
    pub(super) text: String,
    pub(super) kind: NameKind,
    /// The words that are compared, without joining ones.
    pub(super) core: Vec<String>,
    /// All of its words in one.
    pub(super) joined: String,
    /// Whether the supplier's name is part of it, beside the core.
    pub(super) has_supplier: bool,
    /// Whether it is its supplier's name and nothing else, so that a text may mean either.
    pub(super) is_makers: bool,
    /// Whether it can hardly be anything else: several words that are not common, letters and digits mixed, or capitals within.
    pub(super) is_distinctive: bool,
    /// Letters and digits of its core, without the supplier's name where that is written together with it.
    pub(super) length: usize,
}

/// The names, ready for questions.
#[derive(Default)]
pub struct Index {
    pub(super) products: Vec<Product>,
    pub(super) names: Vec<Name>,
    exact: HashMap<String, usize>,
    joined: BTreeMap<String, Vec<usize>>,
    words: HashMap<String, Vec<usize>>,
    /// Words and joined names with one letter taken away.
    near: HashMap<String, Vec<usize>>,
    near_words: Vec<String>,
    by_supplier: HashMap<usize, Vec<usize>>,
    pub(super) suppliers: Suppliers,
}

/// What the supplier's cell says.
pub(super) enum Cell {
    /// Nothing, or a firm that only sells on.
    Blank,
    /// A supplier that has products.
    Known(usize),
    /// Somebody else, in these words.
    Other(Vec<String>),
    /// The organisation itself.
    InHouse,
}

/// A text in the form in which it is compared.
pub(super) struct Query {
    /// Folded words.
    pub(super) raw: Vec<String>,
    /// The same, shortened ones written out.
    pub(super) words: Vec<String>,
    /// Where suppliers are named in it: first word, number of words, supplier.
    pub(super) phrases: Vec<(usize, usize, usize)>,
    /// Whether each word is unknown as it stands, so that it may be the beginning of a known one.
    pub(super) unknown: Vec<bool>,
    /// Words that are nearly a known one: place, known word, letters that differ.
    pub(super) near: Vec<(usize, String, usize)>,
    /// Known names that the whole text is nearly: joined, letters that differ.
    pub(super) whole_near: Vec<(String, usize)>,
    pub(super) cell: Cell,
}

/// The longest run of words that is tried as one.
const LONGEST_RUN: usize = 5;
/// Shorter words are not looked up with a wrong letter: too many are alike.
const SHORTEST_NEAR: usize = 5;
/// At most so many names are tried that begin with a word.
const MOST_BEGINNINGS: usize = 4;
/// At most so many words of a text are compared.
const MOST_WORDS: usize = 16;

impl Index {
    /// Arranges the names. Where two products share a name, the one that comes first has it.
    pub fn new(known: impl IntoIterator<Item = Known>, suppliers: impl IntoIterator<Item = KnownSupplier>) -> Index {
        let mut index = Index { suppliers: Suppliers::new(suppliers), ..Index::default() };
        for product in known {
            index.add(product);
        }
        index
    }

    /// The suppliers that it knows.
    pub fn suppliers(&self) -> &Suppliers {
        &self.suppliers
    }

    fn add(&mut self, known: Known) {
        let place = self.products.len();
        let supplier = known.supplier.as_deref().and_then(|id| self.suppliers.position(id));
        let mut product = Product {
            organisation: known.organisation,
            id: known.id,
            supplier,
            spoken_of: HashSet::new(),
            words: HashSet::new(),
        };
        let sold_as = supplier.map(|supplier| self.suppliers.phrases(supplier).to_vec()).unwrap_or_default();
        product.words.extend(sold_as.iter().flatten().map(|word| compared(word).to_owned()));
        for KnownName { text, kind } in known.names {
            let folded = fold(&text);
            if folded.is_empty() {
                continue;
            }
            let raw: Vec<String> = folded.split(' ').map(str::to_owned).collect();
            product.spoken_of.extend(self.phrases(&raw).into_iter().map(|(_, _, supplier)| supplier));
            // At the beginning first: "Idox Open Objects" is a product of Idox, whose own name "Open Objects" was too.
            let runs = sold_as.iter().filter_map(|phrase| {
                let at = raw.windows(phrase.len()).position(|run| run == phrase.as_slice())?;
                Some(at..at + phrase.len())
            });
            let of_supplier = runs.min_by_key(|run| (run.start, std::cmp::Reverse(run.end))).unwrap_or(0..0);
            let written_out = |(_, word): (usize, &String)| compared(word).to_owned();
            let words = || raw.iter().enumerate().filter(|(_, word)| !is_joining(word));
            let mut core: Vec<String> = words().filter(|(at, _)| !of_supplier.contains(at)).map(written_out).collect();
            let is_makers = core.is_empty() || sold_as.iter().any(|phrase| phrase.concat() == core.concat());
            if core.is_empty() {
                core = words().map(written_out).collect();
            }
            product.words.extend(raw.iter().map(|word| compared(word).to_owned()));
            let number = self.names.len();
            let uncommon: Vec<&String> = core.iter().filter(|word| !is_generic(word)).collect();
            let joined_core = core.concat();
            let his = sold_as.iter().map(|phrase| phrase.concat()).filter(|his| joined_core.starts_with(his.as_str()));
            let length = joined_core.len() - his.map(|his| his.len()).max().unwrap_or(0);
            self.exact.entry(folded.clone()).or_insert(number);
            for joined in BTreeSet::from([core.concat(), raw.concat()]) {
                if joined.len() >= 3 {
                    self.come_near(&joined, number);
                    self.joined.entry(joined).or_default().push(number);
                }
            }
            for word in core.iter().filter(|word| !is_generic(word) && !is_version(word)) {
                self.come_near(word, number);
                self.words.entry(word.clone()).or_default().push(number);
            }
            self.names.push(Name {
                product: place,
                has_supplier: !of_supplier.is_empty() && !is_makers,
                is_makers,
                joined: raw.concat(),
                is_distinctive: uncommon.len() >= 2 || (!uncommon.is_empty() && is_marked(&text)),
                text,
                kind,
                core,
                length,
            });
            if let Some(supplier) = supplier {
                self.by_supplier.entry(supplier).or_default().push(number);
            }
        }
        self.products.push(product);
    }

    fn come_near(&mut self, word: &str, _name: usize) {
        if word.len() < SHORTEST_NEAR
            || !word.is_ascii()
            || self.words.contains_key(word)
            || self.joined.contains_key(word)
        {
            return;
        }
        let number = self.near_words.len();
        self.near_words.push(word.to_owned());
        for key in shortened(word) {
            let of = self.near.entry(key).or_default();
            if of.last() != Some(&number) {
                of.push(number);
            }
        }
    }

    /// Where suppliers are named in folded words. The longest name counts at each place.
    fn phrases(&self, raw: &[String]) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        for (place, word) in raw.iter().enumerate() {
            for supplier in self.suppliers.with_word(word) {
                let of = self.suppliers.phrases(*supplier).iter();
                let begins = of.filter(|phrase| raw.get(place..place + phrase.len()) == Some(phrase.as_slice()));
                if let Some(longest) = begins.map(Vec::len).max() {
                    found.push((place, longest, *supplier));
                }
            }
        }
        found
    }

    fn cell(&self, supplier: Option<&str>) -> Cell {
        let folded = supplier.map(fold).unwrap_or_default();
        if folded.is_empty() {
            return Cell::Blank;
        }
        if folded == "in house" {
            return Cell::InHouse;
        }
        match self.suppliers.place(&folded) {
            Some(place) if self.by_supplier.contains_key(&place) => Cell::Known(place),
            Some(_) => Cell::Blank,
            None => {
                let words = folded.split(' ').filter(|word| !super::words::is_of_company(word));
                Cell::Other(words.map(|word| compared(word).to_owned()).collect())
            }
        }
    }

    /// The product whose name this is, but for case, accents and signs. Says nothing about suppliers.
    fn named(&self, folded: &str) -> Option<usize> {
        self.exact.get(folded).copied()
    }

    /// The product of exactly this name, but for case, accents and signs.
    pub fn named_product(&self, name: &str) -> Option<String> {
        let name = self.names.get(self.named(&fold(name))?)?;
        self.products.get(name.product).map(|product| product.id.clone())
    }

    /// What a text means, given what stands in the supplier's cell beside it. What the organisation itself supplies is
    /// "in-house".
    pub fn find(&self, text: &str, supplier: Option<&str>) -> Verdict {
        let folded = fold(text);
        if folded.is_empty() || folded.len() > LONGEST_TEXT {
            return Verdict::Nothing;
        }
        let query = self.query(&folded, self.cell(supplier));
        if let Some(number) = self.named(&folded)
            && let Some(name) = self.names.get(number)
            && judge::may_be_made(self, &query, name)
        {
            return Verdict::Certain(self.suggestion(&query, &judge::exactly(self, &query, number)));
        }
        let mut best: HashMap<usize, Judged> = HashMap::new();
        for number in self.candidates(&query, &folded) {
            let exact = self.named(&folded) == Some(number);
            let judged =
                if exact { Some(judge::exactly(self, &query, number)) } else { judge::judge(self, &query, number) };
            let (Some(judged), Some(name)) = (judged, self.names.get(number)) else { continue };
            let better = |other: &Judged| judged.rank() > other.rank();
            if best.get(&name.product).is_none_or(better) {
                best.insert(name.product, judged);
            }
        }
        let mut best: Vec<Judged> = best.into_values().collect();
        for judged in &mut best {
            judged.certain = judged.certain && !self.is_family(judged);
        }
        best.sort_by_key(|judged| std::cmp::Reverse(judged.rank()));
        if let Some(one) = the_only(&best) {
            return Verdict::Certain(self.suggestion(&query, one));
        }
        best.retain(|judged| judged.score >= judge::LEAST_LIKELY);
        if best.is_empty() {
            best = self.of_named_supplier(&query);
        }
        best.truncate(MOST_SUGGESTIONS);
        match best.is_empty() {
            true => Verdict::Nothing,
            false => Verdict::Likely(best.iter().map(|judged| self.suggestion(&query, judged)).collect()),
        }
    }

    fn query(&self, folded: &str, cell: Cell) -> Query {
        let raw: Vec<String> = folded.split(' ').take(MOST_WORDS).map(str::to_owned).collect();
        let words: Vec<String> = raw.iter().map(|word| compared(word).to_owned()).collect();
        let phrases = self.phrases(&raw);
        let mut near = Vec::new();
        for (place, word) in words.iter().enumerate() {
            if !self.words.contains_key(word) && !is_generic(word) {
                near.extend(self.near(word).into_iter().map(|(known, distance)| (place, known, distance)));
            }
        }
        let unknown = words.iter().map(|word| !self.words.contains_key(word)).collect();
        let whole = raw.concat();
        let whole_near = if is_generic(&whole) { Vec::new() } else { self.near(&whole) };
        Query { raw, words, phrases, unknown, near, whole_near, cell }
    }

    /// Known words with a wrong letter or two.
    pub(super) fn near(&self, word: &str) -> Vec<(String, usize)> {
        if word.len() < SHORTEST_NEAR || !word.is_ascii() {
            return Vec::new();
        }
        let mut found = BTreeSet::new();
        for key in shortened(word) {
            found.extend(self.near.get(&key).into_iter().flatten().copied());
        }
        let known = found.into_iter().filter_map(|number| self.near_words.get(number));
        known
            .filter_map(|known| {
                let distance = strsim::osa_distance(known, word);
                let same_start = known.get(..4) == word.get(..4);
                let most = match known.len().min(word.len()) {
                    8.. => 2,
                    7 if same_start => 2,
                    _ => 1,
                };
                let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
                // A wrong digit is another number and no typing error.
                (distance <= most && distance > 0 && digits(known) == digits(word)).then(|| (known.clone(), distance))
            })
            .collect()
    }

    /// The names that are worth judging.
    fn candidates(&self, query: &Query, folded: &str) -> BTreeSet<usize> {
        let mut found: BTreeSet<usize> = self.named(folded).into_iter().collect();
        for words in [&query.raw, &query.words] {
            for first in 0..words.len() {
                let mut run = String::new();
                for word in words.iter().skip(first).take(LONGEST_RUN) {
                    run.push_str(word);
                    found.extend(self.joined.get(&run).into_iter().flatten());
                }
            }
        }
        for word in &query.words {
            found.extend(self.words.get(word).into_iter().flatten());
            if word.len() >= SHORTEST_NEAR && !is_generic(word) {
                let begin =
                    self.joined.range(word.clone()..).take_while(|(joined, _)| joined.starts_with(word.as_str()));
                found.extend(begin.take(MOST_BEGINNINGS).flat_map(|(_, numbers)| numbers));
            }
        }
        for (_, known, _) in &query.near {
            found.extend(self.words.get(known).into_iter().flatten());
            found.extend(self.joined.get(known).into_iter().flatten());
        }
        for (known, _) in &query.whole_near {
            found.extend(self.joined.get(known).into_iter().flatten());
        }
        let suppliers = query.phrases.iter().map(|(_, _, supplier)| *supplier);
        let cell = match &query.cell {
            Cell::Known(supplier) => vec![*supplier],
            Cell::Other(words) => words.iter().flat_map(|word| self.suppliers.with_word(word)).copied().collect(),
            Cell::Blank | Cell::InHouse => Vec::new(),
        };
        for supplier in suppliers.chain(cell) {
            let of = self.by_supplier.get(&supplier).into_iter().flatten();
            found.extend(of.filter(|number| {
                let core = self.names.get(**number).map(|name| name.core.as_slice()).unwrap_or_default();
                core.iter().any(|word| query.words.contains(word))
            }));
        }
        found
    }

    /// Whether the words are those of several products of one supplier, so that the text may mean any: "Liberty" of Netcall.
    fn is_family(&self, judged: &Judged) -> bool {
        let Some(name) = self.names.get(judged.name) else { return false };
        let Some(supplier) = self.products.get(name.product).and_then(|product| product.supplier) else { return false };
        let others = self.by_supplier.get(&supplier).into_iter().flatten().filter_map(|number| self.names.get(*number));
        let mut others = others
            .filter(|other| other.product != name.product && name.core.iter().all(|word| other.core.contains(word)));
        match judged.entire {
            true => others.any(|other| judged.beside.iter().any(|word| other.core.contains(word))),
            false => others.next().is_some(),
        }
    }

    /// The few products of a supplier, where the text names nothing else.
    fn of_named_supplier(&self, query: &Query) -> Vec<Judged> {
        let Some((place, length, supplier)) = query.phrases.iter().max_by_key(|(_, length, _)| *length) else {
            return Vec::new();
        };
        let named = *place..place + length;
        let rest = query.words.iter().enumerate().filter(|(at, word)| !named.contains(at) && !is_generic(word));
        if rest.count() > 0 {
            return Vec::new();
        }
        let mut seen = BTreeSet::new();
        let names = self.by_supplier.get(supplier).into_iter().flatten();
        let first_names = names.filter(|number| self.names.get(**number).is_some_and(|name| seen.insert(name.product)));
        let judged: Vec<Judged> = first_names.map(|number| Judged::weak(*number, 30, Reason::OnlySupplier)).collect();
        if judged.len() <= MOST_SUGGESTIONS { judged } else { Vec::new() }
    }

    fn suggestion(&self, query: &Query, judged: &Judged) -> Suggestion {
        let name = self.names.get(judged.name);
        let product = name.and_then(|name| self.products.get(name.product));
        Suggestion {
            organisation: product.map(|product| product.organisation.clone()).unwrap_or_default(),
            product: product.map(|product| product.id.clone()).unwrap_or_default(),
            name: name.map(|name| name.text.clone()).unwrap_or_default(),
            score: u8::try_from(judged.score.clamp(0, 100)).unwrap_or_default(),
            reasons: judged.reasons.clone(),
            version: judge::version(query, judged),
        }
    }
}

/// The one that is certain: alone, or saying of the text all that the others say and more.
fn the_only(best: &[Judged]) -> Option<&Judged> {
    let certain: Vec<&Judged> = best.iter().filter(|judged| judged.certain).collect();
    let most = certain.iter().max_by_key(|judged| judged.covered.len())?;
    let beaten = |other: &&&Judged| other.covered.len() < most.covered.len() && other.covered.is_subset(&most.covered);
    let alone = certain.iter().filter(|other| other.name != most.name).all(|other| beaten(&other));
    alone.then_some(*most)
}

/// A word, and the word with each letter taken away once.
fn shortened(word: &str) -> Vec<String> {
    let mut keys = vec![word.to_owned()];
    for (place, letter) in word.char_indices() {
        let rest = place + letter.len_utf8();
        keys.push([word.get(..place).unwrap_or_default(), word.get(rest..).unwrap_or_default()].concat());
    }
    keys
}

/// Whether a name is written as only names are: capitals within a word, or letters and digits in one.
fn is_marked(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let letters: Vec<char> = word.chars().filter(|letter| letter.is_alphanumeric()).collect();
        let has_lower = letters.iter().any(|letter| letter.is_lowercase());
        let capital_within = letters.iter().skip(1).any(|letter| letter.is_uppercase());
        let digit = letters.iter().any(char::is_ascii_digit);
        (has_lower && capital_within) || (digit && letters.iter().any(|letter| letter.is_alphabetic()))
    })
}
