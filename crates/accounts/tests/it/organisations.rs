//! Organisations: kept here, registered in the ledger.

use accounts::{Organisation, OrganisationKind, organisation};
use vocabulary::Reader;

use crate::world::{World, council, id, start, supplier};

fn put(world: &World, organisations: Vec<Organisation>) {
    world.write(move |tx| Ok(organisation::put(tx, &organisations, start())?));
}

#[test]
fn an_organisation_is_found_by_id_and_by_code() {
    let world = World::new();
    let oakware = Organisation {
        code: Some("01234567".to_owned()),
        also_known: vec!["Oak".to_owned(), "Oakware".to_owned()],
        former_names: vec!["Acorn Systems".to_owned()],
        ..supplier("oakware", "Oakware Ltd")
    };
    put(&world, vec![oakware.clone()]);
    let find = |text: &'static str| world.write(move |tx| Ok(organisation::by_id_or_code(tx, text)?));
    assert_eq!(find("oakware"), Some(oakware.clone()));
    assert_eq!(find(" 01234567 "), Some(oakware.clone()));
    assert_eq!(find("Oakware Ltd"), None, "names do not identify");
    assert_eq!(world.write(|tx| Ok(organisation::find(tx, &id("oakware"))?)), Some(oakware));
}

#[test]
fn putting_again_changes_names_and_keeps_the_id() {
    let world = World::new();
    put(&world, vec![Organisation { former_names: vec!["A".to_owned(), "B".to_owned()], ..council("colne", "Colne") }]);
    let renamed = Organisation { former_names: vec!["Colne".to_owned()], ..council("colne", "Colne County Council") };
    put(&world, vec![renamed.clone()]);
    assert_eq!(world.write(|tx| Ok(organisation::find(tx, &id("colne"))?)), Some(renamed));
    let found = world.write(|tx| {
        ledger::search(tx, &Reader::visitor(), "colne county", Some("organisation"), None, 10)
            .map_err(|error| panic!("{error}"))
    });
    assert_eq!((found.total, found.hits[0].address.as_str()), (1, "/organisations/colne"));
}

#[test]
fn lists_are_by_name_and_of_one_kind_if_wanted() {
    let world = World::new();
    put(&world, vec![supplier("acorn", "acorn ltd")]);
    let ids = |kind| -> Vec<String> {
        world.write(move |tx| Ok(organisation::all(tx, kind)?.into_iter().map(|o| o.id.to_string()).collect()))
    };
    assert_eq!(ids(None), ["acorn", "ashmere", "brackford", "fennel"]);
    assert_eq!(ids(Some(OrganisationKind::Supplier)), ["acorn", "fennel"]);
    assert_eq!(ids(Some(OrganisationKind::Partner)), Vec::<String>::new());
}

#[test]
fn the_ledger_agrees_with_the_tables() {
    let world = World::new();
    let differences = world.write(|tx| {
        let things = organisation::things(tx)?;
        assert_eq!(things.len(), 3);
        Ok(ledger::compare(tx, things.into_iter())?)
    });
    assert_eq!(differences, []);
    let slice = accounts::slice(world.accounts.clone());
    assert_eq!(world.write(move |tx| Ok((slice.check)(tx)?)), Vec::<String>::new());
}

#[test]
fn a_supplier_never_participates_and_a_code_is_one_organisations() {
    let world = World::new();
    let coded = |id| Organisation { code: Some("E1".to_owned()), ..council(id, "Council") };
    let participating = Organisation { participating: true, ..supplier("bad", "Bad") };
    for bad in [vec![participating], vec![coded("one"), coded("two")]] {
        let put = move |tx: &mut store::Transaction<'_>| organisation::put(tx, &bad, start());
        assert!(world.store.write_blocking(put).is_err());
    }
    for absent in ["bad", "one", "two"] {
        assert_eq!(world.write(move |tx| Ok(organisation::find(tx, &id(absent))?)), None);
    }
}

#[test]
fn the_shared_list_has_one_keeper_at_most() {
    let world = World::new();
    let keeper = |world: &World| world.write(|tx| Ok(organisation::keeper(tx)?)).map(|id| id.to_string());
    let keeps = |id: &str, name| Organisation { keeps_shared_list: true, ..council(id, name) };
    assert_eq!(keeper(&world), None);
    put(&world, vec![keeps("ashmere", "Ashmere")]);
    assert_eq!(keeper(&world).as_deref(), Some("ashmere"));
    put(&world, vec![council("dene", "Dene"), supplier("acorn", "Acorn Ltd")]);
    assert_eq!(keeper(&world).as_deref(), Some("ashmere"), "others come and it stays");
    put(&world, vec![keeps("colne", "Colne")]);
    assert_eq!(keeper(&world).as_deref(), Some("colne"), "it is handed on");
    let found = world.write(|tx| Ok(organisation::find(tx, &id("ashmere"))?));
    assert!(!found.unwrap().keeps_shared_list);
    let selling = Organisation { keeps_shared_list: true, ..supplier("acorn", "Acorn Ltd") };
    for bad in [vec![selling], vec![keeps("colne", "Colne"), keeps("dene", "Dene")]] {
        let put = move |tx: &mut store::Transaction<'_>| organisation::put(tx, &bad, start());
        assert!(world.store.write_blocking(put).is_err());
    }
    assert_eq!(keeper(&world).as_deref(), Some("colne"));
    put(&world, vec![council("colne", "Colne")]);
    assert_eq!(keeper(&world), None);
}

#[test]
fn the_demonstrations_files_are_good() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../demo");
    let organisations = std::fs::read(format!("{folder}/organisations.csv")).unwrap();
    let organisations = organisation::read_csv(&organisations).unwrap();
    let people = accounts::person::read_csv(&std::fs::read(format!("{folder}/people.csv")).unwrap()).unwrap();
    let world = World::new();
    world.write(move |tx| {
        tx.execute("DELETE FROM membership", &[])?;
        organisation::put(tx, &organisations, start())?;
        accounts::person::put_memberships(tx, &people, start(), &vocabulary::Chance::System)
    });
    for role in ["member", "editor", "steward", "moderator", "auditor", "operator"] {
        let found = world.count(
            "SELECT COUNT(*) FROM membership m JOIN organisation o ON o.id = m.organisation \
             WHERE m.role = $1 AND o.participating = 1",
            &store::values![role],
        );
        assert!(found > 0, "nobody can be a {role} in the demonstration");
    }
    let suppliers =
        "SELECT COUNT(*) FROM membership m JOIN organisation o ON o.id = m.organisation WHERE o.kind = 'supplier'";
    assert!(world.count(suppliers, &[]) > 0);
}
