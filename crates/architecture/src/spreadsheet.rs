//! Reading a council's own spreadsheet: bytes in, values and problems out.
//!
//! The way of a file: [`read`] makes a [`Workbook`] of it or says why not. [`find`] finds the sheet and the row of
//! headings. [`recognise`] says what each column may mean, with what an organisation chose before. [`read_rows`] reads
//! values and lists every problem with its place and a next step. Nothing here knows databases, requests or the clock:
//! today's date is an argument.

mod beside;
mod cells;
mod clean;
mod csv;
mod fields;
mod grid;
mod headings;
mod json;
mod limits;
mod mapping;
mod number_formats;
mod ods;
mod package;
mod personal;
mod presets;
mod problems;
mod rows;
#[cfg(test)]
mod tests;
mod text;
mod ticks;
mod units;
mod unreadable;
mod values;
mod workbook;
mod xls;
mod xlsx;
mod xml;

pub use beside::{Beside, Holds};
pub use cells::read_text;
pub use fields::{Field, FieldKind, UnknownField};
pub use headings::{Column, Layout, find, layout_at};
pub use limits::Limits;
pub use mapping::{
    Certainty, ListOf, Mapped, MappedSheet, Mapping, keys, recognise, recognise_as, recognise_file, recognise_with,
};
pub use personal::{Why, looks_like_a_person, mentions_a_person, names_somebody};
pub use presets::{Preset, preset_of};
pub(crate) use problems::quoted;
pub use problems::{Problem, Severity, UnknownSeverity};
pub use rows::{Contract, FieldValue, Reading, Row, Value, read_rows};
pub(crate) use ticks::says_its_heading;
pub use units::unit_note;
pub use unreadable::{LooksLike, Unreadable};
pub use values::{
    DateOrMonth, InvalidDate, NotUnderstood, Nothing, Read, Status, Unit, UnknownStatus, heading_says_thousands,
    heading_unit, is_in_house, read_date, read_list, read_money, read_months, read_nothing, read_number, read_status,
    read_yes_no,
};
pub use workbook::{Absent, Area, Cell, CellKind, Encoding, Format, Sheet, SheetRow, Workbook, letters, read};
