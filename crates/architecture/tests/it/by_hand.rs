//! People keep the estate true by hand: they change, add, retire and restore systems and their contracts, by form and as
//! programs do.

use architecture::statement::Attribute;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::imports::EDITOR;
use crate::world::{READERS, Seen, World, system};

const MEMBER: &str = "member@brackford";

impl World {
    /// What a program sends.
    pub fn send_json(&self, who: &str, path: &str, body: &Value) -> Seen {
        let request = Request::post(path)
            .header("x-reader", who)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        self.send(request)
    }

    /// The fields of a form with what stands in them, as a browser sends them.
    pub fn fill(&self, who: &str, path: &str, changes: &[(&str, &str)]) -> String {
        let page = self.get(who, path);
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.words());
        page.fill(changes)
    }
}

impl Seen {
    /// What a browser would send of the page's form after these changes; a name that comes twice is a list of ticks.
    pub fn fill(&self, changes: &[(&str, &str)]) -> String {
        let html = scraper::Html::parse_document(&self.body);
        let select = |text: &str| scraper::Selector::parse(text).unwrap();
        let form = html.select(&select("main form[method=post]")).next_back().expect("a form");
        let mut pairs: Vec<(String, String)> = Vec::new();
        for field in form.select(&select("input, textarea, select")) {
            let element = field.value();
            let name = element.attr("name").unwrap_or_default().to_owned();
            let ticked = element.attr("checked").is_some();
            let value = match (element.name(), element.attr("type")) {
                ("textarea", _) => field.text().collect::<String>(),
                ("select", _) => {
                    let chosen = field.select(&select("option[selected]")).next();
                    chosen.and_then(|option| option.value().attr("value")).unwrap_or_default().to_owned()
                }
                (_, Some("checkbox" | "radio")) if !ticked => continue,
                _ => element.attr("value").unwrap_or_default().to_owned(),
            };
            pairs.push((name, value));
        }
        pairs.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        pairs.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    fn heading(&self) -> String {
        self.all(".govuk-notification-banner__heading").join("; ")
    }

    fn errors(&self) -> Vec<String> {
        assert_eq!(self.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", self.words());
        self.all(".govuk-error-summary__list a")
    }
}

struct Ids {
    bins: String,
    tax: String,
}

fn world() -> (World, Ids) {
    let world = World::new();
    let ids = world.add(
        "ashmere",
        vec![
            system("Bin rounds")
                .product("roundmaster")
                .status("live")
                .elements(&["waste"])
                .reference("C-114")
                .ends("2027-03-31", Some(6))
                .cost(1_250_000),
            system("Council tax")
                .product("taxbase")
                .unread(Attribute::Users, "lots")
                .private(Attribute::Notes, "Ask the desk"),
        ],
    );
    let ids = Ids { bins: ids[0].clone(), tax: ids[1].clone() };
    (world, ids)
}

#[test]
fn one_card_is_changed_and_the_banner_offers_undo() {
    let (world, ids) = world();
    let before = world.estate("ashmere");
    let page = format!("/systems/{}", ids.bins);
    let shown = world.get(EDITOR, &page);
    let links = shown.all(".govuk-summary-card__actions a");
    assert_eq!(links[..2], ["Change: What it does", "Change: Contract"]);
    assert!(shown.words().contains("Hosting Not known. Add it"), "{}", shown.words());
    assert!(!world.get(MEMBER, &page).words().contains("Add it"));

    let form = world.get(EDITOR, &format!("{page}/edit?card=contract"));
    assert_eq!(form.all("h1"), ["Change the contract of Bin rounds"]);
    assert!(form.body.contains("value=\"31 March 2027\""));
    let sent = form.fill(&[
        ("contract_end", "31/3/28"),
        ("annual_cost", "£14k"),
        ("source", "contract register"),
        ("confidence", "verified"),
    ]);
    let landed = world.post(EDITOR, &format!("{page}/edit"), &sent).redirect();
    assert_eq!(landed, format!("{page}?change=2"));
    let shown = world.get(EDITOR, &landed);
    assert_eq!(shown.heading(), "2 values of Bin rounds changed. Undo");
    assert!(
        shown.words().contains("Contract end 31 March 2028 Verified 22 November 2026, contract register"),
        "{}",
        shown.words()
    );
    assert!(shown.words().contains("Cost a year £14,000"), "{}", shown.words());
    // What was not touched keeps its source.
    assert!(
        shown.words().contains("Notice period (months) 6 Reported 3 March 2026, systems.xlsx"),
        "{}",
        shown.words()
    );
    let undo = shown.body.split("govuk-notification-banner__link\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(undo, "/organisations/ashmere/changes/2");
    world.post(EDITOR, &format!("{undo}/undo"), "").redirect();
    assert_eq!(world.estate("ashmere"), before);

    // Saved as it stands, nothing changes and nothing is stated anew.
    let same = world.fill(EDITOR, &format!("{page}/edit?card=purpose"), &[("source", "the desk")]);
    let landed = world.post(EDITOR, &format!("{page}/edit"), &same).redirect();
    assert_eq!(landed, format!("{page}?unchanged=yes"));
    assert_eq!(world.get(EDITOR, &landed).heading(), "That is what stood here already. Nothing was changed.");
}

#[test]
fn elements_are_ticked_and_an_empty_field_is_no_longer_known() {
    let (world, ids) = world();
    let page = format!("/systems/{}", ids.bins);
    let sent = world.fill(
        EDITOR,
        &format!("{page}/edit?card=purpose"),
        &[
            ("elements", ""),
            ("elements", "waste"),
            ("elements", "revenues"),
            ("name", "Bin rounds (north)"),
            ("status", ""),
        ],
    );
    let shown = world.get(EDITOR, &world.post(EDITOR, &format!("{page}/edit"), &sent).redirect());
    assert_eq!(shown.all("h1"), ["Bin rounds (north)"]);
    assert_eq!(shown.heading(), "3 values of Bin rounds (north) changed. Undo");
    let data = world.get(EDITOR, &format!("{page}.json")).json();
    let elements: Vec<&str> =
        data["system"]["elements"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(elements.len(), 2);
    assert!(elements.contains(&"revenues"));
    assert_eq!(data["system"]["status"], Value::Null);
    let sent = world.fill(EDITOR, &format!("{page}/edit?card=purpose"), &[("elements", "")]);
    let shown = world.get(EDITOR, &world.post(EDITOR, &format!("{page}/edit"), &sent).redirect());
    assert_eq!(shown.heading(), "LGAM elements is not known now. Undo");
    let differences = world.store.read_blocking(architecture::projection::check).unwrap();
    assert!(differences.is_empty(), "{differences:?}");
}

#[test]
fn every_mistake_is_said_at_its_field_and_nothing_is_saved() {
    let (world, ids) = world();
    let (page, before) = (format!("/systems/{}", ids.bins), world.estate("ashmere"));
    let sent = world.fill(
        EDITOR,
        &format!("{page}/edit?card=contract"),
        &[
            ("contract_start", "2028-01"),
            ("contract_end", "31/02/2027"),
            ("annual_cost", "12k5"),
            ("notice_months", "soon"),
            ("source", "Priya Placeholder"),
            ("known_on", "1 January 2030"),
            ("confidence", "certain"),
        ],
    );
    let again = world.post(EDITOR, &format!("{page}/edit"), &sent);
    let errors = again.errors();
    assert_eq!(errors.len(), 6, "{errors:?}");
    assert!(
        errors[0].starts_with("Contract end: \"31/02/2027\" is not a date: that month has no such day."),
        "{errors:?}"
    );
    assert!(
        errors.iter().any(|error| error.starts_with("Cost a year: \"12k5\" is not an amount. Write it like")),
        "{errors:?}"
    );
    assert!(errors.iter().any(|error| error.contains("looks like a person's name")), "{errors:?}");
    assert!(errors.contains(&"The day must be today or earlier".to_owned()), "{errors:?}");
    assert!(again.body.contains("value=\"31/02/2027\"") && again.body.contains("value=\"12k5\""));
    let sent = world.fill(EDITOR, &format!("{page}/edit?card=contract"), &[("contract_start", "2028-01")]);
    assert_eq!(
        world.post(EDITOR, &format!("{page}/edit"), &sent).errors(),
        ["Contract end must be after contract start"]
    );
    let sent = world.fill(EDITOR, &format!("{page}/edit?card=purpose"), &[("name", " ")]);
    assert_eq!(world.post(EDITOR, &format!("{page}/edit"), &sent).errors(), ["Enter what the system is called"]);
    let long = "x".repeat(501);
    let sent = world.fill(EDITOR, &format!("{page}/edit?card=technology"), &[("hosting", &long)]);
    assert_eq!(
        world.post(EDITOR, &format!("{page}/edit"), &sent).errors(),
        ["Hosting must have 500 characters or fewer"]
    );
    assert_eq!(world.estate("ashmere"), before);
    assert_eq!(world.get(EDITOR, &format!("{page}/edit?card=money")).status, StatusCode::BAD_REQUEST);
}

#[test]
fn what_looks_like_a_person_and_what_only_they_name_stays_with_the_organisation() {
    let (world, ids) = world();
    let page = format!("/systems/{}", ids.bins);
    let sent = world.fill(
        EDITOR,
        &format!("{page}/edit?card=owners"),
        &[("business_owner", "Priya Placeholder"), ("technical_owner", "ICT team")],
    );
    world.post(EDITOR, &format!("{page}/edit"), &sent).redirect();
    let sent = world.fill(
        EDITOR,
        &format!("{page}/edit?card=technology"),
        &[("product", "Quillbox 3.1"), ("supplier", "Nobody Ltd")],
    );
    world.post(EDITOR, &format!("{page}/edit"), &sent).redirect();
    let own = world.get(EDITOR, &page).words();
    for text in [
        "Business owner Priya Placeholder",
        "Technical owner ICT team",
        "Product Quillbox Reported",
        "Version 3.1",
        "Supplier Nobody Ltd",
    ] {
        assert!(own.contains(text), "{text}: {own}");
    }
    for who in [MEMBER, "member@ashmere", "auditor@colne"] {
        for path in [page.clone(), format!("{page}.json"), "/organisations/ashmere/systems.csv".to_owned()] {
            let seen = world.get(who, &path).body;
            let auditor = who == "auditor@colne";
            for secret in ["Priya", "Quillbox", "Nobody Ltd"] {
                assert!(auditor || !seen.contains(secret), "{who} {path} {secret}");
            }
        }
    }
    // The same name again is the same product; a listed one is found by its former name, with its version.
    let sent =
        world.fill(EDITOR, &format!("/systems/{}/edit?card=technology", ids.tax), &[("product", "quillbox 3.1")]);
    world.post(EDITOR, &format!("/systems/{}/edit", ids.tax), &sent).redirect();
    let product = |id: &str| world.get(EDITOR, &format!("/systems/{id}.json")).json()["system"]["product"].clone();
    assert_eq!(product(&ids.bins), product(&ids.tax));
    let sent =
        world.fill(EDITOR, &format!("/systems/{}/edit?card=technology", ids.tax), &[("product", "RevsPro 12.4")]);
    world.post(EDITOR, &format!("/systems/{}/edit", ids.tax), &sent).redirect();
    let data = world.get(EDITOR, &format!("/systems/{}.json", ids.tax)).json();
    assert_eq!(
        (data["system"]["product"].as_str(), data["system"]["version"].as_str()),
        (Some("taxbase"), Some("12.4"))
    );
}

#[test]
fn whoever_saves_second_is_shown_both_values_and_chooses() {
    let (world, ids) = world();
    let page = format!("/systems/{}", ids.bins);
    let edit = format!("{page}/edit");
    let mine = world.fill(EDITOR, &format!("{edit}?card=contract"), &[("contract_end", "31 March 2028")]);
    let theirs = world.fill(
        "steward@ashmere",
        &format!("{edit}?card=contract"),
        &[("contract_end", "30 June 2028"), ("notice_months", "3")],
    );
    world.post("steward@ashmere", &edit, &theirs).redirect();
    let clash = world.post(EDITOR, &edit, &mine);
    assert_eq!(clash.errors(), ["\"Contract end\" was changed while you were editing. Choose which to keep"]);
    let words = clash.words();
    assert!(words.contains("Yours: 31 March 2028") && words.contains("Theirs: 30 June 2028"), "{words}");
    assert!(!words.contains("Yours: 6"), "what I did not touch does not clash: {words}");
    // Without a choice it is asked again.
    assert_eq!(world.post(EDITOR, &edit, &clash.fill(&[])).errors(), ["Choose which \"Contract end\" to keep"]);
    let end = || world.get(EDITOR, &format!("{page}.json")).json()["system"]["contract_end"].clone();
    assert_eq!(end(), "2028-06-30");
    let kept = world.post(EDITOR, &edit, &clash.fill(&[("keep-contract_end", "theirs-2")])).redirect();
    assert_eq!((kept, end()), (format!("{page}?unchanged=yes"), json!("2028-06-30")));
    // Of a third value, which nobody has looked at, the choice says nothing.
    let third = world.fill("steward@ashmere", &format!("{edit}?card=contract"), &[("contract_end", "1 July 2028")]);
    world.post("steward@ashmere", &edit, &third).redirect();
    assert_eq!(world.post(EDITOR, &edit, &clash.fill(&[("keep-contract_end", "yours-2")])).errors().len(), 1);
    world.post(EDITOR, &edit, &clash.fill(&[("keep-contract_end", "yours-3")])).redirect();
    assert_eq!(end(), "2028-03-31");
    let notice = world.get(EDITOR, &format!("{page}.json")).json()["system"]["notice_months"].clone();
    assert_eq!(notice, 3, "what the other changed beside it stays");
    // Both say the same: no clash.
    let one = world.fill(EDITOR, &format!("{edit}?card=contract"), &[("contract_end", "2029-03-31")]);
    let other = world.fill("steward@ashmere", &format!("{edit}?card=contract"), &[("contract_end", "31/03/2029")]);
    world.post(EDITOR, &edit, &one).redirect();
    assert_eq!(world.post("steward@ashmere", &edit, &other).redirect(), format!("{page}?unchanged=yes"));
}

#[test]
fn a_system_is_added_retired_and_restored() {
    let (world, ids) = world();
    let new = "/organisations/ashmere/systems/new";
    assert!(world.get(EDITOR, "/organisations/ashmere/systems").body.contains(new));
    assert!(!world.get("member@ashmere", "/organisations/ashmere/systems").body.contains(new));
    let sent = world.fill(EDITOR, new, &[("name", "Bookings"), ("product", "wastedesk"), ("status", "planned")]);
    let landed = world.post(EDITOR, new, &sent).redirect();
    let shown = world.get(EDITOR, &landed);
    assert_eq!(shown.heading(), "Bookings added. Undo");
    assert!(shown.words().contains("Planned Ashmere's use of WasteDesk, by Fennel"), "{}", shown.words());
    assert!(shown.words().contains("Status Planned Reported 22 November 2026, entered by hand"), "{}", shown.words());
    assert_eq!(world.post(EDITOR, new, "name=").errors(), ["Enter what the system is called"]);
    let again = world.post(EDITOR, new, "name=BOOKINGS");
    assert!(again.errors()[0].starts_with("There is a system called \"BOOKINGS\" already."), "{:?}", again.errors());
    world.post(EDITOR, new, &again.fill(&[("add_another", "yes")])).redirect();
    assert_eq!(world.get(EDITOR, "/organisations/ashmere/systems.json").json()["total"], 4);

    let page = format!("/systems/{}", ids.bins);
    let sent =
        world.fill(EDITOR, &format!("{page}/retire"), &[("retired_on", "1/10/2026"), ("reason", "contract ended")]);
    let shown = world.get(EDITOR, &world.post(EDITOR, &format!("{page}/retire"), &sent).redirect());
    assert_eq!(shown.heading(), "Bin rounds is retired. Undo");
    assert!(shown.words().contains("Status Retired Reported 1 October 2026, contract ended"), "{}", shown.words());
    assert!(!world.get(MEMBER, &page).body.contains("contract ended"));
    assert_eq!(world.get(EDITOR, &format!("{page}/retire")).redirect(), page);
    assert_eq!(world.post(EDITOR, &format!("{page}/retire"), "").status, StatusCode::CONFLICT);
    let shown = world.get(EDITOR, &world.post(EDITOR, &format!("{page}/restore"), "").redirect());
    assert_eq!(shown.heading(), "Status changed to live. Undo");
    assert_eq!(world.post(EDITOR, &format!("{page}/restore"), "").status, StatusCode::CONFLICT);
    let ahead = world.post(EDITOR, &format!("{page}/retire"), "retired_on=1+January+2030&reason=Priya+Placeholder");
    assert_eq!(ahead.errors().len(), 2);
    assert!(
        ahead.errors()[0].starts_with("The reason \"Priya Placeholder\" looks like a person's name."),
        "{:?}",
        ahead.errors()
    );
}

#[test]
fn contracts_are_made_shared_and_changed() {
    let (world, ids) = world();
    let (bins, tax) = (format!("/systems/{}", ids.bins), format!("/systems/{}", ids.tax));
    // A system without a contract gets one by its terms; a reference that is there already is not made twice.
    let card = format!("{tax}/edit?card=contract");
    assert!(world.get(EDITOR, &card).words().contains("What you enter here makes a new one."));
    let sent = world.fill(EDITOR, &card, &[("contract_reference", "c-114"), ("contract_end", "2030")]);
    let errors = world.post(EDITOR, &format!("{tax}/edit"), &sent).errors();
    assert!(errors.iter().any(|error| error.starts_with("There is a contract \"c-114\" already.")), "{errors:?}");
    let sent = world.fill(EDITOR, &card, &[("contract_end", "December 2030")]);
    world.post(EDITOR, &format!("{tax}/edit"), &sent).redirect();
    let made = world.contract_of(EDITOR, &ids.tax);
    let shown = world.get(EDITOR, &format!("/contracts/{made}"));
    assert!(shown.words().contains("Contract without a reference Ends December 2030"), "{}", shown.words());
    assert!(
        shown.words().contains("Change this contract")
            && !world.get(MEMBER, &format!("/contracts/{made}")).words().contains("Change this contract")
    );

    let sent = world.fill(
        EDITOR,
        &format!("/contracts/{made}/edit"),
        &[("contract_reference", "C-200"), ("notice_months", "90 days")],
    );
    let shown = world.get(EDITOR, &world.post(EDITOR, &format!("/contracts/{made}/edit"), &sent).redirect());
    assert_eq!(shown.heading(), "2 values of C-200 changed. Undo");
    assert!(shown.words().contains("Notice period (months) 3"), "{}", shown.words());

    // It covers both; the other contract then covers none.
    let old = world.contract_of(EDITOR, &ids.bins);
    let page = format!("/contracts/{made}/systems");
    assert!(world.get(EDITOR, &page).words().contains("Bin rounds (now under C-114)"));
    let sent = world.fill(EDITOR, &page, &[("system", ""), ("system", &ids.bins), ("system", &ids.tax)]);
    let shown = world.get(EDITOR, &world.post(EDITOR, &page, &sent).redirect());
    assert!(shown.words().contains("It covers 2 systems."), "{}", shown.words());
    assert!(world.get(EDITOR, &format!("/contracts/{old}")).words().contains("It covers 0 systems."));
    assert!(
        world
            .get(EDITOR, &format!("{bins}/edit?card=contract"))
            .words()
            .contains("This contract covers 1 other system, for which a change holds too: Council tax.")
    );
    // And back, from the system's side.
    let sent = world.fill(EDITOR, &format!("{bins}/contract"), &[("covered_by", &old)]);
    let shown = world.get(EDITOR, &world.post(EDITOR, &format!("{bins}/contract"), &sent).redirect());
    assert_eq!(shown.heading(), "Contract changed to C-114. Undo");
    assert_eq!(world.post(EDITOR, &format!("{bins}/contract"), "covered_by=nothing").errors().len(), 1);
    let sent = world.fill(EDITOR, &format!("{bins}/contract"), &[("covered_by", "")]);
    let shown = world.get(EDITOR, &world.post(EDITOR, &format!("{bins}/contract"), &sent).redirect());
    assert_eq!(shown.heading(), "Contract is not known now. Undo");
    // A form opened before the system came under another contract does not change that other one.
    let mine = world.fill(EDITOR, &format!("{tax}/edit?card=contract"), &[("contract_end", "2031-01-31")]);
    world.post(EDITOR, &format!("{tax}/contract"), &format!("covered_by={old}")).redirect();
    let errors = world.post(EDITOR, &format!("{tax}/edit"), &mine).errors();
    assert!(errors[0].starts_with("Council tax was put under another contract while you were editing."), "{errors:?}");
    // Nobody may reach into another organisation's systems.
    let other = world.add("brackford", vec![system("Theirs")]);
    let stolen = world.post(EDITOR, &page, &format!("system={}", other[0]));
    assert_eq!(stolen.errors().len(), 1);
    let differences = world.store.read_blocking(architecture::projection::check).unwrap();
    assert!(differences.is_empty(), "{differences:?}");
}

#[test]
fn programs_send_and_get_json() {
    let (world, ids) = world();
    let edit = format!("/systems/{}/edit.json", ids.bins);
    let form = world.get(EDITOR, &edit).json();
    let field =
        |name: &str| form["fields"].as_array().unwrap().iter().find(|field| field["name"] == name).cloned().unwrap();
    assert_eq!(
        (field("annual_cost")["value"][0].as_str(), field("elements")["value"][0].as_str()),
        (Some("12,500"), Some("waste"))
    );
    let body = json!({"name": "Bin rounds", "annual_cost": 14000, "contract_end": "2028-03-31", "elements": ["waste", "Revenues"],
        "users": 40, "confidence": "verified", "based_on": form["based_on"]});
    let data = world.send_json(EDITOR, &edit, &body).json();
    assert_eq!(
        (data["system"]["annual_cost"].as_i64(), data["system"]["contract_end"].as_str()),
        (Some(1_400_000), Some("2028-03-31"))
    );
    assert_eq!(
        (data["system"]["users"].as_i64(), data["system"]["elements"].as_array().map(Vec::len)),
        (Some(40), Some(2))
    );
    let refused = world.send_json(
        EDITOR,
        &edit,
        &json!({"annual_cost": "12k5", "users": "many", "status": "asleep", "elements": ["nowhere"]}),
    );
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.headers[header::CONTENT_TYPE], "application/problem+json");
    let problem: Value = serde_json::from_str(&refused.body).unwrap();
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["elements", "status", "users", "annual_cost"]);
    let misspelt = world.send_json(EDITOR, &edit, &json!({"contract_ends": "2028-03-31"}));
    assert_eq!(misspelt.status, StatusCode::BAD_REQUEST);
    assert!(
        misspelt.body.contains("takes no field \\\"contract_ends\\\"") && misspelt.body.contains("contract_end,"),
        "{}",
        misspelt.body
    );
    // A value of somebody else's since then is not written over.
    let clash = world.send_json(EDITOR, &edit, &json!({"contract_end": "2029-03-31", "based_on": 1}));
    assert_eq!(clash.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(clash.body.contains("keep-contract_end"), "{}", clash.body);
    let cleared = world.send_json(EDITOR, &edit, &json!({"users": null, "elements": []})).json();
    assert_eq!((cleared["system"]["users"].clone(), cleared["system"]["elements"].clone()), (Value::Null, json!([])));

    let new = world.send_json(
        EDITOR,
        "/organisations/ashmere/systems/new.json",
        &json!({"name": "Bookings", "status": "planned", "elements": ["lgam-waste"]}),
    );
    assert_eq!(new.status, StatusCode::CREATED, "{}", new.body);
    let address = new.headers[header::LOCATION].to_str().unwrap().to_owned();
    let data: Value = serde_json::from_str(&new.body).unwrap();
    assert_eq!(address, data["system"]["address"].as_str().unwrap());
    assert_eq!(world.get(EDITOR, &format!("{address}.json")).json()["system"]["status"], "planned");
    let retired = world.send_json(EDITOR, &format!("{address}/retire.json"), &json!({})).json();
    assert_eq!(retired["system"]["status"], "retired");
    let contract = world.contract_of(EDITOR, &ids.bins);
    let changed =
        world.send_json(EDITOR, &format!("/contracts/{contract}/edit.json"), &json!({"notice_months": 12})).json();
    assert_eq!(changed["contract"]["notice_months"], 12);
    let covers = world
        .send_json(EDITOR, &format!("/contracts/{contract}/systems.json"), &json!({"system": [ids.bins, ids.tax]}))
        .json();
    assert_eq!(covers["systems"].as_array().unwrap().iter().filter(|one| one["ticked"] == true).count(), 2);
    // From elsewhere nothing is written.
    let request = Request::post(edit)
        .header("x-reader", EDITOR)
        .header("sec-fetch-site", "cross-site")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from("{}"))
        .unwrap();
    assert_eq!(world.send(request).status, StatusCode::FORBIDDEN);
}

#[test]
fn only_editors_and_stewards_of_the_organisation_change_it() {
    let (world, ids) = world();
    let contract = world.contract_of(EDITOR, &ids.bins);
    let before = world.row_counts();
    let both = [
        format!("/systems/{}/edit", ids.bins),
        format!("/systems/{}/contract", ids.bins),
        format!("/systems/{}/retire", ids.bins),
        format!("/contracts/{contract}/edit"),
        format!("/contracts/{contract}/systems"),
        "/organisations/ashmere/systems/new".to_owned(),
    ];
    for who in READERS {
        let may = ["editor@ashmere", "steward@ashmere"].contains(who);
        for address in &both {
            let seen = world.get(who, address);
            let expected = match *who {
                _ if may => StatusCode::OK,
                "member@ashmere" => StatusCode::FORBIDDEN,
                _ => StatusCode::NOT_FOUND,
            };
            assert_eq!(seen.status, expected, "{who} {address}");
            if !may {
                let posted = world.post(who, address, "name=Mine&covered_by=&system=");
                // An unknown field of a form says nothing about what there is.
                assert!(
                    [expected, StatusCode::BAD_REQUEST].contains(&posted.status),
                    "{who} {address} {}",
                    posted.status
                );
                for body in [json!({}), json!({"source": "x"})] {
                    let posted = world.send_json(who, &format!("{address}.json"), &body);
                    assert!(
                        [expected, StatusCode::BAD_REQUEST].contains(&posted.status),
                        "{who} {address} {}",
                        posted.status
                    );
                }
            }
        }
        if !may {
            let restored = world.post(who, &format!("/systems/{}/restore", ids.bins), "");
            assert!([StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&restored.status), "{who}");
            let page = world.get(who, &format!("/systems/{}", ids.bins)).body;
            assert!(!page.contains("/edit") && !page.contains("/retire"), "{who}");
        }
    }
    assert_eq!(world.row_counts(), before);
    assert_eq!(world.get(EDITOR, "/organisations/oakware/systems/new").status, StatusCode::NOT_FOUND);
}
