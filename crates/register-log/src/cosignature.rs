//! Cosignatures: what a witness signs who saw that a log only grew, as C2SP's tlog-cosignature has it (version 1, Ed25519).
//!
//! It says that at some time this was the largest tree of this log, consistent with all before it, that the witness had seen.

use crate::note::{Algorithm, Note, Signature, SignerKey, VerifierKey};

/// What is signed, for a checkpoint's text and a time in seconds since 1970.
fn message(text: &str, seconds: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes()
}

/// Whether a time can stand in a cosignature: after 1970 began, and no later than 2⁶³−1.
fn is_time(seconds: u64) -> bool {
    seconds > 0 && i64::try_from(seconds).is_ok()
}

/// A witness's cosignature of a checkpoint, at this many seconds since 1970; none where there is no such time.
pub fn cosign(checkpoint: &Note, key: &SignerKey, seconds: u64) -> Option<Signature> {
    let signed = is_time(seconds).then(|| key.sign(&message(checkpoint.text(), seconds)))?;
    Some(Signature { key: key.verifier().name().clone(), bytes: [seconds.to_be_bytes().as_slice(), &signed].concat() })
}

/// When this key cosigned a text, in seconds since 1970; none when the bytes are not its cosignature.
pub(crate) fn time(text: &str, key: &VerifierKey, bytes: &[u8]) -> Option<u64> {
    let (seconds, signature) = bytes.split_first_chunk::<8>()?;
    let seconds = u64::from_be_bytes(*seconds);
    (is_time(seconds) && key.signed(&message(text, seconds), signature)).then_some(seconds)
}

/// When this key cosigned a checkpoint, in seconds since 1970; none when it did not, or its cosignature is not right.
pub fn cosigned_at(checkpoint: &Note, key: &VerifierKey) -> Option<u64> {
    if key.algorithm() != Algorithm::Cosignature {
        return None;
    }
    let mut signatures = checkpoint.signatures.iter().filter(|signature| signature.key == *key.name());
    signatures.find_map(|signature| time(checkpoint.text(), key, &signature.bytes))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::checkpoint::tests::{SIGNED, log};

    pub(crate) const LINE: &str = "\u{2014} witness.example/w1 IDJKvgAAAABkGFDLDRR83zdhkv/XaS/hbCQLeFjpQh/JT2Zu/HXvl6BTr9HR0OGWew7RhoNV6Os6mUTDcuk8WaQbw/fzrPHTB+DGAg==";

    pub(crate) fn witness() -> SignerKey {
        let seed = std::array::from_fn(|at| 0x20 + at as u8);
        SignerKey::from_seed("witness.example/w1", Algorithm::Cosignature, &seed).unwrap()
    }

    #[test]
    fn the_example_of_the_specification() {
        let mut note = Note::read(SIGNED.as_bytes()).unwrap();
        let cosignature = cosign(&note, &witness(), 1_679_315_147).unwrap();
        assert_eq!(cosignature.to_string(), LINE);
        note.signatures.push(cosignature);
        assert_eq!(cosigned_at(&note, witness().verifier()), Some(1_679_315_147));
        let keys = [log().verifier().clone(), witness().verifier().clone()];
        assert_eq!(note.signed_by(&keys).unwrap().len(), 2);
        // Another time is another statement.
        note.signatures[1].bytes[7] ^= 1;
        assert_eq!(cosigned_at(&note, witness().verifier()), None);
        assert!(note.signed_by(&keys).is_err());
        assert_eq!(cosigned_at(&note, log().verifier()), None);
    }

    #[test]
    fn there_is_no_time_beyond_what_can_be_written() {
        let note = Note::read(SIGNED.as_bytes()).unwrap();
        for seconds in [0, 1 << 63, u64::MAX] {
            assert_eq!(cosign(&note, &witness(), seconds), None);
            let signed = witness().sign(&message(note.text(), seconds));
            let bytes = [seconds.to_be_bytes().as_slice(), &signed].concat();
            assert_eq!(time(note.text(), witness().verifier(), &bytes), None);
        }
    }
}
