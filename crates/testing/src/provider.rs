//! A provider of sign-in (OpenID Connect) on this machine, for tests: it does what a good one does, and any one thing
//! wrong on command.
//!
//! It has no page on which people sign in: [`Provider::sign_in`] takes the address that somebody was sent to and gives
//! the one that they come back to. Its clock is the test's. It is no example of how to build a provider.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
};

use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256, RsaKeyPair, UnparsedPublicKey,
    },
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use vocabulary::Clock;

/// An RSA key that tests sign with. Nothing else trusts it.
const RSA: &str = include_str!("../keys/rsa.pem");
/// The private key of a client that proves who it is by one: in PEM.
pub const CLIENT_KEY: &str = include_str!("../keys/client.pem");
/// The name under which the provider knows the program, and the secret of a program that has one.
pub const CLIENT: &str = "commonhold";
/// See [`CLIENT`]. It has what a form must write otherwise.
pub const SECRET: &str = "s3cret+%/: ü";

/// One thing that a provider does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The token expired two minutes ago.
    Expired,
    /// The token is valid in two minutes.
    NotYetValid,
    /// The token was issued in two minutes.
    IssuedAhead,
    /// The token is for another program.
    OtherAudience,
    /// The token is for two programs and does not say for which.
    SeveralAudiences,
    /// The token is for two programs and says that the other one asked.
    OtherParty,
    /// The token says that another provider issued it.
    OtherIssuer,
    /// The token answers another request.
    OtherNonce,
    /// The token is of another person than what is said beside it.
    OtherPerson,
    /// The token belongs to another access token.
    OtherAccessToken,
    /// The token names nobody.
    Nobody,
    /// The token has no signature (`alg: none`).
    Unsigned,
    /// The token is signed with the public key as if it were a shared secret.
    SharedSecret,
    /// The token names a key that is not published.
    UnknownKey,
    /// The token names the published key and is signed by another.
    ForeignKey,
    /// The claims were changed after signing.
    Changed,
    /// The answer holds no token.
    NoToken,
    /// The description is that of another provider.
    DescribesAnother,
    /// The description names an address of this machine's network for the keys.
    KeysElsewhere,
    /// The keys are not there.
    NoKeys,
    /// The token endpoint answers with a megabyte.
    Huge,
    /// The token endpoint does not answer.
    Slow,
    /// The token endpoint sends the request on to another address.
    Redirects,
    /// The token endpoint fails.
    Fails,
}

/// How tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// ES256.
    Es256,
    /// RS256.
    Rs256,
    /// PS256.
    Ps256,
}

/// A running provider; it ends with this value.
pub struct Provider {
    issuer: String,
    state: Arc<Mutex<State>>,
    /// Answers that never come wait until this is gone.
    _alive: mpsc::Sender<()>,
}

struct State {
    clock: Clock,
    issuer: String,
    fault: Option<Fault>,
    signing: Signing,
    key: EcdsaKeyPair,
    key_id: u32,
    /// What it says of whoever signs in, in the token.
    person: Value,
    /// What it says besides, at the userinfo endpoint.
    besides: Value,
    /// Whether answers name their issuer, and it says so.
    names_itself: bool,
    codes: HashMap<String, Granted>,
    used: Vec<String>,
    asked: Vec<String>,
    count: u32,
}

struct Granted {
    nonce: String,
    challenge: String,
    redirect: String,
}

fn new_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key can be made");
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).expect("it reads back")
}

pub(crate) fn rsa_key() -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(&unpacked(RSA)).expect("the test key is a key")
}

fn unpacked(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).expect("the test key is PEM")
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The parameters of an address or a form.
fn parameters(text: &str) -> HashMap<String, String> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

