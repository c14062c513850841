//! Changing many systems at once: tick them in the inventory, choose one field, say its value, see what would change, apply.
//!
//! Everything between the ticks and the end travels in the forms, so that nothing is kept here and the back button works.
//! Programs may send ticks, field, value and `apply` at once.

pub(crate) mod samples;

use std::collections::BTreeSet;

use accounts::{Deed, Organisation};
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::json;
use store::Transaction;
use vocabulary::{OrganisationId, Reader};
use web::{Answer, FieldError, Form, Format, Outcome, Page, Parameters, Problem, Routes, Visit, say};

use super::Status;
use super::facts::label;
use super::list::filter::Asked;
use super::list::{Estate, PARAMETERS};
use crate::change::draft::{Draft, Fields, HowTyped};
use crate::change::input::{Control, Stand, typed};
use crate::change::show::Change;
use crate::change::typed::{HOW, How, Typed, nothing, plainly};
use crate::change::writer::Writer;
use crate::change::{moment, permitted, store as changes};
use crate::contract::covers::{Listed, contracts};
use crate::import::apply::Moment;
use crate::organisation::short_name;
use crate::spreadsheet::quoted;
use crate::statement::store::{Present, present, private_texts};
use crate::statement::{Attribute, Stated};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/system/bulk.html";
/// The parameters that say which systems match; the others say how a list of them looks.
const FILTERS: &[&str] = &["q", "status", "layer", "element", "supplier", "product"];
/// The most systems that are changed at once.
const MOST: usize = 1_000;

/// The fields of which many systems may share a value.
const ATTRIBUTES: &[Attribute] = &[
    Attribute::Status,
    Attribute::Elements,
    Attribute::Product,
    Attribute::Version,
    Attribute::Supplier,
    Attribute::Contract,
    Attribute::Hosting,
    Attribute::DataModel,
    Attribute::Portability,
    Attribute::SupportModel,
    Attribute::Criticality,
    Attribute::BusinessOwner,
    Attribute::TechnicalOwner,
    Attribute::SharedWith,
];

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .post("/organisations/{id}/systems", "Tick systems on several pages of the list, to change them at once", tick)
        .done_with(&[200, 303])
        .parameters(PARAMETERS)
        .fields(&["tick", "step"])
        .by("editors and stewards of the organisation")
        .get("/organisations/{id}/systems/change", "Change all systems that match, for the organisation's editors", all)
        .parameters(FILTERS)
        .by("editors and stewards of the organisation")
        .post(
            "/organisations/{id}/systems/change",
            "Change one field of many systems: see what would change, apply",
            change,
        )
        .done_with(&[200])
        .fields(&["source", "confidence", "known_on", "tick", "field", "value", "apply", "again", "based_on"])
        .by("editors and stewards of the organisation")
}

/// What would become of one system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Planned {
    pub id: String,
    pub name: String,
    /// What stands now, in words; none when nothing does.
    pub now: Option<String>,
    /// What would stand.
    pub would_become: Option<String>,
    /// Whether that differs.
    pub changes: bool,
}

/// What the pages are made from.
#[derive(Clone, Debug)]
pub(crate) struct Bulk {
    pub organisation: Organisation,
    /// Id and name of each ticked system, by name.
    pub systems: Vec<(String, String)>,
    pub field: Option<Attribute>,
    /// The field to fill in, when one was chosen.
    pub fields: Option<Fields>,
    /// The contracts to choose from, when that is the field.
    pub contracts: Vec<Listed>,
    /// What was typed.
    pub value: Vec<String>,
    pub how: HowTyped,
    /// The number of the last change before what is shown.
    pub based_on: i64,
    /// What would change, when a value was said.
    pub plan: Option<Vec<Planned>>,
}

/// What came of sending a step.
enum Step {
    /// A page, perhaps with mistakes on it.
    Show(Box<Bulk>, Vec<FieldError>),
    /// Applied, as this change.
    Applied(Box<Change>),
    /// Every system had the value already.
    Nothing(Box<Bulk>),
}

