//! Visits to "Matches": one name at a time, and nobody else's eyes on it.

use axum::http::StatusCode;

use crate::world::{READERS, World};

const EDITOR: &str = "editor@ashmere";
const PAGE: &str = "/organisations/ashmere/matches";
const LIST: &str = "System,Product,Supplier\nRounds,Round Mstr,\nGrants,Grantly,\nTax,TaxBase Live,Oakware\nTax two,Tax Baze,Oak Ware Services\n";

fn world() -> World {
    let world = World::new();
    world.import("ashmere", "systems.csv", LIST.as_bytes());
    world
}

impl World {
    fn name(&self, name: &str) -> serde_json::Value {
        let names = self.get(EDITOR, &format!("{PAGE}.json")).json()["names"].clone();
        names.as_array().unwrap().iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}")).clone()
    }

    fn names_key(&self, name: &str) -> String {
        self.name(name)["key"].as_str().unwrap().to_owned()
    }

    fn say_of(&self, name: &str, choice: &str) -> crate::world::Seen {
        let key = self.names_key(name);
        self.post(EDITOR, PAGE, &format!("name={key}&{choice}"))
    }
}

#[test]
fn one_name_at_a_time_with_reasons_and_nothing_chosen_beforehand() {
    let world = world();
    let page = world.get(EDITOR, PAGE);
    assert_eq!(page.all("h1"), ["Match \"Round Mstr\""]);
    assert!(page.words().contains("4 names to match, likely ones first."), "{}", page.words());
    assert_eq!(page.all("input[type=radio][checked]").len(), 0);
    let labels = page.all(".govuk-radios__label");
    assert_eq!(
        labels,
        ["RoundMaster", "Another product of the shared list", "None of these", "Decide later"],
        "{}",
        page.body
    );
    assert!(page.all(".govuk-radios__hint")[0].contains("by Oakware: "));
    assert_eq!(page.all("form[method=post] button")[0], "Save and show next");
    // Later means the next one now.
    let next = world.say_of("Round Mstr", "choice=later").redirect();
    assert_eq!(world.get(EDITOR, &next).all("h1"), ["Match \"Tax Baze\""]);
    let data = world.get(EDITOR, &format!("{PAGE}.json")).json();
    assert_eq!(data["counts"], serde_json::json!({"confirmed": 0, "made": 1, "none": 0, "waiting": 4}));
    let csv = world.get(EDITOR, &format!("{PAGE}.csv")).csv();
    assert_eq!(csv.len(), 5);
    assert_eq!(csv.iter().find(|row| row["name"] == "Tax Baze").unwrap()["likely"], "TaxBase");
}

