//! The sheets beside the systems: what their columns mean can be changed, is remembered, and shows in the preview.

use serde_json::Value;

use super::EDITOR;
use super::shapes::workbook;
use crate::world::World;

/// Systems, contracts whose columns are headed in nobody's words, suppliers.
fn file(sheet: &str) -> Vec<u8> {
    workbook(&[
        ("Systems", &[&["System", "Supplier", "Contract"], &["Bin rounds", "OSL", "C-1"], &["Forms", "", "C-2"]]),
        (
            sheet,
            &[
                &["Ref", "Title", "Break point", "End date", "Annual value", "Lead officer"],
                &["C-1", "Waste systems", "31/03/2028", "31/03/2027", "\u{a3}20,000", "Head of Waste"],
                &["C-2", "Forms", "30/09/2029", "30/09/2028", "", ""],
            ],
        ),
        ("Suppliers", &[&["Short name", "Full name"], &["OSL", "Oak Systems"]]),
    ])
}

/// The value that an attribute of a new system would get.
fn would_be(preview: &Value, system: &str, attribute: &str) -> Option<String> {
    let row = preview["new"].as_array().unwrap().iter().find(|row| row["name"] == *system).unwrap();
    let change = row["changes"].as_array().unwrap().iter().find(|change| change["attribute"] == *attribute)?;
    change["then"].as_str().map(str::to_owned)
}

/// What the page of columns says of a column of another sheet.
fn column<'a>(page: &'a Value, sheet: usize, heading: &str) -> &'a Value {
    let columns = page["joined_sheets"][sheet]["columns"].as_array().unwrap();
    columns.iter().find(|column| column["heading"] == *heading).unwrap()
}

#[test]
fn columns_of_a_joined_sheet_are_chosen_and_the_preview_follows() {
    let world = World::new();
    let mapping = world.upload(EDITOR, "ashmere", "estate.xlsx", &file("Contracts")).redirect();
    let page = world.get(EDITOR, &format!("{mapping}.json")).json();
    assert_eq!(page["joined_sheets"][0]["columns"][0]["heading"], "Break point", "what is not recognised comes first");
    assert_eq!(column(&page, 0, "End date")["field"], "contract_end");
    let offered: Vec<&str> = page["joined_sheets"][0]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["text"].as_str().unwrap())
        .collect();
    assert!(offered.contains(&"Systems that it covers") && !offered.contains(&"Hosting"), "{offered:?}");
    let shown = world.get(EDITOR, &mapping);
    let words = shown.words();
    assert!(
        words.contains("Whether 'Contracts' is read") && words.contains("What column A, Ref, of 'Contracts' means"),
        "{words}"
    );

    // As it is recognised.
    let preview = world.post(EDITOR, &mapping, "").redirect();
    let told = world.get(EDITOR, &format!("{preview}.json")).json();
    assert_eq!(would_be(&told, "Bin rounds", "contract_end").as_deref(), Some("2027-03-31"));
    assert_eq!(would_be(&told, "Bin rounds", "contract_title").as_deref(), Some("Waste systems"));

    // The break point is the end that counts, and the title is not wanted.
    let (end, point) = ("sheet-1-column-d=&sheet-1-column-c=contract_end", "sheet-1-column-b=");
    let preview = world.post(EDITOR, &mapping, &format!("{end}&{point}")).redirect();
    let told = world.get(EDITOR, &format!("{preview}.json")).json();
    assert_eq!(would_be(&told, "Bin rounds", "contract_end").as_deref(), Some("2028-03-31"));
    assert_eq!(would_be(&told, "Bin rounds", "contract_title"), None);
    let address = mapping.strip_suffix("/mapping").unwrap();
    world.apply(address, &[]).redirect();
    let rows = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
    assert_eq!(rows.iter().find(|row| row["name"] == "Forms").unwrap()["contract_end"], "2029-09-30");

    // Remembered, under another name of the sheet too.
    let next = world.upload(EDITOR, "ashmere", "estate.xlsx", &file("Contracts 2027")).redirect();
    let page = world.get(EDITOR, &format!("{next}.json")).json();
    assert_eq!(column(&page, 0, "Break point")["field"], "contract_end");
    assert_eq!(column(&page, 0, "End date")["field"], Value::Null);
    assert_eq!(column(&page, 0, "Title")["certainty"], "chosen");
    world.post(EDITOR, &next, "").redirect();
    let told = world.preview(next.strip_suffix("/mapping").unwrap());
    assert_eq!((&told["counts"]["new"], &told["counts"]["changed"]), (&0.into(), &0.into()), "{told:#}");
    // Nobody else's files are read by it.
    let other = world.upload("editor@brackford", "brackford", "estate.xlsx", &file("Contracts")).redirect();
    let page = world.get("editor@brackford", &format!("{other}.json")).json();
    assert_eq!(column(&page, 0, "End date")["field"], "contract_end");
}

