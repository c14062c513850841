//! What is true of one running copy, and what slices hand over about themselves.

use std::{fmt, future::Future, num::NonZeroU32, pin::Pin, sync::Arc, time::Duration};

use axum::http::HeaderMap;
use serde_json::{Map, Value};
use vocabulary::{Chance, Clock, Reader};

use crate::{Asking, Capacity, Catalogue, Follow, Measures, Pace, Page, Problem, TrustedProxies};

/// One template of a slice: `Template { name: "accounts/sign-in.html", source: include_str!(…) }`.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// The name that `extends`, `import` and [`Page::new`] use: crate, slash, file.
    pub name: &'static str,
    /// Plain MiniJinja.
    pub source: &'static str,
}

/// One script of a slice, for its own pages: `site.scripts.passkey` in a template is its address. A page works without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    /// The name by which templates ask for it: lower-case letters.
    pub name: &'static str,
    /// A module of JavaScript.
    pub source: &'static str,
}

/// A link of the service navigation or the footer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NavigationItem {
    /// What [`Page::section`] says to mark it.
    pub id: &'static str,
    /// The words, in English; translated when shown.
    pub text: &'static str,
    /// The path it goes to.
    pub href: &'static str,
}

/// A link of the service navigation for some people only: a subject says for whom.
#[derive(Clone, Copy, Debug)]
pub struct PersonalItem {
    /// The link.
    pub item: NavigationItem,
    /// Whether this reader has it.
    pub shown: fn(&Reader) -> bool,
}

/// A page with sample data, so that every page can be rendered and checked without a store.
#[derive(Clone, Debug)]
pub struct SamplePage {
    /// What the sample shows: "system, with unknown values".
    pub name: &'static str,
    /// The page.
    pub page: Page,
}

/// Finds out who is asking, from the request's headers (a session cookie). A visitor when it says so.
pub type Who = Arc<dyn Fn(HeaderMap) -> Pin<Box<dyn Future<Output = Result<Asking, Problem>> + Send>> + Send + Sync>;

/// Finds out where a path leads that stood for something before it was merged, for this reader; none for all others.
pub type Moved =
    Arc<dyn Fn(Reader, String) -> Pin<Box<dyn Future<Output = Result<Option<String>, Problem>> + Send>> + Send + Sync>;

/// Says whether the copy can serve, and what else anybody may know of that: the text of an error goes to the log, not to the
/// asker.
pub type Health =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<Map<String, Value>, String>> + Send>> + Send + Sync>;

/// How long and how large a request may be, and how many there may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For working out an answer, once what was sent has arrived.
    pub answer: Duration,
    /// For a form or file to arrive.
    pub read: Duration,
    /// How fast it has to arrive.
    pub pace: Pace,
    /// Bytes of any body.
    pub body: usize,
    /// How much is worked on at a time.
    pub capacity: Capacity,
    /// How many requests a minute a visitor's address, a person or a token may send. None: any number.
    pub requests_a_minute: Option<NonZeroU32>,
}

impl Default for Limits {
    /// 30 seconds; two minutes; 22 MB, a little over [`crate::UPLOAD_LIMIT`]; no quota.
    fn default() -> Limits {
        Limits {
            answer: Duration::from_secs(30),
            read: Duration::from_secs(120),
            pace: Pace::default(),
            body: 22 * 1024 * 1024,
            capacity: Capacity::default(),
            requests_a_minute: None,
        }
    }
}

/// A page that was answered to somebody who has signed in and looks as themselves.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// Who asked.
    pub reader: &'a Reader,
    /// The pattern of the address, such as `/systems/{id}`.
    pub route: &'a str,
    /// The path without format and language.
    pub path: &'a str,
    /// As what it was answered.
    pub format: crate::Format,
    /// When.
    pub at: vocabulary::Timestamp,
}

/// What is told of answers. It is called on the way out, so it does nothing that takes time.
pub type Listener = Arc<dyn Fn(&Answered<'_>) + Send + Sync>;

/// One running copy: whose it is, what it links to, and where time, chance and readers come from.
#[derive(Clone)]
pub struct Site {
    /// Who runs it, in the header. None: the header says Commonhold.
    pub owner: Option<String>,
    /// Whether everything here is invented.
    pub demonstration: bool,
    /// The program's version, in the footer.
    pub version: String,
    /// An e-mail address for help, in the footer.
    pub contact: Option<String>,
    /// The licence of the content, one sentence in the footer.
    pub licence_note: Option<String>,
    /// The service navigation. "Sign in" or "Account" follow by themselves.
    pub navigation: Vec<NavigationItem>,
    /// Further items, for those to whom they belong.
    pub navigation_personal: Vec<PersonalItem>,
    /// Links of the footer. Only to pages that exist.
    pub footer: Vec<NavigationItem>,
    /// Scripts of subjects' own pages.
    pub scripts: Vec<Script>,
    /// Languages beside English. A page in one stands under `/{code}/…`.
    pub catalogues: Vec<Catalogue>,
    /// Finds out who is asking. None: everybody is a visitor.
    pub who: Option<Who>,
    /// Finds out where a path that is not found leads.
    pub moved: Option<Moved>,
    /// Told of every page that was answered to somebody.
    pub answered: Option<Listener>,
    /// What `/readyz` asks.
    pub health: Option<Health>,
    /// Proxies whose word about a client's address is believed.
    pub proxies: TrustedProxies,
    /// What is counted.
    pub measures: Measures,
    /// `http` or `https`: how addresses begin by which people reach this copy.
    pub scheme: &'static str,
    /// How a request's span goes on with the trace of a trusted proxy. None: it does not.
    pub follow: Option<Follow>,
    /// Where the present moment comes from.
    pub clock: Clock,
    /// Where request ids come from.
    pub chance: Chance,
    /// Limits of time, size and number.
    pub limits: Limits,
}

impl Default for Site {
    /// Nobody's copy, without navigation: a beginning for `Site { owner, ..Site::default() }`.
    fn default() -> Site {
        Site {
            owner: None,
            demonstration: false,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            contact: None,
            licence_note: None,
            navigation: Vec::new(),
            navigation_personal: Vec::new(),
            footer: Vec::new(),
            scripts: Vec::new(),
            catalogues: Vec::new(),
            who: None,
            moved: None,
            answered: None,
            health: None,
            proxies: TrustedProxies::default(),
            measures: Measures::default(),
            scheme: "http",
            follow: None,
            clock: Clock::System,
            chance: Chance::System,
            limits: Limits::default(),
        }
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("owner", &self.owner)
            .field("demonstration", &self.demonstration)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
