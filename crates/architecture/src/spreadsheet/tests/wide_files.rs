//! Lists as councils shape them: ticks, a row for each module, two rows of headings, units in headings, several sheets,
//! colours, and exports of other programs.

use rust_xlsxwriter::Workbook as Writer;

use super::*;

fn csv(text: &str) -> Reading {
    through("estate.csv", text.as_bytes())
}

fn fields(text: &str) -> Vec<Option<&'static str>> {
    let workbook = read("estate.csv", text.as_bytes(), &Limits::default()).unwrap();
    let layout = find(&workbook).unwrap();
    recognise(&layout.columns, None).columns.iter().map(|column| column.field.map(Field::id)).collect()
}

fn list(row: &Row, field: Field) -> Vec<&str> {
    match row.values.get(&field).map(|value| &value.value) {
        Some(Value::List(texts)) => texts.iter().map(String::as_str).collect(),
        None => Vec::new(),
        other => panic!("{other:?}"),
    }
}

fn money(row: &Row, field: Field) -> Option<i64> {
    match row.values.get(&field).map(|value| &value.value) {
        Some(Value::Money(money)) => Some(money.0),
        _ => None,
    }
}

fn said<'a>(reading: &'a Reading, code: &str) -> Vec<&'a Problem> {
    reading.problems.iter().filter(|problem| problem.code == code).collect()
}

#[test]
fn ticks_say_their_headings() {
    let reading = csv("System,Housing,Planning,Waste management,Live\nA,x,,\u{2713},Y\nB,,Y,,N\nC,no,no,no,Y\n");
    let ticked: Vec<_> = reading.rows.iter().map(|row| list(row, Field::Elements)).collect();
    assert_eq!(ticked, [vec!["Housing", "Waste management"], vec!["Planning"], vec![]]);
    assert!(
        reading.rows[0].values.contains_key(&Field::Status),
        "a column of yes and no with a meaning of its own keeps it"
    );
    let councils = csv("System,Ashmere Council,Brackford District Council,Elmsey\nA,1,,1\nB,,1,\n");
    assert_eq!(list(&councils.rows[0], Field::UsedBy), ["Ashmere Council", "Elmsey"]);
    let grouped = csv("About,,Modules,,\nSystem,Supplier,Pay,Book,Post\nA,S,x,x,\nB,S,,,x\n");
    assert_eq!(list(&grouped.rows[0], Field::Modules), ["Pay", "Book"]);
    // One column of ticks is no wide list.
    assert_eq!(fields("System,Housing,Supplier\nA,x,S\nB,,T\n"), [Some("name"), None, Some("supplier")]);
    // A few cells that are no ticks are said one by one; in a column that is headed by the list itself they are names.
    let text = "System,Ashmere Council,Elmsey Council,Shared with\nA,x,x,Y\nB,x,pilot,Y\nC,?,x,Ashmere\nD,x,-,Y\n";
    let some = csv(text);
    let users: Vec<_> = some.rows.iter().map(|row| list(row, Field::UsedBy)).collect();
    assert_eq!(
        users,
        [
            vec!["Ashmere Council", "Elmsey Council"],
            vec!["Ashmere Council"],
            vec!["Elmsey Council"],
            vec!["Ashmere Council"]
        ]
    );
    let [stray] = said(&some, "tick_not_understood").try_into().unwrap();
    assert_eq!((stray.row, stray.column.as_deref(), stray.text.as_deref()), (Some(3), Some("C"), Some("pilot")));
    assert_eq!(list(&some.rows[2], Field::SharedWith), ["Ashmere"]);
    assert_eq!(
        fields("System,Ashmere Council,Elmsey Council\nA,x,soon\nB,x,pilot\nC,,x\n")[2],
        None,
        "mostly no ticks"
    );
    // Names that only the caller knows.
    let book = read("a.csv", b"System,Ashmere,Brackford\nA,x,\nB,,x\n", &Limits::default()).unwrap();
    let layout = find(&book).unwrap();
    let bodies = ["ashmere", "brackford"].map(str::to_owned).into();
    let mapping = recognise_with(&layout.columns, None, &bodies);
    assert!(mapping.columns.iter().skip(1).all(|column| column.field == Some(Field::UsedBy)));
}

