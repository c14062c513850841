//! The Merkle tree of RFC 6962, section 2.1: its root, and proofs that a leaf is in it, that it only grew, and that a
//! stretch of leaves is whole.
//!
//! Leaves are numbered from 0. Proofs are made from the hashes of complete subtrees, which the caller keeps wherever it
//! likes: it is asked for one by its level (0 is a leaf) and its place among those of its level. It keeps no tree itself
//! but [`Frontier`], the least that a tree needs to grow.

mod frontier;

pub use self::frontier::Frontier;
use crate::Hash;

/// What a leaf adds to the tree.
pub fn leaf(entry: impl AsRef<[u8]>) -> Hash {
    Hash::of_all(&[&[0], entry.as_ref()])
}

/// What joins two subtrees.
pub fn node(left: Hash, right: Hash) -> Hash {
    Hash::of_all(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The root of a tree without leaves.
pub fn empty() -> Hash {
    Hash::of("")
}

/// What is wrong with a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// It asks for leaves that a tree of this size does not have.
    #[error("the tree has {size} leaves, so there is no leaf {index}")]
    Beyond {
        /// Which was asked for, from 0.
        index: u64,
        /// How many there are.
        size: u64,
    },
    /// An older tree that is larger than the newer one.
    #[error("a tree of {old} leaves cannot become one of {new}")]
    Shrunk {
        /// Leaves of the older.
        old: u64,
        /// Leaves of the newer.
        new: u64,
    },
    /// No leaf at all, which shows nothing.
    #[error("it shows no leaf")]
    Nothing,
    /// Too few or too many hashes.
    #[error("the proof has {given} hashes where {needed} are needed")]
    Length {
        /// How many it has.
        given: usize,
        /// How many it would have.
        needed: usize,
    },
    /// What it leads to is not the root.
    #[error("the proof leads to another root")]
    Root,
}

/// The largest power of two below `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// The root of a tree of this size.
///
/// # Errors
/// Those of `hashes`.
pub fn root<E>(size: u64, mut hashes: impl FnMut(u8, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    match size {
        0 => Ok(empty()),
        _ => subtree(0, size, &mut hashes),
    }
}

/// The root over the leaves from `start` up to `end`, of which there is at least one.
fn subtree<E>(start: u64, end: u64, hashes: &mut impl FnMut(u8, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    let size = end - start;
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        return hashes(u8::try_from(level).unwrap_or(u8::MAX), start >> level);
    }
    let middle = start + split(size);
    Ok(node(subtree(start, middle, hashes)?, subtree(middle, end, hashes)?))
}

/// The proof that a leaf is in a tree of this size: one hash for each step upwards. None when there is no such leaf.
///
/// # Errors
/// Those of `hashes`.
pub fn inclusion<E>(
    index: u64,
    size: u64,
    mut hashes: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if index >= size {
        return Ok(None);
    }
    let (mut start, mut end, mut path) = (0, size, Vec::new());
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(subtree(middle, end, &mut hashes)?);
            end = middle;
        } else {
            path.push(subtree(start, middle, &mut hashes)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(Some(path))
}

/// Verifies that a leaf is in the tree of this size and root (RFC 9162, section 2.1.3.2).
///
/// # Errors
/// What is wrong with it.
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash], root: Hash) -> Result<(), Wrong> {
    if index >= size {
        return Err(Wrong::Beyond { index, size });
    }
    let needed = steps(index, size);
    if path.len() != needed {
        return Err(Wrong::Length { given: path.len(), needed });
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for beside in path {
        if at & 1 == 1 || at == last {
            hash = node(*beside, hash);
            // A subtree at the right edge stands for itself on the levels where it has nobody beside it.
            let lone = if at & 1 == 1 { 0 } else { at.trailing_zeros() };
            at >>= lone;
            last >>= lone;
        } else {
            hash = node(hash, *beside);
        }
        at >>= 1;
        last >>= 1;
    }
    if hash == root { Ok(()) } else { Err(Wrong::Root) }
}

/// How many hashes the proof of a leaf has.
fn steps(index: u64, size: u64) -> usize {
    let (mut start, mut end, mut steps) = (0, size, 0);
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            end = middle
        } else {
            start = middle
        }
        steps += 1;
    }
    steps
}

