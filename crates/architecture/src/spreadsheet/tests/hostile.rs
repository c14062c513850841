//! Files that are damaged, are something else, or mean harm: each is refused by its own code before it costs anything.

use std::time::{Duration, Instant};

use super::{
    made_files::{parts, with_cells, zipped},
    *,
};

/// Nothing hostile may take long, in an unoptimised build on a busy machine included.
pub fn quickly<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(20), "took {took:?}");
    result
}

fn good() -> Vec<u8> {
    with_cells(&[("A1", "System"), ("B1", "Supplier"), ("A2", "Bin rounds"), ("B2", "In-house")])
}

#[test]
fn the_good_file_is_good() {
    let reading = through("estate.xlsx", &good());
    assert_eq!(reading.rows.len(), 1);
    assert_eq!(reading.rows[0].name(), "Bin rounds");
    assert_eq!(reading.problems, []);
}

#[test]
fn broken_zips() {
    let good = good();
    // The directory is there and points nowhere sensible.
    let mut directory = good.clone();
    let start = directory.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    directory[start..start + 4].fill(0);
    assert_eq!(refusal(&directory).code(), "broken_zip");
    // A part's packed bytes are damaged.
    let mut packed = zipped(&parts(&format!("<sheetData>{}</sheetData>", "<row><c><v>1</v></c></row>".repeat(500))));
    let name = packed.windows(24).position(|window| window == b"xl/worksheets/sheet1.xml").unwrap();
    packed[name + 30..name + 60].fill(0xff);
    assert_eq!(refusal(&packed), Unreadable::BrokenZip(Some("sheet 1".into())));
    assert_eq!(refusal(b"PK\x03\x04").code(), "cut_off");
    assert_eq!(refusal(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").code(), "broken_zip");
}

#[test]
fn a_file_cut_off_says_where() {
    let mut parts = parts("<sheetData><row><c><v>1</v></c></row></sheetData>");
    parts.push(("xl/worksheets/sheet2.xml", "x".repeat(5000)));
    let whole = zipped(&parts);
    let second = whole.windows(24).position(|window| window == b"xl/worksheets/sheet2.xml").unwrap();
    let refusal_text = refusal(&whole[..second + 30]).to_string();
    assert_eq!(
        refusal_text,
        "The file stops in the middle of sheet 2, so it may be a part copy. Save it again and upload that."
    );
    for length in 4..whole.len() {
        let code = refusal(&whole[..length]).code();
        assert!(matches!(code, "cut_off" | "broken_zip"), "{length}: {code}");
    }
    // The zip is whole, the XML in it is not.
    let unfinished = zipped(
        &[parts.clone(), Vec::new()]
            .concat()
            .into_iter()
            .map(|(name, text)| match name {
                "xl/worksheets/sheet1.xml" => (name, text.replace("</c></row></sheetData></worksheet>", "</c>")),
                _ => (name, text),
            })
            .collect::<Vec<_>>(),
    );
    assert_eq!(refusal(&unfinished), Unreadable::CutOff("in the middle of sheet 1".into()));
}

#[test]
fn zip_bombs() {
    // 300 MB of zeros in a sheet, declared honestly.
    let bomb = zipped(&parts(&" ".repeat(300 * 1024 * 1024)));
    assert!(bomb.len() < 1024 * 1024);
    assert_eq!(quickly(|| refusal(&bomb)).code(), "expands_too_much");

    // The same with a directory and headers that declare a hundred bytes.
    let mut liar = zipped(&parts(&" ".repeat(40 * 1024 * 1024)));
    let declared = u32::try_from(40 * 1024 * 1024 + parts("")[3].1.len()).unwrap().to_le_bytes();
    let mut replaced = 0;
    for place in 0..liar.len() - 4 {
        if liar[place..place + 4] == declared {
            liar[place..place + 4].copy_from_slice(&100_u32.to_le_bytes());
            replaced += 1;
        }
    }
    assert!(replaced >= 2, "local header and directory");
    // The unpacker stops at the declared size, and what is left over is damage.
    assert_eq!(quickly(|| refusal(&liar)).code(), "broken_zip");

    // Very many entries.
    let many: Vec<(String, String)> = (0..6000).map(|n| (format!("x{n}"), String::new())).collect();
    let many: Vec<(&str, String)> = many.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    assert_eq!(refusal(&zipped(&many)).code(), "expands_too_much");
}

#[test]
fn a_small_allowance_is_kept_whatever_the_directory_says() {
    let limits = Limits { expanded_bytes: 2_000, ..Limits::default() };
    let bytes = zipped(&parts(&" ".repeat(3_000)));
    assert_eq!(read("a.xlsx", &bytes, &limits).unwrap_err().code(), "expands_too_much");
}

#[test]
fn entities() {
    let laughs = r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]><worksheet><sheetData><row><c t="inlineStr"><is><t>&lol2;</t></is></c></row></sheetData></worksheet>"#;
    for (part, place) in [
        ("xl/worksheets/sheet1.xml", "sheet 1"),
        ("xl/workbook.xml", "the list of sheets"),
        ("_rels/.rels", "the list of parts"),
        ("xl/_rels/workbook.xml.rels", "the list of parts"),
        ("xl/sharedStrings.xml", "the list of texts"),
    ] {
        let mut all = parts("<sheetData/>");
        all.retain(|(name, _)| *name != part);
        all.push((part, laughs.to_owned()));
        assert_eq!(refusal(&zipped(&all)), Unreadable::DocumentType { part: place.into() });
    }
    // An entity without a declaration, and one that would read a file.
    assert_eq!(refusal(&with_cells(&[("A1", "&xxe;")])).code(), "document_type");
}

#[test]
fn far_away_cells_cost_one_cell() {
    assert_eq!(
        quickly(|| refusal(&with_cells(&[("A1", "System"), ("XFD1048576", "x")]))),
        Unreadable::TooManyColumns { sheet: "Systems".into(), row: 1_048_576, column: "XFD".into(), limit: 500 }
    );
    let reading = quickly(|| through("a.xlsx", &with_cells(&[("A1", "System"), ("A1048576", "Fax gateway")])));
    assert_eq!((reading.rows[0].name(), reading.rows[0].number), ("Fax gateway", 1_048_576));
}

#[test]
fn too_much_of_anything() {
    let rows = |count: usize| format!("<sheetData>{}</sheetData>", "<row><c><v>1</v></c></row>".repeat(count));
    assert_eq!(quickly(|| refusal(&zipped(&parts(&rows(50_001))))).code(), "too_many_rows");
    let columns = "<c><v>1</v></c>".repeat(100_000);
    let wide = zipped(&parts(&format!("<sheetData><row>{columns}</row></sheetData>")));
    assert_eq!(quickly(|| refusal(&wide)).code(), "too_many_columns");
    let limits = Limits { cells: 10, ..Limits::default() };
    assert_eq!(read("a.xlsx", &zipped(&parts(&rows(11))), &limits).unwrap_err().code(), "too_many_cells");
    let long = with_cells(&[("A1", "System"), ("B7", &"x".repeat(10 * 1024 * 1024))]);
    assert_eq!(
        quickly(|| refusal(&long)),
        Unreadable::CellTooLong { sheet: "Systems".into(), row: 7, column: "B".into(), limit: 32_767 }
    );
    let limits = Limits { bytes: 100, ..Limits::default() };
    assert_eq!(read("a.csv", &[b'a'; 101], &limits).unwrap_err(), Unreadable::TooLarge { bytes: 101, limit: 100 });
    let sheets: String = (0..51).map(|n| format!("<sheet name=\"s{n}\" r:id=\"rId1\"/>")).collect();
    let mut many = parts("<sheetData/>");
    many[1].1 = format!("<workbook xmlns:r=\"r\"><sheets>{sheets}</sheets></workbook>");
    assert_eq!(refusal(&zipped(&many)), Unreadable::TooManySheets { sheets: 51, limit: 50 });
}

#[test]
fn one_text_used_a_million_times_is_paid_for_each_time() {
    let mut all = parts(&format!("<sheetData>{}</sheetData>", "<row><c t=\"s\"><v>0</v></c></row>".repeat(20_000)));
    all.push((
        "xl/sharedStrings.xml",
        format!("<sst uniqueCount=\"18446744073709551615\"><si><t>{}</t></si></sst>", "x".repeat(32_000)),
    ));
    assert_eq!(quickly(|| refusal(&zipped(&all))).code(), "too_much_text");
}

#[test]
fn merged_areas_over_areas_are_paid_for() {
    let rows: String = (1..=2_000).map(|n| format!("<row r=\"{n}\"><c r=\"B{n}\"><v>1</v></c></row>")).collect();
    let merges = "<mergeCell ref=\"A1:A1048576\"/>".repeat(2_000);
    let sheet = format!(
        "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>{rows}</sheetData><mergeCells>{merges}</mergeCells>"
    );
    assert_eq!(quickly(|| refusal(&zipped(&parts(&sheet)))).code(), "too_many_cells");
}

/// The longest cells, filled with what readers strip, split on or search for.
#[test]
fn long_cells_of_signs_are_read_quickly() {
    for filling in [
        "-", "(", ")", ",", ";", "a;", "\u{a3}", "1", "1,", ".", " ", "@", "a@b ", "Mr ", "/", "k", "07", "Jane ",
        "x, Y ", "[", "&",
    ] {
        let count = 32_000 / filling.len();
        let long = filling.repeat(count);
        let headings = "Name,Supplier,Elements,Status,Description,Owner,Users,Annual cost,Contract end,Notice,Notes";
        let csv = format!("{headings}\nBins{}\n", format!(",\"{long}\"").repeat(10));
        quickly(|| through("a.csv", csv.as_bytes()));
    }
}

#[test]
fn many_merged_areas_over_many_lone_cells() {
    let rows: String = (1..=9_000)
        .map(|n| format!("<row r=\"{n}\"><c r=\"A{n}\" t=\"inlineStr\"><is><t>System</t></is></c></row>"))
        .collect();
    let merges = "<mergeCell ref=\"A1:C1\"/>".repeat(500_000);
    let sheet = format!("<sheetData>{rows}</sheetData><mergeCells>{merges}</mergeCells>");
    let reading = quickly(|| through("a.xlsx", &zipped(&parts(&sheet))));
    assert_eq!(reading.problems.len() + reading.problems_left_out, 8_998, "each repeats the name");
}

#[test]
fn numbers_that_overflow_others_readers() {
    for place in ["ZZZZZZZZZZZZZZZ1", "A99999999999999999999", "A0", "1", ""] {
        let sheet = format!("<sheetData><row><c r=\"{place}\"><v>1</v></c></row></sheetData>");
        assert_eq!(refusal(&zipped(&parts(&sheet))), Unreadable::BrokenPart { part: "sheet 1".into() }, "{place}");
    }
    let sheet = "<dimension ref=\"B2:A1\"/><sheetData><row><c><f si=\"18446744073709551615\" t=\"shared\">1</f><v>1e999</v></c></row></sheetData><mergeCells><mergeCell ref=\"B2:A1\"/></mergeCells>";
    assert!(read("a.xlsx", &zipped(&parts(sheet)), &Limits::default()).is_ok());
    let missing = "<sheetData><row><c t=\"s\"><v>99999999999999999999</v></c></row></sheetData>";
    assert_eq!(refusal(&zipped(&parts(missing))).code(), "broken_part");
}

#[test]
fn nul_bytes_and_lone_surrogates() {
    assert_eq!(refusal(b"System,Supplier\nBin\0rounds,x\n"), Unreadable::NulBytes { place: "line 2".into() });
    assert_eq!(refusal(&[0; 64]).code(), "nul_bytes");
    assert_eq!(refusal(&with_cells(&[("A1", "a\0b")])), Unreadable::NulBytes { place: "sheet 1".into() });
    assert_eq!(refusal(&with_cells(&[("A1", "a&#0;b")])), Unreadable::NulBytes { place: "sheet 1".into() });
    assert_eq!(refusal(&with_cells(&[("A1", "a&#xD800;b")])), Unreadable::LoneSurrogate { place: "sheet 1".into() });
    let mut wide = vec![0xff, 0xfe];
    wide.extend("System\n".encode_utf16().flat_map(u16::to_le_bytes));
    wide.extend([0x00, 0xdc, 0x41, 0x00]);
    assert_eq!(refusal(&wide), Unreadable::LoneSurrogate { place: "line 2".into() });
}

#[test]
fn the_name_and_content_type_decide_nothing() {
    assert_eq!(through("estate.pdf", &good()).rows.len(), 1);
    assert_eq!(through("estate.xlsx", b"System,Supplier\nBin rounds,In-house\n").rows.len(), 1);
    assert_eq!(refusal(b"%PDF-1.7"), Unreadable::NotASpreadsheet(LooksLike::Pdf));
    for (part, looks) in [
        ("word/document.xml", LooksLike::Word),
        ("ppt/presentation.xml", LooksLike::PowerPoint),
        ("xl/workbook.bin", LooksLike::BinaryExcel),
        ("photo.jpg", LooksLike::Archive),
    ] {
        assert_eq!(refusal(&zipped(&[(part, "x".to_owned())])), Unreadable::NotASpreadsheet(looks));
    }
    let open = zipped(&[("mimetype", "x".to_owned()), ("content.xml", "<x/>".to_owned())]);
    assert_eq!(refusal(&open), Unreadable::NotASpreadsheet(LooksLike::OpenDocument));
}

#[test]
fn no_headings() {
    let workbook = read("a.csv", b"1,2,3\n4,5,6\n", &Limits::default()).unwrap();
    assert_eq!(find(&workbook).unwrap_err(), Unreadable::NoHeader);
}

#[test]
fn texts_that_hide_or_look_dangerous() {
    let csv = "System,Supplier,Notes\n\u{202e}llorya\u{202c}P,=HYPERLINK(\"http://x\"),../../etc/passwd\n../../etc/shadow,@SUM(A1),-2+3\n";
    let reading = through("../../a.csv", csv.as_bytes());
    assert_eq!(reading.rows[0].name(), "lloryaP");
    assert_eq!(reading.rows[0].text(Field::Supplier), Some("=HYPERLINK(\"http://x\")"));
    assert_eq!(reading.rows[1].name(), "../../etc/shadow");
    assert_eq!(reading.rows[1].text(Field::Notes), Some("-2+3"));
    let told = [("hidden_characters", Some(2), Some("A")), ("formula_like_text", Some(2), Some("B"))];
    assert_eq!(places(&reading), told);
    let file = with_cells(&[("A1", "System"), ("A2", "Pay_x0000_roll_x202E_")]);
    let reading = through("a.xlsx", &file);
    assert_eq!(reading.rows[0].name(), "Payroll");
    assert_eq!(reading.problems[0].code, "hidden_characters");
}

#[test]
fn elements_within_elements_end() {
    let deep = |count: usize| format!("<sheetData/>{}{}", "<a>".repeat(count), "</a>".repeat(count));
    assert_eq!(
        quickly(|| refusal(&zipped(&parts(&deep(3_000_000))))),
        Unreadable::BrokenPart { part: "sheet 1".into() }
    );
    let usual = format!("<sheetData><row><c t=\"inlineStr\"><is><t>System</t></is></c></row></sheetData>{}", deep(100));
    assert!(read("a.xlsx", &zipped(&parts(&usual)), &Limits::default()).is_ok());
}

#[test]
fn long_names_in_json_are_paid_for_each_time() {
    // One name of a megabyte over many: each would have it before its own.
    let inner: Vec<String> = (0..400).map(|number| format!("\"k{number}\": 1")).collect();
    let json = format!("[{{\"{}\": {{{}}}}}]", "k".repeat(1_000_000), inner.join(","));
    assert_eq!(quickly(|| refusal(json.as_bytes())).code(), "too_much_text");
}

#[test]
fn odd_json_is_read_or_refused_in_words() {
    let names = |json: &str| -> Vec<String> {
        through("a.json", json.as_bytes()).rows.iter().map(|row| row.name().to_owned()).collect()
    };
    // Of a name that stands twice in one object the last counts, as with every program that reads JSON.
    assert_eq!(names(r#"[{"name": "Bins", "name": "Forms"}, {"name": "Tax"}]"#), ["Forms", "Tax"]);
    assert_eq!(names("\u{feff}[{\"name\": \"Bins\"}]"), ["Bins"]);
    assert_eq!(
        names(r#"[{"name": "Bins", "users": 123456789012345678901234567890}, {"name": "\u0000Tax"}]"#),
        ["Bins", "Tax"]
    );
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain("[{\"name\": \"Bins\"}]".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(through("a.json", &wide).rows[0].name(), "Bins");
    for (json, words) in [
        (r#"[{"name": "Bins", "users": 1e999}]"#, "number"),
        (r#"[{"name": "\ud800"}]"#, "Line 1, character"),
        (r#"[{"name": "Bins", "users": 01}]"#, "Line 1, character"),
        (r#"[{"name": NaN}]"#, "Line 1, character 11"),
    ] {
        let refused = refusal(json.as_bytes());
        assert!(refused.code() == "broken_json" && refused.to_string().contains(words), "{json}: {refused}");
    }
    assert_eq!(refusal(b"[{\"name\": \"a\0b\"}]").code(), "nul_bytes");
    let long = format!("[{{\"name\": \"{}\"}}]", "x".repeat(40_000));
    assert_eq!(refusal(long.as_bytes()).code(), "cell_too_long");
}

#[test]
fn one_name_in_every_row_is_read_quickly() {
    let modules: String = (0..9_900).map(|number| format!("Housing,Module {number}\n")).collect();
    let reading = quickly(|| through("a.csv", format!("System,Module\n{modules}").as_bytes()));
    assert!(reading.rows.len() > 9_000, "so many are no modules of one system");
}

#[test]
fn far_merged_areas_and_rows_are_read() {
    let cell = |text: &str, rest: &str| {
        format!("<table:table-cell office:value-type=\"string\" {rest}><text:p>{text}</text:p></table:table-cell>")
    };
    let far = "<table:table-row table:number-rows-repeated=\"4294967290\"><table:table-cell/></table:table-row>";
    let spans = "table:number-rows-spanned=\"4294967295\" table:number-columns-spanned=\"3\"";
    let rows = [
        [cell("About", spans), cell("us", "")],
        [cell("System", spans), cell("Supplier", "")],
        [cell("Bins", ""), cell("Oak", "")],
    ];
    let rows: String =
        rows.iter().map(|cells| format!("<table:table-row>{}</table:table-row>", cells.concat())).collect();
    let file = open_document::with_rows(&format!("{far}{rows}"));
    quickly(|| through("a.ods", &file));
}
