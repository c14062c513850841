//! The folder of data: the embedded database, one that is being restored, messages that wait, and the stamp of a
//! demonstration.
//!
//! A demonstration may be thrown away at any time and lets anyone be anyone, so it and real data never share a folder.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use store::Location;
use vocabulary::Timestamp;

use crate::stopped::Stopped;

/// The file that says that a folder is a demonstration's.
pub(crate) const STAMP: &str = "DEMONSTRATION.txt";
/// The embedded database's file.
pub(crate) const DATABASE: &str = "commonhold.sqlite";
/// Where messages wait as files.
pub(crate) const OUTBOX: &str = "outbox";
/// Held while a program serves from the folder.
const LOCK: &str = "serving.lock";

const STAMP_TEXT: &str =
    "This folder belongs to a demonstration of Commonhold: everything in it is invented, and anyone who
reaches the running demonstration may be anyone in it.

`commonhold demo` made it and uses it. `commonhold demo --fresh` deletes what it made here and begins anew.
`commonhold serve` refuses it. The whole folder may be deleted at any time.
";

/// A folder that this process serves from. Nobody else does until it is dropped.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) path: PathBuf,
    /// Whether it was made for this.
    made: bool,
    _lock: File,
}

/// The embedded database and the two files that belong to it while it is open.
const DATABASE_FILES: [&str; 3] = [DATABASE, "commonhold.sqlite-wal", "commonhold.sqlite-shm"];
/// A database that is being restored; worth nothing until it is whole.
const RESTORING: &str = "commonhold.sqlite.restoring";
/// A restored database that is whole and about to take its place, with the moment at the end.
const RESTORED: &str = "commonhold.sqlite.restored-";
/// A database that was put aside, with the same moment at the end.
const REPLACED: &str = "commonhold.sqlite.replaced-";

impl Served {
    /// Where a backup is restored to: beside the folder's database, which is still there if it may be replaced.
    pub(crate) fn being_restored(&self, replace: bool) -> Result<Location, Stopped> {
        if !replace && database(&self.path).exists() {
            let message = format!("The folder {} holds data already.", self.path.display());
            return Err(Stopped::refused(message).next(
                "Restore into another folder with --data, or say --replace: then the database that is there is put aside, not deleted.",
            ));
        }
        self.begin_anew();
        Ok(Location::Sqlite(self.path.join(RESTORING)))
    }

    /// Removes what a restore that failed has left, and the folder if it was made for it and holds nothing but its lock.
    pub(crate) fn nothing_restored(&self) {
        self.begin_anew();
        let names = |folder| fs::read_dir(folder).map(|entries| entries.flatten().map(|entry| entry.file_name()));
        if self.made && names(&self.path).is_ok_and(|mut names| names.all(|name| name == LOCK)) {
            drop(fs::remove_file(self.path.join(LOCK)).and_then(|()| fs::remove_dir(&self.path)));
        }
    }

    fn begin_anew(&self) {
        for ending in ["", "-wal", "-shm"] {
            // What cannot be removed is written over by the next restore.
            drop(fs::remove_file(self.path.join(format!("{RESTORING}{ending}"))));
        }
    }

    /// Puts the restored database in its place, and the old one aside. Gives where the old one is now.
    pub(crate) fn restored(&self, now: Timestamp) -> Result<Option<PathBuf>, Stopped> {
        let from = self.path.join(RESTORING);
        let to = self.path.join(format!("{RESTORED}{}", now.strftime("%Y-%m-%dT%H%M%SZ")));
        File::open(&from).and_then(|file| file.sync_all()).map_err(|error| cannot("write", &from, &error))?;
        fs::rename(&from, &to).map_err(|error| cannot("rename", &from, &error))?;
        finish_restore(&self.path)
    }
}

/// Does what is left to do when a restored database was whole and its program was stopped before it was in its place. From
/// then on there is one way only: forward. Gives where the old database is now, if there was one.
fn finish_restore(folder: &Path) -> Result<Option<PathBuf>, Stopped> {
    let Some(moment) = half_restored(folder)? else { return Ok(None) };
    let aside = format!("{REPLACED}{moment}");
    let mut was_there = false;
    for (name, ending) in DATABASE_FILES.into_iter().zip(["", "-wal", "-shm"]) {
        let (from, to) = (folder.join(name), folder.join(format!("{aside}{ending}")));
        match fs::rename(&from, &to) {
            Ok(()) => was_there = true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(cannot("put aside", &from, &error)),
        }
    }
    let restored = folder.join(format!("{RESTORED}{moment}"));
    fs::rename(&restored, database(folder)).map_err(|error| cannot("rename", &restored, &error))?;
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| cannot("write", folder, &error))?;
    Ok(was_there.then(|| folder.join(aside)))
}

/// The moment of a restore that has not come to its end in this folder.
fn half_restored(folder: &Path) -> Result<Option<String>, Stopped> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot("use", folder, &error)),
    };
    let moment = |name: &str| name.strip_prefix(RESTORED).map(str::to_owned);
    Ok(entries.flatten().find_map(|entry| entry.file_name().to_str().and_then(moment)))
}

/// Where the embedded database of a folder is.
pub(crate) fn database(folder: &Path) -> PathBuf {
    folder.join(DATABASE)
}

