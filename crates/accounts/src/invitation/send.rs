//! Inviting people: one form for one or many, by pasting lines.

use axum::extract::{Path, State};
use serde_json::json;
use store::Transaction;
use vocabulary::{OrganisationId, Reader, Role};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, Visit};

use super::{NewInvitation, Words, find_for, invite, letter, lines};
use crate::{
    Accounts, EmailAddress, Error, Organisation,
    membership::{By, managed},
    outbox, people,
    permission::{may_give, may_give_any},
    person, role_words,
};

const TEMPLATE: &str = "accounts/invitation/send.html";

/// The form.
pub(crate) async fn show(State(accounts): State<Accounts>, Path(id): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let organisation = people::of_visit(&accounts, &id, &visit.reader).await?;
    Ok(page(&organisation, &visit.reader).into())
}

pub(super) fn page(organisation: &Organisation, reader: &Reader) -> Page {
    let roles = may_give_any(reader, &organisation.id, organisation.participating);
    people::task(Page::new(TEMPLATE, web::say!("Invite people")), organisation)
        .extra("roles", role_words::choices(&roles, organisation))
        .data(
            json!({"organisation": organisation.id, "roles": roles, "most": lines::MOST, "days": super::GOOD_FOR_DAYS}),
        )
}

/// Letters go out to all of them, or to nobody when a line cannot be read.
pub(crate) async fn send(
    State(accounts): State<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["people", "role"])?;
    let organisation = people::of_visit(&accounts, &id, &visit.reader).await?;
    let refused = |errors| Ok(page(&organisation, &visit.reader).typed(&form).errors(errors).into());
    let (people, role) = match typed(&form, &organisation, &visit.reader) {
        Ok(typed) => typed,
        Err(errors) => return refused(errors),
    };
    match accounts.invite_all(&organisation.id, people, role, &visit.reader).await {
        Ok(count) => Ok(Answer::Redirect(format!("/organisations/{id}/people?invited={count}"))),
        Err(Error::Invalid(problems)) => {
            refused(problems.lines().map(|problem| FieldError::new("people", problem)).collect())
        }
        Err(error) => Err(Problem::from(error)),
    }
}

type Typed = (Vec<(EmailAddress, String)>, Role);

fn typed(form: &Form, organisation: &Organisation, reader: &Reader) -> Result<Typed, Vec<FieldError>> {
    let role = form.one("role").and_then(|word| word.parse::<Role>().ok());
    let role = role.filter(|role| may_give(reader, *role, &organisation.id, organisation.participating).is_ok());
    let people = lines::read(form.one("people").unwrap_or_default());
    let no_role = || FieldError::new("role", web::say!("Choose what they can do"));
    match (people, role) {
        (Ok(people), Some(role)) => Ok((people, role)),
        (people, role) => {
            let problems = people.err().unwrap_or_default();
            let mut errors: Vec<FieldError> =
                problems.into_iter().map(|problem| FieldError::new("people", problem)).collect();
            errors.extend(role.is_none().then(no_role));
            Err(errors)
        }
    }
}

impl Accounts {
    /// Invites all of them in one transaction, each with a letter. [`Error::Invalid`] has a line for each who cannot be
    /// invited; then nobody is.
    async fn invite_all(
        &self,
        organisation: &OrganisationId,
        people: Vec<(EmailAddress, String)>,
        role: Role,
        reader: &Reader,
    ) -> Result<usize, Error> {
        let (organisation, reader, accounts) = (organisation.clone(), reader.clone(), self.clone());
        let by = self.by(reader.person);
        let write = move |tx: &mut Transaction<'_>| -> Result<usize, Error> {
            let organisation = managed(tx, &reader, &organisation)?;
            may_give(&reader, role, &organisation.id, organisation.participating)?;
            let own = match reader.person {
                Some(person) => person::email(tx, person)?,
                None => None,
            };
            let mut problems = Vec::new();
            for (email, name) in &people {
                if own.as_ref() == Some(email) {
                    problems.push(web::say!(
                        "{email} is your own address. Nobody invites themselves",
                        email = email.as_str()
                    ));
                    continue;
                }
                let new = NewInvitation {
                    email: email.clone(),
                    name: name.clone(),
                    organisation: organisation.id.clone(),
                    role,
                };
                match invite_by_letter(tx, &accounts, (&organisation, &reader), &new, &by) {
                    Ok(()) => {}
                    Err(Error::Conflicting(problem)) => problems.push(problem),
                    Err(error) => return Err(error),
                }
            }
            match problems.is_empty() {
                true => Ok(people.len()),
                false => Err(Error::Invalid(problems.join("\n"))),
            }
        };
        self.store.write(write).await
    }
}

fn invite_by_letter(
    tx: &mut Transaction<'_>,
    accounts: &Accounts,
    (organisation, reader): (&Organisation, &Reader),
    new: &NewInvitation,
    by: &By,
) -> Result<(), Error> {
    let waits = find_for(tx, &new.organisation, &new.email)?;
    if waits.is_some_and(|role| may_give(reader, role, &organisation.id, organisation.participating).is_err()) {
        let message = web::say!("An operator has invited {email} already, in another role", email = new.email.as_str());
        return Err(Error::Conflicting(message));
    }
    let token = invite(tx, new, by)?;
    let link = accounts.invitation_address(&token);
    post(tx, organisation, new, &link, by)
}

/// Another letter for somebody who acts for the organisation already, in the role that they have: its link signs them in.
pub(crate) fn send_again(
    tx: &mut Transaction<'_>,
    accounts: &Accounts,
    organisation: &Organisation,
    new: &NewInvitation,
    by: &By,
) -> Result<(), Error> {
    let token = super::store::put(tx, new, by)?;
    let link = accounts.invitation_address(&token);
    post(tx, organisation, new, &link, by)
}

/// Puts the letter of an invitation into the outbox.
pub(super) fn post(
    tx: &mut Transaction<'_>,
    organisation: &Organisation,
    new: &NewInvitation,
    link: &str,
    by: &By,
) -> Result<(), Error> {
    let inviter = match by.actor {
        Some(actor) => person::name(tx, actor)?,
        None => None,
    };
    let useful_for = jiff::SignedDuration::from_hours(24 * super::GOOD_FOR_DAYS);
    let until = by.now + useful_for;
    let words = Words { inviter, organisation: organisation.name.clone(), role: new.role, until };
    outbox::put_for_address(tx, (&new.email, None), letter(&words, link, useful_for), by)?;
    Ok(())
}
