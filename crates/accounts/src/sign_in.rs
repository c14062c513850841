//! Signing in by a link in a message: ask for one, open it, press its button.
//!
//! Opening the link changes nothing, so that programs which look through mail do not use it up; the button does, once,
//! within 15 minutes. Whatever address is typed, the answer is the same and the work as alike as can be had: one
//! look-up of the person and of the domain, one link, one message, one commit; for an address that nobody here has, they
//! are written where they do nothing. Who has an account is not told, and nobody's mailbox can be flooded.
//!
//! Whoever an operator keeps out is answered as an address that nobody has.
//!
//! An address that nobody has in a confirmed domain of an organisation ([`crate::domain`]) gets a link like any other. The
//! account is made when it is used, not before.
//!
//! The form also names the providers by which people may sign in ([`crate::oidc`]); where these are the only way, links
//! are not asked for.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use jiff::SignedDuration;
use serde_json::json;
use store::{Transaction, values};
use vocabulary::{OrganisationId, PersonId, Timestamp};
use web::{Answer, FieldError, Form, Outcome, Page, Problem, SamplePage, Visit};

use crate::{
    Accounts, Block, EmailAddress, Error, Letter, SignIn, cookie, domain, error::damaged, membership::By, next, outbox,
    passkey::confirm::to_confirm, person, session, token::Token,
};

const MICROSECONDS: i64 = 1_000_000;
/// How long a link is good.
pub(crate) const GOOD_FOR: i64 = 15 * 60 * MICROSECONDS;
/// Most links of one address that are good at the same time. Whoever is sent no more has these, so that nobody can be
/// locked out by others who ask for them.
const MOST_LINKS: i64 = 5;
/// Most links to unknown addresses in the domains of one organisation that are good at the same time.
const MOST_NEWCOMERS: i64 = 50;

const FORM: &str = "accounts/sign-in.html";
const SENT: &str = "accounts/sign-in-sent.html";
const LINK: &str = "accounts/sign-in-link.html";
const LEFT: &str = "accounts/sign-out.html";

/// The form.
pub(crate) async fn show(State(accounts): State<Accounts>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(&["next"])?;
    let next = next::safe(parameters.one("next"));
    if visit.reader.person.is_some() {
        return Ok(Answer::Redirect(next));
    }
    Ok(accounts.form_page(&next).into())
}

/// What is answered to whoever has not signed in: people sign in and go to `next` afterwards.
pub(crate) fn first(next: &str) -> Problem {
    Problem::sign_in(address(next))
}

/// Where one signs in and goes to `next` afterwards.
pub(crate) fn address(next: &str) -> String {
    match next {
        "/" => "/sign-in".to_owned(),
        next => format!("/sign-in?{}", written_next(next)),
    }
}

fn written_next(next: &str) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish()
}

impl Accounts {
    fn form_page(&self, next: &str) -> Page {
        form_page(&self.sign_in, self.demonstration, next).extra("passkeys", self.passkeys_sign_in())
    }
}

fn form_page(sign_in: &SignIn, demonstration: bool, next: &str) -> Page {
    let choice = |(id, label): (String, String)| {
        let query = if next == "/" { String::new() } else { format!("?{}", written_next(next)) };
        json!({"label": label, "href": format!("/sign-in/with/{id}{query}")})
    };
    let providers: Vec<_> = sign_in.choices().into_iter().map(choice).collect();
    Page::new(FORM, web::say!("Sign in"))
        .section("account")
        .reading()
        .private()
        .extra("next", next)
        .extra("demonstration", demonstration)
        .data(json!({"next": next, "providers": providers, "email_links": sign_in.email_links()}))
}

