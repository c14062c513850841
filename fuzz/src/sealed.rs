//! A backup whose seal is right and whose lines are not: what somebody could make who wants `restore` to stumble.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::OnceLock;

use flate2::{Compression, Crc, write::GzEncoder};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// The lines of a backup; whether they were found sound.
pub(crate) fn backup(lines: &[u8]) -> bool {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        // Memory is quicker than a disk for ten thousand files a second.
        let memory = PathBuf::from("/dev/shm");
        if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.expect("a folder")
    });
    let path = folder.path().join("one.backup.gz");
    fs::write(&path, seal(lines)).expect("a file");
    let verified = store::backup::verify(&path);
    if let Err(refused) = &verified {
        assert!(!refused.to_string().trim().is_empty(), "refused without a word");
    }
    verified.is_ok()
}

/// As docs/specs/backup.md has it: the lines in one gzip member, their seal in another.
fn seal(lines: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(lines).expect("memory");
    let mut file = encoder.finish().expect("memory");
    let hash: String = Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect();
    let line = format!("{{\"sha256\":\"{hash}\"}}\n");
    let mut checksum = Crc::new();
    checksum.update(line.as_bytes());
    file.extend_from_slice(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff, 1, 0x4e, 0, 0xb1, 0xff]);
    file.extend_from_slice(line.as_bytes());
    file.extend_from_slice(&checksum.sum().to_le_bytes());
    file.extend_from_slice(&78_u32.to_le_bytes());
    file
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_sealed_here_is_sealed_as_the_program_does() {
        let sound = crate::corpus::backup();
        assert!(super::backup(&sound), "a sound backup is refused, so the target tries nothing but its seal");
        assert!(!super::backup(&sound[..sound.len() - 2]));
    }
}
