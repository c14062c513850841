//! `commonhold import`: organisations, people, estates and reference frames from files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use architecture::import::{LONGEST_LIST, list_named};
use architecture::spreadsheet::Severity;
use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use serde_json::json;
use store::Store;
use vocabulary::{Chance, Clock};

use super::{Storage, counted};
use crate::console::Console;
use crate::folder;
use crate::import::{
    self, Counts,
    estate::{EstateFile, Imported},
};
use crate::stopped::Stopped;

/// How many lines of a list people are shown; programs get all.
const SHOWN: usize = 20;
/// Largest file that is read at all, in bytes; each reader has its own, lower limit and says so.
const LARGEST: u64 = 64 * 1024 * 1024;

const IMPORT_EXAMPLES: &str = "\
Example:
  commonhold import organisations organisations.csv

Next: `commonhold help import estate`, and so on, shows what each file holds.";

/// Bring files in: organisations, people, the estate of an organisation, a reference frame
///
/// To begin, in this order: organisations, then people, then estates. Each file is taken whole or not at all, and the same
/// file may be brought in again: what is known stays. It works while `commonhold serve` runs on the same data.
#[derive(Debug, Args)]
#[command(after_help = IMPORT_EXAMPLES)]
pub(super) struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Estate(Estate),
    Organisations(Organisations),
    People(People),
    Frame(FrameFile),
}

const ESTATE_EXAMPLES: &str = "\
Examples:
  commonhold import estate systems.xlsx --organisation E06000001 --dry-run
  commonhold import estate systems.xlsx --organisation E06000001

Next: look at the organisation's page, and at the problems on the page of the
import, whose address is printed.";

/// Bring the spreadsheet of an organisation's systems in
///
/// Takes the spreadsheet that the organisation keeps (.xlsx, .xls, .ods, .csv or .json), finds its headings,
/// recognises its columns by many names, and brings it in as one change that can be undone in the browser. What cannot be
/// read is kept as it was, for the organisation only, with a problem beside it. Systems that a later version of the same
/// list no longer has are named and stay as they are.
#[derive(Debug, Args)]
#[command(after_help = ESTATE_EXAMPLES)]
struct Estate {
    /// The spreadsheet
    file: PathBuf,
    /// Whose estate: the organisation's code (GSS code, company number) or its identifier here
    #[arg(long, value_name = "CODE", value_parser = NonEmptyStringValueParser::new())]
    organisation: String,
    /// Show what would change and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Which of the organisation's lists this is; versions of one list have one name [default: the file's name without
    /// dates and version marks]
    #[arg(long, value_name = "NAME", value_parser = read_list_name)]
    source: Option<String>,
    #[command(flatten)]
    storage: Storage,
}

const ORGANISATIONS_EXAMPLES: &str = "\
Example:
  commonhold import organisations organisations.csv

with a file such as:
  id,code,name,kind,participating,about
  ashmere,E06000001,Ashmere Borough Council,council,yes,

Next: commonhold import people people.csv";

/// Add organisations from a CSV file, or update them
///
/// Columns: id,code,name,kind,participating,about and, if wanted, also_known,former_names with ";" between names and
/// keeps_shared_list. `id` is a short name that never changes and stands in addresses; `code` the GSS code or company number;
/// `kind` one of council, supplier, partner, other; `participating` yes for public bodies that share their estates with each
/// other; `keeps_shared_list` yes for the one whose stewards keep the list of products. Nobody is removed. Makes the folder
/// of data when it is not there.
#[derive(Debug, Args)]
#[command(after_help = ORGANISATIONS_EXAMPLES)]
struct Organisations {
    /// The CSV file, in UTF-8
    file: PathBuf,
    #[command(flatten)]
    storage: Storage,
}

const PEOPLE_EXAMPLES: &str = "\
Example:
  commonhold import people people.csv

with a file such as:
  email,name,organisation,role
  p.shah@ashmere.example,Priya Shah,ashmere,editor

Next: commonhold serve. People sign in with their e-mail address.";

