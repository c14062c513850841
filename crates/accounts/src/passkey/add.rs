//! Adding a passkey to one's own account: a page with a challenge, then what the authenticator made of it.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use store::Transaction;
use vocabulary::PersonId;
use web::{Answer, FieldError, Form, Outcome, Page, Problem, Visit};

use super::{
    GOOD_FOR, LONGEST_NAME, MOST, Place, Unproved, bytes_of,
    ceremony::{self, Ceremony, Words},
    challenge::{self, Purpose, To},
    confirm::{Standing, to_confirm},
    encoded, key, store as passkeys, tell, with_challenge,
};
use crate::{
    Accounts, Error, person, session,
    sign_in::{self, with_cookie},
    token::Token,
};

const TEMPLATE: &str = "accounts/passkey/add.html";

/// Somebody wants to add one: a page that asks for its name, with a challenge.
pub(crate) async fn begin(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&[])?;
    accounts.asked(&headers, None).await
}

impl Accounts {
    /// The page, with what was typed wrong before.
    async fn asked(&self, headers: &HeaderMap, wrong: Option<(Form, FieldError)>) -> Outcome {
        let place = self.passkeys_work()?;
        let Some(own) = self.own(headers).await? else { return Err(to_sign_in()) };
        let by = self.by(Some(own.person));
        let (person, here) = (own.person, own.token);
        let begun = move |tx: &mut Transaction<'_>| -> Result<Option<Begun>, Error> {
            if !Standing::read(tx, &here, person, by.now)?.may_change() {
                return Ok(None);
            }
            let to = To { purpose: Purpose::Add, browser: here.clone(), person: Some(person) };
            let challenge = challenge::give(tx, &to, "/account/sign-in", by.now, &by.chance)?;
            let email = person::email(tx, person)?.map(|email| email.to_string());
            let name = person::name(tx, person)?.unwrap_or_default();
            Ok(Some(Begun { person, challenge, email, name, known: passkeys::credentials(tx, person)? }))
        };
        let Some(begun) = self.store.write(begun).await? else { return Ok(to_confirm("/account/sign-in")) };
        let page = page(&begun.options(&place), &begun.name);
        Ok(match wrong {
            None => page.into(),
            Some((form, error)) => page.typed(&form).errors(vec![error]).into(),
        })
    }
}

/// Somebody who is about to make one.
struct Begun {
    person: PersonId,
    challenge: [u8; 32],
    email: Option<String>,
    name: String,
    /// What authenticators call those that they have: a device is not to make a second one.
    known: Vec<Vec<u8>>,
}

impl Begun {
    /// What the browser is asked for (`PublicKeyCredentialCreationOptions`), bytes as base64url.
    fn options(&self, place: &Place) -> Value {
        let algorithms = key::ALGORITHMS.map(|number| json!({"type": "public-key", "alg": number}));
        let known: Vec<_> = self.known.iter().map(|id| json!({"type": "public-key", "id": encoded(id)})).collect();
        json!({
            "challenge": encoded(self.challenge),
            "rp": {"id": place.host(), "name": "Commonhold"},
            "user": {
                "id": encoded(self.person.0.as_bytes()),
                "name": self.email.as_deref().unwrap_or(&self.name),
                "displayName": self.name,
            },
            "pubKeyCredParams": algorithms,
            "excludeCredentials": known,
            "authenticatorSelection":
                {"residentKey": "required", "requireResidentKey": true, "userVerification": "required"},
            "attestation": "none",
            "timeout": GOOD_FOR / 1000,
        })
    }
}

