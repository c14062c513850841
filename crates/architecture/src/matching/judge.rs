//! Comparing one text with one name: what of the name is there, what stands beside it, and what the supplier says.

use std::collections::BTreeSet;

use super::index::{Cell, Index, Name, Product, Query};
use super::words::{is_generic, is_joining, is_noise, is_qualifying, is_trade, is_version};
use super::{NameKind, Reason};

/// What came of comparing.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub(super) name: usize,
    pub(super) score: i32,
    /// Whether it may be made without asking, if nothing else may.
    pub(super) certain: bool,
    /// Places in the text that are the name.
    pub(super) covered: BTreeSet<usize>,
    pub(super) reasons: Vec<Reason>,
    /// Whether the text is the name to the letter, or all of the name's words stand in the text, its supplier's too.
    pub(super) entire: bool,
    /// What else the text says.
    pub(super) beside: Vec<String>,
}

impl Judged {
    /// A suggestion for want of better ones.
    pub(super) fn weak(name: usize, score: i32, reason: Reason) -> Judged {
        let (covered, beside, reasons) = (BTreeSet::new(), Vec::new(), vec![reason]);
        Judged { name, score, certain: false, covered, reasons, entire: false, beside }
    }

    /// What puts it before others.
    pub(super) fn rank(&self) -> (bool, i32, usize, std::cmp::Reverse<usize>) {
        (self.certain, self.score, self.covered.len(), std::cmp::Reverse(self.name))
    }
}

/// What is less like than this is not suggested.
pub(super) const LEAST_LIKELY: i32 = 50;
/// A name as long as this, in letters, is not met by accident with one letter wrong.
const LONG_NAME: usize = 10;
/// Shorter words with a wrong letter are never certain.
const SHORTEST_CERTAIN: usize = 6;

/// What is said of the supplier, in the cell beside the text and in the text itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Supplier {
    Agrees,
    Unsaid,
    Differs,
}

/// What the cell says of a product's supplier.
fn in_cell(index: &Index, query: &Query, product: &Product) -> Supplier {
    match &query.cell {
        Cell::Blank => Supplier::Unsaid,
        Cell::InHouse => Supplier::Differs,
        Cell::Known(place) if product.supplier == Some(*place) || product.spoken_of.contains(place) => Supplier::Agrees,
        Cell::Known(place) => {
            // A firm of whom one part was sold still stands in the names of what it sold.
            let spoken = index.suppliers.phrases(*place).iter().any(|phrase| {
                phrase.iter().all(|word| product.words.contains(word)) && phrase.iter().any(|word| !is_generic(word))
            });
            if spoken { Supplier::Agrees } else { Supplier::Differs }
        }
        Cell::Other(words) => {
            let telling: Vec<&String> = words.iter().filter(|word| !is_generic(word) && !is_trade(word)).collect();
            let known = telling.iter().all(|word| product.words.contains(*word));
            if known && !telling.is_empty() { Supplier::Agrees } else { Supplier::Differs }
        }
    }
}

/// Whether a text that is a listed name to the letter may be made: unless the supplier speaks against it and the name is a
/// word that others use too.
pub(super) fn may_be_made(index: &Index, query: &Query, name: &Name) -> bool {
    let Some(product) = index.products.get(name.product) else { return false };
    let uncommon = name.core.iter().filter(|word| !is_generic(word)).count();
    match in_cell(index, query, product) {
        Supplier::Agrees | Supplier::Unsaid => true,
        // What an organisation runs itself may well be SharePoint; "in-house" then says who looks after it.
        Supplier::Differs if matches!(query.cell, Cell::InHouse) => true,
        Supplier::Differs => name.has_supplier || (uncommon >= 2 && matches!(query.cell, Cell::Other(_))),
    }
}

