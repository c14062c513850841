//! Comparisons that are kept under a name.

use axum::http::StatusCode;
use vocabulary::Visibility;

use crate::county::{county, open_part, tells_nothing_of_colne};
use crate::world::{READERS, World};

const TWO: &str = "organisation=ashmere&organisation=brackford";

/// Saves a comparison as an editor of Ashmere and gives its address.
fn saved(world: &World, question: &str, name: &str, visibility: &str) -> String {
    let form = format!("{question}&name={name}&visibility={visibility}");
    let made = world.post("editor@ashmere", "/comparisons", &form);
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let to = made.headers["location"].to_str().unwrap().to_owned();
    to.split('?').next().unwrap().to_owned()
}

#[test]
fn an_editor_saves_a_comparison_from_its_page_and_sends_it_on() {
    let world = county();
    let page = world.get("editor@ashmere", &format!("/compare?{TWO}&show=different"));
    let to = format!("/comparisons/new?{TWO}&show=different");
    assert!(page.body.contains(&to.replace('&', "&amp;")), "the link to save keeps the rows: {}", page.body);
    let form = world.get("editor@ashmere", &to);
    assert_eq!(form.all("h1"), ["Save this comparison"]);
    assert!(form.words().contains("It compares Ashmere and Brackford."));
    assert_eq!(form.body.matches(" checked").count(), 0, "who can open it is chosen, not assumed");
    let address = saved(&world, &format!("{TWO}&show=different"), "The+new+unitary", "members");
    let page = world.get("editor@ashmere", &format!("{address}?saved=new"));
    assert!(page.words().contains("\"The new unitary\" is saved."), "{}", page.words());
    assert_eq!(page.all("h1"), ["Ashmere and Brackford meet 1 need with the same product"]);
    assert_eq!(page.all(".govuk-caption-l"), ["The new unitary"]);
    assert!(page.words().contains("Saved by Ashmere on 22 November 2026. Seen by participating bodies;"));
    assert_eq!(page.all(".ch-compare .ch-map__element").len(), 2, "only the rows that were kept");
    let all = world.get("member@brackford", &format!("{address}?show=all"));
    assert!(all.all(".ch-compare .ch-map__element").len() > 2);
    assert!(!all.words().contains("Delete it"), "another body opens it and changes nothing");
    let data = world.get("member@brackford", &format!("{address}.json")).json();
    assert_eq!(data["elements"].as_array().unwrap().len(), 2);
    assert_eq!(world.get("member@brackford", &format!("{address}.csv")).csv().len(), 2);
}

#[test]
fn it_is_listed_where_people_look_for_it() {
    let world = county();
    let address = saved(&world, TWO, "For+members", "members");
    saved(&world, TWO, "For+ourselves", "own");
    assert_eq!(world.get("editor@ashmere", "/compare").all("tbody th"), ["For members", "For ourselves"]);
    assert_eq!(world.get("member@brackford", "/compare").all("tbody th"), ["For members"]);
    assert!(world.get("visitor", "/compare").all("tbody th").is_empty());
    let own = world.get("editor@ashmere", "/organisations/ashmere");
    assert!(own.body.contains(&address) && own.words().contains("For ourselves"));
    for who in ["member@ashmere", "editor@brackford", "visitor"] {
        assert!(!world.get(who, "/organisations/ashmere").words().contains("Saved comparisons"), "{who}");
    }
}

