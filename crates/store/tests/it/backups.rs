//! Backups: what was there comes back on either engine, whatever is damaged is refused, and a failure leaves nothing.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use store::backup::{Manifest, Refused, Side, compare, digests, restore, verify, write};
use store::{Error, Level, Migration, Store, Value};
use tempfile::TempDir;
use testing::{TestDatabase, TestStore};

use crate::{THINGS, count, things};

/// A second table, whose key has two columns of two types, and a row that the migration itself makes.
const NOTES: Migration = Migration {
    subject: "notes",
    number: 1,
    name: "notes",
    sql: "CREATE TABLE note (thing TEXT NOT NULL, number BIGINT NOT NULL, body TEXT, PRIMARY KEY (thing, number));
        INSERT INTO note (thing, number, body) VALUES ('of', 1, 'the migration')",
};
const LATER: Migration =
    Migration { subject: "notes", number: 2, name: "later", sql: "ALTER TABLE note ADD COLUMN colour TEXT" };

fn filled() -> TestStore {
    let store = testing::store(&[THINGS, NOTES]);
    store
        .write_blocking(|tx| {
            let things = [
                vec![
                    "a".into(),
                    "Ŵyl \"quoted\"\n\u{1}".into(),
                    Value::Integer(i64::MAX),
                    Value::Real(0.1),
                    vec![0_u8, 255].into(),
                ],
                vec!["b".into(), Value::Null, Value::Integer(-1), Value::Real(1e300), Value::Bytes(Vec::new())],
                vec!["é".into(), "".into(), Value::Null, Value::Real(3.0), Value::Null],
            ];
            tx.insert_many("thing", &["id", "name", "size", "weight", "body"], things.into_iter())?;
            let notes = (2..700).map(|number: i64| vec!["of".into(), number.into(), format!("note {number}").into()]);
            tx.insert_many("note", &["thing", "number", "body"], notes)?;
            tx.execute("DELETE FROM note WHERE number = 1", &[])
        })
        .unwrap();
    store
}

struct Backup {
    folder: TempDir,
    path: PathBuf,
    manifest: Manifest,
}

fn backup(store: &Store) -> Backup {
    let folder = TempDir::with_prefix("commonhold-backup-").unwrap();
    let path = folder.path().join("one.backup.gz");
    let (manifest, bytes) = write(store, &path, "0.1.0", "2026-03-03T10:14:00Z").unwrap();
    assert_eq!(bytes, fs::metadata(&path).unwrap().len());
    Backup { folder, path, manifest }
}

fn put_back(database: &TestDatabase, path: &Path, migrations: &[Migration]) -> Result<Manifest, Refused> {
    restore(database.location(), migrations, path, |_, _| Ok::<_, Refused>(())).map(|(manifest, ())| manifest)
}

fn is_empty(database: &TestDatabase) -> bool {
    Level::of(database.location(), &[THINGS]).unwrap().applied == 0
}

