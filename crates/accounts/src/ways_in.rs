//! The page of the ways in which one signs in: accounts elsewhere are added and removed.
//!
//! The last way in cannot be removed, so that nobody locks themselves out.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::json;
use store::{Transaction, values};
use vocabulary::{PersonId, Timestamp};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, SamplePage, SuccessBanner, Visit};

use crate::{Accounts, EmailAddress, Error, SignIn, cookie, error::damaged, person};

const TEMPLATE: &str = "accounts/ways-in.html";
const ADD: &str = "accounts/ways-in-add.html";

/// By what one person signs in.
#[derive(Clone, Debug, Default)]
struct WaysIn {
    name: String,
    email: Option<EmailAddress>,
    elsewhere: Vec<Elsewhere>,
}

/// An account at a provider.
#[derive(Clone, Debug)]
struct Elsewhere {
    id: String,
    issuer: String,
    made_at: Timestamp,
    seen_at: Timestamp,
}

impl WaysIn {
    fn read(tx: &mut Transaction<'_>, person: PersonId) -> Result<WaysIn, store::Error> {
        let elsewhere = tx.query(
            "SELECT id, issuer, made_at, seen_at FROM identity WHERE person = $1 ORDER BY made_at, id",
            &values![person.to_string()],
            |row| {
                let moment = |at: i64| Timestamp::from_microsecond(at).map_err(|_| damaged("an account at a provider"));
                Ok(Elsewhere {
                    id: row.text(0)?,
                    issuer: row.text(1)?,
                    made_at: moment(row.integer(2)?)?,
                    seen_at: moment(row.integer(3)?)?,
                })
            },
        )?;
        Ok(WaysIn { name: person::name(tx, person)?.unwrap_or_default(), email: person::email(tx, person)?, elsewhere })
    }

    /// Whether they could still sign in without this account.
    fn spares(&self, id: &str, sign_in: &SignIn) -> bool {
        let by_link = sign_in.email_links() && self.email.is_some();
        let others = self.elsewhere.iter().filter(|account| account.id != id);
        by_link || others.filter(|account| sign_in.of_issuer(&account.issuer).is_some()).count() > 0
    }
}

/// Shows it; whoever has not signed in is asked to.
pub(crate) async fn show(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap) -> Outcome {
    let parameters = visit.parameters(&["done"])?;
    let Some((_, ways)) = accounts.ways_in(&headers).await? else { return Ok(to_sign_in()) };
    let page = page(&ways, &accounts.sign_in);
    let said = match parameters.one("done") {
        Some("added") => Some(web::say!("The account was added. It signs you in from now on.")),
        Some("removed") => Some(web::say!("The account was removed. It does not sign you in any more.")),
        Some("taken") => {
            let message =
                web::say!("This account was not added: it signs somebody else in here. Remove it there first");
            return Ok(page.errors(vec![FieldError::new("account", message)]).into());
        }
        _ => None,
    };
    Ok(match said {
        Some(text) => page.banner(SuccessBanner { text, link: None }),
        None => page,
    }
    .into())
}

/// Somebody wants to add an account: a page with the link that leads there.
pub(crate) async fn add(
    State(accounts): State<Accounts>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    visit.parameters(&[])?;
    form.only(&["provider"])?;
    let Some((person, ways)) = accounts.ways_in(&headers).await? else { return Ok(to_sign_in().into_response()) };
    let wanted = form.one("provider").and_then(|id| accounts.sign_in.provider(id));
    let provider = wanted.ok_or_else(Problem::missing)?.clone();
    let next = "/account/sign-in";
    let (address, cookie) = accounts.send_away(&provider, &headers, next, Some(person), &visit.request_id).await?;
    let page = add_page(&provider.settings.label, &ways.name, &address);
    Ok(cookie::carried_by(Answer::from(page).into_response(), cookie))
}

