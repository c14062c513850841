//! Signing in with an account elsewhere: who one is here, and what must not lead to anybody.

use accounts::SignIn;
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::values;
use testing::provider::{CLIENT_KEY, Provider, SECRET, Signing};
use vocabulary::Clock;

use crate::world::{Answered, BOTH, Browser, EDITOR, World, start};

pub const ISSUER_SECRET: &str = "authentication = \"client_secret_basic\"\nsecret_environment = \"SECRET\"\n";
pub const REFUSED: &str = "You were not signed in";

/// A provider, and a world in which people sign in with it.
pub struct Elsewhere {
    pub provider: Provider,
    pub world: World,
}

/// One entry of the file of providers.
pub fn entry(id: &str, issuer: &str, more: &str) -> String {
    format!(
        "[[provider]]\nid = \"{id}\"\nlabel = \"The {id} account\"\nissuer = \"{issuer}\"\nclient_id = \"commonhold\"\n{more}"
    )
}

pub fn sign_in(text: &str, folder: &std::path::Path) -> SignIn {
    SignIn::read(text, folder, &|name| (name == "SECRET").then(|| SECRET.to_owned())).unwrap()
}

impl Elsewhere {
    /// Trusted for addresses of ashmere.example.
    pub fn new() -> Elsewhere {
        Elsewhere::with(&format!("{ISSUER_SECRET}trust_addresses_of = [\"ashmere.example\"]\n"))
    }

    pub fn with(more: &str) -> Elsewhere {
        Elsewhere::at("http://127.0.0.1:8080", "", more)
    }

    pub fn at(address: &str, before: &str, more: &str) -> Elsewhere {
        let clock = Clock::at(start());
        let provider = Provider::start(&clock);
        let text = format!("{before}\n{}", entry("ashmere", provider.issuer(), more));
        let sign_in = sign_in(&text, std::path::Path::new("/"));
        Elsewhere { world: World::with(address, false, sign_in, clock), provider }
    }

    /// Somebody chooses the provider, signs in there and comes back.
    pub async fn come_back(&self, browser: &mut Browser) -> Answered {
        let sent = browser.get("/sign-in/with/ashmere").await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
        let back = self.provider.sign_in(sent.location());
        browser.get(&back).await
    }

    pub fn somebody(&self, claims: Value) {
        self.provider.somebody(claims);
    }
}

pub fn priya() -> Value {
    json!({"sub": "s1", "email": EDITOR, "email_verified": true, "name": "Priya Shah"})
}

/// One page for every refusal, and no session.
pub async fn is_refused(browser: &mut Browser, answered: &Answered) {
    assert_eq!(answered.status, StatusCode::FORBIDDEN, "{}", answered.body);
    assert!(answered.body.contains(REFUSED), "{}", answered.body);
    assert!(!answered.headers.contains_key(header::SET_COOKIE), "{:?}", answered.headers);
    assert_eq!(browser.who().await, "visitor");
}

/// What a page says, without what names the request: its address in the shell, and its reference.
pub fn said(body: &str) -> String {
    let (_, main) = body.split_once("<main").unwrap();
    let (main, _) = main.split_once("</main>").unwrap();
    match main.split_once("send us reference ") {
        Some((before, after)) => format!("{before}{}", after.get(8..).unwrap()),
        None => main.to_owned(),
    }
}

#[tokio::test]
async fn somebody_signs_in_with_a_trusted_address_and_then_by_the_account() {
    let elsewhere = Elsewhere::new();
    elsewhere.somebody(priya());
    let mut browser = elsewhere.world.browser();
    let form = browser.get("/sign-in?next=/who").await;
    assert!(form.body.contains("Sign in with The ashmere account"), "{}", form.body);
    assert!(form.body.contains("href=\"/sign-in/with/ashmere?next=%2Fwho\""), "{}", form.body);
    let sent = browser.get("/sign-in/with/ashmere?next=%2Fwho").await;
    let back = elsewhere.provider.sign_in(sent.location());
    let come = browser.get(&back).await;
    assert_eq!((come.status, come.location()), (StatusCode::SEE_OTHER, "/who"), "{}", come.body);
    assert_eq!(browser.who().await, "ashmere/editor");
    assert_eq!(browser.away, None, "what was needed on the way back is gone");

    // From now on issuer and subject count; what the provider says of an address does not.
    for claims in [json!({"sub": "s1"}), json!({"sub": "s1", "email": BOTH, "email_verified": true})] {
        elsewhere.somebody(claims);
        let mut other = elsewhere.world.browser();
        elsewhere.come_back(&mut other).await;
        assert_eq!(other.who().await, "ashmere/editor");
    }
    assert_eq!(elsewhere.world.count("SELECT COUNT(*) FROM identity", &[]), 1);
    assert_eq!(elsewhere.world.count("SELECT COUNT(*) FROM sign_in_attempt", &[]), 0);
}

