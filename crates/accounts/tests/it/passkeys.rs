//! Passkeys through the front door: added, used to sign in and to confirm, removed.

use accounts::{EmailAddress, SignIn};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::Value;
use store::{Transaction, values};
use testing::authenticator::{Algorithm, Authenticator, Made, Used};
use vocabulary::{Chance, Clock, Role};

use crate::world::{Answered, BOTH, Browser, EDITOR, World, start};

pub const ADDRESS: &str = "https://commonhold.example";
const OPERATOR: &str = "op@ashmere.example";
pub const REFUSED: &str = "The passkey was not accepted";

pub fn world() -> World {
    World::at(ADDRESS, false)
}

/// What a page hands to the browser.
pub fn options(page: &Answered) -> Value {
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let start = page.body.find("data-ch-options=\"").unwrap_or_else(|| panic!("nothing to sign in {}", page.body)) + 17;
    let text = page.body[start..].split('"').next().unwrap();
    serde_json::from_str(&text.replace("&quot;", "\"").replace("&#x2f;", "/").replace("&amp;", "&")).unwrap()
}

pub async fn sent(browser: &mut Browser, address: &str, fields: &[(&str, String)]) -> Answered {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(address, &fields).await
}

pub async fn add_made(browser: &mut Browser, name: &str, made: &Made) -> Answered {
    let mut fields = made.fields();
    fields.push(("name", name.to_owned()));
    sent(browser, "/account/sign-in/passkeys", &fields).await
}

/// A device with a passkey of whoever uses this browser, added just now.
pub async fn added(browser: &mut Browser, name: &str) -> Authenticator {
    let mut device = Authenticator::at(ADDRESS, Algorithm::Es256);
    let asked = options(&browser.post("/account/sign-in/passkeys/new", &[]).await);
    let made = device.make(&asked);
    let added = add_made(browser, name, &made).await;
    assert_eq!(added.location(), "/account/sign-in?done=passkey-added", "{}", added.body);
    device
}

pub async fn enter(browser: &mut Browser, device: &mut Authenticator) -> Answered {
    let asked = options(&browser.post("/sign-in/passkey", &[]).await);
    let used = device.sign(&asked);
    sent(browser, "/sign-in/passkey/enter", &used.fields()).await
}

pub async fn confirm(browser: &mut Browser, device: &mut Authenticator, next: &str) -> Answered {
    let asked = options(&browser.post("/account/confirm", &[("next", next)]).await);
    let used = device.sign(&asked);
    sent(browser, "/account/confirm/passkey", &used.fields()).await
}

pub async fn listed(browser: &mut Browser) -> Vec<Value> {
    let answered = browser.get("/account/sign-in.json").await;
    let ways: Value = serde_json::from_str(&answered.body).unwrap();
    ways["passkeys"].as_array().unwrap().clone()
}

/// The events of nobody's own, as they are stored, the first first.
fn events(world: &World) -> Vec<String> {
    world.write(|tx| {
        let sql = "SELECT bytes FROM event ORDER BY organisation, sequence";
        let events = tx.query(sql, &values![], |row| Ok(String::from_utf8_lossy(&row.bytes(0)?).into_owned()))?;
        Ok(events.into_iter().filter(|event| event.contains("passkey-")).collect())
    })
}

