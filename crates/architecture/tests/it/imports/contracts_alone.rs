//! A list of contracts in a file of its own, sent after the list of systems.

use super::EDITOR;
use crate::world::World;

const SYSTEMS: &str = "\
System,Supplier,Contract ref,Contract end
Bin rounds,Oakware,C-1,31/03/2026
Council tax,Oakware,,
Forms,Fennel,C-1,
";

/// Renewed, new, of something else, of two systems one of which nobody knows.
const CONTRACTS: &str = "\
Contract ref,Title,Supplier,Start date,End date,Annual value,Systems covered
C-1,Waste systems,Hawthorn Ltd,01/04/2026,31/03/2029,\"£20,000\",
C-2,Revenues,Oakware,01/04/2025,31/03/2030,,Council tax; Nowhere
C-3,Window cleaning,Mop Ltd,,31/03/2027,\"£400\",
C-4,Road salt,Grit Ltd,01/01/2027,01/01/2026,,
";

#[test]
fn a_list_of_contracts_joins_the_systems_that_are_there() {
    let world = World::new();
    world.import("ashmere", "systems.csv", SYSTEMS.as_bytes());
    let before = world.estate("ashmere");

    let mapping = world.upload(EDITOR, "ashmere", "contracts 2026.csv", CONTRACTS.as_bytes()).redirect();
    let page = world.get(EDITOR, &mapping);
    assert!(page.words().contains("This looks like a list of contracts."), "{}", page.words());
    assert!(page.body.contains("Systems that it covers") && !page.body.contains(">Hosting<"), "{}", page.body);
    let preview = world.post(EDITOR, &mapping, "rows=contracts").redirect();
    let address = preview.strip_suffix("/preview").unwrap().to_owned();
    let words = world.get(EDITOR, &preview).words();
    assert!(words.contains("It lists 4 contracts, of which 2 belong to systems of yours."), "{words}");
    let told = world.preview(&address);
    assert_eq!((&told["counts"]["new"], &told["counts"]["missing"]), (&0.into(), &0.into()), "{told:#}");
    let codes = |code: &str| told["problems"].as_array().unwrap().iter().filter(|one| one["code"] == *code).count();
    assert_eq!(
        (codes("contract_of_no_system"), codes("joins_nothing"), codes("ends_before_start")),
        (2, 1, 1),
        "{told:#}"
    );
    assert_eq!((codes("product_unknown"), codes("no_name")), (0, 0), "{told:#}");
    let cleaning = told["problems"].as_array().unwrap().iter().find(|one| one["row"] == 4).unwrap();
    assert_eq!((&cleaning["severity"], &cleaning["code"]), (&"information".into(), &"contract_of_no_system".into()));

    assert_eq!(world.apply(&address, &[]).redirect(), format!("{address}?applied=yes"));
    let rows = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
    let of = |name: &str| {
        let row = rows.iter().find(|row| row["name"] == name).unwrap();
        ["contract_reference", "contract_title", "contract_end", "contract_cost"].map(|cell| row[cell].clone())
    };
    assert_eq!(rows.len(), 3, "no system came of it");
    assert_eq!(of("Bin rounds"), ["C-1", "Waste systems", "2029-03-31", "20000.00"]);
    assert_eq!(of("Forms"), of("Bin rounds"), "one contract of two systems");
    assert_eq!(of("Council tax"), ["C-2", "Revenues", "2030-03-31", ""]);
    let said = world.get(EDITOR, &address).words();
    assert!(
        said.contains("contracts 2026.csv is a list of contracts. It tells of the contracts of 3 systems"),
        "{said}"
    );
    assert!(said.contains("2 contracts are recorded with no system yet"), "{said}");
    let system = world.get(EDITOR, "/organisations/ashmere/systems.json").json();
    let bins = system["systems"].as_array().unwrap().iter().find(|one| one["name"] == "Bin rounds").unwrap();
    let page = world.get(EDITOR, bins["address"].as_str().unwrap()).words();
    assert!(page.contains("contracts 2026.csv, row 2"), "{page}");

    // The same once more changes nothing; a later one without C-2 retires nothing.
    let again = world.bring("ashmere", "contracts 2026.csv", CONTRACTS.as_bytes());
    let told = world.preview(&again);
    assert_eq!((&told["counts"]["changed"], &told["counts"]["missing"]), (&0.into(), &0.into()), "{told:#}");
    let fewer: String =
        CONTRACTS.lines().filter(|line| !line.starts_with("C-2")).map(|line| format!("{line}\n")).collect();
    let later = world.bring("ashmere", "contracts 2027.csv", fewer.as_bytes());
    let told = world.preview(&later);
    assert_eq!((&told["counts"]["changed"], &told["counts"]["missing"]), (&0.into(), &0.into()), "{told:#}");
    // And the list of systems still says nothing new but of the end that it has.
    let systems = world.bring("ashmere", "systems.csv", SYSTEMS.as_bytes());
    assert_eq!(world.preview(&systems)["counts"]["missing"], 0);

    world.post(EDITOR, &format!("{address}/undo"), "").redirect();
    assert_eq!(world.estate("ashmere"), before);
}

