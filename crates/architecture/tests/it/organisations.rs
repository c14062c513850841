//! Organisations: councils, suppliers, and what stewards decide about their estates.

use architecture::statement::{Attribute, Stated};
use axum::http::StatusCode;
use vocabulary::Reader;

use crate::world::{READERS, World, id, system};

fn world() -> World {
    let world = World::new();
    world.add(
        "ashmere",
        vec![
            system("Bin rounds").product("roundmaster").status("live").ends("2027-03-31", Some(6)),
            system("Council tax").product("taxbase").status("live").ends("2028-03", None).cost(100),
            system("Fax").ends("2020-01-31", None).status("retired"),
            system("Plain"),
            system("Odd")
                .says(Attribute::Supplier, Stated::Supplier("oakware".to_owned()))
                .private(Attribute::BusinessOwner, "Petronella Quill"),
        ],
    );
    world.add(
        "brackford",
        vec![system("Rounds").product("roundmaster").status("live"), system("Waste desk").product("wastedesk")],
    );
    world.add("colne", vec![system("Colne tax").product("taxbase"), system("Colne rounds").product("roundmaster")]);
    world
}

#[test]
fn a_council_begins_with_what_it_runs() {
    let words = world().get("member@brackford", "/organisations/ashmere").words();
    assert!(
        words.contains("5 systems from 2 products; 2 of the 3 known contract dates fall before December 2027."),
        "{words}"
    );
    assert!(words.contains("Bin rounds 30 September 2026 (passed) 31 March 2027 (in 4 months)"), "{words}");
    assert!(!words.contains("Fax"), "a retired system is not among those ending next: {words}");
    assert!(words.contains("Brackford District Council: 1 product and 0 needs in common"), "{words}");
    assert!(!words.contains("Colne"), "{words}");
    assert!(words.contains("Contract end 3 5"), "{words}");
    assert!(words.contains("Supplier 3 5"), "{words}");
    assert!(words.contains("Business owner 0 5"), "{words}");
}

#[test]
fn completeness_counts_what_the_reader_sees() {
    let world = world();
    let known = |who: &str, field: &str| {
        let rows = world.get(who, "/organisations/ashmere.csv").csv();
        rows.into_iter().find(|row| row["field"] == field).map(|row| row["known"].clone())
    };
    assert_eq!(
        known("member@ashmere", "business_owner"),
        Some("0".to_owned()),
        "a private text is not known to others"
    );
    assert_eq!(known("editor@ashmere", "business_owner"), Some("1".to_owned()));
    assert_eq!(known("member@ashmere", "annual_cost"), None);
    assert_eq!(known("editor@ashmere", "annual_cost"), Some("1".to_owned()));
}

#[test]
fn views_are_those_that_the_reader_may_open() {
    let world = world();
    let views = |who: &str| world.get(who, "/organisations/ashmere").all(".ch-subnav a");
    assert_eq!(views("visitor"), ["Summary", "Systems", "LGAM map", "Contracts", "Overlaps", "History"]);
    assert_eq!(views("member@ashmere"), ["Summary", "Systems", "LGAM map", "Contracts", "Overlaps", "History"]);
    assert_eq!(
        views("editor@ashmere"),
        ["Summary", "Systems", "LGAM map", "Contracts", "Overlaps", "History", "Worklist", "Matches", "Imports"]
    );
    assert_eq!(
        views("steward@ashmere"),
        [
            "Summary",
            "Systems",
            "LGAM map",
            "Contracts",
            "Overlaps",
            "History",
            "Worklist",
            "Matches",
            "Imports",
            "People",
            "Readers",
            "Settings"
        ]
    );
    assert_eq!(views("steward@brackford"), ["Summary", "Systems", "LGAM map", "Contracts", "Overlaps", "History"]);
}

#[test]
fn the_list_says_how_many_systems_each_reader_can_see() {
    let world = world();
    let systems = |who: &str| -> Vec<i64> {
        let data = world.get(who, "/organisations.json").json();
        data["organisations"].as_array().unwrap().iter().map(|row| row["systems"].as_i64().unwrap()).collect()
    };
    assert_eq!(systems("visitor"), [0, 2, 0]);
    assert_eq!(systems("supplier@oakware"), [0, 2, 0]);
    assert_eq!(systems("member@ashmere"), [5, 2, 0]);
    assert_eq!(systems("editor@colne"), [5, 2, 2]);
    assert_eq!(systems("auditor@ashmere"), [5, 2, 2]);
    let suppliers = world.get("member@ashmere", "/organisations.csv?kind=supplier").csv();
    let oakware = suppliers.iter().find(|row| row["id"] == "oakware").unwrap();
    assert_eq!(
        (oakware["products"].as_str(), oakware["systems"].as_str(), oakware["organisations"].as_str()),
        ("2", "4", "2")
    );
    assert_eq!(world.get("visitor", "/organisations?kind=bank").status, StatusCode::BAD_REQUEST);
    assert_eq!(world.get("visitor", "/organisations?kin=bank").status, StatusCode::BAD_REQUEST);
}

