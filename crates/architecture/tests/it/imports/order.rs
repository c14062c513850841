//! Files may come in any order: the model is the same.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::EDITOR;
use super::demonstration::{FILES, colneshire};
use crate::model::differences;
use crate::world::World;

/// A file as it is sent: by whom, under which name.
pub type Sent = (&'static str, String, String);

const HEADINGS: &str = "System,Product,Supplier,Status,Users,Contract ref,Contract title,Contract supplier,Contract end,Contract cost,Notice,Depends on,Used by";

const AGREEMENTS: &str = "Contract ref,Title,Supplier,Start date,End date,Annual value,Systems covered";

fn one_of(texts: &[&'static str]) -> impl Strategy<Value = &'static str> + use<> {
    prop::sample::select(texts.to_vec())
}

/// A row of a small list. Names, products and contracts are few, so that rows of different lists meet; they are written as
/// people write them.
pub fn row() -> impl Strategy<Value = String> {
    let names = ["Bin rounds", "Council tax", "Forms", "forms", "Formsmith", "Payments", "RoundMaster", "Tax Base"];
    let products = [
        "",
        "RoundMaster",
        "Oakware RoundMaster 4.2",
        "TaxBasse",
        "TaxBaze 7",
        "taxbase 12",
        "Formsmith",
        "formsmith",
        "Formsmith 3",
        "WasteDesk Live",
        "Grantly",
    ];
    let system = (
        one_of(&names),
        one_of(&products),
        one_of(&["", "", "Oakware", "Oak Ware Services", "Nobody Ltd", "In-house"]),
        one_of(&["", "Live", "Retired", "asleep"]),
        one_of(&["", "40", "c. 200", "all"]),
    );
    let contract = (
        one_of(&["", "C-1", "c 1", "C-2"]),
        one_of(&["", "", "Big deal", "C-2"]),
        one_of(&["", "", "Oakware", "Fennel", "Nobody Ltd"]),
        one_of(&["", "31/03/2027", "2028-03", "soon"]),
        one_of(&["", "12000", "c. £9k", "lots"]),
        one_of(&["", "3 months", "90 days"]),
    );
    let relations = (
        one_of(&["", "", "Forms", "Payments; Bin rounds", "council tax", "Nowhere; Formsmith"]),
        one_of(&["", "", "Brackford", "Colne; Ashmere", "Nobody"]),
    );
    (system, contract, relations).prop_map(|(system, contract, relations)| {
        let (name, product, supplier, status, users) = system;
        let (reference, title, with, end, cost, notice) = contract;
        let (needs, used_by) = relations;
        let cells = [name, product, supplier, status, users, reference, title, with, end, cost, notice, needs, used_by];
        cells.join(",") + "\n"
    })
}

/// The text of a file with at most so many rows.
pub fn list(rows: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(row(), 1..=rows).prop_map(|rows| format!("{HEADINGS}\n{}", rows.concat()))
}

/// Three lists of one organisation, the first in two versions, and one of another; and an order in which they come. The
/// versions of one list keep theirs.
fn files() -> impl Strategy<Value = (Vec<Sent>, Vec<usize>)> {
    let lists = (list(4), list(3), list(4), list(3), list(3));
    (lists, Just(vec![0_usize, 1, 2, 3, 4]).prop_shuffle()).prop_map(
        |((first, second, beta, gamma, other), mut order)| {
            let files = vec![
                ("ashmere", "beta v1.csv".to_owned(), first),
                ("ashmere", "beta v2.csv".to_owned(), second),
                ("ashmere", "alpha.csv".to_owned(), beta),
                ("ashmere", "gamma.csv".to_owned(), gamma),
                ("brackford", "beta.csv".to_owned(), other),
            ];
            let places: Vec<usize> =
                order.iter().enumerate().filter(|(_, file)| **file < 2).map(|(at, _)| at).collect();
            for (version, place) in places.into_iter().enumerate() {
                order[place] = version;
            }
            (files, order)
        },
    )
}

fn models(files: &[Sent], order: &[usize]) -> [Vec<String>; 2] {
    let world = built(files, order);
    ["ashmere", "brackford"].map(|organisation| world.model(organisation))
}

fn built(files: &[Sent], order: &[usize]) -> World {
    let world = World::new();
    for place in order {
        let (organisation, name, text) = &files[*place];
        let address = world.import(organisation, name, text.as_bytes());
        if text.starts_with(AGREEMENTS) {
            let told = world.get(&format!("editor@{organisation}"), &format!("{address}.json")).json();
            assert!(told["list_today"]["contracts_waiting"].is_number(), "it is a list of contracts: {told:#}");
        }
    }
    assert_eq!(world.faults(), [""; 0]);
    world
}

#[test]
fn generated_lists_make_the_same_model_in_any_order() {
    let mut runner =
        TestRunner::new(Config { cases: 32, max_shrink_iters: 100, failure_persistence: None, ..Config::default() });
    let run = runner.run(&files(), |(files, order)| {
        let as_listed = models(&files, &[0, 1, 2, 3, 4]);
        let shuffled = models(&files, &order);
        for (one, other) in as_listed.iter().zip(&shuffled) {
            prop_assert!(one == other, "{:?}:\n{}", order, differences(one, other));
        }
        Ok(())
    });
    run.unwrap();
}

/// A row of a list of contracts: with a reference, a title, both or neither; of systems that some list has, that several
/// have, that none has.
fn contract() -> impl Strategy<Value = String> {
    let says = (
        one_of(&["", "C-1", "c 1", "C-2", "C-3", "D-4"]),
        one_of(&["", "Big deal", "Waste", "C-2", "Road salt"]),
        one_of(&["", "Oakware", "Fennel", "Nobody Ltd"]),
        one_of(&["", "31/03/2029", "2030-03", "soon"]),
        one_of(&["", "15000", "c. £9k", "lots"]),
    );
    let systems = prop::collection::vec(
        one_of(&["Bin rounds", "Council tax", "forms", "Formsmith", "Payments", "Tax Base", "Nowhere"]),
        0..3,
    );
    (says, systems).prop_map(|((reference, title, supplier, end, cost), systems)| {
        [reference, title, supplier, "01/04/2025", end, cost, &systems.join("; ")].join(",") + "\n"
    })
}

/// The text of a list of contracts with at most so many rows.
fn contracts(rows: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(contract(), 1..=rows).prop_map(|rows| format!("{AGREEMENTS}\n{}", rows.concat()))
}

/// Two lists of systems and two of contracts, the names of the lists of contracts before and after those of systems, and an
/// order in which they come.
fn files_with_contracts() -> impl Strategy<Value = (Vec<Sent>, Vec<usize>)> {
    let lists = (list(3), list(3), contracts(4), contracts(3));
    (lists, Just(vec![0_usize, 1, 2, 3]).prop_shuffle()).prop_map(|((beta, gamma, agreements, zeta), order)| {
        let files = vec![
            ("ashmere", "beta.csv".to_owned(), beta),
            ("ashmere", "gamma.csv".to_owned(), gamma),
            ("ashmere", "agreements.csv".to_owned(), agreements),
            ("ashmere", "zeta contracts.csv".to_owned(), zeta),
        ];
        (files, order)
    })
}

#[test]
fn lists_of_contracts_make_the_same_model_in_any_order() {
    let mut runner =
        TestRunner::new(Config { cases: 48, max_shrink_iters: 200, failure_persistence: None, ..Config::default() });
    let run = runner.run(&files_with_contracts(), |(files, order)| {
        let [as_listed, _] = models(&files, &[0, 1, 2, 3]);
        let world = built(&files, &order);
        let shuffled = world.model("ashmere");
        prop_assert!(as_listed == shuffled, "{:?}:\n{}", order, differences(&as_listed, &shuffled));
        for (_, name, text) in &files {
            let again = world.preview(&world.bring("ashmere", name, text.as_bytes()));
            let told = [&again["counts"]["new"], &again["counts"]["changed"], &again["contracts_follow"]];
            prop_assert_eq!(told, [&json!(0), &json!(0), &json!([])], "{} again: {:#}", name, again);
        }
        Ok(())
    });
    run.unwrap();
}

/// Whichever import is undone after others, the estate is what it would be had it never come, as far as nothing that came
/// later stands in the way; and brought in once more it makes what it made.
#[test]
fn lists_of_contracts_are_undone_with_what_followed_from_them() {
    let mut runner =
        TestRunner::new(Config { cases: 32, max_shrink_iters: 200, failure_persistence: None, ..Config::default() });
    let choice = (files_with_contracts(), 0..4_usize);
    let run = runner.run(&choice, |((mut files, order), goes)| {
        // What systems rely on stays when a system that was found leaves again.
        for (_, _, text) in &mut files {
            *text = text.replace("Depends on", "Other names");
        }
        let world = World::new();
        let mut imports = Vec::new();
        for place in &order {
            let before = world.model("ashmere");
            let (_, name, text) = &files[*place];
            let stood = contracts_of(&world);
            let address = world.bring("ashmere", name, text.as_bytes());
            let preview = world.preview(&address);
            world.apply(&address, &[]).redirect();
            if let Some(untold) = untold(&stood, &contracts_of(&world), &preview) {
                prop_assert!(false, "{:?} {}: {} was not shown: {:#}", order, name, untold, preview);
            }
            imports.push((*place, address));
            // At once, everything is undone.
            let (_, address) = &imports[imports.len() - 1];
            let made = world.model("ashmere");
            if is_undone(&world, address) {
                let after = world.model("ashmere");
                prop_assert!(after == before, "{:?} {}:\n{}", order, name, differences(&before, &after));
                imports.pop();
                imports.push((*place, world.import("ashmere", name, text.as_bytes())));
                let again = world.model("ashmere");
                prop_assert!(again == made, "{:?} {} again:\n{}", order, name, differences(&made, &again));
            }
        }
        let all = world.model("ashmere");
        let (place, address) = &imports[goes];
        if is_undone(&world, address) {
            let others: Vec<usize> = order.iter().copied().filter(|other| other != place).collect();
            let [without, _] = models(&files, &others);
            let left = world.model("ashmere");
            prop_assert!(left == without, "{:?} without {}:\n{}", order, place, differences(&without, &left));
            world.import("ashmere", &files[*place].1, files[*place].2.as_bytes());
            let again = world.model("ashmere");
            prop_assert!(again == all, "{:?} with {} again:\n{}", order, place, differences(&all, &again));
        }
        prop_assert_eq!(world.faults(), Vec::<String>::new());
        Ok(())
    });
    run.unwrap();
}

/// Of each system its name and what its contract is called.
fn contracts_of(world: &World) -> BTreeMap<String, [String; 3]> {
    let rows = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
    let cells =
        |row: &BTreeMap<String, String>| ["name", "contract_reference", "contract_title"].map(|cell| row[cell].clone());
    rows.iter().map(|row| (row["commonhold_id"].clone(), cells(row))).collect()
}

/// A system whose contract became another one, where the preview named neither it nor the contract.
fn untold(
    before: &BTreeMap<String, [String; 3]>,
    after: &BTreeMap<String, [String; 3]>,
    preview: &Value,
) -> Option<String> {
    let shown = format!("{}{}{}", preview["new"], preview["changed"], preview["contracts_follow"]);
    let told = |cells: &[String; 3]| cells.iter().any(|cell| !cell.is_empty() && shown.contains(cell.as_str()));
    let changed = before.iter().filter_map(|(id, was)| Some((was, after.get(id)?))).filter(|(was, is)| was != is);
    changed.filter(|(was, is)| !told(was) && !told(is)).map(|(was, is)| format!("{was:?} -> {is:?}")).next()
}

/// Undoes an import, unless it did nothing or later work stands in the way.
fn is_undone(world: &World, address: &str) -> bool {
    world.post(EDITOR, &format!("{address}/undo"), "");
    world.get(EDITOR, &format!("{address}.json")).json()["import"]["state"] == "undone"
}

#[test]
fn the_demonstration_is_the_same_county_in_any_order() {
    let in_order = |order: &[usize]| {
        let world = colneshire();
        for (name, organisation, bytes) in order.iter().map(|place| FILES[*place]) {
            world.import(organisation, name, bytes);
        }
        let mut councils: Vec<&str> = FILES.iter().map(|(_, organisation, _)| *organisation).collect();
        councils.dedup();
        councils.into_iter().map(|of| (of, world.model(of))).collect::<Vec<_>>()
    };
    let listed: Vec<usize> = (0..FILES.len()).collect();
    let first = in_order(&listed);
    assert!(first.iter().map(|(_, model)| model.len()).sum::<usize>() > 2_000, "there is something to compare");
    let mut runner =
        TestRunner::new(Config { cases: 2, max_shrink_iters: 0, failure_persistence: None, ..Config::default() });
    let run = runner.run(&Just(listed).prop_shuffle(), |order| {
        for ((of, one), (_, other)) in first.iter().zip(&in_order(&order)) {
            prop_assert!(one == other, "{} in order {:?}:\n{}", of, order, differences(one, other));
        }
        Ok(())
    });
    run.unwrap();
}

/// Brings two files of Ashmere in, in both orders, and returns what both make.
fn either(one: (&str, &str), other: (&str, &str)) -> World {
    let bring = |files: [(&str, &str); 2]| {
        let world = World::new();
        for (name, text) in files {
            world.import("ashmere", name, text.as_bytes());
        }
        world
    };
    let (first, second) = (bring([one, other]), bring([other, one]));
    let (a, b) = (first.model("ashmere"), second.model("ashmere"));
    assert!(a == b, "{}", differences(&a, &b));
    for (name, text) in [one, other] {
        let again = first.preview(&first.bring("ashmere", name, text.as_bytes()));
        assert_eq!((&again["counts"]["new"], &again["counts"]["changed"]), (&0.into(), &0.into()), "{again:#}");
    }
    second
}

fn column(world: &World, field: &str) -> Vec<String> {
    let rows = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
    rows.into_iter().map(|row| format!("{}: {}", row["name"], row[field])).collect()
}

#[test]
fn of_two_lists_that_disagree_about_a_contract_the_first_in_the_alphabet_holds() {
    let alpha = ("alpha.csv", "System,Contract ref,Contract end,Contract cost\nBins,C-1,31/03/2027,c. £9k\n");
    let beta = ("beta.csv", "System,Contract ref,Contract end,Contract cost,Notice\nTax,c 1,2028-03,12000,3 months\n");
    let world = either(alpha, beta);
    assert_eq!(column(&world, "contract_end"), ["Bins: 2027-03-31", "Tax: 2027-03-31"]);
    assert_eq!(column(&world, "contract_cost"), ["Bins: 12000.00", "Tax: 12000.00"], "sure before an estimate");
    assert_eq!(column(&world, "notice_months"), ["Bins: 3", "Tax: 3"], "only one list says so");

    // Both are told, whichever comes again.
    let told = |name: &str, text: &str| {
        let problems = world.preview(&world.bring("ashmere", name, text.as_bytes()))["problems"].clone();
        let told = problems.as_array().unwrap().iter().filter(|problem| problem["code"] == "contract_told_by_lists");
        told.map(|problem| format!("{}: {}", problem["heading"], problem["message"])).collect::<Vec<_>>()
    };
    assert_eq!(
        told(beta.0, beta.1),
        [
            "\"Contract end\": \"Your list \\\"alpha\\\" says otherwise of contract \\\"C-1\\\". We keep what that list says.\"",
            "\"Contract cost\": \"Your list \\\"alpha\\\" says otherwise of contract \\\"C-1\\\". We keep what this file says.\"",
        ]
    );
    assert_eq!(told(alpha.0, alpha.1).len(), 2);

    // A later version of a list replaces what the list said; when it says nothing better, the other list's word holds.
    world.import("ashmere", "alpha v2.csv", alpha.1.replace("31/03/2027", "soon").as_bytes());
    assert_eq!(column(&world, "contract_end"), ["Bins: 2028-03", "Tax: 2028-03"]);
    // The history has every word.
    let contract =
        world.contract_of(EDITOR, &world.get(EDITOR, "/organisations/ashmere/systems.csv").csv()[0]["commonhold_id"]);
    let page = world.get(EDITOR, &format!("/contracts/{contract}"));
    assert!(page.words().contains("31 Mar 2027") && page.words().contains("soon"), "{}", page.words());
}

#[test]
fn a_system_that_a_later_file_brings_is_relied_on_from_then_on() {
    let alpha = ("alpha.csv", "System,Depends on\nForms,payments; Post\n");
    let beta = ("beta.csv", "System\nPayments\n");
    let world = either(alpha, beta);
    assert!(
        world
            .model("ashmere")
            .iter()
            .any(|line| line.contains("depends_on: [\"Some(Text(\\\"Payments\\\")) true\"], not understood: Post"))
    );
    // A third list with the name too: nobody knows any longer which was meant.
    let before = world.model("ashmere");
    let gamma = world.bring("ashmere", "gamma.csv", b"System\nPayments\nPost\n");
    let preview = world.preview(&gamma);
    assert_eq!(preview["changed"][0]["changes"][0]["attribute"], "depends_on", "{preview:#}");
    world.apply(&gamma, &[]).redirect();
    assert!(
        world
            .model("ashmere")
            .iter()
            .any(|line| line.contains("depends_on: [\"Some(Text(\\\"Post\\\")) true\"], not understood: Payments"))
    );
    world.post(EDITOR, &format!("{gamma}/undo"), "").redirect();
    assert_eq!(differences(&before, &world.model("ashmere")), "");
}

#[test]
fn a_later_version_of_a_list_brings_what_an_earlier_one_relied_on() {
    // The later version leaves the cell empty: what the earlier one said holds, and means the system of its own list.
    let sent = |name: &str, text: &str| ("ashmere", name.to_owned(), text.to_owned());
    let files = [
        sent("beta v1.csv", "System,Depends on\nTax,Forms\n"),
        sent("beta v2.csv", "System,Depends on\nTax,\nForms,\n"),
        sent("alpha.csv", "System\nForms\n"),
        sent("gamma.csv", "System\nForms\n"),
    ];
    let [first, _] = models(&files, &[0, 1, 2, 3]);
    let relies = "depends_on: [\"Some(Text(\\\"Forms\\\")) true\"] [reported, beta v1.csv, row 2]";
    assert!(first.iter().any(|line| line.contains(relies)), "{first:#?}");
    for order in [[0, 2, 1, 3], [0, 2, 3, 1], [2, 0, 3, 1], [2, 3, 0, 1]] {
        let [other, _] = models(&files, &order);
        assert!(first == other, "{order:?}:\n{}", differences(&first, &other));
    }
    // What the later version changes is shown with its row before it is brought in, and is undone with it.
    let world = built(&files, &[0, 2, 3]);
    let before = world.model("ashmere");
    let address = world.bring("ashmere", "beta v2.csv", files[1].2.as_bytes());
    let preview = world.preview(&address);
    assert_eq!(preview["counts"]["changed"], 1, "{preview:#}");
    let tax = &preview["changed"][0];
    assert_eq!((&tax["row"], &tax["changes"][0]["attribute"]), (&json!(2), &json!("depends_on")), "{preview:#}");
    world.apply(&address, &[]).redirect();
    world.post(EDITOR, &format!("{address}/undo"), "").redirect();
    assert_eq!(differences(&before, &world.model("ashmere")), "");
}

#[test]
fn a_name_means_the_same_whichever_file_brought_it_first() {
    // Certain beside its supplier, and not beside another.
    either(
        ("alpha.csv", "System,Product,Supplier\nTax,TaxBasse,Oakware\n"),
        ("beta.csv", "System,Product,Supplier\nOld tax,TaxBasse,Nobody Ltd\n"),
    );
    // The organisation's own product alone and with a version, written in two ways, and as a system's name.
    let world = either(
        ("alpha.csv", "System,Product\nOnline forms,formsmith 3\n"),
        ("beta.csv", "System,Product\nPaper forms,Formsmith\nFORMSMITH,\n"),
    );
    assert_eq!(column(&world, "product"), ["FORMSMITH: ", "Online forms: formsmith", "Paper forms: formsmith"]);
    assert_eq!(column(&world, "version"), ["FORMSMITH: ", "Online forms: 3", "Paper forms: "]);
}

#[test]
fn a_column_means_what_its_own_file_says() {
    // "Application" is the system in one list and the product in the other.
    let world = either(
        ("alpha.csv", "System name,Application\nBins,RoundMaster\n"),
        ("beta.csv", "Application,Users\nTax,40\n"),
    );
    assert_eq!(column(&world, "product"), ["Bins: RoundMaster", "Tax: "]);
}
