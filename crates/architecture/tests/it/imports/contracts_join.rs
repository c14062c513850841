//! Lists of contracts that come before their systems: kept, joined, taken back.

use super::EDITOR;
use crate::model::differences;
use crate::world::{World, id};
use architecture::statement::store::erase_private;
use serde_json::json;

const SYSTEMS: &str = "System,Contract ref,Contract end\nBin rounds,C-1,31/03/2026\nCouncil tax,,\nForms,,\n";
const CONTRACTS: &str = "\
Contract ref,Title,Supplier,End date,Annual value,Systems covered
C-1,Waste,Hawthorn Ltd,31/03/2029,\"£20,000\",
C-2,Revenues,Priya Placeholder,31/03/2030,soon,Council tax; Forms
C-3,Window cleaning,Mop Ltd,31/03/2027,£400,
";

/// What the page of contracts says of each system: reference, title, end.
fn contracts(world: &World) -> Vec<String> {
    let rows = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
    let cells = ["name", "contract_reference", "contract_title", "contract_end"];
    rows.iter().map(|row| cells.map(|cell| row[cell].as_str()).join(" | ")).collect()
}

fn kept(world: &World) -> i64 {
    world.row_counts().into_iter().find_map(|(table, count)| (table == "kept_contract").then_some(count)).unwrap()
}

