//! Several processes on one database, and one that is killed.

use crate::{THINGS, count};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use store::{Error, Location, Store, Value};

/// Names the database for the other process, and what it does there.
const TASK: &str = "STORE_TEST_TASK";
const PLACE: &str = "STORE_TEST_PLACE";

/// Starts this test binary again as another process that runs only [`other_process`].
fn start(task: &str, location: &Location) -> Command {
    let place = match location {
        Location::Sqlite(path) => format!("sqlite {}", path.display()),
        Location::Postgres(url) => format!("postgres {url}"),
    };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "processes::other_process", "--nocapture"])
        .env(TASK, task)
        .env(PLACE, place)
        .stdout(Stdio::piped());
    command
}

/// The other process. In an ordinary run of the tests nothing is asked of it, and it says so.
#[test]
fn other_process() {
    let Ok(task) = std::env::var(TASK) else {
        assert!(std::env::var(PLACE).is_err(), "a place without a task");
        return;
    };
    let place = std::env::var(PLACE).unwrap();
    let location = match place.split_once(' ').unwrap() {
        ("sqlite", path) => Location::Sqlite(path.into()),
        (_, url) => Location::Postgres(url.to_owned()),
    };
    let store = Store::open(&location, &[THINGS]).unwrap();
    for at in 0.. {
        if task == "import" && at == 50 {
            break;
        }
        let id = format!("{task} {at}");
        let written = store.write_blocking(move |transaction| {
            let rows = ["", " more"].map(|more| vec![Value::from(format!("{id}{more}"))]);
            transaction.insert_many("thing", &["id"], rows.into_iter())
        });
        written.unwrap();
        println!("acknowledged {at}");
    }
    store.close();
}

#[test]
fn what_was_acknowledged_survives_kill() {
    // Nobody else has it open: what is found afterwards was recovered from what lies on the disk.
    let database = testing::database();
    let mut child = start("killed", database.location()).spawn().unwrap();
    let mut acknowledged = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        if line.unwrap().contains("acknowledged") {
            acknowledged += 1;
        }
        if acknowledged == 20 {
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap();
    let store = Store::open(database.location(), &[THINGS]).unwrap();
    let kept = count(&store);
    assert!(kept >= 40, "{kept} rows of at least 40");
    assert_eq!(kept % 2, 0, "half of a transaction was kept");
    store.close();
}

#[test]
fn a_command_may_write_while_the_server_does() {
    let store = testing::store(&[THINGS]);
    let mut child = start("import", store.location()).spawn().unwrap();
    for at in 0..50 {
        let written = store.write_blocking(move |transaction| {
            let rows = [format!("server {at}"), format!("server {at} more")].map(|id| vec![Value::from(id)]);
            transaction.insert_many("thing", &["id"], rows.into_iter())
        });
        assert_eq!(written, Ok::<_, Error>(2));
    }
    assert!(child.wait().unwrap().success());
    assert_eq!(count(&store), 200);
}
