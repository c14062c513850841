//! The history of an estate: its changes, newest first, as far as each reader may see what they did.
//!
//! A change that did nothing which the reader sees, such as one of a cost or a note, is not there for them, and nothing tells
//! that it is missing: changes have no numbers here, and places in the list count only what is told. What others see is
//! decided by today's sharing, and of systems that have left the estate they are told nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use accounts::Organisation;
use axum::extract::{Path, State};
use ledger::visible;
use serde::Serialize;
use serde_json::json;
use store::{Error, Transaction, Value};
use vocabulary::{OrganisationId, PersonId, Reader};
use web::{Cell, CursorValue, Outcome, Page, Problem, Routes, SamplePage, Table, Visit, say};

use super::show::kind_text;
use super::store::ChangeRow;
use super::{address, address_of, who};
use crate::estate::{self, Sharing};
use crate::organisation::{councils_share, short_name, views, with_estate};
use crate::statement::store::{ChangeKind, Standing, all};
use crate::statement::{Attribute, Stated, SubjectKind};
use crate::system::facts::{Sight, is_news, names_a_candidate, withheld};
use crate::system::show::sight;
use crate::system::store::Seen;
use crate::{Architecture, Refused, listing};

const TEMPLATE: &str = "architecture/change/list.html";
const PARAMETERS: &[&str] = &["after", "before"];
/// The sorting, for cursors: by place, which is the time.
const SORT: &str = "-at";
/// Names of systems and contracts in one row.
const MOST_NAMES: usize = 3;

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}/history", "The changes of an organisation's estate, newest first", show)
        .parameters(PARAMETERS)
}

/// One change as a reader is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Told {
    /// Its place among those that the reader is told of, from 1; the oldest is the first.
    #[serde(skip)]
    pub place: i64,
    pub at: String,
    /// import, undo, edit, confirm, match or merge.
    pub kind: &'static str,
    pub who: String,
    /// How many systems it says something of.
    pub systems: usize,
    /// How many of these it added.
    pub added: usize,
    pub contracts: usize,
    /// How many values it states.
    pub values: usize,
    /// The first of them: name and address; without an address where it is not in the estate any more.
    pub first: Vec<(String, Option<String>)>,
    /// Its page, for the organisation's own readers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whether it was undone, for the organisation's own readers.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub undone: bool,
}

/// What the page is made from.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub organisation: Organisation,
    pub sharing: Sharing,
    pub own: bool,
    /// Newest first.
    pub changes: Vec<Told>,
}

/// The systems and contracts that a reader sees today, by id, with their names.
///
/// # Errors
/// When the engine fails.
pub(crate) fn seen_today(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &OrganisationId,
) -> Result<HashMap<String, String>, Error> {
    let seen = Seen::by(reader);
    let sql = format!("SELECT s.id, s.name {} AND s.organisation = ${}", seen.from, seen.next_parameter());
    let systems =
        tx.query(&sql, &seen.with(vec![Value::from(organisation.as_str())]), |row| Ok((row.text(0)?, row.text(1)?)))?;
    let seen = visible(reader, "c.visibility", "c.organisation", 2);
    let sql = format!(
        "SELECT c.id, COALESCE(c.reference, c.title) FROM contract AS c WHERE c.organisation = $1 AND {}",
        seen.sql
    );
    let parameters = [vec![Value::from(organisation.as_str())], seen.parameters].concat();
    let contracts = tx.query(&sql, &parameters, |row| {
        let named = row.optional_text(1)?;
        Ok((
            row.text(0)?,
            named.map_or_else(
                || say!("A contract without a reference"),
                |name| say!("Contract {reference}", reference = name),
            ),
        ))
    })?;
    Ok(systems.into_iter().chain(contracts).collect())
}

/// What one change did, as far as it is told.
#[derive(Default)]
struct Counted {
    systems: BTreeSet<String>,
    added: usize,
    contracts: BTreeSet<String>,
    values: usize,
    order: Vec<(SubjectKind, String)>,
}

