//! `commonhold serve`: beginning with nothing, messages, stopping, and what it refuses.

use std::{fs, net::TcpListener};

use tempfile::tempdir;

use crate::browser::Browser;
use crate::place::{Place, demo};
use crate::program::{Serving, commonhold};

#[test]
fn a_copy_begins_with_nothing_and_fills_while_it_runs() {
    let place = Place::new();
    let serving = place.serve(&["serve"]);
    assert!(serving.said.contains("commonhold import organisations"), "it says how to begin: {}", serving.said);
    let visitor = Browser::new(&serving.address);
    assert_eq!(visitor.get("/healthz").status, 200);
    assert_eq!(visitor.get("/").status, 200);
    assert!(!visitor.get("/organisations").body.contains("Brackford District Council"));
    for path in ["/choose-role", "/outbox"] {
        assert_eq!(visitor.get(path).status, 404, "{path} exists in the demonstration only");
    }

    place.run(&["import", "organisations", &demo("organisations.csv")]).with(0);
    assert!(visitor.get("/organisations").body.contains("Brackford District Council"));
    let ended = serving.stop().with(0);
    assert!(ended.stdout.ends_with("Stopped.\n"), "{}", ended.stdout);

    // The log is for programs where nobody looks at a terminal: one JSON object a line.
    assert!(!ended.stderr.is_empty());
    for line in ended.stderr.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
}

#[test]
fn a_sign_in_message_becomes_a_file_and_its_link_signs_in() {
    let place = Place::with_people();
    let serving = place.serve(&["serve", "--json"]);
    let mut browser = Browser::new(&serving.address);
    let asked = browser.post("/sign-in", &[("email", "estate.editor@ashmere.example")]);
    assert_eq!(asked.status, 303, "{asked:?}");
    let address = serving.address.clone();
    serving.stop().with(0);

    // Messages that wait are written at the latest when the program ends.
    let outbox = std::path::Path::new(&place.data()).join("outbox");
    let files: Vec<_> = fs::read_dir(&outbox).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let message = fs::read_to_string(&files[0]).unwrap();
    assert!(message.contains("To: estate.editor@ashmere.example\r\n"), "{message}");
    let link = message.lines().find_map(|line| line.strip_prefix(&address)).expect("a link to where people reach it");

    let again = place.serve(&["serve", "--json"]);
    let mut browser = Browser::new(&again.address);
    assert_eq!(browser.get(link).status, 200);
    assert_eq!(browser.post(link, &[]).status, 303);
    assert!(browser.get("/account").body.contains("Ashmere"));
    again.stop().with(0);
}

#[test]
fn measures_are_read_on_a_port_of_their_own() {
    let place = Place::new();
    let serving = place.serve(&["serve", "--json", "--metrics", "127.0.0.1:0"]);
    let visitor = Browser::new(&serving.address);
    assert_eq!(visitor.get("/organisations").status, 200);
    assert_eq!(visitor.get("/metrics").status, 404, "not where everybody reads");
    let told: serde_json::Value = serde_json::from_str(&serving.said).unwrap();
    let metrics = told["metrics"].as_str().unwrap().strip_suffix("/metrics").unwrap().to_owned();
    let answer = Browser::new(&metrics).get("/metrics");
    assert_eq!(answer.status, 200);
    let counted = "commonhold_requests_total{method=\"GET\",route=\"/organisations\",status=\"200\"} 1";
    assert!(answer.body.lines().any(|line| line == counted), "{}", answer.body);
    for name in
        ["commonhold_store_transactions_total{kind=\"read\"}", "commonhold_process_open_files", "commonhold_build_info"]
    {
        assert!(answer.body.contains(name), "{name} in {}", answer.body);
    }
    assert!(answer.body.ends_with("# EOF\n"));
    serving.stop().with(0);
}

#[cfg(not(feature = "otel"))]
#[test]
fn a_build_without_traces_says_so_where_they_are_asked_for() {
    let place = Place::new();
    let asked = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")];
    let ended = place.serve_with(&["serve", "--json"], &asked).stop().with(0);
    let said = ended.stderr.lines().filter(|line| line.contains("this build is without them (feature otel)")).count();
    assert_eq!(said, 1, "{}", ended.stderr);
    assert!(!place.serve(&["serve", "--json"]).stop().with(0).stderr.contains("otel"));
}

#[test]
fn whoever_asks_too_much_is_told_to_wait() {
    let place = Place::new();
    let serving = place.serve(&["serve", "--json", "--requests-a-minute", "2"]);
    let visitor = Browser::new(&serving.address);
    assert_eq!(visitor.get("/organisations").status, 200);
    assert_eq!(visitor.get("/organisations").status, 429);
    serving.stop().with(0);
    let bad = place.run(&["serve", "--json", "--trusted-proxies", "proxy.example"]).with(2).error();
    assert!(bad["message"].as_str().unwrap().contains("proxy.example"), "{bad}");
}

#[test]
fn it_refuses_the_folder_of_a_demonstration() {
    let folder = tempdir().unwrap();
    Serving::start(folder.path(), &["demo", "--json"]).stop().with(0);
    let arguments = ["serve", "--json", "--data", "commonhold-demo", "--listen", "127.0.0.1:0"];
    let error = commonhold(folder.path(), &arguments).with(1).error();
    assert_eq!(error["kind"], "refused");
    assert!(error["message"].as_str().unwrap().contains("belongs to a demonstration"), "{error}");
    assert!(error["next"].as_str().unwrap().contains("--data"), "{error}");
}

#[test]
fn one_folder_is_served_once() {
    let place = Place::new();
    let first = place.serve(&["serve", "--json"]);
    let error = place.run(&["serve", "--json", "--listen", "127.0.0.1:0"]).with(1).error();
    assert!(error["message"].as_str().unwrap().contains("Another commonhold is serving"), "{error}");
    first.stop().with(0);
    place.serve(&["serve", "--json"]).stop().with(0);
}

#[test]
fn settings_come_from_the_environment_and_an_option_wins() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut command = crate::program::command(place.folder(), &["serve"]);
    command.env("COMMONHOLD_DATA", place.data()).env("COMMONHOLD_LISTEN", format!("127.0.0.1:{port}"));
    let ended = crate::program::finished(command).with(3);
    assert!(ended.stderr.contains(&format!("Port {port} on 127.0.0.1 is used")), "{ended:?}");

    // The harness gives --listen; the name is shown at the top of every page.
    let serving = place.serve(&["serve", "--name", "Ashmere and Brackford", "--contact", "help@ashmere.example"]);
    let home = Browser::new(&serving.address).get("/").body;
    assert!(home.contains("Ashmere and Brackford") && home.contains("help@ashmere.example"), "{home}");
    serving.stop().with(0);
}

#[test]
fn an_address_that_nobody_can_open_is_refused() {
    let folder = tempdir().unwrap();
    let error = commonhold(folder.path(), &["serve", "--json", "--listen", "0.0.0.0:0"]).with(2).error();
    assert!(error["next"].as_str().unwrap().contains("--address"), "{error}");
    let bad = commonhold(folder.path(), &["serve", "--json", "--address", "commonhold.example"]).with(2).error();
    assert!(bad["message"].as_str().unwrap().contains("https://"), "{bad}");
    let unreachable =
        ["serve", "--json", "--listen", "127.0.0.1:0", "--database", "postgres://nobody@127.0.0.1:1/none"];
    let error = commonhold(folder.path(), &unreachable).with(3).error();
    assert_eq!(error["kind"], "out-of-reach");
    assert!(!error.to_string().contains("nobody@"), "an address with its password is not repeated: {error}");
}
