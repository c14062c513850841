//! Jobs: at least once, one at a time, later after each failure, and given up in sight.

use std::sync::{
    Arc, Barrier,
    atomic::{AtomicU32, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use ledger::job::{self, End, Failed, Filter, Job, JobKind, Moved, NewJob, Place, Run, Schedule, State};
use serde_json::json;
use store::{Store, Transaction};
use testing::TestStore;
use vocabulary::{Chance, Clock};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const LEASE: SignedDuration = SignedDuration::from_secs(job::LEASE_SECONDS);

struct World {
    store: TestStore,
    clock: Clock,
    chance: Chance,
}

impl World {
    fn new() -> World {
        World {
            store: testing::store(ledger::MIGRATIONS),
            clock: Clock::at("2026-03-03T10:00:00Z".parse().unwrap()),
            chance: Chance::counted(1),
        }
    }

    fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Transaction<'_>, Timestamp, &Chance) -> Result<T, ledger::Error> + Send + 'static,
    ) -> T {
        let (now, chance) = (self.clock.now(), self.chance.clone());
        self.store.write_blocking(move |tx| work(tx, now, &chance)).unwrap()
    }

    fn enqueue(&self, kind: &'static str, key: &'static str) -> String {
        self.write(move |tx, now, chance| {
            let job = NewJob { organisation: None, kind, key, details: json!({"of": key}), due: now };
            job::enqueue(tx, &job, now, chance)
        })
    }

    fn claim(&self, kind: &JobKind, holder: &'static str) -> Vec<Job> {
        let kinds = [kind.clone()];
        self.write(move |tx, now, chance| job::claim(tx, &kinds, 10, holder, now, chance))
    }

    fn attempt(&self, kind: &JobKind, job: &Job, holder: &str) -> End {
        let stop = job::Stop::default();
        job::attempt(kind, job, holder, &self.store, &self.clock, &self.chance, &stop).unwrap()
    }

    fn work_off(&self, kinds: &[JobKind]) -> Vec<End> {
        let ends = job::work_off(&self.store, &self.clock, &self.chance, kinds, "program").unwrap();
        ends.into_iter().map(|(_, end)| end).collect()
    }

    fn establish(&self, kind: &JobKind) {
        let kinds = [kind.clone()];
        self.write(move |tx, now, chance| job::establish(tx, &kinds, now, chance));
    }

    fn all(&self) -> Vec<job::Listed> {
        self.write(|tx, _, _| Ok(job::some(tx, &Filter::default(), Place::First, 100)?))
    }

    fn only(&self) -> job::Listed {
        let mut all = self.all();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }
}

fn kind(name: &'static str, run: impl Fn(&Run) -> Result<String, Failed> + Send + Sync + 'static) -> JobKind {
    JobKind { name, label: "A job", schedule: None, tries: 3, limit_minutes: 1, run: Arc::new(run) }
}

fn well(name: &'static str) -> JobKind {
    kind(name, |run| Ok(format!("did {}", run.job.details["of"].as_str().unwrap_or("it"))))
}

fn failing(name: &'static str) -> JobKind {
    kind(name, |_| Err(Failed::ForNow("The other side is away.".to_owned())))
}

#[test]
fn a_job_is_there_when_its_facts_are_and_runs_once() {
    let world = World::new();
    let now = world.clock.now();
    let (store, chance): (Store, Chance) = ((*world.store).clone(), world.chance.clone());
    let rolled_back = store.write_blocking(move |tx| {
        let job = NewJob { organisation: None, kind: "letter", key: "a", details: json!({}), due: now };
        job::enqueue(tx, &job, now, &chance)?;
        Err::<(), ledger::Error>(ledger::Error::NoSuchEvent)
    });
    assert!(rolled_back.is_err());
    assert!(world.all().is_empty(), "without the facts there is no job");

    let announcements = world.store.announcements();
    world.enqueue("letter", "a");
    assert!(announcements.has_changed().unwrap(), "whoever waits for jobs is woken");
    assert_eq!(world.work_off(&[well("letter")]), [End::Done("did a".to_owned())]);
    assert_eq!(world.work_off(&[well("letter")]), []);
    let job = world.only();
    assert_eq!(job.state, State::Done);
    assert_eq!(job.success, Some((now, "did a".to_owned())));
    assert_eq!((job.due, job.failure, job.ended), (None, None, Some(now)));
}

#[test]
fn one_that_has_not_ended_is_not_enqueued_twice() {
    let world = World::new();
    let first = world.enqueue("letter", "a");
    assert_eq!(world.enqueue("letter", "a"), first);
    assert_ne!(world.enqueue("letter", "b"), first);
    assert_ne!(world.enqueue("other", "a"), first);
    assert_eq!(world.all().len(), 3);
    assert_eq!(world.work_off(&[well("letter")]).len(), 2, "a program takes only kinds that it knows");
    assert_ne!(world.enqueue("letter", "a"), first, "it has ended, so this is another one");
}

#[test]
fn one_that_is_asked_for_while_it_runs_runs_once_more() {
    let world = World::new();
    let seen = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&seen);
    let kind = kind("letter", move |run| {
        if counted.fetch_add(1, Ordering::SeqCst) == 0 {
            let (now, chance) = (run.clock.now(), run.chance.clone());
            run.store.write_blocking(move |tx| {
                let job = NewJob { organisation: None, kind: "letter", key: "a", details: json!({}), due: now };
                job::enqueue(tx, &job, now, &chance)
            })?;
        }
        Ok(String::new())
    });
    world.enqueue("letter", "a");
    assert_eq!(world.work_off(std::slice::from_ref(&kind)).len(), 2);
    assert_eq!(seen.load(Ordering::SeqCst), 2);
    assert_eq!(world.only().state, State::Done);
}

