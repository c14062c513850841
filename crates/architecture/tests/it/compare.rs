//! Two organisations side by side.

use axum::http::StatusCode;

use crate::county::{county, tells_nothing_of_candidates, tells_nothing_of_colne};
use crate::world::{World, system};

const TWO: &str = "/compare?organisation=ashmere&organisation=brackford";

#[test]
fn the_heading_sums_up_and_the_counts_add_up() {
    let world = county();
    let page = world.get("member@ashmere", TWO);
    assert_eq!(page.all("h1"), ["Ashmere and Brackford meet 1 need with the same product"]);
    assert_eq!(
        page.all(".ch-verdicts li"),
        ["Same product 1", "Same supplier 0", "Different 2", "One side only 1", "Nobody 82"]
    );
    let words = page.words();
    assert!(words.contains("4 of 86 elements have something on at least one side"), "{words}");
    assert!(
        words.contains("Based on 3 of 4 systems placed on the LGAM at Ashmere, and 4 of 4 at Brackford."),
        "{words}"
    );
    assert!(words.contains("Neither council has anything recorded in Security."), "{words}");
    assert!(words.contains("Open Government Licence"), "{words}");
}

#[test]
fn each_element_says_in_words_how_the_two_compare() {
    let world = county();
    let rows = world.get("member@ashmere", TWO).all(".ch-compare tbody tr");
    let row = |name: &str| {
        rows.iter().find(|row| row.starts_with(name)).unwrap_or_else(|| panic!("{name}: {rows:?}")).clone()
    };
    // The verdict stands twice: second on small screens, last on others.
    assert_eq!(
        row("Revenues"),
        "Revenues and benefits Same product versions differ TaxBase 12 TaxBase 11 Same product versions differ"
    );
    assert_eq!(row("Booking"), "Booking One side only RoundMaster 3 None recorded One side only");
    let forms = row("Forms");
    assert!(forms.contains("Different RoundMaster 3 WasteDeskPaper forms (product not known) Different"), "{forms}");
}

#[test]
fn counts_are_links_to_as_many_rows() {
    let world = county();
    for (word, count) in
        [("same-product", 1), ("same-supplier", 0), ("different", 2), ("one-side-only", 1), ("nobody", 82)]
    {
        let path = format!("{TWO}&show={word}");
        let page = world.get("member@ashmere", &path);
        assert_eq!(page.all(".ch-compare .ch-map__element").len(), count, "{word}");
        assert_eq!(page.all(".ch-verdicts li").len(), 5, "the counts stay");
        let rows = world.get("member@ashmere", &path.replace("/compare?", "/compare.csv?")).csv();
        assert_eq!(rows.len(), count, "{word}");
        assert!(rows.iter().all(|row| row["comparison"] == word), "{rows:?}");
    }
}

#[test]
fn the_same_supplier_is_second_best() {
    let world = county();
    world.add("brackford", vec![system("Booker").product("taxbase").elements(&["booking"])]);
    let data = world.get("member@ashmere", &TWO.replace("/compare?", "/compare.json?")).json();
    assert_eq!(data["counts"]["same-supplier"], 1, "RoundMaster and TaxBase are both Oakware's");
}

#[test]
fn two_to_six_are_compared() {
    let world = county();
    world.share("colne", vocabulary::Visibility::Members, vocabulary::Visibility::Own);
    let seven: String =
        ["ashmere", "brackford", "colne", "d", "e", "f", "g"].map(|id| format!("&organisation={id}")).concat();
    let refused = [
        ("/compare?organisation=ashmere".to_owned(), "Choose at least 2 organisations"),
        ("/compare?organisation=ashmere&organisation=ashmere".to_owned(), "Choose at least 2 organisations"),
        (format!("/compare?{}", &seven[1..]), "Choose at most 6 organisations"),
        (
            "/compare?organisation=ashmere&organisation=nowhere".to_owned(),
            "There is no organisation \"nowhere\" to compare.",
        ),
        (
            "/compare?organisation=ashmere&organisation=oakware".to_owned(),
            "There is no organisation \"oakware\" to compare.",
        ),
    ];
    for (path, why) in refused {
        let page = world.get("member@ashmere", &path);
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(
            page.all(".govuk-error-summary a")[0].starts_with(why),
            "{path}: {:?}",
            page.all(".govuk-error-summary a")
        );
        assert!(page.all("title")[0].starts_with("Error: "), "{path}");
        assert!(page.body.contains("id=\"organisation\""), "the summary leads to the first choice");
    }
    let page = world.get("editor@ashmere", "/compare");
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(
        page.all(".govuk-checkboxes__label"),
        ["Ashmere Borough Council", "Brackford District Council", "Colne City Council"]
    );
    assert_eq!(page.body.matches(" checked").count(), 1, "one's own is chosen already");
    assert!(page.words().contains("Compare Ashmere with the 2 most like it: Brackford and Colne"), "{}", page.words());
}

