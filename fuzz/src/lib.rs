//! Every parser of input from outside, each as one function of bytes that must return: [`Target::run`] stops the program
//! when the parser panics, answers with an internal error, or contradicts itself. libFuzzer drives them
//! (`cargo xtask fuzz`); a test runs them over the inputs that it found worth keeping (`corpus/`).
//!
//! It deliberately judges no value: whether a cell was understood rightly is for the tests of its crate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "stopping is how a target says no")]

mod corpus;
mod files;
mod front;
mod sealed;

pub use corpus::{kept, pack, seeds};

/// One parser, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A spreadsheet as it was sent: the whole file, whatever its format.
    Spreadsheet,
    /// The parts of an XLSX or ODS file, put into a sound package around them: beyond what checksums let through.
    Workbook,
    /// A list in CSV, in any of its encodings.
    Csv,
    /// A list in JSON.
    Json,
    /// An upload: the body of a form with a file.
    Multipart,
    /// The body of a form, as browsers or as programs send it.
    Form,
    /// An address: path, suffix of format and query.
    Query,
    /// A place in a list.
    Cursor,
    /// The lines of a backup, beneath a right seal.
    Backup,
}

impl Target {
    /// All of them.
    pub const ALL: [Target; 9] = [
        Target::Spreadsheet,
        Target::Workbook,
        Target::Csv,
        Target::Json,
        Target::Multipart,
        Target::Form,
        Target::Query,
        Target::Cursor,
        Target::Backup,
    ];

    /// What it is called on the command line and in `corpus/`.
    pub fn name(self) -> &'static str {
        match self {
            Target::Spreadsheet => "spreadsheet",
            Target::Workbook => "workbook",
            Target::Csv => "csv",
            Target::Json => "json",
            Target::Multipart => "multipart",
            Target::Form => "form",
            Target::Query => "query",
            Target::Cursor => "cursor",
            Target::Backup => "backup",
        }
    }

    /// The target of this name.
    pub fn named(name: &str) -> Option<Target> {
        Target::ALL.into_iter().find(|target| target.name() == name)
    }

    /// The longest input that is worth trying, in bytes. Larger ones only cost time.
    pub fn longest(self) -> usize {
        match self {
            Target::Spreadsheet => 1 << 16,
            Target::Workbook | Target::Csv | Target::Json | Target::Backup => 1 << 14,
            Target::Multipart | Target::Form => 1 << 13,
            Target::Query | Target::Cursor => 1 << 11,
        }
    }

    /// Gives the input to the parser.
    ///
    /// # Panics
    /// Where the parser does, or does what no input may make it do.
    pub fn run(self, input: &[u8]) {
        match self {
            Target::Spreadsheet => files::read("list", input),
            Target::Workbook => files::workbook(input),
            Target::Csv => files::csv(input),
            Target::Json => files::json(input),
            Target::Multipart => front::multipart(input),
            Target::Form => front::form(input),
            Target::Query => front::query(input),
            Target::Cursor => {
                front::cursor(input);
            }
            Target::Backup => {
                sealed::backup(input);
            }
        }
    }
}
