//! Attacks on the whole program as it runs, gathered by class: one file a class, and one demonstration a file.
//!
//! What is attacked is read from the declared endpoints, so that an address is attacked from the day on which it is there.
//! `docs/threat-model.md` names the classes and says how to add an attack.

use std::collections::BTreeMap;

use store::{Location, Store, Transaction};
use tempfile::{TempDir, tempdir};
use web::{Endpoint, Shape};

use crate::addresses::{endpoints, pattern};
use crate::browser::Browser;
use crate::program::{Ended, Serving};

mod access_control;
mod caches;
mod cross_site;
mod enumeration;
mod headers_and_log;
mod injection;
mod redirects;
mod requests_out;
mod sessions;
mod uploads;
mod wire;

pub use wire::{Answer, Wire};

/// An id that nothing has.
pub const NOBODY: &str = "019cb2f0-0000-7000-8000-0000000000ff";
/// What marks off the parts of an upload.
const BOUNDARY: &str = "zq-boundary-0123456789";
/// A secret of the right shape that nobody was given.
pub const GUESS: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
/// Tables that note who is here and what runs: they change by looking.
const ABOUT_LOOKING: [&str; 3] = ["job", "reading", "session"];

/// A demonstration of its own, with what there is to attack.
pub struct Demonstration {
    serving: Option<Serving>,
    folder: TempDir,
    arguments: Vec<&'static str>,
    pub address: String,
    pub wire: Wire,
    pub endpoints: Vec<Endpoint>,
}

impl Demonstration {
    pub fn start() -> Demonstration {
        Demonstration::start_with(&[])
    }

