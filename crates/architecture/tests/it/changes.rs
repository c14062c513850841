//! Changes: the page of one, and undoing any of them by its number.

use architecture::change::{Stating, make};
use architecture::import::apply::Moment;
use architecture::statement::store::ChangeKind;
use architecture::statement::{Attribute, Confidence, Stated, Statement, SubjectKind};
use axum::http::StatusCode;

use crate::imports::{EDITOR, LIST};
use crate::world::{READERS, World, id, reader, system};

/// States one value of a system or contract by hand.
fn state(world: &World, subject: &str, attribute: Attribute, value: Option<Stated>) -> i64 {
    let moment = Moment {
        now: world.clock.now(),
        today: world.clock.today(),
        chance: world.chance.clone(),
        actor: reader(EDITOR).person,
    };
    let statement = Statement {
        kind: attribute.of(),
        subject: subject.to_owned(),
        attribute,
        value,
        original: None,
        source: "Letter from Oakware".to_owned(),
        confidence: Confidence::Verified,
        as_of: world.clock.today(),
    };
    let thing = match attribute.of() {
        SubjectKind::System => format!("/systems/{subject}"),
        SubjectKind::Contract => format!("/contracts/{subject}"),
    };
    let stating = Stating {
        kind: ChangeKind::Edit,
        undoes: None,
        statements: vec![statement],
        privates: vec![],
        verb: "changed",
        thing,
        details: serde_json::json!({"attribute": attribute.word()}),
    };
    let write = move |tx: &mut store::Transaction<'_>| make(tx, &id("ashmere"), &stating, &moment);
    world.store.write_blocking(write).unwrap().expect("something was said")
}

fn text(text: &str) -> Option<Stated> {
    Some(Stated::Text(text.to_owned()))
}

#[test]
fn any_change_is_undone_by_its_number_unless_later_work_would_be_lost() {
    let world = World::new();
    let ids = world
        .add("ashmere", vec![system("Bin rounds").product("roundmaster").reference("C-1").ends("2027-03-31", Some(6))]);
    let before = world.estate("ashmere");
    let contract = world.contract_of(EDITOR, &ids[0]);
    let first = state(&world, &contract, Attribute::End, text("2028-03-31"));
    let second = state(&world, &ids[0], Attribute::Hosting, text("Cloud"));
    let third = state(&world, &contract, Attribute::End, text("2029-03-31"));
    assert_eq!((first, second, third), (2, 3, 4));

    let page = world.get(EDITOR, "/organisations/ashmere/changes/2");
    assert_eq!(page.all("h1"), ["Change 2 of 22 November 2026"]);
    assert!(
        page.words()
            .contains("C-1 ~ Changed Contract end 31 Mar 2027 31 Mar 2028 Verified 22 Nov 2026, Letter from Oakware"),
        "{}",
        page.words()
    );
    assert!(page.words().contains("1 system or contract was changed since"), "{}", page.words());
    assert!(!page.words().contains("Undo this change"));
    let refused = world.post(EDITOR, "/organisations/ashmere/changes/2/undo", "");
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        refused.all(".govuk-error-summary__list a"),
        ["Changes made since would be lost, so nothing was undone"]
    );
    let refused = world.post(EDITOR, "/organisations/ashmere/changes/2/undo.json", "");
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert!(refused.body.contains("C-1: Contract end"), "{}", refused.body);

    // Work on other fields does not stand in the way; one after the other all can go.
    let back = world.post(EDITOR, "/organisations/ashmere/changes/4/undo", "").redirect();
    assert_eq!(back, format!("/contracts/{contract}?change=5"));
    assert_eq!(
        world.get(EDITOR, &back).all(".govuk-notification-banner__heading"),
        ["Undone. 1 value is as it was before. Undo"]
    );
    assert!(world.get("member@ashmere", &back).all(".govuk-notification-banner__heading").is_empty());
    assert_eq!(world.post(EDITOR, "/organisations/ashmere/changes/4/undo", "").status, StatusCode::CONFLICT);
    world.post(EDITOR, "/organisations/ashmere/changes/2/undo", "").redirect();
    world.post(EDITOR, "/organisations/ashmere/changes/3/undo", "").redirect();
    assert_eq!(world.estate("ashmere"), before);

    // An undo can be undone, and then the change stands again and can be undone once more.
    let page = world.get(EDITOR, "/organisations/ashmere/changes/3");
    assert!(page.words().contains("This change was undone later."), "{}", page.words());
    world.post(EDITOR, "/organisations/ashmere/changes/7/undo", "").redirect();
    assert!(world.get(EDITOR, &format!("/systems/{}", ids[0])).words().contains("Hosting Cloud"));
    world.post(EDITOR, "/organisations/ashmere/changes/3/undo", "").redirect();
    assert_eq!(world.estate("ashmere"), before);
    let differences = world.store.read_blocking(architecture::projection::check).unwrap();
    assert!(differences.is_empty(), "{differences:?}");
}

