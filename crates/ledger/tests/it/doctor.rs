//! Comparing the ledger with what the subjects say, and making it agree.

use ledger::{Difference, Thing, What, compare, rebuild};
use testing::TestStore;
use vocabulary::Visibility::{Own, Public};

use crate::world::{With, at, put, reader, run, store, thing};

fn subjects() -> Vec<Thing> {
    vec![
        thing("", "product", "TaxBase", Public).with("Former name", "RevsPro"),
        thing("ashmere", "system", "Bin rounds", Own).about("Collects bins"),
    ]
}

fn differences(store: &TestStore) -> Vec<Difference> {
    run(store, |tx| Ok(compare(tx, subjects().into_iter())?)).unwrap()
}

fn told(store: &TestStore) -> Vec<String> {
    differences(store).iter().map(ToString::to_string).collect()
}

#[test]
fn an_untouched_ledger_agrees() {
    let store = store();
    put(&store, subjects());
    assert_eq!(differences(&store), []);
}

#[test]
fn every_kind_of_damage_is_told_and_repaired() {
    for (damage, expected) in [
        ("DELETE FROM thing WHERE kind = 'product'", "/products/taxbase is not in the ledger"),
        (
            "UPDATE thing SET title = 'Tax' WHERE kind = 'product'",
            "/products/taxbase differs from its subject in its title",
        ),
        ("UPDATE thing SET visibility = 'public'", "/systems/bin-rounds differs from its subject in its visibility"),
        (
            "UPDATE thing SET folded = 'zzz' WHERE kind = 'system'",
            "/systems/bin-rounds differs from its subject in its place in lists",
        ),
        (
            "UPDATE thing SET also = '[]' WHERE kind = 'product'",
            "/products/taxbase differs from its subject in its other names",
        ),
        ("DELETE FROM search_word WHERE word = 'revspro'", "/products/taxbase is found under the wrong words"),
        (
            "UPDATE search_word SET weight = 0 WHERE word = 'collects'",
            "/systems/bin-rounds is found under the wrong words",
        ),
        (
            "UPDATE search_word SET word = 'secret' WHERE word = 'bins'",
            "/systems/bin-rounds is found under the wrong words",
        ),
        (
            "UPDATE thing SET withdrawn_at = 1, withdrawn_why = 'x' WHERE kind = 'system'",
            "/systems/bin-rounds is not in the ledger",
        ),
    ] {
        let store = store();
        put(&store, subjects());
        run(&store, move |tx| {
            assert!(tx.execute(damage, &[])? > 0);
            Ok(())
        })
        .unwrap();
        assert_eq!(told(&store), [expected], "{damage}");
        let repaired = run(&store, |tx| Ok(rebuild(tx, subjects().into_iter(), at(9))?)).unwrap();
        assert_eq!(repaired.len(), 1, "{damage}");
        assert_eq!(differences(&store), [], "{damage}");
    }
}

#[test]
fn what_no_subject_has_is_withdrawn_not_deleted() {
    let store = store();
    put(&store, subjects());
    put(&store, vec![thing("ashmere", "system", "Ghost", Public)]);
    assert_eq!(differences(&store)[0].what, What::Unexpected);
    run(&store, |tx| Ok(rebuild(tx, subjects().into_iter(), at(9))?)).unwrap();
    assert_eq!(differences(&store), []);
    let ghost = run(&store, |tx| Ok(ledger::find(tx, &reader(""), "/systems/ghost")?)).unwrap();
    assert_eq!(ghost.unwrap().withdrawn.unwrap().at, at(9));
}

#[test]
fn words_without_a_thing_are_told_and_an_address_held_twice_too() {
    let store = store();
    put(&store, subjects());
    run(&store, |tx| {
        tx.execute("INSERT INTO search_word (organisation, address, word, weight) VALUES ('x', '/gone', 'w', 0)", &[])?;
        tx.execute(
            "INSERT INTO thing (organisation, address, kind, title, folded, summary, visibility, also, put_at) \
             SELECT 'brackford', address, kind, title, folded, summary, visibility, also, put_at FROM thing \
             WHERE kind = 'system'",
            &[],
        )?;
        Ok(())
    })
    .unwrap();
    assert_eq!(
        told(&store),
        ["/gone is found under the wrong words", "/systems/bin-rounds is in the ledger more than once"]
    );
    run(&store, |tx| Ok(rebuild(tx, subjects().into_iter(), at(9))?)).unwrap();
    assert_eq!(differences(&store), []);
}
