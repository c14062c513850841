//! Three councils whose systems meet on the reference model, and what a reader must not be able to tell of them.

use architecture::statement::Attribute;

use crate::world::{READERS, World, system};

/// Two elements that both readable councils meet, one that only Ashmere does, one that only the hidden Colne does.
pub fn county() -> World {
    let world = open_part();
    hidden_part(&world);
    world
}

/// What everybody of the participating bodies sees: Ashmere's and Brackford's estates.
pub fn open_part() -> World {
    let world = World::new();
    world.add(
        "ashmere",
        vec![
            system("E-forms")
                .product("roundmaster")
                .text(Attribute::Version, "3")
                .elements(&["forms", "booking"])
                .status("live"),
            system("Council tax")
                .product("taxbase")
                .text(Attribute::Version, "12")
                .elements(&["revenues"])
                .ends("2027-03-31", Some(3)),
            system("Rounds").product("roundmaster").elements(&["waste"]).status("planned"),
            system("Old forms").product("wastedesk").elements(&["forms"]).status("retired"),
            system("Fax gateway"),
        ],
    );
    world.add(
        "brackford",
        vec![
            system("Web forms").product("wastedesk").elements(&["forms"]),
            system("Rates").product("taxbase").text(Attribute::Version, "11").elements(&["revenues"]),
            system("Refuse").product("wastedesk").elements(&["waste"]).status("live"),
            system("Paper forms").elements(&["forms"]),
        ],
    );
    world
}

/// What only Colne's own readers and the auditor see.
pub fn hidden_part(world: &World) {
    world.add(
        "colne",
        vec![
            system("Secret tills")
                .product("taxbase")
                .text(Attribute::Version, "99")
                .elements(&["payments", "forms"])
                .cost(987_600),
            system("Secret home-made").candidate("Hidden Gem").elements(&["forms"]).status("live"),
            system("Secret rounds").product("roundmaster").elements(&["waste"]).ends("2031-01-31", None),
        ],
    );
}

/// Who sees nothing of Colne's.
pub fn strangers_to_colne() -> impl Iterator<Item = &'static str> {
    READERS.iter().copied().filter(|who| *who != "auditor@colne").chain(["member@colne"])
}

/// The councils whose systems a reader sees.
pub fn seen_by(who: &str) -> &'static [&'static str] {
    match who {
        "visitor" | "supplier@oakware" => &["brackford"],
        "auditor@colne" | "editor@colne" => &["ashmere", "brackford", "colne"],
        _ => &["ashmere", "brackford"],
    }
}

/// Asks for every address in every format as every stranger, and expects the same to the letter whether or not the hidden
/// part is there: what is not in an answer, an order, a count or a refusal cannot leak from it.
pub fn tells_nothing_of_colne(addresses: &[&str]) {
    let (with, without) = (county(), open_part());
    for who in strangers_to_colne() {
        for address in addresses {
            let (path, query) =
                address.split_once('?').map_or((*address, String::new()), |(path, query)| (path, format!("?{query}")));
            for suffix in ["", ".json", ".csv"] {
                let path = format!("{path}{suffix}{query}");
                let (with, without) = (with.get(who, &path), without.get(who, &path));
                assert_eq!(with.status, without.status, "{who} {path}");
                assert_eq!(with.body, without.body, "{who} {path}");
                assert_eq!(with.headers.get("etag"), without.headers.get("etag"), "{who} {path}");
                for secret in ["Secret", "Hidden", "987", "2031"] {
                    assert!(!with.body.contains(secret), "{who} reads {secret} at {path}");
                }
            }
        }
    }
}

/// The same for a candidate of a council whose systems everybody sees: its name, and that there is one, are its own.
pub fn tells_nothing_of_candidates(addresses: &[&str]) {
    let (with, without) = (open_part(), open_part());
    with.add("brackford", vec![system("Home-made").elements(&["booking"]).candidate("Hidden Gem")]);
    without.add("brackford", vec![system("Home-made").elements(&["booking"])]);
    // The system's own id is made before the candidate's, so it is the same in both.
    for who in READERS.iter().filter(|who| **who != "auditor@colne" && **who != "editor@brackford") {
        for address in addresses {
            let (path, query) =
                address.split_once('?').map_or((*address, String::new()), |(path, query)| (path, format!("?{query}")));
            for suffix in ["", ".json", ".csv"] {
                let path = format!("{path}{suffix}{query}");
                let (with, without) = (with.get(who, &path), without.get(who, &path));
                assert_eq!((with.status, with.body), (without.status, without.body), "{who} {path}");
            }
        }
    }
    let own = with.get("editor@brackford", "/products").body;
    assert!(own.contains("Hidden Gem"), "its own editor does see it");
}
