//! Sessions: planted, stolen, kept too long, taken for something else.

use store::{Transaction, values};

use super::{Answer, Demonstration, Somebody, id_of, secret};

/// The name of the cookie over plain HTTP.
const COOKIE: &str = "commonhold";
const HOUR: i64 = 60 * 60 * 1_000_000;

/// Whether a request that carries this is somebody's.
fn is_somebodys(demonstration: &Demonstration, headers: &[(&str, &str)]) -> bool {
    let seen = demonstration.wire.ask("GET", "/account.json", headers, b"");
    match seen.status {
        200 => true,
        401 => false,
        status => panic!("{headers:?}: {status} {}", seen.text()),
    }
}

fn good(demonstration: &Demonstration, cookie: &str) -> bool {
    is_somebodys(demonstration, &[("Cookie", cookie)])
}

/// The cookie that an answer sets, and that it is as closed as it can be.
fn given(seen: &Answer) -> String {
    assert_eq!(seen.status, 303, "{}", seen.text());
    let set = seen.all("set-cookie");
    assert_eq!(set.len(), 1, "{set:?}");
    let (cookie, attributes) = set[0].split_once("; ").unwrap();
    let mut attributes: Vec<&str> = attributes.split("; ").collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["HttpOnly", "Max-Age=604800", "Path=/", "SameSite=Lax"], "and no domain");
    assert_eq!(seen.header("cache-control"), "private, no-store");
    let token = cookie.strip_prefix(COOKIE).and_then(|rest| rest.strip_prefix('=')).unwrap();
    assert!(token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    cookie.to_owned()
}

/// Asks for a link and uses it, in a browser that has this cookie.
fn signs_in(demonstration: &Demonstration, email: &str, has: &str) -> String {
    let own = format!("http://{}", demonstration.wire.host);
    let form = [("Origin", own.as_str()), ("Content-Type", "application/x-www-form-urlencoded"), ("Cookie", has)];
    let asked = demonstration.wire.ask("POST", "/sign-in", &form, format!("email={email}").as_bytes());
    assert_eq!((asked.status, asked.header("location")), (303, "/sign-in/sent"));
    assert!(asked.all("set-cookie").is_empty(), "asking alone makes no session");
    let link = secret(&demonstration.visitor(), "/sign-in/");
    let opened = demonstration.wire.ask("GET", &link, &[("Cookie", has)], b"");
    assert_eq!((opened.status, opened.all("set-cookie").len()), (200, 0));
    let cookie = given(&demonstration.wire.ask("POST", &link, &form, b""));
    assert_eq!(demonstration.wire.ask("POST", &link, &form, b"").status, 410, "a link works once");
    cookie
}

#[test]
fn a_session_is_its_owners_for_as_long_as_it_should() {
    let mut demonstration = Demonstration::start();
    planted(&demonstration);
    mistaken(&demonstration);
    ended(&demonstration);
    rights_that_went(&demonstration);
    let (idle, old, young) = aged(&mut demonstration);
    assert!(!good(&demonstration, &idle), "12 hours without a request");
    assert!(!good(&demonstration, &old), "seven days in any case");
    assert!(good(&demonstration, &young), "a little less than either");
    demonstration.stop();
}

/// What somebody else put into the browser is not taken over at sign-in, by whichever way.
fn planted(demonstration: &Demonstration) {
    let attacker = demonstration.somebody("Member of staff at");
    let invented = format!("{COOKIE}={}", "ab".repeat(32));
    for planted in [invented, attacker.browser.cookie().unwrap().to_owned()] {
        let cookie = signs_in(demonstration, "estate.editor@ashmere.example", &planted);
        assert_ne!(cookie, planted);
        assert!(good(demonstration, &cookie));
        assert!(!good(demonstration, &planted), "the planted one is worth nothing");
    }
    // By choosing whom to be, too; and signing in a second time ends the first.
    let mut somebody = demonstration.somebody("Editor at Brackford");
    let first = somebody.browser.cookie().unwrap().to_owned();
    somebody.browser.become_somebody("Editor at Brackford");
    let second = somebody.browser.cookie().unwrap().to_owned();
    assert_ne!(first, second);
    assert!(!good(demonstration, &first) && good(demonstration, &second));
    // The secret stands in no page and no file of its owner's.
    let token = second.split_once('=').unwrap().1;
    for path in ["/account", "/account.json", "/account/export.json", "/account/sign-in", "/account/tokens", "/"] {
        let seen = somebody.get(path);
        assert_eq!(seen.status, 200, "{path}");
        assert!(!seen.text().contains(token), "{path} shows the session's secret");
    }
}

