//! What no form has is refused wherever something is written: a field that is misspelt, and left out in silence, would lie.

use axum::http::StatusCode;

use crate::world::{World, system};

#[test]
fn a_field_that_the_form_does_not_have_is_refused() {
    let world = World::new();
    world.keeps_shared_list("brackford");
    let ids = world.add("ashmere", vec![system("Bin rounds").product("roundmaster"), system("Rounds")]);
    let waiting = world.bring("ashmere", "systems.csv", b"System,Supplier\nForms,Oakware\n");
    let forms = [
        ("editor@ashmere", format!("/systems/{}/users", ids[0]), "used_by=brackford&before="),
        ("steward@ashmere", "/organisations/ashmere/settings".to_owned(), "estate=public&costs=members"),
        ("editor@ashmere", "/organisations/ashmere/worklist/confirm".to_owned(), "subject=1&field=status&change=1"),
        ("editor@ashmere", "/organisations/ashmere/worklist/aside".to_owned(), "item=1"),
        ("editor@ashmere", format!("{waiting}/preview"), "action=apply&digest=1"),
        ("editor@ashmere", "/comparisons".to_owned(), "organisation=ashmere&organisation=brackford&name=Ours"),
        ("editor@ashmere", "/contracts/follow".to_owned(), "sees=members&filters="),
        ("editor@ashmere", "/contracts/digest".to_owned(), "how_often=weekly&filters="),
        ("editor@ashmere", format!("/systems/{}/merge", ids[0]), "with=x&seen=1&take-status=goes"),
        ("steward@brackford", "/products/roundmaster/merge".to_owned(), "with=wastedesk&why=x"),
        ("steward@brackford", "/products/roundmaster/separate".to_owned(), "which=wastedesk"),
    ];
    let counts = world.row_counts();
    for (who, path, fields) in &forms {
        let refused = world.post(who, path, &format!("{fields}&colour=red"));
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}: {}", refused.body);
        assert!(refused.words().contains("This address takes no field \"colour\"."), "{path}: {}", refused.words());
        // Its own fields are known, whatever comes of them.
        let taken = world.post(who, path, fields);
        assert!(!taken.words().contains("takes no field"), "{path}: {}", taken.words());
        if *path == forms[0].1 {
            assert_ne!(world.row_counts(), counts, "the fields alone do something");
        }
    }
}

#[test]
fn dates_of_an_organisation_that_does_not_exist_are_not_followed() {
    let world = World::new();
    let refused = world.post("editor@ashmere", "/contracts/follow", "sees=members&filters=organisation%3Dnobody");
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.body);
    assert!(refused.words().contains("\"organisation\" cannot be \"nobody\"."), "{}", refused.words());
    assert_eq!(world.get("visitor", "/contracts/follow?organisation=nobody").status, StatusCode::BAD_REQUEST);
    assert_eq!(world.get("visitor", "/contracts/follow?organisation=ashmere").status, StatusCode::OK);
}