/// The judgement of a text that is a name to the letter.
pub(super) fn exactly(index: &Index, query: &Query, number: usize) -> Judged {
    let name = index.names.get(number);
    let product = name.and_then(|name| index.products.get(name.product));
    let mut reasons = vec![Reason::Name(name.map_or(NameKind::Name, |name| name.kind))];
    let supplier = product.map_or(Supplier::Unsaid, |product| in_cell(index, query, product));
    let certain = name.is_some_and(|name| may_be_made(index, query, name));
    match supplier {
        Supplier::Agrees => reasons.push(Reason::SameSupplier),
        Supplier::Differs => reasons.push(Reason::SupplierDiffers),
        Supplier::Unsaid => {}
    }
    let score = if supplier == Supplier::Differs && !certain { 70 } else { 100 };
    let covered = (0..query.words.len()).collect();
    Judged { name: number, score, certain, covered, reasons, entire: true, beside: Vec::new() }
}

/// How the words of a name are found in a text.
#[derive(Default)]
struct Found {
    covered: BTreeSet<usize>,
    /// Weight of what was found, and of all.
    weight: f64,
    all: f64,
    /// Words with wrong letters, and how many letters.
    wrong: Vec<(String, usize)>,
    shortened: bool,
    missing: bool,
    uncommon: bool,
    run: bool,
}

fn weight(word: &str) -> f64 {
    if is_joining(word) {
        0.0
    } else if is_generic(word) {
        0.3
    } else {
        1.0
    }
}

/// The whole name as a run of words that are written together or apart in another way.
fn as_run(query: &Query, name: &Name) -> Option<BTreeSet<usize>> {
    let (core, whole) = (name.core.concat(), &name.joined);
    for words in [&query.words, &query.raw] {
        for first in 0..words.len() {
            let mut run = String::new();
            for (last, word) in words.iter().enumerate().skip(first) {
                run.push_str(word);
                if run == core || run == *whole {
                    return Some((first..=last).collect());
                }
                if run.len() > core.len().max(whole.len()) {
                    break;
                }
            }
        }
    }
    None
}

fn find(query: &Query, name: &Name) -> Found {
    let mut found = Found { all: name.core.iter().map(|word| weight(word)).sum(), ..Found::default() };
    if let Some(run) = as_run(query, name) {
        found.run = true;
        found.covered = run;
        found.weight = found.all;
        found.uncommon = name.core.iter().any(|word| !is_generic(word));
        return found;
    }
    let joined = name.core.concat();
    if let Some((_, distance)) = query.whole_near.iter().find(|(known, _)| *known == joined) {
        found.covered = (0..query.words.len()).collect();
        found.weight = found.all * 0.9;
        found.uncommon = name.core.iter().any(|word| !is_generic(word));
        found.wrong.push((query.raw.concat(), *distance));
        return found;
    }
    let is_short =
        |place: usize, short: &str, whole: &str| query.unknown.get(place) == Some(&true) && is_short_for(short, whole);
    let mut words = query.words.iter().enumerate();
    if let Some((place, _)) = words.find(|(place, word)| word.len() >= 5 && is_short(*place, word, &joined)) {
        found.covered.insert(place);
        found.weight = found.all * 0.8;
        found.shortened = true;
        found.uncommon = name.core.iter().any(|word| !is_generic(word));
        return found;
    }
    for word in &name.core {
        let free = |place: &usize| !found.covered.contains(place);
        let place = query.words.iter().position(|other| other == word).filter(free);
        let near = || query.near.iter().find(|(place, known, _)| known == word && free(place));
        if let Some(place) = place {
            found.covered.insert(place);
            found.weight += weight(word);
        } else if let Some((place, _, distance)) = near() {
            found.covered.insert(*place);
            found.weight += weight(word) * (1.0 - 0.1 * f64::from(u32::try_from(*distance).unwrap_or(2)));
            found.wrong.push((query.words.get(*place).cloned().unwrap_or_default(), *distance));
        } else if let Some((place, _)) =
            query.words.iter().enumerate().find(|(place, other)| is_short(*place, other, word) && free(place))
        {
            found.covered.insert(place);
            found.weight += weight(word) * 0.8;
            found.shortened = true;
        } else {
            found.missing = true;
            continue;
        }
        found.uncommon |= !is_generic(word);
    }
    found
}

/// Whether a word is the beginning of another and nothing usual by itself.
fn is_short_for(short: &str, whole: &str) -> bool {
    let rest = whole.strip_prefix(short).unwrap_or_default();
    short.len() >= 3 && !rest.is_empty() && rest != "s" && !is_generic(short)
}

