//! Changing one's own e-mail address: a link to the new one, which proves that its mail is read, and a notice to the old one.
//!
//! Whether somebody else has the new address is told to nobody: then the same is done and no letter sent.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use jiff::SignedDuration;
use serde_json::json;
use store::{Transaction, values};
use vocabulary::{PersonId, Timestamp};
use web::{Answer, FieldError, Form, Outcome, Page, SamplePage, Visit};

use crate::{
    Accounts, Block, EmailAddress, Error, Letter, error::damaged, membership::By, outbox, person, sign_in, token::Token,
};

const ASK: &str = "accounts/account/email.html";
const LINK: &str = "accounts/account/email-link.html";
const HERE: &str = "/account/email";
/// How long a link is good.
pub(crate) const GOOD_FOR: SignedDuration = SignedDuration::from_hours(1);
/// How long the notice to the old address is tried.
const NOTICE_FOR: SignedDuration = SignedDuration::from_hours(72);
/// Most links of one person that are good at the same time.
const MOST: i64 = 5;

/// The form.
pub(crate) async fn show(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap) -> Outcome {
    visit.parameters(&[])?;
    let Some(own) = accounts.own(&headers).await? else { return Err(sign_in::first(HERE)) };
    let read = move |tx: &mut Transaction<'_>| person::email(tx, own.person);
    let email = accounts.store.read(read).await.map_err(Error::from)?;
    Ok(ask_page(email.as_ref().map_or("", EmailAddress::as_str)).into())
}

fn ask_page(email: &str) -> Page {
    Page::new(ASK, web::say!("Change your email address"))
        .section("account")
        .back(web::say!("Account"), "/account")
        .reading()
        .private()
        .data(json!({"email": email}))
}

/// A link is on its way to the new address, if nobody else has it.
pub(crate) async fn ask(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["email"])?;
    let Some(own) = accounts.own(&headers).await? else { return Err(sign_in::first(HERE)) };
    let Ok(email) = EmailAddress::parse(form.one("email").unwrap_or_default()) else {
        let message = web::say!("Enter an email address, like name@example.gov.uk");
        return Ok(ask_page("").typed(&form).errors(vec![FieldError::new("email", message)]).into());
    };
    let by = accounts.by(Some(own.person));
    let token = Token::new(&accounts.chance).map_err(Error::from)?;
    let link = format!("{}/account/email/{}", accounts.public_address, token.as_str());
    let letter = Letter {
        subject: web::say!("Your new email address for Commonhold"),
        blocks: vec![
            Block::paragraph(web::say!(
                "Somebody who is signed in to Commonhold asked to use this address from now on."
            )),
            Block::paragraph(web::say!("Open this link and press \"Use this address\". It works once, for an hour.")),
            Block::button(web::say!("Look at the change"), link),
            Block::paragraph(web::say!("If it was not you, do nothing: without this link nothing is changed.")),
        ],
        useful_for: GOOD_FOR,
        unsubscribe: None,
    };
    let write = move |tx: &mut Transaction<'_>| ask_for(tx, own.person, &email, &token, letter.clone(), &by);
    accounts.store.write(write).await?;
    Ok(Answer::Redirect("/account?done=asked".to_owned()))
}

fn ask_for(
    tx: &mut Transaction<'_>,
    person: PersonId,
    email: &EmailAddress,
    token: &Token,
    letter: Letter,
    by: &By,
) -> Result<(), Error> {
    let at = by.now.as_microsecond();
    tx.execute("DELETE FROM email_change WHERE expires_at <= $1", &values![at])?;
    let sql = "SELECT COUNT(*) FROM email_change WHERE person = $1";
    if tx.query_one(sql, &values![person.to_string()], |row| row.integer(0))? >= MOST {
        return Err(Error::Conflicting(web::say!(
            "{most} links are on their way already. Use one of them, or wait an hour.",
            most = MOST
        )));
    }
    let taken = person::find_by_email(tx, email)?.is_some();
    let until = at + i64::try_from(GOOD_FOR.as_micros()).unwrap_or(0);
    tx.execute(
        "INSERT INTO email_change (token, person, email, made_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        &values![token.hash(), person.to_string(), email.as_str(), at, until],
    )?;
    let id = outbox::put_for_address(tx, (email, Some(person)), letter, by)?;
    if taken {
        // The same work, and nobody is written to.
        outbox::take_back(tx, &id)?;
    }
    Ok(())
}

