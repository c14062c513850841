//! A list of contracts by itself: what it says is told of the systems that an estate has, as if each system's row carried its
//! contract. A system is found by the contract that covers it already, else by its name in the list.
//!
//! Contracts of no system are named and wait for theirs ([`crate::import::joins`]). Some wait for ever: a council's register of
//! contracts holds cleaning and road salt too, and an estate is of systems.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use vocabulary::fold;
use web::say;

use super::Ground;
use crate::spreadsheet::{Contract, Field, FieldValue, Problem, Reading, Row, Severity, Value, quoted};
use crate::statement::store::Present;
use crate::statement::{Attribute, Stated, SubjectKind};

/// How many contracts a list of contracts holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// All of them.
    pub contracts: usize,
    /// Those of systems that the estate has.
    pub of_systems: usize,
}

/// What a list of contracts amounts to.
pub(super) struct Spread {
    /// One row for each system of each contract, with what joins nothing among the problems.
    pub reading: Reading,
    /// How many contracts there are.
    pub listed: Listed,
    /// The contracts that have systems, by their row's number, with the names that found one.
    pub found: BTreeMap<u32, BTreeSet<String>>,
}

/// Spreads a list of contracts over the systems of an estate.
pub(super) fn spread(reading: &Reading, listed: &[Contract], ground: &Ground) -> Spread {
    let estate = Known::of(ground);
    let contracts: Vec<Option<&String>> = listed.iter().map(|contract| estate.contract(contract)).collect();
    // A contract that the list has stays with its systems, whatever other row names them.
    let in_list: BTreeSet<&String> = contracts.iter().copied().flatten().collect();
    let mut spread = Reading { contracts: reading.contracts.clone(), ..reading.clone() };
    let mut given: BTreeMap<&String, String> = BTreeMap::new();
    let mut found: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for (contract, known) in listed.iter().zip(contracts) {
        let identity = known.cloned().unwrap_or_else(|| format!("{}:{}", contract.number, fold(name_of(contract))));
        let identity = match (known, contract.text(Field::ContractReference)) {
            (None, Some(reference)) => fold(reference),
            _ => identity,
        };
        let covered = known.and_then(|id| estate.covered.get(id)).into_iter().flatten().copied();
        let mut systems: BTreeSet<&String> = covered.collect();
        let mut names = BTreeSet::new();
        for name in &contract.systems {
            match estate.systems.get(&fold(name)).map(Vec::as_slice) {
                Some([system]) if systems.contains(system) => drop(names.insert(name.clone())),
                Some([system]) => {
                    let other =
                        estate.contract_of.get(*system).filter(|id| Some(**id) != known && in_list.contains(*id));
                    let taken = given.get(*system).is_some_and(|taken| *taken != identity);
                    if other.is_some() || taken || ground.settled.contains(*system) {
                        spread.problems.push(has_another(contract, name));
                    } else {
                        systems.insert(system);
                        names.insert(name.clone());
                    }
                }
                Some([_, ..]) => spread.problems.push(no_system(contract, name, true)),
                Some([]) | None => spread.problems.push(no_system(contract, name, false)),
            }
        }
        if systems.is_empty() {
            spread.problems.push(left_out(contract));
        } else {
            found.insert(contract.number, names);
        }
        // In an order that does not come from when they were added.
        let mut systems: Vec<&String> = systems.into_iter().collect();
        systems.sort_by_key(|system| (fold(estate.name(system)), estate.name(system)));
        for system in systems {
            given.insert(system, identity.clone());
            spread.rows.push(row(contract, system, estate.name(system), known));
        }
    }
    Spread { reading: spread, listed: Listed { contracts: listed.len(), of_systems: found.len() }, found }
}

/// The systems and contracts of an estate by what a list may call them.
struct Known<'a> {
    present: &'a Present,
    ground: &'a Ground,
    /// By folded name.
    systems: BTreeMap<String, Vec<&'a String>>,
    /// By folded reference.
    references: BTreeMap<String, &'a String>,
    /// By folded title: none for one that several have, and whether the contract has a reference too.
    titles: BTreeMap<String, Option<(&'a String, bool)>>,
    /// The systems of each contract.
    covered: BTreeMap<&'a String, Vec<&'a String>>,
    contract_of: BTreeMap<&'a String, &'a String>,
}

