//! How far a PostgreSQL server has come in its log of changes, and what tells two servers of one history apart from others.

use std::fmt;
use std::str::FromStr;

/// A place in the log: bytes since its beginning. A server that has come as far as another has seen all its commits up to
/// there, if both are of one history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(u64);

impl Position {
    /// How many bytes this is behind another.
    pub(crate) fn behind(self, other: Self) -> u64 {
        other.0.saturating_sub(self.0)
    }

    /// Where the last record ends, if the next one would be written here. The server names the place behind the head of a
    /// page that it has not begun, which no replica reaches before something is written there.
    pub(crate) fn end_of_last_record(self, segment_bytes: u64) -> Self {
        const PAGE: u64 = 8192;
        /// The head of a page, and that of the first page of a file.
        const HEADS: (u64, u64) = (24, 40);
        let within = self.0 % PAGE;
        let first_page = segment_bytes > 0 && (self.0 - within).is_multiple_of(segment_bytes);
        if within == if first_page { HEADS.1 } else { HEADS.0 } { Self(self.0 - within) } else { self }
    }
}

impl FromStr for Position {
    type Err = std::num::ParseIntError;

    /// From a number of bytes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Position {
    /// As PostgreSQL writes it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:X}/{:X}", self.0 >> 32, self.0 & 0xffff_ffff)
    }
}

/// Which history of which cluster a server has. A replica that is made a server of its own begins another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct History {
    pub(crate) cluster: String,
    pub(crate) timeline: u32,
}

/// What a primary says of itself.
#[derive(Clone, Debug)]
pub(crate) struct OfPrimary {
    pub(crate) history: History,
    /// All that was committed up to now, or a little more.
    pub(crate) inserted: Position,
    /// What is safely written, and can reach a replica.
    pub(crate) flushed: Position,
}

/// What a replica says of itself.
#[derive(Clone, Debug)]
pub(crate) struct OfReplica {
    /// False: it follows nobody, and takes writes of its own.
    pub(crate) follows: bool,
    pub(crate) history: History,
    pub(crate) replayed: Position,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_at_the_head_of_a_page_is_the_end_of_the_page_before() {
        const SEGMENT: u64 = 16 << 20;
        let at = |position| Position(position).end_of_last_record(SEGMENT);
        assert_eq!(at(3 * 8192 + 24), Position(3 * 8192));
        assert_eq!(at(SEGMENT + 40), Position(SEGMENT));
        for as_it_is in [SEGMENT + 24, 3 * 8192 + 40, 3 * 8192 + 48, 3 * 8192, SEGMENT, 0] {
            assert_eq!(at(as_it_is), Position(as_it_is), "{as_it_is}");
        }
    }

    #[test]
    fn positions_are_written_as_postgresql_writes_them() {
        assert_eq!(Position(0x16_B374_D848).to_string(), "16/B374D848");
        assert_eq!("97500059720".parse(), Ok(Position(0x16_B374_D848)));
        assert_eq!(Position(7).behind(Position(10)), 3);
        assert_eq!(Position(10).behind(Position(7)), 0);
    }
}