#[test]
fn what_is_asked_for_during_the_last_failing_try_is_not_lost() {
    let world = World::new();
    let kind = kind("letter", |run| {
        let (now, chance) = (run.clock.now(), run.chance.clone());
        if run.job.tries == 3 {
            run.store.write_blocking(move |tx| {
                let job = NewJob { organisation: None, kind: "letter", key: "a", details: json!({}), due: now };
                job::enqueue(tx, &job, now, &chance)
            })?;
        }
        Err(Failed::ForNow("Not yet.".to_owned()))
    });
    world.enqueue("letter", "a");
    for _ in 0..3 {
        assert_eq!(world.work_off(std::slice::from_ref(&kind)).len(), 1);
        world.clock.advance(SignedDuration::from_mins(5));
    }
    let job = world.only();
    assert_eq!((job.state, job.tries), (State::Waiting, 0));
}

#[test]
fn failures_wait_longer_each_time_and_are_given_up_in_sight() {
    let world = World::new();
    world.enqueue("letter", "a");
    let kinds = [failing("letter")];
    let mut waits = Vec::new();
    for tried in 1..=2 {
        let ends = world.work_off(&kinds);
        let [End::Again(at, why)] = ends.as_slice() else { panic!("{ends:?}") };
        assert_eq!(why, "The other side is away.");
        let job = world.only();
        assert_eq!((job.state, job.tries, job.due), (State::Waiting, tried, Some(*at)));
        assert_eq!(job.failure, Some((world.clock.now(), why.clone())));
        waits.push(at.duration_since(world.clock.now()));
        assert_eq!(world.work_off(&kinds), [], "not before it is due");
        world.clock.advance(waits[waits.len() - 1]);
    }
    assert!(waits[0] >= SECOND * 7 && waits[0] <= SECOND * 13 && waits[1] > waits[0], "{waits:?}");
    assert_eq!(world.work_off(&kinds), [End::GivenUp("The other side is away.".to_owned())]);
    let job = world.only();
    assert_eq!((job.state, job.tries), (State::GivenUp, 3));
    let standing = world.write(|tx, now, _| Ok(job::standing(tx, now)?));
    assert_eq!((standing.given_up, standing.due, standing.running), (1, 0, 0));

    world.clock.advance(SignedDuration::from_hours(48));
    assert_eq!(world.work_off(&kinds), [], "not by itself");
    let id = job.id.clone();
    assert_eq!(world.write(move |tx, now, _| Ok(job::again(tx, &id, now)?)), Moved::Done);
    assert_eq!(world.work_off(&[well("letter")]), [End::Done("did a".to_owned())]);
    let job = world.only();
    assert_eq!((job.state, job.failure), (State::Done, None));
}

