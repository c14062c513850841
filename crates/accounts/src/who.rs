//! Who is asking: from a request's session cookie to a [`Reader`].

use std::{sync::Arc, time::Duration};

use axum::http::HeaderMap;
use store::Transaction;
use vocabulary::{Reader, Timestamp};
use web::Problem;

use crate::{Accounts, Error, session, token::Token};

/// How long a request waits until its session's last use is noted.
const PATIENCE: Duration = Duration::from_secs(2);

impl Accounts {
    /// The reader behind a request: a visitor without a session that is good now.
    ///
    /// # Errors
    /// When the database does not answer: then nobody is taken for a visitor by mistake.
    pub async fn reader(&self, headers: &HeaderMap) -> Result<Reader, Problem> {
        let Some(token) = self.cookie().read(headers) else {
            return Ok(Reader::visitor());
        };
        let now = self.clock.now();
        let asked = token.clone();
        let find = move |tx: &mut Transaction<'_>| session::find(tx, &asked, now);
        let Some(session) = self.store.read(find).await.map_err(Error::from)? else {
            return Ok(Reader::visitor());
        };
        if session.stale {
            self.touch(token, now).await;
        }
        Ok(session.reader)
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
        Box::pin(async move { accounts.reader(&headers).await })
    })
}
