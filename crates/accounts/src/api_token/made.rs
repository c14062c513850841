//! Making a token: what was typed, whether it may be, and the one page that shows it.

use axum::{extract::State, http::HeaderMap};
use serde_json::{Value, json};
use store::Transaction;
use vocabulary::{Chance, OrganisationId, PersonId, Scope, Timestamp};
use web::{FieldError, Form, Outcome, Page};

use super::{
    LIFETIMES, MOST, MOST_NAME, NewToken, Secret,
    mine::{ADDRESS, Mine, mine, refused, useful_to},
    scope_words, store as tokens,
};
use crate::{Accounts, Error, sign_in};

const TEMPLATE: &str = "accounts/token-made.html";

/// Makes one and shows it, once.
pub(crate) async fn make(State(accounts): State<Accounts>, headers: HeaderMap, form: Form) -> Outcome {
    form.only(&["name", "organisation", "scope", "days"])?;
    let Some(person) = accounts.signed_in_person(&headers).await? else {
        return Err(sign_in::first(ADDRESS));
    };
    let mine = mine(&accounts, person).await?;
    let new = match read(&mine, &form) {
        Ok(new) => new,
        Err(errors) => return Ok(refused(&mine, &form, errors).into()),
    };
    let secret = Secret::new(&accounts.chance).map_err(Error::from)?;
    let (now, chance) = (accounts.clock.now(), accounts.chance.clone());
    let (kept, written) = (new.clone(), secret.written());
    let write = move |tx: &mut Transaction<'_>| -> Result<bool, Error> {
        // Counted again where it is written: two forms at once are two tokens.
        if tokens::of_person(tx, person, now)?.len() >= MOST {
            return Ok(false);
        }
        let id = tokens::put(tx, person, &kept, &secret, now, &chance)?;
        let details = json!({"token": id, "scope": kept.scope, "expires_at": kept.expires_at(now).to_string()});
        record(tx, "token-made", person, kept.organisation.clone(), details, now, &chance)?;
        Ok(true)
    };
    match accounts.store.write(write).await? {
        true => Ok(page(&new, &written, now).into()),
        false => Ok(refused(&mine, &form, vec![FieldError::new("name", too_many())]).into()),
    }
}

fn too_many() -> String {
    web::say!("You have {most} tokens, the most that one person may have. Take one away first", most = MOST)
}

/// What was typed, or what is wrong with it.
fn read(mine: &Mine, form: &Form) -> Result<NewToken, Vec<FieldError>> {
    let mut errors = Vec::new();
    let name = form.one("name").unwrap_or_default();
    if name.is_empty() {
        errors.push(FieldError::new("name", web::say!("Enter what the token is for, such as nightly export")));
    } else if name.chars().count() > MOST_NAME || name.chars().any(char::is_control) {
        let message = web::say!("What the token is for must be {most} characters or fewer", most = MOST_NAME);
        errors.push(FieldError::new("name", message));
    }
    if mine.tokens.len() >= MOST {
        errors.push(FieldError::new("name", too_many()));
    }
    let scope = form.one("scope").and_then(|word| word.parse::<Scope>().ok());
    if scope.is_none() {
        errors.push(FieldError::new("scope", web::say!("Choose what the token may do")));
    }
    let chosen = form.one("organisation");
    let found = mine.memberships.iter().find(|membership| Some(membership.organisation.as_str()) == chosen);
    let found = found.or(mine.memberships.first().filter(|_| chosen.is_none() && mine.memberships.len() == 1));
    match (scope, found) {
        (None | Some(Scope::Public), _) => {}
        (Some(_), None) => {
            let message = web::say!("Choose for which of your organisations the token acts");
            errors.push(FieldError::new("organisation", message));
        }
        (Some(scope), Some(membership)) if !useful_to(scope, membership) => {
            let message = web::say!(
                "Your role at {organisation} does not include changing its estate",
                organisation = membership.organisation_name
            );
            errors.push(FieldError::new("scope", message));
        }
        (Some(_), Some(_)) => {}
    }
    let days = form.one("days").and_then(|days| days.parse::<u16>().ok()).filter(|days| LIFETIMES.contains(days));
    if days.is_none() {
        errors.push(FieldError::new("days", web::say!("Choose for how long the token is good")));
    }
    match (scope, days, errors.is_empty()) {
        (Some(scope), Some(days), true) => {
            let organisation = found.filter(|_| scope != Scope::Public).map(|found| found.organisation.clone());
            Ok(NewToken { name: name.to_owned(), organisation, scope, days })
        }
        _ => Err(errors),
    }
}

/// The page that shows it. Nobody keeps it, and there is no way back to it.
pub(crate) fn page(new: &NewToken, written: &str, now: Timestamp) -> Page {
    Page::new(TEMPLATE, web::say!("Copy your token now"))
        .section("account")
        .crumb(web::say!("Your account"), "/account")
        .crumb(web::say!("Your API tokens"), ADDRESS)
        .reading()
        .private()
        .extra("scope_name", scope_words(new.scope).0)
        .data(json!({
            "token": written,
            "name": new.name,
            "scope": new.scope,
            "organisation": new.organisation,
            "expires_at": new.expires_at(now),
        }))
}

/// Notes in the organisation's history that a token for it was made or taken away. One for nobody leaves no note.
pub(super) fn record(
    tx: &mut Transaction<'_>,
    verb: &'static str,
    person: PersonId,
    organisation: Option<OrganisationId>,
    details: Value,
    now: Timestamp,
    chance: &Chance,
) -> Result<(), Error> {
    let Some(organisation) = organisation else { return Ok(()) };
    let event = ledger::NewEvent {
        thing: format!("/organisations/{organisation}"),
        organisation: Some(organisation),
        actor: Some(person),
        verb,
        details,
        erasable: false,
    };
    ledger::append(tx, &event, now, chance)?;
    Ok(())
}
