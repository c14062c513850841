//! `commonhold passkeys`, for an operator who has lost theirs, and `serve --operators-need passkey`.

use serde_json::Value;
use testing::authenticator::{Algorithm, Authenticator};

use crate::browser::{Browser, Seen};
use crate::place::Place;
use crate::program::Serving;

const JO: &str = "j.lee@ashmere.example";
/// Where browsers have passkeys without TLS. It listens on a port of its own, as behind a web server.
const ADDRESS: &str = "http://localhost:8080";

/// A copy that people reach at that address, and where it listens.
fn serving(place: &Place, more: &[&str]) -> (Serving, String) {
    let serving = place.serve(&[&["serve", "--json", "--address", ADDRESS][..], more].concat());
    let said: Value = serde_json::from_str(&serving.said).unwrap();
    let listening = said["listening"].as_str().unwrap().to_owned();
    (serving, listening)
}

/// Somebody who has accepted the invitation of the first operator.
fn operator(place: &Place, address: &str) -> Browser {
    let name = ["--name", "Jo Lee", "--role", "operator", "--organisation", "Ashmere Borough Council", "--json"];
    let told = place.run(&[&["invite", JO][..], &name].concat()).with(0).json();
    let link = told["link"].as_str().unwrap().to_owned();
    let mut browser = Browser::new(address);
    assert_eq!(browser.post(&link[link.find("/invitations/").unwrap()..], &[]).status, 303);
    browser
}

/// What a page hands to the browser.
fn options(page: &Seen) -> Value {
    let start = page.body.find("data-ch-options=\"").unwrap_or_else(|| panic!("nothing to sign in {page:?}")) + 17;
    let text = page.body[start..].split('"').next().unwrap();
    serde_json::from_str(&text.replace("&quot;", "\"").replace("&#x2f;", "/")).unwrap()
}

fn send(browser: &mut Browser, path: &str, fields: &[(&str, String)]) -> Seen {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(path, &fields)
}

fn added(browser: &mut Browser) -> Authenticator {
    let mut device = Authenticator::at(ADDRESS, Algorithm::Es256);
    let made = device.make(&options(&browser.post("/account/sign-in/passkeys/new", &[])));
    let fields = [made.fields(), vec![("name", "Work telephone".to_owned())]].concat();
    let added = send(browser, "/account/sign-in/passkeys", &fields);
    assert_eq!(added.location.as_deref(), Some("/account/sign-in?done=passkey-added"), "{added:?}");
    device
}

#[test]
fn those_of_somebody_who_lost_them_are_removed_and_written_down() {
    let place = Place::new();
    let (_serving, listening) = serving(&place, &[]);
    let mut browser = operator(&place, &listening);
    let none = place.run(&["passkeys", "remove", JO]).with(0);
    assert_eq!(none.stdout, format!("{JO} has no passkey, so nothing was removed.\n"));
    added(&mut browser);
    assert_eq!(browser.get("/account/sign-in").status, 200);
    let removed = place.run(&["passkeys", "remove", JO]).with(0);
    let expected = format!("1 passkey of {JO} removed: Work telephone. They are signed out everywhere.\n");
    assert_eq!(removed.stdout, expected);
    assert_eq!(browser.get("/account/sign-in").status, 303, "they are signed out");
    let journal = std::fs::read_to_string(format!("{}/erasures.jsonl", place.data())).unwrap();
    assert!(journal.contains("\"kind\":\"passkey\"") && !journal.contains("telephone"), "{journal}");
    let nobody = place.run(&["passkeys", "remove", "nobody@ashmere.example", "--json"]).with(1).error();
    assert!(nobody["message"].as_str().unwrap().contains("Nobody here has the address"), "{nobody}");
}

#[test]
fn operators_run_the_copy_with_a_passkey_only_where_it_says_so() {
    let place = Place::new();
    let (_serving, listening) = serving(&place, &["--operators-need", "passkey"]);
    let mut browser = operator(&place, &listening);
    for path in ["/operator", "/operator/jobs", "/operator.json"] {
        assert_eq!(browser.get(path).status, 404, "{path}");
    }
    assert!(browser.get("/").body.contains("/account/confirm?next=%2Foperator"), "the way there is in the navigation");
    let mut device = added(&mut browser);
    for path in ["/operator", "/operator/jobs", "/operator.json"] {
        assert_eq!(browser.get(path).status, 200, "{path}");
    }
    assert!(!browser.get("/").body.contains("/account/confirm"));

    // Another session, by a link from the machine itself: the passkey is asked for.
    let mut other = operator(&place, &listening);
    assert_eq!(other.get("/operator").status, 404);
    let used = device.sign(&options(&other.post("/account/confirm", &[("next", "/operator")])));
    let confirmed = send(&mut other, "/account/confirm/passkey", &used.fields());
    assert_eq!(confirmed.location.as_deref(), Some("/operator"), "{confirmed:?}");
    assert_eq!(other.get("/operator").status, 200);
    place.run(&["passkeys", "remove", JO]).with(0);
    assert_eq!(other.get("/operator").status, 404);
}

#[test]
fn it_does_not_start_where_browsers_have_no_passkeys() {
    let place = Place::new();
    for more in [&[][..], &["--address", "http://commonhold.example"], &["--address", "https://192.0.2.7"]] {
        let words = [&["serve", "--listen", "127.0.0.1:0", "--operators-need", "passkey", "--json"][..], more].concat();
        let refused = place.run(&words).with(2).error();
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains("browsers have none at http"), "{message}");
        assert!(refused["next"].as_str().unwrap().contains("--address https://commonhold.example"), "{refused}");
    }
}
