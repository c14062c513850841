//! Changing a system by hand: one card's facts on a page, and how one knows. Programs may send fields of any card at once.
//!
//! The contract's facts belong to the contract that covers the system; where there is none, a new one is made. Which contract
//! that is, is chosen in [`super::contract`].

pub(crate) mod samples;

use axum::extract::{Path, State};
use serde_json::json;
use store::Transaction;
use vocabulary::{Date, OrganisationId, Reader, fold};
use web::{Answer, FieldError, Form, Format, Outcome, Page, Problem, Routes, Visit, say};

use super::erase::of_editor;
use super::facts::label;
use super::show::Everything;
use super::store::Seen;
use crate::change::draft::{Draft, Fields, Saved, based_on, only_known};
use crate::change::input::{Stand, fillable};
use crate::change::moment;
use crate::change::typed::Typed;
use crate::change::writer::Writer;
use crate::contract::covers::covered;
use crate::import::apply::Moment;
use crate::import::meaning::{Meant, Said};
use crate::organisation::short_name;
use crate::spreadsheet::quoted;
use crate::statement::{Attribute, Stated, SubjectKind, words};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/system/edit.html";
const PARAMETERS: &[&str] = &["card"];

words! {
    /// The facts that are changed on one page.
    Card {
        /// What it is called and what it does.
        Purpose => "purpose",
        /// The contract that covers it.
        Contract => "contract",
        /// What it is made of and where it runs.
        Technology => "technology",
        /// Who answers for it.
        Owners => "owners",
        /// What only the organisation sees.
        Notes => "notes",
    }
}

impl Card {
    /// The heading of the card on the system's page.
    pub(crate) fn title(self, short: &str) -> String {
        match self {
            Card::Purpose => say!("What it does"),
            Card::Contract => say!("Contract"),
            Card::Technology => say!("Technology"),
            Card::Owners => say!("Owners"),
            Card::Notes => say!("Only {organisation} sees this", organisation = short),
        }
    }

    fn heading(self, name: &str) -> String {
        match self {
            Card::Purpose => say!("Change what {system} does", system = name),
            Card::Contract => say!("Change the contract of {system}", system = name),
            Card::Technology => say!("Change the technology of {system}", system = name),
            Card::Owners => say!("Change the owners of {system}", system = name),
            Card::Notes => say!("Change the notes on {system}", system = name),
        }
    }

    fn button(self) -> String {
        match self {
            Card::Purpose => say!("Save what it does"),
            Card::Contract => say!("Save contract"),
            Card::Technology => say!("Save technology"),
            Card::Owners => say!("Save owners"),
            Card::Notes => say!("Save notes"),
        }
    }

    pub(crate) fn attributes(self) -> &'static [Attribute] {
        match self {
            Card::Purpose => &[
                Attribute::Name,
                Attribute::Description,
                Attribute::Elements,
                Attribute::Status,
                Attribute::Users,
                Attribute::SharedWith,
                Attribute::Criticality,
                Attribute::Website,
            ],
            Card::Contract => &[
                Attribute::Reference,
                Attribute::ContractTitle,
                Attribute::ContractSupplier,
                Attribute::Start,
                Attribute::End,
                Attribute::NoticeMonths,
                Attribute::Extension,
                Attribute::AnnualCost,
                Attribute::ContractCost,
            ],
            Card::Technology => &[
                Attribute::Product,
                Attribute::Version,
                Attribute::Modules,
                Attribute::Supplier,
                Attribute::Hosting,
                Attribute::DataModel,
                Attribute::Portability,
                Attribute::SupportModel,
            ],
            Card::Owners => &[Attribute::BusinessOwner, Attribute::TechnicalOwner],
            Card::Notes => &[Attribute::Notes],
        }
    }

    /// Where the card of a system is changed.
    pub(crate) fn address(self, system: &str) -> String {
        format!("/systems/{system}/edit?card={}", self.word())
    }
}

/// The fields of the form: those of every card and of the contract, and how one knows.
const FIELDS: &[&str] = &[
    "name",
    "description",
    "elements",
    "status",
    "users",
    "shared_with",
    "criticality",
    "website",
    "contract_reference",
    "contract_title",
    "contract_supplier",
    "contract_start",
    "contract_end",
    "notice_months",
    "extension_options",
    "annual_cost",
    "contract_cost",
    "product",
    "version",
    "modules",
    "supplier",
    "hosting",
    "data_model",
    "portability",
    "support_model",
    "business_owner",
    "technical_owner",
    "notes",
    "source",
    "confidence",
    "known_on",
    "based_on",
    "clash",
    "card",
    "contract",
    "keep-*",
];

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get(
            "/systems/{id}/edit",
            "The fields of a system, for its organisation's editors; one card of them at a time",
            show,
        )
        .parameters(PARAMETERS)
        .by("editors and stewards of the organisation")
        .post("/systems/{id}/edit", "Change fields of a system and of the contract that covers it", save)
        .done_with(&[200, 303])
        .fields(FIELDS)
        .by("editors and stewards of the organisation")
}

