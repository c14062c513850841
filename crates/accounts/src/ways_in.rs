//! The page of the ways in which one signs in: passkeys and accounts elsewhere are added and removed.
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

use crate::{
    Accounts, EmailAddress, Error, SignIn, cookie, error::damaged, passkey, passkey::Passkey, person, sign_in,
};

const TEMPLATE: &str = "accounts/ways-in.html";
const ADD: &str = "accounts/ways-in-add.html";

/// By what one person signs in.
#[derive(Clone, Debug, Default)]
struct WaysIn {
    name: String,
    email: Option<EmailAddress>,
    elsewhere: Vec<Elsewhere>,
    passkeys: Vec<Passkey>,
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
        Ok(WaysIn {
            name: person::name(tx, person)?.unwrap_or_default(),
            email: person::email(tx, person)?,
            elsewhere,
            passkeys: passkey::store::of(tx, person)?,
        })
    }

    /// Whether they could still sign in without this account.
    fn spares(&self, id: &str, here: &Here) -> bool {
        self.by_others(id, here) || (here.passkeys_sign_in && !self.passkeys.is_empty())
    }

    /// Whether they could still sign in without one of their passkeys.
    fn spares_passkey(&self, here: &Here) -> bool {
        !here.passkeys_sign_in || self.passkeys.len() > 1 || self.by_others("", here)
    }

    /// Whether they can sign in by a link or by another account than this one.
    fn by_others(&self, id: &str, here: &Here) -> bool {
        let by_link = here.sign_in.email_links() && self.email.is_some();
        let others = self.elsewhere.iter().filter(|account| account.id != id);
        by_link || others.filter(|account| here.sign_in.of_issuer(&account.issuer).is_some()).count() > 0
    }
}

/// What ways in this copy has.
#[derive(Clone, Debug)]
struct Here {
    sign_in: SignIn,
    /// Whether browsers have passkeys here.
    passkeys: bool,
    /// Whether they begin a session by themselves.
    passkeys_sign_in: bool,
}

/// Refuses where the last passkey of somebody is their last way in.
pub(crate) fn spares_passkey(tx: &mut Transaction<'_>, accounts: &Accounts, person: PersonId) -> Result<(), Error> {
    match WaysIn::read(tx, person)?.spares_passkey(&accounts.here()) {
        true => Ok(()),
        false => Err(Error::Conflicting(last_way())),
    }
}

fn last_way() -> String {
    web::say!("This is your last way to sign in. Add another one first")
}

/// Shows it; whoever has not signed in is asked to.
pub(crate) async fn show(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap) -> Outcome {
    let parameters = visit.parameters(&["done"])?;
    let Some((_, ways)) = accounts.ways_in(&headers).await? else { return Err(to_sign_in()) };
    let page = page(&ways, &accounts.here());
    let said = match parameters.one("done") {
        Some("added") => Some(web::say!("The account was added. It signs you in from now on.")),
        Some("removed") => Some(web::say!("The account was removed. It does not sign you in any more.")),
        Some("passkey-added") => Some(web::say!("The passkey was added. Use it the next time you sign in.")),
        Some("passkey-removed") => Some(web::say!("The passkey was removed. It does not sign you in any more.")),
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
    let Some((person, ways)) = accounts.ways_in(&headers).await? else { return Err(to_sign_in()) };
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
    let Some((person, _)) = accounts.ways_in(&headers).await? else { return Err(to_sign_in()) };
    let Some(id) = form.one("account").map(str::to_owned) else { return Err(Problem::missing()) };
    let here = accounts.here();
    let remove = move |tx: &mut Transaction<'_>| -> Result<Result<bool, WaysIn>, store::Error> {
        let ways = WaysIn::read(tx, person)?;
        if !ways.spares(&id, &here) {
            return Ok(Err(ways));
        }
        let sql = "DELETE FROM identity WHERE id = $1 AND person = $2";
        Ok(Ok(tx.execute(sql, &values![&id, person.to_string()])? > 0))
    };
    match accounts.store.write(remove).await.map_err(Error::from)? {
        Ok(true) => Ok(Answer::Redirect("/account/sign-in?done=removed".to_owned())),
        Ok(false) => Err(Problem::missing()),
        Err(ways) => Ok(page(&ways, &accounts.here()).errors(vec![FieldError::new("account", last_way())]).into()),
    }
}

impl Accounts {
    fn here(&self) -> Here {
        Here {
            sign_in: self.sign_in.clone(),
            passkeys: self.place().is_some(),
            passkeys_sign_in: self.passkeys_sign_in(),
        }
    }

    /// Those of whoever has signed in: the person themselves, as whomever else they see.
    async fn ways_in(&self, headers: &HeaderMap) -> Result<Option<(PersonId, WaysIn)>, Problem> {
        let Some(person) = self.signed_in_person(headers).await? else { return Ok(None) };
        let read = move |tx: &mut Transaction<'_>| WaysIn::read(tx, person);
        let ways = self.store.read(read).await.map_err(Error::from)?;
        Ok(Some((person, ways)))
    }
}

fn to_sign_in() -> Problem {
    sign_in::first("/account/sign-in")
}

fn page(ways: &WaysIn, here: &Here) -> Page {
    let sign_in = &here.sign_in;
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
        .extra("passkeys_work", here.passkeys)
        .extra("passkeys_sign_in", here.passkeys_sign_in)
        .data(json!({
            "email": email,
            "passkeys": ways.passkeys.iter().map(Passkey::shown).collect::<Vec<_>>(),
            "accounts": accounts,
            "providers": providers,
        }))
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
        passkeys: vec![],
    };
    let several = WaysIn {
        elsewhere: vec![account("https://id.ashmere.example", "1"), account("https://id.former.example", "2")],
        ..alone.clone()
    };
    let with_passkeys = WaysIn { passkeys: passkey::samples::passkeys(), ..several.clone() };
    let here =
        |sign_in: SignIn, passkeys| Here { passkeys, passkeys_sign_in: passkeys && sign_in.email_links(), sign_in };
    let (links, providers) = (here(SignIn::default(), false), here(SignIn::sample(true), true));
    let only = here(SignIn::sample(false), true);
    let last = FieldError::new("account", last_way());
    let add = add_page("Ashmere Borough Council", "Priya Shah", "https://id.ashmere.example/authorise?state=x");
    vec![
        SamplePage { name: "ways in by link only", page: page(&alone, &links) },
        SamplePage { name: "ways in with providers, none added", page: page(&alone, &providers) },
        SamplePage { name: "ways in with accounts", page: page(&several, &providers) },
        SamplePage { name: "ways in with passkeys", page: page(&with_passkeys, &providers) },
        SamplePage { name: "ways in, refused", page: page(&with_passkeys, &only).errors(vec![last]) },
        SamplePage { name: "adding an account", page: add },
    ]
}
