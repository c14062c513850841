//! The account page.

use axum::http::{StatusCode, header};

use crate::world::{BOTH, EDITOR, World};

#[tokio::test]
async fn whoever_acts_for_two_bodies_chooses_for_which() {
    let world = World::new();
    let mut browser = world.signed_in(BOTH).await;
    assert_eq!(browser.who().await, "ashmere/steward");
    let page = browser.get("/account").await;
    assert!(page.body.contains("alex, Steward at Ashmere Borough Council."), "{}", page.body);
    assert!(page.body.contains("Brackford District Council, Auditor"));
    let changed = browser.post("/account", &[("organisation", "brackford")]).await;
    assert_eq!((changed.status, changed.location()), (StatusCode::SEE_OTHER, "/account"));
    assert_eq!(browser.who().await, "brackford/auditor");
}

#[tokio::test]
async fn nobody_acts_for_a_body_that_is_not_theirs() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    for wanted in ["brackford", "fennel", "nowhere", "", "' OR 1=1", "Ashmere"] {
        let refused = browser.post("/account", &[("organisation", wanted)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wanted}");
        assert!(refused.body.contains("Choose one of the organisations that you act for"));
        assert_eq!(browser.who().await, "ashmere/editor");
    }
}

#[tokio::test]
async fn a_visitor_is_asked_to_sign_in() {
    let world = World::new();
    let mut browser = world.browser();
    let page = browser.get("/account").await;
    assert_eq!((page.status, page.location()), (StatusCode::SEE_OTHER, "/sign-in?next=%2Faccount"));
    let posted = browser.post("/account", &[("organisation", "ashmere")]).await;
    assert_eq!(posted.location(), "/sign-in?next=%2Faccount");
}

#[tokio::test]
async fn the_page_is_for_its_person_only() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    let page = browser.get("/account").await;
    let kept = page.headers.get(header::CACHE_CONTROL).unwrap().to_str().unwrap();
    assert!(kept.contains("private") || kept.contains("no-store"), "{kept}");
    let json = browser.get("/account.json").await;
    let json: serde_json::Value = serde_json::from_str(&json.body).unwrap();
    assert_eq!(json["name"], "priya");
    assert_eq!(json["memberships"][0]["organisation"], "ashmere");
}

#[tokio::test]
async fn every_sample_page_renders() {
    let world = World::new();
    let slice = accounts::slice(world.accounts.clone());
    let shell = web::Shell::new(web::Site::default(), &slice.templates).unwrap();
    let names: std::collections::BTreeSet<_> = slice.samples.iter().map(|sample| sample.name).collect();
    assert_eq!(names.len(), slice.samples.len(), "two samples have one name");
    assert!(names.len() >= 39, "a page lost its samples");
    for sample in &slice.samples {
        let page = shell.render(&sample.page, &web::Visit::of("/sign-in"));
        let page = page.unwrap_or_else(|problem| panic!("{}: {problem:?}", sample.name));
        assert_eq!(page.matches("<h1").count(), 1, "{}", sample.name);
    }
}
