//! Measures of what is kept: jobs, messages, backups.

use std::{fs, path::PathBuf};

use server::watching::Watching;
use server::{Product, scheduled::Keep, scheduled::Scheduled};
use store::values;
use tempfile::tempdir;
use testing::TestStore;
use vocabulary::Clock;

const NOW: &str = "2026-03-31T15:00:00Z";
const MINUTE: i64 = 60 * 1_000_000;

fn product(store: &TestStore, backups: Option<PathBuf>) -> Product {
    let scheduled = backups.map(|to| Scheduled { scratch: to.clone(), to, every_hours: 24, keep: Keep::default() });
    let clock = Clock::at(NOW.parse().unwrap());
    Product { clock, scheduled, ..Product::new((*store).clone(), "http://127.0.0.1") }
}

/// Writes rows as the subjects do, at so many minutes before now.
fn fill(store: &TestStore) {
    let now = NOW.parse::<vocabulary::Timestamp>().unwrap().as_microsecond();
    let write = move |tx: &mut store::Transaction<'_>| {
        for (id, kind, state, due, failed) in [
            ("a", "message", "waiting", now - 11 * MINUTE, None),
            ("b", "message", "waiting", now + MINUTE, Some(now - 5 * MINUTE)),
            ("c", "message", "given_up", now - 20 * MINUTE, Some(now - 5 * MINUTE)),
            ("d", "back_up", "waiting", now - 3 * MINUTE, None),
            ("e", "message", "done", now - 20 * MINUTE, None),
        ] {
            tx.execute(
                "INSERT INTO job (organisation, id, kind, job_key, details, state, made_at, due_at, failed_at, tries, asked_again) \
                 VALUES ('', $1, $2, $1, '{}', $3, $4, $5, $6, 0, 0)",
                &values![id, kind, state, now - 60 * MINUTE, due, failed],
            )?;
        }
        for (id, failure) in [("a", None), ("b", Some("unreachable"))] {
            tx.execute(
                "INSERT INTO outbox (id, person, recipient, subject, body, made_at, failure, failed_at) VALUES ($1, $1, 'x@y.example', 's', 'b', $2, $3, $2)",
                &values![id, now - 20 * MINUTE, failure],
            )?;
        }
        for (id, outcome, minutes) in
            [("c", "sent", 10), ("d", "sent", 20), ("e", "sent", 25 * 60), ("f", "given_up", 30)]
        {
            tx.execute(
                "INSERT INTO outbox_end (id, made_at, ended_at, outcome) VALUES ($1, $2, $2, $3)",
                &values![id, now - minutes * MINUTE, outcome],
            )?;
        }
        Ok::<_, store::Error>(())
    };
    store.write_blocking(write).unwrap();
}

#[tokio::test]
async fn jobs_messages_and_backups_are_measured_as_they_stand() {
    let store = testing::store(&server::migrations());
    fill(&store);
    let folder = tempdir().unwrap();
    let backup = folder.path().join("commonhold-2026-03-31T030000Z.backup.gz");
    let product = product(&store, Some(folder.path().to_owned()));
    let watching = Watching::new(&product);
    let none = watching.told().await.unwrap();
    assert!(none.contains("commonhold_backups 0\n") && !none.contains("\ncommonhold_backup_bytes "), "{none}");

    // The job that takes backups names them so.
    server::backups::take(&store, &backup, &product.clock).unwrap();
    let bytes = fs::metadata(&backup).unwrap().len();
    fs::write(folder.path().join("proved.json"), "{\"file\":\"x\",\"at\":\"2026-03-30T03:10:00Z\",\"rows\":1}")
        .unwrap();
    let told = watching.told().await.unwrap();
    for line in [
        "commonhold_database_answers 1",
        "commonhold_jobs{kind=\"message\",state=\"due\"} 1",
        "commonhold_jobs{kind=\"message\",state=\"later\"} 1",
        "commonhold_jobs{kind=\"message\",state=\"running\"} 0",
        "commonhold_jobs{kind=\"message\",state=\"given_up\"} 1",
        "commonhold_jobs{kind=\"prove_backup\",state=\"due\"} 0",
        "commonhold_jobs_failing{kind=\"message\"} 1",
        "commonhold_jobs_oldest_due_seconds 660",
        "commonhold_job_tries_total{kind=\"message\",end=\"given_up\"} 0",
        "commonhold_mail_waiting 2",
        "commonhold_mail_failing 1",
        "commonhold_mail_oldest_seconds 1200",
        "commonhold_mail_sent_in_a_day 2",
        "commonhold_mail_given_up_in_a_day 1",
        "commonhold_backups 1",
        &format!("commonhold_backup_bytes {bytes}"),
        "commonhold_backup_taken_timestamp_seconds 1774926000",
        "commonhold_backup_proved_timestamp_seconds 1774840200",
        "commonhold_backup_every_seconds 86400",
    ] {
        assert!(told.lines().any(|told| told == line), "{line} in {told}");
    }
    assert!(!told.contains("example"), "nobody is in it: {told}");
}

#[tokio::test]
async fn measures_are_told_while_the_database_is_away() {
    let store = testing::store(&server::migrations());
    let watching = Watching::new(&product(&store, None));
    (*store).clone().close();
    let told = watching.told().await.unwrap();
    assert!(told.contains("commonhold_database_answers 0\n"), "{told}");
    assert!(!told.contains("\ncommonhold_mail_waiting ") && !told.contains("\ncommonhold_jobs{"), "{told}");
    assert!(told.contains("commonhold_process_threads"), "the rest is there: {told}");
}
