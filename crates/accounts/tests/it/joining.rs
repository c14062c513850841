//! Asking to act for an organisation, deciding about it, and everything that must not work.

use axum::http::StatusCode;
use jiff::SignedDuration;
use ledger::job;
use serde_json::Value;
use store::values;
use vocabulary::Role;

use crate::world::{Answered, BOTH, Browser, EDITOR, MEMBER, SUPPLIER, World};

const PEOPLE: &str = "/organisations/ashmere/people";
const REASON: &str = "I keep the list of systems of the revenues team.";

async fn ask(browser: &mut Browser, organisation: &str) -> Answered {
    browser.post("/join", &[("organisation", organisation), ("reason", REASON)]).await
}

/// Somebody of Brackford who has asked to act for Ashmere, and where their request is.
async fn asked(world: &World) -> (Browser, String) {
    let mut person = world.signed_in(MEMBER).await;
    let sent = ask(&mut person, "ashmere").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    let own = sent.location().to_owned();
    assert!(own.starts_with("/join/"), "{own}");
    (person, own)
}

/// Where those who decide find the request of somebody's page.
fn decided_at(own: &str) -> String {
    own.replace("/join/", "/organisations/ashmere/requests/")
}

/// What the letters that wait say, without sign-in links, newest first.
fn letters(world: &World) -> Vec<String> {
    world.messages().into_iter().filter(|letter| !letter.contains("/sign-in/")).collect()
}

fn work_off(world: &World) {
    let slice = accounts::slice(world.accounts.clone());
    let kinds: Vec<_> = slice.jobs.into_iter().filter(|kind| kind.name == "join-requests").collect();
    job::work_off(&world.store, &world.clock, &world.accounts.chance, &kinds, "test").unwrap();
}

