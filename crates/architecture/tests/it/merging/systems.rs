//! Making one of two: what editors see, what becomes of values, links, addresses and later files, and taking it back.

use architecture::change::undo::undo;
use architecture::import::apply::Moment;
use architecture::statement::Attribute;
use axum::http::StatusCode;

use crate::world::{READERS, World, id, now, system};

const EDITOR: &str = "editor@ashmere";

/// Two records of one system: what was said of each, and what of only one.
fn pair(world: &World) -> (String, String) {
    let ids = world.add(
        "ashmere",
        vec![
            system("Bin rounds").product("roundmaster").elements(&["waste"]).users(40).status("live"),
            system("Refuse collection")
                .elements(&["online"])
                .users(60)
                .cost(1_250_000)
                .private(Attribute::Notes, "Ask Jo"),
        ],
    );
    (ids[0].clone(), ids[1].clone())
}

fn look(world: &World, stays: &str, goes: &str) -> serde_json::Value {
    world.get(EDITOR, &format!("/systems/{stays}/merge.json?with={goes}")).json()
}

fn merge(world: &World, stays: &str, goes: &str, choices: &str) -> i64 {
    let seen = look(world, stays, goes)["seen"].as_i64().unwrap();
    let form = format!("with={goes}&seen={seen}{choices}");
    let to = world.post(EDITOR, &format!("/systems/{stays}/merge"), &form).redirect();
    let (address, change) = to.split_once("?change=").expect("the change's number");
    assert_eq!(address, format!("/systems/{stays}"));
    change.parse().unwrap()
}

fn take_back(world: &World, change: i64) {
    let moment = Moment { now: now(), today: world.clock.today(), chance: world.chance.clone(), actor: None };
    world.store.write_blocking(move |tx| undo(tx, &id("ashmere"), change, &moment)).expect("undone");
}

