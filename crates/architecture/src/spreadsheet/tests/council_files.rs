//! Files as councils send them, through all steps.

use calamine::Reader;
use rust_xlsxwriter::{Color, Format as Style, Formula, Workbook as Writer};

use super::*;

/// A workbook with a title, groups over headings, merged cells, dates, a formula, styled empty rows and a lookup list.
fn busy_workbook() -> Vec<u8> {
    let mut writer = Writer::new();
    let plain = Style::new();
    let day = Style::new().set_num_format("dd/mm/yyyy");
    let month = Style::new().set_num_format("mmm-yy");
    let yellow = Style::new().set_background_color(Color::Yellow);
    let cover = writer.add_worksheet().set_name("Read me").unwrap();
    cover.write(0, 0, "Application register").unwrap();
    cover.write(1, 0, "Maintained by ICT").unwrap();
    let sheet = writer.add_worksheet().set_name("Register").unwrap();
    sheet.merge_range(0, 0, 0, 7, "Ashmere Borough Council: applications, November 2026", &plain).unwrap();
    sheet.merge_range(3, 0, 4, 0, "System name", &plain).unwrap();
    sheet.merge_range(3, 1, 4, 1, "Supplier", &plain).unwrap();
    sheet.merge_range(3, 2, 3, 5, "Contract", &plain).unwrap();
    for (column, heading) in (2..).zip(["Reference", "Start date", "End date", "Annual value (\u{a3}k)"]) {
        sheet.write(4, column, heading).unwrap();
    }
    sheet.merge_range(3, 6, 4, 6, "Owner", &plain).unwrap();
    sheet.merge_range(3, 7, 4, 7, "RAG", &plain).unwrap();

    sheet.write(5, 0, "Council tax").unwrap();
    sheet.merge_range(5, 1, 7, 1, "Northgate", &plain).unwrap();
    sheet.write(5, 2, "C-1").unwrap();
    sheet.write_with_format(5, 3, 44_651.0, &day).unwrap();
    sheet.write_with_format(5, 4, 46_477.0, &day).unwrap();
    sheet.write(5, 5, 12.5).unwrap();
    sheet.write(5, 6, "Head of Revenues").unwrap();
    sheet.write(6, 0, "Housing benefit").unwrap();
    sheet.write_with_format(6, 4, 46_447.0, &month).unwrap();
    sheet.write(6, 6, "Jane Doe").unwrap();
    sheet.write(7, 0, "Business rates").unwrap();
    sheet.write(7, 4, "31/02/2027").unwrap();
    sheet.write_formula(7, 5, Formula::new("=F6*2").set_result("25")).unwrap();
    sheet.merge_range(8, 0, 8, 7, "Regulatory services", &plain).unwrap();
    sheet.write(9, 1, "Idox").unwrap();
    sheet.write(10, 0, "Total").unwrap();
    sheet.write_formula(10, 5, Formula::new("=SUM(F6:F10)").set_result("37.5")).unwrap();
    for row in 11..1011 {
        for column in 0..8 {
            sheet.write_blank(row, column, &yellow).unwrap();
        }
    }
    let list = writer.add_worksheet().set_name("Lists").unwrap();
    list.set_hidden(true);
    for (row, word) in (0..).zip(["Supplier", "Status", "Hosting", "Owner"]) {
        list.write(row, 0, word).unwrap();
    }
    writer.save_to_buffer().unwrap()
}

