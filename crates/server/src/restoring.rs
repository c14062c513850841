//! Restoring a backup: into a folder or a PostgreSQL database that is empty, whole or not at all, and then without what must
//! not come back.
//!
//! In the transaction that fills the database, everything that lets somebody in is taken back, and what was erased since
//! the backup is erased again. A folder's old database is put aside only when the new one is whole.

use std::path::{Path, PathBuf};

use ledger::{Erasure, Secrets};
use serde::Serialize;
use store::backup::{self, Manifest};
use store::{Location, Transaction};
use vocabulary::{Clock, Timestamp};

use crate::erasures;
use crate::folder::{self, Served};
use crate::slices::secrets;
use crate::stopped::Stopped;
use crate::{doctor, migrations};

/// What came of a restore.
#[derive(Clone, Debug, Serialize)]
pub struct Restored {
    /// What the backup holds; each table was read back and is the same.
    pub manifest: Manifest,
    /// What was taken back, in words: `3 sessions`. Empty when the copy goes on as it was.
    pub revoked: Vec<Revoked>,
    /// Erasures that the backup did not know of.
    pub erasures: usize,
    /// Of them, those whose data the backup still held.
    pub erased_again: usize,
    /// Where the folder's old database is now.
    pub put_aside: Option<PathBuf>,
    /// How the restored data is.
    pub examination: doctor::Examination,
}

/// One kind of what lets somebody in.
#[derive(Clone, Debug, Serialize)]
pub struct Revoked {
    /// How many were taken back.
    pub count: u64,
    /// What they are, for one and for many.
    pub words: (&'static str, &'static str),
}

/// What must not come back.
#[derive(Clone, Debug)]
pub(crate) enum Forget {
    /// A backup from before: secrets are taken back, and these erasures done again.
    SinceThen(Vec<Erasure>),
    /// The same data elsewhere, at this moment: it stays as it is.
    Nothing,
}

/// Restores a backup into a folder, or into a PostgreSQL database.
///
/// # Errors
/// Whatever is wrong with the file; a place that holds something; those of the database. Then the place is as it was.
pub(crate) fn restore(
    file: &Path,
    folder: &Served,
    database: Option<&str>,
    replace: bool,
    forget: &Forget,
    clock: &Clock,
) -> Result<Restored, Stopped> {
    let now = clock.now();
    let target = match database {
        Some(url) => Location::Postgres(url.to_owned()),
        None => folder.being_restored(replace)?,
    };
    let all = migrations();
    let filled = backup::restore(&target, &all, file, |tx, _| left_behind(tx, forget, now));
    let (manifest, (revoked, erasures, erased_again)) = match filled {
        Ok(done) => done,
        Err(stopped) => {
            folder.nothing_restored();
            return Err(stopped);
        }
    };
    let put_aside = match database {
        Some(_) => None,
        None => folder.restored(now)?,
    };
    let location = match database {
        Some(_) => target,
        None => folder::location(&folder.path),
    };
    let store = store::Store::open(&location, &all)?;
    let examination = doctor::examine(&store);
    erasures::write_down(&store, &folder.path)?;
    store.close();
    Ok(Restored { manifest, revoked, erasures, erased_again, put_aside, examination: examination? })
}

fn left_behind(
    tx: &mut Transaction<'_>,
    forget: &Forget,
    now: Timestamp,
) -> Result<(Vec<Revoked>, usize, usize), Stopped> {
    let Forget::SinceThen(journal) = forget else { return Ok((Vec::new(), 0, 0)) };
    let mut revoked = Vec::new();
    for Secrets { words, revoke, .. } in secrets() {
        revoked.push(Revoked { count: revoke(tx, now)?, words });
    }
    let (erasures, erased_again) = erasures::do_again(tx, journal)?;
    Ok((revoked, erasures, erased_again))
}
