//! Fetches the npm packages named by the lock file, compiles the style sheet and lists the templates to embed.
//!
//! The packages are installed once per lock file into a folder that all profiles of the target folder share; after
//! that no network is needed. It writes nothing outside the target folder and changes no file of the package.

mod explain;

use explain::{Failure, explain};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::{env, fs, io, process};

/// Written last into an installed folder: the lock file that was installed. Without it the folder is not complete.
const STAMP: &str = "installed-lock.json";

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Cargo shows what a failed build script wrote to standard error.
            eprintln!("\n{}\n", explain(&failure));
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), Failure> {
    let source = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("npm");
    let out = PathBuf::from(variable("OUT_DIR")?);
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=npm");

    let installed = install(&source, &shared_folder(&out))?;
    // When somebody removes the installed packages, this file is gone and Cargo runs the script again.
    println!("cargo:rerun-if-changed={}", installed.join(STAMP).display());

    let package = installed.join("node_modules").join("govuk-frontend");
    let css = out.join("govuk-frontend.css");
    write(&css, compile_styles(&installed, &source.join("app.scss"))?.as_bytes())?;
    let version = package_version(&installed)?;
    write(&out.join("embedded.rs"), embedded(&package, &css, &version)?.as_bytes())?;

    // For the tests, which read the package's fixtures. The library itself never asks for it.
    println!("cargo:rustc-env=GOVUK_FRONTEND_PACKAGE={}", package.display());
    Ok(())
}

fn variable(name: &str) -> Result<String, Failure> {
    env::var(name).map_err(|error| Failure::File {
        doing: format!("Reading the variable {name}, which Cargo sets,"),
        reason: error.to_string(),
    })
}

/// The folder that all profiles share: beside the profiles' own folders, or, where the target folder cannot be
/// recognised, this profile's own.
fn shared_folder(out: &Path) -> PathBuf {
    let target = out.ancestors().find(|folder| folder.join("CACHEDIR.TAG").is_file()).unwrap_or(out);
    target.join("govuk-frontend")
}

/// Installs the packages of the lock file, unless that was done before, and returns the folder they are in.
///
/// Two builds may do this at the same time. Each installs into a folder of its own and then renames it; the one that
/// comes second finds the place taken by an equal folder and removes its own.
fn install(source: &Path, shared: &Path) -> Result<PathBuf, Failure> {
    let manifest = read(&source.join("package.json"))?;
    let lock = read(&source.join("package-lock.json"))?;
    let installed = shared.join(format!("{:016x}", fingerprint(&[&manifest, &lock])));
    let complete = || fs::read_to_string(installed.join(STAMP)).is_ok_and(|stamp| stamp == lock);
    if complete() {
        return Ok(installed);
    }

    let preparing = shared.join(format!("installing-{}", process::id()));
    remove_folder(&preparing)?;
    let outcome = fetch(&preparing, &manifest, &lock).and_then(|()| {
        if complete() {
            return Ok(());
        }
        // What stands there without a stamp is the rest of an installation that was damaged afterwards.
        remove_folder(&installed)?;
        match fs::rename(&preparing, &installed) {
            Err(error) if !complete() => Err(file("Moving the installed packages to", &installed, &error)),
            _ => Ok(()),
        }
    });
    // Gone already if it was renamed.
    remove_folder(&preparing)?;
    outcome.map(|()| installed)
}

/// Lets npm install the packages into a folder, and stamps it when that succeeded.
fn fetch(folder: &Path, manifest: &str, lock: &str) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| file("Creating", folder, &error))?;
    write(&folder.join("package.json"), manifest.as_bytes())?;
    write(&folder.join("package-lock.json"), lock.as_bytes())?;
    let done = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
        .args([
            "ci",
            "--prefer-offline",
            "--ignore-scripts",
            "--omit=optional",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_started("npm", &error))?;
    if !done.status.success() {
        return Err(Failure::PackagesNotInstalled { output: printed(&done) });
    }
    write(&folder.join(STAMP), lock.as_bytes())
}

