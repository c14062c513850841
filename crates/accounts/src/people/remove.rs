//! Ending what somebody does for an organisation: what will happen, then one button.

use axum::extract::{Path, State};
use serde_json::json;
use store::Transaction;
use vocabulary::Role;
use web::{Answer, Form, Outcome, Page, Visit};

use super::{
    role::{Whom, whom},
    task,
};
use crate::{
    Accounts, Error,
    membership::{By, changeable, end, keeps_a_steward, keeps_an_operator, managed},
    role_words,
};

const TEMPLATE: &str = "accounts/people/remove.html";

/// What will happen, or why it cannot.
pub(crate) async fn show(
    State(accounts): State<Accounts>,
    Path((id, person)): Path<(String, String)>,
    visit: Visit,
) -> Outcome {
    visit.parameters(&[])?;
    let whom = whom(&accounts, &id, &person, &visit.reader).await?;
    let (organisation, of, role) = (whom.organisation.clone(), whom.person, whom.role);
    let ask = move |tx: &mut Transaction<'_>| match role {
        Role::Steward => keeps_a_steward(tx, &organisation, of, false),
        Role::Operator => keeps_an_operator(tx, &organisation.id, of),
        _ => Ok(()),
    };
    let refusal = match accounts.store.read(ask).await {
        Ok(()) => None,
        Err(Error::Conflicting(refusal)) => Some(refusal),
        Err(error) => return Err(error.into()),
    };
    Ok(page(&whom, refusal).into())
}

pub(super) fn page(whom: &Whom, refusal: Option<String>) -> Page {
    let Whom { organisation, person, name, role } = whom;
    let title = web::say!("Remove {name} from {organisation}", name = name, organisation = organisation.name);
    task(Page::new(TEMPLATE, title), organisation).data(json!({
        "person": person,
        "name": name,
        "role": role,
        "role_name": role_words::name(*role),
        "cannot": refusal,
    }))
}

/// From the next request on, the person does nothing for the organisation any more.
pub(crate) async fn remove(
    State(accounts): State<Accounts>,
    Path((id, person)): Path<(String, String)>,
    visit: Visit,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&[])?;
    let whom = whom(&accounts, &id, &person, &visit.reader).await?;
    let (organisation, of, reader) = (whom.organisation.id.clone(), whom.person, visit.reader.clone());
    let by: By = accounts.by(visit.reader.person);
    let write = move |tx: &mut Transaction<'_>| -> Result<Role, Error> {
        let organisation = managed(tx, &reader, &organisation)?;
        changeable(tx, &reader, &organisation, of)?;
        end(tx, &organisation, of, "removed", &by)
    };
    accounts.store.write(write).await?;
    Ok(Answer::Redirect(format!("/organisations/{id}/people?done=changed&who={of}")))
}
