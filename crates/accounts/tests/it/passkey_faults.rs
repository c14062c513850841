//! Everything that somebody could bend in what browser and authenticator say, and what becomes of it: nothing.

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testing::authenticator::{Algorithm, Authenticator, EXTENSIONS, Made, NEW_KEY, USUAL, Used, bytes, encoded};

use crate::passkeys::{ADDRESS, REFUSED, add_made, added, confirm, listed, options, send_used, sent, world};
use crate::world::{BOTH, EDITOR};

/// One way to cheat: changes what is sent, and signs it again where it says so.
type Bend = fn(&mut Authenticator, &Value) -> Used;

fn words(device: &Authenticator, asked: &Value, change: impl FnOnce(&mut Value)) -> Used {
    let mut said = device.client_data("webauthn.get", asked);
    change(&mut said);
    device.signed(said.to_string().into_bytes(), device.authenticator_data(USUAL))
}

fn flags(device: &Authenticator, asked: &Value, flags: u8) -> Used {
    let said = device.client_data("webauthn.get", asked).to_string().into_bytes();
    device.signed(said, device.authenticator_data(flags))
}

fn data(device: &Authenticator, asked: &Value, more: &[u8], flags: u8) -> Used {
    let said = device.client_data("webauthn.get", asked).to_string().into_bytes();
    device.signed(said, [&device.authenticator_data(flags)[..], more].concat())
}

const USES: &[(&str, Bend)] = &[
    ("another site", |device, asked| words(device, asked, |said| said["origin"] = json!("https://evil.example"))),
    ("a site of the same name on another port", |device, asked| {
        words(device, asked, |said| said["origin"] = json!("https://commonhold.example:8443"))
    }),
    ("the same host without TLS", |device, asked| {
        words(device, asked, |said| said["origin"] = json!("http://commonhold.example"))
    }),
    ("within another site's page", |device, asked| words(device, asked, |said| said["crossOrigin"] = json!(true))),
    ("beneath another site's page", |device, asked| {
        words(device, asked, |said| said["topOrigin"] = json!("https://evil.example"))
    }),
    ("made, not used", |device, asked| words(device, asked, |said| said["type"] = json!("webauthn.create"))),
    ("a payment", |device, asked| words(device, asked, |said| said["type"] = json!("payment.get"))),
    ("no challenge", |device, asked| words(device, asked, |said| said["challenge"] = json!(""))),
    ("a challenge of its own", |device, asked| {
        words(device, asked, |said| said["challenge"] = json!(encoded(&[9; 32])))
    }),
    ("a longer challenge", |device, asked| {
        words(device, asked, |said| said["challenge"] = json!(format!("{}AA", asked["challenge"].as_str().unwrap())))
    }),
    ("words that are no JSON", |device, _| device.signed(b"webauthn.get".to_vec(), device.authenticator_data(USUAL))),
    ("words with two origins", |device, asked| {
        let said = device.client_data("webauthn.get", asked).to_string();
        let twice = said.replacen('{', "{\"origin\":\"https://evil.example\",", 1);
        device.signed(twice.into_bytes(), device.authenticator_data(USUAL))
    }),
    ("words without end", |device, asked| words(device, asked, |said| said["more"] = json!("x".repeat(5000)))),
    ("another host", |device, asked| {
        device.host = "evil.example".to_owned();
        device.sign(asked)
    }),
    ("nobody there", |device, asked| flags(device, asked, USUAL & !1)),
    ("nobody proved", |device, asked| flags(device, asked, USUAL & !4)),
    ("a key that was copied and cannot be", |device, asked| flags(device, asked, 0b0001_0101)),
    ("a key that stays on its device now", |device, asked| flags(device, asked, 0b0000_0101)),
    ("a new key in it", |device, asked| flags(device, asked, USUAL | NEW_KEY)),
    ("extensions that are not there", |device, asked| flags(device, asked, USUAL | EXTENSIONS)),
    ("extensions that nobody announced", |device, asked| data(device, asked, &[0xa0], USUAL)),
    ("extensions that are no map", |device, asked| data(device, asked, &[0x80], USUAL | EXTENSIONS)),
    ("extensions of open length", |device, asked| data(device, asked, &[0xbf, 0xff], USUAL | EXTENSIONS)),
    ("something after the extensions", |device, asked| data(device, asked, &[0xa0, 0], USUAL | EXTENSIONS)),
    ("data cut off", |device, asked| {
        let said = device.client_data("webauthn.get", asked).to_string().into_bytes();
        device.signed(said, device.authenticator_data(USUAL)[..36].to_vec())
    }),
    ("no data", |device, asked| {
        let said = device.client_data("webauthn.get", asked).to_string().into_bytes();
        device.signed(said, vec![])
    }),
    ("words changed after signing", |device, asked| {
        let mut used = device.sign(asked);
        used.client_data.push(b' ');
        used
    }),
    ("data changed after signing", |device, asked| {
        let mut used = device.sign(asked);
        used.authenticator_data[36] += 1;
        used
    }),
    ("a bent signature", |device, asked| {
        let mut used = device.sign(asked);
        let last = used.signature.len() - 1;
        used.signature[last] ^= 1;
        used
    }),
    ("no signature", |device, asked| Used { signature: vec![], ..device.sign(asked) }),
    ("another device's signature", |device, asked| {
        let mut other = Authenticator::at(ADDRESS, Algorithm::Es256);
        Used { signature: other.sign(asked).signature, ..device.sign(asked) }
    }),
    ("a signature of another sort of key", |device, asked| {
        let mut other = Authenticator::at(ADDRESS, Algorithm::EdDsa);
        Used { signature: other.sign(asked).signature, ..device.sign(asked) }
    }),
    ("a device that nobody has", |device, asked| {
        let mut other = Authenticator::at(ADDRESS, Algorithm::Es256);
        other.user.clone_from(&device.user);
        other.sign(asked)
    }),
    ("no name of the key", |device, asked| Used { credential: vec![], ..device.sign(asked) }),
    ("a name of the key that is too long", |device, asked| Used { credential: vec![1; 1024], ..device.sign(asked) }),
    ("nobody's", |device, asked| Used { user_handle: None, ..device.sign(asked) }),
    ("another person's", |device, asked| Used { user_handle: Some(vec![7; 16]), ..device.sign(asked) }),
];

