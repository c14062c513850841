//! The file around the lines: one gzip member with all of them, and a second one with the seal.
//!
//! The seal is the SHA-256 of every byte before it, in a member that is always the same for the same hash. So the file as a
//! whole is plain gzip, which any system can open, and no byte of it can change without being noticed. It does not say who
//! wrote the file: whoever can replace it can seal it anew.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// Bytes of the seal: a member's head, a stored block of one line, its checksum and its length.
const SEAL: usize = HEAD.len() + 5 + LINE + 8;
/// Bytes of the line in the seal.
const LINE: usize = "{\"sha256\":\"\"}\n".len() + 64;
/// A gzip member without a name, a time or an operating system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Takes lines, and gives them to a file compressed and sealed.
pub(super) struct Writer {
    encoder: GzEncoder<Hashing<BufWriter<File>>>,
}

struct Hashing<W> {
    out: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Writer {
    pub(super) fn new(file: File) -> Self {
        let out = Hashing { out: BufWriter::with_capacity(1 << 18, file), hash: Sha256::new(), bytes: 0 };
        Self { encoder: GzEncoder::new(out, Compression::new(4)) }
    }

    pub(super) fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.encoder.write_all(line)
    }

    /// Seals the file and gives it to the disk; says how long it is.
    pub(super) fn finish(self) -> io::Result<u64> {
        let Hashing { mut out, hash, bytes } = self.encoder.finish()?;
        out.write_all(&seal(&hash.finalize()))?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(bytes + SEAL as u64)
    }
}

/// The lines of a file whose seal is right, or none when it is not.
pub(super) fn open(mut file: File) -> io::Result<Option<impl Read>> {
    let length = file.seek(SeekFrom::End(0))?;
    let Some(sealed) = length.checked_sub(SEAL as u64) else { return Ok(None) };
    file.seek(SeekFrom::Start(0))?;
    let mut hash = Sha256::new();
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let mut left = sealed;
    let mut buffer = vec![0; 1 << 16];
    while left > 0 {
        let wanted = usize::try_from(left.min(buffer.len() as u64)).unwrap_or(buffer.len());
        reader.read_exact(&mut buffer[..wanted])?;
        hash.update(&buffer[..wanted]);
        left -= wanted as u64;
    }
    let mut found = [0; SEAL];
    reader.read_exact(&mut found)?;
    if found != seal(&hash.finalize()) {
        return Ok(None);
    }
    reader.seek(SeekFrom::Start(0))?;
    Ok(Some(GzDecoder::new(reader.take(sealed))))
}

/// Whether a file begins as gzip does.
pub(super) fn begins(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::new();
    file.take(3).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(head == HEAD[..3])
}

fn seal(hash: &[u8]) -> [u8; SEAL] {
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let line = format!("{{\"sha256\":\"{hex}\"}}\n");
    let mut checksum = flate2::Crc::new();
    checksum.update(line.as_bytes());
    let length = LINE as u16;
    let mut all = Vec::with_capacity(SEAL);
    all.extend_from_slice(&HEAD);
    // RFC 1951, 3.2.4: the last block, stored as it is, with its length and the length's complement.
    all.push(1);
    all.extend_from_slice(&length.to_le_bytes());
    all.extend_from_slice(&(!length).to_le_bytes());
    all.extend_from_slice(line.as_bytes());
    all.extend_from_slice(&checksum.sum().to_le_bytes());
    all.extend_from_slice(&(LINE as u32).to_le_bytes());
    let mut seal = [0; SEAL];
    seal.copy_from_slice(&all);
    seal
}
