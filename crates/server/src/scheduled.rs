//! Backups that take themselves: a job that takes one when the newest is too old and removes those that are too many, and a
//! job that proves the newest by restoring it.
//!
//! The folder is the truth: which backups there are is in the names of its files, and which was proved in `proved.json`
//! beside them. So both jobs may run twice, and after a restore neither believes in files that are not there.

mod card;
mod keep;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ledger::job::{Failed, JobKind, Run, Schedule, again, recurring};
use serde::{Deserialize, Serialize};
use store::{Store, Transaction};
use vocabulary::{Clock, Timestamp};

pub use card::health;
pub(crate) use card::{Seen, look};
pub use keep::Keep;

use crate::backups::{self, ENDING, Taken};
use crate::folder::{self, cannot};
use crate::restoring::{Forget, restore};
use crate::stopped::Stopped;

/// Where backups go by themselves, and how many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// The folder.
    pub to: PathBuf,
    /// How old the newest may become, in hours.
    pub every_hours: u16,
    /// Which of the older ones stay.
    pub keep: Keep,
    /// Where a restore may be tried.
    pub scratch: PathBuf,
}

/// How the name of every backup begins that may be removed again.
const BEGINNING: &str = "commonhold-";
/// The job that proves the newest backup: at once when there is a new one.
const PROVING: &str = "prove_backup";
/// Which backup was proved, beside them.
const PROVED: &str = "proved.json";
/// How often it is looked whether a backup is due.
const LOOK: Schedule = Schedule::EveryMinutes(15);

/// A backup that was restored on trial, and was the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proved {
    /// The name of its file.
    pub(crate) file: String,
    /// When.
    pub(crate) at: Timestamp,
    /// How many rows were read back.
    pub(crate) rows: u64,
}

impl Scheduled {
    /// The two jobs.
    pub fn jobs(&self) -> Vec<JobKind> {
        let (taking, proving) = (self.clone(), self.clone());
        vec![
            JobKind {
                name: "back_up",
                label: "Back up, when it is time",
                schedule: Some(LOOK),
                tries: 5,
                limit_minutes: 120,
                run: Arc::new(move |run: &Run| {
                    let before = taking.newest();
                    let said = taking.back_up(&run.store, &run.clock).map_err(for_now)?;
                    if taking.newest() != before {
                        let now = run.clock.now();
                        let at_once = move |tx: &mut Transaction<'_>| {
                            let waiting = recurring(tx, &[PROVING])?;
                            waiting.iter().try_for_each(|job| again(tx, &job.id, now).map(|_| ()))
                        };
                        run.store.write_blocking(at_once)?;
                    }
                    Ok(said)
                }),
            },
            JobKind {
                name: PROVING,
                label: "Restore the newest backup on trial",
                schedule: Some(LOOK),
                tries: 3,
                limit_minutes: 120,
                run: Arc::new(move |run: &Run| proving.prove(&run.clock).map_err(for_now)),
            },
        ]
    }

    /// Takes a backup when the newest is too old, and removes those that are too many. Says what it did.
    ///
    /// # Errors
    /// When the folder cannot be read or written, or the database not be read.
    pub fn back_up(&self, store: &Store, clock: &Clock) -> Result<String, Stopped> {
        let now = clock.now();
        if let Some((at, _)) = self.all()?.first()
            && now.duration_since(*at) < SignedDuration::from_hours(i64::from(self.every_hours))
        {
            return Ok(format!("The newest, of {at}, is not {} hours old.", self.every_hours));
        }
        let file = self.to.join(backups::name(BEGINNING.trim_end_matches('-'), now));
        let Taken { bytes, manifest, .. } = backups::take(store, &file, clock)?;
        let all = self.all()?;
        let moments: Vec<Timestamp> = all.iter().map(|(at, _)| *at).collect();
        let mut removed = 0;
        for at in self.keep.superfluous(&moments, now) {
            for (_, file) in all.iter().filter(|(moment, _)| *moment == at) {
                fs::remove_file(file).map_err(|error| cannot("delete", file, &error))?;
                removed += 1;
            }
        }
        Ok(format!(
            "Backed up {} rows into {bytes} bytes; {} are kept, {removed} removed.",
            manifest.rows(),
            all.len() - removed
        ))
    }

    /// Restores the newest backup into a folder of its own, compares what is read back with it, examines it, and removes it
    /// again. One that was proved is left alone. Says what it did.
    ///
    /// # Errors
    /// When it is damaged, cannot be restored, or is not well.
    pub fn prove(&self, clock: &Clock) -> Result<String, Stopped> {
        let Some((_, file)) = self.all()?.into_iter().next() else {
            return Ok("There is no backup yet.".to_owned());
        };
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if self.proved().is_some_and(|proved| proved.file == name) {
            return Ok(format!("{name} was proved already."));
        }
        let trial = self.scratch.join("restored-on-trial");
        // What a program that was killed has left.
        drop(fs::remove_dir_all(&trial));
        let tried = folder::for_serving(&trial)
            .and_then(|folder| restore(&file, &folder, None, false, &Forget::Nothing, clock));
        let cleared = fs::remove_dir_all(&trial).map_err(|error| cannot("delete", &trial, &error));
        let restored = tried?;
        cleared?;
        if let Some(finding) = restored.examination.findings.first() {
            return Err(Stopped::refused(format!("{name} restores, and is not well: {}", finding.message)));
        }
        let proved = Proved { file: name.clone(), at: clock.now(), rows: restored.manifest.rows() };
        self.write_down(&proved)?;
        Ok(format!("{name} was restored on trial; {} rows are those of the backup, and all is well.", proved.rows))
    }

    /// When the newest was taken, as far as the folder can be read.
    fn newest(&self) -> Option<Timestamp> {
        self.all().ok()?.first().map(|(at, _)| *at)
    }

    /// Every backup of the folder that was taken under our names, newest first.
    fn all(&self) -> Result<Vec<(Timestamp, PathBuf)>, Stopped> {
        let entries = match fs::read_dir(&self.to) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(cannot("read", &self.to, &error)),
        };
        let ours = |path: PathBuf| Some((moment(path.file_name()?.to_str()?)?, path));
        let mut all: Vec<(Timestamp, PathBuf)> = entries.flatten().filter_map(|entry| ours(entry.path())).collect();
        all.sort_by(|a, b| b.cmp(a));
        Ok(all)
    }

    /// The latest proof, if it can be read.
    fn proved(&self) -> Option<Proved> {
        serde_json::from_str(&fs::read_to_string(self.to.join(PROVED)).ok()?).ok()
    }

    fn write_down(&self, proved: &Proved) -> Result<(), Stopped> {
        let (part, path) = (self.to.join("proved.json.part"), self.to.join(PROVED));
        let text = serde_json::to_string(proved).map_err(Stopped::unexpected)?;
        fs::write(&part, text + "\n").map_err(|error| cannot("write", &part, &error))?;
        fs::rename(&part, &path).map_err(|error| cannot("rename", Path::new(&part), &error))
    }
}

/// The moment in the name of a backup of ours.
fn moment(name: &str) -> Option<Timestamp> {
    let text = name.strip_prefix(BEGINNING)?.strip_suffix(ENDING)?;
    let at = DateTime::strptime("%Y-%m-%dT%H%M%SZ", text).ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Another time there may be room on the disk, or a new backup.
fn for_now(stopped: Stopped) -> Failed {
    Failed::ForNow(stopped.to_string())
}
