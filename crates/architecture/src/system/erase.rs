//! Erasing a private text about a system: what looks like a person's name or address, or what could not be read.
//!
//! The history keeps that something was said, by which source and when; what it said is gone for good. There is no undo.

use std::str::FromStr;

use accounts::{Deed, may};
use axum::extract::{Path, State};
use ledger::NewEvent;
use serde_json::json;
use store::Transaction;
use vocabulary::{OrganisationId, Reader};
use web::{Answer, Outcome, Problem, Routes, Visit, say};

use super::store::Seen;
use crate::statement::{Attribute, Stated, store as statements};
use crate::{Architecture, Refused};

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .post(
            "/systems/{id}/texts/{text}/erase",
            "Erase a private text about a system, for its organisation's editors",
            erase,
        )
        .by("editors and stewards of the organisation")
}

async fn erase(State(state): State<Architecture>, Path((id, text)): Path<(String, String)>, visit: Visit) -> Outcome {
    let reader = visit.reader.clone();
    let (now, chance) = (state.clock.now(), state.chance.clone());
    let system = id.clone();
    let done = state.store.write(move |tx| {
        let organisation = of_editor(tx, &reader, &id)?;
        let attribute = attribute_of(tx, &organisation, &id, &text)?;
        if !statements::erase_private(tx, &organisation, &text, now)? {
            return Err(Refused::Conflicting(say!("This text is erased already.")));
        }
        let event = NewEvent {
            organisation: Some(organisation),
            actor: reader.person,
            verb: "erased",
            thing: format!("/systems/{id}"),
            details: json!({"attribute": attribute.word(), "text": text}),
            erasable: false,
        };
        ledger::append(tx, &event, now, &chance)?;
        Ok(())
    });
    done.await.map_err(Problem::from)?;
    Ok(Answer::Redirect(format!("/systems/{system}?erased=yes")))
}

/// The organisation whose system this is, if the reader edits its estate.
pub(crate) fn of_editor(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<OrganisationId, Refused> {
    let row = Seen::by(reader).system(tx, id)?.ok_or(Refused::Missing)?;
    let organisation = OrganisationId::from_str(&row.organisation).map_err(|_| Refused::Missing)?;
    match may(reader, Deed::EditEstate, &organisation) {
        Ok(()) => Ok(organisation),
        Err(refused) if refused.kind == vocabulary::Kind::Missing => Err(Refused::Missing),
        Err(refused) => Err(Refused::Forbidden(refused.to_string())),
    }
}

/// The attribute of which the text was said: of this system, or of the contract that covers it or covered it before.
fn attribute_of(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    system: &str,
    text: &str,
) -> Result<Attribute, Refused> {
    let mut said = statements::history(tx, organisation, system)?;
    let contracts: Vec<String> = said
        .iter()
        .filter_map(|standing| match &standing.statement.value {
            Some(Stated::Contract(id)) => Some(id.clone()),
            _ => None,
        })
        .collect();
    for contract in contracts {
        said.extend(statements::history(tx, organisation, &contract)?);
    }
    let found = said.iter().find(|standing| {
        let value = matches!(&standing.statement.value, Some(Stated::Private(id)) if id == text);
        value || standing.statement.original.as_deref() == Some(text)
    });
    found.map(|standing| standing.statement.attribute).ok_or(Refused::Missing)
}
