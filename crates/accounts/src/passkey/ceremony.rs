//! What a browser and an authenticator say together, and whether it is true (WebAuthn level 3, sections 7.1 and 7.2).
//!
//! No attestation is asked for: which make of authenticator somebody has is their own business. So the statement about it is
//! read past and never believed. Somebody has to be there and to have proved to the authenticator who they are, by a PIN,
//! fingerprint or face; that is what makes a passkey two factors. Extensions are ignored.
//!
//! Nothing here knows the database: whose challenge and whose key it is, is asked by those who call it.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{
    cbor::{Item, NotCbor},
    key::{self, PublicKey},
    place::Place,
};

/// The longest of what a browser says (`clientDataJSON`).
const LONGEST_WORDS: usize = 4 * 1024;
/// The longest of what an authenticator says, with a statement about itself that is not read.
const LONGEST_STATEMENT: usize = 32 * 1024;
/// The longest name that an authenticator may give a key (WebAuthn level 3, 4: credential id).
pub(crate) const LONGEST_CREDENTIAL: usize = 1023;
/// The longest signature: RSA of 8,192 bits.
const LONGEST_SIGNATURE: usize = 1024;

/// Bits of what an authenticator says.
const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const PORTABLE: u8 = 1 << 3;
const COPIED: u8 = 1 << 4;
const NEW_KEY: u8 = 1 << 6;
const EXTENSIONS: u8 = 1 << 7;

/// Why it is not believed. For the log: people are told one thing for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unproved {
    #[error("a part of it is missing, too long, or not base64url")]
    Parts,
    #[error("what the browser says of itself is not as browsers write it")]
    Words,
    #[error("it was made for another purpose")]
    OtherPurpose,
    #[error("it was made on another site, or within another site's page")]
    OtherOrigin,
    #[error("its challenge is not one of ours, is over, was used, or was given to another browser or person")]
    Challenge,
    #[error("what the authenticator says is no CBOR as authenticators write it: {0}")]
    Cbor(#[from] NotCbor),
    #[error("what the authenticator says is not as authenticators write it: {0}")]
    Statement(&'static str),
    #[error("the key is bound to another host")]
    OtherHost,
    #[error("nobody was there")]
    Absent,
    #[error("whoever was there did not prove to the authenticator who they are")]
    Unverified,
    #[error("the key is of an algorithm that was not asked for, or is none")]
    Algorithm,
    #[error("nobody here has this passkey")]
    Unknown,
    #[error("the passkey is another person's than the one it names, or than whoever has signed in")]
    OtherPerson,
    #[error("the signature is not by the passkey")]
    Signature,
    #[error("a passkey that stays on one device came back as one that is copied, or the other way round")]
    Portability,
    #[error("the passkey counts backwards: there may be a copy of it")]
    Counter,
}

/// For what a challenge was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ceremony {
    /// A key is made.
    Create,
    /// A key is used.
    Get,
}

/// What a browser says: which challenge it was given, and that it was ours to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) challenge: [u8; 32],
    /// SHA-256 of the words themselves, which the authenticator signs.
    hash: [u8; 32],
}

#[derive(Deserialize)]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
    #[serde(rename = "topOrigin")]
    top_origin: Option<String>,
}

impl Words {
    /// Reads them and checks all that needs no memory.
    pub(crate) fn read(bytes: &[u8], ceremony: Ceremony, place: &Place) -> Result<Words, Unproved> {
        if bytes.len() > LONGEST_WORDS {
            return Err(Unproved::Parts);
        }
        let said: ClientData = serde_json::from_slice(bytes).map_err(|_| Unproved::Words)?;
        let wanted = match ceremony {
            Ceremony::Create => "webauthn.create",
            Ceremony::Get => "webauthn.get",
        };
        if said.r#type != wanted {
            return Err(Unproved::OtherPurpose);
        }
        if said.origin != place.origin() || said.cross_origin || said.top_origin.is_some() {
            return Err(Unproved::OtherOrigin);
        }
        let challenge = super::decoded(&said.challenge).and_then(|bytes| bytes.try_into().ok());
        Ok(Words { challenge: challenge.ok_or(Unproved::Challenge)?, hash: Sha256::digest(bytes).into() })
    }
}

/// What an authenticator says of every use (authenticator data), checked but for its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Statement<'a> {
    portable: bool,
    counter: u32,
    /// What stands after the counter.
    more: &'a [u8],
    flags: u8,
}

