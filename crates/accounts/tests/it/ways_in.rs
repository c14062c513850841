//! The page of the ways in which one signs in: adding, removing, and signing out elsewhere.

use axum::http::StatusCode;
use serde_json::{Value, json};
use testing::provider::Provider;
use vocabulary::Clock;

use crate::oidc::{Elsewhere, ISSUER_SECRET, REFUSED, entry, priya, sign_in};
use crate::world::{BOTH, Browser, EDITOR, World, start};

/// Where the page leads that stands before a provider.
fn continues_to(body: &str) -> String {
    let start = body.find("href=\"http://127.0.0.1:").unwrap() + 6;
    body[start..].split('"').next().unwrap().replace("&amp;", "&")
}

async fn ways(browser: &mut Browser) -> Value {
    let answered = browser.get("/account/sign-in.json").await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
    serde_json::from_str(&answered.body).unwrap()
}

#[tokio::test]
async fn somebody_adds_an_account_signs_in_with_it_and_removes_it() {
    let elsewhere = Elsewhere::with(ISSUER_SECRET);
    elsewhere.somebody(json!({"sub": "private-7", "email": "someone@elsewhere.example"}));
    let mut browser = elsewhere.world.signed_in(EDITOR).await;
    assert!(browser.get("/account").await.body.contains("href=\"/account/sign-in\""));
    let page = browser.get("/account/sign-in").await;
    assert!(page.body.contains(EDITOR) && page.body.contains("Add an account at The ashmere account"), "{}", page.body);
    let add = browser.post("/account/sign-in/add", &[("provider", "ashmere")]).await;
    assert_eq!(add.status, StatusCode::OK, "{}", add.body);
    let back = elsewhere.provider.sign_in(&continues_to(&add.body));
    let added = browser.get(&back).await;
    assert_eq!(added.location(), "/account/sign-in?done=added");
    assert!(browser.get(added.location()).await.body.contains("The account was added"));

    let mut other = elsewhere.world.browser();
    elsewhere.come_back(&mut other).await;
    assert_eq!(other.who().await, "ashmere/editor");

    let told = ways(&mut browser).await;
    assert_eq!(told["accounts"][0]["label"], "The ashmere account");
    assert!(!told.to_string().contains("private-7") && !told.to_string().contains("elsewhere.example"));
    let id = told["accounts"][0]["id"].as_str().unwrap().to_owned();
    // Nobody else removes it.
    let mut stranger = elsewhere.world.signed_in(BOTH).await;
    assert_eq!(stranger.post("/account/sign-in/remove", &[("account", &id)]).await.status, StatusCode::NOT_FOUND);
    let removed = browser.post("/account/sign-in/remove", &[("account", &id)]).await;
    assert_eq!(removed.location(), "/account/sign-in?done=removed");
    let come = elsewhere.come_back(&mut elsewhere.world.browser()).await;
    assert!(come.body.contains("You have no access yet"), "{}", come.body);
}

#[tokio::test]
async fn the_last_way_in_cannot_be_removed() {
    let clock = Clock::at(start());
    let (one, two) = (Provider::start(&clock), Provider::start(&clock));
    let trusted = format!("{ISSUER_SECRET}trust_addresses_of = [\"ashmere.example\"]\n");
    let text = format!(
        "email_links = false\n{}{}",
        entry("one", one.issuer(), &trusted),
        entry("two", two.issuer(), ISSUER_SECRET)
    );
    let world = World::with("http://127.0.0.1:8080", false, sign_in(&text, std::path::Path::new("/")), clock);
    one.somebody(priya());
    let mut browser = world.browser();
    let sent = browser.get("/sign-in/with/one").await;
    browser.get(&one.sign_in(sent.location())).await;
    let id = ways(&mut browser).await["accounts"][0]["id"].as_str().unwrap().to_owned();
    let refused = browser.post("/account/sign-in/remove", &[("account", &id)]).await;
    assert!(refused.body.contains("This is your last way to sign in"), "{}", refused.body);
    let add = browser.post("/account/sign-in/add", &[("provider", "two")]).await;
    browser.get(&two.sign_in(&continues_to(&add.body))).await;
    let removed = browser.post("/account/sign-in/remove", &[("account", &id)]).await;
    assert_eq!(removed.location(), "/account/sign-in?done=removed", "{}", removed.body);
}