/// Somebody asks for a link.
pub(crate) async fn ask(State(accounts): State<Accounts>, visit: Visit, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["email", "next"])?;
    if !accounts.sign_in.email_links() {
        return Err(Problem::missing());
    }
    let next = next::safe(form.one("next"));
    let Ok(email) = EmailAddress::parse(form.one("email").unwrap_or_default()) else {
        let message = web::say!("Enter an email address, like name@example.gov.uk");
        let page = accounts.form_page(&next).typed(&form);
        return Ok(page.errors(vec![FieldError::new("email", message)]).into());
    };
    let now = accounts.clock.now();
    let token = Token::new(&accounts.chance).map_err(Error::from)?;
    let link = format!("{}/sign-in/{}", accounts.public_address, token.as_str());
    let letter = Letter {
        subject: web::say!("Sign in to Commonhold"),
        blocks: vec![
            Block::paragraph(web::say!("Somebody asked to sign in to Commonhold with this address.")),
            Block::paragraph(web::say!("Open this link and press \"Sign in\". It works once, for 15 minutes.")),
            Block::button(web::say!("Sign in to Commonhold"), link),
            Block::paragraph(web::say!("If it was not you, do nothing: nobody can sign in without this link.")),
        ],
        useful_for: SignedDuration::from_micros(GOOD_FOR),
        unsubscribe: None,
    };
    let asked = Asked { letter, email, next, token };
    let chance = accounts.chance.clone();
    let write = move |tx: &mut Transaction<'_>| asked.put(tx, now, &chance);
    accounts.store.write(write).await?;
    Ok(Answer::Redirect("/sign-in/sent".to_owned()))
}

/// What is asked for, before it is known whether anybody has the address.
struct Asked {
    email: EmailAddress,
    next: String,
    token: Token,
    letter: Letter,
}

impl Asked {
    fn put(&self, tx: &mut Transaction<'_>, now: Timestamp, chance: &vocabulary::Chance) -> Result<(), Error> {
        let at = now.as_microsecond();
        tx.execute("DELETE FROM sign_in_link WHERE expires_at <= $1", &values![at])?;
        let (person, kept_out) = tx
            .query_optional(
                "SELECT id, disabled_at FROM person WHERE email = $1",
                &values![self.email.as_str()],
                |row| Ok((Some(row.text(0)?), row.optional_integer(1)?.is_some())),
            )?
            .unwrap_or_default();
        let person = person.map(|id| id.parse::<PersonId>().map_err(|_| damaged("a person"))).transpose()?;
        let of_domain = domain::store::confirmed_for(tx, &self.email)?;
        let organisation = of_domain.as_ref().map(OrganisationId::as_str);
        let counted = tx.query_one(
            "SELECT COUNT(*) FROM sign_in_link WHERE (person = $1 OR email = $2) AND used_at IS NULL",
            &values![person.map(|id| id.to_string()), self.email.as_str()],
            |row| row.integer(0),
        )?;
        let newcomers = tx.query_one(
            "SELECT COUNT(*) FROM sign_in_link WHERE organisation = $1 AND used_at IS NULL",
            &values![organisation],
            |row| row.integer(0),
        )?;
        let known = person.filter(|_| counted < MOST_LINKS && !kept_out);
        let newcomer = organisation
            .filter(|_| person.is_none() && counted < MOST_LINKS && newcomers < MOST_NEWCOMERS)
            .map(|organisation| (organisation, self.email.as_str()));
        let sent = known.is_some() || newcomer.is_some();
        // Where nobody is to get a message, the same is written in a place of its own, so that it takes as long.
        let hash = if sent { self.token.hash() } else { vec![0; 32] };
        tx.execute(
            "INSERT INTO sign_in_link (token, person, next, made_at, expires_at, organisation, email) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (token) DO UPDATE SET made_at = $4, expires_at = $5",
            &values![
                hash,
                known.map(|id| id.to_string()),
                &self.next,
                at,
                at + GOOD_FOR,
                newcomer.map(|(organisation, _)| organisation),
                newcomer.map(|(_, email)| email)
            ],
        )?;
        let message = outbox::Message {
            person: known.unwrap_or(PersonId(uuid::Uuid::nil())),
            recipient: self.email.clone(),
            letter: self.letter.clone(),
        };
        let id = outbox::put(tx, &message, now, chance)?;
        if !sent {
            outbox::take_back(tx, &id)?;
        }
        Ok(())
    }
}

/// The one answer to every address.
pub(crate) async fn sent(State(accounts): State<Accounts>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    Ok(sent_page(accounts.demonstration).into())
}

fn sent_page(demonstration: bool) -> Page {
    Page::new(SENT, web::say!("Check your email"))
        .section("account")
        .reading()
        .private()
        .extra("demonstration", demonstration)
        .data(json!({"next": web::say!("Open the link in the message.")}))
}

