//! Who acts for an organisation: roles changed, people removed, undone, and what must not be.

use axum::http::StatusCode;
use serde_json::Value;
use vocabulary::{Chance, Role};

use crate::world::{BOTH, EDITOR, MEMBER, World, membership, start};

const PEOPLE: &str = "/organisations/ashmere/people";

fn of(world: &World, email: &str) -> String {
    format!("{PEOPLE}/{}", world.person(email))
}

#[tokio::test]
async fn the_list_says_who_acts_in_which_role_since_when_and_nothing_of_other_organisations() {
    let world = World::new();
    world.signed_in(EDITOR).await;
    let mut steward = world.signed_in(BOTH).await;
    let page = steward.get(PEOPLE).await.body;
    assert!(page.contains("2 people act for Ashmere Borough Council, 1 of them a steward."), "{page}");
    assert!(!page.contains(MEMBER) && !page.contains("fennel"), "{page}");
    let json: Value = serde_json::from_str(&steward.get(&format!("{PEOPLE}.json")).await.body).unwrap();
    let priya = json["people"].as_array().unwrap().iter().find(|person| person["name"] == "priya").unwrap().clone();
    assert_eq!((&priya["role"], &priya["last_seen"]), (&"editor".into(), &"2026-03".into()), "a month and no day");
    assert_eq!(priya["can_be_changed"], true);
    let csv = steward.get(&format!("{PEOPLE}.csv")).await.body;
    assert_eq!(
        csv,
        "name,email,role,since,last_seen\r\nalex,alex@both.example,steward,2026-03-03,2026-03\r\n\
         priya,priya@ashmere.example,editor,2026-03-03,2026-03\r\n"
    );
}

