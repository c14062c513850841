//! Withdrawing what was published, and mergings beside it.

use axum::http::StatusCode;
use serde_json::json;

use super::{EDITOR, KEEPER, world};
use crate::world::{World, change, id, system};

fn withdraw_address(world: &World) -> String {
    let line = world.published().into_iter().find(|line| line["withdrawn_at"].is_null()).expect("a publication");
    format!("/shared-list/published/{}/withdraw", line["id"].as_str().unwrap())
}

#[test]
fn what_nobody_else_uses_is_withdrawn_and_its_council_has_its_own_again() {
    let world = world();
    let own = world.own("ashmere", "Grantly");
    let before = world.system_named("ashmere", "Grants");
    let offer = world.publish_grantly();
    // By hand and by a later file, Ashmere came to use it more.
    world.add("ashmere", vec![system("Extra").product("p-grantly")]);
    let address = withdraw_address(&world);
    let page = world.get(KEEPER, &address);
    assert!(page.words().contains("have their own product again"), "{}", page.words());
    let silent = world.post(KEEPER, &address, "why=");
    assert_eq!(silent.all(".govuk-error-summary__list a[href='#why']"), ["Say why it is withdrawn"]);
    let personal = world.post(KEEPER, &address, "why=Mrs+Khan+says+so");
    assert_eq!(personal.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = world.post(KEEPER, &address, "why=A+module+of+another+product").redirect();
    assert!(world.get(KEEPER, &done).words().contains("Withdrawn."));
    assert_eq!(world.faults(), [""; 0]);

    let after = world.system_named("ashmere", "Grants");
    assert_eq!((&after["product"], &after["elements"]), (&json!(own), &before["elements"]));
    assert_eq!(world.system_named("ashmere", "Extra")["product"], json!(own));
    assert_eq!(world.get("visitor", "/products/p-grantly").status, StatusCode::NOT_FOUND);
    assert_eq!(world.get(EDITOR, &format!("/products/{own}")).status, StatusCode::OK);
    assert_eq!(world.found("grantly"), [""; 0]);
    assert_eq!(world.file_again(), (0, 0, 0));
    let tombstone = world.store.read_blocking(|tx| {
        let registered = ledger::find(tx, &vocabulary::Reader::visitor(), "/products/p-grantly")?;
        Ok::<_, store::Error>(registered.and_then(|found| found.withdrawn).map(|withdrawn| withdrawn.why))
    });
    assert_eq!(tombstone.unwrap().as_deref(), Some("A module of another product"));
    let log = world.get("visitor", "/shared-list").words();
    assert!(
        log.contains("1 product or name was published here, and withdrawn since.")
            && log.contains("A module of another product"),
        "{log}"
    );
    let read = world.get(EDITOR, &format!("/organisations/ashmere/offers/{offer}")).words();
    assert!(read.contains("withdrawn from the list 22 November 2026, because: A module"), "{read}");
    assert_eq!(world.post(KEEPER, &address, "why=again").status, StatusCode::NOT_FOUND);

    // It does not come back, nor is its address given to another product.
    world.load_products();
    assert_eq!(world.get("visitor", "/products/p-grantly").status, StatusCode::NOT_FOUND);
    let again = world.offer("ashmere", "Grantly", "");
    world.decide(&again, "choice=publish&name=Grantly&why=After+all").redirect();
    assert_eq!(world.system_named("ashmere", "Grants")["product"], "p-grantly-2");
    assert_eq!(world.faults(), [""; 0]);
}

#[test]
fn what_others_use_is_not_withdrawn_and_who_they_are_is_not_said() {
    let world = world();
    world.publish_grantly();
    let address = withdraw_address(&world);
    // Colne shares with nobody.
    let ids = world.add("colne", vec![system("Hidden").product("p-grantly")]);
    let refused = world.post(KEEPER, &address, "why=x");
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.words().contains("rely on it, in no system that you can see"), "{}", refused.words());
    assert!(!refused.body.contains("Colne") && !refused.body.contains("Hidden"));
    world.add("brackford", vec![system("Ours").product("p-grantly"), system("Ours too").product("p-grantly")]);
    let page = world.get(KEEPER, &address);
    assert!(page.words().contains("2 systems of 1 organisation, of what you can see"), "{}", page.words());
    assert_eq!(page.all("form[method=post]").len(), 0);
    assert!(page.words().contains("Merge Grantly with another product"), "{}", page.words());
    // A retired system is a use too; one of another product is none.
    world.add("colne", vec![change(&ids[0]).status("retired")]);
    assert_eq!(world.post(KEEPER, &address, "why=x").status, StatusCode::CONFLICT);
    assert_eq!(world.get("visitor", "/products/p-grantly").status, StatusCode::OK);
}

#[test]
fn what_an_import_of_another_council_concluded_is_a_use() {
    let world = world();
    world.publish_grantly();
    let address = withdraw_address(&world);
    let import = world.import("colne", "theirs.csv", b"System,Product,Supplier\nGiving,Grantley,Oakware\n");
    assert_eq!(world.own_name("colne", "Grantley")["stands"], "made");
    let system = world.system_named("colne", "Giving");
    assert_eq!(system["product"], "p-grantly");
    world.add("colne", vec![change(system["id"].as_str().unwrap()).product("taxbase")]);
    // No system of theirs has it now, and the name means it for their next file.
    assert_eq!(world.post(KEEPER, &address, "why=x").status, StatusCode::CONFLICT);
    world.post("editor@colne", "/organisations/colne/changes/2/undo", "").redirect();
    world.post("editor@colne", &format!("{import}/undo"), "").redirect();
    world.post(KEEPER, &address, "why=x").redirect();
    assert_eq!(world.faults(), [""; 0]);
}