#[tokio::test]
async fn somebody_adds_a_passkey_signs_in_with_it_and_removes_it() {
    let world = world();
    let mut browser = world.signed_in(EDITOR).await;
    let page = browser.get("/account/sign-in").await;
    assert!(page.body.contains("Add a passkey") && page.body.contains("None yet."), "{}", page.body);
    let page = browser.post("/account/sign-in/passkeys/new", &[]).await;
    let asked = options(&page);
    assert_eq!(asked["rp"]["id"], "commonhold.example");
    assert_eq!(asked["user"]["name"], EDITOR);
    assert_eq!(asked["attestation"], "none");
    assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
    let cookie_before = browser.cookie.clone();
    let mut device = added(&mut browser, "Work telephone").await;
    assert_ne!(browser.cookie, cookie_before, "the session goes on under a new token");
    assert!(browser.get("/account/sign-in?done=passkey-added").await.body.contains("The passkey was added."));
    assert!(world.messages()[0].contains("\"Work telephone\" was added"), "{}", world.messages()[0]);
    let passkeys = listed(&mut browser).await;
    assert_eq!((&passkeys[0]["name"], &passkeys[0]["used_at"]), (&Value::from("Work telephone"), &Value::Null));

    let mut other = world.browser();
    assert!(other.get("/sign-in").await.body.contains("Sign in with a passkey"));
    let entered = enter(&mut other, &mut device).await;
    assert_eq!((entered.status, entered.location()), (StatusCode::SEE_OTHER, "/"), "{}", entered.body);
    assert_eq!(other.who().await, "ashmere/editor");
    assert_eq!(other.away, None, "the cookie of those who are away is taken back");
    assert!(listed(&mut browser).await[0]["used_at"].is_string());

    // The browser that used it can remove it; the one that added it goes on, the other is signed out.
    let id = passkeys[0]["id"].as_str().unwrap();
    let address = format!("/account/sign-in/passkeys/{id}/remove");
    assert!(browser.get(&address).await.body.contains("Remove the passkey &quot;Work telephone&quot;"));
    let removed = browser.post(&address, &[]).await;
    assert_eq!(removed.location(), "/account/sign-in?done=passkey-removed", "{}", removed.body);
    assert!(world.messages()[0].contains("\"Work telephone\" was removed"));
    assert_eq!((browser.who().await.as_str(), other.who().await.as_str()), ("ashmere/editor", "visitor"));
    let refused = enter(&mut world.browser(), &mut device).await;
    assert!(refused.body.contains(REFUSED), "{}", refused.body);
    assert_eq!(browser.get(&address).await.status, StatusCode::NOT_FOUND);
    let verbs = events(&world);
    assert!(verbs[0].contains("passkey-added") && verbs[1].contains("passkey-removed"), "{verbs:?}");
    assert!(!verbs.concat().contains("telephone") && !verbs.concat().contains("ashmere.example"), "{verbs:?}");
}

