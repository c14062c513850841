//! Seeing as another reader, through the front door.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use store::values;
use vocabulary::Role;

use crate::world::{BOTH, Browser, EDITOR, MEMBER, SUPPLIER, World, id};

const STOPPING: &str = "You are seeing this as the public would. Nothing can be changed.";

async fn see_as(browser: &mut Browser, other: &str) {
    let chosen = browser.post("/see-as", &[("as", other), ("next", "/who")]).await;
    assert_eq!((chosen.status, chosen.location()), (StatusCode::SEE_OTHER, "/who"), "{}", chosen.body);
}

#[tokio::test]
async fn an_editor_sees_as_each_other_reader_and_stops() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    let page = browser.get("/who").await;
    assert!(page.body.contains("href=\"/see-as?next=%2Fwho\""), "{}", page.body);
    let choice = browser.get("/see-as?next=/who").await;
    for words in ["The public", "Another council", "A supplier", "Look as this reader"] {
        assert!(choice.body.contains(words), "{words}");
    }
    for (other, who) in [("public", "visitor"), ("council", "?/member"), ("supplier", "?/member")] {
        see_as(&mut browser, other).await;
        assert_eq!(browser.who().await, who);
        let page = browser.get("/who").await;
        assert!(page.body.contains("would. Nothing can be changed."), "the band is on every page");
        assert!(page.body.contains("href=\"/account\""), "and the way to the account");
        assert!(!page.body.contains("/see-as?next"), "one stops first");
        let stopped = browser.post("/see-as/stop", &[("next", "/who?x=1")]).await;
        assert_eq!(stopped.location(), "/who?x=1");
        assert_eq!(browser.who().await, "ashmere/editor");
        assert!(!browser.get("/who").await.body.contains("Nothing can be changed."));
    }
}

#[tokio::test]
async fn nothing_is_written_meanwhile_but_stopping_and_signing_out() {
    let world = World::new();
    let mut browser = world.signed_in(BOTH).await;
    see_as(&mut browser, "public").await;
    for (address, field) in [
        ("/account", "organisation"),
        ("/see-as", "as"),
        ("/choose-role", "who"),
        ("/sign-in", "email"),
        ("/nowhere", "x"),
    ] {
        let refused = browser.post(address, &[(field, "brackford")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{address}");
        assert!(refused.body.contains(STOPPING) && refused.body.contains("Stop seeing as another reader"));
    }
    let request = Request::post("/account")
        .header("sec-fetch-site", "same-origin")
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let refused = browser.send(request, Body::from("organisation=brackford")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("urn:commonhold:problem:forbidden"), "{}", refused.body);
    let choice = browser.get("/see-as").await;
    assert!(choice.body.contains("Stop first, then choose another reader."));
    assert!(browser.get("/account").await.body.contains("alex, Steward at Ashmere Borough Council."));

    let left = browser.post("/sign-out", &[]).await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.who().await, "visitor");
    let mut again = world.signed_in(BOTH).await;
    assert_eq!(again.who().await, "ashmere/steward", "a new session begins as oneself");
    assert_eq!(world.count("SELECT COUNT(*) FROM session WHERE see_as IS NOT NULL", &[]), 0);
}

#[tokio::test]
async fn for_everybody_else_there_is_no_such_page() {
    let world = World::new();
    let mut visitor = world.browser();
    let mut readers = vec![("visitor", visitor.who().await, visitor)];
    for email in [MEMBER, SUPPLIER] {
        let mut browser = world.signed_in(email).await;
        readers.push((email, browser.who().await, browser));
    }
    let mut auditor = world.signed_in(BOTH).await;
    auditor.post("/account", &[("organisation", "brackford")]).await;
    readers.push(("auditor", auditor.who().await, auditor));
    for (name, who, mut browser) in readers {
        assert_eq!(browser.get("/see-as").await.status, StatusCode::NOT_FOUND, "{name}");
        for other in ["public", "council", "supplier"] {
            let refused = browser.post("/see-as", &[("as", other)]).await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{name} as {other}");
        }
        assert!(!browser.get("/who").await.body.contains("/see-as"), "{name}");
        assert_eq!(browser.who().await, who, "{name}");
    }
}

/// A session that says more than its person may is a session that says nothing.
#[tokio::test]
async fn rights_are_read_afresh() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    see_as(&mut browser, "council").await;
    world.write(|tx| {
        tx.execute(
            "UPDATE membership SET role = $1 WHERE organisation = $2",
            &values![Role::Member.word(), id("ashmere").as_str()],
        )?;
        Ok(())
    });
    assert_eq!(browser.who().await, "ashmere/member", "who may no longer see as others sees as themselves");
    let mut supplier = world.signed_in(SUPPLIER).await;
    world.write(|tx| {
        tx.execute("UPDATE session SET see_as = 'council'", &[])?;
        Ok(())
    });
    assert_eq!(supplier.who().await, "fennel/steward");
    let reader = world.accounts.asking(&cookies(&supplier)).await.unwrap().reader;
    assert_eq!(reader.standing(), vocabulary::Standing::Public, "a planted word widens nothing");
}

fn cookies(browser: &Browser) -> axum::http::HeaderMap {
    let mut headers = axum::http::HeaderMap::new();
    headers.insert(header::COOKIE, browser.cookie.clone().unwrap().parse().unwrap());
    headers
}

#[tokio::test]
async fn no_cache_takes_what_one_sees_for_what_the_public_sees() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    see_as(&mut browser, "public").await;
    let mut visitor = world.browser();
    for (address, alike) in [("/who", false), ("/who.json", true), ("/nowhere", false)] {
        let (seen, public) = (browser.get(address).await, visitor.get(address).await);
        let header =
            |answer: &crate::world::Answered, name| answer.headers.get(name).map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(header(&seen, "cache-control").as_deref(), Some("private, no-cache"), "{address}");
        assert_eq!(header(&public, "cache-control").as_deref(), Some("public, no-cache"), "{address}");
        assert!(header(&seen, "vary").unwrap().contains("Cookie"));
        assert_eq!(seen.body == public.body, alike, "{address}");
        if !alike && seen.status == StatusCode::OK {
            assert_ne!(header(&seen, "etag"), header(&public, "etag"));
        }
    }
}

#[tokio::test]
async fn a_choice_that_is_none_is_refused_and_next_stays_on_this_site() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    for wanted in ["", "auditor", "steward", "Public", "own"] {
        let refused = browser.post("/see-as", &[("as", wanted), ("next", "/who")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wanted}");
        assert!(refused.body.contains("Choose whom to see as") && refused.body.contains("value=\"/who\""));
    }
    assert_eq!(browser.who().await, "ashmere/editor");
    let chosen = browser.post("/see-as", &[("as", "public"), ("next", "//evil.example")]).await;
    assert_eq!(chosen.location(), "/");
    assert_eq!(browser.post("/see-as/stop", &[("next", "https://evil.example")]).await.location(), "/");
    assert_eq!(browser.get("/see-as?who=x").await.status, StatusCode::BAD_REQUEST);
}
