//! What is in the estate that a file is planned against: which system a row is, and what the row changes of it.

use std::collections::{BTreeMap, BTreeSet};

use vocabulary::fold;
use web::say;

use super::{Change, Missing, Planned, Word, reference};
use crate::import::lists::Words;
use crate::import::meaning::{Meant, Names, Needed, RowMeaning, Said};
use crate::import::print::Labels;
use crate::import::store::RowKey;
use crate::statement::store::{Present, Standing};
use crate::statement::{Attribute, Stated, SubjectKind};

/// How many mergings are followed from one system.
const MOST_MERGINGS: usize = 20;

/// What is in the estate now, as the plan needs it.
pub(in crate::import) struct Estate {
    pub(in crate::import) present: Present,
    pub(in crate::import) private_texts: BTreeMap<String, String>,
    pub(super) labels: Labels,
    /// The rows of the file's own list.
    pub(in crate::import) keys: BTreeMap<RowKey, String>,
    /// What lists say of contracts and of the systems that others rely on.
    pub(in crate::import) words: Words,
    /// These, and what lists of contracts say besides.
    pub(super) beside: Words,
    /// The list that the file is a version of.
    pub(in crate::import) list: String,
    /// Whether that is a list of contracts: its rows have ids of ours that the program gave them, and are the list's word.
    pub(super) of_contracts: bool,
}

impl Estate {
    pub(in crate::import) fn standing(&self, subject: &str, attribute: Attribute) -> Option<&Standing> {
        self.present.get(subject)?.get(&attribute)
    }

    pub(super) fn value(&self, subject: &str, attribute: Attribute) -> Option<&Stated> {
        self.standing(subject, attribute)?.statement.value.as_ref()
    }

    pub(in crate::import) fn is_recorded(&self, subject: &str) -> bool {
        self.value(subject, Attribute::Recorded) == Some(&Stated::Flag(true))
    }

    pub(in crate::import) fn is_system(&self, subject: &str) -> bool {
        self.standing(subject, Attribute::Recorded)
            .is_some_and(|standing| standing.statement.kind == SubjectKind::System)
    }

    /// The system that a row of this source was before: by name and product, as they are told now or as an earlier program
    /// told them, else by the name alone where that is unmistakable on both sides.
    pub(super) fn find(&self, key: &RowKey, was: Option<&RowKey>, unique_in_file: bool) -> Option<String> {
        if let Some(id) = self.keys.get(key).or_else(|| self.keys.get(was?)) {
            return Some(id.clone());
        }
        let first = RowKey { name: key.name.clone(), product: String::new(), occurrence: i64::MIN };
        let namesakes = self.keys.range(first..).take_while(|(other, _)| other.name == key.name);
        let mut of_name = namesakes.filter(|(_, id)| self.is_recorded(id));
        match (unique_in_file, of_name.next(), of_name.next()) {
            (true, Some((_, id)), None) => Some(id.clone()),
            _ => None,
        }
    }

    /// The system that another was merged into, through as many mergings as there were; none for one that was not merged.
    pub(super) fn became(&self, system: &str) -> Option<String> {
        let mut became: Option<String> = None;
        for _ in 0..MOST_MERGINGS {
            let at = became.as_deref().unwrap_or(system);
            match self.value(at, Attribute::MergedInto) {
                Some(Stated::System(into)) if !self.is_recorded(at) => became = Some(into.clone()),
                _ => break,
            }
        }
        became.filter(|into| self.is_recorded(into))
    }

    /// Whether the file has a row under a name that this source knows the system by.
    pub(super) fn has_row(&self, system: &str, names_in_file: &BTreeMap<String, usize>) -> bool {
        self.keys.iter().any(|(key, id)| id == system && names_in_file.contains_key(&key.name))
    }

    pub(in crate::import) fn name<'a>(&'a self, system: &'a str) -> &'a str {
        match self.value(system, Attribute::Name) {
            Some(Stated::Text(name)) => name,
            _ => system,
        }
    }

    pub(super) fn compare(
        &self,
        meaning: RowMeaning,
        system: Option<String>,
        occurrence: i64,
        contracts: &mut BTreeMap<String, Option<String>>,
        kept: Option<String>,
        told: &BTreeSet<Attribute>,
    ) -> Planned {
        let recorded = system.as_deref().is_some_and(|id| self.is_recorded(id));
        let is_ours = !self.of_contracts && meaning.our_id.as_deref().is_some_and(|id| self.is_system(id));
        let own = system.as_deref().and_then(|id| self.contract_of(id)).cloned();
        let contract = match (reference(&meaning.contract), kept) {
            (Some(reference), Some(kept)) => {
                // A row above that makes a contract of this name goes on to make it.
                let named = contracts.entry(fold(reference)).or_insert_with(|| Some(kept.clone()));
                if named.is_some() {
                    *named = Some(kept.clone());
                }
                Some(kept)
            }
            (Some(reference), None) => contracts.entry(fold(reference)).or_default().clone(),
            (None, _) => own.clone(),
        };
        let (mut changes, mut words) = (Vec::new(), BTreeMap::new());
        let subject = if recorded { system.as_deref() } else { None };
        self.differences(&meaning.system, subject, told, &mut changes);
        if !meaning.contract.is_empty() {
            for (attribute, said) in meaning.contract.iter().filter(|(attribute, _)| !told.contains(attribute)) {
                let (word, change) = match contract.as_deref().filter(|_| !is_ours) {
                    Some(contract) => self.word(contract, *attribute, said, recorded),
                    None => {
                        let change = self.difference(contract.as_deref(), *attribute, said);
                        (Word { says: change.is_some(), holds: None }, change)
                    }
                };
                changes.extend(change);
                if word != Word::default() {
                    words.insert(*attribute, word);
                }
            }
            // A contract that an earlier row of the file makes has no id yet.
            let made_above = contract.is_none()
                && (told.contains(&Attribute::Reference) || told.contains(&Attribute::ContractTitle));
            if recorded && (made_above || (contract.is_some() && contract != own)) {
                let print = |id: &Option<String>| id.as_deref().map(|id| self.contract_name(id));
                changes.push(Change {
                    attribute: Attribute::Contract.word(),
                    label: Attribute::Contract.label(),
                    now: print(&own),
                    then: print(&contract).or_else(|| reference(&meaning.contract).map(str::to_owned)),
                });
            }
        }
        let shown = changes.clone();
        Planned { meaning, system, recorded, contract, occurrence, changes, shown, words, is_ours }
    }

