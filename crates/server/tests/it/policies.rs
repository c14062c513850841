//! What `/privacy` and `/cookies` declare is what the program does, and an operator's own texts stand in their place.

use std::collections::BTreeSet;
use std::fs;

use accounts::SignIn;
use serde_json::Value;
use server::Product;
use testing::provider::Provider;
use vocabulary::Clock;

use crate::addresses::{endpoints, pattern};
use crate::browser::{Browser, links};
use crate::place::Place;
use crate::program::{Serving, commonhold};

const PAGES: [&str; 4] = ["/privacy", "/cookies", "/accessibility", "/terms"];

fn data(browser: &Browser, path: &str) -> Value {
    let seen = browser.get(&format!("{path}.json"));
    assert_eq!(seen.status, 200, "{path}: {}", seen.body);
    serde_json::from_str(&seen.body).unwrap()
}

/// The row of what is kept whose first words are these: how long.
fn how_long(kept: &Value, begins: &str) -> String {
    let rows: Vec<&Value> = kept["kept"].as_array().unwrap().iter().collect();
    let found = rows.iter().find(|row| row["what"].as_str().unwrap().starts_with(begins));
    found.unwrap_or_else(|| panic!("nothing begins with \"{begins}\": {rows:?}"))["how_long"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn every_table_about_people_is_in_the_privacy_notice() {
    let store = testing::store(&server::migrations());
    let product = Product::new((*store).clone(), "https://commonhold.example");
    let told: BTreeSet<&str> = server::kept(&product).iter().flat_map(|kept| kept.tables).copied().collect();
    let whom = ledger::Whom {
        id: "0190a8f0-0000-7000-8000-000000000001".parse().unwrap(),
        email: Some("nobody@nowhere.example".to_owned()),
        name: "Nobody Here".to_owned(),
        organisations: vec![],
    };
    let held = store.read_blocking::<_, store::Error, _>(move |tx| {
        let mut places = BTreeSet::new();
        for subject in server::about_people() {
            places.extend(subject.held(tx, &whom)?.into_iter().map(|held| held.place));
        }
        Ok(places)
    });
    let held = held.unwrap();
    assert!(held.len() > 25, "{held:?}");
    let missing: Vec<_> = held.difference(&told).collect();
    assert!(missing.is_empty(), "say in kept.rs of the subject what for and how long: {missing:?}");
    for kept in server::kept(&product) {
        for text in [&kept.what, &kept.why, &kept.how_long] {
            assert!(!text.is_empty() && !text.contains(['{', '}']), "{kept:?}");
        }
    }
}

#[test]
fn the_privacy_notice_says_this_copys_periods() {
    let place = Place::new();
    let backups = place.folder().join("backups").display().to_string();
    let serving = place.serve(&[
        "serve",
        "--name",
        "Ashmere Borough Council",
        "--contact",
        "help@ashmere.example",
        "--keep-readings",
        "123",
        "--keep-jobs",
        "45",
        "--keep-uploads",
        "9",
        "--leave-after",
        "11",
        "--backup-to",
        &backups,
        "--backup-every",
        "6",
        "--backup-keep",
        "3,2,1",
        "--requests-a-minute",
        "1234",
    ]);
    let visitor = Browser::new(&serving.address);
    let told = data(&visitor, "/privacy");
    assert_eq!(
        (&told["run_by"], &told["contact"]),
        (&"Ashmere Borough Council".into(), &"help@ashmere.example".into())
    );
    assert_eq!((&told["own_text"], &told["updated"]), (&false.into(), &Value::Null));
    for (begins, said) in [
        ("Which estates you read", "123 days after"),
        ("Notes that work was done", "45 days after"),
        ("Files that you upload", "after 9 days when"),
        ("Everything of an organisation that leaves", "11 days after"),
        (
            "Backups of all of this",
            "taken every 6 hours. The newest of each of the last 3 days, 2 weeks and 1 month that have one stays",
        ),
        ("On how many browsers", "12 hours after the last request, 7 days at most"),
        (
            "What you have begun",
            "sign in 15 minutes, a link to a new address 1 hour, an account elsewhere 10 minutes, a passkey 5 minutes",
        ),
        ("Invitations", "works for 7 days; an invitation that nobody answered is removed 30 days after"),
        ("Your requests to act", "90 days after"),
        ("The API tokens", "365 days at most"),
        (
            "Messages to you that wait for the mail system",
            "a link to sign in 15 minutes, anything else 11 days at most",
        ),
    ] {
        let how_long = how_long(&told, begins);
        assert!(how_long.contains(said), "{begins}: {how_long}");
        assert!(visitor.get("/privacy").body.contains(said), "{said} on the page");
    }
    let page = visitor.get("/privacy").body;
    for said in
        ["(1,234 a minute)", "Ashmere Borough Council runs this copy", "mailto:help@ashmere.example", "ico.org.uk"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    for way in ["/account/export", "/account/erase", "/account/email", "/account/name"] {
        assert!(links(&page).iter().any(|link| link == way), "{way}");
    }
    let csv = visitor.get("/privacy.csv");
    assert!(csv.status == 200 && csv.body.contains("123 days after the day"), "{}", csv.body);
    assert!(visitor.get("/terms").body.contains("1,234 requests a minute"));
    assert!(visitor.get("/accessibility").body.contains(&format!("applies to {}.", serving.address)));
    serving.stop().with(0);

    // Another copy has other ones, and nobody has said who runs it.
    let place = Place::new();
    let serving = place.serve(&["serve"]);
    let visitor = Browser::new(&serving.address);
    let told = data(&visitor, "/privacy");
    assert!(how_long(&told, "Which estates you read").contains("365 days"), "{told}");
    assert!(how_long(&told, "Backups").contains("takes none by itself"), "{told}");
    assert_eq!((&told["run_by"], &told["contact"]), (&Value::Null, &Value::Null));
    for path in PAGES {
        let page = visitor.get(path);
        assert_eq!(page.status, 200, "{path}");
        assert!(page.body.contains("has not said here who they are"), "{path}: {}", page.body);
        assert!(page.body.contains("How to reach whoever runs this copy is not said here"), "{path}");
        for other in PAGES {
            assert!(links(&page.body).iter().any(|link| link == other), "{path} has no link to {other}");
        }
        assert_eq!(visitor.get(&format!("{path}?colour=red")).status, 400);
    }
    serving.stop().with(0);
}

#[test]
fn an_operators_own_text_stands_in_the_place_of_the_programs() {
    let place = Place::new();
    let folder = place.folder().join("texts");
    fs::create_dir(&folder).unwrap();
    let text = "---\nupdated: 2026-03-03\n---\n\n# Ashmere and your data\n\n{name} keeps little. Write to {contact}.\n\n\
                ## For how long\n\n{kept}\n\n## Cookies\n\n{cookies}\n";
    fs::write(folder.join("privacy.md"), text).unwrap();
    let texts = folder.display().to_string();
    let more = ["--name", "Ashmere", "--contact", "help@ashmere.example", "--keep-readings", "77"];
    let serving = place.serve(&[&["serve", "--texts", &texts][..], &more].concat());
    assert!(serving.said.contains("Texts of your own: privacy\n"), "{}", serving.said);
    let visitor = Browser::new(&serving.address);
    let page = visitor.get("/privacy").body;
    for said in [
        "<h1 class=\"govuk-heading-l\">Ashmere and your data</h1>",
        "Last updated 3 March 2026",
        "Ashmere keeps little.",
        "<a class=\"govuk-link\" href=\"mailto:help@ashmere.example\">",
        "77 days after the day",
        "commonhold</th>",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("Information Commissioner"), "nothing of the program's own text is left: {page}");
    let told = data(&visitor, "/privacy");
    assert_eq!((&told["own_text"], &told["updated"]), (&true.into(), &"2026-03-03".into()));
    assert!(told["markdown"].as_str().unwrap().starts_with("# Ashmere and your data\n"), "{told}");
    assert!(how_long(&told, "Which estates you read").contains("77 days"));
    assert_eq!(data(&visitor, "/terms")["own_text"], false);
    serving.stop().with(0);

    // The demonstration shows them too.
    fs::write(folder.join("privacy.md"), text.replace(" Write to {contact}.", "")).unwrap();
    let serving = Serving::start(place.folder(), &["demo", "--texts", &texts, "--json"]);
    let page = Browser::new(&serving.address).get("/privacy").body;
    assert!(page.contains("Councils of Colneshire keeps little."), "{page}");
    serving.stop().with(0);
}

#[test]
fn a_text_that_cannot_be_shown_stops_the_start_with_its_place() {
    let place = Place::new();
    let folder = place.folder().join("texts");
    fs::create_dir(&folder).unwrap();
    let texts = folder.display().to_string();
    let refused =
        |code: i32| place.run(&["serve", "--listen", "127.0.0.1:0", "--texts", &texts, "--json"]).with(code).error();
    let begins = "---\nupdated: 2026-03-03\n---\n";
    fs::write(folder.join("terms.md"), format!("{begins}\nFine.\n\n<script>alert(1)</script>\n")).unwrap();
    fs::write(folder.join("cookies.md"), format!("{begins}\n[more](javascript:alert(1))\n\nAsk {{contact}}.\n"))
        .unwrap();
    let error = refused(2);
    assert!(error["message"].as_str().unwrap().ends_with("have 3 problems."), "{error}");
    assert!(error["next"].as_str().unwrap().contains("docs/operate/texts.md"), "{error}");
    let places: Vec<(&str, u64, &str)> = error["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| {
            let text = |key: &str| problem[key].as_str().unwrap();
            (text("file"), problem["line"].as_u64().unwrap(), text("message"))
        })
        .collect();
    assert_eq!(
        places.iter().map(|(file, line, _)| (*file, *line)).collect::<Vec<_>>(),
        [("cookies.md", 5), ("cookies.md", 7), ("terms.md", 7),]
    );
    assert!(places[0].2.contains("\"javascript:alert(1)\" is not taken; links begin with https://"), "{places:?}");
    assert!(places[1].2.contains("start with --contact"), "{places:?}");
    assert!(places[2].2.starts_with("Raw HTML is not taken: \"<script>alert(1)</script>\""), "{places:?}");
    // For people each stands on its own line.
    let ended = place.run(&["serve", "--listen", "127.0.0.1:0", "--texts", &texts]).with(2);
    assert!(ended.stderr.contains("\n  terms.md, line 7: Raw HTML"), "{}", ended.stderr);

    fs::write(folder.join("privcy.md"), "x").unwrap();
    let error = refused(2);
    assert!(error["message"].as_str().unwrap().contains("privcy.md is no page's text"), "{error}");
    let nowhere = ["serve", "--listen", "127.0.0.1:0", "--texts", "nowhere", "--json"];
    let error = place.run(&nowhere).with(3).error();
    assert!(error["message"].as_str().unwrap().contains("nowhere cannot be read"), "{error}");
    let demonstration = ["demo", "--listen", "127.0.0.1:0", "--texts", "nowhere", "--json"];
    commonhold(place.folder(), &demonstration).with(3);
}

/// Holds every cookie that came against what `/cookies` declares.
fn hold_against_what_is_declared(browser: &Browser) -> BTreeSet<String> {
    let told = data(browser, "/cookies");
    let declared = told["cookies"].as_array().unwrap();
    let mut names = BTreeSet::new();
    for (path, header) in browser.given() {
        let (name, _) = header.split_once('=').unwrap();
        let cookie = declared.iter().find(|cookie| cookie["name"] == name);
        let cookie = cookie.unwrap_or_else(|| panic!("{path} set {header}, which /cookies does not tell: {told}"));
        let mut attributes: BTreeSet<&str> = header.split("; ").skip(1).collect();
        let lasts = format!("Max-Age={}", cookie["seconds"]);
        let expected = [
            format!("Path={}", cookie["path"].as_str().unwrap()),
            format!("SameSite={}", cookie["same_site"].as_str().unwrap()),
        ];
        for expected in &expected {
            assert!(attributes.remove(expected.as_str()), "{path}: {header} has no {expected}");
        }
        // One that is taken away lasts no longer.
        assert!(
            attributes.remove(lasts.as_str()) || attributes.remove("Max-Age=0"),
            "{path}: {header} does not last as told"
        );
        for (attribute, said) in [("HttpOnly", "http_only"), ("Secure", "secure")] {
            assert_eq!(attributes.remove(attribute), cookie[said] == true, "{attribute} of {header}");
        }
        assert!(attributes.is_empty(), "{path}: {header} has more than is told: {attributes:?}");
        names.insert(name.to_owned());
    }
    names
}

#[test]
fn only_declared_cookies_are_ever_set_and_none_for_whoever_only_reads() {
    let place = Place::new();
    let serving = Serving::start(place.folder(), &["demo", "--json"]);
    let known = endpoints();
    let kind = |path: &str| pattern("GET", path, &known).unwrap_or_default().to_owned();
    let visitor = Browser::new(&serving.address);
    let read = visitor.follow_links("/", 1, kind);
    assert!(read.len() > 25, "only {} pages were read", read.len());
    assert_eq!(visitor.given(), [], "whoever only reads gets no cookie");
    assert_eq!(data(&visitor, "/cookies")["cookies"].as_array().unwrap().len(), 1, "127.0.0.1 has no passkeys");

    for who in [
        "Member of staff at Dunmoor",
        "Editor at Ashmere",
        "Steward at Brackford",
        "Auditor at Ashmere",
        "Operator at Colne",
    ] {
        let mut somebody = Browser::new(&serving.address);
        somebody.become_somebody(who);
        let read = somebody.follow_links("/", 1, kind);
        assert!(read.len() > 20, "{who} read only {} pages", read.len());
        somebody.post("/see-as", &[("as", "public"), ("next", "/")]);
        somebody.post("/see-as/stop", &[("next", "/")]);
        somebody.post("/account/sign-out-elsewhere", &[]);
        somebody.post("/sign-in", &[("email", "estate.editor@ashmere.example")]);
        assert_eq!(somebody.post("/sign-out", &[]).status, 303);
        assert_eq!(hold_against_what_is_declared(&somebody), BTreeSet::from(["commonhold".to_owned()]), "{who}");
        assert!(somebody.given().len() >= 2, "one on coming, one on going: {:?}", somebody.given());
    }
    serving.stop().with(0);
}

#[test]
fn a_cookie_for_going_elsewhere_is_declared_where_one_can() {
    let place = Place::with_people();
    let provider = Provider::start(&Clock::System);
    let file = place.file(
        "sign-in.toml",
        format!(
            "[[provider]]\nid = \"ashmere\"\nlabel = \"Ashmere Borough Council\"\nissuer = \"{}\"\nclient_id = \"c\"\n\
         authentication = \"client_secret_post\"\nsecret_file = \"secret\"\n",
            provider.issuer()
        ),
    );
    place.file("secret", "s3cret\n");
    let serving = place.serve(&["serve", "--json", "--sign-in", &file, "--address", "http://localhost:8080"]);
    let told: Value = serde_json::from_str(&serving.said).unwrap();
    let mut visitor = Browser::new(told["listening"].as_str().unwrap());
    assert_eq!(visitor.get("/sign-in").status, 200);
    assert_eq!(visitor.given(), []);
    assert_eq!(visitor.get("/sign-in/with/ashmere").status, 303);
    assert_eq!(visitor.post("/sign-in/passkey", &[("next", "/")]).status, 200);
    assert_eq!(hold_against_what_is_declared(&visitor), BTreeSet::from(["commonhold-away".to_owned()]));
    let page = visitor.get("/cookies").body;
    assert!(page.contains("2 cookies can be set") && page.contains("10 minutes, or until you are signed in"), "{page}");
    assert!(visitor.get("/privacy").body.contains("If you sign in with Ashmere Borough Council, they learn"));
    serving.stop().with(0);

    // Over HTTPS the names are others, and so they are told.
    let store = testing::store(&server::migrations());
    let secure = Product { sign_in: SignIn::default(), ..Product::new((*store).clone(), "https://commonhold.example") };
    let shell = web::Shell::new(secure.site(), &secure.templates()).unwrap();
    drop(shell);
    let request = axum::http::Request::get("/cookies.json").body(axum::body::Body::empty()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        let answer = tower::ServiceExt::oneshot(server::app(&secure).unwrap(), request).await.unwrap();
        axum::body::to_bytes(answer.into_body(), 1_000_000).await.unwrap()
    });
    let told: Value = serde_json::from_slice(&answer).unwrap();
    let names: Vec<&str> =
        told["cookies"].as_array().unwrap().iter().map(|cookie| cookie["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["__Host-commonhold", "__Host-commonhold-away"]);
    assert!(told["cookies"].as_array().unwrap().iter().all(|cookie| cookie["secure"] == true), "{told}");
}
