//! Overlaps: one need met by several products, one product under several contracts. Within one organisation and across
//! all that the reader sees, ranked by what could be gained, with how it was reckoned.
//!
//! The rule is [`rule`]; what is read is a [`Roll`]. Nothing here says "duplication" or "saving": that several products meet
//! one need may be right, and what overlaps costs what it costs.

mod asked;
mod line;
mod page;
pub mod rule;
pub(crate) mod samples;

use std::collections::BTreeMap;

use ::store::{Error, Transaction};
use accounts::{Organisation, OrganisationKind};
use axum::extract::{Path, State};
use ledger::visible;
use vocabulary::Reader;
use web::{Outcome, Routes, Template, Visit};

use crate::frame::{About, LGAM, store, store::LayerRow};
use crate::map::in_use::Body;
use crate::organisation;
use crate::system::roll::{ProductKey, Roll};
use crate::system::store::may_see_costs;
use crate::{Architecture, Refused, estate, estate::Sharing};

/// The templates of overlaps.
pub(crate) const TEMPLATES: &[Template] =
    &[Template { name: page::TEMPLATE, source: include_str!("../templates/overlap/list.html") }];
const PARAMETERS: &[&str] = &["kind", "layer", "supplier", "after", "before"];

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/overlaps", "What overlaps across organisations", across)
        .parameters(PARAMETERS)
        .get("/organisations/{id}/overlaps", "What overlaps within one organisation", within)
        .parameters(PARAMETERS)
}

/// What the pages are made from.
pub(crate) struct Read {
    pub roll: Roll,
    pub names: Names,
    pub layers: Vec<LayerRow>,
    pub about: Option<About>,
    /// Whether the reader may see what the systems cost, or what some of them do.
    pub costs: bool,
    /// The organisation, where it is about one.
    pub of: Option<(Organisation, Sharing)>,
}

impl Read {
    /// The organisations in whose systems there may be overlaps.
    fn bodies(&self) -> Vec<&Body> {
        self.named(&self.roll.organisations)
    }

    /// The organisations that use systems of others.
    fn users(&self) -> Vec<&Body> {
        self.named(&self.roll.users)
    }

    fn named(&self, ids: &[String]) -> Vec<&Body> {
        ids.iter().filter_map(|id| self.names.organisations.get(id)).collect()
    }
}

/// Names of what a [`Roll`] has by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Products that the reader may know of.
    pub products: BTreeMap<ProductKey, String>,
    /// Organisations, suppliers included.
    pub organisations: BTreeMap<String, Body>,
}

impl Names {
    /// Reads them.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn read(tx: &mut Transaction<'_>, reader: &Reader) -> Result<Names, Error> {
        let seen = visible(reader, "p.visibility", "p.organisation", 1);
        let sql = format!("SELECT p.organisation, p.id, p.name FROM product AS p WHERE {}", seen.sql);
        let products = tx.query(&sql, &seen.parameters, |row| Ok(((row.text(0)?, row.text(1)?), row.text(2)?)))?;
        let organisations = tx.query("SELECT id, name, kind FROM organisation ORDER BY id", &[], |row| {
            let id = row.text(0)?;
            let body = Body::new(&id, &row.text(1)?, row.text(2)? == OrganisationKind::Council.word());
            Ok((id, body))
        })?;
        let mut organisations: BTreeMap<String, Body> = organisations.into_iter().collect();
        let mut shorts: BTreeMap<String, usize> = BTreeMap::new();
        for body in organisations.values() {
            *shorts.entry(body.short.clone()).or_default() += 1;
        }
        for body in organisations.values_mut().filter(|body| shorts.get(&body.short).is_some_and(|times| *times > 1)) {
            body.short.clone_from(&body.name);
        }
        Ok(Names { products: products.into_iter().collect(), organisations })
    }
}

async fn across(State(state): State<Architecture>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let reader = visit.reader.clone();
    let read = state.store.read(move |tx| {
        Ok::<_, Refused>(Read {
            roll: Roll::read(tx, &reader, None)?,
            names: Names::read(tx, &reader)?,
            layers: store::layers(tx, LGAM)?,
            about: store::about(tx, LGAM)?,
            costs: may_see_costs(&reader),
            of: None,
        })
    });
    Ok(page::page(&visit, &parameters, &read.await?, state.clock.today())?.into())
}

async fn within(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let reader = visit.reader.clone();
    let read = state.store.read(move |tx| {
        let organisation = organisation::with_estate(tx, &id)?;
        let sharing = estate::sharing(tx, &organisation.id)?;
        Ok::<_, Refused>(Read {
            roll: Roll::read(tx, &reader, Some(organisation.id.as_str()))?,
            names: Names::read(tx, &reader)?,
            layers: store::layers(tx, LGAM)?,
            about: store::about(tx, LGAM)?,
            costs: reader.sees(sharing.costs, &organisation.id),
            of: Some((organisation, sharing)),
        })
    });
    Ok(page::page(&visit, &parameters, &read.await?, state.clock.today())?.into())
}
