//! From a store into a file: one snapshot, table by table, row by row.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::parts::{Part, Rows};
use super::{BACKUP, Counted, Header, LastLine, Manifest, Refused, Step, TableLine, Title, frame, line, word};
use crate::migration::{self, Applied};
use crate::{Engine, Error, Store, Table, Transaction, Value, catalogue};

/// Writes everything that a store holds at one moment into a file, while others go on reading and writing. Says what is in
/// it and how many bytes it has. The file appears under its name when it is whole and on the disk; until then it is called
/// the same with `.part` at the end. Only its owner may read it. A file of the name is replaced.
///
/// # Errors
/// [`Refused::File`] and those of the database. Then the file of the name is as it was.
pub fn write(store: &Store, path: &Path, program: &str, made_at: &str) -> Result<(Manifest, u64), Refused> {
    let title = Title { sort: BACKUP, of: None, program: program.to_owned(), made_at: made_at.to_owned() };
    let everything = |tx: &mut Transaction<'_>| {
        let tables = catalogue::tables(tx)?;
        Ok(tables.into_iter().map(|table| Part { rows: Rows::Read(table.select(), Vec::new()), table }).collect())
    };
    written::<Refused>(store, path, title, everything)
}

/// Writes what `choose` chooses of one snapshot, in that order.
pub(super) fn written<E>(
    store: &Store,
    path: &Path,
    title: Title,
    choose: impl FnMut(&mut Transaction<'_>) -> Result<Vec<Part>, E> + Send + 'static,
) -> Result<(Manifest, u64), E>
where
    E: From<Refused> + From<Error> + Send + 'static,
{
    let (path, engine, mut choose) = (path.to_owned(), store.engine(), choose);
    store.read_blocking(move |tx| {
        let parts = choose(tx)?;
        let part = unfinished(&path);
        let file = private(&part).map_err(|error| Refused::file("write", &part, error))?;
        let written = all(tx, file, &part, engine, &title, &parts);
        let done = written.and_then(|done| {
            put_in_place(&part, &path).map_err(|error| Refused::file("rename", &part, error))?;
            Ok(done)
        });
        if done.is_err() {
            // What made it fail is what to tell.
            drop(fs::remove_file(&part));
        }
        Ok(done?)
    })
}

/// How many rows each table has, and what stands for them: the same two databases have the same. By name of table.
///
/// # Errors
/// Those of the database.
pub fn digests(tx: &mut Transaction<'_>) -> Result<Vec<Counted>, Error> {
    catalogue::tables(tx)?.iter().map(|table| counted(tx, table, (&table.select(), &[]), |_| Ok(()))).collect()
}

fn all(
    tx: &mut Transaction<'_>,
    file: File,
    path: &Path,
    engine: Engine,
    title: &Title,
    parts: &[Part],
) -> Result<(Manifest, u64), Refused> {
    let migrations: Vec<Step> = migration::applied(tx)?.iter().map(step).collect();
    let mut out = frame::Writer::new(file);
    let failed = |error: io::Error| Refused::file("write", path, error);
    let header = Header {
        commonhold: title.sort.word.to_owned(),
        format: title.sort.format,
        of: title.of.clone(),
        program: title.program.clone(),
        engine: word(engine).to_owned(),
        made_at: title.made_at.clone(),
        migrations,
    };
    out.line(&json(&header)?).map_err(failed)?;
    let mut tables = Vec::new();
    for Part { table, rows } in parts {
        out.line(&json(&TableLine::of(table))?).map_err(failed)?;
        let mut broken = None;
        let give = |line: &[u8]| {
            out.line(line).map_err(|error| {
                broken = Some(error);
                Error::refused("the file could not be written")
            })
        };
        let counted = match rows {
            Rows::Read(sql, parameters) => counted(tx, table, (sql, parameters), give),
            Rows::Given(rows) => counted_of(rows, table, give),
        };
        tables.push(counted.map_err(|error| broken.map_or_else(|| error.into(), failed))?);
    }
    out.line(&json(&LastLine { tables: tables.clone() })?).map_err(failed)?;
    let bytes = out.finish().map_err(failed)?;
    let Header { of, program, engine, made_at, migrations, .. } = header;
    Ok((Manifest { of, program, engine, made_at, migrations, tables }, bytes))
}

/// Gives the line of each row, and counts and hashes them.
pub(super) fn counted(
    tx: &mut Transaction<'_>,
    table: &Table,
    (sql, parameters): (&str, &[Value]),
    mut each: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<Counted, Error> {
    let (mut rows, mut hash, mut text) = (0, Sha256::new(), Vec::new());
    tx.each(sql, parameters, |row| {
        text.clear();
        line::write((0..table.columns.len()).map(|at| row.value(at)), table, &mut text)?;
        hash.update(&text);
        rows += 1;
        each(&text)
    })?;
    Ok(Counted { table: table.name.clone(), rows, sha256: hex(&hash.finalize()) })
}

/// As [`counted`], of rows that are at hand.
fn counted_of(
    rows: &[Vec<Value>],
    table: &Table,
    mut each: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<Counted, Error> {
    let (mut hash, mut text) = (Sha256::new(), Vec::new());
    for row in rows {
        text.clear();
        line::write(row.iter().cloned().map(Ok), table, &mut text)?;
        hash.update(&text);
        each(&text)?;
    }
    Ok(Counted { table: table.name.clone(), rows: rows.len() as u64, sha256: hex(&hash.finalize()) })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn step(applied: &Applied) -> Step {
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
