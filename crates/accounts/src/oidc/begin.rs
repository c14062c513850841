//! Sending somebody to a provider, to sign in or to add an account there to their own.
//!
//! Signing in begins with a plain link, since a form that ends at another site is refused by this site's own content
//! security policy. So that no other site's link can begin it unasked, a browser that says it comes from elsewhere is led
//! to the sign-in page first. Adding an account begins with a form of this site, and a page with the link.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use store::Transaction;
use vocabulary::PersonId;
use web::{Answer, Problem, Visit};

use super::{
    attempt::Leaving,
    provider::{Provider, challenge},
};
use crate::{Accounts, Error, cookie, next};

/// Sends somebody away who wants to sign in.
pub(crate) async fn begin(
    State(accounts): State<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = visit.parameters(&["next"])?;
    let provider = accounts.sign_in.provider(&id).ok_or_else(Problem::missing)?.clone();
    let next = next::safe(parameters.one("next"));
    if visit.reader.person.is_some() {
        return Ok(Answer::Redirect(next).into_response());
    }
    if from_elsewhere(&headers) {
        return Ok(Answer::Redirect(crate::sign_in::address(&next)).into_response());
    }
    let (address, cookie) = accounts.send_away(&provider, &headers, &next, None, &visit.request_id).await?;
    let location = HeaderValue::from_str(&address).map_err(|error| Problem::internal(&error))?;
    let away = (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
    Ok(cookie::carried_by(away, cookie))
}

/// Whether the browser says that another site led it here (Fetch Metadata).
fn from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    matches!(site, Some("cross-site" | "same-site"))
}

impl Accounts {
    /// Where a provider sends people back to. Each has its own, so that one cannot pass for another.
    pub(crate) fn comes_back_to(&self, provider: &Provider) -> String {
        format!("{}/sign-in/with/{}/answer", self.public_address, provider.settings.id)
    }

    /// Remembers somebody and says where they are to go, with the cookie that they need on their way back.
    pub(crate) async fn send_away(
        &self,
        provider: &Arc<Provider>,
        headers: &HeaderMap,
        next: &str,
        person: Option<PersonId>,
        request: &str,
    ) -> Result<(String, Option<HeaderValue>), Problem> {
        let now = self.clock.now();
        let known = provider.known(now).await.map_err(|failure| {
            tracing::warn!(provider = %provider.settings.id, %failure, request, "a provider of sign-in is out of reach");
            out_of_reach(&provider.settings.label)
        })?;
        let cookie = self.away_cookie();
        let leaving = Leaving::new(cookie.read(headers), &self.chance)?;
        let verifier = challenge(leaving.verifier.as_str());
        let back = self.comes_back_to(provider);
        let address = provider.authorisation(&known, leaving.state.as_str(), leaving.nonce.as_str(), &verifier, &back);
        let browser = leaving.browser.clone();
        let (id, next) = (provider.settings.id.clone(), next.to_owned());
        let write = move |tx: &mut Transaction<'_>| leaving.put(tx, &id, &next, person, now);
        self.store.write(write).await.map_err(Error::from)?;
        Ok((address, cookie.set(&browser)))
    }
}

fn out_of_reach(label: &str) -> Problem {
    Problem::of_kind(
        vocabulary::Kind::Busy,
        web::say!("{label} does not answer, so you cannot sign in with it now.", label = label),
    )
    .title(web::say!("Sign-in is not possible right now"))
    .next(web::say!("Try again in a minute, or sign in another way."))
}