/// Counts what a reader is told of each change. `seen`: the subjects that the reader sees, or none for all.
fn count(statements: &[Standing], sight: Sight, seen: Option<&HashMap<String, String>>) -> BTreeMap<i64, Counted> {
    let candidates: HashSet<&str> = statements
        .iter()
        .filter(|standing| names_a_candidate(&standing.statement))
        .map(|standing| standing.statement.subject.as_str())
        .collect();
    let mut had: HashMap<(&str, Attribute), bool> = HashMap::new();
    let mut changes: BTreeMap<i64, Counted> = BTreeMap::new();
    for standing in statements {
        let statement = &standing.statement;
        let subject = statement.subject.as_str();
        let unseen = seen.is_some_and(|seen| !seen.contains_key(subject));
        if unseen || withheld(statement.attribute, sight, candidates.contains(subject)) {
            continue;
        }
        let news = is_news(statement, sight);
        let before = had.insert((subject, statement.attribute), news).unwrap_or(false);
        if !news && !before && !sight.own {
            continue;
        }
        let counted = changes.entry(standing.change).or_default();
        let of = if statement.kind == SubjectKind::System { &mut counted.systems } else { &mut counted.contracts };
        if of.insert(subject.to_owned()) {
            counted.order.push((statement.kind, subject.to_owned()));
        }
        match statement.attribute {
            Attribute::Recorded => {
                let added = statement.kind == SubjectKind::System && statement.value == Some(Stated::Flag(true));
                counted.added += usize::from(added);
            }
            _ => counted.values += 1,
        }
    }
    changes
}

/// The latest name of each system, wherever it is now.
fn names(statements: &[Standing]) -> HashMap<String, String> {
    let name = |standing: &Standing| match (standing.statement.attribute, &standing.statement.value) {
        (Attribute::Name, Some(Stated::Text(name))) => Some((standing.statement.subject.clone(), name.clone())),
        _ => None,
    };
    statements.iter().filter_map(name).collect()
}

