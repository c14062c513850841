//! Running jobs while the program serves: a few at a time, each on a thread of its own, until told to stop.
//!
//! It looks when something in this process was enqueued, when the next job is due, and every few seconds for what other
//! programs enqueued. What one try of a job is stands in `ledger::job`.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use ledger::job::{self, End, Job, JobKind, Stop};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};
use store::Store;
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
    time::{sleep, timeout_at},
};
use tracing::{Span, field::Empty};
use vocabulary::{Chance, Clock, NoChance, TRACES, new_id};

/// How many run at a time. The writing is done by one thread on the embedded database; more would wait for each other.
const AT_ONCE: usize = 4;
/// How often it is looked for jobs that other programs enqueued, for runs that take too long, and for leases to renew.
const LOOK: Duration = Duration::from_secs(5);
/// How often leases are renewed: three times before they would end.
const RENEW: Duration = Duration::from_secs(20);
/// How long runs may take to end once the program was told to stop.
const GRACE: Duration = Duration::from_secs(15);

/// Upper bounds of how long tries take, in seconds.
const SECONDS: [f64; 9] = [0.01, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0, 1_800.0, 7_200.0];

/// What is counted of tries of jobs in this process. Cloning shares it.
#[derive(Clone, Debug)]
pub struct JobMeasures {
    tries: Family<Try, Counter>,
    seconds: Family<OfKind, Histogram, fn() -> Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Try {
    kind: &'static str,
    end: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

impl Default for JobMeasures {
    fn default() -> JobMeasures {
        JobMeasures { tries: Family::default(), seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)) }
    }
}

impl JobMeasures {
    /// Puts them into a registry, under the prefix that it has. The kinds are counted from nought on.
    pub(crate) fn register(&self, registry: &mut Registry, kinds: &[JobKind]) {
        for kind in kinds {
            drop(self.seconds.get_or_create(&OfKind { kind: kind.name }));
            for end in ["done", "again", "given_up"] {
                drop(self.tries.get_or_create(&Try { kind: kind.name, end }));
            }
        }
        registry.register("job_tries", "Tries of jobs that ended in this process", self.tries.clone());
        registry.register("job_seconds", "Time that tries of jobs took", self.seconds.clone());
    }

    fn ended(&self, kind: &'static str, end: &'static str, time: Duration) {
        self.seconds.get_or_create(&OfKind { kind }).observe(time.as_secs_f64());
        self.tries.get_or_create(&Try { kind, end }).inc();
    }
}

/// Runs the jobs of these kinds.
pub(crate) struct Runner {
    store: Store,
    clock: Clock,
    chance: Chance,
    kinds: Arc<[JobKind]>,
    /// This run of the program, among all that share a database.
    holder: String,
    running: JoinSet<(String, Result<End, ledger::Error>)>,
    under_way: BTreeMap<String, UnderWay>,
    renewed: Instant,
    look: Duration,
    /// The same failure is logged once, not every few seconds.
    failing: bool,
    measures: JobMeasures,
}

/// A job that runs now.
struct UnderWay {
    job: Job,
    label: &'static str,
    stop: Stop,
    began: Instant,
    limit: Duration,
    /// Whether it was said that it takes too long.
    late: bool,
    /// What this try does, for whoever follows it: until its end is in the log.
    span: Span,
}

impl Runner {
    /// A runner that has not begun.
    ///
    /// # Errors
    /// When there is no chance to make its name from.
    pub(crate) fn new(store: &Store, clock: &Clock, chance: &Chance, kinds: Vec<JobKind>) -> Result<Runner, NoChance> {
        Ok(Runner {
            store: store.clone(),
            clock: clock.clone(),
            chance: chance.clone(),
            kinds: kinds.into(),
            holder: new_id(clock.now(), chance)?.to_string(),
            running: JoinSet::new(),
            under_way: BTreeMap::new(),
            renewed: Instant::now(),
            look: LOOK,
            failing: false,
            measures: JobMeasures::default(),
        })
    }

    /// Counts with these measures.
    pub(crate) fn counting(self, measures: &JobMeasures) -> Runner {
        Runner { measures: measures.clone(), ..self }
    }

