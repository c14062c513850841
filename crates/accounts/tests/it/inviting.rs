//! Inviting people, accepting, and everything that must not work.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use jiff::SignedDuration;
use store::values;
use vocabulary::Role;

use crate::world::{Answered, BOTH, Browser, EDITOR, MEMBER, SUPPLIER, World};

const INVITE: &str = "/organisations/ashmere/people/invite";
const PEOPLE: &str = "/organisations/ashmere/people";
const OVER: &str = "This invitation is not good any more";
const NEW: &str = "new@ashmere.example";

async fn invite(browser: &mut Browser, address: &str, people: &str, role: &str) -> Answered {
    browser.post(address, &[("people", people), ("role", role)]).await
}

/// A steward of Ashmere, and the link that a new colleague got.
async fn invited(world: &World) -> (Browser, String) {
    let mut steward = world.signed_in(BOTH).await;
    let sent = invite(&mut steward, INVITE, &format!("{NEW}, New Colleague"), "editor").await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/organisations/ashmere/people?invited=1"));
    (steward, world.link_to("/invitations/"))
}

#[tokio::test]
async fn a_steward_invites_and_the_invited_accepts() {
    let world = World::new();
    let (mut steward, link) = invited(&world).await;
    let letter = world.messages().remove(0);
    assert!(
        letter.starts_with("alex invites you to use Commonhold for Ashmere Borough Council, as: Editor."),
        "{letter}"
    );
    assert!(letter.contains("until 10 March 2026"), "{letter}");
    let page = steward.get("/organisations/ashmere/people?invited=1").await;
    assert!(page.body.contains("1 invitation is on its way.") && page.body.contains(NEW), "{}", page.body);

    let mut new = world.browser();
    let opened = new.get(&link).await;
    assert_eq!(opened.status, StatusCode::OK);
    for said in ["alex invites you", "Ashmere Borough Council", "Editor", NEW, "Accept and sign in"] {
        assert!(opened.body.contains(said), "{said} is not in {}", opened.body);
    }
    assert_eq!(new.who().await, "visitor", "opening a link signs nobody in");
    let accepted = new.post(&link, &[]).await;
    assert_eq!((accepted.status, accepted.location()), (StatusCode::SEE_OTHER, "/account?joined=yes"));
    assert_eq!(new.who().await, "ashmere/editor");
    assert!(new.get("/account").await.body.contains("New Colleague, Editor at Ashmere Borough Council."));

    assert_eq!(world.verbs("ashmere"), ["joined", "invited"]);
    let page = steward.get(PEOPLE).await.body;
    assert!(page.contains("New Colleague was invited, as: Editor"), "the history knows now who it was: {page}");
    assert_eq!(world.count("SELECT COUNT(*) FROM invitation", &[]), 0, "the address is not kept twice");
}

