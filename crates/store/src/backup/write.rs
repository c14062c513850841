//! From a store into a file: one snapshot, table by table, row by row.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Counted, FORMAT, Header, LastLine, Manifest, Refused, Step, TableLine, frame, line, word};
use crate::migration::{self, Applied};
use crate::{Engine, Error, Store, Table, Transaction, catalogue};

/// Writes everything that a store holds at one moment into a file, while others go on reading and writing. Says what is in
/// it and how many bytes it has. The file appears under its name when it is whole and on the disk; until then it is called
/// the same with `.part` at the end. Only its owner may read it. A file of the name is replaced.
///
/// # Errors
/// [`Refused::File`] and those of the database. Then the file of the name is as it was.
pub fn write(store: &Store, path: &Path, program: &str, made_at: &str) -> Result<(Manifest, u64), Refused> {
    let (path, program, made_at) = (path.to_owned(), program.to_owned(), made_at.to_owned());
    let engine = store.engine();
    store.read_blocking(move |tx| {
        let part = unfinished(&path);
        let file = private(&part).map_err(|error| Refused::file("write", &part, error))?;
        let written = everything(tx, file, &part, engine, program, made_at);
        let done = written.and_then(|done| {
            put_in_place(&part, &path).map_err(|error| Refused::file("rename", &part, error))?;
            Ok(done)
        });
        if done.is_err() {
            // What made it fail is what to tell.
            drop(fs::remove_file(&part));
        }
        done
    })
}

/// How many rows each table has, and what stands for them: the same two databases have the same. By name of table.
///
/// # Errors
/// Those of the database.
pub fn digests(tx: &mut Transaction<'_>) -> Result<Vec<Counted>, Error> {
    catalogue::tables(tx)?.iter().map(|table| counted(tx, table, |_| Ok(()))).collect()
}

fn everything(
    tx: &mut Transaction<'_>,
    file: File,
    path: &Path,
    engine: Engine,
    program: String,
    made_at: String,
) -> Result<(Manifest, u64), Refused> {
    let migrations: Vec<Step> = migration::applied(tx)?.iter().map(step).collect();
    let mut out = frame::Writer::new(file);
    let failed = |error: io::Error| Refused::file("write", path, error);
    let header = Header {
        commonhold: "backup".to_owned(),
        format: FORMAT,
        program,
        engine: word(engine).to_owned(),
        made_at,
        migrations,
    };
    out.line(&json(&header)?).map_err(failed)?;
    let mut tables = Vec::new();
    for table in catalogue::tables(tx)? {
        out.line(&json(&TableLine::of(&table))?).map_err(failed)?;
        let mut broken = None;
        let counted = counted(tx, &table, |line| {
            out.line(line).map_err(|error| {
                broken = Some(error);
                Error::refused("the backup could not be written")
            })
        });
        tables.push(counted.map_err(|error| broken.map_or_else(|| error.into(), failed))?);
    }
    out.line(&json(&LastLine { tables: tables.clone() })?).map_err(failed)?;
    let bytes = out.finish().map_err(failed)?;
    let Header { program, engine, made_at, migrations, .. } = header;
    Ok((Manifest { program, engine, made_at, migrations, tables }, bytes))
}

/// Gives the line of each row, and counts and hashes them.
pub(super) fn counted(
    tx: &mut Transaction<'_>,
    table: &Table,
    mut each: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<Counted, Error> {
    let (mut rows, mut hash, mut text) = (0, Sha256::new(), Vec::new());
    tx.each(&table.select(), &[], |row| {
        text.clear();
        line::write(row, table, &mut text)?;
        hash.update(&text);
        rows += 1;
        each(&text)
    })?;
    Ok(Counted { table: table.name.clone(), rows, sha256: hex(&hash.finalize()) })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn step(applied: &Applied) -> Step {
    Step {
        subject: applied.subject.clone(),
        number: u32::try_from(applied.number).unwrap_or(u32::MAX),
        name: applied.name.clone(),
        sha256: applied.hash.clone(),
    }
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, Error> {
    let mut line = serde_json::to_vec(value).map_err(|error| Error::refused(error.to_string()))?;
    line.push(b'\n');
    Ok(line)
}

/// What a file is called until it is whole.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    path.with_file_name(name)
}

/// A file that only its owner may read, held so that a second program does not write into it. One that was left by a
/// program that was killed is begun anew.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(path)?;
    match file.try_lock() {
        Ok(()) => file.set_len(0)?,
        Err(TryLockError::WouldBlock) => {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, "another program is writing it"));
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    Ok(file)
}

/// Gives the file its name, and the name to the disk.
fn put_in_place(part: &Path, path: &Path) -> io::Result<()> {
    fs::rename(part, path)?;
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}