#[test]
fn a_name_is_matched_and_taken_back() {
    let world = world();
    let done = world.say_of("Round Mstr", "choice=roundmaster").redirect();
    let next = world.get(EDITOR, &done);
    assert_eq!(next.all(".govuk-notification-banner__heading").len(), 1, "{}", next.body);
    assert!(next.words().contains("\"Round Mstr\" is matched to RoundMaster."), "{}", next.words());
    assert_eq!(next.all("h1"), ["Match \"Tax Baze\""]);
    let key = world.names_key("Round Mstr");
    // The old address leads to the listed product, for those who could see it.
    let old = world.get(EDITOR, &format!("/products/{key}"));
    assert_eq!(
        (old.status, old.headers["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/products/roundmaster")
    );
    assert_eq!(world.get("member@brackford", &format!("/products/{key}")).status, StatusCode::NOT_FOUND);
    let one = world.get(EDITOR, &format!("{PAGE}?name={key}"));
    assert!(one.words().contains("Means RoundMaster"), "{}", one.words());
    let back = world.say_of("Round Mstr", "action=take-back").redirect();
    assert_eq!(world.get(EDITOR, &back).all(".govuk-radios__label")[0], "RoundMaster");
    assert_eq!(world.get(EDITOR, &format!("/products/{key}")).status, StatusCode::OK);

    // By a name that was not suggested, and none.
    world.say_of("Grantly", "choice=other&other=wastedesk").redirect();
    assert_eq!(world.name("Grantly")["target"], "wastedesk");
    world.say_of("Tax Baze", "choice=none").redirect();
    assert_eq!(world.name("Tax Baze")["stands"], "none");
    // What was made without asking can be taken back.
    assert_eq!(world.name("TaxBase Live")["stands"], "made");
    world.say_of("TaxBase Live", "action=take-back").redirect();
    assert_eq!(world.name("TaxBase Live")["stands"], "none");
    world.say_of("Oak Ware Services", "choice=oakware").redirect();
    world.say_of("Round Mstr", "choice=roundmaster").redirect();
    let empty = world.get(EDITOR, PAGE);
    assert!(empty.words().contains("Every name is matched."), "{}", empty.words());
    let differences = world.store.read_blocking(ledger::verify).unwrap();
    assert_eq!(differences, [""; 0]);
}

#[test]
fn what_is_like_nothing_is_kept_at_once() {
    let world = world();
    let page = world.get(EDITOR, PAGE);
    assert!(page.all("button").contains(&"Keep it as our own".to_owned()), "{}", page.body);
    world.post(EDITOR, PAGE, "action=keep-rest").redirect();
    assert_eq!(world.name("Grantly")["stands"], "none");
    assert_eq!(world.name("Tax Baze")["stands"], "waiting");
}

#[test]
fn mistakes_are_said_at_their_field() {
    let world = world();
    let nothing = world.say_of("Round Mstr", "");
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        nothing.all(".govuk-error-summary__list a[href='#choice']"),
        ["Choose what the name means, or decide later"]
    );
    assert_eq!(nothing.all("h1"), ["Match \"Round Mstr\""]);
    let unknown = world.say_of("Round Mstr", "choice=other&other=Nothing+like+it");
    assert_eq!(unknown.all(".govuk-error-summary__list a[href='#other']").len(), 1, "{}", unknown.body);
    assert_eq!(unknown.all("#other").len(), 1);
    assert_eq!(world.say_of("Round Mstr", "choice=nowhere").status, StatusCode::NOT_FOUND);
    assert_eq!(world.say_of("Round Mstr", "colour=red").status, StatusCode::BAD_REQUEST);
    let key = world.names_key("Round Mstr");
    world.say_of("Round Mstr", "choice=roundmaster").redirect();
    let twice = world.post(EDITOR, PAGE, &format!("name={key}&choice=taxbase"));
    assert_eq!(twice.status, StatusCode::NOT_FOUND, "its systems have another product by now");
    assert_eq!(world.get(EDITOR, &format!("{PAGE}?colour=red")).status, StatusCode::BAD_REQUEST);
    assert_eq!(world.get(EDITOR, &format!("{PAGE}?show=everything")).status, StatusCode::BAD_REQUEST);
    assert_eq!(world.get(EDITOR, &format!("{PAGE}?name=nobody")).status, StatusCode::NOT_FOUND);
}

#[test]
fn nobody_else_looks_or_acts() {
    let world = world();
    let key = world.names_key("Round Mstr");
    let before = world.row_counts();
    for who in READERS {
        let (look, acts) = match *who {
            "editor@ashmere" | "steward@ashmere" => continue,
            "member@ashmere" => (403, 403),
            "auditor@colne" => (200, 404),
            _ => (404, 404),
        };
        for suffix in ["", ".json", ".csv"] {
            let seen = world.get(who, &format!("{PAGE}{suffix}"));
            assert_eq!(seen.status.as_u16(), look, "{who}{suffix}");
            assert!(look == 200 || !seen.body.contains("Round"), "{who}");
        }
        if look == 200 {
            assert_eq!(world.get(who, PAGE).all("main form[method=post]").len(), 0, "{who} is offered nothing");
        }
        let acted = world.post(who, PAGE, &format!("name={key}&choice=roundmaster"));
        assert_eq!(acted.status.as_u16(), acts, "{who}");
        assert_eq!(world.row_counts(), before, "{who} wrote something");
    }
    // Another organisation's name is no name of one's own.
    let theirs =
        world.post("editor@brackford", "/organisations/brackford/matches", &format!("name={key}&choice=roundmaster"));
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get(EDITOR, PAGE).headers["cache-control"], "private, no-store");
}
