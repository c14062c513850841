//! A checkpoint: what a log says it is at some size, as C2SP's tlog-checkpoint has it. Signed, it is a note.

use std::fmt;

use crate::note::{NotANote, Note, SignerKey, Untrusted, VerifierKey};
use crate::{Hash, tree};

/// What a log is at some size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log, such as `registers.example/allergen`: the name of its key, and its address without the scheme.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

/// Why a note is not a checkpoint, or not one to trust.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is no note.
    #[error("this is not a checkpoint: {0}")]
    Note(#[from] NotANote),
    /// Its text is not that of a checkpoint.
    #[error("this is not a checkpoint: its text is not an origin, a size and a root, each on a line")]
    Text,
    /// It is of another log.
    #[error("this is a checkpoint of {found}, not of {wanted}")]
    Origin {
        /// Of which log it is.
        found: String,
        /// Of which it should be.
        wanted: String,
    },
    /// Nobody who is trusted signed it.
    #[error("this checkpoint is not to be trusted: {0}")]
    Untrusted(#[from] Untrusted),
}

impl Checkpoint {
    /// Reads the text of a checkpoint. Further lines are allowed by the specification and carry nothing here.
    ///
    /// # Errors
    /// [`Refusal::Text`].
    pub fn read(text: &str) -> Result<Checkpoint, Refusal> {
        Checkpoint::claimed(text)?.sound()
    }

    /// What a text says, even if no tree can be so.
    pub(crate) fn claimed(text: &str) -> Result<Checkpoint, Refusal> {
        let read = || {
            let mut lines = text.strip_suffix('\n')?.split('\n');
            let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
            let number: u64 = size.parse().ok()?;
            let root = Hash::from_base64(root)?;
            let sound = !origin.is_empty() && number.to_string() == size && lines.all(|line| !line.is_empty());
            sound.then(|| Checkpoint { origin: origin.to_owned(), size: number, root })
        };
        read().ok_or(Refusal::Text)
    }

    /// Reads a signed checkpoint of the log that has this key.
    ///
    /// # Errors
    /// When it is none, is another log's, or was not signed by it.
    pub fn open(signed: &[u8], log: &VerifierKey) -> Result<(Checkpoint, Note), Refusal> {
        let note = Note::read(signed)?;
        Ok((Checkpoint::of_log(&note, log)?.sound()?, note))
    }

    /// What a log signed, even if no tree can be so.
    pub(crate) fn of_log(note: &Note, log: &VerifierKey) -> Result<Checkpoint, Refusal> {
        let checkpoint = Checkpoint::claimed(note.text())?;
        let wanted = log.name().name();
        if checkpoint.origin != wanted {
            return Err(Refusal::Origin { found: checkpoint.origin, wanted: wanted.to_owned() });
        }
        note.signed_by(std::slice::from_ref(log))?;
        Ok(checkpoint)
    }

    /// A tree without leaves has one root.
    fn sound(self) -> Result<Checkpoint, Refusal> {
        if self.size > 0 || self.root == tree::empty() { Ok(self) } else { Err(Refusal::Text) }
    }

    /// Signs it by the key of its own log. A log never signs two that contradict each other: that is for the caller to see to.
    ///
    /// # Errors
    /// When it is another log's, or nothing that would be read again.
    pub fn signed(&self, key: &SignerKey) -> Result<Note, Refusal> {
        let wanted = key.verifier().name().name();
        if self.origin != wanted {
            return Err(Refusal::Origin { found: self.origin.clone(), wanted: wanted.to_owned() });
        }
        let text = self.to_string();
        Checkpoint::read(&text)?;
        let mut note = Note::new(text)?;
        note.sign(key);
        Ok(note)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.root.base64())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::note::Algorithm;

    /// The log of the examples, with three entries.
    pub(crate) const SIGNED: &str = "registers.example/demo\n3\nOF2jDzkXKCyJOd/4UZV+UZqxhGsTUaFMCts7EWMnQqo=\n\n\u{2014} registers.example/demo GW9+fQa2g4Z7U7cWEhoxYa+LrhRzUK78aAcSPj6J8VDpVyKJaKQOBYL0FObVgnddfQgPmSMkjlkuDD2Uk5jrbqtCzAM=\n";

    pub(crate) fn log() -> SignerKey {
        let seed = std::array::from_fn(|at| at as u8);
        SignerKey::from_seed("registers.example/demo", Algorithm::Ed25519, &seed).unwrap()
    }

    pub(crate) fn of(entries: &[&str]) -> Checkpoint {
        let mut tree = tree::Frontier::new();
        entries.iter().for_each(|entry| tree.push(tree::leaf(entry), |_, _, _| ()));
        Checkpoint { origin: "registers.example/demo".to_owned(), size: tree.size(), root: tree.root() }
    }

    #[test]
    fn the_examples_of_the_specification() {
        let three = of(&["alpha", "beta", "gamma"]);
        let note = three.signed(&log()).unwrap();
        assert_eq!(note.to_string(), SIGNED);
        assert_eq!(Checkpoint::open(SIGNED.as_bytes(), log().verifier()), Ok((three, note)));
        let two = of(&["alpha", "beta"]).signed(&log()).unwrap().to_string();
        assert!(two.contains("\nmDy1fATN3VJjTtqzinvvhXCKl08RS72aqexdTOZla0s=\n"), "{two}");
        assert!(two.ends_with(
            "GW9+fUuHlvrSEWIRVrj3uG7i3pHdbBsBkRyIDhKp98HF0IeybzITKXPzUrc8iFnWy8rALn0nxPSpucjt0MjdE89riQM=\n"
        ));
    }

    #[test]
    fn what_is_no_checkpoint_is_refused() {
        let root = tree::empty().base64();
        assert!(Checkpoint::read(&format!("a\n0\n{root}\n")).is_ok());
        assert!(Checkpoint::read(&format!("a\n7\n{root}\nmore\n")).is_ok());
        for text in [
            format!("a\n7\n{root}"),
            format!("\n7\n{root}\n"),
            format!("a\n07\n{root}\n"),
            format!("a\n+7\n{root}\n"),
            format!("a\n-7\n{root}\n"),
            format!("a\n18446744073709551616\n{root}\n"),
            format!("a\n7\n{}\n", &root[1..]),
            format!("a\n7\n{root}\n\n"),
            format!("a\n0\n{}\n", tree::leaf("").base64()),
            String::new(),
        ] {
            assert_eq!(Checkpoint::read(&text), Err(Refusal::Text), "{text:?}");
        }
        let other = Checkpoint { origin: "other".to_owned(), ..of(&[]) };
        let mut note = Note::new(other.to_string()).unwrap();
        note.sign(&log());
        let told = "this is a checkpoint of other, not of registers.example/demo";
        assert_eq!(Checkpoint::open(note.to_string().as_bytes(), log().verifier()).unwrap_err().to_string(), told);
        assert_eq!(other.signed(&log()).unwrap_err().to_string(), told);
        let own = of(&["alpha"]);
        let longer = Checkpoint { origin: format!("{}\n9\n{}", own.origin, own.root.base64()), ..own.clone() };
        assert!(longer.signed(&log()).is_err());
        assert_eq!(Checkpoint { size: 0, ..own }.signed(&log()), Err(Refusal::Text));
    }
}
