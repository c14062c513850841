//! Callers that go away, queues that are full, connections that are lost, and closing.

use crate::{count, things, write};
use std::future::Future;
use std::pin::pin;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};
use store::{Engine, Error, Kind, Transaction};

fn insert(transaction: &mut Transaction<'_>, id: &str) -> Result<u64, Error> {
    transaction.execute("INSERT INTO thing (id) VALUES ($1)", &store::values![id])
}

/// Starts a future without a runtime, as a handler that is dropped after its first step would have.
fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[tokio::test]
async fn handlers_await_their_transactions() {
    let store = things();
    store.write(|transaction| insert(transaction, "a")).await.unwrap();
    let ids = store.read(|transaction| transaction.query("SELECT id FROM thing", &[], |row| row.text(0))).await;
    assert_eq!(ids, Ok(vec!["a".to_owned()]));
    let many = (0..100).map(|at| {
        let store = store.clone();
        tokio::spawn(async move { store.write(move |transaction| insert(transaction, &at.to_string())).await })
    });
    for one in many.collect::<Vec<_>>() {
        assert_eq!(one.await.unwrap(), Ok(1));
    }
    let counted =
        store.read(|transaction| transaction.query_one("SELECT COUNT(*) FROM thing", &[], |row| row.integer(0))).await;
    assert_eq!(counted, Ok(101));
}

#[test]
fn what_was_done_and_what_waits_is_counted() {
    let store = things();
    let before = store.work();
    let (begun, wait_until_begun) = channel();
    let (go_on, wait) = channel::<()>();
    let blocked = write_in_background(&store, begun, wait);
    wait_until_begun.recv().unwrap();
    let mut waiting = Vec::new();
    if store.engine() == Engine::Sqlite {
        // Behind the one writer.
        let mut behind = Box::pin(store.write(|transaction| insert(transaction, "behind")));
        assert!(poll_once(&mut behind).is_none());
        assert_eq!(store.work().writes.waiting, 1);
        waiting.push(behind);
    }
    // Taken back before its turn comes, so never counted as ended.
    drop(waiting);
    go_on.send(()).unwrap();
    blocked.join().unwrap();
    store.read_blocking(|transaction| transaction.query("SELECT id FROM thing", &[], |row| row.text(0))).unwrap();
    let after = store.work();
    assert_eq!(after.writes.ended, before.writes.ended + 1);
    assert_eq!(after.reads.ended, before.reads.ended + 1);
    assert!(after.writes.micros > before.writes.micros);
    assert_eq!(after.writes.turned_away, 0);
}

/// A write that has begun and goes on when told to.
fn write_in_background(store: &store::Store, begun: Sender<()>, wait: Receiver<()>) -> JoinHandle<()> {
    let store = store.clone();
    thread::spawn(move || {
        // A closure may run again, and what it waits for comes once.
        let waits = Mutex::new(Some((begun, wait)));
        let work = move |transaction: &mut Transaction<'_>| {
            if let Some((begun, wait)) = waits.lock().unwrap().take() {
                begun.send(()).unwrap();
                wait.recv().unwrap();
            }
            insert(transaction, "blocked")
        };
        store.write_blocking(work).unwrap();
    })
}

#[test]
fn a_caller_that_goes_away_leaves_a_whole_transaction_or_none() {
    let store = things();
    let (begun, wait_until_begun) = channel();
    let (go_on, wait) = channel::<()>();
    // This one has begun when its caller goes: it is finished.
    let mut gone = Box::pin(store.write(move |transaction| {
        insert(transaction, "first half")?;
        begun.send(()).unwrap();
        wait.recv().unwrap();
        insert(transaction, "second half")
    }));
    assert!(poll_once(&mut gone).is_none());
    wait_until_begun.recv().unwrap();
    drop(gone);
    if store.engine() == Engine::Sqlite {
        // This one still waits behind it (SQLite has one writer) when its caller goes: it is taken back.
        assert!(poll_once(store.write(|transaction| insert(transaction, "never"))).is_none());
    }
    go_on.send(()).unwrap();
    // Opening again waits for all that is under way.
    let store = store.reopen(&[crate::THINGS]);
    assert_eq!(count(&store), 2);
}

