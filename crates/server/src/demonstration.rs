//! The fictional county: its files are part of the program and are brought in as a council would bring in its own.
//!
//! Loading goes on where it stopped: what is there already stays as it is, so that a demonstration that people have
//! worked in is never overwritten.

use std::time::{Duration, Instant};

use architecture::estate::{Sharing, share, sharing};
use architecture::import::store::all;
use serde::Serialize;
use store::Store;
use vocabulary::{Chance, Clock, OrganisationId, Visibility};

use crate::import::{self, Counts, estate::EstateFile};
use crate::stopped::Stopped;

/// Who is in the county.
const ORGANISATIONS: &[u8] = include_bytes!("../../../demo/organisations.csv");
/// Who can be chosen to be.
const PEOPLE: &[u8] = include_bytes!("../../../demo/people.csv");

/// The council whose estate anyone may see, so that a visitor who has not signed in sees one.
pub const OPEN: &str = "brackford";

/// One council's file as the council sent it.
#[derive(Clone, Copy, Debug)]
pub struct CouncilFile {
    /// The council's identifier.
    pub organisation: &'static str,
    /// The file's name.
    pub name: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
}

macro_rules! sent {
    ($organisation:literal, $name:literal) => {
        CouncilFile {
            organisation: $organisation,
            name: $name,
            bytes: include_bytes!(concat!("../../../demo/", $name)),
        }
    };
}

/// The five estate files.
pub const FILES: [CouncilFile; 5] = [
    sent!("ashmere", "ashmere-systems.xlsx"),
    sent!("brackford", "brackford_apps_v3 FINAL.csv"),
    sent!("colne", "Colne IT asset register.xlsx"),
    sent!("dunmoor", "dunmoor.csv"),
    sent!("elmsey", "Elmsey_Estate_export.csv"),
];

/// What came of one council's file.
#[derive(Clone, Debug, Serialize)]
pub struct Council {
    /// The council's identifier.
    pub organisation: &'static str,
    /// The council's name.
    pub name: String,
    /// The file's name.
    pub file: &'static str,
    /// Systems that it added.
    pub systems: usize,
    /// Problems that its people should look at.
    pub problems: usize,
    /// How long it took, from bytes to committed.
    pub seconds: f64,
}

/// What came of loading. Empty when everything was there.
#[derive(Clone, Debug, Default, Serialize)]
pub struct County {
    /// Organisations added; none when they were there.
    pub organisations: Option<Counts>,
    /// Memberships of people added; none when they were there.
    pub people: Option<Counts>,
    /// The councils whose file was brought in now.
    pub councils: Vec<Council>,
}

impl County {
    /// Whether there was nothing left to load.
    pub fn was_there(&self) -> bool {
        self.organisations.is_none() && self.councils.is_empty()
    }
}

/// Loads what is not there yet of the county: reference data, organisations and people, then each council's file through
/// the importer, one estate open to everyone. `begins` is told before each council's file.
///
/// # Errors
/// Those of the importer, which would be a mistake in the program or its files, and those of the database.
pub fn load(
    store: &Store,
    clock: &Clock,
    chance: &Chance,
    mut begins: impl FnMut(&CouncilFile),
) -> Result<County, Stopped> {
    let mut county = County::default();
    import::reference(store, clock)?;
    if !has(store, FILES[0].organisation)? {
        county.organisations = Some(import::organisations(store, ORGANISATIONS, clock)?);
        county.people = Some(import::people(store, PEOPLE, clock, chance)?);
    }
    for file in FILES.iter() {
        let organisation = identifier(file.organisation)?;
        if !store.read_blocking(move |tx| all(tx, &organisation))?.is_empty() {
            continue;
        }
        begins(file);
        // Before the file, so that a start that was cut off in between does it again.
        if file.organisation == OPEN {
            open_to_everyone(store, clock)?;
        }
        let started = Instant::now();
        let sent = EstateFile { name: file.name.to_owned(), bytes: file.bytes.to_vec(), source: None };
        let imported = import::estate::bring_in(store, file.organisation, sent, clock, chance)?;
        county.councils.push(Council {
            organisation: file.organisation,
            name: imported.organisation.name,
            file: file.name,
            systems: imported.systems.new,
            problems: imported.problems.len() + imported.problems_left_out,
            seconds: rounded(started.elapsed()),
        });
    }
    Ok(county)
}

fn has(store: &Store, organisation: &str) -> Result<bool, Stopped> {
    let organisation = identifier(organisation)?;
    Ok(store.read_blocking(move |tx| accounts::organisation::find(tx, &organisation))?.is_some())
}

/// Shares one estate with everyone; what it costs stays as it was.
fn open_to_everyone(store: &Store, clock: &Clock) -> Result<(), Stopped> {
    let (organisation, now) = (identifier(OPEN)?, clock.now());
    store.write_blocking(move |tx| {
        let costs = sharing(tx, &organisation)?.costs;
        share(tx, &organisation, Sharing { estate: Visibility::Public, costs }, now)
    })?;
    Ok(())
}

fn identifier(text: &str) -> Result<OrganisationId, Stopped> {
    text.parse().map_err(Stopped::unexpected)
}

fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}
