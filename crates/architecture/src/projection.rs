//! The tables that pages read, made from the statements: systems, their elements, contracts, and the ledger's things.
//!
//! One function reckons what they should hold; applying a change, changing visibility, checking and rebuilding all use it.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use ledger::{AlsoKnown, Thing};
use store::{Error, Transaction, Value, values};
use vocabulary::{OrganisationId, Timestamp, Visibility, fold};

use crate::contract::{Contract, show::named};
use crate::estate;
use crate::organisation::short_name;
use crate::product::merge::Merges;
use crate::product::store::follow_use;
use crate::statement::store::{Present, ever_merged, present, present_of_some};
use crate::statement::{Attribute, Stated, SubjectKind};
use crate::system::System;

const SYSTEM: &[&str] = &[
    "organisation",
    "id",
    "visibility",
    "name",
    "name_folded",
    "status",
    "product_organisation",
    "product",
    "version",
    "supplier",
    "in_house",
    "supplier_private",
    "description",
    "business_owner",
    "business_owner_private",
    "technical_owner",
    "technical_owner_private",
    "users",
    "annual_cost",
    "contract",
    "hosting",
    "data_model",
    "portability",
    "support_model",
    "shared_with",
    "criticality",
    "website",
    "notes_private",
    "modules",
    "changed_at",
    "plain_changed_at",
];
const CONTRACT: &[&str] = &[
    "organisation",
    "id",
    "visibility",
    "reference",
    "start_date",
    "end_date",
    "end_day",
    "notice_months",
    "last_notice_day",
    "extension",
    "title",
    "supplier",
    "supplier_private",
    "annual_cost",
    "changed_at",
    "plain_changed_at",
];
const ELEMENT: &[&str] = &["organisation", "system", "frame", "element"];
const USER: &[&str] = &["organisation", "system", "used_by"];
const DEPENDENCY: &[&str] = &["organisation", "system", "relies_on"];

/// So many subjects are looked up; for more than that the whole estate is read.
const FEW: usize = 50;

/// What the projections of one organisation's estate should hold.
#[derive(Debug, Default)]
pub struct Projection {
    systems: Vec<Vec<Value>>,
    elements: Vec<Vec<Value>>,
    users: Vec<Vec<Value>>,
    dependencies: Vec<Vec<Value>>,
    contracts: Vec<Vec<Value>>,
    /// The things that the ledger should hold.
    pub things: Vec<Thing>,
    /// By system, the names of what was merged into it.
    merged_names: BTreeMap<String, Vec<String>>,
    /// Addresses of what was taken back.
    gone: Vec<String>,
    /// What was merged into another system: its address and where that leads.
    merged: Vec<(String, String)>,
    /// Addresses of systems that are in the estate, so that what was merged and came back leads nowhere else.
    standing: Vec<String>,
    /// The candidates that systems use.
    candidates: BTreeSet<String>,
}

/// Names that the projection needs from reference data.
struct Names {
    products: BTreeMap<(String, String), (String, Option<String>)>,
    /// Other names of listed products: whether it is a former one, and the name.
    product_names: BTreeMap<String, Vec<(bool, String)>>,
    suppliers: BTreeMap<String, String>,
    /// Other names of suppliers: whether it is a former one, and the name.
    supplier_names: BTreeMap<String, Vec<(bool, String)>>,
    elements: BTreeMap<(String, String), String>,
    /// What suppliers that were merged are now.
    became: BTreeMap<String, String>,
}