#[test]
fn what_was_there_comes_back() {
    let store = filled();
    let Backup { path, manifest, folder } = backup(&store);
    assert_eq!(verify(&path).unwrap(), manifest);
    assert_eq!((manifest.program.as_str(), manifest.made_at.as_str()), ("0.1.0", "2026-03-03T10:14:00Z"));
    let tables: Vec<_> = manifest.tables.iter().map(|table| (table.table.as_str(), table.rows)).collect();
    assert_eq!(tables, [("note", 698), ("thing", 3)]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    let database = testing::database();
    assert_eq!(put_back(&database, &path, &[THINGS, NOTES]).unwrap(), manifest);
    let again = Store::open(database.location(), &[THINGS, NOTES]).unwrap();
    assert_eq!(again.read_blocking(digests).unwrap(), manifest.tables);
    let row = again
        .read_blocking(|tx| {
            tx.query_one("SELECT name, size, weight, body FROM thing WHERE id = 'a'", &[], |row| {
                Ok((row.text(0)?, row.integer(1)?, row.real(2)?, row.bytes(3)?))
            })
        })
        .unwrap();
    assert_eq!(row, ("Ŵyl \"quoted\"\n\u{1}".to_owned(), i64::MAX, 0.1, vec![0, 255]));
    let same = compare(Side::Store((*store).clone()), Side::Store(again.clone())).unwrap();
    assert_eq!(same, (2, vec![]));
    assert_eq!(compare(Side::File(path), Side::Store(again.clone())).unwrap(), (2, vec![]));
    again.close();
}

/// The example of `docs/specs/backup.md`: the hash does not depend on the engine that the tests run on.
#[test]
fn the_same_content_has_the_same_hash_on_both_engines() {
    let manifest = backup(&filled()).manifest;
    let lines = "[\"a\",\"Ŵyl \\\"quoted\\\"\\n\\u0001\",9223372036854775807,\"0.1\",\"AP8=\"]\n[\"b\",null,-1,\"1e300\",\"\"]\n[\"é\",\"\",null,\"3.0\",null]\n";
    let hash: String = Sha256::digest(lines).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(manifest.tables[1].sha256, hash);
}

#[test]
fn a_changed_bit_anywhere_and_a_missing_end_are_refused() {
    let store = things();
    crate::name_them(&store, &["one", "two"]);
    let Backup { path, folder, .. } = backup(&store);
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() < 2_000, "{}", whole.len());
    let damaged = folder.path().join("damaged.backup.gz");
    let refused = |bytes: &[u8], what: &str| {
        fs::write(&damaged, bytes).unwrap();
        match verify(&damaged) {
            Err(refused @ (Refused::Damaged { .. } | Refused::NotABackup { .. })) => {
                assert!(refused.to_string().contains("damaged.backup.gz"), "{refused}");
            }
            other => panic!("{what}: {other:?}"),
        }
    };
    for at in 0..whole.len() {
        for change in [1, 1 << 7] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            refused(&bytes, &format!("byte {at} with {change}"));
        }
        refused(&whole[..at], &format!("only {at} bytes"));
    }
    refused(&[&whole[..], b"x"].concat(), "a byte too many");
    refused(&[&whole[..], &whole[..]].concat(), "twice the same");

    fs::write(&damaged, &whole[..whole.len() - 1]).unwrap();
    let database = testing::database();
    assert!(matches!(put_back(&database, &damaged, &[THINGS]), Err(Refused::Damaged { .. })));
    assert!(is_empty(&database), "nothing was written");
}

/// Writes lines as `docs/specs/backup.md` says, without the code under test.
fn sealed(path: &Path, lines: &str) {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(lines.as_bytes()).unwrap();
    let mut file = encoder.finish().unwrap();
    let hash: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
    let line = format!("{{\"sha256\":\"{hash}\"}}\n");
    let mut crc = flate2::Crc::new();
    crc.update(line.as_bytes());
    file.extend([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1, 78, 0, 177, 255]);
    file.extend(line.as_bytes());
    file.extend(crc.sum().to_le_bytes());
    file.extend(78_u32.to_le_bytes());
    fs::write(path, file).unwrap();
}