#[tokio::test]
async fn no_bent_use_signs_anybody_in() {
    let world = world();
    let mut owner = world.signed_in(EDITOR).await;
    let mut device = added(&mut owner, "Telephone").await;
    for (what, bend) in USES {
        let mut browser = world.browser();
        let asked = options(&browser.post("/sign-in/passkey", &[]).await);
        let host = device.host.clone();
        let used = bend(&mut device, &asked);
        device.host = host;
        let refused = send_used(&mut browser, &used).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{what}: {}", refused.body);
        assert!(refused.body.contains(REFUSED), "{what}: {}", refused.body);
        assert_eq!(browser.who().await, "visitor", "{what}");
    }
    // And what is not bent does, with extensions that are ignored.
    let mut browser = world.browser();
    let asked = options(&browser.post("/sign-in/passkey", &[]).await);
    let used = data(&device, &asked, b"\xa1\x63foo\xf5", USUAL | EXTENSIONS);
    assert_eq!(send_used(&mut browser, &used).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.who().await, "ashmere/editor");
}

#[tokio::test]
async fn a_challenge_is_good_once_soon_and_for_one_browser_and_purpose() {
    let world = world();
    let mut owner = world.signed_in(EDITOR).await;
    let mut device = added(&mut owner, "Telephone").await;
    // Twice.
    let mut browser = world.browser();
    let asked = options(&browser.post("/sign-in/passkey", &[]).await);
    let away = browser.away.clone();
    let used = device.sign(&asked);
    assert_eq!(send_used(&mut browser, &used).await.status, StatusCode::SEE_OTHER);
    browser.post("/sign-out", &[]).await;
    browser.away = away;
    assert!(send_used(&mut browser, &used).await.body.contains(REFUSED), "a replay");
    // A refused one is used up too.
    let asked = options(&browser.post("/sign-in/passkey", &[]).await);
    let good = device.sign(&asked);
    let bent = Used { signature: vec![1], ..good.clone() };
    assert!(send_used(&mut browser, &bent).await.body.contains(REFUSED));
    assert!(send_used(&mut browser, &good).await.body.contains(REFUSED), "a second try");
    // Too late.
    let asked = options(&browser.post("/sign-in/passkey", &[]).await);
    world.later(SignedDuration::from_mins(5));
    assert!(send_used(&mut browser, &device.sign(&asked)).await.body.contains(REFUSED), "too late");
    // In another browser, with a cookie of its own or none: and the right one can still use it.
    let asked = options(&browser.post("/sign-in/passkey", &[]).await);
    let used = device.sign(&asked);
    let mut other = world.browser();
    assert!(send_used(&mut other, &used).await.body.contains(REFUSED), "without a cookie");
    other.post("/sign-in/passkey", &[]).await;
    assert!(send_used(&mut other, &used).await.body.contains(REFUSED), "with another cookie");
    assert_eq!(send_used(&mut browser, &used).await.status, StatusCode::SEE_OTHER);
    // For another purpose, in both directions.
    let asked = options(&browser.post("/account/confirm", &[("next", "/account")]).await);
    let mut visitor = world.browser();
    visitor.post("/sign-in/passkey", &[]).await;
    assert!(send_used(&mut visitor, &device.sign(&asked)).await.body.contains(REFUSED), "confirming is no sign-in");
    let asked = options(&visitor.post("/sign-in/passkey", &[]).await);
    let refused = sent(&mut browser, "/account/confirm/passkey", &device.sign(&asked).fields()).await;
    assert!(refused.body.contains(REFUSED), "signing in is no confirming");
    let asked = options(&owner.post("/account/sign-in/passkeys/new", &[]).await);
    let refused = sent(&mut owner, "/account/confirm/passkey", &device.sign(&asked).fields()).await;
    assert!(refused.body.contains(REFUSED), "adding is no confirming");
    assert_eq!(world.count("SELECT COUNT(*) FROM passkey_challenge WHERE purpose = 'confirm'", &[]), 1);
}

