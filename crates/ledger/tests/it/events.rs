//! Events: dense, hashed, erasable, and seen by those who may see what they are about.

use ledger::{Event, NewEvent, append, erase_details, events, verify};
use serde_json::{Value, json};
use store::values;
use testing::TestStore;
use vocabulary::{PersonId, Visibility};

use crate::world::{READERS, at, chance, count, put, reader, run, store, thing};

fn event(organisation: &str, thing: &str, details: Value, erasable: bool) -> NewEvent {
    NewEvent {
        organisation: (!organisation.is_empty()).then(|| organisation.parse().unwrap()),
        actor: Some(PersonId(uuid::Uuid::from_u128(7))),
        verb: "retired",
        thing: thing.to_owned(),
        details,
        erasable,
    }
}

fn add(store: &TestStore, event: NewEvent) -> u64 {
    run(store, move |tx| append(tx, &event, at(1), &chance())).unwrap()
}

fn seen(store: &TestStore, who: &str, organisation: &str) -> Vec<Event> {
    let (who, organisation) = (reader(who), organisation.parse().ok());
    run(store, move |tx| Ok(events(tx, &who, organisation.as_ref(), None, 100)?)).unwrap()
}

#[test]
fn sequences_are_dense_within_an_organisation_even_after_a_rollback() {
    let store = store();
    let plain = |organisation| event(organisation, "/systems/a", json!({}), false);
    assert_eq!(add(&store, plain("ashmere")), 1);
    assert_eq!(add(&store, plain("ashmere")), 2);
    assert_eq!(add(&store, plain("brackford")), 1);
    assert_eq!(add(&store, plain("")), 1);
    let lost = plain("ashmere");
    let rolled_back = run(&store, move |tx| {
        assert_eq!(append(tx, &lost, at(1), &chance())?, 3);
        Err::<(), _>(ledger::Error::NoSuchEvent)
    });
    assert!(rolled_back.is_err());
    assert_eq!(add(&store, plain("ashmere")), 3);
    assert_eq!(store.read_blocking(verify).unwrap(), Vec::<String>::new());
}

#[test]
fn writers_at_the_same_time_leave_no_gap() {
    let store = store();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    add(&store, event("ashmere", "/systems/a", json!({"n": 1}), true));
                }
            });
        }
    });
    assert_eq!(count(&store, "SELECT MAX(sequence) FROM event WHERE organisation = $1", "ashmere"), 40);
    assert_eq!(store.read_blocking(verify).unwrap(), Vec::<String>::new());
}

#[test]
fn an_event_is_seen_by_those_who_may_see_its_thing() {
    let store = store();
    let system = |name, visibility| thing("ashmere", "system", name, visibility);
    put(
        &store,
        vec![
            system("public", Visibility::Public),
            system("members", Visibility::Members),
            system("own", Visibility::Own),
        ],
    );
    for name in ["public", "members", "own", "unregistered"] {
        add(&store, event("ashmere", &format!("/systems/{name}"), json!({"was": name}), false));
    }
    for who in READERS {
        let found: Vec<String> = seen(&store, who, "ashmere").into_iter().map(|event| event.thing).collect();
        let expected: &[&str] = match who {
            "ashmere/editor" | "ashmere/steward" | "brackford/auditor" => {
                &["/systems/unregistered", "/systems/own", "/systems/members", "/systems/public"]
            }
            "" | "supplier:fennel/member" | "supplier:ashmere/steward" => &["/systems/public"],
            _ => &["/systems/members", "/systems/public"],
        };
        assert_eq!(found, expected, "{who}");
        let whole = seen(&store, who, "ashmere").iter().all(|event| event.details.is_some() && event.actor.is_some());
        let none = seen(&store, who, "ashmere").iter().all(|event| event.details.is_none() && event.actor.is_none());
        match expected.len() {
            4 => assert!(whole, "{who}"),
            _ => assert!(none, "{who}"),
        }
    }
}

#[test]
fn events_are_paged_by_sequence() {
    let store = store();
    for _ in 0..5 {
        add(&store, event("ashmere", "/systems/a", json!({}), false));
    }
    let page = |before| {
        let who = reader("ashmere/editor");
        let organisation = "ashmere".parse().unwrap();
        run(&store, move |tx| Ok(events(tx, &who, Some(&organisation), before, 2)?))
            .unwrap()
            .into_iter()
            .map(|event| event.sequence)
            .collect::<Vec<_>>()
    };
    assert_eq!(page(None), [5, 4]);
    assert_eq!(page(Some(4)), [3, 2]);
    assert_eq!(page(Some(1)), Vec::<u64>::new());
}