/// A link was opened. Only looks.
pub(crate) async fn open(State(accounts): State<Accounts>, Path(token): Path<String>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let now = accounts.clock.now().as_microsecond();
    let good = match Token::read(&token) {
        None => false,
        Some(token) => {
            let look = move |tx: &mut Transaction<'_>| {
                tx.query_optional(
                    "SELECT 1 FROM sign_in_link WHERE token = $1 AND used_at IS NULL AND expires_at > $2 \
                     AND (person IS NOT NULL OR email IS NOT NULL)",
                    &values![token.hash(), now],
                    |row| row.integer(0),
                )
            };
            let found = accounts.store.read(look).await;
            found.map_err(Error::from)?.is_some()
        }
    };
    Ok(link_page(good).into())
}

fn link_page(good: bool) -> Page {
    let title = match good {
        true => web::say!("Sign in to Commonhold"),
        false => web::say!("This link has been used or is too old"),
    };
    let page = Page::new(LINK, title).section("account").reading().private();
    let page = if good { page } else { page.gone() };
    page.extra("good", good).data(json!({"good": good}))
}

/// The button of a link was pressed: the link is used up, and a new session begins.
pub(crate) async fn enter(
    State(accounts): State<Accounts>,
    Path(token): Path<String>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    visit.parameters(&[])?;
    form.only(&[])?;
    let Some(link) = Token::read(&token) else {
        return Ok(Answer::from(link_page(false)).into_response());
    };
    let before = accounts.cookie().read(&headers);
    let by = accounts.by(None);
    let entered = accounts
        .store
        .write(move |tx| -> Result<Option<(Token, String)>, Error> {
            let Some((person, next)) = used(tx, &link, &by)? else {
                return Ok(None);
            };
            let token = session::start(tx, person, None, before.as_ref(), by.now, &by.chance)?;
            Ok(Some((token, next)))
        })
        .await?;
    match entered {
        None => Ok(Answer::from(link_page(false)).into_response()),
        Some((token, next)) => accounts.signed_in(&token, next).await,
    }
}

/// Uses a link up, and with it the person's others: whose it is and where to go, if it was good. Somebody new of a domain that
/// is confirmed still becomes a person now, and goes to the request that was made for them.
fn used(tx: &mut Transaction<'_>, link: &Token, by: &By) -> Result<Option<(PersonId, String)>, Error> {
    let found = tx.query_optional(
        "UPDATE sign_in_link SET used_at = $2 WHERE token = $1 AND used_at IS NULL AND expires_at > $2 \
         AND (person IS NOT NULL OR email IS NOT NULL) RETURNING person, next, email, organisation",
        &values![link.hash(), by.now.as_microsecond()],
        |row| Ok((row.optional_text(0)?, row.text(1)?, row.optional_text(2)?, row.optional_text(3)?)),
    )?;
    let refused = || damaged("a sign-in link");
    let (person, next) = match found {
        None => return Ok(None),
        Some((Some(person), next, ..)) => {
            let person = person.parse().map_err(|_| refused())?;
            if person::is_disabled(tx, person)? {
                return Ok(None);
            }
            (person, next)
        }
        Some((None, next, email, organisation)) => {
            let email = EmailAddress::parse(&email.unwrap_or_default()).map_err(|_| refused())?;
            let confirmed = domain::store::confirmed_for(tx, &email)?;
            let still = confirmed.filter(|confirmed| Some(confirmed.as_str()) == organisation.as_deref());
            let Some(organisation) = still else { return Ok(None) };
            tx.execute("DELETE FROM sign_in_link WHERE email = $1", &values![email.as_str()])?;
            let (person, request) = domain::newcomer::come(tx, &email, &organisation, by)?;
            if person::is_disabled(tx, person)? {
                return Ok(None);
            }
            (person, request.map_or(next, |request| format!("/join/{request}")))
        }
    };
    tx.execute("DELETE FROM sign_in_link WHERE person = $1", &values![person.to_string()])?;
    Ok(Some((person, next::safe(Some(&next)))))
}

impl Accounts {
    /// The answer that gives a browser its session. An operator who has to show more is led there first.
    pub(crate) async fn signed_in(&self, token: &Token, next: String) -> Result<Response, Problem> {
        let (session, operators_need, now) = (token.clone(), self.operators_need, self.clock.now());
        let find = move |tx: &mut Transaction<'_>| session::find(tx, &session, operators_need, now);
        let found = self.store.read(find).await.map_err(Error::from)?;
        if found.is_some_and(|session| session.withheld) {
            return Ok(with_cookie(to_confirm(&next), self.cookie().set(token)));
        }
        Ok(with_cookie(Answer::Redirect(next), self.cookie().set(token)))
    }

