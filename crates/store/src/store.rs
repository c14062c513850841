//! The store: threads that own connections, and two queues of closures for them.
//!
//! SQLite has one writing thread, because it has one writer; PostgreSQL has a few. Queues are bounded: when one is full
//! the answer is [`Error::Busy`] at once, which is better than an answer after a minute.

use crate::connection::{Connection, Mode};
use crate::migration::{applied, pending};
use crate::replicas::{CurrentScope, ReplicaHealth, Replicas};
use crate::traces::Asked;
use crate::transaction::Transaction;
use crate::{Engine, Error, Location, Migration, postgres, sqlite};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockWriteGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

/// A database that is open. Cloning is cheap, and all clones are the same store.
///
/// A future that is dropped before its transaction has begun takes it back; once begun, it ends whole, committed or rolled
/// back, whether anybody still waits or not.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    /// Where reads may go as well.
    replicas: Option<Arc<Replicas>>,
}

struct Shared {
    engine: Engine,
    /// How many threads read.
    reading: usize,
    work: Arc<Counters>,
    queues: RwLock<Queues>,
    readers: Mutex<Vec<JoinHandle<()>>>,
    writers: Mutex<Vec<JoinHandle<()>>>,
    /// How many commits were announced.
    announced: watch::Sender<u64>,
}

struct Queues {
    /// `None` once closed.
    reads: Option<Sender<Job>>,
    writes: Option<Sender<Job>>,
}

/// How much a store has to do, and what it has done since it was opened: for those who watch it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Of closures that read.
    pub reads: WorkOf,
    /// Of closures that may write.
    pub writes: WorkOf,
}

/// Closures of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkOf {
    /// Waiting for a thread now.
    pub waiting: usize,
    /// Ended, with whatever outcome.
    pub ended: u64,
    /// Turned away, because too many waited.
    pub turned_away: u64,
    /// Microseconds that all that ended took together, waiting not counted.
    pub micros: u64,
}

#[derive(Default)]
struct Counters {
    reads: CountersOf,
    writes: CountersOf,
}

#[derive(Default)]
struct CountersOf {
    ended: AtomicU64,
    turned_away: AtomicU64,
    micros: AtomicU64,
}

impl Counters {
    fn of(&self, mode: Mode) -> &CountersOf {
        match mode {
            Mode::Read => &self.reads,
            Mode::Write | Mode::Migrate => &self.writes,
        }
    }
}

impl CountersOf {
    fn ended(&self, began: Instant) {
        self.ended.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn with(&self, waiting: usize) -> WorkOf {
        WorkOf {
            waiting,
            ended: self.ended.load(Ordering::Relaxed),
            turned_away: self.turned_away.load(Ordering::Relaxed),
            micros: self.micros.load(Ordering::Relaxed),
        }
    }
}

/// What a thread does with its connection.
pub(crate) type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// How many closures may wait for each kind of thread.
const QUEUE: usize = 1024;

impl Store {
    /// Opens the database, applies the migrations that it lacks, and starts the threads.
    ///
    /// Blocks; may be called from anywhere, asynchronous code included, before the program serves anyone.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database cannot be reached, [`Error::Migration`] when program and data do not belong
    /// together (nothing is changed then).
    pub fn open(location: &Location, migrations: &[Migration]) -> Result<Self, Error> {
        let first = alone(location, |connection| connection.migrate(migrations))?;
        Self::started(location, first)
    }

    /// Opens a database as it is, without bringing it up to date: to read it, for a backup or a comparison. Nothing may be
    /// written through it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it cannot be reached, or holds nothing of ours.
    pub fn open_as_it_is(location: &Location) -> Result<Self, Error> {
        let level = Level::of(location, &[])?;
        if level.applied == 0 {
            return Err(Error::Unavailable { message: "it holds no data of Commonhold".to_owned() });
        }
        Self::started(location, connect(location, false)?)
    }

