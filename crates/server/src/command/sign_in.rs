//! `commonhold sign-in`: whether the file of providers is right, and the providers are what it says.

use std::{fs, path::Path, path::PathBuf};

use accounts::{SignIn as Providers, organisation};
use clap::{Args, Subcommand};
use serde_json::json;
use store::Store;
use vocabulary::Clock;

use super::{Outcome, counted, serve::read_public_address};
use crate::console::Console;
use crate::stopped::{Place, Stopped, sentence};

/// Largest file of providers, in bytes.
const LARGEST: u64 = 1_000_000;

const CHECK_EXAMPLES: &str = "\
Examples:
  commonhold sign-in check --sign-in sign-in.toml --address https://commonhold.example
  COMMONHOLD_SIGN_IN=/etc/commonhold/sign-in.toml commonhold sign-in check \\
    --address https://commonhold.example

Next: register the addresses that it prints with the providers, then
commonhold serve --sign-in sign-in.toml";

/// Check by what people sign in
#[derive(Debug, Args)]
pub(super) struct SignIn {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Check(Check),
}

/// Check the file of providers, and ask each provider
///
/// Reads the file, then fetches what each provider publishes about itself and its keys. Says in words what is wrong, and
/// which addresses to register there. Signs nobody in, and changes nothing.
#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES)]
struct Check {
    /// A file that names providers of sign-in (OpenID Connect), such as sign-in.toml
    #[arg(long, env = "COMMONHOLD_SIGN_IN", value_name = "FILE")]
    sign_in: PathBuf,
    /// How people reach this copy, such as https://commonhold.example
    #[arg(long, env = "COMMONHOLD_ADDRESS", value_name = "URL", value_parser = read_public_address)]
    address: String,
}

impl SignIn {
    pub(super) fn run(self, console: Console) -> Result<Outcome, Stopped> {
        let What::Check(check) = self.what;
        let providers = read(&check.sign_in)?;
        let reports = providers.check(&check.address, Clock::System.now());
        let failed = reports.iter().filter(|report| report.failure.is_some()).count();
        let mut lines = Vec::new();
        for report in &reports {
            lines.push(match &report.failure {
                None => format!("{} ({}): good; {}.", report.id, report.label, report.offers.join("; ")),
                Some(failure) => format!("{} ({}): {}", report.id, report.label, sentence(failure)),
            });
            lines.push(format!("  People come back to: {}", report.redirect_uri));
            lines.push(format!("  After signing out:   {}/", check.address));
        }
        lines.push(match failed {
            0 => format!("{}, and people can sign in with each.", counted(reports.len(), "provider", "providers")),
            _ => format!("People cannot sign in with {failed} of {}.", counted(reports.len(), "provider", "providers")),
        });
        let shown: Vec<_> = reports
            .iter()
            .map(|report| {
                json!({
                    "id": report.id, "label": report.label, "redirect_uri": report.redirect_uri, "offers": report.offers,
                    "failure": report.failure,
                })
            })
            .collect();
        console.result(lines.join("\n"), &json!({"providers": shown, "failed": failed}));
        Ok(if failed == 0 { Outcome::Done } else { Outcome::ProblemsFound })
    }
}

/// Reads the file of providers.
pub(super) fn read(path: &Path) -> Result<Providers, Stopped> {
    let shown = path.display();
    let unread = |error: std::io::Error| {
        Stopped::out_of_reach(format!("The file of providers {shown} cannot be read: {}.", error.kind()))
            .next("Name another file with --sign-in, or leave it out: then people sign in by e-mail link.")
    };
    if fs::metadata(path).map_err(unread)?.len() > LARGEST {
        return Err(Stopped::refused(format!(
            "The file of providers {shown} is larger than 1 MB. Is it the right one?"
        )));
    }
    let text = fs::read_to_string(path).map_err(unread)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    Providers::read(&text, folder, &|name| std::env::var(name).ok()).map_err(|problems| {
        let count = counted(problems.len(), "problem", "problems");
        let mut stopped = Stopped::wrong_use(format!("The file of providers {shown} has {count}."))
            .next("Correct it, then: commonhold sign-in check. What each key means: docs/operate/sign-in.md");
        let place = |problem: accounts::SettingProblem| Place {
            file: None,
            line: problem.line,
            column: None,
            message: sentence(&problem.message),
        };
        stopped.problems = problems.into_iter().map(place).collect();
        stopped
    })
}

/// Tells of organisations that rules name and that are not here: nothing can be given there yet.
pub(super) fn warn_of_strangers(store: &Store, providers: &Providers) -> Result<(), Stopped> {
    for id in providers.organisations() {
        let wanted = id.clone();
        if store.read_blocking(move |tx| organisation::find(tx, &wanted))?.is_none() {
            tracing::warn!(organisation = %id, "a rule of sign-in names an organisation that is not here yet");
        }
    }
    Ok(())
}