#[test]
fn a_busy_workbook_is_understood() {
    let bytes = busy_workbook();
    let workbook = read("Ashmere.xlsx", &bytes, &Limits::default()).unwrap();
    assert_eq!(workbook.sheets[1].rows.len(), 9, "styled empty rows are no rows");
    let layout = find(&workbook).unwrap();
    assert_eq!((layout.sheet.as_str(), layout.header_row), ("Register", 5));
    let headings: Vec<&str> = layout.columns.iter().map(|column| column.heading.as_str()).collect();
    assert_eq!(
        headings,
        [
            "System name",
            "Supplier",
            "Contract Reference",
            "Start date",
            "End date",
            "Annual value (\u{a3}k)",
            "Owner",
            "RAG"
        ]
    );
    assert_eq!(layout.columns[4].samples, ["2027-03-31", "2027-03", "31/02/2027"]);
    assert_eq!(layout.other_sheets, [""; 0]);
    let mapping = recognise(&layout.columns, None);
    let fields: Vec<_> = mapping.columns.iter().map(|column| column.field.map(Field::id)).collect();
    assert_eq!(
        fields,
        [
            Some("name"),
            Some("supplier"),
            Some("contract_reference"),
            Some("contract_start"),
            Some("contract_end"),
            Some("annual_cost"),
            Some("business_owner"),
            None
        ]
    );

    let reading = read_rows(&workbook, &layout, &mapping, TODAY);
    let names: Vec<&str> = reading.rows.iter().map(Row::name).collect();
    assert_eq!(names, ["Council tax", "Housing benefit", "Business rates"]);
    assert!(reading.rows.iter().all(|row| row.text(Field::Supplier) == Some("Northgate")), "merged down");
    let value = |row: usize, field| reading.rows[row].values.get(&field).map(|value| value.value.clone());
    assert_eq!(value(0, Field::ContractEnd), Some(Value::Date("2027-03-31".parse().unwrap())));
    assert_eq!(
        value(1, Field::ContractEnd),
        Some(Value::Date("2027-03".parse().unwrap())),
        "shown as a month, meant as one"
    );
    assert_eq!(value(2, Field::ContractEnd), Some(Value::Text("31/02/2027".into())));
    assert_eq!(value(0, Field::AnnualCost), Some(Value::Money(vocabulary::Money(1_250_000))));
    assert_eq!(value(2, Field::AnnualCost), Some(Value::Money(vocabulary::Money(2_500_000))));
    let owner = |row: usize| reading.rows[row].values[&Field::BusinessOwner].personal;
    assert_eq!((owner(0), owner(1)), (false, true));
    assert_eq!(
        places(&reading),
        [
            ("date_not_understood", Some(8), Some("E")),
            ("no_name", Some(10), None),
            ("names_a_person", Some(7), Some("G")),
            ("column_not_read", None, Some("H")),
            ("formulas", Some(8), Some("F")),
            ("title_row", Some(9), None),
            ("total_row", Some(11), None),
        ]
    );
    assert_eq!(
        reading.problems[0].to_string(),
        "Register, row 8, column E \"End date\": \"31/02/2027\" is not a date: that month has no such day. We keep the text, and \
         the date as not known. Write it like 31/03/2027, or 03/2027 where only the month is known. Correct it in the file and \
         upload it again."
    );
}

/// What calamine makes of the same cells. It reads what rust_xlsxwriter wrote safely, so it can judge our values.
#[test]
fn values_are_those_that_calamine_reads() {
    let bytes = busy_workbook();
    let ours = read("a.xlsx", &bytes, &Limits::default()).unwrap();
    let mut theirs = calamine::Xlsx::new(std::io::Cursor::new(bytes.as_slice())).unwrap();
    let mut compared = 0;
    for sheet in &ours.sheets {
        let range = theirs.worksheet_range(&sheet.name).unwrap();
        let found = range.used_cells().filter(|(_, _, data)| !matches!(data, calamine::Data::Empty)).count();
        let own = sheet.rows.iter().flat_map(|row| &row.cells).filter(|cell| !cell.repeated).count();
        assert_eq!(own, found, "{}", sheet.name);
        for row in &sheet.rows {
            for cell in row.cells.iter().filter(|cell| !cell.repeated) {
                let data = range.get_value((row.number - 1, cell.column)).unwrap();
                let same = match (data, cell.kind) {
                    (calamine::Data::String(text), CellKind::Text) => *text == cell.text,
                    (calamine::Data::Float(number), CellKind::Number(own)) => *number == own,
                    (calamine::Data::DateTime(day), CellKind::Date(own)) => {
                        let (year, month, number, ..) = day.to_ymd_hms_milli();
                        (own.year(), own.month(), own.day()) == (year as i16, month as i8, number as i8)
                    }
                    (calamine::Data::DateTime(day), CellKind::Month { year, month }) => {
                        let (their_year, their_month, ..) = day.to_ymd_hms_milli();
                        (year, month) == (their_year as i16, their_month as i8)
                    }
                    _ => false,
                };
                assert!(same, "{} row {} column {}: {data:?} and {cell:?}", sheet.name, row.number, cell.column);
                compared += 1;
            }
        }
    }
    assert!(compared > 30);
}

