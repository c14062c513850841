//! Files as ServiceNow, LeanIX and Turbo EA export them: their columns come ready mapped, and what is no application is left out.

use rust_xlsxwriter::Workbook as Writer;

use super::*;

type Rows<'a> = &'a [&'a [&'a str]];

fn workbook(sheets: &[(&str, Rows<'_>)]) -> Vec<u8> {
    let mut writer = Writer::new();
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

/// The program, what columns mean by heading, and what was read.
fn sent(name: &str, bytes: &[u8]) -> (&'static str, Vec<(String, Option<&'static str>)>, Reading) {
    let workbook = read(name, bytes, &Limits::default()).unwrap();
    let layout = find(&workbook).unwrap();
    let mapping = recognise_file(&layout, None, &Default::default());
    let unknown: Vec<&str> = mapping
        .columns
        .iter()
        .filter(|column| column.certainty == Certainty::Unrecognised)
        .map(|column| column.heading.as_str())
        .collect();
    assert_eq!(unknown, [""; 0], "{name}: every column comes ready mapped");
    let columns = mapping.columns.iter().map(|column| (column.heading.clone(), column.field.map(Field::id))).collect();
    let reading = read_rows(&workbook, &layout, &mapping, TODAY);
    (preset_of(&layout.columns).expect("a known program").name, columns, reading)
}

fn names(reading: &Reading) -> Vec<&str> {
    reading.rows.iter().map(Row::name).collect()
}

fn status(row: &Row) -> Option<Status> {
    match row.values.get(&Field::Status)?.value {
        Value::Status(status) => Some(status),
        _ => None,
    }
}

fn field<'a>(columns: &'a [(String, Option<&'static str>)], heading: &str) -> Option<&'a str> {
    columns.iter().find(|(known, _)| known == heading).expect(heading).1
}

/// A list of `cmdb_ci_business_app` by names of columns, as CSV has it.
#[test]
fn service_now_as_csv() {
    let csv = "\"sys_class_name\",\"name\",\"number\",\"vendor.name\",\"operational_status\",\"install_status\",\"business_criticality\",\"owned_by\",\"it_application_owner\",\"short_description\",\"sys_updated_on\",\"sys_id\"\n\
        \"cmdb_ci_business_app\",\"Bin rounds\",\"APM0001001\",\"Oakware\",\"1\",\"1\",\"1 - most critical\",\"Waste team\",\"Digital team\",\"Plans rounds\",\"2026-03-18 09:24:31\",\"0a1\"\n\
        \"cmdb_ci_business_app\",\"Forms\",\"APM0001002\",\"\",\"7\",\"4\",\"\",\"\",\"\",\"\",\"2026-03-18 09:24:31\",\"0a2\"\n\
        \"cmdb_ci_server\",\"srv01\",\"\",\"\",\"1\",\"1\",\"\",\"\",\"\",\"\",\"2026-03-18 09:24:31\",\"0a3\"\n";
    let (program, columns, reading) = sent("cmdb_ci_business_app.csv", csv.as_bytes());
    assert_eq!((program, names(&reading)), ("ServiceNow", vec!["Bin rounds", "Forms"]));
    for (heading, expected) in [
        ("name", Some("name")),
        ("vendor.name", Some("supplier")),
        ("owned_by", Some("business_owner")),
        ("it_application_owner", Some("technical_owner")),
        ("business_criticality", Some("criticality")),
        ("short_description", Some("description")),
        ("sys_id", None),
    ] {
        assert_eq!(field(&columns, heading), expected, "{heading}");
    }
    assert_eq!([status(&reading.rows[0]), status(&reading.rows[1])], [Some(Status::Live), Some(Status::Planned)]);
}

/// The same list by labels, as a workbook has it, with words for codes.
#[test]
fn service_now_as_a_workbook() {
    let rows: Rows<'_> = &[
        &[
            "Name",
            "Number",
            "Class",
            "Vendor",
            "Operational status",
            "Life Cycle Stage Status",
            "IT Application Owner",
            "Owned by",
            "Business criticality",
            "Install type",
            "Active user count",
            "Updated",
        ],
        &[
            "Bin rounds",
            "APM0001001",
            "Business Application",
            "Oakware",
            "Operational",
            "In Use",
            "Digital team",
            "Waste team",
            "1 - most critical",
            "Cloud",
            "120",
            "2026-03-18 09:24:31",
        ],
        &[
            "Old fax",
            "APM0001002",
            "Business Application",
            "",
            "Retired",
            "Retired",
            "",
            "",
            "",
            "On Premise",
            "",
            "2026-03-18 09:24:31",
        ],
        &["sql01", "", "MSFT SQL Instance", "", "Operational", "", "", "", "", "", "", ""],
    ];
    let workbook_bytes = workbook(&[("Page 1", rows)]);
    let book = read("cmdb.xlsx", &workbook_bytes, &Limits::default()).unwrap();
    let layout = find(&book).unwrap();
    assert_eq!(preset_of(&layout.columns).map(|preset| preset.name), Some("ServiceNow"));
    let reading = through("cmdb.xlsx", &workbook_bytes);
    assert_eq!(names(&reading), ["Bin rounds", "Old fax"]);
    assert_eq!([status(&reading.rows[0]), status(&reading.rows[1])], [Some(Status::Live), Some(Status::Retired)]);
    assert_eq!(reading.rows[0].text(Field::Hosting), Some("Cloud"));
    assert_eq!(reading.rows[0].values[&Field::Users].value, Value::Number(120));
}

/// The table's interface: references are objects with a link, with or without the name of what they refer to.
#[test]
fn service_now_as_json() {
    let json = r#"{"result": [
        {"sys_class_name": "cmdb_ci_business_app", "name": "Bin rounds", "install_status": "1", "sys_id": "0a1", "sys_updated_on": "2026-03-18",
         "vendor": {"display_value": "Oakware", "link": "https://x/api/now/table/core_company/1"},
         "owned_by": {"link": "https://x/api/now/table/sys_user/2", "value": "6816f79cc0a8016401c5a33be04be441"}},
        {"sys_class_name": "cmdb_ci_business_app", "name": "Forms", "install_status": "7", "sys_id": "0a2", "sys_updated_on": "2026-03-18", "vendor": "", "owned_by": ""}]}"#;
    let (program, columns, reading) = sent("cmdb.json", json.as_bytes());
    assert_eq!((program, names(&reading)), ("ServiceNow", vec!["Bin rounds", "Forms"]));
    assert_eq!(field(&columns, "vendor"), Some("supplier"));
    assert_eq!(reading.rows[0].text(Field::Supplier), Some("Oakware"));
    assert_eq!(reading.rows[0].text(Field::BusinessOwner), None, "a number means nothing to people");
    assert_eq!([status(&reading.rows[0]), status(&reading.rows[1])], [Some(Status::Live), Some(Status::Retired)]);
}

/// The whole workspace: a sheet for each kind, whose first row holds names for programs and whose second names for people.
#[test]
fn lean_ix_with_two_rows_of_headings() {
    let capabilities: Vec<Vec<String>> = (0..60)
        .map(|number| {
            ["c", "BusinessCapability", "Need", "Need", "ACTIVE", "", "", "", "DRAFT"]
                .map(|text| {
                    format!("{text}{}", if text == "Need" || text == "c" { number.to_string() } else { String::new() })
                })
                .to_vec()
        })
        .collect();
    let keys: &[&str] =
        &["id", "type", "name", "displayName", "status", "description", "category", "completion", "qualitySeal"];
    let labels: &[&str] =
        &["ID", "Type", "Name", "Display Name", "Status", "Description", "Category", "Completion", "Quality Seal"];
    let rows: Vec<Vec<&str>> = capabilities.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let mut other: Vec<&[&str]> = vec![keys, labels];
    other.extend(rows.iter().map(Vec::as_slice));
    let more = [
        "lifecycle:plan",
        "lifecycle:active",
        "lifecycle:phaseOut",
        "lifecycle:endOfLife",
        "businessCriticality",
        "relApplicationToBusinessCapability",
        "subscriptions:RESPONSIBLE:Business Owner",
    ];
    let more_labels = [
        "Lifecycle: Plan",
        "Lifecycle: Active",
        "Lifecycle: Phase Out",
        "Lifecycle: End of Life",
        "Business Criticality",
        "Business Capabilities",
        "Responsible: Business Owner",
    ];
    let heads = [[keys, &more[..]].concat(), [labels, &more_labels[..]].concat()];
    let bins = [
        "a1",
        "Application",
        "Bins",
        "Bins",
        "ACTIVE",
        "Plans rounds",
        "",
        "0.8",
        "APPROVED",
        "",
        "2020-01-01",
        "2026-01-01",
        "2030-01-01",
        "missionCritical",
        "Waste management; Forms",
        "waste@ashmere.example",
    ];
    let old = ["a2", "Application", "Old", "Old", "ARCHIVED", "", "", "", "DRAFT", "", "", "", "", "", "", ""];
    let file = workbook(&[
        ("ReadMe", &[&["Sheet", "Field", "Type"], &["Application", "name", "String"]]),
        ("BusinessCapability", &other),
        ("Application", &[&heads[0], &heads[1], &bins, &old]),
        (
            "applicationITComponentRelation",
            &[&["id", "type", "status"], &["ID", "Type", "Status"], &["r1", "x", "ACTIVE"]],
        ),
    ]);
    let (program, columns, reading) = sent("leanix.xlsx", &file);
    assert_eq!((program, names(&reading)), ("LeanIX", vec!["Bins"]), "{:#?}", reading.problems);
    assert_eq!(status(&reading.rows[0]), Some(Status::Retiring));
    let Value::List(elements) = &reading.rows[0].values[&Field::Elements].value else { unreachable!() };
    assert_eq!(elements, &["Waste management", "Forms"]);
    assert_eq!(reading.rows[0].text(Field::Criticality), Some("missionCritical"));
    assert_eq!(reading.rows[0].text(Field::BusinessOwner), Some("waste@ashmere.example"));
    assert!(columns.len() == 16);
    let codes: Vec<&str> = reading.problems.iter().map(|problem| problem.code).collect();
    assert!(codes.contains(&"other_kind"), "the archived one is counted: {codes:?}");
    assert!(!codes.contains(&"no_name") && !codes.contains(&"status_not_understood"), "{codes:?}");
}

/// A sheet for each type of card, the applications not first and not the most.
#[test]
fn turbo_ea_with_a_sheet_for_each_type() {
    let core = [
        "id",
        "type",
        "name",
        "description",
        "subtype",
        "parent_path",
        "external_id",
        "reference",
        "alias",
        "approval_status",
        "tags",
        "lifecycle_plan",
        "lifecycle_phaseIn",
        "lifecycle_active",
        "lifecycle_phaseOut",
        "lifecycle_endOfLife",
    ];
    let of_applications = [
        &core[..],
        &[
            "attr_businessCriticality",
            "attr_costTotalAnnual",
            "attr_hostingType",
            "rel:relAppToBC",
            "stakeholder:business_application_owner",
        ],
    ]
    .concat();
    let bins = [
        "1",
        "Application",
        "Bins",
        "Plans rounds",
        "Business Application",
        "",
        "",
        "APP-1",
        "",
        "APPROVED",
        "",
        "",
        "",
        "2020-01-01",
        "",
        "2031-01-01",
        "high",
        "12000",
        "cloudSaaS",
        "Waste management; Forms",
        "Ada Lark <ada@ashmere.example>",
    ];
    let forms = [
        "2",
        "Application",
        "Forms",
        "",
        "",
        "",
        "",
        "APP-2",
        "",
        "DRAFT",
        "",
        "2028-01-01",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
    ];
    let card = |number: usize| ["p".to_owned(), "Provider".to_owned(), format!("Supplier {number}")];
    let providers: Vec<[String; 3]> = (0..40).map(card).collect();
    let rows: Vec<Vec<&str>> = providers
        .iter()
        .map(|row| row.iter().map(String::as_str).chain([""; 6]).chain(["APPROVED"]).collect())
        .collect();
    let mut sheet: Vec<&[&str]> = vec![&core];
    sheet.extend(rows.iter().map(Vec::as_slice));
    let file = workbook(&[
        ("Provider", &sheet),
        ("Application", &[&of_applications, &bins, &forms]),
        ("Relations", &[&["relation_type", "source", "target"], &["x", "a", "b"]]),
        ("_Meta", &[&["key", "value"], &["format", "2"]]),
    ]);
    let (program, columns, reading) = sent("turbo.xlsx", &file);
    assert_eq!((program, names(&reading)), ("Turbo EA", vec!["Bins", "Forms"]), "{:#?}", reading.problems);
    assert_eq!([status(&reading.rows[0]), status(&reading.rows[1])], [Some(Status::Live), Some(Status::Planned)]);
    assert_eq!(reading.rows[0].values[&Field::AnnualCost].value, Value::Money(vocabulary::Money(1_200_000)));
    assert_eq!(field(&columns, "attr_hostingType"), Some("hosting"));
    assert_eq!(field(&columns, "rel:relAppToBC"), Some("elements"));
    assert!(reading.rows[0].values[&Field::BusinessOwner].personal, "a name with an address is kept apart");
}