impl Names {
    fn read(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Names, Error> {
        let sql = "SELECT organisation, id, name, supplier FROM product WHERE organisation IN ('', $1)";
        let products = tx.query(sql, &values![organisation.as_str()], |row| {
            Ok(((row.text(0)?, row.text(1)?), (row.text(2)?, row.optional_text(3)?)))
        })?;
        // Of the shared list only: what an organisation calls a product by itself must not reach others through search.
        let mut product_names: BTreeMap<String, Vec<(bool, String)>> = BTreeMap::new();
        let sql = "SELECT product, kind, name FROM product_name WHERE organisation = '' AND kind <> 'name'
             ORDER BY product, kind, folded";
        tx.each(sql, &[], |row| {
            product_names.entry(row.text(0)?).or_default().push((row.text(1)? == "former", row.text(2)?));
            Ok(())
        })?;
        let (mut suppliers, mut supplier_names) = (BTreeMap::new(), BTreeMap::new());
        for body in accounts::organisation::all(tx, None)? {
            let also = body.also_known.into_iter().map(|name| (false, name));
            let names: Vec<(bool, String)> =
                also.chain(body.former_names.into_iter().map(|name| (true, name))).collect();
            supplier_names.insert(body.id.to_string(), names);
            suppliers.insert(body.id.to_string(), body.name);
        }
        let sql = "SELECT frame, id, name FROM frame_element ORDER BY frame, id";
        let elements = tx.query(sql, &[], |row| Ok(((row.text(0)?, row.text(1)?), row.text(2)?)))?;
        let became = accounts::organisation::merges(tx)?;
        Ok(Names {
            products: products.into_iter().collect(),
            product_names,
            suppliers,
            supplier_names,
            elements: elements.into_iter().collect(),
            became,
        })
    }
}

/// Reckons what the projections should hold, for the subjects named or (none named) for all.
///
/// # Errors
/// When the engine fails.
pub fn reckon(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    subjects: Option<&BTreeSet<String>>,
) -> Result<Projection, Error> {
    let visibility = estate::sharing(tx, organisation)?.estate;
    let names = Names::read(tx, organisation)?;
    let mut present = standing(tx, organisation, subjects)?;
    Merges::read(tx)?.resolve(organisation, &mut present);
    let mut projection = Projection { merged_names: merged_names(&present), ..Projection::default() };
    for (id, statements) in &present {
        if subjects.is_some_and(|subjects| !subjects.contains(id)) {
            continue;
        }
        let kind = statements.values().next().map(|standing| standing.statement.kind);
        match kind {
            Some(SubjectKind::System) => match System::reckon(statements) {
                Some(system) => {
                    projection.standing.push(format!("/systems/{id}"));
                    projection.add_system(organisation, id, visibility, &system, &names);
                }
                None => match statements.get(&Attribute::MergedInto).map(|standing| &standing.statement.value) {
                    Some(Some(Stated::System(into))) => {
                        projection.merged.push((format!("/systems/{id}"), format!("/systems/{into}")));
                    }
                    _ => projection.gone.push(format!("/systems/{id}")),
                },
            },
            Some(SubjectKind::Contract) => match Contract::reckon(statements) {
                Some(mut contract) => {
                    let now = contract.supplier.as_ref().and_then(|id| names.became.get(id)).cloned();
                    contract.supplier = now.or(contract.supplier);
                    projection.add_contract(organisation, id, visibility, &contract, &names);
                }
                None => projection.gone.push(format!("/contracts/{id}")),
            },
            None => {}
        }
    }
    Ok(projection)
}

impl Projection {
    fn add_system(
        &mut self,
        organisation: &OrganisationId,
        id: &str,
        visibility: Visibility,
        system: &System,
        names: &Names,
    ) {
        let of = organisation.as_str();
        let product = system.product.as_ref().and_then(|key| names.products.get(key));
        let listed = system.product.as_ref().is_some_and(|(owner, _)| owner.is_empty());
        let candidate = system.product.as_ref().filter(|(owner, _)| owner == of);
        self.candidates.extend(candidate.map(|(_, id)| id.clone()));
        let inferred = || product.and_then(|(_, supplier)| supplier.clone());
        let unstated = system.supplier.is_none() && !system.in_house && system.supplier_private.is_none();
        let supplier = system.supplier.clone().or_else(|| if unstated { inferred() } else { None });
        let supplier = supplier.map(|id| names.became.get(&id).unwrap_or(&id).clone());
        let text = |attribute: Attribute| system.texts.get(&attribute).map(String::as_str);
        let private = |attribute: Attribute| system.privates.get(&attribute).map(String::as_str);
        self.systems.push(
            values![
                of,
                id,
                visibility.word(),
                &system.name,
                system.name_folded(),
                system.status.as_deref(),
                system.product.as_ref().map(|(owner, _)| owner.as_str()),
                system.product.as_ref().map(|(_, product)| product.as_str()),
                system.version.as_deref(),
                supplier.as_deref(),
                system.in_house,
                system.supplier_private.as_deref(),
                text(Attribute::Description),
                text(Attribute::BusinessOwner),
                private(Attribute::BusinessOwner),
                text(Attribute::TechnicalOwner),
                private(Attribute::TechnicalOwner),
                system.users,
                system.annual_cost,
                system.contract.as_deref(),
                text(Attribute::Hosting),
                text(Attribute::DataModel),
                text(Attribute::Portability),
                text(Attribute::SupportModel),
                text(Attribute::SharedWith),
                text(Attribute::Criticality),
                text(Attribute::Website),
                private(Attribute::Notes),
                text(Attribute::Modules),
                &system.changed_at,
                system.plain_changed_at.as_deref()
            ]
            .to_vec(),
        );
        let placed = system.elements.iter();
        self.elements.extend(placed.map(|(frame, element)| values![of, id, frame, element].to_vec()));
        let others = system.used_by.iter().filter(|user| *user != of);
        self.users.extend(others.map(|user| values![of, id, user].to_vec()));
        let needed = system.relies_on.iter().filter(|other| *other != id);
        self.dependencies.extend(needed.map(|other| values![of, id, other].to_vec()));
        let supplier_name = supplier.as_ref().and_then(|id| names.suppliers.get(id));
        // A candidate's name is the organisation's own: it must not reach others through search.
        let product_name = product.filter(|_| listed).map(|(name, _)| name);
        let mut also = Vec::new();
        let mut known = |why: &str, text: Option<&String>| {
            if let Some(text) = text.filter(|text| fold(text) != system.name_folded()) {
                also.push(AlsoKnown { why: why.to_owned(), text: text.clone() });
            }
        };
        for name in self.merged_names.get(id).into_iter().flatten() {
            known("Also known as", Some(name));
        }
        known("Product", product_name);
        let other = |former: bool, of: &str| {
            if former { format!("Former name of the {of}") } else { format!("Other name of the {of}") }
        };
        let listed_id = system.product.as_ref().filter(|_| product_name.is_some()).map(|(_, id)| id);
        for (former, name) in listed_id.and_then(|id| names.product_names.get(id)).into_iter().flatten() {
            known(&other(*former, "product"), Some(name));
        }
        known("Supplier", supplier_name);
        for (former, name) in supplier.as_ref().and_then(|id| names.supplier_names.get(id)).into_iter().flatten() {
            known(&other(*former, "supplier"), Some(name));
        }
        for element in system.elements.iter().filter_map(|element| names.elements.get(element)) {
            known("Element", Some(element));
        }
        let body = |id: &str| names.suppliers.get(id).map(|name| short_name(name).to_owned());
        known("Organisation", body(of).as_ref());
        for user in system.used_by.iter().filter(|user| *user != of).filter_map(|id| body(id)) {
            known("Used by", Some(&user));
        }
        let use_of = match (product_name, supplier_name) {
            (Some(product), Some(supplier)) => {
                web::say!("Use of {product}, by {supplier}", product = product, supplier = supplier)
            }
            (Some(product), None) => web::say!("Use of {product}", product = product),
            (None, Some(supplier)) => web::say!("A system by {supplier}", supplier = supplier),
            (None, None) => web::say!("A system"),
        };
        self.things.push(Thing {
            organisation: Some(organisation.clone()),
            address: format!("/systems/{id}"),
            kind: "system".into(),
            title: system.name.clone(),
            summary: use_of,
            visibility,
            also,
        });
    }

