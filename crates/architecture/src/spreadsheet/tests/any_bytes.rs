//! Whatever the bytes, there is an answer and never a panic.

use std::sync::LazyLock;

use proptest::prelude::*;
use rust_xlsxwriter::{Format, Formula, Workbook as Writer};

use super::{made_files::zipped, *};

/// A real workbook with dates, formulas, merged cells and two sheets.
static REAL: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut writer = Writer::new();
    let day = Format::new().set_num_format("dd/mm/yyyy");
    let sheet = writer.add_worksheet().set_name("Systems").unwrap();
    sheet.merge_range(0, 0, 0, 3, "Our systems", &Format::new()).unwrap();
    for (column, heading) in (0..).zip(["System", "Supplier", "Annual cost", "Contract end"]) {
        sheet.write(2, column, heading).unwrap();
    }
    for row in 3..12 {
        sheet.write(row, 0, format!("System {row}")).unwrap();
        sheet.write_formula(row, 2, Formula::new("=1+1").set_result("2")).unwrap();
        sheet.write_with_format(row, 3, 46_477.0, &day).unwrap();
    }
    sheet.merge_range(3, 1, 6, 1, "Northgate", &Format::new()).unwrap();
    writer.add_worksheet().write(0, 0, "Notes").unwrap();
    writer.save_to_buffer().unwrap()
});

/// All steps; only that it ends matters here.
pub fn all_steps(bytes: &[u8]) {
    let Ok(workbook) = read("a", bytes, &Limits::default()) else { return };
    let Ok(layout) = find(&workbook) else { return };
    let mapping = recognise_file(&layout, None, &Default::default());
    let reading = read_rows(&workbook, &layout, &mapping, TODAY);
    for row in &reading.rows {
        assert!(!row.name().is_empty() && row.name().chars().count() <= 200);
    }
    for problem in &reading.problems {
        assert!(!problem.message.is_empty() && !problem.next_step.is_empty());
    }
}

/// The same bytes with some replaced, some removed and some repeated.
pub fn mutated(bytes: &[u8], changes: &[(prop::sample::Index, u8, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (place, what, byte) in changes {
        if bytes.is_empty() {
            break;
        }
        let place = place.index(bytes.len());
        match what % 4 {
            0 | 1 => bytes[place] = *byte,
            2 => bytes.truncate(place.max(4)),
            _ => {
                let end = (place + usize::from(*byte)).min(bytes.len());
                let piece = bytes[place..end].to_vec();
                bytes.splice(place..place, piece);
            }
        }
    }
    bytes
}

pub fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, u8)>> {
    prop::collection::vec(any::<(prop::sample::Index, u8, u8)>(), 1..12)
}

/// The real workbook's parts, unpacked.
static PARTS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(REAL.as_slice())).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut part, &mut bytes).unwrap();
            (part.name().unwrap().into_owned(), bytes)
        })
        .collect()
});

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_at_all(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        all_steps(&bytes);
    }

    #[test]
    fn any_text(text in "(System|Supplier|Cost|End|[^\u{0}]{0,20}|[,;\t\"\n]){0,60}") {
        all_steps(text.as_bytes());
    }

    #[test]
    fn a_real_workbook_with_changed_bytes(changes in changes()) {
        all_steps(&mutated(&REAL, &changes));
    }

    #[test]
    fn a_real_workbook_with_changed_xml(part in any::<prop::sample::Index>(), changes in changes()) {
        let changed = part.index(PARTS.len());
        let parts: Vec<(&str, String)> = PARTS.iter().enumerate().map(|(index, (name, bytes))| {
            let bytes = if index == changed { mutated(bytes, &changes) } else { bytes.clone() };
            (name.as_str(), String::from_utf8_lossy(&bytes).into_owned())
        }).collect();
        all_steps(&zipped(&parts));
    }

    #[test]
    fn a_real_table_with_changed_bytes(changes in changes()) {
        let csv = "System;Supplier;Annual cost;Contract end\r\n\"Bin; rounds\";In-house;\u{a3}12,500;31/03/2027\r\nCaf\u{e9};;c. 2k;Mar-27\r\n";
        all_steps(&mutated(csv.as_bytes(), &changes));
        let wide: Vec<u8> = csv.encode_utf16().flat_map(u16::to_le_bytes).collect();
        all_steps(&mutated(&[vec![0xff, 0xfe], wide].concat(), &changes));
    }

    #[test]
    fn an_old_workbook_with_changed_bytes(changes in changes()) {
        all_steps(&mutated(&old_excel::any_file(), &changes));
    }

    #[test]
    fn an_open_document_with_changed_xml(changes in changes()) {
        let file = open_document::any_file();
        all_steps(&mutated(&file, &changes));
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file)).unwrap();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut archive.by_name("content.xml").unwrap(), &mut content).unwrap();
        let content = String::from_utf8_lossy(&mutated(&content, &changes)).into_owned();
        let kind = "application/vnd.oasis.opendocument.spreadsheet".to_owned();
        all_steps(&zipped(&[("mimetype", kind), ("content.xml", content)]));
    }

    #[test]
    fn json_with_changed_bytes(changes in changes()) {
        let json = r#"{"systems": [{"name": "Bin rounds", "contract": {"contractEnd": "2027-03"}, "elements": ["a", {"name": "b"}]}, {"name": 7}]}"#;
        all_steps(&mutated(json.as_bytes(), &changes));
    }

    #[test]
    fn any_value(text in "\\PC{0,30}", number in any::<f64>()) {
        let kinds = [CellKind::Text, CellKind::Number(number)];
        for kind in kinds {
            let _date = read_date(&text, kind, false);
        }
        let _others = (read_money(&text, true), read_number(&text), read_months(&text, Unit::Days), read_status(&text));
        let _texts = (read_list(&text), read_nothing(&text), read_yes_no(&text), looks_like_a_person(&text), is_in_house(&text));
    }

    #[test]
    fn any_day_in_any_usual_form_reads_as_itself(days in 0_i64..50_000, form in 0_usize..6) {
        let day = date(1980, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
        let forms = ["%Y-%m-%d", "%d/%m/%Y", "%-d/%-m/%Y", "%d.%m.%Y", "%d %B %Y", "%d-%b-%Y"];
        let text = day.strftime(forms[form]).to_string();
        prop_assert_eq!(read_date(&text, CellKind::Text, false), Read::Ok(DateOrMonth::Date(day)));
    }
}
