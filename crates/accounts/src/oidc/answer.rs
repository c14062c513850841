//! Coming back from a provider: what was proved there becomes a session, an account that is added, or a refusal.
//!
//! Whatever is wrong, people are told the same, with a reference; the log has the reason under it. Neither holds
//! anything that the provider said of a person.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use form_urlencoded::parse;
use store::Transaction;
use web::{Answer, Problem, Visit};

use super::{
    Failure,
    arrive::{Arrived, arrive},
    attempt::{self, Attempt},
    jose::tame,
    provider::{Exchange, Provider},
};
use crate::{Accounts, Error, cookie, session, sign_in::with_cookie, token::Token};

/// Longest code and state that are looked at.
const LONGEST: usize = 4_000;

/// Somebody comes back.
pub(crate) async fn answer(
    State(accounts): State<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let provider = accounts.sign_in.provider(&id).ok_or_else(Problem::missing)?.clone();
    let label = &provider.settings.label;
    let come_back = match accounts.remembered(&provider, &visit.query, &headers).await? {
        Ok((attempt, code)) => accounts.proved(&provider, attempt, &code).await,
        Err(failure) => Err(failure),
    };
    let (attempt, proved) = match come_back {
        Ok(come_back) => come_back,
        Err(failure) => {
            tracing::warn!(provider = %id, %failure, request = %visit.request_id, "a sign-in was refused");
            return Err(refused(label, &visit.request_id));
        }
    };
    // An account is added to whoever left for it, and to nobody else who may use this browser by now.
    if attempt.person.is_some() && attempt.person != accounts.signed_in_person(&headers).await? {
        tracing::warn!(provider = %id, request = %visit.request_id, "an account was not added: another person is signed in");
        return Err(refused(label, &visit.request_id));
    }
    let before = accounts.cookie().read(&headers);
    let (now, chance) = (accounts.clock.now(), accounts.chance.clone());
    let (linking, of) = (attempt.person, provider.clone());
    let arrival = move |tx: &mut Transaction<'_>| -> Result<(Arrived, Option<Token>), Error> {
        let arrived = arrive(tx, &of.settings, &proved, linking, now, &chance)?;
        let Arrived::Somebody(person) = arrived else { return Ok((arrived, None)) };
        let token = session::start(tx, person, None, before.as_ref(), now, &chance)?;
        session::began_with(tx, &token, &format!("provider/{}", of.settings.id))?;
        Ok((arrived, Some(token)))
    };
    match accounts.store.write(arrival).await? {
        (_, Some(token)) => {
            Ok(cookie::carried_by(accounts.signed_in(&token, attempt.next).await?, accounts.away_cookie().clear()))
        }
        (Arrived::Added, _) => {
            let page = Answer::Redirect("/account/sign-in?done=added".to_owned());
            Ok(with_cookie(page, accounts.away_cookie().clear()))
        }
        (Arrived::TakenByAnother, _) => Ok(Answer::Redirect("/account/sign-in?done=taken".to_owned()).into_response()),
        (Arrived::NoAccess | Arrived::Somebody(_), _) => {
            tracing::info!(provider = %id, request = %visit.request_id, "somebody without access came from a provider");
            Err(no_access(label))
        }
    }
}

