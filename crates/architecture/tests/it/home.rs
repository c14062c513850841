//! The first page, and the samples of pages about the model, products and comparisons.

use axum::http::StatusCode;
use web::{Shell, Site, Visit};

use crate::county::{county, tells_nothing_of_candidates, tells_nothing_of_colne};
use crate::world::World;

#[test]
fn the_first_page_says_what_this_is_and_how_much_of_it_there_is() {
    let page = county().get("member@ashmere", "/");
    assert_eq!(page.all("h1"), ["See the technology councils run, and what they could share"]);
    assert_eq!(
        page.all(".ch-figures dd"),
        [
            "8 in 2 councils you can see",
            "3 from the 6 of 8 systems whose product is known",
            "4 of 86, based on 7 of 8 systems placed on the model",
            "1 of 8 systems",
        ]
    );
    assert_eq!(page.all("form[role=search]").len(), 1, "one search box");
    assert!(!page.words().contains("Councils share most"));
}

#[test]
fn a_visitor_reads_the_fixed_sentence_and_public_figures() {
    let world = county();
    let page = world.get("visitor", "/");
    assert!(
        page.words()
            .contains("Councils share most of their estates only with each other. Sign in if you work for one.")
    );
    assert_eq!(page.all(".ch-figures dd")[0], "4 in 1 council you can see");
    let supplier = world.get("supplier@oakware", "/");
    assert_eq!(page.all(".ch-figures dd"), supplier.all(".ch-figures dd"), "a supplier sees what a visitor sees");
}

#[test]
fn an_editor_has_ones_own_systems_at_hand() {
    let world = county();
    let page = world.get("editor@ashmere", "/");
    assert!(page.words().contains("4 systems at Ashmere · Import a spreadsheet"), "{}", page.words());
    assert!(page.body.contains("href=\"/organisations/ashmere/imports\""));
    assert!(!world.get("member@ashmere", "/").body.contains("/imports"), "a member does not import");
}

#[test]
fn an_empty_place_offers_a_beginning() {
    let world = World::new();
    let page = world.get("editor@ashmere", "/");
    assert!(page.words().contains("No council has added its systems yet. Import a spreadsheet."), "{}", page.words());
    assert_eq!(page.all(".ch-figures dd").len(), 2);
    let visitor = world.get("visitor", "/").words();
    assert!(!visitor.contains("No council has added"), "whether anybody has is not for everybody: {visitor}");
    assert_eq!(world.get("visitor", "/?page=2").status, StatusCode::BAD_REQUEST);
}

#[test]
fn home_tells_nothing_of_what_is_not_shared() {
    tells_nothing_of_colne(&["/"]);
    tells_nothing_of_candidates(&["/"]);
}

#[test]
fn every_sample_of_these_pages_renders() {
    let shell = Shell::new(Site::default(), &architecture::templates()).expect("the templates");
    let samples = architecture::samples();
    let wanted = [
        "home, signed out",
        "home, for an editor",
        "home, empty",
        "map of all organisations",
        "map of all organisations, empty",
        "map of one organisation",
        "map of one organisation, empty",
        "comparison, to choose",
        "comparison, with one chosen",
        "comparison, nobody to compare",
        "comparison of two",
        "comparison of two, the different ones",
        "products",
        "products, filtered",
        "products, nothing found",
        "product",
        "product, a candidate that nobody runs",
        "elements",
        "elements, nothing placed",
        "element",
        "element, none recorded",
    ];
    for name in wanted {
        let sample =
            samples.iter().find(|sample| sample.name == name).unwrap_or_else(|| panic!("no sample \"{name}\""));
        let html =
            shell.render(&sample.page, &Visit::of("/sample")).unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert!(!html.contains(" style="), "{name}");
    }
}