/// Whether a word of the text is part of some supplier's name.
fn anyones_word(query: &Query, place: usize) -> bool {
    query.phrases.iter().any(|(first, length, _)| (*first..first + length).contains(&place))
}

/// Compares. None where nothing of the name is there.
pub(super) fn judge(index: &Index, query: &Query, number: usize) -> Option<Judged> {
    let name = index.names.get(number)?;
    let product = index.products.get(name.product)?;
    let found = find(query, name);
    if found.covered.is_empty() || found.all <= 0.0 {
        return None;
    }
    let cell = in_cell(index, query, product);
    let (mut named, mut other_named) = (BTreeSet::new(), false);
    for (place, length, supplier) in &query.phrases {
        let run = *place..place + length;
        if run.clone().all(|place| found.covered.contains(&place)) {
            continue;
        }
        let is_his = product.supplier == Some(*supplier) || product.spoken_of.contains(supplier);
        match is_his {
            true => named.extend(run),
            // Another supplier's name that is also a word of this product says nothing.
            false => {
                other_named |= !run.clone().all(|at| query.words.get(at).is_some_and(|w| product.words.contains(w)))
            }
        }
    }
    let supplier = match (cell, named.is_empty(), other_named) {
        (Supplier::Agrees, _, false) | (_, false, false) => Supplier::Agrees,
        (Supplier::Agrees, _, true) | (_, false, true) | (Supplier::Unsaid, true, false) => Supplier::Unsaid,
        (Supplier::Unsaid, true, true) | (Supplier::Differs, true, _) => Supplier::Differs,
    };
    let beside: Vec<(usize, &str)> = query
        .words
        .iter()
        .enumerate()
        .filter(|(place, _)| !found.covered.contains(place) && !named.contains(place))
        .map(|(place, word)| (place, word.as_str()))
        .filter(|(_, word)| !is_joining(word) && !is_version(word))
        .collect();
    let is_own = |word: &str| product.words.contains(word);
    let foreign: Vec<&str> = beside
        .iter()
        .map(|(_, word)| *word)
        .filter(|word| !is_own(word) && !is_noise(word) && !is_qualifying(word))
        .collect();
    let qualified = beside.iter().any(|(_, word)| !is_noise(word));
    let whole = !found.missing && !found.shortened;
    let supplier_known = supplier == Supplier::Agrees || !name.has_supplier || cell == Supplier::Agrees || {
        // The name's own supplier words may be part of the run.
        found.run && found.covered.len() > name.core.len()
    };
    let corroborated = supplier == Supplier::Agrees || name.is_distinctive;
    let one_letter = match found.wrong.as_slice() {
        [] => true,
        [(sent, 1)] => {
            let long = sent.len() >= SHORTEST_CERTAIN && name.length >= SHORTEST_CERTAIN;
            // "ePay" and "iForms" are other products and no slips.
            let begins_alike = name.core.iter().any(|word| word.get(..1) == sent.get(..1));
            long && begins_alike && !qualified && (supplier == Supplier::Agrees || name.length >= LONG_NAME)
        }
        _ => false,
    };
    // "Idox" is Idox's name before it is anything of theirs.
    let makers_word = |place: &usize| {
        let his = |supplier: usize| product.supplier == Some(supplier) || product.spoken_of.contains(&supplier);
        query.phrases.iter().any(|(first, length, of)| his(*of) && (*first..first + length).contains(place))
    };
    let only_maker = found.covered.iter().all(makers_word) || name.is_makers;
    if !name.is_makers && found.covered.iter().all(|place| anyones_word(query, *place)) {
        // Suppliers stand in the names of other suppliers' products: "Veeam Backup for Microsoft 365".
        return None;
    }
    let has_suppliers_words =
        !name.has_supplier || !named.is_empty() || (found.run && found.covered.len() > name.core.len());
    // One word and a supplier's cell are not enough: "Webcasting" beside "Public-i" is a service before it is a product. But
    // "Mosaic", which is a product's name in any case, is Experian's beside "Experian".
    let is_a_name = name.core.first().is_some_and(|word| index.named_product(word).is_some());
    let one_word = name.core.len() == 1 && !has_suppliers_words && !is_a_name;
    let entire = whole && found.wrong.is_empty() && has_suppliers_words;
    let listed_so = entire && name.has_supplier && !qualified;
    let certain = whole
        && one_letter
        && (!only_maker || (name.is_makers && beside.is_empty() && named.is_empty() && found.wrong.is_empty()))
        && (found.uncommon || listed_so)
        && foreign.is_empty()
        && supplier != Supplier::Differs
        && supplier_known
        && !one_word
        && (beside.is_empty() || corroborated);

    let total: f64 = query.words.iter().filter(|word| !is_version(word)).map(|word| weight(word)).sum();
    let said: f64 = query
        .words
        .iter()
        .enumerate()
        .filter(|(place, word)| {
            found.covered.contains(place) || named.contains(place) || (is_own(word) && !is_version(word))
        })
        .filter(|(_, word)| !is_version(word))
        .map(|(_, word)| weight(word))
        .sum();
    let of_text = if total > 0.0 { said / total } else { 1.0 };
    let mut score = 60.0 * found.weight / found.all + 40.0 * of_text;
    match supplier {
        Supplier::Agrees => score += 8.0,
        Supplier::Differs => score -= 18.0,
        Supplier::Unsaid => {}
    }
    if !supplier_known {
        score -= 12.0;
    }
    if !foreign.is_empty() && supplier != Supplier::Agrees && !name.is_distinctive {
        score -= 20.0;
    }
    if !found.wrong.is_empty() && supplier != Supplier::Agrees && name.length < LONG_NAME {
        score -= 20.0;
    }
    if only_maker && !beside.is_empty() {
        score = score.min(60.0);
    }
    if !found.uncommon && !listed_so {
        score = if supplier == Supplier::Agrees { score.min(66.0) } else { score.min(30.0) };
    }
    let mut places = query.words.iter().enumerate();
    let has_version = places.any(|(place, word)| is_version(word) && !found.covered.contains(&place));
    let mut reasons = Vec::new();
    if supplier == Supplier::Agrees && named.is_empty() {
        reasons.push(Reason::SameSupplier);
    }
    if !named.is_empty() {
        reasons.push(Reason::RunTogether);
    }
    match found.wrong.iter().map(|(_, letters)| letters).sum::<usize>() {
        0 => {}
        1 => reasons.push(Reason::OneLetter),
        _ => reasons.push(Reason::TwoLetters),
    }
    if found.shortened {
        reasons.push(Reason::Abbreviation(name.text.clone()));
    } else if !found.uncommon && !listed_so {
        reasons.push(Reason::CommonWords);
    } else if found.missing {
        reasons.push(Reason::PartOfName);
    } else if beside.is_empty() && named.is_empty() && found.wrong.is_empty() && !has_version {
        let shortened = query.raw.iter().zip(&query.words).any(|(raw, word)| raw != word);
        reasons.push(if shortened { Reason::Abbreviation(name.text.clone()) } else { Reason::Spaces });
    }
    if has_version {
        reasons.push(Reason::Version);
    }
    if !beside.is_empty() {
        let words: Vec<&str> = beside.iter().filter_map(|(place, _)| Some(query.raw.get(*place)?.as_str())).collect();
        reasons.push(Reason::AlsoSays(words.join(" ")));
    }
    if supplier == Supplier::Differs {
        reasons.push(Reason::SupplierDiffers);
    }
    #[expect(clippy::cast_possible_truncation, reason = "between -50 and 110")]
    let score = score.round() as i32;
    let beside = beside.into_iter().map(|(_, word)| word.to_owned()).collect();
    Some(Judged { name: number, score, certain, covered: found.covered, reasons, entire, beside })
}

/// The version that a text carries beside a name.
pub(super) fn version(query: &Query, judged: &Judged) -> Option<String> {
    let number = |word: &String| word.strip_prefix('v').unwrap_or(word).to_owned();
    let words = query.words.iter().enumerate();
    let rest = words.filter(|(place, word)| is_version(word) && !judged.covered.contains(place));
    let parts: Vec<String> = rest.map(|(_, word)| number(word)).collect();
    (!parts.is_empty()).then(|| parts.join("."))
}
