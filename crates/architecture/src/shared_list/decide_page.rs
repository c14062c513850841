//! One offer, for the stewards of the list's keeper: what was offered and why, what the list has that is like it, and the
//! decision. Nothing is chosen beforehand.

use accounts::OrganisationKind;
use axum::extract::{Path, State as Shared};
use serde::Serialize;
use serde_json::json;
use store::{Transaction, values};
use vocabulary::{Reader, fold};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, Routes, Visit, say};

use super::keeps;
use super::mine_page::Row;
use super::offer::{LONGEST_WHY, Listed, listed, ticked, unfit, unfit_name};
use super::publish::{Becomes, decline, publish};
use super::store::{Kind, State, find_any, listed_as};
use crate::change::moment;
use crate::frame::LGAM;
use crate::frame::store::{LayerRow, layers};
use crate::matching::{Verdict, names};
use crate::organisation::name_of;
use crate::{Architecture, Refused};

pub(super) const TEMPLATE: &str = "architecture/shared_list/decide.html";
const FIELDS: &[&str] = &["choice", "name", "supplier", "elements", "product", "why"];

/// The addresses of this file.
pub(super) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get(
            "/shared-list/offers/{id}",
            "One offer with what the list has that is like it, for the list's keeper",
            show,
        )
        .in_browser_by("stewards of the keeper of the shared list")
        .post("/shared-list/offers/{id}", "Publish an offer, or decline it", decide)
        .fields(&["choice", "name", "supplier", "elements", "product", "why"])
        .in_browser_by("stewards of the keeper of the shared list")
}

/// A listed product that the offered name is like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Like {
    pub id: String,
    pub name: String,
    pub supplier: Option<String>,
    pub reasons: String,
}

/// What the page is made from.
pub(super) struct Looked {
    pub row: Row,
    pub organisation_name: String,
    pub kind: Kind,
    pub waits: bool,
    pub like: Vec<Like>,
    /// The listed product that has exactly this name.
    pub has: Option<(String, String)>,
    /// Of a name: the product that it would be another name of, while the list has it.
    pub target: Option<(String, String)>,
    pub elements: Vec<String>,
    /// The known supplier that the offer's text means beyond doubt.
    pub supplier: Option<String>,
    pub suppliers: Vec<(String, String)>,
    pub products: Vec<String>,
    pub layers: Vec<LayerRow>,
}

