//! The history of an estate: who sees which changes, the estate as it was on a day, and what differs between two days.

use architecture::statement::Attribute;
use jiff::SignedDuration;
use serde_json::{Value, json};
use vocabulary::Visibility;

use crate::imports::{EDITOR, LIST};
use crate::world::{READERS, World, system};

const HISTORY: &str = "/organisations/ashmere/history";
const MEMBER: &str = "member@brackford";

fn later(world: &World, days: i64) {
    world.clock.advance(SignedDuration::from_hours(24 * days));
}

/// An editor says something of a system.
fn say(world: &World, system: &str, body: &Value) {
    assert!(world.send_json(EDITOR, &format!("/systems/{system}/edit.json"), body).status.is_success());
}

/// Everything that a reader is told in ways that a hidden change might show itself.
fn told(world: &World, who: &str, system: &str) -> Vec<String> {
    [
        HISTORY.to_owned(),
        format!("{HISTORY}.json"),
        format!("{HISTORY}.csv"),
        format!("/systems/{system}"),
        format!("/systems/{system}.json"),
        "/organisations/ashmere".to_owned(),
        "/organisations/ashmere.json".to_owned(),
        "/organisations/ashmere/systems".to_owned(),
        "/organisations/ashmere/systems.json".to_owned(),
        "/organisations/ashmere/contracts.json".to_owned(),
        "/".to_owned(),
    ]
    .iter()
    .map(|path| world.get(who, path).body)
    .collect()
}

#[test]
fn what_others_do_not_see_does_not_tell_them_that_it_happened() {
    let world = World::new();
    let ids = world.add("ashmere", vec![system("Bin rounds").product("roundmaster").reference("C-1").status("live")]);
    let contract = world.contract_of(EDITOR, &ids[0]);
    let before = told(&world, MEMBER, &ids[0]);
    assert_eq!(world.get(MEMBER, &format!("{HISTORY}.json")).json()["total"], 1);
    // Costs, notes, people, unread texts and products of their own: nobody else hears of any of them.
    let hour = SignedDuration::from_hours(1);
    world.clock.advance(hour);
    let hidden = [
        json!({"annual_cost": 14000}),
        json!({"contract_cost": 20000}),
        json!({"notes": "Ask the desk before touching it"}),
        json!({"business_owner": "Priya Placeholder"}),
        json!({"contract_supplier": "Nobody Ltd"}),
        json!({"annual_cost": null, "notes": null, "business_owner": null}),
    ];
    for body in &hidden {
        say(&world, &ids[0], body);
        world.clock.advance(hour);
        assert_eq!(told(&world, MEMBER, &ids[0]), before, "{body}");
    }
    assert_eq!(world.get(MEMBER, &format!("/contracts/{contract}")).words().matches("22 November 2026").count(), 1);
    let own = world.get(EDITOR, &format!("{HISTORY}.json")).json();
    assert_eq!(own["total"], 1 + hidden.len());
    assert_eq!(own["changes"][0]["address"], "/organisations/ashmere/changes/7");
    later(&world, 6);
    // The next one that is seen comes right after the first.
    say(&world, &ids[0], &json!({"hosting": "Cloud", "annual_cost": 15000}));
    let seen = world.get(MEMBER, &format!("{HISTORY}.json")).json();
    assert_eq!((seen["total"].as_i64(), seen["changes"][0]["values"].as_i64()), (Some(2), Some(1)));
    assert_eq!(seen["changes"][0]["who"], "Ashmere");
    assert!(!seen.to_string().contains("/changes/"), "{seen}");
    let page = world.get(MEMBER, HISTORY);
    assert!(page.words().contains("2 changes · the last on 28 November 2026"), "{}", page.words());
    assert!(world.get(MEMBER, &format!("/systems/{}", ids[0])).words().contains("last change 28 November 2026"));
    let system = world.get(MEMBER, &format!("/systems/{}.json", ids[0])).json();
    assert!(
        system["history"]
            .as_array()
            .unwrap()
            .iter()
            .all(|entry| entry.get("change").is_none() && entry["who"] == "Ashmere")
    );
    let entry = &world.get(EDITOR, &format!("/systems/{}.json", ids[0])).json()["history"][0];
    assert_eq!(
        (entry["change"].as_str(), entry["who"].as_str()),
        (Some("/organisations/ashmere/changes/8"), Some("Somebody whose name was erased"))
    );
    let differences = world.store.read_blocking(architecture::projection::check).unwrap();
    assert!(differences.is_empty(), "{differences:?}");
}

#[test]
fn each_reader_sees_the_changes_of_what_is_shared_with_them() {
    let world = World::new();
    world.import("ashmere", "systems.csv", LIST.as_bytes());
    let address = world.import("ashmere", "systems.csv", LIST.replace("Live,40", "Live,55").as_bytes());
    for who in READERS {
        let history = world.get(who, &format!("{HISTORY}.json")).json();
        let expected = if ["visitor", "supplier@oakware"].contains(who) { 0 } else { 2 };
        assert_eq!(history["total"], expected, "{who}");
        let text = history.to_string();
        let own = ["editor@ashmere", "steward@ashmere", "auditor@colne"].contains(who);
        assert_eq!(text.contains("/changes/"), own, "{who}");
        assert!(!text.contains("systems.csv"), "a file's name is its organisation's own words: {who}");
        assert_eq!(world.get(who, &format!("{HISTORY}.csv")).csv().len(), expected, "{who}");
    }
    let page = world.get(EDITOR, HISTORY);
    assert!(page.words().contains("Brought in from a file Bin rounds"), "{}", page.words());
    assert_eq!(page.all(".ch-subnav [aria-current]"), ["History"]);
    // Taken back, the import still stands in its organisation's history; others are told of what is left.
    world.post(EDITOR, &format!("{address}/undo"), "").redirect();
    let history = world.get(EDITOR, &format!("{HISTORY}.json")).json();
    assert_eq!((history["total"].as_i64(), history["changes"][1]["undone"].as_bool()), (Some(3), Some(true)));
    world.share("ashmere", Visibility::Own, Visibility::Own);
    for who in READERS {
        let own = ["editor@ashmere", "steward@ashmere", "auditor@colne"].contains(who);
        assert_eq!(world.get(who, &format!("{HISTORY}.json")).json()["total"], if own { 3 } else { 0 }, "{who}");
    }
    world.share("ashmere", Visibility::Public, Visibility::Members);
    assert_eq!(world.get("visitor", &format!("{HISTORY}.json")).json()["total"], 3);
}

#[test]
fn long_histories_come_in_pages() {
    let world = World::new();
    let ids = world.add("ashmere", vec![system("Bin rounds").text(Attribute::Hosting, "On site")]);
    for number in 0..120 {
        say(&world, &ids[0], &json!({"hosting": format!("Room {number}"), "annual_cost": number}));
        say(&world, &ids[0], &json!({"annual_cost": number + 1000}));
        world.clock.advance(SignedDuration::from_mins(1));
    }
    let first = world.get(MEMBER, &format!("{HISTORY}.json")).json();
    assert_eq!((first["total"].as_i64(), first["changes"].as_array().map(Vec::len)), (Some(121), Some(100)));
    let second = world.get(MEMBER, first["next"].as_str().unwrap()).json();
    assert_eq!((second["changes"].as_array().map(Vec::len), second["next"].clone()), (Some(21), Value::Null));
    assert_eq!(world.get(EDITOR, &format!("{HISTORY}.json")).json()["total"], 241);
}
