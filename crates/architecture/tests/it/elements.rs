//! The elements of the reference model: the list, and how one need is met.

use axum::http::StatusCode;

use crate::county::{county, open_part, seen_by, tells_nothing_of_candidates, tells_nothing_of_colne};
use crate::world::{READERS, World, system};

#[test]
fn the_list_has_every_element_with_its_meaning() {
    let world = county();
    let page = world.get("member@ashmere", "/elements");
    let words = page.words();
    assert!(
        words.contains("names 86 things that councils need, in 9 layers. 4 of them have a system that you can see."),
        "{words}"
    );
    assert!(words.contains("Based on 7 of 8 systems placed on the LGAM"), "{words}");
    assert!(words.contains("Open Government Licence"), "{words}");
    assert_eq!(page.all("tbody tr").len(), 86);
    let csv = world.get("member@ashmere", "/elements.csv").csv();
    let forms = csv.iter().find(|row| row["element_id"] == "forms").unwrap();
    assert_eq!(
        (forms["systems"].as_str(), forms["products"].as_str(), forms["organisations"].as_str()),
        ("3", "2", "2")
    );
    assert_eq!(world.get("member@ashmere", "/elements.json").json()["met"], 4);
}

#[test]
fn an_element_says_how_it_is_met() {
    let world = county();
    let page = world.get("member@ashmere", "/elements/lgam-forms");
    assert_eq!(page.all("h1"), ["Forms"]);
    let words = page.words();
    assert!(words.contains("2 councils meet this with 2 products."), "{words}");
    assert!(words.contains("Based on 7 of 8 systems placed on the Local Government Architecture Model"), "{words}");
    assert!(words.contains("Open Government Licence"), "{words}");
    assert_eq!(page.all("#products-caption ~ tbody th"), ["RoundMaster", "WasteDesk", "Product not known"]);
    let cells = page.all("#products-caption ~ tbody td");
    let (ashmere, brackford) = ("1 system with RoundMaster at Ashmere", "1 system with WasteDesk at Brackford");
    assert_eq!(cells, [ashmere, "0", "0", brackford, "0", "1 system with Product not known at Brackford"]);
    assert_eq!(page.all("#systems-caption ~ tbody tr").len(), 3, "the retired one is not among them");
    let data = world.get("member@ashmere", "/elements/lgam-forms.json").json();
    assert!(data["attribution"].as_str().unwrap().contains("Open Government Licence"));
    assert_eq!(data["total"], 3);
}

#[test]
fn numbers_lead_to_as_many_systems() {
    let world = county();
    let body = world.get("member@ashmere", "/elements/lgam-forms").body;
    let html = scraper::Html::parse_document(&body);
    let links = scraper::Selector::parse("#products-caption ~ tbody td a").unwrap();
    let links: Vec<_> = html.select(&links).collect();
    assert_eq!(links.len(), 3);
    for link in links {
        let number: u64 = link.text().next().unwrap().parse().unwrap();
        let (path, query) = link.attr("href").unwrap().split_once('?').unwrap();
        assert_eq!(
            world.get("member@ashmere", &format!("{path}.json?{query}")).json()["total"],
            number,
            "{path}?{query}"
        );
    }
}

#[test]
fn addresses_divide_at_any_hyphen() {
    let world = county();
    assert_eq!(world.get("visitor", "/elements/lgam-doc-records").status, StatusCode::OK);
    for missing in
        ["/elements/lgam-nothing", "/elements/forms", "/elements/other-forms", "/elements/lgam-", "/elements/-"]
    {
        assert_eq!(world.get("visitor", missing).status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[test]
fn counts_are_of_what_each_reader_sees() {
    let world = county();
    for who in READERS {
        let data = world.get(who, "/elements/lgam-forms.json").json();
        let ids: Vec<&str> =
            data["organisations"].as_array().unwrap().iter().map(|body| body["id"].as_str().unwrap()).collect();
        assert_eq!(ids, seen_by(who), "{who}");
        let csv = world.get(who, "/elements/lgam-forms.csv").csv();
        assert_eq!(csv.len() as u64, data["total"].as_u64().unwrap(), "{who}");
        assert_eq!(
            csv.iter().any(|row| row.contains_key("annual_cost")),
            !["visitor", "supplier@oakware"].contains(who),
            "{who}"
        );
    }
}

#[test]
fn elements_tell_nothing_of_what_is_not_shared() {
    tells_nothing_of_colne(&[
        "/elements",
        "/elements/lgam-forms",
        "/elements/lgam-payments",
        "/elements/lgam-waste",
        "/elements/lgam-revenues",
    ]);
    tells_nothing_of_candidates(&["/elements", "/elements/lgam-booking", "/elements/lgam-forms"]);
}

#[test]
fn many_systems_come_in_pages() {
    let world = open_part();
    world.add("ashmere", (0..150).map(|number| system(&format!("Form {number:03}")).elements(&["forms"])).collect());
    let first = world.get("member@ashmere", "/elements/lgam-forms.json").json();
    assert_eq!((first["total"].as_u64(), first["systems"].as_array().unwrap().len()), (Some(153), 100));
    let second = world.get("member@ashmere", first["next"].as_str().unwrap()).json();
    assert_eq!(second["systems"].as_array().unwrap().len(), 53);
    assert!(second["next"].is_null());
    assert_eq!(world.get("member@ashmere", "/elements/lgam-forms.csv").csv().len(), 153);
}

#[test]
fn nothing_recorded_is_not_called_a_gap() {
    let words = World::new().get("member@ashmere", "/elements/lgam-waste").words();
    assert!(words.contains("None recorded."), "{words}");
    assert!(!words.to_lowercase().contains("gap"), "{words}");
}
