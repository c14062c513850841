//! Reading a council's own spreadsheet: bytes in, values and problems out.
//!
//! The way of a file: [`read`] makes a [`Workbook`] of it or says why not. [`find`] finds the sheet and the row of
//! headings. [`recognise`] says what each column may mean, with what an organisation chose before. [`read_rows`] reads
//! values and lists every problem with its place and a next step. Nothing here knows databases, requests or the clock:
//! today's date is an argument.

mod csv;
mod limits;
mod text;
mod unreadable;
mod workbook;
mod xlsx;

pub use limits::Limits;
pub use unreadable::{LooksLike, Unreadable};
pub use workbook::{Area, Cell, CellKind, Encoding, Format, Sheet, SheetRow, Workbook, letters, read};
