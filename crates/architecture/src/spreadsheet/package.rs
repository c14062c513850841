//! The zip around a workbook, of Excel's kind or OpenDocument's: which parts there are, and their bytes, never more than the limits allow.
//!
//! Sizes that the directory declares are looked at first, because that is cheap; the sizes that count are those that
//! really come out, since a directory can lie. Only the parts that are asked for are unpacked.

use std::{
    collections::HashMap,
    io::{Cursor, Read},
};

use zip::{ZipArchive, result::ZipError};

use super::{
    Limits, LooksLike, Unreadable, text,
    workbook::{contains, find_last},
};

const END_OF_DIRECTORY: &[u8] = b"PK\x05\x06";
const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";

pub(super) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Lower-case path to index: Excel does not mind case, and some programs write backslashes.
    paths: HashMap<String, usize>,
    /// How many more bytes may come out.
    allowance: u64,
    limit: u64,
}

/// One unpacked part.
pub(super) struct Part {
    /// As a person would call it: `sheet 2`.
    pub place: String,
    pub text: String,
}

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8], limits: &Limits) -> Result<Self, Unreadable> {
        let too_much = Unreadable::ExpandsTooMuch { limit: limits.expanded_bytes };
        // Counted before the archive is opened, which allocates for each entry.
        if bytes.windows(4).filter(|window| *window == DIRECTORY_ENTRY).count() > limits.parts {
            return Err(too_much);
        }
        let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
            Ok(archive) => archive,
            Err(_) if !contains(bytes, END_OF_DIRECTORY) => return Err(cut_off(bytes)),
            Err(_) => return Err(Unreadable::BrokenZip(None)),
        };
        if archive.is_empty() || archive.len() > limits.parts {
            return Err(if archive.is_empty() { Unreadable::BrokenZip(None) } else { too_much });
        }
        let packed = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let by_ratio = packed.saturating_mul(limits.expansion_ratio).max(Limits::RATIO_FLOOR);
        let allowance = by_ratio.min(limits.expanded_bytes);
        let mut paths = HashMap::with_capacity(archive.len());
        let mut declared = 0_u64;
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(|_| Unreadable::BrokenZip(None))?;
            if entry.encrypted() {
                return Err(Unreadable::Password);
            }
            declared = declared.saturating_add(entry.size());
            let Ok(name) = entry.name() else { continue };
            paths.insert(name.replace('\\', "/").trim_start_matches('/').to_lowercase(), index);
        }
        if declared > allowance {
            return Err(too_much);
        }
        Ok(Package { archive, paths, allowance, limit: limits.expanded_bytes })
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.paths.contains_key(&path.to_lowercase())
    }

    /// A part's text, or nothing where there is no such part.
    pub(super) fn read(&mut self, path: &str, place: &str) -> Result<Option<Part>, Unreadable> {
        let Some(index) = self.paths.get(&path.to_lowercase()) else { return Ok(None) };
        let broken = || Unreadable::BrokenZip(Some(place.to_owned()));
        let entry = match self.archive.by_index(*index) {
            Ok(entry) => entry,
            Err(ZipError::InvalidPassword) => return Err(Unreadable::Password),
            Err(_) => return Err(broken()),
        };
        let mut bytes = Vec::new();
        let read = entry.take(self.allowance.saturating_add(1)).read_to_end(&mut bytes);
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.allowance = match self.allowance.checked_sub(size) {
            Some(left) => left,
            None => return Err(Unreadable::ExpandsTooMuch { limit: self.limit }),
        };
        read.map_err(|_| broken())?;
        let text = text::decode_xml(bytes, place)?;
        Ok(Some(Part { place: place.to_owned(), text }))
    }

    /// Whether it is a package of OpenDocument and not of Excel.
    pub(super) fn is_open_document(&self) -> bool {
        self.has("mimetype") && (self.has("content.xml") || self.has("encrypted-package"))
    }

    /// What a package without a workbook part looks like.
    pub(super) fn what_else(&self) -> Unreadable {
        let starts = |folder: &str| self.paths.keys().any(|path| path.starts_with(folder));
        let looks = if self.has("xl/workbook.bin") {
            LooksLike::BinaryExcel
        } else if starts("word/") {
            LooksLike::Word
        } else if starts("ppt/") {
            LooksLike::PowerPoint
        } else {
            LooksLike::Archive
        };
        Unreadable::NotASpreadsheet(looks)
    }
}

/// Where a zip without its directory stops: in the part whose header comes last.
fn cut_off(bytes: &[u8]) -> Unreadable {
    let place = find_last(bytes, LOCAL_HEADER).and_then(|start| {
        // Local file header: name length at offset 26, name at offset 30 (APPNOTE 4.3.7).
        let length = bytes.get(start + 26..start + 28)?;
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        let name = bytes.get(start + 30..start + 30 + length)?;
        let name = std::str::from_utf8(name).ok()?.to_lowercase();
        let number = name.strip_prefix("xl/worksheets/sheet")?.strip_suffix(".xml")?;
        number.parse::<u32>().ok().map(|number| format!("in the middle of sheet {number}"))
    });
    Unreadable::CutOff(place.unwrap_or_else(|| "before its end".to_owned()))
}
