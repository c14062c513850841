//! Which contract covers which systems: chosen from the contract's side, by ticking systems, or from the system's side, by
//! choosing one of the organisation's contracts.

use std::collections::{BTreeMap, BTreeSet};

use accounts::Organisation;
use axum::extract::{Path, State};
use ledger::visible;
use serde::Serialize;
use serde_json::json;
use store::{Error, Transaction, Value, values};
use vocabulary::{Date, OrganisationId, Reader};
use web::{Answer, FieldError, Form, Format, Outcome, Page, Routes, SamplePage, Visit, say};

use super::edit::of_editor;
use crate::change::draft::{HowTyped, Saved, based_on};
use crate::change::typed::{HOW, How};
use crate::change::writer::Writer;
use crate::change::{moment, store as changes};
use crate::import::apply::Moment;
use crate::organisation::with_estate;
use crate::statement::store::present;
use crate::statement::{Attribute, Stated, SubjectKind};
use crate::system::erase;
use crate::system::show::Everything;
use crate::system::store::{Seen, SystemRow};
use crate::{Architecture, Refused};

const TICK: &str = "architecture/contract/covers.html";
const CHOOSE: &str = "architecture/contract/choose.html";

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/contracts/{id}/systems", "Which systems a contract covers, for its organisation's editors", show)
        .by("editors and stewards of the organisation")
        .post("/contracts/{id}/systems", "Choose which systems a contract covers", save)
        .done_with(&[200])
        .fields(&["source", "confidence", "known_on", "based_on", "system"])
        .by("editors and stewards of the organisation")
        .get("/systems/{id}/contract", "Which contract covers a system, for its organisation's editors", show_contracts)
        .by("editors and stewards of the organisation")
        .post("/systems/{id}/contract", "Choose which contract covers a system", put_under)
        .done_with(&[200])
        .fields(&["source", "confidence", "known_on", "covered_by"])
        .by("editors and stewards of the organisation")
}

/// The systems that a contract covers, as far as the reader may see them, by name.
///
/// # Errors
/// When the engine fails.
pub(crate) fn covered(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &OrganisationId,
    contract: &str,
) -> Result<Vec<SystemRow>, Error> {
    let seen = Seen::by(reader);
    let first = seen.next_parameter();
    let rest = format!("AND s.organisation = ${first} AND s.contract = ${} ORDER BY s.name_folded, s.id", first + 1);
    seen.rows(tx, &rest, vec![Value::from(organisation.as_str()), Value::from(contract)])
}

/// A contract to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Listed {
    pub id: String,
    /// Its reference, its title or, for want of both, what it covers.
    pub name: String,
    pub end: Option<String>,
    /// Names of the systems that it covers.
    pub systems: Vec<String>,
}

/// What a contract is called where it stands among others.
pub(crate) fn name_of(reference: Option<&str>, title: Option<&str>, covers: Option<&str>) -> String {
    match (reference, title, covers) {
        (Some(reference), Some(title), _) => say!("{reference}, {title}", reference = reference, title = title),
        (Some(name), None, _) | (None, Some(name), _) => name.to_owned(),
        (None, None, Some(system)) => say!("The contract of {system}", system = system),
        (None, None, None) => say!("A contract without a reference"),
    }
}

