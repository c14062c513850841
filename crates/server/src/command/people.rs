//! `commonhold people`: who acts for whom, for an operator without a browser.

use accounts::{EmailAddress, organisation, people};
use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use serde_json::json;
use store::Transaction;
use vocabulary::{Chance, Clock, OrganisationId, Role};

use super::invite::{read_email, read_role};
use super::{Storage, counted};
use crate::console::Console;
use crate::stopped::Stopped;

const PEOPLE_EXAMPLES: &str = "\
Examples:
  commonhold people list --organisation ashmere
  commonhold people role s.cole@ashmere.example editor --organisation ashmere
  commonhold people remove s.cole@ashmere.example

Next: `commonhold help people remove`, and so on, explains each.";

/// Look who acts for whom, change a role, or end what somebody does
///
/// Stewards do the same in the browser for their own organisation, and operators for all. It works while `commonhold serve`
/// runs on the same data, and holds from the next request on. `commonhold invite` adds somebody.
#[derive(Debug, Args)]
#[command(after_help = PEOPLE_EXAMPLES)]
pub(super) struct People {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    List(List),
    Role(ChangeRole),
    Remove(Remove),
}

/// List everybody who acts for an organisation, or for any
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  commonhold people list --json\n\nNext: commonhold help people role")]
struct List {
    /// Only those who act for this one: its identifier or code
    #[arg(long, value_name = "ORGANISATION", value_parser = NonEmptyStringValueParser::new())]
    organisation: Option<String>,
    #[command(flatten)]
    storage: Storage,
}

/// Give somebody who acts for an organisation another role there
///
/// Refused when an organisation with people would be left without a steward, or this copy without an operator.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  commonhold people role s.cole@ashmere.example steward --organisation ashmere\n\n\
                        Next: the role holds from the next page that they open.")]
struct ChangeRole {
    /// Whose role
    #[arg(value_name = "EMAIL", value_parser = read_email)]
    email: EmailAddress,
    /// member, editor, steward, moderator, auditor or operator
    #[arg(value_name = "ROLE", value_parser = read_role)]
    role: Role,
    /// At which organisation: its identifier or code
    #[arg(long, value_name = "ORGANISATION", value_parser = NonEmptyStringValueParser::new())]
    organisation: String,
    #[command(flatten)]
    storage: Storage,
}

/// End what somebody does for an organisation, or for all of theirs
///
/// They see and do nothing for it any more, from the next request on; with the last of them their sessions end too. What they
/// changed stays. Refused when an organisation with people would be left without a steward, or this copy without an operator.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  commonhold people remove s.cole@ashmere.example --organisation ashmere\n\n\
                        Next: commonhold people list shows who is left.")]
struct Remove {
    /// Who
    #[arg(value_name = "EMAIL", value_parser = read_email)]
    email: EmailAddress,
    /// Only for this organisation: its identifier or code [default: all of theirs]
    #[arg(long, value_name = "ORGANISATION", value_parser = NonEmptyStringValueParser::new())]
    organisation: Option<String>,
    #[command(flatten)]
    storage: Storage,
}

impl People {
    pub(super) fn run(self, console: Console) -> Result<(), Stopped> {
        match self.what {
            What::List(list) => list.run(console),
            What::Role(role) => role.run(console),
            What::Remove(remove) => remove.run(console),
        }
    }
}

/// The organisation that was typed.
fn typed(tx: &mut Transaction<'_>, typed: &str) -> Result<OrganisationId, accounts::Error> {
    let found = organisation::by_id_or_code(tx, typed)?;
    let unknown = || accounts::Error::NoSuchOrganisation(typed.chars().take(80).collect());
    found.map(|found| found.id).ok_or_else(unknown)
}

impl List {
    fn run(self, console: Console) -> Result<(), Stopped> {
        let store = self.storage.open_existing()?;
        let organisation = self.organisation;
        let acts = store.read_blocking(move |tx| {
            let only = organisation.as_deref().map(|text| typed(tx, text)).transpose()?;
            Ok::<_, accounts::Error>(people::command::list(tx, only.as_ref())?)
        })?;
        store.close();
        let line = |acts: &people::command::Acts| {
            let seen = acts.last_seen.as_deref().unwrap_or("not yet");
            format!("{}  {}  {}  {}  last signed in: {seen}", acts.organisation, acts.email, acts.name, acts.role)
        };
        let mut lines: Vec<String> = acts.iter().map(line).collect();
        lines.push(format!("{}.", counted(acts.len(), "membership", "memberships")));
        console.result(lines.join("\n"), &json!({ "people": acts }));
        Ok(())
    }
}

impl ChangeRole {
    fn run(self, console: Console) -> Result<(), Stopped> {
        let store = self.storage.open_existing()?;
        let ChangeRole { email, role, organisation, .. } = self;
        let now = Clock::System.now();
        let whom = email.clone();
        let changed = store.write_blocking(move |tx| {
            let organisation = typed(tx, &organisation)?;
            people::command::change_role(tx, &whom, &organisation, role, now, &Chance::System)
        })?;
        store.close();
        let text = match changed {
            true => format!("{email} is now: {role}. It holds from the next page that they open."),
            false => format!("{email} was that already: {role}."),
        };
        console.result(text, &json!({ "changed": changed }));
        Ok(())
    }
}

impl Remove {
    fn run(self, console: Console) -> Result<(), Stopped> {
        let store = self.storage.open_existing()?;
        let Remove { email, organisation, .. } = self;
        let now = Clock::System.now();
        let whom = email.clone();
        let ended = store.write_blocking(move |tx| {
            let only = organisation.as_deref().map(|text| typed(tx, text)).transpose()?;
            people::command::remove(tx, &whom, only.as_ref(), now, &Chance::System)
        })?;
        store.close();
        let text = format!("{} of {email} ended.", counted(ended, "membership", "memberships"));
        console.result(text, &json!({ "ended": ended }));
        Ok(())
    }
}