#[tokio::test]
async fn an_address_leads_to_somebody_only_where_the_provider_is_trusted_for_it() {
    let untrusted = [
        ("", priya()),
        ("trust_addresses_of = [\"brackford.example\"]\n", priya()),
        ("trust_addresses_of = [\"ashmere.example\"]\n", json!({"sub": "s1", "email": EDITOR})),
        (
            "trust_addresses_of = [\"ashmere.example\"]\n",
            json!({"sub": "s1", "email": EDITOR, "email_verified": false}),
        ),
        (
            "trust_addresses_of = [\"ashmere.example\"]\n",
            json!({"sub": "s1", "email": EDITOR, "email_verified": "true"}),
        ),
        (
            "trust_addresses_of = [\"ashmere.example\"]\n",
            json!({"sub": "s1", "preferred_username": EDITOR, "email_verified": true}),
        ),
        // The two look alike to the end of a name, not to a domain.
        (
            "trust_addresses_of = [\"ashmere.example\"]\n",
            json!({"sub": "s1", "email": "priya@not-ashmere.example", "email_verified": true}),
        ),
    ];
    let mut pages = Vec::new();
    for (more, claims) in untrusted {
        let elsewhere = Elsewhere::with(&format!("{ISSUER_SECRET}{more}"));
        elsewhere.somebody(claims.clone());
        let mut browser = elsewhere.world.browser();
        let come = elsewhere.come_back(&mut browser).await;
        assert_eq!(come.status, StatusCode::FORBIDDEN, "{claims}");
        assert!(come.body.contains("You have no access yet"), "{}", come.body);
        assert_eq!(browser.who().await, "visitor", "{claims}");
        assert_eq!(elsewhere.world.count("SELECT COUNT(*) FROM identity", &[]), 0);
        pages.push(said(&come.body));
    }
    // Whether anybody here has the address is not told.
    let elsewhere = Elsewhere::with(ISSUER_SECRET);
    elsewhere.somebody(json!({"sub": "s1", "email": "nobody@nowhere.example", "email_verified": true}));
    let stranger = elsewhere.come_back(&mut elsewhere.world.browser()).await;
    assert!(pages.iter().all(|page| *page == said(&stranger.body)));

    // What Entra ID needs: its addresses are believed without its word, because the file says so.
    let elsewhere = Elsewhere::with(&format!(
        "{ISSUER_SECRET}trust_addresses_of = [\"ashmere.example\"]\ntrust_unverified_addresses = true\n"
    ));
    elsewhere.somebody(json!({"sub": "s1", "email": EDITOR}));
    let mut browser = elsewhere.world.browser();
    elsewhere.come_back(&mut browser).await;
    assert_eq!(browser.who().await, "ashmere/editor");
}

#[tokio::test]
async fn what_the_token_does_not_say_is_asked_for() {
    let elsewhere = Elsewhere::new();
    elsewhere.somebody(json!({"sub": "s1"}));
    elsewhere.provider.besides(json!({"email": EDITOR, "email_verified": true}));
    let mut browser = elsewhere.world.browser();
    elsewhere.come_back(&mut browser).await;
    assert_eq!(browser.who().await, "ashmere/editor");
    assert!(elsewhere.provider.asked().contains(&"/userinfo".to_owned()));
}

#[tokio::test]
async fn each_way_of_proving_who_we_are_and_each_signature_works() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key.pem"), CLIENT_KEY).unwrap();
    let ways = [
        ISSUER_SECRET,
        "authentication = \"client_secret_post\"\nsecret_environment = \"SECRET\"\n",
        "authentication = \"private_key_jwt\"\nkey_file = \"key.pem\"\nkey_id = \"client-1\"\n",
    ];
    for way in ways {
        let clock = Clock::at(start());
        let provider = Provider::start(&clock);
        let text = entry("ashmere", provider.issuer(), &format!("{way}trust_addresses_of = [\"ashmere.example\"]\n"));
        let sign_in = sign_in(&text, folder.path());
        let elsewhere = Elsewhere { world: World::with("http://127.0.0.1:8080", false, sign_in, clock), provider };
        elsewhere.somebody(priya());
        for signing in [Signing::Es256, Signing::Rs256, Signing::Ps256] {
            elsewhere.provider.sign_by(signing);
            let mut browser = elsewhere.world.browser();
            let come = elsewhere.come_back(&mut browser).await;
            assert_eq!(browser.who().await, "ashmere/editor", "{way} {signing:?}: {}", come.body);
        }
    }
}