#[tokio::test]
async fn a_role_is_changed_holds_at_once_and_is_undone() {
    let world = World::new();
    let mut editor = world.signed_in(EDITOR).await;
    let mut steward = world.signed_in(BOTH).await;
    let at = of(&world, EDITOR);
    let form = steward.get(&at).await.body;
    assert!(form.contains("priya is now: Editor") && form.contains("name=\"was\" value=\"editor\""), "{form}");
    let changed = steward.post(&at, &[("role", "member"), ("was", "editor")]).await;
    let expected = format!("{PEOPLE}?done=changed&who={}", world.person(EDITOR));
    assert_eq!((changed.status, changed.location()), (StatusCode::SEE_OTHER, expected.as_str()));
    assert_eq!(editor.who().await, "ashmere/member", "at the very next request");
    let page = steward.get(&expected).await.body;
    assert!(page.contains("priya is now: Member of staff.") && page.contains(&format!("{at}/undo")), "{page}");
    assert!(page.contains("priya was: Editor, and became: Member of staff"), "{page}");
    let undo = format!("{at}/undo");
    let event = steward.get(&format!("{undo}.json")).await.body;
    let event: Value = serde_json::from_str(&event).unwrap();
    let again = steward.post(&undo, &[("event", event["event"].as_str().unwrap())]).await;
    assert_eq!(again.location(), format!("{PEOPLE}?done=undone"), "{}", again.body);
    assert_eq!(editor.who().await, "ashmere/editor");
    assert_eq!(world.verbs("ashmere"), ["role-changed", "role-changed"]);
    // Which undo was meant is part of the form: an old page undoes nothing else.
    let stale = steward.post(&undo, &[("event", event["event"].as_str().unwrap())]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn whoever_is_removed_has_no_right_at_the_next_request_and_can_come_back() {
    let world = World::new();
    let mut editor = world.signed_in(EDITOR).await;
    let mut steward = world.signed_in(BOTH).await;
    let at = of(&world, EDITOR);
    let page = steward.get(&format!("{at}/remove")).await.body;
    assert!(
        page.contains("Remove priya from Ashmere Borough Council") && page.contains("from the next page"),
        "{page}"
    );
    assert_eq!(steward.post(&format!("{at}/remove"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(editor.who().await, "nobody");
    assert_eq!(steward.get(&at).await.status, StatusCode::NOT_FOUND);
    let page = steward.get(&format!("{PEOPLE}?done=changed&who={}", world.person(EDITOR))).await.body;
    assert!(page.contains("priya does not act for Ashmere Borough Council any more."), "{page}");
    assert_eq!(steward.post(&format!("{at}/undo"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(editor.who().await, "ashmere/editor");
    assert_eq!(world.verbs("ashmere"), ["restored", "removed"]);
}

#[tokio::test]
async fn a_name_is_not_told_of_somebody_about_whom_nothing_happened_here() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    let stranger = world.person(MEMBER);
    for address in [format!("{PEOPLE}?done=changed&who={stranger}"), format!("{PEOPLE}?done=changed&who=x")] {
        let page = steward.get(&address).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.body.contains("sam"), "{}", page.body);
    }
    for address in ["", "/remove", "/undo"] {
        let page = steward.get(&format!("{PEOPLE}/{stranger}{address}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{address}");
        let page = steward.get(&format!("{PEOPLE}/nonsense{address}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn the_last_steward_and_the_last_operator_stay() {
    let world = World::new();
    let mut operator = world.joined("op@colne.example", "brackford", Role::Operator).await;
    let at = of(&world, BOTH);
    let page = operator.get(&format!("{at}/remove")).await.body;
    assert!(page.contains("would be left without a steward") && !page.contains("govuk-button--warning"), "{page}");
    assert_eq!(operator.post(&format!("{at}/remove"), &[]).await.status, StatusCode::CONFLICT);
    let lowered = operator.post(&at, &[("role", "editor"), ("was", "steward")]).await;
    assert_eq!(lowered.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(lowered.body.contains("Make somebody else a steward first."), "{}", lowered.body);
    // With another one it goes.
    operator.post(&of(&world, EDITOR), &[("role", "steward")]).await;
    assert_eq!(operator.post(&format!("{at}/remove"), &[]).await.status, StatusCode::SEE_OTHER);
    // A second operator cannot take the only other one away from themselves, nor themselves.
    let own = format!("/organisations/brackford/people/{}", world.person("op@colne.example"));
    let refused = operator.post(&own, &[("role", "steward")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("Nobody changes their own role"), "{}", refused.body);
    let mut second = world.joined("op2@colne.example", "ashmere", Role::Operator).await;
    assert_eq!(second.post(&format!("{own}/remove"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(operator.who().await, "nobody");
    let remaining = world.count("SELECT COUNT(*) FROM membership WHERE role = 'operator'", &[]);
    assert_eq!(remaining, 1);
}

/// Two who remove each other at the same moment: one of them stays.
#[tokio::test(flavor = "multi_thread")]
async fn two_stewards_do_not_remove_each_other() {
    for _ in 0..5 {
        let world = World::new();
        let mut second = world.joined("second@ashmere.example", "ashmere", Role::Steward).await;
        let mut first = world.signed_in(BOTH).await;
        let at_first = format!("{}/remove", of(&world, BOTH));
        let at_second = format!("{}/remove", of(&world, "second@ashmere.example"));
        let one = tokio::spawn(async move { first.post(&at_second, &[]).await.status });
        let two = tokio::spawn(async move { second.post(&at_first, &[]).await.status });
        let ended = [one.await.unwrap(), two.await.unwrap()];
        let stewards =
            world.count("SELECT COUNT(*) FROM membership WHERE organisation = 'ashmere' AND role = 'steward'", &[]);
        assert_eq!(stewards, 1, "{ended:?}");
    }
}

#[tokio::test]
async fn nobody_else_changes_roles_and_nobody_gives_more_than_theirs() {
    let world = World::new();
    world.joined("auditor@ashmere.example", "ashmere", Role::Auditor).await;
    let member = "member@ashmere.example";
    for (who, organisation, role, expected) in [
        ("steward@brackford.example", "brackford", Role::Steward, StatusCode::NOT_FOUND),
        ("auditor@brackford.example", "brackford", Role::Auditor, StatusCode::NOT_FOUND),
        ("desk2@fennel.example", "fennel", Role::Steward, StatusCode::NOT_FOUND),
        (member, "ashmere", Role::Member, StatusCode::FORBIDDEN),
        ("auditor@ashmere.example", "ashmere", Role::Auditor, StatusCode::FORBIDDEN),
        ("second.editor@ashmere.example", "ashmere", Role::Editor, StatusCode::FORBIDDEN),
    ] {
        let mut browser = world.joined(who, organisation, role).await;
        let at = of(&world, EDITOR);
        for (address, fields) in
            [(at.clone(), vec![("role", "steward")]), (format!("{at}/remove"), vec![]), (format!("{at}/undo"), vec![])]
        {
            assert_eq!(browser.get(&address).await.status, expected, "{who} {address}");
            assert_eq!(browser.post(&address, &fields).await.status, expected, "{who} {address}");
        }
    }
    let mut steward = world.signed_in(BOTH).await;
    let auditor = of(&world, "auditor@ashmere.example");
    for address in [auditor.clone(), format!("{auditor}/remove")] {
        assert_eq!(steward.get(&address).await.status, StatusCode::FORBIDDEN, "an auditor is no steward's to change");
        assert_eq!(steward.post(&address, &[]).await.status, StatusCode::FORBIDDEN);
    }
    let widened = steward.post(&of(&world, EDITOR), &[("role", "operator"), ("was", "editor")]).await;
    assert_eq!(widened.status, StatusCode::FORBIDDEN);
    assert_eq!(world.count("SELECT COUNT(*) FROM membership WHERE role = 'operator'", &[]), 0);
    let own = steward.post(&of(&world, BOTH), &[("role", "member")]).await;
    assert_eq!(own.status, StatusCode::CONFLICT, "nor does anybody change their own");
}

#[tokio::test]
async fn a_role_that_changed_between_page_and_post_changes_nothing() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    let at = of(&world, EDITOR);
    steward.get(&at).await;
    world.write(|tx| person_put(tx, EDITOR, Role::Member));
    let clash = steward.post(&at, &[("role", "steward"), ("was", "editor")]).await;
    assert_eq!(clash.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(clash.body.contains("Somebody else changed this role meanwhile"), "{}", clash.body);
    // And the steward's own, whatever their page still shows.
    world.write(|tx| person_put(tx, BOTH, Role::Editor));
    assert_eq!(steward.post(&at, &[("role", "steward"), ("was", "member")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.verbs("ashmere").len(), 0);
}

fn person_put(tx: &mut store::Transaction<'_>, email: &str, role: Role) -> Result<(), accounts::Error> {
    accounts::person::put_memberships(tx, &[membership(email, "ashmere", role)], start(), &Chance::System)
}

#[tokio::test]
async fn somebody_who_was_erased_has_no_name_in_the_history_and_does_not_come_back() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    let at = of(&world, EDITOR);
    steward.post(&format!("{at}/remove"), &[]).await;
    let id = world.person(EDITOR).parse().unwrap();
    world.write(move |tx| Ok(accounts::person::erase(tx, &[accounts::ABOUT_PEOPLE], id, start())?));
    let page = steward.get(PEOPLE).await.body;
    assert!(page.contains("somebody who was erased acts for it no longer") && !page.contains("priya"), "{page}");
    assert_eq!(steward.post(&format!("{at}/undo"), &[]).await.status, StatusCode::CONFLICT);
}
