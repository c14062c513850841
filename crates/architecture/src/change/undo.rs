//! Undoing a change, whatever made it, appends what restores the state before, and refuses, naming them, where later changes
//! would be lost. An import that is undone is settled besides: [`crate::import::undo`].

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::json;
use store::Transaction;
use vocabulary::OrganisationId;

use super::store::{ChangeRow, find};
use super::{Stating, make};
use crate::Refused;
use crate::import::apply::Moment;
use crate::import::print::Labels;
use crate::statement::store::{ChangeKind, Present, Standing, around, of_change, private_texts};
use crate::statement::{Attribute, Stated, Statement, SubjectKind};

/// A later change that undoing would lose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The system's name, or the contract's reference.
    pub name: String,
    /// The system's or contract's id.
    pub id: String,
    /// What was changed since.
    pub label: &'static str,
    /// When, as an RFC 3339 time.
    pub at: String,
}

/// A value that undoing would bring back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Return {
    /// The system's name, or the contract's reference.
    pub name: String,
    /// The attribute's stable name.
    pub attribute: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What stands now, in words; none when nothing does.
    pub now: Option<String>,
    /// What would stand again.
    pub then: Option<String>,
}

/// What undoing would do.
#[derive(Debug, Default)]
pub struct Undoing {
    /// What restores the state before.
    pub statements: Vec<Statement>,
    /// Why it cannot be done; empty when it can.
    pub conflicts: Vec<Conflict>,
    /// Systems that would leave the estate again.
    pub removed: Vec<String>,
    /// Systems that would go back to what they were.
    pub restored: Vec<String>,
    /// The values of systems and contracts that were there before, one by one.
    pub returns: Vec<Return>,
    /// What the systems and contracts are called.
    names: BTreeMap<String, String>,
}

/// Reckons what undoing a change would write, and what stands in its way.
///
/// # Errors
/// [`Refused::Missing`] when there is no such change; when it is undone already; when the engine fails.
pub fn reckon(tx: &mut Transaction<'_>, organisation: &OrganisationId, change: i64) -> Result<Undoing, Refused> {
    let states = around(tx, organisation, change)?;
    reckon_between(tx, organisation, change, states)
}

/// As [`reckon`], where it is said how things stood before and after the change, and now.
///
/// # Errors
/// As [`reckon`].
pub(crate) fn reckon_between(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    change: i64,
    (before, after, now): (Present, Present, Present),
) -> Result<Undoing, Refused> {
    let row = find(tx, organisation, change)?.ok_or(Refused::Missing)?;
    row.may_be_undone()?;
    let labels = Labels::of(tx, organisation)?;
    let texts = private_texts(tx, organisation)?;
    let (title_after, title_now) = (Titles::of(&after), Titles::of(&now));
    let mut undoing = Undoing::default();
    let mut seen = BTreeSet::new();
    let (mut removed, mut restored) = (BTreeSet::new(), BTreeSet::new());
    for said in of_change(tx, organisation, change)? {
        let statement = said.statement;
        let (kind, subject, attribute) = (statement.kind, statement.subject.clone(), statement.attribute);
        // Of what was said twice, both are taken back at once.
        if !seen.insert((subject.clone(), attribute)) {
            continue;
        }
        let was_there = recorded(&before, &subject);
        if kind == SubjectKind::System {
            if was_there { &mut restored } else { &mut removed }.insert(title_after.title(&subject));
        }
        let earlier = before.get(&subject).and_then(|attributes| attributes.get(&attribute));
        if was_there && attribute != Attribute::Recorded {
            let print = |present: &Present| labels.standing(attribute, present.get(&subject)?.get(&attribute)?, &texts);
            let (now, then) = (print(&now), print(&before));
            if now != then {
                undoing.returns.push(Return {
                    name: title_after.title(&subject),
                    attribute: attribute.word(),
                    label: attribute.label(),
                    now,
                    then,
                });
            }
        }
        undoing.statements.push(match earlier {
            Some(earlier) => earlier.statement.clone(),
            None => Statement {
                value: (attribute == Attribute::Recorded).then_some(Stated::Flag(false)),
                original: None,
                ..statement
            },
        });
        // Of a subject that the import added, every attribute counts; of others, those that it changed.
        let whole = attribute == Attribute::Recorded && !was_there;
        for (other, standing) in now.get(&subject).into_iter().flatten() {
            let then = after.get(&subject).and_then(|attributes| attributes.get(other));
            // That nothing is stated any longer, as undoing says, is the same as that nothing ever was.
            let said = |standing: Option<&Standing>| {
                standing
                    .map(|standing| (standing.statement.value.clone(), standing.statement.original.clone()))
                    .unwrap_or_default()
            };
            let same = said(then) == said(Some(standing));
            if (whole || *other == attribute) && !same {
                let conflict = Conflict {
                    name: title_now.title(&subject),
                    id: subject.clone(),
                    label: other.label(),
                    at: standing.at.clone(),
                };
                if !undoing.conflicts.contains(&conflict) {
                    undoing.conflicts.push(conflict);
                }
            }
        }
    }
    undoing.conflicts.extend(joined(&undoing.statements, &after, &now, &title_now));
    let subjects = undoing.statements.iter().map(|statement| statement.subject.clone());
    undoing.names = subjects.map(|subject| (subject.clone(), title_now.title(&subject))).collect();
    undoing.removed = removed.into_iter().collect();
    undoing.restored = restored.into_iter().collect();
    Ok(undoing)
}

