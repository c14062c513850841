//! Tiles: a log as plain files that never change, as C2SP's tlog-tiles has it.
//!
//! A tile holds up to 256 hashes of one level of the tree, a bundle up to 256 entries. Those that are full stay as they are
//! for ever; the last one of a level is partial, and is there once for each size that a checkpoint was made of. This module
//! knows what they are called and what is in them; it reads and writes none.

use std::fmt;
use std::str::FromStr;

use crate::{Hash, tree};

/// Hashes in a full tile, and entries in a full bundle.
pub const WIDTH: u64 = 256;
/// Levels of the tree that a level of tiles spans.
const HEIGHT: u8 = 8;
/// The highest level of tiles there can be.
const HIGHEST: u8 = 63;
/// Bytes of the longest entry: its length is written in 16 bits.
pub const LONGEST_ENTRY: usize = u16::MAX as usize;

/// What is in a file of tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Hashes of this level of tiles: level 0 has those of the leaves, each above it the roots of the full tiles below.
    Hashes(u8),
    /// Entries.
    Entries,
}

/// One file of tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    /// What is in it.
    pub kind: Kind,
    /// Which one of its level, from 0.
    pub index: u64,
    /// How many hashes or entries it has, from 1 to 256; fewer than 256 in a partial one.
    pub width: u16,
}

impl Tile {
    /// The level-0 tile and place in it, and so the bundle, that hold this leaf, as they are in a log of this size.
    pub fn of_entry(kind: Kind, index: u64, size: u64) -> Option<(Tile, usize)> {
        let tile = Tile { kind, index: index / WIDTH, width: width(index / WIDTH, size)? };
        let place = usize::try_from(index % WIDTH).ok()?;
        (index < size).then_some((tile, place))
    }

    /// Whether there will never be more in it.
    pub fn is_full(&self) -> bool {
        u64::from(self.width) == WIDTH
    }

    /// The tile as it is when it is full.
    pub fn full(self) -> Tile {
        Tile { width: WIDTH as u16, ..self }
    }

    /// The hash of the complete subtree of this level and place, from the hashes of the tile that [`Tile::holding`] names.
    /// None where they are too few.
    pub fn subtree(hashes: &[Hash], level: u8, index: u64) -> Option<Hash> {
        let within = level % HEIGHT;
        let (first, count) = ((index << within) % WIDTH, 1_u64 << within);
        let (first, end) = (usize::try_from(first).ok()?, usize::try_from(first + count).ok()?);
        Some(complete(hashes.get(first..end)?))
    }

    /// The tile that holds what the complete subtree of this level and place of the tree is made of, in a log of this size.
    /// None where the log has no such subtree.
    pub fn holding(level: u8, index: u64, size: u64) -> Option<Tile> {
        let end = index.checked_add(1)?.checked_shl(u32::from(level)).filter(|end| end >> level == index + 1)?;
        if end > size {
            return None;
        }
        let of_level = level / HEIGHT;
        let index = (index << (level % HEIGHT)) / WIDTH;
        let width = width(index, size.checked_shr(u32::from(of_level * HEIGHT)).unwrap_or(0))?;
        Some(Tile { kind: Kind::Hashes(of_level), index, width })
    }
}

/// The root of a complete subtree of a power of two of leaves.
fn complete(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => tree::empty(),
        [one] => *one,
        _ => {
            let (left, right) = leaves.split_at(leaves.len() / 2);
            tree::node(complete(left), complete(right))
        }
    }
}

/// How many of this many hashes the tile of this number has; none when it has none.
fn width(index: u64, count: u64) -> Option<u16> {
    let left = count.checked_sub(index.checked_mul(WIDTH)?)?.min(WIDTH);
    u16::try_from(left).ok().filter(|width| *width > 0)
}

/// Every tile of hashes and every bundle of entries that a log of this size has.
pub fn all(size: u64) -> impl Iterator<Item = Tile> {
    grown(0, size)
}

