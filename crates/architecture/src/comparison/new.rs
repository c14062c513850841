//! Keeping a comparison under a name, for one's own organisation or for all participating bodies.

use accounts::{Deed, may};
use axum::extract::State;
use ledger::NewEvent;
use serde_json::json;
use vocabulary::{OrganisationId, Reader};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, Routes, Visit, say};

use super::{MOST, Saved, Typed, known_show, store};
use crate::compare::asked::{self, Place, Show, joined, query_of};
use crate::import::apply::Moment;
use crate::map::in_use::Body;
use crate::{Architecture, Refused};

pub(super) const TEMPLATE: &str = "architecture/comparison/new.html";
const PARAMETERS: &[&str] = &["organisation", "show"];

/// The addresses of this file.
pub(super) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .get("/comparisons/new", "Keep a comparison under a name", form)
        .parameters(PARAMETERS)
        .by("editors and stewards of the organisation")
        .post("/comparisons", "Save a comparison", save)
        .fields(&["organisation", "show", "name", "visibility"])
        .by("editors and stewards of the organisation")
}

/// For whom the reader keeps it.
fn keeper(reader: &Reader) -> Result<OrganisationId, Problem> {
    let acting = reader.acting.as_ref().ok_or_else(Problem::missing)?;
    may(reader, Deed::EditEstate, &acting.organisation)?;
    Ok(acting.organisation.clone())
}

async fn form(State(state): State<Architecture>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    keeper(&visit.reader)?;
    let (chosen, show) = question(&parameters.all("organisation"), parameters.one("show"))?;
    let reader = visit.reader.clone();
    let bodies = state.store.read(move |tx| compared(tx, &reader, &chosen)).await?;
    Ok(page(&bodies, show.as_deref(), &Form::default(), Vec::new()).into())
}

/// What is to be kept, as an address or a form says it.
fn question(ids: &[&str], show: Option<&str>) -> Result<(Vec<String>, Option<String>), Problem> {
    let chosen = asked::chosen(ids).map_err(|error| Problem::invalid(error.message))?;
    let show = known_show(show, chosen.len())?;
    Ok((chosen, show))
}

/// The organisations to compare, which must all be some that can be: whether they share anything does not matter.
fn compared(tx: &mut ::store::Transaction<'_>, reader: &Reader, chosen: &[String]) -> Result<Vec<Body>, Refused> {
    let read = asked::read(tx, reader, chosen)?;
    if !read.unknown.is_empty() {
        return Err(Refused::Invalid(say!("One of the organisations does not exist. Choose them again.")));
    }
    let all = || read.compared.iter().chain(&read.nothing);
    Ok(chosen.iter().filter_map(|id| all().find(|body| body.id == *id).cloned()).collect())
}

pub(super) fn page(bodies: &[Body], show: Option<&str>, form: &Form, errors: Vec<FieldError>) -> Page {
    let ids: Vec<String> = bodies.iter().map(|body| body.id.clone()).collect();
    let rows = show.and_then(|word| Show::from_word(word, bodies.len()));
    Page::new(TEMPLATE, say!("Save this comparison"))
        .section("compare")
        .back(say!("Back to the comparison"), Place::of(&ids).link(rows))
        .reading()
        .extra("organisations", joined(bodies))
        .extra("ids", ids)
        .extra("show", show)
        .data(json!({"organisations": bodies, "show": show}))
        .typed(form)
        .errors(errors)
        .private()
}

async fn save(State(state): State<Architecture>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["organisation", "show", "name", "visibility"])?;
    let keeper = keeper(&visit.reader)?;
    let (chosen, show) = question(&form.all("organisation"), form.one("show"))?;
    let reader = visit.reader.clone();
    let bodies = state.store.read(move |tx| compared(tx, &reader, &chosen)).await?;
    let typed = match Typed::read(&form) {
        Ok(typed) => typed,
        Err(errors) => return Ok(page(&bodies, show.as_deref(), &form, errors).into()),
    };
    let moment = Moment {
        now: state.clock.now(),
        today: state.clock.today(),
        chance: state.chance.clone(),
        actor: visit.reader.person,
    };
    let made = state.store.write(move |tx| {
        if store::count(tx, &keeper)? >= MOST {
            return Err(Refused::Conflicting(say!(
                "{most} comparisons are kept already. Delete one that is not needed any more.",
                most = MOST
            )));
        }
        let saved = Saved {
            id: moment.id()?,
            name: typed.name.clone(),
            organisation: keeper.to_string(),
            made_by: String::new(),
            compared: bodies.clone(),
            show: show.clone(),
            visibility: typed.visibility,
            made_at: moment.now.to_string(),
        };
        store::put(tx, &saved, moment.now)?;
        tell(tx, &saved, "saved", &moment)?;
        Ok(saved)
    });
    Ok(Answer::Redirect(format!("{}?saved=new", made.await?.address())))
}

/// Appends what happened to the ledger's events.
///
/// # Errors
/// When the engine fails, or there is no randomness.
pub(super) fn tell(
    tx: &mut ::store::Transaction<'_>,
    saved: &Saved,
    verb: &'static str,
    moment: &Moment,
) -> Result<(), Refused> {
    let organisations: Vec<&str> = saved.compared.iter().map(|body| body.id.as_str()).collect();
    let event = NewEvent {
        organisation: Some(store::organisation(saved)?),
        actor: moment.actor,
        verb,
        thing: saved.address(),
        details: json!({"organisations": organisations, "visibility": saved.visibility.word()}),
        erasable: false,
    };
    ledger::append(tx, &event, moment.now, &moment.chance)?;
    Ok(())
}

/// The address of the form that keeps this.
pub(crate) fn address(ids: &[String], show: Option<Show>) -> String {
    let show = show.map(|show| format!("&show={}", show.word())).unwrap_or_default();
    format!("/comparisons/new?{}{show}", query_of(ids))
}
