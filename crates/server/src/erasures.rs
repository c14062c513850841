//! The journal of erasures: which personal data was erased, outside the database, so that a restored backup does not bring
//! it back.
//!
//! Each erasure is a row of the ledger, written in the transaction that erased. This file repeats the rows, one line of
//! JSON each, in the folder of data and beside the backups. Lines are only ever added, and are on the disk before anybody
//! is told. It holds references, never what was erased.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ledger::Erasure;
use serde::{Deserialize, Serialize};
use store::{Store, Transaction};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use vocabulary::{OrganisationId, Timestamp};

use crate::folder::cannot;
use crate::slices::reapply;
use crate::stopped::Stopped;

/// The file's name, wherever it is.
pub(crate) const JOURNAL: &str = "erasures.jsonl";

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    organisation: Option<OrganisationId>,
    kind: String,
    id: String,
    at: Timestamp,
}

/// Adds what the journal of a folder lacks of the erasures that the database knows of, and gives it to the disk. Says how
/// many lines it added. The folder must exist.
///
/// # Errors
/// When the journal cannot be read or written; those of the database.
pub fn write_down(store: &Store, folder: &Path) -> Result<usize, Stopped> {
    let known = store.read_blocking(|tx| match store::tables(tx)?.iter().any(|table| table.name == "erasure") {
        true => ledger::erasures(tx),
        // An older version's database, which a backup leaves as it is.
        false => Ok(Vec::new()),
    })?;
    add(folder, &known)
}

/// How often it is asked whether something was erased.
const BEAT: Duration = Duration::from_secs(1);

/// Keeps the journals of these folders while the program serves: at once, within a second of every erasure, and at the end.
pub(crate) async fn keep(store: Store, folders: Vec<PathBuf>, mut stopping: watch::Receiver<bool>) {
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut written = -1;
    // The same failure is logged once, not every second.
    let mut failing = false;
    loop {
        let last = tokio::select! {
            _ = beat.tick() => false,
            _ = stopping.changed() => true,
        };
        let counting = |tx: &mut Transaction<'_>| {
            tx.query_one("SELECT COUNT(*) FROM erasure", &[], |row| row.integer(0)).map_err(Stopped::from)
        };
        let (known, folders) = (store.clone(), folders.clone());
        let outcome = match store.read(counting).await {
            Ok(count) if count == written => Ok(count),
            Ok(count) => {
                let all = move || folders.iter().try_for_each(|folder| write_down(&known, folder).map(drop));
                match tokio::task::spawn_blocking(all).await {
                    Ok(done) => done.map(|()| count),
                    Err(error) => Err(Stopped::unexpected(error)),
                }
            }
            Err(stopped) => Err(stopped),
        };
        match outcome {
            Ok(count) => (written, failing) = (count, false),
            Err(stopped) if !failing => {
                failing = true;
                tracing::error!(error = %stopped, "the journal of erasures waits, because it cannot be written");
            }
            Err(_) => {}
        }
        if last {
            return;
        }
    }
}

/// As [`write_down`], for erasures that are at hand.
pub(crate) fn add(folder: &Path, known: &[Erasure]) -> Result<usize, Stopped> {
    let path = folder.join(JOURNAL);
    if known.is_empty() && !path.exists() {
        return Ok(0);
    }
    let failed = |error: io::Error| cannot("write", &path, &error);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&path).map_err(failed)?;
    // A command and `serve` may do this at the same moment.
    file.lock().map_err(failed)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(failed)?;
    let (whole, written) = parsed(&text, &path)?;
    let written: BTreeSet<(&Option<OrganisationId>, &str, &str)> =
        written.iter().map(|line| (&line.organisation, line.kind.as_str(), line.id.as_str())).collect();
    let mut more = String::new();
    let mut count = 0;
    for erasure in known {
        if !written.contains(&(&erasure.organisation, erasure.kind.as_str(), erasure.id.as_str())) {
            let Erasure { organisation, kind, id, at } = erasure.clone();
            more += &serde_json::to_string(&Line { organisation, kind, id, at }).map_err(Stopped::unexpected)?;
            more.push('\n');
            count += 1;
        }
    }
    if count > 0 {
        // A line that a crash has cut off is written over: its row is among those that are added.
        file.set_len(whole).and_then(|()| file.seek(SeekFrom::Start(whole))).map_err(failed)?;
        file.write_all(more.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        #[cfg(unix)]
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(count)
}

/// Everything that the journals say, oldest first. A file that is not there says nothing.
///
/// # Errors
/// When one cannot be read, or holds something else.
pub(crate) fn read(journals: &[PathBuf]) -> Result<Vec<Erasure>, Stopped> {
    let mut all = Vec::new();
    for path in journals {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(cannot("read", path, &error)),
        };
        let (_, lines) = parsed(&text, path)?;
        all.extend(lines.into_iter().map(|Line { organisation, kind, id, at }| Erasure { organisation, kind, id, at }));
    }
    all.sort_by(|a, b| (a.at, a).cmp(&(b.at, b)));
    all.dedup_by(|a, b| (&a.organisation, &a.kind, &a.id) == (&b.organisation, &b.kind, &b.id));
    Ok(all)
}

