//! What addresses answer, compared with what the API's description says: `answers.json` holds the shape of every answer and
//! one of each, shortened. An answer that does not fit fails the test, and so does a member that nothing answers any more.
//!
//! `UPDATE_ANSWERS=1 cargo test -p server --test it -- answers` writes down what is new. It never narrows a shape that was
//! widened by hand.

mod shape;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::{fs, path::PathBuf};

use serde_json::{Map, Value, json};
use tempfile::tempdir;
use web::Access;

use crate::addresses::endpoints;
use crate::browser::{Browser, links};
use crate::program::Serving;
use shape::{differences, fits_shape, members, merged, shape, shortened};
use walk::{FORMATS, Walk};

/// Addresses that nobody comes to here: their answers are described as whatever object.
const UNSEEN: &[&str] = &[
    "/account/email/{token}",
    "/account/sign-in/passkeys/{id}/remove",
    "/organisations/{id}/imports/{import}/mapping",
    "/organisations/{id}/imports/{import}/preview",
    "/organisations/{id}/offers/new",
    "/organisations/{id}/offers/{offer}",
    "/organisations/{id}/people/{person}/undo",
    "/shared-list/offers/{id}",
    "/shared-list/published/{id}/withdraw",
    "/sign-in/with/{provider}",
    "/sign-in/with/{provider}/answer",
];
/// Writes that answer with a page when they are done, and that nobody does here: parts of a ceremony in a browser, letters'
/// links, what cannot be taken back, and what the demonstration has no use for.
const UNWRITTEN: &[&str] = &[
    "/account/confirm",
    "/account/email/{token}",
    "/account/erase",
    "/account/sign-in/add",
    "/account/sign-in/passkeys/new",
    "/invitations/{token}",
    "/organisations/{id}/offers/new",
    "/sign-in/passkey",
    "/sign-in/{token}",
];
/// Writes that answer with the page of another address, so with its shape: one answer says little of it.
const SHOWN_AS: &[(&str, &str)] = &[
    ("/contracts/{id}/edit", "/contracts/{id}"),
    ("/contracts/{id}/systems", "/contracts/{id}/systems"),
    ("/organisations/{id}/systems", "/organisations/{id}/systems"),
    ("/organisations/{id}/systems/new", "/systems/{id}"),
    ("/systems/{id}/contract", "/systems/{id}"),
    ("/systems/{id}/edit", "/systems/{id}"),
    ("/systems/{id}/restore", "/systems/{id}"),
    ("/systems/{id}/retire", "/systems/{id}"),
];

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("answers.json")
}

/// Does what an editor's program does, and gives what each address answered.
fn write(editor: &Browser) -> BTreeMap<&'static str, (u16, Value)> {
    let mut answered = BTreeMap::new();
    let mut send = |pattern: &'static str, address: &str, fields: Value| {
        let seen = editor.post_json(&format!("{address}.json"), &fields);
        assert!([200, 201].contains(&seen.status), "{pattern} answers {}: {}", seen.status, seen.body);
        let answer: Value = serde_json::from_str(&seen.body).unwrap();
        answered.insert(pattern, (seen.status, answer));
        seen.location
    };
    let ours = "/organisations/ashmere";
    let made = send("/organisations/{id}/systems/new", &format!("{ours}/systems/new"), json!({"name": "Trial"}));
    let system = made.unwrap();
    let id = system.rsplit('/').next().unwrap().to_owned();
    send("/systems/{id}/edit", &format!("{system}/edit"), json!({"version": "9.1"}));
    send("/systems/{id}/retire", &format!("{system}/retire"), json!({}));
    send("/systems/{id}/restore", &format!("{system}/restore"), json!({}));
    send("/organisations/{id}/systems", &format!("{ours}/systems"), json!({"tick": [id]}));
    let many = json!({"tick": [id], "field": "hosting", "value": "Ours", "apply": "yes"});
    send("/organisations/{id}/systems/change", &format!("{ours}/systems/change"), many);
    let list: Value = serde_json::from_str(&editor.get(&format!("{ours}/contracts.json")).body).unwrap();
    let contract = list["contracts"][0]["id"].as_str().unwrap().to_owned();
    send("/contracts/{id}/edit", &format!("/contracts/{contract}/edit"), json!({"contract_title": "Trial"}));
    send("/systems/{id}/contract", &format!("{system}/contract"), json!({"covered_by": contract}));
    send("/contracts/{id}/systems", &format!("/contracts/{contract}/systems"), json!({"system": [id]}));
    send("/contracts/follow", "/contracts/follow", json!({"sees": "members"}));
    let fields = json!({"name": "Another", "scope": "read", "organisation": "ashmere", "days": 7});
    send("/account/tokens", "/account/tokens", fields);
    answered
}

