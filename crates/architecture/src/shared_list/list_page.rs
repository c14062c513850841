//! `/shared-list`: what was published and withdrawn, for everyone; what waits, for the stewards of the list's keeper. The log
//! does not say who offered anything.

use accounts::{Deed, may};
use axum::extract::State as Shared;
use serde::Serialize;
use serde_json::json;
use store::{Error, Transaction};
use vocabulary::Reader;
use web::{Cell, Format, Outcome, Page, Parameters, Problem, Routes, SuccessBanner, Table, Visit, say, say_n};

use super::keeps;
use super::offer::Listed;
use super::store::{Kind, Offer, Publication, State, all_waiting, log, of_organisation};
use crate::organisation::name_of;
use crate::{Architecture, Refused, listing};

pub(super) const TEMPLATE: &str = "architecture/shared_list/list.html";
const PARAMETERS: &[&str] = &["show", "done", "after", "before"];
const SHOW: [&str; 2] = ["published", "waiting"];
/// Offers that stand above the log; all of them have a list of their own.
const FIRST: usize = 10;

/// The addresses of this file.
pub(super) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/shared-list", "What was published to the shared list of products, and what waits for its keeper", show)
        .parameters(PARAMETERS)
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Line {
    pub id: String,
    pub what: Kind,
    pub name: String,
    /// The listed product that it is, or whose name it is, while it is listed.
    pub product: Option<String>,
    pub product_name: Option<String>,
    pub published_at: String,
    pub why: String,
    pub withdrawn_at: Option<String>,
    pub withdrawn_why: Option<String>,
}

impl Line {
    pub(super) fn of(publication: Publication, listed: &Listed) -> Line {
        let is_there = publication.withdrawn.is_none() || publication.kind == Kind::Name;
        let now = listed.find(&publication.product).filter(|_| is_there);
        let (withdrawn_at, withdrawn_why) = publication.withdrawn.unzip();
        let (product, product_name) = now.unzip();
        Line {
            id: publication.id,
            what: publication.kind,
            name: publication.name,
            product,
            product_name,
            published_at: publication.published_at,
            why: publication.why,
            withdrawn_at,
            withdrawn_why,
        }
    }
}

/// An offer that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Waiting {
    pub id: String,
    pub what: Kind,
    pub name: String,
    /// Of a name: the product that it means.
    pub target: Option<String>,
    pub organisation: String,
    pub organisation_name: String,
    pub reason: String,
    pub offered_at: String,
}

impl Waiting {
    fn read(tx: &mut Transaction<'_>, offer: Offer, listed: &Listed) -> Result<Waiting, Error> {
        Ok(Waiting {
            organisation_name: name_of(tx, &offer.organisation)?.unwrap_or_else(|| offer.organisation.clone()),
            id: offer.id,
            what: offer.kind,
            name: offer.name,
            target: offer.target.map(|target| listed.name(&target)),
            organisation: offer.organisation,
            reason: offer.reason,
            offered_at: offer.offered_at,
        })
    }
}

/// What the page is made from.
#[derive(Clone, Debug, Default)]
pub(super) struct Read {
    pub lines: Vec<Line>,
    /// For the keeper's stewards only.
    pub waiting: Option<Vec<Waiting>>,
    /// The organisation that one acts for and how many of its offers wait: for those who may see its own.
    pub own: Option<(String, usize)>,
}

impl Read {
    fn of(tx: &mut Transaction<'_>, reader: &Reader, only_waiting: bool) -> Result<Read, Refused> {
        let listed = Listed::read(tx)?;
        let waiting = match (only_waiting, keeps(tx, reader)) {
            (_, Ok(())) => {
                let mut lines = Vec::new();
                for offer in all_waiting(tx)? {
                    lines.push(Waiting::read(tx, offer, &listed)?);
                }
                Some(lines)
            }
            (true, Err(refused)) => return Err(refused),
            (false, Err(Refused::Missing | Refused::Forbidden(_))) => None,
            (false, Err(refused)) => return Err(refused),
        };
        let acting = reader.acting.as_ref().map(|acting| acting.organisation.clone());
        let own = match acting.filter(|own| may(reader, Deed::SeeOwn, own).is_ok()) {
            Some(own) => {
                let offers = of_organisation(tx, &own)?;
                let waits = offers.iter().filter(|offer| offer.state == State::Waiting).count();
                Some((own.to_string(), waits))
            }
            None => None,
        };
        let lines = log(tx)?.into_iter().map(|publication| Line::of(publication, &listed)).collect();
        Ok(Read { lines, waiting, own })
    }
}

