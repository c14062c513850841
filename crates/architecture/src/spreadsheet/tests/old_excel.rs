//! Workbooks of 1997 to 2003: what they say, compared with another reader; what no file should say.

use calamine::{Data, Reader as _};

use super::made_xls::*;
use super::*;

/// A list with each kind of cell.
fn good() -> Vec<u8> {
    let long = wide("Pla\u{f1}ning \u{2013} applications");
    // The last text of the list goes on in the next record, first in narrow and then in wide characters.
    let mut texts = vec![text("System"), text("Supplier"), text("Annual cost"), text("Contract end"), text("Live")];
    texts.push(long);
    let mut last = text("Bin rounds");
    let rest = last.split_off(6);
    texts.push(last);
    let rest: Vec<u8> = [vec![1], rest.iter().flat_map(|byte| [*byte, 0]).collect()].concat();
    let globals = vec![
        record(0x0042, &1200_u16.to_le_bytes()),
        // The other reader looks for short streams elsewhere, whatever the file says.
        record(0x00ff, &[0; 4096]),
        record(0x041e, &[&164_u16.to_le_bytes()[..], &text("mmm\\-yy")].concat()),
        style(0, 0),
        style(14, 0),
        style(164, 0),
        style(0, 1),
        shared(7, &texts),
        record(0x003c, &rest),
    ];
    let named = |row: u16, column: u16, text: u32| cell(0x00fd, (row, column, 0), &text.to_le_bytes());
    let real = |number: f64| number.to_le_bytes();
    let mut records: Vec<Vec<u8>> = (0..5).map(|column| named(0, column, u32::from(column))).collect();
    records.extend([
        named(1, 0, 5),
        cell(0x0204, (1, 1, 3), &text("Northgate")),
        cell(0x0203, (1, 2, 0), &real(12_500.5)),
        cell(0x0203, (1, 3, 1), &real(46_477.0)),
        cell(0x0205, (1, 4, 0), &[1, 0]),
        named(2, 0, 6),
        // A result, a text that follows, an error, nothing.
        cell(0x0006, (2, 2, 0), &[&real(99.0)[..], &[0; 8]].concat()),
        cell(0x027e, (2, 3, 2), &((46_447_u32 << 2) | 2).to_le_bytes()),
        cell(0x0006, (2, 4, 0), &[&[0, 0, 0, 0, 0, 0, 0xff, 0xff][..], &[0; 8]].concat()),
        record(0x0207, &text("yes")),
        cell(0x0006, (3, 2, 0), &[&[2, 0, 0x2a, 0, 0, 0, 0xff, 0xff][..], &[0; 8]].concat()),
        cell(0x0204, (3, 0, 0), &text("Forms")),
        record(0x00e5, &[1_u16, 1, 2, 1, 1].map(u16::to_le_bytes).concat()),
    ]);
    // Two numbers side by side.
    let two = |number: u32| [&0_u16.to_le_bytes()[..], &((number << 2) | 2).to_le_bytes()].concat();
    let side = [&[4_u16, 2].map(u16::to_le_bytes).concat()[..], &two(7), &two(8), &3_u16.to_le_bytes()].concat();
    records.push(record(0x00bd, &side));
    compound(&[(
        "Workbook",
        stream(&globals, &[("Systems", 0, records), ("Lists", 2, vec![cell(0x0204, (0, 0, 0), &text("x"))])]),
    )])
}

fn texts(book: &Workbook) -> Vec<Vec<String>> {
    let row = |row: &SheetRow| {
        row.cells.iter().map(|cell| format!("{}{}={}", letters(cell.column), row.number, cell.text)).collect()
    };
    book.sheets[0].rows.iter().map(row).collect()
}

#[test]
fn every_kind_of_cell() {
    let book = read("estate.xls", &good(), &Limits::default()).unwrap();
    assert_eq!(book.format, Format::Xls);
    let expected: [&[&str]; 5] = [
        &["A1=System", "B1=Supplier", "C1=Annual cost", "D1=Contract end", "E1=Live"],
        &["A2=Pla\u{f1}ning \u{2013} applications", "B2=Northgate", "C2=12500.5", "D2=2027-03-31", "E2=TRUE"],
        &["A3=Bin rounds", "B3=Northgate", "C3=99", "D3=2027-03", "E3=yes"],
        &["A4=Forms", "C4=#N/A"],
        &["C5=7", "D5=8"],
    ];
    assert_eq!(texts(&book), expected);
    assert_eq!((book.sheets[0].hidden, book.sheets[1].hidden), (false, true));
    assert_eq!(book.sheets[0].fills, [(2, 13)]);
    assert!(book.sheets[0].row(3).unwrap().cell(1).unwrap().repeated);
    assert!(book.sheets[0].row(3).unwrap().cell(2).unwrap().formula);
    let reading = through("estate.xls", &good());
    assert_eq!(reading.rows.len(), 3);
}

