//! A new letter for somebody who has an account: its link signs them in once, for whom they act already.

use ::store::Transaction;
use axum::extract::{Path, State as Slot};
use web::{Answer, Form, Outcome, Visit};

use super::{permitted, person_of, still_permitted, store};
use crate::{Accounts, EmailAddress, Error, invitation, organisation};

/// The letter is on its way. A link that was sent before for the same organisation is good no longer.
pub(crate) async fn again(Slot(accounts): Slot<Accounts>, Path(id): Path<String>, visit: Visit, form: Form) -> Outcome {
    permitted(&visit.reader)?;
    visit.parameters(&[])?;
    form.only(&[])?;
    let (person, reader) = (person_of(&id)?, visit.reader.clone());
    let (all, by) = (accounts.clone(), accounts.by(visit.reader.person));
    let write = move |tx: &mut Transaction<'_>| -> Result<(), Error> {
        still_permitted(tx, &reader)?;
        let account = store::one(tx, person)?.ok_or(Error::Missing)?;
        let conflicting = |message| Err(Error::Conflicting(message));
        if account.disabled_at.is_some() {
            return conflicting(web::say!("This account is disabled. Enable it first."));
        }
        let Some(email) = account.email.as_deref().and_then(|email| EmailAddress::parse(email).ok()) else {
            return conflicting(web::say!("No address of this person is known here, so no letter can go to them."));
        };
        let Some(acts) = account.memberships.first() else {
            return conflicting(web::say!("This person acts for nobody. Invite them under People of an organisation."));
        };
        let Some(organisation) = organisation::find(tx, &acts.organisation)? else { return Err(Error::Missing) };
        let new = invitation::NewInvitation {
            email,
            name: account.name.clone(),
            organisation: organisation.id.clone(),
            role: acts.role,
        };
        invitation::send::send_again(tx, &all, &organisation, &new, &by)
    };
    accounts.store.write(write).await?;
    Ok(Answer::Redirect(format!("/operator/people/{person}?done=invited")))
}
