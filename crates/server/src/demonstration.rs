//! The fictional county: its files are part of the program and are brought in as a council would bring in its own.
//!
//! Loading goes on where it stopped: what is there already stays as it is, so that a demonstration that people have
//! worked in is never overwritten.

use std::collections::BTreeSet;
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
/// The council that shows its estate to nobody else.
pub const CLOSED: &str = "inglemoor";

/// One council's file as the council sent it. A council that sends several has each as a list of its own.
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

/// The estate files, in the order in which they are brought in: a council's together, the combined authority's last.
pub const FILES: &[CouncilFile] = &[
    sent!("ashmere", "ashmere-systems.xlsx"),
    sent!("brackford", "brackford_apps_v3 FINAL.csv"),
    sent!("colne", "Colne IT asset register.xlsx"),
    sent!("dunmoor", "dunmoor.csv"),
    sent!("elmsey", "Elmsey_Estate_export.csv"),
    sent!("fallowmere", "Fallowmere ICT inventory 2026.xls"),
    sent!("fallowmere", "cmdb_ci_business_app.csv"),
    sent!("garsdown", "Garsdown systems, contracts and suppliers.xlsx"),
    sent!("hexleigh", "hexleigh-register.json"),
    sent!("hexleigh", "hexleigh_places_directorate.txt"),
    sent!("inglemoor", "Inglemoor applications and modules.ods"),
    sent!("colneshire-ca", "CCA shared systems matrix.xlsx"),
];

/// What came of one file.
#[derive(Clone, Debug, Serialize)]
pub struct Loaded {
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
    /// The files that were brought in now, in their order.
    pub files: Vec<Loaded>,
}

impl County {
    /// Whether there was nothing left to load.
    pub fn was_there(&self) -> bool {
        self.organisations.is_none() && self.files.is_empty()
    }

    /// How many councils the files that were brought in now are of.
    pub fn councils(&self) -> usize {
        self.files.iter().map(|file| file.organisation).collect::<BTreeSet<_>>().len()
    }
}

/// Loads what is not there yet of the county: reference data, organisations and people, then each council's files through
/// the importer, one estate open to everyone and one to nobody else. `begins` is told before each file.
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
    if !has(store, FILES.last().map_or(OPEN, |file| file.organisation))? {
        county.organisations = Some(import::organisations(store, ORGANISATIONS, clock)?);
        county.people = Some(import::people(store, PEOPLE, clock, chance)?);
    }
    for file in FILES {
        if is_there(store, file)? {
            continue;
        }
        begins(file);
        // Before the file, so that a start that was cut off in between does it again.
        match file.organisation {
            OPEN => share_with(store, OPEN, Visibility::Public, clock)?,
            CLOSED => share_with(store, CLOSED, Visibility::Own, clock)?,
            _ => {}
        }
        let started = Instant::now();
        let sent = EstateFile { name: file.name.to_owned(), bytes: file.bytes.to_vec(), source: None };
        let imported = import::estate::bring_in(store, file.organisation, sent, clock, chance)?;
        county.files.push(Loaded {
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

/// Whether a file of this name came before, whatever became of it: what people undid or cancelled stays so.
fn is_there(store: &Store, file: &CouncilFile) -> Result<bool, Stopped> {
    let organisation = identifier(file.organisation)?;
    let imports = store.read_blocking(move |tx| all(tx, &organisation))?;
    Ok(imports.iter().any(|import| import.file_name == file.name))
}

fn has(store: &Store, organisation: &str) -> Result<bool, Stopped> {
    let organisation = identifier(organisation)?;
    Ok(store.read_blocking(move |tx| accounts::organisation::find(tx, &organisation))?.is_some())
}

/// Shares an estate as widely as `estate` says; what it costs stays as it was.
fn share_with(store: &Store, organisation: &str, estate: Visibility, clock: &Clock) -> Result<(), Stopped> {
    let (organisation, now) = (identifier(organisation)?, clock.now());
    store.write_blocking(move |tx| {
        let costs = sharing(tx, &organisation)?.costs;
        share(tx, &organisation, Sharing { estate, costs }, now)
    })?;
    Ok(())
}

fn identifier(text: &str) -> Result<OrganisationId, Stopped> {
    text.parse().map_err(Stopped::unexpected)
}

fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}
