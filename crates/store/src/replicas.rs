//! Streaming replicas of a PostgreSQL database: which of them may answer whom.
//!
//! A thread for the primary and one for each replica ask twice a second how far each has come. A replica may answer when it
//! follows the primary's own history, is not older than the operator allows, and has all that the reader must see. How old
//! it is: as old as the newest look at the primary that it has caught up with, so an idle primary has young replicas. That a
//! replica has what a reader must see, it says itself on the connection that then reads.
//!
//! What a reader must see: for a visitor what they saw before, for somebody known all that was committed before they asked.
//!
//! A read that meets a lost replica before its closure has run goes to the primary. After that it fails, and
//! [`ReadScope::must_be_repeated`] tells whoever can do it all again.

mod scope;
mod seen;
mod watch;

use crate::connection::{Connection, Near};
use crate::position::{History, OfPrimary, OfReplica, Position};
use crate::store::{Job, join, start};
use crate::traces::Asked;
use crate::transaction::Transaction;
use crate::{Error, postgres};
use crossbeam_channel::{Sender, TrySendError, bounded};
pub(crate) use scope::Inner as CurrentScope;
pub use scope::ReadScope;
use scope::Whose;
use seen::Seen;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How often everyone is asked how far they have come.
const INTERVAL: Duration = Duration::from_millis(500);

/// A replica that has not answered for so long is taken to be away, whatever it said before.
const SILENCE: Duration = Duration::from_secs(3);

/// How many closures may wait for a replica.
const QUEUE: usize = 1024;

/// How a replica stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplicaState {
    /// It has not been asked yet, or the primary could not be.
    Unknown,
    /// It follows, and answers.
    Follows,
    /// It follows, too far behind to answer.
    Behind,
    /// It cannot be reached: why.
    Away(String),
    /// It is no replica: it follows nobody and takes writes.
    NoReplica,
    /// It is a replica of another database server.
    OfAnother,
    /// It follows another line of the primary's history, as one of two does after a failover.
    OtherTimeline,
}

/// What is known of a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaHealth {
    /// Where it is, without user and password.
    pub place: String,
    /// How it stands.
    pub state: ReplicaState,
    /// How many bytes of changes it lacks.
    pub behind_bytes: Option<u64>,
    /// How old what it shows may be.
    pub age: Option<Duration>,
    /// Reads that it answered.
    pub reads: u64,
    /// Reads that broke off because it was lost.
    pub broken: u64,
}

/// All replicas of one store. Where two locks are held, that of `primary` is taken first.
pub(crate) struct Replicas {
    list: Vec<Arc<Replica>>,
    oldest: Duration,
    primary: Arc<Mutex<Primary>>,
    seen: Arc<Mutex<Seen>>,
    watchers: Mutex<Watchers>,
}

/// Threads that ask, and what ends them when it is dropped.
#[derive(Default)]
struct Watchers {
    stop: Option<Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

struct Replica {
    place: String,
    found: Mutex<Found>,
    /// `None` once closed.
    queue: RwLock<Option<Sender<Job>>>,
    readers: Mutex<Vec<JoinHandle<()>>>,
    reads: AtomicU64,
    broken: AtomicU64,
}

/// What a replica said last.
#[derive(Default)]
enum Found {
    #[default]
    NotAsked,
    Said(OfReplica, Instant),
    Away(String),
}

/// What is known of the primary: its history, and how far it had come when.
#[derive(Default)]
struct Primary {
    history: Option<History>,
    looks: VecDeque<(Instant, Position)>,
    inserted: Position,
}

/// How trying to read from a replica ended.
enum Tried<T, E, W> {
    Done(Result<T, E>),
    /// It could not begin; the closure has not run.
    NotHere(W),
}

impl Replicas {
    /// Starts to watch and to read.
    pub(crate) fn start(primary: &str, replicas: &[String], oldest: Duration, readers: usize) -> Result<Self, Error> {
        let (stop, stopped) = bounded(0);
        let all = Self {
            list: replicas.iter().map(|url| Replica::start(url, readers).map(Arc::new)).collect::<Result<_, _>>()?,
            oldest,
            primary: Arc::default(),
            seen: Arc::default(),
            watchers: Mutex::new(Watchers { stop: Some(stop), threads: Vec::new() }),
        };
        let asked = postgres::Connection::to_ask(primary)?;
        let mut threads = vec![watch::primary(asked, &all.primary, &all.seen, oldest, &stopped)?];
        for (url, replica) in replicas.iter().zip(&all.list) {
            let asked = postgres::Connection::to_ask(url)?;
            threads.push(watch::replica(asked, replica, &all.primary, oldest, &stopped)?);
        }
        lock(&all.watchers).threads = threads;
        Ok(all)
    }

