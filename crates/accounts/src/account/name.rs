//! Changing one's own name.

use axum::{extract::State, http::HeaderMap};
use serde_json::json;
use store::{Transaction, values};
use web::{Answer, FieldError, Form, Outcome, Page, SamplePage, Visit};

use crate::{
    Accounts, Error,
    person::{self, read_name},
    sign_in,
};

const TEMPLATE: &str = "accounts/account/name.html";
const HERE: &str = "/account/name";

/// The form.
pub(crate) async fn show(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap) -> Outcome {
    visit.parameters(&[])?;
    let Some(own) = accounts.own(&headers).await? else { return Err(sign_in::first(HERE)) };
    let read = move |tx: &mut Transaction<'_>| person::name(tx, own.person);
    let name = accounts.store.read(read).await.map_err(Error::from)?;
    Ok(page(&name.unwrap_or_default()).into())
}

fn page(name: &str) -> Page {
    Page::new(TEMPLATE, web::say!("Change your name"))
        .section("account")
        .back(web::say!("Account"), "/account")
        .reading()
        .private()
        .data(json!({"name": name}))
}

/// From now on this is the name.
pub(crate) async fn change(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["name"])?;
    let Some(own) = accounts.own(&headers).await? else { return Err(sign_in::first(HERE)) };
    let name = match read_name(form.one("name").unwrap_or_default()) {
        Ok(name) => name,
        Err(problem) => {
            let error = FieldError::new("name", problem.sentence());
            return Ok(page("").typed(&form).errors(vec![error]).into());
        }
    };
    let write = move |tx: &mut Transaction<'_>| {
        let named = values![own.person.to_string(), &name];
        tx.execute("UPDATE person SET name = $2 WHERE id = $1 AND erased_at IS NULL", &named)
    };
    accounts.store.write(write).await.map_err(Error::from)?;
    Ok(Answer::Redirect("/account?done=name".to_owned()))
}

/// The page in each of its states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let error = FieldError::new("name", person::NoName::Empty.sentence());
    vec![
        SamplePage { name: "change your name", page: page("Priya Shah") },
        SamplePage { name: "change your name, refused", page: page("").errors(vec![error]) },
    ]
}
