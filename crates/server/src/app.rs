//! The application: every subject's routes, templates and navigation behind the front door of `web`.

use std::{num::NonZeroU32, path::PathBuf, sync::Arc};

use accounts::{Accounts, Delivery, OperatorsNeed, SignIn, leaving::LeavingPorts};
use architecture::reading::Readings;
use axum::Router;
use ledger::{Health, Slice, job::JobKind};
use operations::Operations;
use policies::{Policies, Texts};
use store::{Error, Store};
use vocabulary::{Chance, Clock, Retention, Timestamp};
use web::{Endpoint, Follow, Limits, Measures, NavigationItem, Site, Template, TemplateError, TrustedProxies};

use crate::jobs::JobMeasures;
use crate::kept::kept;
use crate::leaving;
use crate::replicas;
use crate::scheduled::{self, Scheduled};
use crate::slices::{self, slices};
use crate::traces::TraceMeasures;

/// One running copy of the product: what it is made from. Plain values, so that a test can set each.
#[derive(Clone)]
pub struct Product {
    /// The database, with every subject's tables.
    pub store: Store,
    /// The present moment.
    pub clock: Clock,
    /// Where identifiers and tokens come from.
    pub chance: Chance,
    /// Whether everything in it is invented: then anyone may choose whom to be.
    pub demonstration: bool,
    /// How people reach this copy, without a slash at the end: `https://commonhold.example`.
    pub address: String,
    /// Who runs this copy, for the header.
    pub owner: Option<String>,
    /// An e-mail address for help, for the footer.
    pub contact: Option<String>,
    /// Where messages to people go.
    pub delivery: Delivery,
    /// Where backups go by themselves, if anywhere.
    pub scheduled: Option<Scheduled>,
    /// The folders in which it is written down what was erased.
    pub journals: Vec<PathBuf>,
    /// The folder of data, for the operator to see whether its disk fills up.
    pub folder: Option<PathBuf>,
    /// Since when the program runs.
    pub started: Timestamp,
    /// How long what is over is kept.
    pub retention: Retention,
    /// Proxies in front whose word about a client's address is believed.
    pub proxies: TrustedProxies,
    /// How many requests a minute a visitor's address, a person or a token may send. None: any number.
    pub requests_a_minute: Option<NonZeroU32>,
    /// What is counted while requests are answered.
    pub measures: Measures,
    /// What is counted while jobs run.
    pub job_measures: JobMeasures,
    /// What is counted while traces are sent.
    pub trace_measures: TraceMeasures,
    /// How a request goes on with the trace of a trusted proxy, where traces are sent.
    pub follow: Option<Follow>,
    /// By what people sign in besides links in messages.
    pub sign_in: SignIn,
    /// Who read what, until it is written.
    pub readings: Readings,
    /// What operators have to show besides being signed in.
    pub operators_need: OperatorsNeed,
    /// The operator's own privacy notice and the like.
    pub texts: Texts,
}

/// A link of the footer, after those of the policies.
const PROGRAMS: NavigationItem =
    NavigationItem { id: "openapi", text: "Use this service from a program", href: "/openapi" };

impl Product {
    /// A copy on this database, with the machine's clock and chance, reached under `address`. Messages stay where they are.
    pub fn new(store: Store, address: impl Into<String>) -> Product {
        Product {
            readings: Readings::new(store.clone()),
            store,
            clock: Clock::System,
            chance: Chance::System,
            demonstration: false,
            address: address.into(),
            owner: None,
            contact: None,
            delivery: Delivery::Page,
            scheduled: None,
            journals: Vec::new(),
            folder: None,
            started: Clock::System.now(),
            retention: Retention::default(),
            proxies: TrustedProxies::default(),
            requests_a_minute: None,
            measures: Measures::default(),
            job_measures: JobMeasures::default(),
            trace_measures: TraceMeasures::default(),
            follow: None,
            sign_in: SignIn::default(),
            operators_need: OperatorsNeed::default(),
            texts: Texts::default(),
        }
    }