#[tokio::test]
async fn another_browser_cannot_come_back_for_somebody() {
    let elsewhere = Elsewhere::new();
    elsewhere.somebody(priya());
    // Somebody signs in as themselves, stops before the end, and sends the victim the rest.
    let mut attacker = elsewhere.world.browser();
    let sent = attacker.get("/sign-in/with/ashmere").await;
    let back = elsewhere.provider.sign_in(sent.location());
    let mut victim = elsewhere.world.browser();
    let answered = victim.get(&back).await;
    is_refused(&mut victim, &answered).await;
    // One that is away itself has a cookie, of its own.
    victim.get("/sign-in/with/ashmere").await;
    let answered = victim.get(&back).await;
    is_refused(&mut victim, &answered).await;
    // Nor did any of that use it up.
    assert_eq!(attacker.get(&back).await.status, StatusCode::SEE_OTHER);
    assert_eq!(attacker.who().await, "ashmere/editor");
}

#[tokio::test]
async fn one_comes_back_once_and_within_ten_minutes() {
    let elsewhere = Elsewhere::new();
    elsewhere.somebody(priya());
    let mut browser = elsewhere.world.browser();
    let away = |browser: &Browser| browser.away.clone();
    let sent = browser.get("/sign-in/with/ashmere").await;
    let kept = away(&browser);
    let back = elsewhere.provider.sign_in(sent.location());
    assert_eq!(browser.get(&back).await.status, StatusCode::SEE_OTHER);
    let mut again = elsewhere.world.browser();
    again.away = kept.clone();
    let answered = again.get(&back).await;
    is_refused(&mut again, &answered).await;

    let mut late = elsewhere.world.browser();
    let sent = late.get("/sign-in/with/ashmere").await;
    let back = elsewhere.provider.sign_in(sent.location());
    elsewhere.world.later(SignedDuration::from_secs(600));
    let answered = late.get(&back).await;
    is_refused(&mut late, &answered).await;
}

#[tokio::test]
async fn two_tabs_can_both_come_back() {
    let elsewhere = Elsewhere::new();
    elsewhere.somebody(priya());
    let mut browser = elsewhere.world.browser();
    let first = browser.get("/sign-in/with/ashmere?next=/who").await;
    let second = browser.get("/sign-in/with/ashmere").await;
    let (first, second) = (elsewhere.provider.sign_in(first.location()), elsewhere.provider.sign_in(second.location()));
    let away = browser.away.clone();
    assert_eq!(browser.get(&second).await.location(), "/");
    browser.away = away;
    assert_eq!(browser.get(&first).await.location(), "/who");
}

#[tokio::test]
async fn one_provider_cannot_pass_for_another() {
    let clock = Clock::at(start());
    let (honest, evil) = (Provider::start(&clock), Provider::start(&clock));
    let trusted = format!("{ISSUER_SECRET}trust_addresses_of = [\"ashmere.example\"]\n");
    let text = entry("honest", honest.issuer(), &trusted) + &entry("evil", evil.issuer(), ISSUER_SECRET);
    let world = World::with("http://127.0.0.1:8080", false, sign_in(&text, std::path::Path::new("/")), clock);
    honest.somebody(priya());
    evil.somebody(priya());
    // What was begun with one is not taken from the other, whose token would be its own.
    let mut browser = world.browser();
    let sent = browser.get("/sign-in/with/honest").await;
    let back = honest.sign_in(sent.location());
    let answered = browser.get(&back.replace("/honest/", "/evil/")).await;
    is_refused(&mut browser, &answered).await;
    // Each is sent back to an address of its own.
    let redirect =
        |location: &str| location.split('&').find(|part| part.starts_with("redirect_uri=")).unwrap().to_owned();
    let other = browser.get("/sign-in/with/evil").await;
    assert_ne!(redirect(sent.location()), redirect(other.location()));
    // The same subject at another issuer is somebody else.
    assert_eq!(browser.get(&back).await.status, StatusCode::SEE_OTHER);
    let mut stranger = world.browser();
    let sent = stranger.get("/sign-in/with/evil").await;
    let come = stranger.get(&evil.sign_in(sent.location())).await;
    assert!(come.body.contains("You have no access yet"), "{}", come.body);
}

#[tokio::test]
async fn an_answer_that_names_its_giver_must_name_the_right_one() {
    let elsewhere = Elsewhere::new();
    elsewhere.somebody(priya());
    elsewhere.provider.name_itself();
    for change in ["&iss=https%3A%2F%2Fanother.example", ""] {
        let mut browser = elsewhere.world.browser();
        let sent = browser.get("/sign-in/with/ashmere").await;
        let back = elsewhere.provider.sign_in(sent.location());
        let (without, _) = back.split_once("&iss=").unwrap();
        let answered = browser.get(&format!("{without}{change}")).await;
        is_refused(&mut browser, &answered).await;
    }
    let mut browser = elsewhere.world.browser();
    elsewhere.come_back(&mut browser).await;
    assert_eq!(browser.who().await, "ashmere/editor");
}