#[test]
fn the_change_of_an_import_is_undone_with_its_import() {
    let world = World::new();
    let before = world.estate("ashmere");
    let import = world.import("ashmere", "systems.csv", LIST.as_bytes());
    let page = world.get(EDITOR, "/organisations/ashmere/changes/1");
    assert!(page.words().contains("Bin rounds + Added"), "{}", page.words());
    assert!(page.body.contains(&format!("{import}/undo")));
    let csv = world.get(EDITOR, "/organisations/ashmere/changes/1.csv").csv();
    assert!(csv.iter().any(|row| row["name"] == "Bin rounds" && row["field"] == "status" && row["after"] == "live"));
    world.post(EDITOR, "/organisations/ashmere/changes/1/undo", "").redirect();
    assert_eq!(world.estate("ashmere"), before);
    assert_eq!(world.get(EDITOR, &format!("{import}.json")).json()["import"]["state"], "undone");
    // To bring it back, the file is sent again: its import has a page and a state of its own.
    assert_eq!(world.post(EDITOR, "/organisations/ashmere/changes/2/undo", "").status, StatusCode::CONFLICT);
    assert!(world.get(EDITOR, "/organisations/ashmere/changes/2").words().contains("Bin rounds − Removed"));
}

#[test]
fn changes_are_for_those_who_see_the_organisations_own_parts() {
    let world = World::new();
    let ids = world.add("ashmere", vec![system("Bin rounds")]);
    state(&world, &ids[0], Attribute::AnnualCost, Some(Stated::Number(1_250_000)));
    for who in READERS {
        let allowed = ["editor@ashmere", "steward@ashmere", "auditor@colne"].contains(who);
        let seen = world.get(who, "/organisations/ashmere/changes/2");
        let expected = match *who {
            "member@ashmere" => StatusCode::FORBIDDEN,
            _ if allowed => StatusCode::OK,
            _ => StatusCode::NOT_FOUND,
        };
        assert_eq!(seen.status, expected, "{who}");
        assert_eq!(seen.words().contains("Undo this change"), allowed && *who != "auditor@colne", "{who}");
    }
    for who in READERS {
        let undone = world.post(who, "/organisations/ashmere/changes/2/undo", "");
        let expected = match *who {
            "editor@ashmere" => StatusCode::SEE_OTHER,
            // The editor has undone it by then.
            "steward@ashmere" => StatusCode::CONFLICT,
            "member@ashmere" => StatusCode::FORBIDDEN,
            _ => StatusCode::NOT_FOUND,
        };
        assert_eq!(undone.status, expected, "{who}");
    }
    for none in ["0", "-1", "9", "x", "99999999999999999999"] {
        let address = format!("/organisations/ashmere/changes/{none}");
        assert_eq!(world.get(EDITOR, &address).status, StatusCode::NOT_FOUND, "{none}");
        assert_eq!(world.post(EDITOR, &format!("{address}/undo"), "").status, StatusCode::NOT_FOUND, "{none}");
    }
    assert_eq!(world.get("editor@brackford", "/organisations/brackford/changes/2").status, StatusCode::NOT_FOUND);
    // Nobody but those who see costs hears that one was stated.
    let told = |who: &str| {
        let who = reader(who);
        world.store.read_blocking(move |tx| ledger::events(tx, &who, Some(&id("ashmere")), None, 10)).unwrap().len()
    };
    assert_eq!((told("editor@ashmere"), told("member@ashmere"), told("member@brackford")), (2, 0, 0));
}
