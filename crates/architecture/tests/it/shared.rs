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
    "/overlaps",
    "/overlaps?kind=product",
    "/organisations/ashmere/overlaps",
    "/organisations/brackford/overlaps",
    "/organisations/brackford/overlaps?supplier=oakware",
    "/organisations/colne/overlaps",
    "/contracts",
    "/organisations/ashmere/contracts",
    "/organisations/brackford/contracts",
    "/organisations/brackford/contracts?year=2027",
    "/organisations/colne/contracts",
];

/// An owner that keeps its estate to itself shows a shared system to nobody, its users included, and no number tells.
#[test]
fn what_its_owner_keeps_is_in_no_number_of_its_users() {
    let world = |users: &[&str]| {
        let world = open_part();
        let secret = system("Secret pay").product("taxbase").elements(&["payments", "forms"]).status("live");
        let secret = secret.cost(987_600).ends("2027-01-31", Some(1));
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

/// Ashmere's dear payments with their contract, used by Brackford and Colne; Brackford runs the product itself as well.
fn under_contract() -> World {
    let world = open_part();
    let pay = system("Pay").product("taxbase").elements(&["payments", "forms"]).status("live").cost(5_000_000);
    world.add("ashmere", vec![used_by(pay.ends("2027-05-31", Some(2)), &["brackford", "colne"])]);
    world.add(
        "brackford",
        vec![system("Bills").product("taxbase").elements(&["revenues"]).cost(70_000).ends("2027-03-31", None)],
    );
    world
}

#[test]
fn a_shared_system_is_among_what_meets_its_users_needs() {
    let world = under_contract();
    let path = "/organisations/brackford/overlaps";
    let page = world.get("member@brackford", path);
    let words = page.words();
    assert!(words.contains("6 of 6 systems are placed on the LGAM"), "{words}");
    assert!(words.contains("1 of them is shared, and owned by another organisation."), "{words}");
    assert!(words.contains("A system that another organisation owns and shares meets needs here"), "{words}");
    assert_eq!(
        page.all("tbody tr"),
        [
            "Forms TaxBase, WasteDesk Of 1 system the product is not known. Pay: shared, owned by Ashmere Borough Council \
             2 3 systems for Forms 1 shared 1 31 May 2027 1 of 1 known",
            "TaxBase Pay: shared, owned by Ashmere Borough Council 2 3 systems for TaxBase 1 shared \
             2 contracts 31 Mar 2027 to 31 May 2027 31 Mar 2027 2 of 2 known"
        ]
    );
    let json = world.get("member@brackford", &format!("{path}.json")).json();
    let forms = &json["needs"]["overlaps"][0];
    assert_eq!((&json["owned_by_others"], &forms["systems"]), (&1.into(), &3.into()));
    assert_eq!(
        (&forms["shared"][0]["name"], &forms["shared"][0]["owner"]),
        (&"Pay".into(), &"Ashmere Borough Council".into())
    );
    assert_eq!(json["organisations"].as_array().map(Vec::len), Some(1), "whose overlaps they are");
    let csv = world.get("member@brackford", &format!("{path}.csv")).csv();
    assert_eq!(
        (csv[0]["owned_by_others"].as_str(), csv[0]["owned_by_others_names"].as_str()),
        ("1", "Pay (Ashmere Borough Council)")
    );

    // The owner has it once, and a council that shows nothing of its own shows what it uses.
    let owner = world.get("member@brackford", "/organisations/ashmere/overlaps");
    assert!(!owner.words().contains("shared, owned by"), "{}", owner.words());
    let colne = world.get("member@brackford", "/organisations/colne/overlaps");
    assert_eq!(colne.all("h1"), ["No overlaps in 1 system"]);
    // Who does not see the owner's estate sees nothing of it.
    for who in ["visitor", "supplier@oakware"] {
        let words = world.get(who, path).words();
        assert!(words.contains("5 of 5 systems are placed") && !words.contains("hared, owned"), "{who}: {words}");
    }
}

#[test]
fn what_a_shared_system_costs_is_in_no_sum_of_its_users() {
    let world = under_contract();
    world.share("ashmere", Visibility::Members, Visibility::Members);
    let page = world.get("editor@brackford", "/organisations/brackford/overlaps");
    let words = page.words();
    assert_eq!(page.all("h1"), ["Forms is met 3 times, by 2 products"]);
    assert!(words.contains("What overlaps costs £700 a year, from the 1 of 2 systems whose cost is known."), "{words}");
    assert!(words.contains("£700 1 of 2 known") && !words.contains("50,000") && !words.contains("50,700"), "{words}");
    let across = world.get("editor@brackford", "/overlaps.json").json();
    let taxbase = &across["products"]["overlaps"][0];
    assert_eq!((&taxbase["name"], &taxbase["annual_cost"]), (&"TaxBase".into(), &5_070_000.into()), "once");
}

#[test]
fn across_councils_a_shared_system_is_one_and_its_users_are_named() {
    let world = under_contract();
    let json = world.get("member@brackford", "/overlaps.json").json();
    let taxbase = &json["products"]["overlaps"][0];
    assert_eq!((&taxbase["systems"], &taxbase["contracts"]), (&4.into(), &3.into()));
    let names = |list: &serde_json::Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|body| body["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&taxbase["organisations"]), ["Ashmere", "Brackford"]);
    assert_eq!(names(&taxbase["used_by"]), ["Colne"], "who runs it too is there already");
    let words = world.get("member@brackford", "/overlaps").words();
    assert!(words.contains("Also used by Colne, in a system that another owns."), "{words}");
    assert!(words.contains("A system that several councils share is one system under one contract"), "{words}");
    let visitor = world.get("visitor", "/overlaps").words();
    assert!(!visitor.contains("Also used by"), "{visitor}");
}

#[test]
fn sharing_alone_makes_no_product_overlap() {
    let world = World::new();
    let pay = used_by(system("Pay").product("taxbase").elements(&["payments"]), &["brackford", "colne"]);
    world.add("ashmere", vec![pay]);
    let json = world.get("member@brackford", "/overlaps.json").json();
    assert_eq!(json["products"]["overlaps"], serde_json::json!([]));
    assert_eq!(json["systems"], 1);
}

#[test]
fn contract_dates_of_a_user_list_the_owners_contract() {
    let world = under_contract();
    world.share("ashmere", Visibility::Members, Visibility::Members);
    let path = "/organisations/brackford/contracts";
    let json = world.get("editor@brackford", &format!("{path}.json")).json();
    let listed: Vec<_> = json["contracts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|contract| (contract["organisation"].as_str().unwrap(), contract["owned_by_others"].as_bool().unwrap()))
        .collect();
    assert_eq!(
        listed,
        [("ashmere", true), ("brackford", false)],
        "notice by 31 March, of an end in May, on the same day"
    );
    let coverage = &json["coverage"];
    assert_eq!(
        (&coverage["contracts"], &coverage["owned_by_others"], &coverage["systems"]),
        (&1.into(), &1.into(), &5.into())
    );
    let page = world.get("editor@brackford", path);
    let words = page.words();
    assert!(words.contains("Pay Shared, owned by Ashmere Borough Council"), "{words}");
    assert!(words.contains("1 more is of a shared system, for its owner to act on."), "{words}");
    assert!(words.contains("under its owner's contract"), "{words}");
    let csv = world.get("editor@brackford", &format!("{path}.csv")).csv();
    let marked: Vec<_> = csv.iter().map(|row| (row["systems"].as_str(), row["owned_by_others"].as_str())).collect();
    assert_eq!(marked, [("Pay", "yes"), ("Bills", "")]);
    assert!(csv.iter().all(|row| row["contract_cost"].is_empty()));

    // Nothing else that the owner has under the contract, and nothing for whoever does not see the owner's estate.
    for who in ["visitor", "supplier@oakware"] {
        let words = world.get(who, path).words();
        assert!(words.contains("Bills") && !words.contains("Pay") && !words.contains("hared"), "{who}: {words}");
    }
    let owner = world.get("member@brackford", "/organisations/ashmere/contracts.json").json();
    assert!(owner["contracts"].as_array().unwrap().iter().all(|contract| contract["owned_by_others"] == false));
    let all = world.get("member@brackford", "/contracts.csv").csv();
    assert_eq!(all.iter().filter(|row| row["systems"] == "Pay").count(), 1);
    let colne = world.get("member@brackford", "/organisations/colne/contracts.json").json();
    assert_eq!((colne["contracts"].as_array().map(Vec::len), &colne["coverage"]["contracts"]), (Some(1), &0.into()));
}

#[test]
fn one_that_uses_a_system_is_alike_in_what_it_meets() {
    let (world, _) = county();
    let alike = |who: &str| world.get(who, "/organisations/ashmere.json").json()["most_alike"].clone();
    assert_eq!(
        alike("member@brackford"),
        serde_json::json!([{"id": "brackford", "name": "Brackford District Council", "products": 1, "needs": 4, "of": 8}])
    );
}
