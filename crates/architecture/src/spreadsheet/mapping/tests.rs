//! Headings as councils write them.
#![allow(clippy::unwrap_used, reason = "a test may stop")]

use super::*;

fn columns(headings: &[&str]) -> Vec<Column> {
    let column = |(index, heading): (usize, &&str)| Column {
        index: u32::try_from(index).unwrap(),
        letter: crate::spreadsheet::letters(u32::try_from(index).unwrap()),
        heading: (*heading).to_owned(),
        samples: Vec::new(),
        ticks: false,
        strays: 0,
        group: None,
    };
    headings.iter().enumerate().map(column).collect()
}

fn fields(headings: &[&str]) -> Vec<Option<&'static str>> {
    let mapping = recognise(&columns(headings), None);
    mapping.columns.iter().map(|column| column.field.map(Field::id)).collect()
}

#[test]
fn usual_headings() {
    for (heading, expected) in [
        ("System", "name"),
        ("System Name", "name"),
        ("Application", "name"),
        ("App name", "name"),
        ("IT System", "name"),
        ("Software", "name"),
        ("SYSTEM / APPLICATION", "name"),
        ("Vendor", "supplier"),
        ("Supplier / Vendor", "supplier"),
        ("Supplier (or in-house)", "supplier"),
        ("Renewal date", "contract_end"),
        ("Contract expiry", "contract_end"),
        ("End date", "contract_end"),
        ("Expires", "contract_end"),
        ("Contract End Date (dd/mm/yyyy)", "contract_end"),
        ("When does the contract end?", "contract_end"),
        ("Annual cost (\u{a3})", "annual_cost"),
        ("Cost p.a.", "annual_cost"),
        ("Yearly spend \u{a3}k", "annual_cost"),
        ("Annual Cost 2025/26 (ex VAT)", "annual_cost"),
        ("\u{a3} per annum cost", "annual_cost"),
        ("\u{a3} per year", "annual_cost"),
        ("Runs on", "hosting"),
        ("Service area", "elements"),
        ("Business area", "elements"),
        ("Category", "elements"),
        ("LGAM element", "elements"),
        ("LGAM Element(s)", "elements"),
        ("Function", "elements"),
        ("No. of users", "users"),
        ("# Users", "users"),
        ("Number of users (approx.)", "users"),
        ("Business Owner (role)", "business_owner"),
        ("System owner", "business_owner"),
        ("IT contact", "technical_owner"),
        ("Lifecycle status", "status"),
        ("Live?", "status"),
        ("Notice period (days)", "notice_months"),
        ("Cloud / on-prem", "hosting"),
        ("Shared with (other councils)", "shared_with"),
        ("Comments", "notes"),
        ("Commonhold ID", "commonhold_id"),
        ("commonhold_id", "commonhold_id"),
        ("notice_months", "notice_months"),
        ("Options to extend", "extension_options"),
        ("Contract ref.", "contract_reference"),
        ("Tier", "criticality"),
        ("What it does", "description"),
        ("Product", "name"),
        ("Monthly cost", "annual_cost"),
        ("Cost per month (\u{a3})", "annual_cost"),
        ("Annual cost (\u{a3}m)", "annual_cost"),
        ("Notice (weeks)", "notice_months"),
    ] {
        assert_eq!(fields(&[heading]), [Some(expected)], "{heading}");
    }
}

#[test]
fn what_is_something_else_stays_without_a_field() {
    for heading in [
        "Directorate",
        "Department",
        "Supplier contact",
        "Supplier e-mail",
        "Server OS version",
        "DPIA done?",
        "Ref",
        "",
        "Capital cost this year?",
        "Vendor risk",
    ] {
        let found = fields(&[heading]);
        assert!(found == [None] || heading.starts_with("Capital"), "{heading}: {found:?}");
    }
    assert_eq!(fields(&["Capital cost this year?"]), [None]);
}

#[test]
fn no_field_twice_unless_several_may() {
    assert_eq!(fields(&["System", "Application"]), [Some("name"), Some("product")]);
    assert_eq!(fields(&["Supplier", "Vendor"]), [Some("supplier"), None]);
    assert_eq!(fields(&["Software", "System name"]), [Some("product"), Some("name")]);
    assert_eq!(fields(&["Notes", "Comments", "Notes"]), [Some("notes"); 3]);
    assert_eq!(fields(&["Service area", "Type", "Function"]), [Some("elements"), None, Some("elements")]);
    assert_eq!(
        fields(&["Contract start", "Contract end", "Contract"]),
        [Some("contract_start"), Some("contract_end"), Some("contract_reference")]
    );
}

#[test]
fn choices_are_remembered_by_heading_and_survive_moves() {
    let first = columns(&["Ref", "What we call it", "Supplier", "Notes"]);
    let mut mapping = recognise(&first, None);
    assert!(mapping.choose("what we call it", Some(Field::Name)));
    assert!(mapping.choose("notes", None));
    assert!(!mapping.choose("no such heading", None));
    let stored = serde_json::to_string(&mapping).unwrap();
    let remembered: Mapping = serde_json::from_str(&stored).unwrap();

    let next = columns(&["Supplier", "Notes", "System", "What We Call It "]);
    let mapping = recognise(&next, Some(&remembered));
    let found: Vec<_> = mapping.columns.iter().map(|column| column.field.map(Field::id)).collect();
    assert_eq!(found, [Some("supplier"), None, None, Some("name")], "\"System\" may not take the name away");
    let reordered = columns(&["What we call it", "Ref"]);
    assert_eq!(mapping.fields_of(&reordered), [Some(Field::Name), None]);
}

#[test]
fn choosing_takes_a_single_field_from_another_column() {
    let mut mapping = recognise(&columns(&["System", "Known as"]), None);
    assert!(mapping.choose("known as", Some(Field::Name)));
    let found: Vec<_> = mapping.columns.iter().map(|column| column.field).collect();
    assert_eq!(found, [None, Some(Field::Name)]);
}

#[test]
fn repeated_and_missing_headings_have_keys() {
    assert_eq!(keys(&columns(&["Notes", "", "NOTES"])), ["notes", "column b", "notes #2"]);
}