/// Add people and what they do for whom, from a CSV file
///
/// Columns: email,name,organisation,role. `organisation` is an identifier from the file of organisations; `role` one of
/// member, editor, steward, moderator, auditor, operator. A person who acts for several organisations has several lines.
/// Nobody is removed.
#[derive(Debug, Args)]
#[command(after_help = PEOPLE_EXAMPLES)]
struct People {
    /// The CSV file, in UTF-8
    file: PathBuf,
    #[command(flatten)]
    storage: Storage,
}

const FRAME_EXAMPLES: &str = "\
Example:
  commonhold import frame our-capabilities.toml

Next: its elements are found by search and have pages of their own.";

/// Load a reference frame beside the Local Government Architecture Model
///
/// A frame is a file in TOML with [frame], [[layer]], [[sub_domain]] and [[element]], of the same shape as the LGAM that the
/// program carries (crates/architecture/data/lgam.toml in its source). Loading a frame of the same id again replaces that
/// version. Makes the folder of data when it is not there.
#[derive(Debug, Args)]
#[command(after_help = FRAME_EXAMPLES)]
struct FrameFile {
    /// The TOML file, in UTF-8
    file: PathBuf,
    #[command(flatten)]
    storage: Storage,
}

impl Import {
    pub(super) fn run(self, console: Console) -> Result<(), Stopped> {
        match self.what {
            What::Estate(estate) => estate.run(console),
            What::Organisations(Organisations { file, storage }) => {
                let bytes = read(&file)?;
                let store = storage.open_any()?;
                import::reference(&store, &Clock::System)?;
                let counts = import::organisations(&store, &bytes, &Clock::System)?;
                store.close();
                tell_list(console, "organisations", counts, ("organisation", "organisations"));
                console.say("Next: commonhold import people FILE.csv");
                Ok(())
            }
            What::People(People { file, storage }) => {
                let bytes = read(&file)?;
                let store = storage.open_existing()?;
                let counts = import::people(&store, &bytes, &Clock::System, &Chance::System)?;
                store.close();
                tell_list(console, "people", counts, ("line", "lines"));
                console.say("Next: commonhold serve, where these people sign in with their e-mail addresses.");
                Ok(())
            }
            What::Frame(FrameFile { file, storage }) => {
                let bytes = read(&file)?;
                let text = String::from_utf8(bytes).map_err(|_| {
                    Stopped::refused(format!("{} is not UTF-8 text.", file.display())).next("Save it as UTF-8.")
                })?;
                let store = storage.open_any()?;
                import::reference(&store, &Clock::System)?;
                let (name, elements) = import::frame(&store, &text, &Clock::System)?;
                store.close();
                let text = format!("{name}: {} loaded.", counted(elements, "element", "elements"));
                console.result(text, &json!({ "frame": name, "elements": elements }));
                Ok(())
            }
        }
    }
}

/// The name of a list, as the pages of imports would have it.
fn read_list_name(text: &str) -> Result<String, String> {
    list_named(text)
        .ok_or_else(|| format!("a list's name has at least one letter or digit and at most {LONGEST_LIST} characters"))
}

fn tell_list(console: Console, what: &str, counts: Counts, (one, many): (&str, &str)) {
    let Counts { read, new, changed, unchanged } = counts;
    let text = format!("{} read: {new} new, {changed} changed, {unchanged} as they were.", counted(read, one, many));
    console.result(text, &json!({ what: counts }));
}

/// The whole file, unless it is far too large to be what is wanted.
fn read(path: &Path) -> Result<Vec<u8>, Stopped> {
    let cannot = |error| folder::cannot("read", path, &error);
    let size = fs::metadata(path).map_err(cannot)?.len();
    if size > LARGEST {
        let message =
            format!("{} has {} MB, which is more than any file that can be brought in.", path.display(), size >> 20);
        return Err(Stopped::refused(message).next("Check that you chose the right file."));
    }
    fs::read(path).map_err(cannot)
}

impl Estate {
    fn run(self, console: Console) -> Result<(), Stopped> {
        let bytes = read(&self.file)?;
        let name = self.file.file_name().unwrap_or(self.file.as_os_str()).to_string_lossy().into_owned();
        let file = EstateFile { name, bytes, source: self.source };
        let bar = console.bar(2);
        bar.set_message("opening the database");
        let store = self.storage.open_existing()?;
        import::reference(&store, &Clock::System)?;
        bar.inc(1);
        bar.set_message(file.name.clone());
        let imported = bring_in(&store, &self.organisation, file, self.dry_run);
        bar.finish_and_clear();
        let imported = imported?;
        store.close();
        let value = serde_json::to_value(&imported).map_err(Stopped::unexpected)?;
        console.result(told(&imported), &value);
        Ok(())
    }
}

