//! The people of a copy, for operators: found, kept out, let in again; and that nobody else has these pages.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use store::values;
use vocabulary::Role;

use crate::oidc::{Elsewhere, priya};
use crate::world::{Answered, BOTH, Browser, EDITOR, MEMBER, SUPPLIER, World};

const LIST: &str = "/operator/people";

async fn operator(world: &World) -> Browser {
    world.joined("op@brackford.example", "brackford", Role::Operator).await
}

fn of(world: &World, email: &str) -> String {
    format!("{LIST}/{}", world.person(email))
}

async fn disable(world: &World, operator: &mut Browser, email: &str) {
    let at = of(world, email);
    let done = operator.post(&format!("{at}/disable"), &[]).await;
    assert_eq!(done.location(), format!("{at}?done=disabled"), "{}", done.body);
}

fn names(answered: &Answered) -> Vec<String> {
    let json: Value = serde_json::from_str(&answered.body).unwrap();
    json["people"].as_array().unwrap().iter().map(|person| person["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn people_are_found_by_name_address_state_and_role() {
    let world = World::new();
    let mut operator = operator(&world).await;
    let all = names(&operator.get("/operator/people.json").await);
    assert_eq!(all, ["alex", "desk", "op", "priya", "sam"]);
    for (query, expected) in [
        ("q=PRI", vec!["priya"]),
        ("q=brackford.example", vec!["op", "sam"]),
        ("role=steward", vec!["alex", "desk"]),
        ("role=operator&role=auditor", vec!["alex", "op"]),
        ("q=alex&role=operator", vec![]),
        ("state=disabled", vec![]),
        ("state=without", vec![]),
    ] {
        let found = names(&operator.get(&format!("/operator/people.json?{query}")).await);
        assert_eq!(found, expected, "{query}");
    }
    disable(&world, &mut operator, EDITOR).await;
    assert_eq!(names(&operator.get("/operator/people.json?state=disabled").await), ["priya"]);
    assert_eq!(names(&operator.get("/operator/people.json?state=enabled").await).len(), 4);
    for (query, said) in
        [("state=x", "enabled, disabled, without"), ("role=x", "member, editor"), ("x=1", "state, role")]
    {
        let refused = operator.get(&format!("{LIST}?{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(refused.body.contains(said), "{}", refused.body);
    }
    let csv = operator.get("/operator/people.csv?q=alex").await.body;
    let id = world.person(BOTH);
    assert_eq!(
        csv,
        format!(
            "id,name,email,acts_for,last_seen,disabled_at\r\n{id},alex,{BOTH},ashmere/steward;brackford/auditor,,\r\n"
        )
    );
    let page = operator.get(&of(&world, BOTH)).await.body;
    for said in ["alex", BOTH, "Ashmere Borough Council</a>, Steward", "signed in nowhere now", "/disable"] {
        assert!(page.contains(said), "{said} is not in {page}");
    }
}

#[tokio::test]
async fn whoever_is_disabled_is_out_everywhere_at_once_and_comes_back_with_their_roles() {
    let world = World::new();
    let mut operator = operator(&world).await;
    let mut editor = world.signed_in(EDITOR).await;
    let made = editor
        .post("/account/tokens", &[("name", "x"), ("scope", "read"), ("organisation", "ashmere"), ("days", "30")])
        .await;
    let start = made.body.find("commonhold_").unwrap_or_else(|| panic!("{}", made.body));
    let token: String =
        made.body[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '-').collect();
    let by_token = async |token: &str| {
        let request = Request::get("/who.json").header(header::AUTHORIZATION, format!("Bearer {token}"));
        world.browser().send(request, Body::empty()).await.status
    };
    assert_eq!(by_token(&token).await, StatusCode::OK);
    // A link that waits, and an invitation that she may not accept afterwards.
    world.browser().post("/sign-in", &[("email", EDITOR)]).await;
    let link = world.link();
    let mut steward = world.signed_in(MEMBER).await;
    assert_eq!(steward.who().await, "brackford/member");
    operator
        .post("/organisations/brackford/people/invite", &[("people", "priya@ashmere.example, P"), ("role", "member")])
        .await;
    let invitation = world.link_to("/invitations/");

    let at = of(&world, EDITOR);
    let page = operator.get(&at).await.body;
    assert!(
        page.contains("is signed in on 1 browser.")
            && page.contains("<dd class=\"govuk-summary-list__value\">\n      1\n"),
        "{page}"
    );
    assert!(operator.get(&format!("{at}/disable")).await.body.contains("Disable this account"));
    disable(&world, &mut operator, EDITOR).await;
    assert_eq!(editor.who().await, "visitor", "at the very next request");
    assert_eq!(by_token(&token).await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.browser().post(&link, &[]).await.status, StatusCode::GONE);
    assert_eq!(world.browser().get(&invitation).await.status, StatusCode::GONE);
    assert_eq!(world.browser().post(&invitation, &[]).await.status, StatusCode::GONE);
    let waits = "SELECT COUNT(*) FROM outbox WHERE recipient = $1 AND subject LIKE 'Sign in%'";
    world.browser().post("/sign-in", &[("email", EDITOR)]).await;
    assert_eq!(world.count(waits, &values![EDITOR]), 0);
    assert!(operator.get(&at).await.body.contains("Disabled since 3 March 2026"));
    // Their stewards see it, and the history tells it.
    let mut of_ashmere = world.signed_in(BOTH).await;
    let people = of_ashmere.get("/organisations/ashmere/people").await.body;
    assert!(people.contains("The account of priya was disabled") && people.contains("govuk-tag--red"), "{people}");
    assert_eq!(operator.post(&format!("{at}/disable"), &[]).await.status, StatusCode::SEE_OTHER, "it is so");

    assert_eq!(operator.post(&format!("{at}/enable"), &[]).await.location(), format!("{at}?done=enabled"));
    let mut again = world.signed_in(EDITOR).await;
    assert_eq!(again.who().await, "ashmere/editor");
    assert_eq!(editor.who().await, "visitor", "the sessions from before are over");
    assert_eq!(by_token(&token).await, StatusCode::OK);
    assert_eq!(world.verbs("ashmere")[..2], ["enabled", "disabled"]);
    let of_the_copy = "SELECT COUNT(*) FROM event WHERE organisation = '' AND thing = $1";
    assert_eq!(world.count(of_the_copy, &values![at]), 2, "sealed, once each");
}

/// Nothing in the answer tells an address that is kept out from one that nobody has.
#[tokio::test]
async fn asking_for_a_link_does_not_tell_who_is_disabled() {
    let world = World::new();
    let mut operator = operator(&world).await;
    operator.post("/organisations/ashmere/domains", &[("domain", "ashmere.example")]).await;
    operator.post("/organisations/ashmere/domains/confirm", &[("domain", "ashmere.example")]).await;
    disable(&world, &mut operator, EDITOR).await;
    let mut seen = Vec::new();
    for email in [EDITOR, "nobody@nowhere.example", MEMBER] {
        let asked = world.browser().post("/sign-in", &[("email", email)]).await;
        let headers = asked.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"));
        seen.push((
            asked.status,
            headers.map(|(name, value)| format!("{name}: {value:?}")).collect::<Vec<_>>(),
            asked.body,
        ));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[1], seen[2]);
    let letters = "SELECT COUNT(*) FROM outbox WHERE recipient = $1";
    assert_eq!(world.count(letters, &values![EDITOR]), 0, "nor does a confirmed domain let them in");
    assert_eq!(world.count(letters, &values![MEMBER]), 1);
}

#[tokio::test]
async fn an_account_elsewhere_does_not_let_in_whoever_is_disabled() {
    let elsewhere = Elsewhere::new();
    let world = &elsewhere.world;
    elsewhere.somebody(priya());
    elsewhere.come_back(&mut world.browser()).await;
    let mut operator = operator(world).await;
    disable(world, &mut operator, EDITOR).await;
    let mut known = world.browser();
    let refused = elsewhere.come_back(&mut known).await;
    elsewhere.somebody(json!({"sub": "s9", "name": "Nobody"}));
    let unknown = elsewhere.come_back(&mut world.browser()).await;
    assert_eq!((refused.status, known.who().await), (StatusCode::FORBIDDEN, "visitor".to_owned()));
    assert_eq!(crate::oidc::said(&refused.body), crate::oidc::said(&unknown.body));
    // Nor by another account whose address is hers.
    elsewhere.somebody(json!({"sub": "s10", "email": EDITOR, "email_verified": true}));
    let mut other = world.browser();
    assert_eq!(elsewhere.come_back(&mut other).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.count("SELECT COUNT(*) FROM identity WHERE subject = 's10'", &[]), 0);
}

#[tokio::test]
async fn nobody_disables_themselves_or_the_last_operator() {
    let world = World::new();
    let mut first = operator(&world).await;
    let own = of(&world, "op@brackford.example");
    assert!(!first.get(&own).await.body.contains(&format!("{own}/disable")));
    let refused = first.post(&format!("{own}/disable"), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("Nobody disables their own account."), "{}", refused.body);
    let mut second = world.joined("op2@ashmere.example", "ashmere", Role::Operator).await;
    disable(&world, &mut second, "op@brackford.example").await;
    assert_eq!(first.get(LIST).await.status, StatusCode::NOT_FOUND);
    // Whoever is disabled does not count as the operator that stays.
    let at = format!("/organisations/ashmere/people/{}", world.person("op2@ashmere.example"));
    let mut steward = world.signed_in(BOTH).await;
    assert_eq!(steward.post(&format!("{at}/remove"), &[]).await.status, StatusCode::FORBIDDEN);
    let ended = world.store.write_blocking(|tx| {
        let email = accounts::EmailAddress::parse("op2@ashmere.example").unwrap();
        let organisation = "ashmere".parse().unwrap();
        let chance = vocabulary::Chance::System;
        accounts::people::command::remove(tx, &email, Some(&organisation), crate::world::start(), &chance)
    });
    assert!(ended.unwrap_err().to_string().contains("This is the last operator"));
}

#[tokio::test]
async fn a_new_letter_signs_somebody_in_once() {
    let world = World::new();
    let mut operator = operator(&world).await;
    let at = of(&world, EDITOR);
    let sent = operator.post(&format!("{at}/invite"), &[]).await;
    assert_eq!(sent.location(), format!("{at}?done=invited"), "{}", sent.body);
    let link = world.link_to("/invitations/");
    let mut editor = world.browser();
    assert_eq!(editor.post(&link, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(editor.who().await, "ashmere/editor");
    assert_eq!(world.browser().post(&link, &[]).await.status, StatusCode::GONE);
    disable(&world, &mut operator, EDITOR).await;
    let refused = operator.post(&format!("{at}/invite"), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("Enable it first."), "{}", refused.body);
}

/// Whoever was removed, or has another role since, is not let in again by a letter from before.
#[tokio::test]
async fn a_letter_ends_with_the_role_that_it_offers() {
    let world = World::new();
    let mut operator = operator(&world).await;
    let mut steward = world.signed_in(BOTH).await;
    let at = format!("/organisations/ashmere/people/{}", world.person(EDITOR));
    for (act, fields) in [("", vec![("role", "member")]), ("/remove", vec![])] {
        operator.post(&format!("{}/invite", of(&world, EDITOR)), &[]).await;
        let link = world.link_to("/invitations/");
        let done = steward.post(&format!("{at}{act}"), &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{act}: {}", done.body);
        assert_eq!(world.browser().post(&link, &[]).await.status, StatusCode::GONE, "{act}");
    }
    let acts = "SELECT COUNT(*) FROM membership m JOIN person p ON p.id = m.person WHERE p.email = $1";
    assert_eq!(world.count(acts, &values![EDITOR]), 0);
}

#[tokio::test]
async fn to_everybody_else_these_pages_do_not_exist() {
    let world = World::new();
    let at = of(&world, EDITOR);
    let addresses =
        [LIST.to_owned(), at.clone(), format!("{at}/disable"), format!("{LIST}.csv"), format!("{LIST}.json")];
    let writes = ["disable", "enable", "invite"].map(|act| format!("{at}/{act}"));
    let mut browsers = vec![world.browser(), world.signed_in(BOTH).await, world.signed_in(SUPPLIER).await];
    for role in [Role::Member, Role::Editor, Role::Moderator, Role::Auditor] {
        browsers.push(world.joined(&format!("{role}@ashmere.example"), "ashmere", role).await);
    }
    // An operator in name, of a body that does not participate.
    browsers.push(world.joined("op@fennel.example", "fennel", Role::Operator).await);
    for mut browser in browsers {
        for address in &addresses {
            assert_eq!(browser.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        for address in &writes {
            assert_eq!(browser.post(address, &[]).await.status, StatusCode::NOT_FOUND, "{address}");
        }
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM person WHERE disabled_at IS NOT NULL", &[]), 0);
    let mut operator = operator(&world).await;
    for unknown in ["nonsense", "01a2283e-0a82-7965-8f05-c33ee0972c83"] {
        for act in ["disable", "enable", "invite"] {
            let answered = operator.post(&format!("{LIST}/{unknown}/{act}"), &[]).await;
            assert_eq!(answered.status, StatusCode::NOT_FOUND, "{unknown} {act}");
        }
    }
    assert_eq!(operator.post(&format!("{at}/disable"), &[("x", "1")]).await.status, StatusCode::BAD_REQUEST);
    // Whose role was taken away since does nothing more.
    world.write(|tx| {
        let lowered = crate::world::membership("op@brackford.example", "brackford", Role::Editor);
        accounts::person::put_memberships(tx, &[lowered], crate::world::start(), &vocabulary::Chance::System)
    });
    assert_eq!(operator.post(&format!("{at}/disable"), &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_passkey_does_not_let_in_whoever_is_disabled() {
    let world = crate::passkeys::world();
    let mut editor = world.signed_in(EDITOR).await;
    let mut device = crate::passkeys::added(&mut editor, "Telephone").await;
    let mut operator = operator(&world).await;
    disable(&world, &mut operator, EDITOR).await;
    let mut other = world.browser();
    let refused = crate::passkeys::enter(&mut other, &mut device).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains(crate::passkeys::REFUSED), "{}", refused.body);
    assert_eq!(other.who().await, "visitor");
    operator.post(&format!("{}/enable", of(&world, EDITOR)), &[]).await;
    crate::passkeys::enter(&mut other, &mut device).await;
    assert_eq!(other.who().await, "ashmere/editor");
}