/// The contracts of an organisation as one reader may see them, by name.
///
/// # Errors
/// When the engine fails.
pub(crate) fn contracts(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &OrganisationId,
) -> Result<Vec<Listed>, Error> {
    let mut covers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let seen = Seen::by(reader);
    let rest = format!(
        "AND s.organisation = ${} AND s.contract IS NOT NULL ORDER BY s.name_folded, s.id",
        seen.next_parameter()
    );
    for row in seen.rows(tx, &rest, vec![Value::from(organisation.as_str())])? {
        covers.entry(row.contract.unwrap_or_default()).or_default().push(row.name);
    }
    let seen = visible(reader, "c.visibility", "c.organisation", 2);
    let sql = format!(
        "SELECT c.id, c.reference, c.title, c.end_date FROM contract AS c WHERE c.organisation = $1 AND {} ORDER BY c.id",
        seen.sql
    );
    let mut parameters = values![organisation.as_str()].to_vec();
    parameters.extend(seen.parameters);
    let mut listed = tx.query(&sql, &parameters, |row| {
        let id = row.text(0)?;
        let systems = covers.remove(&id).unwrap_or_default();
        let (reference, title) = (row.optional_text(1)?, row.optional_text(2)?);
        let name = name_of(reference.as_deref(), title.as_deref(), systems.first().map(String::as_str));
        Ok(Listed { id, name, end: row.optional_text(3)?, systems })
    })?;
    listed
        .sort_by(|one, other| (vocabulary::fold(&one.name), &one.id).cmp(&(vocabulary::fold(&other.name), &other.id)));
    Ok(listed)
}

/// A system that may be ticked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Tickable {
    pub id: String,
    pub name: String,
    pub ticked: bool,
    /// The other contract that covers it now.
    pub under: Option<String>,
}

/// What the page of ticks is made from.
#[derive(Clone, Debug)]
pub(crate) struct Covers {
    pub organisation: Organisation,
    pub contract: String,
    pub name: String,
    pub based_on: i64,
    pub systems: Vec<Tickable>,
    pub how: HowTyped,
}

impl Covers {
    fn read(tx: &mut Transaction<'_>, reader: &Reader, id: &str, today: Date) -> Result<Covers, Refused> {
        let organisation = of_editor(tx, reader, id)?;
        let listed = contracts(tx, reader, &organisation)?;
        let names: BTreeMap<&str, &str> = listed.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
        let seen = Seen::by(reader);
        let rest = format!("AND s.organisation = ${} ORDER BY s.name_folded, s.id", seen.next_parameter());
        let rows = seen.rows(tx, &rest, vec![Value::from(organisation.as_str())])?;
        let mut systems: Vec<Tickable> = rows
            .into_iter()
            .map(|row| {
                let other = row.contract.as_deref().filter(|other| *other != id);
                let under = other.and_then(|other| names.get(other)).map(|name| (*name).to_owned());
                Tickable { ticked: row.contract.as_deref() == Some(id), id: row.id, name: row.name, under }
            })
            .collect();
        systems.sort_by_key(|system| !system.ticked);
        let name = names.get(id).map_or_else(|| name_of(None, None, None), |name| (*name).to_owned());
        Ok(Covers {
            name,
            contract: id.to_owned(),
            based_on: changes::latest(tx, &organisation)?,
            systems,
            how: HowTyped::fresh(today),
            organisation: with_estate(tx, organisation.as_str())?,
        })
    }

    pub(crate) fn page(&self) -> Page {
        let address = format!("/contracts/{}", self.contract);
        Page::new(TICK, say!("Choose which systems {contract} covers", contract = self.name))
            .place(self.organisation.name.clone())
            .section("organisations")
            .back(say!("Back to the contract"), address.clone())
            .reading()
            .private()
            .data(json!({"contract": self.contract, "based_on": self.based_on, "systems": self.systems}))
            .extra("how", &self.how)
            .extra("address", address)
    }

