//! JSON as councils and other programs send it: the published register's shape, our own, broken ones; and relations between
//! systems, which come with them.

use super::EDITOR;
use crate::world::{READERS, World};
use vocabulary::Visibility;

const REGISTER: &str = r#"{
  "meta": {"version": "1.0", "council": "Ashmere"},
  "taxonomy": {
    "layers": [{"id": "capabilities", "label": "Capabilities"}],
    "domains": [{"id": "CAP_Payments", "label": "Payments"}, {"id": "FG_RevsBens", "label": "Revenues / Benefits"},
                {"id": "X_Other", "label": "Something else"}],
    "capabilities": [{"id": "Cap_Payments", "label": "Payments"}]
  },
  "systems": [
    {"id": "SYS_Pay", "name": "Payments platform", "domains": ["CAP_Payments"], "lifecycle": "live",
     "identity": {"vendor": "Oakware", "users": 40, "category": "shared-service", "businessOwner": "Income team"},
     "contract": {"annualCost": 12500, "contractEnd": "2027-03-31", "noticePeriod": 6},
     "technical": {"hosting": "cloud", "dataModel": "segmented", "portability": "high", "supportModel": "vendor-supported"},
     "compliance": ["PCI DSS"], "capabilities": ["Cap_Payments"], "consumers": ["SYS_Revs", "SYS_Gone"], "dependencies": []},
    {"id": "SYS_Revs", "name": "Revenues", "domains": ["FG_RevsBens", "X_Other"], "lifecycle": "retiring",
     "identity": {"vendor": "", "users": null}, "capabilities": [], "consumers": [], "dependencies": ["SYS_Docs"]},
    {"id": "SYS_Docs", "name": "Documents", "domains": [], "capabilities": [], "consumers": [], "dependencies": ["SYS_None"]}
  ]
}"#;