#[test]
fn a_full_queue_says_busy_at_once_to_handlers() {
    let store = things();
    let mut held = Vec::new();
    let mut holds = Vec::new();
    // Every writing thread is held: there are at most four.
    for _ in 0..4 {
        let (go_on, wait) = channel::<()>();
        let mut holding = Box::pin(store.write(move |_| {
            // The end of the channel lets it go.
            let _ = wait.recv();
            Ok::<(), Error>(())
        }));
        assert!(poll_once(&mut holding).is_none());
        held.push(holding);
        holds.push(go_on);
    }
    let mut futures = Vec::new();
    let busy = (0..3_000).find_map(|_| {
        let mut future = Box::pin(store.write(|_| Ok::<(), Error>(())));
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => {
                futures.push(future);
                None
            }
        }
    });
    assert_eq!(busy, Some(Err(Error::Busy)));
    assert_eq!(Error::Busy.kind(), Kind::Busy);
    drop((holds, held, futures));
    assert_eq!(write(&store, "INSERT INTO thing (id) VALUES ('a')", &[]), Ok(1));
}

#[test]
fn lost_connections_are_made_again() {
    let store = things();
    assert_eq!(write(&store, "INSERT INTO thing (id) VALUES ('a')", &[]), Ok(1));
    assert_eq!(count(&store), 1);
    for round in 0..3 {
        match store.engine() {
            // A panic makes the thread give up its connection.
            Engine::Sqlite => {
                let lost = store.write_blocking(|_| -> Result<(), Error> { panic!("on purpose") });
                assert_eq!(lost, Err(Error::Panicked));
            }
            // The server ends all connections but the one that asks for it, and then that one.
            Engine::Postgres => {
                let others = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()";
                let lost = store.read_blocking(move |transaction| {
                    transaction.execute(others, &[])?;
                    transaction.execute("SELECT pg_terminate_backend(pg_backend_pid())", &[])
                });
                assert!(matches!(lost, Err(Error::Unavailable { .. })), "{lost:?}");
            }
        }
        assert_eq!(count(&store), 1 + round);
        let id = format!("after {round}");
        store.write_blocking(move |transaction| insert(transaction, &id)).unwrap();
    }
}

#[test]
fn a_connection_lost_within_a_write_is_made_again_and_the_work_is_done_once() {
    let store = things();
    let mut attempts = 0;
    let outcome = store.write_blocking(move |transaction| {
        attempts += 1;
        insert(transaction, "a")?;
        if transaction.engine() == Engine::Postgres && attempts == 1 {
            transaction.execute("SELECT pg_terminate_backend(pg_backend_pid())", &[])?;
        }
        Ok::<_, Error>((transaction.engine(), attempts))
    });
    let expected = if store.engine() == Engine::Postgres { 2 } else { 1 };
    assert_eq!(outcome, Ok((store.engine(), expected)));
    assert_eq!(count(&store), 1);
}

#[test]
fn closing_finishes_what_waits_and_refuses_what_comes_after() {
    let store = things();
    for at in 0..50 {
        let id = at.to_string();
        let writing = store.clone();
        // The caller stays, so that the work is not taken back.
        thread::spawn(move || writing.write_blocking(move |transaction| insert(transaction, &id)))
            .join()
            .unwrap()
            .unwrap();
    }
    store.clone().close();
    let refused = store.read_blocking(|transaction| transaction.execute("SELECT 1", &[]));
    assert!(matches!(refused, Err(Error::Unavailable { .. })), "{refused:?}");
    let store = store.reopen(&[crate::THINGS]);
    assert_eq!(count(&store), 50);
}
