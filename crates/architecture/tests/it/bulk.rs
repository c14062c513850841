//! Many systems are changed at once: ticked, shown, applied, undone.

use architecture::statement::Attribute;
use axum::http::{StatusCode, header};
use serde_json::json;

use crate::imports::EDITOR;
use crate::world::{READERS, Seen, World, system};

const LIST: &str = "/organisations/ashmere/systems";
const CHANGE: &str = "/organisations/ashmere/systems/change";

fn ticked(ids: &[&String]) -> String {
    ids.iter().map(|id| format!("tick={id}&")).collect()
}

fn errors(seen: &Seen) -> Vec<String> {
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", seen.words());
    seen.all(".govuk-error-summary__list a")
}

fn world() -> (World, Vec<String>) {
    let world = World::new();
    let ids = world.add(
        "ashmere",
        vec![
            system("Bin rounds")
                .status("live")
                .product("roundmaster")
                .reference("C-1")
                .text(Attribute::Hosting, "On site"),
            system("Bulky waste").status("retiring"),
            system("Council tax").status("live").text(Attribute::Hosting, "Cloud"),
            system("Fax gateway").unread(Attribute::Hosting, "under the stairs?"),
        ],
    );
    (world, ids)
}

#[test]
fn ticked_systems_get_one_value_after_it_was_shown() {
    let (world, ids) = world();
    let before = world.estate("ashmere");
    let list = world.get(EDITOR, LIST);
    assert_eq!(list.all("td .govuk-checkboxes__label")[..2], ["Tick Bin rounds", "Tick Bulky waste"]);
    assert_eq!(errors(&world.post(EDITOR, LIST, "step=change")), ["Tick at least one system"]);

    let chosen = ticked(&[&ids[0], &ids[2], &ids[3]]);
    let fields = world.post(EDITOR, LIST, &format!("{chosen}step=change"));
    assert_eq!(fields.all("h1"), ["Change 3 systems"]);
    assert_eq!(errors(&world.post(EDITOR, CHANGE, &fields.fill(&[]))), ["Choose which field to change"]);
    let value = world.post(EDITOR, CHANGE, &fields.fill(&[("field", "hosting")]));
    assert_eq!(value.all("h1"), ["Change Hosting of 3 systems"]);
    let plan = world.post(EDITOR, CHANGE, &value.fill(&[("value", "Cloud"), ("source", "cloud programme")]));
    assert_eq!(plan.all("h1"), ["Check what would change: Hosting"]);
    let words = plan.words();
    assert!(
        words.contains("Nothing has been saved yet. 2 of 3 systems would change. The others have this value already."),
        "{words}"
    );
    assert_eq!(plan.all("tbody tr:first-child > *"), ["Bin rounds", "On site", "Cloud"]);
    assert_eq!(plan.all("tbody tr:nth-child(2) > *"), ["Council tax", "Cloud", "Unchanged"]);
    assert_eq!(
        plan.all("tbody tr:nth-child(3) > *"),
        ["Fax gateway", "Not understood: \"under the stairs?\"", "Cloud"]
    );
    assert!(words.contains("Apply to 2 systems"), "{words}");
    assert_eq!(world.estate("ashmere"), before);
    // Another value can be said without ticking anew.
    let again = world.post(EDITOR, CHANGE, &plan.fill(&[("again", "yes")]));
    assert_eq!(
        (again.all("h1"), again.all(".govuk-error-summary").len()),
        (vec!["Change Hosting of 3 systems".to_owned()], 0)
    );
    assert!(again.body.contains("value=\"Cloud\"") && again.body.contains("value=\"cloud programme\""));

    let landed = world.post(EDITOR, CHANGE, &plan.fill(&[("apply", "yes")])).redirect();
    assert_eq!(landed, "/organisations/ashmere/changes/2?done=yes");
    let shown = world.get(EDITOR, &landed);
    assert_eq!(shown.all(".govuk-notification-banner__heading"), ["2 systems changed. Undo"]);
    let csv = world.get(EDITOR, &format!("{LIST}.csv")).csv();
    let hosting: Vec<&str> = csv.iter().map(|row| row["hosting"].as_str()).collect();
    assert_eq!(hosting, ["Cloud", "", "Cloud", "Cloud"]);
    assert!(
        world
            .get(EDITOR, &format!("/systems/{}", ids[0]))
            .words()
            .contains("Hosting Cloud Reported 22 November 2026, cloud programme")
    );
    world.post(EDITOR, "/organisations/ashmere/changes/2/undo", "").redirect();
    assert_eq!(world.estate("ashmere"), before);
}

