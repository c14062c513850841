//! An answer that can be verified without a network and from any mirror: what some records say, that this is the latest, and
//! that none was left out.
//!
//! It is one file of lines: a stretch of the current map, what its records say as far as that was asked for, the publication
//! that commits to the map, and the proof that the publication is in the log.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value as Json;

use crate::Hash;
use crate::checkpoint::Checkpoint;
use crate::content::Content;
use crate::entry::{Entry, Key, Operation, Publication};
use crate::map::{self, Place, Says, Stretch};
use crate::proof::{self, EntryProof, Policy};

const FIRST: &str = "commonhold register answer 1";
/// Bytes of the longest file that is read.
const LONGEST: usize = 64 << 20;
/// Roots of what lies outside of a stretch: two for each level of the tallest tree.
const MOST_BESIDE: usize = 128;

/// What some records say, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The records, and that there are none between them.
    pub stretch: Stretch,
    /// What they say, by its hash. Whoever asks only whether there are such records gets none.
    pub contents: BTreeMap<Hash, Content>,
    /// The bytes of the entry that commits to the map.
    pub publication: Vec<u8>,
    /// That this entry is in the log.
    pub proof: EntryProof,
}

/// What was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The state of the log that it leads to.
    pub checkpoint: Checkpoint,
    /// The entry that commits to the map.
    pub entry: Entry,
    /// What it commits to.
    pub publication: Publication,
    stretch: Stretch,
    contents: BTreeMap<Hash, Content>,
}