#[tokio::test]
async fn programs_that_look_through_mail_do_not_accept() {
    let world = World::new();
    let (_, link) = invited(&world).await;
    let mut scanner = world.browser();
    for _ in 0..3 {
        scanner.get(&link).await;
        scanner.send(Request::head(&link), Body::empty()).await;
        scanner.get(&format!("{link}.json")).await;
    }
    assert_eq!(world.browser().post(&link, &[]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_person_who_is_known_keeps_their_name_and_gains_the_membership() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    invite(&mut steward, INVITE, "Another Name <Sam@Brackford.EXAMPLE>", "member").await;
    let link = world.link_to("/invitations/");
    let mut known = world.browser();
    known.post(&link, &[]).await;
    assert_eq!(known.who().await, "ashmere/member");
    let account = known.get("/account.json").await;
    let account: serde_json::Value = serde_json::from_str(&account.body).unwrap();
    assert_eq!(account["name"], "sam");
    assert_eq!(account["memberships"].as_array().unwrap().len(), 2);
    assert_eq!(world.count("SELECT COUNT(*) FROM person WHERE email = $1", &values![MEMBER]), 1);
}

/// What the inviter gets and what is written is the same, whether or not somebody has the address.
#[tokio::test]
async fn inviting_does_not_tell_who_has_an_account() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    let seen = |answer: &Answered| {
        let headers = answer.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"));
        let headers: Vec<_> =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        (answer.status, headers, answer.body.clone())
    };
    let known = invite(&mut steward, INVITE, &format!("{MEMBER}, One Name"), "member").await;
    let unknown = invite(&mut steward, INVITE, "nobody@nowhere.example, Other Name", "member").await;
    assert_eq!(seen(&known), seen(&unknown));
    let page = steward.get(&format!("{PEOPLE}.json")).await;
    let page: serde_json::Value = serde_json::from_str(&page.body).unwrap();
    let shape = |at: usize| {
        let mut shown = page["invitations"][at].as_object().unwrap().clone();
        for own in ["id", "email", "name", "sent_at", "good_until"] {
            assert!(shown.remove(own).is_some());
        }
        shown
    };
    assert_eq!(shape(0), shape(1));
    assert_eq!(world.messages().len(), 3, "both get a letter, besides the steward's link");
    // Nor does the page of the link, which somebody else than its address may have been given.
    let letters = world.messages();
    let page =
        |letter: &str| letter[letter.find("/invitations/").unwrap()..].split_whitespace().next().unwrap().to_owned();
    let (unknown, known) = (page(&letters[0]), page(&letters[1]));
    let mut visitor = world.browser();
    let plain = |body: String, email: &str, link: &str| body.replace(email, "ADDRESS").replace(link, "LINK");
    let one = plain(visitor.get(&known).await.body, MEMBER, &known);
    let two = plain(visitor.get(&unknown).await.body, "nobody@nowhere.example", &unknown);
    assert_eq!(one, two);
}

#[tokio::test]
async fn a_link_that_is_over_is_gone_for_people_and_programs() {
    let world = World::new();
    let (mut steward, used) = invited(&world).await;
    world.browser().post(&used, &[]).await;

    invite(&mut steward, INVITE, "late@ashmere.example, Late", "member").await;
    let expired = world.link_to("/invitations/");
    world.later(SignedDuration::from_hours(24 * 7));
    let mut steward = world.signed_in(BOTH).await;
    invite(&mut steward, INVITE, "two@ashmere.example, Two", "member").await;
    let replaced = world.link_to("/invitations/");
    world.later(SignedDuration::from_mins(6));
    invite(&mut steward, INVITE, "TWO@ashmere.example, Two", "editor").await;
    let good = world.link_to("/invitations/");
    invite(&mut steward, INVITE, "three@ashmere.example, Three", "member").await;
    let withdrawn = world.link_to("/invitations/");
    let id: String = world.write(|tx| {
        let sql = "SELECT id FROM invitation WHERE email = 'three@ashmere.example'";
        Ok(tx.query_one(sql, &[], |row| row.text(0))?)
    });
    let taken = steward.post(&format!("/organisations/ashmere/invitations/{id}/withdraw"), &[]).await;
    assert_eq!(taken.location(), "/organisations/ashmere/people?done=withdrawn");

    let nought = format!("/invitations/{}", "0".repeat(64));
    let sign_in = good.replace("/invitations/", "/sign-in/");
    for bad in [&used, &expired, &replaced, &withdrawn, &nought, &"/invitations/x".to_owned()] {
        let mut visitor = world.browser();
        let opened = visitor.get(bad).await;
        assert_eq!(opened.status, StatusCode::GONE, "{bad}");
        assert!(opened.body.contains(OVER), "{}", opened.body);
        let pressed = visitor.post(bad, &[]).await;
        assert_eq!(pressed.status, StatusCode::GONE, "{bad}");
        assert!(!pressed.headers.contains_key(header::SET_COOKIE));
        let program = visitor.get(&format!("{bad}.json")).await;
        assert_eq!(program.status, StatusCode::GONE);
        assert!(program.body.contains("urn:commonhold:problem:missing"), "{}", program.body);
        assert_eq!(visitor.who().await, "visitor");
    }
    assert_eq!(world.browser().post(&sign_in, &[]).await.status, StatusCode::GONE, "it is no sign-in link");
    let mut two = world.browser();
    assert_eq!(two.post(&good, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(two.who().await, "ashmere/editor", "the newer role");
    assert_eq!(world.verbs("ashmere")[..3], ["joined", "invitation-withdrawn", "invited"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_presses_at_the_same_time_accept_once() {
    for _ in 0..5 {
        let world = World::new();
        let (_, link) = invited(&world).await;
        let sessions = world.count("SELECT COUNT(*) FROM session", &[]);
        let presses = (0..4).map(|_| {
            let (mut browser, link) = (world.browser(), link.clone());
            tokio::spawn(async move { browser.post(&link, &[]).await.status })
        });
        let mut accepted = 0;
        for press in presses.collect::<Vec<_>>() {
            match press.await.unwrap() {
                StatusCode::SEE_OTHER => accepted += 1,
                status => assert_eq!(status, StatusCode::GONE),
            }
        }
        assert_eq!(accepted, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM session", &[]), sessions + 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM person WHERE email = $1", &values![NEW]), 1);
        assert_eq!(world.verbs("ashmere"), ["joined", "invited"]);
    }
}

#[tokio::test]
async fn accepting_is_bound_to_the_address_whoever_is_signed_in() {
    let world = World::new();
    let (_, link) = invited(&world).await;
    let mut thief = world.signed_in(MEMBER).await;
    let opened = thief.get(&link).await;
    assert!(opened.body.contains("You are signed in with another address."), "{}", opened.body);
    thief.post(&link, &[]).await;
    assert_eq!(thief.who().await, "ashmere/editor");
    let account = thief.get("/account").await.body;
    assert!(account.contains("New Colleague"), "they are now the person of that address: {account}");
    let own = world.count(
        "SELECT COUNT(*) FROM membership m JOIN person p ON p.id = m.person WHERE p.email = $1 AND m.organisation = 'ashmere'",
        &values![MEMBER],
    );
    assert_eq!(own, 0, "the person who was signed in gained nothing");
    assert_eq!(world.signed_in(MEMBER).await.who().await, "brackford/member");
}

#[tokio::test]
async fn only_those_who_manage_its_people_invite_and_only_to_roles_that_are_theirs() {
    let world = World::new();
    world.joined("op@colne.example", "brackford", Role::Operator).await;
    let rows: [(&str, StatusCode); 7] = [
        (EDITOR, StatusCode::FORBIDDEN),
        (MEMBER, StatusCode::NOT_FOUND),
        (SUPPLIER, StatusCode::NOT_FOUND),
        (BOTH, StatusCode::OK),
        ("op@colne.example", StatusCode::OK),
        ("other.steward@brackford.example", StatusCode::NOT_FOUND),
        ("auditor@brackford.example", StatusCode::NOT_FOUND),
    ];
    world.joined("other.steward@brackford.example", "brackford", Role::Steward).await;
    world.joined("auditor@brackford.example", "brackford", Role::Auditor).await;
    for (who, expected) in rows {
        let mut browser = world.signed_in(who).await;
        for address in [PEOPLE, INVITE, "/organisations/ashmere/people.csv", "/organisations/ashmere/people.json"] {
            assert_eq!(browser.get(address).await.status, expected, "{who} {address}");
        }
        let posted = invite(&mut browser, INVITE, "x@ashmere.example, X", "member").await;
        let expected = if expected == StatusCode::OK { StatusCode::SEE_OTHER } else { expected };
        assert_eq!(posted.status, expected, "{who}: {}", posted.body);
    }
    let mut visitor = world.browser();
    assert_eq!(visitor.get(PEOPLE).await.status, StatusCode::NOT_FOUND);
    assert_eq!(invite(&mut visitor, INVITE, "x@ashmere.example, X", "member").await.status, StatusCode::NOT_FOUND);
    assert_eq!(visitor.get("/organisations/nowhere/people").await.status, StatusCode::NOT_FOUND);

    let before = world.messages().len();
    let mut steward = world.signed_in(BOTH).await;
    for role in ["operator", "auditor", "moderator", "owner", ""] {
        let refused = invite(&mut steward, INVITE, "y@ashmere.example, Y", role).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{role}");
        assert!(refused.body.contains("Choose what they can do"), "{role}");
    }
    assert_eq!(world.messages().len(), before + 1, "only the steward's own link");
    let form = steward.get(INVITE).await.body;
    assert!(form.contains("value=\"steward\"") && !form.contains("value=\"operator\""), "{form}");
    let mut operator = world.signed_in("op@colne.example").await;
    assert_eq!(invite(&mut operator, INVITE, "y@ashmere.example, Y", "auditor").await.status, StatusCode::SEE_OTHER);
    // Where nobody participates there are members only.
    let fennel = "/organisations/fennel/people/invite";
    assert_eq!(
        invite(&mut operator, fennel, "z@fennel.example, Z", "steward").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(invite(&mut operator, fennel, "z@fennel.example, Z", "member").await.status, StatusCode::SEE_OTHER);
    let mut supplier = world.signed_in(SUPPLIER).await;
    assert_eq!(
        supplier.get("/organisations/fennel/people").await.status,
        StatusCode::NOT_FOUND,
        "a steward in name only"
    );
}

#[tokio::test]
async fn what_an_operator_offers_is_not_a_stewards_to_change() {
    let world = World::new();
    world.joined("op@colne.example", "brackford", Role::Operator).await;
    let mut operator = world.signed_in("op@colne.example").await;
    invite(&mut operator, INVITE, "audit@ashmere.example, Audit", "auditor").await;
    let link = world.link_to("/invitations/");
    let id: String = world.write(|tx| Ok(tx.query_one("SELECT id FROM invitation", &[], |row| row.text(0))?));
    world.later(SignedDuration::from_mins(6));
    let mut steward = world.signed_in(BOTH).await;
    for deed in ["resend", "withdraw"] {
        let refused = steward.post(&format!("/organisations/ashmere/invitations/{id}/{deed}"), &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{deed}");
    }
    let again = invite(&mut steward, INVITE, "audit@ashmere.example, Audit", "member").await;
    assert!(again.body.contains("An operator has invited audit@ashmere.example already"), "{}", again.body);
    // Nor by the address of another organisation.
    let wrong = operator.post(&format!("/organisations/brackford/invitations/{id}/withdraw"), &[]).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    let mut auditor = world.browser();
    auditor.post(&link, &[]).await;
    assert_eq!(auditor.who().await, "ashmere/auditor");
}

#[tokio::test]
async fn another_letter_has_another_link_and_not_too_many_are_sent() {
    let world = World::new();
    let (mut steward, first) = invited(&world).await;
    let id: String = world.write(|tx| Ok(tx.query_one("SELECT id FROM invitation", &[], |row| row.text(0))?));
    let resend = format!("/organisations/ashmere/invitations/{id}/resend");
    let soon = steward.post(&resend, &[]).await;
    assert_eq!(soon.status, StatusCode::CONFLICT);
    assert!(soon.body.contains("less than 5 minutes ago"), "{}", soon.body);
    world.later(SignedDuration::from_mins(5));
    assert_eq!(steward.post(&resend, &[]).await.location(), "/organisations/ashmere/people?done=sent");
    let second = world.link_to("/invitations/");
    assert_ne!(first, second);
    assert_eq!(world.browser().post(&first, &[]).await.status, StatusCode::GONE);
    // One that is too old is shown as that, and can be sent again.
    world.later(SignedDuration::from_hours(24 * 8));
    let mut steward = world.signed_in(BOTH).await;
    assert!(steward.get(PEOPLE).await.body.contains("Expired"));
    assert_eq!(world.browser().post(&second, &[]).await.status, StatusCode::GONE);
    steward.post(&resend, &[]).await;
    let third = world.link_to("/invitations/");
    assert_eq!(world.browser().post(&third, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(steward.post(&resend, &[]).await.status, StatusCode::NOT_FOUND, "it was answered");
}

#[tokio::test]
async fn many_are_invited_at_once_or_nobody_is() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    let before = world.messages().len();
    let people = format!("a@ashmere.example, A One\r\nnonsense\r\n{EDITOR}, Priya\r\n");
    let refused = invite(&mut steward, INVITE, &people, "member").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Line 2: there is no email address"), "{}", refused.body);
    assert!(refused.body.contains("a@ashmere.example, A One"), "what was typed is still there");
    let people = format!("a@ashmere.example, A One\n{EDITOR}, Priya\n{BOTH}, Oneself");
    let refused = invite(&mut steward, INVITE, &people, "member").await;
    assert!(refused.body.contains("priya@ashmere.example acts for this organisation already"), "{}", refused.body);
    assert!(refused.body.contains("alex@both.example is your own address"), "{}", refused.body);
    assert_eq!(world.count("SELECT COUNT(*) FROM invitation", &[]), 0);
    assert_eq!(world.messages().len(), before, "nobody got a letter");
    let people = "a@ashmere.example, A One\nB Two <b@ashmere.example>; C Three <c@ashmere.example>";
    let sent = invite(&mut steward, INVITE, people, "member").await;
    assert_eq!(sent.location(), "/organisations/ashmere/people?invited=3");
    assert_eq!(world.messages().len(), before + 3);
}

#[tokio::test]
async fn names_and_addresses_cannot_carry_anything_else() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    let before = world.messages().len();
    for people in [
        "a@ashmere.example\r\nBcc: all@example.org, A",
        "a@ashmere.example, Visit www.evil.example",
        "a@ashmere.example, https://evil.example",
        "a@ashmere.example, A\u{202e}B",
        "a@ashmere.example, A\u{0}B",
        "a@ashmere.example, <script>",
        "a@ashmère.example, A",
        "a@аshmere.example, A",
        &format!("a@ashmere.example, {}", "A".repeat(5_000)),
        &format!("{}@ashmere.example, A", "a".repeat(100)),
    ] {
        let refused = invite(&mut steward, INVITE, people, "member").await;
        assert!(matches!(refused.status, StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST), "{people:?}");
    }
    assert_eq!(world.messages().len(), before);
    // The name of whoever invites stands in the letter: escaped where it is a page, one line where it is a header.
    let id = world.person(BOTH);
    world.write(move |tx| {
        tx.execute("UPDATE person SET name = $2 WHERE id = $1", &values![&id, "A <b>\r\nBcc: x@y.example"])?;
        Ok(())
    });
    let mut steward = world.signed_in(BOTH).await;
    invite(&mut steward, INVITE, "a@ashmere.example, A", "member").await;
    let link = world.link_to("/invitations/");
    let page = world.browser().get(&link).await.body;
    assert!(page.contains("A &lt;b&gt;") && !page.contains("A <b>"), "{page}");
    let subjects = "SELECT COUNT(*) FROM outbox WHERE subject LIKE '%Bcc%'";
    assert_eq!(world.count(subjects, &[]), 0);
}

#[tokio::test]
async fn what_a_steward_offered_ends_with_the_steward() {
    let world = World::new();
    let (mut leaving, link) = invited(&world).await;
    let mut other = world.joined("second@ashmere.example", "ashmere", Role::Steward).await;
    let id = world.person(BOTH);
    let changed = other.post(&format!("{PEOPLE}/{id}"), &[("role", "editor"), ("was", "steward")]).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
    assert_eq!(leaving.get(PEOPLE).await.status, StatusCode::FORBIDDEN, "at the very next request");
    assert_eq!(world.browser().post(&link, &[]).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn unknown_fields_parameters_and_other_sites_are_refused() {
    let world = World::new();
    let (mut steward, link) = invited(&world).await;
    let extra = steward.post(INVITE, &[("people", "a@b.example, A"), ("role", "member"), ("admin", "yes")]).await;
    assert_eq!(extra.status, StatusCode::BAD_REQUEST);
    assert!(extra.body.contains("takes no field"), "{}", extra.body);
    for (address, fields) in [
        ("/see-as", vec![("as", "public"), ("x", "1")]),
        ("/see-as/stop", vec![("x", "1")]),
        ("/account", vec![("organisation", "ashmere"), ("x", "1")]),
        ("/sign-in", vec![("email", BOTH), ("x", "1")]),
        ("/choose-role", vec![("who", "visitor"), ("x", "1")]),
        ("/sign-out", vec![("x", "1")]),
        (link.as_str(), vec![("x", "1")]),
    ] {
        assert_eq!(steward.post(address, &fields).await.status, StatusCode::BAD_REQUEST, "{address}");
    }
    assert_eq!(steward.get(&format!("{PEOPLE}?colour=red")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(steward.get(&format!("{link}?x=1")).await.status, StatusCode::BAD_REQUEST);
    for address in [INVITE, link.as_str()] {
        let request = Request::post(address)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("origin", "https://evil.example");
        let refused = steward.send(request, Body::from("people=a%40b.example,A&role=member")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{address}");
    }
    assert_eq!(steward.who().await, "ashmere/steward");
    assert_eq!(world.browser().post(&link, &[]).await.status, StatusCode::SEE_OTHER, "nothing of it used the link up");
}

#[tokio::test]
async fn nobody_invites_while_seeing_as_another() {
    let world = World::new();
    let mut steward = world.signed_in(BOTH).await;
    for other in ["public", "council", "supplier"] {
        steward.post("/see-as", &[("as", other)]).await;
        assert_eq!(steward.get(PEOPLE).await.status, StatusCode::NOT_FOUND, "{other}");
        let refused = invite(&mut steward, INVITE, "a@ashmere.example, A", "member").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{other}");
        steward.post("/see-as/stop", &[]).await;
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM invitation", &[]), 0);
}