    /// With these options.
    pub fn start_with(options: &[&'static str]) -> Demonstration {
        let folder = tempdir().expect("a folder");
        let arguments = [&["demo"], options].concat();
        let serving = Serving::start(folder.path(), &arguments);
        let address = serving.address.clone();
        let wire = Wire::to(&address);
        Demonstration { serving: Some(serving), folder, arguments, address, wire, endpoints: endpoints() }
    }

    /// Somebody who has not signed in.
    pub fn visitor(&self) -> Somebody {
        Somebody { name: "a visitor".to_owned(), browser: Browser::new(&self.address), wire: self.wire.clone() }
    }

    /// The person whose choice is labelled so.
    pub fn somebody(&self, label: &str) -> Somebody {
        let mut browser = Browser::new(&self.address);
        browser.become_somebody(label);
        Somebody { name: label.to_owned(), browser, wire: self.wire.clone() }
    }

    /// Stops, says what is in the tables that change by doing only, and goes on. Sessions stay.
    pub fn contents(&mut self, people: &mut [&mut Somebody]) -> BTreeMap<String, String> {
        let contents = self.meanwhile(contents);
        for somebody in people {
            somebody.browser.moved(&self.address);
            somebody.wire = self.wire.clone();
        }
        contents
    }

    /// Changes the database as nobody can who only asks, such as the time of what happened.
    pub fn change(&mut self, change: impl Fn(&mut Transaction<'_>) -> Result<(), store::Error> + Send + 'static) {
        self.meanwhile(|store| store.write_blocking(change).unwrap());
    }

    /// Stops, opens the database, and goes on: perhaps at another port.
    fn meanwhile<T>(&mut self, look: impl FnOnce(&Store) -> T) -> T {
        if let Some(serving) = self.serving.take() {
            serving.stop().with(0);
        }
        let location = Location::Sqlite(self.folder.path().join("commonhold-demo/commonhold.sqlite"));
        let store = Store::open(&location, &server::migrations()).unwrap();
        let seen = look(&store);
        store.close();
        let serving = Serving::start(self.folder.path(), &self.arguments);
        self.address.clone_from(&serving.address);
        self.wire = Wire::to(&self.address);
        self.serving = Some(serving);
        seen
    }

    /// Ends it, sees that it ends well, and gives what it wrote.
    pub fn stop(mut self) -> Ended {
        self.serving.take().expect("it serves").stop().with(0)
    }

    /// Every read.
    pub fn reads(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter().filter(|endpoint| endpoint.method == "GET")
    }

    /// Every write.
    pub fn writes(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter().filter(|endpoint| endpoint.method == "POST")
    }
}

/// What is in a database, by table: how many rows, and a hash of them.
fn contents(store: &Store) -> BTreeMap<String, String> {
    let tables = store.read_blocking(store::backup::digests).unwrap();
    let known = tables.into_iter().filter(|table| !ABOUT_LOOKING.contains(&table.table.as_str()));
    known.map(|table| (table.table, format!("{} rows, {}", table.rows, table.sha256))).collect()
}

/// The newest address with a secret among the letters, that begins so.
pub fn secret(visitor: &Somebody, start: &str) -> String {
    let letters = visitor.get("/outbox").text();
    let at = letters.find(start).unwrap_or_else(|| panic!("no letter with {start}"));
    letters[at..].split(['"', '<', '\n', ' ', '&']).next().unwrap().to_owned()
}

/// The id of the person who has this address, as operators see it.
pub fn id_of(operator: &Somebody, email: &str) -> String {
    let seen = operator.get(&format!("/operator/people.json?q={}", percent(email)));
    let people: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    people["people"][0]["id"].as_str().unwrap_or_else(|| panic!("nobody is {email}: {people}")).to_owned()
}

/// The token on the page that shows it once.
pub fn token_in(page: &str) -> String {
    let at = page.find("commonhold_").unwrap_or_else(|| panic!("no token: {page}"));
    page[at..].split(|other: char| !other.is_ascii_alphanumeric() && other != '_').next().unwrap().to_owned()
}

/// Somebody who asks, by a browser or by bytes of their own.
pub struct Somebody {
    pub name: String,
    pub browser: Browser,
    wire: Wire,
}

impl Somebody {
    /// Whoever this browser is, at this address.
    pub fn at(address: &str, browser: Browser, name: &str) -> Somebody {
        Somebody { name: name.to_owned(), browser, wire: Wire::to(address) }
    }

    /// What their browser would send of who they are.
    pub fn cookie(&self) -> Vec<(&str, &str)> {
        self.browser.cookie().map(|cookie| ("Cookie", cookie)).into_iter().collect()
    }

    /// Reads.
    pub fn get(&self, target: &str) -> Answer {
        self.wire.ask("GET", target, &self.cookie(), b"")
    }

    /// Sends a form as a page of this site would.
    pub fn post(&self, target: &str, form: &str) -> Answer {
        let origin = format!("http://{}", self.wire.host);
        let more = [("Origin", origin.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
        self.send(target, &more, form.as_bytes())
    }

    /// The host and port that they ask.
    pub fn host(&self) -> &str {
        &self.wire.host
    }

    /// Asks without their cookie.
    pub fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.wire.ask(method, target, headers, body)
    }

    /// Sends JSON as a program on a page of this site would.
    pub fn post_json(&self, target: &str, json: &str) -> Answer {
        let origin = format!("http://{}", self.wire.host);
        let more = [("Origin", origin.as_str()), ("Content-Type", "application/json"), ("Accept", "application/json")];
        self.send(target, &more, json.as_bytes())
    }

    /// Sends a file as the form on the page of imports does.
    pub fn upload(&self, organisation: &str, name: &str, bytes: &[u8]) -> Answer {
        let origin = format!("http://{}", self.wire.host);
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let quoted = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{quoted}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat();
        let headers = [("Origin", origin.as_str()), ("Content-Type", kind.as_str())];
        self.send(&format!("/organisations/{organisation}/imports"), &headers, &body)
    }

    /// Sends with headers of the attacker's choice.
    pub fn send(&self, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.wire.ask("POST", target, &[self.cookie(), headers.to_vec()].concat(), body)
    }
}

/// An address of every kind, as far as somebody comes to one.
#[derive(Default)]
pub struct Known(BTreeMap<&'static str, String>);

impl Known {
    /// What those who look come to by following links, the first first.
    pub fn by_looking(endpoints: &[Endpoint], looking: &[(&Somebody, &str)]) -> Known {
        let kind = |address: &str| pattern("GET", address, endpoints).unwrap_or(address).to_owned();
        let mut known = Known::default();
        for (who, start) in looking {
            for (address, seen) in who.browser.follow_links(start, 1, kind) {
                if let Some(pattern) = pattern("GET", &address, endpoints).filter(|_| seen.status == 200) {
                    let path = address.split('?').next().unwrap_or_default().to_owned();
                    known.0.entry(pattern).or_insert(path);
                }
            }
        }
        known
    }

    /// One that nobody comes to by links.
    pub fn insert(&mut self, pattern: &'static str, address: &str) {
        self.0.insert(pattern, address.to_owned());
    }

    /// Those that were come to, by their pattern.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(pattern, address)| (*pattern, address.as_str()))
    }

    /// An address of this pattern: one that was come to, else one with ids of the same things, else one of nothing.
    pub fn address(&self, pattern: &str) -> String {
        if let Some(address) = self.0.get(pattern) {
            return address.clone();
        }
        let parts: Vec<&str> = pattern.split('/').collect();
        let alike = |known: &&str| known.split('/').zip(&parts).take_while(|(one, other)| one == *other).count();
        let nearest = self.0.keys().copied().max_by_key(alike);
        let (shared, filled) = match nearest {
            Some(nearest) => (alike(&nearest), self.0[nearest].split('/').map(str::to_owned).collect()),
            None => (0, Vec::new()),
        };
        let made_up = |part: &str| match part {
            "{token}" => GUESS.to_owned(),
            "{number}" => "1".to_owned(),
            part if part.starts_with('{') => NOBODY.to_owned(),
            part => part.to_owned(),
        };
        let filled = |(at, part): (usize, &&str)| match at < shared {
            true => filled[at].clone(),
            false => made_up(part),
        };
        parts.iter().enumerate().map(filled).collect::<Vec<_>>().join("/")
    }
}

/// A form that fills every field of an address, with values that it would take as far as its declaration tells.
pub fn filled(endpoint: &Endpoint) -> Vec<(String, String)> {
    let value = |name: &&'static str| {
        let word = endpoint.word(name);
        let value = match word.map(|word| word.shape) {
            Some(Shape::OneOf(values)) => values.first().copied().unwrap_or_default(),
            Some(Shape::Day) => "2027-03-31",
            Some(Shape::Number(..)) => "7",
            _ => word.map_or("attack", |word| word.examples.first().copied().unwrap_or_default()),
        };
        ((*name).to_owned(), if value.is_empty() { "attack" } else { value }.to_owned())
    };
    // Names that stand for many, the part of a form that leaves the others out, and what came with a form that nobody opened
    // would have the whole refused.
    endpoint
        .fields
        .iter()
        .filter(|name| !name.ends_with('*') && !["card", "based_on"].contains(*name))
        .map(value)
        .collect()
}

/// As a form in a browser sends it.
pub fn encoded<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<String> =
        pairs.into_iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
    pairs.join("&")
}

/// As a query may hold it.
pub fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