/// What the page is made from.
#[derive(Clone, Debug)]
pub(crate) struct Editing {
    pub system: String,
    pub name: String,
    pub card: Option<Card>,
    /// The contract that covers it, and the names of the other systems that it covers.
    pub contract: Option<(String, Vec<String>)>,
    pub fields: Fields,
}

/// A system and its contract as they stand, for its organisation's editor.
struct Ground {
    name: String,
    contract: Option<(String, Vec<String>)>,
    draft: Draft,
}

impl Ground {
    fn read(
        tx: &mut Transaction<'_>,
        reader: &Reader,
        id: &str,
        card: Option<Card>,
        based_on: Option<i64>,
        today: Date,
        sent: Option<&Form>,
    ) -> Result<Ground, Refused> {
        let organisation = of_editor(tx, reader, id)?;
        let row = Seen::by(reader).system(tx, id)?.ok_or(Refused::Missing)?;
        let mut stand = Stand::read(tx, &organisation, id, based_on)?;
        let mut contract = None;
        if let Some(covering) = &row.contract {
            let of = Stand::read(tx, &organisation, covering, based_on)?;
            let only = |attribute: &Attribute| attribute.of() == SubjectKind::Contract;
            stand.base.extend(of.base.into_iter().filter(|(attribute, _)| only(attribute)));
            stand.now.extend(of.now.into_iter().filter(|(attribute, _)| only(attribute)));
            let others = covered(tx, reader, &organisation, covering)?.into_iter().filter(|other| other.id != id);
            contract = Some((covering.clone(), others.map(|other| other.name).collect()));
        }
        let draft = Draft::open(tx, &organisation, &attributes(card), stand, today, sent)?;
        Ok(Ground { name: row.name, contract, draft })
    }

    fn page(self, id: &str, card: Option<Card>) -> Editing {
        Editing { system: id.to_owned(), name: self.name, card, contract: self.contract, fields: self.draft.fields }
    }
}

/// The attributes of a card, or of all of them.
fn attributes(card: Option<Card>) -> Vec<Attribute> {
    match card {
        Some(card) => card.attributes().to_vec(),
        None => Card::ALL.iter().flat_map(|card| card.attributes()).copied().collect(),
    }
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let card = match parameters.one("card") {
        None => None,
        Some(word) => Some(Card::from_word(word).ok_or_else(|| {
            let known: Vec<&str> = Card::ALL.iter().map(|card| card.word()).collect();
            parameters.unknown_value("card", word, &known)
        })?),
    };
    let (reader, today) = (visit.reader.clone(), state.clock.today());
    let reading = state
        .store
        .read(move |tx| Ok::<_, Refused>(Ground::read(tx, &reader, &id, card, None, today, None)?.page(&id, card)));
    Ok(reading.await?.page().into())
}

async fn save(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(PARAMETERS)?;
    let card = match form.one("card") {
        None => None,
        Some(word) => Some(Card::from_word(word).ok_or_else(|| Problem::invalid(say!("There is no such card.")))?),
    };
    only_known(&form, &attributes(card), &["card", "contract"])?;
    let based_on = based_on(&form)?;
    let (reader, moment, system) = (visit.reader.clone(), moment(&state, &visit.reader), id.clone());
    let sent = form.clone();
    let saving = state.store.write(move |tx| {
        let ground = Ground::read(tx, &reader, &id, card, based_on, moment.today, Some(&sent))?;
        save_card(tx, ground, &id, card, &sent, based_on, &moment)
    });
    Ok(match saving.await? {
        Saved::Again(editing, errors) => editing.page().typed(&form).errors(errors).into(),
        // Whoever writes next need not wait for what is answered. It is written, whether or not that can be read now.
        Saved::Done(_) if visit.format == Format::Json => {
            let (reader, id) = (visit.reader.clone(), system.clone());
            match state.store.read(move |tx| Everything::read(tx, &reader, &id)).await {
                Ok(everything) => everything.page(&visit.reader).into(),
                Err(_) => Answer::Redirect(format!("/systems/{system}")),
            }
        }
        Saved::Done(Some(number)) => Answer::Redirect(format!("/systems/{system}?change={number}")),
        Saved::Done(None) => Answer::Redirect(format!("/systems/{system}?unchanged=yes")),
    })
}