#[test]
fn modules_in_rows_are_one_system() {
    let reading = csv(
        "System,Supplier,Module,Annual cost,Users\nHousing,Oak,Rents,\u{a3}100,5\nHousing,Oak,Repairs,\u{a3}50.50,9\nBins,,Routes,7,\nHousing,Oak,Rents,1,\n",
    );
    let names: Vec<&str> = reading.rows.iter().map(Row::name).collect();
    assert_eq!(names, ["Housing", "Bins", "Housing"], "the same module twice is no further module");
    assert_eq!(list(&reading.rows[0], Field::Modules), ["Rents", "Repairs"]);
    assert_eq!(money(&reading.rows[0], Field::AnnualCost), Some(15_050));
    assert_eq!(reading.rows[0].values[&Field::Users].value, Value::Number(9));
    let [told] = said(&reading, "module_rows").try_into().unwrap();
    assert_eq!(told.row, Some(2));
    assert!(
        told.message.contains("Rows 2, 3 are \"Housing\" and its modules") && told.message.contains("150.50"),
        "{}",
        told.message
    );
    assert_eq!(said(&reading, "name_repeated").len(), 1);
}

#[test]
fn the_first_row_may_be_the_system_itself() {
    let reading = csv(
        "System,Product,Module,Annual cost,Contract end\nHousing,Oak,,incl.,TBC\nHousing,Oak,Rents,\u{a3}100,\nHOUSING,oak,Repairs,TBC,31/03/2028\nBins,Elm,,7,\nBins,Elm,,8,\nForms,Ash,,5,\nForms,Ash,Pay; Book,6,\n",
    );
    let names: Vec<&str> = reading.rows.iter().map(Row::name).collect();
    assert_eq!(names, ["Housing", "Bins", "Bins", "Forms", "Forms"], "without a module of its own no row is one");
    let housing = &reading.rows[0];
    assert_eq!(list(housing, Field::Modules), ["Rents", "Repairs"]);
    assert_eq!(money(housing, Field::AnnualCost), Some(10_000));
    let cost = &housing.values[&Field::AnnualCost];
    assert!(cost.estimated && cost.understood && cost.original == "incl. + \u{a3}100 + TBC", "{cost:?}");
    assert!(matches!(housing.values[&Field::ContractEnd].value, Value::Date(_)), "not known says nothing against it");
    let [told] = said(&reading, "module_rows").try_into().unwrap();
    assert!(
        told.message.contains("one system with 2 modules. Their costs add up to \u{a3}100, without 2"),
        "{}",
        told.message
    );
    assert!(!told.message.contains("differ"), "{}", told.message);
}

#[test]
fn headings_in_two_rows() {
    let text = "Our systems,,,,,,\n,,Contract,,,Owner,\nSystem,Status,Ref,Start,Status,Business,Technical\nA,Live,C-1,01/04/2024,Active,Team,IT\n";
    let found = fields(text);
    assert_eq!(found[..4], [Some("name"), Some("status"), Some("contract_reference"), Some("contract_start")]);
    assert_eq!(found[4], None, "a contract's status is no system's");
}

#[test]
fn units_in_headings_scale_and_say_so() {
    let reading = csv("System,Cost per month,Notice (weeks)\nA,100,6\n");
    assert_eq!(money(&reading.rows[0], Field::AnnualCost), Some(120_000));
    assert_eq!(reading.rows[0].values[&Field::NoticeMonths].value, Value::Months(2));
    let thousands = csv("System,Cost (\u{a3}k)\nA,12.5\n");
    assert_eq!(money(&thousands.rows[0], Field::AnnualCost), Some(1_250_000));
    let millions = csv("System,Annual cost (\u{a3}m)\nA,1.25\n");
    assert_eq!(money(&millions.rows[0], Field::AnnualCost), Some(125_000_000));
    let quarter = csv("System,Quarterly charge\nA,\u{a3}10\n");
    assert_eq!(money(&quarter.rows[0], Field::AnnualCost), Some(4_000));
}