#[test]
fn what_cannot_come_to_more_is_given_up_at_once() {
    let world = World::new();
    world.enqueue("letter", "a");
    let kinds = [kind("letter", |_| Err(Failed::ForGood("There is no such thing.".to_owned())))];
    assert_eq!(world.work_off(&kinds), [End::GivenUp("There is no such thing.".to_owned())]);
    assert_eq!(world.only().tries, 1);
}

#[test]
fn a_panic_is_a_failed_try_and_its_words_stay_in_the_log() {
    let world = World::new();
    world.enqueue("letter", "a");
    let ends = world.work_off(&[kind("letter", |_| panic!("priya@ashmere.example"))]);
    assert!(matches!(ends.as_slice(), [End::Again(..)]), "{ends:?}");
    let (_, why) = world.only().failure.unwrap();
    assert!(why.contains("fault of the program") && !why.contains("priya"), "{why}");
}

#[test]
fn only_one_program_has_a_job_until_its_lease_is_over() {
    let world = World::new();
    let kind = well("letter");
    world.enqueue("letter", "a");
    let taken = world.claim(&kind, "first");
    assert_eq!(taken.len(), 1);
    world.clock.advance(LEASE - SECOND);
    assert_eq!(world.claim(&kind, "second"), []);
    let renewed = taken.clone();
    world.write(move |tx, now, _| Ok(job::renew(tx, &renewed, "first", now)?));
    world.clock.advance(LEASE - SECOND);
    assert_eq!(world.claim(&kind, "second"), [], "a lease is renewed while its program lives");

    world.clock.advance(SECOND);
    let again = world.claim(&kind, "second");
    assert_eq!((again.len(), again[0].tries), (1, 2), "its program died, so it runs again");
    let late = taken.clone();
    world.write(move |tx, now, _| Ok(job::renew(tx, &late, "first", now)?));
    assert_eq!(world.attempt(&kind, &taken[0], "first"), End::TakenOver, "how a late run ended does not count");
    assert_eq!(world.only().state, State::Running);
    assert_eq!(world.attempt(&kind, &again[0], "second"), End::Done("did a".to_owned()));
}

#[test]
fn a_late_run_can_be_kept_from_writing() {
    let world = World::new();
    let kind = kind("letter", |run| {
        let run_of = run.clone();
        run.store.write_blocking(move |tx| run_of.hold(tx))?;
        Ok("wrote".to_owned())
    });
    world.enqueue("letter", "a");
    let late = world.claim(&kind, "first");
    world.clock.advance(LEASE);
    let job = world.claim(&kind, "second");
    assert_eq!(world.attempt(&kind, &late[0], "first"), End::Interrupted);
    assert_eq!(world.only().state, State::Running, "it is the other program's");
    assert_eq!(world.attempt(&kind, &job[0], "second"), End::Done("wrote".to_owned()));
}

#[test]
fn a_job_that_kills_its_program_is_given_up() {
    let world = World::new();
    let kind = well("letter");
    world.enqueue("letter", "a");
    for _ in 0..3 {
        assert_eq!(world.claim(&kind, "dies").len(), 1);
        world.clock.advance(LEASE);
    }
    assert_eq!(world.claim(&kind, "next"), []);
    let job = world.only();
    assert_eq!((job.state, job.tries), (State::GivenUp, 3));
    assert!(job.failure.unwrap().1.contains("program ended while this ran"));
}

