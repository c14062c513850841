//! `commonhold serve`: real data, for whoever can reach the address.

use std::{
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use accounts::{Delivery, OperatorsNeed, OrganisationKind, organisation, passkeys_work_at};
use clap::{Args, ValueEnum, builder::NonEmptyStringValueParser};
use policies::Words;
use serde_json::json;
use store::{Engine, Location, Store};
use vocabulary::Clock;
use web::TrustedProxies;

use super::keeping::Keeping;
use super::mailing::Mailing;
use super::texts::{self, OwnTexts};
use super::{Storage, sign_in};
use crate::backups::{self, Wanted, open_up_to_date};
use crate::console::Console;
use crate::scheduled::{Keep, Scheduled};
use crate::stopped::Stopped;
use crate::traces::Traces;
use crate::{Product, app, folder, import, serving};

const SERVE_EXAMPLES: &str = "\
Examples:
  commonhold serve
  commonhold serve --data /var/lib/commonhold --name \"Ashmere and Brackford\" \\
    --address https://commonhold.example
  COMMONHOLD_DATABASE=postgres://commonhold@db/commonhold commonhold serve

Next: open the address that it prints. `commonhold doctor` says whether the
data agrees with itself.";

/// Serve your own data
///
/// Opens the folder of data, or makes it, brings tables and reference data up to date, and serves until Ctrl-C or SIGTERM;
/// requests under way may take 15 seconds to end. Put a web server in front of it for HTTPS and tell it that address.
///
/// Nobody can sign in before there are organisations and people: see `commonhold help import`. Messages to people are sent
/// by the mail server of the settings; where there is none they are written as .eml files into the folder's `outbox`.
#[derive(Debug, Args)]
#[command(after_help = SERVE_EXAMPLES)]
pub(super) struct Serve {
    #[command(flatten)]
    storage: Storage,
    /// Where to listen: an address of this machine and a port; port 0 takes any free one
    #[arg(long, env = "COMMONHOLD_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    #[arg(value_parser = serving::read_address)]
    listen: SocketAddr,
    /// How people reach this copy, such as https://commonhold.example; links in messages begin with it [default: http://
    /// and where it listens]
    #[arg(long, env = "COMMONHOLD_ADDRESS", value_name = "URL", value_parser = read_public_address)]
    address: Option<String>,
    /// Who runs this copy, for the top of every page
    #[arg(long, env = "COMMONHOLD_NAME", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// An e-mail address for help, for the foot of every page
    #[arg(long, env = "COMMONHOLD_CONTACT", value_name = "EMAIL", value_parser = NonEmptyStringValueParser::new())]
    contact: Option<String>,
    #[command(flatten)]
    texts: OwnTexts,
    #[command(flatten)]
    replicas: Replicas,
    #[command(flatten)]
    mailing: Mailing,
    #[command(flatten)]
    keeping: Keeping,
    /// A file that names providers of sign-in (OpenID Connect), such as sign-in.toml
    #[arg(long, env = "COMMONHOLD_SIGN_IN", value_name = "FILE")]
    sign_in: Option<PathBuf>,
    /// What operators have to show besides being signed in; with a passkey, once in twelve hours. Who has a passkey has to
    /// use it in any case
    #[arg(long, env = "COMMONHOLD_OPERATORS_NEED", value_name = "WHAT")]
    operators_need: Option<Needed>,
    #[command(flatten)]
    backups: Backups,
    /// Do not take a backup before the tables of an older version are brought up to date
    #[arg(long)]
    no_backup: bool,
    #[command(flatten)]
    limits: Limits,
    /// Where measures for Prometheus are read, at /metrics: another address and port, which only those who watch can reach
    #[arg(long, env = "COMMONHOLD_METRICS", value_name = "ADDRESS", value_parser = serving::read_address)]
    metrics: Option<SocketAddr>,
}

/// Streaming replicas of PostgreSQL.
#[derive(Debug, Args)]
#[command(next_help_heading = "Replicas of PostgreSQL")]
struct Replicas {
    /// A streaming replica of the database, to answer readers as well: postgres://user:password@host:5432/database. May be
    /// given several times; in the environment with spaces between
    #[arg(long = "replica", env = "COMMONHOLD_REPLICA", value_name = "URL", hide_env_values = true)]
    #[arg(value_delimiter = ' ')]
    urls: Vec<String>,
    /// How many seconds behind a replica may be to answer
    #[arg(long = "replica-age", env = "COMMONHOLD_REPLICA_AGE", value_name = "SECONDS", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u16).range(2..=3600))]
    age_seconds: u16,
}

impl Replicas {
    /// The addresses, if they are such. No error repeats one: it may hold a password.
    fn checked(&mut self, storage: &Storage) -> Result<(), Stopped> {
        self.urls.retain(|url| !url.is_empty());
        let good = |url: &String| url.starts_with("postgres://") || url.starts_with("postgresql://");
        if !self.urls.iter().all(good) {
            return Err(Stopped::wrong_use("An address of a replica is not one of PostgreSQL.")
                .next("Write postgres://user:password@host:5432/database, several with spaces between."));
        }
        if storage.database.is_none() && !self.urls.is_empty() {
            return Err(Stopped::wrong_use("The embedded database has no replicas.")
                .next("Say which PostgreSQL database they are replicas of, with --database or COMMONHOLD_DATABASE."));
        }
        Ok(())
    }

    fn of(&self, store: Store, location: &Location) -> Result<Store, Stopped> {
        if self.urls.is_empty() {
            return Ok(store);
        }
        let oldest = Duration::from_secs(self.age_seconds.into());
        Ok(store.with_replicas(location, &self.urls, oldest)?)
    }
}

/// What operators have to show.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Needed {
    /// A passkey
    Passkey,
}

