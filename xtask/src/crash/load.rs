//! What several people do at once: add systems, change them, bring files in and undo them, sign in, search.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::json;

use super::Dice;
use super::place::Place;
use super::record::Record;
use super::visitor::{Answer, Seen, Visitor};

/// Somebody who has signed in, and stays so however often the program is killed.
pub struct Person {
    pub cookie: String,
}

/// Who edits Ashmere's estate.
const EDITOR: &str = "estate.editor@ashmere.example";
/// Who signs in again and again; for one address only a few links wait at a time.
const OTHERS: [&str; 4] = [
    "estate.steward@ashmere.example",
    "estate.editor@brackford.example",
    "estate.editor@colne.example",
    "estate.editor@dunmoor.example",
];
/// How long a message may take to come.
const MAIL: Duration = Duration::from_secs(20);
/// Rows of each file.
const ROWS: u64 = 25;

/// The editor signs in.
pub fn sign_in(place: &Place, record: &Record) -> Result<Vec<Person>> {
    let visitor = Visitor::new(place.address(), None);
    let cookie = enter(&visitor, EDITOR, &place.outbox(), &AtomicBool::new(false))?;
    let cookie = cookie.context("the editor could not sign in")?;
    record.signed_in(&cookie);
    Ok(vec![Person { cookie }])
}

/// A load that is on.
pub struct Load {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Result<Counts>>>,
}

/// Requests that were answered, and those that were not.
#[derive(Default)]
pub struct Counts {
    answered: u64,
    unknown: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} requests answered, {} not", self.answered, self.unknown)
    }
}

/// Numbers that no other worker of this run gets.
static NEXT: AtomicU64 = AtomicU64::new(1);

fn next() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Load {
    pub fn start(address: &str, people: &[Person], record: &Arc<Record>, dice: &Dice, outbox: PathBuf) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let cookie = people.first().map(|person| person.cookie.clone());
        let worker = |work: fn(&mut Worker) -> Result<()>| {
            let mut worker = Worker {
                visitor: Visitor::new(address, cookie.clone()),
                anyone: Visitor::new(address, None),
                record: record.clone(),
                dice: dice.clone(),
                outbox: outbox.clone(),
                stop: stop.clone(),
                counts: Counts::default(),
            };
            thread::spawn(move || {
                while !worker.stop.load(Ordering::Relaxed) {
                    work(&mut worker)?;
                }
                Ok(worker.counts)
            })
        };
        let works = [Worker::add, Worker::change, Worker::change, Worker::bring_in, Worker::sign_in, Worker::search];
        Load { threads: works.into_iter().map(worker).collect(), stop }
    }

    /// Waits until everybody has noticed.
    pub fn stop(self) -> Result<Counts> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Counts::default();
        for thread in self.threads {
            let counts = thread.join().map_err(|_| anyhow!("a worker of the load panicked"))??;
            all.answered += counts.answered;
            all.unknown += counts.unknown;
        }
        Ok(all)
    }
}

struct Worker {
    visitor: Visitor,
    anyone: Visitor,
    record: Arc<Record>,
    dice: Dice,
    outbox: PathBuf,
    stop: Arc<AtomicBool>,
    counts: Counts,
}

impl Worker {
    /// The answer, if it is one of those that are expected; none where the outcome is not known.
    fn expected(&mut self, what: &str, answer: Answer, statuses: &[u16]) -> Result<Option<Seen>> {
        match answer {
            Answer::Whole(seen) if statuses.contains(&seen.status) => {
                self.counts.answered += 1;
                Ok(Some(seen))
            }
            // The database is away, or was lost while committing, or too many wait: the next check will tell.
            Answer::Whole(seen) if seen.status == 503 => {
                self.counts.unknown += 1;
                sleep(Duration::from_millis(20));
                Ok(None)
            }
            Answer::Whole(seen) => bail!("{what} answered {}: {}", seen.status, seen.body),
            Answer::Unknown => {
                self.counts.unknown += 1;
                sleep(Duration::from_millis(20));
                Ok(None)
            }
        }
    }

    fn add(&mut self) -> Result<()> {
        let name = format!("Added {}", letters(next()));
        let fields = json!({ "name": name, "status": "live" });
        self.record.added(&name, None);
        let answer = self.visitor.post_json("/organisations/ashmere/systems/new.json", &fields);
        if let Some(seen) = self.expected("adding a system", answer, &[201])? {
            self.record.added(&name, Some(seen.location));
        }
        Ok(())
    }

    fn change(&mut self) -> Result<()> {
        let Some((name, address)) = self.record.some_system(&self.dice) else {
            sleep(Duration::from_millis(20));
            return Ok(());
        };
        // Two workers that write to one system could be acknowledged in another order than they were done in.
        let record = self.record.clone();
        let Some(_alone) = record.alone(&name) else { return Ok(()) };
        let users = next();
        self.record.writing_users(&name, users);
        let answer = self.visitor.post_json(&format!("{address}/edit.json"), &json!({ "users": users }));
        if self.expected("changing a system", answer, &[200])?.is_some() {
            self.record.wrote_users(&name, users);
        }
        Ok(())
    }

