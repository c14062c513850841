//! An organisation comes from another copy: the same estate, history and answers as there, or nothing at all.

use std::fs;

use serde_json::Value;
use store::{Transaction, values};

use crate::browser::Browser;
use crate::leaving::parts;
use crate::place::{Place, demo};
use crate::program::commonhold;

/// A council with an estate, a second list and an undone change, on a copy whose shared list has what no other has.
fn home() -> Place {
    let place = Place::with_people();
    place.run(&["import", "estate", &demo("ashmere-systems.xlsx"), "--organisation", "ashmere"]).with(0);
    place.run(&["import", "estate", &demo("dunmoor.csv"), "--organisation", "dunmoor"]).with(0);
    place
}

fn taken(place: &Place) -> String {
    let file = place.folder().join("ashmere.organisation.gz").display().to_string();
    place.run(&["organisation", "take", "ashmere", &file]).with(0);
    file
}

fn one(place: &Place, sql: &'static str) -> String {
    place.open(|store| {
        store
            .read_blocking(move |tx| tx.query_one(sql, &[], |row| row.text(0)))
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    })
}

fn write(place: &Place, change: impl Fn(&mut Transaction<'_>) -> Result<(), store::Error> + Send + 'static) {
    place.open(|store| store.write_blocking(change).unwrap());
}

/// What the steward of Ashmere is answered by each page as data, having signed in by this link.
fn answers(place: &Place, link: &str, system: &str) -> Vec<(String, Value)> {
    let contract = one(place, "SELECT MIN(id) FROM contract WHERE organisation = 'ashmere'");
    let import = one(place, "SELECT MIN(id) FROM import WHERE organisation = 'ashmere'");
    let serving = place.serve(&["serve"]);
    let mut browser = Browser::new(&serving.address);
    assert_eq!(browser.post(&link[link.find("/invitations/").unwrap()..], &[]).status, 303);
    assert!(browser.get("/account").body.contains("Ashmere estate steward"));
    let paths = [
        "/organisations/ashmere/systems.json".to_owned(),
        "/organisations/ashmere/systems.csv".to_owned(),
        "/organisations/ashmere/contracts.json".to_owned(),
        "/organisations/ashmere/estate.json".to_owned(),
        "/organisations/ashmere/map.json".to_owned(),
        "/organisations/ashmere/history.json".to_owned(),
        "/organisations/ashmere/imports.json".to_owned(),
        "/organisations/ashmere/matches.json".to_owned(),
        format!("/organisations/ashmere/imports/{import}.json"),
        format!("/systems/{system}.json"),
        format!("/contracts/{contract}.json"),
        "/search.json?q=route+planning".to_owned(),
    ];
    let found = paths.into_iter().map(|path| {
        let seen = browser.get(&path);
        assert_eq!(seen.status, 200, "{path}: {}", seen.body);
        let value = serde_json::from_str(&seen.body).unwrap_or(Value::String(seen.body));
        (path, value)
    });
    let found = found.collect();
    serving.stop().with(0);
    found
}

const STEWARD: &str = "estate.steward@ashmere.example";

#[test]
fn pages_answer_the_same_as_where_it_comes_from_and_doctor_finds_all_well() {
    let place = home();
    let file = taken(&place);
    let other = Place::new();
    let trial = other.run(&["organisation", "bring", &file, "--dry-run", "--json"]).with(0).json();
    assert_eq!((&trial["dry_run"], &trial["organisation"]), (&true.into(), &"ashmere".into()));
    assert!(trial["products_known"].as_u64().unwrap() > 10, "{trial}");
    let is_empty = "SELECT CAST(COUNT(*) AS TEXT) FROM organisation WHERE id = 'ashmere'";
    assert_eq!(one(&other, is_empty), "0", "a trial writes nothing");
    let brought = other.run(&["organisation", "bring", &file, "--json"]).with(0).json();
    assert_eq!(brought["manifest"], trial["manifest"]);
    assert_eq!(other.run(&["doctor", "--json"]).with(0).json()["findings"], serde_json::json!([]));
    // Nobody is signed in, and nobody acts for it until they accept.
    for nobody in ["SELECT CAST(COUNT(*) AS TEXT) FROM session", "SELECT CAST(COUNT(*) AS TEXT) FROM membership"] {
        assert_eq!(one(&other, nobody), "0");
    }
    let invited = brought["invited"].as_array().unwrap();
    let role = |email: &str| invited.iter().find(|guest| guest["email"] == email).unwrap()["role"].clone();
    assert_eq!((role(STEWARD), role("auditor@ashmere.example")), ("steward".into(), "member".into()));
    let link = invited.iter().find(|guest| guest["email"] == STEWARD).unwrap()["link"].as_str().unwrap();

    let again = ["invite", STEWARD, "--name", "S", "--role", "steward", "--organisation", "ashmere", "--json"];
    let there = place.run(&again).with(0).json()["link"].as_str().unwrap().to_owned();
    // The page of a system names others that run its product, and no others came along.
    let system = one(
        &place,
        "SELECT MIN(s.id) FROM system AS s WHERE s.organisation = 'ashmere' AND s.contract IS NOT NULL AND NOT EXISTS
            (SELECT 1 FROM system AS o WHERE o.organisation <> s.organisation AND o.product = s.product)",
    );
    let (there, here) = (answers(&place, &there, &system), answers(&other, link, &system));
    for ((path, there), (_, here)) in there.iter().zip(&here) {
        assert_eq!(there, here, "{path}");
    }
    assert!(there.iter().any(|(path, value)| path.ends_with("systems.json") && value.to_string().len() > 5_000));

    // The same again is refused, and so is a second copy of it under whatever circumstances.
    let refused = other.run(&["organisation", "bring", &file, "--json"]).with(1).error();
    assert!(refused["message"].as_str().unwrap().contains("here already"), "{refused}");
    assert!(refused["next"].as_str().is_some());
}

#[test]
fn from_one_engine_to_the_other_and_back_nothing_changes() {
    let place = home();
    let first = taken(&place);
    // A folder is SQLite, whichever engine the tests run on.
    let folder = tempfile::tempdir().unwrap();
    let second = folder.path().join("second.organisation.gz").display().to_string();
    commonhold(folder.path(), &["organisation", "bring", &first, "--data", "data"]).with(0);
    commonhold(folder.path(), &["organisation", "take", "ashmere", &second, "--data", "data"]).with(0);
    let back = Place::new();
    back.run(&["organisation", "bring", &second]).with(0);
    let third = taken(&back);
    let files = [first, second, third].map(|file| parts(&file));
    let (own, grows) = (["statement", "change", "private_text", "import", "product", "system", "contract"], ["event"]);
    for part in own {
        assert!(!files[0][part].is_empty(), "{part}");
    }
    for belonging in server::belongings() {
        // Registered anew: the same but for the moment. The head follows the events.
        if ["thing", "event_head"].contains(&belonging.table) || !files[0].contains_key(belonging.table) {
            continue;
        }
        for later in &files[1..] {
            let (was, is) = (&files[0][belonging.table], &later[belonging.table]);
            match grows.contains(&belonging.table) {
                true => assert!(is.starts_with(was) && is.len() > was.len(), "events come first as they were"),
                false if belonging.table == "person" => assert!(is.is_empty(), "nobody has accepted"),
                false => assert_eq!(was, is, "{}", belonging.table),
            }
        }
    }
    assert_eq!(files[2]["invited"].len(), files[0]["person"].len(), "everybody is invited, and asked once");
}

#[test]
fn what_all_share_is_found_by_id_then_by_name_and_else_becomes_its_own() {
    let place = home();
    // The first copy lists two products that no other copy has under their ids: one of a name that others know.
    let known = one(
        &place,
        "SELECT MIN(s.product) FROM system s WHERE s.organisation = 'ashmere' AND s.product_organisation = ''",
    );
    let unknown = one(
        &place,
        "SELECT MAX(s.product) FROM system s WHERE s.organisation = 'ashmere' AND s.product_organisation = ''",
    );
    assert_ne!(known, unknown);
    let (by_name, alone) = (known.clone(), unknown.clone());
    write(&place, move |tx| {
        for (was, is) in [(&by_name, "renamed-here"), (&alone, "only-here")] {
            for (table, column) in [("product", "id"), ("product_name", "product"), ("product_element", "product")] {
                let sql = format!("UPDATE {table} SET {column} = $2 WHERE organisation = '' AND {column} = $1");
                tx.execute(&sql, &values![was, is])?;
            }
            let (before, after) =
                (format!("{{\"product\":[\"\",\"{was}\"]}}"), format!("{{\"product\":[\"\",\"{is}\"]}}"));
            tx.execute("UPDATE statement SET value = $2 WHERE value = $1", &values![before, after])?;
            for (table, column) in [("import_row", "product"), ("name_match", "target"), ("name_conclusion", "target")]
            {
                let sql = format!("UPDATE {table} SET {column} = $2 WHERE {column} = $1");
                tx.execute(&sql, &values![was, is])?;
            }
        }
        tx.execute("DELETE FROM product_name WHERE organisation = '' AND product = 'only-here'", &[])?;
        tx.execute(
            "UPDATE product SET name = 'Homegrown Ledger', name_folded = 'homegrown ledger' WHERE id = 'only-here'",
            &[],
        )?;
        tx.execute(
            "INSERT INTO product_name (organisation, folded, product, name, kind) VALUES ('', 'homegrown ledger', 'only-here', 'Homegrown Ledger', 'name')",
            &[],
        )?;
        Ok(())
    });
    place.run(&["doctor", "--rebuild"]).with(0);
    let file = taken(&place);
    let other = Place::new();
    let brought = other.run(&["organisation", "bring", &file, "--json"]).with(0).json();
    assert_eq!(brought["products_by_name"], serde_json::json!([["renamed-here", known]]));
    assert_eq!(brought["products_own"], serde_json::json!(["Homegrown Ledger"]));
    assert_eq!(other.run(&["doctor", "--json"]).with(0).json()["findings"], serde_json::json!([]));
    let own = "SELECT MIN(s.product_organisation || '/' || s.product || '/' || p.visibility) FROM system s \
               JOIN product p ON p.organisation = s.product_organisation AND p.id = s.product WHERE s.product = 'only-here'";
    assert_eq!(one(&other, own), "ashmere/only-here/own");
    let mapped = format!("SELECT COUNT(*) FROM system WHERE product_organisation = '' AND product = '{known}'");
    let systems =
        other.open(|store| store.read_blocking(move |tx| tx.query_one(&mapped, &[], |row| row.integer(0))).unwrap());
    assert!(systems > 0);
}

#[test]
fn what_clashes_or_is_damaged_is_refused_and_nothing_is_written() {
    let place = home();
    let file = taken(&place);
    let refused = |other: &Place, file: &str, what: &str| {
        let before = other.rows();
        let error = other.run(&["organisation", "bring", file, "--json"]).with(1).error();
        assert!(error["message"].as_str().unwrap().contains(what), "{what}: {error}");
        assert!(error["next"].as_str().is_some(), "{error}");
        assert_eq!(other.rows(), before, "{what}");
    };
    let other = Place::new();
    other.run(&["import", "organisations", &demo("organisations.csv")]).with(0);
    let bytes = fs::read(&file).unwrap();
    for at in [60, bytes.len() / 3, bytes.len() / 2, bytes.len() - 150] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 4;
        refused(&other, &other.file("damaged.gz", &damaged), "is damaged");
    }
    refused(&other, &other.file("short.gz", &bytes[..bytes.len() / 2]), "is damaged");
    refused(&other, &demo("people.csv"), "no file of an organisation");

    // The identifier is another body's here, then the code is.
    let lists = |id: &str, code: &str| {
        format!("id,code,name,kind,participating,about\n{id},{code},Ashmere Parish Meeting,council,yes,\n")
    };
    let code = one(&place, "SELECT code FROM organisation WHERE id = 'ashmere'");
    let taken_id = Place::new();
    let list = taken_id.file("other.csv", lists("ashmere", "E99999999"));
    taken_id.run(&["import", "organisations", &list]).with(0);
    refused(&taken_id, &file, "Ashmere Parish Meeting here");
    let taken_code = Place::new();
    let list = taken_code.file("other.csv", lists("parish", &code));
    taken_code.run(&["import", "organisations", &list]).with(0);
    refused(&taken_code, &file, "The code");
    // Somebody acts for it here already.
    let has_people = Place::with_people();
    refused(&has_people, &file, "here already");
    // Only listed here, it is taken over.
    other.run(&["organisation", "bring", &file]).with(0);
    assert_eq!(other.run(&["doctor", "--json"]).with(0).json()["findings"], serde_json::json!([]));

    // A file that says one thing of another organisation, sealed again by whoever has the database, is not sound.
    write(&place, |tx| {
        tx.execute(
            "UPDATE event SET bytes = $1 WHERE organisation = 'ashmere' AND sequence = 1",
            &values![b"{}".to_vec()],
        )?;
        Ok(())
    });
    fs::remove_file(&file).unwrap();
    refused(&Place::with_reference(), &taken(&place), "does not agree with itself");
}
