//! What a proved token must say before anybody is believed to be somebody (OpenID Connect Core 1.0, 3.1.3.7).
//!
//! Pure: claims and the moment in, one refusal or the identity out. The signature was checked before, by `jose`.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use vocabulary::Timestamp;

use super::{jose, settings::ProviderSettings};

/// How far a provider's clock may be from ours, in seconds.
const SKEW: i64 = 60;
/// Longest subject (OpenID Connect Core 1.0, 2).
const LONGEST_SUBJECT: usize = 255;

/// What a token does not say as it must. For the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unacceptable {
    #[error("the token was issued by somebody else")]
    Issuer,
    #[error("the token is for another audience")]
    Audience,
    #[error("the token is for several audiences and does not say which one asked, or says another")]
    AuthorisedParty,
    #[error("the token has expired, or says no time")]
    Expired,
    #[error("the token is not valid yet")]
    NotYet,
    #[error("the token answers another request: its nonce is not ours")]
    Nonce,
    #[error("the token belongs to another access token")]
    AccessToken,
    #[error("the token names nobody, or by a name longer than 255 characters")]
    Subject,
    #[error("the person was not authenticated as strongly as was asked for")]
    Assurance,
}

/// What the token is the answer to.
pub(crate) struct Expected<'a> {
    pub(crate) nonce: &'a str,
    pub(crate) access_token: Option<&'a str>,
    pub(crate) now: Timestamp,
}

/// Checks all of it and gives the subject.
pub(crate) fn check(
    claims: &Map<String, Value>,
    settings: &ProviderSettings,
    expected: &Expected<'_>,
) -> Result<String, Unacceptable> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let client = settings.client_id.as_str();
    if text("iss") != Some(settings.issuer.as_str()) {
        return Err(Unacceptable::Issuer);
    }
    let audiences = match claims.get("aud") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => several.iter().map(|one| one.as_str().unwrap_or_default()).collect(),
        _ => vec![],
    };
    if !audiences.contains(&client) {
        return Err(Unacceptable::Audience);
    }
    let party = claims.get("azp").map(|party| party.as_str() == Some(client));
    if party == Some(false) || (audiences.len() > 1 && party.is_none()) {
        return Err(Unacceptable::AuthorisedParty);
    }
    let now = expected.now.as_second();
    let moment = |name: &str| claims.get(name).and_then(seconds);
    if moment("exp").is_none_or(|expires| expires <= now - SKEW) {
        return Err(Unacceptable::Expired);
    }
    if moment("iat").is_none_or(|issued| issued > now + SKEW) || moment("nbf").is_some_and(|begins| begins > now + SKEW)
    {
        return Err(Unacceptable::NotYet);
    }
    if text("nonce") != Some(expected.nonce) {
        return Err(Unacceptable::Nonce);
    }
    if let Some(stated) = claims.get("at_hash") {
        let hash = expected.access_token.map(half_hash);
        if hash.is_none() || stated.as_str() != hash.as_deref() {
            return Err(Unacceptable::AccessToken);
        }
    }
    let among = |name: &str, wanted: &[String]| {
        wanted.is_empty() || text(name).is_some_and(|value| wanted.iter().any(|wanted| wanted == value))
    };
    if !among("acr", &settings.acr_values) || !among("vot", &settings.vtr) {
        return Err(Unacceptable::Assurance);
    }
    let subject =
        text("sub").filter(|subject| (1..=LONGEST_SUBJECT).contains(&subject.len()) && !subject.contains('\0'));
    subject.map(str::to_owned).ok_or(Unacceptable::Subject)
}

/// Whole seconds; providers may send fractions.
fn seconds(value: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a second does not count, and `as` saturates")]
    let whole = |fraction: f64| fraction.floor() as i64;
    value.as_i64().or_else(|| value.as_f64().map(whole))
}

/// The left half of the access token's hash: every accepted algorithm hashes by SHA-256.
fn half_hash(access_token: &str) -> String {
    let hash = Sha256::digest(access_token.as_bytes());
    jose::encode(hash.get(..16).unwrap_or_default())
}