#[test]
fn two_records_become_one_and_two_again() {
    let world = World::new();
    let (stays, goes) = pair(&world);
    let before = world.estate("ashmere");
    let looked = look(&world, &stays, &goes);
    let choices: Vec<&str> =
        looked["choices"].as_array().unwrap().iter().map(|choice| choice["attribute"].as_str().unwrap()).collect();
    assert_eq!(choices, ["name", "users"]);
    let gains: Vec<&str> =
        looked["gains"].as_array().unwrap().iter().map(|gain| gain["attribute"].as_str().unwrap()).collect();
    assert_eq!(gains, ["elements", "annual_cost", "notes"], "both elements, and what only the other one said");

    let change = merge(&world, &stays, &goes, "&take-name=stays&take-users=goes");
    let shown = world.get(EDITOR, &format!("/systems/{stays}.json")).json();
    assert_eq!(shown["system"]["name"], "Bin rounds");
    assert_eq!(shown["system"]["users"], 60);
    assert_eq!(shown["system"]["annual_cost"], 1_250_000);
    assert_eq!(world.get(EDITOR, "/organisations/ashmere/systems.json").json()["total"], 1);
    assert!(world.get(EDITOR, &format!("/systems/{stays}")).words().contains("Ask Jo"));
    let old = world.get(EDITOR, &format!("/systems/{goes}.json"));
    assert_eq!(old.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(old.headers["location"], format!("/systems/{stays}.json"));
    assert_eq!(world.faults(), [""; 0]);

    take_back(&world, change);
    assert_eq!(world.estate("ashmere"), before);
    assert_eq!(world.get(EDITOR, &format!("/systems/{goes}")).status, StatusCode::OK);
    assert_eq!(world.faults(), [""; 0]);
}

#[test]
fn merging_is_for_the_editors_of_one_estate() {
    let world = World::new();
    let (stays, goes) = pair(&world);
    let theirs = world.add("brackford", vec![system("Their own")]).remove(0);
    for who in READERS {
        let expected = match *who {
            "editor@ashmere" | "steward@ashmere" => StatusCode::OK,
            "member@ashmere" => StatusCode::FORBIDDEN,
            _ => StatusCode::NOT_FOUND,
        };
        assert_eq!(world.get(who, &format!("/systems/{stays}/merge?with={goes}")).status, expected, "{who}");
        if expected != StatusCode::OK {
            let sent = world.post(who, &format!("/systems/{stays}/merge"), &format!("with={goes}&seen=1"));
            assert_eq!(sent.status, expected, "{who}");
        }
    }
    let foreign = world.get(EDITOR, &format!("/systems/{stays}/merge?with={theirs}"));
    assert_eq!(foreign.status, StatusCode::NOT_FOUND, "a system of another estate");
    let sent = world.post(EDITOR, &format!("/systems/{stays}/merge"), &format!("with={theirs}&seen=1"));
    assert_eq!(sent.status, StatusCode::NOT_FOUND);
    let same = world.post(EDITOR, &format!("/systems/{stays}/merge"), &format!("with={stays}&seen=1"));
    assert_eq!(same.status, StatusCode::BAD_REQUEST);
    let none = world.post(EDITOR, &format!("/systems/{stays}/merge"), "");
    assert!(none.words().contains("Choose the system that is the same as this one"));
}

#[test]
fn an_address_that_was_merged_tells_nobody_else_anything() {
    let world = World::new();
    world.share("ashmere", vocabulary::Visibility::Own, vocabulary::Visibility::Own);
    let (stays, goes) = pair(&world);
    merge(&world, &stays, &goes, "");
    for who in READERS.iter().filter(|who| !["editor@ashmere", "steward@ashmere", "auditor@colne"].contains(who)) {
        let (merged, nothing) = (
            world.get(who, &format!("/systems/{goes}")),
            world.get(who, "/systems/00000000-0000-7000-8000-000000000000"),
        );
        assert_eq!(merged.status, StatusCode::NOT_FOUND, "{who}");
        assert_eq!(merged.words(), nothing.words(), "{who}");
    }
}

#[test]
fn what_was_changed_meanwhile_is_not_merged() {
    let world = World::new();
    let (stays, goes) = pair(&world);
    let seen = look(&world, &stays, &goes)["seen"].as_i64().unwrap();
    world.add("ashmere", vec![crate::world::change(&goes).users(61)]);
    let sent = world.post(EDITOR, &format!("/systems/{stays}/merge"), &format!("with={goes}&seen={seen}"));
    assert_eq!(sent.status, StatusCode::CONFLICT);
    assert_eq!(world.get(EDITOR, &format!("/systems/{goes}")).status, StatusCode::OK);
}

#[test]
fn later_files_mean_the_one_system() {
    let world = World::new();
    let file = "System,Users\nBin rounds,40\nRefuse collection,60\n";
    let first = world.bring("ashmere", "systems.csv", file.as_bytes());
    world.apply(&first, &[]);
    let list = world.get(EDITOR, "/organisations/ashmere/systems.json").json();
    let of = |name: &str| {
        let systems = list["systems"].as_array().unwrap();
        systems.iter().find(|system| system["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let (stays, goes) = (of("Bin rounds"), of("Refuse collection"));
    let change = merge(&world, &stays, &goes, "");

    // Both rows: the one that has its own system speaks, the other is left out and said so.
    let again = world.bring("ashmere", "systems v2.csv", file.as_bytes());
    let preview = world.get(EDITOR, &format!("{again}/preview"));
    assert!(preview.words().contains("\"Refuse collection\" was merged into \"Bin rounds\""), "{}", preview.words());
    assert!(preview.words().contains("This file changes nothing"), "{}", preview.words());
    world.post(EDITOR, &format!("{again}/cancel"), "");

    // Only the merged one's row: it is about the system that it became.
    let only = world.bring("ashmere", "systems v3.csv", b"System,Users\nRefuse collection,75\n");
    world.apply(&only, &[]);
    let list = world.get(EDITOR, "/organisations/ashmere/systems.json").json();
    assert_eq!(list["total"], 1);
    assert_eq!(list["systems"][0]["users"], 75);
    assert_eq!(list["systems"][0]["id"], stays.as_str());

    // Taken back after the file changed it: refused, since that work would be lost.
    let moment = Moment { now: now(), today: world.clock.today(), chance: world.chance.clone(), actor: None };
    let refused = world.store.write_blocking(move |tx| undo(tx, &id("ashmere"), change, &moment));
    assert!(refused.is_ok(), "users were not part of the merging: {refused:?}");
}
