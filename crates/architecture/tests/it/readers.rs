//! Who reads an estate that is not everybody's is written down, and shown to that organisation alone.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use vocabulary::Visibility;

use crate::world::{World, system};

const STEWARD: &str = "steward@ashmere";
const READERS: &str = "/organisations/ashmere/readers";
const LEE: &str = "editor@brackford/018f0000-0000-7000-8000-00000000000a";

fn world() -> (World, String) {
    let world = World::new();
    let ids = world.add("ashmere", vec![system("Bin rounds")]);
    world.add("brackford", vec![system("Bins")]);
    world.add("colne", vec![system("Lamps")]);
    (world, ids[0].clone())
}

/// Lines as "acting route subject? format times".
fn lines(world: &World, organisation: &str, who: &str) -> BTreeSet<String> {
    world.write_readings();
    let found = world.get(who, &format!("/organisations/{organisation}/readers.json")).json();
    let text = |line: &serde_json::Value, name: &str| line[name].as_str().unwrap_or("-").to_owned();
    let line = |line: &serde_json::Value| {
        let of = if line["subject"].is_string() { "it" } else { "-" };
        let over = if line["over_all"] == true { " all" } else { "" };
        format!(
            "{} {} {of} {} {}{over}",
            text(line, "acting"),
            text(line, "route"),
            text(line, "format"),
            line["times"]
        )
    };
    found["readings"].as_array().expect("readings").iter().map(line).collect()
}

fn set(lines: &[&str]) -> BTreeSet<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

#[test]
fn what_is_not_everybodys_is_written_down_and_nothing_else() {
    let (world, system) = world();
    for (who, path) in [
        (LEE, "/organisations/ashmere/systems".to_owned()),
        (LEE, "/organisations/ashmere/systems?q=secret".to_owned()),
        (LEE, "/organisations/ashmere/systems.csv".to_owned()),
        (LEE, format!("/systems/{system}")),
        (LEE, "/map".to_owned()),
        // The same page in another spelling is read all the same.
        (LEE, "/organisations/%61shmere/contracts".to_owned()),
        ("editor@ashmere", format!("/systems/{system}.json")),
        // They see what is everybody's only.
        ("visitor", "/organisations/ashmere/systems".to_owned()),
        ("supplier@oakware", "/organisations/ashmere/systems".to_owned()),
        // Not there, and not about an estate.
        (LEE, "/systems/018f0000-0000-7000-8000-00000000ffff".to_owned()),
        (LEE, "/elements".to_owned()),
        (STEWARD, READERS.to_owned()),
    ] {
        world.get(who, &path);
    }
    let expected = set(&[
        "brackford /organisations/{id}/systems - page 2",
        "brackford /organisations/{id}/systems - csv 1",
        "brackford /systems/{id} it page 1",
        "brackford /organisations/{id}/contracts - page 1",
        "brackford /map - page 1 all",
        "ashmere /systems/{id} it json 1",
    ]);
    assert_eq!(lines(&world, "ashmere", STEWARD), expected);
    let page = world.get(STEWARD, READERS);
    assert!(page.words().contains("Bin rounds") && !page.body.contains("secret"), "{}", page.body);
    // Reading again that day adds to its line.
    world.get(LEE, "/organisations/ashmere/systems");
    assert!(lines(&world, "ashmere", STEWARD).contains("brackford /organisations/{id}/systems - page 3"));
}

#[test]
fn estates_of_everybody_and_of_nobody_else_have_no_readers_from_elsewhere() {
    let (world, _) = world();
    world.get("editor@ashmere", "/organisations/brackford/systems");
    world.get("editor@ashmere", "/organisations/colne/systems");
    world.get("editor@ashmere", "/overlaps");
    world.get("auditor@ashmere", "/organisations/colne/systems");
    world.get("auditor@ashmere", "/map");
    assert_eq!(
        lines(&world, "brackford", "steward@brackford"),
        set(&["ashmere /map - page 1 all", "ashmere /overlaps - page 1 all"])
    );
    assert_eq!(
        lines(&world, "colne", "steward@colne"),
        set(&["ashmere /organisations/{id}/systems - page 1", "ashmere /map - page 1 all"]),
        "an auditor sees all, others nothing"
    );
    // Costs that members see are not everybody's, though the estate is.
    world.share("brackford", Visibility::Public, Visibility::Members);
    world.get("editor@ashmere", "/organisations/brackford/systems");
    assert!(lines(&world, "brackford", "steward@brackford").contains("ashmere /organisations/{id}/systems - page 1"));
}

