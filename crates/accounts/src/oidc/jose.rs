//! Signed tokens (JWS compact form, RFC 7515) and the keys that prove them (JWK, RFC 7517).
//!
//! Three algorithms are known: RS256, PS256 and ES256. A key proves by the algorithms of its own type only, so there is
//! no way to say "none", nor to have a public key taken for a shared secret. Signatures are checked and made by `ring`;
//! what this file adds is reading JSON. It looks at no claim: that is `claims`.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey,
    },
};
use serde_json::{Map, Value, json};

/// Most keys that are read of a provider's set; no provider publishes nearly as many.
const MOST_KEYS: usize = 100;

/// How a token may be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// RSA with SHA-256, PKCS #1 v1.5.
    Rs256,
    /// RSA with SHA-256, PSS.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl Algorithm {
    /// All that are known.
    pub(crate) const ALL: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256];

    /// Its name in tokens.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Algorithm::Rs256 => "RS256",
            Algorithm::Ps256 => "PS256",
            Algorithm::Es256 => "ES256",
        }
    }

    /// The one of this name.
    pub(crate) fn named(name: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// Why a token proves nothing. Texts from outside are shortened and kept to visible ASCII, since they reach the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unproved {
    #[error("the token is no signed token: {0}")]
    Shape(&'static str),
    #[error("the token is signed by \"{0}\", which is not accepted")]
    Algorithm(String),
    #[error("no published key fits the token's key id")]
    UnknownKey,
    #[error("the token's signature is not by the published key")]
    Signature,
}

/// The keys that a provider publishes, as far as they are of use here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys(Vec<Key>);

#[derive(Clone, Debug)]
struct Key {
    id: Option<String>,
    /// The one algorithm that the key is for, where it says so.
    algorithm: Option<String>,
    material: Material,
}

#[derive(Clone, Debug)]
enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// The uncompressed point.
    P256(Vec<u8>),
}

impl Keys {
    /// Reads a set of keys. Those of other types, for encryption, or damaged are left out.
    pub(crate) fn read(set: &Value) -> Keys {
        let listed = set["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
        Keys(listed.iter().take(MOST_KEYS).filter_map(Key::read).collect())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The claims of a token whose signature one of these keys proves by an allowed algorithm.
    pub(crate) fn prove(&self, token: &str, allowed: &[Algorithm]) -> Result<Map<String, Value>, Unproved> {
        let parts: Vec<&str> = token.split('.').collect();
        let &[header, claims, signature] = parts.as_slice() else {
            return Err(Unproved::Shape("it has not three parts"));
        };
        let signed = token.get(..header.len() + 1 + claims.len()).unwrap_or_default();
        let header = object(header)?;
        let name = header.get("alg").and_then(Value::as_str).unwrap_or_default();
        let algorithm = Algorithm::named(name)
            .filter(|algorithm| allowed.contains(algorithm))
            .ok_or_else(|| Unproved::Algorithm(tame(name)))?;
        if header.contains_key("crit") {
            return Err(Unproved::Shape("it asks for an extension that nobody agreed on"));
        }
        let kind = header.get("typ").and_then(Value::as_str).unwrap_or("JWT");
        if !kind.eq_ignore_ascii_case("JWT") {
            return Err(Unproved::Shape("it is a token of another kind"));
        }
        let id = header.get("kid").and_then(Value::as_str);
        let mut fitting = self.0.iter().filter(|key| key.fits(algorithm, id));
        let key = fitting.next().ok_or(Unproved::UnknownKey)?;
        // Without a key id there must be no choice (OpenID Connect Core 1.0, 10.1).
        if id.is_none() && fitting.next().is_some() {
            return Err(Unproved::UnknownKey);
        }
        let signature = decode(signature).ok_or(Unproved::Shape("its signature is not base64url"))?;
        key.material.proves(algorithm, signed.as_bytes(), &signature).map_err(|_| Unproved::Signature)?;
        object(claims)
    }
}

impl Key {
    fn read(key: &Value) -> Option<Key> {
        let text = |name: &str| key[name].as_str();
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let material = match (text("kty")?, text("crv")) {
            ("RSA", _) => Material::Rsa { n: decode(text("n")?)?, e: decode(text("e")?)? },
            ("EC", Some("P-256")) => {
                let (x, y) = (decode(text("x")?)?, decode(text("y")?)?);
                (x.len() == 32 && y.len() == 32).then(|| Material::P256([vec![4], x, y].concat()))?
            }
            _ => return None,
        };
        Some(Key { id: text("kid").map(str::to_owned), algorithm: text("alg").map(str::to_owned), material })
    }

    fn fits(&self, algorithm: Algorithm, id: Option<&str>) -> bool {
        let of_type = match self.material {
            Material::Rsa { .. } => algorithm != Algorithm::Es256,
            Material::P256(_) => algorithm == Algorithm::Es256,
        };
        let named = id.is_none_or(|id| self.id.as_deref() == Some(id));
        of_type && named && self.algorithm.as_deref().is_none_or(|own| own == algorithm.name())
    }
}

impl Material {
    fn proves(&self, algorithm: Algorithm, signed: &[u8], signature: &[u8]) -> Result<(), ring::error::Unspecified> {
        match (self, algorithm) {
            (Material::Rsa { n, e }, Algorithm::Rs256) => {
                rsa::PublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
            }
            (Material::Rsa { n, e }, Algorithm::Ps256) => {
                rsa::PublicKeyComponents { n, e }.verify(&RSA_PSS_2048_8192_SHA256, signed, signature)
            }
            (Material::P256(point), Algorithm::Es256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature)
            }
            _ => Err(ring::error::Unspecified),
        }
    }
}

/// A key of our own, with which this copy proves who it is to a provider.
pub(crate) enum SigningKey {
    Rsa(Box<RsaKeyPair>),
    P256(Box<EcdsaKeyPair>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SigningKey::Rsa(_) => "SigningKey::Rsa(…)",
            SigningKey::P256(_) => "SigningKey::P256(…)",
        })
    }
}

