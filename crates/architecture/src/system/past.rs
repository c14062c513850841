//! The systems of an organisation as they were on a day, reckoned from what had been stated by its end.
//!
//! What a reader sees of the past is decided by today's sharing: the organisation's own readers see all of it, others only of
//! systems that they see today, and of these only what everybody is told who sees them now. Names of products, suppliers and
//! elements are today's.

use std::collections::{BTreeMap, HashMap};

use accounts::Organisation;
use store::{Error, Transaction, values};
use vocabulary::{Date, Reader, Visibility, fold};
use web::{Parameters, Problem, say};

use super::System;
use super::facts::Sight;
use super::list::line::{Line, Needed, Own, Placed, User};
use super::store::{OwnParts, SystemRow};
use crate::change::list::seen_today;
use crate::change::store::until;
use crate::contract::Contract;
use crate::estate;
use crate::product::merge::Merges;
use crate::spreadsheet::{CellKind, DateOrMonth, read_date};
use crate::statement::Attribute;
use crate::statement::store::{Present, present, private_texts};

/// An estate as it was at the end of a day.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    /// The number of the last change of that day, or before it; 0 where there was none yet.
    pub until: i64,
    /// What was stated then.
    pub present: Present,
    /// The systems as the reader may see them, in no order.
    pub lines: Vec<Line>,
}

/// The day that a parameter names.
///
/// # Errors
/// A problem when it is no day, or one that has not come yet.
pub(crate) fn day(parameters: &Parameters, name: &str, today: Date) -> Result<Option<Date>, Problem> {
    let Some(text) = parameters.one(name).map(str::trim) else { return Ok(None) };
    let read = if text.len() > 100 { None } else { read_date(text, CellKind::Text, false).value() };
    match read {
        Some(DateOrMonth::Date(day)) if day <= today => Ok(Some(day)),
        Some(DateOrMonth::Date(_)) => Err(Problem::invalid(say!("\"{name}\" must be today or earlier.", name = name))),
        _ => {
            Err(Problem::invalid(say!("\"{name}\" must be a day.", name = name))
                .next(say!("Write it like 2026-03-01.")))
        }
    }
}

/// What systems point to, by what it is called today.
struct Names {
    products: HashMap<(String, String), (String, Option<String>)>,
    organisations: HashMap<String, String>,
    /// What suppliers that were merged are now.
    became: BTreeMap<String, String>,
    elements: HashMap<(String, String), (i64, Placed)>,
    texts: BTreeMap<String, String>,
}

impl Names {
    fn read(tx: &mut Transaction<'_>, organisation: &Organisation, sight: Sight) -> Result<Names, Error> {
        // A candidate is known to its own organisation only.
        let own = if sight.own { organisation.id.as_str() } else { "" };
        let sql = "SELECT organisation, id, name, supplier FROM product WHERE organisation IN ('', $1)";
        let products = tx.query(sql, &values![own], |row| {
            Ok(((row.text(0)?, row.text(1)?), (row.text(2)?, row.optional_text(3)?)))
        })?;
        let sql = "SELECT frame, id, name, layer, position FROM frame_element";
        let elements = tx.query(sql, &[], |row| {
            let placed = Placed { frame: row.text(0)?, id: row.text(1)?, name: row.text(2)?, layer: row.text(3)? };
            Ok(((placed.frame.clone(), placed.id.clone()), (row.integer(4)?, placed)))
        })?;
        let organisations = accounts::organisation::all(tx, None)?;
        Ok(Names {
            products: products.into_iter().collect(),
            organisations: organisations.into_iter().map(|one| (one.id.to_string(), one.name)).collect(),
            became: accounts::organisation::merges(tx)?,
            elements: elements.into_iter().collect(),
            texts: if sight.own { private_texts(tx, &organisation.id)? } else { BTreeMap::new() },
        })
    }

    /// A supplier's id as it is now, with its name.
    fn supplier(&self, id: Option<String>) -> (Option<String>, Option<String>) {
        let id = id.map(|id| self.became.get(&id).cloned().unwrap_or(id));
        let name = id.as_ref().and_then(|id| self.organisations.get(id)).cloned();
        (id, name)
    }
}