/// What the authenticator made.
pub(crate) async fn add(
    State(accounts): State<Accounts>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    visit.parameters(&[])?;
    form.only(&["name", "client_data", "attestation"])?;
    let place = accounts.passkeys_work()?;
    let Some(own) = accounts.own(&headers).await? else { return Err(to_sign_in()) };
    let name = match name(&form) {
        Ok(name) => name,
        Err(message) => {
            let error = FieldError::new("name", message);
            return Ok(accounts.asked(&headers, Some((form, error))).await?.into_response());
        }
    };
    let sent = bytes_of(&form, "client_data").and_then(|words| {
        let words = Words::read(&words, Ceremony::Create, &place)?;
        Ok((words, bytes_of(&form, "attestation")?))
    });
    let (words, attestation) = match sent {
        Ok(sent) => sent,
        Err(unproved) => return Err(refused(unproved, &visit.request_id)),
    };
    let by = accounts.by(Some(own.person));
    let address = accounts.public_address.clone();
    let write = move |tx: &mut Transaction<'_>| -> Result<Result<Token, Refusal>, Error> {
        let person = own.person;
        if !Standing::read(tx, &own.token, person, by.now)?.may_change() {
            return Ok(Err(Refusal::NotFresh));
        }
        let to = To { purpose: Purpose::Add, browser: own.token.clone(), person: Some(person) };
        if challenge::take(tx, &words.challenge, &to, by.now)?.is_none() {
            return Ok(Err(Refusal::Unproved(Unproved::Challenge)));
        }
        let made = match ceremony::made(&attestation, &place) {
            Ok(made) => made,
            Err(unproved) => return Ok(Err(Refusal::Unproved(unproved))),
        };
        if passkeys::of(tx, person)?.len() >= MOST {
            return Ok(Err(Refusal::TooMany));
        }
        let Some(id) = passkeys::put(tx, person, &name, &made, &by)? else { return Ok(Err(Refusal::Known)) };
        let what = web::say!(
            "The passkey \"{name}\" was added to your account in Commonhold. It signs in as you from now on.",
            name = name
        );
        let email = person::email(tx, person)?;
        tell(tx, person, email, (web::say!("A passkey was added to your account"), what), Some(&address), &by)?;
        Ok(Ok(session::prove(tx, &own.token, &id, by.now, &by.chance)?))
    };
    match accounts.store.write(write).await? {
        Ok(token) => {
            let done = Answer::Redirect("/account/sign-in?done=passkey-added".to_owned());
            Ok(with_cookie(done, accounts.cookie().set(&token)))
        }
        Err(Refusal::NotFresh) => Ok(to_confirm("/account/sign-in").into_response()),
        Err(Refusal::Unproved(unproved)) => Err(refused(unproved, &visit.request_id)),
        Err(Refusal::Known) => Err(Problem::conflicting(web::say!("This passkey was added before."))
            .next(web::say!("Go back to \"How you sign in\" to see yours."))),
        Err(Refusal::TooMany) => Err(Problem::conflicting(web::say!(
            "You have {most} passkeys, which is as many as there can be.",
            most = MOST
        ))
        .next(web::say!("Remove one that you no longer use under \"How you sign in\"."))),
    }
}

/// Why none was added.
enum Refusal {
    NotFresh,
    Unproved(Unproved),
    Known,
    TooMany,
}

/// What its person calls it.
fn name(form: &Form) -> Result<String, String> {
    let name = form.one("name").unwrap_or_default();
    if name.chars().count() > LONGEST_NAME {
        return Err(web::say!("The name of the passkey must be {most} characters or fewer", most = LONGEST_NAME));
    }
    if name.chars().any(char::is_control) {
        return Err(web::say!("The name of the passkey must be one line of letters and digits"));
    }
    match name.is_empty() {
        true => Err(web::say!("Enter a name for the passkey, such as: work telephone")),
        false => Ok(name.to_owned()),
    }
}

fn refused(unproved: Unproved, request: &str) -> Problem {
    tracing::warn!(failure = %unproved, request, "a passkey was not added");
    Problem::forbidden(web::say!("What your browser sent about the new passkey could not be checked. Nothing was changed."))
        .title(web::say!("The passkey was not added"))
        .next(web::say!(
            "Begin again under \"How you sign in\"; a page is good for five minutes. If it happens again, send us reference {reference}.",
            reference = request
        ))
}

fn to_sign_in() -> Problem {
    sign_in::first("/account/sign-in")
}

pub(super) fn page(options: &Value, name: &str) -> Page {
    let page = Page::new(TEMPLATE, web::say!("Add a passkey")).back(web::say!("How you sign in"), "/account/sign-in");
    with_challenge(page, options).data(json!({"name": name, "options": options}))
}

pub(super) fn sample_page() -> Page {
    let begun = Begun {
        person: PersonId(uuid::Uuid::nil()),
        challenge: [7; 32],
        email: Some("p.shah@ashmere.example".to_owned()),
        name: "Priya Shah".to_owned(),
        known: vec![],
    };
    let place = Place::of("https://commonhold.example");
    let options = place.map(|place| begun.options(&place));
    page(&options.unwrap_or_default(), "Priya Shah")
}
