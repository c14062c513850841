//! One system and one contract: everything known, by whom it is seen, and what can be erased.

use architecture::statement::{Attribute, Stated};
use axum::http::StatusCode;
use jiff::SignedDuration;
use vocabulary::Visibility;

use crate::world::{READERS, Seen, World, change, id, reader, system};

const PRIVATE: &[&str] = &["Petronella", "Vexworth", "Michaelmas", "doomsday", "Zephyrline", "9.9-secret"];
const OWN: &[&str] = &["editor@ashmere", "steward@ashmere", "auditor@colne"];

struct Ids {
    bins: String,
    hidden: String,
    open: String,
    closed: String,
}

fn world() -> (World, Ids) {
    let world = World::new();
    let mut ashmere = world.add(
        "ashmere",
        vec![
            system("Bin rounds")
                .product("roundmaster")
                .text(Attribute::Version, "8.2")
                .status("live")
                .elements(&["waste"])
                .cost(1_250_000)
                .reference("C-114")
                .ends("2027-03-31", Some(6))
                .text(Attribute::Description, "Plans rounds."),
            system("Hidden ledger")
                .candidate("Zephyrline Quantum")
                .text(Attribute::Version, "9.9-secret")
                .cost(4_200)
                .private(Attribute::BusinessOwner, "Petronella Quill")
                .private(Attribute::Supplier, "Vexworth and Daughters")
                .private(Attribute::Notes, "Replace by Michaelmas")
                .reference("C-200")
                .unread(Attribute::End, "circa doomsday"),
        ],
    );
    let hidden = ashmere.pop().unwrap();
    let bins = ashmere.pop().unwrap();
    let mut brackford = world.add(
        "brackford",
        vec![
            system("Rounds")
                .product("roundmaster")
                .text(Attribute::Version, "7")
                .status("retiring")
                .ends("2028-03", None),
        ],
    );
    let mut colne = world.add("colne", vec![system("Colne rounds").product("roundmaster")]);
    let ids = Ids { bins, hidden, open: brackford.pop().unwrap(), closed: colne.pop().unwrap() };
    (world, ids)
}

#[test]
fn a_system_tells_everything_known_with_its_sources() {
    let (world, ids) = world();
    let words = world.get("editor@ashmere", &format!("/systems/{}", ids.bins)).words();
    for text in [
        "Bin rounds Live Ashmere's use of RoundMaster, by Oakware",
        "Seen by: participating bodies",
        "Description Plans rounds. Reported 3 March 2026, systems.xlsx, Systems, row 41",
        "LGAM elements Waste management Reported 3 March 2026",
        "Last notice date 30 September 2026 Reckoned from contract end and notice period",
        "Contract end 31 March 2027 Reported 3 March 2026",
        "Cost a year £12,500 Reported 3 March 2026",
        "Supplier Oakware From the list of products",
        "Hosting Not known",
        "Only Ashmere sees this Notes None",
    ] {
        assert!(words.contains(text), "{text:?} is not in: {words}");
    }
}

#[test]
fn hidden_and_absent_are_one_answer() {
    let (world, ids) = world();
    let absent = "018f0000-0000-7000-8000-00000000abcd";
    let contract = world.contract_of("editor@ashmere", &ids.bins);
    let same = |who: &str, noun: &str, hidden: &str| {
        for suffix in ["", ".json", ".csv"] {
            let body = |id: &str| {
                let Seen { status, body, .. } = world.get(who, &format!("/{noun}/{id}{suffix}"));
                assert_eq!(status, StatusCode::NOT_FOUND, "{who} {noun} {suffix}");
                body.replace(id, "…")
            };
            assert_eq!(body(hidden), body(absent), "{who} {noun} {suffix}");
        }
        assert_eq!(
            world.post(who, &format!("/systems/{hidden}/texts/{absent}/erase"), "").body.replace(hidden, "…"),
            world
                .post(who, &format!("/systems/{absent}/texts/{absent}/erase"), "")
                .body
                .replace(absent, "…")
                .replace("/texts/…", &format!("/texts/{absent}")),
        );
    };
    for who in READERS {
        let public = ["visitor", "supplier@oakware"].contains(who);
        assert_eq!(world.get(who, &format!("/systems/{}", ids.open)).status, StatusCode::OK, "{who}");
        if public {
            same(who, "systems", &ids.bins);
            same(who, "contracts", &contract);
        } else {
            assert_eq!(world.get(who, &format!("/systems/{}", ids.bins)).status, StatusCode::OK, "{who}");
            assert_eq!(world.get(who, &format!("/contracts/{contract}")).status, StatusCode::OK, "{who}");
        }
        if *who == "auditor@colne" {
            assert_eq!(world.get(who, &format!("/systems/{}", ids.closed)).status, StatusCode::OK);
        } else {
            same(who, "systems", &ids.closed);
        }
    }
}

