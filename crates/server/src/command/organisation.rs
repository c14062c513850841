//! `commonhold organisation`: what an organisation takes along when it leaves.

use std::path::PathBuf;

use accounts::{leaving::command, organisation};
use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use serde_json::{Value, json};
use store::{Store, backup::Manifest};
use vocabulary::{Chance, Clock, Days, OrganisationId, Retention, Role};

use super::serve::read_public_address;
use super::{Outcome, Storage, counted, size, thousands};
use crate::console::Console;
use crate::erasures;
use crate::import;
use crate::leaving::{self, Brought};
use crate::stopped::Stopped;

const ORGANISATION_EXAMPLES: &str = "\
Examples:
  commonhold organisation take ashmere ashmere.organisation.gz
  commonhold organisation bring ashmere.organisation.gz --dry-run
  commonhold organisation delete ashmere

Next: `commonhold help organisation take`, and so on, explains each.";

/// Take everything that is an organisation's own along, bring it in from another copy, or erase it
///
/// It works while `commonhold serve` runs on the same data.
#[derive(Debug, Args)]
#[command(after_help = ORGANISATION_EXAMPLES)]
pub(super) struct Organisation {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Take(Take),
    Bring(Bring),
    Delete(Delete),
}

/// Write everything that is an organisation's own into one file
///
/// Its estate with the whole history, its files and people as it knows them, all of one moment and sealed: see
/// docs/specs/organisation-file.md. Nothing of another organisation's own is in it. Nothing is deleted.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  commonhold organisation take ashmere ashmere.organisation.gz\n\n\
                        Next: keep the file as you would keep a backup: it holds personal data and is not encrypted.")]
struct Take {
    /// Which organisation: its identifier or code
    #[arg(value_name = "ORGANISATION", value_parser = NonEmptyStringValueParser::new())]
    organisation: String,
    /// The file to write; one that is there is never written over
    file: PathBuf,
    #[command(flatten)]
    storage: Storage,
}

/// Bring an organisation in, from the file that it took along elsewhere
///
/// The whole file is read first and refused when a single byte is not as it was written. Then everything is written in one
/// transaction and examined as `commonhold doctor` does, or nothing is. Products and suppliers that all share are found by id,
/// then by name; a product that nobody lists here becomes the organisation's own. People are invited and not signed in:
/// stewards by links that are printed, who invite the others again. Refused when the organisation has anything here already.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  commonhold organisation bring ashmere.organisation.gz --dry-run\n  \
                        commonhold organisation bring ashmere.organisation.gz\n\n\
                        Next: hand each steward their link. They press \"Send again\" at the others' invitations.")]
struct Bring {
    /// The file that `commonhold organisation take` wrote
    file: PathBuf,
    /// Show what would come of it and write nothing
    #[arg(long)]
    dry_run: bool,
    /// How people reach this copy; links begin with it
    #[arg(long, env = "COMMONHOLD_ADDRESS", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    #[arg(value_parser = read_public_address)]
    address: String,
    #[command(flatten)]
    storage: Storage,
}

/// Erase everything that is an organisation's own, after some days
///
/// Confirms what one of its stewards asked for on its page, or asks and confirms at once. Until the days are over it can be taken
/// back, on the page or with --undo; then `commonhold serve` erases it. What stays is a tombstone: its name, when it left, how
/// many events were on record and the hash of the last. It stands in the journal of erasures, so that a restored backup does
/// not bring it back. Refused while it keeps the shared list, or has this copy's only operators.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  commonhold organisation take ashmere ashmere.organisation.gz\n  \
                        commonhold organisation delete ashmere\n  commonhold organisation delete ashmere --undo\n\n\
                        Next: its page says that it left, once the days are over.")]
struct Delete {
    /// Which organisation: its identifier or code
    #[arg(value_name = "ORGANISATION", value_parser = NonEmptyStringValueParser::new())]
    organisation: String,
    /// Days until it is erased
    #[arg(long, env = "COMMONHOLD_LEAVE_AFTER", value_name = "DAYS", default_value_t = Retention::default().leaving)]
    leave_after: Days,
    /// Erase it at once; there is no way back but the file that it took along
    #[arg(long, conflicts_with = "undo")]
    now: bool,
    /// Take it back: everything stays
    #[arg(long)]
    undo: bool,
    #[command(flatten)]
    storage: Storage,
}

impl Organisation {
    pub(super) fn run(self, console: Console) -> Result<Outcome, Stopped> {
        match self.what {
            What::Take(take) => take.run(console),
            What::Bring(bring) => bring.run(console),
            What::Delete(delete) => delete.run(console),
        }
    }
}

/// The organisation that somebody typed.
fn typed(store: &Store, text: &str) -> Result<OrganisationId, Stopped> {
    let wanted = text.to_owned();
    let found = store.read_blocking(move |tx| organisation::by_id_or_code(tx, &wanted))?;
    let no_such = || {
        let text: String = text.chars().take(80).collect();
        let message = format!("There is no organisation with the identifier or code {text}.");
        Stopped::refused(message).next("`commonhold people list` names those that people act for.")
    };
    found.map(|found| found.id).ok_or_else(no_such)
}

impl Take {
    fn run(self, console: Console) -> Result<Outcome, Stopped> {
        if self.file.exists() {
            let message = format!("There is a file {} already, and it is never written over.", self.file.display());
            return Err(Stopped::refused(message).next("Give another name."));
        }
        let store = self.storage.open_existing()?;
        let id = typed(&store, &self.organisation)?;
        let (manifest, bytes) = leaving::take(&store, &id, &self.file, Clock::System.now())?;
        store.close();
        let text =
            format!("Took everything of {id} along in {} ({}).\n{}", self.file.display(), size(bytes), told(&manifest));
        console.result(text, &json!({ "file": self.file, "bytes": bytes, "manifest": manifest }));
        Ok(Outcome::Done)
    }
}