    /// Runs jobs until `stopping` changes; then what is due and was asked for is begun once more, so that a message of the
    /// last request leaves, everything is asked to end, and what has not ended after 15 seconds is left to its lease.
    pub(crate) async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        let mut announcements = self.store.announcements();
        let mut established = false;
        while !*stopping.borrow_and_update() {
            if !established {
                established = self.establish().await;
            }
            self.mind_limits();
            let wait = match self.take(&Arc::clone(&self.kinds)).await {
                true => Duration::ZERO,
                false => self.until_next().await,
            };
            tokio::select! {
                Some(ended) = self.running.join_next() => drop(self.ended(ended)),
                _ = stopping.changed() => {}
                _ = announcements.changed() => {}
                () = sleep(wait) => {}
            }
        }
        self.finish().await;
    }

    /// Sees to it that what recurs has its job.
    async fn establish(&mut self) -> bool {
        let (kinds, chance, now) = (Arc::clone(&self.kinds), self.chance.clone(), self.clock.now());
        let established = self.store.write(move |tx| job::establish(tx, &kinds, now, &chance)).await;
        self.reached(established).is_some()
    }

    /// Takes what is due of these kinds, as far as there is room, and begins it. Whether there may be more.
    async fn take(&mut self, kinds: &Arc<[JobKind]>) -> bool {
        let room = AT_ONCE.saturating_sub(self.running.len());
        let now = self.clock.now();
        let renew = self.renewed.elapsed() >= RENEW && !self.under_way.is_empty();
        let looking = Arc::clone(kinds);
        let due = match room {
            0 => false,
            _ => {
                let due = self.store.read(move |tx| job::due(tx, &looking, now)).await;
                let Some(due) = self.reached(due.map_err(ledger::Error::from)) else { return false };
                due
            }
        };
        if !due && !renew {
            return false;
        }
        let (claiming, holder, chance) = (Arc::clone(kinds), self.holder.clone(), self.chance.clone());
        // Leases first: otherwise this program could take a job that it is running itself.
        let mine: Vec<Job> = self.under_way.values().map(|under_way| under_way.job.clone()).collect();
        let claimed = self.store.write(move |tx| {
            job::renew(tx, &mine, &holder, now)?;
            job::claim(tx, &claiming, room, &holder, now, &chance)
        });
        let claimed = claimed.await;
        let Some(claimed) = self.reached(claimed) else { return false };
        self.renewed = Instant::now();
        let full = claimed.len() == room;
        claimed.into_iter().for_each(|job| self.begin(job));
        due && !full
    }

    /// What the database gave; none when it failed, which is logged once.
    fn reached<T>(&mut self, outcome: Result<T, ledger::Error>) -> Option<T> {
        match outcome {
            Ok(value) => {
                if std::mem::take(&mut self.failing) {
                    tracing::info!("jobs go on");
                }
                Some(value)
            }
            Err(error) => {
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::error!(%error, "jobs wait, because the database cannot be used");
                }
                None
            }
        }
    }

    fn begin(&mut self, job: Job) {
        let Some(kind) = self.kinds.iter().find(|kind| kind.name == job.kind).cloned() else { return };
        let stop = Stop::default();
        let span = span(kind.name, &job);
        let under_way = UnderWay {
            job: job.clone(),
            label: kind.name,
            stop: stop.clone(),
            began: Instant::now(),
            limit: Duration::from_secs(u64::from(kind.limit_minutes) * 60),
            late: false,
            span: span.clone(),
        };
        self.under_way.insert(job.id.clone(), under_way);
        let (holder, store, clock, chance) =
            (self.holder.clone(), self.store.clone(), self.clock.clone(), self.chance.clone());
        self.running.spawn_blocking(move || {
            let end = span.in_scope(|| job::attempt(&kind, &job, &holder, &store, &clock, &chance, &stop));
            (job.id, end)
        });
    }

    /// Writes one line for an end. Whether it ended by being asked to.
    fn ended(&mut self, ended: Result<(String, Result<End, ledger::Error>), JoinError>) -> bool {
        let (id, end) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                tracing::error!(%error, "a job's thread was lost");
                return false;
            }
        };
        let Some(UnderWay { job, label, began, span, .. }) = self.under_way.remove(&id) else { return false };
        let (tries, micros) = (job.tries, u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
        let word = match &end {
            Ok(End::Done(_)) => "done",
            Ok(End::Again(..)) => "again",
            Ok(End::GivenUp(_)) => "given_up",
            Ok(End::TakenOver) => "taken_over",
            Ok(End::Interrupted) => "interrupted",
            Err(_) => "not_written",
        };
        self.measures.ended(label, word, began.elapsed());
        span.record("commonhold.job.end", word);
        if matches!(word, "again" | "given_up" | "not_written") {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", word);
        }
        let _within = span.enter();
        match end {
            Ok(End::Done(said)) => tracing::info!(job = label, id, tries, micros, said, "job done"),
            Ok(End::Again(at, why)) => tracing::warn!(job = label, id, tries, micros, why, again = %at, "job failed"),
            Ok(End::GivenUp(why)) => tracing::error!(job = label, id, tries, micros, why, "job given up"),
            Ok(End::TakenOver) => {
                tracing::warn!(job = label, id, tries, micros, "job ended after another program took it");
            }
            Ok(End::Interrupted) => {
                tracing::info!(job = label, id, tries, micros, "job interrupted");
                return true;
            }
            Err(error) => {
                tracing::error!(job = label, id, tries, micros, %error, "how a job ended was not written; it runs again");
            }
        }
        false
    }

    /// Asks runs that are over their limit to end. A thread cannot be stopped from outside: it keeps its lease, because
    /// the job at two places at once would be worse.
    fn mind_limits(&mut self) {
        for (id, under_way) in &mut self.under_way {
            if !under_way.late && under_way.began.elapsed() > under_way.limit {
                under_way.late = true;
                under_way.stop.ask();
                tracing::warn!(job = under_way.label, id, seconds = under_way.limit.as_secs(), "job takes too long");
            }
        }
    }

    /// How long nothing has to be looked for.
    async fn until_next(&mut self) -> Duration {
        if self.running.len() >= AT_ONCE || self.failing {
            return self.look;
        }
        let kinds = Arc::clone(&self.kinds);
        let next = self.store.read(move |tx| job::next_due(tx, &kinds)).await;
        match self.reached(next.map_err(ledger::Error::from)) {
            Some(Some(at)) => {
                let wait = Duration::try_from(at.duration_since(self.clock.now())).unwrap_or(Duration::ZERO);
                wait.min(self.look)
            }
            _ => self.look,
        }
    }

    async fn finish(mut self) {
        let deadline = tokio::time::Instant::now() + GRACE;
        let asked_for: Arc<[JobKind]> = self.kinds.iter().filter(|kind| kind.schedule.is_none()).cloned().collect();
        let mut interrupted = false;
        loop {
            if !interrupted {
                self.take(&asked_for).await;
            }
            for under_way in self.under_way.values() {
                under_way.stop.ask();
            }
            match timeout_at(deadline, self.running.join_next()).await {
                Ok(Some(ended)) => interrupted |= self.ended(ended),
                Ok(None) => return,
                Err(_) => {
                    let (jobs, seconds) = (self.under_way.len(), GRACE.as_secs());
                    tracing::warn!(jobs, seconds, "stopped with jobs still running; they run again");
                    return;
                }
            }
        }
    }
}