impl Accounts {
    /// What was remembered of whoever comes back with this query, and their code.
    async fn remembered(
        &self,
        provider: &Provider,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Result<(Attempt, String), Failure>, Problem> {
        let answer = match Answered::read(query) {
            Ok(answer) => answer,
            Err(failure) => return Ok(Err(failure)),
        };
        let (Some(state), Some(browser)) = (Token::read(&answer.state), self.away_cookie().read(headers)) else {
            return Ok(Err(Failure::Stranger));
        };
        let (id, now) = (provider.settings.id.clone(), self.clock.now());
        let take = move |tx: &mut Transaction<'_>| attempt::take(tx, &state, &browser, &id, now);
        let taken = self.store.write(take).await.map_err(Error::from)?;
        Ok(match (taken, answer.outcome) {
            (None, _) => Err(Failure::Stranger),
            // Whose answer it is, is checked before anything that it says is believed (RFC 9207).
            (Some(_), _) if answer.issuer.as_ref().is_some_and(|issuer| *issuer != provider.settings.issuer) => {
                Err(Failure::Answerer)
            }
            (Some(_), Err(error)) => Err(Failure::Refused(error)),
            (Some(attempt), Ok(code)) => Ok((Attempt { issuer_named: answer.issuer.is_some(), ..attempt }, code)),
        })
    }

    async fn proved(
        &self,
        provider: &Arc<Provider>,
        attempt: Attempt,
        code: &str,
    ) -> Result<(Attempt, super::provider::Proved), Failure> {
        let now = self.clock.now();
        let known = provider.known(now).await?;
        if known.answers_name_issuer && !attempt.issuer_named {
            return Err(Failure::Answerer);
        }
        let redirect = self.comes_back_to(provider);
        let exchange = Exchange { code, verifier: &attempt.verifier, nonce: &attempt.nonce, redirect: &redirect };
        let proved = provider.prove(&exchange, now, &self.chance).await?;
        Ok((attempt, proved))
    }
}

/// What the address carries that a provider sent somebody back to. What else it carries is the provider's business.
struct Answered {
    state: String,
    issuer: Option<String>,
    outcome: Result<String, String>,
}

impl Answered {
    fn read(query: &str) -> Result<Answered, Failure> {
        let one = |name: &str| {
            let mut found =
                parse(query.as_bytes()).filter(|(known, _)| known == name).map(|(_, value)| value.into_owned());
            let first = found.next().filter(|value| !value.is_empty() && value.len() <= LONGEST);
            // A parameter that comes twice could be read one way here and another way elsewhere.
            if found.next().is_some() { Err(Failure::Incomplete) } else { Ok(first) }
        };
        let state = one("state")?.ok_or(Failure::Incomplete)?;
        let outcome = match (one("code")?, one("error")?) {
            (Some(code), None) => Ok(code),
            (None, Some(error)) => Err(tame(&error)),
            _ => return Err(Failure::Incomplete),
        };
        Ok(Answered { state, issuer: one("iss")?, outcome })
    }
}

fn refused(label: &str, request: &str) -> Problem {
    Problem::forbidden(web::say!(
        "{label} did not say who you are, or what it said could not be checked. Nothing was changed.",
        label = label
    ))
    .title(web::say!("You were not signed in"))
    .next(web::say!(
        "Begin again with \"Sign in\" at the top. If it happens again, send us reference {reference}.",
        reference = request
    ))
}

fn no_access(label: &str) -> Problem {
    Problem::forbidden(web::say!(
        "{label} says who you are, but nobody has given this account access here.",
        label = label
    ))
    .title(web::say!("You have no access yet"))
    .next(web::say!(
        "Ask a steward of your organisation, or whoever runs this copy, to add you. If you can sign in here another way, do that, and add this account under \"Account\"."
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    #[test]
    fn an_answer_has_each_part_once() {
        let good = Answered::read("code=c%2B1&state=s&session_state=x&iss=https%3A%2F%2Fid.example").unwrap();
        assert_eq!((good.outcome, good.state.as_str()), (Ok("c+1".to_owned()), "s"));
        assert_eq!(good.issuer.as_deref(), Some("https://id.example"));
        let refused = Answered::read("error=access_denied%0a&state=s").unwrap();
        assert_eq!(refused.outcome, Err("access_denied".to_owned()));
        for bad in [
            "",
            "code=c",
            "state=s",
            "state=s&code=",
            "code=c&code=d&state=s",
            "code=c&state=s&state=t",
            "code=c&error=e&state=s",
        ] {
            assert!(Answered::read(bad).is_err(), "{bad}");
        }
    }
}
