//! `commonhold serve --replica`, with a real streaming replica. Where PostgreSQL is not installed, the error is held to that.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use tempfile::{TempDir, tempdir};
use testing::postgres::{self, Server};

use crate::browser::Browser;
use crate::place::demo;
use crate::program::{Serving, command, commonhold, finished};

/// A primary with a replica, and a folder of data.
struct World {
    primary: Server,
    replica: Server,
    folder: TempDir,
}

impl World {
    fn new() -> Option<World> {
        let primary = match Server::start_lasting() {
            Ok(primary) => primary,
            Err(postgres::Error::NotInstalled) if std::env::var_os(testing::POSTGRES).is_none() => return None,
            Err(error) => panic!("{error}"),
        };
        let replica = primary.replica().unwrap();
        let world = World { primary, replica, folder: tempdir().unwrap() };
        for what in ["organisations", "people"] {
            let file = demo(&format!("{what}.csv"));
            commonhold(world.folder(), &["import", what, &file, "--database", world.primary.url()]).with(0);
        }
        Some(world)
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn serve(&self, further: &[&str]) -> Serving {
        let own = ["serve", "--json", "--database", self.primary.url(), "--replica", self.replica.url()];
        let serving = Serving::start(self.folder(), &[&own[..], further].concat());
        let told: serde_json::Value = serde_json::from_str(&serving.said).unwrap();
        assert_eq!(told["replicas"], 1);
        serving
    }

    /// Signs in by the link of the message that is written into the outbox.
    fn signed_in(&self, serving: &Serving, email: &str) -> Browser {
        let mut browser = Browser::new(&serving.address);
        assert_eq!(browser.post("/sign-in", &[("email", email)]).status, 303);
        let outbox = self.folder().join("commonhold-data/outbox");
        let message = eventually(|| {
            let file =
                fs::read_dir(&outbox).ok()?.flatten().find(|file| file.path().extension().is_some_and(|e| e == "eml"));
            fs::read_to_string(file?.path()).ok().filter(|text| text.contains(email))
        });
        let link = message.lines().find_map(|line| line.strip_prefix(serving.address.as_str())).unwrap().to_owned();
        assert_eq!(browser.post(&link, &[]).status, 303);
        browser
    }
}

fn eventually<T>(so: impl Fn() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = so() {
            return found;
        }
        assert!(Instant::now() < until, "it did not become so");
        thread::sleep(Duration::from_millis(50));
    }
}

fn json(browser: &Browser, path: &str) -> serde_json::Value {
    let seen = browser.get(path);
    assert_eq!(seen.status, 200, "{path}: {seen:?}");
    serde_json::from_str(&seen.body).unwrap()
}

fn until_state(visitor: &Browser, state: &str) {
    eventually(|| (json(visitor, "/readyz")["replicas"][0]["state"] == state).then_some(()));
}

/// What the operator's page says of the replica.
fn card(operator: &Browser) -> String {
    let data = json(operator, "/operator.json");
    let cards = data["cards"].as_array().unwrap();
    let card = cards.iter().find(|card| card["id"] == "replicas").unwrap();
    card["lines"][0]["value"].as_str().unwrap().to_owned()
}

#[test]
fn who_writes_sees_it_at_once_and_others_read_from_the_replica() {
    let Some(world) = World::new() else { return };
    let serving = world.serve(&[]);
    let visitor = Browser::new(&serving.address);
    until_state(&visitor, "follows");
    let mut steward = world.signed_in(&serving, "estate.steward@ashmere.example");
    world.replica.pause().unwrap();
    let settings = "/organisations/ashmere/settings";
    for estate in ["public", "members", "own", "public"] {
        assert_eq!(steward.post(settings, &[("estate", estate), ("costs", "own")]).status, 303);
        assert_eq!(json(&steward, &format!("{settings}.json"))["estate"], estate);
    }
    assert_eq!(visitor.get("/organisations").status, 200, "a visitor is answered by a replica that is a little behind");
    world.replica.resume().unwrap();
    until_state(&visitor, "follows");
    assert_eq!(visitor.get("/organisations").status, 200);
    serving.stop().with(0);
}

#[test]
fn readers_do_not_notice_that_a_replica_is_lost_and_operators_do() {
    let Some(mut world) = World::new() else { return };
    let serving = world.serve(&["--requests-a-minute", "0"]);
    let visitor = Browser::new(&serving.address);
    until_state(&visitor, "follows");
    world
        .primary
        .run("UPDATE membership SET role = 'operator' WHERE role = 'steward' AND organisation = 'ashmere'")
        .unwrap();
    let operator = world.signed_in(&serving, "estate.steward@ashmere.example");
    assert!(card(&operator).starts_with("Follows, at most"), "{}", card(&operator));

    let enough = AtomicBool::new(false);
    let answered = thread::scope(|scope| {
        let readers = (0..3).map(|_| {
            scope.spawn(|| {
                let (reader, mut answered) = (Browser::new(&serving.address), 0);
                while !enough.load(Ordering::SeqCst) {
                    let seen = reader.get("/organisations");
                    assert_eq!(seen.status, 200, "{seen:?}");
                    answered += 1;
                }
                answered
            })
        });
        let readers: Vec<_> = readers.collect();
        let reads = || card(&operator).split_once("; ").unwrap().1.split(' ').next().unwrap().parse::<u64>().unwrap();
        let before = reads();
        eventually(|| (reads() > before + 20).then_some(()));
        world.replica.crash().unwrap();
        until_state(&visitor, "away");
        let page = operator.get("/operator").body;
        assert!(page.contains("cannot be reached") && page.contains("The primary answers in its place"), "{page}");
        world.replica.restart().unwrap();
        until_state(&visitor, "follows");
        let before = reads();
        eventually(|| (reads() > before + 20).then_some(()));
        enough.store(true, Ordering::SeqCst);
        readers.into_iter().map(|reader| reader.join().unwrap()).sum::<u64>()
    });
    assert!(answered > 60, "{answered}");
    let log = serving.stop().with(0).stderr;
    assert!(log.contains("a replica is not read from") && log.contains("a replica follows, and is read from"), "{log}");
}

#[test]
fn replicas_are_of_a_database_that_has_some() {
    let folder = tempdir().unwrap();
    let address = "postgres://commonhold:hunter2@127.0.0.1:1/none";
    let arguments = ["serve", "--json", "--listen", "127.0.0.1:0"];
    let refused = commonhold(folder.path(), &[&arguments[..], &["--replica", address]].concat()).with(2).error();
    assert!(refused["message"].as_str().unwrap().contains("embedded database has no replicas"), "{refused}");
    assert!(refused["next"].as_str().unwrap().contains("--database"), "{refused}");
    let mut by_environment = command(folder.path(), &arguments);
    by_environment.env("COMMONHOLD_REPLICA", format!("{address} {address}"));
    assert_eq!(finished(by_environment).with(2).error(), refused);
    let odd = [&arguments[..], &["--replica", "mysql://commonhold:hunter2@127.0.0.1/none"]].concat();
    let refused = commonhold(folder.path(), &odd).with(2).error();
    assert!(refused["next"].as_str().unwrap().contains("Write postgres://"), "{refused}");
    assert!(!refused.to_string().contains("hunter2"), "{refused}");
}
