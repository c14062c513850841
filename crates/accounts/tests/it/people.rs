//! People: put, and erased without a trace.

use accounts::{EmailAddress, person};
use axum::http::StatusCode;
use store::{Value, values};
use vocabulary::{Chance, PersonId, Role};

use crate::world::{BOTH, EDITOR, World, membership, start};

fn known(world: &World, email: &'static str) -> Option<PersonId> {
    world.write(move |tx| {
        let email = EmailAddress::parse(email).unwrap();
        Ok(person::find_by_email(tx, &email)?.map(|person| person.id))
    })
}

#[test]
fn putting_the_same_person_again_keeps_who_they_are() {
    let world = World::new();
    let before = known(&world, EDITOR);
    world.write(|tx| {
        let more = [membership(EDITOR, "brackford", Role::Member), membership(EDITOR, "ashmere", Role::Steward)];
        person::put_memberships(tx, &more, start(), &Chance::System)
    });
    assert_eq!(known(&world, EDITOR), before);
    let memberships = world.write(move |tx| Ok(person::memberships(tx, before.unwrap())?));
    let roles: Vec<_> = memberships.iter().map(|found| (found.organisation.as_str(), found.role)).collect();
    assert_eq!(roles, [("ashmere", Role::Steward), ("brackford", Role::Member)]);
}

#[test]
fn nobody_acts_for_a_body_that_is_not_here_and_nothing_is_half_done() {
    let world = World::new();
    let put = |tx: &mut store::Transaction<'_>| {
        let two =
            [membership("new@ashmere.example", "ashmere", Role::Member), membership(EDITOR, "nowhere", Role::Member)];
        person::put_memberships(tx, &two, start(), &Chance::System)
    };
    let refused = world.store.write_blocking(put).unwrap_err();
    assert_eq!(refused.to_string(), "there is no organisation \"nowhere\"; add it first");
    assert_eq!(known(&world, "new@ashmere.example"), None);
}

/// Every text and every blob in every table, as one text.
fn everything(world: &World) -> String {
    let tables = [
        ("organisation", "id || name || about"),
        ("organisation_name", "name"),
        ("person", "id || COALESCE(email, '') || COALESCE(name, '')"),
        ("membership", "organisation || person || role"),
        ("sign_in_link", "COALESCE(person, '') || next"),
        ("session", "person || COALESCE(organisation, '')"),
        ("outbox", "person || recipient || subject || body"),
        ("thing", "address || title || summary || also"),
        ("search_word", "word"),
        ("event", "thing"),
        ("link", "here || there || COALESCE(said_by, '')"),
    ];
    world.write(move |tx| {
        let mut all = String::new();
        for (table, columns) in tables {
            let sql = format!("SELECT {columns} FROM {table}");
            all.push_str(&tx.query(&sql, &[], |row| row.text(0))?.join("\n"));
        }
        Ok(all)
    })
}

#[tokio::test]
async fn an_erased_person_is_nowhere_and_signed_in_nowhere() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    browser.get("/sign-out").await;
    let mut asking = world.browser();
    asking.post("/sign-in", &[("email", EDITOR)]).await;
    let link = world.link();
    let id = known(&world, EDITOR).unwrap();
    assert!(everything(&world).contains("priya"));
    assert!(world.write(move |tx| Ok(person::erase(tx, &[accounts::ABOUT_PEOPLE], id, start())?)));
    assert!(
        !world.write(move |tx| Ok(person::erase(tx, &[accounts::ABOUT_PEOPLE], id, start())?)),
        "there is nothing left to erase"
    );
    assert!(!everything(&world).to_lowercase().contains("priya"), "no address and no name is left");
    assert_eq!(browser.who().await, "visitor");
    assert_ne!(asking.post(&link, &[]).await.status, StatusCode::SEE_OTHER);
    asking.post("/sign-in", &[("email", EDITOR)]).await;
    assert_eq!(world.messages().len(), 0, "the address is a stranger's now");
    assert_eq!(world.write(move |tx| Ok(person::name(tx, id)?)), None);
    let written_down =
        world.count("SELECT COUNT(*) FROM erasure WHERE kind = 'person' AND id = $1", &values![id.to_string()]);
    assert_eq!(written_down, 1, "so that a restored backup does not bring them back");
    let left = world.count("SELECT COUNT(*) FROM person WHERE id = $1", &values![id.to_string()]);
    assert_eq!(left, 1, "what refers to them still refers to somebody");
}

#[tokio::test]
async fn whoever_has_no_address_here_is_told_and_erased_too() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    let id = known(&world, EDITOR).unwrap();
    // As somebody whom a rule of a provider brought, whose address is not trusted and so not kept.
    world.write(move |tx| Ok(tx.execute("UPDATE person SET email = NULL WHERE id = $1", &values![id.to_string()])?));
    let told: serde_json::Value = serde_json::from_str(&browser.get("/account/export.json").await.body).unwrap();
    let places: Vec<&str> =
        told["held"].as_array().unwrap().iter().map(|held| held["place"].as_str().unwrap()).collect();
    assert!(places.contains(&"person") && places.contains(&"membership"), "{told}");
    let erased = browser.post("/account/erase", &[("confirm", "erase")]).await;
    assert!(erased.body.contains("Your account is erased"), "{}", erased.body);
    assert_eq!(browser.who().await, "visitor");
    assert_eq!(world.write(move |tx| Ok(person::name(tx, id)?)), None);
}

#[tokio::test]
async fn names_and_addresses_are_in_two_tables_only() {
    let world = World::new();
    world.signed_in(BOTH).await;
    world.browser().post("/sign-in", &[("email", BOTH)]).await;
    world.write(|tx| {
        tx.execute("DELETE FROM outbox", &[] as &[Value])?;
        tx.execute("UPDATE person SET email = NULL, name = NULL", &[])?;
        Ok(())
    });
    assert!(!everything(&world).to_lowercase().contains("alex"));
}

#[test]
fn the_check_notices_what_cannot_be() {
    for (damage, expected) in [
        ("DELETE FROM organisation WHERE id = 'fennel'", "somebody acts for fennel, which is no organisation here"),
        ("UPDATE person SET erased_at = 1 WHERE email LIKE 'desk%'", "who is nobody here"),
        ("DELETE FROM person WHERE email LIKE 'desk%'", "who is nobody here"),
    ] {
        let world = World::new();
        let check = accounts::slice(world.accounts.clone()).check;
        world.write(move |tx| {
            assert!(tx.execute(damage, &[])? > 0);
            Ok(())
        });
        let faults = world.write(move |tx| Ok(check(tx)?));
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{damage}: {faults:?}");
    }
}
