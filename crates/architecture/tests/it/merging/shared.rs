//! Products and suppliers of the shared list that were recorded twice.

use architecture::import::apply::Moment;
use architecture::merging::shared::{What, merge, separate};
use architecture::statement::{Attribute, Stated};
use axum::http::StatusCode;

use vocabulary::Reader;

use crate::world::{World, now, system};

fn moment(world: &World) -> Moment {
    Moment { now: now(), today: world.clock.today(), chance: world.chance.clone(), actor: None }
}

fn join(world: &World, what: What, stays: &'static str, goes: &'static str) -> Result<(), architecture::Refused> {
    let moment = moment(world);
    world.store.write_blocking(move |tx| merge(tx, what, (stays, goes), "both are the same", &moment))
}

fn part(world: &World, what: What, gone: &'static str) -> Result<(), architecture::Refused> {
    let moment = moment(world);
    world.store.write_blocking(move |tx| separate(tx, what, gone, &moment))
}

/// Everything that a member of Brackford can read of products and suppliers.
fn everything(world: &World) -> Vec<String> {
    let pages = ["/products", "/organisations", "/products/roundmaster", "/products/wastedesk", "/products/taxbase"];
    let suppliers = ["/organisations/oakware", "/organisations/fennel", "/organisations/ashmere/systems"];
    let mut seen = Vec::new();
    for path in pages.iter().chain(&suppliers) {
        let query = match *path {
            "/organisations" => "?kind=supplier",
            _ => "",
        };
        seen.push(world.get("member@brackford", &format!("{path}.json{query}")).body);
    }
    seen
}

#[test]
fn a_product_becomes_another_and_itself_again() {
    let world = World::new();
    let ids =
        world.add("ashmere", vec![system("Bulky waste").product("wastedesk"), system("Bins").product("roundmaster")]);
    let before = everything(&world);
    join(&world, What::Product, "roundmaster", "wastedesk").expect("merged");
    assert_eq!(world.faults(), [""; 0]);

    let product = world.get("member@brackford", "/products/roundmaster.json").json();
    assert_eq!(product["total"], 2, "both systems use it now");
    assert_eq!(product["product"]["also_known_as"], serde_json::json!(["WasteDesk"]));
    let old = world.get("visitor", "/products/wastedesk");
    assert_eq!(
        (old.status, &old.headers["location"]),
        (StatusCode::TEMPORARY_REDIRECT, &"/products/roundmaster".parse().unwrap())
    );
    let shown = world.get("editor@ashmere", &format!("/systems/{}.json", ids[0])).json();
    assert_eq!(shown["system"]["product_name"], "RoundMaster");
    let history = world.get("editor@ashmere", &format!("/systems/{}", ids[0])).words();
    assert!(history.contains("WasteDesk"), "the history keeps the name that was stated: {history}");
    let search = |tx: &mut store::Transaction<'_>| ledger::search(tx, &Reader::visitor(), "wastedesk", None, None, 5);
    let found = world.store.read_blocking(search).expect("found");
    assert_eq!(found.hits[0].address, "/products/roundmaster", "{found:?}");

    // The carried list comes again and does not bring it back.
    world.load_products();
    assert_eq!(world.get("visitor", "/products/wastedesk").status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(world.faults(), [""; 0]);

    // A file that names either, and one that was brought in before, mean the one product.
    let file = world.bring("brackford", "list.csv", b"System,Product\nTips,WasteDesk\n");
    world.apply(&file, &[]);
    assert_eq!(world.get("visitor", "/products/roundmaster.json").json()["total"], 1);

    part(&world, What::Product, "wastedesk").expect("separated");
    assert_eq!(world.faults(), [""; 0]);
    assert_eq!(world.get("visitor", "/products/wastedesk").status, StatusCode::OK);
    let after = everything(&world);
    assert_eq!(after[6..], before[6..], "what this file did not touch is as it was");
    assert!(world.get("visitor", "/products/roundmaster.json").body.contains("\"also_known_as\":[]"));
}

#[test]
fn a_file_that_was_brought_in_before_changes_nothing_after_a_merging() {
    let world = World::new();
    let list = b"System,Product\nTips,WasteDesk\nBins,RoundMaster\n";
    let first = world.bring("ashmere", "list.csv", list);
    world.apply(&first, &[]);
    join(&world, What::Product, "roundmaster", "wastedesk").expect("merged");
    let again = world.bring("ashmere", "list v2.csv", list);
    let preview = world.get("editor@ashmere", &format!("{again}/preview"));
    assert!(preview.words().contains("This file changes nothing"), "{}", preview.words());
}

#[test]
fn a_supplier_becomes_another_and_itself_again() {
    let world = World::new();
    world.add(
        "ashmere",
        vec![
            system("Bulky waste").product("wastedesk"),
            system("Own").says(Attribute::Supplier, Stated::Supplier("fennel".to_owned())),
        ],
    );
    let before = everything(&world);
    join(&world, What::Supplier, "oakware", "fennel").expect("merged");
    assert_eq!(world.faults(), [""; 0]);
    let supplier = world.get("member@brackford", "/organisations/oakware").words();
    assert!(supplier.contains("WasteDesk") && supplier.contains("Fennel"), "{supplier}");
    let old = world.get("visitor", "/organisations/fennel.json");
    assert_eq!(old.headers["location"], "/organisations/oakware.json");
    let systems = world.get("member@brackford", "/organisations/ashmere/systems.csv").csv();
    assert!(systems.iter().all(|system| system["supplier"] == "Oakware"), "{systems:?}");
    world.load_products();
    assert_eq!(world.get("visitor", "/organisations/fennel").status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(world.faults(), [""; 0]);

    part(&world, What::Supplier, "fennel").expect("separated");
    assert_eq!(world.faults(), [""; 0]);
    assert_eq!(everything(&world), before);
}

#[test]
fn mergings_go_on_and_are_taken_back_from_the_end() {
    let world = World::new();
    world.add("ashmere", vec![system("Bulky waste").product("wastedesk")]);
    join(&world, What::Product, "roundmaster", "wastedesk").expect("merged");
    join(&world, What::Product, "taxbase", "roundmaster").expect("merged on");
    assert_eq!(world.get("visitor", "/products/wastedesk").headers["location"], "/products/taxbase");
    assert_eq!(world.get("member@brackford", "/products/taxbase.json").json()["total"], 1);
    let early = part(&world, What::Product, "wastedesk");
    assert!(matches!(early, Err(architecture::Refused::Conflicting(_))), "{early:?}");
    for (stays, goes) in [("taxbase", "taxbase"), ("taxbase", "nothing"), ("wastedesk", "taxbase")] {
        assert!(join(&world, What::Product, stays, goes).is_err(), "{stays} {goes}");
    }
    part(&world, What::Product, "roundmaster").expect("separated");
    part(&world, What::Product, "wastedesk").expect("separated");
    assert_eq!(world.faults(), [""; 0]);
    assert_eq!(world.get("member@brackford", "/products/wastedesk.json").json()["total"], 1);
}