#[test]
fn a_change_that_named_it_can_be_undone_after_it_is_gone() {
    let world = world();
    world.publish_grantly();
    let ids = world.add("colne", vec![system("Giving").product("p-grantly")]);
    world.add("colne", vec![change(&ids[0]).product("taxbase")]);
    let address = withdraw_address(&world);
    world.post(KEEPER, &address, "why=x").redirect();
    let ashmere = world.get(EDITOR, "/organisations/ashmere/history.json").json();
    for (who, organisation) in [("editor@colne", "colne"), (EDITOR, "ashmere")] {
        let latest = world.store.read_blocking(move |tx| {
            let sql = "SELECT MAX(number) FROM change WHERE organisation = $1";
            tx.query_one(sql, &store::values![id(organisation).as_str()], |row| row.integer(0))
        });
        let change = format!("/organisations/{organisation}/changes/{}", latest.unwrap());
        world.post(who, &format!("{change}/undo"), "").redirect();
        assert_eq!(world.faults(), [""; 0], "{organisation}: {ashmere}");
    }
    // For Colne nothing is known now; for Ashmere it is its own product, whatever is undone.
    assert_eq!(world.system_named("colne", "Giving")["product"], json!(null));
    assert_eq!(world.system_named("ashmere", "Grants")["product"], json!(world.own("ashmere", "Grantly")));
    let shown = world.get("editor@colne", &format!("/systems/{}", ids[0]));
    assert!(shown.words().contains("Grantly"), "the history keeps the name: {}", shown.words());
}

#[test]
fn names_that_followed_are_taken_back_with_the_name() {
    let world = world();
    let own = world.own("ashmere", "Round Mstr");
    let offer = world.offer("ashmere", "Round Mstr", "");
    world.decide(&offer, "choice=same&product=roundmaster&why=x").redirect();
    world.post(KEEPER, &withdraw_address(&world), "why=Another+product").redirect();
    assert_eq!(world.system_named("ashmere", "Rounds")["product"], json!(own));
    assert_eq!(world.get("visitor", "/products/roundmaster.json").json()["product"]["also_known_as"], json!([]));
    assert_eq!(world.file_again(), (0, 0, 0));
    assert_eq!(world.faults(), [""; 0]);
}

#[test]
fn what_was_merged_or_has_other_names_stays() {
    let world = world();
    world.publish_grantly();
    let address = withdraw_address(&world);
    let offer = world.offer("ashmere", "Round Mstr", "");
    world.decide(&offer, "choice=same&product=Grantly&why=x").redirect();
    let named = world.post(KEEPER, &address, "why=x");
    assert!(named.words().contains("\"Round Mstr\". Withdraw those first."), "{}", named.words());

    // Merged into another product, it stays merged when the carried list comes again.
    let merge = |stays: &str, goes: &str| {
        world.post(KEEPER, &format!("/products/{stays}/merge"), &format!("with={goes}&why=The+same")).redirect()
    };
    merge("taxbase", "p-grantly");
    assert_eq!(world.faults(), [""; 0]);
    world.load_products();
    assert_eq!(world.get("visitor", "/products/p-grantly").headers["location"], "/products/taxbase");
    let product = world.get("visitor", "/products/taxbase.json").json();
    assert_eq!(product["product"]["also_known_as"], json!(["Grantly", "Round Mstr"]));
    assert_eq!(world.faults(), [""; 0]);
    let merged = world.post(KEEPER, &address, "why=x");
    assert!(merged.words().contains("Separate that first."), "{}", merged.words());
    world.post(KEEPER, "/products/taxbase/separate", "which=p-grantly").redirect();
    assert_eq!(world.faults(), [""; 0]);
    world.load_products();
    assert_eq!(world.get("visitor", "/products/p-grantly").status, StatusCode::OK);
    merge("p-grantly", "wastedesk");
    let into = world.post(KEEPER, &address, "why=x");
    assert!(into.status == StatusCode::CONFLICT, "{}", into.words());
    assert_eq!(world.faults(), [""; 0]);
}

#[test]
fn a_later_carried_list_with_the_same_name_takes_nothing_away() {
    let world = world();
    let offer = world.offer("ashmere", "Grantly", "");
    // People here say that the name means RoundMaster, which the carried list says of TaxBase's former name too later on.
    world.decide(&offer, "choice=publish&name=RevsPro+Two&why=x").redirect();
    let list = "[[supplier]]\nid = \"oakware\"\nname = \"Oakware\"\nsource = \"x\"\n\
        [[product]]\nid = \"revspro-two\"\nname = \"RevsPro Two\"\nsource = \"x\"\n";
    let products = architecture::product::Products::read(list, &Default::default()).unwrap();
    world
        .store
        .write_blocking(move |tx| architecture::product::store::load(tx, &products, crate::world::now()))
        .unwrap();
    assert_eq!(world.system_named("ashmere", "Grants")["product"], "p-revspro-two");
    world.import("colne", "theirs.csv", b"System,Product\nTax,RevsPro Two\n");
    assert_eq!(world.system_named("colne", "Tax")["product"], "p-revspro-two", "people here have spoken");
    assert_eq!(world.faults(), [""; 0]);
    let reserved = list.replace("id = \"revspro-two\"", "id = \"p-revspro-two\"");
    assert!(architecture::product::Products::read(&reserved, &Default::default()).is_err());
}
