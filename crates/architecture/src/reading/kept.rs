//! Counting in memory, writing once a second.
//!
//! A kill without warning loses the last second of what was read; what was answered is then not written down. Writing each
//! before its answer would make every page wait for the disk.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::store::{Error, Store};
use vocabulary::{Reader, Standing};
use web::{Answered, Format};

use super::{Covers, store};

/// How long counting goes on before it is written.
const WAIT: Duration = Duration::from_secs(1);
/// Lines that wait at most; a database that is away for long must not fill the memory.
const MOST: usize = 50_000;

/// What makes a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub day: String,
    pub person: String,
    pub acting: String,
    pub route: String,
    /// The organisation's, system's or contract's id, as the address has it; empty for pages over all estates.
    pub about: String,
    pub format: &'static str,
    pub by_token: bool,
    pub saw_all: bool,
}

/// How often, and when last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub times: i64,
    pub last_at: String,
}

/// What was read and is not yet written, and where it goes. Clones are the same.
#[derive(Clone)]
pub struct Readings {
    store: Store,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    lines: BTreeMap<Key, Counted>,
    /// Whether somebody will write them.
    due: bool,
    /// How many were not even counted.
    dropped: u64,
}

impl Readings {
    /// Nothing read yet.
    pub fn new(store: Store) -> Readings {
        Readings { store, waiting: Arc::default() }
    }

    /// For [`web::Site::answered`]: counts what somebody was shown, and sees to it that it is written.
    pub fn listener(&self) -> web::Listener {
        let readings = self.clone();
        Arc::new(move |answered: &Answered<'_>| {
            if readings.count(answered) {
                let readings = readings.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(WAIT).await;
                    readings.write().await;
                });
            }
        })
    }

    /// Writes what waits, and says in the log what could not be written.
    pub async fn write(&self) {
        let lines = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.due = false;
            let dropped = std::mem::take(&mut waiting.dropped);
            if dropped > 0 {
                tracing::error!(
                    dropped,
                    "what was read is not written down: the database did not take it for too long"
                );
            }
            std::mem::take(&mut waiting.lines)
        };
        if lines.is_empty() {
            return;
        }
        let written = lines.clone();
        let write = self.store.write(move |tx| store::add(tx, &written)).await;
        if let Err(cause) = write {
            let cause: Error = cause;
            tracing::warn!(%cause, lines = lines.len(), "what was read waits to be written");
            self.back(lines);
        }
    }

    /// Puts lines back that could not be written: the next reader has them written.
    fn back(&self, lines: BTreeMap<Key, Counted>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, counted) in lines {
            waiting.add(key, counted);
        }
    }

    /// True when what waits is to be written and nobody does yet.
    fn count(&self, answered: &Answered<'_>) -> bool {
        let now = answered.at.to_string();
        let Some(key) = key(answered, &now) else { return false };
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.add(key, Counted { times: 1, last_at: now });
        !std::mem::replace(&mut waiting.due, true)
    }
}

impl Waiting {
    fn add(&mut self, key: Key, counted: Counted) {
        if self.lines.len() >= MOST && !self.lines.contains_key(&key) {
            self.dropped += 1;
            return;
        }
        let line = self.lines.entry(key).or_insert(Counted { times: 0, last_at: String::new() });
        line.times += counted.times;
        line.last_at = std::mem::take(&mut line.last_at).max(counted.last_at);
    }
}

/// What is written down of an answer; none where it showed nothing but what is everybody's.
fn key(answered: &Answered<'_>, now: &str) -> Option<Key> {
    let Reader { person, acting, scope } = answered.reader;
    if answered.reader.standing() == Standing::Public {
        return None;
    }
    let (person, acting) = (person.as_ref()?, acting.as_ref()?);
    let about = match Covers::of(answered.route) {
        Covers::Nothing => return None,
        Covers::All => String::new(),
        Covers::Organisation | Covers::System | Covers::Contract => {
            // As the router reads it: letters that were sent percent-encoded name the same estate.
            let sent = answered.path.split('/').nth(2)?;
            form_urlencoded::parse(sent.as_bytes()).next()?.0.into_owned()
        }
    };
    Some(Key {
        day: now.get(..10)?.to_owned(),
        person: person.to_string(),
        acting: acting.organisation.to_string(),
        route: answered.route.to_owned(),
        about,
        format: match answered.format {
            Format::Html => "page",
            other => other.suffix().trim_start_matches('.'),
        },
        by_token: scope.is_some(),
        saw_all: answered.reader.standing() == Standing::Everything,
    })
}
