//! Registering things, changing, moving and withdrawing them.

use vocabulary::Visibility::{Own, Public};

use crate::world::{With, at, count, put, reader, run, store, thing};

const WORDS: &str = "SELECT COUNT(*) FROM search_word WHERE address = $1";

#[test]
fn a_thing_is_put_changed_and_found_by_who_may() {
    let store = store();
    let thing = thing("ashmere", "system", "Bin rounds", Own).about("Collects bins");
    put(&store, vec![thing.clone()]);
    let mut changed = thing.clone();
    changed.title = "Waste rounds".to_owned();
    put(&store, vec![changed.clone()]);
    let found = |who: &str| {
        let (who, address) = (reader(who), thing.address.clone());
        run(&store, move |tx| Ok(ledger::find(tx, &who, &address)?)).unwrap()
    };
    assert_eq!(found("ashmere/editor").unwrap().thing, changed);
    assert_eq!(found("brackford/auditor").unwrap().thing, changed);
    for who in ["", "ashmere/member", "brackford/steward", "supplier:ashmere/editor"] {
        assert_eq!(found(who), None, "{who}");
    }
    assert_eq!(count(&store, WORDS, &thing.address), 4, "waste, rounds, collects, bins: and no more bin");
}

#[test]
fn what_did_not_change_is_not_written_again() {
    let store = store();
    let thing = thing("ashmere", "system", "Bin rounds", Public).with("Supplier", "Oakware");
    put(&store, vec![thing.clone()]);
    let again = thing.clone();
    run(&store, move |tx| Ok(ledger::put_things(tx, std::slice::from_ref(&again), at(5))?)).unwrap();
    let put_at = count(&store, "SELECT put_at FROM thing WHERE address = $1", &thing.address);
    assert_eq!(put_at, at(0).as_microsecond());
}

#[test]
fn a_withdrawn_thing_leaves_its_tombstone_and_can_come_back() {
    let store = store();
    let system = thing("ashmere", "system", "Fax gateway", Public);
    put(&store, vec![system.clone()]);
    let owner = system.organisation.clone();
    let address = system.address.clone();
    let withdrawn = run(&store, move |tx| {
        let first = ledger::withdraw_thing(tx, owner.as_ref(), &address, "Switched off.", at(1))?;
        let second = ledger::withdraw_thing(tx, owner.as_ref(), &address, "Again.", at(2))?;
        Ok((first, second))
    });
    assert_eq!(withdrawn.unwrap(), (true, false));
    let find = || {
        let address = system.address.clone();
        run(&store, move |tx| Ok(ledger::find(tx, &reader(""), &address)?)).unwrap().unwrap()
    };
    let tombstone = find().withdrawn.unwrap();
    assert_eq!((tombstone.at, tombstone.why.as_str()), (at(1), "Switched off."));
    assert_eq!(count(&store, WORDS, &system.address), 0);
    put(&store, vec![system.clone()]);
    assert_eq!(find().withdrawn, None);
    assert_eq!(count(&store, WORDS, &system.address), 2);
}

#[test]
fn a_thing_that_becomes_shared_is_there_once() {
    let store = store();
    let candidate = thing("ashmere", "product", "TaxBase", Own);
    put(&store, vec![candidate.clone()]);
    put(&store, vec![thing("", "product", "TaxBase", Public)]);
    assert_eq!(count(&store, "SELECT COUNT(*) FROM thing WHERE address = $1", &candidate.address), 1);
    assert_eq!(count(&store, WORDS, &candidate.address), 1);
    let found = run(&store, |tx| Ok(ledger::find(tx, &reader(""), "/products/taxbase")?));
    assert_eq!(found.unwrap().unwrap().thing.organisation, None);
}

#[test]
fn a_batch_with_a_bad_thing_writes_nothing() {
    let store = store();
    let good = thing("ashmere", "system", "Good", Public);
    let mut bad = thing("ashmere", "system", "Bad", Public);
    bad.address = "https://elsewhere.example/".to_owned();
    let both = vec![good.clone(), bad];
    assert!(run(&store, move |tx| Ok(ledger::put_things(tx, &both, at(0))?)).is_err());
    assert_eq!(count(&store, "SELECT COUNT(*) FROM thing WHERE address = $1", &good.address), 0);
}

#[test]
fn a_thousand_things_go_in_at_once() {
    let store = store();
    let things = (0..1_000).map(|n| thing("ashmere", "system", &format!("System {n} of many words"), Public)).collect();
    put(&store, things);
    assert_eq!(count(&store, "SELECT COUNT(*) FROM thing WHERE organisation = $1", "ashmere"), 1_000);
    assert_eq!(count(&store, "SELECT COUNT(*) FROM search_word WHERE organisation = $1", "ashmere"), 5_000);
}
