//! One person as operators see them: for whom they act, by what they can come in, and what can be done.

use ::store::Transaction;
use axum::extract::{Path, State as Slot};
use serde_json::json;
use vocabulary::{Reader, Timestamp};
use web::{Outcome, Page, SuccessBanner, Visit};

use super::{
    Account, about_one, people, permitted, person_of,
    store::{self, WaysIn},
};
use crate::{Accounts, Error};

const TEMPLATE: &str = "accounts/operator/person.html";

/// The page.
pub(crate) async fn show(Slot(accounts): Slot<Accounts>, Path(id): Path<String>, visit: Visit) -> Outcome {
    permitted(&visit.reader)?;
    let parameters = visit.parameters(&["done"])?;
    let (id, now) = (person_of(&id)?, accounts.clock.now());
    let read = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        let account = store::one(tx, id)?.ok_or(Error::Missing)?;
        Ok((account, store::ways_in(tx, id, now)?))
    };
    let (account, ways_in) = accounts.store.read(read).await?;
    let page = page(&account, &ways_in, &visit.reader);
    Ok(match parameters.one("done").and_then(|done| said(done, &account.name)) {
        Some(text) => page.banner(SuccessBanner { text, link: None }).into(),
        None => page.into(),
    })
}

fn said(done: &str, name: &str) -> Option<String> {
    Some(match done {
        "disabled" => web::say!("{name} is kept out, on every browser and with every token.", name = name),
        "enabled" => web::say!("{name} can sign in again.", name = name),
        "invited" => web::say!("A letter with a new link is on its way to {name}.", name = name),
        _ => return None,
    })
}

pub(super) fn page(account: &Account, ways_in: &WaysIn, reader: &Reader) -> Page {
    let mut data = people::shown(account);
    let session = |(began, used): &(Timestamp, Timestamp)| json!({"began": began, "last_used": used});
    if let Some(data) = data.as_object_mut() {
        data.insert("sessions".to_owned(), ways_in.sessions.iter().map(session).collect());
        data.insert("tokens".to_owned(), ways_in.tokens.into());
        data.insert("accounts_elsewhere".to_owned(), json!(ways_in.issuers));
    }
    about_one(Page::new(TEMPLATE, account.name.clone())).extra("own", reader.person == Some(account.id)).data(data)
}
