//! `commonhold invite` and `commonhold people`: from an empty folder to somebody signed in, and out again.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::place::Place;

const JO: &str = "j.lee@ashmere.example";
const FIRST: [&str; 8] =
    ["invite", JO, "--name", "Jo Lee", "--role", "operator", "--organisation", "Ashmere Borough Council"];

fn invite(place: &Place, more: &[&str]) -> Value {
    place.run(&[&FIRST[..], more, &["--json"]].concat()).with(0).json()
}

fn path(told: &Value) -> String {
    let link = told["link"].as_str().unwrap();
    link[link.find("/invitations/").unwrap()..].to_owned()
}

#[test]
fn an_empty_folder_has_an_operator_after_one_command_and_one_link() {
    let place = Place::new();
    let first = invite(&place, &[]);
    assert_eq!(first["organisation"], json!({"id": "ashmere", "name": "Ashmere Borough Council", "made": true}));
    assert!(first["link"].as_str().unwrap().starts_with("http://127.0.0.1:8080/invitations/"));
    let second = invite(&place, &["--address", "https://commonhold.example"]);
    assert_eq!(second["organisation"]["made"], false);
    assert!(second["link"].as_str().unwrap().starts_with("https://commonhold.example/invitations/"));
    assert_ne!(path(&first), path(&second));

    let serving = place.serve(&["serve"]);
    let mut browser = Browser::new(&serving.address);
    assert_eq!(browser.get(&path(&first)).status, 410, "the first link is good no longer");
    assert_eq!(browser.post(&path(&first), &[]).status, 410);
    assert_eq!(browser.get(&path(&second)).status, 200);
    assert_eq!(browser.post(&path(&second), &[]).status, 303);
    let account = browser.get("/account").body;
    assert!(account.contains("Jo Lee, Operator at Ashmere Borough Council."), "{account}");
    // The first thing to do: a steward, by a letter.
    let people = [("people", "s.cole@ashmere.example, Sam Cole"), ("role", "steward")];
    let sent = browser.post("/organisations/ashmere/people/invite", &people);
    assert_eq!(sent.status, 303, "{sent:?}");
    assert!(browser.get("/organisations/ashmere/people").body.contains("Sam Cole"));

    // A command lets somebody in again, and ends what they do, while the program serves.
    let again = invite(&place, &[]);
    assert_eq!(again["acts_already"], true);
    let listed = place.run(&["people", "list", "--json"]).with(0).json();
    assert_eq!(listed["people"][0]["email"], JO);
    assert_eq!(listed["people"][0]["role"], "operator");
    let last = place.run(&["people", "remove", JO, "--json"]).with(1).error();
    assert!(last["message"].as_str().unwrap().contains("last operator"), "{last}");
    assert_eq!(browser.get("/organisations/ashmere/people").status, 200);

    let other = ["invite", "o@ashmere.example", "--name", "Other", "--role", "operator", "--json"];
    let link = path(&place.run(&other).with(0).json());
    Browser::new(&serving.address).post(&link, &[]);
    let lowered = ["people", "role", JO, "editor", "--organisation", "ashmere"];
    assert!(place.run(&lowered).with(0).stdout.contains("is now: editor"));
    assert_eq!(browser.get("/organisations/ashmere/people").status, 403, "from the next request on");
    let steward = ["people", "role", "o@ashmere.example", "steward", "--organisation", "ashmere", "--json"];
    assert!(place.run(&steward).with(1).error()["message"].as_str().unwrap().contains("last operator"));
    serving.stop().with(0);
}

#[test]
fn what_is_removed_by_a_command_is_signed_out() {
    let place = Place::with_people();
    let told = place.run(&["people", "remove", "member@dunmoor.example", "--json"]).with(0).json();
    assert_eq!(told, json!({ "ended": 1 }));
    let listed = place.run(&["people", "list", "--organisation", "dunmoor"]).with(0).stdout;
    assert!(listed.ends_with("2 memberships.\n") && !listed.contains("member@dunmoor"), "{listed}");
    place.run(&["doctor"]).with(0);
}

#[test]
fn nonsense_is_refused_in_words_and_leaves_nothing_behind() {
    let place = Place::with_people();
    let before = place.rows();
    let invite = |email: &str, name: &str, role: &str, organisation: &str| {
        let arguments = ["invite", email, "--name", name, "--role", role, "--organisation", organisation, "--json"];
        place.run(&arguments)
    };
    for (email, name, role, organisation, code, said) in [
        ("nonsense", "Jo", "member", "ashmere", 2, "not an e-mail address"),
        (JO, " ", "member", "ashmere", 2, "name"),
        (JO, "www.evil.example", "member", "ashmere", 2, "A name has letters"),
        (JO, "Jo", "owner", "ashmere", 2, "is not one of member, editor"),
        (JO, "Jo", "member", "Nowhere Council", 1, "There is no organisation \"Nowhere Council\""),
        (JO, "Jo", "operator", "Nowhere Council", 1, "There is no organisation \"Nowhere Council\""),
        (JO, "Jo", "steward", "fennel-software", 1, "does not participate"),
        (
            "estate.editor@ashmere.example",
            "Jo",
            "steward",
            "ashmere",
            1,
            "acts for Ashmere Borough Council already, as editor",
        ),
    ] {
        let error = invite(email, name, role, organisation).with(code).error();
        assert!(error["message"].as_str().unwrap().contains(said), "{error}");
    }
    let several = ["invite", JO, "--name", "Jo", "--role", "member", "--json"];
    let error = place.run(&several).with(1).error();
    assert!(error["message"].as_str().unwrap().contains("There are several organisations"), "{error}");
    assert_eq!(place.rows(), before);
    let empty = Place::new();
    let error = empty.run(&several).with(1).error();
    assert!(error["message"].as_str().unwrap().contains("--organisation \"Ashmere Borough Council\""), "{error}");
    let unknown = place.run(&["people", "remove", "nobody@nowhere.example", "--json"]).with(1).error();
    assert_eq!(unknown["message"], "Nobody here has the address nobody@nowhere.example.");
}
