//! One organisation, for operators: who stewards it, what waits, another name, closing it and opening it again.

use ::store::Transaction;
use axum::extract::{Path, State as Slot};
use serde_json::json;
use vocabulary::{OrganisationId, Reader};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, SuccessBanner, Visit};

use super::{
    add::read_organisation_name,
    bodies::{self, Body},
    note_organisation, organisations, permitted_for_organisations, still_permitted_for_organisations,
};
use crate::{Accounts, Error, organisation};

const SHOW: &str = "accounts/operator/organisation.html";
const CLOSE: &str = "accounts/operator/close.html";

/// The page.
pub(crate) async fn show(Slot(accounts): Slot<Accounts>, Path(id): Path<String>, visit: Visit) -> Outcome {
    permitted_for_organisations(&visit.reader)?;
    let parameters = visit.parameters(&["done"])?;
    let (body, stewards) = found(&accounts, &id).await?;
    let page = page(&body, &stewards);
    Ok(match parameters.one("done").and_then(|done| said(done, &body.name)) {
        Some(text) => page.banner(SuccessBanner { text, link: None }).into(),
        None => page.into(),
    })
}

fn said(done: &str, name: &str) -> Option<String> {
    Some(match done {
        "added" => web::say!("{name} is added. Invite its first steward.", name = name),
        "renamed" => web::say!("It is called {name} from now on.", name = name),
        "closed" => web::say!("{name} is closed. Nobody acts for it any more.", name = name),
        "opened" => web::say!("{name} is open again. Invite its first steward.", name = name),
        _ => return None,
    })
}

async fn found(accounts: &Accounts, id: &str) -> Result<(Body, Vec<String>), Problem> {
    let id: OrganisationId = id.parse().map_err(|_| Problem::missing())?;
    let read = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        let body = bodies::one(tx, &id)?.ok_or(Error::Missing)?;
        Ok((body, bodies::stewards(tx, &id)?))
    };
    Ok(accounts.store.read(read).await?)
}

fn about_one(page: Page) -> Page {
    page.section("operator").back(web::say!("Organisations"), "/operator/organisations").reading().private()
}

pub(super) fn page(body: &Body, stewards: &[String]) -> Page {
    let mut data = organisations::shown(body);
    if let Some(data) = data.as_object_mut() {
        data.insert("steward_names".to_owned(), json!(stewards));
    }
    about_one(Page::new(SHOW, body.name.clone())).data(data)
}

/// From now on it has another name; the one before is kept as a former one.
pub(crate) async fn rename(
    Slot(accounts): Slot<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    permitted_for_organisations(&visit.reader)?;
    visit.parameters(&[])?;
    form.only(&["name"])?;
    let (body, stewards) = found(&accounts, &id).await?;
    let name = match read_organisation_name(form.one("name").unwrap_or_default()) {
        Ok(name) => name,
        Err(message) => {
            let page = page(&body, &stewards).typed(&form);
            return Ok(page.errors(vec![FieldError::new("name", message)]).into());
        }
    };
    let (reader, by) = (visit.reader.clone(), accounts.by(visit.reader.person));
    let write = move |tx: &mut Transaction<'_>| -> Result<(), Error> {
        still_permitted_for_organisations(tx, &reader)?;
        let mut renamed = organisation::here(tx, &body.id)?.ok_or(Error::Missing)?;
        if renamed.name == name {
            return Ok(());
        }
        let was = std::mem::replace(&mut renamed.name, name.clone());
        renamed.former_names.retain(|known| *known != was && *known != name);
        renamed.former_names.push(was.clone());
        organisation::put(tx, std::slice::from_ref(&renamed), by.now)?;
        note_organisation(tx, &renamed.id, "organisation-renamed", json!({"was": was, "name": name}), &by)
    };
    accounts.store.write(write).await?;
    Ok(Answer::Redirect(format!("/operator/organisations/{id}?done=renamed")))
}

/// What closing it does, or why it cannot be done.
pub(crate) async fn ask(Slot(accounts): Slot<Accounts>, Path(id): Path<String>, visit: Visit) -> Outcome {
    permitted_for_organisations(&visit.reader)?;
    visit.parameters(&[])?;
    let (body, _) = found(&accounts, &id).await?;
    let (of, acting) = (body.id.clone(), acting(&visit.reader)?);
    let refusal = match accounts.store.read(move |tx| bodies::closable(tx, &of, &acting)).await {
        Ok(()) => None,
        Err(Error::Conflicting(refusal)) => Some(refusal),
        Err(error) => return Err(error.into()),
    };
    Ok(close_page(&body, refusal).into())
}

fn acting(reader: &Reader) -> Result<OrganisationId, Problem> {
    reader.acting.as_ref().map(|acting| acting.organisation.clone()).ok_or_else(Problem::missing)
}

pub(super) fn close_page(body: &Body, refusal: Option<String>) -> Page {
    about_one(Page::new(CLOSE, web::say!("Close {organisation}", organisation = body.name)))
        .data(json!({"id": body.id, "name": body.name, "people": body.people, "cannot": refusal}))
}

/// From now on nobody acts for it.
pub(crate) async fn close(Slot(accounts): Slot<Accounts>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    permitted_for_organisations(&visit.reader)?;
    visit.parameters(&[])?;
    form.only(&[])?;
    let of: OrganisationId = id.parse().map_err(|_| Problem::missing())?;
    let (reader, by) = (visit.reader.clone(), accounts.by(visit.reader.person));
    let acting = acting(&visit.reader)?;
    let answer = web::say!("This organisation was closed here. Nobody acts for it any more.");
    let write = move |tx: &mut Transaction<'_>| -> Result<(), Error> {
        still_permitted_for_organisations(tx, &reader)?;
        bodies::one(tx, &of)?.ok_or(Error::Missing)?;
        bodies::closable(tx, &of, &acting)?;
        match bodies::close(tx, &of, &answer, &by)? {
            true => note_organisation(tx, &of, "organisation-closed", json!({}), &by),
            false => Ok(()),
        }
    };
    accounts.store.write(write).await?;
    Ok(Answer::Redirect(format!("/operator/organisations/{id}?done=closed")))
}

/// From now on people can act for it again. Nobody gets a role by that.
pub(crate) async fn open(Slot(accounts): Slot<Accounts>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    permitted_for_organisations(&visit.reader)?;
    visit.parameters(&[])?;
    form.only(&[])?;
    let of: OrganisationId = id.parse().map_err(|_| Problem::missing())?;
    let (reader, by) = (visit.reader.clone(), accounts.by(visit.reader.person));
    let write = move |tx: &mut Transaction<'_>| -> Result<(), Error> {
        still_permitted_for_organisations(tx, &reader)?;
        bodies::one(tx, &of)?.ok_or(Error::Missing)?;
        match bodies::open(tx, &of)? {
            true => note_organisation(tx, &of, "organisation-opened", json!({}), &by),
            false => Ok(()),
        }
    };
    accounts.store.write(write).await?;
    Ok(Answer::Redirect(format!("/operator/organisations/{id}?done=opened")))
}