fn bring_in(store: &Store, organisation: &str, file: EstateFile, dry_run: bool) -> Result<Imported, Stopped> {
    match dry_run {
        true => import::estate::look(store, organisation, file, &Clock::System),
        false => import::estate::bring_in(store, organisation, file, &Clock::System, &Chance::System),
    }
}

fn told(imported: &Imported) -> String {
    let Imported { organisation, file, systems, .. } = imported;
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    line(format!(
        "{}: {file}, sheet \"{}\", headings in row {}",
        organisation.name, imported.sheet, imported.header_row
    ));
    let recognised = imported.columns.iter().filter(|column| column.field.is_some()).count();
    line(format!("  {recognised} of {} recognised", counted(imported.columns.len(), "column", "columns")));
    line(format!(
        "  {}: {} new, {} changed, {} as they were",
        counted(systems.read, "system", "systems"),
        systems.new,
        systems.changed,
        systems.unchanged
    ));
    let changed: Vec<_> = imported.changes.iter().filter(|change| change.outcome == "changed").collect();
    for change in changed.iter().take(SHOWN) {
        let attributes: Vec<&str> = change.attributes.iter().map(|attribute| attribute.label).collect();
        // A system that is not in the file has no row there.
        let place = change.row.map(|row| format!("row {row}, ")).unwrap_or_default();
        line(format!("    {place}{}: {}", change.system, attributes.join(", ")));
    }
    rest(&mut line, changed.len(), "changed");
    for follow in imported.contracts_follow.iter().take(SHOWN) {
        let list = follow.list.as_ref().map(|list| format!(" of your list \"{list}\"")).unwrap_or_default();
        for (systems, what) in [(&follow.systems, "recorded with"), (&follow.no_longer, "no longer recorded with")] {
            if !systems.is_empty() {
                line(format!("  {}{list}: {what} {}", follow.contract, systems.join(", ")));
            }
        }
        for change in &follow.changes {
            let [now, then] = [&change.now, &change.then].map(|value| value.as_deref().unwrap_or("not known"));
            line(format!("  {}{list}: {}: {now} -> {then}", follow.contract, change.label));
        }
    }
    rest(&mut line, imported.contracts_follow.len(), "contracts of your lists");
    if systems.missing > 0 {
        let stay = if systems.missing == 1 {
            "is not in the file any more, and stays as it is"
        } else {
            "are not in the file any more, and stay as they are"
        };
        line(format!("  {} of this list {stay}:", counted(systems.missing, "system", "systems")));
        for missing in imported.missing.iter().take(SHOWN) {
            line(format!("    {}", missing.name));
        }
        rest(&mut line, systems.missing, "not in the file");
    }
    let problems = imported.problems.len() + imported.problems_left_out;
    let worst = imported.problems.iter().filter(|problem| problem.severity == Severity::MustFix).count();
    line(match problems {
        0 => "  No problems".to_owned(),
        _ => format!(
            "  {} to look at, {worst} of which must be fixed in the file:",
            counted(problems, "problem", "problems")
        ),
    });
    for problem in imported.problems.iter().take(SHOWN) {
        line(format!("    {problem}"));
    }
    rest(&mut line, problems, "problems");
    if let Some(summary) = &imported.summary {
        line(String::new());
        for sentence in &summary.understood {
            line(sentence.clone());
        }
        line("Next:".to_owned());
        for (step, place) in summary.next_steps.iter().zip(1..) {
            line(format!("  {place}. {}. {} {}", step.text, step.why, step.href));
        }
        line(String::new());
    }
    match &imported.import {
        Some(import) => text.push_str(&format!("Done. Everything about this import, and undoing it: {import}")),
        None => text.push_str("Nothing was written. Run it again without --dry-run to bring it in."),
    }
    text
}

fn rest(line: &mut impl FnMut(String), all: usize, what: &str) {
    if all > SHOWN {
        line(format!("    and {} more {what}; --json lists them", all - SHOWN));
    }
}
