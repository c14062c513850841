//! Products and suppliers of the shared list that were recorded twice.

use architecture::import::apply::Moment;
use architecture::merging::shared::{What, merge, separate};
use architecture::statement::{Attribute, Stated};
use axum::http::StatusCode;

use vocabulary::Reader;

use crate::world::{READERS, World, now, system};

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

#[test]
fn merging_what_all_share_is_for_the_stewards_of_its_keeper() {
    let world = World::new();
    world.add("ashmere", vec![system("Bulky waste").product("wastedesk")]);
    let pages = ["/products/roundmaster/merge?with=+WasteDesk+", "/organisations/oakware/merge?with=fennel"];
    for who in READERS {
        for page in pages {
            assert_eq!(world.get(who, page).status, StatusCode::NOT_FOUND, "nobody keeps the list: {who}");
        }
    }
    world.keeps_shared_list("ashmere");
    for who in READERS {
        let expected = match *who {
            "steward@ashmere" => StatusCode::OK,
            "member@ashmere" | "editor@ashmere" => StatusCode::FORBIDDEN,
            _ => StatusCode::NOT_FOUND,
        };
        for page in pages {
            let seen = world.get(who, page);
            assert_eq!(seen.status, expected, "{who} {page}: {}", seen.body.len());
        }
        if expected != StatusCode::OK {
            for (path, form) in [
                ("/products/roundmaster/merge", "with=wastedesk&why=same"),
                ("/products/roundmaster/separate", "which=wastedesk"),
                ("/organisations/oakware/merge", "with=fennel&why=same"),
            ] {
                assert_eq!(world.post(who, path, form).status, expected, "{who} {path}");
            }
        }
    }
    let steward = "steward@ashmere";
    let link = |path: &str, who: &str| world.get(who, path).body.contains("/merge\"");
    for path in ["/products/roundmaster", "/organisations/oakware"] {
        assert!(link(path, steward) && !link(path, "editor@ashmere"), "{path}");
    }

    let both = world.get(steward, pages[0]).words();
    assert!(both.contains("Fennel") && both.contains("1 system, in 1 organisation"), "{both}");
    let silent = world.post(steward, "/products/roundmaster/merge", "with=wastedesk&why=");
    assert!(silent.words().contains("how you know that they are the same"), "{}", silent.words());
    let nobody = world.post(steward, "/products/roundmaster/merge", "with=Nothing&why=same");
    assert!(nobody.words().contains("Choose another product of the shared list"), "{}", nobody.words());
    let done = world.post(steward, "/products/roundmaster/merge", "with=WasteDesk&why=Renamed+in+2024").redirect();
    let page = world.get(steward, &done).words();
    assert!(page.contains("Renamed in 2024") && page.contains("Separate WasteDesk"), "{page}");
    let foreign = world.post(steward, "/products/taxbase/separate", "which=wastedesk");
    assert_eq!(foreign.status, StatusCode::NOT_FOUND, "it was not merged into that one");
    world.post(steward, "/products/roundmaster/separate", "which=wastedesk").redirect();
    assert_eq!(world.get("visitor", "/products/wastedesk").status, StatusCode::OK);
}

#[test]
fn a_supplier_for_which_people_act_has_to_stay() {
    let world = World::new();
    world.employ("fennel");
    let refused = join(&world, What::Supplier, "oakware", "fennel");
    assert!(matches!(refused, Err(architecture::Refused::Conflicting(_))), "{refused:?}");
    join(&world, What::Supplier, "fennel", "oakware").expect("the other way");
    let councils = join(&world, What::Supplier, "fennel", "ashmere");
    assert!(matches!(councils, Err(architecture::Refused::Missing)), "no council is merged: {councils:?}");
}