impl Provider {
    /// Starts one on a free port of this machine.
    pub fn start(clock: &Clock) -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("the port's address"));
        let state = Arc::new(Mutex::new(State {
            clock: clock.clone(),
            issuer: issuer.clone(),
            fault: None,
            signing: Signing::Es256,
            key: new_key(),
            key_id: 1,
            person: json!({"sub": "s1"}),
            besides: json!({}),
            names_itself: false,
            codes: HashMap::new(),
            used: vec![],
            asked: vec![],
            count: 0,
        }));
        let (alive, gone) = mpsc::channel::<()>();
        let gone = Arc::new(Mutex::new(gone));
        let served = state.clone();
        // The listener lives as long as the process: a test's port is free again when the test has ended.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, gone) = (served.clone(), gone.clone());
                thread::spawn(move || drop(serve(stream, &state, &gone)));
            }
        });
        Provider { issuer, state, _alive: alive }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its issuer, without a slash at the end.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// From now on it does this wrong, or nothing.
    pub fn misbehave(&self, fault: impl Into<Option<Fault>>) {
        self.state().fault = fault.into();
    }

    /// From now on it signs so.
    pub fn sign_by(&self, signing: Signing) {
        self.state().signing = signing;
    }

    /// Whoever signs in from now on: claims of the token, `sub` among them.
    pub fn somebody(&self, claims: Value) {
        self.state().person = claims;
    }

    /// What it says of them at the userinfo endpoint besides.
    pub fn besides(&self, claims: Value) {
        self.state().besides = claims;
    }

    /// From now on its answers name it, and it says that they do (RFC 9207).
    pub fn name_itself(&self) {
        self.state().names_itself = true;
    }

    /// Signs with a new key from now on, and publishes no other.
    pub fn rotate_keys(&self) {
        let mut state = self.state();
        state.key = new_key();
        state.key_id += 1;
    }

    /// The paths that were asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    /// Signs somebody in who was sent to this address, and gives the path and query of this site that they come back to.
    pub fn sign_in(&self, sent_to: &str) -> String {
        let query =
            sent_to.strip_prefix(&format!("{}/authorise?", self.issuer)).expect("they were sent to this provider");
        let asked = parameters(query);
        let said = |name: &str| asked.get(name).unwrap_or_else(|| panic!("{name} is missing in {query}")).clone();
        assert_eq!((said("response_type"), said("client_id")), ("code".to_owned(), CLIENT.to_owned()));
        assert_eq!(said("code_challenge_method"), "S256");
        let mut state = self.state();
        state.count += 1;
        let code = format!("code-{}+/", state.count);
        let redirect = said("redirect_uri");
        let granted = Granted { nonce: said("nonce"), challenge: said("code_challenge"), redirect: redirect.clone() };
        state.codes.insert(code.clone(), granted);
        let mut answer = form_urlencoded::Serializer::new(String::new());
        answer.append_pair("code", &code).append_pair("state", &said("state")).append_pair("session_state", "x");
        if state.names_itself {
            answer.append_pair("iss", &state.issuer);
        }
        let path = redirect.splitn(4, '/').nth(3).unwrap_or_default();
        format!("/{path}?{}", answer.finish())
    }
}

/// What is answered: status, more header lines, body.
type Answer = (u16, String, String);

fn serve(mut stream: TcpStream, state: &Mutex<State>, gone: &Mutex<mpsc::Receiver<()>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let (answer, fault) = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.asked.push(path.clone());
        (state.answer(&path, &headers, &body), state.fault)
    };
    if fault == Some(Fault::Slow) && path == "/token" {
        // Until the provider is gone: an error, which is what is waited for.
        gone.lock().unwrap_or_else(PoisonError::into_inner).recv().unwrap_or_default();
    }
    let (status, more, body) = answer;
    write!(
        stream,
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{more}\r\n{body}",
        body.len()
    )
}

impl State {
    fn answer(&mut self, path: &str, headers: &HashMap<String, String>, body: &str) -> Answer {
        let plain = |value: Value| (200, String::new(), value.to_string());
        match (path, self.fault) {
            ("/.well-known/openid-configuration", _) => plain(self.description()),
            ("/keys", Some(Fault::NoKeys)) | ("/token", Some(Fault::Fails)) => {
                (503, String::new(), json!({"error": "temporarily_unavailable"}).to_string())
            }
            ("/keys", _) => plain(json!({"keys": self.published()})),
            ("/token", Some(Fault::Huge)) => {
                (200, String::new(), format!("{{\"id_token\":\"{}\"}}", "a".repeat(1_000_000)))
            }
            ("/token", Some(Fault::Redirects)) => {
                (307, format!("location: {}/elsewhere\r\n", self.issuer), String::new())
            }
            ("/token", _) => match self.token(headers, body) {
                Ok(answer) => plain(answer),
                Err(error) => (400, String::new(), json!({"error": error}).to_string()),
            },
            ("/userinfo", _) => {
                assert_eq!(headers.get("authorization").map(String::as_str), Some("Bearer access"));
                let mut told = self.besides.clone();
                told["sub"] = self.person["sub"].clone();
                if self.fault == Some(Fault::OtherPerson) {
                    told["sub"] = json!("somebody-else");
                }
                plain(told)
            }
            _ => (404, String::new(), "{}".to_owned()),
        }
    }

