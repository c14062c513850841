//! What a witness is asked and decides, as C2SP's tlog-witness has it (`add-checkpoint`). Keeping the latest checkpoint of
//! each log, at once and for good, is for the caller.

use std::fmt;

use crate::checkpoint::{self, Checkpoint};
use crate::note::{Note, VerifierKey};
use crate::{Hash, tree};

/// Hashes that a proof of consistency may have.
const LONGEST: usize = 63;

/// Asking for a cosignature: a signed checkpoint, and the proof that it continues the one of an older size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that was cosigned last; 0 where none was.
    pub old: u64,
    /// That the new tree begins with the old one.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: Note,
}

/// Why a witness does not cosign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("the request is not one for a cosignature: {0}")]
    Malformed(&'static str),
    /// Not a log that this witness watches.
    #[error("this witness does not know the log {0}")]
    UnknownLog(String),
    /// The log did not sign it.
    #[error("{0}")]
    Unsigned(checkpoint::Refusal),
    /// The old size is larger than the new.
    #[error("the old size is larger than that of the checkpoint")]
    Smaller,
    /// Another size was cosigned last.
    #[error("the checkpoint that was cosigned last has {0} entries")]
    Conflict(u64),
    /// It does not continue what was cosigned last.
    #[error("the checkpoint does not continue the one that was cosigned last: {0}")]
    Inconsistent(tree::Wrong),
}

impl AddCheckpoint {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn read(body: &[u8]) -> Result<AddCheckpoint, Refusal> {
        let text = std::str::from_utf8(body).map_err(|_| Refusal::Malformed("it is not UTF-8"))?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(Refusal::Malformed("it has no blank line"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(|size| {
            let number: u64 = size.parse().ok()?;
            (number.to_string() == size).then_some(number)
        });
        let old = old.ok_or(Refusal::Malformed("it does not begin with \"old\" and a size"))?;
        let proof = lines.map(Hash::from_base64).collect::<Option<Vec<_>>>();
        let proof = proof.ok_or(Refusal::Malformed("a line of its proof is not a hash in base64"))?;
        if proof.len() > LONGEST {
            return Err(Refusal::Malformed("its proof has more than 63 hashes"));
        }
        let checkpoint =
            Note::read(checkpoint.as_bytes()).map_err(|_| Refusal::Malformed("its checkpoint is no signed note"))?;
        Ok(AddCheckpoint { old, proof, checkpoint })
    }

    /// Of which log it claims to be.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn origin(&self) -> Result<String, Refusal> {
        let claimed = Checkpoint::claimed(self.checkpoint.text());
        claimed.map(|claimed| claimed.origin).map_err(|_| Refusal::Malformed("its checkpoint is none"))
    }

    /// Whether a witness cosigns it that trusts this key for the log (none where it does not know the log), and that last
    /// cosigned a tree of this size and root (0 and the empty one where none).
    ///
    /// # Errors
    /// Why it does not.
    pub fn decide(&self, log: Option<&VerifierKey>, size: u64, root: Hash) -> Result<Checkpoint, Refusal> {
        let origin = self.origin()?;
        let log = log.ok_or(Refusal::UnknownLog(origin))?;
        let checkpoint = Checkpoint::of_log(&self.checkpoint, log).map_err(Refusal::Unsigned)?;
        if self.old > checkpoint.size {
            return Err(Refusal::Smaller);
        }
        if self.old != size {
            return Err(Refusal::Conflict(size));
        }
        tree::verify_consistency(size, checkpoint.size, &self.proof, root, checkpoint.root)
            .map_err(Refusal::Inconsistent)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", hash.base64()))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::tests::{SIGNED, log, of};

    fn body() -> String {
        format!("old 2\nTHnQ1i989cqIdBVfLTuHXyYl2iuzq8hrvWgz8lupDlE=\n\n{SIGNED}")
    }

    fn asked(body: &str) -> AddCheckpoint {
        AddCheckpoint::read(body.as_bytes()).unwrap()
    }

    #[test]
    fn the_example_of_the_specification_is_cosigned() {
        let (request, two) = (asked(&body()), of(&["alpha", "beta"]));
        assert_eq!(request.to_string(), body());
        let key = log();
        let decided = request.decide(Some(key.verifier()), 2, two.root);
        assert_eq!(decided, Ok(of(&["alpha", "beta", "gamma"])));
        // What is known already is cosigned again; a first one needs no proof.
        let three = of(&["alpha", "beta", "gamma"]);
        let again = asked(&format!("old 3\n\n{SIGNED}"));
        assert_eq!(again.decide(Some(key.verifier()), 3, three.root), Ok(three.clone()));
        let first = asked(&format!("old 0\n\n{SIGNED}"));
        assert_eq!(first.decide(Some(key.verifier()), 0, tree::empty()), Ok(three));
    }

    #[test]
    fn each_reason_to_refuse() {
        let key = log();
        let two = of(&["alpha", "beta"]);
        let decide = |body: String, size, root| asked(&body).decide(Some(key.verifier()), size, root).unwrap_err();
        assert!(matches!(asked(&body()).decide(None, 2, two.root), Err(Refusal::UnknownLog(_))));
        assert!(matches!(decide(body().replace("\n3\n", "\n4\n"), 2, two.root), Refusal::Unsigned(_)));
        assert_eq!(decide(body().replace("old 2", "old 4"), 4, two.root), Refusal::Smaller);
        assert_eq!(decide(body(), 1, two.root), Refusal::Conflict(1));
        assert_eq!(decide(body(), 2, of(&["alpha", "other"]).root), Refusal::Inconsistent(tree::Wrong::Root));
        let proved = body().replace("old 2", "old 0");
        assert!(matches!(decide(proved, 0, tree::empty()), Refusal::Inconsistent(tree::Wrong::Length { .. })));
        assert_eq!(decide(format!("old 3\n\n{SIGNED}"), 3, two.root), Refusal::Inconsistent(tree::Wrong::Root));
        // A log that signs a tree without entries, and with another root than there is.
        let mut nothing = Note::new(Checkpoint { size: 0, ..two }.to_string()).unwrap();
        nothing.sign(&key);
        let refused = decide(format!("old 0\n\n{nothing}"), 0, tree::empty());
        assert_eq!(refused, Refusal::Inconsistent(tree::Wrong::Root));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let line = "THnQ1i989cqIdBVfLTuHXyYl2iuzq8hrvWgz8lupDlE=\n";
        for body in [
            String::new(),
            SIGNED.to_owned(),
            format!("old 02\n\n{SIGNED}"),
            format!("old\n\n{SIGNED}"),
            format!("old 2\nTHnQ\n\n{SIGNED}"),
            format!("old 2\n{}\n{SIGNED}", line.repeat(64)),
            "old 2\n\nregisters.example/demo\n".to_owned(),
        ] {
            assert!(matches!(AddCheckpoint::read(body.as_bytes()), Err(Refusal::Malformed(_))), "{body:?}");
        }
        assert!(AddCheckpoint::read(format!("old 2\n{}\n{SIGNED}", line.repeat(63)).as_bytes()).is_ok());
    }
}
