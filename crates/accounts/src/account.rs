//! One's own account: who one is, for whom one acts, where one is signed in, and the ways to change, take out and erase it.

pub(crate) mod email;
pub(crate) mod erase;
pub(crate) mod export;
pub(crate) mod name;
pub(crate) mod sessions;

use axum::{extract::State, http::HeaderMap};
use serde_json::json;
use store::Transaction;
use vocabulary::{OrganisationId, Role};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, SamplePage, SuccessBanner, Visit};

use crate::{Accounts, Error, Token, joining, person, person::Membership, role_words, session, sign_in};

const TEMPLATE: &str = "accounts/account.html";
pub(crate) const PARAMETERS: &[&str] = &["done", "joined"];

/// What the page says of one person.
struct Account {
    name: String,
    email: String,
    memberships: Vec<Membership>,
    acting: Option<OrganisationId>,
    /// Requests to join that wait: id, and the name of the organisation.
    requests: Vec<(String, String)>,
    sessions: Vec<sessions::Own>,
    /// Whether they operate this copy once they have shown by a passkey who they are.
    withheld: bool,
}

/// Somebody who has signed in, and by which session: themselves, as whomever else they see.
pub(crate) struct Own {
    pub(crate) person: vocabulary::PersonId,
    pub(crate) token: Token,
}

impl Accounts {
    /// Whose browser this is.
    pub(crate) async fn own(&self, headers: &HeaderMap) -> Result<Option<Own>, Problem> {
        let session = self.session(headers, self.clock.now()).await?;
        Ok(session.and_then(|(token, session)| Some(Own { person: session.reader.person?, token })))
    }
}

/// Shows it; whoever has not signed in is asked to.
pub(crate) async fn show(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap) -> Outcome {
    let parameters = visit.parameters(PARAMETERS)?;
    let Some(account) = account(&accounts, &headers).await? else {
        return Err(sign_in::first("/account"));
    };
    let mut page = page(&account, accounts.demonstration).extra("seeing", visit.see_as.is_now());
    let done = parameters.one("done").or(parameters.one("joined").map(|_| "joined"));
    if let Some(text) = done.and_then(said) {
        page = page.banner(SuccessBanner { text, link: None });
    }
    Ok(page.into())
}

/// What was done, by the word in the address. A word that is none says nothing.
fn said(done: &str) -> Option<String> {
    Some(match done {
        "joined" => web::say!("You have accepted the invitation and are signed in."),
        "name" => web::say!("Your name is changed."),
        "asked" => {
            web::say!("If nobody else has that address, a link to it is on its way. It works once, for an hour.")
        }
        "email" => web::say!("Your email address is changed. The one before was told."),
        "elsewhere" => web::say!("You are signed out everywhere else."),
        _ => return None,
    })
}

/// The person's own account, as whomever else they see.
async fn account(accounts: &Accounts, headers: &HeaderMap) -> Result<Option<Account>, Problem> {
    let now = accounts.clock.now();
    let Some((token, session)) = accounts.session(headers, now).await? else { return Ok(None) };
    let Some(id) = session.reader.person else { return Ok(None) };
    let withheld = session.withheld;
    let acting = session.reader.acting.map(|acting| acting.organisation);
    let read = move |tx: &mut Transaction<'_>| -> Result<_, Error> {
        let waits = joining::store::of_person(tx, id)?;
        let waits = waits.into_iter().filter(|request| request.state == joining::State::Waiting);
        let requests = waits.map(|request| Ok((request.id.clone(), joining::find::name_of(tx, &request)?)));
        Ok(Account {
            requests: requests.collect::<Result<_, Error>>()?,
            name: person::name(tx, id)?.unwrap_or_default(),
            email: person::email(tx, id)?.map(|email| email.to_string()).unwrap_or_default(),
            memberships: person::memberships(tx, id)?,
            acting: acting.clone(),
            sessions: sessions::of(tx, id, &token, now)?,
            withheld,
        })
    };
    Ok(Some(accounts.store.read(read).await?))
}

/// From now on, acts for another of the person's organisations.
pub(crate) async fn act(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["organisation"])?;
    let (Some(account), Some(token)) = (account(&accounts, &headers).await?, accounts.cookie().read(&headers)) else {
        return Err(sign_in::first("/account"));
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
    let asked = |(id, organisation): &(String, String)| json!({"id": id, "organisation_name": organisation});
    Page::new(TEMPLATE, web::say!("Your account"))
        .section("account")
        .reading()
        .private()
        .extra("demonstration", demonstration)
        .data(json!({
            "name": account.name,
            "email": account.email,
            "memberships": memberships,
            "requests": account.requests.iter().map(asked).collect::<Vec<_>>(),
            "needs_passkey": account.withheld,
            "sessions": account.sessions.iter().map(sessions::Own::shown).collect::<Vec<_>>(),
        }))
}

/// The page in each of its states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let now = vocabulary::Timestamp::UNIX_EPOCH;
    let membership = |id: &str, name: &str, participating, role| {
        Some(Membership { organisation: id.parse().ok()?, organisation_name: name.to_owned(), participating, role })
    };
    let account = |memberships: Vec<Option<Membership>>| {
        let memberships: Vec<Membership> = memberships.into_iter().flatten().collect();
        Account {
            name: "Priya Shah".to_owned(),
            email: "priya.shah@ashmere.example".to_owned(),
            sessions: [true, false].map(|this_one| sessions::Own { made_at: now, seen_at: now, this_one }).to_vec(),
            requests: if memberships.is_empty() {
                vec![("1".to_owned(), "Ashmere Borough Council".to_owned())]
            } else {
                vec![]
            },
            acting: memberships.first().map(|first| first.organisation.clone()),
            memberships,
            withheld: false,
        }
    };
    let ashmere = || membership("ashmere", "Ashmere Borough Council", true, Role::Editor);
    let colne = || membership("colne", "Colne County Council", true, Role::Member);
    let fennel = || membership("fennel", "Fennel Software Ltd", false, Role::Member);
    let both = account(vec![ashmere(), colne()]);
    let operator = Account {
        withheld: true,
        ..account(vec![membership("ashmere", "Ashmere Borough Council", true, Role::Operator)])
    };
    let error = FieldError::new("organisation", web::say!("Choose one of the organisations that you act for"));
    let mut samples = vec![
        SamplePage { name: "account for two organisations", page: page(&both, true) },
        SamplePage { name: "account, seeing as another", page: page(&both, true).extra("seeing", true) },
        SamplePage { name: "account, refused", page: page(&both, false).errors(vec![error]) },
        SamplePage { name: "account at a supplier", page: page(&account(vec![fennel()]), false) },
        SamplePage { name: "account of an operator who is to confirm", page: page(&operator, false) },
        SamplePage { name: "account without an organisation", page: page(&account(vec![]), false) },
    ];
    samples.extend(name::samples());
    samples.extend(email::samples());
    samples.extend(export::samples());
    samples.extend(erase::samples());
    samples
}
