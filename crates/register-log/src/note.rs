//! Signed notes, as C2SP has them: a text, and beneath it lines of who signed it.
//!
//! Whoever reads one names the keys that they trust. Signatures by others say nothing and are passed over; one by a trusted
//! key that is not right makes the note worth nothing.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::Hash;

/// Bytes of the longest note that is read.
const LONGEST: usize = 1 << 18;
/// Lines of signatures that are read: more than the 16 that everybody has to accept.
const SIGNATURES: usize = 64;
const DASH: &str = "\u{2014} ";

/// What a key signs, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// Ed25519 over the text.
    Ed25519,
    /// Ed25519 over the text and a time: a witness's cosignature.
    Cosignature,
}

impl Algorithm {
    const fn byte(self) -> u8 {
        match self {
            Algorithm::Ed25519 => 1,
            Algorithm::Cosignature => 4,
        }
    }
}

/// The name of a key with the first bytes of its hash: what a signature names it by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName {
    name: String,
    id: [u8; 4],
}

impl KeyName {
    /// The name, such as `registers.example/allergen`.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A key that signatures are verified with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    key: KeyName,
    algorithm: Algorithm,
    public: [u8; 32],
}

/// Why a text is not a key, or a name cannot be one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// It has not the three parts of a key.
    #[error("a key is a name, eight hexadecimal digits and base64, joined by +")]
    Shape,
    /// The name is empty or has a space or a plus.
    #[error("the name of a key has no space and no +")]
    Name,
    /// The digits are not those of this name and key.
    #[error("the digits after the name are not those of this key: a part of it was changed")]
    Id,
    /// Another kind of key.
    #[error("keys of type {0:#04x} are not known here: only Ed25519 (0x01) and its cosignatures (0x04) are")]
    Algorithm(u8),
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+' || c.is_control())
}

impl VerifierKey {
    /// A key of this name.
    ///
    /// # Errors
    /// [`NotAKey::Name`].
    pub fn new(name: &str, algorithm: Algorithm, public: [u8; 32]) -> Result<VerifierKey, NotAKey> {
        if !is_name(name) {
            return Err(NotAKey::Name);
        }
        let hash = Hash::of_all(&[name.as_bytes(), b"\n", &[algorithm.byte()], &public]);
        let [a, b, c, d, ..] = *hash.as_bytes();
        Ok(VerifierKey { key: KeyName { name: name.to_owned(), id: [a, b, c, d] }, algorithm, public })
    }

    /// Its name.
    pub fn name(&self) -> &KeyName {
        &self.key
    }

    /// What it signs.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public key itself.
    pub(crate) fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Whether these bytes are its signature of this message.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(message, signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.algorithm.byte()], self.public.as_slice()].concat();
        write!(f, "{}+{:08x}+{}", self.key.name, u32::from_be_bytes(self.key.id), STANDARD.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<VerifierKey, NotAKey> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NotAKey::Shape);
        };
        let key = STANDARD.decode(key).map_err(|_| NotAKey::Shape)?;
        let (algorithm, public) = key.split_first().ok_or(NotAKey::Shape)?;
        let algorithm = match algorithm {
            1 => Algorithm::Ed25519,
            4 => Algorithm::Cosignature,
            other => return Err(NotAKey::Algorithm(*other)),
        };
        let public = public.try_into().map_err(|_| NotAKey::Shape)?;
        let key = VerifierKey::new(name, algorithm, public)?;
        if format!("{:08x}", u32::from_be_bytes(key.key.id)) == id { Ok(key) } else { Err(NotAKey::Id) }
    }
}

/// A key that signs. It is not shown in full anywhere.
pub struct SignerKey {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl SignerKey {
    /// From its name and the 32 bytes that it is made of, which come from chance and are kept secret.
    ///
    /// # Errors
    /// [`NotAKey::Name`].
    pub fn from_seed(name: &str, algorithm: Algorithm, seed: &[u8; 32]) -> Result<SignerKey, NotAKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NotAKey::Shape)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| NotAKey::Shape)?;
        Ok(SignerKey { verifier: VerifierKey::new(name, algorithm, public)?, pair })
    }

    /// What others verify its signatures with.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignerKey").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

/// One line of a note: who signed, and the bytes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// By which key.
    pub key: KeyName,
    /// What it is, in the form of the key's algorithm.
    pub bytes: Vec<u8>,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key.id.as_slice(), &self.bytes].concat();
        write!(f, "{DASH}{} {}", self.key.name, STANDARD.encode(bytes))
    }
}