    pub(crate) fn close(&self) {
        for replica in &self.list {
            drop(replica.queue.write().unwrap_or_else(PoisonError::into_inner).take());
        }
        let Watchers { stop, mut threads } = std::mem::take(&mut *lock(&self.watchers));
        drop(stop);
        for replica in &self.list {
            threads.append(&mut lock(&replica.readers));
        }
        let until = Instant::now() + SILENCE;
        while threads.iter().any(|thread| !thread.is_finished()) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        // Whoever waits for a server that has gone silent is left behind: there is nothing that it could write.
        threads.retain(JoinHandle::is_finished);
        join(&Mutex::new(threads));
    }

    /// How each replica stands, in the order in which they were given.
    pub(crate) fn health(&self) -> Vec<ReplicaHealth> {
        let now = Instant::now();
        let primary = lock(&self.primary);
        let health = self.list.iter().map(|replica| {
            let found = lock(&replica.found);
            let said = match &*found {
                Found::Said(said, _) => Some(said),
                Found::NotAsked | Found::Away(_) => None,
            };
            let comparable = said.filter(|said| primary.history.as_ref() == Some(&said.history));
            ReplicaHealth {
                place: replica.place.clone(),
                state: primary.state_of(&found, self.oldest, now),
                behind_bytes: comparable.map(|said| said.replayed.behind(primary.inserted)),
                age: comparable.and_then(|said| primary.age_of(said.replayed, now)),
                reads: replica.reads.load(Ordering::Relaxed),
                broken: replica.broken.load(Ordering::Relaxed),
            }
        });
        health.collect()
    }

    /// The replica that is to answer this reader: always the same one while it can.
    fn choose(&self, number: u64) -> Option<&Arc<Replica>> {
        let now = Instant::now();
        let primary = lock(&self.primary);
        let able =
            self.list.iter().enumerate().filter(|(_, replica)| {
                primary.state_of(&lock(&replica.found), self.oldest, now) == ReplicaState::Follows
            });
        able.max_by_key(|(at, _)| rank(number, *at)).map(|(_, replica)| replica)
    }

    fn still_there(&self, replica: &Replica) -> bool {
        let primary = lock(&self.primary);
        let state = primary.state_of(&lock(&replica.found), self.oldest, Instant::now());
        !matches!(state, ReplicaState::Away(_))
    }

    /// What this visitor has seen now.
    pub(crate) fn note_seen(&self, visitor: u64, position: Position) {
        lock(&self.seen).note(visitor, position, Instant::now());
    }
}

/// Ranks replicas for a reader, so that one that is lost moves its own readers only. The same in every process.
fn rank(number: u64, replica: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    (number, replica).hash(&mut hasher);
    hasher.finish()
}

impl Primary {
    /// How old what a replica shows may be: as old as the newest look at the primary that it has caught up with.
    fn age_of(&self, replayed: Position, now: Instant) -> Option<Duration> {
        let reached = self.looks.iter().rev().find(|(_, position)| *position <= replayed);
        reached.map(|(at, _)| now.duration_since(*at))
    }

    fn state_of(&self, found: &Found, oldest: Duration, now: Instant) -> ReplicaState {
        let (said, at) = match found {
            Found::NotAsked => return ReplicaState::Unknown,
            Found::Away(why) => return ReplicaState::Away(why.clone()),
            Found::Said(said, at) => (said, *at),
        };
        let Some(history) = &self.history else {
            return ReplicaState::Unknown;
        };
        if now.duration_since(at) > SILENCE {
            ReplicaState::Away("it does not answer".to_owned())
        } else if said.history.cluster != history.cluster {
            ReplicaState::OfAnother
        } else if !said.follows {
            ReplicaState::NoReplica
        } else if said.history.timeline != history.timeline {
            ReplicaState::OtherTimeline
        } else if self.age_of(said.replayed, now).is_none_or(|age| age > oldest) {
            ReplicaState::Behind
        } else {
            ReplicaState::Follows
        }
    }

