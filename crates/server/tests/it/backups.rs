//! Backups as an operator takes and restores them: whole, identical, and without what must not come back.

use std::fs;
use std::path::{Path, PathBuf};

use architecture::statement::store::erase_private;
use jiff::SignedDuration;
use serde_json::Value;
use server::scheduled::Scheduled;
use server::{Product, migrations};
use store::{Location, Migration, Store, values};
use vocabulary::{Chance, Clock};

use crate::place::{Place, demo};
use crate::program::commonhold;

/// Two councils with what their files say, and somebody signed in.
fn filled() -> Place {
    let place = Place::with_people();
    place.run(&["import", "estate", &demo("ashmere-systems.xlsx"), "--organisation", "ashmere"]).with(0);
    place.open(|store| {
        let session = |tx: &mut store::Transaction<'_>| {
            let person = tx.query("SELECT id FROM person ORDER BY id LIMIT 1", &[], |row| row.text(0))?.remove(0);
            tx.execute(
                "INSERT INTO session (token, person, made_at, seen_at) VALUES ($1, $2, 1, 1)",
                &values![vec![1_u8; 32], &person],
            )?;
            tx.execute(
                "INSERT INTO feed (organisation, id, token, person, sees, filters, made_at) VALUES ('ashmere', 'f', $1, $2, 'own', '', 1)",
                &values![vec![2_u8; 32], &person],
            )
        };
        store.write_blocking(session).unwrap();
    });
    place
}

fn backup(place: &Place, name: &str) -> String {
    let file = place.folder().join(name).display().to_string();
    place.run(&["backup", &file]).with(0);
    file
}

fn count(place: &Place, sql: &'static str) -> i64 {
    place.open(|store| store.read_blocking(|tx| tx.query_one(sql, &[], |row| row.integer(0))).unwrap())
}

#[test]
fn a_backup_of_what_is_served_comes_back_elsewhere() {
    let place = filled();
    let serving = place.serve(&["serve"]);
    let file = backup(&place, "one.backup.gz");
    serving.stop().with(0);
    let told = place.run(&["backup", "--verify", &file, "--json"]).with(0).json();
    let manifest = &told["manifest"];
    assert_eq!(manifest["program"], env!("CARGO_PKG_VERSION"));
    assert!(manifest["tables"].as_array().unwrap().len() > 40, "{manifest}");
    let again = place.run(&["backup", &file, "--json"]).with(1).error();
    assert!(again["message"].as_str().unwrap().contains("never written over"), "{again}");
    // Who serves goes on writing; now that nobody does, a backup is what is here, to the last row.
    let stopped = backup(&place, "stopped.backup.gz");
    assert_eq!(place.run(&["doctor", "--against", &stopped, "--json"]).with(0).json()["identical"], true);

    let other = Place::new();
    let restored = other.run(&["restore", &file, "--json"]).with(0).json();
    assert_eq!(restored["manifest"], *manifest);
    assert_eq!(restored["examination"]["findings"], serde_json::json!([]));
    assert!(restored["examination"]["things"].as_u64().unwrap() > 50, "search was looked at");
    let revoked: Vec<(u64, &str)> = restored["revoked"]
        .as_array()
        .unwrap()
        .iter()
        .map(|revoked| (revoked["count"].as_u64().unwrap(), revoked["words"][0].as_str().unwrap()))
        .filter(|(count, _)| *count > 0)
        .collect();
    assert_eq!(revoked, [(1, "session"), (1, "address of a calendar or feed")], "{restored}");
    assert_eq!(count(&other, "SELECT COUNT(*) FROM session"), 0);
    assert_eq!(count(&other, "SELECT COUNT(*) FROM feed WHERE stopped_at IS NULL"), 0);

    // All that differs is what was taken back, and it is named.
    let compared = other.run(&["doctor", "--against", &file, "--json"]).with(0).json();
    assert_eq!((&compared["identical"], &compared["differences"]), (&false.into(), &serde_json::json!([])));
    let tables: Vec<&Value> = compared["taken_back"].as_array().unwrap().iter().map(|table| &table["table"]).collect();
    assert_eq!(tables, ["feed", "session"]);
    let words = other.run(&["doctor", "--against", &file]).with(0).stdout;
    assert!(words.contains("what a restore takes back") && words.contains("session: 1 only there"), "{words}");
    other.serve(&["serve"]).stop().with(0);
}

