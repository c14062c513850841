//! `commonhold import`: what goes in, what is told, and that a file that is refused leaves nothing behind.

use std::fs;

use serde_json::{Value, json};

use crate::place::{Place, demo};

/// A list as a council might keep it: one good row, one with a problem.
const LIST: &str = "System,Supplier,Product,Contract end,Annual cost\n\
    Planning,Idox,Idox Uniform,31/03/2027,\"£12,500\"\n\
    Bin rounds,Oakware,RoundMaster,circa 2027,12.5k\n";

#[test]
fn a_copy_is_filled_in_three_steps() {
    let place = Place::new();
    let counts = place.run(&["import", "organisations", &demo("organisations.csv"), "--json"]).with(0).json();
    assert_eq!(counts, json!({ "organisations": { "read": 12, "new": 12, "changed": 0, "unchanged": 0 } }));
    let counts = place.run(&["import", "people", &demo("people.csv"), "--json"]).with(0).json();
    assert_eq!(counts, json!({ "people": { "read": 28, "new": 28, "changed": 0, "unchanged": 0 } }));
    let file = place.file("systems.csv", LIST);
    // By the code of the register of councils, and by the short name used here.
    let dry =
        place.run(&["import", "estate", &file, "--organisation", "X06000001", "--json", "--dry-run"]).with(0).json();
    let told = place.run(&["import", "estate", &file, "--organisation", "ashmere", "--json"]).with(0).json();

    assert_eq!(told["organisation"], json!({ "id": "ashmere", "name": "Ashmere Borough Council" }));
    assert_eq!(told["systems"], json!({ "read": 2, "new": 2, "changed": 0, "unchanged": 0, "missing": 0 }));
    assert_eq!(told["header_row"], 1);
    let fields: Vec<&str> = told["columns"].as_array().unwrap().iter().map(|c| c["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["name", "supplier", "product", "contract_end", "annual_cost"]);
    let problem =
        &told["problems"].as_array().unwrap().iter().find(|problem| problem["column"] == "D").unwrap().clone();
    assert_eq!((&problem["row"], &problem["heading"]), (&json!(3), &json!("Contract end")));
    assert!(problem["next_step"].as_str().is_some_and(|step| !step.is_empty()), "{problem}");
    assert!(told["import"].as_str().unwrap().starts_with("/organisations/ashmere/imports/"));

    // A look and the real thing tell the same, but for what a look does not have.
    let same = |value: &Value| {
        let mut value = value.clone();
        let object = value.as_object_mut().unwrap();
        object.remove("import");
        object.remove("dry_run");
        object.remove("summary");
        value
    };
    assert_eq!(same(&dry), same(&told));
    assert_eq!((&dry["dry_run"], &dry["import"]), (&json!(true), &Value::Null));
    assert_eq!(dry["summary"], Value::Null);
    assert_eq!(told["summary"]["not_understood"][0]["example"], "\"circa 2027\" in row 3");

    // People are told the same words, and where to go on.
    let again = place.run(&["import", "estate", &file, "--organisation", "ashmere"]).with(0).stdout;
    assert!(again.contains("systems.csv describes 2 systems, all just as we had them."), "{again}");
    assert!(again.contains("  2. Say what 1 new product name means. "), "{again}");
    assert!(again.contains("  3. Look at 1 system without a place on the LGAM. "), "{again}");
}

#[test]
fn a_list_is_the_same_one_however_its_name_is_typed() {
    let place = Place::with_people();
    let file = place.file("systems.csv", LIST);
    let import = |source: &str| {
        place.run(&["import", "estate", &file, "--organisation", "ashmere", "--source", source, "--json"])
    };
    assert_eq!(import("Line-of-business  APPS").with(0).json()["source"], "line of business apps");
    assert_eq!(import("line of business apps").with(0).json()["systems"]["unchanged"], 2);
    let before = place.rows();
    for bad in ["*", " ", &"long ".repeat(40)] {
        assert!(import(bad).with(2).error()["message"].as_str().unwrap().contains("--source"), "{bad}");
    }
    assert_eq!(place.rows(), before);
}

/// A small frame of a council's own.
const FRAME: &str = r#"
[frame]
id = "ours"
version = "1"
name = "Our capabilities"
abbreviation = "OC"
attribution = ""
source = "a test"
[[layer]]
id = "front"
name = "Front"
order = 1
meaning = "What people meet."
[[element]]
id = "greeting"
layer = "front"
name = "Greeting visitors"
order = 1
meaning = "Saying hello."
[[element]]
id = "parting"
layer = "front"
name = "Parting"
order = 2
meaning = "Saying goodbye."
"#;

#[test]
fn a_list_of_contracts_joins_the_systems_that_are_there() {
    let place = Place::with_people();
    let contracts = place.file(
        "contracts.csv",
        "Contract ref,Title,Supplier,End date,Systems covered\nC-1,Waste,Oakware,31/03/2030,Bin rounds\nC-9,Windows,Mop,31/03/2028,\n",
    );
    let bring = |file: &str, more: &[&str]| {
        place.run(&[&["import", "estate", file, "--organisation", "ashmere", "--json"], more].concat()).with(0).json()
    };
    bring(&place.file("systems.csv", LIST), &[]);
    let dry = bring(&contracts, &["--dry-run"]);
    let told = bring(&contracts, &[]);
    for told in [&dry, &told] {
        assert_eq!(told["systems"], json!({ "read": 1, "new": 0, "changed": 1, "unchanged": 0, "missing": 0 }));
        let left: Vec<&Value> =
            told["problems"].as_array().unwrap().iter().filter(|one| one["code"] == "contract_of_no_system").collect();
        assert_eq!((left.len(), &left[0]["row"]), (1, &json!(3)), "{told:#}");
    }
    let said = told["summary"]["understood"][0].as_str().unwrap();
    assert_eq!(
        said,
        "contracts.csv is a list of contracts. It tells of 1 system's contract: 1 changed, 0 as we had it."
    );
    assert_eq!(bring(&contracts, &[])["systems"]["unchanged"], 1);
}

#[test]
fn a_frame_stands_beside_the_model_and_is_replaced_by_its_next_version() {
    let place = Place::with_people();
    let told = place.run(&["import", "frame", &place.file("ours.toml", FRAME), "--json"]).with(0).json();
    assert_eq!(told, json!({ "frame": "Our capabilities", "elements": 2 }));
    let shorter = FRAME.split("[[element]]\nid = \"parting\"").next().unwrap();
    let told = place.run(&["import", "frame", &place.file("ours.toml", shorter), "--json"]).with(0).json();
    assert_eq!(told["elements"], 1);
    // The element that went left a tombstone, and things agree with tables.
    place.run(&["doctor"]).with(0);

    let before = place.rows();
    let twice = format!("{FRAME}\n[[layer]]\nid = \"front\"\nname = \"Again\"\norder = 2\nmeaning = \"\"\n");
    for (bad, said) in [
        (FRAME.replacen("layer = \"front\"", "layer = \"back\"", 1), "\"back\", which is not there"),
        (FRAME.replacen("id = \"ours\"", "id = \"lgam\"", 1), "part of the program"),
        (twice, "\"front\" is there twice"),
        ("colour = 1".to_owned(), "cannot be read"),
    ] {
        let error = place.run(&["import", "frame", &place.file("bad.toml", &bad), "--json"]).with(1).error();
        assert!(error["message"].as_str().unwrap().contains(said), "{error}");
    }
    assert_eq!(place.rows(), before);
}

#[test]
fn the_same_files_again_change_nothing() {
    let place = Place::with_people();
    let file = place.file("systems.csv", LIST);
    place.run(&["import", "estate", &file, "--organisation", "ashmere"]).with(0);
    let before = place.rows();
    let again = place.run(&["import", "estate", &file, "--organisation", "ashmere", "--json"]).with(0).json();
    assert_eq!(again["systems"], json!({ "read": 2, "new": 0, "changed": 0, "unchanged": 2, "missing": 0 }));
    let people = place.run(&["import", "people", &demo("people.csv"), "--json"]).with(0).json();
    assert_eq!(people["people"]["unchanged"], 28);
    let organisations = place.run(&["import", "organisations", &demo("organisations.csv"), "--json"]).with(0).json();
    assert_eq!(organisations["organisations"]["unchanged"], 12);
    for table in ["statement", "change", "system", "organisation", "person", "membership"] {
        assert_eq!(place.rows()[table], before[table], "{table}");
    }

    // The next version of the list: one changed, one gone, one new.
    let next = LIST.replace("31/03/2027", "31/03/2028").replace("Bin rounds", "Bulky waste");
    let file = place.file("systems v2.csv", next);
    let told = place.run(&["import", "estate", &file, "--organisation", "ashmere", "--json"]).with(0).json();
    assert_eq!(told["systems"], json!({ "read": 2, "new": 1, "changed": 1, "unchanged": 0, "missing": 1 }));
    assert_eq!(told["missing"][0]["name"], "Bin rounds");
    let text = place.run(&["import", "estate", &file, "--organisation", "ashmere", "--dry-run"]).with(0).stdout;
    assert!(text.contains("1 system of this list is not in the file any more, and stays as it is:"), "{text}");
    assert!(text.contains("Nothing was written."), "{text}");
}

#[test]
fn a_look_writes_nothing() {
    let place = Place::with_people();
    let before = place.rows();
    let file = place.file("systems.csv", LIST);
    let ended = place.run(&["import", "estate", &file, "--organisation", "ashmere", "--dry-run"]).with(0);
    assert!(ended.stdout.contains("2 systems: 2 new, 0 changed, 0 as they were"), "{}", ended.stdout);
    assert_eq!(place.rows(), before);
}

#[test]
fn what_is_refused_leaves_nothing_behind() {
    let place = Place::with_people();
    let before = place.rows();
    let workbook = fs::read(demo("ashmere-systems.xlsx")).unwrap();
    let cut = place.file("cut.xlsx", &workbook[..workbook.len() / 2]);
    let nul = place.file("nul.csv", LIST.replace("Planning", "Plan\0ning"));
    let prose = place.file("letter.csv", "Dear colleague\n\nplease find nothing attached\n");
    let headings_only = place.file("empty.csv", LIST.lines().next().unwrap());
    let picture = place.file("picture.xlsx", b"\x89PNG\r\n\x1a\n");
    for file in [&cut, &nul, &prose, &headings_only, &picture] {
        let error = place.run(&["import", "estate", file, "--organisation", "ashmere", "--json"]).with(1).error();
        assert_eq!(error["kind"], "refused", "{error}");
        assert!(error["next"].as_str().is_some_and(|next| !next.is_empty()), "{error}");
    }
    let bad = place.file(
        "organisations.csv",
        "id,code,name,kind,participating,about\nnew,,New,council,yes,\nBAD,,,council,maybe,\n",
    );
    let error = place.run(&["import", "organisations", &bad, "--json"]).with(1).error();
    let places: Vec<_> =
        error["problems"].as_array().unwrap().iter().map(|p| (p["line"].clone(), p["column"].clone())).collect();
    assert_eq!(places[0], (json!(3), json!("id")), "{error}");
    let taken = place.file("taken.csv", "id,code,name,kind,participating,about\nother,X06000001,Other,council,yes,\n");
    let error = place.run(&["import", "organisations", &taken, "--json"]).with(1).error();
    assert!(error["message"].as_str().unwrap().contains("\"ashmere\""), "{error}");
    let stranger = place.file(
        "people.csv",
        "email,name,organisation,role\na@b.example,A,ashmere,editor\nc@b.example,C,nowhere,editor\n",
    );
    let error = place.run(&["import", "people", &stranger, "--json"]).with(1).error();
    assert!(error["message"].as_str().unwrap().contains("\"nowhere\""), "{error}");
    assert_eq!(place.rows(), before);
}

#[test]
fn an_unknown_organisation_and_a_missing_file_are_told_apart() {
    let place = Place::with_people();
    let file = place.file("systems.csv", LIST);
    let error = place.run(&["import", "estate", &file, "--organisation", "E99999999", "--json"]).with(1).error();
    assert!(error["message"].as_str().unwrap().contains("\"E99999999\""), "{error}");
    assert!(error["next"].as_str().unwrap().contains("import organisations"), "{error}");
    let error = place.run(&["import", "estate", "nowhere.csv", "--organisation", "ashmere", "--json"]).with(3).error();
    assert_eq!(error["message"], "Cannot read nowhere.csv: it does not exist.");
    let folder = place.folder().display().to_string();
    let error = place.run(&["import", "estate", &folder, "--organisation", "ashmere", "--json"]).with(3).error();
    assert!(error["message"].as_str().unwrap().ends_with("it is a folder."), "{error}");
}

#[test]
fn an_estate_is_not_brought_into_a_folder_without_data() {
    let place = Place::new();
    let file = place.file("systems.csv", LIST);
    let arguments = ["import", "estate", &file, "--organisation", "ashmere", "--data", "typing-error", "--json"];
    let error = crate::program::commonhold(place.folder(), &arguments).with(3).error();
    assert!(error["message"].as_str().unwrap().contains("typing-error"), "{error}");
    assert!(!place.folder().join("typing-error").exists(), "a mistyped folder is not made");
}
