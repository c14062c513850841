//! What can be done with an invitation that waits: another letter, or taking it back.

use axum::extract::{Path, State};
use store::Transaction;
use vocabulary::{OrganisationId, Reader};
use web::{Answer, Form, Outcome, Problem, Visit};

use super::{Invitation, NewInvitation, find, renew, send, withdraw};
use crate::{Accounts, Error, Organisation, membership::managed, permission::may_give};

/// Sends another letter. The link of the one before is good no longer.
pub(crate) async fn again(
    State(accounts): State<Accounts>,
    Path((id, invitation)): Path<(String, String)>,
    visit: Visit,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&[])?;
    let (organisation, reader, by) = (read(&id)?, visit.reader.clone(), accounts.by(visit.reader.person));
    let own = accounts.clone();
    let write = move |tx: &mut Transaction<'_>| -> Result<(), Error> {
        let (organisation, waiting) = theirs(tx, &reader, &organisation, &invitation)?;
        let token = renew(tx, &waiting, &by)?;
        let Invitation { email, name, role, .. } = waiting;
        let new = NewInvitation { email, name, organisation: organisation.id.clone(), role };
        send::post(tx, &organisation, &new, &own.invitation_address(&token), &by)
    };
    accounts.store.write(write).await?;
    Ok(Answer::Redirect(format!("/organisations/{id}/people?done=sent")))
}

/// Takes it back.
pub(crate) async fn take_back(
    State(accounts): State<Accounts>,
    Path((id, invitation)): Path<(String, String)>,
    visit: Visit,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&[])?;
    let (organisation, reader, by) = (read(&id)?, visit.reader.clone(), accounts.by(visit.reader.person));
    let write = move |tx: &mut Transaction<'_>| -> Result<(), Error> {
        let (_, waiting) = theirs(tx, &reader, &organisation, &invitation)?;
        withdraw(tx, &waiting, &by)
    };
    accounts.store.write(write).await?;
    Ok(Answer::Redirect(format!("/organisations/{id}/people?done=withdrawn")))
}

fn read(id: &str) -> Result<OrganisationId, Problem> {
    id.parse().map_err(|_| Problem::missing())
}

/// The invitation, if its role is the reader's to give. One that an operator made for an auditor is no steward's to renew.
fn theirs(
    tx: &mut Transaction<'_>,
    reader: &Reader,
    organisation: &OrganisationId,
    invitation: &str,
) -> Result<(Organisation, Invitation), Error> {
    let organisation = managed(tx, reader, organisation)?;
    let waiting = find(tx, &organisation.id, invitation)?.ok_or(Error::Missing)?;
    may_give(reader, waiting.role, &organisation.id, organisation.participating)?;
    Ok((organisation, waiting))
}
