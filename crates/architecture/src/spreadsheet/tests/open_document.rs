//! OpenDocument spreadsheets: what they say, and what no file should say.

use super::made_files::zipped;
use super::*;

const KIND: &str = "application/vnd.oasis.opendocument.spreadsheet";
const STYLES: &str = r##"<number:date-style style:name="N1"><number:month/><number:text>-</number:text><number:year/></number:date-style>
<style:style style:name="month" style:family="table-cell" style:data-style-name="N1"/>
<style:style style:name="red" style:family="table-cell"><style:table-cell-properties fo:background-color="#ff0000"/></style:style>
<style:style style:name="clear" style:family="table-cell"><style:table-cell-properties fo:background-color="transparent"/></style:style>
<style:style style:name="off" style:family="table"><style:table-properties table:display="false"/></style:style>"##;

fn file(styles: &str, tables: &str) -> Vec<u8> {
    let content = format!(
        r#"<?xml version="1.0"?><office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x" xmlns:style="s" xmlns:number="n" xmlns:fo="f">
        <office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"#
    );
    zipped(&[("mimetype", KIND.to_owned()), ("content.xml", content)])
}

fn table(rows: &str) -> Vec<u8> {
    let colours: String = (1..10)
        .map(|colour| {
            format!(
                "<style:style style:name=\"colour{colour}\" style:family=\"table-cell\"><style:table-cell-properties fo:background-color=\"#{colour}00000\"/></style:style>"
            )
        })
        .collect();
    file(&format!("{STYLES}{colours}"), &format!("<table:table table:name=\"Systems\">{rows}</table:table>"))
}

fn text(text: &str) -> String {
    format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
}

fn row(cells: &[String]) -> String {
    format!("<table:table-row>{}</table:table-row>", cells.concat())
}

fn texts(bytes: &[u8]) -> Vec<Vec<String>> {
    let book = read("a.ods", bytes, &Limits::default()).unwrap();
    let row = |row: &SheetRow| {
        row.cells.iter().map(|cell| format!("{}{}={}", letters(cell.column), row.number, cell.text)).collect()
    };
    book.sheets[0].rows.iter().map(row).collect()
}

