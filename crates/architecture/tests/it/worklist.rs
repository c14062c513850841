//! Your work: what needs the people who keep an estate, and what they do about it.

use architecture::statement::{Attribute, Stated};
use axum::http::StatusCode;
use jiff::SignedDuration;
use store::values;

use crate::world::{READERS, Seen, World, change, system};

const PATH: &str = "/organisations/ashmere/worklist";
const EDITOR: &str = "editor@ashmere";

/// One thing of every reason, and what is none.
fn county() -> (World, Vec<String>) {
    let world = World::new();
    let ids = world.add(
        "ashmere",
        vec![
            system("Bin rounds").status("live").ends("2027-03-31", Some(3)),
            system("Council tax").status("live").unread(Attribute::End, "Rolling monthly"),
            system("Fax gateway").status("live"),
            system("Old tills").status("retired"),
            system("Own tool").status("live").says(Attribute::Supplier, Stated::InHouse),
            system("Next year").status("planned"),
        ],
    );
    world.add("brackford", vec![system("Theirs").status("live"), system("Theirs too").status("live")]);
    (world, ids)
}

fn reasons(seen: &Seen) -> Vec<(String, u64)> {
    let json = seen.json();
    let of = json["by_reason"].as_object().unwrap().iter();
    of.map(|(reason, count)| (reason.clone(), count.as_u64().unwrap())).filter(|(_, count)| *count > 0).collect()
}

fn later(world: &World, days: i64) {
    world.clock.advance(SignedDuration::from_hours(24 * days));
}

fn location(seen: &Seen) -> String {
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.body);
    seen.headers["location"].to_str().unwrap().to_owned()
}

#[test]
fn everything_that_needs_somebody_stands_under_its_reason() {
    let (world, ids) = county();
    let page = world.get(EDITOR, PATH);
    let words = page.words();
    assert!(words.contains("3 things need you, 1 by 31 December 2026."), "{words}");
    assert_eq!(
        page.all("h2.govuk-heading-m"),
        [
            "Decide: last notice dates in the next 6 months (1)",
            "Problems: what a file said and could not be used (1)",
            "Missing: contract dates of live systems (1)",
        ]
    );
    assert!(words.contains("Bin rounds 31 December 202631 March 2027"), "{words}");
    assert!(words.contains("Must fix Council tax Rolling monthly Give the contract end"), "{words}");
    assert!(words.contains("Fax gateway Not known Add the contract end"), "{words}");
    let contract = world.contract_of(EDITOR, &ids[1]);
    for address in [format!("/contracts/{contract}/edit"), format!("/systems/{}/edit?card=contract", ids[2])] {
        assert!(page.body.contains(&format!("href=\"{address}\"")), "{address}");
        assert_eq!(world.get(EDITOR, &address).status, StatusCode::OK);
    }
    for none in ["Old tills", "Own tool", "Next year", "Theirs"] {
        assert!(!words.contains(none), "{none}");
    }
    let json = world.get(EDITOR, &format!("{PATH}.json")).json();
    assert_eq!((&json["things"], &json["finding"]), (&3.into(), &"3 things need you, 1 by 31 December 2026.".into()));
    let csv = world.get(EDITOR, &format!("{PATH}.csv")).csv();
    let reasons: Vec<_> = csv.iter().map(|row| row["reason"].as_str()).collect();
    assert_eq!(reasons, ["decide", "problems", "missing"]);
    assert_eq!((csv[0]["last_notice_date"].as_str(), csv[1]["must_fix"].as_str()), ("2026-12-31", "yes"));
    assert!(page.headers["cache-control"].to_str().unwrap().contains("no-store"));
}

