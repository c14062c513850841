//! Open redirects: no address of this site leads to another one, whatever it is told to lead to afterwards, and whatever host
//! a request claims to have asked.

use scraper::{Html, Selector};

use super::{Answer, Demonstration, Known, encoded, filled, percent, secret};

const ELSEWHERE: &str = "evil.example";
/// The host that requests claim to have asked: a demonstration refuses names that are not of its own computer. What was typed
/// before may name the other one.
const CLAIMED: &str = "claimed.localhost";

/// Every spelling in which a browser, or a careless check, takes another site for a path of this one.
fn disguises(host: &str) -> Vec<String> {
    [
        "//evil.example",
        "///evil.example/a",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "https://evil.example/",
        "https:evil.example",
        "https:/evil.example",
        "HTTPS://EVIL.EXAMPLE",
        "\thttps://evil.example",
        " //evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r/evil.example",
        "\u{1}//evil.example",
        "/%2f%2fevil.example",
        "%2f%2fevil.example",
        "/%5cevil.example",
        "//evil%2eexample",
        "/\u{ff0f}evil.example",
        "\u{ff0f}\u{ff0f}evil.example",
        "//evil\u{3002}example",
        "/..//evil.example",
        "/.//evil.example",
        "/;@evil.example",
        "//;@evil.example",
        "javascript:alert(1)//evil.example",
        "data:text/html,evil.example",
        "evil.example",
        "@evil.example",
        ":@evil.example",
        "?next=//evil.example",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain([
        format!("http://{host}@evil.example"),
        format!("//{host}@evil.example"),
        format!("http://{host}.evil.example"),
    ])
    .collect()
}

/// Whether a browser that is at this site leaves it by this address: as URLs are read (https://url.spec.whatwg.org), with
/// tabs and line ends taken out, controls and blanks at the ends too, and `\` for `/`.
fn leads_away(address: &str) -> bool {
    let plain: String = address
        .trim_matches(|c: char| c <= ' ')
        .chars()
        .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
        .map(|c| if c == '\\' { '/' } else { c })
        .collect();
    let scheme = plain.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    scheme || plain.starts_with("//")
}

/// Where an answer leads to another site: by itself, or by what somebody presses.
fn ways_out(seen: &Answer) -> Vec<String> {
    let mut found: Vec<String> = ["location", "refresh", "content-location", "link"]
        .iter()
        .flat_map(|name| seen.all(name))
        .map(|value| value.trim_start_matches('<').to_owned())
        .filter(|to| leads_away(to))
        .collect();
    if seen.is_page() {
        let page = Html::parse_document(&seen.text());
        for name in ["href", "src", "action", "formaction", "content", "ping", "data"] {
            let named = Selector::parse(&format!("[{name}]")).unwrap();
            let values = page.select(&named).filter_map(|element| element.attr(name));
            let away = values.filter(|to| leads_away(to) && to.to_ascii_lowercase().contains(ELSEWHERE));
            found.extend(away.map(str::to_owned));
        }
    }
    found
}

#[test]
fn nothing_leads_to_another_site() {
    let demonstration = Demonstration::start();
    let (editor, operator) = (demonstration.somebody("Editor at Ashmere"), demonstration.somebody("Operator at Colne"));
    let steward = demonstration.somebody("Steward at Ashmere");
    let known = Known::by_looking(
        &demonstration.endpoints,
        &[(&editor, "/"), (&steward, "/organisations/ashmere"), (&operator, "/operator")],
    );
    let disguises = disguises(&demonstration.wire.host);
    let mut faults = Vec::new();
    // Every parameter of every address; of those that say where to go on, every disguise.
    for endpoint in demonstration.reads() {
        let address = known.address(endpoint.path);
        let who = match endpoint.access.who() {
            who if who.contains("operator") => &operator,
            who if who.contains("steward") => &steward,
            _ => &editor,
        };
        for name in endpoint.parameters {
            let leads_on = matches!(*name, "next" | "back");
            for to in disguises.iter().take(if leads_on { usize::MAX } else { 3 }) {
                let target = format!("{address}?{name}={}", percent(to));
                for (who, whose) in
                    [(who.get(&target), &who.name), (demonstration.visitor().get(&target), &"a visitor".to_owned())]
                {
                    faults.extend(ways_out(&who).into_iter().map(|out| format!("GET {target}, {whose}: {out}")));
                }
            }
        }
    }
    // Every field: that which leads on with every disguise, in a session of its own since some of it signs out.
    for endpoint in demonstration.writes() {
        let address = known.address(endpoint.path);
        for name in endpoint.fields {
            let leads_on = matches!(*name, "next" | "back" | "show" | "filters");
            let tried: Vec<&String> = match (leads_on, *name) {
                (true, _) => disguises.iter().collect(),
                _ => disguises.iter().take(1).collect(),
            };
            for to in tried {
                let ends_the_session = endpoint.path == "/sign-out";
                let alone = ends_the_session.then(|| demonstration.somebody("Member of staff at"));
                let who = alone.as_ref().unwrap_or(if endpoint.access.who().contains("operator") {
                    &operator
                } else {
                    &steward
                });
                let fields = filled(endpoint);
                let other = |(known, value): &(String, String)| match known == name {
                    true => (known.clone(), to.clone()),
                    false => (known.clone(), value.clone()),
                };
                let fields: Vec<(String, String)> = fields.iter().map(other).collect();
                let form = encoded(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
                let seen = who.post(&address, &form);
                faults
                    .extend(ways_out(&seen).into_iter().map(|out| format!("POST {address} with {name}={to:?}: {out}")));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    by_signing_in(&demonstration, &disguises);
    by_the_path(&demonstration);
    by_the_host(&demonstration, &known);
    demonstration.stop();
}

/// What one asked for before signing in is where one goes afterwards, if it is a path of this site.
fn by_signing_in(demonstration: &Demonstration, disguises: &[String]) {
    let visitor = demonstration.visitor();
    let signs_in = |next: &str| {
        let form = encoded([("email", "estate.editor@dunmoor.example"), ("next", next)]);
        assert_eq!(visitor.post("/sign-in", &form).status, 303, "{next:?}");
        let seen = visitor.post(&secret(&visitor, "/sign-in/"), "");
        assert_eq!(seen.status, 303, "{next:?}: {}", seen.text());
        seen.header("location").to_owned()
    };
    assert_eq!(signs_in("/products?q=a%20b"), "/products?q=a%20b", "a good one is kept");
    for to in disguises.iter().filter(|to| !to.starts_with("/%") && !to.starts_with("/;") && !to.starts_with("/.")) {
        assert_eq!(signs_in(to), "/", "{to:?}");
    }
}

/// A path that is tidied or moved leads nowhere else.
fn by_the_path(demonstration: &Demonstration) {
    for target in [
        "//evil.example/",
        "//evil.example/organisations/",
        "/\\evil.example/",
        "/%2f%2fevil.example/",
        "/%5cevil.example/",
        "/.//evil.example/",
        "/..//evil.example/",
        "/%2e%2e//evil.example/",
        "/;//evil.example/",
        "/organisations//evil.example/",
        "/cy//evil.example/",
        "http://evil.example/organisations/",
        "http://evil.example//evil.example/",
        "/organisations/?next=//evil.example",
        "/@evil.example/",
    ] {
        for host in [None, Some(CLAIMED)] {
            let headers: Vec<(&str, &str)> = host.map(|host| ("Host", host)).into_iter().collect();
            let seen = demonstration.wire.ask("GET", target, &headers, b"");
            assert!(ways_out(&seen).is_empty(), "{target}: {:?}", seen.headers);
            assert!(matches!(seen.status, 308 | 400 | 404), "{target}: {}", seen.status);
        }
    }
    let moved = demonstration.wire.ask("GET", "/organisations/?kind=council", &[], b"");
    assert_eq!((moved.status, moved.header("location")), (308, "/organisations?kind=council"));
}

/// What a request says of the host that it asked stands in no letter, link or redirect.
fn by_the_host(demonstration: &Demonstration, known: &Known) {
    let claims: [Vec<(&str, &str)>; 3] = [
        vec![("Host", CLAIMED)],
        vec![
            ("X-Forwarded-Host", CLAIMED),
            ("X-Host", CLAIMED),
            ("X-Forwarded-Server", CLAIMED),
            ("Forwarded", "host=claimed.localhost;proto=https"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Prefix", "//claimed.localhost"),
            ("X-Original-URL", "//claimed.localhost"),
            ("X-Rewrite-URL", "//claimed.localhost"),
        ],
        vec![("Host", "claimed.localhost:80\"><script>")],
    ];
    let steward = demonstration.somebody("Steward at Brackford");
    for claim in &claims {
        // Its page for this origin is the sign-in form of a site behind a proxy that passes the host on.
        let own = [("Sec-Fetch-Site", "same-origin"), ("Content-Type", "application/x-www-form-urlencoded")];
        let headers = [claim.clone(), own.to_vec()].concat();
        let visitor = demonstration.visitor();
        let asked = visitor.send("/sign-in", &headers, b"email=estate.steward%40garsdown.example");
        let invites = encoded([("people", "new@brackford.example New Person"), ("role", "member")]);
        let invited = steward.send("/organisations/brackford/people/invite", &headers, invites.as_bytes());
        if claim.iter().any(|(_, value)| value.contains('<')) {
            assert_eq!((asked.status, invited.status), (403, 403), "{claim:?} is no name of this computer");
        } else {
            assert_eq!(asked.status, 303, "{claim:?}: {}", asked.text());
            assert_eq!(asked.header("location"), "/sign-in/sent");
            assert!(matches!(invited.status, 200 | 303), "{claim:?}: {}", invited.status);
        }
        for (_, address) in known.all() {
            for suffix in ["", ".json", ".csv"] {
                let suffix = if address == "/" || address.contains('.') { "" } else { suffix };
                let seen = demonstration.wire.ask(
                    "GET",
                    &format!("{address}{suffix}"),
                    &[claim.clone(), steward.cookie()].concat(),
                    b"",
                );
                assert!(seen.status < 500, "{address}: {}", seen.status);
                let text = seen.text();
                assert!(!text.contains(CLAIMED), "{address}{suffix} repeats {claim:?}");
                assert!(ways_out(&seen).is_empty(), "{address}{suffix}: {:?}", seen.headers);
            }
        }
    }
    let letters = demonstration.visitor().get("/outbox.json").text();
    assert!(letters.contains("estate.steward@garsdown.example") && letters.contains("/invitations/"));
    assert!(!letters.contains(CLAIMED), "a letter leads to the host that its asker named: {letters}");
}

#[test]
fn a_way_out_is_found_as_a_browser_would() {
    for away in ["//x", "/\\x", "https:x", "\t//x", "/\t/x", "JavaScript:alert(1)", "\\\\x", " http://x"] {
        assert!(leads_away(away), "{away:?}");
    }
    for stays in ["/", "/a//b", "?next=//x", "#top", "a/b", "/%2f%2fx", "/a:b"] {
        assert!(!leads_away(stays), "{stays:?}");
    }
}