/// Why an answer proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("this is not an answer with its proof: line {line}: {what}")]
    Malformed {
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// It is too long to be one.
    #[error("this is too long for an answer with its proof")]
    TooLong,
    /// What commits to the map is not a publication.
    #[error("the entry that the proof is of is not a publication")]
    NotAPublication,
    /// The publication is not the last entry, so that there may be a later one.
    #[error("the publication is entry {entry} of {size}: it is not the latest in that version of the log")]
    NotTheLatest {
        /// Its number, from 0.
        entry: u64,
        /// How many entries there are.
        size: u64,
    },
    /// A record is to be from an entry that comes after the publication.
    #[error("a record is to be from entry {0}, which comes after the publication")]
    Later(u64),
    /// The log does not have it.
    #[error("{0}")]
    Proof(#[from] proof::Refusal),
    /// The records are not those of the map.
    #[error("the records are not those of the register: {0}")]
    Map(#[from] map::Refusal),
    /// What a record is said to say is not what the map has.
    #[error("what is given for {0} is not what the register says")]
    Content(Hash),
}

impl Answer {
    /// Verifies all of it.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub fn verify(&self, policy: &Policy) -> Result<Verified, Refusal> {
        let checkpoint = self.proof.verify(&self.publication, policy)?;
        let entry = Entry::read(&self.publication).map_err(|_| Refusal::NotAPublication)?;
        let Operation::Publication(publication) = &entry.operation else { return Err(Refusal::NotAPublication) };
        let entry_number = self.proof.index;
        if checkpoint.size.checked_sub(1) != Some(entry_number) {
            return Err(Refusal::NotTheLatest { entry: entry_number, size: checkpoint.size });
        }
        self.stretch.verify(publication.map, publication.records)?;
        if let Some(place) = self.stretch.places.iter().find(|place| place.entry >= entry_number) {
            return Err(Refusal::Later(place.entry));
        }
        let shown: BTreeSet<Hash> = self.stretch.places.iter().map(|place| place.content).collect();
        for (hash, content) in &self.contents {
            if !shown.contains(hash) || content.hash() != *hash {
                return Err(Refusal::Content(*hash));
            }
        }
        Ok(Verified {
            checkpoint,
            publication: publication.clone(),
            stretch: self.stretch.clone(),
            contents: self.contents.clone(),
            entry,
        })
    }

    /// Reads the file, which has one form: what would be written otherwise is refused.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] or [`Refusal::TooLong`].
    pub fn read(file: &[u8]) -> Result<Answer, Refusal> {
        if file.len() > LONGEST {
            return Err(Refusal::TooLong);
        }
        let answer = read(file)?;
        let written = answer.to_string();
        let same = written.as_bytes() == file;
        let line =
            written.bytes().zip(file).take_while(|(one, other)| one == *other).filter(|(byte, _)| *byte == b'\n');
        let line = line.count() + 1;
        if same { Ok(answer) } else { Err(Refusal::Malformed { line, what: "it is not written as answers are" }) }
    }
}

fn read(file: &[u8]) -> Result<Answer, Refusal> {
    let malformed = |line: usize, what| Refusal::Malformed { line, what };
    let text = std::str::from_utf8(file).map_err(|error| {
        let before = file.get(..error.valid_up_to()).unwrap_or_default();
        malformed(before.iter().filter(|byte| **byte == b'\n').count() + 1, "it is not UTF-8")
    })?;
    let (head, proof) =
        text.split_once("\n\n").ok_or(malformed(text.lines().count(), "no blank line comes after it"))?;
    let mut lines = head.split('\n').enumerate().map(|(at, line)| (at + 1, line));
    if lines.next() != Some((1, FIRST)) {
        return Err(malformed(1, "it is not \"commonhold register answer 1\""));
    }
    let (start, size) = lines
        .next()
        .and_then(|(_, line)| numbers(line.strip_prefix("map ")?))
        .ok_or(malformed(2, "it is not \"map\" and two numbers"))?;
    let mut stretch = Stretch { start, size, places: Vec::new(), proof: Vec::new() };
    let (mut contents, mut publication) = (BTreeMap::new(), None);
    for (at, line) in lines {
        if publication.is_some() {
            return Err(malformed(at, "nothing but a blank line comes after the publication"));
        }
        let (word, rest) = line.split_once(' ').ok_or(malformed(at, "it is not a word and what belongs to it"))?;
        match word {
            "record" => {
                stretch.places.push(place(rest).ok_or(malformed(at, "it is not a place of the map"))?);
            }
            "beside" if stretch.proof.len() == MOST_BESIDE => {
                return Err(malformed(at, "no proof needs so many hashes"));
            }
            "beside" => {
                stretch.proof.push(Hash::from_base64(rest).ok_or(malformed(at, "it is not a hash in base64"))?);
            }
            "content" => {
                let content = Content::read(rest.as_bytes()).map_err(|_| malformed(at, "it is not content"))?;
                contents.insert(content.hash(), content);
            }
            "publication" => publication = Some(rest.as_bytes().to_vec()),
            _ => return Err(malformed(at, "it begins with a word that is not known")),
        }
    }
    let publication = publication.ok_or(malformed(2, "no publication comes after it"))?;
    Ok(Answer { stretch, contents, publication, proof: EntryProof::read(proof.as_bytes())? })
}

fn numbers(text: &str) -> Option<(u64, u64)> {
    let (start, size) = text.split_once(' ')?;
    let known: (u64, u64) = (start.parse().ok()?, size.parse().ok()?);
    (format!("{} {}", known.0, known.1) == text).then_some(known)
}

fn place(text: &str) -> Option<Place> {
    let Ok(Json::Array(parts)) = serde_json::from_str(text) else { return None };
    let [Json::Array(key), Json::String(entry), Json::String(content)] = parts.as_slice() else { return None };
    let key = key.iter().map(|part| part.as_str().map(str::to_owned)).collect::<Option<_>>()?;
    let place = Place { key: Key::new(key)?, entry: entry.parse().ok()?, content: content.parse().ok()? };
    (place.bytes() == text.as_bytes()).then_some(place)
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST}\nmap {} {}", self.stretch.start, self.stretch.size)?;
        for place in &self.stretch.places {
            writeln!(f, "record {}", String::from_utf8_lossy(&place.bytes()))?;
        }
        self.stretch.proof.iter().try_for_each(|hash| writeln!(f, "beside {}", hash.base64()))?;
        for content in self.contents.values() {
            writeln!(f, "content {}", String::from_utf8_lossy(&content.bytes()))?;
        }
        writeln!(f, "publication {}\n", String::from_utf8_lossy(&self.publication))?;
        write!(f, "{}", self.proof)
    }
}

/// What a verified answer says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said<'v> {
    /// There is such a record, and this is the latest that it says, as far as that was given.
    Record(&'v Place, Option<&'v Content>),
    /// There is no such record.
    Absent,
    /// The answer is not about it.
    Nothing,
}

