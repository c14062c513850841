//! One's own account: name, address, sessions, what is held, erasing; and what must not be.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use jiff::SignedDuration;
use serde_json::Value;
use store::values;
use vocabulary::Role;

use crate::world::{BOTH, Browser, EDITOR, MEMBER, World};

const NEW: &str = "priya.new@ashmere.example";

#[tokio::test]
async fn a_name_is_changed_and_cannot_be_anything() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    let changed = browser.post("/account/name", &[("name", "  Priya   Shah ")]).await;
    assert_eq!((changed.status, changed.location()), (StatusCode::SEE_OTHER, "/account?done=name"));
    assert!(browser.get("/account?done=name").await.body.contains("Priya Shah, Editor at Ashmere"));
    for bad in ["", " ", "<b>", "x@y.example", "www.evil.example", "a\u{202e}b", "a\r\nBcc: b", &"a".repeat(101)] {
        let refused = browser.post("/account/name", &[("name", bad)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad:?}");
    }
    assert!(browser.get("/account").await.body.contains("Priya Shah"));
}

#[tokio::test]
async fn without_a_session_one_is_asked_to_sign_in_and_nothing_is_done() {
    let world = World::new();
    let mut visitor = world.browser();
    for address in ["/account/name", "/account/email", "/account/export", "/account/erase"] {
        let page = visitor.get(address).await;
        assert_eq!(
            (page.status, page.location()),
            (StatusCode::SEE_OTHER, format!("/sign-in?next={}", address.replace('/', "%2F")).as_str())
        );
    }
    for (address, field) in [("/account/name", "name"), ("/account/email", "email"), ("/account/erase", "confirm")] {
        let posted = visitor.post(address, &[(field, "erase")]).await;
        assert_eq!(posted.location(), format!("/sign-in?next={}", address.replace('/', "%2F")));
    }
    assert!(visitor.post("/account/sign-out-elsewhere", &[]).await.location().starts_with("/sign-in"));
    assert_eq!(world.count("SELECT COUNT(*) FROM person WHERE erased_at IS NOT NULL", &[]), 0);
}

#[tokio::test]
async fn an_address_is_changed_by_a_link_to_the_new_one_and_the_old_one_is_told() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    let asked = browser.post("/account/email", &[("email", " Priya.New@Ashmere.EXAMPLE ")]).await;
    assert_eq!(asked.location(), "/account?done=asked");
    let link = world.link_to("/account/email/");
    let to = "SELECT COUNT(*) FROM outbox WHERE recipient = $1";
    assert_eq!(world.count(to, &values![NEW]), 1);
    // Nothing is changed until the button is pressed, on whichever browser.
    for _ in 0..2 {
        assert!(browser.get(&link).await.body.contains("Use this address"));
    }
    world.browser().post("/sign-in", &[("email", EDITOR)]).await;
    let old_link = world.link();
    let pressed = world.browser().post(&link, &[]).await;
    assert_eq!((pressed.status, pressed.location()), (StatusCode::SEE_OTHER, "/account?done=email"));
    assert!(world.messages()[0].contains("this one signs in no longer"), "{}", world.messages()[0]);
    assert_eq!(world.count(to, &values![EDITOR]), 3, "two sign-in links and the notice");
    assert!(browser.get("/account").await.body.contains(NEW), "the session goes on");
    assert_eq!(world.browser().post(&old_link, &[]).await.status, StatusCode::GONE, "a link to the old address");
    for over in [&link, &link.replace("/account/email/", "/sign-in/")] {
        assert_eq!(world.browser().get(over).await.status, StatusCode::GONE);
        assert_eq!(world.browser().post(over, &[]).await.status, StatusCode::GONE);
    }
    assert_eq!(world.signed_in(NEW).await.who().await, "ashmere/editor");
    let before = world.messages().len();
    world.browser().post("/sign-in", &[("email", EDITOR)]).await;
    assert_eq!(world.messages().len(), before, "the old address is a stranger's");
}

