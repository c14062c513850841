//! What an organisation has offered, and what became of it: for its own editors and stewards, and for auditors.

use accounts::{Deed, Organisation, may};
use axum::extract::{Path, State as Shared};
use serde::Serialize;
use serde_json::json;
use store::{Error, Transaction};
use vocabulary::{OrganisationId, Reader};
use web::{Answer, Cell, Form, Outcome, Page, Parameters, Problem, Routes, SuccessBanner, Table, Visit, say, say_n};

use super::new_page::element_names;
use super::offer::{Listed, address, take_back};
use super::store::{Kind, Offer, State, find, of_organisation, published};
use crate::change::{moment, permitted};
use crate::organisation::{short_name, views, with_estate};
use crate::{Architecture, Refused, listing};

pub(super) const LIST: &str = "architecture/shared_list/mine.html";
pub(super) const ONE: &str = "architecture/shared_list/offer.html";

/// The addresses of this file.
pub(super) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/organisations/{id}/offers", "What an organisation offered to the shared list, for its own people", show)
        .parameters(&["after", "before"])
        .by("editors and stewards of the organisation")
        .get("/organisations/{id}/offers/{offer}", "One offer, and what became of it", show_one)
        .parameters(&["done"])
        .by("editors and stewards of the organisation")
        .post("/organisations/{id}/offers/{offer}", "Take back an offer that waits", withdraw)
        .fields(&["action"])
        .by("editors and stewards of the organisation")
}

/// How an offer stands for those who read it: as it was decided, or by what became of it since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stands {
    Waiting,
    /// The organisation took it back.
    Withdrawn,
    Declined,
    Published,
    /// It was published, and the keeper withdrew it since.
    Removed,
}

impl Stands {
    fn of(state: State) -> Stands {
        match state {
            State::Waiting => Stands::Waiting,
            State::Withdrawn => Stands::Withdrawn,
            State::Declined => Stands::Declined,
            State::Published => Stands::Published,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Stands::Waiting => State::Waiting.word(),
            Stands::Withdrawn => State::Withdrawn.word(),
            Stands::Declined => State::Declined.word(),
            Stands::Published => State::Published.word(),
            Stands::Removed => "removed",
        }
    }
}

/// An offer as its organisation reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    pub id: String,
    pub what: Kind,
    pub name: String,
    /// The own product that was offered, or whose name was.
    pub own: String,
    /// Of a name: the product that it means.
    pub target: Option<String>,
    pub supplier: Option<String>,
    pub website: Option<String>,
    pub elements: Vec<String>,
    pub reason: String,
    pub offered_at: String,
    pub stands: Stands,
    pub decided_at: Option<String>,
    pub why: Option<String>,
    /// The listed product that it became, or of which it became a name.
    pub product: Option<String>,
    pub product_name: Option<String>,
    pub change: Option<i64>,
}

impl Row {
    pub(super) fn read(tx: &mut Transaction<'_>, offer: Offer, listed: &Listed) -> Result<Row, Error> {
        let gone = match &offer.publication {
            Some(publication) => published(tx, publication)?.and_then(|one| one.withdrawn),
            None => None,
        };
        let product = offer.product.as_deref().filter(|_| gone.is_none()).and_then(|product| listed.find(product));
        let (product, product_name) = product.unzip();
        let (stands, decided_at, why) = match gone {
            Some((at, why)) => (Stands::Removed, Some(at), Some(why)),
            None => (Stands::of(offer.state), offer.decided_at, offer.why),
        };
        Ok(Row {
            id: offer.id,
            what: offer.kind,
            name: offer.name,
            own: offer.stands,
            target: offer.target.map(|target| listed.name(&target)),
            supplier: offer.supplier,
            website: offer.website,
            elements: element_names(tx, &offer.elements)?,
            reason: offer.reason,
            offered_at: offer.offered_at,
            stands,
            decided_at,
            why,
            product,
            product_name,
            change: offer.change,
        })
    }

