//! What was acknowledged, and the check that all of it is there, and nothing by half.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Result, bail, ensure};

use super::Dice;
use super::load::Person;
use super::visitor::{Answer, Visitor};

/// Everything that the program has answered for.
#[derive(Default)]
pub struct Record {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// By name: where it is, or nothing where the answer never came.
    systems: BTreeMap<String, System>,
    imports: BTreeMap<String, Import>,
    /// Sessions that were begun.
    sessions: Vec<String>,
    /// Systems that somebody is writing to now.
    taken: BTreeSet<String>,
    /// What was written since the last check.
    fresh: Vec<What>,
}

#[derive(Clone)]
enum What {
    System(String),
    Import(String),
    Session(String),
}

struct System {
    address: Option<String>,
    /// What may stand as its users: what was acknowledged last, and all that was sent since.
    users: Vec<Option<u64>>,
}

/// A system that nobody else writes to.
pub struct Alone<'r> {
    record: &'r Record,
    name: String,
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.record.kept().taken.remove(&self.name);
    }
}

/// How many rows of a file may be there.
struct Import {
    rows: u64,
    may_be: Vec<u64>,
}

/// How many of those from earlier rounds are looked at again in each.
const OLDER: u64 = 10;

impl Record {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_empty(&self) -> bool {
        self.kept().systems.is_empty()
    }

    /// A system was added at `address`, or its outcome is not known.
    pub fn added(&self, name: &str, address: Option<String>) {
        let mut kept = self.kept();
        kept.systems.insert(name.to_owned(), System { address, users: vec![None] });
        kept.fresh.push(What::System(name.to_owned()));
    }

    /// A system whose address is known.
    pub fn some_system(&self, dice: &Dice) -> Option<(String, String)> {
        let kept = self.kept();
        let known = kept.systems.iter().filter_map(|(name, system)| Some((name, system.address.as_ref()?)));
        let known: Vec<_> = known.collect();
        let at = usize::try_from(dice.below(known.len() as u64)).ok()?;
        known.get(at).map(|(name, address)| ((*name).clone(), (*address).clone()))
    }

    /// Keeps others from writing to a system as long as the answer is held; none when somebody else has it.
    pub fn alone(&self, name: &str) -> Option<Alone<'_>> {
        let taken = self.kept().taken.insert(name.to_owned());
        taken.then(|| Alone { record: self, name: name.to_owned() })
    }

    /// The users of a system are about to be written.
    pub fn writing_users(&self, name: &str, users: u64) {
        let mut kept = self.kept();
        if let Some(system) = kept.systems.get_mut(name) {
            system.users.push(Some(users));
        }
        kept.fresh.push(What::System(name.to_owned()));
    }

    /// They were written.
    pub fn wrote_users(&self, name: &str, users: u64) {
        if let Some(system) = self.kept().systems.get_mut(name) {
            system.users = vec![Some(users)];
        }
    }

    /// A file with so many rows, whose names begin so, is about to be applied or undone; afterwards this many are there.
    pub fn importing(&self, beginning: &str, rows: u64, after: u64) {
        let mut kept = self.kept();
        let import = kept.imports.entry(beginning.to_owned()).or_insert(Import { rows, may_be: vec![0] });
        import.may_be.push(after);
        kept.fresh.push(What::Import(beginning.to_owned()));
    }

    /// It was applied or undone.
    pub fn imported(&self, beginning: &str, now: u64) {
        if let Some(import) = self.kept().imports.get_mut(beginning) {
            import.may_be = vec![now];
        }
    }

    /// Somebody signed in.
    pub fn signed_in(&self, cookie: &str) {
        let mut kept = self.kept();
        kept.sessions.push(cookie.to_owned());
        kept.fresh.push(What::Session(cookie.to_owned()));
    }

    /// Looks at all that was written since the last check, and at some of what was there before. Says how many.
    pub fn check(&self, address: &str, people: &[Person], dice: &Dice) -> Result<usize> {
        let Some(person) = people.first() else { bail!("nobody has signed in") };
        let editor = Visitor::new(address, Some(person.cookie.clone()));
        let mut kept = self.kept();
        let mut all = std::mem::take(&mut kept.fresh);
        let names: Vec<String> = kept.systems.keys().cloned().collect();
        let files: Vec<String> = kept.imports.keys().cloned().collect();
        for _ in 0..OLDER {
            let pick = |from: &[String]| from.get(usize::try_from(dice.below(from.len() as u64)).ok()?).cloned();
            all.extend(pick(&names).map(What::System));
            all.extend(pick(&files).map(What::Import));
            all.extend(pick(&kept.sessions).map(What::Session));
        }
        for what in &all {
            match what {
                What::System(name) => check_system(&editor, name, kept.systems.get_mut(name))?,
                What::Import(beginning) => check_import(&editor, beginning, kept.imports.get_mut(beginning))?,
                What::Session(cookie) => {
                    let seen = Visitor::new(address, Some(cookie.clone())).get("/account.json");
                    let here = matches!(seen, Answer::Whole(seen) if seen.status == 200);
                    ensure!(here, "somebody who had signed in is not signed in any more");
                }
            }
        }
        Ok(all.len())
    }

    /// How much there is, in words.
    pub fn told(&self) -> impl fmt::Display {
        let kept = self.kept();
        format!(
            "{} systems added, {} files applied or undone, {} sign-ins",
            kept.systems.len(),
            kept.imports.len(),
            kept.sessions.len()
        )
    }
}

fn check_system(editor: &Visitor, name: &str, system: Option<&mut System>) -> Result<()> {
    let Some(system) = system else { return Ok(()) };
    if system.address.is_none() {
        // Its answer never came. If it is there, it is there whole, and once.
        let found = editor.data(&format!("/organisations/ashmere/systems.json?q={}", name.replace(' ', "+")))?;
        let found = found["systems"].as_array().cloned().unwrap_or_default();
        let same: Vec<_> = found.iter().filter(|found| found["name"] == name).collect();
        ensure!(same.len() <= 1, "\"{name}\" is there {} times", same.len());
        system.address = same.first().and_then(|found| found["id"].as_str()).map(|id| format!("/systems/{id}"));
    }
    let Some(address) = &system.address else { return Ok(()) };
    let found = editor.data(&format!("{address}.json"))?;
    let found = &found["system"];
    ensure!(found["name"] == name, "{address} should be \"{name}\": {found}");
    let users = found["users"].as_u64();
    ensure!(system.users.contains(&users), "\"{name}\" has {users:?} users, and should have one of {:?}", system.users);
    // What it is now is what it has to stay.
    system.users = vec![users];
    Ok(())
}

fn check_import(editor: &Visitor, beginning: &str, import: Option<&mut Import>) -> Result<()> {
    let Some(import) = import else { return Ok(()) };
    let found = editor.data(&format!("/organisations/ashmere/systems.json?q={beginning}"))?;
    let there = found["total"].as_u64().unwrap_or_default();
    ensure!(
        import.may_be.contains(&there),
        "of the {} rows of file {beginning} {there} are there, and should be one of {:?}",
        import.rows,
        import.may_be
    );
    import.may_be = vec![there];
    Ok(())
}