impl Looked {
    fn read(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<Looked, Refused> {
        keeps(tx, reader)?;
        let offer = find_any(tx, id)?.ok_or(Refused::Missing)?;
        let index = names::index(tx)?;
        let all = accounts::organisation::all(tx, Some(OrganisationKind::Supplier))?;
        let suppliers: Vec<(String, String)> = all.into_iter().map(|one| (one.id.to_string(), one.name)).collect();
        let named = |id: &str| suppliers.iter().find(|(known, _)| known == id).map(|(_, name)| name.clone());
        let found = match index.find(&offer.name, offer.supplier.as_deref()) {
            Verdict::Certain(made) => vec![made],
            Verdict::Likely(likely) => likely,
            Verdict::Nothing => Vec::new(),
        };
        let mut like = Vec::new();
        for suggestion in found {
            let sql = "SELECT name, supplier FROM product WHERE organisation = '' AND id = $1";
            let product = values![&suggestion.product];
            let read = tx.query_optional(sql, &product, |row| Ok((row.text(0)?, row.optional_text(1)?)))?;
            let Some((name, supplier)) = read else { continue };
            let supplier = supplier.as_deref().and_then(named);
            like.push(Like { reasons: suggestion.reasons_text(), id: suggestion.product, name, supplier });
        }
        let certain = offer.supplier.as_deref().and_then(|text| index.suppliers().certain(text)).map(str::to_owned);
        let all_listed = Listed::read(tx)?;
        let sql = "SELECT name FROM product WHERE organisation = '' ORDER BY name_folded, id";
        Ok(Looked {
            organisation_name: name_of(tx, &offer.organisation)?.unwrap_or_else(|| offer.organisation.clone()),
            kind: offer.kind,
            waits: offer.state == State::Waiting,
            like,
            has: listed_as(tx, &offer.folded)?,
            target: offer.target.as_deref().and_then(|target| all_listed.find(target)),
            elements: offer.elements.clone(),
            supplier: certain.as_deref().and_then(named),
            products: tx.query(sql, &[], |row| row.text(0))?,
            layers: layers(tx, LGAM)?,
            row: Row::read(tx, offer, &all_listed)?,
            suppliers,
        })
    }

    pub(super) fn page(&self, form: &Form) -> Page {
        let row = &self.row;
        let elements = match form.has("elements") {
            true => form.all("elements").into_iter().map(str::to_owned).collect(),
            false => self.elements.clone(),
        };
        let names: Vec<&String> = self.suppliers.iter().map(|(_, name)| name).collect();
        let pair = |pair: &Option<(String, String)>| pair.as_ref().map(|(id, name)| json!({"id": id, "name": name}));
        Page::new(TEMPLATE, say!("Decide about \"{name}\"", name = row.name))
            .section("products")
            .back(say!("Back to the shared list"), "/shared-list")
            .reading()
            .private()
            .typed(form)
            .data(json!({
                "offer": {
                    "id": row.id,
                    "what": row.what,
                    "name": row.name,
                    "target": row.target,
                    "supplier": row.supplier,
                    "website": row.website,
                    "elements": row.elements,
                    "reason": row.reason,
                    "offered_at": row.offered_at,
                    "stands": row.stands,
                    "why": row.why,
                },
                "organisation_name": self.organisation_name,
                "like": self.like,
                "listed_as": pair(&self.has),
                "target": pair(&self.target),
            }))
            .extra("sentence", format!("{}.", row.sentence()))
            .extra("action", format!("/shared-list/offers/{}", row.id))
            .extra("is_product", self.kind == Kind::Product)
            .extra("waits", self.waits)
            .extra("elements", elements)
            .extra("layers", &self.layers)
            .extra("supplier", &self.supplier)
            .extra("suppliers", names)
            .extra("products", &self.products)
            .extra("most", LONGEST_WHY)
    }

    fn supplier(&self, text: &str) -> Option<String> {
        let folded = fold(text);
        let by_id = self.suppliers.iter().find(|(id, _)| id == text);
        let found = by_id.or_else(|| self.suppliers.iter().find(|(_, name)| fold(name) == folded));
        found.map(|(id, _)| id.clone())
    }
}

async fn show(Shared(state): Shared<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let reader = visit.reader.clone();
    let looked = state.store.read(move |tx| Looked::read(tx, &reader, &id)).await?;
    Ok(looked.page(&Form::default()).into())
}

/// What the steward decides, in the form's words.
enum Wish {
    Decline,
    Becomes(Becomes),
    /// Another name of a product that the list calls so.
    NameOf(String),
}

fn wish(looked: &Looked, form: &Form) -> Result<(Wish, String), Vec<FieldError>> {
    let mut errors = Vec::new();
    let wish = match (form.one("choice"), looked.kind) {
        (Some("decline"), _) => Some(Wish::Decline),
        (Some("publish"), Kind::Name) => match &looked.target {
            Some((id, _)) => Some(Wish::Becomes(Becomes::NameOf(id.clone()))),
            None => {
                let text = say!("The product that it means is not in the list any more, so it can only be declined");
                errors.push(FieldError::new("choice", text));
                None
            }
        },
        (Some("publish"), Kind::Product) => {
            let name = form.one("name").unwrap_or_default().to_owned();
            if fold(&name).is_empty() {
                errors.push(FieldError::new("name", say!("Write the name that the list should have")));
            }
            errors.extend(unfit_name(&name).map(|text| FieldError::new("name", text)));
            let supplier = form.one("supplier").map(|text| looked.supplier(text));
            if supplier == Some(None) {
                let text = say!("Choose a supplier that is known here, by its name, or leave it empty");
                errors.push(FieldError::new("supplier", text));
            }
            let known = looked.layers.iter().flat_map(|layer| &layer.elements);
            let known: Vec<String> = known.map(|element| element.id.clone()).collect();
            let elements = ticked(form, &known).map_err(|error| errors.push(error)).unwrap_or_default();
            Some(Wish::Becomes(Becomes::Product { name, supplier: supplier.flatten(), elements }))
        }
        (Some("same"), Kind::Product) => match form.one("product") {
            Some(product) => Some(Wish::NameOf(product.to_owned())),
            None => {
                errors.push(FieldError::new("product", say!("Write the product's name as the list has it")));
                None
            }
        },
        _ => {
            errors.push(FieldError::new("choice", say!("Choose what becomes of the offer")));
            None
        }
    };
    let why = form.one("why").unwrap_or_default().to_owned();
    match why.is_empty() {
        true => errors.push(FieldError::new("why", say!("Say why you publish or decline it"))),
        false => errors.extend(unfit(&say!("The reason"), &why, LONGEST_WHY).map(|text| FieldError::new("why", text))),
    }
    match wish {
        Some(wish) if errors.is_empty() => Ok((wish, why)),
        _ => Err(errors),
    }
}

async fn decide(Shared(state): Shared<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    let (reader, at) = (visit.reader.clone(), id.clone());
    let looked = state.store.read(move |tx| Looked::read(tx, &reader, &at)).await?;
    form.only(FIELDS)?;
    if !looked.waits {
        let text = say!("This offer does not wait any more: it was decided, or taken back.");
        return Err(Problem::conflicting(text));
    }
    let (wish, why) = match wish(&looked, &form) {
        Ok(wish) => wish,
        Err(errors) => return Ok(looked.page(&form).errors(errors).into()),
    };
    let (reader, moment) = (visit.reader.clone(), moment(&state, &visit.reader));
    let write = state.store.write(move |tx| {
        keeps(tx, &reader)?;
        let becomes = match &wish {
            Wish::Decline => {
                decline(tx, &id, &why, &moment)?;
                return Ok(Ok("declined"));
            }
            Wish::Becomes(becomes) => becomes.clone(),
            Wish::NameOf(name) => match named(tx, name)? {
                Some(product) => Becomes::NameOf(product),
                None => {
                    let text = say!("The shared list has no product of this name. Look it up under Products");
                    return Ok(Err(FieldError::new("product", text)));
                }
            },
        };
        if let Becomes::Product { name, .. } = &becomes
            && let Some((_, product)) = listed_as(tx, &fold(name))?
        {
            let text =
                say!("The list has this name already, for {product}. Choose that it is listed", product = product);
            return Ok(Err(FieldError::new("name", text)));
        }
        publish(tx, &id, &becomes, &why, &moment)?;
        let is_new = find_any(tx, &id)?.is_some_and(|offer| offer.publication.is_some());
        Ok::<_, Refused>(Ok(if is_new { "published" } else { "listed" }))
    });
    match write.await? {
        Ok(done) => Ok(Answer::Redirect(format!("/shared-list?done={done}"))),
        Err(error) => Ok(looked.page(&form).errors(vec![error]).into()),
    }
}

/// The listed product of this id or exactly this name.
fn named(tx: &mut Transaction<'_>, text: &str) -> Result<Option<String>, Refused> {
    if let Some((id, _)) = listed(tx, text)? {
        return Ok(Some(id));
    }
    Ok(listed_as(tx, &fold(text))?.map(|(id, _)| id))
}
