//! The threads that ask the primary and its replicas how far they have come, and say in the log what has changed.

use super::seen::Seen;
use super::{Found, INTERVAL, Primary, Replica, ReplicaState, lock};
use crate::{Error, postgres};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub(super) fn primary(
    mut asked: postgres::Connection,
    primary: &Arc<Mutex<Primary>>,
    seen: &Arc<Mutex<Seen>>,
    oldest: Duration,
    stopped: &Receiver<()>,
) -> Result<JoinHandle<()>, Error> {
    let (primary, seen) = (Arc::clone(primary), Arc::clone(seen));
    let mut well = true;
    every_interval(stopped, move || {
        let began = Instant::now();
        match asked.ask_primary() {
            Ok(said) => {
                well = true;
                let timeline = said.history.timeline;
                if lock(&primary).note(said, began, oldest) {
                    tracing::warn!(timeline, "the primary has begun another history; replicas have to follow it first");
                    *lock(&seen) = Seen::default();
                }
            }
            Err(error) => {
                if well {
                    tracing::warn!(%error, "the primary does not say how far it has come: soon no replica is read from");
                }
                well = false;
            }
        }
        // Twice the age that is allowed: what was seen before is on every replica that may answer.
        lock(&seen).forget(oldest.saturating_mul(2), Instant::now());
    })
}

pub(super) fn replica(
    mut asked: postgres::Connection,
    replica: &Arc<Replica>,
    primary: &Arc<Mutex<Primary>>,
    oldest: Duration,
    stopped: &Receiver<()>,
) -> Result<JoinHandle<()>, Error> {
    let (replica, primary) = (Arc::clone(replica), Arc::clone(primary));
    let mut told = ReplicaState::Unknown;
    every_interval(stopped, move || {
        let found = match asked.ask_replica() {
            Ok(said) => Found::Said(said, Instant::now()),
            Err(error) => Found::Away(match error {
                Error::Unavailable { message } => message,
                other => other.to_string(),
            }),
        };
        *lock(&replica.found) = found;
        let now = Instant::now();
        let state = lock(&primary).state_of(&lock(&replica.found), oldest, now);
        if state != told && state != ReplicaState::Unknown {
            tell(&replica.place, &state, oldest);
            told = state;
        }
    })
}

fn tell(place: &str, state: &ReplicaState, oldest: Duration) {
    let why = match state {
        ReplicaState::Unknown => return,
        ReplicaState::Follows => {
            tracing::info!(replica = place, "a replica follows, and is read from");
            return;
        }
        ReplicaState::Behind => format!("it is more than {} seconds behind", oldest.as_secs()),
        ReplicaState::Away(why) => why.clone(),
        ReplicaState::NoReplica => "it is no replica: it follows nobody and takes writes".to_owned(),
        ReplicaState::OfAnother => "it is a replica of another database server".to_owned(),
        ReplicaState::OtherTimeline => {
            "it follows another line of history than the primary has, as after a failover".to_owned()
        }
    };
    tracing::warn!(replica = place, %why, "a replica is not read from");
}

/// Does it at once and then again and again, until the other end of `stopped` is dropped.
fn every_interval(stopped: &Receiver<()>, mut work: impl FnMut() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    let stopped = stopped.clone();
    let watch = move || {
        loop {
            work();
            match stopped.recv_timeout(INTERVAL) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    };
    thread::Builder::new().name("store-watch".to_owned()).spawn(watch).map_err(|error| Error::Unavailable {
        message: format!("a thread that watches its replicas could not be started ({error})"),
    })
}
