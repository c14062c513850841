//! Contract dates of one organisation and across: what falls next, groups, filters, files, the picture, and who is not in it.

use architecture::statement::{Attribute, Stated};
use axum::http::StatusCode;
use vocabulary::Visibility;

use crate::county::{county, strangers_to_colne, tells_nothing_of_colne};
use crate::world::{READERS, World, system};

/// Contracts of Ashmere, which members see, and of Brackford, which everyone sees. Today is 22 November 2026.
fn dated() -> World {
    let world = World::new();
    let rounds = world.add(
        "ashmere",
        vec![
            system("Rounds")
                .product("roundmaster")
                .reference("C-1")
                .ends("2027-03-31", Some(3))
                .text(Attribute::Start, "2024-04")
                .text(Attribute::Extension, "two of one year each")
                .says(Attribute::ContractCost, Stated::Number(1_250_000)),
            system("Council tax").product("taxbase").ends("2027-01", Some(6)),
            system("Parking").ends("2029-12-31", None),
            system("Old forms").product("wastedesk").ends("2026-01-31", Some(1)),
            system("Call recording").unread(Attribute::End, "circa 2027"),
            system("Fax gateway"),
        ],
    );
    let contract = world.contract_of("editor@ashmere", &rounds[0]);
    world.add("ashmere", vec![system("Bins").says(Attribute::Contract, Stated::Contract(contract))]);
    world.add("brackford", vec![system("Refuse").product("wastedesk").ends("2027-06-30", Some(0)), system("Rates")]);
    world
}

const ONE: &str = "/organisations/ashmere/contracts";

#[test]
fn the_heading_says_what_to_act_on_by_when_and_what_it_covers() {
    let page = dated().get("member@brackford", ONE);
    assert_eq!(page.all("h1"), ["Act on 2 contracts by 30 June 2027"]);
    assert_eq!(page.all("head title"), ["Act on 2 contracts by 30 June 2027 – Ashmere Borough Council – Commonhold"]);
    let words = page.words();
    assert!(
        words.contains("When they end is known of 3 of 4 contracts, the last notice date of 2. 6 of 7 systems have a contract recorded."),
        "{words}"
    );
}

#[test]
fn contracts_stand_by_the_date_that_falls_next_in_quarters() {
    let page = dated().get("member@brackford", ONE);
    assert_eq!(
        page.all(".ch-dates th[scope=rowgroup]"),
        ["October to December 2026", "January to March 2027", "October to December 2029", "When it ends is not known"]
    );
    let rows = page.all(".ch-dates th[scope=row]");
    assert_eq!(rows.len(), 4, "one contract that covers two systems is one row: {rows:?}");
    assert!(rows[0].starts_with("Bins; Rounds Contract C-1"), "{rows:?}");
    assert!(rows[1].starts_with("Council tax"), "the notice date has passed, so it stands at its end: {rows:?}");
    let cells = page.all(".ch-dates td");
    assert_eq!(&cells[..3], ["31 Dec 2026 in 5 weeks", "31 Mar 2027", "two of one year each"]);
    assert_eq!(&cells[5..7], ["31 Jul 2026 passed", "Jan 2027 in 10 weeks"]);
    assert_eq!(&cells[10..12], ["Not known", "31 Dec 2029"]);
    assert_eq!(&cells[15..17], ["Not known", "Not known"], "others do not see what was sent");
}

#[test]
fn the_picture_has_the_rows_of_the_table_in_their_order() {
    let world = dated();
    let svg = world.get("member@brackford", &format!("{ONE}.svg"));
    assert_eq!(svg.headers["content-type"], "image/svg+xml");
    let names = ["Bins and 1 more", "Council tax", "Parking", "Call recording"];
    let places: Vec<usize> = names.iter().map(|name| svg.body.find(name).unwrap()).collect();
    assert!(places.is_sorted(), "{}", svg.body);
    assert!(!svg.body.contains("Old forms"), "ended");
    assert!(world.get("member@brackford", &format!("{ONE}.svg?past=yes")).body.contains("Old forms"));
    let page = world.get("member@brackford", ONE);
    assert!(page.body.contains("class=\"ch-drawing\""), "the page has it too");
    assert_eq!(page.all("svg title"), ["Most of these contracts end in 2027"]);
}