impl History {
    pub(crate) fn read(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<History, Refused> {
        let organisation = with_estate(tx, id)?;
        let sharing = estate::sharing(tx, &organisation.id)?;
        let sight = sight(tx, reader, &organisation.id)?;
        let today = seen_today(tx, reader, &organisation.id)?;
        if today.is_empty() && !sight.own {
            return Ok(History { organisation, sharing, own: false, changes: Vec::new() });
        }
        let statements = all(tx, &organisation.id)?;
        let mut counted = count(&statements, sight, (!sight.own).then_some(&today));
        let mut named = names(&statements);
        named.extend(today.clone());
        let short = short_name(&organisation.name).to_owned();
        let mut people: HashMap<Option<PersonId>, String> = HashMap::new();
        let mut changes = Vec::new();
        for row in super::store::all(tx, &organisation.id)?.into_iter().rev() {
            let Some(counted) = counted.remove(&row.number) else { continue };
            let said_by = match (sight.own, people.get(&row.actor)) {
                (false, _) => short.clone(),
                (true, Some(known)) => known.clone(),
                (true, None) => {
                    let found = who(tx, row.actor)?;
                    people.insert(row.actor, found.clone());
                    found
                }
            };
            let place = i64::try_from(changes.len()).unwrap_or(i64::MAX).saturating_add(1);
            changes.push(told(place, &organisation, &row, said_by, counted, &named, &today, sight.own));
        }
        changes.reverse();
        Ok(History { organisation, sharing, own: sight.own, changes })
    }

    pub(crate) fn page(self, visit: &Visit) -> Result<Page, Problem> {
        let History { organisation, sharing, own, changes } = self;
        let cursor = visit.parameters(PARAMETERS)?.cursor()?;
        let short = short_name(&organisation.name).to_owned();
        let key = |told: &Told| vec![CursorValue::Integer(-told.place)];
        let latest = changes.first().map(|told| told.at.clone());
        let table = if visit.format.is_table() { changes.clone() } else { Vec::new() };
        let (page, paging) = listing::page(changes, SORT, key, cursor.as_ref())?;
        let rows: Vec<_> = page
            .iter()
            .map(|told| {
                let all = told.systems + told.contracts;
                json!({"told": told, "kind": kind_of(told), "more": all - told.first.len().min(all)})
            })
            .collect();
        Ok(Page::new(TEMPLATE, say!("History of {organisation}'s systems", organisation = short))
            .place(organisation.name.clone())
            .section("organisations")
            .crumb(say!("Home"), "/")
            .crumb(say!("Organisations"), "/organisations")
            .crumb(organisation.name.clone(), organisation.address())
            .data(json!({
                "organisation": {"id": organisation.id, "name": organisation.name},
                "latest": latest,
                "changes": page,
            }))
            .extra("rows", rows)
            .extra("own", own)
            .extra("short_name", &short)
            .extra("views", views(&organisation, &visit.reader))
            .extra("councils_share", councils_share(&visit.reader, Some(sharing)))
            .table(file(&organisation, &table))
            .list(paging))
    }
}

#[allow(clippy::too_many_arguments, reason = "each is another list that one row is looked up in")]
fn told(
    place: i64,
    organisation: &Organisation,
    row: &ChangeRow,
    who: String,
    counted: Counted,
    named: &HashMap<String, String>,
    today: &HashMap<String, String>,
    own: bool,
) -> Told {
    // Systems first: their names say most.
    let mut order = counted.order;
    order.sort_by_key(|(kind, _)| *kind != SubjectKind::System);
    let first = order.iter().take(MOST_NAMES).map(|(kind, subject)| {
        let name = named.get(subject).cloned().unwrap_or_else(|| say!("A contract without a reference"));
        (name, today.contains_key(subject).then(|| address_of(*kind, subject)))
    });
    Told {
        place,
        at: row.at.clone(),
        kind: row.kind.word(),
        who,
        systems: counted.systems.len(),
        added: counted.added,
        contracts: counted.contracts.len(),
        values: counted.values,
        first: first.collect(),
        address: own.then(|| address(organisation.id.as_str(), row.number)),
        undone: own && row.undone_by.is_some(),
    }
}

fn kind_of(told: &Told) -> String {
    ChangeKind::from_word(told.kind).map(kind_text).unwrap_or_default()
}

fn file(organisation: &Organisation, changes: &[Told]) -> Table {
    let count = |number: usize| Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    Table {
        name: format!("{}-history", organisation.id),
        columns: vec!["at", "kind", "who", "systems", "systems_added", "contracts", "values", "first"],
        rows: changes
            .iter()
            .map(|told| {
                let names: Vec<&str> = told.first.iter().map(|(name, _)| name.as_str()).collect();
                vec![
                    Cell::Date(told.at.clone()),
                    Cell::from(told.kind),
                    Cell::from(told.who.as_str()),
                    count(told.systems),
                    count(told.added),
                    count(told.contracts),
                    count(told.values),
                    Cell::from(names.join("; ")),
                ]
            })
            .collect(),
    }
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(PARAMETERS)?;
    let reader = visit.reader.clone();
    let history = state.store.read(move |tx| History::read(tx, &reader, &id)).await?;
    Ok(history.page(&visit)?.into())
}

/// The page with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let (Some(organisation), Some(editor)) =
        (crate::system::samples::council(), crate::system::samples::reader(vocabulary::Role::Editor))
    else {
        return Vec::new();
    };
    let told = |place: i64, kind: ChangeKind, systems: usize, own: bool| Told {
        place,
        at: format!("2026-03-0{place}T10:14:00Z"),
        kind: kind.word(),
        who: if own { "Estate editor".to_owned() } else { "Ashmere".to_owned() },
        systems,
        added: 0,
        contracts: 1,
        values: systems * 3,
        first: vec![
            ("Bin rounds".to_owned(), Some("/systems/018f0000-0000-7000-8000-000000000001".to_owned())),
            ("Fax gateway".to_owned(), None),
        ],
        address: own.then(|| address("ashmere", place)),
        undone: own && place == 1,
    };
    let history = |own: bool, changes: Vec<Told>| History {
        organisation: organisation.clone(),
        sharing: Sharing::default(),
        own,
        changes,
    };
    let page = |name: &'static str, reader: &Reader, history: History| {
        let mut visit = Visit::of("/organisations/ashmere/history");
        visit.reader = reader.clone();
        history.page(&visit).ok().map(|page| SamplePage { name, page })
    };
    let changes = |own: bool| {
        vec![
            told(3, ChangeKind::Edit, 1, own),
            told(2, ChangeKind::Import, 118, own),
            told(1, ChangeKind::Undo, 2, own),
        ]
    };
    [
        page("history, for an editor", &editor, history(true, changes(true))),
        page("history, for others", &Reader::visitor(), history(false, changes(false))),
        page("history, empty", &editor, history(true, Vec::new())),
    ]
    .into_iter()
    .flatten()
    .collect()
}