#[test]
fn what_is_interrupted_runs_again_and_loses_no_try() {
    let world = World::new();
    world.enqueue("letter", "a");
    let kind = kind("letter", |run| if run.should_stop() { Err(Failed::Interrupted) } else { Ok(String::new()) });
    for _ in 0..5 {
        let taken = world.claim(&kind, "first");
        let stop = job::Stop::default();
        stop.ask();
        let end = job::attempt(&kind, &taken[0], "first", &world.store, &world.clock, &world.chance, &stop).unwrap();
        assert_eq!(end, End::Interrupted);
    }
    assert_eq!(world.work_off(&[kind]), [End::Done(String::new())]);
    assert_eq!(world.only().tries, 1);
}

#[test]
fn programs_that_claim_at_once_never_share_a_job() {
    let world = World::new();
    for key in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        world.enqueue("letter", key);
    }
    let barrier = Arc::new(Barrier::new(4));
    let programs: Vec<_> = (0..4)
        .map(|number| {
            // A store of its own, as another program would have.
            let store = Store::open(world.store.location(), ledger::MIGRATIONS).unwrap();
            let (barrier, now) = (Arc::clone(&barrier), world.clock.now());
            std::thread::spawn(move || {
                let (holder, chance) = (format!("program {number}"), Chance::System);
                let mut taken = Vec::new();
                barrier.wait();
                loop {
                    let (kinds, holder, chance) = ([well("letter")], holder.clone(), chance.clone());
                    let claimed =
                        store.write_blocking(move |tx| job::claim(tx, &kinds, 2, &holder, now, &chance)).unwrap();
                    if claimed.is_empty() {
                        break;
                    }
                    taken.extend(claimed.into_iter().map(|job| job.key));
                }
                store.close();
                taken
            })
        })
        .collect();
    let mut keys: Vec<String> = programs.into_iter().flat_map(|program| program.join().unwrap()).collect();
    keys.sort();
    assert_eq!(keys, ["a", "b", "c", "d", "e", "f", "g", "h"]);
}

#[test]
fn what_recurs_runs_once_for_all_that_was_missed() {
    let world = World::new();
    let daily = JobKind { schedule: Some(Schedule::DailyAt { hour: 7, minute: 0 }), ..well("tidy") };
    world.establish(&daily);
    world.establish(&daily);
    assert_eq!(world.only().due, Some("2026-03-04T07:00:00Z".parse().unwrap()));
    assert_eq!(world.work_off(std::slice::from_ref(&daily)), []);

    world.clock.advance(SignedDuration::from_hours(5 * 24));
    world.establish(&daily);
    assert_eq!(world.work_off(std::slice::from_ref(&daily)).len(), 1);
    let job = world.only();
    assert_eq!((job.state, job.due, job.tries), (State::Waiting, Some("2026-03-09T07:00:00Z".parse().unwrap()), 0));
    assert!(job.success.is_some() && job.ended.is_none());

    let often = JobKind { schedule: Some(Schedule::EveryMinutes(10)), ..daily };
    world.establish(&often);
    assert_eq!(world.only().due, Some("2026-03-08T10:10:00Z".parse().unwrap()), "the schedule of a newer program");
}

#[test]
fn what_recurs_is_never_given_up_and_says_that_it_failed() {
    let world = World::new();
    let tidy = JobKind { schedule: Some(Schedule::DailyAt { hour: 7, minute: 0 }), ..failing("tidy") };
    world.establish(&tidy);
    world.clock.advance(SignedDuration::from_hours(24));
    for _ in 0..3 {
        assert_eq!(world.work_off(std::slice::from_ref(&tidy)).len(), 1);
        world.clock.advance(SignedDuration::from_mins(2));
    }
    let job = world.only();
    assert_eq!((job.state, job.tries), (State::Waiting, 0));
    assert_eq!(job.due, Some("2026-03-05T07:00:00Z".parse().unwrap()));
    assert_eq!(job.failure.unwrap().1, "The other side is away.");
    let standing = world.write(|tx, now, _| Ok(job::standing(tx, now)?));
    assert_eq!((standing.failing, standing.later), (1, 1));
}

