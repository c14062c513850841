//! Old workbooks made record by record, so that each can be broken in one way.

pub const SECTOR: usize = 512;

/// A compound file with these streams in its root, each in whole sectors: the table of sectors is the first, the directory
/// the second.
pub fn compound(streams: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut table: Vec<u32> = vec![0xffff_fffd, 0xffff_fffe];
    let mut content = Vec::new();
    let mut starts = Vec::new();
    for (_, bytes) in streams {
        let sectors = bytes.len().div_ceil(SECTOR).max(1);
        starts.push(table.len() as u32);
        for sector in 0..sectors {
            let next = table.len() as u32 + 1;
            table.push(if sector + 1 == sectors { 0xffff_fffe } else { next });
        }
        content.extend_from_slice(bytes);
        content.resize(content.len().div_ceil(SECTOR).max(1) * SECTOR, 0);
    }
    assert!(table.len() <= 128 && streams.len() <= 3, "one sector holds the table, one the directory");
    table.resize(128, 0xffff_ffff);
    let mut header = vec![0_u8; SECTOR];
    header[..8].copy_from_slice(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
    for (at, word) in [(24, 0x3e_u16), (26, 3), (28, 0xfffe), (30, 9), (32, 6)] {
        header[at..at + 2].copy_from_slice(&word.to_le_bytes());
    }
    // One sector of the table; the directory; streams of any size stand in whole sectors; no further lists.
    for (at, long) in [(44, 1), (48, 1), (56, 0), (60, 0xffff_fffe), (68, 0xffff_fffe), (76, 0)] {
        header[at..at + 4].copy_from_slice(&u32::to_le_bytes(long));
    }
    for place in 1..109 {
        header[76 + place * 4..80 + place * 4].fill(0xff);
    }
    let mut file = header;
    file.extend(table.iter().flat_map(|number| number.to_le_bytes()));
    file.extend(entry("Root Entry", 5, 1, 0xffff_fffe, 0));
    for (place, ((name, bytes), start)) in streams.iter().zip(starts).enumerate() {
        let mut stream = entry(name, 2, 0xffff_ffff, start, bytes.len() as u32);
        // Each entry is to the right of the one before.
        let next = if place + 1 < streams.len() { place as u32 + 2 } else { 0xffff_ffff };
        stream[72..76].copy_from_slice(&next.to_le_bytes());
        file.extend(stream);
    }
    file.resize(SECTOR * 3, 0);
    file.extend(content);
    file
}

fn entry(name: &str, kind: u8, child: u32, start: u32, size: u32) -> Vec<u8> {
    let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = entry.len() as u16 + 2;
    entry.resize(128, 0);
    entry[64..66].copy_from_slice(&length.to_le_bytes());
    entry[66] = kind;
    for (at, long) in [(68, 0xffff_ffff_u32), (72, 0xffff_ffff), (76, child), (116, start), (120, size)] {
        entry[at..at + 4].copy_from_slice(&long.to_le_bytes());
    }
    entry
}

pub fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

/// The beginning of a part: 5 is the workbook, 16 a sheet.
pub fn begin(part: u16) -> Vec<u8> {
    record(0x0809, &[0x0600_u16, part, 0, 0].map(u16::to_le_bytes).concat())
}

pub fn end() -> Vec<u8> {
    record(0x000a, &[])
}

/// A cell's row (from 0), column and style, and what follows.
pub fn cell(kind: u16, (row, column, style): (u16, u16, u16), rest: &[u8]) -> Vec<u8> {
    record(kind, &[[row, column, style].map(u16::to_le_bytes).concat(), rest.to_vec()].concat())
}

/// A text in one byte for each character.
pub fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_le_bytes()[..], &[0], text.as_bytes()].concat()
}

/// A text in two bytes for each character.
pub fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    [&(units.len() as u16).to_le_bytes()[..], &[1], &bytes].concat()
}

/// A workbook's stream: records for the whole, then sheets of records by name and state.
pub fn stream(globals: &[Vec<u8>], sheets: &[(&str, u8, Vec<Vec<u8>>)]) -> Vec<u8> {
    let listed: usize = sheets.iter().map(|(name, ..)| 4 + 8 + name.len()).sum();
    let before = begin(5).len() + globals.iter().map(Vec::len).sum::<usize>() + listed + end().len();
    let (mut list, mut content) = (Vec::new(), Vec::new());
    for (name, state, records) in sheets {
        let start = (before + content.len()) as u32;
        let data = [&start.to_le_bytes()[..], &[*state, 0, name.len() as u8, 0], name.as_bytes()].concat();
        list.extend(record(0x0085, &data));
        content.extend([begin(16), records.concat(), end()].concat());
    }
    [begin(5), globals.concat(), list, end(), content].concat()
}

/// A workbook's file with one sheet "Systems".
pub fn workbook(globals: &[Vec<u8>], records: Vec<Vec<u8>>) -> Vec<u8> {
    compound(&[("Workbook", stream(globals, &[("Systems", 0, records)]))])
}

/// The list of shared texts; `stated` is how many it says there are.
pub fn shared(stated: u32, texts: &[Vec<u8>]) -> Vec<u8> {
    record(0x00fc, &[&stated.to_le_bytes()[..], &stated.to_le_bytes(), &texts.concat()].concat())
}

/// A style with this format and fill pattern.
pub fn style(format: u16, pattern: u32) -> Vec<u8> {
    let mut data = vec![0_u8; 20];
    data[2..4].copy_from_slice(&format.to_le_bytes());
    data[14..18].copy_from_slice(&(pattern << 26).to_le_bytes());
    data[18..20].copy_from_slice(&13_u16.to_le_bytes());
    record(0x00e0, &data)
}