#[test]
fn only_those_it_is_shared_with_open_it() {
    let world = county();
    let (members, own) = (saved(&world, TWO, "M", "members"), saved(&world, TWO, "O", "own"));
    for who in READERS {
        let status = |path: &str| world.get(who, path).status;
        let within = !["visitor", "supplier@oakware"].contains(who);
        let ours = ["editor@ashmere", "steward@ashmere", "auditor@colne"].contains(who);
        let expected = |seen: bool| if seen { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!((status(&members), status(&own)), (expected(within), expected(ours)), "{who}");
        let nowhere = world.get(who, "/comparisons/018f0000-0000-7000-8000-00000000ffff").body;
        if !ours {
            assert_eq!(
                world.get(who, &own).body.replace(&own, "X"),
                nowhere.replace("/comparisons/018f0000-0000-7000-8000-00000000ffff", "X"),
                "{who}"
            );
        }
    }
}

#[test]
fn only_its_own_editors_change_it() {
    let world = county();
    let address = saved(&world, TWO, "First", "members");
    let forms = [format!("{address}/edit"), format!("{address}/delete")];
    for who in READERS {
        let may = ["editor@ashmere", "steward@ashmere"].contains(who);
        let save = world.get(who, &format!("/comparisons/new?{TWO}")).status;
        let editor = who.starts_with("editor@") || who.starts_with("steward@");
        assert_eq!(save == StatusCode::OK, editor, "{who} {save}");
        for form in &forms {
            assert_eq!(world.get(who, form).status == StatusCode::OK, may, "{who} {form}");
            if !may {
                let refused = world.post(who, form, "name=Taken&visibility=own").status;
                assert!([StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&refused), "{who} {form} {refused}");
            }
        }
    }
    let renamed = world.post("steward@ashmere", &forms[0], "name=Second&visibility=own");
    assert_eq!(renamed.status, StatusCode::SEE_OTHER);
    assert_eq!(world.get("member@brackford", &address).status, StatusCode::NOT_FOUND, "it is Ashmere's own now");
    assert_eq!(world.get("editor@ashmere", &address).all(".govuk-caption-l"), ["Second"]);
    let mistake = world.post("editor@ashmere", &forms[0], "name=+&visibility=everyone");
    assert_eq!(mistake.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        mistake.all(".govuk-error-summary a"),
        ["Enter a name for the comparison", "Choose who can open the comparison"]
    );
}

#[test]
fn deleting_leaves_a_tombstone_for_those_who_saw_it() {
    let world = county();
    let address = saved(&world, TWO, "Old", "members");
    let deleted = world.post("editor@ashmere", &format!("{address}/delete"), "");
    assert_eq!(deleted.status, StatusCode::SEE_OTHER);
    let page = world.get("member@brackford", &address);
    assert_eq!((page.status, page.all("h1")), (StatusCode::NOT_FOUND, vec!["This comparison was deleted".to_owned()]));
    assert!(page.words().contains("It was deleted by its organisation on 22 November 2026."), "{}", page.words());
    assert_eq!(world.get("visitor", &address).all("h1"), ["Page not found"]);
    assert!(world.get("editor@ashmere", "/compare").all("tbody th").is_empty());
}

#[test]
fn it_keeps_the_question_and_never_the_answer() {
    let world = county();
    let three = format!("{TWO}&organisation=colne");
    let address = saved(&world, &three, "Three", "members");
    let before = world.get("member@ashmere", &address);
    assert_eq!(before.all("h1"), ["Ashmere and Brackford meet 1 need with the same product"]);
    assert!(before.words().contains("No systems to show for Colne."));
    assert!(!before.body.contains("Secret"));
    world.share("colne", Visibility::Members, Visibility::Own);
    let after = world.get("member@ashmere", &address);
    assert_eq!(after.all("h1"), ["TaxBase meets Revenues and benefits in 2 of 3"], "today's answer");
    world.share("ashmere", Visibility::Own, Visibility::Own);
    world.share("brackford", Visibility::Own, Visibility::Own);
    let none = world.get("member@colne", &address);
    assert_eq!((none.status, none.all("h1")), (StatusCode::OK, vec!["Three".to_owned()]));
    assert!(none.words().contains("No systems to show for Ashmere and Brackford, so there is nothing to compare."));
}

#[test]
fn a_saved_comparison_tells_nothing_of_what_is_not_shared() {
    let three = format!("{TWO}&organisation=colne");
    let (with, without) = (county(), open_part());
    let addresses: Vec<[String; 2]> = [(&three, ""), (&three, "?show=all"), (&three, "?show=same-product-3")]
        .into_iter()
        .map(|(question, query)| {
            [&with, &without].map(|world| format!("{}|{query}", saved(world, question, "Three", "members")))
        })
        .collect();
    for who in crate::county::strangers_to_colne() {
        for [there, absent] in &addresses {
            for suffix in ["", ".json", ".csv"] {
                let at = |address: &str| address.replace('|', suffix);
                let (one, other) = (with.get(who, &at(there)), without.get(who, &at(absent)));
                let plain = |body: &str, address: &str| body.replace(address.split('|').next().unwrap(), "X");
                assert_eq!(one.status, other.status, "{who}");
                let id = |address: &str| address.split('|').next().unwrap().rsplit('/').next().unwrap().to_owned();
                assert_eq!(
                    plain(&one.body, there).replace(&id(there), "ID"),
                    plain(&other.body, absent).replace(&id(absent), "ID"),
                    "{who} {suffix}"
                );
            }
        }
    }
    tells_nothing_of_colne(&["/comparisons/018f0000-0000-7000-8000-00000000ffff"]);
}

#[test]
fn what_cannot_be_compared_cannot_be_saved() {
    let world = county();
    for (question, status) in [
        ("organisation=ashmere", StatusCode::BAD_REQUEST),
        ("organisation=ashmere&organisation=nowhere", StatusCode::BAD_REQUEST),
        ("organisation=ashmere&organisation=brackford&show=same-product-3", StatusCode::BAD_REQUEST),
    ] {
        let form = format!("{question}&name=x&visibility=own");
        assert_eq!(world.post("editor@ashmere", "/comparisons", &form).status, status, "{question}");
        assert_eq!(world.get("editor@ashmere", &format!("/comparisons/new?{question}")).status, status, "{question}");
    }
}

#[test]
fn the_ledger_knows_it_as_the_subject_says() {
    let world = county();
    let address = saved(&world, TWO, "The+new+unitary", "members");
    let architecture = world.architecture();
    let things = architecture::slice(architecture).things;
    let read = move |tx: &mut store::Transaction<'_>| {
        let found = ledger::find(tx, &crate::world::reader("member@brackford"), &address)?;
        Ok::<_, store::Error>((things(tx)?, found))
    };
    let (things, found) = world.store.read_blocking(read).unwrap();
    let thing = found.expect("it is registered").thing;
    assert!(things.contains(&thing), "{thing:?}");
    assert_eq!(
        (thing.title.as_str(), thing.summary.as_str()),
        ("The new unitary", "A comparison of Ashmere and Brackford")
    );
}
