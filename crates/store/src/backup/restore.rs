//! From a file into an empty database: tables, rows, newer migrations and whatever else belongs to it, in one transaction.

use std::path::Path;
use std::thread;

use super::parts::insert_rows;
use super::read::{Found, visit};
use super::write::digests;
use super::{BACKUP, Counted, Manifest, Refused};
use crate::connection::Mode;
use crate::migration::{self, Applied};
use crate::store::connect;
use crate::{Error, Location, Migration, Table, Transaction, Value, catalogue};

/// How many rows are given to the engine at once, and how many bytes of values at the most before they are.
const ROWS: usize = 500;
const BYTES: usize = 1 << 20;

/// Fills an empty database. The whole file is verified before anything is written. Then, in one transaction: the tables are
/// made as the backup had them, the rows are written, read back and compared with the backup's hashes, newer migrations are
/// applied, and `finish` does what else belongs to it, and may refuse. It may run several times.
///
/// # Errors
/// Those of [`verify`](super::verify); [`Refused::NotEmpty`]; [`Refused::Differs`]; those of the database and of `finish`.
/// Then the database is as empty as it was.
pub fn restore<T, E>(
    location: &Location,
    migrations: &[Migration],
    path: &Path,
    mut finish: impl FnMut(&mut Transaction<'_>, &Manifest) -> Result<T, E> + Send,
) -> Result<(Manifest, T), E>
where
    T: Send,
    E: From<Refused> + From<Error> + Send,
{
    let manifest = super::verify(path)?;
    let (level, newer) = levels(migrations, &manifest)?;
    let mut connection = connect(location, true)?;
    // On a thread of its own, because PostgreSQL's client may not be used where asynchronous code runs.
    let done = thread::scope(|scope| {
        let restoring = scope.spawn(|| {
            let whole = |tx: &mut Transaction<'_>| {
                if !catalogue::is_empty(tx)? {
                    return Err(Refused::NotEmpty.into());
                }
                migration::apply(tx, &level)?;
                fill(tx, path)?;
                identical(&digests(tx)?, &manifest)?;
                migration::apply(tx, &newer)?;
                finish(tx, &manifest)
            };
            let done = connection.transact(Mode::Migrate, whole, || {});
            connection.tidy();
            done
        });
        restoring.join().unwrap_or_else(|_| Err(Error::Panicked.into()))
    })?;
    Ok((manifest, done))
}

/// The migrations that the backup's tables are made by, and those that came later.
fn levels<'m>(
    migrations: &'m [Migration],
    manifest: &Manifest,
) -> Result<(Vec<&'m Migration>, Vec<&'m Migration>), Refused> {
    let applied: Vec<Applied> = manifest
        .migrations
        .iter()
        .map(|step| Applied {
            subject: step.subject.clone(),
            number: step.number.into(),
            name: step.name.clone(),
            hash: step.sha256.clone(),
        })
        .collect();
    let newer = migration::compare(migrations, &applied).map_err(|message| Error::Migration { message })?;
    let is_newer = |migration: &Migration| {
        newer.iter().any(|newer| newer.subject == migration.subject && newer.number == migration.number)
    };
    Ok((migrations.iter().filter(|migration| !is_newer(migration)).collect(), newer))
}

fn fill(tx: &mut Transaction<'_>, path: &Path) -> Result<(), Refused> {
    let here = catalogue::tables(tx)?;
    // Migrations may have put rows into what they made; the backup has them too, if they are still wanted.
    for table in &here {
        tx.execute(&format!("DELETE FROM \"{}\"", table.name), &[])?;
    }
    let mut waiting: Vec<Vec<Value>> = Vec::new();
    let mut bytes = 0;
    let mut filling: Option<Table> = None;
    visit(path, BACKUP, |found| match found {
        Found::Table(table) => {
            flush(tx, filling.as_ref(), &mut waiting)?;
            bytes = 0;
            if !here.contains(table) {
                let what = format!("its table {} is not as its migrations make it", table.name);
                return Err(Refused::damaged(path, what));
            }
            filling = Some(table.clone());
            Ok(())
        }
        Found::Row { values, line, .. } => {
            waiting.push(values);
            bytes += line.len();
            if waiting.len() == ROWS || bytes >= BYTES {
                flush(tx, filling.as_ref(), &mut waiting)?;
                bytes = 0;
            }
            Ok(())
        }
    })?;
    flush(tx, filling.as_ref(), &mut waiting)
}

fn flush(tx: &mut Transaction<'_>, table: Option<&Table>, waiting: &mut Vec<Vec<Value>>) -> Result<(), Refused> {
    let Some(table) = table else { return Ok(()) };
    Ok(insert_rows(tx, table, std::mem::take(waiting))?)
}

fn identical(here: &[Counted], manifest: &Manifest) -> Result<(), Refused> {
    let differs = |table: &str| Refused::Differs { table: table.to_owned() };
    if let Some(lacking) = here.iter().find(|table| !manifest.tables.contains(table)) {
        return Err(differs(&lacking.table));
    }
    match manifest.tables.iter().find(|table| !here.contains(table)) {
        Some(lacking) => Err(differs(&lacking.table)),
        None => Ok(()),
    }
}
