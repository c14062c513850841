//! Deciding what a name means: systems follow in one change, and everything can be taken back.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use store::{Error, Transaction, values};
use vocabulary::OrganisationId;
use web::say;

use super::names::ProductNames;
use super::store::{Decided, OwnName, State, What, decided, forget, own_products, own_suppliers, remember};
use crate::change::{self, Stating};
use crate::frame::LGAM;
use crate::import::apply::Moment;
use crate::shared_list::store::listed_as;
use crate::statement::store::{ChangeKind, Present, Standing, present, private_texts};
use crate::statement::{Attribute, Confidence, Stated, Statement, SubjectKind};
use crate::{Refused, organisation};

/// Says that a name of the organisation's own is a listed product or a known supplier: all systems of that name follow.
/// Returns the number of the change.
///
/// # Errors
/// [`Refused::Missing`] when there is no such name or target, [`Refused::Conflicting`] when it is decided already.
pub fn confirm(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    (what, key): (What, &str),
    target: &str,
    moment: &Moment,
) -> Result<Option<i64>, Refused> {
    let name = open_name(tx, organisation, what, key)?;
    let present = present(tx, organisation, None)?;
    let (statements, how, version) = match what {
        What::Product => {
            let how = say!("\"{name}\" matched by hand", name = name.name);
            as_product(tx, organisation, (&name, how), target, &present, moment)?
        }
        What::Supplier => as_supplier(tx, organisation, &name, target, &present, moment)?,
    };
    let change = state(tx, organisation, statements, "matched", None, moment)?;
    let decided = Decided {
        what,
        folded: name.folded(),
        stands: key.to_owned(),
        state: State::Confirmed,
        target: Some(target.to_owned()),
        how,
        version,
        change,
    };
    remember(tx, organisation, &[decided], moment)?;
    Ok(change)
}

/// Says that a name is none of the shared list: the organisation keeps it as its own, and is not asked again.
///
/// # Errors
/// As [`confirm`].
pub fn keep_as_own(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    (what, key): (What, &str),
    moment: &Moment,
) -> Result<(), Refused> {
    let name = open_name(tx, organisation, what, key)?;
    remember(tx, organisation, &[nothing(&name)], moment)?;
    Ok(())
}

/// That a name is none of the shared list.
pub(super) fn nothing(name: &OwnName) -> Decided {
    Decided {
        what: name.what,
        folded: name.folded(),
        stands: name.key.clone(),
        state: State::Nothing,
        target: None,
        how: say!("none of the shared list"),
        version: None,
        change: None,
    }
}

/// Takes a decision back. Systems that followed it have their own product or supplier again, later imports included. What an
/// import had concluded wrongly is then known to be none of the shared list; every other name waits again.
///
/// # Errors
/// [`Refused::Missing`] when nothing was decided.
pub fn take_back(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    (what, folded): (What, &str),
    moment: &Moment,
) -> Result<Option<i64>, Refused> {
    let all = decided(tx, organisation)?;
    let decided = all.into_iter().find(|one| one.what == what && one.folded == folded).ok_or(Refused::Missing)?;
    let present = present(tx, organisation, None)?;
    let statements = match what {
        What::Product => back_to_own(tx, organisation, &decided, &present, moment)?,
        What::Supplier => as_before(tx, organisation, &decided, &present)?,
    };
    forget(tx, organisation, what, folded)?;
    let change = state(tx, organisation, statements, "unmatched", decided.change, moment)?;
    // The next file would mean the same again by a name that the list itself has.
    let again = decided.state == State::Confirmed && listed_as(tx, &decided.folded)?.is_some();
    if decided.state == State::Made || (what == What::Product && again) {
        let how = match decided.state {
            State::Made => say!("concluded by an import, and taken back"),
            _ => say!("in the shared list, and taken back"),
        };
        remember(tx, organisation, &[own_again(decided, how)], moment)?;
    }
    Ok(change)
}

/// That a name which meant something is the organisation's own.
fn own_again(decided: Decided, how: String) -> Decided {
    Decided { state: State::Nothing, target: None, change: None, version: None, how, ..decided }
}

/// An own product of an organisation and the listed one that it became.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    /// The organisation's own product.
    pub own: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The listed product.
    pub target: &'a str,
}

