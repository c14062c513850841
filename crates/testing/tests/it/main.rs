//! The throw-away server starts, lets databases be made, and leaves nothing behind.
//!
//! Where PostgreSQL is not installed, the same tests hold the error to what it should say; `cargo xtask test --postgres`
//! fails there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

use postgres::{Client, NoTls};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use testing::postgres::{Error, Server};

/// The folder of a server, from its address.
fn folder(url: &str) -> PathBuf {
    let config: postgres::Config = url.parse().unwrap();
    match &config.get_hosts()[0] {
        postgres::config::Host::Unix(folder) => folder.clone(),
        other => panic!("{other:?}"),
    }
}

fn installed() -> bool {
    let debian = std::fs::read_dir("/usr/lib/postgresql").is_ok();
    debian || Command::new("initdb").arg("--version").output().is_ok()
}

#[test]
fn a_server_starts_answers_and_leaves_nothing() {
    let server = match Server::start() {
        Ok(server) => server,
        Err(error) => {
            assert!(!installed(), "{error}");
            assert!(matches!(error, Error::NotInstalled));
            assert!(error.to_string().contains("apt-get install postgresql"));
            return;
        }
    };
    let mut client = Client::connect(server.url(), NoTls).unwrap();
    client.batch_execute("CREATE DATABASE another").unwrap();
    let order = client.query_one("SELECT 'a' < 'B', 'é' < 'f'", &[]).unwrap();
    assert_eq!((order.get(0), order.get(1)), (true, true), "its order is English");
    let folder = folder(server.url());
    assert!(folder.is_dir());
    drop(server);
    assert!(client.simple_query("SELECT 1").is_err());
    assert!(!folder.exists());
}

#[test]
fn two_servers_live_side_by_side() {
    let (Ok(one), Ok(two)) = (Server::start(), Server::start()) else {
        assert!(!installed());
        return;
    };
    assert_ne!(one.url(), two.url());
    for server in [&one, &two] {
        let mut client = Client::connect(server.url(), NoTls).unwrap();
        client.batch_execute("CREATE DATABASE same").unwrap();
    }
}

#[test]
fn a_server_stops_when_its_process_is_killed() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_with-postgres"))
        .args(["sh", "-c", "echo $COMMONHOLD_TEST_POSTGRES; cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    let mut said = BufReader::new(process.stdout.take().unwrap());
    said.read_line(&mut url).unwrap();
    if url.is_empty() {
        assert!(!installed());
        assert_eq!(process.wait().unwrap().code(), Some(3));
        return;
    }
    let mut client = Client::connect(url.trim(), NoTls).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    // Ends early, with an error, because the server ends under it.
    let slept = client.simple_query("SELECT pg_sleep(60)");
    assert!(slept.is_err());
}

#[test]
fn a_command_is_run_and_its_exit_code_handed_on() {
    let ended = Command::new(env!("CARGO_BIN_EXE_with-postgres"))
        .args(["sh", "-c", "test -n \"$COMMONHOLD_TEST_POSTGRES\" && exit 7"])
        .status()
        .unwrap();
    assert_eq!(ended.code(), Some(if installed() { 7 } else { 3 }));
    let misused = Command::new(env!("CARGO_BIN_EXE_with-postgres")).status().unwrap();
    assert_eq!(misused.code(), Some(2));
}

#[test]
fn each_database_is_its_own_and_goes_with_its_value() {
    let one = testing::database();
    let two = testing::database();
    assert_ne!(one.location(), two.location());
    let place = one.location().clone();
    let store = store::Store::open(&place, &[]).unwrap();
    store.close();
    drop(one);
    assert!(store::Store::open(&place, &[]).is_err());
}

#[test]
fn a_replica_follows_and_refuses_to_be_written() {
    let Ok(primary) = Server::start() else {
        assert!(!installed());
        return;
    };
    let replica = primary.replica().unwrap();
    let mut writer = Client::connect(primary.url(), NoTls).unwrap();
    writer.batch_execute("CREATE TABLE seen (id INT PRIMARY KEY)").unwrap();
    let written: String = writer.query_one("SELECT pg_current_wal_insert_lsn()::text", &[]).unwrap().get(0);
    let mut reader = Client::connect(replica.url(), NoTls).unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let caught_up = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'");
    while !reader.query_one(&caught_up, &[]).unwrap().get::<_, bool>(0) {
        assert!(std::time::Instant::now() < until, "the replica did not catch up");
    }
    reader.query_one("SELECT COUNT(*) FROM seen", &[]).unwrap();
    let refused = reader.batch_execute("INSERT INTO seen VALUES (1)").unwrap_err();
    assert_eq!(refused.code().unwrap().code(), "25006");
}
