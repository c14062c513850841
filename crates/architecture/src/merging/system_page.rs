//! "Merge with another system": choose which, see what would become of each value, then make them one.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use accounts::{Deed, Organisation, may};
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::json;
use store::Transaction;
use vocabulary::{Kind, OrganisationId, Reader, fold};
use web::{Answer, FieldError, Form, Outcome, Page, Routes, SamplePage, Visit, say};

use super::system::{Choice, Gain, Merging, merge, reckon};
use crate::import::apply::Moment;
use crate::statement::Attribute;
use crate::system::samples::{council, known, unknown};
use crate::system::store::{Seen, SystemRow};
use crate::{Architecture, Refused};

const TEMPLATE: &str = "architecture/merging/system.html";
const PARAMETERS: &[&str] = &["with"];

/// The addresses of this file.
pub(super) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/systems/{id}/merge", "What merging two systems of one organisation would do, for its editors", show)
        .parameters(PARAMETERS)
        .by("editors and stewards of the organisation")
        .post("/systems/{id}/merge", "Merge another system of the organisation into this one", make_one)
        .fields(&["with", "seen", "take-*"])
        .by("editors and stewards of the organisation")
}

/// A system that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Candidate {
    id: String,
    /// Its name, with its product where that tells it from others.
    name: String,
    /// Whether it has the product or the name of the system that stays.
    likely: bool,
}

/// What the page is made from.
struct Looked {
    organisation: Organisation,
    stays: SystemRow,
    goes: Option<SystemRow>,
    candidates: Vec<Candidate>,
    merging: Option<Merging>,
}

async fn show(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let with = parameters.one("with").map(str::to_owned);
    let reader = visit.reader.clone();
    let looked = state.store.read(move |tx| Looked::read(tx, &reader, &id, with.as_deref())).await?;
    Ok(looked.page().into())
}

impl Looked {
    fn read(tx: &mut Transaction<'_>, reader: &Reader, id: &str, with: Option<&str>) -> Result<Looked, Refused> {
        let (stays, of) = of_editor(tx, reader, id)?;
        let organisation = accounts::organisation::find(tx, &of)?.ok_or(Refused::Missing)?;
        let seen = Seen::by(reader);
        let rest = format!("AND s.organisation = ${} ORDER BY s.name_folded, s.id", seen.next_parameter());
        let rows = seen.rows(tx, &rest, vec![of.as_str().into()])?;
        let goes = with.map(|with| rows.iter().find(|row| row.id == with).cloned().ok_or(Refused::Missing));
        let goes = goes.transpose()?.filter(|goes| goes.id != stays.id);
        let merging = goes.as_ref().map(|goes| reckon(tx, &of, &stays.id, &goes.id)).transpose()?;
        let candidates = candidates(&stays, &rows);
        Ok(Looked { organisation, stays, goes, candidates, merging })
    }

    fn page(&self) -> Page {
        let Looked { organisation, stays, goes, candidates, merging } = self;
        let (choices, gains) = merging.as_ref().map(|merging| (&merging.choices, &merging.gains)).unzip();
        let named = |row: &SystemRow| json!({"id": row.id, "name": row.name, "product_name": row.product_name});
        Page::new(TEMPLATE, say!("Merge {system} with another system", system = stays.name))
            .place(organisation.name.clone())
            .section("organisations")
            .back(say!("Back to {system}", system = stays.name), stays.address())
            .private()
            .reading()
            .data(json!({
                "stays": named(stays),
                "goes": goes.as_ref().map(named),
                "choices": choices,
                "gains": gains,
                "seen": merging.as_ref().map(|merging| merging.seen),
            }))
            .extra("candidates", candidates)
            .extra("action", format!("/systems/{}/merge", stays.id))
    }
}

