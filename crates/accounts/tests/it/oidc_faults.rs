//! A provider that misbehaves: whatever it does wrong, nobody is signed in, and people are told the same.

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use jiff::SignedDuration;
use testing::provider::Fault;

use crate::oidc::{Elsewhere, ISSUER_SECRET, is_refused, priya, said};
use crate::world::EDITOR;

/// Every fault that shows when somebody comes back, and what the log must say of it. Those that show before are below.
const FAULTS: [(Fault, &str); 22] = [
    (Fault::Expired, "the token has expired"),
    (Fault::NotYetValid, "the token is not valid yet"),
    (Fault::IssuedAhead, "the token is not valid yet"),
    (Fault::OtherAudience, "the token is for another audience"),
    (Fault::SeveralAudiences, "the token is for several audiences"),
    (Fault::OtherParty, "the token is for several audiences"),
    (Fault::OtherIssuer, "the token was issued by somebody else"),
    (Fault::OtherNonce, "its nonce is not ours"),
    (Fault::OtherAccessToken, "the token belongs to another access token"),
    (Fault::Nobody, "the token names nobody"),
    (Fault::Unsigned, "signed by \"none\", which is not accepted"),
    (Fault::SharedSecret, "signed by \"HS256\", which is not accepted"),
    (Fault::UnknownKey, "no published key fits"),
    (Fault::ForeignKey, "signature is not by the published key"),
    (Fault::Changed, "signature is not by the published key"),
    (Fault::NoToken, "gives no id_token in its answer"),
    (Fault::Huge, "the exchange of the code could not be asked"),
    (Fault::Slow, "the exchange of the code could not be asked: timeout"),
    (Fault::Redirects, "answered with a redirect, which is not followed"),
    (Fault::Fails, "answered 503 (temporarily_unavailable)"),
    (Fault::OtherPerson, "of one person in the token and of another beside it"),
    (Fault::NoKeys, "the provider's keys answered 503"),
];

/// What the log says while this lives.
struct Log {
    lines: Arc<Mutex<Vec<u8>>>,
    _guard: tracing::subscriber::DefaultGuard,
}

impl Log {
    fn listen() -> Log {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let to = lines.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || Kept(to.clone())).finish();
        Log { lines, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// What was said since the last time.
    fn said(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.lines.lock().unwrap())).unwrap()
    }
}