/// The place of the visitor among those who ask.
const VISITOR: usize = 0;

/// A token of somebody who acts for this organisation.
fn token(whose: &mut Browser, organisation: &str, scope: &str) -> String {
    let fields = [("name", "Trial"), ("scope", scope), ("organisation", organisation), ("days", "7")];
    let made = whose.post("/account/tokens", &fields).body;
    let at = made.find("commonhold_").unwrap_or_else(|| panic!("no token for {organisation}: {made}"));
    made[at..].split(|other: char| !other.is_ascii_alphanumeric() && other != '_').next().unwrap().to_owned()
}

/// Where the description says something else of who may ask than what visitors and tokens are answered.
fn who_is_answered(walk: &Walk<'_>, visitor: &Browser, tokens: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut asked = [0; 2];
    for endpoint in walk.endpoints.iter().filter(|endpoint| endpoint.method == "GET") {
        let (Access::Token(who) | Access::Browser(who)) = endpoint.access else { continue };
        let answered = walk.found.get(endpoint.path).map(|found| found.answered.as_slice()).unwrap_or_default();
        for (whose, address) in answered.iter().filter(|(whose, _)| *whose != VISITOR).take(3) {
            asked[0] += 1;
            let (status, with_token) = (visitor.get(address).status, visitor.get_with(address, &tokens[*whose]).status);
            if !matches!(status, 401 | 403 | 404) {
                faults.push(format!("{address} is for {who}, and answers {status} to a visitor"));
            }
            match endpoint.access {
                Access::Token(_) if with_token != 200 => {
                    faults.push(format!("{address} is for tokens too, and answers {with_token} to that of {whose}"));
                }
                Access::Browser(_) if !matches!(with_token, 401 | 403 | 404) => {
                    faults.push(format!("{address} is for browsers, and answers {with_token} to a token of {whose}"));
                }
                _ => {}
            }
        }
        for (_, address) in answered.iter().filter(|(whose, _)| *whose == VISITOR).take(1) {
            faults.push(format!("{address} is for {who}, and a visitor was answered"));
        }
    }
    // Writes that have the address of a page: a visitor who says that they come from this site is refused all the same, and
    // a token where only browsers are let in. It comes last: some of them are done.
    for endpoint in walk.endpoints.iter().filter(|endpoint| endpoint.method == "POST") {
        let (Access::Token(who) | Access::Browser(who)) = endpoint.access else { continue };
        let answered = walk.found.get(endpoint.path).map(|found| found.answered.as_slice()).unwrap_or_default();
        for (whose, address) in answered.iter().filter(|(whose, _)| *whose != VISITOR).take(1) {
            asked[1] += 1;
            let address = address.split('?').next().unwrap();
            let status = Browser::new(visitor.address()).post(address, &[]).status;
            if !matches!(status, 401 | 403 | 404) {
                faults.push(format!("POST {address} is for {who}, and answers {status} to a visitor"));
            }
            let with_token = visitor.post_with(address, &tokens[*whose]).status;
            // Fields that name nothing may name what is missing.
            let wrong = match endpoint.access {
                Access::Token(_) => matches!(with_token, 401 | 403),
                _ => !matches!(with_token, 401 | 403 | 404),
            };
            if wrong {
                faults.push(format!("POST {address}, {:?}, answers {with_token} to a token", endpoint.access));
            }
        }
    }
    assert!(asked[0] > 50 && asked[1] > 10, "too few were asked to show anything: {asked:?}");
    faults
}