#[tokio::test]
async fn another_site_cannot_begin_a_sign_in() {
    let elsewhere = Elsewhere::new();
    for (site, led) in [("cross-site", true), ("same-site", true), ("same-origin", false), ("none", false)] {
        let mut browser = elsewhere.world.browser();
        let request = Request::get("/sign-in/with/ashmere?next=/who").header("sec-fetch-site", site);
        let answered = browser.send(request, Body::empty()).await;
        assert_eq!(answered.location() == "/sign-in?next=%2Fwho", led, "{site}: {}", answered.location());
        assert_eq!(browser.away.is_none(), led, "{site}");
    }
}

#[tokio::test]
async fn afterwards_one_stays_on_this_site() {
    let elsewhere = Elsewhere::new();
    elsewhere.somebody(priya());
    for bad in ["https://evil.example/", "//evil.example", "/sign-out"] {
        let mut browser = elsewhere.world.browser();
        let sent = browser.get(&format!("/sign-in/with/ashmere?next={}", bad.replace('/', "%2F"))).await;
        let come = browser.get(&elsewhere.provider.sign_in(sent.location())).await;
        assert_eq!(come.location(), "/", "{bad}");
    }
}

#[tokio::test]
async fn a_session_begins_anew_and_the_one_before_ends() {
    let elsewhere = Elsewhere::new();
    elsewhere.somebody(priya());
    let before = elsewhere.world.signed_in(crate::world::MEMBER).await;
    let planted = before.cookie.clone();
    let mut victim = elsewhere.world.browser();
    let sent = victim.get("/sign-in/with/ashmere").await;
    victim.cookie = planted.clone();
    victim.get(&elsewhere.provider.sign_in(sent.location())).await;
    assert_eq!(victim.who().await, "ashmere/editor");
    assert_ne!(victim.cookie, planted);
    let mut holder = elsewhere.world.browser();
    holder.cookie = planted;
    assert_eq!(holder.who().await, "visitor");
}

#[tokio::test]
async fn over_https_the_cookies_are_as_closed_as_can_be() {
    let elsewhere = Elsewhere::at("https://commonhold.example", "", ISSUER_SECRET);
    let sent = elsewhere.world.browser().get("/sign-in/with/ashmere").await;
    let cookie = sent.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
    assert!(cookie.starts_with("__Host-commonhold-away="), "{cookie}");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600"), "{cookie}");
    assert!(
        sent.location().contains("redirect_uri=https%3A%2F%2Fcommonhold.example%2Fsign-in%2Fwith%2Fashmere%2Fanswer")
    );
    assert_eq!(sent.headers.get(header::CACHE_CONTROL).unwrap(), "private, no-store");
}

#[tokio::test]
async fn where_providers_are_the_only_way_no_link_is_sent() {
    let elsewhere = Elsewhere::at("http://127.0.0.1:8080", "email_links = false", ISSUER_SECRET);
    let mut browser = elsewhere.world.browser();
    let form = browser.get("/sign-in").await;
    assert!(!form.body.contains("Send me a link") && form.body.contains("Sign in with The ashmere account"));
    assert_eq!(browser.post("/sign-in", &[("email", EDITOR)]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(elsewhere.world.messages(), Vec::<String>::new());
}

#[tokio::test]
async fn who_signs_out_can_sign_out_there_too() {
    let elsewhere = Elsewhere::new();
    elsewhere.somebody(priya());
    let mut browser = elsewhere.world.browser();
    elsewhere.come_back(&mut browser).await;
    let left = browser.post("/sign-out", &[]).await;
    assert_eq!(left.location(), "/sign-out/done?provider=ashmere");
    assert_eq!(browser.who().await, "visitor");
    let page = browser.get(left.location()).await;
    let there = format!(
        "{}/end?client_id=commonhold&amp;post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2F",
        elsewhere.provider.issuer()
    );
    assert!(page.body.contains(&there), "{}", page.body);
    // By a link in a message there is nowhere else to sign out.
    let mut browser = elsewhere.world.signed_in(EDITOR).await;
    assert_eq!(browser.post("/sign-out", &[]).await.location(), "/");
    assert_eq!(browser.get("/sign-out/done?provider=another").await.location(), "/");
}

#[tokio::test]
async fn a_provider_that_is_not_configured_does_not_exist() {
    let elsewhere = Elsewhere::new();
    let mut browser = elsewhere.world.browser();
    for address in ["/sign-in/with/another", "/sign-in/with/another/answer?code=c&state=s"] {
        assert_eq!(browser.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    assert_eq!(elsewhere.world.count("SELECT COUNT(*) FROM sign_in_attempt", &values![]), 0);
}
