//! Everybody at every address: who may look, who may act, and who finds no page.

use axum::http::StatusCode;

use super::{EDITOR, LIST};
use crate::world::World;

/// Reader, and what becomes of looking and of acting at what is Ashmere's.
const READERS: &[(&str, u16, u16)] = &[
    ("visitor", 404, 404),
    ("supplier@oakware", 404, 404),
    ("supplier@ashmere", 404, 404),
    ("member@ashmere", 403, 403),
    ("operator@ashmere", 403, 403),
    ("member@brackford", 404, 404),
    ("editor@brackford", 404, 404),
    ("steward@brackford", 404, 404),
    ("moderator@brackford", 404, 404),
    ("operator@colne", 404, 404),
    ("auditor@colne", 200, 404),
    ("auditor@ashmere", 200, 403),
];

#[test]
fn every_address_asks_who_is_there() {
    let world = World::new();
    let applied = world.import("ashmere", "systems.csv", LIST.as_bytes());
    let waiting = world.bring("ashmere", "systems.csv", LIST.replace("31/03/2027", "31/03/2029").as_bytes());
    let digest = world.preview(&waiting)["digest"].as_str().unwrap().to_owned();
    let looks = [
        "/organisations/ashmere/imports".to_owned(),
        applied.clone(),
        format!("{applied}/undo"),
        format!("{waiting}/mapping"),
        format!("{waiting}/preview"),
        format!("{waiting}/preview?show=changed"),
    ];
    let acts = [
        (format!("{waiting}/mapping"), String::new()),
        (format!("{waiting}/preview"), format!("action=apply&digest={digest}")),
        (format!("{waiting}/preview"), "action=cancel".to_owned()),
        (format!("{applied}/undo"), String::new()),
    ];
    let before = world.row_counts();
    let estate = world.estate("ashmere");
    for (who, look, act) in READERS {
        for path in &looks {
            let (address, query) = path.split_once('?').unwrap_or((path, ""));
            for suffix in ["", ".json", ".csv"] {
                let seen = world.get(who, &format!("{address}{suffix}?{query}"));
                let none = suffix == ".csv" && *look == 200 && (path.ends_with("/mapping") || path.ends_with("/undo"));
                let expected = if none { 406 } else { *look };
                assert_eq!(seen.status.as_u16(), expected, "{who} looks at {path}{suffix}");
                if *look != 200 {
                    assert!(
                        !seen.body.contains("Bin rounds") && !seen.body.contains("systems.csv"),
                        "{who} at {path}{suffix}"
                    );
                } else if suffix.is_empty() {
                    assert_eq!(
                        seen.all("main form[method=post] button, main input[type=file]"),
                        [""; 0],
                        "{who} is offered nothing at {path}"
                    );
                }
            }
        }
        for (path, form) in &acts {
            assert_eq!(world.post(who, path, form).status.as_u16(), *act, "{who} acts at {path}");
        }
        assert_eq!(world.upload(who, "ashmere", "systems.csv", LIST.as_bytes()).status.as_u16(), *act, "{who} uploads");
        assert_eq!(world.row_counts(), before, "{who} wrote something");
    }
    assert_eq!(world.estate("ashmere"), estate);
    assert_eq!(world.get(EDITOR, &format!("{waiting}/preview")).status, StatusCode::OK, "it waits still");
    world.apply(&waiting, &[]).redirect();
}

#[test]
fn another_organisations_import_is_no_import_of_ones_own() {
    let world = World::new();
    let theirs = world.import("brackford", "systems.csv", LIST.as_bytes());
    let waiting = world.bring("brackford", "systems.csv", LIST.as_bytes());
    for address in [&theirs, &waiting] {
        let mine = address.replace("brackford", "ashmere");
        let nowhere = "/organisations/ashmere/imports/018f0000-0000-7000-8000-000000000000";
        for page in ["", "/mapping", "/preview", "/undo"] {
            let (mine, nowhere) =
                (world.get(EDITOR, &format!("{mine}{page}")), world.get(EDITOR, &format!("{nowhere}{page}")));
            assert_eq!((mine.status, nowhere.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), "{page}");
            assert_eq!(mine.words(), nowhere.words());
        }
        for (page, form) in [("/mapping", "list=*"), ("/preview", "action=cancel&digest=0"), ("/undo", "")] {
            assert_eq!(world.post(EDITOR, &format!("{mine}{page}"), form).status, StatusCode::NOT_FOUND, "{page}");
        }
    }
    // Suppliers have no estate, and what is no organisation has no pages.
    for nobody in ["oakware", "nobody", "..", "%00"] {
        assert!(world.get("steward@oakware", &format!("/organisations/{nobody}/imports")).status.is_client_error());
    }
    assert_eq!(world.upload("steward@oakware", "oakware", "a.csv", LIST.as_bytes()).status, StatusCode::NOT_FOUND);
    // A request from another site is refused before anything else.
    let request = axum::http::Request::post(format!("{theirs}/undo"))
        .header("x-reader", "editor@brackford")
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::empty())
        .unwrap();
    assert_eq!(world.send(request).status, StatusCode::FORBIDDEN);
}

#[test]
fn nothing_of_an_import_stays_in_a_cache() {
    let world = World::new();
    let applied = world.import("ashmere", "systems.csv", LIST.as_bytes());
    for path in ["/organisations/ashmere/imports".to_owned(), applied.clone(), format!("{applied}/undo")] {
        assert_eq!(world.get(EDITOR, &path).headers["cache-control"], "private, no-store", "{path}");
    }
}