#[test]
fn what_an_operator_may_do_depends_on_the_state() {
    let world = World::new();
    let tidy = JobKind { schedule: Some(Schedule::EveryMinutes(10)), ..well("tidy") };
    world.establish(&tidy);
    let recurring = world.only().id;
    let kinds = [tidy.clone(), well("letter")];
    let (again, cancel) = (
        |id: &str| {
            let id = id.to_owned();
            world.write(move |tx, now, _| Ok(job::again(tx, &id, now)?))
        },
        |id: &str| {
            let (id, kinds) = (id.to_owned(), kinds.clone());
            world.write(move |tx, now, _| Ok(job::cancel(tx, &kinds, &id, now)?))
        },
    );
    assert_eq!(cancel(&recurring), Moved::NotNow, "what recurs is not cancelled");
    assert_eq!(again(&recurring), Moved::Done, "but can be run now");
    assert_eq!(world.work_off(&[tidy]).len(), 1);

    let first = world.enqueue("letter", "a");
    assert_eq!(cancel(&first), Moved::Done);
    assert_eq!(world.work_off(&[well("letter")]), []);
    assert_eq!(cancel(&first), Moved::NotNow);
    let second = world.enqueue("letter", "a");
    assert_ne!(first, second);
    assert_eq!(again(&first), Moved::NotNow, "another one of its kind and key waits");
    assert_eq!(world.work_off(&[well("letter")]).len(), 1);
    assert_eq!(again(&second), Moved::NotNow, "what ended well is over");
    assert_eq!(again(&first), Moved::Done);

    let running = world.claim(&well("letter"), "program");
    assert_eq!((again(&running[0].id), cancel(&running[0].id)), (Moved::NotNow, Moved::NotNow));
    assert_eq!((again("nothing"), cancel("nothing")), (Moved::Missing, Moved::Missing));
}

#[test]
fn the_list_goes_by_age_with_filters_and_forgets_what_ended_long_ago() {
    let world = World::new();
    for key in ["a", "b", "c"] {
        world.enqueue("letter", key);
        assert_eq!(world.work_off(&[well("letter")]).len(), 1);
        world.clock.advance(SECOND);
    }
    world.clock.advance(SignedDuration::from_hours(24) - SECOND);
    let waiting = world.enqueue("letter", "d");
    let ids: Vec<String> = world.all().into_iter().map(|job| job.id).collect();
    assert_eq!((ids.len(), &ids[0]), (4, &waiting));
    let pages = world.write({
        let ids = ids.clone();
        move |tx, _, _| {
            let ids_of = |jobs: Vec<job::Listed>| jobs.into_iter().map(|job| job.id).collect::<Vec<_>>();
            let any = Filter::default();
            Ok((
                ids_of(job::some(tx, &any, Place::First, 2)?),
                ids_of(job::some(tx, &any, Place::After(&ids[1]), 2)?),
                ids_of(job::some(tx, &any, Place::Before(&ids[3]), 2)?),
            ))
        }
    });
    assert_eq!(pages, (ids[..2].to_vec(), ids[2..].to_vec(), ids[1..3].to_vec()));
    let done = Filter { states: vec![State::Done, State::GivenUp], kinds: vec!["letter".to_owned()] };
    let other = Filter { kinds: vec!["other".to_owned()], ..Filter::default() };
    let totals = world.write(move |tx, _, _| Ok((job::total(tx, &done)?, job::total(tx, &other)?)));
    assert_eq!(totals, (3, 0));

    let forgotten = world.write(|tx, now, _| Ok(job::forget_ended(tx, now - SignedDuration::from_hours(24))?));
    assert_eq!(forgotten, 2, "the third ended just then, and the fourth has not");
    assert_eq!(world.all().len(), 2);
}