#[tokio::test]
async fn an_address_that_somebody_has_is_not_told_and_not_taken() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    let answer = |answer: crate::world::Answered| {
        let headers = answer.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"));
        let headers: Vec<_> = headers.map(|(name, value)| (name.clone(), value.clone())).collect();
        (answer.status, headers, answer.body)
    };
    let free = answer(browser.post("/account/email", &[("email", NEW)]).await);
    let letters = world.messages().len();
    let taken = answer(browser.post("/account/email", &[("email", MEMBER)]).await);
    assert_eq!(free, taken);
    assert_eq!(world.messages().len(), letters, "and nobody is written to");
    // Somebody else gets the address between asking and pressing.
    let link = world.link_to("/account/email/");
    world.joined(NEW, "brackford", Role::Member).await;
    assert_eq!(browser.post(&link, &[]).await.status, StatusCode::GONE);
    assert_eq!(world.count("SELECT COUNT(*) FROM person WHERE email = $1", &values![EDITOR]), 1);
}

#[tokio::test]
async fn links_to_new_addresses_end_and_are_few() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    browser.post("/account/email", &[("email", NEW)]).await;
    let link = world.link_to("/account/email/");
    for n in 0..4 {
        assert_eq!(
            browser.post("/account/email", &[("email", &format!("n{n}@a.example"))]).await.status,
            StatusCode::SEE_OTHER
        );
    }
    let sixth = browser.post("/account/email", &[("email", "n9@a.example")]).await;
    assert_eq!(sixth.status, StatusCode::CONFLICT);
    assert!(sixth.body.contains("wait an hour"), "{}", sixth.body);
    world.later(SignedDuration::from_hours(1));
    assert_eq!(browser.post(&link, &[]).await.status, StatusCode::GONE);
    assert_eq!(browser.post("/account/email", &[("email", NEW)]).await.status, StatusCode::SEE_OTHER);
    for bad in ["", "priya", "priya@ashmere.example\r\nBcc: x@y.example", "a@b.example, c@d.example", "é@b.example"] {
        let refused = browser.post("/account/email", &[("email", bad)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad:?}");
    }
}

#[tokio::test]
async fn one_signs_out_everywhere_else() {
    let world = World::new();
    let mut elsewhere = world.signed_in(EDITOR).await;
    let mut here = world.signed_in(EDITOR).await;
    let mut somebody = world.signed_in(MEMBER).await;
    world.browser().post("/sign-in", &[("email", EDITOR)]).await;
    let link = world.link();
    let account: Value = serde_json::from_str(&here.get("/account.json").await.body).unwrap();
    let sessions = account["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions.iter().filter(|session| session["this_one"] == true).count(), 1);
    assert_eq!(sessions[0].as_object().unwrap().len(), 3, "nothing else is kept of a browser");
    assert_eq!(here.post("/account/sign-out-elsewhere", &[]).await.location(), "/account?done=elsewhere");
    assert_eq!(elsewhere.who().await, "visitor");
    assert_eq!((here.who().await, somebody.who().await), ("ashmere/editor".to_owned(), "brackford/member".to_owned()));
    assert_eq!(world.browser().post(&link, &[]).await.status, StatusCode::GONE, "nor by a link that was sent before");
}

async fn export(browser: &mut Browser) -> Value {
    let answer = browser.get("/account/export.json").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

fn rows<'a>(export: &'a Value, place: &str) -> Vec<&'a Value> {
    let held = export["held"].as_array().unwrap().iter().filter(|held| held["place"] == place);
    held.flat_map(|held| held["rows"].as_array().unwrap()).collect()
}

