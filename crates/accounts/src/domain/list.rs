//! The domains of an organisation: its stewards propose and remove, operators confirm.

use axum::extract::{Path, State};
use serde_json::json;
use store::Transaction;
use vocabulary::{OrganisationId, Reader};
use web::{Answer, Cell, FieldError, Form, Outcome, Page, Problem, SuccessBanner, Table, Visit};

use super::{
    Domain, OfOrganisation,
    store::{self as domains, confirm, propose, remove},
};
use crate::{
    Accounts, Deed, Error, Organisation, may,
    membership::{By, managed},
    people,
};

const TEMPLATE: &str = "accounts/domains.html";

/// What the page is made from.
pub(super) struct Domains {
    pub(super) organisation: Organisation,
    pub(super) domains: Vec<OfOrganisation>,
}

/// The list, and the form.
pub(crate) async fn show(State(accounts): State<Accounts>, Path(id): Path<String>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(&["done"])?;
    let found = read(&accounts, &id, &visit.reader).await?;
    let page = page(&found, &visit.reader);
    Ok(match parameters.one("done").and_then(said) {
        Some(text) => page.banner(SuccessBanner { text, link: None }).into(),
        None => page.into(),
    })
}

fn said(done: &str) -> Option<String> {
    Some(match done {
        "proposed" => web::say!("The domain waits for whoever runs this service to confirm it."),
        "confirmed" => web::say!("The domain is confirmed. People with an address in it can sign in and ask to join."),
        "removed" => web::say!("The domain is removed. Who came by it before keeps their account."),
        _ => return None,
    })
}

async fn read(accounts: &Accounts, id: &str, reader: &Reader) -> Result<Domains, Problem> {
    let organisation = people::of_visit(accounts, id, reader).await?;
    let read = move |tx: &mut Transaction<'_>| {
        let domains = domains::of(tx, &organisation.id)?;
        Ok(Domains { organisation, domains })
    };
    accounts.store.read(read).await.map_err(|error: ::store::Error| Error::from(error).into())
}

pub(super) fn page(found: &Domains, reader: &Reader) -> Page {
    let Domains { organisation, domains } = found;
    let shown = |of: &OfOrganisation| {
        json!({
            "domain": of.domain.as_str(),
            "in_script": of.domain.in_script(),
            "proposed_at": of.proposed_at,
            "confirmed_at": of.confirmed_at,
        })
    };
    let moment = |at: Option<vocabulary::Timestamp>| at.map_or(Cell::Empty, |at| Cell::Date(at.to_string()));
    let row = |of: &OfOrganisation| {
        vec![Cell::from(of.domain.as_str()), moment(Some(of.proposed_at)), moment(of.confirmed_at)]
    };
    let table = Table {
        name: format!("{}-domains", organisation.id),
        columns: vec!["domain", "proposed_at", "confirmed_at"],
        rows: domains.iter().map(row).collect(),
    };
    let title = web::say!("Email domains of {organisation}", organisation = organisation.name);
    people::task(Page::new(TEMPLATE, title), organisation)
        .extra("may_confirm", may(reader, Deed::ManageOrganisations, &organisation.id).is_ok())
        .table(table)
        .data(json!({
            "organisation": organisation.id,
            "domains": domains.iter().map(shown).collect::<Vec<_>>(),
        }))
}

/// A domain waits for an operator.
pub(crate) async fn offer(
    State(accounts): State<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    let refused = |found: &Domains, message| {
        let page = page(found, &visit.reader).typed(&form);
        Ok(page.errors(vec![FieldError::new("domain", message)]).into())
    };
    visit.parameters(&[])?;
    form.only(&["domain"])?;
    let found = read(&accounts, &id, &visit.reader).await?;
    let domain = match Domain::read(form.one("domain").unwrap_or_default()) {
        Ok(domain) => domain,
        Err(no_domain) => return refused(&found, no_domain.sentence()),
    };
    let change: Change = |tx, organisation, domain, by| propose(tx, organisation, domain, by);
    match accounts.change(&found, domain, &visit.reader, change).await {
        Ok(()) => Ok(Answer::Redirect(format!("/organisations/{id}/domains?done=proposed"))),
        Err(Error::Conflicting(message)) => refused(&found, message),
        Err(error) => Err(error.into()),
    }
}

/// People are recognised by a domain from now on. Operators only.
pub(crate) async fn accept(
    State(accounts): State<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    let change: Change = |tx, organisation, domain, by| confirm(tx, organisation, domain, by);
    let of: OrganisationId = id.parse().map_err(|_| Problem::missing())?;
    people::of_visit(&accounts, &id, &visit.reader).await?;
    may(&visit.reader, Deed::ManageOrganisations, &of)?;
    press(&accounts, &id, &visit, &form, change, "confirmed").await
}

/// Nobody new is recognised by a domain any more.
pub(crate) async fn take_away(
    State(accounts): State<Accounts>,
    Path(id): Path<String>,
    visit: Visit,
    form: Form,
) -> Outcome {
    let change: Change = |tx, organisation, domain, by| remove(tx, organisation, domain, by);
    press(&accounts, &id, &visit, &form, change, "removed").await
}

type Change = fn(&mut Transaction<'_>, &OrganisationId, &Domain, &By) -> Result<bool, Error>;

/// A button beside a domain.
async fn press(
    accounts: &Accounts,
    id: &str,
    visit: &Visit,
    form: &Form,
    change: Change,
    done: &'static str,
) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["domain"])?;
    let found = read(accounts, id, &visit.reader).await?;
    let typed = form.one("domain").unwrap_or_default();
    let Some(of) = found.domains.iter().find(|of| of.domain.as_str() == typed) else { return Err(Problem::missing()) };
    accounts.change(&found, of.domain.clone(), &visit.reader, change).await?;
    Ok(Answer::Redirect(format!("/organisations/{id}/domains?done={done}")))
}

impl Accounts {
    async fn change(&self, found: &Domains, domain: Domain, reader: &Reader, change: Change) -> Result<(), Error> {
        let (id, reader) = (found.organisation.id.clone(), reader.clone());
        let by = self.by(reader.person);
        let write = move |tx: &mut Transaction<'_>| -> Result<(), Error> {
            let organisation = managed(tx, &reader, &id)?;
            change(tx, &organisation.id, &domain, &by)?;
            Ok(())
        };
        self.store.write(write).await
    }
}
