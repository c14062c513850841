//! The LGAM map of all organisations and of one: numbers, links, layers, pictures, and who is not in it.

use axum::http::StatusCode;

use crate::county::{county, seen_by, strangers_to_colne, tells_nothing_of_candidates, tells_nothing_of_colne};
use crate::world::{READERS, World, system};

#[test]
fn the_heading_is_what_was_found_with_what_it_covers() {
    let page = county().get("member@ashmere", "/map");
    assert_eq!(page.all("h1"), ["Forms is met 3 times, by 2 products, in 2 councils"]);
    let words = page.words();
    assert!(words.contains("Based on 7 of 8 systems placed on the LGAM"), "{words}");
    assert!(
        words.contains("4 of 86 elements of the Local Government Architecture Model (LGAM) have a system."),
        "{words}"
    );
    assert!(words.contains("Open Government Licence"), "{words}");
    assert_eq!(page.all("title"), ["Forms is met 3 times, by 2 products, in 2 councils – LGAM map – Commonhold"]);
}

#[test]
fn retired_systems_do_not_count() {
    let data = county().get("member@ashmere", "/map.json").json();
    let layers = data["map"]["layers"].as_array().unwrap();
    let forms = layers
        .iter()
        .flat_map(|layer| layer["elements"].as_array().unwrap())
        .find(|element| element["id"] == "forms")
        .unwrap();
    assert_eq!(forms["each"][0]["systems"], 1, "Ashmere's other one is retired");
    assert_eq!(forms["all"]["systems"], 3);
    assert!(data["attribution"].as_str().unwrap().contains("Open Government Licence"));
}

#[test]
fn every_number_leads_to_as_many_systems() {
    let world = county();
    for who in ["member@ashmere", "visitor", "auditor@colne"] {
        let body = world.get(who, "/map?open=all").body;
        let html = scraper::Html::parse_document(&body);
        let links = scraper::Selector::parse(".ch-map td a").unwrap();
        let links: Vec<_> = html.select(&links).collect();
        assert!(links.len() >= 5, "{who}: {}", links.len());
        for link in links {
            let number: u64 = link.text().next().unwrap().parse().unwrap();
            let (path, query) = link.attr("href").unwrap().split_once('?').unwrap();
            let found = world.get(who, &format!("{path}.json?{query}")).json();
            assert_eq!(found["total"], number, "{who}: {path}?{query}");
        }
    }
}

#[test]
fn columns_are_the_councils_that_the_reader_sees() {
    let world = county();
    for who in READERS {
        let data = world.get(who, "/map.json").json();
        let ids: Vec<&str> =
            data["map"]["organisations"].as_array().unwrap().iter().map(|body| body["id"].as_str().unwrap()).collect();
        assert_eq!(ids, seen_by(who), "{who}");
        let csv = world.get(who, "/map.csv").csv();
        assert_eq!(csv.len(), 86 * ids.len(), "{who}");
        let listed: std::collections::BTreeSet<String> = csv.iter().map(|row| row["organisation_id"].clone()).collect();
        assert_eq!(listed.iter().map(String::as_str).collect::<Vec<_>>(), seen_by(who), "{who}");
    }
}

#[test]
fn maps_tell_nothing_of_what_is_not_shared() {
    let addresses = [
        "/map",
        "/map?open=all",
        "/map?show=products&open=all",
        "/map?layer=capabilities",
        "/map?organisations=all",
        "/map.svg?open=all",
        "/map.svg?show=products",
        "/organisations/colne/map?open=all",
        "/organisations/colne/map.svg",
        "/organisations/brackford/map",
        "/map?layer=nonsense",
        "/map?open=nonsense",
        "/map?show=nonsense",
        "/map?organisations=colne",
    ];
    tells_nothing_of_colne(&addresses);
    tells_nothing_of_candidates(&[
        "/map?open=all",
        "/map?show=products&open=all",
        "/map.svg?open=all",
        "/organisations/brackford/map?open=all",
    ]);
}

#[test]
fn strangers_find_an_empty_map_and_never_why() {
    let world = county();
    for who in strangers_to_colne() {
        let page = world.get(who, "/organisations/colne/map");
        assert_eq!(page.status, StatusCode::OK, "{who}");
        assert_eq!(page.all("h1"), ["No systems to show for Colne"], "{who}");
        assert!(page.all("table").is_empty(), "{who}");
    }
    let words = world.get("visitor", "/organisations/colne/map").words();
    assert!(words.contains("Councils share most of their estates only with each other."), "{words}");
    let words = world.get("visitor", "/organisations/brackford/map").words();
    assert!(!words.contains("Councils share most"), "a public estate is everybody's: {words}");
    assert_eq!(world.get("visitor", "/organisations/nowhere/map").status, StatusCode::NOT_FOUND);
    assert_eq!(
        world.get("visitor", "/organisations/oakware/map").status,
        StatusCode::NOT_FOUND,
        "a supplier has no estate"
    );
}

#[test]
fn layers_open_and_close_by_links() {
    let world = county();
    let rows = |path: &str| world.get("member@ashmere", path).all(".ch-map__element").len();
    assert_eq!(rows("/map"), 9, "the layer that holds the finding stands open");
    assert_eq!(rows("/map?open=none"), 0);
    assert_eq!(rows("/map?open=all"), 86);
    assert_eq!(rows("/map?open=security&open=capabilities"), 16);
    assert_eq!(rows("/map?layer=business-areas"), 12, "a layer chosen alone stands open");
    assert_eq!(world.get("member@ashmere", "/map?layer=business-areas").all(".ch-map__layer").len(), 1);
    let body = world.get("member@ashmere", "/map?show=products").body;
    assert!(body.contains("href=\"/map?show=products&amp;open=none#layer-capabilities\""), "closing keeps the rest");
    assert!(
        body.contains("href=\"/map?show=products&amp;open=business-areas&amp;open=capabilities#layer-business-areas\""),
        "{body}"
    );
}

