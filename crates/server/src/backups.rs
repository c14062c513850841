//! Taking backups: where they go, what they are called, and that the journal of erasures lies beside them.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use store::backup::Manifest;
use store::{Level, Location, Store, backup};
use vocabulary::{Clock, Timestamp};

use crate::folder::{self, cannot};
use crate::stopped::Stopped;
use crate::{erasures, migrations};

/// Where backups go, within the folder of data, unless another place is named.
pub(crate) const FOLDER: &str = "backups";
/// How every backup's name ends.
pub(crate) const ENDING: &str = ".backup.gz";

/// A backup that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// The file.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// What is in it.
    pub manifest: Manifest,
}

/// The name of a backup taken at a moment: `commonhold-2026-03-03T101400Z.backup.gz`. Names are in the order of time.
pub(crate) fn name(beginning: &str, at: Timestamp) -> String {
    format!("{beginning}-{}{ENDING}", at.strftime("%Y-%m-%dT%H%M%SZ"))
}

/// Writes the journal of erasures, and everything else into a file beside it. A folder that is not there is made. The
/// journal comes first, so that nothing can fail any more once the file is there; whatever is erased in between is not
/// in the file.
///
/// # Errors
/// When the file cannot be written, or the database not be read; then no file of the name is left.
pub fn take(store: &Store, file: &Path, clock: &Clock) -> Result<Taken, Stopped> {
    let beside = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_private(beside)?;
    let made_at = clock.now().to_string();
    erasures::write_down(store, beside)?;
    let (manifest, bytes) = backup::write(store, file, env!("CARGO_PKG_VERSION"), &made_at)?;
    Ok(Taken { file: file.to_owned(), bytes, manifest })
}

/// Opens a database and brings it up to the program's version. One that holds something is backed up first, into the
/// folder of data, unless that is not wanted: there is no other way back.
///
/// # Errors
/// Those of the database and of the backup; then nothing was changed.
pub(crate) fn open_up_to_date(
    location: &Location,
    data: &Path,
    clock: &Clock,
    wanted: Wanted,
) -> Result<(Store, Option<Taken>), Stopped> {
    let level = Level::of(location, &migrations())?;
    let mut taken = None;
    if wanted == Wanted::Yes && level.applied > 0 && !level.pending.is_empty() {
        let file = data.join(FOLDER).join(name("before-migration", clock.now()));
        let before = Store::open_as_it_is(location)?;
        // The ledger of an older version may know of no erasures, so the journal is left for later.
        let made_at = clock.now().to_string();
        make_private(&data.join(FOLDER))?;
        let (manifest, bytes) = backup::write(&before, &file, env!("CARGO_PKG_VERSION"), &made_at)?;
        before.close();
        tracing::info!(file = %file.display(), rows = manifest.rows(), "backed up before bringing the tables up to date");
        taken = Some(Taken { file, bytes, manifest });
    }
    Ok((Store::open(location, &migrations())?, taken))
}

/// Whether a backup is taken before tables are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// It is.
    Yes,
    /// Somebody said that they have one.
    No,
}

/// Makes a folder that only its owner may look into, when it is not there.
pub(crate) fn make_private(path: &Path) -> Result<(), Stopped> {
    if path.exists() {
        return Ok(());
    }
    folder::make(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
            .map_err(|error| cannot("protect", path, &error))?;
    }
    Ok(())
}
