//! A small county, its people, and a browser to visit with.

use accounts::{Accounts, Delivery, EmailAddress, NewMembership, Organisation, OrganisationKind, organisation, person};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use ledger::Slice;
use store::{Migration, Store, Transaction, Value, values};
use testing::TestStore;
use tower::ServiceExt;
use vocabulary::{Chance, Clock, OrganisationId, Retention, Role};
use web::{Page, Routes, Site, Visit};

pub const EDITOR: &str = "priya@ashmere.example";
pub const MEMBER: &str = "sam@brackford.example";
/// Somebody who acts for two councils.
pub const BOTH: &str = "alex@both.example";
pub const SUPPLIER: &str = "desk@fennel.example";

pub struct World {
    pub store: TestStore,
    pub clock: Clock,
    pub accounts: Accounts,
    app: Router,
}

pub fn migrations() -> Vec<Migration> {
    [ledger::MIGRATIONS, accounts::MIGRATIONS].concat()
}

pub fn council(id: &str, name: &str) -> Organisation {
    Organisation {
        id: id.parse().unwrap(),
        name: name.to_owned(),
        kind: OrganisationKind::Council,
        code: None,
        participating: true,
        keeps_shared_list: false,
        about: String::new(),
        also_known: vec![],
        former_names: vec![],
    }
}

pub fn supplier(id: &str, name: &str) -> Organisation {
    Organisation { kind: OrganisationKind::Supplier, participating: false, ..council(id, name) }
}

pub fn membership(email: &str, organisation: &str, role: Role) -> NewMembership {
    NewMembership {
        email: EmailAddress::parse(email).unwrap(),
        name: email.split('@').next().unwrap().to_owned(),
        organisation: organisation.parse().unwrap(),
        role,
    }
}

pub fn start() -> Timestamp {
    "2026-03-03T10:00:00Z".parse().unwrap()
}

impl World {
    /// On plain HTTP on the own computer, as a demonstration.
    pub fn new() -> World {
        World::at("http://127.0.0.1:8080", true)
    }

    pub fn at(public_address: &str, demonstration: bool) -> World {
        World::with(public_address, demonstration, accounts::SignIn::default(), Clock::at(start()))
    }

    /// Where people also sign in with providers.
    pub fn with(public_address: &str, demonstration: bool, sign_in: accounts::SignIn, clock: Clock) -> World {
        let store = testing::store(&migrations());
        let accounts = Accounts {
            store: Store::clone(&store),
            clock: clock.clone(),
            chance: Chance::System,
            demonstration,
            public_address: public_address.to_owned(),
            delivery: Delivery::Page,
            retention: Retention::default(),
            views: |_, _| vec![],
            leaving: accounts::leaving::LeavingPorts {
                take: |_, id, _, _| Ok(Some(format!("everything of {id}").into_bytes())),
                erase: |tx, id, now| {
                    let name = organisation::find(tx, id)?.map(|found| found.name).unwrap_or_default();
                    let tombstone = accounts::leaving::Tombstone {
                        name,
                        left_at: now,
                        events: 3,
                        last_hash: Some("ab".to_owned()),
                    };
                    accounts::leaving::put_tombstone(tx, id, &tombstone)?;
                    Ok(tombstone)
                },
            },
            about_people: vec![accounts::ABOUT_PEOPLE, ledger::ABOUT_PEOPLE],
            sign_in,
            operators_need: accounts::OperatorsNeed::Nothing,
        };
        let app = app(&accounts);
        let world = World { store, clock, accounts, app };
        world.write(|tx| {
            organisation::put(
                tx,
                &[
                    council("ashmere", "Ashmere Borough Council"),
                    council("brackford", "Brackford District Council"),
                    supplier("fennel", "Fennel Software Ltd"),
                ],
                start(),
            )?;
            let memberships = [
                membership(EDITOR, "ashmere", Role::Editor),
                membership(MEMBER, "brackford", Role::Member),
                membership(BOTH, "ashmere", Role::Steward),
                membership(BOTH, "brackford", Role::Auditor),
                membership(SUPPLIER, "fennel", Role::Steward),
            ];
            person::put_memberships(tx, &memberships, start(), &Chance::counted(5))
        });
        world
    }

    /// The same copy after its settings of sign-in were changed, in somebody's browser.
    pub fn with_other_sign_in(&self, sign_in: accounts::SignIn, of: &Browser) -> Browser {
        let app = app(&Accounts { sign_in, ..self.accounts.clone() });
        Browser { app, clock: self.clock.clone(), cookie: of.cookie.clone(), away: None }
    }

    /// The same copy, where operators need a passkey.
    pub fn where_operators_need_a_passkey(mut self) -> World {
        self.accounts.operators_need = accounts::OperatorsNeed::Passkey;
        self.app = app(&self.accounts);
        self
    }

