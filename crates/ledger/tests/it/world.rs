//! Readers, things and a store, for all tests of this crate.

use jiff::Timestamp;
use ledger::{AlsoKnown, Thing};
use store::{Transaction, values};
use testing::TestStore;
use vocabulary::{Acting, Chance, PersonId, Reader, Role, Visibility};

/// A moment; tests that care say how many minutes later.
pub fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-03-03T10:00:00Z".parse().unwrap();
    start + jiff::SignedDuration::from_mins(minutes)
}

pub fn chance() -> Chance {
    Chance::counted(1)
}

pub fn store() -> TestStore {
    testing::store(ledger::MIGRATIONS)
}

/// A reader written as `organisation/role`; a supplier's begins with `supplier:`; nothing is a visitor.
pub fn reader(text: &str) -> Reader {
    if text.is_empty() {
        return Reader::visitor();
    }
    let participating = !text.starts_with("supplier:");
    let (organisation, role) = text.trim_start_matches("supplier:").split_once('/').unwrap();
    let role: Role = role.parse().unwrap();
    Reader {
        person: Some(PersonId(uuid::Uuid::nil())),
        acting: Some(Acting { organisation: organisation.parse().unwrap(), participating, role }),
        scope: None,
    }
}

/// Every sort of reader.
pub const READERS: [&str; 11] = [
    "",
    "supplier:fennel/member",
    "supplier:ashmere/steward",
    "ashmere/member",
    "ashmere/editor",
    "ashmere/steward",
    "ashmere/moderator",
    "ashmere/operator",
    "brackford/member",
    "brackford/steward",
    "brackford/auditor",
];

/// A thing of a kind at `/{kind}s/{slug of the title}`.
pub fn thing(organisation: &str, kind: &str, title: &str, visibility: Visibility) -> Thing {
    let slug = vocabulary::fold(title).replace(' ', "-");
    Thing {
        organisation: (!organisation.is_empty()).then(|| organisation.parse().unwrap()),
        address: format!("/{kind}s/{slug}"),
        kind: kind.to_owned(),
        title: title.to_owned(),
        summary: String::new(),
        visibility,
        also: vec![],
    }
}

pub trait With {
    fn with(self, why: &str, text: &str) -> Self;
    fn about(self, summary: &str) -> Self;
}

impl With for Thing {
    fn with(mut self, why: &str, text: &str) -> Thing {
        self.also.push(AlsoKnown::new(why, text));
        self
    }
    fn about(mut self, summary: &str) -> Thing {
        self.summary = summary.to_owned();
        self
    }
}

/// Runs on the store and gives what it says.
pub fn run<T: Send + 'static>(
    store: &TestStore,
    mut work: impl FnMut(&mut Transaction<'_>) -> Result<T, ledger::Error> + Send + 'static,
) -> Result<T, ledger::Error> {
    store.write_blocking(move |tx| work(tx))
}

pub fn put(store: &TestStore, things: Vec<Thing>) {
    run(store, move |tx| Ok(ledger::put_things(tx, &things, at(0))?)).unwrap();
}

pub fn count(store: &TestStore, sql: &'static str, parameter: &str) -> i64 {
    let parameter = parameter.to_owned();
    let count = move |tx: &mut Transaction<'_>| tx.query_one(sql, &values![parameter.as_str()], |row| row.integer(0));
    store.read_blocking(count).unwrap()
}