/// Removes an account, unless it is the last way in.
pub(crate) async fn remove(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["account"])?;
    let Some((person, _)) = accounts.ways_in(&headers).await? else { return Ok(to_sign_in()) };
    let Some(id) = form.one("account").map(str::to_owned) else { return Err(Problem::missing()) };
    let sign_in = accounts.sign_in.clone();
    let remove = move |tx: &mut Transaction<'_>| -> Result<Result<bool, WaysIn>, store::Error> {
        let ways = WaysIn::read(tx, person)?;
        if !ways.spares(&id, &sign_in) {
            return Ok(Err(ways));
        }
        let sql = "DELETE FROM identity WHERE id = $1 AND person = $2";
        Ok(Ok(tx.execute(sql, &values![&id, person.to_string()])? > 0))
    };
    match accounts.store.write(remove).await.map_err(Error::from)? {
        Ok(true) => Ok(Answer::Redirect("/account/sign-in?done=removed".to_owned())),
        Ok(false) => Err(Problem::missing()),
        Err(ways) => {
            let message = web::say!("This is your last way to sign in. Add another one first");
            Ok(page(&ways, &accounts.sign_in).errors(vec![FieldError::new("account", message)]).into())
        }
    }
}

impl Accounts {
    /// Those of whoever has signed in: the person themselves, as whomever else they see.
    async fn ways_in(&self, headers: &HeaderMap) -> Result<Option<(PersonId, WaysIn)>, Problem> {
        let Some(person) = self.signed_in_person(headers).await? else { return Ok(None) };
        let read = move |tx: &mut Transaction<'_>| WaysIn::read(tx, person);
        let ways = self.store.read(read).await.map_err(Error::from)?;
        Ok(Some((person, ways)))
    }
}

fn to_sign_in() -> Answer {
    Answer::Redirect("/sign-in?next=/account/sign-in".to_owned())
}

fn page(ways: &WaysIn, sign_in: &SignIn) -> Page {
    let shown = |account: &Elsewhere| {
        // A provider that is not configured any more is told by its address.
        let provider = sign_in.of_issuer(&account.issuer);
        json!({
            "id": account.id,
            "label": provider.map_or(account.issuer.as_str(), |provider| provider.settings.label.as_str()),
            "added_at": account.made_at,
            "used_at": account.seen_at,
        })
    };
    let accounts: Vec<_> = ways.elsewhere.iter().map(shown).collect();
    let has = |id: &str| {
        let issuer = sign_in.provider(id).map(|provider| provider.settings.issuer.as_str());
        ways.elsewhere.iter().any(|account| Some(account.issuer.as_str()) == issuer)
    };
    let missing = sign_in.choices().into_iter().filter(|(id, _)| !has(id));
    let providers: Vec<_> = missing.map(|(id, label)| json!({"id": id, "label": label})).collect();
    let email = ways.email.as_ref().filter(|_| sign_in.email_links()).map(EmailAddress::as_str);
    Page::new(TEMPLATE, web::say!("How you sign in"))
        .section("account")
        .crumb(web::say!("Your account"), "/account")
        .reading()
        .private()
        .data(json!({"email": email, "accounts": accounts, "providers": providers}))
}

fn add_page(label: &str, name: &str, address: &str) -> Page {
    Page::new(ADD, web::say!("Add an account at {provider}", provider = label))
        .section("account")
        .back(web::say!("How you sign in"), "/account/sign-in")
        .reading()
        .private()
        .data(json!({"provider": label, "name": name, "address": address}))
}

/// The pages in each of their states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let at = |text: &str| text.parse::<Timestamp>().unwrap_or_default();
    let account = |issuer: &str, id: &str| Elsewhere {
        id: id.to_owned(),
        issuer: issuer.to_owned(),
        made_at: at("2026-01-12T09:30:00Z"),
        seen_at: at("2026-03-03T08:05:00Z"),
    };
    let alone = WaysIn {
        name: "Priya Shah".to_owned(),
        email: EmailAddress::parse("p.shah@ashmere.example").ok(),
        elsewhere: vec![],
    };
    let several = WaysIn {
        elsewhere: vec![account("https://id.ashmere.example", "1"), account("https://id.former.example", "2")],
        ..alone.clone()
    };
    let (links, providers) = (SignIn::default(), SignIn::sample(true));
    let last = FieldError::new("account", web::say!("This is your last way to sign in. Add another one first"));
    let add = add_page("Ashmere Borough Council", "Priya Shah", "https://id.ashmere.example/authorise?state=x");
    vec![
        SamplePage { name: "ways in by link only", page: page(&alone, &links) },
        SamplePage { name: "ways in with providers, none added", page: page(&alone, &providers) },
        SamplePage { name: "ways in with accounts", page: page(&several, &providers) },
        SamplePage { name: "ways in, refused", page: page(&several, &SignIn::sample(false)).errors(vec![last]) },
        SamplePage { name: "adding an account", page: add },
    ]
}
