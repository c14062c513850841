//! What estates hold about people: told to them, and erased with them.

use ledger::{WhenErased, Whom};
use store::{Error, values};

fn whom(name: &str) -> Whom {
    Whom {
        id: "0190a8f0-0000-7000-8000-000000000001".parse().unwrap(),
        email: Some("p.shah@ashmere.example".to_owned()),
        name: name.to_owned(),
        organisations: vec!["ashmere".parse().unwrap()],
    }
}

#[test]
fn texts_that_name_somebody_are_told_and_erased_and_others_stay() {
    let store = testing::store(&[ledger::MIGRATIONS, accounts::MIGRATIONS, architecture::MIGRATIONS].concat());
    let naming = ["Priya Shah", "Owner: PRIYA  SHAH (IT)", "ask p.shah@ashmere.example first"];
    let others = ["Priya", "Shah and sons", "Priyanka Shaheen", "pp.shah@ashmere.example", "circa 2027"];
    store
        .write_blocking::<_, Error, _>(move |tx| {
            for (n, text) in naming.iter().chain(&others).enumerate() {
                let id = format!("t{n}");
                let sql = "INSERT INTO private_text (organisation, id, text) VALUES ($1, $2, $3)";
                tx.execute(sql, &values!["ashmere", &id, *text])?;
                // Another organisation may have somebody of the same name.
                tx.execute(sql, &values!["brackford", &id, *text])?;
            }
            let id = whom("").id.to_string();
            tx.execute(
                "INSERT INTO digest (organisation, person, how_often, made_at) VALUES ('ashmere', $1, 'weekly', 1)",
                &values![&id],
            )?;
            tx.execute(
                "INSERT INTO change (organisation, number, kind, actor, at) VALUES ('ashmere', 1, 'edit', $1, '2026-03-03')",
                &values![&id],
            )?;
            Ok(())
        })
        .unwrap();
    let count = |sql: &'static str| {
        store.read_blocking::<_, Error, _>(move |tx| tx.query_one(sql, &[], |row| row.integer(0))).unwrap()
    };
    let about = architecture::ABOUT_PEOPLE;
    let held = store.read_blocking::<_, Error, _>(move |tx| about.held(tx, &whom("Priya Shah"))).unwrap();
    let rows = |place| held.iter().find(|held| held.place == place).unwrap();
    assert_eq!(rows("private_text").rows.len(), naming.len());
    assert_eq!((rows("digest").rows.len(), rows("digest").when_erased), (1, WhenErased::Deleted));
    assert_eq!((rows("change").rows[0]["kind"].as_str(), rows("change").when_erased), (Some("edit"), WhenErased::Kept));
    // One word is no whole name, so only the address is found by.
    let held = store.read_blocking::<_, Error, _>(move |tx| about.held(tx, &whom("Priya"))).unwrap();
    assert_eq!(held.iter().find(|held| held.place == "private_text").unwrap().rows.len(), 1);

    // Whoever has no address here is found by their name alone, and nobody by no words at all.
    let without = |name: &str| Whom { email: None, ..whom(name) };
    for (name, found) in [("Priya Shah", 2), ("Priya", 0)] {
        let whom = without(name);
        let held = store.read_blocking::<_, Error, _>(move |tx| about.held(tx, &whom)).unwrap();
        assert_eq!(held.iter().find(|held| held.place == "private_text").unwrap().rows.len(), found, "{name}");
    }

    let now = jiff::Timestamp::UNIX_EPOCH;
    store.write_blocking::<_, Error, _>(move |tx| about.erase(tx, &whom("Priya Shah"), now)).unwrap();
    let left = "SELECT COUNT(*) FROM private_text WHERE organisation = 'ashmere' AND text IS NOT NULL";
    assert_eq!(count(left), i64::try_from(others.len()).unwrap());
    assert_eq!(count("SELECT COUNT(*) FROM private_text WHERE organisation = 'brackford' AND text IS NULL"), 0);
    assert_eq!(count("SELECT COUNT(*) FROM private_text WHERE erased_at IS NOT NULL"), 3);
    assert_eq!((count("SELECT COUNT(*) FROM digest"), count("SELECT COUNT(*) FROM change")), (0, 1));
}
