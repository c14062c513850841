//! Retiring a system, which stays in the estate with its history, and restoring it.
//!
//! Not here: by which system it is succeeded.

use accounts::Organisation;
use axum::extract::{Path, State};
use serde_json::json;
use store::Transaction;
use vocabulary::{Date, OrganisationId, Reader};
use web::{Answer, FieldError, Form, Format, Outcome, Page, Routes, SamplePage, Visit, say};

use super::Status;
use super::erase::of_editor;
use super::show::Everything;
use super::store::Seen;
use crate::change::draft::Saved;
use crate::change::moment;
use crate::change::typed::{How, day};
use crate::change::writer::Writer;
use crate::import::apply::Moment;
use crate::organisation::with_estate;
use crate::statement::store::history;
use crate::statement::{Attribute, Confidence, Stated, SubjectKind};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/system/retire.html";

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/systems/{id}/retire", "Say that a system is no longer in use, for its organisation's editors", show)
        .by("editors and stewards of the organisation")
        .post("/systems/{id}/retire", "Retire a system; its history stays", retire)
        .done_with(&[200])
        .fields(&["retired_on", "reason"])
        .by("editors and stewards of the organisation")
        .post("/systems/{id}/restore", "Bring a retired system back to what it was", restore)
        .done_with(&[200])
        .by("editors and stewards of the organisation")
}

/// What the page is made from.
#[derive(Clone, Debug)]
pub(crate) struct Retiring {
    pub organisation: Organisation,
    pub system: String,
    pub name: String,
    pub retired_on: String,
    pub reason: String,
}

impl Retiring {
    fn read(tx: &mut Transaction<'_>, reader: &Reader, id: &str, today: Date) -> Result<(Retiring, bool), Refused> {
        let organisation = of_editor(tx, reader, id)?;
        let row = Seen::by(reader).system(tx, id)?.ok_or(Refused::Missing)?;
        let retiring = Retiring {
            organisation: with_estate(tx, organisation.as_str())?,
            system: id.to_owned(),
            name: row.name,
            retired_on: web::say_date(&today.to_string()),
            reason: String::new(),
        };
        Ok((retiring, row.status.as_deref() == Some(Status::Retired.word())))
    }

    pub(crate) fn page(&self) -> Page {
        let address = format!("/systems/{}", self.system);
        Page::new(TEMPLATE, say!("Retire {system}", system = self.name))
            .place(self.organisation.name.clone())
            .section("organisations")
            .back(say!("Back to {system}", system = self.name), address.clone())
            .reading()
            .private()
            .data(json!({"system": {"id": self.system, "name": self.name}, "retired_on": self.retired_on, "reason": self.reason}))
            .extra("address", address)
    }
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let (reader, today) = (visit.reader.clone(), state.clock.today());
    let system = id.clone();
    let (retiring, retired) = state.store.read(move |tx| Retiring::read(tx, &reader, &id, today)).await?;
    Ok(match retired {
        true => Answer::Redirect(format!("/systems/{system}")),
        false => retiring.page().into(),
    })
}

/// The reason is where the statement comes from, and the day is the one for which it is said.
fn read(form: &Form, today: Date, errors: &mut Vec<FieldError>) -> How {
    let said = form.one("reason").map(|reason| ("source", reason));
    let mut found = Vec::new();
    let how = How::read(&Form::of(said), today, &mut found);
    errors.extend(found.into_iter().map(|error| {
        let message = match error.field.as_str() {
            "source" => error.message.replacen(&say!("The source"), &say!("The reason"), 1),
            _ => error.message,
        };
        FieldError::new("reason", message)
    }));
    let as_of = day(form, "retired_on", today, errors);
    let source = if form.one("reason").is_some() { how.source } else { say!("retired by hand") };
    How { source, confidence: Confidence::Reported, as_of }
}

