//! Two systems of one organisation that are the same one: which values the one that stays would have, and the change that
//! makes them one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::json;
use store::Transaction;
use vocabulary::OrganisationId;
use web::say;

use crate::Refused;
use crate::change::{Stating, make};
use crate::import::apply::Moment;
use crate::import::print::Labels;
use crate::statement::store::{ChangeKind, Standing, present_of, private_texts};
use crate::statement::{Attribute, Confidence, Stated, Statement, SubjectKind};

/// An attribute of which the two say different things, so that somebody must choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The attribute's stable name.
    pub attribute: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What is said of the system that stays, in words.
    pub stays: String,
    /// What is said of the system that goes.
    pub goes: String,
}

/// A value that the system that stays would get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gain {
    /// The attribute's stable name.
    pub attribute: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it would be, in words.
    pub value: String,
}

/// What merging would do.
#[derive(Clone, Debug)]
pub struct Merging {
    /// What somebody must choose between. What stays is the answer unless they say otherwise.
    pub choices: Vec<Choice>,
    /// What the system that stays gets without a choice: what nothing was said about, and elements and users of both.
    pub gains: Vec<Gain>,
    /// The latest change of either: when it is another one, somebody changed them meanwhile.
    pub seen: i64,
    stays: BTreeMap<Attribute, Standing>,
    goes: BTreeMap<Attribute, Standing>,
    both: BTreeMap<Attribute, Stated>,
}

impl Merging {
    /// One with these questions and gains, for a sample page.
    pub(super) fn sample(choices: Vec<Choice>, gains: Vec<Gain>) -> Merging {
        let nothing = BTreeMap::new;
        Merging { choices, gains, seen: 1, stays: nothing(), goes: nothing(), both: BTreeMap::new() }
    }
}

/// Reckons what merging the system `goes` into `stays` would do. Nothing is written.
///
/// # Errors
/// [`Refused::Missing`] when one of them is not a system in this estate, [`Refused::Invalid`] when they are the same.
pub fn reckon(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    stays: &str,
    goes: &str,
) -> Result<Merging, Refused> {
    if stays == goes {
        return Err(Refused::Invalid(say!("Choose another system: this is the same one.")));
    }
    let (of_stays, of_goes) = (recorded(tx, organisation, stays)?, recorded(tx, organisation, goes)?);
    let labels = Labels::of(tx, organisation)?;
    let texts = private_texts(tx, organisation)?;
    let seen = of_stays.values().chain(of_goes.values()).map(|standing| standing.change).max().unwrap_or_default();
    let mut merging =
        Merging { choices: vec![], gains: vec![], seen, stays: of_stays, goes: of_goes, both: BTreeMap::new() };
    for attribute in Attribute::ALL.iter().copied().filter(|attribute| !IDENTITY.contains(attribute)) {
        let (stays, goes) = (merging.stays.get(&attribute), merging.goes.get(&attribute));
        let words = |standing: Option<&Standing>| labels.standing(attribute, standing?, &texts);
        let (Some(gone), label) = (words(goes), attribute.label()) else { continue };
        let stated = |standing: Option<&Standing>| standing.and_then(|standing| standing.statement.value.clone());
        if let (Some(one), Some(other)) = (stated(stays), stated(goes))
            && let Some(both) = together(&one, &other)
        {
            if both != one {
                merging.gains.push(Gain { attribute: attribute.word(), label, value: labels.print(attribute, &both) });
                merging.both.insert(attribute, both);
            }
            continue;
        }
        match words(stays) {
            None => merging.gains.push(Gain { attribute: attribute.word(), label, value: gone }),
            Some(stays) if stays == gone => {}
            Some(stays) => merging.choices.push(Choice { attribute: attribute.word(), label, stays, goes: gone }),
        }
    }
    Ok(merging)
}

/// What says that a system is there, not what it is like.
const IDENTITY: [Attribute; 2] = [Attribute::Recorded, Attribute::MergedInto];

fn recorded(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    system: &str,
) -> Result<BTreeMap<Attribute, Standing>, Refused> {
    let present = present_of(tx, organisation, system)?;
    let standing = present.get(&Attribute::Recorded).map(|standing| &standing.statement);
    let there = standing.is_some_and(|said| said.kind == SubjectKind::System && said.value == Some(Stated::Flag(true)));
    if there { Ok(present) } else { Err(Refused::Missing) }
}

/// What both say together, where an attribute may have many values.
fn together(one: &Stated, other: &Stated) -> Option<Stated> {
    fn all<T: Ord + Clone>(one: &[T], other: &[T]) -> Vec<T> {
        let all: BTreeSet<&T> = one.iter().chain(other).collect();
        all.into_iter().cloned().collect()
    }
    match (one, other) {
        (Stated::Elements(one), Stated::Elements(other)) => Some(Stated::Elements(all(one, other))),
        (Stated::Organisations(one), Stated::Organisations(other)) => Some(Stated::Organisations(all(one, other))),
        _ => None,
    }
}

/// Makes one system of two, as one change that can be undone. `taken` names the attributes of which what was said of the
/// system that goes is right; `seen` is what people looked at.
///
/// # Errors
/// As [`reckon`]; [`Refused::Conflicting`] when either was changed since.
pub fn merge(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    (stays, goes): (&str, &str),
    taken: &BTreeSet<Attribute>,
    seen: i64,
    moment: &Moment,
) -> Result<i64, Refused> {
    let merging = reckon(tx, organisation, stays, goes)?;
    if merging.seen != seen {
        return Err(Refused::Conflicting(say!(
            "One of the two systems was changed while you were looking. Look at both again, then merge them."
        )));
    }
    let mut statements = Vec::new();
    let gained: BTreeSet<&str> = merging.gains.iter().map(|gain| gain.attribute).collect();
    let chosen: BTreeSet<&str> = merging.choices.iter().map(|choice| choice.attribute).collect();
    for (attribute, standing) in &merging.goes {
        let word = attribute.word();
        let follows = gained.contains(word) || (chosen.contains(word) && taken.contains(attribute));
        if !follows {
            continue;
        }
        let said = standing.statement.clone();
        let value = merging.both.get(attribute).cloned().or(said.value);
        statements.push(Statement { subject: stays.to_owned(), value, ..said });
    }
    // The one that stays is stated to be there again, so that it follows when this is undone.
    for (subject, attribute, value) in [
        (stays, Attribute::Recorded, Stated::Flag(true)),
        (goes, Attribute::MergedInto, Stated::System(stays.to_owned())),
        (goes, Attribute::Recorded, Stated::Flag(false)),
    ] {
        statements.push(Statement {
            kind: SubjectKind::System,
            subject: subject.to_owned(),
            attribute,
            value: Some(value),
            original: None,
            source: say!("merged by hand"),
            confidence: Confidence::Verified,
            as_of: moment.today,
        });
    }
    let stating = Stating {
        kind: ChangeKind::Merge,
        undoes: None,
        statements,
        privates: Vec::new(),
        verb: "merged",
        thing: format!("/systems/{stays}"),
        details: json!({"merged": format!("/systems/{goes}"), "gained": gained.len()}),
    };
    make(tx, organisation, &stating, moment)?.ok_or(Refused::Missing)
}
