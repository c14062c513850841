//! An organisation takes along what is its own: all of it, and nothing of another's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use ledger::Owner;
use server::leaving::FILE;
use store::backup::{Found, Refused, read_parts};
use store::{Transaction, values};

use crate::place::{Place, demo};

/// Tables with a column that names an organisation and whose rows are not that organisation's, and why.
const NOT_ITS_OWN: [(&str, &str); 5] = [
    ("organisation_left", "the tombstone is all that stays, for everybody to see"),
    ("sign_in_link", "the person's: it says by whose domain it is good"),
    ("session", "the person's: it says for whom they act just now"),
    ("erasure", "it stays, so that a restored backup erases again"),
    ("organisation_merge", "suppliers that were recorded twice are reference data"),
];

#[test]
fn every_table_says_whose_its_rows_are() {
    let store = testing::store(&server::migrations());
    let tables = store.read_blocking(store::tables).unwrap();
    let declared = server::belongings();
    let mut named: Vec<&str> = declared.iter().map(|belonging| belonging.table).collect();
    named.sort_unstable();
    let known: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(named, known, "declare in belonging.rs of the subject whose the rows of each table are, once");
    for table in &tables {
        let belonging = declared.iter().find(|belonging| belonging.table == table.name).unwrap();
        let has = |name: &str| table.columns.iter().any(|column| column.name == name);
        match belonging.column() {
            Some(column) => assert!(has(column), "{} has no column {column}", table.name),
            None => {
                let excepted = NOT_ITS_OWN.iter().any(|(name, _)| *name == table.name);
                assert_eq!(
                    has("organisation"),
                    excepted,
                    "{} names an organisation: are its rows its own?",
                    table.name
                );
            }
        }
    }
}

/// Two councils with what their files say and people do, and secrets of each in every table that could hold some.
fn county() -> Place {
    let place = Place::with_people();
    place.run(&["import", "estate", &demo("ashmere-systems.xlsx"), "--organisation", "ashmere"]).with(0);
    place.run(&["import", "estate", &demo("dunmoor.csv"), "--organisation", "dunmoor"]).with(0);
    place.open(|store| {
        let plant = |tx: &mut Transaction<'_>| {
            for of in ["ashmere", "dunmoor"] {
                let secret = format!("Secret of {of}");
                let person = format!("SELECT id FROM person WHERE email LIKE '%@{of}.example' ORDER BY id LIMIT 1");
                let person = tx.query_one(&person, &[], |row| row.text(0))?;
                tx.execute(
                    "INSERT INTO private_text (organisation, id, text) VALUES ($1, $2, $2)",
                    &values![of, &secret],
                )?;
                tx.execute(
                    "INSERT INTO comparison (organisation, id, name, visibility, made_at) \
                     VALUES ($1, $1, $2, 'own', '2026-03-03T10:14:00Z')",
                    &values![of, &secret],
                )?;
                tx.execute(
                    "INSERT INTO invitation (organisation, id, token, email, name, role, made_at, sent_at, expires_at) \
                     VALUES ($1, $1, $2, $3, $4, 'editor', 1, 1, 2)",
                    &values![of, b"hash of a token".to_vec(), format!("secret@{of}.example"), &secret],
                )?;
                tx.execute(
                    "INSERT INTO feed (organisation, id, token, person, sees, filters, made_at) \
                     VALUES ($1, 'f', $2, $3, 'own', '', 1)",
                    &values![of, b"hash of a token".to_vec(), &person],
                )?;
                tx.execute(
                    "INSERT INTO thing (organisation, address, kind, title, folded, summary, visibility, also, put_at) \
                     VALUES ($1, $2, 'system', $3, 'secret', '', 'own', '[]', 1)",
                    &values![of, format!("/systems/secret-of-{of}"), &secret],
                )?;
            }
            let ends = [("ashmere", "dunmoor", 1), ("dunmoor", "ashmere", 0)];
            for (here, there, outward) in ends {
                tx.execute(
                    "INSERT INTO link (organisation, here, relation, there, outward, there_organisation, said_at) \
                     VALUES ($1, $2, 'about', $3, $4, $5, 1)",
                    &values![
                        here,
                        format!("/systems/secret-of-{here}"),
                        format!("/systems/secret-of-{there}"),
                        outward,
                        there
                    ],
                )?;
            }
            Ok::<_, store::Error>(())
        };
        store.write_blocking(plant).unwrap();
    });
    place
}

/// The lines of each part of a file that is whole.
pub fn parts(file: &str) -> BTreeMap<String, Vec<String>> {
    read(file).unwrap()
}