#[test]
fn lines_that_contradict_themselves_are_refused_in_words() {
    let store = things();
    crate::name_them(&store, &["one", "two"]);
    let Backup { path, manifest, folder: _folder } = backup(&store);
    let mut lines = String::new();
    MultiGzDecoder::new(fs::File::open(&path).unwrap()).read_to_string(&mut lines).unwrap();
    let (lines, seal) = lines.rsplit_once("{\"sha256\"").unwrap();
    assert_eq!(seal.len(), 2 + 64 + 2 + 1, "any program that opens gzip sees the seal as the last line");
    sealed(&path, lines);
    assert_eq!(verify(&path).unwrap(), manifest, "a file written by the specification alone is read");

    let hash = manifest.tables[0].sha256.as_str();
    for (from, to, words) in [
        ("\"rows\":2", "\"rows\":3", "manifest"),
        (hash, &hash.replace(&hash[..1], "x"), "manifest"),
        ("[\"000\",\"one\"", "[\"000\",\"eno\"", "manifest"),
        ("[\"000\",\"one\"", "[\"000\",1", "not of its type"),
        ("[\"000\",", "[", "values for"),
        ("[\"000\"", "[\"002\"", "not in order"),
        ("\"key\":[\"id\"]", "\"key\":[\"di\"]", "neither a row nor a table"),
        ("\"format\":1,", "\"format\":1,\"more\":1,", "first line"),
        ("{\"tables\":", "{\"selbat\":", "neither a row nor a table"),
        ("{\"table\":", "[]\n{\"table\":", "before its table"),
        ("\"commonhold\":\"backup\"", "\"commonhold\":\"basket\"", "no backup"),
        ("\"format\":1,", "\"format\":2,", "formats up to 1"),
    ] {
        assert!(lines.contains(from), "{from} in {lines}");
        sealed(&path, &lines.replacen(from, to, 1));
        let said = verify(&path).unwrap_err().to_string();
        assert!(said.contains(words), "{from} to {to}: {said}");
    }
    sealed(&path, &format!("{lines}[]\n"));
    assert!(verify(&path).unwrap_err().to_string().contains("follows"));
    sealed(&path, lines.trim_end().rsplit_once('\n').unwrap().0);
    assert!(verify(&path).unwrap_err().to_string().contains("does not end"));
    fs::write(&path, "id,name\n").unwrap();
    assert!(matches!(verify(&path), Err(Refused::NotABackup { .. })));
    fs::remove_file(&path).unwrap();
    assert!(matches!(verify(&path), Err(Refused::File { verb: "read", .. })));
}

#[test]
fn a_backup_of_an_older_program_is_brought_up_to_date() {
    let store = filled();
    let Backup { path, manifest, folder: _folder } = backup(&store);
    let database = testing::database();
    let all = [THINGS, NOTES, LATER];
    put_back(&database, &path, &all).unwrap();
    let again = Store::open(database.location(), &all).unwrap();
    let found = again.read_blocking(|tx| {
        tx.query_one("SELECT COUNT(*), COUNT(colour) FROM note", &[], |row| Ok((row.integer(0)?, row.integer(1)?)))
    });
    assert_eq!(found, Ok((698, 0)));
    assert_eq!(manifest.migrations.len(), 2);

    // And not the other way round.
    let newer = backup(&again);
    again.close();
    let database = testing::database();
    let said = put_back(&database, &newer.path, &[THINGS, NOTES]).unwrap_err().to_string();
    assert!(said.contains("newer version") && said.contains("notes 2 (later)"), "{said}");
    let other = Migration { sql: "CREATE TABLE note (thing TEXT PRIMARY KEY)", ..NOTES };
    let said = put_back(&database, &path, &[THINGS, other]).unwrap_err().to_string();
    assert!(said.contains("another form"), "{said}");
    assert!(is_empty(&database));
}

#[test]
fn a_restore_that_fails_leaves_nothing() {
    let store = filled();
    let Backup { path, folder: _folder, .. } = backup(&store);
    let database = testing::database();
    let refuse = restore(database.location(), &[THINGS, NOTES], &path, |tx, _| {
        let rows = tx.query_one("SELECT COUNT(*) FROM note", &[], |row| row.integer(0))?;
        assert_eq!(rows, 698, "it was all there");
        Err::<(), Refused>(Error::Missing.into())
    });
    assert!(matches!(refuse, Err(Refused::Store(Error::Missing))));
    assert!(is_empty(&database));
    put_back(&database, &path, &[THINGS, NOTES]).unwrap();
    assert!(matches!(put_back(&database, &path, &[THINGS, NOTES]), Err(Refused::NotEmpty)));
}

