//! E-mail domains: proposed, confirmed, what whoever has an address in one may do, and everything that must not work.

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;
use store::values;
use vocabulary::Role;

use crate::oidc::{Elsewhere, ISSUER_SECRET};
use crate::world::{Answered, BOTH, Browser, MEMBER, World};

const DOMAINS: &str = "/organisations/ashmere/domains";
const NEW: &str = "jo.reed@ashmere.example";

async fn propose(browser: &mut Browser, organisation: &str, domain: &str) -> Answered {
    browser.post(&format!("/organisations/{organisation}/domains"), &[("domain", domain)]).await
}

async fn confirm(browser: &mut Browser, organisation: &str, domain: &str) -> Answered {
    browser.post(&format!("/organisations/{organisation}/domains/confirm"), &[("domain", domain)]).await
}

/// An operator, of another council.
async fn operator(world: &World) -> Browser {
    world.joined("op@brackford.example", "brackford", Role::Operator).await
}

/// A steward has proposed ashmere.example for Ashmere, and an operator has confirmed it.
async fn confirmed(world: &World) -> (Browser, Browser) {
    let (mut steward, mut operator) = (world.signed_in(BOTH).await, operator(world).await);
    let proposed = propose(&mut steward, "ashmere", "@Ashmere.EXAMPLE").await;
    assert_eq!(proposed.location(), format!("{DOMAINS}?done=proposed"), "{}", proposed.body);
    let done = confirm(&mut operator, "ashmere", "ashmere.example").await;
    assert_eq!(done.location(), format!("{DOMAINS}?done=confirmed"), "{}", done.body);
    (steward, operator)
}

/// Messages that wait to this address.
fn letters_to(world: &World, email: &str) -> i64 {
    world.count("SELECT COUNT(*) FROM outbox WHERE recipient = $1", &values![email])
}

fn people(world: &World) -> i64 {
    world.count("SELECT COUNT(*) FROM person", &[])
}

