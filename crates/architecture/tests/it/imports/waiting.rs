//! Uploads that nobody applies: put aside by the program, and nothing else.

use jiff::SignedDuration;
use ledger::job::{self, End};
use store::values;

use super::{EDITOR, LIST};
use crate::world::World;

/// What the daily jobs of this subject say.
fn a_day_passes(world: &World, days: i64) -> Vec<(String, End)> {
    let kinds = architecture::slice(world.architecture()).jobs;
    let (now, chance, established) = (world.clock.now(), world.chance.clone(), kinds.clone());
    world.store.write_blocking(move |tx| job::establish(tx, &established, now, &chance)).unwrap();
    world.clock.advance(SignedDuration::from_hours(24 * days));
    job::work_off(&world.store, &world.clock, &world.chance, &kinds, "test").unwrap()
}

fn files(world: &World) -> i64 {
    let count = |tx: &mut store::Transaction<'_>| {
        tx.query_one("SELECT COUNT(*) FROM import_file", &values![], |row| row.integer(0))
    };
    world.store.read_blocking(count).unwrap()
}

#[test]
fn an_upload_that_nobody_applied_is_put_aside_after_thirty_days() {
    let world = World::new();
    let applied = world.import("ashmere", "systems.csv", LIST.as_bytes());
    let forgotten = world.bring("ashmere", "forgotten.csv", LIST.as_bytes());
    let others = world.bring("brackford", "theirs.csv", LIST.as_bytes());
    let estate = world.estate("ashmere");
    let ends = a_day_passes(&world, 29);
    assert!(
        ends.iter().any(|(kind, end)| kind == "uploads-tidy" && *end == End::Done("Put 0 uploads aside.".to_owned())),
        "{ends:?}"
    );
    let late = world.bring("ashmere", "late.csv", LIST.as_bytes());
    assert_eq!(files(&world), 3);

    let ends = a_day_passes(&world, 2);
    assert!(
        ends.iter().any(|(kind, end)| kind == "uploads-tidy" && *end == End::Done("Put 2 uploads aside.".to_owned())),
        "{ends:?}"
    );
    assert_eq!(files(&world), 1, "personal data in them is gone");
    assert!(world.get(EDITOR, &forgotten).words().contains("This import was cancelled"));
    assert!(world.get("editor@brackford", &others).words().contains("This import was cancelled"));
    assert!(world.get(EDITOR, &format!("{late}/preview")).status.is_success(), "what came later waits on");
    assert!(!world.get(EDITOR, &applied).words().contains("cancelled"), "what was applied stays");
    assert_eq!(world.estate("ashmere"), estate);
}