async fn retire(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["retired_on", "reason"])?;
    let (reader, moment, sent) = (visit.reader.clone(), moment(&state, &visit.reader), form.clone());
    let system = id.clone();
    let saving = state.store.write(move |tx| {
        let (mut retiring, retired) = Retiring::read(tx, &reader, &id, moment.today)?;
        if retired {
            return Err(Refused::Conflicting(say!("{system} is retired already.", system = retiring.name)));
        }
        let mut errors = Vec::new();
        let how = read(&sent, moment.today, &mut errors);
        let saved = if errors.is_empty() {
            let status = Stated::Text(Status::Retired.word().to_owned());
            Saved::Done(write(tx, &retiring.organisation.id, &id, status, &how, "retired", &moment)?)
        } else {
            retiring.retired_on = sent.one("retired_on").unwrap_or_default().to_owned();
            retiring.reason = sent.one("reason").unwrap_or_default().to_owned();
            Saved::Again(Box::new(retiring), errors)
        };
        Ok((saved, Everything::read(tx, &reader, &id)?))
    });
    answer(saving.await?, &system, &visit)
}

async fn restore(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&[])?;
    let (reader, moment) = (visit.reader.clone(), moment(&state, &visit.reader));
    let system = id.clone();
    let saving = state.store.write(move |tx| {
        let (retiring, retired) = Retiring::read(tx, &reader, &id, moment.today)?;
        if !retired {
            let refused = say!("{system} is not retired, so there is nothing to restore.", system = retiring.name);
            return Err(Refused::Conflicting(refused));
        }
        let source = say!("restored by hand");
        let how = How { source, confidence: Confidence::Reported, as_of: moment.today };
        let status = before_retiring(tx, &retiring.organisation.id, &id)?;
        let done = write(tx, &retiring.organisation.id, &id, status, &how, "restored", &moment)?;
        Ok((Saved::Done(done), Everything::read(tx, &reader, &id)?))
    });
    answer(saving.await?, &system, &visit)
}

fn answer((saved, everything): (Saved<Retiring>, Everything), system: &str, visit: &Visit) -> Outcome {
    Ok(match saved {
        Saved::Again(retiring, errors) => retiring.page().errors(errors).into(),
        Saved::Done(_) if visit.format == Format::Json => everything.page(&visit.reader).into(),
        Saved::Done(Some(number)) => Answer::Redirect(format!("/systems/{system}?change={number}")),
        Saved::Done(None) => Answer::Redirect(format!("/systems/{system}")),
    })
}

fn write(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    system: &str,
    status: Stated,
    how: &How,
    verb: &'static str,
    moment: &Moment,
) -> Result<Option<i64>, Refused> {
    let mut writer = Writer::new(organisation, how, moment);
    writer.state(SubjectKind::System, system, Attribute::Status, Some(status));
    writer.write(tx, verb, format!("/systems/{system}"))
}

/// The status that a retired system had before; live where nobody said.
fn before_retiring(tx: &mut Transaction<'_>, organisation: &OrganisationId, system: &str) -> Result<Stated, Refused> {
    let before = history(tx, organisation, system)?.into_iter().find_map(|standing| match standing.statement.value {
        Some(Stated::Text(status))
            if standing.statement.attribute == Attribute::Status && status != Status::Retired.word() =>
        {
            Some(status)
        }
        _ => None,
    });
    Ok(Stated::Text(before.unwrap_or_else(|| Status::Live.word().to_owned())))
}

/// The page with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let Some(organisation) = crate::system::samples::council() else { return Vec::new() };
    let retiring = Retiring {
        organisation,
        system: "018f0000-0000-7000-8000-000000000001".to_owned(),
        name: "Bin rounds".to_owned(),
        retired_on: "3 March 2026".to_owned(),
        reason: String::new(),
    };
    let error = FieldError::new("retired_on", "The day must be today or earlier");
    vec![
        SamplePage { name: "retire a system", page: retiring.page() },
        SamplePage { name: "retire a system: mistake", page: retiring.page().errors(vec![error]) },
    ]
}
