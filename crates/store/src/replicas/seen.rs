//! What visitors have seen, as far as a replica could be behind it: kept in memory, and forgotten as soon as no replica in
//! use can be that old.

use crate::position::Position;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Of so many visitors at most; then everybody is taken to have seen what anybody has.
const MOST: usize = 20_000;

#[derive(Default)]
pub(super) struct Seen {
    everybody: Position,
    visitors: HashMap<u64, (Position, Instant)>,
}

impl Seen {
    pub(super) fn by(&self, visitor: u64) -> Position {
        self.visitors.get(&visitor).map_or(self.everybody, |(position, _)| self.everybody.max(*position))
    }

    pub(super) fn note(&mut self, visitor: u64, position: Position, now: Instant) {
        if position <= self.everybody {
            return;
        }
        if self.visitors.len() >= MOST && !self.visitors.contains_key(&visitor) {
            self.everybody = self.visitors.values().map(|(position, _)| *position).fold(position, Position::max);
            self.visitors.clear();
            return;
        }
        let (known, at) = self.visitors.entry(visitor).or_insert((position, now));
        *known = position.max(*known);
        *at = now;
    }

    /// Forgets what was seen longer ago than any replica in use may be behind.
    pub(super) fn forget(&mut self, age: Duration, now: Instant) {
        self.visitors.retain(|_, (_, at)| now.duration_since(*at) <= age);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn at(bytes: u64) -> Position {
        bytes.to_string().parse().unwrap()
    }

    #[test]
    fn what_was_seen_grows_and_is_forgotten_in_time() {
        let (mut seen, now) = (Seen::default(), Instant::now());
        seen.note(1, at(10), now);
        seen.note(1, at(7), now);
        assert_eq!((seen.by(1), seen.by(2)), (at(10), at(0)));
        seen.forget(Duration::from_secs(20), now + Duration::from_secs(20));
        assert_eq!(seen.by(1), at(10));
        seen.forget(Duration::from_secs(20), now + Duration::from_secs(21));
        assert_eq!(seen.by(1), at(0));
    }

    #[test]
    fn with_too_many_visitors_nobody_sees_less_than_before() {
        let (mut seen, now) = (Seen::default(), Instant::now());
        for visitor in 0..MOST as u64 + 1 {
            seen.note(visitor, at(visitor + 1), now);
        }
        assert!(seen.visitors.is_empty());
        assert_eq!(seen.by(3), at(MOST as u64 + 1));
    }
}
