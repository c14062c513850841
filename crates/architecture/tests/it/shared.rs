//! Shared systems: one owner, several users, and only the owner decides who sees them.

use architecture::statement::{Attribute, Stated};
use axum::http::StatusCode;
use vocabulary::Visibility;

use crate::county::open_part;
use crate::world::{NewSystem, READERS, World, system};

fn used_by(system: NewSystem, ids: &[&str]) -> NewSystem {
    system.says(Attribute::UsedBy, Stated::Organisations(ids.iter().map(|id| (*id).to_owned()).collect()))
}

/// Ashmere's payments are used by Brackford and by Colne, which keeps its own estate to itself.
fn county() -> (World, String) {
    let world = open_part();
    let pay = used_by(
        system("Pay").product("taxbase").elements(&["payments", "forms"]).status("live"),
        &["brackford", "colne"],
    );
    let id = world.add("ashmere", vec![pay]).remove(0);
    (world, id)
}

#[test]
fn the_system_says_who_owns_and_who_uses_it() {
    let (world, id) = county();
    let page = world.get("member@brackford", &format!("/systems/{id}"));
    let words = page.words();
    let said =
        "A shared system. Owned by Ashmere Borough Council; used by Brackford District Council and Colne City Council.";
    assert!(words.contains(said), "{words}");
    assert!(!words.contains("Change who uses it"));
    assert!(page.body.contains("href=\"/organisations/colne\">Colne City Council"));
    let json = world.get("member@brackford", &format!("/systems/{id}.json")).json();
    assert_eq!(json["system"]["used_by"][0]["id"], "brackford");
    assert_eq!(world.get("visitor", &format!("/systems/{id}")).status, StatusCode::NOT_FOUND, "the owner's decision");
    world.share("ashmere", Visibility::Public, Visibility::Own);
    assert!(world.get("visitor", &format!("/systems/{id}")).words().contains("used by Brackford"));
}

#[test]
fn a_using_council_finds_it_apart_from_its_own() {
    let (world, _) = county();
    let path = "/organisations/brackford/systems";
    let own = world.get("member@brackford", path);
    assert!(own.words().contains("4 systems · 0 of 4 contract dates known"), "{}", own.words());
    assert!(own.words().contains("And 1 system shared by another owner"));
    assert!(!own.words().contains("Pay"));
    let filtered = world.get("member@brackford", &format!("{path}?element=forms")).words();
    assert!(filtered.contains("Used here and owned by others: 1 of 1 fits too"), "{filtered}");
    let filtered = world.get("member@brackford", &format!("{path}?element=waste")).words();
    assert!(filtered.contains("Used here and owned by others: 0 of 1 fits too"), "{filtered}");

    let others = world.get("member@brackford", &format!("{path}?owner=others"));
    assert!(others.words().contains("Systems used at Brackford, owned by others"));
    assert!(others.words().contains("1 system that another organisation owns and shares"));
    assert_eq!(others.all("tbody th"), ["Pay"]);
    assert!(others.words().contains("Ashmere Borough Council") && others.all("thead th").contains(&"Owner".to_owned()));
    let json = world.get("member@brackford", &format!("{path}.json?owner=others")).json();
    assert_eq!((&json["systems_in_all"], &json["elsewhere"]["systems"]), (&1.into(), &4.into()));
    assert_eq!(json["systems"][0]["organisation"], "ashmere");
    let csv = world.get("member@brackford", &format!("{path}.csv?owner=others")).csv();
    assert_eq!((csv.len(), csv[0]["organisation"].as_str()), (1, "Ashmere Borough Council"));
    assert_eq!(world.get("member@brackford", &format!("{path}.csv")).csv().len(), 4, "a file of what is its own");
    assert_eq!(world.get("member@brackford", &format!("{path}?owner=ashmere")).status, StatusCode::BAD_REQUEST);

    let visitor = world.get("visitor", path).words();
    assert!(visitor.contains("4 systems") && !visitor.contains("shared by another"), "{visitor}");
    assert!(world.get("visitor", &format!("{path}?owner=others")).words().contains("No systems that others own"));
    let summary = world.get("member@ashmere", "/organisations/brackford").words();
    assert!(summary.contains("1 more system is used here and owned by another organisation"), "{summary}");
    // Colne shows nothing of its own, and what it uses is there all the same.
    let colne = world.get("member@brackford", "/organisations/colne").words();
    assert!(colne.contains("1 more system is used here"), "{colne}");
    let none = world.get("member@brackford", "/organisations/colne/systems").words();
    assert!(none.contains("And 1 system shared by another owner") && none.contains("No systems to show for Colne"));
}

