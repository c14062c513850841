//! `commonhold demo`: the first thing that anybody runs.

use std::{collections::BTreeSet, fs, net::TcpListener};

use server::demonstration::FILES;
use tempfile::tempdir;

use crate::addresses::{endpoints, pattern};
use crate::browser::{Browser, links};
use crate::program::{Serving, commonhold};

/// Pages that one comes to by sending a form, or by a message.
const WITHOUT_A_LINK: &[&str] = &[
    // What is for those who have just signed in leads there.
    "/account/confirm",
    // Only a letter leads there.
    "/account/email/{token}",
    // Nobody has a passkey yet.
    "/account/sign-in/passkeys/{id}/remove",
    "/comparisons/new",
    "/comparisons/{id}",
    "/comparisons/{id}/delete",
    "/comparisons/{id}/edit",
    // Only whoever was given such an address has it.
    "/feeds/{token}/dates.atom",
    "/feeds/{token}/dates.ics",
    // Only a letter leads there.
    "/invitations/{token}",
    // Nobody has asked to join yet.
    "/join/{id}",
    // A form of the history leads there.
    "/organisations/{id}/differences",
    "/organisations/{id}/imports/{import}/mapping",
    "/organisations/{id}/imports/{import}/preview",
    // One of the organisation's own names leads there, once something is decided about it.
    "/organisations/{id}/offers/new",
    // Nobody has offered anything yet.
    "/organisations/{id}/offers/{offer}",
    // Only the banner after a change of somebody's role leads there.
    "/organisations/{id}/people/{person}/undo",
    // Nobody has asked to join yet.
    "/organisations/{id}/requests/{request}",
    "/search",
    "/shared-list/offers/{id}",
    "/shared-list/published/{id}/withdraw",
    "/sign-in/sent",
    // A demonstration has no providers of sign-in.
    "/sign-in/with/{provider}",
    "/sign-in/with/{provider}/answer",
    "/sign-in/{token}",
    "/sign-out/done",
];

/// How many councils the files are of.
fn councils() -> usize {
    FILES.iter().map(|file| file.organisation).collect::<BTreeSet<_>>().len()
}