    /// Writes for which systems the ticks differ from what the form showed, or says what must be corrected.
    fn save(
        mut self,
        tx: &mut Transaction<'_>,
        form: &Form,
        based_on: Option<i64>,
        moment: &Moment,
    ) -> Result<Saved<Covers>, Refused> {
        let organisation = self.organisation.id.clone();
        let before = present(tx, &organisation, based_on)?;
        let mut errors = Vec::new();
        let how = How::read(form, moment.today, &mut errors);
        let ticked: BTreeSet<&str> = form.all("system").into_iter().filter(|id| !id.is_empty()).collect();
        if let Some(unknown) = ticked.iter().find(|id| !self.systems.iter().any(|system| system.id == **id)) {
            let message = say!("{id} is not a system of this organisation", id = crate::spreadsheet::quoted(unknown));
            errors.push(FieldError::new("system", message));
        }
        for system in &mut self.systems {
            system.ticked = ticked.contains(system.id.as_str());
        }
        if !errors.is_empty() {
            self.how = HowTyped::of(form);
            self.based_on = based_on.unwrap_or(self.based_on);
            return Ok(Saved::Again(Box::new(self), errors));
        }
        let here = Stated::Contract(self.contract.clone());
        let mut writer = Writer::new(&organisation, &how, moment);
        for system in &self.systems {
            let stated = before.get(&system.id).and_then(|of| of.get(&Attribute::Contract));
            let shown = stated.and_then(|standing| standing.statement.value.as_ref()) == Some(&here);
            if system.ticked != shown {
                let value = system.ticked.then(|| here.clone());
                writer.state(SubjectKind::System, &system.id, Attribute::Contract, value);
            }
        }
        Ok(Saved::Done(writer.write(tx, "changed", format!("/contracts/{}", self.contract))?))
    }
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let (reader, today) = (visit.reader.clone(), state.clock.today());
    let covers = state.store.read(move |tx| Covers::read(tx, &reader, &id, today)).await?;
    Ok(covers.page().into())
}

async fn save(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&[&HOW[..], &["based_on", "system"]].concat())?;
    let based_on = based_on(&form)?;
    let (reader, moment, contract) = (visit.reader.clone(), moment(&state, &visit.reader), id.clone());
    let sent = form.clone();
    let saving = state.store.write(move |tx| {
        let saved = Covers::read(tx, &reader, &id, moment.today)?.save(tx, &sent, based_on, &moment)?;
        let covers = Covers::read(tx, &reader, &id, moment.today)?;
        Ok::<_, Refused>((saved, covers))
    });
    Ok(match saving.await? {
        (Saved::Again(covers, errors), _) => covers.page().errors(errors).into(),
        (Saved::Done(_), covers) if visit.format == Format::Json => covers.page().into(),
        (Saved::Done(Some(number)), _) => Answer::Redirect(format!("/contracts/{contract}?change={number}")),
        (Saved::Done(None), _) => Answer::Redirect(format!("/contracts/{contract}?unchanged=yes")),
    })
}

/// What the page of one system's contract is made from.
#[derive(Clone, Debug)]
pub(crate) struct Choosing {
    pub organisation: Organisation,
    pub system: String,
    pub name: String,
    pub covered_by: Option<String>,
    pub contracts: Vec<Listed>,
    pub how: HowTyped,
}

impl Choosing {
    fn read(tx: &mut Transaction<'_>, reader: &Reader, id: &str, today: Date) -> Result<Choosing, Refused> {
        let organisation = erase::of_editor(tx, reader, id)?;
        let row = Seen::by(reader).system(tx, id)?.ok_or(Refused::Missing)?;
        Ok(Choosing {
            system: id.to_owned(),
            name: row.name,
            covered_by: row.contract,
            contracts: contracts(tx, reader, &organisation)?,
            how: HowTyped::fresh(today),
            organisation: with_estate(tx, organisation.as_str())?,
        })
    }

    pub(crate) fn page(&self) -> Page {
        let address = format!("/systems/{}", self.system);
        let items: Vec<_> =
            std::iter::once(json!({"value": "", "text": say!("None recorded"), "selected": self.covered_by.is_none()}))
                .chain(self.contracts.iter().map(|one| {
                    let text = match &one.end {
                        Some(end) => say!("{contract}, ends {end}", contract = one.name, end = web::say_date(end)),
                        None => one.name.clone(),
                    };
                    json!({"value": one.id, "text": text, "selected": self.covered_by.as_ref() == Some(&one.id)})
                }))
                .collect();
        Page::new(CHOOSE, say!("Choose the contract that covers {system}", system = self.name))
            .place(self.organisation.name.clone())
            .section("organisations")
            .back(say!("Back to {system}", system = self.name), address.clone())
            .reading()
            .private()
            .data(json!({"system": self.system, "covered_by": self.covered_by, "contracts": self.contracts}))
            .extra("items", items)
            .extra("how", &self.how)
            .extra("address", address)
    }
}

