//! Whole files through all steps: what councils send, what nobody should send, and any bytes at all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may stop")]

mod any_bytes;
mod colours;
mod council_files;
mod damaged_files;
mod demonstration;
mod exports;
mod hostile;
mod made_files;
mod made_xls;
mod old_excel;
mod open_document;
mod wide_files;

use jiff::civil::{Date, date};

use super::*;

const TODAY: Date = date(2026, 11, 22);

/// A file through all steps with the recognised mapping.
fn through(name: &str, bytes: &[u8]) -> Reading {
    let workbook = read(name, bytes, &Limits::default()).unwrap();
    let layout = find(&workbook).unwrap();
    let mapping = recognise(&layout.columns, None);
    read_rows(&workbook, &layout, &mapping, TODAY)
}

/// How a file is refused.
fn refusal(bytes: &[u8]) -> Unreadable {
    read("estate.xlsx", bytes, &Limits::default()).unwrap_err()
}

/// Code, row and column of each problem, in order.
fn places(reading: &Reading) -> Vec<(&'static str, Option<u32>, Option<&str>)> {
    reading.problems.iter().map(|problem| (problem.code, problem.row, problem.column.as_deref())).collect()
}