    fn started(location: &Location, first: Connection) -> Result<Self, Error> {
        let processors = thread::available_parallelism().map_or(2, usize::from);
        let (engine, writers, readers) = match location {
            Location::Sqlite(_) => (Engine::Sqlite, 1, processors * 2),
            Location::Postgres(_) => (Engine::Postgres, 4, (processors * 2).clamp(4, 16)),
        };
        let connect = |writes: bool| connect(location, writes);
        let (writes, waiting) = bounded(QUEUE);
        let others = (1..writers).map(|_| connect(true));
        let writers = start("store-write", std::iter::once(Ok(first)).chain(others), &waiting)?;
        let (reads, waiting) = bounded(QUEUE);
        let reading = readers;
        let readers = start("store-read", (0..readers).map(|_| connect(false)), &waiting)?;
        Ok(Self {
            replicas: None,
            shared: Arc::new(Shared {
                engine,
                reading,
                work: Arc::default(),
                queues: RwLock::new(Queues { reads: Some(reads), writes: Some(writes) }),
                readers: Mutex::new(readers),
                writers: Mutex::new(writers),
                announced: watch::Sender::new(0),
            }),
        })
    }

    /// The same store, whose reads within a [`ReadScope`](crate::ReadScope) may be answered by streaming replicas. One that
    /// is away, behind, or no replica of this database is not read from, and looked at again and again.
    ///
    /// `oldest` is how old what a replica shows may be.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when an address cannot be read, or this is not PostgreSQL.
    pub fn with_replicas(&self, primary: &Location, replicas: &[String], oldest: Duration) -> Result<Self, Error> {
        let Location::Postgres(primary) = primary else {
            return Err(Error::Unavailable { message: "only PostgreSQL has replicas".to_owned() });
        };
        let replicas = Replicas::start(primary, replicas, oldest, self.shared.reading)?;
        Ok(Self { shared: Arc::clone(&self.shared), replicas: Some(Arc::new(replicas)) })
    }

