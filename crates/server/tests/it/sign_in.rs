//! `commonhold sign-in check` and `serve --sign-in`: what is right, and every way in which it is not.

use std::fs;

use testing::provider::{Fault, Provider};
use vocabulary::Clock;

use crate::browser::Browser;
use crate::place::Place;
use crate::program::{commonhold, finished};

const ADDRESS: &str = "https://commonhold.example";

fn file(place: &Place, issuer: &str) -> String {
    let path = format!("{}/sign-in.toml", place.folder().display());
    fs::write(format!("{}/secret", place.folder().display()), "s3cret\n").unwrap();
    let text = format!(
        "[[provider]]\nid = \"ashmere\"\nlabel = \"Ashmere Borough Council\"\nissuer = \"{issuer}\"\n\
         client_id = \"commonhold\"\nauthentication = \"client_secret_post\"\nsecret_file = \"secret\"\n"
    );
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_good_file_is_told_with_the_addresses_to_register() {
    let place = Place::new();
    let provider = Provider::start(&Clock::System);
    let path = file(&place, provider.issuer());
    let checked = commonhold(place.folder(), &["sign-in", "check", "--sign-in", &path, "--address", ADDRESS]).with(0);
    assert_eq!(
        checked.stdout,
        "ashmere (Ashmere Borough Council): good; 2 signing keys; we prove who we are by secret; people can sign out there too.\n  \
         People come back to: https://commonhold.example/sign-in/with/ashmere/answer\n  \
         After signing out:   https://commonhold.example/\n\
         1 provider, and people can sign in with each.\n"
    );
    let json = commonhold(place.folder(), &["sign-in", "check", "--sign-in", &path, "--address", ADDRESS, "--json"]);
    assert_eq!(json.with(0).json()["providers"][0]["failure"], serde_json::Value::Null);
}

#[test]
fn what_is_wrong_with_a_provider_is_said_in_words() {
    let place = Place::new();
    let provider = Provider::start(&Clock::System);
    let path = file(&place, provider.issuer());
    let words = [
        (Fault::DescribesAnother, "The description is of the issuer"),
        (Fault::KeysElsewhere, "Jwks_uri at http://10.0.0.1/keys is not an address that may be asked"),
        (Fault::NoKeys, "The provider's keys answered 503 (temporarily_unavailable)."),
    ];
    for (fault, expected) in words {
        provider.misbehave(fault);
        let checked =
            commonhold(place.folder(), &["sign-in", "check", "--sign-in", &path, "--address", ADDRESS]).with(1);
        assert!(checked.stdout.contains(expected), "{fault:?}: {}", checked.stdout);
        assert!(checked.stdout.ends_with("People cannot sign in with 1 of 1 provider.\n"), "{}", checked.stdout);
    }
}

#[test]
fn a_wrong_file_stops_the_program_before_it_serves() {
    let place = Place::new();
    let path = file(&place, "http://id.example");
    for arguments in [
        vec!["serve", "--sign-in", &path, "--listen", "127.0.0.1:0"],
        vec!["sign-in", "check", "--sign-in", &path, "--address", ADDRESS],
    ] {
        let stopped = commonhold(place.folder(), &arguments).with(2);
        assert!(stopped.stderr.contains("sign-in.toml has 1 problem."), "{}", stopped.stderr);
        assert!(stopped.stderr.contains("line 4: \"issuer\" must begin with https://."), "{}", stopped.stderr);
    }
    let missing =
        commonhold(place.folder(), &["serve", "--sign-in", "nowhere.toml", "--listen", "127.0.0.1:0"]).with(3);
    assert!(missing.stderr.contains("nowhere.toml cannot be read"), "{}", missing.stderr);
}

#[test]
fn the_sign_in_page_offers_the_providers_of_the_file() {
    let place = Place::new();
    let provider = Provider::start(&Clock::System);
    let path = file(&place, provider.issuer());
    let serving = place.serve(&["serve", "--sign-in", &path]);
    let visitor = Browser::new(&serving.address);
    assert!(visitor.get("/sign-in").body.contains("Sign in with Ashmere Borough Council"));
    let sent = visitor.get("/sign-in/with/ashmere");
    assert_eq!(sent.status, 303);
    assert!(sent.location.as_ref().is_some_and(|to| to.starts_with(provider.issuer())), "{sent:?}");
    serving.stop().with(0);
}

#[test]
fn the_environment_names_the_file_too() {
    let place = Place::new();
    let provider = Provider::start(&Clock::System);
    let path = file(&place, provider.issuer());
    let mut command = crate::program::command(place.folder(), &["sign-in", "check"]);
    command.env("COMMONHOLD_SIGN_IN", &path).env("COMMONHOLD_ADDRESS", ADDRESS);
    finished(command).with(0);
}