/// Lets the systems of an own product follow what was published of it, as if somebody had matched it. What the organisation
/// has said of the name otherwise stays. Returns the number of the change, where there was anything to say.
///
/// # Errors
/// When the engine fails, or the listed product is not there.
pub fn follow_publication(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    published: &Published<'_>,
    moment: &Moment,
) -> Result<Option<i64>, Refused> {
    let folded = vocabulary::fold(published.name);
    let all = decided(tx, organisation)?;
    if all.iter().any(|one| one.what == What::Product && one.folded == folded && one.target.is_some()) {
        return Ok(None);
    }
    let used = own_products(tx, organisation)?.into_iter().find(|own| own.key == published.own);
    let unused = || OwnName {
        what: What::Product,
        key: published.own.to_owned(),
        name: published.name.to_owned(),
        used_by: Vec::new(),
        supplier: None,
    };
    let name = used.unwrap_or_else(unused);
    let present = present(tx, organisation, None)?;
    let how = say!("\"{name}\" published to the shared list", name = name.name);
    let (statements, how, version) = as_product(tx, organisation, (&name, how), published.target, &present, moment)?;
    let change = state(tx, organisation, statements, "matched", None, moment)?;
    let confirmed = Decided {
        what: What::Product,
        folded,
        stands: published.own.to_owned(),
        state: State::Confirmed,
        target: Some(published.target.to_owned()),
        how,
        version,
        change,
    };
    remember(tx, organisation, &[confirmed], moment)?;
    Ok(change)
}

/// What was withdrawn from the shared list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpublished {
    /// The product itself: whatever is a use of it is a use of the organisation's own one again.
    Product,
    /// A name of it: what followed the name alone.
    Name,
}

/// Gives the systems of the organisation that had offered it their own product again, in one change of that organisation.
///
/// # Errors
/// When the engine fails.
pub fn leave_publication(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    published: &Published<'_>,
    what: Unpublished,
    moment: &Moment,
) -> Result<Option<i64>, Refused> {
    let all = decided(tx, organisation)?;
    let means_it = |one: &Decided| one.what == What::Product && one.target.as_deref() == Some(published.target);
    let left: Vec<Decided> = all
        .into_iter()
        .filter(|one| means_it(one) && (what == Unpublished::Product || one.own() == Some(published.own)))
        .collect();
    let present = present(tx, organisation, None)?;
    let mut statements = Vec::new();
    for decided in &left {
        statements.extend(back_to_own(tx, organisation, decided, &present, moment)?);
    }
    if what == Unpublished::Product {
        // Whoever said so by hand meant the product that the organisation had named first.
        let how = say!("withdrawn from the shared list");
        let value = Stated::Product(organisation.to_string(), published.own.to_owned());
        let target = Some(Stated::Product(String::new(), published.target.to_owned()));
        for (system, said) in &present {
            if said.get(&Attribute::Product).is_some_and(|now| now.statement.value == target) {
                let said = (Attribute::Product, Some(value.clone()));
                statements.push(statement(SubjectKind::System, system, said, &how, moment));
            }
        }
    }
    // The first of what was said of a system counts.
    let mut seen = BTreeSet::new();
    statements.retain(|one| seen.insert((one.subject.clone(), one.attribute)));
    let undoes = left.first().filter(|_| left.len() == 1).and_then(|one| one.change);
    let own: Vec<Decided> =
        left.into_iter().map(|one| own_again(one, say!("withdrawn from the shared list"))).collect();
    remember(tx, organisation, &own, moment)?;
    state(tx, organisation, statements, "unmatched", undoes, moment)
}

fn state(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    statements: Vec<Statement>,
    verb: &'static str,
    undoes: Option<i64>,
    moment: &Moment,
) -> Result<Option<i64>, Refused> {
    let subjects: BTreeSet<(SubjectKind, String)> =
        statements.iter().map(|statement| (statement.kind, statement.subject.clone())).collect();
    let thing = match subjects.iter().next() {
        Some((kind, subject)) if subjects.len() == 1 => change::address_of(*kind, subject),
        _ => format!("/organisations/{organisation}"),
    };
    let details = json!({ "systems": subjects.len() });
    let (kind, privates) = (ChangeKind::Match, Vec::new());
    change::make(tx, organisation, &Stating { kind, undoes, statements, privates, verb, thing, details }, moment)
}