#[test]
fn only_its_own_readers_see_what_was_not_understood_and_what_it_costs() {
    let world = dated();
    assert!(world.get("editor@ashmere", ONE).words().contains("Not understood: \"circa 2027\""));
    assert!(world.get("auditor@colne", ONE).words().contains("circa 2027"));
    for who in ["member@ashmere", "editor@brackford"] {
        let answers = ["", ".json", ".csv"].map(|suffix| world.get(who, &format!("{ONE}{suffix}")).body);
        for answer in &answers {
            assert!(!answer.contains("circa") && !answer.contains("1250000") && !answer.contains("12500.00"), "{who}");
        }
        assert!(!answers[2].contains("contract_cost"), "{who}: {}", answers[2]);
    }
    let own = world.get("editor@ashmere", &format!("{ONE}.csv")).csv();
    assert_eq!(own[0]["contract_cost"], "12500.00");
    assert_eq!(own[0]["systems"], "Bins; Rounds");
    assert_eq!((own[1]["contract_end"].as_str(), own[1]["contract_end_day"].as_str()), ("2027-01", "2027-01-31"));
    assert_eq!(own[3]["contract_end"], "circa 2027");
    let json = world.get("editor@ashmere", &format!("{ONE}.json")).json();
    assert_eq!(json["contracts"][0]["annual_cost"], 1_250_000);
    assert_eq!((json["total"].as_u64(), json["to_act_on"].as_u64()), (Some(4), Some(2)));
    assert_eq!(json["contracts"][1]["next"], "contract-end");
    world.share("ashmere", Visibility::Members, Visibility::Members);
    assert!(world.get("member@brackford", &format!("{ONE}.csv")).body.contains("12500.00"));
}

#[test]
fn filters_narrow_by_year_organisation_supplier_and_past() {
    let world = dated();
    let names = |query: &str| -> Vec<String> {
        let rows = world.get("member@colne", &format!("/contracts.csv{query}")).csv();
        rows.into_iter().map(|row| row["systems"].clone()).collect()
    };
    assert_eq!(names(""), ["Bins; Rounds", "Council tax", "Refuse", "Parking", "Call recording"]);
    assert_eq!(names("?year=2026"), ["Bins; Rounds"]);
    assert_eq!(names("?year=2026&year=not-known"), ["Bins; Rounds", "Call recording"]);
    assert_eq!(names("?past=yes")[0], "Old forms");
    assert_eq!(names("?organisation=brackford"), ["Refuse"]);
    assert_eq!(names("?supplier=oakware"), ["Bins; Rounds", "Council tax"], "the suppliers of its systems");
    assert_eq!(names("?supplier=not-known&year=2029"), ["Parking"]);
    let page = world.get("member@colne", "/contracts?year=2027");
    assert_eq!(page.all("h1"), ["Act on 2 contracts in 2027"]);
    assert!(page.words().contains("Remove 2027"));
    let nothing = world.get("member@colne", "/contracts?year=2031");
    assert!(nothing.words().contains("No contracts match these filters"), "{}", nothing.words());
    for (query, said) in
        [("?year=soon", "2027"), ("?past=no", "yes"), ("?supplier=nobody", "identifiers"), ("?colour=red", "year")]
    {
        let refused = world.get("member@colne", &format!("/contracts.json{query}"));
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(refused.body.contains(said), "{}", refused.body);
    }
    let of_one = world.get("member@colne", &format!("{ONE}?organisation=ashmere"));
    assert_eq!(of_one.status, StatusCode::BAD_REQUEST, "one organisation has no such filter");
}

#[test]
fn counts_beside_filters_are_what_ticking_brings() {
    let world = dated();
    let data = world.get("member@colne", "/contracts.json").json();
    for group in data["filters"].as_array().unwrap() {
        for item in group["items"].as_array().unwrap() {
            let (name, value) = (group["name"].as_str().unwrap(), item["value"].as_str().unwrap());
            let found = world.get("member@colne", &format!("/contracts.json?{name}={value}")).json();
            let more = if name == "past" { 5 } else { 0 };
            assert_eq!(found["total"].as_u64().unwrap(), item["count"].as_u64().unwrap() + more, "{name}={value}");
        }
    }
}