    /// "Offered 3 March 2026: waiting".
    pub(super) fn sentence(&self) -> String {
        let offered = web::say_date(&self.offered_at);
        let decided = self.decided_at.as_deref().map(web::say_date).unwrap_or_default();
        let why = self.why.clone().unwrap_or_default();
        match self.stands {
            Stands::Withdrawn => say!("Offered {offered}: taken back {decided}", offered = offered, decided = decided),
            Stands::Declined => {
                say!(
                    "Offered {offered}: declined {decided}, because: {why}",
                    offered = offered,
                    decided = decided,
                    why = why
                )
            }
            Stands::Published => say!("Offered {offered}: published {decided}", offered = offered, decided = decided),
            Stands::Removed => {
                say!(
                    "Offered {offered}: published, and withdrawn from the list {decided}, because: {why}",
                    offered = offered,
                    decided = decided,
                    why = why
                )
            }
            Stands::Waiting => say!("Offered {offered}: waiting", offered = offered),
        }
    }
}

/// What pages about one of an organisation's own names say of offering it: what became of an offer, or where to offer it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Link {
    pub text: String,
    pub href: String,
}

/// That link, for those who may offer; none where nobody keeps the list or nothing could be offered.
///
/// # Errors
/// When the engine fails.
pub(crate) fn link_for(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &OrganisationId,
    stands: &str,
) -> Result<Option<Link>, Refused> {
    if may(reader, Deed::EditEstate, organisation).is_err() || accounts::organisation::keeper(tx)?.is_none() {
        return Ok(None);
    }
    let latest = of_organisation(tx, organisation)?.into_iter().find(|offer| offer.stands == stands);
    // What was taken back may be offered anew from here; what was declined, from the page that says why.
    if let Some(offer) = latest.filter(|offer| offer.state != State::Withdrawn) {
        let href = address(organisation.as_str(), &offer.id);
        let listed = Listed::read(tx)?;
        return Ok(Some(Link { text: Row::read(tx, offer, &listed)?.sentence(), href }));
    }
    match super::offer::subject(tx, organisation, stands) {
        Ok(subject) => {
            let text = match (subject.kind, &subject.target) {
                (Kind::Name, Some((_, product))) => {
                    say!(
                        "Offer \"{name}\" to the shared list as another name of {product}",
                        name = subject.name,
                        product = product
                    )
                }
                _ => say!("Offer \"{name}\" to the shared list", name = subject.name),
            };
            Ok(Some(Link { text, href: format!("/organisations/{organisation}/offers/new?of={stands}") }))
        }
        Err(Refused::Missing | Refused::Conflicting(_)) => Ok(None),
        Err(refused) => Err(refused),
    }
}

async fn show(Shared(state): Shared<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let of = permitted(&visit.reader, Deed::SeeOwn, &id)?;
    let parameters = visit.parameters(&["after", "before"])?;
    let read = state.store.read(move |tx| {
        let organisation = with_estate(tx, of.as_str())?;
        let listed = Listed::read(tx)?;
        let mut rows = Vec::new();
        for offer in of_organisation(tx, &of)? {
            rows.push(Row::read(tx, offer, &listed)?);
        }
        Ok::<_, Refused>((organisation, rows))
    });
    let (organisation, rows) = read.await?;
    Ok(list(&organisation, rows, &visit, &parameters)?.into())
}

pub(super) fn list(
    organisation: &Organisation,
    rows: Vec<Row>,
    visit: &Visit,
    parameters: &Parameters,
) -> Result<Page, Problem> {
    let waits = rows.iter().filter(|row| row.stands == Stands::Waiting).count();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let offers = say_n!("1 offer", "{count} offers", count(rows.len()));
    let first = match (rows.len(), waits) {
        (0, _) => say!("Nothing of yours was offered to the shared list."),
        _ => say_n!("{offers}, 1 of which waits.", "{offers}, {count} of which wait.", count(waits), offers = offers),
    };
    let table = table(organisation, &rows);
    let (rows, paging) = listing::by_place(rows, "offered", parameters.cursor()?.as_ref())?;
    let short = short_name(&organisation.name).to_owned();
    Ok(framed(LIST, say!("{organisation}'s offers to the shared list", organisation = short), organisation)
        .data(json!({"organisation": organisation.id, "waiting": waits, "offers": rows}))
        .extra("first", first)
        .extra("short_name", short)
        .extra("views", views(organisation, &visit.reader))
        .table(table)
        .list(paging))
}