#[test]
fn a_product_is_run_by_owners_and_used_by_others() {
    let (world, _) = county();
    let page = world.get("member@brackford", "/products/taxbase");
    assert!(
        page.words().contains("Run by 2 of the 2 councils you can see. Colne uses it in a system that another owns."),
        "{}",
        page.words()
    );
    assert!(page.all("th").contains(&"Used by".to_owned()));
    let json = world.get("member@brackford", "/products/taxbase.json").json();
    assert_eq!(json["used_by"], serde_json::json!([{"id": "colne", "name": "Colne City Council"}]));
    let visitor = world.get("visitor", "/products/taxbase");
    assert!(!visitor.words().contains("shared") && !visitor.all("th").contains(&"Used by".to_owned()));
}

#[test]
fn a_need_met_by_a_shared_system_counts_for_its_users_too() {
    let (world, _) = county();
    let payments = |who: &str, path: &str| {
        let json = world.get(who, path).json();
        let layers = json["map"]["layers"].as_array().unwrap().clone();
        let elements = layers.iter().flat_map(|layer| layer["elements"].as_array().unwrap().clone());
        elements.into_iter().find(|element| element["id"] == "payments").unwrap()
    };
    let all = payments("member@brackford", "/map.json");
    assert_eq!(
        all["each"],
        serde_json::json!([
            {"systems": 1, "products": 1, "owned_by_others": 0},
            {"systems": 1, "products": 1, "owned_by_others": 1},
        ]),
        "Colne, of which nothing of its own is seen, has no column"
    );
    assert_eq!((&all["all"]["systems"], &all["organisations"]), (&1.into(), &2.into()));
    let map = world.get("member@brackford", "/map?open=all").words();
    assert!(map.contains("1 of them is shared, and counts for its owner and each user"), "{map}");
    assert!(map.contains("system for Payments at Brackford (1 shared)"), "{map}");
    let csv = world.get("member@brackford", "/map.csv").csv();
    let shared: Vec<_> = csv.iter().filter(|row| row["owned_by_others"] != "0").collect();
    assert_eq!(shared.len(), 2, "payments and forms at Brackford");

    let own = payments("member@brackford", "/organisations/brackford/map.json");
    assert_eq!((&own["all"]["systems"], &own["each"][0]["owned_by_others"]), (&1.into(), &1.into()));
    let own = world.get("member@brackford", "/organisations/brackford/map").words();
    assert!(own.contains("Based on 5 of 5 systems placed on the LGAM; 1 of them is shared"), "{own}");
    let colne = payments("member@brackford", "/organisations/colne/map.json");
    assert_eq!(colne["all"]["systems"], 1);

    let element = world.get("member@brackford", "/elements/lgam-payments");
    assert!(element.words().contains("2 councils meet this with 1 product."), "{}", element.words());
    assert!(element.words().contains("1 system is shared, and counts for its owner and each council that uses it."));
    let visitor = payments("visitor", "/map.json");
    assert_eq!(visitor["all"]["systems"], 0);
}

#[test]
fn two_that_share_a_system_meet_its_needs_with_the_same() {
    let (world, _) = county();
    let two = "/compare?organisation=ashmere&organisation=brackford";
    let page = world.get("member@brackford", two).words();
    assert!(page.contains("one system, shared"), "{page}");
    assert!(
        page.contains("TaxBase (shared)") && page.contains("1 shared system also counts for those that use it."),
        "{page}"
    );
    let json = world.get("member@brackford", "/compare.json?organisation=ashmere&organisation=brackford").json();
    let payments =
        json["elements"].as_array().unwrap().iter().find(|element| element["element"] == "payments").unwrap();
    assert_eq!(payments["comparison"], "same-product");
    assert_eq!(
        (&payments["first"][0]["owned_by_others"], &payments["second"][0]["owned_by_others"]),
        (&false.into(), &true.into())
    );
    world.share("ashmere", Visibility::Public, Visibility::Own);
    world.share("colne", Visibility::Members, Visibility::Own);
    world.add("colne", vec![system("Theirs")]);
    let three = world.get("member@brackford", &format!("{two}&organisation=colne")).words();
    assert!(three.contains("Same product in 3 of 3") && three.contains("TaxBase (most shared) (shared)"), "{three}");
    assert!(three.contains("systems placed on the LGAM. 1 shared system also counts"), "{three}");
}