impl<'a> Known<'a> {
    fn of(ground: &'a Ground) -> Known<'a> {
        let mut known = Known {
            present: &ground.present,
            ground,
            systems: BTreeMap::new(),
            references: BTreeMap::new(),
            titles: BTreeMap::new(),
            covered: BTreeMap::new(),
            contract_of: BTreeMap::new(),
        };
        for id in ground.present.keys() {
            match known.recorded(id) {
                Some(SubjectKind::System) => {
                    known.systems.entry(fold(known.name(id))).or_default().push(id);
                    if let Some(Stated::Contract(contract)) = known.value(id, Attribute::Contract)
                        && known.recorded(contract) == Some(SubjectKind::Contract)
                    {
                        known.covered.entry(contract).or_default().push(id);
                        known.contract_of.insert(id, contract);
                    }
                }
                Some(SubjectKind::Contract) => {
                    let reference = known.text(id, Attribute::Reference);
                    if let Some(reference) = reference {
                        known.references.entry(fold(reference)).or_insert(id);
                    }
                    if let Some(title) = known.text(id, Attribute::ContractTitle) {
                        let titled = known.titles.entry(fold(title));
                        titled.and_modify(|one| *one = None).or_insert(Some((id, reference.is_some())));
                    }
                }
                None => {}
            }
        }
        // A list goes on to call a system what it called it, whatever somebody has renamed it to.
        for (name, ids) in &ground.renamed_systems {
            let ids: Vec<&String> = ids.iter().filter(|id| known.recorded(id) == Some(SubjectKind::System)).collect();
            let named = known.systems.entry(name.clone()).or_default();
            named.extend(ids);
            named.sort();
            named.dedup();
        }
        known
    }

    fn value(&self, id: &str, attribute: Attribute) -> Option<&'a Stated> {
        self.present.get(id)?.get(&attribute)?.statement.value.as_ref()
    }

    fn text(&self, id: &str, attribute: Attribute) -> Option<&'a str> {
        match self.value(id, attribute)? {
            Stated::Text(text) => Some(text),
            _ => None,
        }
    }

    fn recorded(&self, id: &str) -> Option<SubjectKind> {
        let standing = self.present.get(id)?.get(&Attribute::Recorded)?;
        (standing.statement.value == Some(Stated::Flag(true))).then_some(standing.statement.kind)
    }

    fn name(&self, system: &'a str) -> &'a str {
        self.text(system, Attribute::Name).unwrap_or(system)
    }

    /// The contract of the estate that a row of the list is: by reference, else by title, unless both have a reference and
    /// these differ.
    fn contract(&self, listed: &Contract) -> Option<&'a String> {
        let reference = listed.text(Field::ContractReference);
        // A reference may have been known by its title only, and written where the reference belongs.
        let named = reference.or_else(|| listed.text(Field::ContractTitle));
        let by_reference = named.and_then(|name| self.references.get(&fold(name)).copied());
        let by_title = || {
            let (id, referenced) = (*self.titles.get(&fold(listed.text(Field::ContractTitle)?))?)?;
            (reference.is_none() || !referenced).then_some(id)
        };
        let renamed = || {
            let ids = self.ground.renamed_contracts.get(&fold(named?))?;
            let mut ids = ids.iter().filter(|id| self.recorded(id) == Some(SubjectKind::Contract));
            ids.next().filter(|_| ids.next().is_none())
        };
        by_reference.or_else(by_title).or_else(renamed)
    }
}

/// What a contract tells of one system.
fn row(contract: &Contract, system: &str, name: &str, known: Option<&String>) -> Row {
    let text = |text: &str| FieldValue {
        value: Value::Text(text.to_owned()),
        original: text.to_owned(),
        personal: false,
        understood: true,
        estimated: false,
    };
    let mut values = contract.values.clone();
    values.insert(Field::CommonholdId, text(system));
    values.insert(Field::Name, text(name));
    Row {
        sheet: contract.sheet.clone(),
        number: contract.number,
        values,
        from: BTreeMap::new(),
        also: BTreeMap::new(),
        contract: known.cloned(),
    }
}

/// What people would call a contract.
fn name_of(contract: &Contract) -> &str {
    let text = [Field::ContractReference, Field::ContractTitle].into_iter().find_map(|field| contract.text(field));
    text.unwrap_or_default()
}

fn problem(
    contract: &Contract,
    severity: Severity,
    code: &'static str,
    text: &str,
    words: (String, String),
) -> Problem {
    Problem {
        code,
        severity,
        sheet: contract.sheet.clone(),
        row: Some(contract.number),
        column: None,
        heading: None,
        text: Some(text.to_owned()).filter(|text| !text.is_empty()),
        message: words.0,
        next_step: words.1,
    }
}

fn left_out(contract: &Contract) -> Problem {
    let name = name_of(contract);
    let message = match name {
        "" => say!("No system of yours has this contract yet, so it waits for one."),
        name => say!("No system of yours has the contract {name} yet, so it waits for one.", name = quoted(name)),
    };
    let next = say!(
        "Nothing, if it is for something else or its system comes with a later file. Otherwise name its systems in this list, or write its reference beside them in the list of systems."
    );
    problem(contract, Severity::Information, "contract_of_no_system", name, (message, next))
}

fn has_another(contract: &Contract, system: &str) -> Problem {
    let message = say!(
        "{system} has another contract already. We keep one for each system, so we leave this one out for it.",
        system = quoted(system)
    );
    let next = say!("Name the system in the contract that counts, or split the system.");
    problem(contract, Severity::Check, "contract_told_twice", system, (message, next))
}

fn no_system(contract: &Contract, system: &str, several: bool) -> Problem {
    let message = match several {
        true => say!("{system} is the name of several of your systems.", system = quoted(system)),
        false => say!("{system} is no system of yours.", system = quoted(system)),
    };
    let next = match several {
        true => say!("Write the name of the system that it means as only that one has it, and upload the file again."),
        false => say!(
            "Nothing, if a later file brings it. Otherwise write the name as it stands here, and upload the file again."
        ),
    };
    problem(contract, Severity::Check, "joins_nothing", system, (message, next))
}