    fn add_contract(
        &mut self,
        organisation: &OrganisationId,
        id: &str,
        visibility: Visibility,
        contract: &Contract,
        names: &Names,
    ) {
        self.contracts.push(
            values![
                organisation.as_str(),
                id,
                visibility.word(),
                contract.reference.as_deref(),
                contract.start.as_deref(),
                contract.end.as_deref(),
                contract.end_day().map(|day| day.to_string()),
                contract.notice_months,
                contract.last_notice_day().map(|day| day.to_string()),
                contract.extension.as_deref(),
                contract.title.as_deref(),
                contract.supplier.as_deref(),
                contract.supplier_private.as_deref(),
                contract.annual_cost,
                &contract.changed_at,
                contract.plain_changed_at.as_deref()
            ]
            .to_vec(),
        );
        if contract.reference.is_some() || contract.title.is_some() {
            let supplier = contract.supplier.as_ref().and_then(|id| names.suppliers.get(id));
            let also = |why: &str, text: &String| AlsoKnown { why: why.to_owned(), text: text.clone() };
            let titled = contract.title.iter().filter(|_| contract.reference.is_some());
            self.things.push(Thing {
                organisation: Some(organisation.clone()),
                address: format!("/contracts/{id}"),
                kind: "contract".into(),
                title: named(contract.reference.as_deref(), contract.title.as_deref()),
                summary: match supplier {
                    Some(supplier) => web::say!("A contract with {supplier}", supplier = supplier),
                    None => web::say!("A contract"),
                },
                visibility,
                also: titled
                    .map(|title| also("Title", title))
                    .chain(supplier.map(|name| also("Supplier", name)))
                    .chain(
                        names
                            .suppliers
                            .get(organisation.as_str())
                            .map(|name| also("Organisation", &short_name(name).to_owned())),
                    )
                    .collect(),
            });
        } else {
            // What nothing can be found by any longer is found no longer.
            self.gone.push(format!("/contracts/{id}"));
        }
    }
}

/// What is said now: of these subjects and of what was merged where they are few, else of the whole estate.
fn standing(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    subjects: Option<&BTreeSet<String>>,
) -> Result<Present, Error> {
    if let Some(subjects) = subjects.filter(|subjects| (1..=FEW).contains(&subjects.len())) {
        let few = &ever_merged(tx, organisation)? | subjects;
        if few.len() <= FEW {
            return present_of_some(tx, organisation, &few);
        }
    }
    present(tx, organisation, None)
}

/// The names of what was merged, by the system that it was merged into.
fn merged_names(present: &Present) -> BTreeMap<String, Vec<String>> {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for statements in present.values() {
        let value = |attribute| statements.get(&attribute).and_then(|standing| standing.statement.value.as_ref());
        if let (Some(Stated::System(into)), Some(Stated::Text(name)), Some(Stated::Flag(false))) =
            (value(Attribute::MergedInto), value(Attribute::Name), value(Attribute::Recorded))
        {
            names.entry(into.clone()).or_default().push(name.clone());
        }
    }
    names
}

/// Writes the projections of the subjects named, after a change: at once for many, so that a large import stays quick.
///
/// # Errors
/// When the engine fails.
pub fn write(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    subjects: &BTreeSet<String>,
    now: Timestamp,
) -> Result<(), Error> {
    let projection = reckon(tx, organisation, Some(subjects))?;
    let subjects: Vec<&String> = subjects.iter().collect();
    for chunk in subjects.chunks(200) {
        let places: Vec<String> = (2..chunk.len() + 2).map(|place| format!("${place}")).collect();
        let places = places.join(", ");
        let mut parameters = vec![Value::from(organisation.as_str())];
        parameters.extend(chunk.iter().map(|id| Value::from(id.as_str())));
        tx.execute(&format!("DELETE FROM system WHERE organisation = $1 AND id IN ({places})"), &parameters)?;
        tx.execute(
            &format!("DELETE FROM system_element WHERE organisation = $1 AND system IN ({places})"),
            &parameters,
        )?;
        tx.execute(&format!("DELETE FROM system_user WHERE organisation = $1 AND system IN ({places})"), &parameters)?;
        tx.execute(
            &format!("DELETE FROM system_dependency WHERE organisation = $1 AND system IN ({places})"),
            &parameters,
        )?;
        tx.execute(&format!("DELETE FROM contract WHERE organisation = $1 AND id IN ({places})"), &parameters)?;
    }
    insert(tx, &projection)?;
    follow_use(tx, organisation, &projection.candidates, now)?;
    follow(tx, organisation, &projection, now)
}

/// Lets the ledger follow: what left the estate is withdrawn, what was merged leads on, what came back leads nowhere else.
fn follow(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    projection: &Projection,
    now: Timestamp,
) -> Result<(), Error> {
    for address in &projection.gone {
        ledger::withdraw_thing(tx, Some(organisation), address, "taken back by an undo", now)?;
    }
    ledger::put_things(tx, &projection.things, now)?;
    ledger::lead_on(tx, organisation, &projection.standing, &projection.merged, now)?;
    for (address, _) in &projection.merged {
        ledger::withdraw_thing(tx, Some(organisation), address, "merged into another system", now)?;
    }
    Ok(())
}

/// Writes all projections of an organisation anew.
///
/// # Errors
/// When the engine fails.
pub fn write_all(tx: &mut Transaction<'_>, organisation: &OrganisationId, now: Timestamp) -> Result<(), Error> {
    let projection = reckon(tx, organisation, None)?;
    for table in ["system", "system_element", "system_user", "system_dependency", "contract"] {
        tx.execute(&format!("DELETE FROM {table} WHERE organisation = $1"), &values![organisation.as_str()])?;
    }
    insert(tx, &projection)?;
    follow_use(tx, organisation, &projection.candidates, now)?;
    follow(tx, organisation, &projection, now)
}

fn insert(tx: &mut Transaction<'_>, projection: &Projection) -> Result<(), Error> {
    tx.insert_many("system", SYSTEM, projection.systems.iter().cloned())?;
    tx.insert_many("system_element", ELEMENT, projection.elements.iter().cloned())?;
    tx.insert_many("system_user", USER, projection.users.iter().cloned())?;
    tx.insert_many("system_dependency", DEPENDENCY, projection.dependencies.iter().cloned())?;
    tx.insert_many("contract", CONTRACT, projection.contracts.iter().cloned())?;
    Ok(())
}

/// Every organisation that has an estate.
///
/// # Errors
/// When the engine fails.
pub fn organisations(tx: &mut Transaction<'_>) -> Result<Vec<OrganisationId>, Error> {
    let ids = tx.query("SELECT organisation FROM estate ORDER BY organisation", &[], |row| row.text(0))?;
    Ok(ids.iter().filter_map(|id| OrganisationId::from_str(id).ok()).collect())
}

/// Differences between the projections and what the statements say, in words, for `commonhold doctor`.
///
/// # Errors
/// When the engine fails.
pub fn check(tx: &mut Transaction<'_>) -> Result<Vec<String>, Error> {
    let mut differences = Vec::new();
    for organisation in organisations(tx)? {
        let should = reckon(tx, &organisation, None)?;
        for (table, columns, rows) in [
            ("system", SYSTEM, should.systems),
            ("system_element", ELEMENT, should.elements),
            ("system_user", USER, should.users),
            ("system_dependency", DEPENDENCY, should.dependencies),
            ("contract", CONTRACT, should.contracts),
        ] {
            let as_text: Vec<String> = columns.iter().map(|column| format!("CAST({column} AS TEXT)")).collect();
            let sql = format!("SELECT {} FROM {table} WHERE organisation = $1", as_text.join(", "));
            let stored = tx.query(&sql, &values![organisation.as_str()], |row| {
                (0..columns.len()).map(|column| row.optional_text(column)).collect::<Result<Vec<_>, _>>()
            })?;
            let stored: BTreeSet<Vec<Option<String>>> = stored.into_iter().collect();
            let wanted: BTreeSet<Vec<Option<String>>> =
                rows.iter().map(|row| row.iter().map(printed).collect()).collect();
            let (missing, stray) = (wanted.difference(&stored).count(), stored.difference(&wanted).count());
            if missing + stray > 0 {
                differences.push(format!(
                    "{organisation}: {missing} rows of \"{table}\" are missing or differ from the statements, and {stray} stand there without them"
                ));
            }
        }
    }
    Ok(differences)
}

fn printed(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        Value::Bytes(bytes) => Some(format!("{bytes:?}")),
    }
}
