//! Modules, contracts' titles, suppliers and costs, and the other organisations that use a system: from a file to pages and
//! downloads, as each reader may see them.

use super::EDITOR;
use crate::world::{READERS, World};
use architecture::estate;
use vocabulary::Visibility;

const LIST: &str = "\
System,Product,Modules,Contract ref,Contract title,Contract supplier,Contract cost a year,Used by,Annual cost
Bin rounds,RoundMaster,Bulky; Trade,C-1,Waste systems,Oak Systems,£20k,Brackford; Colne City Council,\"£12,500\"
Council tax,TaxBase,,C-2,Revenues,Hawthorn Ltd,\"£80,000\",Nowhere Parish; ashmere,
Gate lists,GateKeeper 9,Barriers,,Depot gates,,,,
";

fn system(world: &World, name: &str) -> String {
    let systems = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
    systems.iter().find(|system| system["name"] == name).unwrap()["commonhold_id"].clone()
}

#[test]
fn new_fields_are_read_and_shown() {
    let world = World::new();
    let import = world.import("ashmere", "systems.csv", LIST.as_bytes());
    let problems = world.get(EDITOR, &format!("{import}.json")).json();
    let codes: Vec<&str> =
        problems["problems"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["organisation_unknown", "product_unknown", "supplier_unknown"], "{problems:#}");

    let rows = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
    let bins = rows.iter().find(|row| row["name"] == "Bin rounds").unwrap();
    assert_eq!(bins["modules"], "Bulky; Trade");
    assert_eq!((bins["contract_title"].as_str(), bins["contract_supplier"].as_str()), ("Waste systems", "Oakware"));
    assert_eq!((bins["contract_cost"].as_str(), bins["annual_cost"].as_str()), ("20000.00", "12500.00"));
    assert_eq!(bins["used_by"], "Brackford District Council; Colne City Council");
    let tax = rows.iter().find(|row| row["name"] == "Council tax").unwrap();
    assert_eq!((tax["contract_supplier"].as_str(), tax["used_by"].as_str()), ("Hawthorn Ltd", "Nowhere Parish"));
    let gates = rows.iter().find(|row| row["name"] == "Gate lists").unwrap();
    assert_eq!((gates["contract_title"].as_str(), gates["contract_reference"].as_str()), ("Depot gates", ""));

    let page = world.get(EDITOR, &format!("/systems/{}", system(&world, "Bin rounds"))).words();
    for words in ["Modules Bulky; Trade", "Contract title Waste systems", "Contract supplier Oakware", "£20,000"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.contains("Used by Brackford District Council; Colne City Council"), "{page}");
    let contract = world.contract_of(EDITOR, &system(&world, "Gate lists"));
    let contract = world.get(EDITOR, &format!("/contracts/{contract}"));
    assert_eq!(contract.all("h1"), ["Contract: Depot gates"]);
    let chosen =
        world.get(EDITOR, "/organisations/ashmere/systems?column=modules&column=contract_cost&column=used_by").words();
    assert!(chosen.contains("Bulky; Trade") && chosen.contains("£20,000") && chosen.contains("Brackford District"));
}

#[test]
fn who_may_not_see_costs_or_own_texts_finds_no_trace_of_them() {
    let world = World::new();
    world.import("ashmere", "systems.csv", LIST.as_bytes());
    let (bins, tax) = (system(&world, "Bin rounds"), system(&world, "Council tax"));
    let gates = system(&world, "Gate lists");
    let contracts = [&bins, &tax].map(|id| world.contract_of(EDITOR, id));
    world.share("ashmere", Visibility::Public, estate::Sharing::default().costs);
    for who in READERS {
        let own = ["editor@ashmere", "steward@ashmere", "auditor@colne"].contains(who);
        let all = [
            "/organisations/ashmere/systems".to_owned(),
            "/organisations/ashmere/systems.csv".to_owned(),
            "/organisations/ashmere/systems.json".to_owned(),
            "/search.json?q=Hawthorn".to_owned(),
        ];
        let things = contracts.iter().map(|id| format!("/contracts/{id}"));
        let things = things.chain([&bins, &tax, &gates].map(|id| format!("/systems/{id}")));
        let things = things.flat_map(|address| ["", ".json", ".csv"].map(|format| format!("{address}{format}")));
        let mut seen = String::new();
        for address in all.into_iter().chain(things) {
            seen.push_str(&world.get(who, &address).body);
        }
        for secret in ["20000", "20,000", "80000", "80,000", "2000000", "contract_cost", "Hawthorn", "Nowhere Parish"] {
            // A search repeats the word that was looked for.
            let found = seen.replace("q=Hawthorn", "").replace("\"q\":\"Hawthorn\"", "").contains(secret);
            assert_eq!(found, own, "{secret} for {who}");
        }
        // The product that only Ashmere knows has modules that say what it is.
        assert_eq!(seen.contains("Barriers"), own, "{who}");
        assert!(seen.contains("Waste systems") && seen.contains("Brackford District Council"), "{who}");
    }
}

#[test]
fn an_export_with_the_new_fields_sent_back_is_no_difference() {
    let world = World::new();
    world.import("ashmere", "systems.csv", LIST.as_bytes());
    let export = world.get(EDITOR, "/organisations/ashmere/systems.csv");
    let address = world.bring("ashmere", "ashmere-systems.csv", export.body.as_bytes());
    let told = world.preview(&address);
    assert_eq!((&told["counts"]["new"], &told["counts"]["changed"]), (&0.into(), &0.into()), "{told:#}");
}

#[test]
fn organisations_that_a_system_is_shared_with_use_it() {
    let world = World::new();
    let list = "System,Shared with\nBin rounds,Brackford; somebody else\nForms,\n";
    world.import("ashmere", "systems.csv", list.as_bytes());
    let systems = world.get(EDITOR, "/organisations/ashmere/systems.json").json();
    assert_eq!(systems["systems"][0]["used_by"][0]["id"], "brackford", "{systems:#}");
    assert_eq!(systems["systems"][0]["shared_with"], "Brackford; somebody else");
    assert_eq!(systems["systems"][1]["used_by"], serde_json::json!([]));
}