#[test]
fn all_that_match_are_changed_and_what_was_changed_meanwhile_is_looked_at_again() {
    let (world, ids) = world();
    let filtered = world.get(EDITOR, &format!("{LIST}?status=live&sort=-name"));
    assert!(filtered.words().contains("Select all 2 that match"), "{}", filtered.words());
    assert!(filtered.body.contains(&format!("{CHANGE}?status=live\"")), "{}", filtered.body);
    let fields = world.get(EDITOR, &format!("{CHANGE}?status=live"));
    assert_eq!(fields.all("h1"), ["Change 2 systems"]);
    assert_eq!(world.get(EDITOR, &format!("{CHANGE}?status=asleep")).status, StatusCode::BAD_REQUEST);
    assert_eq!(world.get(EDITOR, &format!("{CHANGE}?sort=name")).status, StatusCode::BAD_REQUEST);

    // Retiring many: the value is there already; what would change is shown all the same.
    let chosen = ticked(&[&ids[0], &ids[1]]);
    let retire = world.post(EDITOR, LIST, &format!("{chosen}step=retire"));
    assert_eq!(retire.all("h1"), ["Change Status of 2 systems"]);
    let plan =
        world.post(EDITOR, CHANGE, &retire.fill(&[("source", "decommissioned"), ("known_on", "1 October 2026")]));
    assert_eq!(plan.all("tbody tr:first-child > *"), ["Bin rounds", "Live", "Retired"]);
    // Somebody else says something of the same field.
    world.send_json("steward@ashmere", &format!("/systems/{}/edit.json", ids[1]), &json!({"status": "live"}));
    let stale = world.post(EDITOR, CHANGE, &plan.fill(&[("apply", "yes")]));
    assert!(errors(&stale)[0].starts_with("Some of these systems were changed since this was shown."));
    assert_eq!(stale.all("tbody tr:nth-child(2) > *"), ["Bulky waste", "Live", "Retired"]);
    world.post(EDITOR, CHANGE, &stale.fill(&[("apply", "yes")])).redirect();
    let status: Vec<String> =
        world.get(EDITOR, &format!("{LIST}.csv")).csv().into_iter().map(|row| row["status"].clone()).collect();
    assert_eq!(status, ["retired", "retired", "live", ""]);
    let none = world.post(EDITOR, CHANGE, &format!("{chosen}field=status&value=retired"));
    assert!(
        none.words().contains("0 of 2 systems would change.") && !none.words().contains("Apply to"),
        "{}",
        none.words()
    );
}

#[test]
fn values_are_read_as_one_by_one() {
    let (world, ids) = world();
    let all: Vec<&String> = ids.iter().collect();
    let chosen = ticked(&all);
    // A name that nobody knows becomes one candidate for all; one that looks like a person's stays private.
    world.post(EDITOR, CHANGE, &format!("{chosen}field=product&value=Quillbox&apply=yes")).redirect();
    world.post(EDITOR, CHANGE, &format!("{chosen}field=business_owner&value=Priya+Placeholder&apply=yes")).redirect();
    world
        .post(EDITOR, CHANGE, &format!("{chosen}field=elements&value=&value=waste&value=revenues&apply=yes"))
        .redirect();
    let rows = world.get(EDITOR, &format!("{LIST}.json")).json();
    let products: Vec<&str> =
        rows["systems"].as_array().unwrap().iter().map(|row| row["product"].as_str().unwrap()).collect();
    assert!(products.iter().all(|product| *product == products[0]));
    assert!(rows["systems"].as_array().unwrap().iter().all(|row| row["elements"].as_array().unwrap().len() == 2));
    assert!(rows.to_string().contains("Priya") && rows.to_string().contains("Quillbox"));
    let others = world.get("member@brackford", &format!("{LIST}.json")).json().to_string();
    assert!(!others.contains("Priya") && !others.contains("Quillbox"), "{others}");
    // All under one contract, and none again.
    let contract = world.contract_of(EDITOR, &ids[0]);
    world.post(EDITOR, CHANGE, &format!("{chosen}field=contract&value={contract}&apply=yes")).redirect();
    assert!(world.get(EDITOR, &format!("/contracts/{contract}")).words().contains("It covers 4 systems."));
    world.post(EDITOR, CHANGE, &format!("{chosen}field=contract&value=&apply=yes")).redirect();
    assert!(world.get(EDITOR, &format!("/contracts/{contract}")).words().contains("It covers 0 systems."));
    let shown = |body: &str| errors(&world.post(EDITOR, CHANGE, &format!("{chosen}{body}")));
    assert!(
        shown("field=status&value=asleep")[0].starts_with("Status: \"asleep\" is not a status"),
        "{:?}",
        shown("field=status&value=asleep")
    );
    assert_eq!(shown("field=contract&value=other")[0], "Choose one of the contracts, or none recorded");
    assert_eq!(shown("field=elements&value=nowhere").len(), 1);
    assert_eq!(shown("tick=nobody&field=hosting&value=x").len(), 1);
    assert_eq!(world.post(EDITOR, CHANGE, &format!("{chosen}field=name&value=Same")).status, StatusCode::BAD_REQUEST);
    let many: String = (0..1_001).map(|number| format!("tick={number}&")).collect();
    assert_eq!(
        errors(&world.post(EDITOR, CHANGE, &format!("{many}field=hosting&value=x"))),
        ["Tick at most 1,000 systems"]
    );
    let differences = world.store.read_blocking(architecture::projection::check).unwrap();
    assert!(differences.is_empty(), "{differences:?}");

    // A program does it in one request, or looks first.
    let body = json!({"tick": ids, "field": "hosting", "value": "Cloud"});
    let plan = world.send_json(EDITOR, &format!("{CHANGE}.json"), &body).json();
    assert_eq!((plan["would_change"].as_i64(), plan["changes"][0]["now"].as_str()), (Some(3), Some("On site")));
    let body = json!({"tick": ids, "field": "hosting", "value": "Cloud", "apply": true, "confidence": "verified"});
    let done = world.send_json(EDITOR, &format!("{CHANGE}.json"), &body).json();
    assert_eq!((done["subjects"].as_array().map(Vec::len), done["change"]["kind"].as_str()), (Some(3), Some("edit")));
    let cleared = json!({"tick": ids, "field": "hosting", "value": null, "apply": true});
    assert_eq!(
        world.send_json(EDITOR, &format!("{CHANGE}.json"), &cleared).json()["subjects"].as_array().map(Vec::len),
        Some(4)
    );
}