#[test]
fn a_supplier_sees_of_itself_what_any_visitor_sees() {
    let world = world();
    for path in [
        "/organisations/oakware.json",
        "/organisations/oakware.csv",
        "/organisations/ashmere.json",
        "/organisations/ashmere/systems.json",
        "/organisations.json",
    ] {
        assert_eq!(world.get("supplier@oakware", path).body, world.get("visitor", path).body, "{path}");
    }
    let page = |who: &str| world.get(who, "/organisations/oakware").words();
    // Who acts for it already is not asked to join.
    let joining = " Do you work for Oakware? Ask to join";
    assert_eq!(page("supplier@oakware"), page("visitor").replace(joining, ""));
    assert!(page("visitor").contains(joining), "{}", page("visitor"));
    assert!(page("visitor").contains("2 products, run by 1 of the organisations you can see."), "{}", page("visitor"));
    assert!(page("member@colne").contains("2 products, run by 2 of the organisations you can see."));
    assert!(page("editor@colne").contains("2 products, run by 3 of the organisations you can see."));
}

#[test]
fn a_suppliers_systems_are_walked_once_in_pages() {
    let world = World::new();
    world.add("ashmere", (0..130).map(|n| system(&format!("System {n:03}")).product("taxbase")).collect());
    world.add("brackford", (0..120).map(|n| system(&format!("System {n:03}")).product("roundmaster")).collect());
    let ids = |data: &serde_json::Value| -> Vec<String> {
        data["systems"].as_array().unwrap().iter().map(|system| system["id"].as_str().unwrap().to_owned()).collect()
    };
    let whole: Vec<String> = world
        .get("member@colne", "/organisations/oakware.csv")
        .csv()
        .iter()
        .map(|row| row["commonhold_id"].clone())
        .collect();
    assert_eq!(whole.len(), 250);
    let mut data = world.get("member@colne", "/organisations/oakware.json").json();
    assert_eq!((data["total"].as_u64(), data["previous"].as_str()), (Some(250), None));
    let mut walked = ids(&data);
    while let Some(next) = data["next"].as_str().map(str::to_owned) {
        data = world.get("member@colne", &next).json();
        walked.extend(ids(&data));
    }
    assert_eq!(walked, whole);
    let mut back = ids(&data);
    while let Some(previous) = data["previous"].as_str().map(str::to_owned) {
        data = world.get("member@colne", &previous).json();
        back.splice(0..0, ids(&data));
    }
    assert_eq!(back, whole);
    assert_eq!(world.get("visitor", "/organisations/oakware.json").json()["total"], 120);
}

#[test]
fn stewards_decide_and_pages_follow_at_once() {
    let world = world();
    let path = "/organisations/ashmere/settings";
    for who in READERS {
        let expected = match *who {
            "steward@ashmere" => StatusCode::OK,
            "member@ashmere" | "editor@ashmere" => StatusCode::FORBIDDEN,
            _ => StatusCode::NOT_FOUND,
        };
        assert_eq!(world.get(who, path).status, expected, "{who}");
        if *who != "steward@ashmere" {
            assert_eq!(world.post(who, path, "estate=public&costs=own").status, expected, "{who}");
        }
    }
    assert_eq!(world.get("visitor", "/organisations/ashmere/systems.json").json()["total"], 0);
    let saved = world.post("steward@ashmere", path, "estate=public&costs=members");
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let told = world.get("steward@ashmere", saved.headers["location"].to_str().unwrap());
    assert!(told.words().contains("What others see of Ashmere is saved."), "{}", told.words());
    assert_eq!(told.all("input[checked]").len(), 2);
    assert_eq!(world.get("visitor", "/organisations/ashmere/systems.json").json()["total"], 5);
    assert!(world.get("member@colne", "/organisations/ashmere/systems.csv").body.contains("annual_cost"));
    let refused = world.post("steward@ashmere", path, "estate=own&costs=members");
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.words().contains("Costs cannot be seen by more people than the systems are"));
    assert_eq!(world.post("steward@ashmere", path, "estate=own&costs=own").status, StatusCode::SEE_OTHER);
    assert_eq!(world.get("member@colne", "/organisations/ashmere/systems.json").json()["total"], 0);
    let events = world.store.read_blocking(|tx| {
        ledger::events(tx, &crate::world::reader("steward@ashmere"), Some(&id("ashmere")), None, 10)
    });
    let events = events.unwrap();
    assert_eq!(events.iter().map(|event| event.verb.as_str()).collect::<Vec<_>>(), ["shared", "shared"]);
    let hidden =
        world.store.read_blocking(|tx| ledger::events(tx, &Reader::visitor(), Some(&id("ashmere")), None, 10)).unwrap();
    assert!(hidden.iter().all(|event| event.details.is_none() && event.actor.is_none()));
}

#[test]
fn every_sample_page_renders() {
    let world = World::new();
    let architecture = world.architecture();
    let slice = architecture::slice(architecture);
    let shell = web::Shell::new(web::Site::default(), &slice.templates).unwrap();
    assert!(slice.samples.len() >= 15, "{}", slice.samples.len());
    for sample in slice.samples {
        let html = shell
            .render(&sample.page, &web::Visit::of("/sample"))
            .unwrap_or_else(|error| panic!("{}: {error:?}", sample.name));
        let document = scraper::Html::parse_document(&html);
        let headings = scraper::Selector::parse("h1").unwrap();
        assert_eq!(document.select(&headings).count(), 1, "{}", sample.name);
    }
}

#[test]
fn every_text_of_a_page_can_be_translated() {
    for template in architecture::templates() {
        // Names of formats are the same in every language.
        let bare: Vec<String> = web::untranslated_text(template.source)
            .into_iter()
            .filter(|text| !["CSV", "XLSX", "JSON", "SVG", "PNG"].contains(&text.as_str()))
            .collect();
        assert!(bare.is_empty(), "{}: {bare:?}", template.name);
    }
}
