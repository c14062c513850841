//! All or nothing, one snapshot, and writers that meet.

use crate::{ask, count, name_them, things, write};
use std::sync::Barrier;
use std::sync::mpsc::{TryRecvError, channel};
use std::time::Duration;
use store::{Engine, Error, values};

#[test]
fn an_error_leaves_nothing() {
    let store = things();
    let refused = store.write_blocking(|transaction| {
        transaction.execute("INSERT INTO thing (id) VALUES ('a')", &[])?;
        Err::<(), _>(Error::Missing)
    });
    assert_eq!(refused, Err(Error::Missing));
    assert_eq!(count(&store), 0);
}

/// An error type of a subject, which carries the store's.
#[derive(Debug, PartialEq)]
enum Refusal {
    Closed,
    Store(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

#[test]
fn a_subject_has_its_own_errors() {
    let store = things();
    let closed = store.write_blocking(|transaction| {
        transaction.execute("INSERT INTO thing (id) VALUES ('a')", &[])?;
        Err::<(), _>(Refusal::Closed)
    });
    assert_eq!(closed, Err(Refusal::Closed));
    let missing =
        store.read_blocking(|transaction| Ok(transaction.query_one("SELECT id FROM thing", &[], |row| row.text(0))?));
    assert_eq!(missing, Err(Refusal::Store(Error::Missing)));
}

#[test]
fn after_a_refusal_by_the_engine_nothing_more_is_done_and_nothing_stays() {
    let store = things();
    let swallowed = store.write_blocking(|transaction| {
        transaction.execute("INSERT INTO thing (id) VALUES ('a')", &[])?;
        let conflict = transaction.execute("INSERT INTO thing (id) VALUES ('a')", &[]);
        assert!(matches!(conflict, Err(Error::Conflict { .. })), "{conflict:?}");
        let after = transaction.execute("INSERT INTO thing (id) VALUES ('b')", &[]);
        assert!(matches!(after, Err(Error::Engine { .. })), "{after:?}");
        Ok::<_, Error>("all is well")
    });
    assert!(matches!(swallowed, Err(Error::Conflict { .. })), "{swallowed:?}");
    assert_eq!(count(&store), 0);
    assert_eq!(write(&store, "INSERT INTO thing (id) VALUES ('a')", &[]), Ok(1));
}

#[test]
fn a_panic_leaves_nothing_and_the_thread_lives_on() {
    let store = things();
    for _ in 0..20 {
        let panicked = store.write_blocking(|transaction| {
            transaction.execute("INSERT INTO thing (id) VALUES ('a')", &[])?;
            panic!("on purpose");
            #[allow(unreachable_code, reason = "it gives the closure its type")]
            Ok::<(), Error>(())
        });
        assert_eq!(panicked, Err(Error::Panicked));
        let panicked = store.read_blocking(|transaction| transaction.each("SELECT 1", &[], |_| panic!("on purpose")));
        assert_eq!(panicked, Err(Error::Panicked));
    }
    assert_eq!(count(&store), 0);
    assert_eq!(write(&store, "INSERT INTO thing (id) VALUES ('a')", &[]), Ok(1));
}

#[test]
fn reading_cannot_write() {
    let store = things();
    let refused = store.read_blocking(|transaction| transaction.execute("INSERT INTO thing (id) VALUES ('a')", &[]));
    assert!(matches!(refused, Err(Error::Engine { .. })), "{refused:?}");
    assert_eq!(count(&store), 0);
}

#[test]
fn a_reader_sees_one_snapshot_while_others_write() {
    let store = things();
    name_them(&store, &["a"]);
    let (looked, first_look) = channel();
    let (written, go_on) = channel::<()>();
    let reader = store.clone();
    let reading = std::thread::spawn(move || {
        reader.read_blocking(move |transaction| {
            let look = |row: &store::Row<'_>| row.integer(0);
            let before = transaction.query_one("SELECT COUNT(*) FROM thing", &[], look)?;
            looked.send(()).unwrap();
            go_on.recv().unwrap();
            let after = transaction.query_one("SELECT COUNT(*) FROM thing", &[], look)?;
            Ok::<_, Error>((before, after))
        })
    });
    first_look.recv().unwrap();
    // The writer is not held up by the reader, and another reader sees what was written.
    write(&store, "INSERT INTO thing (id) VALUES ('b')", &[]).unwrap();
    assert_eq!(count(&store), 2);
    written.send(()).unwrap();
    assert_eq!(reading.join().unwrap(), Ok((1, 1)));
}

/// Two doctors are on call, and each may leave if the other stays: the classic that snapshots alone get wrong.
#[test]
fn two_writers_that_read_what_the_other_writes_act_one_after_the_other() {
    for _ in 0..10 {
        let store = things();
        store
            .write_blocking(|transaction| {
                transaction.execute("INSERT INTO thing (id, size) VALUES ('a', 1), ('b', 1)", &[])
            })
            .unwrap();
        let start = Barrier::new(2);
        let left: Vec<bool> = std::thread::scope(|scope| {
            let leaving = ["a", "b"].map(|me| {
                let (store, start) = (&store, &start);
                scope.spawn(move || {
                    start.wait();
                    store.write_blocking(move |transaction| {
                        let on_call =
                            transaction
                                .query_one("SELECT CAST(SUM(size) AS BIGINT) FROM thing", &[], |row| row.integer(0))?;
                        if on_call > 1 {
                            transaction.execute("UPDATE thing SET size = 0 WHERE id = $1", &values![me])?;
                        }
                        Ok::<_, Error>(on_call > 1)
                    })
                })
            });
            leaving.map(|thread| thread.join().unwrap().unwrap()).to_vec()
        });
        assert_eq!(left.iter().filter(|left| **left).count(), 1, "{left:?}");
        let on_call = ask(&store, "SELECT CAST(SUM(size) AS BIGINT) FROM thing", &[], |row| row.integer(0));
        assert_eq!(on_call.unwrap(), [1]);
    }
}

#[test]
fn a_number_that_all_writers_raise_has_no_gaps_and_no_doubles() {
    let store = things();
    write(&store, "INSERT INTO thing (id, size) VALUES ('sequence', 0)", &[]).unwrap();
    let mut taken: Vec<i64> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let take = || {
                        store.write_blocking(|transaction| {
                            let last =
                                transaction.query_one("SELECT size FROM thing WHERE id = 'sequence'", &[], |row| {
                                    row.integer(0)
                                })?;
                            transaction
                                .execute("UPDATE thing SET size = $1 WHERE id = 'sequence'", &values![last + 1])?;
                            Ok::<_, Error>(last + 1)
                        })
                    };
                    (0..25).map(|_| take().unwrap()).collect::<Vec<_>>()
                })
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    taken.sort_unstable();
    assert_eq!(taken, (1..=200).collect::<Vec<_>>());
}

