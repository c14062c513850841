//! Search that forgives: a mistyped word finds what was meant, and tells nothing of what is not shared.

use ledger::{Correction, SearchResult, rebuild, search};
use store::values;
use testing::TestStore;
use vocabulary::Visibility::{Members, Own, Public};

use crate::world::{READERS, With, at, put, reader, run, store, thing};

fn find(store: &TestStore, who: &str, query: &str) -> SearchResult {
    let (who, query) = (reader(who), query.to_owned());
    run(store, move |tx| search(tx, &who, &query, None, None, 100)).unwrap()
}

fn corrected(store: &TestStore, who: &str, query: &str) -> Vec<(String, String)> {
    let found = find(store, who, query);
    found.corrections.into_iter().map(|Correction { typed, used, .. }| (typed, used)).collect()
}

fn pair(typed: &str, used: &str) -> Vec<(String, String)> {
    vec![(typed.to_owned(), used.to_owned())]
}

fn things() -> Vec<ledger::Thing> {
    vec![
        thing("", "product", "Uniform", Public).with("Former name", "CAPS UNI-form"),
        thing("", "product", "Revenues manager", Public),
        thing("", "product", "Revenue hub", Public),
        thing("ashmere", "system", "Planning portal C-114", Members).with("Organisation", "Ashmere"),
        thing("brackford", "system", "Planning back office", Public).with("Organisation", "Brackford"),
        thing("", "product", "Taxi desk", Public),
    ]
}

#[test]
fn a_mistyped_word_finds_the_nearest_and_says_so() {
    let store = store();
    put(&store, things());
    for (typed, used) in [
        ("uniforn", "uniform"),
        ("unifrom", "uniform"),
        ("uniformm", "uniform"),
        ("planing", "planning"),
        ("brakford", "brackford"),
        ("brakfrod", "brackford"),
        ("Revenus", "revenue"),
    ] {
        assert_eq!(corrected(&store, "", typed), pair(&typed.to_lowercase(), used), "{typed}");
        assert!(find(&store, "", typed).total > 0, "{typed}");
    }
    let found = find(&store, "", "unifrom");
    assert_eq!(found.hits[0].why(), "Name matches; Similar word: uniform");
    assert_eq!(find(&store, "", "revenus").corrections[0].others, ["revenues"], "as near");
    let several = find(&store, "", "planing brakford");
    assert_eq!(several.corrections.len(), 2);
    assert_eq!(several.hits.len(), 1);
    assert_eq!(several.hits[0].title, "Planning back office");
    let one = find(&store, "", "planning brakford");
    assert_eq!((one.corrections.len(), one.total), (1, 1), "what finds something stays as it is");
}

#[test]
fn what_finds_something_is_never_corrected() {
    let store = store();
    put(&store, things());
    for query in ["uniform", "uni", "revenue", "plan", "taxi desk"] {
        assert_eq!(corrected(&store, "", query), [], "{query}");
    }
    assert_eq!(find(&store, "", "taxi planning"), SearchResult::default(), "each finds something, together nothing");
}

#[test]
fn short_words_numbers_and_far_ones_are_left_alone() {
    let store = store();
    put(&store, things());
    for query in ["txi", "c115", "c-115", "xyzzyxyzzy", "uniforms2", "unifr", "planni ng portla x9"] {
        let found = find(&store, "ashmere/member", query);
        assert_eq!((found.total, found.corrections.len()), (0, 0), "{query}");
    }
}

#[test]
fn the_word_under_which_most_is_found_comes_first() {
    let store = store();
    let mut all = things();
    all.extend((0..3).map(|n| thing("", "product", &format!("Revenues {n}"), Public)));
    put(&store, all);
    let found = find(&store, "", "revenus");
    assert_eq!((found.corrections[0].used.as_str(), found.total), ("revenues", 4));
    assert_eq!(found.corrections[0].others, ["revenue"]);
}

/// Nothing of what is offered, counted or found depends on what the reader may not see.
#[test]
fn words_of_what_is_not_shared_are_offered_to_nobody_else() {
    let (with, without) = (store(), store());
    for store in [&with, &without] {
        put(store, things());
    }
    put(
        &with,
        vec![
            thing("ashmere", "system", "Uniforma quartz", Own),
            thing("ashmere", "system", "Revenuess quartz", Own).with("Former name", "Planming"),
            thing("ashmere", "system", "Quarantine zircons", Own),
        ],
    );
    let queries = [
        "uniformb",
        "uniforma",
        "quartx",
        "quartz",
        "zircon",
        "zirkons",
        "revenuesss",
        "planmin",
        "planmimg",
        "quarantin",
    ];
    for who in READERS {
        let own = matches!(who, "ashmere/editor" | "ashmere/steward" | "brackford/auditor");
        for query in queries {
            let (with, without) = (find(&with, who, query), find(&without, who, query));
            if !own {
                assert_eq!(with, without, "{who} {query}");
            }
        }
        assert_eq!(corrected(&with, who, "quartx") == pair("quartx", "quartz"), own, "{who}");
    }
}

#[test]
fn what_was_withdrawn_is_offered_no_longer_and_making_anew_forgets_it() {
    let store = store();
    put(&store, things());
    assert_eq!(corrected(&store, "", "taxx"), pair("taxx", "taxi"));
    run(&store, |tx| Ok(ledger::withdraw_thing(tx, None, "/products/taxi-desk", "gone", at(1))?)).unwrap();
    assert_eq!(corrected(&store, "", "taxx"), []);
    let kept = |store: &TestStore| {
        let words = |tx: &mut store::Transaction<'_>| {
            tx.query("SELECT word FROM search_vocabulary WHERE word = $1", &values!["taxi"], |row| row.text(0))
        };
        store.read_blocking(words).unwrap().len()
    };
    assert_eq!(kept(&store), 1);
    run(&store, |tx| {
        let mut expected = things();
        expected.pop();
        Ok(rebuild(tx, expected.into_iter(), at(2))?)
    })
    .unwrap();
    assert_eq!(kept(&store), 0);
    assert_eq!(corrected(&store, "", "uniforn"), pair("uniforn", "uniform"));
}

#[test]
fn a_lost_vocabulary_is_told_and_made_again() {
    let store = store();
    put(&store, things());
    store.write_blocking(|tx| tx.execute("DELETE FROM search_vocabulary", &[])).unwrap();
    assert_eq!(corrected(&store, "", "uniforn"), []);
    let found = run(&store, |tx| Ok(rebuild(tx, things().into_iter(), at(1))?)).unwrap();
    assert_eq!(found[0].to_string(), "near spellings of some words are not found");
    assert_eq!(corrected(&store, "", "uniforn"), pair("uniforn", "uniform"));
    let now = run(&store, |tx| Ok(ledger::compare(tx, things().into_iter())?)).unwrap();
    assert_eq!(now, []);
}
