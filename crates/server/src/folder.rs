//! The folder of data: the embedded database, messages that wait, and the stamp of a demonstration.
//!
//! A demonstration may be thrown away at any time and lets anyone be anyone, so it and real data never share a folder.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use store::Location;

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
    _lock: File,
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
    make(folder)?;
    lock(folder)
}

/// The folder for a demonstration: empty and then stamped, or stamped before. `fresh` empties a stamped one.
pub(crate) fn for_demonstration(folder: &Path, fresh: bool) -> Result<Served, Stopped> {
    let stamped = is_demonstration(folder);
    if !stamped && !is_empty(folder)? {
        let message =
            format!("The folder {} holds something else, so no demonstration is put there.", folder.display());
        return Err(Stopped::refused(message).next("Give a folder that is empty or does not exist yet, with --data."));
    }
    make(folder)?;
    if !stamped {
        let stamp = folder.join(STAMP);
        fs::write(&stamp, STAMP_TEXT).map_err(|error| cannot("write", &stamp, &error))?;
    }
    let served = lock(folder)?;
    if fresh {
        for name in [DATABASE, "commonhold.sqlite-wal", "commonhold.sqlite-shm"] {
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

fn lock(folder: &Path) -> Result<Served, Stopped> {
    let path = folder.join(LOCK);
    let file = File::create(&path).map_err(|error| cannot("write", &path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(Served { path: folder.to_owned(), _lock: file }),
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
