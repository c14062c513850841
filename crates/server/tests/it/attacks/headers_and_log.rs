//! Line ends and other control characters where they would end a header, a letter's head or a line of the log; and what the
//! log must not hold at all.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use super::{Answer, Demonstration, Known, encoded, filled, percent, secret, token_in};
use crate::browser::Browser;
use crate::place::Place;

/// A word that nobody but this file types.
const WORD: &str = "Zyxomma";

/// Line ends as they are, encoded, and as characters whose last byte is one.
const SPLITS: [&str; 8] = [
    "Zyxomma\r\nX-Injected: yes\r\n\r\n<p>",
    "Zyxomma\nX-Injected: yes",
    "Zyxomma\rX-Injected: yes",
    "Zyxomma%0d%0aX-Injected: yes",
    "Zyxomma\u{560d}\u{560a}X-Injected: yes",
    "Zyxomma\u{10d}\u{10a}X-Injected: yes",
    "Zyxomma\u{2028}X-Injected: yes\u{85}",
    "Zyxomma\u{1b}[2J\u{7f}\t\u{0}",
];

/// What is wrong with the head of an answer.
fn fault(seen: &Answer) -> Option<String> {
    let injected = |(name, value): &&(String, String)| {
        name == "x-injected"
            || value.chars().any(|c| c.is_control())
            || !name.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match seen.status {
        0 => Some("no answer".to_owned()),
        status if status >= 500 => Some(format!("{status} {}", seen.text())),
        _ => seen.headers.iter().find(injected).map(|header| format!("{header:?}")),
    }
}

#[test]
fn nothing_typed_ends_a_header_or_a_line_of_the_log() {
    let demonstration = Demonstration::start_with(&["--log", "info", "--log-format", "json"]);
    let (editor, operator) = (demonstration.somebody("Editor at Ashmere"), demonstration.somebody("Operator at Colne"));
    let (steward, visitor) = (demonstration.somebody("Steward at Ashmere"), demonstration.visitor());
    let known = Known::by_looking(
        &demonstration.endpoints,
        &[(&editor, "/"), (&steward, "/organisations/ashmere"), (&operator, "/operator")],
    );
    let token = token_in(&editor.post("/account/tokens", "name=Trial&scope=read&organisation=ashmere&days=7").text());
    assert_eq!(visitor.post("/sign-in", "email=estate.editor%40hexleigh.example").status, 303);
    let link = secret(&visitor, "/sign-in/");
    assert_eq!(visitor.get(&link).status, 200);
    let mut faults = Vec::new();
    let mut tell = |what: String, seen: &Answer| faults.extend(fault(seen).map(|fault| format!("{what}: {fault}")));
    for endpoint in demonstration.reads() {
        let address = known.address(endpoint.path);
        let who = if endpoint.access.who().contains("operator") { &operator } else { &steward };
        for name in endpoint.parameters {
            for split in SPLITS {
                let target = format!("{address}?{name}={}", percent(split));
                tell(format!("GET {target}"), &who.get(&target));
            }
        }
        // In the path itself, and in names of files that are made from it.
        for split in &SPLITS[..3] {
            for suffix in ["", ".csv", ".xlsx"] {
                let target = format!("{}{suffix}", endpoint.path.replace("{id}", &percent(split)));
                tell(format!("GET {target}"), &visitor.get(&target));
            }
        }
    }
    for endpoint in demonstration.writes().filter(|endpoint| endpoint.path != "/sign-out") {
        let address = known.address(endpoint.path);
        let who = if endpoint.access.who().contains("operator") { &operator } else { &steward };
        for split in &SPLITS[..7] {
            let fields = filled(endpoint);
            let form = encoded(fields.iter().map(|(name, _)| (name.as_str(), *split)));
            tell(format!("POST {address} with {split:?}"), &who.post(&address, &form));
        }
    }
    // In headers that are looked at or written down.
    let long = WORD.repeat(500);
    let heads: [(&str, &str); 9] = [
        ("User-Agent", "Zyxomma \u{1b}[2J {\"level\":\"ERROR\"}"),
        ("Referer", "https://Zyxomma.example/\"},{\"level\":\"ERROR\""),
        ("X-Request-Id", "Zyxomma\",\"level\":\"ERROR"),
        ("X-Request-Id", "Zyxomma Zyxomma"),
        ("X-Request-Id", &long),
        ("X-Forwarded-For", "Zyxomma, 127.0.0.1"),
        ("Accept", "Zyxomma/\"*"),
        ("Accept-Language", "Zyxomma"),
        ("Authorization", "Zyxomma Zyxomma"),
    ];
    for (name, value) in heads {
        let seen = demonstration.wire.ask("GET", "/organisations", &[(name, value)], b"");
        tell(format!("{name}: {value}"), &seen);
        assert!(!seen.header("x-request-id").contains(WORD), "{name}: {value}");
    }
    // One line for each request, whatever it holds.
    let asked: Vec<(String, &str)> =
        SPLITS.iter().zip(100..).map(|(split, n)| (format!("attack-{n}"), *split)).collect();
    for (id, split) in &asked {
        let target = format!("/search?q={}", percent(split));
        let seen = demonstration.wire.ask("GET", &target, &[("X-Request-Id", id)], b"");
        assert_eq!(seen.header("x-request-id"), id);
    }
    let letters: Value = serde_json::from_slice(&visitor.get("/outbox.json").body).unwrap();
    for letter in letters["messages"].as_array().unwrap() {
        for name in ["recipient", "subject"] {
            let text = letter[name].as_str().unwrap();
            assert!(!text.chars().any(|c| c.is_control()), "a letter's {name}: {text:?}");
        }
    }
    let secrets = [editor.browser.cookie().unwrap().split_once('=').unwrap().1.to_owned(), token, link];
    let log = demonstration.stop().stderr;
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));

    let mut answered: BTreeMap<String, usize> = BTreeMap::new();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(matches!(line["level"].as_str(), Some("INFO" | "WARN")), "{line}");
        if line["message"] == "answered" {
            *answered.entry(line["request"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    assert!(answered.len() > 500, "only {} requests in the log", answered.len());
    for (id, _) in &asked {
        assert_eq!(answered.get(id), Some(&1), "{id}");
    }
    // What was typed, who asked and what lets somebody in stand in no line.
    let personal = ["X-Injected", "estate.editor@", "@ashmere.example", "127.0.0.1,", "estate editor"];
    for text in secrets.iter().map(String::as_str).chain(personal).chain([WORD]) {
        let line = log.lines().find(|line| line.contains(text));
        assert!(line.is_none(), "the log holds {text:?}: {line:?}");
    }
}

/// The head of a letter that waits in a folder: each line a header that letters have, or the rest of one.
fn head(letter: &Path) -> Vec<String> {
    let text = fs::read_to_string(letter).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").expect("a head and a body");
    assert!(!head.replace("\r\n", "").contains(['\r', '\n']), "a line end that is none: {head:?}");
    head.split("\r\n").map(str::to_owned).collect()
}

#[test]
fn nothing_typed_adds_a_header_to_a_letter() {
    let place = Place::with_people();
    let invited = ["invite", "jo@ashmere.example", "--name", "Jo", "--role", "operator", "--organisation", "ashmere"];
    let told = place.run(&[&invited[..], &["--json"]].concat()).with(0).json();
    let link = told["link"].as_str().unwrap();
    let link = link[link.find("/invitations/").unwrap()..].to_owned();
    let serving = place.serve(&["serve"]);
    let mut operator = Browser::new(&serving.address);
    assert_eq!(operator.post(&link, &[]).status, 303);
    let splits = ["\r\nBcc: evil.example", "\nBcc: evil.example", "\rBcc: evil.example\r\n\r\nHello", "\u{2028}Bcc: x"];
    for (sent, split) in splits.into_iter().enumerate() {
        // The organisation's and the operator's own names stand in what is sent, and so does whom one writes to.
        let name = format!("Ashmere{split}");
        operator.post("/account/name", &[("name", &name)]);
        operator.post("/operator/organisations/ashmere", &[("name", &name)]);
        for person in [format!("a{sent}@ashmere.example Sam{split}"), format!("b{sent}@ashmere.example{split} Sam")] {
            let seen =
                operator.post("/organisations/ashmere/people/invite", &[("people", &person), ("role", "member")]);
            assert!(seen.status < 500, "{seen:?}");
        }
        let address = format!("estate.editor@ashmere.example{split}");
        assert_ne!(operator.post("/account/email", &[("email", &address)]).status, 303, "{address:?}");
        assert_eq!(
            Browser::new(&serving.address).post("/sign-in", &[("email", "estate.editor@ashmere.example")]).status,
            303
        );
    }
    serving.stop().with(0);
    let letters: Vec<_> =
        fs::read_dir(Path::new(&place.data()).join("outbox")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(letters.len() >= 4, "{letters:?}");
    for letter in &letters {
        for line in head(letter) {
            let (name, value) = line.split_once(':').unwrap_or(("", &line));
            let known = [
                "",
                "From",
                "To",
                "Subject",
                "Date",
                "Message-ID",
                "Auto-Submitted",
                "MIME-Version",
                "Content-Type",
                "Content-Transfer-Encoding",
                "List-Unsubscribe",
            ];
            assert!(known.contains(&name) || line.starts_with([' ', '\t']), "{line:?} in {}", letter.display());
            if name == "To" {
                assert!(value.trim().ends_with("@ashmere.example"), "{line}");
            }
        }
    }
}
