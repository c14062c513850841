//! What is told of contracts, by the rows of a file and by the lists of an organisation, and whose word holds. Which list's
//! word ranks before another's is [`crate::import::lists`]'s.

use std::collections::{BTreeMap, BTreeSet};

use vocabulary::fold;
use web::say;

use super::{Change, Estate, Planned};
use crate::import::lists::{rank, rank_of};
use crate::import::meaning::{Meant, Places, RowMeaning, Said};
use crate::spreadsheet::{Field, Problem, Row, Severity, quoted};
use crate::statement::store::Standing;
use crate::statement::{Attribute, Stated, Statement};

/// What is to be written of one attribute of a contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Whether what the row says is stated.
    pub says: bool,
    /// The word of another list that goes on to hold, and whose it is.
    pub holds: Option<(String, Statement)>,
}

impl Estate {
    /// Known contracts by folded reference; those without one by their title.
    pub(super) fn contracts(&self) -> BTreeMap<String, Option<String>> {
        let recorded: Vec<&String> = self.present.keys().filter(|id| self.is_recorded(id)).collect();
        let mut contracts = BTreeMap::new();
        for attribute in [Attribute::ContractTitle, Attribute::Reference] {
            for id in &recorded {
                let titled = attribute == Attribute::ContractTitle && self.value(id, Attribute::Reference).is_some();
                if let Some(Stated::Text(name)) = self.value(id, attribute).filter(|_| !titled) {
                    contracts.insert(fold(name), Some((*id).clone()));
                }
            }
        }
        contracts
    }

    /// What comes of what a row says of a contract that the estate has: it holds, or is kept beside the word of another list
    /// that goes on to hold. And what changes by that.
    pub(super) fn word(
        &self,
        contract: &str,
        attribute: Attribute,
        said: &Said,
        recorded: bool,
    ) -> (Word, Option<Change>) {
        let other = self.words.best_of_others(contract, attribute, &self.list);
        let mine = self.words.word(contract, attribute, &self.list);
        let told = mine.is_some_and(|mine| {
            said.stands(Some(mine), &self.private_texts) && said.confidence == mine.statement.confidence
        });
        let yields = other.filter(|(list, other)| rank_of(&other.statement, list) < rank(said, &self.list));
        let Some((list, other)) = yields else {
            let change = self.difference(Some(contract), attribute, said);
            // Where others have a word too, or a new row gives its own, the list's word is needed to know which holds.
            let says = change.is_some() || (!told && (other.is_some() || !recorded));
            return (Word { says, holds: None }, change);
        };
        let standing = self.standing(contract, attribute);
        let print = |standing: &Standing| self.print_standing(attribute, standing);
        let stated = |standing: &Standing| (standing.statement.value.clone(), standing.statement.original.clone());
        let same = standing.map(stated) == Some(stated(other));
        let change = (!same).then(|| Change {
            attribute: attribute.word(),
            label: attribute.label(),
            now: standing.and_then(print),
            then: print(other),
        });
        let holds = (!told || !same).then(|| (list.clone(), other.statement.clone()));
        (Word { says: !told, holds }, change)
    }

    /// What people should look at where other lists say otherwise of a row's contract.
    pub(super) fn disagreements(
        &self,
        planned: &Planned,
        told: &BTreeSet<Attribute>,
        row: &Row,
        places: &Places,
    ) -> Vec<Problem> {
        let Some(contract) = planned.contract.as_deref().filter(|_| !planned.is_ours) else { return Vec::new() };
        let mut problems = Vec::new();
        for (attribute, said) in planned.meaning.contract.iter().filter(|(attribute, _)| !told.contains(attribute)) {
            let best = self.beside.best_of_others(contract, *attribute, &self.list);
            let Some((list, other)) = best.filter(|_| *attribute != Attribute::Reference) else { continue };
            let Ok(field) = attribute.word().parse::<Field>() else { continue };
            if said.stands(Some(other), &self.private_texts) {
                continue;
            }
            let (name, list_name) = (quoted(&self.contract_name(contract)), quoted(list));
            let holds = rank_of(&other.statement, list) < rank(said, &self.list);
            let message = match holds {
                true => say!(
                    "Your list {list} says otherwise of contract {name}. We keep what that list says.",
                    list = list_name,
                    name = name
                ),
                false => say!(
                    "Your list {list} says otherwise of contract {name}. We keep what this file says.",
                    list = list_name,
                    name = name
                ),
            };
            let next = &say!("Find out which is right, and correct the other list. Or change the contract by hand.");
            let text = row.values.get(&field).map(|value| value.original.as_str()).unwrap_or_default();
            let words = (message, next.as_str());
            problems.push(places.problem(row, field, "contract_told_by_lists", Severity::Check, text, words));
        }
        problems
    }