    /// The attributes of which a row says no more than what stands: the supplier that everybody sees because the product
    /// is theirs, and in a file that we exported, which leaves out what we did not understand, the part that we did.
    pub(super) fn follows(&self, system: &str, meaning: &RowMeaning, names: &Names) -> BTreeSet<Attribute> {
        let mut follows = BTreeSet::new();
        for (attribute, said) in &meaning.system {
            let (Some(Meant::Stated(meant)), None) = (&said.meant, &said.original) else { continue };
            let standing = self.standing(system, *attribute).map(|standing| &standing.statement);
            let (value, original) =
                standing.map_or((None, None), |statement| (statement.value.as_ref(), statement.original.as_ref()));
            let product = match meaning.system.get(&Attribute::Product).map(|said| &said.meant) {
                Some(Some(Meant::Stated(product))) => Some(product),
                _ => self.value(system, Attribute::Product),
            };
            let inferred = *attribute == Attribute::Supplier
                && (value, original) == (None, None)
                && product
                    .and_then(|product| names.supplier(product))
                    .is_some_and(|id| *meant == Stated::Supplier(id.to_owned()));
            let exported = meaning.our_id.is_some() && original.is_some() && value == Some(meant);
            // The name of the organisation's own product may be a listed one's too: what we exported means what stands.
            let same_name = |stated: &Stated| {
                fold(&self.labels.print(*attribute, stated)) == fold(&self.labels.print(*attribute, meant))
            };
            let exported = exported
                || (meaning.our_id.is_some() && *attribute == Attribute::Product && value.is_some_and(same_name));
            if inferred || exported {
                follows.insert(*attribute);
            }
        }
        follows
    }

    pub(in crate::import) fn differences(
        &self,
        says: &BTreeMap<Attribute, Said>,
        subject: Option<&str>,
        told: &BTreeSet<Attribute>,
        changes: &mut Vec<Change>,
    ) {
        let says = says.iter().filter(|(attribute, _)| !told.contains(attribute));
        changes.extend(says.filter_map(|(attribute, said)| self.difference(subject, *attribute, said)));
    }

    /// What would change by what is said of one attribute; none where that stands already.
    pub(in crate::import) fn difference(
        &self,
        subject: Option<&str>,
        attribute: Attribute,
        said: &Said,
    ) -> Option<Change> {
        let standing = subject.and_then(|subject| self.standing(subject, attribute));
        (!said.stands(standing, &self.private_texts)).then(|| Change {
            attribute: attribute.word(),
            label: attribute.label(),
            now: standing.and_then(|standing| self.print_standing(attribute, standing)),
            then: self.print_said(attribute, said),
        })
    }

    pub(super) fn print_standing(&self, attribute: Attribute, standing: &Standing) -> Option<String> {
        self.labels.standing(attribute, standing, &self.private_texts)
    }

    pub(super) fn print_said(&self, attribute: Attribute, said: &Said) -> Option<String> {
        match &said.meant {
            Some(Meant::Stated(stated)) => Some(self.labels.print(attribute, stated)),
            Some(Meant::Candidate(text) | Meant::Private(text)) => Some(text.clone()),
            Some(Meant::Systems(needed)) => Some(needed.iter().map(Needed::name).collect::<Vec<_>>().join("; ")),
            None => said.original.as_ref().map(|text| say!("Not understood: \"{text}\"", text = text)),
        }
    }

    /// Systems of this source, or of any, that are in the estate, not retired, and not among `taken`.
    pub(super) fn missing(&self, taken: &BTreeSet<String>, of_any: bool) -> Vec<Missing> {
        let any = self.present.keys().filter(|id| of_any && self.is_system(id));
        let ids: BTreeSet<&String> =
            self.keys.values().chain(any).filter(|id| !taken.contains(*id) && self.is_recorded(id)).collect();
        let retired = Stated::Text("retired".to_owned());
        let mut missing: Vec<Missing> = ids
            .into_iter()
            .filter(|id| self.value(id, Attribute::Status) != Some(&retired))
            .map(|id| Missing {
                id: id.clone(),
                name: match self.value(id, Attribute::Name) {
                    Some(Stated::Text(name)) => name.clone(),
                    _ => String::new(),
                },
            })
            .collect();
        missing.sort_by(|one, other| (fold(&one.name), &one.id).cmp(&(fold(&other.name), &other.id)));
        missing
    }
}
