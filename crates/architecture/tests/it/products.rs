//! The list of products and the page of one.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use crate::county::{county, seen_by, tells_nothing_of_candidates, tells_nothing_of_colne};
use crate::world::{READERS, World, system};

#[test]
fn the_list_says_how_many_and_who_runs_them() {
    let page = county().get("member@ashmere", "/products");
    let words = page.words();
    assert!(words.contains("3 products in the shared list. 3 are run by organisations you can see."), "{words}");
    let rows = [
        "RoundMaster Oakware Waste management 1",
        "TaxBase Oakware Revenues and benefits 2",
        "WasteDesk Fennel Waste management 1",
    ];
    assert_eq!(page.all("tbody tr"), rows);
}

#[test]
fn filters_and_search_narrow_the_list_and_count() {
    let world = county();
    let names = |path: &str| -> Vec<String> {
        let data = world.get("member@ashmere", path).json();
        data["products"]
            .as_array()
            .unwrap()
            .iter()
            .map(|product| product["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("/products.json?supplier=oakware"), ["RoundMaster", "TaxBase"]);
    assert_eq!(names("/products.json?element=waste"), ["RoundMaster", "WasteDesk"]);
    assert_eq!(names("/products.json?element=waste&supplier=fennel"), ["WasteDesk"]);
    assert_eq!(names("/products.json?q=revspro"), ["TaxBase"], "a former name");
    assert_eq!(names("/products.json?q=oakware+waste"), ["RoundMaster"], "supplier and need");
    assert_eq!(names("/products.json?sort=-run_by"), ["TaxBase", "RoundMaster", "WasteDesk"]);
    assert_eq!(names("/products.json?q=fax"), Vec::<String>::new());
    let words = world.get("member@ashmere", "/products?q=fax").words();
    assert!(words.contains("No products match 'fax'. Check the spelling, or try an older name."), "{words}");
    let labels = world.get("member@ashmere", "/products?supplier=fennel").all(".ch-filters label");
    assert!(labels.contains(&"Oakware (2)".to_owned()), "a filter's counts leave itself out: {labels:?}");
    for path in ["/products?supplier=nobody", "/products?element=l0", "/products?sort=cost", "/products?colour=red"] {
        assert_eq!(world.get("member@ashmere", path).status, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[test]
fn a_long_list_comes_in_pages_that_meet() {
    let world = World::new();
    world.add(
        "ashmere",
        (0..205)
            .map(|number| system(&format!("System {number}")).candidate(&format!("Candidate {number:03}")))
            .collect(),
    );
    for sort in ["name", "-run_by", "run_by"] {
        let mut path = format!("/products.json?sort={sort}");
        let (mut names, mut pages) = (Vec::new(), 0);
        loop {
            let data = world.get("editor@ashmere", &path).json();
            assert_eq!(data["total"], 208, "{sort}");
            names.extend(
                data["products"].as_array().unwrap().iter().map(|product| product["name"].as_str().unwrap().to_owned()),
            );
            pages += 1;
            match data["next"].as_str() {
                Some(next) => path = next.to_owned(),
                None => break,
            }
        }
        assert_eq!((pages, names.len()), (3, 208), "{sort}");
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 208, "{sort}: no product twice");
    }
    assert_eq!(world.get("editor@ashmere", "/products.csv").csv().len(), 208, "a file has all of them");
    assert_eq!(
        world.get("member@ashmere", "/products.json").json()["total"],
        3,
        "a colleague who is no editor sees the shared list"
    );
    let cursor = world.get("editor@ashmere", "/products.json").json()["next"].as_str().unwrap().to_owned();
    assert_eq!(
        world.get("editor@ashmere", &format!("{cursor}&sort=-run_by")).status,
        StatusCode::BAD_REQUEST,
        "another sorting"
    );
}

#[test]
fn a_product_says_who_runs_it_and_what_else_meets_the_need() {
    let world = county();
    let page = world.get("member@ashmere", "/products/taxbase");
    let words = page.words();
    assert!(words.contains("Run by 2 of the 2 councils you can see."), "{words}");
    assert!(words.contains("Former names RevsPro"), "{words}");
    assert_eq!(page.all("#systems-caption ~ tbody th"), ["Ashmere Borough Council", "Brackford District Council"]);
    let cells = page.all("#systems-caption ~ tbody td");
    assert_eq!(cells, ["Council tax", "12", "Not known", "31 Mar 2027", "Rates", "11", "Not known", "Not known"]);
    let words = world.get("member@ashmere", "/products/roundmaster").words();
    assert!(words.contains("Run by 1 of the 2 councils you can see."), "{words}");
    assert!(words.contains("WasteDesk Forms 1"), "what its systems are used for counts too: {words}");
    assert!(words.contains("Every product listed for"), "{words}");
}

#[test]
fn retired_systems_do_not_run_a_product() {
    let world = county();
    let data = world.get("member@ashmere", "/products/wastedesk.json").json();
    assert_eq!((data["organisations"].as_u64(), data["total"].as_u64()), (Some(1), Some(2)), "Ashmere's is retired");
}

#[test]
fn run_by_counts_what_each_reader_sees() {
    let world = county();
    for who in READERS {
        let data = world.get(who, "/products/taxbase.json").json();
        assert_eq!(data["organisations"].as_u64(), Some(seen_by(who).len() as u64), "{who}");
        assert_eq!(data["organisations_in_all"].as_u64(), Some(seen_by(who).len() as u64), "{who}");
        let list = world.get(who, "/products.json?q=taxbase").json();
        assert_eq!(list["products"][0]["run_by"].as_u64(), Some(seen_by(who).len() as u64), "{who}");
        let csv = world.get(who, "/products/taxbase.csv").csv();
        assert_eq!(csv.len(), seen_by(who).len(), "{who}");
        let costs = csv.iter().any(|row| row.contains_key("annual_cost"));
        assert_eq!(costs, !["visitor", "supplier@oakware"].contains(who), "{who}");
    }
}

#[test]
fn products_tell_nothing_of_what_is_not_shared() {
    let addresses = [
        "/products",
        "/products?sort=-run_by",
        "/products?q=hidden",
        "/products?element=forms",
        "/products/taxbase",
        "/products/roundmaster",
        "/products/wastedesk",
        "/products/none",
        "/products?supplier=nonsense",
    ];
    tells_nothing_of_colne(&addresses);
    tells_nothing_of_candidates(&[
        "/products",
        "/products?q=hidden",
        "/products?sort=-run_by",
        "/products/roundmaster",
        "/products/taxbase",
    ]);
}

#[test]
fn a_candidate_is_its_organisations_own() {
    let world = county();
    let editor = world.get("editor@colne", "/products.json?q=hidden").json();
    let id = editor["products"][0]["id"].as_str().unwrap().to_owned();
    let words = world.get("editor@colne", &format!("/products/{id}")).words();
    assert!(words.contains("Only Colne sees this product until it joins the shared list."), "{words}");
    for who in READERS.iter().filter(|who| **who != "auditor@colne").chain(&["member@colne"]) {
        let hidden = world.get(who, &format!("/products/{id}"));
        let nowhere = world.get(who, "/products/018f0000-0000-7000-8000-00000000dead");
        assert_eq!(
            (hidden.status, &hidden.body),
            (StatusCode::NOT_FOUND, &nowhere.body.replace("018f0000-0000-7000-8000-00000000dead", &id)),
            "{who}"
        );
    }
}

#[test]
fn nobody_runs_it() {
    let world = World::new();
    let words = world.get("visitor", "/products/taxbase").words();
    assert!(words.contains("No council you can see runs this."), "{words}");
    assert!(words.contains("Councils share most of their estates only with each other."), "{words}");
}
