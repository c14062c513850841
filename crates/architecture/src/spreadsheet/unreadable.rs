//! Why a file could not be read at all: what happened and where, why, and what to do next, in plain words.
//!
//! What is wrong with single cells of a readable file is a [`super::Problem`], not an error.

use std::fmt;

use vocabulary::Kind;

use super::limits::Spent;

/// A file that cannot be read as a spreadsheet. Its `Display` is one or two sentences followed by the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// There is nothing in it.
    Empty,
    /// It is something else.
    NotASpreadsheet(LooksLike),
    /// It is locked with a password.
    Password,
    /// The package is damaged; holds the part, where known.
    BrokenZip(Option<String>),
    /// It ends too early; holds where, such as `in the middle of sheet 2`.
    CutOff(String),
    /// The text inside a part is not what it should be.
    BrokenPart {
        /// The part, as a person would call it: `sheet 2`, `the list of texts`.
        part: String,
    },
    /// It unpacks to more than we accept.
    ExpandsTooMuch {
        /// The most we unpack, in bytes.
        limit: u64,
    },
    /// A part carries a document type or an entity of its own.
    DocumentType {
        /// The part, as a person would call it.
        part: String,
    },
    /// It is larger than we accept.
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
        /// The most we accept, in bytes.
        limit: u64,
    },
    /// Too many sheets.
    TooManySheets {
        /// How many there are.
        sheets: usize,
        /// How many we accept.
        limit: usize,
    },
    /// Too many rows with content in one sheet.
    TooManyRows {
        /// The sheet's name.
        sheet: String,
        /// How many we accept.
        limit: usize,
    },
    /// A value stands too far to the right.
    TooManyColumns {
        /// The sheet's name.
        sheet: String,
        /// Its row, counted from 1.
        row: u32,
        /// Its column as letters.
        column: String,
        /// How many columns we accept.
        limit: u32,
    },
    /// Too many cells with content in the whole file.
    TooManyCells {
        /// How many we accept.
        limit: usize,
    },
    /// One cell is too long.
    CellTooLong {
        /// The sheet's name.
        sheet: String,
        /// Its row, counted from 1.
        row: u32,
        /// Its column as letters.
        column: String,
        /// How many characters we accept.
        limit: usize,
    },
    /// All texts together are too long.
    TooMuchText {
        /// The most we accept, in bytes.
        limit: u64,
    },
    /// There is a NUL character, which neither text files nor workbooks may have.
    NulBytes {
        /// Where: `line 4`, `sheet 2`.
        place: String,
    },
    /// Half of a character pair stands alone.
    LoneSurrogate {
        /// Where: `line 4`, `sheet 2`.
        place: String,
    },
    /// The file says that it is UTF-8 and is not.
    WrongEncoding {
        /// The line of the first bad character, counted from 1.
        line: u32,
    },
    /// JSON that breaks off the rules of JSON.
    BrokenJson {
        /// The line, counted from 1.
        line: u32,
        /// The character within it, counted from 1.
        column: u32,
        /// What is wrong there.
        why: String,
        /// What stands there, in quotation marks.
        excerpt: String,
    },
    /// JSON without a list of systems.
    NoList,
    /// No row looks like a row of headings.
    NoHeader,
}

impl std::error::Error for Unreadable {}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.message(), self.next_step())
    }
}

/// What a file that is no spreadsheet looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LooksLike {
    /// Excel's format before 1997, `.xls` too.
    OldExcel,
    /// Excel's binary format, `.xlsb`.
    BinaryExcel,
    /// An OpenDocument file that is no spreadsheet.
    OpenDocument,
    /// Another file of the old Office kind (OLE), such as `.doc` or `.msg`.
    OldOffice,
    /// A Word document.
    Word,
    /// A PowerPoint presentation.
    PowerPoint,
    /// A PDF.
    Pdf,
    /// A picture.
    Picture,
    /// A web page.
    WebPage,
    /// An XML file.
    Xml,
    /// A rich text file.
    RichText,
    /// A zip or another archive.
    Archive,
    /// Bytes that are not text.
    Unknown,
}

impl LooksLike {
    fn words(self) -> String {
        match self {
            LooksLike::OldExcel => web::say!("a spreadsheet in Excel's format from before 1997"),
            LooksLike::BinaryExcel => web::say!("a spreadsheet in Excel's binary format (.xlsb)"),
            LooksLike::OpenDocument => web::say!("an OpenDocument text or drawing"),
            LooksLike::OldOffice => web::say!("a file from an old Office program"),
            LooksLike::Word => web::say!("a Word document"),
            LooksLike::PowerPoint => web::say!("a PowerPoint presentation"),
            LooksLike::Pdf => web::say!("a PDF"),
            LooksLike::Picture => web::say!("a picture"),
            LooksLike::WebPage => web::say!("a web page"),
            LooksLike::Xml => web::say!("an XML file"),
            LooksLike::RichText => web::say!("a rich text document"),
            LooksLike::Archive => web::say!("an archive of other files"),
            LooksLike::Unknown => web::say!("neither text nor a spreadsheet"),
        }
    }