/// Three sheets, the systems not first.
fn three_sheets() -> Vec<u8> {
    let mut writer = Writer::new();
    let mut sheet = |name: &str, rows: &[&[&str]]| {
        let sheet = writer.add_worksheet().set_name(name).unwrap();
        for (row, cells) in (0..).zip(rows) {
            for (column, text) in (0..).zip(*cells) {
                sheet.write(row, column, *text).unwrap();
            }
        }
    };
    sheet(
        "Contracts register",
        &[
            &["Ref", "Title", "Supplier", "Start date", "End date", "Annual value", "Total value", "Systems covered"],
            &["C-1", "Waste", "Oak", "01/04/2024", "31/03/2027", "\u{a3}20k", "\u{a3}60k", "Bins; Routes; Nowhere"],
            &["C-2", "Revenues", "Fennel", "", "31/03/2020", "", "", ""],
            &["C-3", "Cleaning", "Mop", "", "31/03/2029", "", "", ""],
            &["C-4", "Benefits", "Fennel", "", "2030-01-31", "", "", "Tax"],
        ],
    );
    sheet(
        "Systems",
        &[
            &["System", "Supplier", "Contract", "Contract end"],
            &["Bins", "Oak", "", ""],
            &["Routes", "Oak", "C-1", "30/06/2028"],
            &["Tax", "Fennel", "Revenues", ""],
            &["Fax", "Oak", "C-9", ""],
        ],
    );
    sheet(
        "Suppliers",
        &[&["Supplier", "Full name", "Web"], &["Oak", "Oakware Limited", "x"], &["Pine", "Pine plc", ""]],
    );
    sheet("Read me", &[&["About"], &["Our list"]]);
    writer.save_to_buffer().unwrap()
}

#[test]
fn sheets_are_joined_by_reference_title_and_name() {
    let bytes = three_sheets();
    let book = read("a.xlsx", &bytes, &Limits::default()).unwrap();
    let layout = find(&book).unwrap();
    let beside: Vec<(&str, Holds)> = layout.beside.iter().map(|one| (one.layout.sheet.as_str(), one.holds)).collect();
    assert_eq!(layout.sheet, "Systems");
    assert_eq!(beside, [("Contracts register", Holds::Contracts), ("Suppliers", Holds::Suppliers)]);
    assert_eq!(layout.other_sheets, [""; 0]);

    let reading = through("a.xlsx", &bytes);
    let [bins, routes, tax, fax] = <&[Row; 4]>::try_from(reading.rows.as_slice()).unwrap();
    assert_eq!(bins.text(Field::ContractReference), Some("C-1"));
    assert_eq!(bins.text(Field::ContractTitle), Some("Waste"));
    assert_eq!(bins.text(Field::ContractSupplier), Some("Oak"));
    assert_eq!(bins.also[&Field::ContractSupplier], "Oakware Limited");
    assert_eq!(bins.also[&Field::Supplier], "Oakware Limited");
    assert_eq!(money(bins, Field::ContractCost), Some(2_000_000));
    assert_eq!(bins.from[&Field::ContractEnd], ("Contracts register".to_owned(), 2));
    // What the system's own row says counts, and is said.
    assert!(!routes.from.contains_key(&Field::ContractEnd));
    let told = said(&reading, "contract_told_twice");
    assert!(told.iter().any(|one| one.sheet == "Contracts register" && one.row == Some(2)), "{told:#?}");
    // By title, and then it has the reference.
    assert_eq!(tax.text(Field::ContractReference), Some("C-2"));
    assert!(told.iter().any(|one| one.row == Some(5) && one.message.contains("has another contract")), "{told:#?}");
    assert!(!fax.values.contains_key(&Field::ContractEnd));
    assert_eq!(said(&reading, "contract_not_listed")[0].row, Some(5));
    let nothing: Vec<_> =
        said(&reading, "joins_nothing").iter().map(|one| (one.sheet.as_str(), one.row, one.text.as_deref())).collect();
    let expected = [
        ("Contracts register", Some(2), Some("Nowhere")),
        ("Contracts register", Some(4), None),
        ("Suppliers", None, None),
    ];
    assert_eq!(nothing, expected);
    let ended = said(&reading, "contract_ended");
    assert_eq!((ended.len(), ended[0].sheet.as_str(), ended[0].row), (1, "Contracts register", Some(3)));
}

#[test]
fn a_list_of_contracts_alone_is_the_list() {
    let reading = csv("Contract ref,System,Contract end\nC-1,Bins,31/03/2027\n");
    assert_eq!(reading.rows[0].name(), "Bins");
}

