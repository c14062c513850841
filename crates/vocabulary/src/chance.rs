//! Randomness as an argument, so that identifiers and tokens are repeatable in tests.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Where random bytes come from. Cloning shares the same source.
#[derive(Clone, Debug)]
pub enum Chance {
    /// The operating system's random source.
    System,
    /// A counted, repeatable sequence: for tests and reproducible runs only, since anyone can foretell it.
    Counted(Arc<AtomicU64>),
}

/// The operating system could not give random bytes. Nothing that needs secrets can go on.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random bytes: {0}")]
pub struct NoChance(getrandom::Error);

impl Chance {
    /// A repeatable source starting at `seed`.
    pub fn counted(seed: u64) -> Chance {
        Chance::Counted(Arc::new(AtomicU64::new(seed)))
    }

    /// `N` random bytes.
    ///
    /// # Errors
    /// When the operating system's source fails.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], NoChance> {
        let mut bytes = [0; N];
        match self {
            Chance::System => getrandom::fill(&mut bytes).map_err(NoChance)?,
            Chance::Counted(next) => {
                for chunk in bytes.chunks_mut(8) {
                    // SplitMix64 (Steele, Lea, Flood 2014): neighbouring counts give unlike bytes.
                    let mut z = next.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                    let word = (z ^ (z >> 31)).to_be_bytes();
                    chunk.copy_from_slice(&word[..chunk.len()]);
                }
            }
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_chance_repeats_and_does_not_stand_still() -> Result<(), NoChance> {
        let (one, two) = (Chance::counted(7), Chance::counted(7));
        let first = one.bytes::<20>()?;
        assert_eq!(first, two.bytes::<20>()?);
        assert_ne!(first, one.bytes::<20>()?);
        Ok(())
    }
}
