//! What exists in the demonstration, and nowhere else.

use axum::http::StatusCode;
use jiff::SignedDuration;

use crate::world::{EDITOR, MEMBER, SUPPLIER, World};

#[tokio::test]
async fn outside_the_demonstration_neither_page_exists() {
    let world = World::at("http://127.0.0.1:8080", false);
    let mut browser = world.browser();
    browser.post("/sign-in", &[("email", EDITOR)]).await;
    for address in ["/choose-role", "/outbox", "/outbox.json", "/outbox.csv", "/choose-role.json"] {
        assert_eq!(browser.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    let posted = browser.post("/choose-role", &[("who", "visitor")]).await;
    assert_eq!(posted.status, StatusCode::NOT_FOUND);
    for address in ["/sign-in", "/sign-in/sent"] {
        let page = browser.get(address).await;
        assert!(!page.body.contains("outbox") && !page.body.contains("choose-role"), "{address}");
    }
}

fn choices(json: &str) -> Vec<(String, String)> {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    let text = |choice: &serde_json::Value, name: &str| choice[name].as_str().unwrap().to_owned();
    let choices = json["choices"].as_array().unwrap().iter();
    choices.map(|choice| (text(choice, "value"), text(choice, "text"))).collect()
}

#[tokio::test]
async fn one_can_be_everybody_who_is_there() {
    let world = World::new();
    let mut browser = world.browser();
    let page = browser.get("/choose-role").await;
    assert!(page.body.contains("Choose who to be") && page.body.contains("Continue"));
    assert!(page.body.contains("Sees what everybody sees, and no more."), "each says what one can do");
    let choices = choices(&browser.get("/choose-role.json").await.body);
    let texts: Vec<&str> = choices.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "A visitor who has not signed in",
            "Editor at Ashmere Borough Council",
            "Steward at Ashmere Borough Council",
            "Member of staff at Brackford District Council",
            "Staff of Fennel Software Ltd",
            "Auditor at Brackford District Council",
        ]
    );
    let whos =
        ["visitor", "ashmere/editor", "ashmere/steward", "brackford/member", "fennel/steward", "brackford/auditor"];
    for ((value, text), who) in choices.iter().zip(whos) {
        let chosen = browser.post("/choose-role", &[("who", value)]).await;
        assert_eq!((chosen.status, chosen.location()), (StatusCode::SEE_OTHER, "/"), "{text}");
        assert_eq!(browser.who().await, who, "{text}");
    }
    browser.post("/choose-role", &[("who", "visitor")]).await;
    assert_eq!(browser.who().await, "visitor");
    assert_eq!(world.count("SELECT COUNT(*) FROM session", &[]), 0, "each choice ended the one before");
}

#[tokio::test]
async fn one_cannot_be_somebody_who_is_not_there() {
    let world = World::new();
    let mut browser = world.browser();
    let choices = choices(&browser.get("/choose-role.json").await.body);
    let editor = &choices.iter().find(|(_, text)| text.starts_with("Editor")).unwrap().0;
    let person = editor.split_once('/').unwrap().1;
    for who in ["", "ashmere", &format!("brackford/{person}"), &format!("ashmere/{}", uuid::Uuid::nil()), "operator"] {
        let refused = browser.post("/choose-role", &[("who", who)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{who}");
        assert_eq!(browser.who().await, "visitor");
    }
}

#[tokio::test]
async fn the_outbox_shows_messages_newest_first_with_their_links() {
    let world = World::new();
    let mut browser = world.browser();
    let empty = browser.get("/outbox").await;
    assert!(empty.body.contains("No mail leaves this computer") && empty.body.contains("Nothing has been sent yet."));
    for email in [EDITOR, MEMBER, SUPPLIER] {
        browser.post("/sign-in", &[("email", email)]).await;
        world.later(SignedDuration::from_secs(1));
    }
    let page = browser.get("/outbox").await;
    let places: Vec<usize> = [SUPPLIER, MEMBER, EDITOR].iter().map(|email| page.body.find(email).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(page.body.contains(&format!("href=\"{}\"", world.link())));
    let csv = browser.get("/outbox.csv").await;
    assert!(csv.body.starts_with("at,recipient,subject,body\r\n"));
    let json: serde_json::Value = serde_json::from_str(&browser.get("/outbox.json").await.body).unwrap();
    assert_eq!((json["total"].as_u64(), json["messages"][0]["recipient"].as_str()), (Some(3), Some(SUPPLIER)));
}
