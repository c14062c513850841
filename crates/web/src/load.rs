//! How much is worked on at a time: what comes above waits a little, and is turned away when that does not help.
//!
//! A program that takes on everything answers everybody late. Here so many requests are worked on, some more may wait for two
//! seconds, and all others are told at once to come back. Writes have places of their own, since a body may take minutes
//! to arrive; nobody can have more than a few of these, and all bodies together have a limit, which is memory.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Problem, client::Client, quota::CountedAs, say};

/// How many things may be worked on at a time.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Reads.
    pub reads: usize,
    /// Reads that wait for their turn; further ones are turned away.
    pub waiting: usize,
    /// How long one waits.
    pub patience: Duration,
    /// Writes, their bodies' arrival included.
    pub writes: usize,
    /// Writes of one address, person or token.
    pub writes_of_one: usize,
    /// All bodies together, in kilobytes.
    pub body_kilobytes: usize,
}

impl Default for Capacity {
    /// 64 reads and 256 that wait for two seconds; 64 writes, 8 of one; bodies of 256 MB.
    fn default() -> Capacity {
        Capacity {
            reads: 64,
            waiting: 256,
            patience: Duration::from_secs(2),
            writes: 64,
            writes_of_one: 8,
            body_kilobytes: 256 * 1024,
        }
    }
}

/// Whose write it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    Known(CountedAs),
    Address(Client),
}

/// What is being worked on now.
pub(crate) struct Load {
    capacity: Capacity,
    reads: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    writes: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
    owners: Counts<Owner>,
}

/// A place that somebody has until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permits: Vec<OwnedSemaphorePermit>,
    _owner: Option<Counted<Owner>>,
}

impl Load {
    pub(crate) fn new(capacity: Capacity) -> Load {
        let semaphore = |places| Arc::new(Semaphore::new(places));
        Load {
            capacity,
            reads: semaphore(capacity.reads),
            waiting: semaphore(capacity.waiting),
            writes: semaphore(capacity.writes),
            bodies: semaphore(capacity.body_kilobytes),
            owners: Counts::default(),
        }
    }

    /// A place for a read, perhaps after waiting.
    pub(crate) async fn read(&self) -> Result<Place, Problem> {
        if let Ok(permit) = Arc::clone(&self.reads).try_acquire_owned() {
            return Ok(Place { _permits: vec![permit], _owner: None });
        }
        let _turn = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| Problem::busy())?;
        match tokio::time::timeout(self.capacity.patience, Arc::clone(&self.reads).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Place { _permits: vec![permit], _owner: None }),
            _ => Err(Problem::busy()),
        }
    }

    /// A place for a write with a body of at most so many bytes. It does not wait: whoever writes can send it again.
    pub(crate) fn write(&self, owner: Option<Owner>, bytes: usize) -> Result<Place, Problem> {
        let owner = match owner {
            None => None,
            Some(owner) => Some(self.owners.take(owner, self.capacity.writes_of_one).ok_or_else(too_many_at_once)?),
        };
        let kilobytes = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.writes).try_acquire_owned().map_err(|_| Problem::busy())?;
        let body = Arc::clone(&self.bodies).try_acquire_many_owned(kilobytes).map_err(|_| Problem::busy())?;
        Ok(Place { _permits: vec![permit, body], _owner: owner })
    }
}

fn too_many_at_once() -> Problem {
    Problem::of_kind(vocabulary::Kind::Busy, say!("Several things that you sent are still arriving."))
        .title(say!("Too many at once"))
        .next(say!("Wait until they are done, then send this again."))
        .with_status(axum::http::StatusCode::TOO_MANY_REQUESTS)
        .again_in(10)
}

/// How many each of them has.
#[derive(Debug)]
pub(crate) struct Counts<K>(Arc<Mutex<HashMap<K, usize>>>);

impl<K> Default for Counts<K> {
    fn default() -> Counts<K> {
        Counts(Arc::default())
    }
}

/// One of somebody's, until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted<K: Copy + Eq + Hash> {
    counts: Arc<Mutex<HashMap<K, usize>>>,
    key: K,
}

impl<K: Copy + Eq + Hash> Counts<K> {
    /// One more, unless somebody has `most` already.
    pub(crate) fn take(&self, key: K, most: usize) -> Option<Counted<K>> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Counted { counts: Arc::clone(&self.0), key })
    }
}

impl<K: Copy + Eq + Hash> Drop for Counted<K> {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn small() -> Capacity {
        Capacity {
            reads: 1,
            waiting: 1,
            patience: Duration::from_millis(20),
            writes: 3,
            writes_of_one: 2,
            body_kilobytes: 10,
        }
    }

    #[tokio::test]
    async fn a_read_waits_a_little_and_no_more_than_so_many_do() {
        let load = Arc::new(Load::new(small()));
        let first = load.read().await.unwrap();
        let waiting = tokio::spawn({
            let load = Arc::clone(&load);
            async move { load.read().await }
        });
        while load.waiting.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(load.read().await.unwrap_err().title, "This service is busy", "nobody waits behind one who waits");
        drop(first);
        drop(waiting.await.unwrap().unwrap());
        let _first = load.read().await.unwrap();
        assert!(load.read().await.is_err(), "it waited in vain");
        assert_eq!(load.waiting.available_permits(), 1, "and gave its place in the queue back");
    }

    #[test]
    fn one_cannot_have_every_place_to_write() {
        let load = Load::new(small());
        let (one, other) = (Owner::Known(CountedAs::Token(1)), Owner::Known(CountedAs::Token(2)));
        let held = [load.write(Some(one), 0).unwrap(), load.write(Some(one), 0).unwrap()];
        assert_eq!(load.write(Some(one), 0).unwrap_err().title, "Too many at once");
        let last = load.write(Some(other), 0).unwrap();
        assert_eq!(load.write(None, 0).unwrap_err().title, "This service is busy");
        drop((held, last));
        assert!(load.write(Some(one), 0).is_ok());
        assert!(load.owners.0.lock().unwrap().is_empty(), "nobody is remembered who has nothing");
    }

    #[test]
    fn all_bodies_together_have_a_limit() {
        let load = Load::new(small());
        let _large = load.write(None, 9 * 1024).unwrap();
        assert!(load.write(None, 1025).is_err(), "a kilobyte begun is a kilobyte");
        assert!(load.write(None, 1024).is_ok());
        assert!(load.write(None, usize::MAX).is_err());
    }
}