/// The tiles and bundles that a log gets when it grows from one size to another, partial ones at the end.
pub fn grown(from: u64, to: u64) -> impl Iterator<Item = Tile> {
    let levels = (0..8).map(|level| (Kind::Hashes(level), u32::from(level * HEIGHT)));
    std::iter::once((Kind::Entries, 0)).chain(levels).flat_map(move |(kind, shift)| {
        let (before, now) = (from >> shift, to >> shift);
        let changed = if before == now { 0..0 } else { before / WIDTH..now.div_ceil(WIDTH) };
        changed.filter_map(move |index| Some(Tile { kind, index, width: width(index, now)? }))
    })
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Hashes(level) => write!(f, "tile/{level}/")?,
            Kind::Entries => f.write_str("tile/entries/")?,
        }
        // Groups of three digits, each but the last marked.
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        let (last, others) = groups.split_first().unwrap_or((&0, &[]));
        others.iter().rev().try_for_each(|group| write!(f, "x{group:03}/"))?;
        write!(f, "{last:03}")?;
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// An address that is not that of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the address of a tile, such as tile/0/x001/067 or tile/entries/000.p/3")]
pub struct NotATile;

impl FromStr for Tile {
    type Err = NotATile;

    /// Reads what [`Tile`] is written as, and nothing else, so that each has one address.
    fn from_str(text: &str) -> Result<Tile, NotATile> {
        let read = || {
            let (level, rest) = text.strip_prefix("tile/")?.split_once('/')?;
            let kind = match level {
                "entries" => Kind::Entries,
                _ => Kind::Hashes(level.parse().ok().filter(|level| *level <= HIGHEST)?),
            };
            let (groups, width) = match rest.split_once(".p/") {
                Some((groups, width)) => (groups, width.parse().ok().filter(|width| (1..256).contains(width))?),
                None => (rest, WIDTH as u16),
            };
            let mut index: u64 = 0;
            for group in groups.split('/') {
                let group: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
                index = index.checked_mul(1000)?.checked_add(group)?;
            }
            let tile = Tile { kind, index, width };
            (tile.to_string() == text).then_some(tile)
        };
        read().ok_or(NotATile)
    }
}

/// The file of a tile of hashes.
pub fn hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

/// The hashes in the file of a tile; none when it is not a whole number of them, or more than a tile has.
pub fn read_hashes(file: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = file.as_chunks::<32>();
    (rest.is_empty() && hashes.len() as u64 <= WIDTH).then(|| hashes.iter().copied().map(Hash::from).collect())
}

/// Adds an entry to the file of a bundle.
///
/// # Errors
/// When it is longer than [`LONGEST_ENTRY`] bytes.
pub fn bundle(file: &mut Vec<u8>, entry: &[u8]) -> Result<(), TooLong> {
    let length = u16::try_from(entry.len()).map_err(|_| TooLong { bytes: entry.len() })?;
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(entry);
    Ok(())
}

/// An entry that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry has at most 65,535 bytes, and this one has {bytes}")]
pub struct TooLong {
    /// How many it has.
    pub bytes: usize,
}

