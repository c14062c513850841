//! Colours as meaning: not read, and said so once, in each format that has colours; not where they are for the eye.

use rust_xlsxwriter::{Color, Format as Look, Workbook as Writer};

use super::made_xls::{cell, style, text, workbook};
use super::open_document::with_rows;
use super::*;

/// A list whose rows have these colours, by number; none is plain. The first row is the headings.
type Rows<'a> = &'a [(&'a str, Option<u8>)];

fn xlsx(rows: Rows<'_>) -> Vec<u8> {
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet().set_name("Systems").unwrap();
    for (row, (name, colour)) in (0..).zip(rows) {
        match colour {
            Some(colour) => {
                let look = Look::new().set_background_color(Color::RGB(0x10_0000 * u32::from(*colour)));
                sheet.write_with_format(row, 0, *name, &look).unwrap();
            }
            None => drop(sheet.write(row, 0, *name).unwrap()),
        }
        sheet.write(row, 1, if row == 0 { "Supplier" } else { "Oak" }).unwrap();
    }
    writer.save_to_buffer().unwrap()
}

fn xls(rows: Rows<'_>) -> Vec<u8> {
    // A style for each colour: the last of its bytes is the colour's number.
    let coloured = |colour: u8| {
        let mut record = style(0, 1);
        let colours = record.len() - 2;
        record[colours..].copy_from_slice(&u16::from(colour + 10).to_le_bytes());
        record
    };
    let globals: Vec<Vec<u8>> = [style(0, 0)].into_iter().chain((1..10).map(coloured)).collect();
    let cells = (0_u16..).zip(rows).flat_map(|(row, (name, colour))| {
        let supplier = if row == 0 { "Supplier" } else { "Oak" };
        let looks = u16::from(colour.unwrap_or(0));
        [cell(0x0204, (row, 0, looks), &text(name)), cell(0x0204, (row, 1, 0), &text(supplier))]
    });
    workbook(&globals, cells.collect())
}

fn ods(rows: Rows<'_>) -> Vec<u8> {
    let cell = |text: &str, colour: Option<u8>| {
        let look = colour.map(|colour| format!(" table:style-name=\"colour{colour}\"")).unwrap_or_default();
        format!("<table:table-cell office:value-type=\"string\"{look}><text:p>{text}</text:p></table:table-cell>")
    };
    let row = |(place, (name, colour)): (usize, &(&str, Option<u8>))| {
        let supplier = if place == 0 { "Supplier" } else { "Oak" };
        format!("<table:table-row>{}{}</table:table-row>", cell(name, *colour), cell(supplier, None))
    };
    with_rows(&rows.iter().enumerate().map(row).collect::<String>())
}

/// What is said of colours: the first row that has one, and in how many words.
fn said(bytes: &[u8]) -> Option<(Option<u32>, String)> {
    let reading = through("estate", bytes);
    let told: Vec<&Problem> = reading.problems.iter().filter(|one| one.code == "colours_not_read").collect();
    assert!(told.len() <= 1, "{told:#?}");
    told.first().map(|one| {
        assert_eq!(one.severity, Severity::Information);
        (one.row, one.message.clone())
    })
}

#[test]
fn colours_without_a_key_are_said_once() {
    let rows: Rows<'_> =
        &[("System", Some(3)), ("A", None), ("B", Some(1)), ("C", Some(2)), ("D", None), ("E", None), ("F", Some(1))];
    for (format, file) in [("xlsx", xlsx(rows)), ("xls", xls(rows)), ("ods", ods(rows))] {
        let expected = (Some(3), "3 rows have a fill colour. We do not read colours.".to_owned());
        assert_eq!(said(&file), Some(expected), "{format}");
    }
    let one: Rows<'_> = &[("System", None), ("A", None), ("B", None), ("C", Some(1)), ("D", None)];
    for (format, file) in [("xlsx", xlsx(one)), ("xls", xls(one)), ("ods", ods(one))] {
        assert_eq!(said(&file).map(|(row, _)| row), Some(Some(4)), "{format}");
    }
}

#[test]
fn colours_for_the_eye_are_not_said() {
    let striped: Rows<'_> =
        &[("System", Some(3)), ("A", None), ("B", Some(1)), ("C", None), ("D", Some(1)), ("E", None), ("F", Some(1))];
    let two: Rows<'_> = &[("System", Some(3)), ("A", Some(2)), ("B", Some(1)), ("C", Some(2)), ("D", Some(1))];
    let headings: Rows<'_> = &[("System", Some(3)), ("A", None), ("B", None), ("C", None)];
    let all: Rows<'_> = &[("System", Some(3)), ("A", Some(1)), ("B", Some(1)), ("C", Some(1))];
    for rows in [striped, two, headings, all] {
        for (format, file) in [("xlsx", xlsx(rows)), ("xls", xls(rows)), ("ods", ods(rows))] {
            assert_eq!(said(&file), None, "{format} {rows:?}");
        }
    }
}