#[test]
fn a_day_on_which_an_estate_was_shared_stays_so() {
    let (world, _) = world();
    world.get(LEE, "/map");
    world.write_readings();
    world.share("ashmere", Visibility::Own, Visibility::Own);
    assert_eq!(lines(&world, "ashmere", STEWARD), set(&["brackford /map - page 1 all"]));
}

#[test]
fn only_the_organisations_stewards_and_auditors_see_its_readers() {
    let (world, _) = world();
    world.get(LEE, "/organisations/ashmere/systems");
    world.write_readings();
    for suffix in ["", ".json", ".csv", ".xlsx", "?by=brackford"] {
        let path = format!("{READERS}{suffix}");
        for who in [
            "visitor",
            "supplier@oakware",
            "member@ashmere",
            "editor@ashmere",
            "steward@brackford",
            LEE,
            "operator@colne",
        ] {
            let seen = world.get(who, &path);
            assert_eq!(seen.status, StatusCode::NOT_FOUND, "{who} {path}");
            assert!(!seen.body.contains("Brackford District"), "{who} {path}: {}", seen.body);
        }
        for who in [STEWARD, "auditor@colne"] {
            assert_eq!(world.get(who, &path).status, StatusCode::OK, "{who} {path}");
        }
    }
    assert!(world.get(STEWARD, "/organisations/ashmere").body.contains(READERS));
    assert!(!world.get("editor@ashmere", "/organisations/ashmere").body.contains(READERS));
}

#[test]
fn pages_of_readers_meet_without_overlap_and_files_hold_all() {
    let (world, _) = world();
    for number in 0..130 {
        world.get(&format!("editor@brackford/018f0000-0000-7000-8000-{number:012}"), "/organisations/ashmere/systems");
    }
    world.write_readings();
    let people = |path: &str| {
        let found = world.get(STEWARD, path).json();
        let rows = found["readings"].as_array().expect("readings").len();
        (
            rows,
            found["total"].as_i64(),
            found["next"].as_str().map(str::to_owned),
            found["previous"].as_str().map(str::to_owned),
        )
    };
    let (first, total, next, previous) = people(&format!("{READERS}.json"));
    assert_eq!((first, total, previous), (100, Some(130), None));
    let (second, _, after, back) = people(&next.expect("a next page"));
    assert_eq!((second, after), (30, None));
    assert_eq!(people(&back.expect("a page before")).0, 100);
    assert_eq!(world.get(STEWARD, &format!("{READERS}.csv")).csv().len(), 130);
    assert_eq!(world.get(STEWARD, &format!("{READERS}.json?by=ashmere")).json()["total"], 0);
}

#[test]
fn every_page_of_the_subject_says_whose_estate_it_shows() {
    use architecture::reading::Covers;
    // Pages that show nothing of an estate. A new one beneath no known address has to be thought of here.
    let nothing: BTreeSet<&str> = [
        "/comparisons/new",
        "/comparisons/{id}/delete",
        "/comparisons/{id}/edit",
        "/contracts/follow",
        "/elements",
        "/feeds/{token}/dates.atom",
        "/feeds/{token}/dates.ics",
        "/organisations/{id}/estate/blank",
        "/organisations/{id}/readers",
        "/products/{id}/merge",
        "/shared-list",
        "/shared-list/offers/{id}",
        "/shared-list/published/{id}/withdraw",
    ]
    .into();
    let routes = architecture::routes();
    let silent: BTreeSet<&str> = routes
        .endpoints()
        .iter()
        .filter(|endpoint| endpoint.method == axum::http::Method::GET && Covers::of(endpoint.path) == Covers::Nothing)
        .map(|endpoint| endpoint.path)
        .collect();
    assert_eq!(silent, nothing, "whose estate do these show?");
}