/// The entries in the file of a bundle; none when it ends within one, or has more than a bundle has.
pub fn read_bundle(mut file: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = file.split_first_chunk::<2>() {
        if entries.len() as u64 == WIDTH {
            return None;
        }
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        file = rest;
    }
    file.is_empty().then_some(entries)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::tree::Frontier;

    fn tile(kind: Kind, index: u64, width: u16) -> Tile {
        Tile { kind, index, width }
    }

    #[test]
    fn each_tile_has_one_address() {
        for (known, address) in [
            (tile(Kind::Hashes(0), 0, 256), "tile/0/000"),
            (tile(Kind::Hashes(3), 1000, 256), "tile/3/x001/000"),
            (tile(Kind::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067"),
            (tile(Kind::Entries, 0, 3), "tile/entries/000.p/3"),
            (tile(Kind::Entries, u64::MAX, 255), "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255"),
        ] {
            assert_eq!(known.to_string(), address);
            assert_eq!(address.parse(), Ok(known));
        }
        for other in [
            "tile/0/0",
            "tile/0/x000/001",
            "tile/0/001/067",
            "tile/00/000",
            "tile/64/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/03",
            "tile/0/+01",
            "tile/entries/000/",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/data/000",
            "/tile/0/000",
        ] {
            assert_eq!(other.parse::<Tile>(), Err(NotATile), "{other}");
        }
    }

    #[test]
    fn a_log_of_some_size_has_these() {
        let of = |size| all(size).filter(|tile| !tile.is_full()).map(|tile| tile.to_string()).collect::<Vec<_>>();
        assert_eq!(of(0), Vec::<String>::new());
        assert_eq!(of(3), ["tile/entries/000.p/3", "tile/0/000.p/3"]);
        assert_eq!(of(256), ["tile/1/000.p/1"]);
        assert_eq!(of(70_000), ["tile/entries/273.p/112", "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
        let full = |kind| all(70_000).filter(|tile| tile.kind == kind && tile.is_full()).count();
        assert_eq!((full(Kind::Entries), full(Kind::Hashes(0)), full(Kind::Hashes(1))), (273, 273, 1));
    }

    #[test]
    fn growing_step_by_step_makes_every_tile_there_is() {
        for (from, to) in [(0, 1), (1, 256), (255, 257), (256, 512), (500, 70_000), (65_535, 65_536), (7, 7)] {
            let before: Vec<Tile> = all(from).collect();
            let added: Vec<Tile> = grown(from, to).collect();
            assert!(added.iter().all(|tile| !before.contains(tile)), "{from} to {to}");
            assert!(all(to).all(|tile| added.contains(&tile) || before.contains(&tile)), "{from} to {to}");
        }
    }

    #[test]
    fn every_hash_of_the_tree_is_found_in_the_tiles_of_every_size() {
        let mut known = BTreeMap::new();
        let mut frontier = Frontier::new();
        for number in 0..700_u64 {
            frontier.push(tree::leaf(number.to_be_bytes()), |level, index, hash| {
                known.insert((level, index), hash);
            });
            let size = frontier.size();
            if ![1, 2, 255, 256, 257, 512, 699, 700].contains(&size) {
                continue;
            }
            for ((level, index), hash) in &known {
                let tile = Tile::holding(*level, *index, size).unwrap();
                let Kind::Hashes(of_level) = tile.kind else { panic!("{tile}") };
                let first = tile.index * WIDTH;
                let hashes: Vec<Hash> =
                    (first..first + u64::from(tile.width)).map(|index| known[&(of_level * HEIGHT, index)]).collect();
                assert_eq!(read_hashes(&super::hashes(&hashes)), Some(hashes.clone()));
                assert_eq!(Tile::subtree(&hashes, *level, *index), Some(*hash), "{level} {index} of {size}");
                assert!(all(size).any(|known| known == tile), "{tile} of {size}");
            }
            assert_eq!(Tile::holding(0, size, size), None);
            assert_eq!(Tile::holding(63, u64::MAX, size), None);
        }
    }

    /// The example of the specification.
    #[test]
    fn a_bundle_of_three() {
        let mut file = Vec::new();
        let entries = ["alpha", "beta", "gamma"];
        entries.iter().for_each(|entry| bundle(&mut file, entry.as_bytes()).unwrap());
        assert_eq!(file, b"\x00\x05alpha\x00\x04beta\x00\x05gamma");
        assert_eq!(read_bundle(&file), Some(entries.iter().map(|entry| entry.as_bytes()).collect()));
        assert_eq!(read_bundle(&file[..file.len() - 1]), None);
        assert_eq!(read_bundle(&file[..12]), None);
        let leaves: Vec<Hash> = entries.iter().map(tree::leaf).collect();
        let tile = Hash::of(hashes(&leaves));
        assert_eq!(tile.to_string(), "bb79b377b1e32c331640688b0f4375121a930072282d645b44baf25605f209a6");
        assert_eq!(bundle(&mut file, &vec![0; 65_536]), Err(TooLong { bytes: 65_536 }));
    }

    #[test]
    fn no_file_holds_more_than_a_full_tile() {
        let file = |count: usize| (vec![0; 2 * count], vec![0; 32 * count]);
        let read = |(entries, all): (Vec<u8>, Vec<u8>)| (read_bundle(&entries).is_some(), read_hashes(&all).is_some());
        assert_eq!((read(file(256)), read(file(257))), ((true, true), (false, false)));
    }
}
