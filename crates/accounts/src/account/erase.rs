//! Erasing one's own account: what will happen, a word to type, then at once and for good.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use ledger::AboutPeople;
use serde_json::json;
use store::Transaction;
use vocabulary::{PersonId, Role};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, SamplePage, Visit};

use crate::{
    Accounts, Error,
    membership::{By, keeps_a_steward, note},
    organisation, person, sign_in,
};

const TEMPLATE: &str = "accounts/account/erase.html";
const DONE: &str = "accounts/account/erased.html";
/// What has to be typed. It is the same in every language.
const WORD: &str = "erase";

/// Why it cannot be done as things are: each with what to do first.
fn stands_against(tx: &mut Transaction<'_>, person: PersonId) -> Result<Vec<String>, Error> {
    let mut reasons = Vec::new();
    let mut operates = false;
    for membership in person::memberships(tx, person)? {
        operates |= membership.role == Role::Operator;
        let organisation = organisation::find(tx, &membership.organisation)?;
        if let (Role::Steward, Some(organisation)) = (membership.role, organisation) {
            match keeps_a_steward(tx, &organisation, person, false) {
                Ok(()) => {}
                Err(Error::Conflicting(reason)) => reasons.push(reason),
                Err(error) => return Err(error),
            }
        }
    }
    let others = tx.query_one(
        "SELECT COUNT(*) FROM membership WHERE role = 'operator' AND person <> $1",
        &store::values![person.to_string()],
        |row| row.integer(0),
    )?;
    if operates && others == 0 {
        reasons.push(web::say!(
            "You are the last operator, and somebody has to run this service. Make somebody else an operator first."
        ));
    }
    Ok(reasons)
}

/// What will happen, or what stands against it.
pub(crate) async fn show(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap) -> Outcome {
    visit.parameters(&[])?;
    let Some(own) = accounts.own(&headers).await? else {
        return Err(sign_in::first("/account/erase"));
    };
    let reasons = accounts.store.read(move |tx| stands_against(tx, own.person)).await?;
    Ok(page(&reasons).into())
}

fn page(reasons: &[String]) -> Page {
    Page::new(TEMPLATE, web::say!("Erase your account"))
        .section("account")
        .back(web::say!("Account"), "/account")
        .reading()
        .private()
        .data(json!({"stands_against": reasons, "word": WORD}))
}

/// It is done: there is nobody any more.
pub(crate) async fn erase(
    State(accounts): State<Accounts>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    visit.parameters(&[])?;
    form.only(&["confirm"])?;
    let Some(own) = accounts.own(&headers).await? else {
        return Err(sign_in::first("/account/erase"));
    };
    if !form.one("confirm").is_some_and(|typed| typed.eq_ignore_ascii_case(WORD)) {
        let message = web::say!("Type the word {word} to erase your account", word = WORD);
        let page = page(&[]).typed(&form).errors(vec![FieldError::new("confirm", message)]);
        return Ok(Answer::from(page).into_response());
    }
    let (subjects, by) = (accounts.about_people.clone(), accounts.by(Some(own.person)));
    let write = move |tx: &mut Transaction<'_>| erase_person(tx, &subjects, own.person, &by);
    match accounts.store.write(write).await? {
        Ok(()) => Ok(sign_in::with_cookie(Answer::from(done()), accounts.cookie().clear())),
        Err(reasons) => Ok(Answer::from(page(&reasons)).into_response()),
    }
}

/// Erases somebody everywhere, unless something stands against it. The organisations that they acted for keep an event.
pub(crate) fn erase_person(
    tx: &mut Transaction<'_>,
    subjects: &[AboutPeople],
    person: PersonId,
    by: &By,
) -> Result<Result<(), Vec<String>>, Error> {
    let reasons = stands_against(tx, person)?;
    if !reasons.is_empty() {
        return Ok(Err(reasons));
    }
    for membership in person::memberships(tx, person)? {
        let details = json!({"person": person, "was": membership.role});
        note(tx, &membership.organisation, "left", details, by)?;
    }
    person::erase(tx, subjects, person, by.now)?;
    Ok(Ok(()))
}

fn done() -> Page {
    Page::new(DONE, web::say!("Your account is erased")).section("account").reading().private().data(json!({}))
}

/// The pages in each of their states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let message = web::say!("Type the word {word} to erase your account", word = WORD);
    let refused = page(&[]).typed(&Form::of([("confirm", "yes")])).errors(vec![FieldError::new("confirm", message)]);
    let last = web::say!(
        "{organisation} would be left without a steward. Make somebody else a steward first.",
        organisation = "Ashmere Borough Council"
    );
    vec![
        SamplePage { name: "erase your account", page: page(&[]) },
        SamplePage { name: "erase your account, refused", page: refused },
        SamplePage { name: "erase your account, last steward", page: page(&[last]) },
        SamplePage { name: "your account is erased", page: done() },
    ]
}
