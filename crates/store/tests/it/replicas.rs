//! Reading from real streaming replicas: who may, what they see, and what happens when one is paused, killed, promoted or not
//! a replica at all. The same on whichever engine the other tests run: these start servers of their own, and hold the error
//! to that where PostgreSQL is not installed.

use crate::THINGS;
use std::future::Future;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use store::{Error, Location, ReadScope, ReplicaState, Store, Transaction, values};
use testing::postgres::Server;

/// A primary, its replicas, and a store that reads from them.
struct World {
    primary: Server,
    replicas: Vec<Server>,
    store: Store,
}

const OLDEST: Duration = Duration::from_secs(10);
const LONG: Duration = Duration::from_secs(30);

impl World {
    /// `None` where PostgreSQL is not installed.
    async fn with(count: usize, oldest: Duration) -> Option<Self> {
        let primary = crate::tls::started(Server::start_lasting())?;
        let replicas: Vec<Server> = (0..count).map(|_| primary.replica().unwrap()).collect();
        let urls: Vec<String> = replicas.iter().map(|replica| replica.url().to_owned()).collect();
        let store = opened(&primary, &urls, oldest);
        let world = Self { primary, replicas, store };
        for at in 0..count {
            world.until(at, ReplicaState::Follows).await;
        }
        Some(world)
    }

    fn state(&self, at: usize) -> ReplicaState {
        self.store.replicas()[at].state.clone()
    }

    async fn until(&self, at: usize, state: ReplicaState) {
        eventually(async || self.state(at) == state).await;
    }

    fn reads(&self) -> Vec<u64> {
        self.store.replicas().iter().map(|replica| replica.reads).collect()
    }

    async fn insert(&self, id: &'static str) {
        let insert = move |tx: &mut Transaction<'_>| tx.execute("INSERT INTO thing (id) VALUES ($1)", &values![id]);
        self.store.write(insert).await.unwrap();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.store.clone().close();
    }
}

fn opened(primary: &Server, replicas: &[String], oldest: Duration) -> Store {
    let location = Location::Postgres(primary.url().to_owned());
    Store::open(&location, &[THINGS]).unwrap().with_replicas(&location, replicas, oldest).unwrap()
}

