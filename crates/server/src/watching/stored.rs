//! Measures of what is kept: jobs and messages in the database, backups in their folder, replicas. They are looked at when
//! somebody reads the measures, so that two programs on one database tell the same.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use accounts::{MailStanding, mail_standing};
use ledger::job::{self, Standing};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeGaugeValue, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};
use store::{Error, ReplicaState, Store, Transaction};
use vocabulary::{Clock, Timestamp};

use crate::Product;
use crate::scheduled::{Scheduled, Seen, look};

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A state of jobs, and how many of a kind are in it.
type InState = (&'static str, fn(&Standing) -> u64);

/// Cloning shares what was found.
#[derive(Clone)]
pub(super) struct Stored {
    store: Store,
    clock: Clock,
    kinds: Vec<&'static str>,
    scheduled: Option<Scheduled>,
    found: Arc<Mutex<Found>>,
}

/// What was found at the latest look.
#[derive(Default)]
struct Found {
    at: Option<Timestamp>,
    /// None: the database did not answer.
    database: Option<OfDatabase>,
    backups: Option<Seen>,
}

struct OfDatabase {
    jobs: BTreeMap<String, Standing>,
    mail: MailStanding,
}

impl fmt::Debug for Stored {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Stored").field("kinds", &self.kinds).finish_non_exhaustive()
    }
}

impl Stored {
    pub(super) fn new(product: &Product) -> Stored {
        Stored {
            store: product.store.clone(),
            clock: product.clock.clone(),
            kinds: product.jobs().iter().map(|kind| kind.name).collect(),
            scheduled: product.scheduled.clone(),
            found: Arc::default(),
        }
    }

    /// Looks at everything.
    pub(super) async fn look(&self) {
        let now = self.clock.now();
        let read = self.store.read(move |tx| OfDatabase::read(tx, now));
        let database = match tokio::time::timeout(PATIENCE, read).await {
            Ok(Ok(found)) => Some(found),
            Ok(Err(cause)) => {
                tracing::warn!(%cause, "jobs and messages could not be measured");
                None
            }
            Err(_) => {
                tracing::warn!(seconds = PATIENCE.as_secs(), "jobs and messages could not be measured in time");
                None
            }
        };
        let backups = match self.scheduled.clone() {
            // A folder may be on a disk that is not well: asked on a thread that may wait.
            Some(scheduled) => tokio::task::spawn_blocking(move || look(&scheduled)).await.ok(),
            None => None,
        };
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Found { at: Some(now), database, backups };
    }
}

impl OfDatabase {
    fn read(tx: &mut Transaction<'_>, now: Timestamp) -> Result<OfDatabase, Error> {
        let jobs = job::standing_by_kind(tx, now)?.into_iter().collect();
        Ok(OfDatabase { jobs, mail: mail_standing(tx, now)? })
    }
}

impl Collector for Stored {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let now = found.at.unwrap_or(Timestamp::UNIX_EPOCH);
        let since = |at: Option<Timestamp>| at.map_or(0, |at| now.duration_since(at).as_secs().max(0));
        let database = found.database.as_ref();
        one(
            &mut encoder,
            "database_answers",
            "Whether the database answered when this was read",
            Some(i64::from(database.is_some())),
        )?;
        self.jobs(&mut encoder, database, since)?;
        let mail = database.map(|found| found.mail);
        let mut of_mail = |name, help, value: fn(&MailStanding) -> u64| {
            one(&mut encoder, name, help, mail.as_ref().map(|mail| whole(value(mail))))
        };
        of_mail("mail_waiting", "Messages that wait to be sent", |mail| mail.waiting)?;
        of_mail("mail_failing", "Messages that wait after a try that failed", |mail| mail.failing)?;
        of_mail("mail_sent_in_a_day", "Messages sent in the last 24 hours", |mail| mail.sent)?;
        of_mail("mail_given_up_in_a_day", "Messages given up in the last 24 hours", |mail| mail.given_up)?;
        let oldest = mail.map(|mail| since(mail.oldest));
        one(&mut encoder, "mail_oldest_seconds", "For how long the oldest message waits", oldest)?;
        backups(&mut encoder, found.backups.as_ref())?;
        self.replicas(&mut encoder)
    }
}