#[test]
fn ticks_are_kept_from_page_to_page() {
    let world = World::new();
    let ids = world.add("ashmere", (0..250).map(|number| system(&format!("System {number:03}"))).collect());
    let first = world.get(EDITOR, &format!("{LIST}?column=users"));
    let next = |page: &Seen| {
        let html = scraper::Html::parse_document(&page.body);
        let buttons = scraper::Selector::parse("button[formaction]").unwrap();
        html.select(&buttons).next_back().unwrap().value().attr("formaction").unwrap().to_owned()
    };
    let second = world.post(EDITOR, &next(&first), &ticked(&[&ids[0], &ids[7]]));
    assert_eq!(second.status, StatusCode::OK);
    assert!(second.words().contains("2 more systems are ticked on other pages."), "{}", second.words());
    assert_eq!(second.all("tbody th .govuk-link")[0], "System 100");
    assert_eq!(second.all("thead th"), ["System ▲", "Users"], "the view stays as it was");
    let third = world.post(EDITOR, &next(&second), &ticked(&[&ids[0], &ids[7], &ids[150]]));
    let html = scraper::Html::parse_document(&third.body);
    let hidden = scraper::Selector::parse("#ticks input[name=tick][type=hidden]").unwrap();
    assert_eq!(html.select(&hidden).count(), 3);
    let back = scraper::Selector::parse("button[formaction]").unwrap();
    let back = html.select(&back).next().unwrap().value().attr("formaction").unwrap().to_owned();
    let second = world.post(EDITOR, &back, &ticked(&[&ids[0], &ids[7], &ids[150]]));
    let html = scraper::Html::parse_document(&second.body);
    let checked = scraper::Selector::parse("td input[checked]").unwrap();
    let checked: Vec<&str> = html.select(&checked).map(|input| input.value().attr("value").unwrap()).collect();
    assert_eq!(checked, [ids[150].as_str()]);
    let fields = world.post(EDITOR, LIST, &format!("{}step=change", ticked(&[&ids[0], &ids[7], &ids[150]])));
    assert_eq!(fields.all("h1"), ["Change 3 systems"]);
}

#[test]
fn only_editors_tick() {
    let (world, ids) = world();
    let before = world.row_counts();
    for who in READERS {
        let may = ["editor@ashmere", "steward@ashmere"].contains(who);
        let list = world.get(who, LIST);
        assert_eq!(list.body.contains("name=\"tick\""), may, "{who}");
        assert_eq!(list.words().contains("Select all"), may, "{who}");
        if may {
            continue;
        }
        let expected = if *who == "member@ashmere" { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND };
        assert_eq!(world.get(who, CHANGE).status, expected, "{who}");
        for (address, more) in [(LIST, ""), (CHANGE, "&field=hosting&value=x&apply=yes")] {
            assert_eq!(world.post(who, address, &format!("tick={}{more}", ids[0])).status, expected, "{who}");
        }
        let json = world.send_json(
            who,
            &format!("{CHANGE}.json"),
            &json!({"tick": ids, "field": "hosting", "value": "x", "apply": true}),
        );
        assert_eq!(
            (json.status, json.headers[header::CONTENT_TYPE].to_str().unwrap()),
            (expected, "application/problem+json"),
            "{who}"
        );
    }
    // Systems of others cannot be ticked, however they are shared.
    let theirs = world.add("brackford", vec![system("Theirs")]);
    let refused = world.post(EDITOR, CHANGE, &format!("tick={}&field=hosting&value=x&apply=yes", theirs[0]));
    assert_eq!(errors(&refused).len(), 1);
    assert_eq!(
        world.row_counts().iter().find(|(table, _)| table == "change").unwrap().1,
        before.iter().find(|(table, _)| table == "change").unwrap().1 + 1
    );
}