/// The systems that have since come under a contract which would leave the estate: they would be left without one.
fn joined(restoring: &[Statement], after: &Present, now: &Present, titles: &Titles<'_>) -> Vec<Conflict> {
    let leaves = |statement: &&Statement| {
        (statement.kind, statement.attribute, &statement.value)
            == (SubjectKind::Contract, Attribute::Recorded, &Some(Stated::Flag(false)))
    };
    let leaving: BTreeSet<&str> = restoring.iter().filter(leaves).map(|statement| statement.subject.as_str()).collect();
    let covering = |present: &Present, system: &String| {
        present.get(system)?.get(&Attribute::Contract).map(|standing| standing.statement.value.clone())
    };
    now.iter()
        .filter(|(system, _)| recorded(now, system) && covering(after, system) != covering(now, system))
        .filter_map(|(system, attributes)| {
            let standing = attributes.get(&Attribute::Contract)?;
            match &standing.statement.value {
                Some(Stated::Contract(contract)) if leaving.contains(contract.as_str()) => Some(Conflict {
                    name: titles.title(system),
                    id: system.clone(),
                    label: Attribute::Contract.label(),
                    at: standing.at.clone(),
                }),
                _ => None,
            }
        })
        .collect()
}

/// Takes a change back, as one transaction and one change. Returns the number of that change. An import is taken back as
/// its own page does.
///
/// # Errors
/// When later changes would be lost, naming them; otherwise as [`reckon`].
pub fn undo(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    change: i64,
    moment: &Moment,
) -> Result<i64, Refused> {
    let row = find(tx, organisation, change)?.ok_or(Refused::Missing)?;
    if let (ChangeKind::Import, Some(import)) = (row.kind, &row.import) {
        let import = crate::import::store::find(tx, organisation, import)?.ok_or(Refused::Missing)?;
        return crate::import::undo::undo(tx, organisation, &import, moment);
    }
    let undoing = reckon(tx, organisation, change)?;
    undoing.refuse_losses(&web::say!("Undo those first, or keep this change."))?;
    let stating = Stating {
        kind: ChangeKind::Undo,
        undoes: Some(change),
        thing: thing(organisation, &row, &undoing.statements),
        statements: undoing.statements,
        privates: Vec::new(),
        verb: "undone",
        details: json!({ "change": change }),
    };
    make(tx, organisation, &stating, moment)?.ok_or(Refused::Missing)
}

