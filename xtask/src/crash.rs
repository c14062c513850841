//! Crash safety, shown: the real program under a mixed load, killed without warning at random moments, started again, and
//! asked whether anything is lost or half done.
//!
//! | Module | What it is for |
//! |---|---|
//! | `place` | the program and its database: started, killed, started again |
//! | `visitor` | requests, and whether their outcome is known |
//! | `load` | what several people do at once |
//! | `record` | what was acknowledged, and the check that it is there |
//!
//! The record is in this process's memory only. A request whose answer never came may have been done or not, but never by
//! half. Every seventh round a backup is taken under the load, restored elsewhere and compared.
//!
//! What this cannot show is a power cut: the operating system lives on and writes what it was given.

mod load;
pub mod place;
mod record;
pub mod visitor;

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use vocabulary::Chance;

pub use load::enter;
use place::Place;
use record::Record;

/// What `cargo xtask crash` takes.
#[derive(Args)]
pub struct Crash {
    /// How often something is killed.
    #[arg(long, default_value_t = 10)]
    kills: u32,
    /// On which engine.
    #[arg(long, value_enum, default_value = "sqlite")]
    engine: Engine,
    /// Where the random moments begin; the same number kills at the same moments, as far as the machine allows.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The engine under the program.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// The embedded database.
    Sqlite,
    /// A PostgreSQL that is started for it; in every fifth round that one is killed and not the program.
    Postgres,
}

/// Which share of rounds kills the database server.
const SERVER_EVERY: u32 = 5;
/// In which share of rounds a backup is taken under the load: in some of them the database server is killed, in most not.
const BACKUP_EVERY: u32 = 7;

/// Random numbers that repeat.
#[derive(Clone)]
pub struct Dice(Chance);

impl Dice {
    /// Those that begin here.
    pub fn new(seed: u64) -> Dice {
        Dice(Chance::counted(seed.wrapping_mul(1 << 32)))
    }

    /// A number from 0 to one less than `below`.
    pub fn below(&self, below: u64) -> u64 {
        // A counted source never fails.
        let number = self.0.bytes::<8>().map(u64::from_be_bytes).unwrap_or_default();
        number % below.max(1)
    }
}

/// Kills `kills` times and fails at the first thing that is not as it should be.
pub fn run(crash: &Crash) -> Result<()> {
    let dice = Dice::new(crash.seed);
    let mut place = Place::new(crash.engine)?;
    let record = Arc::new(Record::default());
    let begun = Instant::now();
    place.start()?;
    let people = load::sign_in(&place, &record)?;
    for round in 1..=crash.kills {
        let checked = one(&mut place, &people, &record, &dice, round);
        let checked = checked.with_context(|| {
            format!("round {round} of seed {}; what is left lies in {}", crash.seed, place.keep().display())
        })?;
        println!("{round:>4}: {checked}");
    }
    println!(
        "{} kills in {} s, seed {}: {}; nothing acknowledged was lost, nothing was half done",
        crash.kills,
        begun.elapsed().as_secs(),
        crash.seed,
        record.told()
    );
    Ok(())
}

fn one(place: &mut Place, people: &[load::Person], record: &Arc<Record>, dice: &Dice, round: u32) -> Result<String> {
    let address = place.address().to_owned();
    let moment = Duration::from_millis(50 + dice.below(1_500));
    let kills_server = place.has_server() && round.is_multiple_of(SERVER_EVERY);
    let backup = round.is_multiple_of(BACKUP_EVERY).then(|| place.backup_in_background(round)).transpose()?;
    let load = load::Load::start(&address, people, record, dice, place.outbox());
    sleep(moment);
    let killed = if kills_server { "the database server" } else { "the program" };
    if kills_server {
        place.kill_server()?;
        sleep(Duration::from_millis(dice.below(500)));
        place.start_server()?;
    } else {
        place.kill()?;
    }
    let answers = load.stop()?;
    let up = Instant::now();
    if kills_server {
        place.wait_until_well()?;
    } else {
        place.start()?;
    }
    let up = up.elapsed();
    let checked = record.check(place.address(), people, dice)?;
    place.doctor()?;
    let mut said = format!(
        "{killed} after {} ms; {answers}; up again in {} ms; {checked} looked at, all there",
        moment.as_millis(),
        up.as_millis()
    );
    if let Some(backup) = backup {
        said.push_str(match place.compare_backup(backup, kills_server)? {
            true => "; a backup under the load was restored elsewhere and is identical",
            false => "; a backup that lost its database failed and left nothing",
        });
    }
    if record.is_empty() {
        bail!("nothing was acknowledged, so nothing was shown");
    }
    Ok(said)
}