#[test]
fn a_backup_is_one_moment_while_others_write() {
    let store = things();
    let writing = (*store).clone();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let (begun, started) = std::sync::mpsc::channel();
    let writer = std::thread::spawn(move || {
        let mut at = 0;
        while stopped.try_recv().is_err() {
            // Two rows at once, so that half of a transaction would show.
            let ids = [format!("{at:09}"), format!("{at:09} too")];
            let write = move |tx: &mut store::Transaction<'_>| {
                tx.insert_many("thing", &["id"], ids.iter().map(|id| vec![Value::from(id)]))
            };
            writing.write_blocking::<_, Error, _>(write).unwrap();
            at += 1;
            if at == 20 {
                begun.send(()).unwrap();
            }
        }
        at
    });
    started.recv().unwrap();
    let taken: Vec<Backup> = (0..5).map(|_| backup(&store)).collect();
    stop.send(()).unwrap();
    let written = writer.join().unwrap();
    assert_eq!(count(&store), written * 2, "nobody who writes was refused");
    for backup in taken {
        let rows = verify(&backup.path).unwrap().tables[0].rows;
        assert!(rows >= 40 && rows.is_multiple_of(2), "{rows}");
        let database = testing::database();
        put_back(&database, &backup.path, &[THINGS]).unwrap();
    }
}

#[test]
fn differences_are_told_by_their_keys() {
    let (one, two) = (filled(), filled());
    two.write_blocking(|tx| {
        tx.execute("UPDATE note SET body = 'secret' WHERE number = 650", &[])?;
        tx.execute("DELETE FROM note WHERE number = 9", &[])?;
        tx.execute("INSERT INTO note (thing, number) VALUES ('or', -1)", &[])
    })
    .unwrap();
    let sides = || (Side::Store((*one).clone()), Side::Store((*two).clone()));
    let (first, second) = sides();
    let (tables, differences) = compare(first, second).unwrap();
    assert_eq!((tables, differences.len()), (2, 1));
    let told = &differences[0];
    assert_eq!((told.only_first, told.only_second, told.changed, told.shape), (1, 1, 1, false));
    assert_eq!(told.keys, [["of", "9"], ["of", "650"], ["or", "-1"]]);
    let (first, second) = sides();
    let (_, other_way) = compare(second, first).unwrap();
    assert_eq!((other_way[0].only_first, other_way[0].keys.len()), (1, 3));

    let lacking = things();
    let (_, shapes) = compare(Side::Store((*one).clone()), Side::Store((*lacking).clone())).unwrap();
    assert!(shapes[0].shape && shapes[0].table == "note", "{shapes:?}");
    assert_eq!(shapes[1].only_first, 3);
    let nowhere = compare(Side::Store((*one).clone()), Side::File("/nowhere".into()));
    assert!(matches!(nowhere, Err(Refused::File { .. })));
}

#[test]
fn migrations_are_tried_and_taken_back() {
    let store = testing::store(&[THINGS, NOTES]);
    let level = Level::of(store.location(), &[THINGS, NOTES, LATER]).unwrap();
    assert_eq!((level.applied, level.pending), (2, vec!["notes 2 (later)".to_owned()]));
    store::try_migrations(store.location(), &[THINGS, NOTES, LATER]).unwrap();
    assert_eq!(Level::of(store.location(), &[THINGS, NOTES, LATER]).unwrap().pending.len(), 1, "nothing was kept");
    let wrong = Migration { sql: "ALTER TABLE eton ADD COLUMN colour TEXT", ..LATER };
    let said = store::try_migrations(store.location(), &[THINGS, NOTES, wrong]).unwrap_err().to_string();
    assert!(said.contains("notes 2 (later)") && said.contains("eton"), "{said}");
}

#[test]
fn only_data_of_ours_is_opened_as_it_is() {
    let database = testing::database();
    assert!(matches!(Store::open_as_it_is(database.location()), Err(Error::Unavailable { .. })));
    if let store::Location::Sqlite(path) = database.location() {
        assert!(!path.exists(), "looking makes no file");
    }
    let store = things();
    let again = Store::open_as_it_is(store.location()).unwrap();
    assert_eq!(count(&again), 0);
    again.close();
}
