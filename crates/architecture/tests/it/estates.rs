//! The inventory of an estate: what each reader finds in it, by page, file and number.

use architecture::statement::{Attribute, Stated};
use axum::http::StatusCode;
use vocabulary::Visibility;

use crate::world::{NewSystem, READERS, World, system};

/// Six systems at Ashmere of which one has a candidate product and private texts.
fn ashmere() -> Vec<NewSystem> {
    vec![
        system("Bin rounds")
            .product("roundmaster")
            .status("live")
            .elements(&["waste"])
            .users(120)
            .cost(1_250_000)
            .reference("C-114")
            .ends("2027-03-31", Some(6))
            .text(Attribute::BusinessOwner, "Waste services"),
        system("Bulky waste")
            .product("wastedesk")
            .status("live")
            .elements(&["waste", "forms"])
            .users(15)
            .ends("2027-01", None),
        system("Council tax").product("taxbase").status("retiring").elements(&["revenues"]).cost(9_900_000),
        system("Everything forms").status("live").elements(&["forms"]).says(Attribute::Supplier, Stated::InHouse),
        system("Hidden ledger")
            .candidate("Zephyrline Quantum")
            .status("planned")
            .private(Attribute::BusinessOwner, "Petronella Quill")
            .private(Attribute::Supplier, "Vexworth and Daughters")
            .private(Attribute::Notes, "Replace by Michaelmas")
            .unread(Attribute::End, "circa doomsday"),
        system("Old parking"),
    ]
}

pub fn world() -> World {
    let world = World::new();
    world.add("ashmere", ashmere());
    world.add(
        "brackford",
        vec![
            system("Rounds").product("roundmaster").status("live").cost(700_000),
            system("Secret thing").candidate("Brackford Special").private(Attribute::BusinessOwner, "Ottoline Grey"),
        ],
    );
    world.add("colne", vec![system("Colne tax").product("taxbase").status("live")]);
    world
}

/// What only Ashmere's own readers may find anywhere.
const PRIVATE: &[&str] = &["Zephyrline", "Petronella", "Quill", "Vexworth", "Michaelmas", "doomsday"];

const OWN: &[&str] = &["editor@ashmere", "steward@ashmere", "auditor@colne"];

