//! A tree that grows, leaf by leaf, without keeping what is behind it.

use super::{empty, node};
use crate::Hash;

/// What a tree needs to grow: the roots of the complete subtrees that it is made of, largest first, one for each bit of its
/// size that is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Of a tree without leaves.
    pub fn new() -> Frontier {
        Frontier::default()
    }

    /// Of a tree of this size.
    ///
    /// # Errors
    /// Those of `hashes`.
    pub fn of<E>(size: u64, mut hashes: impl FnMut(u8, u64) -> Result<Hash, E>) -> Result<Frontier, E> {
        let mut peaks = Vec::new();
        for level in (0..64).rev().filter(|level| size >> level & 1 == 1) {
            peaks.push(hashes(level, (size >> level) - 1)?);
        }
        Ok(Frontier { size, peaks })
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf, and tells of each subtree that this completes, the leaf first: its level, its place, its hash.
    pub fn push(&mut self, leaf: Hash, mut complete: impl FnMut(u8, u64, Hash)) {
        let (mut level, mut hash) = (0, leaf);
        complete(level, self.size, hash);
        while self.size >> level & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = node(left, hash);
            level += 1;
            complete(level, self.size >> level, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root as it is now.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().copied();
        match peaks.next() {
            Some(last) => peaks.fold(last, |right, left| node(left, right)),
            None => empty(),
        }
    }
}