#[test]
fn the_first_start_loads_the_county_and_the_second_only_serves() {
    let folder = tempdir().unwrap();
    let first = Serving::start(folder.path(), &["demo"]);
    for file in FILES {
        assert!(first.said.contains(file.name), "{}: {}", file.name, first.said);
    }
    assert!(first.said.contains(&format!(" systems from {} councils.", councils())), "{}", first.said);
    assert!(folder.path().join("commonhold-demo/DEMONSTRATION.txt").is_file());
    let home = Browser::new(&first.address).get("/");
    assert_eq!(home.status, 200, "{}", home.body);

    let ended = first.stop().with(0);
    assert!(ended.stdout.contains("/choose-role\nPress Ctrl-C to stop.\nStopped."), "{}", ended.stdout);
    assert_eq!(ended.stderr, "", "nothing goes wrong, and no progress bar where nobody looks");

    let second = Serving::start(folder.path(), &["demo", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&second.said).unwrap();
    assert_eq!(said["demonstration"], true);
    assert_eq!(said["loaded"]["files"], serde_json::json!([]), "it was loaded before");
    assert_eq!(said["address"], second.address.as_str());
    second.stop().with(0);
}

#[test]
fn every_page_is_reached_by_links_and_answers() {
    let folder = tempdir().unwrap();
    let demo = Serving::start(folder.path(), &["demo"]);
    let visitor = Browser::new(&demo.address);
    let mut editor = Browser::new(&demo.address);
    editor.become_somebody("Editor at Ashmere");

    let mut steward = Browser::new(&demo.address);
    steward.become_somebody("Steward at Brackford");
    // Who keeps the shared list has pages of its own.
    let mut keeper = Browser::new(&demo.address);
    keeper.become_somebody("Steward at Colneshire");
    let mut operator = Browser::new(&demo.address);
    operator.become_somebody("Operator at Colne");

    let endpoints = endpoints();
    let kind = |address: &str| pattern("GET", address, &endpoints).unwrap_or(address).to_owned();
    let mut unreached: BTreeSet<&str> =
        endpoints.iter().filter(|known| known.method == "GET").map(|known| known.path).collect();
    let starts = [
        (&visitor, "/"),
        (&editor, "/"),
        (&steward, "/"),
        (&keeper, "/"),
        (&keeper, "/organisations?kind=supplier"),
        (&operator, "/operator"),
        // The pages of an organisation without an estate lead to no page of one.
        (&operator, "/organisations/fennel-software/people"),
    ];
    for (browser, start) in starts {
        for (path, page) in browser.follow_links(start, 6, kind) {
            assert_eq!(page.status, 200, "{path}: {}", page.body);
            unreached.remove(kind(path.split('?').next().unwrap_or_default()).as_str());
        }
    }
    assert_eq!(unreached.into_iter().collect::<Vec<_>>(), WITHOUT_A_LINK, "every other page can be reached by links");
    // The navigation of the demonstration leads to what exists there only.
    let home = links(&visitor.get("/").body);
    for link in ["/choose-role", "/outbox", "/organisations", "/products", "/sign-in"] {
        assert!(home.iter().any(|found| found == link), "{link} is not among {home:?}");
    }
    // One estate is open to everyone, and another is not.
    assert!(visitor.get("/organisations/brackford/systems").body.contains("Revs and Bens"));
    let ashmere = "Council tax, business rates and benefits";
    assert!(!visitor.get("/organisations/ashmere/systems").body.contains(ashmere));
    assert!(editor.get("/organisations/ashmere/systems").body.contains(ashmere));
    demo.stop().with(0);
}

#[test]
fn what_was_changed_stays_until_a_fresh_start() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("commonhold-demo");
    let demo = Serving::start(folder.path(), &["demo", "--json"]);
    demo.stop().with(0);
    let data_option = data.display().to_string();
    fs::write(folder.path().join("more.csv"), "System,Supplier\nTotally new system,Somebody\n").unwrap();
    let import = ["import", "estate", "more.csv", "--organisation", "dunmoor", "--data", &data_option];
    commonhold(folder.path(), &import).with(0);

    let again = Serving::start(folder.path(), &["demo", "--json"]);
    let found = Browser::new(&again.address);
    // Dunmoor's estate is shared between councils, so only one of them finds its system.
    let mut editor = Browser::new(&again.address);
    editor.become_somebody("Editor at Dunmoor");
    assert!(editor.get("/search?q=totally").body.contains("Totally new system"));
    assert!(!found.get("/search?q=totally").body.contains("Totally new system"));
    again.stop().with(0);

    let fresh = Serving::start(folder.path(), &["demo", "--json", "--fresh"]);
    let said: serde_json::Value = serde_json::from_str(&fresh.said).unwrap();
    assert_eq!(said["loaded"]["files"].as_array().unwrap().len(), FILES.len());
    let mut editor = Browser::new(&fresh.address);
    editor.become_somebody("Editor at Dunmoor");
    assert!(!editor.get("/search?q=totally").body.contains("Totally new system"));
    fresh.stop().with(0);
}

#[test]
fn it_listens_on_this_machine_only() {
    let folder = tempdir().unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let error = commonhold(folder.path(), &["demo", "--json", "--listen", address]).with(2).error();
        assert!(error["message"].as_str().unwrap().contains("this machine only"), "{error}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn it_leaves_a_folder_alone_that_is_not_its_own() {
    let folder = tempdir().unwrap();
    let mine = folder.path().join("mine");
    fs::create_dir(&mine).unwrap();
    fs::write(mine.join("commonhold.sqlite"), "precious").unwrap();
    for more in [&[][..], &["--fresh"]] {
        let arguments = [&["demo", "--data", "mine", "--listen", "127.0.0.1:0", "--json"], more].concat();
        let error = commonhold(folder.path(), &arguments).with(1).error();
        assert_eq!(error["kind"], "refused");
        assert!(error["message"].as_str().unwrap().contains("mine"), "{error}");
    }
    let names: Vec<_> = fs::read_dir(&mine).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["commonhold.sqlite"]);
    assert_eq!(fs::read(mine.join("commonhold.sqlite")).unwrap(), b"precious");
}

#[test]
fn a_port_in_use_is_named_before_anything_is_loaded() {
    let folder = tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = commonhold(folder.path(), &["demo", "--listen", &address]).with(3);
    assert!(ended.stderr.contains(&format!("Port {} on 127.0.0.1", taken.local_addr().unwrap().port())), "{ended:?}");
    assert!(ended.stderr.contains("commonhold demo --listen 127.0.0.1:"), "{ended:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
}