    /// The contract of the estate that a row speaks of: the one that it names, else that of its system. Rows that name it and
    /// rows that do not speak of the same one.
    pub(super) fn spoken_of(
        &self,
        system: Option<&str>,
        meaning: &RowMeaning,
        contracts: &BTreeMap<String, Option<String>>,
    ) -> Option<String> {
        match reference(&meaning.contract) {
            Some(name) => contracts.get(&fold(name)).cloned().flatten(),
            None => self.contract_of(system?).cloned(),
        }
    }

    /// The contract that covers a system.
    pub(super) fn contract_of(&self, system: &str) -> Option<&String> {
        match self.value(system, Attribute::Contract) {
            Some(Stated::Contract(contract)) if self.is_recorded(contract) => Some(contract),
            _ => None,
        }
    }

    /// The contract that a row of our own file goes on speaking of, whatever it calls it now: the one that covers the
    /// system, unless the row names another. `same` are the fields of which the row says what stands.
    pub(super) fn keeps_contract(
        &self,
        system: &str,
        meaning: &RowMeaning,
        same: &BTreeSet<Field>,
        contracts: &BTreeMap<String, Option<String>>,
    ) -> Option<String> {
        let own = self.contract_of(system).filter(|_| meaning.our_id.as_deref() == Some(system))?;
        let named = |attribute: Attribute| self.value(own, attribute).is_some();
        let keeps = match reference(&meaning.contract) {
            None => true,
            Some(_) if meaning.contract.contains_key(&Attribute::Reference) => {
                !named(Attribute::Reference) && !named(Attribute::ContractTitle)
            }
            Some(_) => same.contains(&Field::ContractReference) || !named(Attribute::ContractTitle),
        };
        let other = |name: &str| {
            let known = contracts.get(&fold(name)).and_then(Option::as_ref);
            known.is_some_and(|known| known != own) && !same.contains(&Field::ContractReference)
        };
        (keeps && !reference(&meaning.contract).is_some_and(other)).then(|| own.clone())
    }

    pub(super) fn contract_name(&self, id: &str) -> String {
        match self.value(id, Attribute::Reference).or_else(|| self.value(id, Attribute::ContractTitle)) {
            Some(Stated::Text(name)) => name.clone(),
            _ => say!("a contract without a reference"),
        }
    }
}

/// What the rows of a file have said of the contracts that they name, by folded reference and attribute, and in which row.
/// The first row that says something of a contract is the one that counts, whether the contract is known already or not:
/// otherwise rows that contradict each other would change it to and fro with every import of the same file.
#[derive(Default)]
pub(super) struct Described(BTreeMap<(String, Attribute), (u32, Said)>);

impl Described {
    /// The attributes that earlier rows have told of the same contract, and a problem for each told otherwise.
    ///
    /// `kept` is the id of the contract, where the row is about one that needs no name.
    pub(super) fn hear(
        &mut self,
        meaning: &RowMeaning,
        row: &Row,
        places: &Places,
        kept: Option<&str>,
    ) -> (BTreeSet<Attribute>, Vec<Problem>) {
        let (mut told, mut problems) = (BTreeSet::new(), Vec::new());
        let Some(name) = reference(&meaning.contract).or(kept) else { return (told, problems) };
        let one = kept.map_or_else(|| fold(name), str::to_owned);
        let name = reference(&meaning.contract).map(str::to_owned).unwrap_or_else(|| say!("of this system"));
        for (attribute, said) in &meaning.contract {
            let key = (one.clone(), *attribute);
            let Some((first, before)) = self.0.get(&key) else {
                self.0.insert(key, (meaning.number, said.clone()));
                continue;
            };
            told.insert(*attribute);
            let same = (&before.meant, &before.original) == (&said.meant, &said.original);
            if let (false, Ok(field)) = (same || *attribute == Attribute::Reference, attribute.word().parse::<Field>())
            {
                let text = row.values.get(&field).map(|value| value.original.as_str()).unwrap_or_default();
                let message = say!(
                    "Row {row} says otherwise of contract {name}. We keep what that row says.",
                    row = first.to_string(),
                    name = quoted(&name)
                );
                let next = &say!(
                    "Correct one of the rows, or give the two contracts different references, and upload the file again."
                );
                problems.push(places.problem(
                    row,
                    field,
                    "contract_told_twice",
                    Severity::Check,
                    text,
                    (message, next),
                ));
            }
        }
        (told, problems)
    }
}

/// What a row names its contract by: its reference, else its title.
pub fn reference(contract: &BTreeMap<Attribute, Said>) -> Option<&str> {
    let text = |attribute: Attribute| match contract.get(&attribute)?.meant.as_ref()? {
        Meant::Stated(Stated::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    text(Attribute::Reference).or_else(|| text(Attribute::ContractTitle))
}