#[test]
fn each_reader_finds_as_many_systems_as_are_shared_with_them() {
    let world = world();
    for who in READERS {
        let signed_in_member = !["visitor", "supplier@oakware"].contains(who);
        let expected = [
            ("ashmere", if signed_in_member { 6 } else { 0 }),
            ("brackford", 2),
            ("colne", usize::from(*who == "auditor@colne")),
        ];
        for (organisation, count) in expected {
            let path = format!("/organisations/{organisation}/systems");
            let data = world.get(who, &format!("{path}.json")).json();
            let csv = world.get(who, &format!("{path}.csv")).csv();
            assert_eq!(data["total"], count, "{who} at {organisation}");
            assert_eq!(data["systems"].as_array().map(Vec::len), Some(count), "{who} at {organisation}");
            assert_eq!(csv.len(), count, "{who} at {organisation}");
            let page = world.get(who, &path);
            assert_eq!(page.status, StatusCode::OK);
            assert_eq!(page.all("tbody tr").len(), count, "{who} at {organisation}");
            let facets: u64 = data["filters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|group| group["name"] == "status")
                .flat_map(|group| group["items"].as_array().into_iter().flatten())
                .filter_map(|item| item["count"].as_u64())
                .sum();
            assert_eq!(facets, u64::try_from(count).unwrap(), "{who} at {organisation}");
        }
    }
}

#[test]
fn the_fixed_sentence_stands_on_estates_that_are_not_public_whether_or_not_anything_is_there() {
    let world = world();
    let sentence = "Councils share most of their estates only with each other. Sign in if you work for one.";
    for who in READERS {
        let public = ["visitor", "supplier@oakware"].contains(who);
        for (organisation, open) in [("ashmere", false), ("brackford", true), ("colne", false)] {
            for page in ["", "/systems"] {
                let words = world.get(who, &format!("/organisations/{organisation}{page}")).words();
                assert_eq!(words.contains(sentence), public && !open, "{who} at {organisation}{page}");
            }
        }
    }
    let bare = World::new();
    for organisation in ["ashmere", "colne"] {
        let words = bare.get("visitor", &format!("/organisations/{organisation}/systems")).words();
        assert!(words.contains(sentence), "an empty estate says the same: {words}");
    }
}

#[test]
fn an_estate_of_which_nothing_is_seen_looks_like_an_empty_one() {
    let full = world();
    let empty = World::new();
    for who in ["visitor", "supplier@oakware"] {
        for path in [
            "/organisations/ashmere/systems",
            "/organisations/ashmere",
            "/organisations/ashmere/systems.json",
            "/organisations/ashmere.json",
            "/organisations/ashmere/systems.csv",
        ] {
            assert_eq!(full.get(who, path).body, empty.get(who, path).body, "{who} {path}");
        }
    }
    assert_eq!(
        full.get("member@brackford", "/organisations/colne/systems").body,
        empty.get("member@brackford", "/organisations/colne/systems").body
    );
}

#[test]
fn candidates_and_private_texts_reach_their_own_readers_and_nobody_else() {
    let world = world();
    let columns = "?column=business_owner&column=supplier&column=product&column=contract_end&column=version";
    let paths = [
        "/organisations/ashmere/systems".to_owned(),
        format!("/organisations/ashmere/systems{columns}"),
        "/organisations/ashmere/systems.json".to_owned(),
        "/organisations/ashmere/systems.csv".to_owned(),
        "/organisations/ashmere".to_owned(),
        "/organisations/ashmere.json".to_owned(),
        "/organisations/oakware".to_owned(),
        "/organisations/oakware.json".to_owned(),
        "/organisations".to_owned(),
    ];
    for who in READERS.iter().filter(|who| !OWN.contains(who)) {
        for path in &paths {
            let body = world.get(who, path).body;
            for text in PRIVATE {
                assert!(!body.contains(text), "{who} reads {text} at {path}");
            }
        }
        for word in PRIVATE {
            let found = world.get(who, &format!("/organisations/ashmere/systems.json?q={word}")).json();
            assert_eq!(found["total"], 0, "{who} finds by {word}");
            let others = found["filters"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|group| group["items"].as_array().into_iter().flatten());
            assert_eq!(others.count(), 0, "{who} counts by {word}");
        }
    }
    for who in OWN {
        let page = world.get(who, &format!("/organisations/ashmere/systems{columns}")).words();
        for text in
            ["Zephyrline Quantum", "Petronella Quill", "Vexworth and Daughters", "Not understood: \"circa doomsday\""]
        {
            assert!(page.contains(text), "{who} misses {text}: {page}");
        }
        let found = world.get(who, "/organisations/ashmere/systems.json?q=petronella%20zephyr").json();
        assert_eq!(found["total"], 1, "{who}");
        let csv = world.get(who, "/organisations/ashmere/systems.csv").csv();
        let hidden = csv.iter().find(|row| row["name"] == "Hidden ledger").unwrap();
        let cell = |column: &str| hidden[column].as_str();
        assert_eq!(
            (cell("business_owner"), cell("supplier"), cell("product"), cell("contract_end")),
            ("Petronella Quill", "Vexworth and Daughters", "Zephyrline Quantum", "circa doomsday")
        );
    }
}

#[test]
fn a_candidate_is_a_value_of_a_filter_for_its_own_readers_and_unknown_to_others() {
    let world = world();
    let own = world.get("editor@ashmere", "/organisations/ashmere/systems.json").json();
    let hidden =
        own["systems"].as_array().unwrap().iter().find(|system| system["name"] == "Hidden ledger").unwrap().clone();
    let candidate = hidden["product"].as_str().unwrap();
    let path = |product: &str| format!("/organisations/ashmere/systems.json?product={product}");
    assert_eq!(world.get("editor@ashmere", &path(candidate)).json()["total"], 1);
    let refused = |product: &str| {
        let seen = world.get("member@ashmere", &path(product));
        assert_eq!(seen.status, StatusCode::BAD_REQUEST);
        seen.body.replace(product, "…")
    };
    assert_eq!(refused(candidate), refused("no-such-product"), "hidden and absent are one answer");
}

#[test]
fn costs_are_a_column_a_sum_and_an_order_only_for_those_who_see_them() {
    let world = world();
    let path = "/organisations/ashmere/systems";
    let sees = |who: &str, yes: bool| {
        let page = world.get(who, path).body;
        assert_eq!(page.contains("Cost a year"), yes, "{who}");
        assert_eq!(
            world.get(who, &format!("{path}.csv")).body.lines().next().unwrap().contains("annual_cost"),
            yes,
            "{who}"
        );
        assert_eq!(world.get(who, &format!("{path}.json")).body.contains("annual_cost\":"), yes, "{who}");
        for (query, unknown) in [
            ("sort=annual_cost", "sort=no_such"),
            ("sort=-annual_cost", "sort=-no_such"),
            ("column=annual_cost", "column=no_such"),
        ] {
            let seen = world.get(who, &format!("{path}?{query}"));
            if yes {
                assert_eq!(seen.status, StatusCode::OK, "{who} {query}");
            } else {
                assert_eq!(seen.status, StatusCode::BAD_REQUEST, "{who} {query}");
                let unknown = world.get(who, &format!("{path}.json?{unknown}"));
                let refused = world.get(who, &format!("{path}.json?{query}"));
                assert_eq!(
                    refused.body.replace("annual_cost", "no_such"),
                    unknown.body,
                    "refused like what does not exist"
                );
            }
        }
    };
    for who in READERS {
        sees(who, OWN.contains(who));
    }
    world.share("ashmere", Visibility::Members, Visibility::Members);
    for who in READERS {
        sees(who, !["visitor", "supplier@oakware"].contains(who));
    }
    let words = world.get("member@brackford", path).words();
    assert!(words.contains("£111,500 a year, from the 2 of 6 systems whose cost is known."), "{words}");
}

#[test]
fn a_cursor_by_cost_does_not_serve_those_who_may_not_sort_by_it() {
    let world = World::new();
    world.add("ashmere", (0..120).map(|n| system(&format!("System {n:03}")).cost(n * 100)).collect());
    let first = world.get("editor@ashmere", "/organisations/ashmere/systems.json?sort=annual_cost").json();
    let next = first["next"].as_str().unwrap().to_owned();
    assert_eq!(world.get("editor@ashmere", &next).json()["systems"].as_array().unwrap().len(), 20);
    assert_eq!(world.get("member@ashmere", &next).status, StatusCode::BAD_REQUEST);
    let without_sort = next.replace("sort=annual_cost&", "").replace("&sort=annual_cost", "");
    assert_ne!(without_sort, next);
    assert_eq!(
        world.get("member@ashmere", &without_sort).status,
        StatusCode::BAD_REQUEST,
        "nor with the sorting left out"
    );
    let visitor = world.get("visitor", "/organisations/ashmere/systems.json").json();
    assert_eq!(visitor["next"], serde_json::Value::Null);
}

#[test]
fn page_csv_and_json_say_the_same() {
    let world = world();
    for who in READERS {
        for organisation in ["ashmere", "brackford", "colne"] {
            for query in ["", "?status=live", "?sort=-users&q=a"] {
                let path = format!("/organisations/{organisation}/systems");
                let names = |names: Vec<String>| names;
                let page = names(world.get(who, &format!("{path}{query}")).all("tbody th"));
                let json: Vec<String> = world.get(who, &format!("{path}.json{query}")).json()["systems"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|system| system["name"].as_str().unwrap().to_owned())
                    .collect();
                let csv: Vec<String> =
                    world.get(who, &format!("{path}.csv{query}")).csv().iter().map(|row| row["name"].clone()).collect();
                assert_eq!(page, json, "{who} {path}{query}");
                assert_eq!(csv, json, "{who} {path}{query}");
            }
        }
    }
}
