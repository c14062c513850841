//! Sessions: what makes one, what ends one, and what is none.

use accounts::person;
use axum::http::{StatusCode, header};
use jiff::SignedDuration;
use store::values;
use vocabulary::Role;

use crate::world::{BOTH, EDITOR, MEMBER, SUPPLIER, World, membership};

#[tokio::test]
async fn signing_in_always_makes_a_new_token() {
    let world = World::new();
    // Somebody plants a token of their choice, and one of a session of their own, before the victim signs in.
    let attacker = world.signed_in(MEMBER).await;
    let planted = format!("commonhold={}", "ab".repeat(32));
    for planted in [planted, attacker.cookie.clone().unwrap()] {
        let mut victim = world.browser();
        victim.cookie = Some(planted.clone());
        victim.post("/sign-in", &[("email", EDITOR)]).await;
        let link = world.link();
        victim.post(&link, &[]).await;
        assert_eq!(victim.who().await, "ashmere/editor");
        assert_ne!(victim.cookie.as_ref(), Some(&planted));
        let mut holder = world.browser();
        holder.cookie = Some(planted);
        assert_eq!(holder.who().await, "visitor", "the planted token is worth nothing");
    }
}

#[tokio::test]
async fn a_changed_cookie_is_nobodys() {
    let world = World::new();
    let browser = world.signed_in(EDITOR).await;
    let good = browser.cookie.unwrap();
    let token = good.split_once('=').unwrap().1.to_owned();
    let mut flipped = good.clone();
    let last = if flipped.pop() == Some('0') { '1' } else { '0' };
    flipped.push(last);
    for cookie in [
        flipped,
        good.to_uppercase().replace("COMMONHOLD", "commonhold"),
        format!("{good}0"),
        good[..good.len() - 1].to_owned(),
        "commonhold=".to_owned(),
        "commonhold=%27%20OR%201%3D1".to_owned(),
        format!("__Host-commonhold={token}"),
        format!("Commonhold={token}"),
    ] {
        let mut other = world.browser();
        other.cookie = Some(cookie.clone());
        assert_eq!(other.who().await, "visitor", "{cookie}");
    }
    // The hash that is stored is no token.
    let stored = world.write(|tx| Ok(tx.query_one("SELECT token FROM session", &[], |row| row.bytes(0))?));
    let mut thief = world.browser();
    let hex: String = stored.iter().map(|byte| format!("{byte:02x}")).collect();
    thief.cookie = Some(format!("commonhold={hex}"));
    assert_eq!(thief.who().await, "visitor");
}

#[tokio::test]
async fn signing_out_ends_the_session_everywhere() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    let kept = browser.cookie.clone();
    let left = browser.post("/sign-out", &[]).await;
    assert_eq!((left.status, left.location()), (StatusCode::SEE_OTHER, "/"));
    let cleared = left.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
    assert!(cleared.contains("Max-Age=0"), "{cleared}");
    assert_eq!(browser.cookie, None);
    let mut copy = world.browser();
    copy.cookie = kept;
    assert_eq!(copy.who().await, "visitor", "a copy of the cookie is dead too");
    assert_eq!(browser.post("/sign-out", &[]).await.status, StatusCode::SEE_OTHER, "signing out twice does no harm");
}

#[tokio::test]
async fn opening_an_address_never_signs_out() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    assert_eq!(browser.get("/sign-out").await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(browser.who().await, "ashmere/editor");
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_without_a_request() {
    let world = World::new();
    let mut used = world.signed_in(EDITOR).await;
    let mut left = world.signed_in(MEMBER).await;
    for _ in 0..4 {
        world.later(SignedDuration::from_hours(5));
        assert_eq!(used.who().await, "ashmere/editor");
    }
    assert_eq!(left.who().await, "visitor");
    world.later(SignedDuration::from_hours(13));
    assert_eq!(used.who().await, "visitor");
}

#[tokio::test]
async fn a_session_ends_after_seven_days_in_any_case() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    for _ in 0..27 {
        world.later(SignedDuration::from_hours(6));
        assert_eq!(browser.who().await, "ashmere/editor");
    }
    world.later(SignedDuration::from_hours(7));
    assert_eq!(browser.who().await, "visitor");
}

#[tokio::test]
async fn a_role_that_is_taken_away_is_gone_with_the_next_request() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    world.write(|tx| {
        let now = crate::world::start();
        person::put_memberships(tx, &[membership(EDITOR, "ashmere", Role::Member)], now, &vocabulary::Chance::System)
    });
    assert_eq!(browser.who().await, "ashmere/member");
    world.write(|tx| {
        tx.execute("DELETE FROM membership WHERE organisation = 'ashmere' AND role = 'member'", &values![])?;
        Ok(())
    });
    assert_eq!(browser.who().await, "nobody", "signed in, for no organisation");
}

#[tokio::test]
async fn a_suppliers_staff_are_told_apart_from_participating_bodies() {
    let world = World::new();
    let mut browser = world.signed_in(SUPPLIER).await;
    assert_eq!(browser.who().await, "fennel/steward");
    let reader = world.accounts.asking(&cookies(&browser.cookie.clone().unwrap())).await.unwrap().reader;
    assert_eq!(reader.standing(), vocabulary::Standing::Public);
}

fn cookies(cookie: &str) -> axum::http::HeaderMap {
    let mut headers = axum::http::HeaderMap::new();
    headers.insert(header::COOKIE, cookie.parse().unwrap());
    headers
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host() {
    let world = World::at("https://commonhold.example", false);
    let mut browser = world.browser();
    browser.post("/sign-in", &[("email", BOTH)]).await;
    let link = world.link();
    assert!(world.messages()[0].contains(&format!("https://commonhold.example{link}")));
    let entered = browser.post(&link, &[]).await;
    let cookie = entered.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-commonhold="), "{cookie}");
    for flag in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    let token = cookie.split_once('=').unwrap().1.split(';').next().unwrap();
    let mut plain = world.browser();
    plain.cookie = Some(format!("commonhold={token}"));
    assert_eq!(plain.who().await, "visitor", "the name without the prefix is not read");
    assert_eq!(browser.who().await, "ashmere/steward");
}

#[tokio::test]
async fn one_can_read_while_nothing_can_be_written() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    world.later(SignedDuration::from_mins(11));
    let (began, begun) = std::sync::mpsc::channel();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let store = store::Store::clone(&world.store);
    let writing = std::thread::spawn(move || {
        store.write_blocking(move |tx| {
            // On SQLite nobody else writes meanwhile, on PostgreSQL nobody else writes this row.
            tx.execute("UPDATE session SET seen_at = seen_at", &[])?;
            began.send(()).unwrap();
            ended.recv().unwrap();
            Ok::<(), store::Error>(())
        })
    });
    begun.recv().unwrap();
    let read = tokio::time::timeout(std::time::Duration::from_secs(20), browser.who()).await;
    end.send(()).unwrap();
    assert_eq!(read.unwrap(), "ashmere/editor");
    writing.join().unwrap().unwrap();
    // The next request notes what this one could not.
    browser.who().await;
    world.later(SignedDuration::from_mins(12 * 60 - 1));
    assert_eq!(browser.who().await, "ashmere/editor");
}