/// A link that is good: whose it is and the address.
fn of_link(
    tx: &mut Transaction<'_>,
    token: &Token,
    now: Timestamp,
) -> Result<Option<(PersonId, EmailAddress)>, store::Error> {
    let found = tx.query_optional(
        "SELECT c.person, c.email FROM email_change c JOIN person p ON p.id = c.person \
         WHERE c.token = $1 AND c.expires_at > $2 AND p.erased_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM person other WHERE other.email = c.email)",
        &values![token.hash(), now.as_microsecond()],
        |row| Ok((row.text(0)?, row.text(1)?)),
    )?;
    let Some((person, email)) = found else { return Ok(None) };
    let refused = || damaged("email_change");
    Ok(Some((person.parse().map_err(|_| refused())?, EmailAddress::parse(&email).map_err(|_| refused())?)))
}

/// A link was opened. Only looks.
pub(crate) async fn open(State(accounts): State<Accounts>, Path(token): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let now = accounts.clock.now();
    let Some(token) = Token::read(&token) else { return Ok(link_page(None).into()) };
    let look = move |tx: &mut Transaction<'_>| of_link(tx, &token, now);
    let found = accounts.store.read(look).await.map_err(Error::from)?;
    Ok(link_page(found.as_ref().map(|(_, email)| email.as_str())).into())
}

fn link_page(email: Option<&str>) -> Page {
    let title = match email {
        Some(_) => web::say!("Use this address from now on"),
        None => web::say!("This link has been used or is too old"),
    };
    let page = Page::new(LINK, title).section("account").reading().private();
    let page = if email.is_some() { page } else { page.gone() };
    page.data(json!({"email": email}))
}

/// The button was pressed: the address is changed, and the old one is told.
pub(crate) async fn change(
    State(accounts): State<Accounts>,
    Path(token): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&[])?;
    let Some(token) = Token::read(&token) else { return Ok(link_page(None).into()) };
    let by = accounts.by(None);
    let notice = Letter {
        subject: web::say!("Your email address for Commonhold was changed"),
        blocks: vec![
            Block::paragraph(web::say!(
                "From now on, your account in Commonhold has another email address, and this one signs in no longer."
            )),
            Block::paragraph(web::say!(
                "If it was not you, tell a steward of your organisation or whoever runs the service at once."
            )),
            Block::link(web::say!("Commonhold"), accounts.public_address.clone()),
        ],
        useful_for: NOTICE_FOR,
        unsubscribe: None,
    };
    let write = move |tx: &mut Transaction<'_>| -> Result<bool, Error> {
        let Some((person, email)) = of_link(tx, &token, by.now)? else { return Ok(false) };
        let old = person::email(tx, person)?;
        let id = person.to_string();
        tx.execute("UPDATE person SET email = $2 WHERE id = $1", &values![&id, email.as_str()])?;
        for table in ["email_change", "sign_in_link"] {
            tx.execute(&format!("DELETE FROM {table} WHERE person = $1"), &values![&id])?;
        }
        if let Some(old) = old {
            outbox::put_for_address(tx, (&old, Some(person)), notice.clone(), &by)?;
        }
        Ok(true)
    };
    match accounts.store.write(write).await? {
        true => Ok(Answer::Redirect("/account?done=email".to_owned())),
        false => Ok(link_page(None).into()),
    }
}

/// The pages in each of their states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let message = web::say!("Enter an email address, like name@example.gov.uk");
    let refused = ask_page("priya.shah@ashmere.example").typed(&Form::of([("email", "priya")]));
    vec![
        SamplePage { name: "change your address", page: ask_page("priya.shah@ashmere.example") },
        SamplePage {
            name: "change your address, refused",
            page: refused.errors(vec![FieldError::new("email", message)]),
        },
        SamplePage { name: "link to a new address", page: link_page(Some("p.shah@ashmere.example")) },
        SamplePage { name: "link to a new address, used", page: link_page(None) },
    ]
}
