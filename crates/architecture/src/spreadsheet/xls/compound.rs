//! The compound file (MS-CFB) around an old workbook: a small file system of sectors in chains. Only streams of its root are
//! looked for, by name.

use super::super::Unreadable;

const NONE: u32 = 0xffff_fffa;
const FREE: u32 = 0xffff_ffff;

pub(super) struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    table: Vec<u32>,
    small_table: Vec<u32>,
    /// The stream in which small streams stand.
    small: Vec<u8>,
    /// Streams smaller than this stand in the small one.
    cutoff: u64,
    /// Streams of the root.
    streams: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    name: String,
    kind: u8,
    left: u32,
    right: u32,
    child: u32,
    start: u32,
    size: u64,
}

fn broken() -> Unreadable {
    Unreadable::BrokenPart { part: "the file's directory".to_owned() }
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

impl<'a> Compound<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Compound<'a>, Unreadable> {
        let at = |place: usize| long(bytes, place).ok_or_else(|| Unreadable::CutOff("before its end".to_owned()));
        let sector = match word(bytes, 30) {
            Some(9) => 512,
            Some(12) => 4096,
            Some(_) => return Err(broken()),
            None => return Err(Unreadable::CutOff("before its end".to_owned())),
        };
        let mut compound = Compound {
            bytes,
            sector,
            table: Vec::new(),
            small_table: Vec::new(),
            small: Vec::new(),
            cutoff: u64::from(at(56)?),
            streams: Vec::new(),
        };
        compound.read_table(at(68)?)?;
        let directory = compound.chain(at(48)?)?;
        if directory.len() % sector != 0 {
            return Err(compound.cut_off());
        }
        let entries: Vec<Entry> = directory.as_chunks::<128>().0.iter().map(|entry| compound.entry(entry)).collect();
        let root = entries.first().filter(|root| root.kind == 5).ok_or_else(broken)?;
        compound.streams = beneath(&entries, root.child);
        if root.start < NONE {
            compound.small = compound.chain(root.start)?;
        }
        let small_table = at(60)?;
        if small_table < NONE {
            compound.small_table = numbers(&compound.chain(small_table)?);
        }
        Ok(compound)
    }

    /// How many sectors the file has, the last one perhaps not whole.
    fn sectors(&self) -> usize {
        self.bytes.len().saturating_sub(self.sector).div_ceil(self.sector)
    }

    fn sector(&self, number: u32) -> Option<&'a [u8]> {
        let start = usize::try_from(number).ok()?.checked_add(1)?.checked_mul(self.sector)?;
        let end = start.checked_add(self.sector)?.min(self.bytes.len());
        self.bytes.get(start..end).filter(|sector| !sector.is_empty())
    }

    /// Reads the table of sectors, whose own sectors are listed in the header and, for large files, in a chain.
    fn read_table(&mut self, further: u32) -> Result<(), Unreadable> {
        let all = self.sectors();
        let mut listed: Vec<u32> = (0..109).filter_map(|place| long(self.bytes, 76 + place * 4)).collect();
        let (mut next, mut steps) = (further, 0);
        while next < NONE {
            let sector = self.sector(next).ok_or_else(|| self.cut_off())?;
            let (listing, last) = sector.split_at(sector.len().saturating_sub(4));
            listed.extend(numbers(listing));
            next = long(last, 0).unwrap_or(FREE);
            steps += 1;
            if steps > all {
                return Err(broken());
            }
        }
        for number in listed.into_iter().filter(|number| *number < NONE) {
            // More than one entry for each sector says nothing.
            if self.table.len() >= all {
                break;
            }
            let sector = self.sector(number).filter(|sector| sector.len() == self.sector);
            self.table.extend(numbers(sector.ok_or_else(|| self.cut_off())?));
        }
        self.table.truncate(all);
        Ok(())
    }

    /// The bytes of a chain of sectors. A chain has no more sectors than the file, or it runs in a circle.
    fn chain(&self, start: u32) -> Result<Vec<u8>, Unreadable> {
        let mut bytes = Vec::new();
        let (mut next, mut steps) = (start, 0);
        while next < NONE {
            if steps >= self.table.len() {
                return Err(broken());
            }
            bytes.extend_from_slice(self.sector(next).ok_or_else(|| self.cut_off())?);
            let place = usize::try_from(next).map_err(|_| broken())?;
            next = *self.table.get(place).ok_or_else(broken)?;
            steps += 1;
        }
        Ok(bytes)
    }

    /// As [`Compound::chain`], of a stream that stands in the small one, and has no more pieces than that.
    fn small_chain(&self, start: u32) -> Result<Vec<u8>, Unreadable> {
        const SMALL: usize = 64;
        let most = self.small_table.len().min(self.small.len().div_ceil(SMALL));
        let mut bytes = Vec::new();
        let (mut next, mut steps) = (start, 0);
        while next < NONE {
            let place = usize::try_from(next).map_err(|_| broken())?;
            if steps >= most {
                return Err(broken());
            }
            let from = place.saturating_mul(SMALL);
            let piece = self.small.get(from..from.saturating_add(SMALL).min(self.small.len()));
            bytes.extend_from_slice(piece.ok_or_else(|| self.cut_off())?);
            next = *self.small_table.get(place).ok_or_else(broken)?;
            steps += 1;
        }
        Ok(bytes)
    }

    fn entry(&self, entry: &[u8; 128]) -> Entry {
        let length = usize::from(word(entry, 64).unwrap_or(0)).saturating_sub(2).min(62);
        let (pairs, _) = entry.get(..length).unwrap_or_default().as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        let at = |place: usize| long(entry, place).unwrap_or(FREE);
        let high = if self.sector == 512 { 0 } else { u64::from(at(124)) };
        Entry {
            name: String::from_utf16_lossy(&units),
            kind: entry.get(66).copied().unwrap_or(0),
            left: at(68),
            right: at(72),
            child: at(76),
            start: at(116),
            size: u64::from(at(120)) | (high << 32),
        }
    }

    fn find(&self, name: &str) -> Option<&Entry> {
        self.streams.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The bytes of a stream; none where there is no such stream.
    pub(super) fn stream(&self, name: &str) -> Result<Option<Vec<u8>>, Unreadable> {
        let Some(entry) = self.find(name) else { return Ok(None) };
        let mut bytes =
            if entry.size < self.cutoff { self.small_chain(entry.start)? } else { self.chain(entry.start)? };
        let size = usize::try_from(entry.size).unwrap_or(usize::MAX);
        if bytes.len() < size {
            return Err(self.cut_off());
        }
        bytes.truncate(size);
        Ok(Some(bytes))
    }

    fn cut_off(&self) -> Unreadable {
        Unreadable::CutOff("before its end".to_owned())
    }
}

/// The streams of a folder: a tree of entries, of which each is visited once whatever the tree says.
fn beneath(entries: &[Entry], first: u32) -> Vec<Entry> {
    let mut seen = vec![false; entries.len()];
    let (mut waiting, mut found) = (vec![first], Vec::new());
    while let Some(number) = waiting.pop() {
        let Ok(place) = usize::try_from(number) else { continue };
        let (Some(entry), Some(seen)) = (entries.get(place), seen.get_mut(place)) else { continue };
        if std::mem::replace(seen, true) {
            continue;
        }
        if entry.kind == 2 {
            found.push(entry.clone());
        }
        waiting.extend([entry.left, entry.right]);
    }
    found
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().map(|number| u32::from_le_bytes(*number)).collect()
}