/// Does again what a restored database does not know of, and writes it down there. Says how many erasures were missing, and
/// how many of them found something to erase.
pub(crate) fn do_again(tx: &mut Transaction<'_>, journal: &[Erasure]) -> Result<(usize, usize), store::Error> {
    let known = ledger::erasures(tx)?;
    let key = |erasure: &Erasure| (erasure.organisation.clone(), erasure.kind.clone(), erasure.id.clone());
    let known: BTreeSet<_> = known.iter().map(key).collect();
    let (mut missing, mut found) = (0, 0);
    for erasure in journal.iter().filter(|erasure| !known.contains(&key(erasure))) {
        missing += 1;
        found += usize::from(reapply(tx, erasure)?);
        ledger::record_erasure(tx, erasure)?;
    }
    Ok((missing, found))
}

/// The whole lines of a journal, and where they end. What follows the last end of line was cut off by a crash.
fn parsed(text: &str, path: &Path) -> Result<(u64, Vec<Line>), Stopped> {
    let whole = text.rfind('\n').map_or(0, |at| at + 1);
    let read = |(at, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|_| {
            let message = format!("Line {} of {} is no erasure.", at + 1, path.display());
            Stopped::refused(message).next("Put the journal back as it was: it is kept beside the backups too.")
        })
    };
    let lines: Result<Vec<Line>, Stopped> = text[..whole].lines().enumerate().map(read).collect();
    Ok((whole as u64, lines?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn erasure(id: &str, seconds: i64) -> Erasure {
        let at = Timestamp::from_second(seconds).unwrap();
        Erasure { organisation: "ashmere".parse().ok(), kind: "private-text".to_owned(), id: id.to_owned(), at }
    }

    #[test]
    fn lines_are_added_once_and_a_cut_off_one_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(JOURNAL);
        assert_eq!(add(folder.path(), &[]).unwrap(), 0);
        assert!(!path.exists(), "no journal while nothing was erased");
        let (a, b, c) = (erasure("a", 1), erasure("b", 2), erasure("c", 3));
        assert_eq!(add(folder.path(), &[a.clone(), b.clone()]).unwrap(), 2);
        assert_eq!(add(folder.path(), &[a.clone(), b.clone()]).unwrap(), 0);
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 7]).unwrap();
        assert_eq!(read(std::slice::from_ref(&path)).unwrap(), std::slice::from_ref(&a), "half a line says nothing");
        assert_eq!(add(folder.path(), &[a.clone(), b.clone(), c.clone()]).unwrap(), 2);
        let other = tempfile::tempdir().unwrap();
        add(other.path(), &[b.clone(), erasure("d", 0)]).unwrap();
        let both = read(&[path.clone(), other.path().join(JOURNAL), folder.path().join("nowhere")]).unwrap();
        assert_eq!(both, [erasure("d", 0), a, b, c]);
        std::fs::write(&path, format!("{whole}nonsense\n")).unwrap();
        assert!(read(&[path]).unwrap_err().message.starts_with("Line 3 of"));
    }
}