impl<'a> Statement<'a> {
    fn read(bytes: &'a [u8], place: &Place) -> Result<Statement<'a>, Unproved> {
        let (host, rest) = bytes.split_at_checked(32).ok_or(Unproved::Statement("it is cut off"))?;
        let &[flags, a, b, c, d, ref more @ ..] = rest else { return Err(Unproved::Statement("it is cut off")) };
        if host != place.host_hash() {
            return Err(Unproved::OtherHost);
        }
        if flags & PRESENT == 0 {
            return Err(Unproved::Absent);
        }
        if flags & VERIFIED == 0 {
            return Err(Unproved::Unverified);
        }
        if flags & (PORTABLE | COPIED) == COPIED {
            return Err(Unproved::Statement("it says that a key was copied which cannot be"));
        }
        Ok(Statement { portable: flags & PORTABLE != 0, counter: u32::from_be_bytes([a, b, c, d]), more, flags })
    }

    /// Reads past extensions, which are ignored, to the end.
    fn ends(&self, rest: &[u8]) -> Result<(), Unproved> {
        match (self.flags & EXTENSIONS != 0, rest) {
            (false, []) => Ok(()),
            (false, _) => Err(Unproved::Statement("something follows it")),
            (true, rest) => match Item::whole(rest)? {
                Item::Map(_) => Ok(()),
                _ => Err(Unproved::Statement("its extensions are no map")),
            },
        }
    }
}

/// A key that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) credential: Vec<u8>,
    pub(crate) public_key: Vec<u8>,
    pub(crate) counter: u32,
    pub(crate) portable: bool,
}

/// The key within what an authenticator says about having made one (attestation object).
pub(crate) fn made(attestation: &[u8], place: &Place) -> Result<Made, Unproved> {
    if attestation.len() > LONGEST_STATEMENT {
        return Err(Unproved::Parts);
    }
    let whole = Item::whole(attestation)?;
    let part = |name| whole.of(&Item::Text(name)).ok_or(Unproved::Statement("it lacks a part"));
    // What the authenticator says of its own make is well formed, and is not believed.
    let (format, make) = (part("fmt")?, part("attStmt")?);
    match (format, make) {
        (Item::Text("none"), Item::Map(pairs)) if !pairs.is_empty() => {
            return Err(Unproved::Statement("it says something of its make and that it says nothing"));
        }
        (Item::Text(_), Item::Map(_)) => {}
        _ => return Err(Unproved::Statement("what it says of its make is not as it should be")),
    }
    let data = part("authData")?.bytes().ok_or(Unproved::Statement("its data are no bytes"))?;
    let statement = Statement::read(data, place)?;
    if statement.flags & NEW_KEY == 0 {
        return Err(Unproved::Statement("there is no new key in it"));
    }
    // 16 bytes that name the make, two of length, the key's name, the key.
    let cut = Unproved::Statement("it is cut off");
    let (_, rest) = statement.more.split_at_checked(16).ok_or(cut)?;
    let &[high, low, ref rest @ ..] = rest else { return Err(cut) };
    let (credential, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([high, low]))).ok_or(cut)?;
    if credential.is_empty() || credential.len() > LONGEST_CREDENTIAL {
        return Err(Unproved::Statement("the key's name is empty or too long"));
    }
    let (_, after) = Item::first(rest)?;
    let public_key = &rest[..rest.len() - after.len()];
    statement.ends(after)?;
    if public_key.len() > key::LONGEST || PublicKey::read(public_key)?.is_none() {
        return Err(Unproved::Algorithm);
    }
    Ok(Made {
        credential: credential.to_vec(),
        public_key: public_key.to_vec(),
        counter: statement.counter,
        portable: statement.portable,
    })
}

/// A key that is kept, as far as proving goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) public_key: Vec<u8>,
    pub(crate) counter: u32,
    pub(crate) portable: bool,
}

/// Checks that a kept key was used for these words, and gives its new counter.
pub(crate) fn used(kept: &Kept, words: &Words, data: &[u8], signature: &[u8], place: &Place) -> Result<u32, Unproved> {
    if data.len() > LONGEST_STATEMENT || signature.len() > LONGEST_SIGNATURE {
        return Err(Unproved::Parts);
    }
    let statement = Statement::read(data, place)?;
    if statement.flags & NEW_KEY != 0 {
        return Err(Unproved::Statement("there is a new key in it"));
    }
    statement.ends(statement.more)?;
    let key = PublicKey::read(&kept.public_key)?.ok_or(Unproved::Algorithm)?;
    if !key.proves(&[data, &words.hash].concat(), signature) {
        return Err(Unproved::Signature);
    }
    // Only what was signed is believed, so these stand after it.
    if statement.portable != kept.portable {
        return Err(Unproved::Portability);
    }
    // An authenticator that does not count says 0 for ever.
    if (statement.counter != 0 || kept.counter != 0) && statement.counter <= kept.counter {
        return Err(Unproved::Counter);
    }
    Ok(statement.counter)
}