#[test]
fn what_another_program_would_take_for_a_formula_is_told_and_kept_as_text() {
    let csv = b"System,Supplier,Notes\nPayroll,=cmd|' /C calc'!A0,- old\n=1+1,Acme,@home\nBins,Acme,a=b\n";
    let reading = through("estate.csv", csv);
    assert_eq!(reading.rows[0].values[&Field::Supplier].value, Value::Text("=cmd|' /C calc'!A0".into()));
    let told = places(&reading);
    let told: Vec<_> = told.iter().filter(|(code, ..)| *code == "formula_like_text").collect();
    assert_eq!(told, [&("formula_like_text", Some(2), Some("B")), &("formula_like_text", Some(3), Some("A"))]);
}

#[test]
fn a_table_as_csv_in_windows_1252_with_semicolons() {
    let csv = b"Application;Vendor;Business area;Status;Users;Notice;Renewal date;Cost p.a.;Comments;Remarks\r\n\
        Caf\xe9 till;In-house;Leisure, Waste management;In use;c. 40;90 days;Mar-27;\xa312,500;Old;Ask Mr Khan\r\n\
        ;Capita;;;;;;;;\r\n\
        CAF\xc9 TILL;;;Band 3;All staff;see contract;rolling;12k5;n/a;\r\n\
        TBC;;;;;;;;;";
    let reading = through("estate.csv", csv);
    assert_eq!(reading.rows.len(), 2);
    let first = &reading.rows[0].values;
    assert_eq!(first[&Field::Supplier].value, Value::InHouse);
    assert_eq!(first[&Field::Elements].value, Value::List(vec!["Leisure".into(), "Waste management".into()]));
    assert_eq!(first[&Field::Status].value, Value::Status(Status::Live));
    assert_eq!((&first[&Field::Users].value, first[&Field::Users].estimated), (&Value::Number(40), true));
    assert_eq!(first[&Field::NoticeMonths].value, Value::Months(3));
    assert_eq!(first[&Field::ContractEnd].value, Value::Date("2027-03".parse().unwrap()));
    assert_eq!(first[&Field::AnnualCost].value, Value::Money(vocabulary::Money(1_250_000)));
    assert_eq!(first[&Field::Notes].value, Value::Text("Old\nRemarks: Ask Mr Khan".into()));
    assert!(first[&Field::Notes].personal);
    let second = &reading.rows[1].values;
    assert_eq!(second[&Field::ContractEnd].value, Value::Nothing(Nothing::None));
    assert_eq!(second[&Field::Notes].value, Value::Nothing(Nothing::DoesNotApply));
    assert!(!second[&Field::AnnualCost].understood);
    assert_eq!(second[&Field::AnnualCost].original, "12k5");
    assert_eq!(
        places(&reading),
        [
            ("no_name", Some(3), None),
            ("amount_not_understood", Some(4), Some("H")),
            ("no_name", Some(5), None),
            ("names_a_person", Some(2), Some("J")),
            ("status_not_understood", Some(4), Some("D")),
            ("number_not_understood", Some(4), Some("E")),
            ("months_not_understood", Some(4), Some("F")),
            ("name_repeated", Some(4), None),
        ]
    );
}