/// Writes what is new, or says what must be corrected.
fn save_card(
    tx: &mut Transaction<'_>,
    mut ground: Ground,
    system: &str,
    card: Option<Card>,
    form: &Form,
    based_on: Option<i64>,
    moment: &Moment,
) -> Result<Saved<Editing>, Refused> {
    let organisation = ground.draft.fields.organisation.id.clone();
    let (mut read, how) = ground.draft.hear(tx, &attributes(card), form, moment)?;
    check_name(&mut read);
    let covering = ground.contract.as_ref().map(|(id, _)| id.clone());
    let elsewhere = form.has("contract") && form.one("contract") != covering.as_deref();
    if elsewhere && read.said.keys().any(|attribute| attribute.of() == SubjectKind::Contract) {
        let message = say!(
            "{system} was put under another contract while you were editing. Check what you typed, and save again",
            system = ground.name
        );
        read.errors.insert(0, FieldError::new(Attribute::Reference.word(), message));
    } else {
        check_reference(tx, &organisation, covering.as_deref(), &mut read)?;
    }
    if !read.errors.is_empty() {
        let Ground { name, contract, draft } = ground;
        let fields = draft.again(tx, form, based_on)?;
        let editing = Editing { system: system.to_owned(), name, card, contract, fields };
        return Ok(Saved::Again(Box::new(editing), read.errors));
    }
    let mut writer = Writer::new(&organisation, &how, moment);
    let agreed =
        |(attribute, said): (&Attribute, &Said)| attribute.of() == SubjectKind::Contract && said.meant.is_some();
    let contract = match covering {
        None if read.said.iter().any(agreed) => {
            let contract = moment.id()?;
            writer.state(SubjectKind::Contract, &contract, Attribute::Recorded, Some(Stated::Flag(true)));
            let covers = Some(Stated::Contract(contract.clone()));
            writer.state(SubjectKind::System, system, Attribute::Contract, covers);
            Some(contract)
        }
        covering => covering,
    };
    for (attribute, said) in &read.said {
        match (attribute.of(), &contract) {
            (SubjectKind::System, _) => writer.say(system, *attribute, said)?,
            (SubjectKind::Contract, Some(contract)) => writer.say(contract, *attribute, said)?,
            (SubjectKind::Contract, None) => {}
        }
    }
    Ok(Saved::Done(writer.write(tx, "changed", format!("/systems/{system}"))?))
}

/// A system must have a name.
pub(crate) fn check_name(read: &mut Typed) {
    if read.said.get(&Attribute::Name).is_some_and(|said| said.meant.is_none()) {
        read.errors.push(FieldError::new(Attribute::Name.word(), say!("Enter what the system is called")));
    }
}

/// Refuses a reference that another contract of the organisation has.
pub(crate) fn check_reference(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    own: Option<&str>,
    read: &mut Typed,
) -> Result<(), Refused> {
    let said = read.said.get(&Attribute::Reference).and_then(|said| said.meant.as_ref());
    let Some(Meant::Stated(Stated::Text(reference))) = said else { return Ok(()) };
    let sql = "SELECT id, reference FROM contract WHERE organisation = $1 AND reference IS NOT NULL ORDER BY id";
    let known = tx.query(sql, &store::values![organisation.as_str()], |row| Ok((row.text(0)?, row.text(1)?)))?;
    let taken = known.iter().any(|(id, known)| Some(id.as_str()) != own && fold(known) == fold(reference));
    if taken {
        let message = say!(
            "There is a contract {reference} already. Put the system under that one, or give this one another reference",
            reference = quoted(reference)
        );
        read.errors.push(FieldError::new(Attribute::Reference.word(), message));
    }
    Ok(())
}

impl Editing {
    pub(crate) fn page(&self) -> Page {
        let Editing { system, name, card, fields, .. } = self;
        let address = format!("/systems/{system}");
        let short = short_name(&fields.organisation.name);
        let title = card.map_or_else(|| say!("Change {system}", system = name), |card| card.heading(name));
        let cards: Vec<_> = Card::ALL
            .iter()
            .map(|card| {
                let labels: Vec<String> = fillable(card.attributes()).map(|(attribute, _)| label(attribute)).collect();
                json!({"title": card.title(short), "href": card.address(system), "fields": labels})
            })
            .collect();
        let page = Page::new(TEMPLATE, title)
            .back(say!("Back to {system}", system = name), address.clone())
            .data(json!({
                "system": {"id": system, "name": name, "address": address},
                "card": card.map(Card::word),
                "based_on": fields.based_on,
                "contract": self.contract.as_ref().map(|(id, _)| id),
                "fields": fields.inputs,
            }))
            .extra("cards", cards)
            .extra("covers", self.contract.as_ref().map(|(_, others)| others))
            .extra("button", card.map(Card::button))
            .extra("action", format!("{address}/edit"))
            .extra("system_address", address);
        fields.onto(page)
    }
}