impl Stored {
    fn jobs(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        database: Option<&OfDatabase>,
        since: impl Fn(Option<Timestamp>) -> i64,
    ) -> fmt::Result {
        let of_kinds: Vec<(&str, Standing)> = match database {
            Some(found) => {
                let standing = |kind: &&'static str| (*kind, found.jobs.get(*kind).copied().unwrap_or_default());
                self.kinds.iter().map(standing).collect()
            }
            None => Vec::new(),
        };
        let states: [InState; 4] = [
            ("due", |of| of.due),
            ("later", |of| of.later),
            ("running", |of| of.running),
            ("given_up", |of| of.given_up),
        ];
        let rows = of_kinds.iter().flat_map(|(kind, of)| {
            states.iter().map(move |(state, count)| ([("kind", *kind), ("state", *state)], whole(count(of))))
        });
        many(encoder, "jobs", "Jobs that wait, run or were given up", rows)?;
        let rows = of_kinds.iter().map(|(kind, of)| ([("kind", *kind)], whole(of.failing)));
        many(encoder, "jobs_failing", "Jobs that wait after a try that failed", rows)?;
        let oldest = database.map(|found| since(found.jobs.values().filter_map(|of| of.oldest_due).min()));
        one(encoder, "jobs_oldest_due_seconds", "For how long the oldest job that is due has not begun", oldest)
    }

    fn replicas(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let replicas: Vec<_> = self
            .store
            .replicas()
            .into_iter()
            .enumerate()
            .map(|(at, replica)| ((at + 1).to_string(), replica))
            .collect();
        let follows = replicas
            .iter()
            .map(|(name, of)| ([("replica", name.as_str())], i64::from(of.state == ReplicaState::Follows)));
        many(encoder, "replica_follows", "Whether the replica follows and may answer", follows)?;
        let bytes =
            replicas.iter().filter_map(|(name, of)| Some(([("replica", name.as_str())], whole(of.behind_bytes?))));
        many(encoder, "replica_behind_bytes", "Changes that the replica lacks", bytes)?;
        let age = replicas.iter().filter_map(|(name, of)| Some(([("replica", name.as_str())], of.age?.as_secs_f64())));
        many(encoder, "replica_behind_seconds", "How old what the replica shows may be", age)?;
        let help = "Reads of the replica that ended";
        let mut family = encoder.encode_descriptor("replica_reads", help, None, MetricType::Counter)?;
        for (name, of) in &replicas {
            for (end, count) in [("answered", of.reads), ("broken", of.broken)] {
                let labels = [("replica", name.as_str()), ("end", end)];
                ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

fn backups(encoder: &mut DescriptorEncoder<'_>, seen: Option<&Seen>) -> fmt::Result {
    let newest = seen.and_then(|seen| seen.newest);
    let taken = newest.map(|(at, _)| at.as_second());
    let proved = seen.and_then(|seen| seen.proved.as_ref()).map(|proved| proved.at.as_second());
    let kept = seen.map(|seen| i64::try_from(seen.count).unwrap_or(i64::MAX));
    let every = seen.map(|seen| seen.every_hours * 3600);
    one(encoder, "backups", "Backups that are kept", kept)?;
    one(encoder, "backup_bytes", "Size of the newest backup", newest.map(|(_, bytes)| whole(bytes)))?;
    one(encoder, "backup_taken_timestamp_seconds", "When the newest backup was taken, in Unix time", taken)?;
    one(
        encoder,
        "backup_proved_timestamp_seconds",
        "When a backup was last proved by restoring it, in Unix time",
        proved,
    )?;
    one(encoder, "backup_every_seconds", "How old the newest backup may become before another is taken", every)
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A measure without labels. What is not known is described and has no value.
fn one(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: Option<i64>) -> fmt::Result {
    let place = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    value.map_or(Ok(()), |value| ConstGauge::new(value).encode(place))
}

/// A measure with labels.
fn many<'a, const N: usize, V: EncodeGaugeValue>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    rows: impl Iterator<Item = ([(&'a str, &'a str); N], V)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (labels, value) in rows {
        ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}