#[test]
fn a_difference_is_named_by_its_key_and_by_nothing_else() {
    let place = filled();
    let file = backup(&place, "one.backup.gz");
    place.open(|store| {
        let change = |tx: &mut store::Transaction<'_>| {
            tx.execute("UPDATE organisation SET about = 'Unspeakable' WHERE id = 'colne'", &[])
        };
        store.write_blocking(change).unwrap();
    });
    let ended = place.run(&["doctor", "--against", &file]).with(1);
    assert!(ended.stdout.contains("organisation: 1 different; keys: colne"), "{ended:?}");
    assert!(!ended.stdout.contains("Unspeakable"));
    let nowhere = place.run(&["doctor", "--against", "/nowhere/at/all"]).with(3);
    assert!(nowhere.stderr.contains("There is no backup and no folder /nowhere/at/all."), "{nowhere:?}");

    // Beside what differs, what a restore takes back is told apart, and jobs with their reason.
    place.serve(&["serve"]).stop().with(0);
    place.open(|store| {
        let change = |tx: &mut store::Transaction<'_>| tx.execute("DELETE FROM session", &[]);
        store.write_blocking(change).unwrap();
    });
    let told = place.run(&["doctor", "--against", &file]).with(1).stdout;
    let (differing, taken_back) = told.split_once("What a restore takes back differs too").unwrap();
    assert!(differing.contains("\n  job: ") && differing.contains("stop it"), "{told}");
    assert!(taken_back.contains("\n  session: 1 only there"), "{told}");
}

/// The journal of erasures of a place.
fn journal(place: &Place) -> PathBuf {
    Path::new(&place.data()).join("erasures.jsonl")
}

#[test]
fn what_was_erased_since_does_not_come_back() {
    let place = filled();
    let file = backup(&place, "before.backup.gz");
    let (person, text) = place.open(|store| {
        let erase = |tx: &mut store::Transaction<'_>| {
            let now = Clock::System.now();
            let person =
                tx.query("SELECT id FROM person WHERE email = 'estate.editor@ashmere.example'", &[], |row| row.text(0));
            let person = person?.pop().unwrap_or_default();
            assert!(accounts::person::erase(tx, &server::about_people(), person.parse().unwrap(), now)?);
            let sql =
                "SELECT id FROM private_text WHERE organisation = 'ashmere' AND text IS NOT NULL ORDER BY id LIMIT 1";
            let text = tx.query_one(sql, &[], |row| row.text(0))?;
            assert!(erase_private(tx, &"ashmere".parse().unwrap(), &text, now)?);
            Ok::<_, store::Error>((person, text))
        };
        store.write_blocking(erase).unwrap()
    });
    // Whoever serves writes the journal.
    place.serve(&["serve"]).stop().with(0);
    let written = fs::read_to_string(journal(&place)).unwrap();
    assert!(written.contains(&person) && written.contains(&text) && !written.contains("editor"), "{written}");

    let still_there = |place: &Place, person: &str, text: &str| {
        let (person, text) = (person.to_owned(), text.to_owned());
        place.open(move |store| {
            let look = move |tx: &mut store::Transaction<'_>| {
                tx.query_one(
                    "SELECT (SELECT COUNT(*) FROM person WHERE id = $1 AND email IS NOT NULL) \
                     + (SELECT COUNT(*) FROM private_text WHERE id = $2 AND text IS NOT NULL)",
                    &values![person, text],
                    |row| row.integer(0),
                )
            };
            store.read_blocking(look).unwrap()
        })
    };
    let forgetful = Place::new();
    let said = forgetful.run(&["restore", &file]).with(0).stdout;
    assert!(said.contains("No journal of erasures"), "{said}");
    assert_eq!(still_there(&forgetful, &person, &text), 2, "the backup holds them");

    let other = Place::new();
    let journal = journal(&place).display().to_string();
    let restored = other.run(&["restore", &file, "--erasures", &journal, "--json"]).with(0).json();
    let erasures = restored["erasures"].as_u64().unwrap();
    assert!(erasures >= 2, "{restored}");
    assert_eq!(restored["erased_again"], 2, "{restored}");
    assert_eq!(still_there(&other, &person, &text), 0);
    assert_eq!(restored["examination"]["findings"], serde_json::json!([]));
    // It knows of them now itself: a backup of it needs no journal, and one lies beside it in any case.
    let file = backup(&other, "after.backup.gz");
    assert_eq!(fs::read_to_string(other.folder().join("erasures.jsonl")).unwrap().lines().count() as u64, erasures);
    let third = Place::new();
    let said = third.run(&["restore", &file]).with(0).stdout;
    assert!(said.contains("Nothing was erased since this backup"), "{said}");
    assert_eq!(still_there(&third, &person, &text), 0);
    let missing = Place::new().run(&["restore", &file, "--erasures", "/nowhere.jsonl"]).with(3);
    assert!(missing.stderr.contains("/nowhere.jsonl"));
}

