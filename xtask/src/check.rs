//! The house rules that a machine can check: names that say nothing, files too long without saying why, modules that do
//! not say what they are for, words and paths that do not belong here, links in documents that lead nowhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::root;

/// Above this a file says at its top why it is so long.
const LONG: usize = 1000;
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "manager", "misc"];

/// Why each dependency is there.
const REASONS: &str = "docs/develop/dependencies.md";

/// Looks at every file that git knows and prints what breaks a rule.
pub fn run() -> Result<()> {
    let listed =
        std::process::Command::new("git").arg("ls-files").current_dir(root()).output().context("git ls-files")?;
    let files = String::from_utf8(listed.stdout).context("a file's name is not UTF-8")?;
    let mut findings = Vec::new();
    let mut looked_at = 0;
    for file in files.lines() {
        let Ok(text) = fs::read_to_string(root().join(file)) else { continue };
        looked_at += 1;
        look(file, &text, &mut findings);
    }
    unexplained(
        &fs::read_to_string(root().join("Cargo.toml"))?,
        &fs::read_to_string(root().join(REASONS))?,
        &mut findings,
    );
    if looked_at == 0 {
        bail!("git knows no file here, so nothing was checked");
    }
    for finding in &findings {
        eprintln!("{finding}");
    }
    if !findings.is_empty() {
        bail!("{} house rules are broken", findings.len());
    }
    println!("{looked_at} files keep the house rules");
    Ok(())
}

fn look(file: &str, text: &str, findings: &mut Vec<String>) {
    let path = Path::new(file);
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if extension == "rs" {
        if EMPTY_NAMES.contains(&stem) {
            findings.push(format!("{file}: \"{stem}\" says nothing about what is inside; name the noun"));
        }
        if !text.starts_with("//!") && !text.starts_with("#![doc = include_str!") {
            findings.push(format!("{file}: a module opens by saying what it is for (//!)"));
        }
        let lines = text.lines().count();
        let says_why = text.lines().take(12).any(|line| line.starts_with("//!") && line.contains("long"));
        if lines > LONG && !says_why {
            findings.push(format!("{file}: {lines} lines; look for the second noun, or say at the top why it is long"));
        }
    }
    if file.contains("/templates/") {
        for (number, line) in text.lines().enumerate() {
            if line.contains(" style=\"") || line.contains(" onclick=") {
                findings.push(format!("{file}:{}: no style attributes and no inline handlers", number + 1));
            }
        }
    }
    if extension == "md" {
        dead_links(file, text, findings);
    }
}

/// Dependencies without a reason, and reasons without a dependency.
fn unexplained(manifest: &str, reasons: &str, findings: &mut Vec<String>) {
    let lines = manifest.lines().skip_while(|line| *line != "[workspace.dependencies]").skip(1);
    let ours = |line: &str| line.contains("path = \"");
    let named: BTreeSet<&str> = lines
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !ours(line))
        .filter_map(|line| Some(line.split_once(" = ")?.0))
        .collect();
    let explained: BTreeSet<&str> =
        reasons.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0)).collect();
    for name in named.difference(&explained) {
        findings.push(format!("{REASONS}: {name} has no line; say what it is for"));
    }
    for name in explained.difference(&named) {
        findings.push(format!("{REASONS}: {name} is no dependency any more"));
    }
}

/// Links to files of the project that are not there.
fn dead_links(file: &str, text: &str, findings: &mut Vec<String>) {
    for after in text.split("](").skip(1) {
        let Some((target, _)) = after.split_once(')') else { continue };
        let target = target.split('#').next().unwrap_or_default();
        if target.is_empty() || target.contains("://") || target.starts_with("mailto:") || target.contains(' ') {
            continue;
        }
        let folder = root().join(file);
        if !folder.parent().is_some_and(|folder| folder.join(target).exists()) {
            findings.push(format!("{file}: the link to {target} leads nowhere"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{look, unexplained};

    fn findings(file: &str, text: &str) -> usize {
        let mut findings = Vec::new();
        look(file, text, &mut findings);
        findings.len()
    }

    #[test]
    fn each_rule_finds_what_breaks_it() {
        assert_eq!(findings("crates/x/src/utils.rs", "//! Things."), 1);
        assert_eq!(findings("crates/x/src/noun.rs", "fn f() {}"), 1);
        assert_eq!(findings("crates/x/src/noun.rs", &format!("//! Noun.\n{}", "\n".repeat(1001))), 1);
        assert_eq!(
            findings("crates/x/src/noun.rs", &format!("//! Noun. It is long because.\n{}", "\n".repeat(1001))),
            0
        );
        assert_eq!(findings("crates/x/templates/a.html", "<p style=\"x\">"), 1);
        assert_eq!(findings("docs/a.md", "[there](nowhere.md)"), 1);
        assert_eq!(findings("docs/a.md", "[out](https://example.org/a b)"), 0);
    }

    #[test]
    fn every_dependency_has_a_reason_and_every_reason_a_dependency() {
        let manifest = "[workspace.dependencies]\nweb = { path = \"crates/web\" }\ncsv = \"1\"\nzip = { version = \"9\" }\n\n[profile.dev]\nx = 1";
        let found = |reasons: &str| {
            let mut findings = Vec::new();
            unexplained(manifest, reasons, &mut findings);
            findings.len()
        };
        assert_eq!(found("| `csv` | CSV | |\n| `zip` | packages | |"), 0);
        assert_eq!(found("| `csv` | CSV | |"), 1);
        assert_eq!(found("| `csv` | CSV | |\n| `zip` | packages | |\n| `old` | gone | |"), 1);
    }
}
