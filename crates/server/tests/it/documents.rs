//! The documentation says everything that can be typed, set or asked for, and nothing that cannot.
//!
//! What must be there: every command, option and environment setting in the guides, every address in the guides or the
//! description of the API. The test lists all that is missing at once.

use std::{collections::BTreeSet, fs, path::Path};

use clap::CommandFactory;
use server::{Product, command::Cli};

/// The guides for users and operators, and the description of the API, as one text.
fn documentation() -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut files = vec![docs.join("api.md")];
    for guides in ["use", "operate"] {
        let entries = fs::read_dir(docs.join(guides)).into_iter().flatten();
        files.extend(
            entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "md")),
        );
    }
    files.iter().filter_map(|path| fs::read_to_string(path).ok()).collect::<Vec<_>>().join("\n")
}

/// Whether the text holds `word` and not only a longer one: `--data` is not said by `--database`.
fn says(text: &str, word: &str) -> bool {
    let goes_on = |c: char| c.is_ascii_alphanumeric() || "-_/{".contains(c);
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || "-_/".contains(c)) && !after.is_some_and(goes_on)
    })
}

#[derive(Default)]
struct Known {
    commands: BTreeSet<String>,
    options: BTreeSet<String>,
    settings: BTreeSet<String>,
}

fn collect(command: &clap::Command, path: &str, known: &mut Known) {
    let path = format!("{path} {}", command.get_name()).trim().to_owned();
    known.commands.insert(path.clone());
    for argument in command.get_arguments() {
        let automatic = ["help", "version"].contains(&argument.get_id().as_str());
        if let Some(long) = argument.get_long().filter(|_| !automatic) {
            known.options.insert(format!("--{long}"));
        }
        known.settings.extend(argument.get_env().map(|name| name.to_string_lossy().into_owned()));
    }
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        collect(below, &path, known);
    }
}

#[test]
fn every_command_option_setting_and_address_is_documented() {
    let text = documentation();
    let mut known = Known::default();
    collect(&Cli::command(), "", &mut known);
    let Known { commands, options, mut settings } = known;
    settings.extend(server::command::SECRETS.map(str::to_owned));
    let said: Vec<String> = commands.into_iter().chain(options).chain(settings.iter().cloned()).collect();
    let mut missing: Vec<String> = said.into_iter().filter(|word| !says(&text, word)).collect();

    let store = testing::store(&server::migrations());
    let product = Product { demonstration: true, ..Product::new((*store).clone(), "http://127.0.0.1") };
    let mut addresses: BTreeSet<&str> = product.endpoints().iter().map(|endpoint| endpoint.path).collect();
    addresses.extend(["/healthz", "/readyz"]);
    missing.extend(addresses.into_iter().filter(|path| !says(&text, path)).map(str::to_owned));
    assert!(missing.is_empty(), "{} are in no guide:\n{}", missing.len(), missing.join("\n"));

    // And nothing is documented that does not exist any more.
    let words = text.split(|c: char| !(c.is_ascii_uppercase() || c == '_'));
    let invented: BTreeSet<&str> = words
        .filter(|word| {
            word.strip_prefix("COMMONHOLD_").is_some_and(|rest| !rest.is_empty()) && !settings.contains(*word)
        })
        .collect();
    assert!(invented.is_empty(), "there are no such settings: {invented:?}");
}

/// Every attribute of every span in the sources of the program, apart from those that only say what kind of span it is.
fn attributes(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            attributes(&entry, found);
        } else if entry.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&entry).unwrap();
            for span in text.split("info_span!(").skip(1) {
                let inside = span.split("\n    )").next().unwrap();
                assert!(inside.contains("target: TRACES"), "a span that the log would show: {}", entry.display());
                let names = inside.lines().filter_map(|line| Some(line.split_once(" = ")?.0.trim().trim_matches('"')));
                found.extend(names.filter(|name| !name.starts_with("otel.")).map(str::to_owned));
            }
        }
    }
}

#[test]
fn every_attribute_of_a_span_is_documented_and_every_documented_one_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = BTreeSet::new();
    for subject in fs::read_dir(root.join("crates")).unwrap() {
        attributes(&subject.unwrap().path().join("src"), &mut found);
    }
    assert!(found.len() > 15, "{found:?}");
    let text = fs::read_to_string(root.join("docs/operate/traces.md")).unwrap();
    let table = text.split("| Attribute |").nth(1).unwrap().split("\n\n").next().unwrap();
    let cells = table.lines().filter_map(|row| row.strip_prefix("| ")?.split(" | ").next());
    let told: BTreeSet<String> =
        cells.flat_map(|cell| cell.split(", ")).map(|name| name.trim_matches('`').to_owned()).collect();
    assert_eq!(found, told, "on the left what spans carry, on the right what the guide says");
}

#[tokio::test]
async fn every_measure_is_documented_and_every_rule_and_panel_names_one_that_there_is() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operate/watching.md");
    let text = fs::read_to_string(docs).unwrap();
    let store = testing::store(&server::migrations());
    let product = Product::new((*store).clone(), "http://127.0.0.1");
    // Measures of routes are there when something was asked.
    let request = axum::http::Request::get("/").body(axum::body::Body::empty()).unwrap();
    tower::ServiceExt::oneshot(server::app(&product).unwrap(), request).await.unwrap();
    let written = server::watching::Watching::new(&product).told().await.unwrap();
    let measures: BTreeSet<&str> =
        written.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next()).collect();
    assert!(measures.len() > 10, "{written}");
    let missing: Vec<_> = measures.iter().filter(|name| !text.contains(*name)).collect();
    assert!(missing.is_empty(), "in no guide: {missing:?}");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `commonhold_")?.split('`').next());
    let invented: Vec<_> =
        rows.map(|name| format!("commonhold_{name}")).filter(|name| !measures.contains(name.as_str())).collect();
    assert!(invented.is_empty(), "in the guide, and not measured: {invented:?}");

    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/monitoring");
    let alerts = fs::read_to_string(files.join("alerts.yml")).unwrap();
    let alerts: Vec<_> = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() > 10, "{alerts:?}");
    let untold: Vec<_> = alerts.iter().filter(|alert| !text.contains(&format!("| {alert} |"))).collect();
    assert!(untold.is_empty(), "the guide does not say what to do at {untold:?}");
    for file in ["alerts.yml", "dashboard.json"] {
        let text = fs::read_to_string(files.join(file)).unwrap();
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let named: BTreeSet<&str> = words.filter(|word| word.starts_with("commonhold_")).collect();
        assert!(named.len() > 5, "{file} watches little: {named:?}");
        let bare = |name: &str| {
            let suffixes = ["_total", "_bucket", "_sum", "_count", "_info"];
            suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name).to_owned()
        };
        let unknown: Vec<_> = named.iter().filter(|name| !measures.contains(bare(name).as_str())).collect();
        assert!(unknown.is_empty(), "{file} names what is not measured: {unknown:?}");
    }
}