#[test]
fn a_damaged_backup_is_refused_and_changes_nothing() {
    let place = filled();
    let file = backup(&place, "one.backup.gz");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let damaged = place.file("damaged.backup.gz", &bytes);
    let other = Place::new();
    for arguments in [&["restore", &damaged, "--json"][..], &["backup", "--verify", &damaged, "--json"]] {
        let error = other.run(arguments).with(1).error();
        assert!(error["message"].as_str().unwrap().contains("is damaged"), "{error}");
    }
    let new = Path::new(&place.data()).join("new");
    commonhold(place.folder(), &["restore", &damaged, "--data", &new.display().to_string()]).with(1);
    assert!(!new.exists(), "a folder that was made for a restore is there after it was refused");
    other.run(&["restore", &file]).with(0);
    let error = Place::new().run(&["restore", &demo("people.csv"), "--json"]).with(1).error();
    assert!(error["message"].as_str().unwrap().contains("is no backup"), "{error}");
}

#[test]
fn what_is_there_is_never_written_over() {
    let place = filled();
    let file = backup(&place, "one.backup.gz");
    let before = count(&place, "SELECT COUNT(*) FROM event");
    let refused = place.run(&["restore", &file, "--json"]).with(1).error();
    assert!(refused["next"].as_str().is_some(), "{refused}");
    let serving = place.serve(&["serve"]);
    let served = place.run(&["restore", &file]).with(1);
    assert!(served.stderr.contains("Another commonhold"), "{served:?}");
    serving.stop().with(0);
    assert_eq!(count(&place, "SELECT COUNT(*) FROM event"), before);

    place.run(&["import", "estate", &demo("dunmoor.csv"), "--organisation", "dunmoor"]).with(0);
    let replaced = place.run(&["restore", &file, "--replace", "--json"]);
    if place.named().contains("dbname=") {
        assert!(replaced.with(2).error()["next"].as_str().unwrap().contains("createdb"));
        return;
    }
    let aside = PathBuf::from(replaced.with(0).json()["put_aside"].as_str().unwrap());
    assert_eq!(count(&place, "SELECT COUNT(*) FROM event"), before);
    // What was put aside is whole: put back, it has what came after the backup.
    let folder = tempfile::tempdir().unwrap();
    fs::copy(&aside, folder.path().join("commonhold.sqlite")).unwrap();
    let told = commonhold(folder.path(), &["doctor", "--data", ".", "--json"]).with(0).json();
    assert_eq!(told["findings"], serde_json::json!([]));
    let old = Store::open_as_it_is(&Location::Sqlite(folder.path().join("commonhold.sqlite"))).unwrap();
    let events = old.read_blocking(|tx| tx.query_one("SELECT COUNT(*) FROM event", &[], |row| row.integer(0))).unwrap();
    assert!(events > before, "{events} of more than {before}");
    old.close();
}

