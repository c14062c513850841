//! The records of a workbook's stream: a kind, a length, that many bytes. A record that reaches beyond the stream is a file
//! that was cut off.

use super::super::{LooksLike, Unreadable};

/// The version that is read: of 1997 and after.
const BIFF8: u16 = 0x0600;

pub(super) struct Records<'a> {
    stream: &'a [u8],
    at: usize,
    place: &'a str,
}

#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    pub kind: u16,
    pub data: &'a [u8],
}

impl Record<'_> {
    pub(super) const FORMULA: u16 = 0x0006;
    pub(super) const EOF: u16 = 0x000a;
    pub(super) const DATEMODE: u16 = 0x0022;
    pub(super) const FILEPASS: u16 = 0x002f;
    pub(super) const CONTINUE: u16 = 0x003c;
    pub(super) const BOUNDSHEET: u16 = 0x0085;
    pub(super) const MULRK: u16 = 0x00bd;
    pub(super) const RSTRING: u16 = 0x00d6;
    pub(super) const XF: u16 = 0x00e0;
    pub(super) const MERGEDCELLS: u16 = 0x00e5;
    pub(super) const SST: u16 = 0x00fc;
    pub(super) const LABELSST: u16 = 0x00fd;
    pub(super) const NUMBER: u16 = 0x0203;
    pub(super) const LABEL: u16 = 0x0204;
    pub(super) const BOOLERR: u16 = 0x0205;
    pub(super) const STRING: u16 = 0x0207;
    pub(super) const RK: u16 = 0x027e;
    pub(super) const FORMAT: u16 = 0x041e;
    pub(super) const BOF: u16 = 0x0809;

    pub(super) fn word(&self, at: usize) -> Option<u16> {
        Some(u16::from_le_bytes(self.data.get(at..at.checked_add(2)?)?.try_into().ok()?))
    }

    pub(super) fn long(&self, at: usize) -> Option<u32> {
        Some(u32::from_le_bytes(self.data.get(at..at.checked_add(4)?)?.try_into().ok()?))
    }

    pub(super) fn real(&self, at: usize) -> Option<f64> {
        Some(f64::from_le_bytes(self.data.get(at..at.checked_add(8)?)?.try_into().ok()?))
    }
}

impl<'a> Records<'a> {
    pub(super) fn new(stream: &'a [u8], at: usize, place: &'a str) -> Self {
        Records { stream, at, place }
    }

    /// The next record; none at the end of the stream.
    pub(super) fn next(&mut self) -> Result<Option<Record<'a>>, Unreadable> {
        let rest = self.stream.get(self.at..).unwrap_or_default();
        let Some((head, after)) = rest.split_first_chunk::<4>() else {
            return if rest.is_empty() { Ok(None) } else { Err(self.cut_off()) };
        };
        let (kind, length) = (u16::from_le_bytes([head[0], head[1]]), u16::from_le_bytes([head[2], head[3]]));
        let data = after.get(..usize::from(length)).ok_or_else(|| self.cut_off())?;
        self.at = self.at.saturating_add(4).saturating_add(data.len());
        Ok(Some(Record { kind, data }))
    }

    /// Reads the record that begins every part of a stream, and refuses versions of before 1997.
    pub(super) fn begin(&mut self) -> Result<(), Unreadable> {
        let Some(record) = self.next()? else { return Err(self.cut_off()) };
        match (record.kind, record.word(0)) {
            (Record::BOF, Some(BIFF8)) => Ok(()),
            (Record::BOF | 0x0009 | 0x0209 | 0x0409, _) => Err(Unreadable::NotASpreadsheet(LooksLike::OldExcel)),
            _ => Err(self.broken()),
        }
    }

    /// The bytes of a record with those of the records that continue it, which are passed over.
    pub(super) fn with_continuations(&mut self, data: &'a [u8]) -> Vec<&'a [u8]> {
        let mut pieces = vec![data];
        loop {
            let before = self.at;
            match self.next() {
                Ok(Some(record)) if record.kind == Record::CONTINUE => pieces.push(record.data),
                _ => {
                    self.at = before;
                    return pieces;
                }
            }
        }
    }

    pub(super) fn broken(&self) -> Unreadable {
        Unreadable::BrokenPart { part: self.place.to_owned() }
    }

    pub(super) fn cut_off(&self) -> Unreadable {
        Unreadable::CutOff(format!("in the middle of {}", self.place))
    }
}