#[test]
fn pages_of_a_long_list_meet() {
    let world = World::new();
    let many = (0..130)
        .map(|number| system(&format!("System {number}")).ends(&format!("20{}-03-31", 27 + number % 40), Some(1)));
    world.add("brackford", many.collect());
    let first = world.get("visitor", "/contracts.json").json();
    let next = first["next"].as_str().unwrap();
    let second = world.get("visitor", next).json();
    let ids = |page: &serde_json::Value| -> Vec<String> {
        page["contracts"].as_array().unwrap().iter().map(|row| row["id"].to_string()).collect()
    };
    let all: std::collections::BTreeSet<String> = [ids(&first), ids(&second)].concat().into_iter().collect();
    assert_eq!((ids(&first).len(), all.len(), first["total"].as_u64()), (100, 130, Some(130)));
    assert_eq!(world.get("visitor", "/contracts.csv").csv().len(), 130);
}

#[test]
fn what_is_not_shared_is_in_no_number() {
    let world = dated();
    for who in READERS {
        let found = world.get(who, "/contracts.json?past=yes").json();
        let seen = match *who {
            "visitor" | "supplier@oakware" => 1,
            _ => 6,
        };
        assert_eq!(found["total"], seen, "{who}");
        assert_eq!(world.get(who, "/contracts.csv?past=yes").csv().len(), seen, "{who}");
    }
    let page = world.get("visitor", ONE);
    assert_eq!(page.all("h1"), ["No contract dates to show for Ashmere"]);
    assert!(page.words().contains("Councils share most of their estates only with each other."));
    tells_nothing_of_colne(&[
        "/contracts",
        "/contracts?past=yes",
        "/contracts?year=2030",
        "/contracts?organisation=colne",
        "/contracts?supplier=oakware",
        "/contracts?supplier=not-known",
        "/contracts.svg",
        "/organisations/colne/contracts",
        "/organisations/colne/contracts.svg",
        "/organisations/colne/contracts?past=yes",
    ]);
    let colne = county().get("auditor@colne", "/organisations/colne/contracts.json").json();
    assert_eq!(colne["total"], 1, "there is something to hide");
    assert!(strangers_to_colne().count() > 5);
}

#[test]
fn it_is_reached_from_the_organisation_its_systems_and_the_comparison() {
    let world = dated();
    let links = |path: &str| world.get("editor@ashmere", path).body;
    assert!(links("/organisations/ashmere").contains("href=\"/organisations/ashmere/contracts\""));
    assert!(links("/compare").contains("href=\"/contracts\""));
    assert!(links("/organisations/oakware").contains("href=\"/contracts?supplier=oakware\""));
    assert_eq!(world.get("visitor", "/organisations/oakware/contracts").status, StatusCode::NOT_FOUND, "no estate");
    assert_eq!(world.get("visitor", "/organisations/nowhere/contracts").status, StatusCode::NOT_FOUND);
}

#[test]
fn a_contract_with_a_supplier_of_its_own_shows_that_one() {
    let world = World::new();
    world.add(
        "brackford",
        vec![
            system("Refuse")
                .product("wastedesk")
                .ends("2027-06-30", None)
                .says(Attribute::ContractSupplier, Stated::Supplier("oakware".to_owned())),
        ],
    );
    let rows = world.get("visitor", "/contracts.csv").csv();
    assert_eq!(rows[0]["supplier"], "Oakware");
    assert_eq!(world.get("visitor", "/contracts.json?supplier=fennel").json()["total"], 0);
    // A name that matched nobody is the organisation's own.
    world.add(
        "brackford",
        vec![system("Till").ends("2027-06-30", None).private(Attribute::ContractSupplier, "Pat's Tills")],
    );
    assert!(!world.get("visitor", "/contracts.csv").body.contains("Pat"));
    assert!(world.get("editor@brackford", "/contracts.csv").body.contains("Pat's Tills"));
}
