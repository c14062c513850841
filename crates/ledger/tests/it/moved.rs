//! What was merged: its address leads on, its links are read as those of what it became, and taking it back leaves no trace.

use ledger::{Link, destination, link, links, move_back, move_thing, withdraw_thing};
use testing::TestStore;
use vocabulary::Visibility::{Members, Own, Public};

use crate::world::{at, put, reader, run, store, thing};

fn merge(store: &TestStore, from: &'static str, to: &'static str) -> Result<(), ledger::Error> {
    let ashmere = "ashmere".parse().unwrap();
    run(store, move |tx| {
        move_thing(tx, from, to, at(5))?;
        withdraw_thing(tx, Some(&ashmere), from, "merged", at(5))?;
        Ok(())
    })
}

fn join(store: &TestStore, from: &str, to: &str) {
    let new =
        Link { from: from.to_owned(), relation: "about".to_owned(), to: to.to_owned(), said_by: None, said_at: at(3) };
    run(store, move |tx| link(tx, &new)).unwrap();
}

fn linked(store: &TestStore, who: &str, address: &str) -> Vec<(String, String)> {
    let (who, address) = (reader(who), address.to_owned());
    let links = run(store, move |tx| Ok(links(tx, &who, &address)?)).unwrap();
    links.into_iter().map(|link| (link.from, link.to)).collect()
}

fn leads(store: &TestStore, who: &str, address: &str) -> Option<String> {
    let (who, address) = (reader(who), address.to_owned());
    run(store, move |tx| Ok(destination(tx, &who, &address)?)).unwrap()
}

fn world() -> TestStore {
    let store = store();
    let one = |title, visibility| thing("ashmere", "system", title, visibility);
    let things =
        vec![one("One", Members), one("Two", Members), one("Three", Own), thing("ashmere", "idea", "Open", Public)];
    put(&store, things);
    store
}

#[test]
fn links_follow_what_was_merged_and_come_back() {
    let store = world();
    join(&store, "/ideas/open", "/systems/one");
    join(&store, "/ideas/open", "/systems/two");
    merge(&store, "/systems/one", "/systems/two").unwrap();
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(linked(&store, "ashmere/member", "/systems/two"), [pair("/ideas/open", "/systems/two")]);
    assert_eq!(linked(&store, "ashmere/member", "/ideas/open"), [pair("/ideas/open", "/systems/two")], "told once");
    run(&store, |tx| Ok(move_back(tx, "/systems/one")?)).unwrap();
    put(&store, vec![thing("ashmere", "system", "One", Members)]);
    let both = [pair("/ideas/open", "/systems/one"), pair("/ideas/open", "/systems/two")];
    assert_eq!(linked(&store, "ashmere/member", "/ideas/open"), both);
    assert_eq!(leads(&store, "ashmere/member", "/systems/one"), None);
}

#[test]
fn a_link_is_taken_away_by_the_name_that_is_seen() {
    let store = world();
    join(&store, "/ideas/open", "/systems/one");
    merge(&store, "/systems/one", "/systems/two").unwrap();
    let unlink = |tx: &mut ::store::Transaction<'_>| Ok(ledger::unlink(tx, "/ideas/open", "about", "/systems/two")?);
    assert!(run(&store, unlink).unwrap());
    assert!(linked(&store, "ashmere/member", "/systems/two").is_empty());
}

#[test]
fn an_address_leads_on_only_for_those_who_may_see_what_is_there() {
    let store = world();
    merge(&store, "/systems/one", "/systems/two").unwrap();
    merge(&store, "/systems/two", "/systems/three").unwrap();
    for (who, expected) in [
        ("ashmere/editor", Some("/systems/three")),
        ("brackford/auditor", Some("/systems/three")),
        ("ashmere/member", None),
        ("brackford/steward", None),
        ("", None),
    ] {
        assert_eq!(leads(&store, who, "/systems/one").as_deref(), expected, "{who}");
    }
    assert_eq!(leads(&store, "ashmere/editor", "/systems/three"), None, "what was not merged leads nowhere");
    assert_eq!(leads(&store, "ashmere/editor", "/systems/nothing"), None);
}

#[test]
fn a_way_that_leads_back_is_refused() {
    let store = world();
    merge(&store, "/systems/one", "/systems/two").unwrap();
    assert!(matches!(merge(&store, "/systems/two", "/systems/two"), Err(ledger::Error::SelfLink)));
    assert!(matches!(merge(&store, "/systems/two", "/systems/none"), Err(ledger::Error::NoSuchEnd { .. })));
    assert!(matches!(merge(&store, "/systems/two", "/systems/one"), Err(ledger::Error::SelfLink)));
}