#[test]
fn what_is_private_stays_out_of_every_format_of_others() {
    let (world, ids) = world();
    let contract = world.contract_of("editor@ashmere", &ids.hidden);
    for who in READERS.iter().filter(|who| !OWN.contains(who) && !["visitor", "supplier@oakware"].contains(who)) {
        for path in [format!("/systems/{}", ids.hidden), format!("/contracts/{contract}")] {
            for suffix in ["", ".json", ".csv"] {
                let body = world.get(who, &format!("{path}{suffix}")).body;
                for text in PRIVATE.iter().chain(&[
                    "£42",
                    "4200",
                    "42.00",
                    "annual_cost",
                    "Cost a year",
                    "Not understood",
                    "Erase",
                    "own_texts",
                    "Notes",
                ]) {
                    assert!(!body.contains(text), "{who} reads {text} at {path}{suffix}");
                }
            }
        }
        let words = world.get(who, &format!("/systems/{}", ids.hidden)).words();
        assert!(words.contains("Business owner Not known"), "{words}");
        assert!(words.contains("Contract end Not known"), "{words}");
        let history = words.split("History").last().unwrap();
        for field in ["Business owner", "Supplier", "Product", "Version", "Contract end"] {
            assert!(!history.contains(field), "{who}: {field} in {history}");
        }
    }
    for who in OWN {
        let words = world.get(who, &format!("/systems/{}", ids.hidden)).words();
        for text in [
            "Petronella Quill",
            "Vexworth and Daughters",
            "Replace by Michaelmas",
            "Zephyrline Quantum",
            "9.9-secret",
            "Not understood: \"circa doomsday\"",
            "Cost a year £42",
        ] {
            assert!(words.contains(text), "{who} misses {text}: {words}");
        }
        assert!(
            world.get(who, &format!("/contracts/{contract}")).words().contains("Not understood: \"circa doomsday\"")
        );
    }
}

#[test]
fn a_public_estate_shows_its_own_parts_to_nobody_else() {
    let (world, ids) = world();
    world.share("ashmere", Visibility::Public, Visibility::Own);
    let contract = world.contract_of("editor@ashmere", &ids.hidden);
    for who in ["visitor", "supplier@oakware", "editor@brackford"] {
        for path in [
            format!("/systems/{}", ids.hidden),
            format!("/contracts/{contract}"),
            "/organisations/ashmere/systems".to_owned(),
        ] {
            for suffix in ["", ".json", ".csv"] {
                let seen = world.get(who, &format!("{path}{suffix}"));
                assert_eq!(seen.status, StatusCode::OK, "{who} {path}{suffix}");
                for text in PRIVATE.iter().chain(&["annual_cost", "Cost a year"]) {
                    assert!(!seen.body.contains(text), "{who} reads {text} at {path}{suffix}");
                }
            }
        }
    }
}

