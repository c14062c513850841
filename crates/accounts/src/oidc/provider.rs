//! One provider while the program runs: what it publishes about itself, kept for a while, and the requests made to it.
//!
//! Its description and keys are fetched when first needed and again after an hour. A token with a key id that is not
//! known has the keys fetched at once, so that a provider may change them at any time, but no more than once a minute, so
//! that nobody can make this copy ask without end. A provider that does not answer is not asked again for ten seconds.

use std::sync::Arc;

use form_urlencoded::Serializer;
use serde_json::{Map, Value, json};
use tokio::sync::{Mutex, Semaphore};
use vocabulary::{Chance, Timestamp};

use super::{
    Failure,
    claims::{self, Expected},
    http::{Credential, Http, Unanswered},
    jose::{Keys, Unproved, encode},
    settings::{Audience, Authentication, ProviderSettings},
};
use crate::token::Token;

const MICROSECONDS: i64 = 1_000_000;
/// How long a description and keys are kept.
const KEPT: i64 = 60 * 60 * MICROSECONDS;
/// How soon keys are fetched once more for one that is not known.
const BETWEEN_KEYS: i64 = 60 * MICROSECONDS;
/// How soon a provider that did not answer is asked again.
const BETWEEN_TRIES: i64 = 10 * MICROSECONDS;
/// Most requests to one provider at the same time.
const AT_ONCE: usize = 8;
/// How long a proof by private key is good, in seconds.
const ASSERTION: i64 = 120;

/// A provider that people may sign in with.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) settings: ProviderSettings,
    http: Http,
    state: Mutex<State>,
    permits: Semaphore,
}

#[derive(Debug, Default)]
struct State {
    known: Option<Arc<Known>>,
    /// When keys were last fetched for one that was not known.
    keys_asked_at: Option<i64>,
    failed: Option<(i64, Failure)>,
}

/// What a provider publishes.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    pub(crate) end_session_endpoint: Option<String>,
    /// Whether answers name their issuer (RFC 9207).
    pub(crate) answers_name_issuer: bool,
    pub(crate) keys: Keys,
    at: i64,
}

/// What people come back with, and what was remembered for them.
pub(crate) struct Exchange<'a> {
    pub(crate) code: &'a str,
    pub(crate) verifier: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) redirect: &'a str,
}