fn read(file: &str) -> Result<BTreeMap<String, Vec<String>>, Refused> {
    let mut parts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let manifest = read_parts(Path::new(file), FILE, |found| {
        match found {
            Found::Table(table) => drop(parts.insert(table.name.clone(), Vec::new())),
            Found::Row { table, line, .. } => {
                parts.get_mut(&table.name).unwrap().push(String::from_utf8(line.to_vec()).unwrap());
            }
        }
        Ok(())
    })?;
    assert_eq!(manifest.of.as_deref(), Some("ashmere"));
    for counted in &manifest.tables {
        assert_eq!(parts[&counted.table].len() as u64, counted.rows, "{}", counted.table);
    }
    Ok(parts)
}

fn taken(place: &Place, name: &str) -> String {
    let file = place.folder().join(name).display().to_string();
    place.run(&["organisation", "take", "ashmere", &file]).with(0);
    file
}

#[test]
fn everything_of_its_own_goes_along_and_nothing_of_anothers() {
    let place = county();
    let file = taken(&place, "ashmere.organisation.gz");
    let parts = read(&file).unwrap();
    for (table, to) in server::belongings().into_iter().map(|belonging| (belonging.table, belonging.to)) {
        let goes = matches!(to, Owner::Organisation(_) | Owner::ToRead(_));
        assert_eq!(parts.contains_key(table) && table != "person", goes, "{table}");
    }
    // To the row: as many as the database has under its name.
    let counts = place.open(|store| {
        let count = |tx: &mut Transaction<'_>| {
            let mut counts = BTreeMap::new();
            for (table, column) in server::belongings().iter().filter_map(|one| Some((one.table, one.column()?))) {
                let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} = 'ashmere'");
                counts.insert(table, tx.query_one(&sql, &[], |row| row.integer(0))? as usize);
            }
            Ok::<_, store::Error>(counts)
        };
        store.read_blocking(count).unwrap()
    });
    for (part, lines) in &parts {
        match counts.get(part.as_str()) {
            Some(count) if part != "link" => assert_eq!(lines.len(), *count, "{part}"),
            _ => {}
        }
    }
    let must: [&str; 6] = ["system", "statement", "event", "private_text", "import", "change"];
    assert!(must.iter().all(|part| !parts[*part].is_empty()), "{parts:?}");
    // The link to what only another sees is not even told; nor is anything else of theirs, nor what lets anybody in.
    assert!(parts["link"].is_empty());
    let all: String = parts.values().flatten().cloned().collect();
    assert!(all.contains("Secret of ashmere") && all.contains("secret@ashmere.example"));
    for others in ["Secret of dunmoor", "secret@dunmoor.example", "@dunmoor.example", "secret-of-dunmoor"] {
        assert!(!all.contains(others), "{others}");
    }
    let base64_of_the_hash = "aGFzaCBvZiBhIHRva2Vu";
    assert!(!all.contains(base64_of_the_hash));
    // Everybody who acts for it is there with address and role, and nobody else.
    let people: BTreeSet<&str> = parts["person"].iter().filter_map(|line| line.split('"').nth(3)).collect();
    assert!(people.len() > 1 && people.iter().all(|email| email.ends_with("@ashmere.example")), "{people:?}");
    // Products of the shared list are described, by id and name.
    assert!(!parts["named_product"].is_empty() && !parts["named_organisation"].is_empty());

    // The same again has the same parts, whatever happened elsewhere.
    place.run(&["import", "estate", &demo("brackford_apps_v3 FINAL.csv"), "--organisation", "brackford"]).with(0);
    let again = read(&taken(&place, "again.organisation.gz")).unwrap();
    assert!(again == parts, "what others do changes nothing");
}

#[test]
fn a_flipped_byte_is_refused_and_its_part_named() {
    let place = county();
    let file = taken(&place, "ashmere.organisation.gz");
    let refused = place.run(&["organisation", "take", "ashmere", &file, "--json"]).with(1).error();
    assert!(refused["message"].as_str().unwrap().contains("never written over"), "{refused}");
    let nobody = place.run(&["organisation", "take", "atlantis", "nowhere.gz", "--json"]).with(1).error();
    assert!(nobody["message"].as_str().unwrap().contains("atlantis"), "{nobody}");
    let bytes = fs::read(&file).unwrap();
    let mut named = BTreeSet::new();
    for at in (40..bytes.len()).step_by(bytes.len() / 40) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        let path = place.file("damaged.gz", &damaged);
        let refused = read(&path).unwrap_err().to_string();
        assert!(refused.contains("is damaged"), "byte {at}: {refused}");
        named.extend(refused.split("table ").nth(1).map(|rest| rest.split([' ', ',']).next().unwrap().to_owned()));
    }
    assert!(named.len() > 3 && named.contains("statement"), "parts are told apart: {named:?}");
    // A backup is no such file, and the other way about.
    let backup = place.folder().join("one.backup.gz").display().to_string();
    place.run(&["backup", &backup]).with(0);
    assert!(read(&backup).unwrap_err().to_string().contains("is no file of an organisation"));
    let error = place.run(&["backup", "--verify", &file, "--json"]).with(1).error();
    assert!(error["message"].as_str().unwrap().contains("is no backup"), "{error}");
}
