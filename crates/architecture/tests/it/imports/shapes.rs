//! Files of other shapes through the front door: sheets that are joined, councils as columns of ticks, other programs' exports.

use rust_xlsxwriter::Workbook;

use super::EDITOR;
use crate::world::World;

pub fn workbook(sheets: &[(&str, &[&[&str]])]) -> Vec<u8> {
    let mut writer = Workbook::new();
    for (name, rows) in sheets {
        let sheet = writer.add_worksheet().set_name(*name).unwrap();
        for (row, cells) in (0..).zip(*rows) {
            for (column, text) in (0..).zip(*cells) {
                sheet.write(row, column, *text).unwrap();
            }
        }
    }
    writer.save_to_buffer().unwrap()
}

#[test]
fn contracts_and_suppliers_of_other_sheets_reach_the_estate() {
    let world = World::new();
    let file = workbook(&[
        (
            "Systems",
            &[
                &["System", "Supplier", "Contract"],
                &["Bin rounds", "OSL", "C-1"],
                &["Forms", "", ""],
                &["Fax", "", "C-7"],
            ],
        ),
        (
            "Contracts",
            &[
                &["Ref", "Title", "Supplier", "End date", "Annual value", "Systems covered"],
                &["C-1", "Waste systems", "Hawthorn Ltd", "31/03/2027", "\u{a3}20,000", "Forms; Nowhere"],
            ],
        ),
        ("Suppliers", &[&["Short name", "Full name"], &["OSL", "Oak Systems"]]),
    ]);
    let uploaded = world.upload(EDITOR, "ashmere", "estate.xlsx", &file).redirect();
    let page = world.get(EDITOR, &uploaded).words();
    assert!(page.contains("Other sheets are read too, and joined to the systems."), "{page}");
    assert!(page.contains("Contracts in 'Contracts'") && page.contains("Suppliers in 'Suppliers'"), "{page}");

    let import = world.import("ashmere", "estate.xlsx", &file);
    let rows = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
    for name in ["Bin rounds", "Forms"] {
        let row = rows.iter().find(|row| row["name"] == name).unwrap();
        let cells = ["contract_reference", "contract_title", "contract_supplier", "contract_end", "contract_cost"];
        let expected = ["C-1", "Waste systems", "Hawthorn Ltd", "2027-03-31", "20000.00"];
        assert_eq!(cells.map(|cell| row[cell].as_str()), expected, "{name}");
    }
    // The short name means the full one, which the shared list knows under another.
    assert_eq!(rows.iter().find(|row| row["name"] == "Bin rounds").unwrap()["supplier"], "Oakware");
    let told = world.get(EDITOR, &format!("{import}.json")).json();
    let told = told["problems"].as_array().unwrap();
    let suppliers: Vec<_> = told.iter().filter(|one| one["code"] == "supplier_unknown").collect();
    assert_eq!(suppliers.len(), 1, "one contract, told of once: {told:#?}");
    assert_eq!((&suppliers[0]["sheet"], &suppliers[0]["row"]), (&"Contracts".into(), &2.into()));
    let system = world.get(EDITOR, "/organisations/ashmere/systems.json").json();
    let forms = system["systems"].as_array().unwrap().iter().find(|one| one["name"] == "Forms").unwrap();
    let page = world.get(EDITOR, forms["address"].as_str().unwrap()).words();
    assert!(page.contains("estate.xlsx, Contracts, row 2"), "{page}");

    let again = world.bring("ashmere", "estate.xlsx", &file);
    let told = world.preview(&again);
    assert_eq!((&told["counts"]["new"], &told["counts"]["changed"]), (&0.into(), &0.into()), "{told:#}");
    world.post(EDITOR, &format!("{import}/undo"), "").redirect();
    assert_eq!(world.get(EDITOR, "/organisations/ashmere/systems.csv").csv().len(), 0);
}

#[test]
fn ticks_beneath_councils_are_users() {
    let world = World::new();
    let list = "System,Brackford,Colne City,Elmsey\nBin rounds,x,,x\nForms,,\u{2713},\n";
    let address = world.upload(EDITOR, "ashmere", "shared.csv", list.as_bytes()).redirect();
    let page = world.get(EDITOR, &address).words();
    assert!(page.contains("A column of ticks: what is ticked is the heading."), "{page}");
    let import = world.import("ashmere", "shared.csv", list.as_bytes());
    let rows = world.get(EDITOR, "/organisations/ashmere/systems.csv").csv();
    let users = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap()["used_by"].clone();
    assert_eq!(
        (users("Bin rounds").as_str(), users("Forms").as_str()),
        ("Brackford District Council", "Colne City Council")
    );
    let told = world.get(EDITOR, &format!("{import}.json")).json();
    assert!(told.to_string().contains("\\\"Elmsey\\\" is not an organisation that we know"), "{told:#}");
}

#[test]
fn exports_of_other_programs_are_named() {
    let world = World::new();
    let list = "sys_class_name,name,vendor,install_status,it_application_owner,sys_id\nBusiness Application,Bins,Oakware,In production,IT,1\nServer,srv,,,,2\n";
    let address = world.upload(EDITOR, "ashmere", "cmdb.csv", list.as_bytes()).redirect();
    let page = world.get(EDITOR, &address).words();
    assert!(page.contains("This looks like an export from ServiceNow."), "{page}");
    let import = world.import("ashmere", "cmdb.csv", list.as_bytes());
    assert_eq!(world.get(EDITOR, "/organisations/ashmere/systems.csv").csv().len(), 1);
    let told = world.get(EDITOR, &format!("{import}.json")).json();
    assert!(told.to_string().contains("1 row is no application"), "{told:#}");
}
