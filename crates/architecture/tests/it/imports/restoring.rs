//! Undo after apply is the state before, whatever the files say.

use proptest::prelude::*;

use super::EDITOR;
use crate::world::World;

/// One row of a small list; names and products repeat often, so that rows meet.
fn row() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["Bin rounds", "Council tax", "Forms", "Bookings", "Fax gateway"]);
    let product = prop::sample::select(vec!["", "RoundMaster", "TaxBase", "Formsmith", "formsmith"]);
    let supplier = prop::sample::select(vec!["", "Oakware", "In-house", "Nobody Ltd"]);
    let status = prop::sample::select(vec!["", "Live", "Retired", "asleep"]);
    let contract = prop::sample::select(vec!["", "C-1", "C-2"]);
    let end = prop::sample::select(vec!["", "31/03/2027", "2028-03", "soon"]);
    let cost = prop::sample::select(vec!["", "12.5k", "80", "lots"]);
    let owner = prop::sample::select(vec!["", "Head of waste", "Priya Placeholder"]);
    (name, product, supplier, status, contract, end, cost, owner).prop_map(
        |(name, product, supplier, status, contract, end, cost, owner)| {
            format!("{name},{product},{supplier},{status},{contract},{end},{cost},{owner}\n")
        },
    )
}

fn list() -> impl Strategy<Value = String> {
    prop::collection::vec(row(), 0..7).prop_map(|rows| {
        format!("System,Product,Supplier,Status,Contract ref,Contract end,Annual cost,Owner\n{}", rows.concat())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn undo_brings_back_what_was(first in list(), second in list(), retire in any::<bool>()) {
        let world = World::new();
        let nothing = world.estate("ashmere");
        let one = world.import("ashmere", "systems.csv", first.as_bytes());
        let before = world.estate("ashmere");

        let again = world.preview(&world.bring("ashmere", "systems.csv", first.as_bytes()));
        prop_assert_eq!((&again["counts"]["new"], &again["counts"]["changed"]), (&0.into(), &0.into()), "{:#}", again);

        let two = world.bring("ashmere", "systems.csv", second.as_bytes());
        let missing = world.preview(&two)["missing"].clone();
        let names: Vec<&str> = missing.as_array().unwrap().iter().map(|system| system["name"].as_str().unwrap()).collect();
        world.apply(&two, if retire { &names } else { &[] }).redirect();
        let changed = world.get(EDITOR, &format!("{two}.json")).json()["import"]["applied_change"].is_number();
        if changed {
            world.post(EDITOR, &format!("{two}/undo"), "").redirect();
        }
        prop_assert_eq!(&world.estate("ashmere"), &before);

        if world.get(EDITOR, &format!("{one}.json")).json()["import"]["applied_change"].is_number() {
            world.post(EDITOR, &format!("{one}/undo"), "").redirect();
        }
        prop_assert_eq!(&world.estate("ashmere"), &nothing);
        let differences = world.store.read_blocking(architecture::projection::check).unwrap();
        prop_assert!(differences.is_empty(), "{:?}", differences);

        // Brought in once more after undoing, the list makes the same estate.
        world.import("ashmere", "systems.csv", first.as_bytes());
        prop_assert_eq!(&world.estate("ashmere"), &before);
    }
}
