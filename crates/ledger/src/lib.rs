//! The ledger: things, links and events, and search over all of them. The thread that joins the subjects.
//!
//! | Module | What it is for |
//! |---|---|
//! | `visibility` | the one predicate that says in SQL what a reader may see |
//! | `thing` | registering things and their tombstones |
//! | `words`, `search` | the words under which things are found; search and its page |
//! | `event`, `canonical` | what happened, in canonical bytes with a hash |
//! | `belonging` | whose the rows of each table are |
//! | `erasure` | which personal data was erased, so that a restored backup does not bring it back |
//! | `link` | relations between things of different subjects |
//! | `health` | what a slice says of itself to whoever runs the copy |
//! | `kept` | what is kept about people, what for and for how long |
//! | [`job`] | work apart from requests: durable, at least once |
//! | `moved` | addresses that lead on after a merging, with their links |
//! | `doctor` | proof that all of this agrees with the subjects and with itself |
//! | `slice` | what a subject hands to `server` |
//!
//! It knows no subject: kinds of things come in as data, and what a subject knows of its things stays there.

mod about_people;
mod belonging;
mod canonical;
mod doctor;
mod erasure;
mod error;
mod event;
mod health;
pub mod job;
mod kept;
mod link;
mod moved;
mod search;
mod slice;
mod thing;
mod visibility;
mod words;

pub use about_people::{ABOUT_PEOPLE, AboutPeople, Held, Holds, PersonColumn, WhenErased, Whom};
pub use belonging::{BELONGINGS, Belonging, Owner};
pub use doctor::{Difference, What, compare, rebuild, verify};
pub use erasure::{Erasure, Secrets, erasures, reapply, record_erasure};
pub use error::{Error, store_kind, store_problem};
pub use event::{Event, NewEvent, append, erase_details, events, events_of};
pub use health::{Card, Concern, Grade, Health, Known, Line, Words};
pub use kept::{Kept, SayKept, kept};
pub use link::{Link, link, links, unlink};
pub use moved::{destination, lead_on, move_back, move_thing, moved};
pub use search::{Correction, Hit, MOST_QUERY_WORDS, SORT, SearchResult, search};
pub use slice::{Kind, Slice};
pub use thing::{AlsoKnown, Registered, Thing, Tombstone, find, put_things, withdraw_thing};
pub use visibility::{Predicate, visible};
pub use words::{Reason, search_words};

use store::{Migration, Store};
use vocabulary::Retention;

/// The tables.
pub const MIGRATIONS: &[Migration] = &[
    Migration { subject: "ledger", number: 1, name: "things", sql: include_str!("../migrations/0001_things.sql") },
    Migration { subject: "ledger", number: 2, name: "events", sql: include_str!("../migrations/0002_events.sql") },
    Migration { subject: "ledger", number: 3, name: "links", sql: include_str!("../migrations/0003_links.sql") },
    Migration { subject: "ledger", number: 4, name: "moved", sql: include_str!("../migrations/0004_moved.sql") },
    Migration {
        subject: "ledger",
        number: 5,
        name: "vocabulary",
        sql: include_str!("../migrations/0005_vocabulary.sql"),
    },
    Migration { subject: "ledger", number: 6, name: "jobs", sql: include_str!("../migrations/0006_jobs.sql") },
    Migration { subject: "ledger", number: 7, name: "erasures", sql: include_str!("../migrations/0007_erasures.sql") },
];

/// What the ledger offers: the search page. `kinds` are those of all slices, for its words; others cannot be searched for.
pub fn slice(store: Store, kinds: &[Kind], retention: Retention) -> Slice {
    Slice {
        name: "ledger",
        routes: search::page::routes(store, kinds),
        templates: vec![web::Template { name: "ledger/search.html", source: include_str!("../templates/search.html") }],
        migrations: MIGRATIONS,
        navigation: vec![],
        personal: vec![],
        operator: vec![],
        samples: search::page::samples(),
        kinds: &[],
        things: |_| Ok(vec![]),
        check: verify,
        people: ABOUT_PEOPLE,
        jobs: vec![job::tidy(retention)],
        health: vec![],
    }
}
