//! Links: there for those who may see both ends.

use ledger::{Link, link, links, unlink, verify};
use testing::TestStore;
use vocabulary::Visibility::{Members, Own, Public};

use crate::world::{READERS, at, count, put, reader, run, store, thing};

fn joined(from: &str, relation: &str, to: &str) -> Link {
    Link { from: from.to_owned(), relation: relation.to_owned(), to: to.to_owned(), said_by: None, said_at: at(3) }
}

fn join(store: &TestStore, new: Link) -> Result<(), ledger::Error> {
    run(store, move |tx| link(tx, &new))
}

fn seen(store: &TestStore, who: &str, address: &str) -> Vec<Link> {
    let (who, address) = (reader(who), address.to_owned());
    run(store, move |tx| Ok(links(tx, &who, &address)?)).unwrap()
}

fn world() -> TestStore {
    let store = store();
    put(
        &store,
        vec![
            thing("ashmere", "idea", "Open", Public),
            thing("ashmere", "system", "Shared", Members),
            thing("ashmere", "system", "Private", Own),
            thing("brackford", "system", "Theirs", Own),
        ],
    );
    store
}

#[test]
fn a_link_is_the_same_from_both_ends() {
    let store = world();
    let about = joined("/ideas/open", "about", "/systems/shared");
    join(&store, about.clone()).unwrap();
    join(&store, about.clone()).unwrap();
    assert_eq!(seen(&store, "ashmere/member", "/ideas/open"), std::slice::from_ref(&about));
    assert_eq!(seen(&store, "ashmere/member", "/systems/shared"), [about]);
    assert_eq!(count(&store, "SELECT COUNT(*) FROM link WHERE relation = $1", "about"), 2);
}

#[test]
fn a_link_is_seen_only_by_those_who_may_see_both_ends() {
    let store = world();
    join(&store, joined("/ideas/open", "about", "/systems/shared")).unwrap();
    join(&store, joined("/ideas/open", "about", "/systems/private")).unwrap();
    join(&store, joined("/ideas/open", "about", "/systems/theirs")).unwrap();
    for who in READERS {
        let found: Vec<String> = seen(&store, who, "/ideas/open").into_iter().map(|link| link.to).collect();
        let expected: &[&str] = match who {
            "brackford/auditor" => &["/systems/private", "/systems/shared", "/systems/theirs"],
            "ashmere/editor" | "ashmere/steward" => &["/systems/private", "/systems/shared"],
            "brackford/steward" => &["/systems/shared", "/systems/theirs"],
            "" | "supplier:fennel/member" | "supplier:ashmere/steward" => &[],
            _ => &["/systems/shared"],
        };
        assert_eq!(found, expected, "{who}");
        // From the far end, which is public, the near one is no more visible.
        let near = seen(&store, who, "/systems/private").len();
        assert_eq!(near, usize::from(expected.contains(&"/systems/private")), "{who}");
    }
}

#[test]
fn who_said_so_is_told_to_those_of_an_end_and_to_auditors() {
    let store = store();
    put(&store, vec![thing("ashmere", "idea", "Open", Public), thing("brackford", "system", "Theirs", Public)]);
    let somebody = Some(vocabulary::PersonId(uuid::Uuid::from_u128(7)));
    join(&store, Link { said_by: somebody, ..joined("/ideas/open", "about", "/systems/theirs") }).unwrap();
    for who in READERS {
        let told = ["ashmere/editor", "ashmere/steward", "brackford/steward", "brackford/auditor"].contains(&who);
        let found = seen(&store, who, "/ideas/open");
        assert_eq!(found[0].said_by, somebody.filter(|_| told), "{who}");
    }
}

#[test]
fn links_need_two_things_that_are_there() {
    let store = world();
    assert!(matches!(join(&store, joined("/ideas/open", "about", "/ideas/open")), Err(ledger::Error::SelfLink)));
    assert!(matches!(
        join(&store, joined("/ideas/open", "about", "/systems/nowhere")),
        Err(ledger::Error::NoSuchEnd { address }) if address == "/systems/nowhere"
    ));
    assert_eq!(count(&store, "SELECT COUNT(*) FROM link WHERE relation = $1", "about"), 0);
}

#[test]
fn unlinking_takes_both_rows_away() {
    let store = world();
    join(&store, joined("/ideas/open", "about", "/systems/shared")).unwrap();
    join(&store, joined("/ideas/open", "needs", "/systems/shared")).unwrap();
    let take = || run(&store, |tx| Ok(unlink(tx, "/ideas/open", "about", "/systems/shared")?)).unwrap();
    assert!(take());
    assert!(!take());
    assert_eq!(count(&store, "SELECT COUNT(*) FROM link WHERE relation = $1", "about"), 0);
    assert_eq!(seen(&store, "ashmere/member", "/systems/shared").len(), 1, "the other relation stays");
}

#[test]
fn a_link_to_what_was_withdrawn_is_not_shown() {
    let store = world();
    join(&store, joined("/ideas/open", "about", "/systems/shared")).unwrap();
    let ashmere: vocabulary::OrganisationId = "ashmere".parse().unwrap();
    run(&store, move |tx| Ok(ledger::withdraw_thing(tx, &ashmere, "/systems/shared", "Gone.", at(4))?)).unwrap();
    assert_eq!(seen(&store, "brackford/auditor", "/ideas/open"), []);
    assert!(join(&store, joined("/ideas/open", "needs", "/systems/shared")).is_err());
}

#[test]
fn links_move_with_their_thing() {
    let store = world();
    put(&store, vec![thing("ashmere", "product", "TaxBase", Own)]);
    join(&store, joined("/ideas/open", "about", "/products/taxbase")).unwrap();
    put(&store, vec![thing("", "product", "TaxBase", Public)]);
    assert_eq!(seen(&store, "", "/products/taxbase").len(), 1);
    assert_eq!(seen(&store, "", "/ideas/open").len(), 1);
    assert_eq!(store.read_blocking(verify).unwrap(), Vec::<String>::new());
}

#[test]
fn a_link_held_at_one_end_only_is_noticed() {
    let store = world();
    join(&store, joined("/ideas/open", "about", "/systems/shared")).unwrap();
    run(&store, |tx| {
        tx.execute("DELETE FROM link WHERE outward = 0", &[])?;
        Ok(())
    })
    .unwrap();
    let faults = store.read_blocking(verify).unwrap();
    assert_eq!(faults, ["link /ideas/open about /systems/shared is not the same at both ends"]);
}
