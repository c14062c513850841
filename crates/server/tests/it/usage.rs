//! What is typed and what comes back: help that teaches, exit codes, JSON for programs.

use tempfile::tempdir;

use crate::program::{command, commonhold, finished};

#[test]
fn version_is_told_to_people_and_programs() {
    let folder = tempdir().unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(commonhold(folder.path(), &["version"]).with(0).stdout, format!("commonhold {version}\n"));
    assert_eq!(commonhold(folder.path(), &["--version"]).with(0).stdout, format!("commonhold {version}\n"));
    let told = commonhold(folder.path(), &["version", "--json"]).with(0).json();
    assert_eq!(told, serde_json::json!({ "name": "commonhold", "version": version }));
}

#[test]
fn what_is_not_understood_ends_with_two() {
    let folder = tempdir().unwrap();
    for arguments in
        [&["frobnicate"][..], &["serve", "--prot", "80"], &["import", "estate"], &["demo", "--listen", "8080"]]
    {
        let ended = commonhold(folder.path(), arguments).with(2);
        assert!(ended.stdout.is_empty() && !ended.stderr.is_empty(), "{ended:?}");
        let with_json = [arguments, &["--json"]].concat();
        let error = commonhold(folder.path(), &with_json).with(2).error();
        assert_eq!((&error["kind"], &error["exit_code"]), (&"wrong-use".into(), &2.into()), "{error}");
    }
    let missing = commonhold(folder.path(), &["import", "estate", "--json"]).with(2).error();
    assert!(
        missing["message"].as_str().unwrap().contains("--organisation <CODE>"),
        "it says what is missing: {missing}"
    );
    let nothing = commonhold(folder.path(), &[]).with(2);
    assert!(nothing.stderr.contains("commonhold demo"), "it says how to begin: {nothing:?}");
    let log = commonhold(folder.path(), &["version", "--log", "loud,,=", "--json"]).with(2).error();
    assert!(log["next"].as_str().unwrap().contains("info"), "{log}");
}

#[test]
fn settings_of_the_environment_that_are_wrong_are_named() {
    let folder = tempdir().unwrap();
    let with = |name: &str, value: &str, arguments: &[&str]| {
        let mut command = command(folder.path(), arguments);
        command.env(name, value);
        finished(command)
    };
    let mistyped = with("COMMONHOLD_BACKUPTO", "/backups", &["backup", "--json"]).with(2).error();
    assert_eq!(mistyped["message"], "There is no setting COMMONHOLD_BACKUPTO, which is in the environment.");
    assert_eq!(mistyped["next"], "Say COMMONHOLD_BACKUP_TO.");
    with("COMMONHOLD_BACKUPTO", "/backups", &["version"]).with(0);
    with("COMMONHOLD_BACKUPTO", "/backups", &["help", "backup"]).with(0);

    let from = "The value is that of COMMONHOLD_LISTEN, in the environment.";
    for json in [&["serve"][..], &["serve", "--json"]] {
        let wrong = with("COMMONHOLD_LISTEN", "8080", json).with(2).stderr;
        assert!(wrong.contains("--listen") && wrong.contains(from), "{wrong}");
        let typed = with("COMMONHOLD_LISTEN", "127.0.0.1:0", &[json, &["--listen=8080"]].concat()).with(2).stderr;
        assert!(typed.contains("--listen") && !typed.contains(from), "{typed}");
    }
}

#[test]
fn every_command_shows_an_example_and_what_happens_next() {
    let folder = tempdir().unwrap();
    let commands: [&[&str]; 16] = [
        &["demo"],
        &["serve"],
        &["import"],
        &["import", "estate"],
        &["import", "organisations"],
        &["import", "people"],
        &["invite"],
        &["people"],
        &["people", "list"],
        &["people", "role"],
        &["people", "remove"],
        &["doctor"],
        &["backup"],
        &["restore"],
        &["move"],
        &["migrate"],
    ];
    for path in commands {
        let help = commonhold(folder.path(), &[&["help"], path].concat()).with(0).stdout;
        let example = format!("  commonhold {}", path.join(" "));
        assert!(help.contains(&example), "{example} is not in\n{help}");
        assert!(help.contains("\nNext: "), "{path:?} does not say what happens next:\n{help}");
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
    let whole = commonhold(folder.path(), &["--help"]).with(0).stdout;
    for code in ["0  done", "1  refused", "2  the command", "3  a file", "4  a fault"] {
        assert!(whole.contains(code), "{code} is not in\n{whole}");
    }
}