async fn eventually(mut so: impl AsyncFnMut() -> bool) {
    let until = Instant::now() + LONG;
    while !so().await {
        assert!(Instant::now() < until, "it did not become so");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How many things there are, and whether a replica says so.
async fn look(store: &Store) -> Result<(i64, bool), Error> {
    store
        .read(|tx| {
            let sql = "SELECT COUNT(*), CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END FROM thing";
            tx.query_one(sql, &[], |row| Ok((row.integer(0)?, row.integer(1)? == 1)))
        })
        .await
}

async fn look_as(scope: &ReadScope, store: &Store) -> (i64, bool) {
    scope.run(look(store)).await.unwrap()
}

const AT_REPLICA: bool = true;
const AT_PRIMARY: bool = false;

#[tokio::test]
async fn readers_read_from_a_replica_and_everything_else_from_the_primary() {
    let Some(world) = World::with(1, OLDEST).await else { return };
    let store = &world.store;
    assert_eq!(look(store).await, Ok((0, AT_PRIMARY)), "a job, a command");
    assert_eq!(look_as(&ReadScope::visitor(1), store).await, (0, AT_REPLICA));
    assert_eq!(look_as(&ReadScope::visitor(1), &store.primary()).await, (0, AT_PRIMARY), "rights");
    eventually(async || look_as(&ReadScope::known(1), store).await == (0, AT_REPLICA)).await;
    assert_eq!(world.reads(), [2]);
    let health = store.replicas().remove(0);
    assert_eq!(health.broken, 0);
    assert!(health.age.unwrap() < OLDEST, "{health:?}");
    assert!(health.place.ends_with("database postgres"), "{health:?}");
}

#[tokio::test]
async fn a_write_is_read_where_it_was_written() {
    let Some(world) = World::with(1, OLDEST).await else { return };
    world.replicas[0].pause().unwrap();
    let scope = ReadScope::visitor(1);
    let seen = scope.run(async {
        let before = look(&world.store).await.unwrap();
        world.insert("a").await;
        (before, look(&world.store).await.unwrap())
    });
    assert_eq!(seen.await, ((0, AT_REPLICA), (1, AT_PRIMARY)));
    assert!(!scope.must_be_repeated());
}

#[tokio::test]
async fn nobody_sees_less_than_they_saw_before() {
    let Some(world) = World::with(1, Duration::from_secs(60)).await else { return };
    let store = &world.store;
    world.replicas[0].pause().unwrap();
    world.insert("a").await;
    assert_eq!(look_as(&ReadScope::visitor(1), store).await, (0, AT_REPLICA), "who has seen nothing of it");
    assert_eq!(look_as(&ReadScope::known(1), store).await, (1, AT_PRIMARY), "who is known sees all that there is");
    store.visitor_wrote(2).await.unwrap();
    for _ in 0..3 {
        assert_eq!(look_as(&ReadScope::visitor(2), store).await, (1, AT_PRIMARY), "who has written");
    }
    assert_eq!(look_as(&ReadScope::visitor(1), store).await, (0, AT_REPLICA), "others are not concerned");
    world.replicas[0].resume().unwrap();
    for scope in [ReadScope::visitor, ReadScope::known] {
        eventually(async || look_as(&scope(2), store).await == (1, AT_REPLICA)).await;
    }
}

#[tokio::test]
async fn known_readers_always_see_what_was_committed() {
    let Some(world) = World::with(2, OLDEST).await else { return };
    for round in 1..=200_i64 {
        let id = round.to_string();
        let insert =
            move |tx: &mut Transaction<'_>| tx.execute("INSERT INTO thing (id) VALUES ($1)", &values![id.as_str()]);
        world.store.write(insert).await.unwrap();
        let (count, _) = look_as(&ReadScope::known(round.unsigned_abs()), &world.store).await;
        assert_eq!(count, round, "one's own write is there");
    }
    // When nothing is written any more, both replicas take part again.
    let before = world.reads();
    eventually(async || {
        for reader in 0..10 {
            look_as(&ReadScope::known(reader), &world.store).await;
        }
        world.reads().iter().zip(&before).all(|(now, before)| now > before)
    })
    .await;
}

#[tokio::test]
async fn a_replica_that_is_too_old_is_not_read_from() {
    let Some(world) = World::with(1, Duration::from_secs(2)).await else { return };
    let looked = async || look_as(&ReadScope::visitor(1), &world.store).await;
    // Nothing is written for longer than that: an idle primary makes nobody old.
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        assert_eq!(looked().await, (0, AT_REPLICA));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    world.replicas[0].pause().unwrap();
    world.insert("a").await;
    world.until(0, ReplicaState::Behind).await;
    assert_eq!(looked().await, (1, AT_PRIMARY));
    assert!(world.store.replicas()[0].behind_bytes.unwrap() > 0);
    world.replicas[0].resume().unwrap();
    eventually(async || looked().await == (1, AT_REPLICA)).await;
}

#[tokio::test]
async fn a_killed_replica_is_survived_and_comes_back() {
    let Some(mut world) = World::with(2, OLDEST).await else { return };
    world.insert("a").await;
    // Two visitors, one of each replica.
    let mut visitors = [None, None];
    for number in 0..50 {
        let before = world.reads();
        eventually(async || look_as(&ReadScope::visitor(number), &world.store).await == (1, AT_REPLICA)).await;
        let at = world.reads().iter().zip(&before).position(|(now, before)| now > before).unwrap();
        visitors[at].get_or_insert(number);
    }
    let [of_first, of_second] = visitors.map(Option::unwrap);

    // One is killed under a read.
    let scope = ReadScope::visitor(of_first);
    let (begun, has_begun) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel::<()>();
    let store = world.store.clone();
    let within = scope.clone();
    let reading = tokio::spawn(async move {
        let long = store.read(move |tx| {
            let at_replica = tx.query_one("SELECT COUNT(*) FROM thing", &[], |row| row.integer(0))?;
            begun.send(()).unwrap();
            may_go_on.recv().unwrap();
            tx.query_one("SELECT COUNT(*) FROM thing", &[], |row| Ok(row.integer(0)? + at_replica))
        });
        within.run(long).await
    });
    tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
    world.replicas[0].crash().unwrap();
    go_on.send(()).unwrap();
    let broken = reading.await.unwrap();
    assert!(matches!(broken, Err(Error::Unavailable { .. })), "{broken:?}");
    assert!(scope.must_be_repeated(), "whoever can does it again");
    assert_eq!(look_as(&scope, &world.store).await, (1, AT_PRIMARY), "which then is sure to work");
    assert_eq!(world.store.replicas()[0].broken, 1);

    // From now on nobody notices, whether or not anybody has asked it meanwhile.
    for _ in 0..20 {
        assert_eq!(look_as(&ReadScope::visitor(of_first), &world.store).await.0, 1);
        assert_eq!(look_as(&ReadScope::visitor(of_second), &world.store).await, (1, AT_REPLICA));
    }
    eventually(async || matches!(world.state(0), ReplicaState::Away(_))).await;
    let before = world.reads();
    assert_eq!(look_as(&ReadScope::visitor(of_first), &world.store).await, (1, AT_REPLICA), "the other one answers");
    assert_eq!(world.reads()[0], before[0]);

    let mut killed = world.replicas.remove(0);
    let restarted = tokio::task::spawn_blocking(move || {
        killed.restart().unwrap();
        killed
    });
    world.replicas.insert(0, restarted.await.unwrap());
    world.until(0, ReplicaState::Follows).await;
    assert_eq!(look_as(&ReadScope::visitor(of_first), &world.store).await, (1, AT_REPLICA));
    assert_eq!(world.reads()[0], before[0] + 1);
}

/// A way to a server's socket that can fall silent, as a machine does that hangs: connections stay, and nothing comes.
struct Way {
    port: u16,
    silent: Arc<AtomicBool>,
}

impl Way {
    fn to(server: &Server) -> Self {
        let config: postgres::Config = server.url().parse().unwrap();
        let postgres::config::Host::Unix(folder) = config.get_hosts()[0].clone() else { panic!("{config:?}") };
        let socket = folder.join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let way = Self { port: listener.local_addr().unwrap().port(), silent: Arc::default() };
        let silent = Arc::clone(&way.silent);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = UnixStream::connect(&socket) else { continue };
                let (from_client, to_client) = (client.try_clone().unwrap(), client);
                let (from_server, to_server) = (server.try_clone().unwrap(), server);
                let (one, other) = (Arc::clone(&silent), Arc::clone(&silent));
                thread::spawn(move || carry(from_client, to_server, &one));
                thread::spawn(move || carry(from_server, to_client, &other));
            }
        });
        way
    }

    fn fall_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }
}

