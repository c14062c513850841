//! Adding a system by hand: a short form, then its page, where the rest can be filled in.

use accounts::Deed;
use axum::extract::{Path, State};
use serde_json::json;
use store::Transaction;
use vocabulary::{OrganisationId, fold};
use web::{Answer, FieldError, Form, Format, Outcome, Page, Routes, SamplePage, Visit, say};

use super::edit::check_name;
use super::show::Everything;
use crate::change::draft::{Draft, Fields, Saved, only_known};
use crate::change::input::{Stand, fillable};
use crate::change::writer::Writer;
use crate::change::{moment, permitted};
use crate::import::apply::Moment;
use crate::import::meaning::Meant;
use crate::organisation::{short_name, with_estate};
use crate::spreadsheet::quoted;
use crate::statement::{Attribute, Stated, SubjectKind};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/system/add.html";
/// The field that says that a second system of a name is meant.
const AGAIN: &str = "add_another";

/// What is asked of a new system.
const ATTRIBUTES: &[Attribute] =
    &[Attribute::Name, Attribute::Product, Attribute::Supplier, Attribute::Status, Attribute::Elements];

/// The fields of the form: those attributes, how one knows, and what to do next.
const FIELDS: &[&str] = &[
    "name",
    "product",
    "supplier",
    "status",
    "elements",
    "source",
    "confidence",
    "known_on",
    "based_on",
    "clash",
    "keep-*",
    AGAIN,
];

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}/systems/new", "The form that adds a system, for the organisation's editors", show)
        .by("editors and stewards of the organisation")
        .post("/organisations/{id}/systems/new", "Add a system", add)
        .done_with(&[201, 303])
        .fields(FIELDS)
        .by("editors and stewards of the organisation")
}

/// What the page is made from.
#[derive(Clone, Debug)]
pub(crate) struct Adding {
    pub fields: Fields,
    /// Whether there is a system of this name already, so that another must be meant.
    pub again: bool,
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    visit.parameters(&[])?;
    let today = state.clock.today();
    let reading = state.store.read(move |tx| {
        with_estate(tx, of.as_str())?;
        let draft = Draft::open(tx, &of, ATTRIBUTES, Stand::default(), today, None)?;
        Ok::<_, Refused>(Adding { fields: draft.fields, again: false })
    });
    Ok(reading.await?.page().into())
}

async fn add(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    visit.parameters(&[])?;
    only_known(&form, ATTRIBUTES, &[AGAIN])?;
    let (moment, sent) = (moment(&state, &visit.reader), form.clone());
    let saving = state.store.write(move |tx| {
        with_estate(tx, of.as_str())?;
        let system = moment.id()?;
        Ok::<_, Refused>((save(tx, &of, &system, &sent, &moment)?, system))
    });
    let (saved, system) = saving.await?;
    let address = format!("/systems/{system}");
    Ok(match saved {
        Saved::Again(adding, errors) => adding.page().typed(&form).errors(errors).into(),
        // Whoever writes next need not wait for what is answered. It is written, whether or not that can be read now.
        Saved::Done(_) if visit.format == Format::Json => {
            let reader = visit.reader.clone();
            match state.store.read(move |tx| Everything::read(tx, &reader, &system)).await {
                Ok(everything) => Answer::Made(address, Box::new(everything.page(&visit.reader))),
                Err(_) => Answer::Redirect(address),
            }
        }
        Saved::Done(Some(number)) => Answer::Redirect(format!("{address}?change={number}")),
        Saved::Done(None) => Answer::Redirect(address),
    })
}

/// Writes the system, or says what must be corrected.
fn save(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    system: &str,
    form: &Form,
    moment: &Moment,
) -> Result<Saved<Adding>, Refused> {
    let mut draft = Draft::open(tx, organisation, ATTRIBUTES, Stand::default(), moment.today, Some(form))?;
    let (mut read, how) = draft.hear(tx, ATTRIBUTES, form, moment)?;
    let name = match read.said.get(&Attribute::Name).and_then(|said| said.meant.as_ref()) {
        Some(Meant::Stated(Stated::Text(name))) => Some(name.clone()),
        _ => None,
    };
    let mut again = false;
    check_name(&mut read);
    match &name {
        None if read.errors.iter().all(|error| error.field != Attribute::Name.word()) => {
            read.errors.insert(0, FieldError::new(Attribute::Name.word(), say!("Enter what the system is called")));
        }
        Some(name) if form.one(AGAIN).is_none() && is_there(tx, organisation, name)? => {
            again = true;
            let message = say!(
                "There is a system called {name} already. Give this one another name, or tick that it is another system",
                name = quoted(name)
            );
            read.errors.insert(0, FieldError::new(Attribute::Name.word(), message));
        }
        _ => {}
    }
    if !read.errors.is_empty() {
        let adding = Adding { fields: draft.again(tx, form, None)?, again: again || form.has(AGAIN) };
        return Ok(Saved::Again(Box::new(adding), read.errors));
    }
    let mut writer = Writer::new(organisation, &how, moment);
    writer.state(SubjectKind::System, system, Attribute::Recorded, Some(Stated::Flag(true)));
    for (attribute, said) in &read.said {
        writer.say(system, *attribute, said)?;
    }
    Ok(Saved::Done(writer.write(tx, "added", format!("/systems/{system}"))?))
}

/// Whether the estate has a system of this name.
fn is_there(tx: &mut Transaction<'_>, organisation: &OrganisationId, name: &str) -> Result<bool, Refused> {
    let sql = "SELECT COUNT(*) FROM system WHERE organisation = $1 AND name_folded = $2";
    let count = tx.query_one(sql, &store::values![organisation.as_str(), fold(name)], |row| row.integer(0))?;
    Ok(count > 0)
}

impl Adding {
    pub(crate) fn page(&self) -> Page {
        let Adding { fields, again } = self;
        let estate = format!("/organisations/{}/systems", fields.organisation.id);
        let short = short_name(&fields.organisation.name);
        let page = Page::new(TEMPLATE, say!("Add a system to {organisation}", organisation = short))
            .back(say!("Back to the systems"), estate.clone())
            .data(json!({"organisation": fields.organisation.id, "fields": fields.inputs}))
            .extra("again", again)
            .extra("estate", estate.clone())
            .extra("action", format!("{estate}/new"));
        fields.onto(page)
    }
}

/// The page with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    samples_or_none().unwrap_or_default()
}

fn samples_or_none() -> Option<Vec<SamplePage>> {
    use crate::change::choices::Choices;
    use crate::change::draft::HowTyped;
    use crate::change::input::{Input, Stands};
    let (labels, texts) = (crate::import::print::Labels::default(), std::collections::BTreeMap::new());
    let stands = Stands { labels: &labels, texts: &texts };
    let inputs =
        fillable(ATTRIBUTES).map(|(attribute, control)| Input::of(attribute, control, None, &stands)).collect();
    let fields = Fields {
        organisation: crate::system::samples::council()?,
        based_on: 12,
        inputs,
        how: HowTyped::fresh(vocabulary::Date::constant(2026, 3, 3)),
        choices: Choices::sample(crate::system::samples::layers()),
    };
    let adding = Adding { fields, again: false };
    let error = FieldError::new("name", "There is a system called \"Bin rounds\" already");
    let twice = Adding { again: true, ..adding.clone() };
    Some(vec![
        SamplePage { name: "add a system", page: adding.page() },
        SamplePage { name: "add a system: twice", page: twice.page().errors(vec![error]) },
    ])
}
