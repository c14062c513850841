//! Leaving: one asks, another confirms, anybody of them takes it back in time, and nobody else knows of it.

use axum::http::StatusCode;
use jiff::SignedDuration;
use ledger::job::{JobKind, work_off};
use serde_json::Value;
use store::values;
use vocabulary::Role;

use crate::world::{BOTH, EDITOR, MEMBER, World};

const PAGE: &str = "/organisations/ashmere/leave";

fn left(world: &World) -> bool {
    world.count("SELECT COUNT(*) FROM organisation_left", &[]) > 0
}

fn asked(world: &World) -> i64 {
    world.count("SELECT COUNT(*) FROM organisation_leaving", &[])
}

/// Runs what is due.
fn jobs(world: &World) {
    let kinds: Vec<JobKind> = accounts::slice(world.accounts.clone()).jobs;
    let kinds: Vec<JobKind> = kinds.into_iter().filter(|kind| kind.name.starts_with("organisation-leave")).collect();
    work_off(&world.store, &world.clock, &world.accounts.chance, &kinds, "test").unwrap();
}

#[tokio::test]
async fn two_people_have_to_agree_and_there_is_time_to_take_it_back() {
    let world = World::new();
    let mut first = world.signed_in(BOTH).await;
    first.post("/account", &[("organisation", "ashmere")]).await;
    let mut second = world.joined("second@ashmere.example", "ashmere", Role::Steward).await;
    assert!(first.get(PAGE).await.body.contains("We have our file"));
    // Without the tick nothing is asked, and the page says so at the field.
    let untold = first.post(PAGE, &[]).await;
    assert_eq!((untold.status, asked(&world)), (StatusCode::UNPROCESSABLE_ENTITY, 0));
    assert!(untold.body.contains("Say that you have your file"));
    let confirmed = second.post("/organisations/ashmere/leave/confirm", &[]).await;
    assert_eq!(confirmed.status, StatusCode::CONFLICT, "there is nothing to confirm");

    assert_eq!(first.post(PAGE, &[("taken", "yes")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(first.post(PAGE, &[("taken", "yes")]).await.status, StatusCode::CONFLICT, "once is enough");
    let own = first.post("/organisations/ashmere/leave/confirm", &[]).await;
    assert_eq!(own.status, StatusCode::CONFLICT, "nobody confirms what they asked for");
    assert!(!first.get(PAGE).await.body.contains("/leave/confirm"));
    assert!(second.get(PAGE).await.body.contains("/leave/confirm"));
    // Unconfirmed it waits for ever.
    world.later(SignedDuration::from_hours(24 * 5));
    jobs(&world);
    assert!(!left(&world));

    let mut second = world.signed_in("second@ashmere.example").await;
    assert_eq!(second.post("/organisations/ashmere/leave/confirm", &[]).await.status, StatusCode::SEE_OTHER);
    let state: Value = serde_json::from_str(&second.get(&format!("{PAGE}.json")).await.body).unwrap();
    assert_eq!((&state["state"], &state["due_at"]), (&"confirmed".into(), &"15 March 2026, 10:00 UTC".into()));
    world.later(SignedDuration::from_hours(24 * 7 - 1));
    jobs(&world);
    assert!(!left(&world), "not an hour too soon");
    // Every steward was told by a letter, with the day and the way to take it back.
    let letters: Vec<String> = world.messages().into_iter().filter(|body| body.contains("is erased on")).collect();
    assert_eq!(letters.len(), 2, "{letters:?}");
    assert!(letters[0].contains("15 March 2026, 10:00 UTC") && letters[0].contains(PAGE), "{letters:?}");
    // Whoever asked takes it back; its job then finds nothing to do.
    let mut first = world.signed_in(BOTH).await;
    first.post("/account", &[("organisation", "ashmere")]).await;
    assert_eq!(first.post("/organisations/ashmere/leave/undo", &[]).await.status, StatusCode::SEE_OTHER);
    world.later(SignedDuration::from_hours(2));
    jobs(&world);
    assert!(!left(&world) && asked(&world) == 0);

    // Asked and confirmed again, the days begin anew; then it leaves.
    let mut first = world.signed_in(BOTH).await;
    first.post("/account", &[("organisation", "ashmere")]).await;
    first.post(PAGE, &[("taken", "yes")]).await;
    let mut second = world.signed_in("second@ashmere.example").await;
    second.post("/organisations/ashmere/leave/confirm", &[]).await;
    world.later(SignedDuration::from_hours(24 * 7 + 1));
    jobs(&world);
    assert!(left(&world));
    let name = "SELECT COUNT(*) FROM organisation WHERE id = 'ashmere' AND participating = 0 \
                AND name LIKE 'Ashmere Borough Council (left on %'";
    assert_eq!(world.count(name, &[]), 1);
    // There is no way to act for it, to invite to it or to leave again.
    let mut operator = world.joined("op@brackford.example", "brackford", Role::Operator).await;
    for gone in [PAGE, "/organisations/ashmere/people"] {
        assert_eq!(operator.get(gone).await.status, StatusCode::NOT_FOUND, "{gone}");
    }
}

#[tokio::test]
async fn others_learn_nothing_and_can_do_nothing() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    steward.post("/account", &[("organisation", "ashmere")]).await;
    steward.post(PAGE, &[("taken", "yes")]).await;
    let mut editor = world.signed_in(EDITOR).await;
    let mut stranger = world.signed_in(MEMBER).await;
    let mut other_steward = world.joined("steward@brackford.example", "brackford", Role::Steward).await;
    let mut visitor = world.browser();
    let steps = ["", "/confirm", "/undo"];
    for (browser, status) in [
        (&mut editor, StatusCode::FORBIDDEN),
        (&mut stranger, StatusCode::NOT_FOUND),
        (&mut other_steward, StatusCode::NOT_FOUND),
        (&mut visitor, StatusCode::NOT_FOUND),
    ] {
        for page in [PAGE.to_owned(), format!("{PAGE}.json"), format!("{PAGE}/file")] {
            assert_eq!(browser.get(&page).await.status, status, "{page}");
        }
        for step in steps {
            let fields: &[(&str, &str)] = if step.is_empty() { &[("taken", "yes")] } else { &[] };
            assert_eq!(browser.post(&format!("{PAGE}{step}"), fields).await.status, status, "{step}");
        }
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM organisation_leaving WHERE due_at IS NULL", &[]), 1);

    // Its own steward has the file, and that is on record. An operator confirms, and does not get the file.
    let file = steward.get(&format!("{PAGE}/file")).await;
    assert_eq!((file.status, file.body.as_str()), (StatusCode::OK, "everything of ashmere"));
    assert!(file.headers["content-disposition"].to_str().unwrap().contains("ashmere-2026-03-03.organisation.gz"));
    assert!(file.headers["cache-control"].to_str().unwrap().contains("no-store"));
    assert_eq!(world.count("SELECT COUNT(*) FROM event WHERE thing = '/organisations/ashmere/leave'", &[]), 2);
    let mut operator = world.joined("op@brackford.example", "brackford", Role::Operator).await;
    assert_eq!(operator.get(&format!("{PAGE}/file")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(operator.post(&format!("{PAGE}/confirm"), &[]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn who_keeps_the_list_or_has_the_only_operators_cannot_leave() {
    let world = World::new();
    let mut operator = world.joined("op@ashmere.example", "ashmere", Role::Operator).await;
    let refused = operator.post(PAGE, &[("taken", "yes")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("operators of this copy act for"), "{}", refused.body);
    world.joined("op@brackford.example", "brackford", Role::Operator).await;
    let disabled = |at: i64| {
        world.write(move |tx| {
            let sql = "UPDATE person SET disabled_at = CASE WHEN $1 = 0 THEN NULL ELSE $1 END WHERE email = 'op@brackford.example'";
            tx.execute(sql, &values![at])?;
            Ok(())
        });
    };
    disabled(1);
    let refused = operator.post(PAGE, &[("taken", "yes")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "an operator who is kept out operates nothing: {}", refused.body);
    disabled(0);
    world.write(|tx| {
        tx.execute("UPDATE organisation SET keeps_shared_list = 1 WHERE id = 'ashmere'", &[])?;
        Ok(())
    });
    let refused = operator.post(PAGE, &[("taken", "yes")]).await;
    assert!(refused.body.contains("keeps the list of products"), "{}", refused.body);
    assert_eq!((refused.status, asked(&world)), (StatusCode::CONFLICT, 0));
    assert!(!operator.get(PAGE).await.body.contains("We have our file"), "the page says why instead");
}
