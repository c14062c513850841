//! Undo after apply is the state before, whatever the files say.

use proptest::prelude::*;

use super::EDITOR;
use super::order::list as wide_list;
use crate::model::differences;
use crate::out_and_back::{any_system, work};
use crate::world::{World, change, system};
use architecture::statement::Attribute;

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
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default() })]

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

    /// The same over an estate that people have worked on, of which another list tells too: all that can be seen or reckoned
    /// is as before.
    #[test]
    fn undo_brings_back_all_that_was(
        systems in prop::collection::vec(any_system(), 1..3),
        work in work(),
        other in wide_list(4),
        first in prop::option::of(wide_list(4)),
        file in wide_list(5),
        retires in any::<bool>(),
    ) {
        let world = World::new();
        let ids = world.add("ashmere", systems);
        let apart = world.add("ashmere", vec![system("Apart")]);
        world.work_on(&ids, &work);
        world.import("ashmere", "alpha.csv", other.as_bytes());
        if let Some(first) = first {
            world.import("ashmere", "beta.csv", first.as_bytes());
        }
        let before = world.model("ashmere");

        let address = world.bring("ashmere", "beta v2.csv", file.as_bytes());
        let missing = world.preview(&address)["missing"].clone();
        let missing = missing.as_array().unwrap().iter().map(|system| system["name"].as_str().unwrap().to_owned());
        let missing: Vec<String> = missing.filter(|_| retires).collect();
        world.apply(&address, &missing.iter().map(String::as_str).collect::<Vec<_>>()).redirect();
        let made = world.model("ashmere");
        let again = world.preview(&world.bring("ashmere", "beta v3.csv", file.as_bytes()));
        prop_assert_eq!((&again["counts"]["new"], &again["counts"]["changed"]), (&0.into(), &0.into()), "{:#}", again);

        // Work elsewhere does not stand in the way, and stays.
        world.add("ashmere", vec![change(&apart[0]).text(Attribute::Hosting, "Here")]);
        let changed = world.get(EDITOR, &format!("{address}.json")).json()["import"]["applied_change"].is_number();
        prop_assert!(changed || made == before);
        if changed {
            world.post(EDITOR, &format!("{address}/undo"), "").redirect();
            let hosted = world.model("ashmere");
            prop_assert!(hosted.iter().any(|line| line.contains("\"Here\"")));
            world.add("ashmere", vec![change(&apart[0]).unsaid(Attribute::Hosting)]);
            let after = world.model("ashmere");
            prop_assert!(after == before, "{}", differences(&before, &after));
            prop_assert_eq!(world.faults(), Vec::<String>::new());

            // Once more, it makes what it made.
            let address = world.bring("ashmere", "beta v2.csv", file.as_bytes());
            world.apply(&address, &missing.iter().map(String::as_str).collect::<Vec<_>>()).redirect();
            let once_more = world.model("ashmere");
            prop_assert!(once_more == made, "{}", differences(&made, &once_more));
        }
    }
}

#[test]
fn rows_that_do_not_name_their_contract_speak_of_the_one_that_others_name() {
    let world = World::new();
    world.import("ashmere", "systems.csv", b"System,Contract ref,Contract cost\nBin rounds,C-1,9000\n");
    let file = b"System,Contract ref,Contract cost\nForms,C-1,8000\nBin rounds,,12000\n";
    let address = world.import("ashmere", "systems.csv", file);
    let problems = world.get(EDITOR, &format!("{address}.csv")).csv();
    assert!(problems.iter().any(|problem| problem["code"] == "contract_told_twice"), "{problems:?}");
    // Otherwise the two rows would change the cost to and fro with every import.
    let again = world.preview(&world.bring("ashmere", "systems.csv", file));
    assert_eq!(again["counts"]["unchanged"], 2, "{again:#}");
}

#[test]
fn undo_brings_back_which_row_was_which_system() {
    let world = World::new();
    let list = "System,Users\nBin rounds,40\n";
    world.import("ashmere", "systems.csv", list.as_bytes());
    let id = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv()[0]["commonhold_id"].clone();
    let renamed = format!("commonhold_id,System,Users\n{id},Waste rounds,40\n");
    let address = world.import("ashmere", "systems.csv", renamed.as_bytes());
    world.post(EDITOR, &format!("{address}/undo"), "").redirect();
    let again = world.preview(&world.bring("ashmere", "systems.csv", list.as_bytes()));
    assert_eq!(again["counts"]["unchanged"], 1, "{again:#}");
}

#[test]
fn undo_takes_back_what_was_concluded_and_how_a_name_is_written() {
    let world = World::new();
    world.import("ashmere", "beta.csv", b"System,Product\nForms,formsmith\n");
    let before = world.model("ashmere");
    let file = "System,Product,Supplier\nTax,TaxBasse,Oakware\nPaper,Formsmith,\n";
    let address = world.import("ashmere", "alpha.csv", file.as_bytes());
    let made = world.model("ashmere");
    assert!(made.iter().any(|line| line.starts_with("match product taxbasse: made")), "{made:#?}");
    assert!(made.iter().any(|line| line.starts_with("thing product Formsmith")), "{made:#?}");
    world.post(EDITOR, &format!("{address}/undo"), "").redirect();
    assert_eq!(differences(&before, &world.model("ashmere")), "");
    assert!(before.iter().any(|line| line.starts_with("thing product formsmith")), "{before:#?}");
}

#[test]
fn an_import_is_not_undone_where_a_later_word_of_another_list_would_be_lost() {
    let world = World::new();
    world.import("ashmere", "beta.csv", b"System,Contract ref\nTax,C-1\n");
    let alpha = world.import("ashmere", "alpha.csv", b"System,Contract ref,Contract end\nBins,C-1,2027-03-31\n");
    world.import("ashmere", "beta.csv", b"System,Contract ref,Contract end\nTax,C-1,2028-03-31\n");
    let refused = world.post(EDITOR, &format!("{alpha}/undo"), "");
    let words = refused.words();
    assert!(words.contains("changed since") && words.contains("C-1") && words.contains("Contract end"), "{words}");
    assert_eq!(world.get(EDITOR, &format!("{alpha}.json")).json()["import"]["state"], "applied");
}