    pub(crate) fn accounts(&self) -> Accounts {
        Accounts {
            // Who may do what is never read from a replica.
            store: self.store.primary(),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            demonstration: self.demonstration,
            public_address: self.address.clone(),
            delivery: self.delivery.clone(),
            retention: self.retention,
            views: slices::views,
            leaving: LeavingPorts { take: leaving::in_memory, erase: leaving::erase },
            about_people: slices::about_people(),
            sign_in: self.sign_in.clone(),
            operators_need: self.operators_need,
        }
    }

    /// Every kind of job of every subject, and those of the program itself.
    pub fn jobs(&self) -> Vec<JobKind> {
        self.operations(&slices(self)).kinds
    }

    /// What every subject, and the backups, say of themselves to whoever runs the copy. A demonstration has no backups.
    pub fn health(&self) -> Vec<Health> {
        self.operations(&slices(self)).health
    }

    /// What the pages of whoever runs the copy are made from.
    pub(crate) fn operations(&self, slices: &[Slice]) -> Operations {
        let backups = self.scheduled.iter().flat_map(Scheduled::jobs);
        let backed_up = (!self.demonstration).then(|| scheduled::health(self.scheduled.clone()));
        Operations {
            store: self.store.primary(),
            clock: self.clock.clone(),
            health: slices
                .iter()
                .flat_map(|slice| slice.health.clone())
                .chain(replicas::health(&self.store))
                .chain(backed_up)
                .collect(),
            pages: slices.iter().flat_map(|slice| slice.operator.clone()).collect(),
            kinds: slices.iter().flat_map(|slice| slice.jobs.clone()).chain(backups).collect(),
            folder: self.folder.clone(),
            started: self.started,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// What the privacy notice and the like are made from.
    pub(crate) fn policies(&self) -> Policies {
        let (product, accounts) = (self.clone(), self.accounts());
        Policies {
            name: self.owner.clone(),
            contact: self.contact.clone(),
            address: self.address.clone(),
            demonstration: self.demonstration,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            requests_a_minute: self.requests_a_minute,
            providers: self.sign_in.labels(),
            kept: Arc::new(move || kept(&product)),
            cookies: Arc::new(move || accounts::cookies(&accounts)),
            texts: self.texts.clone(),
        }
    }

    /// What the shell of every page is told.
    pub fn site(&self) -> Site {
        let health = self.store.clone();
        Site {
            owner: self.owner.clone(),
            demonstration: self.demonstration,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            contact: self.contact.clone(),
            navigation: slices(self).into_iter().flat_map(|slice| slice.navigation).collect(),
            navigation_personal: slices(self).into_iter().flat_map(|slice| slice.personal).collect(),
            who: Some(accounts::who(&self.accounts())),
            scripts: accounts::SCRIPTS.to_vec(),
            moved: Some(ledger::moved(&self.store)),
            answered: Some(self.readings.listener()),
            health: Some(Arc::new(move || {
                let store = health.clone();
                Box::pin(async move {
                    let one = store.read(|tx| tx.query_one("SELECT 1", &[], |row| row.integer(0)));
                    one.await.map(|_| replicas::ready(&store)).map_err(|error: Error| error.to_string())
                })
            })),
            footer: policies::FOOTER.into_iter().chain([PROGRAMS]).collect(),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            proxies: self.proxies.clone(),
            measures: self.measures.clone(),
            scheme: if self.address.starts_with("https://") { "https" } else { "http" },
            follow: self.follow.clone(),
            limits: Limits { requests_a_minute: self.requests_a_minute, ..Limits::default() },
            ..Site::default()
        }
    }

    /// Every template of every subject.
    pub fn templates(&self) -> Vec<Template> {
        slices(self).into_iter().flat_map(|slice| slice.templates).collect()
    }

    /// Every address that is answered, besides `/healthz`, `/readyz` and the assets, which are `web`'s.
    pub fn endpoints(&self) -> Vec<Endpoint> {
        slices(self).iter().flat_map(|slice| slice.routes.endpoints()).collect()
    }
}

/// The whole application.
///
/// # Errors
/// When a template cannot be read.
pub fn app(product: &Product) -> Result<Router, TemplateError> {
    let slices = slices(product);
    let templates = slices.iter().flat_map(|slice| slice.templates.clone()).collect();
    let routes = slices.into_iter().fold(Router::new(), |routes, slice| routes.merge(slice.routes.into_router()));
    web::app(product.site(), templates, replicas::answering(routes, &product.store))
}