#[test]
fn a_long_write_is_not_overtaken_for_ever_by_short_ones() {
    let store = things();
    write(&store, "INSERT INTO thing (id, size) VALUES ('sequence', 0)", &[]).unwrap();
    let raise = "UPDATE thing SET size = size + 1 WHERE id = 'sequence'";
    let (committed, commits) = channel();
    let (end, ended) = channel::<()>();
    let attempts = std::thread::scope(|scope| {
        let store = &store;
        scope.spawn(move || {
            while ended.try_recv() == Err(TryRecvError::Empty) {
                assert_eq!(write(store, raise, &[]), Ok(1));
                // The long one has ended when nobody listens.
                let _ = committed.send(());
            }
        });
        commits.recv().unwrap();
        let mut attempts = 0;
        let long = store.write_blocking(move |transaction| {
            attempts += 1;
            transaction.query_one("SELECT size FROM thing", &[], |row| row.integer(0))?;
            // A short write comes in between, if the engine lets it: where none can, none is waited for long.
            while commits.try_recv().is_ok() {}
            for _ in 0..2 {
                let _ = commits.recv_timeout(Duration::from_millis(300));
            }
            transaction.execute(raise, &[])?;
            Ok::<_, Error>(attempts)
        });
        drop(end);
        long
    });
    let attempts = attempts.unwrap();
    let expected = match store.engine() {
        Engine::Sqlite => 1,
        Engine::Postgres => 4,
    };
    assert_eq!(attempts, expected);
}

#[test]
fn a_commit_is_announced_when_its_transaction_said_so_and_a_rollback_never() {
    let store = things();
    let mut announcements = store.announcements();
    let insert = "INSERT INTO thing (id) VALUES ($1)";
    assert_eq!(write(&store, insert, &values!["quiet"]), Ok(1));
    assert!(!announcements.has_changed().expect("the store lives"), "nobody asked for it");

    let rolled_back = store.write_blocking(|transaction| {
        transaction.execute(insert, &values!["lost"])?;
        transaction.announce();
        Err::<(), _>(Error::Missing)
    });
    assert_eq!(rolled_back, Err(Error::Missing));
    assert!(!announcements.has_changed().expect("the store lives"), "what was rolled back did not happen");

    let committed = store.write_blocking(|transaction| {
        transaction.announce();
        transaction.execute(insert, &values!["kept"])
    });
    assert_eq!(committed, Ok(1));
    assert!(announcements.has_changed().expect("the store lives"));
    let before = *announcements.borrow_and_update();
    assert!(!announcements.has_changed().expect("the store lives"), "once for each commit");
    assert_eq!(before, 1);
}

#[test]
fn a_database_says_how_large_it_is() {
    let store = things();
    let size = || store.read_blocking(|transaction| transaction.database_bytes()).expect("a size");
    let before = size();
    assert!(before > 4096, "there is something in it: {before}");
    let long = "x".repeat(2_000);
    let sent = store.write_blocking(move |transaction| {
        let rows = (0..1_000).map(|number| vec![store::Value::from(format!("{number}{long}"))]);
        transaction.insert_many("thing", &["id"], rows)
    });
    assert_eq!(sent, Ok(1_000));
    assert!(size() >= before + 1_000_000, "two million bytes were added: {before}, {}", size());
}
