//! The command line: what can be typed, what it means, what it prints and what it ends with. One file for each command.
//!
//! Commands call the same functions as pages. What stops one is told with a next step and an exit code.

mod backup;
mod demo;
mod digest;
mod doctor;
mod import;
mod invite;
mod keeping;
mod mail;
mod mailing;
mod migrate;
mod moving;
mod organisation;
mod passkeys;
mod people;
mod restore;
mod serve;
mod settings;
mod sign_in;
mod texts;
mod version;

use std::{ffi::OsString, fmt, io::Write, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand, builder::NonEmptyStringValueParser, error::ErrorKind};
use store::{Location, Store};
use vocabulary::Clock;

pub use mailing::SECRETS;

use crate::backups::{Wanted, open_up_to_date};
use crate::console::Console;
use crate::folder;
use crate::logging::{self, LogFormat};
use crate::stopped::Stopped;
use crate::traces::Traces;

const BEGINNING: &str = "\
To look around, in an invented county of ten councils:
  commonhold demo

To begin with your own council, and invite everybody else in the browser:
  commonhold invite j.lee@ashmere.example --name \"Jo Lee\" --role operator \\
                    --organisation \"Ashmere Borough Council\"
  commonhold serve

To begin with lists of councils and people:
  commonhold import organisations organisations.csv
  commonhold import people people.csv
  commonhold import estate systems.xlsx --organisation E06000001
  commonhold serve

`commonhold help COMMAND` shows an example of each and what happens next.

Exit codes:
  0  done
  1  refused, or problems were found: the message says what to do
  2  the command or a setting was not understood
  3  a file, folder, database or port cannot be read, written or had
  4  a fault of the program
  130  a second signal came while it was ending

Settings can also come from the environment, and an option wins over it:
  COMMONHOLD_DATA  COMMONHOLD_DATABASE  COMMONHOLD_LISTEN  COMMONHOLD_ADDRESS
  COMMONHOLD_NAME  COMMONHOLD_CONTACT  COMMONHOLD_TEXTS
  COMMONHOLD_LOG  COMMONHOLD_LOG_FORMAT
  COMMONHOLD_KEEP_JOBS  COMMONHOLD_KEEP_UPLOADS  COMMONHOLD_KEEP_READINGS
  COMMONHOLD_LEAVE_AFTER  COMMONHOLD_SIGN_IN
  COMMONHOLD_OPERATORS_NEED
  COMMONHOLD_BACKUP_TO  COMMONHOLD_BACKUP_EVERY  COMMONHOLD_BACKUP_KEEP
  COMMONHOLD_MAIL_SERVER  COMMONHOLD_MAIL_FROM  COMMONHOLD_MAIL_NAME
  COMMONHOLD_MAIL_CREDENTIALS  COMMONHOLD_MAIL_CA
  COMMONHOLD_REPLICA  COMMONHOLD_REPLICA_AGE
  COMMONHOLD_METRICS  COMMONHOLD_TRUSTED_PROXIES  COMMONHOLD_REQUESTS_A_MINUTE
and from there only:
  COMMONHOLD_MAIL_USER  COMMONHOLD_MAIL_PASSWORD
  and what OpenTelemetry has for traces, such as OTEL_EXPORTER_OTLP_ENDPOINT";

/// Councils describe the technology they have in one shared model, compare it and plan together.
#[derive(Debug, Parser)]
#[command(name = "commonhold", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = BEGINNING)]
pub struct Cli {
    #[command(flatten)]
    everywhere: Everywhere,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
struct Everywhere {
    /// Print the result as one line of JSON, and what stops the command as JSON on the standard error output
    #[arg(long, global = true, help_heading = "For programs")]
    json: bool,
    /// What goes into the log, on the standard error output: error, warn, info, debug, trace, or levels by part such as
    /// info,store=debug [default: info for serve, warn otherwise]
    #[arg(long, global = true, env = "COMMONHOLD_LOG", value_name = "LEVEL", help_heading = "For programs")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    log: Option<String>,
    /// How log lines are written [default: text on a terminal, json otherwise]
    #[arg(long, global = true, env = "COMMONHOLD_LOG_FORMAT", value_name = "FORMAT", help_heading = "For programs")]
    log_format: Option<LogFormat>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(Box<serve::Serve>),
    Import(import::Import),
    Invite(invite::Invite),
    People(people::People),
    Organisation(organisation::Organisation),
    Passkeys(passkeys::Passkeys),
    Digest(digest::Digest),
    Mail(mail::Mail),
    SignIn(sign_in::SignIn),
    Doctor(doctor::Doctor),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Move(moving::Move),
    Migrate(migrate::Migrate),
    Version(version::Version),
}

/// Where real data is.
#[derive(Debug, Args)]
struct Storage {
    /// The folder that holds the embedded database and messages that wait
    #[arg(long, env = "COMMONHOLD_DATA", value_name = "DIR", default_value = "./commonhold-data")]
    data: PathBuf,
    /// A PostgreSQL database to use instead of the embedded one: postgres://user:password@host:5432/database
    #[arg(long, env = "COMMONHOLD_DATABASE", value_name = "URL", hide_env_values = true)]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    database: Option<String>,
}

impl Storage {
    /// Where the database is, for a command that looks at one that must be there.
    fn existing(&self) -> Result<Location, Stopped> {
        match &self.database {
            Some(url) => Ok(Location::Postgres(url.clone())),
            None => folder::with_database(&self.data),
        }
    }