    /// Notes how far the primary had come at least, when it was asked. True when its history is another than before.
    fn note(&mut self, said: OfPrimary, asked: Instant, oldest: Duration) -> bool {
        let changed = self.history.as_ref().is_some_and(|before| *before != said.history);
        if changed {
            self.looks.clear();
        }
        self.history = Some(said.history);
        self.inserted = said.inserted;
        self.looks.push_back((asked, said.flushed));
        while self.looks.front().is_some_and(|(at, _)| asked.duration_since(*at) > oldest.saturating_mul(2)) {
            self.looks.pop_front();
        }
        changed
    }
}

impl Replica {
    fn start(url: &str, readers: usize) -> Result<Self, Error> {
        let place = postgres::whereabouts(url)?;
        let (queue, waiting) = bounded(QUEUE);
        let connection = || postgres::Connection::to_read_nearby(url);
        let connections = (0..readers).map(|_| Ok(Connection::Postgres(Box::new(connection()?))));
        Ok(Self {
            place,
            found: Mutex::default(),
            queue: RwLock::new(Some(queue)),
            readers: Mutex::new(start("store-replica", connections, &waiting)?),
            reads: AtomicU64::new(0),
            broken: AtomicU64::new(0),
        })
    }

    fn queue(&self) -> Result<Sender<Job>, Error> {
        self.queue.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(crate::store::closed)
    }
}

impl crate::Store {
    /// Reads where this scope may: from a replica that has what it must see, else from the primary.
    pub(crate) async fn read_within<T, E, W>(&self, replicas: &Replicas, scope: &CurrentScope, work: W) -> Result<T, E>
    where
        W: FnMut(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let work = match self.read_nearby(replicas, scope, work).await? {
            Tried::Done(outcome) => return outcome,
            Tried::NotHere(work) => work,
        };
        scope.stays_at_primary();
        match scope.whose {
            Whose::Known(_) => self.read_at_primary(work).await,
            Whose::Visitor(number) => {
                let mut work = work;
                let and_where = move |tx: &mut Transaction<'_>| Ok::<_, E>((work(tx)?, tx.position()?));
                let (value, position) = self.read_at_primary(and_where).await?;
                replicas.note_seen(number, position);
                Ok(value)
            }
        }
    }

