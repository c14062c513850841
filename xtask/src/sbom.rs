//! The list of every part of the program, in CycloneDX: what `cargo cyclonedx` knows of the crates, and beside it what no
//! crate says of itself: the files of GOV.UK Frontend, and the C sources that crates carry.
//!
//! The same commit gives the same bytes: its time is that of the commit (`SOURCE_DATE_EPOCH`), and there is no serial number.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::{cargo, root};

/// C sources inside a crate.
struct Carried {
    carrier: &'static str,
    name: &'static str,
    /// The file that says which version it is, and what stands before that.
    place: &'static str,
    before: &'static str,
    /// By its name at SPDX.
    licence: &'static str,
}

/// Of the two mimallocs that its crate carries, 3 is compiled unless the feature `v2` is chosen.
const CARRIED: [Carried; 2] = [
    Carried {
        carrier: "libsqlite3-sys",
        name: "sqlite",
        place: "sqlite3/sqlite3.h",
        before: "#define SQLITE_VERSION        \"",
        licence: "blessing",
    },
    Carried {
        carrier: "libmimalloc-sys",
        name: "mimalloc",
        place: "c_src/mimalloc/v3/include/mimalloc.h",
        before: "#define MI_MALLOC_VERSION ",
        licence: "MIT",
    },
];

/// Writes the list, and fails where a part of the program is not in it.
pub fn run(file: &Path) -> Result<()> {
    let mut list = of_crates()?;
    let components = list["components"].as_array_mut().context("the list has no components")?;
    components.push(of_npm()?);
    for part in CARRIED {
        components.push(carried(&part)?);
    }
    components.sort_by_cached_key(|component| component["purl"].as_str().unwrap_or_default().to_owned());
    let named: BTreeSet<String> = components
        .iter()
        .map(|component| format!("{} {}", text(component, "name"), text(component, "version")))
        .collect();
    let missing: Vec<String> = in_the_program()?.difference(&named).cloned().collect();
    ensure!(missing.is_empty(), "not in the list: {}", missing.join(", "));
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, serde_json::to_vec_pretty(&list)?)?;
    println!("{} parts in {}", named.len(), file.display());
    Ok(())
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// What `cargo cyclonedx` says, without what differs from run to run and from machine to machine.
fn of_crates() -> Result<Value> {
    let name = "sbom-of-crates";
    let written = root().join("crates/server").join(format!("{name}.json"));
    let epoch = commit_time()?;
    let status = cargo()
        .args([
            "cyclonedx",
            "--all-features",
            "--format",
            "json",
            "--spec-version",
            "1.5",
            "--no-build-deps",
            "--override-filename",
            name,
        ])
        .args(["--manifest-path", "crates/server/Cargo.toml"])
        .env("SOURCE_DATE_EPOCH", &epoch)
        .current_dir(root())
        .status()?;
    if !status.success() {
        bail!("cargo cyclonedx failed; it comes with: cargo install --locked cargo-cyclonedx");
    }
    let list = fs::read(&written).with_context(|| written.display().to_string())?;
    // One is written for every member of the workspace; only that of the program is wanted.
    for folder in fs::read_dir(root().join("crates"))?.flatten().map(|entry| entry.path()) {
        drop(fs::remove_file(folder.join(format!("{name}.json"))));
    }
    for folder in ["xtask", "fuzz"] {
        drop(fs::remove_file(root().join(folder).join(format!("{name}.json"))));
    }
    let here = fs::canonicalize(root())?.display().to_string();
    let text = String::from_utf8(list)?.replace(&format!("path+file://{here}/"), "path+file:///");
    let mut list: Value = serde_json::from_str(&text)?;
    if let Some(list) = list.as_object_mut() {
        list.remove("serialNumber");
    }
    Ok(list)
}

fn commit_time() -> Result<String> {
    if let Ok(given) = std::env::var("SOURCE_DATE_EPOCH") {
        return Ok(given);
    }
    let said = Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(root()).output()?;
    Ok(String::from_utf8(said.stdout)?.trim().to_owned())
}

/// GOV.UK Frontend, whose templates, styles and scripts are part of the program.
fn of_npm() -> Result<Value> {
    let lock = fs::read(root().join("crates/govuk-frontend/npm/package-lock.json"))?;
    let lock: Value = serde_json::from_slice(&lock)?;
    let version = text(&lock["packages"]["node_modules/govuk-frontend"], "version").to_owned();
    ensure!(!version.is_empty(), "the lock file of npm has no govuk-frontend");
    Ok(json!({
        "type": "library",
        "bom-ref": format!("pkg:npm/govuk-frontend@{version}"),
        "name": "govuk-frontend",
        "version": version,
        "scope": "required",
        "licenses": [{"expression": "MIT"}],
        "purl": format!("pkg:npm/govuk-frontend@{version}"),
    }))
}

/// C sources that a crate carries.
fn carried(part: &Carried) -> Result<Value> {
    let Carried { carrier, name, place, before, licence } = *part;
    let metadata = metadata()?;
    let packages = metadata["packages"].as_array().context("cargo metadata")?;
    let package = packages.iter().find(|package| text(package, "name") == carrier).context(carrier)?;
    let folder = Path::new(text(package, "manifest_path")).parent().context(carrier)?;
    let source = fs::read_to_string(folder.join(place)).with_context(|| format!("{place} of {carrier}"))?;
    let line =
        source.lines().find_map(|line| line.strip_prefix(before)).with_context(|| format!("{before} in {place}"))?;
    let version = version(line);
    Ok(json!({
        "type": "library",
        "bom-ref": format!("pkg:generic/{name}@{version}"),
        "name": name,
        "version": version,
        "scope": "required",
        "description": format!("C sources carried by the crate {carrier}"),
        "licenses": [{"expression": licence}],
        "purl": format!("pkg:generic/{name}@{version}"),
    }))
}

/// A version as it begins a text: with dots, or as mimalloc writes it, the major number and two digits for each other.
fn version(text: &str) -> String {
    let written: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    match written.parse::<u32>() {
        Ok(number) => format!("{}.{}.{}", number / 10_000, number / 100 % 100, number % 100),
        Err(_) => written,
    }
}

fn metadata() -> Result<Value> {
    let said = cargo().args(["metadata", "--format-version", "1", "--locked"]).current_dir(root()).output()?;
    Ok(serde_json::from_slice(&said.stdout)?)
}

/// Every crate that is linked into the program, as "name version", by another way than the list is made.
fn in_the_program() -> Result<BTreeSet<String>> {
    let tree = cargo()
        .args([
            "tree",
            "--package",
            "server",
            "--all-features",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--locked",
        ])
        .current_dir(root())
        .output()?;
    let tree = String::from_utf8(tree.stdout)?;
    let packages = tree.lines().filter_map(|line| {
        let (name, rest) = line.split_once(" v")?;
        let version = rest.split_whitespace().next()?;
        // The program itself is what the list is about.
        (name != "server").then(|| format!("{name} {version}"))
    });
    let packages: BTreeSet<String> = packages.collect();
    ensure!(packages.len() > 50, "cargo tree lists {} crates only", packages.len());
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_are_written_with_dots() {
        assert_eq!(version("30302   // major + 2 digits minor"), "3.3.2");
        assert_eq!(version("3.54.1\""), "3.54.1");
    }
}
