//! Signing in by a link, and everything that must not work.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use jiff::SignedDuration;
use store::values;

use crate::world::{Answered, EDITOR, MEMBER, World};

const USED: &str = "This link has been used or is too old";

#[tokio::test]
async fn somebody_asks_for_a_link_opens_it_and_is_signed_in() {
    let world = World::new();
    let mut browser = world.browser();
    let form = browser.get("/sign-in").await;
    assert!(form.body.contains("Send me a link"));
    let asked = browser.post("/sign-in", &[("email", "  Priya@Ashmere.EXAMPLE ")]).await;
    assert_eq!((asked.status, asked.location()), (StatusCode::SEE_OTHER, "/sign-in/sent"));
    let sent = browser.get("/sign-in/sent").await;
    assert!(
        sent.body.contains("If that address can sign in here, a link is on its way. It works once, for 15 minutes.")
    );
    let link = world.link();
    let opened = browser.get(&link).await;
    assert_eq!(opened.status, StatusCode::OK);
    assert!(opened.body.contains("Sign in\n") || opened.body.contains("Sign in<"));
    assert_eq!(browser.who().await, "visitor", "opening a link signs nobody in");
    let entered = browser.post(&link, &[]).await;
    assert_eq!((entered.status, entered.location()), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(browser.who().await, "ashmere/editor");
}

#[tokio::test]
async fn programs_that_look_through_mail_do_not_use_a_link_up() {
    let world = World::new();
    let mut scanner = world.browser();
    scanner.post("/sign-in", &[("email", EDITOR)]).await;
    let link = world.link();
    for _ in 0..3 {
        assert_eq!(scanner.get(&link).await.status, StatusCode::OK);
        scanner.send(Request::head(&link), Body::empty()).await;
        scanner.get(&format!("{link}.json")).await;
    }
    assert_eq!(scanner.who().await, "visitor");
    let mut person = world.browser();
    assert_eq!(person.post(&link, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(person.who().await, "ashmere/editor");
}

#[tokio::test]
async fn a_link_works_once() {
    let world = World::new();
    let mut browser = world.browser();
    browser.post("/sign-in", &[("email", EDITOR)]).await;
    let first = world.link();
    browser.post("/sign-in", &[("email", EDITOR)]).await;
    let second = world.link();
    assert_ne!(first, second);
    assert_eq!(browser.post(&second, &[]).await.status, StatusCode::SEE_OTHER);
    for link in [&second, &first] {
        let mut other = world.browser();
        assert!(other.get(link).await.body.contains(USED));
        let again = other.post(link, &[]).await;
        assert!(again.body.contains(USED) && again.body.contains("Send a new one"));
        assert!(!again.headers.contains_key(header::SET_COOKIE));
        assert_eq!(other.who().await, "visitor");
    }
}

#[tokio::test]
async fn two_presses_at_the_same_time_begin_one_session() {
    let world = World::new();
    let mut browser = world.browser();
    browser.post("/sign-in", &[("email", EDITOR)]).await;
    let link = world.link();
    let (mut one, mut two) = (world.browser(), world.browser());
    let (first, second) = tokio::join!(one.post(&link, &[]), two.post(&link, &[]));
    let redirects = [first, second].iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
    assert_eq!(redirects, 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM session", &[]), 1);
}

#[tokio::test]
async fn a_link_is_good_for_fifteen_minutes() {
    let world = World::new();
    let mut browser = world.browser();
    browser.post("/sign-in", &[("email", EDITOR)]).await;
    let link = world.link();
    world.later(SignedDuration::from_secs(15 * 60 - 1));
    assert!(!browser.get(&link).await.body.contains(USED));
    world.later(SignedDuration::from_secs(1));
    assert!(browser.get(&link).await.body.contains(USED));
    assert!(browser.post(&link, &[]).await.body.contains(USED));
    assert_eq!(browser.who().await, "visitor");
}

#[tokio::test]
async fn no_other_token_is_a_link() {
    let world = World::new();
    let mut browser = world.browser();
    browser.post("/sign-in", &[("email", EDITOR)]).await;
    browser.post("/sign-in", &[("email", "nobody@nowhere.example")]).await;
    let link = world.link();
    let nought = format!("/sign-in/{}", "0".repeat(64));
    let mut changed = link.clone();
    let last = if changed.pop() == Some('0') { '1' } else { '0' };
    changed.push(last);
    for bad in ["/sign-in/x", "/sign-in/%00", &nought, &changed, &link.to_uppercase().replace("/SIGN-IN/", "/sign-in/")]
    {
        let opened = browser.get(bad).await;
        assert!(opened.body.contains(USED) || opened.status == StatusCode::NOT_FOUND, "{bad}: {}", opened.body);
        let pressed = browser.post(bad, &[]).await;
        assert_ne!(pressed.status, StatusCode::SEE_OTHER, "{bad}");
        assert_eq!(browser.who().await, "visitor");
    }
}

fn alike(answer: &Answered) -> (StatusCode, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (answer.status, headers, answer.body.clone())
}

#[tokio::test]
async fn the_answer_does_not_tell_who_has_an_account() {
    let world = World::new();
    let mut browser = world.browser();
    let known = browser.post("/sign-in", &[("email", EDITOR)]).await;
    assert_eq!(world.messages().len(), 1);
    let unknown = browser.post("/sign-in", &[("email", "nobody@nowhere.example")]).await;
    assert_eq!(alike(&known), alike(&unknown));
    assert_eq!(world.messages().len(), 1, "no message to a stranger");
    for _ in 0..10 {
        browser.post("/sign-in", &[("email", "nobody@nowhere.example")]).await;
    }
    let strangers = "SELECT COUNT(*) FROM sign_in_link WHERE person IS NULL";
    assert_eq!(world.count(strangers, &[]), 1, "strangers take up one row, however many ask");
    let name = "SELECT COUNT(*) FROM outbox WHERE recipient = $1";
    assert_eq!(world.count(name, &values!["nobody@nowhere.example"]), 0);
}

#[tokio::test]
async fn nobodys_mailbox_is_flooded_and_nothing_tells_that_it_was_tried() {
    let world = World::new();
    let mut browser = world.browser();
    let first = alike(&browser.post("/sign-in", &[("email", EDITOR)]).await);
    for _ in 0..9 {
        world.later(SignedDuration::from_secs(30));
        assert_eq!(alike(&browser.post("/sign-in", &[("email", EDITOR)]).await), first);
    }
    assert_eq!(world.messages().len(), 5);
    browser.post("/sign-in", &[("email", MEMBER)]).await;
    assert_eq!(world.messages().len(), 6, "somebody else's address is not affected");
    // Whoever has the mailbox is not locked out: a link that came works, and then they can ask again.
    let link = {
        let newest = world.messages().remove(1);
        let at = newest.find("/sign-in/").unwrap();
        newest[at..].split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(browser.post(&link, &[]).await.status, StatusCode::SEE_OTHER);
    browser.post("/sign-in", &[("email", EDITOR)]).await;
    assert_eq!(world.messages().len(), 7);
}

#[tokio::test]
async fn nobody_is_locked_out_by_others_who_ask() {
    let world = World::new();
    let mut attacker = world.browser();
    let mut owner = world.browser();
    for _ in 0..100 {
        attacker.post("/sign-in", &[("email", EDITOR)]).await;
        world.later(SignedDuration::from_secs(70));
        let link = world.link();
        assert!(owner.get(&link).await.body.contains("This link works once."), "the newest message is of use");
    }
    assert!(world.messages().len() <= 40, "five in a quarter of an hour, for two hours");
    let link = world.link();
    assert_eq!(owner.post(&link, &[]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_is_no_address_is_refused_before_anything_is_done() {
    let world = World::new();
    let mut browser = world.browser();
    for bad in [
        "",
        "priya",
        "priya@ashmere.example\r\nBcc: all@example.org",
        "priya@ashmere.example, sam@brackford.example",
        "priya@ashmere.example\nSubject: x",
        "<priya@ashmere.example>",
    ] {
        let refused = browser.post("/sign-in", &[("email", bad)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad:?}");
        assert!(refused.body.contains("Enter an email address, like name@example.gov.uk"));
        assert!(refused.body.contains("<title>Error: ") || refused.body.contains("Error: Sign in"), "{}", refused.body);
    }
    assert_eq!(world.messages().len(), 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM sign_in_link", &[]), 0);
}

#[tokio::test]
async fn after_signing_in_one_stays_on_this_site() {
    let world = World::new();
    for (next, expected) in [
        ("/systems/1?show=new", "/systems/1?show=new"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\/evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("/sign-out", "/"),
    ] {
        let mut browser = world.browser();
        browser.post("/sign-in", &[("email", EDITOR), ("next", next)]).await;
        let link = world.link();
        let entered = browser.post(&link, &[]).await;
        assert_eq!((entered.status, entered.location()), (StatusCode::SEE_OTHER, expected), "{next:?}");
        // Somebody who has signed in already is sent on at once, by the same rule.
        let query: String = next.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let again = browser.get(&format!("/sign-in?next={query}")).await;
        assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, expected), "{next:?}");
    }
    let mut visitor = world.browser();
    let form = visitor.get("/sign-in?next=%2F%2Fevil.example").await;
    assert!(!form.body.contains("name=\"next\""), "the form does not carry it either");
    assert!(!form.body.contains("=\"//evil"), "and nothing on the page leads there");
    let form = visitor.get("/sign-in?next=%2Fsystems%2F1").await;
    assert!(form.body.contains("value=\"/systems/1\""));
}

#[tokio::test]
async fn writes_from_other_sites_are_refused() {
    let world = World::new();
    let mut browser = world.signed_in(EDITOR).await;
    browser.post("/sign-in", &[("email", MEMBER)]).await;
    let link = world.link();
    let messages = world.messages().len();
    let origins: [&[(&str, &str)]; 6] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[],
    ];
    for headers in origins {
        for address in ["/sign-in", &link, "/sign-out", "/account", "/choose-role"] {
            let mut request = Request::post(address).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let body = "email=priya%40ashmere.example&who=visitor&organisation=ashmere";
            let refused = browser.send(request, Body::from(body)).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{address} {headers:?}");
            assert!(!refused.headers.contains_key(header::SET_COOKIE));
        }
    }
    assert_eq!(browser.who().await, "ashmere/editor", "still signed in, as before");
    assert_eq!(world.messages().len(), messages);
    assert_eq!(world.browser().post(&link, &[]).await.status, StatusCode::SEE_OTHER, "the link was not used up");
}

#[tokio::test]
async fn pages_of_signing_in_are_never_kept_and_tell_nobody_where_one_came_from() {
    let world = World::new();
    let mut browser = world.browser();
    browser.post("/sign-in", &[("email", EDITOR)]).await;
    let link = world.link();
    for address in ["/sign-in", "/sign-in/sent", &link] {
        let page = browser.get(address).await;
        let kept = page.headers.get(header::CACHE_CONTROL).unwrap().to_str().unwrap();
        assert!(kept.contains("no-store") || kept.contains("private"), "{address}: {kept}");
        let referrer = page.headers.get(header::REFERRER_POLICY).unwrap().to_str().unwrap();
        assert!(matches!(referrer, "no-referrer" | "same-origin" | "strict-origin"), "{referrer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_people_sign_in_at_the_same_time() {
    let world = World::new();
    world.write(|tx| {
        let people: Vec<_> = (0..24)
            .map(|n| crate::world::membership(&format!("p{n}@ashmere.example"), "ashmere", vocabulary::Role::Member))
            .collect();
        accounts::person::put_memberships(tx, &people, crate::world::start(), &vocabulary::Chance::System)
    });
    let asking = (0..48).map(|n| {
        let mut browser = world.browser();
        // Half of them are strangers.
        let domain = if n < 24 { "ashmere" } else { "nowhere" };
        tokio::spawn(async move { browser.post("/sign-in", &[("email", &format!("p{n}@{domain}.example"))]).await })
    });
    for asked in asking.collect::<Vec<_>>() {
        let asked = asked.await.unwrap();
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
    }
    let links: Vec<String> = world
        .messages()
        .iter()
        .map(|body| body[body.find("/sign-in/").unwrap()..].split_whitespace().next().unwrap().to_owned())
        .collect();
    assert_eq!(links.len(), 24);
    let entering = links.into_iter().map(|link| {
        let mut browser = world.browser();
        tokio::spawn(async move { (browser.post(&link, &[]).await.status, browser.who().await) })
    });
    for entered in entering.collect::<Vec<_>>() {
        assert_eq!(entered.await.unwrap(), (StatusCode::SEE_OTHER, "ashmere/member".to_owned()));
    }
}