#[test]
fn contracts_are_found_by_title_and_move_only_where_the_list_says_so() {
    let world = World::new();
    let systems = "System,Contract title,Contract reference,Contract end\nBins,Waste,,31/03/2026\nForms,Desk,D-1,31/03/2026\nTax,Revenues,R-1,\n";
    world.import("ashmere", "systems.csv", systems.as_bytes());
    // The first has a reference now; D-1 was replaced by D-2; R-1 stays with its system whatever else claims it.
    let contracts = "Ref,Title,End date,Applications\nW-9,Waste,31/03/2030,\nD-2,Desk again,31/03/2031,Forms\nR-1,Revenues,31/03/2032,\nX-1,Other,31/03/2033,Tax\n";
    let import = world.import("ashmere", "contracts.csv", contracts.as_bytes());
    let rows = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
    let of = |name: &str| {
        let row = rows.iter().find(|row| row["name"] == name).unwrap();
        (row["contract_reference"].clone(), row["contract_end"].clone())
    };
    assert_eq!(of("Bins"), ("W-9".to_owned(), "2030-03-31".to_owned()));
    assert_eq!(of("Forms"), ("D-2".to_owned(), "2031-03-31".to_owned()));
    assert_eq!(of("Tax"), ("R-1".to_owned(), "2032-03-31".to_owned()));
    let told = world.get(EDITOR, &format!("{import}.json")).json();
    let twice: Vec<_> =
        told["problems"].as_array().unwrap().iter().filter(|one| one["code"] == "contract_told_twice").collect();
    assert_eq!((twice.len(), &twice[0]["row"]), (1, &5.into()), "{told:#}");
    let contracts = world.estate("ashmere").iter().filter(|line| line.starts_with("contract ")).count();
    assert_eq!(contracts, 4, "W-9 is the one that was known by its title; D-1 is kept");
}

#[test]
fn before_the_systems_it_changes_nothing_and_says_why() {
    let world = World::new();
    let address = world.bring("ashmere", "contracts.csv", CONTRACTS.as_bytes());
    let words = world.get(EDITOR, &format!("{address}/preview")).words();
    assert!(words.contains("None of the 4 contracts in it belongs to a system of yours"), "{words}");
    assert!(!words.contains("Apply") && words.contains("Keep 4 contracts"), "{words}");
    // Another council's systems are not ours.
    world.import("brackford", "systems.csv", SYSTEMS.as_bytes());
    assert_eq!(world.preview(&address)["contracts_listed"]["of_systems"], 0);
}

#[test]
fn what_the_rows_are_can_be_said() {
    let world = World::new();
    world.import("ashmere", "systems.csv", SYSTEMS.as_bytes());
    // Headings in nobody's words: nothing says that these are contracts.
    let list = "Our number,Runs out\nC-1,31/03/2031\n";
    let mapping = world.upload(EDITOR, "ashmere", "legal.csv", list.as_bytes()).redirect();
    let refused = world.post(EDITOR, &mapping, "column-a=contract_reference&column-b=contract_end");
    assert_eq!(refused.status, 422);
    assert!(refused.words().contains("If each row is a contract, say so"), "{}", refused.words());
    let page = world.get(EDITOR, &format!("{mapping}?rows=contracts"));
    assert!(page.body.contains("name=\"rows\" value=\"contracts\""), "{}", page.body);
    let lacking = world.post(EDITOR, &mapping, "rows=contracts&column-a=&column-b=contract_end");
    assert!(
        lacking.words().contains("Choose which column holds the contract reference, its title"),
        "{}",
        lacking.words()
    );
    let preview =
        world.post(EDITOR, &mapping, "rows=contracts&column-a=contract_reference&column-b=contract_end").redirect();
    let told = world.get(EDITOR, &format!("{preview}.json")).json();
    assert_eq!(told["contracts_listed"]["of_systems"], 1, "{told:#}");
    assert_eq!(world.get(EDITOR, &format!("{mapping}?rows=people")).status, 400);
    // What was said of contracts says nothing of systems.
    let next = world.upload(EDITOR, "ashmere", "systems.csv", b"System,Our number\nBins,7\n").redirect();
    let page = world.get(EDITOR, &format!("{next}.json")).json();
    assert_eq!(
        page["columns"].as_array().unwrap().iter().find(|one| one["heading"] == "Our number").unwrap()["field"],
        serde_json::Value::Null
    );
    // And the other way round: a list that was taken for contracts can be one of systems.
    let again = world.upload(EDITOR, "ashmere", "contracts.csv", CONTRACTS.as_bytes()).redirect();
    let page = world.get(EDITOR, &format!("{again}.json?rows=systems")).json();
    assert_eq!(page["rows_are"], "systems");
    let refused = world.post(EDITOR, &again, "rows=systems&column-b=");
    assert!(refused.words().contains("Choose which column holds the system name"), "{}", refused.words());
}