/// The other systems of the organisation, those that look alike first.
fn candidates(stays: &SystemRow, rows: &[SystemRow]) -> Vec<Candidate> {
    let name = fold(&stays.name);
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        *names.entry(fold(&row.name)).or_default() += 1;
    }
    let mut candidates: Vec<Candidate> = rows
        .iter()
        .filter(|row| row.id != stays.id)
        .map(|row| {
            let folded = fold(&row.name);
            let same_product = stays.product.is_some() && row.product == stays.product;
            let likely = same_product || folded == name || folded.contains(&name) || name.contains(&folded);
            let name = match &row.product_name {
                Some(product) if names.get(&folded) > Some(&1) || fold(product) != folded => {
                    format!("{} ({product})", row.name)
                }
                _ => row.name.clone(),
            };
            Candidate { id: row.id.clone(), name, likely }
        })
        .collect();
    candidates.sort_by_key(|candidate| !candidate.likely);
    candidates
}

/// A system that the reader edits, with its organisation.
fn of_editor(tx: &mut Transaction<'_>, reader: &Reader, id: &str) -> Result<(SystemRow, OrganisationId), Refused> {
    let row = Seen::by(reader).system(tx, id)?.ok_or(Refused::Missing)?;
    let organisation = OrganisationId::from_str(&row.organisation).map_err(|_| Refused::Missing)?;
    match may(reader, Deed::EditEstate, &organisation) {
        Ok(()) => Ok((row, organisation)),
        Err(refused) if refused.kind == Kind::Missing => Err(Refused::Missing),
        Err(refused) => Err(Refused::Forbidden(refused.to_string())),
    }
}

async fn make_one(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    let takes: Vec<String> = Attribute::ALL.iter().map(|attribute| format!("take-{}", attribute.word())).collect();
    form.only(&["with", "seen"].into_iter().chain(takes.iter().map(String::as_str)).collect::<Vec<_>>())?;
    let Some(goes) = form.one("with").map(str::to_owned) else {
        let reader = visit.reader.clone();
        let looked = state.store.read(move |tx| Looked::read(tx, &reader, &id, None)).await?;
        let error = FieldError::new("with", say!("Choose the system that is the same as this one"));
        return Ok(looked.page().typed(&form).errors(vec![error]).into());
    };
    let is_taken = |attribute: &&Attribute| form.one(&format!("take-{}", attribute.word())) == Some("goes");
    let taken: BTreeSet<Attribute> = Attribute::ALL.iter().filter(is_taken).copied().collect();
    let seen: i64 = form.one("seen").and_then(|seen| seen.parse().ok()).unwrap_or_default();
    let moment = Moment {
        now: state.clock.now(),
        today: state.clock.today(),
        chance: state.chance.clone(),
        actor: visit.reader.person,
    };
    let (reader, stays) = (visit.reader.clone(), id.clone());
    let done = state.store.write(move |tx| {
        let (_, of) = of_editor(tx, &reader, &stays)?;
        of_editor(tx, &reader, &goes)?;
        merge(tx, &of, (&stays, &goes), &taken, seen, &moment)
    });
    let change = done.await?;
    Ok(Answer::Redirect(format!("/systems/{id}?change={change}")))
}

/// The page with invented content.
pub(super) fn samples() -> Vec<SamplePage> {
    let stays = known().row;
    let goes = unknown("018f0000-0000-7000-8000-000000000102", "Refuse collection").row;
    let Some(organisation) = council() else { return Vec::new() };
    let candidates = candidates(&stays, std::slice::from_ref(&goes));
    let choose = Looked { organisation, stays, goes: None, candidates, merging: None };
    let choice = Choice {
        attribute: Attribute::Name.word(),
        label: Attribute::Name.label(),
        stays: "Bin rounds".to_owned(),
        goes: "Refuse collection".to_owned(),
    };
    let gain = Gain { attribute: Attribute::Users.word(), label: Attribute::Users.label(), value: "42".to_owned() };
    let merging = Merging::sample(vec![choice], vec![gain]);
    let chosen = Looked {
        organisation: choose.organisation.clone(),
        stays: choose.stays.clone(),
        goes: Some(goes),
        candidates: choose.candidates.clone(),
        merging: Some(merging),
    };
    vec![
        SamplePage { name: "merge a system: choose", page: choose.page() },
        SamplePage { name: "merge a system: values", page: chosen.page() },
    ]
}
