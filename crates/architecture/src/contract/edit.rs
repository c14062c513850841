//! Changing a contract by hand: its terms, and how one knows. A change holds for every system that it covers.

use std::str::FromStr;

use accounts::{Deed, may};
use axum::extract::{Path, State};
use serde_json::json;
use store::Transaction;
use vocabulary::{OrganisationId, Reader};
use web::{Answer, FieldError, Form, Format, Outcome, Page, Routes, SamplePage, Visit, say};

use super::covers::{covered, name_of};
use super::show::{Everything, find};
use crate::change::draft::{Draft, Fields, Saved, based_on, only_known};
use crate::change::input::{Stand, fillable};
use crate::change::moment;
use crate::change::writer::Writer;
use crate::import::apply::Moment;
use crate::statement::Attribute;
use crate::system::edit::check_reference;
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/contract/edit.html";

/// What can be stated of a contract by hand.
const ATTRIBUTES: &[Attribute] = &[
    Attribute::Reference,
    Attribute::ContractTitle,
    Attribute::ContractSupplier,
    Attribute::Start,
    Attribute::End,
    Attribute::NoticeMonths,
    Attribute::Extension,
    Attribute::ContractCost,
];

/// The fields of the form: those attributes, and how one knows.
const FIELDS: &[&str] = &[
    "contract_reference",
    "contract_title",
    "contract_supplier",
    "contract_start",
    "contract_end",
    "notice_months",
    "extension_options",
    "contract_cost",
    "source",
    "confidence",
    "known_on",
    "based_on",
    "clash",
    "keep-*",
];

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/contracts/{id}/edit", "The fields of a contract, for its organisation's editors", show)
        .by("editors and stewards of the organisation")
        .post("/contracts/{id}/edit", "Change fields of a contract", save)
        .done_with(&[200, 303])
        .fields(FIELDS)
        .by("editors and stewards of the organisation")
}

/// The organisation whose contract this is, if the reader edits its estate.
///
/// # Errors
/// [`Refused::Missing`] for those who are not to know of it, [`Refused::Forbidden`] for those who may.
pub(crate) fn of_editor(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<OrganisationId, Refused> {
    let row = find(tx, reader, id)?.ok_or(Refused::Missing)?;
    let organisation = OrganisationId::from_str(&row.organisation).map_err(|_| Refused::Missing)?;
    match may(reader, Deed::EditEstate, &organisation) {
        Ok(()) => Ok(organisation),
        Err(refused) if refused.kind == vocabulary::Kind::Missing => Err(Refused::Missing),
        Err(refused) => Err(Refused::Forbidden(refused.to_string())),
    }
}

/// What the page is made from.
#[derive(Clone, Debug)]
pub(crate) struct Editing {
    pub contract: String,
    pub name: String,
    /// Names of the systems that it covers.
    pub covers: Vec<String>,
    pub fields: Fields,
}

struct Ground {
    name: String,
    covers: Vec<String>,
    draft: Draft,
}

impl Ground {
    fn read(
        tx: &mut Transaction<'_>,
        reader: &Reader,
        id: &str,
        based_on: Option<i64>,
        moment: &Moment,
        sent: Option<&Form>,
    ) -> Result<Ground, Refused> {
        let organisation = of_editor(tx, reader, id)?;
        let row = find(tx, reader, id)?.ok_or(Refused::Missing)?;
        let covers: Vec<String> =
            covered(tx, reader, &organisation, id)?.into_iter().map(|system| system.name).collect();
        let name = name_of(row.reference.as_deref(), None, covers.first().map(String::as_str));
        let stand = Stand::read(tx, &organisation, id, based_on)?;
        Ok(Ground { name, covers, draft: Draft::open(tx, &organisation, ATTRIBUTES, stand, moment.today, sent)? })
    }
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let (reader, moment) = (visit.reader.clone(), moment(&state, &visit.reader));
    let reading = state.store.read(move |tx| {
        let Ground { name, covers, draft } = Ground::read(tx, &reader, &id, None, &moment, None)?;
        Ok::<_, Refused>(Editing { contract: id, name, covers, fields: draft.fields })
    });
    Ok(reading.await?.page().into())
}

async fn save(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    only_known(&form, ATTRIBUTES, &[])?;
    let based_on = based_on(&form)?;
    let (reader, moment, contract) = (visit.reader.clone(), moment(&state, &visit.reader), id.clone());
    let sent = form.clone();
    let saving = state.store.write(move |tx| {
        let ground = Ground::read(tx, &reader, &id, based_on, &moment, Some(&sent))?;
        save_terms(tx, ground, &id, &sent, based_on, &moment)
    });
    Ok(match saving.await? {
        Saved::Again(editing, errors) => editing.page().typed(&form).errors(errors).into(),
        // Whoever writes next need not wait for what is answered. It is written, whether or not that can be read now.
        Saved::Done(_) if visit.format == Format::Json => {
            let (reader, id) = (visit.reader.clone(), contract.clone());
            match state.store.read(move |tx| Everything::read(tx, &reader, &id)).await {
                Ok(everything) => everything.page().into(),
                Err(_) => Answer::Redirect(format!("/contracts/{contract}")),
            }
        }
        Saved::Done(Some(number)) => Answer::Redirect(format!("/contracts/{contract}?change={number}")),
        Saved::Done(None) => Answer::Redirect(format!("/contracts/{contract}?unchanged=yes")),
    })
}

/// Writes what is new, or says what must be corrected.
fn save_terms(
    tx: &mut Transaction<'_>,
    mut ground: Ground,
    contract: &str,
    form: &Form,
    based_on: Option<i64>,
    moment: &Moment,
) -> Result<Saved<Editing>, Refused> {
    let organisation = ground.draft.fields.organisation.id.clone();
    let (mut read, how) = ground.draft.hear(tx, ATTRIBUTES, form, moment)?;
    check_reference(tx, &organisation, Some(contract), &mut read)?;
    if !read.errors.is_empty() {
        let Ground { name, covers, draft } = ground;
        let fields = draft.again(tx, form, based_on)?;
        let editing = Editing { contract: contract.to_owned(), name, covers, fields };
        return Ok(Saved::Again(Box::new(editing), read.errors));
    }
    let mut writer = Writer::new(&organisation, &how, moment);
    for (attribute, said) in &read.said {
        writer.say(contract, *attribute, said)?;
    }
    Ok(Saved::Done(writer.write(tx, "changed", format!("/contracts/{contract}"))?))
}

impl Editing {
    pub(crate) fn page(&self) -> Page {
        let Editing { contract, name, covers, fields } = self;
        let address = format!("/contracts/{contract}");
        let page = Page::new(TEMPLATE, say!("Change contract: {contract}", contract = name))
            .back(say!("Back to the contract"), address.clone())
            .data(json!({
                "contract": {"id": contract, "name": name, "address": address},
                "based_on": fields.based_on,
                "systems": covers,
                "fields": fields.inputs,
            }))
            .extra("address", address);
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
        choices: Choices::sample(Vec::new()),
    };
    let editing = Editing {
        contract: "018f0000-0000-7000-8000-0000000000c1".to_owned(),
        name: "C-114".to_owned(),
        covers: vec!["Bin rounds".to_owned(), "Bulky waste".to_owned()],
        fields,
    };
    let error = FieldError::new("contract_end", "Contract end must be after contract start");
    Some(vec![
        SamplePage { name: "edit contract", page: editing.page() },
        SamplePage { name: "edit contract: mistake", page: editing.page().errors(vec![error]) },
    ])
}