/// Backups that take themselves.
#[derive(Debug, Args)]
#[command(next_help_heading = "Backups")]
struct Backups {
    /// Back up into this folder by itself, best one on another disk, and prove each backup by restoring it on trial
    /// [default: no backups]
    #[arg(long, env = "COMMONHOLD_BACKUP_TO", value_name = "DIR")]
    backup_to: Option<PathBuf>,
    /// How old the newest backup may become before another one is taken, in hours
    #[arg(long, env = "COMMONHOLD_BACKUP_EVERY", value_name = "HOURS", default_value_t = 24)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=24 * 31))]
    backup_every: u16,
    /// How many are kept: the newest of so many days, weeks and months
    #[arg(long, env = "COMMONHOLD_BACKUP_KEEP", value_name = "DAYS,WEEKS,MONTHS", default_value_t = Keep::default())]
    backup_keep: Keep,
}

impl Backups {
    fn scheduled(self, data: &Path) -> Option<Scheduled> {
        let Backups { backup_to, backup_every: every_hours, backup_keep: keep } = self;
        backup_to.map(|to| Scheduled { to, every_hours, keep, scratch: data.to_owned() })
    }
}

/// How much may be asked, and by whom.
#[derive(Debug, Args)]
struct Limits {
    /// Requests a minute for each visitor's address, each person and each token, half of them at once; 0: any number
    #[arg(long, env = "COMMONHOLD_REQUESTS_A_MINUTE", value_name = "NUMBER", default_value_t = 600)]
    requests_a_minute: u32,
    /// Web servers in front, as addresses or networks with commas between them: what they say in X-Forwarded-For of
    /// whom a request comes from is believed [default: none]
    #[arg(long, env = "COMMONHOLD_TRUSTED_PROXIES", value_name = "NETWORKS", value_parser = read_proxies)]
    trusted_proxies: Option<TrustedProxies>,
}

fn read_proxies(text: &str) -> Result<TrustedProxies, String> {
    TrustedProxies::read(text).map_err(|part| {
        format!(
            "\"{part}\" is no address and no network; write them like 127.0.0.1, 10.0.0.0/8, ::1 with commas between"
        )
    })
}

/// A scheme and a host, perhaps a port, and nothing else.
pub(super) fn read_public_address(text: &str) -> Result<String, String> {
    let trimmed = text.trim_end_matches('/');
    let host = trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://"));
    let plain = |host: &str| !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "/?#@\\".contains(c));
    match host {
        Some(host) if plain(host) => Ok(trimmed.to_owned()),
        _ => Err("write https:// and a host, such as https://commonhold.example, without a path".to_owned()),
    }
}

