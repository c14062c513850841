//! Inputs: those to begin with, and those that an earlier run found worth keeping, a zip for each target.

use std::fs::{self, File};
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::Target;
use crate::files::{PART, parts};
use crate::front::BOUNDARY;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn archive(target: Target) -> PathBuf {
    root().join("corpus").join(format!("{}.zip", target.name()))
}

/// The inputs that are kept for a target: name and bytes. None where there is no file yet.
///
/// # Errors
/// Those of the file.
pub fn kept(target: Target) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let path = archive(target);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let mut archive = ZipArchive::new(File::open(path)?)?;
    let mut inputs = Vec::new();
    for at in 0..archive.len() {
        let mut part = archive.by_index(at)?;
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes)?;
        let name = part.name()?.into_owned();
        inputs.push((name, bytes));
    }
    Ok(inputs)
}

/// Keeps the files of a folder as the inputs of a target; the same files make the same bytes.
///
/// # Errors
/// Those of the files.
pub fn pack(target: Target, folder: &Path) -> std::io::Result<usize> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
    for path in &paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        archive.start_file(name, options)?;
        archive.write_all(&fs::read(path)?)?;
    }
    fs::create_dir_all(root().join("corpus"))?;
    fs::write(self::archive(target), archive.finish()?.into_inner())?;
    Ok(paths.len())
}

/// Inputs to begin with: the demonstration's own files, and a sound example of everything else.
///
/// # Errors
/// Those of the files.
pub fn seeds(target: Target) -> std::io::Result<Vec<Vec<u8>>> {
    let demo = || -> std::io::Result<Vec<(String, Vec<u8>)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(root().join("../demo"))? {
            let path = entry?.path();
            let name = path.extension().map(|extension| extension.to_string_lossy().into_owned()).unwrap_or_default();
            files.push((name, fs::read(&path)?));
        }
        Ok(files)
    };
    let texts = |texts: &[&str]| Ok(texts.iter().map(|text| text.as_bytes().to_vec()).collect());
    match target {
        Target::Spreadsheet => Ok(demo()?.into_iter().map(|(_, bytes)| bytes).collect()),
        Target::Csv | Target::Json => {
            let extensions: &[&str] = if target == Target::Csv { &["csv", "txt"] } else { &["json"] };
            let files = demo()?.into_iter().filter(|(name, _)| extensions.contains(&name.as_str()));
            Ok(files.map(|(_, bytes)| bytes[..bytes.len().min(target.longest())].to_vec()).collect())
        }
        Target::Workbook => demo()?
            .into_iter()
            .filter(|(name, _)| name == "xlsx" || name == "ods")
            .map(|(name, bytes)| unpacked(&bytes, name == "ods"))
            .collect(),
        Target::Multipart => Ok(vec![format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nBins\r\n--{BOUNDARY}\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\nSystem\r\n\
             --{BOUNDARY}--\r\n"
        )
        .into_bytes()]),
        Target::Form => texts(&["name=Bins&layer=a&layer=b", "j{\"name\": \"Bins\", \"layer\": [\"a\", 1, true, null]}"]),
        Target::Query => texts(&[".json?q=bins&status=live&status=planned&limit=20&sort=name", ".csv", "/a/b?after=x"]),
        Target::Cursor => texts(&["c[\"name\",\"Bins\",7,null]", "WyJuYW1lIl0"]),
        Target::Backup => Ok(vec![backup()]),
    }
}

/// The lines of a sound backup of one table.
pub(crate) fn backup() -> Vec<u8> {
    let rows = "[\"of\",2,\"0.1\",\"AP8=\"]\n[\"of\",3,null,null]\n";
    let hash: String = Sha256::digest(rows).iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        r#"{{"commonhold":"backup","format":1,"program":"0.1.0","engine":"sqlite","made_at":"2026-03-03T10:14:00Z","migrations":[]}}
{{"table":"note","columns":[["thing","text"],["number","integer"],["weight","real"],["body","bytes"]],"key":["thing","number"]}}
{rows}{{"tables":[{{"table":"note","rows":2,"sha256":"{hash}"}}]}}
"#
    )
    .into_bytes()
}

/// The parts of a package as the target takes them.
fn unpacked(bytes: &[u8], open_document: bool) -> std::io::Result<Vec<u8>> {
    let mut package = ZipArchive::new(Cursor::new(bytes))?;
    let mut input = vec![if open_document { b'o' } else { b'x' }];
    for (at, name) in parts(open_document).into_iter().enumerate() {
        if at > 0 {
            input.extend_from_slice(PART);
        }
        if let Ok(mut part) = package.by_name(name) {
            part.read_to_end(&mut input)?;
        }
    }
    Ok(input)
}