    /// The same store, without its replicas: for what must be as it is now, such as rights.
    #[must_use]
    pub fn primary(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), replicas: None }
    }

    /// How the replicas stand, in the order in which they were given.
    #[must_use]
    pub fn replicas(&self) -> Vec<ReplicaHealth> {
        self.replicas.iter().flat_map(|replicas| replicas.health()).collect()
    }

    /// A visitor has written something: from now on they see nothing older. Nothing is done where there are no replicas.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn visitor_wrote(&self, number: u64) -> Result<(), Error> {
        if let Some(replicas) = &self.replicas {
            let position = self.read_at_primary(|tx| tx.position()).await?;
            replicas.note_seen(number, position);
        }
        Ok(())
    }

    /// Which engine this is. For messages and benchmarks only: nothing else may depend on it.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.shared.engine
    }

    /// What waits and what was done, for metrics.
    #[must_use]
    pub fn work(&self) -> Work {
        let queues = self.shared.queues.read().unwrap_or_else(PoisonError::into_inner);
        let waiting = |queue: &Option<Sender<Job>>| queue.as_ref().map_or(0, Sender::len);
        Work {
            reads: self.shared.work.reads.with(waiting(&queues.reads)),
            writes: self.shared.work.writes.with(waiting(&queues.writes)),
        }
    }

    /// Runs a closure on one snapshot of the database. It cannot write.
    ///
    /// # Errors
    /// What the closure returns; [`Error::Busy`] when too many wait; [`Error::Unavailable`]; [`Error::Panicked`].
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let work = once(work);
        match (&self.replicas, CurrentScope::current()) {
            (Some(replicas), Some(scope)) => self.read_within(replicas, &scope, work).await,
            _ => self.read_at_primary(work).await,
        }
    }

    pub(crate) async fn read_at_primary<T, E>(
        &self,
        work: impl FnMut(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.answer(Mode::Read, work).await
    }

    /// Runs a closure that may write, and commits if it returns `Ok`. What it returns is durable when this returns.
    ///
    /// On PostgreSQL the closure is run again when another transaction came in between, so it must have no effect outside
    /// the transaction.
    ///
    /// # Errors
    /// As [`read`](Self::read); [`Error::SerialisationExhausted`] when others came in between every time. Nothing is
    /// written then.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        if let Some(scope) = CurrentScope::current() {
            scope.wrote();
        }
        self.answer(Mode::Write, work).await
    }

    /// As [`read`](Self::read), for commands. Waits when the queue is full. Not for asynchronous code: it blocks.
    ///
    /// # Errors
    /// As [`read`](Self::read), but never [`Error::Busy`] for the queue.
    pub fn read_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.wait(Mode::Read, once(work))
    }

    /// As [`write`](Self::write), for commands. Waits when the queue is full. Not for asynchronous code: it blocks.
    ///
    /// # Errors
    /// As [`write`](Self::write), but never [`Error::Busy`] for the queue.
    pub fn write_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnMut(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.wait(Mode::Write, work)
    }

    /// Changes with every commit of this store whose transaction said [`announce`](Transaction::announce). Other programs'
    /// commits do not: whoever waits for those looks from time to time.
    #[must_use]
    pub fn announcements(&self) -> watch::Receiver<u64> {
        self.shared.announced.subscribe()
    }

    /// What a thread does after a commit that is to be announced.
    fn announcing(&self) -> impl FnOnce() + Send + 'static {
        let announced = self.shared.announced.clone();
        move || announced.send_modify(|count| *count += 1)
    }

    /// How many connections of other programs of ours a PostgreSQL database has. None on SQLite, where one cannot tell.
    ///
    /// # Errors
    /// Those of the database.
    pub fn others(&self) -> Result<i64, Error> {
        if self.engine() == Engine::Sqlite {
            return Ok(0);
        }
        // Connections of one program come from one address and, over a socket, from none; so they are told by their names.
        let own = postgres::application();
        self.read_blocking(move |tx| {
            tx.query_one(
                "SELECT COUNT(*) FROM pg_catalog.pg_stat_activity WHERE datname = current_database() \
                 AND application_name LIKE 'commonhold%' AND application_name <> $1",
                &crate::values![own],
                |row| row.integer(0),
            )
        })
    }

    /// Lets everything that waits be done, then closes all connections; SQLite's log is brought into its file.
    ///
    /// Other clones answer [`Error::Unavailable`] from now on. Blocks.
    pub fn close(self) {
        if let Some(replicas) = &self.replicas {
            replicas.close();
        }
        // Readers first: while one still reads, the log cannot be brought into the file.
        drop(self.queues_to_close().reads.take());
        join(&self.shared.readers);
        drop(self.queues_to_close().writes.take());
        join(&self.shared.writers);
    }

    fn queues_to_close(&self) -> RwLockWriteGuard<'_, Queues> {
        self.shared.queues.write().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer<T, E>(
        &self,
        mode: Mode,
        work: impl FnMut(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let (asked, announce) = (Asked::now(), self.announcing());
        let work_done = Arc::clone(&self.shared.work);
        let job: Job = Box::new(move |connection| {
            if !reply.is_closed() {
                let began = Instant::now();
                let outcome = asked.within(connection, mode, |connection| connection.transact(mode, work, announce));
                work_done.of(mode).ended(began);
                // The caller may have gone meanwhile; what was done is done.
                drop(reply.send(outcome));
            }
        });
        self.queue(mode)?.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => {
                self.shared.work.of(mode).turned_away.fetch_add(1, Ordering::Relaxed);
                Error::Busy
            }
            TrySendError::Disconnected(_) => closed(),
        })?;
        answer.await.unwrap_or_else(|_| Err(Error::Panicked.into()))
    }

    fn wait<T, E>(
        &self,
        mode: Mode,
        work: impl FnMut(&mut Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = bounded(1);
        let (asked, announce) = (Asked::now(), self.announcing());
        let work_done = Arc::clone(&self.shared.work);
        let job: Job = Box::new(move |connection| {
            let began = Instant::now();
            let outcome = asked.within(connection, mode, |connection| connection.transact(mode, work, announce));
            work_done.of(mode).ended(began);
            drop(reply.send(outcome));
        });
        self.queue(mode)?.send(job).map_err(|_| closed())?;
        answer.recv().unwrap_or_else(|_| Err(Error::Panicked.into()))
    }

    fn queue(&self, mode: Mode) -> Result<Sender<Job>, Error> {
        let queues = self.shared.queues.read().unwrap_or_else(PoisonError::into_inner);
        match mode {
            Mode::Read => queues.reads.clone(),
            Mode::Write | Mode::Migrate => queues.writes.clone(),
        }
        .ok_or_else(closed)
    }
}