    async fn read_nearby<T, E, W>(
        &self,
        replicas: &Replicas,
        scope: &CurrentScope,
        work: W,
    ) -> Result<Tried<T, E, W>, E>
    where
        W: FnMut(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        if scope.is_at_primary() {
            return Ok(Tried::NotHere(work));
        }
        let number = scope.whose.number();
        let Some(replica) = replicas.choose(number).cloned() else {
            return Ok(Tried::NotHere(work));
        };
        let required = match (scope.required(), scope.whose) {
            (Some(required), _) => required,
            (None, Whose::Visitor(number)) => lock(&replicas.seen).by(number),
            (None, Whose::Known(_)) => self.read_at_primary(|tx| tx.position()).await?,
        };
        scope.saw(required);
        let queue = replica.queue()?;
        if queue.is_full() {
            return Ok(Tried::NotHere(work));
        }
        let (reply, mut answer) = oneshot::channel();
        let asked = Asked::now();
        let job: Job = Box::new(move |connection| {
            if !reply.is_closed() {
                let nearby = |connection: &mut Connection| connection.transact_nearby(required, work);
                drop(reply.send(asked.within_replica(connection, nearby)));
            }
        });
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => Error::Busy,
            TrySendError::Disconnected(_) => crate::store::closed(),
        })?;
        // A machine that is gone without a word keeps nobody waiting longer than it takes to notice that.
        let near = loop {
            match tokio::time::timeout(INTERVAL, &mut answer).await {
                Ok(near) => break near.unwrap_or(Near::Done(Err(Error::Panicked.into()), required)),
                Err(_) if replicas.still_there(&replica) => {}
                Err(_) => break Near::Broken("it does not answer".to_owned()),
            }
        };
        match near {
            Near::Done(outcome, position) => {
                replica.reads.fetch_add(1, Ordering::Relaxed);
                scope.saw(position);
                if let Whose::Visitor(number) = scope.whose {
                    replicas.note_seen(number, position);
                }
                Ok(Tried::Done(outcome))
            }
            Near::NotHere(work, why) => {
                tracing::debug!(replica = %replica.place, %why, "read from the primary instead");
                Ok(Tried::NotHere(work))
            }
            Near::Broken(why) => {
                replica.broken.fetch_add(1, Ordering::Relaxed);
                scope.broke();
                tracing::warn!(replica = %replica.place, %why, "a read from a replica broke off");
                let message = "a replica was lost while it was read from; try again".to_owned();
                Err(Error::Unavailable { message }.into())
            }
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn at(bytes: u64) -> Position {
        bytes.to_string().parse().unwrap()
    }

    fn history(timeline: u32) -> History {
        History { cluster: "7".to_owned(), timeline }
    }

    fn of_primary(bytes: u64, timeline: u32) -> OfPrimary {
        OfPrimary { history: history(timeline), inserted: at(bytes), flushed: at(bytes) }
    }

    const OLDEST: Duration = Duration::from_secs(10);

    #[test]
    fn a_replica_is_as_old_as_the_newest_look_that_it_has_caught_up_with() {
        let (mut primary, began) = (Primary::default(), Instant::now());
        let second = |n| began + Duration::from_secs(n);
        for (n, bytes) in [(0, 100), (1, 200), (2, 200), (3, 300)] {
            primary.note(of_primary(bytes, 1), second(n), OLDEST);
        }
        assert_eq!(primary.age_of(at(50), second(4)), None, "older than every look");
        assert_eq!(primary.age_of(at(150), second(4)), Some(Duration::from_secs(4)));
        assert_eq!(
            primary.age_of(at(200), second(4)),
            Some(Duration::from_secs(2)),
            "an idle primary makes nobody old"
        );
        assert_eq!(primary.age_of(at(300), second(4)), Some(Duration::from_secs(1)));
    }

    #[test]
    fn only_a_young_replica_of_the_same_history_answers() {
        let (mut primary, now) = (Primary::default(), Instant::now());
        let said = |follows, cluster: &str, timeline, bytes| {
            let history = History { cluster: cluster.to_owned(), timeline };
            Found::Said(OfReplica { follows, history, replayed: at(bytes) }, now)
        };
        assert_eq!(primary.state_of(&said(true, "7", 1, 100), OLDEST, now), ReplicaState::Unknown);
        primary.note(of_primary(100, 1), now, OLDEST);
        for (found, expected) in [
            (said(true, "7", 1, 100), ReplicaState::Follows),
            (said(true, "7", 1, 99), ReplicaState::Behind),
            (said(false, "7", 1, 100), ReplicaState::NoReplica),
            (said(true, "8", 1, 100), ReplicaState::OfAnother),
            (said(true, "7", 2, 100), ReplicaState::OtherTimeline),
            (Found::Away("x".to_owned()), ReplicaState::Away("x".to_owned())),
        ] {
            assert_eq!(primary.state_of(&found, OLDEST, now), expected);
        }
        let later = |seconds| now + Duration::from_secs(seconds);
        let silent = primary.state_of(&said(true, "7", 1, 100), OLDEST, later(4));
        assert_eq!(silent, ReplicaState::Away("it does not answer".to_owned()));
        assert!(primary.note(of_primary(101, 2), later(1), OLDEST), "a failover is another history");
        assert_eq!(primary.state_of(&said(true, "7", 1, 500), OLDEST, later(1)), ReplicaState::OtherTimeline);
    }

    #[test]
    fn a_lost_replica_moves_its_own_readers_only() {
        let best = |number: u64, of: &[usize]| of.iter().copied().max_by_key(|at| rank(number, *at)).unwrap();
        let mut counts = [0; 3];
        for number in 0..3_000 {
            let (all, without) = (best(number, &[0, 1, 2]), best(number, &[0, 2]));
            counts[all] += 1;
            assert!(all == 1 || all == without, "{number}");
        }
        assert!(counts.iter().all(|count| *count > 800), "{counts:?}");
    }
}
