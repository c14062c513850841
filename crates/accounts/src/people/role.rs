//! Changing what somebody does for an organisation.

use axum::extract::{Path, State};
use serde_json::json;
use store::Transaction;
use vocabulary::{OrganisationId, PersonId, Reader, Role};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, Visit};

use super::{of_visit, person_of, task};
use crate::{
    Accounts, Error, Organisation,
    membership::{changeable, give, managed},
    permission::{may_give, may_give_any},
    person, role_words,
};

const TEMPLATE: &str = "accounts/people/role.html";

/// Somebody whose role the reader may change.
pub(super) struct Whom {
    pub(super) organisation: Organisation,
    pub(super) person: PersonId,
    pub(super) name: String,
    pub(super) role: Role,
}

/// Somebody of this organisation whose role is the reader's to change.
pub(super) async fn whom(accounts: &Accounts, id: &str, person: &str, reader: &Reader) -> Result<Whom, Problem> {
    let organisation = of_visit(accounts, id, reader).await?;
    let (person, reader) = (person_of(person)?, reader.clone());
    let read = move |tx: &mut Transaction<'_>| -> Result<Whom, Error> {
        let role = changeable(tx, &reader, &organisation, person)?.role;
        let name = person::name(tx, person)?.unwrap_or_default();
        Ok(Whom { organisation, person, name, role })
    };
    Ok(accounts.store.read(read).await?)
}

/// The choice of roles.
pub(crate) async fn show(
    State(accounts): State<Accounts>,
    Path((id, person)): Path<(String, String)>,
    visit: Visit,
) -> Outcome {
    visit.parameters(&[])?;
    let whom = whom(&accounts, &id, &person, &visit.reader).await?;
    Ok(page(&whom, &visit.reader).into())
}

pub(super) fn page(whom: &Whom, reader: &Reader) -> Page {
    let Whom { organisation, person, name, role } = whom;
    let mut roles = may_give_any(reader, &organisation.id, organisation.participating);
    // Where an organisation stopped participating, somebody may have a role that is given there no longer.
    if !roles.contains(role) {
        roles.insert(0, *role);
    }
    let page = Page::new(TEMPLATE, web::say!("Change what {name} can do", name = name));
    task(page, organisation).extra("choices", role_words::choices(&roles, organisation)).data(json!({
        "person": person,
        "name": name,
        "role": role,
        "role_name": role_words::name(*role),
        "roles": roles,
    }))
}

/// From the next request on, the person has this role.
pub(crate) async fn change(
    State(accounts): State<Accounts>,
    Path((id, person)): Path<(String, String)>,
    visit: Visit,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["role", "was"])?;
    let whom = whom(&accounts, &id, &person, &visit.reader).await?;
    let refused = |message| {
        let page = page(&whom, &visit.reader).typed(&form);
        Ok(page.errors(vec![FieldError::new("role", message)]).into())
    };
    let Some(role) = form.one("role").and_then(|word| word.parse::<Role>().ok()) else {
        return refused(web::say!("Choose what they can do"));
    };
    let was = form.one("was").map(str::to_owned);
    let (organisation, of, reader) = (whom.organisation.id.clone(), whom.person, visit.reader.clone());
    let by = accounts.by(visit.reader.person);
    let write = move |tx: &mut Transaction<'_>| -> Result<bool, Error> {
        let organisation: &OrganisationId = &organisation;
        let organisation = managed(tx, &reader, organisation)?;
        let acting = changeable(tx, &reader, &organisation, of)?;
        if was.as_deref().is_some_and(|was| was != acting.role.word()) {
            let message = web::say!("Somebody else changed this role meanwhile. Look again, then choose.");
            return Err(Error::Invalid(message));
        }
        may_give(&reader, role, &organisation.id, organisation.participating)?;
        give(tx, &organisation, of, role, &by)
    };
    match accounts.store.write(write).await {
        Ok(true) => Ok(Answer::Redirect(format!("/organisations/{id}/people?done=changed&who={of}"))),
        Ok(false) => Ok(Answer::Redirect(format!("/organisations/{id}/people"))),
        Err(Error::Conflicting(message) | Error::Invalid(message)) => refused(message),
        Err(error) => Err(Problem::from(error)),
    }
}