    /// Opens a database that must be there, and brings it up to date.
    fn open_existing(&self) -> Result<Store, Stopped> {
        self.up_to_date(&self.existing()?)
    }

    /// Opens the database, or begins one, and brings it up to date.
    fn open_any(&self) -> Result<Store, Stopped> {
        self.up_to_date(&self.any()?)
    }

    fn up_to_date(&self, location: &Location) -> Result<Store, Stopped> {
        let (store, _) = open_up_to_date(location, &self.data, &Clock::System, Wanted::Yes)?;
        Ok(store)
    }

    /// Where the database is, for a command that may be the first.
    fn any(&self) -> Result<Location, Stopped> {
        match &self.database {
            Some(url) => Ok(Location::Postgres(url.clone())),
            None => {
                folder::make(&self.data)?;
                Ok(folder::location(&self.data))
            }
        }
    }
}

/// A database's address, or a folder, or a file.
fn read_place(text: &str) -> Result<PlaceNamed, String> {
    let written_out = ["host=", "dbname="].iter().any(|word| text.contains(word));
    if text.starts_with("postgres://") || text.starts_with("postgresql://") || written_out {
        return Ok(PlaceNamed::Database(text.to_owned()));
    }
    match text {
        "" => Err("name a folder, or a database such as postgres://user@host/database".to_owned()),
        path => Ok(PlaceNamed::Path(PathBuf::from(path))),
    }
}

/// A place that was named on the command line.
#[derive(Clone)]
enum PlaceNamed {
    /// The address of a PostgreSQL database.
    Database(String),
    /// A folder or a file.
    Path(PathBuf),
}

impl fmt::Debug for PlaceNamed {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlaceNamed::Database(_) => f.write_str("Database(…)"),
            PlaceNamed::Path(path) => f.debug_tuple("Path").field(path).finish(),
        }
    }
}

impl fmt::Display for PlaceNamed {
    /// For people, without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlaceNamed::Database(_) => f.write_str("the PostgreSQL database"),
            PlaceNamed::Path(path) => write!(f, "{}", path.display()),
        }
    }
}

/// "1,234".
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "712 bytes", "1.2 MB".
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

/// Does what the command line says and gives what the process ends with.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error, &arguments),
    };
    let console = Console::new(cli.everywhere.json);
    match obey(cli, console) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::ProblemsFound) => ExitCode::from(1),
        Err(stopped) => {
            console.stopped(&stopped);
            ExitCode::from(stopped.reason.exit_code())
        }
    }
}

/// How a command ended that did what it was asked.
enum Outcome {
    Done,
    /// It looked, and what it found is not well.
    ProblemsFound,
}

fn obey(cli: Cli, console: Console) -> Result<Outcome, Stopped> {
    if !matches!(cli.command, Command::Version(_)) {
        settings::check(std::env::vars_os())?;
    }
    let serves = matches!(cli.command, Command::Serve(_));
    let filter = cli.everywhere.log.as_deref().unwrap_or(if serves { "info" } else { "warn" });
    let traces = if serves { Traces::from_environment()? } else { Traces::default() };
    logging::start(filter, cli.everywhere.log_format, &traces)?;
    traces.tell();
    let outcome = obeyed(cli.command, console, &traces);
    traces.end();
    outcome
}

fn obeyed(command: Command, console: Console, traces: &Traces) -> Result<Outcome, Stopped> {
    match command {
        Command::Demo(demo) => demo.run(console).map(|()| Outcome::Done),
        Command::Serve(serve) => serve.run(console, traces).map(|()| Outcome::Done),
        Command::Import(import) => import.run(console).map(|()| Outcome::Done),
        Command::Invite(invite) => invite.run(console).map(|()| Outcome::Done),
        Command::People(people) => people.run(console).map(|()| Outcome::Done),
        Command::Organisation(organisation) => organisation.run(console),
        Command::Passkeys(passkeys) => passkeys.run(console).map(|()| Outcome::Done),
        Command::Digest(digest) => digest.run(console).map(|()| Outcome::Done),
        Command::Mail(mail) => mail.run(console).map(|()| Outcome::Done),
        Command::SignIn(sign_in) => sign_in.run(console),
        Command::Doctor(doctor) => doctor.run(console),
        Command::Backup(backup) => backup.run(console).map(|()| Outcome::Done),
        Command::Restore(restore) => restore.run(console),
        Command::Move(moving) => moving.run(console),
        Command::Migrate(migrate) => migrate.run(console).map(|()| Outcome::Done),
        Command::Version(_) => {
            version::run(console);
            Ok(Outcome::Done)
        }
    }
}

/// Help and version go to the standard output and are no mistake; everything else is.
fn not_understood(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    let json = arguments.iter().any(|argument| argument == "--json");
    let from =
        settings::origin(error, arguments).map(|name| format!("The value is that of {name}, in the environment."));
    let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if json && !asked_for {
        let text = error.render().to_string();
        // What is missing stands on lines of its own, up to the usage.
        let lines: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        let message: Vec<&str> = lines.into_iter().chain(from.as_deref()).collect();
        let message = message.join(" ");
        let stopped = Stopped::wrong_use(message.strip_prefix("error: ").unwrap_or(&message))
            .next("commonhold help COMMAND shows what each command takes.");
        Console::new(true).stopped(&stopped);
    } else {
        // Nobody is left to be told when this fails.
        drop(error.print());
        from.into_iter().for_each(|from| drop(writeln!(std::io::stderr(), "{from}")));
    }
    ExitCode::from(if asked_for { 0 } else { 2 })
}

/// "1 system", "2 systems".
fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