#[test]
fn nothing_is_said_plainly() {
    let world = World::new();
    let words = world.get(EDITOR, PATH).words();
    assert!(words.contains("Nothing needs you today.") && words.contains("See the systems at Ashmere"), "{words}");
    assert!(world.get(EDITOR, &format!("{PATH}?show=confirm")).words().contains("None."));
    for bad in ["show=all", "moved=x", "change=0", "colour=red"] {
        assert_eq!(world.get(EDITOR, &format!("{PATH}?{bad}")).status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[test]
fn it_is_for_those_who_keep_the_estate_only() {
    let (world, ids) = county();
    let key = format!("item=missing/{}", ids[2]);
    for who in READERS.iter().filter(|who| !["editor@ashmere", "steward@ashmere"].contains(*who)) {
        let expected = if *who == "member@ashmere" { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND };
        for path in [PATH.to_owned(), format!("{PATH}.json"), format!("{PATH}.csv?show=missing")] {
            let seen = world.get(who, &path);
            assert_eq!(seen.status, expected, "{who} {path}");
            assert!(!seen.body.contains("Fax") && !seen.body.contains("Rolling"), "{who}");
        }
        assert_eq!(world.post(who, &format!("{PATH}/aside"), &key).status, expected, "{who}");
        let confirm = format!("subject={}&field=status&change=1", ids[0]);
        assert_eq!(world.post(who, &format!("{PATH}/confirm"), &confirm).status, expected, "{who}");
        let keeps = who.starts_with("editor@");
        let home = world.get(who, "/");
        assert_eq!(home.body.contains("href=\"/worklist\""), keeps, "{who}");
        assert_eq!(world.get(who, "/worklist").status == StatusCode::SEE_OTHER, keeps, "{who}");
        assert!(!world.get(who, "/organisations/ashmere").body.contains(PATH), "{who}");
    }
    assert!(world.get("steward@ashmere", PATH).words().contains("3 things need you"));
}

#[test]
fn home_and_navigation_lead_to_it() {
    let (world, _) = county();
    let home = world.get(EDITOR, "/");
    assert!(home.words().starts_with("3 things need you, 1 by 31 December 2026."), "{}", home.words());
    assert!(home.body.contains("Your work") && home.body.contains(&format!("href=\"{PATH}\"")));
    assert_eq!(location(&world.get(EDITOR, "/worklist")), PATH);
    assert_eq!(location(&world.get(EDITOR, "/worklist.json")), format!("{PATH}.json"));
    let own = world.get(EDITOR, "/organisations/ashmere/systems");
    assert!(own.all(".ch-subnav a").contains(&"Worklist".to_owned()));
    assert!(world.get(EDITOR, "/organisations/brackford/worklist").status == StatusCode::NOT_FOUND);
}

#[test]
fn still_right_states_the_same_again_as_verified_today_and_can_be_undone() {
    let world = World::new();
    let bins = system("Bin rounds")
        .status("planned")
        .users(120)
        .private(Attribute::BusinessOwner, "Jo Bloggs")
        .cost(1_250_000);
    let ids = world.add("ashmere", vec![bins, system("Own").status("retired").users(3)]);
    assert!(world.get(EDITOR, PATH).words().contains("Nothing needs you today."));
    later(&world, 470);
    let page = world.get(EDITOR, PATH);
    assert!(page.words().contains("Confirm: said more than a year ago (4)"), "{}", page.words());
    for words in [
        "Status of Bin rounds is Planned",
        "Business owner of Bin rounds is Jo Bloggs",
        "Cost a year of Bin rounds is £12,500 a year",
    ] {
        assert!(page.words().contains(words), "{words}: {}", page.words());
    }
    assert!(page.words().contains("Still right: Users of Bin rounds is 120"));
    let before = world.get(EDITOR, &format!("/systems/{}.json", ids[0])).json();
    let confirm = format!("subject={}&field=users&change=1&show=confirm", ids[0]);
    let to = location(&world.post(EDITOR, &format!("{PATH}/confirm"), &confirm));
    assert_eq!(to, format!("{PATH}?show=confirm&change=2"));
    let landed = world.get(EDITOR, &to);
    assert!(
        landed.words().contains("Users of Bin rounds is still right.") && landed.words().contains("Undo"),
        "{}",
        landed.words()
    );
    assert_eq!(reasons(&world.get(EDITOR, &format!("{PATH}.json"))), [("confirm".to_owned(), 3)]);
    let after = world.get(EDITOR, &format!("/systems/{}.json", ids[0])).json();
    assert_eq!(after["system"]["users"], before["system"]["users"]);
    let count = |kind: &str| {
        let kind = kind.to_owned();
        let sql = "SELECT COUNT(*) FROM statement AS s JOIN change AS h ON h.organisation = s.organisation AND h.number = s.change
                   WHERE h.kind = $1 AND s.confidence = 'verified' AND s.as_of = '2028-03-06'";
        world.store.read_blocking(move |tx| tx.query_one(sql, &values![&kind], |row| row.integer(0))).unwrap()
    };
    assert_eq!(count("confirm"), 1, "one statement, verified today");

    // The same button of a page that is old by now, and what cannot be confirmed.
    assert_eq!(world.post(EDITOR, &format!("{PATH}/confirm"), &confirm).status, StatusCode::CONFLICT);
    for (bad, status) in [
        ("field=users&change=1".to_owned(), StatusCode::NOT_FOUND),
        (format!("subject={}&field=name&change=1", ids[0]), StatusCode::BAD_REQUEST),
        (format!("subject={}&field=users", ids[0]), StatusCode::BAD_REQUEST),
        (format!("subject={}&field=contract_end&change=1", ids[0]), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(world.post(EDITOR, &format!("{PATH}/confirm"), &bad).status, status, "{bad}");
    }
    let theirs = world.add("brackford", vec![system("Theirs").users(5)]).remove(0);
    let confirm = format!("subject={theirs}&field=users&change=1");
    assert_eq!(world.post(EDITOR, &format!("{PATH}/confirm"), &confirm).status, StatusCode::NOT_FOUND);

    location(&world.post(EDITOR, "/organisations/ashmere/changes/2/undo", ""));
    assert_eq!(reasons(&world.get(EDITOR, &format!("{PATH}.json"))), [("confirm".to_owned(), 4)]);
}

#[test]
fn what_is_put_aside_waits_until_it_is_taken_up_or_something_new_is_said() {
    let (world, ids) = county();
    let keys = |path: &str| -> Vec<String> {
        let json = world.get(EDITOR, path).json();
        let groups = json["groups"].as_array().unwrap().clone();
        let rows = groups.iter().flat_map(|group| group["rows"].as_array().unwrap().clone());
        rows.filter_map(|row| row["key"].as_str().map(str::to_owned)).collect()
    };
    let found = keys(&format!("{PATH}.json"));
    assert_eq!(found.len(), 2, "a notice date cannot be put aside");
    for key in &found {
        let to = location(&world.post(EDITOR, &format!("{PATH}/aside"), &format!("item={key}&show=problems")));
        assert_eq!(to, format!("{PATH}?show=problems&moved=aside"));
        assert!(world.get(EDITOR, &to).words().contains("Put aside. It is in the list"));
        assert_eq!(world.post(EDITOR, &format!("{PATH}/aside"), &format!("item={key}")).status, StatusCode::CONFLICT);
    }
    let page = world.get(EDITOR, PATH).words();
    assert!(page.contains("1 thing needs you") && page.contains("2 things were put aside"), "{page}");
    let aside = world.get(EDITOR, &format!("{PATH}?show=aside")).words();
    assert!(
        aside.contains("Rolling monthly") && aside.contains("Fax gateway") && aside.contains("Take up again"),
        "{aside}"
    );
    assert_eq!(keys(&format!("{PATH}.json?show=aside")), found);
    // The same organisation's other people see the same list; another text is another thing.
    world.add("ashmere", vec![change(&ids[1]).unread(Attribute::AnnualCost, "see Uniform")]);
    assert_eq!(
        reasons(&world.get("steward@ashmere", &format!("{PATH}.json"))),
        [("decide".to_owned(), 1), ("problems".to_owned(), 1)]
    );
    let to = location(&world.post(EDITOR, &format!("{PATH}/aside"), &format!("item={}&back=yes", found[0])));
    assert!(world.get(EDITOR, &to).words().contains("Taken up again."));
    assert_eq!(keys(&format!("{PATH}.json")).len(), 2);
    for bad in ["item=missing/nothing", "item=", "back=yes"] {
        assert_eq!(world.post(EDITOR, &format!("{PATH}/aside"), bad).status, StatusCode::CONFLICT, "{bad}");
    }
}

#[test]
fn an_erased_or_restated_text_needs_nobody() {
    let (world, ids) = county();
    let contract = world.contract_of(EDITOR, &ids[1]);
    let text = world.store.read_blocking(move |tx| {
        tx.query_one(
            "SELECT original FROM statement WHERE subject = $1 AND original IS NOT NULL",
            &values![&contract],
            |row| row.text(0),
        )
    });
    location(&world.post(EDITOR, &format!("/systems/{}/texts/{}/erase", ids[1], text.unwrap()), ""));
    let json = world.get(EDITOR, &format!("{PATH}.json"));
    assert_eq!(
        reasons(&json),
        [("decide".to_owned(), 1), ("missing".to_owned(), 2)],
        "its end is simply not known now"
    );
}

#[test]
fn a_row_that_was_left_out_is_asked_about_until_the_list_comes_again() {
    let world = World::new();
    let file = b"System name,Status,Contract end\nBins,live,31/03/2028\n,live,31/03/2028\n";
    let import = world.import("ashmere", "systems.csv", file);
    let page = world.get(EDITOR, PATH);
    assert!(page.words().contains("Must fix systems.csv, systems, row 3"), "{}", page.words());
    assert!(page.words().contains("Correct the file and upload it again"));
    assert!(
        page.body.contains(&format!("href=\"{}\"", import.trim_end_matches("/preview"))),
        "{import}: {}",
        page.body
    );
    world.import(
        "ashmere",
        "systems.csv",
        b"System name,Status,Contract end\nBins,live,31/03/2028\nTills,live,31/03/2028\n",
    );
    assert!(world.get(EDITOR, PATH).words().contains("Nothing needs you today."));
}

#[test]
fn no_list_is_without_an_end() {
    let world = World::new();
    world.add("ashmere", (0..130).map(|number| system(&format!("System {number:03}")).status("live")).collect());
    let page = world.get(EDITOR, PATH);
    assert_eq!(page.all("tbody tr").len(), 10);
    assert!(page.words().contains("130 things need you.") && page.words().contains("and 120 more"), "{}", page.words());
    let all = world.get(EDITOR, &format!("{PATH}?show=missing"));
    assert_eq!(all.all("tbody tr").len(), 100);
    let json = world.get(EDITOR, &format!("{PATH}.json?show=missing")).json();
    assert_eq!(json["total"], 130);
    let next = json["next"].as_str().unwrap().to_owned();
    let rest = world.get(EDITOR, &next).json();
    assert_eq!(rest["groups"][0]["rows"].as_array().unwrap().len(), 30);
    assert_eq!(world.get(EDITOR, &format!("{PATH}.csv")).csv().len(), 130);
}

#[test]
fn a_contract_that_has_ended_or_ends_before_it_starts_is_asked_about() {
    let world = World::new();
    world.add(
        "ashmere",
        vec![
            system("Ended").status("live").ends("2026-10-31", None),
            system("Crossed").status("live").text(Attribute::Start, "2028-01-01").ends("2027-01-01", None),
        ],
    );
    let words = world.get(EDITOR, PATH).words();
    assert!(words.contains("Ended Ended 31 October 2026 Say what covers it now"), "{words}");
    assert!(
        words.contains("Check Crossed ends 1 January 2027, starts 1 January 2028 Correct the contract's dates"),
        "{words}"
    );
}

#[test]
fn names_to_match_are_counted_and_lead_to_matches() {
    let world = World::new();
    world.import("ashmere", "systems.csv", b"System,Product\nRounds,Round Mstr\nGrants,Grantly\nTips,WasteDesk\n");
    let page = world.get(EDITOR, PATH);
    assert!(page.words().contains("2 names to match, likely ones first"), "{}", page.words());
    assert!(page.body.contains("href=\"/organisations/ashmere/matches\""), "{}", page.body);
    let json = world.get(EDITOR, &format!("{PATH}.json")).json();
    assert_eq!((&json["things"], &json["by_reason"]["match"]), (&2.into(), &2.into()));
    assert_eq!(json["finding"], "2 things need you.");
    assert!(world.get(EDITOR, "/").words().contains("2 things need you."), "{}", world.get(EDITOR, "/").words());
    let only = world.get(EDITOR, &format!("{PATH}?show=match"));
    assert!(only.words().contains("2 names to match"), "{}", only.words());
    let csv = world.get(EDITOR, &format!("{PATH}.csv")).csv();
    assert_eq!((csv[0]["reason"].as_str(), csv[0]["what"].as_str()), ("match", "2 names to match, likely ones first"));
    let names = world.get(EDITOR, "/organisations/ashmere/matches.json").json()["names"].clone();
    for name in names.as_array().unwrap() {
        let form = format!("name={}&choice=none", name["key"].as_str().unwrap());
        world.post(EDITOR, "/organisations/ashmere/matches", &form);
    }
    assert!(world.get(EDITOR, PATH).words().contains("Nothing needs you today."));
}

#[test]
fn offers_wait_for_the_stewards_of_the_lists_keeper_only() {
    let world = World::new();
    world.keeps_shared_list("brackford");
    world.import("ashmere", "systems.csv", b"System,Product\nGrants,Grantly\n");
    let names = world.get(EDITOR, "/organisations/ashmere/matches.json").json()["names"].clone();
    let form = format!("of={}&step=send&reason=x", names[0]["key"].as_str().unwrap());
    assert_eq!(world.post(EDITOR, "/organisations/ashmere/offers/new", &form).status, StatusCode::SEE_OTHER);
    let theirs = "/organisations/brackford/worklist";
    let page = world.get("steward@brackford", theirs);
    assert!(page.words().contains("1 thing needs you. "), "{}", page.words());
    assert!(page.words().contains("1 offer to the shared list waits"), "{}", page.words());
    assert!(page.body.contains("href=\"/shared-list?show=waiting\""), "{}", page.body);
    assert!(world.get("steward@brackford", "/").words().contains("1 thing needs you."));
    for (who, path) in [("editor@brackford", theirs), ("steward@ashmere", PATH)] {
        let seen = world.get(who, &format!("{path}.json")).json();
        assert_eq!(seen["by_reason"]["offers"], 0, "{who}");
    }
}
