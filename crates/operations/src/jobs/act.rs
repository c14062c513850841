//! What an operator does with a job: run it again, or at once; put it aside while it waits.

use axum::extract::{Path, State as Slot};
use ledger::job::{self, Moved, State};
use vocabulary::Kind;
use web::{Answer, Form, Outcome, Problem, Visit, say};

use crate::{Operations, permitted};

/// Runs a job again that was given up or cancelled, or one that waits at once.
pub(crate) async fn again(
    Slot(operations): Slot<Operations>,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    permitted(&visit.reader)?;
    form.only(&["back"])?;
    let (now, of) = (operations.clock.now(), id.clone());
    let moved = operations.store.write(move |tx| job::again(tx, &of, now)).await;
    let refused = say!("It is running, has ended well, or another job of the same kind waits for the same thing.");
    settled(moved.map_err(|error| ledger::store_problem(&error))?, refused)?;
    tracing::info!(id, "an operator ran a job again");
    Ok(back(&form, &id))
}

/// Puts a job aside that waits.
pub(crate) async fn cancel(
    Slot(operations): Slot<Operations>,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    permitted(&visit.reader)?;
    form.only(&["back"])?;
    let (now, of, kinds) = (operations.clock.now(), id.clone(), operations.kinds.clone());
    let moved = operations.store.write(move |tx| job::cancel(tx, &kinds, &of, now)).await;
    let refused = say!("It does not wait any more, or it recurs: what recurs can only be left to its next time.");
    settled(moved.map_err(|error| ledger::store_problem(&error))?, refused)?;
    tracing::info!(id, "an operator put a job aside");
    Ok(back(&form, &id))
}

fn settled(moved: Moved, refused: String) -> Result<(), Problem> {
    match moved {
        Moved::Done => Ok(()),
        Moved::Missing => Err(Problem::missing()),
        Moved::NotNow => {
            let next = say!("Look at the list of jobs again: it has changed since you saw it.");
            Err(Problem::of_kind(Kind::Conflicting, refused).next(next))
        }
    }
}

fn back(form: &Form, id: &str) -> Answer {
    let page = if form.one("back") == Some("overview") { "/operator" } else { "/operator/jobs" };
    Answer::Redirect(format!("{page}?changed={id}"))
}

/// What the banner says of a job that somebody did something with.
pub(crate) fn said_of(label: &str, state: State) -> String {
    match state {
        State::Cancelled => say!("\"{job}\" was put aside. It does not run unless you run it again.", job = label),
        State::Waiting => say!("\"{job}\" runs as soon as there is room.", job = label),
        State::Running => say!("\"{job}\" is running.", job = label),
        State::Done => say!("\"{job}\" has ended well.", job = label),
        State::GivenUp => say!("\"{job}\" was tried and failed again.", job = label),
    }
}
