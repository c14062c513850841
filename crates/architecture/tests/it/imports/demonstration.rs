//! The files of the demonstration, through the front door, against what a second program found in them.

use std::collections::{BTreeMap, BTreeSet};

use architecture::import::apply::read_file;
use architecture::spreadsheet::{Field, recognise};
use serde_json::Value;

use crate::world::{World, now};

macro_rules! sent {
    ($organisation:literal, $name:literal) => {
        ($name, $organisation, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/", $name)))
    };
}

/// File, organisation, its bytes.
pub const FILES: &[(&str, &str, &[u8])] = &[
    sent!("ashmere", "ashmere-systems.xlsx"),
    sent!("brackford", "brackford_apps_v3 FINAL.csv"),
    sent!("colne", "Colne IT asset register.xlsx"),
    sent!("dunmoor", "dunmoor.csv"),
    sent!("elmsey", "Elmsey_Estate_export.csv"),
    sent!("fallowmere", "Fallowmere ICT inventory 2026.xls"),
    sent!("fallowmere", "cmdb_ci_business_app.csv"),
    sent!("garsdown", "Garsdown systems, contracts and suppliers.xlsx"),
    sent!("hexleigh", "hexleigh-register.json"),
    sent!("hexleigh", "hexleigh_places_directorate.txt"),
    sent!("inglemoor", "Inglemoor applications and modules.ods"),
    sent!("colneshire-ca", "CCA shared systems matrix.xlsx"),
];
const EXPECTED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/expected.toml"));
const ORGANISATIONS: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo/organisations.csv"));

/// The world with the demonstration's councils and the carried reference data.
pub fn colneshire() -> World {
    let world = World::new();
    let organisations = accounts::organisation::read_csv(ORGANISATIONS).unwrap();
    world.store.write_blocking(move |tx| accounts::organisation::put(tx, &organisations, now())).unwrap();
    world
        .store
        .write_blocking(|tx| {
            architecture::reference::load(tx, now())
                .map_err(|error| store::Error::Unavailable { message: error.to_string() })
        })
        .unwrap();
    world
}

#[test]
fn counts_are_those_of_the_second_program() {
    let expected: toml::Table = EXPECTED.parse().unwrap();
    assert_eq!(expected["file"].as_array().unwrap().len(), FILES.len());
    for told in expected["file"].as_array().unwrap() {
        let path = told["path"].as_str().unwrap();
        let (file, organisation, bytes) = *FILES.iter().find(|(file, ..)| *file == path).unwrap();
        // Alone, so that the numbers of a council that sends two files are those of the one.
        let world = colneshire();
        let number = |key: &str| told[key].as_integer().unwrap();
        let address = world.bring(organisation, file, bytes);
        let preview = world.preview(&address);
        assert_eq!(preview["counts"]["new"], number("systems"), "{file}");
        let fixes: Vec<&Value> = preview["problems"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|problem| problem["severity"] == "must_fix")
            .collect();
        let problems = told.get("problem").map(|problems| problems.as_array().unwrap().clone()).unwrap_or_default();
        let unread = problems.iter().filter(|problem| {
            ["annual_cost", "contract_start", "contract_end"].contains(&problem["field"].as_str().unwrap())
        });
        let places = |row: i64, column: &str| format!("{column}{row}");
        let mut found: Vec<String> = fixes
            .iter()
            .map(|problem| places(problem["row"].as_i64().unwrap(), problem["column"].as_str().unwrap()))
            .collect();
        let mut wanted: Vec<String> = unread
            .map(|problem| places(problem["row"].as_integer().unwrap(), problem["column"].as_str().unwrap()))
            .collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{file}");
        world.apply(&address, &[]).redirect();

        let steward = format!("steward@{organisation}");
        let systems = world.get(&steward, &format!("/organisations/{organisation}/systems.csv")).csv();
        assert_eq!(i64::try_from(systems.len()).unwrap(), number("systems"), "{file}");
        // An amount is written with two places; text that was not understood stands in its cell as it was sent.
        let pence = |row: &BTreeMap<String, String>| {
            let (pounds, pence) = row["annual_cost"].rsplit_once('.')?;
            format!("{pounds}{pence}").parse::<i64>().ok()
        };
        let costs: Vec<i64> = systems.iter().filter_map(pence).collect();
        assert_eq!(i64::try_from(costs.len()).unwrap(), number("annual_costs_known"), "{file}");
        assert_eq!(costs.iter().sum::<i64>(), number("annual_cost_total_pence"), "{file}");
        // What a contract costs stands beside each of its systems, and counts once.
        let of_contract = |row: &BTreeMap<String, String>| {
            let (pounds, pence) = row["contract_cost"].rsplit_once('.')?;
            Some((row["contract_reference"].clone(), format!("{pounds}{pence}").parse::<i64>().ok()?))
        };
        let contracts: Vec<(String, i64)> = systems.iter().filter_map(of_contract).collect();
        let optional = |key: &str| told.get(key).map_or(0, |value| value.as_integer().unwrap());
        assert_eq!(i64::try_from(contracts.len()).unwrap(), optional("contract_costs_known"), "{file}");
        let once: BTreeMap<String, i64> = contracts.into_iter().collect();
        assert_eq!(once.values().sum::<i64>(), optional("contract_cost_total_pence"), "{file}");
        let uses = |row: &BTreeMap<String, String>| row["used_by"].split("; ").filter(|who| !who.is_empty()).count();
        let pairs = told
            .get("used_by")
            .map_or(0, |used| used.as_table().unwrap().values().map(|n| n.as_integer().unwrap()).sum());
        if told.get("used_by").is_some() {
            assert_eq!(i64::try_from(systems.iter().map(uses).sum::<usize>()).unwrap(), pairs, "{file}");
        }
        for unknown in told.get("unknown").map_or(&Vec::new(), |unknown| unknown.as_array().unwrap()) {
            let is = |problem: &&Value| {
                ["code", "text"].iter().all(|key| problem[key] == unknown[*key].as_str().unwrap())
                    && problem["row"] == unknown["row"].as_integer().unwrap()
            };
            assert_eq!(preview["problems"].as_array().unwrap().iter().filter(is).count(), 1, "{file}: {unknown}");
        }
        for (status, count) in told["status"].as_table().unwrap() {
            let found = systems.iter().filter(|row| row["status"] == *status).count();
            assert_eq!(i64::try_from(found).unwrap(), count.as_integer().unwrap(), "{file}, {status}");
        }

        let again = world.preview(&world.bring(organisation, file, bytes));
        assert_eq!(
            (&again["counts"]["new"], &again["counts"]["changed"], &again["counts"]["missing"]),
            (&0.into(), &0.into(), &0.into()),
            "{file}: {:#}",
            again["changed"]
        );
        assert_eq!(again["counts"]["unchanged"], number("systems"), "{file}");

        // Sent back as we export it, it is no difference either.
        let export = world.get(&steward, &format!("/organisations/{organisation}/systems.csv"));
        let back = world.preview(&world.bring(organisation, "export.csv", export.body.as_bytes()));
        assert_eq!(
            (&back["counts"]["new"], &back["counts"]["changed"]),
            (&0.into(), &0.into()),
            "{file}: {:#} {:#}",
            back["changed"],
            back["new"]
        );
        let differences = world.store.read_blocking(ledger::verify).unwrap();
        assert_eq!(differences, [""; 0], "{file}");
    }
}

/// A wrong product is worse than none: what the importer makes without asking must be the product that is meant.
#[test]
fn no_file_merges_two_different_products() {
    let expected: toml::Table = EXPECTED.parse().unwrap();
    let list: toml::Table = architecture::product::PRODUCTS_FILE.parse().unwrap();
    let word = |product: &'_ toml::Value, key: &str| product[key].as_str().unwrap().to_owned();
    let ids: BTreeMap<String, String> =
        list["product"].as_array().unwrap().iter().map(|one| (word(one, "name"), word(one, "id"))).collect();
    let (mut cells, mut listed, mut made) = (0, 0, 0);
    let mut of_product: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
    for (file, organisation, bytes) in FILES {
        // What is meant by the rows of each name. A system is found by its name alone, and a few names stand twice.
        let sent = read_file(file, bytes).unwrap();
        let (reading, _) = sent.rows(&recognise(&sent.layout.columns, None), vocabulary::Date::constant(2026, 3, 3));
        let mut meant: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in &reading.rows {
            let text = row.text(Field::Product).unwrap_or(row.name());
            let product = expected["products"][*file].get(text).unwrap_or_else(|| panic!("{file}: {text}"));
            meant.entry(row.name()).or_default().insert(product.as_str().unwrap());
            *of_product.entry(product.as_str().unwrap()).or_default().entry(*organisation).or_default() += 1;
            cells += 1;
            listed += usize::from(product.as_str() != Some(""));
        }
        let world = colneshire();
        world.import(organisation, file, bytes);
        let steward = format!("steward@{organisation}");
        for system in world.get(&steward, &format!("/organisations/{organisation}/systems.csv")).csv() {
            // A name that is not in the shared list is the organisation's own product.
            if let Some(product) = ids.get(&system["product"]) {
                made += 1;
                let wanted = &meant[system["name"].as_str()];
                assert!(wanted.contains(product.as_str()), "{file}: {system:?} is {product} and not {wanted:?}");
            }
        }
    }
    // The overlaps that the file of expectations tells of are those of its own products.
    for overlap in expected["overlap"].as_array().unwrap() {
        let product = overlap["product"].as_str().unwrap();
        let told = overlap["systems"].as_table().unwrap();
        let told: BTreeMap<&str, i64> =
            told.iter().map(|(who, count)| (who.as_str(), count.as_integer().unwrap())).collect();
        assert_eq!(of_product[product], told, "{product}");
    }
    println!("{cells} names of products, {listed} of them in the shared list, {made} made without asking");
    assert!(made * 2 > listed, "{made} of {listed}");
}

#[test]
fn lists_in_either_order_make_the_same_estate() {
    let first = "System,Product,Contract ref,Contract end\nBin rounds,RoundMaster,C-1,31/03/2027\nForms,Formsmith,C-2,2028-03\n";
    let second = "Application,Supplier,Contract no,Users\nCouncil tax,Oakware,C-1,40\nPermits,Formsmith Ltd,C-3,5\n";
    let one = World::new();
    one.import("ashmere", "systems.csv", first.as_bytes());
    one.import("ashmere", "revenues.csv", second.as_bytes());
    let other = World::new();
    other.import("ashmere", "revenues.csv", second.as_bytes());
    other.import("ashmere", "systems.csv", first.as_bytes());
    assert_eq!(one.estate("ashmere"), other.estate("ashmere"));
    assert_eq!(one.estate("ashmere").len(), 7);
    // What one list lacks is not missing from the other.
    let again = other.preview(&other.bring("ashmere", "revenues.csv", second.as_bytes()));
    assert_eq!((&again["counts"]["missing"], &again["counts"]["unchanged"]), (&0.into(), &2.into()));
}
