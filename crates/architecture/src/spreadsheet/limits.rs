//! How much of a file we are willing to read. Every limit is checked while reading and before what it bounds is
//! stored, so that a small hostile file cannot make a large piece of work.

use serde::{Deserialize, Serialize};

/// The limits for one file. [`Limits::default`] is what the service uses; tests and commands may lower them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Size of the file as sent, in bytes.
    pub bytes: u64,
    /// Sheets in a workbook.
    pub sheets: usize,
    /// Rows with content in one sheet. Rows that are only styled do not count.
    pub rows: usize,
    /// The column furthest to the right that may hold a value.
    pub columns: u32,
    /// Cells with content in the whole file, copies made for merged cells included.
    pub cells: usize,
    /// Characters in one cell. 32,767 is what Excel itself allows.
    pub cell_characters: usize,
    /// What the parts of an XLSX file, and the texts of all cells, may amount to, in bytes.
    pub expanded_bytes: u64,
    /// How many times larger than the file its unpacked parts may be; counted above [`Limits::RATIO_FLOOR`] only,
    /// because sheets with many styled, empty rows pack very well.
    pub expansion_ratio: u64,
    /// Parts that the directory of an XLSX file may list.
    pub parts: usize,
}

impl Limits {
    /// Below this many unpacked bytes the expansion ratio is not looked at.
    pub const RATIO_FLOOR: u64 = 16 * 1024 * 1024;
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bytes: 20 * 1024 * 1024,
            sheets: 50,
            // No council comes near this, and one import is one transaction that others wait for.
            rows: 10_000,
            columns: 500,
            cells: 1_000_000,
            cell_characters: 32_767,
            expanded_bytes: 200 * 1024 * 1024,
            expansion_ratio: 300,
            parts: 5_000,
        }
    }
}

/// What is left of the limits that are shared by a whole file.
#[derive(Debug)]
pub(super) struct Budget<'a> {
    pub limits: &'a Limits,
    cells: usize,
    text_bytes: u64,
}

/// Which shared limit ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spent {
    Cells,
    Text,
}

impl<'a> Budget<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Budget { limits, cells: limits.cells, text_bytes: limits.expanded_bytes }
    }

    /// Takes one cell of `bytes` bytes of text from the budget.
    pub(super) fn take_cell(&mut self, bytes: usize) -> Result<(), Spent> {
        self.cells = self.cells.checked_sub(1).ok_or(Spent::Cells)?;
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.text_bytes = self.text_bytes.checked_sub(bytes).ok_or(Spent::Text)?;
        Ok(())
    }
}