#[tokio::test]
async fn somebody_asks_a_steward_approves_and_both_see_it() {
    let world = World::new();
    let mut person = world.signed_in(MEMBER).await;
    let found = person.get("/join?q=ashm").await.body;
    assert!(found.contains("/join?organisation=ashmere") && !found.contains("brackford"), "{found}");
    let form = person.get("/join?organisation=ashmere").await.body;
    assert!(form.contains("Ask to act for Ashmere Borough Council") && form.contains(MEMBER), "{form}");
    let own = ask(&mut person, "ashmere").await.location().to_owned();
    assert!(person.get(&own).await.body.contains("Nobody has decided yet."));
    assert!(person.get("/join").await.body.contains(&own));

    let mut steward = world.signed_in(BOTH).await;
    let page = steward.get(PEOPLE).await.body;
    assert!(page.contains("1 request to join waits") && page.contains(&decided_at(&own)), "{page}");
    let case = steward.get(&decided_at(&own)).await.body;
    for said in ["sam asks to act for Ashmere Borough Council", MEMBER, REASON, "Approve, as: Editor"] {
        assert!(case.contains(said), "{said} is not in {case}");
    }
    assert!(!case.contains("Operator"), "only roles that a steward gives: {case}");
    let approved = steward.post(&decided_at(&own), &[("decision", "editor")]).await;
    assert_eq!(
        (approved.status, approved.location()),
        (StatusCode::SEE_OTHER, "/organisations/ashmere/people?done=approved")
    );
    assert!(steward.get(approved.location()).await.body.contains("sam acts for it on request, as: Editor"));
    assert_eq!(world.verbs("ashmere"), ["join-approved", "join-requested"]);

    let letter = letters(&world).remove(0);
    assert!(letter.starts_with("You can now act for Ashmere Borough Council, as: Editor."), "{letter}");
    assert!(person.get(&own).await.body.contains("as: Editor."));
    assert_eq!(person.post("/account", &[("organisation", "ashmere")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(person.who().await, "ashmere/editor");
    assert_eq!(
        person.get("/join?organisation=ashmere").await.location(),
        "/account",
        "there is nothing to ask any more"
    );
    assert_eq!(ask(&mut person, "ashmere").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_reason_goes_with_no_and_the_same_cannot_be_asked_for_two_weeks() {
    let world = World::new();
    let (mut person, own) = asked(&world).await;
    let mut steward = world.signed_in(BOTH).await;
    let without = steward.post(&decided_at(&own), &[("decision", "decline"), ("answer", " ")]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(without.body.contains("Write why, for sam to read"), "{}", without.body);
    let answer = "We do not know you; <b>write</b> to us.";
    let declined = steward.post(&decided_at(&own), &[("decision", "decline"), ("answer", answer)]).await;
    assert_eq!(declined.location(), "/organisations/ashmere/people?done=declined", "{}", declined.body);
    let letter = letters(&world).remove(0);
    assert!(letter.contains("was declined.") && letter.contains(answer), "{letter}");
    let page = person.get(&own).await.body;
    assert!(page.contains("Declined on") && page.contains("&lt;b&gt;write"), "{page}");
    assert_eq!(person.who().await, "brackford/member", "nothing was given");
    assert_eq!(world.verbs("ashmere"), ["join-declined", "join-requested"]);

    let again = ask(&mut person, "ashmere").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("You can ask again from 17 March 2026."), "{}", again.body);
    world.later(SignedDuration::from_hours(24 * 14));
    let mut person = world.signed_in(MEMBER).await;
    assert_eq!(ask(&mut person, "ashmere").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn requests_have_limits_and_one_waits_at_a_time() {
    let world = World::new();
    world.write(|tx| {
        let more = ["colne", "dunmoor", "elmsey"].map(|id| crate::world::council(id, id));
        Ok(accounts::organisation::put(tx, &more, crate::world::start())?)
    });
    let (mut person, own) = asked(&world).await;
    assert_eq!(ask(&mut person, "ashmere").await.location(), own, "the one that waits");
    let colne = ask(&mut person, "colne").await.location().to_owned();
    assert_eq!(ask(&mut person, "dunmoor").await.status, StatusCode::SEE_OTHER);
    let fourth = ask(&mut person, "elmsey").await;
    assert_eq!(fourth.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(fourth.body.contains("3 requests of yours wait already."), "{}", fourth.body);
    let back = person.post(&format!("{colne}/withdraw"), &[]).await;
    assert_eq!(back.location(), "/join?done=withdrawn");
    assert!(person.get(&colne).await.body.contains("You took it back on"));
    assert_eq!(person.post(&format!("{colne}/withdraw"), &[]).await.status, StatusCode::CONFLICT);
    assert_eq!(world.verbs("colne"), ["join-withdrawn", "join-requested"]);
    // Asking and taking back again and again has an end too.
    for _ in 0..7 {
        let asked = ask(&mut person, "elmsey").await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
        person.post(&format!("{}/withdraw", asked.location()), &[]).await;
    }
    let refused = ask(&mut person, "elmsey").await;
    assert!(refused.body.contains("You have asked 10 times this week."), "{}", refused.body);
    for (organisation, reason, said) in [
        ("ashmere", "", "Say in a sentence why you ask"),
        ("ashmere", &*"x".repeat(501), "Write at most 500 characters"),
    ] {
        let refused = person.post("/join", &[("organisation", organisation), ("reason", reason)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains(said), "{}", refused.body);
    }
    for organisation in ["nowhere", "", "no such"] {
        assert_eq!(ask(&mut person, organisation).await.status, StatusCode::NOT_FOUND, "{organisation}");
    }
}

#[tokio::test]
async fn those_who_decide_get_one_letter_for_all_and_one_a_day() {
    let world = World::new();
    world.joined("second@ashmere.example", "ashmere", Role::Steward).await;
    asked(&world).await;
    let mut supplier = world.signed_in(SUPPLIER).await;
    ask(&mut supplier, "ashmere").await;
    work_off(&world);
    assert_eq!(letters(&world).len(), 0, "it waits for more");
    world.later(SignedDuration::from_mins(11));
    work_off(&world);
    let sent = letters(&world);
    assert_eq!(sent.len(), 2, "one for each steward: {sent:?}");
    assert!(sent[0].starts_with("2 people ask to act for Ashmere Borough Council"), "{}", sent[0]);
    assert!(!sent[0].contains("sam") && !sent[0].contains("desk") && !sent[0].contains(REASON), "{}", sent[0]);
    let recipients = world.count(
        "SELECT COUNT(*) FROM outbox WHERE subject = 'Requests to join' AND recipient IN ($1, $2)",
        &values![BOTH, "second@ashmere.example"],
    );
    assert_eq!(recipients, 2);
    // A third one the same day is told of tomorrow.
    let mut third = world.joined("third@fennel.example", "fennel", Role::Member).await;
    ask(&mut third, "ashmere").await;
    world.later(SignedDuration::from_hours(1));
    work_off(&world);
    assert_eq!(letters(&world).len(), 2);
    world.later(SignedDuration::from_hours(24));
    work_off(&world);
    assert_eq!(letters(&world).len(), 4);
    assert!(letters(&world)[0].starts_with("3 people ask"));
    // Nothing new, no letter; and what was taken back is nothing new.
    let mut fourth = world.joined("fourth@fennel.example", "fennel", Role::Member).await;
    let own = ask(&mut fourth, "ashmere").await.location().to_owned();
    fourth.post(&format!("{own}/withdraw"), &[]).await;
    world.later(SignedDuration::from_hours(25));
    work_off(&world);
    assert_eq!(letters(&world).len(), 4);
}

#[tokio::test]
async fn where_there_is_no_steward_operators_decide() {
    let world = World::new();
    let mut operator = world.joined("op@brackford.example", "brackford", Role::Operator).await;
    // Fennel's steward is one in name: a supplier's staff are as visitors.
    let mut person = world.signed_in(EDITOR).await;
    let own = ask(&mut person, "fennel").await.location().to_owned();
    world.later(SignedDuration::from_mins(11));
    work_off(&world);
    let told = world.count(
        "SELECT COUNT(*) FROM outbox WHERE subject = 'Requests to join' AND recipient = $1",
        &values!["op@brackford.example"],
    );
    assert_eq!((told, letters(&world).len()), (1, 1));
    let at = own.replace("/join/", "/organisations/fennel/requests/");
    let mut supplier = world.signed_in(SUPPLIER).await;
    assert_eq!(supplier.get(&at).await.status, StatusCode::NOT_FOUND);
    assert_eq!(operator.post(&at, &[("decision", "editor")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(operator.post(&at, &[("decision", "member")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.count("SELECT COUNT(*) FROM membership WHERE organisation = 'fennel'", &[]), 2);
}

#[tokio::test]
async fn nobody_else_sees_or_decides_a_request() {
    let world = World::new();
    let (mut person, own) = asked(&world).await;
    let at = decided_at(&own);
    for (who, organisation, role, expected) in [
        ("steward@brackford.example", "brackford", Role::Steward, StatusCode::NOT_FOUND),
        ("auditor@brackford.example", "brackford", Role::Auditor, StatusCode::NOT_FOUND),
        ("desk2@fennel.example", "fennel", Role::Steward, StatusCode::NOT_FOUND),
        ("member@ashmere.example", "ashmere", Role::Member, StatusCode::FORBIDDEN),
        ("editor@ashmere.example", "ashmere", Role::Editor, StatusCode::FORBIDDEN),
    ] {
        let mut browser = world.joined(who, organisation, role).await;
        assert_eq!(browser.get(&at).await.status, expected, "{who}");
        assert_eq!(browser.post(&at, &[("decision", "editor")]).await.status, expected, "{who}");
        assert_eq!(browser.get(&own).await.status, StatusCode::NOT_FOUND, "{who}");
        assert_eq!(browser.post(&format!("{own}/withdraw"), &[]).await.status, StatusCode::NOT_FOUND, "{who}");
    }
    assert_eq!(person.get(&at).await.status, StatusCode::NOT_FOUND, "nor who asked");
    let mut visitor = world.browser();
    assert_eq!(visitor.get(&own).await.location(), format!("/sign-in?next={}", own.replace('/', "%2F")));
    assert_eq!(visitor.get("/join?q=a").await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        visitor.post("/join", &[("organisation", "ashmere"), ("reason", REASON)]).await.status,
        StatusCode::SEE_OTHER
    );
    let mut steward = world.signed_in(BOTH).await;
    let elsewhere = at.replace("/ashmere/", "/brackford/");
    assert_eq!(steward.get(&elsewhere).await.status, StatusCode::NOT_FOUND);
    for wrong in ["operator", "auditor", "moderator", "", "owner"] {
        let refused = steward.post(&at, &[("decision", wrong)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    assert_eq!(steward.post(&at, &[("decision", "editor"), ("x", "1")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(steward.get(&format!("{own}?x=1")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.count("SELECT COUNT(*) FROM join_request WHERE waits = 1", &[]), 1);
    assert_eq!(world.verbs("ashmere"), ["join-requested"]);
}

#[tokio::test]
async fn nobody_decides_about_themselves_and_two_decide_once() {
    let world = World::new();
    let mut operator = world.joined("op@brackford.example", "brackford", Role::Operator).await;
    let own = ask(&mut operator, "ashmere").await.location().to_owned();
    let at = decided_at(&own);
    assert!(operator.get(&at).await.body.contains("This is your own request."));
    let refused = operator.post(&at, &[("decision", "steward")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("Nobody decides about their own request."), "{}", refused.body);
    let mut steward = world.signed_in(BOTH).await;
    assert_eq!(steward.post(&at, &[("decision", "member")]).await.status, StatusCode::SEE_OTHER);
    let late = steward.post(&at, &[("decision", "decline"), ("answer", "no")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    assert_eq!(letters(&world).len(), 1, "one decision, one letter");
}

/// Whoever comes in by another way has nothing to wait for, and keeps what they were given.
#[tokio::test]
async fn an_invitation_that_is_accepted_answers_the_request() {
    let world = World::new();
    let (mut person, own) = asked(&world).await;
    let mut steward = world.signed_in(BOTH).await;
    steward.post(&format!("{PEOPLE}/invite"), &[("people", &format!("{MEMBER}, Sam")), ("role", "member")]).await;
    let link = world.link_to("/invitations/");
    assert_eq!(person.post(&link, &[]).await.status, StatusCode::SEE_OTHER);
    let state: Value = serde_json::from_str(&person.get(&format!("{own}.json")).await.body).unwrap();
    assert_eq!((&state["state"], &state["role"]), (&"approved".into(), &"member".into()));
    let late = steward.post(&decided_at(&own), &[("decision", "steward")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert_eq!(person.who().await, "ashmere/member");
    // The other way round an invitation ends with the approval.
    let mut other = world.signed_in(SUPPLIER).await;
    let own = ask(&mut other, "ashmere").await.location().to_owned();
    steward.post(&format!("{PEOPLE}/invite"), &[("people", &format!("{SUPPLIER}, Desk")), ("role", "steward")]).await;
    let link = world.link_to("/invitations/");
    steward.post(&decided_at(&own), &[("decision", "member")]).await;
    assert_eq!(world.browser().post(&link, &[]).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn what_is_over_is_forgotten_and_erasing_takes_requests_along() {
    let world = World::new();
    let (mut person, own) = asked(&world).await;
    person.post(&format!("{own}/withdraw"), &[]).await;
    ask(&mut person, "ashmere").await;
    world.later(SignedDuration::from_hours(24 * 91));
    let slice = accounts::slice(world.accounts.clone());
    let tidy: Vec<_> = slice.jobs.into_iter().filter(|kind| kind.name == "accounts-tidy").collect();
    let (now, kinds) = (world.clock.now(), tidy.clone());
    world.write(move |tx| Ok(job::establish(tx, &kinds, now, &vocabulary::Chance::System)?));
    world.later(SignedDuration::from_hours(25));
    job::work_off(&world.store, &world.clock, &world.accounts.chance, &tidy, "test").unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM join_request", &[]), 1, "the one that waits stays");
    let id = world.person(MEMBER).parse().unwrap();
    world.write(move |tx| Ok(accounts::person::erase(tx, &[accounts::ABOUT_PEOPLE], id, crate::world::start())?));
    assert_eq!(world.count("SELECT COUNT(*) FROM join_request", &[]), 0);
    let mut steward = world.signed_in(BOTH).await;
    assert!(steward.get(PEOPLE).await.body.contains("somebody who was erased asked to act for it"));
}
