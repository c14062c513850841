//! Settings that come from the environment: those that there are, mistyped ones, and from where a wrong value came.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, CommandFactory};

use super::{Cli, SECRETS};
use crate::stopped::Stopped;

/// How every setting begins.
const BEGINNING: &str = "COMMONHOLD_";
/// How what the program's own tests take begins: the program starts with it and takes nothing from it.
const OF_TESTS: &str = "COMMONHOLD_TEST_";
/// What Kubernetes tells every container of a service that is called `commonhold`, always with the first of these.
const OF_A_SERVICE: [&str; 3] = ["COMMONHOLD_SERVICE_HOST", "COMMONHOLD_SERVICE_", "COMMONHOLD_PORT"];

/// Refuses a setting that no command has: mistyped, it would be as if it were not there, and nobody would know.
///
/// # Errors
/// The first such setting, with the one that was probably meant.
pub(super) fn check(environment: impl Iterator<Item = (OsString, OsString)>) -> Result<(), Stopped> {
    let known = options(&Cli::command());
    let known: Vec<&str> = known.keys().map(String::as_str).chain(SECRETS).collect();
    let mut odd: Vec<String> = environment
        .map(|(name, _)| name.to_string_lossy().into_owned())
        .filter(|name| name.starts_with(BEGINNING) && !name.starts_with(OF_TESTS) && !known.contains(&name.as_str()))
        .collect();
    if odd.iter().any(|name| name == OF_A_SERVICE[0]) {
        odd.retain(|name| !OF_A_SERVICE.iter().any(|others| name.starts_with(others)));
    }
    odd.sort_unstable();
    let Some(name) = odd.first() else { return Ok(()) };
    let letters = |name: &str| name.to_ascii_uppercase().replace('_', "");
    let next = match known.iter().find(|known| letters(known) == letters(name)) {
        Some(meant) => format!("Say {meant}."),
        None => "`commonhold help` lists those that there are. Take this one away, or correct it.".to_owned(),
    };
    Err(Stopped::wrong_use(format!("There is no setting {name}, which is in the environment.")).next(next))
}

/// The setting from which the value came that was not understood, unless the command line holds its option.
pub(super) fn origin(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(named)) = error.get(ContextKind::InvalidArg) else { return None };
    let option = named.split_whitespace().next()?;
    let typed = |argument: &OsString| {
        let argument = argument.to_string_lossy();
        argument == option || argument.strip_prefix(option).is_some_and(|rest| rest.starts_with('='))
    };
    let known = options(&Cli::command());
    let (name, _) = known.iter().find(|(_, known)| known.as_str() == option)?;
    (std::env::var_os(name).is_some() && !arguments.iter().any(typed)).then(|| name.clone())
}

/// The settings of a command and of those below it, each with its option: `COMMONHOLD_DATA` with `--data`.
fn options(command: &Command) -> BTreeMap<String, String> {
    let pair = |argument: &Arg| {
        let name = argument.get_env()?.to_string_lossy().into_owned();
        Some((name, format!("--{}", argument.get_long()?)))
    };
    let below = command.get_subcommands().flat_map(options);
    command.get_arguments().filter_map(pair).chain(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_with(names: &[&str]) -> Option<String> {
        let here = ["PATH", "COMMONHOLD_DATA", "COMMONHOLD_MAIL_PASSWORD"].iter().chain(names);
        let here = here.map(|name| (OsString::from(name), OsString::from("x")));
        check(here).err().map(|stopped| stopped.to_string())
    }

    fn told(name: &str) -> Option<String> {
        told_with(&[name])
    }

    #[test]
    fn a_setting_that_is_mistyped_is_refused_with_what_was_meant() {
        for name in ["COMMONHOLD_BACKUP_TO", "COMMONHOLD_LOG", "COMMONHOLD_TEST_POSTGRES", "OTEL_X", "commonhold_x"] {
            assert_eq!(told(name), None, "{name}");
        }
        let service = ["COMMONHOLD_SERVICE_HOST", "COMMONHOLD_PORT", "COMMONHOLD_PORT_8080_TCP_ADDR"];
        assert_eq!(told_with(&service), None);
        assert!(told_with(&[&service[..], &["COMMONHOLD_BACKUPTO"]].concat()).is_some());
        assert!(told("COMMONHOLD_PORT").is_some(), "without a service it is somebody's mistake");
        let refused = told("COMMONHOLD_BACKUPTO").unwrap_or_default();
        assert!(refused.contains("no setting COMMONHOLD_BACKUPTO") && refused.contains("Say COMMONHOLD_BACKUP_TO."));
        assert!(told("COMMONHOLD_COLOUR").is_some_and(|refused| refused.contains("`commonhold help` lists")));
        assert!(told("COMMONHOLD_").is_some());
    }
}
