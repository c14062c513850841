//! Who is asking: from a request's session cookie to a [`Reader`].

use std::sync::Arc;

use axum::http::HeaderMap;
use store::Transaction;
use vocabulary::Reader;
use web::Problem;

use crate::{Accounts, Error, session};

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
            let touch = move |tx: &mut Transaction<'_>| session::touch(tx, &token, now);
            self.store.write(touch).await.map_err(Error::from)?;
        }
        Ok(session.reader)
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
