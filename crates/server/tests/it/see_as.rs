//! Seeing as another reader, over the whole demonstration: each page, JSON and CSV is that other reader's to the letter,
//! but for the band that says so and the way to one's account.

use std::collections::BTreeSet;

use tempfile::tempdir;

use crate::addresses::{endpoints, pattern};
use crate::browser::{Browser, Seen};
use crate::program::Serving;

/// Pages about whoever has signed in, not about what they may see.
const ABOUT_ONESELF: [&str; 6] =
    ["/account", "/contracts/follow", "/contracts/follow.json", "/see-as", "/sign-in", "/choose-role"];

/// A page without the band, and without the last item of the navigation, which leads to signing in or to the account.
fn plain(html: &str) -> String {
    let mut plain = html.to_owned();
    if let Some((before, rest)) = html.split_once("<div class=\"ch-see-as\"") {
        let (_, after) = rest.split_once("</form>\n</div>\n").expect("the band ends");
        plain = format!("{before}{after}");
    }
    let item = "<li class=\"govuk-service-navigation__item";
    let start = plain.rfind(item).expect("navigation");
    let end = start + plain[start..].find("</li>").expect("an item ends");
    let words = format!("{}{}", &plain[..start], &plain[end..]);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn same(seen: &Seen, other: &Seen) -> bool {
    let text = |page: &Seen| if page.kind.starts_with("text/html") { plain(&page.body) } else { page.body.clone() };
    (seen.status, &seen.kind, &seen.location, text(seen)) == (other.status, &other.kind, &other.location, text(other))
}

#[test]
fn every_page_is_the_other_readers() {
    let folder = tempdir().unwrap();
    let demo = Serving::start(folder.path(), &["demo"]);
    let endpoints = endpoints();
    let kind = |address: &str| pattern("GET", address, &endpoints).unwrap_or(address).to_owned();
    let somebody = |label: &str| {
        let mut browser = Browser::new(&demo.address);
        browser.become_somebody(label);
        browser
    };
    let (mut editor, steward) = (somebody("Editor at Ashmere"), somebody("Steward at Brackford"));
    // What the editor comes to, what a steward of another council comes to, and what a member does.
    let readers = [
        ("public", Browser::new(&demo.address)),
        ("supplier", somebody("Staff of")),
        ("council", somebody("Member of staff at")),
    ];
    let mut addresses: BTreeSet<String> = BTreeSet::new();
    for browser in [&editor, &steward, &readers[0].1, &readers[2].1] {
        addresses.extend(browser.follow_links("/", 2, kind).into_keys());
    }
    for query in ["q=council", "q=revs", "q=housing"] {
        addresses.insert(format!("/search?{query}"));
    }
    let about_oneself =
        // One's own account and requests stay one's own, whomever one sees as, and so do the pages beneath it.
        |address: &&String| {
            let path = address.split('?').next().unwrap_or_default();
            path.starts_with("/account/") || path.starts_with("/join") || ABOUT_ONESELF.contains(&path)
        };
    addresses = addresses.iter().filter(|address| !about_oneself(address)).cloned().collect();
    assert!(addresses.len() > 60, "only {} addresses", addresses.len());

    for (word, other) in &readers {
        let own = editor.get("/organisations/ashmere/imports").status;
        assert_eq!(own, 200);
        assert_eq!(editor.post("/see-as", &[("as", word), ("next", "/")]).status, 303);
        // Whoever sees what another council sees of Brackford is written down there all the same.
        assert_eq!(editor.get("/organisations/brackford/systems?q=seen").status, 200);
        let mut differ = Vec::new();
        for address in &addresses {
            let (path, query) = address
                .split_once('?')
                .map_or((address.as_str(), String::new()), |(path, query)| (path, format!("?{query}")));
            let suffixes: &[&str] = if path.ends_with(".csv") || path.ends_with(".json") || path == "/" {
                &[""]
            } else {
                &["", ".json", ".csv"]
            };
            for suffix in suffixes {
                let address = format!("{path}{suffix}{query}");
                let (seen, theirs) = (editor.get(&address), other.get(&address));
                // Home and the choice of councils begin with one's own council, and another council is none in particular.
                let own_first = *word == "council" && (address == "/" || path == "/compare");
                if !own_first && !same(&seen, &theirs) {
                    differ.push(address.clone());
                }
                if seen.kind.starts_with("text/html") {
                    assert!(seen.body.contains("Nothing can be changed."), "{address} does not say so");
                    assert!(
                        !plain(&seen.body).contains("href=\"/organisations/ashmere/imports"),
                        "{address} offers what is not theirs"
                    );
                }
            }
        }
        assert!(differ.is_empty(), "as {word}, {} of {} differ: {differ:?}", differ.len(), addresses.len());
        assert_eq!(editor.get("/organisations/ashmere/imports").status, 404);
        let refused = editor.post("/organisations/ashmere/settings", &[("estate", "public")]);
        assert_eq!(refused.status, 403, "{}", refused.body);
        assert_eq!(editor.post("/see-as/stop", &[("next", "/")]).status, 303);
    }
    let read = steward.get("/organisations/brackford/readers.json?by=ashmere").body;
    assert!(read.contains("Ashmere estate editor"), "{read}");
    demo.stop().with(0);
}