impl SigningKey {
    /// Reads a private key in PEM: PKCS #8 of either type, or PKCS #1 of RSA. What is wrong is said in words.
    pub(crate) fn from_pem(text: &str) -> Result<SigningKey, String> {
        let (label, der) =
            pem(text).ok_or("there is no key in PEM in it: it must begin with -----BEGIN PRIVATE KEY-----")?;
        let refused = |why: &dyn fmt::Display| {
            format!("its key cannot be used ({why}); RSA of 2,048 bits or more and EC on P-256 can")
        };
        match label.as_str() {
            "RSA PRIVATE KEY" => {
                RsaKeyPair::from_der(&der).map(|key| SigningKey::Rsa(Box::new(key))).map_err(|why| refused(&why))
            }
            "PRIVATE KEY" => {
                let curve = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &SystemRandom::new());
                match (curve, RsaKeyPair::from_pkcs8(&der)) {
                    (Ok(key), _) => Ok(SigningKey::P256(Box::new(key))),
                    (_, Ok(key)) => Ok(SigningKey::Rsa(Box::new(key))),
                    (_, Err(why)) => Err(refused(&why)),
                }
            }
            "EC PRIVATE KEY" => Err("its key is in the older form of OpenSSL; write it anew with: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW".to_owned()),
            "ENCRYPTED PRIVATE KEY" => Err("its key is encrypted; nobody could type a password when the program starts".to_owned()),
            other => Err(format!("it holds \"{}\" where a private key is wanted", tame(other))),
        }
    }

    /// A signed token with these claims.
    pub(crate) fn sign(&self, claims: &Value, id: Option<&str>) -> Result<String, ring::error::Unspecified> {
        let algorithm = match self {
            SigningKey::Rsa(_) => Algorithm::Rs256,
            SigningKey::P256(_) => Algorithm::Es256,
        };
        let mut header = json!({"alg": algorithm.name(), "typ": "JWT"});
        if let Some(id) = id {
            header["kid"] = json!(id);
        }
        let mut token = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        // A signature's own randomness must be the system's, in tests too: `ring` takes no other.
        let random = SystemRandom::new();
        let signature = match self {
            SigningKey::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, token.as_bytes(), &mut signature)?;
                signature
            }
            SigningKey::P256(key) => key.sign(&random, token.as_bytes())?.as_ref().to_vec(),
        };
        token.push('.');
        token.push_str(&encode(signature));
        Ok(token)
    }
}