/// How far a database has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// How many migrations were applied.
    pub applied: usize,
    /// Those that the program has and the database lacks, as `architecture 17 (kept_contracts)`.
    pub pending: Vec<String>,
}

impl Level {
    /// Looks, and changes nothing. A file that is not there, or an empty database, has none applied.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Migration`] when program and data do not belong together.
    pub fn of(location: &Location, migrations: &[Migration]) -> Result<Self, Error> {
        let all = || migrations.iter().map(|migration| migration.to_string()).collect();
        if let Location::Sqlite(path) = location
            && !path.exists()
        {
            return Ok(Self { applied: 0, pending: all() });
        }
        let mut level = Self::default();
        alone(location, |connection| {
            let look = |tx: &mut Transaction<'_>| {
                let applied = applied(tx)?.len();
                let pending = match migrations {
                    [] => Vec::new(),
                    known => pending(tx, known)?.into_iter().map(ToString::to_string).collect(),
                };
                Ok::<_, Error>(Self { applied, pending })
            };
            level = connection.transact(Mode::Read, look, || {})?;
            Ok(())
        })?;
        Ok(level)
    }
}

/// Applies what a database lacks and takes it back, so that a failure shows before it matters. Others wait meanwhile.
///
/// # Errors
/// As [`Store::open`].
pub fn try_migrations(location: &Location, migrations: &[Migration]) -> Result<(), Error> {
    alone(location, |connection| connection.try_migrations(migrations)).map(drop)
}

/// A connection that is made when first needed.
pub(crate) fn connect(location: &Location, writes: bool) -> Result<Connection, Error> {
    match location {
        Location::Sqlite(path) => Ok(Connection::Sqlite(Box::new(sqlite::Connection::new(path, writes)))),
        Location::Postgres(url) => {
            postgres::Connection::new(url).map(|connection| Connection::Postgres(Box::new(connection)))
        }
    }
}

/// Uses a connection on a thread of its own, because PostgreSQL's client may not be used where asynchronous code runs.
fn alone(
    location: &Location,
    work: impl FnOnce(&mut Connection) -> Result<(), Error> + Send,
) -> Result<Connection, Error> {
    let mut connection = connect(location, true)?;
    thread::scope(|scope| {
        let working = scope.spawn(move || work(&mut connection).map(|()| connection));
        working.join().unwrap_or(Err(Error::Panicked))
    })
}

/// A closure that can be run once, where one is wanted that could be run again. Reading is never tried twice.
fn once<T, E: From<Error>>(
    work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
) -> impl FnMut(&mut Transaction<'_>) -> Result<T, E> {
    let mut work = Some(work);
    move |transaction| match work.take() {
        Some(work) => work(transaction),
        None => Err(Error::Panicked.into()),
    }
}

pub(crate) fn closed() -> Error {
    Error::Unavailable { message: "it has been closed, because the program is ending".to_owned() }
}

/// Starts one thread for each connection. They share the work that waits.
pub(crate) fn start(
    name: &str,
    connections: impl Iterator<Item = Result<Connection, Error>>,
    waiting: &Receiver<Job>,
) -> Result<Vec<JoinHandle<()>>, Error> {
    connections
        .map(|connection| {
            let (connection, waiting) = (connection?, waiting.clone());
            thread::Builder::new().name(name.to_owned()).spawn(move || serve(connection, &waiting)).map_err(|error| {
                Error::Unavailable { message: format!("a thread for it could not be started ({error})") }
            })
        })
        .collect()
}

pub(crate) fn join(threads: &Mutex<Vec<JoinHandle<()>>>) {
    let threads = std::mem::take(&mut *threads.lock().unwrap_or_else(PoisonError::into_inner));
    for thread in threads {
        if thread.join().is_err() {
            tracing::error!("a thread of the store ended by a panic");
        }
    }
}

/// The life of one thread.
fn serve(mut connection: Connection, waiting: &Receiver<Job>) {
    while let Ok(job) = waiting.recv() {
        // Closures are caught nearer by; this is for what happens around them, such as dropping an answer.
        if catch_unwind(AssertUnwindSafe(|| job(&mut connection))).is_err() {
            connection.discard();
        }
    }
    connection.tidy();
}