    fn bring_in(&mut self) -> Result<()> {
        let beginning = format!("filed{}", letters(next()));
        let mut file = String::from("System,Product,Supplier,Status,Users\n");
        for row in 0..ROWS {
            file.push_str(&format!("{beginning} {},,,live,{}\n", letters(row), row + 1));
        }
        let imports = "/organisations/ashmere/imports";
        let answer = self.visitor.post_file(imports, &format!("{beginning}.csv"), &file);
        let Some(sent) = self.expected("sending a file", answer, &[303])? else { return Ok(()) };
        let Some(address) = sent.location.strip_suffix("/mapping").map(str::to_owned) else {
            bail!("a file led to {}", sent.location);
        };
        let answer = self.visitor.post_form(&format!("{address}/mapping"), "");
        if self.expected("saying what columns mean", answer, &[303])?.is_none() {
            return Ok(());
        }
        let answer = self.visitor.get(&format!("{address}/preview.json"));
        let Some(preview) = self.expected("a preview", answer, &[200])? else { return Ok(()) };
        let digest = preview.json()?["digest"].as_str().unwrap_or_default().to_owned();
        self.record.importing(&beginning, ROWS, ROWS);
        let answer = self.visitor.post_form(&format!("{address}/preview"), &format!("action=apply&digest={digest}"));
        // 409: somebody changed the estate since the preview, so nothing was applied.
        let Some(applied) = self.expected("applying a file", answer, &[303, 409])? else { return Ok(()) };
        if applied.status == 409 {
            self.record.imported(&beginning, 0);
            return Ok(());
        }
        self.record.imported(&beginning, ROWS);
        if self.dice.below(2) == 0 {
            self.record.importing(&beginning, ROWS, 0);
            let answer = self.visitor.post_form(&format!("{address}/undo"), "");
            if self.expected("undoing a file", answer, &[303])?.is_some() {
                self.record.imported(&beginning, 0);
            }
        }
        Ok(())
    }

    fn sign_in(&mut self) -> Result<()> {
        let at = usize::try_from(self.dice.below(OTHERS.len() as u64)).unwrap_or_default();
        let email = OTHERS[at];
        match enter(&self.anyone, email, &self.outbox, &self.stop)? {
            Some(cookie) => {
                self.counts.answered += 2;
                self.record.signed_in(&cookie);
            }
            None => self.counts.unknown += 1,
        }
        Ok(())
    }

    fn search(&mut self) -> Result<()> {
        let word = ["added", "filed", "waste", "housing"][usize::try_from(self.dice.below(4)).unwrap_or_default()];
        let answer = self.visitor.get(&format!("/search.json?q={word}"));
        self.expected("a search", answer, &[200]).map(drop)
    }
}

/// Asks for a link, waits for the message, and signs in with it. None when an answer or the message did not come.
pub fn enter(visitor: &Visitor, email: &str, outbox: &Path, stop: &AtomicBool) -> Result<Option<String>> {
    let Answer::Whole(asked) = visitor.post_form("/sign-in", &format!("email={}", email.replace('@', "%40"))) else {
        return Ok(None);
    };
    if asked.status != 303 {
        return Ok(None);
    }
    let until = Instant::now() + MAIL;
    while Instant::now() < until && !stop.load(Ordering::Relaxed) {
        let Some(token) = message_for(email, outbox)? else {
            sleep(Duration::from_millis(30));
            continue;
        };
        let Answer::Whole(seen) = visitor.post_form(&format!("/sign-in/{token}"), "") else { return Ok(None) };
        return Ok(seen.cookie.filter(|_| seen.status == 303));
    }
    Ok(None)
}

/// The token of a message to somebody, which is then taken out of the folder.
fn message_for(email: &str, outbox: &Path) -> Result<Option<String>> {
    let Ok(entries) = fs::read_dir(outbox) else { return Ok(None) };
    let by_name: BTreeMap<_, _> = entries.flatten().map(|entry| (entry.file_name(), entry.path())).collect();
    for path in by_name.into_values().filter(|path| path.extension().is_some_and(|ending| ending == "eml")) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if !text.lines().any(|line| line == format!("To: {email}")) {
            continue;
        }
        fs::remove_file(&path).with_context(|| path.display().to_string())?;
        let text = text.replace("=\r\n", "");
        let token = text.split("/sign-in/").nth(1).unwrap_or_default();
        return Ok(Some(token.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()));
    }
    Ok(None)
}

/// A number in letters: one word for search, and nothing that looks like the version of a list.
fn letters(number: u64) -> String {
    let digit = |at: u32| char::from(b'a' + u8::try_from(number / 10_u64.pow(at) % 10).unwrap_or_default());
    (0..8).rev().map(digit).collect()
}