/// A session is no token, a token no session, and neither stands anywhere else.
fn mistaken(demonstration: &Demonstration) {
    let editor = demonstration.somebody("Editor at Ashmere");
    let token = token(&editor, "ashmere", "edit");
    let cookie = editor.browser.cookie().unwrap();
    let session = cookie.split_once('=').unwrap().1;
    assert!(good(demonstration, cookie));
    for other in [
        format!("{COOKIE}={token}"),
        format!("__Host-{COOKIE}={session}"),
        format!("{COOKIE}-away={session}"),
        format!("Commonhold={session}"),
        format!("{COOKIE}=\"{session}\""),
        format!("{COOKIE}={}", session.to_uppercase()),
        format!("{COOKIE}={session}%00"),
        format!("{COOKIE}=; {COOKIE}={session}"),
        format!("{COOKIE}={}; {COOKIE}={session}", "0".repeat(64)),
    ] {
        assert!(!good(demonstration, &other), "{other}");
    }
    let systems = "/organisations/ashmere/imports.json";
    let ask = |headers: &[(&str, &str)], target: &str| demonstration.wire.ask("GET", target, headers, b"").status;
    let bearer = |secret: &str| format!("Bearer {secret}");
    assert_eq!(ask(&[("Authorization", &bearer(&token))], systems), 200);
    for (header, value) in [
        ("Authorization", bearer(session)),
        ("Authorization", bearer("")),
        ("Authorization", bearer(&token[..token.len() - 1])),
        ("Authorization", bearer(&token.to_uppercase())),
        ("Authorization", format!("Bearer {token} {token}")),
    ] {
        assert_eq!(ask(&[(header, &value)], systems), 401, "{header}: {value}");
        // A good cookie beside it does not help: a request with a token has no session.
        assert_eq!(ask(&[(header, &value), ("Cookie", cookie)], systems), 401, "{header}: {value} and a cookie");
    }
    for (header, value) in [
        ("Authorization", format!("Basic {token}")),
        ("Authorization", token.clone()),
        ("X-Api-Key", token.clone()),
        ("X-Forwarded-User", "estate.editor@ashmere.example".to_owned()),
        ("X-Remote-User", "estate.editor@ashmere.example".to_owned()),
        ("X-Original-URL", systems.to_owned()),
        ("X-Rewrite-URL", systems.to_owned()),
    ] {
        assert_eq!(ask(&[(header, &value)], systems), 404, "{header}: {value}");
    }
    for name in ["token", "access_token", "session", COOKIE] {
        assert_eq!(ask(&[], &format!("{systems}?{name}={token}")), 400, "no secret is read from an address");
    }
    // A token opens none of the pages that are a person's own, and makes no session.
    for path in ["/account.json", "/account/tokens.json", "/see-as.json", "/organisations/ashmere/people.json"] {
        let seen = demonstration.wire.ask("GET", path, &[("Authorization", &bearer(&token))], b"");
        assert!([401, 403, 404].contains(&seen.status), "{path}: {}", seen.status);
        assert!(seen.all("set-cookie").is_empty());
    }
}

/// Whoever signs out is signed out here, not only in the browser.
fn ended(demonstration: &Demonstration) {
    let (one, other) = (demonstration.somebody("Steward at Ashmere"), demonstration.somebody("Steward at Ashmere"));
    let cookie = |whose: &Somebody| whose.browser.cookie().unwrap().to_owned();
    let (first, second) = (cookie(&one), cookie(&other));
    let left = one.post("/sign-out", "");
    assert_eq!((left.status, left.header("location")), (303, "/"));
    let cleared = left.all("set-cookie");
    assert!(cleared.len() == 1 && cleared[0].starts_with(&format!("{COOKIE}=;")), "{cleared:?}");
    assert!(cleared[0].contains("Max-Age=0"), "{cleared:?}");
    assert!(!good(demonstration, &first), "replayed after signing out");
    assert!(good(demonstration, &second), "on another computer they are still signed in");
    let third = demonstration.somebody("Steward at Ashmere");
    assert_eq!(other.post("/account/sign-out-elsewhere", "").status, 303);
    assert!(!good(demonstration, &cookie(&third)) && good(demonstration, &second));
}

