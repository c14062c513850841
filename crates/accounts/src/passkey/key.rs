//! Public keys as authenticators send them (COSE_Key, RFC 9052 and 9053), and the signatures that they prove.
//!
//! Three sorts are asked for and known: ES256 on P-256, EdDSA on Ed25519, RS256. A key says itself which it is, and proves
//! by that alone. Signatures are checked by `ring`, which also refuses points that are not on their curve.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

use super::cbor::{Item, NotCbor};

/// The algorithms that are asked for, the best first, by their numbers in the registry of COSE.
pub(crate) const ALGORITHMS: [i64; 3] = [EDDSA, ES256, RS256];
const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

/// The longest key: RSA of 8,192 bits with its names.
pub(crate) const LONGEST: usize = 1200;

/// A public key that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// The uncompressed point.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
}

impl PublicKey {
    /// Reads a key. None for another algorithm or curve, and for one whose parts do not fit together.
    pub(crate) fn read(bytes: &[u8]) -> Result<Option<PublicKey>, NotCbor> {
        let item = Item::whole(bytes)?;
        let part = |label| item.of(&Item::Integer(label));
        let number = |label| part(label).and_then(Item::integer);
        let bytes = |label| part(label).and_then(Item::bytes);
        // Labels 1: type, 3: algorithm, -1: curve, -2 and -3: the point; of RSA -1: n, -2: e.
        Ok(match (number(1), number(3)) {
            (Some(2), Some(ES256)) if number(-1) == Some(1) => match (bytes(-2), bytes(-3)) {
                (Some(x), Some(y)) if x.len() == 32 && y.len() == 32 => Some(PublicKey::P256([&[4], x, y].concat())),
                _ => None,
            },
            (Some(1), Some(EDDSA)) if number(-1) == Some(6) => {
                bytes(-2).filter(|x| x.len() == 32).map(|x| PublicKey::Ed25519(x.to_vec()))
            }
            (Some(3), Some(RS256)) => match (bytes(-1), bytes(-2)) {
                // 2,048 bits at least, as `ring` wants for a signature, but said when the key is added.
                (Some(n @ [first, ..]), Some(e)) if *first != 0 && (256..=1024).contains(&n.len()) => {
                    Some(PublicKey::Rsa { n: n.to_vec(), e: e.to_vec() })
                }
                _ => None,
            },
            _ => None,
        })
    }

    /// Whether the key made this signature.
    pub(crate) fn proves(&self, signed: &[u8], signature: &[u8]) -> bool {
        let outcome = match self {
            PublicKey::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(signed, signature),
            PublicKey::Ed25519(point) => UnparsedPublicKey::new(&ED25519, point).verify(signed, signature),
            PublicKey::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
            }
        };
        outcome.is_ok()
    }
}
