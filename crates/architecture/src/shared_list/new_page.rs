//! Offering one of an organisation's own names: its words, then exactly what would be sent, then sent.

use accounts::{Deed, Organisation};
use axum::extract::{Path, State as Shared};
use serde_json::json;
use store::{Error, Transaction, values};
use vocabulary::OrganisationId;
use web::{Answer, FieldError, Form, Outcome, Page, Problem, Routes, Visit, say};

use super::offer::{Draft, LONGEST_WHY, Subject, address, offer, subject, unfit_name};
use super::store::Kind;
use crate::change::{moment, permitted};
use crate::frame::LGAM;
use crate::frame::store::{LayerRow, layers};
use crate::organisation::with_estate;
use crate::{Architecture, Refused};

pub(super) const TEMPLATE: &str = "architecture/shared_list/new.html";
const FIELDS: &[&str] = &["of", "supplier", "website", "elements", "reason", "step"];

/// The addresses of this file.
pub(super) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}/offers/new", "The form that offers one of its own names to the shared list", form)
        .parameters(&["of"])
        .by("editors and stewards of the organisation")
        .post("/organisations/{id}/offers/new", "Check what would be offered, or offer it", send)
        .done_with(&[200, 303])
        .fields(&["of", "supplier", "website", "elements", "reason", "step"])
        .by("editors and stewards of the organisation")
}

/// What the page is made from.
pub(super) struct Read {
    pub organisation: Organisation,
    pub subject: Subject,
    pub layers: Vec<LayerRow>,
    pub keeper: String,
}

impl Read {
    fn of(tx: &mut Transaction<'_>, of: &OrganisationId, stands: &str) -> Result<Read, Refused> {
        let organisation = with_estate(tx, of.as_str())?;
        let subject = subject(tx, of, stands)?;
        if let Some(text) = unfit_name(&subject.name) {
            return Err(Refused::Invalid(say!("{text}.", text = text)));
        }
        let keeper = accounts::organisation::keeper(tx)?.ok_or(Refused::Missing)?;
        let keeper = accounts::organisation::find(tx, &keeper)?.map(|keeper| keeper.name).unwrap_or_default();
        Ok(Read { organisation, subject, layers: layers(tx, LGAM)?, keeper })
    }

    fn known(&self) -> Vec<String> {
        self.layers.iter().flat_map(|layer| &layer.elements).map(|element| element.id.clone()).collect()
    }

    fn names(&self, elements: &[String]) -> Vec<String> {
        let all = self.layers.iter().flat_map(|layer| &layer.elements);
        all.filter(|element| elements.contains(&element.id)).map(|element| element.name.clone()).collect()
    }

    /// The form with what stands in its fields.
    pub(super) fn page(&self, draft: &Draft) -> Page {
        let title = match &self.subject.target {
            Some((_, product)) => {
                say!("Offer \"{name}\" as another name of {product}", name = self.subject.name, product = product)
            }
            None => say!("Offer \"{name}\" to the shared list", name = self.subject.name),
        };
        self.framed(title, draft).extra("checks", false)
    }

    /// Exactly what would be sent.
    pub(super) fn check(&self, draft: &Draft) -> Page {
        let title = say!("Check what you offer: \"{name}\"", name = self.subject.name);
        self.framed(title, draft).extra("checks", true)
    }

    fn framed(&self, title: String, draft: &Draft) -> Page {
        let subject = &self.subject;
        let address = self.organisation.address();
        Page::new(TEMPLATE, title)
            .place(self.organisation.name.clone())
            .section("organisations")
            .back(say!("Back to the matches"), format!("{address}/matches?name={}", subject.stands))
            .reading()
            .private()
            .data(json!({
                "organisation": self.organisation.id,
                "of": subject.stands,
                "what": subject.kind.word(),
                "name": subject.name,
                "target": subject.target.as_ref().map(|(id, name)| json!({"id": id, "name": name})),
                "supplier": draft.supplier,
                "website": draft.website,
                "elements": draft.elements,
                "element_names": self.names(&draft.elements),
                "reason": draft.reason,
                "read_by": self.keeper,
            }))
            .extra("action", format!("{address}/offers/new"))
            .extra("layers", &self.layers)
            .extra("is_product", subject.kind == Kind::Product)
            .extra("most", LONGEST_WHY)
    }

    /// What the organisation's own systems say, to begin with.
    fn begin(&self) -> Draft {
        Draft {
            supplier: self.subject.supplier.clone().filter(|supplier| supplier != "in-house"),
            elements: self.subject.elements.clone(),
            ..Draft::default()
        }
    }
}

/// The names of elements, in the order of the frame.
///
/// # Errors
/// When the engine fails.
pub(super) fn element_names(tx: &mut Transaction<'_>, elements: &[String]) -> Result<Vec<String>, Error> {
    if elements.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT id, name FROM frame_element WHERE frame = $1 ORDER BY position";
    let all = tx.query(sql, &values![LGAM], |row| Ok((row.text(0)?, row.text(1)?)))?;
    Ok(all.into_iter().filter(|(id, _)| elements.contains(id)).map(|(_, name)| name).collect())
}

async fn form(Shared(state): Shared<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    let parameters = visit.parameters(&["of"])?;
    let stands = parameters.one("of").ok_or_else(Problem::missing)?.to_owned();
    let read = state.store.read(move |tx| Read::of(tx, &of, &stands)).await?;
    Ok(read.page(&read.begin()).into())
}

async fn send(Shared(state): Shared<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    visit.parameters(&[])?;
    form.only(FIELDS)?;
    let stands = form.one("of").ok_or_else(Problem::missing)?.to_owned();
    let (organisation, own) = (of.clone(), stands.clone());
    let read = state.store.read(move |tx| Read::of(tx, &organisation, &own)).await?;
    let draft = Draft::read(&form, read.subject.kind, &read.known());
    let typed = |form: &Form| Draft {
        supplier: form.one("supplier").map(str::to_owned),
        website: form.one("website").map(str::to_owned),
        elements: form.all("elements").into_iter().map(str::to_owned).collect(),
        reason: form.one("reason").unwrap_or_default().to_owned(),
    };
    match (form.one("step"), draft) {
        (Some("change"), _) => Ok(read.page(&typed(&form)).into()),
        (Some("check" | "send"), Err(errors)) => Ok(read.page(&typed(&form)).errors(errors).into()),
        (Some("check"), Ok(draft)) => Ok(read.check(&draft).into()),
        (Some("send"), Ok(draft)) => {
            let moment = moment(&state, &visit.reader);
            let organisation = of.clone();
            let sent = state.store.write(move |tx| offer(tx, &organisation, &stands, &draft, &moment)).await?;
            Ok(Answer::Redirect(format!("{}?done=offered", address(of.as_str(), &sent.id))))
        }
        _ => {
            let text = say!("Say what to do: check, change or send");
            Err(Problem::invalid(text.clone()).errors(vec![FieldError::new("step", text)]))
        }
    }
}