async fn show(Shared(state): Shared<Architecture>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let only_waiting = match parameters.one("show") {
        None | Some("published") => false,
        Some("waiting") => true,
        Some(word) => return Err(parameters.unknown_value("show", word, &SHOW)),
    };
    let reader = visit.reader.clone();
    let read = state.store.read(move |tx| Read::of(tx, &reader, only_waiting)).await?;
    let mut page = page(&visit, &parameters, read, only_waiting)?;
    let done = match parameters.one("done") {
        None => None,
        Some("published") => Some(say!("Published. Files that come from now on find it.")),
        Some("listed") => {
            Some(say!("Published. The list had the name already, so only the organisation's systems followed."))
        }
        Some("declined") => Some(say!("Declined. The organisation reads why.")),
        Some("withdrawn") => Some(say!("Withdrawn. The log below says why.")),
        Some(word) => {
            return Err(parameters.unknown_value("done", word, &["published", "listed", "declined", "withdrawn"]));
        }
    };
    if let Some(text) = done {
        page = page.banner(SuccessBanner { text, link: None });
    }
    Ok(page.into())
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

pub(super) fn page(visit: &Visit, parameters: &Parameters, read: Read, only_waiting: bool) -> Result<Page, Problem> {
    let Read { lines, waiting, own } = read;
    let stands = lines.iter().filter(|line| line.withdrawn_at.is_none()).count();
    let (all, gone) = (number(lines.len()), number(lines.len() - stands));
    let published = match (all, gone) {
        (0, _) => say!("Nothing was published here yet."),
        (_, 0) => {
            say_n!("1 product or name was published here.", "{count} products and names were published here.", all)
        }
        _ => say_n!(
            "1 product or name was published here, and withdrawn since.",
            "{count} products and names were published here; {gone} of them withdrawn since.",
            all,
            gone = gone
        ),
    };
    let waits = waiting.as_ref().map(|waiting| match waiting.len() {
        0 => say!("No offer waits."),
        count => say_n!("1 offer waits, the oldest first.", "{count} offers wait, the oldest first.", number(count)),
    });
    let table = match (only_waiting, &waiting) {
        (true, Some(waiting)) => table_of_waiting(waiting),
        _ => table(&lines),
    };
    let is_keepers = waiting.is_some();
    let cursor = parameters.cursor()?;
    let (shown_lines, shown_waiting, more, paging) = match (only_waiting, waiting) {
        (true, Some(waiting)) => {
            let (shown, paging) = listing::by_place(waiting, "waiting", cursor.as_ref())?;
            (Vec::new(), shown, 0, paging)
        }
        (_, waiting) => {
            let (shown, paging) = listing::by_place(lines, "published", cursor.as_ref())?;
            let mut waiting = waiting.unwrap_or_default();
            let more = waiting.len().saturating_sub(FIRST);
            waiting.truncate(FIRST);
            (shown, waiting, more, paging)
        }
    };
    let title = match only_waiting {
        true => say!("Offers to the shared list that wait"),
        false => say!("The shared list of products"),
    };
    let mut data = json!({"published": shown_lines, "finding": published});
    if is_keepers {
        data["waiting"] = json!(shown_waiting);
    }
    if let Some((organisation, waits)) = &own {
        data["own"] = json!({"organisation": organisation, "waiting": waits});
    }
    let page = Page::new(TEMPLATE, title)
        .section("products")
        .crumb(say!("Home"), "/")
        .crumb(say!("Products"), "/products")
        .data(data)
        .extra("waits", waits)
        .extra("more", more)
        .extra("only_waiting", only_waiting)
        .extra("keeps", is_keepers)
        .table(table)
        .list(paging);
    let signed_in = visit.reader.person.is_some();
    // No cache may keep what only some of the signed-in may read.
    Ok(if is_keepers || (signed_in && visit.format == Format::Html) { page.private() } else { page })
}

fn text(text: Option<&str>) -> Cell {
    text.map_or(Cell::Empty, Cell::from)
}

fn table(lines: &[Line]) -> Table {
    let date = |at: &str| Cell::Date(at.chars().take(10).collect());
    Table {
        name: "shared-list".to_owned(),
        columns: ["what", "name", "product", "product_name", "published", "why", "withdrawn", "withdrawn_why"].to_vec(),
        rows: lines
            .iter()
            .map(|line| {
                vec![
                    Cell::from(line.what.word()),
                    Cell::from(line.name.as_str()),
                    text(line.product.as_deref()),
                    text(line.product_name.as_deref()),
                    date(&line.published_at),
                    Cell::from(line.why.as_str()),
                    line.withdrawn_at.as_deref().map_or(Cell::Empty, date),
                    text(line.withdrawn_why.as_deref()),
                ]
            })
            .collect(),
    }
}

fn table_of_waiting(waiting: &[Waiting]) -> Table {
    Table {
        name: "shared-list-waiting".to_owned(),
        columns: ["id", "what", "name", "target", "organisation", "reason", "offered"].to_vec(),
        rows: waiting
            .iter()
            .map(|one| {
                vec![
                    Cell::from(one.id.as_str()),
                    Cell::from(one.what.word()),
                    Cell::from(one.name.as_str()),
                    text(one.target.as_deref()),
                    Cell::from(one.organisation_name.as_str()),
                    Cell::from(one.reason.as_str()),
                    Cell::Date(one.offered_at.chars().take(10).collect()),
                ]
            })
            .collect(),
    }
}