#[test]
fn exports_of_other_programs() {
    let now = "sys_class_name,name,vendor,install_status,operational_status,u_short_description,short_description,business_owner,it_application_owner,version,location\n\
        Business Application,Bins,Oakware,1,1,,Rounds,Waste team,IT team,8,Azure\nServer,srv01,,1,1,,,,,,\ncmdb_ci_appl,Forms,,7,6,,,,,,\n";
    let reading = csv(now);
    assert_eq!(reading.rows.iter().map(Row::name).collect::<Vec<_>>(), ["Bins", "Forms"]);
    let status = |row: &Row| row.values.get(&Field::Status).map(|value| value.value.clone());
    assert_eq!(status(&reading.rows[0]), Some(Value::Status(Status::Live)));
    assert_eq!(status(&reading.rows[1]), Some(Value::Status(Status::Retired)));
    assert_eq!(reading.rows[0].text(Field::TechnicalOwner), Some("IT team"));
    assert_eq!(reading.rows[0].text(Field::Hosting), Some("Azure"));
    assert_eq!(said(&reading, "other_kind")[0].row, Some(3));
    assert!(said(&reading, "status_not_understood").is_empty(), "{:#?}", reading.problems);

    // The life cycle came later than the two older columns and counts more; where it is blank they count.
    let life = "name,install_status,life_cycle_stage,life_cycle_stage_status,sys_updated_on\n\
        Bins,Installed,End of Life,Retiring,x\nForms,Installed,,,x\nPay,Installed,Operational,Amber,x\nTax,7,Operational,,x\n";
    let reading = csv(life);
    let found: Vec<_> = reading.rows.iter().map(status).collect();
    let known = |status: Status| Some(Value::Status(status));
    assert_eq!(found[..2], [known(Status::Retiring), known(Status::Live)]);
    assert_eq!(found[2..], [Some(Value::Text("Amber".into())), known(Status::Retired)]);
    assert_eq!(said(&reading, "status_not_understood")[0].row, Some(4));

    let lean = "id,type,name,displayName,status,description,lifecycle:plan,lifecycle:active,lifecycle:phaseOut,lifecycle:endOfLife,businessCriticality,relApplicationToBusinessCapability,tags\n\
        1,Application,Bins,Bins,ACTIVE,Rounds,,2020-01-01,2026-01-01,2030-01-01,missionCritical,Waste management,x\n\
        2,ITComponent,Oracle,Oracle,ACTIVE,,,,,,,,\n3,Application,Old,Old,ARCHIVED,,,,,,,,\n4,Application,New,New,ACTIVE,,2028-01-01,2029-01-01,,,,,\n";
    let reading = csv(lean);
    assert_eq!(reading.rows.iter().map(Row::name).collect::<Vec<_>>(), ["Bins", "New"]);
    assert_eq!(status(&reading.rows[0]), Some(Value::Status(Status::Retiring)));
    assert_eq!(status(&reading.rows[1]), Some(Value::Status(Status::Planned)));
    assert_eq!(list(&reading.rows[0], Field::Elements), ["Waste management"]);
    assert_eq!(said(&reading, "other_kind").len(), 2);

    for (phase, attribute) in [("lifecycle.", "attributes."), ("lifecycle_", "attr_")] {
        let turbo = format!(
            "type,name,description,{phase}active,{phase}endOfLife,{attribute}businessCriticality,{attribute}costTotalAnnual\n\
             Application,Bins,Rounds,2020-01-01,,high,12000\nProvider,Oak,,,,,\n"
        );
        let reading = csv(&turbo);
        assert_eq!(reading.rows.len(), 1, "{phase}");
        assert_eq!(status(&reading.rows[0]), Some(Value::Status(Status::Live)));
        assert_eq!(money(&reading.rows[0], Field::AnnualCost), Some(1_200_000));
    }
    let name = |text: &str| {
        let book = read("a.csv", text.as_bytes(), &Limits::default()).unwrap();
        preset_of(&find(&book).unwrap().columns).map(|preset| preset.name)
    };
    assert_eq!((name(now), name(lean)), (Some("ServiceNow"), Some("LeanIX")));
    assert_eq!(name("System,Supplier,Operational status\nA,B,Live\n"), None);
}