/// The folder as the embedded database's place.
pub(crate) fn location(folder: &Path) -> Location {
    Location::Sqlite(database(folder))
}

/// Whether a demonstration uses this folder.
pub(crate) fn is_demonstration(folder: &Path) -> bool {
    folder.join(STAMP).exists()
}

/// The folder for real data, made when it is not there.
pub(crate) fn for_serving(folder: &Path) -> Result<Served, Stopped> {
    if is_demonstration(folder) {
        let message = format!("The folder {} belongs to a demonstration, so it is not served.", folder.display());
        return Err(Stopped::refused(message).next(
            "Give another folder with --data, or start the demonstration with: commonhold demo --data the-folder",
        ));
    }
    let made = !folder.exists();
    make(folder)?;
    let served = lock(folder, made)?;
    finish_restore(folder)?;
    Ok(served)
}

/// The folder for a demonstration: empty and then stamped, or stamped before. `fresh` empties a stamped one.
pub(crate) fn for_demonstration(folder: &Path, fresh: bool) -> Result<Served, Stopped> {
    let stamped = is_demonstration(folder);
    if !stamped && !is_empty(folder)? {
        let message =
            format!("The folder {} holds something else, so no demonstration is put there.", folder.display());
        return Err(Stopped::refused(message).next("Give a folder that is empty or does not exist yet, with --data."));
    }
    let made = !folder.exists();
    make(folder)?;
    if !stamped {
        let stamp = folder.join(STAMP);
        fs::write(&stamp, STAMP_TEXT).map_err(|error| cannot("write", &stamp, &error))?;
    }
    let served = lock(folder, made)?;
    if fresh {
        for name in DATABASE_FILES {
            let path = folder.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot("delete", &path, &error)),
                _ => {}
            }
        }
    }
    Ok(served)
}

/// The folder must hold a database already: for commands that look at one.
pub(crate) fn with_database(folder: &Path) -> Result<Location, Stopped> {
    if half_restored(folder)?.is_some() {
        // Only whoever has the folder to itself may do it.
        drop(for_serving(folder)?);
    }
    match database(folder).is_file() {
        true => Ok(location(folder)),
        false => {
            let message = format!("There is no data in the folder {}.", folder.display());
            Err(Stopped::out_of_reach(message)
                .next("Say where it is with --data, or begin with: commonhold import organisations FILE.csv"))
        }
    }
}

/// Makes the folder when it is not there.
pub(crate) fn make(folder: &Path) -> Result<(), Stopped> {
    fs::create_dir_all(folder).map_err(|error| cannot("make", folder, &error))
}

/// A sentence for a file or folder that the operating system did not give.
pub(crate) fn cannot(verb: &str, path: &Path, error: &io::Error) -> Stopped {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "this account may not".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => {
            "the file system is read-only for this program; a service is told where it may write by ReadWritePaths="
                .to_owned()
        }
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => "a file is in its place".to_owned(),
        _ => error.to_string(),
    };
    Stopped::out_of_reach(format!("Cannot {verb} {}: {why}.", path.display()))
}

fn is_empty(folder: &Path) -> Result<bool, Stopped> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(cannot("use", folder, &error)),
    }
}

fn lock(folder: &Path, made: bool) -> Result<Served, Stopped> {
    let path = folder.join(LOCK);
    let file = File::create(&path).map_err(|error| cannot("write", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(Served { path: folder.to_owned(), made, _lock: file }),
        Err(TryLockError::WouldBlock) => {
            let message = format!("Another commonhold is serving from the folder {}.", folder.display());
            Err(Stopped::refused(message).next("Stop it first, or give another folder with --data."))
        }
        Err(TryLockError::Error(error)) => Err(cannot("lock", &path, &error)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;
    use crate::stopped::Reason;

    #[test]
    fn real_data_and_demonstrations_never_share_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let demonstration = folder.path().join("demo");
        drop(for_demonstration(&demonstration, false).unwrap());
        assert!(fs::read_to_string(demonstration.join(STAMP)).unwrap().contains("everything in it is invented"));
        assert_eq!(for_serving(&demonstration).unwrap_err().reason, Reason::Refused);

        let real = folder.path().join("real");
        drop(for_serving(&real).unwrap());
        fs::write(database(&real), "data").unwrap();
        for fresh in [false, true] {
            assert_eq!(for_demonstration(&real, fresh).unwrap_err().reason, Reason::Refused);
        }
        assert_eq!(fs::read(database(&real)).unwrap(), b"data");
    }

    #[test]
    fn a_fresh_demonstration_forgets_the_database_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        drop(for_demonstration(folder.path(), false).unwrap());
        fs::write(database(folder.path()), "old").unwrap();
        fs::write(folder.path().join("mine.txt"), "mine").unwrap();
        drop(for_demonstration(folder.path(), false).unwrap());
        assert!(database(folder.path()).exists());
        drop(for_demonstration(folder.path(), true).unwrap());
        assert!(!database(folder.path()).exists());
        assert!(folder.path().join("mine.txt").exists());
    }

    #[test]
    fn only_one_serves_from_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = for_serving(folder.path()).unwrap();
        assert!(for_serving(folder.path()).unwrap_err().message.contains("Another commonhold"));
        drop(first);
        for_serving(folder.path()).unwrap();
    }
}
