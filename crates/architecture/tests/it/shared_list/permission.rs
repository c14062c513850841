//! An offer is its organisation's and the keeper's: nobody else learns that there is one, wherever they look.

use axum::http::StatusCode;

use super::{EDITOR, KEEPER, world};
use crate::world::{READERS, World};

/// Who reads, with what they may do: an offer's organisation and its keeper apart.
const OTHERS: &[&str] = &[
    "visitor",
    "supplier@oakware",
    "member@ashmere",
    "member@brackford",
    "editor@brackford",
    "member@colne",
    "editor@colne",
    "steward@colne",
    "operator@colne",
    "moderator@colne",
];

#[test]
fn an_offer_is_in_nobody_elses_lists_counts_search_or_errors() {
    let world = world();
    let own = world.own("ashmere", "Grantly");
    let looks = |world: &World, who: &str, offer: &str| {
        let pages = [
            "/shared-list".to_owned(),
            "/shared-list.json".to_owned(),
            "/shared-list.csv".to_owned(),
            "/shared-list?show=waiting".to_owned(),
            "/shared-list.csv?show=waiting".to_owned(),
            format!("/shared-list/offers/{offer}"),
            format!("/shared-list/offers/{offer}.json"),
            "/organisations/ashmere/offers".to_owned(),
            "/organisations/ashmere/offers.csv".to_owned(),
            format!("/organisations/ashmere/offers/{offer}"),
            format!("/organisations/ashmere/offers/new?of={own}"),
            format!("/products/{own}"),
            "/products/p-grantly".to_owned(),
            "/products.json?q=grantly".to_owned(),
            "/products.csv".to_owned(),
            "/".to_owned(),
            "/organisations/ashmere".to_owned(),
            "/organisations/ashmere/history.json".to_owned(),
        ];
        let seen = pages.iter().map(|page| world.get(who, page));
        // A fault's reference is another one each time; pages have none.
        seen.map(|seen| (seen.status, seen.body)).collect::<Vec<_>>()
    };
    let nothing = "018f0000-0000-7000-8000-000000000000";
    let before: Vec<_> = OTHERS.iter().map(|who| looks(&world, who, nothing)).collect();
    let offer = world.offer("ashmere", "Grantly", "supplier=Oak+Ware");
    for (who, before) in OTHERS.iter().zip(before) {
        let after = looks(&world, who, &offer);
        for (page, (before, after)) in before.iter().zip(&after).enumerate() {
            let blind = |body: &str| body.replace(nothing, "…").replace(&offer, "…");
            assert_eq!((before.0, blind(&before.1)), (after.0, blind(&after.1)), "{who}, page {page}");
            assert!(!after.1.contains("Grantly") || *who == "member@ashmere", "{who}, page {page}");
        }
    }
    let events = |who: &'static str| {
        let read = move |tx: &mut store::Transaction<'_>| {
            ledger::events(tx, &crate::world::reader(who), Some(&crate::world::id("ashmere")), None, 100)
        };
        let events = world.store.read_blocking(read).unwrap();
        events.iter().filter(|event| event.verb == "offered").count()
    };
    assert_eq!(events(EDITOR), 1);
    for who in OTHERS {
        assert_eq!(events(who), 0, "{who}");
    }
}