fn compile_styles(installed: &Path, scss: &Path) -> Result<String, Failure> {
    // From standard input, so that no file is written into the folder that other builds may be reading: the importer
    // then looks for packages from the current folder.
    let input = fs::File::open(scss).map_err(|error| file("Reading", scss, &error))?;
    let sass = Path::new("node_modules").join("sass").join("sass.js");
    let options =
        ["--stdin", "--pkg-importer=node", "--quiet-deps", "--style=compressed", "--no-source-map", "--no-charset"];
    let mut command = Command::new("node");
    command.arg(sass).args(options).current_dir(installed).stdin(input);
    node(command, "compiling the style sheet")
}

fn package_version(installed: &Path) -> Result<String, Failure> {
    let mut command = Command::new("node");
    command.args(["--print", "require('./node_modules/govuk-frontend/package.json').version"]);
    command.current_dir(installed).stdin(Stdio::null());
    node(command, "reading the package's version").map(|version| version.trim().to_owned())
}

fn node(mut command: Command, doing: &'static str) -> Result<String, Failure> {
    let done = command.output().map_err(|error| not_started("node", &error))?;
    if !done.status.success() {
        return Err(Failure::NodeFailed { doing, output: printed(&done) });
    }
    String::from_utf8(done.stdout).map_err(|error| Failure::NodeFailed { doing, output: error.to_string() })
}

/// The Rust source that embeds every template, the style sheet and the script. It holds the texts and no path to them, so that
/// it is the same in whatever folder it is built.
fn embedded(package: &Path, css: &Path, version: &str) -> Result<String, Failure> {
    let root = package.join("dist").join("govuk");
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| file("Reading", path, &error));
    let mut templates = Vec::new();
    find_templates(&root, "govuk", &mut templates)?;
    templates.sort();
    let mut source = String::from("pub(crate) static TEMPLATES: &[(&str, &str)] = &[\n");
    for (name, path) in &templates {
        // Writing to a String cannot fail.
        let _ = writeln!(source, "    ({name:?}, {:?}),", read(path)?);
    }
    let _ = write!(
        source,
        "];\npub(crate) static CSS: &str = {:?};\npub(crate) static JS: &str = {:?};\n\
         pub(crate) const VERSION: &str = {version:?};\n",
        read(css)?,
        read(&root.join("govuk-frontend.min.js"))?
    );
    Ok(source)
}

/// Finds the `.njk` files below a folder, with the names that templates call them by (always with `/`).
fn find_templates(folder: &Path, name: &str, found: &mut Vec<(String, PathBuf)>) -> Result<(), Failure> {
    let entries = fs::read_dir(folder).map_err(|error| file("Listing", folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| file("Listing", folder, &error))?.path();
        let Some(last) = path.file_name().and_then(|last| last.to_str()) else {
            continue;
        };
        let name = format!("{name}/{last}");
        if path.is_dir() {
            find_templates(&path, &name, found)?;
        } else if name.ends_with(".njk") {
            found.push((name, path));
        }
    }
    Ok(())
}

/// FNV-1a, which names folders and is the same in every version of Rust. The stamp, not this, decides equality.
fn fingerprint(texts: &[&str]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in texts.iter().flat_map(|text| text.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}

fn printed(done: &process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&done.stderr), String::from_utf8_lossy(&done.stdout))
}

fn not_started(program: &str, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::NotFound {
        return Failure::ProgramMissing { program: program.to_owned() };
    }
    Failure::File { doing: format!("Starting `{program}`"), reason: error.to_string() }
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| file("Reading", path, &error))
}

/// Writes a file, unless it already holds this, so that an unchanged file keeps its date.
fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|before| before == content) {
        return Ok(());
    }
    fs::write(path, content).map_err(|error| file("Writing", path, &error))
}

fn remove_folder(path: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file("Removing", path, &error)),
        _ => Ok(()),
    }
}

fn file(doing: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::File { doing: format!("{doing} {}", path.display()), reason: error.to_string() }
}