#[tokio::test]
async fn each_algorithm_and_a_counter_work() {
    let world = world();
    let mut browser = world.signed_in(EDITOR).await;
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        let mut device = Authenticator::at(ADDRESS, algorithm);
        device.counter = 7;
        let asked = options(&browser.post("/account/sign-in/passkeys/new", &[]).await);
        let made = device.make(&asked);
        assert_eq!(add_made(&mut browser, "Key", &made).await.status, StatusCode::SEE_OTHER);
        for _ in 0..2 {
            let mut other = world.browser();
            enter(&mut other, &mut device).await;
            assert_eq!(other.who().await, "ashmere/editor", "{algorithm:?}");
        }
        device.counter -= 1;
        let mut other = world.browser();
        let refused = enter(&mut other, &mut device).await;
        assert!(refused.body.contains("there may be a copy of it"), "{}", refused.body);
        assert_eq!((refused.status, other.who().await.as_str()), (StatusCode::FORBIDDEN, "visitor"));
    }
    let counted = events(&world).into_iter().filter(|event| event.contains("passkey-counted-backwards"));
    assert_eq!(counted.count(), 3);
    // The same key is not added twice, not even by its own person.
    let mut device = added(&mut browser, "Another").await;
    let asked = options(&browser.post("/account/sign-in/passkeys/new", &[]).await);
    assert_eq!(asked["excludeCredentials"].as_array().unwrap().len(), 4);
    let made = device.make(&asked);
    assert_eq!(add_made(&mut browser, "Again", &made).await.status, StatusCode::CONFLICT);
    let mut stranger = world.signed_in(BOTH).await;
    let asked = options(&stranger.post("/account/sign-in/passkeys/new", &[]).await);
    let made = device.make(&asked);
    assert_eq!(add_made(&mut stranger, "Theirs", &made).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_name_is_needed_and_has_its_limits() {
    let world = world();
    let mut browser = world.signed_in(EDITOR).await;
    let mut device = Authenticator::at(ADDRESS, Algorithm::EdDsa);
    let mut page = browser.post("/account/sign-in/passkeys/new", &[]).await;
    for (name, why) in [("", "Enter a name"), (&"n".repeat(61), "60 characters or fewer"), ("a\nb", "one line")] {
        let made = device.make(&options(&page));
        let refused = add_made(&mut browser, name, &made).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(why), "{}", refused.body);
        page = Answered { status: StatusCode::OK, ..refused };
    }
    // The page that refused has a challenge of its own, so the way goes on from there.
    let made = device.make(&options(&page));
    assert_eq!(add_made(&mut browser, &"é".repeat(60), &made).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn passkeys_change_only_soon_after_somebody_has_shown_who_they_are() {
    let world = world();
    let mut browser = world.signed_in(EDITOR).await;
    let asked = options(&browser.post("/account/sign-in/passkeys/new", &[]).await);
    world.later(SignedDuration::from_mins(31));
    let to_confirm = "/account/confirm?next=%2Faccount%2Fsign-in";
    assert_eq!(browser.post("/account/sign-in/passkeys/new", &[]).await.location(), to_confirm);
    let made = Authenticator::at(ADDRESS, Algorithm::Es256).make(&asked);
    assert_eq!(add_made(&mut browser, "Late", &made).await.location(), to_confirm);
    assert!(listed(&mut browser).await.is_empty());
    // Signing in again is enough, and leads back.
    let page = browser.get(to_confirm).await;
    assert!(page.body.contains("Sign out and sign in again") && !page.body.contains("Confirm with a passkey"));
    assert_eq!(browser.post("/account/confirm", &[("next", "/")]).await.status, StatusCode::NOT_FOUND);
    let out = browser.post("/sign-out", &[("next", "/account/sign-in")]).await;
    assert_eq!(out.location(), "/sign-in?next=%2Faccount%2Fsign-in");
    let mut browser = world.signed_in(EDITOR).await;
    let mut device = added(&mut browser, "Telephone").await;
    // Later, the passkey itself is.
    world.later(SignedDuration::from_mins(31));
    let id = listed(&mut browser).await[0]["id"].as_str().unwrap().to_owned();
    let address = format!("/account/sign-in/passkeys/{id}/remove");
    let there = browser.get(&address).await;
    assert!(there.location().starts_with("/account/confirm?next=%2Faccount%2Fsign-in%2Fpasskeys"), "{}", there.body);
    assert_eq!(browser.post(&address, &[]).await.location(), to_confirm);
    assert!(browser.get(to_confirm).await.body.contains("Confirm with a passkey"));
    let before = browser.cookie.clone();
    let confirmed = confirm(&mut browser, &mut device, &address).await;
    assert_eq!(confirmed.location(), address, "{}", confirmed.body);
    let mut thief = world.browser();
    thief.cookie = before;
    assert_eq!(thief.who().await, "visitor", "whoever knew the token before is left behind");
    assert_eq!(browser.post(&address, &[]).await.location(), "/account/sign-in?done=passkey-removed");
}

#[tokio::test]
async fn an_operator_changes_passkeys_with_a_passkey_only() {
    let world = world();
    let mut browser = world.joined(OPERATOR, "ashmere", Role::Operator).await;
    let mut device = added(&mut browser, "Key").await;
    // Whoever reads the operator's mail signs in, and can neither add nor remove.
    let mut thief = world.signed_in(OPERATOR).await;
    let to_confirm = "/account/confirm?next=%2Faccount%2Fsign-in";
    assert_eq!(thief.post("/account/sign-in/passkeys/new", &[]).await.location(), to_confirm);
    let id = listed(&mut browser).await[0]["id"].as_str().unwrap().to_owned();
    let address = format!("/account/sign-in/passkeys/{id}/remove");
    assert_eq!(thief.post(&address, &[]).await.location(), to_confirm);
    let page = thief.get(to_confirm).await;
    assert!(page.body.contains("commonhold passkeys remove") && !page.body.contains("Sign out and sign in again"));
    assert_eq!(listed(&mut thief).await.len(), 1);
    confirm(&mut thief, &mut device, "/account/sign-in").await;
    assert!(thief.get(&address).await.body.contains("It is your last one, and you run this service"));
}

#[tokio::test]
async fn an_operator_with_a_passkey_operates_for_twelve_hours_after_using_it() {
    let world = world();
    let mut browser = world.joined(OPERATOR, "ashmere", Role::Operator).await;
    assert_eq!(browser.who().await, "ashmere/operator", "without a passkey nothing is asked for");
    let mut device = added(&mut browser, "Key").await;
    assert_eq!(browser.who().await, "ashmere/operator", "adding one shows who they are");

    // By a link: led to confirm, and a member of staff until then, whatever the page or the write.
    let mut other = world.browser();
    other.post("/sign-in", &[("email", OPERATOR), ("next", "/account")]).await;
    let link = world.link();
    let entered = other.post(&link, &[]).await;
    assert_eq!(entered.location(), "/account/confirm?next=%2Faccount");
    let page = other.get(entered.location()).await;
    assert!(page.body.contains("You run this service. Show with a passkey") && page.body.contains("Go on without"));
    assert_eq!(other.who().await, "ashmere/member");
    let account = other.get("/account").await;
    assert!(account.body.contains("You run this service once you have shown with a passkey"), "{}", account.body);
    assert!(account.body.contains("href=\"/account/confirm?next=%2Foperator\""), "the navigation leads there");
    let person = world.person(EDITOR);
    for address in ["/organisations/ashmere/people".to_owned(), format!("/organisations/ashmere/people/{person}")] {
        assert_eq!(other.get(&address).await.status, StatusCode::FORBIDDEN, "{address}");
        assert_eq!(browser.get(&address).await.status, StatusCode::OK, "{address}");
    }
    let remove = format!("/organisations/ashmere/people/{person}/remove");
    assert_eq!(other.post(&remove, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(other.get("/organisations/brackford/people").await.status, StatusCode::NOT_FOUND);
    let chosen = other.post("/account", &[("organisation", "ashmere")]).await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER);
    assert_eq!(other.who().await, "ashmere/member", "choosing the organisation again gives nothing");
    assert_eq!(confirm(&mut other, &mut device, "/account").await.location(), "/account");
    assert_eq!(other.who().await, "ashmere/operator");
    assert!(!other.get("/account").await.body.contains("You run this service once"));

    // Twelve hours, however often it is used meanwhile, and each browser for itself.
    for _ in 0..11 {
        world.later(SignedDuration::from_hours(1));
        assert_eq!(other.who().await, "ashmere/operator");
    }
    world.later(SignedDuration::from_mins(61));
    assert_eq!(other.who().await, "ashmere/member");
    let mut third = world.browser();
    enter(&mut third, &mut device).await;
    assert_eq!((third.who().await.as_str(), other.who().await.as_str()), ("ashmere/operator", "ashmere/member"));

    // With the last passkey gone nothing is asked for any more.
    let id = listed(&mut third).await[0]["id"].as_str().unwrap().to_owned();
    third.post(&format!("/account/sign-in/passkeys/{id}/remove"), &[]).await;
    assert_eq!((third.who().await.as_str(), other.who().await.as_str()), ("ashmere/operator", "visitor"));
    assert_eq!(world.signed_in(OPERATOR).await.who().await, "ashmere/operator");
}

#[tokio::test]
async fn only_operators_are_asked_for_a_passkey_to_act() {
    let world = world().where_operators_need_a_passkey();
    let mut editor = world.signed_in(EDITOR).await;
    assert_eq!(editor.who().await, "ashmere/editor");
    added(&mut editor, "Key").await;
    assert_eq!(world.signed_in(EDITOR).await.who().await, "ashmere/editor", "by a link, though they have a passkey");
    let mut both = world.signed_in(BOTH).await;
    assert_eq!(both.who().await, "ashmere/steward");
    both.post("/account", &[("organisation", "brackford")]).await;
    assert_eq!(both.who().await, "brackford/auditor");
}

#[tokio::test]
async fn where_operators_need_a_passkey_they_add_one_first() {
    let world = world().where_operators_need_a_passkey();
    let mut browser = world.joined(OPERATOR, "ashmere", Role::Operator).await;
    assert_eq!(browser.who().await, "ashmere/member");
    let page = browser.get("/account/confirm?next=%2Foperator").await;
    assert!(page.body.contains("Add a passkey") && page.body.contains("href=\"/\">Go on without"), "{}", page.body);
    // Too late for that: they sign in again.
    world.later(SignedDuration::from_mins(31));
    let page = browser.get("/account/confirm").await;
    assert!(page.body.contains("Sign out and sign in again") && !page.body.contains("Add a passkey"), "{}", page.body);
    let mut browser = world.signed_in(OPERATOR).await;
    let mut device = added(&mut browser, "Key").await;
    assert_eq!(browser.who().await, "ashmere/operator");
    // When the last one is removed, they are asked again.
    let id = listed(&mut browser).await[0]["id"].as_str().unwrap().to_owned();
    let address = format!("/account/sign-in/passkeys/{id}/remove");
    assert!(browser.get(&address).await.body.contains("It is your last one"));
    browser.post(&address, &[]).await;
    assert_eq!(browser.who().await, "ashmere/member");
    assert!(enter(&mut world.browser(), &mut device).await.body.contains(REFUSED));
}

#[tokio::test]
async fn where_browsers_have_no_passkeys_there_are_none() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    assert!(!browser.get("/account/sign-in").await.body.contains("asskey"));
    for address in ["/account/sign-in/passkeys/new", "/account/sign-in/passkeys", "/account/confirm"] {
        assert_eq!(browser.post(address, &[]).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    let mut visitor = world.browser();
    assert!(!visitor.get("/sign-in").await.body.contains("asskey"));
    for address in ["/sign-in/passkey", "/sign-in/passkey/enter"] {
        assert_eq!(visitor.post(address, &[]).await.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn where_providers_are_the_only_way_in_a_passkey_only_confirms() {
    let text = "email_links = false\n[[provider]]\nid = \"ashmere\"\nlabel = \"Ashmere\"\nissuer = \
        \"https://id.ashmere.example\"\nclient_id = \"c\"\nauthentication = \"client_secret_basic\"\n\
        secret_environment = \"S\"\n";
    let only = SignIn::read(text, std::path::Path::new("/"), &|_| Some("s".to_owned())).unwrap();
    let clock = Clock::at(start());
    let links = World::with(ADDRESS, false, SignIn::default(), clock.clone());
    let mut browser = links.signed_in(EDITOR).await;
    let mut device = added(&mut browser, "Key").await;
    let mut browser = links.with_other_sign_in(only, &browser);
    assert!(browser.get("/account/sign-in").await.body.contains("it does not sign you in by itself"));
    let confirmed = confirm(&mut browser, &mut device, "/account").await;
    assert_eq!(confirmed.location(), "/account", "{}", confirmed.body);
    browser.post("/sign-out", &[]).await;
    assert!(!browser.get("/sign-in").await.body.contains("asskey"));
    assert_eq!(browser.post("/sign-in/passkey", &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.post("/sign-in/passkey/enter", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn visitors_are_asked_to_sign_in() {
    let world = world();
    let mut visitor = world.browser();
    for address in ["/account/sign-in/passkeys/new", "/account/sign-in/passkeys", "/account/sign-in/passkeys/1/remove"]
    {
        assert_eq!(visitor.post(address, &[]).await.location(), "/sign-in?next=%2Faccount%2Fsign-in", "{address}");
    }
    for address in ["/account/confirm", "/account/confirm/passkey"] {
        assert_eq!(visitor.post(address, &[]).await.location(), "/sign-in?next=%2Faccount%2Fconfirm", "{address}");
    }
    assert_eq!(visitor.get("/account/confirm").await.location(), "/sign-in?next=%2Faccount%2Fconfirm");
    for address in ["/sign-in/passkey", "/account/confirm", "/account/sign-in/passkeys/new"] {
        let unknown = visitor.post(address, &[("colour", "red")]).await;
        assert_eq!(unknown.status, StatusCode::BAD_REQUEST, "{address}");
    }
}

#[tokio::test]
async fn an_erased_person_has_no_passkeys_and_an_export_lists_them() {
    let world = world();
    let mut browser = world.signed_in(EDITOR).await;
    let mut device = added(&mut browser, "Work telephone").await;
    let export = browser.get("/account/export.json").await.body;
    assert!(export.contains("Work telephone") && export.contains("Passkeys by which you sign in"), "{export}");
    let subjects = world.accounts.about_people.clone();
    world.write(move |tx| {
        let email = EmailAddress::parse(EDITOR).unwrap();
        let id = accounts::person::find_by_email(tx, &email)?.unwrap().id;
        Ok(accounts::person::erase(tx, &subjects, id, start())?)
    });
    assert_eq!(world.count("SELECT COUNT(*) FROM passkey", &[]), 0);
    assert!(enter(&mut world.browser(), &mut device).await.body.contains(REFUSED));
}

#[tokio::test]
async fn a_removed_passkey_is_removed_again_from_an_older_copy() {
    let world = world();
    let mut browser = world.signed_in(EDITOR).await;
    added(&mut browser, "Stays").await;
    added(&mut browser, "Goes").await;
    let kept = world.write(|tx| {
        let columns = "id, person, credential, public_key, counter, portable, name, made_at";
        tx.execute(&format!("CREATE TABLE older AS SELECT {columns} FROM passkey"), &values![])?;
        Ok(columns)
    });
    let id = listed(&mut browser).await[1]["id"].as_str().unwrap().to_owned();
    browser.post(&format!("/account/sign-in/passkeys/{id}/remove"), &[]).await;
    world.write(move |tx| {
        // As a backup from before the removal.
        tx.execute("DELETE FROM passkey", &values![])?;
        tx.execute(&format!("INSERT INTO passkey ({kept}) SELECT {kept} FROM older"), &values![])?;
        let mut removed = 0;
        for erasure in ledger::erasures(tx)? {
            removed += usize::from(accounts::reapply_passkey(tx, &erasure)?);
            assert!(!accounts::reapply_passkey(tx, &erasure)?, "a second time there is nothing to remove");
        }
        assert_eq!(removed, 1);
        Ok(())
    });
    let left = listed(&mut browser).await;
    assert_eq!((left.len(), &left[0]["name"]), (1, &Value::from("Stays")));
}

#[tokio::test]
async fn nobody_has_more_than_twenty() {
    let world = world();
    let mut browser = world.signed_in(EDITOR).await;
    for number in 0..20 {
        added(&mut browser, &format!("Key {number}")).await;
    }
    let asked = options(&browser.post("/account/sign-in/passkeys/new", &[]).await);
    let made = Authenticator::at(ADDRESS, Algorithm::Es256).make(&asked);
    let refused = add_made(&mut browser, "One more", &made).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("You have 20 passkeys"), "{}", refused.body);
}

#[tokio::test]
async fn those_of_somebody_who_lost_them_are_removed_by_a_command() {
    let world = world();
    let mut browser = world.signed_in(EDITOR).await;
    let mut device = added(&mut browser, "Telephone").await;
    added(&mut browser, "Key").await;
    let mut other = world.signed_in(BOTH).await;
    added(&mut other, "Theirs").await;
    let remove = |email: &str| {
        let email = EmailAddress::parse(email).unwrap();
        world.later(SignedDuration::from_secs(1));
        let now = world.clock.now();
        let work = move |tx: &mut Transaction<'_>| accounts::remove_passkeys(tx, &email, now, &Chance::System);
        world.store.write_blocking(work)
    };
    assert_eq!(remove(EDITOR).unwrap(), ["Telephone", "Key"]);
    assert_eq!(browser.who().await, "visitor", "they are signed out everywhere");
    assert!(enter(&mut world.browser(), &mut device).await.body.contains(REFUSED));
    assert!(world.messages()[0].contains("Telephone, Key"), "{}", world.messages()[0]);
    assert_eq!(listed(&mut other).await.len(), 1, "nobody else's");
    let messages = world.messages().len();
    assert!(remove(EDITOR).unwrap().is_empty());
    assert_eq!(world.messages().len(), messages, "nothing was removed, so nobody is told");
    assert!(remove("nobody@ashmere.example").unwrap_err().to_string().contains("Nobody here has the address"));
    let erased = world.write(|tx| Ok(ledger::erasures(tx)?));
    assert_eq!(erased.iter().filter(|erasure| erasure.kind == "passkey").count(), 2);
}

/// Sends a use of a passkey for signing in.
pub async fn send_used(browser: &mut Browser, used: &Used) -> Answered {
    sent(browser, "/sign-in/passkey/enter", &used.fields()).await
}