impl Past {
    /// The estate of `organisation` at the end of `day`, as `reader` may see it.
    ///
    /// # Errors
    /// When the engine fails.
    pub(crate) fn read(
        tx: &mut Transaction<'_>,
        reader: &Reader,
        organisation: &Organisation,
        sight: Sight,
        day: Date,
    ) -> Result<Past, Error> {
        let today = seen_today(tx, reader, &organisation.id)?;
        if today.is_empty() && !sight.own {
            return Ok(Past::default());
        }
        let until = until(tx, &organisation.id, day)?;
        let mut present = present(tx, &organisation.id, Some(until))?;
        Merges::read(tx)?.resolve(&organisation.id, &mut present);
        if !sight.own {
            present.retain(|subject, _| today.contains_key(subject));
        }
        let names = Names::read(tx, organisation, sight)?;
        let visibility = estate::sharing(tx, &organisation.id)?.estate;
        let mut lines: Vec<Line> = Vec::new();
        let mut relies: Vec<(String, Vec<String>)> = Vec::new();
        for (id, statements) in &present {
            let Some(system) = System::reckon(statements) else { continue };
            if statements.get(&Attribute::Name).is_none() {
                // A contract is recorded too, and has no name.
                continue;
            }
            relies.push((id.clone(), system.relies_on.clone()));
            lines.push(line(organisation, id, system, &present, &names, sight, visibility));
        }
        relate(&mut lines, &relies);
        Ok(Past { until, present, lines })
    }
}

fn line(
    organisation: &Organisation,
    id: &str,
    system: System,
    present: &Present,
    names: &Names,
    sight: Sight,
    visibility: Visibility,
) -> Line {
    let contract_id = system.contract.clone();
    let contract = contract_id.as_ref().and_then(|id| Contract::reckon(present.get(id)?)).unwrap_or_default();
    let product = system.product.as_ref().filter(|key| names.products.contains_key(*key));
    let known = product.and_then(|key| names.products.get(key));
    // A version and modules say which product they are of.
    let tells_product = product.is_some() || system.product.is_none();
    let unstated = system.supplier.is_none() && !system.in_house && system.supplier_private.is_none();
    let inferred = known.filter(|_| unstated).and_then(|(_, supplier)| supplier.clone());
    let (supplier, supplier_name) = names.supplier(system.supplier.clone().or(inferred));
    let (contract_supplier, contract_supplier_name) = names.supplier(contract.supplier.clone());
    let text = |attribute: Attribute| system.texts.get(&attribute).cloned();
    let private = |attribute: Attribute| system.privates.get(&attribute).filter(|_| sight.own).cloned();
    let own = OwnParts {
        supplier: system.supplier_private.clone().filter(|_| sight.own),
        business_owner: private(Attribute::BusinessOwner),
        technical_owner: private(Attribute::TechnicalOwner),
        notes: private(Attribute::Notes),
        contract_supplier: contract.supplier_private.clone().filter(|_| sight.own),
    };
    let plain = system.plain_changed_at.clone().unwrap_or_default();
    let row = SystemRow {
        organisation: organisation.id.to_string(),
        organisation_name: organisation.name.clone(),
        id: id.to_owned(),
        name: system.name.clone(),
        status: system.status.clone(),
        product: product.map(|(_, id)| id.clone()),
        product_name: known.map(|(name, _)| name.clone()),
        candidate: product.is_some_and(|(owner, _)| !owner.is_empty()),
        version: system.version.clone().filter(|_| tells_product),
        modules: text(Attribute::Modules).filter(|_| tells_product),
        supplier,
        supplier_name,
        in_house: system.in_house,
        description: text(Attribute::Description),
        business_owner: text(Attribute::BusinessOwner),
        technical_owner: text(Attribute::TechnicalOwner),
        users: system.users,
        annual_cost: system.annual_cost.filter(|_| sight.costs),
        contract_reference: contract.reference.clone(),
        contract_start: contract.start.clone(),
        contract_end: contract.end.clone(),
        contract_end_day: contract.end_day().map(|day| day.to_string()),
        notice_months: contract.notice_months,
        last_notice_day: contract.last_notice_day().map(|day| day.to_string()),
        extension_options: contract.extension.clone(),
        contract_title: contract.title.clone(),
        contract_supplier,
        contract_supplier_name,
        contract_cost: contract.annual_cost.filter(|_| sight.costs),
        contract: contract_id.clone(),
        hosting: text(Attribute::Hosting),
        data_model: text(Attribute::DataModel),
        portability: text(Attribute::Portability),
        support_model: text(Attribute::SupportModel),
        shared_with: text(Attribute::SharedWith),
        criticality: text(Attribute::Criticality),
        website: text(Attribute::Website),
        visibility: visibility.word().to_owned(),
        changed_at: if sight.own { system.changed_at.clone() } else { plain },
        own,
    };
    let mut placed: Vec<&(i64, Placed)> = system.elements.iter().filter_map(|key| names.elements.get(key)).collect();
    placed.sort_by_key(|(position, placed)| (placed.frame.clone(), *position));
    let user = |id: &String| Some(User { id: id.clone(), name: names.organisations.get(id)?.clone() });
    let mut used_by: Vec<User> =
        system.used_by.iter().filter(|id| **id != organisation.id.as_str()).filter_map(user).collect();
    used_by.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    Line {
        own: if sight.own { own_texts(id, contract_id.as_deref(), &row.own, present, names) } else { Own::default() },
        row,
        elements: placed.into_iter().map(|(_, placed)| placed.clone()).collect(),
        used_by,
        relies_on: Vec::new(),
        relied_on_by: Vec::new(),
    }
}