#[test]
fn who_else_runs_the_product_is_told_as_far_as_one_may_see() {
    let (world, ids) = world();
    let others = |who: &str, id: &str| {
        let data = world.get(who, &format!("/systems/{id}.json")).json();
        let names: Vec<String> = data["others"]["first"]
            .as_array()
            .unwrap()
            .iter()
            .map(|other| other["name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(data["others"]["systems"].as_u64(), Some(names.len() as u64));
        names
    };
    assert_eq!(others("visitor", &ids.open), Vec::<String>::new());
    assert_eq!(others("supplier@oakware", &ids.open), Vec::<String>::new());
    assert_eq!(others("member@colne", &ids.open), ["Bin rounds"]);
    assert_eq!(others("editor@colne", &ids.open), ["Bin rounds", "Colne rounds"]);
    assert_eq!(others("member@ashmere", &ids.bins), ["Rounds"]);
    assert_eq!(others("editor@ashmere", &ids.hidden), Vec::<String>::new(), "nobody else has a candidate");
    let words = world.get("member@ashmere", &format!("/systems/{}", ids.bins)).words();
    assert!(words.contains("Brackford District Council Rounds 7 Retiring Mar 2028"), "{words}");
}

#[test]
fn costs_are_part_of_the_history_only_for_those_who_see_them() {
    let (world, ids) = world();
    world.add("ashmere", vec![change(&ids.bins).cost(2_000_000)]);
    let history = |who: &str| {
        world.get(who, &format!("/systems/{}", ids.bins)).words().split("History").last().unwrap().to_owned()
    };
    assert!(
        history("editor@ashmere").contains("Cost a year £20,000")
            && history("editor@ashmere").contains("Cost a year £12,500")
    );
    assert!(!history("member@ashmere").contains("Cost"));
    world.share("ashmere", Visibility::Members, Visibility::Members);
    assert!(history("member@ashmere").contains("Cost a year £20,000"));
}

#[test]
fn history_tells_others_that_a_value_went_but_not_what_replaced_it() {
    let (world, ids) = world();
    let owner = |text: &str| change(&ids.bins).text(Attribute::BusinessOwner, text);
    world.add("ashmere", vec![owner("Waste services")]);
    world.clock.advance(SignedDuration::from_hours(24));
    world.add("ashmere", vec![change(&ids.bins).private(Attribute::BusinessOwner, "Ottoline Grey")]);
    world.add("ashmere", vec![change(&ids.bins).private(Attribute::BusinessOwner, "Ottoline Grey-Smith")]);
    let said = |who: &str| -> Vec<serde_json::Value> {
        let data = world.get(who, &format!("/systems/{}.json", ids.bins)).json();
        let history = data["history"].as_array().unwrap().clone();
        history.into_iter().filter(|entry| entry["field"] == "business_owner").collect()
    };
    let member = said("member@ashmere");
    assert_eq!(
        member.iter().map(|entry| entry["value"]["text"].as_str().unwrap()).collect::<Vec<_>>(),
        ["Not known", "Waste services"]
    );
    assert_eq!(member[0]["source"], serde_json::Value::Null);
    let editor = said("editor@ashmere");
    let texts: Vec<_> = editor.iter().map(|entry| entry["value"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Ottoline Grey-Smith", "Ottoline Grey", "Waste services"]);
}

/// The addresses of the buttons of a page that erase.
fn buttons(seen: &Seen) -> Vec<String> {
    let html = scraper::Html::parse_document(&seen.body);
    let forms = scraper::Selector::parse("form[method=post]").unwrap();
    let all =
        html.select(&forms).filter_map(|form| form.value().attr("action")).filter(|action| action.ends_with("/erase"));
    all.map(str::to_owned).collect()
}

#[test]
fn editors_erase_private_texts_for_good() {
    let (world, ids) = world();
    let page = format!("/systems/{}", ids.hidden);
    let actions: std::collections::BTreeSet<String> =
        buttons(&world.get("editor@ashmere", &page)).into_iter().collect();
    assert_eq!(actions.len(), 4, "owner, supplier, notes and the contract's end: {actions:?}");
    for who in ["member@ashmere", "auditor@colne", "editor@brackford"] {
        assert!(buttons(&world.get(who, &page)).is_empty(), "{who}");
    }
    let owner = world.get("editor@ashmere", &format!("{page}.json")).json();
    let owner = owner["cards"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|card| card["facts"].as_array().unwrap())
        .find(|fact| fact["field"] == "business_owner")
        .unwrap()["erase"]
        .as_str()
        .unwrap()
        .to_owned();
    let address = format!("{page}/texts/{owner}/erase");
    for (who, status) in [
        ("visitor", 404),
        ("supplier@oakware", 404),
        ("member@ashmere", 403),
        ("editor@brackford", 404),
        ("auditor@colne", 404),
    ] {
        assert_eq!(world.post(who, &address, "").status.as_u16(), status, "{who}");
    }
    let elsewhere = format!("/systems/{}/texts/{owner}/erase", ids.bins);
    assert_eq!(world.post("editor@ashmere", &elsewhere, "").status, StatusCode::NOT_FOUND, "a text of another system");
    let done = world.post("editor@ashmere", &address, "");
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let after = world.get("editor@ashmere", done.headers["location"].to_str().unwrap());
    let words = after.words();
    assert!(words.contains("The text is erased.") && words.contains("Business owner Erased"), "{words}");
    assert!(!after.body.contains("Petronella"));
    assert!(!world.get("editor@ashmere", "/organisations/ashmere/systems.csv").body.contains("Petronella"));
    assert_eq!(world.post("editor@ashmere", &address, "").status, StatusCode::CONFLICT);
    for action in actions.iter().filter(|action| **action != address) {
        assert_eq!(world.post("editor@ashmere", action, "").status, StatusCode::SEE_OTHER, "{action}");
    }
    let left = world.get("editor@ashmere", &page);
    assert!(buttons(&left).is_empty());
    assert!(
        ["Petronella", "Vexworth", "Michaelmas", "doomsday"].iter().all(|text| !left.body.contains(text)),
        "{}",
        left.words()
    );
    let events = world
        .store
        .read_blocking(|tx| ledger::events(tx, &reader("editor@ashmere"), Some(&id("ashmere")), None, 10))
        .unwrap();
    assert_eq!(events.iter().filter(|event| event.verb == "erased" && event.thing == page).count(), 4);
    assert!(
        events
            .iter()
            .all(|event| event.details.as_ref().is_some_and(|details| !details.to_string().contains("Petronella")))
    );
    let differences = world.store.read_blocking(architecture::projection::check).unwrap();
    assert!(differences.is_empty(), "{differences:?}");
    let erased = world.store.read_blocking(ledger::erasures).unwrap();
    assert!(erased.len() >= 4, "{erased:?}");
    assert!(erased.iter().all(|erasure| erasure.organisation == Some(id("ashmere")) && erasure.kind == "private-text"));

    // A restored backup brings the texts back; what is written down takes them away again.
    let texts = "SELECT COUNT(*) FROM private_text WHERE organisation = 'ashmere' AND text = 'back'";
    let left = world.store.write_blocking(move |tx| {
        tx.execute("UPDATE private_text SET text = 'back', erased_at = NULL WHERE erased_at IS NOT NULL", &[])?;
        for erasure in &erased {
            architecture::statement::store::reapply(tx, erasure)?;
        }
        tx.query_one(texts, &[], |row| row.integer(0))
    });
    assert_eq!(left, Ok::<_, store::Error>(0));
}

#[test]
fn a_contract_tells_its_dates_and_what_it_covers() {
    let (world, ids) = world();
    let contract = world.contract_of("editor@ashmere", &ids.bins);
    world.add("ashmere", vec![system("Second system").says(Attribute::Contract, Stated::Contract(contract.clone()))]);
    let words = world.get("member@brackford", &format!("/contracts/{contract}")).words();
    for text in [
        "Contract C-114",
        "Ends 31 March 2027; the last notice date is 30 September 2026. It covers 2 systems.",
        "Notice period (months) 6 Reported 3 March 2026, the organisation's own list",
        "Extension options Not known",
        "Bin rounds RoundMaster Oakware Live",
        "Second system Not known Not known Not known",
    ] {
        assert!(words.contains(text), "{text:?} is not in: {words}");
    }
    assert!(!words.contains("systems.xlsx"), "a file's name is its organisation's own words");
    let own = world.get("editor@ashmere", &format!("/contracts/{contract}")).words();
    assert!(own.contains("Reported 3 March 2026, systems.xlsx, Systems, row 41"), "{own}");
    let csv = world.get("member@brackford", &format!("/contracts/{contract}.csv")).csv();
    assert_eq!(
        (csv[0]["contract_end"].as_str(), csv[0]["systems"].as_str()),
        ("2027-03-31", "Bin rounds; Second system")
    );
}

#[test]
fn a_candidate_is_explained_to_its_own_organisation() {
    let (world, ids) = world();
    let sentence = "Only Ashmere sees this product until it joins the shared list.";
    assert!(world.get("editor@ashmere", &format!("/systems/{}", ids.hidden)).words().contains(sentence));
    assert!(!world.get("member@ashmere", &format!("/systems/{}", ids.hidden)).words().contains(sentence));
    assert!(!world.get("editor@ashmere", &format!("/systems/{}", ids.bins)).words().contains(sentence));
}
