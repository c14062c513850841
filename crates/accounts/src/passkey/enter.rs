//! Signing in with a passkey: a page with a challenge, then what the authenticator signed.
//!
//! Nobody says first who they are: the authenticator does. So nobody learns from it who has an account, and whoever has no
//! passkey here has nothing to choose from. The challenge is bound to the browser by the cookie of those who are away.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use store::Transaction;
use web::{Answer, Form, Page, Problem, Visit};

use super::{
    GOOD_FOR, Place, Unproved,
    challenge::{self, Purpose, To},
    encoded,
    store::{FIELDS, Proved, Sent, prove},
    with_challenge,
};
use crate::{Accounts, Error, cookie, next, person, session, sign_in, token::Token};

const TEMPLATE: &str = "accounts/passkey/enter.html";

/// What the browser is asked for (`PublicKeyCredentialRequestOptions`), bytes as base64url.
pub(super) fn options(challenge: [u8; 32], place: &Place, known: &[Vec<u8>]) -> Value {
    let known: Vec<_> = known.iter().map(|id| json!({"type": "public-key", "id": encoded(id)})).collect();
    json!({
        "challenge": encoded(challenge),
        "rpId": place.host(),
        "allowCredentials": known,
        "userVerification": "required",
        "timeout": GOOD_FOR / 1000,
    })
}

/// Somebody wants to sign in with one.
pub(crate) async fn begin(
    State(accounts): State<Accounts>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    visit.parameters(&[])?;
    form.only(&["next"])?;
    let next = next::safe(form.one("next"));
    if visit.reader.person.is_some() {
        return Ok(Answer::Redirect(next).into_response());
    }
    let place = accounts.place_to_sign_in()?;
    let cookie = accounts.away_cookie();
    let browser = match cookie.read(&headers) {
        // A browser that is away already keeps its own, so that two of its tabs can both go on.
        Some(browser) => browser,
        None => Token::new(&accounts.chance).map_err(Error::from)?,
    };
    let to = To { purpose: Purpose::SignIn, browser: browser.clone(), person: None };
    let (now, chance, after) = (accounts.clock.now(), accounts.chance.clone(), next.clone());
    let give = move |tx: &mut Transaction<'_>| challenge::give(tx, &to, &after, now, &chance);
    let challenge = accounts.store.write(give).await?;
    let page = page(&options(challenge, &place, &[]), &next);
    Ok(cookie::carried_by(Answer::from(page).into_response(), cookie.set(&browser)))
}

impl Accounts {
    /// Where passkeys belong, if they sign people in.
    fn place_to_sign_in(&self) -> Result<Place, Problem> {
        match self.passkeys_sign_in() {
            true => self.passkeys_work(),
            false => Err(Problem::missing()),
        }
    }
}

/// What the authenticator signed: whoever it is gets a session.
pub(crate) async fn enter(
    State(accounts): State<Accounts>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    visit.parameters(&[])?;
    form.only(&FIELDS)?;
    let place = accounts.place_to_sign_in()?;
    let browser = accounts.away_cookie().read(&headers).ok_or(Unproved::Challenge);
    let sent = browser.and_then(|browser| Ok((browser, Sent::read(&form, &place)?)));
    let (browser, sent) = sent.map_err(|unproved| refused(unproved, &visit.request_id))?;
    let before = accounts.cookie().read(&headers);
    let by = accounts.by(None);
    let entered = move |tx: &mut Transaction<'_>| -> Result<Result<(Token, Proved), Unproved>, Error> {
        let to = To { purpose: Purpose::SignIn, browser: browser.clone(), person: None };
        let proved = match prove(tx, &sent, &to, &place, &by)? {
            Ok(proved) => proved,
            Err(unproved) => return Ok(Err(unproved)),
        };
        // Whoever is kept out is told what a stranger is told.
        if person::is_disabled(tx, proved.person)? {
            return Ok(Err(Unproved::Unknown));
        }
        let token = session::start(tx, proved.person, None, before.as_ref(), by.now, &by.chance)?;
        session::began_with(tx, &token, "passkey")?;
        Ok(Ok((session::prove(tx, &token, &proved.passkey, by.now, &by.chance)?, proved)))
    };
    match accounts.store.write(entered).await? {
        Ok((token, proved)) => {
            Ok(cookie::carried_by(accounts.signed_in(&token, proved.next).await?, accounts.away_cookie().clear()))
        }
        Err(unproved) => Err(refused(unproved, &visit.request_id)),
    }
}

/// Why nobody was signed in or confirmed: one thing for all, but for a key that may have been copied.
pub(super) fn refused(unproved: Unproved, request: &str) -> Problem {
    tracing::warn!(failure = %unproved, request, "a passkey was refused");
    let problem = match unproved {
        Unproved::Counter => Problem::forbidden(web::say!(
            "This passkey has counted backwards, so there may be a copy of it. It was not accepted."
        ))
        .next(web::say!(
            "Use another passkey or another way in, and remove this one under \"How you sign in\". Tell whoever runs this service, with reference {reference}.",
            reference = request
        )),
        _ => Problem::forbidden(web::say!("This passkey is not known here, or what it said could not be checked.")).next(
            web::say!(
                "Begin again; a page is good for five minutes. If it happens again, send us reference {reference}.",
                reference = request
            ),
        ),
    };
    problem.title(web::say!("The passkey was not accepted"))
}

pub(super) fn page(options: &Value, next: &str) -> Page {
    let page = Page::new(TEMPLATE, web::say!("Sign in with a passkey"))
        .back(web::say!("Sign in"), sign_in::address(next))
        .extra("action", "/sign-in/passkey/enter");
    with_challenge(page, options).data(json!({"options": options}))
}