fn row(world: &World, who: &str, name: &str) -> std::collections::BTreeMap<String, String> {
    let rows = world.get(who, "/organisations/ashmere/systems.csv").csv();
    rows.into_iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn the_published_register_becomes_an_estate_with_relations() {
    let world = World::new();
    let uploaded = world.upload(EDITOR, "ashmere", "register.json", REGISTER.as_bytes()).redirect();
    let page = world.get(EDITOR, &uploaded);
    assert!(page.words().contains("fields of the list 'systems'"), "{}", page.words());
    assert!(page.words().contains("compliance Not recognised"), "{}", page.words());
    let import = world.import("ashmere", "register.json", REGISTER.as_bytes());
    let pay = row(&world, EDITOR, "Payments platform");
    let cells = ["elements", "status", "supplier", "users", "annual_cost", "contract_end", "notice_months", "hosting"];
    let expected = ["Payments", "live", "Oakware", "40", "12500.00", "2027-03-31", "6", "cloud"];
    assert_eq!(cells.map(|cell| pay[cell].as_str()), expected);
    assert_eq!(pay["business_owner"], "Income team");
    let revenues = row(&world, EDITOR, "Revenues");
    assert_eq!((revenues["elements"].as_str(), revenues["status"].as_str()), ("Revenues and benefits", "retiring"));
    assert_eq!(revenues["depends_on"], "Documents; Payments platform");
    let told = world.get(EDITOR, &format!("{import}.json")).json();
    let said: Vec<&str> =
        told["problems"].as_array().unwrap().iter().map(|one| one["message"].as_str().unwrap()).collect();
    assert!(said.iter().any(|said| said.contains("\"SYS_None\" is no system")), "{said:#?}");
    assert!(said.iter().any(|said| said.contains("\"Something else\" is not an element")), "{said:#?}");
    // A consumer that the file does not have has no row that could say so, so the one that names it does.
    let gone = told["problems"].as_array().unwrap().iter().find(|one| one["text"] == "SYS_Gone").unwrap();
    let place = ["code", "severity", "sheet"].map(|key| gone[key].as_str().unwrap());
    assert_eq!((place, &gone["row"]), (["system_unknown", "check", "systems"], &1.into()), "{gone:#}");
    assert!(gone["message"].as_str().unwrap().contains("relying on \"Payments platform\""), "{gone:#}");
    assert_eq!(said.len(), 3, "{said:#?}");

    let address = world.bring("ashmere", "register.json", REGISTER.as_bytes());
    let again = world.preview(&address);
    assert_eq!((&again["counts"]["new"], &again["counts"]["changed"]), (&0.into(), &0.into()), "{again:#}");
}

#[test]
fn both_ends_of_a_relation_tell_of_it_to_those_who_see_both() {
    let world = World::new();
    let list = "System,Relies on\nRevenues,\"Payments\nDocuments\"\nPayments,\nDocuments,\n";
    world.import("ashmere", "systems.csv", list.as_bytes());
    let (revenues, payments) = (row(&world, EDITOR, "Revenues"), row(&world, EDITOR, "Payments"));
    let revenues = format!("/systems/{}", revenues["commonhold_id"]);
    let payments = format!("/systems/{}", payments["commonhold_id"]);
    let page = world.get(EDITOR, &revenues).words();
    assert!(page.contains("Relies on Documents; Payments"), "{page}");
    let page = world.get(EDITOR, &payments).words();
    assert!(page.contains("Relied on by Revenues"), "{page}");
    for who in READERS {
        let sees = world.get(who, &revenues).status == 200;
        assert_eq!(world.get(who, &payments).words().contains("Relied on by Revenues"), sees, "{who}");
        assert_eq!(world.get(who, "/organisations/ashmere/systems.csv").body.contains("Documents; Payments"), sees);
    }
    world.share("ashmere", Visibility::Own, Visibility::Own);
    assert!(!world.get("member@brackford", "/organisations/ashmere/systems.json").body.contains("Documents"));
    // A relation to what was taken back is told to nobody.
    let more = world.import("ashmere", "more.csv", b"System,Depends on\nForms,Payments\n");
    assert!(world.get(EDITOR, &payments).words().contains("Relied on by Forms; Revenues"));
    world.post(EDITOR, &format!("{more}/undo"), "").redirect();
    assert!(world.get(EDITOR, &payments).words().contains("Relied on by Revenues From"));
}

#[test]
fn our_own_json_comes_back_as_it_went() {
    let world = World::new();
    let own = r#"{"format": "commonhold-estate", "systems": [
        {"name": "Bin rounds", "product": "RoundMaster", "elements": ["Waste management"], "annual_cost": "12500.00",
         "users": 40, "used_by": ["Brackford District Council"], "depends_on": ["Forms"], "contract_reference": "C-1",
         "contract_end": "2027-03"},
        {"name": "Forms", "supplier": "In-house", "notes": "Ours", "modules": ["Pay", "Book"]}]}"#;
    world.import("ashmere", "estate.json", own.as_bytes());
    let bins = row(&world, EDITOR, "Bin rounds");
    let cells = ["product", "annual_cost", "used_by", "depends_on", "contract_reference", "contract_end"];
    let expected = ["RoundMaster", "12500.00", "Brackford District Council", "Forms", "C-1", "2027-03"];
    assert_eq!(cells.map(|cell| bins[cell].as_str()), expected);
    assert_eq!((row(&world, EDITOR, "Forms")["modules"].as_str()), "Pay; Book");
    // The page's own data, whole pence and all, is no difference.
    let page = world.get(EDITOR, "/organisations/ashmere/systems.json");
    let address = world.bring("ashmere", "systems.json", page.body.as_bytes());
    let told = world.preview(&address);
    assert_eq!(told["counts"]["new"], 0, "{told:#}");
    assert_eq!((&told["counts"]["changed"], &told["counts"]["unchanged"]), (&0.into(), &2.into()), "{told:#}");
}

#[test]
fn broken_json_is_refused_by_line_and_character() {
    let world = World::new();
    let refused = world.upload(EDITOR, "ashmere", "a.json", b"{\n \"systems\": [\n {\"name\": 0x}\n ]\n}").words();
    assert!(refused.contains("Line 3") && refused.contains("Correct that line in a text editor"), "{refused}");
}
