//! Finding things; and that nobody finds, counts or infers what they may not see.

use ledger::{SearchResult, Thing, put_things, search};
use testing::TestStore;
use vocabulary::Visibility::{Members, Own, Public};
use web::{Cursor, CursorValue};

use crate::world::{READERS, With, at, put, reader, run, store, thing};

fn find(store: &TestStore, who: &str, query: &str) -> SearchResult {
    find_page(store, who, query, None, None, 100).unwrap()
}

fn find_page(
    store: &TestStore,
    who: &str,
    query: &str,
    kind: Option<&str>,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<SearchResult, ledger::Error> {
    let (who, query, kind) = (reader(who), query.to_owned(), kind.map(str::to_owned));
    run(store, move |tx| search(tx, &who, &query, kind.as_deref(), cursor.as_ref(), limit))
}

fn titles(result: &SearchResult) -> Vec<&str> {
    result.hits.iter().map(|hit| hit.title.as_str()).collect()
}

fn products() -> Vec<Thing> {
    vec![
        thing("", "product", "Revenues", Public),
        thing("", "product", "Business revenues suite", Public),
        thing("", "product", "TaxBase", Public).with("Former name", "RevsPro Revenues"),
        thing("", "product", "HomeFile", Public).with("Supplier", "Revenues Software Ltd"),
        thing("", "product", "Ledgerman", Public).about("Takes revenues in"),
        thing("", "product", "Revenuestream", Public),
    ]
}

#[test]
fn names_come_before_other_names_suppliers_and_summaries() {
    let store = store();
    put(&store, products());
    let found = find(&store, "", "REVENUES");
    assert_eq!(
        titles(&found),
        ["Revenues", "Business revenues suite", "Revenuestream", "TaxBase", "HomeFile", "Ledgerman"]
    );
    let why: Vec<String> = found.hits.iter().map(ledger::Hit::why).collect();
    assert_eq!(why[3], "Former name matches: RevsPro Revenues");
    assert_eq!(why[4], "Supplier matches: Revenues Software Ltd");
    assert_eq!(why[5], "Description matches: revenues");
}

#[test]
fn an_exact_title_comes_first_though_it_repeats_a_word_or_has_a_long_one() {
    let store = store();
    let long = "x".repeat(60);
    let titles = ["Council of the Isles of Scilly".to_owned(), format!("Register {long}")];
    for title in &titles {
        let decoy = thing("", "product", &format!("A {title}"), Public);
        put(&store, vec![thing("", "product", title, Public), decoy]);
        assert_eq!(find(&store, "", title).hits[0].title, *title);
    }
}

#[test]
fn every_word_must_match_a_word_or_its_beginning() {
    let store = store();
    put(&store, products());
    assert_eq!(titles(&find(&store, "", "bus rev")), ["Business revenues suite"]);
    assert_eq!(titles(&find(&store, "", "suite, business")), ["Business revenues suite"]);
    assert!(find(&store, "", "business taxbase").hits.is_empty());
    assert!(find(&store, "", "venue").hits.is_empty(), "the middle of a word is no match");
    assert!(find(&store, "", " -- ' % _").hits.is_empty());
    assert_eq!(find(&store, "", "").total, 0);
    assert!(find(&store, "", "re%").hits.len() == 6, "a percent sign is no wildcard");
}

#[test]
fn words_are_folded_alike_on_both_sides() {
    let store = store();
    put(&store, vec![thing("", "product", "Café Children’s & Families", Public)]);
    for query in ["cafe", "CAFÉ", "childrens", "Children's", "& families", "and fam"] {
        assert_eq!(find(&store, "", query).total, 1, "{query}");
    }
}

#[test]
fn too_many_words_are_refused_not_ignored() {
    let store = store();
    let refused = find_page(&store, "", "a b c d e f g h i j k", None, None, 10);
    assert!(matches!(refused, Err(ledger::Error::TooManyWords { limit: 10 })));
    assert!(find_page(&store, "", "a a a a a a a a a a a a", None, None, 10).is_ok());
}

#[test]
fn counts_by_kind_do_not_depend_on_the_kind_that_is_shown() {
    let store = store();
    let mut things = products();
    things.push(thing("ashmere", "system", "Revenues live", Public));
    put(&store, things);
    let all = find(&store, "", "revenues");
    assert_eq!(all.by_kind, [("product".to_owned(), 6), ("system".to_owned(), 1)]);
    assert_eq!(all.total, 7);
    let systems = find_page(&store, "", "revenues", Some("system"), None, 100).unwrap();
    assert_eq!((systems.total, systems.hits.len(), systems.by_kind), (1, 1, all.by_kind));
    let none = find_page(&store, "", "revenues", Some("nothing"), None, 100).unwrap();
    assert_eq!((none.total, none.hits.len()), (0, 0));
}

/// The same word in things of each visibility at two councils, named so that ranks and titles interleave.
fn secrets() -> Vec<Thing> {
    let mut things = Vec::new();
    for organisation in ["ashmere", "brackford"] {
        for visibility in [Public, Members, Own] {
            for n in 0..4 {
                let title = format!("{n} quartz {organisation} {visibility}");
                things.push(thing(organisation, "system", &title, visibility));
            }
        }
    }
    things
}

/// What the matrix says: by reader, how much of Ashmere's and of Brackford's own twelve.
fn may_see(who: &str, thing: &Thing) -> bool {
    let own = |organisation: &str| thing.organisation.as_ref().unwrap().as_str() == organisation;
    match (who, thing.visibility) {
        ("brackford/auditor", _) | (_, Public) => true,
        ("" | "supplier:fennel/member" | "supplier:ashmere/steward", _) => false,
        (_, Members) => true,
        ("ashmere/editor" | "ashmere/steward", Own) => own("ashmere"),
        ("brackford/steward", Own) => own("brackford"),
        (_, Own) => false,
    }
}

#[test]
fn each_reader_finds_counts_and_pages_through_exactly_what_they_may_see() {
    let store = store();
    put(&store, secrets());
    for who in READERS {
        let mut expected: Vec<String> =
            secrets().into_iter().filter(|thing| may_see(who, thing)).map(|thing| thing.title).collect();
        expected.sort();
        let all = find(&store, who, "quartz");
        assert_eq!(all.total, expected.len() as u64, "{who}");
        assert_eq!(all.by_kind, [("system".to_owned(), expected.len() as u64)], "{who}");
        let mut paged = Vec::new();
        let mut cursor = None;
        let mut pages = 0;
        loop {
            let page = find_page(&store, who, "quartz", None, cursor, 3).unwrap();
            assert_eq!(page.total, expected.len() as u64, "{who}: the same total on every page");
            paged.extend(page.hits.iter().map(|hit| hit.title.clone()));
            pages += 1;
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(paged, titles(&all), "{who}: pages joined are the list");
        assert_eq!(pages, expected.len().div_ceil(3), "{who}: no empty last page that would tell of more");
        paged.sort();
        assert_eq!(paged, expected, "{who}");
    }
}

#[test]
fn pages_go_back_as_they_went_forward() {
    let store = store();
    put(&store, secrets());
    let page = |cursor| find_page(&store, "", "quartz", None, cursor, 3).unwrap();
    let first = page(None);
    assert_eq!(first.previous, None);
    let second = page(first.next.clone());
    let third = page(second.next.clone());
    assert_eq!(third.next, None);
    let back = page(third.previous.clone());
    assert_eq!(back, second);
    let start = page(back.previous.clone());
    assert_eq!(titles(&start), titles(&first));
    assert_eq!(start.previous, None, "nothing before the first");
}

/// Cursors, prefixes and kinds made by hand to look around corners.
#[test]
fn no_cursor_or_prefix_gets_at_what_is_hidden() {
    let store = store();
    put(&store, secrets());
    put(&store, vec![thing("brackford", "secret", "Zircon deal", Own).with("Former name", "Onyx")]);
    for who in READERS.into_iter().filter(|who| !matches!(*who, "brackford/steward" | "brackford/auditor")) {
        for query in ["z", "zi", "zircon", "zircon deal", "onyx", "on", "deal"] {
            let found = find(&store, who, query);
            assert_eq!(found, SearchResult::default(), "{who} {query}");
            let kind = find_page(&store, who, query, Some("secret"), None, 5).unwrap();
            assert_eq!(kind, SearchResult::default(), "{who} {query}");
        }
        // A cursor that stands right before, at, and after a hidden row, in both directions.
        for title in ["", "0 quartz brackford own", "3 quartz brackford own", "zzz"] {
            for organisation in ["", "ashmere", "brackford", "zzz"] {
                let key = vec![
                    CursorValue::Integer(1),
                    CursorValue::Text(title.to_owned()),
                    CursorValue::Text(organisation.to_owned()),
                    CursorValue::Text("/systems/0-quartz-brackford-own".to_owned()),
                ];
                for cursor in [Cursor::after(ledger::SORT, key.clone()), Cursor::before(ledger::SORT, key)] {
                    let found = find_page(&store, who, "quartz", None, Some(cursor), 50).unwrap();
                    let hidden =
                        |title: &str| secrets().iter().any(|thing| thing.title == title && !may_see(who, thing));
                    assert!(titles(&found).iter().all(|title| !hidden(title)), "{who}");
                    assert_eq!(found.total, find(&store, who, "quartz").total, "{who}");
                    for cursor in found.next.iter().chain(&found.previous) {
                        assert!(!format!("{cursor:?}").contains("brackford own") || who.contains("brackford"));
                    }
                }
            }
        }
    }
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let store = store();
    let text = |text: &str| CursorValue::Text(text.to_owned());
    for cursor in [
        Cursor::after("title", vec![CursorValue::Integer(1), text("a"), text("b"), text("c")]),
        Cursor::after(ledger::SORT, vec![CursorValue::Integer(1), text("a"), text("b")]),
        Cursor::after(ledger::SORT, vec![text("1"), text("a"), text("b"), text("c")]),
        Cursor::after(ledger::SORT, vec![]),
    ] {
        let refused = find_page(&store, "", "x", None, Some(cursor), 10);
        assert!(matches!(refused, Err(ledger::Error::ForeignCursor)));
    }
}

#[test]
fn what_becomes_narrower_is_gone_from_search_at_once() {
    let store = store();
    put(&store, vec![thing("ashmere", "system", "Garnet", Public)]);
    assert_eq!(find(&store, "", "garnet").total, 1);
    put(&store, vec![thing("ashmere", "system", "Garnet", Own)]);
    assert_eq!(find(&store, "", "garnet").total, 0);
    assert_eq!(find(&store, "ashmere/member", "garnet").total, 0);
    assert_eq!(find(&store, "ashmere/editor", "garnet").total, 1);
}

#[test]
fn withdrawn_things_are_found_by_nobody() {
    let store = store();
    let system = thing("ashmere", "system", "Garnet", Public);
    put(&store, vec![system.clone()]);
    run(&store, move |tx| {
        Ok(ledger::withdraw_thing(tx, system.organisation.as_ref(), &system.address, "Gone.", at(1))?)
    })
    .unwrap();
    for who in READERS {
        assert_eq!(find(&store, who, "garnet").total, 0, "{who}");
    }
}

#[test]
fn a_hit_names_its_organisation_as_it_is_called_now() {
    let store = store();
    let mut council = thing("ashmere", "organisation", "Ashmere Borough Council", Public);
    council.address = "/organisations/ashmere".to_owned();
    put(&store, vec![council, thing("ashmere", "system", "Garnet", Public)]);
    let found = find(&store, "", "garnet");
    assert_eq!(found.hits[0].organisation_name.as_deref(), Some("Ashmere Borough Council"));
}

#[test]
fn an_unknown_visibility_is_seen_by_the_organisation_and_the_auditor_only() {
    let store = store();
    run(&store, |tx| {
        put_things(tx, &[thing("ashmere", "system", "Garnet", Public)], at(0))?;
        tx.execute("UPDATE thing SET visibility = 'PUBLIC '", &[])?;
        Ok(())
    })
    .unwrap();
    for who in READERS {
        let found = find_page(&store, who, "garnet", None, None, 10);
        match who {
            "ashmere/editor" | "ashmere/steward" | "brackford/auditor" => assert!(found.is_err(), "{who}"),
            _ => assert_eq!(found.unwrap().total, 0, "{who}"),
        }
    }
}