/// The texts that only the organisation's own readers see.
fn own_texts(id: &str, contract: Option<&str>, own: &OwnParts, present: &Present, names: &Names) -> Own {
    let ids = [
        (Attribute::Supplier, &own.supplier),
        (Attribute::BusinessOwner, &own.business_owner),
        (Attribute::TechnicalOwner, &own.technical_owner),
        (Attribute::Notes, &own.notes),
        (Attribute::ContractSupplier, &own.contract_supplier),
    ];
    let texts = ids.into_iter().filter_map(|(attribute, id)| Some((attribute, names.texts.get(id.as_ref()?).cloned())));
    let stated = std::iter::once(id).chain(contract).filter_map(|subject| present.get(subject)).flatten();
    let not_understood = stated.filter_map(|(attribute, standing)| {
        let original = standing.statement.original.as_ref().filter(|_| standing.statement.value.is_none())?;
        Some((*attribute, names.texts.get(original)?.clone()))
    });
    Own { texts: texts.collect(), not_understood: not_understood.collect() }
}

/// Tells lines which of the others they relied on, and which relied on them.
fn relate(lines: &mut [Line], relies: &[(String, Vec<String>)]) {
    let names: HashMap<String, String> =
        lines.iter().map(|line| (line.row.id.clone(), line.row.name.clone())).collect();
    let mut found: HashMap<&str, (Vec<Needed>, Vec<Needed>)> = HashMap::new();
    for (system, others) in relies {
        for other in others.iter().filter(|other| *other != system) {
            if let (Some(name), Some(other_name)) = (names.get(system), names.get(other)) {
                let needed = |id: &String, name: &String| Needed { id: id.clone(), name: name.clone() };
                found.entry(system).or_default().0.push(needed(other, other_name));
                found.entry(other).or_default().1.push(needed(system, name));
            }
        }
    }
    for line in lines {
        if let Some((mut on, mut by)) = found.remove(line.row.id.as_str()) {
            for needed in [&mut on, &mut by] {
                needed.sort_by(|one, other| (fold(&one.name), &one.id).cmp(&(fold(&other.name), &other.id)));
            }
            line.relies_on = on;
            line.relied_on_by = by;
        }
    }
}