async fn show_contracts(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let (reader, today) = (visit.reader.clone(), state.clock.today());
    let choosing = state.store.read(move |tx| Choosing::read(tx, &reader, &id, today)).await?;
    Ok(choosing.page().into())
}

async fn put_under(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&[&HOW[..], &["covered_by"]].concat())?;
    let (reader, moment, system) = (visit.reader.clone(), moment(&state, &visit.reader), id.clone());
    let sent = form.clone();
    let saving = state.store.write(move |tx| {
        let mut choosing = Choosing::read(tx, &reader, &id, moment.today)?;
        let mut errors = Vec::new();
        let how = How::read(&sent, moment.today, &mut errors);
        let chosen = sent.one("covered_by").map(str::to_owned);
        let known = chosen.as_ref().is_none_or(|chosen| choosing.contracts.iter().any(|one| one.id == *chosen));
        if !sent.has("covered_by") || !known {
            errors.push(FieldError::new("covered_by", say!("Choose one of the contracts, or none recorded")));
        }
        let saved = if errors.is_empty() {
            let mut writer = Writer::new(&choosing.organisation.id, &how, &moment);
            if chosen != choosing.covered_by {
                writer.state(SubjectKind::System, &id, Attribute::Contract, chosen.map(Stated::Contract));
            }
            Saved::Done(writer.write(tx, "changed", format!("/systems/{id}"))?)
        } else {
            choosing.how = HowTyped::of(&sent);
            choosing.covered_by = chosen;
            Saved::Again(Box::new(choosing), errors)
        };
        Ok::<_, Refused>((saved, Everything::read(tx, &reader, &id)?))
    });
    Ok(match saving.await? {
        (Saved::Again(choosing, errors), _) => choosing.page().errors(errors).into(),
        (Saved::Done(_), everything) if visit.format == Format::Json => everything.page(&visit.reader).into(),
        (Saved::Done(Some(number)), _) => Answer::Redirect(format!("/systems/{system}?change={number}")),
        (Saved::Done(None), _) => Answer::Redirect(format!("/systems/{system}?unchanged=yes")),
    })
}

/// The pages with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let (Some(organisation), today) = (crate::system::samples::council(), Date::constant(2026, 3, 3)) else {
        return Vec::new();
    };
    let id = |last: &str| format!("018f0000-0000-7000-8000-0000000000{last}");
    let tickable = |last: &str, name: &str, ticked: bool, under: Option<&str>| Tickable {
        id: id(last),
        name: name.to_owned(),
        ticked,
        under: under.map(str::to_owned),
    };
    let covers = Covers {
        organisation: organisation.clone(),
        contract: id("c1"),
        name: "C-114".to_owned(),
        based_on: 12,
        systems: vec![
            tickable("01", "Bin rounds", true, None),
            tickable("02", "Bulky waste", false, Some("C-115")),
            tickable("03", "Fax gateway", false, None),
        ],
        how: HowTyped::fresh(today),
    };
    let listed = |last: &str, name: &str, end: Option<&str>| Listed {
        id: id(last),
        name: name.to_owned(),
        end: end.map(str::to_owned),
        systems: vec!["Bin rounds".to_owned()],
    };
    let choosing = Choosing {
        organisation,
        system: id("01"),
        name: "Bin rounds".to_owned(),
        covered_by: Some(id("c1")),
        contracts: vec![listed("c1", "C-114", Some("2027-03-31")), listed("c2", "C-115, Waste", None)],
        how: HowTyped::fresh(today),
    };
    let error = FieldError::new("covered_by", "Choose one of the contracts, or none recorded");
    vec![
        SamplePage { name: "contract: which systems", page: covers.page() },
        SamplePage { name: "system: which contract", page: choosing.page() },
        SamplePage { name: "system: no contract chosen", page: choosing.page().errors(vec![error]) },
    ]
}
