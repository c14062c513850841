//! `commonhold doctor`: nothing to say of a healthy copy; damage is found, repaired where it can be, and told where it cannot.

use server::demonstration::FILES;
use store::{Store, values};
use vocabulary::{Chance, Clock};

use crate::place::{Place, demo};

/// The whole demonstration, on the engine that the tests run on.
fn county() -> Place {
    let place = Place::new();
    place.open(|store| {
        let mut begun = Vec::new();
        let county =
            server::demonstration::load(store, &Clock::System, &Chance::System, |file| begun.push(file.name)).unwrap();
        assert_eq!(begun, FILES.iter().map(|file| file.name).collect::<Vec<_>>());
        let few: Vec<_> = county.files.iter().filter(|file| file.systems < 30).collect();
        assert!(few.is_empty(), "{few:?}");
        // Loading again finds everything there.
        let again =
            server::demonstration::load(store, &Clock::System, &Chance::System, |_| panic!("nothing is left")).unwrap();
        assert!(again.was_there());
    });
    place
}

#[test]
fn loading_goes_on_where_it_stopped() {
    let place = Place::with_people();
    place.run(&["import", "estate", &demo("ashmere-systems.xlsx"), "--organisation", "ashmere"]).with(0);
    place.open(|store| {
        let county = server::demonstration::load(store, &Clock::System, &Chance::System, |_| {}).unwrap();
        assert!(county.organisations.is_none() && county.people.is_none(), "they were there");
        let loaded: Vec<&str> = county.files.iter().map(|file| file.file).collect();
        assert_eq!(loaded, FILES.iter().skip(1).map(|file| file.name).collect::<Vec<_>>());
    });
    place.run(&["doctor"]).with(0);
}

fn damage(store: &Store, sql: &'static str) {
    let changed = store.write_blocking(move |tx| tx.execute(sql, &values![])).unwrap();
    assert!(changed > 0, "{sql}");
}

#[test]
fn the_county_is_well_and_damage_to_what_pages_read_is_repaired() {
    let place = county();
    let healthy = place.run(&["doctor", "--json"]).with(0).json();
    assert_eq!(healthy["findings"], serde_json::json!([]));
    assert!(healthy["things"].as_u64().unwrap() > 500, "{healthy}");
    assert!(healthy["parts"].as_array().unwrap().len() >= 3, "{healthy}");
    assert!(place.run(&["doctor"]).with(0).stdout.trim_end().ends_with("all well."));
    let nothing = place.run(&["doctor", "--rebuild", "--json"]).with(0).json();
    assert_eq!(nothing["repaired"], serde_json::json!([]));

    let before = place.rows();
    place.open(|store| {
        damage(store, "UPDATE system SET name = 'Somebody else''s' WHERE organisation = 'ashmere' AND name_folded = 'insurance claims'");
        damage(store, "DELETE FROM contract WHERE organisation = 'colne'");
        damage(store, "UPDATE thing SET visibility = 'public' WHERE organisation = 'elmsey' AND kind = 'system'");
        damage(store, "DELETE FROM search_word WHERE word = 'idox'");
    });
    let found = place.run(&["doctor", "--json"]).with(1).json();
    let findings = found["findings"].as_array().unwrap();
    for (part, words) in
        [("architecture", "ashmere"), ("architecture", "colne"), ("things", "visibility"), ("things", "words")]
    {
        let is = |finding: &&serde_json::Value| {
            finding["part"] == part && finding["message"].as_str().unwrap().contains(words)
        };
        let finding =
            findings.iter().find(is).unwrap_or_else(|| panic!("{part} does not say \"{words}\": {findings:?}"));
        assert!(finding["next"].as_str().unwrap().contains("--rebuild"));
    }
    assert_eq!(place.run(&["doctor"]).with(1).stdout.lines().last(), Some("Run: commonhold doctor --rebuild"));

    let rebuilt = place.run(&["doctor", "--rebuild", "--json"]).with(0).json();
    assert_eq!(rebuilt["repaired"].as_array().unwrap().len(), findings.len(), "everything found was repaired");
    assert_eq!(rebuilt["now"]["findings"], serde_json::json!([]));
    place.run(&["doctor"]).with(0);
    assert_eq!(place.rows(), before);
}

#[test]
fn a_changed_record_of_what_happened_cannot_be_made_again() {
    let place = county();
    let shift = "UPDATE event SET at = at + 1 WHERE organisation = 'ashmere' AND sequence = 1";
    place.open(|store| damage(store, shift));
    for arguments in [&["doctor", "--json"][..], &["doctor", "--rebuild", "--json"]] {
        let told = place.run(arguments).with(1).json();
        let findings = if told["now"].is_object() { &told["now"]["findings"] } else { &told["findings"] };
        assert_eq!(findings[0]["part"], "ledger", "{told}");
        assert!(findings[0]["message"].as_str().unwrap().contains("event 1 of ashmere"), "{told}");
        assert!(findings[0]["next"].as_str().unwrap().contains("backup"), "{told}");
    }
}

#[test]
fn nothing_is_made_from_damaged_statements() {
    let place = county();
    for (sql, words) in [
        (
            "UPDATE statement SET value = 'own' WHERE organisation = 'elmsey' AND position = 3",
            "change 1 of elmsey has statements that cannot be read",
        ),
        (
            "DELETE FROM statement WHERE organisation = 'dunmoor' AND position = 5",
            "change 1 of dunmoor lacks statements",
        ),
        ("DELETE FROM change WHERE organisation = 'colne'", "change 1 of colne is missing"),
        (
            "DELETE FROM private_text WHERE organisation = 'brackford'",
            "brackford has statements of private texts that are missing",
        ),
        (
            "DELETE FROM estate WHERE organisation = 'ashmere'",
            "ashmere has changes, and how its estate is shared is missing",
        ),
    ] {
        place.open(|store| damage(store, sql));
        let before = place.rows();
        for arguments in [&["doctor", "--json"][..], &["doctor", "--rebuild", "--json"]] {
            let told = place.run(arguments).with(1).json();
            let now = if told["now"].is_object() { &told["now"] } else { &told };
            let findings = now["findings"].as_array().unwrap();
            let found = findings.iter().find(|finding| finding["message"].as_str().unwrap().starts_with(words));
            let found = found.unwrap_or_else(|| panic!("{sql}: {findings:?}"));
            assert!(found["next"].as_str().unwrap().contains("backup"), "{found}");
        }
        assert_eq!(place.rows(), before, "{sql}");
    }
    assert!(place.run(&["doctor", "--rebuild"]).with(1).stdout.starts_with("Made nothing again"));
}

#[test]
fn a_folder_without_data_is_out_of_reach() {
    let place = Place::new();
    let error = crate::program::commonhold(place.folder(), &["doctor", "--json"]).with(3).error();
    assert!(error["message"].as_str().unwrap().contains("./commonhold-data"), "{error}");
}