const ADDRESSES: &[&str] = &[
    "/",
    "/organisations",
    "/organisations/brackford",
    "/organisations/brackford/systems",
    "/organisations/brackford/systems?element=forms",
    "/organisations/brackford/systems?owner=others",
    "/organisations/brackford/systems?owner=others&sort=-name&status=live",
    "/organisations/brackford/map",
    "/organisations/brackford/map/drawing",
    "/organisations/ashmere",
    "/organisations/ashmere/map",
    "/organisations/colne/systems?owner=others",
    "/map?open=all",
    "/map?show=products&open=all",
    "/products",
    "/products/taxbase",
    "/elements/lgam-payments",
    "/elements/lgam-forms",
    "/compare?organisation=ashmere&organisation=brackford",
];

/// An owner that keeps its estate to itself shows a shared system to nobody, its users included, and no number tells.
#[test]
fn what_its_owner_keeps_is_in_no_number_of_its_users() {
    let world = |users: &[&str]| {
        let world = open_part();
        let secret =
            system("Secret pay").product("taxbase").elements(&["payments", "forms"]).status("live").cost(987_600);
        world.add("colne", vec![used_by(secret, users)]);
        world
    };
    let (with, without) = (world(&["ashmere", "brackford"]), world(&[]));
    for who in READERS.iter().copied().filter(|who| *who != "auditor@colne") {
        for address in ADDRESSES {
            let (path, query) =
                address.split_once('?').map_or((*address, String::new()), |(path, query)| (path, format!("?{query}")));
            for suffix in ["", ".json", ".csv"] {
                let path = format!("{path}{suffix}{query}");
                let (with, without) = (with.get(who, &path), without.get(who, &path));
                assert_eq!((with.status, &with.body), (without.status, &without.body), "{who} {path}");
                assert!(!with.body.contains("Secret"), "{who} {path}");
            }
        }
    }
    let own = with.get("auditor@colne", "/organisations/brackford/systems").words();
    assert!(own.contains("And 1 system shared by another owner"), "an auditor sees everything: {own}");
}

#[test]
fn an_editor_of_the_owner_says_who_else_uses_it_and_undoes_it() {
    let (world, id) = county();
    let path = format!("/systems/{id}/users");
    let page = world.get("editor@ashmere", &path);
    assert!(page.words().contains("Who else uses Pay?"), "{}", page.words());
    assert_eq!(
        page.all("main label"),
        ["Brackford District Council", "Colne City Council"],
        "neither the owner nor suppliers"
    );
    assert_eq!(page.all("main input[checked]").len(), 2);
    let saved = world.post("editor@ashmere", &path, "before=brackford+colne&used_by=colne");
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let location = saved.headers["location"].to_str().unwrap().to_owned();
    let landed = world.get("editor@ashmere", &location);
    assert!(
        landed.words().contains("used by Colne City Council.") && landed.words().contains("Undo"),
        "{}",
        landed.words()
    );
    assert!(!world.get("member@brackford", "/organisations/brackford/systems").words().contains("another owner"));

    // The same again is no change; what changed meanwhile is shown before it is lost.
    let again = world.post("editor@ashmere", &path, "before=colne&used_by=colne");
    assert_eq!(again.headers["location"], format!("/systems/{id}").as_str());
    let late = world.post("editor@ashmere", &path, "before=brackford+colne&used_by=brackford");
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.words().contains("It says now: Colne City Council."), "{}", late.words());
    assert_eq!(late.all("input[checked]").len(), 1);

    let number = location.rsplit('=').next().unwrap();
    let undone = world.post("editor@ashmere", &format!("/organisations/ashmere/changes/{number}/undo"), "");
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.body);
    assert!(world.get("member@brackford", "/organisations/brackford/systems").words().contains("another owner"));

    let nobody = world.post("editor@ashmere", &path, "before=brackford+colne");
    assert_eq!(nobody.status, StatusCode::SEE_OTHER, "{}", nobody.body);
    assert!(!world.get("editor@ashmere", &format!("/systems/{id}")).words().contains("A shared system."));
    for bad in ["used_by=oakware", "used_by=ashmere", "used_by=nowhere", "used_by=%27"] {
        assert_eq!(world.post("editor@ashmere", &path, bad).status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[test]
fn nobody_else_says_who_uses_it() {
    let (world, id) = county();
    let path = format!("/systems/{id}/users");
    for who in READERS.iter().filter(|who| !["editor@ashmere", "steward@ashmere"].contains(*who)) {
        let expected = match *who {
            "member@ashmere" => StatusCode::FORBIDDEN,
            _ => StatusCode::NOT_FOUND,
        };
        assert_eq!(world.get(who, &path).status, expected, "{who}");
        assert_eq!(world.post(who, &path, "before=brackford+colne").status, expected, "{who}");
    }
    assert!(world.get("member@ashmere", &format!("/systems/{id}")).words().contains("used by Brackford"));
    assert_eq!(world.get("editor@ashmere", "/systems/nothing/users").status, StatusCode::NOT_FOUND);
}
