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

/// The systems of a list's JSON, by id.
fn systems(world: &World, who: &str, query: &str) -> Vec<Value> {
    let mut rows = world.get(who, &format!("/organisations/ashmere/systems.json{query}")).json()["systems"]
        .as_array()
        .unwrap()
        .clone();
    rows.sort_by_key(|row| row["id"].as_str().unwrap().to_owned());
    rows
}

#[test]
fn as_of_today_each_reader_sees_just_what_they_see_today() {
    let world = World::new();
    world.import("ashmere", "systems.csv", LIST.as_bytes());
    let ids = world.add(
        "ashmere",
        vec![
            system("Messy")
                .candidate("Quillbox")
                .text(Attribute::Version, "3")
                .private(Attribute::BusinessOwner, "Priya Placeholder")
                .private(Attribute::Notes, "Notes")
                .cost(900),
            system("Half read")
                .unread(Attribute::Users, "lots")
                .unread(Attribute::End, "soon")
                .reference("C-9")
                .elements(&["waste", "revenues"]),
        ],
    );
    say(
        &world,
        &ids[1],
        &json!({"contract_supplier": "Nobody Ltd", "contract_cost": 100, "modules": "A; B", "technical_owner": "ICT"}),
    );
    world.post(EDITOR, &format!("/systems/{}/users", ids[1]), "used_by=brackford");
    later(&world, 1);
    for (estate, costs) in [
        (Visibility::Members, Visibility::Own),
        (Visibility::Members, Visibility::Members),
        (Visibility::Public, Visibility::Members),
        (Visibility::Own, Visibility::Own),
    ] {
        world.share("ashmere", estate, costs);
        for who in READERS {
            let today = systems(&world, who, "");
            assert_eq!(systems(&world, who, "?as_of=2026-11-23"), today, "{who} {estate:?}");
            let csv = |query: &str| world.get(who, &format!("/organisations/ashmere/systems.csv{query}")).body;
            assert_eq!(csv("?as_of=2026-11-23"), csv(""), "{who}");
            for row in &today {
                let address = row["address"].as_str().unwrap();
                let (now, then) = (
                    world.get(who, &format!("{address}.json")).json(),
                    world.get(who, &format!("{address}.json?as_of=2026-11-23")).json(),
                );
                assert_eq!((&now["system"], &now["history"]), (&then["system"], &then["history"]), "{who} {address}");
                // Editors may erase today; the past offers no buttons.
                if !["editor@ashmere", "steward@ashmere"].contains(who) {
                    assert_eq!(now["cards"], then["cards"], "{who} {address}");
                }
            }
        }
    }
}