    /// Ends the session that a request carries.
    pub(crate) async fn end_session(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if let Some(token) = self.cookie().read(headers) {
            let end = move |tx: &mut Transaction<'_>| session::end(tx, &token);
            self.store.write(end).await.map_err(Error::from)?;
        }
        Ok(())
    }

    /// Begins a session without a link: in the demonstration only.
    pub(crate) async fn begin_session(
        &self,
        headers: &HeaderMap,
        person: PersonId,
        organisation: OrganisationId,
    ) -> Result<Token, Problem> {
        let before = self.cookie().read(headers);
        let (now, chance) = (self.clock.now(), self.chance.clone());
        let begin = move |tx: &mut Transaction<'_>| {
            session::start(tx, person, Some(&organisation), before.as_ref(), now, &chance)
        };
        Ok(self.store.write(begin).await?)
    }
}

/// An answer with the session cookie set or cleared.
pub(crate) fn with_cookie(answer: Answer, cookie: Option<axum::http::HeaderValue>) -> Response {
    cookie::carried_by(answer.into_response(), cookie)
}

/// Signs out: the session is over, here and in the browser. Who came from a provider is told that they may still be
/// signed in there.
pub(crate) async fn leave(
    State(accounts): State<Accounts>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    visit.parameters(&[])?;
    form.only(&["next"])?;
    let provider = match accounts.cookie().read(&headers) {
        None => None,
        Some(token) => {
            let began = move |tx: &mut Transaction<'_>| session::provider(tx, &token);
            accounts.store.read(began).await.map_err(Error::from)?
        }
    };
    accounts.end_session(&headers).await?;
    let next = match (form.one("next"), provider.filter(|id| accounts.sign_in.provider(id).is_some())) {
        // Whoever signs out to sign in again is not told of ways out.
        (Some(next), _) => address(&next::safe(Some(next))),
        (None, Some(id)) => format!("/sign-out/done?provider={id}"),
        (None, None) => "/".to_owned(),
    };
    Ok(with_cookie(Answer::Redirect(next), accounts.cookie().clear()))
}

/// The page after signing out. The way out of the provider is a link: somebody at their own desk may want to stay in.
pub(crate) async fn left(State(accounts): State<Accounts>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(&["provider"])?;
    let Some(provider) = parameters.one("provider").and_then(|id| accounts.sign_in.provider(id)) else {
        return Ok(Answer::Redirect("/".to_owned()));
    };
    let home = format!("{}/", accounts.public_address);
    let known = provider.known(accounts.clock.now()).await.ok();
    let way_out = known.and_then(|known| provider.sign_out(&known, &home));
    Ok(left_page(&provider.settings.label, way_out.as_deref()).into())
}

fn left_page(label: &str, way_out: Option<&str>) -> Page {
    Page::new(LEFT, web::say!("You have signed out"))
        .section("account")
        .reading()
        .private()
        .data(json!({"provider": label, "sign_out_there": way_out}))
}

/// The pages in each of their states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let wrong = Form::of([("email", "priya.shah")]);
    let message = web::say!("Enter an email address, like name@example.gov.uk");
    let links = SignIn::default();
    let refused = form_page(&links, true, "/").typed(&wrong).errors(vec![FieldError::new("email", message)]);
    vec![
        sample("sign in", form_page(&links, false, "/")),
        sample("sign in, demonstration", form_page(&links, true, "/systems/1")),
        sample("sign in with a link or a passkey", form_page(&links, false, "/systems/1").extra("passkeys", true)),
        sample("sign in with providers", form_page(&SignIn::sample(true), false, "/systems/1").extra("passkeys", true)),
        sample("sign in with providers only", form_page(&SignIn::sample(false), false, "/")),
        sample("signed out", left_page("Ashmere Borough Council", Some("https://id.ashmere.example/sign-out"))),
        sample("signed out, and no way out there", left_page("Ashmere Borough Council", None)),
        sample("sign in, refused", refused),
        sample("sign in, asked", sent_page(false)),
        sample("sign in, asked in the demonstration", sent_page(true)),
        sample("sign-in link", link_page(true)),
        sample("sign-in link, used", link_page(false)),
    ]
}

fn sample(name: &'static str, page: Page) -> SamplePage {
    SamplePage { name, page }
}