#[tokio::test]
async fn an_account_is_added_to_whoever_left_for_it_and_to_nobody_else() {
    let elsewhere = Elsewhere::with(ISSUER_SECRET);
    elsewhere.somebody(json!({"sub": "attackers"}));
    // The attacker's own attempt, finished in the victim's browser: their cookie is missing there.
    let mut attacker = elsewhere.world.signed_in(BOTH).await;
    let add = attacker.post("/account/sign-in/add", &[("provider", "ashmere")]).await;
    let back = elsewhere.provider.sign_in(&continues_to(&add.body));
    let mut victim = elsewhere.world.signed_in(EDITOR).await;
    assert!(victim.get(&back).await.body.contains(REFUSED));
    // The same browser, in which somebody else has signed in since.
    victim.away = attacker.away.clone();
    assert!(victim.get(&back).await.body.contains(REFUSED));
    // Or nobody.
    let add = attacker.post("/account/sign-in/add", &[("provider", "ashmere")]).await;
    let back = elsewhere.provider.sign_in(&continues_to(&add.body));
    attacker.post("/sign-out", &[]).await;
    assert!(attacker.get(&back).await.body.contains(REFUSED));
    assert_eq!(elsewhere.world.count("SELECT COUNT(*) FROM identity", &[]), 0);
}

#[tokio::test]
async fn an_account_of_somebody_else_stays_theirs() {
    let elsewhere = Elsewhere::new();
    elsewhere.somebody(priya());
    elsewhere.come_back(&mut elsewhere.world.browser()).await;
    let mut other = elsewhere.world.signed_in(BOTH).await;
    let add = other.post("/account/sign-in/add", &[("provider", "ashmere")]).await;
    let answered = other.get(&elsewhere.provider.sign_in(&continues_to(&add.body))).await;
    assert_eq!(answered.location(), "/account/sign-in?done=taken");
    assert!(other.get(answered.location()).await.body.contains("it signs somebody else in here"));
    let mut again = elsewhere.world.browser();
    elsewhere.come_back(&mut again).await;
    assert_eq!(again.who().await, "ashmere/editor");
}

#[tokio::test]
async fn somebody_signs_out_everywhere_else() {
    let world = World::new();
    let (mut here, mut there, mut other) =
        (world.signed_in(EDITOR).await, world.signed_in(EDITOR).await, world.signed_in(BOTH).await);
    let account: Value = serde_json::from_str(&here.get("/account.json").await.body).unwrap();
    assert_eq!(account["sessions"].as_array().unwrap().len(), 2);
    let ended = here.post("/account/sign-out-elsewhere", &[]).await;
    assert_eq!(ended.location(), "/account?done=elsewhere");
    assert_eq!((here.who().await, there.who().await), ("ashmere/editor".to_owned(), "visitor".to_owned()));
    assert_ne!(other.who().await, "visitor");
}

#[tokio::test]
async fn visitors_are_asked_to_sign_in() {
    let elsewhere = Elsewhere::new();
    let mut browser = elsewhere.world.browser();
    assert_eq!(browser.get("/account/sign-in").await.location(), "/sign-in?next=%2Faccount%2Fsign-in");
    for (address, fields) in [("add", vec![("provider", "ashmere")]), ("remove", vec![("account", "1")])] {
        let answered = browser.post(&format!("/account/sign-in/{address}"), &fields).await;
        assert_eq!(answered.location(), "/sign-in?next=%2Faccount%2Fsign-in", "{address}");
    }
    let ended = browser.post("/account/sign-out-elsewhere", &[]).await;
    assert_eq!(ended.location(), "/sign-in?next=%2Faccount");
    let unknown = browser.post("/account/sign-out-elsewhere", &[("colour", "red")]).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
}
