//! Real files from the outside world, read with our own readers: each is read or refused in words, and none stops the
//! program. The folder is not part of the project.

mod merkle;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use architecture::frame::{Frame, LGAM_FILE};
use architecture::spreadsheet;
use vocabulary::fold;

/// Checks all that this version of the program reads.
pub fn run(folder: &Path, damaged: u32) -> Result<()> {
    if !folder.is_dir() {
        bail!("{} is not there, so no real file was read; give the folder of real files", folder.display());
    }
    lgam(&folder.join("lgam"))?;
    register(&folder.join("lgam"))?;
    merkle::vectors(&folder.join("merkle"))?;
    spreadsheets(folder)?;
    if damaged > 0 { damage(folder, damaged) } else { Ok(()) }
}

/// Longer than this no damaged file may take.
const LONGEST: Duration = Duration::from_secs(10);

/// Every file with random damage: bytes changed, pieces lost and repeated, cut off. A panic stops the chore with its place.
fn damage(folder: &Path, times: u32) -> Result<()> {
    // The same damage in every run, so that what is found can be found again.
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut read, mut refused, mut slowest) = (0_u64, 0_u64, Duration::ZERO);
    for file in files(folder)? {
        let bytes = fs::read(&file).with_context(|| format!("{}", file.display()))?;
        for time in 0..times {
            let damaged = random.damaged(&bytes);
            let start = Instant::now();
            match architecture::import::apply::read_file("damaged", &damaged) {
                Ok(file) => {
                    let mapping = spreadsheet::recognise_file(&file.layout, None, &BTreeSet::new());
                    drop(file.rows(&mapping, vocabulary::Clock::System.today()));
                    read += 1;
                }
                Err(_) => refused += 1,
            }
            let took = start.elapsed();
            if took > LONGEST {
                bail!("{} with damage {time} takes {took:?}", file.display());
            }
            slowest = slowest.max(took);
        }
    }
    println!("damaged files: {read} read, {refused} refused, none longer than {slowest:?}");
    Ok(())
}

/// Xorshift: for damage, good enough.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % bound.max(1)
    }

    fn damaged(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(8) {
            let (from, length) = (self.below(bytes.len()), self.below(64));
            let to = (from + length).min(bytes.len());
            match self.below(8) {
                0 => bytes.truncate(from),
                1 => drop(bytes.drain(from..to)),
                2 => {
                    let piece: Vec<u8> = bytes.get(from..to).unwrap_or_default().to_vec();
                    bytes.splice(from..from, piece);
                }
                3 => bytes.get_mut(from..to).unwrap_or_default().fill(0xff),
                _ => {
                    let byte = u8::try_from(self.below(256)).unwrap_or(0);
                    if let Some(place) = bytes.get_mut(from) {
                        *place = byte;
                    }
                }
            }
        }
        bytes
    }
}

/// Every id of an element in the publisher's files is an element of ours, or is known not to be one.
fn lgam(folder: &Path) -> Result<()> {
    let frame = Frame::read(LGAM_FILE).context("the frame that we carry")?;
    let names = frame.elements.iter().flat_map(|element| element.aliases.iter().chain([&element.id]));
    let ours: BTreeSet<String> = names.map(|name| fold(name)).collect();
    let mut resolved = 0;
    for name in ["lgam-data.json", "lgam-register-data.json"] {
        let text = read(&folder.join(name))?;
        for prefix in ["\"FG_", "\"CAP_", "\"PC_", "\"CA_"] {
            for after in text.split(prefix).skip(1) {
                let Some((rest, _)) = after.split_once('"') else { continue };
                let id = format!("{}{rest}", prefix.trim_start_matches('"'));
                // Names two elements at once, e-mail and messaging: the file of the frame says so.
                if id == "CAP_Notifications" {
                    continue;
                }
                if !ours.contains(&fold(&id)) {
                    bail!("{name} names {id}, which is no element or alias of the frame that we carry");
                }
                resolved += 1;
            }
        }
    }
    if resolved == 0 {
        bail!("no id of an element was found in the publisher's files, so nothing was checked");
    }
    println!("{resolved} uses of the publisher's ids resolve");
    Ok(())
}

/// The publisher's register is a list of systems of which each is read; its broken neighbour is refused by its line.
fn register(folder: &Path) -> Result<()> {
    let bytes = fs::read(folder.join("lgam-register-data.json"))?;
    let Ok(file) = architecture::import::apply::read_file("lgam-register-data.json", &bytes) else {
        bail!("the publisher's register is refused");
    };
    let (reading, _) =
        file.rows(&spreadsheet::recognise(&file.layout.columns, None), vocabulary::Clock::System.today());
    let relies = reading.rows.iter().filter(|row| row.values.contains_key(&spreadsheet::Field::DependsOn)).count();
    if (reading.rows.len(), relies) != (38, 17) {
        bail!("of the register's 38 systems {} are read, and {relies} rely on others, not 17", reading.rows.len());
    }
    let bytes = fs::read(folder.join("lgam_graph.broken.json"))?;
    match architecture::import::apply::read_file("lgam_graph.broken.json", &bytes) {
        Err(error) if error.to_string().starts_with("Line 6, character ") => {}
        other => bail!("line 6 of lgam_graph.broken.json is broken, and we say {:?}", other.map(|file| file.layout)),
    }
    println!("the register's 38 systems are read, and the broken file beside it is refused by its line");
    Ok(())
}

/// Every file of the folder as if a council had sent it.
fn spreadsheets(folder: &Path) -> Result<()> {
    let (mut understood, mut refused) = (0, 0);
    for file in files(folder)? {
        let bytes = fs::read(&file).with_context(|| format!("{}", file.display()))?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match architecture::import::apply::read_file(&name, &bytes) {
            Ok(file) => {
                let mapping = spreadsheet::recognise(&file.layout.columns, None);
                let today = vocabulary::Clock::System.today();
                let (reading, _) = file.rows(&mapping, today);
                if reading.rows.is_empty() && reading.problems.is_empty() {
                    bail!("{name} was read as a list, yet neither a row nor a problem came of it");
                }
                understood += 1;
            }
            Err(error) => {
                let words = error.to_string();
                if words.len() < 20 || words.contains("panicked") {
                    bail!("{name} is refused with {words:?}, which tells nobody what to do");
                }
                refused += 1;
            }
        }
    }
    if understood == 0 || refused == 0 {
        bail!("{understood} files were read and {refused} refused; the folder holds some of both");
    }
    println!("{understood} files were read as lists, {refused} refused with a reason");
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("{}", file.display()))
}