#[test]
fn an_estate_is_shown_as_it_was_and_two_days_are_compared() {
    let world = World::new();
    let ids = world.add(
        "ashmere",
        vec![
            system("Bin rounds").product("roundmaster").reference("C-1").ends("2027-03-31", Some(6)).status("live"),
            system("Old parking").status("live"),
        ],
    );
    let import = world.import("ashmere", "extra.csv", b"System,Status\nMistaken,Live\n");
    // 23 November: changed, retired, added, taken back.
    later(&world, 1);
    say(
        &world,
        &ids[0],
        &json!({"name": "Bin rounds (all)", "contract_end": "2028-03-31", "annual_cost": 14000, "business_owner": "Priya Placeholder"}),
    );
    world.post(EDITOR, &format!("/systems/{}/retire", ids[1]), "").redirect();
    let added = world.send_json(
        EDITOR,
        "/organisations/ashmere/systems/new.json",
        &json!({"name": "Bookings", "status": "planned"}),
    );
    let added: Value = serde_json::from_str(&added.body).unwrap();
    let added = added["system"]["address"].as_str().unwrap().to_owned();
    world.post(EDITOR, &format!("{import}/undo"), "").redirect();
    later(&world, 3);

    let names = |who: &str, query: &str| {
        let csv = world.get(who, &format!("/organisations/ashmere/systems.csv{query}")).csv();
        csv.into_iter().map(|row| row["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(EDITOR, "?as_of=2026-11-22"), ["Bin rounds", "Mistaken", "Old parking"]);
    assert_eq!(
        names(MEMBER, "?as_of=2026-11-22"),
        ["Bin rounds", "Old parking"],
        "what has left is its organisation's own"
    );
    assert_eq!(names(EDITOR, "?as_of=2026-11-23"), ["Bin rounds (all)", "Bookings", "Old parking"]);
    assert_eq!(names(EDITOR, "?as_of=+23+November+2026+"), names(EDITOR, "?as_of=2026-11-23"), "as people type it");
    let blank = world.get(EDITOR, "/organisations/ashmere/systems?as_of=%20");
    assert!(blank.words().contains("\"as_of\" must be a day."), "{}", blank.words());
    assert_eq!(names(EDITOR, "?as_of=2026-11-21"), [""; 0]);
    assert_eq!(names("visitor", "?as_of=2026-11-22"), [""; 0]);
    let list = world.get(EDITOR, "/organisations/ashmere/systems?as_of=2026-11-22&status=live");
    assert!(list.words().contains("You see Ashmere as it was on 22 November 2026. See today"), "{}", list.words());
    assert!(list.body.contains(&format!("/systems/{}?as_of=2026-11-22", ids[0])));
    assert!(!list.body.contains("name=\"tick\"") && !list.words().contains("Add a system"));
    let page = world.get(EDITOR, &format!("/systems/{}?as_of=2026-11-22", ids[0]));
    assert_eq!(page.all("h1"), ["Bin rounds"]);
    for text in [
        "You see Bin rounds as it was on 22 November 2026. See today",
        "Contract end 31 March 2027",
        "Business owner Not known",
    ] {
        assert!(page.words().contains(text), "{text}: {}", page.words());
    }
    assert!(
        !page.words().contains("Retire this system")
            && !page.words().contains("Who else runs this")
            && !page.words().contains("Add it")
    );
    let early = world.get(EDITOR, &format!("{added}?as_of=2026-11-22"));
    assert_eq!(early.status, 404);
    assert!(early.words().contains("This system was not in the estate on 22 November 2026."), "{}", early.words());
    // What has left the estate can still be looked at by its own organisation.
    let mistaken =
        systems(&world, EDITOR, "?as_of=2026-11-22").into_iter().find(|row| row["name"] == "Mistaken").unwrap();
    let mistaken = format!("{}?as_of=2026-11-22", mistaken["address"].as_str().unwrap());
    assert_eq!(
        (world.get(EDITOR, &mistaken).status.as_u16(), world.get(MEMBER, &mistaken).status.as_u16()),
        (200, 404)
    );

    let differences = "/organisations/ashmere/differences";
    let found = world.get(EDITOR, &format!("{differences}?from=2026-11-22&to=2026-11-24"));
    assert_eq!(found.all("h1"), ["What changed at Ashmere from 22 November 2026 to 24 November 2026"]);
    let words = found.words();
    for text in [
        "1 system added, 1 changed, 1 retired, 1 taken out. 3 systems on the first day, 3 on the last.",
        "Bookings + Added In the estate since then",
        "Old parking Retired Status Live Retired",
        "Contract end 31 Mar 2027 31 Mar 2028",
        "Business owner Not known Priya Placeholder",
        "Cost a year (£) Not known £14,000",
    ] {
        assert!(words.contains(text), "{text}: {words}");
    }
    let csv = world.get(MEMBER, &format!("{differences}.csv?from=2026-11-22")).csv();
    let rows: Vec<(&str, &str, &str)> =
        csv.iter().map(|row| (row["name"].as_str(), row["change"].as_str(), row["field"].as_str())).collect();
    assert_eq!(
        rows,
        [
            ("Bookings", "added", ""),
            ("Old parking", "retired", "status"),
            ("Bin rounds (all)", "changed", "name"),
            ("Bin rounds (all)", "changed", "last_notice_date"),
            ("Bin rounds (all)", "changed", "contract_end"),
        ]
    );
    assert_eq!(world.get("visitor", &format!("{differences}.csv?from=2026-11-22")).csv().len(), 0);
    let none = world.get(EDITOR, &format!("{differences}?from=2026-11-24&to=2026-11-25"));
    assert!(none.words().contains("Nothing that you can see differs between these days."), "{}", none.words());
    assert!(world.get(EDITOR, differences).words().contains("Compare two days at Ashmere"));
    for wrong in ["from=2026-11-24&to=2026-11-22", "from=soon", "to=2026-11-22", "from=2030-01-01", "form=2026-11-22"] {
        assert_eq!(world.get(EDITOR, &format!("{differences}?{wrong}")).status, 400, "{wrong}");
    }
    for wrong in ["as_of=yesterday", "as_of=2026-11", "as_of=2030-01-01", "as_of=2026-11-22&owner=others"] {
        assert_eq!(world.get(EDITOR, &format!("/organisations/ashmere/systems?{wrong}")).status, 400, "{wrong}");
    }
    assert_eq!(world.post(EDITOR, "/organisations/ashmere/systems?as_of=2026-11-22", "step=change").status, 400);
}

#[test]
fn histories_of_500_systems_are_read() {
    let world = World::new();
    let some = |number: usize| {
        system(&format!("System {number}"))
            .product("roundmaster")
            .status("live")
            .reference(&format!("C-{number}"))
            .ends("2027-03-31", Some(6))
            .elements(&["waste"])
            .users(40)
            .text(Attribute::Hosting, "On site")
    };
    let ids = world.add("ashmere", (0..500).map(some).collect());
    for round in 0..3 {
        later(&world, 1);
        let body = json!({"tick": ids, "field": "hosting", "value": format!("Cloud {round}"), "apply": true});
        assert_eq!(world.send_json(EDITOR, "/organisations/ashmere/systems/change.json", &body).status, 200);
    }
    for path in ["history", "systems?as_of=2026-11-23", "differences?from=2026-11-22&to=2026-11-24"] {
        assert_eq!(world.get(EDITOR, &format!("/organisations/ashmere/{path}")).status, 200, "{path}");
    }
    let found = world.get(EDITOR, "/organisations/ashmere/differences.json?from=2026-11-22&to=2026-11-24").json();
    assert_eq!(found["counts"]["changed"], 500);
}
