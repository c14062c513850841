//! The browsers on which one is signed in, and signing out on all others.
//!
//! A session keeps neither address nor browser, so there is nothing to show but when it began and when it was last used.

use axum::{extract::State, http::HeaderMap};
use serde_json::{Value, json};
use store::{Transaction, values};
use vocabulary::{PersonId, Timestamp};
use web::{Answer, Form, Outcome, Visit};

use crate::{Accounts, Error, error::damaged, session, sign_in, token::Token};

/// A session of one's own.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    pub(crate) made_at: Timestamp,
    pub(crate) seen_at: Timestamp,
    pub(crate) this_one: bool,
}

impl Own {
    pub(super) fn shown(&self) -> Value {
        json!({"began": self.made_at, "last_used": self.seen_at, "this_one": self.this_one})
    }
}

/// Sessions of a person that are good now, the latest first.
pub(super) fn of(
    tx: &mut Transaction<'_>,
    person: PersonId,
    this: &Token,
    now: Timestamp,
) -> Result<Vec<Own>, store::Error> {
    let (idle, longest) = session::good_since(now);
    let this = this.hash();
    tx.query(
        "SELECT token, made_at, seen_at FROM session WHERE person = $1 AND seen_at >= $2 AND made_at >= $3 \
         ORDER BY seen_at DESC, token",
        &values![person.to_string(), idle, longest],
        |row| {
            let moment = |at| Timestamp::from_microsecond(at).map_err(|_| damaged("a session"));
            Ok(Own {
                this_one: row.bytes(0)? == this,
                made_at: moment(row.integer(1)?)?,
                seen_at: moment(row.integer(2)?)?,
            })
        },
    )
}

/// Ends all sessions of the person but this one, and their sign-in links.
pub(crate) async fn end_others(
    State(accounts): State<Accounts>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&[])?;
    let Some(own) = accounts.own(&headers).await? else {
        return Err(sign_in::first("/account"));
    };
    let write = move |tx: &mut Transaction<'_>| -> Result<(), Error> {
        let person = own.person.to_string();
        tx.execute("DELETE FROM session WHERE person = $1 AND token <> $2", &values![&person, own.token.hash()])?;
        tx.execute("DELETE FROM sign_in_link WHERE person = $1", &values![&person])?;
        Ok(())
    };
    accounts.store.write(write).await?;
    Ok(Answer::Redirect("/account?done=elsewhere".to_owned()))
}
