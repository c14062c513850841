//! What one does on the worklist without leaving it: says that a value is still right, puts a thing aside, takes it up again.
//!
//! "Still right" states the same value once more, as verified today: one statement, one change, which can be undone.

use accounts::Deed;
use axum::extract::{Path, State};
use serde_json::json;
use vocabulary::OrganisationId;
use web::{Answer, Form, Outcome, Problem, Routes, Visit, say};

use super::read::{put_aside, take_up, work};
use super::rule::{AGING, Reason};
use crate::change::{self, Stating, address_of, moment, permitted};
use crate::import::apply::Moment;
use crate::statement::store::{ChangeKind, present_of};
use crate::statement::{Attribute, Confidence, Stated, Statement};
use crate::{Architecture, Refused};

/// The addresses of this file.
pub(crate) fn routes(routes: Routes<Architecture>) -> Routes<Architecture> {
    routes
        .post("/organisations/{id}/worklist/confirm", "Say that a value is still right", confirm)
        .fields(&["subject", "field", "change", "show"])
        .by("editors and stewards of the organisation")
        .post("/organisations/{id}/worklist/aside", "Put a thing aside, or take it up again", aside)
        .fields(&["item", "back", "show"])
        .by("editors and stewards of the organisation")
}

/// Where one goes on: the part of the list from which one came, with what was done.
fn back(organisation: &OrganisationId, form: &Form, done: &str) -> String {
    let known = form.one("show").filter(|word| *word == "aside" || Reason::from_word(word).is_some());
    let show = known.map(|word| format!("show={word}&")).unwrap_or_default();
    format!("/organisations/{organisation}/worklist?{show}{done}")
}

async fn confirm(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    visit.parameters(&[])?;
    form.only(&["subject", "field", "change", "show"])?;
    let subject = form.one("subject").unwrap_or_default().to_owned();
    let attribute = form.one("field").and_then(Attribute::from_word).filter(|attribute| AGING.contains(attribute));
    let seen = form.one("change").and_then(|number| number.parse::<i64>().ok());
    let (Some(attribute), Some(seen)) = (attribute, seen) else {
        return Err(Problem::invalid(say!("Say which value of what is still right, and the change that stated it.")));
    };
    let moment = moment(&state, &visit.reader);
    let organisation = of.clone();
    let written = state.store.write(move |tx| still_right(tx, &organisation, &subject, attribute, seen, &moment));
    let number = written.await?;
    Ok(Answer::Redirect(back(&of, &form, &format!("change={number}"))))
}

/// States the same value again, as verified today.
///
/// # Errors
/// [`Refused::Missing`] for what is not in the estate; [`Refused::Conflicting`] when it says something else by now.
pub fn still_right(
    tx: &mut ::store::Transaction<'_>,
    organisation: &OrganisationId,
    subject: &str,
    attribute: Attribute,
    seen: i64,
    moment: &Moment,
) -> Result<i64, Refused> {
    let present = present_of(tx, organisation, subject)?;
    let recorded = present.get(&Attribute::Recorded).map(|standing| &standing.statement.value);
    let standing = present.get(&attribute).filter(|_| recorded == Some(&Some(Stated::Flag(true))));
    let standing = standing.ok_or(Refused::Missing)?;
    if standing.change != seen || standing.statement.value.is_none() {
        return Err(Refused::Conflicting(say!(
            "This value was changed since the page was made. Look at the list again."
        )));
    }
    let statement = Statement {
        source: "said to be still right".to_owned(),
        confidence: Confidence::Verified,
        as_of: moment.today,
        ..standing.statement.clone()
    };
    let thing = address_of(statement.kind, subject);
    let stating = Stating {
        kind: ChangeKind::Confirm,
        undoes: None,
        statements: vec![statement],
        privates: Vec::new(),
        verb: "confirmed",
        thing,
        details: json!({"attributes": [attribute.word()]}),
    };
    change::make(tx, organisation, &stating, moment)?.ok_or(Refused::Missing)
}

async fn aside(State(state): State<Architecture>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    let of = permitted(&visit.reader, Deed::EditEstate, &id)?;
    visit.parameters(&[])?;
    form.only(&["item", "back", "show"])?;
    let item = form.one("item").unwrap_or_default().to_owned();
    let returns = form.one("back") == Some("yes");
    let (moment, reader, organisation) = (moment(&state, &visit.reader), visit.reader.clone(), of.clone());
    let written = state.store.write(move |tx| {
        let work = work(tx, &reader, &organisation, moment.today)?;
        let among = if returns { &work.aside } else { &work.items };
        if !among.iter().any(|known| known.key.as_deref() == Some(item.as_str())) {
            return Err(Refused::Conflicting(say!("This is not in the list any more. Look at it again.")));
        }
        match returns {
            true => take_up(tx, &organisation, &item)?,
            false => put_aside(tx, &organisation, &item, moment.actor, moment.now)?,
        }
        Ok(())
    });
    written.await.map_err(Problem::from)?;
    Ok(Answer::Redirect(back(&of, &form, if returns { "moved=back" } else { "moved=aside" })))
}
