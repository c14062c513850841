//! Messages by a mail server, as an operator sets it up: the test command first, then `serve`.

use std::path::Path;

use testing::smtp::{Mood, SmtpServer, Way};

use crate::browser::Browser;
use crate::place::Place;
use crate::program::{Ended, Serving, command, finished};

/// The settings of a mail server, as arguments.
fn settings(place: &Place, server: &SmtpServer, scheme: &str) -> Vec<String> {
    let ca = place.file("ca.pem", &server.certificate);
    let credentials = place.file("credentials", "commonhold\ns3cret pass\n");
    let url = format!("{scheme}://localhost:{}", server.address.port());
    let options = ["--mail-server", &url, "--mail-from", "no-reply@commonhold.example", "--mail-ca", &ca];
    let credentials = ["--mail-credentials", &credentials];
    options.into_iter().chain(credentials).map(str::to_owned).collect()
}

fn mail(folder: &Path, arguments: &[&str], settings: &[String]) -> Ended {
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    finished(command(folder, &[&["mail"], arguments, &settings].concat()))
}

#[test]
fn the_test_command_sends_one_message_and_says_what_went_wrong() {
    let (place, server) = (Place::new(), SmtpServer::start(Way::StartTls));
    let settings = settings(&place, &server, "smtp");
    let to = ["--to", "me@ashmere.example", "--json"];
    let ended = mail(place.folder(), &to, &settings).with(0);
    assert_eq!(ended.json()["taken"], true);
    let taken = server.wait_for(1);
    assert_eq!(taken[0].to, "me@ashmere.example");
    assert_eq!(taken[0].signed_in, Some(("commonhold".to_owned(), "s3cret pass".to_owned())));

    server.mood(Mood::Answers("AUTH", "535 5.7.8 wrong password"));
    let error = mail(place.folder(), &to, &settings).with(3).error();
    assert!(error["message"].as_str().unwrap().contains("refused user and password (535)"), "{error}");
    let next = error["next"].as_str().unwrap();
    assert!(next.contains("Put the right ones into the settings") && next.contains("wrong password"), "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");

    server.mood(Mood::Good);
    let alone: Vec<String> = settings[..4].to_vec();
    let error = mail(place.folder(), &to, &alone).with(3).error();
    assert!(error["message"].as_str().unwrap().contains("cannot be trusted"), "without its authority: {error}");
    assert_eq!(server.taken().len(), 1);
}

#[test]
fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let place = Place::new();
    let to = ["--to", "me@ashmere.example", "--json"];
    let run =
        |settings: &[&str]| mail(place.folder(), &to, &settings.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
    let none = run(&[]).with(2).error();
    assert!(none["next"].as_str().unwrap().contains("--mail-server"), "{none}");
    let nobody = run(&["--mail-server", "smtps://mail.example"]).with(2).error();
    assert!(nobody["next"].as_str().unwrap().contains("--mail-from"), "{nobody}");
    let odd = run(&["--mail-server", "mail.example", "--mail-from", "a@b.example"]).with(2).error();
    assert!(odd["message"].as_str().unwrap().contains("smtps://host:465"), "{odd}");
    let half = place.file("half", "only a user\n");
    let server = ["--mail-server", "smtps://mail.example", "--mail-from", "a@b.example"];
    let half = run(&[&server[..], &["--mail-credentials", &half]].concat()).with(2).error();
    assert!(half["next"].as_str().unwrap().contains("second"), "{half}");
    let gone = run(&[&server[..], &["--mail-ca", "nowhere.pem"]].concat()).with(3).error();
    assert!(gone["message"].as_str().unwrap().contains("nowhere.pem"), "{gone}");

    let mut plain = command(place.folder(), &["mail", "--to", "me@ashmere.example", "--json"]);
    plain.args(["--mail-server", "smtp+plain://mail.example", "--mail-from", "a@b.example"]);
    plain.env("COMMONHOLD_MAIL_USER", "commonhold").env("COMMONHOLD_MAIL_PASSWORD", "s3cret");
    let error = finished(plain).with(2).error();
    assert!(error["message"].as_str().unwrap().contains("for everybody to read"), "{error}");
    let typed = run(&[&server[..], &["--mail-password", "s3cret"]].concat()).with(2);
    assert!(typed.stderr.contains("unexpected argument"), "a list of processes shows what is typed: {typed:?}");
}

#[test]
fn serve_sends_what_people_ask_for_within_moments() {
    let (place, server) = (Place::with_people(), SmtpServer::start(Way::Tls));
    let settings = settings(&place, &server, "smtps");
    let arguments: Vec<&str> =
        ["serve", "--name", "Ashmere and Brackford"].into_iter().chain(settings.iter().map(String::as_str)).collect();
    let serving: Serving = place.serve(&arguments);
    assert!(serving.said.contains("messages to people by the mail server localhost"), "{}", serving.said);
    let mut browser = Browser::new(&serving.address);
    assert_eq!(browser.post("/sign-in", &[("email", "estate.editor@ashmere.example")]).status, 303);
    let taken = server.wait_for(1).remove(0);
    assert!(taken.data.starts_with("From: \"Ashmere and Brackford\" <no-reply@commonhold.example>"), "{}", taken.data);
    let link = taken.data.lines().find_map(|line| line.strip_prefix(&serving.address)).expect("a link");
    assert_eq!(browser.post(link, &[]).status, 303, "it signs in");
    let ended = serving.stop().with(0);
    assert!(!ended.stderr.contains("estate.editor"), "the log names nobody");
    assert!(ended.stderr.contains("\"job\":\"message\""), "and has a line for the job: {}", ended.stderr);
    assert!(!Path::new(&place.data()).join("outbox").exists(), "no file of it");
}