#[test]
fn a_restore_that_was_stopped_at_its_end_is_finished_by_the_next_command() {
    let place = filled();
    if place.named().contains("dbname=") {
        // There is no file to put in place: the transaction is all there is.
        place.run(&["doctor"]).with(0);
        return;
    }
    let data = PathBuf::from(place.data());
    let file = backup(&place, "one.backup.gz");
    let other = Place::new();
    other.run(&["restore", &file]).with(0);
    place.run(&["import", "estate", &demo("dunmoor.csv"), "--organisation", "dunmoor"]).with(0);
    // As it was when the program was stopped after the old database had been put aside, and before that.
    let restored = data.join("commonhold.sqlite.restored-2026-03-03T101400Z");
    for put_aside in [false, true] {
        fs::copy(Path::new(&other.data()).join("commonhold.sqlite"), &restored).unwrap();
        if put_aside {
            fs::remove_file(data.join("commonhold.sqlite")).unwrap();
        }
        place.run(&["doctor"]).with(0);
        assert!(!restored.exists());
        assert!(data.join("commonhold.sqlite.replaced-2026-03-03T101400Z").exists());
        assert_eq!(count(&place, "SELECT COUNT(*) FROM system WHERE organisation = 'dunmoor'"), 0);
    }
}

#[test]
fn a_copy_that_is_moved_is_identical_and_the_old_one_stays() {
    let place = filled();
    let serving = place.serve(&["serve"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().join("moved").display().to_string();
    let refused = place.run(&["move", "--to", &folder]).with(1);
    assert!(refused.stderr.contains("Another"), "{refused:?}");
    serving.stop().with(0);
    // With PostgreSQL under the tests this is from there to SQLite, and then back.
    let moved = place.run(&["move", "--to", &folder, "--json"]).with(0).json();
    assert_eq!(moved["identical"], true, "{moved}");
    let compared = place.run(&["doctor", "--against", &folder, "--json"]).with(0).json();
    assert_eq!(compared["identical"], true, "sessions stay good: {compared}");
    let back = Place::new();
    let again =
        commonhold(elsewhere.path(), &["move", "--data", "moved", "--to", &back.named(), "--json"]).with(0).json();
    assert_eq!(again["rows"], moved["rows"]);
    assert_eq!(back.run(&["doctor", "--against", &place.named(), "--json"]).with(0).json()["identical"], true);
    assert!(
        fs::read_dir(&folder).unwrap().flatten().all(|entry| !entry.file_name().to_string_lossy().contains("moving"))
    );
    let full = place.run(&["move", "--to", &back.named()]).with(1);
    assert!(full.stderr.contains("data already") || full.stderr.contains("not empty"), "{full:?}");
    // Into the folder that is in use: from PostgreSQL there is room in it.
    let home = place.run(&["move", "--to", &place.data(), "--json"]);
    match place.location() {
        Location::Postgres(_) => assert_eq!(home.with(0).json()["identical"], true),
        Location::Sqlite(_) => drop(home.with(1)),
    }
}

#[test]
fn tables_of_an_older_version_are_backed_up_before_they_are_changed() {
    let place = Place::new();
    fs::create_dir_all(place.data()).unwrap();
    // Without the last step of one subject, and without all since the one that made the ledger's newest tables.
    let mut older = migrations();
    older.pop().unwrap();
    older.retain(|migration| migration.subject != "ledger" || migration.number < 7);
    let known = |migration: &Migration| {
        older.iter().any(|older| older.subject == migration.subject && older.number == migration.number)
    };
    let steps: Vec<String> =
        migrations().iter().filter(|migration| !known(migration)).map(ToString::to_string).collect();
    let begin = |place: &Place| {
        let location = place.location();
        let store = Store::open(&location, &older).unwrap();
        server::import::organisations(&store, &fs::read(demo("organisations.csv")).unwrap(), &Clock::System).unwrap();
        server::import::people(&store, &fs::read(demo("people.csv")).unwrap(), &Clock::System, &Chance::System)
            .unwrap();
        store.close();
    };
    begin(&place);
    let tried = place.run(&["migrate", "--dry-run", "--json"]).with(0).json();
    assert_eq!(tried["steps"], serde_json::json!(steps), "{tried}");
    let as_it_is = backup(&place, "older.backup.gz");
    let manifest = place.run(&["backup", "--verify", &as_it_is, "--json"]).with(0).json();
    assert_eq!(manifest["manifest"]["migrations"].as_array().unwrap().len(), older.len(), "a backup changes nothing");
    assert!(place.run(&["migrate", "--dry-run"]).with(0).stdout.contains("was taken back"));
    let done = place.run(&["migrate", "--json"]).with(0).json();
    let backup = done["backup"].as_str().unwrap().to_owned();
    assert!(backup.contains("backups/before-migration-"), "{backup}");
    let nothing = place.run(&["migrate", "--json"]).with(0).json();
    assert_eq!((nothing["steps"].as_array().unwrap().len(), &nothing["backup"]), (0, &Value::Null));
    place.run(&["doctor"]).with(0);

    // The backup is of the older tables, and is brought up to date where it is restored.
    let manifest = place.run(&["backup", "--verify", &backup, "--json"]).with(0).json();
    assert_eq!(manifest["manifest"]["migrations"].as_array().unwrap().len(), older.len());
    let other = Place::new();
    other.run(&["restore", &backup]).with(0);
    assert_eq!(count(&other, "SELECT COUNT(*) FROM person"), count(&place, "SELECT COUNT(*) FROM person"));

    // Any command that has to change tables takes one, and says so in the log.
    let third = Place::new();
    fs::create_dir_all(third.data()).unwrap();
    begin(&third);
    let said = third.run(&["doctor", "--log", "info", "--log-format", "text"]).with(0);
    assert!(said.stderr.contains("backed up before"), "{said:?}");
    let fourth = Place::new();
    fs::create_dir_all(fourth.data()).unwrap();
    begin(&fourth);
    fourth.serve(&["serve", "--no-backup"]).stop().with(0);
    assert!(!Path::new(&fourth.data()).join("backups").exists());
}

#[test]
fn every_table_with_a_token_is_taken_back_by_a_restore() {
    let place = Place::with_people();
    let tables = place.open(|store| store.read_blocking(store::tables).unwrap());
    let taken_back: Vec<&str> = server::secrets().iter().map(|secret| secret.table).collect();
    let known: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    assert!(taken_back.iter().all(|table| known.contains(table)), "{taken_back:?}");
    let lets_in = |name: &str| ["token", "secret", "challenge"].iter().any(|word| name.contains(word));
    for table in &tables {
        if table.columns.iter().any(|column| lets_in(&column.name)) {
            assert!(
                taken_back.contains(&table.name.as_str()),
                "{} holds a token: add it to SECRETS of its subject",
                table.name
            );
        }
    }
}

#[test]
fn backups_take_and_prove_themselves() {
    let place = filled();
    let to = tempfile::tempdir().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let clock = Clock::at("2026-03-03T02:00:00Z".parse().unwrap());
    let scheduled = Scheduled {
        to: to.path().join("backups"),
        every_hours: 24,
        keep: "2,0,0".parse().unwrap(),
        scratch: scratch.path().to_owned(),
    };
    let names = || {
        let entries = fs::read_dir(&scheduled.to).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    place.open(|store| {
        let product =
            Product { scheduled: Some(scheduled.clone()), clock: clock.clone(), ..Product::new(store.clone(), "") };
        let kinds: Vec<&str> = product.jobs().iter().map(|kind| kind.name).collect();
        assert!(kinds.contains(&"back_up") && kinds.contains(&"prove_backup"), "{kinds:?}");
        let card = || {
            let now = clock.now();
            let healths = product.health();
            let words = store.read_blocking(move |tx| {
                healths.iter().map(|health| health(tx, now)).collect::<Result<Vec<_>, store::Error>>()
            });
            let cards: Vec<ledger::Card> = words.unwrap().into_iter().map(|words| words()).collect();
            cards.into_iter().find(|card| card.id == "backups").unwrap()
        };
        assert_eq!(scheduled.prove(&clock).unwrap(), "There is no backup yet.");
        // As the program runs them, by their schedule.
        let run = || {
            let found = ledger::job::work_off(store, &clock, &Chance::System, &product.jobs(), "test").unwrap();
            assert!(found.iter().all(|(_, end)| matches!(end, ledger::job::End::Done { .. })), "{found:?}");
        };
        let now = clock.now();
        let kinds = product.jobs();
        store
            .write_blocking(move |tx| {
                ledger::job::establish(tx, &kinds, now, &Chance::System).map_err(|_| store::Error::Busy)
            })
            .unwrap();
        run();
        assert!(!scheduled.to.exists(), "nothing is due yet");
        clock.advance(SignedDuration::from_mins(16));
        // Both are due. Whichever is taken first, what was backed up is proved at once.
        let proving: Vec<_> = product.jobs().into_iter().filter(|kind| kind.name == "prove_backup").collect();
        ledger::job::work_off(store, &clock, &Chance::System, &proving, "test").unwrap();
        run();
        run();
        assert!(scheduled.to.join("proved.json").exists(), "a new backup waits for its proof");
        clock.advance(SignedDuration::from_mins(16));
        run();
        let first = "commonhold-2026-03-03T021600Z.backup.gz".to_owned();
        assert_eq!(names(), [first.clone(), "proved.json".to_owned()], "one, though it was looked twice");
        assert!(fs::read_to_string(scheduled.to.join("proved.json")).unwrap().contains(&first));
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0, "what was restored on trial is gone");
        let told = card();
        assert!(told.concerns.is_empty() && told.lines.len() == 4, "{told:?}");

        let foreign = scheduled.to.join("commonhold-mine.backup.gz");
        fs::write(&foreign, "kept").unwrap();
        for _ in 0..3 {
            clock.advance(SignedDuration::from_hours(25));
            scheduled.back_up(store, &clock).unwrap();
        }
        let kept = names();
        assert!(!kept.contains(&first) && kept.len() == 4, "two, the proof, and what is not ours: {kept:?}");
        assert!(foreign.exists());

        // One that is damaged is not proved, and that is said.
        let newest = scheduled.to.join(kept.iter().rfind(|name| name.contains("2026")).unwrap());
        let mut bytes = fs::read(&newest).unwrap();
        bytes[100] ^= 1;
        fs::write(&newest, bytes).unwrap();
        assert!(scheduled.prove(&clock).unwrap_err().message.contains("is damaged"));
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
        clock.advance(SignedDuration::from_hours(49));
        assert_eq!(card().concerns[0].grade, ledger::Grade::Now);
    });
}

#[test]
fn a_place_for_backups_is_made_when_serving_begins() {
    let place = Place::with_people();
    let to = place.folder().join("elsewhere").display().to_string();
    let serving = place.serve(&["serve", "--backup-to", &to, "--backup-every", "12", "--backup-keep", "3,2,1"]);
    assert!(Path::new(&to).is_dir());
    serving.stop().with(0);
    for arguments in [&["serve", "--backup-keep", "0,1,1"][..], &["serve", "--backup-every", "0"]] {
        place.run(arguments).with(2);
    }
}