impl Verified {
    /// What it says of a key.
    pub fn says(&self, key: &Key) -> Said<'_> {
        match self.stretch.says(key) {
            Says::Latest(place) => Said::Record(place, self.contents.get(&place.content)),
            Says::Absent => Said::Absent,
            Says::Nothing => Said::Nothing,
        }
    }

    /// Every record it holds, in the order of their keys, with what it says as far as that was given.
    pub fn records(&self) -> impl Iterator<Item = (&Place, Option<&Content>)> {
        self.stretch.places.iter().map(|place| (place, self.contents.get(&place.content)))
    }

    /// All records there are with keys from one up to and with another; none where the answer does not reach that far.
    pub fn between(&self, from: &Key, to: &Key) -> Option<&[Place]> {
        self.stretch.between(from, to)
    }

    /// Whether it holds every record there is.
    pub fn is_everything(&self) -> bool {
        self.stretch.places.len() as u64 == self.stretch.size
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::checkpoint::tests::log;
    use crate::content::Value;
    use crate::note::SignerKey;
    use crate::tree;

    struct World {
        contents: Vec<Content>,
        places: Vec<Place>,
        map: BTreeMap<(u8, u64), Hash>,
        entries: BTreeMap<(u8, u64), Hash>,
        publication: Vec<u8>,
        checkpoint: crate::note::Note,
        size: u64,
    }

    fn key(code: &str) -> Key {
        Key::new(vec![code.to_owned()]).unwrap()
    }

    /// Five councils, published together.
    fn world() -> World {
        let (time, schema) = ("2026-03-03T10:14:00Z".parse().unwrap(), Hash::of("schema"));
        let (mut log_tree, mut entries) = (tree::Frontier::new(), BTreeMap::new());
        let mut append = |operation| {
            let bytes = Entry { time, schema, operation }.bytes().unwrap();
            log_tree.push(tree::leaf(&bytes), |level, index, hash| {
                entries.insert((level, index), hash);
            });
            (bytes, log_tree.size(), log_tree.root())
        };
        append(Operation::Schema);
        let (mut contents, mut places) = (Vec::new(), Vec::new());
        for (code, name) in
            [("A1", "Ashmere"), ("B2", "Brackford"), ("C3", "Coldharbour"), ("E5", "Elmsey"), ("H8", "Hexleigh")]
        {
            let mut content = Content::new();
            content.put("code", Value::Text(code.to_owned()));
            content.put("name", Value::Text(name.to_owned()));
            let (_, size, _) = append(Operation::Put { key: key(code), content: content.hash() });
            places.push(Place { key: key(code), entry: size - 1, content: content.hash() });
            contents.push(content);
        }
        let (mut map_tree, mut map) = (tree::Frontier::new(), BTreeMap::new());
        for place in &places {
            map_tree.push(place.leaf(), |level, index, hash| {
                map.insert((level, index), hash);
            });
        }
        let publication = Publication { records: 5, map: map_tree.root(), quality: None, source: None };
        let (publication, size, root) = append(Operation::Publication(publication));
        let checkpoint = Checkpoint { origin: "registers.example/demo".to_owned(), size, root };
        let checkpoint = checkpoint.signed(&log()).unwrap();
        World { contents, places, map, entries, publication, checkpoint, size }
    }

    impl World {
        fn answer(&self, start: u64, end: u64) -> Answer {
            let of = |hashes: &BTreeMap<(u8, u64), Hash>, level, index| Ok::<_, Infallible>(hashes[&(level, index)]);
            let proof = tree::stretch(start, end, 5, |level, index| of(&self.map, level, index)).unwrap().unwrap();
            let range = start as usize..end as usize;
            let path = tree::inclusion(self.size - 1, self.size, |level, index| of(&self.entries, level, index));
            Answer {
                stretch: Stretch { start, size: 5, places: self.places[range.clone()].to_vec(), proof },
                contents: self.contents[range].iter().map(|content| (content.hash(), content.clone())).collect(),
                publication: self.publication.clone(),
                proof: EntryProof {
                    extra: None,
                    index: self.size - 1,
                    path: path.unwrap().unwrap(),
                    checkpoint: self.checkpoint.clone(),
                },
            }
        }
    }

    fn policy() -> Policy {
        Policy::new(log().verifier().clone(), Vec::new(), 0).unwrap()
    }

    fn root_of(places: &[Place]) -> Hash {
        let mut tree = tree::Frontier::new();
        places.iter().for_each(|place| tree.push(place.leaf(), |_, _, _| ()));
        tree.root()
    }

    #[test]
    fn a_record_its_absence_and_a_whole_list_are_proved() {
        let world = world();
        let answer = world.answer(1, 4);
        assert_eq!(Answer::read(answer.to_string().as_bytes()), Ok(answer.clone()));
        let verified = answer.verify(&policy()).unwrap();
        assert_eq!(verified.says(&key("B2")), Said::Record(&world.places[1], Some(&world.contents[1])));
        assert_eq!(verified.says(&key("D4")), Said::Absent);
        assert_eq!(verified.says(&key("A1")), Said::Nothing);
        assert_eq!(verified.between(&key("B2"), &key("E5")), Some(&world.places[1..4]));
        assert_eq!(verified.publication.map, root_of(&world.places));
        assert!(!verified.is_everything());
        assert!(world.answer(0, 5).verify(&policy()).unwrap().is_everything());
    }

    #[test]
    fn any_byte_that_is_damaged_is_noticed() {
        let file = world().answer(1, 3).to_string();
        for at in 0..file.len() {
            for bit in [1, 0x20, 0x80] {
                let mut damaged = file.clone().into_bytes();
                damaged[at] ^= bit;
                let verified = Answer::read(&damaged).and_then(|answer| answer.verify(&policy()));
                assert!(verified.is_err(), "byte {at}, {:?}", String::from_utf8_lossy(&damaged[at..]));
            }
        }
    }

    #[test]
    fn an_older_publication_is_not_passed_off_as_the_latest() {
        let world = world();
        let (mut answer, mut log_tree) = (world.answer(0, 1), tree::Frontier::new());
        // The same log, one entry later, and the old publication proved in it.
        let mut entries = BTreeMap::new();
        for index in 0..world.size {
            log_tree.push(world.entries[&(0, index)], |level, index, hash| {
                entries.insert((level, index), hash);
            });
        }
        log_tree.push(tree::leaf("more"), |level, index, hash| {
            entries.insert((level, index), hash);
        });
        let (size, root) = (log_tree.size(), log_tree.root());
        let later = Checkpoint { origin: "registers.example/demo".to_owned(), size, root };
        answer.proof.checkpoint = later.signed(&log()).unwrap();
        let hash = |level, index| Ok::<_, Infallible>(entries[&(level, index)]);
        answer.proof.path = tree::inclusion(world.size - 1, size, hash).unwrap().unwrap();
        assert_eq!(answer.verify(&policy()), Err(Refusal::NotTheLatest { entry: world.size - 1, size }));
    }

    #[test]
    fn another_log_and_another_entry_are_refused() {
        let world = world();
        let other = SignerKey::from_seed("registers.example/other", crate::note::Algorithm::Ed25519, &[3; 32]).unwrap();
        let elsewhere = Policy::new(other.verifier().clone(), Vec::new(), 0).unwrap();
        assert!(matches!(world.answer(0, 1).verify(&elsewhere), Err(Refusal::Proof(_))));
        let mut answer = world.answer(0, 1);
        answer.contents.insert(world.contents[4].hash(), world.contents[4].clone());
        assert_eq!(answer.verify(&policy()), Err(Refusal::Content(world.contents[4].hash())));
    }

    #[test]
    fn an_answer_has_one_form() {
        let file = world().answer(1, 3).to_string();
        let lines: Vec<&str> = file.split_inclusive('\n').collect();
        let begins = |word: &str| lines.iter().position(|line| line.starts_with(word)).unwrap();
        for (from, to) in [("record", "beside"), ("content", "record"), ("beside", "content")] {
            let (from, to) = (begins(from), begins(to));
            let mut moved = lines.clone();
            moved.swap(from, to);
            assert!(matches!(Answer::read(moved.concat().as_bytes()), Err(Refusal::Malformed { .. })), "{from} {to}");
        }
        let mut twice = lines.clone();
        twice.insert(begins("content"), lines[begins("content")]);
        let refused = Answer::read(twice.concat().as_bytes()).unwrap_err();
        assert!(matches!(refused, Refusal::Malformed { what: "it is not written as answers are", .. }), "{refused}");
        let many = file.replacen("beside", &format!("{}beside", lines[begins("beside")].repeat(MOST_BESIDE)), 1);
        assert!(Answer::read(many.as_bytes()).unwrap_err().to_string().contains("so many"));
    }

    /// A custodian who signs a map that points past its own publication.
    #[test]
    fn a_record_from_later_is_refused() {
        let mut world = world();
        world.places[1].entry = 6;
        let mut tree = tree::Frontier::new();
        world.map.clear();
        for place in &world.places {
            tree.push(place.leaf(), |level, index, hash| {
                world.map.insert((level, index), hash);
            });
        }
        let mut entry = Entry::read(&world.publication).unwrap();
        let Operation::Publication(publication) = &mut entry.operation else { panic!("no publication") };
        publication.map = tree.root();
        world.publication = entry.bytes().unwrap();
        let (mut log_tree, leaves) = (tree::Frontier::new(), world.entries.clone());
        for index in 0..world.size {
            let leaf = if index + 1 == world.size { tree::leaf(&world.publication) } else { leaves[&(0, index)] };
            log_tree.push(leaf, |level, index, hash| {
                world.entries.insert((level, index), hash);
            });
        }
        let later = Checkpoint { origin: "registers.example/demo".to_owned(), size: world.size, root: log_tree.root() };
        world.checkpoint = later.signed(&log()).unwrap();
        assert_eq!(world.answer(1, 2).verify(&policy()), Err(Refusal::Later(6)));
        assert!(world.answer(0, 1).verify(&policy()).is_ok());
    }
}
