//! The current map of a register: for each key its latest entry, as a Merkle tree over them in the order of the keys.
//!
//! A log proves that an entry is in it, never that nothing came after. The map's root, which each publication commits to,
//! proves that what a record says is the latest, that there is no record of a key, and that a list of records leaves none
//! out. One shape of proof does all three: a stretch of neighbouring places that is shown whole.

use crate::Hash;
use crate::content::write_texts;
use crate::entry::Key;
use crate::tree::{self, Wrong};

/// One place of the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Of which record.
    pub key: Key,
    /// The number of its latest entry, from 0.
    pub entry: u64,
    /// The hash of what it says.
    pub content: Hash,
}

impl Place {
    /// What it adds to the tree.
    pub fn leaf(&self) -> Hash {
        tree::leaf(self.bytes())
    }

    /// Its bytes: a list, where the entries of a log are objects, so that neither is taken for the other.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128);
        bytes.push(b'[');
        write_texts(&mut bytes, self.key.parts());
        bytes.extend_from_slice(format!(",\"{}\",\"{}\"]", self.entry, self.content).as_bytes());
        bytes
    }
}

/// Neighbouring places of a map of some size, and what shows that none is left out between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// How many places come before the first.
    pub start: u64,
    /// How many places the map has.
    pub size: u64,
    /// The places, in the order of their keys.
    pub places: Vec<Place>,
    /// The roots of what lies outside, from left to right.
    pub proof: Vec<Hash>,
}

/// What a stretch says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says<'s> {
    /// This is its latest entry.
    Latest(&'s Place),
    /// There is no record of it.
    Absent,
    /// The stretch does not reach it.
    Nothing,
}

/// Why a stretch proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its keys do not ascend.
    #[error("its keys are not in order")]
    Order,
    /// It is not of that map.
    #[error("it is not part of the map: {0}")]
    Wrong(#[from] Wrong),
}

impl Stretch {
    /// Verifies that it is of the map with this root and size; only then is what it says true. Both come from a publication: a
    /// root alone does not say of how many places it is.
    ///
    /// # Errors
    /// Why not.
    pub fn verify(&self, root: Hash, size: u64) -> Result<(), Refusal> {
        if !self.places.is_sorted_by(|one, next| one.key < next.key) {
            return Err(Refusal::Order);
        }
        if self.size != size {
            return Err(Wrong::Root.into());
        }
        // Of an empty map nothing is shown but that it is empty.
        if size == 0 {
            let nothing = self.start == 0 && self.places.is_empty() && self.proof.is_empty();
            let empty = nothing && root == tree::empty();
            return if empty { Ok(()) } else { Err(Wrong::Root.into()) };
        }
        let leaves: Vec<Hash> = self.places.iter().map(Place::leaf).collect();
        tree::verify_stretch(&leaves, self.start, size, &self.proof, root)?;
        Ok(())
    }

