//! An organisation leaves: nothing of it stays but a tombstone, nothing of others breaks, and no backup brings it back.

use std::fs;
use std::path::Path;

use store::{ColumnKind, Transaction, values};

use crate::browser::Browser;
use crate::leaving::parts;
use crate::place::{Place, demo};

/// Ashmere uses a system of Dunmoor's and is compared by it.
fn county() -> Place {
    let place = Place::with_people();
    place.run(&["import", "estate", &demo("ashmere-systems.xlsx"), "--organisation", "ashmere"]).with(0);
    place.run(&["import", "estate", &demo("dunmoor.csv"), "--organisation", "dunmoor"]).with(0);
    write(&place, |tx| {
        tx.execute("UPDATE estate SET visibility = 'public' WHERE organisation IN ('ashmere', 'dunmoor')", &[])?;
        let system = "SELECT MIN(id) FROM system WHERE organisation = 'dunmoor'";
        let system = tx.query_one(system, &[], |row| row.text(0))?;
        let change = "SELECT MAX(number) FROM change WHERE organisation = 'dunmoor'";
        let change = tx.query_one(change, &[], |row| row.integer(0))?;
        let position = "SELECT MAX(position) + 1 FROM statement WHERE organisation = 'dunmoor' AND change = $1";
        let position = tx.query_one(position, &values![change], |row| row.integer(0))?;
        tx.execute(
            "INSERT INTO statement (organisation, change, position, subject_kind, subject, attribute, value, source, confidence, as_of) \
             VALUES ('dunmoor', $1, $2, 'system', $3, 'used_by', '{\"organisations\":[\"ashmere\"]}', 'by hand', 'reported', '2026-03-03')",
            &values![change, position, &system],
        )?;
        tx.execute(
            "INSERT INTO comparison (organisation, id, name, visibility, made_at) \
             VALUES ('dunmoor', '018f0000-0000-7000-8000-000000000101', 'Us and Ashmere', 'members', '2026-03-03T10:14:00Z')",
            &[],
        )?;
        for (position, compared) in ["dunmoor", "ashmere"].iter().enumerate() {
            tx.execute(
                "INSERT INTO comparison_organisation (organisation, comparison, position, compared) \
                 VALUES ('dunmoor', '018f0000-0000-7000-8000-000000000101', $1, $2)",
                &values![position, *compared],
            )?;
        }
        tx.execute(
            "INSERT INTO private_text (organisation, id, text) VALUES ('ashmere', 'p', 'Zyxomma petiolatum')",
            &[],
        )?;
        Ok(())
    });
    place.run(&["doctor", "--rebuild"]).with(0);
    place
}

fn write(place: &Place, change: impl Fn(&mut Transaction<'_>) -> Result<(), store::Error> + Send + 'static) {
    place.open(|store| store.write_blocking(change).unwrap());
}

/// Every table that still has a row of Ashmere's own, and how many.
fn remains(place: &Place) -> Vec<(&'static str, i64)> {
    place.open(|store| {
        let count = |tx: &mut Transaction<'_>| {
            let mut found = Vec::new();
            for (table, column) in server::belongings().iter().filter_map(|one| Some((one.table, one.column()?))) {
                let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} = 'ashmere'");
                match tx.query_one(&sql, &[], |row| row.integer(0))? {
                    0 => {}
                    count => found.push((table, count)),
                }
            }
            Ok::<_, store::Error>(found)
        };
        store.read_blocking(count).unwrap()
    })
}

/// Whether a text is anywhere in any column of any table.
fn anywhere(place: &Place, wanted: &'static str) -> Vec<String> {
    place.open(|store| {
        let look = move |tx: &mut Transaction<'_>| {
            let mut found = Vec::new();
            for table in store::tables(tx)? {
                let columns: Vec<String> = table.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
                let sql = format!("SELECT {} FROM \"{}\"", columns.join(", "), table.name);
                tx.each(&sql, &[], |row| {
                    for (at, column) in table.columns.iter().enumerate() {
                        let bytes = match column.kind {
                            ColumnKind::Text => row.optional_text(at)?.map(String::into_bytes),
                            ColumnKind::Bytes => row.optional_bytes(at)?,
                            _ => None,
                        };
                        let holds = bytes
                            .is_some_and(|bytes| bytes.windows(wanted.len()).any(|part| part == wanted.as_bytes()));
                        if holds {
                            found.push(format!("{}.{}", table.name, column.name));
                        }
                    }
                    Ok(())
                })?;
            }
            found.sort();
            found.dedup();
            Ok::<_, store::Error>(found)
        };
        store.read_blocking(look).unwrap()
    })
}

fn all_well(place: &Place) {
    let told = place.run(&["doctor", "--json"]);
    assert_eq!(told.json()["findings"], serde_json::json!([]), "{told:?}");
}