fn known() -> Map<String, Value> {
    serde_json::from_str(&fs::read_to_string(file()).unwrap()).unwrap()
}

#[test]
fn every_answer_is_as_the_description_says() {
    let folder = tempdir().unwrap();
    let demo = Serving::start(folder.path(), &["demo"]);
    let endpoints = endpoints();
    let mut walk = Walk {
        endpoints: &endpoints,
        found: BTreeMap::new(),
        who: VISITOR,
        odd_controls: BTreeSet::new(),
        controls: 0,
    };
    let visitor = Browser::new(&demo.address);
    let somebody = |label: &str| {
        let mut browser = Browser::new(&demo.address);
        browser.become_somebody(label);
        browser
    };
    let mut editor = somebody("Editor at Ashmere");
    let mut steward = somebody("Steward at Brackford");
    let (mut keeper, mut operator) = (somebody("Steward at Colneshire"), somebody("Operator at Colne"));
    let tokens = [
        String::new(),
        token(&mut editor, "ashmere", "edit"),
        token(&mut steward, "brackford", "edit"),
        token(&mut keeper, "colneshire-ca", "edit"),
        token(&mut operator, "colne", "read"),
    ];
    // What only comes to be by doing something.
    let compare = [("organisation", "ashmere"), ("organisation", "brackford"), ("name", "Ours"), ("visibility", "own")];
    let kept = editor.post("/comparisons", &compare).location.unwrap();
    steward
        .post("/organisations/brackford/people/invite", &[("people", "new@brackford.example New"), ("role", "member")]);
    let joins = [("organisation", "brackford"), ("reason", "I work for both")];
    let request = editor.post("/join", &joins).location.unwrap();
    let request = request.split('?').next().unwrap().to_owned();
    Browser::new(&demo.address).post("/sign-in", &[("email", "estate.editor@ashmere.example")]);
    let followed = editor.post_json("/contracts/follow.json", &json!({"sees": "members"})).body;
    let followed: Value = serde_json::from_str(&followed).unwrap();
    walk.follow(&visitor, "/");
    for kind in ["calendar", "atom"] {
        walk.ask(&visitor, followed["addresses"][kind].as_str().unwrap().strip_prefix(demo.address.as_str()).unwrap());
    }
    for query in
        ["q=housing", "q=revs", "q=nothing-like-it", "kind=system&q=", "kind=system&q=housing", "after=&before="]
    {
        walk.ask(&visitor, &format!("/search?{query}"));
    }
    for from in ["2026-01-01", "2020-01-01"] {
        walk.ask(&visitor, &format!("/organisations/brackford/differences?from={from}"));
    }
    walk.who = 1;
    for path in [
        "/sign-in/sent",
        "/sign-out/done",
        "/account/confirm",
        &request,
        "/comparisons/new?organisation=ashmere&organisation=brackford",
        "/openapi.json",
    ] {
        walk.ask(&editor, path);
    }
    for others in ["brackford", "brackford&organisation=colne", "brackford&show=different"] {
        walk.ask(&editor, &format!("/compare?organisation=ashmere&organisation={others}"));
    }
    let kept = kept.split('?').next().unwrap().to_owned();
    for below in ["", "/edit", "/delete"] {
        walk.ask(&editor, &format!("{kept}{below}"));
    }
    for path in ["/", "/account", "/worklist"] {
        walk.follow(&editor, path);
    }
    walk.sample(&editor, "/organisations/ashmere/systems.json", "systems", "/systems");
    walk.sample(&editor, "/contracts.json", "contracts", "/contracts");
    walk.sample(&editor, "/products.json", "products", "/products");
    walk.sample(&editor, "/elements.json", "layers", "/elements");
    walk.sample(&editor, "/organisations.json", "organisations", "/organisations");
    walk.who = 2;
    walk.follow(&steward, "/");
    walk.ask(&steward, &request.replace("/join/", "/organisations/brackford/requests/"));
    walk.who = 3;
    walk.follow(&keeper, "/shared-list");
    walk.follow(&keeper, "/organisations?kind=supplier");
    walk.who = 4;
    walk.follow(&operator, "/operator");
    walk.who = VISITOR;
    let letters = visitor.get("/outbox").body;
    let secret = |start: &str| {
        let at = letters.find(start).unwrap_or_else(|| panic!("no letter with {start}"));
        letters[at..].split(['"', '<', '\n', ' ', '&']).next().unwrap().to_owned()
    };
    for start in ["/sign-in/", "/invitations/"] {
        walk.ask(&visitor, &secret(start));
    }
    let written = write(&editor);
    let mut faults = who_is_answered(&walk, &visitor, &tokens);
    assert!(walk.controls > 500, "only {} controls were looked at", walk.controls);
    faults.extend(walk.odd_controls.iter().cloned());
    demo.stop().with(0);

    let mut file = known();
    let update = std::env::var_os("UPDATE_ANSWERS").is_some();
    let reads: BTreeSet<&str> =
        endpoints.iter().filter(|known| known.method == "GET").map(|known| known.path).collect();
    for path in &reads {
        let key = format!("GET {path}");
        let Some(found) =
            walk.found.get(path).filter(|found| found.led || found.file.is_some() || !found.formats.is_empty())
        else {
            if !UNSEEN.contains(path) {
                faults.push(format!("{key}: nobody came to it"));
            }
            continue;
        };
        if UNSEEN.contains(path) {
            faults.push(format!("{key} is among the unseen, and was seen"));
        }
        let entry = file.get(&key).cloned().unwrap_or_else(|| json!({}));
        let said = entry.get("schema").cloned().unwrap_or_else(|| json!({}));
        let mut now = Map::new();
        let formats: Vec<&str> = found.formats.iter().map(|place| FORMATS[*place]).collect();
        if !formats.is_empty() {
            now.insert("formats".to_owned(), json!(formats));
        }
        if let Some(file) = &found.file {
            now.insert("file".to_owned(), json!(file));
        }
        if formats.is_empty() && found.file.is_none() {
            now.insert("statuses".to_owned(), json!([303]));
        }
        if let Some(shape) = &found.shape {
            let whole = merged(&said, shape);
            if whole != said {
                faults.push(format!("{key} answers what its shape does not have: {}", differences(&said, &whole, "")));
            }
            let (mut there, mut seen) = (BTreeSet::new(), BTreeSet::new());
            members(&said, "", &mut there);
            members(shape, "", &mut seen);
            let gone: Vec<_> = there.difference(&seen).collect();
            if !gone.is_empty() {
                faults.push(format!("{key} answers no more: {gone:?}"));
            }
            now.insert("schema".to_owned(), if gone.is_empty() { whole.clone() } else { shape.clone() });
            let example = entry.get("example").filter(|example| fits_shape(example, &whole));
            if example.is_none() && entry.get("example").is_some() {
                faults.push(format!("{key}: its example is none any more"));
            }
            now.insert("example".to_owned(), example.or(found.example.as_ref()).cloned().unwrap_or_default());
        }
        for word in ["formats", "file", "statuses"] {
            if entry.get(word) != now.get(word) {
                faults.push(format!("{key}: {word} is {:?} and not {:?}", now.get(word), entry.get(word)));
            }
        }
        file.insert(key, Value::Object(now));
    }
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.method == "POST") {
        let shows = endpoint.done.iter().any(|status| *status != 303);
        let key = format!("POST {}", endpoint.path);
        match written.get(endpoint.path) {
            Some((status, answer)) => {
                if !endpoint.done.contains(status) {
                    faults.push(format!("{key} answers {status}, and declares {:?}", endpoint.done));
                }
                let said = file.get(&key).and_then(|entry| entry.get("schema")).cloned().unwrap_or_else(|| json!({}));
                let page =
                    SHOWN_AS.iter().find(|(path, _)| *path == endpoint.path).map(|(_, page)| format!("GET {page}"));
                let alike = page.and_then(|page| file.get(&page)?.get("schema").cloned()).unwrap_or_else(|| json!({}));
                let whole = merged(&merged(&said, &alike), &shape(answer));
                if whole != said {
                    let how = differences(&said, &whole, "");
                    faults.push(format!("{key} answers what its shape does not have: {how}"));
                }
                file.insert(key, json!({"schema": whole, "example": shortened(answer)}));
            }
            None if shows && !UNWRITTEN.contains(&endpoint.path) => {
                faults.push(format!("{key} answers with a page, and nobody sent anything"));
            }
            None if !shows && UNWRITTEN.contains(&endpoint.path) => {
                faults.push(format!("{key} is among the unwritten, and answers with no page"));
            }
            None => {}
        }
    }
    let addresses: BTreeSet<String> =
        endpoints.iter().map(|known| format!("{} {}", known.method, known.path)).collect();
    faults.extend(file.keys().filter(|key| !addresses.contains(*key)).map(|key| format!("{key} does not exist")));
    if update {
        file.retain(|key, _| addresses.contains(key));
        fs::write(self::file(), serde_json::to_string_pretty(&file).unwrap() + "\n").unwrap();
        return;
    }
    assert!(
        faults.is_empty(),
        "{} faults; UPDATE_ANSWERS=1 writes down what is new:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn every_name_has_a_meaning_and_every_address_says_who_may_write() {
    let mut faults = Vec::new();
    for endpoint in endpoints() {
        let names =
            endpoint.path_names().chain(endpoint.parameters.iter().copied()).chain(endpoint.fields.iter().copied());
        for name in names.filter(|name| endpoint.word(name).is_none()) {
            faults.push(format!("{} {}: what does {name} mean?", endpoint.method, endpoint.path));
        }
        if endpoint.method == "POST" && endpoint.access == Access::Anyone {
            faults.push(format!("POST {}: by whom?", endpoint.path));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_description_names_every_address_once_and_leads_to_a_page_of_each() {
    let folder = tempdir().unwrap();
    let demo = Serving::start(folder.path(), &["demo"]);
    let visitor = Browser::new(&demo.address);
    let document: Value = serde_json::from_str(&visitor.get("/openapi.json").body).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let (mut ids, mut described) = (BTreeSet::new(), BTreeSet::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
            described.insert((method.to_uppercase(), path.clone()));
            for (status, response) in operation["responses"].as_object().unwrap() {
                if let Some(reference) = response["$ref"].as_str() {
                    assert!(
                        document.pointer(reference.trim_start_matches('#')).is_some(),
                        "{id} {status}: {reference}"
                    );
                }
            }
        }
    }
    for endpoint in endpoints() {
        let known = described.iter().any(|(method, path)| {
            let bare = FORMATS.iter().find_map(|format| path.strip_suffix(&format!(".{format}"))).unwrap_or(path);
            method == endpoint.method && (bare == endpoint.path || path == endpoint.path)
        });
        assert!(known, "{} {} is not described", endpoint.method, endpoint.path);
    }
    let page = visitor.get("/openapi").body;
    let led: BTreeSet<String> = links(&page).into_iter().filter(|link| link.starts_with("/openapi/")).collect();
    assert!(led.len() > 100, "{led:?}");
    for link in &led {
        let page = visitor.get(link);
        assert_eq!(page.status, 200, "{link}");
        assert!(page.body.contains("urn:commonhold:problem:"), "{link} shows a problem");
    }
    assert_eq!(visitor.get("/openapi/get_nothing").status, 404);
    demo.stop().with(0);
}
