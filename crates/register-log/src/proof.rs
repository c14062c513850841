//! One file that proves, without a network, that an entry is in a log: C2SP's tlog-proof.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::{self, Checkpoint};
use crate::note::{Algorithm, Note, VerifierKey};
use crate::{Hash, tree};

const FIRST: &str = "c2sp.org/tlog-proof@v1";
/// Hashes of the longest path there can be.
const LONGEST: usize = 64;

/// That the entry of this number is in the log that a checkpoint is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryProof {
    /// What goes with it. No signature covers it.
    pub extra: Option<Vec<u8>>,
    /// The number of the entry, from 0.
    pub index: u64,
    /// The way from its leaf to the root.
    pub path: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: Note,
}

/// Why a proof does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("this is not a proof of an entry: {0}")]
    Malformed(&'static str),
    /// Its checkpoint is not to be trusted.
    #[error("{0}")]
    Checkpoint(#[from] checkpoint::Refusal),
    /// The entry is not in that log.
    #[error("the entry is not the one that the proof is of: {0}")]
    Wrong(#[from] tree::Wrong),
    /// Too few witnesses.
    #[error("{found} of the witnesses that you trust have cosigned it, and you ask for {wanted}")]
    Witnesses {
        /// How many have.
        found: usize,
        /// How many there should be.
        wanted: usize,
    },
}

/// Whom to believe: the log's own key, and so many of these witnesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    log: VerifierKey,
    witnesses: Vec<VerifierKey>,
    quorum: usize,
}

/// Keys that make no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPolicy {
    /// The log's key is a witness's.
    #[error("the key of {0} makes cosignatures, so it is no key of a log")]
    Log(String),
    /// A witness's key is a log's.
    #[error("the key of {0} does not make cosignatures, so it is no key of a witness")]
    Witness(String),
    /// One key under two names would be counted as two.
    #[error("{0} has the same key as another one")]
    Twice(String),
    /// More than there are.
    #[error("{wanted} witnesses are asked for, and {there} are known")]
    Quorum {
        /// How many are asked for.
        wanted: usize,
        /// How many there are.
        there: usize,
    },
}

impl Policy {
    /// To believe this log where so many of these witnesses have cosigned.
    ///
    /// # Errors
    /// When a key is for something else or is there twice, or there are not so many witnesses.
    pub fn new(log: VerifierKey, witnesses: Vec<VerifierKey>, quorum: usize) -> Result<Policy, NotAPolicy> {
        let name = |key: &VerifierKey| key.name().name().to_owned();
        if log.algorithm() != Algorithm::Ed25519 {
            return Err(NotAPolicy::Log(name(&log)));
        }
        for (at, witness) in witnesses.iter().enumerate() {
            if witness.algorithm() != Algorithm::Cosignature {
                return Err(NotAPolicy::Witness(name(witness)));
            }
            // What a witness signs does not have its name in it.
            if witnesses[..at].iter().chain([&log]).any(|other| other.public() == witness.public()) {
                return Err(NotAPolicy::Twice(name(witness)));
            }
        }
        match quorum > witnesses.len() {
            true => Err(NotAPolicy::Quorum { wanted: quorum, there: witnesses.len() }),
            false => Ok(Policy { log, witnesses, quorum }),
        }
    }

    /// A checkpoint that this policy believes.
    ///
    /// # Errors
    /// Why it does not.
    pub fn open(&self, signed: &[u8]) -> Result<Checkpoint, Refusal> {
        let (checkpoint, note) = Checkpoint::open(signed, &self.log)?;
        let found = match note.signed_by(&self.witnesses) {
            Ok(found) => found.len(),
            Err(crate::note::Untrusted::Nobody) => 0,
            Err(forged) => return Err(checkpoint::Refusal::Untrusted(forged).into()),
        };
        match found >= self.quorum {
            true => Ok(checkpoint),
            false => Err(Refusal::Witnesses { found, wanted: self.quorum }),
        }
    }
}

