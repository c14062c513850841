//! A browser with an authenticator in it, as far as passkeys go (WebAuthn level 3): it makes keys, signs with them, and
//! gives every part away before it is sent, so that tests can bend it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    rsa,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::provider::rsa_key;

/// Somebody was there, proved who they are, and the key may be copied to their other devices.
pub const USUAL: u8 = 0b0000_1101;
/// There is a new key in what the authenticator says.
pub const NEW_KEY: u8 = 0b0100_0000;
/// There are extensions in it.
pub const EXTENSIONS: u8 = 0b1000_0000;

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// RSA with SHA-256, PKCS #1 v1.5. There is one such key for all.
    Rs256,
}

enum Key {
    P256(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
    Rsa(Box<RsaKeyPair>),
}

/// One device with one key.
pub struct Authenticator {
    key: Key,
    /// What it calls the key.
    pub credential: Vec<u8>,
    /// Whose key it is, as it was told when it made it.
    pub user: Vec<u8>,
    /// Which site the browser is on: `https://commonhold.example`.
    pub origin: String,
    /// To which host the key is bound.
    pub host: String,
    /// What it says of whoever was there.
    pub flags: u8,
    /// How often it has signed. It counts on by itself, unless this is 0.
    pub counter: u32,
}

/// What is sent when a key was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// What the browser says.
    pub client_data: Vec<u8>,
    /// What the authenticator says.
    pub authenticator_data: Vec<u8>,
}

/// What is sent when a key was used.
#[derive(Clone, Debug)]
pub struct Used {
    /// What the authenticator calls the key.
    pub credential: Vec<u8>,
    /// What the browser says.
    pub client_data: Vec<u8>,
    /// What the authenticator says.
    pub authenticator_data: Vec<u8>,
    /// Its signature over both.
    pub signature: Vec<u8>,
    /// Whose key it is, as the authenticator remembers.
    pub user_handle: Option<Vec<u8>>,
}

impl Authenticator {
    /// A device in a browser that is on this site, such as `https://commonhold.example`. It does not count.
    pub fn at(origin: &str, algorithm: Algorithm) -> Authenticator {
        let random = SystemRandom::new();
        let key = match algorithm {
            Algorithm::Es256 => {
                let made =
                    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key is made");
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, made.as_ref(), &random);
                Key::P256(Box::new(key.expect("the key that was made is one")))
            }
            Algorithm::EdDsa => {
                let made = Ed25519KeyPair::generate_pkcs8(&random).expect("a key is made");
                Key::Ed25519(Box::new(Ed25519KeyPair::from_pkcs8(made.as_ref()).expect("the key that was made is one")))
            }
            Algorithm::Rs256 => Key::Rsa(Box::new(rsa_key())),
        };
        let host = origin.split_once("://").map_or(origin, |(_, host)| host);
        let host = host.split(':').next().unwrap_or_default().to_owned();
        let mut device = Authenticator {
            key,
            credential: Vec::new(),
            user: Vec::new(),
            origin: origin.to_owned(),
            host,
            flags: USUAL,
            counter: 0,
        };
        device.credential = Sha256::digest(device.public_key()).to_vec();
        device
    }

    /// The key as COSE_Key.
    pub fn public_key(&self) -> Vec<u8> {
        match &self.key {
            Key::P256(key) => {
                let point = key.public_key().as_ref();
                // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
                [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21][..], &bytes(&point[1..33]), &[0x22], &bytes(&point[33..])]
                    .concat()
            }
            // {1: 1, 3: -8, -1: 6, -2: x}
            Key::Ed25519(key) => {
                [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21][..], &bytes(key.public_key().as_ref())].concat()
            }
            Key::Rsa(key) => {
                let parts = rsa::PublicKeyComponents::<Vec<u8>>::from(key.public());
                // {1: 3, 3: -257, -1: n, -2: e}
                [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20][..], &bytes(&parts.n), &[0x21], &bytes(&parts.e)].concat()
            }
        }
    }

    /// What the browser says of itself.
    pub fn client_data(&self, kind: &str, options: &Value) -> Value {
        json!({"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false})
    }

    /// What the authenticator says: host, flags, counter.
    pub fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        [&Sha256::digest(&self.host)[..], &[flags], &self.counter.to_be_bytes()].concat()
    }

    /// Makes the key for what a page asks.
    pub fn make(&mut self, options: &Value) -> Made {
        self.user = decoded(&options["user"]["id"]);
        let length = u16::try_from(self.credential.len()).expect("a name is short").to_be_bytes();
        let data = [
            self.authenticator_data(self.flags | NEW_KEY),
            vec![0; 16],
            length.to_vec(),
            self.credential.clone(),
            self.public_key(),
        ];
        Made {
            client_data: self.client_data("webauthn.create", options).to_string().into_bytes(),
            authenticator_data: data.concat(),
        }
    }

    /// Signs for what a page asks.
    pub fn sign(&mut self, options: &Value) -> Used {
        let client_data = self.client_data("webauthn.get", options).to_string().into_bytes();
        if self.counter > 0 {
            self.counter += 1;
        }
        let data = self.authenticator_data(self.flags);
        self.signed(client_data, data)
    }

    /// Signs these words and data, whatever they are.
    pub fn signed(&self, client_data: Vec<u8>, authenticator_data: Vec<u8>) -> Used {
        let message = [&authenticator_data[..], &Sha256::digest(&client_data)[..]].concat();
        let random = SystemRandom::new();
        let signature = match &self.key {
            Key::P256(key) => key.sign(&random, &message).expect("it signs").as_ref().to_vec(),
            Key::Ed25519(key) => key.sign(&message).as_ref().to_vec(),
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature).expect("it signs");
                signature
            }
        };
        Used {
            credential: self.credential.clone(),
            client_data,
            authenticator_data,
            signature,
            user_handle: Some(self.user.clone()),
        }
    }
}

impl Made {
    /// The attestation object, without a statement about the device.
    pub fn attestation(&self) -> Vec<u8> {
        // {"fmt": "none", "attStmt": {}, "authData": …}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData".to_vec();
        object.extend(bytes(&self.authenticator_data));
        object
    }

    /// The fields of the page's form.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        vec![("client_data", encoded(&self.client_data)), ("attestation", encoded(&self.attestation()))]
    }
}

impl Used {
    /// The fields of the page's form.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        vec![
            ("credential", encoded(&self.credential)),
            ("client_data", encoded(&self.client_data)),
            ("authenticator_data", encoded(&self.authenticator_data)),
            ("signature", encoded(&self.signature)),
            ("user_handle", self.user_handle.as_deref().map(encoded).unwrap_or_default()),
        ]
    }
}

/// Bytes as CBOR has them.
pub fn bytes(of: &[u8]) -> Vec<u8> {
    let head = match of.len() {
        length @ 0..24 => vec![0x40 | length as u8],
        length @ 24..256 => vec![0x58, length as u8],
        length => [&[0x59][..], &u16::try_from(length).expect("not longer").to_be_bytes()].concat(),
    };
    [head.as_slice(), of].concat()
}

/// Bytes as forms have them.
pub fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().expect("a text")).expect("base64url")
}