#[test]
fn an_erasure_is_done_again_to_the_same_event_only() {
    let store = store();
    add(&store, event("ashmere", "/systems/a", json!({"owner": "somebody"}), true));
    let organisation: vocabulary::OrganisationId = "ashmere".parse().unwrap();
    run(&store, move |tx| erase_details(tx, Some(&organisation), 1, at(2))).unwrap();
    let erasure = store.read_blocking(ledger::erasures).unwrap().remove(0);

    // As a backup from before holds it: the same event with its details, and one that came to have its place.
    let other = self::store();
    add(&other, event("ashmere", "/systems/b", json!({"owner": "somebody else"}), true));
    let same = self::store();
    add(&same, event("ashmere", "/systems/a", json!({"owner": "somebody"}), true));
    let hash = store.read_blocking(|tx| tx.query_one("SELECT hash FROM event", &[], |row| row.bytes(0))).unwrap();
    let give = move |tx: &mut store::Transaction<'_>| tx.execute("UPDATE event SET hash = $1", &values![hash.clone()]);
    same.write_blocking::<_, store::Error, _>(give).unwrap();
    for (place, again, left) in [(&other, false, 1), (&same, true, 0), (&same, false, 0)] {
        let erasure = erasure.clone();
        assert_eq!(place.write_blocking(move |tx| ledger::reapply(tx, &erasure)).unwrap(), again);
        let details = "SELECT COUNT(*) FROM event WHERE organisation = $1 AND details IS NOT NULL";
        assert_eq!(count(place, details, "ashmere"), left);
    }
}

#[test]
fn erasing_removes_details_and_salt_and_nothing_else() {
    let store = store();
    let details = json!({"owner": "revenues-team", "was": 3});
    add(&store, event("ashmere", "/systems/a", details.clone(), true));
    add(&store, event("ashmere", "/systems/a", json!({"kept": true}), false));
    assert_eq!(seen(&store, "ashmere/editor", "ashmere")[1].details, Some(details));
    let hash = || {
        let read = |tx: &mut store::Transaction<'_>| {
            tx.query_one("SELECT hash FROM event WHERE sequence = 1", &[], |row| row.bytes(0))
        };
        store.read_blocking(read).unwrap()
    };
    let before = hash();
    let organisation: vocabulary::OrganisationId = "ashmere".parse().unwrap();
    let erase = |sequence| {
        let organisation = organisation.clone();
        run(&store, move |tx| erase_details(tx, Some(&organisation), sequence, at(2)))
    };
    erase(1).unwrap();
    erase(1).unwrap();
    assert!(matches!(erase(2), Err(ledger::Error::NotErasable)));
    assert!(matches!(erase(3), Err(ledger::Error::NoSuchEvent)));
    assert_eq!(hash(), before);
    let left = seen(&store, "ashmere/editor", "ashmere");
    assert_eq!(left[1].details, None);
    assert_eq!(left[1].verb, "retired");
    assert_eq!(left[0].details, Some(json!({"kept": true})));
    let known = store.read_blocking(ledger::erasures).unwrap();
    assert_eq!((known.len(), known[0].organisation.as_ref(), known[0].at), (1, Some(&organisation), at(2)));
    assert!(known[0].id.starts_with("1-"), "{known:?}");
    let anywhere = "SELECT COUNT(*) FROM event WHERE organisation = $1 AND (salt IS NOT NULL OR details IS NOT NULL)";
    assert_eq!(count(&store, anywhere, "ashmere"), 0);
    assert_eq!(store.read_blocking(verify).unwrap(), Vec::<String>::new());
}

#[test]
fn every_change_to_a_stored_event_is_noticed() {
    for damage in [
        "UPDATE event SET at = at + 1 WHERE sequence = 2",
        "UPDATE event SET thing = '/systems/b' WHERE sequence = 2",
        "UPDATE event SET hash = (SELECT e.hash FROM event e WHERE e.sequence = 1) WHERE sequence = 2",
        "UPDATE event SET bytes = (SELECT e.bytes FROM event e WHERE e.sequence = 1) WHERE sequence = 2",
        "UPDATE event SET salt = (SELECT e.salt FROM event e WHERE e.sequence = 1) WHERE sequence = 2",
        "UPDATE event SET details = (SELECT e.bytes FROM event e WHERE e.sequence = 1) WHERE sequence = 2",
        "UPDATE event SET details = NULL, salt = NULL WHERE sequence = 2",
        "UPDATE event SET erased_at = 1 WHERE sequence = 2",
        "DELETE FROM event WHERE sequence = 2",
        "DELETE FROM event WHERE sequence = 3",
        "DELETE FROM event_head",
        "UPDATE event_head SET sequence = 9",
    ] {
        let store = store();
        let source = chance();
        for n in 1..=3 {
            let (event, source) = (event("ashmere", "/systems/a", json!({"n": n}), true), source.clone());
            run(&store, move |tx| append(tx, &event, at(n), &source)).unwrap();
        }
        assert_eq!(store.read_blocking(verify).unwrap(), Vec::<String>::new());
        run(&store, move |tx| {
            assert!(tx.execute(damage, &values![])? > 0);
            Ok(())
        })
        .unwrap();
        assert_ne!(store.read_blocking(verify).unwrap(), Vec::<String>::new(), "{damage}");
    }
}

#[test]
fn details_with_a_floating_point_number_are_refused_and_nothing_is_written() {
    let store = store();
    let bad = event("ashmere", "/systems/a", json!({"cost": 1.5}), false);
    assert!(run(&store, move |tx| append(tx, &bad, at(1), &chance())).is_err());
    assert_eq!(add(&store, event("ashmere", "/systems/a", json!({}), false)), 1);
}