#[test]
fn different_products_count_once() {
    let world = county();
    let page = world.get("member@ashmere", "/map?show=products");
    assert_eq!(page.all("h1"), ["Forms has most products: 2, in 2 councils"]);
    let cell = page.all(".ch-map td.ch-heat-1 a").into_iter().find(|text| text.contains("Forms at Brackford")).unwrap();
    assert_eq!(cell, "1 product for Forms at Brackford", "the system whose product is not known adds none");
}

#[test]
fn numbers_say_what_they_are_without_colour_or_column() {
    let page = county().get("member@ashmere", "/map");
    let cells = page.all(".ch-map td");
    assert!(cells.contains(&"2 systems for Forms at Brackford".to_owned()), "{cells:?}");
    assert!(cells.contains(&"0 systems for Payments at Ashmere".to_owned()), "{cells:?}");
    assert_eq!(page.all(".ch-heat-key li"), ["0 none recorded", "1", "2", "3 to 4", "5 or more"]);
    assert_eq!(page.all(".ch-map thead th"), ["Element", "Ashmere on the LGAM", "Brackford on the LGAM", "Products"]);
}

#[test]
fn small_screens_begin_with_two_councils() {
    let world = county();
    let hidden = |path: &str| world.get("auditor@colne", path).all(".ch-map thead th.ch-wide-only");
    assert_eq!(hidden("/map"), ["Colne on the LGAM"]);
    assert!(hidden("/map?organisations=all").is_empty());
    assert!(world.get("auditor@colne", "/map").words().contains("Show all 3 organisations"));
    assert!(!world.get("member@ashmere", "/map").words().contains("Show all"), "two are shown anyway");
}

#[test]
fn the_picture_has_the_numbers_of_the_table() {
    let world = county();
    let drawing = world.get("member@ashmere", "/map.svg");
    assert_eq!(drawing.headers["content-type"], "image/svg+xml");
    assert!(
        drawing.body.contains("<title id=\"title\">Forms is met 3 times, by 2 products, in 2 councils</title>"),
        "{}",
        drawing.body
    );
    assert!(drawing.body.contains("Based on 7 of 8 systems placed on the LGAM."), "{}", drawing.body);
    assert!(drawing.body.contains("Open Government Licence"), "{}", drawing.body);
    assert_eq!(drawing.body.matches("class=\"ch-heat-2\"").count(), 1, "Brackford's two for forms");
    let painted = world.get("member@ashmere", "/map.png");
    assert_eq!(painted.headers["content-type"], "image/png");
    let size = |at: usize| u32::from_be_bytes(painted.bytes[at..at + 4].try_into().unwrap());
    assert!(size(16) >= 1_200 && size(20) > 800, "{} by {}", size(16), size(20));
    let one = world.get("member@ashmere", "/organisations/brackford/map.svg?open=all").body;
    assert!(one.contains("Forms is met 2 times at Brackford, by 1 product"), "{one}");
}

#[test]
fn one_council_has_nine_lists_and_the_table() {
    let page = county().get("member@ashmere", "/organisations/brackford/map");
    assert_eq!(page.all("h1"), ["Forms is met 2 times at Brackford, by 1 product"]);
    assert_eq!(page.all(".ch-layers__layer").len(), 9);
    assert_eq!(page.all(".ch-layers__list li").len(), 86);
    assert!(page.all(".ch-layers__list li").contains(&"2 systems for Forms Forms".to_owned()));
    let words = page.words();
    assert!(words.contains("Based on 4 of 4 systems placed on the LGAM"), "{words}");
    assert_eq!(page.all(".ch-subnav__item--current"), ["LGAM map"]);
}

#[test]
fn what_is_not_placed_can_be_found() {
    let world = county();
    let body = world.get("member@ashmere", "/organisations/ashmere/map").body;
    assert!(body.contains("1 system is not placed"), "{body}");
    let found = world.get("member@ashmere", "/organisations/ashmere/systems.json?element=not-known&status=planned&status=live&status=retiring&status=not-known").json();
    assert_eq!((found["total"].as_u64(), found["systems"][0]["name"].as_str()), (Some(1), Some("Fax gateway")));
}

#[test]
fn maps_of_nothing_say_what_would_be_there() {
    let world = World::new();
    let page = world.get("editor@ashmere", "/organisations/ashmere/map");
    assert_eq!(page.all("h1"), ["No systems to show for Ashmere"]);
    assert!(page.body.contains("href=\"/organisations/ashmere/imports\""), "{}", page.body);
    let page = world.get("member@ashmere", "/map");
    assert_eq!(page.all("h1"), ["No systems to show on the LGAM"]);
    world.add("ashmere", vec![system("Fax"), system("Post")]);
    assert_eq!(world.get("member@ashmere", "/map").all("h1"), ["None of 2 systems is placed on the LGAM"]);
    assert_eq!(world.get("member@ashmere", "/map.svg").status, StatusCode::OK);
}

#[test]
fn what_a_map_does_not_know_is_refused() {
    let world = county();
    for path in [
        "/map?layer=l0",
        "/map?open=l0",
        "/map?show=costs",
        "/map?organisations=ashmere",
        "/map?sort=name",
        "/organisations/ashmere/map?show=products",
    ] {
        assert_eq!(world.get("member@ashmere", path).status, StatusCode::BAD_REQUEST, "{path}");
    }
}