#[test]
fn another_reader_says_the_same() {
    let ours = read("estate.xls", &good(), &Limits::default()).unwrap();
    let mut theirs: calamine::Xls<_> = calamine::Xls::new(std::io::Cursor::new(good())).unwrap();
    let range = theirs.worksheet_range("Systems").unwrap();
    let mut compared = 0;
    for (row, column, value) in range.used_cells() {
        let (row, column) = (u32::try_from(row).unwrap() + 1, u32::try_from(column).unwrap());
        let cell = ours.sheets[0].row(row).and_then(|row| row.cell(column)).unwrap();
        let same = match value {
            Data::String(text) => *text == cell.text,
            Data::Float(number) => cell.kind == CellKind::Number(*number),
            Data::Int(number) => cell.text == number.to_string(),
            Data::Bool(flag) => cell.kind == CellKind::Bool(*flag),
            Data::DateTime(_) => matches!(cell.kind, CellKind::Date(_) | CellKind::Month { .. }),
            Data::Error(_) => cell.text == "#N/A",
            other => panic!("{other:?}"),
        };
        assert!(same, "{row} {column}: {value:?} is not {cell:?}");
        compared += 1;
    }
    assert_eq!(compared, 18);
}

#[test]
fn days_may_be_counted_from_1904() {
    let day = cell(0x0203, (0, 0, 0), &45_015.0_f64.to_le_bytes());
    let bytes = workbook(&[record(0x0022, &1_u16.to_le_bytes()), style(14, 0)], vec![day]);
    assert_eq!(texts(&read("a", &bytes, &Limits::default()).unwrap()), [["A1=2027-03-31"]]);
}

#[test]
fn what_is_no_such_workbook_is_refused_for_what_it_is() {
    let locked = workbook(&[record(0x002f, &[0; 6])], vec![]);
    assert_eq!(refusal(&locked), Unreadable::Password);
    assert_eq!(refusal(&compound(&[("EncryptedPackage", vec![1; 600])])), Unreadable::Password);
    assert_eq!(
        refusal(&compound(&[("WordDocument", vec![1; 600])])),
        Unreadable::NotASpreadsheet(LooksLike::OldOffice)
    );
    assert_eq!(refusal(&compound(&[("Book", vec![1; 600])])), Unreadable::NotASpreadsheet(LooksLike::OldExcel));
    let older = record(0x0809, &[0x0500_u16, 5].map(u16::to_le_bytes).concat());
    assert_eq!(refusal(&compound(&[("Workbook", older)])), Unreadable::NotASpreadsheet(LooksLike::OldExcel));
    assert_eq!(refusal(&workbook(&[], vec![])), Unreadable::Empty);
    assert!(refusal(&locked).to_string().contains("Save a copy without a password"));
}

#[test]
fn a_workbook_cut_off_anywhere_is_refused() {
    let whole = good();
    for length in (8..whole.len() - SECTOR).step_by(7) {
        let refused = refusal(&whole[..length]);
        assert!(["cut_off", "broken_part"].contains(&refused.code()), "{length}: {refused}");
    }
}

#[test]
fn circles_and_wrong_numbers_end() {
    let mut circle = good();
    // The stream's second sector leads to its first.
    let table = SECTOR;
    circle[table + 3 * 4..table + 4 * 4].copy_from_slice(&2_u32.to_le_bytes());
    assert_eq!(refusal(&circle).code(), "broken_part");
    let mut outside = good();
    outside[table + 2 * 4..table + 3 * 4].copy_from_slice(&0x00ff_ffff_u32.to_le_bytes());
    assert_eq!(refusal(&outside).code(), "cut_off");
    // The list of tables leads in a circle, and entries of the directory lead to each other.
    let mut lists = good();
    lists[68..72].copy_from_slice(&2_u32.to_le_bytes());
    let _whatever_it_says = read("a", &lists, &Limits::default());
    let mut tree = good();
    let entry = SECTOR * 2 + 128;
    tree[entry + 68..entry + 72].copy_from_slice(&1_u32.to_le_bytes());
    assert!(read("a", &tree, &Limits::default()).is_ok());
    let mut size = good();
    size[entry + 120..entry + 124].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(refusal(&size).code(), "cut_off");
    let mut sectors = good();
    sectors[30] = 31;
    assert_eq!(refusal(&sectors).code(), "broken_part");

    // Numbers of texts that are not there, and one text used by many cells.
    let most = workbook(&[shared(u32::MAX, &[text("a")])], vec![cell(0x00fd, (0, 0, 0), &0_u32.to_le_bytes())]);
    assert_eq!(texts(&read("a", &most, &Limits::default()).unwrap()), [["A1=a"]]);
    let missing = workbook(&[shared(1, &[text("a")])], vec![cell(0x00fd, (0, 0, 0), &7_u32.to_le_bytes())]);
    assert_eq!(refusal(&missing), Unreadable::BrokenPart { part: "sheet 1".into() });
    let mut long = text("a");
    long[0] = 0xff;
    assert_eq!(refusal(&workbook(&[shared(1, &[long])], vec![])).code(), "broken_part");
    let sheets: Vec<(&str, u8, Vec<Vec<u8>>)> = (0..51).map(|_| ("S", 0, vec![])).collect();
    assert_eq!(refusal(&compound(&[("Workbook", stream(&[], &sheets))])).code(), "too_many_sheets");
    let far = workbook(&[], vec![cell(0x0203, (0, 600, 0), &1.0_f64.to_le_bytes())]);
    assert_eq!(refusal(&far).code(), "too_many_columns");
    let rows = (0..10_001_u16).map(|row| cell(0x0201 + 2, (row, 0, 0), &1.0_f64.to_le_bytes())).collect::<Vec<_>>();
    let limits = Limits { rows: 50, ..Limits::default() };
    let some = workbook(&[], rows.into_iter().take(60).collect());
    assert_eq!(read("a", &some, &limits).unwrap_err().code(), "too_many_rows");
    // A merged area over every row there can be.
    let merged = vec![
        cell(0x0203, (0, 0, 0), &1.0_f64.to_le_bytes()),
        record(0x00e5, &[0xffff_u16, 0, 0xffff, 0, 0xff].map(u16::to_le_bytes).concat()),
    ];
    assert_eq!(texts(&read("a", &workbook(&[], merged), &Limits::default()).unwrap()), [["A1=1"]]);
}