fn good() -> Vec<u8> {
    let cell = |rest: &str| format!("<table:table-cell {rest}/>");
    let rows = [
        row(&[text("System"), text("Supplier"), text("Cost"), text("Contract end"), text("Live")]),
        "<table:table-row table:number-rows-repeated=\"2\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>".into(),
        row(&[
            text("Bin<text:s text:c=\"2\"/>rounds<text:line-break/>east &amp; <text:span>west</text:span></text:p><text:p>two"),
            r#"<table:table-cell office:value-type="string" table:number-rows-spanned="2" table:style-name="red"><office:annotation><text:p>a remark</text:p></office:annotation><text:p>Northgate</text:p></table:table-cell>"#.into(),
            cell(r#"office:value-type="currency" office:value="12500.5" table:formula="of:=1+1""#),
            cell(r#"office:value-type="date" office:date-value="2027-03-31T00:00:00""#),
            cell(r#"office:value-type="boolean" office:boolean-value="true""#),
        ]),
        row(&[
            text("Forms"),
            "<table:covered-table-cell/>".into(),
            cell(r#"table:formula="of:=A1""#),
            cell(r#"office:value-type="date" office:date-value="2027-03-01" table:style-name="month""#),
            cell(r#"office:value-type="float" office:value="1" table:number-columns-repeated="2""#),
        ]),
    ];
    let tables = format!(
        "<table:tracked-changes><table:table table:name=\"no\"/></table:tracked-changes>
         <table:table table:name=\"Systems\"><table:table-header-rows>{}</table:table-header-rows></table:table>
         <table:table table:name=\"Lists\" table:style-name=\"off\">{}</table:table>",
        rows.concat(),
        row(&[text("x")])
    );
    file(STYLES, &tables)
}

/// A spreadsheet with these rows.
pub fn with_rows(rows: &str) -> Vec<u8> {
    table(rows)
}

pub fn any_file() -> Vec<u8> {
    good()
}

#[test]
fn every_kind_of_cell() {
    let expected: [&[&str]; 3] = [
        &["A1=System", "B1=Supplier", "C1=Cost", "D1=Contract end", "E1=Live"],
        &["A4=Bin  rounds\neast & west\ntwo", "B4=Northgate", "C4=12500.5", "D4=2027-03-31", "E4=TRUE"],
        &["A5=Forms", "B5=Northgate", "C5=", "D5=2027-03", "E5=1", "F5=1"],
    ];
    assert_eq!(texts(&good()), expected);
    let book = read("a.ods", &good(), &Limits::default()).unwrap();
    assert_eq!((book.format, book.sheets.len(), book.sheets[1].hidden), (Format::Ods, 2, true));
    assert_eq!(book.sheets[0].fills, [(4, 1)]);
    assert_eq!(through("a.ods", &good()).rows.len(), 2);
}

/// What a number is not by itself, and what a formula that went wrong shows.
#[test]
fn hundredths_other_money_and_errors() {
    let cell =
        |rest: &str, shown: &str| format!("<table:table-cell {rest}><text:p>{shown}</text:p></table:table-cell>");
    let money = |currency: &str, value: &str, shown: &str| {
        cell(&format!("office:value-type=\"currency\" office:currency=\"{currency}\" office:value=\"{value}\""), shown)
    };
    let broken = |shown: &str| {
        cell(
            "table:formula=\"of:=VLOOKUP(1;1;1)\" office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\"",
            shown,
        )
    };
    let rows = [
        row(&[text("System"), text("Annual cost"), text("Contract end")]),
        row(&[text("Pay"), cell("office:value-type=\"percentage\" office:value=\"0.0145\"", "1.45%"), broken("#N/A")]),
        row(&[text("Maps"), money("EUR", "1140", "\u{20ac}1,140.00"), broken("Err:502")]),
        row(&[text("Bins"), money("GBP", "1140", "\u{a3}1,140.00"), broken("#N/A")]),
        row(&[text("Logs"), money("USD", "990", "990.00"), broken("#N/A")]),
    ];
    let bytes = table(&rows.concat());
    let cells = texts(&bytes);
    assert_eq!(cells[1], ["A2=Pay", "B2=1.45%", "C2=#N/A"]);
    assert_eq!(cells[2], ["A3=Maps", "B3=\u{20ac}1,140.00", "C3=Err:502"]);
    let reading = through("a.ods", &bytes);
    let bins = &reading.rows[2].values[&Field::AnnualCost];
    assert_eq!(bins.value, Value::Money(vocabulary::Money(114_000)));
    let unread: Vec<_> = reading.problems.iter().filter(|problem| problem.severity == Severity::MustFix).collect();
    assert_eq!(
        unread.iter().map(|problem| (problem.row, problem.code)).collect::<Vec<_>>(),
        [(Some(2), "amount_not_understood"), (Some(3), "amount_not_understood"), (Some(5), "amount_not_understood"),]
    );
    assert!(unread[1].message.contains("is not in pounds"), "{}", unread[1].message);
    assert!(reading.problems.iter().all(|problem| problem.code != "formula_without_result"), "{:?}", reading.problems);
}

#[test]
fn repetition_costs_what_it_holds() {
    // What is empty may be repeated for ever.
    let empty = "<table:table-row table:number-rows-repeated=\"4294967295\"><table:table-cell table:number-columns-repeated=\"4294967295\"/></table:table-row>";
    assert_eq!(texts(&table(&format!("{}{}", empty.repeat(1000), row(&[text("a")])))), [["A4294967295=a"]]);
    let wide = "<table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"16384\"><text:p>x</text:p></table:table-cell>";
    assert_eq!(refusal(&table(&row(&[wide.to_owned()]))).code(), "too_many_columns");
    let tall = format!("<table:table-row table:number-rows-repeated=\"1048576\">{}</table:table-row>", text("x"));
    assert_eq!(refusal(&table(&tall)).code(), "too_many_rows");
    let both = "<table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"400\"><text:p>x</text:p></table:table-cell>";
    let both = format!("<table:table-row table:number-rows-repeated=\"9000\">{both}</table:table-row>");
    assert_eq!(refusal(&table(&both)).code(), "too_many_cells");
    let long =
        format!("<table:table-row table:number-rows-repeated=\"9999\">{}</table:table-row>", text(&"x".repeat(30_000)));
    assert_eq!(refusal(&table(&long)).code(), "too_much_text");
    let spaces = text("a<text:s text:c=\"4294967295\"/>b");
    assert_eq!(texts(&table(&row(&[spaces])))[0][0].len(), "A1=ab".len() + 100);
    let spanned = "<table:table-cell office:value-type=\"string\" table:number-rows-spanned=\"4294967295\" table:number-columns-spanned=\"4294967295\"><text:p>x</text:p></table:table-cell>";
    assert_eq!(texts(&table(&row(&[spanned.to_owned()]))), [["A1=x"]]);
}

#[test]
fn damaged_and_hostile_files_are_refused() {
    let many = (0..51).map(|n| format!("<table:table table:name=\"{n}\"/>")).collect::<String>();
    assert_eq!(refusal(&file("", &many)).code(), "too_many_sheets");
    assert_eq!(refusal(&table("")), Unreadable::Empty);
    let bad = "<table:table-row><table:table-cell table:number-columns-repeated=\"-1\"/></table:table-row>";
    assert_eq!(refusal(&table(bad)), Unreadable::BrokenPart { part: "the tables".into() });
    assert_eq!(refusal(&table(&row(&[text("&lol;")]))).code(), "document_type");
    let bomb = table(&format!("<!--{}-->", " ".repeat(30_000_000)));
    assert_eq!(refusal(&bomb).code(), "expands_too_much");
    assert_eq!(refusal(&table(&row(&[text(&"y".repeat(40_000))]))).code(), "cell_too_long");
    let cut = zipped(&[
        ("mimetype", KIND.to_owned()),
        ("content.xml", "<a><table name='S'><table-row><table-cell>".to_owned()),
    ]);
    assert_eq!(refusal(&cut).code(), "cut_off");
    let none = zipped(&[("mimetype", KIND.replace("spreadsheet", "text")), ("content.xml", "<a/>".to_owned())]);
    assert_eq!(refusal(&none), Unreadable::NotASpreadsheet(LooksLike::OpenDocument));
    let manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>".to_owned();
    let locked = zipped(&[
        ("mimetype", KIND.to_owned()),
        ("content.xml", "\u{1}x".to_owned()),
        ("META-INF/manifest.xml", manifest),
    ]);
    assert_eq!(refusal(&locked), Unreadable::Password);
    let whole = good();
    for length in (4..whole.len()).step_by(11) {
        assert!(read("a", &whole[..length], &Limits::default()).is_err(), "{length}");
    }
}