    fn description(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
        let (mut issuer, mut keys) = (self.issuer.clone(), at("/keys"));
        match self.fault {
            Some(Fault::DescribesAnother) => issuer.push_str("/other"),
            Some(Fault::KeysElsewhere) => keys = "http://10.0.0.1/keys".to_owned(),
            _ => {}
        }
        json!({
            "issuer": issuer, "jwks_uri": keys, "authorization_endpoint": at("/authorise"), "token_endpoint": at("/token"),
            "userinfo_endpoint": at("/userinfo"), "end_session_endpoint": at("/end"),
            "authorization_response_iss_parameter_supported": self.names_itself,
        })
    }

    fn published(&self) -> Vec<Value> {
        let point = self.key.public_key().as_ref();
        let (x, y) = (encode(&point[1..33]), encode(&point[33..65]));
        let rsa = rsa::PublicKeyComponents::<Vec<u8>>::from(rsa_key().public());
        let (n, e) = (encode(rsa.n), encode(rsa.e));
        vec![
            json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": format!("ec-{}", self.key_id), "use": "sig"}),
            json!({"kty": "RSA", "n": n, "e": e, "kid": "rsa"}),
        ]
    }

    /// Checks the exchange of a code as a good provider does, and issues a token.
    fn token(&mut self, headers: &HashMap<String, String>, body: &str) -> Result<Value, &'static str> {
        let form = parameters(body);
        let said = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        self.client(headers, &form)?;
        let granted = self.codes.remove(said("code")).ok_or("invalid_grant")?;
        let challenge = encode(Sha256::digest(said("code_verifier").as_bytes()));
        if challenge != granted.challenge || said("redirect_uri") != granted.redirect {
            return Err("invalid_grant");
        }
        let mut answer = json!({"access_token": "access", "token_type": "Bearer", "expires_in": 60});
        if self.fault != Some(Fault::NoToken) {
            answer["id_token"] = json!(self.issue(&granted.nonce));
        }
        Ok(answer)
    }

    /// Who asks: by secret in either way, or by a token signed with their private key, each of which works once.
    fn client(
        &mut self,
        headers: &HashMap<String, String>,
        form: &HashMap<String, String>,
    ) -> Result<(), &'static str> {
        let refused = Err("invalid_client");
        if let Some(assertion) = form.get("client_assertion") {
            let parts: Vec<&str> = assertion.split('.').collect();
            let read = |at: usize| -> Option<Value> {
                serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.get(at)?).ok()?).ok()
            };
            let (Some(header), Some(claims)) = (read(0), read(1)) else { return refused };
            let key =
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &unpacked(CLIENT_KEY), &SystemRandom::new())
                    .expect("the test key is a key");
            let signature = URL_SAFE_NO_PAD.decode(parts.last().copied().unwrap_or_default()).unwrap_or_default();
            let signed = assertion.rsplit_once('.').map_or("", |(signed, _)| signed);
            let proved = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref());
            let once = claims["jti"].as_str().unwrap_or_default().to_owned();
            let now = self.clock.now().as_second();
            let right = header["alg"] == "ES256"
                && header["kid"] == "client-1"
                && claims["iss"] == CLIENT
                && claims["sub"] == CLIENT
                && claims["aud"] == format!("{}/token", self.issuer)
                && claims["exp"].as_i64().is_some_and(|expires| expires > now && expires <= now + 300)
                && !once.is_empty()
                && !self.used.contains(&once)
                && proved.verify(signed.as_bytes(), &signature).is_ok();
            self.used.push(once);
            return if right { Ok(()) } else { refused };
        }
        let secret = match headers.get("authorization").and_then(|value| value.strip_prefix("Basic ")) {
            Some(packed) => {
                let text = String::from_utf8(STANDARD.decode(packed).unwrap_or_default()).unwrap_or_default();
                let (client, secret) = text.split_once(':').unwrap_or_default();
                // Each was written as a form's value.
                let mut plain = parameters(&format!("client={client}&secret={secret}"));
                (plain.remove("client").as_deref() == Some(CLIENT)).then(|| plain.remove("secret")).flatten()
            }
            None => form.get("client_secret").cloned(),
        };
        if secret.as_deref() == Some(SECRET) { Ok(()) } else { refused }
    }

    fn issue(&self, nonce: &str) -> String {
        let now = self.clock.now().as_second();
        let mut claims = self.person.clone();
        let hash = Sha256::digest(b"access");
        for (name, value) in [
            ("iss", json!(self.issuer)),
            ("aud", json!(CLIENT)),
            ("iat", json!(now)),
            ("exp", json!(now + 300)),
            ("nonce", json!(nonce)),
            ("at_hash", json!(encode(&hash[..16]))),
        ] {
            claims[name] = value;
        }
        match self.fault {
            Some(Fault::Expired) => claims["exp"] = json!(now - 120),
            Some(Fault::NotYetValid) => claims["nbf"] = json!(now + 120),
            Some(Fault::IssuedAhead) => claims["iat"] = json!(now + 120),
            Some(Fault::OtherAudience) => claims["aud"] = json!("another"),
            Some(Fault::SeveralAudiences) => claims["aud"] = json!([CLIENT, "another"]),
            Some(Fault::OtherParty) => {
                claims["aud"] = json!([CLIENT, "another"]);
                claims["azp"] = json!("another");
            }
            Some(Fault::OtherIssuer) => claims["iss"] = json!("https://another.example"),
            Some(Fault::OtherNonce) => claims["nonce"] = json!("0".repeat(64)),
            Some(Fault::OtherAccessToken) => claims["at_hash"] = json!(encode([0; 16])),
            Some(Fault::Nobody) => drop(claims.as_object_mut().and_then(|claims| claims.remove("sub"))),
            _ => {}
        }
        self.signed(&claims)
    }

    fn signed(&self, claims: &Value) -> String {
        let (name, mut id) = match self.signing {
            Signing::Es256 => ("ES256", format!("ec-{}", self.key_id)),
            Signing::Rs256 => ("RS256", "rsa".to_owned()),
            Signing::Ps256 => ("PS256", "rsa".to_owned()),
        };
        if self.fault == Some(Fault::UnknownKey) {
            id = "nobody-knows".to_owned();
        }
        let part =
            |header: &Value, claims: &Value| format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        match self.fault {
            Some(Fault::Unsigned) => return format!("{}.", part(&json!({"alg": "none"}), claims)),
            Some(Fault::SharedSecret) => {
                let signed = part(&json!({"alg": "HS256", "kid": id}), claims);
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.public_key().as_ref());
                return format!("{signed}.{}", encode(hmac::sign(&key, signed.as_bytes())));
            }
            _ => {}
        }
        let signed = part(&json!({"alg": name, "typ": "JWT", "kid": id}), claims);
        let random = SystemRandom::new();
        let signature = match self.signing {
            Signing::Es256 => {
                let foreign = new_key();
                let key = if self.fault == Some(Fault::ForeignKey) { &foreign } else { &self.key };
                key.sign(&random, signed.as_bytes()).expect("it signs").as_ref().to_vec()
            }
            Signing::Rs256 | Signing::Ps256 => {
                let key = rsa_key();
                let mut signature = vec![0; key.public().modulus_len()];
                let how: &dyn ring::signature::RsaEncoding =
                    if self.signing == Signing::Rs256 { &RSA_PKCS1_SHA256 } else { &RSA_PSS_SHA256 };
                key.sign(how, &random, signed.as_bytes(), &mut signature).expect("it signs");
                signature
            }
        };
        if self.fault == Some(Fault::Changed) {
            let mut changed = claims.clone();
            changed["sub"] = json!("somebody-else");
            let header = signed.split('.').next().unwrap_or_default();
            return format!("{header}.{}.{}", encode(changed.to_string()), encode(signature));
        }
        format!("{signed}.{}", encode(signature))
    }
}