impl FromStr for Signature {
    type Err = NotANote;

    fn from_str(line: &str) -> Result<Signature, NotANote> {
        let read = || {
            let (name, bytes) = line.strip_prefix(DASH)?.split_once(' ')?;
            let bytes = STANDARD.decode(bytes).ok()?;
            let (id, bytes) = bytes.split_first_chunk::<4>()?;
            let key = KeyName { name: is_name(name).then(|| name.to_owned())?, id: *id };
            (!bytes.is_empty()).then(|| Signature { key, bytes: bytes.to_vec() })
        };
        read().ok_or(NotANote::Signature)
    }
}

/// A text with signatures, verified or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    /// Who signed.
    pub signatures: Vec<Signature>,
}

/// Why bytes are not a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotANote {
    /// More than anybody needs.
    #[error("it is longer than a signed note may be")]
    TooLong,
    /// Not UTF-8, or with control characters.
    #[error("it is not plain text in UTF-8")]
    Text,
    /// No blank line between text and signatures.
    #[error("there is no blank line with signatures after it")]
    Parts,
    /// A line beneath the blank one is not a signature.
    #[error("a line after the blank one is not a signature")]
    Signature,
}

/// Why a note is not to be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// None of the trusted keys signed it.
    #[error("no key that you trust has signed it")]
    Nobody,
    /// A trusted key's signature is wrong.
    #[error("the signature of {0} is not right: the text was changed, or somebody else signed it")]
    Forged(String),
}

impl Note {
    /// A text without signatures yet.
    ///
    /// # Errors
    /// When it is empty, does not end in a line feed, or has control characters.
    pub fn new(text: impl Into<String>) -> Result<Note, NotANote> {
        let text = text.into();
        let plain = !text.contains(|c: char| c < ' ' && c != '\n');
        if plain && text.ends_with('\n') { Ok(Note { text, signatures: Vec::new() }) } else { Err(NotANote::Text) }
    }

    /// What is signed, with its final line feed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds a signature.
    pub fn sign(&mut self, key: &SignerKey) {
        let bytes = key.sign(self.text.as_bytes());
        self.signatures.push(Signature { key: key.verifier.key.clone(), bytes });
    }

    /// Reads a note; nothing of it is verified yet.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(bytes: &[u8]) -> Result<Note, NotANote> {
        if bytes.len() > LONGEST {
            return Err(NotANote::TooLong);
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NotANote::Text)?;
        if whole.contains(|c: char| c < ' ' && c != '\n') {
            return Err(NotANote::Text);
        }
        // The text may have blank lines of its own: the last one ends it.
        let end = whole.rfind("\n\n").ok_or(NotANote::Parts)?;
        let (text, lines) = (&whole[..=end], &whole[end + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NotANote::Parts)?;
        if text == "\n" || lines.split('\n').count() > SIGNATURES {
            return Err(NotANote::Parts);
        }
        let signatures = lines.split('\n').map(str::parse).collect::<Result<_, _>>()?;
        Ok(Note { text: text.to_owned(), signatures })
    }