impl Bring {
    fn run(self, console: Console) -> Result<Outcome, Stopped> {
        let store = self.storage.open_any()?;
        import::reference(&store, &Clock::System)?;
        let brought = leaving::bring(&store, &self.file, self.dry_run, Clock::System.now(), &Chance::System)?;
        store.close();
        let link = |token: &str| format!("{}/invitations/{token}", self.address);
        let invited: Vec<Value> = brought
            .invited
            .iter()
            .map(|guest| json!({"email": guest.email, "role": guest.role, "link": guest.token.as_deref().map(link)}))
            .collect();
        let value = json!({
            "dry_run": self.dry_run,
            "organisation": brought.organisation,
            "name": brought.name,
            "participating": brought.participating,
            "manifest": brought.manifest,
            "products_known": brought.products_known,
            "products_by_name": brought.products_by_name,
            "products_own": brought.products_own,
            "organisations_added": brought.organisations_added,
            "left_out": brought.left_out,
            "invited": invited,
            "without_address": brought.without_address,
        });
        let mut text = lines(&brought, self.dry_run).join("\n");
        let stewards = brought.invited.iter().filter(|guest| guest.role == Role::Steward);
        for (email, token) in stewards.filter_map(|guest| Some((&guest.email, guest.token.as_deref()?))) {
            text.push_str(&format!("\n  {email}: {}", link(token)));
        }
        if self.dry_run {
            text.push_str("\nNothing was written. To do it, leave --dry-run out.");
        }
        console.result(text, &value);
        Ok(Outcome::Done)
    }
}

impl Delete {
    fn run(self, console: Console) -> Result<Outcome, Stopped> {
        let store = self.storage.open_existing()?;
        let id = typed(&store, &self.organisation)?;
        let (now, chance, of) = (Clock::System.now(), Chance::System, id.clone());
        let (text, value) = if self.undo {
            let stays = store.write_blocking(move |tx| command::undo(tx, &of, now, &chance))?;
            let text = match stays {
                true => format!("{id} stays. Nothing was erased."),
                false => format!("Nobody had asked that {id} be erased. It stays."),
            };
            (text, json!({ "organisation": id, "stays": true, "taken_back": stays }))
        } else if self.now {
            let left = store.write_blocking(move |tx| {
                command::may_leave(tx, &of)?;
                Ok::<_, accounts::Error>(leaving::erase(tx, &of, now)?)
            })?;
            if self.storage.data.exists() {
                erasures::write_down(&store, &self.storage.data)?;
            }
            let events = thousands(left.events);
            let text = format!(
                "Everything of {} is erased. {events} events were on record. Its address says that it left.",
                left.name
            );
            (text, json!({ "organisation": id, "left": left }))
        } else {
            let wait = self.leave_after;
            let due = store.write_blocking(move |tx| command::delete(tx, &of, wait, now, &chance))?;
            let day = due.strftime("%-d %B %Y, %H:%M UTC");
            let text = format!(
                "Everything of {id} will be erased on {day}, by `commonhold serve`.\nTo take it back until then: commonhold organisation delete {id} --undo"
            );
            (text, json!({ "organisation": id, "due_at": due }))
        };
        store.close();
        console.result(text, &value);
        Ok(Outcome::Done)
    }
}

/// What came of bringing an organisation in, line by line.
fn lines(brought: &Brought, trial: bool) -> Vec<String> {
    let Brought { name, organisation, manifest, .. } = brought;
    let mut lines = vec![
        match trial {
            true => format!("{name} ({organisation}) can be brought in."),
            false => format!("{name} ({organisation}) is brought in. Everything was examined: all well."),
        },
        told(manifest),
        format!(
            "Products of the shared list: {} known by id, {} by name, {} become its own.",
            brought.products_known,
            brought.products_by_name.len(),
            brought.products_own.len()
        ),
    ];
    if brought.participating {
        lines.push("It is a participating body: its people see what such bodies share with each other.".to_owned());
    }
    if !brought.organisations_added.is_empty() {
        let added =
            counted(brought.organisations_added.len(), "organisation that it names", "organisations that it names");
        lines.push(format!("Added, without anything of theirs: {added}."));
    }
    if brought.left_out > 0 {
        let rows = counted(brought.left_out, "row", "rows");
        lines.push(format!("{rows} about what is not here stayed away."));
    }
    let invited = counted(brought.invited.len(), "person is invited", "people are invited");
    lines.push(format!(
        "{invited}, and nobody is signed in. {}",
        match (trial, brought.without_address) {
            (true, 0) => "Stewards get links.".to_owned(),
            (false, 0) => "Hand each steward their link; it is good for seven days:".to_owned(),
            (_, some) => format!(
                "{} without an address here: invite them yourself. Links of stewards:",
                counted(some, "person is", "people are")
            ),
        }
    ));
    lines
}

/// What a file holds, in two lines.
fn told(manifest: &Manifest) -> String {
    let rows = |part: &str| {
        let counted = manifest.tables.iter().find(|counted| counted.table == part);
        usize::try_from(counted.map_or(0, |counted| counted.rows)).unwrap_or(usize::MAX)
    };
    format!(
        "It holds {} with {} rows, as of {}: among them {}, {}, {}, {} and {}.",
        counted(manifest.tables.len(), "part", "parts"),
        thousands(manifest.rows()),
        manifest.made_at,
        counted(rows("system"), "system", "systems"),
        counted(rows("contract"), "contract", "contracts"),
        counted(rows("change"), "change", "changes"),
        counted(rows("event"), "event", "events"),
        counted(rows(leaving::PEOPLE), "person", "people"),
    )
}
