//! A copy with a few jobs, and readers of every kind.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use ledger::job::{self, Failed, JobKind, NewJob, Schedule};
use ledger::{Card, Grade};
use operations::Operations;
use store::Transaction;
use testing::TestStore;
use tower::ServiceExt;
use vocabulary::{Acting, Chance, Clock, PersonId, Reader, Role};

pub const OPERATOR: &str = "colne/operator";

/// Everybody to whom these pages do not exist; a supplier's begin with `supplier:`.
pub const OTHERS: [&str; 8] = [
    "",
    "colne/member",
    "colne/editor",
    "colne/steward",
    "colne/moderator",
    "colne/auditor",
    "supplier:fennel/operator",
    "supplier:fennel/member",
];

pub struct World {
    pub store: TestStore,
    pub clock: Clock,
    pub kinds: Vec<JobKind>,
    app: Router,
}

pub struct Answered {
    pub status: StatusCode,
    pub location: String,
    pub body: String,
}

impl Answered {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

fn reader(words: &str) -> Reader {
    let participating = !words.starts_with("supplier:");
    let Some((organisation, role)) = words.trim_start_matches("supplier:").split_once('/') else {
        return Reader::visitor();
    };
    let role: Role = role.parse().unwrap();
    Reader {
        person: Some(PersonId("00000000-0000-7000-8000-000000000001".parse().unwrap())),
        acting: Some(Acting { organisation: organisation.parse().unwrap(), participating, role }),
        ..Reader::visitor()
    }
}

impl World {
    pub fn new() -> World {
        World::with(None)
    }

    /// With a card that needs somebody for this reason.
    pub fn with(concern: Option<&'static str>) -> World {
        let store = testing::store(ledger::MIGRATIONS);
        let clock = Clock::at("2026-03-03T10:00:00Z".parse().unwrap());
        let kind = |name, label, schedule, run: fn() -> Result<String, Failed>| JobKind {
            name,
            label,
            schedule,
            tries: 1,
            limit_minutes: 10,
            run: Arc::new(move |_| run()),
        };
        let kinds = vec![
            kind("letter", "Send a letter", None, || Ok("Sent.".to_owned())),
            kind("broken", "Do what fails", None, || Err(Failed::ForGood("The other side is away.".to_owned()))),
            kind("tidy", "Tidy up", Some(Schedule::DailyAt { hour: 3, minute: 0 }), || Ok("Tidied.".to_owned())),
        ];
        let operations = Operations {
            store: (*store).clone(),
            clock: clock.clone(),
            health: vec![Arc::new(move |_, _| {
                Ok(Box::new(move || {
                    let card = Card::new("mail", "Mail").line("Waiting", 3.into());
                    match concern {
                        Some(concern) => card.concern(Grade::Now, concern, "See to it."),
                        None => card,
                    }
                }))
            })],
            pages: vec![web::NavigationItem { id: "audit", text: "Who read what", href: "/audit" }],
            kinds: kinds.clone(),
            folder: Some(std::env::temp_dir()),
            started: clock.now(),
            version: "9.9.9".to_owned(),
        };
        let slice = operations::slice(operations);
        let site = web::Site {
            navigation_personal: slice.personal,
            who: Some(Arc::new(|headers: HeaderMap| {
                Box::pin(async move {
                    let words = headers.get("x-reader").and_then(|words| words.to_str().ok()).unwrap_or("");
                    Ok(reader(words).into())
                })
            })),
            clock: clock.clone(),
            ..web::Site::default()
        };
        let home = web::Routes::new().get("/", "Home", || async { web::Page::new("web/page.html", "Home") });
        let app = web::app(site, slice.templates, slice.routes.merge(home).into_router()).unwrap();
        let world = World { store, clock, kinds, app };
        let kinds = world.kinds.clone();
        world.write(move |tx, now| job::establish(tx, &kinds, now, &Chance::System));
        world
    }

    pub fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Transaction<'_>, vocabulary::Timestamp) -> Result<T, ledger::Error> + Send + 'static,
    ) -> T {
        let now = self.clock.now();
        self.store.write_blocking(move |tx| work(tx, now)).unwrap()
    }

    pub fn enqueue(&self, kind: &'static str, key: &str) -> String {
        self.clock.advance(jiff::SignedDuration::from_millis(5));
        let key = key.to_owned();
        self.write(move |tx, now| {
            let details = serde_json::json!({"secret": "not for pages"});
            let job = NewJob { organisation: None, kind, key: &key, details, due: now };
            job::enqueue(tx, &job, now, &Chance::System)
        })
    }

    pub fn work_off(&self) {
        job::work_off(&self.store, &self.clock, &Chance::System, &self.kinds, "test").unwrap();
    }

    pub async fn get(&self, who: &str, path: &str) -> Answered {
        self.send(Request::get(path).header("x-reader", who).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, who: &str, path: &str, form: &str) -> Answered {
        let request = Request::post(path)
            .header("x-reader", who)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let location = response.headers().get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        Answered { status, location: location.unwrap_or_default(), body: String::from_utf8_lossy(&body).into_owned() }
    }
}