impl Serve {
    pub(super) fn run(mut self, console: Console, traces: &Traces) -> Result<(), Stopped> {
        if self.listen.ip().is_unspecified() && self.address.is_none() {
            let message = format!(
                "{} means every address of this machine, so links in messages would lead nowhere.",
                self.listen.ip()
            );
            return Err(Stopped::wrong_use(message)
                .next("Say how people reach this copy with --address, such as --address https://commonhold.example"));
        }
        let operators_need =
            self.operators_need.map_or(OperatorsNeed::Nothing, |Needed::Passkey| OperatorsNeed::Passkey);
        let reached = self.address.clone().unwrap_or_else(|| format!("http://{}", self.listen));
        if operators_need == OperatorsNeed::Passkey && !passkeys_work_at(&reached) {
            let message = format!("Operators are to need a passkey, and browsers have none at {reached}.");
            return Err(Stopped::wrong_use(message).next(
                "Say with --address how people reach this copy: by https:// and a name, such as \
                 --address https://commonhold.example, or on this machine --address http://localhost:8080",
            ));
        }
        let delivery = self.mailing.delivery(self.name.as_deref(), &self.storage.data)?;
        let sign_in = self.sign_in.as_deref().map(sign_in::read).transpose()?.unwrap_or_default();
        self.replicas.checked(&self.storage)?;
        let port = serving::listen(self.listen, "serve")?;
        let metrics = self.metrics.map(|wanted| serving::listen(wanted, "serve")).transpose()?;
        let address = self.address.unwrap_or_else(|| format!("http://{}", port.address));
        let words = Words { name: self.name.clone(), contact: self.contact.clone(), address: address.clone() };
        let texts = self.texts.read(&words)?;
        let folder = folder::for_serving(&self.storage.data)?;
        let location = match &self.storage.database {
            Some(url) => Location::Postgres(url.clone()),
            None => folder::location(&folder.path),
        };
        let wanted = if self.no_backup { Wanted::No } else { Wanted::Yes };
        let (store, _) = open_up_to_date(&location, &folder.path, &Clock::System, wanted)?;
        let store = self.replicas.of(store, &location)?;
        if import::reference(&store, &Clock::System)? {
            tracing::info!("reference data brought up to date");
        }
        sign_in::warn_of_strangers(&store, &sign_in)?;
        let empty = is_empty(&store)?;
        let scheduled = self.backups.scheduled(&folder.path);
        if let Some(Scheduled { to, .. }) = &scheduled {
            backups::make_private(to)?;
        }
        let product = Product {
            owner: self.name,
            contact: self.contact,
            delivery: delivery.clone(),
            folder: Some(folder.path.clone()),
            journals: scheduled.iter().map(|scheduled| scheduled.to.clone()).chain([folder.path.clone()]).collect(),
            scheduled,
            retention: self.keeping.retention(),
            proxies: self.limits.trusted_proxies.unwrap_or_default(),
            requests_a_minute: NonZeroU32::new(self.limits.requests_a_minute),
            sign_in,
            operators_need,
            trace_measures: traces.measures.clone(),
            follow: traces.follow(),
            texts: texts.clone(),
            ..Product::new(store.clone(), &address)
        };
        let app = app(&product).map_err(Stopped::unexpected)?;
        let replicas = self.replicas.urls.len();
        let (engine, database) = match store.engine() {
            Engine::Sqlite => ("sqlite", folder::database(&folder.path).display().to_string()),
            Engine::Postgres => ("postgresql", "PostgreSQL".to_owned()),
        };
        let value = json!({
            "address": address,
            "listening": format!("http://{}", port.address),
            "metrics": metrics.as_ref().map(|port| format!("http://{}/metrics", port.address)),
            "traces": traces.place(),
            "data": folder.path.display().to_string(),
            "database": engine,
            "replicas": replicas,
            "texts": texts::pages(&texts),
            "demonstration": false,
        });
        let mut text = format!("Commonhold {}\n", env!("CARGO_PKG_VERSION"));
        let messages = match &delivery {
            Delivery::Smtp(smtp) => format!("by the mail server {}", smtp.server.host),
            Delivery::Folder(outbox, _) => format!("as files in {}", outbox.display()),
            Delivery::Page => "on the page /outbox".to_owned(),
        };
        text.push_str(&format!("Data in {database}; messages to people {messages}\n"));
        if replicas > 0 {
            text.push_str(&format!("Replicas that answer readers as well: {replicas}\n"));
        }
        if !texts.pages().is_empty() {
            text.push_str(&format!("Texts of your own: {}\n", texts::pages(&texts).join(", ")));
        }
        if let Some(port) = &metrics {
            text.push_str(&format!("Measures at http://{}/metrics\n", port.address));
        }
        if let Some(place) = traces.place() {
            text.push_str(&format!("Traces to {place}\n"));
        }
        if empty {
            text.push_str("There is no organisation yet. Add some: commonhold import organisations FILE.csv\n");
        }
        text.push_str(&format!("Open {address}\nPress Ctrl-C to stop."));
        serving::serve(port, app, &product, metrics, || console.result(text, &value))?;
        store.close();
        console.say("Stopped.");
        Ok(())
    }
}

/// Whether there is nobody to act for yet: suppliers come with the reference data.
fn is_empty(store: &Store) -> Result<bool, Stopped> {
    let all = store.read_blocking(|tx| organisation::all(tx, None))?;
    Ok(all.iter().all(|organisation| organisation.kind == OrganisationKind::Supplier))
}

#[cfg(test)]
mod tests {
    use super::read_public_address;

    #[test]
    fn a_public_address_is_scheme_and_host() {
        assert_eq!(read_public_address("https://commonhold.example/"), Ok("https://commonhold.example".to_owned()));
        assert!(read_public_address("http://127.0.0.1:8080").is_ok());
        for bad in
            ["commonhold.example", "ftp://a", "https://", "https://a/b", "https://a b", "https://u@a", "https://a?b"]
        {
            assert!(read_public_address(bad).is_err(), "{bad}");
        }
    }
}
