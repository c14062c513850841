//! Every column that can refer to a person is declared by its subject: else an export would be silent about it, and erasing
//! would leave it behind.

use std::collections::BTreeSet;

use server::Product;

/// Columns that sound like a person and hold none.
const NOBODY: &[(&str, &str, &str)] = &[
    ("system_user", "used_by", "an organisation"),
    ("person", "email", "the row of the person itself, declared by its id"),
    ("person", "name", "the row of the person itself, declared by its id"),
    ("email_change", "email", "an address that nobody has yet, declared by the person who asked for it"),
];

/// What a column that refers to somebody is called. Whoever adds one uses one of these words.
fn sounds_like_somebody(column: &str) -> bool {
    ["person", "actor", "email", "recipient", "member", "holder_person"].contains(&column) || column.ends_with("_by")
}

/// Table, column and whether it refers to a person by its comment or name.
fn columns() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for migration in server::migrations() {
        let mut table = String::new();
        let mut comment = String::new();
        for line in migration.sql.lines().map(str::trim) {
            if let Some(said) = line.strip_prefix("--") {
                comment.push_str(said);
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let text = |kind: &&str| kind.starts_with("TEXT");
            let column = match words.as_slice() {
                ["CREATE", "TABLE", name, ..] => {
                    table = (*name).to_owned();
                    None
                }
                ["ALTER", "TABLE", name, "ADD", "COLUMN", column, kind, ..] if text(kind) => {
                    table = (*name).to_owned();
                    Some(*column)
                }
                [column, kind, ..] if text(kind) => Some(*column),
                _ => None,
            };
            if let Some(column) = column {
                let says = comment.to_lowercase();
                let reference = says.contains("reference that can outlive erasure");
                if sounds_like_somebody(column) || reference {
                    found.push((table.clone(), column.to_owned()));
                }
            }
            comment.clear();
        }
    }
    found
}

#[test]
fn every_column_that_refers_to_a_person_is_in_the_export_and_in_erasing() {
    let store = testing::store(&server::migrations());
    let product = Product::new((*store).clone(), "http://127.0.0.1");
    let slices = server::slices(&product);
    let declared: BTreeSet<(String, String)> = slices
        .iter()
        .flat_map(|slice| slice.people.columns)
        .map(|column| (column.table.to_owned(), column.column.to_owned()))
        .collect();
    let found = columns();
    assert!(found.len() >= 20, "the test looks at what it is about: {found:?}");
    let missing: Vec<String> = found
        .iter()
        .filter(|(table, column)| !NOBODY.iter().any(|(known, of, _)| known == table && of == column))
        .filter(|column| !declared.contains(*column))
        .map(|(table, column)| format!("{table}.{column}"))
        .collect();
    assert!(missing.is_empty(), "declare in about_people.rs of the subject, or say here whom they hold: {missing:?}");

    // What is declared is there, can be told and can be erased; and what erases is what the slices say.
    let subjects = server::about_people();
    let told: Vec<&str> = subjects.iter().map(|subject| subject.subject).collect();
    for slice in &slices {
        let known = slice.people.columns.is_empty() || told.contains(&slice.people.subject);
        assert!(known, "{} holds something about people, and nothing is asked of it", slice.name);
    }
    let whom = ledger::Whom {
        id: "0190a8f0-0000-7000-8000-000000000001".parse().unwrap(),
        email: Some("nobody@nowhere.example".to_owned()),
        name: "Nobody Here".to_owned(),
        organisations: vec!["ashmere".parse().unwrap()],
    };
    let sorts = store.write_blocking::<_, store::Error, _>(move |tx| {
        let mut sorts = 0;
        for subject in &subjects {
            sorts += subject.held(tx, &whom)?.len();
            subject.erase(tx, &whom, vocabulary::Timestamp::UNIX_EPOCH)?;
        }
        Ok(sorts)
    });
    assert!(sorts.unwrap() > declared.len(), "each column, and texts and events");
}