    pub fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Transaction<'_>) -> Result<T, accounts::Error> + Send + 'static,
    ) -> T {
        self.store.write_blocking(move |tx| work(tx)).unwrap()
    }

    pub fn count(&self, sql: &'static str, parameters: &[Value]) -> i64 {
        let parameters = parameters.to_vec();
        self.write(move |tx| Ok(tx.query_one(sql, &parameters, |row| row.integer(0))?))
    }

    /// Bodies of waiting messages, newest first.
    pub fn messages(&self) -> Vec<String> {
        self.write(|tx| {
            Ok(tx.query("SELECT body FROM outbox ORDER BY made_at DESC, id DESC", &values![], |row| row.text(0))?)
        })
    }

    /// The link of the newest message, as a path.
    pub fn link(&self) -> String {
        self.link_to("/sign-in/")
    }

    /// The link in the newest message, as a path that begins so.
    pub fn link_to(&self, path: &str) -> String {
        let body = self.messages().remove(0);
        let start = body.find(path).unwrap_or_else(|| panic!("no {path} in {body}"));
        body[start..].split_whitespace().next().unwrap().to_owned()
    }

    /// The id of the person with this address.
    pub fn person(&self, email: &str) -> String {
        let email = email.to_owned();
        self.write(move |tx| {
            Ok(tx.query_one("SELECT id FROM person WHERE email = $1", &values![&email], |row| row.text(0))?)
        })
    }

    /// Adds somebody and signs them in.
    pub async fn joined(&self, email: &str, organisation: &str, role: Role) -> Browser {
        let new = [membership(email, organisation, role)];
        self.write(move |tx| person::put_memberships(tx, &new, start(), &Chance::System));
        self.signed_in(email).await
    }

    /// What happened to an organisation's people, the latest first.
    pub fn verbs(&self, organisation: &str) -> Vec<String> {
        let (of, thing) = (id(organisation), format!("/organisations/{organisation}/people"));
        self.write(move |tx| {
            let events = ledger::events_of(tx, &of, &thing, 100)?;
            Ok(events.into_iter().map(|event| event.verb).collect())
        })
    }

    pub fn later(&self, by: SignedDuration) {
        self.clock.advance(by);
    }

    pub fn browser(&self) -> Browser {
        Browser { app: self.app.clone(), clock: self.clock.clone(), cookie: None, away: None }
    }

    /// A browser that has asked for a link, opened it and pressed its button.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        browser.post("/sign-in", &[("email", email)]).await;
        let link = self.link();
        browser.get(&link).await;
        let entered = browser.post(&link, &[]).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.body);
        browser
    }
}

fn app(accounts: &Accounts) -> Router {
    let site = Site {
        demonstration: accounts.demonstration,
        clock: accounts.clock.clone(),
        who: Some(accounts::who(accounts)),
        scripts: accounts::SCRIPTS.to_vec(),
        ..Site::default()
    };
    let Slice { routes, templates, .. } = accounts::slice(accounts.clone());
    web::app(site, templates, routes.merge(probe()).into_router()).unwrap()
}

/// An address that says who asks.
fn probe() -> Routes {
    async fn probe(visit: Visit) -> Page {
        let acting = visit.reader.acting;
        let who = acting.map_or("nobody".to_owned(), |acting| format!("{}/{}", acting.organisation, acting.role));
        let known = visit.reader.person.is_some();
        Page::new("web/page.html", "Who").data(serde_json::json!({"who": who, "known": known}))
    }
    Routes::new().get("/who", "Who asks", probe)
}

/// Each of its requests takes a millisecond, so that what it causes has an order.
pub struct Browser {
    app: Router,
    clock: Clock,
    pub cookie: Option<String>,
    /// That of somebody who is away at a provider.
    pub away: Option<String>,
}

pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answered {
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }
}

impl Browser {
    pub async fn get(&mut self, address: &str) -> Answered {
        self.send(Request::get(address), Body::empty()).await
    }

    /// A form of this site.
    pub async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Answered {
        let request = Request::post(address)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(encoded(fields))).await
    }

    pub async fn send(&mut self, mut request: axum::http::request::Builder, body: Body) -> Answered {
        self.clock.advance(SignedDuration::from_millis(1));
        request = request.header(header::HOST, "127.0.0.1:8080");
        for cookie in self.cookie.iter().chain(&self.away) {
            request = request.header(header::COOKIE, cookie);
        }
        let response = self.app.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for set in parts.headers.get_all(header::SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let kept = if pair.contains("-away=") { &mut self.away } else { &mut self.cookie };
            *kept = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        let body = body.collect().await.unwrap().to_bytes();
        Answered { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// Whom the site takes this browser for: `organisation/role`, `nobody` in particular, or a `visitor`.
    pub async fn who(&mut self) -> String {
        let answered = self.get("/who.json").await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
        let who: serde_json::Value = serde_json::from_str(&answered.body).unwrap();
        match who["known"].as_bool().unwrap() {
            true => who["who"].as_str().unwrap().to_owned(),
            false => "visitor".to_owned(),
        }
    }
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
    pairs.join("&")
}

pub fn id(text: &str) -> OrganisationId {
    text.parse().unwrap()
}
