//! The organisations of a copy, for operators: added, renamed, closed, opened again; and that nobody else has these pages.

use axum::http::StatusCode;
use serde_json::Value;
use store::values;
use vocabulary::Role;

use crate::world::{Answered, BOTH, Browser, EDITOR, MEMBER, SUPPLIER, World};

const LIST: &str = "/operator/organisations";

async fn operator(world: &World) -> Browser {
    world.joined("op@brackford.example", "brackford", Role::Operator).await
}

fn ids(answered: &Answered) -> Vec<String> {
    let json: Value = serde_json::from_str(&answered.body).unwrap_or_else(|_| panic!("{}", answered.body));
    json["organisations"].as_array().unwrap().iter().map(|body| body["id"].as_str().unwrap().to_owned()).collect()
}

async fn add(operator: &mut Browser, name: &str, id: &str, kind: &str, participating: &str) -> Answered {
    let fields = [("name", name), ("id", id), ("kind", kind), ("code", ""), ("participating", participating)];
    operator.post("/operator/organisations/new", &fields).await
}

#[tokio::test]
async fn the_list_says_who_stewards_how_many_act_and_what_waits() {
    let world = World::new();
    let mut operator = operator(&world).await;
    let mut person = world.signed_in(MEMBER).await;
    person.post("/join", &[("organisation", "ashmere"), ("reason", "I keep the list.")]).await;
    operator.post("/organisations/fennel/domains", &[("domain", "fennel.example")]).await;
    assert_eq!(ids(&operator.get("/operator/organisations.json").await), ["ashmere", "brackford", "fennel"]);
    for (query, expected) in [
        ("q=DISTRICT", vec!["brackford"]),
        ("kind=supplier", vec!["fennel"]),
        ("state=participating", vec!["ashmere", "brackford"]),
        ("state=waiting", vec!["ashmere", "fennel"]),
        ("state=unstewarded", vec!["brackford"]),
        ("state=closed", vec![]),
    ] {
        assert_eq!(ids(&operator.get(&format!("/operator/organisations.json?{query}")).await), expected, "{query}");
    }
    let csv = operator.get("/operator/organisations.csv?q=ashmere").await.body;
    assert_eq!(
        csv,
        "id,name,kind,code,participating,people,stewards,requests,domains_waiting,closed_at\r\n\
         ashmere,Ashmere Borough Council,council,,yes,2,1,1,0,\r\n"
    );
    let page = operator.get(&format!("{LIST}/ashmere")).await.body;
    for said in ["2 people act for it, 1 of them a steward.", "alex", "/organisations/ashmere/people", "/close"] {
        assert!(page.contains(said), "{said} is not in {page}");
    }
    for query in ["state=x", "kind=x", "x=1"] {
        assert_eq!(operator.get(&format!("{LIST}?{query}")).await.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn an_organisation_is_added_once_and_renamed_with_its_former_name() {
    let world = World::new();
    let mut operator = operator(&world).await;
    let added = add(&mut operator, "  Colne   County Council ", "", "council", "yes").await;
    assert_eq!(added.location(), "/operator/organisations/colne?done=added", "{}", added.body);
    for (name, id, kind, participating, said) in [
        ("Colne Town Council", "colne", "council", "yes", "colne is another organisation"),
        ("", "x", "council", "yes", "Enter the name"),
        ("Dunmoor", "Not An Id", "council", "yes", "Write a short name"),
        ("Dunmoor", "dunmoor", "parish", "yes", "Choose what it is"),
        ("Dunmoor", "dunmoor", "council", "", "Choose whether it takes part"),
        ("Dunmoor Ltd", "dunmoor", "supplier", "yes", "A supplier does not take part"),
    ] {
        let refused = add(&mut operator, name, id, kind, participating).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(refused.body.contains(said), "{said}: {}", refused.body);
    }
    assert_eq!(world.verbs("colne"), ["organisation-added"]);
    let renamed = operator.post("/operator/organisations/colne", &[("name", "Colne Unitary Council")]).await;
    assert_eq!(renamed.location(), "/operator/organisations/colne?done=renamed", "{}", renamed.body);
    operator.post("/operator/organisations/colne", &[("name", "Colne Unitary Council")]).await;
    assert_eq!(world.verbs("colne"), ["organisation-renamed", "organisation-added"], "the same again is nothing");
    let found = world.write(|tx| Ok(accounts::organisation::find(tx, &"colne".parse().unwrap())?.unwrap()));
    assert_eq!(
        (found.name.as_str(), found.former_names),
        ("Colne Unitary Council", vec!["Colne County Council".to_owned()])
    );
    let titles =
        "SELECT COUNT(*) FROM thing WHERE address = '/organisations/colne' AND title = 'Colne Unitary Council'";
    assert_eq!(world.count(titles, &[]), 1, "search and lists know it");
    let empty = operator.post("/operator/organisations/colne", &[("name", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let of_the_copy = "SELECT COUNT(*) FROM event WHERE organisation = '' AND thing = '/operator/organisations/colne'";
    assert_eq!(world.count(of_the_copy, &[]), 2);
}

#[tokio::test]
async fn closing_ends_what_people_do_for_it_and_what_waits_and_hides_nothing() {
    let world = World::new();
    let mut operator = operator(&world).await;
    let mut editor = world.signed_in(EDITOR).await;
    let mut steward = world.signed_in(BOTH).await;
    steward.post("/organisations/ashmere/people/invite", &[("people", "a@b.example, A"), ("role", "member")]).await;
    let invitation = world.link_to("/invitations/");
    operator.post("/organisations/ashmere/domains", &[("domain", "ashmere.example")]).await;
    operator.post("/organisations/ashmere/domains/confirm", &[("domain", "ashmere.example")]).await;
    world.browser().post("/sign-in", &[("email", "new@ashmere.example")]).await;
    let newcomer = world.link();
    let mut person = world.signed_in(MEMBER).await;
    let own = person.post("/join", &[("organisation", "ashmere"), ("reason", "x")]).await.location().to_owned();

    assert!(operator.get(&format!("{LIST}/ashmere/close")).await.body.contains("the roles of 2 people end there"));
    let closed = operator.post(&format!("{LIST}/ashmere/close"), &[]).await;
    assert_eq!(closed.location(), "/operator/organisations/ashmere?done=closed", "{}", closed.body);
    assert_eq!((editor.who().await, steward.who().await), ("nobody".to_owned(), "brackford/auditor".to_owned()));
    assert_eq!(world.browser().post(&invitation, &[]).await.status, StatusCode::GONE);
    assert_eq!(world.browser().post(&newcomer, &[]).await.status, StatusCode::GONE);
    assert!(person.get(&own).await.body.contains("This organisation was closed here."));
    world.later(jiff::SignedDuration::from_hours(24 * 15));
    let mut person = world.signed_in(MEMBER).await;
    let again = person.post("/join", &[("organisation", "ashmere"), ("reason", "x")]).await;
    assert!(again.body.contains("Ashmere Borough Council is closed here"), "{}", again.body);
    let mut operator = world.signed_in("op@brackford.example").await;
    let invite = [("people", "c@d.example, C"), ("role", "steward")];
    let refused = operator.post("/organisations/ashmere/people/invite", &invite).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("is closed here"), "{}", refused.body);
    let file = world.store.write_blocking(|tx| {
        let back = [crate::world::membership(EDITOR, "ashmere", Role::Editor)];
        accounts::person::put_memberships(tx, &back, crate::world::start(), &vocabulary::Chance::System)
    });
    assert!(file.unwrap_err().to_string().contains("is closed here"));
    // What others rely on is as it was.
    let things = "SELECT COUNT(*) FROM thing WHERE address = '/organisations/ashmere' AND visibility = 'public'";
    assert_eq!(world.count(things, &[]), 1);
    assert_eq!(ids(&operator.get("/operator/organisations.json?state=closed").await), ["ashmere"]);
    let page = operator.get("/organisations/ashmere/people").await.body;
    assert!(page.contains("The organisation was closed") && page.contains("priya acts for it no longer"), "{page}");

    let opened = operator.post(&format!("{LIST}/ashmere/open"), &[]).await;
    assert_eq!(opened.location(), "/operator/organisations/ashmere?done=opened");
    assert_eq!(operator.post("/organisations/ashmere/people/invite", &invite).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.count("SELECT COUNT(*) FROM membership WHERE organisation = 'ashmere'", &[]), 0, "nobody is back");
}

#[tokio::test]
async fn what_would_leave_the_copy_without_its_keeper_or_operators_is_refused() {
    let world = World::new();
    let mut operator = operator(&world).await;
    let own = operator.post(&format!("{LIST}/brackford/close"), &[]).await;
    assert_eq!(own.status, StatusCode::CONFLICT);
    assert!(own.body.contains("You act for this organisation now."), "{}", own.body);
    assert!(operator.get(&format!("{LIST}/brackford/close")).await.body.contains("You act for this organisation now."));
    world.write(|tx| {
        let keeper = accounts::Organisation {
            keeps_shared_list: true,
            ..crate::world::council("ashmere", "Ashmere Borough Council")
        };
        Ok(accounts::organisation::put(tx, &[keeper], crate::world::start())?)
    });
    let keeper = operator.post(&format!("{LIST}/ashmere/close"), &[]).await;
    assert!(keeper.body.contains("keeps the list of products"), "{}", keeper.body);
    assert_eq!(world.count("SELECT COUNT(*) FROM organisation WHERE closed_at IS NOT NULL", &[]), 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM membership WHERE organisation = $1", &values!["ashmere"]), 2);
}

#[tokio::test]
async fn to_everybody_else_these_pages_do_not_exist() {
    let world = World::new();
    let mut browsers = vec![world.browser(), world.signed_in(BOTH).await, world.signed_in(SUPPLIER).await];
    for role in [Role::Member, Role::Editor, Role::Moderator, Role::Auditor] {
        browsers.push(world.joined(&format!("{role}@ashmere.example"), "ashmere", role).await);
    }
    browsers.push(world.joined("op@fennel.example", "fennel", Role::Operator).await);
    for mut browser in browsers {
        for address in ["", "/new", "/ashmere", "/ashmere/close", ".json", ".csv"] {
            assert_eq!(browser.get(&format!("{LIST}{address}")).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        for address in ["/new", "/ashmere", "/ashmere/close", "/ashmere/open"] {
            assert_eq!(browser.post(&format!("{LIST}{address}"), &[]).await.status, StatusCode::NOT_FOUND, "{address}");
        }
    }
    let mut operator = operator(&world).await;
    for address in ["/nowhere", "/nowhere/close", "/nowhere/open", "/No%20Id"] {
        assert_eq!(operator.post(&format!("{LIST}{address}"), &[]).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    assert_eq!(operator.post(&format!("{LIST}/ashmere/close"), &[("x", "1")]).await.status, StatusCode::BAD_REQUEST);
    let kept = "SELECT COUNT(*) FROM organisation WHERE closed_at IS NULL AND name <> ''";
    assert_eq!(world.count(kept, &[]), 3);
}