impl EntryProof {
    /// Reads the file.
    ///
    /// # Errors
    /// [`Refusal::Malformed`].
    pub fn read(file: &[u8]) -> Result<EntryProof, Refusal> {
        let text = std::str::from_utf8(file).map_err(|_| Refusal::Malformed("it is not UTF-8"))?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(Refusal::Malformed("it has no blank line"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST) {
            return Err(Refusal::Malformed("its first line is not \"c2sp.org/tlog-proof@v1\""));
        }
        let extra = lines.peek().and_then(|line| line.strip_prefix("extra "));
        let extra = extra.map(|extra| {
            lines.next();
            STANDARD.decode(extra).map_err(|_| Refusal::Malformed("what follows \"extra\" is not base64"))
        });
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(|text| {
            let index: u64 = text.parse().ok()?;
            (index.to_string() == text).then_some(index)
        });
        let path = lines
            .take(LONGEST + 1)
            .map(Hash::from_base64)
            .collect::<Option<Vec<_>>>()
            .filter(|path| path.len() <= LONGEST);
        Ok(EntryProof {
            extra: extra.transpose()?,
            index: index.ok_or(Refusal::Malformed("it has no line with \"index\" and a number"))?,
            path: path.ok_or(Refusal::Malformed("a line of its path is not a hash in base64"))?,
            checkpoint: Note::read(checkpoint.as_bytes())
                .map_err(|_| Refusal::Malformed("it does not end in a signed checkpoint"))?,
        })
    }

    /// Verifies that it is of this entry; the checkpoint that it leads to.
    ///
    /// # Errors
    /// Why it does not hold.
    pub fn verify(&self, entry: &[u8], policy: &Policy) -> Result<Checkpoint, Refusal> {
        let checkpoint = policy.open(self.checkpoint.to_string().as_bytes())?;
        tree::verify_inclusion(tree::leaf(entry), self.index, checkpoint.size, &self.path, checkpoint.root)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for EntryProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{}", hash.base64()))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::tests::{SIGNED, log};
    use crate::cosignature::tests::{LINE, witness};
    use crate::note::SignerKey;

    fn file() -> String {
        format!(
            "c2sp.org/tlog-proof@v1\nindex 1\nKhWNiv1I4/iMtBld/bKp5IF9lfpX/TREDZP5quXE+Cs=\nTHnQ1i989cqIdBVfLTuHXyYl2iuzq8hrvWgz8lupDlE=\n\n{SIGNED}{LINE}\n"
        )
    }

    fn policy(quorum: usize) -> Policy {
        Policy::new(log().verifier().clone(), vec![witness().verifier().clone()], quorum).unwrap()
    }

    #[test]
    fn no_witness_counts_twice_and_the_log_is_none() {
        let (own, theirs) = (log().verifier().clone(), witness().verifier().clone());
        let renamed =
            SignerKey::from_seed("other.example/w", Algorithm::Cosignature, &std::array::from_fn(|at| 0x20 + at as u8));
        let as_witness =
            SignerKey::from_seed("registers.example/demo", Algorithm::Cosignature, &std::array::from_fn(|at| at as u8));
        let [renamed, as_witness] = [renamed, as_witness].map(|key| key.unwrap().verifier().clone());
        let refused = |log: &VerifierKey, witnesses: &[&VerifierKey], quorum| {
            Policy::new(log.clone(), witnesses.iter().copied().cloned().collect(), quorum).unwrap_err()
        };
        assert!(matches!(refused(&own, &[&own], 1), NotAPolicy::Witness(_)));
        assert!(matches!(refused(&own, &[&theirs, &renamed], 2), NotAPolicy::Twice(_)));
        assert!(matches!(refused(&own, &[&as_witness], 1), NotAPolicy::Twice(_)));
        assert!(matches!(refused(&theirs, &[], 0), NotAPolicy::Log(_)));
        assert_eq!(refused(&own, &[&theirs], 2), NotAPolicy::Quorum { wanted: 2, there: 1 });
    }

    #[test]
    fn the_example_of_the_specification() {
        let proof = EntryProof::read(file().as_bytes()).unwrap();
        assert_eq!(proof.to_string(), file());
        assert_eq!(proof.verify(b"beta", &policy(1)).unwrap().size, 3);
        assert_eq!(proof.verify(b"alpha", &policy(1)), Err(Refusal::Wrong(tree::Wrong::Root)));
        let alone = EntryProof { checkpoint: Note::read(SIGNED.as_bytes()).unwrap(), ..proof.clone() };
        assert_eq!(alone.verify(b"beta", &policy(1)), Err(Refusal::Witnesses { found: 0, wanted: 1 }));
        assert!(alone.verify(b"beta", &policy(0)).is_ok());
        let extra = EntryProof { extra: Some(b"more".to_vec()), ..proof };
        assert_eq!(EntryProof::read(extra.to_string().as_bytes()), Ok(extra));
    }

    #[test]
    fn any_byte_that_is_damaged_is_noticed() {
        let file = file();
        for at in 0..file.len() {
            for bit in [1, 0x20, 0x80] {
                let mut damaged = file.clone().into_bytes();
                damaged[at] ^= bit;
                let verified = EntryProof::read(&damaged).and_then(|proof| proof.verify(b"beta", &policy(1)));
                assert!(verified.is_err(), "byte {at}");
            }
        }
    }

    #[test]
    fn what_is_no_proof_is_refused() {
        for (from, to) in [
            ("@v1", "@v2"),
            ("index 1", "index 01"),
            ("index 1", "index"),
            ("index 1\n", "extra !\nindex 1\n"),
            ("index 1\n", "extra extra bW9yZQ==\nindex 1\n"),
            ("KhWN", "Kh"),
            ("\n\n", "\n"),
            ("\u{2014}", "-"),
        ] {
            let refused = EntryProof::read(file().replacen(from, to, 1).as_bytes());
            assert!(matches!(refused, Err(Refusal::Malformed(_))), "{from} as {to}");
        }
    }
}
