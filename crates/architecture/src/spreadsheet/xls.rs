//! Excel workbooks of 1997 to 2003 (MS-XLS): records in a stream of a compound file. The few records that hold values are
//! read, nothing else.
//!
//! Our own reader for the reason that stands in `docs/decisions/0003`: numbers in such a file say how much follows, and none
//! is believed. Every record lies within the file, every chain of sectors ends after as many steps as there are sectors,
//! nothing is reserved by a stated count. Deliberately without formulas (the saved result is used), macros, pictures,
//! comments, and the formats before BIFF8, which are refused in words.

mod compound;
mod records;
mod sheet;
mod strings;

use self::{
    compound::Compound,
    records::{Record, Records},
    strings::Texts,
};
use super::{
    Format, Limits, LooksLike, Unreadable, Workbook,
    limits::Budget,
    number_formats::{Shown, of_builtin, of_code},
};
use std::collections::HashMap;

/// The first bytes of a compound file.
pub(super) const SIGN: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// What the workbook says for all of its sheets.
#[derive(Default)]
struct Globals {
    from_1904: bool,
    /// How each style shows a number, and its fill colour.
    styles: Vec<(Shown, Option<u32>)>,
    formats: HashMap<u16, Shown>,
    sheets: Vec<Listed>,
    texts: Texts,
}

struct Listed {
    name: String,
    hidden: bool,
    worksheet: bool,
    start: usize,
}

/// Reads a workbook.
pub(super) fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Workbook, Unreadable> {
    let compound = Compound::open(bytes)?;
    if compound.has("EncryptedPackage") || compound.has("EncryptionInfo") {
        return Err(Unreadable::Password);
    }
    let Some(stream) = compound.stream("Workbook")? else {
        let looks = if compound.has("Book") { LooksLike::OldExcel } else { LooksLike::OldOffice };
        return Err(Unreadable::NotASpreadsheet(looks));
    };
    let globals = Globals::read(&stream, limits)?;
    let mut budget = Budget::new(limits);
    let mut sheets = Vec::new();
    for (number, listed) in (1..).zip(&globals.sheets).filter(|(_, listed)| listed.worksheet) {
        let place = format!("sheet {number}");
        let records = Records::new(&stream, listed.start, &place);
        sheets.push(sheet::read(records, listed, &globals, &mut budget)?);
    }
    if sheets.iter().all(|sheet| sheet.rows.is_empty()) {
        return Err(Unreadable::Empty);
    }
    Ok(Workbook {
        name: name.to_owned(),
        format: Format::Xls,
        from_1904: globals.from_1904,
        sheets,
        absent: Vec::new(),
    })
}

impl Globals {
    fn read(stream: &[u8], limits: &Limits) -> Result<Globals, Unreadable> {
        let mut records = Records::new(stream, 0, "the list of sheets");
        let mut globals = Globals::default();
        records.begin()?;
        loop {
            let Some(record) = records.next()? else { return Err(records.cut_off()) };
            let data = record.data;
            match record.kind {
                Record::EOF => break,
                Record::FILEPASS => return Err(Unreadable::Password),
                Record::DATEMODE => globals.from_1904 = record.word(0) == Some(1),
                Record::FORMAT => {
                    if let (Some(id), Some(code)) = (record.word(0), data.get(2..).and_then(strings::one)) {
                        globals.formats.insert(id, of_code(&code));
                    }
                }
                Record::XF => globals.style(&record),
                Record::BOUNDSHEET => {
                    if globals.sheets.len() >= limits.sheets {
                        let (sheets, limit) = (globals.sheets.len() + 1, limits.sheets);
                        return Err(Unreadable::TooManySheets { sheets, limit });
                    }
                    globals.sheets.push(Listed {
                        name: data.get(6..).and_then(strings::short).ok_or_else(|| records.broken())?,
                        hidden: data.get(4).is_some_and(|state| state & 3 != 0),
                        worksheet: data.get(5) == Some(&0),
                        start: usize::try_from(record.long(0).unwrap_or(0)).unwrap_or(usize::MAX),
                    });
                }
                Record::SST => globals.texts = Texts::read(&records.with_continuations(data), limits)?,
                _ => {}
            }
        }
        Ok(globals)
    }

    fn style(&mut self, record: &Record<'_>) {
        let format = record.word(2).unwrap_or(0);
        let shown = self.formats.get(&format).copied().unwrap_or_else(|| of_builtin(u32::from(format)));
        let pattern = record.long(14).unwrap_or(0) >> 26;
        let colour = record.word(18).map(|colours| u32::from(colours & 0x7f));
        // 0x40 and 0x41 are the window's own colours.
        self.styles.push((shown, colour.filter(|colour| pattern != 0 && *colour < 0x40)));
    }
}