#[test]
fn three_are_compared_by_what_most_of_them_share() {
    let world = county();
    world.share("colne", vocabulary::Visibility::Members, vocabulary::Visibility::Own);
    let three = "/compare?organisation=ashmere&organisation=brackford&organisation=colne";
    let page = world.get("member@ashmere", three);
    assert_eq!(page.all("h1"), ["TaxBase meets Revenues and benefits in 2 of 3"]);
    let words = page.words();
    assert!(words.contains("5 of 86 elements have something in at least one of the 3 councils"), "{words}");
    assert!(words.contains("Based on 10 of 11 systems placed on the LGAM."), "{words}");
    let rows = page.all(".ch-compare tbody tr");
    let row = |name: &str| rows.iter().find(|row| row.starts_with(name)).unwrap_or_else(|| panic!("{name}: {rows:?}"));
    assert_eq!(
        row("Revenues"),
        "Revenues and benefits Business Areas TaxBase ● TaxBase (most shared) 12 ● TaxBase (most shared) 11 None recorded"
    );
    assert!(row("Forms").contains("Capabilities Oakware RoundMaster 3 WasteDesk"), "{}", row("Forms"));
    assert_eq!(
        page.all(".ch-compare .ch-map__layer"),
        ["Same product in 2 of 3 (2)", "Same supplier in 2 of 3 (1)", "Only one of them (2)", "Nobody (81)"],
        "what most share first"
    );
    assert_eq!(
        page.all(".ch-verdicts li"),
        [
            "Same product in 3 of 3 0",
            "Same product in 2 of 3 2",
            "Same supplier 1",
            "Different 0",
            "Only one of them 2",
            "Nobody 81"
        ]
    );
    for (word, count) in [
        ("same-product-3", 0),
        ("same-product-2", 2),
        ("same-product", 2),
        ("same-supplier", 1),
        ("one-side-only", 2),
        ("nobody", 81),
    ] {
        let path = format!("{three}&show={word}");
        assert_eq!(world.get("member@ashmere", &path).all(".ch-compare .ch-map__element").len(), count, "{word}");
        let rows = world.get("member@ashmere", &path.replace("/compare?", "/compare.csv?")).csv();
        assert_eq!(rows.len(), count * 3, "{word}");
    }
    assert_eq!(world.get("member@ashmere", &format!("{three}&show=same-product-4")).status, StatusCode::BAD_REQUEST);
    let data = world.get("member@ashmere", &three.replace("/compare?", "/compare.json?")).json();
    let shared = data["elements"].as_array().unwrap().iter().find(|element| element["element"] == "revenues").unwrap();
    assert_eq!((shared["shared_by"].as_u64(), shared["shared_product"]["id"].as_str()), (Some(2), Some("taxbase")));
}

#[test]
fn a_link_to_what_one_does_not_see_leads_to_a_helpful_page_that_tells_nothing() {
    let world = county();
    // Brackford's is everybody's; of Colne there is nothing to show, whatever the reason.
    for who in ["visitor", "supplier@oakware", "member@ashmere", "steward@brackford", "member@colne"] {
        let page = world.get(who, "/compare?organisation=brackford&organisation=colne");
        assert_eq!(page.status, StatusCode::OK, "{who}");
        assert_eq!(page.all("h1"), ["There is nothing to compare"], "{who}");
        assert!(page.words().contains("No systems to show for Colne, so they cannot be compared here."), "{who}");
        assert_eq!(
            world.get(who, "/compare.csv?organisation=brackford&organisation=colne").status,
            StatusCode::NOT_ACCEPTABLE
        );
    }
    let visitor = world.get("visitor", TWO);
    assert!(visitor.words().contains("Sign in to compare"), "{}", visitor.words());
    assert!(visitor.body.contains("/sign-in?next="), "the link comes back here");
    let auditor = world.get("auditor@colne", "/compare?organisation=brackford&organisation=colne");
    assert_eq!(auditor.all("h1"), ["Brackford and Colne meet no need with the same product"]);
    let three = world.get("member@ashmere", &format!("{TWO}&organisation=colne"));
    assert_eq!(three.all("h1"), ["Ashmere and Brackford meet 1 need with the same product"]);
    assert!(three.words().contains("No systems to show for Colne."), "{}", three.words());
}

#[test]
fn comparisons_tell_nothing_of_what_is_not_shared() {
    let addresses = [
        "/compare",
        TWO,
        "/compare?organisation=brackford&organisation=ashmere&show=different",
        "/compare?organisation=ashmere",
        "/compare?organisation=ashmere&organisation=colne",
        "/compare?organisation=colne",
        "/compare?organisation=ashmere&organisation=brackford&organisation=colne",
        "/compare?organisation=ashmere&organisation=brackford&organisation=colne&show=different",
        "/compare?show=nonsense",
    ];
    tells_nothing_of_colne(&addresses);
    tells_nothing_of_candidates(&[
        "/compare",
        TWO,
        "/compare?organisation=brackford&organisation=ashmere&show=one-side-only",
    ]);
}

#[test]
fn two_candidates_of_one_name_do_not_match_and_the_other_one_does_not_show() {
    let world = World::new();
    world.add("ashmere", vec![system("Ours").candidate("HomeGrown").elements(&["forms"])]);
    world.add("brackford", vec![system("Theirs").candidate("HomeGrown").elements(&["forms"])]);
    let data = |who: &str| world.get(who, &TWO.replace("/compare?", "/compare.json?")).json();
    let forms = |data: &serde_json::Value| {
        data["elements"].as_array().unwrap().iter().find(|element| element["element"] == "forms").unwrap().clone()
    };
    let own = forms(&data("editor@ashmere"));
    assert_eq!(
        (own["comparison"].as_str(), own["first"][0]["product"]["name"].as_str()),
        (Some("different"), Some("HomeGrown"))
    );
    assert!(own["second"][0]["product"].is_null(), "{own}");
    assert_eq!(forms(&data("auditor@colne"))["comparison"], "different");
    assert!(!world.get("member@ashmere", TWO).body.contains("HomeGrown"), "a member is not its editor");
}

#[test]
fn with_fewer_than_two_there_is_nothing_to_choose() {
    let words = county().get("visitor", "/compare").words();
    assert!(words.contains("There are not two whose systems you can see."), "{words}");
    assert!(words.contains("Councils share most of their estates only with each other."), "{words}");
}