#[tokio::test]
async fn everything_held_is_told_to_whom_it_is_about_and_of_nobody_else() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    steward.post("/organisations/ashmere/people/invite", &[("people", "x@y.example, X"), ("role", "member")]).await;
    steward.post("/account/email", &[("email", "alex.new@both.example")]).await;
    let told = export(&mut steward).await;
    assert_eq!(rows(&told, "person")[0]["email"], BOTH);
    assert_eq!(rows(&told, "person")[0]["seen_month"], "2026-03");
    assert_eq!(rows(&told, "membership").len(), 2);
    assert_eq!(rows(&told, "session").len(), 1);
    assert_eq!(rows(&told, "invitation")[0]["role"], "member");
    assert!(rows(&told, "invitation")[0].get("email").is_none(), "whom one invited is not about oneself");
    assert_eq!(rows(&told, "email_change")[0]["email"], "alex.new@both.example");
    assert_eq!(rows(&told, "event")[0]["verb"], "invited");
    assert_eq!(rows(&told, "event")[0]["at"].as_str().unwrap()[..10], *"2026-03-03");
    let text = told.to_string();
    assert!(!text.contains("priya") && !text.contains(MEMBER), "{text}");
    assert!(!text.contains("\"token\""), "no secrets, not even their hashes");
    let page = steward.get("/account/export").await;
    assert!(page.body.contains("Invitations that you sent and nobody answered") && page.body.contains(BOTH));
    let kept = page.headers.get(header::CACHE_CONTROL).unwrap().to_str().unwrap();
    assert!(kept.contains("no-store"), "{kept}");
}

/// Whatever table holds somebody's id or address is in their export: a table that is forgotten shows here.
#[tokio::test]
async fn no_table_with_somebody_in_it_is_missing_from_the_export() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    world.browser().post("/sign-in", &[("email", BOTH)]).await;
    steward.post("/organisations/ashmere/people/invite", &[("people", "x@y.example, X"), ("role", "member")]).await;
    steward.post("/account/email", &[("email", "alex.new@both.example")]).await;
    let mut other = world.joined("op@colne.example", "brackford", Role::Operator).await;
    let fennel = "/organisations/fennel/people/invite";
    other.post(fennel, &[("people", &format!("{BOTH}, Alex")), ("role", "member")]).await;
    let told = export(&mut steward).await;
    let places: Vec<&str> =
        told["held"].as_array().unwrap().iter().map(|held| held["place"].as_str().unwrap()).collect();
    let id = world.person(BOTH);
    let mut with_somebody = 0;
    for (table, columns) in texts_of(crate::world::migrations()) {
        for column in columns {
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE {column} LIKE $1 OR {column} LIKE $2");
            let parameters = values![format!("%{id}%"), format!("%{BOTH}%")].to_vec();
            let found = world.write(move |tx| Ok(tx.query_one(&sql, &parameters, |row| row.integer(0))?));
            if found > 0 {
                with_somebody += 1;
                assert!(places.contains(&table.as_str()), "{table}.{column} holds somebody, and no export says so");
            }
        }
    }
    assert!(with_somebody >= 9, "the test looks at what it is about: {with_somebody}");
}

/// The columns of text of every table.
fn texts_of(migrations: Vec<store::Migration>) -> std::collections::BTreeMap<String, Vec<String>> {
    let mut tables: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    for migration in migrations {
        let mut table = String::new();
        for line in migration.sql.lines().map(str::trim) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["CREATE", "TABLE", name, ..] => table = (*name).to_owned(),
                ["ALTER", "TABLE", name, "ADD", "COLUMN", column, kind, ..] if kind.starts_with("TEXT") => {
                    tables.entry((*name).to_owned()).or_default().push((*column).to_owned());
                }
                [column, kind, ..] if kind.starts_with("TEXT") && !column.starts_with("--") => {
                    tables.entry(table.clone()).or_default().push((*column).to_owned());
                }
                _ => {}
            }
        }
    }
    tables
}