    /// Which of these keys have signed it, each once.
    ///
    /// # Errors
    /// When none has, or a signature of one of them is not right.
    pub fn signed_by<'k>(&self, trusted: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, Untrusted> {
        let mut found: Vec<&VerifierKey> = Vec::new();
        for signature in &self.signatures {
            let Some(key) = trusted.iter().find(|key| key.key == signature.key) else { continue };
            let right = match key.algorithm {
                Algorithm::Ed25519 => key.signed(self.text.as_bytes(), &signature.bytes),
                Algorithm::Cosignature => crate::cosignature::time(&self.text, key, &signature.bytes).is_some(),
            };
            if !right {
                return Err(Untrusted::Forged(key.key.name.clone()));
            }
            if !found.contains(&key) {
                found.push(key);
            }
        }
        if found.is_empty() { Err(Untrusted::Nobody) } else { Ok(found) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    fn seed(first: u8) -> [u8; 32] {
        std::array::from_fn(|at| first + at as u8)
    }

    #[test]
    fn a_published_example_verifies() {
        let key: VerifierKey = KEY.parse().unwrap();
        assert_eq!(key.to_string(), KEY);
        let note = Note::read(NOTE.as_bytes()).unwrap();
        assert_eq!(note.text(), "This is an example message.\n");
        assert_eq!(note.signed_by(std::slice::from_ref(&key)), Ok(vec![&key]));
        assert_eq!(note.to_string(), NOTE);
    }

    #[test]
    fn a_key_is_what_its_name_and_its_bytes_make_it() {
        let signer = SignerKey::from_seed("registers.example/demo", Algorithm::Ed25519, &seed(0)).unwrap();
        let known = "registers.example/demo+196f7e7d+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
        assert_eq!(signer.verifier().to_string(), known);
        let witness = SignerKey::from_seed("witness.example/w1", Algorithm::Cosignature, &seed(0x20)).unwrap();
        let known = "witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X";
        assert_eq!(witness.verifier().to_string(), known);
        assert!(!format!("{signer:?}").contains("AQID"), "a secret is shown");
        for (text, why) in [
            ("registers.example/demo+196f7e7e+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", NotAKey::Id),
            ("registers.example/dem+196f7e7d+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", NotAKey::Id),
            ("registers.example/demo+196F7E7D+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", NotAKey::Id),
            ("a b+196f7e7d+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", NotAKey::Name),
            ("registers.example/demo+196f7e7d+AQOh", NotAKey::Shape),
            ("registers.example/demo+196f7e7d+BgOh", NotAKey::Algorithm(6)),
            ("registers.example/demo+196f7e7d", NotAKey::Shape),
            ("", NotAKey::Shape),
        ] {
            assert_eq!(text.parse::<VerifierKey>(), Err(why), "{text}");
        }
    }

    #[test]
    fn any_byte_that_is_damaged_is_noticed() {
        let key = [KEY.parse::<VerifierKey>().unwrap()];
        for at in 0..NOTE.len() {
            for bit in [1, 0x20, 0x80] {
                let mut damaged = NOTE.as_bytes().to_vec();
                damaged[at] ^= bit;
                let trusted = Note::read(&damaged).map(|note| note.signed_by(&key).is_ok());
                assert_ne!(trusted, Ok(true), "byte {at}");
            }
        }
    }

    #[test]
    fn others_who_signed_do_not_count_and_change_nothing() {
        let key = [KEY.parse::<VerifierKey>().unwrap()];
        let mut note = Note::read(NOTE.as_bytes()).unwrap();
        let other = SignerKey::from_seed("example.com/foo", Algorithm::Ed25519, &seed(9)).unwrap();
        note.signatures.clear();
        note.sign(&other);
        assert_eq!(note.signed_by(&key), Err(Untrusted::Nobody));
        assert_eq!(note.signed_by(&[other.verifier().clone()]).unwrap().len(), 1);
        let both = Note::read(format!("{NOTE}{}\n", note.signatures[0]).as_bytes()).unwrap();
        assert_eq!(both.signed_by(&key).unwrap(), [&key[0]]);
        // The same key twice is one who signed, and one wrong line is enough to distrust it all.
        let twice = Note { signatures: vec![both.signatures[0].clone(); 2], ..both.clone() };
        assert_eq!(twice.signed_by(&key).unwrap().len(), 1);
        let mut wrong = both.signatures[0].clone();
        wrong.bytes[10] ^= 1;
        let spoilt = Note { signatures: vec![both.signatures[0].clone(), wrong], ..both };
        assert_eq!(spoilt.signed_by(&key), Err(Untrusted::Forged("example.com/foo".to_owned())));
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for (text, why) in [
            ("", NotANote::Parts),
            ("text\n", NotANote::Parts),
            ("text\n\n", NotANote::Parts),
            ("\n\n\u{2014} a AAAAAAA=\n", NotANote::Parts),
            ("text\n\n\u{2014} a AAAAAAA=", NotANote::Parts),
            ("text\n\n- a AAAAAAA=\n", NotANote::Signature),
            ("text\n\n\u{2014} a+b AAAAAAA=\n", NotANote::Signature),
            ("text\n\n\u{2014} a AAAAAA==\n", NotANote::Signature),
            ("te\txt\n\n\u{2014} a AAAAAAA=\n", NotANote::Text),
        ] {
            assert_eq!(Note::read(text.as_bytes()), Err(why), "{text:?}");
        }
        assert_eq!(Note::read(&vec![b'a'; LONGEST + 1]), Err(NotANote::TooLong));
        assert_eq!(Note::read(b"\xff\n\n"), Err(NotANote::Text));
        // Its own blank lines belong to the text.
        let note = Note::read("a\n\nb\n\n\u{2014} a AAAAAAA=\n".as_bytes()).unwrap();
        assert_eq!(note.text(), "a\n\nb\n");
        assert_eq!(Note::new("no end"), Err(NotANote::Text));
    }
}