/// The span of one try: `docs/operate/traces.md` names it and what it carries.
fn span(kind: &'static str, job: &Job) -> Span {
    tracing::info_span!(
        target: TRACES,
        parent: None,
        "job",
        otel.name = format!("job {kind}"),
        otel.kind = "internal",
        otel.status_code = Empty,
        "error.type" = Empty,
        commonhold.job.kind = kind,
        commonhold.job.id = job.id,
        commonhold.job.tries = job.tries,
        commonhold.job.end = Empty,
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Mutex, mpsc};

    use ledger::job::{Failed, Filter, NewJob, Place, Run, State};
    use testing::TestStore;
    use tokio::{sync::Notify, task::JoinHandle};

    use super::*;

    /// A runner that never looks by itself, so that only being woken makes it go on.
    fn start(store: &TestStore, kind: JobKind) -> (watch::Sender<bool>, JoinHandle<()>) {
        let mut runner = Runner::new(store, &Clock::System, &Chance::System, vec![kind]).unwrap();
        runner.look = Duration::from_secs(3600);
        let (stop, stopping) = watch::channel(false);
        (stop, tokio::spawn(runner.run(stopping)))
    }

    fn kind(run: impl Fn(&Run) -> Result<String, Failed> + Send + Sync + 'static) -> JobKind {
        JobKind { name: "letter", label: "Letter", schedule: None, tries: 3, limit_minutes: 1, run: Arc::new(run) }
    }

    async fn enqueue(store: &TestStore, key: String) {
        let now = Clock::System.now();
        let put = move |tx: &mut store::Transaction<'_>| {
            let details = serde_json::json!({});
            let job = NewJob { organisation: None, kind: "letter", key: &key, details, due: now };
            job::enqueue(tx, &job, now, &Chance::System)
        };
        store.write(put).await.unwrap();
    }

    async fn states(store: &TestStore) -> Vec<(State, u32)> {
        let all = store.read(|tx| job::some(tx, &Filter::default(), Place::First, 100)).await;
        let all: Result<_, store::Error> = all;
        all.unwrap().into_iter().map(|job| (job.state, job.tries)).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_enqueued_here_is_begun_without_waiting_and_a_few_at_a_time() {
        let store = testing::store(&crate::migrations());
        let (began, mut begun) = tokio::sync::mpsc::unbounded_channel();
        let (release, released) = mpsc::channel::<()>();
        let (released, now, most) = (Mutex::new(released), AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let seen = Arc::clone(&most);
        let (stop, runner) = start(
            &store,
            kind(move |run| {
                seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                drop(began.send(run.job.key.clone()));
                released.lock().unwrap().recv().unwrap();
                now.fetch_sub(1, Ordering::SeqCst);
                Ok("written".to_owned())
            }),
        );
        let all = AT_ONCE * 2 + 1;
        for key in 0..all {
            enqueue(&store, key.to_string()).await;
        }
        let mut keys = Vec::new();
        for _ in 0..AT_ONCE {
            keys.push(begun.recv().await.unwrap());
        }
        for _ in 0..all {
            release.send(()).unwrap();
        }
        for _ in AT_ONCE..all {
            keys.push(begun.recv().await.unwrap());
        }
        stop.send_replace(true);
        runner.await.unwrap();
        keys.sort();
        assert_eq!(keys, (0..all).map(|key| key.to_string()).collect::<Vec<_>>(), "each once");
        assert_eq!(most.load(Ordering::SeqCst), AT_ONCE);
        assert_eq!(states(&store).await, vec![(State::Done, 1); all]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn at_the_end_runs_are_asked_to_stop_and_wait_for_the_next_start() {
        let store = testing::store(&crate::migrations());
        let began = Arc::new(Notify::new());
        let begun = Arc::clone(&began);
        let (stop, runner) = start(
            &store,
            kind(move |run| {
                begun.notify_one();
                while !run.should_stop() {
                    std::thread::yield_now();
                }
                Err(Failed::Interrupted)
            }),
        );
        enqueue(&store, "a".to_owned()).await;
        began.notified().await;
        stop.send_replace(true);
        runner.await.unwrap();
        assert_eq!(states(&store).await, [(State::Waiting, 0)]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_asked_for_last_is_done_before_the_end() {
        let store = testing::store(&crate::migrations());
        enqueue(&store, "a".to_owned()).await;
        let mut runner =
            Runner::new(&store, &Clock::System, &Chance::System, vec![kind(|_| Ok("sent".to_owned()))]).unwrap();
        runner.look = Duration::from_secs(3600);
        let (_stop, stopping) = watch::channel(true);
        runner.run(stopping).await;
        assert_eq!(states(&store).await, [(State::Done, 1)]);
    }

    #[tokio::test]
    async fn tries_are_counted_by_kind_and_by_how_they_ended() {
        let store = testing::store(&crate::migrations());
        for key in ["a", "b", "c"] {
            enqueue(&store, key.to_owned()).await;
        }
        let (measures, tries) = (JobMeasures::default(), AtomicUsize::new(0));
        let letter = kind(move |_| match tries.fetch_add(1, Ordering::SeqCst) {
            0 => Err(Failed::ForGood("there is no such address".to_owned())),
            _ => Ok("sent".to_owned()),
        });
        let mut registry = Registry::default();
        measures.register(&mut registry, std::slice::from_ref(&letter));
        let runner = Runner::new(&store, &Clock::System, &Chance::System, vec![letter]).unwrap().counting(&measures);
        let (_stop, stopping) = watch::channel(true);
        runner.run(stopping).await;
        let mut told = String::new();
        prometheus_client::encoding::text::encode(&mut told, &registry).unwrap();
        for (end, count) in [("done", 2), ("given_up", 1), ("again", 0)] {
            let line = format!("job_tries_total{{kind=\"letter\",end=\"{end}\"}} {count}");
            assert!(told.lines().any(|told| told == line), "{line} in {told}");
        }
        assert!(told.contains("job_seconds_count{kind=\"letter\"} 3\n"), "{told}");
    }
}