#[tokio::test]
async fn an_account_is_erased_at_once_after_a_word_is_typed() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    let mut elsewhere = world.signed_in(EDITOR).await;
    world.browser().post("/sign-in", &[("email", EDITOR)]).await;
    let link = world.link();
    browser.post("/account/email", &[("email", NEW)]).await;
    let new_address = world.link_to("/account/email/");
    let page = browser.get("/account/erase").await.body;
    assert!(page.contains("Type the word erase") && page.contains("There is no undo."), "{page}");
    for wrong in ["", "yes", "erased"] {
        let refused = browser.post("/account/erase", &[("confirm", wrong)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    assert_eq!(browser.who().await, "ashmere/editor");
    let done = browser.post("/account/erase", &[("confirm", " Erase ")]).await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.body.contains("Your account is erased"), "{}", done.body);
    assert_eq!((browser.cookie.clone(), elsewhere.who().await), (None, "visitor".to_owned()));
    for over in [&link, &new_address] {
        assert_eq!(world.browser().post(over, &[]).await.status, StatusCode::GONE);
    }
    for table in ["person", "outbox", "invitation", "email_change"] {
        let columns = match table {
            "person" => "COALESCE(email, '') || COALESCE(name, '')",
            "outbox" => "recipient || body",
            "invitation" => "email || name",
            _ => "email",
        };
        let sql = format!("SELECT {columns} FROM {table}");
        let all = world.write(move |tx| Ok(tx.query(&sql, &[], |row| row.text(0))?.join(" ")));
        assert!(!all.contains("priya"), "{table}: {all}");
    }
    assert_eq!(world.verbs("ashmere"), ["left"]);
    let mut steward = world.signed_in(BOTH).await;
    let page = steward.get("/organisations/ashmere/people").await.body;
    assert!(page.contains("somebody who was erased left; was: Editor"), "{page}");
}

#[tokio::test]
async fn the_last_steward_and_the_last_operator_are_told_what_to_do_first() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    let page = steward.get("/account/erase").await.body;
    assert!(page.contains("would be left without a steward") && !page.contains("name=\"confirm\""), "{page}");
    let refused = steward.post("/account/erase", &[("confirm", "erase")]).await;
    assert!(refused.body.contains("Something has to be done first"), "{}", refused.body);
    assert_eq!(steward.who().await, "ashmere/steward");
    let mut operator = world.joined("op@colne.example", "brackford", Role::Operator).await;
    assert!(operator.post("/account/erase", &[("confirm", "erase")]).await.body.contains("You are the last operator"));
    assert_eq!(operator.who().await, "brackford/operator");
    world.joined("op2@colne.example", "brackford", Role::Operator).await;
    assert!(operator.post("/account/erase", &[("confirm", "erase")]).await.body.contains("is erased"));
    // A steward who is alone leaves nobody without one.
    let mut alone = world.joined("alone@fennel.example", "fennel", Role::Steward).await;
    assert!(alone.post("/account/erase", &[("confirm", "erase")]).await.body.contains("is erased"));
}

#[tokio::test]
async fn nothing_of_it_comes_from_other_sites_with_other_fields_or_while_seeing_as_another() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    let posts = [
        ("/account/name", "name=X"),
        ("/account/email", "email=x%40y.example"),
        ("/account/sign-out-elsewhere", ""),
        ("/account/erase", "confirm=erase"),
    ];
    for (address, body) in posts {
        let request = Request::post(address)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("origin", "https://evil.example");
        assert_eq!(steward.send(request, Body::from(body)).await.status, StatusCode::FORBIDDEN, "{address}");
        let extra = steward.post(address, &[("x", "1")]).await;
        assert_eq!(extra.status, StatusCode::BAD_REQUEST, "{address}");
        assert_eq!(steward.get(&format!("{address}?x=1")).await.status.as_u16() / 100, 4, "{address}");
    }
    steward.post("/see-as", &[("as", "public")]).await;
    for (address, _) in posts {
        assert_eq!(steward.post(address, &[]).await.status, StatusCode::FORBIDDEN, "{address}");
    }
    let account = steward.get("/account").await.body;
    assert!(!account.contains("/account/erase"), "buttons that one may not use are absent: {account}");
    assert_eq!(export(&mut steward).await["held"][0]["rows"][0]["email"], BOTH, "one's own all the same");
}
