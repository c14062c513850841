//! Everything that is held about oneself, as a page and as JSON.

use axum::{extract::State, http::HeaderMap};
use ledger::{Held, WhenErased};
use serde_json::{Value, json};
use store::Transaction;
use web::{Outcome, Page, SamplePage, Visit};

use crate::{Accounts, Error, about_people, sign_in};

const TEMPLATE: &str = "accounts/account/export.html";

/// The page.
pub(crate) async fn show(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap) -> Outcome {
    visit.parameters(&[])?;
    let Some(own) = accounts.own(&headers).await? else {
        return Err(sign_in::first("/account/export"));
    };
    let subjects = accounts.about_people.clone();
    let read = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        let Some(whom) = about_people::whom(tx, own.person)? else { return Ok(vec![]) };
        let mut held = Vec::new();
        for subject in &subjects {
            held.extend(subject.held(tx, &whom)?);
        }
        Ok(held)
    };
    let held = accounts.store.read(read).await?;
    Ok(page(&held).into())
}

fn page(held: &[Held]) -> Page {
    let there: Vec<&Held> = held.iter().filter(|held| !held.rows.is_empty()).collect();
    let nothing: Vec<&str> = held.iter().filter(|held| held.rows.is_empty()).map(|held| held.what.as_str()).collect();
    let shown = |held: &&Held| {
        json!({
            "place": held.place,
            "what": held.what,
            "kept_when_erased": held.when_erased == WhenErased::Kept,
            "rows": held.rows,
        })
    };
    let rows: usize = there.iter().map(|held| held.rows.len()).sum();
    Page::new(TEMPLATE, web::say!("What is held about you"))
        .section("account")
        .back(web::say!("Account"), "/account")
        .private()
        .extra("rows", rows)
        .data(json!({"held": there.iter().map(shown).collect::<Vec<Value>>(), "nothing_held": nothing}))
}

/// The page with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let row = |pairs: Value| pairs.as_object().cloned().unwrap_or_default();
    let held = vec![
        Held {
            place: "person",
            what: web::say!("You: your address and name, and the month in which you were last signed in"),
            when_erased: WhenErased::Kept,
            rows: vec![row(json!({"email": "priya.shah@ashmere.example", "name": "Priya Shah", "seen_month": null}))],
        },
        Held {
            place: "membership",
            what: web::say!("For whom you act, and in which role"),
            when_erased: WhenErased::Deleted,
            rows: vec![row(json!({"organisation": "ashmere", "role": "editor"}))],
        },
        Held {
            place: "outbox",
            what: web::say!("Letters to you that wait to be sent"),
            when_erased: WhenErased::Deleted,
            rows: vec![],
        },
    ];
    vec![SamplePage { name: "what is held about you", page: page(&held) }]
}