#[test]
fn sheets_that_begin_elsewhere_are_refused() {
    let mut stream = stream(&[], &[("Systems", 0, vec![cell(0x0203, (0, 0, 0), &1.0_f64.to_le_bytes())])]);
    let place = begin(5).len() + 4;
    for start in [0_u32, 3, u32::MAX, 1] {
        stream[place..place + 4].copy_from_slice(&start.to_le_bytes());
        let result = read("a", &compound(&[("Workbook", stream.clone())]), &Limits::default());
        assert!(result.is_err(), "{start}");
    }
}

pub fn any_file() -> Vec<u8> {
    good()
}

#[test]
fn small_streams_do_not_grow_in_circles() {
    // The workbook stands in the small stream, whose table is long and leads each piece to itself.
    let table: Vec<u8> = (0..40_000_u32).flat_map(|_| 0_u32.to_le_bytes()).collect();
    let mut file = compound(&[("Workbook", vec![1; 100])]);
    let first = (file.len() / SECTOR - 1) as u32;
    // Streams below this size are small ones; the table of small pieces stands at the end, in a chain of one sector.
    file[56..60].copy_from_slice(&4096_u32.to_le_bytes());
    file[60..64].copy_from_slice(&first.to_le_bytes());
    file.extend(&table[..SECTOR]);
    let at = SECTOR + first as usize * 4;
    file[at..at + 4].copy_from_slice(&0xffff_fffe_u32.to_le_bytes());
    let root = SECTOR * 2;
    file[root + 116..root + 120].copy_from_slice(&2_u32.to_le_bytes());
    let entry = root + 128;
    file[entry + 116..entry + 120].copy_from_slice(&0_u32.to_le_bytes());
    assert_eq!(refusal(&file).code(), "broken_part");
}

#[test]
fn texts_cut_by_records_anywhere_read_the_same() {
    let texts = [text("System"), wide("Pla\u{f1}ning \u{2013} applications"), text("Bins")].concat();
    let header = [3_u32.to_le_bytes(), 3_u32.to_le_bytes()].concat();
    let named = |row: u16, text: u32| cell(0x00fd, (row, 0, 0), &text.to_le_bytes());
    let cells = || vec![named(0, 0), named(1, 1), named(2, 2)];
    for cut in 0..=texts.len() {
        let (before, after) = texts.split_at(cut);
        // Where a text's characters go on, a byte says how wide they are; between texts there is none.
        for mark in [None, Some(0_u8), Some(1)] {
            let rest: Vec<u8> = mark.into_iter().chain(after.iter().copied()).collect();
            let globals = [record(0x00fc, &[header.clone(), before.to_vec()].concat()), record(0x003c, &rest)];
            if let Ok(book) = read("a.xls", &workbook(&globals, cells()), &Limits::default()) {
                assert!(book.sheets[0].rows.len() <= 3, "{cut}");
            }
        }
    }
    // Between the texts, and within the second with its mark.
    let between = text("System").len();
    for (cut, mark) in [(between, None), (between + 3 + 8, Some(1)), (between + 3, Some(1))] {
        let (before, after) = texts.split_at(cut);
        let rest: Vec<u8> = mark.into_iter().chain(after.iter().copied()).collect();
        let globals = [record(0x00fc, &[header.clone(), before.to_vec()].concat()), record(0x003c, &rest)];
        let book = read("a.xls", &workbook(&globals, cells()), &Limits::default()).unwrap();
        let found: Vec<&str> = book.sheets[0].rows.iter().map(|row| row.cells[0].text.as_str()).collect();
        assert_eq!(found, ["System", "Pla\u{f1}ning \u{2013} applications", "Bins"], "{cut}");
    }
}