/// The proof that a tree of `new` leaves begins with the `old` ones. None where `old` is more than `new`. It is empty where
/// there is nothing to prove: they are the same, or the older one had no leaf.
///
/// # Errors
/// Those of `hashes`.
pub fn consistency<E>(
    old: u64,
    new: u64,
    mut hashes: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if old > new {
        return Ok(None);
    }
    let mut proof = Vec::new();
    if old == 0 || old == new {
        return Ok(Some(proof));
    }
    let (mut start, mut end) = (0, new);
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(subtree(middle, end, &mut hashes)?);
            end = middle;
        } else {
            proof.push(subtree(start, middle, &mut hashes)?);
            start = middle;
        }
    }
    // The whole of the older tree needs no hash: whoever verifies has it.
    if start > 0 {
        proof.push(subtree(start, end, &mut hashes)?);
    }
    proof.reverse();
    Ok(Some(proof))
}

/// Verifies that the tree of `new` leaves begins with that of `old` (RFC 9162, section 2.1.4.2).
///
/// # Errors
/// What is wrong with it.
pub fn verify_consistency(old: u64, new: u64, proof: &[Hash], old_root: Hash, new_root: Hash) -> Result<(), Wrong> {
    if old > new {
        return Err(Wrong::Shrunk { old, new });
    }
    if old == new || old == 0 {
        if !proof.is_empty() {
            return Err(Wrong::Length { given: proof.len(), needed: 0 });
        }
        let same =
            if old == 0 { old_root == empty() && (new != 0 || new_root == empty()) } else { old_root == new_root };
        return if same { Ok(()) } else { Err(Wrong::Root) };
    }
    // Which subtrees the proof names, from the root downwards: those on the left are part of both trees.
    let (mut start, mut end, mut sides) = (0, new, Vec::new());
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            sides.push(Side::Right);
            end = middle;
        } else {
            sides.push(Side::Left);
            start = middle;
        }
    }
    let needed = sides.len() + usize::from(start > 0);
    if proof.len() != needed {
        return Err(Wrong::Length { given: proof.len(), needed });
    }
    let (seed, others) = match start {
        0 => (old_root, proof),
        _ => (proof[0], &proof[1..]),
    };
    let (mut before, mut now) = (seed, seed);
    for (side, beside) in sides.iter().rev().zip(others) {
        match side {
            Side::Left => {
                before = node(*beside, before);
                now = node(*beside, now);
            }
            Side::Right => now = node(now, *beside),
        }
    }
    if before == old_root && now == new_root { Ok(()) } else { Err(Wrong::Root) }
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// The proof that the leaves from `start` up to `end` are those of a tree of this size: the roots of what is outside,
/// from left to right. None where there are no such leaves.
///
/// # Errors
/// Those of `hashes`.
pub fn stretch<E>(
    start: u64,
    end: u64,
    size: u64,
    mut hashes: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Option<Vec<Hash>>, E> {
    if start >= end || end > size {
        return Ok(None);
    }
    let mut proof = Vec::new();
    for (from, to) in outside(start, end, size) {
        proof.push(subtree(from, to, &mut hashes)?);
    }
    Ok(Some(proof))
}

/// The largest subtrees of a tree of this size that hold none of these leaves, from left to right.
fn outside(start: u64, end: u64, size: u64) -> Vec<(u64, u64)> {
    let (mut found, mut open) = (Vec::new(), vec![(0, size)]);
    while let Some((from, to)) = open.pop() {
        if to <= start || from >= end {
            found.push((from, to));
        } else if to - from > 1 && !(start <= from && to <= end) {
            let middle = from + split(to - from);
            open.extend([(middle, to), (from, middle)]);
        }
    }
    found
}

/// Verifies that these are the leaves from `start` on in the tree of this size and root, without one left out.
///
/// # Errors
/// What is wrong with it.
pub fn verify_stretch(leaves: &[Hash], start: u64, size: u64, proof: &[Hash], root: Hash) -> Result<(), Wrong> {
    let count = leaves.len() as u64;
    if count == 0 {
        return Err(Wrong::Nothing);
    }
    let end = start.checked_add(count).filter(|end| *end <= size);
    let end = end.ok_or(Wrong::Beyond { index: start.saturating_add(count - 1), size })?;
    let parts = outside(start, end, size);
    if proof.len() != parts.len() {
        return Err(Wrong::Length { given: proof.len(), needed: parts.len() });
    }
    // Every subtree that the root is made of is either named by the proof or made of the leaves.
    let mut named = parts.into_iter().zip(proof.iter().copied());
    let found = made_of(0, size, start, leaves, &mut named);
    if found == Some(root) { Ok(()) } else { Err(Wrong::Root) }
}

fn made_of(
    from: u64,
    to: u64,
    start: u64,
    leaves: &[Hash],
    named: &mut impl Iterator<Item = ((u64, u64), Hash)>,
) -> Option<Hash> {
    let end = start + leaves.len() as u64;
    if to <= start || from >= end {
        return named.next().filter(|(part, _)| *part == (from, to)).map(|(_, hash)| hash);
    }
    if to - from == 1 {
        return leaves.get(usize::try_from(from - start).ok()?).copied();
    }
    let middle = from + split(to - from);
    Some(node(made_of(from, middle, start, leaves, named)?, made_of(middle, to, start, leaves, named)?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use super::*;

    /// A tree with all its hashes.
    struct Whole {
        hashes: BTreeMap<(u8, u64), Hash>,
        leaves: Vec<Hash>,
        roots: Vec<Hash>,
    }

    impl Whole {
        fn grown(entries: impl IntoIterator<Item = Vec<u8>>) -> Whole {
            let mut frontier = Frontier::new();
            let mut whole = Whole { hashes: BTreeMap::new(), leaves: Vec::new(), roots: vec![frontier.root()] };
            for entry in entries {
                let leaf = leaf(entry);
                frontier.push(leaf, |level, index, hash| {
                    assert_eq!(whole.hashes.insert((level, index), hash), None);
                });
                whole.leaves.push(leaf);
                whole.roots.push(frontier.root());
            }
            whole
        }

        fn numbered(size: u64) -> Whole {
            Whole::grown((0..size).map(|number| number.to_be_bytes().to_vec()))
        }

        fn hash(&self) -> impl Fn(u8, u64) -> Result<Hash, Infallible> + '_ {
            |level, index| Ok(self.hashes[&(level, index)])
        }
    }

    fn hash(text: &str) -> Hash {
        text.parse().unwrap()
    }

    /// The example of the specification.
    #[test]
    fn alpha_beta_gamma() {
        let tree = Whole::grown(["alpha", "beta", "gamma"].map(|entry| entry.as_bytes().to_vec()));
        assert_eq!(tree.leaves[0], hash("2a158d8afd48e3f88cb4195dfdb2a9e4817d95fa57fd34440d93f9aae5c4f82b"));
        assert_eq!(tree.leaves[2], hash("4c79d0d62f7cf5ca8874155f2d3b875f2625da2bb3abc86bbd6833f25ba90e51"));
        assert_eq!(tree.roots[0], hash("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        assert_eq!(tree.roots[2], hash("983cb57c04cddd52634edab38a7bef85708a974f114bbd9aa9ec5d4ce6656b4b"));
        assert_eq!(tree.roots[3], hash("385da30f3917282c8939dff851957e519ab1846b1351a14c0adb3b11632742aa"));
        assert_eq!(inclusion(1, 3, tree.hash()).unwrap().unwrap(), [tree.leaves[0], tree.leaves[2]]);
        assert_eq!(consistency(2, 3, tree.hash()).unwrap().unwrap(), [tree.leaves[2]]);
    }

    #[test]
    fn a_tree_has_the_same_root_however_it_was_made() {
        let tree = Whole::numbered(70);
        for size in 0..=70 {
            let Ok(found) = root(size, tree.hash());
            assert_eq!(found, tree.roots[size as usize]);
            let Ok(again) = Frontier::of(size, tree.hash());
            assert_eq!(again.root(), found);
        }
    }

    #[test]
    fn every_leaf_is_proved_in_every_tree_and_no_other() {
        let tree = Whole::numbered(40);
        for size in 1..=40_u64 {
            let root = tree.roots[size as usize];
            for index in 0..size {
                let path = inclusion(index, size, tree.hash()).unwrap().unwrap();
                let leaf = tree.leaves[index as usize];
                assert_eq!(verify_inclusion(leaf, index, size, &path, root), Ok(()), "{index} of {size}");
                for other in (0..size).filter(|other| *other != index) {
                    assert!(verify_inclusion(tree.leaves[other as usize], index, size, &path, root).is_err());
                    assert!(verify_inclusion(leaf, other, size, &path, root).is_err(), "{index} as {other} of {size}");
                }
                for damaged in 0..path.len() {
                    let mut path = path.clone();
                    path[damaged] = empty();
                    assert_eq!(verify_inclusion(leaf, index, size, &path, root), Err(Wrong::Root));
                }
                let longer = [path.as_slice(), &[empty()]].concat();
                assert!(matches!(verify_inclusion(leaf, index, size, &longer, root), Err(Wrong::Length { .. })));
            }
            assert_eq!(inclusion(size, size, tree.hash()), Ok(None));
            assert_eq!(verify_inclusion(empty(), size, size, &[], root), Err(Wrong::Beyond { index: size, size }));
        }
    }

    #[test]
    fn every_tree_is_proved_to_begin_with_every_smaller_one_and_with_no_other() {
        let tree = Whole::numbered(40);
        for new in 0..=40_u64 {
            for old in 0..=new {
                let proof = consistency(old, new, tree.hash()).unwrap().unwrap();
                let (before, now) = (tree.roots[old as usize], tree.roots[new as usize]);
                assert_eq!(verify_consistency(old, new, &proof, before, now), Ok(()), "{old} to {new}");
                let other = leaf("other");
                assert!(verify_consistency(old, new, &proof, other, now).is_err(), "{old} to {new}");
                if old > 0 {
                    assert!(verify_consistency(old, new, &proof, before, other).is_err(), "{old} to {new}");
                }
                for damaged in 0..proof.len() {
                    let mut proof = proof.clone();
                    proof[damaged] = other;
                    assert_eq!(verify_consistency(old, new, &proof, before, now), Err(Wrong::Root));
                }
            }
            assert_eq!(consistency(new + 1, new, tree.hash()), Ok(None));
        }
    }

    #[test]
    fn a_stretch_is_proved_whole_and_nothing_can_be_left_out_of_it() {
        let tree = Whole::numbered(21);
        for size in 1..=21_u64 {
            let root = tree.roots[size as usize];
            for start in 0..size {
                for end in start + 1..=size {
                    let proof = stretch(start, end, size, tree.hash()).unwrap().unwrap();
                    let leaves = &tree.leaves[start as usize..end as usize];
                    assert_eq!(verify_stretch(leaves, start, size, &proof, root), Ok(()), "{start}..{end} of {size}");
                    for left_out in 0..leaves.len() {
                        let mut fewer = leaves.to_vec();
                        fewer.remove(left_out);
                        assert!(verify_stretch(&fewer, start, size, &proof, root).is_err());
                    }
                    assert!(verify_stretch(leaves, start + 1, size, &proof, root).is_err());
                }
                assert_eq!(stretch(start, start, size, tree.hash()), Ok(None));
            }
            assert_eq!(stretch(0, size + 1, size, tree.hash()), Ok(None));
        }
    }
}