#[test]
fn ids_dates_that_disagree_and_headings_again() {
    let csv = "commonhold_id,name,product,version,contract_start,contract_end,status\n\
        S1,Bins,,,01/04/2027,31/03/2027,live\n\
        S1,Parks,,,,31/03/2020,live\n\
        commonhold_id,name,product,version,contract_start,contract_end,status\n\
        S3,Parks,,,,31/03/2020,live\n\
        S4,Parks,Other,,,31/03/2020,retired\n";
    let reading = through("a.csv", csv.as_bytes());
    let names: Vec<_> = reading.rows.iter().map(|row| (row.number, row.name())).collect();
    assert_eq!(names, [(2, "Bins"), (5, "Parks"), (6, "Parks")]);
    assert_eq!(
        places(&reading),
        [
            ("id_repeated", Some(3), None),
            ("ends_before_start", Some(2), Some("F")),
            ("headings_repeated", Some(4), None),
            ("contract_ended", Some(5), Some("F")),
        ]
    );
}

#[test]
fn several_lists_and_a_chosen_place() {
    let mut writer = Writer::new();
    for name in ["Housing", "Planning"] {
        let sheet = writer.add_worksheet().set_name(name).unwrap();
        for (column, heading) in (0..).zip(["System", "Supplier", "Status"]) {
            sheet.write(0, column, heading).unwrap();
        }
        sheet.write(1, 0, format!("{name} system")).unwrap();
    }
    let bytes = writer.save_to_buffer().unwrap();
    let reading = through("a.xlsx", &bytes);
    assert_eq!(reading.rows[0].name(), "Housing system");
    assert_eq!(places(&reading), [("sheet_not_read", None, None)]);
    assert!(reading.problems[0].message.contains("\"Planning\""));
    let workbook = read("a.xlsx", &bytes, &Limits::default()).unwrap();
    let layout = layout_at(&workbook, "Planning", 1).unwrap();
    let reading = read_rows(&workbook, &layout, &recognise(&layout.columns, None), TODAY);
    assert_eq!(reading.rows[0].name(), "Planning system");
    assert_eq!(layout_at(&workbook, "Planning", 9), None);
}

#[test]
fn a_list_without_names_says_so_once() {
    let reading = through("a.csv", b"Supplier,Status,Annual cost\nCivica,Live,12\nIdox,Live,13\n");
    assert_eq!(reading.rows, []);
    assert_eq!(places(&reading), [("no_name_column", None, None)]);
}

#[test]
fn the_estates_size_is_no_matter() {
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet();
    let headings = [
        "System",
        "Product",
        "Version",
        "Supplier",
        "Service area",
        "Status",
        "Description",
        "Business owner",
        "Technical owner",
        "Users",
        "Annual cost",
        "Contract ref",
        "Contract start",
        "Contract end",
        "Notice",
        "Extension options",
        "Hosting",
        "Shared with",
        "Criticality",
        "Notes",
    ];
    for (column, heading) in (0..).zip(headings) {
        sheet.write(0, column, heading).unwrap();
    }
    for row in 1..=500_u32 {
        let texts = [
            &format!("System {row}"),
            "TaxBase",
            "11.2",
            "Fennel Software Ltd",
            "Revenues; Housing",
            "In use",
            "Collects what is due",
            "Head of Revenues",
            "ICT Service Desk",
            "c. 200",
            "\u{a3}12,500",
            "C-1",
            "01/04/2024",
            "31/03/2027",
            "3 months",
            "1 + 1",
            "Cloud",
            "Brackford",
            "High",
            "None",
        ];
        for (column, text) in (0..).zip(texts) {
            sheet.write(row, column, text).unwrap();
        }
    }
    let bytes = writer.save_to_buffer().unwrap();
    let start = std::time::Instant::now();
    let reading = through("a.xlsx", &bytes);
    let took = start.elapsed();
    assert_eq!((reading.rows.len(), reading.problems.len()), (500, 0));
    // Far above what it takes alone, far below what a mistake of a higher order would take.
    assert!(took < std::time::Duration::from_secs(2), "{took:?}");
    println!("500 systems of 20 fields read in {took:?}");
}