/// The first block of a PEM file: what it says it holds, and that.
fn pem(text: &str) -> Option<(String, Vec<u8>)> {
    let (_, after) = text.split_once("-----BEGIN ")?;
    let (label, after) = after.split_once("-----")?;
    let (body, _) = after.split_once(&format!("-----END {label}-----"))?;
    let packed: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    Some((label.to_owned(), STANDARD.decode(packed).ok()?))
}

fn object(part: &str) -> Result<Map<String, Value>, Unproved> {
    let bytes = decode(part).ok_or(Unproved::Shape("a part of it is not base64url"))?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(Unproved::Shape("a part of it is no JSON object")),
    }
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A text from outside, fit for a line of the log: at most 60 characters of visible ASCII.
pub(crate) fn tame(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(60).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    /// RFC 7515, appendix A.3: a token signed by ES256, and its key.
    #[test]
    fn the_example_of_the_standard_is_proved_and_no_other() {
        let keys = Keys::read(&json!({"keys": [{
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }]}));
        let token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
            DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        assert_eq!(keys.prove(token, &Algorithm::ALL).unwrap()["iss"], "joe");
        assert_eq!(keys.prove(token, &[Algorithm::Rs256]).unwrap_err(), Unproved::Algorithm("ES256".to_owned()));
        let changed = token.replace(".eyJpc3MiOiJqb2Ui", ".eyJpc3MiOiJqb2Yi");
        assert_eq!(keys.prove(&changed, &Algorithm::ALL).unwrap_err(), Unproved::Signature);
        for shapeless in ["", "a.b", "a.b.c.d", "a.b.c", &token.replace("eyJh", "ey!h")] {
            assert!(matches!(keys.prove(shapeless, &Algorithm::ALL), Err(Unproved::Shape(_))), "{shapeless}");
        }
    }

    #[test]
    fn what_a_header_may_not_ask_for_is_refused() {
        let prove = |header: Value| {
            let token = format!("{}.{}.AAAA", encode(header.to_string()), encode("{}"));
            Keys::default().prove(&token, &Algorithm::ALL).unwrap_err()
        };
        for name in ["none", "None", "HS256", "RS512", "", "es256"] {
            assert_eq!(prove(json!({"alg": name})), Unproved::Algorithm(name.to_owned()));
        }
        assert_eq!(prove(json!({"alg": 7})), Unproved::Algorithm(String::new()));
        assert!(matches!(prove(json!({"alg": "ES256", "crit": ["b64"]})), Unproved::Shape(_)));
        assert!(matches!(prove(json!({"alg": "ES256", "typ": "at+jwt"})), Unproved::Shape(_)));
        assert_eq!(prove(json!({"alg": "ES256", "typ": "jwt"})), Unproved::UnknownKey);
    }

    #[test]
    fn keys_of_no_use_are_left_out() {
        let point = encode([1; 32]);
        let keys = Keys::read(&json!({"keys": [
            {"kty": "oct", "k": "AAAA"},
            {"kty": "RSA", "n": "AQAB", "e": "AQAB", "use": "enc"},
            {"kty": "RSA", "n": "not base64!", "e": "AQAB"},
            {"kty": "EC", "crv": "P-521", "x": point, "y": point},
            {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": point},
            {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
            7,
        ]}));
        assert_eq!(keys.count(), 1);
        assert_eq!(Keys::read(&json!([])).count(), 0);
    }

    #[test]
    fn a_file_that_is_no_key_says_what_to_do() {
        let said = |text: &str| SigningKey::from_pem(text).unwrap_err();
        assert!(said("hello").contains("-----BEGIN PRIVATE KEY-----"));
        assert!(said("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----").contains("openssl pkcs8"));
        assert!(
            said("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----")
                .contains("encrypted")
        );
        assert!(said("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----").contains("\"CERTIFICATE\""));
        assert!(said("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----").contains("2,048"));
    }
}