    fn next_step(self) -> String {
        match self {
            LooksLike::OldExcel | LooksLike::BinaryExcel => {
                web::say!("Open it, choose \"Save as\", pick \"Excel workbook (.xlsx)\" and upload that.")
            }
            LooksLike::Pdf | LooksLike::Picture => {
                web::say!("Upload the spreadsheet that it was made from, as .xlsx or .csv.")
            }
            LooksLike::Archive => web::say!("Unpack it and upload the spreadsheet inside, as .xlsx or .csv."),
            LooksLike::WebPage => {
                web::say!(
                    "Some systems export a web page named .xls. Open it in Excel, save it as .xlsx and upload that."
                )
            }
            LooksLike::Word | LooksLike::PowerPoint | LooksLike::RichText | LooksLike::OpenDocument => {
                web::say!("Copy the table into a spreadsheet, save it as .xlsx or .csv and upload that.")
            }
            LooksLike::OldOffice | LooksLike::Xml | LooksLike::Unknown => {
                web::say!("Save your list as .xlsx or .csv and upload that.")
            }
        }
    }
}

impl Unreadable {
    /// The stable code of this refusal, for programs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Unreadable::Empty => "empty",
            Unreadable::NotASpreadsheet(_) => "not_a_spreadsheet",
            Unreadable::Password => "password",
            Unreadable::BrokenZip(_) => "broken_zip",
            Unreadable::CutOff(_) => "cut_off",
            Unreadable::BrokenPart { .. } => "broken_part",
            Unreadable::ExpandsTooMuch { .. } => "expands_too_much",
            Unreadable::DocumentType { .. } => "document_type",
            Unreadable::TooLarge { .. } => "too_large",
            Unreadable::TooManySheets { .. } => "too_many_sheets",
            Unreadable::TooManyRows { .. } => "too_many_rows",
            Unreadable::TooManyColumns { .. } => "too_many_columns",
            Unreadable::TooManyCells { .. } => "too_many_cells",
            Unreadable::CellTooLong { .. } => "cell_too_long",
            Unreadable::TooMuchText { .. } => "too_much_text",
            Unreadable::NulBytes { .. } => "nul_bytes",
            Unreadable::LoneSurrogate { .. } => "lone_surrogate",
            Unreadable::WrongEncoding { .. } => "wrong_encoding",
            Unreadable::BrokenJson { .. } => "broken_json",
            Unreadable::NoList => "no_list",
            Unreadable::NoHeader => "no_header",
        }
    }

    /// Whether the file was refused for its size or its content.
    pub fn kind(&self) -> Kind {
        match self {
            Unreadable::TooLarge { .. } => Kind::TooLarge,
            _ => Kind::Invalid,
        }
    }

    /// What happened, where and why.
    pub fn message(&self) -> String {
        match self {
            Unreadable::Empty => web::say!("The file is empty."),
            Unreadable::NotASpreadsheet(looks) => {
                web::say!("The file is {what}, which we cannot read.", what = looks.words())
            }
            Unreadable::Password => web::say!("The file is locked with a password, so we cannot read it."),
            Unreadable::BrokenZip(None) => {
                web::say!("The file is damaged: it starts like an Excel workbook, but its parts cannot be unpacked.")
            }
            Unreadable::BrokenZip(Some(part)) => {
                web::say!("The file is damaged: {part} cannot be unpacked.", part = part)
            }
            Unreadable::CutOff(place) => {
                web::say!("The file stops {place}, so it may be a part copy.", place = place)
            }
            Unreadable::BrokenPart { part } => {
                web::say!("The file is damaged: {part} is not written as an Excel workbook is.", part = part)
            }
            Unreadable::ExpandsTooMuch { limit } => {
                web::say!(
                    "Unpacked, the file is far larger than it looks. We unpack up to {limit}.",
                    limit = size(*limit)
                )
            }
            Unreadable::DocumentType { part } => web::say!(
                "The file declares a document type or entities in {part}, which spreadsheet programs never do. \
                 Such files can do harm, so we do not read it.",
                part = part
            ),
            Unreadable::TooLarge { bytes, limit } => {
                web::say!("The file has {size}. We read up to {limit}.", size = size(*bytes), limit = size(*limit))
            }
            Unreadable::TooManySheets { sheets, limit } => {
                web::say!("The file has {sheets} sheets. We read up to {limit}.", sheets = sheets, limit = limit)
            }
            Unreadable::TooManyRows { sheet, limit } => {
                web::say!(
                    "Sheet '{sheet}' has more than {limit} rows with content, which is the most we read.",
                    sheet = sheet,
                    limit = limit
                )
            }
            Unreadable::TooManyColumns { sheet, row, column, limit } => web::say!(
                "Sheet '{sheet}', row {row}: there is a value as far right as column {column}. We read up to {limit} columns.",
                sheet = sheet,
                row = row.to_string(),
                column = column,
                limit = limit
            ),
            Unreadable::TooManyCells { limit } => {
                web::say!("The file has more than {limit} filled cells, which is the most we read.", limit = limit)
            }
            Unreadable::CellTooLong { sheet, row, column, limit } => web::say!(
                "Sheet '{sheet}', row {row}, column {column}: the text is longer than {limit} characters, which is the most \
                 a cell can hold.",
                sheet = sheet,
                row = row.to_string(),
                column = column,
                limit = limit
            ),
            Unreadable::TooMuchText { limit } => {
                web::say!(
                    "The texts of all cells together are longer than {limit}, which is the most we read.",
                    limit = size(*limit)
                )
            }
            Unreadable::NulBytes { place } => web::say!(
                "In {place} there is a NUL character, which spreadsheets never have, so the file may be damaged.",
                place = place
            ),
            Unreadable::LoneSurrogate { place } => {
                web::say!(
                    "In {place} there is half of a character without its other half, so the file may be damaged.",
                    place = place
                )
            }
            Unreadable::WrongEncoding { line } => {
                web::say!(
                    "The file says that it is UTF-8 text, but line {line} is not, so the file may be damaged.",
                    line = line.to_string()
                )
            }
            Unreadable::BrokenJson { line, column, why, excerpt } => web::say!(
                "Line {line}, character {column} of the JSON cannot be read, because {why}. There stands: {excerpt}.",
                line = line.to_string(),
                column = column.to_string(),
                why = why,
                excerpt = excerpt
            ),
            Unreadable::NoList => {
                web::say!("The file is JSON, and we found no list of systems in it.")
            }
            Unreadable::NoHeader => {
                web::say!("We found no row of headings, such as \"System\", \"Supplier\" and \"Contract end\".")
            }
        }
    }

    /// What to do about it.
    pub fn next_step(&self) -> String {
        match self {
            Unreadable::Empty => web::say!("Check that you chose the right file."),
            Unreadable::NotASpreadsheet(looks) => looks.next_step(),
            Unreadable::Password => web::say!("Save a copy without a password and upload that."),
            Unreadable::CutOff(_) => web::say!("Save it again and upload that."),
            Unreadable::BrokenZip(_) | Unreadable::BrokenPart { .. } => {
                web::say!("Open it in a spreadsheet program, save it again as .xlsx and upload that.")
            }
            Unreadable::ExpandsTooMuch { .. } | Unreadable::DocumentType { .. } => {
                web::say!("Copy your list into a new workbook and upload that.")
            }
            Unreadable::TooLarge { .. } => {
                web::say!("Remove pictures and sheets that are not needed, or save the list as .csv, and upload that.")
            }
            Unreadable::TooManySheets { .. } => {
                web::say!("Remove the sheets that do not list systems and upload it again.")
            }
            Unreadable::TooManyRows { .. } | Unreadable::TooManyCells { .. } => {
                web::say!("Split the list into several files and upload them one after another.")
            }
            Unreadable::TooManyColumns { .. } => {
                web::say!("Delete what stands to the right of your list and upload it again.")
            }
            Unreadable::CellTooLong { .. } | Unreadable::TooMuchText { .. } => {
                web::say!(
                    "Shorten the text and upload it again. In a CSV file, look for a quotation mark that is never closed."
                )
            }
            Unreadable::NulBytes { .. } | Unreadable::LoneSurrogate { .. } | Unreadable::WrongEncoding { .. } => {
                web::say!("Export the list again, as .xlsx or as CSV in UTF-8, and upload that.")
            }
            Unreadable::BrokenJson { .. } => {
                web::say!("Correct that line in a text editor, or export the file again, and upload it again.")
            }
            Unreadable::NoList => web::say!(
                "Give it a list named \"systems\", with an object for each system that has a \"name\", and upload it again."
            ),
            Unreadable::NoHeader => web::say!("Put a heading above each column and upload it again."),
        }
    }

    pub(super) fn from_spent(spent: Spent, limits: &super::Limits) -> Unreadable {
        match spent {
            Spent::Cells => Unreadable::TooManyCells { limit: limits.cells },
            Spent::Text => Unreadable::TooMuchText { limit: limits.expanded_bytes },
        }
    }
}

/// A size in bytes as people say it.
fn size(bytes: u64) -> String {
    const MEGABYTE: u64 = 1024 * 1024;
    if bytes < MEGABYTE {
        return web::say!("{count} bytes", count = bytes);
    }
    let number = match bytes.is_multiple_of(MEGABYTE) {
        true => (bytes / MEGABYTE).to_string(),
        false => {
            let tenths = bytes.saturating_mul(10).div_ceil(MEGABYTE);
            format!("{}.{}", tenths / 10, tenths % 10)
        }
    };
    web::say!("{number} MB", number = number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_where_why_and_next() {
        assert_eq!(
            Unreadable::CutOff("in the middle of sheet 2".into()).to_string(),
            "The file stops in the middle of sheet 2, so it may be a part copy. Save it again and upload that."
        );
        assert_eq!(
            Unreadable::TooLarge { bytes: 21 * 1024 * 1024 + 1, limit: 20 * 1024 * 1024 }.message(),
            "The file has 21.1 MB. We read up to 20 MB."
        );
        assert_eq!(size(1_040_567), "1,040,567 bytes");
    }
}
