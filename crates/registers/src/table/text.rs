//! Separated values: CSV as RFC 4180 and CSVW have it, and its relatives with other separators.
//!
//! `csv-core` splits; limits hold while a record is read and not after it, so that a file of one endless record costs no more
//! than any other.

use std::io::Read;

use csv_core::{ReadRecordResult, ReaderBuilder};

use super::{LONGEST_RECORD, MOST_FIELDS, Record, Unreadable};

/// What divides fields.
pub const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
const CHUNK: usize = 64 * 1024;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A file, record by record.
pub struct Reader<R> {
    input: R,
    core: csv_core::Reader,
    separator: u8,
    chunk: Vec<u8>,
    /// What of the chunk is not yet split.
    rest: std::ops::Range<usize>,
    end: End,
    output: Vec<u8>,
    ends: Vec<usize>,
}

/// How near the end of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// More may come.
    NotYet,
    /// Nothing more comes; the last record may lack its end.
    Input,
    /// Everything was given.
    Over,
}

impl<R: Read> Reader<R> {
    /// Begins a file. `separator` is found out from the first line unless it is given.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn new(input: R, separator: Option<u8>) -> Result<Reader<R>, Unreadable> {
        let mut reader = Reader {
            input,
            core: csv_core::Reader::new(),
            separator: b',',
            chunk: vec![0; CHUNK],
            rest: 0..0,
            end: End::NotYet,
            output: vec![0; LONGEST_RECORD],
            ends: vec![0; MOST_FIELDS],
        };
        reader.fill()?;
        if reader.chunk[reader.rest.clone()].starts_with(BOM) {
            reader.rest.start += BOM.len();
        }
        reader.separator = separator.unwrap_or_else(|| sniff(&reader.chunk[reader.rest.clone()]));
        reader.core = ReaderBuilder::new().delimiter(reader.separator).build();
        Ok(reader)
    }

    /// What divides fields.
    pub fn separator(&self) -> u8 {
        self.separator
    }

    /// The next record, none at the end. Lines without anything are no records.
    ///
    /// # Errors
    /// Why the file cannot be read on.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, Unreadable> {
        let (mut written, mut fields) = (0, 0);
        loop {
            if self.rest.is_empty() && self.end == End::NotYet {
                self.fill()?;
            }
            let input = match self.end {
                End::NotYet => &self.chunk[self.rest.clone()],
                // A last line without its end gets one: what is then still open was never closed.
                End::Input => b"\n",
                End::Over => b"",
            };
            let (result, read, wrote, ended) =
                self.core.read_record(input, &mut self.output[written..], &mut self.ends[fields..]);
            let last = read.checked_sub(1).and_then(|last| input.get(last));
            let ends_line = matches!(result, ReadRecordResult::Record) && last == Some(&b'\n');
            match self.end {
                End::NotYet => self.rest.start += read,
                End::Input => self.end = End::Over,
                End::Over => {}
            }
            written += wrote;
            fields += ended;
            let line = self.begun(written, ends_line);
            match result {
                ReadRecordResult::InputEmpty if self.end == End::Over && written > 0 => {
                    return Err(Unreadable::Unclosed { line, field: fields + 1 });
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => return Err(Unreadable::RecordTooLong { line }),
                ReadRecordResult::OutputEndsFull => return Err(Unreadable::TooManyFields { line }),
                ReadRecordResult::Record => return self.record(written, fields, line).map(Some),
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// The line on which the record began of which so much was written. The line after it has begun when its end was read.
    fn begun(&self, written: usize, ends_line: bool) -> u64 {
        let within = self.output[..written].iter().filter(|byte| **byte == b'\n').count();
        self.core.line().saturating_sub(within as u64 + u64::from(ends_line)).max(1)
    }

    fn record(&self, written: usize, fields: usize, line: u64) -> Result<Record<'_>, Unreadable> {
        let (bytes, ends) = (&self.output[..written], &self.ends[..fields]);
        let field = |at: usize| ends.partition_point(|end| *end <= at) + 1;
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            return Err(Unreadable::Nul { line, field: field(at) });
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Record { line, text, ends }),
            Err(error) => Err(Unreadable::NotUtf8 { line, field: field(error.valid_up_to()) }),
        }
    }

    /// Reads the next chunk, as much as fits.
    fn fill(&mut self) -> Result<(), Unreadable> {
        let mut filled = 0;
        while filled < CHUNK {
            match self.input.read(&mut self.chunk[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.rest = 0..filled;
        if filled == 0 {
            self.end = End::Input;
        }
        Ok(())
    }
}

/// The separator that the first line has most of, outside of quotation marks; a comma where it has none.
fn sniff(beginning: &[u8]) -> u8 {
    let mut counts = [0_usize; SEPARATORS.len()];
    let mut quoted = false;
    for byte in beginning {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            byte if !quoted => {
                SEPARATORS
                    .iter()
                    .zip(&mut counts)
                    .filter(|(separator, _)| *separator == byte)
                    .for_each(|(_, count)| *count += 1);
            }
            _ => {}
        }
    }
    let most = counts.iter().copied().max().unwrap_or_default();
    SEPARATORS.into_iter().zip(counts).find(|(_, count)| *count == most).map_or(b',', |(separator, _)| separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At most so many bytes at a time, so that every place is the end of a chunk once.
    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(count);
            buffer[..count].copy_from_slice(now);
            self.0 = later;
            Ok(count)
        }
    }

    type Read1 = (u64, Vec<String>);

    fn all(bytes: &[u8]) -> Result<Vec<Read1>, Unreadable> {
        let mut reader = Reader::new(Dribble(bytes, 7), None)?;
        let mut records = Vec::new();
        while let Some(record) = reader.next_record()? {
            assert_eq!(record.len(), record.fields().count());
            assert_eq!(record.field(record.len()), None);
            records.push((record.line, record.fields().map(str::to_owned).collect()));
        }
        Ok(records)
    }

    fn lines(bytes: &[u8]) -> Vec<(u64, String)> {
        all(bytes).unwrap().into_iter().map(|(line, fields)| (line, fields.join("|"))).collect()
    }

    #[test]
    fn records_have_the_line_on_which_they_begin() {
        let wanted = [(1, "a|b".to_owned()), (3, "1|x\ny".to_owned()), (5, "2|".to_owned())];
        assert_eq!(lines(b"a,b\n\n1,\"x\ny\"\n2,\n"), wanted);
        assert_eq!(lines(b"a,b\n\n1,\"x\ny\"\n2,"), wanted, "the last line without its end");
        let windows = [(1, "a|b".to_owned()), (3, "1|x\r\ny".to_owned()), (5, "2|".to_owned())];
        assert_eq!(lines(b"\xef\xbb\xbfa,b\r\n\r\n1,\"x\r\ny\"\r\n2,\r\n"), windows);
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\n\n"), []);
        assert_eq!(lines(b"a"), [(1, "a".to_owned())]);
        assert_eq!(lines(b"\"a \"\"b\"\"\",c"), [(1, "a \"b\"|c".to_owned())]);
    }

    #[test]
    fn the_separator_is_what_the_first_line_has_most_of() {
        for (text, separator) in [
            ("a,b;c,d", b','),
            ("a;b", b';'),
            ("a\tb,c\td", b'\t'),
            ("a|b", b'|'),
            ("a", b','),
            ("\"a;b;c\",d\n;;;", b','),
        ] {
            assert_eq!(Reader::new(text.as_bytes(), None).unwrap().separator(), separator, "{text}");
        }
        assert_eq!(Reader::new(&b"a,b"[..], Some(b';')).unwrap().separator(), b';');
    }

    fn told(bytes: &[u8]) -> String {
        all(bytes).unwrap_err().to_string()
    }

    #[test]
    fn hostile_files_are_refused_with_their_place() {
        assert!(told(b"a,b\n1,2\n3,\"x\n4,5\n").contains("field 2 of the record that begins on line 3 is not closed"));
        assert!(told(b"\"").contains("field 1 of the record that begins on line 1"));
        assert!(told(b"a\nb,c\0d\n").contains("field 2 of the record on line 2 holds a zero byte"));
        assert!(told(b"a\nb,caf\xe9\n").contains("field 2 of the record on line 2 is not UTF-8"));
        assert!(told(b"\xff\xfea\0,\0b\0").contains("line 1"));
        let wide = format!("a\n{}\n", ",".repeat(MOST_FIELDS));
        assert!(told(wide.as_bytes()).contains("line 2 has more than 1000 fields"), "{}", told(wide.as_bytes()));
    }

    /// A file that never ends its first record, of which no more is read than has to be.
    #[test]
    fn an_endless_record_costs_no_more_than_a_long_one() {
        struct Endless(u64);
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                buffer.fill(b'x');
                self.0 += buffer.len() as u64;
                Ok(buffer.len())
            }
        }
        let mut reader = Reader::new(Endless(0), None).unwrap();
        assert!(matches!(reader.next_record(), Err(Unreadable::RecordTooLong { line: 1 })));
        assert!(reader.input.0 < 2 * LONGEST_RECORD as u64, "{} bytes were read", reader.input.0);
    }
}