#[tokio::test]
async fn nobody_confirms_with_somebody_elses_passkey_or_challenge() {
    let world = world();
    let mut owner = world.signed_in(EDITOR).await;
    let mut device = added(&mut owner, "Telephone").await;
    let mut other = world.signed_in(BOTH).await;
    let mut others = added(&mut other, "Theirs").await;
    // One's own challenge, another's device.
    let refused = confirm(&mut other, &mut device, "/account").await;
    assert!(refused.body.contains(REFUSED), "{}", refused.body);
    // The same with the device saying that it is one's own.
    let asked = options(&other.post("/account/confirm", &[("next", "/account")]).await);
    let used = Used { user_handle: Some(others.user.clone()), ..device.sign(&asked) };
    let refused = sent(&mut other, "/account/confirm/passkey", &used.fields()).await;
    assert!(refused.body.contains(REFUSED), "{}", refused.body);
    // Another's challenge, one's own device: in each of the two sessions.
    let asked = options(&owner.post("/account/confirm", &[("next", "/account")]).await);
    for browser in [&mut other, &mut owner] {
        let refused = sent(browser, "/account/confirm/passkey", &others.sign(&asked).fields()).await;
        assert!(refused.body.contains(REFUSED), "{}", refused.body);
    }
    // Another's passkey is not one's own to remove.
    let id = listed(&mut owner).await[0]["id"].as_str().unwrap().to_owned();
    let address = format!("/account/sign-in/passkeys/{id}/remove");
    assert_eq!(other.get(&address).await.status, StatusCode::NOT_FOUND);
    assert_eq!(other.post(&address, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(listed(&mut owner).await.len(), 1);
}

/// One way to cheat with a new key.
type BendNew = fn(&mut Authenticator, &Value) -> Vec<(&'static str, String)>;

fn with_attestation(made: &Made, attestation: &[u8]) -> Vec<(&'static str, String)> {
    vec![("client_data", encoded(&made.client_data)), ("attestation", encoded(attestation))]
}

fn said(device: &mut Authenticator, asked: &Value, change: impl FnOnce(&mut Value)) -> Vec<(&'static str, String)> {
    let mut said = device.client_data("webauthn.create", asked);
    change(&mut said);
    Made { client_data: said.to_string().into_bytes(), ..device.make(asked) }.fields()
}

/// What is sent with these bytes for a key.
fn with_key(device: &mut Authenticator, asked: &Value, key: &[u8]) -> Vec<(&'static str, String)> {
    let mut made = device.make(asked);
    let length = device.public_key().len();
    made.authenticator_data.truncate(made.authenticator_data.len() - length);
    made.authenticator_data.extend(key);
    made.fields()
}

const NEW_KEYS: &[(&str, BendNew)] = &[
    ("another site", |device, asked| said(device, asked, |said| said["origin"] = json!("https://evil.example"))),
    ("used, not made", |device, asked| said(device, asked, |said| said["type"] = json!("webauthn.get"))),
    ("within another site", |device, asked| said(device, asked, |said| said["crossOrigin"] = json!(true))),
    ("another challenge", |device, asked| said(device, asked, |said| said["challenge"] = json!(encoded(&[1; 32])))),
    ("another host", |device, asked| {
        device.host = "example".to_owned();
        device.make(asked).fields()
    }),
    ("nobody there", |device, asked| {
        device.flags = USUAL & !1;
        device.make(asked).fields()
    }),
    ("nobody proved", |device, asked| {
        device.flags = USUAL & !4;
        device.make(asked).fields()
    }),
    ("no key announced", |device, asked| {
        let mut made = device.make(asked);
        made.authenticator_data[32] &= !NEW_KEY;
        made.fields()
    }),
    ("data cut off", |device, asked| {
        let mut made = device.make(asked);
        made.authenticator_data.truncate(60);
        made.fields()
    }),
    ("a key cut off", |device, asked| {
        let mut made = device.make(asked);
        made.authenticator_data.pop();
        made.fields()
    }),
    ("something after the key", |device, asked| {
        let mut made = device.make(asked);
        made.authenticator_data.push(0);
        made.fields()
    }),
    ("a key without a name", |device, asked| {
        device.credential = vec![];
        device.make(asked).fields()
    }),
    ("a key whose name is too long", |device, asked| {
        device.credential = vec![7; 1024];
        device.make(asked).fields()
    }),
    ("an attestation cut off", |device, asked| {
        let made = device.make(asked);
        let whole = made.attestation();
        with_attestation(&made, &whole[..whole.len() - 1])
    }),
    ("something after the attestation", |device, asked| {
        let made = device.make(asked);
        with_attestation(&made, &[made.attestation(), vec![0]].concat())
    }),
    ("an attestation of open length", |device, asked| {
        let made = device.make(asked);
        with_attestation(&made, &[&[0xbf], &made.attestation()[1..], &[0xff]].concat())
    }),
    ("an attestation that contradicts itself", |device, asked| {
        let made = device.make(asked);
        let head = b"\xa3\x63fmt\x64none\x67attStmt\xa1\x61a\x01\x68authData";
        with_attestation(&made, &[&head[..], &bytes(&made.authenticator_data)].concat())
    }),
    ("an attestation without data", |device, asked| {
        let made = device.make(asked);
        with_attestation(&made, b"\xa2\x63fmt\x64none\x67attStmt\xa0")
    }),
    ("an attestation that is no CBOR", |device, asked| {
        let made = device.make(asked);
        with_attestation(&made, b"{}")
    }),
    ("an attestation without end", |device, asked| {
        let made = device.make(asked);
        with_attestation(&made, &vec![0; 40_000])
    }),
    ("no attestation", |device, asked| vec![("client_data", encoded(&device.make(asked).client_data))]),
    ("nothing at all", |_, _| vec![]),
    ("not base64url", |device, asked| {
        vec![("client_data", "+/+/".to_owned()), ("attestation", device.make(asked).fields()[1].1.clone())]
    }),
    ("another algorithm: ES384 on P-256", |device, asked| {
        let mut key = device.public_key();
        // -35 takes two bytes.
        key.splice(4..5, [0x38, 0x22]);
        with_key(device, asked, &key)
    }),
    ("another curve", |device, asked| {
        let mut key = device.public_key();
        key[6] = 2;
        with_key(device, asked, &key)
    }),
    ("a point of another length", |device, asked| {
        let key = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21][..], &bytes(&[1; 31]), &[0x22], &bytes(&[1; 32])].concat();
        with_key(device, asked, &key)
    }),
    ("RSA of 1,024 bits", |device, asked| {
        let key = [&[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20][..], &bytes(&[0xff; 128]), &[0x21], &bytes(&[1, 0, 1])].concat();
        with_key(device, asked, &key)
    }),
    ("a key without an algorithm", |device, asked| with_key(device, asked, &[0xa1, 1, 2])),
    ("a key that is a list", |device, asked| with_key(device, asked, &[0x80])),
];

#[tokio::test]
async fn no_bent_key_is_added() {
    let world = world();
    let mut browser = world.signed_in(EDITOR).await;
    for (what, bend) in NEW_KEYS {
        let asked = options(&browser.post("/account/sign-in/passkeys/new", &[]).await);
        let mut fields = bend(&mut Authenticator::at(ADDRESS, Algorithm::Es256), &asked);
        fields.push(("name", "Bent".to_owned()));
        let refused = sent(&mut browser, "/account/sign-in/passkeys", &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{what}: {}", refused.body);
        assert!(refused.body.contains("The passkey was not added"), "{what}: {}", refused.body);
    }
    assert!(listed(&mut browser).await.is_empty());
    // Another person's challenge, and one's own after signing in again.
    let asked = options(&browser.post("/account/sign-in/passkeys/new", &[]).await);
    let made = Authenticator::at(ADDRESS, Algorithm::Es256).make(&asked);
    let mut other = world.signed_in(BOTH).await;
    let mut again = world.signed_in(EDITOR).await;
    for stranger in [&mut other, &mut again] {
        assert!(add_made(stranger, "Theirs", &made).await.body.contains("The passkey was not added"));
    }
    // A device that says something of its make is believed no more, and no less, than one that does not.
    let made = {
        let made = Authenticator::at(ADDRESS, Algorithm::Es256).make(&asked);
        let head = b"\xa3\x63fmt\x66packed\x67attStmt\xa2\x63alg\x26\x63sig\x41\x00\x68authData";
        with_attestation(&made, &[&head[..], &bytes(&made.authenticator_data)].concat())
    };
    let fields = [made, vec![("name", "Speaks".to_owned())]].concat();
    assert_eq!(sent(&mut browser, "/account/sign-in/passkeys", &fields).await.status, StatusCode::SEE_OTHER);
}
