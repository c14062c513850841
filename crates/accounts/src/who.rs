//! Who is asking: from a request's session cookie to a [`vocabulary::Reader`].

use std::{sync::Arc, time::Duration};

use axum::http::HeaderMap;
use store::Transaction;
use vocabulary::Timestamp;
use web::{Asking, Problem};

use crate::{
    Accounts, Error, see_as,
    session::{self, Session},
    token::Token,
};

/// How long a request waits until its session's last use is noted.
const PATIENCE: Duration = Duration::from_secs(2);

impl Accounts {
    /// Who is behind a request: a visitor without a session that is good now.
    ///
    /// # Errors
    /// When the database does not answer: then nobody is taken for a visitor by mistake.
    pub async fn asking(&self, headers: &HeaderMap) -> Result<Asking, Problem> {
        let now = self.clock.now();
        let Some((token, session)) = self.session(headers, now).await? else {
            return Ok(Asking::default());
        };
        if session.stale {
            self.touch(token, now).await;
        }
        Ok(see_as::asking(session.reader, session.see_as))
    }

    /// The session that a request carries, if it is good.
    pub(crate) async fn session(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Option<(Token, Session)>, Problem> {
        let Some(token) = self.cookie().read(headers) else {
            return Ok(None);
        };
        let asked = token.clone();
        let find = move |tx: &mut Transaction<'_>| session::find(tx, &asked, now);
        let found = self.store.read(find).await.map_err(Error::from)?;
        Ok(found.map(|session| (token, session)))
    }

    /// Notes that a session is in use. Reading waits two seconds for that at most, and goes on where nothing can be written: a
    /// note that is missed is made at the next request.
    async fn touch(&self, token: Token, now: Timestamp) {
        let touch = move |tx: &mut Transaction<'_>| session::touch(tx, &token, now);
        match tokio::time::timeout(PATIENCE, self.store.write(touch)).await {
            Ok(Ok(())) => {}
            Ok(Err(cause)) => tracing::warn!(%cause, "a session's last use could not be noted"),
            Err(_) => tracing::debug!("a session's last use was not noted: others are writing"),
        }
    }
}

/// For [`web::Site::who`]: every request, pages that are not found included, learns who asks.
pub fn who(accounts: &Accounts) -> web::Who {
    let accounts = accounts.clone();
    Arc::new(move |headers| {
        let accounts = accounts.clone();
        Box::pin(async move { accounts.asking(&headers).await })
    })
}