/// A name that systems carry and about which nothing is decided.
fn open_name(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    what: What,
    key: &str,
) -> Result<OwnName, Refused> {
    let names = match what {
        What::Product => own_products(tx, organisation)?,
        What::Supplier => own_suppliers(tx, organisation)?,
    };
    let name = names.into_iter().find(|name| name.key == key).ok_or(Refused::Missing)?;
    let folded = name.folded();
    match decided(tx, organisation)?.iter().any(|one| one.what == what && one.folded == folded) {
        true => Err(Refused::Conflicting(say!(
            "Somebody has decided about this name already. Look at what was decided, and take it back if it is wrong."
        ))),
        false => Ok(name),
    }
}

fn statement(
    kind: SubjectKind,
    subject: &str,
    said: (Attribute, Option<Stated>),
    how: &str,
    moment: &Moment,
) -> Statement {
    Statement {
        kind,
        subject: subject.to_owned(),
        attribute: said.0,
        value: said.1,
        original: None,
        source: how.to_owned(),
        confidence: Confidence::Reported,
        as_of: moment.today,
    }
}

type Saying = (Vec<Statement>, String, Option<String>);

fn as_product(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    (name, how): (&OwnName, String),
    target: &str,
    present: &Present,
    moment: &Moment,
) -> Result<Saying, Refused> {
    let names = ProductNames::of(tx, organisation)?;
    if !names.is_listed(target) {
        return Err(Refused::Missing);
    }
    let suggestions = names.suggestions(&name.name, name.supplier.as_deref());
    let suggested = suggestions.iter().find(|suggestion| suggestion.product == target);
    let version = suggested.and_then(|suggested| suggested.version.clone());
    let says = |system: &str, attribute: Attribute| {
        present.get(system)?.get(&attribute).filter(|standing| standing.statement.value.is_some())
    };
    let usual = names.usual_elements("", target);
    let mut statements = Vec::new();
    for (system, _) in &name.used_by {
        let state = |attribute, value| statement(SubjectKind::System, system, (attribute, Some(value)), &how, moment);
        statements.push(state(Attribute::Product, Stated::Product(String::new(), target.to_owned())));
        // What the next file would say of a system of this product, where nothing is said yet.
        if let Some(version) = version.as_ref().filter(|_| says(system, Attribute::Version).is_none()) {
            statements.push(state(Attribute::Version, Stated::Text(version.clone())));
        }
        if says(system, Attribute::Elements).is_none() && !usual.is_empty() {
            let placed = usual.iter().map(|element| (LGAM.to_owned(), element.clone())).collect();
            let original = present.get(system).and_then(|said| said.get(&Attribute::Elements));
            let original = original.and_then(|standing| standing.statement.original.clone());
            let said = state(Attribute::Elements, Stated::Elements(placed));
            statements.push(Statement { original, confidence: Confidence::Estimated, ..said });
        }
    }
    Ok((statements, how, version))
}

fn as_supplier(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    name: &OwnName,
    target: &str,
    present: &Present,
    moment: &Moment,
) -> Result<Saying, Refused> {
    let supplier = organisation::found(tx, target)?;
    if supplier.kind != accounts::OrganisationKind::Supplier {
        return Err(Refused::Missing);
    }
    let how = say!("\"{name}\" matched by hand", name = name.name);
    let texts = private_texts(tx, organisation)?;
    let folded = name.folded();
    let mut statements = Vec::new();
    for (subject, said) in present {
        for attribute in [Attribute::Supplier, Attribute::ContractSupplier] {
            let Some(Stated::Private(id)) = said.get(&attribute).and_then(|said| said.statement.value.as_ref()) else {
                continue;
            };
            if texts.get(id).is_some_and(|text| vocabulary::fold(text) == folded) {
                let value = Some(Stated::Supplier(target.to_owned()));
                statements.push(statement(attribute.of(), subject, (attribute, value), &how, moment));
            }
        }
    }
    Ok((statements, how, None))
}

