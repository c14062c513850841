//! The account page: who one is, for whom one acts, and signing out.

use axum::{extract::State, http::HeaderMap};
use serde_json::json;
use store::Transaction;
use vocabulary::{OrganisationId, Role};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, SamplePage, SuccessBanner, Visit};

use crate::{Accounts, Error, person, person::Membership, role_words, session};

const TEMPLATE: &str = "accounts/account.html";
pub(crate) const PARAMETERS: &[&str] = &["joined"];

/// What the page says of one person.
struct Account {
    name: String,
    memberships: Vec<Membership>,
    acting: Option<OrganisationId>,
}

/// Shows it; whoever has not signed in is asked to.
pub(crate) async fn show(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let Some(account) = account(&accounts, &headers).await? else {
        return Ok(Answer::Redirect("/sign-in?next=/account".to_owned()));
    };
    let mut page = page(&account, accounts.demonstration).extra("seeing", visit.see_as.is_now());
    if parameters.one("joined").is_some() {
        let text = web::say!("You have accepted the invitation and are signed in.");
        page = page.banner(SuccessBanner { text, link: None });
    }
    Ok(page.into())
}

/// The person's own account, as whomever else they see.
async fn account(accounts: &Accounts, headers: &HeaderMap) -> Result<Option<Account>, Problem> {
    let session = accounts.session(headers, accounts.clock.now()).await?;
    let Some((reader, id)) = session.and_then(|(_, session)| session.reader.person.map(|id| (session.reader, id)))
    else {
        return Ok(None);
    };
    let read = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        Ok((person::name(tx, id)?, person::memberships(tx, id)?))
    };
    let (name, memberships) = accounts.store.read(read).await?;
    let acting = reader.acting.as_ref();
    Ok(Some(Account {
        name: name.unwrap_or_default(),
        memberships,
        acting: acting.map(|acting| acting.organisation.clone()),
    }))
}

/// From now on, acts for another of the person's organisations.
pub(crate) async fn act(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["organisation"])?;
    let (Some(account), Some(token)) = (account(&accounts, &headers).await?, accounts.cookie().read(&headers)) else {
        return Ok(Answer::Redirect("/sign-in?next=/account".to_owned()));
    };
    let wanted = form.one("organisation").and_then(|id| id.parse::<OrganisationId>().ok());
    let changed = match wanted {
        None => false,
        Some(wanted) => {
            let change = move |tx: &mut Transaction<'_>| session::act_for(tx, &token, &wanted);
            accounts.store.write(change).await.map_err(Error::from)?
        }
    };
    if changed {
        return Ok(Answer::Redirect("/account".to_owned()));
    }
    let message = web::say!("Choose one of the organisations that you act for");
    let page = page(&account, accounts.demonstration);
    Ok(page.errors(vec![FieldError::new("organisation", message)]).into())
}

fn page(account: &Account, demonstration: bool) -> Page {
    let acts = |membership: &Membership| account.acting.as_ref() == Some(&membership.organisation);
    let shown = |membership: &Membership| {
        json!({
            "organisation": membership.organisation,
            "organisation_name": membership.organisation_name,
            "role": membership.role,
            "role_name": role_words::name(membership.role),
            "can": role_words::can(membership.role, membership.participating, &membership.organisation_name),
            "acting": acts(membership),
        })
    };
    let memberships: Vec<_> = account.memberships.iter().map(shown).collect();
    Page::new(TEMPLATE, web::say!("Your account"))
        .section("account")
        .reading()
        .private()
        .extra("demonstration", demonstration)
        .data(json!({"name": account.name, "memberships": memberships}))
}

/// The page in each of its states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let membership = |id: &str, name: &str, participating, role| {
        Some(Membership { organisation: id.parse().ok()?, organisation_name: name.to_owned(), participating, role })
    };
    let account = |memberships: Vec<Option<Membership>>| {
        let memberships: Vec<Membership> = memberships.into_iter().flatten().collect();
        Account {
            name: "Priya Shah".to_owned(),
            acting: memberships.first().map(|first| first.organisation.clone()),
            memberships,
        }
    };
    let ashmere = || membership("ashmere", "Ashmere Borough Council", true, Role::Editor);
    let colne = || membership("colne", "Colne County Council", true, Role::Member);
    let fennel = || membership("fennel", "Fennel Software Ltd", false, Role::Member);
    let both = account(vec![ashmere(), colne()]);
    let error = FieldError::new("organisation", web::say!("Choose one of the organisations that you act for"));
    vec![
        SamplePage { name: "account for two organisations", page: page(&both, true) },
        SamplePage { name: "account, seeing as another", page: page(&both, true).extra("seeing", true) },
        SamplePage { name: "account, refused", page: page(&both, false).errors(vec![error]) },
        SamplePage { name: "account at a supplier", page: page(&account(vec![fennel()]), false) },
        SamplePage { name: "account without an organisation", page: page(&account(vec![]), false) },
    ]
}
