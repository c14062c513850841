//! The data of released versions, kept in `tests/releases`: today's program restores it, brings it up to date, finds it well
//! and shows what that version showed.

use std::path::Path;

use crate::browser::Browser;
use crate::place::Place;

/// What a release held, as its own program counted it.
struct Release {
    version: &'static str,
    /// Migrations that it had.
    steps: usize,
    /// Systems of Ashmere, whose estate is open to everyone, with those that are retired.
    systems: u64,
    things: u64,
}

const RELEASES: &[Release] = &[Release { version: "0.1.0", steps: 28, systems: 133, things: 1502 }];

#[test]
fn data_of_released_versions_is_brought_up_to_date_and_is_well() {
    for release in RELEASES {
        let version = release.version;
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/releases").join(format!("{version}.backup.gz"));
        let place = Place::new();
        let restored = place.run(&["restore", &file.display().to_string(), "--json"]).with(0).json();
        let manifest = &restored["manifest"];
        assert_eq!(manifest["migrations"].as_array().unwrap().len(), release.steps, "{version}");
        assert_eq!(restored["examination"]["findings"], serde_json::json!([]), "{version}");
        assert!(server::migrations().len() > release.steps, "{version}: there was something to bring up to date");

        let serving = place.serve(&["serve"]);
        let examined = place.run(&["doctor", "--json"]).with(0).json();
        assert_eq!(examined["things"], release.things, "{version}: {examined}");
        let visitor = Browser::new(&serving.address);
        let data = |path: &str| -> serde_json::Value {
            let seen = visitor.get(path);
            assert_eq!(seen.status, 200, "{version}: {path}");
            serde_json::from_str(&seen.body).unwrap()
        };
        let all = "/organisations/ashmere/systems.json?status=live&status=planned&status=retiring&status=retired&status=not-known";
        let systems = data(all);
        assert_eq!(systems["total"], release.systems, "{version}: {all}");
        let found = visitor.get("/search?q=Beach+huts");
        assert!(found.body.contains("/systems/"), "{version}: what was added by hand is found");
        let closed = visitor.get("/organisations/garsdown/systems.json");
        assert!(!closed.body.contains("/systems/"), "{version}: {}", closed.body);
        for page in
            ["/", "/organisations/ashmere", "/organisations/ashmere/contracts", "/overlaps", "/map", "/products"]
        {
            assert_eq!(visitor.get(page).status, 200, "{version}: {page}");
        }
        assert_eq!(serving.stop().with(0).stdout.lines().last(), Some("Stopped."));
    }
}
