//! Deciding about a request: approving it with a role that is the reader's to give, or declining it with a reason.

use ::store::Transaction;
use axum::extract::{Path, State as Slot};
use serde_json::json;
use vocabulary::{OrganisationId, Reader, Role};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, Visit};

use super::{
    JoinRequest, LONGEST_TEXT, State,
    own::already,
    read_text,
    store::{end, find},
    tell::{self, Decision},
};
use crate::{
    Accounts, Error, Organisation,
    membership::{Began, begin, managed, note},
    people,
    permission::{may_give, may_give_any},
    person, role_words,
};

const TEMPLATE: &str = "accounts/joining/decide.html";
/// The choice beside the roles.
const DECLINE: &str = "decline";

/// A request as those see it who decide.
pub(super) struct Case {
    pub(super) organisation: Organisation,
    pub(super) request: JoinRequest,
    pub(super) name: String,
    pub(super) email: String,
}

/// The request, and the choice.
pub(crate) async fn show(
    Slot(accounts): Slot<Accounts>,
    Path((id, request)): Path<(String, String)>,
    visit: Visit,
) -> Outcome {
    visit.parameters(&[])?;
    let case = case(&accounts, &id, request, &visit.reader).await?;
    Ok(page(&case, &visit.reader).into())
}

async fn case(accounts: &Accounts, id: &str, request: String, reader: &Reader) -> Result<Case, Problem> {
    let organisation = people::of_visit(accounts, id, reader).await?;
    let read = move |tx: &mut Transaction<'_>| -> Result<Case, Error> {
        let request = find(tx, &organisation.id, &request)?.ok_or(Error::Missing)?;
        Ok(Case {
            name: person::name(tx, request.person)?.unwrap_or_default(),
            email: person::email(tx, request.person)?.map(|email| email.to_string()).unwrap_or_default(),
            request,
            organisation,
        })
    };
    Ok(accounts.store.read(read).await?)
}

pub(super) fn page(case: &Case, reader: &Reader) -> Page {
    let Case { organisation, request, name, email } = case;
    let roles = may_give_any(reader, &organisation.id, organisation.participating);
    let (state_name, _) = request.state.said();
    let title = web::say!("{name} asks to act for {organisation}", name = name, organisation = organisation.name);
    people::task(Page::new(TEMPLATE, title), organisation)
        .extra("choices", role_words::choices(&roles, organisation))
        .extra("state_name", state_name)
        .extra("own", reader.person == Some(request.person))
        .data(json!({
            "organisation": organisation.id,
            "request": request.id,
            "person": request.person,
            "name": name,
            "email": email,
            "reason": request.reason,
            "asked_at": request.made_at,
            "state": request.state.word(),
            "roles": roles,
            "longest": LONGEST_TEXT,
        }))
}

enum Choice {
    Approve(Role),
    Decline(String),
}

fn choice(form: &Form, case: &Case, reader: &Reader) -> Result<Choice, FieldError> {
    let Organisation { id, participating, .. } = &case.organisation;
    if form.one("decision") == Some(DECLINE) {
        return match read_text(form.one("answer").unwrap_or_default()) {
            Ok(Some(answer)) => Ok(Choice::Decline(answer)),
            Ok(None) => {
                let name = &case.name;
                Err(FieldError::new("answer", web::say!("Write why, for {name} to read", name = name)))
            }
            Err(long) => Err(FieldError::new("answer", long.sentence())),
        };
    }
    let role = form.one("decision").and_then(|word| word.parse::<Role>().ok());
    let role = role.filter(|role| may_give(reader, *role, id, *participating).is_ok());
    role.map(Choice::Approve).ok_or_else(|| FieldError::new("decision", web::say!("Choose a role, or decline")))
}

/// The request is approved or declined, and who asked is told.
pub(crate) async fn decide(
    Slot(accounts): Slot<Accounts>,
    Path((id, request)): Path<(String, String)>,
    visit: Visit,
    form: Form,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["decision", "answer"])?;
    let case = case(&accounts, &id, request.clone(), &visit.reader).await?;
    let choice = match choice(&form, &case, &visit.reader) {
        Ok(choice) => choice,
        Err(error) => return Ok(page(&case, &visit.reader).typed(&form).errors(vec![error]).into()),
    };
    let done = match &choice {
        Choice::Approve(_) => "approved",
        Choice::Decline(_) => "declined",
    };
    let (reader, of) = (visit.reader.clone(), case.organisation.id.clone());
    let all = accounts.clone();
    let write = move |tx: &mut Transaction<'_>| all.settle(tx, &of, &request, &choice, &reader);
    accounts.store.write(write).await?;
    Ok(Answer::Redirect(format!("/organisations/{id}/people?done={done}")))
}

impl Accounts {
    fn settle(
        &self,
        tx: &mut Transaction<'_>,
        organisation: &OrganisationId,
        request: &str,
        choice: &Choice,
        reader: &Reader,
    ) -> Result<(), Error> {
        let by = self.by(reader.person);
        let organisation = managed(tx, reader, organisation)?;
        let request = find(tx, &organisation.id, request)?.ok_or(Error::Missing)?;
        if reader.person == Some(request.person) {
            return Err(Error::Conflicting(web::say!("Nobody decides about their own request. Ask somebody else.")));
        }
        if request.state != State::Waiting {
            return Err(already());
        }
        let decision = match choice {
            Choice::Approve(role) => {
                may_give(reader, *role, &organisation.id, organisation.participating)?;
                begin(tx, &organisation.id, request.person, *role, Began::Request(&request.id), &by)?;
                Decision::Approved(*role)
            }
            Choice::Decline(answer) => {
                let declined = State::Declined { answer: answer.clone(), at: by.now };
                if !end(tx, &request, &declined, &by)? {
                    return Err(already());
                }
                let details = json!({"request": request.id, "person": request.person});
                note(tx, &organisation.id, "join-declined", details, &by)?;
                Decision::Declined(answer)
            }
        };
        tell::decided(tx, &organisation, &request, &decision, &self.public_address, &by)?;
        Ok(())
    }
}