fn framed(template: &'static str, title: String, organisation: &Organisation) -> Page {
    Page::new(template, title)
        .place(organisation.name.clone())
        .section("organisations")
        .crumb(say!("Home"), "/")
        .crumb(say!("Organisations"), "/organisations")
        .crumb(organisation.name.clone(), organisation.address())
        .private()
}

fn table(organisation: &Organisation, rows: &[Row]) -> Table {
    let date = |at: &str| Cell::Date(at.chars().take(10).collect());
    let text = |text: &Option<String>| text.as_deref().map_or(Cell::Empty, Cell::from);
    Table {
        name: format!("{}-offers", organisation.id),
        columns: ["id", "what", "name", "target", "reason", "offered", "stands", "decided", "why", "product"].to_vec(),
        rows: rows
            .iter()
            .map(|row| {
                vec![
                    Cell::from(row.id.as_str()),
                    Cell::from(row.what.word()),
                    Cell::from(row.name.as_str()),
                    text(&row.target),
                    Cell::from(row.reason.as_str()),
                    date(&row.offered_at),
                    Cell::from(row.stands.word()),
                    row.decided_at.as_deref().map_or(Cell::Empty, date),
                    text(&row.why),
                    text(&row.product),
                ]
            })
            .collect(),
    }
}

async fn show_one(
    Shared(state): Shared<Architecture>,
    Path((id, offer)): Path<(String, String)>,
    visit: Visit,
) -> Outcome {
    let of = permitted(&visit.reader, Deed::SeeOwn, &id)?;
    let parameters = visit.parameters(&["done"])?;
    let may_edit = may(&visit.reader, Deed::EditEstate, &of).is_ok();
    let read = state.store.read(move |tx| {
        let organisation = with_estate(tx, of.as_str())?;
        let offer = find(tx, &of, &offer)?.ok_or(Refused::Missing)?;
        let listed = Listed::read(tx)?;
        Ok::<_, Refused>((organisation, Row::read(tx, offer, &listed)?))
    });
    let (organisation, row) = read.await?;
    let mut page = one(&organisation, &row, may_edit);
    let done = match parameters.one("done") {
        None => None,
        Some("offered") => {
            Some(say!("\"{name}\" is offered. The stewards of the shared list decide.", name = row.name))
        }
        Some("withdrawn") => Some(say!("The offer of \"{name}\" is taken back.", name = row.name)),
        Some(word) => return Err(parameters.unknown_value("done", word, &["offered", "withdrawn"])),
    };
    if let Some(text) = done {
        page = page.banner(SuccessBanner { text, link: None });
    }
    Ok(page.into())
}

pub(super) fn one(organisation: &Organisation, row: &Row, may_edit: bool) -> Page {
    framed(ONE, say!("Offer of \"{name}\"", name = row.name), organisation)
        .crumb(say!("Offers to the shared list"), format!("{}/offers", organisation.address()))
        .reading()
        .data(json!({"organisation": organisation.id, "offer": row, "finding": format!("{}.", row.sentence())}))
        .extra("organisation", organisation.address())
        .extra("may_take_back", may_edit && row.stands == Stands::Waiting)
        .extra(
            "may_offer_again",
            may_edit && matches!(row.stands, Stands::Declined | Stands::Withdrawn | Stands::Removed),
        )
}

async fn withdraw(
    Shared(state): Shared<Architecture>,
    Path((id, offer)): Path<(String, String)>,
    visit: Visit,
    form: Form,
) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    visit.parameters(&[])?;
    form.only(&["action"])?;
    let (moment, back) = (moment(&state, &visit.reader), address(of.as_str(), &offer));
    state.store.write(move |tx| take_back(tx, &of, &offer, &moment)).await?;
    Ok(Answer::Redirect(format!("{back}?done=withdrawn")))
}