    /// What it says of a key, once it was verified. Others ask an answer that was.
    pub(crate) fn says(&self, key: &Key) -> Says<'_> {
        match self.places.binary_search_by(|place| place.key.cmp(key)) {
            Ok(at) => Says::Latest(&self.places[at]),
            Err(at) if self.reaches(at) => Says::Absent,
            Err(_) => Says::Nothing,
        }
    }

    /// All records there are with keys from `from` up to and with `to`; none where the stretch does not reach that far. It too
    /// is true of a verified stretch only.
    pub(crate) fn between(&self, from: &Key, to: &Key) -> Option<&[Place]> {
        let first = self.places.partition_point(|place| place.key < *from);
        let end = self.places.partition_point(|place| place.key <= *to);
        // Whatever is beyond its first and last place is not known, unless they are the first and last there are.
        let begins = self.reaches(first) || self.places.get(first).is_some_and(|place| place.key == *from);
        let ends = self.reaches(end) || self.places[..end].last().is_some_and(|place| place.key == *to);
        (from <= to && begins && ends).then(|| &self.places[first..end])
    }

    /// Whether nothing can be between the places before and after this one that is not shown.
    fn reaches(&self, at: usize) -> bool {
        let last = self.start.checked_add(self.places.len() as u64) == Some(self.size);
        (at > 0 || self.start == 0) && (at < self.places.len() || last)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use super::*;

    fn key(number: u64) -> Key {
        Key::new(vec![format!("{number:03}")]).unwrap()
    }

    /// A map of every other key, and the hashes of its tree.
    fn map(size: u64) -> (Vec<Place>, BTreeMap<(u8, u64), Hash>, Hash) {
        let place =
            |at| Place { key: key(2 * at + 1), entry: at + 7, content: Hash::of(key(at).parts()[0].as_bytes()) };
        let places: Vec<Place> = (0..size).map(place).collect();
        let (mut tree, mut hashes) = (tree::Frontier::new(), BTreeMap::new());
        for place in &places {
            tree.push(place.leaf(), |level, index, hash| {
                hashes.insert((level, index), hash);
            });
        }
        (places, hashes, tree.root())
    }

    fn stretch(start: u64, end: u64, size: u64) -> Stretch {
        let (places, hashes, _) = map(size);
        let hash = |level, index| Ok::<_, Infallible>(hashes[&(level, index)]);
        let proof = tree::stretch(start, end, size, hash).unwrap().unwrap();
        Stretch { start, size, places: places[start as usize..end as usize].to_vec(), proof }
    }

    #[test]
    fn a_stretch_says_what_is_latest_and_what_is_not_there() {
        let (_, _, root) = map(11);
        let middle = stretch(3, 5, 11);
        assert_eq!(middle.verify(root, 11), Ok(()));
        assert_eq!(middle.says(&key(7)), Says::Latest(&middle.places[0]));
        assert_eq!(middle.says(&key(8)), Says::Absent);
        assert_eq!(middle.says(&key(6)), Says::Nothing);
        assert_eq!(middle.says(&key(10)), Says::Nothing);
        let (first, last) = (stretch(0, 1, 11), stretch(10, 11, 11));
        assert_eq!((first.says(&key(0)), first.says(&key(2))), (Says::Absent, Says::Nothing));
        assert_eq!((last.says(&key(900)), last.says(&key(20))), (Says::Absent, Says::Nothing));
    }

    #[test]
    fn a_list_is_whole_or_it_is_not_given() {
        let whole = stretch(2, 8, 11);
        // Its places are those of 005, 007 … 015.
        let found = |from, to| whole.between(&key(from), &key(to)).map(<[Place]>::len);
        assert_eq!(found(7, 13), Some(4));
        assert_eq!(found(6, 14), Some(4));
        assert_eq!(found(5, 15), Some(6));
        assert_eq!(found(8, 8), Some(0));
        assert_eq!(found(4, 9), None);
        assert_eq!(found(9, 16), None);
        assert_eq!(found(9, 8), None);
        let (_, _, root) = map(11);
        let everything = stretch(0, 11, 11);
        assert_eq!(everything.verify(root, 11), Ok(()));
        assert_eq!(everything.between(&key(0), &key(999)).map(<[Place]>::len), Some(11));
    }

    #[test]
    fn nothing_can_be_left_out_changed_or_moved() {
        let (_, _, root) = map(11);
        for start in 0..11 {
            for end in start + 1..=11 {
                let whole = stretch(start, end, 11);
                assert_eq!(whole.verify(root, 11), Ok(()));
                for at in 0..whole.places.len() {
                    let mut fewer = whole.clone();
                    fewer.places.remove(at);
                    assert!(fewer.verify(root, 11).is_err());
                    let mut changed = whole.clone();
                    changed.places[at].entry += 1;
                    assert!(changed.verify(root, 11).is_err());
                    let mut other = whole.clone();
                    other.places[at].content = Hash::of("other");
                    assert!(other.verify(root, 11).is_err());
                }
                assert!(Stretch { start: start + 1, ..whole.clone() }.verify(root, 11).is_err());
                assert!(Stretch { size: 10, ..whole.clone() }.verify(root, 11).is_err());
                assert!(Stretch { size: 12, ..whole.clone() }.verify(root, 11).is_err());
                let mut turned = whole.clone();
                turned.places.reverse();
                assert_eq!(turned.verify(root, 11).is_err(), end - start > 1);
            }
        }
    }

    #[test]
    fn of_an_empty_map_everything_is_absent() {
        let none = Stretch { start: 0, size: 0, places: Vec::new(), proof: Vec::new() };
        assert_eq!(none.verify(tree::empty(), 0), Ok(()));
        assert_eq!(none.says(&key(1)), Says::Absent);
        assert_eq!(none.between(&key(0), &key(9)), Some(&[][..]));
        assert!(none.verify(Hash::of("x"), 0).is_err());
        assert!(Stretch { start: 7, ..none.clone() }.verify(tree::empty(), 0).is_err());
        let (_, _, root) = map(3);
        assert!(Stretch { size: 3, ..none }.verify(root, 3).is_err());
    }
}