#[test]
fn only_editors_offer_and_only_the_keepers_stewards_decide() {
    let world = world();
    let own = world.own("ashmere", "Grantly");
    let offer = world.offer("ashmere", "Round Mstr", "");
    world.publish_grantly();
    let line = world.published()[0]["id"].as_str().unwrap().to_owned();
    let before = world.row_counts();
    let more = ["steward@colne", "editor@colne", "auditor@brackford", "operator@brackford", "auditor@ashmere"];
    for who in READERS.iter().chain(&more) {
        let of = |organisation: &str| who.ends_with(organisation);
        let (own_looks, own_acts) = match *who {
            "editor@ashmere" | "steward@ashmere" => continue,
            "member@ashmere" => (403, 403),
            "auditor@ashmere" => (200, 403),
            "auditor@brackford" | "auditor@colne" => (200, 404),
            _ => (404, 404),
        };
        // The keeper's own people are told that their role is not enough.
        let keeps = if of("@brackford") { 403 } else { 404 };
        for (path, expected) in [
            ("/organisations/ashmere/offers".to_owned(), own_looks),
            (format!("/organisations/ashmere/offers/{offer}"), own_looks),
            (format!("/organisations/ashmere/offers/{offer}.json"), own_looks),
            (format!("/organisations/ashmere/offers/new?of={own}"), own_acts),
            ("/shared-list?show=waiting".to_owned(), keeps),
            ("/shared-list.json?show=waiting".to_owned(), keeps),
            (format!("/shared-list/offers/{offer}"), keeps),
            (format!("/shared-list/published/{line}/withdraw"), keeps),
        ] {
            let seen = world.get(who, &path);
            assert_eq!(seen.status.as_u16(), expected, "{who} {path}");
        }
        for (path, form, expected) in [
            ("/organisations/ashmere/offers/new".to_owned(), format!("of={own}&step=send&reason=x"), own_acts),
            (format!("/organisations/ashmere/offers/{offer}"), String::new(), own_acts),
            (format!("/shared-list/offers/{offer}"), "choice=decline&why=x".to_owned(), keeps),
            (format!("/shared-list/published/{line}/withdraw"), "why=x".to_owned(), keeps),
        ] {
            assert_eq!(world.post(who, &path, &form).status.as_u16(), expected, "{who} {path}");
        }
        let list = world.get(who, "/shared-list.json");
        assert!(list.json()["waiting"].is_null() && !list.body.contains("Round Mstr"), "{who}: {}", list.body);
        assert_eq!(world.row_counts(), before, "{who} wrote something");
    }
    // An auditor reads and is offered nothing to do.
    let read = world.get("auditor@colne", &format!("/organisations/ashmere/offers/{offer}"));
    assert_eq!(read.all("main form").len(), 0);
    // The offering council decides nothing, and another keeper's offers are not one's own.
    assert_eq!(world.post(EDITOR, &format!("/shared-list/offers/{offer}"), "choice=decline&why=x").status, 404);
    for (who, path) in [
        ("editor@colne", format!("/organisations/colne/offers/{offer}")),
        (KEEPER, format!("/organisations/brackford/offers/{offer}")),
        (KEEPER, format!("/organisations/ashmere/offers/{offer}")),
        (KEEPER, "/shared-list/offers/nothing".to_owned()),
        (KEEPER, format!("/shared-list/published/{offer}/withdraw")),
    ] {
        assert_eq!(world.get(who, &path).status, StatusCode::NOT_FOUND, "{who} {path}");
        assert!(matches!(world.post(who, &path, "why=x&choice=decline").status.as_u16(), 400 | 404), "{who} {path}");
    }
    // Another council's own product is no product of one's own, whoever keeps the list.
    for (who, organisation) in [("editor@colne", "colne"), (KEEPER, "brackford")] {
        let path = format!("/organisations/{organisation}/offers/new");
        assert_eq!(world.get(who, &format!("{path}?of={own}")).status, StatusCode::NOT_FOUND);
        assert_eq!(world.post(who, &path, &format!("of={own}&step=send&reason=x")).status, StatusCode::NOT_FOUND);
    }
    assert_eq!(world.row_counts(), before);
    for (who, path) in
        [(KEEPER, format!("/shared-list/offers/{offer}")), (EDITOR, "/organisations/ashmere/offers".to_owned())]
    {
        assert_eq!(world.get(who, &path).headers["cache-control"], "private, no-store", "{path}");
    }
}

#[test]
fn an_offer_of_one_council_says_nothing_of_anothers_same_name() {
    let world = world();
    world.import("colne", "theirs.csv", b"System,Product\nGiving,Grantly\n");
    let (alone, also) = (World::new(), &world);
    alone.keeps_shared_list("brackford");
    alone.import("ashmere", "systems.csv", super::FILE.as_bytes());
    // Whether Colne has the name too makes no difference to what Ashmere and the keeper read and get.
    let read = |world: &World| {
        let offer = world.offer("ashmere", "Grantly", "");
        let page = world.get(KEEPER, &format!("/shared-list/offers/{offer}")).words();
        world.decide(&offer, "choice=publish&name=Grantly&why=x").redirect();
        let product = world.system_named("ashmere", "Grants")["product"].clone();
        (page, product, world.get(KEEPER, "/shared-list").words())
    };
    assert_eq!(read(&alone), read(also));
}
