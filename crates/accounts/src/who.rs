//! Who is asking: from a request's session cookie or API token to a [`vocabulary::Reader`].
//!
//! A request with a token is the token's, whatever cookie it carries: so no other site can add to it what a browser keeps.

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderMap, header};
use store::Transaction;
use vocabulary::{PersonId, Timestamp};
use web::{Asking, NavigationItem, Problem};

use crate::{
    Accounts, Error,
    api_token::{Secret, store as tokens},
    see_as,
    session::{self, Session},
    token::Token,
};

/// How long a request waits until its session's last use is noted.
const PATIENCE: Duration = Duration::from_secs(2);

/// For operators who have not shown by a passkey that it is them.
const TO_CONFIRM: NavigationItem =
    NavigationItem { id: "operator", text: "Operator", href: "/account/confirm?next=%2Foperator" };

impl Accounts {
    /// Who is behind a request: a visitor without a session that is good now.
    ///
    /// # Errors
    /// When the database does not answer: then nobody is taken for a visitor by mistake.
    pub async fn asking(&self, headers: &HeaderMap) -> Result<Asking, Problem> {
        let now = self.clock.now();
        if let Some(sent) = bearer(headers) {
            return self.asking_by_token(sent, now).await;
        }
        let Some((token, session)) = self.session(headers, now).await? else {
            return Ok(Asking::default());
        };
        if session.stale {
            self.touch(token, now).await;
        }
        // Where an operator's pages would be, stands the way to them.
        let items = if session.withheld { vec![TO_CONFIRM] } else { vec![] };
        Ok(Asking { items, ..see_as::asking(session.reader, session.see_as) })
    }

    /// Who asks by an API token. One that is not good is refused: a program that is taken for a visitor by mistake would miss what
    /// it came for without knowing.
    async fn asking_by_token(&self, sent: &str, now: Timestamp) -> Result<Asking, Problem> {
        let refused = || {
            Problem::not_recognised(web::say!(
                "It is unknown here, has ended, or its person no longer acts for its organisation."
            ))
            .next(web::say!("Make a new one on the page \"Your API tokens\"."))
        };
        let secret = Secret::read(sent).ok_or_else(refused)?;
        let find = move |tx: &mut Transaction<'_>| tokens::find(tx, &secret, now);
        let good = self.store.read(find).await.map_err(Error::from)?.ok_or_else(refused)?;
        if good.stale {
            let id = good.id;
            self.note(move |tx| tokens::touch(tx, id, now)).await;
        }
        Ok(Asking { token: Some(good.id), ..Asking::from(good.reader) })
    }

    /// The person who has signed in on the browser that sent a request. No token stands for them here.
    pub(crate) async fn signed_in_person(&self, headers: &HeaderMap) -> Result<Option<PersonId>, Problem> {
        let session = self.session(headers, self.clock.now()).await?;
        Ok(session.and_then(|(_, session)| session.reader.person))
    }

    /// The session that a request carries, if it is good.
    pub(crate) async fn session(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Option<(Token, Session)>, Problem> {
        let Some(token) = self.cookie().read(headers).filter(|_| bearer(headers).is_none()) else {
            return Ok(None);
        };
        let (asked, operators_need) = (token.clone(), self.operators_need);
        let find = move |tx: &mut Transaction<'_>| session::find(tx, &asked, operators_need, now);
        let found = self.store.read(find).await.map_err(Error::from)?;
        Ok(found.map(|session| (token, session)))
    }

    /// Notes that a session is in use.
    async fn touch(&self, token: Token, now: Timestamp) {
        self.note(move |tx| session::touch(tx, &token, now)).await;
    }

    /// Notes a last use. Reading waits two seconds for that at most, and goes on where nothing can be written: a note that is
    /// missed is made at the next request.
    async fn note(&self, note: impl FnMut(&mut Transaction<'_>) -> Result<(), store::Error> + Send + 'static) {
        match tokio::time::timeout(PATIENCE, self.store.write(note)).await {
            Ok(Ok(())) => {}
            Ok(Err(cause)) => tracing::warn!(%cause, "a last use could not be noted"),
            Err(_) => tracing::debug!("a last use was not noted: others are writing"),
        }
    }
}

/// The token that a program sends (RFC 6750, section 2.1), empty where it was left out: a program that lost its token is
/// refused and not taken for a visitor. Other schemes are a proxy's business.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// For [`web::Site::who`]: every request, pages that are not found included, learns who asks.
pub fn who(accounts: &Accounts) -> web::Who {
    let accounts = accounts.clone();
    Arc::new(move |headers| {
        let accounts = accounts.clone();
        Box::pin(async move { accounts.asking(&headers).await })
    })
}
