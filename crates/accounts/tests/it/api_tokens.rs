//! API tokens: made once, sent by programs, as far as they go, and ended.

use accounts::{Error, person};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use jiff::SignedDuration;
use store::{Transaction, values};
use vocabulary::{Chance, Role};

use crate::world::{Answered, BOTH, Browser, EDITOR, MEMBER, SUPPLIER, World, membership, start};

/// Makes a token and gives what the page shows.
async fn made(browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    let answer = browser.post("/account/tokens.json", fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let kept = answer.headers.get(header::CACHE_CONTROL).unwrap();
    assert_eq!(kept, "private, no-store", "nobody keeps the one page that shows it");
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    json["token"].as_str().unwrap().to_owned()
}

/// What is typed into the form.
type Fields<'a> = &'a [(&'a str, &'a str)];

const READS: Fields<'_> = &[("name", "Nightly export"), ("scope", "read"), ("days", "30")];

/// A request of a program that has a token.
async fn with(browser: &mut Browser, token: &str, address: &str) -> Answered {
    let request = Request::get(address).header(header::AUTHORIZATION, format!("Bearer {token}"));
    browser.send(request, Body::empty()).await
}

#[tokio::test]
async fn a_program_asks_as_its_person_until_the_token_ends() {
    let world = World::new();
    let mut editor = world.signed_in(EDITOR).await;
    let token = made(&mut editor, READS).await;
    let mut program = world.browser();
    let answer = with(&mut program, &token, "/who.json").await;
    assert!(answer.body.contains("ashmere/editor"), "{}", answer.body);
    assert!(!editor.get("/account/tokens").await.body.contains(&token), "it is shown once");
    let stored = world.count("SELECT COUNT(*) FROM api_token WHERE token = $1", &values![token.as_bytes()]);
    assert_eq!(stored, 0, "and kept as a hash");
    world.later(SignedDuration::from_hours(24 * 30));
    let ended = with(&mut program, &token, "/who.json").await;
    assert_eq!(ended.status, StatusCode::UNAUTHORIZED, "{}", ended.body);
    assert!(ended.headers.contains_key(header::WWW_AUTHENTICATE));
    assert!(ended.body.contains("Your API tokens"), "it says what to do: {}", ended.body);
}

#[tokio::test]
async fn a_token_is_never_more_than_its_person_is_now() {
    let world = World::new();
    let mut both = world.signed_in(BOTH).await;
    let token =
        made(&mut both, &[("name", "Work"), ("scope", "edit"), ("days", "7"), ("organisation", "ashmere")]).await;
    let mut program = world.browser();
    assert!(with(&mut program, &token, "/who.json").await.body.contains("ashmere/steward"));
    // Whichever organisation the person acts for meanwhile, the token acts for its own.
    both.post("/account", &[("organisation", "brackford")]).await;
    assert!(with(&mut program, &token, "/who.json").await.body.contains("ashmere/steward"));
    let lowered = [membership(BOTH, "ashmere", Role::Member)];
    world.write(move |tx| person::put_memberships(tx, &lowered, start(), &Chance::counted(9)));
    assert!(with(&mut program, &token, "/who.json").await.body.contains("ashmere/member"));
    world.write(|tx: &mut Transaction<'_>| -> Result<u64, Error> {
        Ok(tx.execute("DELETE FROM membership WHERE organisation = 'ashmere' AND role = 'member'", &[])?)
    });
    assert_eq!(with(&mut program, &token, "/who.json").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_only_reads_what_anyone_may_is_nobody() {
    let world = World::new();
    let mut editor = world.signed_in(EDITOR).await;
    let token = made(&mut editor, &[("name", "Map"), ("scope", "public"), ("days", "365")]).await;
    let mut program = world.browser();
    let answer = with(&mut program, &token, "/who.json").await;
    assert!(answer.body.contains("\"known\":false") && answer.body.contains("nobody"), "{}", answer.body);
}

#[tokio::test]
async fn what_is_no_token_is_refused_and_other_schemes_are_not_ours() {
    let world = World::new();
    let mut editor = world.signed_in(EDITOR).await;
    let token = made(&mut editor, READS).await;
    let mut program = world.browser();
    let changed = token.replace("commonhold_", "commonhold-");
    for bad in ["", "x", &changed, &token[..80], &format!("{token}0"), &"commonhold_".repeat(9)] {
        let answer = with(&mut program, bad, "/who.json").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{bad}: {}", answer.body);
        assert!(!answer.body.contains("commonhold_"), "what was sent is not repeated");
    }
    let basic = Request::get("/who.json").header(header::AUTHORIZATION, "Basic cHJveHk6c2VjcmV0");
    assert_eq!(program.send(basic, Body::empty()).await.status, StatusCode::OK, "a proxy's own sign-in passes through");
}

#[tokio::test]
async fn a_token_beside_a_cookie_is_the_tokens_request_alone() {
    let world = World::new();
    let mut editor = world.signed_in(EDITOR).await;
    let token = made(&mut editor, &[("name", "Map"), ("scope", "public"), ("days", "7")]).await;
    // The browser's session would be an editor's; the page of one's own account knows no token.
    let answer = with(&mut editor, &token, "/who.json").await;
    assert!(answer.body.contains("\"known\":false"), "{}", answer.body);
    for address in ["/account", "/account/tokens"] {
        let answer = with(&mut editor, &token, address).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{address}: {}", answer.body);
    }
    let writes = Request::post("/account/tokens")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let refused = editor.send(writes, Body::from("name=More&scope=edit&days=365")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
}

#[tokio::test]
async fn what_was_typed_is_held_against_what_the_person_may() {
    let world = World::new();
    let cases: [(&str, Fields<'_>, &str); 7] = [
        (EDITOR, &[("name", ""), ("scope", "read"), ("days", "7")], "Enter what the token is for"),
        (EDITOR, &[("name", "x"), ("scope", "everything"), ("days", "7")], "Choose what the token may do"),
        (EDITOR, &[("name", "x"), ("scope", "read"), ("days", "3650")], "Choose for how long"),
        (BOTH, &[("name", "x"), ("scope", "read"), ("days", "7")], "Choose for which of your organisations"),
        (BOTH, &[("name", "x"), ("scope", "read"), ("days", "7"), ("organisation", "fennel")], "Choose for which"),
        (MEMBER, &[("name", "x"), ("scope", "edit"), ("days", "7")], "does not include changing its estate"),
        (SUPPLIER, &[("name", "x"), ("scope", "edit"), ("days", "7")], "does not include changing its estate"),
    ];
    for (who, fields, said) in cases {
        let mut browser = world.signed_in(who).await;
        let refused = browser.post("/account/tokens", fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(refused.body.contains(said), "{said}: {}", refused.body);
    }
    let mut editor = world.signed_in(EDITOR).await;
    let long = "x".repeat(61);
    let refused = editor.post("/account/tokens", &[("name", &long), ("scope", "read"), ("days", "7")]).await;
    assert!(refused.body.contains("must be 60 characters or fewer"));
    let odd = editor.post("/account/tokens", &[("name", "x"), ("scope", "read"), ("days", "7"), ("admin", "1")]).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST, "{}", odd.body);
    assert_eq!(world.count("SELECT COUNT(*) FROM api_token", &[]), 0);
}

#[tokio::test]
async fn twenty_tokens_are_the_most() {
    let world = World::new();
    let mut editor = world.signed_in(EDITOR).await;
    for _ in 0..20 {
        made(&mut editor, READS).await;
    }
    let refused = editor.post("/account/tokens", READS).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("20 tokens are the most") || refused.body.contains("the most that one person"));
    assert_eq!(world.count("SELECT COUNT(*) FROM api_token", &[]), 20);
}

/// The ids of the tokens that a page lists.
async fn listed(browser: &mut Browser, address: &str) -> Vec<String> {
    let answer = browser.get(address).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    json["tokens"].as_array().unwrap().iter().map(|token| token["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn one_takes_away_ones_own_and_a_steward_those_of_the_organisation() {
    let world = World::new();
    let mut editor = world.signed_in(EDITOR).await;
    let mut member = world.signed_in(MEMBER).await;
    let mut steward = world.signed_in(BOTH).await;
    let (first, second) = (made(&mut editor, READS).await, made(&mut editor, READS).await);
    let ids = listed(&mut editor, "/account/tokens.json").await;
    assert_eq!(ids.len(), 2);
    let newest = format!("/account/tokens/{}/revoke", ids[0]);
    assert_eq!(member.post(&newest, &[]).await.status, StatusCode::NOT_FOUND, "nobody else's can be taken away");
    let gone = editor.post(&newest, &[]).await;
    assert_eq!(gone.location(), "/account/tokens?gone=1");
    assert!(editor.get(gone.location()).await.body.contains("The token is gone."));
    let mut program = world.browser();
    assert_eq!(with(&mut program, &second, "/who.json").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(with(&mut program, &first, "/who.json").await.status, StatusCode::OK);

    let of_ashmere = listed(&mut steward, "/organisations/ashmere/tokens.json").await;
    assert_eq!(of_ashmere, ids[1..]);
    for (browser, status) in [(&mut editor, StatusCode::FORBIDDEN), (&mut member, StatusCode::NOT_FOUND)] {
        let address = "/organisations/ashmere/tokens";
        assert_eq!(browser.get(address).await.status, status);
        let revoke = format!("{address}/{}/revoke", ids[1]);
        assert_eq!(browser.post(&revoke, &[]).await.status, status);
    }
    // By the address of another organisation it is no token at all.
    let elsewhere = format!("/organisations/brackford/tokens/{}/revoke", ids[1]);
    assert_eq!(steward.post(&elsewhere, &[]).await.status, StatusCode::NOT_FOUND);
    let revoke = format!("/organisations/ashmere/tokens/{}/revoke", ids[1]);
    assert_eq!(steward.post(&revoke, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(with(&mut program, &first, "/who.json").await.status, StatusCode::UNAUTHORIZED);
    let noted = world.write(|tx| {
        let all: Vec<Vec<u8>> =
            tx.query("SELECT bytes FROM event WHERE organisation = 'ashmere'", &[], |row| row.bytes(0))?;
        Ok(all.iter().filter(|bytes| String::from_utf8_lossy(bytes).contains("\"verb\":\"token-")).count())
    });
    assert_eq!(noted, 4, "the organisation's history says so");
}

#[tokio::test]
async fn whoever_is_erased_leaves_no_token_and_ended_ones_are_forgotten() {
    let world = World::new();
    let mut editor = world.signed_in(EDITOR).await;
    let token = made(&mut editor, READS).await;
    world.write(|tx| {
        let email = accounts::EmailAddress::parse(EDITOR).unwrap();
        let person = person::find_by_email(tx, &email)?.unwrap();
        Ok(person::erase(tx, &[accounts::ABOUT_PEOPLE], person.id, start())?)
    });
    let mut program = world.browser();
    assert_eq!(with(&mut program, &token, "/who.json").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(world.count("SELECT COUNT(*) FROM api_token", &[]), 0);
}