/// The values of a claim as texts: itself, or each of a list. `a.b` is also claim b within claim a.
pub(crate) fn values<'a>(claims: &'a Map<String, Value>, name: &str) -> Vec<&'a str> {
    let found = claims.get(name).or_else(|| {
        let mut parts = name.split('.');
        let first = claims.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    });
    match found {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use std::path::Path;

    use serde_json::json;

    use super::{super::settings, *};

    fn settings(more: &str) -> ProviderSettings {
        let text = format!(
            "[[provider]]\nid = \"a\"\nlabel = \"A\"\nissuer = \"https://id.example\"\nclient_id = \"us\"\n\
             authentication = \"client_secret_basic\"\nsecret_environment = \"S\"\n{more}"
        );
        settings::read(&text, Path::new("/"), &|_| Some("s".to_owned())).unwrap().providers.remove(0)
    }

    /// The good token of this moment with some claims set otherwise; `null` takes one out.
    fn checked(changes: Value, more: &str) -> Result<String, Unacceptable> {
        let now: Timestamp = "2026-03-03T10:00:00Z".parse().unwrap();
        let at = now.as_second();
        let mut claims =
            json!({"iss": "https://id.example", "aud": "us", "sub": "s1", "nonce": "n", "exp": at + 300, "iat": at});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let mut claims = claims.as_object().unwrap().clone();
        claims.retain(|_, value| !value.is_null());
        check(&claims, &settings(more), &Expected { nonce: "n", access_token: Some("token"), now })
    }

    #[test]
    fn each_claim_must_be_as_it_must_be() {
        let at = "2026-03-03T10:00:00Z".parse::<Timestamp>().unwrap().as_second();
        assert_eq!(checked(json!({}), ""), Ok("s1".to_owned()));
        for (changes, refusal) in [
            (json!({"iss": "https://id.example/"}), Unacceptable::Issuer),
            (json!({"iss": null}), Unacceptable::Issuer),
            (json!({"aud": "them"}), Unacceptable::Audience),
            (json!({"aud": null}), Unacceptable::Audience),
            (json!({"aud": ["them", 7]}), Unacceptable::Audience),
            (json!({"aud": ["us", "them"]}), Unacceptable::AuthorisedParty),
            (json!({"aud": ["us", "them"], "azp": "them"}), Unacceptable::AuthorisedParty),
            (json!({"azp": "them"}), Unacceptable::AuthorisedParty),
            (json!({"exp": at - 60}), Unacceptable::Expired),
            (json!({"exp": null}), Unacceptable::Expired),
            (json!({"exp": "tomorrow"}), Unacceptable::Expired),
            (json!({"iat": at + 61}), Unacceptable::NotYet),
            (json!({"iat": null}), Unacceptable::NotYet),
            (json!({"nbf": at + 61}), Unacceptable::NotYet),
            (json!({"nonce": "m"}), Unacceptable::Nonce),
            (json!({"nonce": null}), Unacceptable::Nonce),
            (json!({"at_hash": "AAAA"}), Unacceptable::AccessToken),
            (json!({"at_hash": 7}), Unacceptable::AccessToken),
            (json!({"sub": ""}), Unacceptable::Subject),
            (json!({"sub": null}), Unacceptable::Subject),
            (json!({"sub": "s".repeat(256)}), Unacceptable::Subject),
        ] {
            assert_eq!(checked(changes.clone(), ""), Err(refusal), "{changes}");
        }
        for good in [
            json!({"aud": ["us"]}),
            json!({"aud": ["us", "them"], "azp": "us"}),
            json!({"exp": at - 59, "iat": at + 60, "nbf": at + 60}),
            json!({"exp": at as f64 + 0.5}),
            json!({"at_hash": half_hash("token")}),
        ] {
            assert_eq!(checked(good.clone(), ""), Ok("s1".to_owned()), "{good}");
        }
    }

    #[test]
    fn what_was_asked_of_the_authentication_must_have_happened() {
        let (acr, vtr) = ("acr_values = [\"mfa\"]\n", "vtr = [\"Cl.Cm\"]\n");
        assert_eq!(checked(json!({"acr": "mfa"}), acr), Ok("s1".to_owned()));
        assert_eq!(checked(json!({"acr": "password"}), acr), Err(Unacceptable::Assurance));
        assert_eq!(checked(json!({}), acr), Err(Unacceptable::Assurance));
        assert_eq!(checked(json!({"vot": "Cl.Cm"}), vtr), Ok("s1".to_owned()));
        assert_eq!(checked(json!({"vot": "Cl"}), vtr), Err(Unacceptable::Assurance));
    }

    #[test]
    fn claims_are_found_by_name_and_by_path() {
        let claims = json!({"tid": "t", "groups": ["a", 7, "b"], "realm_access": {"roles": ["r"]}, "x.y": "exact", "x": {"y": "path"}});
        let claims = claims.as_object().unwrap();
        assert_eq!(values(claims, "tid"), ["t"]);
        assert_eq!(values(claims, "groups"), ["a", "b"]);
        assert_eq!(values(claims, "realm_access.roles"), ["r"]);
        assert_eq!(values(claims, "x.y"), ["exact"]);
        assert_eq!(values(claims, "groups.a.b"), Vec::<&str>::new());
        assert_eq!(values(claims, ""), Vec::<&str>::new());
    }

    /// The example of OpenID Connect Core 1.0, A.3.
    #[test]
    fn the_access_tokens_hash_is_the_standards() {
        assert_eq!(half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