#[test]
fn contracts_wait_for_their_systems_and_the_preview_says_when_they_come() {
    let world = World::new();
    let list = world.bring("ashmere", "contracts 2026.csv", CONTRACTS.as_bytes());
    let words = world.get(EDITOR, &format!("{list}/preview")).words();
    assert!(
        words.contains("we keep them until a file brings their systems") && words.contains("Keep 3 contracts"),
        "{words}"
    );
    let before = world.model("ashmere");
    let applied = world.apply(&list, &[]).redirect();
    assert_eq!(differences(&before, &world.model("ashmere")), "", "nothing of them is in the estate");
    let page = world.get(EDITOR, &applied);
    let banner = page.all(".govuk-notification-banner__heading");
    assert_eq!(banner, ["3 contracts are kept until their systems come. Undo this import"]);
    let words = page.words();
    assert!(words.contains("3 contracts are recorded with no system yet."), "{words}");
    assert!(words.contains("Bring in the list of systems"), "{words}");
    let imports = world.get(EDITOR, "/organisations/ashmere/imports").words();
    assert!(imports.contains("Undo the import of contracts 2026.csv"), "{imports}");

    let file = world.bring("ashmere", "systems.csv", SYSTEMS.as_bytes());
    let words = world.get(EDITOR, &format!("{file}/preview")).words();
    assert!(
        words.contains("Applying this records 2 contracts of your list \"contracts\" with their systems: C-1 (Bin rounds); C-2 (Council tax, Forms)."),
        "{words}"
    );
    let told = world.preview(&file);
    assert_eq!(told["contracts_follow"][1]["systems"], json!(["Council tax", "Forms"]), "{told:#}");
    let end = |name: &str| {
        let row = told["new"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap();
        let end =
            row["changes"].as_array().unwrap().iter().find(|change| change["attribute"] == "contract_end").unwrap();
        end["then"].clone()
    };
    assert_eq!((end("Bin rounds"), end("Forms")), ("2029-03-31".into(), "2030-03-31".into()), "what will stand");
    world.apply(&file, &[]).redirect();
    let joined = [
        "Bin rounds | C-1 | Waste | 2029-03-31",
        "Council tax | C-2 | Revenues | 2030-03-31",
        "Forms | C-2 | Revenues | 2030-03-31",
    ];
    assert_eq!(contracts(&world), joined);
    let words = world.get(EDITOR, &file).words();
    assert!(words.contains("2 contracts of your lists of contracts were recorded with their systems."), "{words}");
    assert!(world.get(EDITOR, &list).words().contains("1 contract is recorded with no system yet"));
    for (address, text) in [("systems.csv", SYSTEMS), ("contracts 2027.csv", CONTRACTS)] {
        let again = world.preview(&world.bring("ashmere", address, text.as_bytes()));
        let counts = &again["counts"];
        assert_eq!(
            (&counts["new"], &counts["changed"], &again["contracts_follow"]),
            (&0.into(), &0.into(), &json!([]))
        );
    }

    // Either goes and comes back; the page says what with it.
    let made = world.model("ashmere");
    let undo = world.get(EDITOR, &format!("{list}/undo.json")).json();
    let returns = undo["would_return"].as_array().unwrap();
    let link = returns.iter().find(|one| one["name"] == "Forms" && one["attribute"] == "contract").unwrap();
    assert_eq!((&link["now"], &link["then"]), (&"C-2".into(), &serde_json::Value::Null), "{undo:#}");
    world.post(EDITOR, &format!("{list}/undo"), "").redirect();
    assert_eq!(contracts(&world), ["Bin rounds | C-1 |  | 2026-03-31", "Council tax |  |  | ", "Forms |  |  | "]);
    assert_eq!(kept(&world), 0, "what was undone is not kept");
    world.import("ashmere", "contracts 2026.csv", CONTRACTS.as_bytes());
    assert_eq!(differences(&made, &world.model("ashmere")), "");
    world.post(EDITOR, &format!("{file}/undo"), "").redirect();
    assert_eq!(differences(&before, &world.model("ashmere")), "");
    world.import("ashmere", "systems.csv", SYSTEMS.as_bytes());
    assert_eq!(differences(&made, &world.model("ashmere")), "");
}

#[test]
fn a_name_that_gets_a_namesake_means_no_system_any_longer() {
    let world = World::new();
    world.import("ashmere", "systems.csv", SYSTEMS.as_bytes());
    world.import("ashmere", "contracts.csv", CONTRACTS.as_bytes());
    let before = world.model("ashmere");
    let file = world.bring("ashmere", "beta.csv", b"System\nforms\n");
    let words = world.get(EDITOR, &format!("{file}/preview")).words();
    assert!(words.contains("1 contract of your list \"contracts\" would lose systems: C-2 (Forms)."), "{words}");
    world.apply(&file, &[]).redirect();
    assert!(contracts(&world).contains(&"Council tax | C-2 | Revenues | 2030-03-31".to_owned()));
    assert!(contracts(&world).contains(&"Forms |  |  | ".to_owned()), "{:?}", contracts(&world));
    world.post(EDITOR, &format!("{file}/undo"), "").redirect();
    assert_eq!(differences(&before, &world.model("ashmere")), "");
}

#[test]
fn the_latest_version_of_a_list_counts() {
    let world = World::new();
    let first = world.import("ashmere", "contracts v1.csv", CONTRACTS.as_bytes());
    // The second lacks C-2, and says more of C-3.
    let fewer = "Contract ref,Title,Supplier,End date,Annual value,Systems covered\nC-3,Window cleaning,Mop Ltd,31/03/2027,£400,Windows\n";
    let second = world.import("ashmere", "contracts v2.csv", fewer.as_bytes());
    let file = world.import("ashmere", "systems.csv", format!("{SYSTEMS}Windows,,\n").as_bytes());
    assert_eq!(
        contracts(&world),
        [
            "Bin rounds | C-1 |  | 2026-03-31",
            "Council tax |  |  | ",
            "Forms |  |  | ",
            "Windows | C-3 | Window cleaning | 2027-03-31"
        ]
    );
    // An earlier version is not undone alone, and comes back when the later one is.
    world.post(EDITOR, &format!("{first}/undo"), "");
    assert_eq!(world.get(EDITOR, &format!("{first}.json")).json()["import"]["state"], "applied");
    world.post(EDITOR, &format!("{second}/undo"), "").redirect();
    assert!(contracts(&world).contains(&"Forms | C-2 | Revenues | 2030-03-31".to_owned()), "{:?}", contracts(&world));
    // What a version gave to systems stays when the next says nothing of it, as nothing of a list of contracts is missing.
    let before = world.model("ashmere");
    world.import("ashmere", "contracts v2.csv", fewer.as_bytes());
    assert!(contracts(&world).contains(&"Forms | C-2 | Revenues | 2030-03-31".to_owned()), "{:?}", contracts(&world));
    assert!(world.model("ashmere").iter().any(|line| before.contains(line)));
    world.post(EDITOR, &format!("{file}/undo"), "").redirect();
    assert_eq!(contracts(&world), [""; 0]);
}

#[test]
fn what_somebody_said_by_hand_after_the_list_stays() {
    let world = World::new();
    let list = world.import("ashmere", "contracts.csv", CONTRACTS.as_bytes());
    world.import("ashmere", "systems.csv", SYSTEMS.as_bytes());
    let rows = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
    let id = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap()["commonhold_id"].clone();
    let contract = world.contract_of(EDITOR, &id("Forms"));
    let by_hand = [
        (
            format!("/contracts/{contract}/edit.json"),
            json!({"contract_end": "2035-01-01", "contract_reference": "R-22"}),
        ),
        (format!("/systems/{}/edit.json", id("Bin rounds")), json!({"name": "Waste rounds"})),
        (format!("/systems/{}/contract.json", id("Council tax")), json!({"covered_by": null})),
    ];
    for (path, said) in by_hand {
        let answer = world.send_json(EDITOR, &path, &said);
        assert!(!answer.status.is_client_error(), "{path}: {}", answer.body);
    }
    let ours =
        ["Council tax |  |  | ", "Forms | R-22 | Revenues | 2035-01-01", "Waste rounds | C-1 | Waste | 2029-03-31"];
    assert_eq!(contracts(&world), ours);
    let file = world.bring("ashmere", "gamma.csv", b"System\nPayments\n");
    assert_eq!(world.preview(&file)["contracts_follow"], json!([]));
    world.apply(&file, &[]).redirect();
    let now = contracts(&world);
    assert!(ours.iter().all(|line| now.contains(&(*line).to_owned())), "{now:?}");
    // The list is not undone while that would lose the work; a later version of it says otherwise.
    let refused = world.post(EDITOR, &format!("{list}/undo"), "").words();
    assert!(refused.contains("changed since"), "{refused}");
    let later = CONTRACTS.replace("31/03/2030", "31/03/2031").replace("Revenues", "Council revenues");
    world.import("ashmere", "contracts.csv", later.as_bytes());
    let now = contracts(&world);
    assert!(
        now.contains(&"Forms | C-2 | Council revenues | 2031-03-31".to_owned()),
        "a later file says otherwise: {now:?}"
    );
}

#[test]
fn a_list_of_contracts_knows_better_than_a_list_of_systems_and_the_first_in_the_alphabet_better_than_the_next() {
    let files = [
        ("systems.csv", "System,Contract ref\nBins,R-1\n"),
        ("beta contracts.csv", "Contract ref,Title,End date,Systems covered\nR-3,Third,31/03/2031,Bins\n"),
        ("alpha contracts.csv", "Contract ref,Title,End date,Systems covered\nR-2,Second,31/03/2030,Bins\n"),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let world = World::new();
        for (name, text) in order.map(|place| files[place]) {
            world.import("ashmere", name, text.as_bytes());
        }
        assert_eq!(contracts(&world), ["Bins | R-2 | Second | 2030-03-31"], "{order:?}");
    }
}

#[test]
fn what_is_kept_is_the_organisations_own_and_can_be_erased() {
    let world = World::new();
    let list = world.import("ashmere", "contracts.csv", CONTRACTS.as_bytes());
    for who in ["visitor", "member@brackford", "steward@brackford", "supplier@oakware", "auditor@colne"] {
        for path in [
            "/search?q=Revenues",
            "/organisations/ashmere/contracts",
            "/organisations/ashmere",
            "/organisations/ashmere/systems.json",
        ] {
            let seen = world.get(who, path);
            assert!(!seen.body.contains("Mop Ltd") && !seen.body.contains("C-2"), "{who} at {path}: {}", seen.body);
        }
    }
    let found = world.get(EDITOR, "/search?q=Window+cleaning").words();
    assert!(!found.contains("C-3"), "not even its own people find what is in no estate: {found}");
    assert_eq!(world.get("member@brackford", &list).status, 404);
    // Texts that may be a person's stand where they can be erased.
    let private = |world: &World| {
        world
            .store
            .read_blocking(|tx| {
                let said = tx.query("SELECT said FROM kept_contract", &[], |row| row.text(0))?;
                let ids =
                    tx.query("SELECT id FROM private_text WHERE text = 'Priya Placeholder'", &[], |row| row.text(0))?;
                Ok::<_, store::Error>((said.concat(), ids))
            })
            .unwrap()
    };
    let (said, ids) = private(&world);
    assert!(!said.contains("Priya") && !ids.is_empty(), "{said}");
    let (text, now) = (ids[0].clone(), world.clock.now());
    world.store.write_blocking(move |tx| erase_private(tx, &id("ashmere"), &text, now)).unwrap();
    world.import("ashmere", "systems.csv", SYSTEMS.as_bytes());
    assert!(!world.model("ashmere").iter().any(|line| line.contains("Priya")));
    assert!(contracts(&world).contains(&"Forms | C-2 | Revenues | 2030-03-31".to_owned()), "the rest is joined");
}

#[test]
fn our_own_file_sent_back_says_what_stands_and_what_is_changed_in_it_stays() {
    let world = World::new();
    world.import("ashmere", "contracts.csv", CONTRACTS.as_bytes());
    world.import("ashmere", "systems.csv", SYSTEMS.as_bytes());
    let before = world.model("ashmere");
    let file = world.get(EDITOR, "/organisations/ashmere/systems.csv").body;
    let back = world.bring("ashmere", "ashmere-estate.csv", file.as_bytes());
    let told = world.preview(&back);
    assert_eq!((&told["counts"]["changed"], &told["contracts_follow"]), (&0.into(), &json!([])), "{told:#}");
    world.apply(&back, &[]).redirect();
    let rows = |model: &[String]| -> Vec<String> {
        model.iter().filter(|line| !line.starts_with("row ashmere estate")).cloned().collect()
    };
    assert_eq!(differences(&before, &rows(&world.model("ashmere"))), "");

    let changed = file.replace("2029-03-31", "2034-03-31");
    world.import("ashmere", "ashmere-estate.csv", changed.as_bytes());
    let ours = "Bin rounds | C-1 | Waste | 2034-03-31".to_owned();
    assert!(contracts(&world).contains(&ours), "{:?}", contracts(&world));
    world.import("ashmere", "gamma.csv", b"System,Contract ref\nPayments,C-1\n");
    assert!(contracts(&world).contains(&ours), "{:?}", contracts(&world));
}

#[test]
fn a_contract_that_lost_its_reference_and_one_that_the_list_dropped_are_two() {
    let world = World::new();
    let heading = "Contract reference,Contract title,Systems covered,Contract end\n";
    world.import("ashmere", "agreements.csv", format!("{heading}C2,Deal one,Delta,2029-01-01\n").as_bytes());
    world.import("ashmere", "apps.csv", b"System,Contract reference\nBeta,\nDelta,C2\n");
    let second = format!("{heading},Deal one,Beta,2028-01-01\n");
    let list = world.bring("ashmere", "agreements-v2.csv", second.as_bytes());
    let end = |told: serde_json::Value| told["changed"][0]["changes"][1]["then"].clone();
    assert_eq!(end(world.preview(&list)), "2028-01-01");
    world.apply(&list, &[]).redirect();
    assert_eq!(contracts(&world), ["Beta |  | Deal one | 2028-01-01", "Delta | C2 | Deal one | 2029-01-01"]);
}