#[test]
fn a_joined_sheet_can_be_left_out() {
    let world = World::new();
    let mapping = world.upload(EDITOR, "ashmere", "estate.xlsx", &file("Contracts")).redirect();
    let preview = world.post(EDITOR, &mapping, "sheet-1=leave&sheet-2=read").redirect();
    let told = world.get(EDITOR, &format!("{preview}.json")).json();
    assert_eq!(would_be(&told, "Bin rounds", "contract_end"), None);
    assert_eq!(would_be(&told, "Bin rounds", "contract_reference").as_deref(), Some("C-1"), "its own row says so");
    assert_eq!(would_be(&told, "Bin rounds", "supplier").as_deref(), Some("Oakware"), "suppliers are still read");
    // A sheet that is left out may lack what it would need.
    world.post(EDITOR, &mapping, "sheet-1=leave&sheet-1-column-a=&sheet-1-column-b=").redirect();
    let next = world.upload(EDITOR, "ashmere", "estate.xlsx", &file("Contracts")).redirect();
    let page = world.get(EDITOR, &format!("{next}.json")).json();
    assert_eq!(
        (&page["joined_sheets"][0]["reading"], &page["joined_sheets"][1]["reading"]),
        (&"leave".into(), &"read".into())
    );
    // And joined again.
    let preview = world.post(EDITOR, &next, "sheet-1=read&sheet-1-column-a=contract_reference").redirect();
    let told = world.get(EDITOR, &format!("{preview}.json")).json();
    assert_eq!(would_be(&told, "Bin rounds", "contract_end").as_deref(), Some("2027-03-31"));
}

#[test]
fn mistakes_on_a_joined_sheet_are_said_where_they_are() {
    let world = World::new();
    let mapping = world.upload(EDITOR, "ashmere", "estate.xlsx", &file("Contracts")).redirect();
    let said = |form: &str| {
        let seen = world.post(EDITOR, &mapping, form);
        assert_eq!(seen.status, 422, "{}", seen.body);
        (seen.words(), seen.body)
    };
    let (words, body) = said("sheet-1-column-c=contract_end");
    assert!(words.contains("\"Contract end\" is chosen for columns C and D. Keep one of them"), "{words}");
    assert!(body.contains("href=\"#sheet-1-column-d\"") && body.contains("id=\"sheet-1-column-d-error\""), "{body}");
    let (words, _) = said("sheet-1-column-a=&sheet-1-column-b=");
    assert!(
        words.contains("Choose which column of 'Contracts' holds the contract reference, its title or the systems"),
        "{words}"
    );
    let (words, _) = said("sheet-2-column-b=");
    assert!(words.contains("Choose which column of 'Suppliers' holds the full name of the supplier"), "{words}");
    let (words, _) = said("sheet-2-column-a=");
    assert!(words.contains("holds the name that your list of systems uses"), "{words}");
    // Nothing was saved by any of these.
    let page = world.get(EDITOR, &format!("{mapping}.json")).json();
    assert_eq!(column(&page, 0, "End date")["certainty"], "sure");
    // What no page offers is refused: fields of systems, other words, other people's imports.
    // A field that is misspelt would be left out in silence.
    for form in [
        "sheet-1-column-a=hosting",
        "sheet-2-column-a=contract_end",
        "sheet-1=perhaps",
        "rows=people",
        "sheet-3=leave",
        "sheet-1-column-z=contract_end",
        "column-zz=name",
        "rows=contracts&sheet-1=leave",
        "colour=red",
        "sheet=Systems&row=99999999999999999999",
        "sheet=Systems&row=first",
        "sheet=Nothing",
    ] {
        let seen = world.post(EDITOR, &mapping, form);
        assert_eq!(seen.status, 400, "{form}: {}", seen.body);
        assert!(!seen.body.contains("/preview"), "{form}");
    }
    for who in ["member@ashmere", "editor@brackford"] {
        assert!(world.post(who, &mapping, "sheet-1=leave").status.is_client_error(), "{who}");
    }
}

#[test]
fn a_list_that_is_typed_and_not_chosen_is_asked_about() {
    let world = World::new();
    let mapping = world.upload(EDITOR, "ashmere", "estate.xlsx", &file("Contracts")).redirect();
    let seen = world.post(EDITOR, &mapping, "new_list=Servers");
    assert_eq!(seen.status, 422, "{}", seen.body);
    assert!(seen.words().contains("to use the name you typed, or clear the name"), "{}", seen.words());
}

#[test]
fn of_two_sheets_of_contracts_the_one_that_was_shown_is_joined() {
    let world = World::new();
    let wide: &[&[&str]] = &[
        &["Contract reference", "Contract title", "Contract start", "Contract end", "Contract cost"],
        &["C-1", "Waste systems", "01/04/2024", "31/03/2027", "20,000"],
        &["C-2", "Forms", "01/10/2025", "30/09/2028", "5,000"],
    ];
    let bytes = workbook(&[
        ("Systems", &[&["System", "Supplier", "Contract reference"], &["Bin rounds", "Oakware", "C-1"]]),
        (
            "Contracts of 2019",
            &[&["Contract reference", "Contract title", "Contract end"], &["C-1", "Waste", "31/03/2019"]],
        ),
        ("Contracts", wide),
    ]);
    let mapping = world.upload(EDITOR, "ashmere", "estate.xlsx", &bytes).redirect();
    let page = world.get(EDITOR, &format!("{mapping}.json")).json();
    assert_eq!(page["joined_sheets"][0]["sheet"], "Contracts", "{page:#}");
    // As the page's own form says it, with the sheet and the row of the list.
    let form = "sheet=Systems&row=1&rows=systems&sheet-1=read&sheet-1-column-b=contract_title";
    let preview = world.post(EDITOR, &mapping, form).redirect();
    let page = world.get(EDITOR, &format!("{mapping}.json")).json();
    assert_eq!(page["joined_sheets"][0]["sheet"], "Contracts", "{page:#}");
    let told = world.get(EDITOR, &format!("{preview}.json")).json();
    assert_eq!(would_be(&told, "Bin rounds", "contract_end").as_deref(), Some("2027-03-31"), "{told:#}");
}