/// What is sent to a provider: names and values.
type Fields = Vec<(&'static str, String)>;

/// Somebody whom a provider vouches for.
#[derive(Debug)]
pub(crate) struct Proved {
    pub(crate) subject: String,
    pub(crate) claims: Map<String, Value>,
}

impl Provider {
    pub(crate) fn of(settings: ProviderSettings) -> Result<Provider, Unanswered> {
        let http = Http::of(&settings)?;
        Ok(Provider { settings, http, state: Mutex::default(), permits: Semaphore::new(AT_ONCE) })
    }

    /// What it publishes, fetched when there is none or it is old.
    pub(crate) async fn known(self: &Arc<Self>, now: Timestamp) -> Result<Arc<Known>, Failure> {
        let at = now.as_microsecond();
        let mut state = self.state.lock().await;
        if let Some(known) = state.known.as_ref().filter(|known| at - known.at < KEPT) {
            return Ok(known.clone());
        }
        if let Some((_, failure)) = state.failed.as_ref().filter(|(failed, _)| at - failed < BETWEEN_TRIES) {
            return match &state.known {
                Some(known) => Ok(known.clone()),
                None => Err(failure.clone()),
            };
        }
        match self.blocking(move |provider| provider.fetch(at)).await {
            Ok(known) => {
                let known = Arc::new(known);
                state.known = Some(known.clone());
                state.failed = None;
                Ok(known)
            }
            Err(failure) => {
                state.failed = Some((at, failure.clone()));
                // What it published an hour ago is better than nobody being able to sign in.
                match &state.known {
                    Some(known) => {
                        tracing::warn!(provider = %self.settings.id, %failure, "a provider's older keys are used");
                        Ok(known.clone())
                    }
                    None => Err(failure),
                }
            }
        }
    }

    /// The same with keys fetched anew, unless that was done within the last minute.
    async fn with_newer_keys(self: &Arc<Self>, known: Arc<Known>, now: Timestamp) -> Result<Arc<Known>, Failure> {
        let at = now.as_microsecond();
        let mut state = self.state.lock().await;
        if state.keys_asked_at.is_some_and(|asked| at - asked < BETWEEN_KEYS) {
            return Ok(state.known.clone().unwrap_or(known));
        }
        state.keys_asked_at = Some(at);
        let newer = Arc::new(self.blocking(move |provider| provider.fetch(at)).await?);
        state.known = Some(newer.clone());
        Ok(newer)
    }

    /// Fetches description and keys. Blocks.
    pub(crate) fn fetch(&self, at: i64) -> Result<Known, Failure> {
        let issuer = self.settings.issuer.as_str();
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let document = self.http.get("the description of the provider", &address, &Credential::None)?;
        if document["issuer"].as_str() != Some(issuer) {
            let stated = super::jose::tame(document["issuer"].as_str().unwrap_or("nobody"));
            return Err(Failure::OtherIssuer { stated });
        }
        let endpoint = |name: &'static str| -> Result<Option<String>, Failure> {
            let Some(address) = document[name].as_str() else { return Ok(None) };
            self.http.permits(name, address)?;
            Ok(Some(address.to_owned()))
        };
        let needed = |name: &'static str| endpoint(name)?.ok_or(Failure::Undescribed(name));
        let jwks_uri = needed("jwks_uri")?;
        let keys = Keys::read(&self.http.get("the provider's keys", &jwks_uri, &Credential::None)?);
        if keys.count() == 0 {
            return Err(Failure::Undescribed("signing key of a type that can be used"));
        }
        Ok(Known {
            authorization_endpoint: needed("authorization_endpoint")?,
            token_endpoint: needed("token_endpoint")?,
            userinfo_endpoint: endpoint("userinfo_endpoint")?,
            end_session_endpoint: endpoint("end_session_endpoint")?,
            answers_name_issuer: document["authorization_response_iss_parameter_supported"] == json!(true),
            keys,
            at,
        })
    }

    /// Where to send somebody who wants to sign in.
    pub(crate) fn authorisation(
        &self,
        known: &Known,
        state: &str,
        nonce: &str,
        challenge: &str,
        redirect: &str,
    ) -> String {
        let settings = &self.settings;
        let mut query = Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", &settings.scopes)
            .append_pair("state", state)
            .append_pair("nonce", nonce)
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256");
        if !settings.acr_values.is_empty() {
            query.append_pair("acr_values", &settings.acr_values.join(" "));
        }
        if !settings.vtr.is_empty() {
            query.append_pair("vtr", &json!(settings.vtr).to_string());
        }
        if let Some(claims) = &settings.claims {
            query.append_pair("claims", claims);
        }
        with_query(&known.authorization_endpoint, &query.finish())
    }

    /// Where somebody can end their session at the provider too; none where it offers no such thing.
    pub(crate) fn sign_out(&self, known: &Known, home: &str) -> Option<String> {
        let mut query = Serializer::new(String::new());
        query.append_pair("client_id", &self.settings.client_id).append_pair("post_logout_redirect_uri", home);
        Some(with_query(known.end_session_endpoint.as_deref()?, &query.finish()))
    }

    /// Exchanges the code for a token, proves it and checks what it says.
    pub(crate) async fn prove(
        self: &Arc<Self>,
        exchange: &Exchange<'_>,
        now: Timestamp,
        chance: &Chance,
    ) -> Result<Proved, Failure> {
        let known = self.known(now).await?;
        let (form, credential) = self.token_request(&known, exchange, now, chance)?;
        let endpoint = known.token_endpoint.clone();
        let answer = self
            .blocking(move |provider| {
                let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
                Ok(provider.http.post("the exchange of the code", &endpoint, &form, &credential)?)
            })
            .await?;
        let token = answer["id_token"].as_str().ok_or(Failure::Undescribed("id_token in its answer"))?;
        let access_token = answer["access_token"].as_str();
        let (known, mut claims) = match known.keys.prove(token, &self.settings.algorithms) {
            Err(Unproved::UnknownKey) => {
                let newer = self.with_newer_keys(known, now).await?;
                let claims = newer.keys.prove(token, &self.settings.algorithms)?;
                (newer, claims)
            }
            proved => (known, proved?),
        };
        let expected = Expected { nonce: exchange.nonce, access_token, now };
        let subject = claims::check(&claims, &self.settings, &expected)?;
        if let (false, Some(endpoint), Some(access)) =
            (claims.contains_key("email"), known.userinfo_endpoint.clone(), access_token)
        {
            self.add_userinfo(&mut claims, &subject, endpoint, access.to_owned()).await?;
        }
        Ok(Proved { subject, claims })
    }

    /// Adds what the provider says of the person elsewhere. What the token says holds against it.
    async fn add_userinfo(
        self: &Arc<Self>,
        claims: &mut Map<String, Value>,
        subject: &str,
        endpoint: String,
        access: String,
    ) -> Result<(), Failure> {
        let told = self
            .blocking(move |provider| {
                Ok(provider.http.get(
                    "what the provider says of the person",
                    &endpoint,
                    &Credential::Bearer(&access),
                )?)
            })
            .await?;
        // OpenID Connect Core 1.0, 5.3.2: without this, one person's facts could be given to another.
        if told["sub"].as_str() != Some(subject) {
            return Err(Failure::OtherPerson);
        }
        for (name, value) in told.as_object().into_iter().flatten() {
            claims.entry(name.as_str()).or_insert_with(|| value.clone());
        }
        Ok(())
    }

    /// The form that exchanges a code, and who we are.
    fn token_request(
        &self,
        known: &Known,
        exchange: &Exchange<'_>,
        now: Timestamp,
        chance: &Chance,
    ) -> Result<(Fields, Credential<'static>), Failure> {
        let client = self.settings.client_id.as_str();
        let mut form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", exchange.code.to_owned()),
            ("redirect_uri", exchange.redirect.to_owned()),
            ("code_verifier", exchange.verifier.to_owned()),
            ("client_id", client.to_owned()),
        ];
        let mut credential = Credential::None;
        match &self.settings.authentication {
            Authentication::SecretBasic(secret) => credential = Credential::Basic(basic(client, secret)),
            Authentication::SecretPost(secret) => form.push(("client_secret", secret.clone())),
            Authentication::PrivateKey { key, id, audience } => {
                let audience = match audience {
                    Audience::TokenEndpoint => &known.token_endpoint,
                    Audience::Issuer => &self.settings.issuer,
                };
                let at = now.as_second();
                let once = Token::new(chance).map_err(|_| Failure::OwnSide("there are no random bytes"))?;
                let claims = json!({
                    "iss": client, "sub": client, "aud": audience, "jti": once.as_str(), "iat": at, "exp": at + ASSERTION,
                });
                let proof = key.sign(&claims, id.as_deref());
                form.push((
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
                ));
                form.push(("client_assertion", proof.map_err(|_| Failure::OwnSide("the private key does not sign"))?));
            }
        }
        Ok((form, credential))
    }

    /// Asks on a thread that may wait, while at most a few others do.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Provider) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let _permit = self.permits.acquire().await.map_err(|_| Failure::OwnSide("the program is stopping"))?;
        let provider = self.clone();
        let span = tracing::Span::current();
        let worked = tokio::task::spawn_blocking(move || span.in_scope(|| work(&provider))).await;
        worked.map_err(|_| Failure::OwnSide("the request to the provider stopped"))?
    }
}

/// Name and secret, each as a form would write it, packed (RFC 6749, 2.3.1).
fn basic(client: &str, secret: &str) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let written = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    STANDARD.encode(format!("{}:{}", written(client), written(secret)))
}

fn with_query(address: &str, query: &str) -> String {
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{query}")
}

/// What PKCE sends ahead of a verifier (RFC 7636, 4.2).
pub(crate) fn challenge(verifier: &str) -> String {
    use sha2::{Digest, Sha256};
    encode(Sha256::digest(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_the_standards() {
        assert_eq!(
            challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn name_and_secret_are_written_as_a_form_would() {
        assert_eq!(basic("a b", "c:d"), "YStiOmMlM0Fk");
        assert_eq!(with_query("https://a.example/x?y=1", "z=2"), "https://a.example/x?y=1&z=2");
    }
}