fn carry(mut from: impl Read, mut to: impl Write, silent: &AtomicBool) {
    let mut bytes = [0; 8192];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        while silent.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(10));
        }
        if to.write_all(&bytes[..count]).is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_replica_that_falls_silent_keeps_nobody_waiting() {
    let Some(primary) = crate::tls::started(Server::start_lasting()) else { return };
    let replica = primary.replica().unwrap();
    let way = Way::to(&replica);
    let url = format!("postgres://commonhold@127.0.0.1:{}/postgres?sslmode=disable", way.port);
    let store = opened(&primary, &[url], OLDEST);
    let state = || store.replicas()[0].state.clone();
    eventually(async || state() == ReplicaState::Follows).await;
    assert_eq!(look_as(&ReadScope::visitor(1), &store).await, (0, AT_REPLICA));

    way.fall_silent(true);
    let (scope, began) = (ReadScope::visitor(1), Instant::now());
    let let_go = scope.run(look(&store)).await;
    assert!(matches!(let_go, Err(Error::Unavailable { .. })) && scope.must_be_repeated(), "{let_go:?}");
    assert!(began.elapsed() < OLDEST, "{:?}", began.elapsed());
    assert_eq!(state(), ReplicaState::Away("it does not answer".to_owned()));
    assert_eq!(look_as(&ReadScope::visitor(1), &store).await, (0, AT_PRIMARY));

    way.fall_silent(false);
    eventually(async || state() == ReplicaState::Follows).await;
    assert_eq!(look_as(&ReadScope::visitor(1), &store).await, (0, AT_REPLICA));

    // Closing waits for nobody either.
    way.fall_silent(true);
    eventually(async || state() != ReplicaState::Follows).await;
    let began = Instant::now();
    tokio::task::spawn_blocking(move || store.close()).await.unwrap();
    assert!(began.elapsed() < OLDEST, "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_is_no_replica_of_ours_is_refused() {
    let Some(world) = World::with(1, OLDEST).await else { return };
    world.replicas[0].run("SELECT pg_promote()").unwrap();
    assert_eq!(look_as(&ReadScope::visitor(1), &world.store).await, (0, AT_PRIMARY), "at once, on open connections");
    world.until(0, ReplicaState::NoReplica).await;
    assert_eq!(look_as(&ReadScope::visitor(1), &world.store).await, (0, AT_PRIMARY));

    // Another cluster altogether, the primary itself, and nobody at all.
    let other = Server::start().unwrap();
    let urls = [other.url(), world.primary.url(), "postgres://commonhold@127.0.0.1:1/x"].map(str::to_owned);
    let store = opened(&world.primary, &urls, OLDEST);
    let states = || store.replicas().into_iter().map(|replica| replica.state).collect::<Vec<_>>();
    eventually(async || !states().contains(&ReplicaState::Unknown)).await;
    let states = states();
    assert_eq!(states[..2], [ReplicaState::OfAnother, ReplicaState::NoReplica]);
    assert!(matches!(&states[2], ReplicaState::Away(why) if why.contains("127.0.0.1:1")), "{states:?}");
    assert_eq!(look_as(&ReadScope::visitor(1), &store).await, (0, AT_PRIMARY));
    store.close();
}

#[tokio::test]
async fn after_a_failover_those_who_follow_the_old_primary_are_not_read_from() {
    let Some(mut world) = World::with(2, OLDEST).await else { return };
    let old = world.replicas.remove(1);
    let new = world.replicas.remove(0);
    new.run("SELECT pg_promote()").unwrap();
    let store = opened(&new, &[old.url().to_owned()], OLDEST);
    eventually(async || store.replicas()[0].state != ReplicaState::Unknown).await;
    // What the old primary writes from now on is no part of the new one's history, however far it comes.
    world.insert("a").await;
    eventually(async || old.run("SELECT COUNT(*) FROM thing").unwrap().as_deref() == Some("1")).await;
    assert_eq!(store.replicas()[0].state, ReplicaState::OtherTimeline);
    assert_eq!(look_as(&ReadScope::visitor(1), &store).await, (0, AT_PRIMARY));
    store.close();
}

#[test]
fn only_postgresql_has_replicas() {
    let database = testing::database();
    if let Location::Sqlite(_) = database.location() {
        let store = Store::open(database.location(), &[]).unwrap();
        let refused = store.with_replicas(database.location(), &["postgres://a@b/c".to_owned()], OLDEST);
        assert_eq!(refused.err().unwrap().to_string(), "the database cannot be used: only PostgreSQL has replicas");
        store.close();
    }
}

/// A future of this kind can be sent between threads, as handlers' must be.
#[test]
fn reading_within_a_scope_can_be_sent() {
    fn sent<F: Future + Send>(_: F) {}
    let database = testing::database();
    let store = Store::open(database.location(), &[]).unwrap();
    let scope = ReadScope::visitor(1);
    sent(scope.run(store.read(|tx| tx.query_one("SELECT 1", &[], |row| row.integer(0)))));
    store.close();
}