/// A role that was lowered and an account that was disabled hold from the next request on, for sessions and tokens.
fn rights_that_went(demonstration: &Demonstration) {
    let (steward, editor) = (demonstration.somebody("Steward at Elmsey"), demonstration.somebody("Editor at Elmsey"));
    let operator = demonstration.somebody("Operator at Colne");
    let token = token(&editor, "elmsey", "edit");
    let own = "/organisations/elmsey/imports.json";
    let with_token = |target: &str| {
        let bearer = format!("Bearer {token}");
        demonstration.wire.ask("GET", target, &[("Authorization", bearer.as_str())], b"").status
    };
    assert_eq!((editor.get(own).status, with_token(own)), (200, 200));
    let person = id_of(&operator, "estate.editor@elmsey.example");
    let at = format!("/organisations/elmsey/people/{person}");
    assert_eq!(steward.post(&at, "role=member&was=editor").status, 303);
    assert_eq!((editor.get(own).status, with_token(own)), (403, 403), "from the next request on");
    assert_eq!(steward.post(&at, "role=editor&was=member").status, 303);
    assert_eq!((editor.get(own).status, with_token(own)), (200, 200));

    let cookie = editor.browser.cookie().unwrap();
    assert_eq!(operator.post(&format!("/operator/people/{person}/disable"), "").status, 303);
    assert!(!good(demonstration, cookie), "disabled at once");
    assert_eq!(with_token(own), 401);
    // Nobody becomes them by a link either, and the answer does not say why.
    let asked = demonstration.visitor().post("/sign-in", "email=estate.editor@elmsey.example");
    assert_eq!((asked.status, asked.header("location")), (303, "/sign-in/sent"));
    assert!(!demonstration.visitor().get("/outbox.json").text().contains("estate.editor@elmsey.example"));
    assert_eq!(operator.post(&format!("/operator/people/{person}/enable"), "").status, 303);
    assert!(!good(demonstration, cookie), "a session that ended does not come back with the account");
}

/// Sessions that were not used for long, that are old, and that are nearly either.
fn aged(demonstration: &mut Demonstration) -> (String, String, String) {
    let somebody = |label| demonstration.somebody(label).browser.cookie().unwrap().to_owned();
    let (idle, old, young) =
        (somebody("Editor at Colne"), somebody("Editor at Dunmoor"), somebody("Editor at Garsdown"));
    demonstration.change(|tx| {
        for (email, unused, age) in [
            ("estate.editor@colne.example", 12 * HOUR + 1_000_000, 12 * HOUR + 1_000_000),
            ("estate.editor@dunmoor.example", 0, 7 * 24 * HOUR + 1_000_000),
            ("estate.editor@garsdown.example", 11 * HOUR, 7 * 24 * HOUR - HOUR),
        ] {
            set_back(tx, email, unused, age)?;
        }
        Ok(())
    });
    (idle, old, young)
}

/// The sessions of this person were last used and began so much earlier.
fn set_back(tx: &mut Transaction<'_>, email: &str, unused: i64, age: i64) -> Result<(), store::Error> {
    let changed = tx.execute(
        "UPDATE session SET seen_at = seen_at - $2, made_at = made_at - $3 \
         WHERE person = (SELECT id FROM person WHERE email = $1)",
        &values![email, unused, age],
    )?;
    assert_eq!(changed, 1, "{email}");
    Ok(())
}

/// A token of somebody who acts for this organisation.
fn token(whose: &Somebody, organisation: &str, scope: &str) -> String {
    let made = whose.post("/account/tokens", &format!("name=Trial&scope={scope}&organisation={organisation}&days=7"));
    super::token_in(&made.text())
}