/// What the event of an undo is about: the one system or contract that it changes, else the change itself.
fn thing(organisation: &OrganisationId, row: &ChangeRow, statements: &[Statement]) -> String {
    let subjects: BTreeSet<(SubjectKind, &str)> =
        statements.iter().map(|statement| (statement.kind, statement.subject.as_str())).collect();
    let mut subjects = subjects.into_iter();
    match (subjects.next(), subjects.next()) {
        (Some((kind, subject)), None) => super::address_of(kind, subject),
        _ => super::address(organisation.as_str(), row.number),
    }
}

impl Undoing {
    /// What is restored would hide what `later` has been said of the same since, although it does not stand now.
    pub fn keep_later<'a>(&mut self, later: impl Fn(&Statement) -> Option<&'a Standing>) {
        for statement in &self.statements {
            let known =
                |conflict: &Conflict| conflict.id == statement.subject && conflict.label == statement.attribute.label();
            if let Some(later) = later(statement).filter(|_| !self.conflicts.iter().any(known)) {
                self.conflicts.push(Conflict {
                    name: self.names.get(&statement.subject).cloned().unwrap_or_default(),
                    id: statement.subject.clone(),
                    label: statement.attribute.label(),
                    at: later.at.clone(),
                });
            }
        }
    }

    /// Refuses, naming them, where later changes would be lost.
    ///
    /// # Errors
    /// [`Refused::Conflicting`], which ends with `next`: what to do.
    pub fn refuse_losses(&self, next: &str) -> Result<(), Refused> {
        let Some(first) = self.conflicts.first() else { return Ok(()) };
        let systems: BTreeSet<&str> = self.conflicts.iter().map(|conflict| conflict.id.as_str()).collect();
        let changed = self.conflicts.iter().map(|conflict| format!("{}: {}", conflict.name, web::say!(conflict.label)));
        Err(Refused::Conflicting(web::say_n!(
            "1 system or contract was changed since, so undoing would lose that work: {first} ({changed}). {next}",
            "{count} systems and contracts were changed since, so undoing would lose that work: {first} ({changed}). {next}",
            u64::try_from(systems.len()).unwrap_or(u64::MAX),
            first = first.name,
            changed = changed.collect::<Vec<_>>().join("; "),
            next = next
        )))
    }
}

pub(crate) fn recorded(present: &Present, subject: &str) -> bool {
    let standing = present.get(subject).and_then(|attributes| attributes.get(&Attribute::Recorded));
    standing.is_some_and(|standing| standing.statement.value == Some(Stated::Flag(true)))
}

/// What systems and contracts are called.
pub(crate) struct Titles<'a> {
    present: &'a Present,
    /// Of each contract one system that it covers.
    covered: BTreeMap<&'a str, &'a str>,
}

impl<'a> Titles<'a> {
    pub(crate) fn of(present: &'a Present) -> Titles<'a> {
        let mut covered = BTreeMap::new();
        for (system, attributes) in present {
            let stated = attributes.get(&Attribute::Contract).and_then(|standing| standing.statement.value.as_ref());
            if let Some(Stated::Contract(contract)) = stated {
                covered.entry(contract.as_str()).or_insert(system.as_str());
            }
        }
        Titles { present, covered }
    }

    fn text(&self, subject: &str, attribute: Attribute) -> Option<&'a str> {
        match self.present.get(subject)?.get(&attribute)?.statement.value.as_ref()? {
            Stated::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A system's name; a contract's reference, or for want of one the name of a system that it covers.
    pub(crate) fn title(&self, subject: &str) -> String {
        let names = [Attribute::Name, Attribute::Reference, Attribute::ContractTitle];
        let named = names.into_iter().find_map(|name| self.text(subject, name));
        let covered = || Some(format!("the contract of {}", self.text(self.covered.get(subject)?, Attribute::Name)?));
        named.map(str::to_owned).or_else(covered).unwrap_or_else(|| "a contract without a reference".to_owned())
    }
}