#[tokio::test]
async fn somebody_with_an_address_of_a_confirmed_domain_signs_in_and_a_request_waits() {
    let world = World::new();
    let (mut steward, _) = confirmed(&world).await;
    let before = people(&world);
    let mut new = world.browser();
    new.post("/sign-in", &[("email", NEW), ("next", "/who")]).await;
    let link = world.link();
    assert_eq!(new.get(&link).await.status, StatusCode::OK);
    assert_eq!(people(&world), before, "asking and opening make nobody");
    let entered = new.post(&link, &[]).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.body);
    let own = entered.location().to_owned();
    assert!(own.starts_with("/join/"), "{own}");
    assert_eq!(new.who().await, "nobody", "signed in, without a role");
    assert!(new.get(&own).await.body.contains("Signed in with an address of ashmere.example."));
    assert!(new.get("/account").await.body.contains(&own));
    assert_eq!(new.get("/organisations/ashmere/people").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.browser().post(&link, &[]).await.status, StatusCode::GONE, "it works once");

    let page = steward.get("/organisations/ashmere/people").await.body;
    assert!(page.contains("1 request to join waits") && page.contains("Jo Reed asked to act for it"), "{page}");
    let at = own.replace("/join/", "/organisations/ashmere/requests/");
    assert_eq!(steward.post(&at, &[("decision", "editor")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(new.who().await, "ashmere/editor");
    assert_eq!(world.verbs("ashmere"), ["join-approved", "join-requested", "domain-confirmed", "domain-proposed"]);
    // The next time they are somebody known.
    let mut again = world.signed_in(NEW).await;
    assert_eq!(again.who().await, "ashmere/editor");
    assert_eq!(people(&world), before + 1);
}

#[tokio::test]
async fn a_domain_that_is_not_confirmed_or_another_one_lets_nobody_in() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    propose(&mut steward, "ashmere", "ashmere.example").await;
    let ask = async |email: &str| {
        world.browser().post("/sign-in", &[("email", email)]).await;
        letters_to(&world, email)
    };
    assert_eq!(ask(NEW).await, 0);
    let mut operator = operator(&world).await;
    confirm(&mut operator, "ashmere", "ashmere.example").await;
    for other in ["jo@it.ashmere.example", "jo@notashmere.example", "jo@ashmere.example.evil.example"] {
        assert_eq!(ask(other).await, 0, "{other}");
    }
    assert_eq!(ask(NEW).await, 1);
    // What was removed meanwhile makes the link no good, and the one that works does so after it was confirmed again.
    let link = world.link();
    let removed = steward.post(&format!("{DOMAINS}/remove"), &[("domain", "ashmere.example")]).await;
    assert_eq!(removed.location(), format!("{DOMAINS}?done=removed"));
    assert_eq!(world.browser().post(&link, &[]).await.status, StatusCode::GONE);
    assert_eq!(ask("other@ashmere.example").await, 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM join_request", &[]), 0);
    assert_eq!(world.verbs("ashmere"), ["domain-removed", "domain-confirmed", "domain-proposed"]);
}

/// Whoever types an address learns nothing from what comes back, and the database is asked the same.
#[tokio::test]
async fn every_address_gets_the_same_answer() {
    let world = World::new();
    confirmed(&world).await;
    let mut seen = Vec::new();
    for email in [MEMBER, NEW, "nobody@nowhere.example"] {
        let mut browser = world.browser();
        let asked = browser.post("/sign-in", &[("email", email)]).await;
        let headers = asked.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"));
        let headers: Vec<_> = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
        seen.push((asked.status, headers, asked.body, browser.get("/sign-in/sent").await.body));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[1], seen[2]);
    assert_eq!((letters_to(&world, MEMBER), letters_to(&world, NEW)), (1, 1));
    assert_eq!(letters_to(&world, "nobody@nowhere.example"), 0);
    let nobodys = "SELECT COUNT(*) FROM sign_in_link WHERE email = 'nobody@nowhere.example'";
    assert_eq!(world.count(nobodys, &[]), 0, "an address of nobody is not kept");
}

#[tokio::test]
async fn neither_a_mailbox_nor_a_domain_can_be_flooded() {
    let world = World::new();
    confirmed(&world).await;
    for _ in 0..7 {
        world.browser().post("/sign-in", &[("email", NEW)]).await;
    }
    assert_eq!(letters_to(&world, NEW), 5);
    for number in 0..60 {
        let email = format!("guess{number}@ashmere.example");
        world.browser().post("/sign-in", &[("email", &email)]).await;
    }
    let sent = "SELECT COUNT(*) FROM outbox WHERE recipient LIKE 'guess%'";
    assert_eq!(world.count(sent, &[]), 45, "50 at a time, with those before");
    // Those who are known are not locked out by that, and it is over after a quarter of an hour.
    world.signed_in(BOTH).await;
    world.later(SignedDuration::from_mins(16));
    world.browser().post("/sign-in", &[("email", "late@ashmere.example")]).await;
    assert_eq!(letters_to(&world, "late@ashmere.example"), 1);
}

#[tokio::test]
async fn stewards_propose_operators_confirm_and_nobody_else_sees_the_page() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    propose(&mut steward, "ashmere", "ashmere.example").await;
    let page = steward.get(DOMAINS).await.body;
    assert!(page.contains("ashmere.example") && !page.contains("domains/confirm"), "{page}");
    assert_eq!(confirm(&mut steward, "ashmere", "ashmere.example").await.status, StatusCode::NOT_FOUND);
    for (who, organisation, role, expected) in [
        ("steward@brackford.example", "brackford", Role::Steward, StatusCode::NOT_FOUND),
        ("auditor@brackford.example", "brackford", Role::Auditor, StatusCode::NOT_FOUND),
        ("desk2@fennel.example", "fennel", Role::Operator, StatusCode::NOT_FOUND),
        ("member@ashmere.example", "ashmere", Role::Member, StatusCode::FORBIDDEN),
        ("editor@ashmere.example", "ashmere", Role::Editor, StatusCode::FORBIDDEN),
    ] {
        let mut browser = world.joined(who, organisation, role).await;
        assert_eq!(browser.get(DOMAINS).await.status, expected, "{who}");
        assert_eq!(propose(&mut browser, "ashmere", "a.example").await.status, expected, "{who}");
        assert_eq!(confirm(&mut browser, "ashmere", "ashmere.example").await.status, expected, "{who}");
        let remove = browser.post(&format!("{DOMAINS}/remove"), &[("domain", "ashmere.example")]).await;
        assert_eq!(remove.status, expected, "{who}");
    }
    let unconfirmed = "SELECT COUNT(*) FROM organisation_domain WHERE confirmed IS NULL";
    assert_eq!((world.count(unconfirmed, &[]), world.verbs("ashmere").len()), (1, 1));
    let mut operator = operator(&world).await;
    assert!(operator.get(DOMAINS).await.body.contains("domains/confirm"));
    for unknown in ["ashmere.com", "", "x"] {
        assert_eq!(confirm(&mut operator, "ashmere", unknown).await.status, StatusCode::NOT_FOUND, "{unknown}");
    }
    assert_eq!(confirm(&mut operator, "ashmere", "ashmere.example").await.status, StatusCode::SEE_OTHER);
    assert_eq!(confirm(&mut operator, "ashmere", "ashmere.example").await.status, StatusCode::SEE_OTHER, "it is so");
    assert_eq!(world.verbs("ashmere").len(), 2, "and happened once");
    let csv = steward.get(&format!("{DOMAINS}.csv")).await.body;
    assert!(csv.starts_with("domain,proposed_at,confirmed_at\r\nashmere.example,2026-03-03T10:00"), "{csv}");
    let extra = steward.post(DOMAINS, &[("domain", "a.example"), ("confirmed", "1")]).await;
    assert_eq!(extra.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_domain_is_one_organisations_and_never_everybodys() {
    let world = World::new();
    let (mut steward, mut operator) = (world.signed_in(BOTH).await, operator(&world).await);
    for (domain, said) in [
        ("gmail.com", "Anybody can have an address there"),
        ("ashmere", "Write a domain like ashmere.gov.uk"),
        ("", "Write a domain like ashmere.gov.uk"),
    ] {
        let refused = propose(&mut steward, "ashmere", domain).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{domain}");
        assert!(refused.body.contains(said), "{}", refused.body);
    }
    // Both propose it before either has it.
    propose(&mut steward, "ashmere", "shared.example").await;
    propose(&mut operator, "brackford", "shared.example").await;
    confirm(&mut operator, "brackford", "shared.example").await;
    let second = confirm(&mut operator, "ashmere", "shared.example").await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert!(second.body.contains("is confirmed for another organisation"), "{}", second.body);
    steward.post(&format!("{DOMAINS}/remove"), &[("domain", "shared.example")]).await;
    let again = propose(&mut steward, "ashmere", "shared.example").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    // In another script it is what stands in addresses.
    propose(&mut steward, "ashmere", "köln.example").await;
    assert!(steward.get(DOMAINS).await.body.contains("xn--kln-sna.example (köln.example)"));
    for number in 0..19 {
        propose(&mut steward, "ashmere", &format!("d{number}.example")).await;
    }
    let many = propose(&mut steward, "ashmere", "more.example").await;
    assert!(many.body.contains("at most 20 domains"), "{}", many.body);
}

/// With a provider that is trusted for the domain, and no rule that fits.
#[tokio::test]
async fn somebody_who_comes_from_a_provider_is_let_in_without_a_role() {
    let elsewhere = Elsewhere::with(&format!("{ISSUER_SECRET}trust_addresses_of = [\"ashmere.example\"]\n"));
    let world = &elsewhere.world;
    let jo = |verified: bool| json!({"sub": "s7", "email": NEW, "email_verified": verified, "name": "Jo Reed"});
    let who = async |claims| {
        elsewhere.somebody(claims);
        let mut browser = world.browser();
        elsewhere.come_back(&mut browser).await;
        browser.who().await
    };
    assert_eq!(who(jo(true)).await, "visitor", "the domain is not confirmed yet");
    let (mut steward, _) = confirmed(world).await;
    assert_eq!(who(jo(false)).await, "visitor", "an address that is not verified is nobody's");
    let elsewhere_address = json!({"sub": "s8", "email": "jo@brackford.example", "email_verified": true});
    assert_eq!(who(elsewhere_address).await, "visitor");
    assert_eq!(world.count("SELECT COUNT(*) FROM join_request", &[]), 0);
    assert_eq!(who(jo(true)).await, "nobody", "signed in, without a role");
    assert_eq!(who(jo(true)).await, "nobody");
    let page = steward.get("/organisations/ashmere/people").await.body;
    assert!(page.contains("1 request to join waits") && page.contains("Jo Reed"), "{page}");
    // The same person by a link.
    let mut by_link = world.signed_in(NEW).await;
    assert_eq!(by_link.who().await, "nobody");
    assert_eq!(world.count("SELECT COUNT(*) FROM person WHERE email = $1", &values![NEW]), 1);
}
