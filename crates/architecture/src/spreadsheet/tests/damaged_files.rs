//! The files of the demonstration, damaged as copying, mail and malice damage files: an answer for each, soon, and no panic.
//! `PROPTEST_CASES=100000 cargo test -p architecture --lib damaged` goes on for longer.

use std::{fs, path::Path, sync::LazyLock};

use proptest::prelude::*;

use super::any_bytes::{all_steps, changes, mutated};
use super::hostile::quickly;
use super::made_files::zipped;
use super::*;

/// Every spreadsheet of the demonstration.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let is_list = |path: &Path| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        ending.is_some_and(|ending| ["xlsx", "xls", "csv", "json", "txt"].contains(&ending))
    };
    paths.iter().filter(|path| is_list(path)).map(|path| fs::read(path).unwrap()).collect()
});

/// The parts of a package, by path.
type Parts = Vec<(String, Vec<u8>)>;

/// The parts of those that are packages of parts.
static PACKAGES: LazyLock<Vec<Parts>> = LazyLock::new(|| {
    let packed = FILES.iter().filter(|file| file.starts_with(b"PK"));
    packed
        .map(|file| {
            let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file.as_slice())).unwrap();
            (0..archive.len())
                .map(|index| {
                    let mut part = archive.by_index(index).unwrap();
                    let mut bytes = Vec::new();
                    std::io::Read::read_to_end(&mut part, &mut bytes).unwrap();
                    (part.name().unwrap().into_owned(), bytes)
                })
                .collect()
        })
        .collect()
});

/// As many cases as asked for, an eighth by default: these files are large.
fn some() -> ProptestConfig {
    let all = ProptestConfig::default();
    ProptestConfig { cases: (all.cases / 8).max(16), failure_persistence: None, ..all }
}

#[test]
fn the_files_are_there() {
    assert!(FILES.len() >= 11 && PACKAGES.len() >= 4, "{} {}", FILES.len(), PACKAGES.len());
    for file in FILES.iter() {
        assert!(read("a", file, &Limits::default()).is_ok());
    }
}

proptest! {
    #![proptest_config(some())]

    #[test]
    fn changed_bytes(file in any::<prop::sample::Index>(), changes in changes()) {
        let file = &FILES[file.index(FILES.len())];
        quickly(|| all_steps(&mutated(file, &changes)));
    }

    #[test]
    fn cut_anywhere(file in any::<prop::sample::Index>(), end in any::<prop::sample::Index>()) {
        let file = &FILES[file.index(FILES.len())];
        quickly(|| all_steps(&file[..end.index(file.len())]));
    }

    #[test]
    fn changed_parts_of_packages(
        package in any::<prop::sample::Index>(),
        part in any::<prop::sample::Index>(),
        changes in changes(),
    ) {
        let package = &PACKAGES[package.index(PACKAGES.len())];
        let changed = part.index(package.len());
        let parts: Vec<(&str, String)> = package.iter().enumerate().map(|(index, (name, bytes))| {
            let bytes = if index == changed { mutated(bytes, &changes) } else { bytes.clone() };
            (name.as_str(), String::from_utf8_lossy(&bytes).into_owned())
        }).collect();
        quickly(|| all_steps(&zipped(&parts)));
    }

    #[test]
    fn pieces_of_one_file_within_another(
        one in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        length in 1_usize..3000,
    ) {
        let (one, other) = (&FILES[one.index(FILES.len())], &FILES[other.index(FILES.len())]);
        let (at, from) = (at.index(one.len()), from.index(other.len()));
        let piece = &other[from..(from + length).min(other.len())];
        quickly(|| all_steps(&[&one[..at], piece, &one[at..]].concat()));
    }
}