/// Ticks without repetition, empty ones left out.
fn ticks(form: &Form) -> BTreeSet<String> {
    form.all("tick").into_iter().filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// Another page of the list with the ticks of this one, or on to the change.
async fn tick(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    let parameters = visit.parameters(PARAMETERS)?;
    form.only(&["tick", "step"])?;
    if parameters.one("as_of").is_some() {
        return Err(Problem::invalid(say!("The past cannot be changed."))
            .next(say!("Remove \"as_of\" from the address to change systems as they are today.")));
    }
    let ticked = ticks(&form);
    let step = form.one("step").unwrap_or_default().to_owned();
    if !["", "change", "retire"].contains(&step.as_str()) {
        return Err(Problem::invalid(say!("\"step\" can be \"change\" or \"retire\".")));
    }
    if step.is_empty() || ticked.is_empty() {
        let mut errors = Vec::new();
        if !step.is_empty() {
            errors.push(FieldError::new("tick-1", say!("Tick at least one system")));
        }
        return Ok(inventory(&state, &visit, &parameters, &id)
            .await?
            .ticked(&visit, &parameters, &ticked)?
            .errors(errors)
            .into());
    }
    let moment = moment(&state, &visit.reader);
    let reader = visit.reader.clone();
    let field = (step == "retire").then_some(Attribute::Status);
    let reading = state.store.read(move |tx| {
        let mut bulk = Bulk::open(tx, &reader, &of, &ticked, field, &moment)?;
        if field.is_some() {
            bulk.value = vec![Status::Retired.word().to_owned()];
        }
        Ok::<_, Refused>(bulk)
    });
    Ok(reading.await?.page().into())
}

async fn inventory(state: &Architecture, visit: &Visit, parameters: &Parameters, id: &str) -> Result<Estate, Problem> {
    let asked = Asked::read(parameters)?;
    let (reader, id) = (visit.reader.clone(), id.to_owned());
    Ok(state.store.read(move |tx| Estate::read(tx, &reader, &id, &asked)).await?)
}

/// All systems that match: the same as ticking every one of them.
async fn all(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    let parameters = visit.parameters(FILTERS)?;
    let asked = Asked::read(&parameters)?;
    let estate = inventory(&state, &visit, &parameters, &id).await?;
    asked.check(&parameters, &estate.lines, &estate.layers, &estate.names)?;
    let ticked: BTreeSet<String> = asked.filtered(&estate.lines).into_iter().map(|line| line.row.id).collect();
    let (reader, moment) = (visit.reader.clone(), moment(&state, &visit.reader));
    let reading = state.store.read(move |tx| Bulk::open(tx, &reader, &of, &ticked, None, &moment));
    Ok(reading.await?.page().into())
}

async fn change(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    visit.parameters(&[])?;
    form.only(&[&HOW[..], &["tick", "field", "value", "apply", "again", "based_on"]].concat())?;
    let based_on = crate::change::draft::based_on(&form)?;
    let (reader, moment) = (visit.reader.clone(), moment(&state, &visit.reader));
    let sent = form.clone();
    let stepping = state.store.write(move |tx| step(tx, &reader, &of, &sent, based_on, &moment));
    Ok(match stepping.await? {
        Step::Show(bulk, errors) => bulk.page().errors(errors).into(),
        Step::Applied(change) if visit.format == Format::Json => change.page(&visit.reader).into(),
        Step::Applied(change) => Answer::Redirect(format!(
            "{}?done=yes",
            crate::change::address(change.organisation.id.as_str(), change.row.number)
        )),
        Step::Nothing(bulk) => bulk.page().into(),
    })
}

/// One step of the way, or all of it.
fn step(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &OrganisationId,
    form: &Form,
    based_on: Option<i64>,
    moment: &Moment,
) -> Result<Step, Refused> {
    let ticked = ticks(form);
    let field = match form.one("field") {
        None => None,
        Some(word) => match ATTRIBUTES.iter().find(|attribute| attribute.word() == word) {
            Some(attribute) => Some(*attribute),
            None => {
                let known: Vec<&str> = ATTRIBUTES.iter().map(|attribute| attribute.word()).collect();
                return Err(Refused::Invalid(say!(
                    "{field} cannot be changed for many systems at once. These can: {known}.",
                    field = quoted(word),
                    known = known.join(", ")
                )));
            }
        },
    };
    let mut bulk = Bulk::open(tx, reader, organisation, &ticked, field, moment)?;
    let mut errors = Vec::new();
    if let Some(error) = bulk.unfit(&ticked) {
        errors.push(error);
    }
    let Some(field) = field else {
        if form.has("field") {
            errors.push(FieldError::new("field", say!("Choose which field to change")));
        }
        return Ok(Step::Show(Box::new(bulk), errors));
    };
    bulk.value = typed(form, "value");
    if HOW.iter().any(|name| form.has(name)) {
        bulk.how = HowTyped::of(form);
    }
    // The value is asked for first, and again by whoever wants to say another.
    if !form.has("value") || form.one("again").is_some() {
        return Ok(Step::Show(Box::new(bulk), errors));
    }
    let draft = Draft::open(tx, organisation, &[field], Stand::default(), moment.today, None)?;
    let said = bulk.mean(tx, &draft, field, &mut errors)?;
    let how = How::read(form, moment.today, &mut errors);
    if !errors.is_empty() {
        return Ok(Step::Show(Box::new(bulk), errors));
    }
    let now = present(tx, organisation, None)?;
    let texts = private_texts(tx, organisation)?;
    let differs = |system: &str, attribute: &Attribute| {
        let standing = now.get(system).and_then(|of| of.get(attribute));
        said.said.get(attribute).is_some_and(|said| !said.stands(standing, &texts))
    };
    let would_become = said.said.get(&field).and_then(|said| draft.print_said(field, said));
    let plan: Vec<Planned> = bulk
        .systems
        .iter()
        .map(|(id, name)| {
            let standing = now.get(id).and_then(|of| of.get(&field));
            Planned {
                id: id.clone(),
                name: name.clone(),
                now: standing.and_then(|standing| draft.print(field, standing)),
                would_become: would_become.clone(),
                changes: said.said.keys().any(|attribute| differs(id, attribute)),
            }
        })
        .collect();
    let changing: Vec<String> =
        plan.iter().filter(|planned| planned.changes).map(|planned| planned.id.clone()).collect();
    bulk.plan = Some(plan);
    if form.one("apply").is_none() {
        return Ok(Step::Show(Box::new(bulk), Vec::new()));
    }
    if let Some(since) = based_on.filter(|since| *since < bulk.based_on)
        && bulk.touched_since(tx, organisation, field, since, &now)?
    {
        let message = say!(
            "Some of these systems were changed since this was shown. Look at what would change now, and apply again"
        );
        return Ok(Step::Show(Box::new(bulk), vec![FieldError::new("plan", message)]));
    }
    if changing.is_empty() {
        return Ok(Step::Nothing(Box::new(bulk)));
    }
    let mut writer = Writer::new(organisation, &how, moment);
    for system in &changing {
        for (attribute, said) in said.said.iter().filter(|(attribute, _)| differs(system, attribute)) {
            writer.say(system, *attribute, said)?;
        }
    }
    let retires = field == Attribute::Status && bulk.value == [Status::Retired.word()];
    let verb = if retires { "retired" } else { "changed" };
    let number = writer.write(tx, verb, format!("/organisations/{organisation}"))?.ok_or(Refused::Missing)?;
    Ok(Step::Applied(Box::new(Change::read(tx, organisation, number)?)))
}

impl Bulk {
    fn open(
        tx: &mut Transaction<'_>,
        reader: &Reader,
        organisation: &OrganisationId,
        ticked: &BTreeSet<String>,
        field: Option<Attribute>,
        moment: &Moment,
    ) -> Result<Bulk, Refused> {
        let of = crate::organisation::with_estate(tx, organisation.as_str())?;
        let seen = super::store::Seen::by(reader);
        let rest = format!("AND s.organisation = ${} ORDER BY s.name_folded, s.id", seen.next_parameter());
        let rows = seen.rows(tx, &rest, vec![store::Value::from(organisation.as_str())])?;
        let systems = rows.into_iter().filter(|row| ticked.contains(&row.id)).map(|row| (row.id, row.name)).collect();
        let draft = match field {
            Some(field) if Control::of(field).is_some() => {
                Some(Draft::open(tx, organisation, &[field], Stand::default(), moment.today, None)?)
            }
            _ => None,
        };
        let contracts = match field {
            Some(Attribute::Contract) => contracts(tx, reader, organisation)?,
            _ => Vec::new(),
        };
        Ok(Bulk {
            organisation: of,
            systems,
            field,
            fields: draft.map(|draft| draft.fields),
            contracts,
            value: Vec::new(),
            how: HowTyped::fresh(moment.today),
            based_on: changes::latest(tx, organisation)?,
            plan: None,
        })
    }

    /// Why these ticks cannot be taken.
    fn unfit(&self, ticked: &BTreeSet<String>) -> Option<FieldError> {
        if ticked.is_empty() {
            return Some(FieldError::new("tick", say!("Tick at least one system")));
        }
        if ticked.len() > MOST {
            return Some(FieldError::new("tick", say!("Tick at most {most} systems", most = MOST)));
        }
        let unknown = ticked.iter().find(|id| !self.systems.iter().any(|(known, _)| known == *id))?;
        Some(FieldError::new("tick", say!("{id} is not a system of this organisation", id = quoted(unknown))))
    }

    /// What the value means.
    fn mean(
        &self,
        tx: &mut Transaction<'_>,
        draft: &Draft,
        field: Attribute,
        errors: &mut Vec<FieldError>,
    ) -> Result<Typed, Refused> {
        let mut said = match (field, self.value.as_slice()) {
            (Attribute::Contract, [id]) => {
                let mut said = Typed::default();
                match self.contracts.iter().any(|contract| contract.id == *id) {
                    true => drop(said.said.insert(field, plainly(Stated::Contract(id.clone())))),
                    false => said
                        .errors
                        .push(FieldError::new("value", say!("Choose one of the contracts, or none recorded"))),
                }
                said
            }
            (_, value) => draft.mean(tx, field, value)?,
        };
        errors.extend(said.errors.drain(..).map(|error| FieldError::new("value", error.message)));
        if said.said.is_empty() {
            said.said.insert(field, nothing());
        }
        Ok(said)
    }

    /// Whether somebody has said something of this field of these systems since.
    fn touched_since(
        &self,
        tx: &mut Transaction<'_>,
        organisation: &OrganisationId,
        field: Attribute,
        since: i64,
        now: &Present,
    ) -> Result<bool, Refused> {
        let before = present(tx, organisation, Some(since))?;
        let value = |present: &Present, id: &str| {
            present.get(id).and_then(|of| of.get(&field)).map(|standing| standing.statement.value.clone())
        };
        Ok(self.systems.iter().any(|(id, _)| value(&before, id) != value(now, id)))
    }

    pub(crate) fn page(&self) -> Page {
        let Bulk { organisation, systems, field, plan, .. } = self;
        let count = u64::try_from(systems.len()).unwrap_or(u64::MAX);
        let estate = format!("/organisations/{}/systems", organisation.id);
        let title = match (field, plan) {
            (Some(field), Some(_)) => say!("Check what would change: {field}", field = label(*field)),
            (Some(field), None) => web::say_n!(
                "Change {field} of 1 system",
                "Change {field} of {count} systems",
                count,
                field = label(*field)
            ),
            (None, _) => web::say_n!("Change 1 system", "Change {count} systems", count),
        };
        let changing = plan.as_ref().map(|plan| plan.iter().filter(|planned| planned.changes).count());
        let choices: Vec<_> =
            ATTRIBUTES.iter().map(|attribute| json!({"value": attribute.word(), "text": label(*attribute)})).collect();
        let mut inputs = self.fields.as_ref().map(|fields| fields.inputs.clone()).unwrap_or_default();
        for input in &mut inputs {
            input.name = "value";
            input.value = self.value.clone();
        }
        let contracts: Vec<_> =
            std::iter::once(json!({"value": "", "text": say!("None recorded"), "selected": self.value.is_empty()}))
                .chain(
                    self.contracts.iter().map(
                        |one| json!({"value": one.id, "text": one.name, "selected": self.value.contains(&one.id)}),
                    ),
                )
                .collect();
        let data = json!({
            "organisation": organisation.id,
            "systems": systems.iter().map(|(id, name)| json!({"id": id, "name": name})).collect::<Vec<_>>(),
            "field": field.map(Attribute::word),
            "value": self.value,
            "based_on": self.based_on,
            "would_change": changing,
            "changes": plan,
        });
        let page = Page::new(TEMPLATE, title)
            .place(organisation.name.clone())
            .section("organisations")
            .back(
                say!("Back to the systems of {organisation}", organisation = short_name(&organisation.name)),
                estate.clone(),
            )
            .private()
            .data(data)
            .extra("action", format!("{estate}/change"))
            .extra("estate", estate)
            .extra("choices", choices)
            .extra("contracts", contracts)
            .extra("field_label", field.map(label))
            .extra("how", &self.how);
        let page = match &self.fields {
            Some(fields) => page
                .extra("layers", &fields.choices.layers)
                .extra("products", &fields.choices.products)
                .extra("suppliers", &fields.choices.suppliers)
                .extra("organisations", &fields.choices.organisations),
            None => page,
        };
        page.extra("inputs", inputs)
    }
}