/// The systems that have the product because of a name, with their own product again.
fn back_to_own(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    decided: &Decided,
    present: &Present,
    moment: &Moment,
) -> Result<Vec<Statement>, Error> {
    let (Some(own), Some(target)) = (decided.own(), &decided.target) else { return Ok(Vec::new()) };
    let mut systems: BTreeSet<String> = of_rows(tx, organisation, own)?;
    let mut statements = Vec::new();
    if let Some(change) = decided.change {
        let before = crate::statement::store::present(tx, organisation, Some(change - 1))?;
        for said in crate::statement::store::of_change(tx, organisation, change)? {
            let (subject, attribute) = (said.statement.subject.clone(), said.statement.attribute);
            systems.insert(subject.clone());
            // What was said since stays.
            let still =
                |present: &Present| standing(present, &subject, attribute).is_some_and(|now| now.change == change);
            if attribute != Attribute::Product && still(present) {
                let earlier = standing(&before, &subject, attribute).map(|earlier| earlier.statement.clone());
                statements.push(earlier.unwrap_or(Statement { value: None, original: None, ..said.statement }));
            }
        }
    }
    let how = say!("match taken back");
    let merges = crate::product::merge::Merges::read(tx)?;
    let target = merges.became("", target).unwrap_or(target);
    for system in systems {
        let now = standing(present, &system, Attribute::Product).and_then(|now| now.statement.value.as_ref());
        let is_target = matches!(now, Some(Stated::Product(of, id)) if of.is_empty() && merges.became("", id).unwrap_or(id) == target);
        let recorded = standing(present, &system, Attribute::Recorded).and_then(|now| now.statement.value.as_ref());
        if is_target && recorded == Some(&Stated::Flag(true)) {
            let value = Some(Stated::Product(organisation.to_string(), own.to_owned()));
            statements.push(statement(SubjectKind::System, &system, (Attribute::Product, value), &how, moment));
        }
    }
    Ok(statements)
}

/// The systems and contracts of a change that still say what it said, as they were before.
fn as_before(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    decided: &Decided,
    present: &Present,
) -> Result<Vec<Statement>, Error> {
    let Some(change) = decided.change else { return Ok(Vec::new()) };
    let before = crate::statement::store::present(tx, organisation, Some(change - 1))?;
    let said = crate::statement::store::of_change(tx, organisation, change)?;
    let stands = said
        .into_iter()
        .map(|said| (said.statement.subject, said.statement.attribute))
        .filter(|(subject, attribute)| standing(present, subject, *attribute).is_some_and(|now| now.change == change));
    Ok(stands
        .filter_map(|(subject, attribute)| Some(standing(&before, &subject, attribute)?.statement.clone()))
        .collect())
}

fn standing<'a>(present: &'a Present, subject: &str, attribute: Attribute) -> Option<&'a Standing> {
    present.get(subject)?.get(&attribute)
}

/// The systems that rows with a name became, in any list.
fn of_rows(tx: &mut Transaction<'_>, organisation: &OrganisationId, own: &str) -> Result<BTreeSet<String>, Error> {
    let sql = "SELECT DISTINCT system FROM import_row WHERE organisation = $1 AND product = $2 ORDER BY system";
    Ok(tx.query(sql, &values![organisation.as_str(), own], |row| row.text(0))?.into_iter().collect())
}

/// The names of own products by id, for decisions about names that no system carries any longer.
///
/// # Errors
/// When the engine fails.
pub(super) fn own_names(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
) -> Result<BTreeMap<String, String>, Error> {
    let sql = "SELECT id, name FROM product WHERE organisation = $1";
    Ok(tx.query(sql, &values![organisation.as_str()], |row| Ok((row.text(0)?, row.text(1)?)))?.into_iter().collect())
}

/// The systems that mean a listed product because of a name: those of the change, and those of rows with the name.
///
/// # Errors
/// When the engine fails.
pub(super) fn following(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    decided: &Decided,
) -> Result<BTreeSet<String>, Error> {
    let mut systems = match decided.own() {
        Some(own) => of_rows(tx, organisation, own)?,
        None => BTreeSet::new(),
    };
    if let Some(change) = decided.change {
        let said = crate::statement::store::of_change(tx, organisation, change)?;
        systems.extend(said.into_iter().map(|said| said.statement.subject));
    }
    Ok(systems)
}