#[test]
fn nothing_stays_but_a_tombstone_and_nothing_of_others_breaks() {
    let place = county();
    assert!(!anywhere(&place, "Zyxomma").is_empty());
    let file = place.folder().join("ashmere.organisation.gz").display().to_string();
    place.run(&["organisation", "take", "ashmere", &file]).with(0);
    let taken = parts(&file);
    let backup = place.folder().join("before.backup.gz").display().to_string();
    place.run(&["backup", &backup]).with(0);
    let left = place.run(&["organisation", "delete", "ashmere", "--now", "--json"]).with(0).json();
    assert_eq!(left["left"]["events"], taken["event"].len());
    let last = taken["event"].last().unwrap();
    assert!(!left["left"]["last_hash"].as_str().unwrap().is_empty() && !last.is_empty());
    assert_eq!(remains(&place), [("thing", 1), ("organisation", 1)]);
    assert_eq!(anywhere(&place, "Zyxomma"), [""; 0]);
    assert_eq!(anywhere(&place, "@ashmere.example"), [""; 0], "those who acted for nobody else have no account");
    all_well(&place);

    let serving = place.serve(&["serve"]);
    let browser = Browser::new(&serving.address);
    for path in ["/organisations/ashmere", "/organisations/ashmere/systems", "/organisations/ashmere/history.json"] {
        let seen = browser.get(path);
        assert_eq!(seen.status, 410, "{path}");
        assert!(seen.body.contains("Ashmere Borough Council left on"), "{path}: {}", seen.body);
        assert!(seen.body.contains(left["left"]["last_hash"].as_str().unwrap()));
    }
    // Lists, counts and search do without it; what Dunmoor says of it names it with the day.
    let list = browser.get("/organisations.json?kind=council").body;
    assert!(!list.contains("\"ashmere\"") && list.contains("\"dunmoor\""), "{list}");
    assert!(!browser.get("/search.json?q=ashmere").body.contains("/organisations/ashmere"));
    let shared = place.open(|store| {
        let sql = "SELECT system FROM system_user WHERE organisation = 'dunmoor' AND used_by = 'ashmere'";
        store.read_blocking(move |tx| tx.query_one(sql, &[], |row| row.text(0))).unwrap()
    });
    let system = browser.get(&format!("/systems/{shared}"));
    assert_eq!(system.status, 200);
    assert!(system.body.contains("Ashmere Borough Council (left on"), "{}", system.body);
    for path in ["/compare?with=ashmere&with=dunmoor", "/map", "/overlaps", "/contracts", "/products"] {
        assert!(browser.get(path).status < 500, "{path}");
    }
    serving.stop().with(0);
    // Nobody is invited to it, and no list brings it back.
    place
        .run(&["invite", "x@ashmere.example", "--name", "X", "--role", "steward", "--organisation", "ashmere"])
        .with(1);
    place.run(&["import", "organisations", &demo("organisations.csv")]).with(0);
    all_well(&place);
    place.run(&["organisation", "delete", "ashmere", "--now"]).with(1);

    // A backup from before does not bring it back either.
    let journal = Path::new(&place.data()).join("erasures.jsonl");
    assert!(fs::read_to_string(&journal).unwrap().contains("\"kind\":\"organisation\""));
    let restored = Place::new();
    let journal = journal.display().to_string();
    restored.run(&["restore", &backup, "--erasures", &journal]).with(0);
    assert_eq!(remains(&restored), [("thing", 1), ("organisation", 1)]);
    assert_eq!(anywhere(&restored, "Zyxomma"), [""; 0]);
    all_well(&restored);

    // It may come back with its file, as it was.
    place.run(&["organisation", "bring", &file]).with(0);
    all_well(&place);
    let again = place.folder().join("again.organisation.gz").display().to_string();
    place.run(&["organisation", "take", "ashmere", &again]).with(0);
    let again = parts(&again);
    for part in ["statement", "private_text", "system", "contract", "organisation", "change"] {
        assert_eq!(again[part], taken[part], "{part}");
    }
}

#[test]
fn a_command_waits_and_can_be_taken_back() {
    let place = county();
    let due = place.run(&["organisation", "delete", "ashmere", "--leave-after", "3", "--json"]).with(0).json();
    assert!(due["due_at"].as_str().is_some(), "{due}");
    let twice = place.run(&["organisation", "delete", "ashmere", "--json"]).with(1).error();
    assert!(twice["message"].as_str().unwrap().contains("confirmed already"), "{twice}");
    assert!(place.run(&["organisation", "delete", "ashmere", "--undo"]).with(0).stdout.contains("stays"));
    assert!(remains(&place).len() > 10);
    all_well(&place);
    // The keeper of the shared list stays until another one is named.
    write(&place, |tx| {
        tx.execute("UPDATE organisation SET keeps_shared_list = NULL", &[])?;
        tx.execute("UPDATE organisation SET keeps_shared_list = 1 WHERE id = 'ashmere'", &[]).map(drop)
    });
    for arguments in [&["organisation", "delete", "ashmere"][..], &["organisation", "delete", "ashmere", "--now"]] {
        let refused = place.run(arguments).with(1);
        assert!(refused.stderr.contains("keeps the list of products"), "{refused:?}");
    }
    assert!(remains(&place).len() > 10);
}