struct Kept(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn whatever_a_provider_does_wrong_nobody_is_signed_in_and_the_log_says_why() {
    let trusted = format!("{ISSUER_SECRET}trust_addresses_of = [\"ashmere.example\"]\ntimeout_seconds = 1\n");
    let elsewhere = Elsewhere::with(&trusted);
    let log = Log::listen();
    let mut told = Vec::new();
    for (fault, why) in FAULTS {
        let mut claims = priya();
        if fault == Fault::OtherPerson {
            // What is said beside the token is asked for only when the token lacks it.
            claims.as_object_mut().unwrap().remove("email");
        }
        elsewhere.somebody(claims);
        if fault == Fault::NoKeys {
            // Keys are asked for anew only for one that is not known, a minute later.
            elsewhere.provider.rotate_keys();
            elsewhere.world.later(SignedDuration::from_secs(61));
        }
        elsewhere.provider.misbehave(fault);
        log.said();
        let mut browser = elsewhere.world.browser();
        let answered = elsewhere.come_back(&mut browser).await;
        is_refused(&mut browser, &answered).await;
        assert!(answered.body.contains("send us reference "), "{}", answered.body);
        told.push(said(&answered.body));
        let logged = log.said();
        assert!(logged.contains(why), "{fault:?}: {logged}");
        for secret in [EDITOR, "code-", "Priya"] {
            assert!(!logged.contains(secret), "{fault:?} puts {secret} into the log: {logged}");
        }
    }
    told.dedup();
    assert_eq!(told.len(), 1, "people are told the same of every fault");
    assert_eq!(elsewhere.world.count("SELECT COUNT(*) FROM identity", &[]), 0);
    assert_eq!(elsewhere.world.count("SELECT COUNT(*) FROM session", &[]), 0);

    // And all of that was because of the faults.
    elsewhere.world.later(SignedDuration::from_secs(61));
    elsewhere.provider.misbehave(None);
    elsewhere.somebody(priya());
    let mut browser = elsewhere.world.browser();
    elsewhere.come_back(&mut browser).await;
    assert_eq!(browser.who().await, "ashmere/editor");
}

#[tokio::test]
async fn a_redirect_of_the_provider_is_not_followed() {
    let elsewhere = Elsewhere::new();
    elsewhere.somebody(priya());
    elsewhere.provider.misbehave(Fault::Redirects);
    elsewhere.come_back(&mut elsewhere.world.browser()).await;
    let asked = elsewhere.provider.asked();
    assert!(asked.contains(&"/token".to_owned()) && !asked.contains(&"/elsewhere".to_owned()), "{asked:?}");
}

#[tokio::test]
async fn a_provider_that_cannot_be_believed_gets_nobody() {
    for fault in [Fault::DescribesAnother, Fault::KeysElsewhere, Fault::NoKeys] {
        let elsewhere = Elsewhere::new();
        elsewhere.provider.misbehave(fault);
        let mut browser = elsewhere.world.browser();
        let answered = browser.get("/sign-in/with/ashmere").await;
        assert_eq!(answered.status, StatusCode::SERVICE_UNAVAILABLE, "{fault:?}");
        assert!(answered.body.contains("Sign-in is not possible right now"), "{}", answered.body);
        assert_eq!(browser.away, None);
        // It is not asked again at once, and then it is.
        let asked = elsewhere.provider.asked().len();
        browser.get("/sign-in/with/ashmere").await;
        assert_eq!(elsewhere.provider.asked().len(), asked, "{fault:?}");
        elsewhere.provider.misbehave(None);
        elsewhere.world.later(SignedDuration::from_secs(10));
        assert_eq!(browser.get("/sign-in/with/ashmere").await.status, StatusCode::SEE_OTHER, "{fault:?}");
    }
}

#[tokio::test]
async fn keys_may_change_at_any_time_and_are_not_asked_for_without_end() {
    let elsewhere = Elsewhere::new();
    elsewhere.somebody(priya());
    let mut browser = elsewhere.world.browser();
    elsewhere.come_back(&mut browser).await;
    assert_eq!(browser.who().await, "ashmere/editor");
    let fetched = |elsewhere: &Elsewhere| elsewhere.provider.asked().iter().filter(|path| *path == "/keys").count();
    assert_eq!(fetched(&elsewhere), 1);

    elsewhere.provider.rotate_keys();
    let mut after = elsewhere.world.browser();
    elsewhere.come_back(&mut after).await;
    assert_eq!(after.who().await, "ashmere/editor", "a new key is found at once");
    assert_eq!(fetched(&elsewhere), 2);

    // Tokens that name keys which nobody knows cannot make us ask each time.
    elsewhere.provider.misbehave(Fault::UnknownKey);
    for _ in 0..5 {
        let mut other = elsewhere.world.browser();
        let answered = elsewhere.come_back(&mut other).await;
        is_refused(&mut other, &answered).await;
    }
    assert_eq!(fetched(&elsewhere), 2);
    elsewhere.world.later(SignedDuration::from_secs(60));
    elsewhere.come_back(&mut elsewhere.world.browser()).await;
    assert_eq!(fetched(&elsewhere), 3);
}

#[tokio::test]
async fn what_was_known_an_hour_ago_serves_while_the_provider_is_away() {
    let elsewhere = Elsewhere::new();
    elsewhere.somebody(priya());
    let mut browser = elsewhere.world.browser();
    elsewhere.come_back(&mut browser).await;
    elsewhere.provider.misbehave(Fault::NoKeys);
    elsewhere.world.later(SignedDuration::from_hours(2));
    let mut later = elsewhere.world.browser();
    elsewhere.come_back(&mut later).await;
    assert_eq!(later.who().await, "ashmere/editor");
}

#[tokio::test]
async fn somebody_who_cancels_there_is_not_signed_in() {
    let elsewhere = Elsewhere::new();
    let mut browser = elsewhere.world.browser();
    let sent = browser.get("/sign-in/with/ashmere").await;
    let state = sent.location().split('&').find(|part| part.starts_with("state=")).unwrap().to_owned();
    let answered = browser.get(&format!("/sign-in/with/ashmere/answer?error=access_denied&{state}")).await;
    is_refused(&mut browser, &answered).await;
    for query in ["", "?code=c", "?state=s&code=c", "?code=c&code=d&state=s"] {
        let answered = browser.get(&format!("/sign-in/with/ashmere/answer{query}")).await;
        is_refused(&mut browser, &answered).await;
    }
}
